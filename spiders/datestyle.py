"""Reads dates as one source writes them: in its own format, language or zone, stated in its register entry.

Whatever the entry says, the standard notations of :mod:`spiders.moments` are understood first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import dateparser
from dateparser.conf import SettingValidationError
from dateparser.data.languages_info import language_order

from spiders.moments import Moment, stated
from spiders.register import Entry

#: The options by which an entry states how its source writes dates.
DATE_OPTIONS: Mapping[str, type] = {"date_format": str, "locale": str, "zone": str}

#: Numbers from here on are milliseconds: as seconds they lie beyond the year 5138.
_MILLISECONDS = 100_000_000_000

_NAIVE = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2})?(?:\.\d+)?")
_SPELT = re.compile(
    r"\b(?:\d{1,2}(?:\.|er|st|nd|rd|th)?\s+(?:de\s+)?[^\W\d_]{3,}\.?,?\s+(?:de\s+)?\d{4}"
    r"|[^\W\d_]{3,}\.?\s+\d{1,2}(?:st|nd|rd|th)?,?\s+\d{4}|\d{1,2}[./-]\d{1,2}[./-]\d{4})\b"
)


@dataclass(frozen=True, slots=True)
class DateStyle:
    """How a source writes its dates.

    ``format`` is a :func:`time.strptime` format (English names), ``locale`` a language such as ``fr`` for
    spelt-out and day-or-month-first dates, ``zone`` the IANA zone of times that do not name theirs.
    """

    format: str = ""
    locale: str = ""
    zone: str = ""

    @classmethod
    def of(cls, entry: Entry) -> DateStyle:
        """The style that an entry states. Raises ``RegisterError`` for an unknown language or zone."""
        style = cls(*(entry.options.get(key, "") for key in DATE_OPTIONS))
        if style.locale and style.locale not in language_order:
            raise entry.error(f"option locale = {style.locale!r} is not a language; write a code such as fr")
        if style.zone:
            try:
                ZoneInfo(style.zone)
            except (KeyError, ValueError, OSError) as error:
                raise entry.error(f"option zone = {style.zone!r} is not a time zone; write one such as UTC") from error
        return style

    def read(self, value: Any) -> Moment | None:
        """The moment that a text, or a Unix time in seconds or milliseconds, states; ``None`` when none is.

        Noon exactly, UTC, is a day: Drupal, on which many governments run, stores days that way.
        """
        if isinstance(value, bool) or value is None:
            return None
        if isinstance(value, int | float):
            return _from_number(value)
        text = " ".join(str(value).split())
        moment = self._formatted(text) or self._with_zone(text) or self._plain(text)
        if moment and re.fullmatch(r"\d{4}-\d{2}-\d{2}T12:00:00Z", text):
            return Moment(date.fromisoformat(text[:10]), "day")
        return moment

    def _formatted(self, text: str) -> Moment | None:
        if not self.format:
            return None
        try:
            value = datetime.strptime(text, self.format)  # noqa: DTZ007  # the zone is added below
        except ValueError:
            return None
        if not re.search(r"%[HIXcsT]", self.format):
            return Moment(value.date(), "day" if re.search(r"%[djxDF]", self.format) else "month")
        return self._aware(value)

    def _with_zone(self, text: str) -> Moment | None:
        match = _NAIVE.fullmatch(text) if self.zone else None
        if not match:
            return None
        try:
            moment = self._aware(datetime.fromisoformat(text[:19]))
        except ValueError:
            return None
        return moment if match[1] else Moment(moment.value, "minute")

    def _aware(self, value: datetime) -> Moment:
        """A time in its zone, as UTC; only its day where nobody states the zone."""
        if value.tzinfo is None and not self.zone:
            return Moment(value.date(), "day")
        if value.tzinfo is None:
            value = value.replace(tzinfo=ZoneInfo(self.zone))
        return Moment(value.astimezone(UTC), "second")

    def _plain(self, text: str) -> Moment | None:
        if moment := stated(text):
            return moment
        dates = {found for match in _SPELT.finditer(text) if (found := self._spelt(match.group()))}
        return dates.pop() if len(dates) == 1 else None

    def _spelt(self, text: str) -> Moment | None:
        return _in_language(text, self.locale) if self.locale else stated(text)


def _from_number(value: int | float) -> Moment | None:
    seconds = value / 1000 if abs(value) >= _MILLISECONDS else value
    try:
        return Moment(datetime.fromtimestamp(int(seconds), UTC), "second")
    except (ValueError, OverflowError, OSError):
        return None


@cache
def _in_language(text: str, locale: str) -> Moment | None:
    """``12 mars 2026`` or ``12/03/2026`` in a language's own order; day, month and year must all be there."""
    try:
        found = dateparser.parse(
            text,
            languages=[locale],
            settings={
                "STRICT_PARSING": True,
                "REQUIRE_PARTS": ["day", "month", "year"],
                "PARSERS": ["absolute-time"],
            },
        )
    except (ValueError, OverflowError, SettingValidationError):
        return None
    return Moment(found.date(), "day") if found else None
