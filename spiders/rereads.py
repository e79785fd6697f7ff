"""Looks at known pages again: which are due, what they now say, and whether they still stand.

A page is read again by the method that read it first, with the listing's entry that led to it, so that nothing
but the page itself can make a difference. What is made of the looks is decided in :mod:`archive.edits`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.http import Response, TextResponse

from archive.edits import Finding, KnownPage, Memory, PageLook, due_pages, dump_listed
from archive.identity import announcement_id, canonical_url
from archive.models import Announcement, Validator, iso
from spiders.guard import PageError, check_blocked, check_status
from spiders.register import Entry

if TYPE_CHECKING:
    from spiders.base import SourceSpider

#: Pages of one source that one crawl looks at again; the longest overdue come first.
MOST = 10

_HOME = re.compile(
    r"/?(?:[a-z]{2}(?:[-_][a-z]{2})?|home|index|default|accueil|inicio)?(?:\.(?:html?|aspx?|php))?/?", re.IGNORECASE
)
#: Titles of pages that say "not found" with status 200.
_NOT_FOUND = re.compile(
    r"\s*(?:error\s*:?\s*)?(?:404\s*(?:$|[-–—:|]|error|not found|page)|(?:sorry,? )?(?:(?:the|this) )?page "
    r"(?:(?:(?:was|is|could|can) ?(?:not|n't) (?:be )?|not )found|no longer exists|introuvable|non trouv[ée]e)|"
    r"p[áa]gina no encontrada|seite nicht gefunden)",
    re.IGNORECASE,
)
#: The first words of a publisher's own notice, in an element that is made for notices.
_WITHDRAWN = re.compile(
    r"\s*(?:withdrawn\b|(?:this|these) [\w\s,'’-]{1,80}? (?:was|were|is|are|has been|have been) (?:now )?withdrawn\b)",
    re.IGNORECASE,
)
_NOTICES = (
    "//*[contains(@class, 'notice') or contains(@class, 'banner') or contains(@class, 'alert') "
    "or contains(@class, 'withdrawn') or contains(@class, 'warning')]"
)


def due_requests(spider: SourceSpider) -> list[Request]:
    """Requests for the pages of a source that are due again, at most :data:`MOST`, once in a crawl.

    None where the source itself could not be reached. In a replay only what was recorded since the last look.
    """
    archive, recording = spider.account.archive, spider.recording()
    if archive is None or spider.account.reread or spider.account.troubled:
        return []
    spider.account.reread = True
    found: list[Request] = []
    for page in due_pages(archive, spider.entry.id, clock(spider)):
        if len(found) == MOST:
            break
        if spider.has_asked(page.url):
            continue
        if recording is not None:
            answer = recording.find(page.url)
            if answer is None or answer.captured.replace(microsecond=0) <= page.answered:
                continue
        found.append(spider.open(page.url, again=page))
    return found


def clock(spider: SourceSpider) -> datetime:
    """The time of the crawl: now, or the last moment that a replay may show. UTC."""
    recording = spider.recording()
    return recording.at if recording is not None and recording.at is not None else spider.now()


def look(spider: SourceSpider, response: Response, finding: Finding, **more: Any) -> PageLook:
    """A look at the page that a response answers for."""
    asked = response.meta.get("redirect_urls", [response.url])[0]
    return PageLook(spider.entry.id, asked, finding, spider.seen(response), clock(spider), **more)


def first_look(
    spider: SourceSpider, response: Response, item: Announcement, listed: str, validator: Validator
) -> PageLook:
    """The look at an article, or at a page of its own, that made an announcement. Call it before the item moves on."""
    memory = Memory(
        listed, response.meta.get("heading", ""), said(item, spider.entry), validator, scheduled=not spider.watches
    )
    return look(
        spider, response, "withdrawn" if withdrawn(response, item) else "read",
        announcement_id=announcement_id(spider.entry.source, item), note=_WITHDRAWN_NOTE, memory=memory,
    )  # fmt: skip


_WITHDRAWN_NOTE = "its publisher says that it is withdrawn"


def failed_look(spider: SourceSpider, page: KnownPage) -> PageLook:
    """A look at which nothing was to be seen."""
    now = clock(spider)
    return PageLook(spider.entry.id, page.url, "failed", now, now, page.announcement_id)


def read_again(spider: SourceSpider, response: Response, page: KnownPage) -> Iterator[Announcement | PageLook]:
    """What a known page now says: nothing if that is what it said before.

    Raises :class:`~spiders.guard.PageError` when that cannot be told.
    """
    own = {"announcement_id": page.announcement_id}
    reason = gone(response, spider.entry)
    if reason:
        yield look(spider, response, "missing", note=reason, **own)
        return
    if response.status != 304:
        check_status(response)
        check_blocked(response)
    body_hash = hashlib.sha256(response.body).hexdigest()
    if response.status == 304 or response.meta.get("body_hash") == body_hash:
        spider.account.unchanged += 1
        yield look(spider, response, "unchanged", **own)
        return
    item = _item_of(spider, response, page)
    heading, listed = response.meta.get("heading", ""), page.memory.listed
    if listed and heading and page.memory.heading and heading != page.memory.heading:
        item.title = heading  # the page was given another title; the listing's words go on to serve for the rest
        entry = page.listed()
        assert entry is not None
        entry.title = heading
        listed = dump_listed(entry)
    memory = Memory(
        listed, heading, said(item, spider.entry), page_validator(response, body_hash, spider.seen(response))
    )
    finding: Finding = "withdrawn" if withdrawn(response, item) else "read"
    if memory.said == page.memory.said:
        spider.account.unchanged += 1
    else:
        spider.account.read += 1
        yield item
    yield look(spider, response, finding, note=_WITHDRAWN_NOTE, memory=memory, **own)


def _item_of(spider: SourceSpider, response: Response, page: KnownPage) -> Announcement:
    """The announcement that the page makes, by the method and with the listing's entry of its first reading."""
    read, listed = spider.reader_for(response), page.listed()
    if read == spider.read:
        raise PageError("the page is no article any more; look at it, and at where it leads")
    found = list(read(response) if listed is None else read(response, item=listed))
    items = [item for item in found if isinstance(item, Announcement)]
    if len(items) != 1:
        raise PageError(f"the page of one announcement now has {len(items)}; look at it and mend the reader")
    return spider.dressed(items[0], response)


def page_validator(response: Response, body_hash: str, checked: datetime) -> Validator:
    """What an answer allows to ask next time, and the hash of its body."""

    def header(name: str) -> str:
        return (response.headers.get(name) or b"").decode("latin-1")

    return Validator(response.url, header("ETag"), header("Last-Modified"), body_hash, response.status, checked)


def said(item: Announcement, entry: Entry) -> str:
    """Fingerprint of what was read. Of press the summary does not count: only a part of it is remembered."""
    parts = [item.title, item.body, iso(item.published, item.published_precision), iso(item.updated), item.stage]
    if entry.source.republish != "excerpt":
        parts.append(item.summary)
    parts += map(repr, (item.key_dates, item.figures, item.identifiers))
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]


def gone(response: Response, entry: Entry) -> str:
    """In what way a page that was an announcement's is gone, '' if it is not: HTTP 404, a redirect home ..."""
    if response.status in (404, 410):
        return f"HTTP {response.status}"
    hops = response.meta.get("redirect_urls")
    if hops and response.status in (200, 304):
        asked, arrived = canonical_url(hops[0]), canonical_url(response.url)
        own = {canonical_url(url) for url in entry.urls}
        home = bool(_HOME.fullmatch(urlsplit(arrived).path)) and not _HOME.fullmatch(urlsplit(asked).path)
        if home or (arrived in own and asked not in own):
            return f"redirected to {response.url}"
    if response.status == 200 and isinstance(response, TextResponse) and b"<title" in response.body[:20_000].lower():
        title = response.xpath("string(//title)").get() or ""
        if _NOT_FOUND.match(title):
            return f"a page with the title {' '.join(title.split())[:60]!r}"
    return ""


def withdrawn(response: Response, item: Announcement) -> bool:
    """Whether the publisher says on the page that it is withdrawn: in a field of its own, or in a notice."""
    if item.attributes.get("withdrawn_notice"):
        return True
    if b"withdrawn" not in response.body.lower() or not isinstance(response, TextResponse):
        return False
    if response.body.lstrip()[:1] in (b"{", b"["):
        return False
    notices = response.xpath(_NOTICES)
    return any(_WITHDRAWN.match(" ".join((notice.xpath("string()").get() or "").split())) for notice in notices)
