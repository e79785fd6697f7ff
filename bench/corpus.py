"""A synthetic corpus that looks like announcements: real programme names in invented sentences."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta

from archive.models import Announcement
from pipelines.vocabulary import Vocabulary, vocabulary

_OPENINGS = (
    "The Department is amending its regulations governing {a}.",
    "Employers that petition for {a} workers must use the new form.",
    "A final rule changes how registrations for {a} are selected.",
    "The agency reached the annual limit for {a} and returns further petitions.",
)
_PLAIN = (
    "Officers apply the standard that the statute sets and explain their decision in writing.",
    "The agency answers questions about the transition on its website.",
    "Records of earlier decisions stay valid and need not be filed again.",
    "Small employers asked for more time to prepare, and the agency considered their letters.",
)
_MIDDLES = (
    "Petitions that were postmarked before that day are decided under the earlier rule.",
    "Comments must be received on or before the sixtieth day after publication.",
    "The fee rises from 1,500 to 2,805 dollars for each beneficiary.",
    "Dependants who hold work authorisation keep it until their card expires.",
    "The change does not affect workers who were counted in an earlier year, nor those who move to {b}.",
    "Officials said that processing within two weeks remains the standard for complete applications.",
)


def announcements(count: int, chance: random.Random, start: int = 0, length: int = 1450) -> list[Announcement]:
    """``count`` announcements of at least ``length`` characters; equal for an equal generator state."""
    names = [p.name for p in vocabulary().programmes.values()]
    made = []
    for n in range(start, start + count):
        a, b = chance.sample(names, 2)
        sentences = [chance.choice(_OPENINGS).format(a=a)]
        while sum(map(len, sentences)) < length:
            sentences.append(chance.choice(_MIDDLES if len(sentences) % 2 else _PLAIN).format(b=b))
        made.append(
            Announcement(
                source_id="us-bench",
                url=f"https://bench.example/{n}",
                external_id=str(n),
                title=f"{sentences[0][:70]} ({n})",
                summary=" ".join(sentences),
                published=date(2026, 1, 1) + timedelta(hours=n),
            )
        )
    return made


def larger_vocabulary(times: int) -> Vocabulary:
    """The vocabulary with its programmes repeated under other names, ``times`` as many in all."""
    words = vocabulary()
    programmes = dict(words.programmes)
    for n in range(1, times):
        for code, programme in words.programmes.items():
            other = f"{code}-copy{n}"
            programmes[other] = replace(
                programme,
                id=other,
                name=f"{programme.name} {_letters(n)}",
                aliases=tuple(f"{alias} {_letters(n)}" for alias in programme.aliases),
                ambiguous_aliases=(),
            )
    return replace(words, programmes=programmes)


def _letters(n: int) -> str:
    return "".join(chr(ord("a") + int(digit)) for digit in str(n)) + "x"
