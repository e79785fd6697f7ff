"""Cut-off dates of the US Visa Bulletin told in a sentence: category, country and date must stand together.

The series are those of the bulletin's own reader (``employment/2nd/india/final-action``), so that a news item about
a bulletin adds a claim to the same line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from archive.models import Figure
from pipelines import moments

_ORDINALS = ("1st", "2nd", "3rd", "4th", "5th")
_CATEGORY = re.compile(r"\bEB[-\u2010-\u2015 ]?([1-5])\b")
_NAMED = re.compile(
    r"\b(?:final action dates?|cut[- ]?off dates?|priority dates?|dates? for filing|filing dates?)\b", re.I
)
_FILING = re.compile(r"\b(?:dates? for filing|filing dates?)\b", re.IGNORECASE)
_AREAS = (
    (re.compile(r"\bIndian?\b"), "india"), (re.compile(r"\bChin(?:a|ese)\b"), "china"),
    (re.compile(r"\bMexic(?:o|an)\b"), "mexico"), (re.compile(r"\b(?:Philippines|Filipino)\b"), "philippines"),
    (re.compile(r"\b(?:rest of (?:the )?world|worldwide|all (?:other )?(?:chargeab\w+|countries))\b", re.I), "all"),
)  # fmt: skip
_TO = re.compile(r"(?:\b(?:to|at|until|is|remains?|now|be)|[:=])\s*$", re.IGNORECASE)
_FROM = re.compile(r"\bfrom\s*$", re.IGNORECASE)
_BULLETIN = re.compile(r"\b([A-Z][a-z]{2,8} \d{4})\s+Visa Bulletin|Visa Bulletin (?:for|of) ([A-Z][a-z]{2,8} \d{4})")


def cutoffs(sentence: str, around: str) -> Iterator[Figure]:
    """The cut-off date that a sentence states, if it names one category and one country.

    ``around`` is the text in which the month of the bulletin may be named; the date is valid from its first day.
    """
    categories = set(_CATEGORY.findall(sentence))
    if len(categories) != 1 or not _NAMED.search(sentence):
        return
    areas = [name for pattern, name in _AREAS if pattern.search(sentence)]
    if len(areas) != 1:
        return
    new, old = "", ""
    for moment in moments.find(sentence):
        if not (moment.year and moment.day):
            continue
        before = sentence[max(0, moment.start - 24) : moment.start]
        if _FROM.search(before):
            old = old or moment.iso()
        elif _TO.search(before):
            if new:
                return  # two dates that the sentence does not tell apart
            new = moment.iso()
    if not new:
        return
    number = categories.pop()
    chart = "filing" if _FILING.search(sentence) else "final-action"
    yield Figure(
        f"us-eb-{number}", "cutoff_date", new, sentence.replace("\x00", "").strip(), "text:cutoff_date:sentence",
        valid_from=_month(around), previous=old, series=f"employment/{_ORDINALS[int(number) - 1]}/{areas[0]}/{chart}",
        dimensions={"chart": chart.replace("-", "_"), "preference": "employment", "chargeability": areas[0]},
    )  # fmt: skip


def _month(text: str) -> str:
    """The first day of the month whose bulletin is named, '' for none or several."""
    named = {first or second for first, second in _BULLETIN.findall(text)}
    found = moments.find(f"in {named.pop()}") if len(named) == 1 else []
    return f"{found[0].iso()[:7]}-01" if found and found[0].month else ""
