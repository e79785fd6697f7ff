"""First stage: plain, normalised text, an absolute http(s) address, aware times.

After this stage titles and texts are Unicode NFC without control or direction-override characters, and
dates that cannot be true are gone rather than guessed.
"""

from __future__ import annotations

import html
import re
import unicodedata
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from lxml import etree
from lxml import html as lxml_html

from archive.models import Announcement

#: Characters that XML 1.0 forbids or discourages, planes without text among them (tag characters hide words there).
_FORBIDDEN = re.compile(
    r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd"
    r"\U00010000-\U0001fffd\U00020000-\U0002fffd\U00030000-\U0003fffd\U000e0100-\U000e01ef]"
)
#: Marks that reorder or hide text.
_INVISIBLE = re.compile("[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]")
#: A tag as browsers see one, also a last one that was cut in its attributes; not "<https://...>" or "<me@...>".
_NAME = r"[a-zA-Z][a-zA-Z0-9-]*(?::[a-zA-Z][a-zA-Z0-9-]*)?"
_MARKUP = re.compile(rf"<(?:/?{_NAME}(?:[\s/][^<>]*)?>|{_NAME}\s[^<>=]*=[^<>]*\Z|!--)")
#: Markup that does something, which nobody writes as text; "<minimum>" and "<b>" in an escaped title may be words.
_ACTIVE = re.compile(
    rf"<(?:/?(?:script|style|iframe|frame|object|embed|applet|img|svg|math|form|input|button|select|textarea|video|audio"
    rf"|source|link|meta|base|template|noscript|title|plaintext|xmp|body|html|head|a)\b[^<>]*>"
    rf"|/?{_NAME}[\s/][^<>]*=[^<>]*>|{_NAME}\s[^<>=]*=[^<>]*\Z|!--)",
    re.IGNORECASE,
)
#: How often markup may be wrapped in markup: escaped twice is common, more is an attack.
_WRAPPED = 4
_BLOCKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "br",
        "dd",
        "div",
        "dl",
        "dt",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "li",
        "main",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "table",
        "td",
        "th",
        "title",
        "tr",
        "ul",
    ]
)
_SKIPPED = frozenset(("script", "style", "noscript", "template", "iframe", "svg", "button"))

#: The first web page is older than any announcement we can read; dates before it are errors of the source.
EARLIEST = date(1990, 1, 1)

#: Gazettes list an issue some days before its date; a date further ahead is an error of the source.
FORTHCOMING = 14

#: Longest texts that are kept. Federal Register documents fit; runaway pages do not.
TITLE_LIMIT, SUMMARY_LIMIT, BODY_LIMIT = 500, 20_000, 2_000_000


class UnusableItem(ValueError):
    """An announcement without a title or an http(s) address."""


def plain_text(text: str) -> str:
    """Text without markup: entities resolved, blocks as paragraphs, white space folded within lines.

    Markup that was escaped as if it were text is markup too where it does something: no such tag is left of it.
    """
    if not text:
        return ""
    text = _visible(text)  # first, as a tag's name can be broken by what is not seen
    if _MARKUP.search(text):
        text = _visible(_from_markup(text))
    elif "&" in text:
        text = _visible(html.unescape(text))
    for _ in range(_WRAPPED):
        if not _ACTIVE.search(text):
            break
        text = _visible(_from_markup(text))
    else:
        text = _ACTIVE.sub(" ", text)
    text = _visible(unicodedata.normalize("NFC", text))
    lines = (" ".join(line.split()) for line in re.split(r"\r\n|[\n\r\x85\u2028\u2029]", text))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _visible(text: str) -> str:
    return _INVISIBLE.sub("", _FORBIDDEN.sub("", text))


def one_line(text: str) -> str:
    """Plain text on a single line, as titles are."""
    return " ".join(plain_text(text).split())


def _from_markup(text: str) -> str:
    try:
        # a whole document around it: a text may be "<html>", of which no fragment can be made
        root = lxml_html.document_fromstring(f"<html><body><div>{text}")  # not closed: an open <title> would take it in
    except (etree.ParserError, ValueError):
        return html.unescape(_MARKUP.sub(" ", text))
    parts: list[str] = []

    for event, element in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
        tag = element.tag if isinstance(element.tag, str) else ""
        if event == "start":
            if tag in _BLOCKS:
                parts.append("\n" if tag in ("br", "li", "td", "th", "dd", "dt", "tr") else "\n\n")
            if tag not in _SKIPPED and not _inside_skipped(element):
                parts.append(element.text or "")
        else:
            if tag in _BLOCKS and tag not in ("br", "li", "td", "th"):
                parts.append("\n")
            if element is not root and not _inside_skipped(element):
                parts.append(element.tail or "")
    folded = re.sub(r"[^\S\n]+", " ", "".join(parts))
    return re.sub(r"\s*\n\s*\n\s*", "\n\n", folded)


def _inside_skipped(element: etree._Element) -> bool:
    return any(parent.tag in _SKIPPED for parent in element.iterancestors())


def clean(item: Announcement) -> Announcement:
    """Normalise an announcement in place and return it.

    Raises :class:`UnusableItem` when nothing is left of its title or its address is not http(s); dates
    before 1990 or more than two weeks ahead of ``seen`` are dropped, and the claim is kept in ``attributes``.
    """
    item.title = one_line(item.title)[:TITLE_LIMIT]
    item.summary = plain_text(item.summary)[:SUMMARY_LIMIT]
    item.body = plain_text(item.body)[:BODY_LIMIT]
    item.publisher = one_line(item.publisher)
    item.url = _FORBIDDEN.sub("", item.url).strip()
    if urlsplit(item.url).scheme not in ("http", "https") or not urlsplit(item.url).hostname:
        raise UnusableItem(f"{item.source_id}: {item.url!r} is not an http(s) address (title {item.title!r})")
    if not item.title:
        raise UnusableItem(f"{item.source_id}: {item.url} has no title")
    item.published = _plausible(item, "published", item.published)
    item.updated = _plausible(item, "updated", item.updated)
    for tag in item.tags:
        tag.words = one_line(tag.words)
    for stated in item.key_dates:
        stated.quote = plain_text(stated.quote)
        stated.applies_to = one_line(stated.applies_to)
    for figure in item.figures:
        figure.quote = plain_text(figure.quote)
        figure.value, figure.series = _visible(figure.value), _visible(figure.series)
        figure.dimensions = _without_forbidden(figure.dimensions)
    for identifier in item.identifiers:
        identifier.value = _visible(identifier.value)
    item.external_id, item.language = _visible(item.external_id), _visible(item.language)
    item.attributes = _without_forbidden(item.attributes)
    return item


def _without_forbidden(value: Any) -> Any:
    """Structured fields without what no database can store, such as half a character of JSON (``"\\ud800"``)."""
    if isinstance(value, str):
        return _FORBIDDEN.sub("", value)
    if isinstance(value, dict):
        return {_without_forbidden(key): _without_forbidden(inner) for key, inner in value.items()}
    return [_without_forbidden(inner) for inner in value] if isinstance(value, list | tuple) else value


def _plausible(item: Announcement, name: str, moment: datetime | date | None) -> datetime | date | None:
    if moment is None:
        return None
    if isinstance(moment, datetime):
        if moment.tzinfo is None:
            raise UnusableItem(f"{item.source_id}: {item.url}: {name} {moment} has no time zone")
        moment = moment.astimezone(UTC)
    day = moment.date() if isinstance(moment, datetime) else moment
    latest = (item.seen or datetime.now(UTC)) + timedelta(days=FORTHCOMING)
    if EARLIEST <= day <= latest.date():
        return moment
    item.attributes[f"implausible_{name}"] = moment.isoformat()
    if name == "published":
        item.published_precision = None
    return None


class CleanPipeline:
    """Runs :func:`clean` on announcements; everything else passes."""

    def process_item(self, item: object) -> object:
        return clean(item) if isinstance(item, Announcement) else item
