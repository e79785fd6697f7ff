"""What applies at once applies from the day on which it was announced: "On 7 April the minister announced immediate
changes", "the memorandum of 2 December, effective immediately".
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipelines.matcher import automaton, in_small_letters
from pipelines.moments import Moment
from pipelines.sentences import sentences

_AT_ONCE = re.compile(
    r"\beffective (?:immediately|at once|upon (?:issuance|announcement|signature|release))\b|\bimmediately effective\b"
    r"|\b(?:with|ha[sd]|takes?|took|taking|of|an?) immediate effect\b"
    r"|\b(?:take|takes|took|taking|in(?:to)?|went|goes|entered) (?:effect|force) (?:immediately|at once"
    r"|(?:the|that) same day|(?:on|from) (?:the same|that) day|on the (?:date|day) of (?:issu|publi|announce|sign)\w+)"
    r"|\b(?:effective|as of|starting|beginning|applicable|applying) (?:that|the same) (?:day|date)\b"
    r"|\b(?:ends?|ended|stops?|stopped|ceased?|ceases|closed?|closes|suspended|lifted|resumes?|resumed|begins?|starts?"
    r"|applicable) (?:immediately|at once)\b"
    r"|\bappl(?:y|ies|ied) (?:immediately|at once|with immediate)"
    r"|\bimmediate (?:policy |rule |and \w+ )*(?:changes|amendments|suspension|pause|halt|closure|ban|freeze)\b"
    r"|\bavec effet imm[ée]diat|\ben vigueur imm[ée]diatement|\bd['’]application imm[ée]diate"
    r"|\bmit sofortiger wirkung|\bmet onmiddellijke ingang|\bmed omedelbar verkan|\bcon effetto immediato"
    r"|\b(?:con|de) efectos? inmediatos?\b|\befectiv[oa] (?:inmediatamente|de inmediato)|\bcom efeitos? imediatos?"
    r"|\bze skutkiem natychmiastowym|\btr[æe]der i kraft straks"
    r"|即日(?:起|より|から|施行|適用|生效)|立即(?:生效|施行|实施)|즉시 ?(?:시행|적용|발효)"
)
#: A part of each phrase: a cheap test before a dear pattern.
_STEMS = automaton((
    "immediate", "immédiat", "immediat", "effective at once", "effect at once", "force at once", "apply at once",
    "applies at once", "applied at once", " at once", "same day", "effect on that", "effect from that",
    "that day", "that date", "same date", "effective upon", "date of issu", "day of issu",
    "date of publi", "day of publi", "date of announce", "day of announce", "date of sign", "day of sign",
    "sofortiger", "onmiddel", "omedelbar", "inmediat", "imediat", "natychmiast", "straks", "即日", "立即", "즉시",
))  # fmt: skip
#: "Not effective immediately", "does not take effect immediately".
_NOT = re.compile(r"\b(?:not|never|n['’]t|neither|nor|nicht|pas)\b[^.;]{0,40}$")


def at_once(text: str, moments: Sequence[Moment]) -> tuple[Moment, int, int] | None:
    """The day from which something applies "at once", with the borders of the sentence that says so.

    That is the one day of its sentence, or of the sentence before; of several the last one before the words. ``None``
    where nothing applies at once, or no single day stands there.
    """
    if not any(moment.day for moment in moments):
        return None
    small = in_small_letters(text)
    if next(_STEMS.iter(small), None) is None:
        return None
    found = _AT_ONCE.search(small)
    if found is None or _NOT.search(small, max(0, found.start() - 60), found.start()):
        return None
    bounds = list(sentences(text))
    number = next((n for n, (start, end) in enumerate(bounds) if start <= found.start() < end), 0)
    for start, end in (bounds[number], bounds[max(0, number - 1)]):
        days = [m for m in moments if start <= m.start < end and m.day]
        earlier = [m for m in days if m.start < found.start()]
        if days and (earlier or len(days) == 1):
            return (earlier or days)[-1], *bounds[number]
    return None
