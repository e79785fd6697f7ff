"""The State Department's visas news: one page of links with dates, newest first.

Titles come back unchanged every year ("Annual Limit Reached in the EB-2 Category"), so only the link tells
two announcements apart. travel.state.gov builds its pages of components that editors arrange freely; what holds is
that each announcement is a page below ``/News/visas-news/``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar
from urllib.parse import urldefrag, urlsplit

from parsel import Selector
from scrapy.http import Response, TextResponse

from spiders.datestyle import DateStyle
from spiders.listing import Listing, Row, words

_NEWS = re.compile(r"/News/visas-news/[^/]+\.html$", re.IGNORECASE)
_DATE = re.compile(
    r"\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.? \d{1,2}, \d{4}\b|\b\d{1,2}/\d{1,2}/\d{4}\b"
)


class VisasNews(Listing):
    """Every link to a page of the section is an announcement; its date stands beside it, its text on its page."""

    reader = "us_state_visas_news"
    options: ClassVar[Mapping[str, type]] = {}
    required: ClassVar[tuple[str, ...]] = ()

    def option(self, key: str, default: Any = None) -> Any:
        return True if key == "articles" else default

    @cached_property
    def dates(self) -> DateStyle:
        return DateStyle(format="%m/%d/%Y")

    def selected(self, response: Response) -> list[Selector]:
        """The first link with words in it of each announcement, outside menus and breadcrumbs."""
        if not isinstance(response, TextResponse):
            return []
        links: dict[str, Selector] = {}
        for link in response.xpath(
            "//a[@href][not(ancestor::nav or ancestor::header or ancestor::footer)]"
            "[not(ancestor::*[contains(@class, 'menu') or contains(@class, 'Menu')"
            " or contains(@class, 'breadcrumb') or contains(@class, 'navigation')])]"
        ):
            address = urldefrag(response.urljoin(link.attrib["href"].strip())).url
            if _NEWS.search(urlsplit(address).path) and words(link):
                links.setdefault(address, link)
        return list(links.values())

    def dated(self) -> bool:
        return True

    def row(self, row: Selector) -> Row:
        """A link, with the date in the smallest part of the page that holds it and no other announcement."""
        own = row.attrib["href"].strip()
        when = ""
        for part in reversed(row.xpath("ancestor::*")):
            others = {h.strip() for h in part.xpath(".//a/@href").getall() if _NEWS.search(urlsplit(h.strip()).path)}
            if when or others - {own}:
                break
            found = _DATE.search(" ".join(" ".join(part.xpath(".//text()[not(ancestor::a)]").getall()).split()))
            when = found.group() if found else ""
        return Row(title=words(row), link=own, when=when)
