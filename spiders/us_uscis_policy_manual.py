"""USCIS Policy Manual updates: one page with every policy alert and technical update since 2013.

A policy alert is a PDF document of its own, and its file name is the publisher's own id. A technical update has
neither a document nor an address. Both change guidance.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from parsel import Selector
from scrapy.http import Response, TextResponse

from archive.models import Announcement, Identifier, KeyDate
from spiders.base import Drift, SourceSpider
from spiders.datestyle import DateStyle
from spiders.listing import words
from spiders.slugs import file_id, slug

_LABEL = re.compile(r"(policy alert|technical update)\s*[-–—:]\s*(?=\S)", re.IGNORECASE)
_DATE = r"(?P<date>[A-Z][a-z]{2,8}\.? \d{1,2}, \d{4})"
_EFFECTIVE = re.compile(
    r"(?:(?:guidance|policy|update|change)s?\s+(?:is|are|becomes?|became|will become|will be|takes?|took)"
    r"\s+(?:effective|effect)(?:\s+on|\s+beginning)?"
    r"|\bwith an effective date of|, effective(?: on)?)\s+" + _DATE
)
#: A publisher's later note on the same entry, which overrides the date stated before.
_MOVED = re.compile(r"effective date\b[^.]{0,60}?\bchanged to\s+" + _DATE)
_EXPIRY = re.compile(r"\beffective through\s+" + _DATE)
_SENTENCE = re.compile(r"(?<!\bU\.S\.)(?<!\bv\.)(?<=[.!?])\s+(?=[A-Z])")


class PolicyManualUpdates(SourceSpider):
    """Each update is an announcement at stage guidance, with the sections it changes and stated effective dates."""

    reader = "us_uscis_policy_manual"

    def read(self, response: Response) -> Iterator[Announcement]:
        rows = response.css(".pm-updates") if isinstance(response, TextResponse) else []
        bad = []
        for number, row in enumerate(rows, 1):
            try:
                item = self._update(row, response)
            except Drift as error:
                bad.append(f"update {number} {error}")
            else:
                yield item
        if bad:
            raise Drift(f"{'; '.join(bad[:5])} ({len(bad)} problems); look at the page and mend the reader")
        counted = words(response.css("#updates_count")[0]) if rows and response.css("#updates_count") else ""
        if counted.isdecimal() and int(counted) != len(rows):
            raise Drift(f"the page says that it has {counted} updates, {len(rows)} were found; mend the reader")

    def _update(self, row: Selector, response: Response) -> Announcement:
        heading = next(map(words, row.css(".pm-resource__update_header")), "")
        label = _LABEL.match(heading)
        title = heading[label.end() :] if label else heading
        written = row.css(".pm-resource__header time::attr(datetime)").get("")
        moment = DateStyle().read(written)
        if not heading or moment is None:
            raise Drift(f"({heading[:60]!r}, {written!r}) lacks a heading or a date")
        day = moment.value
        paragraphs = [p for p in map(words, row.css(".pm-resource__content .field--name-body > *")) if p]
        if not paragraphs:
            paragraphs = [p for p in map(words, row.css(".pm-resource__content .field--name-body")) if p]
        if not paragraphs:
            raise Drift(f"({heading[:60]!r}) has no text")
        sections = [s for s in map(words, row.css(".affected-sections")) if s]
        citations = list(dict.fromkeys(filter(None, map(words, row.css(".affected-sections .citation")))))
        document = row.css(".pm-resource__content > a::attr(href)").get("").strip()
        own = file_id(document) or f"{day.isoformat()[:10]}-{slug(title)}"
        return Announcement(
            source_id=self.entry.id,
            # The server ignores the parameter; it gives an update without a document an address of its own.
            url=response.urljoin(document) if document else f"{self.entry.source.url}?update={own}",
            external_id=own,
            title=title,
            summary=paragraphs[0],
            body="\n\n".join([*paragraphs, *(["Affected sections:\n" + "\n".join(sections)] if sections else [])]),
            published=day,
            published_precision=moment.precision,
            stage="guidance",
            key_dates=key_dates(paragraphs),
            # Alerts may repeat title and text word for word (expedite criteria: 2021, 2022); their ids tell them apart.
            identifiers=[
                Identifier("uscis-policy-update", own),
                *(Identifier("uscis-pm", citation, "cites") for citation in citations),
            ],
            attributes={"label": label[1].title() if label else "", "affected_sections": sections},
        )


def key_dates(paragraphs: list[str]) -> list[KeyDate]:
    """The dates from which, or through which, an update says that it applies; each with its sentence."""
    found: dict[tuple[str, str], KeyDate] = {}
    sentences = [s for paragraph in paragraphs for s in _SENTENCE.split(paragraph)]
    moved = any(_MOVED.search(sentence) for sentence in sentences)
    for sentence in sentences:
        effective = _MOVED if moved else _EFFECTIVE
        for kind, pattern in (("effective", effective), ("expiry", _EXPIRY)):
            for match in pattern.finditer(sentence):
                moment = DateStyle().read(match["date"])
                if moment is None:
                    continue
                day = moment.value.isoformat()[:10]
                rule = f"us-uscis-policy-manual:{'moved' if pattern is _MOVED else kind}"
                found.setdefault((kind, day), KeyDate(kind, day, sentence, rule))
    return list(found.values())
