"""Effective dates by the shape of the sentence: who does what on which of its days.

The sentences are invented. What counts is what changes on a day; what somebody says, signs or plans on it does not.
"""

from __future__ import annotations

from datetime import date

import pytest

from archive.models import Announcement, Precision
from pipelines.date import effective_date, key_dates

PUBLISHED = date(2026, 3, 5)


def effect(text: str, title: str = "News", published: date = PUBLISHED, precision: Precision = "day") -> str:
    item = Announcement(
        "press", "https://example.org/2", title, summary=text, published=published, published_precision=precision
    )
    found = effective_date(key_dates(item))
    return found.date if found else ""


CHANGES = [
    # guidance that is updated or issued, systems that are switched
    ("On 2 March the Department transitioned its filings to the new system.", "2026-03-02"),
    ("On 2 March the office made two changes to the list of occupations.", "2026-03-02"),
    ("The list of shortage occupations was updated on 2 March.", "2026-03-02"),
    # services that stop, resume or end
    ("The office will resume the fast track on Monday, March 9, for all fiscal year 2026 cases.", "2026-03-09"),
    ("Today, March 5, 2026, the office announced that it has resumed work on labour tests.", "2026-03-05"),
    ("The office announced on March 2 that it has reopened the portal.", "2026-03-02"),
    ("Work was halted on March 2 after an attack and resumed on March 4.", "2026-03-04"),
    ("The order of 2023 that barred new workers lapsed on March 1.", "2026-03-01"),
    ("The ban, in place since 1 January, was lifted on 2 March.", "2026-03-02"),
    ("The ministry is ending acceptance of new files after March 31.", "2026-03-31"),
    ("The government today announced changes to its scheme; the pause on new files ends immediately.", "2026-03-05"),
    ("On 2 March the ministry announced changes: effective that day, no permits are issued at the border.",
     "2026-03-02"),
    # ranges, delays, negations and plans
    ("From April 1, 2026, through June 30, 2026 the ministry will run a pilot for visas at home.", "2026-04-01"),
    ("The new wage rates are valid from July 1, 2026 through June 30, 2027.", "2026-07-01"),
    ("The form was to come in March, but the office just announced a delay until June 1.", "2026-06-01"),
    ("The planned rise of the threshold on 1 April has been postponed to 1 June.", "2026-06-01"),
    ("The current rules stay until 11 April, when the new ones take effect.", "2026-04-11"),
    ("As of April 1, 2026 all employers will be required to enrol; enforcement will begin on April 1, 2027.",
     "2026-04-01"),
    ("The Act, which was signed into law in winter, commenced this month on the 2nd of March.", "2026-03-02"),
    ("The ministry enforces the revised regime starting March 1 (Sun.), 2026 to attract talent.", "2026-03-01"),
    ("The order raising the charge was made on 2 March and comes into force on 8 April.", "2026-04-08"),
    ("The pay floor for permits has been raised to £40,000 since 1 March.", "2026-03-01"),
    # months to come
    ("The government will introduce a new visa category in October to attract engineers.", "2026-10"),
    ("The scheme will be scrapped entirely from March next year.", "2027-03"),
    # other languages
    ("Le Québec a suspendu le 2 mars la réception des demandes.", "2026-03-02"),
    ("Die Karte für Fachkräfte startete am 2. März.", "2026-03-02"),
    ("De regeling is op 1 maart ingegaan.", "2026-03-01"),
    ("O regime foi revogado a 1 de março.", "2026-03-01"),
    ("La oficina suspendió el programa el 2 de marzo.", "2026-03-02"),
]  # fmt: skip

NO_CHANGE = [
    # the day of guidance is nobody's day of effect, unless it says so
    "On March 2, 2026 the agency revised its Policy Manual to clarify how it counts presence.",
    "The agency updated guidance in its Policy Manual on March 2 on the age of children.",
    "New guidance issued on March 2 directs officers to weigh what applicants post.",
    "In a March 2, 2026 policy memorandum the agency narrowed the category for economists.",
    "The bill was introduced in the Senate on 2 March 2026 and would end the route.",
    "The framework was supposed to take effect on 2 March 2026.",
    "The government submitted its proposal to parliament on 2 March 2026.",
    "The charge will no longer rise on 1 April 2026 as originally planned.",
    "The fee will not increase on 1 April.",
    "The minister announced changes to both lists on 2 March 2026.",
    "The government released its Statement of Changes to the Immigration Rules on 2 March 2026.",
    "The statement of changes laid on 2 March raises the threshold.",
    "The parliament is to pass a law to let in more workers after the parties came to agreement on Monday.",
    "Most places are likely to be filled by the end of April 2026.",
    "Two services had been suspended since January 2026.",
    "The agency will likely move the dates back to August 2023, effective with the June 2026 Visa Bulletin.",
    "The scheme was launched in February 2022. Its new form lets in more trades.",
    "The pay floor of £35,000 applies to applications from April 2030.",
    "The office received more petitions than there are places as of March 2, 2026.",
    "A draft of the guidance was published on 2 March 2026 for comments.",
    "On March 2, 2026 the office issued a final rule on fees.",
    "The contract for the new system will be awarded on 1 April.",
    "The committee's inquiry will begin on 1 April.",
    "In the quarter that began on 1 January, 3,000 permits were issued.",
    "Die Verordnung wurde am 2. März veröffentlicht und tritt am Tag nach der Verkündung in Kraft.",
]


@pytest.mark.parametrize(("text", "day"), CHANGES)
def test_the_day_on_which_something_changes_is_found(text: str, day: str) -> None:
    assert effect(text) == day


@pytest.mark.parametrize("text", NO_CHANGE)
def test_days_on_which_nothing_changes_are_not_effective(text: str) -> None:
    assert effect(text) == ""


def test_what_a_court_stops_has_no_day_of_effect() -> None:
    text = "On January 2 the agency published a rule that alters its fees from April 2; a court stopped it."
    assert effect(text, "Court Blocks April 2 Fee Increases") == ""
    assert effect(text, "New Fees") == "2026-04-02"


def test_what_speaks_of_effect_goes_before_what_is_filed_after_a_day() -> None:
    text = "The change is effective immediately for applications filed on or after March 2, 2026."
    assert effect(text, "New validity for forms signed on or after January 15, 2026") == "2026-03-02"


def test_a_month_without_a_year_counts_only_where_it_is_to_come() -> None:
    assert effect("The ministry will open the route in June.") == "2026-06"
    assert effect("The ministry opened the route in January.") == ""
    assert effect("The ministry will open the route in June.", precision="year") == "2026-06"
