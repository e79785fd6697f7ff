"""What people read in a message, how many messages they get, and what a service's failure looks like."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from notify_helpers import LATER, NOW, begin, configured, receiver, tell, texts

from archive.deliveries import published
from archive.feed_entries import place_updates
from archive.store import Archive
from feeds.entry import Site
from visawire.notify import notify_all
from visawire.notify_message import digest, message, update_of


@pytest.fixture
def hook():
    with receiver() as hook:
        yield hook


def test_a_text_says_what_changed_and_where_it_says_so(tmp_path, hook):
    config = texts(tmp_path, hook)
    number = tell(config, "a", "stage", before="proposed", after="final", summary="Stage: final, before proposed")
    assert notify_all(config, now=NOW).delivered == 1
    (posted,) = hook.posted
    assert "Orchard rule a" in posted.json["title"] and posted.json["title"].startswith("[US]")
    assert posted.json["message"].splitlines() == [
        "Status: proposed → final (Department of Examples, 1 March 2026)",
        "",
        "Official page: https://rules.example/a",
        f"Story: https://visas.example/story/story-a.html#update-{number}",
        "",
        "Not legal advice: check the official document before you act on it.",
    ]
    assert notify_all(config, now=LATER).delivered == 0


def test_the_words_of_an_edit_are_shown_in_three_lines_at_most(tmp_path, hook):
    config = texts(tmp_path, hook)
    tell(config, "a")
    with Archive(config.archive) as archive, archive.transaction() as db:
        diff = "@ text\n  filed from\n- 1 March\n+ 1 April\n  on\n- nine\n+ ten\n"
        db.execute(
            "INSERT INTO revisions (announcement_id, n, seen, title, summary, body, content_hash, diff) "
            "VALUES ('a', 9, '2026-03-05T10:00:00Z', '', '', '', 'x', ?)",
            (diff,),
        )
        db.execute(
            "INSERT INTO updates (story_id, kind, at, summary, announcement_id) "
            "VALUES ('story-a', 'revision', '2026-03-05T10:00:00Z', 'Edited: Orchard rule a', 'a')"
        )
        place_updates(db)
    notify_all(config, now=NOW)
    shown = hook.posted[-1].json["message"].splitlines()
    assert shown[1:5] == ["− 1 March", "+ 1 April", "− nine", ""]


def test_nothing_in_a_title_calls_people_or_hides_a_link(tmp_path, hook):
    config = texts(tmp_path, hook)
    tell(config, "a", title="<!channel> @everyone [free visa](https://evil.example) `x` \u202egnp")
    notify_all(config, now=NOW)
    said = json.dumps(hook.posted[0].json, ensure_ascii=False)
    for harmful in ("<!channel>", "@everyone", "](https", "`", "\u202e"):
        assert harmful not in said.replace("visawire notify", "")
    assert "free visa" in said


def test_a_digest_is_one_message_a_run(tmp_path, hook):
    config = texts(tmp_path, hook, "digest = true\n")
    for name in "abc":
        tell(config, name)
    assert notify_all(config, now=NOW).delivered == 3
    (posted,) = hook.posted
    assert posted.json["title"] == "Visawire, team: 3 changes"
    assert [row[2:] for row in posted.json["message"].splitlines() if row.startswith("  https")] == [
        f"https://visas.example/story/story-{name}.html#update-{n}" for n, name in enumerate("abc", 1)
    ]
    assert "Not legal advice" in posted.json["message"]


def test_too_many_messages_become_some_and_a_summary(tmp_path, hook):
    config = texts(tmp_path, hook, "most = 3\n")
    for n in range(40):
        tell(config, f"n{n}")
    assert notify_all(config, now=NOW).delivered == 40
    assert len(hook.posted) == 4
    last = hook.posted[-1].json
    assert last["title"] == "Visawire, team: 37 more changes"
    assert "… and 7 more: https://visas.example/index.html" in last["message"]
    assert notify_all(config, now=LATER).delivered == 0


def test_a_service_that_fails_is_tried_again_and_its_words_are_shown(tmp_path, hook):
    config = texts(tmp_path, hook)
    tell(config, "a")
    hook.answer(500)
    (problem,) = notify_all(config, now=NOW).problems
    assert problem.startswith("team: json:// (1): Failed to send JSON POST notification")
    assert hook.take() != []
    hook.answer(200)
    assert notify_all(config, now=NOW + timedelta(minutes=1)).delivered == 0
    assert notify_all(config, now=NOW + timedelta(minutes=6)).delivered == 1


def test_nothing_but_our_own_line_is_said_when_a_service_fails(tmp_path, hook):
    config = texts(tmp_path, hook)
    tell(config, "a")
    hook.answer(500)
    done = subprocess.run(
        [sys.executable, "-m", "visawire", "notify", "--config", str(config.file), "--archive", str(config.archive)],
        cwd=Path(__file__).parents[1], capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("visawire: team: json:// (1): Failed to send JSON POST notification")


def test_messages_are_pure(tmp_path):
    config = configured(tmp_path, "")
    begin(config)
    number = tell(config, "a")
    with Archive(config.archive) as archive:
        update = update_of(published(archive.db, [number])[number])
    site = Site("https://visas.example", "visas.example")
    assert message(update, site) == message(update, site)
    assert digest([update], "n", site).title == "Visawire, n: 1 change"
