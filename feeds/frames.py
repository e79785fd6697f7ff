"""What stands around the entries of a feed, in each format, as bytes before and after them."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from feedgen.feed import FeedGenerator
from lxml import etree

from feeds.entry import EPOCH, FORMATS, Feed, Site
from feeds.fragments import LANGUAGE, PREFIXES, plain
from feeds.words import line

_SY = PREFIXES["rss"]["sy"]
_FH = PREFIXES["atom"]["fh"]
_ATOM_LINK = f"{{{PREFIXES['rss']['atom']}}}link"


class _RssFrame:
    """feedgen feed extension: the links and the rhythm that it leaves out of RSS."""

    links: list[dict[str, str]]
    ttl: int
    archive: bool

    def extend_ns(self) -> dict[str, str]:
        return PREFIXES["rss"]

    def extend_rss(self, root: Any) -> Any:
        channel = root[0]
        for link in self.links:
            if link["rel"] not in ("self", "alternate"):
                etree.SubElement(channel, _ATOM_LINK, link)
        if self.archive:
            etree.SubElement(channel, f"{{{_FH}}}archive")
        if self.ttl:
            period, frequency = rhythm(self.ttl)
            etree.SubElement(channel, f"{{{_SY}}}updatePeriod").text = period
            etree.SubElement(channel, f"{{{_SY}}}updateFrequency").text = str(frequency)
        return root


class _AtomFrame:
    """feedgen feed extension: the mark of an archive document (RFC 5005)."""

    archive: bool

    def extend_ns(self) -> dict[str, str]:
        return PREFIXES["atom"]

    def extend_atom(self, root: Any) -> Any:
        if self.archive:
            etree.SubElement(root, f"{{{_FH}}}archive")
        return root


def rhythm(minutes: int) -> tuple[str, int]:
    """``sy:updatePeriod`` and ``sy:updateFrequency`` for a feed that is asked for every so many minutes."""
    for period, length in (("hourly", 60), ("daily", 1440)):
        if minutes <= length:
            return period, length // max(minutes, 1)
    return "weekly", max(10_080 // minutes, 1)


def feed_url(site: Site, path: str, form: str) -> str:
    """The absolute address of a feed's file."""
    return site.address(f"feeds/{path}.{form}")


def updated(feed: Feed) -> datetime:
    """When the newest change of a feed's entries was, :data:`EPOCH` if it has none."""
    return max((entry.updated for entry in feed.entries), default=EPOCH)


def xml_frame(feed: Feed, site: Site, form: str, style: str) -> tuple[bytes, bytes]:
    """The beginning and the end of an RSS or Atom document. ``style`` is the stylesheet's path within the site."""
    generator = FeedGenerator()
    # An archive document belongs to the same feed as the live one (RFC 5005 section 4).
    generator.id(site.tag(f"feed/{feed.archive_of or feed.path}"))
    generator.title(plain(line(site.titled(feed.title))))
    generator.description(plain(line(site.described(feed.description)) or line(feed.title)))
    generator.author(name=site.name, uri=site.address())
    generator.language(LANGUAGE)
    generator.generator(site.name, uri=site.address())
    generator.updated(updated(feed))
    if feed.tag:
        category = {"term": line(feed.tag.path), "scheme": site.tag(f"tags/{line(feed.tag.facet)}")}
        generator.category(category if form == "rss" else category | {"label": plain(line(feed.tag.label))})
    # The oldest archive document has the link to the live feed alone: a mark would promise a chain (W3C validator).
    marked = bool(feed.archive_of and feed.previous)
    links = _links(feed, site, form)
    generator.link(links)
    if form == "rss":
        ttl = 0 if feed.archive_of else site.ttl_minutes  # nobody needs to ask for an archive document again
        if ttl:
            generator.ttl(ttl)
        generator.register_extension("frame", _RssFrame, atom=False)
        generator.frame.links, generator.frame.ttl, generator.frame.archive = links, ttl, marked
        whole, closing = bytes(generator.rss_str()), b"</channel></rss>"
    else:
        generator.register_extension("frame", _AtomFrame, rss=False)
        generator.frame.archive = marked
        whole, closing = bytes(generator.atom_str()), b"</feed>"
    declaration, root = whole.split(b"\n", 1)
    # Relative, so that it also works from a folder or a mirror; CSS, as browsers gave up XSLT.
    up = "../" * (feed.path.count("/") + 1)
    instruction = f'<?xml-stylesheet type="text/css" href="{up}{style}"?>'.encode()
    return b"\n".join((declaration, instruction, root.removesuffix(closing))) + b"\n", closing + b"\n"


def _links(feed: Feed, site: Site, form: str) -> list[dict[str, str]]:
    kind = FORMATS[form]
    links = [{"href": feed_url(site, feed.path, form), "rel": "self", "type": kind}]
    if feed.archive_of:
        links.append({"href": feed_url(site, feed.archive_of, form), "rel": "current", "type": kind})
    elif site.hub:
        links.append({"href": site.hub, "rel": "hub"})
    if feed.previous:
        links.append({"href": feed_url(site, feed.previous, form), "rel": "prev-archive", "type": kind})
    if feed.calendar:
        links.append({"href": site.address(feed.calendar), "rel": "related", "type": "text/calendar"})
    # Last, because feedgen makes whatever was added last the RSS channel's link.
    links.append({"href": site.address(feed.page), "rel": "alternate", "type": "text/html"})
    return links


def json_frame(feed: Feed, site: Site) -> tuple[bytes, bytes]:
    """The beginning and the end of a JSON Feed 1.1 document; ``next_url`` is the archive document before it, and one
    that will never change again is ``expired``."""
    head: dict[str, Any] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": line(site.titled(feed.title)),
        "home_page_url": site.address(feed.page),
        "feed_url": feed_url(site, feed.path, "json"),
        "description": line(site.described(feed.description)) or line(feed.title),
    }
    if feed.previous:
        head["next_url"] = feed_url(site, feed.previous, "json")
    head["authors"] = [{"name": site.name, "url": site.address()}]
    head["language"] = LANGUAGE
    if feed.closed:
        head["expired"] = True
    if site.hub and not feed.archive_of:
        head["hubs"] = [{"type": "WebSub", "url": site.hub}]
    text = json.dumps(head, ensure_ascii=False, indent=1)
    return (text.removesuffix("\n}") + ',\n "items": [\n').encode(), b" ]\n}\n"
