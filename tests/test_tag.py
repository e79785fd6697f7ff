"""Tags: which programmes, whose policy, and the words that prove it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scrapy.utils.test import get_crawler

from archive.models import Announcement, PageRead, Source, Tag, Validator
from archive.store import Archive
from pipelines.tag import search_alias, tag
from pipelines.understand import UnderstandPipeline
from pipelines.vocabulary import vocabulary

FILLER = "The committee met on a rainy day and talked about roads, schools and the price of bread. " * 25


def announce(title: str, summary: str = "", body: str = "", publisher: str = "") -> Announcement:
    return Announcement("test-source", "https://example.org/", title, summary=summary, body=body, publisher=publisher)


def tags_of(item: Announcement, country: str = "US", kind: str = "news") -> dict[tuple[str, str], Tag]:
    return {(found.facet, found.code): found for found in tag(item, country, kind, vocabulary())}


def countries_of(item: Announcement, country: str = "US", kind: str = "news") -> set[str]:
    return {code for facet, code in tags_of(item, country, kind) if facet == "country"}


def programmes_of(item: Announcement, country: str = "US", kind: str = "news") -> set[str]:
    return {code for facet, code in tags_of(item, country, kind) if facet == "programme"}


STORY = announce(
    "As the U.S. rethinks visas, Canada promises tech workers a permit in two weeks",
    "Ottawa opened its Global Skills Strategy on Monday.",
    "Engineers in Seattle are looking north. " + FILLER + "The H-1B cap stands at 85,000 a year.",
)


def test_one_story_about_two_countries_gets_both_and_both_programmes() -> None:
    found = tags_of(STORY)
    assert set(found) == {
        ("country", "ca"), ("country", "us"), ("programme", "ca-gss"), ("programme", "ca-gts"),
        ("programme", "us-h-1b"),
    }  # fmt: skip
    assert found["country", "ca"].label == "Canada"
    assert found["country", "us"].label == "United States"
    assert found["programme", "ca-gss"].words == "Global Skills Strategy"
    assert found["programme", "us-h-1b"].words == "H-1B cap"


def test_a_newsroom_s_own_country_is_not_whose_policy_it_is() -> None:
    assert countries_of(announce("Singapore raises the Employment Pass salary"), "US") == {"sg"}


def test_an_official_source_speaks_for_its_own_country_only() -> None:
    item = announce("New work permits for people who hold an H-1B in the United States", publisher="IRCC")
    found = tags_of(item, "CA", "government")
    assert {code for facet, code in found if facet == "country"} == {"ca"}
    assert found["country", "ca"].rule == "source-country"
    assert found["country", "ca"].words == "IRCC"


def test_union_law_is_tagged_eu_and_a_member_state_s_own_version_as_the_state_s() -> None:
    assert programmes_of(announce("EU Blue Card: Council agrees new rules"), "EU", "regulator-register") == {
        "eu-blue-card"
    }
    found = tags_of(announce("Germany lowers the salary for the EU Blue Card"))
    assert set(found) == {("country", "de"), ("programme", "de-blue-card")}


def test_a_passing_mention_deep_in_a_long_text_counts_less() -> None:
    deep = announce("Road works announced", body=FILLER + "Some hold an H-1B.")
    twice = announce("Road works announced", body=FILLER + "Some hold an H-1B. An H-1B costs much.")
    early = announce("Road works announced", body="Some hold an H-1B. " + FILLER)
    confidence = [tags_of(item)["programme", "us-h-1b"].confidence for item in (deep, twice, early)]
    assert confidence == [0.4, 1.0, 1.0]


def test_an_ambiguous_alias_needs_its_context_within_two_hundred_characters() -> None:
    near = announce("News", body="The OPT rules change. " + "x" * 150 + " students")
    far = announce("News", body="The OPT rules change. " + "x" * 250 + " students")
    assert programmes_of(near) == {"us-f-1-opt"}
    assert programmes_of(far) == set()
    assert tags_of(near)["programme", "us-f-1-opt"].rule == "ambiguous-alias"


def test_context_anywhere_in_the_same_title_is_near_enough() -> None:
    title = f"OPT rules change {'y' * 230} for students"
    assert programmes_of(announce(title)) == {"us-f-1-opt"}


def test_an_excluding_term_silences_an_ambiguous_alias() -> None:
    assert programmes_of(announce("TN visa holders wait")) == {"us-tn"}
    assert programmes_of(announce("Memphis, TN: a visa office for Tennessee opens")) == set()


def test_an_ambiguous_name_that_does_not_hold_leaves_its_place_to_a_shorter_one() -> None:
    assert programmes_of(announce("H-1B visa holders get more time")) == {"us-h-1b"}
    assert programmes_of(announce("Canada: H-1B visa holders may apply")) == {"ca-h1b-owp"}


def test_out_of_scope_programmes_are_tagged_too() -> None:
    assert programmes_of(announce("Diversity visa entries open")) == {"us-dv"}


def test_what_goes_without_saying_at_an_official_source_counts_as_said() -> None:
    item = announce("Start-up Visa: new intake limits")
    assert programmes_of(item, "CA", "government") == {"ca-suv"}
    assert programmes_of(item, "US", "news") == set()


@pytest.mark.parametrize(
    ("title", "codes"),
    [
        ("Let us go to the fair with fine china", set()),
        ("US to change its rules", {"us"}),
        ("Fees rise by US$ 100", set()),
        ("American Express opens an office", set()),
        ("South Korea eases rules for coders", {"kr"}),
        ("Le Canada ouvre ses portes", {"ca"}),
        ("加拿大宣布新政策", {"ca"}),
        ("Home Office publishes new guidance", {"gb"}),
        ("North Korea shuts a border", set()),
    ],
)
def test_countries_are_read_from_names_and_authorities(title: str, codes: set[str]) -> None:
    assert countries_of(announce(title)) == codes


def test_a_country_in_the_lead_is_used_only_when_the_title_names_none() -> None:
    assert countries_of(announce("New permit for coders", "France wants more of them.")) == {"fr"}
    assert countries_of(announce("Spain wants coders", "France does too.")) == {"es"}


def test_authorities_come_before_names() -> None:
    found = tags_of(announce("USCIS changes a form", "Applicants in India are hit."))
    assert {code for facet, code in found if facet == "country"} == {"us"}
    assert found["country", "us"].rule == "authority"


@settings(max_examples=60)
@given(
    st.lists(
        st.sampled_from([STORY.title, STORY.body[-40:], "OPT for F‑1 students", "Ｈ－１Ｂ", "\n", "ß ", "Kanada "])
    )
)
def test_the_words_of_a_tag_always_stand_in_the_announcement(pieces: list[str]) -> None:
    item = announce("Notice", " ".join(pieces[:2]), "".join(pieces[2:]))
    for found in tag(item, "", "news", vocabulary()):
        assert found.words in item.title + "\n" + item.summary + "\n" + item.body
        assert found.parent == ""
        assert 0 < found.confidence <= 1


def test_tagging_is_pure_and_in_a_fixed_order() -> None:
    before = list(STORY.tags)
    first, second = (tag(STORY, "US", "news", vocabulary()) for _ in range(2))
    assert first == second
    assert STORY.tags == before
    assert [found.code for found in first] == ["ca", "us", "ca-gss", "ca-gts", "us-h-1b"]


def test_the_search_alias_holds_every_way_to_ask_for_a_programme() -> None:
    lines = search_alias(tag(STORY, "US", "news", vocabulary()), vocabulary()).split("\n")
    assert {"H-1B", "H1B", "specialty occupation", "Global Skills Strategy"} <= set(lines)
    assert len(lines) == len(set(lines))
    assert search_alias([Tag("programme", "xx-gone", "x", "alias"), Tag("country", "ca", "x", "x")], vocabulary()) == ""


def test_squashed_spellings_are_added_for_every_class() -> None:
    assert "L1A" in search_alias([Tag("programme", "us-l-1", "L-1", "alias")], vocabulary()).split("\n")


def test_the_pipeline_adds_what_the_reader_has_not_said(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    with Archive(path) as archive:
        archive.sync_sources([
            Source("test-source", "Test", "Test News", "US", "news", "secondary", "en", "https://example.org/",
                   "all rights reserved", "excerpt", "daily")
        ])  # fmt: skip
    crawler = get_crawler(settings_dict={"VISAWIRE_ARCHIVE": str(path)})
    pipeline = UnderstandPipeline.from_crawler(crawler)
    item = announce(STORY.title, STORY.summary, STORY.body)
    item.tags = [Tag("programme", "us-h-1b", "set by the reader", "reader")]
    assert pipeline.process_item(item) is item
    assert sorted((t.facet, t.code, t.rule) for t in item.tags if t.code in {"us-h-1b", "ca-gss"}) == [
        ("programme", "ca-gss", "alias"),
        ("programme", "us-h-1b", "reader"),
    ]
    read = PageRead("test-source", [Validator("https://example.org/", "", "", "", 200, datetime.now(UTC))])
    assert pipeline.process_item(read) is read
    pipeline.close_spider()


def test_an_item_of_an_unknown_source_names_it(tmp_path: Path) -> None:
    crawler = get_crawler(settings_dict={"VISAWIRE_ARCHIVE": str(tmp_path / "archive.db")})
    pipeline = UnderstandPipeline.from_crawler(crawler)
    with pytest.raises(KeyError, match="test-source"):
        pipeline.process_item(announce("Anything"))
    pipeline.close_spider()


def test_what_goes_on_meanwhile_is_not_what_a_title_is_about() -> None:
    found = {
        t.code for t in tag(announce("As the US raises its H-1B fee, China opens the K visa"), "", "news", vocabulary())
    }
    assert {"cn", "cn-k-visa"} <= found
    assert not {"us", "us-h-1b"} & found
    assert "us-h-1b" in programmes_of(announce("As employers feared, the H-1B fee stays"))


def test_an_acronym_counts_near_a_word_of_immigration() -> None:
    assert "us-ead" in programmes_of(announce("Your EAD and your green card"))
    assert "us-ead" not in programmes_of(announce("EAD, an acronym of many trades"))


def test_a_sure_name_of_a_programme_speaks_of_its_country() -> None:
    assert "us-consular" in programmes_of(announce("India: H-1B visa stamping moves to March"))


def test_a_family_preference_is_no_student_visa() -> None:
    chart = announce("Cut-off dates", body="F1 | 01JAN10 | 01FEB11\nF2A | C | C\nVisa numbers are scarce.")
    assert ("programme", "us-f-1-opt") not in tags_of(chart)
    assert ("programme", "us-f-1-opt") in tags_of(announce("F1 visa students wait", "USCIS is slow for F1 students."))


@pytest.mark.parametrize(
    ("title", "lead", "codes"),
    [
        # What every country has gives way to a programme's own name, and holds where none is called by its own.
        ("Singapore opens a new work pass", "Ministers call it Tech.Pass.", {"sg-tech-pass"}),
        ("Singapore changes its work pass rules", "", {"sg-ep", "sg-s-pass"}),
        ("Singapore changes its work pass rules", "Employment Pass holders are spared.", {"sg-ep"}),
        ("Japan brings in two work visas", "One is J-Find, for graduates.", {"jp-j-skip"}),
        ("Ireland lets partners of General permit holders work", "The employment permit is not needed.", {"ie-gep"}),
        ("A faster queue", "Tier 2 and 5 sponsors may now pay the Home Office.", {"gb-sponsor-licence"}),
        ("A home for founders", "The Netherlands lets foreign start-ups stay for a year.", {"nl-startup"}),
        ("Großbritannien: Mindestgehalt für Arbeitsvisa steigt", "", {"gb-skilled-worker"}),
        ("España: la Ley de Emprendedores entra en vigor", "", {"es-entrepreneur", "es-hqp"}),
        # A word with other meanings is another country's where only that one is spoken of.
        ("Malaysia moves the EP salary", "Holders of an Employment Pass earn more.", {"my-de-rantau"}),
        # A country that acts at the head of the title is meant by words that all countries have.
        ("Australia ends a work visa: firms in India, UK and China wait", "", set()),
        # What goes on elsewhere is no subject, before or after what is told.
        ("China readies its K visa for young scientists as Trump taxes H-1B staff", "", {"cn-k-visa"}),
        # The title tells whose programme a common name means, whoever the lead speaks of.
        ("Czech cabinet backs permits for digital nomads", "Indonesian students come too.", set()),
        ("Colombia crea una visa para nómadas digitales", "", set()),
        ("España crea una visa para nómadas digitales", "", {"es-digital-nomad"}),
        # A longer code is another code.
        ("Korea opens a workcation visa (F-1-D)", "Remote staff may stay for a year.", set()),
        ("中国发放外国人来华工作许可", "", {"cn-r-visa"}),
        ("정부, 탑티어 비자 대상 확대", "", {"kr-top-tier"}),
        ("Startup-yrittäjän oleskelulupa uudistuu Suomessa", "", {"fi-startup"}),
        ("Polska: Niebieska Karta UE na nowych zasadach", "", {"eu-blue-card"}),
    ],
)
def test_a_general_name_gives_way_and_a_common_one_follows_the_title(title: str, lead: str, codes: set[str]) -> None:
    assert programmes_of(announce(title, lead), "") == codes


@pytest.mark.parametrize(
    ("title", "codes"),
    [
        ("Ministry of Justice changes its rules", set()),
        ("Japan: Ministry of Justice changes its rules", {"jp"}),
        ("US stops visas for Brazil, Peru and others", {"us"}),
        ("Indians may now work in Italy", {"it"}),
        ("Le règlement grand-ducal sur la carte bleue européenne change", {"lu"}),
        ("México duplica el costo de la residencia", {"mx"}),
        ("Malacañang signs the order on remote workers", {"ph"}),
    ],
)
def test_whose_policy_it_is_without_those_it_treats(title: str, codes: set[str]) -> None:
    assert countries_of(announce(title), "") == codes
