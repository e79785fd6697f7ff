"""Feeds: RSS, Atom and JSON Feed, entry by entry, with the article behind an entry where it is asked for.

Options of a source:

- ``article``: follow entries whose text the feed does not carry whole to their page.
- ``title_publisher``: an aggregator's feed. Titles end in `` - Publisher``, which is taken off; ``<source>`` is
  the publisher, and the description (a list of other headlines) becomes the attribute ``related``.
- ``guid = false``: the feed's ids are not stable; entries are known by their links.
- ``updated_is_published``: the Atom feed writes the time of publication into ``updated``, which otherwise moves
  with each edit and says nothing about when an entry was published.
- ``stated_language``: the feed's own language is right (many feeds state ``en-US`` whatever they are written in).
- ``drop``: CSS selectors of furniture inside the entries' texts.
- ``max_entries``: how many entries are read at most.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from parsel import Selector
from scrapy import Request
from scrapy.http import Response

from archive.identity import canonical_url
from archive.models import Announcement
from spiders.articles import Article, article_of
from spiders.base import Drift, Read, SourceSpider
from spiders.feedparsing import FeedEntry, looks_like_page, parse_feed
from spiders.recording import url_key

#: A text at least this long, and at least twice its summary, is the article itself (an NPR teaser has 200).
WHOLE_TEXT = 600

#: The length of a title made of an entry's first words: what a listing shows on one line.
TITLE_WORDS = 16

_MARKUP = re.compile(r"</?[a-zA-Z][^<>]*>")
_HIDDEN = re.compile(r"<(?:script|style)\b|<!--", re.IGNORECASE)
_SHOWN_AGAIN = re.compile(r"</(?:script|style)\s*>|-->", re.IGNORECASE)
_INLINE = re.compile(r"</?(?:a|abbr|b|cite|code|em|font|i|mark|small|span|strong|sub|sup|u)\b[^<>]*>", re.IGNORECASE)
_TIMESTAMP = re.compile(r"\d{4}-\d{2}-\d{2}[T /_-]?\d{2}:?\d{2}")
_WORDPRESS_TAIL = re.compile(r"<p>\s*The post\s.*\bappeared first on\b", re.DOTALL)


class Feed(SourceSpider):
    """Each entry is an announcement, known by the feed's id for it or else by its link."""

    reader = "feed"
    options = {  # noqa: RUF012  # declared ClassVar by the base
        "article": bool,
        "title_publisher": bool,
        "guid": bool,
        "updated_is_published": bool,
        "stated_language": bool,
        "drop": list,
        "max_entries": int,
    }

    def reader_for(self, response: Response) -> Read:
        registered = {url_key(url) for url in self.entry.urls}
        if url_key(response.url) not in registered and looks_like_page(response.body):
            return self.read_article
        return self.read

    def read(self, response: Response) -> Iterator[Announcement | Request]:
        content_type = (response.headers.get("Content-Type") or b"").decode("latin-1")
        feed = parse_feed(response.body, response.url, content_type)
        limit = self.option("max_entries", 1000)
        if len(feed.entries) > limit:
            self.logger.warning(
                "%s: %s has %d entries; the first %d are read", self.entry.id, response.url, len(feed.entries), limit
            )
        pairs = {(entry.guid, canonical_url(entry.link)) for entry in feed.entries}
        shared = {guid for guid, count in Counter(guid for guid, _ in pairs).items() if count > 1}
        known: set[str] = set()
        unreadable: list[str] = []
        for number, entry in enumerate(feed.entries[:limit], 1):
            item = self._announcement(entry, feed.link or response.url, entry.guid in shared)
            if item is None:
                unreadable.append(f"entry {number} ({_one_line(entry.title or entry.link or entry.guid)[:60]!r})")
                continue
            identity = item.external_id or canonical_url(item.url)
            if identity in known:
                continue
            known.add(identity)
            if self.option("article") and not _is_whole(item):
                yield from self.article(item, response, self.read_article)
            else:
                yield item
        if unreadable:
            raise Drift(
                f"{len(unreadable)} of {len(feed.entries)} entries have no usable link or no words: "
                f"{', '.join(unreadable[:5])}; the others were read. Look at the feed and mend the reader"
            )

    def read_article(self, response: Response, item: Announcement | None = None) -> Iterator[Announcement]:
        """The page behind an entry: its text, and what the feed did not state. Alone, the page is the entry."""
        article = article_of(response)
        response.meta["heading"] = article.title
        if item is None:
            yield self._of_page(article, response)
            return
        if len(article.text) > len(_one_line(item.body)):
            item.body = article.text
        item.summary = item.summary or article.description
        if _is_better(article.published, item.published):
            item.published, item.published_precision = article.published, article.published_precision
        item.updated = item.updated or (article.updated if article.updated != item.published else None)
        yield item

    # -- one entry --------------------------------------------------------------------------------------

    def _announcement(self, entry: FeedEntry, site: str, shared_guid: bool) -> Announcement | None:
        """What an entry announces, or ``None`` when it has no address or no words."""
        url = entry.link or (site if entry.guid and not shared_guid else "")
        title = " ".join(entry.title.split()) if entry.title_is_text else _one_line(entry.title)
        summary, body = (self._without_furniture(text) for text in (entry.summary, entry.content))
        related: list[dict[str, str]] = []
        if self.option("title_publisher"):
            title = title.removesuffix(f" - {entry.origin}") if entry.origin else title
            related, summary, body = _related(entry.summary, title), "", ""
        if _adds_nothing(_one_line(body), _one_line(summary)):
            body = ""
        title = title or _first_words(summary or body)
        if not url or not title:
            return None
        published, updated = entry.published, entry.updated
        if published is None and self.option("updated_is_published"):
            published, updated = updated, None
        attributes: dict[str, Any] = {
            "categories": entry.categories,
            "authors": entry.authors,
            "publisher_url": entry.origin_url if self.option("title_publisher") else "",
            "related": related,
        }
        return Announcement(
            source_id=self.entry.id,
            url=url,
            external_id=self._own_id(entry, shared_guid),
            title=_as_text(title),
            summary=summary,
            body=body,
            language=entry.language if self.option("stated_language") else "",
            publisher=entry.origin.strip(" |–—-") if self.option("title_publisher") else "",
            published=published.value if published else None,
            published_precision=published.precision if published else None,
            updated=updated.value if updated and updated != published else None,
            attributes={key: value for key, value in attributes.items() if value},
        )

    def _own_id(self, entry: FeedEntry, shared: bool) -> str:
        """The feed's id for an entry, unless it only repeats the link, is shared, or changes with each edit."""
        if not self.option("guid", True) or not entry.guid or shared:
            return ""
        if entry.link:
            path = urlsplit(entry.link).path.rstrip("/")
            if canonical_url(entry.guid) == canonical_url(entry.link) or (len(path) > 1 and path in entry.guid):
                return ""
        if _TIMESTAMP.search(entry.guid):
            return ""
        return entry.guid

    def _without_furniture(self, text: str) -> str:
        last = text.rfind("<p>")
        if last >= 0 and _WORDPRESS_TAIL.match(text, last):
            text = text[:last]
        selectors = self.option("drop", [])
        if not selectors or "<" not in text:
            return text
        root = Selector(f"<html><body>{text}</body></html>", type="html")
        for selector in selectors:
            for element in root.css(selector):
                element.drop()
        return "".join(root.xpath("//body/node()").getall())

    def _of_page(self, article: Article, response: Response) -> Announcement:
        """A page read without its feed. WordPress's short link is what its feeds give as the id."""
        short = Selector(response.text, type="html").xpath("//link[@rel='shortlink']/@href").get("")
        wordpress = re.fullmatch(r"https?://[^/]+/\?p=\d+", short.strip()) and self.option("guid", True)
        return Announcement(
            source_id=self.entry.id,
            url=article.canonical_url,
            external_id=short.strip() if wordpress else "",
            title=_as_text(article.title) or _first_words(article.text),
            summary=article.description,
            body=article.text,
            published=article.published,
            published_precision=article.published_precision,
            updated=article.updated if article.updated != article.published else None,
        )


def _is_whole(item: Announcement) -> bool:
    body = len(_one_line(item.body))
    return body >= WHOLE_TEXT and body >= 2 * len(_one_line(item.summary))


def _adds_nothing(body: str, summary: str) -> bool:
    """A content that is the summary again, perhaps with a picture's credit (some 50 characters) behind it."""
    return len(body) <= len(summary) or (summary != "" and summary in body and len(body) <= len(summary) + 100)


def _is_better(found: Any, known: Any) -> bool:
    """A date where there was none, or a time on the day that was known."""
    if known is None or found is None:
        return known is None
    return isinstance(found, datetime) and not isinstance(known, datetime) and found.date() == known


def _related(description: str, title: str) -> list[dict[str, str]]:
    """The other headlines of an aggregator's cluster: a list of links, each followed by its publisher."""
    if "<li" not in description:
        return []
    found = []
    for row in Selector(description, type="html").css("li"):
        headline = _one_line(row.css("a").get(""))
        publisher = _one_line(row.css("font").get(""))
        if headline and headline != title:
            found.append({"title": headline, "publisher": publisher})
    return found


def _one_line(text: str) -> str:
    """The visible words of a text that may hold markup. Linear in the text's length, whatever it holds."""
    if "<" in text:
        text = _MARKUP.sub(" ", _INLINE.sub("", _visible(text)))
    return " ".join(html.unescape(text).split())


def _visible(text: str) -> str:
    parts, at = [], 0
    while hidden := _HIDDEN.search(text, at):
        parts.append(text[at : hidden.start()])
        shown = _SHOWN_AGAIN.search(text, hidden.end())
        at = shown.end() if shown else len(text)
    return "".join((*parts, text[at:]))


def _first_words(text: str) -> str:
    words = _one_line(text).split()
    return " ".join(words[:TITLE_WORDS]) + ("…" if len(words) > TITLE_WORDS else "")


def _as_text(title: str) -> str:
    """A title whose angle brackets are text, written so that no later stage takes them for markup."""
    return html.escape(title, quote=False) if "<" in title else title
