"""Tells a page from a refusal: HTTP errors, bot challenges and blocks, with advice for each.

Markers were taken from recorded refusals of Cloudflare, Akamai, AWS and the Federal Register's own
"Request Access" page, which answers 200.
"""

from __future__ import annotations

import re
from typing import ClassVar

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    UnsupportedURLSchemeError,
)
from scrapy.http import Response


class PageError(Exception):
    """A page that cannot be used; ``state`` is the source's state in ``checks``."""

    state: ClassVar[str] = "error"


class Blocked(PageError):
    """The publisher refuses robots here. Visawire says so and does not evade it."""

    state = "blocked"


class NotRecorded(IgnoreRequest):
    """A replay has no answer for this address."""


#: Responses that carry these are refusals whatever their status.
_CHALLENGES = re.compile(
    rb"<title>\s*(?:Just a moment|Attention Required|Access Denied|Request Access|Federal Register :: Request Access"
    rb"|403 Forbidden|Pardon Our Interruption|Security check|Are you a robot)|/cdn-cgi/challenge-platform/"
    rb"|_Incapsula_Resource|errors\.edgesuite\.net",
    re.IGNORECASE,
)
_ASK = "the publisher refuses our requests; ask it for access, or use another endpoint of the source"


def check_status(response: Response) -> None:
    """Raise :class:`Blocked` or :class:`PageError` for a status that is no page."""
    status = response.status
    if status in (401, 403, 429, 451) or (status == 503 and _CHALLENGES.search(response.body[:20_000])):
        raise Blocked(f"HTTP {status}: {_ASK}")
    if status in (404, 410):
        raise PageError(f"HTTP {status}: the page is gone; find its new address and change the register's url")
    if not 200 <= status < 300:
        raise PageError(f"HTTP {status}: the publisher's server failed; it is tried again at the next crawl")


def check_blocked(response: Response) -> None:
    """Raise :class:`Blocked` for a challenge or refusal that pretends to be a page."""
    mitigated = response.headers.get("cf-mitigated")
    if mitigated == b"challenge" or "unblock.federalregister.gov" in response.url:
        raise Blocked(f"a bot challenge came instead of the page: {_ASK}")
    if _CHALLENGES.search(response.body[:20_000]):
        raise Blocked(f"a refusal came instead of the page: {_ASK}")


def failure_state(error: BaseException) -> tuple[str, str]:
    """The state and the advice for whatever stopped a request."""
    if isinstance(error, PageError):
        return error.state, str(error)
    if isinstance(error, NotRecorded):
        return "not-recorded", "not in the recording"
    if isinstance(error, CannotResolveHostError):
        return "unreachable", "the host's name cannot be resolved; check the network, then the address"
    if isinstance(error, DownloadConnectionRefusedError):
        return "unreachable", "the host refuses connections; check the network, then try later"
    if isinstance(error, DownloadTimeoutError | TimeoutError):
        return "unreachable", "no answer in time; try later, or see whether the host is slow or blocks us"
    if isinstance(error, DownloadCancelledError):
        return (
            "error",
            "the answer is larger than DOWNLOAD_MAXSIZE; narrow the request or raise the cap for good reason",
        )
    if isinstance(error, DownloadFailedError):
        return "unreachable", f"the connection failed ({error}); check the network, then try later"
    if isinstance(error, IgnoreRequest) and "robots" in str(error):
        return "robots", "robots.txt forbids this address; use another endpoint or retire the source"
    if isinstance(error, UnsupportedURLSchemeError):
        return "error", "not an http(s) address"
    return "error", f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
