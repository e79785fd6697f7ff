"""Feeds as bytes: RSS 2.0, Atom 1.0 and JSON Feed 1.1. Pure: equal rows give equal bytes.

An entry stands in many feeds. It is serialised once, kept as long as there is room, and spliced between the
beginning and the end of every feed that carries it.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from feeds.entry import Entry, Feed, Site
from feeds.fragments import json_fragment, xml_fragments
from feeds.frames import json_frame, xml_frame

#: More than what stands around the entries of a feed ever takes (measured: 4 kB with the longest titles).
FRAME_BYTES = 8_000


@dataclass(frozen=True, slots=True)
class Fragments:
    """An entry in each of the formats, as UTF-8."""

    rss: bytes
    atom: bytes
    json: bytes

    @property
    def largest(self) -> int:
        """Bytes of the longest of them, with what separates it from the next."""
        return max(len(self.rss), len(self.atom), len(self.json)) + 2


class Renderer:
    """Renders the feeds of one site; remembers up to ``cache_bytes`` of serialised entries, those last used.

    ``style`` is the path of the stylesheet within the site, ``about`` that of the page that explains the
    ``_visawire`` object of JSON items.
    """

    def __init__(
        self,
        site: Site,
        *,
        style: str = "style.css",
        about: str = "latest.schema.json",
        cache_bytes: int = 64_000_000,
    ) -> None:
        self.site = site
        self._style = style
        self._about = site.address(about)
        self._room = cache_bytes
        self._kept: OrderedDict[str, tuple[Entry, Fragments]] = OrderedDict()

    def rss(self, feed: Feed) -> bytes:
        """RSS 2.0, UTF-8."""
        return _joined(xml_frame(feed, self.site, "rss", self._style), [self.fragments(e).rss for e in feed.entries])

    def atom(self, feed: Feed) -> bytes:
        """Atom 1.0 (RFC 4287), UTF-8."""
        return _joined(xml_frame(feed, self.site, "atom", self._style), [self.fragments(e).atom for e in feed.entries])

    def json(self, feed: Feed) -> bytes:
        """JSON Feed 1.1, UTF-8."""
        return _joined(json_frame(feed, self.site), [self.fragments(e).json for e in feed.entries], b",\n")

    def sizes(self, entry: Entry) -> int:
        """Bytes that an entry takes in the format in which it is longest; a feed takes :data:`FRAME_BYTES` more."""
        return self.fragments(entry).largest

    def fragments(self, entry: Entry) -> Fragments:
        """An entry in all formats, built at most once while there is room to remember it."""
        kept = self._kept.get(entry.key)
        if kept and (kept[0] is entry or kept[0] == entry):
            self._kept.move_to_end(entry.key)
            return kept[1]
        if kept:
            self._forget(entry.key)
        built = Fragments(*xml_fragments(entry, self.site), json_fragment(entry, self.site, self._about))
        self._kept[entry.key] = (entry, built)
        self._room -= _weight(built)
        while self._room < 0 and self._kept:
            self._forget(next(iter(self._kept)))
        return built

    def _forget(self, key: str) -> None:
        self._room += _weight(self._kept.pop(key)[1])


def _weight(built: Fragments) -> int:
    return len(built.rss) + len(built.atom) + len(built.json)


def _joined(frame: tuple[bytes, bytes], parts: list[bytes], separator: bytes = b"\n") -> bytes:
    opening, closing = frame
    return b"".join((opening, separator.join(parts), b"\n" if parts else b"", closing))
