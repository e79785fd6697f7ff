"""Announcements of the Office of Foreign Labor Certification: one long page of dated headings.

A heading reads ``March 11, 2025. Title``; what follows up to the next one is the announcement. None has an
address of its own, and dol.gov refuses many robots, so the page's markup was not seen: only the wording of the
headings is relied on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from lxml import etree
from scrapy.http import Response, TextResponse

from archive.models import Announcement
from spiders.base import Drift, SourceSpider
from spiders.moments import stated
from spiders.slugs import slug

_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_DATE = rf"(?P<date>(?:{_MONTHS}|[A-Z][a-z]{{2,3}}\.) \d{{1,2}}(?:st|nd|rd|th)?,? \d{{4}})"
#: In a heading anything may follow the date; in a paragraph only a full stop, since schedules have dates too.
_HEADING = re.compile(_DATE + r"\s*[.:–—-]\s*(?P<title>\S.*)", re.DOTALL)
_PARAGRAPH = re.compile(_DATE + r"\.\s+(?P<title>\S.*)", re.DOTALL)
_DATE_ONLY = re.compile(_DATE + r"\s*[.:–—-]?")
#: The page's own furniture between announcements.
_FURNITURE = re.compile(
    r"(?:OFLC )?(?:Archives?|Announcements|News|Calendar Year \d{4}|Back to top|\d{4})", re.IGNORECASE
)
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_BLOCKS = _HEADINGS | {
    "address", "article", "blockquote", "dd", "details", "div", "dl", "dt", "figure", "hr", "li", "main", "ol", "p",
    "pre", "section", "summary", "table", "td", "th", "tr", "ul",
}  # fmt: skip
_SKIPPED = frozenset(("aside", "button", "footer", "form", "iframe", "nav", "noscript", "script", "style", "svg"))
#: Characters. A title that is longer has run on into the text.
_LONGEST_TITLE = 300


@dataclass
class _Entry:
    day: str
    title: str
    paragraphs: list[str] = field(default_factory=list)


class LaborCertificationNews(SourceSpider):
    """Each dated heading is an announcement; its id is its date and heading."""

    reader = "us_dol_oflc"

    def read(self, response: Response) -> Iterator[Announcement]:
        bad = []
        entries = _entries(response) if isinstance(response, TextResponse) else []
        met: dict[str, str] = {}
        for entry in entries:
            moment = stated(entry.day)
            title = entry.title.strip().removesuffix(".")
            if moment is None or not title:
                bad.append(f"{entry.day!r}, {title[:60]!r}: not a date and a title")
                continue
            own = f"{moment.value.isoformat()[:10]}-{slug(title)}"
            body = "\n\n".join(entry.paragraphs)
            if own in met:
                if met[own] != body:
                    bad.append(f"two announcements are headed {entry.day}. {title[:60]!r}")
                continue
            met[own] = body
            yield self._announcement(own, title, moment.value, entry.paragraphs)
        if bad:
            raise Drift(f"{'; '.join(bad[:5])} ({len(bad)} problems); look at the page and mend the reader")

    def _announcement(self, own: str, title: str, day: date, paragraphs: list[str]) -> Announcement:
        return Announcement(
            source_id=self.entry.id,
            # The server ignores the parameter; it gives each announcement an address of its own.
            url=f"{self.entry.source.url}?announcement={own}",
            external_id=own,
            title=title,
            summary=paragraphs[0] if paragraphs else "",
            body="\n\n".join(paragraphs),
            published=day,
        )


def _entries(response: TextResponse) -> list[_Entry]:
    """The dated headings of a page with the paragraphs below each."""
    entries: list[_Entry] = []
    for tag, text in blocks(response):
        line = " ".join(text.split()) if tag in _HEADINGS else text
        head = _HEADING.match(line) if tag in _HEADINGS else _PARAGRAPH.match(line) if tag in ("p", "div") else None
        if head is not None:
            entries.append(_Entry(head["date"], *_title_and_rest(head["title"])))
        elif tag in _HEADINGS and (alone := _DATE_ONLY.fullmatch(line)):
            entries.append(_Entry(alone["date"], ""))
        elif entries and not _FURNITURE.fullmatch(line):
            if entries[-1].title:
                entries[-1].paragraphs.append(line)
            else:
                entries[-1].title, entries[-1].paragraphs = _title_and_rest(line)
    return entries


def _title_and_rest(text: str) -> tuple[str, list[str]]:
    """A title ends at its line's end; one that runs on into the text ends at its first full stop."""
    title, _, rest = text.partition("\n")
    if len(title) > _LONGEST_TITLE and ". " in title:
        title, _, more = title.partition(". ")
        rest = f"{more}\n{rest}".strip()
    return title, [rest] if rest else []


def blocks(response: TextResponse) -> Iterator[tuple[str, str]]:
    """The page's main part as (tag, text) of its innermost blocks; a line break in a block is a newline."""
    parts = response.xpath("//main | //*[@role='main'] | //*[@id='main-content']")
    root = next((e.root for e in [*parts, *response.xpath("//body")] if "".join(e.root.itertext()).strip()), None)
    if root is None:
        return
    tags, pieces = ["div"], [""]

    def flush() -> Iterator[tuple[str, str]]:
        lines = (" ".join(line.split()) for line in pieces.pop().split("\n"))
        text = "\n".join(line for line in lines if line)
        pieces.append("")
        if text:
            yield tags[-1], text

    skipped = 0
    for event, element in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
        tag = element.tag if isinstance(element.tag, str) else ""
        if tag in _SKIPPED:
            skipped += 1 if event == "start" else -1
        if event == "start" and not skipped:
            if tag in _BLOCKS:
                yield from flush()
                tags.append(tag)
            pieces[-1] += ("\n" if tag == "br" else "") + _line(element.text)
        elif event != "start" and tag in _BLOCKS and not skipped:
            yield from flush()
            tags.pop()
        if event != "start" and not skipped and element is not root:
            pieces[-1] += _line(element.tail)
    yield from flush()


def _line(text: str | None) -> str:
    """Line ends in the source mean nothing; only ``<br>`` does."""
    return re.sub(r"\s+", " ", text or "")
