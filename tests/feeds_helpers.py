"""Invented announcements for the tests of the feeds, and published feeds as readers see them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import feedparser
from lxml import etree

from archive.models import Announcement, Figure, KeyDate, Source, Tag

SITE_URL = "https://feeds.example.org/visas"
AUTHORITY = "example.org"
SEEN = datetime(2026, 3, 20, 9, 0, tzinfo=UTC)

OFFICIAL = Source(
    id="ca-office-news", name="Office of Arrivals: news", publisher="Office of Arrivals", country="CA",
    kind="government", authority="primary", language="en", url="https://arrivals.example.ca/news?a[]=1&b=2",
    licence="Open licence 1.0", republish="full", cadence="daily",
)  # fmt: skip
PRESS = replace(
    OFFICIAL, id="news-daily", name="The Daily Stamp", publisher="The Daily Stamp", authority="secondary",
    kind="news", url="https://stamp.example.com/rss", licence="", republish="excerpt",
)  # fmt: skip

CANADA = Tag("country", "ca", "Canada", "country-name", 1.0, "Canada")
H1B = Tag("programme", "us-h-1b", "H-1B", "alias", 0.9, "H-1B specialty occupation")
STREAM = Tag("programme", "ca-gss", "two-week permit", "alias", 0.9, "Global Skills Strategy")


def announcement(key: str, **changes: Any) -> Announcement:
    """An announcement with made-up but complete values; ``key`` makes its id, address and title."""
    values: dict[str, Any] = {
        "source_id": OFFICIAL.id,
        "url": f"https://arrivals.example.ca/{key}",
        "title": f"Permit notice {key}",
        "summary": f"What notice {key} says in short.",
        "body": f"The office opens counter {key}.\n\nIt stays open until further notice.",
        "language": "en",
        "publisher": "Office of Arrivals",
        "published": date(2026, 3, 10),
        "tags": [CANADA, STREAM],
        "seen": SEEN,
    }
    item = Announcement(**(values | changes))
    item.id = item.id or sha256(key.encode()).hexdigest()[:16]
    item.canonical_url = item.canonical_url or item.url
    said = (item.title, item.summary, item.body, item.stage)
    item.content_hash = sha256(repr(said).encode()).hexdigest()
    return item


def rich() -> Announcement:
    """One announcement with every kind of fact."""
    return announcement(
        "rich",
        title="Two-week permits for engineers become final",
        stage="final",
        published=datetime(2026, 3, 11, 14, 30, tzinfo=UTC),
        tags=[CANADA, STREAM, H1B, Tag("topic", "fees", "fee", "cue", 0.8, "Fees")],
        key_dates=[
            KeyDate("comment_deadline", "2026-05", "in May", "r", "month"),
            KeyDate(
                "effective",
                "2026-04-01",
                "on 1 April",
                "r",
                time="00:01",
                zone="ET",
                applies_to="new requests",
            ),
        ],
        figures=[
            Figure("ca-gss", "fee", "155", "q", "r", 155, currency="CAD", previous="155", series="fee"),
            Figure(
                "ca-gss",
                "draw_size",
                "12000",
                "q",
                "r",
                12000,
                previous="9500",
                dimensions={"round": "Stream A"},
            ),
            *(Figure("ca-gss", "score", str(480 + n), "q", "r", series=f"score/{n}") for n in range(7)),
        ],
    )


def parsed(path: Path) -> Any:
    """A feed as feedparser reads it, which must find nothing wrong with it."""
    feed = feedparser.parse(path.read_bytes(), sanitize_html=False)
    assert not feed.bozo, feed.get("bozo_exception")
    return feed


def tree(path: Path) -> Any:
    return etree.fromstring(path.read_bytes())
