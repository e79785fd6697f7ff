"""How sources fare, from their checks and announcements alone; what the status feed and the command line say of it."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import process_time
from typing import Any

import pytest
from click.testing import CliRunner
from publishing_helpers import SITE

from archive.models import Check, Source, Validator, iso
from archive.store import Archive
from feeds.health import _PUBLISHED, Outage, SourceHealth, affected, expected_pause, is_quiet, source_health
from feeds.outage_entry import outage_entries
from feeds.safe import safe_html
from visawire import archive_commands
from visawire.cli import main

START = datetime(2026, 3, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)

ROUNDS = Source(
    id="ca-rounds", name="Rounds of invitations", publisher="Office of Arrivals", country="CA", kind="government",
    authority="primary", language="en", url="https://arrivals.example.ca/rounds", licence="Open", republish="full",
    cadence="6-hourly",
)  # fmt: skip
NEWS = replace(ROUNDS, id="us-news", name="Border news", country="US", cadence="daily", unverified=True)


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive(tmp_path / "a.db") as opened:
        opened.sync_sources([ROUNDS, NEWS])
        yield opened


def look(archive: Archive, states: Sequence[str], *, every: timedelta = 6 * HOUR, source: str = ROUNDS.id,
         start: datetime = START, new: int = 0, replay: str = "") -> None:  # fmt: skip
    """A run for each state, each of one source."""
    for n, state in enumerate(states):
        when = start + n * every
        run = archive.begin_run("crawl", when, replay)
        archive.add_check(
            run, Check(source, state, when, new=new, error="" if state in ("ok", "unchanged") else f"{state}!")
        )


def publish(archive: Archive, days: Sequence[str], source: str = ROUNDS.id) -> None:
    rows = [(f"{source}{n:09}", source, day) for n, day in enumerate(days)]
    archive.db.executemany(
        "INSERT INTO announcements (id, source_id, published, url, canonical_url, title, first_seen, last_seen, "
        "content_hash, guid) VALUES (?,?,?,'https://x.example/','https://x.example/','T','2026','2026','h',?)",
        [(*row, row[0]) for row in rows],
    )


def health(archive: Archive, source: str = ROUNDS.id, as_of: datetime | None = None) -> SourceHealth:
    return {one.id: one for one in source_health(archive.db, as_of)}[source]


def test_a_source_that_was_never_looked_at(archive: Archive) -> None:
    assert health(archive) == SourceHealth(
        "ca-rounds", "Rounds of invitations", "Office of Arrivals", "CA", "https://arrivals.example.ca/rounds",
        "primary", "6-hourly", True, "", False, "never",
    )  # fmt: skip
    assert health(archive, NEWS.id).unverified and health(archive).well


def test_a_healthy_source(archive: Archive) -> None:
    publish(archive, ["2026-02-27", "2026-02", "2026-02-28T09:30:00Z"])
    look(archive, ["ok", "unchanged"])
    one = health(archive)
    assert (one.state, one.checked, one.healthy) == ("ok", "2026-03-01T06:00:00Z", "2026-03-01T06:00:00Z")
    assert (one.newest, one.expected, one.error, one.flaky, one.outages) == ("2026-02-28", None, "", 0, ())


@pytest.mark.parametrize("state", ["error", "blocked", "empty", "drifted", "unreachable", "robots"])
def test_a_source_that_fails_says_how(archive: Archive, state: str) -> None:
    look(archive, ["ok", state])
    one = health(archive)
    assert (one.state, one.error, one.well, one.healthy) == (state, f"{state}!", False, "2026-03-01T00:00:00Z")
    assert one.outages == () and one.down is None


def test_one_failure_that_recovers_is_flaky_and_no_outage(archive: Archive) -> None:
    look(archive, ["ok", "error", "ok", "ok", "blocked", "unchanged"])
    one = health(archive)
    assert (one.state, one.flaky, one.outages) == ("ok", 2, ())


def test_two_failures_in_a_row_are_an_outage_with_what_the_first_said(archive: Archive) -> None:
    look(archive, ["ok", "error", "blocked", "blocked", "ok", "ok", "drifted", "drifted"])
    one = health(archive)
    assert one.outages == (
        Outage("ca-rounds", "error", 2, "2026-03-01T06:00:00Z", "2026-03-02T00:00:00Z", "error!", 3),
        Outage("ca-rounds", "drifted", 7, "2026-03-02T12:00:00Z", "", "drifted!", 2),
    )
    assert one.down == one.outages[1] and one.flaky == 0


def test_one_failure_after_which_nobody_looked_for_long_is_an_outage(archive: Archive) -> None:
    look(archive, ["error", "ok"], every=7 * HOUR)
    assert [outage.checks for outage in health(archive).outages] == [1]
    look(archive, ["error", "ok"], every=24 * HOUR, source=NEWS.id)
    assert health(archive, NEWS.id).outages == ()
    look(archive, ["error", "ok"], every=25 * HOUR, source=NEWS.id, start=START + 90 * HOUR)
    assert len(health(archive, NEWS.id).outages) == 1


def test_a_network_of_ours_that_failed_is_no_outage_of_theirs(archive: Archive) -> None:
    for n, states in enumerate(
        (("ok", "ok"), ("unreachable", "unreachable"), ("unreachable", "unreachable"), ("ok", "error"))
    ):
        run = archive.begin_run("crawl", START + n * 6 * HOUR)
        for source, state in zip((ROUNDS.id, NEWS.id), states, strict=True):
            archive.add_check(run, Check(source, state, START + n * 6 * HOUR, error="x"))
        if n == 2:
            assert health(archive).state == "unreachable"
    assert health(archive).outages == health(archive, NEWS.id).outages == ()
    look(archive, ["unreachable", "unreachable"], start=START + 48 * HOUR)
    assert len(health(archive).outages) == 1


def test_what_a_replay_had_no_recording_of_is_no_look(archive: Archive) -> None:
    look(archive, ["not-recorded"])
    assert health(archive).state == "never"
    look(archive, ["error", "not-recorded", "error"], start=START + 6 * HOUR)
    one = health(archive)
    assert (one.state, one.outages[0].checks) == ("error", 2)


def test_late_is_measured_by_the_newest_look_at_any_source(archive: Archive) -> None:
    look(archive, ["ok"])
    look(archive, ["ok"], source=NEWS.id, start=START + 12 * HOUR)
    assert health(archive).state == "ok"
    look(archive, ["ok"], source=NEWS.id, start=START + 13 * HOUR)
    assert health(archive).state == "late" and not health(archive).well
    assert health(archive, NEWS.id).state == "ok"
    assert health(archive, NEWS.id, START + 62 * HOUR).state == "late"


def test_a_retired_source_is_neither_late_nor_down(archive: Archive) -> None:
    look(archive, ["error", "error"])
    archive.sync_sources([replace(ROUNDS, active=False, retired_reason="moved"), NEWS])
    one = health(archive)
    assert (one.state, one.retired_reason, one.well) == ("retired", "moved", True)


def every(days: int, count: int, last: str) -> list[str]:
    newest = date.fromisoformat(last)
    return [(newest - timedelta(days=days * n)).isoformat() for n in range(count)]


def test_a_weekly_source_goes_quiet_after_three_weeks(archive: Archive) -> None:
    publish(archive, every(7, 12, "2026-02-01"))
    look(archive, ["ok", "ok"], start=datetime(2026, 2, 22, tzinfo=UTC))
    assert (health(archive).state, health(archive).expected) == ("ok", 7)
    look(archive, ["ok"], start=datetime(2026, 2, 23, tzinfo=UTC))
    one = health(archive)
    assert (one.state, one.newest, one.well) == ("quiet", "2026-02-01", False)


@pytest.mark.parametrize(
    ("days", "last"),
    [
        (every(1, 7, "2025-06-01"), "too few days to know a rhythm"),
        (every(90, 12, "2025-09-01"), "a page that changes four times a year"),
        (["2025-06-01T09:00:00Z"] * 30, "many announcements of one day"),
        (["2025"] * 9 + ["2025-03"] * 9, "no days at all"),
    ],
)
def test_sources_that_speak_seldom_do_not_cry_wolf(archive: Archive, days: list[str], last: str) -> None:
    publish(archive, days)
    look(archive, ["ok", "ok"])
    assert health(archive).state == "ok", last


def test_news_without_dates_break_the_silence_but_a_first_look_does_not(archive: Archive) -> None:
    publish(archive, every(1, 20, "2026-01-01"))
    look(archive, ["ok"], new=20)
    assert health(archive).state == "quiet"
    look(archive, ["ok"], new=1, start=START + 6 * HOUR)
    assert (health(archive).state, health(archive).newest) == ("ok", "2026-03-01")


def test_a_replay_proves_nothing_about_silence(archive: Archive) -> None:
    publish(archive, every(1, 20, "2017-01-01"))
    look(archive, ["ok", "ok"], replay="recorded.warc.gz")
    assert health(archive).state == "ok"


def test_the_rhythm_is_what_nine_of_ten_pauses_keep() -> None:
    days = [date(2026, 1, 31) - timedelta(days=n) for n in range(10)] + [date(2025, 9, 1)]
    assert expected_pause(days) == 1
    assert expected_pause(days[:7]) is None
    assert not is_quiet(date(2026, 1, 1), 1, date(2026, 1, 22)) and is_quiet(date(2026, 1, 1), 1, date(2026, 1, 23))
    assert not is_quiet(date(2026, 1, 1), 30, date(2026, 4, 1)) and is_quiet(date(2026, 1, 1), 30, date(2026, 4, 2))


def test_the_entry_of_an_outage_stays_while_it_lasts_and_is_edited_once(archive: Archive) -> None:
    look(archive, ["ok", "blocked"])
    assert outage_entries(source_health(archive.db), SITE) == []
    look(archive, ["blocked"], start=START + 12 * HOUR)
    first = outage_entries(source_health(archive.db), SITE)
    look(archive, ["error", "blocked"], start=START + 18 * HOUR)
    assert outage_entries(source_health(archive.db), SITE) == first
    assert len(first) == 1
    down = first[0]
    assert (down.key, down.title) == ("outage/ca-rounds/2", "[CA] Source down: Rounds of invitations (blocked)")
    assert down.gist == (
        "Rounds of invitations refused us since 1 March 2026, 06:00 UTC. What it announces meanwhile comes late."
    )
    assert down.content == (
        '<ul><li><strong>Source:</strong> <a href="https://arrivals.example.ca/rounds">Rounds of invitations</a> '
        "(Office of Arrivals)</li><li><strong>What happened:</strong> It refused us: blocked!</li>"
        "<li><strong>Since:</strong> 1 March 2026, 06:00 UTC</li></ul>"
    )
    assert down.date == down.updated == START + 6 * HOUR
    look(archive, ["ok", "ok"], start=START + 30 * HOUR)
    (back,) = outage_entries(source_health(archive.db), SITE)
    assert (back.key, back.date, back.updated) == (down.key, down.date, START + 30 * HOUR)
    assert back.title == "[CA] Source back: Rounds of invitations (blocked)"
    assert "<li><strong>Back:</strong> 2 March 2026, 06:00 UTC, after 4 failed looks</li></ul>" in back.content


def test_hostile_errors_and_names_stay_words(archive: Archive) -> None:
    archive.sync_sources([replace(ROUNDS, name="<script>x</script>\u202e", url="javascript:alert(1)"), NEWS])
    when = START
    for _ in range(2):
        run = archive.begin_run("crawl", when)
        archive.add_check(run, Check(ROUNDS.id, "error", when, error="<img src=x onerror=y>\x00\u202e"))
    (entry,) = outage_entries(source_health(archive.db), SITE)
    assert safe_html(entry.content) == entry.content and "<script" not in entry.content and "<img" not in entry.content
    assert entry.related == () and "\u202e" not in entry.title + entry.gist + entry.content


def test_a_notice_names_the_sources_of_a_country_that_are_down(archive: Archive) -> None:
    look(archive, ["ok", "error", "error"])
    look(archive, ["ok"], source=NEWS.id, start=START + 12 * HOUR)
    found = source_health(archive.db)
    assert affected(found, "CA") == "Not read at the moment: Rounds of invitations (since 1 March 2026)."
    assert affected(found) == affected(found, "CA")
    assert affected(found, "US") == ""


def test_health_of_a_large_archive_takes_no_time(archive: Archive) -> None:
    sources = [replace(ROUNDS, id=f"us-source-{n:02}") for n in range(40)]
    archive.sync_sources(sources)
    with archive.transaction() as db:
        db.execute("DROP TRIGGER announcements_fts_insert")
        db.execute("DROP TRIGGER announcements_queued_when_new")
        for run in range(500):
            when = iso(START + run * 6 * HOUR)
            db.execute("INSERT INTO runs (id, started, command) VALUES (?,?,'crawl')", (run + 1, when))
            db.executemany(
                "INSERT INTO checks (run_id, source_id, state, started) VALUES (?,?,?,?)",
                [(run + 1, one.id, "error" if run % 9 == n % 9 else "ok", when) for n, one in enumerate(sources)],
            )
    for one in sources:
        publish(archive, [iso(START + n * HOUR) for n in range(500)], one.id)
    before = process_time()
    found = source_health(archive.db)
    assert process_time() - before < 1  # 0.06 s on an idle core
    assert len(found) == 42
    plan = f"EXPLAIN QUERY PLAN {_PUBLISHED}"
    assert [row["detail"] for row in archive.rows(plan, ("x", 9))] == [
        "SEARCH announcements USING COVERING INDEX announcements_source_published (source_id=? AND published>?)"
    ]


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    class Registered:
        def __init__(self, source: Source) -> None:
            self.id, self.source = source.id, source

    sources = (ROUNDS, NEWS, replace(NEWS, id="us-old", active=False, retired_reason="gone"))
    monkeypatch.setattr(archive_commands, "register", lambda: {one.id: Registered(one) for one in sources})


def status(archive: Archive, *options: str) -> Any:
    return CliRunner().invoke(main, ["status", "--archive", str(archive.path), *options])


@pytest.mark.usefixtures("registered")
def test_status_shows_every_source_and_ends_well_when_all_is_well(archive: Archive) -> None:
    look(archive, ["ok"], start=datetime.now(UTC) - HOUR)
    done = status(archive)
    assert done.exit_code == 0, done.output
    assert [row.split()[:2] for row in done.output.splitlines()] == [
        ["ca-rounds", "ok"], ["us-news", "never"], ["us-old", "retired"]
    ]  # fmt: skip


@pytest.mark.usefixtures("registered")
def test_status_says_what_is_wrong_and_ends_with_one(archive: Archive) -> None:
    now = datetime.now(UTC)
    look(archive, ["ok"], start=now - 13 * HOUR)
    done = status(archive)
    assert (done.exit_code, done.output.splitlines()[0].split()[1]) == (1, "late")
    assert "is the schedule running?" in done.output
    look(archive, ["ok"], start=now)
    publish(archive, every(2, 12, (now.date() - timedelta(days=60)).isoformat()))
    done = status(archive)
    assert (done.exit_code, done.output.splitlines()[0].split()[1]) == (1, "quiet")
    assert "as a rule something comes within 2 days" in done.output
    look(archive, ["blocked", "blocked"], start=now, every=timedelta(0))
    told = json.loads(status(archive, "--json").output.splitlines()[0])
    assert told["state"] == "blocked" and told["error"] == "blocked!" and told["down_since"] == iso(now)
    assert status(archive).exit_code == 1


def test_a_replays_looks_happened_when_its_answers_were_recorded(archive: Archive) -> None:
    publish(archive, ["2017-07-14", "2017-07-03"])
    archive.db.execute("UPDATE announcements SET last_seen='2017-07-18T20:00:00Z'")
    look(archive, ["ok", "ok"], new=2, replay="recorded.warc.gz")
    found = health(archive)
    assert (found.checked, found.healthy, found.newest) == (
        "2017-07-18T20:00:00Z",
        "2017-07-18T20:00:00Z",
        "2017-07-14",
    )
    assert found.state == "ok"
    archive.remember([Validator(ROUNDS.url, "", "", "h", 200, datetime(2017, 7, 19, 20, tzinfo=UTC))])
    assert health(archive).checked == "2017-07-19T20:00:00Z"
    look(archive, ["ok"], source=NEWS.id, replay="recorded.warc.gz")
    assert health(archive, NEWS.id).checked == "2017-07-19T20:00:00Z", "nothing else is known of it"
    look(archive, ["ok"], start=START + timedelta(days=1))
    assert health(archive).checked == iso(START + timedelta(days=1)), "a look at the network has its own time"
