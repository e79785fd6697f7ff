"""Which updates a notification sends, what is new to a target, and the command with its options and mistakes."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
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

from archive.store import Archive
from visawire.cli import main
from visawire.notify import enlist, notify_all, rehearse


@pytest.fixture
def hook():
    with receiver() as hook:
        yield hook


@pytest.fixture
def site(tmp_path, hook):
    return everything(tmp_path, hook)


def cli(config, *arguments):
    places = ["--config", str(config.file), "--archive", str(config.archive), "--site", str(config.site)]
    return CliRunner().invoke(main, ["notify", *places, *arguments], catch_exceptions=False)


# -- filters, and what is new -------------------------------------------------------------------------------


def test_a_new_target_gets_nothing_of_the_past_unless_it_is_asked_for(tmp_path, hook):
    config = configured(tmp_path, f'[[notify]]\nname = "n"\nwebhooks = [{{url = "{hook.url}", secret = "{SECRET}"}}]\n')
    begin(config)
    past = [tell(config, name) for name in "ab"]
    assert notify_all(config, now=NOW).delivered == 0
    new = tell(config, "c")
    assert notify_all(config, now=NOW).delivered == 1
    assert notify_all(config, since="2030-01-01", now=NOW).delivered == 0
    assert notify_all(config, since="2026-01-01", now=NOW).delivered == 2
    assert [posted.json["data"]["id"] for posted in hook.posted] == [new, *past]


def test_what_was_there_but_not_published_is_of_the_past_too(tmp_path, hook):
    config = texts(tmp_path, hook)
    with Archive(config.archive) as archive, archive.transaction() as db:
        db.execute("DELETE FROM notify_targets")
    tell(config, "a")
    with Archive(config.archive) as archive, archive.transaction() as db:
        db.execute("DELETE FROM feed_entries")
        db.execute("DELETE FROM settings WHERE key='feeds.update'")
    enlist(config)
    tell(config, "b")
    assert notify_all(config, now=NOW).delivered == 1
    assert "Orchard rule b" in hook.posted[0].json["title"]


@pytest.mark.parametrize(
    ("filtered", "expected"),
    [
        ('feed = "country/ca"', ["ca"]),
        ('feed = "official"', ["us", "ca"]),
        ('feed = "stage/proposed"', ["proposed"]),
        ('feed = "all"', ["us", "ca", "press", "proposed", "edit"]),
        ('where = { country = ["us"], authority = ["secondary"] }', ["press", "proposed", "edit"]),
        ('kinds = ["revision"]', ["edit"]),
        ('feed = "country/us"\nkinds = ["new"]\nwhere = { importance = 0.9 }', ["proposed"]),
        ('feed = "mine"', ["ca"]),
    ],
)
def test_only_what_passes_the_filter_is_sent(tmp_path, hook, filtered, expected):
    own = '[[feed]]\npath = "mine"\ntitle = "Mine"\nwhere = { words = ["orchard"], country = ["ca"] }\n'
    config = configured(
        tmp_path,
        f'{own}[[notify]]\nname = "n"\n{filtered}\nwebhooks = [{{url = "{hook.url}", secret = "{SECRET}"}}]\n',
    )
    begin(config)
    enlist(config)
    tell(config, "us")
    tell(config, "ca", country="ca")
    tell(config, "press", source_id="us-example-press")
    tell(config, "proposed", stage="proposed", source_id="us-example-press", importance=0.9)
    tell(config, "edit", "revision", source_id="us-example-press")
    notify_all(config, now=NOW)
    assert [posted.json["data"]["story"]["id"].removeprefix("story-") for posted in hook.posted] == expected


def test_an_update_of_a_story_that_is_suppressed_meanwhile_is_not_sent(site, hook):
    tell(site, "a")
    hook.answer(503, 204)
    notify_all(site, now=NOW)
    with Archive(site.archive) as archive, archive.transaction() as db:
        db.execute("UPDATE announcements SET relevant=0")
    assert notify_all(site, now=LATER).delivered == 0
    assert deliveries(site) == [(1, "failed", 1)]


def test_what_a_variable_stands_for_may_change_without_a_target_becoming_new(tmp_path, hook, monkeypatch):
    monkeypatch.setenv("VISAWIRE_TEST_HOOK", f"{hook.url}/old")
    monkeypatch.setenv("VISAWIRE_TEST_SECRET", SECRET)
    config = configured(
        tmp_path,
        '[[notify]]\nname = "n"\nwebhooks = [{url = "${VISAWIRE_TEST_HOOK}", secret = "${VISAWIRE_TEST_SECRET}"}]\n',
    )
    begin(config)
    enlist(config)
    tell(config, "a")
    monkeypatch.setenv("VISAWIRE_TEST_HOOK", f"{hook.url}/new")
    assert notify_all(config, now=NOW).delivered == 1
    assert hook.posted[0].path == "/new" and verified(hook.posted[0])


def test_a_rehearsal_says_what_would_be_sent_and_leaves_no_trace(site, hook):
    tell(site, "a")
    before = deliveries(site)
    lines = list(rehearse(site))
    assert lines[0] == "all: webhook 127.0.0.1 (1): 1 to send"
    assert lines[1].startswith("  [US] New (final): Orchard rule a")
    assert (deliveries(site), hook.posted) == (before, [])
    assert notify_all(site, now=NOW).delivered == 1


# -- the command --------------------------------------------------------------------------------------------


def test_the_command_is_quiet_when_all_is_well(site, hook):
    tell(site, "a")
    done = cli(site)
    assert (done.exit_code, done.output) == (0, "")
    tell(site, "b")
    assert cli(site, "-v").output == "all: webhook 127.0.0.1 (1): sent 1\n1 sent, 0 waiting\n"


def test_the_command_says_what_failed_and_ends_with_1(site, hook):
    tell(site, "a")
    hook.answer(500)
    done = cli(site)
    assert done.exit_code == 1
    assert done.stderr.startswith("visawire: all: webhook 127.0.0.1 (1): HTTP 500; tried again after 20")
    hook.answer(204)
    assert cli(site, "--now").exit_code == 0
    assert deliveries(site) == [(1, "delivered", 2)]


def test_the_command_tests_each_target_with_a_message_marked_as_a_test(tmp_path, hook):
    config = configured(
        tmp_path,
        f'[[notify]]\nname = "a"\nurls = ["json://{hook.place}/a"]\n'
        f'[[notify]]\nname = "b"\nwebhooks = [{{url = "{hook.url}/b", secret = "{SECRET}"}}]\n',
    )
    done = cli(config, "--test")
    assert (done.exit_code, done.output) == (0, "a: json:// (1): sent\nb: webhook 127.0.0.1 (1): sent\n")
    text, body = hook.take()
    assert text.json["title"].startswith("[TEST] ") and "Nothing has happened" in text.json["message"]
    assert body.json["type"] == "test" and verified(body)
    hook.answer(500)
    done = cli(config, "--test", "--name", "b")
    assert (done.exit_code, done.output) == (1, "b: webhook 127.0.0.1 (1): failed: HTTP 500\n")
    assert len(hook.posted) == 1


def test_the_command_rehearses(site, hook):
    tell(site, "a")
    done = cli(site, "--dry-run", "--since", "2026-01-01")
    assert done.exit_code == 0 and "1 to send" in done.output
    assert hook.posted == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--name", "nobody"], "no notification has the name 'nobody'; there are all"),
        (["--test", "--dry-run"], "--test goes with --name only"),
        (["--since", "yesterday"], "Invalid value for '--since'"),
    ],
)
def test_wrong_options_end_with_2(site, arguments, said):
    done = cli(site, *arguments)
    assert done.exit_code == 2 and said in done.stderr


def test_without_a_table_there_is_nothing_to_send(tmp_path):
    config = configured(tmp_path, "")
    done = cli(config)
    assert done.exit_code == 2 and "has no [[notify]] table" in done.stderr
    assert notify_all(config).delivered == 0


@pytest.mark.parametrize(
    ("table", "place", "said"),
    [
        ('urls = ["json://x"]', 4, "name is None"),
        ('name = "a b"\nurls = ["json://x"]', 5, "name is 'a b'"),
        ('name = "a"', 4, "has nowhere to go: add urls or webhooks"),
        ('name = "a"\nurl = "json://x"', 6, "unknown key 'url'; allowed: name, feed"),
        ('name = "a"\n\nurls = "json://x"', 7, "urls must be a list of Apprise addresses"),
        ('name = "a"\nurls = ["jsonn://x"]', 6, "address 1 of urls is none that Apprise understands"),
        ('name = "a"\nurls = ["json://x", "json://x"]', 6, "the same address stands there twice"),
        ('name = "a"\nurls = ["${VISAWIRE_NOT_SET}"]', 6, "the environment variable VISAWIRE_NOT_SET is not set"),
        ('name = "a"\nurls = ["json://x"]\nkinds = ["news"]', 7, "allowed: a list of new, stage, date"),
        (
            'name = "a"\nurls = ["json://x"]\nfeed = "contry/ca"',
            7,
            "feed 'contry/ca' is none of stories; allowed: all,",
        ),
        ('name = "a"\nurls = ["json://x"]\nfeed = "weekly"', 7, "feed 'weekly' is none of stories"),
        ('name = "a"\nurls = ["json://x"]\nwhere = { stage = ["soon"] }', 7, "where: stage 'soon' is none"),
        ('name = "a"\nurls = ["json://x"]\ndigest = 1', 7, "digest is 1; allowed: true"),
        ('name = "a"\nurls = ["json://x"]\nmost = 0', 7, "most is 0; allowed:"),
        (f'name = "a"\nwebhooks = [{{url = "http://a.example", secret = "{SECRET}"}}]', 6, "http is for this machine"),
        (f'name = "a"\nwebhooks = [{{url = "ftp://a.example", secret = "{SECRET}"}}]', 6, "must start with https://"),
        ('name = "a"\nwebhooks = [{url = "https://a.example", secret = "short"}]', 6, "needs a secret: whsec_"),
        ('name = "a"\nwebhooks = [{url = "https://a.example"}]', 6, "needs a secret: whsec_"),
        ('name = "a"\n[[notify.webhooks]]\nurl = "https://a.example"\ntoken = "x"', 6, "unknown key 'token'"),
    ],
)
def test_a_mistake_is_answered_with_file_line_and_what_is_allowed(tmp_path, table, place, said):
    config = configured(tmp_path, f"[[notify]]\n{table}\n")
    done = cli(config, "--test")
    assert done.exit_code == 2
    assert f"visawire.toml:{place}: notify " in done.stderr and said in done.stderr


def test_two_notifications_of_one_name_are_a_mistake(tmp_path):
    one = '[[notify]]\nname = "a"\nurls = ["json://x"]\n'
    done = cli(configured(tmp_path, one + one.replace("x", "y")), "--test")
    assert done.exit_code == 2 and "visawire.toml:8: notify 'a': another [[notify]] has that name" in done.stderr
