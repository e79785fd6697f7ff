"""The register: every source that Visawire watches, from ``spiders/sources/<country>.toml``.

An entry states what a source is (id, publisher, licence, cadence ...) and which reader reads it, with the
reader's options. Everything is validated when it is loaded; a mistake is answered with the file, the
entry's id and what is allowed.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from archive.models import AUTHORITIES, CADENCES, HEALTHY, Source

SOURCES = Path(__file__).parent / "sources"

KINDS = ("government", "regulator-register", "legislature", "court", "news", "law-firm", "industry")
CONFIDENCES = ("verified-2026", "seen-in-code", "documented", "knowledge", "guess")
REPUBLISH = ("full", "excerpt")
EXPECTS = ("always", "sometimes")

#: A failed source is looked at again after this part of its cadence.
RETRY_SHARE = 0.25


class RegisterError(Exception):
    """An entry of the register is wrong; the message names the file, the entry and what is allowed."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One source of the register: its public description and how it is read.

    ``urls`` are requested at each crawl (``{YYYYMMDD}`` stands for the day); ``reads`` are patterns
    (``*`` is any text) of all addresses that the reader can read, used by replays, backfills and
    ``sources try --url``. ``expect`` is ``always`` for a page that always has something: nothing on it is
    then an error. ``options`` are the reader's own, checked by the reader.
    """

    source: Source
    file: str
    reader: str
    urls: tuple[str, ...]
    reads: tuple[str, ...]
    confidence: str
    expect: str
    delay: float
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return self.source.id

    def can_read(self, url: str) -> bool:
        """Whether this source's reader claims an address."""
        plain = unquote(url)
        return any(fnmatchcase(plain, _as_glob(unquote(p))) for p in (*self.urls, *self.reads))

    def error(self, message: str) -> RegisterError:
        return RegisterError(f"{self.file}: [{self.id}] {message}")


def _as_glob(pattern: str) -> str:
    """Square brackets in our patterns are literal (API parameters have them); only ``*`` is special."""
    glob = re.sub(r"\{[^}]*\}", "*", pattern)
    return re.sub(r"[\[?]", lambda m: f"[{m.group()}]", glob)


@dataclass(frozen=True)
class _Key:
    allowed: str
    check: Callable[[Any], bool]
    required: bool = False


def _one_of(values: Iterable[str], required: bool = False) -> _Key:
    listed = tuple(values)
    return _Key("one of " + ", ".join(listed), lambda v: v in listed, required)


def _is_url(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    try:
        parts = urlsplit(value)
    except ValueError:  # such as a bracket that is not closed
        return False
    return parts.scheme in ("http", "https") and "." in parts.netloc


_TEXT = _Key("a text that is not empty", lambda v: isinstance(v, str) and bool(v.strip()))
_NEEDED = _Key("a text that is not empty", lambda v: isinstance(v, str) and bool(v.strip()), required=True)
_FLAG = _Key("true or false", lambda v: isinstance(v, bool))
_URLS = _Key("a list of http(s) addresses", lambda v: isinstance(v, list) and bool(v) and all(map(_is_url, v)))

_KEYS: Mapping[str, _Key] = {
    "name": _NEEDED,
    "publisher": _NEEDED,
    "kind": _one_of(KINDS, required=True),
    "authority": _one_of(AUTHORITIES, required=True),
    "language": _Key("a language code such as en", lambda v: bool(re.fullmatch(r"[a-z]{2}", str(v))), True),
    "url": _Key("an http(s) address", _is_url, required=True),
    "urls": _URLS,
    "reads": _Key("a list of address patterns", lambda v: isinstance(v, list) and all(map(_is_url, v))),
    "licence": _NEEDED,
    "republish": _one_of(REPUBLISH, required=True),
    "cadence": _one_of(CADENCES, required=True),
    "confidence": _one_of(CONFIDENCES, required=True),
    "unverified": _FLAG,
    "reader": _NEEDED,
    "expect": _one_of(EXPECTS),
    "identity": _TEXT,
    "preliminary": _FLAG,
    "delay": _Key("seconds between requests, 1 to 60", lambda v: isinstance(v, int | float) and 1 <= v <= 60),
    "active": _FLAG,
    "retired_reason": _TEXT,
    "options": _Key("a table", lambda v: isinstance(v, dict)),
}

_ID = re.compile(r"[a-z]{2,4}(-[a-z0-9]+)+")


def _entry(file: str, country: str, source_id: str, values: Any, readers: Iterable[str]) -> Entry:
    def wrong(message: str) -> RegisterError:
        return RegisterError(f"{file}: [{source_id}] {message}")

    if not isinstance(values, dict) or not _ID.fullmatch(source_id):
        raise wrong("is not an entry: write [<country>-<publisher>-<stream>] in lower case, then its keys")
    for key, value in values.items():
        if key not in _KEYS:
            near = difflib.get_close_matches(key, _KEYS, 1)
            hint = f" (did you mean {near[0]!r}?)" if near else ""
            raise wrong(f"unknown key {key!r}{hint}; allowed: {', '.join(_KEYS)}")
        if not _KEYS[key].check(value):
            raise wrong(f"{key} = {value!r} is not allowed; expected {_KEYS[key].allowed}")
    missing = [k for k, spec in _KEYS.items() if spec.required and k not in values]
    if missing:
        raise wrong(f"lacks {', '.join(missing)}")
    known = tuple(readers)
    if values["reader"] not in known:
        near = difflib.get_close_matches(values["reader"], known, 1)
        hint = f" (did you mean {near[0]!r}?)" if near else ""
        raise wrong(f"reader = {values['reader']!r} is not a reader{hint}; allowed: {', '.join(known)}")
    unverified = values.get("unverified", False)
    if (values["confidence"] in ("knowledge", "guess")) != unverified:
        raise wrong(
            f"confidence = {values['confidence']!r} and unverified = {str(unverified).lower()} contradict each other; "
            "an address from knowledge or a guess is unverified, any other is not"
        )
    if not values.get("active", True) and not values.get("retired_reason"):
        raise wrong("active = false needs a retired_reason")
    source = Source(
        id=source_id,
        country=country,
        active=values.get("active", True),
        retired_reason=values.get("retired_reason", ""),
        unverified=unverified,
        identity=values.get("identity", ""),
        preliminary=values.get("preliminary", False),
        **{
            k: values[k]
            for k in (
                "name",
                "publisher",
                "kind",
                "authority",
                "language",
                "url",
                "licence",
                "republish",
                "cadence",
            )
        },
    )
    return Entry(
        source=source,
        file=file,
        reader=values["reader"],
        urls=tuple(values.get("urls", [values["url"]])),
        reads=tuple(values.get("reads", ())),
        confidence=values["confidence"],
        expect=values.get("expect", "always"),
        delay=float(values.get("delay", 1)),
        options=values.get("options", {}),
    )


def load(folder: Path = SOURCES) -> dict[str, Entry]:
    """Read and validate every ``<country>.toml`` of a folder; entries by id, in file order.

    Raises :class:`RegisterError` for the first mistake found.
    """
    from spiders.readers import reader_names

    entries: dict[str, Entry] = {}
    for path in sorted(folder.glob("*.toml")):
        file = f"{path.parent.name}/{path.name}"
        if not re.fullmatch(r"[a-z]{2}", path.stem):
            raise RegisterError(
                f"{file}: name the file after a country's ISO 3166 code, such as ca.toml (eu.toml for union law)"
            )
        try:
            table = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise RegisterError(f"{file}: not valid TOML: {error}") from error
        for source_id, values in table.items():
            if source_id in entries:
                raise RegisterError(f"{file}: [{source_id}] stands already in {entries[source_id].file}")
            entries[source_id] = _entry(file, path.stem.upper(), source_id, values, reader_names())
    if not entries:
        raise RegisterError(f"{folder}: no source is registered there; name a folder with <country>.toml files")
    return entries


@cache
def register() -> dict[str, Entry]:
    """The register, loaded once: the bundled one, or the folder that ``VISAWIRE_REGISTER`` names."""
    folder = os.environ.get("VISAWIRE_REGISTER")
    return load(Path(folder)) if folder else load()


def find(source_id: str, entries: Mapping[str, Entry]) -> Entry:
    """An entry by id. Raises :class:`RegisterError` that suggests near ids."""
    if source_id in entries:
        return entries[source_id]
    near = difflib.get_close_matches(source_id, entries, 3)
    hint = f"; did you mean {' or '.join(near)}?" if near else "; `visawire sources list` shows them all"
    raise RegisterError(f"no source is called {source_id!r}{hint}")


def due(entries: Iterable[Entry], checks: Mapping[str, Any], now: datetime) -> list[Entry]:
    """The active entries whose time has come: a cadence after a healthy check, a quarter of it after a failure.

    A source that could not be reached is due at once: as a rule it was our own network that failed, and a run
    soon after it must not take "nothing is due" for good health.

    ``checks`` maps a source id to its newest check (``started`` ISO text, ``state``).
    A tenth of slack keeps a cron that fires a little early from skipping a whole period.
    """
    ready = []
    for entry in entries:
        if not entry.source.active:
            continue
        check = checks.get(entry.id)
        if check is not None and check["state"] != "unreachable":
            wait = CADENCES[entry.source.cadence] * (0.9 if check["state"] in HEALTHY else RETRY_SHARE)
            if datetime.fromisoformat(check["started"]) + wait > now:
                continue
        ready.append(entry)
    return ready
