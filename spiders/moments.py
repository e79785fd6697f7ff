"""Reads the dates that feeds and pages state, at the precision that they state and never finer.

Three notations are standards: RFC 822 with its successors (RSS), RFC 3339 (Atom, JSON Feed) and W3CDTF
(metadata). A time whose zone is not stated is a moment that nobody can name, so only its day is kept.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime

from dateutil import parser as dateutil_parser

from archive.models import Precision

_YEAR = re.compile(r"\d{4}")
_MONTH = re.compile(r"(\d{4})-(\d{2})")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_ISO_TIME = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2})[T ](?P<clock>\d{2}:\d{2})(?P<second>:\d{2})?(?:[.,]\d+)?\s*"
    r"(?P<zone>Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?",
    re.IGNORECASE,
)
_SPELT_YEAR = re.compile(r"\b(?:19|20)\d{2}\b")
_SPELT_DAY = re.compile(r"\b\d{1,2}(?:st|nd|rd|th)?\b(?!\d)", re.IGNORECASE)

#: dateutil fills what is missing from its default; two defaults show what was really there.
_DEFAULTS = (datetime(2000, 1, 1), datetime(2004, 2, 2))  # noqa: DTZ001  # never a result, only a comparison


@dataclass(frozen=True, slots=True)
class Moment:
    """A stated moment: an aware datetime, or a date where no time (or no zone) was stated.

    ``precision`` is ``second``, ``minute``, ``day``, ``month`` or ``year``; a month or year is a date at its
    first day.
    """

    value: datetime | date
    precision: Precision


def stated(text: str | None) -> Moment | None:
    """The moment that a text states, or ``None`` when it states none that can be trusted.

    Understands RFC 822, RFC 3339, W3CDTF and spelt-out English dates with a day, a month's name and a year.
    ``03/04/2026`` is ``None``: nobody can tell the day from the month.
    """
    text = " ".join((text or "").split())
    if not text or len(text) > 100:
        return None
    try:
        return _iso(text) or _rfc822(text) or _spelt(text)
    except (ValueError, OverflowError):
        return None


def _iso(text: str) -> Moment | None:
    if _YEAR.fullmatch(text):
        return Moment(date(int(text), 1, 1), "year")
    if match := _MONTH.fullmatch(text):
        return Moment(date(int(match[1]), int(match[2]), 1), "month")
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}(?:Z|[+-]\d{2}:\d{2})?", text):
        return Moment(date.fromisoformat(text[:10]), "day")
    if match := _COMPACT.fullmatch(text):
        return Moment(date(*map(int, match.groups())), "day")
    match = _ISO_TIME.fullmatch(text)
    if not match:
        return None
    if not match["zone"]:
        return Moment(date.fromisoformat(match["day"]), "day")
    zone = match["zone"].upper()
    offset = "+00:00" if zone in ("Z", "UTC", "GMT") else zone if len(zone) > 3 else f"{zone}:00"
    # fractions of a second are dropped: they are counters of a publisher's database, not news
    value = datetime.fromisoformat(f"{match['day']}T{match['clock']}{match['second'] or ':00'}{offset}")
    return Moment(value.astimezone(UTC), "second" if match["second"] else "minute")


def _rfc822(text: str) -> Moment | None:
    if not re.match(r"(?:[A-Za-z]{3,9},?\s+)?\d{1,2}[\s-][A-Za-z]{3,9}\.?[\s-]\d{2,4}\b", text):
        return None
    clock = re.search(r"\b\d{1,2}:\d{2}(:\d{2})?\b", text)
    if not clock:
        return None
    # long names of months and dotted short ones are common and not RFC 822
    text = re.sub(r"\b([A-Za-z]{3})[a-z]*\.?(?=[\s-]\d{2,4}\b)", r"\1", text)
    try:
        value = parsedate_to_datetime(text)
    except ValueError:
        return None
    if value.tzinfo is None and not re.search(r"-0000$", text):
        return Moment(value.date(), "day")
    value = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return Moment(value, "second" if clock[1] else "minute")


def _spelt(text: str) -> Moment | None:
    """``August 7, 2026``, ``Thursday 7 Aug 2026, 10:08 EDT``: the day, since such zones are not standards."""
    if not _SPELT_YEAR.search(text) or not _SPELT_DAY.search(text) or not re.search(r"[A-Za-z]{3}", text):
        return None
    try:
        found = [dateutil_parser.parse(text, default=default, ignoretz=True).date() for default in _DEFAULTS]
    except (ValueError, OverflowError, TypeError, AttributeError):
        return None
    return Moment(found[0], "day") if found[0] == found[1] else None
