"""The sketch of an announcement, by which near copies of its text are found elsewhere.

Pure: text in, bytes out. It is made before a press text is dropped (``pipelines.store.keep_to_licence``);
:mod:`archive.sketch` says what is in it and how two are compared, :mod:`archive.near` where it is kept.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from itertools import pairwise
from zlib import crc32

from archive.models import Announcement
from archive.sketch import KEPT, KEPT_NUMBERS, KEPT_WORDS, ROWS, STATUS_BIT, Sketch, fold

#: Texts with fewer distinct word pairs than this say too little to be called a copy.
FEWEST_PAIRS = 25
#: Words of the beginning that a shortened copy keeps, and the keys made of them.
LEAD_WORDS, LEAD_KEYS = 40, 4
#: Sentences with one of these are the publisher's, not the document's. Longer ones are kept all the same.
BOILERPLATE = (
    "originally published", "originally appeared", "first appeared on", "first published on", "appeared first on",
    "republished", "all rights reserved", "copyright", "©", "share this", "print this page", "printer-friendly",
    "skip to", "subscribe", "sign up for", "newsletter", "follow us", "minute read", "min read", "read more",
    "continue reading", "click here", "cookie", "contact us", "related articles", "related news", "page details",
    "date modified", "last updated", "last modified", "last reviewed", "published on:", "posted on", "view source",
    "this article was", "this post was", "tous droits réservés", "date de modification", "partagez cette page",
)  # fmt: skip
LONGEST_BOILERPLATE = 240

#: Months in the languages of the archive's first sources; `may` and `mai` count beside a number only.
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan janvier januar enero", "february feb février februar febrero", "march mar mars märz marzo",
            "april apr avril abril", "may mai mayo", "june jun juin juni junio", "july jul juillet juli julio",
            "august aug août agosto", "september sep sept septembre septiembre",
            "october oct octobre oktober octubre", "november nov novembre noviembre",
            "december dec décembre dezember diciembre",
        ),
        1,
    )
    for name in names.split()
}  # fmt: skip

#: What a title says of its document: a copy may leave the status unsaid, and says the same of the rest.
_STATUS = (
    frozenset(("proposed", "proposes", "proposal", "nprm")),
    frozenset(("final", "finalises", "finalizes", "finalised", "finalized")),
)
_SIGNS = (
    frozenset(("correction", "corrections", "corrigendum", "erratum", "errata")),
    frozenset(("extension", "extends", "extended", "extending", "reopening", "reopens", "reopened")),
    frozenset(("delay", "delays", "delayed", "postpones", "postponed", "postponement")),
    frozenset(("withdrawal", "withdraws", "withdrawn", "rescinds", "rescission", "revokes", "revocation")),
)

#: Words that any text has many of: they tell nothing about what it is about.
_COMMON_WORDS = """
the a an of to in and or for on at by with from as is are was were be been has have had will would may can must shall
should that this these those it its their they he she we you your our who which not no if than then there said also
such any all more other under into after before new
le la les un une des du de et ou en au aux pour par sur dans avec qui que est sont ce cette ces il elle ne pas se
der die das und oder von zu mit den dem im in auf für ist sind el los las y o del para por con una es son
"""
_COMMON = frozenset(_COMMON_WORDS.split())

#: "H-1B" and "H1B", "100,000" and "100 000" (with a space that does not break) are the same.
#: The mark itself comes first, so that the search skips from mark to mark.
_JOINTS = re.compile(
    r"[-,.'’\u00a0\u202f\u2010\u2011](?:"
    r"(?<=[0-9][,.'’\u00a0\u202f])(?=[0-9]{3}(?![0-9]))|(?<=[a-z][-\u2010\u2011])(?=[0-9])|"
    r"(?<=[0-9][-\u2010\u2011])(?=[a-z])|(?<=[a-z]['’])(?=[a-z]))"
)
_WORD = re.compile(r"[^\W_]+")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")
_THOUSANDS = re.compile(r"([0-9]+)k")
_ORDINAL = re.compile(r"([0-9]+)(?:st|nd|rd|th|er|e)")


def sketch(item: Announcement) -> bytes:
    """What recognises near copies of the announcement; empty when it has too little text."""
    text = item.body or item.summary
    made = sketch_text(item.title, text)
    return b"" if made is None else made.pack()


def sketch_text(title: str, text: str) -> Sketch | None:
    """The sketch of a title and a text of any length; ``None`` when the text is too short to judge by.

    Case, punctuation, the title at the head of the text and the sentences of :data:`BOILERPLATE` do not count.
    """
    heading, text = _folded(title), without_boilerplate(_folded(text))
    text = text.lstrip().removeprefix(heading) if heading else text
    words = _words(text)
    hashes = [crc32(word.encode()) for word in words]
    pairs = _pairs(hashes)
    total = len(pairs)
    if total < FEWEST_PAIRS:
        return None
    told = _words(heading)
    title_words = {_short(crc32(w.encode())) for w in told if w not in _COMMON}
    frequent, strong = _frequent(words)
    return Sketch(
        pairs=sorted(pairs)[:KEPT],
        total=total,
        lead=_lead(hashes[:LEAD_WORDS]),
        numbers=sorted(_number_hashes(words, shortest=2))[:KEPT_NUMBERS],
        words=frequent,
        strong=strong,
        title=sorted(title_words)[:24],
        marks=sorted(_number_hashes(told, shortest=1, alone=True))[:24],
        signs=_signs(told),
    )


def without_boilerplate(text: str) -> str:
    """A casefolded text without the publisher's own sentences."""
    if not any(phrase in text for phrase in BOILERPLATE):
        return text
    return "\n".join(
        part
        for part in _SENTENCE_END.split(text)
        if len(part) > LONGEST_BOILERPLATE or not any(phrase in part for phrase in BOILERPLATE)
    )


def _folded(text: str) -> str:
    return (text if text.isascii() else unicodedata.normalize("NFC", text)).casefold()


def _words(folded: str) -> list[str]:
    return _WORD.findall(_JOINTS.sub("", folded))


def _pairs(hashes: list[int]) -> set[int]:
    """32-bit hashes of each two words in a row. CRC-32 alone is linear: products and a shift mix it."""
    mixed = [(one * 0x9E3779B1 + other * 0x85EBCA6B) & 0xFFFFFFFF for one, other in pairwise(hashes)]
    return {value ^ value >> 15 for value in mixed}


def _short(value: int) -> int:
    return (value ^ value >> 16) & 0xFFFF


def _lead(hashes: list[int]) -> list[int]:
    bins = LEAD_KEYS * ROWS
    smallest = [0xFFFFFFFF] * bins
    for pair in _pairs(hashes):
        if pair < smallest[pair % bins]:
            smallest[pair % bins] = pair
    return [fold(smallest[n : n + ROWS]) for n in range(0, bins, ROWS)]


def _number_hashes(words: list[str], *, shortest: int, alone: bool = False) -> set[int]:
    """Hashes of the numbers, of words with digits (``h1b``, ``i129``) and of months.

    A month counts when it stands beside a number or, but for ``may``, ``alone`` (in a title).
    """
    found = {number for word in set(words) if not word.isalpha() and len(number := _number(word)) >= shortest}
    if not _MONTHS.keys().isdisjoint(words):
        for n, word in enumerate(words):
            if word in _MONTHS and (_beside_number(words, n) or (alone and word not in ("may", "mai"))):
                found.add(f"month {_MONTHS[word]}")
    return {_short(crc32(number.encode())) for number in found}


def _beside_number(words: list[str], n: int) -> bool:
    return (n > 0 and words[n - 1].isdecimal()) or (n + 1 < len(words) and words[n + 1].isdecimal())


def _number(word: str) -> str:
    if word.isdecimal():
        return word
    if thousands := _THOUSANDS.fullmatch(word):
        return thousands[1] + "000"
    if ordinal := _ORDINAL.fullmatch(word):
        return ordinal[1]
    return word.removeprefix("fy")


def _signs(words: list[str]) -> int:
    bits = [1 << n for n, names in enumerate(_SIGNS) if not names.isdisjoint(words)]
    bits += [1 << STATUS_BIT + n for n, names in enumerate(_STATUS) if not names.isdisjoint(words)]
    return sum(bits)


def _frequent(words: list[str]) -> tuple[list[int], int]:
    """Hashes of the words that occur most, and how many of them occur three times or more."""
    counted = [
        (-times, word) for word, times in Counter(words).items() if times > 1 and word not in _COMMON and len(word) > 2
    ]
    counted.sort()
    counted = counted[:KEPT_WORDS]
    return [_short(crc32(word.encode())) for _, word in counted], sum(times <= -3 for times, _ in counted)
