"""Reads updates as they were when they were first published, with the title, stage and tags of their story then."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from archive.chunks import chunks
from feeds.change_entry import FrozenChange
from feeds.labels import stage_label
from feeds.story import FigureRow, TagRow
from feeds.where import Subject

_UPDATES = """
SELECT u.*, e.date, e.frozen FROM updates u JOIN feed_entries e ON e.key = 'update/' || u.id
WHERE u.id IN ({marks}) ORDER BY u.id
"""


def _told_with(kind: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """What was kept of a new story or step, as arguments of :class:`FrozenChange`; what was placed before has none."""
    if kind not in ("new", "stage"):
        return {}
    return {
        "about": facts.get("about", ""),
        "effective": facts["effective"] if "about" in facts else "",
        "figures": tuple(FigureRow(**figure) for figure in facts.get("figures", ())),
    }


def read_changes(db: sqlite3.Connection, ids: Sequence[int]) -> Iterator[tuple[FrozenChange, Subject]]:
    """Some updates, by id, each with what filters see of it; those without a place in feeds are left out."""
    for some in chunks(ids):
        for row in db.execute(_UPDATES.format(marks=",".join("?" * len(some))), some):
            yield change_of(row)


def change_of(row: sqlite3.Row) -> tuple[FrozenChange, Subject]:
    """An update from a row of ``updates`` with ``date`` and ``frozen`` of its place in feeds."""
    facts = json.loads(row["frozen"])
    tags = [TagRow(*tag) for tag in facts["tags"]]
    if facts["stage"]:
        tags.append(TagRow("stage", facts["stage"], stage_label(facts["stage"])))
    tags.sort(key=lambda tag: tag.path)
    change = FrozenChange(
        id=row["id"], kind=row["kind"], at=row["at"], date=datetime.fromisoformat(row["date"]),
        summary=row["summary"], before=row["before"], after=row["after"], story_id=row["story_id"],
        story_title=facts["title"], url=facts["url"], publisher=facts["publisher"],
        official=facts["authority"] == "primary", tags=tuple(tags), diff=facts["diff"],
        language=facts["language"] or "en", **_told_with(row["kind"], facts),
    )  # fmt: skip
    return change, Subject(
        frozenset(tag.path for tag in tags), facts["authority"], facts["importance"],
        f"{facts['title']}\n{row['summary']}".lower(), row["date"][:10], facts["effective"], facts["deadline"],
    )  # fmt: skip
