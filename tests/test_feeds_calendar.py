"""Calendars as calendar programs see them: parsed back with icalendar and against the rules of RFC 5545."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from icalendar import Calendar
from publishing_helpers import COMMENTS, EFFECTIVE, FINAL, LEAD, NEW, PROPOSAL, SITE, STAMP, feed, story

from feeds.calendar import calendar, events
from feeds.story import Change, DateRow, Report, Story, TagRow

LINE = re.compile(rb"(BEGIN|END|[A-Z0-9-]+(;[A-Z-]+=(\"[^\"]*\"|[^\";:,]*))*):.*", re.DOTALL)


def checked(data: bytes) -> list[str]:
    """The unfolded lines of a calendar that keeps the rules of RFC 5545 for lines and for what has to be there."""
    assert data.endswith(b"\r\n")
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert b"\r" not in data.replace(b"\r\n", b"")
    for row in data.split(b"\r\n"):
        assert len(row) <= 75
        row.decode("utf-8")  # no fold within a character
    lines = data.replace(b"\r\n ", b"").split(b"\r\n")[:-1]
    assert all(LINE.fullmatch(row) for row in lines)
    assert lines[0] == b"BEGIN:VCALENDAR"
    assert lines[-1] == b"END:VCALENDAR"
    names = [re.split(rb"[:;]", row)[0] for row in lines]
    assert names.count(b"VERSION") == names.count(b"PRODID") == 1
    assert b"METHOD" not in names
    begun = [row.split(b":")[1] for row in lines if row.startswith(b"BEGIN:")]
    assert begun.count(b"VEVENT") + begun.count(b"VTIMEZONE") > 0
    for event in data.split(b"BEGIN:VEVENT\r\n")[1:]:
        own = [re.split(rb"[:;]", row)[0] for row in event.split(b"\r\n")]
        for name in (b"UID", b"DTSTAMP", b"DTSTART", b"SUMMARY", b"STATUS", b"SEQUENCE", b"LAST-MODIFIED"):
            assert own.count(name) == 1, name
        assert own.count(b"DTEND") <= 1
    return [row.decode() for row in lines]


def parsed(one: Story, **changes: Any) -> list[Any]:
    """The events of a story, read back by icalendar, checked against the rules."""
    data = calendar(feed(**changes), events(one, SITE), SITE)
    checked(data)
    found = list(Calendar.from_ical(data).walk("VEVENT"))
    for event in found:
        assert not event.errors
        if "DTEND" in event:
            assert event.decoded("dtend") > event.decoded("dtstart")
            assert type(event.decoded("dtend")) is type(event.decoded("dtstart"))
        for alarm in event.walk("VALARM"):
            assert {"ACTION", "TRIGGER", "DESCRIPTION"} <= set(alarm)
    assert len({event["UID"] for event in found}) == len(found)
    return found


def only(*rows: DateRow, **changes: Any) -> Any:
    """The one event of a story with these dates."""
    (event,) = parsed(story(key_dates=rows, **({"effective": "", "deadline": ""} | changes)))
    return event


def row(kind: str, when: str, **changes: Any) -> DateRow:
    return replace(COMMENTS, kind=kind, date=when, **changes)


def test_a_date_of_effect_at_an_hour_is_that_instant_in_utc() -> None:
    event = only(EFFECTIVE)
    assert event.decoded("dtstart") == datetime(2026, 4, 1, 4, 1, tzinfo=UTC)
    assert event.to_ical().count(b"DTSTART:20260401T040100Z") == 1
    assert "DTEND" not in event
    assert event["SUMMARY"] == "[CA] Takes effect: Two-week permits for engineers become final"
    assert event["URL"] == "https://visas.example.org/watch/story/5f3a9c0e1b2d4f60.html"
    assert event["DESCRIPTION"].split("\n") == [
        "Effective: 1 April 2026, 00:01 Eastern time for what is filed from then",
        "Status: Final",
        "“The rule takes effect on 1 April 2026 at 12:01 a.m. Eastern time.” (Office of Arrivals)",
        "Official document: https://arrivals.example.ca/final",
        "More: https://visas.example.org/watch/story/5f3a9c0e1b2d4f60.html",
        "Not legal advice.",
    ]
    assert event["CATEGORIES"].to_ical() == b"Canada,Global Skills Strategy,Fees"
    assert event.walk("VALARM") == []


def test_a_deadline_without_an_hour_is_a_whole_day_and_reminds_a_week_and_a_day_before() -> None:
    event = only(COMMENTS)
    text = event.to_ical().decode()
    assert "DTSTART;VALUE=DATE:20260505\r\n" in text
    assert "DTEND;VALUE=DATE:20260506\r\n" in text
    # nine in the morning, seven days and one day before the day begins
    start = datetime(2026, 5, 5)
    assert [start + alarm.decoded("trigger") for alarm in event.walk("VALARM")] == [
        datetime(2026, 4, 28, 9), datetime(2026, 5, 4, 9),
    ]  # fmt: skip
    assert [alarm["DESCRIPTION"] for alarm in event.walk("VALARM")] == [
        "Comments close in 7 days", "Comments close tomorrow",
    ]  # fmt: skip
    assert event["SUMMARY"] == "[CA] Comments close: Two-week permits for engineers become final"
    assert event["TRANSP"] == "TRANSPARENT"


@pytest.mark.parametrize(
    ("day", "time", "zone", "utc"),
    [
        ("2026-07-31", "00:01", "EDT", "20260731T040100Z"),
        ("2026-07-31", "00:01", "EST", "20260731T040100Z"),
        ("2026-01-31", "23:59", "ET", "20260201T045900Z"),
        ("2026-01-31", "17:00", "Eastern", "20260131T220000Z"),
        ("2026-07-01", "23:45", "Europe/London", "20260701T224500Z"),
        ("2026-07-01", "23:45", "BST", "20260701T224500Z"),
        ("2026-07-01", "23:45", "GMT", "20260701T234500Z"),
        ("2026-07-01", "12:00", "CET", "20260701T100000Z"),
        ("2026-12-01", "12:00", "PT", "20261201T200000Z"),
        ("2026-12-01", "24:00", "UTC", "20261202T000000Z"),
        ("2026-12-01", "24:00", "America/New_York", "20261202T050000Z"),
    ],
)
def test_hours_of_every_zone_become_utc(day: str, time: str, zone: str, utc: str) -> None:
    event = only(row("comment_deadline", day, time=time, zone=zone))
    assert f"DTSTART:{utc}\r\n" in event.to_ical().decode()
    assert [alarm.decoded("trigger") for alarm in event.walk("VALARM")] == [timedelta(days=-7), timedelta(days=-1)]


@pytest.mark.parametrize(("time", "zone"), [("17:00", ""), ("17:00", "IST"), ("25:00", "UTC"), ("soon", "../../etc")])
def test_an_hour_in_an_unknown_zone_is_the_day_and_told_in_words(time: str, zone: str) -> None:
    event = only(row("comment_deadline", "2026-05-05", time=time, zone=zone))
    assert event.decoded("dtstart") == date(2026, 5, 5)
    assert event.decoded("dtend") == date(2026, 5, 6)
    assert f"Comments until: 5 May 2026, {time}" in event["DESCRIPTION"]


def test_a_window_with_both_ends_is_one_event() -> None:
    opening, closing = row("window_open", "2026-03-04"), row("window_close", "2026-03-19")
    event = only(opening, closing)
    text = event.to_ical().decode()
    assert "DTSTART;VALUE=DATE:20260304\r\n" in text
    assert "DTEND;VALUE=DATE:20260320\r\n" in text
    assert event["SUMMARY"].startswith("[CA] Open: ")
    end = datetime(2026, 3, 20)
    for alarm, when in zip(event.walk("VALARM"), (datetime(2026, 3, 12, 9), datetime(2026, 3, 18, 9)), strict=True):
        assert alarm["TRIGGER"].params["RELATED"] == "END"
        assert end + alarm.decoded("trigger") == when
    timed = only(replace(opening, time="12:00", zone="ET"), replace(closing, time="12:00", zone="ET"))
    assert timed.decoded("dtstart") == datetime(2026, 3, 4, 17, tzinfo=UTC)
    assert timed.decoded("dtend") == datetime(2026, 3, 19, 16, tzinfo=UTC)
    assert [a.decoded("trigger") for a in timed.walk("VALARM")] == [timedelta(days=-7), timedelta(days=-1)]
    half = only(replace(opening, time="12:00", zone="ET"), closing)
    assert half.decoded("dtend") == date(2026, 3, 20)
    # It is one event, whichever end is known first.
    assert {event["UID"], timed["UID"], only(opening)["UID"], only(closing)["UID"]} == {event["UID"]}
    assert only(opening)["SUMMARY"].startswith("[CA] Opens: ")
    assert only(closing)["SUMMARY"].startswith("[CA] Closes: ")


def test_several_windows_are_paired_in_the_order_of_time() -> None:
    rows = [row("window_open", "2026-03-04"), row("window_open", "2026-09-01"), row("window_close", "2026-09-30"),
            row("window_close", "2026-03-19"), row("window_close", "2025-12-01")]  # fmt: skip
    found = parsed(story(key_dates=tuple(rows), deadline=""))
    assert [(e.decoded("dtstart").isoformat(), e.decoded("dtend").isoformat()) for e in found] == [
        ("2025-12-01", "2025-12-02"), ("2026-03-04", "2026-03-20"), ("2026-09-01", "2026-10-01"),
    ]  # fmt: skip


def test_a_month_is_a_span_that_says_so_and_a_year_is_no_event() -> None:
    event = only(row("effective", "2026-12"))
    assert (event.decoded("dtstart"), event.decoded("dtend")) == (date(2026, 12, 1), date(2027, 1, 1))
    assert event["SUMMARY"] == "[CA] Takes effect during December 2026: Two-week permits for engineers become final"
    assert "Effective: December 2026 (the day is not stated)" in event["DESCRIPTION"]
    assert only(row("comment_deadline", "2026-05")).walk("VALARM") == []
    assert (
        parsed(story(key_dates=(row("effective", "2027"), row("signed", "2026-03-01"), row("effective", "2026-13"))))
        == []
    )


def test_a_date_that_moves_moves_its_event() -> None:
    before = only(COMMENTS)
    moved = replace(COMMENTS, date="2026-06-05", time="23:59", zone="ET")
    after = only(
        moved, deadline="2026-06-05", updated=datetime(2026, 4, 2, 9, tzinfo=UTC),
        changes=(NEW, FINAL, Change(13, "date", "2026-04-02T09:00:00Z", "moved", "2026-05-05", "2026-06-05")),
    )  # fmt: skip
    assert before["UID"] == after["UID"] == "5f3a9c0e1b2d4f60-comment_deadline@example.org"
    assert (before["SEQUENCE"], after["SEQUENCE"]) == (1, 2)
    assert after.decoded("last-modified") == after.decoded("dtstamp") == datetime(2026, 4, 2, 9, tzinfo=UTC)
    assert after.decoded("dtstart") == datetime(2026, 6, 6, 3, 59, tzinfo=UTC)


def test_what_a_date_applies_to_makes_another_event_but_not_another_wording_of_the_same() -> None:
    rows = (
        row("effective", "2026-04-01", applies_to="filed"), row("effective", "2026-04-01", applies_to="entered"),
        row("effective", "2026-07-01", applies_to="entered"),
    )  # fmt: skip
    found = parsed(story(key_dates=rows, effective="2026-04-01"))
    assert len(found) == 3
    whole = row("effective", "2026-04-01")
    first = parsed(story(key_dates=(whole,), effective="2026-04-01"))
    both = parsed(story(key_dates=(whole, rows[0]), effective="2026-04-01"))
    assert [e["UID"] for e in first] == [e["UID"] for e in both]


def test_an_extended_deadline_takes_the_place_of_the_first() -> None:
    first = row("comment_deadline", "2026-03-14", url=PROPOSAL.url)
    extended = row("comment_deadline", "2026-04-14")
    assert only(first, extended, deadline="2026-04-14").decoded("dtstart") == date(2026, 4, 14)
    press = row("comment_deadline", "2026-04-20", url=STAMP.url, official=False)
    assert only(first, press).decoded("dtstart") == date(2026, 3, 14)
    assert only(first).decoded("dtstart") == date(2026, 3, 14)


def test_a_document_that_repeats_one_date_and_adds_another_leaves_both() -> None:
    kept = row("effective", "2026-04-01", url=PROPOSAL.url)
    assert len(parsed(story(key_dates=(kept, row("effective", "2026-07-01")), effective="2026-04-01"))) == 2


def test_a_draw_is_named_for_what_it_is() -> None:
    drawn = only(row("effective", "2026-03-04"), stage="operational", title="Round 7: 400 invitations")
    assert drawn["SUMMARY"] == "[CA] Round 7: 400 invitations"


def test_a_withdrawn_story_cancels_what_was_still_ahead() -> None:
    change = Change(14, "stage", "2026-04-10", "Stage: withdrawn", "final", "withdrawn")
    one = story(
        stage="withdrawn", changes=(NEW, FINAL, change), deadline="2026-05-05",
        key_dates=(EFFECTIVE, COMMENTS, row("expiry", "2026-04-10")),
    )  # fmt: skip
    found = {e["UID"].split("-")[1].split("@")[0]: e for e in parsed(one)}
    assert {kind: e["STATUS"] for kind, e in found.items()} == {
        "effective": "CONFIRMED", "comment_deadline": "CANCELLED", "expiry": "CANCELLED",
    }  # fmt: skip
    assert found["comment_deadline"]["SUMMARY"].startswith("[CA] Cancelled: Comments close: ")
    assert found["comment_deadline"].walk("VALARM") == []
    assert found["expiry"]["SEQUENCE"] == 2
    assert {e["STATUS"] for e in parsed(replace(one, stage="expired"))} == {"CONFIRMED"}


@pytest.mark.parametrize(
    ("title", "status"),
    [
        ("Court enjoins the two-week permit", "CANCELLED"),
        ("Judge vacates permit rule", "CANCELLED"),
        ("Court strikes down permit rule", "CANCELLED"),
        ("Judge issues nationwide injunction", "CANCELLED"),
        ("Judge refuses preliminary injunction", "CONFIRMED"),
        ("States seek preliminary injunction", "CONFIRMED"),
        ("Appeals court lifts nationwide injunction", "CONFIRMED"),
        ("Court hears the case on permits", "CONFIRMED"),
        ("Court vacates part of the rule", "CONFIRMED"),
        ("Court vacates the delay of the rule", "CONFIRMED"),
    ],
)
def test_only_a_ruling_that_plainly_stops_a_rule_cancels(title: str, status: str) -> None:
    ruling = replace(LEAD, announcement_id="c1", title=title, url="https://court.example.ca/1", stage="court",
                     published="2026-03-20", first_seen="2026-03-20T10:00:00Z")  # fmt: skip
    change = Change(15, "stage", "2026-03-20", "Stage: court", "final", "court")
    found = parsed(story(stage="court", changes=(NEW, FINAL, change), frozen=(LEAD, PROPOSAL, ruling)))
    assert {event["STATUS"] for event in found} == {status}


def test_growing_coverage_changes_no_event() -> None:
    more = story(reports=(LEAD, PROPOSAL, STAMP, replace(STAMP, announcement_id="p9", url="https://x.example/9")))
    assert events(more, SITE) == events(story(), SITE)


def test_events_that_are_over_can_be_left_out() -> None:
    assert len(events(story(), SITE)) == 2
    assert events(story(), SITE, date(2026, 4, 2)) == events(story(), SITE)[1:]
    assert events(story(), SITE, date(2026, 5, 5)) == events(story(), SITE)[1:]
    assert events(story(), SITE, date(2026, 5, 6)) == []


def test_a_calendar_says_its_name_its_rhythm_and_where_it_lives() -> None:
    lines = checked(calendar(feed(), events(story(), SITE), SITE))
    assert lines[:2] == ["BEGIN:VCALENDAR", "VERSION:2.0"]
    for text in (
        "PRODID:-//Visawire//Calendar//EN",
        "NAME:Visawire: Global Skills Strategy",
        "X-WR-CALNAME:Visawire: Global Skills Strategy",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        "X-PUBLISHED-TTL:PT60M",
        "SOURCE;VALUE=URI:https://visas.example.org/watch/calendar/programme/ca-gss.ics",
    ):
        assert text in lines
    assert any(text.endswith(" Not legal advice.") for text in lines if text.startswith("X-WR-CALDESC:"))


def test_a_calendar_without_events_is_valid() -> None:
    data = calendar(feed(description=""), [], SITE)
    lines = checked(data)
    assert "BEGIN:VTIMEZONE" in lines
    assert "BEGIN:VEVENT" not in lines
    assert Calendar.from_ical(data).walk("VEVENT") == []
    assert "BEGIN:VTIMEZONE" not in checked(calendar(feed(), events(story(), SITE), SITE))


def test_equal_rows_give_equal_bytes() -> None:
    assert calendar(feed(), events(story(), SITE), SITE) == calendar(feed(), events(story(), SITE), SITE)


NASTY = st.text(st.one_of(st.characters(), st.sampled_from('\x00\x1f\ud800\ufffe\u202e\r\n\x85,;:\\"^')), max_size=40)
TEXT = NASTY | NASTY.map(lambda text: text * 500) | st.just("x\r\nEND:VEVENT\r\nBEGIN:VALARM")
DAYS = st.dates().map(str)
WHEN = st.one_of(DAYS, DAYS.map(lambda day: day[:7]), st.sampled_from(["9999-12-31", "9999-12", "0001-01-01"]), NASTY)
CLOCKS = st.one_of(st.just(""), st.times().map(lambda t: f"{t:%H:%M}"), st.just("24:00"), NASTY)
ZONES = st.one_of(st.sampled_from(["", "ET", "America/New_York", "Pacific/Kiritimati", "posixrules", "."]), NASTY)
KINDS = st.sampled_from(
    [
        "effective",
        "effective_renewals",
        "window_open",
        "window_close",
        "comment_deadline",
        "grandfather_until",
        "expiry",
    ]
)
ROWS = st.builds(DateRow, KINDS, WHEN, CLOCKS, ZONES, st.just("") | NASTY, TEXT, TEXT, TEXT, st.booleans())


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(ROWS, max_size=5), TEXT, st.sampled_from(["", "final", "withdrawn", "court"]), NASTY)
def test_whatever_a_page_says_the_calendar_is_valid(rows: list[DateRow], title: str, stage: str, label: str) -> None:
    ruling: Report = replace(LEAD, title=f"{title} enjoined", stage="court")
    one = story(
        key_dates=tuple(rows), title=title, stage=stage, frozen=(ruling,), tags=(TagRow("topic", label, label),),
        effective=rows[0].date if rows else "", deadline=rows[-1].date if rows else "",
    )  # fmt: skip
    found = parsed(one, title=f"a{title}", description=title)
    assert len(found) == len(events(one, SITE))
    assert all(event["STATUS"] in ("CONFIRMED", "CANCELLED") for event in found)
