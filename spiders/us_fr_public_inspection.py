"""The Federal Register's public inspection desk: documents filed for publication, days before they are published.

The desk lists the whole government, so the entry names the agencies that matter; unlike the published
record it names only the issuing agency and not its department. The text can still change until publication,
and then the published document (same number) replaces what was read here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, ClassVar

from scrapy.http import Response

from archive.models import Announcement
from spiders.base import Drift, SourceSpider
from spiders.federal_register import json_object
from spiders.fr_facts import agency_slugs, identifiers, stage_of
from spiders.moments import stated


class PublicInspection(SourceSpider):
    """Option ``agencies``: slugs of the agencies whose documents are wanted; without it, all are."""

    reader = "us_fr_public_inspection"
    options: ClassVar[Mapping[str, type]] = {"agencies": list}

    def read(self, response: Response) -> Iterator[Announcement]:
        content = json_object(response)
        single = "document_number" in content
        rows = [content] if single else content.get("results")
        if not isinstance(rows, list):
            raise Drift("the desk has no list 'results'; look at it and mend the reader")
        wanted = set(self.option("agencies", ()))
        bad: list[str] = []
        for row in rows:
            try:
                agencies = agency_slugs(row)
                if single or not wanted or wanted & set(agencies):
                    yield self._announcement(row, agencies)
            except (ValueError, TypeError, AttributeError) as error:
                bad.append(str(error))
        if bad:
            raise Drift(f"{len(bad)} of {len(rows)} filed documents cannot be read: {'; '.join(bad[:5])}")

    def _announcement(self, row: Mapping[str, Any], agencies: list[str]) -> Announcement:
        number = row.get("document_number")
        # older and hastily filed documents have no title, only the two lines of the table of contents
        title = row.get("title") or " ".join(filter(None, (row.get("toc_subject"), row.get("toc_doc"))))
        missing = [k for k, v in (("document_number", number), ("title", title)) if not v]
        missing += ["html_url"] if not row.get("html_url") else []
        if missing:
            raise ValueError(f"document {number!r} lacks {', '.join(missing)}")
        filed = stated(row.get("filed_at"))
        if row.get("filed_at") and (filed is None or not isinstance(filed.value, datetime)):
            raise ValueError(f"document {number}: filed_at {row['filed_at']!r} is not a time with its zone")
        facts = {
            name: row.get(name)
            for name in ("type", "filing_type", "publication_date", "editorial_note", "num_pages", "pdf_url")
        }
        facts["agencies"] = agencies
        return Announcement(
            source_id=self.entry.id,
            url=str(row["html_url"]),
            external_id=str(number),
            title=title,
            summary=row.get("editorial_note") or "",
            published=filed.value if filed else None,
            stage=stage_of({**row, "title": title}),
            identifiers=identifiers(row),
            attributes={name: value for name, value in facts.items() if value},
        )
