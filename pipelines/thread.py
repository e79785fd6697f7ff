"""Threads announcements into stories: candidates from the index, links between pairs, groups, and what is written.

What a story is follows from the announcements alone and not from their order: an arrival has the whole group that it is
tied to put together again, and groups are small. Two limits keep the cost of an arrival the same at any size of the
archive, and only there order can matter: of a key that very many share only the nearest neighbours are met, and of
a group beyond :data:`archive.story_index.LARGEST` only the stronger ties are followed (:attr:`Threaded.whole`).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from archive.models import Announcement, Figure, Identifier, KeyDate, Tag
from archive.overrides import Overrides
from archive.store import Archive
from archive.stories import Pinned, Placed, Story, place
from archive.story_index import IndexKey, Neighbour, StoryIndex
from archive.story_state import rank_of
from archive.updates import Cause, tell_page_events
from pipelines.candidates import BUCKET, COMPARED, NEAREST, WINDOW, WORTH, day_of, keys
from pipelines.cluster import EVENT, STORY, stories
from pipelines.match import link
from pipelines.signature import BODY_WORDS, Signature, body_words, dumps, loads, signature

#: Links below this are not kept: they cannot tie, and count as much as knowing nothing.
KEPT = 0.05

#: Called now and then with what is being done and how much of how much is done.
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Threaded:
    """What happened to an announcement: its stories, how many it was compared with, how many were put together
    again, and whether that was the whole of what it is tied to."""

    stories: tuple[str, ...]
    compared: int
    regrouped: int
    whole: bool


@dataclass(frozen=True, slots=True)
class Rethreaded:
    """What a rethread did: announcements, stories, and groups that were too large to be looked at as a whole."""

    announcements: int
    stories: int
    cut: int


def words_of(item: Announcement) -> str:
    """The words of a text by which it is matched, while the whole text is at hand: pass them to :meth:`Threader.thread`."""
    return " ".join(body_words(item.body)) if item.summary and item.body else ""


class Threader:
    """Threads announcements of an archive into stories, under a person's ``overrides``."""

    def __init__(self, archive: Archive, overrides: Overrides | None = None) -> None:
        self._archive = archive
        self._db = archive.db
        self._index = StoryIndex(archive.db, bucket=BUCKET, window=WINDOW, nearest=NEAREST)
        self._overrides = _Resolved(archive.db, overrides or Overrides())

    # -- one announcement -------------------------------------------------------------------------------

    def thread(self, announcement_id: str, words: str | None = None) -> Threaded | None:
        """Put an announcement that was stored, or has changed, into its stories. One transaction.

        ``words`` are :func:`words_of` its whole text; without them those that are known are used. ``None`` for an
        announcement that is not relevant, unless it was before. Raises ``KeyError`` for an unknown announcement.
        """
        with self._transaction() as db:
            done = self._thread(announcement_id, words)
            tell_page_events(db)
        return done

    def _thread(self, announcement_id: str, words: str | None) -> Threaded | None:
        row = self._db.execute(
            "SELECT id, duplicate_of, relevant, baseline, first_seen, last_seen, min(coalesce(nullif(published, ''), "
            "first_seen), first_seen) AS moment FROM announcements WHERE id=?",
            (announcement_id,),
        ).fetchone()
        if row is None or row["id"] is None:
            raise KeyError(announcement_id)
        lead = row["duplicate_of"] or announcement_id
        at = row["moment"] if row["first_seen"] == row["last_seen"] else row["last_seen"]
        cause = Cause(announcement_id, at, bool(row["baseline"]))
        family = [
            found[0]
            for found in self._db.execute("SELECT id FROM announcements WHERE duplicate_of=? AND id<>?", (lead, lead))
        ]
        loosened: list[int] = []
        for copy in {announcement_id, *family} - {lead}:
            loosened += self._drop(copy)
        wanted = self._db.execute("SELECT coalesce(relevant, 1) FROM announcements WHERE id=?", (lead,)).fetchone()
        if wanted is None or not wanted[0] or lead in self._overrides.suppressed:
            loosened += self._drop(lead)
            self._regroup_all(loosened, cause)
            return None
        node, compared, others = self._enter(lead, words if lead == announcement_id else None)
        result = self._regroup(node, cause)
        self._regroup_all([other for other in {*loosened, *others} if other not in result[2]], cause)
        return Threaded(result[0], compared, len(result[2]), result[1])

    def _enter(self, announcement_id: str, words: str | None) -> tuple[int, int, list[int]]:
        """Index an announcement and link it; returns its node, how many it was compared with, and its former links."""
        index = self._index
        node, former = index.node(announcement_id), []
        if node is not None:
            text, known = index.signature(node)
            words = known if words is None else words
        item, rank = load_item(self._db, announcement_id)
        found = signature(item, rank, words=words.split() if words else None)
        written = dumps(found)
        if node is not None:
            if text == written:
                return node, 0, []
            before = _loaded(text)
            index.drop_keys(node, day_of(before), _keys(before))
            former = index.drop_links(node)
        node = index.put(announcement_id, written, words or "")
        index.add_keys(node, day_of(found), _keys(found))
        return node, self._link(node, found), former

    def enter_unlinked(self, announcement_id: str, words: str | None) -> None:
        """Index an announcement that is not in the index, without links."""
        item, rank = load_item(self._db, announcement_id)
        found = signature(item, rank, words=words.split() if words else None)
        node = self._index.put(announcement_id, dumps(found), words or "")
        self._index.add_keys(node, day_of(found), _keys(found))

    def link_indexed(self, node: int) -> None:
        """Link a node to its neighbours of the whole index, leaving out those that have linked to it already."""
        found = _loaded(self._index.signature(node)[0])
        known = {link_.node for link_ in self._index.links(node)}
        near = self._index.candidates(node, day_of(found), _keys(found), WORTH, COMPARED)
        self._index.add_links(node, list(self._compare(found, [other for other in near if other not in known])))

    def _link(self, node: int, found: Signature) -> int:
        near = self._index.candidates(node, day_of(found), _keys(found), WORTH, COMPARED)
        self._index.add_links(node, list(self._compare(found, near)))
        return len(near)

    def _compare(self, found: Signature, nodes: Iterable[int]) -> Iterator[Neighbour]:
        for other in nodes:
            made = link(found, _loaded(self._index.signature(other)[0]))
            if abs(made.event) >= KEPT or made.story >= KEPT:
                yield Neighbour(other, made.event, made.story, made.reason)

    def _drop(self, announcement_id: str) -> list[int]:
        """Take an announcement out of the index and of its stories; returns the nodes that it was linked to."""
        node = self._index.node(announcement_id)
        if node is None:
            return []
        before = _loaded(self._index.signature(node)[0])
        self._index.drop_keys(node, day_of(before), _keys(before))
        others = self._index.forget(node)
        self._db.execute("DELETE FROM story_announcements WHERE announcement_id=?", (announcement_id,))
        return others

    # -- groups -----------------------------------------------------------------------------------------

    def _regroup_all(self, nodes: Iterable[int], cause: Cause) -> None:
        done: set[int] = set()
        for node in nodes:
            if node not in done:
                done |= self._regroup(node, cause)[2]

    def _regroup(self, node: int, cause: Cause) -> tuple[tuple[str, ...], bool, set[int]]:
        """Put everything that a node is tied to into stories again."""
        group, whole, name = self.group(node)
        ids = place(self._db, group, cause, self._overrides.pins)
        mine = tuple(
            story_id
            for story_id, story in zip(ids, group, strict=True)
            if any(p.announcement_id == name[node] for event in story for p in event)
        )
        return mine, whole, set(name)

    def group(self, node: int) -> tuple[list[Story], bool, dict[int, str]]:
        """The stories of all that a node is tied to, whether that is the whole of it, and the announcements by node."""
        ties, whole = self._index.component(node, EVENT, STORY)
        for extra in self._overrides.tied(self._index, ties):
            more, all_of_it = self._index.component(extra, EVENT, STORY)
            ties |= more
            whole = whole and all_of_it
        name = self._index.names(ties)
        return arrange(name, ties, self._round_ups(ties), self._overrides), whole, name

    def _round_ups(self, nodes: Iterable[int]) -> set[int]:
        return {node for node in nodes if '"round_up":true' in self._index.signature(node)[0]}

    # -- all of them ------------------------------------------------------------------------------------

    def rethread(self, progress: Progress | None = None) -> Rethreaded:
        """Put all stories together again from the archive, in one transaction: a reader sees the old or the new ones.

        The index is rebuilt too. Ids stay with the stories that persist. Stories that somebody may have read of get
        ``correction`` updates where what they say changed; nothing else is told.
        """
        from pipelines.rethread import rethread  # the rebuild is a matter of its own, and uses this class

        with self._transaction():
            return rethread(self, self._db, self._index, self._overrides, progress)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._archive.transaction() as db:
            yield db


def arrange(
    name: Mapping[int, str], ties: Mapping[int, Sequence[Neighbour]], round_ups: set[int], overrides: _Resolved
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
    made: list[list[list[Placed]]] = [
        [[_placed(one, event, grouped_story, reasons) for one in event] for event in grouped_story]
        for grouped_story in grouped
    ]
    for node in sorted(round_ups, key=lambda n: name[n]):
        _add_round_up(name[node], made, reasons)
    return made


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


class _Resolved:
    """Overrides with announcements by id."""

    def __init__(self, db: sqlite3.Connection, overrides: Overrides) -> None:
        self._db = db
        self.suppressed = {i for entry in overrides.suppressed for i in self._ids([entry.announcement])}
        self.pins = {
            i: Pinned(pin.lead, pin.values) for pin in overrides.pins for i in self._ids([pin.announcement])
        }
        self._joins = [sorted(self._ids(join.announcements)) for join in overrides.joins]
        self._splits = [(self._ids(s.announcements), self._ids(s.apart_from)) for s in overrides.splits]

    def _ids(self, names: Iterable[str]) -> set[str]:
        found = set()
        for name in names:
            for row in self._db.execute(
                "SELECT coalesce(duplicate_of, id) FROM announcements WHERE id=?1 OR canonical_url=?1", (name,)
            ):
                found.add(row[0])
        return found

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


# -- reading from the archive -----------------------------------------------------------------------------------


def load_item(db: sqlite3.Connection, announcement_id: str) -> tuple[Announcement, int]:
    """An announcement as the archive has it, with its facts, and the rank of its source."""
    row = db.execute(
        "SELECT a.*, s.kind AS source_kind, s.authority, s.language AS source_language FROM announcements a "
        "JOIN sources s ON s.id=a.source_id WHERE a.id=?",
        (announcement_id,),
    ).fetchone()
    published, precision = _moment(row["published"] or ""), row["published_precision"]
    item = Announcement(
        source_id=row["source_id"], url=row["url"], title=row["title"], external_id=row["external_id"],
        summary=row["summary"], body=row["body"], language=row["language"] or row["source_language"],
        publisher=row["publisher"], published=published, published_precision=precision, stage=row["stage"],
        attributes=json.loads(row["attributes"]), id=row["id"],
        relevant=None if row["relevant"] is None else bool(row["relevant"]),
    )  # fmt: skip
    item.tags = [
        Tag(facet, code, words, rule, confidence)
        for facet, code, words, rule, confidence in db.execute(
            "SELECT g.facet, g.code, t.words, t.rule, t.confidence FROM announcement_tags t JOIN tags g ON g.id=t.tag_id "
            "WHERE t.announcement_id=? ORDER BY t.tag_id, t.rule",
            (announcement_id,),
        )
    ]
    item.key_dates = [
        KeyDate(kind, day, "", "", precision)
        for kind, day, precision in db.execute(
            "SELECT kind, date, precision FROM key_dates WHERE announcement_id=? ORDER BY id", (announcement_id,)
        )
    ]
    item.figures = [
        Figure(programme, parameter, value, "", "", currency=currency, period=period, series=series)
        for programme, parameter, value, currency, period, series in db.execute(
            "SELECT programme, parameter, value, currency, period, series FROM figures WHERE announcement_id=? ORDER BY id",
            (announcement_id,),
        )
    ]
    item.identifiers = [
        Identifier(scheme, value, role)
        for scheme, value, role in db.execute(
            "SELECT scheme, value, role FROM identifiers WHERE announcement_id=? ORDER BY scheme, value", (announcement_id,)
        )
    ]
    return item, rank_of(row["source_kind"], row["authority"])


def _moment(text: str) -> datetime | date | None:
    if not text:
        return None
    if "T" in text:
        return datetime.fromisoformat(text)
    return date.fromisoformat("-".join([*text.split("-"), "01", "01"][:3]))


@lru_cache(maxsize=4096)
def _loaded(text: str) -> Signature:
    return loads(text)


def _keys(found: Signature) -> list[IndexKey]:
    return [IndexKey(*key) for key in keys(found)]


def thread(archive: Archive, announcement_id: str, words: str | None = None) -> Threaded | None:
    """:meth:`Threader.thread` for one announcement, without overrides."""
    return Threader(archive).thread(announcement_id, words)
