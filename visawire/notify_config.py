"""Reads the ``[[notify]]`` tables of ``visawire.toml``: which updates go where. docs/notifications.md explains them."""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import logging
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from feeds.catalog import Catalog, load_catalog
from feeds.told import KINDS
from feeds.where import Known, Where, WhereError, check_code, parse_where
from visawire.config import Config, ConfigError
from visawire.known_codes import known_codes

_KEYS = ("name", "feed", "where", "kinds", "urls", "webhooks", "digest", "most")
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}", re.IGNORECASE)
_VARIABLE = re.compile(r"\$\{([^{}]*)\}")
_CODE = re.compile(r"[a-z0-9][a-z0-9._-]*")
#: Bytes of a secret (Standard Webhooks 1.0.0, table of signature schemes).
_SECRET = range(24, 65)
_NEW_SECRET = 'echo "whsec_$(openssl rand -base64 32)"'

#: The most messages that one run sends to one address before it sums up the rest.
MOST = 20


@dataclass(frozen=True, slots=True)
class Target:
    """One address. ``id`` follows from the notification's name and the address as it is written in the file, so that
    what a variable stands for may change. ``label`` names it without giving secrets away.
    """

    id: str
    kind: str
    label: str
    url: str = field(repr=False)
    secrets: tuple[bytes, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Notification:
    """One ``[[notify]]``: a saved filter and its targets. ``feed`` is the path of a feed of stories, '' for all.

    ``kinds`` are kinds of updates, empty for all. ``digest``: one message a run; else ``most`` messages, then one more
    that sums up the rest.
    """

    name: str
    feed: str
    where: Where
    kinds: tuple[str, ...]
    digest: bool
    most: int
    targets: tuple[Target, ...]


class _Wrong(Exception):
    """A ``[[notify]]`` is wrong in one of its keys."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key


class _Unset(_Wrong):
    """A variable of the environment is not there."""


def load_notifications(config: Config, *, unset: bool = False) -> tuple[list[Notification], Catalog]:
    """The ``[[notify]]`` tables of the settings file, and the catalogue with the user's own feeds.

    ``unset``: a notification of which a variable is not set is left out, for those who only check the file.

    Raises :class:`~visawire.config.ConfigError` naming file and line for anything that it does not understand, for a
    variable that is not set too, and :class:`~feeds.catalog.CatalogError` for a wrong catalogue.
    """
    known = known_codes(config) if has_tables(config.file) else None
    catalog = load_catalog(own=config.file, known=known)
    if config.file is None:
        return [], catalog
    path = config.file
    text, content = _content(path)
    found: list[Notification] = []
    for number, table in enumerate(content.get("notify", []), 1):
        try:
            notification = _notification(table, catalog, known)
            if any(other.name == notification.name for other in found):
                raise _Wrong("name", "another [[notify]] has that name; what was sent is remembered by it")
        except _Wrong as error:
            if unset and isinstance(error, _Unset):
                continue
            place = f"{path}:{line_of(text, 'notify', number, error.key)}"
            raise ConfigError(f"{place}: notify {table.get('name', f'number {number}')!r}: {error}") from error
        found.append(notification)
    return found, catalog


def has_tables(file: Path | None) -> bool:
    """Whether a settings file has any ``[[feed]]`` or ``[[notify]]``; they are not checked."""
    return file is not None and not {"feed", "notify"}.isdisjoint(_content(file)[1])


def has_notifications(config: Config) -> bool:
    """Whether the settings file has any ``[[notify]]``; it is not checked."""
    if config.file is None:
        return False
    return bool(_content(config.file)[1].get("notify"))


def _content(path: Path) -> tuple[str, dict[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8")
        return text, tomllib.loads(text)
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read ({error})") from error


def line_of(text: str, table: str, number: int, key: str) -> int:
    """The line on which the ``number``-th ``[[table]]`` of a TOML text has a key, or else on which it begins."""
    begins = re.compile(rf"\s*\[\[\s*{table}\s*\]\]")
    has = re.compile(
        rf"\s*[\"']?{re.escape(key)}[\"']?\s*[=.]|.*[{{,]\s*{re.escape(key)}\s*="
        rf"|\s*\[\[?\s*{table}\.{re.escape(key)}\s*\]"
    )
    seen, start = 0, 1
    for place, row in enumerate(text.splitlines(), 1):
        if begins.match(row):
            seen += 1
            start = place if seen == number else start
        if seen == number and key and has.match(row):
            return place
    return start


def _notification(table: Mapping[str, Any], catalog: Catalog, known: Known | None) -> Notification:
    for key in table:
        if key not in _KEYS:
            raise _Wrong(key, f"unknown key {key!r}; allowed: {', '.join(_KEYS)}")
    name = table.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise _Wrong("name", f"name is {name!r}; it must be of letters, digits, '.', '_' and '-', such as 'team'")
    kinds = table.get("kinds", [])
    if not isinstance(kinds, list) or any(kind not in KINDS for kind in kinds):
        raise _Wrong("kinds", f"kinds is {kinds!r}; allowed: a list of {', '.join(KINDS)}")
    digest, most = table.get("digest", False), table.get("most", MOST)
    if not isinstance(digest, bool):
        raise _Wrong("digest", f"digest is {digest!r}; allowed: true (one message a run), false (one for each)")
    if not isinstance(most, int) or isinstance(most, bool) or not 1 <= most <= 1000:
        raise _Wrong("most", f"most is {most!r}; allowed: how many messages a run may send to one address, 1 to 1000")
    where = _where(table.get("where", {}), known)
    feed = _feed(table.get("feed", ""), catalog, known or {})
    targets = tuple(_targets(name, table))
    if not targets:
        raise _Wrong("", "has nowhere to go: add urls or webhooks")
    if len({target.id for target in targets}) < len(targets):
        raise _Wrong("urls", "the same address stands there twice")
    return Notification(name, feed, where, tuple(kinds), digest, most, targets)


def _where(table: Any, known: Known | None) -> Where:
    if not isinstance(table, dict):
        raise _Wrong("where", "where must be a table, such as where = { country = ['ca'], stage = ['final'] }")
    try:
        return parse_where(table, known)
    except WhereError as error:
        raise _Wrong(error.key, f"where: {error}") from error


def _feed(path: Any, catalog: Catalog, known: Known) -> str:
    if path == "":
        return ""
    specs = catalog.of_kind("stories")
    for spec in specs:
        exact = isinstance(path, str) and path == spec.path and not spec.facet
        if exact or (spec.facet and isinstance(path, str) and path.startswith(spec.path[:-1])
                     and _CODE.fullmatch(path[len(spec.path) - 1 :])):  # fmt: skip
            if spec.facet:
                try:
                    check_code(spec.facet, path[len(spec.path) - 1 :], known)
                except WhereError as error:
                    raise _Wrong("feed", str(error)) from error
            return str(path)
    allowed = ", ".join(spec.path.replace("/*", "/CODE") for spec in specs)
    raise _Wrong("feed", f"feed {path!r} is none of stories; allowed: {allowed}")


def _targets(name: str, table: Mapping[str, Any]) -> list[Target]:
    urls, webhooks = table.get("urls", []), table.get("webhooks", [])
    if not isinstance(urls, list) or not all(isinstance(url, str) and url.strip() for url in urls):
        raise _Wrong("urls", "urls must be a list of Apprise addresses, such as ['ntfy://ntfy.example/topic']")
    if not isinstance(webhooks, list) or not all(isinstance(hook, dict) for hook in webhooks):
        raise _Wrong("webhooks", "webhooks must be a list of tables, such as [{url = 'https://...', secret = '...'}]")
    found = []
    for place, written in enumerate(urls, 1):
        url = _filled("urls", written)
        if not _understood(url):
            raise _Wrong("urls", f"address {place} of urls is none that Apprise {_APPRISE_KNOWS}")
        label = written if _VARIABLE.fullmatch(written) else f"{urlsplit(url).scheme}://"
        found.append(Target(_identity(name, written), "apprise", f"{name}: {label} ({place})", url))
    for place, hook in enumerate(webhooks, 1):
        for key in hook:
            if key not in ("url", "secret"):
                raise _Wrong("webhooks", f"webhook {place} has unknown key {key!r}; allowed: url, secret")
        written = hook.get("url")
        if not isinstance(written, str):
            raise _Wrong("webhooks", f"webhook {place} needs a url")
        url = _web(place, _filled("webhooks", written))
        label = f"{name}: webhook {urlsplit(url).hostname} ({place})"
        found.append(Target(_identity(name, written), "webhook", label, url, _secrets(place, hook.get("secret"))))
    return found


_APPRISE_KNOWS = "understands; see https://github.com/caronc/apprise/wiki for how each service's address is written"


def _understood(url: str) -> bool:
    import apprise  # slow to import, and most installations notify nobody

    hush_apprise()
    return apprise.Apprise.instantiate(url, suppress_exceptions=True) is not None


def hush_apprise() -> None:
    """Keep Apprise's log to itself: whole addresses may stand in it. What a service answers is in its results too."""
    logger = logging.getLogger("apprise")
    logger.propagate = False
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())


def _filled(key: str, text: str) -> str:
    """``text`` with each ``${NAME}`` replaced by that environment variable."""

    def value(found: re.Match[str]) -> str:
        if not (known := os.environ.get(found[1], "").strip()):
            raise _Unset(key, f"the environment variable {found[1]} is not set or empty; set it where visawire runs")
        return known

    return _VARIABLE.sub(value, text).strip()


def _identity(name: str, written: str) -> str:
    """A target's permanent id. It is slow to make, so that no password can be guessed from an id in the archive."""
    made = hashlib.scrypt(written.encode(), salt=f"visawire notify {name}".encode(), n=2**14, r=8, p=1, dklen=8)
    return made.hex()


def _web(place: int, url: str) -> str:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError as error:
        raise _Wrong("webhooks", f"the url of webhook {place} is not valid ({error})") from error
    if not host or parts.scheme not in ("http", "https"):
        raise _Wrong("webhooks", f"the url of webhook {place} must start with https://")
    if parts.scheme == "http" and not _loopback(host):
        raise _Wrong("webhooks", f"the url of webhook {place} must start with https://; http is for this machine only")
    return url


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _secrets(place: int, written: Any) -> tuple[bytes, ...]:
    values = [written] if isinstance(written, str) else written
    wanted = f"webhook {place} needs a secret: whsec_ and base64 of 24 to 64 bytes. Make one: {_NEW_SECRET}"
    if not isinstance(values, list) or not values or not all(isinstance(value, str) for value in values):
        raise _Wrong("webhooks", wanted)
    filled = [_filled("webhooks", value).removeprefix("whsec_") for value in values]
    try:
        secrets = tuple(base64.b64decode(value, validate=True) for value in filled)
    except ValueError as error:
        raise _Wrong("webhooks", wanted) from error
    if not all(len(secret) in _SECRET for secret in secrets):
        raise _Wrong("webhooks", wanted)
    return secrets
