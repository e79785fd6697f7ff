"""Express Entry rounds on their real recorded files."""

import json
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from scrapy.http import TextResponse

from spiders.base import Drift
from spiders.guard import PageError
from spiders.recording import Recorded
from spiders.register import register
from visawire.trial import _spider, as_json, read_file, read_recorded

URL = "https://www.canada.ca/content/dam/ircc/documents/json/ee_rounds_123_en.json"


def _read(path):
    ((_, found),) = read_file(register()["ca-ee-rounds"], path, URL, datetime(2026, 11, 22, tzinfo=UTC))
    return found


@pytest.mark.parametrize(
    ("file", "count", "newest"),
    [
        ("ee_rounds_123_en_2024-04-06.json", 292, "291"),
        ("ee_rounds_123_en_2026-08-07_reserialised.json", 435, "434"),
        ("ee_rounds_123_en_2026-08-19_prev.json", 437, "436"),
    ],
)
def test_every_draw_of_a_capture_is_read(captures, file, count, newest):
    found = _read(captures / "ca-ircc-express-entry" / file)
    assert len(found) == count
    assert found[0].external_id == newest
    assert len({item.id for item in found}) == count
    assert {"91a", "91b"} <= {item.external_id for item in found}


def test_every_field_of_a_draw(captures):
    draw = _read(captures / "ca-ircc-express-entry" / "ee_rounds_123_en_2026-08-19_prev.json")[0]
    read = as_json(draw)
    figures = {
        f["series"] if f["parameter"] == "pool_candidates" else f["parameter"]: f["number"] for f in read.pop("figures")
    }
    assert figures == {
        "draw_size": 1000, "score": 523, "pool/601-1200": 439, "pool/501-600": 18657, "pool/451-500": 73554,
        "pool/491-500": 12915, "pool/481-490": 13066, "pool/471-480": 16626, "pool/461-470": 16133,
        "pool/451-460": 14814, "pool/401-450": 60631, "pool/441-450": 13555, "pool/431-440": 13229,
        "pool/421-430": 11890, "pool/411-420": 11269, "pool/401-410": 10688, "pool/351-400": 48600,
        "pool/301-350": 17269, "pool/0-300": 7709, "pool/total": 226859,
    }  # fmt: skip
    assert read["published"] == "2026-08-18T10:13:44Z"
    assert {f.valid_from for f in draw.figures} >= {"2026-08-18"}
    assert "key_dates" not in read, "a draw takes effect on nobody"
    assert read["stage"] == "operational"
    assert read["url"].endswith("invitations.html?q=436")


def test_new_draws_are_exactly_what_is_new_and_white_space_is_no_change(captures, tmp_path):
    archive = tmp_path / "archive.db"

    def crawl(at):
        command = [
            sys.executable,
            "-m",
            "visawire",
            "crawl",
            "ca-ee-rounds",
            "--replay",
            str(captures),
            "--replay-at",
            at,
        ]
        subprocess.run([*command, "--archive", str(archive)], check=True, timeout=100)
        with sqlite3.connect(archive) as db:
            return db.execute("SELECT new, changed FROM checks ORDER BY id DESC").fetchone()

    assert crawl("2026-08-07") == (435, 0)
    assert crawl("2026-08-19") == (2, 0)
    assert crawl("2026-08-19") == (0, 0)
    with sqlite3.connect(archive) as db:
        new = db.execute("SELECT external_id FROM announcements WHERE baseline=0 ORDER BY 1").fetchall()
    assert new == [("435",), ("436",)]


def _answer(rounds, **changes):
    body = json.dumps({"classes": "", "rounds": rounds}, **changes).encode()
    return Recorded(URL, datetime(2031, 3, 6, tzinfo=UTC), 200, (("Content-Type", "application/json"),), body)


def _row(**changes):
    return {
        "drawNumber": "7",
        "drawDate": "2031-01-02",
        "drawName": "General",
        "drawSize": "1,000",
        "drawCRS": "500",
    } | changes


def test_serialisation_does_not_matter():
    entry = register()["ca-ee-rounds"]
    (tight,) = read_recorded(entry, _answer([_row()], separators=(",", ":")))
    (loose,) = read_recorded(entry, _answer([_row(drawName="  General ")], indent="\t"))
    assert tight.content_hash == loose.content_hash


@pytest.mark.parametrize("rounds", [[_row(drawCRS="")], [_row(drawSize="many")], []])
def test_a_drifted_or_empty_file_is_an_error(rounds):
    with pytest.raises(PageError):
        read_recorded(register()["ca-ee-rounds"], _answer(rounds))


def test_a_time_that_contradicts_the_day_is_not_believed(captures):
    found = _read(captures / "ca-ircc-express-entry" / "ee_rounds_123_en_2026-08-19_prev.json")
    draws = {draw.external_id: draw for draw in found}
    # stated: drawDate 2025-07-22, drawDateTime "July 12, 2025 at 16:27:45 UTC"
    assert as_json(draws["357"])["published"] == "2025-07-22"
    # an evening in Ottawa is the next day in UTC
    assert as_json(draws["9"])["published"] == "2015-05-23T00:00:00Z"


def test_one_malformed_draw_does_not_lose_the_others():
    row = {"drawNumber": "1", "drawDate": "2017-06-12", "drawName": "General", "drawSize": "1,000", "drawCRS": "431"}
    rows = [row, row | {"drawNumber": "2", "drawCRS": ""}, row | {"drawNumber": "3", "drawSize": "many"}, None]
    rows.append(row | {"drawNumber": "4", "drawDate": "soon"})
    rows.append(row | {"drawNumber": "5"})
    spider = _spider(register()["ca-ee-rounds"])
    reading = spider.read(TextResponse(URL, body=json.dumps({"rounds": rows}).encode()))
    assert [next(reading).external_id, next(reading).external_id] == ["1", "5"]
    with pytest.raises(Drift, match=r"draw '2': lacks drawCRS; draw '3': 'many' .*; draw None: .*; draw '4': "):
        next(reading)
