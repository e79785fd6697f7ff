"""Stored announcements as objects again, and their facts replaced: what a re-tagging reads and writes."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import fields
from datetime import UTC, date, datetime
from typing import Any

from archive.models import Announcement, Figure, Identifier, KeyDate, Precision, Tag

#: Rules of facts that were found in texts begin so; all other figures were stated by a source's own fields.
TEXT_RULE = "text:"


def facts_as_read(item: Announcement) -> str:
    """JSON of what a reader stated: stage, tags, key dates and identifiers (figures are told by their rule)."""
    stated: dict[str, Any] = {
        "stage": item.stage,
        "tags": [_plain(tag) for tag in item.tags],
        "key_dates": [_plain(stated) for stated in item.key_dates],
        "identifiers": [_plain(identifier) for identifier in item.identifiers],
    }
    return json.dumps({k: v for k, v in stated.items() if v}, ensure_ascii=False, sort_keys=True)


def _plain(fact: Tag | KeyDate | Identifier) -> dict[str, Any]:
    """What ``dataclasses.asdict`` gives of plain values, without its deep copies."""
    return {part.name: getattr(fact, part.name) for part in fields(fact)}


def announcement_of(db: sqlite3.Connection, row: sqlite3.Row) -> Announcement:
    """A row of ``announcements`` with the facts that its reader stated, and none that text rules found."""
    stated = json.loads(row["as_read"])
    precision: Precision | None = row["published_precision"]
    item = Announcement(
        source_id=row["source_id"], url=row["url"], title=row["title"], external_id=row["external_id"],
        summary=row["summary"], body=row["body"], language=row["language"], publisher=row["publisher"],
        published=moment(row["published"]), published_precision=precision, updated=moment(row["updated"]),
        stage=stated.get("stage", ""), attributes=json.loads(row["attributes"]), listing_hash=row["listing_hash"],
        seen=datetime.fromisoformat(row["last_seen"]), id=row["id"], canonical_url=row["canonical_url"],
        content_hash=row["content_hash"], as_read=row["as_read"],
    )  # fmt: skip
    item.tags = [Tag(**tag) for tag in stated.get("tags", ())]
    item.key_dates = [KeyDate(**stated_date) for stated_date in stated.get("key_dates", ())]
    item.identifiers = [Identifier(**identifier) for identifier in stated.get("identifiers", ())]
    item.figures = [f for f in figures_of(db, row["id"]) if not f.rule.startswith(TEXT_RULE)]
    return item


def moment(text: str | None) -> datetime | date | None:
    """Stored ISO text as a value of its precision (a month or year as its first day)."""
    if not text:
        return None
    if "T" in text:
        return datetime.fromisoformat(text).astimezone(UTC)
    return date.fromisoformat((text + "-01-01")[:10] if len(text) < 10 else text)


def figures_of(db: sqlite3.Connection, announcement_id: str) -> list[Figure]:
    """All stored figures of an announcement, in order."""
    rows = db.execute("SELECT * FROM figures WHERE announcement_id=? ORDER BY id", (announcement_id,)).fetchall()
    return [
        Figure(
            programme=r["programme"],
            parameter=r["parameter"],
            value=r["value"],
            quote=r["quote"],
            rule=r["rule"],
            number=r["number"],
            unit=r["unit"],
            currency=r["currency"],
            period=r["period"],
            valid_from=r["valid_from"],
            previous=r["previous"],
            series=r["series"],
            dimensions=json.loads(r["dimensions"]),
        )
        for r in rows
    ]


def tags_of(db: sqlite3.Connection, announcement_id: str) -> list[Tag]:
    """All stored tags of an announcement."""
    rows = db.execute(
        "SELECT t.facet, t.code, t.label, t.parent, x.words, x.rule, x.confidence FROM announcement_tags x "
        "JOIN tags t ON t.id=x.tag_id WHERE x.announcement_id=? ORDER BY t.id, x.rule",
        (announcement_id,),
    ).fetchall()
    return [
        Tag(r["facet"], r["code"], r["words"], r["rule"], r["confidence"], r["label"], r["parent"].partition("/")[2])
        for r in rows
    ]


def key_dates_of(db: sqlite3.Connection, announcement_id: str) -> list[KeyDate]:
    """All stored key dates of an announcement, in order."""
    rows = db.execute("SELECT * FROM key_dates WHERE announcement_id=? ORDER BY id", (announcement_id,)).fetchall()
    return [
        KeyDate(r["kind"], r["date"], r["quote"], r["rule"], r["precision"], r["time"], r["zone"], r["applies_to"])
        for r in rows
    ]


def identifiers_of(db: sqlite3.Connection, announcement_id: str) -> list[Identifier]:
    """All stored official numbers of an announcement, by scheme and value."""
    rows = db.execute(
        "SELECT scheme, value, role FROM identifiers WHERE announcement_id=? ORDER BY scheme, value", (announcement_id,)
    ).fetchall()
    return [Identifier(r["scheme"], r["value"], r["role"]) for r in rows]


def write_facts(db: sqlite3.Connection, item: Announcement) -> None:
    """Replace an announcement's tags, dates, figures and identifiers. Runs inside the caller's transaction."""
    for table in ("announcement_tags", "key_dates", "figures", "identifiers"):
        db.execute(f"DELETE FROM {table} WHERE announcement_id=?", (item.id,))
    _write_tags(db, item.id, item.tags)
    db.executemany(
        "INSERT INTO key_dates (announcement_id, kind, date, precision, time, zone, applies_to, quote, rule) "
        "VALUES (?,?,?,?,?,?,?,?,?)",
        [(item.id, d.kind, d.date, d.precision, d.time, d.zone, d.applies_to, d.quote, d.rule) for d in item.key_dates],
    )
    db.executemany(
        "INSERT INTO figures (announcement_id, programme, parameter, value, number, unit, currency, period, "
        "valid_from, previous, series, dimensions, quote, rule) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        [
            (item.id, f.programme, f.parameter, f.value, f.number, f.unit, f.currency, f.period, f.valid_from,
             f.previous, f.series, json.dumps(f.dimensions, ensure_ascii=False, sort_keys=True), f.quote, f.rule)
            for f in item.figures
        ],
    )  # fmt: skip
    db.executemany(
        "INSERT OR IGNORE INTO identifiers (scheme, value, announcement_id, role) VALUES (?,?,?,?)",
        [(i.scheme, i.value, item.id, i.role) for i in item.identifiers],
    )


def _write_tags(db: sqlite3.Connection, announcement_id: str, tags: Sequence[Tag]) -> None:
    for tag in tags:
        tag_id = f"{tag.facet}/{tag.code}"
        parent = f"{tag.facet}/{tag.parent}" if tag.parent else ""
        db.execute(
            "INSERT INTO tags (id, facet, code, label, parent) VALUES (?,?,?,?,?) ON CONFLICT(id) DO UPDATE "
            "SET label=excluded.label, parent=excluded.parent "
            "WHERE label<>excluded.label OR parent<>excluded.parent",
            (tag_id, tag.facet, tag.code, tag.label or tag.code, parent),
        )
        db.execute(
            "INSERT OR REPLACE INTO announcement_tags (announcement_id, tag_id, rule, words, confidence) "
            "VALUES (?,?,?,?,?)",
            (announcement_id, tag_id, tag.rule, tag.words, tag.confidence),
        )
