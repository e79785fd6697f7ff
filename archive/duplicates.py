"""Duplicates: the same document at another address or from another source, and which copy leads.

Exact ones first (address, text), then near copies and other languages (:mod:`archive.near`).
"""

from __future__ import annotations

import sqlite3
from urllib.parse import urlsplit

from archive.contradictions import numbers_differ
from archive.identity import canonical_url
from archive.models import AUTHORITIES, Announcement, Source
from archive.near import documents_differ, keep_sketch, near_twins


def mark_duplicates(db: sqlite3.Connection, item: Announcement, source: Source, text_hash: str) -> None:
    """Tie the announcement to the same document elsewhere; the most official, then first, one leads.

    Also keeps the announcement's sketch, by which later near copies find it. Copies that did not find each other
    are joined by one that is near to both, unless what leads them contradicts itself.
    """
    keep_sketch(db, item)
    exact, near = _exact_twin(db, item, source, text_hash), near_twins(db, item, source)
    own = _lead(db, item.id)
    if own != item.id and own not in {_lead(db, twin) for twin, _ in (*exact, *near)}:
        _detach(db, item.id)
    for twin, reason in exact:
        _join(db, item.id, twin, reason)
    for twin, reason in near:
        one, other = _lead(db, item.id), _lead(db, twin)
        if not documents_differ(db, one, other) and not _two_items_of_one_source(db, one, other):
            _join(db, item.id, twin, reason)


def _lead(db: sqlite3.Connection, announcement_id: str) -> str:
    (lead,) = db.execute(
        "SELECT coalesce(duplicate_of, id) FROM announcements WHERE id=?", (announcement_id,)
    ).fetchone()
    return str(lead)


def _detach(db: sqlite3.Connection, announcement_id: str) -> None:
    """No copy any more: a document of its own needs a GUID of its own, unless a lead took it over."""
    db.execute(
        "UPDATE announcements SET duplicate_of=NULL, duplicate_reason='', guid=CASE WHEN EXISTS "
        "(SELECT 1 FROM announcements o WHERE o.guid=?1 AND o.id<>?1 AND o.duplicate_of IS NULL) "
        "THEN ?1 || '-split' ELSE ?1 END WHERE id=?1",
        (announcement_id,),
    )


def _join(db: sqlite3.Connection, item_id: str, twin_id: str, reason: str) -> None:
    """Put the copies of two announcements under one lead, with the GUID that readers have known for longer."""
    leads = {_lead(db, item_id), _lead(db, twin_id)}
    if len(leads) < 2:
        return
    rows = db.execute(
        "SELECT a.id, a.guid, s.authority, "
        "(SELECT min(m.rowid) FROM announcements m WHERE m.id=a.id OR m.duplicate_of=a.id) AS since "
        "FROM announcements a JOIN sources s ON s.id=a.source_id WHERE a.id IN (?,?) ORDER BY a.rowid",
        tuple(leads),
    ).fetchall()
    lead, copy = sorted(rows, key=lambda row: AUTHORITIES.index(row["authority"]))  # stable: the first of equals leads
    db.execute("UPDATE announcements SET duplicate_of=? WHERE duplicate_of=?", (lead["id"], copy["id"]))
    db.execute(
        "UPDATE announcements SET duplicate_of=?, duplicate_reason=? WHERE id=?", (lead["id"], reason, copy["id"])
    )
    guid = min(rows, key=lambda row: int(row["since"]))["guid"]
    db.execute("UPDATE announcements SET guid=?1 WHERE id=?2 OR duplicate_of=?2", (guid, lead["id"]))


def _two_items_of_one_source(db: sqlite3.Connection, one: str, other: str) -> bool:
    """Whether two leads' copies include two items to which one source has given ids of their own."""
    sql = "SELECT source_id FROM announcements WHERE (id=?1 OR duplicate_of=?1) AND external_id<>''"
    sources, others = ({source for (source,) in db.execute(sql, (lead,))} for lead in (one, other))
    return one != other and not sources.isdisjoint(others)


def _exact_twin(db: sqlite3.Connection, item: Announcement, source: Source, text_hash: str) -> list[tuple[str, str]]:
    """The id of the first announcement with the same address or text, and which of them it is; or nothing."""
    # items of one page that have no address of their own share the page's, which says nothing
    own_address = item.canonical_url != canonical_url(source.url) and urlsplit(item.canonical_url).path != "/"
    twins = db.execute(
        "SELECT a.id, a.duplicate_of, a.canonical_url=:url AS same_url FROM announcements a WHERE a.id<>:id AND "
        "((:own AND a.canonical_url=:url) OR (:hash<>'' AND a.text_hash=:hash)) AND "
        # a publisher that gives two of its items ids of their own means two, unless all of it is the same
        "(a.source_id<>:source OR a.external_id='' OR :external='' "
        "OR (:own AND a.canonical_url=:url AND :hash<>'' AND a.text_hash=:hash)) ORDER BY a.rowid",
        {
            "id": item.id,
            "url": item.canonical_url,
            "own": own_address,
            "hash": text_hash,
            "source": item.source_id,
            "external": item.external_id,
        },
    ).fetchall()
    twin = next((t for t in twins if not numbers_differ(db, item.id, t["id"])), None)
    if twin is None:
        return []
    return [(twin["id"], "same canonical URL" if twin["same_url"] else "same text")]
