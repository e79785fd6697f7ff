"""A story as a feed entry: its facts in words, its text by its licence, and nothing that changes by itself."""

import json
import re
from dataclasses import replace
from datetime import timedelta
from time import process_time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from publishing_helpers import (
    BORDER,
    COMMENTS,
    EFFECTIVE,
    FEE,
    LEAD,
    NEW,
    PROPOSAL,
    SITE,
    STAMP,
    TEXT,
    story,
)

from feeds.catalog import Limits
from feeds.labels import figure_text, figure_value, titled
from feeds.safe import TAGS, safe_html
from feeds.story import Change, DateRow, FigureRow, Story, TagRow
from feeds.story_entry import story_entry
from feeds.told import told

LIMITS = Limits()

PAGE = "https://visas.example.org/watch/story/5f3a9c0e1b2d4f60.html"


def content(**changes: object) -> str:
    return story_entry(story(**changes), SITE, LIMITS).content


def fact(html: str, name: str) -> str:
    found = re.search(rf"<li><strong>{name}:</strong> (.*?)</li>(?=<li><strong>|</ul><p>)", html)
    return found[1] if found else ""


def test_the_whole_content_of_an_official_story() -> None:
    assert content() == (
        "<ul><li><strong>Status:</strong> Final</li>"
        "<li><strong>Effective:</strong> 1 April 2026, 00:01 Eastern time, for what is filed from then</li>"
        "<li><strong>Deadline:</strong> 5 May 2026 (comments close)</li>"
        "<li><strong>Applies to:</strong> Global Skills Strategy; workers</li>"
        "<li><strong>Figures:</strong> <ul><li>Draw size (Stream A): 9,500 places → 12,000 places</li>"
        "<li>Fee (permit fee): CAD 155 → CAD 170</li></ul></li>"
        '<li><strong>Official link:</strong> <a href="https://arrivals.example.ca/final">Office of Arrivals</a>, '
        '11 March 2026, 14:30 UTC; <a href="https://arrivals.example.ca/proposal">Office of Arrivals</a> (proposed), '
        "10 January 2026</li>"
        '<li><strong>Also reported by:</strong> <a href="https://stamp.example.com/engineers">The Daily Stamp</a></li>'
        "<li><strong>Why you see this:</strong> Global Skills Strategy: “two-week permit”; Fees: “fee”; "
        "Workers: “engineers”; Canada: “Canada”</li>"
        "<li><strong>Last change:</strong> Status: proposed → final (11 March 2026, 14:30 UTC)</li></ul>"
        f'<p><a href="{PAGE}">All dates, sources and changes of this story</a>. <em>Not legal advice.</em></p>'
        '<div lang="en"><p>The office makes the two-week permit final.</p><p>Engineers apply at counter five.</p>'
        "<p>It opens at nine.</p></div><p><small>Text: Office of Arrivals. Open licence 1.0</small></p>"
    )


def test_what_stands_around_the_content() -> None:
    entry = story_entry(story(), SITE, LIMITS)
    assert entry.key == "story/5f3a9c0e1b2d4f60"
    assert entry.title == "[CA] Two-week permits for engineers become final"
    assert entry.url == PAGE
    assert entry.via == "https://arrivals.example.ca/final"
    assert entry.gist == "The office makes the two-week permit final."
    assert (entry.author, entry.language, entry.rights) == ("Office of Arrivals", "en", "Open licence 1.0")
    assert entry.source is not None and entry.source.name == "Office of Arrivals: news"
    assert [one.name for one in entry.related] == ["Office of Arrivals", "The Daily Stamp"]
    assert entry.valid == ("2026-04-01", "")
    assert entry.tags == story().tags
    assert (entry.date, entry.updated) == (story().date, story().updated)


def test_the_facts_for_programs_are_json_with_the_sentences_that_prove_them() -> None:
    facts = story_entry(story(), SITE, LIMITS).facts
    assert json.loads(json.dumps(facts)) == facts
    assert facts["story"] == "5f3a9c0e1b2d4f60" and facts["stage"] == "final"
    assert (facts["effective"], facts["deadline"]) == ("2026-04-01", "2026-05-05")
    assert (facts["countries"], facts["programmes"]) == (["ca"], ["ca-gss"])
    assert facts["official_url"] == LEAD.url
    assert facts["key_dates"][1]["quote"] == EFFECTIVE.quote and facts["key_dates"][1]["zone"] == "America/New_York"
    assert facts["figures"][1] == {
        "parameter": "fee", "value": "170", "previous": "155", "series": "permit fee", "unit": "", "currency": "CAD",
        "period": "", "valid_from": "2026-04-01", "programme": "ca-gss", "quote": FEE.quote,
        "publisher": "Office of Arrivals", "url": LEAD.url,
    }  # fmt: skip


def test_one_more_report_of_the_same_changes_nothing() -> None:
    before = story_entry(story(), SITE, LIMITS)
    late = replace(BORDER, first_seen="2026-03-12T09:00:00Z")
    grown = story(
        reports=(LEAD, PROPOSAL, STAMP, late), importance=0.9, importance_reason="official 0.25 + 4 announcements 0.09"
    )
    assert story_entry(grown, SITE, LIMITS) == before


def test_equal_stories_give_equal_entries() -> None:
    assert story_entry(story(), SITE, LIMITS) == story_entry(story(), SITE, LIMITS)


def test_press_alone_is_named_as_such_and_quoted_in_short() -> None:
    words = " ".join(f"word{n}" for n in range(400))
    lead = replace(STAMP, role="lead", stage="reported")
    press = story(
        stage="reported", lead=lead, reports=(lead, BORDER), frozen=(lead, BORDER), changes=(NEW,), title=lead.title,
        text=replace(TEXT, summary=words, body="Text of the press that must not appear.", republish="excerpt",
                     licence="All rights reserved"),
    )  # fmt: skip
    entry = story_entry(press, SITE, LIMITS)
    assert fact(entry.content, "Status") == "Reported, not official"
    assert fact(entry.content, "Reported by") == (
        '<a href="https://stamp.example.com/engineers">The Daily Stamp</a>, 11 March 2026, not yet official'
    )
    assert "Official link" not in entry.content and "must not appear" not in entry.content
    assert fact(entry.content, "Also reported by") == '<a href="https://border.example.net/permits">Border Weekly</a>'
    assert 20 < len(re.findall(r"word\d+", entry.content)) < 70
    assert entry.content.endswith(
        '…</p></div><p><a href="https://stamp.example.com/engineers">Continue reading at The Daily Stamp</a></p>'
    )
    assert (entry.via, entry.rights, fact(entry.content, "Last change")) == ("", "", "")
    assert len(entry.gist) <= 400 and entry.gist.startswith("word0 word1 ")


def test_an_official_document_is_linked_even_where_the_press_leads() -> None:
    lead = replace(STAMP, role="lead")
    entry = story_entry(story(lead=lead, frozen=(lead, PROPOSAL), reports=(lead, PROPOSAL)), SITE, LIMITS)
    assert entry.via == PROPOSAL.url
    assert fact(entry.content, "Official link").startswith('<a href="https://arrivals.example.ca/proposal">')


def test_a_removed_page_says_so() -> None:
    lead = replace(LEAD, state="removed")
    removed = Change(13, "removed", "2026-04-02T08:00:00Z", "Removed: Two-week permits: the page is gone")
    html = content(lead=lead, frozen=(lead,), changes=(NEW, removed))
    assert fact(html, "Status") == "Final (the page has been removed by its publisher)"
    assert fact(html, "Archived copy").endswith('#words">the text as it was last read</a>')
    assert fact(html, "Last change") == "Page removed: Two-week permits: the page is gone (2 April 2026, 08:00 UTC)"


def test_a_source_without_a_date_is_not_given_one() -> None:
    html = content(lead=replace(LEAD, published=""), frozen=(replace(LEAD, published=""),))
    assert fact(html, "Official link").endswith("</a>, first seen 11 March 2026, 15:00 UTC (the source states no date)")


def test_dates_are_never_more_precise_than_they_were() -> None:
    rows = (
        DateRow("effective", "2026-04"),
        DateRow("window_open", "2027"),
        DateRow("signed", "2026-03-01", "09:00", "BST"),
    )
    html = content(key_dates=rows, effective="2026-04", deadline="")
    assert fact(html, "Effective") == "April 2026"
    assert fact(html, "Opens") == "2027"
    assert fact(html, "Signed") == "1 March 2026, 09:00 BST"
    assert story_entry(story(key_dates=rows, effective="2026-04"), SITE, LIMITS).valid == ("", "")


def test_the_day_of_effect_that_holds_comes_first_and_a_pinned_one_is_shown() -> None:
    older = DateRow("effective", "2026-02-01", quote="Planned for February.")
    assert fact(content(key_dates=(older, EFFECTIVE)), "Effective") == (
        "1 April 2026, 00:01 Eastern time, for what is filed from then; 1 February 2026"
    )
    assert fact(content(key_dates=(), deadline="2026-06-01"), "Effective") == "1 April 2026"
    assert fact(content(key_dates=(), deadline="2026-06-01"), "Deadline") == "1 June 2026"


def test_a_deadline_that_was_moved_is_named_once() -> None:
    early = replace(COMMENTS, date="2026-04-20", url=PROPOSAL.url, quote="until 20 April")
    html = content(key_dates=(early, COMMENTS))
    assert fact(html, "Deadline") == "5 May 2026 (comments close)" and "20 April" not in html


def test_what_was_added_or_taken_out_is_said_so() -> None:
    assert told("revision", "Edited: T: x", "(nothing)", "a fee") == "Edited: added: a fee"
    assert told("revision", "Silent edit: T: x", "a fee", "(nothing)") == "Silent edit: taken out: a fee"


def test_slugs_and_labels_become_words() -> None:
    assert figure_text(FigureRow("fee", "1410", "1225", "premium-processing/fee", currency="USD")) == (
        "Fee (premium processing): USD 1,225 → USD 1,410"
    )
    assert (
        figure_text(FigureRow("cap", "65000", series="h-1b/annual-cap", unit="visas"))
        == "Cap (h 1b, annual cap): 65,000 visas"
    )
    assert figure_text(FigureRow("cutoff_date", "C", "2013-11-01", "EB-2, India")) == (
        "Cutoff date (EB-2, India): 1 November 2013 → Current"
    )
    people = (TagRow("audience", "employers", "Employers and HR"), TagRow("audience", "hr", "HR"))
    assert fact(content(tags=people), "Applies to") == "employers and HR, HR"
    twice = (TagRow("audience", "dependants", "Dependants", "H-4"), TagRow("topic", "dependants", "Dependants", "H-4"))
    assert fact(content(tags=twice), "Why you see this") == "Dependants: “H-4”"


def test_the_window_of_a_rule_ends_with_its_expiry_or_its_transition() -> None:
    def window(*rows: DateRow) -> tuple[str, str]:
        return story_entry(story(key_dates=(EFFECTIVE, *rows)), SITE, LIMITS).valid

    assert window(DateRow("expiry", "2027-04-01"), DateRow("transition_until", "2028-01-01")) == (
        "2026-04-01",
        "2027-04-01",
    )
    assert window(DateRow("transition_until", "2026-12-31")) == ("2026-04-01", "2026-12-31")
    assert window(DateRow("expiry", "2020-01-01")) == ("2026-04-01", "")


def test_long_lists_are_counted() -> None:
    papers = tuple(replace(STAMP, announcement_id=f"p{n}", publisher=f"Paper {n:02}") for n in range(14))
    figures = tuple(FigureRow("score", str(480 + n), series=f"round {n}") for n in range(9))
    html = content(frozen=(LEAD, *papers), figures=figures, figures_total=30)
    assert fact(html, "Also reported by").endswith("Paper 09</a> and 4 more")
    assert fact(html, "Figures").endswith("<li>Score (round 5): 485</li><li>… and 24 more</li></ul>")


def test_a_long_text_is_cut_at_a_paragraph_and_links_onwards() -> None:
    body = "\n\n".join(f"Paragraph {n} " + "x" * 900 for n in range(10))
    html = content(text=replace(TEXT, summary="", body=body))
    assert re.findall(r"<p>Paragraph (\d) x{900}</p>", html) == ["0", "1", "2", "3"]
    assert '<p><a href="https://arrivals.example.ca/final">Continue reading at Office of Arrivals</a></p>' in html


@pytest.mark.parametrize(
    ("codes", "title"),
    [
        ([], "A rule"),
        (["us"], "[US] A rule"),
        (["us", "ca"], "[CA/US] A rule"),
        (["us", "ca", "gb", "fr"], "[CA/FR/GB/US] A rule"),
        (["us", "ca", "gb", "fr", "de", "es"], "[CA/DE/ES/+3] A rule"),
    ],
)
def test_titles_open_with_their_countries(codes: list[str], title: str) -> None:
    assert titled("A rule", [TagRow("country", code, code) for code in codes]) == title


def test_the_stated_language_marks_the_text_and_a_false_one_does_not() -> None:
    assert '<div lang="fr"><p>' in content(text=replace(TEXT, language="fr"))
    assert "<div" not in content(text=replace(TEXT, language='fr" onclick="x'))


@pytest.mark.parametrize(
    ("html", "safe"),
    [
        ('<p onclick="x">a<script>alert(1)</script><style>p{}</style></p>', "<p>a</p>"),
        ('<a href="javascript:alert(1)">a</a><a href="/b">b</a><a href="//c/d">c</a>', "<a>a</a><a>b</a><a>c</a>"),
        ('<a href="https://x.org/?a=1&amp;b=2" target="_blank">a</a>', '<a href="https://x.org/?a=1&amp;b=2">a</a>'),
        ('<img src="x"><iframe src="https://x"></iframe><form><input></form>text', "text"),
        ("<h2>heading</h2><table><tr><td>cell</td></tr></table>", "headingcell"),
        ("<ul><li>open<li>items", "<ul><li>open</li><li>items</li></ul>"),
        ("&#x202e;a&#1;b\x07c\u2066d&#xE0041;", "abcd"),
        ('<span lang="en-GB">a</span><span lang="<b>">b</span>', '<span lang="en-GB">a</span><span>b</span>'),
        ("a&nbsp;b &amp;nbsp; <!-- c --> d", "a\xa0b &amp;nbsp;  d"),
    ],
)
def test_nothing_harmful_leaves_the_house(html: str, safe: str) -> None:
    assert safe_html(html) == safe


_HOSTILE = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        ["<script>alert(1)</script>", "</div></ul>", "\u202egnp.exe", "\x00\x1b", "javascript:alert(1)", "]]>",
         "&lt;b&gt;", "<a href='javascript:x'>", "https://x.example/\"onmouseover=1", "https://x.example/<b>", "\ud800",
         "2026-13-99", "2026-04-01", "effective", "<!--", "&#x202e;"]
    ),
)  # fmt: skip
_TAG = re.compile(r"<(/?)([a-z]+)([^<>]*)>")


@st.composite
def hostile_stories(draw: st.DrawFn) -> Story:
    def text() -> str:
        return draw(_HOSTILE)

    reports = tuple(
        replace(LEAD, announcement_id=f"h{n}", title=text(), url=text(), publisher=text(), published=text(),
                first_seen=text(), stage=text(), authority=draw(st.sampled_from(["primary", "secondary"])))
        for n in range(draw(st.integers(1, 3)))
    )  # fmt: skip
    return story(
        title=text(), stage=text(), lead=reports[0], frozen=reports, effective=text(), deadline=text(),
        tags=(TagRow("country", text(), text(), text()), TagRow("programme", text(), text(), text())),
        key_dates=tuple(DateRow(text(), text(), text(), text(), text(), text(), text(), text()) for _ in range(2)),
        figures=(FigureRow(text(), text(), text(), text(), text(), text(), text(), quote=text(), url=text()),),
        changes=(Change(1, text(), text(), text(), text(), text(), text(), text()),),
        text=replace(TEXT, summary=text(), body=text(), language=text(), licence=text(), source_url=text(),
                     source_name=text(), republish=draw(st.sampled_from(["full", "excerpt"]))),
    )  # fmt: skip


@given(hostile_stories())
@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
def test_hostile_words_make_no_markup_and_no_links(hostile: Story) -> None:
    entry = story_entry(hostile, SITE, LIMITS)
    assert safe_html(entry.content) == entry.content
    opened: list[str] = []
    for closing, tag, attributes in _TAG.findall(entry.content):
        assert tag in TAGS
        assert re.fullmatch(r'( (href="https?://[^"<>\s]+"|lang="[A-Za-z0-9-]+"))?', attributes), attributes
        if closing:
            assert opened.pop() == tag
        elif tag != "br":
            opened.append(tag)
    assert not opened
    for words in (
        entry.title,
        entry.gist,
        entry.author,
        entry.rights,
        entry.content,
        json.dumps(entry.facts, ensure_ascii=False),
    ):
        words.encode()
        assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\u202a-\u202e\u2066-\u2069]", words)
    assert re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", entry.language)
    assert entry.gist and entry.author and "\n" not in entry.gist + entry.title
    for address in (entry.url, entry.via, *(link.url for link in entry.related)):
        assert address == "" or re.match(r"https?://[^\s<>\"]+$", address)
    assert all(part == "" or re.fullmatch(r"\d{4}-\d\d-\d\d", part) for part in entry.valid)


def test_an_entry_is_built_in_a_fraction_of_a_millisecond() -> None:
    large = story(
        text=replace(TEXT, body="\n\n".join("word " * 60 for _ in range(30))),
        frozen=(LEAD, PROPOSAL, *(replace(STAMP, announcement_id=f"p{n}", publisher=f"Paper {n}") for n in range(8))),
        figures=tuple(replace(FEE, series=f"fee {n}") for n in range(6)),
    )
    story_entry(large, SITE, LIMITS)
    before = process_time()
    for _ in range(100):
        story_entry(replace(large, updated=large.updated + timedelta(seconds=1)), SITE, LIMITS)
    assert (process_time() - before) / 100 < 0.002  # 0.4 ms on an idle core


@pytest.mark.parametrize(
    ("figure", "words"),
    [
        (FigureRow("draw_size", "2408"), "2,408"),
        (FigureRow("score", "2408", unit="points"), "2,408 points"),
        (FigureRow("cap", "15050", "2408"), "15,050"),
        (FigureRow("validity", "2026"), "2026"),
        (FigureRow("validity", "2408"), "2,408"),
        (FigureRow("processing_time", "36", unit="days"), "36 days"),
    ],
)
def test_numbers_are_grouped_from_a_thousand_and_years_are_not(figure: FigureRow, words: str) -> None:
    assert figure_value(figure, figure.value) == words
