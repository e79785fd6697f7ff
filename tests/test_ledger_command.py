"""``visawire ledger``: the current figures of a programme on the command line."""

import json
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from small_archive import make_item, make_source

from archive.models import Figure
from archive.store import Archive
from visawire.cli import main


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "a.db"
    with Archive(path) as archive:
        archive.sync_sources([make_source()])
        for day, value, stage in ((date(2025, 4, 1), "38700", "final"), (date(2026, 4, 8), "41700", "final"),
                                  (date(2026, 5, 1), "52000", "proposed")):  # fmt: skip
            quote = f"The threshold is £{value} from {day}."
            figure = Figure("gb-skilled-worker", "salary_threshold", value, quote, "text:x", number=float(value),
                            currency="GBP", period="year", valid_from=day.isoformat())  # fmt: skip
            archive.store(make_item(f"t{day.year}{stage}", "Threshold", published=day, stage=stage, relevant=True,
                                    figures=[figure]))  # fmt: skip
    return path


def run(path: Path, *arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["ledger", "gb-skilled-worker", *arguments, "--archive", str(path)])
    return done.exit_code, done.output


def test_the_current_value_is_shown_with_its_day_its_sentence_and_what_was_before(archive: Path) -> None:
    code, said = run(archive, "salary_threshold", "--on", "2026-06-01")
    assert code == 0
    assert "GBP 41,700 per year (since 2026-04-08)" in said
    assert "The threshold is £41700 from 2026-04-08." in said
    assert "before: GBP 38,700 per year from 2025-04-01" in said
    assert "proposed or withdrawn: GBP 52,000 per year" in said


def test_an_earlier_day_shows_what_was_known_then(archive: Path) -> None:
    _, said = run(archive, "--on", "2025-12-31")
    assert "GBP 38,700 per year (since 2025-04-01)" in said
    assert "41,700" not in said


def test_json_has_every_claim(archive: Path) -> None:
    _, said = run(archive, "--on", "2026-06-01", "--json")
    (line,) = map(json.loads, said.splitlines())
    assert line["current"]["value"] == "41700"
    assert [claim["value"] for claim in line["earlier"]] == ["38700"]


def test_an_unknown_parameter_names_the_programmes_that_have_figures(archive: Path) -> None:
    code, said = run(archive, "cap")
    assert code == 2
    assert "programmes with figures: gb-skilled-worker" in said


def test_a_wrong_day_is_a_usage_error(archive: Path) -> None:
    assert run(archive, "--on", "tomorrow")[0] == 2
