"""From links between pairs to events and stories: linkage against the whole of a group, never a chain.

The result is a function of the links alone: it does not depend on the order in which announcements arrived. Merges go
from the strongest down; between equals the smaller id decides. Two groups with a blocked pair between them never merge.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence

#: From which mean probability two groups are one event, and two events one story. Events take the root of the mean
#: square: a report that says too little to be tied to some of a group is no sign against those that it is tied to.
EVENT, STORY = 0.35, 0.5
#: From here down a pair keeps apart the stories of all that are with it.
PARTED = -2.0
#: What a pair counts that nothing brought together.
UNKNOWN = 0.02

Pairs = Mapping[tuple[str, str], float]


def cluster(ids: Iterable[str], pairs: Pairs, threshold: float, power: int = 1) -> list[list[str]]:
    """Groups of ids whose mean pair probability is at least ``threshold``, each sorted, in order of their first id.

    ``pairs`` maps (smaller id, larger id) to a probability, or a negative number where the two must be apart. Pairs
    that are missing count :data:`UNKNOWN`. The mean is the power mean: 1 the usual one, 2 the root of the mean square.
    """
    least = threshold**power
    groups: dict[int, list[str]] = {n: [name] for n, name in enumerate(sorted(ids))}
    place = {group[0]: n for n, group in groups.items()}
    sums: dict[int, dict[int, tuple[float, int]]] = {n: {} for n in groups}
    barred: dict[int, set[int]] = {n: set() for n in groups}
    for (one, other), score in pairs.items():
        if one not in place or other not in place:
            continue
        a, b = place[one], place[other]
        if score < 0:
            barred[a].add(b)
            barred[b].add(a)
        else:
            sums[a][b] = sums[b][a] = (score**power, 1)
    heap = [_entry(a, b, sums, groups) for a in sums for b in sums[a] if a < b]
    heapq.heapify(heap)
    while heap:
        score, names, a, b = heapq.heappop(heap)
        if -score < least:
            break
        if (
            a not in groups
            or b not in groups
            or b in barred[a]
            or names != (groups[a][0], groups[b][0], len(groups[a]), len(groups[b]))
        ):
            continue
        _merge(a, b, groups, sums, barred)
        for c in sums[a]:
            if c in groups and c not in barred[a]:
                heapq.heappush(heap, _entry(a, c, sums, groups))
    return sorted(sorted(group) for group in groups.values())


_Entry = tuple[float, tuple[str, str, int, int], int, int]


def _entry(a: int, b: int, sums: dict[int, dict[int, tuple[float, int]]], groups: dict[int, list[str]]) -> _Entry:
    if groups[b][0] < groups[a][0]:
        a, b = b, a
    total, known = sums[a][b]
    size = len(groups[a]) * len(groups[b])
    mean = (total + UNKNOWN * (size - known)) / size
    return -round(mean, 9), (groups[a][0], groups[b][0], len(groups[a]), len(groups[b])), a, b


def _merge(
    a: int,
    b: int,
    groups: dict[int, list[str]],
    sums: dict[int, dict[int, tuple[float, int]]],
    barred: dict[int, set[int]],
) -> None:
    """Take group ``b`` into group ``a``, whose first id is smaller."""
    groups[a] = sorted([*groups[a], *groups.pop(b)])
    for c, (total, known) in sums.pop(b).items():
        if c == a or c not in groups:
            continue
        before, count = sums[a].get(c, (0.0, 0))
        sums[a][c] = sums[c][a] = (before + total, count + known)
    sums[a].pop(b, None)
    for c in barred.pop(b):
        if c in groups:
            barred[a].add(c)
            barred[c].add(a)


def stories(ids: Sequence[str], events: Pairs, measures: Pairs) -> list[list[list[str]]]:
    """Stories as lists of events, events as lists of ids, by the two probabilities of links (of event and measure)."""
    groups = cluster(ids, events, EVENT, power=2)
    home = {name: group[0] for group in groups for name in group}
    best: dict[tuple[str, str], list[float]] = {}
    for (one, other), score in measures.items():
        a, b = sorted((home.get(one, ""), home.get(other, "")))
        if a and a != b:
            best.setdefault((a, b), []).append(score)
    sizes = {group[0]: len(group) for group in groups}
    between = {pair: _between(scores, sizes[pair[0]] * sizes[pair[1]]) for pair, scores in best.items()}
    by_first = {group[0]: group for group in groups}
    return [[by_first[first] for first in joined] for joined in cluster(by_first, between, STORY)]


def _between(scores: list[float], size: int) -> float:
    """How surely two events belong to one measure: by the upper half of what is known of them, -1 if most contradicts
    or two official documents must be apart (:data:`PARTED`).

    Reports of one step often say nothing of the other; that they do not is no sign against it.
    """
    if min(scores) <= PARTED or sum(score < 0 for score in scores) * 2 > len(scores):
        return -1.0
    known = sorted((max(score, 0.0) for score in scores), reverse=True)
    upper = known[: max(1, (min(size, len(known)) + 1) // 2)]
    return sum(upper) / len(upper)
