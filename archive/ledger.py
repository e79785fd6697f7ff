"""What holds today: the current value of each figure of a programme, since when, and who says otherwise.

Claims are compared line by line (``series``). A claim counts from the day that it states (``valid_from``), else from
the one effective date of its announcement, else from publication. Of the claims not later than the day in question
the newest one of the most authoritative sources is current: the rule-maker before press, press before aggregators.
What is only proposed or was withdrawn is never current. Nothing is dropped: every other claim is there to be shown.
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from archive.models import AUTHORITIES
from archive.store import Archive

#: Stages whose figures are wishes, drafts or history, and no law.
NOT_IN_FORCE = frozenset({"reported", "under-review", "proposed", "consultation", "withdrawn", "expired"})

_CLAIMS = """
SELECT f.id, f.series, f.value, f.number, f.unit, f.currency, f.period, f.valid_from, f.previous, f.dimensions, f.quote,
    f.rule, a.id AS announcement_id, a.title, a.url, a.published, a.first_seen, a.stage,
    s.id AS source_id, s.name AS source, s.publisher, s.authority,
    coalesce(nullif(f.valid_from, ''), (SELECT min(d.date) FROM key_dates d WHERE d.announcement_id = a.id
        AND d.kind = 'effective' HAVING count(DISTINCT d.date) = 1), '') AS since
FROM figures f JOIN announcements a ON a.id = f.announcement_id JOIN sources s ON s.id = a.source_id
WHERE f.programme = ? AND f.parameter = ? AND a.duplicate_of IS NULL AND coalesce(a.relevant, 1) = 1
ORDER BY f.series, f.id
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """One figure as one announcement states it.

    ``since`` is the ISO day from which it holds as far as anybody says ('' if unsaid, precision as stated);
    ``counts_from`` is that or else the day of publication, and orders claims. ``authority`` is the source's.
    """

    value: str
    number: float | None
    unit: str
    currency: str
    period: str
    since: str
    counts_from: str
    previous: str
    stage: str
    quote: str
    rule: str
    announcement_id: str
    title: str
    url: str
    published: str
    source_id: str
    publisher: str
    authority: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the ledger on one day.

    ``current`` is ``None`` when everything said so far lies ahead or is not in force. ``since``: from when the current
    value holds, '' if nobody states it; then ``known_since`` (day of first publication of it) is all there is.
    ``agreeing`` and ``contradicting`` are other sources' claims about the same time, ``earlier`` those about former
    times, ``ahead`` what is decided for later, ``pending`` what is proposed or was withdrawn. Newest first.
    """

    programme: str
    parameter: str
    series: str
    dimensions: dict[str, str]
    current: Claim | None
    since: str
    known_since: str
    agreeing: tuple[Claim, ...] = ()
    contradicting: tuple[Claim, ...] = ()
    earlier: tuple[Claim, ...] = ()
    ahead: tuple[Claim, ...] = ()
    pending: tuple[Claim, ...] = ()


@dataclass(slots=True)
class _Sorted:
    held: list[Claim] = field(default_factory=list)
    ahead: list[Claim] = field(default_factory=list)
    pending: list[Claim] = field(default_factory=list)


def current_figures(archive: Archive, programme: str, parameter: str, *, on: date) -> list[Line]:
    """The lines of a programme's parameter as they stand on a day, in order of series.

    What was published after that day is not known yet and left out. Empty for a programme or parameter without
    figures.
    """
    return current_lines(archive.db, programme, parameter, on=on)


def current_lines(db: sqlite3.Connection, programme: str, parameter: str, *, on: date) -> list[Line]:
    """:func:`current_figures` from a connection, in the caller's snapshot."""
    cursor = db.cursor()
    cursor.row_factory = sqlite3.Row
    lines: dict[str, list[sqlite3.Row]] = defaultdict(list)
    for row in cursor.execute(_CLAIMS, (programme, parameter)):
        lines[row["series"]].append(row)
    return [_line(programme, parameter, series, rows, on.isoformat()) for series, rows in sorted(lines.items())]


def _claim(row: sqlite3.Row) -> Claim:
    published = (row["published"] or row["first_seen"])[:10]
    return Claim(
        row["value"], row["number"], row["unit"], row["currency"], row["period"], row["since"],
        row["since"] or published, row["previous"], row["stage"], row["quote"], row["rule"], row["announcement_id"],
        row["title"], row["url"], published, row["source_id"], row["publisher"] or row["source"], row["authority"],
    )  # fmt: skip


def _newest(claim: Claim) -> tuple[str, int, str]:
    """Sorts claims in time; on one day the more authoritative is the newer, then the later published."""
    return _first_day(claim.counts_from), -_rank(claim), claim.published


def _first_day(day: str) -> str:
    """``2027`` and ``2027-02`` begin on their first day."""
    return f"{day}-01-01" if len(day) == 4 else f"{day}-01" if len(day) == 7 else day


def _rank(claim: Claim) -> int:
    return AUTHORITIES.index(claim.authority)


def _line(programme: str, parameter: str, series: str, rows: Sequence[sqlite3.Row], day: str) -> Line:
    claims = _Sorted()
    for claim in map(_claim, rows):
        if claim.published[: len(day)] > day:
            continue
        if claim.stage in NOT_IN_FORCE:
            claims.pending.append(claim)
        elif _first_day(claim.counts_from) > day:
            claims.ahead.append(claim)
        else:
            claims.held.append(claim)
    for group in (claims.held, claims.ahead, claims.pending):
        group.sort(key=_newest, reverse=True)
    current = _current(claims.held)
    run = _run(claims.held, current) if current else []
    stated = [c.since for c in run if c.since]
    others = [c for c in claims.held if c is not current]
    begun = _first_day(run[-1].counts_from) if run else ""
    at_once = [c for c in others if _first_day(c.counts_from) >= begun]
    return Line(
        programme, parameter, series, _dimensions(rows), current,
        since=min(stated, key=_first_day, default=""), known_since=min((c.published for c in run), default=""),
        agreeing=tuple(c for c in at_once if current and _agree(c, current)),
        contradicting=tuple(c for c in at_once if current and not _agree(c, current)),
        earlier=tuple(c for c in others if _first_day(c.counts_from) < begun),
        ahead=tuple(claims.ahead), pending=tuple(claims.pending),
    )  # fmt: skip


def _current(held: Sequence[Claim]) -> Claim | None:
    """The newest claim of the rule-maker, unless press tells of a later date that it states; then that."""
    if not held:
        return None
    best = min(map(_rank, held))
    official = next(c for c in held if _rank(c) == best)
    # later only counts if somebody says since when: an old number in a new article is no change
    later = [c for c in held if c.since and _first_day(c.since) > _first_day(official.counts_from)]
    return min(later, key=_rank) if later else official  # the first of equals is the newest


def _agree(one: Claim, other: Claim) -> bool:
    return (one.value, one.currency, one.unit) == (other.value, other.currency, other.unit)


def _run(held: Sequence[Claim], current: Claim) -> list[Claim]:
    """The claims of the current value back to the last different one of a source no less authoritative."""
    run = [current]
    for claim in held[held.index(current) + 1 :]:
        if _agree(claim, current):
            run.append(claim)
        elif _rank(claim) <= _rank(current):
            break
    return run


def _dimensions(rows: Sequence[sqlite3.Row]) -> dict[str, str]:
    """The dimensions that all claims of the line share."""
    spelled: list[dict[str, str]] = [json.loads(row["dimensions"]) for row in rows]
    return {key: value for key, value in spelled[0].items() if all(d.get(key) == value for d in spelled)}
