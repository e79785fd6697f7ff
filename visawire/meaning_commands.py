"""``visawire explain`` and ``visawire retag``: why an announcement is judged as it is, and judging all anew."""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Iterator

import click
from tqdm import tqdm

from archive.facts import announcement_of
from archive.identity import canonical_url
from archive.overrides import OVERRIDES, load_overrides
from archive.store import Archive
from pipelines.signs import cues
from pipelines.stage import WEIGHED, traits_of, weights
from pipelines.thread import Threader
from pipelines.understand import understand
from pipelines.vocabulary import vocabulary
from visawire.config import Config
from visawire.crawling import run_lock
from visawire.options import EXIT_USAGE, fail, need_archive, with_config
from visawire.retagging import retag as run_retag
from visawire.story_commands import story_lines

#: How many traits are named on each side of a stage that was weighed.
_TOLD = 6


@click.command()
@click.argument("which", metavar="ID-OR-URL")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@with_config
def explain(config: Config, which: str, as_json: bool) -> None:
    """Each stage's verdict on one announcement, with the words that led to it.

    \b
    visawire explain 101c4bc0d974786a
    visawire explain https://www.uscis.gov/newsroom/alerts/some-alert
    """
    need_archive(config)
    with Archive.reading(config.archive) as archive:
        row = _find(archive, which)
        if row is None:
            fail(f"{which} is not in {config.archive}; `visawire search WORDS` finds ids", EXIT_USAGE)
        told = _explanation(archive, row)
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    click.echo(f"{row['title']}\n  {row['url']}\n  id {row['id']}, {row['source_id']}, published {row['published']}")
    for heading, lines in told.items():
        if isinstance(lines, list) and lines:
            click.echo(f"\n{heading}")
            for line in lines:
                click.echo(f"  {line}")


def _find(archive: Archive, which: str) -> sqlite3.Row | None:
    if which.startswith(("http://", "https://")):
        sql = "SELECT * FROM announcements WHERE canonical_url=? OR url=? ORDER BY duplicate_of IS NOT NULL LIMIT 1"
        rows = archive.rows(sql, (canonical_url(which), which))
    else:
        rows = archive.rows("SELECT * FROM announcements WHERE id=?", (which,))
    return rows[0] if rows else None


def _explanation(archive: Archive, row: sqlite3.Row) -> dict[str, str | list[str]]:
    return {
        "id": row["id"],
        "relevance": list(_relevance(row)),
        "stage": [f"{row['stage'] or 'none'}{_words_of(archive, row['id'], 'stage')}", *_weighed(archive, row)],
        "tags": [
            f"{r['facet']} {r['code']} ({r['label']}): “{r['words']}” by {r['rule']}, confidence {r['confidence']:g}"
            for r in archive.rows(
                "SELECT t.facet, t.code, t.label, x.words, x.rule, x.confidence FROM announcement_tags x "
                "JOIN tags t ON t.id=x.tag_id WHERE x.announcement_id=? AND t.facet<>'stage' ORDER BY t.id",
                (row["id"],),
            )
        ],
        "dates": [
            f"{r['kind']} {r['date']}{' ' + r['time'] if r['time'] else ''}{' ' + r['zone'] if r['zone'] else ''}"
            f"{', applies to ' + r['applies_to'] if r['applies_to'] else ''}: “{r['quote']}” by {r['rule']}"
            for r in archive.rows("SELECT * FROM key_dates WHERE announcement_id=? ORDER BY id", (row["id"],))
        ],
        "figures": [
            f"{r['programme']} {r['parameter']} {r['previous'] + ' -> ' if r['previous'] else ''}{r['value']} "
            f"{r['currency'] or r['unit']}{' from ' + r['valid_from'] if r['valid_from'] else ''}: “{r['quote']}” "
            f"by {r['rule']}"
            for r in archive.rows("SELECT * FROM figures WHERE announcement_id=? ORDER BY id LIMIT 40", (row["id"],))
        ],
        "identifiers": [
            f"{r['role']} {r['scheme']} {r['value']}"
            for r in archive.rows("SELECT * FROM identifiers WHERE announcement_id=? ORDER BY role DESC", (row["id"],))
        ],
        "same document": list(_copies(archive, row)),
        "stories": story_lines(archive, row["id"]),
    }


def _relevance(row: sqlite3.Row) -> Iterator[str]:
    verdict = {1: "relevant", 0: "not relevant", None: "not judged yet"}[row["relevant"]]
    score = f" ({row['relevance']:.2f})" if row["relevance"] is not None else ""
    yield f"{verdict}{score}: {row['relevance_reason'] or 'no reason stored; run `visawire retag`'}"


def _words_of(archive: Archive, announcement_id: str, facet: str) -> str:
    rows = archive.rows(
        "SELECT x.words, x.rule FROM announcement_tags x JOIN tags t ON t.id=x.tag_id "
        "WHERE x.announcement_id=? AND t.facet=?",
        (announcement_id, facet),
    )
    return "".join(f": “{r['words']}” by {r['rule']}" for r in rows)


def _weighed(archive: Archive, row: sqlite3.Row) -> Iterator[str]:
    """What spoke most for and against a stage that was weighed, from the text as it is stored."""
    source = archive.source(row["source_id"])
    item = understand(announcement_of(archive.db, row), source, vocabulary())
    rules = [tag.rule for tag in item.tags if tag.facet == "stage"]
    if not any(rule.startswith(f"{WEIGHED}:") for rule in rules):
        return
    found = weights().telling(item.stage, traits_of(item, source.kind, cues().read(item)))
    for side, chosen in (("for it", [t for t in found if t[1] > 0]), ("against", [t for t in found if t[1] < 0])):
        if chosen:
            yield f"{side}: " + ", ".join(f"{trait.lstrip('=')} {worth:+.2f}" for trait, worth in chosen[:_TOLD])


def _copies(archive: Archive, row: sqlite3.Row) -> Iterator[str]:
    if row["duplicate_of"]:
        yield f"duplicate of {row['duplicate_of']}: {row['duplicate_reason']}"
    for copy in archive.rows("SELECT * FROM announcements WHERE duplicate_of=?", (row["id"],)):
        yield f"also {copy['id']} {copy['url']}: {copy['duplicate_reason']}"


@click.command()
@with_config
def retag(config: Config) -> None:
    """Work out tags, dates, figures and relevance of the whole archive anew, after a change of rules or words.

    Decisions in overrides.toml (retag, suppress) come after the rules; stories are put together again at the end.
    Interrupted, it goes on where it stopped when it is called again. Texts and revisions are not touched.

    \b
    visawire retag && visawire publish
    """
    need_archive(config)
    overrides = load_overrides(OVERRIDES)
    with run_lock(config.archive), Archive(config.archive) as archive:
        total = archive.value("SELECT count(*) FROM announcements")
        with tqdm(total=total, unit="announcements", disable=not sys.stderr.isatty()) as bar:
            report = run_retag(archive, overrides, advance=bar.update)
        Threader(archive, overrides).rethread()
    click.echo(
        f"{report.seen} announcements{' (resumed)' if report.resumed else ''}, {report.changed} changed: "
        f"{report.stages} stages, {report.verdicts} verdicts of relevance"
    )
    for code, count in report.tags.most_common():
        click.echo(f"  {code} {count}")
