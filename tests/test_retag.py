"""Re-tagging the archive and explaining a verdict."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from click.testing import CliRunner

from archive.models import Announcement, Figure, KeyDate, Source
from archive.overrides import Overrides, Retag, Suppress
from archive.store import Archive
from pipelines.clean import clean
from pipelines.identify import identify
from pipelines.store import keep_to_licence
from pipelines.understand import understand
from pipelines.vocabulary import vocabulary
from visawire import retagging
from visawire.cli import main

OFFICIAL = Source(
    "us-uscis-alerts", "Alerts", "USCIS", "US", "government", "primary", "en", "https://x.gov/", "pd", "full", "daily"
)
PRESS = replace(OFFICIAL, id="news-npr", publisher="NPR", kind="news", authority="secondary", republish="excerpt")


@pytest.fixture
def archive(tmp_path):
    with Archive(tmp_path / "a.db") as opened:
        opened.sync_sources([OFFICIAL, PRESS])
        _store(
            opened, OFFICIAL, "https://x.gov/1", "H-1B registration fee rises",
            "The H-1B registration fee rises from $10 to $215, effective March 1, 2026.",
            key_dates=[KeyDate("signed", "2026-01-05", "Signed January 5, 2026", "reader:signed")],
            figures=[Figure("us-h-1b", "registration_count", "470342", "470,342", "reader:count", number=470342.0)],
        )  # fmt: skip
        _store(
            opened, PRESS, "https://npr.example/1", "Canada promises permits in two weeks", "A short lead.",
            body="The Global Skills Strategy gives a work permit within two weeks. " * 20,
        )  # fmt: skip
        yield opened


def _store(archive, source, url, title, summary, **more):
    item = Announcement(source.id, url, title, summary=summary, published=date(2026, 1, 6), **more)
    item.seen = datetime(2026, 1, 7, tzinfo=UTC)
    understand(identify(clean(item), source), source, vocabulary())
    archive.store(keep_to_licence(item, source))
    return item


def _facts(archive):
    tables = ("announcement_tags", "key_dates", "figures", "identifiers")
    facts = {}
    for table in tables:
        first = 1 if table in ("key_dates", "figures") else 0  # their row numbers are given anew
        facts[table] = sorted(tuple(row)[first:] for row in archive.rows(f"SELECT * FROM {table}"))
    columns = "id, stage, relevant, relevance_reason, alias"
    verdicts = [tuple(row) for row in archive.rows(f"SELECT {columns} FROM announcements")]
    return facts, verdicts


def test_retag_with_the_same_rules_changes_nothing(archive):
    before = _facts(archive)
    report = retagging.retag(archive)
    assert (report.seen, report.changed) == (2, 0)
    assert _facts(archive) == before


def test_retag_mends_what_the_rules_now_say_and_keeps_what_the_reader_said(archive):
    before = _facts(archive)
    archive.db.execute("DELETE FROM announcement_tags WHERE tag_id='programme/us-h-1b'")
    archive.db.execute("DELETE FROM key_dates WHERE kind='effective'")
    archive.db.execute("UPDATE announcements SET stage='court', relevant=0 WHERE source_id='us-uscis-alerts'")
    report = retagging.retag(archive)
    assert report.changed == 1
    assert (report.stages, report.verdicts) == (1, 1)
    assert report.tags["+programme/us-h-1b"] == 1
    assert _facts(archive) == before
    assert archive.value("SELECT count(*) FROM key_dates WHERE rule='reader:signed'") == 1
    assert archive.value("SELECT count(*) FROM figures WHERE rule='reader:count'") == 1


def test_press_keeps_the_tags_of_a_text_that_was_not_kept(archive):
    assert archive.value("SELECT body FROM announcements WHERE source_id='news-npr'") == ""
    retagging.retag(archive)
    tags = {r["tag_id"] for r in archive.rows(
        "SELECT tag_id FROM announcement_tags x JOIN announcements a ON a.id=x.announcement_id "
        "WHERE source_id='news-npr'"
    )}  # fmt: skip
    assert {"programme/ca-gss", "country/ca"} <= tags


def test_an_interrupted_retag_goes_on_where_it_stopped(archive, monkeypatch):
    monkeypatch.setattr(retagging, "BATCH", 1)

    class Stop(Exception):
        pass

    def stop(count):
        raise Stop

    with pytest.raises(Stop):
        retagging.retag(archive, advance=stop)
    report = retagging.retag(archive)
    assert report.resumed
    assert report.seen == 1


def test_changed_rules_start_a_retag_from_the_beginning(archive, monkeypatch):
    monkeypatch.setattr(retagging, "BATCH", 1)
    archive.db.execute('INSERT INTO settings VALUES (\'retag\', \'{"rules": "older", "last": 1}\')')
    report = retagging.retag(archive)
    assert not report.resumed
    assert report.seen == 2


def test_explain_shows_each_verdict_with_its_words(archive):
    done = CliRunner().invoke(main, ["explain", "http://x.gov/1?utm_source=mail", "--archive", str(archive.path)])
    assert done.exit_code == 0, done.output
    for words in ("relevant", "us-h-1b", "“H-1B”", "effective 2026-03-01", "10 -> 215", "reader:signed"):
        assert words in done.output, words


def test_explain_of_something_unknown_says_how_to_find_it(archive):
    done = CliRunner().invoke(main, ["explain", "nothing", "--archive", str(archive.path)])
    assert done.exit_code == 2
    assert "visawire search" in done.output


def test_decisions_by_hand_come_after_the_rules_survive_and_can_be_taken_back(archive):
    before = _facts(archive)
    overrides = Overrides(
        retags=(Retag("https://x.gov/1", ("programme/us-l-1",), ("programme/us-h-1b",), "the title misleads"),),
        suppressed=(Suppress("https://npr.example/1", "a test page"),),
    )
    for _ in range(2):
        retagging.retag(archive, overrides)
        tags = {r["tag_id"]: r["rule"] for r in archive.rows("SELECT * FROM announcement_tags")}
        assert tags["programme/us-l-1"] == "override:retag"
        assert "programme/us-h-1b" not in tags
        reason = archive.value("SELECT relevance_reason FROM announcements WHERE source_id='news-npr' AND relevant=0")
        assert reason == "suppressed by hand: a test page"
    retagging.retag(archive)
    assert _facts(archive) == before


def test_explain_tells_what_spoke_for_a_stage_that_was_weighed(archive):
    _store(
        archive, PRESS, "https://npr.example/2", "What the new permit rules mean for H-1B workers",
        "The changes that were proposed last year and announced in spring are now law and apply from March 1, 2026.",
    )  # fmt: skip
    done = CliRunner().invoke(main, ["explain", "https://npr.example/2", "--archive", str(archive.path)])
    assert done.exit_code == 0, done.output
    assert "by weights:0." in done.output
    assert "\n  for it: " in done.output
    assert "\n  against: " in done.output
