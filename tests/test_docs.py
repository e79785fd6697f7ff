"""The documentation is true: commands exist, links lead somewhere, quoted code stands in the code, pages are generated.

In README.md, CONTRIBUTING.md and docs/, every line of a ``console`` block is a command, and so is every
``visawire ...`` between backticks. In blocks marked ``console run`` the lines that begin with ``$`` are commands that
are run, and the other lines their output (``...`` stands for any text).
"""

import doctest
import importlib.util
import json
import re
import shlex
import shutil
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from make_expected import main as make_expected

import visawire.config
from archive.dictionary import data_dictionary
from pipelines.vocabulary import vocabulary
from spiders import register as register_module
from spiders.readers import reader_names
from spiders.register import register
from visawire.cli import main
from visawire.sources_page import sources_page

ROOT = Path(__file__).parents[1]
DOCS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
ADDING = ROOT / "docs" / "adding-a-source.md"
OPERATIONS = ROOT / "docs" / "operations.md"
DEPLOY = ROOT / "deploy"

_BLOCK = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SOURCE_ID = re.compile(r"[a-z]{2,4}(-[a-z0-9]+)+")


def _blocks(path, kind):
    """The contents of a file's code blocks of a kind."""
    return [content for info, content in _BLOCK.findall(path.read_text(encoding="utf-8")) if info == kind]


def _sessions(path):
    """The commands of a file's ``console run`` blocks, each with the output that stands below it."""
    for block in _blocks(path, "console run"):
        for part in re.split(r"^\$ ", block.replace("\\\n", " "), flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            yield " ".join(command.split()), output


def _shell(line):
    """The simple commands of a shell line, without assignments, redirections and what a comment says."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;<>")
    lexer.whitespace_split = True
    command = []
    skip = False
    for word in lexer:
        if skip:
            skip = False
        elif set(word) <= set("<>"):
            skip = True
        elif set(word) <= set("|&;"):
            yield command
            command = []
        elif command or not re.match(r"\w+=", word):
            command.append(word)
    yield command


def _check_visawire(arguments):
    """Walk down the commands of the command line and parse the options of each, without running anything."""
    command = main
    while True:
        context = click.Context(command, info_name=command.name)
        _, rest, _ = command.make_parser(context).parse_args(list(arguments))
        if not isinstance(command, click.Group) or not rest:
            break
        assert rest[0] in command.commands, f"no command {rest[0]!r}; there are {', '.join(command.commands)}"
        command, arguments = command.commands[rest[0]], rest[1:]
    if not isinstance(command, click.Group):
        assert not rest, f"unexpected {rest}"
        values, _, _ = command.make_parser(context).parse_args(list(arguments))
        for parameter in command.params:
            if parameter.required and "--help" not in arguments:
                assert isinstance(values.get(parameter.name), str | tuple), f"lacks {parameter.name}"


def _check(words):
    """A command of ours exists as it is written; programs of the system are not looked at."""
    if not words:
        return
    program, arguments = words[0].rpartition("/")[2], words[1:]
    if program == "podman" and "run" in arguments:
        _check(arguments[arguments.index("visawire") + 1 :])
    elif program == "visawire":
        _check_visawire(arguments)
    elif program == "make":
        targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
        assert {a for a in arguments if "=" not in a} <= set(targets), f"make has only {', '.join(targets)}"
    elif program.startswith("python") and arguments[:1] == ["-m"]:
        assert importlib.util.find_spec(arguments[1]), f"no module {arguments[1]}"
    elif program.startswith("python"):
        assert (ROOT / arguments[0]).is_file(), f"no file {arguments[0]}"
    elif program == "pytest":
        for path in (a for a in arguments if a.startswith("tests/")):
            assert (ROOT / path.partition("::")[0]).exists(), f"no file {path}"


def _commands():
    for path in DOCS:
        text = path.read_text(encoding="utf-8")
        lines = [command for command, _ in _sessions(path)]
        for block in _blocks(path, "console"):
            lines += block.replace("\\\n", " ").splitlines()
        lines += re.findall(r"`(visawire [^`\n]+)`", _BLOCK.sub("", text))
        for line in dict.fromkeys(lines):
            yield pytest.param(line, id=f"{path.name}: {line}")


@pytest.mark.parametrize("line", list(_commands()))
def test_a_command_in_the_documentation_exists_as_it_is_written(line):
    for words in _shell(line):
        try:
            _check(words)
        except click.UsageError as error:
            pytest.fail(f"{shlex.join(words)}: {error.format_message()}")
        for word in words[1:] if words and words[0] == "visawire" else ():
            known = word in register() or word in vocabulary().programmes
            assert not _SOURCE_ID.fullmatch(word) or known, f"no source or programme {word}"


@pytest.mark.parametrize(
    "line",
    [
        "visawire craw",
        "visawire crawl --fast",
        "visawire backup",
        "visawire publish now",
        "visawire sources show",
        "make coffee",
    ],
)
def test_a_command_that_does_not_exist_is_found(line):
    with pytest.raises((AssertionError, click.UsageError)):
        for words in _shell(line):
            _check(words)


def _runs():
    for path in DOCS:
        for command, output in _sessions(path):
            yield pytest.param(command, output, id=f"{path.name}: {command}")


@pytest.mark.parametrize(("command", "output"), list(_runs()))
def test_a_command_shown_with_its_output_gives_that_output(command, output, monkeypatch):
    monkeypatch.chdir(ROOT)
    program, *arguments = shlex.split(command)
    assert program == "visawire", "only visawire commands are run"
    result = CliRunner().invoke(main, arguments, catch_exceptions=False)
    expected, got = output.strip() + "\n", result.output.strip() + "\n"
    assert doctest.OutputChecker().check_output(expected, got, doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE), (
        f"it says:\n{got[:3000]}"
    )


def test_adding_a_source_shows_commands_with_their_output():
    assert len(list(_sessions(ADDING))) >= 2


def test_make_expected_writes_what_is_read_from_a_fixture_page(tmp_path):
    committed = ROOT / "tests" / "pages" / "gb-mac"
    (page,) = committed.glob("*.atom")
    (tmp_path / "gb-mac").mkdir()
    shutil.copy(page, tmp_path / "gb-mac")
    arguments = ["gb-mac", page.name, "--captured", "2030-05-22", "--pages", str(tmp_path)]
    result = CliRunner().invoke(make_expected, arguments, catch_exceptions=False)
    assert result.exit_code == 0 and result.output.startswith(f"{page.name}: 2 announcements")
    written, expected = (
        json.loads((folder / "expected.json").read_text(encoding="utf-8"))["pages"][0]
        for folder in (tmp_path / "gb-mac", committed)
    )
    assert written["announcements"] == expected["announcements"]
    assert (written["file"], written["url"]) == (expected["file"], expected["url"])
    assert written["captured"].startswith("2030-05-22T")
    again = CliRunner().invoke(make_expected, ["gb-mac", "--pages", str(tmp_path)], catch_exceptions=False)
    assert again.exit_code == 0
    assert json.loads((tmp_path / "gb-mac" / "expected.json").read_text(encoding="utf-8"))["pages"] == [written]


# -- links --------------------------------------------------------------------------------------------------


def _links():
    for path in DOCS:
        text = _BLOCK.sub("", path.read_text(encoding="utf-8"))
        for target in re.findall(r"\]\(<?([^)>\s]+)>?\)", text):
            if not re.match(r"[a-z]+:", target):
                yield pytest.param(path, target, id=f"{path.name}: {target}")


def _anchors(path):
    headings = re.findall(r"^#+ (.+)$", _BLOCK.sub("", path.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize(("path", "target"), list(_links()))
def test_a_link_leads_to_a_file_and_a_heading_that_exist(path, target):
    name, _, anchor = target.partition("#")
    file = (path.parent / name).resolve() if name else path
    assert file.exists(), f"{path.name} links to {name}, which is not there"
    assert not anchor or anchor in _anchors(file), f"{file.name} has no heading {anchor}"


# -- what is quoted and what is generated -------------------------------------------------------------------


def _python_files():
    return [path.read_text(encoding="utf-8") for path in sorted((ROOT / "spiders").glob("*.py"))]


@pytest.mark.parametrize("block", _blocks(ADDING, "python"))
def test_code_quoted_in_adding_a_source_stands_in_a_reader(block):
    for part in block.split("    ...\n"):
        assert any(part.strip("\n") in text for text in _python_files()), part


@pytest.mark.parametrize("block", _blocks(ADDING, "toml"))
def test_entries_quoted_in_adding_a_source_stand_in_the_register(block):
    files = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "spiders" / "sources").glob("*.toml"))]
    assert any(block.strip() in text for text in files), block


def test_adding_a_source_explains_every_key_of_an_entry_with_its_values():
    text = ADDING.read_text(encoding="utf-8")
    for key in register_module._KEYS:
        assert f"| `{key}` |" in text, f"{key} is not explained"
    values = {
        *register_module.KINDS, *register_module.CADENCES, *register_module.CONFIDENCES, *register_module.REPUBLISH,
        *register_module.EXPECTS, *register_module.AUTHORITIES,
    }  # fmt: skip
    assert not {value for value in values if f"`{value}`" not in text}


def test_adding_a_source_names_shapes_that_exist():
    text = ADDING.read_text(encoding="utf-8")
    shapes = re.findall(r"^\| `([a-z_]+)` \| \[", text, re.MULTILINE)
    assert len(shapes) >= 4
    assert set(shapes) <= set(reader_names())


def test_the_list_of_sources_is_that_of_the_register():
    written = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")
    assert written == sources_page(), "run: python -m visawire.sources_page > docs/sources.md"


def test_the_list_of_sources_has_every_source_once_and_says_which_addresses_are_unverified():
    page = sources_page()
    for entry in register().values():
        (line,) = [line for line in page.splitlines() if line.startswith(f"| `{entry.id}` |")]
        assert entry.source.url.replace("|", "%7C") in line
        assert line.endswith("| **unverified** |") is entry.source.unverified


def test_the_data_dictionary_is_that_of_the_schema():
    written = (ROOT / "docs" / "data-dictionary.md").read_text(encoding="utf-8")
    assert written == data_dictionary(), "run: python -m archive.dictionary > docs/data-dictionary.md"


def test_operations_explains_every_setting():
    text = OPERATIONS.read_text(encoding="utf-8")
    for table, keys in visawire.config._KEYS.items():
        for key in keys:
            assert f"| `[{table}] {key}` |" in text, f"[{table}] {key} is not explained"


def test_operations_explains_every_state_of_a_source():
    text = OPERATIONS.read_text(encoding="utf-8")
    states = {
        "never",
        "ok",
        "unchanged",
        "error",
        "blocked",
        "empty",
        "drifted",
        "unreachable",
        "robots",
        "not-recorded",
    }
    assert not {state for state in states if not re.search(rf"^\|.*`{state}`.*\|", text, re.MULTILINE)}


# -- deployment ---------------------------------------------------------------------------------------------


def test_the_crontab_runs_commands_that_exist():
    lines = [line for line in (DEPLOY / "crontab").read_text(encoding="utf-8").splitlines() if re.match(r"[*\d]", line)]
    ours = []
    for line in lines:
        assert not re.search(r"(?<!\\)%", line), "an unescaped percent sign ends a command in a crontab"
        command = line.split(maxsplit=5)[5].replace(r"$(date +\%F)", "today")
        ours += re.findall(r"(?:^|\()(visawire (?:--config \S+ )?[a-z]+(?: /\S+)?)", command)
    assert len(ours) == 3
    for command in ours:
        _check(shlex.split(command))


def test_the_service_runs_a_command_that_exists():
    text = (DEPLOY / "visawire.service").read_text(encoding="utf-8")
    (command,) = re.findall(r"^ExecStart=(.+)$", text, re.MULTILINE)
    _check(shlex.split(command))
    assert re.search(r"^SuccessExitStatus=1 75$", text, re.MULTILINE)


def test_the_container_copies_what_exists_and_all_that_a_wheel_is_made_of():
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    copied = {name for line in re.findall(r"^COPY (.+) \S+$", text, re.MULTILINE) for name in line.split()}
    assert all((ROOT / name).exists() for name in copied)
    assert {"requirements.lock", "pyproject.toml", "README.md", "LICENSE"} <= copied
    assert {"visawire", "spiders", "pipelines", "archive", "feeds"} <= copied
    assert "--require-hashes -r requirements.lock" in text
    assert re.search(r"^USER (?!root)", text, re.MULTILINE)
