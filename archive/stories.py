"""Writes stories: which announcement belongs where, what a story says as a whole, and the updates that follow.

A story's id is minted once, from the ``guid`` of its first announcement, and stays while most of the story stays. A
story that went into another one keeps its row, without announcements and with ``merged_into``.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from archive.chunks import chunks
from archive.story_state import OFFICIAL, Member, State, leading, rank_of, state_of
from archive.updates import Cause, after_move, after_refresh, was_told

_REACTION = re.compile(
    r"\b(?:reacts?|reaction|slams?|blasts?|criticis\w+|criticiz\w+|backlash|outrage|welcomes?|lobby|opposition|urges?)\b",
    re.IGNORECASE,
)
_FACTS = (
    "SELECT a.id, a.title, a.stage, a.baseline, s.kind, s.authority, "
    "min(coalesce(nullif(a.published, ''), a.first_seen), a.first_seen) AS moment "
    "FROM announcements a JOIN sources s ON s.id=a.source_id WHERE a.id IN ({})"
)


@dataclass(frozen=True, slots=True)
class Placed:
    """An announcement's place in an event: how surely (``None``: nothing to compare with) and why."""

    announcement_id: str
    score: float | None
    reason: str
    also: bool = False


#: A story as events of placed announcements.
Story = Sequence[Sequence[Placed]]


@dataclass(frozen=True, slots=True)
class Pinned:
    """What a person decided about the story of an announcement: values of its columns, and whether it leads."""

    lead: bool = False
    values: Mapping[str, str | float] = field(default_factory=dict)


def place(
    db: sqlite3.Connection, stories: Sequence[Story], cause: Cause, pins: Mapping[str, Pinned] | None = None,
    *, ids: Sequence[str | None] | None = None,
) -> list[str]:  # fmt: skip
    """Make the archive's stories of these announcements be these; returns their ids, in order.

    Announcements that are not named stay where they are. Ids stay with the largest part of what they named before.
    ``ids`` gives the ids where they are known (``None``: a new one). Needs a transaction around it. ``pins`` is by
    announcement.
    """
    ids_of_all = [p.announcement_id for story in stories for event in story for p in event]
    copies = _copies(db, ids_of_all)
    everyone = [*ids_of_all, *(copy for found in copies.values() for copy, _ in found)]
    old_rows, facts = _rows(db, everyone), _facts(db, everyone)
    named = [
        [one for name in _named(story) for one in (name, *(c for c, _ in copies.get(name, ())))] for story in stories
    ]
    before = _homes(old_rows, {name for names in named for name in names})
    chosen = _choose(db, named, before, old_rows) if ids is None else {n: i for n, i in enumerate(ids) if i is not None}
    for n, story in enumerate(stories):
        if n not in chosen:
            chosen[n] = _mint(db, story, set(chosen.values()))
    touched: dict[str, None] = {}
    new_rows: _Rows = {}
    for n, story in enumerate(stories):
        ours = not cause.announcement_id or cause.lead in _named(story)
        if not ours and (kept := _unchanged(chosen[n], story, old_rows)):
            new_rows |= kept
            continue
        new_rows |= _written(chosen[n], story, facts, copies)
        touched[chosen[n]] = None
    for key in sorted(old_rows.keys() - new_rows.keys()):
        db.execute("DELETE FROM story_announcements WHERE story_id=? AND announcement_id=?", key)
        touched[key[0]] = None
    for story_id in dict.fromkeys(key[0] for key in new_rows):
        db.execute(
            "INSERT OR IGNORE INTO stories (id, title, lead, number) "
            "VALUES (?, '', ?, (SELECT coalesce(max(number), 0) + 1 FROM stories))",
            (story_id, next(key[1] for key in new_rows if key[0] == story_id)),
        )
    for key, row in new_rows.items():
        if old_rows.get(key) != row:
            db.execute(
                "INSERT OR REPLACE INTO story_announcements (story_id, announcement_id, event, role, score, reason) "
                "VALUES (?,?,?,?,?,?)",
                (*key, *row),
            )
            touched[key[0]] = None
    _moved(db, before, {name: chosen[n] for n, names in enumerate(named) for name in names}, touched, cause)
    for story_id in touched:
        refresh(db, story_id, cause, pins, facts)
    return [chosen[n] for n in range(len(stories))]


#: By story and announcement: event, role, score, reason.
_Rows = dict[tuple[str, str], tuple[str, str, float | None, str]]
#: The copies of announcements, each with the reason.
_Copies = Mapping[str, Sequence[tuple[str, str]]]
#: Title, stage, source and moment of announcements (:data:`_FACTS`).
_Facts = Mapping[str, sqlite3.Row]


def _unchanged(story_id: str, story: Story, rows: _Rows) -> _Rows:
    """The rows of a story that stays as it is, nothing for one that changes."""
    kept: _Rows = {}
    for event in story:
        labels = set()
        for p in event:
            row = rows.get((story_id, p.announcement_id))
            if row is None or row[2] != p.score or row[3] != p.reason:
                return {}
            labels.add(row[0])
            kept[story_id, p.announcement_id] = row
        if len(labels) != 1:
            return {}
    labels_of_events = {kept[story_id, event[0].announcement_id][0] for event in story}
    if len(labels_of_events) != len(story):
        return {}
    others = {key: row for key, row in rows.items() if key[0] == story_id and key not in kept}
    if any(row[1] != "syndicated" for row in others.values()):
        return {}
    return kept | others


def _named(story: Story) -> list[str]:
    return [p.announcement_id for event in story for p in event if not p.also]


def _marks(some: Sequence[str]) -> str:
    return ",".join("?" * len(some))


def _rows(db: sqlite3.Connection, ids: Sequence[str]) -> _Rows:
    """The present rows of announcements, by story and announcement."""
    found = {}
    for some in chunks(ids):
        for row in db.execute(
            "SELECT story_id, announcement_id, event, role, score, reason FROM story_announcements "
            f"WHERE announcement_id IN ({_marks(some)})",
            some,
        ):
            found[row[0], row[1]] = (row[2], row[3], row[4], row[5])
    return found


def _copies(db: sqlite3.Connection, ids: Sequence[str]) -> _Copies:
    found: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for some in chunks(ids):
        for row in db.execute(
            f"SELECT duplicate_of, id, duplicate_reason FROM announcements WHERE duplicate_of IN ({_marks(some)})", some
        ):
            found[row[0]].append((row[1], row[2]))
    return found


def _facts(db: sqlite3.Connection, ids: Iterable[str]) -> dict[str, sqlite3.Row]:
    return {row["id"]: row for some in chunks(ids) for row in db.execute(_FACTS.format(_marks(some)), some)}


def _homes(rows: _Rows, names: Collection[str]) -> dict[str, str]:
    """The story of each of some announcements that has exactly one, by their present rows."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for story_id, name in rows:
        if name in names:
            found[name].append(story_id)
    return {name: homes[0] for name, homes in found.items() if len(homes) == 1}


def _choose(
    db: sqlite3.Connection, named: Sequence[Sequence[str]], before: Mapping[str, str], rows: _Rows
) -> dict[int, str]:
    """Each old id goes to the story that has most of its announcements; each story takes one.

    A part that is smaller than what stays behind, or no larger, takes no id away.
    """
    inside = Counter(story_id for story_id, _ in rows)
    shares: list[tuple[int, str, int]] = []
    for n, names in enumerate(named):
        counts = Counter(before[name] for name in names if name in before)
        shares += [(-count, story_id, n) for story_id, count in counts.items()]
    outside = {
        story_id: db.execute("SELECT count(*) FROM story_announcements WHERE story_id=?", (story_id,)).fetchone()[0]
        - inside[story_id]
        for story_id in set(before.values())
    }
    chosen: dict[int, str] = {}
    for share, story_id, n in sorted(shares):
        if n not in chosen and story_id not in chosen.values() and outside[story_id] < -share:
            chosen[n] = story_id
    return chosen


def _mint(db: sqlite3.Connection, story: Story, taken: set[str]) -> str:
    """An id: the guid of the first announcement whose guid names no other story, or one that has gone into another."""
    guids = []
    for some in chunks(_named(story) or [p.announcement_id for event in story for p in event]):
        guids += db.execute(
            "SELECT min(coalesce(nullif(published, ''), first_seen), first_seen) AS moment, id, guid "
            f"FROM announcements WHERE id IN ({_marks(some)})",
            some,
        ).fetchall()
    for _, _, guid in sorted(tuple(row) for row in guids):
        if guid not in taken and _free(db, guid):
            return str(guid)
    base, number = min(tuple(row) for row in guids)[2], 2
    while f"{base}-{number}" in taken or not _free(db, f"{base}-{number}"):
        number += 1
    return f"{base}-{number}"


def _free(db: sqlite3.Connection, story_id: str) -> bool:
    row = db.execute("SELECT 1 FROM story_announcements WHERE story_id=? LIMIT 1", (story_id,)).fetchone()
    return row is None


def _written(story_id: str, story: Story, facts: _Facts, copies: _Copies) -> _Rows:
    """The rows of a story: its announcements and their copies, with event and role."""
    ranks = {
        p.announcement_id: rank_of(facts[p.announcement_id]["kind"], facts[p.announcement_id]["authority"])
        for event in story
        for p in event
    }
    labels = _event_labels(story, facts, ranks)
    lead = min(
        (p.announcement_id for event in story for p in event if not p.also),
        key=lambda name: leading(ranks[name], facts[name]["stage"], facts[name]["moment"], name),
        default="",
    )
    rows: _Rows = {}
    for label, event in zip(labels, story, strict=True):
        for p in event:
            name = p.announcement_id
            role = "lead" if name == lead else "official" if ranks[name] == OFFICIAL else "report"
            if role == "report" and _REACTION.search(facts[name]["title"]):
                role = "reaction"
            rows[story_id, name] = (label, role, p.score, p.reason)
            if not p.also:
                for copy, reason in copies.get(name, ()):
                    rows[story_id, copy] = (label, "syndicated", None, reason or "the same document")
    return rows


def _event_labels(story: Story, facts: _Facts, ranks: Mapping[str, int]) -> list[str]:
    """The name of each event: its stage by the most official announcement, with the first day where two share one."""
    stages, days = [], []
    for event in story:
        names = sorted((p.announcement_id for p in event), key=lambda name: (facts[name]["moment"], name))
        staged = [name for name in names if facts[name]["stage"]]
        best = min(staged, key=lambda name: ranks[name], default="")
        stages.append(facts[best]["stage"] if best else "event")
        days.append(facts[names[0]]["moment"][:10])
    shared = Counter(stages)
    labels = [f"{s} {d}" if shared[s] > 1 else s for s, d in zip(stages, days, strict=True)]
    numbered = Counter(labels)
    seen: Counter[str] = Counter()
    for n, label in enumerate(labels):
        seen[label] += 1
        if numbered[label] > 1:
            labels[n] = f"{label} ({seen[label]})"
    return labels


def _moved(
    db: sqlite3.Connection, before: Mapping[str, str], now: Mapping[str, str], touched: dict[str, None], cause: Cause
) -> None:
    """Mark stories that went into others, and tell of it where the story had been told of."""
    went: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for name, old in before.items():
        if now.get(name, old) != old:
            went[old][now[name]] += 1
    for old, targets in sorted(went.items()):
        touched[old] = None
        target = min(targets, key=lambda story_id: (-targets[story_id], story_id))
        empty = db.execute("SELECT 1 FROM story_announcements WHERE story_id=? LIMIT 1", (old,)).fetchone() is None
        if empty:
            db.execute("UPDATE stories SET merged_into=? WHERE id=?", (target, old))
        if was_told(db, old):
            after_move(db, old, target, cause, merged=empty)


def refresh(
    db: sqlite3.Connection, story_id: str, cause: Cause, pins: Mapping[str, Pinned] | None = None,
    facts: _Facts | None = None,
) -> State | None:  # fmt: skip
    """Work out a story's row anew and write the updates that follow; ``None`` for a story without announcements.

    ``facts`` are those of announcements that were read already.
    """
    members = _members(db, story_id, facts or {})
    if not members:
        return None
    old = db.execute("SELECT * FROM stories WHERE id=?", (story_id,)).fetchone()
    pinned = {m.announcement_id: pins[m.announcement_id] for m in members if pins and m.announcement_id in pins}
    state = state_of(members, lead=next((name for name, pin in pinned.items() if pin.lead), ""))
    row: dict[str, object] = {
        "title": state.title, "lead": state.lead, "stage": state.stage, "first_published": state.first_published,
        "updated": state.updated, "effective": state.effective, "deadline": state.deadline,
        "importance": state.importance, "importance_reason": state.importance_reason, "coverage": state.coverage,
        "figures": json.dumps(state.figures, ensure_ascii=False), "deadlines": json.dumps(state.deadlines),
        "merged_into": None,
    }  # fmt: skip
    for pin in pinned.values():
        row |= pin.values
        if "importance" in pin.values:
            row["importance_reason"] = "pinned"
    if any(old[name] != value for name, value in row.items()):
        db.execute(f"UPDATE stories SET {', '.join(f'{name}=?' for name in row)} WHERE id=?", (*row.values(), story_id))
    _index(db, old["number"], str(row["title"]), state.lead)
    after_refresh(db, story_id, old, row, members, cause)
    return state


def leave(db: sqlite3.Connection, announcement_id: str, cause: Cause, pins: Mapping[str, Pinned] | None = None) -> None:
    """Take an announcement out of its stories and work these out anew. Needs a transaction around it."""
    rows = db.execute("SELECT story_id FROM story_announcements WHERE announcement_id=?", (announcement_id,)).fetchall()
    db.execute("DELETE FROM story_announcements WHERE announcement_id=?", (announcement_id,))
    for (story_id,) in rows:
        if refresh(db, story_id, cause, pins) is None:
            db.execute("UPDATE stories SET coverage=0 WHERE id=?", (story_id,))


def _index(db: sqlite3.Connection, number: int, title: str, lead: str) -> None:
    """Have a story found by its title and its lead's other names."""
    (alias,) = db.execute("SELECT alias FROM announcements WHERE id=?", (lead,)).fetchone()
    known = db.execute("SELECT title, alias FROM stories_fts WHERE rowid=?", (number,)).fetchone()
    if known is not None and (known[0], known[1]) == (title, alias):
        return
    if known is not None:
        db.execute("DELETE FROM stories_fts WHERE rowid=?", (number,))
    db.execute("INSERT INTO stories_fts (rowid, title, alias) VALUES (?,?,?)", (number, title, alias))


def _members(db: sqlite3.Connection, story_id: str, facts: _Facts) -> list[Member]:
    rows = db.execute(
        "SELECT announcement_id, event, role FROM story_announcements WHERE story_id=?", (story_id,)
    ).fetchall()
    more = [row[0] for row in rows if row[0] not in facts]
    known = {**facts, **_facts(db, more)} if more else facts
    members = {}
    for name, event, role in rows:
        row = known[name]
        members[name] = Member(
            name, row["title"], row["moment"], rank_of(row["kind"], row["authority"]), row["stage"], event,
            bool(row["baseline"]), role == "syndicated",
        )  # fmt: skip
    for name, kind, date in db.execute(
        "SELECT d.announcement_id, d.kind, d.date FROM story_announcements x JOIN key_dates d "
        "ON d.announcement_id=x.announcement_id WHERE x.story_id=? ORDER BY d.id",
        (story_id,),
    ):
        members[name].dates.append((kind, date))
    for name, programme, parameter, series, period, value, currency in db.execute(
        "SELECT f.announcement_id, f.programme, f.parameter, f.series, f.period, f.value, f.currency "
        "FROM story_announcements x JOIN figures f ON f.announcement_id=x.announcement_id "
        "WHERE x.story_id=? ORDER BY f.id",
        (story_id,),
    ):
        line = " ".join(part for part in (programme, parameter, series, period) if part)
        members[name].figures.append((line, f"{value} {currency}".strip()))
    for name, count in db.execute(
        "SELECT x.announcement_id, count(DISTINCT t.tag_id) FROM story_announcements x JOIN announcement_tags t "
        "ON t.announcement_id=x.announcement_id WHERE x.story_id=? AND t.tag_id GLOB 'audience/*' GROUP BY 1",
        (story_id,),
    ):
        members[name].audiences = count
    return list(members.values())
