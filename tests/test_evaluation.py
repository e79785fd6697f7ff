"""The chain measured on our own labelled items, and the measure itself."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from archive.models import Announcement
from pipelines.evaluation import Report, Score, as_line, evaluate, item_of, read, table
from pipelines.provenance import about_immigration, host_of, source_of
from pipelines.understand import understand
from pipelines.vocabulary import vocabulary
from visawire.evaluate_command import evaluate as command

OWN = Path(__file__).parent / "evaluation" / "own.csv"
ROOM = Path(__file__).parents[1] / "pipelines"
LABELLED = Path(__file__).parents[2] / "shared" / "facts" / "labelled.csv"


def rows(path: Path = OWN) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def report() -> Report:
    return evaluate(rows(), vocabulary())


@pytest.mark.parametrize(
    ("measure", "floor"),
    [("relevance", 0.97), ("country", 0.98), ("programme", 0.96), ("stage", 0.92), ("action", 0.66),
     ("effective date", 0.93)],
)  # fmt: skip
def test_our_own_items_are_understood(report: Report, measure: str, floor: float) -> None:
    assert report.scores[measure].f1 >= floor, [m for m in report.misses if m.measure == measure]


def test_our_own_items_cover_languages_stages_and_noise() -> None:
    own = rows()
    assert len(own) >= 80
    assert {row["language"] for row in own} >= {"en", "fr", "de", "es", "nl", "pt", "sv", "ja", "ko", "zh"}
    assert len({row["stage"] for row in own}) >= 12
    assert sum(row["relevant"] == "0" for row in own) >= 35
    codes = {code for row in own for code in row["programmes"].split(";") if code}
    assert codes <= set(vocabulary().programmes)


@pytest.mark.skipif(not LABELLED.exists(), reason="the shared labelled set is not here")
@pytest.mark.parametrize(("measure", "floor"), [("relevance", 0.95), ("country", 0.97), ("stage", 0.86)])
def test_the_shared_labelled_set_is_understood(measure: str, floor: float) -> None:
    found = evaluate((row for row in rows(LABELLED) if row["doubt_level"] != "high"), vocabulary())
    assert found.scores[measure].f1 >= floor, [m for m in found.misses if m.measure == measure]


def names_of_rows() -> Iterator[str]:
    for row in rows(LABELLED):
        yield from (row["row_id"], row["url"].split("//", 1)[-1].rstrip("/"), row["story_id"])


@pytest.mark.skipif(not LABELLED.exists(), reason="the shared labelled set is not here")
def test_no_rule_names_a_row_of_the_labelled_set() -> None:
    hosts = {"migrationsverket.se"}
    text = "\n".join(
        path.read_text(encoding="utf-8") for suffix in ("py", "toml") for path in ROOM.rglob(f"*.{suffix}")
    )
    for name in names_of_rows():
        if name and name not in hosts:
            assert not re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w-])", text), name


def test_counts_of_a_score() -> None:
    score = Score()
    assert not score.count({"a", "b"}, {"b", "c"})
    assert score.count({"a"}, {"a"})
    assert (score.precision, score.recall, score.f1, score.accuracy) == (2 / 3, 2 / 3, 2 / 3, 0.5)
    assert Score().f1 == 1.0


def test_misses_name_the_row_and_what_was_wanted() -> None:
    row = {"row_id": "r1", "title": "Cap reached for H-1B", "lead": "", "relevant": "1", "country": "CA",
           "programmes": "us-h-1b", "stage": "operational"}  # fmt: skip
    found = evaluate([row], vocabulary())
    (miss,) = found.misses
    assert (miss.measure, miss.row, miss.wanted, miss.got) == ("country", "r1", "CA", "US")
    assert [line[0] for line in table(found)] == ["relevance", "country", "programme", "stage"]


def test_a_remark_on_a_missing_lead_is_no_lead_and_a_month_stays_a_month() -> None:
    item = item_of({"title": "x", "lead": "(listing carries titles only)", "published": "2024-05"})
    assert item.summary == ""
    assert item.published_precision == "month"


def test_an_item_without_a_title_goes_by_its_lead() -> None:
    found = read({"id": "a", "lead": "The H-1B cap was reached on Friday."}, vocabulary())
    assert found.relevant


def test_understanding_twice_changes_nothing() -> None:
    row = rows()[0]
    item = read(row, vocabulary())
    source = source_of(item.url, item.publisher, vocabulary(), kind=row["source_kind"])
    before = json.dumps(as_line(item, vocabulary()))
    assert json.dumps(as_line(understand(item, source, vocabulary()), vocabulary())) == before


@pytest.mark.parametrize(
    ("url", "publisher", "kind", "country"),
    [
        ("https://www.uscis.gov/x", "USCIS", "government", "US"),
        ("https://www.federalregister.gov/d/1", "Federal Register", "regulator-register", "US"),
        ("https://www.gov.uk/x", "Home Office", "government", "GB"),
        ("https://wire.example.com/x", "IRCC via a wire", "government", "CA"),
        ("https://harbour.example.com/x", "Harbour & Quay LLP", "law-firm", ""),
        ("https://harbour.example.com/x", "The Harbour Post", "news", ""),
        ("https://visa.example.com/x", "Visa Guide Hub", "industry", ""),
    ],
)
def test_a_source_is_made_from_address_and_name(url: str, publisher: str, kind: str, country: str) -> None:
    source = source_of(url, publisher, vocabulary())
    if publisher.startswith("IRCC"):
        source = source_of(url, publisher, vocabulary(), kind="government")
    assert (source.kind, source.country) == (kind, country)


def test_hosts_are_known_by_their_ending() -> None:
    assert host_of("https://a.b.gov.sg/x") == ("sg", False)
    assert host_of("https://www.mom.gov.sg/x") == ("sg", True)
    assert host_of("https://gov.sg.example.com/") is None
    assert about_immigration("government", "Migri", "https://x.example/")
    assert not about_immigration("news", "The Harbour Post", "https://x.example/")


def test_the_command_measures_a_file_and_reads_items(tmp_path: Path) -> None:
    runner = CliRunner()
    shown = runner.invoke(command, [str(OWN), "--misses", "relevance"])
    assert shown.exit_code == 0, shown.output
    assert "relevance" in shown.output
    items = tmp_path / "items.jsonl"
    items.write_text(
        json.dumps({"id": "1", "title": "H-1B cap reached", "lead": None}) + "\n\n" + json.dumps({"id": "2"}) + "\n",
        encoding="utf-8",
    )
    answer = runner.invoke(command, ["--jsonl", str(items)])
    assert answer.exit_code == 0, answer.output
    first, second = (json.loads(line) for line in answer.stdout.splitlines())
    assert (first["id"], first["relevant"], first["country"], first["programmes"]) == ("1", 1, ["US"], ["us-h-1b"])
    assert first["stage"] == "operational"
    assert (second["id"], second["relevant"]) == ("2", 0)


def test_the_command_asks_for_one_file() -> None:
    assert CliRunner().invoke(command, []).exit_code == 2


def test_reader_s_tags_stay() -> None:
    item = Announcement("file", "https://example.org/", "H-1B cap reached")
    source = source_of(item.url, "", vocabulary())
    assert understand(item, source, vocabulary()).alias
