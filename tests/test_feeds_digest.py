"""Digests: closed days and weeks, grouped by country, the most important first."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from publishing_helpers import SITE

from feeds.digest import MOST, DigestItem, Period, closed_days, closed_weeks, day_of, digest_entry, week_of
from feeds.safe import safe_html

PERMIT = DigestItem(
    "aa01", "Two-week permits", ("Canada",), ("Global Skills Strategy",), "final", "2026-09-01", 0.7, ("stage", "date")
)
FEE = DigestItem("bb02", "A fee rises", ("United States", "Canada"), (), "proposed", "", 0.5, ("new",))
CAP = DigestItem(
    "cc03", "The cap is reached", ("United States",), ("H-1B", "H-2B", "L-1", "O-1"), "", "", 0.9, ("new", "new")
)
WEEK = week_of(datetime(2026, 8, 19, tzinfo=UTC))


def test_the_whole_digest_of_a_week() -> None:
    entry = digest_entry([PERMIT, FEE, CAP], WEEK, SITE)
    story = "https://visas.example.org/watch/story"
    assert entry.key == "digest/weekly/2026-W34"
    assert entry.title == "Visawire weekly: 17 August 2026 to 23 August 2026: 3 stories"
    assert entry.gist == "3 stories: Canada 2, United States 1. First: The cap is reached; Two-week permits"
    assert entry.content == (
        "<p>17 August 2026 to 23 August 2026: 3 stories.</p>"
        f'<p><strong>Canada</strong></p><ul><li><a href="{story}/aa01.html">Two-week permits</a> '
        "(status, date; final; effective 1 September 2026; Global Skills Strategy)</li>"
        f'<li><a href="{story}/bb02.html">A fee rises</a> (new; proposed; also United States)</li></ul>'
        f'<p><strong>United States</strong></p><ul><li><a href="{story}/cc03.html">The cap is reached</a> '
        "(new; H-1B, H-2B, L-1)</li></ul><p><em>Not legal advice.</em></p>"
    )
    assert entry.date == entry.updated == datetime(2026, 8, 24, tzinfo=UTC)
    assert entry.url == "https://visas.example.org/watch/weekly.html#2026-W34"
    assert entry.facts == {
        "period": "2026-W34", "from": "2026-08-17", "until": "2026-08-23", "stories": ["cc03", "aa01", "bb02"],
        "total": 3,
    }  # fmt: skip


def test_the_digest_of_a_day() -> None:
    entry = digest_entry([FEE], day_of(datetime(2026, 8, 19, 13, tzinfo=UTC)), SITE)
    assert (entry.key, entry.title) == ("digest/daily/2026-08-19", "Visawire daily: 19 August 2026: 1 story")
    assert entry.date == datetime(2026, 8, 20, tzinfo=UTC)


def test_the_order_of_rows_does_not_matter() -> None:
    assert digest_entry([CAP, FEE, PERMIT], WEEK, SITE) == digest_entry([PERMIT, CAP, FEE], WEEK, SITE)


def test_a_long_digest_keeps_the_most_important_and_counts_the_rest() -> None:
    items = [replace(FEE, story_id=f"s{n:03}", title=f"Story {n:03}", importance=n / 100) for n in range(MOST + 7)]
    entry = digest_entry(items, WEEK, SITE)
    assert re.findall(r"Story (\d{3})", entry.content) == [f"{n:03}" for n in range(MOST + 6, 6, -1)]
    assert '<p>… and 7 more: <a href="https://visas.example.org/watch/">all stories</a></p>' in entry.content
    assert entry.facts["total"] == MOST + 7


def test_what_has_no_country_comes_last_and_nothing_is_said_to_be_nothing() -> None:
    entry = digest_entry([replace(FEE, countries=()), replace(CAP, countries=("Zambia",))], WEEK, SITE)
    assert re.findall(r"<p><strong>(.*?)</strong></p>", entry.content) == ["Zambia", "Other"]
    empty = digest_entry([], WEEK, SITE)
    assert (empty.gist, empty.title) == ("nothing changed.", f"Visawire weekly: {WEEK.words}: nothing changed")


@pytest.mark.parametrize(
    ("moment", "name", "monday"),
    [
        (datetime(2026, 1, 1, tzinfo=UTC), "2026-W01", datetime(2025, 12, 29, tzinfo=UTC)),
        (datetime(2027, 1, 3, 23, 59, tzinfo=UTC), "2026-W53", datetime(2026, 12, 28, tzinfo=UTC)),
        (datetime(2027, 1, 4, tzinfo=UTC), "2027-W01", datetime(2027, 1, 4, tzinfo=UTC)),
    ],
)
def test_weeks_are_those_of_iso_8601(moment: datetime, name: str, monday: datetime) -> None:
    assert week_of(moment) == Period("weekly", name, monday, monday + timedelta(days=7))


def test_a_period_is_closed_at_its_end_and_not_before() -> None:
    first, end = datetime(2026, 8, 19, 9, tzinfo=UTC), datetime(2026, 8, 31, tzinfo=UTC)
    assert [p.name for p in closed_weeks(first, end)] == ["2026-W34", "2026-W35"]
    assert [p.name for p in closed_weeks(first, end - timedelta(seconds=1))] == ["2026-W34"]
    assert [p.name for p in closed_days(first, datetime(2026, 8, 21, 0, 0, tzinfo=UTC))] == ["2026-08-19", "2026-08-20"]
    assert closed_days(first, first) == [] and closed_weeks(first, first - timedelta(days=90)) == []


@given(st.text(max_size=40), st.text(max_size=20), st.text(max_size=20), st.text(max_size=12))
def test_hostile_words_stay_words(title: str, country: str, programme: str, effective: str) -> None:
    entry = digest_entry(
        [DigestItem("x", title, (country,), (programme,), title, effective, 0.1, (country,))], WEEK, SITE
    )
    assert safe_html(entry.content) == entry.content
    assert set(re.findall(r"</?([a-z]+)", entry.content)) <= {"p", "strong", "ul", "li", "a", "em"}
    (entry.gist + entry.content).encode()
