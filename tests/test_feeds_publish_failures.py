"""Publishing when something is wrong: settings, the archive, the disk, the state, or an end in the midst of it."""

from __future__ import annotations

import errno
import os
import re
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from feeds_helpers import AUTHORITY, SITE_URL, announcement, parsed, rich
from site_helpers import entries, files, later, more, opened, press, publish_site, snapshot, story_guid, tell

from archive.store import Archive
from feeds.files import PublishError, Writer
from feeds.publish import publish

REPO = Path(__file__).parents[1]


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"site_url": "visas.example.org"}, "absolute"),
        ({"site_url": "https://example.org/?a=b"}, "absolute"),
        ({"authority": "https://example.org"}, "domain name"),
        ({"own": "[[feed]]\npath = 'x'\ntitle = 'X'\nwhere = { planet = 'mars' }\n"}, r"visawire\.toml:4.*planet"),
        ({"own": "[[feed"}, r"visawire\.toml: is not valid TOML"),
    ],
)
def test_wrong_settings_are_explained_before_anything_is_written(
    tmp_path: Path, how: dict[str, str], said: str
) -> None:
    values: dict[str, Any] = {"site_url": SITE_URL, "authority": AUTHORITY, **how}
    if "own" in how:
        (tmp_path / "visawire.toml").write_text(how["own"])
        values["own"] = tmp_path / "visawire.toml"
    with opened(tmp_path / "a.db") as archive, pytest.raises(PublishError, match=said):
        publish(archive, tmp_path / "site", **values)
    assert not (tmp_path / "site").exists()


def test_a_file_that_is_equal_is_not_written_again(tmp_path: Path) -> None:
    for data, written in ((b"one", ["deep/file"]), (b"one", []), (b"two", ["deep/file"])):
        writer = Writer(tmp_path)
        writer.write("deep/file", data)
        writer.flush()
        assert writer.done.written == written
        assert (tmp_path / "deep/file").read_bytes() == data
    assert [p.name for p in (tmp_path / "deep").iterdir()] == ["file"]


def test_the_sqlite_file_of_an_archive_that_may_only_be_read_is_named(tmp_path: Path) -> None:
    with opened(tmp_path / "a.db") as archive:
        tell(archive, announcement("a"))
    with Archive(tmp_path / "a.db", read_only=True) as archive, pytest.raises(PublishError) as caught:
        publish_site(archive, tmp_path / "site")
    assert re.search(r"a\.db: cannot be published \(attempt to write a readonly database\)", str(caught.value))
    assert files(tmp_path / "site") == {}


def test_an_archive_that_cannot_be_read_leaves_the_site_alone(tmp_path: Path) -> None:
    site = tmp_path / "site"
    with opened(tmp_path / "a.db") as archive:
        tell(archive, announcement("a"))
        publish_site(archive, site)
        before = snapshot(site)
        tell(archive, later(announcement("b"), 1))
        archive.db.execute("ALTER TABLE key_dates RENAME TO key_dates_elsewhere")
        with pytest.raises(PublishError, match=r"a\.db: cannot be published .*visawire doctor"):
            publish_site(archive, site)
        assert snapshot(site) == before
        archive.db.execute("ALTER TABLE key_dates_elsewhere RENAME TO key_dates")
        publish_site(archive, site)
        publish_site(archive, tmp_path / "fresh")
    assert files(site) == files(tmp_path / "fresh")


def test_an_archive_that_somebody_writes_to_is_named_and_nothing_happens(tmp_path: Path) -> None:
    site = tmp_path / "site"
    with opened(tmp_path / "a.db") as archive:
        tell(archive, announcement("a"))
        publish_site(archive, site)
        before = snapshot(site)
        tell(archive, later(announcement("b"), 1))
        other = sqlite3.connect(tmp_path / "a.db")
        other.execute("BEGIN IMMEDIATE")
        archive.db.execute("PRAGMA busy_timeout=50")
        with pytest.raises(PublishError, match=r"a\.db: cannot be published \(database is locked\)\. Try again when"):
            publish_site(archive, site)
        assert snapshot(site) == before
        other.execute("ROLLBACK")
        other.close()
        assert publish_site(archive, site).written


def test_a_file_where_a_folder_is_needed_is_named(tmp_path: Path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    (site / "calendar").write_text("in the way")
    with opened(tmp_path / "a.db") as archive:
        tell(archive, announcement("a"))
        with pytest.raises(PublishError, match=r"site/calendar/.*file stands where a folder is needed: move it away"):
            publish_site(archive, site)
        (site / "calendar").unlink()
        (site / "index.html").mkdir()
        with pytest.raises(PublishError, match=r"site/index\.html: .*Move that folder away"):
            publish_site(archive, site)
        assert not list(site.rglob(".visawire-*"))
        (site / "index.html").rmdir()
        publish_site(archive, site)
        publish_site(archive, tmp_path / "fresh")
    assert files(site) == files(tmp_path / "fresh")


@pytest.mark.parametrize("place", ["a file", "a state that is a folder", "no right"])
def test_a_place_that_cannot_be_written_to_is_named(tmp_path: Path, place: str) -> None:
    site = tmp_path / "site"
    if place == "a file":
        site.touch()
    elif place == "a state that is a folder":
        (site / ".visawire.db").mkdir(parents=True)
    else:
        site.mkdir(mode=0o500)
        if os.access(site, os.W_OK):
            pytest.skip("to this user everything is writable")
    with opened(tmp_path / "a.db") as archive:
        tell(archive, announcement("a"))
        with pytest.raises(PublishError, match=r"/site: cannot be written to .*--site"):
            publish_site(archive, site)


def full_disk(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_leaves_everything_as_it_was_and_nothing_is_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site"
    with opened(tmp_path / "a.db") as archive:
        tell(archive, announcement("a"))
        publish_site(archive, site)
        before = snapshot(site)
        story = tell(archive, later(announcement("b"), 1))
        with monkeypatch.context() as patch:
            patch.setattr("feeds.files.os.fsync", full_disk)
            patch.setattr("feeds.files.os.sync", full_disk)
            with pytest.raises(PublishError, match=r"cannot be written \(No space left on device\)\. Free some space"):
                publish_site(archive, site)
        assert snapshot(site) == before
        assert not list(site.rglob(".visawire-*"))
        # the update got its place in the archive before the disk was full: it is in the feeds all the same
        publish_site(archive, site)
        assert len(entries(site, "all.updates")) == 2
        assert story_guid(story) in entries(site, "all")
        publish_site(archive, tmp_path / "fresh")
    assert files(site) == files(tmp_path / "fresh")


#: Publishes, and stops for good in the midst of putting files into their places.
_CHILD = """
import pathlib, sys, time
import visawire
from archive.store import Archive
from feeds.publish import publish

replace, done = pathlib.Path.replace, []
def stopping(self, target):
    if len(done) == 15:
        print("stopped", flush=True)
        time.sleep(600)
    done.append(target)
    return replace(self, target)
pathlib.Path.replace = stopping
with Archive(sys.argv[1]) as archive:
    publish(archive, pathlib.Path(sys.argv[2]), site_url=sys.argv[3], authority=sys.argv[4])
"""


@pytest.mark.parametrize("first", [True, False])
def test_a_publication_that_is_killed_leaves_whole_files_and_the_next_one_completes(
    tmp_path: Path, first: bool
) -> None:
    site = tmp_path / "site"
    with opened(tmp_path / "a.db") as archive:
        tell(archive, rich())
        if not first:
            publish_site(archive, site)
        old = files(site)
        tell(archive, later(announcement("b", title="The second story"), 1))
        command = [sys.executable, "-c", _CHILD, str(archive.path), str(site), SITE_URL, AUTHORITY]
        with subprocess.Popen(command, cwd=REPO, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == "stopped\n"
            child.send_signal(signal.SIGKILL)
        assert list(site.rglob(".visawire-*.tmp"))
        halfway = {path: data for path, data in files(site).items() if not Path(path).name.startswith(".visawire-")}
        for path in halfway:
            if path.endswith((".rss", ".atom")):
                parsed(site / path)
        publish_site(archive, site)
        publish_site(archive, tmp_path / "fresh")
    final = files(tmp_path / "fresh")
    assert files(site) == final
    assert all(data in (old.get(path), final[path]) for path, data in halfway.items())
    assert sum(data != old.get(path) for path, data in halfway.items()) == 15
    assert not list(site.rglob(".visawire-*.tmp"))


def test_a_state_that_is_no_database_is_thrown_away(tmp_path: Path) -> None:
    site = tmp_path / "site"
    with opened(tmp_path / "a.db") as archive:
        tell(archive, rich())
        publish_site(archive, site)
        before = snapshot(site)
        for wrong in (b"not a database at all, but long enough to look at" * 40, b""):
            (site / ".visawire.db").write_bytes(wrong)
            result = publish_site(archive, site)
            assert (result.written, result.unchanged) == ([], len(before))
            assert snapshot(site) == before
        (site / ".visawire.db").unlink()
        other = sqlite3.connect(site / ".visawire.db")
        other.execute("CREATE TABLE meta (something TEXT)")
        other.close()
        assert publish_site(archive, site).written == []
        assert publish_site(archive, site).written == []


def test_a_state_that_has_rotted_inside_is_noticed(tmp_path: Path) -> None:
    site = tmp_path / "site"
    with opened(tmp_path / "a.db") as archive:
        tell(archive, rich())
        publish_site(archive, site)
        data = bytearray((site / ".visawire.db").read_bytes())
        data[4096:] = b"\xff" * (len(data) - 4096)
        (site / ".visawire.db").write_bytes(bytes(data))
        tell(archive, later(announcement("b"), 1))
        publish_site(archive, site)
        publish_site(archive, tmp_path / "fresh")
        assert files(site) == files(tmp_path / "fresh")
        assert publish_site(archive, site).written == []


@pytest.mark.parametrize("damage", ["missing", "cut short"])
def test_a_file_that_was_lost_or_damaged_is_restored(tmp_path: Path, damage: str) -> None:
    site = tmp_path / "site"
    with opened(tmp_path / "a.db") as archive:
        story = tell(archive, rich())
        publish_site(archive, site)
        before = snapshot(site)
        hurt = [
            "feeds/all.rss",
            "feeds/stage/court.updates.json",
            f"story/{story}.html",
            "style.css",
            "calendar/all.ics",
        ]
        for path in hurt:
            if damage == "missing":
                (site / path).unlink()
            else:
                os.truncate(site / path, 10)
        assert sorted(publish_site(archive, site).written) == sorted(hurt)
        assert {path: data for path, (data, _) in before.items()} == files(site)
        assert {p: before[p] for p in before if p not in hurt} == {
            p: kept for p, kept in snapshot(site).items() if p not in hurt
        }


def test_a_backup_that_was_restored_is_published_as_it_is(tmp_path: Path) -> None:
    site = tmp_path / "site"
    with opened(tmp_path / "a.db") as archive:
        story = tell(archive, announcement("one"))
        archive.backup(tmp_path / "backup.db")
        tell(archive, later(announcement("lost"), 1))
        publish_site(archive, site)
    with Archive(tmp_path / "backup.db") as archive:
        # as many changes as the archive had that was lost, so that serial numbers tell nothing
        tell(archive, later(announcement("found"), 2))
        more(archive, story, later(press("p"), 3))
        publish_site(archive, site)
        publish_site(archive, tmp_path / "fresh")
    assert set(entries(site, "all")) == {story_guid(story), story_guid(announcement("found").id)}
    left = set(files(site)) - set(files(tmp_path / "fresh"))
    assert left == {f"story/{announcement('lost').id}.html"}
    assert {path: data for path, data in files(site).items() if path not in left} == files(tmp_path / "fresh")
