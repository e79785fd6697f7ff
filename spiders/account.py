"""Accounts for every source of a crawl: what was asked, what came back, and the state that it leaves.

One :class:`Ledger` (a Scrapy extension) per crawl writes a row in ``runs`` and, when the crawl ends, one in
``checks`` for every source: a source without an outcome cannot exist.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DontCloseSpider
from scrapy.http import Response

from archive.identity import announcement_id
from archive.models import Announcement, Check
from archive.store import Archive


@dataclass
class Account:
    """One source in one crawl."""

    source_id: str
    archive: Archive | None = None
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    clock: float = field(default_factory=time.monotonic)
    last: float = field(default_factory=time.monotonic)
    statuses: Counter[str] = field(default_factory=Counter)
    bytes: int = 0
    seen: set[str] = field(default_factory=set)
    read: int = 0
    unchanged: int = 0
    failures: list[tuple[str, str, str]] = field(default_factory=list)
    articles_failed: int = 0
    #: Whether the pages that are due again were asked for.
    reread: bool = False

    @classmethod
    def of(cls, crawler: Crawler, source_id: str) -> Account:
        ledger = next((e for e in crawler.extensions.middlewares if isinstance(e, Ledger)), None)
        return ledger.open(source_id) if ledger is not None else cls(source_id)

    def arrived(self, response: Response) -> None:
        self.statuses[str(response.status)] += 1
        self.bytes += len(response.body)
        self.last = time.monotonic()

    def fail(self, state: str, url: str, advice: str, *, article: bool) -> None:
        """Note a page that could not be read. A missing article does not fail a source that was read."""
        self.last = time.monotonic()
        if article:
            self.articles_failed += state != "not-recorded"
        else:
            self.failures.append((state, url, advice))

    @property
    def troubled(self) -> bool:
        """Whether the source refused us or could not be reached: then it is asked for nothing more."""
        return any(state in ("blocked", "unreachable", "robots") for state, *_ in self.failures)

    def saw(self, item: Announcement) -> None:
        """Count an announcement once, however many pages it is read from."""
        self.seen.add(item.external_id or item.url)

    def listing_unchanged(self, source_id: str, item: Announcement) -> bool:
        if self.archive is None:
            return False
        source = self.archive.source(source_id)
        return self.archive.listing_hash(announcement_id(source, item)) == item.listing_hash

    def check(self, new: int, changed: int, lost: int) -> Check:
        """The source's row in ``checks``. ``lost`` counts announcements that failed in a pipeline."""
        state, error = self._state()
        if lost and state in ("ok", "unchanged"):
            state, error = "error", f"{lost} announcements could not be processed; see the log"
        elif self.articles_failed and not error:
            error = f"{self.articles_failed} articles could not be read; their entries were kept and are tried again"
        return Check(
            source_id=self.source_id, state=state, started=self.started, statuses=dict(self.statuses),
            bytes=self.bytes, seen=len(self.seen), new=new, changed=changed, error=error,
            seconds=self.last - self.clock,
        )  # fmt: skip

    def _state(self) -> tuple[str, str]:
        real = [f for f in self.failures if f[0] != "not-recorded"]
        if real:
            by_advice: dict[str, list[str]] = {}
            for _, url, advice in real:
                by_advice.setdefault(advice, []).append(url)
            said = (
                f"{urls[0]}{f' and {len(urls) - 1} more' if urls[1:] else ''}: {advice}"
                for advice, urls in by_advice.items()
            )
            return real[0][0], "; ".join(said)[:2000]
        if self.read:
            return "ok", ""
        if self.unchanged:
            return "unchanged", ""
        if self.failures:
            return "not-recorded", "the recording has no answer for this source"
        return "error", "no request of this source came to an outcome; the crawl was stopped too early"


class Ledger:
    """Scrapy extension: opens the accounts and writes them down (settings ``VISAWIRE_ARCHIVE``, ``VISAWIRE_RUN``)."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.archive = Archive(crawler.settings["VISAWIRE_ARCHIVE"])
        self.accounts: dict[str, Account] = {}
        self.lost: Counter[str] = Counter()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Ledger:
        from spiders.register import register

        ledger = cls(crawler)
        ledger.archive.sync_sources(entry.source for entry in register().values())
        crawler.signals.connect(ledger.item_error, signals.item_error)
        crawler.signals.connect(ledger.spider_idle, signals.spider_idle)
        crawler.signals.connect(ledger.spider_closed, signals.spider_closed)
        return ledger

    def open(self, source_id: str) -> Account:
        return self.accounts.setdefault(source_id, Account(source_id, self.archive))

    def item_error(self, item: Any, failure: Any) -> None:
        self.lost[getattr(item, "source_id", "")] += 1

    def spider_idle(self, spider: Any) -> None:
        """All walks are done: now come pages that are due again and, in a replay, what was recorded besides."""
        requests = spider.afterwards()
        for request in requests:
            self.crawler.engine.crawl(request)
        if requests:
            raise DontCloseSpider

    def spider_closed(self) -> None:
        run = self.crawler.settings.getint("VISAWIRE_RUN")
        own_run = not run
        if own_run:
            run = self.archive.begin_run("scrapy crawl", datetime.now(UTC))
        for source_id, account in self.accounts.items():
            new, changed = (self.crawler.stats.get_value(f"visawire/{source_id}/{k}", 0) for k in ("new", "changed"))
            self.archive.add_check(run, account.check(new, changed, self.lost[source_id]))
        if own_run:
            self.archive.finish_run(run, datetime.now(UTC), 0)
        self.archive.close()
