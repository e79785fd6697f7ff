"""Loads and checks the catalogue: which feeds there are, what they hold and how long they may be."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from feeds.where import EVERYTHING, FACETS, Known, Where, WhereError, parse_where

#: The catalogue that comes with the package.
DEFAULT = Path(__file__).with_name("catalog.toml")

KINDS = ("stories", "digest", "deadlines", "status")
PERIODS = ("day", "week")
#: First parts of paths that are something else within ``feeds/`` or the site.
_RESERVED = ("archive", "story", "calendar", "index", "feeds", "about", "404", "latest", "sitemap")

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
    """One ``[[feed]]``. With a ``facet`` it is a pattern that gives one feed for each tag of that facet.

    ``kind`` is ``stories`` (with an updates feed beside it), ``digest`` (``period`` says of what), ``deadlines`` or
    ``status``. ``where`` is what a story or an update must be to stand in it. ``own`` marks the user's feeds.
    """

    path: str
    title: str
    description: str
    limits: Limits
    kind: str = "stories"
    facet: str = ""
    where: Where = EVERYTHING
    period: str = ""
    archived: bool = True
    own: bool = False


@dataclass(frozen=True, slots=True)
class Catalog:
    name: str
    ttl_minutes: int
    limits: Limits
    feeds: tuple[FeedSpec, ...]

    def of_kind(self, kind: str) -> list[FeedSpec]:
        return [spec for spec in self.feeds if spec.kind == kind]


def load_catalog(path: Path = DEFAULT, own: Path | None = None, known: Known | None = None) -> Catalog:
    """Read a catalogue, and the user's own feeds from the ``[[feed]]`` tables of a ``visawire.toml``.

    ``known`` are the codes that filters of the user's own may name; without it any code passes.

    Raises :class:`CatalogError` for anything that it does not understand; the message names file and line.
    """
    text, data = _toml(path)
    where = f"{path}: "
    _only(where, data, {"name", "ttl_minutes", "limits", "feed"})
    limits = _limits(f"{path}: [limits]: ", data.get("limits", {}), Limits())
    feeds = _feeds(path, text, data, limits, ())
    if not feeds:
        raise CatalogError(f"{where}no [[feed]] entries. Add at least one, with path, title and description.")
    if own is not None:
        own_text, own_data = _toml(own)
        feeds += _feeds(own, own_text, own_data, limits, tuple(feeds), known)
    ttl = _number(where, data, "ttl_minutes", 60)
    return Catalog(_text(where, data, "name"), ttl, limits, tuple(feeds))


def _toml(path: Path) -> tuple[str, dict[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8")
        return text, tomllib.loads(text)
    except OSError as error:
        raise CatalogError(f"{path}: cannot be read ({error.strerror}). Check the path.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CatalogError(f"{path}: is not valid TOML ({error}). Correct that line.") from error


def _feeds(
    path: Path,
    text: str,
    data: dict[str, Any],
    limits: Limits,
    before: tuple[FeedSpec, ...],
    known: Known | None = None,
) -> list[FeedSpec]:
    entries = data.get("feed", [])
    if not isinstance(entries, list):
        raise CatalogError(f"{path}: feed must be written as [[feed]], once for each feed.")
    feeds: list[FeedSpec] = []
    for number, entry in enumerate(entries, 1):
        if not isinstance(entry, dict):
            raise CatalogError(f"{path}: feed number {number}: must be a table, written as [[feed]].")
        own = bool(before)
        try:
            feed = _feed(entry, limits, own, known)
            for other in (*before, *feeds):
                if feed.path == other.path or (other.facet and feed.path.startswith(other.path[:-1])):
                    raise _Wrong(
                        "path", f"path is used by the feed {other.path!r}. Every feed needs a path of its own."
                    )
        except _Wrong as error:
            place = f"{path}:{_line(text, number, error.key)}: " if own else f"{path}: "
            raise CatalogError(f"{place}feed {entry.get('path', f'number {number}')!r}: {error}") from error
        feeds.append(feed)
    return feeds


class _Wrong(Exception):
    """A ``[[feed]]`` is wrong in one of its keys."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key


def _line(text: str, number: int, key: str) -> int:
    """The line on which the ``number``-th ``[[feed]]`` has a key, or else on which that feed begins."""
    seen, start = 0, 1
    for place, row in enumerate(text.splitlines(), 1):
        if re.match(r"\s*\[\[\s*feed\s*\]\]", row):
            seen += 1
            start = place if seen == number else start
        if (
            seen == number
            and key
            and re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=|.*[{{,]\s*{re.escape(key)}\s*=", row)
        ):
            return place
    return start


def _feed(entry: dict[str, Any], limits: Limits, own: bool, known: Known | None = None) -> FeedSpec:
    allowed = {"path", "title", "description", "limits", "where"} | (
        set() if own else {"kind", "facet", "period", "archived"}
    )
    for key in entry:
        if key not in allowed:
            raise _Wrong(key, f"unknown key {key!r}; allowed: {', '.join(sorted(allowed))}.")
    feed_path = _stated(entry, "path")
    if not _PATH.fullmatch(feed_path) or feed_path.split("/")[0] in _RESERVED or (own and feed_path.endswith("/*")):
        raise _Wrong(
            "path",
            "path must be a name or folder/name in a-z, 0-9 and -, "
            + ("such as 'my/london'" if own else "or end in /*, such as 'country/*'")
            + f", and not begin with {' or '.join(_RESERVED)}.",
        )
    facet, kind, period = entry.get("facet", ""), entry.get("kind", "stories"), entry.get("period", "")
    if feed_path.endswith("/*") != bool(facet):
        raise _Wrong("facet", "a path that ends in /* needs a facet, and only such a path has one.")
    for key, value, values in (("kind", kind, KINDS), ("facet", facet or FACETS[0], FACETS)):
        if value not in values:
            raise _Wrong(key, f"{key} is {value!r}; allowed: {', '.join(values)}.")
    if (kind == "digest") != (period in PERIODS):
        raise _Wrong("period", f"a digest needs a period ({', '.join(PERIODS)}), and only a digest has one.")
    texts = {"title": _stated(entry, "title"), "description": entry.get("description", "") if own else ""}
    texts["description"] = texts["description"] or (_stated(entry, "description") if not own else texts["title"])
    for key, text in texts.items():
        for found in _PLACEHOLDER.finditer(text):
            if not facet or found[1] not in ("label", "code"):
                names = "{label} and {code}" if facet else "none (only patterns have them)"
                raise _Wrong(key, f"{key} has the placeholder {found[0]!r}; allowed: {names}.")
    where = entry.get("where", {})
    if not isinstance(where, dict):
        raise _Wrong("where", "where must be a table, such as where = { country = ['ca'], stage = ['final'] }.")
    try:
        filtered = parse_where(where, known)
    except WhereError as error:
        raise _Wrong(error.key, f"where: {error}" + ("" if str(error).endswith("?") else ".")) from error
    try:
        limited = _limits("limits: ", entry.get("limits", {}), limits)
    except CatalogError as error:
        raise _Wrong("limits", str(error)) from error
    return FeedSpec(
        feed_path, texts["title"], texts["description"], limited, kind, facet, filtered, period,
        bool(entry.get("archived", not own)), own,
    )  # fmt: skip


def _stated(entry: dict[str, Any], key: str) -> str:
    value = entry.get(key)
    if not isinstance(value, str) or not value.strip():
        raise _Wrong(key, f"{key} is {value!r}; it must be some text.")
    return value.strip()


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
