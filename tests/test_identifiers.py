"""Official numbers are found in text, normalised and told from plain numbers."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from archive.models import Announcement, Identifier
from pipelines.identifier import identifiers


def cited(text: str, title: str = "News") -> list[tuple[str, str]]:
    item = Announcement("press", "https://example.org/1", title, summary=text)
    return [(i.scheme, i.value) for i in identifiers(item)]


@pytest.mark.parametrize(
    ("text", "scheme", "value"),
    [
        ("See FR Doc. 2016-08719 for more.", "fr_document", "2016-08719"),
        ("[FR Doc No: E9-12345 Filed]", "fr_document", "E9-12345"),
        ("The rule (2026-00321) was printed.", "fr_document", "2026-00321"),
        ("A correction, C1-2026-00321, followed.", "fr_document", "C1-2026-00321"),
        ("The rule at 90 FR 12,345 stands.", "fr_citation", "90 FR 12345"),
        ("The rule at 90 Fed. Reg. 12345 stands.", "fr_citation", "90 FR 12345"),
        ("RIN 1615-ZZ99 and RIN 1615-AC99.", "rin", "1615-AC99"),
        ("DHS Docket No. USCIS-2026-0040 is open.", "docket", "USCIS-2026-0040"),
        ("Comment at ETA-2026-0006-0001 now.", "docket", "ETA-2026-0006-0001"),
        ("Docket No. RM26-12-000 is open.", "docket", "RM26-12-000"),
        ("Under 8 CFR 214.2(h) nothing changes.", "cfr", "8 CFR 214"),
        ("Under 8 C.F.R. § 274a.12 nothing changes.", "cfr", "8 CFR 274a"),
        ("It amends 20 CFR part 655 in full.", "cfr", "20 CFR 655"),
        ("Proclamation 10,973 suspends entry.", "proclamation", "10973"),
        ("Presidential Proclamation No. 10973 suspends entry.", "proclamation", "10973"),
        ("Executive Order 14161 asks for reports.", "executive_order", "14161"),
        ("E.O. 14161 asks for reports.", "executive_order", "14161"),
        ("It rests on Pub. L. 117-103 of 2022.", "public_law", "117-103"),
        ("It rests on Public Law 117–103 of 2022.", "public_law", "117-103"),
        ("H.R. 1044 passed.", "bill", "H.R. 1044"),
        ("The HR-1 bill passed.", "bill", "H.R. 1"),
        ("The Senate took up S. 386 at noon.", "bill", "S. 386"),
        ("Able v. Baker, No. 24-923, is pending.", "case", "24-923"),
        ("Case No. 1:26-cv-01234-ABC is pending.", "case", "1:26-cv-01234"),
        ("Matter of Able, 26 I&N Dec. 884 (AAO 2016) governs.", "case", "Matter of Able, 26 I&N Dec. 884"),
        ("UK S.I. 2025/123 was laid.", "uksi", "2025/123"),
        ("SI 2025 No. 123 was laid.", "uksi", "2025/123"),
        ("It is in paper HC 1333 of the session.", "hc", "HC 1333"),
        ("CELEX: 32021L1883 is in force.", "celex", "32021L1883"),
        ("Véase BOE-A-2026-16673 de ayer.", "boe", "BOE-A-2026-16673"),
        ("It appeared in the Canada Gazette, Part II today.", "gazette", "Canada Gazette Part II"),
        ("Registered as SOR/2026-45 today.", "sor", "SOR/2026-45"),
        ("Enregistrement DORS/2026-45.", "sor", "SOR/2026-45"),
    ],
)
def test_a_number_is_found_and_normalised(text: str, scheme: str, value: str) -> None:
    assert (scheme, value) in cited(text)


@pytest.mark.parametrize(
    "text",
    [
        "The season 2025-26 and the years 2024-2025.",
        "On 2025-11-20 and 12-2024 nothing happened.",
        "Call 555-123-4567 or 1-800-555-01234.",
        "It costs $2025-10000 or so, up 5%.",
        "Office No. 5 in the U.S. 50 states; Release No. 34-12345 is out.",
        "HR 2026 summit; HC v Home Office; S. Smith of 386 Elm Street.",
        "Form I-129, OMB Control No. 1615-0009, edition 01/20/25.",
        "FR 3 and 24/7 service; SI units; part 214 of the book.",
        "Postcode 12345-2025 and ISO 3166-1.",
    ],
)
def test_plain_numbers_are_no_official_numbers(text: str) -> None:
    assert cited(text) == []


def test_each_number_is_given_once_however_often_and_variously_it_is_written() -> None:
    text = "Executive Order 14161, EO 14161 and E.O. 14161; 8 CFR 214.1, 8 CFR part 214 and 8 CFR 214.2."
    assert cited(text) == [("cfr", "8 CFR 214"), ("executive_order", "14161")]


def test_numbers_that_the_reader_found_come_first_and_keep_their_role() -> None:
    own = [Identifier("fr_document", "2026-00321"), Identifier("rin", "1615-AC99", "cites")]
    item = Announcement("us-fr", "u", "Rule", body="FR Doc. 2026-00321, RIN 1615-AC99, 8 CFR 214.", identifiers=own)
    found = identifiers(item)
    assert found == [*own, Identifier("cfr", "8 CFR 214", "cites")]
    assert found[0] is not own[0]
    assert item.identifiers == own


def test_a_document_is_what_its_title_begins_with_and_cites_all_else() -> None:
    item = Announcement("gb", "u", "Statement of Changes to the Rules: HC 997", summary="It follows HC 996.")
    assert identifiers(item) == [Identifier("hc", "HC 997", "is"), Identifier("hc", "HC 996", "cites")]
    item = Announcement("us", "u", "What Proclamation 10973 means", summary="Proclamation 10973 is new.")
    assert identifiers(item) == [Identifier("proclamation", "10973", "cites")]
    item = Announcement("us", "u", "8 CFR 214: an overview")
    assert identifiers(item) == [Identifier("cfr", "8 CFR 214", "cites")]


@given(st.text(max_size=400))
def test_any_text_is_read_without_error(text: str) -> None:
    found = cited(text)
    assert len(found) == len(set(found))


@given(st.integers(2000, 2099), st.integers(1, 99999))
def test_every_modern_document_number_is_found(year: int, number: int) -> None:
    value = f"{year}-{number:05d}"
    assert cited(f"As FR Doc. {value} says, and as {value} repeats.") == [("fr_document", value)]


def test_the_numbers_of_a_recorded_document_are_found(captures: Path) -> None:
    page = etree.parse(captures / "us-federal-register-doc-xml" / "2016-13878.xml")
    text = " ".join(str(page.xpath("string()")).split())
    found = cited(text)
    assert ("fr_document", "2016-13878") in found
    assert {scheme for scheme, _ in found} >= {"fr_document", "cfr"}
