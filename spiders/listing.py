"""An HTML page that lists announcements, each perhaps with an article page of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import ClassVar
from urllib.parse import urlsplit

from cssselect import SelectorError
from parsel import Selector
from parsel.csstranslator import HTMLTranslator
from scrapy import Request
from scrapy.http import Response, TextResponse

from archive.models import Announcement
from spiders.articles import article_of
from spiders.base import Drift, Read
from spiders.datestyle import DATE_OPTIONS, DateStyle
from spiders.paging import PAGE_OPTIONS, PagedSpider
from spiders.register import Entry

_DOCUMENT = re.compile(r"\.(?:pdf|docx?|xlsx?|pptx?|csv|zip|od[ts])$", re.IGNORECASE)
SELECTORS = ("row", "title", "date", "summary")


class BadRow(Exception):
    """A row that lacks what every row must have."""


@dataclass(frozen=True, slots=True)
class Row:
    """What a listing says of one announcement. ``when`` is the date as written, ``summary`` may be HTML."""

    title: str
    link: str
    when: str = ""
    summary: str = ""


class Listing(PagedSpider):
    """Reads rows by CSS selectors.

    Options: ``row``; within it ``title`` (default: the first link; the link is the title's own, the one in
    it, the one around it, or the row's first), ``date`` (its ``datetime`` attribute or its text) and
    ``summary``; ``date_format``, ``locale`` and ``zone`` (see :class:`~spiders.datestyle.DateStyle`);
    ``articles = true`` to read each article page too; ``page_parameter``, ``first_page``, ``max_pages``.
    """

    reader = "listing"
    options: ClassVar[Mapping[str, type]] = {
        **dict.fromkeys(SELECTORS, str),
        "articles": bool,
        **DATE_OPTIONS,
        **PAGE_OPTIONS,
    }
    required: ClassVar[tuple[str, ...]] = ("row",)

    @classmethod
    def check_options(cls, entry: Entry) -> None:
        super().check_options(entry)
        for key in SELECTORS:
            try:
                HTMLTranslator().css_to_xpath(entry.options.get(key, "a"))
            except SelectorError as error:
                raise entry.error(f"option {key} = {entry.options[key]!r} is not a CSS selector: {error}") from error
        if entry.options.get("max_pages", 1) > 1 and not entry.options.get("page_parameter"):
            raise entry.error("option max_pages needs page_parameter, the name in ?page=2")
        DateStyle.of(entry)

    @cached_property
    def dates(self) -> DateStyle:
        return DateStyle.of(self.entry)

    def reader_for(self, response: Response) -> Read:
        """A listing's own address is read as a listing, any other that the entry claims as an article."""
        here = _place(response.url)
        return self.read if any(_place(url) == here for url in self.entry.urls) else self.read_article

    # -- the listing ------------------------------------------------------------------------------------

    def read(self, response: Response, met: frozenset[str] = frozenset()) -> Iterator[Announcement | Request]:
        if self.number_of(response) != self.option("first_page", 0):
            response.meta["may_be_empty"] = True  # the page behind the last one
        items: list[Announcement] = []
        bad: list[str] = []
        for number, row in enumerate(self.selected(response), 1):
            try:
                listed = self.row(row)
            except BadRow as error:
                bad.append(f"row {number} {error}")
                continue
            items.append(self.announcement(listed, response))
            if listed.when and items[-1].published is None:
                bad.append(f"row {number} has the date {listed.when[:60]!r}, which cannot be read")
        if items and all(item.published is None for item in items) and self.dated() and not bad:
            bad.append("no row has a date")
        follow = self.next_numbered(response, self.wants_more(response, items, met))
        further = list(follow) if self.links_onwards(response) else []
        for item in items:
            # entries that are known and unchanged yield nothing, and yet the page is not empty
            response.meta["may_be_empty"] = True
            if self.option("articles", False) and _has_article(item, response):
                yield from self.article(item, response, self.read_article)
            else:
                yield item
        yield from further
        if bad:
            raise Drift(f"{'; '.join(bad[:5])} ({len(bad)} problems); look at the page and mend the selectors")

    def selected(self, response: Response) -> list[Selector]:
        """The rows of a page."""
        return list(response.css(self.option("row"))) if isinstance(response, TextResponse) else []

    def dated(self) -> bool:
        """Whether rows are expected to state a date."""
        return bool(self.option("date"))

    def row(self, row: Selector) -> Row:
        """Read one row. Raises :class:`BadRow` when its title or link is missing."""
        titles = row.css(self.option("title", "a[href]"))
        title = next((t for t in map(words, titles) if t), "")
        if not title:
            raise BadRow(f"has no title ({words(row)[:60]!r})")
        link = next(
            (
                href.strip()
                for path in ("@href", ".//a/@href", "ancestor::a/@href")
                for href in titles.xpath(path).getall()
                if _leads_somewhere(href)
            ),
            "",
        )
        link = link or next(filter(_leads_somewhere, row.xpath(".//a/@href").getall()), "").strip()
        if not link:
            raise BadRow(f"has no link ({title[:60]!r})")
        when = row.css(self.option("date")) if self.option("date") else []
        summary = row.css(self.option("summary")) if self.option("summary") else []
        return Row(
            title=title,
            link=link,
            when=next((t for t in (e.attrib.get("datetime", "").strip() or words(e) for e in when) if t), ""),
            summary="\n".join(e.get() for e in summary),
        )

    def announcement(self, row: Row, response: Response) -> Announcement:
        """The announcement that a row makes.

        Several announcements on one page are told apart by the anchor in their links, which addresses do
        not keep.
        """
        url = response.urljoin(row.link)
        moment = self.dates.read(row.when)
        return Announcement(
            source_id=self.entry.id,
            url=url,
            external_id=url if urlsplit(url).fragment else "",
            title=row.title,
            summary=row.summary,
            published=moment.value if moment else None,
            published_precision=moment.precision if moment else None,
        )

    def links_onwards(self, response: Response) -> bool:
        """Whether the page links to the page after it: pages that nobody links to are not asked for."""
        parameter = self.option("page_parameter")
        if not parameter or not isinstance(response, TextResponse):
            return False
        following = self.number_of(response) + 1
        pattern = re.compile(rf"[?&]{re.escape(parameter)}=(\d+)(?:[&#]|$)")
        numbers = (pattern.search(href) for href in response.xpath("//a/@href").getall())
        return any(match and int(match[1]) >= following for match in numbers)

    # -- the article ------------------------------------------------------------------------------------

    def read_article(self, response: Response, item: Announcement | None = None) -> Iterator[Announcement]:
        """Complete a listing's entry by its article; without one, the page speaks for itself."""
        article = article_of(response)
        response.meta["heading"] = article.title
        if not article.text:
            raise Drift("the article has no main text; see whether it needs JavaScript")
        if item is None:
            item = Announcement(
                self.entry.id,
                response.url,
                article.title,
                external_id=response.url if "#" in response.url else "",
            )
        item.body = article.text
        item.summary = item.summary or article.description
        item.language = article.language
        item.updated = article.updated
        if item.published is None or _finer(article.published, item.published):
            item.published, item.published_precision = article.published, article.published_precision
        yield item


def words(element: Selector) -> str:
    """An element's text on one line, without scripts and styles."""
    texts = element.xpath(".//text()[not(parent::script or parent::style)]").getall()
    return " ".join("".join(texts).split())


def _leads_somewhere(href: str) -> bool:
    return not re.match(r"\s*(?:#|$|javascript:|mailto:|tel:)", href, re.IGNORECASE)


def _has_article(item: Announcement, response: Response) -> bool:
    """Whether a link leads to an article: not to a document, another site or a place on a shared page."""
    link, here = urlsplit(item.url), urlsplit(response.url)
    same_site = (link.hostname or "").removeprefix("www.") == (here.hostname or "").removeprefix("www.")
    return same_site and not item.external_id and not _DOCUMENT.search(link.path)


def _place(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.netloc.lower(), parts.path.rstrip("/")


def _finer(stated: datetime | date | None, listed: datetime | date) -> bool:
    """Whether an article states the time of the day that its listing states."""
    return isinstance(stated, datetime) and not isinstance(listed, datetime) and stated.date() == listed
