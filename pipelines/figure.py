"""Fifth stage: the numbers that an announcement states, each with the programme it is of and the sentence.

A figure is taken from text only when its programme, its parameter and its value stand in one sentence, or the
programme in the sentence beside it (the headline stands beside every sentence of the lead). Figures that a reader
took from a structured source are kept, and nothing is added to their parameters.

Parameters: ``cap``, ``fee``, ``levy``, ``salary_threshold``, ``minimum_investment``, ``processing_time``,
``validity``, ``score``, ``draw_size``, ``registration_count``, ``cutoff_date``. A series is the programme's code
without its country, the parameter (a cap is ``annual-cap`` where the vocabulary knows an annual one) and the
dimensions that make a line of their own: ``h-1b/annual-cap``, ``h-1b/annual-cap/masters``,
``skilled-worker/salary-threshold/new-entrant``.
Draws of Express Entry and cut-off dates are points of their readers' series.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime

from archive.models import Announcement, Figure
from pipelines import amounts
from pipelines.evidence import Mention, Reading, index_of
from pipelines.figure_binding import Bound, bind
from pipelines.figure_context import Place, Sentence, currency_of, programmes_of
from pipelines.figure_cues import FigureCues, figure_cues
from pipelines.figure_cutoffs import cutoffs
from pipelines.figure_dates import valid_from
from pipelines.vocabulary import Programme, Vocabulary

#: How much of a body is read: what a text is about stands at its beginning, tables and annexes at its end.
BODY = 8000
#: A longer sentence is quoted in part, around its figure.
QUOTE = 500
#: As in :mod:`pipelines.evidence`, whose mentions count in the same joined text.
_BREAK = "\n\x00\n"
#: Begins with one character: such a pattern is looked for several times as fast as one that begins in two ways.
_END = re.compile(r"[.!?。\n](?:(?<!\n)['\"’”»)\]]*\s+|(?<=\n)\n*(?:\x00\n+)?)")
_SHORT_WORDS = """
No Nos Nr Art Sec St Mr Ms Mrs Dr Inc Ltd Co vs v approx ca etc bzw Abs Mio Mrd Rs kr e.g i.e z.B bijv t.ex p.ej pág
Sr Sra inkl exkl max min fr.o.m o.m Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec
"""
_ABBREVIATIONS = frozenset(_SHORT_WORDS.split())

_CUTOFF = re.compile(r"(?i)final action|cut-?\s?off date|priority date|date for filing|dates for filing|filing date")
_WORD_BEGINS = re.compile(r"[\s(\"“]")
_INITIALS = re.compile(r"[A-Z](?:\.[A-Z])?")
#: "1. Januar": a day, and no end of a sentence.
_DAY = re.compile(r"(?<!\d)\d{1,2}$")
_MONTH = re.compile(r"(?:Jan|Feb|Mär|Apr|Mai|Jun|Jul|Aug|Sep|Okt|Nov|Dez)")
_UNITS = {
    "score": "points", "draw_size": "invitations", "registration_count": "registrations",
}  # fmt: skip


def figures(item: Announcement, vocabulary: Vocabulary, reading: Reading | None = None) -> list[Figure]:
    """The figures that an announcement's text states beyond those that its reader found, in order of the text.

    ``reading`` is what :meth:`pipelines.evidence.Index.read` says of the same announcement, if somebody has read it
    already. The same figure told twice is given once; of two that contradict each other without saying since when
    or for whom, the first.
    """
    cues = figure_cues()
    text = _BREAK.join((item.title, item.summary, item.body[:BODY]))
    hints = cues.hints(text)
    moved = "EB" in text and _CUTOFF.search(text) is not None
    if not hints and not moved:
        return []
    sentences = list(_sentences(text, len(item.title), len(item.title) + len(item.summary) + 2 * len(_BREAK)))
    starts = [s.start for s in sentences]
    dates = [f for s in sentences for f in cutoffs(text[s.start : s.end], text)] if moved else []
    hinted = dict.fromkeys(bisect_right(starts, hint) - 1 for hint in hints)
    bound = list(_bindings(text, sentences, hinted, cues))
    if not bound:
        return _once(dates, item.figures)
    if reading is None:
        home = next((t.code for t in item.tags if t.facet == "country" and t.rule == "source-country"), "")
        short = replace(item, body=item.body[:BODY]) if len(item.body) > BODY else item
        reading = index_of(vocabulary).read(short, home)
    mentions: list[list[Mention]] = [[] for _ in sentences]
    for mention in reading.programmes:
        if mention.start < len(text):
            mentions[bisect_right(starts, mention.start) - 1].append(mention)
    place = Place(item, text, sentences, mentions, vocabulary)
    stated = [f for n, b in bound for f in _figures(place, n, b, cues)]
    return _once(dates + stated, item.figures)


def _sentences(text: str, title: int, body: int) -> Iterator[Sentence]:
    start = 0
    for match in _END.finditer(text):
        end = match.end()
        if "\n" not in match[0]:
            following = text[end : end + 1]
            if _MONTH.match(text, end) and _DAY.search(text, max(start, match.start() - 3), match.start()):
                continue
            if following.islower() or (match[0][0] == "." and _is_abbreviated(text, start, match.start())):
                continue
        yield Sentence(start, end, 0 if end <= title + len(_BREAK) else 1 if start < body else 2)
        start = end
    if start < len(text):
        yield Sentence(start, len(text), 0 if start < title else 1 if start < body else 2)


def _is_abbreviated(text: str, start: int, stop: int) -> bool:
    """Whether the word before a full stop at ``stop`` is an abbreviation or an initial; ``start``: the sentence's."""
    word = text[max(start, stop - 8) : stop]  # long enough to tell all from longer words
    if word.isalpha() and len(word) > 6:
        return False
    word = _WORD_BEGINS.split(word)[-1]
    return word in _ABBREVIATIONS or _INITIALS.fullmatch(word) is not None


def _bindings(
    text: str, sentences: Sequence[Sentence], hinted: Iterable[int], cues: FigureCues
) -> Iterator[tuple[int, Bound]]:
    """Every amount that is bound to a parameter, with the number of its sentence; spans count in the sentence."""
    for n in hinted:
        sentence = text[sentences[n].start : sentences[n].end]
        found = amounts.find(sentence)
        if not found:
            continue
        around = text[sentences[max(0, n - 1)].start : sentences[min(n + 1, len(sentences) - 1)].end]
        for bound in bind(sentence, found, cues):
            if bound.parameter.needs is None or bound.parameter.needs.search(around):
                yield n, bound


def _figures(place: Place, n: int, bound: Bound, cues: FigureCues) -> Iterator[Figure]:
    item = place.item
    start, end = place.sentences[n].start, place.sentences[n].end
    sentence = place.text[start:end]
    codes, where = programmes_of(place, n, bound)
    since = ""
    if codes:
        since = valid_from(sentence, bound, cues, _day(item), item.published_precision)
    for code in codes:
        programme = place.vocabulary.programmes[code]
        currency = currency_of(place, bound.group.new, programme, cues)
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
        programme=code, parameter=parameter, value=new.value, quote=quote, rule=f"text:{parameter}:{where}",
        number=new.number, unit=unit, currency=currency, period=bound.period, valid_from=since,
        previous=old.value if old else "",
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


# -- once -----------------------------------------------------------------------------------------------


def _once(stated: Sequence[Figure], known: Sequence[Figure]) -> list[Figure]:
    """Without what a reader found better, what is said twice, and what contradicts an earlier sentence."""
    structured = {(f.programme, f.parameter) for f in known}
    kept: list[Figure] = []
    for figure in stated:
        if (figure.programme, figure.parameter) in structured:
            continue
        alike = [
            f for f in kept if (f.programme, f.parameter, f.unit) == (figure.programme, figure.parameter, figure.unit)
        ]
        twin = next((f for f in alike if _same(f, figure)), None)
        if twin is not None:
            kept[next(n for n, f in enumerate(kept) if f is twin)] = _merged(twin, figure)
        elif not any(f.series == figure.series and _contradict(f, figure) for f in alike):
            kept.append(figure)
    return kept


def _same(one: Figure, other: Figure) -> bool:
    """Equal values of one line, or of a line and what spells it out (a fee of $215, a registration fee of $215)."""
    if one.series == "draws" and one.valid_from != other.valid_from:
        return False  # draws of different days may be of one size
    if one.value != other.value or (one.valid_from and other.valid_from and one.valid_from != other.valid_from):
        return False
    return one.dimensions.items() <= other.dimensions.items() or other.dimensions.items() <= one.dimensions.items()


def _merged(one: Figure, other: Figure) -> Figure:
    """The figure that says more, filled up from the other."""
    more, less = (other, one) if _weight(other) > _weight(one) else (one, other)
    return replace(
        more, valid_from=more.valid_from or less.valid_from, previous=more.previous or less.previous,
        period=more.period or less.period,
    )  # fmt: skip


def _weight(figure: Figure) -> tuple[int, int]:
    return len(figure.dimensions), bool(figure.valid_from) + bool(figure.previous)


def _contradict(one: Figure, other: Figure) -> bool:
    """Whether two points of one line cannot both be so, or the other is only the value before."""
    if one.series == "draws" and one.valid_from != other.valid_from:
        return False
    if other.value == one.previous:
        return True
    return one.dimensions == other.dimensions and (not other.valid_from or one.valid_from == other.valid_from)
