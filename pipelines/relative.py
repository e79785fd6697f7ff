"""Finds the days that a text names from where it stands: "today", "Thursday", "next month", "on the 16th".

They are worked out from the day of publication, and marked as computed. Only titles and leads of news are read for
them: deep in a text, "today" may be anybody's.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

from pipelines.matcher import automaton
from pipelines.moments import WEEKDAY_ROWS, WEEKDAYS, Moment

_NEARBY = (
    r"\b(?P<today>today|aujourd['’]hui|heute|hoy|vandaag|hoje|i\s?dag)\b"
    r"|\b(?P<tomorrow>tomorrow|demain|mañana|amanhã|i\s?morgon)\b|\b(?P<yesterday>yesterday|hier|gestern|ayer|gisteren|ontem|i\s?går)\b"
)
_MONTH_NEAR = (
    r"\b(?P<nextmonth>next month|(?:le )?mois prochain|(?:nächsten?|kommenden) monat"
    r"|(?:el )?(?:próximo mes|mes próximo)|volgende maand|(?:o )?próximo mês|nästa månad)\b"
    r"|\b(?P<thismonth>this month|ce mois-ci|diesem monat|este mes|deze maand|este mês)\b"
    r"|(?<=\bon )the (?P<dayalone>\d{1,2})(?:st|nd|rd|th)\b(?=[\s,.;]*$|[.,;]| (?:and|when|after|as|following)\b)"
)
_RELATIVE = re.compile(
    rf"{_NEARBY}|{_MONTH_NEAR}"
    rf"|\b(?:(?P<way>next|this|last|coming)\s+)?(?P<weekday>{'|'.join(WEEKDAYS)})\b",
    re.IGNORECASE,
)
#: A part of each word of ``_RELATIVE``: a cheap test before a dear pattern.
_RELATIVE_STEMS = automaton((
    "today", "tomorrow", "yesterday", "onday", "uesday", "nesday", "hursday", "friday", "urday", "sunday",
    "hui", "demain", "hier", "lundi", "ardi", "credi", "eudi", "vendredi", "amedi", "dimanche",
    "heute", "gestern", "ontag", "nstag", "ittwoch", "nerstag", "eitag", "sonntag",
    "hoy", "mañana", "ayer", "lunes", "artes", "rcoles", "ueves", "iernes", "bado", "mingo",
    "vandaag", "gisteren", "ndag", "nsdag", "nderdag", "ijdag", "terdag", "hoje", "amanhã", "ontem", "feira",
    "idag", "i dag", "morgon", "går", "isdag", "rsdag", "redag", "rdag",
    "month", "mois", "monat", "este m", "ximo m", "mes pr", "maand", "månad", "n the 1", "n the 2", "n the 3",
    "n the 4", "n the 5", "n the 6", "n the 7", "n the 8", "n the 9",
))  # fmt: skip
_PAST = re.compile(
    r"\b(?:took|came|went|entered|was|were|has|have|began|started|launched|allowed|rolled|introduced|became|opened|rose"
    r"|since|commenced|kicked|depuis|entrée?s?|seit|trat|traten|desde|entró|entraron|sinds|trad|ging|entrou|entraram"
    r"|sedan|trädde)\b",
    re.IGNORECASE,
)
#: A participle at the end of its clause: "ist am Samstag in Kraft getreten".
_PAST_LATER = re.compile(r"\b(?:getreten|gestartet|eingeführt|gegaan|getreden|trätt)\b")
_AHEAD = re.compile(r"\b(?:will|shall|to|wird|werden|zal|zullen|kommer)\b")


def find_relative(text: str, published: date, taken: list[Moment]) -> list[Moment]:
    """ "today", "next month", "on the 16th" and weekdays of a text, counted from the day of publication.

    A weekday is the next one, or the last one where the sentence tells the past. The day of publication itself counts,
    as newspapers write, but not where the sentence tells the future ("will start on Thursday"). "Next month" is a
    date to the month. Words inside the dates already ``taken`` do not count.
    """
    if next(_RELATIVE_STEMS.iter(text.lower()), None) is None:
        return []
    found = []
    for match in _RELATIVE.finditer(text):
        if any(m.start <= match.start() < m.end for m in taken):
            continue
        if match["weekday"]:
            if not match["weekday"][0].isupper() and match["weekday"].lower() in WEEKDAY_ROWS[0]:
                continue
            ahead = (WEEKDAYS[match["weekday"].lower()] - published.weekday()) % 7
            clause = re.split(r"[.;]", text[max(0, match.start() - 80) : match.start()])[-1]
            after = re.split(r"[.;,]", text[match.end() : match.end() + 60])[0]
            way = (match["way"] or "").lower()
            past = way == "last" or _PAST.search(clause) or _PAST.match(after.strip()) or _PAST_LATER.search(after)
            coming = not past and (way in ("next", "coming") or _AHEAD.search(clause))
            days = ahead - 7 if past and ahead else ahead or (7 if coming else 0)
        elif match["nextmonth"] or match["thismonth"]:
            year, month = divmod(published.year * 12 + published.month - (0 if match["nextmonth"] else 1), 12)
            found.append(Moment(match.start(), match.end(), year, month + 1, 0, computed=True))
            continue
        elif match["dayalone"]:
            alone = _day_of_month(published, int(match["dayalone"]))
            if alone is not None:
                found.append(Moment(match.start(), match.end(), alone.year, alone.month, alone.day, computed=True))
            continue
        else:
            days = 0 if match["today"] else 1 if match["tomorrow"] else -1
        day = published + timedelta(days=days)
        found.append(Moment(match.start(), match.end(), day.year, day.month, day.day, computed=True))
    return found


def _day_of_month(published: date, day: int) -> date | None:
    """ "The 16th" is the nearest one within half a month of publication."""
    for ahead in (0, 1, -1):
        year, month = divmod(published.year * 12 + published.month - 1 + ahead, 12)
        try:
            there = date(year, month + 1, day)
        except ValueError:
            continue
        if abs((there - published).days) <= 15:
            return there
    return None
