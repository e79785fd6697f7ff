"""The last wall: the HTML of every entry passes here, whatever it was made from."""

from __future__ import annotations

import re
from html import escape

import nh3

from feeds.words import clean

#: What survives Slack, e-mail and every reader, and can carry no script, form, style or picture.
TAGS = frozenset(
    ("p", "br", "ul", "ol", "li", "strong", "em", "b", "i", "a", "blockquote", "del", "ins", "small", "div", "span",
     "code")
)  # fmt: skip

#: RFC 5646, without its rarities: language, then script, region or variant.
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")


_WEB = re.compile(r"https?://[^/?#\s]", re.IGNORECASE)


def _attribute(_tag: str, name: str, value: str) -> str | None:
    fits = _LANGUAGE.fullmatch(value) if name == "lang" else _WEB.match(value)
    return value if fits else None


# No rel: links open where the reader opens them (target is not allowed), and a source needs no nofollow. What is
# inside a script or a style is dropped with it, by default.
_CLEANER = nh3.Cleaner(
    tags=set(TAGS),
    attributes={"a": {"href"}, "div": {"lang"}, "span": {"lang"}},
    attribute_filter=_attribute,
    url_schemes={"http", "https"},
    url_relative="deny",
    link_rel=None,
)


def safe_html(html: str) -> str:
    """A fragment of HTML with nothing in it but :data:`TAGS`, absolute http(s) links and languages; well-formed.

    Control characters, direction overrides and comments are gone. Applying it twice changes nothing.
    """
    # A no-break space as itself: the entity is longer and XML does not know it. Cleaned again, because character
    # references have become characters.
    return clean(_CLEANER.clean(clean(html)).replace("&nbsp;", "\xa0"))


def language_code(language: str) -> str:
    """A language as feeds may state it; English, ours, where it is unknown or no such code."""
    return language if _LANGUAGE.fullmatch(language) else "en"


def in_language(html: str, language: str) -> str:
    """A block of HTML marked with its language, or as it is where the language is unknown."""
    if not html or not _LANGUAGE.fullmatch(language):
        return html
    return f'<div lang="{escape(language)}">{html}</div>'
