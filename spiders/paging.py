"""Walks listings of several pages, numbered from 0 or 1, until there is nothing unknown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from urllib.parse import parse_qs, urlsplit

from scrapy import Request
from scrapy.http import Response
from w3lib.url import add_or_replace_parameter

from archive.identity import announcement_id
from archive.models import HEALTHY, Announcement
from spiders.base import SourceSpider

PAGE_OPTIONS = {"page_parameter": str, "first_page": int, "max_pages": int}


class PagedSpider(SourceSpider):
    """A reader of numbered pages. Options: ``page_parameter``, ``first_page`` (0), ``max_pages`` (1)."""

    def number_of(self, response: Response) -> int:
        """The number of a page, from its address."""
        first: int = self.option("first_page", 0)
        given = parse_qs(urlsplit(response.url).query).get(self.option("page_parameter", ""), [""])[-1]
        return int(given) if given.isdecimal() else first

    def numbered(self, response: Response, number: int) -> str:
        """The address of another page of the same listing."""
        return add_or_replace_parameter(response.url, self.option("page_parameter"), str(number))

    def wants_more(self, response: Response, items: Iterable[Announcement], met: frozenset[str]) -> frozenset[str]:
        """The ids met so far when the next page shall be read, else the empty set.

        Reading ends after ``max_pages``, at a page that repeats the ones before it (some servers answer so
        beyond their last page) and at one whose entries are all in the archive. That last rule needs a last
        crawl that was healthy: what an interrupted walk did not reach lies behind entries that are known.
        Ask before the items are yielded, since then they become known.
        """
        ids = set()
        for item in items:
            item.url = response.urljoin(item.url)
            ids.add(announcement_id(self.entry.source, item))
        walked = self.number_of(response) - self.option("first_page", 0) + 1
        if walked >= self.option("max_pages", 1) or ids <= met:
            return frozenset()
        archive = self.archive()
        if archive is not None and all(archive.knows(known) for known in ids):
            check = archive.last_checks().get(self.entry.id)
            if check is not None and check["state"] in HEALTHY:
                return frozenset()
        return met | ids

    def next_numbered(self, response: Response, met: frozenset[str]) -> Iterator[Request]:
        """The request for the next page; ``met`` is what :meth:`wants_more` returned."""
        if met:
            yield self.open(self.numbered(response, self.number_of(response) + 1), after=response, met=met)
