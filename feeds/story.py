"""A story as the publisher knows it: its announcements, dates, figures, changes and edits, read from the archive."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class TagRow:
    """A tag as it is shown: ``facet`` and ``code`` make its permanent path, ``label`` is for people.

    ``words`` are the words of the announcement that prove it ('' where no words do, such as a stage of a field).
    """

    facet: str
    code: str
    label: str
    words: str = ""

    @property
    def path(self) -> str:
        return f"{self.facet}/{self.code}"


@dataclass(frozen=True, slots=True)
class DateRow:
    """A row of ``key_dates``: ``date`` is ISO text at its own precision, ``time`` and ``zone`` as stated.

    ``publisher`` and ``url`` say whose sentence ``quote`` is; ``official`` whether that is the rule-maker. ``known``
    is when the first document that states the date was first seen (ISO, UTC), '' where that is not told.
    """

    kind: str
    date: str
    time: str = ""
    zone: str = ""
    applies_to: str = ""
    quote: str = ""
    publisher: str = ""
    url: str = ""
    official: bool = True
    known: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class FigureRow:
    """A row of ``figures``; ``series`` says in words which line the figure is a point of."""

    parameter: str
    value: str
    previous: str = ""
    series: str = ""
    unit: str = ""
    currency: str = ""
    period: str = ""
    valid_from: str = ""
    programme: str = ""
    quote: str = ""
    publisher: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """One announcement of a story.

    ``role`` is lead, official, report, reaction or syndicated; ``event`` names the step of the story's life that it
    tells of (``proposed``, ``final``, ``draw 2017-07-05``). ``published`` is ISO text as precise as the source was
    ('' if it stated none), ``first_seen`` full UTC. ``state`` is '' or ``removed``. ``kind`` and ``authority`` are
    those of the register; ``content_hash`` is of the text as it stands.
    """

    announcement_id: str
    title: str
    url: str
    publisher: str
    kind: str
    authority: str
    language: str
    published: str
    first_seen: str
    role: str = "report"
    event: str = ""
    stage: str = ""
    state: str = ""
    content_hash: str = ""

    @property
    def official(self) -> bool:
        return self.authority == "primary"


@dataclass(frozen=True, slots=True)
class Change:
    """A row of ``updates``: a material event of a story, written once. ``at`` is ISO text, ``kind`` as in the table."""

    id: int
    kind: str
    at: str
    summary: str
    before: str = ""
    after: str = ""
    url: str = ""
    publisher: str = ""


@dataclass(frozen=True, slots=True)
class Edit:
    """A revision of one of a story's pages; ``diff`` is in the written form of :mod:`archive.diff`."""

    announcement_id: str
    publisher: str
    url: str
    seen: str
    diff: str
    weight: float
    silent: bool
    cosmetic: bool


@dataclass(frozen=True, slots=True)
class Text:
    """The lead announcement's own words and what may be done with them.

    ``body`` is '' where ``republish`` is not ``full``; ``source_url`` is the address of the stream it was read from.
    """

    summary: str
    body: str
    language: str
    licence: str
    republish: str
    source_name: str
    source_url: str


@dataclass(frozen=True, slots=True)
class Story:
    """One policy change with everything that is published of it.

    ``id`` is permanent and names ``story/<id>.html``. ``date`` places it in feeds and never moves; ``updated`` is the
    time of its last material change: both aware UTC and different from those of every other story and update.
    ``reports`` are all of its announcements, the lead first and then in the order of their publication.
    ``frozen`` are those of them that were known at the last material change: what an entry may name without changing
    when one more outlet reports the same. ``tags`` (sorted by path), ``key_dates`` and ``figures`` are those of the
    frozen, best placed announcements; ``figures_total`` counts the figures that ``figures`` is the beginning of.
    ``changes`` and ``edits`` are in the order of time. ``effective`` and ``deadline`` are ISO dates at their own
    precision or ''.
    """

    id: str
    title: str
    stage: str
    lead: Report
    text: Text
    date: datetime
    updated: datetime
    effective: str = ""
    deadline: str = ""
    importance: float = 0.0
    importance_reason: str = ""
    reports: tuple[Report, ...] = ()
    frozen: tuple[Report, ...] = ()
    tags: tuple[TagRow, ...] = ()
    key_dates: tuple[DateRow, ...] = ()
    figures: tuple[FigureRow, ...] = ()
    figures_total: int = 0
    changes: tuple[Change, ...] = ()
    edits: tuple[Edit, ...] = ()

    @property
    def page(self) -> str:
        """The path of its page within the site."""
        return f"story/{self.id}.html"

    def codes(self, facet: str) -> list[str]:
        return [tag.code for tag in self.tags if tag.facet == facet]
