"""Stories in the archive: order, ids, updates, copies, round-ups, overrides, interruption, cost."""

from __future__ import annotations

import sqlite3
from datetime import timedelta

import pytest
from click.testing import CliRunner

from archive.models import Tag
from archive.stories import refresh
from archive.story_index import IndexKey, StoryIndex, remember_words
from archive.story_state import Member, state_of
from archive.updates import Cause, add_update
from pipelines.thread import Threader, words_of
from tests.story_helpers import (
    FINAL,
    OTHERS,
    PROPOSED,
    REPORTS,
    SEEN,
    announcement,
    life,
    opened,
    partition,
    row,
    shuffled,
    thread_all,
    together,
)
from visawire.cli import main
from visawire.story_commands import rethread as rethread_command
from visawire.story_commands import story_lines

MEASURE = frozenset({"p", "f", "r0", "r1", "r2"})


@pytest.fixture
def archive(tmp_path):
    with opened(tmp_path / "stories.db") as archive:
        yield archive


def story_of(archive, name):
    return archive.rows(
        "SELECT s.* FROM stories s JOIN story_announcements x ON x.story_id=s.id WHERE x.announcement_id=?", (name,)
    )[0]


def updates(archive, story_id):
    return [
        tuple(r)
        for r in archive.rows("SELECT kind, before, after FROM updates WHERE story_id=? ORDER BY id", (story_id,))
    ]


# -- one story ---------------------------------------------------------------------------------------------------


def test_a_rule_lives_from_proposal_to_final_with_its_reports_as_one_story(archive):
    thread_all(archive, life())
    assert MEASURE in together(archive)
    assert frozenset({"o2", "o3"}) in together(archive)
    story = story_of(archive, "r1")
    assert (story["lead"], story["stage"], story["effective"]) == ("f", "final", "2027-02-15")
    assert (story["first_published"], story["coverage"], story["merged_into"]) == ("2026-03-02", 5, None)
    placed = {
        r["announcement_id"]: r
        for r in archive.rows("SELECT * FROM story_announcements WHERE story_id=?", (story["id"],))
    }
    assert {name: r["event"] for name, r in placed.items()} == {
        "p": "proposed", "f": "final", "r0": "final", "r1": "final", "r2": "final",
    }  # fmt: skip
    # the final rule leads, though the proposal was the first official document
    assert (placed["p"]["role"], placed["f"]["role"], placed["r0"]["role"]) == ("official", "lead", "report")
    assert placed["r0"]["score"] > 0.8
    assert "same day of effect" in placed["r0"]["reason"]


def test_the_updates_of_a_life_stand_in_order(archive):
    thread_all(archive, life()[:3])
    assert updates(archive, story_of(archive, "p")["id"]) == [
        ("new", "", "proposed"),
        ("stage", "proposed", "final"),
        ("date", "", "2027-02-15"),
    ]


def test_an_update_is_never_edited_or_deleted(archive):
    thread_all(archive, life()[:1])
    for statement in ("UPDATE updates SET summary='x'", "DELETE FROM updates"):
        with pytest.raises(sqlite3.IntegrityError, match="written once"):
            archive.db.execute(statement)


def test_an_update_is_written_once(archive):
    thread_all(archive, life()[:1])
    story_id = story_of(archive, "p")["id"]
    with archive.transaction() as db:
        assert add_update(db, story_id, "date", "2026-03-03", "moved", before="a", after="b", announcement_id="p")
        assert not add_update(db, story_id, "date", "2026-03-03", "moved", before="a", after="b", announcement_id="p")


def test_threading_again_changes_nothing(archive):
    thread_all(archive, life())
    before = (
        partition(archive),
        archive.value("SELECT count(*) FROM updates"),
        [tuple(r) for r in archive.rows("SELECT * FROM stories")],
    )
    archive.db.execute("INSERT INTO story_queue (announcement_id) SELECT id FROM announcements ORDER BY rowid DESC")
    assert Threader(archive).catch_up() == 9
    assert (
        partition(archive),
        archive.value("SELECT count(*) FROM updates"),
        [tuple(r) for r in archive.rows("SELECT * FROM stories")],
    ) == before


def test_a_first_crawl_is_a_baseline_and_makes_no_updates(tmp_path):
    with opened(tmp_path / "base.db", baseline=True) as archive:
        thread_all(archive, life())
        assert MEASURE in together(archive)
        assert archive.rows("SELECT * FROM updates") == []


def test_news_of_a_baseline_story_tells_only_what_changed(tmp_path):
    with opened(tmp_path / "base.db", baseline=True) as archive:
        thread_all(archive, life()[:1])
        run = archive.begin_run("crawl", SEEN)
        from archive.models import Check

        archive.add_check(run, Check("x-regulator-register", "ok", SEEN))
        thread_all(archive, life()[1:2])
        assert [kind for kind, _, _ in updates(archive, story_of(archive, "p")["id"])] == ["stage", "date"]


def test_a_silent_edit_is_an_update_with_before_and_after(archive):
    thread_all(archive, life()[:3])
    edited = announcement({**FINAL, "lead": FINAL["lead"].replace("February 15", "March 22")}, "f")
    edited.seen = SEEN + timedelta(days=2)
    thread_all(archive, [edited])
    told = updates(archive, story_of(archive, "f")["id"])
    assert ("date", "2027-02-15", "2027-03-22") in told
    assert any(kind == "revision" and "15" in before and "22" in after for kind, before, after in told)
    assert archive.value("SELECT summary FROM updates WHERE kind='revision'").startswith("Silent edit")


def told_of(archive, story_id):
    return [r[0] for r in archive.rows("SELECT summary FROM updates WHERE story_id=? ORDER BY id", (story_id,))]


def date_of(archive, name, kind, date):
    archive.db.execute("DELETE FROM key_dates WHERE announcement_id=? AND kind=?", (name, kind))
    archive.db.execute(
        "INSERT INTO key_dates (announcement_id, kind, date, precision, quote, rule) VALUES (?,?,?,'day','q','r')",
        (name, kind, date),
    )


def refreshed(archive, story_id, cause):
    with archive.transaction() as db:
        refresh(db, story_id, cause)


def test_a_deadline_of_another_kind_is_new_and_one_of_its_own_kind_moves(archive):
    thread_all(archive, life()[:1])
    story_id = story_of(archive, "p")["id"]
    steps = (
        ("comment_deadline", "2026-05-08", "New deadline: comments close 2026-05-08"),
        ("window_close", "2027-03-14", "New deadline: window closes 2027-03-14"),
        ("window_close", "2027-03-20", "Deadline moved: window closes 2027-03-20, before 2027-03-14"),
        ("comment_deadline", "2026-06-08", "Deadline moved: comments close 2026-06-08, before 2026-05-08"),
    )
    for n, (kind, date, said) in enumerate(steps):
        date_of(archive, "p", kind, date)
        refreshed(archive, story_id, Cause("p", f"2026-03-1{n}"))
        assert told_of(archive, story_id)[1:] == [said for *_, said in steps[: n + 1]]
    # the next one by which somebody must act
    assert story_of(archive, "p")["deadline"] == "2026-06-08"
    archive.db.execute("DELETE FROM key_dates WHERE announcement_id='p' AND kind='comment_deadline'")
    refreshed(archive, story_id, Cause("p", "2026-03-20"))
    assert story_of(archive, "p")["deadline"] == "2027-03-20"
    assert len(told_of(archive, story_id)) == 5, "that the window is next now moves nothing"


def test_a_story_of_which_only_the_next_deadline_was_kept_says_of_none_that_it_moved(archive):
    thread_all(archive, life()[:1])
    story_id = story_of(archive, "p")["id"]
    date_of(archive, "p", "comment_deadline", "2026-05-08")
    date_of(archive, "p", "window_close", "2027-03-14")
    archive.db.execute("UPDATE stories SET deadline='2026-05-08', deadlines=''")
    refreshed(archive, story_id, Cause("p", "2026-03-11"))
    assert len(told_of(archive, story_id)) == 1
    archive.db.execute("UPDATE stories SET deadlines=''")
    date_of(archive, "p", "comment_deadline", "2026-06-08")
    refreshed(archive, story_id, Cause("p", "2026-03-12"))
    assert told_of(archive, story_id)[1:] == ["New deadline: comments close 2026-06-08"]


@pytest.mark.parametrize(
    ("stages", "stage"),
    [
        (["final", "announced"], "final"),
        (["in-force", "guidance", "operational", "reported"], "in-force"),
        (["final", "proposed", "consultation", "under-review"], "final"),
        (["final", "in-force"], "in-force"),
        (["proposed", "final", "delayed"], "delayed"),
        (["in-force", "guidance", "court"], "court"),
        (["final", "announced", "withdrawn"], "withdrawn"),
        (["in-force", "expired"], "expired"),
        (["final", "delayed", "final", "guidance"], "final"),
        (["announced", "guidance"], "guidance"),
        (["withdrawn", "proposed"], "proposed"),
    ],
)
def test_what_binds_stays_until_something_undoes_it(stages, stage):
    members = [Member(f"g{n}", "G", f"2026-01-{n + 1:02}", 0, said) for n, said in enumerate(stages)]
    press = Member("press", "P", "2026-02-01", 2, "reported")
    for seed in range(5):
        assert state_of(shuffled([*members, press], seed)).stage == stage


def test_a_delay_takes_effect_on_its_new_day(archive):
    dates = [("effective", "2017-07-11"), ("effective", "2018-03-14")]
    rule = Member("rule", "R", "2017-01-17", 0, "final", dates=[("effective", "2017-07-17")])
    delay = Member("delay", "D", "2017-07-11", 0, "delayed", dates=dates)
    assert state_of([rule, delay]).effective == "2018-03-14"
    assert state_of([Member("f", "F", "2017-07-11", 0, "final", dates=dates)]).effective == "2017-07-11"
    thread_all(archive, life()[:2])
    story_id = story_of(archive, "f")["id"]
    archive.db.execute("UPDATE announcements SET stage='delayed' WHERE id='f'")
    date_of(archive, "f", "effective", "2027-06-15")
    refreshed(archive, story_id, Cause("f", "2027-01-02"))
    assert told_of(archive, story_id)[-1] == "Delayed day of effect: 2027-06-15, before 2027-02-15"


def test_a_revision_that_moves_the_stage_of_a_baseline_story_is_told_once(tmp_path):
    with opened(tmp_path / "base.db", baseline=True) as archive:
        thread_all(archive, life()[:1])
        story_id = story_of(archive, "p")["id"]
        assert updates(archive, story_id) == []
        # what our rules find out later about a first crawl is no news
        archive.db.execute("UPDATE announcements SET stage='consultation' WHERE id='p'")
        Threader(archive).catch_up()
        assert updates(archive, story_id) == []
        edited = announcement({**PROPOSED, "lead": PROPOSED["lead"] + " It was withdrawn on May 4."}, "p")
        edited.stage, edited.seen = "withdrawn", SEEN + timedelta(days=2)
        thread_all(archive, [edited])
        told = updates(archive, story_id)
        assert [kind for kind, _, _ in told] == ["stage", "revision"]
        assert told[0] == ("stage", "consultation", "withdrawn")
        archive.db.execute("INSERT INTO story_queue (announcement_id) VALUES ('p')")
        Threader(archive).catch_up()
        assert updates(archive, story_id) == told


def test_a_stage_that_we_had_wrong_is_told_as_corrected_where_the_story_was_told_of(archive):
    thread_all(archive, life()[:1])
    story_id = story_of(archive, "p")["id"]
    archive.db.execute("UPDATE announcements SET stage='consultation' WHERE id='p'")
    for _ in range(2):
        refreshed(archive, story_id, Cause())
    assert updates(archive, story_id)[1:] == [("stage", "proposed", "consultation")]
    assert told_of(archive, story_id)[1:] == ["Corrected: Stage: consultation, before proposed"]


def test_a_story_that_its_last_step_leaves_tells_its_stage(archive):
    thread_all(archive, life()[:2])
    story_id = story_of(archive, "p")["id"]
    archive.db.execute("UPDATE announcements SET relevant=0 WHERE id='f'")
    Threader(archive).catch_up()
    ((kind, before, after, cause),) = [
        tuple(r) for r in archive.rows(
            "SELECT kind, before, after, announcement_id FROM updates WHERE story_id=? AND summary LIKE 'Corrected%'",
            (story_id,),
        )
    ]  # fmt: skip
    assert (kind, before, after, cause) == ("stage", "final", "proposed", None)


# -- order -------------------------------------------------------------------------------------------------------


def test_the_order_of_arrival_does_not_matter(tmp_path):
    expected = None
    for seed in range(25):
        with opened(tmp_path / f"{seed}.db") as archive:
            thread_all(archive, shuffled(life(), seed))
            found = (partition(archive), {r["lead"]: (r["stage"], r["effective"], r["importance"]) for r in
                     archive.rows("SELECT * FROM stories WHERE merged_into IS NULL")})  # fmt: skip
        expected = expected or found
        assert found == expected


def test_a_rethread_gives_the_same_stories_and_keeps_their_ids(archive):
    thread_all(archive, shuffled(life(), 3))
    before = {r["id"]: tuple(r) for r in archive.rows("SELECT * FROM stories WHERE merged_into IS NULL")}
    stories, told = partition(archive), archive.value("SELECT count(*) FROM updates")
    done = Threader(archive).rethread()
    assert (done.announcements, done.stories, done.cut) == (9, len(stories), 0)
    assert partition(archive) == stories
    assert {r["id"]: tuple(r) for r in archive.rows("SELECT * FROM stories WHERE merged_into IS NULL")} == before
    assert archive.value("SELECT count(*) FROM updates") == told


def test_an_archive_that_never_had_stories_gets_them_without_a_flood(archive):
    for item in life():
        archive.store(item)
    seen = []
    Threader(archive).rethread(lambda *progress: seen.append(progress))
    assert MEASURE in together(archive)
    assert archive.rows("SELECT * FROM updates") == []
    assert Threader(archive).catch_up() == 0


def test_what_was_stored_is_caught_up_with_in_its_order(archive):
    for item in life():
        archive.store(item)
    assert Threader(archive).catch_up() == 9
    assert MEASURE in together(archive)
    archive.store(announcement({**FINAL, "lead": FINAL["lead"] + " Pears count."}, "f"))
    assert Threader(archive).catch_up() == 1


def test_ids_are_guids_of_first_announcements_and_stay(archive):
    items = life()
    thread_all(archive, [items[2]])
    story_id = story_of(archive, "r0")["id"]
    assert story_id == archive.value("SELECT guid FROM announcements WHERE id='r0'")
    thread_all(archive, [items[3], items[1], items[0]])
    assert story_of(archive, "p")["id"] == story_id


# -- copies, round-ups, what is not relevant ---------------------------------------------------------------------


def test_a_copy_goes_where_its_lead_is_as_syndicated(archive):
    thread_all(archive, life()[1:3])
    copy = announcement(REPORTS[1], "copy")
    archive.store(copy)
    archive.db.execute("UPDATE announcements SET duplicate_of='f', duplicate_reason='same text' WHERE id='copy'")
    Threader(archive).catch_up()
    ((role, reason, story_id),) = archive.rows(
        "SELECT role, reason, story_id FROM story_announcements WHERE announcement_id='copy'"
    )
    assert (role, reason, story_id) == ("syndicated", "same text", story_of(archive, "f")["id"])
    archive.db.execute("UPDATE announcements SET duplicate_of=NULL WHERE id='copy'")
    Threader(archive).catch_up()
    assert archive.value("SELECT role FROM story_announcements WHERE announcement_id='copy'") == "report"


def test_what_turns_out_irrelevant_leaves_its_story(archive):
    thread_all(archive, life()[:3])
    archive.db.execute("UPDATE announcements SET relevant=0 WHERE id='r0'")
    Threader(archive).catch_up()
    assert archive.rows("SELECT * FROM story_announcements WHERE announcement_id='r0'") == []
    assert story_of(archive, "f")["coverage"] == 2
    archive.db.execute("UPDATE announcements SET relevant=0")
    Threader(archive).catch_up()
    assert archive.rows("SELECT * FROM story_announcements") == []
    assert archive.rows("SELECT * FROM stories WHERE coverage>0") == []


def test_what_turns_out_to_tell_of_something_else_leaves_with_an_id_of_its_own(archive):
    thread_all(archive, life()[:5])
    story_id = story_of(archive, "f")["id"]
    thread_all(archive, [announcement(OTHERS[1], "r0")])
    assert together(archive) == {MEASURE - {"r0"}, frozenset({"r0"})}
    assert story_of(archive, "f")["id"] == story_id
    assert story_of(archive, "r0")["id"] == "r0"
    assert story_of(archive, "f")["coverage"] == 4


def test_an_official_copy_that_takes_the_lead_keeps_the_story_s_id(archive):
    thread_all(archive, [announcement(REPORTS[0], "press")])
    archive.store(announcement(FINAL, "official"))
    archive.db.execute("UPDATE announcements SET guid='press' WHERE id='official'")
    archive.db.execute("UPDATE announcements SET duplicate_of='official' WHERE id='press'")
    Threader(archive).catch_up()
    assert [tuple(r) for r in archive.rows("SELECT id, lead, coverage FROM stories")] == [("press", "official", 2)]


def test_a_story_that_moves_has_its_pages_looked_at_again(archive):
    thread_all(archive, life()[:1])
    archive.db.execute(
        "INSERT INTO rereads (announcement_id, source_id, url, answered) SELECT id, source_id, url, '' "
        "FROM announcements"
    )
    thread_all(archive, life()[1:2])
    assert [tuple(r) for r in archive.rows("SELECT announcement_id, due FROM rereads")] == [
        ("p", "2027-06-30T12:00:00Z")
    ]


def test_a_round_up_touches_several_stories_and_ties_none_together(archive):
    weekly = announcement(
        row("Weekly round-up: weighted H-1B selection and premium processing fees",
            "The final rule on weighted selection of H-1B registrations is effective February 15, 2027; premium "
            "processing fees rise on March 1, 2027.", "2026-12-19", source_kind="law-firm"), "weekly")  # fmt: skip
    for order in ([*life(), weekly], [weekly, *life()]):
        thread_all(archive, order)
    homes = {
        r["story_id"] for r in archive.rows("SELECT story_id FROM story_announcements WHERE announcement_id='weekly'")
    }
    assert homes == {story_of(archive, "f")["id"], story_of(archive, "o2")["id"]}


def test_words_of_a_text_that_is_not_kept_still_match(archive):
    body = (
        "Medlar graft permits: the quincewood inspectorate consults pomologists, cidermakers, beekeepers, orchardists, "
        "coopers, nurserymen, arborists and botanists of Exampleton about saplings, rootstock, scions and espaliers. "
    ) * 3
    told = (
        ("Growers invited to the capital for two days", "A short lead."),
        ("Ministry sees talks as useful", "A decision is near."),
    )
    items = [
        announcement(row(title, lead, "2026-05-04") | {"url": f"https://n.example/{n}"}, f"w{n}")
        for n, (title, lead) in enumerate(told)
    ]
    for item in items:
        item.body = body
        item.tags += [Tag("programme", "us-h-1b", "graft", "test"), Tag("country", "us", "graft", "test")]
        words = words_of(item)
        item.body = ""
        archive.store(item)
        remember_words(archive.db, item.id, words)
    Threader(archive).catch_up()
    assert frozenset({"w0", "w1"}) in together(archive)
    Threader(archive).rethread()
    assert frozenset({"w0", "w1"}) in together(archive)
    archive.db.execute("DELETE FROM story_words")
    Threader(archive).rethread()
    assert frozenset({"w0", "w1"}) not in together(archive), "title and lead alone do not tie them"


def test_a_figure_that_moves_is_an_update(archive):
    thread_all(archive, [announcement(OTHERS[0], "o0")])
    story_id = story_of(archive, "o0")["id"]
    archive.db.execute("UPDATE figures SET value='6500' WHERE announcement_id='o0'")
    with archive.transaction() as db:
        refresh(db, story_id, Cause("o0", "2027-01-02"))
    assert ("figure", "6400 SGD", "6500 SGD") in updates(archive, story_id)


# -- cost ---------------------------------------------------------------------------------------------------------


def test_candidates_are_read_by_seek_and_not_by_scan(archive):
    thread_all(archive, life())
    statements = []
    archive.db.set_trace_callback(statements.append)
    StoryIndex(archive.db, bucket=192, window=160, nearest=24).candidates(
        0, 740000, [IndexKey(5, True, 1.0), IndexKey(6, False, 1.0)], 0.5, 5
    )
    archive.db.set_trace_callback(None)
    assert statements
    for statement in statements:
        plan = [r["detail"] for r in archive.rows(f"EXPLAIN QUERY PLAN {statement}")]
        assert not any("SCAN story_keys" in step for step in plan), plan
        assert any("SEARCH story_keys USING PRIMARY KEY (bucket=? AND key=? AND day" in step for step in plan)


def test_a_key_that_everybody_shares_meets_only_its_nearest(archive):
    index = StoryIndex(archive.db, bucket=192, window=160, nearest=3)
    with archive.transaction():
        for node in range(1, 40):
            index.add_keys(node, 740000 + node, [IndexKey(7, True, 2.0)])
    assert sorted(index.candidates(0, 740020, [IndexKey(7, True, 2.0)], 1.0, 50)) == [18, 19, 20, 21, 22, 23]


# -- commands ----------------------------------------------------------------------------------------------------


def test_the_command_puts_stories_together_and_explains_them(tmp_path):
    path = tmp_path / "c.db"
    with opened(path) as archive:
        for item in life():
            archive.store(item)
    runner = CliRunner()
    result = runner.invoke(rethread_command, ["-v", "--archive", str(path)], catch_exceptions=False)
    assert (result.exit_code, result.output) == (0, "9 announcements in 4 stories\n")
    with opened(path) as archive:
        told = "\n".join(story_lines(archive, "r0"))
        nothing = story_lines(archive, "unknown")
    assert "same day of effect" in told
    assert "importance" in told
    assert "led by f" in told
    assert "no story" in nothing[0]


def test_the_command_names_a_wrong_overrides_file(tmp_path):
    path = tmp_path / "c.db"
    opened(path).close()
    wrong = tmp_path / "overrides.toml"
    wrong.write_text("[[", encoding="utf-8")
    result = CliRunner().invoke(main, ["rethread", "--archive", str(path), "--overrides", str(wrong)])
    assert result.exit_code == 2
    assert "overrides.toml" in result.output
    assert (
        CliRunner().invoke(main, ["rethread", "--archive", str(path), "--overrides", str(tmp_path / "no")]).exit_code
        == 2
    )
