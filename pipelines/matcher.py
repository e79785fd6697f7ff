"""Finds any number of names in a text in one pass (Aho-Corasick), whatever the size of the vocabulary.

Names are compared without regard to case, accents, width and kind of separator: ``H-1B``, ``h 1b``,
``H–1B`` (en dash), ``H‑1B`` (non-breaking hyphen) and ``H1B`` are one name, and so are their plurals.
Matches keep to word boundaries, except beside scripts that are written without spaces. Spans always
point into the text as it was given, so that a tag can show the words that prove it.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from operator import itemgetter
from typing import Any, Generic, NamedTuple, TypeVar

import ahocorasick

Key = TypeVar("Key")

#: Stands for a character that does not fold to exactly one; never part of a name.
_ODD = "\uffff"
#: Dashes and hyphens that are not whitespace; whitespace is recognised by ``str.isspace``.
_DASHES = frozenset("-\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\ufe58\ufe63\uff0d")
_APOSTROPHES = frozenset("\u2018\u2019\u02bc\u2032\uff07")
_ACCENTS = re.compile("[\u0300-\u036f]")
_RUN = re.compile("  +")
#: Scripts whose words touch, or take particles without a space: Thai, Lao, kana, Han, Hangul.
#: Below this character every script puts spaces between words.
_UNSPACED_FROM = "\u0e00"
_UNSPACED = re.compile("[\u0e00-\u0eff\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")
#: A letter class such as h 1b: H1-B is as common as H-1B.
_CLASS = re.compile(r"\b([a-z]) (\d)([a-z])\b")
_CURRENCY = frozenset("$€£¥₩₹")


@dataclass(frozen=True, slots=True)
class Pattern(Generic[Key]):
    """A name to look for, and what it stands for.

    ``cased`` asks that every capital of ``text`` is a capital in the place found; ``None`` decides by
    :func:`needs_case`. ``prefix`` accepts any ending of the last word (``immigra`` finds ``immigration``).
    """

    text: str
    key: Key
    cased: bool | None = None
    prefix: bool = False


class Match(NamedTuple, Generic[Key]):
    """``text[start:end]`` is one of the names; a plural ending belongs to the span."""

    start: int
    end: int
    key: Key


class Folded(NamedTuple):
    """A text made comparable. Character ``i`` of ``text`` was ``original[starts[i]:ends[i]]``."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]


class _Fold(dict[int, str]):
    """Translation table that learns: one character for one, or :data:`_ODD`."""

    def __missing__(self, code: int) -> str:
        folded = _fold_cluster(chr(code))
        self[code] = folded if len(folded) == 1 and not unicodedata.combining(folded) else _ODD
        return self[code]


def _fold_cluster(cluster: str) -> str:
    """Fold one character with the combining marks behind it; format characters fold to nothing."""
    first = cluster[0]
    if first in _DASHES or first.isspace():
        return " "
    if first in _APOSTROPHES:
        return "'"
    if unicodedata.category(first) == "Cf":
        return ""
    bare = _ACCENTS.sub("", unicodedata.normalize("NFKD", cluster.casefold()))
    return unicodedata.normalize("NFC", bare).casefold()


_FOLD = _Fold()


def fold(text: str) -> Folded:
    """Fold case, accents, width and separators; a run of separators becomes one space."""
    folded = text.translate(_FOLD)
    if _ODD in folded:
        return _fold_slowly(text)
    if "  " not in folded:
        return Folded(folded, range(len(text)), range(1, len(text) + 1))
    starts: list[int] = []
    ends: list[int] = []
    position = 0
    for run in _RUN.finditer(folded):
        starts.extend(range(position, run.start() + 1))
        ends.extend(range(position + 1, run.start() + 2))
        position = run.end()
    starts.extend(range(position, len(text)))
    ends.extend(range(position + 1, len(text) + 1))
    return Folded(_RUN.sub(" ", folded), starts, ends)


def _fold_slowly(text: str) -> Folded:
    """The same, character by character, for texts where one character becomes none or several."""
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    position = 0
    while position < len(text):
        end = position + 1
        while end < len(text) and unicodedata.combining(text[end]):
            end += 1
        folded = _fold_cluster(text[position:end])
        if not (folded == " " and pieces and pieces[-1] == " "):
            pieces.extend(folded)
            starts.extend([position] * len(folded))
            ends.extend([end] * len(folded))
        position = end
    return Folded("".join(pieces), starts, ends)


def needs_case(name: str) -> bool:
    """Whether a name is only itself in its own capitals: OPT, EP, CoS, E-3, S pass, but not H-1B.

    True for single words of up to seven characters that are acronyms or codes, for names of one or two
    characters besides their separators, and where a lone capital stands before a word.
    """
    words = re.split(r"[\s\-–/]+", name)
    bare = "".join(words)
    if not bare.isascii() or not bare.isalnum() or bare.islower() or bare.isdigit():
        return False
    capitals = sum(character.isupper() for character in bare)
    if len(words) == 1:
        return len(bare) <= 7 and (capitals >= 2 or any(character.isdigit() for character in bare))
    return len(bare) <= 2 or (len(words[0]) == 1 and words[1].isalpha())


def variants(name: str) -> list[str]:
    """The folded spellings of a name: as it is, then without the separators that stand beside a digit.

    ``H-1B`` gives ``h 1b``, ``h1b`` and the common misspelling ``h1 b``.
    """
    words = fold(name).text.strip().split(" ")
    seams = [(" ", "") if a[-1:].isdigit() or b[:1].isdigit() else (" ",) for a, b in pairwise(words)]
    if sum(len(seam) > 1 for seam in seams) > 4:
        seams = [(" ",)] * len(seams)
    spellings = ["".join(w + s for w, s in zip(words, (*chosen, ""), strict=True)) for chosen in product(*seams)]
    return [*spellings, *(_CLASS.sub(r"\1\2 \3", s) for s in spellings[:1] if _CLASS.search(s))]


class _Use(NamedTuple):
    """One pattern behind a spelling. ``capitals``: the name's letters and digits, if case matters."""

    key: Any
    capitals: str
    prefix: bool


class _Spelling(NamedTuple):
    length: int
    free_left: bool
    free_right: bool
    number: bool
    uses: list[_Use]
    #: Whether any pattern behind it accepts further letters.
    open_right: bool = False


class Matcher(Generic[Key]):
    """All patterns compiled into one automaton. Raises ``ValueError`` for a name without a character."""

    def __init__(self, patterns: Iterable[Pattern[Key]]) -> None:
        spellings: dict[str, _Spelling] = {}
        for pattern in patterns:
            cased = needs_case(pattern.text) if pattern.cased is None else pattern.cased
            use = _Use(pattern.key, _letters(pattern.text) if cased else "", pattern.prefix)
            for spelling in variants(pattern.text):
                if not spelling:
                    raise ValueError(f"the name {pattern.text!r} has no character to look for")
                entry = spellings.get(spelling)
                if entry is None:
                    spellings[spelling] = entry = _Spelling(
                        len(spelling),
                        not _bounded(spelling[0]),
                        not _bounded(spelling[-1]),
                        spelling.isdigit(),
                        [],
                    )
                if use not in entry.uses:
                    entry.uses.append(use)
        self._automaton = automaton(
            {
                spelling: entry._replace(open_right=any(use.prefix for use in entry.uses))
                for spelling, entry in spellings.items()
            }
        )
        self._empty = not spellings

    def find_all(self, text: str) -> list[Match[Key]]:
        """Every occurrence of every name, overlapping ones too, in order of where they end."""
        if self._empty:
            return []
        folded, starts, ends = fold(text)
        size = len(folded)
        found: list[Match[Key]] = []
        new = tuple.__new__  # several times as fast as the constructor of a named tuple
        for last, (length, free_left, free_right, number, uses, open_right) in self._automaton.iter(folded):
            first = last - length + 1
            if not free_left and first:
                before = folded[first - 1]
                if before.isalnum() and (before < _UNSPACED_FROM or _bounded(before)):
                    continue
            stop = last + 1
            whole = True
            if not free_right and stop < size:
                after = folded[stop]
                if after.isalnum() and (after < _UNSPACED_FROM or _bounded(after)):
                    ending = 1 if after == "s" else 2 if folded.startswith("es", stop) else 0
                    whole = ending > 0 and not (stop + ending < size and _bounded(folded[stop + ending]))
                    if whole:
                        stop += ending
                    elif not open_right:
                        continue
            if number and _is_amount(folded, first, last + 1):
                continue
            start, end = starts[first], ends[stop - 1]
            for key, capitals, prefix in uses:
                if not (whole or prefix) or (capitals and not _has_capitals(text[start : ends[last]], capitals)):
                    continue
                found.append(new(Match, (start, end, key)))
        return found

    def find(self, text: str) -> list[Match[Key]]:
        """Occurrences in order of the text; of overlapping ones the longest (H-1B1 holds no H-1B)."""
        return longest(self.find_all(text))


_START = itemgetter(0)


def automaton(words: Iterable[str] | Mapping[str, object]) -> Any:
    """Finds words in a text in one pass: its ``iter`` gives the last place of each, and what it stands for.

    That is the value in a mapping, else the length. The search looks through the letters that can follow in the
    order in which they came, so taking up words with common letters first spares it a third of its time.
    """
    values = words if isinstance(words, Mapping) else {word: len(word) for word in words}
    counts = Counter("".join(values))
    made = ahocorasick.Automaton()
    for word in sorted(values, key=lambda word: [-counts[letter] for letter in word]):
        made.add_word(word, values[word])
    made.make_automaton()
    return made


def in_small_letters(text: str) -> str:
    """The text in small letters, character for character: places in it are places in the text."""
    small = text.lower()
    if len(small) == len(text):
        return small
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in text)  # a few letters become two


def longest(matches: Iterable[Match[Key]]) -> list[Match[Key]]:
    """Drop every match that overlaps a longer one (of equals, the earlier); equal spans all stay."""
    kept: list[Match[Key]] = []
    knot: list[Match[Key]] = []
    reach = 0
    for match in sorted(matches, key=_START):
        if match[0] >= reach and knot:
            kept.extend(_untie(knot) if len(knot) > 1 else knot)
            knot = []
        knot.append(match)
        reach = max(reach, match[1])
    kept.extend(_untie(knot) if len(knot) > 1 else knot)
    return kept


def _untie(knot: list[Match[Key]]) -> list[Match[Key]]:
    """The same among matches that hang together."""
    kept: list[Match[Key]] = []
    taken: dict[int, tuple[int, int]] = {}
    for match in sorted(knot, key=lambda m: (m.start - m.end, m.start)):
        span = (match.start, match.end)
        if all(taken.get(position, span) == span for position in range(*span)):
            kept.append(match)
            taken.update(dict.fromkeys(range(*span), span))
    return sorted(kept, key=_START)


def _bounded(character: str) -> bool:
    """Whether a character makes words that end only at a boundary."""
    return character.isalnum() and (character < _UNSPACED_FROM or not _UNSPACED.match(character))


def _is_amount(folded: str, first: int, stop: int) -> bool:
    """Whether a bare number is part of a sum, a decimal or a percentage rather than a name."""
    before, after = folded[max(first - 2, 0) : first], folded[stop : stop + 2]
    return (
        before[-1:] in _CURRENCY
        or (before[-1:] in {".", ","} and before[:1].isdigit())
        or after[:1] == "%"
        or (after[:1] in {".", ","} and after[1:].isdigit())
    )


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text)))


def _has_capitals(words: str, capitals: str) -> bool:
    """Whether every capital of ``capitals`` is one in ``words``, which fold to the same letters."""
    if words == capitals or words.isupper():
        return True
    letters = _letters(words)
    return len(letters) == len(capitals) and all(
        not wanted.isupper() or wanted == found for wanted, found in zip(capitals, letters, strict=True)
    )
