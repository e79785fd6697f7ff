"""``feeds.opml``: every feed in one file that readers can import or subscribe to (OPML 2.0)."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from lxml import etree

from feeds.entry import Feed, Site
from feeds.fragments import LANGUAGE
from feeds.frames import feed_url
from feeds.words import line

#: Groups of feeds of one tag, in order of reading; those of programmes are one for each country.
_FACETS = {
    "country": "Countries",
    "programme": "Programmes",
    "topic": "Topics",
    "stage": "Stages",
    "action": "Actions",
    "audience": "Audiences",
}
_REGULAR = {"daily", "weekly", "deadlines", "digest"}
_UPDATES = ".updates"


def outline(feeds: Iterable[Feed], site: Site, own: Collection[str] = ()) -> bytes:
    """All feeds in one level of groups, which is as deep as readers understand. ``own`` are the paths of the
    user's feeds. Holds no time, so that it only changes when a feed is added or renamed."""
    root = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(root, "head"), "title").text = site.titled(f"{site.name} feeds")
    body = etree.SubElement(root, "body")
    for title, members in grouped(feeds, own):
        group = etree.SubElement(body, "outline", text=title)
        for feed in members:
            named = name(feed)
            etree.SubElement(
                group, "outline", type="rss", text=named, title=line(site.titled(feed.title)),
                description=line(feed.description), xmlUrl=feed_url(site, feed.path, "rss"),
                htmlUrl=site.address(feed.page), language=LANGUAGE, version="RSS2",
            )  # fmt: skip
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def grouped(feeds: Iterable[Feed], own: Collection[str] = ()) -> list[tuple[str, list[Feed]]]:
    """Titles of groups with their feeds, in order of reading; empty groups are left out.

    General feeds keep the order given, those of tags are sorted by name. A programme's country is the part of its
    code before the first hyphen (``us-h-1b``). Feeds of updates come last, as they tell the same once more.
    """
    known = list(feeds)
    countries = {
        feed.tag.code.lower(): line(feed.tag.label) for feed in known if feed.tag and feed.tag.facet == "country"
    }
    groups: dict[tuple[int, str], list[Feed]] = {}
    for feed in known:
        groups.setdefault(_group(feed, own, countries), []).append(feed)
    result = []
    for (_, title), members in sorted(groups.items(), key=lambda group: group[0]):
        # Stable: feeds without a tag stay in front, in the order given.
        members.sort(key=lambda feed: (name(feed).casefold(), feed.path) if feed.tag else ("", ""))
        result.append((title, members))
    return result


def _group(feed: Feed, own: Collection[str], countries: dict[str, str]) -> tuple[int, str]:
    if feed.path.endswith(_UPDATES):
        return 90, "Updates: every change as an entry of its own"
    if feed.path in own:
        return 1, "Your own feeds"
    if feed.tag is None:
        first = feed.path.split("/")[0]
        if first == "status":
            return 80, "State of the sources"
        return (2, "Digests and deadlines") if first in _REGULAR else (0, "Everything")
    place = 10 + (list(_FACETS).index(feed.tag.facet) if feed.tag.facet in _FACETS else len(_FACETS))
    title = _FACETS.get(feed.tag.facet, line(feed.tag.facet.capitalize()))
    if feed.tag.facet == "programme":
        code = feed.tag.code.split("-")[0].lower()
        title = f"{title}: {countries.get(code, line(code.upper()))}"
    return place, title


def name(feed: Feed) -> str:
    """What a feed is called in a list of feeds: its tag, or its title."""
    if feed.tag is None:
        return line(feed.title)
    label = line(feed.tag.label) or line(feed.tag.path)
    return f"{label}: updates" if feed.path.endswith(_UPDATES) else label
