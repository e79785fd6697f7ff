"""Tables of weights are read as they are written, and say what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from archive.models import STAGES
from pipelines.loglinear import TableError, load
from pipelines.stage import WEIGHTS

TABLE = "# remark\ntrait\twet\tdry\nstart\t0\t100\nclouds\t250\nsun\t\t50\n"


def table(folder: Path, text: str) -> Path:
    path = folder / "weights.tsv"
    path.write_text(text, encoding="utf-8")
    return path


def test_chances_are_those_of_the_summed_log_odds(tmp_path: Path) -> None:
    model = load(table(tmp_path, TABLE))
    assert model.outcomes == ("wet", "dry")
    assert model.chances({})["dry"] == pytest.approx(0.7311, abs=1e-4)  # 1 / (1 + e^-1)
    assert model.chances({"clouds": 1.0})["wet"] == pytest.approx(0.8176, abs=1e-4)  # 1 / (1 + e^-1.5)
    assert model.chances({"clouds": 0.4}) == pytest.approx({"wet": 0.5, "dry": 0.5})
    assert model.chances({"never seen": 9.0}) == model.chances({})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "needs a line of outcomes"),
        ("trait\twet\tdry\nclouds\t1\n", "the trait 'start'"),
        ("trait\twet\tdry\nstart\tmuch\n", "line 2: weights are whole numbers"),
        ("trait\twet\tdry\nstart\t1\t2\t3\n", "line 2: 3 weights for 2 outcomes"),
    ],
)
def test_a_table_that_cannot_be_used_says_why(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(TableError, match=told):
        load(table(tmp_path, text))


def test_the_stage_weights_are_of_stages_only() -> None:
    model = load(WEIGHTS)
    assert set(model.outcomes) <= set(STAGES)
    assert any("=" in trait for trait in model.weights)
    assert all(weights for weights in model.weights.values())
