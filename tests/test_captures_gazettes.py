"""The official registers' real responses: the Federal Register and the Boletín Oficial del Estado."""

import csv

import pytest

from spiders.register import register
from visawire.trial import as_json, read_file


def _claimed(captures, file):
    """The source that claims a capture's address first, and what it reads from it."""
    with (captures / "MANIFEST.csv").open(encoding="utf-8-sig", newline="") as lines:
        url = next(row["original_url"] for row in csv.DictReader(lines) if row["file"] == file)
    entry = next(entry for entry in register().values() if entry.can_read(url))
    ((_, found),) = read_file(entry, captures / file, url)
    return entry.id, found


@pytest.mark.parametrize(
    ("file", "source_id", "announcements"),
    [
        ("us-federal-register/all_documents_2021-10-14.json", "us-fr-term-h1b", 20),
        ("us-federal-register/search_bears_ears_2026-07.json", "us-fr-term-h1b", 5),
        ("us-federal-register/document_2026-13726.json", "us-fr-term-h1b", 1),
        ("es-boe/sumario.json", "es-boe", 29),
        ("es-boe/metadatos.json", "es-boe", 1),
    ],
)
def test_each_capture_gives_its_announcements(captures, file, source_id, announcements):
    claimed_by, found = _claimed(captures, file)
    assert (claimed_by, len(found)) == (source_id, announcements)
    assert len({item.id for item in found}) == announcements


def test_every_field_of_a_federal_register_document_is_read(captures):
    _, (item,) = _claimed(captures, "us-federal-register/document_2026-13726.json")
    url = (
        "https://www.federalregister.gov/documents/2026/07/07/2026-13726/"
        "revisions-to-financial-forms-reporting-and-filing-requirements-correction"
    )
    found = as_json(item)
    assert found.pop("summary").startswith("The Federal Energy Regulatory Commission published a document")
    assert found == {
        "id": item.id,
        "source_id": "us-fr-term-h1b",
        "canonical_url": url,
        "url": url,
        "external_id": "2026-13726",
        "title": "Revisions to Financial Forms Reporting and Filing Requirements; Correction",
        "language": "en",
        "publisher": "Office of the Federal Register",
        "published": "2026-07-07",
        # a correction has no stage of its own
        "key_dates": [
            {
                "kind": "effective",
                "date": "2026-07-07",
                "quote": "This correction is effective July 7, 2026, and applicable as of June 24, 2026.",
                "rule": "us-fr:effective_on",
                "precision": "day",
            }
        ],
        "identifiers": [
            {"scheme": "fr_document", "value": "2026-13726", "role": "is"},
            {"scheme": "fr_citation", "value": "91 FR 41591", "role": "is"},
            {"scheme": "docket", "value": "RM26-12-000", "role": "cites"},
            *({"scheme": "cfr", "value": f"18 CFR {p}", "role": "cites"} for p in (141, 260, 357, 369)),
        ],
        "attributes": {
            "type": "Proposed Rule",
            "action": "Notice of proposed rulemaking; correction.",
            "dates": "This correction is effective July 7, 2026, and applicable as of June 24, 2026.",
            "citation": "91 FR 41591",
            "pdf_url": "https://www.govinfo.gov/content/pkg/FR-2026-07-07/pdf/2026-13726.pdf",
            "page_length": 1,
            "agencies": ["energy-department", "federal-energy-regulatory-commission"],
        },
    }


def test_a_listing_of_default_fields_leaves_out_what_it_does_not_state(captures):
    _, found = _claimed(captures, "us-federal-register/search_bears_ears_2026-07.json")
    assert [(i.external_id, i.published.isoformat(), bool(i.summary)) for i in found] == [
        ("2026-07755", "2026-04-21", True), ("2025-22068", "2025-12-05", True),
        ("2025-19485", "2025-10-06", False), ("2025-00863", "2025-01-16", True),
        ("2024-30953", "2024-12-27", True),
    ]  # fmt: skip
    assert as_json(found[2]) == {
        "id": found[2].id,
        "source_id": "us-fr-term-h1b",
        "canonical_url": found[2].url,
        "url": "https://www.federalregister.gov/documents/2025/10/06/2025-19485/"
        "continuance-of-certain-federal-advisory-committees",
        "external_id": "2025-19485",
        "title": "Continuance of Certain Federal Advisory Committees",
        "language": "en",
        "publisher": "Office of the Federal Register",
        "published": "2025-10-06",
        "identifiers": [{"scheme": "fr_document", "value": "2025-19485", "role": "is"}],
        "attributes": {
            "type": "Presidential Document",
            "pdf_url": "https://www.govinfo.gov/content/pkg/FR-2025-10-06/pdf/2025-19485.pdf",
            "agencies": ["executive-office-of-the-president"],
        },
    }
    assert not any("class=" in item.summary for item in found)  # excerpts belong to the search


def test_only_plain_proposals_of_a_default_listing_have_a_stage(captures):
    _, found = _claimed(captures, "us-federal-register/all_documents_2021-10-14.json")
    assert {i.attributes["type"]: i.stage for i in found} == {"Rule": "", "Proposed Rule": "proposed", "Notice": ""}
    assert sum(i.stage == "proposed" for i in found) == 8


def test_the_spanish_summary_keeps_provisions_and_leaves_appointments_out(captures):
    _, found = _claimed(captures, "es-boe/sumario.json")
    sections = [item.attributes["section"] for item in found]
    assert sections.count("I. Disposiciones generales") == 9
    assert sections.count("III. Otras disposiciones") == 20
    assert {item.published.isoformat() for item in found} == {"2018-12-06"}
    first = as_json(found[1])
    assert (first["external_id"], first["summary"]) == (
        "BOE-A-2018-16673",
        "I. Disposiciones generales. JEFATURA DEL ESTADO. Datos de carácter personal.",
    )
    assert first["title"].startswith("Ley Orgánica 3/2018, de 5 de diciembre")
    assert first["url"] == "https://www.boe.es/diario_boe/txt.php?id=BOE-A-2018-16673"
    assert first["attributes"]["control"] == "2018/16878"
    assert any("MIGRACIONES" in item.attributes["department"] for item in found)


def test_the_metadata_of_a_consolidated_law_are_one_announcement(captures):
    _, (law,) = _claimed(captures, "es-boe/metadatos.json")
    found = as_json(law)
    assert (found["external_id"], found["published"]) == ("BOE-A-2018-16673/consolidada", "2018-12-06")
    assert found["updated"] == "2026-05-26T10:36:24Z"
    assert [(d["kind"], d["date"], d["quote"]) for d in found["key_dates"]] == [
        ("effective", "2018-12-07", "fecha_vigencia: 20181207")
    ]
    assert found["attributes"]["rango"] == "Ley Orgánica"
