"""``visawire evaluate``: the chain measured on labelled items, or run on unlabelled ones."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import click
from tqdm import tqdm

from pipelines.clean import UnusableItem
from pipelines.evaluation import MEASURES, Report, as_line, read, table
from pipelines.evaluation import evaluate as compare
from pipelines.vocabulary import vocabulary
from visawire.config import Config
from visawire.options import EXIT_USAGE, fail, with_config
from visawire.story_commands import print_story_evaluation

_HEADINGS = ("", "precision", "recall", "F1", "exact", "items")
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("labelled", required=False, type=_FILE)
@click.option("--jsonl", type=_FILE, help="Items to read instead; one JSON line is written for each.")
@click.option("--stories", type=_FILE, help="Measure stories instead, on rows with a story_id.")
@click.option("--all", "every", is_flag=True, help="Include rows of high doubt, which people label differently.")
@click.option("--misses", type=click.Choice(MEASURES), multiple=True, help="List only misses of this measure.")
@with_config
def evaluate(
    config: Config,
    labelled: Path | None,
    jsonl: Path | None,
    stories: Path | None,
    every: bool,
    misses: tuple[str, ...],
) -> None:
    """Measure the chain on LABELLED (CSV), or say what it makes of the items of a JSON-lines file.

    Items have id, title, lead, url, publisher and published; any may be empty.

    \b
    visawire evaluate tests/evaluation/own.csv
    visawire evaluate --jsonl items.jsonl > verdicts.jsonl
    visawire evaluate --stories labelled.csv
    """
    del config  # the chain needs no archive
    if sum(file is not None for file in (labelled, jsonl, stories)) != 1:
        fail("evaluate wants one file: LABELLED.csv, --jsonl FILE or --stories FILE.csv", EXIT_USAGE)
    if stories is not None:
        print_story_evaluation(stories)
    elif jsonl is not None:
        for row in tqdm(list(_lines(jsonl)), unit=" items", disable=None):
            click.echo(json.dumps(_judged(row), ensure_ascii=False))
    elif labelled is not None:
        with labelled.open(encoding="utf-8", newline="") as file:
            rows = [row for row in csv.DictReader(file) if every or row.get("doubt_level") != "high"]
        if not rows or "title" not in rows[0] or "relevant" not in rows[0]:
            fail(f"{labelled}: no rows with the columns title and relevant", EXIT_USAGE)
        _show(compare(tqdm(rows, unit=" items", disable=None), vocabulary()), misses)


def _judged(row: dict[str, str]) -> dict[str, object]:
    try:
        return as_line(read(row, vocabulary()), vocabulary())
    except UnusableItem as error:
        # an item that says nothing is answered like any other, so that every line in has its line out
        lists = ("country", "programmes", "actions", "topics", "audiences", "key_dates", "figures", "identifiers")
        verdict = {"id": row.get("id", ""), "relevant": 0, "relevance": 0.0, "reason": str(error), "stage": ""}
        return verdict | {key: [] for key in lists}


def _lines(path: Path) -> Iterator[dict[str, str]]:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.strip():
            try:
                content = json.loads(line)
            except ValueError as error:
                fail(f"{path}, line {number}: not JSON: {error}", EXIT_USAGE)
            if not isinstance(content, dict):
                fail(f"{path}, line {number}: an item is a JSON object with a title", EXIT_USAGE)
            yield {str(key): "" if value is None else str(value) for key, value in content.items()}


def _show(report: Report, only: tuple[str, ...]) -> None:
    for line in (_HEADINGS, *table(report)):
        click.echo(f"{line[0]:16}" + "".join(f"{cell:>11}" for cell in line[1:]))
    for miss in report.misses:
        if not only or miss.measure in only:
            click.echo(f"\n{miss.measure}: {miss.row} {miss.title}\n  wanted {miss.wanted}, got {miss.got}")
            if miss.reason:
                click.echo(f"  {miss.reason}")
