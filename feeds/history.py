"""A programme's figures: what holds on a day, and how it came about as series worth plotting. Reads the archive."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from archive.ledger import NOT_IN_FORCE, Claim, current_lines
from archive.ledger import Line as LedgerLine
from archive.models import AUTHORITIES
from feeds.labels import figure_value, parameter_label
from feeds.plots import MOST_LINES, Kind, Line, Plot, Point
from feeds.series import AREAS, area, category, series_name
from feeds.story import FigureRow
from feeds.words import day, line, moment

#: Lines of the table of what holds; and of plots, points of each line and of draws.
MOST_CURRENT, MOST_PLOTS, MOST_POINTS, MOST_DRAWS = 40, 4, 120, 80
#: Fewer points are no history.
FEWEST = 3

#: In the order in which they are shown. Statistics and the make-up of a pool are neither rules nor their operation.
_PARAMETERS = (
    "salary_threshold", "fee", "levy", "cap", "minimum_investment", "score", "draw_size", "cutoff_date",
    "processing_time", "validity", "registration_count",
)  # fmt: skip
_STEPS = ("salary_threshold", "fee", "levy", "cap", "minimum_investment", "processing_time", "registration_count")

_NAMES = "SELECT DISTINCT parameter FROM figures WHERE programme = ?"

_POINTS = """
SELECT f.series, f.dimensions, f.value, f.number, f.unit, f.currency, f.period, s.authority, a.published, a.first_seen,
    coalesce(nullif(f.valid_from, ''), (SELECT min(d.date) FROM key_dates d WHERE d.announcement_id = a.id
        AND d.kind = 'effective' HAVING count(DISTINCT d.date) = 1), a.published, a.first_seen) AS since
FROM figures f JOIN announcements a ON a.id = f.announcement_id JOIN sources s ON s.id = a.source_id
WHERE f.programme = ? AND f.parameter = ? AND a.duplicate_of IS NULL AND coalesce(a.relevant, 1) = 1
    AND a.stage NOT IN ({stages})
ORDER BY f.series, f.id
"""

_STORY = """
SELECT x.announcement_id, x.story_id FROM story_announcements x JOIN stories s ON s.id = x.story_id
JOIN announcements a ON a.id = s.lead
WHERE x.announcement_id IN ({marks}) AND s.merged_into IS NULL AND coalesce(a.relevant, 1) <> 0 ORDER BY x.story_id DESC
"""


@dataclass(frozen=True, slots=True)
class Current:
    """A figure as it holds. ``since``: the ISO day that somebody states, '' if nobody does; ``told``: when it was said.

    ``line`` tells which of the parameter's lines it is, ``note`` what is ahead, proposed or contested, in words.
    ``story`` is the id of the story that tells of it, '' for none.
    """

    name: str
    line: str
    value: str
    before: str
    since: str
    told: str
    note: str
    publisher: str
    url: str
    story: str = ""


@dataclass(frozen=True, slots=True)
class Figures:
    """What a programme's page shows; ``hidden`` counts the lines that are in force and not in ``current``."""

    current: tuple[Current, ...] = ()
    plots: tuple[Plot, ...] = ()
    hidden: int = 0


def programme_figures(db: sqlite3.Connection, programme: str, on: date) -> Figures:
    """The figures of a programme as they stand on a day, and their history. Empty for one without figures.

    Costs one look into the index ``figures_series``, and a row for each figure of the programme.
    """
    known = {row[0] for row in db.execute(_NAMES, (programme,))}
    parameters = [name for name in _PARAMETERS if name in known]
    lines = [
        row
        for name in parameters
        for row in sorted(current_lines(db, programme, name, on=on), key=_place)
        if _holding(row)
    ]
    told = [(row, claim) for row in lines[:MOST_CURRENT] if (claim := _holding(row))]
    stories = _stories(db, [claim.announcement_id for _, claim in told])
    current = tuple(_current(programme, row, claim, stories) for row, claim in told)
    plots = [plot for name in parameters for plot in _plots(db, programme, name)]
    return Figures(current, tuple(plots[:MOST_PLOTS]), max(0, len(lines) - MOST_CURRENT))


def _stories(db: sqlite3.Connection, ids: Sequence[str]) -> dict[str, str]:
    marks = ",".join("?" * len(ids))
    return {row[0]: row[1] for row in db.execute(_STORY.format(marks=marks), tuple(ids))}


# -- what holds ------------------------------------------------------------------------------------------------


def _place(row: LedgerLine) -> tuple[bool, list[str]]:
    """Final action dates before filing dates; the world before the countries, which is alphabetical."""
    return row.series.endswith("/filing"), row.series.split("/")


def _holding(row: LedgerLine) -> Claim | None:
    """The claim that holds; before the first value begins, what its announcement says is in force until then."""
    if row.current or not row.ahead:
        return row.current
    first = row.ahead[-1]
    if not first.previous or first.previous == first.value:
        return None
    return replace(first, value=first.previous, number=None, previous="", since="", counts_from="")


def _current(programme: str, row: LedgerLine, claim: Claim, stories: dict[str, str]) -> Current:
    earlier = next((c.value for c in row.earlier if (c.value, c.currency) != (claim.value, claim.currency)), "")
    before = "" if row.series == "draws" else claim.previous or earlier
    notes = []
    if row.ahead:
        notes.append(f"{_words(row.parameter, row.ahead[-1])} from {day(row.ahead[-1].counts_from)}")
    pending = [c for c in row.pending if c.value != claim.value]
    if pending:
        stage = pending[0].stage.replace("-", " ")
        notes.append(f"{stage}: {_words(row.parameter, pending[0])}")
    others = {_words(row.parameter, c): c.publisher for c in reversed(row.contradicting)}
    notes += [f"{line(publisher, 80)} says {words}" for words, publisher in list(others.items())[:2]]
    return Current(
        parameter_label(row.parameter), _line_name(programme, row), _words(row.parameter, claim),
        _words(row.parameter, claim, before) if before and before != claim.value else "", row.since,
        row.known_since or claim.published, "; ".join(notes), line(claim.publisher, 200), claim.url,
        stories.get(claim.announcement_id, ""),
    )  # fmt: skip


def _words(parameter: str, claim: Claim, value: str = "") -> str:
    row = FigureRow(parameter, claim.value, unit=claim.unit, currency=claim.currency, period=claim.period)
    return figure_value(row, value or claim.value)


def _line_name(programme: str, row: LedgerLine) -> str:
    """Which of a parameter's lines it is, in words; '' for the only one."""
    return "latest round" if row.series == "draws" else series_name(programme, row.parameter, row.series)


# -- how it came about -----------------------------------------------------------------------------------------


def _plots(db: sqlite3.Connection, programme: str, parameter: str) -> list[Plot]:
    if parameter not in (*_STEPS, "score", "draw_size", "cutoff_date"):
        return []
    cursor = db.cursor()
    cursor.row_factory = sqlite3.Row
    query = _POINTS.format(stages=",".join("?" * len(NOT_IN_FORCE)))
    series: defaultdict[str, list[sqlite3.Row]] = defaultdict(list)
    for row in cursor.execute(query, (programme, parameter, *sorted(NOT_IN_FORCE))):
        series[row["series"]].append(row)
    if parameter == "cutoff_date":
        return _cutoffs(series)
    if parameter in ("score", "draw_size") and "draws" in series:
        return _draws(parameter, series["draws"])
    return _thresholds(programme, parameter, series) if parameter in _STEPS else []


def _trusted(rows: Sequence[sqlite3.Row]) -> list[sqlite3.Row]:
    """The claims of the most authoritative sources among them, in order of time; one for each day, the latest told."""
    best = min(AUTHORITIES.index(row["authority"]) for row in rows)
    found: dict[date, sqlite3.Row] = {}
    for row in sorted(rows, key=lambda row: row["published"] or row["first_seen"]):
        if AUTHORITIES.index(row["authority"]) == best:
            found[_day(row)] = row
    return [found[on] for on in sorted(found)]


def _day(row: sqlite3.Row) -> date:
    return moment(row["since"][:10]).date()


def _cutoffs(series: dict[str, list[sqlite3.Row]]) -> list[Plot]:
    """A plot for each category of the bulletin: final action dates (or numbers) of the areas that it names."""
    found: defaultdict[tuple[str, str], list[tuple[str, list[sqlite3.Row]]]] = defaultdict(list)
    for name, rows in series.items():
        parts = name.split("/")
        if len(parts) != 4 or parts[3] != "final-action":
            continue
        if parts[0] == "diversity":
            if parts[2] == "all":
                found[parts[0], ""].append((area(parts[1]), rows))
        elif parts[2] in AREAS:
            found[parts[0], parts[1]].append((area(parts[2]), rows))
    plots = []
    for (preference, kind), members in sorted(found.items()):
        lines, omitted = _lines((name, _trusted(rows)) for name, rows in members)
        lines = [row for row in lines if any(point.value is not None for point in row.points)]
        if not lines:
            continue
        kept = tuple(lines[:MOST_LINES])
        if preference == "diversity":
            plots.append(Plot("Rank numbers that can be issued", "steps", kept, "rank number", omitted))
        else:
            plots.append(Plot(f"Final action dates: {category(kind)}", "cutoffs", kept, "", omitted))
    return plots


def _lines(members: Iterable[tuple[str, list[sqlite3.Row]]]) -> tuple[list[Line], int]:
    """Lines with enough points, and how many of their earlier points are left out at most."""
    lines, omitted = [], 0
    for name, rows in members:
        if len(rows) >= FEWEST:
            omitted = max(omitted, len(rows) - MOST_POINTS)
            lines.append(Line(name, tuple(_cutoff(row) for row in rows[-MOST_POINTS:])))
    return lines, max(0, omitted)


def _cutoff(row: sqlite3.Row) -> Point:
    value = row["value"]
    if value in ("C", "U"):
        return Point(_day(row), None, {"C": "Current", "U": "Unavailable"}[value])
    if row["number"] is not None:
        return Point(_day(row), row["number"], f"{row['number']:,.0f}")
    return Point(_day(row), float(moment(value).date().toordinal()), day(value))


def _draws(parameter: str, rows: Sequence[sqlite3.Row]) -> list[Plot]:
    """Rounds of invitations by category: scores as dots, sizes as bars. The rarest categories are 'Other'."""
    rounds: dict[tuple[date, str], tuple[date, str, sqlite3.Row]] = {}
    for row in sorted(rows, key=lambda row: (AUTHORITIES.index(row["authority"]), row["published"] or "")):
        if row["number"] is not None:
            category = line(json.loads(row["dimensions"]).get("category", ""), 80) or "All"
            rounds.setdefault((_day(row), row["value"]), (_day(row), category, row))
    kept = sorted(rounds.values(), key=lambda item: (item[0], item[1]))[-MOST_DRAWS:]
    if len(kept) < FEWEST:
        return []
    counts: defaultdict[str, int] = defaultdict(int)
    for _, category, _ in kept:
        counts[category] += 1
    names = sorted(counts, key=lambda name: (-counts[name], name))
    if len(names) > MOST_LINES:
        names = names[: MOST_LINES - 1]
    found: defaultdict[str, list[Point]] = defaultdict(list)
    for at, category, row in kept:
        label = category if category in names else "Other"
        text = f"{row['number']:,.0f}" + (f" ({category})" if label == "Other" else "")
        found[label].append(Point(at, row["number"], text))
    lines = tuple(Line(name, tuple(found[name])) for name in (*names, "Other") if found[name])
    score = parameter == "score"
    kind: Kind = "dots" if score else "bars"
    title = "Lowest score invited, by round" if score else "Invitations, by round"
    return [Plot(title, kind, lines, "points" if score else "invitations", len(rounds) - len(kept))]


def _thresholds(programme: str, parameter: str, series: dict[str, list[sqlite3.Row]]) -> list[Plot]:
    """Steps of lines that are told in the same unit, a plot for each unit."""
    found: defaultdict[tuple[str, str, str], list[Line]] = defaultdict(list)
    for name, rows in series.items():
        units: defaultdict[tuple[str, str, str], list[sqlite3.Row]] = defaultdict(list)
        for row in rows:
            if row["number"] is not None:
                units[row["currency"], row["period"], row["unit"]].append(row)
        for unit, same in units.items():
            told = _trusted(same)
            if len(told) >= FEWEST and len({row["number"] for row in told}) > 1:
                points = tuple(Point(_day(row), row["number"], _amount(parameter, row)) for row in told[-MOST_POINTS:])
                found[unit].append(Line(series_name(programme, parameter, name), points))
    plots = []
    for (currency, period, counting), lines in sorted(found.items()):
        other = counting if counting != currency else ""
        counted = " ".join(part for part in (currency, other, period and f"per {period}") if part)
        lines.sort(key=lambda row: (-len(row.points), row.name))
        plots.append(Plot(parameter_label(parameter), "steps", tuple(lines[:MOST_LINES]), counted))
    return plots


def _amount(parameter: str, row: sqlite3.Row) -> str:
    return figure_value(
        FigureRow(parameter, row["value"], unit=row["unit"], currency=row["currency"], period=row["period"]),
        row["value"],
    )
