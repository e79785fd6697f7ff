"""Reads stories from the archive for publishing: a few queries for hundreds of them, in the caller's snapshot."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from archive.chunks import chunks
from archive.story_state import leading, rank_of
from feeds.catalog import Limits
from feeds.series import series_name
from feeds.story import Change, DateRow, Edit, FigureRow, Report, Story, TagRow, Text
from feeds.words import moment

#: Tags that are less certain are neither shown nor do they put a story into a feed.
CONFIDENCE = 0.5
#: Stories read at once: what they hold is in memory together.
AT_ONCE = 250
#: The most of each that a page shows of one story.
MOST_DATES, MOST_FIGURES, MOST_EDITS = 24, 60, 20

# Of the stories that are asked for, those that are published: their lead is relevant and they went into no other one.
_STORIES = """
SELECT s.*, e.date AS placed FROM stories s JOIN announcements a ON a.id = s.lead
JOIN feed_entries e ON e.key = 'story/' || s.id
WHERE s.id IN ({marks}) AND s.merged_into IS NULL AND coalesce(a.relevant, 1) <> 0
"""

_WORDS = """
SELECT a.id, a.summary, substr(a.body, 1, ?) AS body, o.licence, o.republish, o.name AS source_name,
    o.url AS source_url, coalesce(nullif(a.language, ''), o.language) AS language
FROM announcements a JOIN sources o ON o.id = a.source_id WHERE a.id IN ({marks})
"""

_REPORTS = """
SELECT x.story_id, x.event, x.role, a.id, a.title, a.url, o.kind, o.authority,
    coalesce(nullif(a.publisher, ''), o.publisher) AS publisher, coalesce(a.published, '') AS published,
    coalesce(nullif(a.language, ''), o.language) AS language, a.first_seen, a.stage, a.state,
    a.content_hash, a.baseline, o.republish,
    min(coalesce(nullif(a.published, ''), a.first_seen), a.first_seen) AS moment
FROM story_announcements x JOIN announcements a ON a.id = x.announcement_id JOIN sources o ON o.id = a.source_id
WHERE x.story_id IN ({marks}) ORDER BY moment, a.id
"""

_CHANGES = """
SELECT u.*, e.date AS placed, a.url, coalesce(nullif(a.publisher, ''), o.publisher) AS publisher, a.first_seen
FROM updates u LEFT JOIN announcements a ON a.id = u.announcement_id LEFT JOIN sources o ON o.id = a.source_id
LEFT JOIN feed_entries e ON e.key = 'update/' || u.id
WHERE u.story_id IN ({marks}) ORDER BY u.at, u.id
"""

_TAGS = """
SELECT DISTINCT t.announcement_id AS id, g.facet, g.code, g.label, t.words, t.confidence FROM announcement_tags t
JOIN tags g ON g.id = t.tag_id WHERE t.announcement_id IN ({marks}) AND t.confidence >= ?
ORDER BY g.facet, g.code, t.confidence DESC, t.rule
"""

_DATES = "SELECT * FROM key_dates WHERE announcement_id IN ({marks}) ORDER BY kind, date, time, applies_to, id"

# Where the source does not say what was before, the point of the same line before it does; of draws, the last one of
# the same category.
_FIGURES = """
SELECT f.*, coalesce(nullif(f.previous, ''), CASE WHEN f.series <> '' AND f.valid_from <> '' THEN
    (SELECT p.value FROM figures p WHERE p.programme = f.programme AND p.parameter = f.parameter
        AND p.series = f.series AND p.valid_from < f.valid_from AND p.valid_from <> ''
        AND (f.series <> 'draws' OR json_extract(p.dimensions, '$.category') = json_extract(f.dimensions, '$.category'))
        ORDER BY p.valid_from DESC, p.id DESC LIMIT 1) END, '') AS before
FROM figures f WHERE announcement_id IN ({marks}) ORDER BY id
"""

_EDITS = """
SELECT announcement_id, seen, diff, weight, silent, cosmetic FROM revisions
WHERE n > 0 AND diff <> '' AND announcement_id IN ({marks}) ORDER BY seen, announcement_id, n
"""


def published_stories(db: sqlite3.Connection) -> list[str]:
    """Ids of all stories that are published, sorted."""
    rows = db.execute(
        "SELECT s.id FROM stories s JOIN announcements a ON a.id = s.lead "
        "WHERE s.merged_into IS NULL AND coalesce(a.relevant, 1) <> 0 ORDER BY s.id"
    )
    return [row[0] for row in rows]


def read_stories(db: sqlite3.Connection, ids: Sequence[str], limits: Limits) -> Iterator[Story]:
    """The published ones among some stories, in the order of ``ids``, read :data:`AT_ONCE` at a time.

    Stories must have their place (:func:`archive.feed_entries.place_stories`).
    """
    for start in range(0, len(ids), AT_ONCE):
        some = ids[start : start + AT_ONCE]
        found = _Batch(db, some, limits).stories()
        yield from (found[story_id] for story_id in some if story_id in found)


class _Batch:
    """The rows of some stories, by story or announcement."""

    def __init__(self, db: sqlite3.Connection, ids: Sequence[str], limits: Limits) -> None:
        self._db, self._limits = db, limits
        self._rows = {row["id"]: row for row in self._ask(_STORIES, ids)}
        keys = list(self._rows)
        self._reports = self._by("story_id", _REPORTS, keys)
        self._changes = self._by("story_id", _CHANGES, keys)
        self._leads = {key: self._teller(key) for key in keys}
        # twice what is shown: enough to see that something was cut, and where a paragraph ends
        leads = list(self._leads.values())
        self._words = {row["id"]: row for row in self._ask(_WORDS, leads, 2 * limits.text_chars)}
        self._speakers = {key: self._speaking(key) for key in keys}
        speaking = sorted({row["id"] for rows in self._speakers.values() for row in rows})
        self._tags = self._by("id", _TAGS, speaking, CONFIDENCE)
        self._dates = self._by("announcement_id", _DATES, speaking)
        self._figures = self._by("announcement_id", _FIGURES, speaking)
        kept = [r["id"] for rows in self._reports.values() for r in rows if r["republish"] == "full"]
        self._edits = self._by("announcement_id", _EDITS, sorted(set(kept)))

    def _ask(self, query: str, ids: Sequence[str], *more: object) -> list[sqlite3.Row]:
        found: list[sqlite3.Row] = []
        for some in chunks(ids):
            marks = ",".join("?" * len(some))
            first = more if query is _WORDS else ()
            last = () if query is _WORDS else more
            found += self._db.execute(query.format(marks=marks), (*first, *some, *last)).fetchall()
        return found

    def _by(self, column: str, query: str, ids: Sequence[str], *more: object) -> Mapping[str, list[sqlite3.Row]]:
        rows: defaultdict[str, list[sqlite3.Row]] = defaultdict(list)
        for row in self._ask(query, ids, *more):
            rows[row[column]].append(row)
        return rows

    def _settled(self, key: str) -> str:
        """The last material change of a story: the sight of what it came from; the baseline for a story without any."""
        times = [row["first_seen"] or row["at"] for row in self._changes[key]]
        times += [row["at"] for row in self._changes[key] if "T" in row["at"]]
        times += [row["first_seen"] for row in self._reports[key] if row["baseline"]]
        return max(times, default="")

    def _teller(self, key: str) -> str:
        """Whose words a story is told in: its lead, unless that is one more report which was found after the last
        material change and only happens to be the earlier one. Then it is the best of those that were known."""
        settled = self._settled(key)
        lead = next((row for row in self._reports[key] if row["id"] == self._rows[key]["lead"]), None)
        if lead is None or lead["role"] != "lead" or lead["first_seen"] <= settled:  # another role: somebody chose it
            return str(self._rows[key]["lead"])
        known = [row for row in self._reports[key] if row["first_seen"] <= settled and row["role"] != "syndicated"]
        best = min(known, key=_order, default=lead)
        return str(lead["id"] if _order(lead)[:2] < _order(best)[:2] else best["id"])

    def _known_at(self, key: str) -> str:
        told = next((row["first_seen"] for row in self._reports[key] if row["id"] == self._leads[key]), "")
        return max(self._settled(key), told)

    def _lead(self, key: str) -> str:
        return self._leads[key]

    def _frozen(self, key: str) -> list[sqlite3.Row]:
        latest = self._known_at(key)
        return [row for row in self._reports[key] if row["first_seen"] <= latest]

    def _speaking(self, key: str) -> list[sqlite3.Row]:
        """Whose facts count: the officials if there are any, else all; the lead first, copies never."""
        rows = [row for row in self._frozen(key) if row["role"] != "syndicated" or row["id"] == self._lead(key)]
        official = [row for row in rows if row["authority"] == "primary"]
        rows = official or rows
        return sorted(rows, key=lambda row: row["id"] != self._lead(key))

    def stories(self) -> dict[str, Story]:
        found = {}
        for key, row in self._rows.items():
            reports = [_report(r) for r in self._reports[key]]
            lead = next((r for r in reports if r.announcement_id == self._lead(key)), None)
            if lead is None:
                continue
            words = self._words[lead.announcement_id]
            first = next((r.title for r in reports if r.announcement_id == row["lead"]), "")
            rest = tuple(r for r in reports if r is not lead)
            known = {r["id"] for r in self._frozen(key)}
            date = datetime.fromisoformat(row["placed"])
            placed = [datetime.fromisoformat(c["placed"]) for c in self._changes[key] if c["placed"]]
            tags = self._tag_rows(key)
            figures, total = self._figure_rows(key, [tag.code for tag in tags if tag.facet == "programme"])
            title = lead.title if row["title"] in ("", first) else row["title"]
            found[key] = Story(
                id=key, title=title, stage=row["stage"], lead=lead,
                text=Text(words["summary"], words["body"] if words["republish"] == "full" else "", words["language"],
                          words["licence"], words["republish"], words["source_name"], words["source_url"]),
                date=date, updated=max([date, *placed]), effective=row["effective"] or "",
                deadline=row["deadline"] or "", importance=row["importance"],
                importance_reason=row["importance_reason"], reports=(lead, *rest),
                frozen=tuple(r for r in (lead, *rest) if r.announcement_id in known), tags=tags,
                key_dates=self._date_rows(key), figures=figures, figures_total=total,
                changes=tuple(_change(c) for c in self._changes[key]), edits=self._edit_rows(key),
            )  # fmt: skip
        return found

    def _tag_rows(self, key: str) -> tuple[TagRow, ...]:
        """The lead's tags, and those that at least half of the speakers have; the stage is the story's own."""
        speakers = self._speakers[key]
        tags: dict[str, TagRow] = {}
        counts: Counter[str] = Counter()
        for row in speakers:
            seen = set()
            for tag in self._tags[row["id"]]:
                path = f"{tag['facet']}/{tag['code']}"
                if tag["facet"] != "stage" and path not in seen:
                    seen.add(path)
                    label = (
                        tag["code"].upper()
                        if tag["facet"] == "country" and tag["label"] == tag["code"]
                        else tag["label"]
                    )
                    tags.setdefault(path, TagRow(tag["facet"], tag["code"], label, tag["words"]))
            counts.update(seen)
        leading = {f"{tag['facet']}/{tag['code']}" for tag in self._tags[self._lead(key)]}
        kept = [tags[path] for path in tags if path in leading or 2 * counts[path] >= len(speakers)]
        stage = self._rows[key]["stage"]
        if stage:
            kept.append(TagRow("stage", stage, stage.replace("-", " ").capitalize()))
        return tuple(sorted(kept, key=lambda tag: tag.path))

    def _date_rows(self, key: str) -> tuple[DateRow, ...]:
        found: dict[tuple[str, ...], DateRow] = {}
        seen: dict[tuple[str, ...], str] = {}
        for row in self._speakers[key]:
            for d in self._dates[row["id"]]:
                key_of = (d["kind"], d["date"], d["applies_to"])
                seen[key_of] = min(seen.get(key_of, row["first_seen"]), row["first_seen"])
                found.setdefault(
                    key_of,
                    DateRow(d["kind"], d["date"], d["time"], d["zone"], d["applies_to"], d["quote"], row["publisher"],
                            row["url"], row["authority"] == "primary"),
                )  # fmt: skip
        return tuple(replace(found[k], known=seen[k]) for k in sorted(found)[:MOST_DATES])

    def _figure_rows(self, key: str, programmes: Iterable[str]) -> tuple[tuple[FigureRow, ...], int]:
        """What moved first, then what is of the story's own programmes, each in the order of the source."""
        found: dict[tuple[str, ...], FigureRow] = {}
        for row in self._speakers[key]:
            for f in self._figures[row["id"]]:
                series = _series(f)
                found.setdefault(
                    (f["programme"], f["parameter"], series, f["value"], f["currency"], f["period"]),
                    FigureRow(f["parameter"], f["value"], f["before"], series, f["unit"], f["currency"], f["period"],
                              f["valid_from"], f["programme"], f["quote"], row["publisher"], row["url"]),
                )  # fmt: skip
        ours = set(programmes)
        rows = sorted(found.values(), key=lambda f: (f.previous in ("", f.value), f.programme not in ours))
        return tuple(rows[:MOST_FIGURES]), len(rows)

    def _edit_rows(self, key: str) -> tuple[Edit, ...]:
        found = [
            Edit(e["announcement_id"], row["publisher"], row["url"], e["seen"], e["diff"], e["weight"],
                 bool(e["silent"]), bool(e["cosmetic"]))
            for row in self._reports[key] if row["republish"] == "full" for e in self._edits[row["id"]]
        ]  # fmt: skip
        return tuple(sorted(found, key=lambda e: (e.seen, e.announcement_id))[-MOST_EDITS:])


def _order(row: sqlite3.Row) -> tuple[int, bool, str, str]:
    return leading(rank_of(row["kind"], row["authority"]), row["stage"], row["moment"], row["id"])


def _series(row: sqlite3.Row) -> str:
    """A line of figures in words: by its slug, or where that names a kind of line only, by its dimensions."""
    if row["series"] == "draws" or row["series"].startswith("pool/") or not row["series"]:
        dimensions = json.loads(row["dimensions"])
        return ", ".join(str(value) for key, value in dimensions.items() if key != "round")
    return series_name(row["programme"], row["parameter"], row["series"])


def _report(row: sqlite3.Row) -> Report:
    return Report(
        row["id"], row["title"], row["url"], row["publisher"], row["kind"], row["authority"], row["language"],
        row["published"], row["first_seen"], row["role"], row["event"], row["stage"], row["state"], row["content_hash"],
    )  # fmt: skip


def _change(row: sqlite3.Row) -> Change:
    return Change(
        row["id"], row["kind"], row["at"], row["summary"], row["before"], row["after"], row["url"] or "",
        row["publisher"] or "",
    )  # fmt: skip


def days_of(story: Story) -> list[str]:
    """The ISO days of a story's key dates, first to last; a month or year counts as its first day."""
    return sorted(moment(row.date).date().isoformat() for row in story.key_dates)
