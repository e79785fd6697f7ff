"""Publishing: what is written, and that nothing else is."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from feeds_helpers import CANADA, H1B, OFFICIAL, PRESS, SEEN, SITE_URL, STREAM, announcement, parsed, rich
from jsonschema import validate
from lxml import etree
from site_helpers import (
    again,
    drop,
    entries,
    feeds_of,
    files,
    join,
    later,
    look,
    more,
    opened,
    press,
    publish_site,
    snapshot,
    story_guid,
    tell,
)

from archive.models import STAGES, Tag

FORMS = ("rss", "atom", "json")


def feed_files(*paths: str, updates: bool = True) -> set[str]:
    names = [*paths, *(f"{path}.updates" for path in paths if updates)]
    return {f"feeds/{name}.{form}" for name in names for form in FORMS}


def pages_of(*paths: str) -> set[str]:
    """Twins and calendars of feeds."""
    return {f"{path}.html" for path in paths} | {f"calendar/{path}.ics" for path in paths}


def test_all_promised_files_are_there_and_no_other(tmp_path: Path) -> None:
    with opened(tmp_path / "a.db") as archive:
        stories = {tell(archive, rich()), tell(archive, press("p"))}
        result = publish_site(archive, tmp_path / "site")
    tags = ["country/ca", "programme/ca-gss", "programme/us-h-1b", "topic/fees", *(f"stage/{s}" for s in STAGES)]
    own_kind = ["weekly", "daily", "deadlines", "status"]
    expected = feed_files("all", "official", *tags) | pages_of("all", "official", *tags)
    expected |= feed_files(*own_kind, updates=False) | {f"{path}.html" for path in own_kind}
    expected |= {f"story/{story}.html" for story in stories}
    expected |= {"index.html", "about.html", "404.html", "style.css", "robots.txt", "sitemap.xml", "feeds.opml"}
    expected |= {"latest.json", "latest.schema.json", "status.json"}
    assert set(files(tmp_path / "site")) == expected == set(result.written)
    assert result.unchanged == 0


def test_every_address_in_the_lists_is_a_file_of_the_site(tmp_path: Path) -> None:
    site = tmp_path / "site"
    with opened(tmp_path / "a.db") as archive:
        tell(archive, rich(), later(press("p"), 1))
        publish_site(archive, site)
    sitemap = etree.fromstring((site / "sitemap.xml").read_bytes())
    opml = etree.fromstring((site / "feeds.opml").read_bytes())
    found = [str(e.text) for e in sitemap.iter("{*}loc")]
    found += [str(e.get("xmlUrl")) for e in opml.iter("outline") if e.get("xmlUrl")]
    latest = json.loads((site / "latest.json").read_bytes())
    found += [story["url"] for story in latest["stories"]]
    found += [parsed(path).feed.link for path in site.rglob("*.rss")]
    assert len(found) > 60
    for address in found:
        assert address.startswith(SITE_URL), address
        assert (site / (address.removeprefix(SITE_URL).lstrip("/") or "index.html")).is_file(), address
    validate(latest, json.loads((site / "latest.schema.json").read_bytes()))


def test_publishing_again_changes_no_byte_and_no_time(tmp_path: Path) -> None:
    site = tmp_path / "site"
    with opened(tmp_path / "a.db") as archive:
        tell(archive, rich(), later(press("p"), 1))
        first = publish_site(archive, site)
        before = snapshot(site)
        for how in ({}, {"full": True}):
            result = publish_site(archive, site, **how)
            assert (result.written, result.unchanged) == ([], len(first.written))
            assert snapshot(site) == before


def test_a_crawl_that_finds_nothing_moves_no_more_than_the_time_of_the_last_look(tmp_path: Path) -> None:
    site = tmp_path / "site"
    with opened(tmp_path / "a.db") as archive:
        tell(archive, rich())
        look(archive, SEEN + timedelta(minutes=1))
        publish_site(archive, site)
        before = snapshot(site)
        look(archive, SEEN + timedelta(minutes=16))
        assert set(publish_site(archive, site).written) == {"status.html", "status.json"}
        again = snapshot(site)
    assert {path for path in before if before[path] != again[path]} == {"status.html", "status.json"}


def test_an_edit_changes_only_the_files_that_its_story_is_in(tmp_path: Path) -> None:
    site = tmp_path / "site"
    with opened(tmp_path / "a.db") as archive:
        story = tell(
            archive, announcement("one", stage="proposed", tags=[CANADA, STREAM, Tag("stage", "proposed", "", "r")])
        )
        for n in range(4):
            tell(archive, later(announcement(f"n{n}", tags=[CANADA, H1B]), n))
        publish_site(archive, site)
        before = snapshot(site)
        member = [feed for feed in feeds_of(site) if story_guid(story) in entries(site, feed)]
        assert set(member) == {"all", "official", "country/ca", "programme/ca-gss", "stage/proposed"}
        edited = announcement("one", stage="proposed", tags=[CANADA, STREAM, Tag("stage", "proposed", "", "r")],
                              summary="Notice one says something else.")  # fmt: skip
        again(archive, story, later(edited, 9))
        result = publish_site(archive, site)
    after = snapshot(site)
    changed = {path for path in after if after[path] != before.get(path)}
    twins = {f"{path}.html" for path in member}
    expected = feed_files(*member, updates=False) | twins | {f"story/{story}.html", "index.html", "latest.json"}
    assert changed == set(result.written)
    assert changed - expected == set()
    assert feed_files(*member, updates=False) | {f"story/{story}.html"} <= changed


def test_one_more_report_of_the_same_changes_no_feed(tmp_path: Path) -> None:
    site = tmp_path / "site"
    with opened(tmp_path / "a.db") as archive:
        story = tell(archive, announcement("one"), later(press("p1"), 2))
        publish_site(archive, site)
        before = snapshot(site)
        more(archive, story, later(press("p2", publisher="The Evening Stamp"), 5))
        result = publish_site(archive, site)
    assert set(result.written) == {f"story/{story}.html", "latest.json"}
    assert "The Evening Stamp" in (site / f"story/{story}.html").read_text()
    after = snapshot(site)
    assert {path: after[path] for path in after if path not in result.written} == {
        path: before[path] for path in before if path not in result.written
    }


def test_a_report_that_was_published_earlier_but_found_later_takes_nobodys_place(tmp_path: Path) -> None:
    """Which report leads is settled by when they were published; subscribers must not see a story change for that."""
    site = tmp_path / "site"
    with opened(tmp_path / "a.db") as archive:
        noon = datetime(2026, 3, 20, 8, 0, tzinfo=UTC)
        story = tell(archive, press("second", published=noon))
        publish_site(archive, site)
        before = files(site)
        more(archive, story, later(press("first", published=noon - timedelta(hours=2)), 5))
        assert archive.value("SELECT title FROM stories") == "Permit notice first"
        publish_site(archive, site)
        after = files(site)
        assert {path for path in before if path.startswith("feeds/") and before[path] != after[path]} == set()
        # the rule-maker's own words do take the place of the press's
        more(archive, story, later(announcement("rule"), 6))
        publish_site(archive, site)
    assert parsed(site / "feeds/all.atom").entries[0].title == "[CA] Permit notice rule"


def test_equal_archives_give_equal_bytes_in_any_folder(tmp_path: Path) -> None:
    for name in ("one", "two"):
        with opened(tmp_path / f"{name}.db") as archive:
            story = tell(archive, rich(), later(press("p"), 1))
            publish_site(archive, tmp_path / name)
            more(archive, story, later(press("q"), 4))
            publish_site(archive, tmp_path / name)
            publish_site(archive, tmp_path / f"{name}-again")
    assert files(tmp_path / "one") == files(tmp_path / "two")
    assert files(tmp_path / "one") == files(tmp_path / "one-again") == files(tmp_path / "two-again")


def test_a_second_site_of_one_archive_misses_nothing(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    with opened(tmp_path / "a.db") as archive:
        for number in range(4):
            tell(archive, later(announcement(f"n{number}"), 30 * number))
            publish_site(archive, one)
            if number != 2:
                publish_site(archive, two)
    assert len(entries(one, "all.updates")) == 4
    assert files(one) == files(two)


def test_dates_descend_and_are_distinct_and_guids_are_the_same_everywhere(tmp_path: Path) -> None:
    site = tmp_path / "site"
    with opened(tmp_path / "a.db") as archive:
        guids = {story_guid(tell(archive, announcement(f"n{n}", tags=[CANADA, H1B]))) for n in range(9)}
        tell(archive, rich())
        publish_site(archive, site)
    assert guids <= set(entries(site, "all"))
    assert guids == set(entries(site, "programme/us-h-1b")) - {story_guid(rich().id)}
    for feed in feeds_of(site):
        assert set(entries(site, feed)) <= set(entries(site, "all")) or "updates" in feed or "/" not in feed
        for form in ("rss", "atom"):
            dates = [entry.published_parsed for entry in parsed(site / f"feeds/{feed}.{form}").entries]
            assert all(newer > older for newer, older in pairwise(dates)), feed


def test_no_file_is_too_large_and_a_long_feed_keeps_enough(tmp_path: Path) -> None:
    site = tmp_path / "site"
    body = "\n\n".join("許可証 & <b> " * 60 for _ in range(2))
    with opened(tmp_path / "a.db", crawled=False) as archive:
        for n in range(160):
            when = datetime(2026, 3, 19, tzinfo=UTC) - timedelta(hours=n)
            tell(archive, announcement(f"n{n}", published=when, body=f"{n}\n\n{body}", summary="許可証 " * 60))
        publish_site(archive, site)
    sizes = {path: len(data) for path, data in files(site).items()}
    assert max(sizes.values()) <= 500_000
    assert sizes["feeds/all.rss"] > 400_000
    assert 20 <= len(entries(site, "all")) < 160


def test_old_entries_leave_but_a_quiet_feed_keeps_twenty(tmp_path: Path) -> None:
    site = tmp_path / "site"
    with opened(tmp_path / "a.db", crawled=False) as archive:
        for n in range(24):
            tell(archive, announcement(f"q{n}", published=date(2020 + n // 12, n % 12 + 1, 1), tags=[H1B]))
        for n in range(40):
            tell(archive, announcement(f"b{n}", published=SEEN - timedelta(days=n), tags=[STREAM]))
        publish_site(archive, site)
    assert len(entries(site, "programme/us-h-1b")) == 20
    assert [e.title for e in parsed(site / "feeds/programme/ca-gss.rss").entries] == [
        f"Permit notice b{n}" for n in range(31)
    ]


def test_only_relevant_and_certain_things_are_published(tmp_path: Path) -> None:
    site = tmp_path / "site"
    doubtful = Tag("programme", "us-h-1b", "visa", "guess", 0.3, "H-1B specialty occupation")
    with opened(tmp_path / "a.db") as archive:
        kept = {tell(archive, announcement("doubtful", tags=[CANADA, doubtful])), tell(archive, press("press"))}
        publish_site(archive, site)
        before = files(site)
        noise = tell(archive, announcement("noise"), relevant=False)
        publish_site(archive, site)
    assert set(entries(site, "all")) == {story_guid(story) for story in kept}
    assert set(entries(site, "official")) == {story_guid(announcement("doubtful").id)}
    assert not (site / "feeds/programme/us-h-1b.rss").exists()
    # neither a page nor an update, and nobody is told that something was withdrawn
    assert not (site / f"story/{noise}.html").exists()
    assert files(site) == before


def test_a_feed_without_entries_is_valid_and_stable(tmp_path: Path) -> None:
    with opened(tmp_path / "a.db") as archive:
        publish_site(archive, tmp_path / "site")
    assert {entry for feed in feeds_of(tmp_path / "site") for entry in entries(tmp_path / "site", feed)} == set()
    rss, atom = (parsed(tmp_path / f"site/feeds/stage/court.{form}").feed for form in ("rss", "atom"))
    assert rss.updated == "Thu, 01 Jan 2026 00:00:00 +0000"
    assert (atom.updated, bool(atom.id), bool(atom.author)) == ("2026-01-01T00:00:00+00:00", True, True)


def test_the_feed_of_a_tag_that_nothing_has_any_more_stays_and_is_empty(tmp_path: Path) -> None:
    site = tmp_path / "site"
    with opened(tmp_path / "a.db") as archive:
        story = tell(archive, announcement("one", tags=[CANADA, H1B]))
        publish_site(archive, site)
        again(archive, story, later(announcement("one", tags=[CANADA, STREAM], title="Another title"), 3))
        publish_site(archive, site)
        assert entries(site, "programme/us-h-1b") == []
        assert entries(site, "programme/ca-gss") == [story_guid(story)]
        publish_site(archive, site, full=True)
    assert entries(site, "programme/us-h-1b") == []
    assert "programme/us-h-1b.rss" in (site / "feeds.opml").read_text()
    # what was told of it while it was there is immutable
    assert len(entries(site, "programme/us-h-1b.updates")) == 1


def test_a_story_that_went_into_another_leads_there(tmp_path: Path) -> None:
    site = tmp_path / "site"
    with opened(tmp_path / "a.db") as archive:
        first, second, third = (
            tell(archive, later(announcement(f"n{n}"), n), later(press(f"p{n}"), n)) for n in range(3)
        )
        publish_site(archive, site)
        kept = join(archive, first, second)
        (gone,) = {first, second} - {kept}
        publish_site(archive, site)
        assert set(entries(site, "all")) == {story_guid(kept), story_guid(third)}
        assert f'url={kept}.html"' in (site / f"story/{gone}.html").read_text()
        assert gone not in (site / "sitemap.xml").read_text()
        # and further, when that one goes on
        last = join(archive, kept, third)
        publish_site(archive, site)
        assert entries(site, "all") == [story_guid(last)]
        for story in {first, second, third} - {last}:
            assert f'url={last}.html"' in (site / f"story/{story}.html").read_text()


def test_a_story_that_is_found_to_be_something_else_is_withdrawn(tmp_path: Path) -> None:
    site = tmp_path / "site"
    with opened(tmp_path / "a.db") as archive:
        item = announcement("one", tags=[CANADA, H1B])
        story, other = tell(archive, item), tell(archive, announcement("two"))
        publish_site(archive, site)
        drop(archive, item)
        publish_site(archive, site)
        page = (site / f"story/{story}.html").read_text()
        assert "noindex" in page
        assert item.title not in page
        assert {f for f in feeds_of(site) if story_guid(story) in entries(site, f)} == set()
        assert entries(site, "all") == [story_guid(other)]
        assert story not in (site / "latest.json").read_text() + (site / "sitemap.xml").read_text()
        # a later judgement brings it back
        item = announcement("one", tags=[CANADA, H1B], summary="It was about this after all.")
        assert tell(archive, later(item, 5)) == story
        publish_site(archive, site)
    assert set(entries(site, "programme/us-h-1b")) == {story_guid(story)}
    assert item.title in (site / f"story/{story}.html").read_text()


def test_only_the_register_decides_what_is_official(tmp_path: Path) -> None:
    with opened(tmp_path / "a.db") as archive:
        tell(archive, press("p", publisher=OFFICIAL.publisher))
        publish_site(archive, tmp_path / "site")
    assert entries(tmp_path / "site", "official") == []


def test_a_source_or_tag_that_is_called_something_else_is_so_everywhere(tmp_path: Path) -> None:
    site = tmp_path / "site"
    with opened(tmp_path / "a.db") as archive:
        tell(archive, announcement("one", publisher=""))
        tell(archive, press("p", tags=[CANADA]))
        publish_site(archive, site)
        archive.sync_sources([replace(OFFICIAL, publisher="Office of Departures"), replace(PRESS, authority="primary")])
        tell(archive, later(announcement("two", tags=[Tag("country", "ca", "Canada", "r", 1.0, "The North")]), 2))
        publish_site(archive, site)
        publish_site(archive, tmp_path / "fresh")
    assert files(site) == files(tmp_path / "fresh")
    assert len(entries(site, "official")) == 3
    assert parsed(site / "feeds/country/ca.atom").feed.title == "Visawire: The North"
    assert "Office of Departures" in (site / f"story/{announcement('one').id}.html").read_text()


HOSTILE = ["../../etc", "..", "a/b", "x.updates", ".visawire", "A", "a b", "a\n", "", "x" * 300, "ä", "%2e%2e", "-"]


def test_a_hostile_tag_never_leaves_the_folder(tmp_path: Path) -> None:
    site = tmp_path / "deep" / "site"
    tags = [Tag("programme", code, "x", "r", 1.0, "Bad") for code in HOSTILE]
    with opened(tmp_path / "a.db") as archive:
        tell(archive, announcement("a", tags=[CANADA, STREAM, *tags, Tag("../x", "y", "x", "r")]))
        publish_site(archive, site)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.db", "deep"]
    assert [p.name for p in (tmp_path / "deep").iterdir()] == ["site"]
    assert sorted(p.name for p in (site / "feeds/programme").iterdir()) == sorted(
        Path(path).name for path in feed_files("programme/ca-gss")
    )


TOML = """
[[feed]]
path = "my/engineers"
title = "Engineers"
where = { programme = ["us-*"] }
"""


def test_a_feed_of_ones_own_comes_and_goes_with_its_entry(tmp_path: Path) -> None:
    site, own = tmp_path / "site", tmp_path / "visawire.toml"
    own.write_text(TOML)
    with opened(tmp_path / "a.db") as archive:
        story = tell(archive, announcement("one", tags=[CANADA, H1B]))
        tell(archive, announcement("two"))
        publish_site(archive, site)
        without = files(site)
        result = publish_site(archive, site, own=own)
        mine = feed_files("my/engineers") | pages_of("my/engineers")
        assert mine <= set(result.written)
        assert entries(site, "my/engineers") == [story_guid(story)]
        assert "feeds/my/engineers.rss" in (site / "feeds.opml").read_text()
        tell(archive, later(announcement("three", tags=[CANADA, H1B]), 1))
        assert "feeds/my/engineers.rss" in publish_site(archive, site, own=own).written
        kept = {path: data for path, data in files(site).items() if path in mine}

        own.write_text("")
        publish_site(archive, site, own=own)
        assert "engineers" not in (site / "feeds.opml").read_text() + (site / "index.html").read_text()
        # nobody's reader is broken: the files stay as they were until somebody deletes them
        assert {path: data for path, data in files(site).items() if path in mine} == kept
        for path in mine:
            (site / path).unlink()
        assert publish_site(archive, site, own=own).written == []
    assert set(files(site)) == set(without) | {f"story/{announcement('three').id}.html"}
