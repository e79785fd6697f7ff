"""Tells what a page says from what a template puts around it: the dictionary ``insignificant.toml``, applied."""

from __future__ import annotations

import hashlib
import re
import tomllib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

DICTIONARY = Path(__file__).with_name("insignificant.toml")

#: One sign for each of the signs that editors and templates exchange without changing a word.
_SIGNS = str.maketrans({
    "‘": "'", "’": "'", "‛": "'", "`": "'", "´": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"',
    "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "−": "-",
    "\u00ad": None, "\u200b": None, "\u200c": None, "\u200d": None, "\u2060": None, "\ufeff": None,
})  # fmt: skip
_BULLET = re.compile(r"^\s*[•·▪◦●■–—*-]\s+", re.MULTILINE)


_WORD = re.compile(r"[^\W\d_]+|\d+")
_NUMERIC_DATE = re.compile(r"\b(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})\b")


@dataclass(frozen=True, slots=True)
class Insignificant:
    """The dictionary, compiled. ``strong`` are words (folded) that weigh in full when they change."""

    longest_line: int
    labels: re.Pattern[str]
    months: frozenset[str]
    beside: frozenset[str]
    furniture: re.Pattern[str]
    phrases: re.Pattern[str]
    strong: frozenset[str]


@cache
def dictionary() -> Insignificant:
    """The bundled dictionary, loaded once."""
    content = tomllib.loads(DICTIONARY.read_text(encoding="utf-8"))
    dates, furniture = content["dates"], content["furniture"]
    return Insignificant(
        longest_line=content["longest_line"],
        labels=re.compile(rf"(?:{_any_of(dates['labels'])})\b", re.IGNORECASE),
        months=frozenset(dates["words"]),
        beside=frozenset(dates["beside"]),
        furniture=re.compile(_any_of(furniture["lines"]), re.IGNORECASE),
        phrases=re.compile(_any_of(furniture["phrases"]), re.IGNORECASE),
        strong=frozenset(content["strong"]["words"]),
    )


def _any_of(patterns: Iterable[str]) -> str:
    return "|".join(f"(?:{pattern})" for pattern in patterns)


def _states_date(line: str, known: Insignificant) -> bool:
    """Whether a line is a label such as "Last updated" with a date behind it and nothing else."""
    label = known.labels.match(line)
    if label is None or len(line) > known.longest_line:
        return False
    rest = line[label.end() :]
    words = [word.casefold() for word in _WORD.findall(rest)]
    if not all(word in known.months or word in known.beside or (word.isdecimal() and len(word) <= 4) for word in words):
        return False
    return _NUMERIC_DATE.search(rest) is not None or not known.months.isdisjoint(words)


def _is_furniture(line: str, known: Insignificant) -> bool:
    return len(line) <= known.longest_line and known.furniture.fullmatch(line) is not None


def significant(text: str) -> str:
    """The text that counts: without dates of the page and furniture, signs and letter case folded.

    Lines stay lines; equal results mean that nothing of substance differs.
    """
    known = dictionary()
    kept = []
    for line in _BULLET.sub("", text).splitlines():
        line = line.strip()
        if _states_date(line, known) or _is_furniture(line, known):
            continue
        line = " ".join(known.phrases.sub(" ", line).split())
        if line:
            kept.append(line)
    return unicodedata.normalize("NFKC", "\n".join(kept)).translate(_SIGNS).casefold()


def own_dates(text: str) -> list[str]:
    """The lines in which a page states its own date, in order."""
    known = dictionary()
    lines = (" ".join(line.split()) for line in text.splitlines())
    return [line for line in lines if _states_date(line, known)]


def said_hash(title: str, text: str) -> str:
    """Fingerprint of what a page says, by which an edit is noticed where no copy of the text is kept."""
    said = "\x1f".join(" ".join(significant(part).split()) for part in (title, text))
    return hashlib.sha256(said.encode()).hexdigest()[:32]
