"""Recordings that cannot be read are answered with the file's name and what to do."""

import gzip
from datetime import UTC, datetime

import pytest

from spiders.recording import RecordingError, open_recording, read_saved

NOW = datetime(2026, 9, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "body",
    [b"vm-17\n", b'{"a": 1}\n', b"PK\x03\x04 a zip", b"\x1f\x8b\x08\x00not really gzip"],
    ids=["text", "json", "zip", "bad-gzip"],
)
def test_a_file_that_is_no_warc_is_named(tmp_path, body):
    path = tmp_path / "answers.warc.gz"
    path.write_bytes(body)
    with pytest.raises(RecordingError, match=r"answers\.warc\.gz: cannot be read as a WARC file"):
        open_recording(str(path))


def test_a_saved_page_whose_gzip_is_cut_off_is_named(tmp_path):
    path = tmp_path / "page.html.gz"
    path.write_bytes(gzip.compress(b"<p>Two weeks</p>" * 99)[:-9])
    with pytest.raises(RecordingError, match=r"page\.html\.gz: cannot be read .*; save the page again"):
        list(read_saved(path, "https://ministry.example/", NOW))
