"""``visawire sources``: list the register, try a source on a page, record one, check all entries."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from archive.store import Archive
from spiders.guard import PageError
from spiders.recording import parse_at
from spiders.register import RegisterError, find, register
from visawire.config import Config
from visawire.crawling import crawl, report_failures
from visawire.options import EXIT_NOTHING, fail, with_config


@click.group()
def sources() -> None:
    """The register: list sources, try one on a saved page, record one, check all entries."""


@sources.command("list")
@click.option("--country", help="Only this country, such as CA.")
@click.option("--json", "as_lines", is_flag=True, help="A JSON line for each source.")
@with_config
def sources_list(config: Config, country: str | None, as_lines: bool) -> None:
    """What is watched, with its last check.

    \b
    visawire sources list --country CA
    """
    last: dict[str, Any] = {}
    if config.archive.exists():
        with Archive.reading(config.archive) as archive:
            last = dict(archive.last_checks())
    for entry in register().values():
        source = entry.source
        if country and source.country != country.upper():
            continue
        state = last[source.id]["state"] if source.id in last else "never"
        if as_lines:
            shown = ("id", "name", "publisher", "country", "cadence", "url", "licence", "unverified", "active")
            row = {key: getattr(source, key) for key in shown} | {"state": state}
            click.echo(json.dumps(row, ensure_ascii=False))
        else:
            mark = " (unverified address)" if source.unverified else ""
            click.echo(f"{source.id:28} {source.country}  {source.cadence:9} {state:12} {source.name}{mark}")


@sources.command("try")
@click.argument("source_id", metavar="ID-OR-URL")
@click.option(
    "--page",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Read this saved page instead of the network.",
)
@click.option("--url", default="", help="The address that the page answers, if it is not the source's own.")
@click.option("--captured", default="", metavar="DATE", help="When the page was saved [now].")
def sources_try(source_id: str, page: Path | None, url: str, captured: str) -> None:
    """Read one page as a source would and print each announcement as a JSON line. Nothing is stored.

    \b
    visawire sources try ca-ee-rounds --page rounds.json
    visawire sources try us-state-visa-bulletin --page july.html --url https://travel.state.gov/.../july-2026.html
    visawire sources try us-uscis-alerts            (asks the live page)
    """
    from visawire.trial import as_json, fetch, read_file, read_recorded

    entries = register()
    if source_id.startswith(("http://", "https://")):
        url = source_id
        entry = next((e for e in entries.values() if e.can_read(url)), None)
        if entry is None:
            raise RegisterError(f"no source reads {url}; `visawire sources list --json` shows their addresses")
    else:
        entry = find(source_id, entries)
    try:
        if page is not None:
            found = read_file(entry, page, url, parse_at(captured))
        else:
            answer = fetch(entry, url)
            found = [(answer.url, read_recorded(entry, answer))]
    except PageError as error:
        fail(f"{entry.id}: {error.state}: {url or entry.source.url}: {error}", EXIT_NOTHING)
        return
    for address, items in found:
        if not items:
            click.echo(f"{address}: nothing is announced here; the page only leads to others", err=True)
        for item in items:
            click.echo(json.dumps(as_json(item), ensure_ascii=False))


@sources.command("record")
@click.argument("source_id", metavar="ID")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@with_config
def sources_record(config: Config, source_id: str, file: Path | None) -> None:
    """Fetch a source and keep every answer in a WARC file (ID.warc.gz), for tests and bug reports.

    \b
    visawire sources record us-uscis-alerts
    visawire sources record us-uscis-alerts alerts.warc.gz
    """
    import tempfile
    from dataclasses import replace

    entry = find(source_id, register())
    file = file or Path(f"{source_id}.warc.gz")
    with tempfile.TemporaryDirectory() as scratch:
        report = crawl(
            replace(config, archive=Path(scratch) / "scratch.db"), [entry], command="record", record=str(file)
        )
    report_failures(report)
    if not report.exit_code:
        click.echo(f"{file}: {report.checks[0].seen} announcements of {source_id}")
    sys.exit(report.exit_code)


@sources.command("check")
@click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
def sources_check(folder: Path | None) -> None:
    """Validate the register (or a folder of <country>.toml files) and every reader's options.

    \b
    visawire sources check
    visawire sources check my-sources/
    """
    from spiders.readers import spider_class
    from spiders.register import load

    entries = load(folder) if folder else register()
    for entry in entries.values():
        spider_class(entry)
    click.echo(f"{len(entries)} entries are valid")
