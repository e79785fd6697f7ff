"""What travels through this room: the rows behind an entry, and feeds of entries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from feeds.catalog import Limits


@dataclass(frozen=True, slots=True)
class TagRow:
    """A tag as it is shown: ``facet`` and ``code`` make its permanent path, ``label`` is for people."""

    facet: str
    code: str
    label: str

    @property
    def path(self) -> str:
        return f"{self.facet}/{self.code}"


@dataclass(frozen=True, slots=True)
class DateRow:
    """A row of ``key_dates``: ``date`` is ISO text at its own precision, ``time`` and ``zone`` as stated."""

    kind: str
    date: str
    time: str
    zone: str
    applies_to: str


@dataclass(frozen=True, slots=True)
class FigureRow:
    """A row of ``figures``; ``series`` says in words which line the figure is a point of."""

    parameter: str
    series: str
    previous: str
    value: str
    unit: str
    currency: str
    period: str


@dataclass(frozen=True, slots=True)
class Report:
    """Another source's copy of the same announcement."""

    publisher: str
    url: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One lead announcement with everything that its feed entry shows.

    ``guid`` is ``announcements.guid``. ``published`` is ISO text as precise as the source was ('' if it
    stated none) and ``first_seen`` full UTC; ``date`` orders the feeds and ``updated`` is the last material
    change, both aware UTC datetimes. ``body`` is empty where ``republish`` is not ``full``.
    ``figures_total`` counts the figures that ``figures`` is the beginning of.
    """

    guid: str
    title: str
    url: str
    summary: str
    body: str
    language: str
    publisher: str
    source_name: str
    source_url: str
    authority: str
    licence: str
    republish: str
    stage: str
    published: str
    first_seen: str
    date: datetime
    updated: datetime
    tags: tuple[TagRow, ...] = ()
    key_dates: tuple[DateRow, ...] = ()
    figures: tuple[FigureRow, ...] = ()
    figures_total: int = 0
    reports: tuple[Report, ...] = ()


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed to render: ``entries`` newest first. ``tag`` is set for a feed of one tag."""

    path: str
    title: str
    description: str
    limits: Limits
    entries: tuple[Entry, ...]
    tag: TagRow | None = None
