"""Filters: what a feed of one's own holds, in terms of the archive's public columns and tags."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Any

from archive.models import AUTHORITIES, STAGES

FACETS = ("country", "programme", "topic", "action", "stage", "audience")

#: For each facet the codes that there are, with names that people call them by (``gb``: United Kingdom, UK).
Known = Mapping[str, Mapping[str, Collection[str]]]
_STAGES: Known = {"stage": dict.fromkeys(STAGES, ())}
#: So many codes are all named in a message; of more, those that are close.
_FEW = 60

_DAY = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")
#: Keys that hold one ISO day, and the column that they bound.
_BOUNDS = {
    "published_from": "published", "published_until": "published", "effective_from": "effective",
    "effective_until": "effective", "deadline_from": "deadline", "deadline_until": "deadline",
}  # fmt: skip
KEYS = (*FACETS, "authority", "importance", "words", *_BOUNDS)


class WhereError(ValueError):
    """A filter cannot be understood; ``key`` is the key at fault, the message says what is allowed."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key


@dataclass(frozen=True, slots=True)
class Subject:
    """What a filter looks at: a story, or an update as it was when it was published.

    ``tags`` are paths (``programme/us-h-1b``), ``text`` is lower-case title and summary; ``published``, ``effective``
    and ``deadline`` are ISO days or ''.
    """

    tags: frozenset[str]
    authority: str = ""
    importance: float = 0.0
    text: str = ""
    published: str = ""
    effective: str = ""
    deadline: str = ""


@dataclass(frozen=True, slots=True)
class Where:
    """All of its conditions must hold; within one list any value will do. Without conditions everything passes.

    ``tags`` holds for each facet the accepted codes, in which ``*`` stands for anything (``gb-*``). ``words`` are
    words or phrases of title or summary. ``bounds`` are pairs of key and ISO day, both ends included.
    """

    tags: tuple[tuple[str, tuple[str, ...]], ...] = ()
    authority: tuple[str, ...] = ()
    importance: float = 0.0
    words: tuple[str, ...] = ()
    bounds: tuple[tuple[str, str], ...] = ()

    def holds(self, subject: Subject) -> bool:
        if self.authority and subject.authority not in self.authority:
            return False
        if subject.importance < self.importance:
            return False
        for facet, codes in self.tags:
            if not any(_has(subject.tags, facet, code) for code in codes):
                return False
        if self.words and not any(re.search(rf"(?<!\w){re.escape(w)}(?!\w)", subject.text) for w in self.words):
            return False
        return all(_within(getattr(subject, _BOUNDS[key]), key, day) for key, day in self.bounds)


#: The filter that everything passes.
EVERYTHING = Where()


def _has(tags: frozenset[str], facet: str, code: str) -> bool:
    path = f"{facet}/{code}"
    return any(fnmatchcase(tag, path) for tag in tags) if "*" in code else path in tags


def _within(value: str, key: str, day: str) -> bool:
    if not value:
        return False
    return value[: len(day)] >= day if key.endswith("_from") else value[: len(day)] <= day


def parse_where(table: Mapping[str, Any], known: Known | None = None) -> Where:
    """A ``where`` table of TOML. ``known`` says which codes there are; of facets that it leaves out any code passes.

    Raises :class:`WhereError`.
    """
    tags: list[tuple[str, tuple[str, ...]]] = []
    bounds: list[tuple[str, str]] = []
    authority: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    importance = 0.0
    for key, value in table.items():
        if key in FACETS:
            codes = tuple(code.lower() for code in _texts(key, value))
            for code in codes:
                check_code(key, code, {**(known or {}), **_STAGES})
            tags.append((key, codes))
        elif key == "authority":
            authority = _texts(key, value)
            if wrong := [a for a in authority if a not in AUTHORITIES]:
                raise WhereError(key, f"authority {wrong[0]!r} is none; allowed: {', '.join(AUTHORITIES)}")
        elif key == "importance":
            if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 1:
                raise WhereError(key, f"importance is {value!r}; allowed: a number from 0 to 1, the least that passes")
            importance = float(value)
        elif key == "words":
            words = tuple(text.lower() for text in _texts(key, value))
        elif key in _BOUNDS:
            text = value if isinstance(value, str) else getattr(value, "isoformat", lambda: "")()
            if not _is_day(text):
                raise WhereError(key, f"{key} is {value!r}; allowed: a day such as 2026-04-01")
            bounds.append((key, text))
        else:
            raise WhereError(key, f"unknown key {key!r}; allowed: {', '.join(KEYS)}")
    return Where(tuple(tags), authority, importance, words, tuple(bounds))


def check_code(facet: str, code: str, known: Known) -> None:
    """Raise :class:`WhereError` for a code, or a pattern with ``*``, that fits none of the facet's codes."""
    codes = known.get(facet)
    if codes is None or code in codes or ("*" in code and any(fnmatchcase(each, code) for each in codes)):
        return
    what = "fits none" if "*" in code else "is none"
    if close := _close(code.replace("*", ""), codes):
        raise WhereError(facet, f"{facet} {code!r} {what}; did you mean {' or '.join(close)}?")
    allowed = f"allowed: {', '.join(codes)}" if len(codes) <= _FEW else "pipelines/vocabulary/ holds them all"
    raise WhereError(facet, f"{facet} {code!r} {what}; {allowed}")


def _close(code: str, codes: Mapping[str, Collection[str]]) -> list[str]:
    """Codes that somebody may have meant: called so, with this part, or spelt nearly so."""
    wanted = code.strip().lower()
    called = [each for each, names in codes.items() if wanted in (name.lower() for name in names)]
    part = [each for each in codes if len(wanted) > 2 and wanted in each]
    return list(dict.fromkeys([*called, *part[:3], *get_close_matches(wanted, list(codes), n=3, cutoff=0.6)]))[:4]


def _is_day(text: str) -> bool:
    """Whether a text is a day, month or year that there is: 2026-04-01, 2026-04 or 2026."""
    if not _DAY.fullmatch(text):
        return False
    try:
        date.fromisoformat(text + {4: "-01-01", 7: "-01"}.get(len(text), ""))
    except ValueError:
        return False
    return True


def _texts(key: str, value: Any) -> tuple[str, ...]:
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not values or not all(isinstance(v, str) and v.strip() for v in values):
        raise WhereError(key, f"{key} is {value!r}; allowed: a text or a list of texts that are not empty")
    return tuple(v.strip() for v in values)
