"""What a story says as a whole: its lead, stage, dates, figures and importance, from its announcements alone.

Pure and without a clock: the same announcements give the same story.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

#: Kinds of source that speak for a country.
_OFFICIAL_KINDS = frozenset({"government", "regulator-register", "legislature", "court"})

#: Who leads and who is believed first: official, law firm, press and industry, aggregator.
OFFICIAL, LAW_FIRM, PRESS, AGGREGATOR = range(4)

#: What alone takes the place of a binding stage, beside another binding document.
_UNBINDING = frozenset({"delayed", "court", "withdrawn", "expired"})

#: What has become law leads over what was only planned, of equally official documents the first.
_BINDING = frozenset({"final", "in-force"})

_DEADLINES = ("comment_deadline", "window_close", "grandfather_until", "transition_until")
#: Announcements with more figures than this (a bulletin's charts) are not compared figure by figure.
_MOST_FIGURES = 30


def rank_of(kind: str, authority: str) -> int:
    """How much a source counts, by its kind and authority in the register: 0 is most."""
    if authority == "aggregator":
        return AGGREGATOR
    if kind in _OFFICIAL_KINDS and authority == "primary":
        return OFFICIAL
    return LAW_FIRM if kind == "law-firm" else PRESS


def leading(rank: int, stage: str, moment: str, announcement_id: str) -> tuple[int, bool, str, str]:
    """The order in which announcements lead their story: the smallest does."""
    return rank, stage not in _BINDING, moment, announcement_id


@dataclass(slots=True)
class Member:
    """An announcement of a story. ``moment``: its publication, but not later than it was first seen (ISO text).

    ``copy``: the same document as another member. ``dates``: kind and ISO date; ``figures``: line and value.
    """

    announcement_id: str
    title: str
    moment: str
    rank: int
    stage: str = ""
    event: str = ""
    baseline: bool = False
    copy: bool = False
    audiences: int = 0
    dates: list[tuple[str, str]] = field(default_factory=list)
    figures: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class State:
    """The columns of table ``stories`` that follow from its announcements. Dates are ISO text, ``None`` if unsaid.

    ``deadlines``: the next date of each kind of deadline; ``deadline`` is what somebody must act by next.
    """

    title: str
    lead: str
    stage: str
    first_published: str | None
    updated: str | None
    effective: str | None
    deadline: str | None
    deadlines: dict[str, str]
    importance: float
    importance_reason: str
    coverage: int
    figures: dict[str, str]


def state_of(members: Sequence[Member], *, lead: str = "") -> State:
    """The state of a story. ``lead`` pins which announcement leads. Raises ``ValueError`` without members."""
    if not members:
        raise ValueError("a story needs an announcement")
    timed = sorted(members, key=lambda m: (m.moment, m.announcement_id))
    own = [m for m in timed if not m.copy] or timed
    first = next((m for m in own if m.announcement_id == lead), None) or min(
        own, key=lambda m: leading(m.rank, m.stage, m.moment, m.announcement_id)
    )
    stage = _stage(own)
    effective = _effective(own)
    figures = _figures(own)
    importance, reason = importance_of(own, stage, effective, len(members))
    return State(
        title=first.title, lead=first.announcement_id, stage=stage, first_published=timed[0].moment or None,
        updated=own[-1].moment or None, effective=effective or None, deadline=_deadline(own, _DEADLINES) or None,
        deadlines=_deadlines(own),
        importance=importance, importance_reason=reason, coverage=len(members), figures=figures,
    )  # fmt: skip


def _best(members: Iterable[Member]) -> list[Member]:
    """Those of the most official kind among some members, in their order."""
    found = list(members)
    least = min((m.rank for m in found), default=AGGREGATOR)
    return [m for m in found if m.rank == least]


def _stage(timed: Sequence[Member]) -> str:
    """The latest official stage; what binds stays until something undoes it or another document binds.

    A press note, a list of answers or a page of guidance about a final rule leaves it a final rule.
    """
    stage = ""
    for member in _best(m for m in timed if m.stage):
        if stage not in _BINDING or member.stage in _BINDING | _UNBINDING:
            stage = member.stage
    return stage


def _effective(timed: Sequence[Member]) -> str:
    """The day of effect by the latest official document that states one; of others, the day that most of them state.

    A document that delays something states its own day and the new one: the last is when what it delays takes effect.
    """
    speaking = _best(m for m in timed if any(kind == "effective" for kind, _ in m.dates))
    if not speaking:
        return ""
    firsts = [_day_of_effect(m) for m in speaking]
    if speaking[0].rank == OFFICIAL:
        return firsts[-1]
    counts = Counter(firsts)
    # a month counts for each of its days that somebody states
    stated = {date: sum(count for other, count in counts.items() if date.startswith(other)) for date in counts}
    return min(counts, key=lambda date: (-stated[date], -len(date), date))


def _day_of_effect(member: Member) -> str:
    days = [date for kind, date in member.dates if kind == "effective"]
    return max(days) if member.stage == "delayed" else days[0]


def _deadlines(timed: Sequence[Member]) -> dict[str, str]:
    found = {kind: _deadline(timed, (kind,)) for kind in _DEADLINES}
    return {kind: date for kind, date in sorted(found.items()) if date}


def _deadline(timed: Sequence[Member], kinds: Collection[str]) -> str:
    """The next date by which someone must act, of some kinds: by the latest official document that states one."""
    speaking = _best(m for m in timed if any(kind in kinds for kind, _ in m.dates))
    if not speaking:
        return ""
    dates = [date for kind, date in speaking[-1].dates if kind in kinds]
    coming = [date for date in dates if date >= speaking[-1].moment[:10]]
    return min(coming or dates)


def _figures(timed: Sequence[Member]) -> dict[str, str]:
    """Each line's value by the latest most official announcement that gives it."""
    found: dict[str, str] = {}
    for member in _best(m for m in timed if 0 < len(m.figures) <= _MOST_FIGURES):
        found |= dict(member.figures)
    return dict(sorted(found.items()))


#: Importance is a sum of parts from 0 to 1. What binds weighs more than what is planned, and that more than a rumour.
_SPEAKER = {OFFICIAL: 0.25, LAW_FIRM: 0.12, PRESS: 0.08, AGGREGATOR: 0.03}
_STAGE: Mapping[str, float] = {
    "reported": 0.05, "under-review": 0.10, "proposed": 0.20, "consultation": 0.15, "announced": 0.22, "final": 0.30,
    "in-force": 0.28, "guidance": 0.15, "operational": 0.12, "court": 0.25, "delayed": 0.22, "withdrawn": 0.20,
    "expired": 0.10,
}  # fmt: skip
_AUDIENCE, _MOST_AUDIENCES, _DATED, _FIGURED = 0.04, 3, 0.08, 0.08
#: Each doubling of the number of sources adds this, up to four doublings.
_COVERAGE, _DOUBLINGS = 0.045, 4.0


def importance_of(members: Sequence[Member], stage: str, effective: str, coverage: int) -> tuple[float, str]:
    """Importance from 0 to 1 and the sum that it is, in words."""
    speaker = min(m.rank for m in members)
    names = {OFFICIAL: "official", LAW_FIRM: "law firm", PRESS: "press", AGGREGATOR: "aggregator"}
    audiences = min(max((m.audiences for m in members), default=0), _MOST_AUDIENCES)
    parts = [
        (names[speaker], _SPEAKER[speaker]),
        (f"stage {stage}", _STAGE.get(stage, 0.0)),
        (f"{audiences} audiences", _AUDIENCE * audiences),
        ("day of effect", _DATED if effective else 0.0),
        ("figures", _FIGURED if any(m.figures for m in members) else 0.0),
        (f"{coverage} announcements", _COVERAGE * min(math.log2(max(coverage, 1)), _DOUBLINGS)),
    ]
    told = " + ".join(f"{name} {worth:.2f}" for name, worth in parts if worth)
    return round(min(sum(worth for _, worth in parts), 1.0), 3), told
