"""A rethread: built beside the old stories, switched at once, and nobody waits for it."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

import visawire
from archive.overrides import Join, Overrides
from archive.store import Archive
from archive.story_rebuild import Rebuild
from pipelines.thread import Threader
from tests.story_helpers import FINAL, OTHERS, announcement, life, opened, partition, shuffled, thread_all, together
from visawire.cli import main
from visawire.crawling import run_lock

JOINED = Overrides(joins=(Join(("o0", "o1"), "test"),))
APART, ONE = {frozenset({"o0"}), frozenset({"o1"})}, frozenset({"o0", "o1"})


@pytest.fixture
def archive(tmp_path):
    with opened(tmp_path / "r.db") as archive:
        thread_all(archive, life())
        yield archive


def tables(archive):
    return {row[0] for row in archive.rows("SELECT name FROM sqlite_master WHERE type='table' AND name LIKE 'story%'")}


def whole(archive):
    """All that readers see of stories."""
    return [
        [tuple(row) for row in archive.rows(f"SELECT * FROM {table} ORDER BY 1, 2")]
        for table in ("stories", "story_announcements", "updates")
    ] + [[tuple(row) for row in archive.rows("SELECT rowid, title, alias FROM stories_fts ORDER BY rowid")]]


def meanwhile(monkeypatch, method, act):
    """Have something happen in the archive right after a step of the rebuild."""
    real = getattr(Rebuild, method)

    def step(self, *args):
        result = real(self, *args)
        act()
        return result

    monkeypatch.setattr(Rebuild, method, step)


def test_it_changes_nothing_where_nothing_changed(archive):
    before, named = whole(archive), tables(archive)
    serial = archive.value("SELECT max(serial) FROM journal")
    Threader(archive).rethread()
    assert (whole(archive), tables(archive)) == (before, named)
    assert archive.value("SELECT max(serial) FROM journal") == serial  # and nothing is published anew
    assert archive.rows("SELECT * FROM settings WHERE key='stories.rebuild'") == []


def test_its_index_is_the_one_that_arrivals_meet(archive):
    Threader(archive).rethread()
    late = announcement(OTHERS[3] | {"title": "Premium processing fees go up in March, says USCIS"}, "late")
    thread_all(archive, [late])
    assert frozenset({"o2", "o3", "late"}) in together(archive)
    assert archive.value("SELECT count(*) FROM story_nodes") == 10


def test_ids_persist_where_stories_are_joined_and_parted_again(archive):
    before = {row[0] for row in archive.rows("SELECT id FROM stories")}
    kept = partition(archive)
    Threader(archive, JOINED).rethread()
    assert ONE in together(archive)
    ((gone, into),) = archive.rows("SELECT id, merged_into FROM stories WHERE merged_into IS NOT NULL")
    assert {gone, into} <= before
    assert ("correction", gone, into) in {
        tuple(r) for r in archive.rows("SELECT kind, before, after FROM updates WHERE story_id=?", (into,))
    }
    Threader(archive).rethread()
    assert partition(archive) == kept
    assert {row[0] for row in archive.rows("SELECT id FROM stories WHERE merged_into IS NULL")} == before
    assert sorted(row[0] for row in archive.rows("SELECT number FROM stories")) == [1, 2, 3, 4]


def test_any_order_of_arrival_gives_the_same_stories_after_it(tmp_path):
    found = set()
    for seed in range(5):
        with opened(tmp_path / f"{seed}.db") as archive:
            thread_all(archive, shuffled(life(), seed))
            Threader(archive).rethread()
            found.add(frozenset(partition(archive)))
    assert len(found) == 1


# -- others at work meanwhile ------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", ["begin", "shadow"])
def test_a_crawl_writes_and_threads_while_it_runs_and_loses_nothing(archive, monkeypatch, step):
    late = announcement(OTHERS[3] | {"title": "Premium processing fees go up in March, says USCIS"}, "late")

    def crawl():
        with Archive(archive.path) as other:
            other.db.execute("PRAGMA busy_timeout=0")  # it never has to wait
            thread_all(other, [late])
            other.db.execute("UPDATE announcements SET relevant=0 WHERE id='r2'")
            Threader(other).catch_up()
            other.store(announcement({**FINAL, "lead": FINAL["lead"] + " Pears count."}, "f"))

    meanwhile(monkeypatch, step, crawl)
    Threader(archive, JOINED).rethread()
    monkeypatch.undo()
    expected = {frozenset({"p", "f", "r0", "r1"}), frozenset({"o2", "o3", "late"}), ONE}
    assert together(archive) == expected
    coverage = {r["id"]: r["coverage"] for r in archive.rows("SELECT * FROM stories WHERE merged_into IS NULL")}
    assert coverage == dict(archive.rows("SELECT story_id, count(*) FROM story_announcements GROUP BY 1"))
    assert archive.rows("SELECT * FROM story_queue UNION ALL SELECT 1, announcement_id FROM story_changed") == []
    again = whole(archive)
    Threader(archive, JOINED).rethread()
    assert together(archive) == expected
    assert whole(archive)[2] == again[2]
    assert len({r["number"] for r in archive.rows("SELECT number FROM stories")}) == len(again[0])


def test_it_writes_without_the_lock_but_for_the_switch(archive, monkeypatch):
    """Whoever reads sees the old stories until all new ones are there."""
    seen = []
    before = whole(archive)
    meanwhile(monkeypatch, "shadow", lambda: seen.append(whole(archive)))
    Threader(archive, JOINED).rethread(lambda *_: seen.append(whole(archive)))
    assert len(seen) >= 5
    assert all(state == before for state in seen)
    assert whole(archive) != before


def test_what_it_fails_over_leaves_no_trace(archive, monkeypatch):
    before, named = whole(archive), tables(archive)

    def fail():
        raise sqlite3.OperationalError("database or disk is full")

    meanwhile(monkeypatch, "shadow", fail)
    with pytest.raises(sqlite3.OperationalError, match="disk is full"):
        Threader(archive, JOINED).rethread()
    assert (whole(archive), tables(archive)) == (before, named)
    assert archive.rows("SELECT * FROM settings WHERE key='stories.rebuild'") == []


# -- interruption ------------------------------------------------------------------------------------------------

_KILLED = """
import os, signal, sys
sys.path.insert(0, {root!r})
import visawire
from archive.overrides import Join, Overrides
from archive.store import Archive
from archive.story_rebuild import Rebuild
from pipelines import rethread
from pipelines.thread import Threader

def die_at(where, name, time):
    real, calls = getattr(where, name), []
    def dying(*args, **more):
        calls.append(1)
        if len(calls) == time:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*args, **more)
    setattr(where, name, dying)

die_at(*{point})
archive = Archive({path!r})
real = Archive.transaction
Threader(archive, Overrides(joins=(Join(("o0", "o1"), "test"),))).rethread()
"""
# in the index, the links, the groups, the new texts, before the switch; and after it
_BEFORE = (
    '(Threader, "enter_unlinked", 3)', '(Threader, "neighbours", 4)', '(Threader, "group", 2)',
    '(rethread, "place", 1)', '(rethread, "place", 3)', '(Rebuild, "switch", 1)',
)  # fmt: skip
_AFTER = ('(Rebuild, "end", 1)', '(Rebuild, "clear", 2)', '(Threader, "catch_up", 1)')


@pytest.mark.parametrize(("point", "switched"), [(p, False) for p in _BEFORE] + [(p, True) for p in _AFTER])
def test_killed_anywhere_it_leaves_the_old_stories_or_the_new_ones(tmp_path, point, switched):
    path = tmp_path / "k.db"
    with opened(path) as archive:
        thread_all(archive, life())
        old = together(archive)
        tags = [tuple(row) for row in archive.rows("SELECT * FROM tags")]
    root = str(Path(visawire.__file__).parents[1])
    script = _KILLED.format(root=root, path=str(path), point=point)
    done = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    new = (old - APART) | {ONE}
    with opened(path) as archive:
        assert together(archive) == (new if switched else old)
        assert archive.value("PRAGMA integrity_check") == "ok"
        assert archive.rows("PRAGMA foreign_key_check") == []
        assert [tuple(row) for row in archive.rows("SELECT * FROM tags")] == tags
        # what is stored next finds its story, and the next rethread clears what was left
        late = announcement(OTHERS[3] | {"title": "Premium processing fees go up in March, says USCIS"}, "late")
        thread_all(archive, [late])
        assert frozenset({"o2", "o3", "late"}) in together(archive)
        Threader(archive, JOINED).rethread()
        assert together(archive) == (new - {frozenset({"o2", "o3"})}) | {frozenset({"o2", "o3", "late"})}
        assert not any(name.endswith(("_new", "_old")) for name in tables(archive))


@pytest.mark.parametrize("statement", range(1, 14))
def test_killed_within_the_switch_it_leaves_the_old_ones(archive, statement):
    """A transaction is all or nothing; here one that ends at any of its statements."""
    before = whole(archive)

    class Halted(Exception):
        pass

    def halt(self, *_):
        done = []

        def progress(sql):
            done.append(sql)
            if len(done) == statement:
                self._db.set_trace_callback(None)
                self._db.interrupt()

        self._db.set_trace_callback(progress)
        real(self)

    real = Rebuild.switch
    Rebuild.switch = halt
    try:
        with pytest.raises(sqlite3.OperationalError, match="interrupt"):
            Threader(archive, JOINED).rethread()
    finally:
        Rebuild.switch = real
    assert whole(archive) == before


# -- search ------------------------------------------------------------------------------------------------------


def found(archive, word):
    return {
        row[0]
        for row in archive.rows(
            "SELECT s.lead FROM stories_fts f JOIN stories s ON s.number=f.rowid WHERE stories_fts MATCH ?", (word,)
        )
    }


def test_stories_are_found_by_words_whatever_vacuum_does_to_rows(archive):
    archive.db.execute("DELETE FROM story_announcements WHERE announcement_id='o0'")
    archive.db.execute("DELETE FROM stories WHERE id='o0'")  # a gap, which VACUUM closes in what has no key of numbers
    archive.db.execute("VACUUM")
    assert found(archive, "registrations") == {"f"}
    thread_all(archive, [announcement({**FINAL, "title": "Orchard Engineers: Quince Selection"}, "f")])
    assert (found(archive, "registrations"), found(archive, "quince")) == ({"p"}, {"f"})
    Threader(archive).rethread()
    assert found(archive, "quince") == {"f"}


def test_another_name_of_a_programme_finds_a_story_once_it_is_known(archive):
    archive.db.execute("UPDATE announcements SET alias='medlarvisa' WHERE id='f'")
    Threader(archive).rethread()
    assert found(archive, "medlarvisa") == {"f"}


def test_an_archive_from_before_stories_had_numbers_gets_them(tmp_path):
    path = tmp_path / "old.db"
    with opened(path) as archive:
        thread_all(archive, life())
        for statement in (
            "DROP INDEX stories_number", "ALTER TABLE stories DROP COLUMN number",
            "UPDATE stories_fts SET rowid=rowid+100",
            "DELETE FROM _sqlite_migrations WHERE name='stories_v2_numbers'",
        ):  # fmt: skip
            archive.db.execute(statement)
    with opened(path) as archive:
        assert found(archive, "weighted") == {"f"}
        assert archive.value("SELECT count(DISTINCT number) FROM stories") == 4


def test_the_command_runs_beside_a_crawl(tmp_path):
    path = tmp_path / "c.db"
    with opened(path) as archive:
        thread_all(archive, life())
    with run_lock(path):
        done = CliRunner().invoke(main, ["rethread", "-v", "--archive", str(path)], catch_exceptions=False)
    assert (done.exit_code, done.output) == (0, "9 announcements in 4 stories\n")
