"""What pages say of the past, of what is only planned and of days: nothing superseded or proposed looks like a rule."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from lxml import html
from page_site import EDIT, a_front, by_path, feeds, pages
from publishing_helpers import COMMENTS, EFFECTIVE, FEE, FINAL, LEAD, NEW, PROPOSAL, SITE, STAMP, entry, story

from feeds.catalog import Limits
from feeds.entry import Feed
from feeds.feed_page import feed_page
from feeds.html import channels
from feeds.index_page import MANY, index_page
from feeds.story import Change, TagRow
from feeds.story_entry import story_entry
from feeds.story_page import steps, story_page


def tree(data: bytes) -> html.HtmlElement:
    return html.document_fromstring(data, parser=html.HTMLParser(encoding="utf-8"))


def section(page: html.HtmlElement, name: str) -> str:
    (found,) = page.xpath(f"//section[@aria-labelledby='{name}']")
    return " ".join(found.text_content().split())


# -- what a story page says of the past and of what is only planned --------------------------------------------


def page_of(**changes: Any) -> html.HtmlElement:
    return tree(story_page(story(**changes), SITE, by_path()))


def cells(page: html.HtmlElement) -> list[list[str]]:
    rows = page.xpath("//section[@aria-labelledby='figures']//tr")
    return [[" ".join(cell.text_content().split()) for cell in row] for row in rows]


def test_every_official_step_is_on_the_timeline_even_where_events_are_not_told_apart() -> None:
    review = replace(PROPOSAL, url="https://review.example.ca/1", published="2026-02-01", stage="under-review")
    again = replace(LEAD, url="https://arrivals.example.ca/news", published="2026-03-12", role="official")
    late = replace(STAMP, event="under-review", published="2026-02-03")
    rows = steps(story(reports=(LEAD, PROPOSAL, review, again, late)))
    assert [(row.label, row.report.url) for row in rows] == [
        ("Proposed", PROPOSAL.url), ("Under review", review.url), ("Final", LEAD.url),
    ]  # fmt: skip


def test_a_document_that_came_to_say_another_stage_is_two_steps() -> None:
    gone = replace(
        LEAD, stage="withdrawn", event="withdrawn", published="2026-01-10", first_seen="2026-01-11T00:00:00Z"
    )
    change = Change(20, "stage", "2026-02-01T08:00:00Z", "Stage: withdrawn", "under-review", "withdrawn", LEAD.url)
    rows = steps(story(reports=(gone,), changes=(change,)))
    assert [(row.label, row.at) for row in rows] == [
        ("Under review", "2026-01-10"), ("Withdrawn", "2026-02-01T08:00:00Z"),
    ]  # fmt: skip


def test_changes_are_told_in_words() -> None:
    rows = (
        Change(1, "new", "2026-01-10", "A title", after="proposed"),
        Change(2, "stage", "2026-01-11", "Stage: final, before under-review", "under-review", "final"),
        Change(3, "date", "2026-01-12", "Day of effect: 2026-09-12", "", "2026-09-12"),
        Change(
            4, "figure", "2026-01-13", "us-h-1b fee h-1b/fee/registration: 10 USD, before 25 USD", "25 USD", "10 USD"
        ),
        Change(5, "removed", "2026-01-14", "Removed: A title: HTTP 404; seen 3 times since 2026-01-13T20:01:36Z"),
    )
    items = page_of(changes=rows).xpath("//ol[@class='timeline'][2]/li/p[2]")
    assert [" ".join(item.text_content().split()) for item in items] == [
        "New proposed",
        "Status under review → final",
        "Effective date 12 September 2026",
        "Fee (registration) 25 USD → 10 USD",
        "Page removed its address answered “not found” (404) 3 times, first on 13 January 2026, 20:01 UTC",
    ]


def test_what_is_proposed_stands_apart_and_what_is_ahead_is_new() -> None:
    asked = replace(FEE, value="250", previous="", valid_from="", url=PROPOSAL.url)
    decided = replace(FEE, valid_from="")
    page = page_of(figures=(asked, decided), key_dates=(replace(EFFECTIVE, date="2026-09-01"),))
    assert [row[1:4] for row in cells(page)] == [
        ["Before", "New", "From"], ["CAD 155", "CAD 170", "1 September 2026"], ["–", "CAD 250proposed", "–"],
    ]  # fmt: skip
    running = replace(LEAD, stage="in-force")
    now = page_of(lead=running, reports=(running,), figures=(replace(FEE, valid_from="2026-01-01"),))
    assert cells(now)[0][2] == "Now"


def test_two_days_of_effect_of_one_document_do_not_date_its_figures() -> None:
    days = (EFFECTIVE, replace(EFFECTIVE, date="2026-06-01"))
    assert cells(page_of(figures=(replace(FEE, valid_from=""),), key_dates=days))[1][3] == "–"


def test_dates_that_no_longer_stand_say_so() -> None:
    first = replace(COMMENTS, date="2026-04-05", url=PROPOSAL.url)
    over = replace(COMMENTS, kind="window_close", date="2026-03-01")
    words = section(page_of(key_dates=(first, COMMENTS, over)), "dates")
    assert "Comments until: 5 April 2026 (superseded by a later document)" in words
    assert "Comments until: 5 May 2026 Comments" in words
    assert "Closes: 1 March 2026 (over)" in words
    page = page_of(stage="withdrawn", key_dates=(COMMENTS,))
    assert "Deadline5 May 2026 (no longer counts: withdrawn)" in section(page, "glance")
    assert "Comments until: 5 May 2026 (no longer counts: withdrawn)" in section(page, "dates")


def test_a_delay_and_the_day_that_it_moves_are_told_apart() -> None:
    own = replace(EFFECTIVE, date="2026-03-11", time="", applies_to="", quote="effective on 11 March")
    moved = replace(own, date="2026-09-01", quote="The rule of January is delayed until 1 September 2026.")
    page = page_of(stage="court", key_dates=(own, moved), effective=moved.date)
    assert "Delayed until1 September 2026 (contested in court)" in section(page, "glance")
    words = section(page, "dates")
    assert "The delay takes effect: 11 March 2026" in words
    assert "Delayed until: 1 September 2026 (contested in court)" in words
    block = story_entry(story(stage="court", key_dates=(own, moved), effective=moved.date), SITE, Limits()).content
    assert "<li><strong>Delayed until:</strong> 1 September 2026, contested in court</li>" in block
    assert "<li><strong>The delay takes effect:</strong> 11 March 2026, contested in court</li>" in block


def test_charts_are_left_to_the_table_of_figures() -> None:
    text = replace(
        story().text, summary="", body="Numbers move.\n\nEB | India | China\n2nd | C | U\nwork | 5 days\n\nThe end."
    )
    words = [p.text for p in page_of(text=text).xpath("//div[@class='words']/p")]
    assert words == ["Numbers move.", "The end."]


def test_a_document_is_listed_once() -> None:
    copy = replace(LEAD, announcement_id="a9", role="syndicated", url=LEAD.url + "/")
    assert "Copies elsewhere" not in section(page_of(reports=(copy, LEAD, STAMP)), "coverage")


def test_edits_are_told_without_what_is_for_machines() -> None:
    diff = "@ stage\n- under-review\n+ in-force\n@ updated\n- 2026-03-01\n+ 2026-03-12\n@ facts\n+ date effective x"
    words = section(page_of(edits=(replace(EDIT, diff=diff), replace(EDIT, diff="@ facts\n+ x y"))), "edits")
    assert "Under review In force" in words
    assert "1 March 2026 12 March 2026" in words
    assert "date effective" not in words
    assert words.count("Silent edit") == 1


# -- dates and names of entries --------------------------------------------------------------------------------


def test_the_front_page_dates_a_rule_by_its_document_and_says_when_it_was_found_and_changed() -> None:
    late = replace(LEAD, published="2026-03-09", first_seen="2026-03-12T10:00:00Z")
    when_new = datetime(2026, 3, 9, 12, 0, tzinfo=UTC)
    found = story(lead=late, date=when_new, updated=datetime(2026, 3, 12, 10, 0, tzinfo=UTC), changes=(NEW,))
    line = section(tree(index_page(a_front([found]), (), SITE)), "news")
    assert "9 March 2026 · seen 12 March 2026 ·" in line
    assert "changed" not in line
    moved = replace(found, changes=(NEW, replace(FINAL, kind="date")))
    assert "seen 12 March 2026 · changed 12 March 2026" in section(tree(index_page(a_front([moved]), (), SITE)), "news")
    early = replace(found, lead=replace(late, first_seen="2026-03-08T10:00:00Z"))
    assert "seen" not in section(tree(index_page(a_front([early]), (), SITE)), "news")


def test_a_feed_page_dates_entries_by_what_they_are_about() -> None:
    one = entry(1, facts={"published": "2026-03-07"})
    changed = entry(2, content="<ul><li><strong>Last change:</strong> Fee</li></ul>", facts={"published": "2026-03-10"})
    rows = tree(feed_page(replace(feeds()[0], entries=(one, changed)), SITE, by_path()["all"]))
    lines = [" ".join(p.text_content().split()) for p in rows.xpath("//article/p[@class='source']")]
    assert lines == [
        "7 March 2026 · seen 10 March 2026 · Office of Arrivals",
        "10 March 2026 · changed 20 March 2026 · Office of Arrivals",
    ]


def test_digest_entries_have_names_to_lead_to() -> None:
    rows = (
        entry(1, key="digest/weekly/2026-W11", url=SITE.address("weekly.html#2026-W11")),
        entry(2, url=SITE.address("story/x.html#2026-W11")),
        entry(3, url=SITE.address('weekly.html#"><b>')),
    )
    page = tree(feed_page(replace(feeds()[2], entries=rows), SITE, by_path()["weekly"]))
    assert [article.get("id") for article in page.xpath("//article")] == ["2026-W11", None, None]


def test_links_to_feeds_say_whose_they_are_and_long_groups_are_folded() -> None:
    page = tree(pages()["index.html"])
    labels = [link.get("aria-label") for link in page.xpath("//span[@class='formats']/a")]
    assert len(labels) == len(set(labels))
    assert "RSS: Global Skills Strategy" in labels
    tags = [TagRow("topic", f"t{number}", f"Topic {number}") for number in range(MANY + 1)]
    many = channels([Feed(tag.path, tag.label, "", page=f"{tag.path}.html", tag=tag) for tag in tags], SITE)
    folded = tree(index_page(a_front(), many, SITE)).xpath("//details")
    assert [(len(group.xpath(".//li")), group.xpath("./summary/text()")) for group in folded] == [
        (MANY + 1, [f"{MANY + 1} feeds"])
    ]
    assert not page.xpath("//details[not(ancestor::figure)]")
