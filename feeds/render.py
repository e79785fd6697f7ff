"""Feeds as bytes: RSS 2.0 and Atom 1.0 through feedgen. Pure: equal rows give equal bytes.

feedgen is used through its own extension interface where it falls short. It takes the channel's link from
the last ``link()``, puts new entries first unless told otherwise, stamps what it is not told with the
current time, and leaves out item updates in RSS: each is dealt with below.
"""

from __future__ import annotations

import re
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from html import escape
from typing import Any

from feedgen.entry import FeedEntry
from feedgen.ext.dc import DcEntryExtension, DcExtension
from feedgen.feed import FeedGenerator
from lxml import etree

from feeds.catalog import Limits
from feeds.facts import content, description, publisher_name
from feeds.rows import Entry, Feed
from feeds.words import line, web_url

#: When an empty feed was updated: a constant, as there is no row to take a time from. It is the year in
#: which GUIDs are minted, because the W3C validator calls anything before 1990 implausible.
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)

_ATOM = "http://www.w3.org/2005/Atom"
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
#: What a reader could take for markup in an RSS title, where the specification leaves open which it is, and
#: what stands for it: look-alikes read the same to everybody, where an escape would show in half the readers.
_MARKUP = re.compile(r"<[A-Za-z/!?]|&#?\w+;")
_LOOKALIKES = str.maketrans("<>&", "‹›＆")
#: Bytes kept free for what stands around the entries of a feed.
_FRAME_BYTES = 8_000


@dataclass(frozen=True, slots=True)
class Site:
    """Where the feeds are published. ``url`` is absolute and without a slash at the end; ``authority`` is
    the domain name in every GUID (RFC 4151) and must never change once somebody has subscribed."""

    url: str
    authority: str
    name: str
    ttl_minutes: int = 60

    def tag(self, specific: str) -> str:
        """A permanent ``tag:`` URI. Its year is when the naming scheme was made, not the current one."""
        return f"tag:{self.authority},2026:{specific}"

    def address(self, path: str) -> str:
        return f"{self.url}/{path}"

    def page(self, feed: Feed) -> str:
        """The HTML page that belongs to a feed."""
        return self.address(f"#{anchor(feed.path)}" if feed.tag else "")


def anchor(path: str) -> str:
    """The id of a feed's line on the index page."""
    return path.replace("/", "-")


class _Missing:
    """feedgen entry extension: what it cannot say itself. See ``BaseEntryExtension`` for the interface."""

    entry: Entry
    site: Site

    def extend_ns(self) -> dict[str, str]:
        return {}

    def extend_atom(self, element: Any) -> Any:
        if _LANGUAGE.fullmatch(self.entry.language):
            element.set(_XML_LANG, self.entry.language)
        return element

    def extend_rss(self, element: Any) -> Any:
        title = element.find("title")
        if _MARKUP.search(title.text):
            title.text = title.text.translate(_LOOKALIKES)
        # The full path, not the label: it never changes, and readers fingerprint an entry with it.
        for category, tag in zip(element.findall("category"), self.entry.tags, strict=True):
            category.text = tag.path
        address = web_url(self.entry.source_url)
        if address and "{" not in self.entry.source_url:  # an address with a date to fill in leads nowhere
            etree.SubElement(element, "source", url=address).text = line(self.entry.source_name)
        updated = etree.SubElement(element, f"{{{_ATOM}}}updated", nsmap={"atom": _ATOM})
        updated.text = self.entry.updated.isoformat()
        return element


class _Built:
    """An entry built once for all feeds that carry it, with the interface that ``FeedGenerator`` asks for."""

    def __init__(self, atom: Any, rss: Any) -> None:
        self._atom, self._rss = atom, rss
        self.bytes = max(len(etree.tostring(element, encoding="UTF-8")) for element in (atom, rss))

    def register_extension(self, *_: Any) -> None:
        """The extensions have done their work when the entry was built."""

    def atom_entry(self) -> Any:
        return deepcopy(self._atom)

    def rss_entry(self) -> Any:
        return deepcopy(self._rss)


class Renderer:
    """Renders the feeds of one site; remembers built entries, as one entry stands in many feeds."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self._built: dict[tuple[str, datetime, datetime, Limits], _Built] = {}

    def fit(self, feed: Feed) -> Feed:
        """The feed without the oldest entries that would make a file larger than ``limits.max_bytes``."""
        room = feed.limits.max_bytes - _FRAME_BYTES
        for place, entry in enumerate(feed.entries):
            room -= self._entry(entry, feed.limits).bytes
            if room < 0:
                return replace(feed, entries=feed.entries[:place])
        return feed

    def rss(self, feed: Feed) -> bytes:
        """RSS 2.0, UTF-8."""
        return bytes(self._feed(feed, "rss").rss_str()) + b"\n"

    def atom(self, feed: Feed) -> bytes:
        """Atom 1.0 (RFC 4287), UTF-8."""
        return bytes(self._feed(feed, "atom").atom_str()) + b"\n"

    def _feed(self, feed: Feed, form: str) -> Any:
        generator = FeedGenerator()
        generator.register_extension("dc", DcExtension, DcEntryExtension, atom=False)
        generator.id(self.site.tag(f"feed/{feed.path}"))
        generator.title(line(feed.title))
        generator.description(line(feed.description))
        generator.author(name=self.site.name)
        generator.language("en")
        generator.generator(self.site.name)
        generator.ttl(self.site.ttl_minutes)
        generator.updated(max((entry.updated for entry in feed.entries), default=EPOCH))
        own = self.site.address(f"feeds/{feed.path}.{form}")
        generator.link(href=own, rel="self", type=f"application/{form}+xml")
        # Last, because the RSS channel's link is whatever was added last.
        generator.link(href=self.site.page(feed), rel="alternate", type="text/html")
        for entry in feed.entries:
            generator.add_entry(self._entry(entry, feed.limits), order="append")
        return generator

    def _entry(self, entry: Entry, limits: Limits) -> _Built:
        key = (entry.guid, entry.date, entry.updated, limits)
        if key not in self._built:
            self._built[key] = self._build(entry, limits)
        return self._built[key]

    def _build(self, entry: Entry, limits: Limits) -> _Built:
        gist = description(entry, limits)
        publisher = publisher_name(entry)
        item = FeedEntry()
        item.id(self.site.tag(f"story/{entry.guid}"))
        item.title(line(entry.title) or gist)
        item.published(entry.date)
        item.updated(entry.updated)
        item.author(name=publisher)
        item.summary(escape(gist, quote=False), type="html")
        item.content(content(entry, limits), type="html")
        for tag in entry.tags:
            item.category(term=tag.path, scheme=self.site.tag(f"tags/{tag.facet}"), label=line(tag.label))
        for report in entry.reports:
            if address := web_url(report.url):
                item.link(href=address, rel="related", title=line(report.publisher))
        if address := web_url(entry.url):
            item.link(href=address, rel="alternate")
        if entry.republish == "full" and entry.licence:
            item.rights(line(entry.licence))
        item.register_extension("dc", DcEntryExtension, atom=False)
        item.dc.dc_creator(publisher)
        if _LANGUAGE.fullmatch(entry.language):
            item.dc.dc_language(entry.language)
        item.register_extension("missing", _Missing)
        item.missing.entry, item.missing.site = entry, self.site
        return _Built(item.atom_entry(), item.rss_entry())
