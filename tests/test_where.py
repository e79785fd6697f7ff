"""Filters of feeds of one's own."""

from datetime import date

import pytest

from feeds.where import Subject, WhereError, parse_where

STORY = Subject(
    frozenset({"country/gb", "programme/gb-skilled-worker", "stage/final", "topic/fees"}), "primary", 0.6,
    "salary threshold rises\nthe minimum salary goes up", "2026-03-12", "2026-04-08", "",
)  # fmt: skip


@pytest.mark.parametrize(
    ("where", "holds"),
    [
        ({}, True),
        ({"country": ["gb", "ca"]}, True),
        ({"country": "ca"}, False),
        ({"country": ["GB"], "stage": ["final", "in-force"]}, True),
        ({"country": ["gb"], "stage": ["proposed"]}, False),
        ({"programme": ["gb-*"]}, True),
        ({"programme": ["us-*"]}, False),
        ({"authority": ["primary"]}, True),
        ({"authority": ["secondary", "aggregator"]}, False),
        ({"importance": 0.6}, True),
        ({"importance": 0.61}, False),
        ({"words": ["Minimum Salary"]}, True),
        ({"words": ["sal"]}, False),
        ({"effective_from": "2026-04"}, True),
        ({"effective_from": date(2026, 4, 8), "effective_until": "2026-04-08"}, True),
        ({"effective_until": "2026-04-07"}, False),
        ({"deadline_from": "2020-01-01"}, False),
        ({"published_from": "2026", "published_until": "2026"}, True),
    ],
)
def test_every_condition_must_hold(where: dict[str, object], holds: bool) -> None:
    assert parse_where(where).holds(STORY) is holds


@pytest.mark.parametrize(
    ("where", "key", "said"),
    [
        ({"contry": ["gb"]}, "contry", "allowed: country"),
        ({"stage": ["finall"]}, "stage", "did you mean final"),
        ({"stage": ["signed"]}, "stage", "under-review"),
        ({"stage": ["z*"]}, "stage", "fits none"),
        ({"effective_from": "2017-13"}, "effective_from", "2026-04-01"),
        ({"published_until": "2026-02-30"}, "published_until", "2026-04-01"),
        ({"authority": ["official"]}, "authority", "primary, secondary, aggregator"),
        ({"importance": 2}, "importance", "0 to 1"),
        ({"importance": True}, "importance", "0 to 1"),
        ({"country": []}, "country", "not empty"),
        ({"words": [3]}, "words", "not empty"),
        ({"effective_from": "April"}, "effective_from", "2026-04-01"),
    ],
)
def test_a_mistake_names_the_key_and_what_is_allowed(where: dict[str, object], key: str, said: str) -> None:
    with pytest.raises(WhereError, match=said) as caught:
        parse_where(where)
    assert caught.value.key == key


KNOWN = {
    "country": {"gb": ("United Kingdom", "UK"), "us": ("United States",)},
    "programme": {"us-h-1b": ("H-1B",), "us-l-1": ("L-1",), "gb-skilled-worker": ("Skilled Worker",)},
}


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ({"country": ["uk"]}, "country 'uk' is none; did you mean gb?"),
        ({"country": ["gb", "zz"]}, "country 'zz' is none; allowed: gb, us"),
        ({"programme": ["h-1b"]}, "programme 'h-1b' is none; did you mean us-h-1b"),
        ({"programme": ["skilled worker"]}, "did you mean gb-skilled-worker"),
        ({"programme": ["ca-*"]}, "programme 'ca-*' fits none"),
    ],
)
def test_an_unknown_code_names_those_that_are_close(where: dict[str, object], said: str) -> None:
    with pytest.raises(WhereError) as caught:
        parse_where(where, KNOWN)
    assert str(caught.value).startswith(said) or said in str(caught.value)


def test_known_codes_patterns_and_facets_that_nobody_listed_pass() -> None:
    parse_where({"country": ["GB"], "programme": ["us-*", "gb-skilled-worker"], "topic": ["anything"]}, KNOWN)
