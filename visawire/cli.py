"""The command line. Exit codes: 0 fine, 1 some sources failed, 2 usage or configuration, 3 nothing usable or
publishing failed, 75 another run holds the lock."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

import visawire
from archive.store import Archive
from feeds.publish import publish
from spiders.recording import parse_at
from visawire.archive_commands import backup, doctor, search, status
from visawire.config import Config
from visawire.crawling import CrawlReport, Locked, choose, crawl, report_failures, run_lock
from visawire.demonstration import demo_notice
from visawire.evaluate_command import evaluate
from visawire.known_codes import check_settings
from visawire.ledger_command import ledger
from visawire.meaning_commands import explain, retag
from visawire.notify_command import notify
from visawire.notify_config import has_notifications
from visawire.options import EXIT_NOTHING, Commands, fail, need_archive, places, with_config
from visawire.source_commands import sources
from visawire.story_commands import rethread


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(visawire.__version__)
@places
@click.pass_context
def main(ctx: click.Context, /, **given: Path | None) -> None:
    """Immigration rules for tech workers, read from the governments that make them.

    \b
    visawire run                     crawl what is due and publish
    visawire serve                   browse the archive at http://127.0.0.1:8001
    visawire search "H-1B fee"       search the archive
    visawire sources list            what is watched
    """
    ctx.obj = given


for command in (sources, status, doctor, search, ledger, explain, retag, rethread, evaluate, backup, notify):
    main.add_command(command)


_REPLAY = "Answer every request from a WARC file or a folder with MANIFEST.csv; no network is used."
_REPLAY_AT = "Replay as of a day (2026-08-19) or time: the newest recording of an address until then answers."
_CRAWL_OPTIONS = (
    click.option("-v", "--verbose", count=True, help="A line for each source and a summary; -vv: the crawler's log."),
    click.option("--full", is_flag=True, help="Ask for whole pages, even where a stored validator would save it."),
    click.option("--record", type=click.Path(), default="", help="Write every exchange to this .warc.gz file."),
    click.option("--replay-at", default="", metavar="DATE", help=_REPLAY_AT),
    click.option("--replay", type=click.Path(), default="", help=_REPLAY),
    click.option("--all", "everything", is_flag=True, help="All active sources, due or not."),
)


def crawl_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say how to crawl."""
    for option in _CRAWL_OPTIONS:
        command = option(command)
    return command


def _crawl(config: Config, command: str, sources: tuple[str, ...], everything: bool, **how: Any) -> CrawlReport:
    parse_at(how["replay_at"])
    if how["replay_at"] and not how["replay"]:
        raise click.UsageError("--replay-at needs --replay")
    now = datetime.now(UTC)
    entries = choose(config, sources, everything or (bool(how["replay"]) and not sources), now)
    report = crawl(config, entries, command=command, **how)
    _report(report, bool(how["verbose"]))
    return report


def _report(report: CrawlReport, verbose: bool) -> None:
    if verbose:
        for check in report.checks:
            counts = f"{check.seen:5} seen {check.new:5} new {check.changed:4} changed"
            click.echo(f"  {check.source_id:28} {check.state:12} {counts}")
    report_failures(report)
    if verbose:
        click.echo(
            f"{len(report.checks)} sources, {len(report.failed)} failed, {report.new} new, {report.changed} changed"
            if report.checks
            else "no source is due"
        )


def _publish(config: Config, verbose: bool, *, full: bool = False) -> None:
    """Publish, and tell the hub of what changed."""
    with Archive(config.archive) as archive:
        done = publish(
            archive,
            config.site,
            site_url=config.site_url,
            authority=config.authority,
            hub=config.hub,
            search=config.search,
            notice=config.notice or demo_notice(archive),
            own=config.file,
            full=full,
            progress=sys.stderr.isatty(),
        )
    if config.hub:
        from visawire.websub import ping_changed

        for line in ping_changed(config, done.written):
            click.echo(f"visawire: {line}", err=True)
    if verbose:
        click.echo(f"{len(done.written)} files written, {done.unchanged} unchanged, in {config.site}")


@main.command("crawl")
@click.argument("sources", nargs=-1)
@crawl_options
@with_config
def crawl_command(config: Config, sources: tuple[str, ...], everything: bool, **how: Any) -> None:
    """Crawl the sources that are due, or those named.

    \b
    visawire crawl                                   what is due
    visawire crawl us-uscis-alerts ca-ee-rounds      these, now
    visawire crawl --all --record today.warc.gz      everything, and keep the answers
    visawire crawl --all --replay today.warc.gz      the same again without a network
    """
    with run_lock(config.archive):
        sys.exit(_crawl(config, "crawl", sources, everything, **how).exit_code)


@main.command()
@crawl_options
@click.option("--serve/--no-serve", "serving", default=False, help="Then serve the archive at http://127.0.0.1:8001.")
@click.option("--port", default=8001, show_default=True, help="Port for --serve.")
@with_config
def run(config: Config, everything: bool, serving: bool, port: int, **how: Any) -> None:
    """Crawl what is due and publish: what cron calls.

    \b
    visawire run                 quiet unless something is wrong
    visawire run -v --serve      say what happens, then browse the result
    """
    check_settings(config)
    notifying = has_notifications(config)
    if notifying:
        from visawire.notify import enlist

        enlist(config)  # wrong settings end here, and a new target gets what this run finds
    with run_lock(config.archive):
        report = _crawl(config, "run", (), everything, **how)
        if report.offline or (report.exit_code == EXIT_NOTHING and not _has_announcements(config)):
            sys.exit(EXIT_NOTHING)
        _publish(config, bool(how["verbose"]))
    undelivered = _notify(config) if notifying else 0
    if serving:
        _serve(config, "127.0.0.1", port)
    # the few sources that were due may all fail while the archive is in good health
    sys.exit(min(max(report.exit_code, undelivered), 1))


def _notify(config: Config) -> int:
    """Send what is due; 0 if all went well or another process is sending, else 1."""
    from visawire.notify import notify_all

    try:
        report = notify_all(config)
    except Locked:
        return 0
    for problem in report.problems:
        click.echo(f"visawire: {problem}", err=True)
    return report.exit_code


def _has_announcements(config: Config) -> bool:
    with Archive(config.archive) as archive:
        return archive.value("SELECT 1 FROM announcements LIMIT 1") is not None


@main.command("publish")
@click.option("-v", "--verbose", is_flag=True, help="One summary line.")
@click.option("--full", is_flag=True, help="Draw up every file anew, and not only what changed.")
@with_config
def publish_command(config: Config, verbose: bool, full: bool) -> None:
    """Write feeds, calendars and pages from the archive; a file is replaced only when its bytes differ.

    \b
    visawire publish -v
    visawire publish --full
    visawire --site /srv/www publish
    """
    check_settings(config)
    need_archive(config)
    with run_lock(config.archive):
        _publish(config, verbose, full=full)


def _serve(config: Config, host: str, port: int) -> None:
    from visawire.serving import ServeError, serve

    def ready(url: str) -> None:
        click.echo(f"Serving {config.archive} at {url} - stop with Ctrl-C")

    try:
        serve(config.archive, config.site, host=host, port=port, on_ready=ready, notice=config.notice)
    except ServeError as error:
        fail(str(error), EXIT_NOTHING)


@main.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8001, show_default=True, help="Port to listen on.")
@with_config
def serve_command(config: Config, host: str, port: int) -> None:
    """Browse and search the archive with Datasette; the published site is under /site/.

    \b
    visawire serve
    visawire serve --port 8080
    """
    need_archive(config)
    _serve(config, host, port)


@main.command()
@click.option("--serve/--no-serve", "serving", default=True, help="Serve the result at http://127.0.0.1:8001.")
@click.option("--port", default=8001, show_default=True, help="Port to serve on.")
@click.option("-v", "--verbose", is_flag=True, help="A line for each source.")
@with_config
def demo(config: Config, serving: bool, port: int, verbose: bool) -> None:
    """Show the whole product offline: crawl a bundled, invented web twice, publish, and serve.

    The demo has an archive of its own (var/demo) unless --archive and --site say otherwise.

    \b
    visawire demo
    visawire demo --no-serve --archive /tmp/demo.db --site /tmp/demo-site
    """
    from visawire.demonstration import demo_config, run_demo

    config = demo_config(config)
    check_settings(config)
    for line in run_demo(config, verbose=verbose):
        click.echo(line)
    if serving:
        _serve(config, "127.0.0.1", port)
