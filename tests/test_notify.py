"""Updates reach webhooks once each, signed, in order, again after a failure, and whatever kills a run."""

from __future__ import annotations

import base64
import json
import re
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from notify_helpers import (
    LATER,
    NOW,
    SECRET,
    begin,
    configured,
    deliveries,
    everything,
    receiver,
    tell,
    texts,
    verified,
)  # fmt: skip

from visawire.crawling import Locked, run_lock
from visawire.notify import GIVE_UP, advice, enlist, notify_all, try_targets


@pytest.fixture
def hook():
    with receiver() as hook:
        yield hook


@pytest.fixture
def site(tmp_path, hook):
    return everything(tmp_path, hook)


# -- webhooks -----------------------------------------------------------------------------------------------


def test_a_webhook_says_everything_about_an_update_and_is_signed(site, hook):
    number = tell(site, "a", "stage", before="proposed", after="final", summary="Stage: final, before proposed")
    report = notify_all(site, now=NOW)
    assert (report.delivered, report.waiting, report.problems, report.exit_code) == (1, 0, [], 0)
    (posted,) = hook.posted
    assert posted.path == "/hook"
    assert posted.headers["content-type"] == "application/json"
    assert verified(posted)
    assert not verified(posted, "whsec_" + base64.b64encode(b"another secret of 24 byte").decode())
    data = posted.json["data"]
    assert posted.json["type"] == "update.stage"
    assert posted.json["timestamp"].startswith("2026-03-0") and posted.json["timestamp"].endswith("Z")
    assert data.pop("notice").startswith("Not legal advice")
    assert "Orchard rule a" in data.pop("title")
    assert data == {
        "id": number, "kind": "stage", "at": "2026-03-01", "summary": "Stage: final, before proposed",
        "before": "proposed", "after": "final", "url": f"https://visas.example/story/story-a.html#update-{number}",
        "official_url": "https://rules.example/a",
        "source": {"url": "https://rules.example/a", "publisher": "Department of Examples", "authority": "primary"},
        "story": {
            "id": "story-a", "title": "Orchard rule a", "stage": "final",
            "url": "https://visas.example/story/story-a.html",
        },
        "tags": [{"facet": "country", "code": "us", "label": "US"}], "language": "en", "notification": "all",
    }  # fmt: skip


def test_a_report_of_the_press_is_no_official_document(site, hook):
    tell(site, "p", source_id="us-example-press")
    notify_all(site, now=NOW)
    data = hook.posted[0].json["data"]
    assert data["official_url"] == "" and data["source"]["authority"] == "secondary"


def test_each_update_is_sent_once_and_in_order(site, hook):
    numbers = [tell(site, name) for name in "abc"]
    assert notify_all(site, now=NOW).delivered == 3
    assert [posted.json["data"]["id"] for posted in hook.take()] == numbers
    assert len({posted.headers["webhook-id"] for posted in hook.posted}) == 0
    assert notify_all(site, now=LATER).delivered == 0
    more = tell(site, "d")
    notify_all(site, now=LATER)
    assert [posted.json["data"]["id"] for posted in hook.posted] == [more]


def test_a_refused_delivery_is_tried_again_later_and_later_with_the_same_id(site, hook):
    tell(site, "a")
    hook.answer(500)
    moment, waits = NOW, []
    for _ in range(4):
        report = notify_all(site, now=moment)
        assert (report.exit_code, report.waiting) == (1, 1)
        assert "webhook 127.0.0.1 (1): HTTP 500; tried again after" in report.problems[0]
        earlier = notify_all(site, now=moment + timedelta(minutes=4))
        assert (earlier.exit_code, earlier.waiting) == (0, 1)
        wait = timedelta(minutes=5) * 2 ** len(waits)
        waits.append(wait)
        moment += wait
    hook.answer(204)
    assert notify_all(site, now=moment).delivered == 1
    assert len(hook.posted) == 5
    assert len({posted.headers["webhook-id"] for posted in hook.posted}) == 1
    assert len({posted.body for posted in hook.posted}) == 1
    assert all(verified(posted) for posted in hook.posted)
    assert deliveries(site) == [(1, "delivered", 5)]


def test_retry_after_is_honoured_and_then_nothing_else_is_sent_to_the_target(site, hook):
    tell(site, "a")
    tell(site, "b")
    hook.answer((429, {"Retry-After": "7200"}))
    notify_all(site, now=NOW)
    assert len(hook.take()) == 1
    hook.answer(204)
    assert notify_all(site, now=NOW + timedelta(minutes=119)).delivered == 0
    assert notify_all(site, now=NOW + timedelta(minutes=121)).delivered == 2


def test_one_update_that_is_refused_holds_back_no_other(site, hook):
    tell(site, "a")
    tell(site, "b")
    hook.answer(400, 204)
    report = notify_all(site, now=NOW)
    assert (report.delivered, report.waiting) == (1, 1)
    assert deliveries(site) == [(1, "waiting", 1), (2, "delivered", 1)]


def test_a_target_that_refuses_everything_is_left_alone_after_three(site, hook):
    for name in "abcdef":
        tell(site, name)
    hook.answer(400)
    notify_all(site, now=NOW)
    assert len(hook.posted) == 3


def test_at_once_does_not_wait_for_the_next_attempt(site, hook):
    tell(site, "a")
    hook.answer(503, 204)
    notify_all(site, now=NOW)
    assert notify_all(site, now=NOW).delivered == 0
    assert notify_all(site, now=NOW, at_once=True).delivered == 1


def test_gone_disables_a_target_at_once_and_says_what_to_do(site, hook):
    tell(site, "a")
    tell(site, "b")
    hook.answer(410)
    report = notify_all(site, now=NOW)
    assert report.exit_code == 1
    assert "disabled: HTTP 410: the receiver is gone for good; 2 updates were given up" in report.problems[0]
    assert "visawire notify --test --name all" in report.problems[0]
    assert [state for _, state, _ in deliveries(site)] == ["failed", "failed"]
    tell(site, "c")
    hook.take()
    quiet = notify_all(site, now=LATER)
    assert (quiet.exit_code, hook.posted) == (0, [])
    assert "disabled" in quiet.lines[0]
    (line,) = advice(site)
    assert line.startswith("all: webhook 127.0.0.1 (1) is disabled (HTTP 410")


def test_a_test_that_arrives_puts_a_target_back_to_work_and_since_sends_what_it_missed(site, hook):
    first = tell(site, "a")
    hook.answer(410, 204)
    notify_all(site, now=NOW)
    missed = tell(site, "b")
    assert notify_all(site, now=LATER).delivered == 0
    assert list(try_targets(site)) == [("all: webhook 127.0.0.1 (1)", "")]
    assert advice(site) == []
    hook.take()
    new = tell(site, "c")
    assert notify_all(site, now=LATER).delivered == 1
    assert notify_all(site, since="2026-01-01", now=LATER).delivered == 2
    assert [posted.json["data"]["id"] for posted in hook.posted] == [new, first, missed]
    assert notify_all(site, since="2026-01-01", now=LATER).delivered == 0


def test_after_five_days_of_failures_a_target_is_given_up(site, hook):
    tell(site, "a")
    hook.answer(500)
    for hours in (0, 24, 48, 72, 96):
        assert "disabled" not in notify_all(site, now=NOW + timedelta(hours=hours)).problems[0]
    report = notify_all(site, now=NOW + GIVE_UP + timedelta(hours=1))
    assert "disabled: HTTP 500 for 5 days; 1 updates were given up" in report.problems[0]
    assert deliveries(site) == [(1, "failed", 6)]


def test_few_attempts_are_never_enough_to_give_up(site, hook):
    tell(site, "a")
    hook.answer(500)
    notify_all(site, now=NOW)
    assert "disabled" not in notify_all(site, now=NOW + 3 * GIVE_UP).problems[0]


def test_one_update_that_never_arrives_is_given_up_while_others_go_on(site, hook):
    tell(site, "a")
    for day in range(6):
        assert deliveries(site) == [] or deliveries(site)[0] == (1, "waiting", day)
        hook.answer(400, 204)
        tell(site, f"b{day}")
        report = notify_all(site, now=NOW + timedelta(days=day))
        assert report.delivered == 1
    assert "given up after 5 days: 1 updates" in report.problems[0]
    assert deliveries(site)[0] == (1, "failed", 6)
    assert advice(site) == []


def test_redirects_are_not_followed(site, hook):
    tell(site, "a")
    with receiver() as other:
        hook.answer((307, {"Location": f"{other.url}/private"}))
        report = notify_all(site, now=NOW)
        assert other.posted == []
    assert "it has moved to 127.0.0.1, and redirects are not followed" in report.problems[0]


def test_a_receiver_that_does_not_listen_is_an_error_without_the_address(tmp_path):
    secret_path = "hooks/T0P53CR3TT0K3N"
    config = configured(
        tmp_path,
        f'[[notify]]\nname = "x"\nwebhooks = [{{url = "http://127.0.0.1:1/{secret_path}", secret = "{SECRET}"}}]\n',
    )
    begin(config)
    enlist(config)
    tell(config, "a")
    (problem,) = notify_all(config, now=NOW).problems
    assert "cannot be reached" in problem and "T0P53" not in problem
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("a.db*"))
    assert b"T0P53" not in kept and SECRET[6:].encode() not in kept


def test_two_secrets_give_two_signatures(tmp_path, hook):
    other = "whsec_" + base64.b64encode(bytes(range(32))).decode()
    config = configured(
        tmp_path,
        f'[[notify]]\nname = "x"\n[[notify.webhooks]]\nurl = "{hook.url}"\nsecret = ["{other}", "{SECRET}"]\n',
    )
    begin(config)
    enlist(config)
    tell(config, "a")
    notify_all(config, now=NOW)
    assert verified(hook.posted[0], other) and verified(hook.posted[0], SECRET)
    assert len(hook.posted[0].headers["webhook-signature"].split(" ")) == 2


def test_the_verification_in_the_documentation_works_and_its_example_has_the_keys_that_are_sent(site, hook):
    text = (Path(__file__).parents[1] / "docs" / "notifications.md").read_text(encoding="utf-8")
    blocks = dict(re.findall(r"^```(python|json)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))
    names: dict[str, Any] = {}
    exec(blocks["python"], names)
    tell(site, "a")
    notify_all(site, now=NOW)
    (posted,) = hook.posted
    assert names["verified"](posted.headers, posted.body, SECRET)
    assert not names["verified"](posted.headers, posted.body + b" ", SECRET)
    assert not names["verified"](posted.headers | {"webhook-timestamp": "1"}, posted.body, SECRET)
    shown = json.loads(blocks["json"])
    assert shown.keys() == posted.json.keys() and shown["data"].keys() == posted.json["data"].keys()
    for part in ("source", "story"):
        assert shown["data"][part].keys() == posted.json["data"][part].keys()


# -- interruption -------------------------------------------------------------------------------------------

_DIES = """
import os, signal, sys
from pathlib import Path
from archive import deliveries
from visawire.config import load_config
from visawire.notify import notify_all

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

deliveries.succeed = die
file, archive = map(Path, sys.argv[1:])
notify_all(load_config(file, archive, None))
"""


def killed(config):
    done = subprocess.run(
        [sys.executable, "-c", _DIES, str(config.file), str(config.archive)], cwd=Path(__file__).parents[1], timeout=60
    )
    assert done.returncode == -signal.SIGKILL


def test_a_run_killed_before_it_could_note_a_delivery_repeats_it_with_the_same_id(site, hook):
    tell(site, "a")
    tell(site, "b")
    killed(site)
    assert deliveries(site) == [(1, "sending", 1), (2, "waiting", 0)]
    assert notify_all(site).delivered == 2
    ids = [posted.headers["webhook-id"] for posted in hook.posted]
    assert len(ids) == 3 and ids[0] == ids[1] != ids[2]
    assert notify_all(site).delivered == 0


def test_a_text_whose_sending_was_interrupted_is_sent_again_and_says_so(tmp_path, hook):
    config = texts(tmp_path, hook)
    tell(config, "a")
    killed(config)
    assert notify_all(config).delivered == 1
    first, second = (posted.json for posted in hook.posted)
    assert first["title"] == second["title"]
    assert "You may have had this before" in second["message"]
    assert "You may have had this before" not in first["message"]


def test_only_one_process_sends_while_a_crawl_may_go_on(site, hook):
    tell(site, "a")
    with run_lock(site.archive.with_name("a.db.notify")), pytest.raises(Locked):
        notify_all(site)
    assert hook.posted == []
    with run_lock(site.archive):
        assert notify_all(site).delivered == 1
