"""A small invented archive, filled through :class:`Archive`, for tests of what shows it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from archive.models import Announcement, Check, Figure, Identifier, KeyDate, Source, Tag
from archive.store import Archive

SEEN = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
H1B_ALIAS = "H-1B h1b specialty occupation"


def make_source(source_id: str = "us-example-rules", **changes: Any) -> Source:
    values: dict[str, Any] = {
        "id": source_id, "name": "Rules and notices", "publisher": "Department of Examples", "country": "US",
        "kind": "government", "authority": "primary", "language": "en", "url": "https://rules.example/feed",
        "licence": "Public domain", "republish": "full", "cadence": "daily",
    }  # fmt: skip
    return Source(**values | changes)


def make_item(item_id: str, title: str, **changes: Any) -> Announcement:
    values: dict[str, Any] = {
        "source_id": "us-example-rules", "url": f"https://rules.example/{item_id}", "title": title,
        "id": item_id, "canonical_url": f"https://rules.example/{item_id}",
        "content_hash": f"hash-{item_id}", "language": "en", "published": date(2026, 3, 1), "seen": SEEN,
    }  # fmt: skip
    return Announcement(**values | changes)


def fill(path: Path) -> None:
    with Archive(path) as archive:
        archive.sync_sources([make_source(), make_source("us-example-press", name="Press", authority="secondary")])
        run = archive.begin_run("crawl", SEEN)
        archive.add_check(run, Check("us-example-rules", "ok", SEEN, statuses={"200": 2}, bytes=900, seen=4, new=4))
        archive.add_check(run, Check("us-example-press", "blocked", SEEN, error="HTTP 403 at https://press.example/"))
        archive.finish_run(run, SEEN, 1)
        rule = make_item(
            "a1",
            "Weighted selection for temporary engineers",
            summary="A made-up rule.",
            body="The wage floor rises to $1,234.",
            stage="final",
            alias=H1B_ALIAS,
            tags=[
                Tag("programme", "us-h-1b", "temporary engineers", "alias", 0.9, label="H-1B"),
                Tag("country", "us", "Department of Examples", "source", label="United States"),
            ],
            key_dates=[
                KeyDate(
                    "effective",
                    "2099-04-01",
                    "It applies from 1 April 2099.",
                    "from-date",
                    time="00:01",
                    zone="EST",
                )
            ],
            figures=[
                Figure(
                    "us-h-1b", "fee", "1234", "a fee of $1,234", "money", number=1234.0, currency="USD",
                    previous="1000", series="registration", dimensions={"size": "small firms"},
                )
            ],
            identifiers=[Identifier("rin", "9999-ZZ99")],
            attributes={"action": "Final rule."},
        )  # fmt: skip
        archive.store(rule)
        rule.title, rule.content_hash = "Weighted selection for temporary engineers, corrected", "hash-a1-2"
        archive.store(rule)
        archive.store(make_item("a2", "<script>alert(1)</script> <b>bold</b>", url="javascript:alert(2)",
                                canonical_url="javascript:alert(2)", summary='<img src=x onerror="alert(3)">',
                                body="</div><script>alert(4)</script>"))  # fmt: skip
        archive.store(make_item("a3", "Cap of the orchard visa reached", published=date(2026, 2, 1)))
        copy = make_item("a4", "Weighted selection, as reported", source_id="us-example-press")
        copy.url, copy.canonical_url = "https://press.example/4", "https://rules.example/a1"
        archive.store(copy)
