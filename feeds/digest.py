"""What a day or a week brought, as one entry: grouped by country, the most important first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from html import escape

from feeds.entry import Entry, Site
from feeds.labels import stage_label
from feeds.safe import safe_html
from feeds.told import kind_label
from feeds.words import day, line, link

#: Lines of a digest; a longer one is not read, and what is left out is in the feeds.
MOST = 60

#: Countries named in the gist.
_MOST_COUNTRIES = 6
_NO_COUNTRY = "Other"


@dataclass(frozen=True, slots=True)
class DigestItem:
    """A story that changed in a period. ``countries`` and ``programmes`` are labels for people.

    ``changes`` are the kinds of its changes in the period, in the order of time. ``importance`` is from 0 to 1;
    ``effective`` is an ISO day or ''.
    """

    story_id: str
    title: str
    countries: tuple[str, ...] = ()
    programmes: tuple[str, ...] = ()
    stage: str = ""
    effective: str = ""
    importance: float = 0.0
    changes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Period:
    """A day or a week (Monday to Sunday) in UTC: from ``start`` until just before ``end``.

    ``kind`` is ``daily`` or ``weekly``; ``name`` is ``2026-08-19`` or, by ISO 8601, ``2026-W34``.
    """

    kind: str
    name: str
    start: datetime
    end: datetime

    @property
    def key(self) -> str:
        return f"digest/{self.kind}/{self.name}"

    @property
    def words(self) -> str:
        first, last = self.start.date(), (self.end - timedelta(days=1)).date()
        if first == last:
            return day(first.isoformat())
        return f"{day(first.isoformat())} to {day(last.isoformat())}"


def day_of(moment: datetime) -> Period:
    """The day that a moment is in."""
    start = _midnight(moment.astimezone(UTC).date())
    return Period("daily", start.date().isoformat(), start, start + timedelta(days=1))


def week_of(moment: datetime) -> Period:
    """The week that a moment is in."""
    today = moment.astimezone(UTC).date()
    year, week, weekday = today.isocalendar()
    start = _midnight(today - timedelta(days=weekday - 1))
    return Period("weekly", f"{year}-W{week:02d}", start, start + timedelta(days=7))


def closed_days(first: datetime, as_of: datetime) -> list[Period]:
    """The days from that of ``first`` that were over at ``as_of``, oldest first."""
    return _closed(day_of(first), as_of)


def closed_weeks(first: datetime, as_of: datetime) -> list[Period]:
    """The weeks from that of ``first`` that were over at ``as_of``, oldest first."""
    return _closed(week_of(first), as_of)


def digest_entry(items: Iterable[DigestItem], period: Period, site: Site) -> Entry:
    """The digest of a period, dated at its end. An empty one says so."""
    ranked = sorted(items, key=lambda item: (-item.importance, item.title, item.story_id))
    shown = ranked[:MOST]
    groups: dict[str, list[DigestItem]] = {}
    for item in shown:
        groups.setdefault(_home(item), []).append(item)
    names = sorted(groups, key=lambda name: (name == _NO_COUNTRY, name))
    html = "".join(
        f"<p><strong>{escape(name)}</strong></p><ul>{''.join(_line(item, name, site) for item in groups[name])}</ul>"
        for name in names
    )
    if len(ranked) > MOST:
        html += f"<p>… and {len(ranked) - MOST} more: {link(site.address(), 'all stories')}</p>"
    total = _stories(len(ranked))
    return Entry(
        key=period.key,
        title=f"{site.name} {period.kind}: {period.words}: {total}",
        url=site.address(f"{period.kind}.html#{period.name}"),
        gist=_gist(ranked, total),
        content=safe_html(f"<p>{escape(period.words)}: {total}.</p>{html}<p><em>Not legal advice.</em></p>"),
        date=period.end,
        updated=period.end,
        author=site.name,
        facts={
            "period": period.name,
            "from": period.start.date().isoformat(),
            "until": (period.end - timedelta(days=1)).date().isoformat(),
            "stories": [item.story_id for item in shown],
            "total": len(ranked),
        },
    )


def _midnight(of: date) -> datetime:
    return datetime.combine(of, time(), UTC)


def _closed(first: Period, as_of: datetime) -> list[Period]:
    step = week_of if first.kind == "weekly" else day_of
    found, period = [], first
    while period.end <= as_of:
        found.append(period)
        period = step(period.end)
    return found


def _home(item: DigestItem) -> str:
    """The country under which a story stands, once: its first one; the line names the others."""
    return min((line(name, 60) for name in item.countries), default="") or _NO_COUNTRY


def _line(item: DigestItem, home: str, site: Site) -> str:
    words = list(dict.fromkeys(kind_label(kind).lower() for kind in item.changes))
    about = [", ".join(words), stage_label(item.stage).lower()]
    if item.effective:
        about.append(f"effective {day(line(item.effective))}")
    about.append(", ".join(line(name, 60) for name in item.programmes[:3]))
    elsewhere = sorted({line(name, 60) for name in item.countries} - {home})
    if elsewhere:
        about.append(f"also {', '.join(elsewhere[:3])}")
    told = "; ".join(part for part in about if part)
    title = link(site.address(f"story/{item.story_id}.html"), line(item.title, 200) or "Untitled")
    return f"<li>{title}{f' ({escape(told)})' if told else ''}</li>"


def _gist(ranked: Sequence[DigestItem], total: str) -> str:
    counts: dict[str, int] = {}
    for item in ranked:
        counts[_home(item)] = counts.get(_home(item), 0) + 1
    if not counts:
        return f"{total}."
    names = sorted(counts, key=lambda name: (-counts[name], name))
    told = ", ".join(f"{name} {counts[name]}" for name in names[:_MOST_COUNTRIES])
    most = "; ".join(line(item.title, 90) for item in ranked[:2])
    return line(f"{total}: {told}. First: {most}", 400)


def _stories(count: int) -> str:
    return {0: "nothing changed", 1: "1 story"}.get(count, f"{count} stories")
