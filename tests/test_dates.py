"""Key dates: what a sentence says of a day, in invented sentences in the idioms of registers and newsrooms."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.models import Announcement, KeyDate
from pipelines.date import comment_deadline, effective_date, key_dates
from pipelines.date_rules import CUES, KINDS, cues, triggers
from pipelines.moments import find
from pipelines.sentences import sentences

PUBLISHED = date(2026, 3, 5)  # a Thursday


def prose(dates: str) -> list[KeyDate]:
    return key_dates(Announcement("us-fr", "https://example.org/1", "", attributes={"dates": dates}))


def news(
    text: str, published: date | datetime | None = PUBLISHED, language: str = "en", title: str = "News"
) -> list[KeyDate]:
    item = Announcement("press", "https://example.org/2", title, summary=text, published=published, language=language)
    return key_dates(item)


def told(dates: list[KeyDate]) -> list[tuple[str, str]]:
    return [(d.kind, d.date) for d in dates]


def main(dates: list[KeyDate]) -> tuple[str, str]:
    effect, deadline = effective_date(dates), comment_deadline(dates)
    return (effect.date if effect else "", deadline.date if deadline else "")


#: (sentence of a newsroom or a ministry, the effective date)
NEWS = [
    ("From 4 May 2026 the general threshold rises to 40,000 a year.", "2026-05-04"),
    ("4 May 2026 is when the new list comes into force.", "2026-05-04"),
    ("On 4 May 2026 the new instrument came into effect.", "2026-05-04"),
    ("The ministry announced on 2 March 2026 that the levy will increase to 29.66 on 4 May 2026.", "2026-05-04"),
    ("On March 2, 2026 the agency announced that from May 4, 2026 it will pause the service.", "2026-05-04"),
    ("The agency published the rule on December 29, 2025; it becomes effective May 4, 2026.", "2026-05-04"),
    ("The agency posted guidance on the March 2, 2026 proclamation, effective 12:01 am EDT on May 4.", "2026-05-04"),
    ("The first regulations came into force in stages by June 2026; the first part on 18 May 2026.", "2026-05-18"),
    ("The new pass opens the week of May 4.", "2026-05-04"),
    ("Salaries of new staff must reach the level for contracts signed on or after May 4, 2026.", "2026-05-04"),
    ("By May 4, 2026 the office will change its fees.", "2026-05-04"),
    ("The rules take effect today.", "2026-03-05"),
    ("The expansion formally took effect today, 5 March 2026, after a long wait.", "2026-03-05"),
    ("The Government today (March 5) launched three measures.", "2026-03-05"),
    ("The stricter requirement is effective on Thursday.", "2026-03-05"),
    ("The stricter requirement will be effective on Thursday.", "2026-03-12"),
    ("The stricter requirement took effect on Wednesday.", "2026-03-04"),
    ("New fees apply from tomorrow.", "2026-03-06"),
    ("Effective October 26 the paper form ends.", "2025-10-26"),
    ("The stricter rules kick in on 4 May.", "2026-05-04"),
    ("The new form becomes mandatory on May 4.", "2026-05-04"),
    ("Come 4 May, trainees can no longer be sponsored.", "2026-05-04"),
    ("On 4 May the floor moves up to 40,000.", "2026-05-04"),
    ("The online checks begin May 4.", "2026-05-04"),
    ("Petitions postmarked May 4, 2026 or later need the new form.", "2026-05-04"),
    ("Since 2 March the pass has been open to nurses.", "2026-03-02"),
    ("The pass has been open to nurses since 2 March 2026.", "2026-03-02"),
    ("Employers brace for the 4 May pay rise.", "2026-05-04"),
    ("Budget for May 4, when the levy for permits doubles.", "2026-05-04"),
    ("The office takes no more paper forms after May 4.", "2026-05-04"),
    ("The amounts, which apply per 4 May 2026, were indexed.", "2026-05-04"),
    ("The list changes on the 16th.", "2026-03-16"),
    ("The fast track opens next month.", "2026-04"),
    ("The scheme went live on Sunday.", "2026-03-01"),
    ("The window for the pass opens on May 4.", "2026-05-04"),
    ("The department is adding four fields to its list as of May 4, 2026.", "2026-05-04"),
    ("Senators introduced the bill on March 2, 2026.", ""),
    ("Permits issued since 1 October 2025 fell by a tenth.", ""),
    ("The last increase was on 1 January 2024.", ""),
    ("Talks on visas opened on 3 March 2026.", ""),
    ("The arguments over the fee start on March 20.", ""),
    ("The pass replaced the old permit on 1 December 2020, and costs have doubled.", ""),
    ("As of February 28, 2026, the department was processing files of last autumn.", ""),
    ("The portal was unavailable from March 2.", ""),
    ("On March 2, 2026 the agency announced that it reached the cap.", ""),
    ("The agency published a final rule on March 2, 2026.", ""),
    ("The White Paper of 12 May 2025 sets out plans.", ""),
    ("The office published another statement of changes on 14 October 2025.", ""),
    ("The fund was created on 4 June 2011 and the agency was founded on March 1, 2003.", ""),
    ("The minister said on Tuesday that talks continue.", ""),
    ("The levy will rise from 300 to 400 a month, the minister said on Monday.", ""),
    ("The fee reflects prices from June 2023 through June 2025.", ""),
    ("A random draw follows for the fiscal year starting October 1, 2026.", ""),
    ("In the hearing on March 12, 2026 the court will hear both sides.", ""),
    ("The threshold is 38,700 for 2026 and the season 2026-27.", ""),
]


@pytest.mark.parametrize(("text", "effective"), NEWS)
def test_a_date_is_effective_only_where_the_sentence_says_so(text: str, effective: str) -> None:
    assert main(news(text))[0] == effective


#: (language, text, every key date in order)
LANGUAGES = [
    ("fr", "Le décret publié le 3 mars 2026 entre en vigueur le 1er avril 2026.", [("effective", "2026-04-01")]),
    ("fr", "À compter du 1er mai 2026, le seuil passe à 45 000 euros.", [("effective", "2026-05-01")]),
    ("fr", "Le seuil grimpe le 4 mai.", [("effective", "2026-05-04")]),
    ("fr", "Dès demain, le dépôt se fait en ligne.", [("effective", "2026-03-06")]),
    ("fr", "Le Sénat examinera le texte à partir du 12 mars.", []),
    ("de", "Die Karte startet am 4. Mai.", [("effective", "2026-05-04")]),
    ("de", "Das Modell ist ab 1.4. anwendbar.", [("effective", "2026-04-01")]),
    ("de", "Die Novelle ist am Montag in Kraft getreten.", [("effective", "2026-03-02")]),
    ("de", "Seit dem 1. November 2025 wurden 900 Visa erteilt.", []),
    ("es", "El mínimo sube el 4 de mayo.", [("effective", "2026-05-04")]),
    ("es", "El Congreso debatirá la ley el 12 de marzo.", []),
    ("nl", "Op 4 mei gaan de bedragen omhoog.", [("effective", "2026-05-04")]),
    ("nl", "De Kamer stemt op 12 maart.", []),
    ("pt", "A partir do próximo dia 4 de maio, os pedidos são online.", [("effective", "2026-05-04")]),
    ("sv", "Lönegolvet höjs den 4 maj.", [("effective", "2026-05-04")]),
    ("sv", "Riksdagen röstar den 12 mars.", []),
    ("fr", "La mesure est valable jusqu'au 31 décembre 2027.", [("expiry", "2027-12-31")]),
    ("fr", "Les observations sont reçues jusqu'au 30 juin 2026.", [("comment_deadline", "2026-06-30")]),
    ("de", "Das Gesetz vom 16. August 2025 tritt am 18. Mai 2026 in Kraft.", [("effective", "2026-05-18")]),
    ("de", "Die Regelung gilt ab dem 1. Mai 2026.", [("effective", "2026-05-01")]),
    ("de", "Die Verordnung gilt bis zum 31. Dezember 2027.", [("expiry", "2027-12-31")]),
    ("de", "Stellungnahmen sind bis zum 5. Mai 2026 möglich.", [("comment_deadline", "2026-05-05")]),
    ("es", "El decreto, publicado el 3 de marzo de 2026, entrará en vigor el 1 de mayo de 2026.",
     [("effective", "2026-05-01")]),
    ("es", "A partir del 1 de mayo de 2026 sube el umbral.", [("effective", "2026-05-01")]),
    ("es", "La consulta pública está abierta hasta el 4 de junio de 2026.", [("comment_deadline", "2026-06-04")]),
    ("nl", "Met ingang van 1 mei 2026 geldt een hogere norm.", [("effective", "2026-05-01")]),
    ("nl", "Het besluit van 3 maart 2025 treedt op 1 juli 2026 in werking.", [("effective", "2026-07-01")]),
    ("nl", "De regeling geldt tot 1 januari 2028.", [("expiry", "2028-01-01")]),
    ("pt", "A portaria, publicada em 3 de março de 2026, entra em vigor a 1 de maio de 2026.",
     [("effective", "2026-05-01")]),
    ("pt", "A consulta pública decorre até 4 de junho de 2026.", [("comment_deadline", "2026-06-04")]),
    ("sv", "Reglerna träder i kraft den 1 juni 2026.", [("effective", "2026-06-01")]),
    ("sv", "Lönekravet gäller från och med den 1 juni 2026.", [("effective", "2026-06-01")]),
    ("sv", "Synpunkter ska lämnas senast den 4 maj 2026.", [("comment_deadline", "2026-05-04")]),
]  # fmt: skip


@pytest.mark.parametrize(("language", "text", "expected"), LANGUAGES)
def test_seven_languages_are_read(language: str, text: str, expected: list[tuple[str, str]]) -> None:
    assert told(news(text, language=language)) == expected


def test_the_language_is_recognised_when_it_is_not_given() -> None:
    text = (
        "Les règles pour les salariés sont dans le décret et une carte est créée. Il entre en vigueur le 1er mai 2026."
    )
    assert told(news(text, language="", title="Une réforme")) == [("effective", "2026-05-01")]


KINDS_TOLD = [
    ("Registration opens on April 6, 2026 and runs through April 20, 2026.",
     [("window_open", "2026-04-06"), ("window_close", "2026-04-20"), ("effective", "2026-04-06")]),
    ("The stream closed on 18 February 2026 after two days.", [("window_close", "2026-02-18")]),
    ("Holders of a current certificate may still apply under the old rules until 30 June 2026.",
     [("grandfather_until", "2026-06-30")]),
    ("Employers must comply with the new criteria by 31 December 2026.", [("transition_until", "2026-12-31")]),
    ("The decree was signed on 14 February 2026.", [("signed", "2026-02-14")]),
    ("The list remains in force until the end of 2026.", [("expiry", "2026")]),
    ("The rule is effective April 6, 2026 through October 6, 2026.",
     [("effective", "2026-04-06"), ("expiry", "2026-10-06")]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), KINDS_TOLD)
def test_each_kind_of_date_is_told_apart(text: str, expected: list[tuple[str, str]]) -> None:
    assert told(news(text)) == expected


def test_clock_time_and_zone_are_kept_when_they_are_given() -> None:
    (found,) = news("The order is effective as of 12:01 a.m. EDT on September 21, 2026.")
    assert (found.date, found.time, found.zone, found.precision) == ("2026-09-21", "00:01", "EDT", "day")
    found, _ = news("Registration opens at noon Eastern on April 6, 2026.")
    assert (found.time, found.zone) == ("12:00", "America/New_York")
    (found,) = news("Der Erlass tritt am 1. Juni 2026 um 8:30 Uhr in Kraft.", language="de")
    assert (found.time, found.zone) == ("08:30", "")


@pytest.mark.parametrize(
    ("text", "trigger"),
    [
        ("Requests postmarked on or after May 4, 2026 must include the new fee.", "postmarked"),
        ("The fee is due for petitions filed on or after May 4, 2026.", "filed"),
        ("Where a Certificate of Sponsorship is assigned from 4 May 2026 it applies.", "certificate assigned"),
        ("Persons who entered on or after May 4, 2026 need a bond.", "entered"),
        ("The standard applies to cases decided on or after May 4, 2026.", "decided"),
        ("The level counts for new applications from 4 May 2026.", "application"),
        ("Rules change from 4 May 2026.", ""),
    ],
)  # fmt: skip
def test_what_has_to_happen_on_the_day_is_told(text: str, trigger: str) -> None:
    (found,) = news(text)
    assert (found.kind, found.date, found.applies_to) == ("effective", "2026-05-04", trigger)


def test_renewals_have_their_own_date_where_new_applications_have_another() -> None:
    text = "The level counts for new applications from 1 May 2026 and for renewal applications from 1 May 2027."
    assert told(news(text)) == [("effective", "2026-05-01"), ("effective_renewals", "2027-05-01")]


def test_months_stay_months_and_a_day_goes_before_them() -> None:
    (found,) = news("The levy will rise from January 2027.")
    assert (found.date, found.precision) == ("2027-01", "month")
    assert main(news("The levy will rise from May 2026. It takes effect on 4 May 2026."))[0] == "2026-05-04"


def test_computed_days_are_marked_as_computed_and_stated_ones_go_first() -> None:
    (found,) = prose_on("Comments may be sent within 60 days of publication.")
    assert (found.kind, found.date) == ("comment_deadline", "2026-05-04")
    assert found.rule.endswith(":computed")
    both = prose_on("Comments close 60 days after publication. Comments must be received by April 20, 2026.")
    assert main(both)[1] == "2026-04-20"
    assert news("Fees rise from tomorrow.")[0].rule.endswith(":computed")
    assert not news("Fees rise from 6 March 2026.")[0].rule.endswith(":computed")


def prose_on(dates: str) -> list[KeyDate]:
    item = Announcement("us-fr", "https://example.org/1", "", attributes={"dates": dates}, published=PUBLISHED)
    return key_dates(item)


def test_nothing_is_computed_without_a_day_of_publication() -> None:
    assert news("The rules take effect today, or on Thursday, or on May 4.", published=None) == []
    assert prose("Comments may be sent within 60 days of publication. Effective upon publication.") == []


def test_a_time_of_publication_counts_as_its_day() -> None:
    assert told(news("Rules take effect today.", published=datetime(2026, 3, 5, 22, tzinfo=UTC))) == [
        ("effective", "2026-03-05")
    ]


def test_an_expiry_counted_from_the_effective_date_is_computed() -> None:
    found = news(
        "The ban is effective at 12:01 a.m. EST on January 31, 2026. It shall expire, unless extended, "
        "one month after the effective date of this order."
    )
    assert told(found) == [("effective", "2026-01-31"), ("expiry", "2026-02-28")]
    assert found[1].rule.endswith(":computed")


def test_structured_dates_come_first_and_are_completed_but_never_repeated() -> None:
    structured = KeyDate("effective", "2026-05-04", "effective_on: 2026-05-04", "us-fr:effective_on")
    item = Announcement(
        "us-fr", "https://example.org/1", "A rule", key_dates=[structured],
        attributes={"dates": "This rule is effective at 12:01 a.m. EDT on May 4, 2026. Parts take effect June 1, 2026"},
    )  # fmt: skip
    found = key_dates(item)
    assert told(found) == [("effective", "2026-05-04"), ("effective", "2026-06-01")]
    assert (found[0].rule, found[0].time, found[0].zone) == ("us-fr:effective_on", "00:01", "EDT")
    assert structured.time == ""
    assert item.key_dates == [structured]


def test_the_quote_is_the_sentence() -> None:
    (found,) = news("Talks were long, said Mr. Low. The fee rises from 4 May 2026 at 9 a.m. for all. Others wait.")
    assert found.quote == "The fee rises from 4 May 2026 at 9 a.m. for all."


def test_a_long_body_is_read_near_its_top_with_strong_cues_only() -> None:
    body = "The order takes effect on May 4, 2026.\n" + "From May 9, 2026 words follow.\n" + "Words. " * 9000
    item = Announcement(
        "press", "https://example.org/3", "Order", summary="An order.", body=body + "Effective May 5, 2026."
    )
    assert told(key_dates(item)) == [("effective", "2026-05-04")]


def test_the_register_is_not_read_with_weak_cues() -> None:
    text = "From May 4, 2026 the committee will review fees."
    item = Announcement("us", "https://www.federalregister.gov/d/2026-00001", "A notice", summary=text)
    assert key_dates(item) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5/14/2026", ["2026-05-14"]),
        ("4/5/2026", []),
        ("4.5.2026", ["2026-05-04"]),
        ("2026-05-04", ["2026-05-04"]),
        ("2026-00321, 2025-26, 2026/123, 1-800-555-0199, $2026", []),
        ("31 June 2026 and February 30, 2026", []),
        ("65,000 May apply; the march 5 rows", []),
        ("May 4-6, 2026", ["2026-05-04"]),
        ("June 15 through June 18, 2026", ["2026-06-15", "2026-06-18"]),
        ("1er mai 2026, 1. Mai 2026, 1 de mayo de 2026, 1 mei 2026, 1 de maio de 2026, 1 maj 2026",
         ["2026-05-01"] * 6),
    ],
)  # fmt: skip
def test_written_dates_are_recognised_and_other_numbers_are_not(text: str, expected: list[str]) -> None:
    assert [m.iso() for m in find(text)] == expected


def test_slashes_follow_the_source() -> None:
    assert [m.iso() for m in find("4/5/2026", month_first=True)] == ["2026-04-05"]
    assert [m.iso() for m in find("4/5/2026", month_first=False)] == ["2026-05-04"]


@given(st.text(max_size=300), st.dates(date(1990, 1, 1), date(2090, 1, 1)))
def test_any_text_is_read_without_error_and_split_without_loss(text: str, published: date) -> None:
    item = Announcement("press", "https://example.org/4", text, summary=text, body=text, published=published)
    for found in key_dates(item):
        assert found.kind in KINDS
        assert re.fullmatch(r"\d{4}(-\d{2}(-\d{2})?)?", found.date)
    assert "".join(text[a:b] for a, b in sentences(text)) == text


@given(
    st.dates(date(1995, 1, 1), date(2090, 12, 31)), st.sampled_from(["%B %-d, %Y", "%-d %B %Y", "%Y-%m-%d", "%d.%m.%Y"])
)
def test_every_day_is_read_in_every_form(day: date, form: str) -> None:
    text = f"The rule is effective {day.strftime(form)}."
    assert told(news(text, published=None)) == [("effective", day.isoformat())]


def test_cues_are_complete_and_know_every_kind() -> None:
    assert CUES.is_file()
    given_kinds = {kind for language in cues().values() for rule in language.rules for kind in rule.kinds}
    assert given_kinds == set(KINDS)
    assert {name for name, _ in triggers().names} >= {"postmarked", "filed", "received", "decided", "entered"}
    for code, language in cues().items():
        assert {"effective", "expiry", "comment_deadline"} <= {k for r in language.rules for k in r.kinds}, code


def test_the_name_of_a_programme_is_nobody_s_arrival() -> None:
    dates = news("News.", date(2017, 6, 1), title="Points for French in Express Entry from 6 June 2017")
    assert [(d.kind, d.date, d.applies_to) for d in dates] == [("effective", "2017-06-06", "")]
    (real,) = news("The fee is due for every entry from 6 June 2017", date(2017, 6, 1))
    assert real.applies_to == "entered"


@pytest.mark.parametrize(
    ("source", "published", "day"),
    [
        ("gb-notices", datetime(2017, 7, 13, 23, 15, tzinfo=UTC), "2017-07-14"),
        ("gb-notices", datetime(2017, 12, 13, 23, 15, tzinfo=UTC), "2017-12-13"),
        ("us-notices", datetime(2017, 7, 14, 2, 0, tzinfo=UTC), "2017-07-13"),
        ("us-notices", datetime(2017, 7, 14, tzinfo=UTC), "2017-07-14"),  # midnight: a day that a feed wrote as a time
        ("us-notices", date(2017, 7, 14), "2017-07-14"),
        ("news-wire", datetime(2017, 7, 13, 23, 15, tzinfo=UTC), "2017-07-13"),
    ],
)
def test_today_is_the_publisher_s_today(source: str, published: datetime | date, day: str) -> None:
    item = Announcement(source, "https://example.org/a", "Permit fee rises from today", published=published)
    assert [(d.kind, d.date) for d in key_dates(item)] == [("effective", day)]


def test_answers_that_are_welcome_until_a_day_have_a_deadline() -> None:
    dates = news("Levels plan. Answers are welcome until August 31.", date(2017, 7, 5))
    assert [(d.kind, d.date) for d in dates] == [("comment_deadline", "2017-08-31")]
