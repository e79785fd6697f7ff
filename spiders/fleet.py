"""All due sources in one spider: one crawler, so that politeness to a host counts across sources."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.settings import BaseSettings

from spiders.base import SourceSpider, download_slots
from spiders.readers import spider_class
from spiders.register import Entry


class Fleet(Spider):
    """Runs the readers of ``entries``; their callbacks are their own, only the crawler is shared."""

    name = "fleet"

    @classmethod
    def of(cls, entries: Sequence[Entry]) -> type[Fleet]:
        """A fleet class for these sources, ready for a crawler process."""
        return type("Fleet", (cls,), {"entries": tuple(entries)})

    entries: tuple[Entry, ...] = ()
    readers: list[SourceSpider]

    @classmethod
    def update_settings(cls, settings: BaseSettings) -> None:
        super().update_settings(settings)
        settings.set("DOWNLOAD_SLOTS", download_slots(cls.entries, settings), priority="spider")

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Fleet:
        fleet = super().from_crawler(crawler, *args, **kwargs)
        fleet.readers = [spider_class(entry).from_crawler(crawler) for entry in cls.entries]
        return fleet

    def afterwards(self) -> list[Request]:
        return [request for reader in self.readers for request in reader.afterwards()]

    async def start(self) -> AsyncIterator[Any]:
        for reader in self.readers:
            async for request in reader.start():
                yield request
