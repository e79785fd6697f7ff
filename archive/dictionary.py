"""The data dictionary: every table and column of the archive, from its schema and ``metadata.yaml``.

``python -m archive.dictionary > docs/data-dictionary.md`` writes it anew.
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Mapping
from typing import Any

from sqlite_utils import Database

from archive.metadata import DATABASE, load_metadata, tables
from archive.schema import migrate

Columns = dict[str, sqlite3.Row]


def schema() -> dict[str, Columns]:
    """Each ordinary table of the newest schema, with ``pragma table_info`` of each of its columns.

    Search indexes (FTS5 tables and what they consist of) are left out.
    """
    db = sqlite3.connect(":memory:")
    db.row_factory = sqlite3.Row
    try:
        migrate(Database(db))
        listed = db.execute("SELECT name, sql FROM sqlite_master WHERE type='table'").fetchall()
        indexes = [t["name"] for t in listed if t["sql"].startswith("CREATE VIRTUAL")]
        names = [t["name"] for t in listed if not t["name"].startswith(tuple(indexes))]
        return {name: {c["name"]: c for c in db.execute(f'PRAGMA table_info("{name}")')} for name in names}
    finally:
        db.close()


def references() -> dict[tuple[str, str], str]:
    """Foreign keys of the newest schema: (table, column) to ``table.column``."""
    db = sqlite3.connect(":memory:")
    try:
        migrate(Database(db))
        return {
            (table, key[3]): f"{key[2]}.{key[4]}"
            for (table,) in db.execute("SELECT name FROM sqlite_master WHERE type='table'").fetchall()
            for key in db.execute(f'PRAGMA foreign_key_list("{table}")')
        }
    finally:
        db.close()


def data_dictionary() -> str:
    """The dictionary as Markdown. Equal schema and metadata give equal text."""
    metadata = load_metadata()
    described = metadata["databases"][DATABASE]
    found, keys = schema(), references()
    out = [
        "# Data dictionary",
        "",
        "<!-- Generated from archive/schema.py and archive/metadata.yaml: "
        "python -m archive.dictionary > docs/data-dictionary.md -->",
        "",
        described["description"],
        "",
        "Names of tables and columns are a public contract: they are added to, never renamed or reused.",
        "",
    ]
    public = tables(metadata)
    out += [f"- [{name}](#{name}): {entry['description']}" for name, entry in public.items()]
    for name, entry in public.items():
        out += ["", f"## {name}", "", entry["description"], ""]
        out += [f"Source: {entry['source']}. Licence: {entry['license']}.", ""]
        out += ["| column | type | | meaning |", "|---|---|---|---|"]
        out += [_line(name, column, info, entry["columns"], keys) for column, info in found[name].items()]
    out += ["", "## Queries", "", "Under `/visawire/<name>` in Datasette, also as `.json` and `.csv`.", ""]
    for name, query in described["queries"].items():
        asks = "".join(f" `{p}`" for p in query.get("params", []))
        out.append(f"- `{name}`{f' (asks for{asks})' if asks else ''}: {query['description']}")
    out += ["", "## Internal tables", "", "No part of the contract; they may change at any time.", ""]
    out += [f"- `{name}`: {entry['description']}" for name, entry in described["tables"].items() if entry.get("hidden")]
    out.append("- `announcements_fts`, `stories_fts` and tables that begin so: the full-text search indexes.")
    return "\n".join(out) + "\n"


def _line(
    table: str,
    column: str,
    info: sqlite3.Row,
    meanings: Mapping[str, Any],
    keys: Mapping[tuple[str, str], str],
) -> str:
    notes = ["key"] if info["pk"] else []
    if (table, column) in keys:
        notes.append(f"→ {keys[table, column]}")
    if not info["notnull"] and not info["pk"]:
        notes.append("may be null")
    meaning = str(meanings[column]).replace("|", "\\|")
    return f"| `{column}` | {info['type'].lower()} | {', '.join(notes)} | {meaning} |"


if __name__ == "__main__":
    sys.stdout.write(data_dictionary())
