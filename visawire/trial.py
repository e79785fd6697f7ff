"""Reads one saved page as if a source had answered it: what ``sources try`` and the fixtures rest on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.settings import Settings

from archive.models import Announcement, iso
from pipelines.clean import clean
from pipelines.identify import identify
from spiders.account import Account
from spiders.base import SourceSpider
from spiders.guard import PageError
from spiders.readers import spider_class
from spiders.recording import Recorded, RecordingError, open_recording, read_saved, response_of, url_key
from spiders.register import Entry

#: Fields that a reader sets; the rest of an announcement is worked out by the pipelines.
READ_FIELDS = (
    "url", "external_id", "title", "summary", "body", "language", "publisher", "published", "published_precision",
    "updated", "stage", "key_dates", "figures", "identifiers", "tags", "attributes",
)  # fmt: skip


def read_recorded(entry: Entry, recorded: Recorded) -> list[Announcement]:
    """The cleaned, identified announcements of one recorded response.

    Raises :class:`~spiders.guard.PageError` when the page is refused, empty or drifted.
    """
    spider = _spider(entry)
    request = Request(recorded.url, meta={"recorded": recorded.captured})
    response = response_of(recorded, recorded.url, request)
    return [identify(clean(item), entry.source) for item in spider.read_page(response)]


def _spider(entry: Entry) -> SourceSpider:
    settings = Settings()
    settings.setmodule("visawire.settings", priority="project")
    settings.set("EXTENSIONS", {}, "cmdline")
    settings.set("LOG_LEVEL", "ERROR", "cmdline")
    crawler = Crawler(spider_class(entry), settings)
    spider = spider_class(entry)(name=entry.id)
    spider.crawler = crawler
    spider.settings = settings
    spider.account = Account(entry.id)
    return spider


def read_file(
    entry: Entry, page: Path, url: str = "", captured: datetime | None = None
) -> Sequence[tuple[str, list[Announcement]]]:
    """Read a saved page (plain, ``.gz`` or a cassette) as the source's ``url`` (default: its own address).

    A cassette gives the exchange of ``url``, or, where it holds none of that address, each exchange that the
    source can read. Raises :class:`~spiders.recording.RecordingError` when the file holds nothing for this source.
    """
    moment = captured or datetime.now(UTC)
    address = url or entry.source.url.replace("{YYYYMMDD}", moment.strftime("%Y%m%d"))
    responses = list(read_saved(page, address, moment))
    if len(responses) > 1:
        asked = [r for r in responses if url and url_key(r.url) == url_key(url)]
        responses = asked or [r for r in responses if entry.can_read(r.url)]
    if not responses:
        raise RecordingError(f"{page}: holds no answer that {entry.id} reads; name its address with --url")
    return [(r.url, read_recorded(entry, r)) for r in responses]


def fetch(entry: Entry, url: str = "") -> Recorded:
    """Ask the live page once, as a crawl would (robots.txt, User-Agent), and return what it answered.

    Raises :class:`~spiders.guard.PageError` when there was no answer.
    """
    import tempfile

    from spiders.register import register
    from visawire.config import Config
    from visawire.crawling import crawl

    address = url or next(iter(_spider(entry).first_urls()))
    with tempfile.TemporaryDirectory() as scratch:
        warc = Path(scratch) / "answer.warc.gz"
        report = crawl(
            Config(archive=Path(scratch) / "scratch.db"),
            [replace(register()[entry.id], urls=(address,))],
            record=str(warc),
        )
        if warc.exists():
            for recorded in open_recording(str(warc)).all():
                if not recorded.url.endswith("/robots.txt"):
                    return recorded
    raise PageError(report.checks[0].error or "no answer")


def as_json(item: Announcement) -> dict[str, Any]:
    """An announcement as plain JSON values: ids first, then all that was read; empty values left out."""
    found: dict[str, Any] = {"id": item.id, "source_id": item.source_id, "canonical_url": item.canonical_url}
    for name in READ_FIELDS:
        value = getattr(item, name)
        if isinstance(value, list):
            value = [{k: v for k, v in asdict(fact).items() if v not in ("", None, {})} for fact in value]
        elif isinstance(value, date):
            value = iso(value, item.published_precision if name == "published" else None)
        if value not in ("", None, [], {}):
            found[name] = value
    return found
