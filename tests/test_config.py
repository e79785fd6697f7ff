"""Where options, environment and visawire.toml meet."""

from pathlib import Path

import pytest

from visawire import __version__
from visawire.config import ConfigError, load_config

EXAMPLE = Path(__file__).parents[1] / "deploy" / "visawire.toml.example"


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch, tmp_path):
    monkeypatch.delenv("VISAWIRE_ARCHIVE", raising=False)
    monkeypatch.delenv("VISAWIRE_SITE", raising=False)
    monkeypatch.chdir(tmp_path)


def _file(tmp_path, text):
    path = tmp_path / "own.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_without_anything_the_defaults_hold():
    config = load_config(None, None, None)
    assert (config.archive, config.site) == (Path("var/visawire.db"), Path("var/site"))
    assert config.site_url == "http://127.0.0.1:8001/site"
    assert config.authority == "visawire.invalid"
    assert config.user_agent == f"visawire/{__version__}"


def test_a_file_sets_site_and_contact(tmp_path):
    text = '[site]\nurl = "https://visas.example/"\nauthority = "visas.example"\n[crawl]\ncontact = "@visas"\n'
    config = load_config(_file(tmp_path, text), None, None)
    assert config.site_url == "https://visas.example"
    assert config.authority == "visas.example"
    assert config.user_agent == f"visawire/{__version__} (+@visas)"


def test_a_file_sets_hub_and_search_and_is_kept_for_the_tables_that_others_read(tmp_path):
    text = (
        '[site]\nurl = "https://visas.example"\nhub = "https://hub.example/"\nsearch = "https://data.visas.example/"\n'
        '[[feed]]\npath = "my/feed"\n[[notify]]\nname = "me"\n'
    )
    path = _file(tmp_path, text)
    config = load_config(path, None, None)
    assert (config.hub, config.search) == ("https://hub.example/", "https://data.visas.example/")
    assert config.file == path
    assert load_config(_file(tmp_path, ""), None, None).hub == ""


def test_without_a_file_none_is_kept():
    assert load_config(None, None, None).file is None


def test_a_visawire_toml_in_the_working_folder_is_used_unless_a_file_is_named(tmp_path):
    (tmp_path / "visawire.toml").write_text('[crawl]\ncontact = "here"\n')
    assert load_config(None, None, None).contact == "here"
    assert load_config(_file(tmp_path, '[crawl]\ncontact = "named"\n'), None, None).contact == "named"


def test_options_win_over_the_environment_and_that_over_the_defaults(monkeypatch):
    monkeypatch.setenv("VISAWIRE_ARCHIVE", "env.db")
    monkeypatch.setenv("VISAWIRE_SITE", "env-site")
    config = load_config(None, Path("option.db"), None)
    assert (config.archive, config.site) == (Path("option.db"), Path("env-site"))


def test_an_empty_environment_variable_is_as_good_as_none(monkeypatch):
    monkeypatch.setenv("VISAWIRE_ARCHIVE", "")
    assert load_config(None, None, None).archive == Path("var/visawire.db")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[sites]\n", r"unknown table \[sites\]; did you mean \[site\]\? Allowed: \[site\], \[crawl\], \[\[feed\]\]"),
        ('[crawl]\n\n[feeds]\npath = "a"\n', r":3: unknown table \[feeds\]; did you mean \[\[feed\]\]\?"),
        ('[site]\n# a\nurl = "https://a.example"\nadres = "x"\n', r":4: \[site\] has unknown key 'adres'"),
        ('url = "https://visas.example"\n', r"unknown table \[url\]; allowed: \[site\], \[crawl\]"),
        ('[site]\nadress = "x"\n', r"\[site\] has unknown key 'adress'; allowed: url, authority, hub, search"),
        ('[notify]\nname = "me"\n', r"notify must be written as \[\[notify\]\], once for each"),
        ("feed = [1]\n", r"feed must be written as \[\[feed\]\], once for each"),
        ('[site]\nurl = "https://a.example"\nhub = "hub.example"\n', r"\[site\] hub = 'hub.example' must start with"),
        ('[site]\nsearch = "/search"\n', r"\[site\] search = '/search' must start with http"),
        ('[site]\nhub = "https://hub.example"\n', r"\[site\] hub needs \[site\] url"),
        ("[crawl]\ncontact = 7\n", r"\[crawl\] contact must be a text that is not empty"),
        ('[crawl]\ncontact = ""\n', r"\[crawl\] contact must be a text that is not empty"),
        ('[site]\nurl = "visas.example"\n', r"\[site\] url = 'visas.example' must start with http:// or https://"),
        ("[site\n", "not valid TOML"),
    ],
)
def test_a_mistake_is_answered_with_the_file_and_what_is_allowed(tmp_path, text, said):
    path = _file(tmp_path, text)
    with pytest.raises(ConfigError, match=said) as caught:
        load_config(path, None, None)
    assert str(path) in str(caught.value)


def test_a_file_that_is_not_utf_8_is_named(tmp_path):
    path = tmp_path / "own.toml"
    path.write_bytes(b'[crawl]\ncontact = "caf\xe9"\n')
    with pytest.raises(ConfigError, match=r"own\.toml: not valid TOML"):
        load_config(path, None, None)


def test_a_missing_file_is_named_with_what_to_do(tmp_path):
    with pytest.raises(ConfigError, match=r"nowhere\.toml: cannot be read .*--config"):
        load_config(tmp_path / "nowhere.toml", None, None)


def test_the_example_for_deployment_is_valid_and_sets_every_key():
    config = load_config(EXAMPLE, None, None)
    assert config.site_url.startswith("https://")
    assert not config.authority.endswith(".invalid")
    assert config.contact
    assert config.hub and config.search
