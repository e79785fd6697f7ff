"""Every source of the register has fixtures, and reads each of them exactly as expected.

``tests/pages/<source id>/expected.json`` lists the pages beside it: ``file``, ``url``, ``captured`` (when the
page would have been fetched) and the ``announcements`` that must come of it, with every field.
"""

import json
from datetime import datetime
from pathlib import Path

import pytest

from spiders.register import register
from visawire.trial import as_json, read_file

PAGES = Path(__file__).parent / "pages"


def _cases():
    for folder in sorted(PAGES.iterdir()):
        for page in json.loads((folder / "expected.json").read_text(encoding="utf-8"))["pages"]:
            yield pytest.param(folder, page, id=f"{folder.name}-{page['file']}")


@pytest.mark.parametrize(("folder", "page"), list(_cases()))
def test_fixture_page_reads_as_expected(folder, page):
    entry = register()[folder.name]
    captured = datetime.fromisoformat(page["captured"])
    ((_, found),) = read_file(entry, folder / page["file"], page["url"], captured)
    assert [as_json(item) for item in found] == page["announcements"]


@pytest.mark.parametrize("source_id", list(register()))
def test_every_source_has_fixture_pages(source_id):
    expected = json.loads((PAGES / source_id / "expected.json").read_text(encoding="utf-8"))
    assert any(page["announcements"] for page in expected["pages"])
    for page in expected["pages"]:
        assert (PAGES / source_id / page["file"]).stat().st_size > 0
        assert register()[source_id].can_read(page["url"])
