"""The words by which figures are recognised: ``figure_cues.toml``, read, checked and compiled."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from pipelines.matcher import Match, Matcher, Pattern, automaton, longest

FILE = Path(__file__).with_name("figure_cues.toml")
#: Amounts in a text are written as these marks before the patterns of changes are looked for.
MARK = "⟦{}⟧"
#: A run of letters and digits.
WORD = re.compile(r"[^\W_]+")
#: What begins the parameter of a name that is of no figure.
OTHER = "other:"
#: What may follow a short name that is still itself.
_PLURAL = ("s", "s ", "s.", "s,", "s:", "s)", "en", "n ")
_OPENING, _CLOSING = "([{\"'“‘„«", ")]}\"'”’»,.;:!?"
KINDS = ("money", "count", "percent", "duration")
_SLOT = r"⟦(?P<{name}>\d+)⟧"
#: What may stand in the place of "..." in a pattern of changes: no other amount, no new clause.
_GAP = r"(?:[^⟦⟧;.]|\.(?!\s)){0,40}?"


class FigureCueError(ValueError):
    """The file of cues cannot be used; the message names file, table and what is allowed."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a kind of figure is called and can be.

    A ``direct`` name is followed by its amount at once. ``low`` and ``high`` bound what is plausible; ``needs`` are
    words of which one must stand in the sentence or its neighbours, ``vague`` names that need a noun behind the count.
    """

    name: str
    amounts: frozenset[str]
    low: float
    high: float
    needs: Words | None
    vague: frozenset[str]


@dataclass(frozen=True, slots=True)
class Dimension:
    """What narrows a figure down: ``name`` = ``value``; no line of its own unless ``in_series``."""

    name: str
    value: str
    parameters: frozenset[str]
    in_series: bool


class Name(NamedTuple):
    """A name of a parameter, or of other money, counts or durations (:data:`OTHER` and the kind).

    ``place`` says where its amount stands: ``direct`` at once behind it, ``behind`` only before it, '' linked.
    """

    parameter: str
    place: str = ""


class Cue(NamedTuple):
    """A name or dimension as it stands in a sentence."""

    start: int
    end: int
    key: Name | Dimension


class Phrases:
    """Words and short phrases to look for in a stretch of text, whatever their case."""

    def __init__(self, texts: Iterable[str], signs: str = "") -> None:
        self._phrases = frozenset(map(_plain, texts))
        self._words = max(map(len, map(str.split, self._phrases)))
        self._signs = signs

    def end(self, text: str) -> bool:
        """Whether one of the phrases (or signs) is the last thing in a text."""
        words = [word.lstrip(_OPENING) for word in text.lower().split()[-self._words :]]
        if not words or not words[-1]:
            return False
        return words[-1][-1] in self._signs or any(
            " ".join(words[-n:]) in self._phrases for n in range(1, len(words) + 1)
        )

    def within(self, text: str) -> bool:
        """Whether one of the phrases stands anywhere in a text."""
        words = [word.strip(_OPENING + _CLOSING) for word in text.lower().split()]
        return any(
            " ".join(words[n : n + k]) in self._phrases
            for n in range(len(words))
            for k in range(1, min(self._words, len(words) - n) + 1)
        )


class Change(NamedTuple):
    """How an old and a new amount stand together, in small letters.

    ``words`` and ``sign`` must occur, and are quicker to look for.
    """

    pattern: re.Pattern[str]
    words: frozenset[str]
    sign: str


class Words:
    """Whole words and phrases by the name of their group, found whatever their case.

    A star at the end of a text accepts any ending. The pattern is tried only where the letters of one of the texts
    stand: most stretches of text have none.
    """

    def __init__(self, **groups: Iterable[str]) -> None:
        self._signs = automaton({_plain(text.rstrip("*")) for group in groups.values() for text in group})
        self._pattern = re.compile(
            "|".join(f"(?P<{name}>{_words(group)})" for name, group in groups.items()), re.IGNORECASE
        )

    def finditer(self, text: str, start: int = 0, end: int | None = None) -> Iterator[re.Match[str]]:
        """Each place between ``start`` and ``end``; ``lastgroup`` of a match is its group."""
        end = len(text) if end is None else end
        if next(self._signs.iter(_plain(text[start:end])), None) is not None:
            yield from self._pattern.finditer(text, start, end)

    def search(self, text: str, start: int = 0, end: int | None = None) -> re.Match[str] | None:
        """The first place, if there is one."""
        return next(self.finditer(text, start, end), None)

    def sub(self, by: str, text: str) -> str:
        """The text with ``by`` in every place."""
        return self._pattern.sub(by, text) if self.search(text) else text


@dataclass(frozen=True, slots=True)
class Currencies:
    """The currency of each country's own rules, and the countries whose rules may be in US dollars."""

    own: Mapping[str, str]
    also_usd: frozenset[str]


@dataclass(frozen=True, slots=True)
class FigureCues:
    """The file, compiled. The patterns are for text in which amounts are marks (:data:`MARK`)."""

    parameters: Mapping[str, Parameter]
    changes: tuple[Change, ...]
    link: Phrases
    rough: Phrases
    upper: Phrases
    by: Phrases
    past: Phrases
    former: Phrases
    starts: Phrases
    weak_starts: Phrases
    change: Phrases
    told: Phrases
    veto: Words
    periods: Words
    currencies: Currencies
    _matcher: Matcher[Name | Dimension] = field(repr=False)
    _stems: Any = field(repr=False)

    def hints(self, text: str) -> list[int]:
        """Where names of parameters may stand: empty for the many texts that cannot hold a figure, and quick."""
        small = text.lower()
        found = []
        for last, length in self._stems.iter(small):
            first = last - length + 1
            # a short name is only itself as a whole word: "cap" is no "capital"
            if (not first or not small[first - 1].isalnum()) and (
                length > 4 or not small[last + 1 : last + 2].isalpha() or small[last + 1 : last + 3] in _PLURAL
            ):
                found.append(first)
        return found

    def find(self, sentence: str) -> tuple[list[Cue], list[Cue]]:
        """The names of parameters in a sentence, the longest of each place, and its dimensions."""
        names: list[Match[Name | Dimension]] = []
        dimensions: list[Match[Name | Dimension]] = []
        for match in self._matcher.find_all(sentence):
            (names if isinstance(match.key, Name) else dimensions).append(match)
        return [Cue(*m) for m in longest(names)], [Cue(*m) for m in dimensions]


def load(path: Path = FILE) -> FigureCues:
    """Read and check a file of cues. Raises :class:`FigureCueError`."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FigureCueError(f"{path}: not valid TOML in UTF-8: {error}") from error
    wanted = ("parameters", "other", "dimensions", "changes", "words", "dates", "periods", "currencies")
    for name in wanted:
        if name not in content:
            raise FigureCueError(f"{path}: lacks [{name}]; a file of figure cues has {', '.join(wanted)}")
    patterns: list[Pattern[Name | Dimension]] = []
    parameters = {}
    for name, table in content["parameters"].items():
        where = f"{path}: [parameters.{name}]"
        parameters[name] = _parameter(where, name, table)
        for key, place in (("cues", ""), ("direct", "direct"), ("behind", "behind")):
            patterns += [_pattern(text, Name(name, place)) for text in _texts(where, table, key)]
    for kind in KINDS:
        where = f"{path}: [other.{kind}]"
        table = content["other"].get(kind, {})
        patterns += [_pattern(text, Name(OTHER + kind)) for text in _texts(where, table, "cues")]
    for table in content["dimensions"]:
        dimension = Dimension(
            table["name"], table["value"], frozenset(table.get("parameters", parameters)), table.get("in_series", True)
        )
        if unknown := dimension.parameters - set(parameters):
            raise FigureCueError(
                f"{path}: [[dimensions]] {dimension.value} names parameters {sorted(unknown)}; "
                f"allowed: {', '.join(parameters)}"
            )
        patterns += [_pattern(text, dimension) for text in _texts(f"{path}: [[dimensions]]", table, "words")]
    words = content["words"]
    money = content["currencies"]
    own = {k: v for k, v in money.items() if isinstance(v, str)} | dict.fromkeys(money["euro"], "EUR")
    return FigureCues(
        parameters=parameters,
        changes=tuple(_change(text) for text in content["changes"]["patterns"]),
        link=Phrases(words["links"], ":="),
        upper=Phrases(words["upper"]),
        rough=Phrases(words["rough"], "~<>"),
        by=Phrases(words["by"]),
        former=Phrases(content["changes"]["former"]),
        past=Phrases(content["changes"]["past"]),
        starts=Phrases(content["dates"]["starts"]),
        weak_starts=Phrases(content["dates"]["weak_starts"]),
        change=Phrases(content["dates"]["change"]),
        told=Phrases(content["dates"]["told"]),
        veto=Words(veto=content["other"]["veto"]),
        periods=Words(**content["periods"]),
        currencies=Currencies(own, frozenset(money["also_usd"])),
        _matcher=Matcher(patterns),
        _stems=automaton(_stems(content["parameters"].values())),
    )


@cache
def figure_cues() -> FigureCues:
    """The cues that come with the package, compiled once."""
    return load()


def _parameter(where: str, name: str, table: dict[str, Any]) -> Parameter:
    amounts = frozenset(_texts(where, table, "amounts"))
    if not amounts or not amounts <= set(KINDS):
        raise FigureCueError(f"{where} amounts = {sorted(amounts)}; allowed: {', '.join(KINDS)}")
    low, high = table.get("range", (0, float("inf")))
    needs = _texts(where, table, "needs")
    vague = frozenset(text.lower() for text in _texts(where, table, "vague"))
    return Parameter(name, amounts, low, high, Words(needs=needs) if needs else None, vague)


def _texts(where: str, table: dict[str, Any], key: str) -> list[str]:
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(text, str) and text.strip() for text in value):
        raise FigureCueError(f"{where} {key} = {value!r}; allowed: a list of texts")
    return list(dict.fromkeys(value))


def _pattern(text: str, key: Name | Dimension) -> Pattern[Name | Dimension]:
    return Pattern(text.rstrip("*:"), key, prefix=text.endswith("*"))


def _plain(text: str) -> str:
    return " ".join(text.lower().split())


def _words(texts: Iterable[str]) -> str:
    """An alternation of whole words, longest first; a star at the end accepts any ending."""
    spelled = []
    for text in sorted(set(texts), key=len, reverse=True):
        body = r"\s+".join(map(re.escape, text.rstrip("*").split()))
        left = r"(?<![^\W_])" if text[0].isalnum() else ""
        right = r"(?![^\W_])" if text[-1].isalnum() else ""
        spelled.append(f"{left}{body}{right}")
    return "|".join(spelled)


def _change(text: str) -> Change:
    """``from ... {old} ... to ... {new}`` as a pattern over text with marks."""
    out = []
    for piece in text.lower().split():
        if piece == "...":
            out.append(_GAP)
            continue
        spelled = re.escape(piece)
        for name in ("old", "new"):
            spelled = spelled.replace(re.escape(f"{{{name}}}"), _SLOT.format(name=name))
        # what stands before a word is looked at behind it: a search for plain letters is several times as fast
        left = rf"(?<![^\W_]{spelled})" if piece[0].isalnum() else ""
        right = r"(?![^\W_])" if piece[-1].isalnum() else ""
        out.append(rf"{spelled}{left}{right}")
    plain = re.sub(r"\{\w+\}", " ", text.lower()).replace("...", " ")
    words = frozenset(WORD.findall(plain))
    sign = "" if words else plain.strip()
    return Change(re.compile(r"\s*".join(out)), words, sign)


def _stems(tables: Iterable[dict[str, Any]]) -> set[str]:
    """The names in small letters up to their first hyphen or apostrophe: enough to tell that none is there."""
    stems = set()
    for table in tables:
        for key in ("cues", "direct", "behind"):
            for text in table.get(key, ()):
                head = re.split(r"[-–'’:*]", text.lower())[0].strip()
                stems.add(head if len(head) > 2 else text.lower())
    return stems
