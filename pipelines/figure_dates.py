"""Since when a figure is valid: the date that its sentence ties to it with "from", "as of", "effective"."""

from __future__ import annotations

import re
from datetime import date

from archive.models import Precision
from pipelines import moments
from pipelines.figure_binding import Bound
from pipelines.figure_cues import FigureCues

#: Articles and days of the week that may stand between such a word and its date.
_BETWEEN = re.compile(r"(?:(?:the|at|den|dem|le|el|de|du|del|do|of|month of|date of)\s+)*$", re.IGNORECASE)
_UNTIL = re.compile(r"\b(?:until|till|to|through|bis|jusqu\S*|hasta|tot|até)\s*$", re.IGNORECASE)


def valid_from(
    sentence: str, bound: Bound, cues: FigureCues, published: date | None, precision: Precision | None = "day"
) -> str:
    """ISO text at the precision that is written (``2027``, ``2024-02``, ``2025-07-22``), '' where it is not stated.

    A year that is not written is the one nearest to publication. The count of registrations has no such day.
    """
    if bound.parameter.name == "registration_count":
        return ""
    after: list[str] = []
    before: list[str] = []
    changes = cues.change.within(sentence)
    for moment in moments.find(sentence):
        if moment.start < bound.group.end and bound.group.start < moment.end:
            continue
        if not _begins(sentence, moment.start, bound, cues, changes=changes):
            continue
        whole = moments.dated(moment, published, precision)
        if whole is not None:
            (after if moment.start >= bound.group.end else before).append(whole.iso())
    return after[0] if after else before[-1] if before else ""


def _begins(sentence: str, start: int, bound: Bound, cues: FigureCues, *, changes: bool) -> bool:
    lead = _BETWEEN.sub("", sentence[max(0, start - 48) : start])
    if _UNTIL.search(lead):
        return False
    if cues.starts.end(lead):
        return True
    if start > 2 and not cues.weak_starts.end(lead):
        return False
    if bound.parameter.name in ("draw_size", "score"):
        return True
    clause = re.split(r"[,;]", lead)[-1]
    return changes and not cues.told.within(clause)
