"""Recorded responses: read from a WARC file or a folder of captures, written to a WARC file.

A folder holds ``MANIFEST.csv`` with the columns ``file``, ``original_url`` and ``captured`` (a date, perhaps
only a month or a year, perhaps with a remark behind it), and perhaps ``status`` where an answer was no 200. A file
may be the body itself, gzipped, or a cassette of recorded exchanges (vcrpy, VCR).
"""

from __future__ import annotations

import base64
import calendar
import csv
import gzip
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import yaml
from scrapy import Request
from scrapy.http import Response
from scrapy.responsetypes import responsetypes
from w3lib.url import canonicalize_url
from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.statusandheaders import StatusAndHeaders, StatusAndHeadersParserException
from warcio.warcwriter import WARCWriter


class RecordingError(Exception):
    """A recording cannot be read; the message names the file and what to do."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """One recorded response. ``captured`` is UTC; ``body`` may still be compressed as its headers say."""

    url: str
    captured: datetime
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def url_key(url: str) -> str:
    """Addresses that differ only in encoding, order of parameters or fragment have one key."""
    return canonicalize_url(url)


@dataclass
class Recording:
    """Responses by address. ``at`` hides those captured later."""

    source: Path
    at: datetime | None = None
    _by_url: dict[str, list[Recorded]] = field(default_factory=dict)

    def add(self, recorded: Recorded) -> None:
        self._by_url.setdefault(url_key(recorded.url), []).append(recorded)

    def find(self, url: str) -> Recorded | None:
        """The newest response of an address that was captured no later than ``at``."""
        found = self._by_url.get(url_key(url), ())
        allowed = [r for r in found if self.at is None or r.captured <= self.at]
        return max(allowed, key=lambda r: r.captured, default=None)

    def urls(self) -> list[str]:
        """Every address that has an answer, each once, in the order of the recording."""
        return [rows[0].url for rows in self._by_url.values() if self.find(rows[0].url)]

    def all(self) -> list[Recorded]:
        """Every response, in the order of the recording."""
        return [recorded for rows in self._by_url.values() for recorded in rows]

    def __len__(self) -> int:
        return sum(len(rows) for rows in self._by_url.values())


def parse_at(text: str) -> datetime | None:
    """``2026-08-19`` (the whole day counts) or an ISO time; UTC unless it says otherwise. '' is ``None``."""
    if not text:
        return None
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            return datetime.fromisoformat(text).replace(hour=23, minute=59, second=59, tzinfo=UTC)
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise RecordingError(f"--replay-at {text!r} is not a date; write 2026-08-19 or 2026-08-19T12:00:00Z") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@lru_cache(maxsize=4)
def open_recording(path: str, at: str = "") -> Recording:
    """Open a WARC file or a folder with a manifest. Raises :class:`RecordingError`."""
    source = Path(path)
    recording = Recording(source, parse_at(at))
    if source.is_dir():
        reader = _from_folder(source)
    elif source.is_file():
        reader = _from_warc(source)
    else:
        raise RecordingError(f"{source}: no recording there; name a .warc.gz file or a folder with MANIFEST.csv")
    for recorded in reader:
        recording.add(recorded)
    return recording


def _captured(text: str) -> datetime:
    """The last moment that a capture's date can mean (``2022-12`` is the end of that month)."""
    match = re.match(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?(T[\d:.+Z-]+)?", text.strip())
    if not match:
        return datetime.max.replace(tzinfo=UTC)
    year, month, day, clock = match.groups()
    if clock:
        moment = datetime.fromisoformat(match.group())
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    last_month = int(month or 12)
    last_day = int(day or calendar.monthrange(int(year), last_month)[1])
    # a capture of the day that --replay-at names is part of that replay
    return datetime(int(year), last_month, last_day, 12, tzinfo=UTC)


_TYPES = {
    ".json": "application/json", ".xml": "application/xml", ".rss": "application/rss+xml", ".csv": "text/csv",
    ".html": "text/html", ".xhtml": "application/xhtml+xml", ".js": "application/javascript",
}  # fmt: skip


def _from_folder(folder: Path) -> Iterator[Recorded]:
    manifest = folder / "MANIFEST.csv"
    if not manifest.exists():
        raise RecordingError(f"{folder}: lacks MANIFEST.csv with the columns file, original_url, captured")
    with manifest.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    if rows and not {"file", "original_url", "captured"} <= set(rows[0]):
        raise RecordingError(f"{manifest}: needs the columns file, original_url, captured; it has {', '.join(rows[0])}")
    for row in rows:
        path = folder / row["file"]
        if not path.exists():
            raise RecordingError(f"{manifest}: names {row['file']}, which is not there")
        for recorded in read_saved(path, row["original_url"], _captured(row["captured"])):
            yield replace(recorded, status=int(row["status"])) if row.get("status") else recorded


def read_saved(path: Path, url: str, captured: datetime) -> Iterator[Recorded]:
    """The responses in one saved file: a body, a gzipped body, or a cassette of several exchanges."""
    suffixes = path.suffixes
    try:
        body = path.read_bytes()
        if suffixes and suffixes[-1] == ".gz":
            body, suffixes = gzip.decompress(body), suffixes[:-1]
    except (OSError, EOFError, zlib.error) as error:
        raise RecordingError(f"{path}: cannot be read ({error}); save the page again") from error
    suffix = suffixes[-1].lower() if suffixes else ""
    if suffix in (".yaml", ".yml"):
        yield from _from_cassette(path, body, captured)
    elif url.startswith(("http://", "https://")):
        yield Recorded(url, captured, 200, (("Content-Type", _TYPES.get(suffix, "text/html")),), body)


class _CassetteLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # chosen at run time
    """YAML's safe loader, the fast one where it is built in, with Ruby's local ``!binary`` tag."""


_CassetteLoader.add_constructor("!binary", lambda loader, node: base64.b64decode(loader.construct_scalar(node)))


def _from_cassette(path: Path, text: bytes, captured: datetime) -> Iterator[Recorded]:
    """vcrpy (``interactions``) and Ruby VCR (``http_interactions``) cassettes."""
    try:
        content: Any = yaml.load(text, Loader=_CassetteLoader)
        exchanges = content.get("interactions") or content["http_interactions"]
    except (yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise RecordingError(f"{path}: is not a cassette of recorded exchanges: {error}") from error
    for exchange in exchanges:
        answer = exchange["response"]
        headers = tuple(
            (name, value)
            for name, values in (answer.get("headers") or {}).items()
            if name.lower() not in ("content-encoding", "transfer-encoding", "content-length")
            for value in (values if isinstance(values, list) else [values])
        )
        raw = answer["body"]
        if "base64_string" in raw:
            body = base64.b64decode(raw["base64_string"])
        else:
            body = raw["string"].encode("utf-8") if isinstance(raw["string"], str) else bytes(raw["string"])
        encodings = (answer.get("headers") or {}).get("Content-Encoding", [])
        if "gzip" in encodings and body[:2] == b"\x1f\x8b":
            body = gzip.decompress(body)
        yield Recorded(exchange["request"]["uri"], captured, int(answer["status"]["code"]), headers, body)


#: What warcio raises for a file of another kind; both are plain exceptions.
_NOT_WARC = (ArchiveLoadFailed, StatusAndHeadersParserException)


def _from_warc(path: Path) -> Iterator[Recorded]:
    try:
        with path.open("rb") as stream:
            for record in ArchiveIterator(stream):
                if record.rec_type != "response":
                    continue
                http = record.http_headers
                yield Recorded(
                    url=record.rec_headers.get_header("WARC-Target-URI"),
                    captured=datetime.fromisoformat(record.rec_headers.get_header("WARC-Date")),
                    status=int(http.get_statuscode()),
                    headers=tuple(http.headers),
                    body=record.raw_stream.read(),
                )
    except (OSError, EOFError, zlib.error, ValueError, *_NOT_WARC) as error:
        raise RecordingError(f"{path}: cannot be read as a WARC file ({error}); record it again") from error


class WarcRecorder:
    """Appends request and response records to a gzipped WARC file, one exchange at a time."""

    def __init__(self, stream: BinaryIO) -> None:
        self._writer = WARCWriter(stream, gzip=True)
        self._stream = stream

    @classmethod
    def create(cls, path: str | Path) -> WarcRecorder:
        try:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            return cls(Path(path).open("ab"))
        except OSError as error:
            raise RecordingError(f"{path}: cannot be written ({error}); name another file for --record") from error

    def write(self, url: str, method: str, request_headers: list[tuple[str, str]], answer: Recorded) -> None:
        date = answer.captured.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        status = StatusAndHeaders(
            f"{answer.status} {_reason(answer.status)}", list(answer.headers), protocol="HTTP/1.1"
        )
        response = self._writer.create_warc_record(
            url,
            "response",
            payload=BytesIO(answer.body),
            http_headers=status,
            warc_headers_dict={"WARC-Date": date},
        )
        target = re.sub(r"^https?://[^/]+", "", url) or "/"
        asked = StatusAndHeaders(f"{method} {target} HTTP/1.1", request_headers, is_http_request=True)
        request = self._writer.create_warc_record(
            url, "request", http_headers=asked, warc_headers_dict={"WARC-Date": date}
        )
        self._writer.write_request_response_pair(request, response)
        self._stream.flush()

    def close(self) -> None:
        self._stream.close()


def _reason(status: int) -> str:
    from http import HTTPStatus

    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


def response_of(recorded: Recorded, url: str, request: Request, *, not_modified: bool = False) -> Response:
    """What Scrapy would have made of a recorded answer; with ``not_modified`` the 304 that confirms it."""
    headers: dict[str, list[str]] = {}
    for name, value in recorded.headers:
        headers.setdefault(name, []).append(value)
    status, body = (304, b"") if not_modified else (recorded.status, recorded.body)
    kind = responsetypes.from_args(headers=Response(url, headers=headers).headers, url=url, body=body)
    return kind(url, status=status, headers=headers, body=body, request=request)


def header_pairs(message: Request | Response) -> list[tuple[str, str]]:
    """Headers as text pairs, in order."""
    return [
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, values in message.headers.items()
        for value in values
    ]
