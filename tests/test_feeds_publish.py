"""Publishing: stable bytes, whole files, limits, the OPML and the index page."""

import os
import sqlite3
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from feeds_helpers import (
    AUTHORITY,
    CANADA,
    H1B,
    OFFICIAL,
    PRESS,
    SEEN,
    SITE_URL,
    STREAM,
    announcement,
    contents,
    fill,
    parsed,
    published,
    rich,
    tree,
)
from lxml import etree

from archive.models import Tag
from archive.store import Archive
from feeds.publish import PublishError, publish, write_if_changed


def test_the_promised_files_are_written(tmp_path: Path) -> None:
    with fill(tmp_path / "a.db", [rich()]) as archive:
        result = published(archive, tmp_path / "site")
    feeds = ["all", "official", "country/ca", "programme/ca-gss", "programme/us-h-1b"]
    expected = {f"feeds/{feed}.{form}" for feed in feeds for form in ("rss", "atom")}
    expected |= {"feeds.opml", "index.html", "style.css"}
    assert set(contents(tmp_path / "site")) == expected == set(result.written)
    assert result.unchanged == 0


def test_publishing_again_changes_no_byte_and_no_time(tmp_path: Path) -> None:
    site = tmp_path / "site"
    with fill(tmp_path / "a.db", [rich(), announcement("b")]) as archive:
        first = published(archive, site)
        before = contents(site)
        for path in before:
            os.utime(site / path, (1_000_000, 1_000_000))
        second = published(archive, site)
    assert (second.written, second.unchanged) == ([], len(first.written))
    assert contents(site) == before
    assert {(site / path).stat().st_mtime for path in before} == {1_000_000}


def test_a_new_announcement_rewrites_only_the_feeds_that_it_is_in(tmp_path: Path) -> None:
    with fill(tmp_path / "a.db", [announcement("a"), announcement("b", tags=[H1B])]) as archive:
        published(archive, tmp_path / "site")
        archive.store(announcement("c", tags=[CANADA, STREAM], seen=SEEN + timedelta(hours=1)))
        result = published(archive, tmp_path / "site")
    changed = {f"feeds/{f}.{x}" for f in ("all", "official", "country/ca", "programme/ca-gss") for x in ("rss", "atom")}
    assert set(result.written) == changed | {"index.html"}


def test_equal_archives_give_equal_bytes_whatever_the_order_of_storing(tmp_path: Path) -> None:
    items = [rich(), *(announcement(f"n{n}") for n in range(5))]
    for name, order in (("one", items), ("two", items), ("reverse", items[::-1])):
        with fill(tmp_path / f"{name}.db", order) as archive:
            published(archive, tmp_path / name)
        time.sleep(0.01)
    assert contents(tmp_path / "one") == contents(tmp_path / "two") == contents(tmp_path / "reverse")


def test_an_archive_opened_for_reading_is_enough_and_stays_as_it_is(tmp_path: Path) -> None:
    fill(tmp_path / "a.db", [rich()]).close()
    before = (tmp_path / "a.db").read_bytes()
    with Archive(tmp_path / "a.db", read_only=True) as archive:
        assert published(archive, tmp_path / "site").written
        assert published(archive, tmp_path / "site").written == []
        assert not archive.db.in_transaction
    assert (tmp_path / "a.db").read_bytes() == before


def test_feeds_without_entries_are_valid_and_stable(tmp_path: Path) -> None:
    with fill(tmp_path / "a.db", [announcement("noise", relevant=False)]) as archive:
        published(archive, tmp_path / "site")
    for feed in ("all", "official", "country/ca", "programme/ca-gss"):
        rss = parsed(tmp_path / f"site/feeds/{feed}.rss")
        assert rss.entries == []
        assert rss.feed.updated == "Thu, 01 Jan 2026 00:00:00 +0000"
        assert rss.feed.link.startswith(SITE_URL)
        atom = parsed(tmp_path / f"site/feeds/{feed}.atom")
        assert atom.feed.updated == "2026-01-01T00:00:00+00:00"
        assert atom.feed.id
        assert atom.feed.author
    assert "None yet." in (tmp_path / "site/index.html").read_text()


def test_the_feed_of_a_tag_that_is_gone_stays(tmp_path: Path) -> None:
    with fill(tmp_path / "a.db", [rich()]) as archive:
        published(archive, tmp_path / "site")
    with fill(tmp_path / "b.db", [announcement("b", tags=[CANADA])]) as archive:
        published(archive, tmp_path / "site")
    assert parsed(tmp_path / "site/feeds/programme/us-h-1b.rss").entries[0].title.startswith("Two-week permits")
    assert "us-h-1b" not in (tmp_path / "site/feeds.opml").read_text()


def test_old_entries_leave_but_a_quiet_feed_keeps_twenty(tmp_path: Path) -> None:
    quiet = [announcement(f"q{n}", published=date(2020 + n // 12, n % 12 + 1, 1), tags=[H1B]) for n in range(30)]
    start = datetime(2026, 3, 1, tzinfo=UTC)
    busy = [announcement(f"b{n}", published=start - timedelta(days=n), tags=[STREAM]) for n in range(60)]
    with fill(tmp_path / "a.db", quiet + busy) as archive:
        published(archive, tmp_path / "site")
    assert len(parsed(tmp_path / "site/feeds/programme/us-h-1b.rss").entries) == 20
    kept = parsed(tmp_path / "site/feeds/programme/ca-gss.rss").entries
    assert [e.title for e in kept] == [f"Permit notice b{n}" for n in range(31)]


def test_no_file_is_larger_than_half_a_megabyte(tmp_path: Path) -> None:
    body = "\n\n".join("許可証 & <b> " * 40 for _ in range(8))
    items = [announcement(f"n{n}", body=f"{n}\n\n{body}") for n in range(150)]
    with fill(tmp_path / "a.db", items) as archive:
        published(archive, tmp_path / "site")
    sizes = [len(data) for data in contents(tmp_path / "site").values()]
    assert max(sizes) <= 500_000
    assert max(sizes) > 450_000
    rss, atom = (parsed(tmp_path / f"site/feeds/all.{form}") for form in ("rss", "atom"))
    assert [e.id for e in rss.entries] == [e.id for e in atom.entries]
    assert 20 < len(rss.entries) < 150


def test_nothing_temporary_is_left_and_a_failed_write_keeps_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site"
    with fill(tmp_path / "a.db", [announcement("a")]) as archive:
        published(archive, site)
        before = contents(site)
        assert not [path for path in before if "tmp" in path]
        archive.store(announcement("b", seen=SEEN + timedelta(hours=1)))

        def full_disk(fd: int) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", full_disk)
        with pytest.raises(PublishError, match=r"all\.rss: cannot be written \(No space left on device\).*Free some"):
            published(archive, site)
    assert contents(site) == before


def test_what_a_killed_publication_left_is_swept_away(tmp_path: Path) -> None:
    site = tmp_path / "site"
    (site / "feeds").mkdir(parents=True)
    (site / "feeds/.visawire-all.rss.tmp").write_text("half a fe")
    with fill(tmp_path / "a.db", [announcement("a")]) as archive:
        published(archive, site)
    assert not list(site.rglob(".visawire-*"))


def test_a_file_where_a_folder_is_needed_is_named(tmp_path: Path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    (site / "feeds").write_text("in the way")
    with fill(tmp_path / "a.db", [announcement("a")]) as archive, pytest.raises(PublishError) as caught:
        published(archive, site)
    assert str(site / "feeds") in str(caught.value)
    assert "move it away" in str(caught.value)
    assert (site / "feeds").read_text() == "in the way"


@pytest.mark.parametrize(
    ("site_url", "authority", "said"),
    [("visas.example.org", AUTHORITY, "absolute"), (SITE_URL, "https://example.org", "domain name")],
)
def test_wrong_settings_are_explained(tmp_path: Path, site_url: str, authority: str, said: str) -> None:
    with fill(tmp_path / "a.db", []) as archive, pytest.raises(PublishError, match=said):
        publish(archive, tmp_path / "site", site_url=site_url, authority=authority)
    assert not (tmp_path / "site").exists()


def test_a_tag_that_would_leave_the_folder_is_refused(tmp_path: Path) -> None:
    bad = Tag("programme", "../../etc", "x", "r", 1.0, "Bad")
    with (
        fill(tmp_path / "a.db", [announcement("a", tags=[bad])]) as archive,
        pytest.raises(PublishError, match=r"programme/\.\./\.\./etc.*vocabulary"),
    ):
        published(archive, tmp_path / "site")


def test_an_unreadable_archive_leaves_the_site_alone(tmp_path: Path) -> None:
    with fill(tmp_path / "a.db", [announcement("a")]) as archive:
        published(archive, tmp_path / "site")
        before = contents(tmp_path / "site")
        archive.db.execute("ALTER TABLE tags RENAME TO tags_elsewhere")
        with pytest.raises(PublishError, match=r"a\.db: cannot be read"):
            published(archive, tmp_path / "site")
    assert contents(tmp_path / "site") == before


def test_a_writer_may_go_on_while_the_feeds_are_read(tmp_path: Path) -> None:
    with fill(tmp_path / "a.db", [announcement("a")]) as archive:
        published(archive, tmp_path / "site")
        tables = archive.rows("SELECT name FROM sqlite_temp_master")
        assert tables == []
        other = sqlite3.connect(tmp_path / "a.db")
        other.execute("BEGIN IMMEDIATE")
        published(archive, tmp_path / "site")
        other.execute("ROLLBACK")
        other.close()


def test_equal_bytes_are_not_written_again(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "file"
    assert write_if_changed(path, b"one") is True
    assert write_if_changed(path, b"one") is False
    assert write_if_changed(path, b"two") is True
    assert path.read_bytes() == b"two"
    assert [p.name for p in path.parent.iterdir()] == ["file"]


def test_the_opml_lists_every_feed_in_one_level_of_groups(tmp_path: Path) -> None:
    usa = Tag("country", "us", "United States", "r", 1.0, "United States")
    with fill(tmp_path / "a.db", [rich(), announcement("u", tags=[usa])]) as archive:
        published(archive, tmp_path / "site")
    opml = tree(tmp_path / "site/feeds.opml")
    assert (opml.tag, opml.get("version")) == ("opml", "2.0")
    groups = opml.findall("body/outline")
    assert [g.get("text") for g in groups] == [
        "Everything", "Countries", "Programmes: Canada", "Programmes: United States",
    ]  # fmt: skip
    feeds = opml.findall("body/outline/outline")
    assert {f.get("type") for f in feeds} == {"rss"}
    for feed in feeds:
        path = feed.get("xmlUrl").removeprefix(f"{SITE_URL}/")
        assert parsed(tmp_path / "site" / path).feed.title == feed.get("title")
    assert len(feeds) == 6


def test_the_index_page_leads_to_every_feed_and_the_newest_announcements(tmp_path: Path) -> None:
    items = [announcement(f"n{n}", published=date(2026, 2, 1) + timedelta(days=n)) for n in range(35)]
    items.append(announcement("press", source_id=PRESS.id, publisher=PRESS.publisher, title="Fees & <i>more</i>"))
    with fill(tmp_path / "a.db", items) as archive:
        published(archive, tmp_path / "site")
    page = etree.HTML((tmp_path / "site/index.html").read_bytes())
    assert not page.xpath("//script")
    assert page.xpath("string(/html/@lang)") == "en"
    for href in page.xpath("//a/@href | //link/@href"):
        if "://" not in href and not href.startswith("#"):
            assert (tmp_path / "site" / href).is_file(), href
    for href in page.xpath("//a/@href[starts-with(., '#')]"):
        assert page.xpath("//*[@id=$name]", name=href[1:]), href
    discovered = page.xpath("//link[@rel='alternate'][@type='application/atom+xml']/@href")
    assert discovered == ["feeds/all.atom", "feeds/official.atom", "feeds/country/ca.atom"]
    newest = page.xpath("//ol/li")
    assert len(newest) == 30
    assert [li.xpath("string(.//a)") for li in newest[:2]] == ["Fees & <i>more</i>", "Permit notice n34"]
    assert newest[1].xpath("string(.//time/@datetime)") == "2026-03-07"
    # The page that a feed's channel links to has that feed's line.
    assert page.xpath("//*[@id='country-ca']")


def test_only_the_registered_source_decides_what_is_official(tmp_path: Path) -> None:
    item = announcement("p", source_id=PRESS.id, publisher=OFFICIAL.publisher)
    with fill(tmp_path / "a.db", [item]) as archive:
        published(archive, tmp_path / "site")
    assert parsed(tmp_path / "site/feeds/official.rss").entries == []
