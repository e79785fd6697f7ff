"""Measures the chain against labelled items: precision, recall and F1, with the list of misses.

Items are rows with the columns of ``tests/evaluation/own.csv``: ``title``, ``lead``, ``url``, ``publisher``,
``published`` and, where known, ``source_kind`` and ``language``; gold columns are ``relevant`` (1/0), ``country`` and
``programmes`` and ``actions`` (codes with ``;`` between), ``stage``, ``effective_date`` (ISO) and
``effective_in_text`` (yes, partial, no).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from archive.models import Announcement, Precision
from pipelines.clean import clean
from pipelines.date import effective_date
from pipelines.provenance import source_of
from pipelines.understand import understand
from pipelines.vocabulary import Vocabulary

Row = Mapping[str, str]

#: What is measured, in the order of reports.
MEASURES = ("relevance", "country", "programme", "stage", "action", "effective date")
#: A lead in round brackets is a labeller's remark on a missing one.
_REMARK = re.compile(r"\s*\(.*\)\s*")
#: An item without a title goes by the beginning of its lead.
TITLE = 160
_PRECISION: dict[int, Precision] = {4: "year", 7: "month", 10: "day"}


@dataclass(frozen=True, slots=True)
class Miss:
    """One difference: what was ``wanted`` and what was ``got``, and the reason where there is one."""

    measure: str
    row: str
    title: str
    wanted: str
    got: str
    reason: str = ""


@dataclass(slots=True)
class Score:
    """Counts of one measure: codes found and wanted (``hits``), found only (``extra``), wanted only (``missed``);
    ``right`` of ``rows`` items are exactly as wanted."""

    hits: int = 0
    extra: int = 0
    missed: int = 0
    right: int = 0
    rows: int = 0

    @property
    def precision(self) -> float:
        """Share of the findings that were wanted; 1 when nothing was found."""
        return self.hits / (self.hits + self.extra) if self.hits + self.extra else 1.0

    @property
    def recall(self) -> float:
        """Share of the wanted that was found; 1 when nothing was wanted."""
        return self.hits / (self.hits + self.missed) if self.hits + self.missed else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        total = 2 * self.hits + self.extra + self.missed
        return 2 * self.hits / total if total else 1.0

    @property
    def accuracy(self) -> float:
        """Share of the items that are exactly as wanted; 1 when there are none."""
        return self.right / self.rows if self.rows else 1.0

    def count(self, wanted: set[str], got: set[str]) -> bool:
        """Count one item; true when it is exactly as wanted."""
        self.hits += len(wanted & got)
        self.extra += len(got - wanted)
        self.missed += len(wanted - got)
        self.right += wanted == got
        self.rows += 1
        return wanted == got


@dataclass(slots=True)
class Report:
    """Scores by measure and all misses, in order of the rows."""

    scores: dict[str, Score] = field(default_factory=lambda: {name: Score() for name in MEASURES})
    misses: list[Miss] = field(default_factory=list)


def item_of(row: Row) -> Announcement:
    """The announcement that a row describes. Missing columns are empty; a date may be a month or a year.

    Raises ``ValueError`` for a date in another form than ISO.
    """
    lead = row.get("lead") or ""
    text = row.get("published") or ""
    item = Announcement(
        source_id="file",
        url=row.get("url") or "https://unknown.invalid/",
        title=row.get("title") or lead[:TITLE],
        summary="" if _REMARK.fullmatch(lead) else lead,
        publisher=row.get("publisher") or "",
        language=row.get("language") or "",
        published=_day(text),
        published_precision=_PRECISION.get(len(text)) or ("day" if text else None),
    )
    item.id = row.get("row_id") or row.get("id") or ""
    return item


def _day(text: str) -> date | None:
    if not text:
        return None
    parts = text[:10].split("-")
    return date.fromisoformat("-".join([*parts, "01", "01"][:3]))


def read(row: Row, vocabulary: Vocabulary) -> Announcement:
    """Run the whole chain on a row. Raises :class:`~pipelines.clean.UnusableItem` without a title or address."""
    item = clean(item_of(row))
    source = source_of(item.url, item.publisher, vocabulary, kind=row.get("source_kind") or "", language=item.language)
    return understand(item, source, vocabulary)


def evaluate(rows: Iterable[Row], vocabulary: Vocabulary) -> Report:
    """Compare the chain with the gold columns. Everything but relevance is measured on relevant rows."""
    report = Report()
    for row in rows:
        item = read(row, vocabulary)
        wanted = row.get("relevant") == "1"
        _compare(report, "relevance", row, {"relevant"} if wanted else set(), {"relevant"} if item.relevant else set(),
                 item.relevance_reason)  # fmt: skip
        if wanted:
            for measure, column, got in (
                ("country", "country", {code.upper() for code in codes(item, "country")}),
                ("programme", "programmes", set(programmes(item, vocabulary))),
                ("stage", "stage", {item.stage} - {""}),
                ("action", "actions", set(codes(item, "action"))),
            ):
                if column in row:
                    _compare(report, measure, row, _split(row[column]), got)
            _compare_dates(report, row, item)
    return report


def _compare(report: Report, measure: str, row: Row, wanted: set[str], got: set[str], reason: str = "") -> None:
    if not report.scores[measure].count(wanted, got):
        name = row.get("row_id") or row.get("id") or ""
        asked, found = (";".join(sorted(codes)) or "-" for codes in (wanted, got))
        report.misses.append(Miss(measure, name, row.get("title") or "", asked, found, reason))


def _compare_dates(report: Report, row: Row, item: Announcement) -> None:
    """What the text states must be found, and where it states nothing, nothing.

    A date that is labelled as partly stated is left out: readers differ on those. The right day where the label
    says that the text does not state it ("effective on Thursday") is no error.
    """
    stated, day = row.get("effective_in_text"), row.get("effective_date") or ""
    if stated is None or stated == "partial":
        return
    found = effective_date(item.key_dates)
    got = {found.date} - {day if stated != "yes" else ""} if found else set()
    _compare(report, "effective date", row, {day} if stated == "yes" else set(), got, found.quote if found else "")


def codes(item: Announcement, facet: str) -> list[str]:
    """The codes of a facet, sorted."""
    return sorted({tag.code for tag in item.tags if tag.facet == facet})


def programmes(item: Announcement, vocabulary: Vocabulary) -> list[str]:
    """The tracked programmes that an item is about: no neighbours out of scope, no mentions in passing."""
    return sorted({
        tag.code
        for tag in item.tags
        if tag.facet == "programme" and tag.confidence >= 0.5 and vocabulary.programmes[tag.code].scope != "out"
    })  # fmt: skip


def _split(text: str) -> set[str]:
    return {code.strip() for code in text.split(";") if code.strip() and code.strip() != "n/a"}


def as_line(item: Announcement, vocabulary: Vocabulary) -> dict[str, Any]:
    """What ``evaluate --jsonl`` writes for an item. Codes of countries are upper case."""
    return {
        "id": item.id,
        "relevant": int(bool(item.relevant)),
        "relevance": item.relevance,
        "reason": item.relevance_reason,
        "country": [code.upper() for code in codes(item, "country")],
        "programmes": programmes(item, vocabulary),
        "stage": item.stage,
        "actions": codes(item, "action"),
        "topics": codes(item, "topic"),
        "audiences": codes(item, "audience"),
        "key_dates": [
            {"kind": d.kind, "date": d.date, "applies_to": d.applies_to, "quote": d.quote} for d in item.key_dates
        ],
        "figures": [
            {
                "programme": f.programme, "parameter": f.parameter, "value": f.value, "unit": f.unit,
                "currency": f.currency, "period": f.period, "previous": f.previous, "valid_from": f.valid_from,
                "quote": f.quote,
            }
            for f in item.figures
        ],
        "identifiers": [{"scheme": i.scheme, "value": i.value, "role": i.role} for i in item.identifiers],
    }  # fmt: skip


def table(report: Report) -> list[Sequence[str]]:
    """The scores as rows of text: measure, precision, recall, F1, items exactly right, items."""
    return [
        (name, f"{s.precision:.3f}", f"{s.recall:.3f}", f"{s.f1:.3f}", f"{s.accuracy:.3f}", str(s.rows))
        for name, s in report.scores.items()
        if s.rows
    ]
