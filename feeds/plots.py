"""Plots as inline SVG: dated series as steps, dots or bars, and the cut-off dates of the visa bulletin. Pure.

Colours and widths come from the style sheet (``.plot``), so that a plot follows light and dark; lines differ in dash
and dots in shape as well as in colour. The same points give the same bytes. Below each plot stand
its points as a table.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from html import escape
from itertools import pairwise
from typing import Literal

from markupsafe import Markup

from feeds.axis import Tick, date_ticks, number_ticks
from feeds.words import day, line

#: Size in units of the drawing; the page scales it. Text is larger, in units, on narrow screens (style sheet).
WIDTH, HEIGHT = 640, 300
LEFT, RIGHT, TOP, BOTTOM = 64, 14, 16, 34
#: Height of the lanes above and below cut-off dates, for "current" and "unavailable".
LANE = 22
#: Lines or kinds of dots in one plot: as many as there are colours.
MOST_LINES = 5

Kind = Literal["steps", "dots", "bars", "cutoffs"]


@dataclass(frozen=True, slots=True)
class Point:
    """A value that holds from, or was reached on, a day.

    ``value`` is a number or, for cut-off dates, an ordinal day; ``None`` with text ``C`` or ``U`` for what has no date.
    ``text`` is the value in words.
    """

    on: date
    value: float | None
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """Points of one series in the order of time."""

    name: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Plot:
    """What is to be drawn. ``unit`` is what is counted, in words ('' for dates), ``omitted`` counts the earlier points
    that are left out.
    """

    title: str
    kind: Kind
    lines: tuple[Line, ...]
    unit: str = ""
    omitted: int = 0


def draw(plot: Plot, ident: str) -> Markup:
    """A ``figure`` element: drawing, key, table. ``ident`` is unique in its page. '' if there is nothing to draw."""
    lines = [row for row in plot.lines if row.points][:MOST_LINES]
    if not any(point.value is not None for row in lines for point in row.points):
        return Markup("")
    frame = _Frame.around(plot, lines)
    marks = {"steps": _steps, "cutoffs": _steps, "dots": _dots, "bars": _bars}[plot.kind](frame, lines)
    svg = (
        f'<svg class="plot" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="{ident}-t {ident}-d">'
        f'<title id="{ident}-t">{_text(plot.title)}</title><desc id="{ident}-d">{_text(describe(plot))}</desc>'
        f"{frame.axes()}{marks}</svg>"
    )
    # how the axis counts: where there is a caption it must come first or last in its figure
    unit = f"<figcaption>{_text(plot.unit[:1].upper() + plot.unit[1:])}</figcaption>" if plot.unit else ""
    return Markup(f'<figure class="figure">{unit}{svg}{_key(plot, lines)}{_table(plot, lines)}</figure>')


def describe(plot: Plot) -> str:
    """The plot in words, for those who do not see it: its span, and for each line its last value and its range."""
    days = [point.on for row in plot.lines for point in row.points]
    parts = [f"From {day(min(days).isoformat())} to {day(max(days).isoformat())}."]
    for row in plot.lines[:MOST_LINES]:
        if not row.points:
            continue
        name = f"{row.name}: " if row.name else ""
        last = row.points[-1]
        dated = [point for point in row.points if point.value is not None]
        extent = ""
        if dated:
            low, high = min(dated, key=_value), max(dated, key=_value)
            extent = f", between {low.text} and {high.text}" if low.value != high.value else ""
        parts.append(f"{name}{last.text} on {day(last.on.isoformat())}{extent}.")
    return " ".join(parts)


def _value(point: Point) -> float:
    return point.value if point.value is not None else 0.0


class _Frame:
    """The axes: where a day and a value lie."""

    def __init__(
        self, first: date, last: date, low: float, high: float, x: list[Tick], y: list[Tick], lanes: str
    ) -> None:
        self._first, self._days = first, max(1, (last - first).days)
        self._low, self._range = low, (high - low) or 1.0
        self._x, self._y, self._lanes = x, y, lanes
        self._top = TOP + (LANE if "C" in lanes else 0)
        self._bottom = HEIGHT - BOTTOM - (LANE if "U" in lanes else 0)

    @classmethod
    def around(cls, plot: Plot, lines: Sequence[Line]) -> _Frame:
        points = [point for row in lines for point in row.points]
        first = min(point.on for point in points)
        last = max(point.on for point in points)
        margin = timedelta(days=max(2, (last - first).days // 40))
        last += margin  # a mark has a width, and the last step holds on
        if plot.kind in ("bars", "dots"):
            first -= margin
        if plot.kind == "bars":
            stacked: defaultdict[date, float] = defaultdict(float)
            for point in points:
                stacked[point.on] += _value(point)
            values = [0.0, *stacked.values()]
        else:
            values = [point.value for point in points if point.value is not None]
        if plot.kind == "cutoffs":
            dated = date_ticks(date.fromordinal(round(min(values))), date.fromordinal(round(max(values))))
            y = [Tick(float(tick.at), tick.label) for tick in dated]
            room = 0.05 * (max(values) - min(values) or 365.0)  # the lanes are not to be touched
            values += [min(values) - room, max(values) + room]
        else:
            y = number_ticks(min(values), max(values))
        low, high = min([*values, *(tick.at for tick in y)]), max([*values, *(tick.at for tick in y)])
        texts = {point.text for point in points if point.value is None}
        lanes = "".join(letter for letter, word in (("C", "Current"), ("U", "Unavailable")) if word in texts)
        return cls(first, last, low, high, date_ticks(first, last), y, lanes if plot.kind == "cutoffs" else "")

    def x(self, on: date) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (on - self._first).days / self._days

    def y(self, point: Point) -> float:
        if point.value is None:
            return TOP + LANE / 2 if point.text == "Current" else HEIGHT - BOTTOM - LANE / 2
        return self.level(point.value)

    def level(self, value: float) -> float:
        return self._bottom - (self._bottom - self._top) * (value - self._low) / self._range

    @property
    def end(self) -> float:
        return float(WIDTH - RIGHT)

    def axes(self) -> str:
        parts = []
        for number, tick in enumerate(self._y):
            y = _n(self.level(tick.at))
            parts.append(f'<path class="grid" d="M{LEFT} {y}H{WIDTH - RIGHT}"/>')
            parts.append(
                f'<text class="y{_minor(number, self._y)}" x="{LEFT - 8}" y="{y}" dy=".32em">{_text(tick.label)}</text>'
            )
        for number, tick in enumerate(self._x):
            x = _n(self.x(date.fromordinal(int(tick.at))))
            # the last label may not stick out
            look = f"x{' end' if float(x) > WIDTH - RIGHT - 30 else ''}{_minor(number, self._x)}"
            parts.append(f'<path class="tick" d="M{x} {HEIGHT - BOTTOM}v5"/>')
            parts.append(f'<text class="{look}" x="{x}" y="{HEIGHT - 10}">{_text(tick.label)}</text>')
        for lane, edge in (("C", TOP), ("U", HEIGHT - BOTTOM - LANE)):
            if lane in self._lanes:
                parts.append(
                    f'<rect class="lane" x="{LEFT}" y="{edge}" width="{WIDTH - LEFT - RIGHT}" height="{LANE}"/>'
                )
                parts.append(f'<text class="y" x="{LEFT - 8}" y="{edge + LANE // 2}" dy=".32em">{lane}</text>')
        parts.append(f'<path class="base" d="M{LEFT} {HEIGHT - BOTTOM}H{WIDTH - RIGHT}"/>')
        return "".join(parts)


def _minor(number: int, ticks: Sequence[Tick]) -> str:
    """The class of every other label of many: narrow screens leave it out."""
    return " minor" if len(ticks) > 3 and number % 2 else ""


def _steps(frame: _Frame, lines: Sequence[Line]) -> str:
    parts = []
    for number, row in enumerate(lines, 1):
        path = ""
        for point in row.points:
            x, y = _n(frame.x(point.on)), _n(frame.y(point))
            path += f"H{x}V{y}" if path else f"M{x} {y}"
        parts.append(f'<path class="line c{number}" d="{path}H{_n(frame.end)}"/>')
        if len(row.points) <= 30:
            parts += [_mark(number, frame.x(point.on), frame.y(point)) for point in row.points]
    return "".join(parts)


def _dots(frame: _Frame, lines: Sequence[Line]) -> str:
    return "".join(
        _mark(number, frame.x(point.on), frame.y(point)) for number, row in enumerate(lines, 1) for point in row.points
    )


def _bars(frame: _Frame, lines: Sequence[Line]) -> str:
    """Bars from zero; what happened on one day is stacked."""
    days = sorted({point.on for row in lines for point in row.points})
    gaps = sorted(frame.x(b) - frame.x(a) for a, b in pairwise(days))
    width = max(3.0, min(18.0, 0.8 * (gaps[len(gaps) // 4] if gaps else 18.0)))
    reached: defaultdict[date, float] = defaultdict(float)
    parts = []
    for number, row in enumerate(lines, 1):
        for point in row.points:
            low = reached[point.on]
            reached[point.on] += _value(point)
            top, bottom = frame.level(reached[point.on]), frame.level(low)
            x = _n(frame.x(point.on) - width / 2)
            parts.append(
                f'<rect class="bar c{number}" x="{x}" y="{_n(top)}" width="{_n(width)}" height="{_n(bottom - top)}"/>'
            )
    return "".join(parts)


def _mark(number: int, x: float, y: float) -> str:
    """A mark in the shape of its line: circle, square, triangle, diamond, cross."""
    shape = {
        1: f"M{_n(x - 4)} {_n(y)}a4 4 0 1 0 8 0a4 4 0 1 0-8 0z",
        2: f"M{_n(x - 3.5)} {_n(y - 3.5)}h7v7h-7z",
        3: f"M{_n(x)} {_n(y - 4.5)}l4.5 8h-9z",
        4: f"M{_n(x)} {_n(y - 5)}l5 5l-5 5l-5-5z",
        5: f"M{_n(x - 4.5)} {_n(y - 1.5)}h3v-3h3v3h3v3h-3v3h-3v-3h-3z",
    }[number]
    return f'<path class="mark c{number}" d="{shape}"/>'


def _key(plot: Plot, lines: Sequence[Line]) -> str:
    if len(lines) < 2 and not (lines and lines[0].name):
        return ""
    items = []
    for number, row in enumerate(lines, 1):
        if plot.kind == "bars":
            swatch = f'<rect class="bar c{number}" x="7" y="2" width="14" height="12"/>'
        elif plot.kind == "dots":
            swatch = _mark(number, 14, 8)
        else:
            swatch = f'<path class="line c{number}" d="M0 8H28"/>{_mark(number, 14, 8)}'
        items.append(
            f'<li><svg class="swatch" viewBox="0 0 28 16" aria-hidden="true">{swatch}</svg> {_text(row.name)}</li>'
        )
    return f'<ul class="key">{"".join(items)}</ul>'


def _table(plot: Plot, lines: Sequence[Line]) -> str:
    """All points, newest first: a column for each line where days are shared, else a row for each point."""
    if plot.kind in ("steps", "cutoffs"):
        heads = [row.name or plot.title for row in lines]
        by_day: defaultdict[date, list[str]] = defaultdict(lambda: [""] * len(lines))
        for number, row in enumerate(lines):
            for point in row.points:
                by_day[point.on][number] = point.text
        rows: Iterable[tuple[date, list[str]]] = sorted(by_day.items(), reverse=True)
    else:
        heads = ["Series", plot.unit[:1].upper() + plot.unit[1:] or "Value"]
        rows = sorted(
            ((point.on, [row.name, point.text]) for row in lines for point in row.points),
            key=lambda item: item[0], reverse=True,
        )  # fmt: skip
    head = "".join(f'<th scope="col">{_text(name)}</th>' for name in ("Day", *heads))
    body = "".join(
        f'<tr><th scope="row"><time datetime="{on.isoformat()}">{_text(day(on.isoformat()))}</time></th>'
        f"{''.join(f'<td>{_text(cell)}</td>' for cell in cells)}</tr>"
        for on, cells in rows
    )
    note = f"<p>{plot.omitted} earlier points are in the archive.</p>" if plot.omitted else ""
    return (
        f'<details><summary>The points as a table</summary><div class="scroll" role="region" tabindex="0" '
        f'aria-label="{_text(plot.title)}: points">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
        f"{note}</details>"
    )


def _n(value: float) -> str:
    """A length with at most one decimal."""
    text = f"{value:.1f}"
    return text.removesuffix(".0") if text != "-0.0" else "0"


def _text(text: str) -> str:
    return escape(line(text))
