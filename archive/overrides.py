"""``overrides.toml``: what a person decided against the rules, in one file that all stages read.

::

    [[split]]                    # these do not belong to one story; without `from`, apart from all others
    announcements = ["https://example.org/a"]
    from = ["0123456789abcdef"]
    reason = "another year's list"

    [[join]]                     # these are one story whatever the rules say
    announcements = ["https://example.org/a", "https://example.org/b"]
    reason = "the French text of the same notice"

    [[pin]]                      # the story of this announcement keeps these values
    announcement = "https://example.org/a"
    lead = true                  # it leads the story
    title = "..."                # any of: title, stage, effective, deadline, importance
    stage = "final"
    reason = "..."

    [[retag]]                    # tags (facet/code) added to and taken from one announcement
    announcement = "https://example.org/a"
    add = ["programme/us-h-1b"]
    remove = ["programme/us-l-1"]
    reason = "..."

    [[suppress]]                 # kept in the archive, never published
    announcement = "https://example.org/a"
    reason = "test page"

An announcement is named by its id or by its address. ``reason`` is required everywhere: ``visawire explain`` shows it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archive.identity import canonical_url
from archive.models import STAGES

#: Where a person's decisions are, in the working folder, unless another file is named.
OVERRIDES = Path("overrides.toml")

#: Facets that tags may have.
FACETS = ("country", "programme", "topic", "action", "stage", "audience")


class OverridesError(ValueError):
    """The file cannot be used; the message names the file, the table and what to do."""


@dataclass(frozen=True, slots=True)
class Split:
    """``announcements`` share no story with ``apart_from``; with nothing there, with no other announcement."""

    announcements: tuple[str, ...]
    apart_from: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Join:
    """``announcements`` are one story."""

    announcements: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Pin:
    """Values of the story of ``announcement``; ``lead``: it leads. ``values`` are columns of table ``stories``."""

    announcement: str
    lead: bool
    values: Mapping[str, str | float]
    reason: str


@dataclass(frozen=True, slots=True)
class Retag:
    """Tags of one announcement that are added or removed, as ``facet/code``."""

    announcement: str
    add: tuple[str, ...]
    remove: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Suppress:
    """An announcement that is kept and not published."""

    announcement: str
    reason: str


@dataclass(frozen=True, slots=True)
class Overrides:
    """All decisions of a file. Announcements are named as :func:`name_of` gives them."""

    splits: tuple[Split, ...] = ()
    joins: tuple[Join, ...] = ()
    pins: tuple[Pin, ...] = ()
    retags: tuple[Retag, ...] = ()
    suppressed: tuple[Suppress, ...] = ()


_PINNED = ("title", "stage", "effective", "deadline", "importance")
_TABLES: dict[str, tuple[str, ...]] = {
    "split": ("announcements", "from", "reason"),
    "join": ("announcements", "reason"),
    "pin": ("announcement", "lead", *_PINNED, "reason"),
    "retag": ("announcement", "add", "remove", "reason"),
    "suppress": ("announcement", "reason"),
}


def name_of(text: str) -> str:
    """How an announcement is named everywhere: its id as it is, an address in its canonical form."""
    return canonical_url(text) if "://" in text else text.strip()


def load_overrides(path: Path | None) -> Overrides:
    """Read the file; no file gives no overrides. Raises :class:`OverridesError` naming what is wrong."""
    if path is None or not path.exists():
        return Overrides()
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise OverridesError(f"{path}: cannot be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise OverridesError(f"{path}: not valid TOML: {error}") from error
    for name in tables:
        if name not in _TABLES:
            raise OverridesError(f"{path}: unknown table [[{name}]]; allowed: {', '.join(_TABLES)}")
    read = {name: [_Table(path, name, n, t) for n, t in enumerate(tables.get(name, ()), 1)] for name in _TABLES}
    return Overrides(
        splits=tuple(Split(t.names("announcements"), t.names("from", least=0), t.reason) for t in read["split"]),
        joins=tuple(Join(t.names("announcements", least=2), t.reason) for t in read["join"]),
        pins=tuple(Pin(t.name, t.flag("lead"), t.pinned(), t.reason) for t in read["pin"]),
        retags=tuple(Retag(t.name, t.tags("add"), t.tags("remove"), t.reason) for t in read["retag"]),
        suppressed=tuple(Suppress(t.name, t.reason) for t in read["suppress"]),
    )


class _Table:
    """One table of the file, with checks that say where they failed."""

    def __init__(self, path: Path, name: str, number: int, content: Any) -> None:
        self._where = f"{path}: [[{name}]] number {number}"
        if not isinstance(content, dict):
            raise OverridesError(f"{path}: write [[{name}]], with two brackets")
        for key in content:
            if key not in _TABLES[name]:
                raise OverridesError(f"{self._where}: unknown key {key!r}; allowed: {', '.join(_TABLES[name])}")
        self._content: dict[str, Any] = content
        self.reason = self._text("reason")

    @property
    def name(self) -> str:
        return name_of(self._text("announcement"))

    def _text(self, key: str) -> str:
        value = self._content.get(key)
        if not isinstance(value, str) or not value.strip():
            raise OverridesError(f"{self._where}: {key} must be a text that is not empty")
        return value

    def names(self, key: str, *, least: int = 1) -> tuple[str, ...]:
        value = self._content.get(key, [])
        if (
            not isinstance(value, list)
            or not all(isinstance(v, str) and v.strip() for v in value)
            or len(value) < least
        ):
            raise OverridesError(f"{self._where}: {key} must list at least {least} ids or addresses")
        return tuple(name_of(v) for v in value)

    def tags(self, key: str) -> tuple[str, ...]:
        value = self._content.get(key, [])
        if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
            raise OverridesError(f"{self._where}: {key} must list tags such as 'programme/us-h-1b'")
        for tag in value:
            if tag.partition("/")[0] not in FACETS or not tag.partition("/")[2]:
                raise OverridesError(f"{self._where}: {tag!r} is no tag; write facet/code, facets: {', '.join(FACETS)}")
        return tuple(value)

    def flag(self, key: str) -> bool:
        value = self._content.get(key, False)
        if not isinstance(value, bool):
            raise OverridesError(f"{self._where}: {key} must be true or false")
        return value

    def pinned(self) -> dict[str, str | float]:
        found: dict[str, str | float] = {}
        for key in _PINNED:
            if key not in self._content:
                continue
            value = self._content[key]
            if key == "importance":
                if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
                    raise OverridesError(f"{self._where}: importance must be a number from 0 to 1")
                found[key] = float(value)
            else:
                found[key] = str(value) if key in ("effective", "deadline") and value else self._text(key)
        if found.get("stage", STAGES[0]) not in STAGES:
            raise OverridesError(f"{self._where}: stage must be one of {', '.join(STAGES)}")
        return found
