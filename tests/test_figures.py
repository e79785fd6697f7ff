"""Figures from text: invented sentences in the forms and languages of announcements, with what a person reads there.

``expected`` lists ``parameter value currency-or-unit``, then what else the sentence says; nothing else may be found.
"""

from __future__ import annotations

import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from archive.models import Announcement, Figure
from pipelines import amounts
from pipelines.evidence import index_of
from pipelines.figure import BODY, figures
from pipelines.figure_cues import FILE, FigureCueError, load
from pipelines.vocabulary import vocabulary

PUBLISHED = date(2026, 3, 10)


def read(title: str, summary: str = "", body: str = "", **changes: Any) -> list[Figure]:
    values: dict[str, Any] = {"source_id": "xx-example", "url": "https://news.example/1", "published": PUBLISHED}
    return figures(Announcement(title=title, summary=summary, body=body, **values | changes), vocabulary())


def short(figure: Figure) -> str:
    """A figure on one line: what it is, then only what the sentence adds."""
    parts = [figure.programme, figure.parameter, figure.value, figure.currency or figure.unit or "-"]
    if figure.period:
        parts.append(f"/{figure.period}")
    if figure.previous:
        parts.append(f"was {figure.previous}")
    if figure.valid_from:
        parts.append(f"from {figure.valid_from}")
    parts += [f"{key}={value}" for key, value in sorted(figure.dimensions.items())]
    return " ".join(parts)


STATED: list[tuple[str, list[str]]] = [
    # caps
    ("The regular cap of 65,000 for the H-1B has not changed.", ["us-h-1b cap 65000 - category=regular"]),
    (
        "The 65,000 H-1B cap and the 20,000 master's cap were both met.",
        ["us-h-1b cap 65000 -", "us-h-1b cap 20000 - category=masters"],
    ),
    (
        "Congress set an H-1B cap of 65,000 visas a year plus an additional 20,000 for holders of a U.S. "
        "master's degree.",
        ["us-h-1b cap 65000 visas /year", "us-h-1b cap 20000 - /year category=masters"],
    ),
    (
        "The Skilled Worker salary threshold of £38,700 has risen to £41,700 (or £33,400 for new entrants).",
        [
            "gb-skilled-worker salary_threshold 41700 GBP was 38700",
            "gb-skilled-worker salary_threshold 33400 GBP applicant=new-entrant",
        ],
    ),
    (
        "The Immigration Skills Charge climbs by 32% to £1,320 per year for large sponsors and £480 for small firms.",
        ["gb-isc levy 1320 GBP /year sponsor=large", "gb-isc levy 480 GBP /year sponsor=small"],
    ),
    ("A bill would raise the annual H-1B cap from 65,000 to 110,000.", ["us-h-1b cap 110000 - /year was 65000"]),
    (
        "The High Potential Individual route will be capped at 8,000 applications a year from 4 November 2025.",
        ["gb-hpi cap 8000 applications /year from 2025-11-04"],
    ),
    (
        "Start-Up Visa intake is limited to 10 start-ups per designated organization.",
        ["ca-suv cap 10 start-ups per=designated-organization"],
    ),
    (
        "Le quota annuel du Passeport Talent est plafonné à 12 000 titres.",
        ["fr-talent-passport cap 12000 titres /year"],
    ),
    (
        "Das Kontingent für die Chancenkarte beträgt 25.000 Visa pro Jahr.",
        ["de-opportunity-card cap 25000 visa /year"],
    ),
    # fees and levies
    (
        "Under the H-1B order new petitions must carry a US$100,000 payment from September 21, 2025.",
        ["us-h-1b fee 100000 USD from 2025-09-21 applications=new fee=payment"],
    ),
    ("The H-1B registration fee rises from $10 to $215.", ["us-h-1b fee 215 USD was 10 fee=registration"]),
    (
        "The H-1B registration fee will be $215 per registration, instead of $10, starting March 2025.",
        ["us-h-1b fee 215 USD was 10 from 2025-03 fee=registration"],
    ),
    (
        "USCIS raises the premium processing fee for Form I-129 from $2,805 to $2,965 effective March 1, 2026.",
        ["us-premium-processing fee 2965 USD was 2805 from 2026-03-01 form=i-129"],
    ),
    (
        "Premium processing fees: $1,780 for Form I-765, $2,965 for Form I-140.",
        ["us-premium-processing fee 1780 USD form=i-765", "us-premium-processing fee 2965 USD form=i-140"],
    ),
    ("The LMIA fee of C$1,000 per position stays.", ["ca-lmia fee 1000 CAD"]),
    (
        "The Immigration Skills Charge rises to £1,320 a year for large sponsors (previously £1,000) from 16 "
        "December 2025.",
        ["gb-isc levy 1320 GBP /year was 1000 from 2025-12-16 sponsor=large"],
    ),
    ("The Immigration Health Surcharge is £1,035 per year.", ["gb-ihs levy 1035 GBP /year"]),
    (
        "Die Gebühr für die Chancenkarte steigt von 75 Euro auf 100 Euro zum 1. Januar 2027.",
        ["de-opportunity-card fee 100 EUR was 75 from 2027-01-01"],
    ),
    (
        "La taxe du Passeport Talent passe de 225 € à 350 € à compter du 1er mai 2026.",
        ["fr-talent-passport fee 350 EUR was 225 from 2026-05-01"],
    ),
    ("De leges voor de kennismigrant bedragen € 405 per 1 januari 2026.", ["nl-hsm fee 405 EUR from 2026-01-01"]),
    # salary thresholds
    (
        "From 22 July 2025 the Skilled Worker salary threshold rises from £38,700 to £41,700.",
        ["gb-skilled-worker salary_threshold 41700 GBP was 38700 from 2025-07-22"],
    ),
    (
        "The general salary threshold for Skilled Worker visas will increase to £41,700 per year, up from £38,700.",
        ["gb-skilled-worker salary_threshold 41700 GBP /year was 38700"],
    ),
    (
        "The Skilled Worker threshold: the minimum salary is £41,700, or £33,400 for new entrants.",
        [
            "gb-skilled-worker salary_threshold 41700 GBP",
            "gb-skilled-worker salary_threshold 33400 GBP applicant=new-entrant",
        ],
    ),
    (
        "The Employment Pass qualifying salary goes up from S$5,600 to S$6,000 on 1 January 2027.",
        ["sg-ep salary_threshold 6000 SGD was 5600 from 2027-01-01"],
    ),
    (
        "The qualifying monthly salary for an Employment Pass will be S$6,000 (S$6,600 for financial services).",
        ["sg-ep salary_threshold 6000 SGD /month", "sg-ep salary_threshold 6600 SGD sector=financial-services"],
    ),
    (
        "Qualifying salary for the Employment Pass rises from 5,600 to 6,000 Singapore dollars.",
        ["sg-ep salary_threshold 6000 SGD was 5600"],
    ),
    (
        "The Core Skills Income Threshold for the Skills in Demand visa is A$76,515 from 1 July 2025.",
        ["au-sid-482 salary_threshold 76515 AUD from 2025-07-01"],
    ),
    (
        "The AEWV median wage of $33.56 per hour applies from 18 August 2025.",
        ["nz-aewv salary_threshold 33.56 NZD /hour from 2025-08-18 measure=median"],
    ),
    (
        "The minimum annual remuneration for a Critical Skills Employment Permit will be €40,904 from 1 March 2026.",
        ["ie-csep salary_threshold 40904 EUR /year from 2026-03-01"],
    ),
    (
        "Die Gehaltsgrenze für die Blaue Karte EU steigt ab 1. Januar 2026 von 48.300 auf 50.700 Euro im Jahr "
        "in Deutschland.",
        ["de-blue-card salary_threshold 50700 EUR /year was 48300 from 2026-01-01"],
    ),
    (
        "In Deutschland beträgt das Mindestgehalt für die Blaue Karte EU 50.700 Euro, für Engpassberufe "
        "45.934,20 Euro.",
        [
            "de-blue-card salary_threshold 50700 EUR",
            "de-blue-card salary_threshold 45934.20 EUR occupation=shortage",
        ],
    ),
    (
        "Le seuil de rémunération du Passeport Talent passe à 39 582 € brut par an au lieu de 38 475 €.",
        ["fr-talent-passport salary_threshold 39582 EUR /year was 38475"],
    ),
    (
        "Het salariscriterium voor kennismigranten van 30 jaar en ouder wordt € 5.942 bruto per maand (was € 5.688).",
        ["nl-hsm salary_threshold 5942 EUR /month was 5688 applicant=30-or-older"],
    ),
    (
        "Inkomenseis kennismigranten stijgt van 5.688 euro naar 5.942 euro per maand met ingang van 1 januari 2026.",
        ["nl-hsm salary_threshold 5942 EUR /month was 5688 from 2026-01-01"],
    ),
    (
        "Lönekravet för arbetstillstånd höjs från 29 680 kronor till 33 390 kronor i månaden från och med den 1"
        " juni 2026.",
        ["se-work-permit salary_threshold 33390 SEK /month was 29680 from 2026-06-01"],
    ),
    (
        "For a Swedish work permit you must earn at least SEK 29,680 a month.",
        ["se-work-permit salary_threshold 29680 SEK /month"],
    ),
    (
        "For a Swedish work permit the salary must be at least 90% of the median salary from 1 June 2026.",
        ["se-work-permit salary_threshold 90 percent of median from 2026-06-01"],
    ),
    (
        "Danish Pay Limit Scheme: the minimum salary is raised to DKK 514,000 a year.",
        ["dk-pay-limit salary_threshold 514000 DKK /year"],
    ),
    (
        "In Denmark the Pay Limit Scheme has a minimum annual salary of 514,000 kr.",
        ["dk-pay-limit salary_threshold 514000 DKK /year"],
    ),
    (
        "El visado de nómada digital en España exige unos ingresos mínimos de 2.763 euros al mes.",
        ["es-digital-nomad salary_threshold 2763 EUR /month"],
    ),
    (
        "Portugal: o rendimento mínimo do visto D8 passa de 3.280 € para 3.480 € por mês.",
        ["pt-d8 salary_threshold 3480 EUR /month was 3280"],
    ),
    # investment
    (
        "Minimum capital for Japan's Business Manager visa rises from 5 million yen to 30 million yen on "
        "October 16, 2025.",
        ["jp-business-manager minimum_investment 30000000 JPY was 5000000 from 2025-10-16"],
    ),
    (
        "Japan's Business Manager status now asks for a minimum capital of ¥30,000,000.",
        ["jp-business-manager minimum_investment 30000000 JPY"],
    ),
    (
        "EB-5 investors need a minimum investment of $1.05 million, or $800,000 in a targeted employment area.",
        [
            "us-eb-5 minimum_investment 1050000 USD",
            "us-eb-5 minimum_investment 800000 USD area=targeted-employment-area",
        ],
    ),
    # processing times and validity
    ("Global Skills Strategy applications are processed within two weeks.", ["ca-gss processing_time 2 weeks"]),
    ("Canada restores the two-week standard of the Global Skills Strategy.", ["ca-gss processing_time 2 weeks"]),
    (
        "Processing of Global Talent Stream applications takes 10 business days.",
        ["ca-gts processing_time 10 business days"],
    ),
    (
        "The premium processing period for Form I-140 changes from 15 calendar days to 15 business days.",
        ["us-premium-processing processing_time 15 business days was 15 form=i-140"],
    ),
    (
        "The premium processing timeframe for Form I-140 goes from 15 business days to 20 business days.",
        ["us-premium-processing processing_time 20 business days was 15 form=i-140"],
    ),
    (
        "Le délai de traitement du Passeport Talent est de trois semaines.",
        ["fr-talent-passport processing_time 3 weeks"],
    ),
    ("Die Bearbeitungszeit der Chancenkarte beträgt sechs Wochen.", ["de-opportunity-card processing_time 6 weeks"]),
    (
        "El plazo de resolución del visado de nómada digital en España es de 20 días hábiles.",
        ["es-digital-nomad processing_time 20 business days"],
    ),
    ("De beslistermijn voor kennismigranten is twee weken.", ["nl-hsm processing_time 2 weeks"]),
    (
        "Handläggningstiden för arbetstillstånd är 30 dagar för högkvalificerade.",
        ["se-work-permit processing_time 30 days"],
    ),
    (
        "A word on the UK first; Skilled Worker processing times are 3-8 weeks.",
        ["gb-skilled-worker processing_time 3-8 weeks"],
    ),
    (
        "The automatic extension of EADs is increased from up to 180 days to up to 540 days.",
        ["us-ead validity 540 days was 180"],
    ),
    ("The Opportunity Card in Germany is valid for one year.", ["de-opportunity-card validity 1 years"]),
    # draws and registrations
    (
        "On July 5, 2023 IRCC invited 500 candidates in the Express Entry STEM draw with a minimum CRS score of 486.",
        [
            "ca-express-entry draw_size 500 invitations from 2023-07-05 category=Express Entry STEM category",
            "ca-express-entry score 486 points from 2023-07-05 category=Express Entry STEM category",
        ],
    ),
    (
        "Express Entry: 4,500 invitations issued, CRS cut-off 491.",
        ["ca-express-entry draw_size 4500 invitations", "ca-express-entry score 491 points"],
    ),
    (
        "USCIS received 343,981 eligible registrations for the FY 2026 H-1B cap.",
        ["us-h-1b registration_count 343981 registrations status=eligible"],
    ),
    (
        "In the March 2026 Visa Bulletin the EB-2 final action date for India advances from April 1, 2013 to "
        "September 1, 2013.",
        [
            "us-eb-2 cutoff_date 2013-09-01 - was 2013-04-01 from 2026-03-01 chargeability=india "
            "chart=final_action preference=employment",
        ],
    ),
    (
        "USCIS selected 120,141 registrations in the H-1B lottery.",
        ["us-h-1b registration_count 120141 registrations status=selected"],
    ),
]

STATED += [
    (
        "The Employment Pass minimum salary goes from 5,000 Singapore dollars (3,900 US dollars) to 5,600 "
        "by January 1, 2027.",
        ["sg-ep salary_threshold 5600 SGD was 5000 from 2027-01-01"],
    ),
    (
        "The Employment Pass qualifying salary will increase to S$6,000 (US$4,600), up from S$5,600 currently.",
        ["sg-ep salary_threshold 6000 SGD was 5600"],
    ),
    (
        "För arbetstillstånd måste man tjäna minst 90 procent av medianlönen sedan den 1 juni 2026, "
        "minst 33 390 kronor.",
        [
            "se-work-permit salary_threshold 33390 SEK from 2026-06-01",
            "se-work-permit salary_threshold 90 percent of median from 2026-06-01",
        ],
    ),
    (
        "The Express Entry draw issued 4,750 invitations with a minimum Comprehensive Ranking System (CRS) "
        "score of 561.",
        ["ca-express-entry draw_size 4750 invitations", "ca-express-entry score 561 points"],
    ),
]


SILENT = [
    "Older Employment Pass holders need a minimum salary of up to S$11,800.",
    "Die Blaue Karte EU in Deutschland bekam eine Entwicklerin mit einem Jahresbruttogehalt von 50.000 Euro.",
    "Taiwan has issued nearly 600 Employment Gold Cards since the programme began.",
    "USCIS reached the H-1B cap for fiscal year 2026.",
    "The final rule on H-1B registration is published at 90 FR 46027 and amends 8 CFR 214.2.",
    "File Form I-129 and Form I-907 for H-1B premium processing.",
    "Call the H-1B fee hotline at 800-375-5283 for questions.",
    "A Texas man was sentenced for an H-1B visa fraud scheme with $100,000 in fees.",
    "The company paid a fine of $2.5 million over its H-1B visas.",
    "An H-1B staffing firm reported revenue of $3.4 billion.",
    "Comments on the H-1B fee rule are due within 60 days.",
    "H-1B workers earn an average salary of $118,000.",
    "The Immigration Skills Charge rose by 32% on 16 December 2025.",
    "The H-1B fee rises by $500.",
    "The cap on chocolate imports is 65,000 tonnes.",
    "Some 10,000 workers applied before the Skilled Worker deadline in 2024.",
    "The Parents and Grandparents Program has a cap of 15,000 applications this year.",
    "The Skilled Worker salary threshold was £38,700.",
    "The previous Skilled Worker salary threshold of £38,700 no longer applies.",
    "A $1 billion fund will help startups while the H-1B debate goes on.",
    "The Skilled Worker route needs English at level B2 from 8 January 2026.",
    "The Global Skills Strategy is a two-year pilot.",
    "H-1B workers have a 60-day grace period after losing a job.",
    "More than 470,000 people want the H-1B, about five for each place under the cap.",
    "The minimum salary for a UK Skilled Worker is about $56,000 in American money.",
    "Section 214(g) sets the H-1B cap; see docket USCIS-2025-0040.",
    "The H-1B cap season opens on March 7, 2025 at noon.",
    "University tuition fees for F-1 students reach $45,000 a year.",
    "The bill would fund the H-1B office with $20 million in grants.",
    "EB-2 India and EB-3 China final action dates move to May 1, 2014 and June 1, 2021.",
    "O-1 fees range: some pay $460, others $1,055.",
]


@pytest.mark.parametrize(("sentence", "expected"), STATED, ids=range(len(STATED)))
def test_a_sentence_gives_exactly_the_figures_it_states(sentence: str, expected: list[str]) -> None:
    assert sorted(map(short, read(sentence))) == sorted(expected)


@pytest.mark.parametrize("sentence", SILENT)
def test_years_citations_statistics_crimes_and_other_money_are_no_figures(sentence: str) -> None:
    assert [short(f) for f in read(sentence)] == []


def test_every_figure_quotes_the_announcement() -> None:
    for sentence, _ in STATED:
        text = f"Some news before. {sentence} Some news after."
        for figure in read("A headline", text):
            assert figure.quote in text
            assert figure.quote.startswith(sentence[:12])
            assert figure.rule.startswith("text:")


def test_the_programme_may_stand_in_the_sentence_before_or_behind_or_in_the_title() -> None:
    fee = "The registration fee rises from $10 to $215."
    assert [short(f) for f in read("News", f"H-1B petitions get dearer. {fee}")] == [
        "us-h-1b fee 215 USD was 10 fee=registration"
    ]
    assert read("News", f"{fee} It is for H-1B petitions.")[0].rule == "text:fee:behind"
    assert read("H-1B: what is new", f"A word first. Another word. {fee}")[0].rule == "text:fee:title"
    far = f"H-1B petitions get dearer. A word first. Another word. {fee} More to come. Even more."
    assert read("News", body=far) == []


def test_no_programme_no_figure_and_two_programmes_beside_the_sentence_are_none() -> None:
    assert read("News", "The registration fee rises from $10 to $215.") == []
    assert read("News", "H-1B and O-1 petitions get dearer. The registration fee rises from $10 to $215.") == []


def test_joined_programmes_share_a_figure() -> None:
    found = read("Filing fees for H-1B and L-1 petitions rise to $780.")
    assert sorted(f.programme for f in found) == ["us-h-1b", "us-l-1"]


def test_a_dollar_is_that_of_the_programmes_country_unless_it_may_be_a_conversion() -> None:
    assert read("Employment Pass salary threshold to be raised to $6,000 from 2027")[0].currency == "SGD"
    assert read("Singapore to raise minimum salary for Employment Pass to $4,729") == []
    at_home = read("Minimum salary for Employment Pass to be $4,729", url="https://paper.sg/1")
    assert at_home[0].currency == "SGD"
    assert read("Skilled Worker minimum salary rises to $56,000") == []


def test_figures_of_a_reader_are_kept_and_never_contradicted() -> None:
    exact = Figure("ca-express-entry", "draw_size", "4500", "row", "ca-ee-rounds:drawSize", series="draws")
    text = "Express Entry: 4,400 invitations issued, CRS cut-off 491."
    found = read(text, figures=[exact])
    assert [f.parameter for f in found] == ["score"]


def test_what_is_said_twice_is_given_once_with_the_better_date() -> None:
    found = read(
        "H-1B registration fee to be $215", "The H-1B registration fee will be $215, up from $10, from March 4, 2025."
    )
    assert [short(f) for f in found] == ["us-h-1b fee 215 USD was 10 from 2025-03-04 fee=registration"]


def test_of_two_claims_about_one_line_in_one_announcement_the_first_stands() -> None:
    found = read("News", "The H-1B registration fee is $215. A blog says the H-1B registration fee is $300.")
    assert [f.value for f in found] == ["215"]


def test_amounts_that_a_sentence_does_not_tell_apart_are_left_out() -> None:
    assert read("H-1B filing fees are $460, $730 and $1,055.") == []


def test_series_are_stable_names() -> None:
    assert read("The H-1B cap of 65,000 stays.")[0].series == "h-1b/annual-cap"
    assert read("The H-1B master's cap of 20,000 stays.")[0].series == "h-1b/annual-cap/masters"
    assert read("Skilled Worker minimum salary is £33,400 for new entrants.")[0].series == (
        "skilled-worker/salary-threshold/new-entrant"
    )
    assert read("Express Entry draw: IRCC invited 3,000 candidates.")[0].series == "draws"


def test_a_day_without_a_year_is_the_nearest_to_publication() -> None:
    text = "The H-1B registration fee rises to $215 from 4 April."
    assert read(text)[0].valid_from == "2026-04-04"
    assert read(text, published=datetime(2025, 12, 30, 9, tzinfo=UTC))[0].valid_from == "2026-04-04"
    assert read(text, published=None)[0].valid_from == ""


def test_only_the_beginning_of_a_body_is_read_and_long_sentences_are_quoted_in_part() -> None:
    filler = "Nothing here matters much. " * 400
    assert read("H-1B news", body=filler + "The H-1B registration fee is $215.") == []
    assert len(filler) > BODY
    long = "The H-1B registration fee, " + "which many pay, " * 60 + "and the H-1B registration fee is $215."
    quote = read("News", long)[0].quote
    assert len(quote) <= 500 and quote in long and "$215" in quote


def test_a_reading_made_elsewhere_gives_the_same() -> None:
    item = Announcement("xx", "https://n.example/", "The 65,000 H-1B cap stays", summary="A lead.", published=PUBLISHED)
    reading = index_of(vocabulary()).read(item, "")
    assert figures(item, vocabulary(), reading) == figures(item, vocabulary())
    assert item.figures == []


NUMBERS = [
    ("65,000 visas", "65000", "count", ""),
    ("65 000 visas", "65000", "count", ""),
    ("65\u202f000 visas", "65000", "count", ""),
    ("65.000 Visa", "65000", "count", ""),
    ("1.234.567 Visa", "1234567", "count", ""),
    ("3.4 million people", "3400000", "count", ""),
    ("US$100,000", "100000", "money", "USD"),
    ("$100K", "100000", "money", "$"),
    ("S$5,600", "5600", "money", "SGD"),
    ("C$155.00", "155", "money", "CAD"),
    ("A$70,000", "70000", "money", "AUD"),
    ("NZD$31.61", "31.61", "money", "NZD"),
    ("€39,582", "39582", "money", "EUR"),
    ("45 300 EUR", "45300", "money", "EUR"),
    ("41.041,80 Euro", "41041.80", "money", "EUR"),
    ("SEK 28,480", "28480", "money", "SEK"),
    ("512.000 kr.", "512000", "money", "kr"),
    ("¥5,000,000", "5000000", "money", "¥"),
    ("30 million yen", "30000000", "money", "JPY"),
    ("₹10 lakh", "1000000", "money", "INR"),
    ("Rs 1,00,000", "100000", "money", "INR"),
    ("CHF 8'500", "8500", "money", "CHF"),
    ("£1.5m", "1500000", "money", "GBP"),
    ("1.780 US dollars", "1780", "money", "USD"),
    ("two weeks", "2", "duration", "weeks"),
    ("10 business days", "10", "duration", "business days"),
    ("15 calendar days", "15", "duration", "calendar days"),
    ("six à huit: 6 à 8 semaines", "6-8", "duration", "weeks"),
    ("zehn Werktage", "10", "duration", "business days"),
    ("15 días hábiles", "15", "duration", "business days"),
    ("trois mois", "3", "duration", "months"),
    ("två år", "2", "duration", "years"),
    ("80 procent", "80", "percent", ""),
    ("12,5 %", "12.5", "percent", ""),
]


@pytest.mark.parametrize(("text", "value", "kind", "unit"), NUMBERS)
def test_amounts_in_every_form(text: str, value: str, kind: str, unit: str) -> None:
    found = amounts.find(f"It is {text}, they say.")
    assert [(a.value, a.kind, a.currency or a.unit) for a in found] == [(value, kind, unit)]
    assert f"It is {text}, they say."[found[0].start : found[0].end].strip() in text


@pytest.mark.parametrize(
    "text",
    ["in 2026", "Form I-129", "90 FR 46027", "8 CFR 214.2", "call 202-555-0123", "FR 2025-18601", "No. 24", "HC 1333",
     "16.08.2023", "Directive 2021/1883", "at 12:01", "subclass 482", "FY2027", "the 20th", "EB-5", "Section 4"],
)  # fmt: skip
def test_names_and_dates_are_no_amounts(text: str) -> None:
    assert [a for a in amounts.find(f"See {text} for more.") if a.kind != "duration"] == []


def test_a_broken_file_of_cues_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "cues.toml"
    broken.write_text("[parameters]\n", encoding="utf-8")
    with pytest.raises(FigureCueError, match=r"cues\.toml: lacks \[other\]"):
        load(broken)
    broken.write_text(
        FILE.read_text(encoding="utf-8").replace('amounts = ["count"]', 'amounts = ["stones"]', 1), "utf-8"
    )
    with pytest.raises(FigureCueError, match=r"stones.*allowed: money, count, percent, duration"):
        load(broken)
    broken.write_text("not = [toml", encoding="utf-8")
    with pytest.raises(FigureCueError, match="not valid TOML"):
        load(broken)


def test_ordinary_news_costs_little() -> None:
    plain = "The ministry opened a new office in the old town and thanked its 40 staff for 25 years of work. " * 15
    item = Announcement("xx", "https://n.example/", "An office opens", body=plain, published=PUBLISHED)
    figures(item, vocabulary())
    started = time.perf_counter()
    for _ in range(200):
        assert figures(item, vocabulary()) == []
    assert (time.perf_counter() - started) / 200 < 0.002  # generous: a loaded machine must not fail this
