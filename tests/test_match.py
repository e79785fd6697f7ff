"""Pairs: what is one event, what are two steps of one measure, and what must stay apart."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from pipelines.candidates import day_of, keys
from pipelines.clues import clues
from pipelines.cluster import PARTED, cluster, stories
from pipelines.signature import Signature, body_words, dumps, loads
from pipelines.words import rarity, stem, stems
from tests.story_helpers import FINAL, PROPOSED, REPORTS, linked, row, rule, sign

EVENT = 0.3


def test_reports_of_one_rule_in_other_words_are_one_event():
    final = sign(**FINAL)
    for report in REPORTS:
        found = linked(final, sign(**report))
        assert found.event > 0.8
        assert "same day of effect" in found.reason


def test_proposed_and_final_rule_are_two_events_of_one_measure():
    found = linked(sign(**PROPOSED), sign(**FINAL))
    assert found.event < EVENT
    assert found.story > 0.8
    assert "proposed, then" in found.reason


def test_one_number_of_a_rulemaking_ties_its_steps_whatever_the_titles_say():
    proposal = sign("Rules on pears", "The agency proposes rules, RIN 9999-ZA12, on H-1B workers.", "2026-01-05")
    final = sign("Grafting requirements", "The final rule, RIN 9999-ZA12, on H-1B workers is out.", "2026-11-05")
    assert linked(proposal, final).story >= 0.9


LISTS = [
    rule(f"{year}-1{n}345", "Update to the Department of Examples STEM Designated Degree Program List",
         f"The Secretary amends the STEM list by adding {word} qualifying fields of study for the STEM OPT extension.",
         f"{year}-07-12")
    for n, (year, word) in enumerate((("2022", "twenty-two"), ("2023", "eight"), ("2024", "one")))
]  # fmt: skip
FEES = [
    rule("2024-28000", "Adjustment to Premium Processing Fees",
         "The Department increases premium processing fees to reflect inflation from June 2021 through June 2023.",
         "2023-12-28"),
    rule("2026-00321", "Adjustment to Premium Processing Fees",
         "The Department increases premium processing fees to reflect inflation from June 2023 through June 2025; "
         "effective on March 1, 2026.", "2026-01-12"),
]  # fmt: skip
LIMITS = [
    row(f"Annual Limit Reached in the EB-{n} Category", "", day, publisher="US Department of State",
        source_kind="government", url=f"https://travel.example/{day}")
    for n, day in ((1, "2025-09-08"), (2, "2024-09-10"), (2, "2025-09-02"), (3, "2024-08-16"))
]  # fmt: skip
BULLETINS = [
    row(f"Visa Bulletin for {month} 2026", "Final action dates for employment-based preference cases.", day,
        publisher="US Department of State", source_kind="government", url=f"https://travel.example/{month}")
    for month, day in (("March", "2026-02-12"), ("April", "2026-03-13"), ("May", "2026-04-14"))
]  # fmt: skip
YEARLY = [
    row(f"Salary requirements for highly skilled migrants {year}",
        f"The income requirement for kennismigranten in {year} is EUR {amount} gross per month.", f"{year}-01-03",
        publisher="Kers Advocaten", source_kind="law-firm")
    for year, amount in (("2023", "5,008"), ("2024", "5,331"), ("2025", "5,688"))
]  # fmt: skip
MEDIANS = [
    row("New median wage for New Zealand work visas",
        f"The median wage of NZD {wage} per hour will apply in the immigration system from {day}.", published,
        publisher="Kea Law", source_kind="law-firm")
    for wage, day, published in (
        ("29.66", "27 February 2023", "2022-10-12"), ("31.61", "28 February 2024", "2023-09-14"),
        ("33.56", "28 February 2025", "2024-10-01"),
    )
]  # fmt: skip
CAPS = [
    row("USCIS reaches the H-1B cap", f"USCIS announced that it has reached the H-1B cap for fiscal year {year}.", day,
        publisher="Medlar Law", source_kind="law-firm")
    for year, day in (("2024", "2023-12-13"), ("2025", "2024-12-02"), ("2026", "2025-07-18"))
]  # fmt: skip


@pytest.mark.parametrize(
    "series", [LISTS, FEES, LIMITS, BULLETINS, YEARLY, MEDIANS, CAPS],
    ids=["degree lists", "premium fees", "annual limits", "bulletins", "salaries", "median wages", "caps"],
)  # fmt: skip
def test_what_returns_every_year_or_month_is_never_one_story(series):
    found = [sign(**one) for one in series]
    for n, one in enumerate(found):
        for other in found[:n]:
            made = linked(one, other)
            assert made.event < EVENT, made.reason
            assert made.story < 0.5, made.reason


def test_a_delay_and_a_correction_of_a_rule_stay_with_it():
    title = "Strengthening Pear Protections for H-1B Workers"
    lead = "The Department of Examples adopts protections of the wages of H-1B workers in orchards."
    final = sign(**rule("2026-00218", title, f"In this final rule, {lead}", "2026-01-14"))
    later = f"This rule is delaying the effective date of the final rule in which {lead}"
    delay = sign(**rule("2026-02090", f"{title}: Delay of Effective Date", later, "2026-03-12"))
    assert linked(final, delay).event >= EVENT


def test_contradicting_amounts_block_whatever_the_words_say():
    one, other = (
        sign("Employment Pass qualifying salary to rise",
             f"The qualifying salary for Employment Pass applicants rises to S${amount}.", "2026-02-12")
        for amount in ("5,600", "6,400")
    )  # fmt: skip
    found = linked(one, other)
    assert found.event < 0
    assert "kept apart" in found.reason


def test_other_days_of_effect_block_a_link():
    one, other = (
        sign("Skilled Worker visa rules change", f"The new rules come into force on {day}.", "2026-03-01")
        for day in ("8 April 2026", "1 July 2026")
    )
    assert linked(one, other).event < 0


def test_countries_apart_are_stories_apart():
    one = sign(
        "Germany: Blue Card minimum salary rises", "From 1 January 2026 the EU Blue Card salary rises.", "2025-12-10"
    )
    other = sign("Belgium: single permit minimum salary rises", "From 1 January 2026 the salary rises.", "2025-12-10")
    assert linked(one, other).event < 0


def test_an_undated_guide_fits_no_news():
    guide = sign("What is Express Entry?", "A guide to Express Entry and its three programmes.")
    news = sign("Express Entry opens a STEM round", "Express Entry invites workers with STEM experience.", "2026-06-28")
    assert linked(guide, news).event < EVENT


def test_a_signature_survives_writing_and_reading():
    for given in (FINAL, *REPORTS, LISTS[0], MEDIANS[0]):
        one = sign(**given)
        again = loads(dumps(one))
        assert dumps(again) == dumps(one)
        assert again.programmes == one.programmes
        assert again.span == one.span
        assert keys(again) == keys(one)
        assert linked(again, again).event == linked(one, one).event


def test_a_signature_of_another_version_is_refused():
    with pytest.raises(ValueError, match="rethread"):
        loads('{"v":0}')


def test_words_are_folded_and_cut():
    assert stem("Extensions") == stem("extension") == "extens"
    assert stem("H-1B") == "h1b"
    assert stem("the") == stem("2026") == stem("March") == ""
    assert stems("Café cafés") == ["cafe", "cafe"]
    assert stems("65,000 places") == ["65000", "place"]
    assert stems("高度人才") == ["高度", "度人", "人才"]


def test_rare_words_weigh_more_than_those_of_every_release():
    assert rarity("orchar") > rarity("employ") > rarity("announ")


def test_the_words_of_a_body_are_those_that_it_repeats_and_others_do_not():
    body = "The medlar orchard. Medlar trees and medlar growers must announce the medlar harvest to the agency."
    assert "medlar" in body_words(body)
    assert len(body_words(body * 50)) <= 30


def test_an_unknown_day_leaves_only_keys_that_hold_at_any_time():
    undated = sign("Four rare orchard words: quince medlar damson")
    assert day_of(undated) == 0
    assert all(not key.timed for key in keys(undated))
    assert keys(Signature()) == []


# -- groups ------------------------------------------------------------------------------------------------------


def test_a_chain_of_likenesses_is_not_one_group():
    names = [f"a{n}" for n in range(8)]
    chain = dict.fromkeys(itertools.pairwise(names), 0.7)
    assert max(len(group) for group in cluster(names, chain, 0.5)) == 2


def test_a_contradiction_with_one_member_keeps_a_group_apart():
    links = {("a", "b"): 0.9, ("b", "c"): 0.9, ("a", "c"): -0.9}
    assert cluster("abc", links, 0.3) in ([["a", "b"], ["c"]], [["a"], ["b", "c"]])
    assert cluster("cab", dict(reversed(links.items())), 0.3) == cluster("abc", links, 0.3)


def test_groups_do_not_depend_on_the_order_of_links():
    links = {("a", "b"): 0.5, ("c", "d"): 0.5, ("b", "c"): 0.5, ("a", "d"): 0.5, ("e", "f"): 0.2}
    first = cluster("abcdef", links, 0.3)
    assert cluster("fedcba", dict(sorted(links.items(), reverse=True)), 0.3) == first
    assert ["e"] in first


def test_events_of_one_measure_are_one_story_of_two_events():
    events = {("f1", "f2"): 0.9, ("p1", "p2"): 0.9, ("f1", "p1"): -0.6}
    measures = {**events, ("f1", "p1"): 0.95}
    assert stories(["p1", "p2", "f1", "f2", "x"], events, measures) == [[["f1", "f2"], ["p1", "p2"]], [["x"]]]


def test_one_pair_of_officials_that_must_be_apart_parts_the_stories_of_all():
    events = {("f1", "r1"): 0.9, ("f1", "f2"): -0.8}
    ties = {("f1", "r1"): 0.9, ("f2", "r1"): 0.9, ("f1", "f2"): PARTED}
    assert stories(["f1", "f2", "r1"], events, ties) == [[["f1", "r1"]], [["f2"]]]
    softer = {**ties, ("f1", "f2"): -0.8}
    assert stories(["f1", "f2", "r1"], events, softer) == [[["f1", "r1"], ["f2"]]]


def test_a_report_that_says_too_little_for_most_of_a_group_still_joins_it():
    links = {("a", "b"): 0.9, ("a", "c"): 0.8, ("b", "c"): 0.9, ("c", "d"): 0.75}
    assert cluster("abcd", links, 0.35) == [["a", "b", "c"], ["d"]]
    assert cluster("abcd", links, 0.35, power=2) == [["a", "b", "c", "d"]]
    assert cluster("abcd", links | {("a", "d"): -0.5}, 0.35, power=2) == [["a", "b", "c"], ["d"]]


# -- clues -------------------------------------------------------------------------------------------------------


def names_of(one, other):
    return {clue.name: clue.value for clue in clues(one, other, 0.0, 0.0)}


def test_a_day_on_which_both_were_published_says_nothing_when_one_names_it():
    alert = sign("Premium service suspended", "From April 3, 2017 no H-1B premium requests are taken.", "2017-04-03")
    same_day = sign("A mailbox for tips", "People can write to a new H-1B mailbox.", "2017-04-03")
    later = sign("A mailbox for tips", "People can write to a new H-1B mailbox.", "2017-05-20")
    earlier = sign("A mailbox for tips", "People can write to a new H-1B mailbox.", "2017-03-20")
    assert not {"day", "took_effect"} & names_of(alert, same_day).keys()
    assert not {"day", "took_effect"} & names_of(alert, later).keys()
    assert "day" not in names_of(earlier, later)


def test_a_report_on_the_day_of_effect_is_near_to_the_rule_that_set_it():
    final = sign("New rule for H-1B workers", "The H-1B rule takes effect on September 12, 2017.", "2017-07-14")
    report = sign("New duties for H-1B workers", "Employers of H-1B workers have more to do.", "2017-09-12")
    found = names_of(final, report)
    assert "took_effect" in found
    assert found["apart"] == 0
    assert names_of(final, sign("H-1B news", "H-1B workers.", "2017-09-01"))["apart"] > 1


def test_a_busy_programme_says_less_than_a_rare_one():
    busy = [sign(f"H-1B news {n}", "About H-1B workers.", "2026-03-02") for n in "ab"]
    rare = [sign(f"ONE Pass news {n}", "About the Overseas Networks and Expertise Pass.", "2026-03-02") for n in "ab"]
    assert "rare_programme" not in names_of(*busy)
    assert "rare_programme" in names_of(*rare)


def test_one_busy_programme_and_no_common_word_are_two_pieces_of_news():
    one = sign("H-1B wages surveyed", "Pears.", "2026-03-02")
    assert "busy" in {c.name for c in clues(one, sign("Quince growers ask H-1B questions", "", "2026-03-02"), 0.1, 0.1)}
    assert "busy" not in {c.name for c in clues(one, one, 1.0, 1.0)}


def test_a_package_of_many_programmes_is_not_what_is_told_of_one():
    one, two, package = (
        Signature(span=(1, 1), programmes=frozenset(p)) for p in ({"a"}, {"a", "b"}, {"a", "b", "c", "d"})
    )
    assert "package" in names_of(one, package)
    assert "package" not in names_of(two, package) | names_of(one, two)
    assert names_of(one, package)["programme"] == 0.25


def test_distance_in_time_counts_for_less_between_those_that_agree_on_a_day():
    early, late, other = (
        Signature(span=(day, day), effective=((its, its),)) for day, its in ((10, 200), (100, 200), (100, 260))
    )
    assert names_of(early, late)["tail"] == names_of(early, late)["apart"]
    assert "tail" not in names_of(early, other)


@pytest.mark.parametrize(
    ("title", "is_one"),
    [
        ("Minimum monthly salary of pear graders rises", False), ("Minimum monthly salary update", False),
        ("Quarterly fee for sponsors of pears", False),
        ("Immigration Weekly", True), ("Pear Monthly: what changed", True), ("Weekly orchard law update", True),
        ("Quarterly report on pears", True), ("Round-up of orchard news", True),
    ],
)  # fmt: skip
def test_a_round_up_is_told_by_its_title_and_a_monthly_salary_is_none(title, is_one):
    assert sign(title, "", "2026-03-02").round_up is is_one


def test_common_steps_tell_less_without_a_common_subject_and_among_statistics_of_operation():
    one, other = (Signature(span=(1, 1), stage="final", countries=frozenset({c})) for c in ("us", "ca"))
    assert names_of(one, one)["phase"] == 1.0
    assert names_of(one, other)["phase"] == pytest.approx(0.3)
    draw = Signature(span=(1, 1), stage="operational", countries=frozenset({"ca"}))
    assert names_of(draw, draw)["phase"] == 0.5


def test_words_that_another_language_cannot_share_are_not_missing():
    one, other = (Signature(span=(1, 1), language=language) for language in ("en", "fr"))
    assert "foreign" in names_of(one, other)
    assert "foreign" not in names_of(one, one)


def test_texts_that_each_name_their_own_day_are_two_when_weeks_lie_between():
    first, second = (
        sign("More fields for the STEM list", f"The notice of the STEM OPT list is dated {day}.", published)
        for day, published in (("March 3, 2021", "2021-03-03"), ("May 20, 2021", "2021-05-20"))
    )
    found = linked(first, second)
    assert found.event < 0
    assert "own day" in found.reason


@pytest.mark.parametrize(("stage", "reason"), [("court", "a court's order"), ("withdrawn", "a withdrawal")])
def test_what_officials_do_next_is_another_event_of_one_measure(stage, reason):
    title, lead = "Orchard Engineers: Weighted Selection for H-1B Registrations; Notice", FINAL["lead"]
    before = sign(**{**FINAL, "published": "2026-03-16", "url": "https://agency.example/rule"})
    later = replace(sign(**rule("2026-90700", title, lead, "2026-08-20")), stage=stage)
    found = linked(replace(before, effective=()), replace(later, effective=()))
    assert found.event < 0
    assert reason in found.reason
    assert found.story > 0.5
