"""Permanent places of entries in feeds, and the journal of what changed."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from feeds_helpers import H1B, SEEN, announcement
from site_helpers import join, later, more, opened, press, tell

from archive.feed_entries import (
    changed_stories,
    freeze,
    frozen,
    newest_time,
    place_stories,
    place_updates,
    placed_updates,
    serial,
)
from archive.models import Figure
from archive.store import Archive
from feeds.changes import read_changes


def places(archive: Archive) -> dict[str, str]:
    with archive.transaction() as db:
        ids = [row[0] for row in db.execute("SELECT id FROM stories")]
        place_stories(db, ids)
        place_updates(db)
    return {row["key"]: row["date"] for row in archive.rows("SELECT key, date FROM feed_entries")}


def test_a_story_is_placed_at_its_publication_and_not_after_it_was_seen(tmp_path: Path) -> None:
    with opened(tmp_path / "a.db") as archive:
        day = tell(archive, announcement("day", published=date(2026, 3, 18)))
        same = tell(archive, announcement("same", published=date(2026, 3, 20)))
        second = tell(archive, announcement("second", published=datetime(2026, 3, 19, 14, 30, tzinfo=UTC)))
        ahead = tell(archive, announcement("ahead", published=date(2026, 5, 1)))
        undated = tell(archive, later(announcement("undated", published=None), 1))
        found = places(archive)
    assert found[f"story/{day}"] == "2026-03-18T12:00:00Z"
    assert found[f"story/{second}"] == "2026-03-19T14:30:00Z"
    assert {found[f"story/{same}"], found[f"story/{ahead}"]} == {"2026-03-20T09:00:00Z", "2026-03-20T09:00:01Z"}
    assert found[f"story/{undated}"] == "2026-03-20T10:00:00Z"


def test_what_is_found_late_is_dated_by_the_find_but_a_baseline_is_not(tmp_path: Path) -> None:
    old = date(2025, 12, 1)
    with opened(tmp_path / "a.db") as archive:
        late = tell(archive, announcement("late", published=old))
        assert places(archive)[f"story/{late}"] == "2026-03-20T09:00:00Z"
    with opened(tmp_path / "b.db", crawled=False) as archive:
        first = tell(archive, announcement("first", published=old))
        assert places(archive)[f"story/{first}"] == "2025-12-01T12:00:00Z"


def test_no_two_dates_are_equal_and_none_ever_moves(tmp_path: Path) -> None:
    with opened(tmp_path / "a.db") as archive:
        for n in range(30):
            tell(archive, announcement(f"n{n}"), later(press(f"p{n}", stage="final"), 2))
        first = places(archive)
        assert len(set(first.values())) == len(first) > 60
        tell(archive, announcement("earlier", published=date(2026, 3, 1)))
        assert first.items() <= places(archive).items()


def test_an_update_keeps_what_it_said_when_it_was_placed(tmp_path: Path) -> None:
    with opened(tmp_path / "a.db") as archive:
        item = announcement("rule", stage="proposed", tags=[H1B])
        story = tell(archive, item)
        places(archive)
        archive.db.execute("UPDATE stories SET title='Another title' WHERE id=?", (story,))
        places(archive)
        ((key, when, facts),) = frozen(archive.db, "update/", 10)
    assert key == "update/1"
    assert when == SEEN + timedelta(seconds=1)  # the story itself has the second before
    assert (facts["title"], facts["stage"]) == ("Permit notice rule", "proposed")
    assert facts["tags"] == [["programme", "us-h-1b", "H-1B specialty occupation"]]


def test_a_new_story_keeps_what_it_was_about_and_its_first_figures(tmp_path: Path) -> None:
    figures = [Figure("ca-gss", "fee", str(n), "q", "r", previous="9" if n == 4 else "") for n in range(1, 6)]
    with opened(tmp_path / "a.db") as archive:
        item = announcement(
            "rule", stage="proposed", tags=[H1B], figures=figures, summary="Two\n words. " + "more " * 99
        )
        story = tell(archive, item)
        archive.db.execute("UPDATE stories SET effective='2026-05-01' WHERE id=?", (story,))
        archive.db.execute(
            "INSERT INTO updates (story_id, kind, at, summary) VALUES (?, 'date', '2026-03-21', 's')", (story,)
        )
        places(archive)
        (_, _, date), (_, _, new) = frozen(archive.db, "update/", 10)
        ids = placed_updates(archive.db)
        (first, _), (second, _) = read_changes(archive.db, ids)
        archive.db.execute("UPDATE feed_entries SET frozen=json_remove(frozen, '$.about', '$.figures')")
        (old, _), _ = read_changes(archive.db, ids)
    assert new["about"].startswith("Two words. more") and new["about"].endswith("more…") and len(new["about"]) <= 300
    assert [(f["previous"], f["value"]) for f in new["figures"]] == [("9", "4"), ("", "1"), ("", "2")]
    assert "about" not in date and "figures" not in date
    assert (first.kind, first.about, first.effective) == ("new", new["about"], "2026-05-01")
    assert (first.figures[0].programme, first.figures[0].parameter, first.figures[0].value) == ("ca-gss", "fee", "4")
    assert (second.kind, second.about, second.effective, second.figures) == ("date", "", "", ())
    assert (old.kind, old.about, old.effective, old.figures) == ("new", "", "", ())  # placed before these were kept


def test_an_update_of_a_story_that_is_not_published_gets_no_place(tmp_path: Path) -> None:
    with opened(tmp_path / "a.db") as archive:
        tell(archive, announcement("noise"), relevant=False)
        assert archive.value("SELECT count(*) FROM updates") == 1
        places(archive)
        assert placed_updates(archive.db) == []
        tell(archive, announcement("news"))
        places(archive)
        assert placed_updates(archive.db) == [2]
        assert placed_updates(archive.db, 2) == []


def test_with_a_story_come_those_that_went_into_it(tmp_path: Path) -> None:
    with opened(tmp_path / "a.db") as archive:
        one, two, three, _ = (tell(archive, announcement(f"n{n}"), later(press(f"p{n}"), n)) for n in range(4))
        last = join(archive, join(archive, one, two), three)
        seen = serial(archive.db)
        archive.db.execute("UPDATE stories SET title='Another title' WHERE id=?", (last,))
        assert changed_stories(archive.db, seen) == sorted([one, two, three])


def test_a_frozen_entry_is_never_written_twice(tmp_path: Path) -> None:
    with opened(tmp_path / "a.db") as archive:
        for said in ("first", "second"):
            with archive.transaction() as db:
                freeze(db, "digest/weekly/2026-W11", SEEN, {"said": said})
        assert [facts for _, _, facts in frozen(archive.db, "digest/weekly/", 5)] == [{"said": "first"}]


def test_the_journal_names_the_stories_of_which_something_shown_changed(tmp_path: Path) -> None:
    with opened(tmp_path / "a.db") as archive:
        one, two = tell(archive, announcement("one")), tell(archive, announcement("two"))
        assert changed_stories(archive.db, 0) == sorted([one, two])
        seen = serial(archive.db)
        assert changed_stories(archive.db, seen) == []

        archive.db.execute("UPDATE announcements SET last_seen='2027-01-01T00:00:00Z'")
        assert changed_stories(archive.db, seen) == []
        archive.store(later(announcement("two", tags=[H1B], title="A new title"), 3))
        assert changed_stories(archive.db, seen) == [two]
        seen = serial(archive.db)
        more(archive, one, later(press("more"), 4))
        assert changed_stories(archive.db, seen) == [one]


def test_every_fact_that_is_shown_is_in_the_journal(tmp_path: Path) -> None:
    with opened(tmp_path / "a.db") as archive:
        story = tell(archive, announcement("one"))
        name = archive.value("SELECT lead FROM stories")
        for statement in (
            "INSERT INTO key_dates (announcement_id, kind, date, precision, quote, rule) "
            f"VALUES ('{name}', 'effective', '2026-05-01', 'day', 'q', 'r')",
            "DELETE FROM key_dates",
            "INSERT INTO figures (announcement_id, programme, parameter, value, quote, rule) "
            f"VALUES ('{name}', 'ca-gss', 'fee', '1', 'q', 'r')",
            "DELETE FROM announcement_tags",
            "UPDATE announcements SET state='removed'",
            "UPDATE stories SET importance=0.9",
            f"INSERT INTO updates (story_id, kind, at, summary) VALUES ('{story}', 'revision', '2026-03-21', 's')",
        ):
            seen = serial(archive.db)
            archive.db.execute(statement)
            assert changed_stories(archive.db, seen) == [story], statement


def test_the_newest_time_is_that_of_the_last_answer(tmp_path: Path) -> None:
    with opened(tmp_path / "a.db") as archive:
        assert newest_time(archive.db) is None
        tell(archive, announcement("one"))
        assert newest_time(archive.db) == SEEN
        when = SEEN + timedelta(days=2)
        archive.db.execute(
            "INSERT INTO responses (url, checked, status) VALUES ('https://x.example/', ?, 304)",
            (when.strftime("%Y-%m-%dT%H:%M:%SZ"),),
        )
        assert newest_time(archive.db) == when
