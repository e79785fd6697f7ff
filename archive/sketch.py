"""What is kept of a text so that its near copies can be recognised without the text itself.

A sketch is made by ``pipelines.near`` and stored as a blob of at most 900 bytes. It holds

- the smallest 128 of the 32-bit hashes of the text's word pairs (a bottom-k MinHash: A. Broder, "On the
  resemblance and containment of documents", 1997), which estimate how much wording two texts share,
- keys of the text's beginning, by which a shortened copy is found,
- 16-bit hashes of its numbers and months, of its most frequent words, and of the title's words and numbers,
  which tell two official notices made from one template apart.

Nothing of the text can be read back from it.
"""

from __future__ import annotations

import struct
from collections.abc import Collection, Sequence
from dataclasses import dataclass

#: Word pairs, numbers and most frequent words kept of each text.
KEPT, KEPT_NUMBERS, KEPT_WORDS = 128, 48, 64
#: Bands over the whole text, rows of each band: texts that share 70 % of their word pairs meet in one of
#: them in 98 of 100 cases, texts that share 10 % in 1 of 100.
BANDS, ROWS = 10, 3
#: Shared word pairs from which two texts are one; between pages of one source, which resemble each other.
SAME, SAME_OF_ONE_SOURCE = 0.5, 0.8
#: Part of a shortened copy's word pairs that the longer text has, and how alike their titles must be.
CONTAINED, TITLES_ALIKE = 0.85, 0.4
#: Part of the rarer numbers that two copies share when each has some that the other lacks.
NUMBERS_SHARED = 0.8
#: How many of the most frequent words a copy of a long text must also have.
SUBJECT_WORDS = 10
#: Signs below this bit must be equal; those from it on must be equal where both titles have one.
STATUS_BIT = 6

_HEAD = struct.Struct("<BBBBBBBI")
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Sketch:
    """See the module. ``pairs`` and ``numbers`` ascend; ``words`` runs from the most frequent word down, and
    the first ``strong`` of them stand in the text three times or more; ``total`` counts distinct word pairs
    of the whole text. ``signs`` is a bit set of what a title says of its document (``pipelines.near``).
    """

    pairs: Sequence[int]
    total: int
    lead: Sequence[int] = ()
    numbers: Sequence[int] = ()
    words: Sequence[int] = ()
    strong: int = 0
    title: Sequence[int] = ()
    marks: Sequence[int] = ()
    signs: int = 0

    def pack(self) -> bytes:
        small = (*self.numbers, *self.words, *self.title, *self.marks)
        sizes = (len(self.pairs), len(self.lead), len(self.numbers), len(self.words), len(self.title))
        head = _HEAD.pack(_FORMAT, *sizes, len(self.marks), self.total)
        tail = struct.pack("<BB", self.strong, self.signs)
        wide = (*self.pairs, *self.lead)
        return head + tail + struct.pack(f"<{len(wide)}I{len(small)}H", *wide, *small)

    @classmethod
    def unpack(cls, blob: bytes) -> Sketch:
        """Raises ``ValueError`` for a blob of another format."""
        if len(blob) < _HEAD.size + 2 or blob[0] != _FORMAT:
            raise ValueError("not a sketch of this version of the archive: run `visawire rethread`")
        _, pairs, lead, numbers, words, title, marks, total = _HEAD.unpack_from(blob)
        strong, signs = blob[_HEAD.size], blob[_HEAD.size + 1]
        try:
            values = struct.unpack_from(f"<{pairs + lead}I{numbers + words + title + marks}H", blob, _HEAD.size + 2)
        except struct.error as error:
            raise ValueError(f"a sketch is cut short ({error})") from error
        parts, start = [], 0
        for size in (pairs, lead, numbers, words, title, marks):
            parts.append(values[start : start + size])
            start += size
        return cls(parts[0], total, parts[1], parts[2], parts[3], strong, parts[4], parts[5], signs)

    def bands(self) -> list[tuple[int, int]]:
        """(band, key) pairs: texts with much wording in common share at least one of them.

        One-permutation MinHash: the word pairs fall into bins, the smallest of each bin stands for it, and an
        empty bin (short texts) borrows from its neighbour (A. Shrivastava and P. Li, 2014).
        """
        bins = BANDS * ROWS
        smallest: dict[int, int] = {}
        for pair in self.pairs:
            if smallest.setdefault(pair % bins, pair) == pair and len(smallest) == bins:
                break
        row = [smallest.get(n, -1) for n in range(bins)]
        for n in range(2 * bins - 1, -1, -1):
            if row[n % bins] < 0:
                row[n % bins] = row[(n + 1) % bins]
        whole = [(n, fold(row[n * ROWS : (n + 1) * ROWS])) for n in range(BANDS)]
        return [*whole, *((BANDS + n, key) for n, key in enumerate(self.lead))]


def fold(values: Sequence[int]) -> int:
    """A 32-bit key of some hashes in their order."""
    key = 0
    for value in values:
        key = ((key ^ value) * 0x9E3779B97F4A7C15 + 0x7F4A7C15) & 0xFFFFFFFFFFFFFFFF
    return key >> 32


def shared(a: Sketch, b: Sketch) -> tuple[float, float]:
    """Estimates from 0 to 1: shared part of all word pairs of two texts, and of the shorter text's."""
    limit = min(
        a.pairs[-1] if a.total > len(a.pairs) else 0xFFFFFFFF, b.pairs[-1] if b.total > len(b.pairs) else 0xFFFFFFFF
    )
    one = {pair for pair in a.pairs if pair <= limit}
    other = {pair for pair in b.pairs if pair <= limit}
    if not one or not other:  # one text is so much longer that none of its sample says anything of the other
        return 0.0, 0.0
    both = len(one & other)
    return both / len(one | other), both / min(len(one), len(other))


def likeness(a: Collection[int], b: Collection[int]) -> float:
    """Shared part of two small sets; 0 when one is empty."""
    if not a or not b:
        return 0.0
    return len(set(a) & set(b)) / len(set(a) | set(b))


def contradiction(a: Sketch, b: Sketch) -> str:
    """Why two texts are not one document however alike their words are; '' when nothing speaks against it.

    Official notices are made from templates: what tells them apart are the title's numbers and kind, the
    numbers of the text, and the word that it is about (a country, a form, an employer).
    """
    one_status, other_status = a.signs >> STATUS_BIT, b.signs >> STATUS_BIT
    if (a.signs ^ b.signs) & ((1 << STATUS_BIT) - 1) or (one_status and other_status and one_status != other_status):
        return "the titles name different kinds of document"
    if _each_has_its_own(a.marks, b.marks):
        return "the titles differ in a number"
    limit = min(s.numbers[-1] if len(s.numbers) >= KEPT_NUMBERS else 0xFFFF for s in (a, b))
    one, other = ({n for n in s.numbers if n <= limit} for s in (a, b))
    if _each_has_its_own(one, other) and len(one & other) < NUMBERS_SHARED * min(len(one), len(other)):
        return "the numbers of the texts differ"
    # a number in one title only: if that title's own text has it, the other text has it too
    if (set(a.marks) - set(b.marks)) & (one - other) or (set(b.marks) - set(a.marks)) & (other - one):
        return "a number of one title is not in the other text"
    if _lacks(b, a) and _lacks(a, b):
        return "the texts are about different things"
    if _named(a, b) and _named(b, a):
        return "the titles name different things"
    return ""


def _lacks(a: Sketch, b: Sketch) -> bool:
    """Whether ``a`` does not repeat a word that ``b`` has three times (of a long text only the most frequent count)."""
    wanted = b.words[: b.strong if len(a.words) < KEPT_WORDS else min(b.strong, SUBJECT_WORDS)]
    return not set(wanted).issubset(a.words)


def _named(a: Sketch, b: Sketch) -> set[int]:
    """What one title names and its text repeats, and neither the other's title nor its text does."""
    return (set(a.title) & set(a.words)) - set(b.title) - set(b.words)


def _each_has_its_own(a: Collection[int], b: Collection[int]) -> bool:
    return bool(set(a) - set(b)) and bool(set(b) - set(a))


def near_copy(a: Sketch, b: Sketch, *, one_source: bool = False) -> tuple[float, str]:
    """Whether two sketches are of one document: a score from 0 to 1 and a reason, or (0, '') if they are not.

    Symmetric. ``one_source`` says that both come from one source, where more must agree.
    """
    if not a.pairs or not b.pairs:
        return 0.0, ""
    whole, part = shared(a, b)
    if whole >= (SAME_OF_ONE_SOURCE if one_source else SAME):
        score, reason = whole, f"near copy: {whole:.0%} of the wording is the same"
    elif (
        part >= CONTAINED
        and not one_source
        and not set(a.lead).isdisjoint(b.lead)  # a round-up has the whole text too, but does not begin with it
        and likeness(a.title, b.title) >= TITLES_ALIKE
    ):
        score, reason = part, f"shortened copy: {part:.0%} of the shorter text is in the longer one"
    else:
        return 0.0, ""
    return (0.0, "") if contradiction(a, b) else (score, reason)
