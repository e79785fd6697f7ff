"""The base of all readers: asks for pages, guards what comes back, and accounts for every request.

A reader subclasses :class:`SourceSpider`, names itself with ``reader`` and writes ``read(response)``, which
yields announcements and, for more pages, ``self.open(...)`` or ``self.follow(...)`` requests. Everything
else - conditional requests, blocked and empty pages, failures, what may be remembered - happens here.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any, ClassVar

from scrapy import Request, Spider
from scrapy.http import Response
from scrapy.settings import BaseSettings
from twisted.python.failure import Failure

from archive.edits import KnownPage, PageLook, dump_listed
from archive.identity import announcement_id, canonical_url
from archive.models import Announcement, PageRead, Validator, iso
from archive.store import Archive
from spiders import rereads
from spiders.account import Account
from spiders.guard import PageError, check_blocked, check_status, failure_state
from spiders.recording import Recording, open_recording, url_key
from spiders.register import Entry, register

Read = Callable[..., Iterable[Announcement | Request]]


@dataclass(slots=True)
class Walk:
    """A first page and every page that follows from it.

    Validators are remembered only when the whole walk was read, so an interrupted one is read again.
    """

    pending: int = 0
    failed: bool = False
    validators: list[Validator] = field(default_factory=list)


@dataclass(slots=True)
class Visit:
    """What a request is for: the method that reads the answer and, for articles, what to fall back on.

    ``again`` is the page that is known already, where it is only looked at again.
    """

    walk: Walk
    read: Read
    fallback: Announcement | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)
    again: KnownPage | None = None


class Drift(PageError):
    """The page has its rows but not their fields: the publisher changed its markup."""

    state = "drifted"


class Empty(PageError):
    """A page that always has something has nothing."""

    state = "empty"


class SourceSpider(Spider):
    """A spider for one source of the register.

    Class attributes: ``reader`` is the name that entries use; ``options`` maps each allowed option to its
    type (``str``, ``int``, ``bool``, ``list`` or ``dict``); ``required`` lists those that must be given.
    """

    reader: ClassVar[str]
    entry: ClassVar[Entry]
    options: ClassVar[Mapping[str, type]] = {}
    required: ClassVar[tuple[str, ...]] = ()
    #: Statuses by which this publisher says "nothing today" (BOE: 404 on Sundays): read, nothing found.
    quiet_statuses: ClassVar[frozenset[int]] = frozenset()
    #: Whether each page that is asked for is one announcement, read anew at each crawl: then it may be removed.
    watches: ClassVar[bool] = False

    @classmethod
    def check_options(cls, entry: Entry) -> None:
        """Raise :class:`~spiders.register.RegisterError` for an option that this reader does not take."""
        for key, value in entry.options.items():
            if key not in cls.options:
                raise entry.error(
                    f"reader {cls.reader!r} has no option {key!r}; allowed: {', '.join(cls.options) or 'none'}"
                )
            if not isinstance(value, cls.options[key]):
                raise entry.error(f"option {key} = {value!r} must be of type {cls.options[key].__name__}")
        missing = [key for key in cls.required if key not in entry.options]
        if missing:
            raise entry.error(f"reader {cls.reader!r} needs option {', '.join(missing)}")

    @classmethod
    def update_settings(cls, settings: BaseSettings) -> None:
        super().update_settings(settings)
        if hasattr(cls, "entry"):
            settings.set("DOWNLOAD_SLOTS", download_slots([cls.entry], settings), priority="spider")

    @cached_property
    def account(self) -> Account:
        """This source's account in the crawl's ledger (extensions start after spiders are made)."""
        return Account.of(self.crawler, self.entry.id)

    # -- asking -----------------------------------------------------------------------------------------

    def option(self, key: str, default: Any = None) -> Any:
        return self.entry.options.get(key, default)

    def now(self) -> datetime:
        """The crawl's clock: real time, or the moment that a replay stands at. UTC."""
        at = self.settings.get("VISAWIRE_REPLAY_AT")
        if at:
            moment = datetime.fromisoformat(at)
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return datetime.now(UTC)

    def today(self) -> date:
        return self.now().date()

    def first_urls(self) -> Iterable[str]:
        """The addresses of a live crawl. Readers whose address holds a date override this."""
        return self.entry.urls

    async def start(self) -> AsyncIterator[Any]:
        recording = self.recording()
        urls = list(self.first_urls())
        if recording is not None:
            # an address with a date in it may not be in the recording; one unanswered request says so
            urls = [u for u in urls if recording.find(u)] or urls[:1]
        for url in urls:
            yield self.open(url)

    def afterwards(self) -> list[Request]:
        """What is asked for when all walks are done: recorded pages besides them, and pages that are due again."""
        return [*self.leftovers(), *rereads.due_requests(self)]

    def leftovers(self) -> list[Request]:
        """In a replay: recorded addresses that this source claims, that no walk has asked for and that are new."""
        recording = self.recording()
        if recording is None:
            return []
        entries = register()
        return [
            self.open(url)
            for url in recording.urls()
            if not self.has_asked(url)
            and self.entry.can_read(url)
            and next(e for e in entries.values() if e.can_read(url)).id == self.entry.id
            and not (self.account.archive and self.account.archive.has_address(self.entry.id, canonical_url(url)))
        ]

    @cached_property
    def _asked(self) -> set[str]:
        return set()

    def has_asked(self, url: str) -> bool:
        """Whether this crawl has asked for an address, or was led to it."""
        return url_key(url) in self._asked

    def recording(self) -> Recording | None:
        path = self.settings.get("VISAWIRE_REPLAY")
        return open_recording(path, self.settings.get("VISAWIRE_REPLAY_AT") or "") if path else None

    def open(
        self,
        url: str,
        *,
        read: Read | None = None,
        headers: Mapping[str, str] | None = None,
        after: Response | None = None,
        fallback: Announcement | None = None,
        again: KnownPage | None = None,
        **arguments: Any,
    ) -> Request:
        """A request that is accounted for. ``after`` is the response it follows from (same walk).

        ``read`` reads the answer (default: ``self.read``) and gets ``arguments``. With a ``fallback`` the
        page is an article: it is asked for unconditionally, and if it cannot be read the fallback stands.
        ``again`` is a page that is known: it is asked for with its own validators.
        """
        walk = after.meta["visit"].walk if after is not None else Walk()
        walk.pending += 1
        self._asked.add(url_key(url))
        visit = Visit(walk, read or self.read, fallback, arguments, again)
        meta = {"visit": visit, "conditional": fallback is None, "source": self.entry.id}
        if again is not None:
            meta["validator"] = again.memory.validator
        return Request(
            url,
            callback=self._arrived,
            errback=self._failed,
            headers=dict(headers or {}),
            dont_filter=True,  # the filter drops silently; every request here must have an outcome
            meta=meta,
        )

    # -- reading ----------------------------------------------------------------------------------------

    def read(self, response: Response) -> Iterable[Announcement | Request]:
        """Yield what the page announces. Written by each reader."""
        raise NotImplementedError(f"{type(self).__name__} must write read()")

    def parse(self, response: Response, **kwargs: Any) -> Iterator[Any]:
        """Scrapy's default callback (``scrapy parse``, ``scrapy check``): the same way as a crawl."""
        response.meta.setdefault("visit", Visit(Walk(pending=1), self.read))
        return self._arrived(response)

    def read_page(self, response: Response) -> list[Announcement]:
        """Read one saved page as ``sources try`` does: no requests, errors raised as :class:`PageError`."""
        response.meta["visit"] = Visit(Walk(pending=1), self.read)
        if response.status in self.quiet_statuses:
            return []
        check_status(response)
        check_blocked(response)
        found: list[Announcement] = []
        for result in self._results(response, self.reader_for(response)):
            if isinstance(result, Announcement):
                found.append(result)
            elif result.meta["visit"].fallback is not None:
                found.append(self.dressed(result.meta["visit"].fallback, response))
        return found

    def reader_for(self, response: Response) -> Read:
        """The method that reads an address: readers with several kinds of page override this."""
        return self.read

    def _arrived(self, response: Response) -> Iterator[Any]:
        visit: Visit = response.meta["visit"]
        self.account.arrived(response)
        self._asked.add(url_key(response.url))
        try:
            yield from self._checked(response, visit)
        except Exception as error:
            yield from self._give_up(error, visit, response.url)
        yield from self._leave(visit.walk)

    def _checked(self, response: Response, visit: Visit) -> Iterator[Announcement | Request | PageLook]:
        if visit.again is not None:
            yield from rereads.read_again(self, response, visit.again)
            return
        own_page = visit.fallback is not None or self.watches
        gone = rereads.gone(response, self.entry) if own_page else ""
        if gone:
            yield rereads.look(self, response, "missing", note=gone)
            check_status(response)
            raise PageError(f"{gone}: the page is gone; its announcement stays, and is looked for again")
        body_hash = hashlib.sha256(response.body).hexdigest()
        if response.status == 304 or response.meta.get("body_hash") == body_hash:
            self.account.unchanged += 1
            if self.watches:
                yield rereads.look(self, response, "unchanged")
            return
        if response.status in self.quiet_statuses:
            self.account.read += 1
            return
        check_status(response)
        check_blocked(response)
        read = visit.read if visit.read != self.read else self.reader_for(response)
        validator = rereads.page_validator(response, body_hash, self.seen(response))
        listed = dump_listed(visit.fallback) if visit.fallback is not None else ""
        looks: list[PageLook] = []
        for result in self._results(response, read, visit.arguments):
            if isinstance(result, Announcement) and (own_page or read != visit.read) and len(looks) < 2:
                looks.append(rereads.first_look(self, response, result, listed, validator))
            yield result
        if len(looks) == 1:
            yield looks[0]
        self.account.read += 1
        if visit.fallback is None:
            visit.walk.validators.append(validator)

    def _results(
        self, response: Response, read: Read, arguments: Mapping[str, Any] | None = None
    ) -> Iterator[Announcement | Request]:
        found, seen = 0, len(self.account.seen)
        for result in read(response, **(arguments or {})):
            found += 1
            yield self.dressed(result, response) if isinstance(result, Announcement) else result
        # entries whose articles were read before are seen but yield nothing
        found += len(self.account.seen) - seen
        if not found and self.entry.expect == "always" and not response.meta.get("may_be_empty"):
            raise Empty("nothing was found on a page that always has something; look at the page and mend the reader")

    def dressed(self, item: Announcement, response: Response) -> Announcement:
        """Fill in what is the same for every announcement of a page."""
        item.source_id = self.entry.id
        item.seen = item.seen or self.seen(response)
        item.language = item.language or self.entry.source.language
        item.publisher = item.publisher or self.entry.source.publisher
        item.url = response.urljoin(item.url)
        if response.meta.get("redirect_urls") and item.url == response.meta["redirect_urls"][0]:
            item.canonical_url = response.url
        self.account.saw(item)
        return item

    def seen(self, response: Response) -> datetime:
        """When the response was received: now, or when it was recorded. UTC."""
        recorded = response.meta.get("recorded")
        return recorded if isinstance(recorded, datetime) else datetime.now(UTC)

    def _failed(self, failure: Failure) -> Iterator[Any]:
        request: Request = failure.request  # type: ignore[attr-defined]  # set by Scrapy
        visit: Visit = request.meta["visit"]
        yield from self._give_up(failure.value or RuntimeError("no reason given"), visit, request.url)
        yield from self._leave(visit.walk)

    def _give_up(self, error: BaseException, visit: Visit, url: str) -> Iterator[Announcement | PageLook]:
        """Account for a page that could not be read; an article's listing entry is kept all the same."""
        state, advice = failure_state(error)
        visit.walk.failed = True
        self.account.fail(state, url, advice, article=visit.fallback is not None or visit.again is not None)
        if state == "error" and not isinstance(error, PageError):
            self.logger.error("%s: %s: %s", self.entry.id, url, advice, exc_info=error)
        if visit.again is not None:
            yield rereads.failed_look(self, visit.again)
        if visit.fallback is not None and not self._has_text(visit.fallback):
            item = visit.fallback
            item.listing_hash = ""  # the article is asked for again next time
            yield item

    def _has_text(self, item: Announcement) -> bool:
        """A listing's few words never replace the article that was read before."""
        archive = self.account.archive
        return archive is not None and archive.has_text(announcement_id(self.entry.source, item), item.url)

    def _leave(self, walk: Walk) -> Iterator[PageRead]:
        walk.pending -= 1
        if walk.pending == 0 and not walk.failed and walk.validators:
            yield PageRead(self.entry.id, list(walk.validators))

    # -- what is known ----------------------------------------------------------------------------------

    def archive(self) -> Archive | None:
        """The archive that is crawled into (read only), or ``None`` before the first crawl."""
        return self.account.archive

    def article(self, item: Announcement, response: Response, read: Read) -> Iterator[Announcement | Request]:
        """Follow a listing's entry to its article, unless that was read and the entry has not changed."""
        said = "\x1f".join((item.title, item.summary, iso(item.published), iso(item.updated)))
        item.listing_hash = hashlib.sha256(said.encode()).hexdigest()[:16]
        item.url = response.urljoin(item.url)
        if self.account.listing_unchanged(self.entry.id, item):
            self.account.saw(item)
            response.meta["may_be_empty"] = True  # it has something: what is known already
            return
        yield self.open(item.url, read=read, after=response, fallback=self.dressed(item, response), item=item)


def download_slots(entries: Iterable[Entry], settings: BaseSettings) -> dict[str, dict[str, Any]]:
    """Scrapy's ``DOWNLOAD_SLOTS`` for a set of sources: the longest delay that any source of a host asks for."""
    from urllib.parse import urlsplit

    slots: dict[str, dict[str, Any]] = dict(settings.getdict("DOWNLOAD_SLOTS"))
    default = settings.getfloat("DOWNLOAD_DELAY")
    for entry in entries:
        for url in entry.urls:
            host = urlsplit(url).hostname or ""
            delay = max(entry.delay, default, slots.get(host, {}).get("delay", 0.0))
            if delay > default:
                slots[host] = {"concurrency": 1, "delay": delay}
    return slots
