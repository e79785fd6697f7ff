"""Mistakes in the user's own feeds, notifications and settings: one line, exit code 2, before anything is done."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from small_archive import fill

from visawire.cli import main

FEED = '[[feed]]\npath = "my/london"\ntitle = "London"\nwhere = { %s }\n'
NOTIFY = '[[notify]]\nname = "team"\nfeed = "%s"\nwhere = { %s }\nurls = ["${VISAWIRE_NOT_SET}"]\n'


def invoke(tmp_path: Path, text: str, *arguments: str) -> Result:
    file = tmp_path / "own.toml"
    file.write_text(text, encoding="utf-8")
    places = ["--config", str(file), "--archive", str(tmp_path / "a.db"), "--site", str(tmp_path / "site")]
    return CliRunner().invoke(main, [*arguments, *places])


@pytest.mark.parametrize("command", [["publish"], ["run"], ["doctor"], ["demo", "--no-serve"], ["notify", "--dry-run"]])
def test_a_mistake_in_a_feed_of_ones_own_ends_every_command_before_it_begins(
    tmp_path: Path, command: list[str]
) -> None:
    done = invoke(tmp_path, FEED % 'country = ["uk"]' + NOTIFY % ("", ""), *command)
    assert done.exit_code == 2
    assert "own.toml:4: feed 'my/london': where: country 'uk' is none; did you mean gb?" in done.stderr
    assert not (tmp_path / "site").exists() and not (tmp_path / "a.db").exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (FEED % 'programme = ["gbr-*"]', "programme 'gbr-*' fits none"),
        (FEED % 'topic = ["fee"]', "topic 'fee' is none; did you mean fees"),
        (FEED % 'audience = ["employer"]', "did you mean employers"),
        (FEED % 'effective_from = "2017-13"', "effective_from is '2017-13'"),
        (NOTIFY % ("country/uk", ""), "own.toml:3: notify 'team': country 'uk' is none; did you mean gb?"),
        (NOTIFY % ("", 'country = ["zz"]'), "own.toml:4: notify 'team': where: country 'zz' is none"),
        ("[feeds]\n", "own.toml:1: unknown table [feeds]; did you mean [[feed]]?"),
    ],
)
def test_publish_says_line_and_key_of_a_wrong_filter(tmp_path: Path, text: str, said: str) -> None:
    fill(tmp_path / "a.db")
    done = invoke(tmp_path, text, "publish")
    assert (done.exit_code, said in done.stderr) == (2, True), done.stderr


def test_a_code_that_only_the_archive_has_and_a_variable_that_is_not_set_are_no_mistakes(tmp_path: Path) -> None:
    fill(tmp_path / "a.db")
    own = FEED % 'programme = ["us-*", "gb-skilled-worker"], effective_from = "2017-12"' + NOTIFY % ("country/ca", "")
    done = invoke(tmp_path, own, "publish")
    assert done.exit_code == 0, done.stderr
    assert (tmp_path / "site/feeds/my/london.rss").is_file()


def test_doctor_says_which_values_are_still_those_of_the_example(tmp_path: Path) -> None:
    example = Path(__file__).parents[1] / "deploy" / "visawire.toml.example"
    said = invoke(tmp_path, example.read_text(encoding="utf-8"), "doctor").stdout
    for key in ("[site] authority", "[site] url", "[site] hub", "[site] search", "[crawl] contact"):
        assert f"advice: {key} = " in said
    own = (
        '[site]\nurl = "https://visas.exampleton.test"\nauthority = "exampleton.test"\n[crawl]\ncontact = "a@b.test"\n'
    )
    assert "advice" not in invoke(tmp_path, own, "doctor").stdout


def test_search_takes_several_words_and_says_when_nothing_has_them(tmp_path: Path) -> None:
    fill(tmp_path / "a.db")
    found = invoke(tmp_path, "", "search", "H-1B", "cap")
    assert found.exit_code == 0 and found.stdout == invoke(tmp_path, "", "search", "H-1B cap").stdout
    nothing = invoke(tmp_path, "", "search", "zebra", "crossing")
    assert (nothing.exit_code, nothing.stdout) == (0, "")
    assert "has all of these words: zebra crossing" in nothing.stderr
