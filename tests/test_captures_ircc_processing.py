"""IRCC's processing times on their real recorded files."""

import json
from collections import Counter
from datetime import UTC, date, datetime

import pytest

from archive.store import Archive
from spiders.register import register
from visawire.trial import read_file

BASE = "https://www.canada.ca/content/dam/ircc/documents/json/"
BY_COUNTRY, OTHER = f"{BASE}data-ptime-en.json", f"{BASE}data-ptime-non-country-en.json"
TABS, NEXT, NON_COUNTRY = (
    "data-ptime-en_2026-06-18_tabs",
    "data-ptime-en_2026-06-25",
    "data-ptime-non-country-en_2026-06-25",
)


def _path(captures, file):
    return captures / "ca-ircc-processing-times" / f"{file}.json"


def _read(path, url):
    ((_, (item,)),) = read_file(register()["ca-ircc-processing"], path, url, datetime(2026, 6, 26, tzinfo=UTC))
    return item


@pytest.mark.parametrize(
    ("file", "url", "figures", "numbers", "day"),
    [
        (TABS, BY_COUNTRY, 1907, 434, date(2026, 6, 17)),
        (NEXT, BY_COUNTRY, 1907, 434, date(2026, 6, 24)),
        (NON_COUNTRY, OTHER, 19, 16, date(2026, 6, 24)),
    ],
)
def test_a_file_is_one_announcement_with_every_time_in_it(captures, file, url, figures, numbers, day):
    item = _read(_path(captures, file), url)
    assert (len(item.figures), item.updated, item.published) == (figures, day, day)
    assert sum(f.number is not None for f in item.figures) == numbers
    assert item.external_id == url.rsplit("/", 1)[1]

    def leaves(value):
        if isinstance(value, dict):
            return [leaf for key, child in value.items() if key != "lastupdated" for leaf in leaves(child)]
        return [value]

    stated = leaves(json.loads(_path(captures, file).read_text(encoding="utf-8")))
    assert Counter(f.quote.split(" | ")[-1] for f in item.figures) == Counter(stated)
    assert sum(any(c.isdigit() for c in text) for text in stated) == numbers


def test_chosen_times(captures):
    figures = {f.series: f for f in _read(_path(captures, NEXT), BY_COUNTRY).figures}
    assert len(figures) == 1907
    visitor = figures["visitor-outside-canada/af"]
    assert (visitor.value, visitor.number, visitor.unit, visitor.programme) == ("32", 32, "days", "ca-visitor-visa")
    assert visitor.dimensions == {"service": "visitor-outside-canada", "country": "AF"}
    assert visitor.valid_from == "2026-06-24"
    nothing = figures["visitor-outside-canada/ad"]
    assert (nothing.value, nothing.number, nothing.unit) == ("No processing time available", None, "")
    assert (figures["study/af"].value, figures["study/af"].unit) == ("1", "weeks")
    assert figures["work/dz"].programme == "ca-work-permit"
    assert {f.programme for f in figures.values() if f.dimensions["service"] == "study"} == {"ca-study-permit"}
    assert figures["refugees_private/af/sponsor"].dimensions["application"] == "sponsor"
    other = {f.series: f for f in _read(_path(captures, NON_COUNTRY), OTHER).figures}
    assert (other["eta"].number, other["eta"].unit) == (5, "minutes")
    adoption = other["citizenship/cit_adoption_part1"]
    assert (adoption.number, adoption.unit, adoption.dimensions["part"]) == (5, "months", "Part 1")
    assert other["iec"].programme == "ca-imp"


def test_the_next_week_is_a_revision_of_the_same_announcement_and_indentation_is_nothing(captures, tmp_path):
    older, newer = (_read(_path(captures, file), BY_COUNTRY) for file in (TABS, NEXT))
    assert older.id == newer.id
    reindented = tmp_path / "same.json"
    content = json.loads(_path(captures, TABS).read_text(encoding="utf-8"))
    shuffled = {key: dict(reversed(content[key].items())) for key in reversed(content)}
    reindented.write_text(json.dumps(shuffled, indent=7), encoding="utf-8")
    with Archive(tmp_path / "archive.db") as archive:
        archive.sync_sources(entry.source for entry in register().values())
        assert archive.store(older) == "new"
        assert archive.store(_read(reindented, BY_COUNTRY)) == "unchanged"
        assert archive.store(newer) == "changed"
        first, second = (row["body"].splitlines() for row in archive.rows("SELECT body FROM revisions ORDER BY n"))
        assert "visitor-outside-canada | AF | 22 days" in set(first) - set(second)
        assert "visitor-outside-canada | AF | 32 days" in set(second) - set(first)
        assert 0 < len(set(second) - set(first)) < 400
