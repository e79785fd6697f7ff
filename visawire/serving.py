"""Serves an archive with Datasette, and the published site beside it, until it is told to stop."""

from __future__ import annotations

import errno
import signal
import socket
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import uvicorn
from datasette.app import Datasette
from datasette.database import Database
from datasette.plugins import pm

from archive.metadata import DATABASE, TEMPLATES, load_metadata
from archive.store import Archive, ArchiveError
from visawire import browse
from visawire.demonstration import demo_notice
from visawire.sitefiles import SiteFiles

#: Where the published site is served.
SITE = "/site"

#: Measured on an archive of a million announcements: suggesting facets alone cost more than a second a page.
SETTINGS: dict[str, Any] = {
    "suggest_facets": False,
    "facet_time_limit_ms": 500,
    "sql_time_limit_ms": 2000,
    "default_page_size": 50,
    "max_returned_rows": 1000,
    "truncate_cells_html": 300,
}


class ServeError(Exception):
    """The archive cannot be served; the message says why and what to do."""


def datasette_for(archive: Path, *, with_site: bool = False, notice: str = "") -> Datasette:
    """A Datasette over an archive file under the name ``visawire``, with our pages and settings.

    The file is opened read-only but not as immutable: a crawl may write to it meanwhile. ``with_site``
    makes the pages link to the published site; ``notice`` stands above them all, that of the demo for its archive.
    Raises :class:`ServeError` if there is no archive.
    """
    _require_archive(archive)
    if not pm.is_registered(browse):  # a bare checkout has no entry points
        pm.register(browse, "visawire")
    metadata = load_metadata()
    metadata["plugins"] = {"visawire": {"site": SITE + "/" if with_site else "", "notice": notice or _notice(archive)}}
    served = Datasette([], metadata=metadata, template_dir=str(TEMPLATES), settings=SETTINGS, cors=True)
    served.remove_database("_memory")
    served.add_database(Database(served, path=str(archive.resolve()), is_mutable=True), name=DATABASE)
    return served


def _notice(archive: Path) -> str:
    try:
        with Archive(archive, read_only=True) as opened:
            return demo_notice(opened)
    except (ArchiveError, sqlite3.Error):
        return ""  # an older archive without runs; what is wrong with it is said elsewhere


def _require_archive(archive: Path) -> None:
    if not archive.is_file():
        raise ServeError(
            f"{archive}: no archive there. Run `visawire crawl` first, or name another with --archive FILE."
        )
    try:
        db = sqlite3.connect(f"{archive.resolve().as_uri()}?mode=ro", uri=True)
        try:
            known = db.execute("SELECT 1 FROM sqlite_master WHERE name='announcements'").fetchone()
        finally:
            db.close()
    except sqlite3.Error as error:
        raise ServeError(
            f"{archive}: cannot be read as an archive ({error}). Check its permissions and those of its "
            "folder, or restore a backup."
        ) from error
    if known is None:
        raise ServeError(f"{archive}: is not a Visawire archive. Name another with --archive FILE.")


def serve(
    archive: Path,
    site: Path,
    host: str = "127.0.0.1",
    port: int = 8001,
    on_ready: Callable[[str], None] | None = None,
    notice: str = "",
) -> None:
    """Serve until SIGINT or SIGTERM, then return.

    ``site`` need not exist yet. Port 0 takes any free port. ``on_ready`` is called once with the address
    (``http://127.0.0.1:8001/``) when connections are accepted. ``notice`` stands above every page. Prints nothing.
    Raises :class:`ServeError` if the archive is missing or the port cannot be had.
    """
    app = SiteFiles(datasette_for(archive, with_site=True, notice=notice).app(), site, SITE)
    with _listen(host, port) as listening:
        server = uvicorn.Server(
            uvicorn.Config(app, log_level="warning", access_log=False, lifespan="on", timeout_graceful_shutdown=5)
        )
        with _stopped_by_signals(server) as stopped:
            if on_ready is not None:
                shown = f"[{host}]" if ":" in host else host
                on_ready(f"http://{shown}:{listening.getsockname()[1]}/")
            server.run(sockets=[listening])
        if not server.started and not stopped.is_set():
            raise ServeError(f"{archive}: the server could not start. Its error is above.")


def _listen(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except (OSError, OverflowError) as error:
        code = getattr(error, "errno", None)
        if code == errno.EADDRINUSE:
            raise ServeError(
                f"Port {port} on {host} is taken by another program. Choose another with --port, for "
                f"instance --port {port + 1 if port < 65535 else 8001}, or stop that program."
            ) from error
        if code == errno.EACCES:
            raise ServeError(f"Port {port} is for the system only. Choose one from 1024 on, with --port.") from error
        raise ServeError(f"Cannot serve at {host}, port {port} ({error}). Check --host and --port.") from error


@contextmanager
def _stopped_by_signals(server: uvicorn.Server) -> Iterator[threading.Event]:
    """Let SIGINT and SIGTERM end the server without ending the process; the event tells that one did.

    uvicorn raises the signals that it caught once more when it is done; these handlers receive them.
    """
    stopped = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        server.should_exit = True
        stopped.set()

    if threading.current_thread() is not threading.main_thread():
        yield stopped
        return
    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
