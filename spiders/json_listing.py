"""A JSON API that lists announcements: WordPress's ``wp-json``, Algolia's search and their like."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, ClassVar

from scrapy import Request
from scrapy.http import Response

from archive.models import Announcement
from spiders.base import Drift
from spiders.datestyle import DATE_OPTIONS, DateStyle
from spiders.paging import PAGE_OPTIONS, PagedSpider
from spiders.register import Entry

#: Options that are paths: names and list positions joined by dots, such as ``title.rendered``.
PATHS = ("items", "title", "url", "id", "date", "updated", "summary", "body", "next", "pages")


class JsonListing(PagedSpider):
    """Reads a list of objects by dotted paths.

    Options: ``items`` (path to the list; without it the whole answer is the list) and, within an item,
    ``title``, ``url``, ``id`` (the publisher's own, permanent id), ``date``, ``updated``, ``summary`` and
    ``body``; texts may be HTML. ``address`` is a template such as ``https://example.org/item?id={id}`` for
    items without a ``url``. ``date_format``, ``locale``, ``zone``: see
    :class:`~spiders.datestyle.DateStyle`. For more pages either ``next`` (path to the next page's address)
    or ``page_parameter``, ``first_page``, ``max_pages``; ``pages`` is the path to the number of pages
    (WordPress states it in its header ``X-WP-TotalPages``).
    """

    reader = "json_listing"
    options: ClassVar[Mapping[str, type]] = {
        **dict.fromkeys(PATHS, str),
        "address": str,
        **DATE_OPTIONS,
        **PAGE_OPTIONS,
    }
    required = ("title",)

    @classmethod
    def check_options(cls, entry: Entry) -> None:
        super().check_options(entry)
        given = entry.options
        if not given.get("url") and not given.get("address"):
            raise entry.error("reader 'json_listing' needs option url, or address with {id} in it")
        if "{id}" not in given.get("address", "{id}") or (given.get("address") and not given.get("id")):
            raise entry.error("option address needs {id} in it and option id beside it")
        if given.get("max_pages", 1) > 1 and not (given.get("page_parameter") or given.get("next")):
            raise entry.error("option max_pages needs page_parameter or next")
        DateStyle.of(entry)

    @cached_property
    def dates(self) -> DateStyle:
        return DateStyle.of(self.entry)

    def read(
        self, response: Response, met: frozenset[str] = frozenset(), walked: int = 1
    ) -> Iterator[Announcement | Request]:
        try:
            content = json.loads(response.body)
        except ValueError as error:
            raise Drift(f"the answer is not JSON ({error}); look at it and change the register's url") from error
        rows = at(content, self.option("items", ""))
        if not isinstance(rows, list):
            where = f"at {self.option('items')!r}" if self.option("items") else "in the answer"
            raise Drift(f"there is no list {where}; look at the answer and mend the path")
        if self.number_of(response) != self.option("first_page", 0) or walked > 1:
            response.meta["may_be_empty"] = True
        items: list[Announcement] = []
        bad: list[str] = []
        for number, row in enumerate(rows, 1):
            try:
                item = self.announcement(row, response)
            except Drift as error:
                bad.append(f"item {number} {error}")
                continue
            items.append(item)
            for key, moment in (("date", item.published), ("updated", item.updated)):
                written = at(row, self.option(key)) if self.option(key) else None
                if moment is None and written not in (None, ""):
                    bad.append(f"item {number} has the {key} {str(written)[:60]!r}, which cannot be read")
        further = list(self._further(response, content, items, met, walked))
        yield from items
        yield from further
        if bad:
            raise Drift(f"{'; '.join(bad[:5])} ({len(bad)} problems); look at the answer and mend the paths")

    def announcement(self, row: Any, response: Response) -> Announcement:
        """The announcement that an item makes. Raises ``Drift`` without a title or address."""
        given = {key: at(row, self.option(key, "")) if self.option(key) else None for key in PATHS}
        title, own = text(given["title"]), text(given["id"])
        if not title:
            raise Drift(f"({own or text(given['url'])!r}) has no title")
        url = text(given["url"])
        if not url and own and self.option("address"):
            url = self.option("address").replace("{id}", own)
        if not url:
            raise Drift(f"({title[:60]!r}) has no address")
        published, updated = (self.dates.read(given[key]) for key in ("date", "updated"))
        return Announcement(
            source_id=self.entry.id,
            url=response.urljoin(url),
            external_id=own,
            title=title,
            summary=text(given["summary"]),
            body=text(given["body"]),
            published=published.value if published else None,
            published_precision=published.precision if published else None,
            updated=updated.value if updated else None,
        )

    def _further(
        self, response: Response, content: Any, items: list[Announcement], met: frozenset[str], walked: int
    ) -> Iterator[Request]:
        if self.option("next"):
            address = text(at(content, self.option("next")))
            met = self.wants_more(response, items, met) if address else frozenset()
            if met and walked < self.option("max_pages", 1):
                yield self.open(response.urljoin(address), after=response, met=met, walked=walked + 1)
        elif self.option("page_parameter") and items and not self._is_last(response, content):
            yield from self.next_numbered(response, self.wants_more(response, items, met))

    def _is_last(self, response: Response, content: Any) -> bool:
        stated = at(content, self.option("pages")) if self.option("pages") else None
        stated = stated if stated is not None else (response.headers.get("X-WP-TotalPages") or b"").decode("latin-1")
        if not str(stated).isdecimal():
            return False
        return self.number_of(response) - int(self.option("first_page", 0)) + 1 >= int(str(stated))


def at(content: Any, path: str) -> Any:
    """What stands at a dotted path: names of objects, positions in lists. ``None`` where there is nothing."""
    for name in path.split(".") if path else ():
        if isinstance(content, dict):
            content = content.get(name)
        elif isinstance(content, list) and name.isdecimal() and int(name) < len(content):
            content = content[int(name)]
        else:
            return None
    return content


def text(value: Any) -> str:
    """A text or number as text; anything else is nothing."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value).strip()
