"""Finds the days that a text names from where it stands: "today", "Thursday", "next month", "on the 16th".

They are worked out from the day of publication, and marked as computed. Only titles and leads of news are read for
them: deep in a text, "today" may be anybody's.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta

from pipelines.matcher import automaton
from pipelines.moments import WEEKDAY_ROWS, WEEKDAYS, Moment

_NEARBY = (
    r"\b(?P<today>today|aujourd['’]hui|heute|hoy|vandaag|hoje|i\s?dag|oggi|dziś|dzisiaj|tänään)\b"
    r"|\b(?P<tomorrow>tomorrow|demain|mañana|amanhã|i\s?morgon|domani|jutro)\b"
    r"|\b(?P<yesterday>yesterday|hier|gestern|ayer|gisteren|ontem|i\s?går|ieri|wczoraj)\b"
)
_MONTH_NEAR = (
    r"\b(?P<nextmonth>next month|(?:le )?mois prochain|(?:nächsten?|kommenden) monat"
    r"|(?:el )?(?:próximo mes|mes próximo)|volgende maand|(?:o )?próximo mês|nästa månad)\b"
    r"|\b(?P<thismonth>this month|ce mois-ci|diesem monat|este mes|deze maand|este mês)\b"
    r"|(?<=\bon )the (?P<dayalone>\d{1,2})(?:st|nd|rd|th)\b(?=[\s,.;]*$|[.,;]| (?:and|when|after|as|following)\b)"
)
#: "2일부터", "来月1日", "本日": days as Chinese, Japanese and Korean news name them.
_ASIAN = re.compile(
    r"(?P<asiantoday>本日|今日|きょう|今天|오늘)"
    r"|(?P<asianmonth>来月|下月|다음 ?달|내달|今月|本月|이달|이번 ?달)\s?(?P<asianmonthday>\d{1,2})\s?[日일]"
    r"|(?<![\d月월/-])(?P<asianday>[12]?\d|3[01])\s?[日일]"
    r"(?=\s?(?:부터|자로|이날|시행|발효|도입|적용|から|より|以降|付け?で?、?|に施行|に開始|起))"
)
_ASIAN_SIGN = re.compile("[日일今오本き]")
#: "pubblicato il 4 aprile e in vigore dal 5".
_DAY_AFTER = re.compile(
    r"\b(?:in vigore|en vigueur|en vigor|em vigor)\s+(?:dal|il|le|depuis le|dès le|desde el|el|a partir del|desde)\s+"
    r"(?P<dayafter>\d{1,2})\b(?![\d.,:/%]\d| ?[%€]"
    r"|\s+(?:de\s+)?(?:\d|ans|mois|jours|anni|mesi|giorni|años|meses|días))",
    re.IGNORECASE,
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
    "oggi", "dziś", "dzisiaj", "tänään", "domani", "jutro", "ieri", "wczoraj",
    "month", "mois", "monat", "este m", "ximo m", "mes pr", "maand", "månad", "n the 1", "n the 2", "n the 3",
    "n the 4", "n the 5", "n the 6", "n the 7", "n the 8", "n the 9",
))  # fmt: skip
#: No word of nearness is longer than this, with what must stand before or after it (characters).
_AROUND = 40
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_MONTH_AHEAD = re.compile(
    r"\bwill\b[^.;]{0,140}\b(?:in|from|by|starting|beginning)(?: early| late)? "
    rf"(?P<month>{'|'.join(_MONTHS)})\b(?P<nextyear> (?:of )?next year)?(?! \d|,? (?:\d|and\b|or\b|to [A-Z\d]|[A-Z]))"
)
#: A part of each month after its preposition: a cheap test before a dear pattern.
_MONTH_STEMS = automaton(tuple(f" {month}" for month in _MONTHS))
_PAST = re.compile(
    r"\b(?:took|came|went|entered|was|were|has|have|began|started|launched|allowed|rolled|introduced|became|opened|rose"
    r"|updated|issued|revised|expanded|published|posted|announced|released|signed|halted|ordered|barred|imposed|restored"
    r"|rescinded|removed|added|since|commenced|kicked|reopened|resumed|ended|stopped|closed|raised|lifted|suspended"
    r"|replaced|changed|increased|doubled|cut|paused|depuis|entrée?s?|seit|trat|traten|desde|entró|entraron|sinds|trad|ging|entrou|entraram"
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
    small = text.lower()
    found = []
    if not text.isascii() and _ASIAN_SIGN.search(text):
        found = _asian(text, published, taken)
    if " vig" in small:
        found += _days_after(text, published, taken)
    for match in _near_stems(text, small):
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
            year, month = _month(published, 1 if match["nextmonth"] else 0)
            found.append(Moment(match.start(), match.end(), year, month, 0, computed=True))
            continue
        elif match["dayalone"]:
            alone = _day_of_month(published, int(match["dayalone"]))
            if alone is not None:
                found.append(_moment(match.start(), match.end(), alone))
            continue
        else:
            days = 0 if match["today"] else 1 if match["tomorrow"] else -1
        found.append(_moment(match.start(), match.end(), published + timedelta(days=days)))
    return sorted(found, key=lambda moment: moment.start)


def _near_stems(text: str, small: str) -> Iterator[re.Match[str]]:
    """The words of nearness in a text, each once: looked for only where a part of one stands."""
    done = 0
    for end, _ in _RELATIVE_STEMS.iter(small):
        if end >= done:
            for match in _RELATIVE.finditer(text, max(done, end - _AROUND), end + _AROUND):
                if match.start() >= done:
                    done = match.end()
                    yield match


def find_months(text: str, taken: list[Moment]) -> list[Moment]:
    """Months without day and year of which a text says that they are to come: "will introduce ... in October"."""
    if next(_MONTH_STEMS.iter(text), None) is None:
        return []
    found = []
    for match in _MONTH_AHEAD.finditer(text):
        start, end = match.span("month")
        if not any(m.start < end and start < m.end for m in taken):
            way = "next year" if match["nextyear"] else "ahead"
            found.append(Moment(start, match.end(), 0, _MONTHS.index(match["month"]) + 1, 0, way=way))
    return found


def with_relative(text: str, written: Sequence[Moment], relative: Iterable[Moment]) -> list[Moment]:
    """All moments in order; "today (1 November)" and "Thursday, October 16" are one date, the written one."""
    merged = list(written)
    for near in relative:
        after = next((n for n, m in enumerate(merged) if m.start >= near.end), None)
        if after is not None and re.fullmatch(r",? ?\(?|,? \w{2,3} |,? on the ", text[near.end : merged[after].start]):
            stop = merged[after].end + text.startswith(")", merged[after].end)
            merged[after] = replace(merged[after], start=near.start, end=stop)
        else:
            merged.append(near)
            merged.sort(key=lambda m: m.start)
    return merged


def _moment(start: int, end: int, day: date) -> Moment:
    return Moment(start, end, day.year, day.month, day.day, computed=True)


def _asian(text: str, published: date, taken: list[Moment]) -> list[Moment]:
    found = []
    for match in _ASIAN.finditer(text):
        if any(m.start <= match.start() < m.end for m in taken):
            continue
        day: date | None = published
        if match["asianmonth"]:
            later = match["asianmonth"][0] in "来下다내"
            year, month = _month(published, 1 if later else 0)
            number = int(match["asianmonthday"])
            day = date(year, month, number) if 0 < number <= calendar.monthrange(year, month)[1] else None
        elif match["asianday"]:
            day = _day_of_month(published, int(match["asianday"]))
        if day is not None:
            found.append(_moment(match.start(), match.end(), day))
    return found


def _days_after(text: str, published: date, taken: list[Moment]) -> list[Moment]:
    found = []
    for match in _DAY_AFTER.finditer(text):
        start, end = match.span("dayafter")
        day = _day_of_month(published, int(match["dayafter"]))
        if day is not None and not any(m.start <= start < m.end for m in taken):
            found.append(_moment(start, end, day))
    return found


def _month(published: date, ahead: int) -> tuple[int, int]:
    """Year and month, so many months after that of publication."""
    year, month = divmod(published.year * 12 + published.month - 1 + ahead, 12)
    return year, month + 1


def _day_of_month(published: date, day: int) -> date | None:
    """ "The 16th" is the nearest one within half a month of publication."""
    for ahead in (0, 1, -1):
        try:
            there = date(*_month(published, ahead), day)
        except ValueError:
            continue
        if abs((there - published).days) <= 15:
            return there
    return None
