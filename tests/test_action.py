"""Actions, topics and audiences, each with the words that prove it."""

from __future__ import annotations

import pytest

from archive.models import Announcement, Tag
from pipelines.action import actions


def found(title: str, lead: str = "", programmes: tuple[Tag, ...] = ()) -> dict[str, set[str]]:
    item = Announcement("test", "https://example.org/a", title, summary=lead)
    tags = actions(item, programmes)
    for tag in tags:
        assert tag.words in f"{title}\n{lead}" or programmes, tag
        assert tag.label
    return {facet: {t.code for t in tags if t.facet == facet} for facet in ("action", "topic", "audience")}


@pytest.mark.parametrize(
    ("title", "code"),
    [
        ("Country launches new visa", "opens"),
        ("Route no longer accepts files: scheme abolished", "closes"),
        ("Ministry pauses permits until further notice", "pauses"),
        ("List expanded to more jobs", "expands"),
        ("Stricter rules for firms", "tightens"),
        ("Salary threshold changes", "salary-threshold"),
        ("Neue Gehaltsgrenze", "salary-threshold"),
        ("Filing fees go up", "fee-change"),
        ("Cap reached for the year", "cap-reached"),
        ("Weighted lottery planned", "selection-process"),
        ("Round of invitations held", "draw"),
        ("Final action dates retrogress", "priority-dates"),
        ("Shortage occupation list updated", "occupation-list"),
        ("Processing times double", "processing-time"),
        ("Biometrics for all applicants", "documentation"),
        ("Site visits to sponsors", "enforcement"),
        ("Suspension of entry from ten states", "travel-restriction"),
        ("Judge blocks rule", "court-ruling"),
    ],
)
def test_an_action_is_found_by_its_words(title: str, code: str) -> None:
    assert code in found(title)["action"]


def test_cap_reached_says_more_than_quota() -> None:
    assert found("Annual limit reached: all places used")["action"] == {"cap-reached"}


def test_topics_follow_from_programmes_and_actions() -> None:
    tags = (Tag("programme", "us-stem-opt", "STEM OPT", "alias"),)
    both = found("STEM OPT: fee goes up", "", tags)
    assert {"students", "fees"} <= both["topic"]
    assert "students" in both["audience"]


def test_audiences_are_whom_it_concerns() -> None:
    assert {"employers", "dependants"} <= found("Employers may now hire spouses of permit holders")["audience"]


def test_thresholds_and_sponsors_duties_concern_employers() -> None:
    assert "employers" in found("Minimum salary for skilled migrants rises")["audience"]
    tags = (Tag("programme", "us-stem-opt", "STEM OPT", "alias"),)
    assert "employers" not in found("STEM OPT: fee goes up", "", tags)["audience"]


def test_a_family_preference_is_no_student() -> None:
    chart = "F1 | 01JAN10 | 01FEB11\nF2A | C | C"
    assert "students" not in found("Chart of cut-off dates", chart)["audience"]
    assert "students" in found("F-1 visas take longer", "Interviews of students come first.")["audience"]


def test_what_only_the_lead_mentions_is_no_action_beside_one_of_the_title() -> None:
    acts = found("Fee goes up for all permits", "Criteria and requirements are explained.")["action"]
    assert "fee-change" in acts
    assert "eligibility" not in acts
    assert "eligibility" in found("News of the department", "Criteria and requirements are new.")["action"]
