"""What the matcher knows of an announcement: a few hundred bytes made once, kept in the archive, compared often.

A signature is made while the whole text is at hand. Press texts are not kept, so a story that is put together again
later must not need them: everything that matching looks at is in here.
"""

from __future__ import annotations

import json
import re
from calendar import monthrange
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any

from archive.models import Announcement
from pipelines import amounts, moments
from pipelines.words import length, rarity, stems, weigh

#: Changes when signatures made earlier can no longer be compared with new ones.
VERSION = 1

#: How much of an announcement is read: characters of the lead, and words of the body.
LEAD, BODY_WORDS = 300, 30
#: Words of the body are weighed less, those of the title more.
_TITLE, _LEAD, _BODY = 2.0, 1.0, 0.5

#: Official numbers that name one measure or one document of it. CFR parts and gazettes name many.
STRONG = frozenset(
    {
        "fr_document", "fr_citation", "rin", "docket", "bill", "case", "hc", "proclamation", "executive_order", "uksi",
        "celex", "boe", "sor", "public_law", "oira_review",
    }
)  # fmt: skip
#: Numbers of a measure and not of one document; sharing one is what ties a proposal to its final rule.
MEASURE = frozenset({"rin", "docket", "bill", "case"})

#: Steps of a measure. Announced, final and in force are told apart too seldom to part reports of one event.
PHASES = {
    "reported": "idea", "under-review": "proposal", "proposed": "proposal", "consultation": "proposal",
    "announced": "decision", "final": "decision", "in-force": "decision", "delayed": "decision",
    "guidance": "guidance", "operational": "operational", "court": "court", "withdrawn": "end", "expired": "end",
}  # fmt: skip

_FISCAL = re.compile(
    r"\b(?:FY|fiscal years?|exercice|ejercicio fiscal|Geschäftsjahr)[\s-]?((?:20)?\d\d)\b", re.IGNORECASE
)
_YEAR = re.compile(r"(?<![\d.,/-])20[0-4]\d(?![\d,/]|\.\d)")
_EDITION = re.compile(
    r"(?:\b(?:round|draw|rounds|draws|issue|edition|no\.?|nr\.?|bulletin)\s?|#)(\d{1,4})\b", re.IGNORECASE
)
_ROUND_UP = re.compile(
    r"\b(?:round-?up|newsletter|digest|week in review|month in review|"
    r"(?:weekly|monthly|quarterly)(?= *(?:$|[:|–—-] ))|"
    r"(?:weekly|monthly|quarterly)(?! +(?:qualifying|gross|salar|wage|pay|income|fee))"
    r"(?: +[\w-]+){0,2} +(?:updates?|news|reviews?|briefings?|reports?)|"
    r"news in brief|immigration updates?,|what(?:'|’)s new|year in review|"
    r"bulletins? of the week|revue de presse|rückblick)\b",
    re.IGNORECASE,
)
#: So many official numbers in a text that is none itself make it a round-up.
_MANY_NUMBERS = 4
#: Kinds of paper of which a country has one at a time: whoever names it means the same.
_PAPERS = re.compile(
    r"\b(white paper|green paper|livre blanc|weißbuch|libro blanco|statement of changes|policy address|levels plan|"
    r"budget(?= (?:20\d\d|speech|statement)))\b",
    re.IGNORECASE,
)
_FR_ADDRESS = re.compile(r"federalregister\.gov/(?:documents/\d{4}/\d\d/\d\d|d)/((?:[A-Z]\d-)?[A-Z]?\d{2,4}-\d{2,6})")
_UKSI_ADDRESS = re.compile(r"legislation\.gov\.uk/(?:id/)?uksi/(\d{4}/\d+)")


@dataclass(frozen=True, slots=False)
class Signature:
    """An announcement as the matcher sees it.

    ``span``: first and last possible day of publication (ordinals), ``(0, 0)`` where nothing tells. ``rank``: 0
    official, 1 law firm, 2 press and industry, 3 aggregator. ``effective``: spans of days from which something
    applies; ``days``: days that are written in title and lead. ``papers``: the white paper, the budget ... that is
    named. ``amounts``: money, and counts from 100. ``figures``: values by line. ``own`` and ``cited``: official
    numbers as ``scheme:value``. ``noise``: judged not relevant. ``title`` and ``text``: stems with weights.
    """

    span: tuple[int, int] = (0, 0)
    rank: int = 2
    source: str = ""
    language: str = ""
    countries: frozenset[str] = frozenset()
    programmes: frozenset[str] = frozenset()
    stage: str = ""
    actions: frozenset[str] = frozenset()
    effective: tuple[tuple[int, int], ...] = ()
    days: frozenset[int] = frozenset()
    years: frozenset[int] = frozenset()
    fiscal: frozenset[int] = frozenset()
    edition: frozenset[str] = frozenset()
    papers: frozenset[str] = frozenset()
    amounts: frozenset[str] = frozenset()
    figures: Mapping[str, frozenset[str]] = field(default_factory=dict)
    own: frozenset[str] = frozenset()
    cited: frozenset[str] = frozenset()
    round_up: bool = False
    noise: bool = False
    title: Mapping[str, float] = field(default_factory=dict)
    text: Mapping[str, float] = field(default_factory=dict)

    @property
    def phase(self) -> str:
        """The step of a measure that the stage belongs to; '' where the stage is unknown."""
        return PHASES.get(self.stage, "")

    @cached_property
    def title_length(self) -> float:
        return length(self.title)

    @cached_property
    def text_length(self) -> float:
        return length(self.text)

    @cached_property
    def template(self) -> frozenset[str]:
        """The title without its numbers: equal for all numbers of a series."""
        return frozenset(word for word in self.title if not word.isdigit())


def body_words(body: str) -> list[str]:
    """The words that say most of a body, sorted: what is kept of a text that may not be kept."""
    return sorted(_rarest(stems(body[:6000]), BODY_WORDS))


def signature(item: Announcement, rank: int, *, words: Iterable[str] | None = None) -> Signature:
    """The signature of an understood announcement (its tags, dates, figures and identifiers are set).

    ``rank`` says who speaks (see :class:`Signature`). ``words`` are :func:`body_words` of its whole text where that is
    not at hand any more; of lead and body no more is read than an archive keeps of a press text, so that the
    signature is the same then and now.
    """
    lead = " ".join((item.summary or item.body).split())[:LEAD]
    told = f"{item.title}\n{lead}"
    published, precision = item.published, item.published_precision
    day = published.date() if isinstance(published, datetime) else published
    written = [m for m in (moments.dated(m, day, precision or "day") for m in moments.find(told)) if m and m.year]
    effective = _spans(d.date for d in item.key_dates if d.kind in ("effective", "effective_renewals", "window_open"))
    span = _span(day.isoformat(), precision) if day else _span_of_text(effective, [m.iso() for m in written])
    titled = stems(item.title)
    text = weigh(titled, _TITLE)
    if words is None:
        words = body_words(item.body) if item.summary else ()
    for found, part in ((stems(lead), _LEAD), (words, _BODY)):
        for word, weight in weigh(found, part).items():
            text.setdefault(word, weight)
    own, cited = _numbers(item)
    return Signature(
        span=span,
        rank=rank,
        source=item.publisher if item.source_id == "file" else item.source_id,
        language=item.language,
        countries=frozenset(t.code for t in item.tags if t.facet == "country" and t.confidence >= 0.5),
        programmes=frozenset(t.code for t in item.tags if t.facet == "programme" and t.confidence >= 0.5),
        stage=item.stage,
        actions=frozenset(t.code for t in item.tags if t.facet == "action"),
        effective=effective,
        days=frozenset(_span(m.iso(), None)[0] for m in written if m.day),
        years=_years(item.title, lead, day),
        fiscal=frozenset(int(year[-2:]) for year in _FISCAL.findall(f"{item.title} {lead[:300]}")),
        edition=_edition(item),
        papers=frozenset(name.lower() for name in _PAPERS.findall(told)),
        amounts=frozenset(_amounts(told)),
        figures=_figures(item),
        own=own,
        cited=cited - own,
        round_up=bool(_ROUND_UP.search(item.title)) or (rank > 0 and len(cited) >= _MANY_NUMBERS),
        noise=item.relevant is False,
        title=weigh(titled),
        text=text,
    )


def _rarest(words: Iterable[str], most: int) -> list[str]:
    counts = Counter(words)
    return sorted(counts, key=lambda word: (-counts[word] * rarity(word), word))[:most]


def _span(iso: str, precision: str | None) -> tuple[int, int]:
    """First and last day (ordinals) of an ISO date, which may be a month or a year; a precision makes it coarser."""
    length_ = {"year": 4, "month": 7}.get(precision or "", 10)
    parts = [int(part) for part in iso[:length_].split("-")]
    try:
        if len(parts) == 3:
            ordinal = date(parts[0], parts[1], parts[2]).toordinal()
            return ordinal, ordinal
        if len(parts) == 2:
            year, month = parts
            return date(year, month, 1).toordinal(), date(year, month, monthrange(year, month)[1]).toordinal()
        return date(parts[0], 1, 1).toordinal(), date(parts[0], 12, 31).toordinal()
    except ValueError:
        return 0, 0


def _spans(dates: Iterable[str]) -> tuple[tuple[int, int], ...]:
    return tuple(sorted({span for span in (_span(iso, None) for iso in dates) if span[0]}))


def _span_of_text(effective: Iterable[tuple[int, int]], written: Iterable[str]) -> tuple[int, int]:
    """Around when an undated text was published: around the dates that it tells of; unknown if there are none."""
    spans = [*effective, *(_span(iso, None) for iso in written)]
    spans = [span for span in spans if span[0]]
    return (min(s[0] for s in spans), max(s[1] for s in spans)) if spans else (0, 0)


def _numbers(item: Announcement) -> tuple[frozenset[str], frozenset[str]]:
    own: set[str] = set()
    cited: set[str] = set()
    for found in item.identifiers:
        if found.scheme in STRONG:
            (own if found.role == "is" else cited).add(f"{found.scheme}:{found.value}")
    if match := _FR_ADDRESS.search(item.url):
        own.add(f"fr_document:{match[1]}")
    if match := _UKSI_ADDRESS.search(item.url):
        own.add(f"uksi:{match[1]}")
    return frozenset(own), frozenset(cited)


def _years(title: str, lead: str, published: date | None) -> frozenset[int]:
    """The years that a title names, and those to come that the lead's beginning names."""
    found = {int(year) for year in _YEAR.findall(title)}
    if published:
        found |= {year for year in map(int, _YEAR.findall(lead[:300])) if year > published.year}
    return frozenset(found)


def _edition(item: Announcement) -> frozenset[str]:
    """Month and number that a title of a series gives: ``2026-03`` of a bulletin, ``#287`` of a draw."""
    found = {m.iso() for m in moments.find(item.title) if m.year and m.month and not m.day}
    found |= {f"#{number}" for number in _EDITION.findall(item.title)}
    number = item.attributes.get("round") or item.attributes.get("draw")
    return frozenset(found | ({f"#{number}"} if number else set()))


def _amounts(text: str) -> Iterable[str]:
    for amount in amounts.find(text):
        if amount.number is None or amount.kind not in ("money", "count"):
            continue
        if amount.kind == "money" or amount.number >= 100:
            yield amount.value


def _figures(item: Announcement) -> dict[str, frozenset[str]]:
    """Values by line: two announcements with different values of one line tell of different things."""
    found: dict[str, set[str]] = {}
    for figure in item.figures:
        key = f"{figure.programme}|{figure.parameter}|{figure.currency}|{figure.period}"
        found.setdefault(key, set()).add(figure.value)
    return {key: frozenset(values) for key, values in found.items() if len(values) <= 4}


_SETS = (
    "countries",
    "programmes",
    "actions",
    "days",
    "years",
    "fiscal",
    "edition",
    "papers",
    "amounts",
    "own",
    "cited",
)


def dumps(found: Signature) -> str:
    """A signature as JSON, equal for equal signatures."""
    data: dict[str, Any] = {
        "v": VERSION, "span": found.span, "rank": found.rank, "source": found.source, "language": found.language,
        "stage": found.stage, "effective": found.effective, "round_up": found.round_up, "noise": found.noise,
        "figures": {key: sorted(values) for key, values in sorted(found.figures.items())},
        "title": dict(found.title), "text": dict(found.text),
    }  # fmt: skip
    data |= {name: sorted(getattr(found, name)) for name in _SETS}
    return json.dumps(
        {key: value for key, value in data.items() if value or key == "rank"}, ensure_ascii=False, separators=(",", ":")
    )


def loads(text: str) -> Signature:
    """The signature that :func:`dumps` wrote. Raises ``ValueError`` for one of another version."""
    data = json.loads(text)
    if data.pop("v", 0) != VERSION:
        raise ValueError("the signature was made by another version; run `visawire rethread`")
    data |= {name: frozenset(data[name]) for name in _SETS if name in data}
    for name in ("span",):
        if name in data:
            data[name] = tuple(data[name])
    if "effective" in data:
        data["effective"] = tuple(tuple(pair) for pair in data["effective"])
    if "figures" in data:
        data["figures"] = {key: frozenset(values) for key, values in data["figures"].items()}
    return Signature(**data)
