"""Where sentences end: at a full stop that is not that of an abbreviation, an ordinal or a clock time."""

from __future__ import annotations

import re
from collections.abc import Iterator

#: Begins with one character: such a pattern is looked for several times as fast as one that begins in two ways.
_STOP = re.compile(r"[.!?…](?:[.!?…]*)[\"”’»)\]]*\s+(?=[\"“‘«(\[¿¡]*[A-ZÀ-ÞŠŽ0-9ぁ-ヿ一-鿿가-힣])")
_END = re.compile(rf"{_STOP.pattern}|\s*\n\s*|。[」』）)]*\s*")
_SHORT_WORDS = """
U.S No Nos Nr núm art Art Sec sec v vs Mr Mrs Ms Dr St Pub Inc Co Abs approx cf ca bzw Ziff fr.o.m t.o.m r
Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec
"""
_ABBREVIATIONS = frozenset(_SHORT_WORDS.split())
_WORD_BEGINS = re.compile(r"[\s(]")
#: What may follow "12:01 a.m." within its sentence, where a capital otherwise begins the next one.
_CLOCK_ENDS = re.compile(r"(?:^|[\s\d])[ap]\.m$")
_AFTER_CLOCK = re.compile(
    r"\(?(?:[A-Z]{2,4}\b|[A-Z]\.|\d|Eastern|Central|Mountain|Pacific|Alaska|Hawaii|Atlantic|Chamorro|Greenwich|Universal"
    r"|Coordinated|Standard|Daylight|Local|British|UK|Washington|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
    r"|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec))"
)
_INITIALS = re.compile(r"[A-Z]|[a-z]\.[a-z]")
_DAY_BEFORE = re.compile(r"\b\d{1,2}$")
#: Within "2025. 4. 1.", as Korean offices write a day.
_YEAR_LED = re.compile(r"\b(?:19|20)\d\d(?:\.\s?\d{1,2})?$")
_NUMBER_FOLLOWS = re.compile(r"\d{1,2}\.(?:\s|$)")


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """Where the sentences of a text begin and end: at stops and at line ends.

    A full stop of an abbreviation ("12:01 a.m. Eastern") or of a German day ("18. November") ends none.
    """
    start = 0
    for stop in (_END if "\n" in text or "。" in text else _STOP).finditer(text):
        place, end = stop.span()
        if text[place] == "." and "\n" not in stop[0]:
            before = text[max(start, place - 8) : place]  # long enough to tell abbreviations from longer words
            if not (before.isalpha() and len(before) > 6) and _is_short(before, text[end : end + 12]):
                continue
        yield start, end
        start = end
    if start < len(text):
        yield start, len(text)


def _is_short(before: str, following: str) -> bool:
    """Whether an abbreviation or a day stands at the end of ``before``; ``following`` begins what comes next."""
    if _CLOCK_ENDS.search(before):
        return _AFTER_CLOCK.match(following) is not None
    word = _WORD_BEGINS.split(before)[-1]
    if word in _ABBREVIATIONS or _INITIALS.fullmatch(word):
        return True
    if before[-1:].isdigit() and following[:1].isdigit():
        return _YEAR_LED.search(before) is not None and _NUMBER_FOLLOWS.match(following) is not None
    return before[-1:].isdigit() and _DAY_BEFORE.search(before) is not None
