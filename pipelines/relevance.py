"""Decides whether an announcement matters to skilled workers, their employers and lawyers, and says why.

Four questions (facts: relevance.md), each answered by named traits. **Subject**: is it about work migration? A
programme's name counts from any source, bare words ("higher median salary") only from sources whose business is
immigration. **Measure**: does something change, or is it only spoken of? **Noise**: does it belong to a class that
uses the same words, such as paperwork notices, ceremonies, arrests, asylum, guides, statistics and questions in
parliament? **Manner**: does it read as news with a day, or as a page that explains for ever?

:data:`WEIGHTS` and :data:`NOISE` say what a trait adds to the log-odds; the score is the probability. The weights
were guessed first, then fitted by ridge regression towards the guesses on labelled items of the press, law firms and
authorities (real ones count twice), rounded, and judged by cross-validation. Classes of which few examples were at
hand therefore keep about what was guessed.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from archive.models import Announcement, Tag
from pipelines.provenance import OFFICIAL, about_immigration
from pipelines.signs import OPENING, REACH, STRONG, Hit, Signs, cues
from pipelines.tag import MEASURE
from pipelines.vocabulary import Vocabulary, vocabulary

#: Announcements from this score on are relevant.
THRESHOLD = 0.5

#: What each trait adds to the log-odds for a value of 1; ``_lead``: the lead only, the title does not say it.
WEIGHTS = {
    "start": -1.3,
    # subject
    "programme": 1.2, "programme_lead": 1.0, "edge": 1.4, "edge_lead": 0.6, "touched": 1.3,
    "work": 0.5, "work_lead": 0.8, "broad": 0.0, "broad_lead": -0.2, "bare": 0.4, "readers": 0.8, "readers_lead": 0.5,
    "focused": 0.5, "register": 0.3,
    # an authority's own page: its reader, or the Register's action line, says what step it is ("step": not fitted, as
    # files of items to judge have none)
    "authority": -0.1, "step": 2.0,
    # measure: the weightiest cue of a stage by where it stands, what goes on for ever ("visa bulletin"), actions,
    # names of things that guides are full of too ("fee"), words of change, and what the item states
    "stage": 0.5, "stage_opening": 1.5, "stage_later": 0.2, "standing": 0.3, "no_stage": -0.5,
    "acts": 0.3, "things": 0.9, "year_amount": 0.2, "measure": 0.2,
    "change": 0.8, "changes": 1.6, "no_change": -0.7,
    "dated": 1.5, "figure": 0.5, "was": 0.5,
    # programmes out of scope, alone and beside others; a neighbouring class and no work in the title
    "out_only": -2.4, "out_too": -0.5, "only_other": -2.4, "substance": 3.0,
    # manner
    "undated": -3.5, "question": -1.2, "quiet_title": -0.5, "defines": -1.3, "address": -0.9, "address_lead": -1.1,
    "ourselves": -1.0, "day": 1.0, "fresh_year": 0.2, "past_year": 0.0, "old_year": -0.8,
    "news_address": 0.1, "page_address": -0.7,
}  # fmt: skip
#: The same for classes of noise: named in so many words, in the title, and in the lead only.
NOISE = {
    "paperwork": (-5.0, -5.1, -4.0), "ceremony": (-3.0, -2.5, -1.5), "enforcement-release": (-3.5, -2.2, -1.1),
    "people": (-2.1, -2.3, -0.4), "other-class": (-4.3, -2.2, -0.6), "homonym": (-4.4, -2.6, -1.2),
    "evergreen": (-2.8, -1.4, -1.4), "statistics": (-3.3, -1.6, -0.6), "marketing": (-1.4, -1.4, -1.0),
    "market": (-2.5, -2.5, -0.9), "reaction": (-2.2, -0.9, -0.8), "technical": (-3.0, -3.0, -3.0),
    "parliament": (-3.6, -3.1, -2.6), "politics": (-2.6, -3.4, -2.2), "event": (-2.6, -2.7, -1.3),
    "academic": (-2.6, -2.6, -2.6), "private": (-2.7, -2.6, -2.6),
}  # fmt: skip

_WORTH = WEIGHTS | {f"{code}:{n}": worth for code, grades in NOISE.items() for n, worth in enumerate(grades)}

#: A programme that is only mentioned deep in a long text does not make its subject.
_MENTIONED = 0.5
#: Actions of this confidence stand in the title; a strong cue of noise names its class, wherever it stands.
_TITLED = 0.9
#: Classes whose words are those of names: what overlaps a name of a programme of ours is not of them.
_NAMING = frozenset({"other-class"})
#: What is set anew each year: "salary requirements 2026".
_AMOUNTS = frozenset({"salary-threshold", "fee-change", "quota"})
#: Actions whose words name a thing and not a change (a fee, a requirement): guides are full of them.
_THINGS = frozenset({"eligibility", "salary-threshold", "fee-change", "quota", "documentation", "processing-time",
                     "occupation-list", "selection-process", "enforcement"})  # fmt: skip
#: Rules of a stage that the source itself states.
_STATED = frozenset({"reader", "action-line"})
_DATED = frozenset({"effective", "comment_deadline", "window_open", "window_close"})
#: Things that go on for ever: their names in a text are no event.
_STANDING = re.compile(
    r"(?:USCIS )?visa bulletin|(?:Express Entry )?draws?|priority dates?|final action dates?|dates for filing|"
    r"processing times?|retrogression|lottery|ballot|will|would|new|changes|rules?|update on",
    re.IGNORECASE,
)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
#: A day and a month, which news has and a page that explains seldom has; each begins with what is rare in a text.
_DAY_FIRST = re.compile(
    r"\d(?:st|nd|rd|th|er|º)?\.? ?(?:de )?(?:Jan|Feb|Mar|Mär|Apr|Ma[yi]|Jun|Jul|Aug|Sep|O[ck]t|Nov|De[cz]|janv|févr|"
    r"mars|avr|mai|juin|juil|août|sept|oct|nov|déc|enero|febr|marzo|abril|mayo|jun|jul|agosto|dic|fev|mar[çt]|maio|"
    r"ago|out|dez|jan|aug|maart|maj|okt|月|월)|\d[./]\d\d?[./]\s?20\d\d"
)
_MONTH_FIRST = re.compile(
    r"\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}\.? \d{1,2}(?:st|nd|rd|th)?\b"
)
#: "The permit is a ...": what a thing is, not what happens to it.
_DEFINES = re.compile(
    r"\b(?:is|are|est|sont|ist|sind|es|son|zijn|são|är) (?:an?|the|one|designed|intended|aimed|meant|available|"
    r"eligible|considered|required|crucial|essential|important|generally|usually|often|typically|une?|eine?|una?|een|"
    r"uma?|ett?|en) "
)
#: What addresses of news and of standing pages hold.
_NEWS_PATH = re.compile(
    r"news|press|alert|insight|updat|announc|article|publication|release|bulletin|flash|notice|gazette|"
    r"federalregister|actualit|noticia|nieuws|aktuell|nyhet|/20[012]\d"
)
_PAGE_PATH = re.compile(
    r"service|guide|faq|practice|visa-types?|wiki|forum|thread|what-is|how-to|question|pages?/|category|topic|about|"
    r"individual|learn|resource|glossary|tools?\b"
)


class Verdict(NamedTuple):
    """``score`` runs from 0 to 1, ``reason`` names the words that decided."""

    relevant: bool
    score: float
    reason: str


class Trait(NamedTuple):
    """One trait; see the module. ``part`` is subject, measure, noise or manner, ``why`` what the reason says."""

    name: str
    value: float
    part: str
    why: str = ""

    @property
    def worth(self) -> float:
        """What it adds to the log-odds. Names of noise are of the form ``class:where``."""
        return self.value * _WORTH[self.name]


def judge(
    item: Announcement,
    source_kind: str,
    source_country: str,
    tags: Sequence[Tag],
    stage: str,
    *,
    signs: Signs | None = None,
    words: Vocabulary | None = None,
    focused: bool | None = None,
) -> Verdict:
    """Judge an announcement by its title and lead, its tags and stage.

    ``tags`` are those of :func:`pipelines.tag.tag` and :func:`pipelines.action.actions`; ``source_country`` is the
    country that an official source speaks for. ``signs`` are the cues of the item if they have been read already,
    ``focused`` says whether the source's business is immigration, if that is known already.
    """
    found = traits(item, source_kind, source_country, tags, stage, signs=signs, words=words, focused=focused)
    if not any(trait.part == "subject" for trait in found):
        return Verdict(False, 0.0, "; ".join(filter(None, ("no word of work migration", _reason(found, False)))))
    score = round(1 / (1 + math.exp(-sum(trait.worth for trait in found))), 3)
    return Verdict(score >= THRESHOLD, score, _reason(found, score >= THRESHOLD))


def traits(
    item: Announcement,
    source_kind: str,
    source_country: str,
    tags: Sequence[Tag],
    stage: str,
    *,
    signs: Signs | None = None,
    words: Vocabulary | None = None,
    focused: bool | None = None,
) -> list[Trait]:
    """All traits of an announcement, as :func:`judge` weighs them; noise only where it has no subject of ours."""
    words = words or vocabulary()
    signs = signs or cues().read(item)
    if focused is None:
        focused = about_immigration(source_kind, item.publisher, item.url)
    subject = list(_subject(signs, tags, words, focused))
    if not subject:
        return list(_noise(signs, tags, words, set()))
    subject.append(Trait("start", 1.0, "subject"))
    if focused:
        subject.append(Trait("focused", 1.0, "subject"))
    if source_kind == "regulator-register" and source_country:
        subject.append(Trait("register", 1.0, "subject"))
    if focused and source_kind in OFFICIAL and source_country:
        subject.append(Trait("authority", 1.0, "subject"))
    if any(tag.facet == "stage" and tag.rule in _STATED for tag in tags):
        subject.append(Trait("step", 1.0, "subject"))
    named = {trait.name for trait in subject}
    told = [hit for hit in signs.of("stage") if not _STANDING.fullmatch(hit.words)]
    acts = [t for t in tags if t.facet == "action" and t.code not in _THINGS]
    things = [t for t in tags if t.facet == "action" and t.code in _THINGS]
    return [
        *subject,
        *_measure(signs, item, stage, told, acts, things),
        *_noise(signs, tags, words, named),
        *_manner(signs, item, told, acts, things),
    ]


def _reason(found: Iterable[Trait], relevant: bool) -> str:
    """The best subject, the first sign of a measure and the worst noise, or manner where it decided."""
    parts: dict[str, list[Trait]] = {}
    for trait in found:
        if trait.why:
            parts.setdefault(trait.part, []).append(trait)
    told = [max(parts["subject"], key=lambda t: t.worth)] if "subject" in parts else []
    told += parts.get("measure", [])[:1]
    against = parts.get("noise", []) or ([] if relevant else parts.get("manner", []))
    if against:
        told.append(min(against, key=lambda t: t.worth))
    return "; ".join(trait.why for trait in told)


def _quote(hit: Hit) -> str:
    return f"“{' '.join(hit.words.split())}”"


def _subject(signs: Signs, tags: Iterable[Tag], words: Vocabulary, focused: bool) -> Iterator[Trait]:
    found: dict[str, Trait] = {}
    title = signs.text[: signs.title].casefold()
    for tag in tags:
        if tag.facet != "programme" or tag.confidence < _MENTIONED or tag.code not in words.programmes:
            continue
        scope = words.programmes[tag.code].scope
        if tag.rule.startswith(MEASURE):
            found.setdefault("touched", Trait("touched", 1.0, "measure"))
        elif scope != "out":
            name = ("programme" if scope == "in" else "edge") + ("" if tag.words.casefold() in title else "_lead")
            found.setdefault(name, Trait(name, 1.0, "subject", f"programme {tag.code} (“{tag.words}”)"))
    grades = [("work", "work migration"), ("broad", "immigration"), ("readers", "whom it concerns:")]
    speaker = signs.first("relevance", "speaker")
    if focused or speaker:
        grades.append(("bare", "from a source about immigration" if focused else "of an authority on it"))
    for code, why in grades:
        hits = signs.of("relevance", code)
        hit = hits[0] if hits else None  # they come in order of the text, the title first
        name = code if hit and hit.in_title else f"{code}_lead"
        if hit and name in WEIGHTS:
            found[name] = Trait(name, 1.0, "subject", f"{why} {_quote(hit)}")
        elif hit:
            found[name] = Trait("bare", 0.0, "subject", f"{why} {_quote(hit)}")
    for name in ("programme", "edge", "work", "broad", "bare", "readers"):
        if name in found:
            found.pop(f"{name}_lead", None)
    if found.keys() - {"touched", "readers", "readers_lead"}:
        yield from found.values()


def _measure(
    signs: Signs, item: Announcement, stage: str, told: Sequence[Hit], acts: Sequence[Tag], things: Sequence[Tag]
) -> Iterator[Trait]:
    """How surely something changes: the stage's cues, actions, dated effects and figures."""
    best: dict[str, Hit] = {}
    for hit in told:
        opening = hit.start < signs.title + OPENING
        place = "stage" if hit.in_title else "stage_opening" if opening else "stage_later"
        if place not in best or hit.weight > best[place].weight:
            best[place] = hit
    first = max(best.values(), key=lambda h: (h.weight, h.in_title), default=None) or signs.first("stage")
    for place, hit in best.items():
        why = f"{stage or hit.code} {_quote(hit)}" if hit is first else ""
        yield Trait(place, hit.weight / STRONG, "measure", why)
    if not told and first:
        yield Trait("standing", 1.0, "measure", f"{stage or first.code} {_quote(first)}")
    changes = signs.of("relevance", "change")
    titled = any(hit.in_title for hit in changes)
    if not told and not acts and not (first and first.in_title and titled):  # "publishes processing times"
        yield Trait("no_stage", 1.0, "measure")
    if acts:
        value = min(sum(t.confidence for t in acts), 2 * _TITLED) / (2 * _TITLED)
        yield Trait("acts", value, "measure", f"{acts[0].code} “{acts[0].words}”")
    if things:
        yield Trait("things", min(sum(t.confidence for t in things), 2 * _TITLED) / (2 * _TITLED), "measure")
    if any(t.code in _AMOUNTS for t in things) and _YEAR.search(signs.text, 0, signs.title):
        yield Trait("year_amount", 1.0, "measure", "the amounts of a year")
    if changes:
        yield Trait("changes", min(len(changes), 6) / 6, "measure", f"measure {_quote(changes[0])}")
        if titled:
            yield Trait("change", 1.0, "measure")
    else:
        yield Trait("no_change", 1.0, "measure")
    if any(hit.in_title for hit in signs.of("relevance", "measure")):
        yield Trait("measure", 1.0, "measure")
    if any(d.kind in _DATED for d in item.key_dates):
        yield Trait("dated", 1.0, "measure")
    if item.figures:
        yield Trait("figure", 1.0, "measure")
        if any(figure.previous for figure in item.figures):
            yield Trait("was", 1.0, "measure")


def _noise(signs: Signs, tags: Iterable[Tag], words: Vocabulary, subject: set[str]) -> Iterator[Trait]:
    programmes = [t for t in tags if t.facet == "programme" and t.code in words.programmes]
    named = [t.words for t in programmes if words.programmes[t.code].scope == "in"]
    for (facet, code), hits in signs.hits.items():
        if facet != "relevance" or code not in NOISE:
            continue
        if named:
            hits = [hit for hit in hits if not _of_name(hit, named, signs, code in _NAMING)]
            if not hits:
                continue
        hit = min(hits, key=_plainness)
        where = 0 if hit.weight >= STRONG else 1 if hit.in_title else 2
        yield Trait(f"{code}:{where}", 1.0, "noise", f"but {code} {_quote(hit)}")
        if code == "other-class" and where < 2 and not subject & {"programme", "work"}:
            yield Trait("only_other", 1.0, "noise")
        if code == "paperwork" and signs.of("relevance", "paperwork-substance"):
            yield Trait("substance", 1.0, "noise")
    out = sorted({t.code for t in programmes if words.programmes[t.code].scope == "out"})
    if out:
        alone = len(out) == len({t.code for t in programmes})
        why = f"but out of scope: {', '.join(out)}"
        yield Trait("out_only" if alone else "out_too", 1.0, "noise", why if alone else "")


def _plainness(hit: Hit) -> tuple[bool, bool, int]:
    return hit.weight < STRONG, not hit.in_title, hit.start


def _manner(
    signs: Signs, item: Announcement, told: Sequence[Hit], acts: Sequence[Tag], things: Sequence[Tag]
) -> Iterator[Trait]:
    """Whether it reads as news or as a page that stands for ever."""
    title, text = signs.text[: signs.title], signs.text[: signs.title + REACH]
    if item.published is None and signs.text[signs.title :].strip(" \n\0"):  # a mere headline is no page
        yield Trait("undated", 1.0, "manner", "but no day of publication")
    if title.rstrip("”’»\"' ").endswith(("?", "？")) or "? " in title:
        yield Trait("question", 1.0, "manner", "but the title asks")
    tells = (*told, *signs.of("relevance", "change"))
    yearly = any(t.code in _AMOUNTS for t in things) and _YEAR.search(title)
    if not yearly and not any(h.in_title for h in tells) and not any(t.confidence >= _TITLED for t in acts):
        yield Trait("quiet_title", 1.0, "manner", "but the title tells of no change")
    if _DEFINES.search(text, signs.title):
        yield Trait("defines", 1.0, "manner", "but it says what something is")
    address = signs.of("relevance", "address")
    if address:
        yield Trait("address" if address[0].in_title else "address_lead", 1.0, "manner", "but it speaks to the reader")
    if any(not h.in_title for h in signs.of("relevance", "ourselves")):
        yield Trait("ourselves", 1.0, "manner", "but the source speaks of itself")
    if _DAY_FIRST.search(text) or _MONTH_FIRST.search(text):
        yield Trait("day", 1.0, "manner")
    years = {int(year) for year in _YEAR.findall(signs.text)} if item.published is not None else set()
    if years and item.published is not None:
        now = item.published.year
        if max(years) >= now:
            yield Trait("fresh_year", 1.0, "manner")
        elif max(years) < now - 1:
            yield Trait("past_year", 1.0, "manner")
        if min(years) < now - 1:
            yield Trait("old_year", 1.0, "manner")
    place = item.url.lower().partition("//")[2].partition("?")[0]
    if _NEWS_PATH.search(place):
        yield Trait("news_address", 1.0, "manner")
    if _PAGE_PATH.search(place, place.find("/") if "/" in place else len(place)):
        yield Trait("page_address", 1.0, "manner", "but the address is of a page that stands")


def _of_name(hit: Hit, names: Iterable[str], signs: Signs, partly: bool) -> bool:
    """Whether a cue is part of a name (International Entrepreneur Parole is no parole programme).

    ``partly``: it is enough that they overlap.
    """
    for name in names:
        start = signs.text.find(name, max(hit.start - len(name), 0))
        end = start + len(name)
        if start >= 0 and (start < hit.end and hit.start < end if partly else start <= hit.start and hit.end <= end):
            return True
    return False
