"""Projects the archive into files. A file is replaced only if its bytes differ, and only as a whole."""

from __future__ import annotations

import errno
import os
import re
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tqdm import tqdm

from archive.store import Archive
from feeds.catalog import DEFAULT, Catalog, CatalogError, load_catalog
from feeds.opml import opml
from feeds.page import index
from feeds.render import Renderer, Site
from feeds.rows import Feed
from feeds.select import select

_STYLE = Path(__file__).with_name("style.css")
_TEMPORARY = ".visawire-{name}.tmp"
_AUTHORITY = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", re.IGNORECASE)
_SITE_URL = re.compile(r"https?://[^\s/?#]+(/[^\s?#]*)?", re.IGNORECASE)

_REMEDIES = {
    errno.ENOSPC: "Free some space on that disk",
    errno.EDQUOT: "Free some space within your quota",
    errno.EACCES: "Give this user the right to write there",
    errno.EPERM: "Give this user the right to write there",
    errno.EROFS: "That file system is read-only: mount it writable",
    errno.EISDIR: "Move that folder away",
    errno.ENOTDIR: "A file stands where a folder is needed: move it away",
    errno.EEXIST: "A file stands where a folder is needed: move it away",
}


class PublishError(Exception):
    """Nothing more could be published. The message names the path and says what to do.

    Every file is whole: either as it was before or as it is now.
    """


@dataclass(slots=True)
class Published:
    """What a publication did: ``written`` are paths within the site, in the order of writing."""

    written: list[str] = field(default_factory=list)
    unchanged: int = 0


def publish(
    archive: Archive,
    site: Path,
    *,
    site_url: str,
    authority: str = "visawire.invalid",
    progress: bool = False,
    catalog: Path = DEFAULT,
) -> Published:
    """Write every feed of the catalogue, ``feeds.opml``, ``index.html`` and ``style.css`` below ``site``.

    ``site_url`` is the absolute address at which ``site`` is served. ``authority`` is the domain name in
    every GUID: set it once, before anybody subscribes. The feed of a tag that the archive no longer has
    stays as it is, because its address may not go away. One publication at a time: the caller holds the lock.

    Raises :class:`PublishError` for a wrong parameter or catalogue, an unreadable archive, or a file that
    cannot be written.
    """
    if not _SITE_URL.fullmatch(site_url):
        raise PublishError(f"site URL {site_url!r}: must be absolute, such as https://example.org/visas. Correct it.")
    if not _AUTHORITY.fullmatch(authority):
        raise PublishError(f"authority {authority!r}: must be a domain name that you own, such as example.org.")
    try:
        plan = load_catalog(catalog)
        feeds = select(archive, plan)
    except (CatalogError, ValueError) as error:
        raise PublishError(str(error)) from error
    except sqlite3.Error as error:
        raise PublishError(
            f"{archive.path}: cannot be read ({error}). Try again when nobody writes, or run "
            "`visawire doctor`. The published files are as they were."
        ) from error
    result = Published()
    _sweep(site)
    files = _files(feeds, _site(site_url, authority, plan))
    total = 2 * len(feeds) + 3
    for path, data in tqdm(files, "publish", total, disable=not progress, file=sys.stderr, unit=" files"):
        if write_if_changed(site / path, data):
            result.written.append(path)
        else:
            result.unchanged += 1
    return result


def _site(site_url: str, authority: str, plan: Catalog) -> Site:
    return Site(site_url.rstrip("/"), authority.lower(), plan.name, plan.ttl_minutes)


def _files(feeds: tuple[Feed, ...], site: Site) -> Iterator[tuple[str, bytes]]:
    """Path and bytes of each file, one at a time; the pages that point to the feeds come after them."""
    renderer = Renderer(site)
    for feed in feeds:
        fitting = renderer.fit(feed)
        yield f"feeds/{feed.path}.rss", renderer.rss(fitting)
        yield f"feeds/{feed.path}.atom", renderer.atom(fitting)
    yield "feeds.opml", opml(feeds, site)
    yield "style.css", _STYLE.read_bytes()
    yield "index.html", index(feeds, site)


def write_if_changed(path: Path, data: bytes) -> bool:
    """Make ``path`` hold ``data`` and say whether it had to be written; an equal file keeps its times.

    The new file is complete and on disk before it takes the old one's place. Raises :class:`PublishError`.
    """
    temporary = path.with_name(_TEMPORARY.format(name=path.name))
    try:
        try:
            if path.read_bytes() == data:
                return False
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        remedy = _REMEDIES.get(error.errno or 0, "Check that the folder exists and can be written to")
        raise PublishError(
            f"{path}: cannot be written ({error.strerror or error}). {remedy}, or choose another place "
            "with --site. What was published before is intact."
        ) from error
    return True


def _sweep(site: Path) -> None:
    """Remove what a killed publication left behind."""
    for leftover in site.rglob(_TEMPORARY.format(name="*")):
        with suppress(OSError):
            leftover.unlink()
