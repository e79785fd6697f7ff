"""Puts announcements that are tied by links into stories and events, under a person's decisions, with reasons."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence

from archive.overrides import Overrides
from archive.stories import Pinned, Placed, Story
from archive.story_index import Neighbour, StoryIndex
from pipelines.cluster import EVENT, stories


def arrange(
    name: Mapping[int, str], ties: Mapping[int, Sequence[Neighbour]], round_ups: set[int], overrides: Decided
) -> list[Story]:
    """Stories of some nodes by their links. Round-ups tie nothing together: they join every story that they fit."""
    events, measures = overrides.pairs(name.values())
    reasons: dict[tuple[str, str], tuple[float, str]] = {}
    for node, links in ties.items():
        for found in links:
            if found.node not in name:
                continue
            one, other = sorted((name[node], name[found.node]))
            reasons[one, other] = (max(found.event, found.story), found.reason)
            if node in round_ups or found.node in round_ups:
                continue
            if (one, other) not in events:
                events[one, other] = found.event
            if (one, other) not in measures:
                measures[one, other] = found.story
    plain = [name[node] for node in name if node not in round_ups]
    grouped = stories(plain, events, measures)
    made = [
        [[_placed(one, event, grouped_story, reasons) for one in event] for event in grouped_story]
        for grouped_story in grouped
    ]
    for node in sorted(round_ups, key=lambda n: name[n]):
        _add_round_up(name[node], made, reasons)
    return list[Story](made)


def _pair(one: str, other: str) -> tuple[str, str]:
    return (one, other) if one < other else (other, one)


def _placed(
    one: str, event: Sequence[str], story: Sequence[Sequence[str]], reasons: Mapping[tuple[str, str], tuple[float, str]]
) -> Placed:
    """How an announcement fits: its best link to its event, or else to its story."""
    for others in (event, [other for part in story for other in part]):
        known = [(reasons[pair], other) for other in others if (pair := _pair(one, other)) in reasons and other != one]
        if known:
            (score, reason), _ = max(known, key=lambda found: (found[0][0], found[1]))
            return Placed(one, round(max(score, 0.0), 3), reason)
    return Placed(one, None, "first of its story" if len(event) == 1 and len(story) == 1 else "joined")


def _add_round_up(
    one: str, made: list[list[list[Placed]]], reasons: Mapping[tuple[str, str], tuple[float, str]]
) -> None:
    best: list[tuple[float, int, int, str]] = []
    for n, story in enumerate(made):
        fits = [
            (*reasons[pair], m)
            for m, event in enumerate(story)
            for p in event
            if (pair := _pair(one, p.announcement_id)) in reasons and reasons[pair][0] >= EVENT
        ]
        if fits:
            score, reason, m = max(fits)
            best.append((score, n, m, reason))
    best.sort(key=lambda found: (-found[0], made[found[1]][0][0].announcement_id))
    for place_, (score, n, m, reason) in enumerate(best):
        made[n][m].append(Placed(one, round(score, 3), f"round-up: {reason}", also=place_ > 0))
    if not best:
        made.append([[Placed(one, None, "a round-up of its own")]])


class Decided:
    """Overrides with announcements by id, as :func:`decided` makes them."""

    def __init__(self, overrides: Overrides, ids: Callable[[Iterable[str]], set[str]]) -> None:
        self.suppressed = {i for entry in overrides.suppressed for i in ids([entry.announcement])}
        self.pins = {i: Pinned(pin.lead, pin.values) for pin in overrides.pins for i in ids([pin.announcement])}
        self._joins = [sorted(ids(join.announcements)) for join in overrides.joins]
        self._splits = [(ids(s.announcements), ids(s.apart_from)) for s in overrides.splits]

    def tied(self, index: StoryIndex, known: Mapping[int, object]) -> list[int]:
        """Nodes that a join ties to some nodes and that are not among them."""
        if not self._joins:
            return []
        names = set(index.names(known).values())
        nodes = [index.node(i) for join in self._joins if names & set(join) for i in join]
        return [node for node in nodes if node is not None and node not in known]

    def pairs(self, names: Iterable[str]) -> tuple[dict[tuple[str, str], float], dict[tuple[str, str], float]]:
        """Links that a person decided, for events and for stories: 1 together, -1 apart."""
        events: dict[tuple[str, str], float] = {}
        measures: dict[tuple[str, str], float] = {}
        here = set(names)
        for join in self._joins:
            for one in join:
                for other in join:
                    if one < other and {one, other} <= here:
                        measures[one, other] = 1.0
        for parted, rest in self._splits:
            for one in parted & here:
                for other in (rest & here) if rest else here - {one}:
                    events[_pair(one, other)] = measures[_pair(one, other)] = -1.0
        return events, measures


def decided(overrides: Overrides, db: sqlite3.Connection | None = None) -> Decided:
    """Overrides ready for use: for an archive's announcements, or without one for ids. A copy counts as its lead."""

    def ids(names: Iterable[str]) -> set[str]:
        if db is None:
            return set(names)
        query = "SELECT coalesce(duplicate_of, id) FROM announcements WHERE id=?1 OR canonical_url=?1"
        return {row[0] for name in names for row in db.execute(query, (name,))}

    return Decided(overrides, ids)
