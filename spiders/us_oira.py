"""OIRA's regulatory reviews under Executive Order 12866: the earliest sign of a coming United States rule.

Two XML files of one format: reviews that are open, and reviews that were concluded in the last 30 days (with
``DATE_COMPLETED`` and ``DECISION``). A rulemaking is reviewed once for each of its stages, so a review is
identified by its RIN and the day of receipt. The server answers an unknown file with HTTP 200 and a web page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import ClassVar
from urllib.parse import urlencode

from lxml import etree
from scrapy.http import Response

from archive.models import Announcement, Identifier
from spiders.base import Drift, SourceSpider

#: A public search by RIN; the XML does not give the number of a review's own page.
_PAGE = "https://www.reginfo.gov/public/Forward"


class Oira(SourceSpider):
    """Option ``rin_prefixes``: agency codes (the RIN's first four digits) to keep; without it, all are."""

    reader = "us_oira"
    options: ClassVar[Mapping[str, type]] = {"rin_prefixes": list}

    def read(self, response: Response) -> Iterator[Announcement]:
        root = parse_xml(response.body)
        if root.tag != "OIRA_DATA":
            raise Drift(f"the answer is <{root.tag}> and not <OIRA_DATA>; the file may have been renamed")
        reviews = root.findall(".//REGACT")
        if not reviews:
            raise Drift("the file lists no review of any agency; look at it and mend the reader")
        wanted = tuple(str(prefix) for prefix in self.option("rin_prefixes", ()))
        bad: list[str] = []
        for element in reviews:
            review = {child.tag: " ".join((child.text or "").split()) for child in element if child.text}
            rin = review.get("RIN", "")
            if wanted and rin and not rin.startswith(wanted):
                continue
            try:
                yield self._announcement(review)
            except ValueError as error:
                bad.append(f"{rin or 'a review without RIN'}: {error}")
        if bad:
            raise Drift(f"{len(bad)} of {len(reviews)} reviews cannot be read: {'; '.join(bad[:5])}")

    def _announcement(self, review: Mapping[str, str]) -> Announcement:
        missing = [k for k in ("RIN", "TITLE", "STAGE", "DATE_RECEIVED") if not review.get(k)]
        if missing:
            raise ValueError(f"lacks {', '.join(missing)}")
        rin, stage, received = review["RIN"], review["STAGE"], review["DATE_RECEIVED"]
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", received):
            raise ValueError(f"DATE_RECEIVED {received!r} is not a date")
        said = [f'OIRA received the {stage} "{review["TITLE"]}" (RIN {rin}) for review on {received}.']
        decision, completed = review.get("DECISION", ""), review.get("DATE_COMPLETED", "")
        if completed:
            said.append(f"The review was concluded on {completed}{f': {decision}' if decision else ''}.")
        if review.get("ECONOMICALLY_SIGNIFICANT", "").lower() == "yes":
            said.append("It is economically significant.")
        return Announcement(
            source_id=self.entry.id,
            url=f"{_PAGE}?{urlencode({'SearchTarget': 'RegReview', 'textfield': rin})}",
            external_id=f"{rin}/{received}",
            title=review["TITLE"],
            summary=" ".join(said),
            published=date.fromisoformat(received),
            updated=_day(completed),
            stage="withdrawn" if decision.lower().startswith("withdrawn") else "under-review",
            identifiers=[
                Identifier("oira_review", f"{rin}/{received}"),
                Identifier("rin", rin, "cites"),
            ],
            attributes={key.lower(): value for key, value in review.items() if key not in ("TITLE", "RIN")},
        )


def _day(text: str) -> date | None:
    """An ISO day as the file states it; ``None`` for none or for anything else."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def parse_xml(body: bytes) -> etree._Element:
    """The root of an XML file: no entity is resolved, nothing is fetched, no huge tree is built.

    Raises :class:`~spiders.base.Drift` when it is not well-formed.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Drift(f"the answer is not XML ({error}); look at it, the file may have been renamed") from error
