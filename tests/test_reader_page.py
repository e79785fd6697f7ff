"""The page shape: one announcement for ever, whose text is the page's."""

from datetime import date

import pytest
from reader_helpers import entry_of, read_text

from spiders.base import Drift
from spiders.guard import PageError
from spiders.register import RegisterError

URL = "https://office.example.gov/fees"
PAGE = """<html lang="en"><head><title>Fees | Office</title><link rel="canonical" href="https://office.example.gov/fees/">
<meta property="og:site_name" content="Office"><meta name="description" content="What it costs.">
<meta property="article:published_time" content="2026-01-05"><meta property="article:modified_time"
content="2026-02-06"></head><body><nav>Menu of the day</nav><main><h1>Fees</h1>
<table class="fees"><tr><th>Permit</th><td>$155</td></tr><tr><th>Visa</th><td>{fee}</td></tr></table>
<p>{text}</p></main></body></html>"""
TEXT = "Fees are paid when the application is filed, and they are not paid back when it is refused. " * 4


@pytest.fixture
def entry(tmp_path):
    return entry_of(tmp_path / "register", "page", URL, [f"{URL}?*"], text="table.fees")


def test_a_page_is_one_announcement_named_by_its_canonical_address(entry):
    (item,) = read_text(entry, PAGE.format(fee="$205", text=TEXT))
    (other,) = read_text(entry, PAGE.format(fee="$205", text=TEXT), f"{URL}?lang=en")
    assert item.external_id == "https://office.example.gov/fees" and item.url == "https://office.example.gov/fees/"
    assert (item.title, item.summary, item.language) == ("Fees", "What it costs.", "en")
    assert (item.published, item.updated) == (date(2026, 1, 5), date(2026, 2, 6))
    assert item.body.split() == ["Permit", "$155", "Visa", "$205"]
    assert other.id == item.id and other.content_hash == item.content_hash


def test_a_change_in_the_watched_part_changes_the_content_and_not_the_id(entry):
    (old,) = read_text(entry, PAGE.format(fee="$205", text=TEXT))
    (new,) = read_text(entry, PAGE.format(fee="$230", text=TEXT))
    (same,) = read_text(entry, PAGE.format(fee="$205", text=TEXT + "A word outside the table."))
    assert new.id == old.id and new.content_hash != old.content_hash
    assert same.content_hash == old.content_hash


def test_without_a_selector_the_main_text_is_watched(tmp_path):
    entry = entry_of(tmp_path / "register", "page", URL)
    (item,) = read_text(entry, PAGE.format(fee="$205", text=TEXT))
    assert "not paid back when it is refused" in item.body and "Menu of the day" not in item.body


def test_a_page_that_lost_its_watched_part_has_drifted(entry):
    with pytest.raises(Drift, match="the page has no text"):
        read_text(entry, PAGE.format(fee="$205", text=TEXT).replace('class="fees"', 'class="costs"'))


def test_a_blank_page_is_an_error(entry):
    with pytest.raises(PageError):
        read_text(entry, "<html><body></body></html>")


def test_a_wrong_selector_is_answered_when_the_entry_is_loaded(tmp_path):
    with pytest.raises(RegisterError, match="is not a CSS selector"):
        entry_of(tmp_path / "register", "page", URL, text="main >")
