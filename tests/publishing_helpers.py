"""Invented stories, entries and feeds for the tests of what is published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from feeds.entry import Entry, Feed, Link, Site
from feeds.story import Change, DateRow, FigureRow, Report, Story, TagRow, Text

SITE = Site(
    "https://visas.example.org/watch",
    "example.org",
    "Visawire",
    60,
    "https://hub.example.net/",
    "https://db.example.org/",
)

CANADA = TagRow("country", "ca", "Canada", "Canada")
UNITED_STATES = TagRow("country", "us", "United States", "American")
H1B = TagRow("programme", "us-h-1b", "H-1B specialty occupation", "H-1B")
STREAM = TagRow("programme", "ca-gss", "Global Skills Strategy", "two-week permit")
FEES = TagRow("topic", "fees", "Fees", "fee")

CONTENT = (
    "<ul><li><strong>Status:</strong> Final</li>"
    '<li><strong>Official source:</strong> <a href="https://arrivals.example.ca/1">Office of Arrivals</a></li></ul>'
    "<p>The counter opens &amp; stays open.</p><p><em>Not legal advice.</em></p>"
)


def entry(number: int = 1, **changes: Any) -> Entry:
    """A complete entry; ``number`` makes its key, address and date (the higher, the newer)."""
    values: dict[str, Any] = {
        "key": f"story/{number:016x}",
        "title": f"[CA] Permit notice {number}",
        "url": SITE.address(f"story/{number:016x}.html"),
        "gist": f"Notice {number} opens a counter for engineers.",
        "content": CONTENT,
        "date": datetime(2026, 3, 10, 12, 0, tzinfo=UTC) + timedelta(minutes=number),
        "updated": datetime(2026, 3, 20, 9, 30, tzinfo=UTC) + timedelta(minutes=number),
        "author": "Office of Arrivals",
        "via": f"https://arrivals.example.ca/notices/{number}?a=1&b=2",
        "rights": "Open licence 1.0",
        "source": Link("https://arrivals.example.ca/news?a[]=1&b=2", "Office of Arrivals: news"),
        "related": (Link(f"https://stamp.example.com/{number}", "The Daily Stamp"),),
        "tags": (CANADA, STREAM, FEES),
        "valid": ("2026-04-01", "2026-09-30"),
        "facts": {"stage": "final", "figures": [{"parameter": "fee", "value": "155", "number": 155.0}]},
    }
    return Entry(**(values | changes))


def feed(entries: Sequence[Entry] = (), **changes: Any) -> Feed:
    """The feed of one programme, with the entries given (newest first)."""
    values: dict[str, Any] = {
        "path": "programme/ca-gss",
        "title": "Visawire: Global Skills Strategy",
        "description": "Announcements about the programme Global Skills Strategy (ca-gss).",
        "entries": tuple(entries),
        "page": "programme/ca-gss.html",
        "tag": STREAM,
        "previous": "archive/programme/ca-gss-2026-02",
        "calendar": "calendar/programme/ca-gss.ics",
    }
    return Feed(**(values | changes))


def newest_first(count: int) -> list[Entry]:
    return [entry(number) for number in range(count, 0, -1)]


LEAD = Report(
    announcement_id="a1", title="Two-week permits for engineers become final", url="https://arrivals.example.ca/final",
    publisher="Office of Arrivals", kind="government", authority="primary", language="en",
    published="2026-03-11T14:30:00Z", first_seen="2026-03-11T15:00:00Z", role="lead", event="final", stage="final",
    content_hash="ab" * 32,
)  # fmt: skip
PROPOSAL = replace(
    LEAD, announcement_id="a0", title="Two-week permits for engineers proposed", published="2026-01-10",
    url="https://arrivals.example.ca/proposal", role="official", event="proposed", stage="proposed",
    first_seen="2026-01-10T15:00:00Z",
)  # fmt: skip
STAMP = Report(
    announcement_id="p1", title="Engineers get their stamps", url="https://stamp.example.com/engineers",
    publisher="The Daily Stamp", kind="news", authority="secondary", language="en", published="2026-03-11",
    first_seen="2026-03-11T16:00:00Z",
)  # fmt: skip
BORDER = replace(
    STAMP, announcement_id="p2", title="Permits in a fortnight", url="https://border.example.net/permits",
    publisher="Border Weekly",
)  # fmt: skip

WORKERS = TagRow("audience", "workers", "Workers", "engineers")

EFFECTIVE = DateRow(
    "effective", "2026-04-01", "00:01", "America/New_York", "filed",
    "The rule takes effect on 1 April 2026 at 12:01 a.m. Eastern time.", "Office of Arrivals", LEAD.url,
)  # fmt: skip
COMMENTS = DateRow(
    "comment_deadline", "2026-05-05", quote="Comments are read until 5 May 2026.", publisher="Office of Arrivals",
    url=LEAD.url,
)  # fmt: skip
FEE = FigureRow(
    "fee", "170", "155", "permit fee", currency="CAD", programme="ca-gss", valid_from="2026-04-01",
    quote="The fee rises from 155 to 170 dollars.", publisher="Office of Arrivals", url=LEAD.url,
)  # fmt: skip
PLACES = FigureRow("draw_size", "12000", "9500", "Stream A", unit="places", programme="ca-gss", quote="12,000 places")

NEW = Change(11, "new", "2026-01-10", "Two-week permits", after="proposed", url=PROPOSAL.url, publisher=LEAD.publisher)
FINAL = Change(
    12, "stage", "2026-03-11T14:30:00Z", "Stage: final, before proposed", "proposed", "final", LEAD.url, LEAD.publisher
)

TEXT = Text(
    summary="The office makes the two-week permit final.",
    body="The office makes the two-week permit final.\n\nEngineers apply at counter five.\n\nIt opens at nine.",
    language="en", licence="Open licence 1.0", republish="full", source_name="Office of Arrivals: news",
    source_url="https://arrivals.example.ca/news",
)  # fmt: skip


def story(**changes: Any) -> Story:
    """An official story with every kind of fact, reported by one newspaper."""
    values: dict[str, Any] = {
        "id": "5f3a9c0e1b2d4f60",
        "title": LEAD.title,
        "stage": "final",
        "lead": LEAD,
        "text": TEXT,
        "date": datetime(2026, 1, 10, 0, 0, 7, tzinfo=UTC),
        "updated": datetime(2026, 3, 11, 14, 30, 3, tzinfo=UTC),
        "effective": "2026-04-01",
        "deadline": "2026-05-05",
        "importance": 0.7,
        "importance_reason": "official 0.25 + stage final 0.30",
        "reports": (LEAD, PROPOSAL, STAMP),
        "frozen": (LEAD, PROPOSAL, STAMP),
        "tags": (WORKERS, CANADA, STREAM, FEES),
        "key_dates": (COMMENTS, EFFECTIVE),
        "figures": (PLACES, FEE),
        "figures_total": 2,
        "changes": (NEW, FINAL),
        "edits": (),
    }
    return Story(**(values | changes))
