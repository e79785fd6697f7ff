"""Do two announcements tell of one event, or of two steps of one measure? Pure scoring, no archive.

Strong numbers come first, then words, programmes, dates, amounts, stages and distance in time (:mod:`pipelines.clues`),
each as evidence in log-odds that is added up: the sum through a logistic curve is a probability. What contradicts (an
official number, a day of effect, a fiscal year, the edition of a series, an amount) blocks a link whatever the words
say.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from pipelines.clues import REACH, SAME_EFFECT, clues, effect_distance, gap
from pipelines.cluster import PARTED
from pipelines.signature import MEASURE, Signature
from pipelines.words import cosine

#: A link that must not be, however it scores. Between two official documents it is :data:`pipelines.cluster.PARTED`.
BLOCKED = -1.0
#: Below this nothing is worth a reason, and titles from this cosine on are those of one document's versions.
TRIFLING, ALIKE = 0.15, 0.6
#: What adds at least this to the log-odds is told as a reason.
_TOLD = 0.3

#: Evidence in log-odds of official numbers that two announcements share, and of being the same document.
_NUMBER, _SAME_DOCUMENT = 3.0, 8.0

#: Days from which two days of effect are surely not one.
OTHER_EFFECT = 20
#: Texts that are further apart in days and each name their own day tell of two things.
_OWN_DAYS = 30
#: Within so many days "Budget 2026" and "from 2027" can be the same yearly amounts.
SEASON = 45
#: Days from a proposal to its final rule, and from a rule to what follows it.
_RULEMAKING, _AFTERMATH = 1100, 400
#: Days within which guidance follows a rule; after that it is about the next one of a yearly series.
_SOON = 200


@dataclass(frozen=True, slots=True)
class Link:
    """How two announcements belong together.

    ``event``: probability that they tell of one event; negative where something contradicts (how likely it would
    be otherwise). ``story``: that they tell of one measure, whatever the step; negative where they must be apart.
    ``reason`` says in words what decided.
    """

    event: float
    story: float
    reason: str


def link(one: Signature, other: Signature) -> Link:
    """Compare two announcements. Symmetric: the order does not matter."""
    if _order(other, one):
        one, other = other, one
    title = cosine(one.title, other.title, one.title_length * other.title_length)
    text = cosine(one.text, other.text, one.text_length * other.text_length)
    evidence = list(clues(one, other, title, text))
    numbers = _shared_numbers(one, other)
    against = contradiction(one, other, numbers, title)
    odds = sum([clue.weight for clue in evidence])
    if numbers:
        odds += _SAME_DOCUMENT if one.own & other.own else _NUMBER
    likely = _probability(odds)
    event = min(-likely, -0.001) if against else likely
    story, step = _of_one_measure(one, other, numbers, event, title, text)
    if likely < TRIFLING and story < TRIFLING:
        return Link(round(event, 3), round(story, 3), "little in common")
    told = sorted((c for c in evidence if c.words and c.weight >= _TOLD), key=lambda c: -c.weight)
    why = [clue.words for clue in told]
    if title >= 0.3 or text >= 0.2:
        why.append(f"words {max(title, text):.2f} ({', '.join(_common(one, other))})")
    if numbers:
        why.insert(0, f"both name {', '.join(sorted(numbers)[:2])}")
    if against:
        why = [f"kept apart: {against}"]
    if story > event and step:
        why.insert(0, step)
    return Link(round(event, 3), round(story, 3), "; ".join(why[:5]) or "little in common")


def _order(one: Signature, other: Signature) -> bool:
    """Whether ``one`` comes first where the two have to be named in an order."""
    first, second = (one.span, one.source, one.text_length), (other.span, other.source, other.text_length)
    return first < second or (first == second and sorted(one.text.items()) < sorted(other.text.items()))


def _probability(odds: float) -> float:
    return 1 / (1 + math.exp(-odds))


def _common(one: Signature, other: Signature) -> list[str]:
    shared = {word: weight for word, weight in one.text.items() if word in other.text}
    return sorted(shared, key=lambda word: (-shared[word], word))[:3]


def _shared_numbers(one: Signature, other: Signature) -> frozenset[str]:
    """Numbers that tie two announcements: each other's own, or the measure's; one that both merely cite does not."""
    tied = (one.own & other.own) | (one.own & other.cited) | (one.cited & other.own)
    measure = (one.own | one.cited) & (other.own | other.cited)
    # a bill that became law is carried out by many measures
    open_ = {"idea", "proposal", ""} >= {one.phase, other.phase}
    return tied | {n for n in measure if n.partition(":")[0] in MEASURE and (open_ or not n.startswith("bill:"))}


def _documents(one: Signature) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for number in one.own:
        scheme, _, value = number.partition(":")
        if scheme not in MEASURE:
            found.setdefault(scheme, set()).add(value)
    return found


def contradiction(one: Signature, other: Signature, numbers: frozenset[str], title: float) -> str:
    """What keeps two announcements from being one event, in words; '' for nothing. ``title``: cosine of the titles."""
    if one.own & other.own - {number for number in numbers if number.partition(":")[0] in MEASURE}:
        return ""
    if (
        one.countries
        and other.countries
        and not one.countries & other.countries
        and not one.programmes & other.programmes
    ):
        return f"countries {min(one.countries)} and {min(other.countries)}"
    if one.fiscal and other.fiscal and not one.fiscal & other.fiscal:
        return f"fiscal years {_years(one.fiscal)} and {_years(other.fiscal)}"
    for key, values in one.figures.items():
        others = other.figures.get(key)
        if others and not values & others and not _rounded(values, others):
            return f"{key.split('|')[1]} {'/'.join(sorted(values))} and {'/'.join(sorted(others))}"
    distance = effect_distance(one, other)
    moved = "delayed" in (one.stage, other.stage)
    if distance is not None and distance > OTHER_EFFECT and not moved:
        return "different days of effect"
    same_title = bool(one.template) and one.template == other.template
    if one.edition and other.edition and not one.edition & other.edition and _serial(one, other, same_title):
        return f"editions {min(one.edition)} and {min(other.edition)}"
    apart = gap(one.span, other.span) if one.span[0] and other.span[0] else None
    follows_up = moved or "consultation" in (one.stage, other.stage) or bool(numbers)
    if (
        one.phase == other.phase == "operational"
        and one.programmes - other.programmes
        and other.programmes - one.programmes
    ):
        return f"{min(one.programmes - other.programmes)} and {min(other.programmes - one.programmes)}"
    if one.rank == other.rank == 0 and one.phase != other.phase and {one.phase, other.phase} <= _OWN_STEPS.keys():
        steps = sorted((one.phase, other.phase), key=list(_OWN_STEPS).index)
        return f"{_OWN_STEPS[steps[0]]} and {_OWN_STEPS[steps[1]]}"
    theirs = _documents(other)
    for scheme, documents in _documents(one).items():
        if (
            scheme in theirs
            and not documents & theirs[scheme]
            and not ((follows_up or (apart is not None and apart <= SAME_EFFECT)) and title >= ALIKE)
        ):
            return f"different {scheme} numbers"
    if _another_issue(one, other, numbers):
        return "an official notice of the same title on another day"
    agreed = distance is not None and distance <= SAME_EFFECT
    if apart is not None and apart > _OWN_DAYS and not agreed and not numbers and _own_days(one, other):
        return "each tells of its own day"
    if apart is None or (apart > REACH and not agreed and not numbers and not one.years & other.years):
        return "" if numbers else "too far apart, and no date in common"
    another_year = one.years and other.years and not one.years & other.years and apart > SEASON
    if another_year and not agreed and _yearly(one) and _yearly(other):
        return f"years {min(one.years)} and {min(other.years)}"
    return ""


def _own_days(one: Signature, other: Signature) -> bool:
    """Whether each names the day, or the day before, on which it was published, and no day of the other: what is new
    then."""
    return one.days.isdisjoint(other.days) and all(
        its.span[0] == its.span[1] and any(its.span[0] - 1 <= day <= its.span[0] for day in its.days)
        for its in (one, other)
    )


def _years(found: frozenset[int]) -> str:
    return "/".join(f"{year:02d}" for year in sorted(found))


def _rounded(values: frozenset[str], others: frozenset[str]) -> bool:
    """Whether two figures can be one, given roughly by one side (10,000 and 9,950)."""
    try:
        return any(abs(float(a) - float(b)) <= 0.02 * max(abs(float(a)), abs(float(b))) for a in values for b in others)
    except ValueError:
        return False


#: Steps of which official documents each take one.
_OWN_STEPS = {"proposal": "a proposal", "decision": "a decision", "court": "a court's order", "end": "a withdrawal"}

_SERIES = frozenset({"priority-dates", "draw", "processing-time"})
_AMOUNTS = frozenset({"salary-threshold", "fee-change", "quota"})


def _serial(one: Signature, other: Signature, same_title: bool) -> bool:
    return same_title or (one.phase == other.phase == "operational") or bool(one.actions & other.actions & _SERIES)


def _yearly(one: Signature) -> bool:
    return bool(one.actions & _AMOUNTS)


def _of_one_measure(
    one: Signature, other: Signature, numbers: frozenset[str], event: float, title: float, text: float
) -> tuple[float, str]:
    """Probability that two announcements belong to one measure's life, and the step between them in words."""
    if one.own & other.own:
        return max(event, 0.95), "the same document"
    if _sets_apart(one, other):
        return (PARTED if one.rank == other.rank == 0 else BLOCKED), ""
    if _another_issue(one, other, numbers) and one.phase == other.phase:
        return PARTED, ""
    if any(number.startswith("rin:") for number in numbers):
        return (max(event, 0.9), "the same rulemaking") if _near(one, other, _RULEMAKING) else (event, "")
    if numbers and (text >= 0.15 or title >= 0.3) and _near(one, other, _RULEMAKING):
        return max(event, 0.8), "one names the other's number"
    first, second = sorted((one, other), key=lambda s: s.span)
    reach = _STEPS.get((first.phase, second.phase))
    if reach is None or not _near(first, second, reach) or not one.programmes & other.programmes:
        return event, ""
    if not one.countries & other.countries:
        return event, ""
    alike = _probability(-6.0 + 8.0 * title + 6.0 * text)
    return max(event, alike), f"{first.stage}, then {second.stage}"


#: Days that a later step may take. Another step of the same kind (the next yearly amount, a bulletin) is a new story.
_STEPS = {
    ("idea", "proposal"): _AFTERMATH, ("idea", "decision"): _AFTERMATH, ("idea", "end"): _AFTERMATH,
    ("proposal", "proposal"): _AFTERMATH, ("proposal", "decision"): _RULEMAKING, ("proposal", "end"): _RULEMAKING,
    ("proposal", "court"): _AFTERMATH, ("decision", "guidance"): _SOON, ("decision", "court"): _RULEMAKING,
    ("decision", "end"): _RULEMAKING, ("decision", "proposal"): 60, ("court", "court"): _AFTERMATH,
    ("court", "decision"): _AFTERMATH, ("court", "end"): _AFTERMATH, ("guidance", "court"): _AFTERMATH,
}  # fmt: skip


def _near(one: Signature, other: Signature, days: int) -> bool:
    return bool(one.span[0] and other.span[0]) and gap(one.span, other.span) <= days


def _another_issue(one: Signature, other: Signature, numbers: frozenset[str]) -> bool:
    """Whether two official notices have one title, days apart and without a number that ties them: two of a series."""
    return (
        bool(one.template)
        and one.template == other.template
        and one.rank == other.rank == 0
        and not numbers
        and not {"delayed", "consultation"} & {one.stage, other.stage}
        and bool(one.span[0] and other.span[0])
        and gap(one.span, other.span) > 3
    )


def _sets_apart(one: Signature, other: Signature) -> bool:
    """What parts measures and not only their steps: the fiscal year or the edition of a series."""
    if one.fiscal and other.fiscal and not one.fiscal & other.fiscal:
        return True
    same_title = bool(one.template) and one.template == other.template
    return bool(one.edition and other.edition and not one.edition & other.edition and _serial(one, other, same_title))
