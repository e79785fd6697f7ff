"""Plain text made safe and readable: characters, links, dates, excerpts and paragraphs."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from functools import lru_cache
from html import escape

from w3lib.url import safe_url_string

#: What XML 1.0 does not allow (section 2.2) or discourages (C1 controls, non-characters), the controls that override
#: the direction of text (U+202A-E, U+2066-9), with which a title can disguise what it says, and what is not seen at
#: all but read by machines (byte order marks, annotations, tag characters).
_UNSAFE = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\u2029\u202f-\u2065\u206a-\ud7ff\ue000-\ufdcf\ufdf0-\ufefe\uff00-\ufff8\ufffc-\ufffd"
    "\U00010000-\U0001fffd\U00020000-\U0002fffd\U00030000-\U0003fffd\U000e0100-\U000e01ef]"
)
#: A row of a chart, as the text of a page has it.
_CHART_ROW = re.compile(r"[^|\n]*\|[^|\n]*\|.*|[^|\n]{1,60} \| [^|\n]{1,60}")
_PARAGRAPH = re.compile(r"\n[ \t\r]*\n\s*")
_WEB = re.compile(r"https?://[^/?#\s]+", re.IGNORECASE)
#: Longer addresses are refused by servers and proxies (RFC 9110 section 4.1 asks for 8000 octets).
_LONGEST_URL = 8000


def clean(text: str) -> str:
    """``text`` without characters that break XML or hide what the rest says."""
    return _UNSAFE.sub("", text)


def line(text: str, longest: int = 500) -> str:
    """Clean text on one line, at most ``longest`` characters."""
    if text.isascii() and text.isprintable() and "  " not in text and text[:1] != " " != text[-1:]:
        return shorten(text, longest)  # nearly all titles, labels and values: nothing to clean
    return shorten(" ".join(clean(text).split()), longest)


def shorten(text: str, longest: int) -> str:
    """``text``, or its beginning up to a word's end and an ellipsis, ``longest`` characters in all."""
    if len(text) <= longest:
        return text
    cut = text[: longest - 1]
    space = cut.rfind(" ", longest // 2)
    return (cut[:space] if space > 0 else cut).rstrip(" ,;:.-") + "…"


def without_charts(text: str) -> str:
    """Text without rows of cells (``EB-2 | 01JAN13 | C``): the figures have them, and nobody can read them so."""
    if "|" not in text:
        return text
    return "\n".join(row for row in text.splitlines() if "|" not in row or not _CHART_ROW.fullmatch(row.strip()))


def paragraphs(text: str) -> list[str]:
    """The paragraphs of plain text: parted by blank lines or, where there are none, by line ends."""
    text = clean(text).replace("\r\n", "\n").replace("\r", "\n").strip()
    parts = _PARAGRAPH.split(text) if _PARAGRAPH.search(text) else text.split("\n")
    return [part.strip() for part in parts if part.strip()]


def cut(parts: list[str], longest: int) -> tuple[list[str], bool]:
    """The first whole paragraphs within ``longest`` characters, and whether anything was left out.

    A first paragraph that is longer by itself is shortened at a word.
    """
    kept: list[str] = []
    room = longest
    for part in parts:
        if len(part) > room:
            return kept or [shorten(part, longest)], True
        kept.append(part)
        room -= len(part)
    return kept, False


def as_html(part: str) -> str:
    """One paragraph of plain text as HTML, its line ends kept."""
    return f"<p>{'<br/>'.join(escape(row.strip()) for row in part.splitlines())}</p>"


@lru_cache(8192)
def web_url(url: str) -> str:
    """A valid absolute http(s) address, percent-encoded; '' for anything else, such as ``javascript:``."""
    url = clean(url).strip()
    if len(url) > _LONGEST_URL or not _WEB.match(url):
        return ""
    try:
        return safe_url_string(url)
    except ValueError:
        return ""


def link(url: str, text: str) -> str:
    """An HTML link, or only the text when the address is not a safe one."""
    address = web_url(url)
    return f'<a href="{escape(address)}">{escape(text)}</a>' if address else escape(text)


def moment(text: str) -> datetime:
    """The first instant, in UTC, of what ISO ``text`` of any precision (year to second) names."""
    if len(text) > 10:
        return datetime.fromisoformat(text).astimezone(UTC)
    year, month, day = [*text.split("-"), "1", "1"][:3]
    return datetime(int(year), int(month), int(day), tzinfo=UTC)


def is_day(text: str) -> bool:
    """Whether text is an ISO day: 2026-04-01. Months, years and times are not."""
    try:
        return len(text) == 10 and text[4] == text[7] == "-" and date.fromisoformat(text).year >= 1900
    except ValueError:
        return False


def day(text: str) -> str:
    """ISO ``text`` for people and never more precise than it is: '7 August 2026', 'August 2026', '2026'.

    A time is shown in UTC: '7 August 2026, 14:30 UTC'. Text that is not a date is returned as it is.
    """
    try:
        when = moment(text)
    except ValueError:
        return text
    if len(text) == 4:
        return text
    if len(text) == 7:
        return f"{_MONTHS[when.month - 1]} {when.year}"
    words = _words(when.date())
    return words if len(text) == 10 else f"{words}, {when:%H:%M} UTC"


def _words(when: date) -> str:
    return f"{when.day} {_MONTHS[when.month - 1]} {when.year}"


# Not strftime's %B: it would follow the machine's locale.
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July",
    "August", "September", "October", "November", "December",
)  # fmt: skip
