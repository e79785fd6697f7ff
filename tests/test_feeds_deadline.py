"""Reminders of coming dates, from the dates alone."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from publishing_helpers import COMMENTS, EFFECTIVE, LEAD, SITE, entry, story

from feeds.deadline import deadline_entries
from feeds.entry import Entry
from feeds.sequence import newest_first
from feeds.story import DateRow, Story

LATE = datetime(2027, 1, 1, tzinfo=UTC)


def keys(of: Story, as_of: datetime = LATE) -> list[str]:
    return [one.key.removeprefix("deadline/5f3a9c0e1b2d4f60/") for one in deadline_entries(of, SITE, as_of)]


def test_each_coming_date_is_called_to_mind_three_times() -> None:
    entries = deadline_entries(story(), SITE, LATE)
    assert keys(story()) == [
        "effective/2026-04-01/30", "effective/2026-04-01/7", "effective/2026-04-01/1",
        "comment_deadline/2026-05-05/30", "comment_deadline/2026-05-05/7", "comment_deadline/2026-05-05/1",
    ]  # fmt: skip
    assert [one.date.date().isoformat() for one in entries] == [
        "2026-03-02", "2026-03-25", "2026-03-31", "2026-04-05", "2026-04-28", "2026-05-04",
    ]  # fmt: skip
    assert all(one.date.hour == 0 and one.date.minute < 15 and one.updated == one.date for one in entries)


def test_the_whole_reminder() -> None:
    reminder = deadline_entries(story(), SITE, LATE)[1]
    assert reminder.title == "[CA] In 7 days, 1 April 2026: takes effect: Two-week permits for engineers become final"
    assert reminder.gist == (
        "In 7 days (1 April 2026, 00:01 Eastern time): takes effect. Two-week permits for engineers become final"
    )
    assert reminder.content == (
        "<p><strong>In 7 days (1 April 2026, 00:01 Eastern time): takes effect.</strong></p>"
        "<ul><li><strong>Effective:</strong> 1 April 2026, 00:01 Eastern time</li>"
        "<li><strong>Applies:</strong> for what is filed from then</li>"
        '<li><strong>Official link:</strong> <a href="https://arrivals.example.ca/final">Office of Arrivals</a></li>'
        '<li><strong>Story:</strong> <a href="https://visas.example.org/watch/story/5f3a9c0e1b2d4f60.html">'
        "Two-week permits for engineers become final</a></li></ul>"
        "<blockquote>The rule takes effect on 1 April 2026 at 12:01 a.m. Eastern time.</blockquote>"
        "<p><em>Not legal advice.</em></p>"
    )
    assert (reminder.url, reminder.via) == (SITE.address(story().page), LEAD.url)
    assert reminder.facts["days_left"] == 7 and reminder.facts["quote"] == EFFECTIVE.quote
    assert deadline_entries(story(), SITE, LATE)[2].title.startswith("[CA] Tomorrow, 1 April 2026: takes effect: ")


def test_a_reminder_comes_on_its_day_whatever_the_hour() -> None:
    assert keys(story(), datetime(2026, 3, 24, 23, 59, tzinfo=UTC)) == ["effective/2026-04-01/30"]
    early, late = (deadline_entries(story(), SITE, datetime(2026, 3, 25, hour, tzinfo=UTC)) for hour in (0, 23))
    assert early == late and len(early) == 2


def test_nothing_is_called_to_mind_before_the_story_was_there() -> None:
    assert keys(story(date=datetime(2026, 3, 27, 8, tzinfo=UTC))) == [
        "effective/2026-04-01/1", "comment_deadline/2026-05-05/30", "comment_deadline/2026-05-05/7",
        "comment_deadline/2026-05-05/1",
    ]  # fmt: skip


def test_nothing_is_called_to_mind_before_its_date_was_read() -> None:
    late, early = "2026-04-28T06:00:00Z", "2026-04-02T06:00:00Z"
    found = replace(COMMENTS, known=late)
    assert keys(story(key_dates=(found,))) == ["comment_deadline/2026-05-05/1"]
    first = replace(COMMENTS, known=early, applies_to="filed", url="https://stamp.example.com/1", official=False)
    assert len(keys(story(key_dates=(found, first)))) == 3, "another document had stated it before"
    assert len(keys(story(key_dates=(replace(COMMENTS, known="2026-05-05T09:00:00Z"),)))) == 0


@pytest.mark.parametrize("stage", ["withdrawn", "expired"])
def test_what_is_over_has_no_deadlines(stage: str) -> None:
    assert keys(story(stage=stage)) == []


def test_only_days_on_which_something_changes_count() -> None:
    rows = (DateRow("effective", "2026-06"), DateRow("signed", "2026-06-01"), DateRow("effective", "2026-02-31"),
            DateRow("expiry", "never"))  # fmt: skip
    assert keys(story(key_dates=rows, effective="", deadline="")) == []


def test_one_day_stated_twice_is_one_reminder_in_the_words_of_the_rule_maker() -> None:
    press = replace(
        COMMENTS, publisher="The Daily Stamp", url="https://stamp.example.com/1", official=False, quote="May 5"
    )
    entries = deadline_entries(story(key_dates=(press, COMMENTS)), SITE, LATE)
    assert len(entries) == 3
    assert all("Comments are read until 5 May 2026." in one.content and one.via == LEAD.url for one in entries)


def test_a_date_that_only_the_press_gives_is_not_official() -> None:
    press = replace(COMMENTS, publisher="The Daily Stamp", url="https://stamp.example.com/1", official=False)
    reminder = deadline_entries(story(key_dates=(press,)), SITE, LATE)[0]
    assert (reminder.via, reminder.author) == ("", "The Daily Stamp")
    assert "<strong>Reported by:</strong>" in reminder.content


def test_a_deadline_that_a_later_document_moved_is_not_called_to_mind() -> None:
    early = replace(COMMENTS, date="2026-04-20", url="https://arrivals.example.ca/proposal", quote="until 20 April")
    assert [key for key in keys(story(key_dates=(early, COMMENTS))) if "2026-04-20" in key] == []


def test_entries_of_one_second_are_moved_apart_for_good() -> None:
    moment = datetime(2026, 4, 1, 0, 3, 20, tzinfo=UTC)

    def at(key: str, seconds: int = 0, told: int = 0) -> Entry:
        when = moment + timedelta(seconds=seconds)
        return entry(key=key, date=when, updated=when + timedelta(seconds=told))

    entries = [at("b"), at("a"), at("c", 1), at("d", -5, 7), at("e", 60)]
    ordered = newest_first(entries)
    assert [(one.key, (one.date - moment).seconds) for one in ordered[:4]] == [("e", 60), ("c", 2), ("b", 1), ("a", 0)]
    assert newest_first(reversed(entries)) == ordered
    assert all(later.date > earlier.date for later, earlier in pairwise(ordered))
    assert len({one.updated for one in ordered}) == 5 and all(one.updated >= one.date for one in ordered)
    assert newest_first(ordered) == ordered
    assert next(one for one in ordered if one.key == "a") == entries[1]


def test_reminders_of_many_stories_spread_over_the_first_minutes() -> None:
    moments = [deadline_entries(story(id=f"{n:016x}", key_dates=(COMMENTS,)), SITE, LATE)[0].date for n in range(40)]
    assert len(set(moments)) > 35
    assert not [moment for moment in moments if not re.match(r"2026-04-05 00:(0\d|1[0-4]):", str(moment))]
