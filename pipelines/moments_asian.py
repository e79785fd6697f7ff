"""Dates as Chinese, Japanese and Korean write them: ``2025年4月1日``, ``令和7年4月``, ``4월 1일``, ``2025. 4. 1.``"""

from __future__ import annotations

import re
from typing import NamedTuple

#: What stands after the first number of such a date: the sign of the year, or that of the month.
_YEAR = re.compile(r"\s?[年년]\s?(\d{1,2})\s?[月월](?:\s?(\d{1,2})\s?[日일])?")
_MONTH = re.compile(r"\s?[月월](?:\s?(\d{1,2})\s?[日일]|(?!\d|間|以内|以上|あ|個))")
#: "2025. 4. 1.", "2025/4/1": the year first, as in Korean offices.
_SIGNED = re.compile(r"(?P<sign>[./])\s?(\d{1,2})(?P=sign)\s?(\d{1,2})(?!\d|[-./]\d)")
#: The years before the first of an emperor: 令和元年 is 2019.
_ERAS = {"令和": 2018, "平成": 1988}
_ERA = re.compile(r"(令和|平成)\s?$")
_WAYS = (
    ("next year", re.compile(r"(?:来年|翌年|明年|내년|다음 ?해)(?:の|度)?\s?$")),
    ("this year", re.compile(r"(?:今年|本年|올해|금년)(?:の|度)?\s?$")),
    ("ahead", re.compile(r"(?:오는|来る)\s?$")),
    ("past", re.compile(r"(?:지난|去る)\s?$")),
)
_FIRST, _LAST = 1990, 2099


class Written(NamedTuple):
    """Year (0 for none), month, day (0 for none), the place where the date ends, and the words that tell its year."""

    year: int
    month: int
    day: int
    end: int
    way: str


def written(text: str, start: int, end: int) -> Written | None:
    """The date that begins with the number ``text[start:end]``, or ``None``."""
    value, following = int(text[start:end]), text[end : end + 2].lstrip()[:1]
    if not following or following not in "年년月월./":
        return None
    if following in "./":
        found = _SIGNED.match(text, end) if end - start == 4 and _FIRST <= value <= _LAST else None
        return Written(value, int(found[2]), int(found[3]), found.end(), "") if found else None
    found = _YEAR.match(text, end)
    if found is not None:
        era = _ERA.search(text, max(0, start - 3), start)
        year = value if end - start == 4 else value + _ERAS[era[1]] if era else 0
        if not _FIRST <= year <= _LAST:
            return None
        return Written(year, int(found[1]), int(found[2] or 0), found.end(), "")
    found = _MONTH.match(text, end) if value <= 12 else None
    if found is None:
        return None
    way = next((name for name, words in _WAYS if words.search(text, max(0, start - 6), start)), "")
    return Written(0, value, int(found[1] or 0), found.end(), way)
