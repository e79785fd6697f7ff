"""How the sources fare, from the archive alone: what is failing, late, gone quiet, and every outage there was.

Rules, all without a clock:

- The state of a source is that of its last look. A look that a replay had no recording of is none.
- Two failed looks in a row are an outage, and so is a single one if the next look, a healthy one, came more than six
  hours and more than the source's cadence later. One that recovers sooner makes a source flaky, no more.
- When all sources of a run were unreachable, the network was ours: that makes no outage.
- ``late``: not looked at for twice its cadence, as of the newest look at any source (or the moment that is given).
- A replay's looks happened when its answers were recorded, whatever the day on which they were replayed: ``checked``
  and ``healthy`` are then the time of the newest answer that is known of the source, or of any if there is none.
- ``quiet``: looks are healthy, but nothing new came for three times as long as nine of ten of its latest pauses
  lasted, and never for less than three weeks. A source with fewer than eight days of announcements has no rhythm yet,
  and a replay proves nothing about silence.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import groupby, pairwise
from math import ceil
from typing import Any

from archive.models import CADENCES, HEALTHY
from feeds.words import day, line, moment

#: An outage lasts longer than this (or the cadence) or has this many failed looks in a row.
OUTAGE_LASTS, OUTAGE_LOOKS = timedelta(hours=6), 2

#: What counts as silence: see the rules above.
QUIET_AT_LEAST, QUIET_TIMES, FEWEST_DAYS, MOST_DAYS = 21, 3, 8, 40
#: Newest announcements among which the days of announcements are looked for.
_ROWS = 400
#: Looks among which single failures are counted.
_RECENT = 50

#: States in which nothing has to be done.
WELL = frozenset({"ok", "never", "retired"})
#: States that say that the last look failed.
FAILING = frozenset({"error", "blocked", "empty", "drifted", "unreachable", "robots"})


@dataclass(frozen=True, slots=True)
class Outage:
    """A time in which a source could not be read.

    ``first_check`` is the id of the first failed look, ``state`` and ``error`` are what it said, so that they stay.
    ``began`` is its time, ``ended`` that of the first healthy look after it, '' while it lasts (ISO, UTC).
    ``checks`` counts the failed looks.
    """

    source_id: str
    state: str
    first_check: int
    began: str
    ended: str
    error: str
    checks: int


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """How a source fares.

    ``state`` is ok, one of :data:`FAILING`, late, quiet, never (not looked at yet) or retired. ``checked`` and
    ``healthy`` are the times of the last look and the last healthy one, ``newest`` the day of the newest announcement
    (ISO, '' if none). ``expected`` is the learned rhythm: nine of ten pauses were not longer than so many days
    (``None`` as long as there is none). ``error`` is that of the last look. ``flaky`` counts single failures among the
    latest looks. ``outages`` are in the order of time.
    """

    id: str
    name: str
    publisher: str
    country: str
    url: str
    authority: str
    cadence: str
    active: bool
    retired_reason: str
    unverified: bool
    state: str
    checked: str = ""
    healthy: str = ""
    newest: str = ""
    expected: int | None = None
    error: str = ""
    flaky: int = 0
    outages: tuple[Outage, ...] = ()

    @property
    def well(self) -> bool:
        """Whether nobody has to look after it."""
        return self.state in WELL

    @property
    def down(self) -> Outage | None:
        """The outage that lasts, if one does."""
        return self.outages[-1] if self.outages and not self.outages[-1].ended else None


@dataclass(slots=True)
class _Looks:
    """What the looks at one source come to."""

    state: str = ""
    checked: str = ""
    healthy: str = ""
    error: str = ""
    replay: bool = False
    news: str = ""
    count: int = 0
    singles: list[int] = field(default_factory=list)
    outages: list[Outage] = field(default_factory=list)


# In the order of the index checks_source: no sorting. Errors are read of failed looks only.
_CHECKS = """
SELECT source_id, id, run_id, state, started, CASE WHEN state IN ({marks}) THEN '' ELSE error END, new + changed > 0
FROM checks WHERE state <> 'not-recorded' ORDER BY source_id, id
"""

_OFFLINE = """
SELECT run_id FROM checks WHERE run_id IN (SELECT run_id FROM checks WHERE state = 'unreachable')
GROUP BY run_id HAVING count(*) > 1 AND min(state) = 'unreachable' AND max(state) = 'unreachable'
"""

_RECORDED = """
SELECT coalesce(max(at), (SELECT max(checked) FROM responses)) FROM (
SELECT max(last_seen) AS at FROM announcements WHERE source_id = ?
UNION ALL SELECT checked FROM responses WHERE url = ?)
"""

# One seek in the index announcements_source_published for each source.
_PUBLISHED = """
SELECT published FROM announcements WHERE source_id = ? AND published > '' ORDER BY published DESC LIMIT ?
"""


def source_health(db: sqlite3.Connection, as_of: datetime | None = None) -> list[SourceHealth]:
    """The health of every source that the archive knows, by id, as of a moment or else the newest look."""
    columns = "id, name, publisher, country, url, authority, cadence, active, retired_reason, unverified"
    sources = [tuple(row) for row in db.execute(f"SELECT {columns} FROM sources ORDER BY id")]
    looks = _looks(db, {row[0]: _patience(row[6]) for row in sources})
    newest = max((found.checked for found in looks.values()), default="")
    when = as_of or (moment(newest) if newest else datetime.min.replace(tzinfo=UTC))
    return [_health(db, row, looks.get(row[0], _Looks()), when) for row in sources]


def _patience(cadence: str) -> timedelta:
    """How long a single failed look may stand for itself."""
    return max(OUTAGE_LASTS, CADENCES.get(cadence, OUTAGE_LASTS))


def affected(health: Iterable[SourceHealth], country: str = "") -> str:
    """A line that names the sources of a country (all without one) that are down, '' if none is.

    For the head of a feed or a page: 'Not read at the moment: USCIS alerts (since 3 May 2026).'
    """
    down = [(line(one.name, 80), one.down) for one in health if one.active and country in ("", one.country)]
    told = [f"{name} (since {day(outage.began[:10])})" for name, outage in down if outage]
    if not told:
        return ""
    more = f" and {len(told) - 5} more" if len(told) > 5 else ""
    return f"Not read at the moment: {', '.join(told[:5])}{more}."


def _looks(db: sqlite3.Connection, patience: Mapping[str, timedelta]) -> dict[str, _Looks]:
    healthy = sorted(HEALTHY)
    offline = {row[0] for row in db.execute(_OFFLINE)}
    replays = {row[0] for row in db.execute("SELECT id FROM runs WHERE replay <> ''")}
    rows = db.execute(_CHECKS.format(marks=",".join("?" * len(healthy))), healthy)
    return {
        source_id: _looks_at(source_id, checks, patience.get(source_id, OUTAGE_LASTS), offline, replays)
        for source_id, checks in groupby(rows, key=lambda row: str(row[0]))
    }


def _looks_at(
    source_id: str, checks: Iterable[Sequence[Any]], patience: timedelta, offline: set[int], replays: set[int]
) -> _Looks:
    """Walks over the looks at one source; the failure that lasts, if any, is the last outage without an end."""
    looks = _Looks()
    failed: list[tuple[int, str, str, str]] = []
    run = 0
    for _, number, run, state, started, error, news in checks:
        looks.count += 1
        looks.state, looks.checked, looks.error = state, started, error
        if state in HEALTHY:
            if failed:
                outage = _outage(source_id, failed, started)
                if len(failed) >= OUTAGE_LOOKS or moment(started) - moment(outage.began) > patience:
                    looks.outages.append(outage)
                else:
                    looks.singles.append(looks.count)
                failed = []
            if news and looks.healthy:  # the first healthy look finds what has long been there
                looks.news = started
            looks.healthy = started
        elif run not in offline:
            failed.append((number, state, started, error))
    if len(failed) >= OUTAGE_LOOKS:  # once, just now: it may be nothing
        looks.outages.append(_outage(source_id, failed, ""))
    looks.replay = run in replays
    return looks


def _outage(source_id: str, failed: Sequence[tuple[int, str, str, str]], ended: str) -> Outage:
    number, state, began, error = failed[0]
    return Outage(source_id, state, number, began, ended, error, len(failed))


def _health(db: sqlite3.Connection, row: Sequence[Any], looks: _Looks, when: datetime) -> SourceHealth:
    source_id, name, publisher, country, url, authority, cadence, active, reason, unverified = row
    days = _days(db, source_id)
    checked, healthy, news = looks.checked, looks.healthy, looks.news
    if looks.replay:
        checked = _replayed(db, source_id, url, checked)
        healthy, news = healthy and min(checked, healthy), ""
    newest = max(days[0].isoformat() if days else "", news[:10])
    rhythm = expected_pause(days)
    if not active:
        state = "retired"
    elif not looks.checked:
        state = "never"
    elif looks.state not in HEALTHY:
        state = looks.state
    elif moment(looks.checked) + 2 * CADENCES.get(cadence, timedelta(days=7)) < when:
        state = "late"
    elif not looks.replay and rhythm is not None and is_quiet(date.fromisoformat(newest), rhythm, when.date()):
        state = "quiet"
    else:
        state = "ok"
    return SourceHealth(
        source_id, name, publisher, country, url, authority, cadence, bool(active), reason, bool(unverified), state,
        checked, healthy, newest, rhythm,
        looks.error if state in FAILING else "", sum(place > looks.count - _RECENT for place in looks.singles),
        tuple(looks.outages),
    )  # fmt: skip


def _replayed(db: sqlite3.Connection, source_id: str, url: str, looked: str) -> str:
    """When the newest answer of a source that is only replayed was recorded; ``looked`` if nothing says so."""
    return str(db.execute(_RECORDED, (source_id, url)).fetchone()[0] or looked)


def _days(db: sqlite3.Connection, source_id: str) -> list[date]:
    """The newest distinct days on which a source published something, newest first."""
    days: dict[date, None] = {}
    for (published,) in db.execute(_PUBLISHED, (source_id, _ROWS)):
        if len(published) >= 10:  # a month is no day
            days[moment(published).date()] = None
            if len(days) == MOST_DAYS:
                break
    return list(days)


def expected_pause(days: Sequence[date]) -> int | None:
    """How long nine of ten pauses between days of announcements were at most, in days; ``None`` for too few days."""
    if len(days) < FEWEST_DAYS:
        return None
    pauses = sorted((later - earlier).days for later, earlier in pairwise(days))
    return pauses[ceil(0.9 * len(pauses)) - 1]


def is_quiet(newest: date, expected: int, today: date) -> bool:
    """Whether a source that published as it did would have published by now."""
    return (today - newest).days > max(QUIET_AT_LEAST, QUIET_TIMES * expected)
