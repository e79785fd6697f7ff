"""What speaks for or against two announcements telling of one event, one clue at a time, and what each is worth.

A clue has a name, a value (0 to about 1, more where it is a distance) and, where a person would want to read of it,
words. :data:`WEIGHTS` says what a value of 1 adds to the log-odds. They were fitted by ridge regression, towards round
numbers, on labelled pairs of news, law firms' notes and official documents: as they are, with a part of their tags,
dates and stages unknown, and with measures moved into a year or two so that closeness alone never suffices. Clues
were judged by cross-validation over measures: most of those that did not help to group unseen ones were left out.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

from pipelines.signature import Signature

#: What each clue adds to the log-odds (the logarithm to base e of the odds) for a value of 1.
WEIGHTS = {
    "start": -1.8,
    # cosines of titles and texts, and what the latter exceeds chance by: few common words are chance, many are not
    "title": 2.6, "text": 3.0, "telling": 2.8, "foreign": 1.0,
    # one official source that gives two titles tells of two things; two official documents in other words, or at
    # other steps: each is precise about what it does
    "own_titles": -2.2, "officials": -1.5, "official_steps": -1.1, "other_subject": -1.5,
    # a package that touches many programmes is not what is told of one, and of a busy one much is told at a time
    "programme": 0.6, "rare_programme": 1.5, "package": -1.9, "busy": -0.9, "other_programme": -2.3,
    "country": 0.5, "other_country": -2.0,
    # distance in time counts for less between those that agree on a day: law firms write of a rule for months
    "effective": 0.6, "other_effective": -1.0, "took_effect": 0.8, "day": 1.9, "apart": -1.2, "tail": 0.6,
    "amount": 0.6, "figure": 1.2, "phase": 1.0, "other_phase": -1.4, "year": 0.2,
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
#: The cosine up to which texts of one language share hardly a word, and that to which they may by chance.
_NO_WORDS, _CHANCE = 0.12, 0.33
#: Programmes from which an announcement tells of a package.
_PACKAGE = 3


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
    yield from _of_subject(one, other, text)
    yield from _of_time(one, other, 1.0 if one.programmes & other.programmes or title >= 0.2 else 0.5)
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


def _of_officials(one: Signature, other: Signature, title: float, text: float) -> Iterator[Clue]:
    version = title >= _VERSION or one.template <= other.template or other.template <= one.template
    if one.source and one.source == other.source and not version:
        yield Clue("own_titles", 1.0)
    if title < _LITTLE and text < _LITTLE:
        yield Clue("officials", 1.0)
    if one.phase and other.phase and one.phase != other.phase:
        yield Clue("official_steps", 1.0)


def _of_subject(one: Signature, other: Signature, text: float) -> Iterator[Clue]:
    programmes = one.programmes & other.programmes
    if programmes:
        named = f"programme {', '.join(sorted(programmes)[:2])}"
        rare = not programmes <= BUSY
        yield Clue("programme", len(programmes) / len(one.programmes | other.programmes), "" if rare else named)
        if rare:
            yield Clue("rare_programme", 1.0, named)
        elif text < _NO_WORDS and one.language == other.language:
            yield Clue("busy", 1.0)
        fewer, more = sorted((len(one.programmes), len(other.programmes)))
        if fewer == 1 and more >= _PACKAGE:
            yield Clue("package", 1.0)
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
    days = REACH
    if one.span[0] and other.span[0]:
        days = gap(one.span, other.span)
    far = math.log1p((days if begun is None else min(days, begun)) / 3)
    yield Clue("apart", far)
    if (distance is not None and distance <= SAME_EFFECT) or not one.days.isdisjoint(other.days):
        yield Clue("tail", far)


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
