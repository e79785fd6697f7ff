"""A web server on loopback for crawl tests: canned answers with validators, and a log of what was asked."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Answer:
    """One page. ``validators`` gives it ETag and Last-Modified; a matching request is answered 304."""

    body: bytes = b""
    status: int = 200
    kind: str = "text/html; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)
    validators: bool = True
    wait: float = 0.0
    endless: bool = False

    @property
    def etag(self) -> str:
        return f'"{hashlib.sha256(self.body).hexdigest()[:12]}"'


@dataclass
class Asked:
    path: str
    headers: dict[str, str]
    at: float
    status: int = 0


class Web:
    """Answers by path; a list of answers is given one after the other (the last one stays)."""

    def __init__(self, host: str) -> None:
        self.pages: dict[str, Answer | list[Answer] | Callable[[], Answer]] = {}
        self.asked: list[Asked] = []
        web = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                asked = Asked(self.path, {k.lower(): v for k, v in self.headers.items()}, time.monotonic())
                web.asked.append(asked)
                answer = web._answer(self.path)
                time.sleep(answer.wait)
                if answer.validators and answer.status == 200 and asked.headers.get("if-none-match") == answer.etag:
                    asked.status = 304
                    self._head(304, {"ETag": answer.etag}, 0)
                    return
                asked.status = answer.status
                headers = {"Content-Type": answer.kind, **answer.headers}
                if answer.validators and answer.status == 200:
                    headers |= {"ETag": answer.etag, "Last-Modified": "Tue, 20 Jun 2017 12:00:00 GMT"}
                if answer.endless:
                    self._head(200, headers, None)
                    try:
                        while True:
                            self.wfile.write(b"100000\r\n" + b"x" * 0x100000 + b"\r\n")
                    except OSError:
                        self.close_connection = True
                    return
                self._head(answer.status, headers, len(answer.body))
                self.wfile.write(answer.body)

            def _head(self, status: int, headers: dict[str, str], length: int | None) -> None:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                if length is None:
                    self.send_header("Transfer-Encoding", "chunked")
                else:
                    self.send_header("Content-Length", str(length))
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer((host, 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://{host}:{self.server.server_port}"

    def _answer(self, path: str) -> Answer:
        page = self.pages.get(path, Answer(b"", 404))
        if isinstance(page, list):
            return page.pop(0) if len(page) > 1 else page[0]
        return page if isinstance(page, Answer) else page()

    def paths(self) -> list[str]:
        return [a.path for a in self.asked if a.path != "/robots.txt"]


@contextmanager
def serve(host: str = "127.0.0.1") -> Iterator[Web]:
    """A running :class:`Web`; stopped on leaving."""
    web = Web(host)
    thread = threading.Thread(target=web.server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield web
    finally:
        web.server.shutdown()
        web.server.server_close()
        thread.join()
