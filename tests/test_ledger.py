"""The ledger on a small invented archive: what holds on a day, since when, and who contradicts whom."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from small_archive import make_item, make_source

from archive.ledger import Line, current_figures
from archive.models import Figure, KeyDate
from archive.store import Archive

DAY = date(2026, 3, 2)


def figure(value: str, **changes: Any) -> Figure:
    values: dict[str, Any] = {
        "programme": "us-h-1b", "parameter": "cap", "value": value, "quote": f"It is {value}.", "rule": "test",
        "number": float(value), "series": "h-1b/annual-cap",
    }  # fmt: skip
    return Figure(**values | changes)


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive(tmp_path / "ledger.db") as opened:
        opened.sync_sources(
            [
                make_source(),
                make_source("us-example-press", publisher="The Example Press", authority="secondary"),
                make_source("us-example-search", publisher="A search page", authority="aggregator"),
            ]
        )
        yield opened


def say(archive: Archive, item_id: str, published: date, *figures: Figure, press: bool = False, **changes: Any) -> None:
    source = "us-example-press" if press else "us-example-rules"
    archive.store(
        make_item(item_id, f"Title {item_id}", source_id=source, published=published, figures=list(figures), **changes)
    )


def only(archive: Archive, parameter: str = "cap", programme: str = "us-h-1b", on: date = DAY) -> Line:
    lines = current_figures(archive, programme, parameter, on=on)
    assert len(lines) == 1
    return lines[0]


def test_the_cap_of_each_line_is_told_with_its_date_and_sentence(archive: Archive) -> None:
    masters = {"series": "h-1b/annual-cap/masters", "dimensions": {"category": "masters"}}
    say(archive, "a", date(2025, 12, 1), figure("65000", valid_from="2004-10-01"), figure("20000", **masters))
    lines = current_figures(archive, "us-h-1b", "cap", on=DAY)
    assert [(line.series, line.current.value if line.current else "", line.since) for line in lines] == [
        ("h-1b/annual-cap", "65000", "2004-10-01"),
        ("h-1b/annual-cap/masters", "20000", ""),
    ]
    assert lines[1].dimensions == {"category": "masters"}
    assert lines[1].known_since == "2025-12-01"
    assert lines[0].current is not None
    assert lines[0].current.quote == "It is 65000."
    assert lines[0].current.publisher == "Department of Examples"


def test_the_newest_value_not_later_than_the_day_holds(archive: Archive) -> None:
    def threshold(value: str, since: str) -> Figure:
        return figure(value, programme="gb-skilled-worker", parameter="salary_threshold", valid_from=since, series="s")

    say(archive, "a", date(2024, 3, 1), threshold("38700", "2024-04-04"))
    say(archive, "b", date(2025, 7, 1), threshold("41700", "2025-07-22"))
    say(archive, "c", date(2026, 2, 1), threshold("43000", "2026-04"))

    def on(day: date) -> tuple[str, str, list[str], list[str]]:
        line = only(archive, "salary_threshold", "gb-skilled-worker", day)
        value = line.current.value if line.current else ""
        return value, line.since, [c.value for c in line.ahead], [c.value for c in line.earlier]

    assert on(date(2024, 4, 3)) == ("", "", ["38700"], [])
    assert on(date(2024, 4, 4)) == ("38700", "2024-04-04", [], [])
    assert on(date(2025, 7, 21)) == ("38700", "2024-04-04", ["41700"], [])
    assert on(date(2026, 3, 31)) == ("41700", "2025-07-22", ["43000"], ["38700"])
    assert on(date(2026, 4, 1)) == ("43000", "2026-04", [], ["41700", "38700"])


def test_official_sources_go_before_press_and_contradictions_are_shown(archive: Archive) -> None:
    say(archive, "rule", date(2026, 1, 5), figure("85000", valid_from="2026-01-01"))
    say(archive, "press", date(2026, 2, 5), figure("90000", valid_from="2026-01-01"), press=True)
    say(archive, "echo", date(2026, 2, 6), figure("85000"), press=True)
    line = only(archive)
    assert line.current is not None and line.current.announcement_id == "rule"
    assert [(c.value, c.publisher) for c in line.contradicting] == [("90000", "The Example Press")]
    assert [c.announcement_id for c in line.agreeing] == ["echo"]
    assert line.since == "2026-01-01"


def test_an_old_number_in_a_new_article_changes_nothing_but_a_later_stated_date_does(archive: Archive) -> None:
    say(archive, "rule", date(2026, 1, 5), figure("85000"))
    say(archive, "stale", date(2026, 2, 5), figure("65000"), press=True)
    assert only(archive).current is not None
    assert only(archive).current.value == "85000"  # type: ignore[union-attr]  # asserted above
    say(archive, "news", date(2026, 2, 7), figure("110000", valid_from="2026-02-06"), press=True)
    line = only(archive)
    assert line.current is not None and (line.current.value, line.since) == ("110000", "2026-02-06")


def test_since_reaches_back_over_equal_claims_to_the_last_other_one(archive: Archive) -> None:
    for n, (value, since) in enumerate([("10", "2019-01-01"), ("14", "2020-05-01"), ("14", "2023-06-12"), ("14", "")]):
        two_weeks = figure(
            value, programme="ca-gss", parameter="processing_time", unit="days", valid_from=since, series="p"
        )
        say(archive, f"g{n}", date(2025, 1, 1 + n), two_weeks)
    line = only(archive, "processing_time", "ca-gss")
    assert line.current is not None and line.current.unit == "days"
    assert (line.current.value, line.since) == ("14", "2020-05-01")
    assert [c.value for c in line.earlier] == ["10"]


def test_proposals_drafts_and_withdrawn_rules_are_pending(archive: Archive) -> None:
    say(archive, "law", date(2025, 1, 1), figure("65000"))
    say(archive, "bill", date(2026, 1, 1), figure("130000", valid_from="2026-02-01"), stage="proposed")
    say(archive, "gone", date(2025, 6, 1), figure("70000"), stage="withdrawn")
    line = only(archive)
    assert line.current is not None and line.current.value == "65000"
    assert [c.value for c in line.pending] == ["130000", "70000"]
    assert line.contradicting == ()


def test_a_figure_without_a_date_counts_from_its_announcements_one_effective_date(archive: Archive) -> None:
    effective = KeyDate("effective", "2026-04-01", "Effective April 1.", "test")
    say(archive, "rule", date(2026, 1, 1), figure("85000"), stage="final", key_dates=[effective])
    line = only(archive)
    assert line.current is None
    assert [(c.value, c.since) for c in line.ahead] == [("85000", "2026-04-01")]
    other = KeyDate("effective", "2026-05-01", "For others May 1.", "test")
    say(archive, "two", date(2026, 1, 2), figure("95000"), stage="final", key_dates=[effective, other])
    assert only(archive).current is not None


def test_irrelevant_items_copies_and_what_is_published_later_do_not_count(archive: Archive) -> None:
    say(archive, "guide", date(2026, 1, 1), figure("1"), relevant=False)
    assert current_figures(archive, "us-h-1b", "cap", on=DAY) == []
    say(archive, "rule", date(2026, 1, 2), figure("65000"))
    say(archive, "copy", date(2026, 1, 3), figure("66000"), press=True, canonical_url="https://rules.example/rule")
    say(archive, "later", date(2026, 6, 1), figure("67000"), seen=datetime(2026, 6, 1, tzinfo=UTC))
    line = only(archive)
    assert line.current is not None and line.current.value == "65000"
    assert (line.agreeing, line.contradicting, line.ahead) == ((), (), ())


def test_an_unknown_programme_has_no_lines(archive: Archive) -> None:
    assert current_figures(archive, "xx-nothing", "cap", on=DAY) == []
