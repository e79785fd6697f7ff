"""Commands that look into the archive: status, doctor, search, backup."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from archive.models import HEALTHY
from archive.store import Archive
from spiders.register import CADENCES, register
from visawire.config import Config
from visawire.options import EXIT_NOTHING, EXIT_USAGE, fail, need_archive, with_config


@click.command()
@click.option("--json", "as_lines", is_flag=True, help="A JSON line for each source.")
@with_config
def status(config: Config, as_lines: bool) -> None:
    """How each source fared at its last check; exit code 1 when one is not healthy.

    \b
    visawire status
    """
    need_archive(config)
    with Archive(config.archive) as archive:
        last = archive.last_checks()
    bad = 0
    for entry in register().values():
        check = last.get(entry.id)
        state = check["state"] if check else "never"
        bad += check is not None and state not in HEALTHY
        late = check is not None and _late(check["started"], entry.source.cadence)
        if as_lines:
            checked = {"checked": check["started"] if check else None, "error": check["error"] if check else ""}
            click.echo(json.dumps({"id": entry.id, "state": state, "late": late, **checked}))
        else:
            when = check["started"] if check else ""
            remark = f"{'late ' if late else ''}{check['error'] if check else ''}"
            click.echo(f"{entry.id:28} {state:12} {when:20} {remark}".rstrip())
    sys.exit(1 if bad else 0)


def _late(started: str, cadence: str) -> bool:
    return datetime.fromisoformat(started) + 2 * CADENCES[cadence] < datetime.now(UTC)


@click.command()
@with_config
def doctor(config: Config) -> None:
    """Check the register, the configuration, the archive's integrity and its search index.

    \b
    visawire doctor
    """
    from spiders.readers import spider_class

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
    if config.archive.exists():
        with Archive(config.archive) as archive:
            integrity = archive.value("PRAGMA integrity_check")
            click.echo(
                f"archive: integrity {integrity}, {archive.value('SELECT count(*) FROM announcements')} announcements"
            )
            if integrity != "ok":
                problems.append(f"{config.archive} is damaged: restore a backup made with `visawire backup`")
            if not archive.search_index_ok():
                archive.rebuild_search_index()
                click.echo("archive: the search index did not fit and was rebuilt")
    else:
        click.echo(f"archive: none yet at {config.archive}")
    for problem in problems:
        click.echo(f"advice: {problem}")
    sys.exit(EXIT_NOTHING if any("damaged" in p for p in problems) else 0)


@click.command()
@click.argument("query")
@click.option("--limit", default=20, show_default=True, help="Most rows.")
@click.option("--json", "as_lines", is_flag=True, help="A JSON line for each announcement.")
@with_config
def search(config: Config, query: str, limit: int, as_lines: bool) -> None:
    """Search the archive's announcements, newest first. Programme aliases count: h1b finds H-1B.

    \b
    visawire search "H-1B cap"
    visawire search "express entry" --limit 5 --json
    """
    need_archive(config)
    with Archive(config.archive) as archive:
        rows = archive.search(query, limit)
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
    with Archive(config.archive) as archive:
        archive.backup(file)
