"""Real recorded responses of uscis.gov, and the shapes tried on recorded JSON APIs of others."""

from collections import Counter
from datetime import UTC, date, datetime

import pytest
from reader_helpers import entry_of

from archive.store import Archive
from pipelines.identify import text_hash
from spiders.register import register
from visawire.trial import read_file


def only(entry, path, url=""):
    ((_, found),) = read_file(entry, path, url, datetime(2026, 9, 1, tzinfo=UTC))
    return found


def test_the_alerts_page_has_ten_alerts(captures):
    items = only(register()["us-uscis-alerts"], captures / "us-uscis-news" / "alerts_2025-07-06.html")
    assert len(items) == 10 and len({item.id for item in items}) == 10
    assert [item.published for item in items] == [
        datetime(2025, 6, 24, 16, 32, 2, tzinfo=UTC), datetime(2025, 6, 13, 13, 34, 9, tzinfo=UTC),
        datetime(2025, 6, 12, 16, 4, 23, tzinfo=UTC), datetime(2025, 6, 11, 13, 26, 43, tzinfo=UTC),
        datetime(2025, 6, 7, 0, 51, 1, tzinfo=UTC), datetime(2025, 6, 5, 13, 36, 58, tzinfo=UTC),
        datetime(2025, 6, 3, 16, 4, 18, tzinfo=UTC), datetime(2025, 4, 23, 14, 30, 24, tzinfo=UTC),
        datetime(2025, 4, 3, 13, 8, 31, tzinfo=UTC), datetime(2025, 3, 31, 14, 43, 54, tzinfo=UTC),
    ]  # fmt: skip
    assert all(item.summary and item.url.startswith("https://www.uscis.gov/newsroom/alerts/") for item in items)


def test_chosen_alerts_are_read_field_by_field(captures):
    items = only(register()["us-uscis-alerts"], captures / "us-uscis-news" / "alerts_2025-07-06.html")
    first, nepal, cap = items[0], items[5], items[9]
    assert first.title == "USCIS Updates Guidance on Validity of Alien Refugee and Asylee Marriages"
    assert first.summary.startswith("We are updating guidance in the USCIS Policy Manual, Volume 4, on valid marriages")
    assert first.summary.endswith("applies to requests pending or filed on or after that date.")
    assert nepal.summary.endswith("mobile application if you intend to depart the United States.")
    assert "11:59 p.m. on Aug. 5, 2025, 60 days after publication" in nepal.summary
    assert (
        cap.url == "https://www.uscis.gov/newsroom/alerts/fy-2026-h-1b-initial-registration-selection-process-completed"
    )
    assert cap.canonical_url == cap.url and cap.external_id == ""
    assert cap.title == "FY 2026 H-1B Initial Registration Selection Process Completed"
    assert cap.summary == (
        "U.S. Citizenship and Immigration Services has received enough electronic registrations for unique "
        "beneficiaries during the initial registration period to reach the fiscal year (FY) 2026 H-1B numerical "
        "allocations (H-1B cap), including the advanced degree exemption (master’s cap)."
    )
    assert (cap.published_precision, cap.updated, cap.language) == ("second", None, "en")
    assert cap.publisher == "U.S. Citizenship and Immigration Services"


@pytest.fixture
def updates(captures):
    return only(register()["us-uscis-policy-manual"], captures / "us-uscis-policy-manual" / "updates_2025-07-06.html")


def test_the_policy_manual_page_has_311_updates(updates):
    assert len(updates) == len({item.id for item in updates}) == len({item.canonical_url for item in updates}) == 311
    assert Counter(item.attributes["label"] for item in updates) == {"Policy Alert": 213, "Technical Update": 98}
    assert sum(item.url.endswith(".pdf") for item in updates) == 213
    assert {item.stage for item in updates} == {"guidance"}
    assert all(type(item.published) is date and item.summary and len(item.identifiers) > 1 for item in updates)
    assert (max(item.published for item in updates), min(item.published for item in updates)) == (
        date(2025, 6, 24), date(2013, 1, 7),
    )  # fmt: skip


def test_effective_dates_that_policy_manual_updates_state_are_exactly_these(updates):
    found = [(item.published.isoformat(), k.kind, k.date) for item in updates for k in item.key_dates]
    assert len(found) == 30 and Counter(kind for _, kind, _ in found) == {"effective": 29, "expiry": 1}
    assert found[:6] == [
        ("2024-07-12", "effective", "2024-07-12"), ("2024-06-12", "effective", "2024-07-12"),
        ("2024-03-29", "effective", "2024-03-29"), ("2023-10-30", "effective", "2023-10-30"),
        ("2023-08-01", "effective", "2023-10-30"), ("2023-04-11", "effective", "2024-03-29"),
    ]  # fmt: skip
    assert ("2021-08-12", "expiry", "2021-09-30") in found
    assert not {day for day, _, _ in found} & {"2024-04-01", "2019-11-06", "2020-08-27"}, (
        "dates of rules, not of guidance"
    )
    assert all(k.quote in " ".join(item.body.split()) for item in updates for k in item.key_dates)


def test_chosen_policy_manual_updates_are_read_field_by_field(updates):
    alert, technical = updates[0], updates[2]
    folder = "https://www.uscis.gov/sites/default/files/document/policy-manual-updates/"
    assert (alert.title, alert.published) == ("Clarifying Refugee and Asylee Marriage Validity", date(2025, 6, 24))
    assert alert.url == folder + "20250624-RefugeeAsyleeMarriages.pdf"
    assert alert.external_id == "20250624-refugeeasyleemarriages"
    assert alert.summary == (
        "U.S. Citizenship and Immigration Services (USCIS) is issuing policy guidance in the USCIS Policy Manual to "
        "update agency guidance on when a valid marriage between a principal asylee or principal refugee and a "
        "derivative spouse has taken place."
    )
    sections = [
        "4 USCIS-PM C.2 - Chapter 2 - Eligibility Requirements",
        "4 USCIS-PM C.4 - Chapter 4 - Documentation and Evidence",
    ]
    assert alert.attributes == {"label": "Policy Alert", "affected_sections": sections}
    assert alert.body == "\n".join([alert.summary, "", "Affected sections:", *sections])
    assert [(i.scheme, i.value, i.role) for i in alert.identifiers] == [
        ("uscis-policy-update", "20250624-refugeeasyleemarriages", "is"),
        ("uscis-pm", "4 USCIS-PM C.2", "cites"), ("uscis-pm", "4 USCIS-PM C.4", "cites"),
    ]  # fmt: skip
    assert technical.title == "Updating References to Notice to Appear Memorandum"
    assert technical.external_id == "2025-06-12-updating-references-to-notice-to-appear-memorandum"
    assert technical.url == f"https://www.uscis.gov/policy-manual/updates?update={technical.external_id}"
    assert len(technical.attributes["affected_sections"]) == 7 and technical.key_dates == []
    (moved,) = [item for item in updates if item.key_dates and item.key_dates[0].rule.endswith(":moved")]
    assert moved.title == "Safe Address and Special Procedures for Persons Protected by 8 U.S.C. 1367"
    assert moved.key_dates[0].quote == "Note: The effective date for this policy has changed to March 29, 2024."


@pytest.mark.parametrize(
    ("file", "path", "title", "updated", "words"),
    [
        ("g1055.html", "g-1055", "G-1055, Fee Schedule", date(2026, 5, 6), "05/06/26. You can find the edition date"),
        ("i821.html", "i-821", "I-821, Application for Temporary Protected Status", date(2026, 3, 30), "01/20/25."),
        ("lockbox-chart.html", "uscis-lockbox-filing-locations-chart",
         "USCIS Lockbox Filing Locations Chart for Certain Non-Family-Based Forms", date(2024, 10, 11), "Form I-485"),
        ("all-forms_list.html", "forms/all-forms", "All Forms", None, "1 - 104 of 104 total rows"),
    ],
)  # fmt: skip
def test_form_and_fee_pages_are_watched_as_pages(captures, tmp_path, file, path, title, updated, words):
    url = f"https://www.uscis.gov/{path}"
    entry = entry_of(tmp_path / "register", "page", url, text="article.node")
    (item,) = only(entry, captures / "us-uscis-pages" / file, url)
    assert (item.title, item.url, item.external_id) == (title, url, url)
    assert item.updated == updated and words in item.body
    assert "Official websites use .gov" not in item.body and "<" not in item.body


def test_wordpress_posts_are_read_through_its_json_api(captures, tmp_path):
    entry = entry_of(
        tmp_path / "register", "json_listing", "https://trustlands.utah.gov/wp-json/wp/v2/posts",
        title="title.rendered", url="link", id="id", date="date_gmt", updated="modified_gmt", zone="UTC",
        summary="excerpt.rendered", body="content.rendered",
    )  # fmt: skip
    items = only(entry, captures / "wordpress-wp-json" / "utah_trustlands_posts.json")
    assert len(items) == 10
    first = items[0]
    assert (first.external_id, first.title) == ("41168", "Land Sale Auction – June 5-10, 2025")
    assert first.url == "https://trustlands.utah.gov/news/land-sale-auction-june-5-10-2025/"
    assert first.published == first.updated == datetime(2025, 2, 17, 19, 25, 25, tzinfo=UTC)
    assert first.summary.startswith("A land sale auction will be held online June 5-10, 2025. For this auction")
    assert first.summary.endswith("[…]") and "[…]" not in first.body and "<" not in first.body


def test_hits_of_algolias_search_are_read(captures, tmp_path):
    url = "https://hn.algolia.com/api/v1/search_by_date?query=..."
    entry = entry_of(
        tmp_path / "register", "json_listing", url, items="hits", title="title", url="url", id="objectID",
        address="https://news.ycombinator.com/item?id={id}", date="created_at", body="story_text", pages="nbPages",
        page_parameter="page", max_pages=3,
    )  # fmt: skip
    items = only(entry, captures / "hn-algolia" / "search_by_date.json")
    assert [item.external_id for item in items] == [
        "46221321",
        "46428595",
        "42491916",
        "42346913",
        "44292640",
        "41147394",
    ]
    assert items[0].title == "Show HN: We open-sourced our internal tool for scoring PRs with Claude AI"
    assert items[0].url == "https://github.com/MergeMint/mergemint-app"
    assert items[0].published == datetime(2025, 12, 10, 18, 19, 51, tzinfo=UTC)
    assert items[0].body.startswith("Hi HN! I'm sharing MergeMint")
    assert items[3].url == "https://news.ycombinator.com/item?id=42346913", "a post without a link of its own"


def test_two_policy_alerts_that_say_the_same_words_are_two(updates, tmp_path):
    twins = [item for item in updates if item.title == "USCIS Expedite Criteria and Circumstances"]
    assert [item.published for item in twins] == [date(2022, 1, 25), date(2021, 6, 9)]
    assert twins[0].body == twins[1].body
    with Archive(tmp_path / "archive.db") as archive:
        archive.sync_sources([register()["us-uscis-policy-manual"].source])
        for item in twins:
            archive.store(item, text_hash=text_hash(item))
        assert archive.value("SELECT count(*) FROM announcements WHERE duplicate_of IS NULL") == 2
