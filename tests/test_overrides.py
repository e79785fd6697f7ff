"""What a person decides in overrides.toml, and what a story says as a whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from archive.overrides import OverridesError, load_overrides
from archive.story_state import Member, rank_of, state_of
from pipelines.thread import Threader
from tests.story_helpers import (
    life,
    opened,
    thread_all,
    together,
)

MEASURE = frozenset({"p", "f", "r0", "r1", "r2"})


@pytest.fixture
def archive(tmp_path):
    with opened(tmp_path / "stories.db") as archive:
        yield archive


def story_of(archive, name):
    return archive.rows(
        "SELECT s.* FROM stories s JOIN story_announcements x ON x.story_id=s.id WHERE x.announcement_id=?", (name,)
    )[0]


def updates(archive, story_id):
    return [
        tuple(r)
        for r in archive.rows("SELECT kind, before, after FROM updates WHERE story_id=? ORDER BY id", (story_id,))
    ]


# -- overrides ---------------------------------------------------------------------------------------------------


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "overrides.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_person_can_split_join_and_pin(archive, tmp_path):
    thread_all(archive, life())
    decisions = load_overrides(written(tmp_path, """
        [[split]]
        announcements = ["https://news.example/r2"]
        from = ["f", "p", "r0", "r1"]
        reason = "another rule"
        [[join]]
        announcements = ["o0", "o1"]
        reason = "one budget"
        [[pin]]
        announcement = "o2"
        title = "Fees for haste"
        stage = "in-force"
        importance = 0.9
        reason = "told by phone"
    """))  # fmt: skip
    old = story_of(archive, "f")["id"]
    Threader(archive, decisions).rethread()
    assert {MEASURE - {"r2"}, frozenset({"r2"}), frozenset({"o0", "o1"}), frozenset({"o2", "o3"})} == together(archive)
    assert story_of(archive, "f")["id"] == old
    fees = story_of(archive, "o3")
    assert (fees["title"], fees["stage"], fees["importance"], fees["importance_reason"]) == (
        "Fees for haste", "in-force", 0.9, "pinned",
    )  # fmt: skip
    assert "correction" in {kind for kind, _, _ in updates(archive, old)}
    Threader(archive).rethread()
    assert MEASURE in together(archive)


def test_a_lead_can_be_pinned_and_an_announcement_suppressed(archive, tmp_path):
    decisions = load_overrides(written(tmp_path, """
        [[pin]]
        announcement = "f"
        lead = true
        reason = "the text that counts"
        [[suppress]]
        announcement = "r1"
        reason = "a test page"
    """))  # fmt: skip
    thread_all(archive, life(), Threader(archive, decisions))
    Threader(archive, decisions).rethread()
    assert story_of(archive, "p")["lead"] == "f"
    assert together(archive) >= {MEASURE - {"r1"}}


def test_retags_and_suppressions_are_read(tmp_path):
    found = load_overrides(written(tmp_path, '[[retag]]\nannouncement="https://A.example/x?utm_source=y"\n'
                                   'add=["programme/us-h-1b"]\nreason="seen"\n'))  # fmt: skip
    assert found.retags[0].announcement == "https://a.example/x"
    assert found.retags[0].add == ("programme/us-h-1b",)
    assert load_overrides(tmp_path / "none.toml").joins == ()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[[split]]\nannouncements=['a']", "reason"),
        ("[[join]]\nannouncements=['a']\nreason='x'", "at least 2"),
        ("[[merge]]\n", "unknown table"),
        ("[[pin]]\nannouncement='a'\nreason='x'\nstage='lost'", "stage must be one of"),
        ("[[pin]]\nannouncement='a'\nreason='x'\nimportance=7", "from 0 to 1"),
        ("[[retag]]\nannouncement='a'\nreason='x'\nadd=['h1b']", "facet/code"),
        ("[[suppress]]\nannouncement='a'\nreason='x'\nwhy='y'", "unknown key"),
        ("[split]\nreason='x'", "two brackets"),
        ("[[", "not valid TOML"),
    ],
)
def test_a_wrong_override_is_refused_with_its_place(tmp_path, text, says):
    with pytest.raises(OverridesError, match=says) as error:
        load_overrides(written(tmp_path, text))
    assert "overrides.toml" in str(error.value)


# -- state -------------------------------------------------------------------------------------------------------


def test_authority_decides_the_lead_then_the_day():
    members = [
        Member("agg", "Aggregated", "2026-01-01", rank_of("news", "aggregator")),
        Member("press", "Press", "2026-01-02", rank_of("news", "secondary")),
        Member("firm", "Firm", "2026-01-03", rank_of("law-firm", "secondary")),
        Member("late", "Late official", "2026-01-05", rank_of("government", "primary"), "in-force"),
        Member("gov", "Official", "2026-01-04", rank_of("court", "primary"), "final"),
    ]
    state = state_of(members)
    assert (state.lead, state.stage) == ("gov", "in-force")
    assert state_of(members[:3]).lead == "firm"
    assert state_of(members[:2]).lead == "press"


def test_dates_come_from_the_latest_official_document_and_else_from_most():
    gov = Member("g", "G", "2026-01-04", 0, dates=[("effective", "2026-05-01"), ("comment_deadline", "2026-02-01")])
    press = [
        Member(str(n), "P", "2026-01-05", 2, dates=[("effective", d)])
        for n, d in enumerate(("2026-06", "2026-06-01", "2026-07-01"))
    ]
    assert (state_of([gov, *press]).effective, state_of([gov]).deadline) == ("2026-05-01", "2026-02-01")
    assert state_of(press).effective == "2026-06-01"
    assert state_of([Member("x", "X", "2026-01-01", 2)]).effective is None


def test_importance_is_the_sum_that_its_reason_shows():
    state = state_of([Member("g", "G", "2026-01-04", 0, "final", audiences=2, dates=[("effective", "2026-05-01")])])
    parts = [float(part.rsplit(" ", 1)[1]) for part in state.importance_reason.split(" + ")]
    assert state.importance == pytest.approx(sum(parts)) == pytest.approx(0.25 + 0.30 + 0.08 + 0.08)
    rumour = state_of([Member("p", "P", "2026-01-04", 2, "reported")])
    assert rumour.importance < state.importance


def test_a_story_without_announcements_is_refused():
    with pytest.raises(ValueError, match="needs an announcement"):
        state_of([])
