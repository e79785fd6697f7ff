"""Stages: structured fields first, then legal cues, then verbs; dates settle announced, final and in force."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from archive.models import Announcement, KeyDate
from pipelines.stage import stage


def item(title: str, lead: str = "", **fields: Any) -> Announcement:
    return Announcement("test", "https://example.org/a", title, summary=lead, **fields)


def effective(day: str) -> list[KeyDate]:
    return [KeyDate("effective", day, f"effective {day}", "test")]


def test_a_stage_that_the_reader_set_stays() -> None:
    assert stage(item("Proposed rule on fees", stage="delayed"), "regulator-register").rule == "reader"
    assert stage(item("Proposed rule on fees", stage="delayed"), "regulator-register").stage == "delayed"


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("Final rule; delay of effective date.", "delayed"),
        ("Final rule.", "final"),
        ("Interim final rule; request for comments.", "in-force"),
        ("Notice of proposed rulemaking.", "proposed"),
        ("Proposed rule; withdrawal.", "withdrawn"),
        ("Request for information.", "consultation"),
        ("Proposed rule; extension of comment period.", "consultation"),
        ("Temporary final rule.", "in-force"),
    ],
)
def test_the_register_s_action_line_decides_alone(action: str, expected: str) -> None:
    found = stage(item("We will raise the cap", attributes={"action": action}), "regulator-register")
    assert (found.stage, found.rule) == (expected, "action-line")
    assert found.words.lower() in action.lower()


def test_a_final_rule_that_already_applies_is_in_force() -> None:
    rule = item("Fees", attributes={"action": "Final rule."}, published=date(2024, 5, 2))
    rule.key_dates = effective("2024-05-01")
    assert stage(rule, "regulator-register").stage == "in-force"


def test_a_proclamation_is_in_force() -> None:
    fields = {"type": "Presidential Document", "subtype": "Proclamation"}
    assert stage(item("On the entry of certain workers", attributes=fields), "regulator-register").stage == "in-force"


@pytest.mark.parametrize(
    ("title", "lead", "expected"),
    [
        ("Fee goes up", "The agency published a final rule on Monday.", "final"),
        ("New salary floor proposed for permits", "", "proposed"),
        ("Ministry opens consultation on permit fees", "", "consultation"),
        ("Judge blocks wage rule", "", "court"),
        ("Agency postpones the effective date of its wage rule", "", "delayed"),
        ("Department is withdrawing its wage proposal", "", "withdrawn"),
        ("Cap reached for the year", "", "operational"),
        ("Policy Manual: new evidence for founders", "", "guidance"),
        ("Rule sent to OMB", "", "under-review"),
        ("Government is considering a cap, sources say", "", "reported"),
        ("Salaries will rise next year", "", "announced"),
        ("Permit rules are now in force", "", "in-force"),
        ("Ministry ditches its plan for a permit levy", "", "withdrawn"),
        ("The levy plan is off the table", "", "withdrawn"),
        ("Rollout of the language test has slipped", "It is now later than planned.", "delayed"),
        ("Tribunal throws out the salary rule", "", "court"),
        ("Officials spell out the fee", "The page explains who has to pay.", "guidance"),
        ("All slots for the pilot were snapped up", "", "operational"),
        ("Parliament votes through the permit reform", "", "final"),
        ("Regulation transmitted to OIRA", "", "under-review"),
        ("Ministers mull a permit cap", "No decision has been taken.", "reported"),
        ("Senators push legislation on permits", "", "proposed"),
        ("Tell us what you think about the list", "", "consultation"),
        ("Regierung zieht Entwurf zurück: Pläne vom Tisch", "", "withdrawn"),
        ("La hausse du seuil est reportée d'un an", "", "delayed"),
        ("El Gobierno retira el proyecto", "", "withdrawn"),
        ("Le décret est publié au Journal officiel", "", "final"),
        ("Das Gesetz ist in Kraft getreten", "", "in-force"),
        ("Gesetzentwurf zur Einwanderung", "", "proposed"),
        ("El anteproyecto cambia los permisos", "", "proposed"),
        ("Wetsvoorstel over kennismigranten", "", "proposed"),
        ("A nova lei já está em vigor", "", "in-force"),
        ("Regeringen föreslår högre lönekrav", "", "proposed"),
        ("在留資格の基準を見直しへ パブリックコメント", "", "consultation"),
    ],
)
def test_cues_of_each_stage(title: str, lead: str, expected: str) -> None:
    found = stage(item(title, lead), "news")
    assert found.stage == expected
    assert found.words in f"{title}\n{lead}"


@pytest.mark.parametrize(
    ("day", "expected"), [("2024-04-04", "announced"), ("2024-02-01", "in-force"), ("2024-03-01", "in-force")]
)
def test_dates_settle_what_verbs_leave_open(day: str, expected: str) -> None:
    found = item("Salary floor takes effect", published=date(2024, 3, 1))
    found.key_dates = effective(day)
    assert stage(found, "news").stage == expected


def test_a_date_within_the_month_of_publication_settles_nothing() -> None:
    found = item("Salary floor will rise", published=date(2024, 3, 1), published_precision="month")
    found.key_dates = effective("2024-03-20")
    assert stage(found, "news").stage == "announced"


def test_nothing_said_is_no_stage() -> None:
    assert stage(item("Our office has moved"), "news") == ("", "", "")


def test_a_verb_in_the_present_holds_when_an_authority_says_it_of_itself() -> None:
    assert stage(item("Ministry lowers the salary floor"), "government").stage == "in-force"
    ahead = item("Ministry to lower the salary floor next year", published=date(2026, 11, 3))
    assert stage(ahead, "government").stage == "announced"


def test_a_french_text_that_is_cited_by_its_day_has_entered_into_force() -> None:
    assert stage(item("Titres de séjour : ce que change le décret du 3 mars"), "news").stage == "in-force"
    assert stage(item("Le décret est publié au Journal officiel"), "news").stage == "final"


def test_amounts_of_a_year_to_come_are_announced() -> None:
    found = stage(item("Salary thresholds 2027", published=date(2026, 11, 2)), "news")
    assert found.stage == "announced"
    assert stage(item("Salary thresholds 2027", published=date(2027, 2, 2)), "news").stage == "in-force"


@pytest.mark.parametrize(
    ("title", "publisher", "expected"),
    [
        ("Talent From Abroad: Report of the Innovation Council, effective now", "Ministry", "reported"),
        ("Advisory Committee recommends a higher threshold for permits", "Ministry", "reported"),
        ("New threshold for permits takes effect", "Seasonal Advisory Committee", "reported"),
        (
            "Government raises the threshold after report of the Advisory Committee; it took effect today",
            "",
            "in-force",
        ),
        ("Call for evidence: permits for nurses", "Seasonal Advisory Committee", "consultation"),
    ],
)
def test_advice_binds_nobody(title: str, publisher: str, expected: str) -> None:
    assert stage(item(title, publisher=publisher), "government").stage == expected


@pytest.mark.parametrize(
    ("title", "lead", "expected"),
    [
        ("Levels plan: Canada asks about several years", "How many people should come?", "consultation"),
        ("Investors invited to a public meeting", "The office answers questions about permits.", "consultation"),
        ("Snow closes the lockbox", "Petitions go to another address.", "operational"),
    ],
)
def test_questions_meetings_and_weather_do_not_overstate(title: str, lead: str, expected: str) -> None:
    assert stage(item(title, lead), "government").stage == expected


def test_no_stage_is_told_by_a_bare_preposition() -> None:
    for word in ("From", "Since", "As of", "Until", "Ab", "Depuis", "Desde"):
        assert stage(item(f"Talent {word} abroad"), "government").stage == ""


def test_the_weights_hear_the_whole_text_where_cues_disagree() -> None:
    told = item(
        "What the new rules mean for employers of skilled workers",
        "The reform that was proposed last year and announced in spring was published in the gazette on Monday; "
        "it will take effect on 1 March 2027.",
        published=date(2026, 11, 3),
    )
    told.key_dates = effective("2027-03-01")
    found = stage(told, "law-firm")
    assert found.stage == "final"
    assert found.rule.startswith("weights:")
    assert found.words in f"{told.title} {told.summary}"


def test_what_takes_effect_in_the_future_is_not_in_force() -> None:
    told = item("Salary floor raised", "The new floor has been in force for nobody yet.", published=date(2026, 11, 3))
    told.key_dates = effective("2027-03-01")
    assert stage(told, "news").stage in ("announced", "final")
