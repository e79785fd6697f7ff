"""Fifth stage: the numbers that an announcement states, each with the programme it is of and the sentence.

A figure is taken from text only when its programme, its parameter and its value stand in one sentence, or the
programme in the sentence beside it (the headline stands beside every sentence of the lead). Figures that a reader
took from a structured source are kept, and nothing is added to their parameters.

Parameters: ``cap``, ``fee``, ``levy``, ``salary_threshold``, ``minimum_investment``, ``processing_time``,
``validity``, ``score``, ``draw_size``, ``registration_count``. A series is the programme's code without its country,
the parameter (a cap is ``annual-cap`` where the vocabulary knows an annual one) and the dimensions that make a line
of their own: ``h-1b/annual-cap``, ``h-1b/annual-cap/masters``, ``skilled-worker/salary-threshold/new-entrant``.
Draws of Express Entry are points of its reader's series ``draws``.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from urllib.parse import urlsplit

from archive.models import Announcement, Figure
from pipelines import amounts, moments
from pipelines.amounts import Amount
from pipelines.evidence import Mention, Reading, index_of
from pipelines.figure_binding import Bound, bind
from pipelines.figure_cues import FigureCues, figure_cues
from pipelines.figure_dates import valid_from
from pipelines.vocabulary import Programme, Vocabulary, vocabulary

#: How much of a body is read: what a text is about stands at its beginning, tables and annexes at its end.
BODY = 8000
#: A longer sentence is quoted in part, around its figure.
QUOTE = 500
#: As in :mod:`pipelines.evidence`, whose mentions count in the same joined text.
_BREAK = "\n\x00\n"
_END = re.compile(r"[.!?。]['\"’”»)\]]*\s+|\n+(?:\x00\n+)?")
_ABBREVIATED = re.compile(
    r"(?:^|[\s(\"“])(?:[A-Z]|[A-Z]\.[A-Z]|No|Nos|Nr|Art|Sec|St|Mr|Ms|Mrs|Dr|Inc|Ltd|Co|vs|v|approx|ca|etc|bzw|Abs|Mio|Mrd|Rs|kr|e\.g|i\.e|z\.B|"
    r"Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|bijv|t\.ex|p\.ej|pág|Sr|Sra|inkl|exkl|max|min|fr\.o\.m|o\.m)\.$"
)

#: "1. Januar": a day, and no end of a sentence.
_DAY = re.compile(r"(?<!\d)\d{1,2}$")
_MONTH = re.compile(r"(?:Jan|Feb|Mär|Apr|Mai|Jun|Jul|Aug|Sep|Okt|Nov|Dez)")
#: Kinds of programme that a parameter cannot be of; and those that a fee is of first.
_NEVER = {
    "salary_threshold": {"occupation-list", "quota", "fees", "processing", "operational", "travel-restriction", "compliance"},
    "minimum_investment": {"occupation-list", "quota", "fees", "processing", "operational", "travel-restriction", "compliance"},
    "cap": {"occupation-list", "fees", "processing", "compliance", "sponsor-licence", "travel-restriction", "tax", "operational"},
    "levy": {"occupation-list", "quota", "travel-restriction", "operational"},
    "draw_size": {"occupation-list", "fees", "compliance", "processing", "tax", "travel-restriction", "temporary-work"},
    "score": {"occupation-list", "fees", "compliance", "processing", "tax", "travel-restriction"},
    "validity": {"occupation-list", "fees", "processing", "tax", "quota", "operational"},
    "registration_count": {"occupation-list", "fees", "compliance", "processing", "tax", "travel-restriction", "sponsor-licence"},
}  # fmt: skip
_FIRST = {
    "fee": {"fees", "processing"}, "levy": {"fees"}, "processing_time": {"processing"},
}  # fmt: skip
#: Between programmes that share a figure: "H-1B and L-1 petitions".
_JOINED = re.compile(r"\s*(?:visas?|petitions?|permits?|workers?|applications?)?\s*(?:,|and|or|/|&|und|et|y|en|och|e|\s)*\s*", re.I)
_UNITS = {
    "score": "points", "draw_size": "invitations", "registration_count": "registrations",
}  # fmt: skip
_OWN_DOLLAR = {"CAD": ("C$", "CA$", "CAD", "CDN"), "AUD": ("A$", "AU$", "AUD"), "NZD": ("NZ$", "NZD"), "SGD": ("S$", "SGD", "Singapore dollar"),
               "HKD": ("HK$", "HKD"), "TWD": ("NT$", "TWD")}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Sentence:
    """``part``: 0 title, 1 summary, 2 body; ``start`` and ``end`` count in the joined text."""

    start: int
    end: int
    part: int


@dataclass(frozen=True, slots=True)
class _Place:
    """An announcement's text, its sentences, and the programmes named in each."""

    item: Announcement
    text: str
    sentences: Sequence[_Sentence]
    mentions: Sequence[Sequence[Mention]]
    vocabulary: Vocabulary


def figures(item: Announcement, vocabulary: Vocabulary, reading: Reading | None = None) -> list[Figure]:
    """The figures that an announcement's text states beyond those that its reader found, in order of the text.

    ``reading`` is what :meth:`pipelines.evidence.Index.read` says of the same announcement, if somebody has read it
    already. The same figure told twice is given once; of two that contradict each other without saying since when
    or for whom, the first.
    """
    cues = figure_cues()
    text = _BREAK.join((item.title, item.summary, item.body[:BODY]))
    if not cues.hints(text):
        return []
    found = amounts.find(text)
    if not found:
        return []
    sentences = list(_sentences(text, len(item.title), len(item.title) + len(item.summary) + 2 * len(_BREAK)))
    bound = list(_bindings(text, sentences, found, cues))
    if not bound:
        return []
    if reading is None:
        home = next((t.code for t in item.tags if t.facet == "country" and t.rule == "source-country"), "")
        short = replace(item, body=item.body[:BODY]) if len(item.body) > BODY else item
        reading = index_of(vocabulary).read(short, home)
    starts = [s.start for s in sentences]
    mentions: list[list[Mention]] = [[] for _ in sentences]
    for mention in reading.programmes:
        if mention.start < len(text):
            mentions[bisect_right(starts, mention.start) - 1].append(mention)
    place = _Place(item, text, sentences, mentions, vocabulary)
    stated = [f for n, b in bound for f in _figures(place, n, b, cues)]
    return _once(stated, item.figures)


def _sentences(text: str, title: int, body: int) -> Iterator[_Sentence]:
    start = 0
    for match in _END.finditer(text):
        end = match.end()
        if "\n" not in match[0]:
            following = text[end : end + 1]
            if _DAY.search(text, max(start, match.start() - 3), match.start()) and _MONTH.match(text, end):
                continue
            if following.islower() or _ABBREVIATED.search(text[max(start, match.start() - 12) : match.start() + 1]):
                continue
        yield _Sentence(start, end, 0 if end <= title + len(_BREAK) else 1 if start < body else 2)
        start = end
    if start < len(text):
        yield _Sentence(start, len(text), 0 if start < title else 1 if start < body else 2)


def _bindings(
    text: str, sentences: Sequence[_Sentence], found: Sequence[Amount], cues: FigureCues
) -> Iterator[tuple[int, Bound]]:
    """Every amount that is bound to a parameter, with the number of its sentence; spans count in the sentence."""
    starts = [s.start for s in sentences]
    by_sentence: dict[int, list[Amount]] = {}
    for amount in found:
        by_sentence.setdefault(bisect_right(starts, amount.start) - 1, []).append(amount)
    for n, here in by_sentence.items():
        start, end = sentences[n].start, sentences[n].end
        sentence = text[start:end]
        if not cues.hints(sentence):
            continue
        shifted = [replace(a, start=a.start - start, end=a.end - start) for a in here if a.end <= end]
        dates = [(m.start, m.end) for m in moments.find(sentence)]
        plain = [a for a in shifted if a.kind == "money" or not any(s < a.end and a.start < e for s, e in dates)]
        for bound in bind(sentence, plain, cues):
            needs = bound.parameter.needs
            if needs is None or needs.search(text[starts[max(0, n - 1)] : sentences[min(n + 1, len(sentences) - 1)].end]):
                yield n, bound


def _figures(place: _Place, n: int, bound: Bound, cues: FigureCues) -> Iterator[Figure]:
    item = place.item
    start, end = place.sentences[n].start, place.sentences[n].end
    sentence = place.text[start:end]
    codes, where = _programmes(place, n, bound)
    since = ""
    if codes:
        since = valid_from(sentence, bound, cues, _day(item), item.published_precision)
    for code in codes:
        programme = place.vocabulary.programmes[code]
        currency = _currency(place, bound.group.new, programme, cues)
        if currency is None:
            continue
        yield _figure(programme, bound, currency, _quote(sentence, bound), since, where)


def _figure(programme: Programme, bound: Bound, currency: str, quote: str, since: str, where: str) -> Figure:
    parameter, new, old = bound.parameter.name, bound.group.new, bound.group.old
    code = programme.id
    told = {d.name: d.value for d in bound.dimensions}
    lines = [d.value for d in bound.dimensions if d.in_series]
    if parameter in ("draw_size", "score") and "ca-express-entry" in programme.implies:
        told["category"], code = programme.name, "ca-express-entry"
    if bound.per:
        told["per"] = bound.per
        lines += [f"per-{bound.per}"] if parameter == "cap" else []
    unit = new.unit
    if bound.share_of:
        unit = f"percent of {'median' if bound.share_of.startswith('median') else bound.share_of}"
        lines.append("share")
    elif new.kind == "count":
        unit = _UNITS.get(parameter, bound.counted)
    return Figure(
        programme=code, parameter=parameter, value=new.value, quote=quote, rule=f"text:{parameter}:{where}", number=new.number,
        unit=unit, currency=currency, period=bound.period, valid_from=since, previous=old.value if old else "",
        series=_series(code, programme, parameter, lines), dimensions=told,
    )  # fmt: skip


def _series(code: str, programme: Programme, parameter: str, lines: Sequence[str]) -> str:
    if code == "ca-express-entry" and parameter in ("draw_size", "score"):
        return "draws"
    name = parameter.replace("_", "-")
    if parameter == "cap" and any("annual" in p.key for p in programme.parameters):
        name = "annual-cap"
    return "/".join((code.partition("-")[2], name, *lines))


def _day(item: Announcement) -> date | None:
    return item.published.date() if isinstance(item.published, datetime) else item.published


def _quote(sentence: str, bound: Bound) -> str:
    """The sentence, or of a very long one the part around the figure, cut between words; always text as it stands."""
    quote = sentence.replace("\x00", "").strip()
    if len(quote) <= QUOTE:
        return quote
    middle = (bound.start + bound.end) // 2
    start = sentence.find(" ", max(0, middle - QUOTE // 2)) if middle > QUOTE // 2 else 0
    end = sentence.rfind(" ", start, start + QUOTE)
    return sentence[start : end if end > bound.end else bound.end].strip()


# -- programmes -----------------------------------------------------------------------------------------


def _programmes(place: _Place, n: int, bound: Bound) -> tuple[list[str], str]:
    """The programmes that a figure is of, and where they stand: in the sentence, before it, behind it, in the title.

    In the sentence the nearest counts, with those that it is joined to; elsewhere there must be one alone.
    """
    named = place.mentions[n]
    if named and place.vocabulary.programmes[_nearest(place, named, n, bound)[0].code].scope == "out":
        return [], ""  # it is of a neighbour that is not tracked
    here = _possible(place, named, bound.parameter.name)
    if here:
        chosen = _nearest(place, here, n, bound)
        codes = list(dict.fromkeys(m.code for m in chosen))
        return [c for c in codes if place.vocabulary.programmes[c].scope != "out"], "sentence"
    for other, where in ((n - 1, "before"), (n + 1, "behind"), (0, "title")):
        if not 0 <= other < len(place.sentences) or other == n:
            continue
        if where == "title" and place.sentences[n].part != 1 and not _first_of_body(place, n):
            continue
        if where == "behind" and place.sentences[n].part != place.sentences[other].part and n:
            continue
        named = _possible(place, place.mentions[other], bound.parameter.name)
        codes = _without_implied(dict.fromkeys(m.code for m in named), place.vocabulary)
        if len(codes) == 1:
            return [c for c in codes if place.vocabulary.programmes[c].scope != "out"], where
        if codes:
            return [], ""
    return [], ""


def _first_of_body(place: _Place, n: int) -> bool:
    return place.sentences[n].part == 2 and (n == 0 or place.sentences[n - 1].part < 2)


def _possible(place: _Place, mentions: Sequence[Mention], parameter: str) -> list[Mention]:
    kinds = place.vocabulary.programmes
    found = [m for m in mentions if kinds[m.code].kind not in _NEVER.get(parameter, ())]
    first = [m for m in found if kinds[m.code].kind in _FIRST.get(parameter, ())]
    return first or found


def _without_implied(codes: dict[str, None], vocabulary: Vocabulary) -> list[str]:
    implied = {i for c in codes for i in vocabulary.programmes[c].implies}
    return [c for c in codes if c not in implied]


def _nearest(place: _Place, mentions: Sequence[Mention], n: int, bound: Bound) -> list[Mention]:
    offset = place.sentences[n].start
    start, end = offset + bound.start, offset + bound.end
    # what a figure is called ("minimum annual remuneration") may be a name of programmes too; a named one is meant
    first, last = offset + bound.name[0], offset + bound.name[1]
    if bound.parameter.name not in _FIRST:
        apart = [m for m in mentions if m.start >= last or m.start + len(m.words) <= first]
        mentions = apart or mentions

    def distance(mention: Mention) -> tuple[int, int]:
        stop = mention.start + len(mention.words)
        if mention.start < end and start < stop:
            return 0, mention.start
        # what stands before is a little nearer than what stands as far behind
        return (start - stop if stop <= start else mention.start - end + 12), mention.start

    nearest = min(mentions, key=distance)
    chosen = [nearest]
    ordered = sorted(mentions, key=lambda m: m.start)
    at = ordered.index(nearest)
    for step in (-1, 1):
        neighbour, other = nearest, at + step
        while 0 <= other < len(ordered):
            left, right = (ordered[other], neighbour) if step < 0 else (neighbour, ordered[other])
            between = place.text[left.start + len(left.words) : right.start]
            same = left.start == right.start
            if not same and not (_JOINED.fullmatch(between) and re.search(r"[^\W_]|[,/&]", between)):
                break
            chosen.append(ordered[other])
            neighbour, other = ordered[other], other + step
    return chosen


# -- money ----------------------------------------------------------------------------------------------


def _currency(place: _Place, amount: Amount, programme: Programme, cues: FigureCues) -> str | None:
    """The ISO code, '' for what is no money, ``None`` where the sum is a conversion or its currency a guess.

    A rule's own sums are in its country's currency. A bare dollar sign in a text from elsewhere may be a reporter's
    conversion; those are hardly ever round.
    """
    if amount.kind != "money":
        return ""
    own = cues.currencies.own.get(programme.country, "")
    if amount.currency == amounts.DOLLAR:
        if programme.country == "us" or not own.endswith("D"):
            return "USD" if programme.country == "us" or programme.country in cues.currencies.also_usd else None
        number = amount.number or 0
        sure = _speaks_from(place.item, programme.country) or any(sign in place.text for sign in _OWN_DOLLAR.get(own, ()))
        return own if sure or number < 200 or number % 5 == 0 else None
    if amount.currency == amounts.KRONE:
        return own if own in ("SEK", "DKK", "NOK", "ISK") else None
    if amount.currency == amounts.YEN_OR_YUAN:
        return own if own in ("JPY", "CNY") else None
    if amount.currency == own or not own:
        return amount.currency
    return amount.currency if amount.currency == "USD" and programme.country in cues.currencies.also_usd else None


def _speaks_from(item: Announcement, country: str) -> bool:
    host = urlsplit(item.url).hostname or ""
    return item.source_id.startswith(f"{country}-") or host.endswith(f".{country}")


# -- once -----------------------------------------------------------------------------------------------


def _once(stated: Sequence[Figure], known: Sequence[Figure]) -> list[Figure]:
    """Without what a reader found better, what is said twice, and what contradicts an earlier sentence."""
    structured = {(f.programme, f.parameter) for f in known}
    kept: dict[tuple[str, str, str, str], Figure] = {}
    for figure in stated:
        if (figure.programme, figure.parameter) in structured:
            continue
        line = (figure.programme, figure.series, figure.unit, "")
        earlier = [f for key, f in kept.items() if key[:3] == line[:3]]
        twin = next((f for f in earlier if f.value == figure.value and f.dimensions == figure.dimensions), None)
        if twin is not None:
            if (not twin.valid_from and figure.valid_from) or (not twin.previous and figure.previous):
                twin.valid_from = twin.valid_from or figure.valid_from
                twin.previous = twin.previous or figure.previous
                twin.quote = figure.quote
            twin.period = twin.period or figure.period
            continue
        if any(_contradict(f, figure) for f in earlier):
            continue
        kept[(*line[:3], f"{len(kept)}")] = figure
    return list(kept.values())


def _contradict(one: Figure, other: Figure) -> bool:
    """Whether two points of one line cannot both be so, or the other is only the value before."""
    if one.series == "draws" and one.valid_from != other.valid_from:
        return False
    if other.value == one.previous:
        return True
    return one.dimensions == other.dimensions and (not other.valid_from or one.valid_from == other.valid_from)


class FigurePipeline:
    """Adds the figures of :func:`figures`; everything but announcements passes."""

    def process_item(self, item: object) -> object:
        if isinstance(item, Announcement):
            item.figures.extend(figures(item, vocabulary()))
        return item
