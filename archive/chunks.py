"""Parameters of SQL statements in portions: SQLite allows 32,766 of them, and older builds 999."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

#: Parameters of one statement.
AT_ONCE = 500

_T = TypeVar("_T")


def chunks(values: Iterable[_T]) -> Iterator[list[_T]]:
    """Values, each once and in their order, in lists of at most :data:`AT_ONCE`."""
    rest = list(dict.fromkeys(values))
    for start in range(0, len(rest), AT_ONCE):
        yield rest[start : start + AT_ONCE]
