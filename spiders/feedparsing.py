"""Reads a feed's bytes: RSS 0.9x to 2.0, RSS 1.0 (RDF), Atom and JSON Feed, as broken as they come.

feedparser does XML; it expands no entities and fetches nothing. What is added here is what it leaves open:
encodings that contradict their declaration, bare ampersands, which of several links and dates is meant.
"""

from __future__ import annotations

import codecs
import html
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import urljoin, urlsplit
from xml.sax import SAXParseException

import feedparser

from spiders.base import Drift
from spiders.guard import PageError
from spiders.moments import Moment, stated

#: feedparser needs about 1 second for 1 MB; real feeds of full texts stay below 1 MB.
MAX_BYTES = 5_000_000

#: Limits against feeds made to keep a reader busy: feedparser's time grows with the square of the depth.
MAX_ENTRIES, MAX_DEPTH, MAX_UNCLOSED = 20_000, 1_000, 20_000

#: A feed that is not well-formed is read twice; this bounds what that costs.
MAX_MENDED = 1_000_000

_HTML_TYPES = ("text/html", "application/xhtml+xml", "", None)
_LATIN = frozenset(("iso8859-1", "ascii", "cp1252"))
_BARE_AMPERSAND = re.compile(rb"&(?!#\d+;|#[xX][0-9a-fA-F]+;|[A-Za-z][A-Za-z0-9]*;)")
_TAG = re.compile(rb"<(?:(?P<end>/)|(?P<entry>item|entry)\b|[A-Za-z])|(?P<empty>/>)")
_CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One entry as the feed states it. ``title`` and texts may hold markup; ``title_is_text`` says that it cannot.

    ``link`` is an absolute http(s) address or empty. ``published`` and ``updated`` are what the feed calls so:
    an Atom feed that only has ``updated`` leaves ``published`` unknown. ``origin`` and ``origin_url`` name the
    feed that an aggregator took the entry from (``<source>``). ``language`` is a two-letter code or empty.
    """

    guid: str
    link: str
    title: str
    title_is_text: bool
    summary: str
    content: str
    published: Moment | None
    updated: Moment | None
    categories: list[str]
    authors: list[str]
    language: str
    origin: str = ""
    origin_url: str = ""


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """A feed's ``link`` (its site, or empty) and its entries in their order."""

    link: str
    entries: list[FeedEntry] = field(default_factory=list)


def parse_feed(body: bytes, url: str, content_type: str = "") -> ParsedFeed:
    """Read a feed that was received from ``url`` with the HTTP ``content_type``.

    Raises :class:`~spiders.base.Drift` for anything that is no feed and :class:`~spiders.guard.PageError` for
    one that is too large to be read safely.
    """
    if len(body) > MAX_BYTES:
        raise PageError(
            f"the feed has {len(body) / 1e6:.1f} MB, more than the {MAX_BYTES / 1e6:.0f} MB that are read; "
            "ask its address for fewer entries"
        )
    start = body.lstrip(codecs.BOM_UTF8 + b" \t\r\n")[:2000]
    if not start:
        raise Drift("the answer is empty instead of a feed; see whether the feed has moved")
    if start[:1] in (b"{", b"["):
        return _json_feed(body, url)
    return _xml_feed(body, url, content_type, start)


def looks_like_page(body: bytes) -> bool:
    """Whether bytes begin like an HTML document rather than a feed."""
    start = body.lstrip(codecs.BOM_UTF8 + b" \t\r\n")[:2000].lower()
    return re.match(rb"(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html)\b", start, re.DOTALL) is not None


# -- XML --------------------------------------------------------------------------------------------------


def _xml_feed(body: bytes, url: str, content_type: str, start: bytes) -> ParsedFeed:
    _check_shape(body)
    body, charset = _encoding(body, content_type)
    parsed = _feedparser(body, url, charset)
    if isinstance(parsed.get("bozo_exception"), SAXParseException) and len(body) <= MAX_MENDED:
        mended = _feedparser(_mended(body), url, charset)
        if len(mended.entries) >= len(parsed.entries):
            parsed = mended
    version = parsed.get("version") or ""
    if not version and not parsed.entries:
        what = "an HTML page" if looks_like_page(start) or b"<html" in start.lower() else "something else"
        raise Drift(f"{what} came instead of a feed; open the address, find the feed's new one and change the register")
    language = _language(parsed.feed.get("language"))
    entries = [_xml_entry(entry, url, version, language) for entry in parsed.entries]
    return ParsedFeed(_web_address(parsed.feed.get("link"), url), entries)


def _feedparser(body: bytes, url: str, charset: str) -> Any:
    kind = "application/xml" + (f"; charset={charset}" if charset else "")
    return feedparser.parse(body, response_headers={"content-type": kind, "content-location": url})


def _mended(body: bytes) -> bytes:
    """A feed that is not well-formed, without what most often makes it so."""
    pieces = _split_cdata(_CONTROLS.sub(b"", body[max(body.find(b"<"), 0) :]))
    return b"".join(piece if cdata else _BARE_AMPERSAND.sub(b"&amp;", piece) for cdata, piece in pieces)


def _split_cdata(body: bytes) -> Iterator[tuple[bool, bytes]]:
    """The body in pieces, each with whether it is a CDATA section."""
    at = 0
    while (start := body.find(b"<![CDATA[", at)) >= 0 and (end := body.find(b"]]>", start)) >= 0:
        yield False, body[at:start]
        yield True, body[start : end + 3]
        at = end + 3
    yield False, body[at:]


def _check_shape(body: bytes) -> None:
    """Raise :class:`PageError` for more entries or deeper elements than any real feed has."""
    entries = depth = unclosed = 0
    for cdata, piece in _split_cdata(body):
        for tag in () if cdata else _TAG.finditer(piece):
            step = -1 if tag["end"] or tag["empty"] else 1
            unclosed += step
            if tag["entry"]:
                entries, depth = entries + 1, 1  # tags that one entry leaves open are not held against the next
            else:
                depth += step
            if entries > MAX_ENTRIES or depth > MAX_DEPTH or unclosed > MAX_UNCLOSED:
                what = f"{MAX_ENTRIES} entries" if entries > MAX_ENTRIES else f"{MAX_DEPTH} elements inside each other"
                raise PageError(f"the feed has more than {what}, which no honest feed has; look at its address")


def _encoding(body: bytes, content_type: str) -> tuple[bytes, str]:
    """The body and its encoding: the one that fits the bytes rather than the one that is declared."""
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\x00" in body[:64]:
        return body, ""  # feedparser knows these by their first bytes
    declared = _codec(re.search(rb"<\?xml[^>]*?encoding\s*=\s*[\"']([\w.:-]+)", body[:500]))
    if declared.startswith(("iso2022", "hz", "utf-7")):
        return body, declared
    text = body.decode("utf-8", errors="replace")
    wrong = text.count("\ufffd") - body.count(b"\xef\xbf\xbd")
    if not wrong:
        return body, "utf-8"
    if sum(character > "\x7f" for character in text) > 4 * wrong:
        return text.encode(), "utf-8"  # UTF-8 with a few damaged characters
    served = _codec(re.search(rb"charset\s*=\s*[\"']?([\w.:-]+)", content_type.encode()))
    named = next((name for name in (declared, served) if name not in ("", "utf-8")), "cp1252")
    return body, "windows-1252" if named in _LATIN else named


def _codec(match: re.Match[bytes] | None) -> str:
    try:
        return codecs.lookup(match[1].decode("ascii", "replace")).name if match else ""
    except LookupError:
        return ""


def _xml_entry(entry: Any, url: str, version: str, language: str) -> FeedEntry:
    # feedparser answers ``updated`` with ``published`` where it is missing: ask the plain dictionary
    published, updated = stated(dict.get(entry, "published")), stated(dict.get(entry, "updated"))
    published, updated = published or _odd_date(entry, "published"), updated or _odd_date(entry, "updated")
    if version.startswith("rss") and published is None:
        published, updated = updated, None  # RSS has dc:date only, which is when it was published
    content = _content(entry, version)
    summary = entry.get("summary") or ""
    origin = entry.get("source") or {}
    detail = entry.get("title_detail") or {}
    return FeedEntry(
        guid=(entry.get("id") or "").strip(),
        link=_entry_link(entry, url),
        title=entry.get("title") or "",
        title_is_text=version.startswith("atom") and detail.get("type") == "text/plain",
        summary="" if summary == content else summary,
        content=content,
        published=published,
        updated=updated,
        categories=_unique(tag.get("label") or tag.get("term") for tag in entry.get("tags") or ()),
        authors=_unique(author.get("name") for author in entry.get("authors") or ()),
        language=_language(detail.get("language")) or language,
        origin=(origin.get("title") or "").strip(),
        origin_url=_web_address(origin.get("href") or origin.get("link"), url),
    )


def _content(entry: Any, version: str) -> str:
    """The full text. In RSS, feedparser also gives captions of pictures as plain-text content."""
    allowed = ("text/html", "application/xhtml+xml") if version.startswith("rss") else None
    texts = [c.get("value") or "" for c in entry.get("content") or () if allowed is None or c.get("type") in allowed]
    return max(texts, key=len, default="")


def _entry_link(entry: Any, url: str) -> str:
    """The entry's page: an alternate link of a page's type first, then any other that is not the feed itself."""
    links = entry.get("links") or ()
    alternates = [link for link in links if link.get("rel", "alternate") == "alternate"]
    candidates = [
        entry.get("feedburner_origlink"),
        *(link.get("href") for link in alternates if link.get("type") in _HTML_TYPES),
        entry.get("link"),
        *(link.get("href") for link in alternates),
        entry.get("id") if str(entry.get("id")).startswith(("http://", "https://")) else "",
        *(link.get("href") for link in links if link.get("rel") in ("related", "via", "enclosure")),
    ]
    return next((address for address in (_web_address(c, url) for c in candidates) if address), "")


def _odd_date(entry: Any, name: str) -> Moment | None:
    """The day of a date in a notation that only feedparser knows (Korean, Greek, Hungarian and others)."""
    parsed = dict.get(entry, f"{name}_parsed")
    text = dict.get(entry, name) or ""
    if not parsed or not re.search(r"[^\x00-\x7f]", text):
        return None
    return Moment(date(*parsed[:3]), "day")


# -- JSON Feed --------------------------------------------------------------------------------------------


def _json_feed(body: bytes, url: str) -> ParsedFeed:
    """JSON Feed 1.0 and 1.1 (https://www.jsonfeed.org/version/1.1/)."""
    try:
        content: Any = json.loads(body.decode("utf-8-sig", errors="replace"), strict=False)
    except (ValueError, RecursionError) as error:
        raise Drift(f"the JSON of the feed cannot be read ({error}); it may have been cut off") from error
    items = content.get("items") if isinstance(content, dict) else None
    if not isinstance(items, list):
        raise Drift("JSON without a list 'items' came instead of a feed; look at the address and change the register")
    language = _language(content.get("language"))
    entries = [_json_entry(item, url, language) for item in items if isinstance(item, dict)]
    return ParsedFeed(_web_address(content.get("home_page_url"), url), entries)


def _json_entry(item: Mapping[str, Any], url: str, language: str) -> FeedEntry:
    def text(key: str) -> str:
        value = item.get(key)
        return str(value).strip() if isinstance(value, str | int | float) else ""

    authors = item.get("authors")
    authors = authors if isinstance(authors, list) else [item.get("author")]
    tags = item.get("tags")
    plain = text("content_text").replace("&", "&amp;").replace("<", "&lt;")
    addresses = (
        _web_address(text(key), url) for key in ("url", "external_url", "id") if key != "id" or ":" in text(key)
    )
    return FeedEntry(
        guid=text("id"),
        link=next((address for address in addresses if address), ""),
        title=text("title"),
        title_is_text=True,
        summary=text("summary").replace("&", "&amp;").replace("<", "&lt;"),
        content=text("content_html") or plain,
        published=stated(text("date_published")),
        updated=stated(text("date_modified")),
        categories=_unique(tags if isinstance(tags, list) else ()),
        authors=_unique(author.get("name") for author in authors if isinstance(author, dict)),
        language=_language(item.get("language")) or language,
    )


# -- both -------------------------------------------------------------------------------------------------


def _web_address(link: Any, base: str) -> str:
    """An absolute http(s) address, or '' for every other scheme and for nonsense."""
    if not isinstance(link, str) or not link.strip():
        return ""
    try:
        address = urljoin(base, re.sub(r"\s+", "%20", link.strip()))
        parts = urlsplit(address)
        return address if parts.scheme in ("http", "https") and parts.hostname else ""
    except ValueError:
        return ""


def _unique(values: Any) -> list[str]:
    texts: Iterator[str] = (" ".join(html.unescape(value).split()) for value in values if isinstance(value, str))
    return list(dict.fromkeys(text for text in texts if text))[:50]


def _language(code: Any) -> str:
    match = re.match(r"([A-Za-z]{2})(?:[-_]|$)", code.strip()) if isinstance(code, str) else None
    return match[1].lower() if match else ""
