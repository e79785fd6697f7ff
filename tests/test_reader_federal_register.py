"""The Federal Register: stages, dates and numbers of its records; the walk over a search; texts of documents."""

import copy
import json
from datetime import date, datetime
from pathlib import Path

import pytest
from small_crawl import SmallCrawl

from archive.models import Identifier
from archive.store import Archive
from spiders.federal_register import FIELDS
from spiders.fr_facts import agency_slugs, dockets, document_numbers, identifiers, key_dates, sentences, stage_of
from spiders.readers import spider_class
from spiders.recording import Recorded
from spiders.register import RegisterError, load, register
from visawire.trial import as_json, read_recorded

PAGES = Path(__file__).parent / "pages"
API = "https://www.federalregister.gov/api/v1/"

PUBLISHED, LATER = "2026-03-02", "2026-04-06"


@pytest.mark.parametrize(
    ("kind", "action", "effective", "stage"),
    [
        ("Rule", "Final rule.", LATER, "final"),
        ("Rule", "Final rule.", PUBLISHED, "in-force"),
        ("Rule", "Final rule.", "2026-02-20", "in-force"),
        ("Rule", "Final rule.", None, "final"),
        ("Rule", "Final rule; technical amendment.", PUBLISHED, "in-force"),
        ("Rule", "Direct final rule; request for comments.", LATER, "final"),
        ("Rule", "Temporary final rule.", PUBLISHED, "in-force"),
        ("Rule", "Temporary final rule; extension of effective period.", PUBLISHED, "in-force"),
        ("Rule", "Final rule; confirmation of effective date.", PUBLISHED, "in-force"),
        ("Rule", "Interim final rule with request for comments.", PUBLISHED, "in-force"),
        ("Rule", "Interim final rule.", None, "in-force"),
        ("Rule", "Interim final rule; request for comments.", LATER, "final"),
        ("Rule", "Final rule; delay of effective date.", LATER, "delayed"),
        ("Rule", "Interim final rule; delay of effective date.", LATER, "delayed"),
        ("Rule", "Final rule; delay of effective and compliance dates.", LATER, "delayed"),
        ("Rule", "Final rule; postponement of effectiveness.", None, "delayed"),
        ("Rule", "Final rule; partial stay.", None, "delayed"),
        ("Rule", "Proposed delay of effective date; request for comments.", None, "delayed"),
        ("Rule", "Withdrawal of direct final rule.", None, "withdrawn"),
        ("Rule", "Final rule; correction.", PUBLISHED, ""),
        ("Rule", "Correcting amendment.", PUBLISHED, ""),
        ("Proposed Rule", "Notice of proposed rulemaking.", None, "proposed"),
        ("Proposed Rule", "Notice of proposed rulemaking (NPRM); public hearing.", None, "proposed"),
        ("Proposed Rule", "Supplemental notice of proposed rulemaking.", None, "proposed"),
        ("Proposed Rule", "Proposed rule.", None, "proposed"),
        ("Proposed Rule", "Advance notice of proposed rulemaking.", None, "consultation"),
        ("Proposed Rule", "Request for information.", None, "consultation"),
        ("Proposed Rule", "Proposed rule; extension of comment period.", None, "consultation"),
        ("Proposed Rule", "Proposed rule; reopening of the public comment period.", None, "consultation"),
        ("Proposed Rule", "Proposed rule; withdrawal.", None, "withdrawn"),
        ("Proposed Rule", "Notice of withdrawal of proposed rule.", None, "withdrawn"),
        ("Proposed Rule", "Notice of proposed rulemaking; correction.", None, ""),
        ("Notice", "Notice.", PUBLISHED, ""),
        ("Notice", "60-Day notice.", None, ""),
        ("Notice", "Notice of withdrawal of applications.", None, ""),
        ("Notice", "Notice; request for information.", None, "consultation"),
        ("Notice", "Notice; correction.", None, ""),
    ],
)
def test_the_action_line_decides_the_stage(kind, action, effective, stage):
    document = {"type": kind, "action": action, "effective_on": effective, "publication_date": PUBLISHED}
    assert stage_of(document) == stage


@pytest.mark.parametrize(
    ("document", "stage"),
    [
        ({"type": "Proposed Rule", "title": "Registration of Employers"}, "proposed"),
        ({"type": "Proposed Rule", "title": "Registration of Employers; Correction"}, ""),
        ({"type": "Proposed Rule", "title": "Wage Levels: Extension of Comment Period"}, ""),
        ({"type": "Rule", "title": "Fees"}, ""),
        ({"type": "Rule", "title": "Fees", "effective_on": LATER, "publication_date": PUBLISHED}, "final"),
        ({"type": "Rule", "title": "Fees", "effective_on": PUBLISHED, "publication_date": PUBLISHED}, "in-force"),
        ({"type": "Rule", "title": "Fees", "action": None, "correction_of": f"{API}documents/2026-1"}, ""),
        ({"type": "Notice", "title": "List of Degrees", "effective_on": PUBLISHED}, ""),
        ({"type": "Presidential Document", "subtype": "Proclamation", "title": "Entry"}, "in-force"),
        ({"type": "Presidential Document", "subtype": "Executive Order", "title": "Card"}, ""),
        ({}, ""),
    ],
)
def test_without_an_action_only_a_plain_type_gives_a_stage(document, stage):
    assert stage_of(document) == stage


def _dates(**fields):
    return [(d.kind, d.date, d.quote, d.rule) for d in key_dates(fields)]


def test_key_dates_quote_the_sentence_that_states_them():
    prose = (
        "This rule is effective at 12:01 a.m. Eastern Time on April 6, 2026. Comments on Form I-000 must be\n"
        "received by May 6, 2026. The form of April 6, 2026 replaces others."
    )
    assert _dates(dates=prose, effective_on="2026-04-06", comments_close_on="2026-05-06", signing_date=None) == [
        ("effective", "2026-04-06", "This rule is effective at 12:01 a.m. Eastern Time on April 6, 2026.",
         "us-fr:effective_on"),
        ("comment_deadline", "2026-05-06", "Comments on Form I-000 must be received by May 6, 2026.",
         "us-fr:comments_close_on"),
    ]  # fmt: skip


def test_a_date_that_the_prose_does_not_state_quotes_its_field():
    assert _dates(dates="See below.", effective_on="2026-04-06", signing_date="2026-03-01") == [
        ("effective", "2026-04-06", "effective_on: 2026-04-06", "us-fr:effective_on"),
        ("signed", "2026-03-01", "signing_date: 2026-03-01", "us-fr:signing_date"),
    ]
    assert _dates(dates=None, comments_close_on="2026-04-06")[0][2] == "comments_close_on: 2026-04-06"


def test_a_sentence_about_another_kind_of_date_is_no_evidence():
    ((_, _, quote, _),) = _dates(dates="Comments close April 6, 2026.", effective_on="2026-04-06")
    assert quote == "effective_on: 2026-04-06"


def test_a_longer_day_number_is_not_taken_for_a_shorter_one():
    ((_, _, quote, _),) = _dates(dates="This rule is effective April 16, 2026.", effective_on="2026-04-01")
    assert quote == "effective_on: 2026-04-01"


def test_sentences_do_not_end_at_abbreviations():
    prose = "Open until 5 p.m. Eastern. See Docket No. 7 of the U.S. Department. (Closed.) 2 forms remain."
    assert sentences(prose) == [
        "Open until 5 p.m. Eastern.", "See Docket No. 7 of the U.S. Department.", "(Closed.) 2 forms remain.",
    ]  # fmt: skip


def test_a_date_field_that_is_no_date_is_an_error():
    with pytest.raises(ValueError, match="effective_on 'soon' is not a date"):
        key_dates({"effective_on": "soon"})
    with pytest.raises(ValueError, match="effective_on"):
        key_dates({"effective_on": "2026-02-30"})


def test_own_numbers_and_shared_numbers_have_different_roles():
    record = {
        "document_number": "2026-04410", "citation": "91 FR 10101", "proclamation_number": "11999",
        "executive_order_number": None, "regulation_id_numbers": ["1615-AZ01", "1615-AZ01"],
        "docket_ids": ["DHS Docket No. USCIS-2026-0900"],
        "cfr_references": [{"title": 8, "part": "214", "chapter": None}, {"title": 8, "part": None}],
        "correction_of": f"{API}documents/2026-03555?publication_date=2026-02-01",
    }  # fmt: skip
    assert identifiers(record) == [
        Identifier("fr_document", "2026-04410", "is"),
        Identifier("fr_citation", "91 FR 10101", "is"),
        Identifier("proclamation", "11999", "is"),
        Identifier("rin", "1615-AZ01", "cites"),
        Identifier("docket", "USCIS-2026-0900", "cites"),
        Identifier("cfr", "8 CFR 214", "cites"),
        Identifier("cfr", "8 CFR", "cites"),
        Identifier("fr_document", "2026-03555", "cites"),
    ]


@pytest.mark.parametrize(
    ("written", "docket"),
    [
        ("Docket No. RM26-1-000", "RM26-1-000"),
        ("DHS Docket No. USCIS-2026-0900", "USCIS-2026-0900"),
        ("Docket ID: ETA-2026-0002", "ETA-2026-0002"),
        ("Docket Number USCBP-2026-0001", "USCBP-2026-0001"),
        ("CIS No. 9001-26", "CIS No. 9001-26"),
    ],
)
def test_dockets_lose_the_words_before_them(written, docket):
    assert dockets({"docket_ids": [written]}) == [docket]


def test_links_to_other_documents_give_their_numbers():
    assert document_numbers(f"{API}documents/C1-2026-03555.json") == ["C1-2026-03555"]
    assert document_numbers([f"{API}documents/2026-1234", "2026-1235", {"x": 1}, None]) == ["2026-1234", "2026-1235"]
    assert document_numbers(None) == []


def test_an_agency_without_a_slug_is_named():
    assert agency_slugs({"agencies": [{"slug": "state-department"}, {"raw_name": "Office of Hats"}]}) == [
        "state-department", "Office of Hats",
    ]  # fmt: skip


# -- reading pages ----------------------------------------------------------------------------------------


def _read(source_id, url, body):
    body = json.dumps(body).encode() if isinstance(body, dict | list) else body
    captured = datetime.fromisoformat("2026-03-02T12:00:00+00:00")
    headers = (("Content-Type", "application/json"),)
    return read_recorded(register()[source_id], Recorded(url, captured, 200, headers, body))


def _fixture(source_id, name="documents.json"):
    return json.loads((PAGES / source_id / name).read_text(encoding="utf-8"))


def test_a_document_has_the_same_content_whichever_search_found_it():
    page = _fixture("us-fr-term-h1b")
    found = {s: _read(s, API + "documents.json", page)[0] for s in ("us-fr-dhs-rules", "us-fr-term-h1b")}
    one, other = found.values()
    assert (one.id, one.content_hash) == (other.id, other.content_hash)
    page["results"][0]["excerpts"] = 'a <span class="match">word</span> of one search only'
    assert _read("us-fr-term-h1b", API + "documents.json", page)[0].content_hash == one.content_hash


def test_the_search_of_an_agency_is_claimed_by_its_own_source():
    def claimant(url):
        return next(e.id for e in register().values() if e.can_read(url))

    page_2 = "documents?conditions%5Bagencies%5D%5B%5D=homeland-security-department&format=json&page=2"
    assert claimant(API + page_2) == "us-fr-dhs-rules"
    assert claimant(API + "documents.json?conditions[agencies][]=state-department&order=newest") == "us-fr-state"
    assert claimant(API + "documents.json?conditions[term]=hats") == "us-fr-term-h1b"
    assert claimant(API + "documents/2026-04395.json") == "us-fr-term-h1b"
    assert claimant(API + "public-inspection-documents/current.json") == "us-fr-public-inspection"


def test_a_search_without_results_has_no_list_and_is_empty():
    with pytest.raises(Exception, match="nothing was found") as caught:
        _read("us-fr-dhs-rules", API + "documents.json", {"count": 0, "description": "Documents"})
    assert caught.value.state == "empty"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"count": 3, "description": "Documents"}, "no list 'results'"),
        ({"count": 1, "results": {"document_number": "2026-1"}}, "no list 'results'"),
        ([], "not a JSON object"),
        (b"<html>maintenance</html>", "not JSON"),
        (b"", "not JSON"),
    ],
)
def test_an_answer_of_another_shape_has_drifted(body, message):
    with pytest.raises(Exception, match=message) as caught:
        _read("us-fr-dhs-rules", API + "documents.json", body)
    assert caught.value.state == "drifted"


# -- crawling ---------------------------------------------------------------------------------------------


def _first(source_id):
    crawl = SmallCrawl(source_id, {})
    return list(crawl.spider.first_urls())


def test_the_fields_that_are_read_are_asked_for():
    rules, notices = _first("us-fr-dhs-rules")
    for name in FIELDS:
        assert f"&fields[]={name}" in rules
    assert "&order=newest&per_page=100&" in notices
    assert "per_page=50" in _first("us-fr-presidential")[0]


def _numbered(page, start, count):
    """A page of the fixture's shape with other document numbers."""
    row = page["results"][0]
    results = []
    for n in range(start, start + count):
        copied = copy.deepcopy(row) | {"document_number": f"2026-{n:05d}"}
        copied["html_url"] = row["html_url"].replace("2026-04120", copied["document_number"])
        results.append(copied)
    return results


def _pages(total):
    """Answers of a search of ``total`` pages of two documents each, from the newest."""
    page = _fixture("us-fr-dol")
    (first,) = _first("us-fr-dol")
    urls = [first] + [f"{API}documents?conditions%5Bx%5D=y&format=json&page={n}" for n in range(2, total + 1)]
    answers = {}
    for n, url in enumerate(urls):
        body = {"count": total * 2, "results": _numbered(page, 9000 - 2 * n, 2)}
        if n + 1 < total:
            body["next_page_url"] = urls[n + 1]
        answers[url] = json.dumps(body)
    return urls, answers


def test_a_first_crawl_reads_a_few_pages_and_a_later_one_stops_at_the_first_without_news(tmp_path):
    urls, answers = _pages(5)
    with Archive(tmp_path / "a.db") as archive:
        archive.sync_sources(e.source for e in register().values())
        crawl = SmallCrawl("us-fr-dol", answers, archive).run()
        assert [a.split("page=")[-1][:1] for a in crawl.asked[1:]] == ["2"]  # first_pages = 2
        assert crawl.outcomes == ["new"] * 4
        archive.add_check(archive.begin_run("test", crawl.account.started), crawl.account.check(4, 0, 0))

        newest = json.loads(answers[urls[0]])
        newest["results"] = _numbered(_fixture("us-fr-dol"), 9999, 1) + newest["results"]
        again = SmallCrawl("us-fr-dol", answers | {urls[0]: json.dumps(newest)}, archive).run()
        assert len(again.asked) == 2  # the second page has nothing unknown
        assert again.outcomes.count("new") == 1
        assert again.state == "ok"


def test_a_later_crawl_walks_on_while_there_is_news(tmp_path):
    _, answers = _pages(6)
    with Archive(tmp_path / "a.db") as archive:
        archive.sync_sources(e.source for e in register().values())
        run = archive.begin_run("test", SmallCrawl("us-fr-dol", {}).account.started)
        archive.add_check(run, SmallCrawl("us-fr-dol", {}).account.check(0, 0, 0))
        crawl = SmallCrawl("us-fr-dol", answers, archive).run()
        assert len(crawl.asked) == 6
        assert crawl.outcomes == ["new"] * 12
        assert len(crawl.read_pages) == 1


def test_one_malformed_document_does_not_lose_the_others():
    page = _fixture("us-fr-dhs-rules")
    page.pop("next_page_url")
    del page["results"][1]["html_url"]
    page["results"][2]["publication_date"] = "tomorrow"
    page["results"].append("not a document")
    rules, notices = _first("us-fr-dhs-rules")
    crawl = SmallCrawl("us-fr-dhs-rules", {rules: json.dumps(page), notices: json.dumps(page)}).run()
    assert sorted({i.external_id for i in crawl.found}) == ["2026-03990", "2026-04410", "C1-2026-03555"]
    assert crawl.state == "drifted"
    assert "3 of 6 documents" in crawl.error
    assert "'2026-04395' lacks html_url" in crawl.error
    assert "2026-04301: publication_date 'tomorrow' is not a date" in crawl.error
    assert not crawl.read_pages


def test_presidential_documents_are_followed_to_their_text_once(tmp_path):
    page = _fixture("us-fr-presidential")
    page["results"][1]["body_html_url"] = None  # then the plain edition is read
    folder = PAGES / "us-fr-presidential"
    answers = {
        _first("us-fr-presidential")[0]: json.dumps(page),
        page["results"][0]["body_html_url"]: (folder / "2026-04500.html").read_bytes(),
        page["results"][1]["raw_text_url"]: (folder / "2026-04377.txt").read_bytes(),
    }
    with Archive(tmp_path / "a.db") as archive:
        archive.sync_sources(e.source for e in register().values())
        crawl = SmallCrawl("us-fr-presidential", answers, archive, at="2026-03-03T12:00:00Z").run()
        assert (crawl.state, crawl.outcomes) == ("ok", ["new", "new"])
        proclamation, order = crawl.found
        assert proclamation.url == page["results"][0]["html_url"]
        assert proclamation.body == (
            "Proclamation 11999 of February 27, 2026\n\nLimits on the Entry of Certain Temporary Workers\n\n"
            "By the President of the United States of America\n\nA Proclamation\n\n"
            "The entry of specialty workers under section 101(a)(15)(H)(i)(b) of the Immigration and Nationality "
            "Act is limited as follows.\n\n"
            "Section 1. Petitions filed after 12:01 a.m. eastern standard time on March 9, 2026, must be "
            "accompanied by a payment of $1,000.\n\n"
            "The limit expires 12 months after that day, unless extended.\n\n"
            "[FR Doc. 2026-04500 Filed 3-2-26; 11:15 am]"
        )
        assert order.body == (
            "Executive Order 14999 of February 24, 2026\n\nA Faster Card for Founders\n\n"
            "By the authority vested in me as President, it is hereby ordered:\n\n"
            "Section 1. Purpose. Founders whose companies employ ten workers shall receive a card within "
            "ninety days."
        )
        page["description"] = "the listing's bytes change, its entries do not"
        answers[_first("us-fr-presidential")[0]] = json.dumps(page)
        again = SmallCrawl("us-fr-presidential", answers, archive, at="2026-03-03T13:00:00Z").run()
        assert len(again.asked) == 1
        assert (again.found, again.state) == ([], "ok")


def test_a_text_that_is_refused_leaves_the_listing_entry():
    page = _fixture("us-fr-presidential")
    blocked = "<html><head><title>Federal Register :: Request Access</title></head></html>"
    answers = {_first("us-fr-presidential")[0]: json.dumps(page)}
    answers |= {row["body_html_url"]: blocked for row in page["results"]}
    crawl = SmallCrawl("us-fr-presidential", answers, at="2026-03-03T12:00:00Z").run()
    assert [i.external_id for i in crawl.found] == ["2026-04500", "2026-04377"]
    assert [i.body for i in crawl.found] == ["", ""]
    assert [i.listing_hash for i in crawl.found] == ["", ""]  # asked for again next time
    assert crawl.state == "ok"
    assert "2 articles could not be read" in crawl.error


def test_a_saved_text_page_is_read_on_its_own():
    url = "https://www.federalregister.gov/documents/full_text/html/2026/03/03/2026-04500.html"
    body = (PAGES / "us-fr-presidential" / "2026-04500.html").read_bytes()
    captured = datetime.fromisoformat("2026-03-03T12:00:00+00:00")
    entry = register()["us-fr-presidential"]
    (item,) = read_recorded(entry, Recorded(url, captured, 200, (("Content-Type", "text/html"),), body))
    found = as_json(item)
    assert found["external_id"] == "2026-04500"
    assert found["title"] == "Limits on the Entry of Certain Temporary Workers"
    assert item.published == date(2026, 3, 3)
    assert found["url"] == "https://www.federalregister.gov/d/2026-04500"
    assert "payment of $1,000" in found["body"]


def test_more_documents_than_the_api_gives_cannot_be_asked_for(tmp_path):
    text = (Path(__file__).parents[1] / "spiders" / "sources" / "us.toml").read_text(encoding="utf-8")
    block = text.split("[us-fr-dol]")[1].split("\n[")[0]
    for options in ("per_page = 1001", "per_page = 500, max_pages = 5", "max_pages = 0"):
        entry = block.replace("first_pages = 2", options)
        (tmp_path / "us.toml").write_text(f"[us-fr-dol]{entry}", encoding="utf-8")
        with pytest.raises(RegisterError, match=r"us-fr-dol.*allowed: per_page 1 to 1000"):
            spider_class(load(tmp_path)["us-fr-dol"])
