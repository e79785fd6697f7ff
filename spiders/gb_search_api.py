"""GOV.UK's search API: the newest pages of chosen organisations, each then read from the content API.

The search only lists; what a page says comes from :mod:`spiders.gb_content_api`, whichever of the two sources
finds it. ``public_timestamp`` moves when a page is edited, so an entry whose listing is as before is not
asked for again. Where a page cannot be read, its listing (title and description) is kept in its stead, but
never in place of a text that is already known.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

from scrapy import Request
from scrapy.http import Response
from w3lib.url import add_or_replace_parameter

from archive.models import Announcement, iso
from spiders.base import Drift, Read, SourceSpider
from spiders.gb_content_api import API, SITE, content_item, external_id, stage_of
from spiders.moments import stated


class SearchApi(SourceSpider):
    """Walks the search's pages as long as everything on them is news.

    Option ``pages``: at most so many (default 5); the first crawl looks at one page only.
    """

    reader = "gb_search_api"
    options = {"pages": int}  # noqa: RUF012  # a class attribute of every reader

    def reader_for(self, response: Response) -> Read:
        return self._page if response.url.startswith(API) else self.read

    def read(self, response: Response, page: int = 1) -> Iterator[Announcement | Request]:
        try:
            answer: Any = json.loads(response.body)
        except ValueError as error:
            raise Drift(f"the answer is not JSON ({error}); look at it and mend the reader") from error
        if not isinstance(answer, dict) or not isinstance(answer.get("results"), list):
            raise Drift("the answer has no list 'results'; look at it and mend the reader")
        rows = answer["results"]
        known, bad = 0, 0
        for row in rows:
            if not isinstance(row, dict) or not row.get("title") or not row.get("link"):
                bad += 1
                continue
            item = self._listed(row)
            if not item.url.startswith(f"{SITE}/"):
                yield item  # a page outside GOV.UK has no content item
            elif self.account.listing_unchanged(self.entry.id, item):
                self.account.saw(item)
                known += 1
            else:
                address = API + urlsplit(item.url).path
                dressed = self.dressed(item, response)
                yield self.open(address, read=self._page, after=response, fallback=dressed, item=dressed)
        if rows and not known and not bad:
            yield from self._next(response, answer, page)
        if bad:
            raise Drift(f"{bad} of {len(rows)} results lack a title or a link; look at them and mend the reader")

    def _listed(self, row: dict[str, Any]) -> Announcement:
        document_type = row.get("content_store_document_type") or ""
        moment = stated(row.get("public_timestamp"))
        item = Announcement(
            source_id=self.entry.id,
            url=row["link"] if row["link"].startswith("http") else SITE + row["link"],
            external_id=external_id(row.get("content_id") or "", "en"),
            title=row["title"],
            summary=row.get("description") or "",
            updated=moment.value if moment else None,
            stage=stage_of(document_type),
            attributes={"document_type": document_type} if document_type else {},
        )
        said = "\x1f".join((item.title, item.summary, iso(item.updated)))
        item.listing_hash = hashlib.sha256(said.encode()).hexdigest()[:16]
        return item

    def _next(self, response: Response, answer: dict[str, Any], page: int) -> Iterator[Request]:
        start = int(parse_qs(urlsplit(response.url).query).get("start", ["0"])[0]) + len(answer["results"])
        if start >= int(answer.get("total") or 0) or not self._looked_before():
            return
        if page >= self.option("pages", 5):
            self.logger.warning(
                "%s: everything on the first %d pages is new; older entries were not looked at. Raise option pages.",
                self.entry.id, page,
            )  # fmt: skip
            return
        following = add_or_replace_parameter(response.url, "start", str(start))
        yield self.open(following, read=self.read_further, after=response, page=page + 1)

    def read_further(self, response: Response, page: int) -> Iterator[Announcement | Request]:
        """A page after the first."""
        return self.read(response, page)

    def _looked_before(self) -> bool:
        archive = self.archive()
        return archive is not None and bool(
            archive.value("SELECT 1 FROM checks WHERE source_id=? AND state='ok' LIMIT 1", (self.entry.id,))
        )

    def _page(self, response: Response, item: Announcement | None = None) -> Iterator[Announcement]:
        found = content_item(response, self.entry.id)
        if item is not None:
            found.listing_hash = item.listing_hash
        yield found
