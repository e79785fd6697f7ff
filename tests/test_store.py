"""The archive: what is written, when, and what leads among duplicates."""

import sqlite3
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from archive.models import Announcement, Check, Figure, Identifier, KeyDate, Source, Tag, Validator
from archive.store import Archive, ArchiveError
from pipelines.identify import identify, text_hash

OFFICIAL = Source("us-x", "X", "X", "US", "government", "primary", "en", "https://x.gov/news", "pd", "full", "daily")
PRESS = replace(OFFICIAL, id="us-press", authority="secondary", url="https://press.example/", republish="excerpt")
FR = replace(OFFICIAL, id="us-fr-a", identity="us-fr")
FR_OTHER = replace(OFFICIAL, id="us-fr-b", identity="us-fr")
DESK = replace(OFFICIAL, id="us-fr-desk", identity="us-fr", preliminary=True)
LONG = "The agency amends the rule on specialty occupations. " * 8


@pytest.fixture
def archive(tmp_path):
    with Archive(tmp_path / "a.db") as opened:
        opened.sync_sources([OFFICIAL, PRESS, FR, FR_OTHER, DESK])
        yield opened


def _store(archive, source, hour=1, **changes):
    values = {"url": "https://x.gov/1", "title": "H-1B rule", "body": LONG, "published": date(2026, 1, 2)} | changes
    item = Announcement(source.id, seen=datetime(2026, 2, 1, hour, tzinfo=UTC), **values)
    identify(item, source)
    return item, archive.store(item, text_hash=text_hash(item))


def _row(archive, item):
    return archive.rows("SELECT * FROM announcements WHERE id=?", (item.id,))[0]


def test_unchanged_content_writes_nothing(archive):
    _store(archive, OFFICIAL)
    before = archive.db.total_changes
    _, outcome = _store(archive, OFFICIAL, hour=5)
    assert outcome == "unchanged"
    assert archive.db.total_changes == before


def test_changed_content_replaces_the_row_and_keeps_both_versions(archive):
    item, _ = _store(archive, OFFICIAL, summary="Fee 100")
    _, outcome = _store(archive, OFFICIAL, hour=5, summary="Fee 200", published=date(2026, 1, 3))
    assert outcome == "changed"
    assert _row(archive, item)["first_seen"] == "2026-02-01T01:00:00Z"
    assert _row(archive, item)["last_seen"] == "2026-02-01T05:00:00Z"
    assert [tuple(r) for r in archive.rows("SELECT n, summary, silent FROM revisions ORDER BY n")] == [
        (0, "Fee 100", 0),
        (1, "Fee 200", 0),
    ]


def test_new_text_under_the_same_date_is_a_silent_edit(archive):
    _store(archive, OFFICIAL, summary="Fee 100")
    _store(archive, OFFICIAL, hour=5, summary="Fee 200")
    assert archive.value("SELECT silent FROM revisions WHERE n=1") == 1


def test_facts_are_stored_with_their_words(archive):
    facts = {
        "tags": [Tag("programme", "us-h-1b", "H-1B", "alias", label="H-1B specialty occupation")],
        "key_dates": [KeyDate("effective", "2026-03-01", "It takes effect on March 1, 2026.", "test")],
        "figures": [Figure("us-h-1b", "cap", "85000", "The cap is 85,000.", "test", number=85000.0)],
        "identifiers": [Identifier("fr_document", "2026-00321")],
    }
    item, _ = _store(archive, OFFICIAL, **facts)
    words = archive.rows("SELECT tag_id, words, rule FROM announcement_tags WHERE announcement_id=?", (item.id,))
    assert [tuple(r) for r in words] == [("programme/us-h-1b", "H-1B", "alias")]
    assert archive.value("SELECT quote FROM key_dates") == "It takes effect on March 1, 2026."
    assert archive.value("SELECT number FROM figures") == 85000
    assert archive.value("SELECT value FROM identifiers") == "2026-00321"


def test_a_document_found_by_two_sources_of_one_numbering_is_one_announcement(archive):
    one, first = _store(archive, FR, external_id="2026-1")
    other, second = _store(archive, FR_OTHER, external_id="2026-1")
    assert (one.id, first, second) == (other.id, "new", "unchanged")
    assert archive.value("SELECT count(*) FROM announcements") == 1


def test_a_preliminary_text_gives_way_to_the_final_one_and_never_comes_back(archive):
    item, _ = _store(archive, DESK, external_id="2026-1", body=LONG + "Unpublished.")
    _, published = _store(archive, FR, external_id="2026-1", hour=5)
    _, desk_again = _store(archive, DESK, external_id="2026-1", body=LONG + "Unpublished.", hour=6)
    assert (published, desk_again) == ("changed", "unchanged")
    assert _row(archive, item)["source_id"] == "us-fr-a"
    assert _row(archive, item)["body"] == LONG


def test_same_address_from_two_sources_is_a_duplicate_of_the_first(archive):
    first, _ = _store(archive, PRESS, url="http://x.gov/1?utm_source=rss", body="Short.")
    second, _ = _store(archive, PRESS, url="https://x.gov/1/", external_id="77", body="Other.")
    assert _row(archive, second)["duplicate_of"] == first.id
    assert _row(archive, second)["duplicate_reason"] == "same canonical URL"
    assert _row(archive, first)["duplicate_of"] is None


def test_same_text_elsewhere_is_a_duplicate_and_the_official_copy_leads_under_the_known_guid(archive):
    press, _ = _store(archive, PRESS, url="https://press.example/copy")
    official, _ = _store(archive, OFFICIAL)
    assert _row(archive, press)["duplicate_of"] == official.id
    assert _row(archive, official)["duplicate_of"] is None
    assert _row(archive, official)["guid"] == _row(archive, press)["guid"] == press.id


def test_different_official_numbers_are_never_one_document(archive):
    one, _ = _store(archive, FR, external_id="2026-1", identifiers=[Identifier("fr_document", "2026-1")])
    other, _ = _store(
        archive, FR, external_id="2027-9", url="https://x.gov/2", identifiers=[Identifier("fr_document", "2027-9")]
    )
    assert _row(archive, other)["duplicate_of"] is None
    assert _row(archive, one)["duplicate_of"] is None


def test_items_without_an_address_of_their_own_are_not_duplicates_of_each_other(archive):
    _store(archive, OFFICIAL, url="https://x.gov/news#a", external_id="a", body="One.")
    second, _ = _store(archive, OFFICIAL, url="https://x.gov/news#b", external_id="b", body="Two.")
    assert _row(archive, second)["duplicate_of"] is None


def test_a_copy_that_becomes_its_own_document_gets_its_own_guid(archive):
    lead, _ = _store(archive, OFFICIAL)
    copy, _ = _store(archive, PRESS, url="https://press.example/copy")
    assert _row(archive, copy)["guid"] == lead.id
    _store(archive, PRESS, url="https://press.example/copy", body="Now something else. " * 20, hour=7)
    assert _row(archive, copy)["duplicate_of"] is None
    assert _row(archive, copy)["guid"] == copy.id


def test_search_finds_every_spelling_of_a_programme_and_survives_any_text(archive):
    item = Announcement("us-x", "https://x.gov/1", "A cap was reached", alias="H-1B\nH1B\nspecialty occupation")
    item.seen = datetime(2026, 2, 1, tzinfo=UTC)
    archive.store(identify(item, OFFICIAL))
    for query in ("h1b", "H-1B", "specialty occupation", '"specialty occupation"', "CAP reached"):
        assert [r["id"] for r in archive.search(query, 5)] == [item.id], query
    for query in ("", '"', "NOT (", "h1b AND", "*", "a:b"):
        archive.search(query, 5)


def test_first_crawl_is_a_baseline_until_a_healthy_check(archive):
    first, _ = _store(archive, OFFICIAL)
    run = archive.begin_run("crawl", datetime(2026, 2, 1, tzinfo=UTC))
    archive.add_check(run, Check("us-x", "ok", datetime(2026, 2, 1, tzinfo=UTC)))
    second, _ = _store(archive, OFFICIAL, url="https://x.gov/2", body="Other text.")
    assert (_row(archive, first)["baseline"], _row(archive, second)["baseline"]) == (1, 0)


def test_a_failed_transaction_leaves_nothing(archive):
    item = Announcement("us-x", "https://x.gov/1", "T", seen=datetime(2026, 2, 1, tzinfo=UTC))
    item.figures = [Figure(None, "cap", "1", "q", "r")]  # a figure without a programme breaks the table's rule
    identify(item, OFFICIAL)
    with pytest.raises(sqlite3.IntegrityError):
        archive.store(item)
    assert archive.value("SELECT count(*) FROM announcements") == 0


def test_validators_are_kept_by_address(archive):
    now = datetime(2026, 2, 1, tzinfo=UTC)
    archive.remember([Validator("https://x.gov/", '"1"', "", "abc", 200, now)])
    archive.remember([Validator("https://x.gov/", '"2"', "", "def", 200, now)])
    assert archive.validator("https://x.gov/").etag == '"2"'
    assert archive.validator("https://y.gov/") is None


def test_a_source_that_left_the_register_stays_with_a_reason(archive):
    archive.sync_sources([OFFICIAL])
    row = archive.rows("SELECT active, retired_reason FROM sources WHERE id='us-press'")[0]
    assert tuple(row) == (0, "no longer in the register")


def test_a_file_that_is_no_archive_is_answered_with_advice(tmp_path):
    path = tmp_path / "notes.db"
    path.write_text("this is not a database, only some text that is long enough to be read as one" * 20)
    with pytest.raises(ArchiveError, match="cannot be opened"):
        Archive(path)


def test_backup_is_a_whole_archive(archive, tmp_path):
    item, _ = _store(archive, OFFICIAL)
    archive.backup(tmp_path / "copy.db")
    with Archive(tmp_path / "copy.db", read_only=True) as copy:
        assert copy.value("SELECT title FROM announcements WHERE id=?", (item.id,)) == "H-1B rule"


def test_two_items_of_one_publisher_with_the_same_text_are_two_unless_all_is_the_same(archive):
    _store(archive, OFFICIAL, url="https://x.gov/2021", external_id="2021")
    next_year, _ = _store(archive, OFFICIAL, url="https://x.gov/2022", external_id="2022")
    reissued, _ = _store(archive, OFFICIAL, url="https://x.gov/2022?utm_source=mail", external_id="2022-again")
    assert _row(archive, next_year)["duplicate_of"] is None
    assert _row(archive, reissued)["duplicate_of"] == next_year.id
