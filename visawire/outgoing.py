"""How a request of ours goes out to somebody's server: time limits, no redirects, and what its answer means."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import httpx

#: Seconds for each step of a request; receivers of webhooks should have 15 to 30 (Standard Webhooks 1.0.0).
TIMEOUT = 20.0

#: No server may make us wait longer than this.
LONGEST_REST = timedelta(days=1)

#: Bytes of an answer that are read so that its connection can be used again; nobody looks at them.
_DRAINED = 65_536

_REDIRECTS = (301, 302, 303, 307, 308)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one attempt went. ``error`` is '' if it arrived.

    ``gone``: the receiver wants nothing more, ever. ``busy``: the server as a whole cannot be used now, so that other
    messages to it need not be tried; ``rest`` is how long it asked to be left alone, if it did.
    """

    error: str = ""
    gone: bool = False
    busy: bool = False
    rest: timedelta | None = None

    @property
    def ok(self) -> bool:
        return not self.error


def client(user_agent: str) -> httpx.Client:
    """A client that follows no redirect: not to another host, and not into a private network."""
    # it would log whole addresses, and some of them are secrets
    logging.getLogger("httpx").setLevel(logging.WARNING)
    return httpx.Client(timeout=TIMEOUT, follow_redirects=False, headers={"User-Agent": user_agent})


def post(sender: httpx.Client, url: str, body: bytes, headers: Mapping[str, str]) -> Outcome:
    """Send one request and judge its status. Never raises for what a server does."""
    try:
        with sender.stream("POST", url, content=body, headers=dict(headers)) as answer:
            outcome = judge(answer.status_code, answer.headers, datetime.now(UTC))
            with suppress(httpx.HTTPError):
                _drain(answer)
            return outcome
    except httpx.TimeoutException:
        return Outcome("did not answer in time", busy=True)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return Outcome(f"cannot be reached ({str(error) or type(error).__name__})", busy=True)


def _drain(answer: httpx.Response) -> None:
    size, end = 0, time.monotonic() + TIMEOUT
    for chunk in answer.iter_raw():
        size += len(chunk)
        if size > _DRAINED or time.monotonic() > end:
            return


def judge(status: int, headers: Mapping[str, str], now: datetime) -> Outcome:
    """What a status means: only 2xx is success."""
    if 200 <= status < 300:
        return Outcome()
    if status == 410:
        return Outcome("HTTP 410: the receiver is gone for good", gone=True)
    if status in _REDIRECTS:
        to = urlsplit(headers.get("location", "")).hostname
        return Outcome(f"HTTP {status}: it has moved{f' to {to}' if to else ''}, and redirects are not followed")
    return Outcome(f"HTTP {status}", busy=status in (429, 502, 503, 504), rest=retry_after(headers, now))


def retry_after(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """How long a server asks to be left alone (RFC 9110 section 10.2.3: seconds or a date), a day at most."""
    value = headers.get("retry-after", "").strip()
    if not value:
        return None
    if value.isascii() and value.isdigit():
        seconds = float(value[:12])
    else:
        try:
            moment = parsedate_to_datetime(value)
        except ValueError:
            return None
        seconds = (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds()
    return min(timedelta(seconds=max(0.0, min(seconds, 1e6))), LONGEST_REST)
