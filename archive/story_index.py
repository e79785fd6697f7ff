"""The persistent index of candidates: every read touches a bounded number of rows, whatever the archive holds.

It knows nothing of meaning: signatures are text, keys are numbers, and links are what somebody computed.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

#: Most announcements that are put into stories together. Beyond it weaker links are not followed.
LARGEST = 32
#: Probabilities from which links are followed, in turn, until no more than :data:`LARGEST` are reached.
_FOLLOWED = (0.0, 0.5, 0.7, 0.9)


# Each part is a seek in the index that stops after a few rows. A window is no longer than a bucket, so the next bucket
# on either side is enough.
_PART = (
    "SELECT * FROM (SELECT node, day FROM story_keys WHERE bucket={} AND key=?{} AND day {} ORDER BY day {} LIMIT ?{})"
)
_ANY_TIME = " UNION ALL ".join((_PART.format("0", 1, "<=?2", "DESC", 3), _PART.format("0", 1, ">?2", "ASC", 3)))
_NEAR = " UNION ALL ".join((
    _PART.format("?1", 2, "BETWEEN ?3-?5 AND ?3", "DESC", 4), _PART.format("?1", 2, "BETWEEN ?3+1 AND ?3+?5", "ASC", 4),
    _PART.format("?1-1", 2, ">=?3-?5", "DESC", 4), _PART.format("?1+1", 2, "<=?3+?5", "ASC", 4),
))  # fmt: skip


class Neighbour(NamedTuple):
    """Another announcement and how it belongs: probabilities of one event and of one story, negative if apart."""

    node: int
    event: float
    story: float
    reason: str


class IndexKey(NamedTuple):
    """A key, whether it is looked up only near in time (else at any distance), and its weight."""

    key: int
    timed: bool
    weight: float


class StoryIndex:
    """The tables ``story_nodes``, ``story_keys`` and ``story_links`` of an open archive.

    ``bucket`` is the number of days of one part of the index, ``window`` how far in days neighbours are looked for,
    ``nearest`` how many rows of a key are read on either side. Writes need a transaction around them. Raises
    ``ValueError`` for a window that is longer than a bucket.
    """

    def __init__(self, db: sqlite3.Connection, *, bucket: int, window: int, nearest: int) -> None:
        if window > bucket:
            raise ValueError("a window must not be longer than a bucket")
        self._db = db
        self._bucket, self._window, self._nearest = bucket, window, nearest

    def node(self, announcement_id: str) -> int | None:
        row = self._db.execute("SELECT node FROM story_nodes WHERE announcement_id=?", (announcement_id,)).fetchone()
        return None if row is None else int(row[0])

    def signature(self, node: int) -> str:
        """The signature of a node, as it was put."""
        return str(self._db.execute("SELECT signature FROM story_nodes WHERE node=?", (node,)).fetchone()[0])

    def words(self, announcement_id: str) -> str:
        """The words that were remembered of a text, '' for none."""
        row = self._db.execute("SELECT words FROM story_words WHERE announcement_id=?", (announcement_id,)).fetchone()
        return "" if row is None else str(row[0])

    def put(self, announcement_id: str, signature: str) -> int:
        """Keep a signature, new or changed; returns the node."""
        row = self._db.execute(
            "INSERT INTO story_nodes (announcement_id, signature) VALUES (?,?) ON CONFLICT(announcement_id) "
            "DO UPDATE SET signature=excluded.signature RETURNING node",
            (announcement_id, signature),
        ).fetchone()
        return int(row[0])

    def add_keys(self, node: int, day: int, keys: Iterable[IndexKey]) -> None:
        bucket = day // self._bucket
        self._db.executemany(
            "INSERT OR IGNORE INTO story_keys (bucket, key, day, node) VALUES (?,?,?,?)",
            [(bucket if key.timed else 0, key.key, day, node) for key in keys],
        )

    def drop_keys(self, node: int, day: int, keys: Iterable[IndexKey]) -> None:
        bucket = day // self._bucket
        self._db.executemany(
            "DELETE FROM story_keys WHERE bucket=? AND key=? AND day=? AND node=?",
            [(bucket if key.timed else 0, key.key, day, node) for key in keys],
        )

    def forget(self, node: int) -> list[int]:
        """Drop a node and its links (its keys go with :meth:`drop_keys`); returns those that it was linked to."""
        others = self.drop_links(node)
        self._db.execute("DELETE FROM story_nodes WHERE node=?", (node,))
        return others

    def drop_links(self, node: int) -> list[int]:
        others = [row[0] for row in self._db.execute("SELECT other FROM story_links WHERE node=?", (node,))]
        self._db.execute("DELETE FROM story_links WHERE node=?", (node,))
        self._db.executemany("DELETE FROM story_links WHERE node=? AND other=?", [(other, node) for other in others])
        return others

    def candidates(self, node: int, day: int, keys: Iterable[IndexKey], worth: float, most: int) -> list[int]:
        """The nodes that share most weight of keys with a node, at least ``worth``, best first, at most ``most``."""
        weights: defaultdict[int, float] = defaultdict(float)
        days: dict[int, int] = {}
        for key in keys:
            for other, its_day in self._near(key, day):
                weights[other] += key.weight
                days[other] = its_day
        weights.pop(node, None)
        found = [other for other, weight in weights.items() if weight >= worth]
        found.sort(key=lambda other: (-round(weights[other], 3), abs(days[other] - day), other))
        return found[:most]

    def _near(self, key: IndexKey, day: int) -> list[tuple[int, int]]:
        """Nodes and days of a key's nearest rows, before and after a day."""
        if not key.timed:
            return self._db.execute(_ANY_TIME, (key.key, day, self._nearest)).fetchall()
        own = day // self._bucket
        return self._db.execute(_NEAR, (own, key.key, day, self._nearest, self._window)).fetchall()

    def add_links(self, node: int, links: Sequence[Neighbour]) -> None:
        rows = [(node, n.node, n.event, n.story, n.reason) for n in links]
        rows += [(n.node, node, n.event, n.story, n.reason) for n in links]
        self._db.executemany(
            "INSERT OR REPLACE INTO story_links (node, other, event, story, reason) VALUES (?,?,?,?,?)", rows
        )

    def links(self, node: int) -> list[Neighbour]:
        rows = self._db.execute("SELECT other, event, story, reason FROM story_links WHERE node=?", (node,))
        return [Neighbour._make(row) for row in rows]

    def component(self, start: int, event: float, story: float) -> tuple[dict[int, list[Neighbour]], bool]:
        """All nodes that are tied to ``start``, each with its links, and whether that is all of them.

        Followed are links from the probabilities ``event`` and ``story``; where that reaches more than
        :data:`LARGEST` nodes, only stronger ones, and at last no more than so many.
        """
        found: dict[int, list[Neighbour]] = {}
        known: dict[int, list[Neighbour]] = {}
        for least in _FOLLOWED:
            found = self._reach(start, max(event, least), max(story, least), known)
            if len(found) <= LARGEST:
                return found, least == 0.0
        return dict(list(found.items())[:LARGEST]), False

    def _reach(
        self, start: int, event: float, story: float, known: dict[int, list[Neighbour]]
    ) -> dict[int, list[Neighbour]]:
        found: dict[int, list[Neighbour]] = {}
        waiting, seen = [start], {start}
        while waiting and len(found) <= LARGEST:
            node = waiting.pop(0)
            if node not in known:
                known[node] = self.links(node)
            found[node] = known[node]
            for link in found[node]:
                if link.node not in seen and (link.event >= event or link.story >= story):
                    seen.add(link.node)
                    waiting.append(link.node)
        return found

    def names(self, nodes: Iterable[int], marked: str = "") -> tuple[dict[int, str], set[int]]:
        """The announcements of nodes, and the nodes whose signature holds the text ``marked``."""
        query = "SELECT announcement_id, ?2<>'' AND instr(signature, ?2)>0 FROM story_nodes WHERE node=?1"
        rows = {node: self._db.execute(query, (node, marked)).fetchone() for node in nodes}
        return {node: row[0] for node, row in rows.items()}, {node for node, row in rows.items() if row[1]}

    # -- what is waiting --------------------------------------------------------------------------------

    def waiting(self, most: int) -> list[str]:
        """Announcements that were stored or changed and not threaded since, longest waiting first."""
        rows = self._db.execute("SELECT announcement_id FROM story_queue ORDER BY id LIMIT ?", (most,))
        return [row[0] for row in rows]

    def done(self, announcement_id: str) -> None:
        """Strike an announcement off the queue."""
        self._db.execute("DELETE FROM story_queue WHERE announcement_id=?", (announcement_id,))


def remember_words(db: sqlite3.Connection, announcement_id: str, words: str) -> None:
    """Keep the words of a text of which no copy is kept, for matching now and later. Needs no transaction."""
    db.execute(
        "INSERT INTO story_words (announcement_id, words) VALUES (?,?) ON CONFLICT(announcement_id) "
        "DO UPDATE SET words=excluded.words WHERE words<>excluded.words",
        (announcement_id, words),
    )
