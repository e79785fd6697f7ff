"""Turns the tables of a Visa Bulletin into figures: one for each cell that states something.

The bulletin's markup has been regular since 2002 apart from spellings and line breaks. It has four kinds of
table: preference charts (categories by areas of chargeability, holding cut-off dates), diversity charts
(regions, holding lottery rank numbers, with exceptions in a last column), lists of countries with a number
each, and statistics (anything by anything). Leftovers of older bulletins that stand off the screen are no
part of the page and must be removed before.
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
_COUNTRY = re.compile(r"(?P<name>[^\d]*[^\d\s])\s+(?P<number>\d[\d,]*)")
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
    (r"f4|4th", "f4", "us-family-f4"),
)
#: For a row or table that belongs to no programme in particular.
_BULLETIN = "us-visa-bulletin"

#: Column heads of 2005 were abbreviated, and the Philippines have been misspelt in several ways.
_AREAS = (
    (r"all charge", "all"), (r"ch$|china", "china"), (r"in$|india$", "india"), (r"me$|mexico$", "mexico"),
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
    caption = ""
    for table in tables:
        caption = table.caption or caption
        rows = [row for row in table.rows if any(row)]
        head = _preference_head(rows)
        if head is not None:
            found, wrong, name = _preference(rows, head, table.before, month)
        elif rows and rows[0][0].casefold() == "region":
            found, wrong, name = _diversity(rows, table.before, month)
        else:
            figures += _countries(rows, table.before, month) or _statistics(rows, caption, month)
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
    headings = re.findall(r"FINAL ACTION DATES|DATES FOR FILING", before)
    chart = "filing" if headings and headings[-1] == "DATES FOR FILING" else "final_action"
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
    announced = re.findall(r"WHICH WILL APPLY IN\s+([A-Z]+)", before)
    advance = MONTHS.get(announced[-1].lower()) if announced else None
    valid_from = f"{month}-01" if month else ""
    if month and advance:
        year, number = int(month[:4]), int(month[5:])
        valid_from = f"{year + (advance < number)}-{advance:02d}-01"
    area = rows[0][1] if len(rows[0]) > 1 else ""
    edition = re.findall(r"\bDV-\d{4}\b", before)
    figures: list[Figure] = []
    problems: list[str] = []
    for row in rows[1:]:
        cells = [cell for cell in row[1:] if cell]
        shared = {"chart": "final_action", "preference": "diversity", "category": row[0]}
        if advance:
            shared["notice"] = "advance"
        if edition:
            shared["edition"] = edition[-1]
        # until 2006 the region's code stood before its number, in a cell of its own or in the same one
        if cells and (code := re.fullmatch(r"(AF|AS|EU|NA|OC|SA)(?:[ -](\S.*))?", cells[0])):
            shared["region"] = code[1]
            cells = [code[2], *cells[1:]] if code[2] else cells[1:]
        stated = [(area, cells[0], f"{row[0]} | {area} | {cells[0]}")] if cells else []
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
    return figures, problems, ("diversity", "advance" if advance else "final_action")


# -- everything else ------------------------------------------------------------------------------------


def _programme_of(text: str) -> str:
    return "us-dv" if re.search(r"\bDV\b|diversity", text, re.IGNORECASE) else _BULLETIN


def _countries(rows: Sequence[Sequence[str]], before: str, month: str) -> list[Figure]:
    """A list of countries, each with a number in the same cell, under the names of regions."""
    cells = [cell for row in rows for cell in row if cell]
    listed = [cell for cell in cells if _COUNTRY.fullmatch(cell)]
    if len(listed) < 3 or len(listed) * 2 < len(cells):
        return []
    edition = re.findall(r"\bDV-\d{4}\b", before)
    region = ""
    figures = []
    for row in rows:
        if not any(map(_COUNTRY.fullmatch, row)):
            region = next(filter(None, row))
        for match in filter(None, map(_COUNTRY.fullmatch, row)):
            dimensions = {"preference": "diversity", "category": "selectees", "chargeability": match["name"]}
            figures.append(
                Figure(
                    _programme_of(before), "selectees", match["number"].replace(",", ""), match.group(),
                    "us-state-visa-bulletin:countries", number=float(match["number"].replace(",", "")),
                    unit="persons", valid_from=f"{month}-01" if month else "",
                    series=f"diversity/selectees/{slug(match['name'])}",
                    dimensions=dimensions | ({"region": region} if region else {})
                    | ({"edition": edition[-1]} if edition else {}),
                )
            )  # fmt: skip
    return figures


def _statistics(rows: Sequence[Sequence[str]], caption: str, month: str) -> list[Figure]:
    """Statistics of any kind. Tables of one column are layout; their text is in the bulletin's body."""
    if not rows or max(map(len, rows)) < 2:
        return []
    return list(_statistic_cells(rows, caption, month))


def _statistic_cells(rows: Sequence[Sequence[str]], caption: str, month: str) -> Iterator[Figure]:
    head: Sequence[str] = ()
    group = ""
    for row in rows:
        filled = [cell for cell in row[1:] if cell]
        if not head or (not row[0] and len(filled) > 1):
            head = row
            continue
        if not filled:
            group = row[0]
            continue
        for number, cell in enumerate(row[1:], start=1):
            if not cell:
                continue
            column = head[number] if number < len(head) else ""
            plain = cell.replace(",", "")
            dimensions = {"table": caption, "group": group, "category": row[0], "column": column}
            yield Figure(
                _programme_of(caption), "statistic", plain if plain.isdigit() else cell,
                f"{row[0]} | {column} | {cell}", "us-state-visa-bulletin:statistics",
                number=float(plain) if plain.isdigit() else None, valid_from=f"{month}-01" if month else "",
                series="/".join(filter(None, ("statistics", *map(slug, (caption, group, row[0], column))))),
                dimensions={key: value for key, value in dimensions.items() if value},
            )  # fmt: skip
