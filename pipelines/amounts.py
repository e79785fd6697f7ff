"""Finds the amounts that a text writes: money, counts, percentages and durations, in the forms of many countries.

``65,000`` and ``65 000`` and ``65.000`` are one number, ``29.66`` and ``29,66`` another; ``S$5,600``, ``45 300 EUR``,
``30 million yen``, ``two weeks`` and ``10 business days`` are amounts. Years, dates, form numbers (I-129), citations
(90 FR 46027), telephone and document numbers are not. The search goes from number to number and looks at what
stands around each, so its time depends on how many numbers there are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from pipelines.matcher import automaton, in_small_letters

Kind = Literal["money", "count", "percent", "duration"]

#: A dollar or krone whose country the text leaves open.
DOLLAR, KRONE, YEN_OR_YUAN = "$", "kr", "¥"


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount as written in ``text[start:end]``, currency and unit included.

    ``value`` is the normalised number (``65000``, ``29.66``, ``6-8`` for a range of durations), ``number`` the same
    as a float (``None`` for a range). ``currency`` is an ISO 4217 code, or :data:`DOLLAR`, :data:`KRONE`,
    :data:`YEN_OR_YUAN` where the text leaves the country open. ``unit``: ``days``, ``business days``,
    ``calendar days``, ``weeks``, ``months``, ``years``, ``hours`` of a duration.
    """

    start: int
    end: int
    kind: Kind
    value: str
    number: float | None
    currency: str = ""
    unit: str = ""


_NUMBER = re.compile(
    r"\d(?:"  # a pattern that begins with one character is looked for several times as fast
    r"\d{0,2}(?P<sep>[,. \u00a0\u2009\u202f'’])\d{3}(?:(?P=sep)\d{3})*(?!\d)(?:(?!(?P=sep))[.,](?:\d{1,2}(?!\d)|[-–]))?"
    r"|\d?(?:,\d{2})+,\d{3}(?!\d)"
    r"|\d*(?:[.,]\d{1,2}(?!\d))?)"
)
_CURRENCY_CODES = (
    "USD CAD AUD NZD SGD HKD TWD EUR GBP SEK DKK NOK ISK CHF JPY CNY RMB INR KRW AED SAR PLN THB MYR IDR BRL ILS CZK"
)
_ISO = _CURRENCY_CODES.replace(" ", "|")
_DOLLARS = {
    "US": "USD", "U.S.": "USD", "USD": "USD", "C": "CAD", "CA": "CAD", "CAN": "CAD", "CAD": "CAD", "CDN": "CAD",
    "A": "AUD", "AU": "AUD", "AUD": "AUD", "S": "SGD", "SG": "SGD", "SGD": "SGD", "NZ": "NZD", "NZD": "NZD",
    "HK": "HKD", "HKD": "HKD", "NT": "TWD", "R": "BRL",
}  # fmt: skip
_SIGNS = {"£": "GBP", "€": "EUR", "¥": YEN_OR_YUAN, "￥": YEN_OR_YUAN, "₹": "INR", "₩": "KRW", "₪": "ILS"}
_PREFIX = re.compile(
    rf"(?:(?<![A-Za-z])(?P<nation>US|U\.S\.|CAD?|CAN|CDN|C|AUD?|A|SGD?|S|NZD?|HKD?|NT|R|USD)\s?)?\$\s?$"
    rf"|(?P<sign>[£€¥￥₹₩₪])\s?$|(?<![A-Za-z])(?P<iso>{_ISO})[\s\u00a0]?\$?$|(?<![A-Za-z])(?P<kr>[Kk]r\.?)[\s\u00a0]?$"
    r"|(?<![A-Za-z])(?P<rs>Rs\.?)\s?$"
)
_SCALES = {
    "k": 3, "thousand": 3, "tsd.": 3, "mil": 3, "lakh": 5, "lakhs": 5, "m": 6, "mn": 6, "mio": 6, "mio.": 6,
    "million": 6, "millions": 6, "millionen": 6, "millones": 6, "miljoen": 6, "miljoner": 6, "milhões": 6,
    "millioner": 6,
    "crore": 7, "crores": 7, "bn": 9, "billion": 9, "billions": 9,
}  # fmt: skip
_SCALE = re.compile(
    r"[\s\u00a0-]?(?P<scale>thousand|millions?|mio\.?|mn|billions?|bn|lakhs?|crores?|millionen|millones|miljoen|miljoner"
    r"|milhões|millioner|tsd\.)(?![^\W\d_])|(?P<short>[kKmM])(?![^\W\d_])|\s(?P<mil>mil)(?=\s)",
    re.IGNORECASE,
)
_NATIONS = {
    "us": "USD", "u.s.": "USD", "american": "USD", "canadian": "CAD", "australian": "AUD", "singapore": "SGD",
    "singaporean": "SGD", "new zealand": "NZD", "hong kong": "HKD", "taiwan": "TWD",
}  # fmt: skip
_WORDS = {
    "dollar": DOLLAR, "euro": "EUR", "pound": "GBP", "yen": "JPY", "yuan": "CNY", "renminbi": "CNY", "rupee": "INR",
    "won": "KRW", "franc": "CHF", "kronor": "SEK", "krona": "SEK", "kroner": KRONE, "krone": KRONE, "dirham": "AED",
    "baht": "THB", "zloty": "PLN", "ringgit": "MYR",
}  # fmt: skip
_SUFFIX = re.compile(
    rf"[\s\u00a0\u202f]?(?:(?P<sign>[€£$])|(?:de\s)?(?P<iso>{_ISO}|EUR)(?![A-Za-z])|(?P<kr>[Kk]r\b\.?)"
    r"|(?:de\s|d['’])?(?:(?P<nation>US|U\.S\.|American|Canadian|Australian|Singapore(?:an)?|New Zealand|Hong Kong"
    r"|Taiwan|Swedish|Danish|Norwegian|British|Japanese|Swiss)\s)?"
    r"(?P<word>dollar|euro|pound|yen|yuan|renminbi|rupee|won|franc|kronor|krona|kroner|krone|dirham|baht|zloty|ringgit)"
    r"(?:e?s|en)?\b)",
    re.IGNORECASE,
)
_PERCENT = re.compile(
    r"[\s\u00a0]?(?:%|percent\b|per\scent\b|prozent\b|pour\scent\b|por\sciento\b|por\scento\b|procent\b)", re.IGNORECASE
)

_UNITS = {
    "days": "days day jours jour tagen tage tag días día dias dia dagen dag dagar dage",
    "business days": "werktagen werktage arbeitstagen arbeitstage werkdagen arbetsdagar arbejdsdage hverdage",
    "weeks": "weeks week semaines semaine wochen woche semanas semana weken veckor vecka uger uge",
    "months": "months month mois monaten monate monat meses mes mês maanden maand månader månad måneder måned",
    "years": "years year ans an années année jahren jahre jahr años año anos ano jaren jaar år",
    "hours": "hours hour heures heure stunden stunde horas hora uren uur timmar timme timer",
}
_UNIT_OF = {name: unit for unit, names in _UNITS.items() for name in names.split()}
_UNIT = (
    r"(?:(?P<business>business|working|work|federal business)[\s-])?(?:(?P<calendar>calendar)[\s-])?(?:full\s)?"
    r"(?P<unit>" + "|".join(sorted(_UNIT_OF, key=len, reverse=True)) + r")(?![^\W\d_])"
    r"(?:\s(?P<business2>ouvrables|ouvrés|hábiles|laborables|úteis)|\s(?P<calendar2>calendaires|naturales))?"
)
_DURATION = re.compile(rf"(?:\s?(?:-|–|to|à|bis|a|tot|till)\s?(?P<upper>\d{{1,3}}))?[\s\u00a0-]{_UNIT}", re.IGNORECASE)
_NUMBER_WORDS = {
    word: n
    for n, words in {
        1: "one une ein eine einem einer één ett", 2: "two deux zwei dos twee två dois duas to",
        3: "three trois drei tres drie tre três", 4: "four quatre vier cuatro fyra quatro fire",
        5: "five cinq fünf cinco vijf fem", 6: "six sechs seis zes sex seks",
        7: "seven sept sieben siete zeven sju sete",
        8: "eight huit acht ocho åtta oito otte", 9: "nine neuf neun nueve negen nio nove",
        10: "ten dix zehn diez tien tio dez ti",
        12: "twelve douze zwölf doce twaalf tolv doze", 14: "fourteen quatorze vierzehn catorce veertien",
        15: "fifteen quinze fünfzehn quince vijftien", 18: "eighteen", 20: "twenty vingt zwanzig veinte",
        24: "twenty-four", 30: "thirty trente dreißig treinta dertig", 36: "thirty-six", 45: "forty-five",
        60: "sixty soixante sechzig sesenta", 90: "ninety",
    }.items()
    for word in words.split()
}  # fmt: skip
_SPELLED = re.compile(
    r"(?<![^\W_])(?<!-)(?P<word>" + "|".join(sorted(_NUMBER_WORDS, key=len, reverse=True)) + rf")[\s-]{_UNIT}",
    re.IGNORECASE,
)
#: Words before a number that make it a name: "Form 8843", "Section 4", "No. 24", "subclass 482", "round 91".
_NAME_WORDS = """
no nos nr nrs n form forms section sections sec secs article articles art part parts title titles subclass
subclasses class hc level levels rqf order orders stamp stamps annex chapter chapters docket page p pp round
rounds draw draws tier tiers schedule schedules rule rin cfr fr version phase edition code soc anzsco noc teer
isced tel telephone phone case bill act regulation directive circular decree proclamation formulaire formular
richtlinie verordnung règlement directiva ley decreto artikel artículo artigo absatz nummer fy top appendix
paragraph question item table eb pub h.r hr
"""
_NAMED = frozenset(_NAME_WORDS.split())
#: What stands before the number of a sum ends in one of these.
_PREFIX_WORDS = (*_CURRENCY_CODES.split(), "kr", "Kr", "Rs")
_SIGN_BEFORE = frozenset("$£€¥￥₹₩₪.")
_GLUE = frozenset("-–/.,:_#'’§№°º")
_CITED = re.compile(r"\s(?:CFR|C\.F\.R|FR|Fed|U\.?S\.?C|Stat|F\.\d)\b|[-–/]\d|:\d\d")


#: Finds where a number word stands before a unit, in one pass over a text in small letters.
_BEGINNINGS = automaton(
    word + gap + unit
    for word in _NUMBER_WORDS
    for gap in (" ", "-", "\u00a0")
    for unit in {unit[:3] for unit in _UNIT_OF} | {"bus", "wor", "cal", "ful", "fed"}
)


def find(text: str) -> list[Amount]:
    """All amounts of a text, in order. Numbers spelled out count only as durations (two weeks)."""
    found = list(_in_digits(text))
    spelled = list(_spelled(text))
    if spelled:
        taken = [(a.start, a.end) for a in found]
        found += [a for a in spelled if not any(start < a.end and a.start < end for start, end in taken)]
        found.sort(key=lambda a: a.start)
    return found


def _spelled(text: str) -> Iterator[Amount]:
    stop = 0
    for last, length in _BEGINNINGS.iter(in_small_letters(text)):
        match = _SPELLED.match(text, last - length + 1)
        if match is not None and match.start() >= stop:
            stop = match.end()
            number = _NUMBER_WORDS[match["word"].lower()]
            yield Amount(*match.span(), "duration", str(number), float(number), unit=_unit(match))


def _in_digits(text: str) -> Iterator[Amount]:
    stop = 0
    for match in _NUMBER.finditer(text):
        start, end = match.span()
        if start < stop:
            continue
        amount = _amount(text, match, text[max(stop, start - 16) : start])
        if amount is not None:
            stop = amount.end
            yield amount
        else:
            stop = end


def _amount(text: str, match: re.Match[str], before: str) -> Amount | None:
    start, end = match.span()
    last = before[-1:]
    written = match[0]
    tail = before.rstrip()
    word = tail[tail.rfind(" ") + 1 :]
    money = tail[-1:] in _SIGN_BEFORE or (len(word) < 8 and tail.endswith(_PREFIX_WORDS))
    prefix = _PREFIX.search(before) if money else None
    if prefix is None and (last.isalnum() or last in _GLUE or word.strip(".(#§").lower() in _NAMED):
        return None
    if prefix is None and match["sep"] == " " and len(written.split(" ")[0]) < 3 and _is_day(before):
        written = written.split(" ")[0]
        end = start + len(written)
    decimal = _parse(written)
    scale = _SCALE.match(text, end)
    if scale is not None and not (scale["short"] and scale["short"] in "mM" and prefix is None):
        decimal = decimal.scaleb(_SCALES[(scale["scale"] or scale["short"] or scale["mil"]).lower()])
        end = scale.end()
    if prefix is not None:
        doubled = _SUFFIX.match(text, end)
        value = _plain(decimal)
        return Amount(
            start - (len(before) - prefix.start()), doubled.end() if doubled and doubled["iso"] else end, "money",
            value, float(decimal), _prefixed(prefix),
        )  # fmt: skip
    if (percent := _PERCENT.match(text, end)) is not None:
        return Amount(start, percent.end(), "percent", _plain(decimal), float(decimal))
    if (suffix := _SUFFIX.match(text, end)) is not None and not text[suffix.end() : suffix.end() + 1].isdigit():
        return Amount(start, suffix.end(), "money", _plain(decimal), float(decimal), _suffixed(suffix))
    if (unit := _DURATION.match(text, end)) is not None:
        value = _plain(decimal)
        if unit["upper"]:
            return Amount(start, unit.end(), "duration", f"{value}-{unit['upper']}", None, unit=_unit(unit))
        return Amount(start, unit.end(), "duration", value, float(decimal), unit=_unit(unit))
    after = text[end : end + 2]
    if after[:1].isalnum() or after[:1] == "_" or (after[:1] in ".,:/" and after[1:].isdigit()):
        return None
    if _CITED.match(text, end) or (len(written) == 4 and written.isdigit() and 1900 <= int(written) <= 2099):
        return None
    return Amount(start, end, "count", _plain(decimal), float(decimal))


def _is_day(before: str) -> bool:
    """Whether a month's name stands before, so that "July 5 100 people" is no 5,100."""
    word = before.rstrip().rpartition(" ")[2]
    return len(word) > 2 and word[:1].isupper() and word.isalpha()


def _parse(written: str) -> Decimal:
    """The number as meant: a separator before exactly three digits groups thousands, any other is a decimal sign."""
    plain = _SPACES.sub("", written).rstrip("-–").rstrip(".,")
    decimal = _DECIMALS.search(plain)
    whole = plain[: decimal.start()] if decimal else plain
    digits = whole.replace(".", "").replace(",", "")
    return Decimal(f"{digits}.{decimal[1]}" if decimal else digits)


_SPACES = re.compile(r"[\s\u00a0\u2009\u202f'’]")
_DECIMALS = re.compile(r"[.,](\d{1,2})$")


def _plain(number: Decimal) -> str:
    if number == number.to_integral_value():
        return str(int(number))
    return f"{number:f}" if int(number.as_tuple().exponent) >= -2 else f"{number.normalize():f}"


def _prefixed(match: re.Match[str]) -> str:
    if match["sign"]:
        return _SIGNS[match["sign"]]
    if match["iso"]:
        return "CNY" if match["iso"] == "RMB" else match["iso"]
    if match["kr"]:
        return KRONE
    if match["rs"]:
        return "INR"
    return _DOLLARS[match["nation"]] if match["nation"] else DOLLAR


def _suffixed(match: re.Match[str]) -> str:
    if match["sign"]:
        return {"€": "EUR", "£": "GBP", "$": DOLLAR}[match["sign"]]
    if match["iso"]:
        return "CNY" if match["iso"].upper() == "RMB" else match["iso"].upper()
    if match["kr"]:
        return KRONE
    nation, currency = (match["nation"] or "").lower(), _WORDS[match["word"].lower()]
    if currency == DOLLAR:
        return _NATIONS.get(nation, DOLLAR)
    return (
        {"swedish": "SEK", "danish": "DKK", "norwegian": "NOK"}.get(nation, currency) if currency == KRONE else currency
    )


def _unit(match: re.Match[str]) -> str:
    unit = _UNIT_OF[match["unit"].lower()]
    if unit == "days" and (match["business"] or match["business2"]):
        return "business days"
    if unit == "days" and (match["calendar"] or match["calendar2"]):
        return "calendar days"
    return unit
