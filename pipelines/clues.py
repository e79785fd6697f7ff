"""What speaks for or against two announcements telling of one event, one clue at a time, and what each is worth.

A clue has a name, a value (0 to about 1, more where it is a distance) and, where a person would want to read of it,
words. :data:`WEIGHTS` says what a value of 1 adds to the log-odds. The weights were fitted by logistic regression on
labelled pairs of news, law firms' notes and official documents, with pairs of different measures moved to the same week
so that closeness alone never suffices; then moved in steps to what groups best when measures are crowded into a year
or two, and when some of the tags, dates and stages of each announcement are not known.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

from pipelines.signature import Signature

#: What each clue adds to the log-odds (the logarithm to base e of the odds) for a value of 1.
WEIGHTS = {
    "start": -4.7,
    # cosines of titles and texts, and what the latter exceeds chance by: few common words are chance, many are not
    "title": 2.9, "text": 2.9, "telling": 5.3, "foreign": 1.9,
    # one official source that gives two titles tells of two things; two official documents in other words, or at
    # other steps: each is precise about what it does
    "own_titles": -3.6, "officials": -2.4, "official_steps": -1.5, "other_subject": -2.4,
    "programme": 0.7, "rare_programme": 1.6, "other_programme": -2.2, "country": 0.8, "other_country": -2.3,
    "effective": 2.8, "other_effective": -0.9, "took_effect": 1.0, "day": 2.5, "apart": -0.75, "far": -0.8,
    "paper": 0.4, "amount": 1.3, "figure": 1.5, "phase": 2.1, "other_phase": -1.2, "action": 0.3, "year": 2.0,
}  # fmt: skip

#: Programmes of which something is told in most weeks: that two texts name one of them says little.
BUSY = frozenset(
    {
        "us-h-1b", "us-f-1-opt", "us-l-1", "us-j-1", "us-ead", "us-perm", "us-lca", "us-consular", "us-visa-bulletin",
        "us-eb-1", "us-eb-2", "us-eb-3", "ca-express-entry", "ca-pnp", "ca-lmia", "gb-skilled-worker",
        "gb-sponsor-licence", "au-sid-482", "sg-ep", "eu-blue-card",
    }
)  # fmt: skip

#: Steps that reports of one event are often told as: neither for nor against.
_MISTAKEN = frozenset(
    frozenset(pair)
    for pair in (
        ("idea", "proposal"), ("idea", "decision"), ("decision", "guidance"), ("decision", "operational"),
        ("guidance", "operational"),
    )
)  # fmt: skip

#: Days: what stands for one day of effect (sources differ by a day or a weekend), what is another one, and how far
#: apart reports of one event may be that share no date (law firms' tails run to four months).
SAME_EFFECT, NO_LONGER_SAME, REACH = 4, 10, 150
#: The cosine from which titles of one source are versions of one, and that to which documents have little in common.
_VERSION, _LITTLE = 0.85, 0.25
_CHANCE = 0.33


class Clue(NamedTuple):
    """One clue; see the module."""

    name: str
    value: float
    words: str = ""

    @property
    def weight(self) -> float:
        """What it adds to the log-odds."""
        return WEIGHTS[self.name] * self.value


def clues(one: Signature, other: Signature, title: float, text: float) -> Iterator[Clue]:
    """All clues but official numbers; ``title`` and ``text`` are cosines."""
    yield Clue("start", 1.0)
    yield Clue("title", title)
    yield Clue("text", text)
    yield Clue("telling", max(0.0, text - _CHANCE))
    if one.language and other.language and one.language != other.language:
        yield Clue("foreign", 1.0)  # words that cannot be shared are not missing
    if one.rank == other.rank == 0:
        yield from _of_officials(one, other, title, text)
    if one.noise != other.noise:
        yield Clue("other_subject", 1.0)
    yield from _of_subject(one, other)
    yield from _of_time(one, other, 1.0 if one.programmes & other.programmes or title >= 0.2 else 0.5)
    if one.papers & other.papers and one.countries & other.countries:
        yield Clue("paper", 1.0, f"both name the {min(one.papers & other.papers)}")
    if amounts := one.amounts & other.amounts:
        yield Clue("amount", 1.0, f"amount {', '.join(sorted(amounts)[:2])}")
    figures = [key for key, values in one.figures.items() if values & other.figures.get(key, frozenset())]
    if figures:
        yield Clue("figure", 1.0, f"figure {figures[0].split('|')[1]}")
    if one.phase and other.phase:
        if one.phase == other.phase:
            subject = bool(one.programmes & other.programmes or one.countries & other.countries)
            telling = (1.0 if subject else 0.3) * (0.5 if one.phase == "operational" else 1.0)
            yield Clue("phase", telling, f"both {one.stage}" if one.stage == other.stage else "")
        elif frozenset((one.phase, other.phase)) not in _MISTAKEN:
            yield Clue("other_phase", 1.0)
    if actions := one.actions & other.actions:
        share = len(actions) / min(len(one.actions), len(other.actions))
        yield Clue("action", share, f"action {min(actions)}")


def _of_officials(one: Signature, other: Signature, title: float, text: float) -> Iterator[Clue]:
    version = title >= _VERSION or one.template <= other.template or other.template <= one.template
    if one.source and one.source == other.source and not version:
        yield Clue("own_titles", 1.0)
    if title < _LITTLE and text < _LITTLE:
        yield Clue("officials", 1.0)
    if one.phase and other.phase and one.phase != other.phase:
        yield Clue("official_steps", 1.0)


def _of_subject(one: Signature, other: Signature) -> Iterator[Clue]:
    programmes = one.programmes & other.programmes
    if programmes:
        share = len(programmes) / min(len(one.programmes), len(other.programmes))
        yield Clue("programme", share, f"programme {', '.join(sorted(programmes)[:2])}")
        if not programmes <= BUSY:
            yield Clue("rare_programme", 1.0)
    elif one.programmes and other.programmes:
        yield Clue("other_programme", 1.0)
    if countries := one.countries & other.countries:
        yield Clue("country", 1.0, "" if programmes else f"country {', '.join(sorted(countries)[:2])}")
    elif one.countries and other.countries:
        yield Clue("other_country", 1.0)


def _of_time(one: Signature, other: Signature, telling: float) -> Iterator[Clue]:
    """What dates say. ``telling``: how much a common day counts; rules of all kinds begin on the first of January."""
    distance = effect_distance(one, other)
    if distance is not None and distance <= SAME_EFFECT:
        yield Clue("effective", telling, "same day of effect")
    elif distance is not None and distance > NO_LONGER_SAME:
        yield Clue("other_effective", 1.0)
    begun = _begun(one, other) if distance is None and (one.effective or other.effective) else None
    if begun is not None and begun <= 1:
        yield Clue("took_effect", telling, "told on the day of effect")
    if _named(one, other):
        yield Clue("day", telling, "same day named")
    if one.years & other.years:
        yield Clue("year", 1.0, f"year {min(one.years & other.years)}")
    if one.span[0] and other.span[0]:
        days = gap(one.span, other.span)
        yield Clue("apart", math.log1p(min(days, days if begun is None else begun) / 3))
        if days > REACH:
            yield Clue("far", 1.0)
    else:
        yield Clue("apart", math.log1p(REACH / 3))


def _published(one: Signature) -> int:
    """The day of publication, 0 where it is not known to the day."""
    return one.span[0] if one.span[0] == one.span[1] else 0


def _named(one: Signature, other: Signature) -> bool:
    """Whether both name one day, or one names the day on which the other was published.

    Of two that were published on one day it means nothing that one of them names it.
    """
    if not one.days.isdisjoint(other.days):
        return True
    day, its = _published(one), _published(other)
    return day != its and (day in other.days or its in one.days)


def _begun(one: Signature, other: Signature) -> int | None:
    """Days between the day of effect that one announcement states and the day on which the other was published."""
    found = [
        gap(day, b.span)
        for a, b in ((one, other), (other, one))
        if _published(b)
        for day in a.effective
        if gap(day, a.span) > 1  # else it is no more than two texts of one day
    ]
    return min(found, default=None)


def gap(one: tuple[int, int], other: tuple[int, int]) -> int:
    """Days between two spans of days, 0 where they overlap."""
    return max(0, one[0] - other[1], other[0] - one[1])


def effect_distance(one: Signature, other: Signature) -> int | None:
    """Days between the nearest days of effect that two announcements state; ``None`` where one states none."""
    if not one.effective or not other.effective:
        return None
    return min(gap(a, b) for a in one.effective for b in other.effective)
