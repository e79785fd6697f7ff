"""The catalogue of feeds: what it says, and how it answers mistakes."""

from pathlib import Path

import pytest

from feeds.catalog import CatalogError, load_catalog

GOOD = """
name = "Test wire"
[limits]
days = 7
[[feed]]
path = "all"
title = "All"
description = "Everything."
limits = { max_entries = 50 }
[[feed]]
path = "country/*"
facet = "country"
min_confidence = 0.7
title = "{label}"
description = "About {label} ({code})."
"""


def test_the_bundled_catalogue_has_the_promised_feeds() -> None:
    catalog = load_catalog()
    assert [feed.path for feed in catalog.feeds] == ["all", "official", "country/*", "programme/*"]
    assert catalog.feeds[1].authority == "primary"
    assert catalog.feeds[3].min_confidence == 0.5
    assert (catalog.limits.min_entries, catalog.limits.days, catalog.limits.max_bytes) == (20, 30, 500_000)


def test_a_feed_changes_only_the_limits_that_it_names(tmp_path: Path) -> None:
    file = tmp_path / "c.toml"
    file.write_text(GOOD)
    everything, country = load_catalog(file).feeds
    assert (everything.limits.max_entries, everything.limits.days) == (50, 7)
    assert (country.limits.max_entries, country.limits.days) == (200, 7)
    assert country.min_confidence == 0.7


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ('facet = "country"', 'facet = "contry"', ["feed 'country/*'", "'contry'", "country, programme"]),
        ('path = "all"', 'path = "All feeds"', ["feed 'All feeds'", "a-z"]),
        ('path = "all"', 'path = "../all"', ["feed '../all'", "a-z"]),
        ('title = "All"', 'titel = "All"', ["feed 'all'", "'titel'", "title"]),
        ('title = "All"', 'title = ""', ["feed 'all'", "title"]),
        ('title = "All"', 'title = "{label}"', ["feed 'all'", "{label}", "none"]),
        ('title = "{label}"', 'title = "{lable}"', ["feed 'country/*'", "{lable}", "{label} and {code}"]),
        ("min_confidence = 0.7", "min_confidence = 7", ["min_confidence", "0 to 1"]),
        ("days = 7", "days = 0", ["[limits]", "days", "from 1 up"]),
        ("max_entries = 50", "max_entries = 5", ["feed 'all'", "min_entries (20)"]),
        ('facet = "country"', 'authority = "primary"', ["feed 'country/*'", "needs a facet"]),
        (
            'path = "all"',
            'path = "all"\nauthority = "official"',
            ["'official'", "primary, secondary, aggregator"],
        ),
        ('name = "Test wire"', 'name = "Test wire', ["not valid TOML"]),
    ],
)
def test_a_mistake_is_answered_with_file_entry_and_allowed_values(
    tmp_path: Path, right: str, wrong: str, said: list[str]
) -> None:
    file = tmp_path / "c.toml"
    assert right in GOOD
    file.write_text(GOOD.replace(right, wrong, 1))
    with pytest.raises(CatalogError) as caught:
        load_catalog(file)
    for words in [str(file), *said]:
        assert words in str(caught.value)


def test_a_path_that_is_used_twice_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "c.toml"
    file.write_text(GOOD + '\n[[feed]]\npath = "all"\ntitle = "Again"\ndescription = "Again."\n')
    with pytest.raises(CatalogError, match="'all': path is used twice"):
        load_catalog(file)
