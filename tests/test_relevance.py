"""Relevance: strong names from any source, bare words from sources about immigration, noise by class."""

from __future__ import annotations

import pytest

from archive.models import Announcement
from pipelines.action import actions
from pipelines.relevance import Verdict, judge
from pipelines.stage import stage
from pipelines.tag import tag
from pipelines.vocabulary import vocabulary


def verdict(title: str, lead: str = "", kind: str = "news", country: str = "", publisher: str = "") -> Verdict:
    item = Announcement("test", "https://example.org/a", title, summary=lead, publisher=publisher)
    tags = tag(item, country, kind, vocabulary())
    return judge(item, kind, country, [*tags, *actions(item, tags)], stage(item, kind).stage)


def test_bare_words_count_only_from_a_source_about_immigration() -> None:
    title, lead = "Higher median salary", "The new amount applies to applications from June."
    agency = verdict(title, lead, "government", "SE", "Migrationsverket")
    assert agency.relevant
    assert "median salary" in agency.reason.lower()
    assert not verdict(title, lead, "news", "", "The Harbour Post").relevant


def test_a_proclamation_counts_without_a_programme_s_name() -> None:
    found = verdict("Restriction on Entry of Certain Nonimmigrant Workers", "", "regulator-register", "US")
    assert found.relevant
    assert "Nonimmigrant Workers" in found.reason


@pytest.mark.parametrize(
    ("title", "lead", "named"),
    [
        ("Agency Information Collection Activities; Extension: H-1B Registration Tool", "", "paperwork"),
        ("USCIS celebrates new citizens at naturalization ceremony", "", "ceremony"),
        ("Two men sentenced for H-1B fraud scheme", "They were arrested in May.", "enforcement-release"),
        ("Extension of Temporary Protected Status for nationals of a country", "Work permits too.", "other-class"),
        ("H-2A wages go up for farmworkers", "", "other-class"),
        ("Visa Inc reports higher payments volume", "", ""),
        ("How to apply for an H-1B visa: a complete guide", "", "evergreen"),
        ("Immigration statistics for the second quarter", "Work visas granted fell.", "statistics"),
        ("New commissioner sworn in at immigration agency", "", "people"),
    ],
)
def test_noise_is_pushed_out_by_its_class(title: str, lead: str, named: str) -> None:
    found = verdict(title, lead)
    assert not found.relevant
    assert named in found.reason


def test_a_paperwork_notice_with_a_new_question_is_read() -> None:
    title = "Agency Information Collection Activities; Revision: Petition for a Nonimmigrant Worker"
    lead = "USCIS will add the collection of social media identifiers for H-1B petitions; a new question is asked."
    plain = verdict(title, "", "regulator-register", "US")
    assert verdict(title, lead, "regulator-register", "US").score > plain.score


def test_a_name_that_holds_a_word_of_noise_is_not_noise() -> None:
    found = verdict("International Entrepreneur Parole: DHS is withdrawing its proposal to end the rule")
    assert found.relevant


@pytest.mark.parametrize(
    "title",
    [
        "Le gouvernement relève le seuil de rémunération du passeport talent",
        "Neue Gehaltsgrenze für die Blaue Karte EU tritt in Kraft",
        "El Gobierno aprueba nuevos requisitos para la autorización de trabajo",
        "Salariscriterium kennismigranten gaat omhoog",
        "Nova lei muda a autorização de residência para trabalho qualificado dos trabalhadores estrangeiros",
        "Lönekravet för arbetstillstånd höjs",
        "高度人材ビザの要件を緩和へ",
        "한국, 취업비자 요건 완화",
    ],
)
def test_measures_are_read_in_other_languages(title: str) -> None:
    assert verdict(title).relevant, verdict(title)


def test_scores_stay_between_zero_and_one_and_reasons_are_never_empty() -> None:
    for title in ("", "Weather", "USCIS final rule on H-1B fees will take effect; cap reached; lottery; new visa"):
        found = verdict(title or "x")
        assert 0 <= found.score <= 1
        assert found.reason
