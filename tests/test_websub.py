"""A hub is told of changed feeds: once each, again when it could not take it, and never at the cost of a run."""

from __future__ import annotations

import socket
import time
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import pytest
from notify_helpers import receiver

from archive.pings import add_pings, open_pings
from archive.store import Archive
from visawire.config import Config
from visawire.outgoing import judge, retry_after
from visawire.websub import KEPT, ping, ping_changed, topics_of

SITE = "https://visas.example"
TOPICS = [f"{SITE}/feeds/{name}" for name in ("all.rss", "all.atom", "country/ca.json")]


@pytest.fixture
def archive(tmp_path):
    with Archive(tmp_path / "a.db") as archive:
        yield archive


@pytest.fixture
def hub():
    with receiver() as hub:
        yield hub


def pinged(hub):
    asked = [parse_qs(posted.body.decode()) for posted in hub.posted]
    assert all(set(form) == {"hub.mode", "hub.url"} and form["hub.mode"] == ["publish"] for form in asked)
    return sorted(form["hub.url"][0] for form in asked)


def send(archive, hub, topics, **how):
    return ping(archive, hub.url, topics, user_agent="visawire/1 (+me)", **{"first_wait": 0.01, **how})


def waiting(archive, hub):
    return open_pings(archive.db, hub.url, datetime.now(UTC) - KEPT)


def test_topics_are_the_live_feeds_in_every_format_and_nothing_else():
    written = [
        "story/a.html", "feeds/all.rss", "feeds/all.updates.atom", "feeds/country/ca.json", "feeds.opml",
        "feeds/archive/all-2026-08.atom", "calendar/all.ics", "feeds/topic/a b.rss", "latest.json",
    ]  # fmt: skip
    assert topics_of(SITE, written) == [
        f"{SITE}/feeds/all.rss", f"{SITE}/feeds/all.updates.atom", f"{SITE}/feeds/country/ca.json",
        f"{SITE}/feeds/topic/a%20b.rss",
    ]  # fmt: skip


def test_each_topic_is_pinged_once_with_the_publishers_form(archive, hub):
    report = send(archive, hub, TOPICS)
    assert (report.sent, report.waiting, report.error) == (3, 0, "")
    assert pinged(hub) == sorted(TOPICS)
    for posted in hub.posted:
        assert posted.headers["content-type"] == "application/x-www-form-urlencoded"
        assert posted.headers["user-agent"] == "visawire/1 (+me)"
    assert waiting(archive, hub) == []


def test_a_hub_that_fails_for_a_moment_is_asked_again_at_once(archive, hub):
    hub.answer(503, 500, 204)
    assert send(archive, hub, TOPICS[:1]).sent == 1
    assert len(hub.posted) == 3


def test_a_hub_that_is_down_is_asked_about_one_topic_and_about_all_at_the_next_run(archive, hub):
    hub.answer(503)
    report = send(archive, hub, TOPICS)
    assert (report.sent, report.waiting, report.error) == (0, 3, "HTTP 503")
    assert len(hub.posted) == 3
    hub.answer(202)
    assert send(archive, hub, TOPICS[:1]).sent == 3
    assert pinged(hub)[-3:] == sorted(TOPICS)[-3:]
    assert send(archive, hub, []).sent == 0


def test_a_topic_that_the_hub_refuses_does_not_hold_back_the_others(archive, hub):
    hub.answer(404, 204)
    report = send(archive, hub, TOPICS)
    assert (report.sent, report.waiting, report.error) == (2, 1, "HTTP 404")
    assert waiting(archive, hub) == sorted(TOPICS)[:1]


def test_a_hub_that_asks_for_patience_is_left_alone_until_the_next_run(archive, hub):
    hub.answer((429, {"Retry-After": "3600"}))
    started = time.monotonic()
    assert send(archive, hub, TOPICS).waiting == 3
    assert time.monotonic() - started < 5
    assert len(hub.posted) == 1


def test_pings_stop_when_their_time_is_over(archive, hub):
    report = send(archive, hub, TOPICS, budget=-1.0)
    assert (report.sent, report.waiting, report.error) == (0, 3, "it took too long")


def test_redirects_of_a_hub_are_not_followed(archive, hub):
    hub.answer((302, {"Location": "http://127.0.0.1:1/private"}))
    report = send(archive, hub, TOPICS[:1])
    assert "moved to 127.0.0.1" in report.error
    assert report.waiting == 1


def test_what_waited_for_a_week_or_for_another_hub_is_forgotten(archive, hub):
    with archive.transaction() as db:
        add_pings(db, hub.url, TOPICS[:1], datetime.now(UTC) - KEPT - timedelta(hours=1))
        add_pings(db, hub.url, TOPICS[1:2], datetime.now(UTC))
    assert send(archive, hub, []).sent == 1
    assert pinged(hub) == TOPICS[1:2]
    assert archive.value("SELECT count(*) FROM websub_pings") == 0
    with archive.transaction() as db:
        add_pings(db, "https://old.example/", TOPICS, datetime.now(UTC))
    send(archive, hub, [])
    assert archive.value("SELECT count(*) FROM websub_pings") == 0


def test_pings_of_a_run_that_died_are_sent_by_the_next(archive, hub, monkeypatch):
    def die(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("visawire.websub.post", die)
        with pytest.raises(KeyboardInterrupt):
            send(archive, hub, TOPICS)
    assert waiting(archive, hub) == sorted(TOPICS)
    assert send(archive, hub, []).sent == 3


def test_after_a_publication_failures_are_lines_and_no_error(tmp_path, hub):
    config = Config(archive=tmp_path / "a.db", site_url=SITE, hub=hub.url)
    assert ping_changed(config, ["feeds/all.rss"]) == []
    assert pinged(hub) == [f"{SITE}/feeds/all.rss"]
    hub.answer(403)
    (line,) = ping_changed(config, ["feeds/all.rss", "index.html"])
    assert line.startswith(f"websub: {hub.url}: HTTP 403; 1 of 1 changed feeds are told at the next run")
    assert ping_changed(Config(archive=tmp_path / "none.db"), ["feeds/all.rss"]) == []
    assert not (tmp_path / "none.db").exists()


def test_a_hub_that_does_not_listen_is_named(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = Config(archive=tmp_path / "a.db", site_url=SITE, hub=f"http://127.0.0.1:{port}/")
    (line,) = ping_changed(config, ["feeds/all.rss"])
    assert f"127.0.0.1:{port}/: cannot be reached (" in line


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("", None), ("0", 0), ("120", 120), ("999999999999999", 86400), ("soon", None), ("-5", None),
        ("Sun, 01 Mar 2026 12:01:00 GMT", 60), ("Sun, 01 Mar 2026 11:00:00 GMT", 0),
    ],
)  # fmt: skip
def test_retry_after_is_understood_in_both_forms(value, seconds):
    now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    expected = None if seconds is None else timedelta(seconds=seconds)
    assert retry_after({"retry-after": value}, now) == expected


@pytest.mark.parametrize(
    ("status", "ok", "gone", "busy"),
    [
        (200, True, False, False), (204, True, False, False), (304, False, False, False), (404, False, False, False),
        (410, False, True, False), (429, False, False, True), (500, False, False, False), (503, False, False, True),
    ],
)  # fmt: skip
def test_only_a_status_of_success_is_success(status, ok, gone, busy):
    outcome = judge(status, {}, datetime(2026, 3, 1, tzinfo=UTC))
    assert (outcome.ok, outcome.gone, outcome.busy) == (ok, gone, busy)
