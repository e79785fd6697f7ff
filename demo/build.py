"""Builds ``visawire/demo.warc.gz`` from the pages in this folder: ``python demo/build.py [FILE]``.

The same pages give the same file: dates come from ``MANIFEST.csv``, record ids are derived from the record, and
warcio's gzip members carry no time. (Another zlib may compress the same records to other bytes.)
"""

from __future__ import annotations

import csv
import sys
import uuid
from collections.abc import Iterator, Mapping
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from warcio.warcwriter import WARCWriter

import visawire
from spiders.recording import Recorded, WarcRecorder

HERE = Path(__file__).resolve().parent
WARC = Path(visawire.__file__).parent / "demo.warc.gz"

#: Namespace of the record ids (any fixed UUID would do).
_RECORDS = uuid.uuid5(uuid.NAMESPACE_URL, "https://example.org/visawire/demo-web")

_TYPES = {
    ".json": "application/json; charset=utf-8",
    ".xml": "application/xml; charset=utf-8",
    ".rss": "application/rss+xml; charset=utf-8",
    ".atom": "application/atom+xml; charset=utf-8",
    ".html": "text/html; charset=utf-8",
}


class _SteadyWriter(WARCWriter):  # type: ignore[misc]  # warcio has no types
    """Names each record after its kind, address and date instead of at random."""

    def create_warc_record(
        self, uri: str, record_type: str, *, warc_headers_dict: Mapping[str, str], **content: Any
    ) -> Any:
        name = uuid.uuid5(_RECORDS, f"{record_type} {uri} {warc_headers_dict['WARC-Date']}")
        headers = {"WARC-Record-ID": f"<urn:uuid:{name}>", **warc_headers_dict}
        return super().create_warc_record(uri, record_type, warc_headers_dict=headers, **content)


class _SteadyRecorder(WarcRecorder):
    """The recorder of ``crawl --record`` with steady record ids."""

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__(stream)
        self._writer = _SteadyWriter(stream, gzip=True)


def exchanges(folder: Path = HERE) -> Iterator[Recorded]:
    """The responses that the manifest lists, in its order.

    Columns: ``file``, ``original_url``, ``captured`` (UTC), ``status`` (empty for 200), and ``etag`` and
    ``last_modified``, empty where the publisher sends no such header.
    """
    with (folder / "MANIFEST.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            path = folder / row["file"]
            body = path.read_bytes()
            headers = [("Content-Type", _TYPES[path.suffix]), ("Content-Length", str(len(body)))]
            headers += [
                (name, row[key]) for name, key in (("ETag", "etag"), ("Last-Modified", "last_modified")) if row[key]
            ]
            captured, status = datetime.fromisoformat(row["captured"]), int(row["status"] or 200)
            yield Recorded(row["original_url"], captured, status, tuple(headers), body)


def build(folder: Path = HERE) -> bytes:
    """The demo web as a gzipped WARC file."""
    stream = BytesIO()
    recorder = _SteadyRecorder(stream)
    for answer in exchanges(folder):
        recorder.write(answer.url, "GET", [("User-Agent", "Visawire demo")], answer)
    return stream.getvalue()


def main(arguments: list[str]) -> None:
    target = Path(arguments[0]) if arguments else WARC
    target.write_bytes(build())


if __name__ == "__main__":
    main(sys.argv[1:])
