"""Sensible ticks for axes of numbers and of days."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
#: Most ticks of an axis of days.
_MOST = 7


@dataclass(frozen=True, slots=True)
class Tick:
    """A place on an axis: a number, or a day as its ordinal."""

    at: float
    label: str


def number_ticks(low: float, high: float, most: int = 6) -> list[Tick]:
    """Round numbers that enclose ``low`` to ``high``: steps of 1, 2 or 5 times a power of ten."""
    if low == high:
        low, high = (0.0, high or 1.0) if high >= 0 else (low, 0.0)
    step = 10.0 ** math.floor(math.log10((high - low) / most))
    step = next(step * factor for factor in (1, 2, 5, 10, 20) if (high - low) / (step * factor) <= most - 1)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    return [Tick(n * step, f"{n * step:,.{decimals}f}") for n in range(first, last + 1)]


def date_ticks(first: date, last: date) -> list[Tick]:
    """Days between two, both included: beginnings of years or months, or single days, whichever are few enough."""
    days = (last - first).days
    for months in (1, 2, 3, 6):
        if days / 30.44 / months <= _MOST and days > 62:
            starts = _months(first, last, months)
            return [Tick(float(on.toordinal()), f"{_MONTHS[on.month - 1]} {on.year}") for on in starts]
    if days > 62:
        step = next(n for n in (1, 2, 5, 10, 20, 50, 100) if days / 365.25 / n <= _MOST)
        years = range(first.year + (first > date(first.year, 1, 1)), last.year + 1)
        return [Tick(float(date(year, 1, 1).toordinal()), str(year)) for year in years if year % step == 0]
    step = next(n for n in (1, 2, 7, 14) if days / n <= _MOST)
    shown = [first + timedelta(days=n) for n in range(0, days + 1, step)]
    return [Tick(float(on.toordinal()), f"{on.day} {_MONTHS[on.month - 1]}") for on in shown]


def _months(first: date, last: date, step: int) -> list[date]:
    """First days of every ``step``-th month between two days."""
    found = []
    index = 12 * first.year + first.month - 1 + (first.day > 1)
    while (on := date(index // 12, index % 12 + 1, 1)) <= last:
        if (on.month - 1) % step == 0:
            found.append(on)
        index += 1
    return found
