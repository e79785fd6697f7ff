"""The role that a date plays in its sentence: the cues of ``cues/dates.toml``, compiled and applied."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pipelines.moments import Moment

CUES = Path(__file__).parent / "cues" / "dates.toml"

#: Kinds of key date (table ``key_dates``).
KINDS = (
    "signed", "effective", "effective_renewals", "comment_deadline", "window_open", "window_close",
    "grandfather_until", "transition_until", "expiry",
)  # fmt: skip
MENTION = "mention"
TRIGGERS = "triggers"
#: Stands for a date in a sentence that is read for roles.
MARK = "¤"

#: A verb of saying between a date and the change is the sayer's date: "on ¤ the ministry announced that ...".
_SAYING = (
    "announc|publish|issue[sd]|issuing|said|says|propos|posted|releas|confirm|finali[sz]|unveil|reveal|disclos|warn|"
    "told|sign(?:ed|s|ing)\\b"
)
#: What somebody does on a day that changes nothing on that day.
_ACTING = (
    rf"{_SAYING}|decid|approv|adopt|\\bpass(?:ed|es)\\b|voted|agree[ds]|invite|held that|ruled|clarif|explain|remind"
)
_ABBREVIATIONS = {
    "{gap}": "[^¤;]{0,80}?",
    "{gap30}": "[^¤;]{0,30}?",
    "{acts}": rf"(?:(?!{_ACTING})[^¤;.]){{0,110}}?",
    "{said}": rf"(?:(?!{_SAYING})[^¤;.]){{0,110}}?",
}
_KEYS = {"name", "kind", "stems", "before", "after", "need", "unless", "weak", "day", "press"}
#: How much of a sentence is looked at on either side of a date, in characters.
_REACH = 320


class CueError(ValueError):
    """A cue file that cannot be used; the message names file, language and rule."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One compiled cue. See the head of ``cues/dates.toml`` for the meaning of the fields."""

    name: str
    kinds: tuple[str, ...]
    stems: tuple[str, ...]
    before: re.Pattern[str] | None
    after: re.Pattern[str] | None
    need: re.Pattern[str] | None
    unless: re.Pattern[str] | None
    weak: bool
    day: bool
    press: bool

    def fits(self, sentence: str) -> bool:
        """Whether the rule can hold anywhere in a sentence."""
        for stem in self.stems:
            if stem in sentence:
                break
        else:
            return False
        return (self.need is None or self.need.search(sentence) is not None) and (
            self.unless is None or self.unless.search(sentence) is None
        )

    def holds(self, before: str, after: str, precise: bool) -> bool:
        """Whether the rule gives the role of the date between two pieces of a sentence it fits."""
        return (
            (precise or not self.day)
            and (self.before is None or self.before.search(before) is not None)
            and (self.after is None or self.after.match(after) is not None)
        )


@dataclass(frozen=True, slots=True)
class Role:
    """What a date is: ``kinds`` (empty for a mere mention), by which ``rule``, and whether the cue is weak."""

    kinds: tuple[str, ...]
    rule: str
    weak: bool


@dataclass(frozen=True, slots=True)
class Cues:
    """The cues of one language. ``words`` are common words by which the language is recognised; of the ``rules``
    those that are not weak are ``firm``, and of these those that are not of the press are for the ``register``."""

    language: str
    words: frozenset[str]
    rules: tuple[Rule, ...]
    firm: tuple[Rule, ...]
    register: tuple[Rule, ...]

    def roles(
        self,
        sentence: str,
        positions: Sequence[int],
        moments: Sequence[Moment],
        *,
        weak: bool,
        register: bool = False,
    ) -> list[Role]:
        """The role of each date of a masked sentence (see :func:`masked`), in order.

        ``positions`` are the places of the marks; ``weak`` allows weak cues, ``register`` none of the press.
        """
        usable = self.rules if weak else self.register if register else self.firm
        fitting = [rule for rule in usable if rule.fits(sentence) and not (register and rule.press)]
        if not fitting:
            return [Role((), "", False)] * len(moments)
        return [
            self._role(fitting, sentence[max(0, p - _REACH) : p].rstrip(), sentence[p + 1 : p + 1 + _REACH], m)
            for p, m in zip(positions, moments, strict=True)
        ]

    def _role(self, rules: Sequence[Rule], before: str, after: str, moment: Moment) -> Role:
        for rule in rules:
            if rule.holds(before, after, bool(moment.day)):
                return Role(rule.kinds, f"text:{self.language}:{rule.name}", rule.weak)
        return Role((), "", False)


_PARENTHESES = re.compile(rf"\s?[(\[][^()\[\]{MARK}]*[)\]]")

#: Points inside numbers and abbreviations (29.66, u.s., fr.o.m.), so that a point is the end of a clause.
_POINTS = re.compile(r"(?<=\w)\.(?=\w)|(?<=\b[a-z])\.")


def masked(sentence: str, moments: Sequence[Moment], offset: int) -> str:
    """A sentence as the rules read it: lower case, white space folded, each date a mark, asides left out.

    ``offset`` is the sentence's place in the text that the moments count in.
    """
    parts, at = [], 0
    for moment in moments:
        parts.append(sentence[at : moment.start - offset].replace(MARK, "$").replace("§", "$"))
        at = moment.end - offset
    parts.append(sentence[at:].replace(MARK, "$").replace("§", "$"))
    return _POINTS.sub("", _PARENTHESES.sub("", " ".join(MARK.join(parts).lower().split())))


@dataclass(frozen=True, slots=True)
class Triggers:
    """``joint`` matches the words that tie a trigger to its date at the end of a text ("on or after"); ``names``
    are the triggers with the pattern of what stands before that, surest first."""

    joint: re.Pattern[str]
    names: tuple[tuple[str, re.Pattern[str]], ...]


@cache
def _tables() -> dict[str, Any]:
    with CUES.open("rb") as file:
        return tomllib.load(file)


@cache
def triggers() -> Triggers:
    """The triggers of all languages, compiled at first use."""
    table = _tables()[TRIGGERS]
    return Triggers(
        re.compile(rf"\b(?:{'|'.join(table['joint'])})$"),
        tuple(
            (name, re.compile(rf"\b(?:{'|'.join(patterns)})\b[^¤.;]{{0,40}}$"))
            for name, patterns in table["names"].items()
        ),
    )


_KANA, _HANGUL, _HAN = (re.compile(f"[{signs}]") for signs in ("ぁ-ヿ", "가-힣", "一-鿿"))
#: Written so much alike that one table serves: Norwegian and Danish.
_SAME = {"nb": "da", "no": "da", "nn": "da"}

#: So many common English words, a fifth of all, are those of no other language.
_SURELY = 4


def cues_for(language: str, text: str) -> list[Cues]:
    """The cues to read with: those of the language, else of the script or of the languages whose common words the
    text has."""
    known = cues()
    code = language.lower().replace("_", "-").split("-")[0]
    code = _SAME.get(code, code)
    if not code and not text.isascii():
        start = text[:300]
        code = "ja" if _KANA.search(start) else "ko" if _HANGUL.search(start) else "zh" if _HAN.search(start) else ""
    if code in known:
        return [known[code]]
    if code:
        return []
    words = set(text[:600].lower().split())
    english = len(words & known["en"].words)
    if english >= _SURELY and english * 5 >= len(words):
        return [known["en"]]
    counts = {c: len(words & found.words) for c, found in known.items()}
    most = max(counts.values())
    return [known["en"]] if counts["en"] == most else [known[c] for c in counts if counts[c] == most]


#: Words after which a date needs no "on", or which it belongs to.
_BOUND_WORDS = """
on by from until till through thru to of after before since at in between and or the a an this its their his her our as
starting beginning commencing effective dated ending for next last late early mid around about than but date due per
come during within past no with is are was were be not only every each following under over that when if whose
"""
_BOUND = frozenset(_BOUND_WORDS.split())
_LOOSE = re.compile(
    rf"\b([a-z0-9]+) (?={MARK}(?:$|[,.;:)]| (?:to|for|and|when|with|as|after|under|at|in|that|by|due|amid|while|but"
    r"|instead|because|until|through)\b))"
)


def with_on(sentence: str, moments: Sequence[Moment]) -> str:
    """A masked sentence of the American press with "on" before the days that lack it: "begins ¤", "resumes ¤"."""
    return _LOOSE.sub(lambda word: _on(word, moments), sentence) if any(moment.day for moment in moments) else sentence


def _on(word: re.Match[str], moments: Sequence[Moment]) -> str:
    number = word.string.count(MARK, 0, word.end())
    if word[1] == "at" and number < len(moments) and moments[number].time:
        return "on "  # "at 2 p.m. on ¤" has its clock time in the mark
    bound = word[1] in _BOUND or number >= len(moments) or not moments[number].day
    return word[0] if bound else f"{word[0]}on "


@cache
def cues() -> Mapping[str, Cues]:
    """All languages' cues, compiled at first use. Raises :class:`CueError` for a file that cannot be used."""
    tables = _tables()
    return {language: _language(language, table) for language, table in tables.items() if language != TRIGGERS}


def _language(language: str, table: Mapping[str, Any]) -> Cues:
    rules = tuple(_rule(language, entry) for entry in table.get("rule", ()))
    firm = tuple(rule for rule in rules if not rule.weak)
    register = tuple(rule for rule in firm if not rule.press)
    return Cues(language, frozenset(table.get("words", ())), rules, firm, register)


def _rule(language: str, entry: Mapping[str, Any]) -> Rule:
    where = f"{CUES.name}: [{language}] rule {entry.get('name')!r}"
    if unknown := set(entry) - _KEYS:
        raise CueError(f"{where}: unknown field {sorted(unknown)}; allowed: {sorted(_KEYS)}")
    kinds = [entry["kind"]] if isinstance(entry.get("kind"), str) else list(entry.get("kind", ()))
    if not kinds or not set(kinds) <= {*KINDS, MENTION}:
        raise CueError(f"{where}: kind is {entry.get('kind')!r}; allowed: {', '.join((*KINDS, MENTION))}")
    if not entry.get("stems") or not (entry.get("before") or entry.get("after")):
        raise CueError(f"{where}: stems, and before or after, are required")
    try:
        return Rule(
            entry.get("name", ""),
            () if kinds == [MENTION] else tuple(kinds),
            tuple(entry["stems"]),
            _compiled(entry.get("before"), "(?:{})$"),
            _compiled(entry.get("after"), "(?:{})"),
            _compiled(entry.get("need"), "(?:{})"),
            _compiled(entry.get("unless"), "(?:{})"),
            bool(entry.get("weak", False)),
            bool(entry.get("day", False)),
            bool(entry.get("press", False)),
        )
    except re.error as error:
        raise CueError(f"{where}: {error.pattern!r} is not a pattern: {error}") from error


def _compiled(patterns: str | Sequence[str] | None, frame: str) -> re.Pattern[str] | None:
    if not patterns:
        return None
    joined = patterns if isinstance(patterns, str) else "|".join(f"(?:{pattern})" for pattern in patterns)
    for short, long in _ABBREVIATIONS.items():
        joined = joined.replace(short, long)
    return re.compile(frame.replace("{}", joined))
