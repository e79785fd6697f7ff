"""Turns the tables of a Visa Bulletin into figures: one for each cell that states something.

The bulletin's markup has been regular since 2002 apart from spellings and line breaks. It has four kinds of
table: preference charts (categories by areas of chargeability, holding cut-off dates), diversity charts
(regions, holding lottery rank numbers, with exceptions in a last column), lists of countries with a number
each, and statistics of diversity visas (rows by regions). The few other tables are text laid out in columns.
Leftovers of older bulletins that stand off the screen are no part of the page and must be removed before.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from archive.models import Figure

MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_name) if name}
_DAY = re.compile(r"(\d{1,2}) ?([A-Z]{3})[A-Z]* ?(\d{2}|\d{4})", re.IGNORECASE)
_SHORT_MONTHS = {name.upper(): number for number, name in enumerate(calendar.month_abbr) if name}
_COUNTRY = re.compile(r"\s*(?P<name>[^\d\s](?:[^\d]*[^\d\s])?)\s+(?P<number>\d[\d,]*)(?=\s|$)")
_EDITION = re.compile(r"\bDV-\d{4}\b")
_EXCEPTION = re.compile(
    r"(?P<name>[^\d:]*?[^\d:\s])\s*:?\s*(?P<value>\d[\d,]*(?:(?<=,) \d{3})?|CURRENT|UNAVAILABLE)\b",
    re.IGNORECASE,
)

#: Rows of the preference charts: how a series is called, and the programme that it belongs to. The first
#: pattern found in the printed label counts. Programmes without an entry of their own in the vocabulary
#: (family preferences, EB-4) are named in its manner.
_EMPLOYMENT = (
    (r"rural", "5th-rural", "us-eb-5"),
    (r"high unemployment", "5th-high-unemployment", "us-eb-5"),
    (r"infrastructure", "5th-infrastructure", "us-eb-5"),
    (r"unreserved \(i5", "5th-unreserved-regional-center", "us-eb-5"),
    (r"unreserved", "5th-unreserved", "us-eb-5"),
    (r"non-regional", "5th-non-regional-center", "us-eb-5"),
    (r"5th regional", "5th-regional-center", "us-eb-5"),
    (r"targeted employ", "5th-targeted-employment-areas", "us-eb-5"),
    (r"pilot", "5th-pilot-programs", "us-eb-5"),
    (r"5th", "5th", "us-eb-5"),
    (r"other workers", "other-workers", "us-eb-3"),
    (r"schedule a", "schedule-a", "us-schedule-a"),
    (r"relig", "certain-religious-workers", "us-eb-4"),
    (r"translators", "iraqi-afghan-translators", "us-eb-4"),
    (r"4th", "4th", "us-eb-4"),
    (r"3rd", "3rd", "us-eb-3"),
    (r"2nd", "2nd", "us-eb-2"),
    (r"1st", "1st", "us-eb-1"),
)
_FAMILY = (
    (r"2a", "f2a", "us-family-f2a"),
    (r"2b", "f2b", "us-family-f2b"),
    (r"f1|1st", "f1", "us-family-f1"),
    (r"f3|3rd", "f3", "us-family-f3"),
    (r"f4|4[tr][hd]", "f4", "us-family-f4"),
)
#: For a row or table that belongs to no programme in particular.
_BULLETIN = "us-visa-bulletin"

#: Column heads of 2005 were abbreviated, and the Philippines have been misspelt in several ways.
_AREAS = (
    (r"all charg", "all"), (r"ch$|china", "china"), (r"in$|india$", "india"), (r"me$|mexico$", "mexico"),
    (r"ph$|phil", "philippines"),
)  # fmt: skip


class ChartError(ValueError):
    """A table has a shape or a cell that cannot be read without guessing; the message quotes it."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the page: ``rows`` of cell texts with folded white space, and the text ``before`` it."""

    rows: Sequence[Sequence[str]]
    before: str

    @property
    def caption(self) -> str:
        """The last line of text above the table."""
        lines = [line for line in (" ".join(line.split()) for line in self.before.splitlines()) if line]
        return lines[-1][:300] if lines else ""


def read_tables(tables: Sequence[Table], month: str) -> tuple[list[Figure], list[str]]:
    """The figures of a bulletin's tables, in the page's order, and what could not be read (empty: nothing).

    ``month`` is ``2026-07``; figures are valid from its first day, but for diversity charts that announce
    the next month. Raises :class:`ChartError` when two charts claim to be the same one, because then the
    headings that tell final action dates from filing dates are no longer where they were.
    """
    figures: list[Figure] = []
    problems: list[str] = []
    known: set[tuple[str, str]] = set()
    caption = topic = ""
    for table in tables:
        caption = table.caption or caption
        topic = table.before if _EDITION.search(table.before) else topic
        rows = [row for row in table.rows if any(row)]
        head = _preference_head(rows)
        if head is not None:
            found, wrong, name = _preference(rows, head, table.before, month)
        elif any(row[0].casefold() == "region" for row in rows[:2]):
            found, wrong, name = _diversity(rows, table.before, month)
        else:
            figures += _countries(rows, topic, month) or _statistics(rows, caption, month)
            continue
        if name in known:
            raise ChartError(f"two tables claim to be the {' '.join(name)} chart; the headings above them changed")
        known.add(name)
        figures += found
        problems += wrong
    return figures, problems


def cutoff(text: str, month: str) -> str:
    """A cell of a preference chart as value: ``01JAN23`` is ``2023-01-01``, current is ``C``, unavailable ``U``.

    Two-digit years never lie after the bulletin's ``month`` (``2026-07``). Raises :class:`ChartError`.
    """
    plain = text.strip(" *").upper()
    if plain in ("C", "CURRENT"):
        return "C"
    if plain in ("U", "UNAVAILABLE", "UNAUTHORIZED"):
        return "U"
    match = _DAY.fullmatch(plain)
    try:
        if match is None:
            raise KeyError
        day, number, year = int(match[1]), _SHORT_MONTHS[match[2]], int(match[3])
        if year < 100:
            year += 2000 if year + 2000 <= int(month[:4]) else 1900
        return date(year, number, day).isoformat()
    except (KeyError, ValueError):
        raise ChartError(f"cell {text!r} is neither a date nor C nor U") from None


def slug(text: str) -> str:
    """Words for use in a series' name: lower case, joined by hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", text.casefold()).strip("-")


# -- preference charts ----------------------------------------------------------------------------------


def _preference_head(rows: Sequence[Sequence[str]]) -> int | None:
    """Where the row of areas stands: first, or below a caption that spans the table. ``None``: no such chart."""
    for number, row in enumerate(rows[:2]):
        if len(row) > 1 and re.match(r"all charge?-?\s*ability|all chargability", row[1], re.IGNORECASE):
            labels = [row[0], rows[number + 1][0] if len(rows) > number + 1 else ""]
            if any(re.match(r"family|employment", label, re.IGNORECASE) for label in labels):
                return number
    return None


def _preference(
    rows: Sequence[Sequence[str]], head: int, before: str, month: str
) -> tuple[list[Figure], list[str], tuple[str, str]]:
    label = rows[head][0] or rows[head + 1][0]
    preference = "family" if label.casefold().startswith("family") else "employment"
    headings = re.findall(r"(FINAL)\s+ACTION\s+DATES|DATES\s+FOR\s+FILING", before)
    chart = "filing" if headings and not headings[-1] else "final_action"
    areas = rows[head][1:]
    figures: list[Figure] = []
    problems: list[str] = []
    for row in rows[head + 1 :]:
        if not any(row[1:]):
            continue
        if len(row) != len(areas) + 1:
            problems.append(f"row {row[0]!r} of the {preference} chart has {len(row) - 1} cells for {len(areas)} areas")
            continue
        category, programme = _row_of(row[0], _FAMILY if preference == "family" else _EMPLOYMENT)
        for area, cell in zip(areas, row[1:], strict=True):
            if not cell:
                continue
            try:
                value = cutoff(cell, month)
            except ChartError as error:
                problems.append(f"{preference}, {row[0]}, {area}: {error}")
                continue
            figures.append(
                Figure(
                    programme, "cutoff_date", value, f"{row[0]} | {area} | {cell}",
                    f"us-state-visa-bulletin:{preference}-{chart}", valid_from=f"{month}-01" if month else "",
                    series=f"{preference}/{category}/{_area_of(area)}/{chart.replace('_', '-')}",
                    dimensions={"chart": chart, "preference": preference, "category": row[0], "chargeability": area},
                )
            )  # fmt: skip
    return figures, problems, (preference, chart)


def _row_of(label: str, known: Sequence[tuple[str, str, str]]) -> tuple[str, str]:
    for pattern, name, programme in known:
        if re.search(pattern, label, re.IGNORECASE):
            return name, programme
    return slug(label), _BULLETIN


def _area_of(label: str) -> str:
    for pattern, name in _AREAS:
        if re.match(pattern, label, re.IGNORECASE):
            return name
    return slug(label)


# -- diversity charts -----------------------------------------------------------------------------------


def _diversity(
    rows: Sequence[Sequence[str]], before: str, month: str
) -> tuple[list[Figure], list[str], tuple[str, str]]:
    valid_from = _diversity_month(before, month)
    advance = valid_from[:7] != month
    area = rows[0][1] if len(rows[0]) > 1 else ""
    edition = _EDITION.findall(before)
    figures: list[Figure] = []
    problems: list[str] = []
    for row in rows[1:]:
        cells = [cell for cell in row[1:] if cell]
        if not cells:
            continue
        shared = {"chart": "final_action", "preference": "diversity", "category": row[0]}
        if advance:
            shared["notice"] = "advance"
        if edition:
            shared["edition"] = edition[-1]
        # until 2006 the region's code stood before its number, in a cell of its own or in the same one
        if code := re.fullmatch(r"(AF|AS|EUR?|NA|OC|SA)(?:[ -](\S.*))?", cells[0]):
            shared["region_code"] = code[1]
            cells = [code[2], *cells[1:]] if code[2] else cells[1:]
        stated = [(area, cell, f"{row[0]} | {area} | {cell}") for cell in cells[:1]]
        for cell in cells[1:]:
            exceptions = list(_EXCEPTION.finditer(re.sub(r"^\s*except:?\s*", "", cell, flags=re.IGNORECASE)))
            if not exceptions:
                problems.append(f"{row[0]}: no exceptions can be read in {cell!r}")
            stated += [(e["name"].strip(), e["value"], f"{row[0]} | {cell}") for e in exceptions]
        for where, printed, quote in stated:
            number_text = re.sub(r"[,\s]", "", printed.strip("* "))
            special = {"CURRENT": "C", "C": "C", "UNAVAILABLE": "U", "U": "U"}.get(number_text.upper())
            if special is None and not number_text.isdigit():
                problems.append(f"{row[0]}, {where}: {printed!r} is neither a rank number nor current")
                continue
            figures.append(
                Figure(
                    "us-dv", "cutoff_date", special or number_text, quote, "us-state-visa-bulletin:diversity",
                    number=None if special else float(number_text), unit="" if special else "rank number",
                    valid_from=valid_from,
                    series=f"diversity/{slug(row[0])}/{'all' if where == area else slug(where)}/final-action",
                    dimensions=shared | {"chargeability": where},
                )
            )  # fmt: skip
    return figures, problems, ("diversity", valid_from)


def _diversity_month(before: str, month: str) -> str:
    """The first day of the month that a diversity chart is for: the bulletin's, or the next one's in advance.

    The heading and the sentence above the chart both name it; either has been misspelt or left unchanged.
    """
    if not month:
        return ""
    named = re.findall(r"\bFor\s+([A-Z][a-z]+)\s*,\s+immigrant\s+numbers", before)[-1:]
    named += re.findall(r"WHICH\s+WILL\s+APPLY\s+IN\s+([A-Z]+)", before)[-1:]
    own = int(month[5:])
    number = next((MONTHS[m.lower()] for m in named if MONTHS.get(m.lower(), own) != own), own)
    return f"{int(month[:4]) + (number < own)}-{number:02d}-01"


# -- everything else ------------------------------------------------------------------------------------


def _countries(rows: Sequence[Sequence[str]], topic: str, month: str) -> list[Figure]:
    """A list of countries, each followed by its number of selected persons, under the names of regions."""
    cells = [cell for row in rows for cell in row if cell]
    listed = [cell for cell in cells if _COUNTRY.match(cell) and not _COUNTRY.sub("", cell).strip()]
    if not _EDITION.search(topic) or len(listed) * 2 < len(cells):
        return []
    edition = _EDITION.findall(topic)[-1]
    region = ""
    figures = []
    for row in rows:
        if not any(map(_COUNTRY.match, row)):
            region = next(filter(None, row))
        for match in (match for cell in row for match in _COUNTRY.finditer(cell)):
            name, number = match["name"], match["number"].replace(",", "")
            dimensions = {"preference": "diversity", "category": "selectees", "chargeability": name}
            figures.append(
                Figure(
                    "us-dv", "selectees", number, match.group().strip(), "us-state-visa-bulletin:selectees",
                    number=float(number), unit="persons", valid_from=f"{month}-01" if month else "",
                    series=f"diversity/selectees/{slug(name)}",
                    dimensions=dimensions | {"edition": edition} | ({"region": region} if region else {}),
                )
            )  # fmt: skip
    return figures


def _statistics(rows: Sequence[Sequence[str]], caption: str, month: str) -> Iterator[Figure]:
    """Statistics by regions: a head whose first cell is empty, groups (a name alone) and rows of numbers."""
    head: Sequence[str] = ()
    group = ""
    for row in rows:
        filled = [cell for cell in row[1:] if cell]
        if not row[0] and len(filled) > 1:
            head = row
        elif not filled:
            group = row[0]
        elif len(head) == len(row):
            for column, cell in zip(head[1:], row[1:], strict=True):
                plain = cell.replace(",", "")
                if not plain.isdigit():
                    continue
                yield Figure(
                    "us-dv" if _EDITION.search(caption) else _BULLETIN, "statistic", plain,
                    f"{row[0]} | {column} | {cell}", "us-state-visa-bulletin:statistics", number=float(plain),
                    valid_from=f"{month}-01" if month else "",
                    series="/".join(slug(part) for part in ("statistics", caption, group, row[0], column) if part),
                    dimensions={"table": caption, "group": group, "category": row[0], "column": column},
                )  # fmt: skip
