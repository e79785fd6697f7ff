"""When does it take effect, and what are the other days to remember - each with the sentence that says so.

Structured dates that the reader found come first and are never repeated. Then come the dates that the text
states, by rule ``text:<language>:<cue>``; ``:computed`` is added where the day follows from the day of publication
("today", "60 days after publication", "October 26" without a year). A date that merely occurs gets no role.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from archive.models import Announcement, KeyDate, Precision
from pipelines.at_once import at_once
from pipelines.date_rules import MARK, Role, cues_for, masked, triggers, with_on
from pipelines.date_section import is_register, section, unwrapped
from pipelines.local import published_day
from pipelines.matcher import in_small_letters
from pipelines.moments import Moment, dated, find
from pipelines.names import without_names
from pipelines.relative import find_months, find_relative, with_relative
from pipelines.sentences import sentences

#: Characters of a body that are read: dates that matter stand near the top, even in a long rule.
BODY = 30_000
#: Without a summary, the first characters of the body are the lead.
LEAD = 600
#: News that says "from 4 April" means a day that is not over by more than this (days).
LONG_AGO = 300
#: What comes later than this (days) is no news of effect, but what a rule foresees.
FAR_AHEAD = 1000
#: A quote is the sentence, or the part of a longer one around the date (characters).
QUOTE = 400

#: In small letters: "days after publication", how many, and "effective upon publication".
_AFTER_PUBLICATION = re.compile(
    r"days? (?:of|after|from|following) "
    r"(?:the )?(?:date of )?(?:its |the |this notice['’]?s? )?(?:publication|being published)"
)
_HOW_MANY = re.compile(r"(\d{1,3}|thirty|forty-five|sixty|ninety)[- ](?:calendar )?$")
#: "between 30 and 60 days after publication", "a minimum of 30 days": no day follows from these.
_NO_SOONER = re.compile(r"(?:\bbetween \d+ and|minimum of|at least|sooner than|earlier than|more than) $")
_UPON_PUBLICATION = re.compile(
    r"effective(?<=\beffective) (?:immediately )?(?:up)?on (?:the date of )?(?:its )?publication"
)
_SPELT = {"thirty": 30, "forty-five": 45, "sixty": 60, "ninety": 90}
_TERM = re.compile(
    r"\bexpir\w+,?[^.;]{0,60}?(?P<n>\d{1,2}|one|two|three|six|twelve|eighteen) (?P<unit>months?|years?) "
    r"(?:after|from|following) (?:the|its|this) [^.;]{0,30}effective date",
    re.IGNORECASE,
)
_COUNTS = {"one": 1, "two": 2, "three": 3, "six": 6, "twelve": 12, "eighteen": 18}

_FUTURE = re.compile(
    r"\b(?:will|shall|soll|sollen|wird|werden|sera|seront|entrer[aà]|entrar[áã]o?|zal|zullen|ska|kommer)\b"
    r"|\bto (?:rise|take|come)"
)
_RENEWED = re.compile(r"\brenew|\brenouvell|\bverlängerung|\brenovaci|\bverleng|\brenova[çc]|\bförläng")
#: What a court stops has no day of effect: the days of its news are those that were planned.
_STOPPED = re.compile(
    r"\b(?:enjoin(?:s|ed)|injunction|(?:judge|court)s? (?:temporarily )?(?:blocks?|halts?|stops?|pauses?|suspends?"
    r"|vacates?|strikes? down|overturns?)"
    r"|(?:blocked|halted|vacated|struck down|overturned) (?:by|in)(?: \w+){0,3} (?:judge|court))",
    re.IGNORECASE,
)
_COMPARES = ("effective", "effective_renewals")
#: Rules of what is filed after a day.
_TRIGGERS = (":trigger", ":trigger-after", ":or-later", ":renewals")


@dataclass(frozen=True, slots=True)
class _Found:
    """A key date with what decides its place: weak cues last, days before months, else the order of the text.

    What must be filed after a day goes after what speaks of effect.
    """

    date: KeyDate
    weak: bool
    place: int

    @property
    def order(self) -> tuple[int, bool, bool, int]:
        main = self.date.kind in _COMPARES
        filed = self.date.rule.removesuffix(":computed").endswith(_TRIGGERS)
        sure = 2 if self.weak else 1 if filed else 0
        return (sure, main and self.date.precision != "day", _near(self.date), self.place)


def _near(found: KeyDate) -> bool:
    return found.rule.endswith(":publication:computed")


def key_dates(item: Announcement, *, language: str = "") -> list[KeyDate]:
    """The key dates of an announcement: those already set, then those that the text states.

    Read are the DATES section of a Federal Register document (``attributes["dates"]``, or what follows that heading
    in the summary), title, summary and the first :data:`BODY` characters of the body. ``language`` is a code such
    as ``fr`` (default: the announcement's, else recognised). Every kind and day is given once, of its places the one
    that says most; a structured date is completed with the clock time and the trigger that the text adds. The first
    date of kind ``effective`` is the one that counts (:func:`effective_date`). Returns new objects; the
    announcement stays as it is.
    """
    reader = _Reader(item, language)
    found = [f.date for f in sorted(reader.read(), key=lambda f: f.order) if not (f.weak and reader.stopped)]
    dates = _merged([*item.key_dates, *_day_first(found)], structured=len(item.key_dates))
    return list(_with_terms(_with_main_effect(dates, register=reader.register), reader.texts))


def effective_date(dates: Iterable[KeyDate]) -> KeyDate | None:
    """THE effective date: the first that is stated, else the first that is computed, else ``None``.

    :func:`key_dates` lists what the source's own field says first, then a sentence that speaks of effect, then one
    that merely says "from 1 January"; days before months. A rule's later stages follow their first.
    """
    return _first(dates, "effective")


def comment_deadline(dates: Iterable[KeyDate]) -> KeyDate | None:
    """The day until which comments are taken: the first stated (later ones are reply comments), else computed."""
    return _first(dates, "comment_deadline")


def _first(dates: Iterable[KeyDate], kind: str) -> KeyDate | None:
    fitting = [d for d in dates if d.kind == kind]
    return next((d for d in fitting if not _near(d)), fitting[0] if fitting else None)


class _Reader:
    """Reads one announcement's texts."""

    def __init__(self, item: Announcement, language: str) -> None:
        self.register = is_register(item)
        news = bool(item.title) and not self.register
        body = item.body[:BODY]
        lead = item.summary or body[:LEAD]
        # a title made of the beginning of the lead adds nothing, and may end inside a date
        title = "" if _opens_with(lead, item.title) else item.title
        self.stopped = _STOPPED.search(item.title) is not None
        dates = item.attributes.get("dates")
        self.section = " ".join(dates.split()) if isinstance(dates, str) else ""
        prose, lead = (self.section, lead) if self.section else section(unwrapped(lead) if self.register else lead)
        self.texts = [
            (prose, False),
            (title, news),
            (lead, news),
            (body if item.summary else body[LEAD:], False),
        ]
        self.published, self.precision = _publication(item)
        self.month_first = True if self.register or item.source_id.startswith("us-") else None
        language = "en" if self.register else language or item.language
        self._cues = cues_for(language, "" if language else f"{item.title} {item.summary or body[:1000]}")

    def read(self) -> Iterator[_Found]:
        place, effect = 0, False
        for text, weak in self.texts:
            if text:
                moments = self._moments(text, weak=weak)
                for found in self._read(text, moments, weak):
                    effect = effect or found.date.kind in _COMPARES
                    yield replace(found, place=place + found.place)
                if weak and not effect and (late := self._at_once(text, moments)):
                    yield replace(late, place=place + late.place)
            place += len(text) + 1

    def _at_once(self, text: str, moments: Sequence[Moment]) -> _Found | None:
        told = at_once(text, moments)
        known = dated(told[0], self.published, self.precision) if told else None
        if told is None or known is None or self._is_long_ago(known):
            return None
        day, start, end = told
        role = Role(("effective",), "text:at-once", True)
        return _Found(_key_date("effective", known, _quote(text, start, end, day), role, ""), True, day.start)

    def _moments(self, text: str, *, weak: bool) -> list[Moment]:
        moments = find(text, month_first=self.month_first)
        if weak and self.published and self.precision == "day":
            moments = with_relative(text, moments, find_relative(text, self.published, moments))
        if weak and self.published and text is self.texts[2][0]:
            moments = sorted([*moments, *find_months(text, moments)], key=lambda m: m.start)
        return moments

    def _read(self, text: str, moments: Sequence[Moment], weak: bool) -> Iterator[_Found]:
        if self.published and self.precision == "day" and "ublication" in text:
            yield from self._after_publication(text, self.published)
        if not moments:
            return
        commented = "omment" in text
        at = 0
        for start, end in sentences(text):
            while at < len(moments) and moments[at].start < start:
                at += 1
            first = at
            while at < len(moments) and moments[at].start < end:
                at += 1
            if at > first:
                yield from self._sentence(text, start, end, moments[first:at], weak, commented)
            if at == len(moments):
                return

    def _sentence(
        self, text: str, start: int, end: int, moments: Sequence[Moment], weak: bool, commented: bool
    ) -> Iterator[_Found]:
        sentence = without_names(masked(text[start:end], moments, start))
        if weak and self._cues and self._cues[0].language == "en":
            sentence = with_on(sentence, moments)
        positions = [m.start() for m in re.finditer(MARK, sentence)]
        if len(positions) != len(moments):  # a date inside a date-free aside cannot be; an odd sign can
            return
        roles = self._roles(sentence, positions, moments, weak, commented)
        for role, moment, position in zip(roles, moments, positions, strict=True):
            if not role.kinds or (moment.precision == "year" and role.weak):
                continue
            known = dated(self._ahead(moment, sentence), self.published, self.precision)
            if known is None or (role.weak and self._is_long_ago(known)) or (weak and self._is_off(known, role)):
                continue
            quote = _quote(text, start, end, moment)
            trigger = _trigger(sentence[max(0, position - 120) : position].rsplit(MARK, 1)[-1].rstrip())
            for kind in role.kinds:
                applies = trigger if kind in _COMPARES else ""
                yield _Found(_key_date(kind, known, quote, role, applies), role.weak, moment.start)

    def _ahead(self, moment: Moment, sentence: str) -> Moment:
        """What will come on 1 January, of an item of which only the year is known, comes in the next one."""
        first = not moment.year and not moment.way and (moment.month, moment.day) == (1, 1)
        told = first and self.precision == "year" and _FUTURE.search(sentence)
        return replace(moment, way="next year") if told else moment

    def _is_long_ago(self, moment: Moment) -> bool:
        """Whether a date lies so far before the publication that a weak cue tells of the past, not of the news."""
        if self.published is None:
            return False
        return (self.published - date(moment.year, moment.month or 12, moment.day or 28)).days > LONG_AGO

    def _is_off(self, moment: Moment, role: Role) -> bool:
        """Whether news would not tell of an effect then: a year at large, a day long gone, or one far ahead."""
        if "effective" not in role.kinds:
            return False
        if not moment.month or self._is_long_ago(moment):
            return True
        day = date(moment.year, moment.month, moment.day or 1)
        return self.published is not None and (day - self.published).days > FAR_AHEAD

    def _roles(
        self, sentence: str, positions: Sequence[int], moments: Sequence[Moment], weak: bool, commented: bool
    ) -> list[Role]:
        best: list[Role] = [] if self._cues else [Role((), "", False)] * len(moments)
        for language in self._cues:
            roles = language.roles(sentence, positions, moments, weak=weak, register=self.register)
            best = [mine if mine.kinds else other for mine, other in zip(best, roles, strict=True)] if best else roles
        if commented and "comment" not in sentence and _OF_COMMENTS.search(sentence):
            late = Role(("comment_deadline",), "text:en:comments-implied", False)
            best = [
                late if not role.kinds and _BY.search(sentence[:p].rstrip()) else role
                for role, p in zip(best, positions, strict=True)
            ]
        return best

    def _after_publication(self, text: str, published: date) -> Iterator[_Found]:
        small = in_small_letters(text)
        for match in _AFTER_PUBLICATION.finditer(small):
            count = _HOW_MANY.search(small, max(0, match.start() - 24), match.start())
            if count is None or _NO_SOONER.search(small, max(0, count.start() - 24), count.start()):
                continue
            start, end = next(((s, e) for s, e in sentences(text) if s <= count.start() < e), (0, len(text)))
            sentence = small[start:end]
            kind = "comment_deadline" if "comment" in sentence else "effective" if "effective" in sentence else ""
            # in a free text of the Register the publication may be another document's, so no deadline follows from it
            if kind and not (kind == "comment_deadline" and self.register and text is not self.section):
                days = _SPELT.get(count[1]) or int(count[1])
                yield self._computed(kind, published + timedelta(days=days), text, start, end, count.start())
        for match in _UPON_PUBLICATION.finditer(small):
            start, end = next(((s, e) for s, e in sentences(text) if s <= match.start() < e), (0, len(text)))
            yield self._computed("effective", published, text, start, end, match.start())

    def _computed(self, kind: str, day: date, text: str, start: int, end: int, place: int) -> _Found:
        quote = " ".join(text[start:end].split())[:QUOTE]
        return _Found(KeyDate(kind, day.isoformat(), quote, "text:en:publication:computed"), False, place)


def _opens_with(lead: str, title: str) -> bool:
    """Whether a lead begins with the title, white space aside. Few do, and the first letters tell."""
    if title[:4].split() != lead[:80].lstrip()[:4].split():
        return False
    return " ".join(lead[:2000].split()).startswith(title)


#: "They must be received by ¤", after a sentence about comments.
_OF_COMMENTS = re.compile(
    r"^(?!.{0,80}\b(?:petition|request|application|nomination|objection|statement|registration|proposal|notice|outline"
    r"|protest|opposition|bid|claim|report|answer|intervene|testimony|summary|hearing|letter)\w*\b.{0,80}\bbe )"
    r"(?:however, |all |written |electronic )*(?:they|submissions?|responses?|these|those|information|data)?\b.{0,80}"
    r"\b(?:must|should|will|may) be (?:received|submitted|postmarked|provided|sent)"
    r"|^(?:please )?(?:submit|send) (?:them|responses?|information)"
)
_BY = re.compile(r"\b(?:by|before|than|until|through)(?: (?:close of business|midnight))?(?: on)?$")


def _publication(item: Announcement) -> tuple[date | None, Precision | None]:
    day = published_day(item)
    if day is None:
        return None, None
    precision = item.published_precision or "day"
    return day, "day" if precision in ("second", "minute") else precision


def _quote(text: str, start: int, end: int, moment: Moment) -> str:
    if end - start > QUOTE:
        start = max(start, min(moment.start - QUOTE // 2, end - QUOTE))
        end = min(end, start + QUOTE)
        if start and text[start - 1].isalnum() and text[start].isalnum():
            start += len(text[start:].split(None, 1)[0])
    return " ".join(text[start:end].split())


def _trigger(before: str) -> str:
    """What has to happen on the day or after it: "filed" in "petitions filed on or after ¤"; '' for none."""
    words = triggers()
    stripped = words.joint.sub("", before)
    if stripped == before:
        return ""
    name = next((name for name, pattern in words.names if pattern.search(stripped)), "")
    return "renewal application" if name == "application" and _RENEWED.search(stripped[-60:]) else name


def _key_date(kind: str, moment: Moment, quote: str, role: Role, applies_to: str) -> KeyDate:
    rule = f"{role.rule}:computed" if moment.computed else role.rule
    return KeyDate(kind, moment.iso(), quote, rule, moment.precision, moment.time, moment.zone, applies_to)


def _merged(dates: Sequence[KeyDate], structured: int) -> list[KeyDate]:
    """Each kind and day once: the first, completed with the time, zone and trigger of the others."""
    kept: dict[tuple[str, str], KeyDate] = {}
    for n, found in enumerate(dates):
        key = (found.kind, found.date)
        have = kept.get(key)
        if have is None or (n < structured and have.applies_to != found.applies_to):
            kept[key if have is None else (found.kind, f"{found.date} {found.applies_to}")] = replace(found)
            continue
        if not have.time and found.time:
            have = replace(have, time=found.time, zone=found.zone)
        kept[key] = replace(have, applies_to=have.applies_to or found.applies_to)
    return list(kept.values())


def _day_first(found: list[KeyDate]) -> list[KeyDate]:
    """Where the main date is a month ("effective September"), a day of that month that the text names goes first."""
    main = _first(found, "effective")
    if main is None or main.precision != "month":
        return found
    day = next((d for d in found if d.kind == "effective" and d.date.startswith(f"{main.date}-")), None)
    return [day, *(d for d in found if d is not day)] if day else found


def _with_main_effect(dates: list[KeyDate], *, register: bool) -> list[KeyDate]:
    """What speaks of renewals alone has no other effective date: that one is it. News of a window that opens has
    its opening for effect; a register's document names its effect where it has one.
    """
    if any(d.kind == "effective" for d in dates):
        return dates
    if any(d.kind == "effective_renewals" for d in dates):
        return [
            replace(d, kind="effective", applies_to=d.applies_to or "renewal") if d.kind == "effective_renewals" else d
            for d in dates
        ]
    opens = None if register else next((d for d in dates if d.kind == "window_open"), None)
    return [*dates, replace(opens, kind="effective")] if opens else dates


def _with_terms(dates: list[KeyDate], texts: Iterable[tuple[str, bool]]) -> Iterator[KeyDate]:
    """Adds the expiry of what lapses a number of months after its effective date, when both are stated."""
    yield from dates
    effect = effective_date(dates)
    if effect is None or effect.precision != "day" or any(d.kind == "expiry" for d in dates):
        return
    for text, _ in texts:
        term = _TERM.search(text) if "xpir" in text else None
        if term:
            months = _COUNTS.get(term["n"].lower()) or int(term["n"])
            months *= 12 if term["unit"].lower().startswith("year") else 1
            day = _later(date.fromisoformat(effect.date), months)
            start, end = next((s, e) for s, e in sentences(text) if s <= term.start() < e)
            quote = " ".join(text[start:end].split())[:QUOTE]
            yield KeyDate("expiry", day.isoformat(), quote, "text:en:term:computed", time=effect.time, zone=effect.zone)
            return


def _later(day: date, months: int) -> date:
    """The same day some months later, or the last day of a shorter month."""
    year, month = divmod(day.month - 1 + months, 12)
    last = (date(day.year + year + month // 11, (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
    return date(day.year + year, month + 1, min(day.day, last))
