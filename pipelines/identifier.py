"""Official numbers in an announcement's text: documents, dockets, laws, cases - normalised, each once.

The reader's own numbers come first and keep their role. A number found in the text is cited, except where the title
begins with it: then the announcement is that document. Every pattern is tried only when a word or sign that it
needs stands in the text, so text without numbers of a kind costs next to nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from archive.models import Announcement, Identifier
from pipelines.matcher import automaton

#: Characters of a body that are read.
BODY = 60_000


@dataclass(frozen=True, slots=True)
class _Shape:
    """How one kind of number is written; ``stems``: one of them is in every text that has one."""

    scheme: str
    stems: tuple[str, ...]
    pattern: re.Pattern[str]
    value: Callable[[re.Match[str]], str]


def _first(match: re.Match[str]) -> str:
    return match[1]


def _plain(number: str) -> str:
    return re.sub(r"[\s,]", "", number)


def _fr_document(match: re.Match[str]) -> str:
    """``2016-08719``, ``E9-12345``; without "FR Doc." only numbers of the forms in use since 2000."""
    return (match[1] or match[2]).upper()


def _cfr(match: re.Match[str]) -> str:
    """The part: ``8 CFR 214`` for ``8 CFR 214.2(h)``, ``8 CFR 274a`` for ``8 C.F.R. § 274a.12``."""
    return f"{match[1]} CFR {match[2]}"


def _docket(match: re.Match[str]) -> str:
    return (match[1] or match[2]).rstrip(".,;").replace("–", "-").replace("‑", "-")


def _bill(match: re.Match[str]) -> str:
    chamber = re.sub(r"[^A-Za-z]", "", match[1]).upper()
    names = {"HR": "H.R.", "S": "S.", "HRES": "H.Res.", "SRES": "S.Res.", "HJRES": "H.J.Res.", "SJRES": "S.J.Res."}
    return f"{names[chamber]} {match[2]}"


def _uksi(match: re.Match[str]) -> str:
    year, number = match[1] or match[3] or match[5], match[2] or match[4] or match[6]
    return f"{year}/{number}"


def _matter(match: re.Match[str]) -> str:
    return f"Matter of {' '.join(match[1].split())}, {match[2]} I&N Dec. {match[3]}"


def _gazette(match: re.Match[str]) -> str:
    part = {"1": "I", "2": "II", "3": "III"}.get(match[1], match[1])
    return f"Canada Gazette Part {part}"


def _shape(
    scheme: str, stems: str, pattern: str, value: Callable[[re.Match[str]], str] = _first, flags: int = 0
) -> _Shape:
    return _Shape(scheme, tuple(stems.split("|")), re.compile(pattern, flags), value)


_CASELESS = re.IGNORECASE
#: Agencies whose dockets are written without the word "docket".
_AGENCIES = "USCIS|DHS|ICEB|ICE|CBP|USCBP|ETA|DOL|DOS|DOJ|EOIR|OMB|WHD|SSA|DOD|IRS|TREAS|ED|HHS|USBC|USTR|CIS"
_SHAPES = (
    _shape(
        "fr_document",
        "FR Doc|-0|-1|-2",
        r"\bFR\s+Doc(?:ument)?\.?(?:\s+No\.?|\s+Number)?:?\s+([A-Z]?\d{1,4}-\d{3,6})\b"
        r"|(?<![\w./$€£-])((?:20\d{2}-\d{5})|(?:[CRZX]\d-20\d{2}-\d{5})|(?:E[4-9]-\d{2,5}))(?![\w/-]|\.\d)",
        _fr_document,
    ),
    _shape("fr_citation", " FR |Fed", r"\b(\d{2,3}\s+(?:FR|Fed\.\s?Reg\.)\s+\d[\d,]*\d)\b", _first),
    _shape("rin", "-A|-B|-Z|RIN", r"(?<![\w-])(\d{4}-(?:A[A-Z]|B[A-Z]|ZA)\d{2})(?![\w-])"),
    _shape(
        "docket",
        "ocket|-20|-1|-0",
        r"\bDocket\s+(?:Nos?\.?|Numbers?|IDs?)?(?:\s+Nos?\.?)?\s*:?\s*((?=[\w.–‑-]*\d)[A-Z][A-Z0-9]*(?:[-–‑][A-Za-z0-9]+)+)"
        rf"|(?<![\w-])((?:{_AGENCIES})(?:-(?:HQ|FRDOC|OPA|EBSA|IHS|OFLC))?-20\d{{2}}-\d{{4}}(?:-\d{{1,5}})?)(?![\w-])",
        _docket,
    ),
    _shape(
        "cfr",
        "CFR|C.F.R",
        r"\b(\d{1,2})\s+C\.?F\.?R\.?\s+(?:[Pp]arts?\s+|§+\s*|[Ss]ections?\s+)?(\d{1,4}[a-z]?)\b",
        _cfr,
    ),
    _shape("proclamation", "roclamation|ROCLAM", r"\bproclamation\s+(?:no\.?\s*)?(\d\d?,?\d{3})\b", flags=_CASELESS),
    _shape(
        "executive_order",
        "xecutive|EXECUTIVE|EO|E.O.",
        r"\b(?:[Ee]xecutive\s+[Oo]rder|EXECUTIVE ORDER|E\.O\.|EO)\s+(?:No\.?\s*)?(1[0-9],?\d{3}|\d{4})\b",
    ),
    _shape(
        "public_law",
        "Pub|ublic Law|P.L|PL ",
        r"\b(?:Pub(?:lic|\.)\s*L(?:aw|\.)|P\.\s?L\.|PL)\s*(?:No\.?\s*)?(\d{2,3}[-–]\d{1,3})\b",
        lambda match: match[1].replace("–", "-"),
    ),
    _shape(
        "bill",
        "H.R|H. R|HR| S. |S. |Res.",
        r"(?<![\w.])(H\.\s?R\.|HR(?!.?(?:19|20)\d\d\b)|S\.|H\.\s?Res\.|S\.\s?Res\.|H\.\s?J\.\s?Res\.|S\.\s?J\.\s?Res\.)"
        r"[\s-]?([1-9]\d{0,4})\b(?![,.]\d|[-–]\d|[%/])",
        _bill,
    ),
    _shape("case", "-cv-|-cr-|-mc-", r"(?<![\w:-])(\d:\d{2}-(?:cv|cr|mc|md)-\d{3,6})(?!\d)"),
    _shape("case", "-cv-|-cr-|-mc-", r"\bNos?\.\s*(\d{2}-(?:cv|cr|mc|md)-\d{2,6})(?!\d)"),
    _shape("case", "Case No|Cases No|Action No", r"\b(?:Cases?|Action)\s+Nos?\.\s*(\d{2}-\d{2,6})(?![\w-])"),
    # "Release No. 34-12345" and "Notice 25-123" are no cases: a bare number needs parties or a court
    _shape(
        "case",
        " v. | v |Court|court| Cir.",
        r"(?<!Release )(?<!Notice )(?<!Form )(?<!Docket )(?<!Rule )\bNos?\.\s*(\d{2}-\d{3,6})(?![\w-])",
    ),
    _shape(
        "case",
        "Matter of|MATTER OF",
        r"\bMatter\s+of\s+([A-Z][^,;.()]{0,60}?),\s*(\d{2})\s+I\s?&\s?N\s+Dec\.\s+(\d{1,4})",
        _matter,
    ),
    _shape(
        "uksi",
        "S.I.|SI |tatutory|uksi",
        r"\b(?:UK\s)?(?:S\.I\.|SI)\s?(20\d{2}|19\d{2})\s?(?:/|,?\s?No\.?\s?)\s?(\d{1,4})\b"
        r"|\bStatutory Instruments?\s+(20\d{2})\s?(?:/|,?\s?No\.?\s?)\s?(\d{1,4})\b|\buksi/(20\d{2})/(\d{1,4})\b",
        _uksi,
    ),
    _shape("hc", "HC ", r"\bHC\s(?!20\d\d\b)(\d{2,4})\b(?![-/.]\d|\s?v\b)", lambda match: f"HC {match[1]}"),
    _shape(
        "celex",
        "319|320|419|420|519|520|619|620",
        r"(?<![\w-])([3-6](?:19|20)\d{2}(?:L|R|D|PC|DC|CJ|CC|TJ|H|O|XC)\d{4}(?:\(\d{2}\))?)(?![\w-])",
    ),
    _shape("boe", "BOE-", r"\b(BOE-[A-Z]-\d{4}-\d{1,6})\b"),
    _shape("gazette", "Canada Gazette", r"\bCanada Gazette,?\s+Part\s+(I{1,3}|[123])\b", _gazette),
    _shape("sor", "SOR/|DORS/|SI/", r"\b(?:SOR|DORS)/(\d{2,4}-\d{1,4})\b", lambda match: f"SOR/{match[1]}"),
)  # fmt: skip


def _stems() -> Any:
    """Finds the stems of all shapes in one pass, each with the numbers of its shapes."""
    shapes: dict[str, list[int]] = {}
    for n, shape in enumerate(_SHAPES):
        for stem in shape.stems:
            shapes.setdefault(stem, []).append(n)
    return automaton(shapes)


_STEMS = _stems()


def identifiers(item: Announcement) -> list[Identifier]:
    """The announcement's official numbers: those already set, then those of title, summary and body.

    Schemes: fr_document, fr_citation, rin, docket, cfr, proclamation, executive_order, public_law, bill, case,
    uksi, hc, celex, boe, gazette, sor. Role ``is`` is only given where the title begins with the number (and only to
    numbers that one document bears: a docket or a CFR part is shared). Every scheme and value occurs once.
    Returns new objects; the announcement stays as it is.
    """
    found = {(i.scheme, i.value): replace(i) for i in item.identifiers}
    titled = set(_numbers(item.title[:100], leading=True))
    for text in (item.title, item.summary, item.body[:BODY]):
        for scheme, value in _numbers(text):
            role = "is" if (scheme, value) in titled and scheme in _OWN else "cites"
            found.setdefault((scheme, value), Identifier(scheme, value, "is" if role == "is" else "cites"))
    return list(found.values())


#: Numbers that belong to one document.
_OWN = frozenset(
    {"fr_document", "proclamation", "executive_order", "public_law", "bill", "case", "uksi", "hc", "boe", "sor"}
)
_DIGIT = re.compile(r"\d")
_OPENING = re.compile(r"\W*(?:the |a |uk |statement of changes[^:;.]{0,40}:? ?)?$", re.IGNORECASE)


def _numbers(text: str, *, leading: bool = False) -> Iterator[tuple[str, str]]:
    """Scheme and value of each number of a text, by scheme; ``leading``: only those that the text begins with."""
    if not (_DIGIT.search(text) or "Gazette" in text):
        return
    for n in sorted({n for _, shapes in _STEMS.iter(text) for n in shapes}):
        shape = _SHAPES[n]
        for match in shape.pattern.finditer(text):
            if leading and not _OPENING.match(text[: match.start()]):
                continue
            value = shape.value(match)
            if shape.scheme in ("proclamation", "executive_order"):
                value = _plain(value)
            if shape.scheme == "fr_citation":
                value = " ".join(value.replace("Fed. Reg.", "FR").replace("Fed.Reg.", "FR").replace(",", "").split())
            yield shape.scheme, value
