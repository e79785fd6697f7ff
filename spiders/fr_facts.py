"""What one record of the Federal Register states: its stage, its dates, its official numbers.

Pure functions over the JSON objects of ``federalregister.gov/api/v1``. Every field may be missing (a listing
gives only the fields that it was asked for) or ``null``; then the fact is simply absent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from archive.models import Identifier, KeyDate

Document = Mapping[str, Any]

#: Kinds of document that make law; notices carry the same words for meetings, forms and grants.
_RULES = ("Rule", "Proposed Rule")
_INTERIM, _FINAL = "interim", "final rule"

#: The Register's ``action`` line decides the stage alone (taxonomy, section 2). The first row that fits counts:
#: "Final rule; delay of effective date." is a delay and "Proposed rule; withdrawal." a withdrawal. A correction
#: has no stage of its own.
_ACTIONS: tuple[tuple[re.Pattern[str], str, tuple[str, ...]], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), stage, types)
    for pattern, stage, types in (
        (r"\bwithdraw(?:al|n|s|ing)?\b|\brescission\b", "withdrawn", _RULES),
        (r"\b(?:delay|postpone|defer)\w*\b.{0,30}\b(?:effective|compliance|implementation|applicability)\b"
         r"|\bextension of (?:the )?(?:compliance|implementation|applicability) date"
         r"|\beffective date.{0,20}\b(?:delay|postpone|defer)|\bpostponement\b"
         r"|\b(?:administrative|partial|temporary) stay\b|; stay\b", "delayed", (*_RULES, "Notice")),
        (r"\b(?:extension|extending|extends|reopening|re-opening|reopens)\b.{0,40}\bcomment", "consultation",
         (*_RULES, "Notice")),
        (r"\bcorrect(?:ion|ions|ing|ed)\b", "", (*_RULES, "Notice")),
        (r"\badvance[d]? notice of proposed rulemaking\b|\bANPRM\b|\brequest for information\b", "consultation",
         (*_RULES, "Notice")),
        (r"\bproposed rule(?:making)?\b|\bNPRM\b", "proposed", _RULES),
        (r"\binterim (?:final )?rule\b", _INTERIM, _RULES),
        (r"\b(?:final|temporary) rule\b|^rule\b", _FINAL, _RULES),
    )
)  # fmt: skip

#: Words in a title which show that a document changes or ends another one.
_MARKED_TITLE = re.compile(
    r"\b(?:correct|withdraw|delay|postpone|extension|reopening|rescission|partial stay|advance notice|"
    r"request for information)",
    re.IGNORECASE,
)


def stage_of(document: Document) -> str:
    """The stage that ``action``, ``type`` and ``subtype`` state plainly; empty when they do not.

    A final rule is in force when ``effective_on`` is not after ``publication_date``. An interim final rule
    is in force unless it states a later day. Without an ``action`` (a listing of default fields, the
    public inspection desk) only an unmarked title is taken at its type's word.
    """
    kind = _text(document, "type")
    if kind == "Presidential Document":
        return "in-force" if _text(document, "subtype") == "Proclamation" else ""
    if document.get("correction_of"):
        return ""
    action = _text(document, "action")
    if not action:
        if _MARKED_TITLE.search(_text(document, "title")):
            return ""
        if kind == "Proposed Rule":
            return "proposed"
        return _in_force_or_final(document, "") if kind == "Rule" else ""
    for pattern, stage, types in _ACTIONS:
        if kind in types and pattern.search(action):
            if stage == _INTERIM:
                return _in_force_or_final(document, "in-force")
            return _in_force_or_final(document, "final") if stage == _FINAL else stage
    return ""


def _in_force_or_final(document: Document, undated: str) -> str:
    effective, published = day(document, "effective_on"), day(document, "publication_date")
    if effective is None or published is None:
        return undated
    return "in-force" if effective <= published else "final"


# -- dates ------------------------------------------------------------------------------------------------

#: Structured date fields: the kind of date, and the words by which a sentence states that kind.
_DATE_FIELDS = (
    ("effective_on", "effective", re.compile(r"\beffect|\bapplicab", re.IGNORECASE)),
    ("comments_close_on", "comment_deadline",
     re.compile(r"\bcomment|\bsubmi|\breceiv|\bpostmark", re.IGNORECASE)),
    ("signing_date", "signed", re.compile(r"\bsign", re.IGNORECASE)),
)  # fmt: skip

#: A full stop that ends an abbreviation, not a sentence ("12:01 a.m. Eastern", "Docket No. 5").
_ABBREVIATION = re.compile(r"(?:\b(?:[ap]\.m|Nos?|U\.S|e\.g|i\.e|vs?|Mr|Ms|Dr|St|[A-Z])\.)$")


def key_dates(document: Document) -> list[KeyDate]:
    """The dates of the record's structured fields, each with the sentence of ``dates`` that states it.

    Where the prose does not state the day, the field itself is the quote (``effective_on: 2026-03-01``).
    Raises ``ValueError`` for a field that is no date.
    """
    found = []
    for name, kind, words in _DATE_FIELDS:
        on = day(document, name)
        if on is not None:
            quote = _sentence(_text(document, "dates"), on, words) or f"{name}: {on.isoformat()}"
            found.append(KeyDate(kind, on.isoformat(), quote, f"us-fr:{name}"))
    return found


def _sentence(prose: str, on: date, words: re.Pattern[str]) -> str:
    """The sentence that states a day: one with the words of its kind, else one with no kind's words."""
    spelt = re.compile(rf"\b{on:%B}\s+{on.day}(?:st|nd|rd|th)?,?\s+{on.year}\b", re.IGNORECASE)
    stating = [s for s in sentences(prose) if spelt.search(s)]
    plain = (s for s in stating if not any(other.search(s) for _, _, other in _DATE_FIELDS))
    return next((s for s in stating if words.search(s)), next(plain, ""))


def sentences(prose: str) -> list[str]:
    """Prose as sentences, white space folded."""
    found: list[str] = []
    for part in re.split(r"(?<=[.!?])\s+(?=[A-Z(\d])", " ".join(prose.split())):
        if found and _ABBREVIATION.search(found[-1]):
            found[-1] += f" {part}"
        elif part:
            found.append(part)
    return found


def day(document: Document, name: str) -> date | None:
    """A date field. Raises ``ValueError`` when it is neither empty nor an ISO date."""
    text = _text(document, name)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise ValueError(f"{name} {text!r} is not a date") from error


# -- numbers ----------------------------------------------------------------------------------------------

_DOCUMENT_NUMBER = re.compile(r"documents/([A-Za-z0-9]+(?:-[A-Za-z0-9]+)+)|^([A-Za-z0-9]+(?:-[A-Za-z0-9]+)+)$")


def identifiers(document: Document) -> list[Identifier]:
    """The record's own numbers (role ``is``) and those that it shares or mentions (role ``cites``).

    A RIN belongs to a rulemaking and a docket to a proceeding: several documents carry them.
    """
    own = [
        ("fr_document", _text(document, "document_number")),
        ("fr_citation", _text(document, "citation")),
        ("proclamation", _text(document, "proclamation_number")),
        ("executive_order", _text(document, "executive_order_number")),
    ]
    cited = [("rin", value) for value in _texts(document, "regulation_id_numbers")]
    cited += [("docket", docket) for docket in dockets(document)]
    cited += [("cfr", value) for value in _cfr(document)]
    cited += [("fr_document", number) for number in document_numbers(document.get("correction_of"))]
    seen: set[tuple[str, str]] = set()
    found = []
    for role, pairs in (("is", own), ("cites", cited)):
        for scheme, value in pairs:
            if value and (scheme, value) not in seen:
                seen.add((scheme, value))
                found.append(Identifier(scheme, value, "is" if role == "is" else "cites"))
    return found


def dockets(document: Document) -> list[str]:
    """Docket numbers without the words before them: ``DHS Docket No. USCIS-2025-0040`` is ``USCIS-2025-0040``."""
    listed = _texts(document, "docket_ids") or _texts(document, "docket_numbers")
    return [re.sub(r"^.*?\bDocket\s+(?:Nos?\.?|Numbers?|IDs?(?:\s+Nos?\.?)?)\s*:?\s*", "", v) for v in listed]


def _cfr(document: Document) -> Iterator[str]:
    for reference in document.get("cfr_references") or ():
        if isinstance(reference, Mapping) and reference.get("title"):
            yield " ".join(str(p) for p in (reference["title"], "CFR", reference.get("part")) if p)


def document_numbers(links: Any) -> list[str]:
    """Document numbers in a field that links to other documents: an API address or a list of them."""
    listed = links if isinstance(links, list) else [links]
    matches = (_DOCUMENT_NUMBER.search(link) for link in listed if isinstance(link, str))
    return [match[1] or match[2] for match in matches if match]


def agency_slugs(document: Document) -> list[str]:
    """The agencies' slugs in the record's order; an agency unknown to the Register has only a name."""
    listed: Sequence[Any] = document.get("agencies") or ()
    named = (a.get("slug") or a.get("name") or a.get("raw_name") for a in listed if isinstance(a, Mapping))
    return [name for name in named if name]


def _text(document: Document, name: str) -> str:
    value = document.get(name)
    return " ".join(str(value).split()) if value is not None else ""


def _texts(document: Document, name: str) -> list[str]:
    return [" ".join(v.split()) for v in document.get(name) or () if isinstance(v, str) and v.strip()]
