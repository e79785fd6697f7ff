"""The controlled vocabulary: programmes and countries, as data, with the names they go by.

``<country>.toml`` beside this module holds that country's programmes (``eu.toml`` those of union law), one
table each, whose key is the permanent tag code. ``countries.toml`` holds the names of countries and of
the authorities that speak for them, ``measures.toml`` what well-known measures touch, ``context.toml`` the words
that show that immigration is spoken of. Everything is checked on load.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

HERE = Path(__file__).parent
COUNTRIES = "countries.toml"
MEASURES = "measures.toml"
CONTEXT = "context.toml"

#: What a programme is (facts: the register of programmes).
KINDS = (
    "temporary-work", "talent", "permanent", "startup", "student-work", "digital-nomad", "family",
    "sponsor-licence", "compliance", "processing", "operational", "occupation-list", "quota", "fees", "tax",
    "travel-restriction", "negative",
)  # fmt: skip
#: in: tracked; edge: tagged with little weight; out: a neighbour that uses the same words.
SCOPES = ("in", "edge", "out")
STATUSES = ("active", "announced", "proposed", "pilot", "paused", "closed")

#: Context terms with a meaning: the programme's own country (or its official source); another country
#: named nearby while the programme's own is not; a word of ``context.toml``, or a source about immigration; another
#: programme of the same country that title or lead call by a name without this mark.
OWN_COUNTRY, ELSEWHERE, IMMIGRATION, ANOTHER = "@country", "@elsewhere", "@immigration", "@another"
_SPECIAL_TERMS = (OWN_COUNTRY, ELSEWHERE, ANOTHER)
#: Lists of names alone, and what each of them needs and is silenced by (:class:`Programme`).
_SHORT: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "likely": ((), (ELSEWHERE,)),
    "local": ((OWN_COUNTRY,), (ELSEWHERE,)),
    "general": ((OWN_COUNTRY,), (ELSEWHERE, ANOTHER)),
}


class VocabularyError(ValueError):
    """A vocabulary file that cannot be used; the message names file, entry, field and what is allowed."""


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """An alias with other meanings: counts only in the right company.

    One of ``needs_any`` must stand within 200 characters or in the same title (an empty list needs
    nothing) and none of ``not_when``. A term that ends in ``*`` accepts any ending (``immigra*``);
    ``@country``, ``@elsewhere`` and ``@immigration`` are explained at :data:`OWN_COUNTRY`.
    """

    alias: str
    needs_any: tuple[str, ...]
    not_when: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number or state of a programme: what it is, since when (ISO, any precision), who says so.

    A ``source`` of ``unverified`` is general knowledge: check before relying on it.
    """

    key: str
    value: str | int
    as_of: str
    source: str


@dataclass(frozen=True, slots=True)
class Programme:
    """A visa, permit, list, fee or rule that announcements are about. ``id`` is its permanent tag code.

    An alias that ``ambiguous_aliases`` lists too is ambiguous. Aliases in ``case_sensitive`` must keep
    their capitals; acronyms and codes always must (:func:`pipelines.matcher.needs_case`). ``likely`` names are the
    country's unless another is spoken of, ``local`` ones count where it is spoken of itself; so do ``general`` ones,
    which are common to much that a country has (work permit), unless another of its programmes is called by its own
    name. All three are in ``ambiguous_aliases`` too. ``examples``
    are sentences that must be tagged with the programme, ``counter_examples`` sentences that must not.
    ``implies`` names programmes that an announcement about this one is about too, by definition: the pool that
    a category draws from, the permit that a list is for.
    """

    id: str
    country: str
    name: str
    kind: str
    scope: str
    status: str
    agency: str
    one_line: str
    aliases: tuple[str, ...]
    ambiguous_aliases: tuple[Ambiguous, ...] = ()
    case_sensitive: tuple[str, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    examples: tuple[str, ...] = ()
    counter_examples: tuple[str, ...] = ()
    implies: tuple[str, ...] = ()
    likely: tuple[str, ...] = ()
    local: tuple[str, ...] = ()
    general: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Country:
    """A maker of policy. ``code`` is the ISO 3166 code in lower case, ``eu`` for the European Union.

    ``authorities`` speak for it (ministries, agencies, courts, metonyms such as Ottawa), ``names`` call it
    by name, ``adjectives`` are demonyms, ``not_names`` are longer phrases that hold a name and mean
    something else (American Express). ``union`` is the code of the union that it is a member of.
    """

    code: str
    label: str
    names: tuple[str, ...]
    adjectives: tuple[str, ...] = ()
    authorities: tuple[str, ...] = ()
    not_names: tuple[str, ...] = ()
    union: str = ""


@dataclass(frozen=True, slots=True)
class Measure:
    """What a practitioner knows a measure to touch, though an announcement of it names only a part, or none.

    ``touches`` are the programmes to add. One of ``given`` must have been found; where ``given`` is empty, the country
    (the first two letters of the id) must be spoken of and none of its programmes named. In title or lead must stand
    one of ``words`` (the evidence) and, if there are any, one of ``also``, and none of ``not_when``: terms as in
    :class:`Ambiguous`. ``since`` and ``until`` bound the day of publication (ISO, any precision, both included).
    ``examples`` and ``counter_examples`` are run as tests, as if published at ``since``.
    """

    id: str
    name: str
    touches: tuple[str, ...]
    given: tuple[str, ...]
    words: tuple[str, ...]
    also: tuple[str, ...] = ()
    not_when: tuple[str, ...] = ()
    since: str = ""
    until: str = ""
    examples: tuple[str, ...] = ()
    counter_examples: tuple[str, ...] = ()

    @property
    def country(self) -> str:
        """Code of the country that takes it."""
        return self.id[:2]


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """All programmes and countries by code. Compared by identity, so that indexes of it can be cached."""

    programmes: Mapping[str, Programme] = field(default_factory=lambda: MappingProxyType({}))
    countries: Mapping[str, Country] = field(default_factory=lambda: MappingProxyType({}))
    measures: Mapping[str, Measure] = field(default_factory=lambda: MappingProxyType({}))
    context: tuple[str, ...] = ()


@cache
def vocabulary() -> Vocabulary:
    """The vocabulary that comes with the package, loaded once."""
    return load(HERE)


def load(folder: Path) -> Vocabulary:
    """Read and check the TOML files of a folder. Raises :class:`VocabularyError`."""
    path = folder / COUNTRIES
    countries = {code: _country(path, code, table) for code, table in _tables(path)}
    for code, country in countries.items():
        if country.union and country.union not in countries:
            raise VocabularyError(f"{path}: [{code}] union {country.union!r} is not a country of this file")
    programmes: dict[str, Programme] = {}
    for path in sorted(folder.glob("*.toml")):
        if path.name in (COUNTRIES, MEASURES, CONTEXT):
            continue
        if path.stem not in countries:
            raise VocabularyError(
                f"{path}: {path.stem!r} is no country of {COUNTRIES}; allowed: {', '.join(sorted(countries))}"
            )
        programmes |= {id_: _programme(path, id_, table) for id_, table in _tables(path)}
    for id_, programme in programmes.items():
        for code in programme.implies:
            if code not in programmes:
                raise VocabularyError(f"{folder}: [{id_}] implies {code!r}; allowed: ids of programmes")
    path = folder / MEASURES
    measures = {id_: _measure(path, id_, table, programmes) for id_, table in _tables(path)} if path.exists() else {}
    path = folder / CONTEXT
    context = [w for _, table in _tables(path) for w in _strings(str(path), table, "words")] if path.exists() else []
    return Vocabulary(
        MappingProxyType(programmes), MappingProxyType(countries), MappingProxyType(measures), tuple(context)
    )


def _tables(path: Path) -> Iterable[tuple[str, dict[str, Any]]]:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise VocabularyError(f"{path}: no such file; a vocabulary folder must hold it") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise VocabularyError(f"{path}: not valid TOML in UTF-8: {error}") from error
    for key, table in content.items():
        if not isinstance(table, dict):
            raise VocabularyError(f"{path}: {key!r} stands outside a table; begin each entry with [its-id]")
    return content.items()


def _country(path: Path, code: str, table: dict[str, Any]) -> Country:
    where = f"{path}: [{code}]"
    _check_fields(where, table, Country, derived="code")
    if not (len(code) == 2 and code.isalpha() and code.islower()):
        raise VocabularyError(f"{where} is not a country code; allowed: two lower-case letters, such as [ca]")
    lists = {name: _strings(where, table, name) for name in ("names", "adjectives", "authorities", "not_names")}
    return Country(
        code=code,
        label=_string(where, table, "label"),
        union=_string(where, table, "union") if "union" in table else "",
        **lists,
    )


def _programme(path: Path, id_: str, table: dict[str, Any]) -> Programme:
    where = f"{path}: [{id_}]"
    _check_fields(where, table, Programme, derived="id", also_derived="country")
    if not id_.startswith(f"{path.stem}-"):
        raise VocabularyError(f"{where} does not belong here; ids in this file begin with {path.stem!r} and a hyphen")
    texts = {name: _string(where, table, name) for name in ("name", "kind", "scope", "status", "agency", "one_line")}
    for name, allowed in (("kind", KINDS), ("scope", SCOPES), ("status", STATUSES)):
        if texts[name] not in allowed:
            raise VocabularyError(f"{where} {name} = {texts[name]!r}; allowed: {', '.join(allowed)}")
    lists = {
        name: _strings(where, table, name)
        for name in ("aliases", "case_sensitive", "examples", "counter_examples", "implies", *_SHORT)
    }
    ambiguous = (
        *(_ambiguous(where, entry) for entry in _list(where, table, "ambiguous_aliases")),
        *(Ambiguous(alias, needs, not_when) for name, (needs, not_when) in _SHORT.items() for alias in lists[name]),
    )
    known = {*lists["aliases"], *(entry.alias for entry in ambiguous)}
    for alias in lists["case_sensitive"]:
        if alias not in known:
            raise VocabularyError(f"{where} case_sensitive names {alias!r}; allowed: an alias of this entry")
    return Programme(
        id=id_,
        country=path.stem,
        name=texts["name"],
        kind=texts["kind"],
        scope=texts["scope"],
        status=texts["status"],
        agency=texts["agency"],
        one_line=texts["one_line"],
        aliases=lists["aliases"],
        ambiguous_aliases=ambiguous,
        case_sensitive=lists["case_sensitive"],
        parameters=tuple(_parameter(where, entry) for entry in _list(where, table, "parameters")),
        examples=lists["examples"],
        counter_examples=lists["counter_examples"],
        implies=lists["implies"],
        likely=lists["likely"],
        local=lists["local"],
        general=lists["general"],
    )


def _measure(path: Path, id_: str, table: dict[str, Any], programmes: Mapping[str, Programme]) -> Measure:
    where = f"{path}: [{id_}]"
    _check_fields(where, table, Measure, derived="id")
    lists = {
        name: _strings(where, table, name)
        for name in ("touches", "given", "words", "also", "not_when", "examples", "counter_examples")
    }
    for code in (*lists["touches"], *lists["given"]):
        if code not in programmes:
            raise VocabularyError(f"{where} names {code!r}; allowed: ids of programmes")
    if not lists["touches"] or not lists["words"] or id_[2:3] != "-":
        raise VocabularyError(f"{where} needs touches, words and an id that begins with a country, such as [ca-budget]")
    since, until = (_string(where, table, name) if name in table else "" for name in ("since", "until"))
    return Measure(id=id_, name=_string(where, table, "name"), since=since, until=until, **lists)


def _ambiguous(where: str, entry: object) -> Ambiguous:
    where = f"{where} ambiguous_aliases"
    table = _table(where, entry)
    _check_fields(where, table, Ambiguous)
    terms = {name: _strings(where, table, name) for name in ("needs_any", "not_when")}
    for name, listed in terms.items():
        allowed = _SPECIAL_TERMS if name == "not_when" else (OWN_COUNTRY, IMMIGRATION)
        for term in listed:
            if term.startswith("@") and term not in allowed:
                raise VocabularyError(f"{where} {name} holds {term!r}; allowed with @: {', '.join(allowed)}")
    return Ambiguous(_string(where, table, "alias"), **terms)


def _parameter(where: str, entry: object) -> Parameter:
    where = f"{where} parameters"
    table = _table(where, entry)
    _check_fields(where, table, Parameter)
    value = table["value"]
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise VocabularyError(f"{where} value = {value!r}; allowed: a string or a whole number")
    key, as_of, source = (_string(where, table, name) for name in ("key", "as_of", "source"))
    return Parameter(key, value, as_of, source)


_Shape = type[Country] | type[Programme] | type[Measure] | type[Ambiguous] | type[Parameter]
_OPTIONAL: dict[_Shape, frozenset[str]] = {
    Country: frozenset({"adjectives", "authorities", "not_names", "union"}),
    Programme: frozenset(
        {"ambiguous_aliases", "case_sensitive", "parameters", "examples", "counter_examples", "implies", *_SHORT}
    ),
    Measure: frozenset({"also", "not_when", "since", "until", "examples", "counter_examples"}),
    Ambiguous: frozenset({"not_when"}),
    Parameter: frozenset(),
}


def _check_fields(
    where: str, table: dict[str, Any], shape: _Shape, *, derived: str = "", also_derived: str = ""
) -> None:
    allowed = [f.name for f in fields(shape) if f.name not in {derived, also_derived}]
    for name in table:
        if name not in allowed:
            raise VocabularyError(f"{where} has an unknown field {name!r}; allowed: {', '.join(allowed)}")
    for name in allowed:
        if name not in table and name not in _OPTIONAL[shape]:
            raise VocabularyError(f"{where} lacks the field {name!r}")


def _table(where: str, entry: object) -> dict[str, Any]:
    if not isinstance(entry, dict):
        raise VocabularyError(f"{where} holds {entry!r}; allowed: inline tables such as {{ key = ... }}")
    return cast("dict[str, Any]", entry)


def _string(where: str, table: dict[str, Any], name: str) -> str:
    value = table[name]
    if not isinstance(value, str) or not value.strip():
        raise VocabularyError(f"{where} {name} = {value!r}; allowed: a text that is not empty")
    return value


def _list(where: str, table: dict[str, Any], name: str) -> list[object]:
    value = table.get(name, [])
    if not isinstance(value, list):
        raise VocabularyError(f"{where} {name} = {value!r}; allowed: a list")
    return cast("list[object]", value)


def _strings(where: str, table: dict[str, Any], name: str) -> tuple[str, ...]:
    values = _list(where, table, name)
    for value in values:
        if not isinstance(value, str) or not any(map(str.isalnum, value)):
            raise VocabularyError(f"{where} {name} holds {value!r}; allowed: texts with a letter or digit")
    texts = tuple(cast("list[str]", values))
    if len(set(texts)) < len(texts):
        twice = next(text for text in texts if texts.count(text) > 1)
        raise VocabularyError(f"{where} {name} lists {twice!r} twice")
    return texts
