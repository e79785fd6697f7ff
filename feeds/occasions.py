"""Which days and hours of a story belong in a calendar, as spans of days or instants. Pure, without a clock."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from feeds.labels import DEADLINES
from feeds.story import DateRow, Story

_WINDOW = ("window_open", "window_close")
_DAYS = ("effective", "effective_renewals", "comment_deadline", "grandfather_until", "transition_until", "expiry")
_ONE_DAY = timedelta(days=1)

#: Zones as texts write them. Notices say EST all the year round and mean the clock on the wall, so both seasons are
#: the place's own time. IST is Indian, Irish or Israeli: unknown, like every zone that is not named here.
_ZONES = {
    "ET": "America/New_York", "EST": "America/New_York", "EDT": "America/New_York", "EASTERN": "America/New_York",
    "CT": "America/Chicago", "CST": "America/Chicago", "CDT": "America/Chicago", "CENTRAL": "America/Chicago",
    "MT": "America/Denver", "MST": "America/Denver", "MDT": "America/Denver", "MOUNTAIN": "America/Denver",
    "PT": "America/Los_Angeles", "PST": "America/Los_Angeles", "PDT": "America/Los_Angeles",
    "PACIFIC": "America/Los_Angeles", "AKT": "America/Anchorage", "AKST": "America/Anchorage",
    "AKDT": "America/Anchorage", "HST": "Pacific/Honolulu",
    "UTC": "UTC", "GMT": "UTC", "Z": "UTC", "BST": "Europe/London",
    "CET": "Europe/Paris", "CEST": "Europe/Paris", "MEZ": "Europe/Paris", "MESZ": "Europe/Paris",
    "JST": "Asia/Tokyo", "KST": "Asia/Seoul", "SGT": "Asia/Singapore", "HKT": "Asia/Hong_Kong",
    "AEST": "Australia/Sydney", "AEDT": "Australia/Sydney", "ACST": "Australia/Adelaide", "ACDT": "Australia/Adelaide",
    "NZST": "Pacific/Auckland", "NZDT": "Pacific/Auckland",
}  # fmt: skip
_CLOCK = re.compile(r"(\d\d):(\d\d)(?::(\d\d))?")


@dataclass(frozen=True, slots=True)
class Occasion:
    """One event of a story.

    ``kind`` is that of the key date, or ``window``; with ``applies_to`` and ``number`` (1 for the first of several)
    it identifies the event, whenever it is. ``start`` and ``end`` are days with ``end`` not included, or aware UTC
    with ``end`` None for an instant. ``during``: only the month is stated. ``rows`` are what it is made of.
    """

    kind: str
    applies_to: str
    number: int
    start: date | datetime
    end: date | datetime | None
    during: bool
    rows: tuple[DateRow, ...]

    @property
    def timed(self) -> bool:
        return isinstance(self.start, datetime)

    @property
    def last(self) -> date:
        """The last day that it touches, in UTC for one with a time."""
        end = self.end or self.start
        if isinstance(end, datetime):
            return end.date()
        return end - _ONE_DAY if self.end else end

    @property
    def deadline(self) -> bool:
        """Whether somebody has to act before it is over."""
        return any(row.kind in DEADLINES for row in self.rows)


def occasions(story: Story) -> list[Occasion]:
    """The events of a story in the order of time. Dates that are no more precise than a year are none."""
    found: list[Occasion] = []
    groups: defaultdict[tuple[str, str], list[DateRow]] = defaultdict(list)
    for row in _merged(_valid(story)):
        groups[("window" if row.kind in _WINDOW else row.kind, row.applies_to)].append(row)
    for (kind, applies_to), rows in groups.items():
        spans = _windows(rows) if kind == "window" else [(row,) for row in rows]
        for number, parts in enumerate(spans, 1):
            start, end, during = _span(parts)
            found.append(Occasion(kind, applies_to, number, start, end, during, parts))
    return sorted(found, key=lambda o: (_when(o.start), o.kind, o.applies_to, o.number))


def _valid(story: Story) -> list[DateRow]:
    """The dates that stand: of each kind and trigger those of its latest document, so that an extended deadline takes
    the place of the first one; and those that the story itself names."""
    order = {r.url: (r.published or r.first_seen, r.first_seen) for r in story.frozen}
    groups: defaultdict[tuple[str, str], list[DateRow]] = defaultdict(list)
    for row in story.key_dates:
        if row.kind in (*_WINDOW, *_DAYS) and _days(row.date):
            groups[("window" if row.kind in _WINDOW else row.kind, row.applies_to)].append(row)
    kept = []
    for rows in groups.values():
        latest = max(rows, key=lambda row: (row.official, order.get(row.url, ("", "")), row.url)).url
        for row in rows:
            named = story.effective if row.kind == "effective" else story.deadline if row.kind in DEADLINES else ""
            if row.url == latest or (named and row.date == named):
                kept.append(row)
    return kept


def _merged(rows: Iterable[DateRow]) -> list[DateRow]:
    """One row for each kind, time and trigger; where one states no trigger, its event stands for all, and keeps its
    identity when a trigger becomes known later."""
    ordered = sorted(rows, key=lambda r: (r.kind, r.date, r.time, r.zone, r.applies_to, not r.official, r.url, r.quote))
    merged: dict[tuple[str, ...], DateRow] = {}
    for row in ordered:
        when = (row.kind, row.date, row.time, row.zone)
        if (*when, "") not in merged:
            merged.setdefault((*when, row.applies_to), row)
    # A time that only one document knows does not make another event.
    timed = {(r.kind, r.date, r.applies_to) for r in merged.values() if r.time}
    return [r for r in merged.values() if r.time or (r.kind, r.date, r.applies_to) not in timed]


def _windows(rows: Sequence[DateRow]) -> list[tuple[DateRow, ...]]:
    """Each opening with the first closing after it; what has no counterpart stands alone."""
    closings = [row for row in rows if row.kind == "window_close"]
    openings = [row for row in rows if row.kind == "window_open"]
    found: list[tuple[DateRow, ...]] = []
    for place, opening in enumerate(openings):
        following = openings[place + 1].date if place + 1 < len(openings) else "9999"
        match = next((c for c in closings if opening.date <= c.date and c.date[:7] <= following[:7]), None)
        if match:
            closings.remove(match)
        found.append((opening, match) if match else (opening,))
    return sorted(found + [(closing,) for closing in closings], key=lambda parts: parts[0].date)


def _span(rows: tuple[DateRow, ...]) -> tuple[date | datetime, date | datetime | None, bool]:
    moments = [_instant(row) for row in rows]
    first, last = moments[0], moments[-1]
    if first and last and (len(rows) == 1 or first < last):
        return first, (last if len(rows) == 2 else None), False
    start, end = _days(rows[0].date), _days(rows[-1].date)
    assert start and end, "only dates that can be read come here"
    return start[0], end[1], any(len(row.date) < 10 for row in rows)


def _instant(row: DateRow) -> datetime | None:
    """When exactly it is, in UTC; ``None`` where no time or no zone is stated that says so."""
    clock = _CLOCK.fullmatch(row.time)
    days = _days(row.date) if len(row.date) == 10 else None
    if not clock or not days or not row.zone:
        return None
    try:
        zone = ZoneInfo(_ZONES.get(row.zone.strip().upper(), row.zone.strip()))
        hour, minute, second = (int(part or 0) for part in clock.groups())
        day = days[0]
        if (hour, minute, second) == (24, 0, 0):  # the end of the day
            day, hour = days[1], 0
        return datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError, ZoneInfoNotFoundError, OSError):
        return None


def _days(text: str) -> tuple[date, date] | None:
    """The day or the month that ISO text names, its end not included; ``None`` for anything else."""
    try:
        if len(text) == 10:
            day = date.fromisoformat(text)
            return day, day + _ONE_DAY
        if len(text) == 7:
            first = date.fromisoformat(f"{text}-01")
            return first, (first + timedelta(days=31)).replace(day=1)
    except (ValueError, OverflowError):
        pass
    return None


def _when(moment: date | datetime) -> str:
    return moment.isoformat()
