"""Keys that the language versions of one release have in common.

Words cannot be compared across languages; publishers say it in their addresses (``/en/`` and ``/fr/`` around
one slug, ``-en`` and ``-fr`` at the end of an id) or in links to the page's alternates.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import parse_qsl, urlencode, urlsplit

from archive.identity import canonical_url
from archive.models import Announcement

_CODES = "en|fr|eng|fra|de|it|es|nl|pl|pt|sv|da|fi|ga|cy|ja|ko|zh|rm"
_LANGUAGE = re.compile(rf"(?:{_CODES})(?:[-_](?:ca|gb|us|fr|de|at|ch|be|lu|ie))?", re.IGNORECASE)
_SUFFIX = re.compile(rf"(?<=[\w])[-_.](?:{_CODES})(?=(?:\.[a-z]{{3,5}})?$)", re.IGNORECASE)
_PARAMETERS = ("lang", "language", "locale", "hl")


def neutral_address(url: str) -> str:
    """The canonical address with ``*`` for its language; '' when it names none.

    ``/en/news/2026/slug`` and ``/fr/news/2026/slug``, ``notice-eng.html`` and ``notice-fra.html``,
    ``?lang=de`` and ``?lang=it`` are alike. The front page of a language is not a release: ''.
    """
    parts = urlsplit(canonical_url(url))
    segments = parts.path.split("/")
    marked = ["*" if _LANGUAGE.fullmatch(segment) else segment for segment in segments]
    marked[-1] = _SUFFIX.sub("*", marked[-1])
    pairs = [
        (key, "*" if key.lower() in _PARAMETERS and _LANGUAGE.fullmatch(value) else value)
        for key, value in parse_qsl(parts.query, keep_blank_values=True)
    ]
    query = urlencode(pairs)
    if (marked == segments and query == parts.query) or not any(s.strip("*") for s in marked):
        return ""
    return f"{parts.hostname}{'/'.join(marked)}?{query}"


def neutral_id(external_id: str) -> str:
    """A publisher's id without its language ending (``2026-114-en``); '' when it has none or is an address."""
    stem = _SUFFIX.sub("*", external_id)
    return stem if stem != external_id and "/" not in external_id else ""


def shared_keys(item: Announcement) -> list[str]:
    """What the announcement has in common with its versions in other languages, as plain texts."""
    host = urlsplit(item.canonical_url).hostname or ""
    neutral, stem = neutral_address(item.canonical_url), neutral_id(item.external_id)
    return [*([f"address {neutral}"] if neutral else ()), *([f"id {host} {stem}"] if stem else ())]


def alternates(item: Announcement) -> list[str]:
    """Canonical addresses of the page's other languages, as a reader left them in ``attributes["alternate"]``.

    The value is an address, a list of addresses, or addresses by language.
    """
    given = item.attributes.get("alternate")
    listed: Iterable[object] = (
        given.values() if isinstance(given, dict) else [given] if isinstance(given, str) else given or []
    )
    found = {canonical_url(url) for url in listed if isinstance(url, str) and url}
    return sorted(found - {item.canonical_url})
