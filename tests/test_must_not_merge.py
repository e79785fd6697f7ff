"""What comes back under one title, with any years, days, amounts and reports, in any order: editions never merge."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.story_evaluation import grouped, linked
from tests.story_helpers import row, rule, sign

MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
          "December")  # fmt: skip
FIRMS = ("Pomona Immigration Law LLP", "Quince & Medlar", "Damson Advocates")
PAPERS = ("The Daily Pear", "Sloe Business Weekly", "Exampleton Courier")


def told(day: date) -> str:
    return f"{MONTHS[day.month - 1]} {day.day}, {day.year}"


def reports(draw, templates, day, **values):
    """Some reports of an edition, each within a fortnight, from a firm or a newspaper."""
    made = []
    for n, (title, lead) in enumerate(draw(st.lists(st.sampled_from(templates), max_size=3, unique=True))):
        firm = draw(st.booleans())
        published = day + timedelta(draw(st.integers(0, 14)))
        made.append(
            row(title.format(**values), lead.format(**values), published.isoformat(),
                publisher=(FIRMS if firm else PAPERS)[n], source_kind="law-firm" if firm else "news",
                url=f"https://{'firm' if firm else 'press'}{n}.example/{published}/{n}")
        )  # fmt: skip
    return made


def day_in(draw, year: int) -> date:
    """A day from May to September: editions of a yearly series are the better part of a year apart."""
    return date(year, 5, 1) + timedelta(draw(st.integers(0, 150)))


def years(draw, apart: int = 1) -> list[int]:
    first = draw(st.integers(2009, 2019))
    return [first + apart * n for n in range(draw(st.integers(2, 3)))]


def series(editions):
    """A strategy of the editions of a series: lists of rows."""
    return st.composite(lambda draw: list(editions(draw)))()


def degree_lists(draw):
    for_reports = (
        ("Homeland Security adds {n} degrees to the STEM list",
         "Graduates in {n} fields can now have the STEM OPT extension, officials said on {told}."),
        ("STEM Designated Degree Program List updated",
         "A notice of {told} adds {n} fields of study to the STEM OPT list."),
    )  # fmt: skip
    for year in years(draw):
        day, n = day_in(draw, year), draw(st.integers(2, 60))
        document = rule(
            f"{year}-{draw(st.integers(10000, 29999))}",
            "Update to the Department of Homeland Security STEM Designated Degree Program List",
            f"The Secretary amends the STEM list by adding {n} qualifying fields of study.", day.isoformat(),
        )  # fmt: skip
        yield [document, *reports(draw, for_reports, day, n=n, told=told(day))]


def premium_fees(draw):
    for_reports = (
        ("USCIS raises premium processing fees",
         "The premium processing fee for Form I-129 rises to ${n:,} on {effective}."),
        ("Premium processing will cost ${n:,} from {effective}",
         "The agency adjusts the premium processing fee for inflation, effective {effective}."),
    )  # fmt: skip
    fee = draw(st.integers(1200, 2000))
    for year in years(draw, apart=2):
        day = day_in(draw, year)
        effective, fee = day + timedelta(draw(st.integers(30, 70))), fee + draw(st.integers(60, 400))
        document = rule(
            f"{year}-{draw(st.integers(10000, 29999))}", "Adjustment to Premium Processing Fees",
            f"The Department increases premium processing fees to reflect inflation; the fee for Form I-129 is "
            f"${fee:,}. This rule is effective {told(effective)}.", day.isoformat(),
        )  # fmt: skip
        yield [document, *reports(draw, for_reports, day, n=fee, effective=told(effective))]


def annual_limits(draw):
    for_reports = (
        ("EB-2 visas run out for fiscal year {year}",
         "All EB-2 visas for fiscal year {year} have been issued, the Department of State said on {told}."),
    )  # fmt: skip
    for year in years(draw):
        day = date(year, 8, 10) + timedelta(draw(st.integers(0, 40)))
        notice = row(
            "Annual Limit Reached in the EB-2 Category", f"All EB-2 visas of fiscal year {year} have been issued.",
            day.isoformat(), publisher="US Department of State", source_kind="government",
            url=f"https://travel.example/{day}",
        )  # fmt: skip
        yield [notice, *reports(draw, for_reports, day, year=year, told=told(day))]


def yearly_thresholds(draw):
    country, title, lead = draw(
        st.sampled_from(
            (
                ("Netherlands", "Salary requirements for highly skilled migrants {year}",
                 "From 1 January {year} the income requirement for kennismigranten is EUR {n:,} gross per month."),
                ("Ireland", "Critical Skills Employment Permit: minimum annual remuneration for {year}",
                 "From 1 March {year} the minimum for a Critical Skills Employment Permit is EUR {n:,}."),
                ("Singapore", "Employment Pass qualifying salary from January {year}",
                 "The Employment Pass qualifying salary is S${n:,} from 1 January {year}."),
            )
        )
    )  # fmt: skip
    n = draw(st.integers(3500, 5000))
    for year in years(draw):
        n += draw(st.integers(120, 500))
        day = date(year - 1, 11, 15) + timedelta(draw(st.integers(0, 30)))
        yield reports(draw, ((title, lead),), day, year=year, n=n, country=country) or [
            row(title.format(year=year), lead.format(year=year, n=n), day.isoformat(), publisher=FIRMS[0],
                source_kind="law-firm", url=f"https://firm.example/{year}")
        ]  # fmt: skip


def bulletins(draw):
    year, first = draw(st.integers(2009, 2019)), draw(st.integers(2, 9))
    for month in range(first, first + 3):
        day = date(year, month - 1, draw(st.integers(8, 18)))
        name = MONTHS[month - 1]
        bulletin = row(
            f"Visa Bulletin For {name} {year}", "Final action dates for employment-based preference cases.",
            day.isoformat(), publisher="US Department of State", source_kind="government",
            url=f"https://travel.example/{name}-{year}",
        )  # fmt: skip
        for_reports = ((f"{name} {year} Visa Bulletin: EB-2 moves", "The EB-2 final action date advances."),)
        yield [bulletin, *reports(draw, for_reports, day)]


def stories_of(editions, order):
    """Place all rows of some editions in any order; the places, and the names of each edition's rows."""
    found, names = {}, []
    numbered = [(e, r) for e, rows in enumerate(editions) for r in rows]
    for n in order.sample(range(len(numbered)), len(numbered)):
        edition, given_row = numbered[n]
        found[f"e{edition}-{n}"] = sign(**given_row)
        names.append(f"e{edition}-{n}")
    return grouped(found, linked(found)), names


@pytest.mark.parametrize("kind", [degree_lists, premium_fees, annual_limits, yearly_thresholds, bulletins])
@settings(max_examples=40, deadline=None)
@given(data=st.data(), order=st.randoms(use_true_random=False))
def test_editions_of_a_series_are_never_one_story(kind, data, order):
    placed, names = stories_of(data.draw(series(kind)), order)
    for one, other in itertools.combinations(names, 2):
        if one.split("-")[0] != other.split("-")[0]:
            assert placed[one].story != placed[other].story, (one, other)


@st.composite
def rulemaking(draw):
    """A proposal and its final rule under one title, with a number or without, and reports of the final rule."""
    subject = draw(st.sampled_from(("orchard engineers", "quince pickers", "medlar graders")))
    title = f"Weighted Selection of H-1B Registrations for {subject.title()}"
    number = draw(st.sampled_from(("", " (RIN 1615-ZZ12)")))
    proposed = day_in(draw, draw(st.integers(2009, 2021)))
    final = proposed + timedelta(draw(st.integers(90, 900)))
    effective = final + timedelta(draw(st.integers(30, 60)))
    proposal = rule(
        f"{proposed.year}-10001", title,
        f"The Department proposes to amend its rules on how H-1B registrations of {subject} are selected{number}.",
        proposed.isoformat(),
    )  # fmt: skip
    document = rule(
        f"{final.year}-20002", title,
        f"The Department is amending its regulations on how H-1B registrations of {subject} are selected{number}. This "
        f"final rule is effective {told(effective)}.", final.isoformat(),
    )  # fmt: skip
    for_reports = (
        (f"Final rule: weighted H-1B selection for {subject}",
         "A final rule on the weighted selection of H-1B registrations takes effect on {effective}."),
    )  # fmt: skip
    return [[proposal], [document, *reports(draw, for_reports, final, effective=told(effective))]]


@settings(max_examples=60, deadline=None)
@given(editions=rulemaking(), order=st.randoms(use_true_random=False))
def test_a_proposal_and_its_final_rule_are_one_story_of_two_events(editions, order):
    placed, names = stories_of(editions, order)
    assert len({placed[name].story for name in names}) == 1
    events = {edition: {placed[n].event for n in names if n.startswith(edition)} for edition in ("e0", "e1")}
    assert len(events["e0"]) == len(events["e1"]) == 1
    assert events["e0"] != events["e1"]
