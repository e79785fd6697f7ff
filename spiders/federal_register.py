"""The Federal Register's search API: published rules, proposed rules, notices and presidential documents.

The register entry gives the search (``conditions[...]``); the reader asks for the fields that it reads. The API
answers an unknown field with HTTP 400, a search without results with no ``results`` key at all, and lists a
document before its day of publication (Monday's on Saturday). Only the first 2,000 results of a search can be
walked. One document has the same content whichever search found it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any, ClassVar

from parsel import Selector
from scrapy import Request
from scrapy.http import Response

from archive.identity import announcement_id
from archive.models import Announcement, Identifier
from spiders.base import Drift, Read, SourceSpider
from spiders.fr_facts import agency_slugs, day, document_numbers, identifiers, key_dates, stage_of
from spiders.register import Entry

#: The fields that are asked for, all of them fields of the API's documents.
FIELDS = (
    "document_number", "title", "type", "subtype", "action", "abstract", "dates", "publication_date", "signing_date",
    "effective_on", "comments_close_on", "agencies", "docket_ids", "regulation_id_numbers", "cfr_references",
    "citation", "correction_of", "corrections", "html_url", "pdf_url", "body_html_url", "raw_text_url",
    "executive_order_number", "proclamation_number", "page_length",
)  # fmt: skip

#: Results of one search that can be walked (measured; more pages come back empty).
WALKABLE = 2000


class FederalRegister(SourceSpider):
    """Reads pages of ``documents.json`` and single documents.

    Options: ``per_page`` (default 100), ``max_pages`` (default as many as can be walked), ``first_pages``
    (pages of a source's first crawl, default 3). A walk ends at the first page that has nothing new.
    """

    reader = "federal_register"
    options: ClassVar[Mapping[str, type]] = {"per_page": int, "max_pages": int, "first_pages": int}

    @classmethod
    def check_options(cls, entry: Entry) -> None:
        super().check_options(entry)
        per_page, pages = entry.options.get("per_page", 100), entry.options.get("max_pages", 1)
        if not (0 < per_page <= 1000 and pages > 0 and per_page * pages <= WALKABLE):
            raise entry.error(
                f"per_page = {per_page} and max_pages = {pages} ask for what the API does not give; "
                f"allowed: per_page 1 to 1000, and no more than {WALKABLE} documents in all"
            )

    def first_urls(self) -> Iterable[str]:
        fields = "".join(f"&fields[]={name}" for name in FIELDS)
        asked = f"&order=newest&per_page={self.option('per_page', 100)}{fields}"
        return [url if "fields[]" in url or "fields%5B" in url else url + asked for url in self.entry.urls]

    def reader_for(self, response: Response) -> Read:
        return self.read_text if "/documents/full_text/" in response.url else self.read

    def read(self, response: Response, page: int = 1) -> Iterator[Announcement | Request]:
        content = json_object(response)
        if "results" not in content and content.get("count") == 0:
            return
        rows = content.get("results", [content] if "document_number" in content else None)
        if not isinstance(rows, list):
            raise Drift("the answer has no list 'results'; look at it and mend the reader")
        bad: list[str] = []
        unknown = False
        archive = self.archive()
        for row in rows:
            try:
                item = self._announcement(row)
            except (ValueError, TypeError) as error:
                bad.append(str(error))
                continue
            unknown |= archive is None or not archive.knows(announcement_id(self.entry.source, item))
            # presidential documents and many corrections have no abstract: only their text says what they are
            text = row.get("body_html_url") or row.get("raw_text_url")
            if text and not item.summary and row.get("type") != "Notice":
                yield from self._with_text(item, response, text)
            else:
                yield item
        yield from self._next(content.get("next_page_url"), response, page, unknown)
        if bad:
            raise Drift(f"{len(bad)} of {len(rows)} documents cannot be read: {'; '.join(bad[:5])}")

    def _next(self, url: Any, response: Response, page: int, unknown: bool) -> Iterator[Request]:
        if not url or not unknown:
            return
        archive = self.archive()
        first = archive is None or self.entry.id not in archive.last_checks()
        limit = self.option("max_pages", WALKABLE // self.option("per_page", 100))
        if page < (min(limit, self.option("first_pages", 3)) if first else limit):
            yield self.open(url, after=response, read=self.read, page=page + 1)
        elif not first:
            self.logger.warning(
                "%s: %s: page %d still has unknown documents and is the last that may be asked for; "
                "narrow the search or raise max_pages", self.entry.id, response.url, page,
            )  # fmt: skip

    def _with_text(self, item: Announcement, response: Response, text: str) -> Iterator[Announcement | Request]:
        """Follow to the text as to an article; the announcement keeps the document's own address."""
        for result in self.article(item, response, self.read_text):
            if isinstance(result, Request):
                result = result.replace(url=response.urljoin(text))
            yield result

    def _announcement(self, row: Any) -> Announcement:
        if not isinstance(row, Mapping):
            raise TypeError(f"{str(row)[:60]!r} is not a document")
        missing = [k for k in ("document_number", "title", "html_url") if not row.get(k)]
        if missing:
            raise ValueError(f"document {row.get('document_number')!r} lacks {', '.join(missing)}")
        try:
            return Announcement(
                source_id=self.entry.id,
                url=row["html_url"],
                external_id=row["document_number"],
                title=row["title"],
                summary=row.get("abstract") or "",
                published=day(row, "publication_date"),
                stage=stage_of(row),
                key_dates=key_dates(row),
                identifiers=identifiers(row),
                attributes=_attributes(row),
            )
        except (ValueError, TypeError) as error:
            raise ValueError(f"document {row['document_number']}: {error}") from error

    def read_text(self, response: Response, item: Announcement | None = None) -> Iterator[Announcement]:
        """The text of one document, for a listing's entry or (from a saved page) on its own."""
        page = Selector(text=response.text)
        item = item or _from_text_page(response, page)
        item.body = document_text(page)
        if not item.body.strip():
            raise Drift("the document's text is empty; look at the page and mend the reader")
        yield item


def json_object(response: Response) -> dict[str, Any]:
    """The response's JSON object. Raises :class:`~spiders.base.Drift` when it is something else."""
    try:
        content = json.loads(response.body)
    except ValueError as error:
        raise Drift(f"the answer is not JSON ({error}); look at it, the API may have moved") from error
    if not isinstance(content, dict):
        raise Drift("the answer is not a JSON object; look at it and mend the reader")
    return content


def _attributes(row: Mapping[str, Any]) -> dict[str, Any]:
    facts = {
        name: row.get(name) for name in ("type", "subtype", "action", "dates", "citation", "pdf_url", "page_length")
    }
    facts["agencies"] = agency_slugs(row)
    facts["corrections"] = document_numbers(row.get("corrections"))
    return {name: value for name, value in facts.items() if value}


def document_text(page: Selector) -> str:
    """The text of a document's body page (as markup) or of its ``<pre>`` edition (lines joined to paragraphs).

    Left out: the marks of printed pages, which break sentences, and the masthead and tail of the ``<pre>`` edition.
    """
    printed = page.xpath("string(//pre)").get() or ""
    if printed.strip():
        return _unwrapped(printed)
    page.css(".unprinted-element, .unprinted-element-wrapper, .printed-page, script, style, svg").drop()
    return "".join(page.xpath("/html/body/node()").getall())


#: Masthead lines of the ``<pre>`` edition.
_MASTHEAD = re.compile(
    r"^\[(?:Federal Register|Presidential Documents|(?:Proposed )?Rules|Notices|Pages?|FR Doc No)\b.*$"
    r"|^From the Federal Register Online.*$",
    re.MULTILINE,
)


def _unwrapped(printed: str) -> str:
    """Paragraphs of the ``<pre>`` edition: a blank line or a deeper indent begins one."""
    text = _MASTHEAD.sub("", re.split(r"\n\s*\[FR Doc\. ", printed)[0])
    text = re.sub(r"\s*\[\[Page [\w-]+\]\]\s*", " ", text)
    paragraphs: list[list[str]] = [[]]
    indent = 0
    for line in text.splitlines():
        depth = len(line) - len(line.lstrip())
        if not line.strip() or depth > indent:
            paragraphs.append([])
        paragraphs[-1] += line.split()
        indent = depth if line.strip() else 0
    joined = (" ".join(words) for words in paragraphs)
    return "\n\n".join(p for p in joined if re.search(r"\w", p))


def _from_text_page(response: Response, page: Selector) -> Announcement:
    address = re.search(r"/full_text/\w+/(\d{4})/(\d{2})/(\d{2})/([A-Za-z0-9-]+)\.\w+", response.url)
    title = " ".join((page.xpath("string((//h1 | //title)[last()])").get() or "").split())
    if address is None or not title:
        raise Drift("neither a document number nor a title was found; the page is not a document's text")
    year, month, day_, number = address.groups()
    return Announcement(
        source_id="",
        url=f"https://www.federalregister.gov/d/{number}",
        external_id=number,
        title=title,
        published=date(int(year), int(month), int(day_)),
        identifiers=[Identifier("fr_document", number)],
    )
