"""Do two announcements tell of one event, or of two steps of one measure? Pure scoring, no archive.

Strong numbers come first, then words, programmes, dates, amounts, stages and distance in time, each as evidence in
log-odds that is added up: the sum through a logistic curve is a probability. The weights were fitted on labelled
pairs of news, law firms' notes and official documents, with pairs of different measures moved to the same week so
that closeness alone never suffices, and rounded. What contradicts (an official number, a day of effect, a fiscal year,
the edition of a series, an amount) blocks a link whatever the words say.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from pipelines.signature import MEASURE, Signature
from pipelines.words import cosine

#: A link that must not be, however it scores.
BLOCKED = -1.0
#: Below this nothing is worth a reason, and titles from this cosine on are those of one document's versions.
TRIFLING, ALIKE = 0.15, 0.6

#: Evidence in log-odds (the logarithm to base e of the odds); those of words are for a cosine of 1.
_START = -4.3
_TITLE, _TEXT = 1.4, 2.2
#: What a cosine of the texts beyond a third adds: few common words are chance, many are not.
_TELLING, _CHANCE = 6.0, 0.33
#: One official source that gives two titles tells of two things; so do an item of our subject and one that is none.
_OWN_TITLES, _OTHER_SUBJECT = -3.0, -1.2
#: Two official documents in other words, and at other steps: each is precise about what it does.
_OFFICIALS, _OFFICIAL_STEPS = -2.5, -1.5
_PROGRAMME, _OTHER_PROGRAMME = 1.1, -2.9
_COUNTRY, _OTHER_COUNTRY = 1.0, -2.4
_EFFECTIVE, _OTHER_EFFECTIVE = 3.7, -1.7
_DAY, _AMOUNT, _FIGURE = 2.0, 0.5, 1.5
_PHASE, _OTHER_PHASE = 1.3, -0.9
_ACTION, _YEAR, _OTHER_YEAR = 0.8, 2.0, -0.6
#: For each factor of e in days (from three days on), and beyond half a year.
_APART, _FAR = -0.66, -1.5
_NUMBER, _SAME_DOCUMENT, _PAPER = 3.0, 8.0, 1.5

#: Days: what stands for one day of effect (sources differ by a day or a weekend), what is surely another one,
#: and how far apart reports of one event may be that share no date (law firms' tails run to four months).
SAME_EFFECT, OTHER_EFFECT, REACH = 4, 20, 150
#: Within so many days "Budget 2026" and "from 2027" can be the same yearly amounts.
SEASON = 45
#: Days from a proposal to its final rule, and from a rule to what follows it.
_RULEMAKING, _AFTERMATH = 1100, 400


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
    evidence = _evidence(one, other, title, text)
    numbers = _shared_numbers(one, other)
    against = contradiction(one, other, numbers, title)
    odds = _START + sum([weight for weight, _ in evidence])
    if numbers:
        odds += _SAME_DOCUMENT if one.own & other.own else _NUMBER
    likely = _probability(odds)
    event = min(-likely, -0.001) if against else likely
    story, step = _of_one_measure(one, other, numbers, event, title, text)
    if likely < TRIFLING and story < TRIFLING:
        return Link(round(event, 3), round(story, 3), "little in common")
    why = [words for weight, words in sorted(evidence, key=lambda e: -e[0]) if weight >= 0.4 and words]
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


def _evidence(one: Signature, other: Signature, title: float, text: float) -> list[tuple[float, str]]:
    found = [(_TITLE * title, ""), (_TEXT * text, ""), (_TELLING * max(0.0, text - _CHANCE), "")]
    if one.rank == other.rank == 0 and one.source and one.source == other.source and title < 0.85:
        found.append((_OWN_TITLES, ""))
    if one.rank == other.rank == 0:
        if title < 0.25 and text < 0.25:
            found.append((_OFFICIALS, ""))
        if one.phase and other.phase and one.phase != other.phase:
            found.append((_OFFICIAL_STEPS, ""))
    if one.noise != other.noise:
        found.append((_OTHER_SUBJECT, ""))
    programmes = one.programmes & other.programmes
    if programmes:
        share = len(programmes) / min(len(one.programmes), len(other.programmes))
        found.append((_PROGRAMME * share, f"programme {', '.join(sorted(programmes)[:2])}"))
    elif one.programmes and other.programmes:
        found.append((_OTHER_PROGRAMME, ""))
    if countries := one.countries & other.countries:
        found.append((_COUNTRY, "" if programmes else f"country {', '.join(sorted(countries)[:2])}"))
    elif one.countries and other.countries:
        found.append((_OTHER_COUNTRY, ""))
    found += _dates(one, other, 1.0 if programmes or title >= 0.2 else 0.5)
    if one.papers & other.papers and one.countries & other.countries:
        found.append((_PAPER, f"both name the {min(one.papers & other.papers)}"))
    if one.amounts & other.amounts:
        found.append((_AMOUNT, f"amount {', '.join(sorted(one.amounts & other.amounts)[:2])}"))
    same_figures = [key for key, values in one.figures.items() if values & other.figures.get(key, frozenset())]
    if same_figures:
        found.append((_FIGURE, f"figure {same_figures[0].split('|')[1]}"))
    if one.phase and other.phase:
        same = one.phase == other.phase
        found.append((_PHASE if same else _OTHER_PHASE, f"both {one.stage}" if one.stage == other.stage else ""))
    if common := one.actions & other.actions:
        share = len(common) / min(len(one.actions), len(other.actions))
        found.append((_ACTION * share, f"action {min(common)}"))
    if one.years and other.years:
        found.append((_YEAR, f"year {min(one.years & other.years)}") if one.years & other.years else (_OTHER_YEAR, ""))
    return found


def _common(one: Signature, other: Signature) -> list[str]:
    shared = {word: weight for word, weight in one.text.items() if word in other.text}
    return sorted(shared, key=lambda word: (-shared[word], word))[:3]


def _dates(one: Signature, other: Signature, telling: float) -> list[tuple[float, str]]:
    """What dates say. ``telling``: how much a common day counts; rules of all kinds begin on the first of January."""
    found = []
    distance = _effect_distance(one, other)
    if distance is not None:
        if distance <= SAME_EFFECT:
            found.append((_EFFECTIVE * telling, "same day of effect"))
        elif distance > 10:
            found.append((_OTHER_EFFECTIVE, ""))
    if _published_days(one) & other.days or one.days & _published_days(other):
        found.append((_DAY * telling, "same day named"))
    if one.span[0] and other.span[0]:
        days = gap(one.span, other.span)
        found.append((_APART * math.log1p(days / 3), ""))
        if days > REACH:
            found.append((_FAR, ""))
    else:
        found.append((_APART * math.log1p(REACH / 3), ""))
    return found


def _published_days(one: Signature) -> frozenset[int]:
    return one.days | {one.span[0]} if one.span[0] and one.span[0] == one.span[1] else one.days


def gap(one: tuple[int, int], other: tuple[int, int]) -> int:
    """Days between two spans of days, 0 where they overlap."""
    return max(0, one[0] - other[1], other[0] - one[1])


def _effect_distance(one: Signature, other: Signature) -> int | None:
    if not one.effective or not other.effective:
        return None
    return min(gap(a, b) for a in one.effective for b in other.effective)


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
    distance = _effect_distance(one, other)
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
    if one.rank == other.rank == 0 and {one.phase, other.phase} == {"proposal", "decision"}:
        return "a proposal and a decision"
    theirs = _documents(other)
    for scheme, documents in _documents(one).items():
        if (
            scheme in theirs
            and not documents & theirs[scheme]
            and not ((follows_up or (apart is not None and apart <= SAME_EFFECT)) and title >= ALIKE)
        ):
            return f"different {scheme} numbers"
    if same_title and one.rank == other.rank == 0 and apart is not None and apart > 3 and not follows_up:
        return "an official notice of the same title on another day"
    agreed = distance is not None and distance <= SAME_EFFECT
    if apart is None or (apart > REACH and not agreed and not numbers and not one.years & other.years):
        return "" if numbers else "too far apart, and no date in common"
    another_year = one.years and other.years and not one.years & other.years and apart > SEASON
    if another_year and not agreed and _yearly(one) and _yearly(other):
        return f"years {min(one.years)} and {min(other.years)}"
    return ""


def _years(found: frozenset[int]) -> str:
    return "/".join(f"{year:02d}" for year in sorted(found))


def _rounded(values: frozenset[str], others: frozenset[str]) -> bool:
    """Whether two figures can be one, given roughly by one side (10,000 and 9,950)."""
    try:
        return any(abs(float(a) - float(b)) <= 0.02 * max(abs(float(a)), abs(float(b))) for a in values for b in others)
    except ValueError:
        return False


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
        return BLOCKED, ""
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
    ("proposal", "court"): _AFTERMATH, ("decision", "guidance"): _AFTERMATH, ("decision", "court"): _RULEMAKING,
    ("decision", "end"): _RULEMAKING, ("decision", "proposal"): 60, ("court", "court"): _AFTERMATH,
    ("court", "decision"): _AFTERMATH, ("court", "end"): _AFTERMATH, ("guidance", "court"): _AFTERMATH,
}  # fmt: skip


def _near(one: Signature, other: Signature, days: int) -> bool:
    return bool(one.span[0] and other.span[0]) and gap(one.span, other.span) <= days


def _sets_apart(one: Signature, other: Signature) -> bool:
    """What parts measures and not only their steps: the fiscal year or the edition of a series."""
    if one.fiscal and other.fiscal and not one.fiscal & other.fiscal:
        return True
    same_title = bool(one.template) and one.template == other.template
    return bool(one.edition and other.edition and not one.edition & other.edition and _serial(one, other, same_title))
