"""The register: what an entry may say, how mistakes are answered, what is due, which addresses are claimed."""

from datetime import UTC, datetime, timedelta
from typing import ClassVar

import pytest

from archive.models import CADENCES
from spiders import register as module
from spiders.base import SourceSpider
from spiders.register import RegisterError, due, find, load

NOW = datetime(2017, 7, 1, 12, tzinfo=UTC)

GOOD = {
    "name": '"Rounds"',
    "publisher": '"Ministry"',
    "kind": '"government"',
    "authority": '"primary"',
    "language": '"en"',
    "url": '"https://ministry.example/rounds.json"',
    "licence": '"public domain"',
    "republish": '"full"',
    "cadence": '"hourly"',
    "confidence": '"verified-2026"',
    "reader": '"ca_ee_rounds"',
}


def _text(source_id="ca-ministry-rounds", drop=(), **changes):
    values = {key: value for key, value in (GOOD | changes).items() if key not in drop}
    return f"[{source_id}]\n" + "".join(f"{key} = {value}\n" for key, value in values.items())


def _load(tmp_path, *texts, file="ca.toml"):
    folder = tmp_path / "own"
    folder.mkdir(exist_ok=True)
    (folder / file).write_text("\n".join(texts), encoding="utf-8")
    return load(folder)


def _entry(tmp_path, **changes):
    (entry,) = _load(tmp_path, _text(**changes)).values()
    return entry


def _mistake(tmp_path, *texts, file="ca.toml"):
    with pytest.raises(RegisterError) as caught:
        _load(tmp_path, *texts, file=file)
    return str(caught.value)


# -- what is read -------------------------------------------------------------------------------------------


def test_an_entry_needs_no_more_than_the_required_keys(tmp_path):
    entry = _entry(tmp_path)
    assert entry.id == "ca-ministry-rounds"
    assert entry.source.country == "CA"
    assert entry.urls == ("https://ministry.example/rounds.json",)
    assert (entry.expect, entry.delay, entry.reads, dict(entry.options)) == ("always", 1.0, (), {})
    assert entry.source.active and not entry.source.unverified and not entry.source.preliminary


def test_optional_keys_reach_the_entry(tmp_path):
    entry = _entry(
        tmp_path, urls='["https://ministry.example/1", "https://ministry.example/2"]', delay="5", expect='"sometimes"',
        identity='"ministry"', preliminary="true", active="false", retired_reason='"merged"', options="{depth = 2}",
    )  # fmt: skip
    assert entry.urls == ("https://ministry.example/1", "https://ministry.example/2")
    assert (entry.delay, entry.expect, entry.options) == (5.0, "sometimes", {"depth": 2})
    assert (entry.source.identity, entry.source.preliminary) == ("ministry", True)
    assert (entry.source.active, entry.source.retired_reason) == (False, "merged")


def test_entries_keep_the_order_of_their_files(tmp_path):
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "us.toml").write_text(_text("us-a"))
    (folder / "ca.toml").write_text(_text("ca-z") + _text("ca-a"))
    entries = load(folder)
    assert list(entries) == ["ca-z", "ca-a", "us-a"]
    assert [entry.source.country for entry in entries.values()] == ["CA", "CA", "US"]


def test_the_bundled_register_is_valid():
    entries = load()
    assert entries["ca-ee-rounds"].source.country == "CA"
    assert [entry.file.partition("/")[0] for entry in entries.values()] == ["sources"] * len(entries)


def test_another_register_is_used_where_the_environment_names_one(tmp_path, monkeypatch):
    _load(tmp_path, _text("ca-own-source"))
    monkeypatch.setenv("VISAWIRE_REGISTER", str(tmp_path / "own"))
    module.register.cache_clear()
    try:
        assert list(module.register()) == ["ca-own-source"]
    finally:
        module.register.cache_clear()


# -- mistakes -----------------------------------------------------------------------------------------------


def test_a_misspelt_key_is_answered_with_the_nearest(tmp_path):
    said = _mistake(tmp_path, _text(cadance='"daily"'))
    assert said.startswith(
        "own/ca.toml: [ca-ministry-rounds] unknown key 'cadance' (did you mean 'cadence'?); allowed: name,"
    )


def test_a_key_unlike_any_other_is_answered_without_a_guess(tmp_path):
    said = _mistake(tmp_path, _text(xyzzy='"daily"'))
    assert "unknown key 'xyzzy'; allowed: name, publisher," in said


@pytest.mark.parametrize(
    ("key", "value", "allowed"),
    [
        ("kind", '"goverment"', "one of government, regulator-register, legislature, court, news, law-firm, industry"),
        ("authority", '"official"', "one of primary, secondary, aggregator"),
        ("republish", "true", "one of full, excerpt"),
        ("cadence", '"monthly"', "one of hourly, 6-hourly, daily, weekly"),
        ("confidence", '"certain"', "one of verified-2026, seen-in-code, documented, knowledge, guess"),
        ("expect", '"never"', "one of always, sometimes"),
        ("language", '"English"', "a language code such as en"),
        ("name", '"  "', "a text that is not empty"),
        ("publisher", "3", "a text that is not empty"),
        ("url", '"ftp://ministry.example/"', "an http(s) address"),
        ("url", '"ministry.example"', "an http(s) address"),
        ("urls", "[]", "a list of http(s) addresses"),
        ("urls", '"https://ministry.example/"', "a list of http(s) addresses"),
        ("reads", '["*"]', "a list of address patterns"),
        ("delay", "0.2", "seconds between requests, 1 to 60"),
        ("delay", '"2"', "seconds between requests, 1 to 60"),
        ("active", '"yes"', "true or false"),
        ("unverified", "1", "true or false"),
        ("options", '["depth"]', "a table"),
    ],
)
def test_a_wrong_value_is_answered_with_what_is_allowed(tmp_path, key, value, allowed):
    said = _mistake(tmp_path, _text(**{key: value}))
    assert said.startswith(f"own/ca.toml: [ca-ministry-rounds] {key} = ")
    assert said.endswith(f"is not allowed; expected {allowed}")


def test_every_missing_key_is_named_at_once(tmp_path):
    said = _mistake(tmp_path, _text(drop=("licence", "cadence")))
    assert said == "own/ca.toml: [ca-ministry-rounds] lacks licence, cadence"


def test_an_unknown_reader_is_answered_with_the_readers_there_are(tmp_path):
    said = _mistake(tmp_path, _text(reader='"ca_ee_round"'))
    assert "reader = 'ca_ee_round' is not a reader (did you mean 'ca_ee_rounds'?); allowed: " in said
    assert "ca_ee_rounds" in said.partition("allowed: ")[2].split(", ")


@pytest.mark.parametrize("confidence", ["knowledge", "guess"])
def test_an_address_from_memory_must_be_marked_unverified(tmp_path, confidence):
    said = _mistake(tmp_path, _text(confidence=f'"{confidence}"'))
    assert f"confidence = '{confidence}' and unverified = false contradict each other" in said
    assert _entry(tmp_path, confidence=f'"{confidence}"', unverified="true").source.unverified


@pytest.mark.parametrize("confidence", ["verified-2026", "seen-in-code", "documented"])
def test_an_address_that_somebody_saw_must_not_be_marked_unverified(tmp_path, confidence):
    said = _mistake(tmp_path, _text(confidence=f'"{confidence}"', unverified="true"))
    assert f"confidence = '{confidence}' and unverified = true contradict each other" in said


def test_a_retired_source_says_why(tmp_path):
    assert _mistake(tmp_path, _text(active="false")).endswith("active = false needs a retired_reason")


@pytest.mark.parametrize("source_id", ["ca", "CA-rounds", "ca_rounds", '"ca rounds"'])
def test_an_id_that_cannot_name_a_spider_for_ever_is_refused(tmp_path, source_id):
    said = _mistake(tmp_path, _text(source_id))
    assert said.startswith(f"own/ca.toml: [{source_id.strip(chr(34))}] is not an entry: write [<country>-")


def test_a_key_outside_any_entry_is_refused(tmp_path):
    assert "own/ca.toml: [name] is not an entry" in _mistake(tmp_path, 'name = "Rounds"')


@pytest.mark.parametrize("file", ["canada.toml", "CA.toml", "c.toml"])
def test_a_file_is_named_after_its_country(tmp_path, file):
    assert _mistake(tmp_path, _text(), file=file).startswith(
        f"own/{file}: name the file after a country's ISO 3166 code"
    )


def test_an_id_stands_in_one_file_only(tmp_path):
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "ca.toml").write_text(_text())
    (folder / "us.toml").write_text(_text())
    with pytest.raises(RegisterError, match=r"own/us\.toml: \[ca-ministry-rounds\] stands already in own/ca\.toml"):
        load(folder)


@pytest.mark.parametrize("text", ["[ca-x\n", _text() + _text(), '[ca-x]\nname = "a" "b"\n'])
def test_what_is_not_toml_is_named_by_its_file(tmp_path, text):
    assert _mistake(tmp_path, text).startswith("own/ca.toml: not valid TOML: ")


def test_a_file_in_another_encoding_is_named(tmp_path):
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "fr.toml").write_bytes(_text(name='"Ministère"').encode("latin-1"))
    with pytest.raises(RegisterError, match=r"own/fr\.toml: not valid TOML: "):
        load(tmp_path / "own")


def test_an_address_that_cannot_even_be_taken_apart_is_answered_like_any_other(tmp_path):
    assert "url = 'http://[ministry.example' is not allowed" in _mistake(
        tmp_path, _text(url='"http://[ministry.example"')
    )


@pytest.mark.parametrize("folder", ["nowhere", "empty"])
def test_a_folder_without_any_entry_is_a_mistake(tmp_path, folder):
    (tmp_path / "empty").mkdir()
    with pytest.raises(RegisterError, match=folder):
        load(tmp_path / folder)


def test_an_unknown_id_is_answered_with_the_nearest(tmp_path):
    entries = _load(tmp_path, _text())
    assert find("ca-ministry-rounds", entries).id == "ca-ministry-rounds"
    with pytest.raises(RegisterError, match="no source is called 'ca-ministry-round'; did you mean ca-ministry-rounds"):
        find("ca-ministry-round", entries)
    with pytest.raises(RegisterError, match="no source is called 'zzz'; `visawire sources list` shows them all"):
        find("zzz", entries)


# -- reader options -----------------------------------------------------------------------------------------


class Listing(SourceSpider):
    """A reader as shapes are: with options, one of them required."""

    reader = "listing_of_this_test"
    options: ClassVar = {"rows": str, "depth": int, "follow": bool}
    required = ("rows",)


class Bare(SourceSpider):
    """A bespoke reader without options."""

    reader = "bare_of_this_test"


def test_options_of_the_right_type_are_accepted(tmp_path):
    Listing.check_options(_entry(tmp_path, options='{rows = "li", depth = 2, follow = true}'))
    Bare.check_options(_entry(tmp_path))


@pytest.mark.parametrize(
    ("reader", "options", "said"),
    [
        (Listing, '{row = "li"}', "reader 'listing_of_this_test' has no option 'row'; allowed: rows, depth, follow"),
        (Listing, "{depth = 2}", "reader 'listing_of_this_test' needs option rows"),
        (Listing, '{rows = ["li"]}', "option rows = ['li'] must be of type str"),
        (Listing, '{rows = "li", depth = "2"}', "option depth = '2' must be of type int"),
        (Bare, '{rows = "li"}', "reader 'bare_of_this_test' has no option 'rows'; allowed: none"),
    ],
)
def test_a_wrong_option_is_answered_with_file_and_entry(tmp_path, reader, options, said):
    with pytest.raises(RegisterError) as caught:
        reader.check_options(_entry(tmp_path, options=options))
    assert str(caught.value) == f"own/ca.toml: [ca-ministry-rounds] {said}"


# -- which addresses are claimed ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "url", "claimed"),
    [
        ("https://ministry.example/news", "https://ministry.example/news", True),
        ("https://ministry.example/news", "https://ministry.example/news/1", False),
        ("https://ministry.example/news/*", "https://ministry.example/news/2017/07", True),
        ("https://ministry.example/news/*", "https://ministry.example/notes/2017", False),
        ("https://ministry.example/*.html", "https://ministry.example/a.htm", False),
        ("https://api.example/d?conditions[term]=visa", "https://api.example/d?conditions[term]=visa", True),
        ("https://api.example/d?conditions[term]=visa", "https://api.example/d?conditions%5Bterm%5D=visa", True),
        ("https://api.example/d?conditions[term]=visa", "https://api.example/d?conditionst=visa", False),
        ("https://api.example/d?a=*", "https://api.example/dxa=1", False),
        ("https://api.example/d?f[a][b]=*", "https://api.example/d?f[a][b]=2017-07-01", True),
        ("https://ministry.example/{YYYYMMDD}/list", "https://ministry.example/20170701/list", True),
        ("https://ministry.example/Actualités/*", "https://ministry.example/Actualit%C3%A9s/1", True),
        ("https://ministry.example/News", "https://ministry.example/news", False),
    ],
)
def test_a_pattern_claims_what_it_spells(tmp_path, pattern, url, claimed):
    assert _entry(tmp_path, reads=f'["{pattern}"]').can_read(url) is claimed


@pytest.mark.parametrize("asked", ["conditions[term]", "conditions%5Bterm%5D"])
def test_a_pattern_with_encoded_brackets_claims_what_it_spells(tmp_path, asked):
    entry = _entry(tmp_path, url='"https://api.example/d?conditions%5Bterm%5D=visa"')
    assert entry.can_read(f"https://api.example/d?{asked}=visa")


def test_a_source_reads_its_own_addresses(tmp_path):
    entry = _entry(tmp_path, urls='["https://ministry.example/a", "https://ministry.example/b"]')
    assert entry.can_read("https://ministry.example/b")
    assert not entry.can_read("https://ministry.example/rounds.json")


# -- what is due --------------------------------------------------------------------------------------------


def _is_due(entry, state, ago):
    checks = {entry.id: {"started": (NOW - ago).isoformat(), "state": state}}
    return due([entry], checks, NOW) == [entry]


def test_a_source_that_was_never_looked_at_is_due(tmp_path):
    entry = _entry(tmp_path)
    assert due([entry], {}, NOW) == [entry]


def test_a_retired_source_is_never_due(tmp_path):
    assert due([_entry(tmp_path, active="false", retired_reason='"closed"')], {}, NOW) == []


@pytest.mark.parametrize("cadence", list(CADENCES))
@pytest.mark.parametrize("state", ["ok", "unchanged", "not-recorded"])
def test_a_healthy_source_is_due_after_its_cadence_less_a_tenth(tmp_path, cadence, state):
    entry = _entry(tmp_path, cadence=f'"{cadence}"')
    assert not _is_due(entry, state, CADENCES[cadence] * 0.89)
    assert _is_due(entry, state, CADENCES[cadence] * 0.91)


@pytest.mark.parametrize("state", ["error", "blocked", "empty", "drifted", "robots"])
def test_a_failed_source_is_due_after_a_quarter_of_its_cadence(tmp_path, state):
    entry = _entry(tmp_path, cadence='"daily"')
    assert not _is_due(entry, state, timedelta(hours=5, minutes=59))
    assert _is_due(entry, state, timedelta(hours=6))


def test_a_source_that_could_not_be_reached_is_due_at_once(tmp_path):
    assert _is_due(_entry(tmp_path, cadence='"daily"'), "unreachable", timedelta(seconds=1))


def test_due_sources_come_in_the_order_of_the_register(tmp_path):
    entries = _load(tmp_path, _text("ca-b"), _text("ca-a"), _text("ca-c"))
    checks = {"ca-a": {"started": NOW.isoformat(), "state": "ok"}}
    assert [entry.id for entry in due(entries.values(), checks, NOW)] == ["ca-b", "ca-c"]
