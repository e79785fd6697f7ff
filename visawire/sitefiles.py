"""Serves the published site's files beside another ASGI application.

Datasette's own static mounts send neither ETag nor Last-Modified and call a feed text/plain; feed readers
need all three, so that an unchanged feed costs them nothing.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, MutableMapping
from email.utils import formatdate, parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".xml": "application/xml",
    ".rss": "application/rss+xml; charset=utf-8",
    ".atom": "application/atom+xml; charset=utf-8",
    ".opml": "text/x-opml; charset=utf-8",
    ".ics": "text/calendar; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
}

_NOTHING_YET = "Nothing has been published here yet. Run `visawire publish`, then reload this page.\n"


class SiteFiles:
    """``root``'s files under ``prefix`` (such as ``/site``); every other request goes to ``app``.

    Files whose name begins with a dot, or that lie in such a folder, are the publisher's own and served to nobody.

    Answers GET and HEAD with ETag and Last-Modified, and 304 to If-None-Match and If-Modified-Since
    (RFC 9110 section 13). A folder is its ``index.html``. Nothing outside ``root`` is ever served, not even
    through a link; what is missing is answered with the site's own ``404.html``. ``root`` may appear later.
    """

    def __init__(self, app: App, root: Path, prefix: str = "/site") -> None:
        self.app = app
        self.root = root
        self.prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if scope["type"] != "http" or not (path == self.prefix or path.startswith(self.prefix + "/")):
            await self.app(scope, receive, send)
            return
        status, headers, body = await asyncio.to_thread(self._answer, scope)
        headers |= {
            "content-length": str(len(body)),
            "access-control-allow-origin": "*",
            "x-content-type-options": "nosniff",
        }
        if status == 304:
            del headers["content-length"]
        raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    def _answer(self, scope: Scope) -> tuple[int, dict[str, str], bytes]:
        if scope["method"] not in ("GET", "HEAD"):
            return (
                405,
                {"allow": "GET, HEAD", "content-type": "text/plain; charset=utf-8"},
                b"Only GET and HEAD.\n",
            )
        path = scope["path"]
        file = self._find(path[len(self.prefix) :])
        if file is None:
            return self._missing()
        if file.is_dir():
            if not path.endswith("/"):
                return 308, {"location": quote(path) + "/"}, b""
            return self._file(file / "index.html", scope)
        return self._file(file, scope)

    def _missing(self) -> tuple[int, dict[str, str], bytes]:
        try:
            return 404, {"content-type": _TYPES[".html"]}, (self.root / "404.html").read_bytes()
        except OSError:
            text = "No such file.\n" if (self.root / "index.html").exists() else _NOTHING_YET
            return 404, {"content-type": _TYPES[".txt"]}, text.encode()

    def _find(self, below: str) -> Path | None:
        """The file or folder that a decoded path below the prefix names, if it lies in ``root``."""
        if any(part.startswith(".") for part in below.split("/")):
            return None
        try:
            root = self.root.resolve()
            found = (root / below.lstrip("/")).resolve()
            if not found.is_relative_to(root):
                return None
            wanted = found / "index.html" if found.is_dir() else found
            return found if wanted.resolve().is_relative_to(root) and wanted.is_file() else None
        except (OSError, ValueError):  # a name that is too long; a NUL
            return None

    def _file(self, path: Path, scope: Scope) -> tuple[int, dict[str, str], bytes]:
        # One descriptor for both: the publisher may replace the file between a stat and a read.
        with path.open("rb") as file:
            stat = os.fstat(file.fileno())
            headers = {
                "content-type": _TYPES.get(path.suffix.lower(), "application/octet-stream"),
                "etag": f'"{stat.st_mtime_ns:x}-{stat.st_size:x}"',
                "last-modified": formatdate(stat.st_mtime, usegmt=True),
                "cache-control": "no-cache",
            }
            if _unchanged(scope, headers["etag"], int(stat.st_mtime)):
                return 304, headers, b""
            return 200, headers, file.read()


def _unchanged(scope: Scope, etag: str, modified: int) -> bool:
    asked = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    if "if-none-match" in asked:
        known = [tag.strip().removeprefix("W/") for tag in asked["if-none-match"].split(",")]
        return etag in known or "*" in known
    try:
        since = parsedate_to_datetime(asked["if-modified-since"])
        return modified <= since.timestamp()
    except (KeyError, ValueError):
        return False
