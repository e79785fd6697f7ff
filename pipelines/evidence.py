"""What an announcement's text says of programmes and countries, before it is decided what that means."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from typing import NamedTuple
from urllib.parse import urlsplit

from archive.models import Announcement
from pipelines.evidence_names import (
    Found,
    Key,
    Name,
    Place,
    Term,
    by_country,
    is_general,
    is_name_of,
    names_of,
    peoples,
    shared_names,
)
from pipelines.matcher import Matcher, Pattern, longest
from pipelines.vocabulary import (
    ANOTHER,
    ELSEWHERE,
    IMMIGRATION,
    OWN_COUNTRY,
    Vocabulary,
)

#: How near context must stand, in characters (facts: note of the register of programmes).
NEAR = 200
#: A mention in the first characters of the body counts as much as one in the title.
EARLY = 1500
#: The lead, where countries are looked for: the first characters of the summary, or else of the body.
LEAD = 600
#: Between title, summary and body; no name holds it, so no match crosses it.
_BREAK = "\n\x00\n"
#: What stands before a new subject in a title that tells of several things.
_CLAUSES = ("; ", " | ", " / ", " • ")
#: A clause of a title that tells what else goes on, before its subject.
_ASIDE = re.compile(
    r"(?:As|While|After|Amid|With|Despite|Following|Alors que|Während|Nachdem|Mientras|Enquanto)\b[^,]{8,90},"
)
#: The same after it: China's new visa "as Trump cracks down on H-1B".
_TAIL = re.compile(
    r".{12,}[^.:;] (as|amid|while|whilst|even as|after|despite|following|alors que|tandis que|während|nachdem|"
    r"mientras|enquanto|terwijl|medan|in (?:the )?wake of|in response to) (?=.{8,}$)"
)
_ACTS = re.compile(r" [a-z]")
#: What makes a code another one: F-1-D is no F-1.
_LONGER_CODE = re.compile(r"-[A-Z0-9]{1,2}\b")
#: Endings of addresses that belong to a country on paper only.
_GENERIC = frozenset({"ai", "co", "me", "tv", "io", "id", "in", "it", "is", "to", "eu"})


@dataclass(frozen=True, slots=True)
class Mention:
    """A programme or country as it is named in the announcement.

    ``rule``: alias, ambiguous-alias; authority, name, adjective. ``start`` counts in the joined text.
    ``subject``: the title begins with it, or names it as the owner of something (Canada's work permit).
    ``aside``: it stands in a clause of the title that only tells what else goes on ("As the US raises fees, ...").
    """

    code: str
    words: str
    rule: str
    start: int
    in_title: bool
    leading: bool
    prominent: bool
    subject: bool
    aside: bool = False


@dataclass(slots=True)
class Reading:
    """All mentions of an announcement, in order of the text; ambiguous names only where context allows."""

    programmes: list[Mention] = field(default_factory=list)
    places: list[Mention] = field(default_factory=list)
    #: The country that publisher or address name, and their words, where the text names none.
    setting: str = ""
    setting_words: str = ""
    #: Terms of measures that stand in title or lead, and the words of their first place.
    terms: dict[str, str] = field(default_factory=dict)


class _Layout(NamedTuple):
    """The joined text and where its parts end."""

    text: str
    title: int
    lead: tuple[int, int]
    early: int
    aside: int
    tail: int

    def heads(self, match: Found) -> bool:
        """Whether the title says it, after what else goes on."""
        return self.aside < match.end <= self.title

    def opens(self, match: Found) -> bool:
        """Whether it begins the title's main clause and a verb in lower case follows."""
        own = isinstance(match.key, Place) and match.key.rule == "name" and match.end <= self.title
        return own and match.start <= self.aside + 1 and bool(_ACTS.match(self.text, match.end))

    def is_leading(self, start: int, end: int) -> bool:
        return end <= self.title or self.lead[0] <= start < self.lead[1]

    def mention(self, code: str, rule: str, start: int, end: int) -> Mention:
        in_title, leading = end <= self.title, self.is_leading(start, end)
        opens = start == 0 or self.text.endswith(_CLAUSES, 0, start)
        subject = in_title and (opens or self.text.startswith(("'s", "’s"), end))
        prominent, aside = start < self.early, end <= self.aside or (in_title and start >= self.tail)
        return Mention(code, self.text[start:end], rule, start, in_title, leading, prominent, subject, aside)


def _words(slug: str) -> str:
    """The words of an address with capitals, as names of countries need them."""
    return re.sub(r"[^a-z]+", " ", slug.lower()).title()


def _lay_out(item: Announcement) -> _Layout:
    parts = [item.title, item.summary, item.body]
    body = len(item.title) + len(item.summary) + 2 * len(_BREAK)
    lead = len(item.title) + len(_BREAK) if item.summary.strip() else body
    aside = _ASIDE.match(item.title)
    until = aside.end() if aside else 0
    tail = _TAIL.match(item.title, until)
    since = tail.end() if tail else len(item.title)
    return _Layout(_BREAK.join(parts), len(item.title), (lead, lead + LEAD), body + EARLY, until, since)


class Index:
    """A vocabulary compiled for reading. Use :func:`index_of`, which keeps it."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._unions = {code: country.union for code, country in vocabulary.countries.items()}
        patterns: list[Pattern[Key]] = []
        for programme in vocabulary.programmes.values():
            patterns.extend(names_of(programme))
        terms = {
            t for p in vocabulary.programmes.values() for a in p.ambiguous_aliases for t in a.needs_any + a.not_when
        }
        self._told = {
            t for m in vocabulary.measures.values() for t in (*m.words, *m.also, *m.not_when) if not t.startswith("@")
        }
        self._context = frozenset(vocabulary.context)
        for term in sorted((terms | self._told | self._context) - {OWN_COUNTRY, ELSEWHERE, IMMIGRATION, ANOTHER}):
            patterns.append(Pattern(term.rstrip("*"), Term(term), prefix=term.endswith("*")))
        for country in vocabulary.countries.values():
            listed = {
                "authority": country.authorities,
                "name": country.names,
                "adjective": country.adjectives,
                "": country.not_names,
            }
            for rule, names in listed.items():
                patterns.extend(Pattern(name, Place(country.code, rule), cased=True) for name in names)
            patterns.extend(Pattern(name, Place(country.code, ""), cased=True) for name in peoples(country))
        self._matcher: Matcher[Key] = Matcher(patterns)
        self._publishers: dict[str, frozenset[str]] = {}
        self._implied = {
            code: frozenset(term for term in terms if is_name_of(country, term.rstrip("*")))
            for code, country in vocabulary.countries.items()
        }

    def _terms(self, text: str) -> frozenset[str]:
        return frozenset(m.key.text for m in self._matcher.find_all(text) if isinstance(m.key, Term))

    def read(self, item: Announcement, home: str = "", *, focused: bool = False) -> Reading:
        """Read an announcement. ``home`` is the country that its source speaks for, '' for press; ``focused``: the
        source's business is immigration.

        What an official source leaves unsaid, its own country and name, counts as said. So does the country
        that a publisher or address names (a Canadian podcast, ``/australia/``) when the text names none.
        """
        layout = _lay_out(item)
        names: list[Found] = []
        places: list[Found] = []
        terms: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for match in self._matcher.find_all(layout.text):
            start, end, key = match
            if isinstance(key, Term):
                terms[key.text].append((start, end))
            elif not _LONGER_CODE.match(layout.text, end) or not layout.text[end - 1].isdigit():
                (names if isinstance(key, Name) else places).append(match)
        # Peru and Perú are one name to the matcher, and found once each.
        places = longest(dict.fromkeys(places)) if len(places) > 1 else places
        others = {(m.start, m.end) for m in places if isinstance(m.key, Place) and not m.key.rule}
        if others:
            places = [m for m in places if (m.start, m.end) not in others]
        reading = Reading()
        shared = shared_names(places)
        if not home and not any(layout.is_leading(m.start, m.end) and m not in shared for m in places):
            reading.setting, reading.setting_words = self._setting(item)
        near = home or reading.setting
        spoken = self._implied.get(near, frozenset()) | self._spoken_by(item.publisher)
        if focused:
            spoken |= {IMMIGRATION}
        shown = [span for term, spans in terms.items() if term in self._context for span in spans]
        if shown:
            terms[IMMIGRATION] = sorted(shown)
        heads = frozenset(m.key.country for m in places if isinstance(m.key, Place) and layout.heads(m))
        opener = next((m.key.country for m in places if isinstance(m.key, Place) and layout.opens(m)), "")
        where = by_country(places, names, shared, near)
        surroundings = _Surroundings(layout.title, terms, where, spoken, near, self._unions, heads, opener)
        for match, key in self._decide(names, surroundings, near, layout):
            rule = "ambiguous-alias" if key.context else "alias"
            reading.programmes.append(layout.mention(key.programme, rule, match.start, match.end))
        for term, spans in terms.items():
            if term in self._told:
                first = next((span for span in spans if layout.is_leading(*span)), None)
                if first:
                    reading.terms[term] = layout.text[first[0] : first[1]]
        for match in places:
            if isinstance(match.key, Place):
                reading.places.append(layout.mention(match.key.country, match.key.rule, match.start, match.end))
        return reading

    def _spoken_by(self, publisher: str) -> frozenset[str]:
        if publisher not in self._publishers:
            self._publishers[publisher] = self._terms(publisher)
        return self._publishers[publisher]

    def _setting(self, item: Announcement) -> tuple[str, str]:
        """The country that publisher or address name, and the words; empty when they name none or several."""
        parts = urlsplit(item.url)
        for text in (item.publisher, _words(parts.path), _words((parts.hostname or "").rpartition(".")[0])):
            matches = longest(m for m in self._matcher.find_all(text) if isinstance(m.key, Place))
            found = {m.key.country: text[m.start : m.end] for m in matches if isinstance(m.key, Place) and m.key.rule}
            if len(found) == 1:
                return next(iter(found.items()))
        ending = (parts.hostname or "").rpartition(".")[2]
        code = {"uk": "gb"}.get(ending, ending)
        return (code, f".{ending}") if code in self._unions and ending not in _GENERIC else ("", "")

    def _decide(
        self, names: Iterable[Found], surroundings: _Surroundings, home: str, layout: _Layout
    ) -> list[tuple[Found, Name]]:
        """Names that hold in their context, the longest of each place.

        Where the same words name a union's programme and a member state's own version of it, the state's
        is meant, unless the union itself speaks. General names give way to another programme's own name.
        """
        held: list[Found] = []
        wide: list[Found] = []
        for match in names:
            if isinstance(match.key, Name) and surroundings.allow(match, match.key):
                (wide if is_general(match.key) else held).append(match)
        held = longest(held)
        if wide:
            held += [w for w in longest(wide) if not any(m.start < w.end and w.start < m.end for m in held)]
        by_span: dict[tuple[int, int], dict[str, tuple[Found, Name]]] = defaultdict(dict)
        for match in held:
            if isinstance(match.key, Name):
                here = by_span[match.start, match.end]
                known = here.get(match.key.programme)
                if known is None or is_general(known[1]) or match.key.context is None:
                    here[match.key.programme] = (match, match.key)
        decided: list[tuple[Found, Name]] = []
        for here in by_span.values():
            outdone = {self._unions.get(key.country, "") for _, key in here.values()} - {"", home}
            decided.extend(pair for pair in here.values() if pair[1].country not in outdone)
        if not wide:
            return decided
        own = {(k.country, k.programme) for m, k in decided if not is_general(k) and layout.is_leading(m.start, m.end)}
        return [
            (match, key)
            for match, key in decided
            if not is_general(key) or not any(c == key.country and p != key.programme for c, p in own)
        ]


@dataclass(frozen=True, slots=True)
class _Surroundings:
    """What stands around the names: context terms and countries by position, and what goes unsaid."""

    title: int
    terms: dict[str, list[tuple[int, int]]]
    countries: dict[str, list[tuple[int, int]]]
    spoken: Set[str]
    home: str
    unions: dict[str, str]
    #: The countries that the title is about, as far as it names any.
    heads: Set[str]
    #: The country that the title begins with as the one that acts ("Australia axes ...").
    opener: str

    def allow(self, match: Found, name: Name) -> bool:
        context = name.context
        if context is None:
            return True
        if context.needs_any and not any(self._has(term, match, name) for term in context.needs_any):
            return False
        if ANOTHER in context.not_when and self._acts_elsewhere(name.country):
            return False
        if ELSEWHERE not in context.not_when and self._only_elsewhere(match, name.country):
            return False
        return not any(
            self._elsewhere(match, name.country)
            if term == ELSEWHERE
            else term in self.terms and self._near(match, self.terms[term])
            for term in context.not_when
        )

    def _has(self, term: str, match: Found, name: Name) -> bool:
        if term == OWN_COUNTRY:
            spans = self.countries.get(name.country)
            return name.country == self.home or (spans is not None and self._near(match, spans))
        return term in self.spoken or (term in self.terms and self._near(match, self.terms[term], apart=True))

    def _elsewhere(self, match: Found, own: str) -> bool:
        if own != self.home and self._near(match, self.countries.get(own, ())):
            related = self.unions.get(own) in self.heads or any(self.unions.get(head) == own for head in self.heads)
            return bool(self.heads) and own not in self.heads and not related
        return self._only_elsewhere(match, own)

    def _acts_elsewhere(self, own: str) -> bool:
        """Whether the title begins with another country that acts; general words are then meant of that one."""
        unrelated = self.unions.get(own) != self.opener and self.unions.get(self.opener) != own
        return bool(self.opener) and self.opener != own != self.home and unrelated

    def _only_elsewhere(self, match: Found, own: str) -> bool:
        """Whether another country is spoken of and the programme's own is not, nor a member of its union."""
        if own == self.home or self._near(match, self.countries.get(own, ())):
            return False
        others = (c for c in self.countries if self.unions.get(own) != c and self.unions.get(c) != own)
        return any(self._near(match, self.countries[code]) for code in others)

    def _near(self, match: Found, spans: Sequence[tuple[int, int]], *, apart: bool = False) -> bool:
        """Whether a span stands within reach of the match; ``apart``: and is not part of it."""
        in_title = match.end <= self.title
        first = 0 if in_title else bisect_left(spans, match.start - NEAR, key=lambda span: span[1])
        for start, end in islice(spans, first, None):
            same_title = in_title and end <= self.title
            if start > match.end + NEAR and not same_title:
                break
            if apart and start < match.end and match.start < end:
                continue
            if same_title or end >= match.start - NEAR:
                return True
        return False


@lru_cache(maxsize=8)
def index_of(vocabulary: Vocabulary) -> Index:
    """The compiled vocabulary, built at first use (some tens of milliseconds)."""
    return Index(vocabulary)
