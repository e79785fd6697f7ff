"""Makes entries and reads pages for tests of readers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from scrapy import Request
from scrapy.http import HtmlResponse, TextResponse

from archive.models import Announcement
from spiders.base import Visit, Walk
from spiders.readers import spider_class
from spiders.recording import Recorded
from spiders.register import Entry, load
from visawire.trial import _spider, read_recorded

CAPTURED = datetime(2026, 9, 1, 12, tzinfo=UTC)


def entry_of(folder: Path, reader: str, url: str, reads: Sequence[str] = (), /, **options: Any) -> Entry:
    """A temporary register's only entry, loaded and checked as the real register is."""
    lines = [
        "[us-test-source]", 'name = "Test"', 'publisher = "Test Office"', 'kind = "government"',
        'authority = "primary"', 'language = "en"', f'url = "{url}"', f"reads = {list(reads)!r}", 'licence = "none"',
        'republish = "full"', 'cadence = "daily"', 'confidence = "documented"', f'reader = "{reader}"',
        "[us-test-source.options]",
    ]  # fmt: skip
    for key, value in options.items():
        text = str(value).lower() if isinstance(value, bool | int) else f"'{value}'"
        lines.append(f"{key} = {text}")
    folder.mkdir(exist_ok=True)
    (folder / "us.toml").write_text("\n".join(lines), encoding="utf-8")
    entry = load(folder)["us-test-source"]
    spider_class(entry)
    return entry


def read_text(entry: Entry, body: str | bytes, url: str = "", kind: str = "text/html") -> list[Announcement]:
    """What a source reads from a page, cleaned and identified."""
    raw = body.encode() if isinstance(body, str) else body
    return read_recorded(entry, Recorded(url or entry.source.url, CAPTURED, 200, (("Content-Type", kind),), raw))


def results(
    entry: Entry,
    body: str,
    url: str = "",
    archive: Any = None,
    headers: dict[str, str] | None = None,
    **arguments: Any,
) -> tuple[list[Announcement], list[Request]]:
    """What a crawl would get from a page: announcements, and requests for more."""
    spider = _spider(entry)
    spider.account.archive = archive
    kind = HtmlResponse if body.lstrip().startswith("<") else TextResponse
    response = kind(url or entry.source.url, body=body.encode(), encoding="utf-8", headers=headers)
    response.request = Request(response.url, meta={"visit": Visit(Walk(pending=1), spider.read)})
    found = list(spider.reader_for(response)(response, **arguments))
    return [r for r in found if isinstance(r, Announcement)], [r for r in found if isinstance(r, Request)]


def archive_with(known: set[str] | None = None, state: str = "ok", hashes: dict[str, str] | None = None) -> Any:
    """Stands in for an archive: which ids it knows (``None``: every one) and how the last crawl went."""
    return SimpleNamespace(
        knows=lambda own: known is None or own in known,
        last_checks=lambda: {"us-test-source": {"state": state}} if state else {},
        listing_hash=lambda own: (hashes or {}).get(own, ""),
        source=lambda source_id: SimpleNamespace(id=source_id, identity=""),
    )
