"""The BOE's summaries: days without an issue, objects in place of lists, malformed documents."""

import copy
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from small_crawl import SmallCrawl

from archive.models import Validator
from archive.store import Archive
from spiders.recording import Recorded
from spiders.register import register
from visawire.trial import read_recorded

PAGES = Path(__file__).parent / "pages" / "es-boe"
DAY = "https://www.boe.es/datosabiertos/api/boe/sumario/"
LAW = "https://www.boe.es/datosabiertos/api/legislacion-consolidada/id/BOE-A-2026-4100/metadatos"


@pytest.fixture
def summary():
    return json.loads((PAGES / "sumario.json").read_text(encoding="utf-8-sig"))


def _crawl(answers, archive=None, at="2026-03-03T09:00:00Z"):
    whole = {f"{DAY}{d}": (404, "") for d in (*range(20260222, 20260229), *range(20260301, 20260304))}
    return SmallCrawl("es-boe", whole | answers, archive, at).run()


def _sections(summary):
    return summary["data"]["sumario"]["diario"][0]["seccion"]


def test_the_last_days_are_asked_for_as_json(summary):
    crawl = _crawl({DAY + "20260302": json.dumps(summary)})
    assert [url.removeprefix(DAY) for url in crawl.asked] == [
        "20260303", "20260302", "20260301", "20260228", "20260227", "20260226", "20260225",
    ]  # fmt: skip
    assert all(headers["Accept"] == b"application/json" for headers in crawl.headers)
    assert len(crawl.found) == 4


def test_days_without_an_issue_are_healthy_and_remembered_by_nobody(summary):
    crawl = _crawl({})
    assert (crawl.found, crawl.state, crawl.error) == ([], "ok", "")
    assert not crawl.read_pages
    assert len(_crawl({DAY + "20260302": json.dumps(summary)}).read_pages) == 1


def test_other_failures_are_still_failures():
    assert _crawl({DAY + "20260302": (503, "")}).state == "error"
    assert _crawl({DAY + "20260302": (403, "")}).state == "blocked"


def test_an_issue_that_was_read_is_not_asked_for_again_after_two_days(summary, tmp_path):
    with Archive(tmp_path / "a.db") as archive:
        archive.sync_sources(e.source for e in register().values())
        at = SmallCrawl("es-boe", {}).spider.now()
        archive.remember(Validator(f"{DAY}{day}", "", "", "hash", 200, at) for day in (20260227, 20260228, 20260302))
        crawl = _crawl({DAY + "20260302": json.dumps(summary)}, archive)
        assert [url.removeprefix(DAY) for url in crawl.asked] == [
            "20260303", "20260302", "20260301", "20260226", "20260225",
        ]  # fmt: skip


def test_an_object_and_a_list_of_one_are_the_same(summary):
    def listed(node):
        if isinstance(node, list):
            return [listed(child) for child in node]
        if not isinstance(node, dict):
            return node
        several = ("diario", "seccion", "departamento", "epigrafe", "item", "texto")
        return {k: [listed(v)] if k in several and isinstance(v, dict) else listed(v) for k, v in node.items()}

    one = copy.deepcopy(summary)
    one["data"]["sumario"]["diario"] = one["data"]["sumario"]["diario"][0]
    found = [
        [(i.external_id, i.summary) for i in _crawl({DAY + "20260302": json.dumps(s)}).found]
        for s in (summary, listed(summary), one)
    ]
    assert found[0] == found[1] == found[2]
    assert len(found[0]) == 4


def test_an_extraordinary_issue_of_the_same_day_is_read_too(summary):
    issues = summary["data"]["sumario"]["diario"]
    extra = copy.deepcopy(issues[0]) | {"numero": "54"}
    extra["seccion"] = {
        "codigo": "1", "nombre": "I. Disposiciones generales",
        "departamento": {
            "nombre": "JEFATURA DEL ESTADO",
            "epigrafe": {
                "nombre": "Medidas urgentes",
                "item": {
                    "identificador": "BOE-A-2026-4200", "titulo": "Real Decreto-ley 2/2026, de 2 de marzo.",
                    "url_html": "https://www.boe.es/diario_boe/txt.php?id=BOE-A-2026-4200",
                },
            },
        },
    }  # fmt: skip
    issues.append(extra)
    crawl = _crawl({DAY + "20260302": json.dumps(summary)})
    assert crawl.found[-1].external_id == "BOE-A-2026-4200"
    assert crawl.found[-1].summary == "I. Disposiciones generales. JEFATURA DEL ESTADO. Medidas urgentes."


def test_a_day_with_other_sections_only_is_healthy(summary):
    _sections(summary)[:] = [s for s in _sections(summary) if s["codigo"] in ("2A", "5B")]
    crawl = _crawl({DAY + "20260302": json.dumps(summary)})
    assert (crawl.found, crawl.state) == ([], "ok")


def test_an_issue_without_documents_is_empty(summary):
    for section in _sections(summary):
        section["departamento"] = []
    assert _crawl({DAY + "20260302": json.dumps(summary)}).state == "empty"


def test_one_malformed_document_does_not_lose_the_others(summary):
    del _sections(summary)[0]["departamento"][0]["epigrafe"]["item"][0]["titulo"]
    crawl = _crawl({DAY + "20260302": json.dumps(summary)})
    assert [i.external_id for i in crawl.found] == ["BOE-A-2026-4102", "BOE-A-2026-4100", "BOE-A-2026-4104"]
    assert crawl.state == "drifted"
    assert "BOE-A-2026-4101 lacks titulo" in crawl.error


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("<response/>", "not JSON"),
        ("[]", "no 'data'"),
        ('{"status": {"code": "200"}, "data": {}}', "no 'data'"),
        ('{"data": {"sumario": {"metadatos": {}}}}', "no 'sumario' with a 'diario'"),
        ('{"data": {"sumario": {"metadatos": {"fecha_publicacion": "2 March"}, "diario": [{}]}}}', "is not a day"),
        (b"\xff\xfe", "not JSON"),
    ],
)
def test_an_answer_of_another_shape_has_drifted(body, message):
    crawl = _crawl({DAY + "20260302": body})
    assert crawl.state == "drifted"
    assert message in crawl.error


def test_the_consolidated_law_is_another_announcement_than_its_publication(summary, tmp_path):
    entry = register()["es-boe"]
    moment = datetime(2026, 3, 5, 9, tzinfo=UTC)
    (law,) = read_recorded(entry, Recorded(LAW, moment, 200, (), (PAGES / "metadatos.json").read_bytes()))
    published = _crawl({DAY + "20260302": json.dumps(summary)}).found
    same_number = next(i for i in published if i.external_id == "BOE-A-2026-4100")
    assert law.identifiers == same_number.identifiers
    assert law.id != same_number.id
    assert law.updated == datetime(2026, 3, 5, 8, 15, tzinfo=UTC)
