"""Signs of meaning: the words that show a stage, an action, a topic, an audience, or that an item is (ir)relevant.

Each file of ``cues/`` named in :data:`FACETS` is a facet (``stage.toml``), each of its tables one code. Lists of a
table are grades: ``strong`` (says it in so many words), ``plain``, ``weak`` (a hint), and ``title`` (counts only in
the title). A cue is compared as names are (:mod:`pipelines.matcher`): case, accents and hyphens do not matter.
``immigra*`` accepts any ending; ``will ... increase`` asks for both parts in order within one sentence and
:data:`GAP` characters; a part ``{drops|dropped}`` is any of its words. Of overlapping cues of a facet only the longest
counts, so that "interim final rule" holds no "final rule"; table ``mask`` lists longer phrases that mean something
else.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from archive.models import Announcement
from pipelines.matcher import Matcher, Pattern

HERE = Path(__file__).parent / "cues"
FACETS = ("stage", "action", "topic", "audience", "relevance")

#: Grades of a cue and what they are worth.
GRADES = {"strong": 3.0, "plain": 2.0, "weak": 1.0, "title": 2.0}
#: The grade of a cue that says it in so many words.
STRONG = GRADES["strong"]
#: The first words of a lead tell what happens (characters).
OPENING = 160
#: Other fields of a table: the name shown, the broader code, and free remarks.
_ABOUT = ("label", "parent", "note")
#: How many characters may stand in the gap of a cue.
GAP = 70
#: The text that is looked at: the title and this much of the summary, or else of the body.
WINDOW = 2600
#: Title and this much of the lead say what happens and to whom; the rest of a long abstract is background.
REACH = 700
_NEARBY = frozenset({"action", "topic", "audience"})
#: Between title and lead; no cue holds it.
_BREAK = "\n\x00\n"
MASK = "mask"

#: The end of a sentence, as far as gaps care; a single capital before the stop is an abbreviation (U.S.).
_STOP = re.compile(r"(?<![A-Z])[.!?;。]\s|\x00")


class CueError(ValueError):
    """A file of cues that cannot be used; the message names file, table and what is allowed."""


class Cue(NamedTuple):
    """One cue: what it shows and how surely."""

    facet: str
    code: str
    weight: float
    title_only: bool


class _Roles(NamedTuple):
    """What a word is: whole cues, and numbers of cues it begins; ``later`` are number, part (from 1) and whether it
    is the last part."""

    whole: tuple[Cue, ...]
    begins: tuple[int, ...]
    later: tuple[tuple[int, int, bool], ...]


class _Begun(NamedTuple):
    """A gapped cue of which part ``n`` ends at ``end``, and the one that was begun before."""

    n: int
    start: int
    end: int
    before: _Begun | None


class Hit(NamedTuple):
    """A cue as it stands in the text. ``start`` counts in title + break + lead; ``words`` is the text itself."""

    start: int
    end: int
    code: str
    weight: float
    in_title: bool
    words: str


@dataclass(slots=True)
class Signs:
    """All cues of an announcement by facet and code; ``title`` is the title's length in ``text``."""

    text: str
    title: int
    hits: dict[tuple[str, str], list[Hit]] = field(default_factory=dict)

    def of(self, facet: str, *codes: str) -> list[Hit]:
        """The hits of a facet, or of some of its codes: code by code, each in order of the text."""
        if len(codes) == 1:
            return self.hits.get((facet, codes[0]), [])
        if codes:
            return [hit for code in codes for hit in self.hits.get((facet, code), ())]
        return [hit for (of, _), hits in self.hits.items() if of == facet for hit in hits]

    def first(self, facet: str, *codes: str) -> Hit | None:
        """The weightiest hit; of equals one in the title, then the earliest. None when there is none."""
        return min(self.of(facet, *codes), key=lambda h: (-h.weight, not h.in_title, h.start), default=None)


class About(NamedTuple):
    """The label of a code and the broader code, '' for none."""

    label: str
    parent: str


class Cues:
    """The cues of a folder, compiled. Raises :class:`CueError` for a file that cannot be used."""

    def __init__(self, folder: Path = HERE) -> None:
        self.about: dict[tuple[str, str], About] = {}
        # one pattern a word, whatever the number of cues it is part of: a word is met once and costs once
        whole: dict[str, list[Cue]] = {}
        begins: dict[str, list[int]] = {}
        later: dict[str, list[tuple[int, int, bool]]] = {}
        self._gapped: list[Cue] = []
        for facet in FACETS:
            path = folder / f"{facet}.toml"
            for code, table in _tables(path):
                for cue, text in self._read(path, facet, code, table):
                    parts = [part.strip() for part in text.split("...")]
                    if len(parts) == 1:
                        for choice in _choices(parts[0]):
                            whole.setdefault(choice, []).append(cue)
                        continue
                    number = len(self._gapped)
                    self._gapped.append(cue)
                    for choice in _choices(parts[0]):
                        begins.setdefault(choice, []).append(number)
                    for n, part in enumerate(parts[1:], 1):
                        for choice in _choices(part):
                            later.setdefault(choice, []).append((number, n, n == len(parts) - 1))
        self._matcher: Matcher[_Roles] = Matcher(
            _pattern(word, _Roles(tuple(whole.get(word, ())), tuple(begins.get(word, ())), tuple(later.get(word, ()))))
            for word in dict.fromkeys([*whole, *begins, *later])
        )

    def _read(self, path: Path, facet: str, code: str, table: dict[str, Any]) -> Iterator[tuple[Cue, str]]:
        for name, value in table.items():
            if name in _ABOUT:
                continue
            if name not in GRADES or not isinstance(value, list) or not all(isinstance(v, str) for v in value):
                allowed = ", ".join((*GRADES, *_ABOUT))
                raise CueError(f"{path}: [{code}] {name} = {value!r}; allowed: lists of texts named {allowed}")
            for text in value:
                if not all(any(map(str.isalnum, part)) for whole in text.split("...") for part in _choices(whole)):
                    raise CueError(
                        f"{path}: [{code}] {name} holds {text!r}; allowed: words, with ... for a gap"
                        " and {one|another} for a whole part"
                    )
                yield Cue(facet, code, GRADES[name], name == "title"), text
        label = table.get("label", code.replace("-", " ").capitalize())
        self.about[facet, code] = About(label, table.get("parent", ""))

    def read(self, item: Announcement) -> Signs:
        """Find every cue in title and lead in one pass."""
        lead = item.summary if item.summary.strip() else item.body
        text = f"{item.title}{_BREAK}{lead[:WINDOW]}"
        title = len(item.title)
        begun: dict[int, _Begun] = {}
        found: dict[str, list[Hit]] = {facet: [] for facet in FACETS}
        gapped = self._gapped
        new = tuple.__new__  # several times as fast as the constructor of a named tuple
        near = title + REACH
        for start, end, (whole, begins, later) in self._matcher.find_all(text):
            in_title = end <= title
            for facet, code, weight, title_only in whole:
                if in_title or not (title_only or (start > near and facet in _NEARBY)):
                    found[facet].append(new(Hit, (start, end, code, weight, in_title, text[start:end])))
            for number, n, last in later:
                known = begun.get(number)
                first = _joined(known, n, start, text) if known and start - known.end <= GAP else None
                if first is None:
                    continue
                if not last:
                    begun[number] = new(_Begun, (n, first, end, known))
                    continue
                facet, code, weight, title_only = gapped[number]
                if in_title or not (title_only or (first > near and facet in _NEARBY)):
                    found[facet].append(new(Hit, (first, end, code, weight, in_title, text[first:end])))
            for number in begins:
                begun[number] = new(_Begun, (0, start, end, begun.get(number)))
        signs = Signs(text, title)
        for facet, hits in found.items():
            for hit in _longest(hits) if hits else ():
                signs.hits.setdefault((facet, hit.code), []).append(hit)
        return signs


def _joined(begun: _Begun | None, n: int, here: int, text: str) -> int | None:
    """Where the gapped cue begins that part ``n``, at ``text[here:]``, continues; None when it continues none."""
    while begun is not None and here - begun.end <= GAP:
        if begun.n == n - 1 and here >= begun.end:
            return None if _STOP.search(text, begun.end - 1, here + 1) else begun.start
        begun = begun.before
    return None


def _longest(hits: list[Hit]) -> list[Hit]:
    """Of overlapping hits the longest, in order of the text; masks are taken out."""
    if len(hits) == 1:
        return [] if hits[0].code == MASK else hits
    hits.sort()
    kept: list[Hit] = []
    knot: list[Hit] = []
    reach = 0
    for hit in hits:
        if hit.start >= reach and knot:
            kept.extend(_untie(knot) if len(knot) > 1 else knot)
            knot = []
        knot.append(hit)
        reach = max(reach, hit.end)
    kept.extend(_untie(knot) if len(knot) > 1 else knot)
    return [hit for hit in kept if hit.code != MASK]


def _untie(knot: list[Hit]) -> list[Hit]:
    """The longest of hits that hang together; what overlaps a longer one that was kept goes."""
    kept: list[Hit] = []
    for hit in sorted(knot, key=lambda h: (h.start - h.end, h.start)):
        if not any(hit.start < other.end and other.start < hit.end for other in kept if _outdoes(other, hit)):
            kept.append(hit)
    return sorted(kept)


def _outdoes(other: Hit, hit: Hit) -> bool:
    """Codes that the same words show stay side by side; a longer phrase of either code takes its parts."""
    return (other.end - other.start) > (hit.end - hit.start) or other.code == hit.code


def _choices(part: str) -> list[str]:
    """The words that a part of a cue may be; of braces within a part, which mean nothing, an empty one."""
    part = part.strip()
    inner = part[1:-1] if part.startswith("{") and part.endswith("}") else part
    return [""] if "{" in inner or "}" in inner else [choice.strip() for choice in inner.split("|")]


def _pattern(text: str, roles: _Roles) -> Pattern[_Roles]:
    return Pattern(text.rstrip("*"), roles, prefix=text.endswith("*"))


def _tables(path: Path) -> Iterable[tuple[str, dict[str, Any]]]:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise CueError(f"{path}: no such file; a folder of cues must hold it") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CueError(f"{path}: not valid TOML in UTF-8: {error}") from error
    for code, table in content.items():
        if not isinstance(table, dict):
            raise CueError(f"{path}: {code!r} stands outside a table; begin each code with [its-code]")
    return content.items()


@cache
def cues() -> Cues:
    """The cues that come with the package, compiled once."""
    return Cues()
