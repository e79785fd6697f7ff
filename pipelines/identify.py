"""Second stage: the permanent id, the canonical address, and hashes of what is said.

``content_hash`` covers everything that a subscriber would call content - the texts, the dates and the
structured facts of the source - and nothing that a re-tagging or a re-rendering changes.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import fields

from archive.facts import facts_as_read
from archive.identity import announcement_id, canonical_url
from archive.models import Announcement, Figure, Identifier, KeyDate, Source, iso
from pipelines.sources import SourceLookup

#: Texts shorter than this say too little to call two of them one document.
SHORTEST_TEXT = 200


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).split())


def _hash(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]


def content_hash(item: Announcement) -> str:
    """Hash of what the announcement says. White space, Unicode forms and the order of facts do not count."""
    stated: list[KeyDate | Figure | Identifier] = [*item.key_dates, *item.figures, *item.identifiers]
    facts = sorted(repr(tuple(_folded(str(getattr(fact, part.name))) for part in fields(fact))) for fact in stated)
    return _hash(
        _folded(item.title), _folded(item.summary), _folded(item.body), item.stage,
        iso(item.published, item.published_precision), iso(item.updated), *facts,
    )  # fmt: skip


def text_hash(item: Announcement) -> str:
    """Hash of title and text by which the same document is found elsewhere; '' when there is too little text.

    Case, punctuation and white space do not count, dates do not either.
    """
    text = re.sub(r"\W+", " ", _folded(item.body or item.summary).casefold()).strip()
    if len(text) < SHORTEST_TEXT:
        return ""
    title = re.sub(r"\W+", " ", _folded(item.title).casefold()).strip()
    return _hash(title, text)


def identify(item: Announcement, source: Source) -> Announcement:
    """Set ``id``, ``canonical_url`` and ``content_hash`` in place and return the announcement.

    A reader that was redirected has set ``canonical_url`` to where the page really is; the id stays that
    of the address that the source gave, so that it is known before the redirect is followed.
    """
    item.canonical_url = canonical_url(item.canonical_url or item.url)
    item.id = announcement_id(source, item)
    item.content_hash = content_hash(item)
    item.as_read = facts_as_read(item)
    return item


class IdentifyPipeline(SourceLookup):
    """Runs :func:`identify` on announcements; everything else passes."""

    def process_item(self, item: object) -> object:
        return identify(item, self.source(item.source_id)) if isinstance(item, Announcement) else item
