"""Spain's official gazette (BOE): the summary of each day's issue, and the metadata of consolidated laws.

The API gives JSON when asked by ``Accept``. It is XML turned into JSON: what occurs once is an object, what occurs
several times a list of objects. A day without an issue (Sundays) answers 404. Only the summaries are
read: robots.txt keeps robots out of the XML edition of the documents themselves.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar

from scrapy import Request
from scrapy.http import Response

from archive.models import Announcement, Identifier, KeyDate
from spiders.base import Drift, Empty, Read, SourceSpider

_DAY = "{YYYYMMDD}"


class Boe(SourceSpider):
    """Options: ``sections`` (codes of the sections to keep; without it all) and ``days`` (how many days back an
    issue that was never read is asked for, default 7).
    """

    reader = "es_boe"
    options: ClassVar[Mapping[str, type]] = {"sections": list, "days": int}
    quiet_statuses: ClassVar[frozenset[int]] = frozenset({404})

    def first_urls(self) -> Iterator[str]:
        archive = self.archive()
        for url in self.entry.urls:
            if _DAY not in url:
                yield url
                continue
            for back in range(self.option("days", 7)):
                address = url.replace(_DAY, f"{self.today() - timedelta(days=back):%Y%m%d}")
                # an extraordinary issue can still join the last two days' summaries
                if back < 2 or archive is None or archive.validator(address) is None:
                    yield address

    def open(self, url: str, **arguments: Any) -> Request:
        arguments["headers"] = {"Accept": "application/json", **(arguments.get("headers") or {})}
        return super().open(url, **arguments)

    def reader_for(self, response: Response) -> Read:
        return self.read_law if "/legislacion-consolidada/" in response.url else self.read

    def read(self, response: Response) -> Iterator[Announcement]:
        data = _data(response)
        summary = data.get("sumario") if isinstance(data, Mapping) else None
        if not isinstance(summary, Mapping) or not summary.get("diario"):
            raise Drift("the answer has no 'sumario' with a 'diario'; look at it and mend the reader")
        published = _day((summary.get("metadatos") or {}).get("fecha_publicacion"))
        wanted = set(self.option("sections", ()))
        bad: list[str] = []
        read = 0
        for issue in _listed(summary["diario"]):
            for section in _listed(issue.get("seccion")):
                if wanted and section.get("codigo") not in wanted:
                    read += sum(1 for _ in _items(section))
                    continue
                for item, heading in _items(section):
                    read += 1
                    try:
                        yield self._announcement(item, heading, published)
                    except ValueError as error:
                        bad.append(str(error))
        if not read:
            raise Empty("the issue has no document in any section; look at it and mend the reader")
        if bad:
            raise Drift(f"{len(bad)} of {read} documents cannot be read: {'; '.join(bad[:5])}")

    def _announcement(self, item: Mapping[str, Any], heading: list[str], published: date) -> Announcement:
        number = _required(item, "identificador", "titulo", "url_html")
        pdf = item.get("url_pdf")
        facts = {
            "section": heading[0],
            "department": next(iter(heading[1:2]), ""),
            "heading": next(iter(heading[2:]), ""),
            "control": item.get("control"),
            "pdf_url": pdf.get("texto") if isinstance(pdf, Mapping) else "",
        }
        return Announcement(
            source_id=self.entry.id,
            url=item["url_html"],
            external_id=number,
            title=item["titulo"],
            summary=". ".join(part.rstrip(".") for part in heading) + ".",
            published=published,
            identifiers=[Identifier("boe", number)],
            attributes={name: value for name, value in facts.items() if value},
        )

    def read_law(self, response: Response) -> Iterator[Announcement]:
        """The metadata of a consolidated law: one announcement for each law that is described.

        Its text is another document than the one in the gazette, of which it keeps the number.
        """
        for law in _listed(_data(response)):
            try:
                yield self._law(law)
            except ValueError as error:
                raise Drift(f"a law's metadata cannot be read: {error}") from error

    def _law(self, law: Mapping[str, Any]) -> Announcement:
        number = _required(law, "identificador", "titulo", "url_html_consolidada", "fecha_publicacion")
        in_force = law.get("fecha_vigencia") or ""
        dates = []
        if in_force:
            quote = f"fecha_vigencia: {in_force}"
            dates.append(KeyDate("effective", _day(in_force).isoformat(), quote, "es-boe:fecha_vigencia"))
        facts: dict[str, Any] = {
            name: law.get(name) for name in ("numero_oficial", "diario", "diario_numero", "url_eli")
        }
        for name in ("ambito", "departamento", "rango", "estado_consolidacion"):
            facts[name] = law[name].get("texto") if isinstance(law.get(name), Mapping) else None
        facts |= {
            name: law.get(name) == "S" for name in ("estatus_derogacion", "estatus_anulacion", "vigencia_agotada")
        }
        return Announcement(
            source_id=self.entry.id,
            url=law["url_html_consolidada"],
            external_id=f"{number}/consolidada",
            title=law["titulo"],
            summary=". ".join(str(facts[name]) for name in ("rango", "departamento") if facts[name]),
            published=_day(law["fecha_publicacion"]),
            updated=_moment(law.get("fecha_actualizacion") or ""),
            key_dates=dates,
            identifiers=[Identifier("boe", number)],
            attributes={name: value for name, value in facts.items() if value},
        )


def _data(response: Response) -> Any:
    """The ``data`` of an answer. Raises :class:`~spiders.base.Drift` when there is none."""
    try:
        # some answers were saved with a byte order mark, which JSON forbids
        content = json.loads(response.body.decode("utf-8-sig"))
    except ValueError as error:
        raise Drift(f"the answer is not JSON ({error}); was it asked for by Accept?") from error
    if not isinstance(content, Mapping) or not content.get("data"):
        raise Drift("the answer has no 'data'; look at it and mend the reader")
    return content["data"]


def _listed(value: Any) -> list[Mapping[str, Any]]:
    """What XML turned into JSON holds under a name: nothing, one object or a list of them."""
    listed = value if isinstance(value, list) else [value]
    return [entry for entry in listed if isinstance(entry, Mapping)]


def _items(section: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], list[str]]]:
    """The documents of a section, at whatever depth, each with the headings above it.

    A document stands under a heading (``epigrafe``) of a department, right under the department, or in the
    ``texto`` of either.
    """
    yield from _below(section, [])


def _below(node: Mapping[str, Any], above: list[str]) -> Iterator[tuple[Mapping[str, Any], list[str]]]:
    name = " ".join(str(node.get("nombre") or "").split())
    heading = [*above, name] if name else above
    for item in _listed(node.get("item")):
        yield item, heading
    for level in ("departamento", "epigrafe", "apartado", "texto"):
        for child in _listed(node.get(level)):
            yield from _below(child, heading)


def _required(row: Mapping[str, Any], *names: str) -> str:
    """The row's id, once everything that is required was found to be there. Raises ``ValueError``."""
    missing = [name for name in names if not isinstance(row.get(name), str) or not row[name].strip()]
    if missing:
        raise ValueError(f"{row.get('identificador') or 'a document'} lacks {', '.join(missing)}")
    return str(row["identificador"])


def _day(text: Any) -> date:
    """``20260302`` as a date. Raises :class:`~spiders.base.Drift`."""
    if not isinstance(text, str) or not re.fullmatch(r"\d{8}", text):
        raise Drift(f"{text!r} is not a day (YYYYMMDD); look at the answer and mend the reader")
    return date(int(text[:4]), int(text[4:6]), int(text[6:]))


def _moment(text: str) -> datetime | None:
    """``20260526T103624Z`` as a time in UTC; ``None`` when there is none."""
    if not re.fullmatch(r"\d{8}T\d{6}Z", text):
        return None
    return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
