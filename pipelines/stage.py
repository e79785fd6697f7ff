"""Works out the stage of the event that an announcement reports, on the day it was published.

The Federal Register's ``action`` line decides alone where there is one; then legal cues, then verbs, each as
graded in ``cues/stage.toml``. Whether a decided measure is announced, final or in force is a matter of dates: it is
compared with the effective date found in the text.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from archive.models import STAGES, Announcement, iso
from pipelines.date import effective_date
from pipelines.local import published_day
from pipelines.loglinear import LogLinear, load
from pipelines.provenance import OFFICIAL
from pipelines.signs import GRADES, HERE, OPENING, STRONG, Hit, Signs, cues
from pipelines.stage_traits import traits

#: How much more a cue in the title counts, and one in the first words of the lead.
_TITLE, _OPENING = 1.6, 1.15
#: Each further cue of a stage adds a little.
_MORE = 0.08
#: A cue of this weight is a hint; of strong ones legal terms of art are firmer than verbs.
_WEAK = GRADES["weak"]
_FIRM = {
    "withdrawn": 1.4, "delayed": 1.8, "court": 1.4, "consultation": 1.6, "under-review": 2.0, "proposed": 1.35,
    "final": 1.45, "operational": 1.15, "guidance": 1.3, "in-force": 1.1, "reported": 1.2,
}  # fmt: skip
#: Of equal weight, the stage that is named first here: specific events before the general course of a rule.
_ORDER = (
    "withdrawn", "delayed", "court", "consultation", "under-review", "proposed", "operational", "guidance", "final",
    "in-force", "announced", "expired", "reported",
)  # fmt: skip

#: The register's action line (and title, where the line is missing), in order: the first that fits decides.
_ACTION_LINES = tuple(
    (re.compile(pattern, re.IGNORECASE), stage)
    for pattern, stage in (
        (r"\bwithdraw(?:al|n|s|ing)?\b|\brescission\b|\bremoval of\b", "withdrawn"),
        (r"\b(?:delay|postpone\w*|deferral)\b.{0,40}\b(?:effective|transition|compliance|implementation)\b", "delayed"),
        (r"\b(?:extension|extending|extends|reopening|re-opening|reopens)\b.{0,40}\bcomment", "consultation"),
        (r"\badvance[d]? notice of proposed rulemaking\b", "consultation"),
        (r"\brequest for information\b|^request for comments?\b", "consultation"),
        (r"\bproposed rule|\bnotice of proposed rulemaking\b", "proposed"),
        (r"\b(?:interim|temporary) (?:final )?rule\b", "in-force"),
        (r"\bfinal rule\b|^rule\b", "final"),
    )
)


#: Cues that are verbs in the present tense; what stage they tell depends on who speaks.
_ACTS = "acts"
#: French texts enter into force on the day after their publication, unless they name another (Code civil, article 1):
#: one that is cited by its day has done so.
_NEXT_DAY = re.compile(r"\b(?:décret|arrêté)(?: n° ?[\d-]+)? (?:du \d|publié en)|\bau JO du \d", re.IGNORECASE)
_FRENCH_TEXT = re.compile(r"\b(?:décret|arrêté|JO|Journal officiel)\b", re.IGNORECASE)

#: Titles that say what kind of paper they head.
_HEADINGS = tuple(
    (re.compile(pattern, re.IGNORECASE), stage)
    for pattern, stage in (
        (r"policy (?:alert|memorandum)\b|technical update\b|practice alert\b", "guidance"),
        (r"visa bulletin for\b", "operational"),
        (r"call for evidence\b|request for information\b|(?:open )?consultation:", "consultation"),
    )
)

#: Bodies that advise and do not decide, and titles of papers in which they wish something. Titles in which somebody
#: else acts upon the advice are none of them.
_ADVISER = (
    r"(?:advisory (?:committee|council|board|panel|commission)"
    r"|(?:innovation|economic|productivity|experts?|skills) (?:council|commission|panel)"
    r"|ombuds\w+|think[- ]tank|task ?force)"
)
_ADVISES = re.compile(r"\badvisory (?:committee|council)\b", re.IGNORECASE)
_ADVICE = re.compile(
    r"\b(?:report|review|advice|recommendations?|findings|study) (?:of|by|from) (?:the |an? )?(?:[\w'’-]+ ){0,3}?"
    rf"{_ADVISER}\b"
    rf"|\b{_ADVISER}(?:['’]s)? (?:report|recommend|advise|urge|wants|asks for|calls for|review|finds|findings)\w*",
    re.IGNORECASE,
)
_ACTED_UPON = re.compile(
    r"\b(?:after|following|respon\w+|accept\w*|reject\w*|implement\w*|adopt\w*|government|ministers?|ministry)\b",
    re.IGNORECASE,
)
#: What advice cannot be, whatever dates and verbs stand in it.
_BINDING = frozenset({"announced", "proposed", "final", "in-force", "guidance"})

#: It happened: whatever else the text tells of drafts and votes is how it came about.
_ENTERED = re.compile(
    r"(?:took|taken|came|come|entered|went|gone|put) in(?:to)? (?:effect|force|operation)|took effect|taken effect|"
    r"entrée?s? en vigueur|in Kraft getreten|in werking getreden|entr[óo]u? en vigor|entrou em vigor|i kraft|施行され",
    re.IGNORECASE,
)
_HAPPENED = 1.35

#: In force by convention, whatever day they name (facts: relevance.md).
_EXCEPTED = re.compile(
    r"proclam|interim|IFR|temporar|restrict|suspension|\b(?:entry|travel) ban|\bentry of|\bbars? .{0,20}entry",
    re.IGNORECASE,
)
_YEAR = re.compile(r"\b20[12]\d\b")
#: Actions that tell the state of the machine, whatever verb they are told with.
_MACHINE = ("cap-reached", "priority-dates")
#: Actions whose words are verbs: something was decided, if nothing tells how far it is.
_VERBS = ("opens", "closes", "pauses", "expands", "tightens", "travel-restriction", "fee-change")


#: Few items are of these stages, and their cues say more than a fit to those few: anywhere, and in so many words in
#: the title.
_RARE, _RARE_IN_TITLE = ("court", "delayed", "under-review", "consultation"), ("withdrawn", "reported")
#: The rule by which what is set anew each year is announced in the year before.
_YEARLY = "yearly-amounts"
WEIGHTS = HERE / "stage_weights.tsv"
#: The rule of a stage that the weights chose; its chance follows after a colon.
WEIGHED = "weights"


class Stage(NamedTuple):
    """A stage of :data:`archive.models.STAGES`, '' for none, the words that show it and the rule."""

    stage: str
    words: str
    rule: str


def stage(item: Announcement, source_kind: str, *, signs: Signs | None = None) -> Stage:
    """The stage of an announcement. A stage that its reader took from a structured field stays."""
    if item.stage in STAGES:
        return Stage(item.stage, str(item.attributes.get("action") or item.stage), "reader")
    stated = _of_action_line(item)
    if stated:
        return stated
    for heading, found in _HEADINGS:
        match = heading.match(item.title)
        if match:
            return Stage(found, match[0], "heading")
    signs = signs or cues().read(item)
    register = source_kind == "regulator-register" or "federalregister.gov" in item.url
    acts = "in-force" if source_kind in OFFICIAL and not register and _effective(item) != "future" else "announced"
    cue = _of_cues(signs, register, acts)
    told = _by_dates(cue, item, signs, source_kind, register)
    if told.stage and not register and not _is_plain(told, cue, signs):
        told = likely(item, source_kind, signs)
    words = "" if register or told.stage not in _BINDING else advice(item)
    return Stage("reported", words, "advice") if words else told


def _is_plain(told: Stage, cue: tuple[str, Hit] | None, signs: Signs) -> bool:
    """Whether a cue tells a stage so plainly that the weights are not asked: a rare one, or without a rival."""
    if told.stage in _RARE or told.rule == _YEARLY:
        return True
    if told.stage != "announced" and len({h.code for h in signs.of("stage") if h.weight > _WEAK}) == 1:
        return True
    return bool(cue and told.stage in _RARE_IN_TITLE and cue[1].in_title and cue[1].weight >= STRONG)


def likely(item: Announcement, source_kind: str, signs: Signs) -> Stage:
    """The likeliest stage by the fitted weights; the words are its best cue's, if it has one.

    What takes effect in the future is not in force, but what the conventions except.
    """
    chances = weights().chances(traits_of(item, source_kind, signs, known=weights()))
    best = max(chances, key=chances.__getitem__)
    hit = signs.first("stage", best) or signs.first("stage", _ACTS)
    if best == "in-force" and _effective(item) == "future" and not (hit and _EXCEPTED.search(hit.words)):
        best = max(("announced", "final"), key=chances.__getitem__)
        hit = signs.first("stage", best) or hit
    return Stage(best, hit.words if hit else "", f"{WEIGHED}:{chances[best]:.2f}")


def traits_of(
    item: Announcement, source_kind: str, signs: Signs, *, known: LogLinear | None = None
) -> dict[str, float]:
    """The traits by which :func:`likely` weighs an announcement of a kind of source; of words those ``known``."""
    effect = _effective(item) or ("some" if _stated(item) else "none")
    official = source_kind in OFFICIAL and source_kind != "regulator-register"
    return traits(item, signs, effect, law_firm=source_kind == "law-firm", official=official, known=known)


@cache
def weights() -> LogLinear:
    """The weights that come with the package, read once."""
    return load(WEIGHTS)


def advice(item: Announcement) -> str:
    """The words that show that a body advises which cannot decide: a title's, or its publisher's; '' for others."""
    title = None if _ACTED_UPON.search(item.title) else _ADVICE.search(item.title)
    match = title or _ADVISES.search(item.publisher)
    return match[0] if match else ""


def _of_action_line(item: Announcement) -> Stage | None:
    line = str(item.attributes.get("action") or "")
    kind = str(item.attributes.get("type") or "")
    if kind == "Presidential Document" and str(item.attributes.get("subtype") or "") == "Proclamation":
        return Stage("in-force", "Proclamation", "action-line")
    for pattern, found in _ACTION_LINES:
        match = pattern.search(line)
        if match:
            if found == "final":
                found = "in-force" if _effective(item) == "past" else "final"
            return Stage(found, match[0], "action-line")
    return None


def _of_cues(signs: Signs, register: bool, acts: str) -> tuple[str, Hit] | None:
    """The stage that cues tell best and its best cue. ``acts`` is what a verb in the present tense tells here."""
    counts: dict[str, int] = {}
    best: dict[str, tuple[float, Hit]] = {}
    for hit in (*signs.of("stage"), *signs.of("action", *_MACHINE)):
        weight, code = hit.weight, acts if hit.code == _ACTS else "operational" if hit.code in _MACHINE else hit.code
        if hit.in_title:
            weight *= _TITLE
        elif hit.start < signs.title + OPENING:
            weight *= _OPENING
        if hit.weight >= STRONG:
            weight *= _FIRM.get(code, 1.0)
        if code == "in-force" and hit.weight >= STRONG and _ENTERED.search(hit.words):
            weight *= _HAPPENED
        if register and code in ("reported", "announced"):
            weight *= 0.3
        if code not in best or weight > best[code][0]:
            best[code] = (weight, hit)
        counts[code] = counts.get(code, 0) + 1
    if not best:
        return None
    worth = {code: top * (1 + _MORE * min(counts[code] - 1, 2)) for code, (top, _) in best.items()}
    code = min(worth, key=lambda c: (-round(worth[c], 3), _ORDER.index(c)))
    return code, best[code][1]


def _by_dates(
    found: tuple[str, Hit] | None, item: Announcement, signs: Signs, source_kind: str, register: bool
) -> Stage:
    """Settle between announced, final and in force; give an official source's bare item its usual stage."""
    when = _effective(item)
    if found is None:
        if register:
            return Stage("final", "", "register")
        if _stated(item):
            return Stage("announced" if when == "future" else "in-force", _stated(item), "effective-date")
        yearly = signs.first("action", "salary-threshold", "fee-change")
        if yearly and _YEAR.search(signs.text):
            year = iso(item.published)[:4]
            ahead = bool(year) and max(_YEAR.findall(signs.text)) > year
            return Stage("announced" if ahead else "in-force", yearly.words, _YEARLY)
        acted = signs.first("action", *_VERBS)
        if acted:
            # What an authority says in the present tense holds; others tell of what it has said.
            return Stage("in-force" if source_kind in OFFICIAL else "announced", acted.words, "action")
        return Stage("", "", "")
    code, hit = found
    rule = f"cue:{code}"
    if register and code in ("announced", "reported"):
        # A register prints what has been decided: "is announcing a series of fees" has the force of law.
        return Stage("in-force" if when == "past" else "final", hit.words, f"{rule}+register")
    if code == "final" and not when and _FRENCH_TEXT.search(hit.words) and _NEXT_DAY.search(signs.text):
        return Stage("in-force", hit.words, f"{rule}+next-day")
    if code in ("announced", "final", "in-force") and when and not _EXCEPTED.search(hit.words):
        settled = code
        if when == "past" and code != "in-force":
            settled = "in-force"
        elif when == "future" and code == "in-force":
            settled = "final" if register or _is_law(signs) else "announced"
        if settled != code:
            return Stage(settled, hit.words, f"{rule}+effective-date")
    return Stage(code, hit.words, rule)


def _is_law(signs: Signs) -> bool:
    return any(hit.weight >= STRONG for hit in signs.of("stage", "final"))


def _stated(item: Announcement) -> str:
    first = effective_date(item.key_dates)
    return first.quote if first else ""


def _effective(item: Announcement) -> str:
    """Whether the effective date stated is ``past`` or ``future`` on the day of publication.

    Empty when one of the days is unknown, or known only to the month or year that both share.
    """
    first = effective_date(item.key_dates)
    stated = first.date if first else ""
    day = iso(published_day(item), item.published_precision)[:10]
    if not stated or not day:
        return ""
    shared = min(len(stated), len(day))
    if stated[:shared] == day[:shared]:
        return "past" if shared == 10 else ""
    return "past" if stated < day else "future"
