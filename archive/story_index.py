"""The persistent index of candidates: every read touches a bounded number of rows, whatever the archive holds.

It knows nothing of meaning: signatures are text, keys are numbers, and links are what somebody computed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

#: Most announcements that are put into stories together. Beyond it weaker links are not followed.
LARGEST = 32
#: Probabilities from which links are followed, in turn, until no more than :data:`LARGEST` are reached.
_FOLLOWED = (0.0, 0.5, 0.7, 0.9)


# Each part is a seek in the index that stops after a few rows. A window is no longer than a bucket, so the next bucket
# on either side is enough, and of these only one that the window reaches is asked.
_PART = (
    "SELECT * FROM (SELECT node, day FROM {{keys}} WHERE bucket={} AND key=?{} AND day {} ORDER BY day {} LIMIT ?{})"
)
_ANY_TIME = " UNION ALL ".join((_PART.format("0", 1, "<=?2", "DESC", 3), _PART.format("0", 1, ">?2", "ASC", 3)))
_OWN = (
    _PART.format("?1", 2, "BETWEEN ?3-?5 AND ?3", "DESC", 4), _PART.format("?1", 2, "BETWEEN ?3+1 AND ?3+?5", "ASC", 4),
)  # fmt: skip
_EARLIER, _LATER = _PART.format("?1-1", 2, ">=?3-?5", "DESC", 4), _PART.format("?1+1", 2, "<=?3+?5", "ASC", 4)
#: By whether the window reaches into the bucket before, and the one after.
_NEAR = {
    (before, after): " UNION ALL ".join((*_OWN, *([_EARLIER] if before else []), *([_LATER] if after else [])))
    for before in (False, True)
    for after in (False, True)
}
# Breadth first: a queue without an order of its own is served in turn, and the limit ends it.
_REACH = """
WITH RECURSIVE reached (node) AS (
    SELECT ?1 UNION
    SELECT l.other FROM reached r JOIN {links} l ON l.node=r.node WHERE l.event>=?2 OR l.story>=?3 LIMIT ?4)
SELECT node FROM reached
"""


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
    ``nearest`` how many rows of a key are read on either side, ``ending`` what the names of the tables end in. Writes
    need a transaction around them. Raises ``ValueError`` for a window that is longer than a bucket.
    """

    def __init__(self, db: sqlite3.Connection, *, bucket: int, window: int, nearest: int, ending: str = "") -> None:
        if window > bucket:
            raise ValueError("a window must not be longer than a bucket")
        self._db = db
        self._plain = db.cursor()
        self._plain.row_factory = None  # tuples: tens of thousands of rows of two numbers a minute
        self._bucket, self._window, self._nearest = bucket, window, nearest
        self._nodes, self._keys, self._links = (f"story_{name}{ending}" for name in ("nodes", "keys", "links"))
        self._any_time, self._reach = _ANY_TIME.format(keys=self._keys), _REACH.format(links=self._links)
        self._near_by = {at: query.format(keys=self._keys) for at, query in _NEAR.items()}

    def node(self, announcement_id: str) -> int | None:
        row = self._db.execute(f"SELECT node FROM {self._nodes} WHERE announcement_id=?", (announcement_id,)).fetchone()
        return None if row is None else int(row[0])

    def signature(self, node: int) -> str:
        """The signature of a node, as it was put."""
        return str(self._db.execute(f"SELECT signature FROM {self._nodes} WHERE node=?", (node,)).fetchone()[0])

    def nodes(self, nodes: Collection[int]) -> Iterator[tuple[int, str, str]]:
        """Some nodes, each with its announcement and its signature, in no order."""
        return iter(
            self._plain.execute(
                f"SELECT node, announcement_id, signature FROM {self._nodes} WHERE node IN ({_marks(nodes)})",
                tuple(nodes),
            )
        )

    def words(self, announcement_id: str) -> str:
        """The words that were remembered of a text, '' for none."""
        row = self._db.execute("SELECT words FROM story_words WHERE announcement_id=?", (announcement_id,)).fetchone()
        return "" if row is None else str(row[0])

    def put(self, announcement_id: str, signature: str, node: int | None = None) -> int:
        """Keep a signature, a changed one of ``node`` or that of an announcement without a node; returns the node."""
        if node is not None:
            self._db.execute(f"UPDATE {self._nodes} SET signature=? WHERE node=?", (signature, node))
            return node
        return int(
            self._db.execute(
                f"INSERT INTO {self._nodes} (announcement_id, signature) VALUES (?,?)", (announcement_id, signature)
            ).lastrowid
            or 0
        )

    def add_keys(self, node: int, day: int, keys: Iterable[IndexKey]) -> None:
        bucket = day // self._bucket
        self._db.executemany(
            f"INSERT OR IGNORE INTO {self._keys} (bucket, key, day, node) VALUES (?,?,?,?)",
            [(bucket if key.timed else 0, key.key, day, node) for key in keys],
        )

    def drop_keys(self, node: int, day: int, keys: Iterable[IndexKey]) -> None:
        bucket = day // self._bucket
        self._db.executemany(
            f"DELETE FROM {self._keys} WHERE bucket=? AND key=? AND day=? AND node=?",
            [(bucket if key.timed else 0, key.key, day, node) for key in keys],
        )

    def forget(self, node: int) -> list[int]:
        """Drop a node and its links (its keys go with :meth:`drop_keys`); returns those that it was linked to."""
        others = self.drop_links(node)
        self._db.execute(f"DELETE FROM {self._nodes} WHERE node=?", (node,))
        return others

    def drop_links(self, node: int) -> list[int]:
        others = [row[0] for row in self._db.execute(f"SELECT other FROM {self._links} WHERE node=?", (node,))]
        self._db.execute(f"DELETE FROM {self._links} WHERE node=?", (node,))
        self._db.executemany(f"DELETE FROM {self._links} WHERE node=? AND other=?", [(other, node) for other in others])
        return others

    def candidates(self, node: int, day: int, keys: Iterable[IndexKey], worth: float, most: int) -> list[int]:
        """The nodes that share most weight of keys with a node, at least ``worth``, best first, at most ``most``."""
        weights: dict[int, float] = {}
        days: dict[int, int] = {}
        for key in keys:
            weight = key.weight
            for other, its_day in self._near(key, day):
                weights[other] = weights.get(other, 0.0) + weight
                days[other] = its_day
        weights.pop(node, None)
        found = [
            (-round(weight, 3), abs(days[other] - day), other) for other, weight in weights.items() if weight >= worth
        ]
        found.sort()
        return [other for _, _, other in found[:most]]

    def _near(self, key: IndexKey, day: int) -> list[tuple[int, int]]:
        """Nodes and days of a key's nearest rows, before and after a day."""
        if not key.timed:
            return self._plain.execute(self._any_time, (key.key, day, self._nearest)).fetchall()
        own, into = divmod(day, self._bucket)
        query = self._near_by[into < self._window, into + self._window >= self._bucket]
        return self._plain.execute(query, (own, key.key, day, self._nearest, self._window)).fetchall()

    def add_links(self, node: int, links: Sequence[Neighbour]) -> None:
        rows = [(node, n.node, n.event, n.story, n.reason) for n in links]
        rows += [(n.node, node, n.event, n.story, n.reason) for n in links]
        self._db.executemany(
            f"INSERT OR REPLACE INTO {self._links} (node, other, event, story, reason) VALUES (?,?,?,?,?)", rows
        )

    def links(self, node: int) -> list[Neighbour]:
        rows = self._plain.execute(f"SELECT other, event, story, reason FROM {self._links} WHERE node=?", (node,))
        return [Neighbour._make(row) for row in rows]

    def reach(self, start: int, event: float, story: float) -> tuple[list[int], bool]:
        """The nodes that are tied to ``start``, nearest first, and whether that is all of them.

        Followed are links from the probabilities ``event`` and ``story``; where that reaches more than
        :data:`LARGEST` nodes, only stronger ones, and at last no more than so many.
        """
        found: list[int] = []
        for least in _FOLLOWED:
            rows = self._plain.execute(self._reach, (start, max(event, least), max(story, least), LARGEST + 1))
            found = [row[0] for row in rows]
            if len(found) <= LARGEST:
                return found, least == 0.0
        return found[:LARGEST], False

    def ties(self, nodes: Sequence[int]) -> dict[int, list[Neighbour]]:
        """The links among some nodes, each pair once, with the node of the smaller number."""
        found: dict[int, list[Neighbour]] = {node: [] for node in nodes}
        marks = _marks(found)
        for node, *link in self._plain.execute(
            f"SELECT node, other, event, story, reason FROM {self._links} "
            f"WHERE node IN ({marks}) AND other IN ({marks}) AND node<other",
            (*found, *found),
        ):
            found[node].append(Neighbour._make(link))
        return found

    def names(self, nodes: Collection[int]) -> dict[int, str]:
        """The announcements of nodes."""
        query = f"SELECT node, announcement_id FROM {self._nodes} WHERE node IN ({_marks(nodes)})"
        return dict(self._plain.execute(query, tuple(nodes)))

    # -- what is waiting --------------------------------------------------------------------------------

    def waiting(self, most: int) -> list[str]:
        """Announcements that were stored or changed and not threaded since, longest waiting first."""
        rows = self._db.execute("SELECT announcement_id FROM story_queue ORDER BY id LIMIT ?", (most,))
        return [row[0] for row in rows]

    def done(self, announcement_id: str) -> None:
        """Strike an announcement off the queue."""
        self._db.execute("DELETE FROM story_queue WHERE announcement_id=?", (announcement_id,))


def _marks(values: Collection[object]) -> str:
    return ",".join("?" * len(values))


def remember_words(db: sqlite3.Connection, announcement_id: str, words: str) -> None:
    """Keep the words of a text of which no copy is kept, for matching now and later. Needs no transaction."""
    db.execute(
        "INSERT INTO story_words (announcement_id, words) VALUES (?,?) ON CONFLICT(announcement_id) "
        "DO UPDATE SET words=excluded.words WHERE words<>excluded.words",
        (announcement_id, words),
    )
