"""Loads and checks the catalogue: which feeds there are, what they hold and how long they may be."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from archive.models import AUTHORITIES

#: The catalogue that comes with the package.
DEFAULT = Path(__file__).with_name("catalog.toml")

FACETS = ("country", "programme", "topic", "action", "stage", "audience")

_PATH = re.compile(r"[a-z0-9-]+(/([a-z0-9-]+|\*))?")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}|[{}]")


class CatalogError(Exception):
    """The catalogue is wrong; the message names the file, the entry and the allowed values."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a feed and its entries may be; the meaning of each is told in ``catalog.toml``."""

    max_entries: int = 200
    min_entries: int = 20
    days: int = 30
    max_bytes: int = 500_000
    text_chars: int = 4000
    excerpt_chars: int = 400
    figures: int = 6


@dataclass(frozen=True, slots=True)
class FeedSpec:
    """One ``[[feed]]``. With a ``facet`` it is a pattern that gives one feed for each tag of that facet."""

    path: str
    title: str
    description: str
    limits: Limits
    facet: str = ""
    authority: str = ""
    min_confidence: float = 0.0


@dataclass(frozen=True, slots=True)
class Catalog:
    name: str
    ttl_minutes: int
    limits: Limits
    feeds: tuple[FeedSpec, ...]


def load_catalog(path: Path = DEFAULT) -> Catalog:
    """Read a catalogue. Raises :class:`CatalogError` for anything that it does not understand."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CatalogError(f"{path}: cannot be read ({error.strerror}). Check the path.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CatalogError(f"{path}: is not valid TOML ({error}). Correct that line.") from error
    where = f"{path}: "
    _only(where, data, {"name", "ttl_minutes", "limits", "feed"})
    limits = _limits(f"{path}: [limits]: ", data.get("limits", {}), Limits())
    entries = data.get("feed", [])
    if not isinstance(entries, list) or not entries:
        raise CatalogError(f"{where}no [[feed]] entries. Add at least one, with path, title and description.")
    feeds: list[FeedSpec] = []
    for number, entry in enumerate(entries, 1):
        feed = _feed(path, number, entry, limits)
        if any(feed.path == other.path for other in feeds):
            raise CatalogError(f"{path}: feed {feed.path!r}: path is used twice. Every feed needs a path of its own.")
        feeds.append(feed)
    ttl = _number(where, data, "ttl_minutes", 60)
    return Catalog(_text(where, data, "name"), ttl, limits, tuple(feeds))


def _feed(path: Path, number: int, entry: Any, limits: Limits) -> FeedSpec:
    if not isinstance(entry, dict):
        raise CatalogError(f"{path}: feed number {number}: must be a table, written as [[feed]].")
    where = f"{path}: feed {entry.get('path', f'number {number}')!r}: "
    _only(where, entry, {f.name for f in fields(FeedSpec)})
    feed_path = _text(where, entry, "path")
    if not _PATH.fullmatch(feed_path):
        raise CatalogError(
            f"{where}path must be a name or folder/name in a-z, 0-9 and -, or end in /*, such as 'country/*'."
        )
    facet, authority = entry.get("facet", ""), entry.get("authority", "")
    if feed_path.endswith("/*") != bool(facet):
        raise CatalogError(f"{where}a path that ends in /* needs a facet, and only such a path has one.")
    if facet:
        _one_of(where, "facet", facet, FACETS)
    if authority:
        _one_of(where, "authority", authority, AUTHORITIES)
    if facet and authority:
        raise CatalogError(f"{where}has both facet and authority. Keep one of them.")
    confidence = entry.get("min_confidence", 0.0)
    if not isinstance(confidence, int | float) or isinstance(confidence, bool) or not 0 <= confidence <= 1:
        raise CatalogError(f"{where}min_confidence is {confidence!r}; allowed: a number from 0 to 1.")
    if "min_confidence" in entry and not facet:
        raise CatalogError(f"{where}min_confidence only counts with a facet. Remove it or add one.")
    texts = {key: _text(where, entry, key) for key in ("title", "description")}
    for key, text in texts.items():
        for found in _PLACEHOLDER.finditer(text):
            if not facet or found[1] not in ("label", "code"):
                allowed = "{label} and {code}" if facet else "none (only patterns have them)"
                raise CatalogError(f"{where}{key} has the placeholder {found[0]!r}; allowed: {allowed}.")
    return FeedSpec(
        feed_path, texts["title"], texts["description"],
        _limits(f"{where}limits: ", entry.get("limits", {}), limits), facet, authority, float(confidence),
    )  # fmt: skip


def _limits(where: str, entry: Any, base: Limits) -> Limits:
    if not isinstance(entry, dict):
        raise CatalogError(f"{where}must be a table of numbers.")
    _only(where, entry, {f.name for f in fields(Limits)})
    limits = replace(base, **{key: _number(where, entry, key, 0) for key in entry})
    if limits.min_entries > limits.max_entries:
        raise CatalogError(
            f"{where}min_entries ({limits.min_entries}) is more than max_entries ({limits.max_entries})."
        )
    if limits.max_bytes < 20_000:
        raise CatalogError(f"{where}max_bytes is {limits.max_bytes}; allowed: 20000 or more.")
    return limits


def _only(where: str, entry: dict[str, Any], allowed: set[str]) -> None:
    for key in entry:
        if key not in allowed:
            raise CatalogError(f"{where}unknown key {key!r}; allowed: {', '.join(sorted(allowed))}.")


def _text(where: str, entry: dict[str, Any], key: str) -> str:
    value = entry.get(key)
    if not isinstance(value, str) or not value.strip():
        raise CatalogError(f"{where}{key} is {value!r}; it must be some text.")
    return value.strip()


def _number(where: str, entry: dict[str, Any], key: str, default: int) -> int:
    value = entry.get(key, default)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise CatalogError(f"{where}{key} is {value!r}; allowed: a whole number from 1 up.")
    return value


def _one_of(where: str, key: str, value: object, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise CatalogError(f"{where}{key} is {value!r}; allowed: {', '.join(allowed)}.")
