"""The order of entries: newest first, at distinct seconds, as chat programs and validators want it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from feeds.entry import Entry

_SECOND = timedelta(seconds=1)


def newest_first(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Entries by falling date, those of one second moved apart by as many seconds as it takes, in the order of keys.

    For entries whose dates are computed (deadlines, outages); those of stories and updates are distinct already.
    ``updated`` is made distinct in the same way and is never before ``date``.
    """
    dated = []
    last = None
    for entry in sorted(entries, key=lambda e: (e.date, e.key)):
        last = entry.date if last is None else max(entry.date, last + _SECOND)
        dated.append(entry if entry.date == last else replace(entry, date=last, updated=max(entry.updated, last)))
    last = None
    told = {}
    for entry in sorted(dated, key=lambda e: (e.updated, e.key)):
        last = entry.updated if last is None else max(entry.updated, last + _SECOND)
        told[entry.key] = entry if entry.updated == last else replace(entry, updated=last)
    return tuple(told[entry.key] for entry in reversed(dated))
