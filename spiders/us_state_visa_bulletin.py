"""The State Department's Visa Bulletin: an index page and one page a month, back to 2002.

The next month's bulletin appears between the 8th and the 20th. A page lies in the folder of its fiscal year
(October 2025 in ``2026/``) and is sometimes corrected in place. Each month is an announcement, and every cell
of its tables a figure (:mod:`spiders.visa_charts`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from lxml import html as lxml_html
from lxml.html import HtmlElement
from lxml.html.builder import E
from scrapy import Request
from scrapy.http import Response

from archive.models import Announcement
from spiders.base import Drift, SourceSpider
from spiders.moments import stated
from spiders.visa_charts import MONTHS, ChartError, Table, read_tables

#: Where the site keeps a page's own text; everything else is its frame.
_CONTENT = '//div[contains(concat(" ", @class, " "), " tsg-rwd-content-page-parsysxxx ")]'
_HEADING = '//div[contains(@class, "tsg-rwd-page-subheader")]//h1'
_RECENT = '//*[@id="recent_bulletins"]'

_MONTH = re.compile(rf"\b({'|'.join(MONTHS)})[\s_-]+(\d{{4}})\b", re.IGNORECASE)
#: Leftovers of older bulletins, put where nobody can see them.
_OFF_SCREEN = re.compile(r"left:\s*-\d{4,}px|display:\s*none", re.IGNORECASE)
#: A private-use character that holds a table's place while the text above it is cut out.
_PLACE = "\ue002"
_NOTICE = re.compile(r"[A-Z]\.\s+(?P<title>[A-Z][^a-z]{12,}(?:[A-Z]{2}s\b[^a-z]*)?)")
#: Sections that every bulletin has; the others are what is special about the month.
_REGULAR = re.compile(
    r"STATUTORY NUMBERS|^FINAL ACTION DATES|^DATES FOR FILING|\(DV\)|LATEST INFORMATION|OBTAINING THE MONTHLY"
)


class VisaBulletin(SourceSpider):
    """Follows the index to bulletins that the archive does not have; watches the two newest for corrections.

    Option ``back``: how many months before the current bulletin are fetched at first (default 12).
    """

    reader = "us_state_visa_bulletin"
    options = {"back": int}  # noqa: RUF012  # a class attribute of every reader

    def first_urls(self) -> Iterable[str]:
        yield from self.entry.urls
        archive = self.archive()
        if archive is not None:
            newest = archive.rows(
                "SELECT url FROM announcements WHERE source_id=? AND external_id<>'' ORDER BY external_id DESC LIMIT 2",
                (self.entry.id,),
            )
            yield from (row["url"] for row in newest)

    def read(self, response: Response) -> Iterator[Announcement | Request]:
        page = lxml_html.fromstring(response.body, parser=lxml_html.HTMLParser(encoding="utf-8"))
        if page.xpath(_RECENT):
            yield from self._index(page, response)
        elif response.url in self.entry.urls and not page.xpath("//table"):
            raise Drift("the list of recent bulletins is gone from the index; look at the page and mend the reader")
        else:
            yield from self._bulletin(page, response)

    def _index(self, page: HtmlElement, response: Response) -> Iterator[Request]:
        recent = _links(page.xpath(_RECENT)[0])
        listed = _links(page) | recent
        if not listed:
            raise Drift("the index links to no monthly bulletin; look at the page and mend the reader")
        response.meta["may_be_empty"] = True  # most days there is no new bulletin
        known = self._known()
        current = max(recent or listed)
        oldest = _months_before(current, self.option("back", 12))
        for month in sorted(listed, reverse=True):
            if month not in known and (month >= oldest or month > max(known, default="9999")):
                yield self.open(response.urljoin(listed[month]), after=response)

    def _known(self) -> set[str]:
        archive = self.archive()
        if archive is None:
            return set()
        rows = archive.rows("SELECT external_id FROM announcements WHERE source_id=?", (self.entry.id,))
        return {row["external_id"] for row in rows if row["external_id"]}

    def _bulletin(self, page: HtmlElement, response: Response) -> Iterator[Announcement]:
        title = " ".join(_folded(h) for h in page.xpath(_HEADING))
        content = page.xpath(_CONTENT)
        if not title or not content:
            raise Drift("a bulletin without its heading or its text; look at the page and mend the reader")
        month = month_of(title) or month_of(response.url)
        tables = _take_tables(content[0])
        try:
            figures, problems = read_tables(tables, month)
        except ChartError as error:
            raise Drift(f"{title}: {error}") from error
        employment = any(f.dimensions.get("preference") == "employment" for f in figures)
        if month and not employment:
            raise Drift(f"{title}: no employment-based chart was found; look at the page and mend the reader")
        texts = [_folded(p) for p in content[0].iter("p", "h2", "h3", "h4")]
        whole = _folded(content[0])
        number = re.search(r"\bNumber (\d+)\s+Volume ([IVXL]+)\b", whole)
        signed = re.findall(r"CA/VO:?\s*([A-Z][a-z]+ \d{1,2}, ?\d{4})", whole)
        moment = stated(signed[-1].replace(",", ", ")) if signed else None
        yield Announcement(
            source_id=self.entry.id,
            url=response.url,
            external_id=month,
            title=title,
            summary=_summary(texts),
            body=lxml_html.tostring(content[0], encoding="unicode"),
            published=moment.value if moment else None,
            stage="operational",
            figures=figures,
            attributes={"number": number[1], "volume": number[2]} if number else {},
        )
        if problems:
            raise Drift(f"{title}: {'; '.join(problems)}")


def month_of(text: str) -> str:
    """``Visa Bulletin For July 2026``, or an address that says so, is ``2026-07``; '' when no month is named.

    One page of 2007 turns the order around (``july-2007-visa-bulletin``), some leave words out.
    """
    match = _MONTH.search(text.rsplit("/", 1)[-1].replace("_", "-"))
    return f"{match[2]}-{MONTHS[match[1].lower()]:02d}" if match else ""


def _links(element: HtmlElement) -> dict[str, str]:
    """Addresses of monthly bulletins by month."""
    links = (str(a.get("href")).strip() for a in element.iter("a") if a.get("href"))
    return {month: link for link in links if "/visa-bulletin/" in link and (month := month_of(link))}


def _months_before(month: str, count: int) -> str:
    total = int(month[:4]) * 12 + int(month[5:]) - 1 - count
    return f"{total // 12:04d}-{total % 12 + 1:02d}"


def _take_tables(content: HtmlElement) -> list[Table]:
    """Take the tables out of a page's text, in order; in their place stands a line for each row."""
    for element in list(content.iter("script", "style")):
        element.drop_tree()
    for element in [e for e in content.iter() if _OFF_SCREEN.search(e.get("style") or "")]:
        element.drop_tree()
    for line_break in content.iter("br"):
        line_break.tail = " " + (line_break.tail or "")
    # a table around other tables is layout
    found = [table for table in content.iter("table") if table.find(".//table") is None]
    grids = [[[_folded(cell) for cell in tr.iter("td", "th")] for tr in table.iter("tr")] for table in found]
    places = []
    for table in found:
        place = E.DIV(_PLACE)
        place.tail = table.tail
        table.getparent().replace(table, place)
        places.append(place)
    texts = content.text_content().split(_PLACE)[:-1]
    for place, rows in zip(places, grids, strict=True):
        place.text = None
        place.extend(E.P(" | ".join(row)) for row in rows if any(row))
    return [Table(rows, before) for rows, before in zip(grids, texts, strict=True)]


def _folded(element: HtmlElement) -> str:
    return " ".join(element.text_content().split())


def _summary(texts: list[str]) -> str:
    """What the bulletin says of itself, and the headings of what is special about this month."""
    about = next((re.sub(r"^\d\.\s+", "", t) for t in texts if re.match(r"(?:1\.\s+)?This bulletin summarizes", t)), "")
    notices = [
        m["title"].strip() for t in texts if (m := _NOTICE.fullmatch(t)) and not _REGULAR.search(m["title"].strip())
    ]
    return "\n".join(filter(None, (about, *(f"Notice: {title}" for title in dict.fromkeys(notices)))))
