"""Runs the chain of meaning over the stored archive again, after the vocabulary or a rule has changed."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pipelines
from archive.facts import announcement_of, figures_of, identifiers_of, key_dates_of, tags_of, write_facts
from archive.models import Announcement, Figure, Identifier, KeyDate, Source, Tag
from archive.overrides import Overrides
from archive.store import Archive
from pipelines.decide import decide
from pipelines.understand import understand
from pipelines.vocabulary import Vocabulary, vocabulary

#: Announcements in one transaction: long enough to be fast, short enough to let a crawl write in between.
BATCH = 200


@dataclass
class Retagged:
    """What a re-tagging did. ``tags`` counts by code, ``+`` added and ``-`` taken away."""

    seen: int = 0
    changed: int = 0
    tags: Counter[str] = field(default_factory=Counter)
    stages: int = 0
    verdicts: int = 0
    resumed: bool = False


def rules_fingerprint() -> str:
    """Hash of every rule and word list: equal for equal rules, whatever the machine."""
    room = Path(pipelines.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(p for p in room.rglob("*") if p.suffix in (".py", ".toml", ".tsv")):
        digest.update(path.relative_to(room).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def retag(
    archive: Archive, overrides: Overrides | None = None, *, advance: Callable[[int], object] = lambda _: None
) -> Retagged:
    """Work out every announcement's meaning anew from what its source stated; texts are not touched.

    An interrupted run goes on where it was stopped if the rules are still the same. Of press, whose texts
    are not kept, facts found in the text before stay unless their code has left the vocabulary. ``overrides``
    are a person's decisions, which come after all rules.
    ``advance`` is called with the number of announcements done.
    """
    fingerprint, words = rules_fingerprint(), vocabulary()
    report = Retagged()
    place = json.loads(archive.value("SELECT value FROM settings WHERE key='retag'") or "{}")
    last = place.get("last", 0) if place.get("rules") == fingerprint else 0
    report.resumed = last > 0
    sources: dict[str, Source] = {}
    while True:
        with archive.transaction() as db:
            rows = db.execute(
                "SELECT rowid, * FROM announcements WHERE rowid>? ORDER BY rowid LIMIT ?", (last, BATCH)
            ).fetchall()
            for row in rows:
                source = sources.setdefault(row["source_id"], archive.source(row["source_id"]))
                _retag_one(db, row, source, words, overrides or Overrides(), report)
            last = rows[-1]["rowid"] if rows else 0
            db.execute(
                "INSERT INTO settings (key, value) VALUES ('retag', ?) "
                "ON CONFLICT(key) DO UPDATE SET value=excluded.value",
                (json.dumps({"rules": fingerprint, "last": last}),),
            )
        advance(len(rows))
        if not rows:
            return report


def _retag_one(
    db: sqlite3.Connection, row: sqlite3.Row, source: Source, words: Vocabulary, overrides: Overrides, report: Retagged
) -> None:
    report.seen += 1
    item = announcement_of(db, row)
    old_tags = tags_of(db, item.id)
    old_dates = key_dates_of(db, item.id)
    old_figures = figures_of(db, item.id)
    old_numbers = identifiers_of(db, item.id)
    if source.republish == "excerpt":
        _keep(item, words, old_tags, old_dates, old_figures, old_numbers)
    decide(understand(item, source, words), overrides, words)
    before, after = ({(t.facet, t.code) for t in tags} for tags in (old_tags, item.tags))
    verdict = (None if item.relevant is None else int(item.relevant), item.relevance, item.relevance_reason)
    same_verdict = verdict == (row["relevant"], row["relevance"], row["relevance_reason"])
    same_facts = (
        sorted(map(repr, old_dates)) == sorted(map(repr, item.key_dates))
        and sorted(map(repr, old_figures)) == sorted(map(repr, item.figures))
        and sorted(map(repr, old_numbers)) == sorted(map(repr, item.identifiers))
        and {(t.facet, t.code, t.rule, t.words) for t in old_tags}
        == {(t.facet, t.code, t.rule, t.words) for t in item.tags}
    )
    if same_facts and same_verdict and item.stage == row["stage"] and item.alias == row["alias"]:
        return
    report.changed += 1
    report.stages += item.stage != row["stage"]
    report.verdicts += verdict[0] != row["relevant"]
    report.tags.update(f"+{facet}/{code}" for facet, code in after - before)
    report.tags.update(f"-{facet}/{code}" for facet, code in before - after)
    write_facts(db, item)
    db.execute(
        "UPDATE announcements SET stage=?, relevant=?, relevance=?, relevance_reason=?, alias=? WHERE id=?",
        (item.stage, *verdict, item.alias, item.id),
    )


def _keep(
    item: Announcement,
    words: Vocabulary,
    tags: list[Tag],
    dates: list[KeyDate],
    figures: list[Figure],
    numbers: list[Identifier],
) -> None:
    """Seed an item with the facts of a text that is not kept: nothing could find them again."""
    found = f"{item.title}\n{item.summary}"
    for tag in tags:
        if (
            tag.words in found
            or tag.rule.startswith("override:")
            or (tag.facet == "programme" and tag.code not in words.programmes)
        ):
            continue
        item.tags.append(tag)
        if tag.facet == "stage":
            item.stage = tag.code
    item.key_dates += [d for d in dates if d.quote not in found and d not in item.key_dates]
    item.figures += [f for f in figures if f.quote not in found and f not in item.figures]
    item.identifiers += [n for n in numbers if n not in item.identifiers]
