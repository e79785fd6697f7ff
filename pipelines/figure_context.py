"""What a figure is of and in which money: the programme that a sentence ties it to, and the currency of its country."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from archive.models import Announcement
from pipelines import amounts
from pipelines.amounts import Amount
from pipelines.evidence import Mention
from pipelines.figure_binding import Bound
from pipelines.figure_cues import FigureCues
from pipelines.vocabulary import Programme, Vocabulary

#: Kinds of programme that a parameter cannot be of; and those that a fee is of first.
_RULES = frozenset({"occupation-list", "fees", "compliance", "processing", "tax", "travel-restriction"})
_NEVER = {
    "salary_threshold": _RULES - {"tax"} | {"quota", "operational"},
    "minimum_investment": _RULES | {"quota", "operational"},
    "cap": _RULES | {"sponsor-licence", "operational"},
    "levy": frozenset({"occupation-list", "quota", "travel-restriction", "operational"}),
    "draw_size": _RULES | {"temporary-work"},
    "score": _RULES,
    "validity": frozenset({"occupation-list", "fees", "tax", "quota"}),
    "registration_count": _RULES | {"sponsor-licence"},
}
_FIRST = {"fee": {"fees", "processing"}, "levy": {"fees"}, "processing_time": {"processing"}}
#: Between programmes that share a figure: "H-1B and L-1 petitions".
_JOINED = re.compile(
    r"\s*(?:visas?|petitions?|permits?|workers?|applications?)?\s*(?:,|and|or|/|&|und|et|y|en|och|e|\s)*\s*", re.I
)
#: Signs of a country's own dollar elsewhere in the text.
_OWN_DOLLARS = {
    "CAD": re.compile(r"(?<![A-Z])CA?\$|\bCAD\b|\bCDN\b"),
    "AUD": re.compile(r"(?<![A-Z])AU?\$|\bAUD\b"),
    "NZD": re.compile(r"\bNZ\$|\bNZD"),
    "SGD": re.compile(r"(?<![A-Z])SG?\$|\bSGD\b|Singapore dollar"),
    "HKD": re.compile(r"\bHK\$|\bHKD\b"),
    "TWD": re.compile(r"\bNT\$|\bTWD\b"),
}


@dataclass(frozen=True, slots=True)
class Sentence:
    """``part``: 0 title, 1 summary, 2 body; ``start`` and ``end`` count in the joined text."""

    start: int
    end: int
    part: int


@dataclass(frozen=True, slots=True)
class Place:
    """An announcement's text, its sentences, and the programmes named in each."""

    item: Announcement
    text: str
    sentences: Sequence[Sentence]
    mentions: Sequence[Sequence[Mention]]
    vocabulary: Vocabulary


# -- programmes -----------------------------------------------------------------------------------------


def programmes_of(place: Place, n: int, bound: Bound) -> tuple[list[str], str]:
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
        codes = _without_implied(_distinct(named), place.vocabulary)
        if len(codes) == 1:
            return [c for c in codes if place.vocabulary.programmes[c].scope != "out"], where
        if codes:
            return [], ""
    return [], ""


def _first_of_body(place: Place, n: int) -> bool:
    return place.sentences[n].part == 2 and (n == 0 or place.sentences[n - 1].part < 2)


def _possible(place: Place, mentions: Sequence[Mention], parameter: str) -> list[Mention]:
    kinds = place.vocabulary.programmes
    found = [m for m in mentions if kinds[m.code].kind not in _NEVER.get(parameter, ())]
    first = [m for m in found if kinds[m.code].kind in _FIRST.get(parameter, ())]
    return first or found


def _distinct(mentions: Sequence[Mention]) -> dict[str, None]:
    """The programmes named, without those that only share the words of one that is named more often."""
    places: dict[str, set[int]] = {}
    for mention in mentions:
        places.setdefault(mention.code, set()).add(mention.start)
    return {code: None for code, starts in places.items() if not any(starts < others for others in places.values())}


def _without_implied(codes: dict[str, None], vocabulary: Vocabulary) -> list[str]:
    implied = {i for c in codes for i in vocabulary.programmes[c].implies}
    return [c for c in codes if c not in implied]


def _tells(mention: Mention, name: str) -> bool:
    """Whether the words say what is particular in a category's name ("category-based draw" says nothing)."""
    words = set(mention.words.lower().split())
    return bool(words & (set(name.lower().split()) - {"express", "entry", "category", "class", "program", "federal"}))


def _nearest(place: Place, mentions: Sequence[Mention], n: int, bound: Bound) -> list[Mention]:
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
    if bound.parameter.name in ("draw_size", "score"):
        # "the Express Entry draw for STEM occupations" is a draw of that category
        programmes = place.vocabulary.programmes
        narrower = (m for m in mentions if nearest.code in programmes[m.code].implies)
        return [next((m for m in narrower if _tells(m, programmes[m.code].name)), nearest)]
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


def currency_of(place: Place, amount: Amount, programme: Programme, cues: FigureCues) -> str | None:
    """The ISO code, '' for what is no money, ``None`` where the sum is a conversion or its currency a guess.

    A rule's own sums are in its country's currency. A bare dollar sign in a text from elsewhere may be a reporter's
    conversion; those are hardly ever round.
    """
    if amount.kind != "money":
        return ""
    own = cues.currencies.own.get(programme.country, "")
    if amount.currency == amounts.DOLLAR:
        if own not in _OWN_DOLLARS:
            return "USD" if programme.country == "us" or programme.country in cues.currencies.also_usd else None
        number = amount.number or 0
        sure = _speaks_from(place.item, programme.country) or _OWN_DOLLARS[own].search(place.text)
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
