"""Runs a crawl of the due sources in one process and says how it went."""

from __future__ import annotations

import fcntl
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import click
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.settings import Settings

from archive.models import HEALTHY
from archive.overrides import OVERRIDES, load_overrides
from archive.store import Archive, ArchiveError
from pipelines.thread import Threader
from spiders.fleet import Fleet
from spiders.recording import open_recording
from spiders.register import Entry, due, find, register
from visawire.config import Config


class Locked(Exception):
    """Another run holds the lock of this archive."""


@contextmanager
def run_lock(archive: Path) -> Iterator[None]:
    """One run an archive at a time; the kernel lets go of the lock however a process ends.

    Raises :class:`Locked`, or :class:`~archive.store.ArchiveError` where the folder cannot be written to.
    """
    path = archive.with_name(archive.name + ".lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = path.open("w")
    except OSError as error:
        advice = "check that its folder can be written to, or name another place with --archive"
        raise ArchiveError(f"{path}: cannot be written ({error.strerror}); {advice}") from error
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Locked(f"another run holds {path}; wait for it to end") from error
        yield


@dataclass(frozen=True, slots=True)
class CheckRow:
    """How one source fared."""

    source_id: str
    state: str
    seen: int
    new: int
    changed: int
    error: str


@dataclass(slots=True)
class CrawlReport:
    """What a crawl did. ``checks`` has a row for each source that was looked at."""

    checks: list[CheckRow] = field(default_factory=list)
    skipped: int = 0

    @property
    def failed(self) -> list[CheckRow]:
        return [c for c in self.checks if c.state not in HEALTHY]

    @property
    def offline(self) -> bool:
        """Not one source could be reached."""
        return bool(self.checks) and all(c.state == "unreachable" for c in self.checks)

    @property
    def exit_code(self) -> int:
        """0 all fine, 1 some sources failed, 3 none of those asked could be used."""
        if not self.failed:
            return 0
        return 3 if len(self.failed) == len(self.checks) else 1

    @property
    def new(self) -> int:
        return sum(c.new for c in self.checks)

    @property
    def changed(self) -> int:
        return sum(c.changed for c in self.checks)


def report_failures(report: CrawlReport) -> None:
    """Say on standard error what failed, and whether that was simply the network."""
    for check in report.failed:
        click.echo(f"visawire: {check.source_id}: {check.state}: {check.error}", err=True)
    if report.offline:
        click.echo(
            "visawire: offline: not one source could be reached. Check the network (and DNS) and run again; "
            "published files are as they were. `visawire demo` shows the product without a network.",
            err=True,
        )


def choose(config: Config, names: Sequence[str], everything: bool, now: datetime) -> list[Entry]:
    """The sources to crawl: those named, all active ones, or those that are due.

    Raises :class:`~spiders.register.RegisterError` for an unknown name.
    """
    entries = register()
    if names:
        return [find(name, entries) for name in names]
    if everything:
        return [e for e in entries.values() if e.source.active]
    with Archive(config.archive) as archive:
        return due(entries.values(), archive.last_checks(), now)


def crawl(
    config: Config,
    entries: Sequence[Entry],
    *,
    command: str = "crawl",
    replay: str = "",
    replay_at: str = "",
    record: str = "",
    full: bool = False,
    verbose: int = 0,
) -> CrawlReport:
    """Crawl ``entries`` into the archive. Call once a process: Scrapy's reactor cannot start twice.

    Raises :class:`~spiders.recording.RecordingError` for a recording that cannot be used and
    :class:`~archive.store.ArchiveError` for an unusable archive.
    """
    if not entries:
        return CrawlReport()
    if replay:
        open_recording(replay, replay_at)  # fails now, with a clear message, rather than inside the crawl
    overrides = load_overrides(OVERRIDES)
    with Archive(config.archive) as archive:
        archive.sync_sources(entry.source for entry in register().values())
        run = archive.begin_run(command, datetime.now(UTC), replay)
    settings = _settings()
    settings.setdict(
        {
            "VISAWIRE_ARCHIVE": str(config.archive),
            "VISAWIRE_RUN": run,
            "VISAWIRE_REPLAY": replay,
            "VISAWIRE_REPLAY_AT": replay_at,
            "VISAWIRE_RECORD": record,
            "VISAWIRE_FULL": full,
            "USER_AGENT": config.user_agent,
            "LOG_LEVEL": "INFO" if verbose > 1 else "ERROR",
        },
        priority="cmdline",
    )
    if replay:
        # a second lock on the door: without handlers no code path can open a socket
        settings.set("DOWNLOAD_HANDLERS", dict.fromkeys(("http", "https", "file", "data", "ftp", "s3")), "cmdline")
        settings.set("DOWNLOAD_DELAY", 0, "cmdline")
    process = AsyncCrawlerProcess(settings)
    _quiet_libraries()
    process.crawl(Fleet.of(entries))
    process.start()
    with Archive(config.archive) as archive:
        Threader(archive, overrides).catch_up()
        report = CrawlReport(checks=_checks(archive, run))
        archive.finish_run(run, datetime.now(UTC), report.exit_code)
    return report


def _settings() -> Settings:
    settings = Settings()
    settings.setmodule("visawire.settings", priority="project")
    return settings


def _quiet_libraries() -> None:
    # the robots middleware logs what the source's own check says better
    for name in ("trafilatura", "htmldate", "charset_normalizer", "scrapy.downloadermiddlewares.robotstxt"):
        logging.getLogger(name).setLevel(logging.CRITICAL)


def _checks(archive: Archive, run: int) -> list[CheckRow]:
    rows = archive.rows("SELECT * FROM checks WHERE run_id=? ORDER BY source_id", (run,))
    return [CheckRow(r["source_id"], r["state"], r["seen"], r["new"], r["changed"], r["error"]) for r in rows]
