"""Published feeds behind a web server: unchanged feeds cost their readers nothing, and the publisher's own files stay
its own."""

from __future__ import annotations

import asyncio
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from feeds_helpers import SEEN, announcement, rich
from site_helpers import feeds_of, later, look, more, opened, press, publish_site, tell

from visawire.sitefiles import Message, Receive, Scope, Send, SiteFiles

#: Asks for a path with headers; gives status and headers, whose names are in lower case.
Ask = Callable[[str, dict[str, str]], tuple[int, dict[str, str]]]


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def plain(site: Path) -> Iterator[Ask]:
    """Python's own static server, which knows no ETag."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

        def ask(path: str, headers: dict[str, str]) -> tuple[int, dict[str, str]]:
            request = urllib.request.Request(f"http://127.0.0.1:{server.server_port}/{path}", headers=headers)
            try:
                with opener.open(request, timeout=20) as response:
                    return response.status, {k.lower(): v for k, v in response.headers.items()}
            except urllib.error.HTTPError as error:
                return error.code, {k.lower(): v for k, v in error.headers.items()}

        try:
            yield ask
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def ours(site: Path) -> Iterator[Ask]:
    """What `visawire serve` answers with."""

    async def nothing(scope: Scope, receive: Receive, send: Send) -> None:
        raise AssertionError(scope["path"])

    async def answer(path: str, headers: dict[str, str]) -> tuple[int, dict[str, str]]:
        sent: list[Message] = []

        async def send(message: Message) -> None:
            sent.append(message)

        async def receive() -> Message:
            return {"type": "http.request"}

        asked = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        scope: Scope = {"type": "http", "method": "GET", "path": f"/site/{path}", "headers": asked}
        await SiteFiles(nothing, site)(scope, receive, send)
        return sent[0]["status"], {name.decode(): value.decode() for name, value in sent[0]["headers"]}

    yield lambda path, headers: asyncio.run(answer(path, headers))


@pytest.mark.parametrize(
    ("server", "validator", "condition"),
    [
        (plain, "last-modified", "If-Modified-Since"),
        (ours, "last-modified", "If-Modified-Since"),
        (ours, "etag", "If-None-Match"),
    ],
)
def test_a_feed_that_did_not_change_answers_304(tmp_path: Path, server: Any, validator: str, condition: str) -> None:
    site = tmp_path / "site"
    with opened(tmp_path / "a.db") as archive:
        story = tell(archive, rich())
        look(archive, SEEN)
        publish_site(archive, site)
        paths = [f"feeds/{feed}.{form}" for feed in feeds_of(site) for form in ("rss", "atom", "json")]
        paths += ["calendar/all.ics", "feeds.opml", "all.html"]
        with server(site) as ask:
            known = {path: ask(path, {})[1][validator] for path in paths}
            for hours in (1, 2):
                # a crawl that finds nothing, and one that finds that somebody else reports the same
                look(archive, SEEN + timedelta(hours=hours))
                if hours == 2:
                    more(archive, story, later(press("p"), 2))
                publish_site(archive, site)
                assert {path for path in paths if ask(path, {condition: known[path]})[0] != 304} == set()
            tell(archive, later(announcement("new"), 3))
            publish_site(archive, site)
            assert ask("feeds/topic/fees.rss", {condition: known["feeds/topic/fees.rss"]})[0] == 304
            if validator == "etag":  # a time has whole seconds, and this test takes less
                assert ask("feeds/all.rss", {condition: known["feeds/all.rss"]})[0] == 200


def test_the_publishers_own_files_are_served_to_nobody(tmp_path: Path) -> None:
    site = tmp_path / "site"
    with opened(tmp_path / "a.db") as archive:
        tell(archive, rich())
        publish_site(archive, site)
    assert (site / ".visawire.db").is_file()
    (site / ".git").mkdir()
    for name in (".git/config", ".git/index.html", "feeds/.visawire-all.rss.tmp", ".env"):
        (site / name).write_text("secret")
    with ours(site) as ask:
        assert ask("feeds/all.rss", {})[0] == 200
        for path in (".visawire.db", ".git/config", ".git/", ".git", "feeds/.visawire-all.rss.tmp", ".env"):
            assert ask(path, {})[0] == 404, path
        for path in ("feeds//.env", "feeds/../.visawire.db", "./.visawire.db", "feeds/./all.rss"):
            assert ask(path, {})[0] == 404, path


def test_what_is_missing_is_answered_with_the_sites_own_page(tmp_path: Path) -> None:
    site = tmp_path / "site"
    with opened(tmp_path / "a.db") as archive:
        tell(archive, rich())
        publish_site(archive, site)
    with ours(site) as ask:
        status, headers = ask("deep/nope", {})
    assert (status, headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert int(headers["content-length"]) == (site / "404.html").stat().st_size
