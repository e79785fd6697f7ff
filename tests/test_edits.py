"""Edits of pages: the diff of words, what is cosmetic, what is silent, and when a page counts as removed."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from time import monotonic

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_browse import datasette_for, get

from archive.diff import LONGEST, MOST, gist, word_changes, written
from archive.edits import (
    Memory,
    PageLook,
    due_pages,
    dump_listed,
    load_listed,
    record,
    watch_story,
)
from archive.insignificant import own_dates, said_hash, significant
from archive.models import Announcement, Figure, Identifier, KeyDate, Source, Tag, Validator
from archive.revisions import judge
from archive.store import Archive
from archive.updates import add_update
from pipelines.identify import identify
from pipelines.store import keep_to_licence, look_to_licence

OFFICIAL = Source("us-x", "X", "X", "US", "government", "primary", "en", "https://x.gov/news", "pd", "full", "daily")
PRESS = replace(OFFICIAL, id="us-press", authority="secondary", url="https://press.example/", republish="excerpt")
FIRST = datetime(2026, 3, 2, 10, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def archive(tmp_path):
    with Archive(tmp_path / "a.db") as opened:
        opened.sync_sources([OFFICIAL, PRESS])
        yield opened


def page_events(archive, columns):
    return [tuple(row) for row in archive.rows(f"SELECT {columns} FROM page_events ORDER BY id")]


# -- the diff -------------------------------------------------------------------------------------------------


def test_a_changed_figure_is_shown_between_the_words_beside_it():
    before = "The quick form is gone. The fee for an orchard permit is $1,000 for each picker and year. Nothing else."
    changes = word_changes(before, before.replace("$1,000", "$2,000"))
    assert written({"text": changes}) == (
        "@ text\n  … fee for an orchard permit is\n- $1,000\n+ $2,000\n  for each picker and year. Nothing …"
    )
    assert gist(changes) == "$1,000 → $2,000"


def test_insertions_and_deletions_have_one_side_only():
    changes = word_changes("Pickers apply by post.", "Pickers may now apply by post.")
    assert written({"text": changes}) == "@ text\n  Pickers\n+ may now\n  apply by post."
    changes = word_changes("First line.\nThis goes away.\nLast line.", "First line.\nLast line.")
    assert written({"text": changes}) == "@ text\n  First line.\n- This goes away.\n  Last line."


def test_white_space_is_never_a_difference():
    assert word_changes("One  two\n\nthree", "One two three\n") == []
    assert written({"title": [], "text": []}) == ""


def test_words_between_two_near_changes_are_shown_once():
    before = "Apply from 1 March at the north gate or the south gate of the orchard."
    after = "Apply from 1 April at the north gate or the west gate of the orchard."
    text = written({"text": word_changes(before, after)})
    assert text.count("at the north gate or the") == 1
    assert text.splitlines()[1:] == [
        "  Apply from 1", "- March", "+ April", "  at the north gate or the", "- south", "+ west",
        "  gate of the orchard.",
    ]  # fmt: skip


_WORDS = st.lists(st.sampled_from(["a", "b", "c", "d.", "e;", "f\n"]), max_size=30).map(" ".join)


@given(_WORDS, _WORDS)
def test_applying_the_changes_to_the_old_words_gives_the_new_ones(before, after):
    words, result, at = before.split(), [], 0
    for change in word_changes(before, after):
        result += [*words[at : change.at], *change.added]
        at = change.at + len(change.removed)
        assert tuple(words[change.at : at]) == change.removed
        assert tuple(words[at : at + len(change.after)]) == change.after
        assert tuple(words[change.at - len(change.before) : change.at]) == change.before
    assert [*result, *words[at:]] == after.split()


def test_huge_texts_are_compared_in_bounded_time_and_space():
    text = "\n".join(
        f"Paragraph {n} of the orchard code speaks of ladders, baskets and {n % 7} gates." for n in range(20000)
    )
    edited = text.replace("Paragraph 777 of", "Section 777 of").replace("Paragraph 19000 of", "Section 19000 of")
    started = monotonic()
    found = word_changes(text, edited)
    assert [(c.removed, c.added) for c in found] == [(("Paragraph",), ("Section",))] * 2
    reversed_text = "\n".join(reversed(text.splitlines()))
    assert len(written({"text": word_changes(text, reversed_text)})) < 20 * LONGEST
    words_only = " ".join(f"w{n * 7919 % 5003}" for n in range(60000))
    other = " ".join(f"w{n * 104729 % 5003}" for n in range(60000))
    assert len(written({"text": word_changes(words_only, other)})) < 20 * LONGEST * MOST
    assert monotonic() - started < 10


def test_more_changes_than_can_be_read_are_counted():
    before = "\n".join(f"Line {n} has ten pears in it, and some leaves on top of them." for n in range(100))
    text = written({"text": word_changes(before, before.replace("ten pears", "two plums"))})
    assert text.count("- ten pears") == MOST
    assert text.endswith("@ text: 40 more changes")


# -- what is cosmetic and what is silent ----------------------------------------------------------------------


def _state(text="Body.", title="Title", summary="", updated="", published="2026-03-01", stage=""):
    return {
        "title": title,
        "summary": summary,
        "text": text,
        "updated": updated,
        "published": published,
        "stage": stage,
    }


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Fees rise.\nLast updated: 1 March 2026", "Fees rise.\nLast updated: 9 March 2026"),
        ("Fees rise.\nPage last reviewed 2026-03-01", "Fees rise.\nPage last reviewed 2026-03-09"),
        ("Fees rise.\nDate modified: 2026-03-01", "Fees rise.\nDate modified: 2026-03-09"),
        ("Les frais montent.\nMis à jour le 1 mars 2026", "Les frais montent.\nMis à jour le 9 mars 2026"),
        ("Fees rise. 1,024 views", "Fees rise. 1,099 views"),
        ("Fees rise.", "Skip to main content\nHome > News\nFees rise.\nShare this page"),
        ("Fees rise.", "Fees   rise."),
        ("The agency's “new” fee", 'The agency’s "new" fee'),
        ("- one basket\n- two baskets", "• one basket\n• two baskets"),
        ("See https://x.gov/form?utm_source=mail today", "See https://x.gov/form today"),
        ("Fees rise. Posted 3 days ago", "Fees rise. Posted 4 days ago"),
    ],
)
def test_what_a_template_says_is_cosmetic_kept_and_light(before, after):
    found = judge(_state(before), _state(after))
    assert (found.cosmetic, found.silent, found.weight) == (True, False, 0.1)


@pytest.mark.parametrize(
    ("before", "after", "weight"),
    [
        ("The fee is 1,000 crowns.", "The fee is 2,000 crowns.", 1),
        ("Pickers may apply.", "Pickers may not apply.", 1),
        ("Register for the lottery by 20 March", "Register for the lottery by 25 March", 1),
        ("Are spouses covered?\nNo", "Are spouses covered?\nYes", 1),
        ("Revised 85,000", "Revised 65,000", 1),
        ("The office is in the old mill.", "The office is in the old town hall.", 0.34),
        ("The agency received 12 comments", "The agency received 19 comments", 1),
    ],
)
def test_what_a_page_says_is_not_cosmetic(before, after, weight):
    found = judge(_state(before), _state(after))
    assert (found.cosmetic, found.silent, found.weight) == (False, True, weight)


def test_an_edit_is_silent_only_while_the_page_states_no_new_date():
    before, after = "The fee is 1,000.", "The fee is 2,000."
    assert judge(_state(before), _state(after)).silent
    assert judge(_state(before, updated="2026-03-01"), _state(after, updated="")).silent
    assert not judge(_state(before), _state(after, updated="2026-03-09")).silent
    assert not judge(_state(before), _state(after, published="2026-03-09")).silent
    owned = judge(_state(f"{before}\nLast updated 1 March 2026"), _state(f"{after}\nLast updated 9 March 2026"))
    assert not owned.silent
    assert judge(_state(f"{before}\nLast updated 1 March 2026"), _state(f"{after}\nLast updated 1 March 2026")).silent


def test_a_moved_date_alone_is_cosmetic_unless_it_is_that_of_publication():
    moved = judge(_state(updated="2026-03-01"), _state(updated="2026-03-09"))
    assert (moved.cosmetic, moved.silent, moved.diff) == (True, False, "@ updated\n- 2026-03-01\n+ 2026-03-09")
    redated = judge(_state(published="2026-03-01"), _state(published="2026-03-02"))
    assert (redated.cosmetic, redated.silent, redated.weight) == (False, False, 0.5)
    finer = judge(_state(published="2026-03-01"), _state(published="2026-03-01T10:00:00Z"))
    assert finer.cosmetic


def test_a_title_a_stage_and_a_stated_fact_weigh_in_full():
    assert judge(_state(title="Orchard visa"), _state(title="Meadow visa")).weight == 1
    assert judge(_state(stage="proposed"), _state(stage="final")).weight == 1
    assert judge(_state(), _state(), facts=word_changes("fee 1", "fee 2")).diff == "@ facts\n  fee\n- 1\n+ 2"


def test_an_article_that_is_read_at_last_is_no_edit():
    found = judge(_state(""), _state("The whole text of the article, at last.", summary="Teaser."))
    assert (found.cosmetic, found.silent) == (True, False)


def test_own_dates_are_lines_with_nothing_but_a_date():
    text = (
        "Last updated: 3 May 2026\nUpdated guidance on fees of 2026\nActualizado el 3 de mayo de 2026\nRevised 85,000"
    )
    assert own_dates(text) == ["Last updated: 3 May 2026", "Actualizado el 3 de mayo de 2026"]
    assert significant("Updated guidance on fees of 2026") == "updated guidance on fees of 2026"


# -- revisions in the archive ---------------------------------------------------------------------------------


def _item(source=OFFICIAL, at=FIRST, **changes):
    values = {"url": "https://x.gov/1", "title": "Orchard rule", "published": date(2026, 3, 1)} | changes
    return identify(Announcement(source.id, seen=at, **values), source)


def test_a_revision_has_its_diff_weight_and_event(archive):
    archive.store(_item(body="The fee is 1,000."))
    archive.store(_item(body="The fee is 2,000.", at=FIRST + HOUR))
    archive.store(_item(body="The fee is 2,000.\nLast updated 9 March 2026", at=FIRST + 2 * HOUR))
    rows = archive.rows("SELECT n, diff, silent, weight, cosmetic FROM revisions ORDER BY n")
    assert [tuple(row) for row in rows] == [
        (0, "", 0, 1, 0),
        (1, "@ text\n  The fee is\n- 1,000.\n+ 2,000.", 1, 1, 0),
        (2, "@ text\n  The fee is 2,000.\n+ Last updated 9 March 2026", 0, 0.1, 1),
    ]
    assert page_events(archive, "kind, note, revision") == [("revision", "1,000. → 2,000.", 1)]


def test_facts_of_the_source_are_compared_and_the_pages_own_date_is_no_fact(archive):
    def fee(value):
        return [Figure("us-x", "fee", value, f"a fee of {value}", "test")]

    archive.store(_item(figures=fee("1"), updated=date(2026, 3, 1)))
    archive.store(_item(figures=fee("2"), updated=date(2026, 3, 1), at=FIRST + HOUR))
    stamp = [KeyDate("effective", "2026-03-09", "Last updated 9 March 2026", "test")]
    archive.store(_item(figures=fee("2"), key_dates=stamp, updated=date(2026, 3, 1), at=FIRST + 2 * HOUR))
    assert [tuple(r) for r in archive.rows("SELECT weight, cosmetic, silent, diff FROM revisions WHERE n>0")] == [
        (1, 0, 0, "@ facts\n  figure us-x fee\n- 1\n+ 2"),
        (0.1, 1, 0, ""),
    ]


def _press(archive, body, at=FIRST, summary="A teaser."):
    item = _item(PRESS, url="https://press.example/1", body=body, summary=summary, at=at)
    fingerprint = said_hash(item.title, item.body)
    return archive.store(keep_to_licence(item, PRESS), said_hash=fingerprint)


def test_press_edits_are_noticed_by_their_hash_and_nothing_of_the_text_is_kept(archive):
    body = "The ministry will triple the secret orchard quota, sources say. " * 10
    _press(archive, body)
    _press(archive, f"{body}\n99 views", at=FIRST + HOUR)
    _press(archive, body.replace("triple", "double"), at=FIRST + 2 * HOUR)
    rows = [tuple(r) for r in archive.rows("SELECT body, diff, cosmetic, silent, weight FROM revisions ORDER BY n")]
    assert rows == [("", "", 0, 0, 1), ("", "", 1, 0, 0.1), ("", "", 0, 1, 0.5)]
    archive.db.commit()
    assert b"secret orchard" not in archive.path.read_bytes() + archive.path.with_name("a.db-wal").read_bytes()


def test_the_listing_entry_that_is_remembered_for_a_press_page_is_an_excerpt():
    listed = dump_listed(
        Announcement("us-press", "https://press.example/1", "T", summary="Word. " * 200, body="B" * 500)
    )
    look = PageLook("us-press", "https://press.example/1", "read", FIRST, FIRST, "a1", memory=Memory(listed, "", ""))
    kept = load_listed(look_to_licence(look, PRESS).memory.listed)
    assert len(kept.summary) <= 300
    assert kept.body == ""
    assert look_to_licence(look, OFFICIAL) is look


def test_a_remembered_listing_entry_comes_back_as_it_was():
    item = Announcement(
        "us-x", "https://x.gov/1", "T", external_id="7", summary="S", published=datetime(2026, 3, 1, 9, 30, tzinfo=UTC),
        updated=date(2026, 3, 2), published_precision="minute", attributes={"tags": ["a"]}, listing_hash="abc",
        key_dates=[KeyDate("effective", "2026-04-01", "q", "r")],
        figures=[Figure("p", "fee", "1", "q", "r", number=1.0)],
        identifiers=[Identifier("rin", "1", "cites")], tags=[Tag("country", "us", "w", "r")],
    )  # fmt: skip
    assert load_listed(dump_listed(item)) == item


def test_an_announcements_page_marks_what_went_and_what_came_and_escapes_both(tmp_path):
    with Archive(tmp_path / "b.db") as archive:
        archive.sync_sources([OFFICIAL])
        archive.store(_item(body="Fees <b>rise</b> to 1,000."))
        archive.store(_item(body="Fees <script>alert(1)</script> rise to 2,000.", at=FIRST + HOUR))
        item_id = archive.value("SELECT id FROM announcements")
        validator = Validator("https://x.gov/1", "", "", "", 200, FIRST)
        for at in (FIRST, FIRST + HOUR, FIRST + DAY):
            finding = "read" if at == FIRST else "missing"
            memory = Memory("", "", "", validator) if at == FIRST else None
            record(archive, PageLook("us-x", "https://x.gov/1", finding, at, at, item_id, memory=memory))
        record(archive, PageLook("us-x", "https://x.gov/1", "missing", FIRST + 2 * DAY, FIRST, item_id, "HTTP <404>"))
    page = get(datasette_for(tmp_path / "b.db"), f"/visawire/announcements/{item_id}").text
    assert "<del>&lt;b&gt;rise&lt;/b&gt; to 1,000.</del>" in page
    assert "<ins>&lt;script&gt;alert(1)&lt;/script&gt; rise to 2,000.</ins>" in page
    assert "<script>alert(1)" not in page and "<b>rise" not in page
    assert "<strong>removed</strong>" in page and "HTTP &lt;404&gt;" in page


# -- the schedule and removal ---------------------------------------------------------------------------------


class Watched:
    """One announcement whose page is looked at."""

    def __init__(self, archive, **changes):
        self.archive = archive
        self.item = _item(body="The fee is 1,000.", **changes)
        archive.store(self.item)
        validator = Validator(self.item.url, '"1"', "", "abc", 200, FIRST)
        self.memory = Memory(dump_listed(self.item), "Heading", "said", validator)
        self.look("read", FIRST, memory=self.memory)

    def look(self, finding, at, **more):
        record(self.archive, PageLook("us-x", self.item.url, finding, at, at, self.item.id, **more))

    def due(self):
        return self.archive.value("SELECT due FROM rereads")

    def state(self):
        return tuple(self.archive.rows("SELECT state, state_since FROM announcements")[0])

    def events(self):
        return [kind for (kind,) in page_events(self.archive, "kind")]


def test_a_page_is_due_after_an_hour_a_day_a_week_and_a_month_and_then_no_more(archive):
    page = Watched(archive)
    for after in (HOUR, DAY, 7 * DAY, 30 * DAY):
        assert list(due_pages(archive, "us-x", FIRST + after - timedelta(seconds=1))) == []
        (known,) = due_pages(archive, "us-x", FIRST + after)
        assert known.memory.validator.etag == '"1"'
        assert known.listed() == load_listed(dump_listed(page.item))
        page.look("unchanged", FIRST + after)
    assert page.due() is None
    assert page.events() == []


def test_looks_that_were_missed_are_not_made_up_for(archive):
    page = Watched(archive)
    page.look("unchanged", FIRST + 3 * DAY)
    assert page.due() == "2026-03-09T10:00:00Z"


def test_an_edit_begins_the_schedule_anew_and_a_cosmetic_one_does_not(archive):
    page = Watched(archive)
    later = FIRST + 8 * DAY
    archive.store(_item(body="The fee is 2,000.", at=later))
    page.look("read", later, memory=page.memory)
    assert page.due() == "2026-03-10T11:00:00Z"
    archive.store(_item(body="The fee is 2,000.\n7 views", at=later + HOUR))
    page.look("read", later + HOUR, memory=page.memory)
    assert page.due() == "2026-03-11T10:00:00Z"


def test_a_failed_look_says_nothing_and_waits_for_the_next_step(archive):
    page = Watched(archive)
    page.look("failed", FIRST + HOUR)
    assert (page.state(), page.events(), page.due()) == (("", None), [], "2026-03-03T10:00:00Z")


def test_a_page_is_removed_after_three_looks_on_two_days_and_its_return_is_an_event(archive):
    page = Watched(archive)
    page.look("missing", FIRST + HOUR, note="HTTP 404")
    assert page.due() == "2026-03-02T12:00:00Z"
    page.look("missing", FIRST + 2 * HOUR, note="HTTP 404")
    assert page.due() == "2026-03-03T12:00:00Z"
    assert (page.state(), page.events()) == (("", None), [])
    page.look("missing", FIRST + DAY, note="HTTP 410")
    assert (page.state(), page.events()) == (("removed", "2026-03-03T10:00:00Z"), ["removed"])
    assert page_events(archive, "note") == [("HTTP 410; seen 3 times since 2026-03-02T11:00:00Z",)]
    assert archive.value("SELECT body FROM announcements") == "The fee is 1,000."
    assert page.due() == "2026-03-03T11:00:00Z"
    page.look("missing", FIRST + DAY + HOUR, note="HTTP 404")
    assert page.events() == ["removed"]
    page.look("unchanged", FIRST + 2 * DAY)
    assert (page.state(), page.events()) == (("", "2026-03-04T10:00:00Z"), ["removed", "restored"])


def test_three_looks_on_one_day_or_two_on_two_days_prove_nothing(archive):
    page = Watched(archive)
    for hour in range(1, 8):
        page.look("missing", FIRST + hour * HOUR)
    assert page.state() == ("", None)
    page.look("unchanged", FIRST + 8 * HOUR)
    page.look("missing", FIRST + 9 * HOUR)
    page.look("missing", FIRST + DAY)
    assert (page.state(), page.events()) == (("", None), [])


def test_looks_minutes_apart_and_answers_seen_before_are_one_look(archive):
    page = Watched(archive)
    for minutes in (60, 61, 62, 63):
        page.look("missing", FIRST + timedelta(minutes=minutes))
    for _ in range(4):
        page.look("missing", FIRST + DAY)
    assert page.state() == ("", None)
    assert archive.value("SELECT checks FROM rereads") == 2


def test_a_notice_of_withdrawal_counts_like_an_absence_and_stays_until_it_is_gone(archive):
    page = Watched(archive)
    page.look("withdrawn", FIRST + HOUR, memory=page.memory, note="its publisher says so")
    page.look("unchanged", FIRST + 2 * HOUR)
    page.look("unchanged", FIRST + DAY)
    assert (page.state()[0], page.events()) == ("withdrawn", ["removed"])
    page.look("read", FIRST + 2 * DAY, memory=page.memory)
    assert (page.state()[0], page.events()) == ("", ["removed", "restored"])


def test_what_was_withdrawn_when_it_was_first_read_is_no_news(archive):
    item = _item(body="Old guidance.")
    archive.store(item)
    for at in (FIRST, FIRST + HOUR, FIRST + DAY):
        look = PageLook("us-x", item.url, "withdrawn", at, at, item.id, memory=Memory("", "", ""))
        record(archive, look)
    assert archive.value("SELECT state FROM announcements") == "withdrawn"
    assert page_events(archive, "kind") == []


def test_pages_that_every_crawl_reads_are_never_due_but_can_be_removed_by_their_address(archive):
    item = _item(body="Watched.")
    archive.store(item)
    look = PageLook(
        "us-x", "https://x.gov/api/1", "read", FIRST, FIRST, item.id, memory=Memory("", "", "", None, False)
    )
    record(archive, look)
    assert archive.value("SELECT due FROM rereads") is None
    for at in (FIRST + HOUR, FIRST + 2 * HOUR, FIRST + DAY):
        record(archive, PageLook("us-x", "https://x.gov/api/1", "missing", at, at, note="HTTP 404"))
    assert archive.value("SELECT state FROM announcements") == "removed"
    assert archive.value("SELECT due FROM rereads") is None


def test_a_look_at_a_page_that_nobody_knows_is_ignored(archive):
    record(archive, PageLook("us-x", "https://x.gov/unknown", "missing", FIRST, FIRST))
    assert archive.value("SELECT count(*) FROM rereads") == 0


def test_a_page_whose_lead_has_the_same_address_is_left_to_the_lead(archive):
    Watched(archive)
    copy = _item(PRESS, external_id="copy", body="The fee is 1,000.")
    archive.store(copy)
    assert archive.value("SELECT duplicate_of FROM announcements WHERE id=?", (copy.id,))
    record(archive, PageLook("us-press", copy.url, "read", FIRST, FIRST, copy.id, memory=Memory("", "", "")))
    assert list(due_pages(archive, "us-press", FIRST + DAY)) == []
    assert len(list(due_pages(archive, "us-x", FIRST + DAY))) == 1


def test_a_story_that_moves_has_its_pages_watched_again(archive):
    page = Watched(archive)
    page.look("unchanged", FIRST + 40 * DAY)
    assert page.due() is None
    with archive.transaction() as db:
        db.execute("INSERT INTO stories (id, title, lead, number) VALUES ('s', 'S', ?, 1)", (page.item.id,))
        db.execute("INSERT INTO story_announcements (story_id, announcement_id) VALUES ('s', ?)", (page.item.id,))
        add_update(db, "s", "stage", "2026-04-21T10:00:00Z", "Stage: final")
        watch_story(db, "s", "2026-04-21T10:00:00Z")
    assert page.due() == "2026-04-21T10:00:00Z"
    page.look("unchanged", FIRST + 50 * DAY + 2 * HOUR)
    assert page.due() == "2026-04-22T10:00:00Z"
    page.look("unchanged", FIRST + 90 * DAY)
    assert page.due() is None
