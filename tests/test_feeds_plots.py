"""Plots and the history behind them: what is drawn, in which order of time, and from which claims."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from page_site import EVIL, figures, monthly
from small_archive import make_item, make_source

from archive.ledger import current_figures, current_lines
from archive.models import Figure
from archive.store import Archive
from feeds.axis import date_ticks, number_ticks
from feeds.history import MOST_CURRENT, MOST_DRAWS, MOST_POINTS, Figures, programme_figures
from feeds.plots import HEIGHT, LEFT, MOST_LINES, RIGHT, WIDTH, Line, Plot, Point, describe, draw

DAY = date(2026, 3, 2)


def svg(plot: Plot) -> etree._Element:
    return etree.fromstring(draw(plot, "p"))


def steps(*values: float, name: str = "") -> Line:
    points = tuple(Point(date(2020 + n, 4, 1), value, f"GBP {value:,.0f}") for n, value in enumerate(values))
    return Line(name, points)


# -- axes ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("low", "high", "labels"),
    [
        (413, 775, ["400", "500", "600", "700", "800"]),
        (0, 3877, ["0", "1,000", "2,000", "3,000", "4,000"]),
        (25600, 41700, ["25,000", "30,000", "35,000", "40,000", "45,000"]),
        (0.5, 2.5, ["0.5", "1.0", "1.5", "2.0", "2.5"]),
        (170, 170, ["0", "50", "100", "150", "200"]),
    ],
)
def test_ticks_of_numbers_are_round_and_enclose_them(low: float, high: float, labels: list[str]) -> None:
    assert [tick.label for tick in number_ticks(low, high)] == labels


@pytest.mark.parametrize("low", [-3.0, 0.0, 0.01, 7.0, 1234.5, 1e9])
@pytest.mark.parametrize("span", [0.004, 0.9, 1.0, 3.3, 49.0, 100_000.0])
def test_ticks_of_numbers_are_few(low: float, span: float) -> None:
    ticks = number_ticks(low, low + span)
    assert 2 <= len(ticks) <= 8
    assert ticks[0].at <= low + 1e-9 * max(1, abs(low))
    assert ticks[-1].at >= low + span - 1e-9 * max(1, abs(low))
    assert len({tick.label for tick in ticks}) == len(ticks)


@pytest.mark.parametrize(
    ("first", "last", "labels"),
    [
        (date(2017, 5, 4), date(2017, 7, 12), ["Jun 2017", "Jul 2017"]),
        (date(2024, 8, 1), date(2026, 3, 18), ["Oct 2024", "Jan 2025", "Apr 2025", "Jul 2025", "Oct 2025", "Jan 2026"]),
        (date(2004, 10, 1), date(2026, 7, 1), ["2005", "2010", "2015", "2020", "2025"]),
        (date(2026, 3, 1), date(2026, 3, 5), ["1 Mar", "2 Mar", "3 Mar", "4 Mar", "5 Mar"]),
        (date(2026, 3, 1), date(2026, 3, 1), ["1 Mar"]),
    ],
)
def test_ticks_of_days_are_beginnings_of_months_or_years(first: date, last: date, labels: list[str]) -> None:
    assert [tick.label for tick in date_ticks(first, last)] == labels


def test_ticks_of_days_are_few_and_within_them_for_any_span() -> None:
    for days in range(0, 20_000, 13):
        ticks = date_ticks(date(1990, 2, 3), date(1990, 2, 3) + timedelta(days=days))
        assert 1 <= len(ticks) <= 8, days
        assert all(0 <= tick.at - date(1990, 2, 3).toordinal() <= days for tick in ticks)


# -- drawings --------------------------------------------------------------------------------------------------


def test_steps_go_across_before_they_go_up_and_reach_the_end() -> None:
    plot = Plot("Salary threshold", "steps", (steps(25600, 38700, 41700),), "GBP per year")
    (path,) = svg(plot).findall(".//path[@class='line c1']")
    numbers = re.fullmatch(r"M64 ([\d.]+)H([\d.]+)V([\d.]+)H([\d.]+)V([\d.]+)H626", path.get("d", ""))
    assert numbers is not None
    first, x1, second, x2, third = map(float, numbers.groups())
    assert first > second > third
    # two equal years, and a fortieth for the last step
    assert x1 - LEFT == pytest.approx((WIDTH - LEFT - RIGHT) / 2.05, abs=1)
    assert x2 - LEFT == pytest.approx(2 * (x1 - LEFT), abs=1)


def test_a_plot_is_described_and_its_points_are_a_table() -> None:
    plot = Plot("Salary threshold", "steps", (steps(25600, 38700, 41700, name="General"),), "GBP", omitted=3)
    drawn = svg(plot)
    picture = drawn.find("svg")
    assert picture is not None
    assert picture.get("role") == "img"
    assert picture.get("aria-labelledby") == "p-t p-d"
    assert drawn.findtext("svg/title") == "Salary threshold"
    told = "From 1 April 2020 to 1 April 2022. General: GBP 41,700 on 1 April 2022, between GBP 25,600 and GBP 41,700."
    assert drawn.findtext("svg/desc") == describe(plot) == told
    rows = [[cell.xpath("string()") for cell in row] for row in drawn.findall(".//tr")]
    assert rows == [
        ["Day", "General"], ["1 April 2022", "GBP 41,700"], ["1 April 2021", "GBP 38,700"],
        ["1 April 2020", "GBP 25,600"],
    ]  # fmt: skip
    assert drawn.find("details").findtext("p") == "3 earlier points are in the archive."


def test_current_and_unavailable_have_lanes_above_and_below_the_dates() -> None:
    line = Line("India", monthly(date(2026, 1, 1), ["C", "2013-01-01", "2014-01-01", "U"]))
    (path,) = svg(Plot("Final action dates", "cutoffs", (line,))).findall("svg/path[@class='line c1']")
    heights = [float(y) for y in re.findall(r"(?:M[\d.]+ |V)([\d.]+)", path.get("d", ""))]
    current, first, later, unavailable = heights
    assert current < later < first < unavailable
    labels = [text.text for text in svg(Plot("x", "cutoffs", (line,))).findall(".//text")]
    assert {"C", "U"} <= set(labels)
    dated = Line("India", line.points[1:3])
    assert len(svg(Plot("x", "cutoffs", (dated,))).findall(".//rect")) == 0


def test_bars_of_one_day_are_stacked_from_zero() -> None:
    on = date(2026, 1, 1)
    lines = (
        Line("A", (Point(on, 300, "300"), Point(date(2026, 2, 1), 100, "100"))),
        Line("B", (Point(on, 100, "100"),)),
    )
    a, small, b = svg(Plot("Rounds", "bars", lines)).findall("svg/rect")
    bottom = float(a.get("y", "")) + float(a.get("height", ""))
    assert bottom == pytest.approx(float(small.get("y", "")) + float(small.get("height", "")), abs=0.11)
    assert float(b.get("y", "")) + float(b.get("height", "")) == pytest.approx(float(a.get("y", "")), abs=0.11)
    assert float(a.get("height", "")) == pytest.approx(3 * float(small.get("height", "")), rel=0.02)
    assert (a.get("class"), b.get("class")) == ("bar c1", "bar c2")


def test_dots_differ_in_shape_and_everything_stays_inside() -> None:
    plot = figures().plots[2]
    drawn = svg(plot)
    shapes = {mark.get("class"): re.sub(r"[\d. -]+", "", mark.get("d", "")) for mark in drawn.findall("svg/path[@d]")}
    marks = [shape for name, shape in shapes.items() if name and name.startswith("mark")]
    assert len(marks) == len(set(marks)) == 3
    for mark in drawn.findall("svg/path"):
        if "mark" in (mark.get("class") or ""):
            x, y = map(float, re.match(r"M([\d.]+) ([\d.]+)", mark.get("d", "")).groups())  # type: ignore[union-attr]
            assert LEFT <= x <= WIDTH - RIGHT + 1
            assert 0 <= y <= HEIGHT


def test_drawings_are_the_same_each_time_and_nothing_is_drawn_of_nothing() -> None:
    for plot in figures().plots:
        assert draw(plot, "p") == draw(replace(plot), "p")
    assert draw(Plot("x", "steps", ()), "p") == ""
    assert draw(Plot("x", "cutoffs", (Line("C", monthly(DAY, ["C", "C"])),)), "p") == ""
    one = Plot("x", "steps", (Line("", (Point(DAY, 5.0, "5"),)),))
    assert "NaN" not in draw(one, "p")


def test_hostile_names_are_escaped_and_lines_are_capped() -> None:
    lines = tuple(steps(1, 2, 3, name=EVIL) for _ in range(9))
    drawn = draw(Plot(EVIL, "steps", lines, EVIL), "p")
    assert "<script" not in drawn
    assert "\x07" not in drawn
    assert len(etree.fromstring(drawn).findall("svg/path[@class='line c5']")) == 1
    assert len(etree.fromstring(drawn).findall("ul/li")) == MOST_LINES


# -- history ---------------------------------------------------------------------------------------------------


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive(tmp_path / "figures.db") as opened:
        press = make_source("us-example-press", publisher="The Example Press", authority="secondary")
        opened.sync_sources([make_source(), press])
        yield opened


def say(archive: Archive, item_id: str, on: date, *rows: Figure, press: bool = False, **changes: Any) -> None:
    source = "us-example-press" if press else "us-example-rules"
    archive.store(make_item(item_id, f"Title {item_id}", source_id=source, published=on, figures=list(rows), **changes))


def cutoff(value: str, month: str, area: str = "india", category: str = "2nd", chart: str = "final-action") -> Figure:
    return Figure(
        programme="us-eb-2", parameter="cutoff_date", value=value, quote=f"{area} {value}", rule="test",
        valid_from=f"{month}-01", series=f"employment/{category}/{area}/{chart}",
    )  # fmt: skip


def fee(value: int, since: str, **changes: Any) -> Figure:
    values: dict[str, Any] = {
        "programme": "gb-isc", "parameter": "levy", "value": str(value), "number": float(value), "currency": "GBP",
        "quote": f"It is {value}.", "rule": "test", "valid_from": since, "series": "isc/levy", "period": "year",
    }  # fmt: skip
    return Figure(**values | changes)


def draw_of(number: int, on: date, category: str, size: int, score: int) -> tuple[Figure, Figure]:
    shared: dict[str, Any] = {
        "programme": "ca-express-entry", "quote": "Round", "rule": "test", "valid_from": on.isoformat(),
        "series": "draws", "dimensions": {"round": str(number), "category": category},
    }  # fmt: skip
    return (
        Figure(parameter="draw_size", value=str(size), number=float(size), unit="invitations", **shared),
        Figure(parameter="score", value=str(score), number=float(score), unit="CRS points", **shared),
    )


def read(archive: Archive, programme: str) -> Figures:
    return programme_figures(archive.db, programme, DAY)


def test_cutoff_dates_become_lines_by_area_of_final_action_only(archive: Archive) -> None:
    for n, (india, world) in enumerate([("2013-01-01", "C"), ("U", "C"), ("2013-06-15", "C")], 1):
        rows = [
            cutoff(india, f"2025-0{n}"),
            cutoff(world, f"2025-0{n}", "all"),
            cutoff("C", f"2025-0{n}", chart="filing"),
        ]
        say(archive, f"b{n}", date(2025, n, 1), *rows)
    (plot,) = read(archive, "us-eb-2").plots
    assert (plot.title, plot.kind) == ("Final action dates: second preference", "cutoffs")
    assert [line.name for line in plot.lines] == ["India"]  # always current is no line
    assert [(p.on.isoformat(), p.value, p.text) for p in plot.lines[0].points] == [
        ("2025-01-01", date(2013, 1, 1).toordinal(), "1 January 2013"),
        ("2025-02-01", None, "Unavailable"),
        ("2025-03-01", date(2013, 6, 15).toordinal(), "15 June 2013"),
    ]


def test_two_points_are_no_history_and_a_value_that_never_moves_is_none(archive: Archive) -> None:
    say(archive, "a", date(2020, 1, 1), fee(1000, "2020-01-01"))
    say(archive, "b", date(2021, 1, 1), fee(1200, "2021-01-01"))
    assert read(archive, "gb-isc").plots == ()
    say(archive, "c", date(2022, 1, 1), fee(1320, "2022-01-01"))
    (plot,) = read(archive, "gb-isc").plots
    assert (plot.title, plot.kind, plot.unit) == ("Levy", "steps", "GBP per year")
    assert [(p.on.year, p.text) for p in plot.lines[0].points] == [
        (2020, "GBP 1,000 per year"), (2021, "GBP 1,200 per year"), (2022, "GBP 1,320 per year"),
    ]  # fmt: skip


def test_the_rule_maker_draws_the_line_and_what_is_proposed_is_no_point(archive: Archive) -> None:
    for year in (2020, 2021, 2022):
        say(archive, f"g{year}", date(year, 1, 1), fee(1000 + year, f"{year}-01-01"))
    say(archive, "p", date(2021, 6, 1), fee(9999, "2021-06-01"), press=True)
    say(archive, "q", date(2023, 1, 1), fee(5000, "2023-01-01"), stage="proposed")
    say(archive, "d", date(2021, 1, 2), fee(3021, "2021-01-01"))  # the same day told again: the later counts
    (plot,) = read(archive, "gb-isc").plots
    assert [p.value for p in plot.lines[0].points] == [3020.0, 3021.0, 3022.0]


def test_rounds_are_dots_of_scores_and_bars_of_sizes_by_category(archive: Archive) -> None:
    names = ["A", "A", "A", "B", "B", "C", "D", "E", "F"]
    for n, name in enumerate(names):
        say(archive, f"r{n}", date(2026, 1, n + 1), *draw_of(n, date(2026, 1, n + 1), name, 1000 + n, 450 + n))
    scores, sizes = read(archive, "ca-express-entry").plots
    assert (scores.kind, sizes.kind) == ("dots", "bars")
    assert [line.name for line in scores.lines] == ["A", "B", "C", "D", "Other"]
    assert [p.text for p in scores.lines[4].points] == ["457 (E)", "458 (F)"]
    assert [p.value for p in sizes.lines[0].points] == [1000.0, 1001.0, 1002.0]
    table = {row.name: (row.value, row.line, row.since) for row in read(archive, "ca-express-entry").current}
    assert table == {
        "Score": ("458 CRS points", "latest round", "2026-01-09"),
        "Draw size": ("1,008 invitations", "latest round", "2026-01-09"),
    }


def test_long_histories_are_cut_and_say_so(archive: Archive) -> None:
    rows = [f for n in range(100) for f in draw_of(n, date(2024, 1, 1) + timedelta(days=7 * n), "A", 500 + n, 400 + n)]
    say(archive, "r", date(2026, 1, 1), *rows)
    scores, _ = read(archive, "ca-express-entry").plots
    assert len(scores.lines[0].points) == MOST_DRAWS
    assert scores.omitted == 100 - MOST_DRAWS
    assert scores.lines[0].points[-1].value == 499.0
    months = [f"{2000 + n // 12}-{n % 12 + 1:02}" for n in range(200)]
    say(
        archive,
        "c",
        date(2016, 9, 1),
        *(cutoff(f"{1990 + n // 12}-01-{n % 28 + 1:02}", m) for n, m in enumerate(months)),
    )
    (plot,) = read(archive, "us-eb-2").plots
    assert len(plot.lines[0].points) == MOST_POINTS
    assert plot.omitted == 200 - MOST_POINTS


def test_what_holds_names_its_line_what_was_before_and_what_is_ahead(archive: Archive) -> None:
    say(archive, "a", date(2020, 1, 1), fee(1000, "2020-01-01"))
    say(archive, "b", date(2022, 1, 1), fee(1320, "2022-01-01"))
    say(archive, "c", date(2026, 1, 1), fee(1500, "2026-04-01"))
    say(archive, "d", date(2026, 1, 2), fee(1900, "2027-04-01"), stage="proposed")
    (row,) = read(archive, "gb-isc").current
    assert (row.name, row.line, row.value, row.before) == ("Levy", "", "GBP 1,320 per year", "GBP 1,000 per year")
    assert (row.since, row.told) == ("2022-01-01", "2022-01-01")
    assert row.note == "GBP 1,500 per year from 1 April 2026; proposed: GBP 1,900 per year"
    assert (row.publisher, row.url) == ("Department of Examples", "https://rules.example/b")


def test_before_the_first_value_begins_the_one_before_it_holds(archive: Archive) -> None:
    say(archive, "a", date(2026, 1, 1), fee(1500, "2027-04-01", previous="1320"))
    (row,) = read(archive, "gb-isc").current
    assert (row.value, row.before, row.since, row.told) == ("GBP 1,320 per year", "", "", "2026-01-01")
    assert row.note == "GBP 1,500 per year from 1 April 2027"
    say(archive, "b", date(2026, 1, 1), fee(9, "2027-04-01", series="isc/other"))
    assert len(read(archive, "gb-isc").current) == 1


def test_a_figure_leads_to_its_story(archive: Archive) -> None:
    say(archive, "a", date(2020, 1, 1), fee(1000, "2020-01-01"))
    assert read(archive, "gb-isc").current[0].story == ""
    archive.db.execute("INSERT INTO stories (id, title, lead) VALUES ('s1', 'T', 'a')")
    archive.db.execute("INSERT INTO story_announcements (story_id, announcement_id) VALUES ('s1', 'a')")
    assert read(archive, "gb-isc").current[0].story == "s1"


def test_many_lines_are_cut_and_counted_and_final_action_comes_first(archive: Archive) -> None:
    rows = [
        cutoff("C", "2026-01", f"area-{n:02}", chart=chart) for n in range(30) for chart in ("filing", "final-action")
    ]
    say(archive, "a", date(2026, 1, 1), *rows)
    found = read(archive, "us-eb-2")
    assert len(found.current) == MOST_CURRENT
    assert found.hidden == 60 - MOST_CURRENT
    assert found.current[0].line == "second preference, Area 00, final action"
    assert found.current[30].line == "second preference, Area 00, filing"


def test_a_programme_without_figures_has_none_and_lines_are_those_of_the_ledger(archive: Archive) -> None:
    assert read(archive, "xx-none") == Figures()
    say(archive, "a", date(2020, 1, 1), fee(1000, "2020-01-01"))
    assert current_lines(archive.db, "gb-isc", "levy", on=DAY) == current_figures(archive, "gb-isc", "levy", on=DAY)


def test_history_is_looked_up_in_the_index(archive: Archive) -> None:
    asked: list[str] = []
    archive.db.set_trace_callback(asked.append)
    read(archive, "us-eb-2")
    say(archive, "a", date(2020, 1, 1), fee(1000, "2020-01-01"))
    read(archive, "gb-isc")
    archive.db.set_trace_callback(None)
    queries = [q for q in asked if "FROM figures f" in q and q.lstrip().startswith("SELECT")]
    assert queries
    for query in queries:
        plan = " ".join(row[3] for row in archive.db.execute(f"EXPLAIN QUERY PLAN {query}"))
        assert "figures_series" in plan
