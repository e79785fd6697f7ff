"""One entry as an RSS item, an Atom entry and a JSON Feed item: serialised once, spliced into every feed.

RSS and Atom come from feedgen, used through its own extension interface where it falls short: it stamps what
it is not told with the current time, leaves item updates out of RSS, and gives an Atom source neither id nor time.
"""

from __future__ import annotations

import json
import math
import re
from datetime import datetime
from html import escape
from typing import Any

from feedgen.entry import FeedEntry
from feedgen.ext.dc import DcEntryExtension
from lxml import etree

from feeds.entry import Entry, Site
from feeds.words import clean, line, web_url

ATOM = "http://www.w3.org/2005/Atom"
DC = "http://purl.org/dc/elements/1.1/"
DCTERMS = "http://purl.org/dc/terms/"
#: The prefixes of each format's root element. A fragment relies on them and declares none of its own.
PREFIXES = {
    "rss": {
        "atom": ATOM,
        "content": "http://purl.org/rss/1.0/modules/content/",
        "dc": DC,
        "dcterms": DCTERMS,
        "fh": "http://purl.org/syndication/history/1.0",
        "sy": "http://purl.org/rss/1.0/modules/syndication/",
    },
    "atom": {"dcterms": DCTERMS, "fh": "http://purl.org/syndication/history/1.0"},
}
#: The language of our own words: the feeds' titles, the fact blocks.
LANGUAGE = "en"

_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_DAY = re.compile(r"\d{4}(-\d\d(-\d\d)?)?")
#: What a reader could take for markup in a plain text, such as an RSS title, where the specification leaves open
#: which it is, and what stands for it: look-alikes read the same everywhere, where escapes show in half the readers.
_MARKUP = re.compile(r"<[A-Za-z/!?]|&#?\w+;")
_LOOKALIKES = str.maketrans("<>&", "‹›＆")
#: What may be a control character in JSON.
_ESCAPED = re.compile(r"\\[bfu]")


class _Extras:
    """feedgen entry extension: what it cannot say itself. See ``BaseEntryExtension`` for the interface."""

    entry: Entry
    language: str

    def extend_ns(self) -> dict[str, str]:
        return {}

    def extend_atom(self, element: Any) -> Any:
        title = element.find("title")
        if _MARKUP.search(title.text):  # here the format can say what it is
            title.text = escape(title.text, quote=False)
            title.set("type", "html")
        if self.language != LANGUAGE:
            for name in ("title", "summary"):
                element.find(name).set(_XML_LANG, self.language)
        source = element.find("source")
        if source is not None:
            # RFC 4287 section 4.2.11 wants id and time. The stream changed when it published this.
            _child(source, "id", source.find("link").get("href"))
            _child(source, "updated", stamp(self.entry.date))
        if window := period(self.entry.valid):
            _child(element, f"{{{DCTERMS}}}valid", window)
        return element

    def extend_rss(self, element: Any) -> Any:
        title = element.find("title")
        title.text = plain(title.text)
        # The full path, not the label: it never changes, and readers fingerprint an entry with it.
        for category, tag in zip(element.findall("category"), self.entry.tags, strict=True):
            category.text = line(tag.path)
        updated = stamp(self.entry.updated)
        _child(element, f"{{{DCTERMS}}}modified", updated)
        if window := period(self.entry.valid):
            _child(element, f"{{{DCTERMS}}}valid", window)
        _child(element, f"{{{ATOM}}}updated", updated)
        return element


def _child(parent: Any, name: str, text: str) -> None:
    etree.SubElement(parent, name).text = text


def xml_fragments(entry: Entry, site: Site) -> tuple[bytes, bytes]:
    """The RSS item and the Atom entry, in UTF-8, with the prefixes of :data:`PREFIXES` undeclared."""
    gist = summary_of(entry)
    author = plain(line(entry.author)) or site.name
    item = FeedEntry()
    item.id(site.tag(line(entry.key)))
    item.title(title_of(entry))
    item.published(entry.date)
    item.updated(entry.updated)
    item.author(name=author)
    item.summary(escape(gist, quote=False), type="html")
    item.content(content_of(entry, site.notice), type="html")
    # All at once, as feedgen goes through all of them for each call.
    item.category([
        {"term": line(tag.path), "scheme": site.tag(f"tags/{line(tag.facet)}"), "label": plain(line(tag.label))}
        for tag in entry.tags
    ])  # fmt: skip
    for report in entry.related:
        if address := web_url(report.url):
            item.link(href=address, rel="related", title=plain(line(report.name)))
    if address := web_url(entry.via):
        item.link(href=address, rel="via")
    if address := web_url(entry.url):
        item.link(href=address, rel="alternate", type="text/html")
    if rights := plain(line(entry.rights)):
        item.rights(rights)
    # An address with a date to fill in leads nowhere.
    if entry.source and "{" not in entry.source.url and (address := web_url(entry.source.url)):
        item.source(address, plain(line(entry.source.name)) or address)
    language = language_of(entry)
    item.register_extension("dc", DcEntryExtension, atom=False)
    item.dc.dc_creator(author)
    item.dc.dc_language(language)
    if rights:
        item.dc.dc_rights(rights)
    item.register_extension("extras", _Extras)
    item.extras.entry, item.extras.language = entry, language
    return _serialised(item.rss_entry(), "rss"), _serialised(item.atom_entry(), "atom")


def json_fragment(entry: Entry, site: Site, about: str) -> bytes:
    """The JSON Feed item. ``about`` is the address of the page that explains the ``_visawire`` object."""
    item: dict[str, Any] = {"id": site.tag(line(entry.key))}
    if address := web_url(entry.url):
        item["url"] = address
    if address := web_url(entry.via):
        item["external_url"] = address
    item["title"] = title_of(entry)
    item["content_html"] = content_of(entry, site.notice)
    item["summary"] = summary_of(entry)
    item["date_published"] = stamp(entry.date)
    item["date_modified"] = stamp(entry.updated)
    item["authors"] = [{"name": line(entry.author) or site.name}]
    if entry.tags:
        item["tags"] = list(dict.fromkeys(line(tag.path) for tag in entry.tags))
    item["language"] = language_of(entry)
    item["_visawire"] = {"about": about} | entry.facts
    try:
        text = _json(item)
        if not _ESCAPED.search(text) and clean(text) == text:
            return text.encode()
    except ValueError:
        pass  # a number that JSON does not know
    # Facts are long and nearly always tidy: looking at each of their texts first would take most of the time.
    return _json(_tidy(item)).encode()


def plain(text: str) -> str:
    """Plain text that nobody can take for markup."""
    return text.translate(_LOOKALIKES) if _MARKUP.search(text) else text


def title_of(entry: Entry) -> str:
    """The title on one line, never empty: some readers show nothing else."""
    return line(entry.title) or summary_of(entry)


def summary_of(entry: Entry) -> str:
    """The gist on one line, never empty."""
    return line(entry.gist) or line(entry.title) or "Untitled"


def content_of(entry: Entry, notice: str = "") -> str:
    """The content without characters that break XML, never empty, behind the site's notice if it has one."""
    content = clean(entry.content)
    head = f"<p><strong>{escape(line(notice), quote=False)}</strong></p>" if notice else ""
    return head + (content if content.strip() else f"<p>{escape(summary_of(entry))}</p>")


def language_of(entry: Entry) -> str:
    """The language of title and gist (RFC 5646), ours if it is not known."""
    return entry.language if _LANGUAGE.fullmatch(entry.language) else LANGUAGE


def stamp(moment: datetime) -> str:
    """An aware moment as RFC 3339 text to the second."""
    return moment.isoformat(timespec="seconds")


def period(valid: tuple[str, str]) -> str:
    """A window of ISO days as a DCMI Period, '' if it is open at both ends or neither end is a date."""
    names = (f"{name}={day}" for name, day in zip(("start", "end"), valid, strict=True) if _DAY.fullmatch(day))
    stated = "; ".join(names)
    return f"{stated}; scheme=W3C-DTF" if stated else ""


def _json(item: dict[str, Any]) -> str:
    return json.dumps(item, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _tidy(value: Any) -> Any:
    """``value`` with every text clean and without numbers that JSON does not know."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {clean(str(key)): _tidy(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_tidy(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _serialised(element: Any, form: str) -> bytes:
    wrapper = etree.Element("x", nsmap=PREFIXES[form])
    wrapper.append(element)
    # Moving an element leaves its own declarations behind, where the wrapper has the same.
    etree.cleanup_namespaces(wrapper, keep_ns_prefixes=list(PREFIXES[form]))
    return etree.tostring(wrapper, encoding="UTF-8", xml_declaration=False)[len(_OPENING[form]) : -len("</x>")]


def _opening(form: str) -> bytes:
    root = etree.Element("x", nsmap=PREFIXES[form])
    root.text = "."
    return etree.tostring(root).removesuffix(b".</x>")


_OPENING = {form: _opening(form) for form in PREFIXES}
