"""What a feed is made of, whatever it tells of: entries that are ready to be written down in any format."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from feeds.story import TagRow

#: When an empty feed was updated: a constant, as there is no row to take a time from. It is the year in
#: which GUIDs are minted, because the W3C validator calls anything before 1990 implausible.
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)

#: The formats of a feed: the ending of its file and its media type.
FORMATS = {"rss": "application/rss+xml", "atom": "application/atom+xml", "json": "application/feed+json"}


@dataclass(frozen=True, slots=True)
class Site:
    """Where the feeds are published. ``url`` is absolute and without a slash at the end; ``authority`` is
    the domain name in every GUID (RFC 4151) and must never change once somebody has subscribed.
    ``hub`` is the WebSub hub's address, '' for none; ``search`` the address of the archive's search page, '' for none.
    ``notice`` is what every page, feed and event has to say of the whole site, such as that it is a demo; '' normally.
    """

    url: str
    authority: str
    name: str = "Visawire"
    ttl_minutes: int = 60
    hub: str = ""
    search: str = ""
    notice: str = ""

    @property
    def mark(self) -> str:
        """What titles begin with when there is a notice: the words before its colon in capitals, else NOTICE."""
        word, colon, _ = self.notice.partition(":")
        return (word.strip().upper() if colon and len(word) <= 20 else "NOTICE") if self.notice else ""

    def titled(self, title: str) -> str:
        """The title of a feed or a calendar, marked when there is a notice."""
        return f"{self.mark} {title}" if self.notice else title

    def described(self, description: str) -> str:
        """A description, behind the notice when there is one."""
        return f"{self.notice} {description}".strip() if self.notice else description

    def tag(self, specific: str) -> str:
        """A permanent ``tag:`` URI. Its year is when the naming scheme was made, not the current one."""
        return f"tag:{self.authority},2026:{specific}"

    def address(self, path: str = "") -> str:
        """The absolute address of a path within the site."""
        return f"{self.url}/{path}"


@dataclass(frozen=True, slots=True)
class Link:
    """An address with the name of whoever is behind it."""

    url: str
    name: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a feed. All texts are plain, save ``content``, which is sanitised HTML.

    ``key`` makes the GUID, :meth:`Site.tag` of it: ``story/<id>``, ``update/<id>``, ``digest/weekly/2026-W34``,
    ``deadline/<story>/<kind>/<date>/7``, ``outage/<source>/<check>``. ``url`` is the absolute address of the page that
    belongs to it, ``via`` the official document ('' for none). ``gist`` is one line, never empty. ``date`` and
    ``updated`` are aware UTC and distinct within a feed. ``author`` is who says it. ``language`` is that of title and
    gist. ``source`` is the stream that the words come from, ``related`` other reports. ``valid`` is the effective
    window as ISO days, either '' if open. ``facts`` become the ``_visawire`` object of JSON Feed.
    """

    key: str
    title: str
    url: str
    gist: str
    content: str
    date: datetime
    updated: datetime
    author: str
    via: str = ""
    language: str = "en"
    rights: str = ""
    source: Link | None = None
    related: tuple[Link, ...] = ()
    tags: tuple[TagRow, ...] = ()
    valid: tuple[str, str] = ("", "")
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed to be written: ``entries`` newest first, all of them fitting.

    ``path`` is the permanent path (``programme/us-h-1b``, or ``programme/us-h-1b.updates``); its files are
    ``feeds/<path>.rss`` and so on, its page is ``page`` within the site (an HTML twin). ``tag`` is set for a feed of
    one tag. ``previous`` is the path of the archive document (RFC 5005) before it, '' for none; ``archive_of`` is set
    for an archive document itself: the path of the feed that it belongs to, and ``closed`` if it will never change
    again. ``calendar`` is the path of its calendar.
    """

    path: str
    title: str
    description: str
    entries: tuple[Entry, ...] = ()
    page: str = ""
    tag: TagRow | None = None
    previous: str = ""
    archive_of: str = ""
    calendar: str = ""
    closed: bool = False
