"""Near copies and other languages of one release: where sketches are kept and how they are looked up.

Every question is answered by index seeks, a bounded number for each announcement whatever the archive holds:
one for each band, and one for each of at most :data:`VERIFIED` sketches that share a band.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections import Counter
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from archive.contradictions import effective_dates_differ, numbers_differ
from archive.languages import alternates, shared_keys
from archive.models import Announcement, Source, iso
from archive.sketch import Sketch, contradiction, near_copy

#: Bands of the keys that language versions share, and of the addresses that an announcement calls its alternates.
LANGUAGE, ALTERNATE = 100, 101
#: The newest announcements looked at in each band, and of those the ones with most bands in common.
NEWEST, VERIFIED = 24, 6
#: Days between the publication of a document and of its copies, and of its other languages.
COPY_DAYS, LANGUAGE_DAYS = 200, 7

_FACTS = (
    "SELECT a.id, a.duplicate_of, a.source_id, a.external_id, a.published, a.canonical_url, s.publisher, "
    "coalesce(nullif(a.language, ''), s.language) AS language "
    "FROM announcements a JOIN sources s ON s.id=a.source_id WHERE "
)


def keep_sketch(db: sqlite3.Connection, item: Announcement) -> None:
    """Store what finds this announcement later, in place of what was stored of its earlier text."""
    keys = set(_read(item.sketch)[1]) if item.sketch else set()
    keys |= {(LANGUAGE, _key(text)) for text in shared_keys(item)}
    keys |= {(ALTERNATE, _key(url)) for url in alternates(item)}
    old = db.execute("SELECT id, sketch, length FROM near_sketches WHERE announcement_id=?", (item.id,)).fetchone()
    if old is None and not keys:
        return
    length = len(item.body or item.summary)
    if old is None:
        number = db.execute(
            "INSERT INTO near_sketches (announcement_id, length, sketch) VALUES (?,?,?)",
            (item.id, length, item.sketch),
        ).lastrowid
    else:
        number = old[0]
        if old[1]:
            stale = set(Sketch.unpack(old[1]).bands()) - keys
            db.executemany(
                "DELETE FROM near_bands WHERE band=? AND key=? AND sketch_id=?", [(*k, number) for k in stale]
            )
        db.execute("UPDATE near_sketches SET length=?, sketch=? WHERE id=?", (length, item.sketch, number))
    db.executemany(
        "INSERT OR IGNORE INTO near_bands (band, key, sketch_id) VALUES (?,?,?)", [(*k, number) for k in keys]
    )


def near_twins(db: sqlite3.Connection, item: Announcement, source: Source) -> list[tuple[str, str]]:
    """Ids of the announcements of which this is a near copy or another language, each with the reason, best first.

    Never one with other official numbers or effective dates, nor one with an id of its own from the same source,
    nor a copy of such a one.
    """
    return [*_copies(db, item), *_other_languages(db, item, source)]


def documents_differ(db: sqlite3.Connection, one: str, other: str) -> bool:
    """Whether two announcements contradict each other in official numbers, effective dates or, by sketch, in text."""
    if one == other:
        return False
    if numbers_differ(db, one, other) or effective_dates_differ(db, one, other):
        return True
    texts = db.execute(
        "SELECT k.sketch, coalesce(nullif(a.language, ''), s.language) AS language FROM near_sketches k "
        "JOIN announcements a ON a.id=k.announcement_id JOIN sources s ON s.id=a.source_id "
        "WHERE k.announcement_id IN (?,?) AND length(k.sketch)>0",
        (one, other),
    ).fetchall()
    if len(texts) < 2 or texts[0]["language"][:2].lower() != texts[1]["language"][:2].lower():
        return False  # words of two languages cannot contradict each other
    return bool(contradiction(*(Sketch.unpack(text["sketch"]) for text in texts)))


@lru_cache(maxsize=2)
def _read(blob: bytes) -> tuple[Sketch, Sequence[tuple[int, int]]]:
    """A sketch and its bands: an announcement that is stored is asked for them twice."""
    sketch = Sketch.unpack(blob)
    return sketch, sketch.bands()


def _copies(db: sqlite3.Connection, item: Announcement) -> list[tuple[str, str]]:
    if not item.sketch:
        return []
    own, bands = _read(item.sketch)
    met: Counter[int] = Counter()
    for band in bands:
        met.update(
            number
            for (number,) in db.execute(
                f"SELECT sketch_id FROM near_bands WHERE band=? AND key=? ORDER BY sketch_id DESC LIMIT {NEWEST}", band
            )
        )
    found = []
    for number, _ in sorted(met.items(), key=lambda pair: (-pair[1], pair[0]))[: VERIFIED + 1]:
        other, blob = db.execute("SELECT announcement_id, sketch FROM near_sketches WHERE id=?", (number,)).fetchone()
        if other == item.id:
            continue
        sketch = Sketch.unpack(blob)
        score, reason = near_copy(own, sketch)
        if not score:
            continue
        row = db.execute(_FACTS + "a.id=?", (other,)).fetchone()
        if row["source_id"] == item.source_id and (
            (row["external_id"] and item.external_id) or not near_copy(own, sketch, one_source=True)[0]
        ):
            continue
        if _days_apart(row["published"], item) <= COPY_DAYS and _may_join(db, item.id, row):
            found.append((-score, number, other, reason))
    return [(other, reason) for _, _, other, reason in sorted(found)]


def _other_languages(db: sqlite3.Connection, item: Announcement, source: Source) -> list[tuple[str, str]]:
    language = (item.language or source.language)[:2].lower()
    host = urlsplit(item.canonical_url).hostname
    keys = [(LANGUAGE, _key(text)) for text in shared_keys(item)] + [(ALTERNATE, _key(item.canonical_url))]
    rows: list[sqlite3.Row] = []
    for key in keys:
        rows += db.execute(
            _FACTS + "a.id IN (SELECT k.announcement_id FROM near_bands b JOIN near_sketches k ON k.id=b.sketch_id "
            f"WHERE b.band=? AND b.key=? ORDER BY b.sketch_id DESC LIMIT {NEWEST})",
            key,
        ).fetchall()
    for url in alternates(item):
        rows += db.execute(_FACTS + f"a.canonical_url=? LIMIT {NEWEST}", (url,)).fetchall()
    return [
        (row["id"], "other language of the same release")
        for row in sorted(rows, key=lambda row: str(row["id"]))
        if row["id"] != item.id
        and (row["publisher"] == source.publisher or urlsplit(row["canonical_url"]).hostname == host)
        and language
        and row["language"][:2].lower() not in ("", language)
        and _days_apart(row["published"], item) <= LANGUAGE_DAYS
        and _may_join(db, item.id, row)
    ]


def _may_join(db: sqlite3.Connection, item_id: str, row: sqlite3.Row) -> bool:
    return not any(
        numbers_differ(db, item_id, other) or effective_dates_differ(db, item_id, other)
        for other in {row["id"], row["duplicate_of"] or row["id"]}
    )


def _days_apart(published: Any, item: Announcement) -> int:
    """Days between two publications; 0 when one of them is not known to the day."""
    own = iso(item.published, item.published_precision)
    if not published or len(own) < 10 or len(published) < 10:
        return 0
    return abs((date.fromisoformat(own[:10]) - date.fromisoformat(published[:10])).days)


def _key(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=6).digest(), "big")
