"""Gives the pipelines of a crawl the archive that is crawled into and the sources in it."""

from __future__ import annotations

from functools import cached_property
from typing import Self

from scrapy.crawler import Crawler

from archive.models import Source
from archive.store import Archive


class SourceLookup:
    """Base of the pipelines that need to know an announcement's source."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self._sources: dict[str, Source] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    @cached_property
    def archive(self) -> Archive:
        return Archive(self.crawler.settings["VISAWIRE_ARCHIVE"])

    def source(self, source_id: str) -> Source:
        """The register's entry as stored in the archive. Raises ``KeyError`` for an unknown id."""
        if source_id not in self._sources:
            self._sources[source_id] = self.archive.source(source_id)
        return self._sources[source_id]

    def close_spider(self) -> None:
        if "archive" in self.__dict__:
            self.archive.close()
