"""IRCC's processing times: two JSON files, by country of residence and without.

The files are replaced every week. Their indentation changes from week to week (tabs, none), so bytes mean
nothing. Each file is one announcement; a new week's times are its next revision.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date
from posixpath import basename
from typing import Any
from urllib.parse import urlsplit

from scrapy.http import Response

from archive.models import Announcement, Figure
from spiders.base import Drift, SourceSpider
from spiders.moments import stated

#: The page that shows both files. It ignores a query, by which the two announcements' addresses differ.
_PAGE = "https://www.canada.ca/en/immigration-refugees-citizenship/services/application/check-processing-times.html"

#: What the two files are about, by name.
_TITLES = {
    "data-ptime-en.json": "IRCC processing times by country of residence",
    "data-ptime-non-country-en.json": "IRCC processing times for applications made in Canada or online",
}

#: Programmes of the files' service keys. Services that the vocabulary has no programme for have a code of
#: their own in its manner (``ca-visitor-visa``); a work permit may be issued under several programmes.
PROGRAMMES: Mapping[str, str] = {
    "work": "ca-work-permit",
    "work_extension": "ca-work-permit",
    "study": "ca-study-permit",
    "study_extension": "ca-study-permit",
    "iec": "ca-imp",  # International Experience Canada is part of the International Mobility Program
    "sawp": "ca-tfwp",  # the Seasonal Agricultural Worker Program is part of the Temporary Foreign Worker Program
    "fed_skilled_trades": "ca-express-entry",
    "visitor-outside-canada": "ca-visitor-visa",
    "visitor_inside_canada": "ca-visitor-visa",
    "visitor_extension": "ca-visitor-record",
    "supervisa": "ca-super-visa",
    "eta": "ca-eta",
    "child_dependent": "ca-family-class",
    "child_adopted": "ca-family-class",
    "refugees_gov": "ca-refugees",
    "refugees_private": "ca-refugees",
    "citizenship": "ca-citizenship",
    "pr_card": "ca-pr-card",
    "rep_documents": "ca-replacement-documents",
}

_TIME = re.compile(r"(?:(?P<part>Part \d+):\s*)?(?P<number>\d+)\s+(?P<unit>minute|hour|day|week|month|year)s?", re.I)


class ProcessingTimes(SourceSpider):
    """Every time in a file is a figure; IRCC's words for "none known" are kept as the figure's value."""

    reader = "ca_ircc_processing"

    def read(self, response: Response) -> Iterator[Announcement]:
        try:
            content: Any = json.loads(response.body.decode("utf-8-sig"))
        except (UnicodeDecodeError, json.JSONDecodeError) as error:
            raise Drift(f"the file is not JSON ({error}); look at it and mend the reader") from error
        if not isinstance(content, dict):
            raise Drift("the file is not a table of services; look at it and mend the reader")
        file_day = _day(content.get("default-update"))
        figures: list[Figure] = []
        days: list[date] = []
        strange: list[str] = []
        for service in sorted(content):
            if service == "default-update":
                continue
            times = content[service]
            if not isinstance(times, dict):
                strange.append(service)
                continue
            day = _day(times) or file_day
            days += [day] if day else []
            for keys, text in _leaves(times):
                if isinstance(text, str) and text.strip():
                    figures.append(_figure(service, keys, " ".join(text.split()), day))
                else:
                    strange.append("/".join((service, *keys)))
        if not figures:
            raise Drift("the file has no processing times; look at it and mend the reader")
        newest = max(days, default=None)
        name = basename(urlsplit(response.url).path)
        services = {f.dimensions["service"] for f in figures}
        yield Announcement(
            source_id=self.entry.id,
            url=f"{_PAGE}?data={name}",
            external_id=name,
            title=_TITLES.get(name, f"IRCC processing times: {name}"),
            summary=f"Times that IRCC states for {len(services)} services"
            + (f", as of {newest:%B} {newest.day}, {newest.year}." if newest else "."),
            body="\n".join(f.quote for f in figures),
            published=newest,
            updated=newest,
            stage="operational",
            figures=figures,
            attributes={"file": response.url},
        )
        if strange:
            raise Drift(f"{len(strange)} entries are not processing times: {', '.join(strange[:5])}")


def _leaves(times: Mapping[str, Any], *above: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every value with its keys (country, perhaps applicant), in the keys' order: the file's own order moves."""
    for key in sorted(times):
        if key == "lastupdated":
            continue
        if isinstance(times[key], dict):
            yield from _leaves(times[key], *above, key)
        else:
            yield (*above, key), times[key]


def _figure(service: str, keys: tuple[str, ...], text: str, day: date | None) -> Figure:
    match = _TIME.fullmatch(text)
    dimensions = {"service": service}
    for key in keys:
        if re.fullmatch(r"[A-Z]{2}", key):
            dimensions["country"] = key
        elif key != service:
            dimensions["application"] = key
    if match and match["part"]:
        dimensions["part"] = match["part"]
    return Figure(
        programme=PROGRAMMES.get(service, f"ca-{service.replace('_', '-').lower()}"),
        parameter="processing_time",
        value=str(int(match["number"])) if match else text,
        quote=" | ".join((*dict.fromkeys((service, *keys)), text)),
        rule="ca-ircc-processing:" + service,
        number=float(match["number"]) if match else None,
        unit=match["unit"].lower() + "s" if match else "",
        valid_from=day.isoformat() if day else "",
        series="/".join(dict.fromkeys((service, *keys))).lower(),
        dimensions=dimensions,
    )


def _day(times: Any) -> date | None:
    """``{"lastupdated": "June 24, 2026"}`` as a day; ``None`` where it is not stated."""
    text = times.get("lastupdated") if isinstance(times, dict) else None
    moment = stated(text) if isinstance(text, str) else None
    # every stated day is a date; a time would be UTC
    return date.fromisoformat(moment.value.isoformat()[:10]) if moment else None
