"""What a notification says of an update: a plain text for people, a JSON body for programs.

Titles and quotes come from web pages, so nothing in them may call people in a chat or hide where a link leads.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from archive.models import iso
from feeds.change_entry import FrozenChange, change_entry
from feeds.changes import change_of
from feeds.entry import Site
from feeds.labels import stage_label
from feeds.told import told
from feeds.where import Subject
from feeds.words import day, line, shorten, web_url

#: Lines of a diff in a message, and characters of each.
_MOST_LINES, _LONGEST_LINE = 3, 200
#: Updates that a summary names; the rest is counted.
_MOST_LISTED = 30
#: Characters of each value in a webhook's body: it should stay below 20 kB (Standard Webhooks 1.0.0).
_LONGEST_VALUE = 2000

NOTICE = "Not legal advice: check the official document before you act on it."
_AGAIN = "You may have had this before: the run that sent it was interrupted."

#: What chats take for a mention, a special link or a masked one becomes its look-alike or is parted.
_TAME = str.maketrans({"<": "‹", ">": "›", "@": "＠", "`": "'"})


@dataclass(frozen=True, slots=True)
class Update:
    """A published update with everything that its filters and messages need."""

    change: FrozenChange
    subject: Subject
    stage: str
    authority: str


@dataclass(frozen=True, slots=True)
class Message:
    title: str
    body: str


def update_of(row: sqlite3.Row) -> Update:
    """An update from a row of :func:`archive.deliveries.published`."""
    change, subject = change_of(row)
    stage = next((tag.code for tag in change.tags if tag.facet == "stage"), "")
    return Update(change, subject, stage, subject.authority)


def message(update: Update, site: Site, *, again: bool = False) -> Message:
    """One update for people. ``again``: it may have arrived before."""
    change = update.change
    entry = change_entry(change, site)
    said_by = _tame(line(change.publisher, 120))
    rows = [f"{_happened(change)} ({', '.join(filter(None, (said_by, day(line(change.at)))))})"]
    rows += _diff(change.diff)
    rows.append("")
    if official := web_url(change.url):
        rows.append(f"{'Official page' if change.official else 'Reported at'}: {official}")
    rows += [f"Story: {entry.url}", ""]
    rows += [_AGAIN] if again else []
    rows.append(NOTICE)
    return Message(_tame(entry.title), "\n".join(rows))


def digest(updates: Sequence[Update], name: str, site: Site, *, rest: bool = False, again: bool = False) -> Message:
    """Several updates in one message. ``rest``: others were sent one by one before it."""
    count = f"{len(updates)} {'more ' if rest else ''}{'change' if len(updates) == 1 else 'changes'}"
    rows: list[str] = []
    for update in updates[:_MOST_LISTED]:
        entry = change_entry(update.change, site)
        rows += [f"- {_tame(shorten(entry.title, 200))}", f"  {entry.url}"]
    if len(updates) > _MOST_LISTED:
        rows += [f"… and {len(updates) - _MOST_LISTED} more: {site.address('index.html')}"]
    rows += ["", *([_AGAIN] if again else []), NOTICE]
    return Message(f"Visawire, {name}: {count}", "\n".join(rows))


def trial(name: str, site: Site) -> Message:
    """The message of ``visawire notify --test``."""
    told_by = f"`visawire notify --test` sent this for the notification {name}. Nothing has happened."
    return Message(f"[TEST] Visawire, {name}: messages arrive here", f"{told_by}\n\nSite: {site.address()}")


def payload(update: Update, name: str, site: Site) -> bytes:
    """The body of a webhook (docs/notifications.md): compact JSON, equal for equal updates."""
    change = update.change
    entry = change_entry(change, site)
    data = {
        "id": change.id,
        "kind": change.kind,
        "at": change.at,
        "title": entry.title,
        "summary": shorten(line(change.summary, _LONGEST_VALUE), _LONGEST_VALUE),
        "before": line(change.before, _LONGEST_VALUE),
        "after": line(change.after, _LONGEST_VALUE),
        "url": entry.url,
        "official_url": web_url(change.url) if change.official else "",
        "source": {
            "url": web_url(change.url),
            "publisher": line(change.publisher, 200),
            "authority": update.authority,
        },
        "story": {
            "id": change.story_id,
            "title": line(change.story_title),
            "stage": update.stage,
            "url": site.address(f"story/{change.story_id}.html"),
        },
        "tags": [
            {"facet": tag.facet, "code": tag.code, "label": line(tag.label, 200)}
            for tag in change.tags
            if tag.facet != "stage"  # it stands by itself
        ],
        "language": change.language,
        "notification": name,
        "notice": NOTICE,
    }
    return _json({"type": f"update.{change.kind}", "timestamp": iso(change.date), "data": data})


def trial_payload(name: str, site: Site, now: datetime) -> bytes:
    """The body of the webhook that ``visawire notify --test`` sends."""
    data = {"notification": name, "message": "This is a test; nothing has happened.", "site": site.address()}
    return _json({"type": "test", "timestamp": iso(now), "data": data})


def _json(body: dict[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _happened(change: FrozenChange) -> str:
    if change.kind == "new":
        stage = stage_label(change.after)
        return f"New: {stage.lower()}" if stage else "New"
    return _tame(told(change.kind, change.summary, change.before, change.after))


def _diff(diff: str) -> list[str]:
    rows = []
    for row in diff.splitlines():
        if row[:2] in ("- ", "+ ") and (words := line(row[2:], _LONGEST_LINE)):
            rows.append(f"{'−' if row[0] == '-' else '+'} {_tame(words)}")
        if len(rows) == _MOST_LINES:
            break
    return rows


def _tame(text: str) -> str:
    return text.translate(_TAME).replace("](", "] (")
