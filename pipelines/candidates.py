"""By which keys an announcement finds those that may tell of the same thing, without looking at the others.

Keys are numbers that an index can hold: official numbers and whole titles at any distance in time; days of effect, days
that are named, amounts, programmes and rare words of a country within some months. Each has a weight; announcements
that share the most weight are compared in full.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from hashlib import blake2b

from archive.story_index import IndexKey
from pipelines.clues import REACH
from pipelines.signature import Signature
from pipelines.words import rarity

#: Days of one part of the index, and how far from an announcement's day its neighbours are looked for.
BUCKET, WINDOW = 192, REACH + 10
#: Neighbours read of one key on either side in time, and announcements compared in full.
NEAREST, COMPARED = 16, 12
#: Shared weight from which a full comparison is worth its time.
WORTH = 1.0

_WORDS, _WORDS_ANYWHERE, _FACTS, _NUMBERS = 10, 3, 4, 8


def keys(found: Signature) -> list[IndexKey]:
    """The keys of an announcement, each once. One whose day is unknown has only those that hold at any time."""
    texts: dict[str, tuple[bool, float]] = {}
    for number in sorted(found.own)[:_NUMBERS] + sorted(found.cited)[:_NUMBERS]:
        texts[f"N|{number}"] = (False, 10.0)
    rare = sorted(found.title, key=lambda word: (-rarity(word), word))
    if len(rare) >= 4:
        texts[f"T|{'|'.join(sorted(rare[:4]))}"] = (False, 5.0)
    if found.span[0]:
        places = sorted(found.countries)[:2] or [""]
        words = sorted(found.text, key=lambda word: (-found.text[word], word))[:_WORDS]
        for place in places:
            for start, _ in found.effective[:_FACTS]:
                texts[f"E|{place}|{date.fromordinal(start):%Y-%m}"] = (False, 2.0)
            for day in sorted(found.days)[-_FACTS:]:
                texts[f"D|{place}|{day}"] = (True, 1.5)
            for paper in sorted(found.papers):
                texts[f"B|{place}|{paper}"] = (True, 1.0)
            for amount in sorted(found.amounts, key=lambda a: (-len(a), a))[:_FACTS]:
                texts[f"A|{place}|{amount}"] = (True, 1.5)
            for word in words:
                texts[f"W|{place}|{word}"] = (True, rarity(word) / 4)
        for word in words[:_WORDS_ANYWHERE]:
            texts.setdefault(f"W||{word}", (True, rarity(word) / 4))
        for programme in sorted(found.programmes)[:_FACTS]:
            texts[f"P|{programme}"] = (True, 1.0)
    return [IndexKey(_number(text), timed, weight) for text, (timed, weight) in texts.items()]


def day_of(found: Signature) -> int:
    """The day (ordinal) by which an announcement lies in the index, the middle of its span; 0 if unknown."""
    return (found.span[0] + found.span[1]) // 2


@lru_cache(maxsize=20_000)
def _number(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=6).digest())
