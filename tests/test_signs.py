"""Cues: compiled from data, found in one pass, the longest phrase first."""

from __future__ import annotations

from pathlib import Path

import pytest

from archive.models import Announcement
from pipelines.signs import FACETS, CueError, Cues, cues

STAGES = """
[mask]
plain = ["first proposed"]

[final]
label = "Final rule"
strong = ["final rule", "decree ... signed"]

[in-force]
strong = ["interim final rule"]
weak = ["appli*"]
title = ["starts"]
"""


def folder(path: Path, stage: str = STAGES) -> Path:
    for facet in FACETS:
        (path / f"{facet}.toml").write_text(stage if facet == "stage" else "", encoding="utf-8")
    return path


def found(path: Path, title: str, lead: str = "") -> list[tuple[str, str]]:
    signs = Cues(folder(path)).read(Announcement("test", "https://example.org/", title, summary=lead))
    return sorted((hit.code, hit.words) for hit in signs.of("stage"))


def test_a_longer_cue_takes_the_place_of_the_shorter_one_in_it(tmp_path: Path) -> None:
    assert found(tmp_path, "Interim Final Rule on fees") == [("in-force", "Interim Final Rule")]
    assert found(tmp_path, "A final rule on fees") == [("final", "final rule")]


def test_both_parts_of_a_gapped_cue_must_stand_in_one_sentence(tmp_path: Path) -> None:
    assert found(tmp_path, "Decree on visas signed") == [("final", "Decree on visas signed")]
    assert found(tmp_path, "The decree is out. A treaty was signed") == []
    assert found(tmp_path, "Decree " + "of the many long words " * 5 + "signed") == []
    assert found(tmp_path, "The decree", "signed today") == []


def test_a_part_may_be_any_of_several_words(tmp_path: Path) -> None:
    stage = '[withdrawn]\nstrong = ["{drops|dropped} ... {plan*|draft rule} ... levy"]\n'
    for title, shown in (
        ("Minister drops her plans for a levy", "drops her plans for a levy"),
        ("She dropped a draft rule on a levy", "dropped a draft rule on a levy"),
        ("Her plan dropped the levy", None),
        ("He drops a hint", None),
    ):
        signs = Cues(folder(tmp_path, stage)).read(Announcement("test", "https://example.org/", title))
        assert [hit.words for hit in signs.of("stage")] == ([shown] if shown else [])


def test_endings_titles_and_masks(tmp_path: Path) -> None:
    assert found(tmp_path, "Application to all") == [("in-force", "Appli")]
    assert found(tmp_path, "It starts", "It starts") == [("in-force", "starts")]


def test_words_point_into_the_text_as_it_was_given(tmp_path: Path) -> None:
    signs = Cues(folder(tmp_path)).read(Announcement("test", "https://example.org/", "The FINAL–RULE is out"))
    (hit,) = signs.of("stage", "final")
    assert hit.words == "FINAL–RULE"
    assert signs.text[hit.start : hit.end] == hit.words
    assert hit.in_title


@pytest.mark.parametrize(
    ("stage", "told"),
    [
        ("[final]\nstrnog = []\n", "strnog"),
        ('[final]\nstrong = ["--"]\n', "words, with ... for a gap"),
        ('[final]\nstrong = ["{from|as of} today"]\n', "{one|another} for a whole part"),
        ("final = 1\n", "outside a table"),
        ("[final", "not valid TOML"),
    ],
)
def test_a_mistake_is_answered_with_the_file_and_what_is_allowed(tmp_path: Path, stage: str, told: str) -> None:
    with pytest.raises(CueError, match=r"stage\.toml") as error:
        Cues(folder(tmp_path, stage))
    assert told in str(error.value)


def test_a_folder_without_a_facet_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CueError, match="no such file"):
        Cues(tmp_path)


def test_every_code_has_a_label_and_a_known_parent_word() -> None:
    for (facet, code), about in cues().about.items():
        assert about.label, (facet, code)
