"""Last stage: one short transaction for each announcement, and the page's validators after all of them."""

from __future__ import annotations

from scrapy import signals
from scrapy.crawler import Crawler

from archive.edits import PageLook, load_listed, record, with_listed
from archive.insignificant import said_hash
from archive.models import Announcement, PageRead, Source
from archive.story_index import remember_words
from pipelines.identify import text_hash
from pipelines.near import sketch
from pipelines.sources import SourceLookup
from pipelines.thread import words_of

#: Characters of a text that may be republished where the licence allows an excerpt only.
EXCERPT = 300


def excerpt(text: str, limit: int = EXCERPT) -> str:
    """The beginning of a text, cut after a sentence or a word within ``limit`` characters."""
    text = " ".join(text.split())
    if len(text) <= limit:
        return text
    head = text[:limit]
    end = max(head.rfind(". "), head.rfind("! "), head.rfind("? "))
    if end >= limit // 2:
        return head[: end + 1]
    return head.rsplit(" ", 1)[0].rstrip(",;:") + " …"


def keep_to_licence(item: Announcement, source: Source) -> Announcement:
    """Press texts served to tag and match; only title, a short excerpt and the link are kept."""
    if source.republish == "excerpt":
        item.summary = excerpt(item.summary or item.body)
        item.body = ""
    return item


def look_to_licence(look: PageLook, source: Source) -> PageLook:
    """The same for the listing's entry that is remembered to read a page again."""
    if source.republish != "excerpt" or look.memory is None or not look.memory.listed:
        return look
    return with_listed(look, keep_to_licence(load_listed(look.memory.listed), source))


class StorePipeline(SourceLookup):
    """Writes to the archive; nothing else does while a crawl runs."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._failed: set[str] = set()
        crawler.signals.connect(self._item_error, signals.item_error)

    def process_item(self, item: object) -> object:
        if isinstance(item, PageRead):
            if item.source_id not in self._failed:
                self.archive.remember(item.validators)
        elif isinstance(item, PageLook):
            if item.source_id not in self._failed:
                record(self.archive, look_to_licence(item, self.source(item.source_id)))
        elif isinstance(item, Announcement):
            source = self.source(item.source_id)
            fingerprint, item.sketch = text_hash(item), sketch(item)  # before a press text is dropped
            said = said_hash(item.title, item.body) if source.republish == "excerpt" and item.body else ""
            words = words_of(item) if source.republish == "excerpt" else ""
            item = keep_to_licence(item, source)
            outcome = self.archive.store(item, text_hash=fingerprint, said_hash=said)
            if words:
                remember_words(self.archive.db, item.id, words)
            self.crawler.stats.inc_value(f"visawire/{item.source_id}/{outcome}")
        return item

    def _item_error(self, item: object) -> None:
        """An announcement that could not be processed: its page is read again next time."""
        self._failed.add(getattr(item, "source_id", ""))
