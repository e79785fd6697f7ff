"""The names that the reading of an announcement looks for, and what each of them stands for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Set
from typing import NamedTuple

from pipelines.matcher import Match, Pattern, variants
from pipelines.vocabulary import ANOTHER, Ambiguous, Country, Programme

#: Who is concerned, not whose policy it is ("permits for Japanese nationals"): before these a demonym is no country.
_PEOPLE = (
    "nationals", "citizens", "passport holders", "techies", "tech workers", "professionals", "engineers", "applicants",
    "immigrants", "IT firms", "IT companies", "IT sector", "IT stocks", "IT professionals", "tourists", "travellers",
    "travelers", "investors", "IT workers", "tech talent", "students", "scientists", "researchers", "nurses", "doctors",
    "families", "expats", "job seekers", "jobseekers",
)  # fmt: skip
#: The same before the name of a country.
_OF_PEOPLE = ("nationals of", "citizens of")
#: Listed among a country's names, and yet no name of it.
_METONYMS = frozenset({"Trump", "Washington"})


class Name(NamedTuple):
    programme: str
    country: str
    context: Ambiguous | None


class Place(NamedTuple):
    country: str
    rule: str


class Term(NamedTuple):
    text: str


Key = Name | Place | Term
Found = Match[Key]


def peoples(country: Country) -> Iterator[str]:
    """What a country's people are called (:data:`_PEOPLE`)."""
    for adjective in country.adjectives:
        if adjective[:1].isupper():
            yield from (f"{adjective} {people}" for people in _PEOPLE)
    yield from (f"{people} {name}" for people in _OF_PEOPLE for name in country.names)


def names_of(programme: Programme) -> Iterator[Pattern[Key]]:
    """A programme's names. A spelling that is ambiguous is so however it came about (F1 from F-1)."""
    ambiguous = {spelling for entry in programme.ambiguous_aliases for spelling in variants(entry.alias)}
    for alias in programme.aliases:
        if variants(alias)[0] not in ambiguous:
            yield Pattern(alias, Name(programme.id, programme.country, None), _cased(programme, alias))
    for entry in programme.ambiguous_aliases:
        yield Pattern(entry.alias, Name(programme.id, programme.country, entry), _cased(programme, entry.alias))


def is_name_of(country: Country, term: str) -> bool:
    """Whether a term is the full name of a country or its people; no abbreviation, metonym or common noun."""
    plain = term.replace(".", "")
    if (plain.isascii() and (plain.isupper() or plain[:1].islower())) or term in _METONYMS:
        return False
    return term in country.names or term in country.adjectives


def is_general(key: Key) -> bool:
    return isinstance(key, Name) and key.context is not None and ANOTHER in key.context.not_when


def _cased(programme: Programme, alias: str) -> bool | None:
    return True if alias in programme.case_sensitive else None


def shared_names(places: Iterable[Found]) -> frozenset[Found]:
    """Names that authorities of several countries bear (Department of Home Affairs)."""
    bearers: dict[tuple[int, int], list[Found]] = defaultdict(list)
    for match in places:
        bearers[match.start, match.end].append(match)
    return frozenset(match for found in bearers.values() if len(found) > 1 for match in found)


def by_country(
    places: Iterable[Found], names: Iterable[Found], shared: Set[Found], home: str
) -> dict[str, list[tuple[int, int]]]:
    """Where countries are spoken of: by name, or by a name of one of their programmes that means nothing else.

    A name that several countries' authorities bear speaks of those that the rest tells of, or else of all.
    """
    found: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for match in places:
        if isinstance(match.key, Place) and match not in shared:
            found[match.key.country].append((match.start, match.end))
    sure = [m for m in names if isinstance(m.key, Name) and m.key.context is None]
    for match in sure:
        if isinstance(match.key, Name):
            found[match.key.country].append((match.start, match.end))
    if shared:
        bearers = {m.key.country for m in shared if isinstance(m.key, Place)}
        meant = {code for code in bearers if code in found or code == home} or bearers
        for match in shared:
            if isinstance(match.key, Place) and match.key.country in meant:
                found[match.key.country].append((match.start, match.end))
    if sure or shared:
        for spans in found.values():
            spans.sort()
    return found
