"""What speaks for the stage of an announcement: cues and where they stand, the day of effect, and words.

Each trait has a name, by which the fitted table ``cues/stage_weights.tsv`` knows it, and a value. ``=word`` stands in
title or lead, ``title=word`` in the title; ``=one other`` is a pair of words in a row.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from archive.models import Announcement
from pipelines.loglinear import LogLinear
from pipelines.signs import OPENING, STRONG, Signs

#: Of the lead, this much is read word by word (characters): about what a feed's description has.
_READ = 400
#: What a word or pair counts for, divided by the root of their number, so that a long text is not surer than a short.
_WORD = 3.5
_WORDS = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
#: Stages of which it matters whether the day of effect is past or ahead.
_DATED = ("final", "proposed", "in-force", "announced")


def traits(
    item: Announcement, signs: Signs, effect: str, *, law_firm: bool, official: bool, known: LogLinear | None = None
) -> dict[str, float]:
    """The traits of an announcement by name: of words all, or those that a table knows.

    ``effect`` says whether the day of effect is ``past`` or ``future`` on the day of publication, ``some`` where
    that cannot be told of a stated day, ``none`` where none is stated.
    """
    lead = (item.summary or item.body)[:_READ]
    found: dict[str, float] = {f"effect {effect}": 1.0}
    for hit in signs.of("stage"):
        place = "title" if hit.in_title else "opening" if hit.start < signs.title + OPENING else "later"
        name = f"{hit.code} {place}"
        found[name] = max(found.get(name, 0.0), hit.weight / STRONG)
        found[f"{hit.code} often"] = min(found.get(f"{hit.code} often", 0.0) + 0.5, 1.5)
        if hit.weight >= STRONG and hit.code in _DATED:
            found[f"{hit.code} effect {effect}"] = 1.0
    for hit in signs.of("action"):
        found[f"action {hit.code}"] = 1.0
        if hit.in_title:
            found[f"action {hit.code} title"] = 1.0
    if official:
        found["official"] = 1.0
        if "acts title" in found:  # what an authority says of itself in the present tense holds
            found["official acts title"] = 1.0
    if law_firm:
        found["law firm"] = 1.0
    if not item.published:
        found["undated"] = 1.0
    elif years := [int(year) for year in _YEAR.findall(f"{item.title} {lead}")]:
        ahead = max(years) - item.published.year
        found["year ahead" if ahead > 0 else "year past" if ahead < 0 else "year now"] = 1.0
    title = _split(item.title)
    text = [*title, ".", *_split(lead)]
    worth = _WORD / (2 * (len(title) + len(text))) ** 0.5
    for prefix, words in (("title=", title), ("=", text)):
        for phrase in _phrases(prefix, words, known):
            found[phrase] = worth
    return found


def _split(text: str) -> list[str]:
    return ["0" if word.isdigit() else word for word in _WORDS.findall(text.lower())]


def _phrases(prefix: str, words: list[str], known: LogLinear | None) -> Iterator[str]:
    """Words and pairs of words in small letters, numbers as 0; of a table's those that it knows."""
    before = ""
    for word in words:
        phrase = prefix + word
        if known is None or phrase in known.weights:
            yield phrase
        if before and (known is None or (before in known.beginnings and f"{before} {word}" in known.weights)):
            yield f"{before} {word}"
        before = phrase
