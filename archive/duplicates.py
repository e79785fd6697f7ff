"""Duplicates: the same document at another address or from another source, and which copy leads.

Exact ones first (address, text), then near copies and other languages (:mod:`archive.near`).
"""

from __future__ import annotations

import sqlite3
from urllib.parse import urlsplit

from archive.contradictions import numbers_differ
from archive.identity import canonical_url
from archive.models import AUTHORITIES, Announcement, Source
from archive.near import keep_sketch, near_twin


def mark_duplicates(db: sqlite3.Connection, item: Announcement, source: Source, text_hash: str) -> None:
    """Tie the announcement to the same document elsewhere; the most official, then first, one leads.

    Also keeps the announcement's sketch, by which later near copies find it.
    """
    keep_sketch(db, item)
    found = _exact_twin(db, item, source, text_hash) or near_twin(db, item, source)
    if found is None:
        # no copy any more: a document of its own needs a GUID of its own, unless a lead took it over
        db.execute(
            "UPDATE announcements SET duplicate_of=NULL, duplicate_reason='', guid=CASE WHEN EXISTS "
            "(SELECT 1 FROM announcements o WHERE o.guid=?1 AND o.id<>?1 AND o.duplicate_of IS NULL) "
            "THEN ?1 || '-split' ELSE ?1 END WHERE id=?1 AND duplicate_of IS NOT NULL",
            (item.id,),
        )
        return
    twin, reason = found
    lead = twin["duplicate_of"] or twin["id"]
    if lead == item.id:
        return
    lead_authority, guid = db.execute(
        "SELECT s.authority, a.guid FROM announcements a JOIN sources s ON s.id=a.source_id WHERE a.id=?", (lead,)
    ).fetchone()
    if AUTHORITIES.index(source.authority) < AUTHORITIES.index(lead_authority):
        # A more official copy arrived: it leads from now on, under the GUID that readers already have.
        db.execute(
            "UPDATE announcements SET duplicate_of=?1, duplicate_reason=CASE duplicate_reason WHEN '' THEN ?2 "
            "ELSE duplicate_reason END WHERE id=?3 OR duplicate_of=?3",
            (item.id, reason, lead),
        )
        db.execute(
            "UPDATE announcements SET duplicate_of=NULL, duplicate_reason='', guid=? WHERE id=?",
            (guid, item.id),
        )
    else:
        db.execute(
            "UPDATE announcements SET duplicate_of=?, duplicate_reason=?, guid=? WHERE id=? OR duplicate_of=?",
            (lead, reason, guid, item.id, item.id),
        )


def _exact_twin(
    db: sqlite3.Connection, item: Announcement, source: Source, text_hash: str
) -> tuple[sqlite3.Row, str] | None:
    """The first announcement with the same address or text, and which of them it is."""
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
        return None
    return twin, "same canonical URL" if twin["same_url"] else "same text"
