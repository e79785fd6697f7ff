"""Cleaning: text without markup or hidden characters, dates that can be true."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.models import Announcement
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
