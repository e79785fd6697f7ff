"""Words of programme names that must not be read as sentences: nobody enters anything in "Express Entry"."""

from __future__ import annotations

import re
from functools import cache

from pipelines.vocabulary import vocabulary

#: What a date's cues read as somebody's arrival (``[triggers.names]`` of ``cues/dates.toml``).
_ARRIVAL = re.compile(r"\b(?:entry|entries|arrivals?)\b")
#: Stands for such a word; no cue holds it.
_HOLE = "§"


@cache
def _names() -> re.Pattern[str]:
    named = {
        " ".join(name.lower().split())
        for programme in vocabulary().programmes.values()
        if programme.kind != "travel-restriction"  # "suspension of entry" means what it says
        for name in (programme.name, *programme.aliases)
    }
    told = sorted((name for name in named if _ARRIVAL.search(name)), key=lambda name: (-len(name), name))
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, told))})\b") if told else re.compile(r"(?!)")


def without_names(sentence: str) -> str:
    """A sentence in small letters with the words of arrival taken out of the names of programmes.

    Its length changes; marks of dates stay.
    """
    if "entr" not in sentence and "arriv" not in sentence:
        return sentence
    return _names().sub(lambda name: _ARRIVAL.sub(_HOLE, name[0]), sentence)
