"""Commands that look into the archive: status, doctor, search, backup."""

from __future__ import annotations

import json
import os
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from archive.store import Archive
from feeds.health import SourceHealth, source_health
from spiders.register import register
from visawire.config import Config
from visawire.known_codes import check_settings
from visawire.notify_config import has_notifications
from visawire.options import EXIT_NOTHING, EXIT_USAGE, fail, need_archive, with_config


@click.command()
@click.option("--json", "as_lines", is_flag=True, help="A JSON line for each source.")
@with_config
def status(config: Config, as_lines: bool) -> None:
    """How each source fares; exit code 1 when one fails, is late or has gone quiet.

    \b
    visawire status
    """
    need_archive(config)
    with Archive.reading(config.archive) as archive:
        known = {one.id: one for one in source_health(archive.db, datetime.now(UTC))}
    bad = 0
    for entry in register().values():
        health = known.get(entry.id)
        state = health.state if health else "never" if entry.source.active else "retired"
        bad += health is not None and not health.well
        checked, newest, error = (health.checked, health.newest, health.error) if health else ("", "", "")
        if as_lines:
            more = {"newest": newest or None, "expected_days": health.expected if health else None}
            more |= {"flaky": health.flaky if health else 0, "down_since": _down_since(health)}
            told = {"id": entry.id, "state": state, "checked": checked or None, "error": error}
            click.echo(json.dumps(told | more))
        else:
            click.echo(f"{entry.id:28} {state:12} {checked:20} {error or _remark(health)}".rstrip())
    sys.exit(1 if bad else 0)


def _down_since(health: SourceHealth | None) -> str | None:
    return health.down.began if health and health.down else None


def _remark(health: SourceHealth | None) -> str:
    if health is None or health.state not in ("late", "quiet"):
        return ""
    if health.state == "late":
        return f"looked at {health.cadence} by plan: is the schedule running?"
    return f"nothing new since {health.newest}; as a rule something comes within {health.expected} days"


#: Hosts that are reserved for examples (RFC 2606); deploy/visawire.toml.example is full of them.
_EXAMPLE = re.compile(r"\bexample\.(?:org|com|net)\b|\.example\b", re.IGNORECASE)


def _settings(config: Config) -> list[tuple[str, str, str]]:
    return [
        ("site", "authority", config.authority), ("site", "url", config.site_url), ("site", "hub", config.hub),
        ("site", "search", config.search), ("crawl", "contact", config.contact),
    ]  # fmt: skip


@click.command()
@with_config
def doctor(config: Config) -> None:
    """Check the register, the configuration, the archive's integrity and its search index.

    \b
    visawire doctor
    """
    from spiders.readers import spider_class

    check_settings(config)
    problems = []
    for entry in register().values():
        spider_class(entry)
    click.echo(f"register: {len(register())} entries are valid")
    if not config.contact:
        problems.append(
            "no contact in the User-Agent: set [crawl] contact in visawire.toml, so that publishers can reach you"
        )
    if config.authority.endswith(".invalid"):
        problems.append("[site] authority is not set: set it to a domain of yours before others subscribe")
    problems += [
        f"[{table}] {key} = {value!r} is the example's: set it to one of yours"
        + (" before the first publication; it can never be changed after it" if key == "authority" else "")
        for table, key, value in _settings(config)
        if _EXAMPLE.search(value)
    ]
    if config.archive.exists():
        with Archive.reading(config.archive) as archive:
            integrity = archive.value("PRAGMA integrity_check")
            click.echo(
                f"archive: integrity {integrity}, {archive.value('SELECT count(*) FROM announcements')} announcements"
            )
            if integrity != "ok":
                problems.append(f"{config.archive} is damaged: restore a backup made with `visawire backup`")
            if archive.read_only or not os.access(config.archive, os.W_OK):
                click.echo("archive: read-only for this user, so that its search index was not checked")
            elif not archive.search_index_ok():
                archive.rebuild_search_index()
                click.echo("archive: the search index did not fit and was rebuilt")
    else:
        click.echo(f"archive: none yet at {config.archive}")
    if has_notifications(config):
        from visawire.notify import advice

        problems += advice(config)
    for problem in problems:
        click.echo(f"advice: {problem}")
    sys.exit(EXIT_NOTHING if any("damaged" in p for p in problems) else 0)


@click.command()
@click.argument("query", nargs=-1, required=True)
@click.option("--limit", default=20, show_default=True, help="Most rows.")
@click.option("--json", "as_lines", is_flag=True, help="A JSON line for each announcement.")
@with_config
def search(config: Config, query: tuple[str, ...], limit: int, as_lines: bool) -> None:
    """Search the archive's announcements, newest first. Programme aliases count: h1b finds H-1B.

    \b
    visawire search H-1B cap
    visawire search express entry --limit 5 --json
    """
    need_archive(config)
    with Archive.reading(config.archive) as archive:
        rows = archive.search(" ".join(query), limit)
    if not rows:
        click.echo(f"visawire: nothing in {config.archive} has all of these words: {' '.join(query)}", err=True)
    for row in rows:
        if as_lines:
            click.echo(json.dumps(dict(row), ensure_ascii=False))
        else:
            click.echo(
                f"{(row['published'] or 'undated')[:10]}  {row['title']}\n            {row['source_id']}  {row['url']}"
            )


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@with_config
def backup(config: Config, file: Path) -> None:
    """Copy the archive to FILE while it is in use.

    \b
    visawire backup /backups/visawire-2026-11-22.db
    """
    need_archive(config)
    if file.exists():
        fail(f"{file} exists; name a new file, or move that one away", EXIT_USAGE)
    with Archive.reading(config.archive) as archive:
        archive.backup(file)
