"""Commands about stories: ``rethread``, what ``explain`` says of a story, and ``evaluate --stories``."""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import Any

import click
from tqdm import tqdm

from archive.overrides import OVERRIDES, Overrides, load_overrides
from archive.store import Archive
from pipelines.story_evaluation import evaluate_stories, lines
from pipelines.thread import Threader
from pipelines.vocabulary import vocabulary
from visawire.config import Config
from visawire.options import EXIT_USAGE, fail, need_archive, with_config

_OVERRIDES = click.option(
    "--overrides",
    type=click.Path(path_type=Path),
    default=None,
    help="Decisions of yours [overrides.toml if it is there].",
)


def overrides_of(file: Path | None) -> Overrides:
    """The named file's decisions, or those of ``overrides.toml`` here. Ends the command if the file is wrong."""
    if file is not None and not file.exists():
        fail(f"{file}: no such file; leave --overrides out to do without", EXIT_USAGE)
    return load_overrides(file or OVERRIDES)


@click.command()
@_OVERRIDES
@click.option("-v", "--verbose", is_flag=True, help="One summary line.")
@with_config
def rethread(config: Config, overrides: Path | None, verbose: bool) -> None:
    """Put all stories together again, under overrides.toml; ids of stories that persist stay.

    Readers see the old stories until all new ones are there, and a crawl need not wait. Interrupted, nothing has
    changed, and the next call begins anew. Takes about as much disk again as the archive's index of stories.

    \b
    visawire rethread -v
    visawire rethread --overrides decisions.toml
    """
    need_archive(config)
    decisions = overrides_of(overrides)
    with Archive(config.archive) as archive, _Bar() as bar:
        done = Threader(archive, decisions).rethread(bar.show)
    if verbose:
        cut = f"; {done.cut} groups were too large to be seen whole" if done.cut else ""
        click.echo(f"{done.announcements} announcements in {done.stories} stories{cut}")


class _Bar:
    """A progress bar for each part of the work, on a terminal only."""

    def __init__(self) -> None:
        self._bar: tqdm[Any] | None = None
        self._what = ""

    def __enter__(self) -> _Bar:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def show(self, what: str, done: int, total: int) -> None:
        if not sys.stderr.isatty():
            return
        if what != self._what:
            self.__exit__()
            self._what, self._bar = what, tqdm(total=total, desc=what, unit="", leave=False)
        if self._bar is not None:
            self._bar.update(done - self._bar.n)


def story_lines(archive: Archive, announcement_id: str) -> list[str]:
    """What ``visawire explain`` says of an announcement's stories: place, score and reason, importance, updates."""
    told: list[str] = []
    for row in archive.rows(
        "SELECT x.*, s.title, s.stage, s.effective, s.deadline, s.lead, s.importance, s.importance_reason, s.coverage "
        "FROM story_announcements x JOIN stories s ON s.id=x.story_id WHERE x.announcement_id=? "
        "ORDER BY x.score IS NULL, x.score DESC, x.story_id",
        (announcement_id,),
    ):
        score = "" if row["score"] is None else f" {row['score']:.2f}"
        told.append(f"story {row['story_id']}: {row['title']}")
        told.append(f"  here as {row['role']} of event {row['event']!r}{score}: {row['reason']}")
        dates = [f"{name} {row[name]}" for name in ("effective", "deadline") if row[name]]
        told.append(
            f"  stage {row['stage'] or 'unknown'}{', ' if dates else ''}{', '.join(dates)}; led by {row['lead']}"
        )
        told.append(f"  importance {row['importance']:.2f} = {row['importance_reason']}")
        told += [
            f"  {update['at']} {update['kind']}: {update['summary']}"
            for update in archive.rows(
                "SELECT at, kind, summary FROM updates WHERE story_id=? ORDER BY id", (row["story_id"],)
            )
        ]
        told += [
            f"  also {other['role']} {other['event']!r}: {other['title']} ({other['url']})"
            for other in archive.rows(
                "SELECT x.role, x.event, a.title, a.url FROM story_announcements x JOIN announcements a "
                "ON a.id=x.announcement_id WHERE x.story_id=? AND a.id<>? ORDER BY a.published, a.id",
                (row["story_id"], announcement_id),
            )
        ]
    return told or ["no story: it is not relevant, suppressed, or `visawire rethread` has not been run"]


def print_story_evaluation(file: Path, most: int = 50) -> None:
    """``visawire evaluate --stories FILE.csv``: scores and wrong pairs. Ends the command if the file is wrong."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as rows:
            report = evaluate_stories(csv.DictReader(rows), vocabulary())
    except (OSError, ValueError, csv.Error) as error:
        fail(f"{file}: {error}. Columns: id or row_id, title, lead, url, publisher, published, story_id", EXIT_USAGE)
    for line in lines(report, most=most):
        click.echo(line)
