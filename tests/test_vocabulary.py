"""The vocabulary: complete, checked on load, and proved by its own examples."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from archive.models import Announcement
from pipelines.tag import tag
from pipelines.vocabulary import HERE, VocabularyError, load, vocabulary

PROGRAMMES = vocabulary().programmes
EXAMPLES = [(p.id, sentence) for p in PROGRAMMES.values() for sentence in p.examples]
COUNTER_EXAMPLES = [(p.id, sentence) for p in PROGRAMMES.values() for sentence in p.counter_examples]

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


def write(folder: Path, programme: str = PROGRAMME, countries: str = COUNTRIES) -> Path:
    (folder / "countries.toml").write_text(countries, encoding="utf-8")
    (folder / "ca.toml").write_text(programme, encoding="utf-8")
    return folder


def test_all_programmes_are_there_with_their_scopes() -> None:
    assert len(PROGRAMMES) == 190
    assert Counter(p.scope for p in PROGRAMMES.values()) == {"in": 173, "edge": 11, "out": 6}
    assert Counter(p.country for p in PROGRAMMES.values()).most_common(3) == [("us", 39), ("ca", 29), ("gb", 16)]


def test_every_programme_lives_in_the_file_of_its_country() -> None:
    files = {path.stem for path in HERE.glob("*.toml")} - {"countries"}
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
