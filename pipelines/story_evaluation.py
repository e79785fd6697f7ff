"""Measures stories against labelled items: pairwise and B-cubed precision, recall and F1, with the wrong pairs.

Rows have the columns ``id`` or ``row_id``, ``title``, ``lead``, ``url``, ``publisher``, ``published`` and
``story_id``, which names an event of a measure: two rows belong together when they share story and event. A row
without a ``story_id`` stands alone. The announcements go through the same chain as those of a crawl: the same
signatures, candidates, links and groups.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from archive.overrides import Overrides
from archive.story_index import Neighbour
from archive.story_state import LAW_FIRM, OFFICIAL, PRESS
from pipelines.arrange import arrange, decided
from pipelines.candidates import WINDOW, WORTH, day_of, keys
from pipelines.clean import UnusableItem
from pipelines.evaluation import Row, read
from pipelines.match import Link, link
from pipelines.provenance import OFFICIAL as OFFICIAL_KINDS
from pipelines.provenance import source_of
from pipelines.signature import Signature, signature
from pipelines.thread import worth_keeping
from pipelines.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a row was put: numbers of its story and, within that, of its event."""

    story: int
    event: int


@dataclass(frozen=True, slots=True)
class WrongPair:
    """Two rows that were put together and are not (``merged``), or the other way round; with what decided."""

    one: str
    other: str
    merged: bool
    titles: tuple[str, str]
    reason: str


@dataclass(slots=True)
class StoryReport:
    """Scores from 0 to 1 by measure (precision, recall, F1), wrong pairs, and the labelled events of each story."""

    rows: int = 0
    pairwise: tuple[float, float, float] = (1.0, 1.0, 1.0)
    b_cubed: tuple[float, float, float] = (1.0, 1.0, 1.0)
    wrong: list[WrongPair] = field(default_factory=list)
    #: Stories that join several labelled events: the life of a measure, or a mistake, for a person to judge.
    joined: list[tuple[str, ...]] = field(default_factory=list)


def evaluate_stories(rows: Iterable[Row], vocabulary: Vocabulary) -> StoryReport:
    """Thread all rows and compare with their ``story_id``. Raises ``ValueError`` for rows without or with equal ids."""
    listed = list(rows)
    names = [row.get("row_id") or row.get("id") or "" for row in listed]
    if not all(names) or len(set(names)) < len(names):
        raise ValueError("every row needs an `id` (or `row_id`) of its own")
    found = {name: signed(row, vocabulary) for name, row in zip(names, listed, strict=True)}
    links = linked(found)
    placed = grouped(found, links)
    gold = {name: row.get("story_id") or "" for name, row in zip(names, listed, strict=True)}
    titles = {name: row.get("title") or "" for name, row in zip(names, listed, strict=True)}
    return compare(gold, placed, titles, {pair: made.reason for pair, made in links.items()})


def signed(row: Row, vocabulary: Vocabulary) -> Signature:
    """The signature of a row, by the whole chain; of one that says nothing, a signature that fits no other."""
    try:
        item = read(row, vocabulary)
    except UnusableItem:
        return Signature()
    kind = source_of(item.url, item.publisher, vocabulary, kind=row.get("source_kind") or "").kind
    rank = OFFICIAL if kind in OFFICIAL_KINDS else LAW_FIRM if kind == "law-firm" else PRESS
    return signature(item, rank)


def linked(found: Mapping[str, Signature]) -> dict[tuple[str, str], Link]:
    """Links between all announcements that share keys, by pair of ids (the smaller first)."""
    by_key: defaultdict[int, list[tuple[str, int, bool, float]]] = defaultdict(list)
    for name, one in sorted(found.items()):
        for key in keys(one):
            by_key[key.key].append((name, day_of(one), key.timed, key.weight))
    shared: defaultdict[tuple[str, str], float] = defaultdict(float)
    for holders in by_key.values():
        for (one_, day, timed, weight), (other_, its_day, _, _) in combinations(holders, 2):
            if not timed or abs(day - its_day) <= WINDOW:
                shared[one_, other_] += weight
    made = {(a, b): link(found[a], found[b]) for (a, b), weight in shared.items() if weight >= WORTH}
    return {pair: its for pair, its in made.items() if worth_keeping(its)}


def grouped(found: Mapping[str, Signature], links: Mapping[tuple[str, str], Link]) -> dict[str, Placement]:
    """The story and event of each announcement; a round-up's are those that it fits best."""
    name = dict(enumerate(sorted(found)))
    node = {its: n for n, its in name.items()}
    ties: dict[int, list[Neighbour]] = {n: [] for n in name}
    for (one, other), its in links.items():
        ties[node[one]].append(Neighbour(node[other], its.event, its.story, its.reason))
    round_ups = {n for n, its in name.items() if found[its].round_up}
    placed: dict[str, Placement] = {}
    for s, story in enumerate(arrange(name, ties, round_ups, decided(Overrides()))):
        for e, event in enumerate(story):
            placed |= {p.announcement_id: Placement(s, e) for p in event if not p.also}
    return placed


def compare(
    gold: Mapping[str, str], placed: Mapping[str, Placement], titles: Mapping[str, str],
    reasons: Mapping[tuple[str, str], str],
) -> StoryReport:  # fmt: skip
    """Compare placements with labels. A row with an empty label belongs with no other."""
    names = sorted(gold)
    label = {name: gold[name] or f"\x00{name}" for name in names}
    report = StoryReport(rows=len(names))
    right = merged = wanted = 0
    for one, other in combinations(names, 2):
        same, together = label[one] == label[other], placed[one] == placed[other]
        right, merged, wanted = right + (same and together), merged + together, wanted + same
        if same != together:
            reason = reasons.get((one, other), "little or nothing in common")
            report.wrong.append(WrongPair(one, other, together, (titles.get(one, ""), titles.get(other, "")), reason))
    report.pairwise = _scores(right / merged if merged else 1.0, right / wanted if wanted else 1.0)
    report.b_cubed = _b_cubed(label, placed)
    events: defaultdict[int, set[str]] = defaultdict(set)
    for name in names:
        events[placed[name].story].add(gold[name] or name)
    report.joined = sorted(tuple(sorted(found)) for found in events.values() if len(found) > 1)
    return report


def _b_cubed(label: Mapping[str, str], placed: Mapping[str, Placement]) -> tuple[float, float, float]:
    """B-cubed (Bagga and Baldwin 1998): for each row the share of its group that is right, averaged over rows."""
    groups: defaultdict[Placement, Counter[str]] = defaultdict(Counter)
    sizes: Counter[str] = Counter(label.values())
    for name, its in label.items():
        groups[placed[name]][its] += 1
    precision = recall = 0.0
    for name, its in label.items():
        group = groups[placed[name]]
        precision += group[its] / group.total()
        recall += group[its] / sizes[its]
    total = max(len(label), 1)
    return _scores(precision / total, recall / total)


def _scores(precision: float, recall: float) -> tuple[float, float, float]:
    total = precision + recall
    return precision, recall, 2 * precision * recall / total if total else 0.0


def lines(report: StoryReport, *, most: int = 50) -> Sequence[str]:
    """The report as lines of text, with at most ``most`` wrong pairs."""
    told = [f"{report.rows} rows", f"{'':10} {'precision':>9} {'recall':>9} {'F1':>9}"]
    for name, scores in (("pairwise", report.pairwise), ("B-cubed", report.b_cubed)):
        told.append(f"{name:10} " + " ".join(f"{score:9.3f}" for score in scores))
    for wrong in report.wrong[:most]:
        kind = "wrongly together" if wrong.merged else "wrongly apart"
        told.append(
            f"{kind}: {wrong.one} {wrong.titles[0][:60]!r} and {wrong.other} {wrong.titles[1][:60]!r}: {wrong.reason}"
        )
    if len(report.wrong) > most:
        told.append(f"... and {len(report.wrong) - most} more wrong pairs")
    told += [f"one story of several events: {', '.join(names)}" for names in report.joined]
    return told
