"""``latest.json``: the newest stories with all of their public facts, and the JSON Schema that describes it. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from archive.models import iso
from feeds.entry import Site
from feeds.html import language
from feeds.story import Report, Story
from feeds.story_entry import facts
from feeds.story_page import official_report
from feeds.words import line, web_url

#: The version of the format: the second number grows by what is added, the first when something goes or changes.
SCHEMA_VERSION = "1.0"
#: The newest stories, by their permanent place in feeds.
MOST_STORIES = 100

_SCHEMA = Path(__file__).with_name("latest.schema.json")


def latest_json(stories: Iterable[Story], site: Site, as_of: datetime) -> bytes:
    """``latest.json`` of the newest :data:`MOST_STORIES` among some stories. Only the day of ``as_of`` is used."""
    newest = sorted(stories, key=lambda story: (story.date, story.id), reverse=True)[:MOST_STORIES]
    head = {
        "$schema": site.address("latest.schema.json"),
        "schema_version": SCHEMA_VERSION,
        "name": line(site.name),
        "url": site.address(),
        "as_of": as_of.astimezone(UTC).date().isoformat(),
        "disclaimer": "Not legal advice.",
    }
    rows = ",\n".join(_json(story_facts(story, site)) for story in newest)
    return f'{_json(head)[:-1]},"stories":[\n{rows}\n]}}\n'.encode()


def latest_schema() -> bytes:
    """``latest.schema.json``, the JSON Schema (2020-12) of ``latest.json`` and of ``_visawire`` in the JSON feeds."""
    return _SCHEMA.read_bytes()


def story_facts(story: Story, site: Site) -> dict[str, Any]:
    """A story as JSON values: what its entry in a JSON feed has in ``_visawire``, and all that stands on its page."""
    official = official_report(story)
    return {
        "guid": site.tag(f"story/{story.id}"),
        "url": site.address(story.page),
        "title": line(story.title, 500),
        "language": language(story.lead.language) or "en",
        "date": iso(story.date),
        "updated": iso(story.updated),
        **facts(story, web_url(official.url) if official else ""),
        "importance_reason": line(story.importance_reason),
        "tags": [{"path": line(tag.path), "label": line(tag.label), "words": line(tag.words)} for tag in story.tags],
        "reports": [_report(report) for report in story.reports],
        "changes": [
            {
                "id": change.id, "guid": site.tag(f"update/{change.id}"), "kind": line(change.kind),
                "at": line(change.at), "summary": line(change.summary), "before": line(change.before),
                "after": line(change.after), "publisher": line(change.publisher), "url": web_url(change.url),
            }
            for change in story.changes
        ],
        "edits": [
            {"url": web_url(edit.url), "publisher": line(edit.publisher), "seen": line(edit.seen),
             "silent": edit.silent, "cosmetic": edit.cosmetic, "weight": edit.weight}
            for edit in story.edits
        ],
    }  # fmt: skip


def _report(report: Report) -> dict[str, Any]:
    return {
        "title": line(report.title, 500), "url": web_url(report.url), "publisher": line(report.publisher),
        "authority": line(report.authority), "kind": line(report.kind), "language": language(report.language) or "en",
        "published": line(report.published), "first_seen": line(report.first_seen), "role": line(report.role),
        "event": line(report.event), "stage": line(report.stage), "state": line(report.state),
        "content_hash": line(report.content_hash),
    }  # fmt: skip


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
