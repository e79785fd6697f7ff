"""Third stage: which programmes an announcement is about and whose policy it is, with the words that say so.

One pass of the matcher finds programmes, countries and the context that ambiguous names need; the rest
looks only at what was found, so the time does not depend on the size of the vocabulary.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from archive.models import Announcement, Tag, iso
from pipelines.evidence import Mention, Reading, index_of
from pipelines.matcher import variants
from pipelines.provenance import OFFICIAL
from pipelines.vocabulary import Measure, Vocabulary

#: Confidence by rule, and what a single mention deep in a long body is worth instead.
_SURE = {"alias": 1.0, "ambiguous-alias": 0.8}
_PASSING = {"alias": 0.4, "ambiguous-alias": 0.3}
_AUTHORITY, _NAMED, _SETTING = 0.9, 0.6, 0.5
#: Confidence of a programme that another one implies, and of one that a measure is known to touch.
_IMPLIED = 0.7
#: What the rules of tags that follow from a measure begin with; the measure's id follows.
MEASURE = "measure:"
#: What stands between a country and the one whose people it treats ("visas for Brazil, Peru and others").
_FOR = re.compile(r"\b(?:for|from|pour|für|para|per|voor|för|dla)(?: the)? $")
_LIST = re.compile(r"(?:, | and | & |, and |/)$")


def home_of(source_country: str, source_kind: str) -> str:
    """The country (lower case) that an official source speaks for; '' for all others."""
    return source_country.lower() if source_kind in OFFICIAL else ""


def tag(
    item: Announcement,
    source_country: str,
    source_kind: str,
    vocabulary: Vocabulary,
    reading: Reading | None = None,
) -> list[Tag]:
    """The country and programme tags of an announcement, countries first, each in order of code.

    ``source_country`` is the ISO 3166 code of the source's country in either case (``EU`` for union law),
    ``source_kind`` a kind of the register. An official source speaks for its own country and for no other;
    for press, countries are those of the programmes, of the authorities in title and lead, and of the
    countries that are named there when nothing better tells. ``words`` is always text of the
    announcement, save for rule ``source-country``, where it may be the publisher or the source's id.
    ``reading`` is what :meth:`pipelines.evidence.Index.read` says of it, if somebody has read it already.
    """
    home = home_of(source_country, source_kind)
    reading = reading or index_of(vocabulary).read(item, home)
    programmes = _programmes(reading, vocabulary)
    touched = _touched(programmes, reading, home, item, vocabulary)
    if home in vocabulary.countries:
        countries = [_source_country(reading, home, item, programmes, vocabulary)]
    else:
        countries = _press_countries(reading, programmes, item.title, vocabulary)
    for found in countries:
        found.label = vocabulary.countries[found.code].label
    programmes = sorted([*programmes, *touched], key=lambda t: t.code)
    return sorted(countries, key=lambda t: t.code) + programmes


def _touched(
    programmes: Iterable[Tag], reading: Reading, home: str, item: Announcement, vocabulary: Vocabulary
) -> list[Tag]:
    """The programmes that a measure of the vocabulary touches, with its words."""
    if not reading.terms:
        return []
    codes = {tag.code for tag in programmes if tag.confidence >= _SETTING}
    own = {vocabulary.programmes[code].country for code in codes if vocabulary.programmes[code].scope != "out"}
    spoken = {home, reading.setting, *(m.code for m in reading.places if m.leading)}
    found: dict[str, Tag] = {}
    by_term = _measures(vocabulary)
    told = {measure.id: measure for term in reading.terms for measure in by_term.get(term, ())}
    waiting = [measure for _, measure in sorted(told.items()) if _holds(measure, reading.terms, item)]
    before = -1
    # What one measure adds may be what another is given.
    while before < len(found):
        before = len(found)
        for measure in waiting:
            broad = measure.country in spoken and measure.country not in own
            if broad if not measure.given else not codes.isdisjoint(measure.given):
                words = next(reading.terms[term] for term in measure.words if term in reading.terms)
                for code in measure.touches:
                    if code not in codes:
                        codes.add(code)
                        name = vocabulary.programmes[code].name
                        found[code] = Tag("programme", code, words, f"{MEASURE}{measure.id}", _IMPLIED, name)
    return list(found.values())


@lru_cache(maxsize=8)
def _measures(vocabulary: Vocabulary) -> dict[str, list[Measure]]:
    """The measures by the words that tell of them, so that only those in the text are looked at."""
    found: dict[str, list[Measure]] = defaultdict(list)
    for measure in vocabulary.measures.values():
        for term in measure.words:
            found[term].append(measure)
    return dict(found)


def _holds(measure: Measure, terms: Mapping[str, str], item: Announcement) -> bool:
    """Whether the further terms of a measure hold, and its time."""
    if measure.also and not any(term in terms for term in measure.also):
        return False
    if any(term in terms for term in measure.not_when):
        return False
    if not measure.since and not measure.until:
        return True
    day = iso(item.published, item.published_precision)[:10]
    return (
        bool(day)
        and day >= measure.since[: len(day)]
        and (not measure.until or day[: len(measure.until)] <= measure.until)
    )


def _programmes(reading: Reading, vocabulary: Vocabulary) -> list[Tag]:
    mentions: dict[str, list[Mention]] = defaultdict(list)
    country = {mention.code: vocabulary.programmes[mention.code].country for mention in reading.programmes}
    heads = {m.code for m in reading.places if m.in_title and not m.aside}
    own = [m for m in reading.programmes if not m.aside]
    front = {country[m.code] for m in own if m.in_title or (m.leading and country[m.code] in heads)}
    for mention in reading.programmes:
        if not (mention.aside and front and country[mention.code] not in front):
            mentions[mention.code].append(mention)
    tags = []
    for code, found in sorted(mentions.items()):
        best = min(found, key=lambda m: (not m.prominent, m.rule != "alias", m.start))
        places = {mention.start for mention in found}
        worth = _SURE if best.prominent or len(places) > 1 else _PASSING
        rule = min((m.rule for m in found), key=lambda r: -worth[r])
        tags.append(Tag("programme", code, best.words, best.rule, worth[rule], vocabulary.programmes[code].name))
    return _with_implied(tags, vocabulary)


def _with_implied(tags: list[Tag], vocabulary: Vocabulary) -> list[Tag]:
    """Add the programmes that every announcement about another one is about too (``implies``)."""
    found = {tag.code: tag for tag in tags}
    waiting = list(tags)
    while waiting:
        tag = waiting.pop()
        for code in vocabulary.programmes[tag.code].implies:
            if code not in found:
                sure = min(tag.confidence, _IMPLIED)
                found[code] = Tag(
                    "programme", code, tag.words, f"implied:{tag.code}", sure, vocabulary.programmes[code].name
                )
                waiting.append(found[code])
    return [found[code] for code in sorted(found)]


def _source_country(
    reading: Reading, home: str, item: Announcement, programmes: Iterable[Tag], vocabulary: Vocabulary
) -> Tag:
    """The source's own country, or its union when a member state's source tells of union law only."""
    named = next((m.words for m in reading.places if m.code == home and m.leading), "")
    union = vocabulary.countries[home].union
    if union and not named and not any(vocabulary.programmes[tag.code].country == home for tag in programmes):
        law = next((m.words for m in reading.places if m.code == union and m.in_title), "")
        if law:
            return Tag("country", union, law, "union-law", _AUTHORITY)
    named = named or next((m.words for m in reading.places if m.code == home), "")
    return Tag("country", home, named or item.publisher or item.source_id, "source-country")


def _press_countries(reading: Reading, programmes: Iterable[Tag], title: str, vocabulary: Vocabulary) -> list[Tag]:
    tags: dict[str, Tag] = {}
    for programme in sorted(programmes, key=lambda t: -t.confidence):
        code = vocabulary.programmes[programme.code].country
        tags.setdefault(code, Tag("country", code, programme.words, "programme-country", programme.confidence))
    authorities = _authorities(reading)
    for mention in authorities:
        if mention.leading:
            _keep_surer(tags, Tag("country", mention.code, mention.words, "authority", _AUTHORITY))
    told = any(found.confidence >= _NAMED for found in tags.values())
    names = [m for m in reading.places if m.rule != "authority" or m in authorities]
    heads = (m for m in names if m.subject and not m.aside and m.rule == "name")
    for mention in heads if told else _named(names, title):
        _keep_surer(tags, Tag("country", mention.code, mention.words, "country-name", _NAMED))
    if not tags and reading.setting:
        tags[reading.setting] = Tag("country", reading.setting, reading.setting_words, "setting", _SETTING)
    _keep_surer_all(tags, _carrying_out(reading, tags, vocabulary))
    # A state that carries union law out makes its own rules: the policy is the state's.
    for union in {vocabulary.countries[code].union for code in tags} & set(tags):
        del tags[union]
    return list(tags.values())


def _keep_surer_all(tags: dict[str, Tag], found: Iterable[Tag]) -> None:
    for each in found:
        _keep_surer(tags, each)


def _carrying_out(reading: Reading, tags: Mapping[str, Tag], vocabulary: Vocabulary) -> Iterator[Tag]:
    """The one member state that is named where the union's programme is spoken of ("the Blue Card in Luxembourg")."""
    if any(vocabulary.countries[code].union for code in tags):
        return
    members = {m.code: m for m in reading.places if m.leading and vocabulary.countries[m.code].union in tags}
    if len(members) == 1 and not any(m.code in tags and m.rule == "authority" for m in reading.places):
        (mention,) = members.values()
        yield Tag("country", mention.code, mention.words, "country-name", _NAMED)


def _authorities(reading: Reading) -> list[Mention]:
    """Authorities, each of the country that is meant: several have a Department of Home Affairs."""
    named = {m.code for m in reading.places if m.rule != "authority"} | {reading.setting}
    sharing: dict[int, list[Mention]] = defaultdict(list)
    for mention in reading.places:
        if mention.rule == "authority":
            sharing[mention.start].append(mention)
    return [
        mention
        for bearers in sharing.values()
        for mention in ([m for m in bearers if m.code in named] if len(bearers) > 1 else bearers)
    ]


def _keep_surer(tags: dict[str, Tag], found: Tag) -> None:
    if found.code not in tags or tags[found.code].confidence < found.confidence:
        tags[found.code] = found


def _named(places: Iterable[Mention], title: str) -> list[Mention]:
    """Countries named where nothing better tells: in the title, else in the lead."""
    leading = [m for m in places if m.leading]
    # A common noun of a country's law (titre de séjour) says less than a name.
    leading = [m for m in leading if not m.words[:1].islower()] or leading
    named = [m for m in leading if m.in_title]
    # "As others close the door, ..." and "... as others close the door" are no subjects.
    named = [m for m in named if not m.aside] or named
    return _makers(named, title) or named or leading


def _makers(named: Iterable[Mention], title: str) -> list[Mention]:
    """Without the countries whose people a measure is for, and those that a list adds to them."""
    kept: list[Mention] = []
    end, target = 0, False
    for mention in named:
        target = bool(_FOR.search(title, end, mention.start)) or (
            target and bool(_LIST.match(title, end, mention.start))
        )
        end = mention.start + len(mention.words)
        if not target:
            kept.append(mention)
    return kept


@lru_cache(maxsize=1024)
def _spellings(code: str, vocabulary: Vocabulary) -> tuple[str, ...]:
    programme = vocabulary.programmes[code]
    names = dict.fromkeys((programme.name, *programme.aliases))
    squashed = (v.upper() for name in programme.aliases for v in variants(name)[1:] if " " not in v)
    return tuple(dict.fromkeys((*names, *squashed)))


def search_alias(tags: Iterable[Tag], vocabulary: Vocabulary) -> str:
    """Text for the alias column of full-text search: every name of the tagged programmes.

    Spellings without a separator are added (H1B for H-1B), so that ``h1b``, ``H-1B`` and ``specialty
    occupation`` find the same rows. Codes that left the vocabulary are skipped. One name a line.
    """
    names: dict[str, None] = {}
    for found in tags:
        if found.facet == "programme" and found.code in vocabulary.programmes:
            names |= dict.fromkeys(_spellings(found.code, vocabulary))
    return "\n".join(names)
