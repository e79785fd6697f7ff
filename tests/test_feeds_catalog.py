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
where = { importance = 0.7 }
title = "{label}"
description = "About {label} ({code})."
"""

OWN = """
[site]
url = "https://example.org"

[[feed]]
path = "my/london"
title = "London tech"
where = { country = ["gb"], stage = ["final", "in-force"] }

[[feed]]
path = "my/canada"
title = "Canada"
[feed.where]
country = ["ca"]
importance = 0.4
"""


def test_the_bundled_catalogue_has_the_promised_feeds() -> None:
    catalog = load_catalog()
    assert [feed.path for feed in catalog.feeds] == [
        "all", "official", "country/*", "programme/*", "stage/*", "topic/*", "audience/*", "weekly", "daily",
        "deadlines", "status",
    ]  # fmt: skip
    assert catalog.feeds[1].where.authority == ("primary",)
    assert [feed.path for feed in catalog.of_kind("digest")] == ["weekly", "daily"]
    assert (catalog.limits.min_entries, catalog.limits.days, catalog.limits.max_bytes) == (20, 30, 500_000)


def test_a_feed_changes_only_the_limits_that_it_names(tmp_path: Path) -> None:
    file = tmp_path / "c.toml"
    file.write_text(GOOD)
    everything, country = load_catalog(file).feeds
    assert (everything.limits.max_entries, everything.limits.days) == (50, 7)
    assert (country.limits.max_entries, country.limits.days) == (200, 7)
    assert country.where.importance == 0.7


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ('facet = "country"', 'facet = "contry"', ["feed 'country/*'", "'contry'", "country, programme"]),
        ('path = "all"', 'path = "All feeds"', ["feed 'All feeds'", "a-z"]),
        ('path = "all"', 'path = "../all"', ["feed '../all'", "a-z"]),
        ('path = "all"', 'path = "story/all"', ["feed 'story/all'", "not begin with", "story"]),
        ('title = "All"', 'titel = "All"', ["feed 'all'", "'titel'", "title"]),
        ('title = "All"', 'title = ""', ["feed 'all'", "title"]),
        ('title = "All"', 'title = "{label}"', ["feed 'all'", "{label}", "none"]),
        ('title = "{label}"', 'title = "{lable}"', ["feed 'country/*'", "{lable}", "{label} and {code}"]),
        ("importance = 0.7", "importance = 7", ["importance", "0 to 1"]),
        ("days = 7", "days = 0", ["[limits]", "days", "from 1 up"]),
        ("max_entries = 50", "max_entries = 5", ["feed 'all'", "min_entries (20)"]),
        ('facet = "country"', 'archived = true', ["feed 'country/*'", "needs a facet"]),
        ('path = "all"', 'path = "all"\nkind = "story"', ["'story'", "stories, digest, deadlines, status"]),
        ('path = "all"', 'path = "all"\nkind = "digest"', ["a digest needs a period", "day, week"]),
        ('name = "Test wire"', 'name = "Test wire', ["not valid TOML"]),
    ],
)  # fmt: skip
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
    with pytest.raises(CatalogError, match="path is used by the feed 'all'"):
        load_catalog(file)


def test_feeds_of_ones_own_are_added_behind_the_catalogue(tmp_path: Path) -> None:
    own = tmp_path / "visawire.toml"
    own.write_text(OWN)
    london, canada = load_catalog(own=own).feeds[-2:]
    assert (london.path, london.description, london.own) == ("my/london", "London tech", True)
    assert london.where.tags == (("country", ("gb",)), ("stage", ("final", "in-force")))
    assert canada.where.importance == 0.4


@pytest.mark.parametrize(
    ("right", "wrong", "line", "said"),
    [
        ('"in-force"]', '"inforce"]', 8, "'inforce'"),
        ("importance = 0.4", "importance = 4", 15, "0 to 1"),
        ("importance = 0.4", "wehre = 4", 15, "wehre"),
        ('path = "my/canada"', 'path = "country/ca"', 11, "'country/*'"),
        ('title = "Canada"', "", 10, "title is None"),
        ('title = "Canada"', 'title = "Canada"\nfacet = "country"', 13, "unknown key 'facet'"),
    ],
)
def test_a_mistake_in_ones_own_feeds_names_the_line(
    tmp_path: Path, right: str, wrong: str, line: int, said: str
) -> None:
    own = tmp_path / "visawire.toml"
    assert right in OWN
    own.write_text(OWN.replace(right, wrong, 1))
    with pytest.raises(CatalogError) as caught:
        load_catalog(own=own)
    assert str(caught.value).startswith(f"{own}:{line}: ")
    assert said in str(caught.value)
