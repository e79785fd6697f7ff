"""The vocabulary: complete, checked on load, and proved by its own examples."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from archive.models import Announcement, Tag
from pipelines.tag import tag
from pipelines.vocabulary import HERE, VocabularyError, load, vocabulary

PROGRAMMES = vocabulary().programmes
EXAMPLES = [(p.id, sentence) for p in PROGRAMMES.values() for sentence in p.examples]
COUNTER_EXAMPLES = [(p.id, sentence) for p in PROGRAMMES.values() for sentence in p.counter_examples]

MEASURES = vocabulary().measures
MEASURE_EXAMPLES = [(m.id, sentence) for m in MEASURES.values() for sentence in m.examples]
MEASURE_COUNTER_EXAMPLES = [(m.id, sentence) for m in MEASURES.values() for sentence in m.counter_examples]

COUNTRIES = '[ca]\nlabel = "Canada"\nnames = ["Canada"]\n'
PROGRAMME = """
[ca-test]
name = "A test"
kind = "talent"
scope = "in"
status = "active"
agency = "IRCC"
one_line = "A programme of a test"
aliases = ["Test Permit"]
"""


def programmes_of(sentence: str) -> set[str]:
    item = Announcement(source_id="test", url="https://example.org/", title=sentence)
    return {found.code for found in tag(item, "", "news", vocabulary()) if found.facet == "programme"}


def measured(code: str, sentence: str) -> list[Tag]:
    """What a measure adds to a sentence that is published on the first day of the measure."""
    since = (MEASURES[code].since or "2026-01-01") + "-01-01"
    published = date(int(since[:4]), int(since[5:7]), int(since[8:10]))
    item = Announcement(source_id="test", url="https://example.org/", title=sentence, published=published)
    item.published_precision = "day"
    return [found for found in tag(item, "", "news", vocabulary()) if found.rule == f"measure:{code}"]


def write(folder: Path, programme: str = PROGRAMME, countries: str = COUNTRIES) -> Path:
    (folder / "countries.toml").write_text(countries, encoding="utf-8")
    (folder / "ca.toml").write_text(programme, encoding="utf-8")
    return folder


def test_all_programmes_are_there_with_their_scopes() -> None:
    assert len(PROGRAMMES) == 190
    assert Counter(p.scope for p in PROGRAMMES.values()) == {"in": 173, "edge": 11, "out": 6}
    assert Counter(p.country for p in PROGRAMMES.values()).most_common(3) == [("us", 39), ("ca", 29), ("gb", 16)]


def test_every_programme_lives_in_the_file_of_its_country() -> None:
    files = {path.stem for path in HERE.glob("*.toml")} - {"countries", "measures", "context"}
    assert files == {p.country for p in PROGRAMMES.values()} <= set(vocabulary().countries)


def test_at_least_forty_programmes_have_examples_both_ways() -> None:
    assert sum(bool(p.examples and p.counter_examples) for p in PROGRAMMES.values()) >= 40


def test_parameters_keep_their_value_date_and_source() -> None:
    cap = next(p for p in PROGRAMMES["us-h-1b"].parameters if p.key == "annual_cap")
    assert (cap.value, cap.as_of) == ("65,000 + 20,000 US master's", "2026-02")
    assert cap.source
    assert sum(len(p.parameters) for p in PROGRAMMES.values()) == 92


@pytest.mark.parametrize(("programme", "sentence"), EXAMPLES)
def test_an_example_is_tagged_with_its_programme(programme: str, sentence: str) -> None:
    assert programme in programmes_of(sentence)


@pytest.mark.parametrize(("programme", "sentence"), COUNTER_EXAMPLES)
def test_a_counter_example_is_not(programme: str, sentence: str) -> None:
    assert programme not in programmes_of(sentence)


@pytest.mark.parametrize(("measure", "sentence"), MEASURE_EXAMPLES)
def test_an_example_of_a_measure_is_tagged_by_it_with_words_of_its_own(measure: str, sentence: str) -> None:
    found = measured(measure, sentence)
    assert found
    assert {tag.code for tag in found} <= set(MEASURES[measure].touches)
    assert all(tag.words and tag.words in sentence for tag in found)


@pytest.mark.parametrize(("measure", "sentence"), MEASURE_COUNTER_EXAMPLES)
def test_a_counter_example_of_a_measure_is_not(measure: str, sentence: str) -> None:
    assert not measured(measure, sentence)


def test_a_measure_counts_in_its_time_alone() -> None:
    item = Announcement(
        source_id="test", url="https://example.org/", title="The Home Office lays a further Statement of Changes."
    )
    item.published_precision = "day"
    for day, counts in ((date(2025, 10, 13), False), (date(2025, 10, 14), True), (date(2026, 1, 1), False)):
        item.published = day
        rules = {found.rule for found in tag(item, "", "news", vocabulary())}
        assert ("measure:gb-rules-october-2025" in rules) is counts
    item.published = None
    assert not any(found.rule.startswith("measure:") for found in tag(item, "", "news", vocabulary()))


def test_a_broad_measure_adds_nothing_to_an_announcement_that_names_its_programme() -> None:
    item = Announcement(
        source_id="test",
        url="https://example.org/",
        title="Immigration Health Surcharge: what the Statement of Changes says",
        published=date(2025, 10, 20),
    )
    item.published_precision = "day"
    assert [t.code for t in tag(item, "", "news", vocabulary()) if t.facet == "programme"] == ["gb-ihs"]


@pytest.mark.parametrize("code", sorted(PROGRAMMES))
def test_every_programme_is_found_by_one_of_its_aliases_in_its_own_country(code: str) -> None:
    programme = PROGRAMMES[code]
    country = vocabulary().countries[programme.country]
    terms = [term.rstrip("*") for entry in programme.ambiguous_aliases for term in entry.needs_any if term[0] != "@"]
    for alias in (*programme.aliases, *(entry.alias for entry in programme.ambiguous_aliases)):
        if code in programmes_of(f"{country.names[0]}: {alias}; {'; '.join(terms[:3])}"):
            return
    pytest.fail(f"no alias of {code} is ever found")


def test_a_small_vocabulary_loads(tmp_path: Path) -> None:
    loaded = load(write(tmp_path)).programmes["ca-test"]
    assert (loaded.country, loaded.aliases, loaded.parameters) == ("ca", ("Test Permit",), ())


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('kind = "talent"', 'kind = "talnet"', ["[ca-test]", "kind = 'talnet'", "temporary-work, talent"]),
        ('scope = "in"', 'scope = "yes"', ["[ca-test]", "scope", "in, edge, out"]),
        ('status = "active"', 'status = "on"', ["[ca-test]", "status", "active, announced"]),
        ('agency = "IRCC"', 'agencie = "IRCC"', ["[ca-test]", "unknown field 'agencie'", "agency"]),
        ('agency = "IRCC"\n', "", ["[ca-test]", "lacks the field 'agency'"]),
        ('agency = "IRCC"', "agency = 3", ["[ca-test]", "agency = 3", "a text that is not empty"]),
        ("[ca-test]", "[us-test]", ["[us-test]", "begin with 'ca'"]),
        ('["Test Permit"]', '"Test Permit"', ["[ca-test]", "aliases", "a list"]),
        ('["Test Permit"]', '["Test Permit", "--"]', ["[ca-test]", "'--'", "a letter or digit"]),
        ('["Test Permit"]', '["Test Permit", "Test Permit"]', ["[ca-test]", "'Test Permit' twice"]),
        ('["Test Permit"]', '["TP"]\ncase_sensitive = ["TPS"]', ["[ca-test]", "'TPS'", "an alias of this entry"]),
        ('["Test Permit"]', '["TP"]\nambiguous_aliases = ["TP"]', ["[ca-test] ambiguous_aliases", "inline tables"]),
        (
            '["Test Permit"]',
            '["TP"]\nambiguous_aliases = [{ alias = "TP", needs_any = ["@contry"] }]',
            ["[ca-test] ambiguous_aliases", "'@contry'", "@country"],
        ),
        (
            '["Test Permit"]',
            '["TP"]\nparameters = [{ key = "cap", value = true, as_of = "2026", source = "x" }]',
            ["[ca-test] parameters", "value = True", "a whole number"],
        ),
        ("\n[ca-test]", 'name = "x"\n[ca-test]', ["'name' stands outside a table"]),
        ("[ca-test]", "[ca-test", ["not valid TOML"]),
    ],
)  # fmt: skip
def test_a_mistake_is_answered_with_file_entry_and_what_is_allowed(
    tmp_path: Path, old: str, new: str, told: list[str]
) -> None:
    assert old in PROGRAMME
    with pytest.raises(VocabularyError) as error:
        load(write(tmp_path, PROGRAMME.replace(old, new)))
    assert "ca.toml" in str(error.value)
    for words in told:
        assert words in str(error.value)


def test_a_file_of_an_unknown_country_is_refused(tmp_path: Path) -> None:
    with pytest.raises(VocabularyError, match=r"ca\.toml.*'ca' is no country.*allowed: nz"):
        load(write(tmp_path, countries='[nz]\nlabel = "New Zealand"\nnames = ["New Zealand"]\n'))


def test_a_folder_without_countries_is_refused(tmp_path: Path) -> None:
    with pytest.raises(VocabularyError, match=r"countries\.toml: no such file"):
        load(tmp_path)


def test_a_country_needs_a_two_letter_code_and_a_known_union(tmp_path: Path) -> None:
    with pytest.raises(VocabularyError, match=r"\[CAN\] is not a country code"):
        load(write(tmp_path, countries=COUNTRIES.replace("[ca]", "[CAN]")))
    with pytest.raises(VocabularyError, match=r"\[ca\] union 'nafta'"):
        load(write(tmp_path, countries=COUNTRIES + 'union = "nafta"\n'))


MEASURE = """
[ca-plan]
name = "A plan"
given = []
touches = ["ca-test"]
words = ["the plan"]
"""


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('touches = ["ca-test"]', 'touches = ["ca-tset"]', ["[ca-plan]", "'ca-tset'", "ids of programmes"]),
        ('touches = ["ca-test"]', "touches = []", ["[ca-plan]", "touches, words"]),
        ('words = ["the plan"]\n', "", ["[ca-plan]", "lacks the field 'words'"]),
        ("[ca-plan]", "[plan]", ["[plan]", "begins with a country"]),
    ],
)
def test_a_mistake_in_a_measure_is_answered(tmp_path: Path, old: str, new: str, told: list[str]) -> None:
    write(tmp_path)
    (tmp_path / "measures.toml").write_text(MEASURE, encoding="utf-8")
    assert load(tmp_path).measures["ca-plan"].country == "ca"
    (tmp_path / "measures.toml").write_text(MEASURE.replace(old, new), encoding="utf-8")
    with pytest.raises(VocabularyError, match=r"measures\.toml") as error:
        load(tmp_path)
    for words in told:
        assert words in str(error.value)
