"""Where things are and who runs them: command-line options, environment and ``visawire.toml``."""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import visawire

DEFAULT_ARCHIVE = Path("var/visawire.db")
DEFAULT_SITE = Path("var/site")
#: Where `visawire serve` shows the site and searches the archive, unless told otherwise.
LOCAL_SITE, LOCAL_SEARCH = "http://127.0.0.1:8001/site", "http://127.0.0.1:8001/visawire/search"

_KEYS: dict[str, tuple[str, ...]] = {
    "site": ("url", "authority", "hub", "search", "notice"),
    "crawl": ("contact",),
}
#: Lists of tables; feeds/catalog.py and visawire/notify_config.py say what may stand in them.
_LISTS = ("feed", "notify")
_URLS = ("site.url", "site.hub", "site.search")


class ConfigError(Exception):
    """Usage or configuration is wrong; the message names the file and the key."""


@dataclass(frozen=True, slots=True)
class Config:
    """Settings of one installation.

    ``contact`` (an address or URL) goes into the User-Agent, so that publishers can reach who crawls them.
    ``site_url`` is where the published files will be served, without a trailing slash. ``authority`` is the
    domain in feed GUIDs (``tag:`` URIs, RFC 4151): set it to a domain of yours before the first publish
    and never change it. ``hub`` is the address of a WebSub hub and ``search`` that of the archive's search page, ''
    for none. ``notice`` is what all of the site says of itself ('' normally). ``file`` is the settings file, whose
    ``[[feed]]`` and ``[[notify]]`` tables are read where they are used.
    """

    archive: Path = DEFAULT_ARCHIVE
    site: Path = DEFAULT_SITE
    site_url: str = LOCAL_SITE
    authority: str = "visawire.invalid"
    contact: str = ""
    hub: str = ""
    search: str = LOCAL_SEARCH
    notice: str = ""
    file: Path | None = None

    @property
    def user_agent(self) -> str:
        contact = f" (+{self.contact})" if self.contact else ""
        return f"visawire/{visawire.__version__}{contact}"


def load_config(file: Path | None, archive: Path | None, site: Path | None) -> Config:
    """Defaults, then ``visawire.toml``, then the environment, then the options given.

    Without ``file`` a ``visawire.toml`` in the working folder is used if there is one. Raises
    :class:`ConfigError` for a file that is missing, is not TOML, or has an unknown key.
    """
    config = Config()
    path = file or (Path("visawire.toml") if Path("visawire.toml").exists() else None)
    if path is not None:
        config = _from_file(config, path)
    archive = archive or _env_path("VISAWIRE_ARCHIVE")
    site = site or _env_path("VISAWIRE_SITE")
    if archive:
        config = replace(config, archive=archive)
    if site:
        config = replace(config, site=site)
    return config


def _env_path(name: str) -> Path | None:
    value = os.environ.get(name)
    return Path(value) if value else None


def _from_file(config: Config, path: Path) -> Config:
    try:
        text = path.read_text(encoding="utf-8")
        tables: dict[str, Any] = tomllib.loads(text)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}); name another file with --config") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from error
    values: dict[str, str] = {}
    for table, content in tables.items():
        if table in _LISTS:
            if not isinstance(content, list) or not all(isinstance(entry, dict) for entry in content):
                raise ConfigError(f"{path}:{_line(text, table)}: {table} must be written as [[{table}]], once for each")
            continue
        if table not in _KEYS or not isinstance(content, dict):
            allowed = ", ".join(_written(name) for name in (*_KEYS, *_LISTS))
            close = get_close_matches(table, (*_KEYS, *_LISTS), n=1)
            meant = f"did you mean {_written(close[0])}? Allowed" if close else "allowed"
            raise ConfigError(f"{path}:{_line(text, table)}: unknown table [{table}]; {meant}: {allowed}")
        for key, value in content.items():
            if key not in _KEYS[table]:
                allowed = ", ".join(_KEYS[table])
                place = f"{path}:{_line(text, table, key)}"
                raise ConfigError(f"{place}: [{table}] has unknown key {key!r}; allowed: {allowed}")
            if not isinstance(value, str) or not value:
                raise ConfigError(f"{path}:{_line(text, table, key)}: [{table}] {key} must be a text that is not empty")
            values[f"{table}.{key}"] = value
    for name in _URLS:
        table, _, key = name.partition(".")
        if name in values and not re.match(r"https?://[^\s/?#]", values[name]):
            place = f"{path}:{_line(text, table, key)}"
            raise ConfigError(f"{place}: [{table}] {key} = {values[name]!r} must start with http:// or https://")
    if "site.hub" in values and "site.url" not in values:
        raise ConfigError(f"{path}: [site] hub needs [site] url, because a hub fetches the feeds from there")
    return replace(
        config,
        site_url=values.get("site.url", config.site_url).rstrip("/"),
        authority=values.get("site.authority", config.authority),
        contact=values.get("crawl.contact", config.contact),
        hub=values.get("site.hub", ""),
        search=values.get("site.search", "" if "site.url" in values else config.search),
        notice=values.get("site.notice", ""),
        file=path,
    )


def _written(table: str) -> str:
    return f"[[{table}]]" if table in _LISTS else f"[{table}]"


def _line(text: str, table: str, key: str = "") -> int:
    """The line of a TOML text on which a table begins, or its key stands; 1 for one that is written another way."""
    begins = re.compile(rf"\s*(?:\[\[?\s*[\"']?{re.escape(table)}[\"']?\s*[\].]|{re.escape(table)}\s*[.=])")
    has = re.compile(rf"\s*(?:{re.escape(table)}\.)?[\"']?{re.escape(key)}[\"']?\s*=")
    start = 0
    for place, row in enumerate(text.splitlines(), 1):
        if not start and begins.match(row):
            start = place
        if start and key and has.match(row):
            return place
    return start or 1
