"""The Datasette plugin: readable cells, safe links, and what the home and announcement pages show.

Uses only hooks that Datasette 0.65 and 1.0 share. Everything is limited to the database that is served
under the name ``visawire``, so that the plugin does no harm in a Datasette that serves other files too.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from datasette import Response
from datasette.utils import tilde_decode, tilde_encode
from markupsafe import Markup, escape
from pluggy import HookimplMarker

from archive.metadata import DATABASE, STATIC
from archive.search import fts_query
from visawire import browse_pages

# The same marker as datasette.hookimpl, which has no types.
hookimpl = HookimplMarker("datasette")

#: Columns that hold an address, in every table and query.
_URLS = frozenset({"url", "canonical_url"})

#: Columns that hold the id of a row of another table.
_ROWS = {
    "source_id": "sources",
    "announcement_id": "announcements",
    "duplicate_of": "announcements",
    "lead": "announcements",
    "story_id": "stories",
    "tag_id": "tags",
    "run_id": "runs",
}

_OBJECTS = frozenset({"dimensions", "statuses", "attributes"})

_STYLE = "/-/visawire/visawire.css"


def web_link(url: object) -> str:
    """The address if a browser may follow it (http or https, with a host), else the empty string."""
    text = str(url or "").strip()
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    return text if parts.scheme in ("http", "https") and parts.netloc and not any(map(str.isspace, text)) else ""


@hookimpl
def render_cell(row: Any, value: Any, column: str, table: str | None, database: str, datasette: Any) -> Markup | None:
    """Links for addresses and ids, ``name: value`` for JSON objects; ``None`` leaves a cell to Datasette."""
    if database != DATABASE or value in (None, "") or isinstance(value, dict | bytes):
        return None
    text = str(value)
    if column in _URLS:
        if not web_link(text):
            return escape(text)
        return Markup('<a href="{0}" rel="noopener noreferrer">{0}</a>').format(text)
    if column in _ROWS:
        address = datasette.urls.row(DATABASE, _ROWS[column], tilde_encode(text))
        return Markup('<a href="{}">{}</a>').format(str(address), text)
    if column in _OBJECTS:
        return _readable(text)
    if table is None and column == "title" and "announcement_id" in row.keys():  # noqa: SIM118  sqlite3.Row
        address = datasette.urls.row(DATABASE, "announcements", tilde_encode(str(row["announcement_id"])))
        return Markup('<a href="{}">{}</a>').format(str(address), text)
    return None


def _readable(text: str) -> Markup | None:
    try:
        found = json.loads(text)
    except ValueError:
        return None
    if not isinstance(found, dict):
        return None
    lines = (
        Markup("<b>{}</b>: {}").format(name, part if isinstance(part, str) else json.dumps(part, ensure_ascii=False))
        for name, part in found.items()
    )
    return Markup("<br>").join(lines) or Markup("&nbsp;")


@hookimpl(trylast=True)
def prepare_connection(conn: sqlite3.Connection, database: str) -> None:
    """Give the search its own ``escape_fts``: Datasette's fails on empty text, a lone quote and NUL.

    Runs last, so that it replaces Datasette's function of that name.
    """
    if database == DATABASE:
        conn.create_function("escape_fts", 1, lambda text: fts_query(str(text or "")), deterministic=True)
        # 32 MB a connection: up to twice as fast searches in an archive of a million announcements.
        conn.execute("PRAGMA cache_size=-32000")


@hookimpl
def extra_css_urls(datasette: Any) -> list[str]:
    return [_STYLE] if DATABASE in datasette.databases else []


@hookimpl
def register_routes() -> list[tuple[str, Callable[..., Any]]]:
    async def style() -> Any:
        css = (STATIC / "visawire.css").read_text(encoding="utf-8")
        return Response(css, content_type="text/css; charset=utf-8", headers={"cache-control": "max-age=300"})

    return [(rf"^{_STYLE}$", style)]


@hookimpl
def extra_template_vars(
    template: str, request: Any, datasette: Any
) -> dict[str, Any] | Callable[[], Awaitable[dict[str, Any]]]:
    """``web_link``, ``site`` and ``notice`` for all templates; their rows for the home and announcement pages.

    ``site`` is where the published files are served (``/site/``), empty if they are not.
    """
    ours = datasette.plugin_config("visawire") or {}
    common = {"web_link": web_link, "site": ours.get("site", ""), "notice": ours.get("notice", "")}
    if DATABASE not in datasette.databases:
        return common
    db = datasette.get_database(DATABASE)

    async def home() -> dict[str, Any]:
        return common | await browse_pages.home(db)

    async def announcement() -> dict[str, Any]:
        return common | await browse_pages.announcement(db, tilde_decode(request.url_vars["pks"]))

    pages = {"index.html": home, f"row-{DATABASE}-announcements.html": announcement}
    return pages.get(template, common)
