"""The demo: a bundled, invented web in the real endpoints' formats, crawled four times, then published.

The first crawl is a baseline and the second shows what is news. At the third a page has been edited without a word,
and a page that has been missing since the second counts as removed at the fourth, after three looks. By then the
week of the news is over, so that there is a digest of it.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from archive.store import Archive, ArchiveError
from feeds.publish import publish
from visawire.config import DEFAULT_ARCHIVE, DEFAULT_SITE, Config
from visawire.crawling import run_lock

#: Written by ``demo/build.py`` from the pages in ``demo/``.
WEB = Path(__file__).parent / "demo.warc.gz"

#: What all pages, feeds and events of the demo say.
NOTICE = "Demo: invented announcements in the real publishers' formats. Nothing here happened."

#: The moments at which the demo web is crawled.
CRAWLS = ("2017-06-20", "2017-07-18", "2017-07-19", "2017-07-24")

DEMO_ARCHIVE, DEMO_SITE = Path("var/demo/visawire.db"), Path("var/demo/site")


def demo_config(config: Config) -> Config:
    """The demo's own archive and site, unless options, environment or configuration name others."""
    return replace(
        config,
        archive=DEMO_ARCHIVE if config.archive == DEFAULT_ARCHIVE else config.archive,
        site=DEMO_SITE if config.site == DEFAULT_SITE else config.site,
    )


def demo_notice(archive: Archive) -> str:
    """:data:`NOTICE` for an archive into which the demo web was ever crawled, '' for any other."""
    replays = (row[0] for row in archive.rows("SELECT DISTINCT replay FROM runs WHERE replay <> ''"))
    return NOTICE if any(Path(replay).name == WEB.name for replay in replays) else ""


def run_demo(config: Config, *, verbose: bool = False) -> Iterator[str]:
    """Crawl the demo web at all moments and publish; yields a line for each step.

    A demo that was run before is found as it was left: crawls whose pages have been superseded are not
    repeated, the last one finds nothing new, and no file changes. Raises
    :class:`~archive.store.ArchiveError` when a crawl fails and :class:`~visawire.crawling.Locked` when
    another run holds the archive.
    """
    for number, at in enumerate(CRAWLS, start=1):
        if _seen_after(config.archive, at):
            yield f"crawl {number} of the demo web, as of {at}: done before"
            continue
        said = _crawl(config, at, verbose)
        if verbose:
            yield from said[:-1]
        yield f"crawl {number} of the demo web, as of {at}: {said[-1]}"
    with run_lock(config.archive), Archive(config.archive) as archive:
        done = publish(
            archive, config.site, site_url=config.site_url, authority=config.authority, search=config.search,
            notice=config.notice or NOTICE, own=config.file,
        )  # fmt: skip
        count = archive.value("SELECT count(*) FROM announcements")
    yield f"archive: {count} announcements in {config.archive}"
    yield f"published: {len(done.written)} files written, {done.unchanged} unchanged, in {config.site}"


def _seen_after(path: Path, day: str) -> bool:
    """Whether the archive holds answers from later days than this one (``2017-06-20``)."""
    if not path.exists():
        return False
    with Archive(path) as archive:
        return str(archive.value("SELECT max(checked) FROM responses") or "")[:10] > day


def _crawl(config: Config, at: str, verbose: bool) -> list[str]:
    """One crawl in a process of its own: a Twisted reactor cannot be started twice."""
    command = [
        sys.executable,
        "-m",
        "visawire",
        "crawl",
        "--all",
        "--replay",
        str(WEB),
        "--replay-at",
        at,
        "-v",
    ]
    command += ["--archive", str(config.archive), "--site", str(config.site)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ArchiveError(f"the demo crawl as of {at} ended with exit code {done.returncode}: {done.stderr.strip()}")
    return done.stdout.strip().splitlines()
