"""What differs between two texts, word by word, and how to write it down. Pure, and bounded for huge texts.

A text is compared by lines, what differs in them by sentences, and what differs in those by words, so that the
cost follows the size of the change. A part that is too large or too repetitive for that is compared only by which
of its lines are on one side alone.

The written form has one line for each piece, told by its first two characters::

    @ text                          the part that follows: title, summary, text, published, updated, stage, facts
      … may be filed from           words before, unchanged
    - 1 March 2026                  words that went
    + 1 April 2026                  words that came
      at any office. …              words after, unchanged
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import accumulate

#: Unchanged words shown on either side of a change, and fewest between two changes that are shown apart.
CONTEXT, APART = 6, 3

#: Longest run of words that is written out, and most changes of one part.
LONGEST, MOST = 100, 60

#: Steps that one comparison may take at worst (some three seconds in the worst case, which no text of ours meets).
STEPS = 10_000_000

_SENTENCE = re.compile(r"(?<=[.!?;:])\s+")

Range = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Change:
    """One place that differs: ``removed`` words gave way to ``added`` ones, between unchanged words."""

    before: tuple[str, ...]
    removed: tuple[str, ...]
    added: tuple[str, ...]
    after: tuple[str, ...]
    #: Where the removed words begin, counted in words of the old text.
    at: int = 0
    #: Whether unchanged words that are not shown stand between this change and the one before it.
    gap: bool = True
    #: The same for the text behind it.
    more: bool = True


def word_changes(before: str, after: str) -> list[Change]:
    """The changes that lead from one text to the other, in order. White space never differs."""
    old, new = before.split(), after.split()
    places = _merged(_levels(before, after))
    changes = []
    for n, (i1, i2, j1, j2) in enumerate(places):
        start = places[n - 1][1] if n else 0
        end = places[n + 1][0] if n + 1 < len(places) else len(old)
        # words between two changes are shown once: behind the first, or half and half around a gap
        shared = n > 0 and i1 - start <= 2 * CONTEXT
        lead = () if shared else tuple(old[max(start, i1 - CONTEXT) : i1])
        close = n + 1 < len(places) and end - i2 <= 2 * CONTEXT
        tail = tuple(old[i2 : end if close else min(end, i2 + CONTEXT)])
        changes.append(
            Change(
                lead,
                tuple(old[i1:i2]),
                tuple(new[j1:j2]),
                tail,
                i1,
                gap=not shared and i1 - len(lead) > start,
                more=not close and i2 + len(tail) < end,
            )
        )
    return changes


def written(parts: Mapping[str, Sequence[Change]]) -> str:
    """Changes by part (``title``, ``text`` ...) in the written form; parts without a change are left out."""
    lines: list[str] = []
    for name, changes in parts.items():
        if not changes:
            continue
        lines.append(f"@ {name}")
        for change in changes[:MOST]:
            if change.before:
                lines.append(f"  {'… ' if change.gap else ''}{' '.join(change.before)}")
            for sign, words in (("-", change.removed), ("+", change.added)):
                if words:
                    lines.append(f"{sign} {_shortened(words)}")
            if change.after:
                lines.append(f"  {' '.join(change.after)}{' …' if change.more else ''}")
        if len(changes) > MOST:
            lines.append(f"@ {name}: {len(changes) - MOST} more changes")
    return "\n".join(lines)


def replaced(before: str, after: str) -> list[Change]:
    """A short value that gave way to another, as one change; none when they are equal."""
    if before == after:
        return []
    return [Change((), tuple(before.split()), tuple(after.split()), (), gap=False, more=False)]


def gist(changes: Sequence[Change], limit: int = 200) -> str:
    """The first change on one line, for a summary: ``1 March 2026 → 1 April 2026``."""
    if not changes:
        return ""
    first = changes[0]
    text = " → ".join(" ".join(words) or "(nothing)" for words in (first.removed, first.added))
    return text if len(text) <= limit else text[: limit - 2].rstrip() + " …"


def _shortened(words: Sequence[str]) -> str:
    shown = " ".join(words[:LONGEST])
    return shown if len(words) <= LONGEST else f"{shown} … ({len(words)} words)"


# -- comparing ------------------------------------------------------------------------------------------------


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip()]


def _sentences(text: str) -> list[str]:
    return [part for part in _SENTENCE.split(text) if part.strip()]


def _levels(before: str, after: str) -> Iterator[Range]:
    """Differing ranges of words, in order, found by lines, then sentences, then words."""
    yield from _narrowed(before, after, (_lines, _sentences, str.split))


def _narrowed(before: str, after: str, levels: Sequence[Callable[[str], list[str]]]) -> Iterator[Range]:
    split, *finer = levels
    old, new = split(before), split(after)
    keys = [" ".join(unit.split()) for unit in old], [" ".join(unit.split()) for unit in new]
    old_at = [0, *accumulate(len(unit.split()) for unit in old)]
    new_at = [0, *accumulate(len(unit.split()) for unit in new)]
    for i1, i2, j1, j2 in _differing(*keys):
        if finer and i1 < i2 and j1 < j2:
            for a1, a2, b1, b2 in _narrowed("\n".join(old[i1:i2]), "\n".join(new[j1:j2]), finer):
                yield old_at[i1] + a1, old_at[i1] + a2, new_at[j1] + b1, new_at[j1] + b2
        else:
            yield old_at[i1], old_at[i2], new_at[j1], new_at[j2]


def _differing(old: Sequence[str], new: Sequence[str]) -> list[Range]:
    """Ranges of units that differ, in order."""
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    a, b = old[start : len(old) - end], new[start : len(new) - end]
    if not a and not b:
        return []
    found: list[Range]
    if not a or not b:
        found = [(0, len(a), 0, len(b))]
    elif _steps(a, b) <= STEPS:
        codes = SequenceMatcher(None, a, b).get_opcodes()
        found = [(i1, i2, j1, j2) for tag, i1, i2, j1, j2 in codes if tag != "equal"]
    else:
        found = _one_sided(a, b)
    return [(i1 + start, i2 + start, j1 + start, j2 + start) for i1, i2, j1, j2 in found]


def _steps(a: Sequence[str], b: Sequence[str]) -> int:
    """The most steps that difflib can take: a pass over the words and their pairs for each of the matches."""
    counts = Counter(b)
    # difflib leaves out what makes up more than a hundredth of a long text
    popular = len(b) // 100 + 1 if len(b) >= 200 else len(b)
    pairs = sum(counts[unit] for unit in a if counts[unit] <= popular)
    return min(len(a), len(b)) * (len(a) + len(b) + pairs)


def _one_sided(a: Sequence[str], b: Sequence[str]) -> list[Range]:
    """Linear: units of one side only, between units of both. The whole range where the latter were reordered."""
    only_a, only_b = Counter(a) - Counter(b), Counter(b) - Counter(a)
    kept_a, kept_b = _kept(a, only_a), _kept(b, only_b)
    if [a[i] for i in kept_a] != [b[j] for j in kept_b]:
        return [(0, len(a), 0, len(b))]
    ends = [*zip(kept_a, kept_b, strict=True), (len(a), len(b))]
    found, i, j = [], 0, 0
    for i_kept, j_kept in ends:
        if i < i_kept or j < j_kept:
            found.append((i, i_kept, j, j_kept))
        i, j = i_kept + 1, j_kept + 1
    return found


def _kept(units: Sequence[str], only: Counter[str]) -> list[int]:
    left = Counter(only)
    kept = []
    for n, unit in enumerate(units):
        if left[unit] > 0:
            left[unit] -= 1
        else:
            kept.append(n)
    return kept


def _merged(ranges: Iterator[Range]) -> list[Range]:
    """Ranges with next to nothing between them as one: a rewritten sentence is no patchwork of its commas."""
    found: list[Range] = []
    for i1, i2, j1, j2 in ranges:
        if found and i1 - found[-1][1] < APART and j1 - found[-1][3] < APART:
            found[-1] = (found[-1][0], i2, found[-1][2], j2)
        else:
            found.append((i1, i2, j1, j2))
    return found
