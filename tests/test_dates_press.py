"""Effective dates as the press, law firms and ministries write them, in all languages that are read.

The sentences are invented, in the forms that newsrooms use.
"""

from __future__ import annotations

from datetime import date

import pytest

from archive.models import Announcement, Precision
from pipelines.at_once import at_once
from pipelines.date import effective_date, key_dates
from pipelines.date_section import is_register
from pipelines.moments import dated, find
from pipelines.sentences import sentences

PUBLISHED = date(2026, 3, 5)


def effect(text: str, language: str = "", published: date = PUBLISHED, precision: Precision = "day") -> str:
    item = Announcement(
        "press", "https://example.org/2", "News", summary=text, published=published, published_precision=precision,
        language=language,
    )  # fmt: skip
    found = effective_date(key_dates(item))
    return found.date if found else ""


STATED = [
    # verbs that say that a change applies
    ("On 2 March applications opened for the new route.", "2026-03-02"),
    ("New routes for trainees are launching on Monday, 4 May 2026, in place of the old one.", "2026-05-04"),
    ("On 4 May 2026 amending regulations replaced the old class.", "2026-05-04"),
    ("Workers were classed from March 2, and full implementation began on March 4.", "2026-03-04"),
    ("The change takes effect for students who ask for a study permit on or after May 4, 2026.", "2026-05-04"),
    ("The floor has risen to 40,000 a year, for applications filed after 4 May 2026.", "2026-05-04"),
    ("The agency will resume the fast track today for cap cases.", "2026-03-05"),
    ("The office reopened its portal Tuesday.", "2026-03-03"),
    ("Canada ended the stream at 2 p.m. ET on March 2, 2026.", "2026-03-02"),
    ("A programme will grant residence to founders starting May 4.", "2026-05-04"),
    ("New pay levels come on stream on 4 May.", "2026-05-04"),
    ("In January the prime minister announced a bill that will change the rules from 4 May 2026.", "2026-05-04"),
    ("The ministry announced on 2 March 2026 the launch of the pilot.", "2026-03-02"),
    # closures
    ("The programme expires on May 4, 2026, which leaves graduates one way.", "2026-05-04"),
    ("The scheme takes its last applications on 4 May 2026.", "2026-05-04"),
    ("The office is shutting the stream to new applications after 23:59 ET on 4 May 2026.", "2026-05-04"),
    # what applies at once
    ("On March 2, 2026 the agency released a memorandum, effective immediately, on pending cases.", "2026-03-02"),
    ("On 2 March the minister announced major and immediate policy amendments.", "2026-03-02"),
    ("The decree was issued on 2 March 2026. It took immediate effect on the date of issuance.", "2026-03-02"),
    # several dates
    ("The rule was to become effective on March 9, 2026; its effective date is being delayed until May 4, 2026.",
     "2026-05-04"),
    ("The office is moving the date on which filers begin to use the form from March 9, 2026 to May 4, 2026.",
     "2026-05-04"),
    ("The rules, which the Cabinet approved on 2 March 2026, will apply from 4 May 2026.", "2026-05-04"),
    ("The waiver ended as of 2/28/26 and a new procedure is effective 3/1/26.", "2026-03-01"),
    # history, announcements, deadlines and days of something else
    ("The statement was laid before Parliament on 2 March 2026.", ""),
    ("On 2 March 2026 the minister laid before Parliament a statement; this note is on the routes.", ""),
    ("The agency restores the data in effect on March 2.", ""),
    ("On March 2, 2026 the board held that an amended petition is needed when the place of work changes.", ""),
    ("The proposal could replace open-ended stays; it was sent to the budget office on March 2.", ""),
    ("The injunction stops the agency from taking the new amounts on April 2.", ""),
    ("The cap was reached within the filing window from April 1 to April 7.", ""),
    ("The ministry invited 3,000 people to apply for residence in a draw on March 4.", ""),
    ("Lists are due to be effective from mid 2026.", ""),
    ("Insurers must submit their intent by September 2, 2026.", ""),
    ("Unions filed suit on March 3, 2026 to stop the fee.", ""),
    ("The 04/01/24 edition is valid.", ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "day"), STATED)
def test_a_change_that_applies_is_told_from_other_days(text: str, day: str) -> None:
    assert effect(text, "en") == day


#: (text, the effective date), the language being recognised
ABROAD = [
    ("Le texte du 15 février 2026, entré en vigueur le 1er mars dernier, fixe un seuil.", "2026-03-01"),
    ("La loi du 2 février 2026, parue le 3 février 2026, entrera en vigueur le 4 mai 2026.", "2026-05-04"),
    ("Ce programme disparaîtra le 4 mai 2026.", "2026-05-04"),
    ("Le programme prend fin le 4 mai", "2026-05-04"),
    ("Le 1er mars, les règles de ce visa ont évolué.", "2026-03-01"),
    ("La ministre annonce aujourd'hui le lancement du programme pilote.", "2026-03-05"),
    ("Zum 4. Mai 2026 steigt die Grenze auf 48.300 Euro.", "2026-05-04"),
    ("Das Kontingent wurde am 2. März halbiert.", "2026-03-02"),
    ("La norma rige desde el 4 de mayo de 2026.", "2026-05-04"),
    ("Pubblicato il 2 marzo, il decreto entrerà in vigore il prossimo 4 maggio.", "2026-05-04"),
    ("È stato pubblicato il 2 marzo ed è in vigore dal 3 un decreto.", "2026-03-03"),
    ("Nowe przepisy obowiązują od 4 maja 2026 r., lecz nie dla wszystkich.", "2026-05-04"),
    ("Dnia 2 marca 2026 r. Ministerstwo podjęło decyzję o zawieszeniu programu.", "2026-03-02"),
    ("4. května 2026 vstupuje v účinnost nařízení vlády, které mění pravidla.", "2026-05-04"),
    ("Den nye liste træder i kraft den 4. maj 2026.", "2026-05-04"),
    ("Uusi raja tulee voimaan 4. toukokuuta 2026.", "2026-05-04"),
    ("2026年5月4日から、在留手続きの手数料が改定された。", "2026-05-04"),
    ("改正省令は3月2日に公布され、令和8年5月4日に施行されます。", "2026-05-04"),
    ("手数料の引上げは5月4日以降の申請に適用される。", "2026-05-04"),
    ("政府は2026年3月2日、受け入れ見込み数を閣議決定した。", ""),
    ("新规自2026年5月4日起施行。", "2026-05-04"),
    ("许可制度自2025年4月1日在全国实施以来起到积极作用。", ""),
    ("새 비자 제도가 2일 시행됐다.", "2026-03-02"),
    ("법무부는 오는 5월 4일부터 제도를 시행한다고 밝혔다.", "2026-05-04"),
    ("개선안이 다음 달 1일부터 시행된다.", "2026-04-01"),
    ("임금요건이 내년 1월 1일부터 인상된다.", "2027-01-01"),
    ("법무부는 2026년 3월 2일 개편 계획을 발표했다.", ""),
]


@pytest.mark.parametrize(("text", "day"), ABROAD)
def test_the_same_in_other_languages(text: str, day: str) -> None:
    assert effect(text) == day


def test_of_a_month_the_day_that_the_text_names_counts() -> None:
    item = Announcement(
        "press", "https://example.org/2", "Thresholds rise, effective May 2026", published=PUBLISHED,
        summary="From May 4, 2026 posts must pay more.",
    )  # fmt: skip
    found = effective_date(key_dates(item))
    assert found is not None and found.date == "2026-05-04"


def test_what_will_come_on_new_year_s_day_comes_in_the_next_year() -> None:
    assert effect("Der Entwurf soll am 1. Jänner in Kraft treten.", "de", date(2025, 1, 1), "year") == "2026-01-01"
    assert effect("Das Gesetz trat am 1. Jänner in Kraft.", "de", date(2025, 1, 1), "year") == "2025-01-01"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("le 24 mars dernier", "2025-03-24"), ("1er janvier prochain", "2027-01-01"),
        ("January 2 next year", "2027-01-02"),
        ("le 24 mars", "2026-03-24"), ("今年12月1日", "2026-12-01"), ("来年4月1日", "2027-04-01"),
    ],
)  # fmt: skip
def test_words_at_a_date_tell_its_year(text: str, expected: str) -> None:
    found = dated(find(text)[0], PUBLISHED)
    assert found is not None and found.iso() == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026. 5. 4. 시행", ["2026-05-04"]), ("2026/5/4", ["2026-05-04"]), ("令和8年5月", ["2026-05"]),
        ("平成8年5月, 3か月間, 5月以内", ["1996-05"]), ("7/31/26 and 8/1/26", ["2026-07-31", "2026-08-01"]),
        ("8/1/26", []),
        ("31/7/26 and 8/1/26", ["2026-07-31", "2026-01-08"]), ("version 1.2.24.5", []),
        ("1° maggio 2026, 4 października 2026 r.", ["2026-05-01", "2026-10-04"]),
    ],
)  # fmt: skip
def test_forms_of_asia_and_short_years(text: str, expected: list[str]) -> None:
    assert [m.iso() for m in find(text)] == expected


def test_sentences_end_at_full_stops_of_asia_and_not_within_korean_days() -> None:
    text = "施行される。詳しくは別紙。2026. 5. 4. 시행"
    assert [text[a:b] for a, b in sentences(text)] == ["施行される。", "詳しくは別紙。", "2026. 5. 4. 시행"]


def test_at_once_needs_one_day_and_no_denial() -> None:
    for text in ("It is effective immediately.", "On May 4 they said that it is not effective immediately."):
        assert at_once(text, find(text)) is None


def test_the_australian_register_is_another_one() -> None:
    for publisher, told in (("Federal Register", True), ("Federal Register of Legislation", False)):
        item = Announcement("file", "https://example.org/1", "Notice", publisher=publisher)
        assert is_register(item) is told
