"""What all commands share: the places that they work in, and how errors leave."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import click

from archive.overrides import OverridesError
from archive.store import ArchiveError
from feeds.catalog import CatalogError
from feeds.files import PublishError
from spiders.recording import RecordingError
from spiders.register import RegisterError
from visawire.config import Config, ConfigError, load_config
from visawire.crawling import Locked

EXIT_USAGE, EXIT_NOTHING, EXIT_LOCKED = 2, 3, 75

_FILE = click.Path(path_type=Path)
_PLACES = (
    click.option("--config", "config_file", type=_FILE, help="Settings [visawire.toml if it is there]."),
    click.option("--site", type=_FILE, help="Published files [VISAWIRE_SITE or var/site]."),
    click.option("--archive", type=_FILE, help="SQLite archive [VISAWIRE_ARCHIVE or var/visawire.db]."),
)


class Commands(click.Group):
    """Turns the errors that we raise on purpose into one line on standard error and an exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (RegisterError, ConfigError, RecordingError, CatalogError, OverridesError) as error:
            fail(str(error), EXIT_USAGE)
        except Locked as error:
            fail(str(error), EXIT_LOCKED)
        except (ArchiveError, PublishError) as error:
            fail(str(error), EXIT_NOTHING)


def fail(message: str, code: int) -> NoReturn:
    """End the command with one line on standard error."""
    click.echo(f"visawire: {message}", err=True)
    sys.exit(code)


def places(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say where things are."""
    for option in _PLACES:
        command = option(command)
    return command


def with_config(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command its :class:`Config` as first argument; options count before or after its name."""

    @functools.wraps(command)
    def configured(*, config_file: Path | None, archive: Path | None, site: Path | None, **own: Any) -> Any:
        given = click.get_current_context().find_root().obj or {}
        config = load_config(
            config_file or given.get("config_file"),
            archive or given.get("archive"),
            site or given.get("site"),
        )
        return command(config, **own)

    return places(configured)


def need_archive(config: Config) -> None:
    """Raise :class:`ArchiveError` when there is no archive to look into."""
    if not config.archive.exists():
        raise ArchiveError(f"{config.archive}: no archive there; run `visawire run` first, or name one with --archive")
