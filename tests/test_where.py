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
        ({"stage": ["finall"]}, "stage", "under-review"),
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
