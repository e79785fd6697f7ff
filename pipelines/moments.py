"""Finds the dates that a text writes out, in the languages of Europe that sources use, Chinese, Japanese and Korean.

Every date but "Thursday" has a number in it, so the search goes from number to number and looks at the words
around each: that costs a few microseconds a number, whatever the number of languages. What is found is only what
is written; a year that is left out stays out until somebody who knows the publication date adds it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from archive.models import Precision
from pipelines.moments_asian import written

_ENGLISH = (
    "january february march april may june july august september october november december",
    "jan feb mar apr - jun jul aug sep oct nov dec",
    "- - - - - - - - sept - - -",
)
_OTHERS = (
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "janv févr - avr - - juil aout sept oct nov déc",
    "januar februar märz april mai juni juli august september oktober november dezember",
    "jänner - - - - - - - - okt nov dez",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "- - - - - - - - setiembre - - -",
    "januari februari maart april mei juni juli augustus september oktober november december",
    "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "januari februari mars april maj juni juli augusti september oktober november december",
    "januar februar marts april maj juni juli august september oktober november december",
    "januar februar mars april mai juni juli august september oktober november desember",
    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
    "ledna února března dubna května června července srpna září října listopadu prosince",
    "tammikuuta helmikuuta maaliskuuta huhtikuuta toukokuuta kesäkuuta heinäkuuta elokuuta syyskuuta lokakuuta"
    " marraskuuta joulukuuta",
)


def _months(*rows: str) -> dict[str, int]:
    return {name: n for row in rows for n, name in enumerate(row.split(), 1) if name != "-"}


#: English names need a capital ("may", "march" and "mar" are words), those of other languages do not.
_CAPITALISED = _months(*_ENGLISH)
_ANY_CASE = {name: n for name, n in _months(*_OTHERS).items() if name not in _CAPITALISED}
_MONTHS = _CAPITALISED | _ANY_CASE

WEEKDAY_ROWS = (
    "monday tuesday wednesday thursday friday saturday sunday",
    "lundi mardi mercredi jeudi vendredi samedi dimanche",
    "montag dienstag mittwoch donnerstag freitag samstag sonntag",
    "lunes martes miércoles jueves viernes sábado domingo",
    "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag",
    "segunda-feira terça-feira quarta-feira quinta-feira sexta-feira sábado domingo",
    "måndag tisdag onsdag torsdag fredag lördag söndag",
    "mandag tirsdag onsdag torsdag fredag lørdag søndag",
    "lunedì martedì mercoledì giovedì venerdì sabato domenica",
)
#: Names of days in all languages, in small letters, from Monday 0.
WEEKDAYS = {name: n for row in WEEKDAY_ROWS for n, name in enumerate(row.split())}

#: Not ``\d+``: a pattern that begins with one character is looked for several times as fast.
_NUMBER = re.compile(r"\d\d*")
_YEAR_FIRST, _YEAR_LAST = 1990, 2099
_LETTERS = r"([^\W\d_]{3,12})"
_WORD_BEFORE = re.compile(rf"(?<![^\W_]){_LETTERS}\.?,?\s+(?:(?:de|of|del)\s+)?$")
_DAY_THERE = re.compile(r"\d(?:st|nd|rd|th|er|º|°|:e|\.)?\s+(?:(?:of|de)\s+)?$")
#: After the day of "March 1st-3, 2026": the end of a range of days, and the year.
_AFTER_DAY = re.compile(
    r"(?:st|nd|rd|th)?(?:\s*(?:-|–|&|and|or|to|through)\s*(\d{1,2})(?:st|nd|rd|th)?(?![\d:%]|\s?[ap]\.?m\b))?"
    r"(?:\s?\([A-Za-z]{3,9}\.?\)(?=,?\s*\d{4}))?(?:(?:\s*,\s*|\s+)(\d{4})(?!\d))?"
)
_DAY_FIRST = re.compile(
    rf"(?:st|nd|rd|th|er|º|°|:e|\.)?\s+(?:(?:of|de)\s+)?{_LETTERS}(?![^\W\d_])\.?"
    r"(?:,?\s+(?:(?:de|of|del)\s+)?(\d{4})(?!\d)(?:\s?r\.)?)?"
)
#: German "ab 1.10.", without a year.
_GERMAN_DAY = re.compile(r"\.\s?([01]?\d)\.(?=\s|[,;)]|$)")
_GERMAN_ON = re.compile(r"\b(?:[Aa]b|[Aa]m|[Zz]um|[Dd]em|[Vv]om|[Pp]er)\s$")
_ISO = re.compile(r"-(\d{2})-(\d{2})(?![\d-])")
_DOTTED = re.compile(r"\s?([./-])\s?(\d{1,2})\1\s?(\d{4})(?![\d-])")
#: "8/1/23", of this century.
_SHORT_YEAR = re.compile(r"([./])(\d{1,2})\1([12]\d|3\d)(?![\w%]|[./:-]\w)")
#: "7/31/23" leaves no doubt which number is the month, and what else the same text writes goes with it.
_MONTH_TOLD = re.compile(
    r"(?<![\d/])(?:(?P<month>1[0-2]|0?[1-9])/(?:1[3-9]|2\d|3[01])|(?:1[3-9]|2\d|3[01])/(?:1[0-2]|0?[1-9]))/"
    r"(?:20)?\d\d(?![\d/])"
)
#: Words at a date without a year that tell which way from the publication it lies.
_WAY_AFTER = re.compile(
    r",?\s+(?:(?P<nextyear>(?:of )?next year|de l['’]année prochaine|(?:des )?(?:nächsten|kommenden) Jahres"
    r"|del (?:próximo año|año próximo|prossimo anno)|do próximo ano|volgend jaar|nästa år|przyszłego roku)"
    r"|(?P<ahead>prochain|next)|(?P<past>dernier|scorso|pasado|passado|last|jl))\b"
)
_WAY_BEFORE = re.compile(
    r"\b(?:(?P<ahead>prossimo|próximo|kommenden|coming|komende|kommande)|(?P<past>scorso|pasado|passado))\s+(?:d[ií]a\s+)?$",
    re.IGNORECASE,
)

_CLOCK = (
    r"(?P<hour>\d{1,2})(?:[:.](?P<minute>\d{2}))?(?:[:.]\d{2})?\s*(?P<half>[ap])\.?\s?m\b\.?"
    r"|(?P<hour24>[012]?\d)[:.](?P<minute24>[0-5]\d)(?:\s*(?:uhr|uur|h|hrs|hours)\b)?"
    r"|(?P<hourh>[012]?\d)\s?(?:uhr|uur|h(?:\s?(?P<minuteh>[0-5]\d))?)\b"
    r"|(?:12(?::00)?\s)?(?P<word>noon|midnight)"
)
_ZONE_NAMES = {
    "eastern": "America/New_York", "et": "America/New_York", "central": "America/Chicago", "ct": "America/Chicago",
    "mountain": "America/Denver", "mt": "America/Denver", "pacific": "America/Los_Angeles", "pt": "America/Los_Angeles",
    "alaska": "America/Anchorage", "hawaii": "Pacific/Honolulu",
    "greenwich mean": "GMT", "british summer": "BST", "uk": "Europe/London",
}  # fmt: skip
_ZONE = (
    r"(?P<zone>(?:eastern|central|mountain|pacific|alaska|hawaii|greenwich mean|british summer|uk|local)"
    r"(?:\s+(?P<season>daylight|standard)(?:[ -]savings?)?)?\s+time|(?:eastern|central|mountain|pacific)\b"
    r"|[ecmp][ds]?t\b|ak[ds]t\b|hst\b|gmt\b|utc\b|bst\b|ces?t\b|mes?z\b|ist\b|jst\b|kst\b|sgt\b|hkt\b|nz[ds]t\b|a[ec][ds]t\b)"
)
_ZONED = rf"(?:{_CLOCK})(?:,?\s*\(?\s*{_ZONE}\)?(?:\s*\([a-z]{{2,4}}\))?)?"
_CLOCK_BEFORE = re.compile(rf"(?<![\d$€£.,]){_ZONED},?\s*(?:(?:on|of|am|le|el)\s+)?$", re.IGNORECASE)
_CLOCK_RANGE = re.compile(rf"(?<![\d$€£.,]){_ZONED},?\s*(?:to|until|through|till|-|–)\s*$", re.IGNORECASE)
_CLOCK_AFTER = re.compile(
    rf",?\s*(?:(?:at|by|from|beginning at|as of|um|à|a las|om|kl\.?|às)\s+)?{_ZONED}", re.IGNORECASE
)
_CLOCK_SIGN = re.compile(r"\d\s?[ap]\.?\s?m|\d[:.]\d\d|noon|midnight|\d\s?(?:h\b|uhr|uur)", re.IGNORECASE)

#: "the end of 2026", "from 2027": a bare year counts as a date only after such a word.
_YEAR_CUE = re.compile(
    r"(?:\b(?:end of|from|until|till|since|in|by|effective|during|ab|seit|bis ende|ende|depuis|dès|fin|en|desde|hasta|"
    r"finales de|vanaf|sinds|eind|até|från|since early|early|late)[ -])$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Moment:
    """A date as it is written: ``text[start:end]`` holds it with its weekday, clock time and zone.

    ``year`` or ``day`` is 0 when it is not written, ``month`` when only a year is. ``computed``: worked out from
    the day of publication. ``time`` is ``HH:MM``, ``zone`` IANA or abbreviated. ``way`` says where a date without a
    year lies: ``ahead`` of the publication, ``past``, in ``this year`` or ``next year``; '' where no word tells.
    """

    start: int
    end: int
    year: int
    month: int
    day: int
    time: str = ""
    zone: str = ""
    computed: bool = False
    way: str = ""

    @property
    def precision(self) -> Precision:
        return "day" if self.day else "month" if self.month else "year"

    def iso(self) -> str:
        """ISO text at the precision that is written."""
        parts = [f"{self.year:04d}", f"{self.month:02d}", f"{self.day:02d}"]
        return "-".join(parts[: 3 if self.day else 2 if self.month else 1])


def find(text: str, *, month_first: bool | None = None) -> list[Moment]:
    """The dates written in a text, in order, none overlapping.

    ``month_first`` reads ``4/5/2026`` as April 5 (True) or 4 May (False); by default a numeric date with slashes
    counts only where it can mean one day alone, or where another date of the text tells the order.
    """
    if month_first is None and "/" in text and (told := _MONTH_TOLD.search(text)):
        month_first = told["month"] is not None
    found: list[Moment] = []
    end = 0
    for number in _NUMBER.finditer(text):
        start = number.start()
        if start < end:
            continue
        moment = _at(text, start, number.end(), end, month_first)
        if moment is not None:
            moment = _widened(text, moment, end)
            found.append(moment)
            end = moment.end
    return list(_with_shared_years(text, found))


def _at(text: str, start: int, end: int, floor: int, month_first: bool | None) -> Moment | None:
    """The date around the number at ``start``, nothing of it before ``floor``."""
    digits = end - start
    before = text[start - 1] if start else " "
    if digits not in (1, 2, 4) or before in "$€£#_":
        return None
    asian = written(text, start, end)
    if asian is not None and asian.month:
        year, month, day, stop, way = asian
        return _real(Moment(start, stop, year, month, day, way=way))
    if before.isalpha():
        return None
    if before in ".,/-" and start > 1 and text[start - 2].isalnum() and not (before == "-" and digits < 3):
        return None
    value = int(text[start:end])
    if digits == 4:
        return _with_year(text, start, end, floor, value) if _YEAR_FIRST <= value <= _YEAR_LAST else None
    if not 1 <= value <= 31:
        return None
    word = _WORD_BEFORE.search(text[max(floor, start - 14) : start])
    month = _month(word[1], english=True) if word else 0
    if word and month and (rest := _AFTER_DAY.match(text, end)):
        year = _year(rest[2])
        if rest[2] and not year:
            return None
        stop = rest.end()
        if not rest[2] and not rest[1]:
            stop = end + (2 if text[end : end + 2] in ("st", "nd", "rd", "th") else 0)
        return _real(Moment(start - len(word[0]), stop, year, month, value))
    if (dotted := _DOTTED.match(text, end)) is not None:
        return _numeric(start, dotted.end(), value, int(dotted[2]), _year(dotted[3]), dotted[1], month_first)
    if (short := _SHORT_YEAR.match(text, end)) is not None:
        return _numeric(start, short.end(), value, int(short[2]), 2000 + int(short[3]), short[1], month_first)
    on = text[end : end + 1] == "." and _GERMAN_ON.search(text, max(0, start - 6), start)
    if on and (short := _GERMAN_DAY.match(text, end)):
        return _real(Moment(start, short.end(), 0, int(short[1]), value)) if int(short[1]) <= 12 else None
    if (named := _DAY_FIRST.match(text, end)) is not None and (month := _month(named[1])):
        year = _year(named[2])
        stop = named.end() if year or not named[2] else named.end(1)
        if not named[2] and text[stop - 1] == "." and len(named[1]) > 4:
            stop -= 1
        return _real(Moment(start, stop, year, month, value))
    return None


def _with_year(text: str, start: int, end: int, floor: int, year: int) -> Moment | None:
    iso = _ISO.match(text, end)
    if iso is not None:
        return _real(Moment(start, iso.end(), year, int(iso[1]), int(iso[2])))
    if text[end : end + 1] in ("-", "/", "–") and text[end + 1 : end + 2].isdigit():
        return None  # 2025-26, 2025/123: a season or a number
    slice_ = text[max(floor, start - 20) : start]
    word = _WORD_BEFORE.search(slice_)
    if word and (month := _month(word[1])):
        impossible = _DAY_THERE.search(slice_[: word.start()])  # 31 June 2026: no month either
        return None if impossible else Moment(start - len(word[0]), end, year, month, 0)
    return Moment(start, end, year, 0, 0) if _YEAR_CUE.search(slice_) else None


def _month(word: str, *, english: bool = False) -> int:
    name = word.lower()
    if name in _CAPITALISED and word[0].isupper():
        return _CAPITALISED[name]
    return (
        0
        if english
        else _ANY_CASE.get(name, 0) or (_MONTHS.get(name, 0) if len(name) > 5 else 0) or (4 if name == "april" else 0)
    )


def _year(digits: str | None) -> int:
    return int(digits) if digits and _YEAR_FIRST <= int(digits) <= _YEAR_LAST else 0


def _numeric(
    start: int, end: int, first: int, second: int, year: int, sign: str, month_first: bool | None
) -> Moment | None:
    if sign == "." or second > 12 or first > 12 or first == second or month_first is not None:
        american = second > 12 or (sign != "." and first <= 12 and bool(month_first))
        month, day = (first, second) if american else (second, first)
        return _real(Moment(start, end, year, month, day)) if year else None
    return None


def _real(moment: Moment) -> Moment | None:
    try:
        date(moment.year or 2024, moment.month, moment.day or 1)
    except ValueError:
        return None
    return moment


def _widened(text: str, moment: Moment, floor: int) -> Moment:
    """The date with the weekday and the clock time that stand at it."""
    start, end, time, zone = moment.start, moment.end, "", ""
    before = text[max(floor, start - 64) : start]
    words = before.rstrip(" ,").rsplit(None, 1)
    if words and words[-1].lower() in WEEKDAYS:
        start -= len(before) - before.rindex(words[-1])
        before = text[max(floor, start - 64) : start]
    clock = None
    if _CLOCK_SIGN.search(before):
        clock = _CLOCK_BEFORE.search(before)
        if clock:
            start -= len(before) - clock.start()
            before = before[: clock.start()]
            if opening := _CLOCK_RANGE.search(before):  # from 8 a.m. to 3 p.m. on ...: the beginning counts
                clock, start = opening, start - len(before) + opening.start()
    if clock is None and _CLOCK_SIGN.search(text[end : end + 16]):
        clock = _CLOCK_AFTER.match(text, end)
        if clock:
            end = clock.end()
    if clock:
        time, zone = _clock(clock)
    way = moment.way
    if not moment.year and not way:
        before = text[max(floor, start - 24) : start]
        if told := _WAY_AFTER.match(text, end):
            end = told.end()
        elif told := _WAY_BEFORE.search(before):
            start -= len(before) - told.start()
        way = (told.lastgroup or "").replace("nextyear", "next year") if told else ""
    return replace(moment, start=start, end=end, time=time, zone=zone, way=way)


def _clock(clock: re.Match[str]) -> tuple[str, str]:
    if clock["word"]:
        hour, minute = (12, 0) if clock["word"].lower() == "noon" else (0, 0)
    elif clock["hour"]:
        hour, minute = int(clock["hour"]), int(clock["minute"] or 0)
        if not 1 <= hour <= 12 or minute > 59:
            return "", ""
        hour = hour % 12 + (12 if clock["half"].lower() == "p" else 0)
    else:
        hour = int(clock["hour24"] or clock["hourh"])
        minute = int(clock["minute24"] or clock["minuteh"] or 0)
    if hour > 24 or (hour == 24 and minute):
        return "", ""
    return f"{hour:02d}:{minute:02d}", _zone(clock)


def _zone(clock: re.Match[str]) -> str:
    written = " ".join((clock["zone"] or "").lower().split())
    name = re.sub(r"(?: (?:daylight|standard)(?:[ -]savings?)?)? time$", "", written)
    if clock["season"]:
        return name[0].upper() + clock["season"][0].upper() + "T" if name in _ZONE_NAMES and name != "uk" else ""
    return "" if name == "local" else _ZONE_NAMES.get(name, name.upper())


#: Between the two dates of "June 15 through June 18, 2026".
_BETWEEN = re.compile(
    r"[\s,]*(?:and|or|to|through|until|till|et|au|und|bis(?: zum)?|y|al?|en|tot(?: en met)?|e|och|[-–])?\s*"
    r"(?:\w{1,3} )?"
)


def _with_shared_years(text: str, found: list[Moment]) -> Iterator[Moment]:
    """In "from June 15 to June 18, 2026" and "June 15 and July 2, 2026" the year is that of both."""
    for n, moment in enumerate(found):
        following = found[n + 1] if n + 1 < len(found) else None
        if (
            following
            and not moment.year
            and following.year
            and following.day
            and following.start - moment.end < 24
            and _BETWEEN.fullmatch(text[moment.end : following.start])
            and (moment.month, moment.day) <= (following.month, following.day)
        ):
            moment = replace(moment, year=following.year)
        yield moment


def dated(moment: Moment, published: date | None, precision: Precision | None = "day") -> Moment | None:
    """The moment with its year. A year that is not written is the one nearest to publication, marked as computed.

    Without a day of publication there is no telling: ``None``. Of a publication year alone, that year is taken.
    """
    if moment.year:
        return moment
    if published is None or not moment.month:
        return None
    if precision == "year" or moment.way in ("this year", "next year"):
        return replace(moment, year=published.year + (moment.way == "next year"), computed=True)
    middle = published.replace(day=15) if precision == "month" else published
    choices = []
    for year in (published.year - 1, published.year, published.year + 1):
        try:
            choices.append(date(year, moment.month, moment.day or 1))
        except ValueError:
            continue
    if moment.way in ("ahead", "past") and precision == "day":
        choices = [day for day in choices if (day >= middle if moment.way == "ahead" else day <= middle)] or choices
    nearest = min(choices, key=lambda day: abs((day - middle).days), default=None)
    return replace(moment, year=nearest.year, computed=True) if nearest else None
