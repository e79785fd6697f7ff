"""The crawl's downloader middlewares: conditional requests, replay and record, politeness.

Order matters and stands in ``visawire/settings.py``. Replay and record sit next to the network, so that a
replayed crawl runs the same code as a live one.
"""

from __future__ import annotations

import email.utils
from datetime import UTC, datetime
from typing import Any

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.retry import RetryMiddleware
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import IgnoreRequest, NotConfigured
from scrapy.http import Response
from scrapy.utils.asyncio import sleep
from scrapy.utils.httpobj import urlparse_cached

from archive.store import Archive
from spiders.guard import NotRecorded
from spiders.recording import Recorded, WarcRecorder, header_pairs, open_recording, response_of

_VALIDATORS = ("If-None-Match", "If-Modified-Since")


class Conditional:
    """Sends the stored validators of each address (each hop of a redirect its own) and marks a known body.

    Scrapy's HTTP cache is not used: with common cache headers it misses changes or hides outages
    (docs/decisions.md).
    """

    def __init__(self, crawler: Crawler) -> None:
        self.archive = Archive(crawler.settings["VISAWIRE_ARCHIVE"])
        self.full = crawler.settings.getbool("VISAWIRE_FULL")
        crawler.signals.connect(self.archive.close, signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Conditional:
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        for header in _VALIDATORS:
            request.headers.pop(header, None)
        request.meta.pop("body_hash", None)
        if self.full or not request.meta.get("conditional"):
            return
        if "validator" in request.meta:
            # a page that is read again for one announcement: what that one read, not what others have seen since
            known = request.meta["validator"]
            known = known if known is not None and known.url == request.url else None
        else:
            known = self.archive.validator(request.url)
        if known is None:
            return
        if known.etag:
            request.headers["If-None-Match"] = known.etag
        if known.last_modified:
            request.headers["If-Modified-Since"] = known.last_modified
        request.meta["body_hash"] = known.body_hash


class Replay:
    """Answers every request from a recording (``VISAWIRE_REPLAY``); nothing reaches the network.

    A request whose validators match what was recorded is answered 304, as the server would.
    """

    def __init__(self, crawler: Crawler) -> None:
        path = crawler.settings.get("VISAWIRE_REPLAY")
        if not path:
            raise NotConfigured
        self.recording = open_recording(path, crawler.settings.get("VISAWIRE_REPLAY_AT") or "")

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Replay:
        return cls(crawler)

    def process_request(self, request: Request) -> Response:
        recorded = self.recording.find(request.url)
        if recorded is None:
            if urlparse_cached(request).path == "/robots.txt":
                return Response(request.url, status=404, request=request)
            raise NotRecorded(f"{request.url} is not in {self.recording.source}")
        request.meta["recorded"] = recorded.captured
        answer = response_of(recorded, request.url, request)
        if answer.status == 200 and _matches(request, answer):
            return response_of(recorded, request.url, request, not_modified=True)
        return answer


def _matches(request: Request, answer: Response) -> bool:
    for wanted, given in (("If-None-Match", "ETag"), ("If-Modified-Since", "Last-Modified")):
        sent, has = request.headers.get(wanted), answer.headers.get(given)
        if sent and has:
            return bool(sent == has)
    return False


class Record:
    """Writes every exchange to a WARC file (``VISAWIRE_RECORD``), bodies as they came over the wire."""

    def __init__(self, crawler: Crawler) -> None:
        path = crawler.settings.get("VISAWIRE_RECORD")
        if not path:
            raise NotConfigured
        self.recorder = WarcRecorder.create(path)
        crawler.signals.connect(self.recorder.close, signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Record:
        return cls(crawler)

    def process_response(self, request: Request, response: Response) -> Response:
        captured = request.meta.get("recorded") or datetime.now(UTC)
        answer = Recorded(
            response.url, captured, response.status, tuple(header_pairs(response)), response.body
        )  # fmt: skip
        self.recorder.write(response.url, request.method, header_pairs(request), answer)
        return response


class PoliteRetry(RetryMiddleware):
    """Retries server errors, waiting as long as ``Retry-After`` asks (up to ``VISAWIRE_RETRY_AFTER_MAX`` s).

    Scrapy retries at once and ignores the header. A longer wait than the cap is not waited for: the
    source's next check is soon enough.
    """

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> PoliteRetry:
        middleware: PoliteRetry = super().from_crawler(crawler)
        middleware.cap = crawler.settings.getfloat("VISAWIRE_RETRY_AFTER_MAX")
        middleware.backoff = crawler.settings.getfloat("VISAWIRE_RETRY_BACKOFF")
        return middleware

    cap: float
    backoff: float

    async def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]
        if request.meta.get("dont_retry") or response.status not in self.retry_http_codes:
            return response
        wait = retry_after(response, datetime.now(UTC))
        if wait is not None and wait > self.cap:
            return response
        again = self._retry(request, f"HTTP {response.status}")
        if again is None:
            return response
        tries = again.meta.get("retry_times", 1)
        await sleep(wait if wait is not None else self.backoff * 2 ** (tries - 1))
        return again


def retry_after(response: Response, now: datetime) -> float | None:
    """Seconds that the response asks to wait (delta or HTTP date, RFC 9110 section 10.2.3), if it does."""
    value = (response.headers.get("Retry-After") or b"").decode("latin-1").strip()
    if not value:
        return None
    if value.isdigit():
        return float(value)
    try:
        moment = email.utils.parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, (moment - now).total_seconds()) if moment.tzinfo else None


class _DisallowAll:
    """What RFC 9309 section 2.3.1.4 asks for when robots.txt answers with a server error."""

    def allowed(self, url: str, user_agent: str) -> bool:
        return False


class Robots(RobotsTxtMiddleware):
    """robots.txt by RFC 9309: 4xx allows all, 5xx forbids all, unreachable fails the page the same way.

    ``Crawl-delay`` is applied to the host's download slot.
    """

    async def robot_parser(self, request: Request) -> Any:
        netloc = urlparse_cached(request).netloc
        known = self._errors.get(netloc)
        if known is not None:
            raise known
        return await super().robot_parser(request)

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._errors: dict[str, Exception] = {}

    async def _parse_robots(self, response: Response, netloc: str, request: Request) -> None:
        if 200 <= response.status < 300:
            await super()._parse_robots(response, netloc, request)
            self._slow_down(netloc)
            return
        waiting: Any = self._parsers[netloc]
        parser: Any = _DisallowAll() if response.status >= 500 else None
        self._parsers[netloc] = parser
        waiting.callback(parser)

    def _slow_down(self, netloc: str) -> None:
        parser: Any = self._parsers[netloc]
        asked = parser.crawl_delay(self._robotstxt_useragent or "*")
        if not asked:
            return
        host = netloc.rsplit(":", 1)[0]
        downloader: Any = self.crawler.engine.downloader
        delay = min(float(asked), 60.0)
        for key, slot in downloader.slots.items():
            if key in (host, netloc):
                slot.delay = max(slot.delay, delay)
        downloader.per_slot_settings.setdefault(host, {}).setdefault("delay", delay)

    def _robots_error(self, exc: Exception, netloc: str) -> None:
        if not isinstance(exc, IgnoreRequest):
            self._errors[netloc] = exc
        super()._robots_error(exc, netloc)
