"""The matcher: many names, one pass, spans that point into the text as it was given."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.matcher import Matcher, Pattern, fold, needs_case, variants

NAMES = (
    "H-1B", "H-1B1", "H-1B cap", "OPT", "EP", "GTS", "SUV", "LCA", "E-3", "S pass", "CoS", "Employment Pass",
    "Entrée express", "Rot-Weiß-Rot-Karte", "K字签证", "경영", "経営・管理", "subclass 482", "482", "212(f)",
    "Visa pour démarrage d'entreprise", "EB-2 NIW",
)  # fmt: skip
MATCHER = Matcher(Pattern(name, name) for name in NAMES)


def found(text: str) -> list[tuple[str, str]]:
    return [(match.key, text[match.start : match.end]) for match in MATCHER.find(text)]


@pytest.mark.parametrize(
    "words",
    ["H-1B", "h-1b", "H 1B", "H1B", "h1b", "H1-B", "H–1B", "H‑1B", "H−1B", "H\u00a01B", "H  1B", "H-1Bs", "H\u00ad-1B",
     "Ｈ－１Ｂ"],
)  # fmt: skip
def test_every_way_to_write_a_class_is_found_as_it_stands(words: str) -> None:
    text = f"The “{words}”, they say, is full."
    assert found(text) == [("H-1B", words)]


@pytest.mark.parametrize("text", ["XH-1B", "H-1Bx", "H-10B", "the h 1bc", "AH1B"])
def test_a_name_inside_a_longer_word_is_not_found(text: str) -> None:
    assert found(text) == []


def test_the_longest_name_wins_where_names_overlap() -> None:
    assert found("H-1B1, H-1B cap, H-1B") == [("H-1B1", "H-1B1"), ("H-1B cap", "H-1B cap"), ("H-1B", "H-1B")]


def test_all_overlapping_names_can_be_asked_for() -> None:
    assert {match.key for match in MATCHER.find_all("the H-1B cap")} == {"H-1B", "H-1B cap"}


@pytest.mark.parametrize(
    "text", ["to opt out", "an ep", "gts", "a suv", "lca", "type e 3", "cos", "Singapore's pass mark"]
)
def test_acronyms_in_small_letters_are_other_words(text: str) -> None:
    assert found(text) == []


def test_acronyms_in_capitals_and_their_plurals_are_found() -> None:
    assert found("OPT, EPs, an EP's fee, S Pass, S passes, COS") == [
        ("OPT", "OPT"), ("EP", "EPs"), ("EP", "EP"), ("S pass", "S Pass"), ("S pass", "S passes"), ("CoS", "COS"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "name", "words"),
    [
        ("ENTREE EXPRESS", "Entrée express", "ENTREE EXPRESS"),
        ("Entre\u0301e express", "Entrée express", "Entre\u0301e express"),
        ("die Rot-Weiss-Rot-Karte", "Rot-Weiß-Rot-Karte", "Rot-Weiss-Rot-Karte"),
        ("das ROT-WEIß-ROT-KARTE", "Rot-Weiß-Rot-Karte", "ROT-WEIß-ROT-KARTE"),
        ("visa pour démarrage d’entreprise", "Visa pour démarrage d'entreprise", "visa pour démarrage d’entreprise"),
        ("将发放K字签证的", "K字签证", "K字签证"),
        ("在留資格「経営・管理」を", "経営・管理", "経営・管理"),
        ("기업경영을", "경영", "경영"),
        ("under section 212(f).", "212(f)", "212(f)"),
        ("EB2 NIW", "EB-2 NIW", "EB2 NIW"),
        ("Employment-Passes", "Employment Pass", "Employment-Passes"),
    ],
)
def test_accents_scripts_and_punctuation(text: str, name: str, words: str) -> None:
    assert found(text) == [(name, words)]


@pytest.mark.parametrize("text", ["$482", "€ 1,482", "482.50", "4,482", "482%", "0.482"])
def test_sums_are_not_visa_numbers(text: str) -> None:
    assert found(text) == []


def test_a_bare_number_is_found_where_it_is_no_sum() -> None:
    assert found("the 482, a subclass 482") == [("482", "482"), ("subclass 482", "subclass 482")]


def test_prefix_patterns_take_any_ending_and_others_do_not() -> None:
    matcher = Matcher([Pattern("immigra", "stem", prefix=True), Pattern("visa", "whole")])
    assert [match.key for match in matcher.find("immigration, visage, visas")] == ["stem", "whole"]


def test_one_spelling_can_stand_for_several_things() -> None:
    matcher = Matcher([Pattern("Gold Card", "us"), Pattern("Gold Card", "tw")])
    assert sorted(match.key for match in matcher.find("a gold card")) == ["tw", "us"]


def test_a_name_without_a_character_is_refused() -> None:
    with pytest.raises(ValueError, match="no character"):
        Matcher([Pattern(" - ", "x")])


def test_a_matcher_without_names_finds_nothing() -> None:
    assert Matcher([]).find("anything") == []


@pytest.mark.parametrize("name", ["OPT", "EP", "CoS", "E-3", "S pass", "K visa", "C10", "H1B"])
def test_short_capitals_need_their_case(name: str) -> None:
    assert needs_case(name)


@pytest.mark.parametrize(
    "name", ["H-1B", "Express Entry", "specialty occupation", "SkillSelect", "482", "優才", "EB-2 NIW"]
)
def test_names_that_nothing_else_is_called_do_not(name: str) -> None:
    assert not needs_case(name)


_PIECES = st.one_of(
    st.text(max_size=6),
    st.sampled_from([spelling for name in NAMES for spelling in variants(name)]),
    st.sampled_from([*NAMES, "  ", "\u00ad", "ß", "e\u0301", "ﬁ", "–", "s", "\u200b", "İ", "1"]),
)


@given(st.lists(_PIECES, max_size=30).map("".join))
def test_spans_point_at_the_name_in_the_original_text(text: str) -> None:
    for match in MATCHER.find_all(text):
        assert 0 <= match.start < match.end <= len(text)
        spelling = fold(text[match.start : match.end]).text
        assert any(spelling in (v, v + "s", v + "es") for v in variants(match.key)), (text, match)


@given(st.lists(_PIECES, max_size=30).map("".join))
def test_the_offset_map_covers_the_folded_text_in_order(text: str) -> None:
    folded, starts, ends = fold(text)
    assert len(folded) == len(starts) == len(ends)
    assert all(a <= b for a, b in zip(list(starts), list(starts)[1:], strict=False))
    assert all(start < end <= len(text) for start, end in zip(starts, ends, strict=True))


@given(st.text(max_size=40), st.sampled_from(["H-1B", "Employment Pass", "Entrée express"]), st.text(max_size=40))
def test_a_name_between_full_stops_is_found_in_any_text(before: str, name: str, after: str) -> None:
    text = f"{before}. {name}. {after}"
    span = (len(before) + 2, len(before) + 2 + len(name))
    assert (*span, name) in {tuple(match) for match in MATCHER.find_all(text)}


def test_a_page_of_text_takes_milliseconds_not_seconds() -> None:
    text = "Employers who hold an H-1B petition wait for the cap; others use OPT or an L-1. " * 2500
    begun = time.perf_counter()
    assert len(MATCHER.find(text)) == 5000
    assert time.perf_counter() - begun < 2
