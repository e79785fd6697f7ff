"""Feeds in the groups in which people look for them: general, countries, and programmes by country."""

from __future__ import annotations

from feeds.rows import Feed
from feeds.words import line


def grouped(feeds: tuple[Feed, ...]) -> list[tuple[str, list[Feed]]]:
    """Group titles with their feeds, in order of reading; empty groups are left out.

    A programme's country is the part of its code before the first hyphen (``us-h-1b``).
    """
    countries = {
        feed.tag.code.lower(): line(feed.tag.label) for feed in feeds if _facet(feed) == "country" and feed.tag
    }
    groups: dict[tuple[int, str], list[Feed]] = {}
    for feed in feeds:
        facet = _facet(feed)
        if feed.tag is None:
            key = (0, "Everything")
        elif facet == "country":
            key = (1, "Countries")
        elif facet == "programme":
            code = feed.tag.code.split("-")[0].lower()
            key = (2, f"Programmes: {countries.get(code, code.upper())}")
        else:
            key = (3, facet.capitalize())
        groups.setdefault(key, []).append(feed)
    result = []
    for (place, title), members in sorted(groups.items(), key=lambda group: group[0]):
        if place:
            members.sort(key=lambda feed: (name(feed).casefold(), feed.path))
        result.append((title, members))
    return result


def name(feed: Feed) -> str:
    """What a feed is called in a list of feeds."""
    return line(feed.tag.label if feed.tag else feed.title)


def _facet(feed: Feed) -> str:
    return feed.tag.facet if feed.tag else ""
