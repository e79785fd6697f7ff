"""A receiver of POST requests on loopback, and small archives with published updates, for tests of what is sent."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from small_archive import SEEN, make_item, make_source

from archive.feed_entries import place_updates
from archive.models import Check, Tag
from archive.store import Archive
from visawire.config import Config, load_config
from visawire.notify import enlist

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
SECRET = "whsec_" + "YSBzZWNyZXQgZm9yIHRlc3RzIG9mIHdlYmhvb2tz"


@dataclass
class Posted:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Receiver:
    """Keeps what it is sent. ``answers`` are statuses, each with headers, given one after the other; the last stays."""

    def __init__(self) -> None:
        self.posted: list[Posted] = []
        self.answers: list[tuple[int, dict[str, str]]] = [(204, {})]
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.posted.append(Posted(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
                answers = receiver.answers
                status, headers = answers.pop(0) if len(answers) > 1 else answers[0]
                self.send_response(status)
                for name, value in {"Content-Length": "0", **headers}.items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.place = f"127.0.0.1:{self.server.server_port}"
        self.url = f"http://{self.place}"

    def answer(self, *answers: int | tuple[int, dict[str, str]]) -> None:
        self.answers[:] = [a if isinstance(a, tuple) else (a, {}) for a in answers]

    def take(self) -> list[Posted]:
        """What came since the last call."""
        posted, self.posted = self.posted, []
        return posted


@contextmanager
def receiver() -> Iterator[Receiver]:
    """A running :class:`Receiver`; stopped on leaving."""
    found = Receiver()
    thread = threading.Thread(target=found.server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield found
    finally:
        found.server.shutdown()
        found.server.server_close()
        thread.join()


def configured(folder: Path, notify: str) -> Config:
    """Settings with some ``[[notify]]`` tables and an archive below ``folder``."""
    path = folder / "visawire.toml"
    path.write_text(f'[site]\nurl = "https://visas.example"\nauthority = "visas.example"\n{notify}', encoding="utf-8")
    return load_config(path, folder / "a.db", folder / "site")


def everything(folder: Path, hook: Receiver) -> Config:
    """Settings with one webhook for everything, and a crawled archive."""
    webhook = f'{{url = "{hook.url}/hook", secret = "{SECRET}"}}'
    config = configured(folder, f'[[notify]]\nname = "all"\nwebhooks = [{webhook}]\n')
    begin(config)
    enlist(config)
    return config


def texts(folder: Path, hook: Receiver, more: str = "") -> Config:
    """Settings with one Apprise address that leads to the receiver, and a crawled archive."""
    config = configured(folder, f'[[notify]]\nname = "team"\nurls = ["json://{hook.place}/text"]\n{more}')
    begin(config)
    enlist(config)
    return config


def verified(posted: Posted, secret: str = SECRET) -> bool:
    """What a receiver's own check of the signature says, after the specification and without our code."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    headers = posted.headers
    signed = b".".join([headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), posted.body])
    expected = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    fresh = abs(time.time() - int(headers["webhook-timestamp"])) < 60
    return fresh and f"v1,{expected}" in headers["webhook-signature"].split(" ")


def begin(config: Config) -> None:
    """An archive whose sources have been crawled before."""
    with Archive(config.archive) as archive:
        archive.sync_sources([make_source(), make_source("us-example-press", authority="secondary", kind="news")])
        run = archive.begin_run("crawl", SEEN)
        for source in ("us-example-rules", "us-example-press"):
            archive.add_check(run, Check(source, "ok", SEEN))


def tell(config: Config, name: str, kind: str = "new", **changes: Any) -> int:
    """A story with one update, published; returns the update's id.

    ``country``, ``stage``, ``source_id``, ``title``, ``before``, ``after``, ``at`` and ``importance`` may be changed.
    """
    country, stage = changes.get("country", "us"), changes.get("stage", "final")
    title = changes.get("title", f"Orchard rule {name}")
    tags = [Tag("country", country, "Examples", "source", label=country.upper())]
    item = make_item(name, title, stage=stage, tags=tags, source_id=changes.get("source_id", "us-example-rules"))
    item.relevant = True
    with Archive(config.archive) as archive:
        archive.store(item)
        with archive.transaction() as db:
            db.execute(
                "INSERT INTO stories (id, title, lead, stage, first_published, importance) VALUES (?,?,?,?,?,?)",
                (f"story-{name}", title, name, stage, "2026-03-01", changes.get("importance", 0.5)),
            )
            cursor = db.execute(
                "INSERT INTO updates (story_id, kind, at, summary, before, after, announcement_id) "
                "VALUES (?,?,?,?,?,?,?)",
                (f"story-{name}", kind, changes.get("at", "2026-03-01"), changes.get("summary", title),
                 changes.get("before", ""), changes.get("after", stage), name),
            )  # fmt: skip
            place_updates(db)
    return int(cursor.lastrowid or 0)


def deliveries(config: Config) -> list[tuple[int, str, int]]:
    """Update, state and attempts of each delivery, by update."""
    with Archive(config.archive) as archive:
        rows = archive.rows("SELECT update_id, state, attempts FROM deliveries ORDER BY update_id, target_id")
    return [(row[0], row[1], row[2]) for row in rows]
