"""Ties the amounts of a sentence to what they are amounts of: a cap, a fee, a salary threshold.

A count or duration must be linked to the name of its parameter ("a cap of 65,000", "two-week processing"); money
goes to the nearest name before it, unless that is a name of other money (revenue, a fine). What cannot be told
apart is not told: two different fees in one sentence count only if the sentence says what each is for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from pipelines.amounts import Amount
from pipelines.figure_cues import OTHER, Cue, Dimension, FigureCues, Name, Parameter
from pipelines.figure_groups import Group, groups_of

#: How far an amount may stand from the name of its parameter, in characters.
_FAR, _NEAR = 140, 80
#: The same where the sentence tells the old and the new amount.
_FAR_CHANGE = 280
_NO_CLAUSE = re.compile(r"[;]|(?<!\d)\.\s|\bwhile\b|\bwhereas\b|\bbut\b", re.IGNORECASE)
#: Between an amount and a name behind it: a few words, none of which begins something new.
_BESIDE = re.compile(r"[\s\-\u2010-\u2015]*(?:[^\s,;:.()]+[\s\-]+){0,4}", re.UNICODE)
#: "$1 million in fines": ties an amount to a name of other money.
_WORTH = re.compile(r"\s+(?:in|of|worth of|from|for|pour|de|an)\s+(?:\w+\s+){0,2}")
_BESIDE_STOPS = re.compile(
    r"(?<![^\W_])(?:for|to|from|in|on|by|and|or|as|at|with|until|of|under|than|is|are|will|that|which|if|when|pour|für|und|"
    r"oder|et|ou|y|o|och|en|e|de|der|die|das|het|der|till|om|has|have|had|was|were|not|no|after|before|across|towards?)(?![^\W_])",
    re.IGNORECASE,
)
_TOTAL = re.compile(
    r"[\s:]*(?:(?:up to|a total of|a maximum of|at least|a|an|the|un total de|only|just)\s+)*", re.IGNORECASE
)
_MARKED = re.compile(r"\s*[:=(–—-]\s*")
_LISTED = re.compile(
    r"[^;]{0,70}?(?:[,(/]|\b(?:and|plus|or|und|et|ou|y|o|en|e|och|og)\b)[^;.]{0,40}", re.IGNORECASE | re.DOTALL
)
_ALSO = re.compile(
    r"(?:\s+[^\W\d_]+){0,2}?[\s,)]*(?:(?:and|plus|und|et|y|en|och|e|og|with)\s+)?(?:an?\s+|ytterligare\s+|weitere\s+)?"
    r"(?:additional\s+|another\s+|further\s+|extra\s+)?\(?",
    re.IGNORECASE,
)
_SHARE = re.compile(
    r"\s(?:of|av|des|der|du|de|van|da|do|af)\s+(?:[\w’']+\s+){0,4}?"
    r"(?P<of>median|average|medianl[öo]n|smic|smi\b|salario mínimo|salaire minimum|beitragsbemessungsgrenze)",
    re.IGNORECASE,
)
_MEDIAN_SHARE = re.compile(r"median|medel", re.IGNORECASE)
_EXCEPT = re.compile(
    r"\b(?:except|excluding|other than|unlike|not for|regardless|instead|ausgenommen|sauf|excepto)\b", re.I
)
_SPLIT = re.compile(r"[,;:(]|\b(?:and|plus|und|et|y|en|och|e|or|while)\b", re.IGNORECASE)
_FOR = re.compile(r"\s*(?:[a-z/.]+\s+){0,3}?(?:for|per|in|under|pour|für|para|voor|för|master|regular)\b|\s*\(", re.I)
_PER = re.compile(
    r"\bper\s+(?P<per>designated organi[sz]ation|organi[sz]ation|employer|worker|employee|country|sponsor|company|"
    r"province|state|person|applicant|beneficiary)\b",
    re.IGNORECASE,
)
#: Parameters that count once and not by the year.
_ONCE = frozenset({"score", "draw_size", "minimum_investment", "registration_count"})
#: "im Jahr 2025" is no period.
_OF_YEAR = re.compile(r"\s*\d")
#: What a cap counts: the noun behind the number.
_COUNTED = re.compile(
    r"\s+(?:[A-Za-z0-9'’\-]+\s+){0,3}?(?P<unit>visas|places|applications|permits|petitions|start-?ups|workers|"
    r"applicants|spots|people|persons|candidates|participants|nominations|companies|families|demandes|titres|visados|visa|platser|plaatsen|"
    r"plazas|vagas)\b",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Bound:
    """An amount and what it is an amount of. ``start`` to ``end`` spans the name (``name``) and the amounts."""

    parameter: Parameter
    group: Group
    start: int
    end: int
    name: tuple[int, int]
    dimensions: list[Dimension] = field(default_factory=list)
    per: str = ""
    period: str = ""
    share_of: str = ""
    counted: str = ""


def bind(sentence: str, amounts: Sequence[Amount], cues: FigureCues) -> list[Bound]:
    """The amounts of a sentence (spans within it) that are figures, in order; dimensions and periods filled in."""
    names, dimensions = cues.find(sentence)
    if not any(_fits(cue, amount.kind, cues) for amount in amounts for cue in names):
        return []
    groups = groups_of(sentence, amounts, cues)
    if any(a.kind == "percent" and _SHARE.match(sentence, a.end) for a in amounts):
        # "90% of the median salary (SEK 33,390)": the median is what the share is of, and no name of the sum
        dimensions = [d for d in dimensions if not (isinstance(d.key, Dimension) and d.key.name == "measure")]
        names = [n for n in names if not _MEDIAN_SHARE.match(sentence[n.start : n.end])]
    found: list[Bound] = []
    previous: Bound | None = None
    for n, group in enumerate(groups):
        before = next((g for g in reversed(groups[:n]) if g.new.kind == group.new.kind), None)
        bound = _bound(sentence, group, before, names, cues) or _inherited(sentence, group, previous, cues)
        if bound is not None and not _plausible(sentence, bound, cues):
            bound = None
        previous = bound
        if bound is not None:
            found.append(bound)
    if found and cues.veto.search(sentence):
        return []
    for bound in found:
        alike = [g for g in groups if g.new.kind == bound.group.new.kind]
        at = alike.index(bound.group)
        left = alike[at - 1].end if at else 0
        right = alike[at + 1].start if at + 1 < len(alike) else len(sentence)
        bound.period = _period(sentence, bound, left, right, cues)
        bound.dimensions = _dimensions(sentence, bound, left, right, dimensions)
        if per := _PER.search(sentence, bound.group.end, min(right, bound.group.end + 60)):
            bound.per = per["per"].lower().replace("organisation", "organization").replace(" ", "-")
    return _told_apart(found)


def _fits(cue: Cue, kind: str, cues: FigureCues) -> Parameter | None:
    name = cue.key
    parameter = cues.parameters.get(name.parameter) if isinstance(name, Name) else None
    return parameter if parameter and kind in parameter.amounts else None


def _is_other(cue: Cue, kind: str) -> bool:
    return isinstance(cue.key, Name) and cue.key.parameter == OTHER + kind


def _bound(sentence: str, group: Group, before: Group | None, names: Sequence[Cue], cues: FigureCues) -> Bound | None:
    """The group with the name that it belongs to: a name right behind it, else the nearest before it."""
    kind = group.new.kind
    behind = [cue for cue in names if cue.start >= group.end and (_fits(cue, kind, cues) or _is_other(cue, kind))]
    near = _behind(sentence, group, behind, 2, cues)
    if near is not None and _is_other(near, kind):
        return None
    if near is None:
        ahead = [cue for cue in names if cue.end <= group.start and (_fits(cue, kind, cues) or _is_other(cue, kind))]
        near = _ahead(sentence, group, before, ahead, cues)
        if near is None:
            if ahead and _is_other(ahead[-1], kind) and group.start - ahead[-1].end < _NEAR:
                return None
            near = _behind(sentence, group, behind, 4, cues)
    parameter = _fits(near, kind, cues) if near is not None else None
    if near is None or parameter is None:
        return None
    return Bound(parameter, group, min(near.start, group.start), max(near.end, group.end), (near.start, near.end))


def _behind(sentence: str, group: Group, behind: Sequence[Cue], words: int, cues: FigureCues) -> Cue | None:
    """``$215 registration fee``, ``two-week work permit processing``: at most so many words between."""
    for cue in behind[:1]:
        between = cues.periods.sub(" ", sentence[group.end : cue.start])
        if isinstance(cue.key, Name) and cue.key.place == "direct":
            return None
        few = len(between.replace("-", " ").split()) <= words
        if few and _BESIDE.fullmatch(between) and not _BESIDE_STOPS.search(between):
            return cue
        if _is_other(cue, group.new.kind) and _WORTH.fullmatch(between):
            return cue
    return None


def _ahead(sentence: str, group: Group, before: Group | None, ahead: Sequence[Cue], cues: FigureCues) -> Cue | None:
    kind = group.new.kind
    for cue in reversed(ahead[-3:]):
        between = sentence[cue.end : group.start]
        changed = group.old is not None
        if _NO_CLAUSE.search(between) or len(between) > (_FAR_CHANGE if changed else _FAR):
            return None
        if before is not None and before.start >= cue.end and not _LISTED.fullmatch(sentence[before.end : group.start]):
            return None
        if _is_other(cue, kind):
            return cue
        if isinstance(cue.key, Name) and cue.key.place == "behind":
            continue
        if isinstance(cue.key, Name) and cue.key.place == "direct":
            if _TOTAL.fullmatch(between):
                return cue
            continue
        if changed or _linked(between, kind, cues, alone=before is None or before.start < cue.end):
            return cue
        if kind != "money":
            return None
    return None


def _linked(between: str, kind: str, cues: FigureCues, *, alone: bool) -> bool:
    """Whether the words between a name and an amount tie them together."""
    if kind == "money":
        return True
    if _MARKED.fullmatch(between) or not between.strip():
        return True
    return alone and len(between) <= (_NEAR if kind == "count" else 60) and cues.link.end(between)


def _inherited(sentence: str, group: Group, previous: Bound | None, cues: FigureCues) -> Bound | None:
    """``a cap of 65,000 plus 20,000 for ...``: the second amount is one of the same parameter."""
    if previous is None or previous.group.new.kind != group.new.kind:
        return None
    between = cues.periods.sub("", sentence[previous.group.end : group.start])
    if not (_ALSO.fullmatch(between) and between.strip()):
        return None
    return replace(previous, group=group, end=group.end, counted="", share_of="")


def _plausible(sentence: str, bound: Bound, cues: FigureCues) -> bool:
    """Neither rough, nor a difference, nor of the past, nor out of range; a percentage only of a known whole."""
    group, parameter = bound.group, bound.parameter
    before = sentence[max(0, group.start - 40) : group.start]
    if group.old is None:
        if cues.by.end(before) or cues.past.within(_last_words(before)):
            return False
        if group.new.kind == "money" and cues.upper.end(before):
            return False
        if cues.rough.end(before) and not before.rstrip().endswith(("additional", "another", "further", "extra")):
            return False
        before_name = sentence[max(0, bound.name[0] - 48) : bound.name[0]]
        if cues.former.within(" ".join(before_name.split()[-4:])):
            return False
    if group.new.kind == "percent":
        share = _SHARE.match(sentence, group.new.end)
        if share is None:
            return False
        bound.share_of = share["of"].lower()
        return 10 <= (group.new.number or 0) <= 400
    if parameter.name == "cap" and (counted := _COUNTED.match(sentence, group.end)):
        bound.counted = counted["unit"].lower()
    if sentence[slice(*bound.name)].lower() in parameter.vague and not bound.counted:
        return False
    number = group.new.number
    if number is None:
        return group.new.kind == "duration"
    if parameter.name in ("score", "cap", "draw_size", "registration_count") and number != int(number):
        return False
    return parameter.low <= number <= parameter.high


def _last_words(text: str) -> str:
    """The last two words: where "was", "previous" and "former" make an amount one of the past."""
    return (
        " ".join(text.split()[-2:])
        if not re.search(r"(?:raised|set|increased|fixed|lowered)\s+(?:at|to)\s*$", text)
        else ""
    )


def _period(sentence: str, bound: Bound, left: int, right: int, cues: FigureCues) -> str:
    """What the amount counts for: written behind it, or else part of its name."""
    if bound.group.new.kind in ("duration", "percent") or bound.parameter.name in _ONCE:
        return ""
    for start, end in _behind_spans(bound.group, right):
        match = cues.periods.search(sentence, start, end)
        if (
            match
            and not _OF_YEAR.match(sentence, match.end())
            and not re.search(r"[;]|\bfrom\b|\buntil\b", sentence[start : match.start()])
        ):
            return str(match.lastgroup)
    first = max(left, bound.start - (48 if bound.parameter.name == "cap" else 24))
    named = [
        m for m in cues.periods.finditer(sentence, first, bound.group.start) if not _OF_YEAR.match(sentence, m.end())
    ]
    return str(named[-1].lastgroup) if named else ""


def _behind_spans(group: Group, right: int) -> list[tuple[int, int]]:
    spans = [(group.end, min(right, group.end + 42))]
    if group.old is not None:
        inner = sorted((group.new, group.old), key=lambda a: a.start)
        spans.append((inner[0].end, inner[1].start))
    return spans


def _dimensions(sentence: str, bound: Bound, left: int, right: int, cues: Sequence[Cue]) -> list[Dimension]:
    """The dimensions in the name, and those on the amount's side: between two amounts a comma or "and" parts them."""
    group = bound.group
    start = left
    if left:
        parting = _parting(sentence, left, group.start)
        start = (
            parting if parting is not None else (left if not _FOR.match(sentence, left, group.start) else group.start)
        )
    end = min(right, group.end + 90)
    if right < len(sentence):
        parting = _parting(sentence, group.end, right)
        end = parting if parting is not None else (right if _FOR.match(sentence, group.end, right) else group.end)
    stop = _EXCEPT.search(sentence, group.end, end)
    end = stop.start() if stop else end
    chosen: dict[str, tuple[tuple[int, int], Dimension]] = {}
    for cue in cues:
        dimension = cue.key
        if not isinstance(dimension, Dimension) or bound.parameter.name not in dimension.parameters:
            continue
        own = start <= cue.start and cue.end <= end
        if own or (cue.start < bound.name[1] and bound.name[0] < cue.end):
            distance = (0 if own else 1, cue.start - cue.end)
            if dimension.name not in chosen or distance < chosen[dimension.name][0]:
                chosen[dimension.name] = (distance, dimension)
    return [dimension for _, (_, dimension) in sorted(chosen.items())]


def _parting(sentence: str, start: int, end: int) -> int | None:
    """Where the words between two amounts part: at the bracket, comma or "and" nearest to the second."""
    found = list(_SPLIT.finditer(sentence, start, end))
    return found[-1].start() if found else None


def _told_apart(found: list[Bound]) -> list[Bound]:
    """Leave out different amounts of one parameter that the sentence does not tell apart."""
    lines: dict[tuple[object, ...], set[str]] = {}
    for bound in found:
        lines.setdefault(_line(bound), set()).add(bound.group.new.value)
    return [bound for bound in found if len(lines[_line(bound)]) == 1]


def _line(bound: Bound) -> tuple[object, ...]:
    told = tuple((d.name, d.value) for d in bound.dimensions)
    return (bound.parameter.name, told, bound.per, bound.group.new.kind)
