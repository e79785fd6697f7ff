"""``feeds.opml``: every feed in one file that readers can import or subscribe to (OPML 2.0)."""

from __future__ import annotations

from lxml import etree

from feeds.groups import grouped, name
from feeds.render import Site
from feeds.rows import Feed
from feeds.words import line


def opml(feeds: tuple[Feed, ...], site: Site) -> bytes:
    """All feeds in one level of groups, which is as deep as readers understand. Holds no time, so that it
    only changes when a feed is added or renamed."""
    root = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(root, "head"), "title").text = f"{site.name} feeds"
    body = etree.SubElement(root, "body")
    for title, members in grouped(feeds):
        group = etree.SubElement(body, "outline", text=title)
        for feed in members:
            etree.SubElement(
                group, "outline", type="rss", text=name(feed), title=line(feed.title),
                description=line(feed.description), xmlUrl=site.address(f"feeds/{feed.path}.rss"),
                htmlUrl=site.page(feed), language="en", version="RSS2",
            )  # fmt: skip
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
