"""What travels through the house: sources, announcements and the facts found in them.

An :class:`Announcement` is made by a reader (``spiders``), enriched one stage at a time (``pipelines``),
and written by :mod:`archive.store`. All datetimes are timezone-aware; a ``date`` means that the source
stated a day and no time, and it stays that way through to the feeds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

Precision = Literal["second", "minute", "day", "month", "year"]

#: Stages of an event, in the order of a measure's life (facts: taxonomy section 2).
STAGES = (
    "reported", "under-review", "proposed", "consultation", "announced", "final", "in-force",
    "guidance", "operational", "court", "delayed", "withdrawn", "expired",
)  # fmt: skip

#: How much a publisher may say for others: primary is the rule-maker itself.
AUTHORITIES = ("primary", "secondary", "aggregator")


@dataclass(frozen=True, slots=True)
class Source:
    """One stream of one publisher, as the register states it (a row of table ``sources``).

    ``id`` is permanent: it is part of announcement ids and so of subscribers' GUIDs. ``country`` is the
    ISO 3166 code (upper case; ``EU`` for union law) of the policy-maker or, for press, of the newsroom.
    ``licence`` says what may be republished; ``republish`` is ``full`` or ``excerpt``.
    """

    id: str
    name: str
    publisher: str
    country: str
    kind: str
    authority: str
    language: str
    url: str
    licence: str
    republish: str
    cadence: str
    active: bool = True
    retired_reason: str = ""
    unverified: bool = False
    #: Sources that share a publisher's own numbering share announcements (``us-fr`` documents).
    identity: str = ""
    #: Text that is replaced by a final version from another source of the same identity.
    preliminary: bool = False


@dataclass(slots=True)
class Tag:
    """A code of a facet with the words that prove it.

    ``facet`` is country, programme, topic, action, stage or audience; ``code`` is never renamed
    (``us-h-1b``, ``ca``). ``words`` is the text as it stood in the announcement, ``rule`` the rule's name,
    ``confidence`` runs from 0 to 1.
    """

    facet: str
    code: str
    words: str
    rule: str
    confidence: float = 1.0
    label: str = ""
    parent: str = ""


@dataclass(slots=True)
class KeyDate:
    """A date on which something happens: see table ``key_dates`` for the kinds.

    ``date`` is ISO (``2026-03-01``, or ``2026-03`` at month precision); ``time`` is ``HH:MM`` and ``zone``
    an IANA or abbreviated zone, both only when the source states them.
    """

    kind: str
    date: str
    quote: str
    rule: str
    precision: Precision = "day"
    time: str = ""
    zone: str = ""
    applies_to: str = ""


@dataclass(slots=True)
class Figure:
    """A number (or cut-off date) that a rule states: cap, fee, threshold, score, draw size ...

    ``value`` is the normalised text (``65000``, ``2013-11-01``, ``C`` for current, ``U`` for unavailable),
    ``number`` its numeric value when it has one. ``series`` names the line it is a point of (stable slug,
    such as ``employment/eb-2/india/final-action``) and ``dimensions`` spells the series out.
    """

    programme: str
    parameter: str
    value: str
    quote: str
    rule: str
    number: float | None = None
    unit: str = ""
    currency: str = ""
    period: str = ""
    valid_from: str = ""
    previous: str = ""
    series: str = ""
    dimensions: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Identifier:
    """An official number. ``role`` is ``is`` for the document's own number, ``cites`` for a mention."""

    scheme: str
    value: str
    role: Literal["is", "cites"] = "is"


@dataclass(slots=True)
class Announcement:
    """One item of one source: a document, release, alert, draw, bulletin or page version.

    Set by readers: ``source_id`` to ``attributes``. ``external_id`` is the publisher's own id, if it has one
    that never changes. ``attributes`` keeps structured fields of the source (the Federal Register's
    ``action`` and ``dates``, for instance) that later stages read. ``listing_hash`` fingerprints what the
    listing said, so that an unchanged entry's article is not fetched again; it is empty when the article
    could not be read, which makes the next crawl try again.

    Set by pipelines: ``id``, ``canonical_url``, ``content_hash``, ``relevant`` and what follows it, and more
    ``tags``. ``seen`` is when the response was received (its recording time in a replay), UTC.
    """

    source_id: str
    url: str
    title: str
    external_id: str = ""
    summary: str = ""
    body: str = ""
    language: str = ""
    publisher: str = ""
    published: datetime | date | None = None
    published_precision: Precision | None = None
    updated: datetime | date | None = None
    stage: str = ""
    key_dates: list[KeyDate] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    identifiers: list[Identifier] = field(default_factory=list)
    tags: list[Tag] = field(default_factory=list)
    attributes: dict[str, Any] = field(default_factory=dict)
    listing_hash: str = ""
    seen: datetime | None = None

    id: str = ""
    canonical_url: str = ""
    content_hash: str = ""
    #: JSON of the facts that the reader stated, kept apart so that text rules can be run again.
    as_read: str = "{}"
    relevant: bool | None = None
    relevance: float | None = None
    relevance_reason: str = ""
    #: Other ways to write what the announcement is about, for the search index.
    alias: str = ""
    #: What recognises near copies of the text once the text is gone (:mod:`archive.sketch`); never shown.
    sketch: bytes = b""


@dataclass(slots=True)
class PageRead:
    """The last item of a page (or of a walk over pages): all its announcements were handed over.

    Only now may the validators be remembered; an interrupted page is simply read again.
    """

    source_id: str
    validators: list[Validator]


@dataclass(frozen=True, slots=True)
class Validator:
    """What one URL answered: its conditional-request validators (RFC 9110) and the hash of its body."""

    url: str
    etag: str
    last_modified: str
    body_hash: str
    status: int
    checked: datetime


@dataclass(slots=True)
class Check:
    """How one source fared in one run (a row of table ``checks``).

    ``state`` is one of ok, unchanged, error, blocked, empty, drifted, unreachable, robots, not-recorded.
    """

    source_id: str
    state: str
    started: datetime
    statuses: dict[str, int] = field(default_factory=dict)
    bytes: int = 0
    seen: int = 0
    new: int = 0
    changed: int = 0
    error: str = ""
    seconds: float = 0.0


#: States that count as a healthy look at a source.
HEALTHY = frozenset({"ok", "unchanged", "not-recorded"})

#: How often a source is looked at, by the name that the register gives it (``sources.cadence``).
CADENCES: Mapping[str, timedelta] = {
    "hourly": timedelta(hours=1),
    "6-hourly": timedelta(hours=6),
    "daily": timedelta(days=1),
    "weekly": timedelta(days=7),
}


def iso(moment: datetime | date | None, precision: Precision | None = None) -> str:
    """Write a moment as sortable ISO text, at its own precision and never finer.

    A ``date`` gives ``YYYY-MM-DD``; a ``datetime`` is moved to UTC and gives ``YYYY-MM-DDTHH:MM:SSZ``
    (``...HH:MMZ`` at minute precision). ``None`` gives the empty string. Raises ``ValueError`` for a naive
    datetime.
    """
    if moment is None:
        return ""
    if precision == "year":
        return f"{moment.year:04d}"
    if precision == "month":
        return f"{moment.year:04d}-{moment.month:02d}"
    if not isinstance(moment, datetime):
        return moment.isoformat()
    if moment.tzinfo is None:
        raise ValueError(f"naive datetime {moment!r}: the time zone is unknown")
    if precision == "day":
        return moment.date().isoformat()
    utc = moment.astimezone(UTC)
    return utc.strftime("%Y-%m-%dT%H:%MZ" if precision == "minute" else "%Y-%m-%dT%H:%M:%SZ")


def precision_of(moment: datetime | date | None) -> Precision | None:
    """The precision that a value's type states: ``day`` for a date, ``second`` for a datetime."""
    if moment is None:
        return None
    return "second" if isinstance(moment, datetime) else "day"
