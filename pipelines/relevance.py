"""Decides whether an announcement matters to skilled workers, their employers and lawyers, and says why.

Three questions (facts: relevance.md). **Subject**: is it about work migration? A programme's name counts from any
source, bare words ("higher median salary") only from sources whose business is immigration. **Measure**: does
something change, or is it only spoken of? **Noise**: does it belong to a class that uses the same words, such as
paperwork notices, ceremonies, arrests, asylum, guides and statistics? The score is subject and measure less noise.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from archive.models import Announcement, Tag
from pipelines.provenance import OFFICIAL, about_immigration
from pipelines.signs import Hit, Signs, cues
from pipelines.tag import MEASURE
from pipelines.vocabulary import Vocabulary, vocabulary

#: Announcements from this score on are relevant.
THRESHOLD = 0.5

#: What a subject is worth. In the title it is what the announcement is about; in the lead it may be an aside.
_PROGRAMME, _EDGE, _WORK, _TOGETHER, _BROAD, _BARE = 0.50, 0.42, 0.42, 0.36, 0.26, 0.26
_IN_LEAD, _ASIDE = 0.8, 0.6
#: What the source adds: an authority on immigration rarely speaks of anything else.
_FOCUS = 0.12
#: A programme that is only mentioned deep in a long text does not make its subject.
_MENTIONED = 0.5


class Verdict(NamedTuple):
    """``score`` runs from 0 to 1, ``reason`` names the words that decided."""

    relevant: bool
    score: float
    reason: str


class _Weight(NamedTuple):
    value: float
    why: str


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
    words = words or vocabulary()
    signs = signs or cues().read(item)
    if focused is None:
        focused = about_immigration(source_kind, item.publisher, item.url)
    official = source_kind in OFFICIAL and bool(source_country)
    subject = _subject(signs, tags, words, focused)
    measure = _measure(signs, tags, item, stage, focused and official)
    noise = _noise(signs, subject, measure, official, tags, words)
    score = subject.value + measure.value - noise.value + (_FOCUS if focused and subject.value else 0.0)
    if not subject.value:
        score = 0.0
    score = round(min(max(score, 0.0), 1.0), 3)
    told = [part.why for part in (subject, measure, noise) if part.why]
    return Verdict(score >= THRESHOLD, score, "; ".join(told) or "no word of work migration")


#: What is set anew each year: "salary requirements 2026".
_AMOUNTS = frozenset({"salary-threshold", "fee-change", "quota"})
_YEAR = re.compile(r"\b20[12]\d\b")
#: Below this nothing seems to happen: the page of a programme, not its news.
_HAPPENS = 0.1
#: Actions whose words name a thing and not a change (a fee, a requirement): guides are full of them.
_STATES = frozenset({"eligibility", "salary-threshold", "fee-change", "quota", "documentation", "processing-time",
                     "occupation-list", "selection-process", "enforcement"})  # fmt: skip


def _quote(hit: Hit) -> str:
    return f"“{' '.join(hit.words.split())}”"


def _subject(signs: Signs, tags: Iterable[Tag], words: Vocabulary, focused: bool) -> _Weight:
    found = [_Weight(0.0, "")]
    title = signs.text[: signs.title].casefold()
    for tag in tags:
        if tag.facet != "programme" or tag.confidence < _MENTIONED or tag.code not in words.programmes:
            continue
        if tag.rule.startswith(MEASURE):
            continue
        scope = words.programmes[tag.code].scope
        if scope != "out":
            worth = _PROGRAMME if scope == "in" else _EDGE
            if tag.words.casefold() not in title:
                worth *= _IN_LEAD
            found.append(_Weight(worth, f"programme {tag.code} (“{tag.words}”)"))
    grades = [("work", _WORK, _IN_LEAD, "work migration"), ("broad", _BROAD, _ASIDE, "immigration")]
    speaker = signs.first("relevance", "speaker")
    if focused or (speaker and speaker.in_title):
        why = "from a source about immigration" if focused else "of an authority on it"
        grades.append(("bare", _BARE, _ASIDE, why))
    people, broad = signs.first("relevance", "readers"), signs.first("relevance", "broad")
    if people and broad and (people.in_title or broad.in_title):
        worth = _TOGETHER * (1 if people.in_title and broad.in_title else _IN_LEAD)
        found.append(_Weight(worth, f"immigration {_quote(broad)} and {_quote(people)}"))
    for code, worth, aside, name in grades:
        hit = min(signs.of("relevance", code), key=lambda h: (not h.in_title, h.start), default=None)
        if hit:
            found.append(_Weight(worth * (1 if hit.in_title else aside), f"{name} {_quote(hit)}"))
    return max(found, key=lambda w: w.value)


def _measure(signs: Signs, tags: Iterable[Tag], item: Announcement, stage: str, authority: bool) -> _Weight:
    """How surely something changes: the stage's cues, actions, dated effects and figures."""
    value, why = 0.0, ""
    cue = signs.first("stage")
    if cue:
        value = 0.10 * cue.weight * (1.0 if cue.in_title else 0.9)
        why = f"{stage or cue.code} {_quote(cue)}"
    actions = [t for t in tags if t.facet == "action" and t.code not in _STATES]
    if actions:
        value += 0.1 * sum(sorted((t.confidence for t in actions), reverse=True)[:2])
        why = why or f"{actions[0].code} “{actions[0].words}”"
    elif _YEAR.search(signs.text, 0, signs.title) and any(t.code in _AMOUNTS for t in tags if t.facet == "action"):
        value += 0.12
        why = why or "the amounts of a year"
    change = signs.first("relevance", "measure")
    if change:
        value += 0.05
        why = why or f"measure {_quote(change)}"
    if any(d.kind in ("effective", "comment_deadline", "window_open", "window_close") for d in item.key_dates):
        value += 0.06
    if authority and (cue or actions or change):
        value += 0.06
    if not (value >= _HAPPENS or actions or authority):
        value -= 0.1
    return _Weight(min(value, 0.42), why)


#: How much a class of noise takes away when it stands in the title, and in the lead only.
_NOISE = {
    "paperwork": (0.9, 0.9), "ceremony": (0.6, 0.4), "enforcement-release": (0.55, 0.3), "people": (0.3, 0.1),
    "other-class": (0.5, 0.2), "homonym": (0.5, 0.3), "evergreen": (0.3, 0.22), "statistics": (0.3, 0.12),
    "marketing": (0.25, 0.1), "market": (0.5, 0.25), "reaction": (0.22, 0.06), "technical": (0.6, 0.6),
}  # fmt: skip
#: Classes that a programme of ours in the title outweighs in part: the title is about both.
#: From this measure on something has happened, even on a page that also explains.
_NEWS = 0.3
#: Things that go on for ever: their names in a text are no event.
_STANDING = re.compile(
    r"(?:USCIS )?visa bulletin|(?:Express Entry )?draws?|priority dates?|final action dates?|dates for filing|"
    r"processing times?|retrogression|lottery|ballot|will|would|new|changes|rules?|update on",
    re.IGNORECASE,
)
#: What a page takes away that explains such a thing and tells of no event.
_EXPLAINS = 0.45
#: What news has and a page that explains seldom has: a day, an amount, a count.
_CONCRETE = re.compile(
    r"[$€£¥₹%]|\b\d{1,2}(?:st|nd|rd|th)?\.? [A-Z][a-zé]{2}|\b[A-Z][a-zé]{2,8}\.? \d{1,2}\b|\d[.,]\d{3}|\b\d{3,}\b|"
    r"\b(?:January|February|March|April|May|June|July|August|September|October|November|December)\b"
)
#: A cue of this weight names the class itself, wherever it stands.
_SURE = 3.0
_SOFTENED = frozenset({"other-class", "homonym", "enforcement-release", "ceremony"})


def _noise(
    signs: Signs, subject: _Weight, measure: _Weight, official: bool, tags: Iterable[Tag], words: Vocabulary
) -> _Weight:
    found = []
    named = [t.words for t in tags if t.facet == "programme" and words.programmes[t.code].scope == "in"]
    out = {t.code for t in tags if t.facet == "programme" and t.code in words.programmes}
    only_out = bool(out) and all(words.programmes[code].scope == "out" for code in out)
    for code, (titled, led) in _NOISE.items():
        hits = [hit for hit in signs.of("relevance", code) if not _inside(hit, named, signs)]
        if not hits:
            continue
        hit = min(hits, key=lambda h: (not h.in_title, -h.weight, h.start))
        sure = max(h.weight for h in hits) >= _SURE
        value = titled if hit.in_title else led
        if sure:
            hit = next(h for h in hits if h.weight >= _SURE)
            value = titled
        if code == "paperwork" and signs.of("relevance", "paperwork-substance"):
            value = 0.2
        if code == "evergreen" and not sure:
            if _tells(signs) and measure.value >= _NEWS and _CONCRETE.search(signs.text):
                value *= 0.4
            elif hit.in_title and not _tells(signs):
                value = _EXPLAINS
        if code in _SOFTENED and subject.value >= _WORK and not only_out and not sure:
            value *= 0.6
        found.append(_Weight(value, f"but {code} {_quote(hit)}"))
    if only_out:
        found.append(_Weight(0.3, f"but out of scope: {', '.join(sorted(out))}"))
    if not found:
        return _Weight(0.0, "")
    worst = max(found, key=lambda w: w.value)
    return _Weight(worst.value + 0.1 * (len(found) - 1), worst.why)


def _tells(signs: Signs) -> bool:
    """Whether a cue of a stage tells of an event, and is not the name of something that goes on for ever."""
    return any(not _STANDING.fullmatch(hit.words) for hit in signs.of("stage"))


def _inside(hit: Hit, names: Iterable[str], signs: Signs) -> bool:
    """Whether a cue is part of a name (International Entrepreneur Parole is no parole programme)."""
    for name in names:
        start = signs.text.find(name, max(hit.start - len(name), 0))
        if 0 <= start < hit.end and hit.start < start + len(name):
            return True
    return False
