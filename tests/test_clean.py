"""Cleaning: text without markup or hidden characters, dates that can be true."""

import re
from datetime import UTC, date, datetime, timedelta, timezone
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.models import Announcement, Figure, Identifier, KeyDate
from pipelines.clean import UnusableItem, clean, one_line, plain_text

SEEN = datetime(2026, 3, 1, 12, tzinfo=UTC)


def _item(**changes):
    values = {"source_id": "us-x", "url": "https://x.gov/1", "title": "A title", "seen": SEEN} | changes
    return Announcement(**values)


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>One.</p><p>Two &amp; three.</p>", "One.\n\nTwo & three."),
        ("Fee &gt; $1,000", "Fee > $1,000"),
        ("A &amp;amp; B", "A &amp; B"),
        ("<ul><li>H-1B</li><li>L-1</li></ul>", "H-1B\nL-1"),
        ("before<script>alert(1)</script>after", "beforeafter"),
        ("before<style>p { color: red }</style> after", "before after"),
        ("line<br>break", "line\nbreak"),
        ("no\xa0break   spaces", "no break spaces"),
        ("zero\u200bwidth and soft\u00adhyphen", "zerowidth and softhyphen"),
        ("right\u202eto left", "rightto left"),
        ("nul\x00 and bell\x07", "nul and bell"),
        ("e\u0301tudiants", "étudiants"),
        ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
        ("<b>bold</b> and <i>italic</i>", "bold and italic"),
        ("<table><tr><td>EB-2</td><td>01JAN13</td></tr></table>", "EB-2\n01JAN13"),
        ("<HTML>", ""),
        ("<html><head><title>A page</title></head><body>Its text</body></html>", "A page\nIts text"),
        ("<body><frameset>", ""),
        ("", ""),
        ("&lt;script&gt;alert(1)&lt;/script&gt;stays", "stays"),
        ("Salary &lt;minimum&gt; rises", "Salary <minimum> rises"),
        ("<b>&lt;a href=x&gt;twice&lt;/a&gt;</b> wrapped", "twice wrapped"),
        ("<img/src=x/onerror=alert(1)>no space needed", "no space needed"),
        ("\x01<scr\x01ipt>alert(1)</scr\u200bipt>broken names", "broken names"),
        ('cut in a <a href="https://x.go', "cut in a"),
        ("<o:p>of a word processor</o:p>", "of a word processor"),
        ("<title>never closed", "never closed"),
        ("see <https://x.gov/> or <me@x.gov>, 1 <b and c", "see <https://x.gov/> or <me@x.gov>, 1 <b and c"),
        ("&#x202e;reversed&#8238;", "reversed"),
        ("tag\U000e0041s, mark\u061cs, note\ufff9s, nothing\ufdd0s", "tags, marks, notes, nothings"),
        ("flag 🇨🇦, 漢\U000e0100", "flag 🇨🇦, 漢\U000e0100"),
    ],
)
def test_plain_text(markup, text):
    assert plain_text(markup) == text


@given(st.text(max_size=200))
def test_any_text_becomes_text_that_xml_can_carry_and_stays_that_way(text):
    cleaned = plain_text(text)
    assert all(c in "\t\n" or ord(c) >= 0x20 for c in cleaned)
    assert not any(0xD800 <= ord(c) <= 0xDFFF or c in "\ufffe\uffff\u202e" for c in cleaned)
    assert "\n" not in one_line(text)


def test_times_move_to_utc_and_days_stay_days():
    ottawa = timezone(timedelta(hours=-4))
    item = clean(_item(published=datetime(2026, 2, 1, 20, 30, tzinfo=ottawa), updated=date(2026, 2, 3)))
    assert item.published == datetime(2026, 2, 2, 0, 30, tzinfo=UTC)
    assert item.updated == date(2026, 2, 3)


@pytest.mark.parametrize("lie", [date(1970, 1, 1), date(2027, 1, 1), datetime(2099, 1, 1, tzinfo=UTC)])
def test_dates_that_cannot_be_true_are_dropped_and_noted(lie):
    item = clean(_item(published=lie))
    assert item.published is None
    assert item.attributes["implausible_published"].startswith(str(lie.year))


@pytest.mark.parametrize(
    "changes",
    [{"title": " \u200b "}, {"url": "javascript:alert(1)"}, {"url": "mailto:a@b.c"}, {"url": "https://"},
     {"published": datetime(2026, 1, 1)}],
)  # fmt: skip
def test_unusable_items_are_refused_with_a_reason(changes):
    with pytest.raises(UnusableItem, match="us-x"):
        clean(_item(**changes))


@pytest.mark.parametrize("part", ["<!--", "<a ", "<a b=", "&lt;", "<p>&lt;p&gt;", "\u2003", "<p>\u2003", "<title>"])
def test_a_hostile_text_is_cleaned_in_time_that_grows_with_its_length(part):
    before = process_time()
    assert len(plain_text(part * 20_000)) <= len(part) * 20_000
    assert process_time() - before < 3


def test_half_characters_of_json_cannot_reach_the_archive():
    item = _item(
        title="A \ud800title", summary="\udc00s", external_id="7\ud83d", language="en\ud800",
        attributes={"a\ud800": ["b\udc00", {"c": 1, "d": "e\x00"}], "n": None},
        key_dates=[KeyDate("effective", "2026-03-01", "from\ud800 March", "r", applies_to="<b>new</b>\u202e")],
        figures=[Figure("p", "fee", "5\ud800", "fee\ud800", "r", series="s\ud800", dimensions={"k": "v\ud800"})],
        identifiers=[Identifier("fr", "2026\ud800-1")],
    )  # fmt: skip
    cleaned = clean(item)
    assert (cleaned.title, cleaned.summary, cleaned.external_id, cleaned.language) == ("A title", "s", "7", "en")
    assert cleaned.attributes == {"a": ["b", {"c": 1, "d": "e"}], "n": None}
    assert (cleaned.key_dates[0].quote, cleaned.key_dates[0].applies_to) == ("from March", "new")
    assert (cleaned.figures[0].value, cleaned.figures[0].dimensions) == ("5", {"k": "v"})
    assert cleaned.identifiers[0].value == "2026-1"
    repr(cleaned).encode()


_PIECES = st.sampled_from(
    ["<script>", "</script>", "<img/src=x>", "&lt;", "&gt;", "&amp;", "<", ">", "b", " ", "<!--", "-->", "\u202e",
     "\x00", "&#x202e;", "<svg", "onload=", "='", '"']
)  # fmt: skip


@given(st.lists(_PIECES, max_size=30).map("".join))
def test_no_tag_survives_in_any_wrapping(text):
    assert not re.search(r"<(script|img|svg)(?=[\s/>])[^<>]*>|[\u202e\x00]", plain_text(text))
