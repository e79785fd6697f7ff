"""Bespoke readers of US notices: policy manual updates, labor certification news, visas news."""

from datetime import date

import pytest
from reader_helpers import read_text

from spiders.base import Drift, Empty
from spiders.register import register
from spiders.slugs import file_id, slug
from spiders.us_uscis_policy_manual import key_dates

UPDATE = """<div class="pm-updates"><div class="pm-resource__header">
<div class="pm-resource__update_header">{heading}</div><div><time datetime="{time}">x</time></div></div>
<div class="pm-resource__content"><div class="field--name-body">{text}</div>{link}</div></div>"""


def update(heading="POLICY ALERT - Founders", time="2026-02-18T12:00:00Z", text="<p>New guidance.</p>", link=""):
    return UPDATE.format(heading=heading, time=time, text=text, link=link)


def manual(*updates, count=None):
    counted = f'<span id="updates_count">{len(updates) if count is None else count}</span>'
    return f"<html><body>{counted}{''.join(updates)}</body></html>"


@pytest.fixture
def policy():
    return register()["us-uscis-policy-manual"]


def test_an_update_whose_label_is_missing_or_new_keeps_its_whole_heading(policy):
    one, two = read_text(policy, manual(update("Founders - a first look"), update("Technical Update – Volume 6")))
    assert (one.title, one.attributes.get("label")) == ("Founders - a first look", "")
    assert (two.title, two.attributes["label"]) == ("Volume 6", "Technical Update")
    assert two.external_id == "2026-02-18-volume-6"


def test_a_replaced_document_is_the_same_policy_alert(policy):
    link = '<a href="/sites/default/files/20260218-Founders{}.pdf">Read More</a>'
    ids = {read_text(policy, manual(update(link=link.format(end))))[0].id for end in ("", "_0", "_12")}
    assert len(ids) == 1


def test_updates_without_documents_have_addresses_of_their_own(policy):
    one, two = read_text(policy, manual(update("Technical Update - A"), update("Technical Update - B")))
    assert one.canonical_url != two.canonical_url and one.id != two.id


def test_text_that_stands_outside_paragraphs_is_read(policy):
    (item,) = read_text(policy, manual(update(text="Bare text of an old update.")))
    assert item.summary == item.body == "Bare text of an old update."


def test_updates_that_the_page_counts_but_the_reader_misses_are_drift(policy):
    with pytest.raises(Drift, match="says that it has 3 updates, 1 were found"):
        read_text(policy, manual(update(), count=3))


@pytest.mark.parametrize("broken", [update(time="soon"), update(heading=""), update(text="")])
def test_a_broken_update_is_named(policy, broken):
    with pytest.raises(Drift, match=r"update 2 .* lacks a heading or a date|update 2 .* has no text"):
        read_text(policy, manual(update(), broken))


def test_a_manual_without_updates_is_empty(policy):
    with pytest.raises(Empty):
        read_text(policy, "<html><body><main><h1>Updates</h1></main></body></html>")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("This guidance becomes effective July 12, 2024.", [("effective", "2024-07-12")]),
        ("This policy guidance is effective on February 24, 2020, and will apply.", [("effective", "2020-02-24")]),
        ("Fees change, with an effective date of December 2, 2019.", [("effective", "2019-12-02")]),
        ("It is effective through September 30, 2021.", [("expiry", "2021-09-30")]),
        ("It follows the final rule, published July 24, 2019, and effective November 21, 2019.", []),
        ("The Final Rule (effective August 25, 2020) amended it.", []),
        ("This guidance becomes effective immediately.", []),
        ("This guidance becomes effective February 30, 2024.", []),
        ("This guidance becomes effective July 1, 2023. Note: The effective date for this policy has changed to "
         "March 29, 2024.", [("effective", "2024-03-29")]),
    ],
)  # fmt: skip
def test_only_dates_stated_for_the_guidance_itself_are_key_dates(text, expected):
    assert [(k.kind, k.date) for k in key_dates([text])] == expected


def test_the_quote_is_the_sentence_that_states_the_date():
    (found,) = key_dates(["U.S. Citizenship (USCIS) is changing it. This guidance is effective May 1, 2026. It ends."])
    assert found.quote == "This guidance is effective May 1, 2026."


def test_ids_from_names_survive_case_spelling_marks_and_escapes():
    assert file_id("/x/2026%20Fee-Rule_3.PDF") == "2026-fee-rule" and file_id("/x/page.html") == ""
    assert slug(" Élan & Co. – “Visas” ") == "élan-co-visas"


# -- labor certification ------------------------------------------------------------------------------------


@pytest.fixture
def oflc():
    return register()["us-dol-oflc"]


def news(content):
    return f"<html><body><div id='main-content'></div><div role='main'>{content}</div></body></html>"


def test_headings_are_found_whatever_tags_they_stand_in(oflc):
    items = read_text(
        oflc,
        news(
            "<p><b>March 16, 2026.</b> <b>One</b></p><p>Text one.</p><div>March 4th, 2026. Two</div>Text two."
            "<h3><a href='/x'>Sept. 3, 2025 – Three</a></h3><table><tr><td>Cell</td><td>Other</td></tr></table>"
        ),
    )
    assert [(i.title, i.published, i.body) for i in items] == [
        ("One", date(2026, 3, 16), "Text one."),
        ("Two", date(2026, 3, 4), "Text two."),
        ("Three", date(2025, 9, 3), "Cell\n\nOther"),
    ]
    assert items[0].external_id == "2026-03-16-one"


def test_a_title_that_runs_on_into_its_text_ends_at_its_first_full_stop(oflc):
    (item,) = read_text(oflc, news(f"<p>March 16, 2026. A title. {'And much text without an end ' * 20}</p>"))
    assert item.title == "A title" and item.body.startswith("And much text")


def test_an_announcement_that_stands_twice_is_one_and_two_of_one_heading_are_named(oflc):
    one = "<h4>March 16, 2026. One</h4><p>Text.</p>"
    assert len(read_text(oflc, news(one + one))) == 1
    with pytest.raises(Drift, match="two announcements are headed March 16, 2026"):
        read_text(oflc, news(one + one.replace("Text", "Other text")))


def test_an_impossible_date_is_named(oflc):
    with pytest.raises(Drift, match="February 30, 2026"):
        read_text(oflc, news("<h4>February 30, 2026. One</h4><h4>March 1, 2026. Two</h4>"))


def test_a_page_without_dated_headings_is_empty(oflc):
    with pytest.raises(Empty):
        read_text(oflc, news("<h4>Announcements</h4><p>None at present.</p>"))


# -- visas news ---------------------------------------------------------------------------------------------


@pytest.fixture
def visas():
    return register()["us-state-visas-news"]


def linked(name, title="Annual Limit Reached"):
    return f'<a href="/content/travel/en/News/visas-news/{name}.html">{title}</a>'


@pytest.mark.parametrize(
    "markup",
    [
        "<table><tr><td>{a}</td><td>9/3/2026</td></tr><tr><td>{b}</td><td>9/2/2025</td></tr></table>",
        "<div><p>{a}</p><p>September 3, 2026</p></div><div><p>{b}</p><p>September 2, 2025</p></div>",
        "<dl><div><dt>Sep 3, 2026</dt><dd>{a}</dd></div><div><dt>Sept. 2, 2025</dt><dd><b>{b}</b></dd></div></dl>",
    ],
)
def test_links_with_one_title_are_told_apart_and_dated_by_what_stands_beside_them(visas, markup):
    one, two = read_text(visas, f"<div id='content'>{markup.format(a=linked('eb2-2026'), b=linked('eb2-2025'))}</div>")
    assert one.title == two.title and one.id != two.id
    assert (one.published, two.published) == (date(2026, 9, 3), date(2025, 9, 2))


def test_visas_news_without_any_date_has_drifted(visas):
    with pytest.raises(Drift, match="no row has a date"):
        read_text(visas, f"<p>{linked('a')}</p><p>{linked('b')}</p>")


def test_menus_and_other_sections_are_no_news(visas):
    law = "<p><a href='/content/travel/en/legal.html'>Law</a></p>"
    page = f"<nav>{linked('menu')}</nav><p>{linked('a')} May 1, 2026</p>{law}"
    assert [item.url.rsplit("/", 1)[1] for item in read_text(visas, page)] == ["a.html"]
