"""The server: what it refuses, what it serves, how it ends."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from small_archive import fill

from visawire.serving import ServeError, datasette_for, serve

REPO = Path(__file__).parents[1]


def test_a_missing_or_foreign_archive_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ServeError, match="Run `visawire crawl` first"):
        datasette_for(tmp_path / "none.db")
    (tmp_path / "text.db").write_text("this is no database, but it is long enough to be looked at " * 20)
    with pytest.raises(ServeError, match="cannot be read as an archive"):
        datasette_for(tmp_path / "text.db")
    (tmp_path / "empty.db").touch()
    with pytest.raises(ServeError, match="is not a Visawire archive"):
        datasette_for(tmp_path / "empty.db")


def test_a_taken_port_is_named_with_a_way_out(tmp_path: Path) -> None:
    fill(tmp_path / "a.db")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ServeError, match=rf"Port {port} on 127.0.0.1 is taken.*--port"):
            serve(tmp_path / "a.db", tmp_path, port=port)


_CHILD = """
import sys
from pathlib import Path
from visawire.serving import serve
serve(Path(sys.argv[1]), Path(sys.argv[2]), port=0, on_ready=lambda url: print(url, flush=True))
"""


@contextlib.contextmanager
def server(archive: Path, site: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", _CHILD, str(archive), str(site)], cwd=REPO, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, "no_proxy": "127.0.0.1"},
    )  # fmt: skip
    try:
        assert process.stdout is not None
        yield process, process.stdout.readline().strip()
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def fetch(url: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
    request = urllib.request.Request(
        url, method=method, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=20) as response:
            return response.status, {k.lower(): v for k, v in response.headers.items()}, response.read()
    except urllib.error.HTTPError as error:
        return error.code, {k.lower(): v for k, v in error.headers.items()}, error.read()


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_the_server_serves_archive_and_site_and_ends_cleanly_when_told(tmp_path: Path, stop: signal.Signals) -> None:
    fill(tmp_path / "a.db")
    site = tmp_path / "site"
    with server(tmp_path / "a.db", site) as (process, url):
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", url)
        assert b"Weighted selection" in fetch(url)[2]
        assert fetch(url + "site/")[0] == 404 and b"visawire publish" in fetch(url + "site/")[2]

        (site / "feeds").mkdir(parents=True)
        (site / "index.html").write_text("<h1>Front</h1>")
        (site / "feeds" / "all.rss").write_text("<rss/>")
        (tmp_path / "secret.txt").write_text("secret")
        (site / "leak.txt").symlink_to(tmp_path / "secret.txt")

        assert fetch(url + "site")[2] == b"<h1>Front</h1>"
        status, headers, body = fetch(url + "site/feeds/all.rss")
        assert (status, body, headers["content-type"]) == (
            200,
            b"<rss/>",
            "application/rss+xml; charset=utf-8",
        )
        assert fetch(url + "site/feeds/all.rss", if_none_match=headers["etag"])[::2] == (304, b"")
        assert fetch(url + "site/feeds/all.rss", if_modified_since=headers["last-modified"])[0] == 304
        assert fetch(url + "site/feeds/all.rss", if_none_match='"other"')[0] == 200
        assert fetch(url + "site/feeds/all.rss", if_modified_since="yesterday")[0] == 200
        head = fetch(url + "site/feeds/all.rss", method="HEAD")
        assert (head[0], head[1]["content-length"], head[2]) == (200, "6", b"")
        assert fetch(url + "site/feeds/all.rss", method="POST")[0] == 405
        for bad in ("site/leak.txt", "site/..%2fsecret.txt", "site/%00", "site/feeds/", "site/" + "x" * 300):
            assert fetch(url + bad)[0] == 404, bad

        process.send_signal(stop)
        out, err = process.communicate(timeout=20)
        assert process.returncode == 0, err
        assert (out, err) == ("", "")
