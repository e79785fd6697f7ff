"""A page that is watched: one announcement whose text is the page's, so that every change is a revision."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from cssselect import SelectorError
from parsel.csstranslator import HTMLTranslator
from scrapy.http import Response, TextResponse

from archive.identity import canonical_url
from archive.models import Announcement
from spiders.articles import article_of
from spiders.base import Drift, SourceSpider
from spiders.listing import words
from spiders.register import Entry


class Page(SourceSpider):
    """Reads a page as one announcement; its id is its canonical address, so it stays one for ever.

    Option ``text``: a CSS selector of the part that is watched, for pages (tables, charts, forms) whose main
    text is not prose; everything in it counts. Without it the page's main text is found by trafilatura.
    """

    reader = "page"
    watches = True
    options: ClassVar[Mapping[str, type]] = {"text": str}

    @classmethod
    def check_options(cls, entry: Entry) -> None:
        super().check_options(entry)
        try:
            HTMLTranslator().css_to_xpath(entry.options.get("text", "body"))
        except SelectorError as error:
            raise entry.error(f"option text = {entry.options['text']!r} is not a CSS selector: {error}") from error

    def read(self, response: Response) -> Iterator[Announcement]:
        article = article_of(response)
        body = article.text
        if self.option("text") and isinstance(response, TextResponse):
            parts = response.css(self.option("text"))
            body = "\n".join(part.get() for part in parts) if any(map(words, parts)) else ""
        if not article.title or not body:
            missing = "title" if body else "text"
            raise Drift(f"the page has no {missing}; look at it and mend the entry's option text")
        yield Announcement(
            source_id=self.entry.id,
            url=article.canonical_url,
            external_id=canonical_url(article.canonical_url),
            title=article.title,
            summary=article.description,
            body=body,
            language=article.language,
            published=article.published,
            published_precision=article.published_precision,
            updated=article.updated,
        )
