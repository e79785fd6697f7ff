"""Threads announcements into stories: candidates from the index, links between pairs, groups, and what is written.

What a story is follows from the announcements alone and not from their order: an arrival has the whole group that it is
tied to put together again, and groups are small. Two limits keep the cost of an arrival the same at any size of the
archive, and only there order can matter: of a key that very many share only the nearest neighbours are met, and of
a group beyond :data:`archive.story_index.LARGEST` only the stronger ties are followed (:attr:`Rethreaded.cut`).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from archive.models import Announcement
from archive.overrides import Overrides
from archive.store import Archive
from archive.stories import Story, leave, place
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


#: Announcements that are threaded in one transaction, a second: many of them write the same pages of the index.
BATCH = 400

#: How many signatures are kept at hand.
AT_HAND = 4096

#: Called now and then with what is being done and how much of how much is done.
Progress = Callable[[str, int, int], None]


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

    def __init__(self, archive: Archive, overrides: Overrides | None = None, *, ending: str = "") -> None:
        """``ending``: what the names of the index tables end in (:mod:`archive.story_rebuild`)."""
        self.archive = archive
        self.index = StoryIndex(archive.db, bucket=BUCKET, window=WINDOW, nearest=NEAREST, ending=ending)
        self.overrides = decided(overrides or Overrides(), archive.db)
        self._given = overrides
        self._db = archive.db
        self._known: dict[int, tuple[str, Signature]] = {}
        self._version = 0

    def beside(self, archive: Archive, ending: str) -> Threader:
        """A threader under the same overrides, on another connection and another index."""
        return Threader(archive, self._given, ending=ending)

    # -- some announcements ------------------------------------------------------------------------------

    def catch_up(self, progress: Progress | None = None) -> int:
        """Thread all that was stored or changed since the last time, in its order; returns how many that were.

        Some hundreds at a time in one transaction, so an interruption loses none: what is not done is still waiting.
        """
        total = int(self.archive.value("SELECT count(*) FROM story_queue"))
        done = 0
        while waiting := self.index.waiting(BATCH):
            with self._transaction() as db:
                self._forget_if_changed(anew=done == 0)
                for announcement_id in waiting:
                    self._thread(announcement_id)
                tell_page_events(db)
            done += len(waiting)
            if progress is not None:
                progress("threaded", done, max(total, done))
        with self._transaction() as db:
            tell_page_events(db)
        return done

    def _thread(self, announcement_id: str) -> None:
        """Put an announcement that was stored, or has changed, into its stories."""
        self.index.done(announcement_id)
        row = self._db.execute(
            "SELECT id, duplicate_of, relevant, baseline, first_seen, last_seen, min(coalesce(nullif(published, ''), "
            "first_seen), first_seen) AS moment FROM announcements WHERE id=?",
            (announcement_id,),
        ).fetchone()
        lead = row["duplicate_of"] or announcement_id
        at = row["moment"] if row["first_seen"] == row["last_seen"] else row["last_seen"]
        cause = Cause(announcement_id, at, lead, bool(row["baseline"]))
        family = [
            found[0]
            for found in self._db.execute("SELECT id FROM announcements WHERE duplicate_of=? AND id<>?", (lead, lead))
        ]
        dropped = sorted({announcement_id, *family} - {lead})
        wanted = self._db.execute("SELECT coalesce(relevant, 1) FROM announcements WHERE id=?", (lead,)).fetchone()
        if wanted is None or not wanted[0] or lead in self.overrides.suppressed:
            loosened = self._drop([*dropped, lead])
            for name in (*dropped, lead):
                leave(self._db, name, cause, self.overrides.pins)
            self._regroup_all(loosened, cause)
            return
        loosened = self._drop(dropped)
        node, others = self._enter(lead)
        seen = self._regroup(node, cause)
        self._regroup_all([other for other in {*loosened, *others} if other not in seen], cause)

    def _enter(self, announcement_id: str) -> tuple[int, list[int]]:
        """Index an announcement and link it; returns its node, and its former links."""
        index = self.index
        node, former = index.node(announcement_id), []
        written = self.signed(announcement_id)
        found = loads(written)  # as those that it is compared with are
        if node is not None:
            text = index.signature(node)
            if text == written:
                return node, []
            before = loads(text)
            index.drop_keys(node, day_of(before), keys(before))
            former = index.drop_links(node)
        node = index.put(announcement_id, written, node)
        self._known[node] = (announcement_id, found)
        own = keys(found)
        near = index.candidates(node, day_of(found), own, WORTH, COMPARED)
        index.add_keys(node, day_of(found), own)
        index.add_links(node, list(self._compare(found, near)))
        return node, former

    def signed(self, announcement_id: str) -> str:
        """The signature of an announcement as it is stored, written."""
        item, rank = load_item(self._db, announcement_id)
        words = self.index.words(announcement_id)
        return dumps(signature(item, rank, words=words.split() if words else None))

    def enter_unlinked(self, announcement_id: str, written: str) -> None:
        """Index an announcement that is not in the index, by its signature, without links."""
        found = loads(written)
        self.index.add_keys(self.index.put(announcement_id, written), day_of(found), keys(found))

    def neighbours(self, node: int) -> list[Neighbour]:
        """The links of a node to its neighbours of the whole index, without those that have linked to it already."""
        ((_, found),) = self._of([node])
        known = {link_.node for link_ in self.index.links(node)}
        near = self.index.candidates(node, day_of(found), keys(found), WORTH, COMPARED)
        return list(self._compare(found, [other for other in near if other not in known]))

    def _of(self, nodes: Sequence[int]) -> list[tuple[str, Signature]]:
        """The announcements of nodes and their signatures, in order.

        Those of late are at hand: an announcement of these days meets the same neighbours as the last one did.
        """
        known = self._known
        if missing := [node for node in nodes if node not in known]:
            if len(known) > AT_HAND:
                for node in list(known)[: AT_HAND // 2]:
                    del known[node]
                missing = [node for node in nodes if node not in known]
            known |= {node: (name, loads(text)) for node, name, text in self.index.nodes(missing)}
        return [known[node] for node in nodes]

    def _forget_if_changed(self, *, anew: bool) -> None:
        """Read signatures again if somebody else may have written to the index. Within a transaction."""
        (version,) = self._db.execute("PRAGMA data_version").fetchone()
        if anew or version != self._version:
            self._known.clear()
        self._version = version

    def _compare(self, found: Signature, nodes: Sequence[int]) -> Iterator[Neighbour]:
        for other, (_, its) in zip(nodes, self._of(nodes), strict=True):
            made = link(found, its)
            if worth_keeping(made):
                yield Neighbour(other, made.event, made.story, made.reason)

    def _drop(self, announcements: Iterable[str]) -> list[int]:
        """Take announcements out of the index; returns the nodes that they were linked to."""
        others: list[int] = []
        for announcement_id in announcements:
            node = self.index.node(announcement_id)
            if node is None:
                continue
            ((_, before),) = self._of([node])
            self.index.drop_keys(node, day_of(before), keys(before))
            others += self.index.forget(node)
            del self._known[node]
        return others

    # -- groups -----------------------------------------------------------------------------------------

    def _regroup_all(self, nodes: Iterable[int], cause: Cause) -> None:
        done: set[int] = set()
        for node in nodes:
            if node not in done:
                done |= self._regroup(node, cause)

    def _regroup(self, node: int, cause: Cause) -> set[int]:
        """Put everything that a node is tied to into stories again; returns the nodes."""
        group, _, name = self.group(node)
        place(self._db, group, cause, self.overrides.pins)
        return set(name)

    def group(self, node: int) -> tuple[list[Story], bool, dict[int, str]]:
        """The stories of all that a node is tied to, whether that is the whole of it, and the announcements by node."""
        nodes, whole = self.index.reach(node, EVENT, STORY)
        for extra in self.overrides.tied(self.index, dict.fromkeys(nodes)):
            more, all_of_it = self.index.reach(extra, EVENT, STORY)
            nodes = list(dict.fromkeys([*nodes, *more]))
            whole = whole and all_of_it
        found = dict(zip(nodes, self._of(nodes), strict=True))
        name = {node: announcement_id for node, (announcement_id, _) in found.items()}
        round_ups = {node for node, (_, its) in found.items() if its.round_up}
        return arrange(name, self.index.ties(nodes), round_ups, self.overrides), whole, name

    # -- all of them ------------------------------------------------------------------------------------

    def rethread(self, progress: Progress | None = None) -> Rethreaded:
        """Put all stories together again from the archive: a reader sees the old or the new ones, never a mixture.

        They are built beside the old ones and put in their place by one short transaction, so that others can write
        all the while; what they changed is threaded at the end. The index is rebuilt too. Ids stay with the stories
        that persist. Stories that somebody may have read of get ``correction`` updates where what they say changed;
        nothing else is told. Interrupted, nothing has changed, and the next call begins anew.
        """
        from pipelines.rethread import rethread  # the rebuild is a matter of its own, and uses this class

        return rethread(self, progress)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self.archive.transaction() as db:
            yield db
