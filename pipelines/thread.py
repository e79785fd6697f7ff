"""Threads announcements into stories: candidates from the index, links between pairs, groups, and what is written.

What a story is follows from the announcements alone and not from their order: an arrival has the whole group that it is
tied to put together again, and groups are small. Two limits keep the cost of an arrival the same at any size of the
archive, and only there order can matter: of a key that very many share only the nearest neighbours are met, and of
a group beyond :data:`archive.story_index.LARGEST` only the stronger ties are followed (:attr:`Threaded.whole`).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache

from archive.models import Announcement
from archive.overrides import Overrides
from archive.store import Archive
from archive.stories import Story, place
from archive.story_index import Neighbour, StoryIndex
from archive.updates import Cause, tell_page_events
from pipelines.arrange import arrange, decided
from pipelines.candidates import BUCKET, COMPARED, NEAREST, WINDOW, WORTH, day_of, keys
from pipelines.cluster import EVENT, STORY
from pipelines.match import TRIFLING, Link, link
from pipelines.signature import Signature, body_words, dumps, loads, signature
from pipelines.stored import load_item

#: Links below this are not kept: they cannot tie, and count as much as knowing nothing.
KEPT = TRIFLING
#: A contradiction is kept where the rest would have spoken at least so clearly for a link.
APART = 0.3


def worth_keeping(made: Link) -> bool:
    """Whether a link can tie anything or keep it apart."""
    return made.event >= KEPT or made.event <= -APART or made.story >= KEPT


#: Announcements that are threaded in one transaction: long enough to be fast, short enough to let a crawl write.
BATCH = 50

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
    """The words by which a text is matched, made while all of it is at hand; kept by
    :func:`archive.story_index.remember_words`."""
    return " ".join(body_words(item.body)) if item.summary and item.body else ""


class Threader:
    """Threads announcements of an archive into stories, under a person's ``overrides``."""

    def __init__(self, archive: Archive, overrides: Overrides | None = None) -> None:
        self._archive = archive
        self._db = archive.db
        self._index = StoryIndex(archive.db, bucket=BUCKET, window=WINDOW, nearest=NEAREST)
        self._overrides = decided(overrides or Overrides(), archive.db)

    # -- some announcements ------------------------------------------------------------------------------

    def catch_up(self, progress: Progress | None = None) -> int:
        """Thread all that was stored or changed since the last time, in its order; returns how many that were.

        A few dozen at a time in one transaction, so an interruption loses none: what is not done is still waiting.
        """
        total = int(self._archive.value("SELECT count(*) FROM story_queue"))
        done = 0
        while waiting := self._index.waiting(BATCH):
            with self._transaction() as db:
                for announcement_id in waiting:
                    self._thread(announcement_id)
                tell_page_events(db)
            done += len(waiting)
            if progress is not None:
                progress("threaded", done, max(total, done))
        with self._transaction() as db:
            tell_page_events(db)
        return done

    def thread(self, announcement_id: str) -> Threaded | None:
        """Put an announcement that was stored, or has changed, into its stories. One transaction.

        ``None`` for an announcement that is not relevant. Raises ``KeyError`` for an unknown announcement.
        """
        with self._transaction() as db:
            done = self._thread(announcement_id)
            tell_page_events(db)
        return done

    def _thread(self, announcement_id: str) -> Threaded | None:
        self._index.done(announcement_id)
        row = self._db.execute(
            "SELECT id, duplicate_of, relevant, baseline, first_seen, last_seen, min(coalesce(nullif(published, ''), "
            "first_seen), first_seen) AS moment FROM announcements WHERE id=?",
            (announcement_id,),
        ).fetchone()
        if row is None or row["id"] is None:
            raise KeyError(announcement_id)
        lead = row["duplicate_of"] or announcement_id
        at = row["moment"] if row["first_seen"] == row["last_seen"] else row["last_seen"]
        cause = Cause(announcement_id, at, lead, bool(row["baseline"]))
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
        node, compared, others = self._enter(lead)
        result = self._regroup(node, cause)
        self._regroup_all([other for other in {*loosened, *others} if other not in result[2]], cause)
        return Threaded(result[0], compared, len(result[2]), result[1])

    def _enter(self, announcement_id: str) -> tuple[int, int, list[int]]:
        """Index an announcement and link it; returns its node, how many it was compared with, and its former links."""
        index = self._index
        node, former = index.node(announcement_id), []
        found = self._signed(announcement_id)
        written = dumps(found)
        if node is not None:
            text = index.signature(node)
            if text == written:
                return node, 0, []
            before = _loaded(text)
            index.drop_keys(node, day_of(before), keys(before))
            former = index.drop_links(node)
        node = index.put(announcement_id, written)
        own = keys(found)
        near = index.candidates(node, day_of(found), own, WORTH, COMPARED)
        index.add_keys(node, day_of(found), own)
        index.add_links(node, list(self._compare(found, near)))
        return node, len(near), former

    def _signed(self, announcement_id: str) -> Signature:
        item, rank = load_item(self._db, announcement_id)
        words = self._index.words(announcement_id)
        return signature(item, rank, words=words.split() if words else None)

    def enter_unlinked(self, announcement_id: str) -> None:
        """Index an announcement that is not in the index, without links."""
        found = self._signed(announcement_id)
        self._index.done(announcement_id)
        self._index.add_keys(self._index.put(announcement_id, dumps(found)), day_of(found), keys(found))

    def link_indexed(self, node: int) -> None:
        """Link a node to its neighbours of the whole index, leaving out those that have linked to it already."""
        found = _loaded(self._index.signature(node))
        known = {link_.node for link_ in self._index.links(node)}
        near = self._index.candidates(node, day_of(found), keys(found), WORTH, COMPARED)
        self._index.add_links(node, list(self._compare(found, [other for other in near if other not in known])))

    def _compare(self, found: Signature, nodes: Iterable[int]) -> Iterator[Neighbour]:
        for other in nodes:
            made = link(found, _loaded(self._index.signature(other)))
            if worth_keeping(made):
                yield Neighbour(other, made.event, made.story, made.reason)

    def _drop(self, announcement_id: str) -> list[int]:
        """Take an announcement out of the index and of its stories; returns the nodes that it was linked to."""
        node = self._index.node(announcement_id)
        if node is None:
            return []
        before = _loaded(self._index.signature(node))
        self._index.drop_keys(node, day_of(before), keys(before))
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
        name, round_ups = self._index.names(ties, marked='"round_up":true')
        return arrange(name, ties, round_ups, self._overrides), whole, name

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


@lru_cache(maxsize=4096)
def _loaded(text: str) -> Signature:
    return loads(text)
