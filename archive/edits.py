"""The life of a page after its first reading: when it is looked at again, and whether it still stands.

A page is looked at again an hour, a day, a week and a month (:data:`LADDER`) after its announcement was first read
or last changed in more than looks, and after its story moved. One that answers 404 or 410, leads to the home page, or
carries its publisher's notice of withdrawal counts as removed only when :data:`CHECKS` looks on :data:`DAYS` days said
so; what it said last stays. What happens is added to table ``page_events``, of which stories make their updates.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

from archive.models import Announcement, Figure, Identifier, KeyDate, Tag, Validator, iso
from archive.store import Archive

#: When a page is looked at again, after its announcement was first read or last changed.
LADDER = (timedelta(hours=1), timedelta(days=1), timedelta(days=7), timedelta(days=30))

#: Looks, and days (UTC) on which they were taken, before a page counts as removed; looks nearer together than
#: ``SPACING`` are one.
CHECKS, DAYS, SPACING = 3, 2, timedelta(minutes=30)

#: read: it has a text, which may be new; unchanged: it answered that nothing changed; missing and withdrawn: signs
#: of removal; failed: nothing can be said.
Finding = Literal["read", "unchanged", "missing", "withdrawn", "failed"]

_STATES = {"missing": "removed", "withdrawn": "withdrawn"}


@dataclass(frozen=True, slots=True)
class Memory:
    """What has to be known of a page to read it again exactly as before.

    ``listed`` is the listing's entry that led to it (:func:`dump_listed`; '' for a page that speaks for itself),
    ``heading`` its own heading, ``said`` a fingerprint of what was read, ``validator`` what its last answer allows
    to ask. ``scheduled`` is false for pages that every crawl reads anyway.
    """

    listed: str
    heading: str
    said: str
    validator: Validator | None = None
    scheduled: bool = True


@dataclass(frozen=True, slots=True)
class PageLook:
    """One look at the page of an announcement: made by a crawl, written down by :func:`record`.

    ``at`` is when the answer was given (its recording time in a replay) and ``clock`` the time of the crawl,
    both UTC. Without an ``announcement_id`` the page is known by ``url``, the address that was asked for.
    ``note`` says in words what a sign of removal was.
    """

    source_id: str
    url: str
    finding: Finding
    at: datetime
    clock: datetime
    announcement_id: str = ""
    note: str = ""
    memory: Memory | None = None


@dataclass(frozen=True, slots=True)
class KnownPage:
    """A page that is due to be looked at again. ``answered`` is when its last answer was given, UTC."""

    announcement_id: str
    url: str
    memory: Memory
    answered: datetime

    def listed(self) -> Announcement | None:
        """The listing's entry that led to the page, as it was; ``None`` for a page that speaks for itself."""
        return load_listed(self.memory.listed) if self.memory.listed else None


def due_pages(archive: Archive, source_id: str, now: datetime) -> Iterator[KnownPage]:
    """The pages of a source that are due by ``now``, longest overdue first.

    A page of which another announcement is the lead is left to that one.
    """
    rows = archive.rows(
        "SELECT r.* FROM rereads r JOIN announcements a ON a.id=r.announcement_id "
        "WHERE r.source_id=? AND r.due IS NOT NULL AND r.due<=? AND NOT EXISTS (SELECT 1 FROM rereads o "
        "WHERE o.announcement_id=a.duplicate_of AND o.url=r.url AND o.scheduled) ORDER BY r.due, r.announcement_id",
        (source_id, iso(now)),
    )
    for row in rows:
        answered = datetime.fromisoformat(row["answered"])
        known = Validator(row["answered_url"], row["etag"], row["last_modified"], row["body_hash"], 200, answered)
        memory = Memory(row["listed"], row["heading"], row["said"], known if known.url else None)
        yield KnownPage(row["announcement_id"], row["url"], memory, answered)


def watch_story(db: sqlite3.Connection, story_id: str, at: str) -> None:
    """Begin the schedule of a story's pages anew: something happened to it ``at`` (ISO). Needs a transaction around it.

    Later looks follow from the story's updates (:func:`_set_due`).
    """
    db.execute(
        "UPDATE rereads SET due=?1 WHERE scheduled AND (due IS NULL OR due>?1) AND announcement_id IN "
        "(SELECT announcement_id FROM story_announcements WHERE story_id=?2)",
        (at, story_id),
    )


def record(archive: Archive, look: PageLook) -> None:
    """Write down a look at a page, in one transaction: when the next is due, and whether the page still stands.

    A look at a page that is no announcement's is ignored, and so is one that adds nothing to what is known.
    """
    row = _known(archive.db, look)
    if row is None and (look.memory is None or not look.announcement_id):
        return
    if row is not None and not row["scheduled"] and look.finding == "unchanged" and not row["sign"]:
        return  # a page that every crawl reads, and nothing new
    with archive.transaction() as db:
        if row is None:
            _begin(db, look)
        elif look.memory is not None:
            _remember(db, row["announcement_id"], look)
        row = _known(db, look)
        assert row is not None
        if look.finding != "failed":
            _weigh_sign(db, row, look)
        _set_due(db, row["announcement_id"], look.clock)


def _known(db: sqlite3.Connection, look: PageLook) -> sqlite3.Row | None:
    found: sqlite3.Row | None = db.execute(
        "SELECT * FROM rereads WHERE announcement_id=?"
        if look.announcement_id
        else "SELECT * FROM rereads WHERE url=?1 AND source_id=?2",
        (look.announcement_id,) if look.announcement_id else (look.url, look.source_id),
    ).fetchone()
    return found


def _begin(db: sqlite3.Connection, look: PageLook) -> None:
    db.execute(
        "INSERT INTO rereads (announcement_id, source_id, url, answered, stood) VALUES (?,?,?,?,?)",
        # what carried a notice of withdrawal when it was first read was not removed under our eyes
        (look.announcement_id, look.source_id, look.url, "", int(look.finding != "withdrawn")),
    )
    _remember(db, look.announcement_id, look)


def _remember(db: sqlite3.Connection, announcement_id: str, look: PageLook) -> None:
    memory = look.memory
    assert memory is not None
    known = memory.validator
    db.execute(
        "UPDATE rereads SET source_id=?, url=?, listed=?, heading=?, said=?, answered_url=?, etag=?, last_modified=?, "
        "body_hash=?, scheduled=? WHERE announcement_id=?",
        (look.source_id, look.url, memory.listed, memory.heading, memory.said, known.url if known else "",
         known.etag if known else "", known.last_modified if known else "", known.body_hash if known else "",
         int(memory.scheduled), announcement_id),
    )  # fmt: skip


def _weigh_sign(db: sqlite3.Connection, row: sqlite3.Row, look: PageLook) -> None:
    """Count signs of removal; enough of them, or their end, change the announcement's state."""
    at, announcement_id = iso(look.at), row["announcement_id"]
    fresh = at > row["answered"]  # a replay may meet the same answer twice: that is no second look
    if fresh:
        db.execute("UPDATE rereads SET answered=? WHERE announcement_id=?", (at, announcement_id))
    sign: str = look.finding if look.finding in _STATES else ""
    if look.finding == "unchanged" and row["sign"] == "withdrawn":
        sign = "withdrawn"  # the notice is still there
    state = db.execute("SELECT state FROM announcements WHERE id=?", (announcement_id,)).fetchone()
    if not sign:
        db.execute(
            "UPDATE rereads SET sign='', checks=0, sign_since=NULL, sign_last=NULL, stood=1 WHERE announcement_id=?",
            (announcement_id,),
        )
        if state is not None and state["state"]:
            _change_state(db, announcement_id, "", at)
            _add_event(db, announcement_id, "restored", at, f"back at {look.url}")
        return
    if sign != row["sign"]:
        checks, since = 1, at
    elif fresh and look.at - datetime.fromisoformat(row["sign_last"]) >= SPACING:
        checks, since = row["checks"] + 1, row["sign_since"]
    else:
        return
    db.execute(
        "UPDATE rereads SET sign=?, checks=?, sign_since=?, sign_last=? WHERE announcement_id=?",
        (sign, checks, since, at, announcement_id),
    )
    # two looks on two days are the first and the last, whatever was between them
    confirmed = checks >= CHECKS and (DAYS < 2 or since[:10] != at[:10])
    if confirmed and state is not None and state["state"] != _STATES[sign]:
        _change_state(db, announcement_id, _STATES[sign], at)
        if row["stood"] and not state["state"]:
            note = f"{look.note or _STATES[sign]}; seen {checks} times since {since}"
            _add_event(db, announcement_id, "removed", at, note)


def _change_state(db: sqlite3.Connection, announcement_id: str, state: str, at: str) -> None:
    db.execute("UPDATE announcements SET state=?, state_since=? WHERE id=?", (state, at, announcement_id))


def _add_event(db: sqlite3.Connection, announcement_id: str, kind: str, at: str, note: str) -> None:
    db.execute(
        "INSERT INTO page_events (announcement_id, kind, at, note) VALUES (?,?,?,?)", (announcement_id, kind, at, note)
    )


def _set_due(db: sqlite3.Connection, announcement_id: str, clock: datetime) -> None:
    """When the page is looked at next: soon while a removal is being confirmed, else by the ladder."""
    row = db.execute(
        "SELECT r.scheduled, r.sign, r.checks, coalesce(a.state, '') AS state, r.answered AS answered, "
        "max(coalesce(a.first_seen, r.answered), coalesce(a.state_since, ''), coalesce((SELECT max(seen) FROM "
        "revisions v WHERE v.announcement_id=r.announcement_id AND v.cosmetic=0), ''), coalesce((SELECT max(u.at) "
        "FROM story_announcements x JOIN updates u ON u.story_id=x.story_id "
        "WHERE u.kind IN ('stage', 'date', 'figure') AND x.announcement_id=r.announcement_id), '')) AS anchor "
        "FROM rereads r LEFT JOIN announcements a ON a.id=r.announcement_id WHERE r.announcement_id=?",
        (announcement_id,),
    ).fetchone()
    due: datetime | None = None
    if row["scheduled"]:
        if row["sign"] and row["state"] != _STATES[row["sign"]]:
            due = clock + (LADDER[0] if row["checks"] < CHECKS - 1 else LADDER[1])
        else:
            anchor = _moment_of(row["anchor"])
            due = next((anchor + step for step in LADDER if anchor + step > clock), None)
    db.execute("UPDATE rereads SET due=? WHERE announcement_id=?", (iso(due) or None, announcement_id))


def _moment_of(at: str) -> datetime:
    """A stored time, of a day its beginning in UTC."""
    found = datetime.fromisoformat(at)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


# -- the listing's entry ----------------------------------------------------------------------------------------

_KEPT = (
    "source_id", "url", "external_id", "title", "summary", "body", "language", "publisher", "published_precision",
    "stage", "attributes", "listing_hash",
)  # fmt: skip
_FACTS: dict[str, type[Any]] = {"key_dates": KeyDate, "figures": Figure, "identifiers": Identifier, "tags": Tag}


def dump_listed(item: Announcement) -> str:
    """What a reader read of an announcement, as JSON; empty values are left out."""
    content: dict[str, Any] = {name: getattr(item, name) for name in _KEPT}
    content |= {name: iso(getattr(item, name)) for name in ("published", "updated")}
    content |= {name: [asdict(fact) for fact in getattr(item, name)] for name in _FACTS}
    return json.dumps({name: value for name, value in content.items() if value}, ensure_ascii=False)


def load_listed(text: str) -> Announcement:
    """The announcement that :func:`dump_listed` wrote."""
    content: dict[str, Any] = json.loads(text)
    for name in ("published", "updated"):
        if name in content:
            content[name] = _moment(content[name])
    for name, kind in _FACTS.items():
        content[name] = [kind(**fact) for fact in content.get(name, ())]
    return Announcement(**content)


def _moment(text: str) -> datetime | date:
    if "T" not in text:
        return date.fromisoformat(text)
    return datetime.fromisoformat(text).astimezone(UTC)


def with_listed(look: PageLook, item: Announcement) -> PageLook:
    """The same look with another listing's entry to remember."""
    assert look.memory is not None
    return replace(look, memory=replace(look.memory, listed=dump_listed(item)))
