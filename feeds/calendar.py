"""Calendars (RFC 5545): dates of effect, windows and deadlines, as events that keep their identity when they move.

A time is written in UTC: it is the same instant everywhere, needs no definition of a zone in the file, and no reader
can take it for its own. Where no time or no zone is stated, the event is a whole day, free of every zone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import lru_cache
from hashlib import sha256

from icalendar import Alarm, Calendar, Event, vDuration

from feeds.entry import Feed, Site
from feeds.labels import applies_words, date_event, date_label, date_words, stage_label, titled
from feeds.occasions import Occasion, occasions
from feeds.story import DateRow, Story
from feeds.words import day as day_words
from feeds.words import line, web_url

#: Days before a deadline on which calendars remind.
REMINDERS = (7, 1)
#: Whole days begin at midnight, which is no time for a reminder: they come at nine in the morning.
_MORNING = timedelta(hours=9)

#: A court's decision that stops a rule, and words with which it may be something else. A wrong "cancelled" costs a
#: deadline, so that only the plainest titles count.
_STOPPED = re.compile(
    r"\b(?:enjoin(?:s|ed)|(?:preliminary|permanent|nationwide) injunction|vacate[sd]|str(?:ikes|uck) down)\b",
    re.IGNORECASE,
)
_OTHERWISE = re.compile(
    r"\b(?:den(?:y|ies|ied)|declin\w+|refus\w+|lift\w*|revers\w+|overturn\w*|stay\w*|appeal\w*|seek\w*|ask\w*|request\w*"
    r"|motion|could|may|might|part\w*|narrow\w*|limit\w*|uph[eo]ld\w*|dissolv\w+|delay\w*|not|no|after|against|if|whether)\b",
    re.IGNORECASE,
)

# A calendar without any component is not valid (RFC 5545 section 3.6); this one changes nothing.
_NOTHING = (
    b"BEGIN:VTIMEZONE\r\nTZID:Etc/UTC\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZNAME:UTC\r\n"
    b"TZOFFSETFROM:+0000\r\nTZOFFSETTO:+0000\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
)
_END = b"END:VCALENDAR\r\n"


def events(story: Story, site: Site, since: date | None = None) -> list[bytes]:
    """The events of a story, each a whole VEVENT in UTF-8, in the order of time; none that is over before ``since``.

    An event's UID is made of the story, the kind of date and what it applies to, never of the day, so that a date that
    moves moves the event. SEQUENCE counts the story's changes since it was new, and LAST-MODIFIED is their latest.
    """
    off = _stopped(story)
    return [
        _event(occasion, story, site, cancelled=off is not None and occasion.last >= off)
        for occasion in occasions(story)
        if since is None or occasion.last >= since
    ]


def calendar(feed: Feed, events: Iterable[bytes], site: Site) -> bytes:
    """A feed's calendar of serialised events. There is no METHOD: PUBLISH needs an organiser (RFC 5546)."""
    head = Calendar()
    head.add("version", "2.0")
    head.add("prodid", f"-//{line(site.name)}//Calendar//EN")
    head.add("calscale", "GREGORIAN")
    for name in ("name", "x-wr-calname"):
        head.add(name, line(site.titled(feed.title)))
    for name in ("description", "x-wr-caldesc"):
        head.add(name, f"{line(site.described(feed.description))} Not legal advice.".lstrip())
    head.add("url", site.address(feed.page))
    head.add("source", site.address(feed.calendar), parameters={"VALUE": "URI"})
    every = vDuration(timedelta(minutes=site.ttl_minutes))
    head.add("refresh-interval", every, parameters={"VALUE": "DURATION"})
    head.add("x-published-ttl", f"PT{site.ttl_minutes}M")  # Outlook's own, without parameters
    return bytes(head.to_ical()).removesuffix(_END) + (b"".join(events) or _NOTHING) + _END


def _event(occasion: Occasion, story: Story, site: Site, *, cancelled: bool) -> bytes:
    event = Event()
    event.add("uid", uid(occasion, story, site))
    event.add("dtstamp", story.updated)
    event.add("last-modified", story.updated)
    event.add("created", story.date)
    event.add("sequence", sum(change.kind != "new" for change in story.changes))
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    event.add("dtstart", occasion.start)
    if occasion.end is not None:  # without, it ends when it starts (RFC 5545 section 3.6.1)
        event.add("dtend", occasion.end)
    event.add("transp", "TRANSPARENT")
    event.add("summary", _summary(occasion, story, cancelled))
    event.add("description", _description(occasion, story, site))
    event.add("url", site.address(story.page))
    labels = [line(tag.label) for tag in story.tags if tag.facet in ("country", "programme", "topic")]
    if labels := list(dict.fromkeys(label for label in labels if label)):
        event.add("categories", labels)
    data = bytes(event.to_ical())
    if not occasion.deadline or occasion.during or cancelled:
        return data
    closing = b"END:VEVENT\r\n"
    return data.removesuffix(closing) + _alarms(occasion.rows[-1].kind, occasion.timed, len(occasion.rows)) + closing


def uid(occasion: Occasion, story: Story, site: Site) -> str:
    """The permanent name of an event."""
    parts = [story.id, occasion.kind]
    if occasion.applies_to:
        parts.append(sha256(occasion.applies_to.encode("utf-8", "replace")).hexdigest()[:8])
    if occasion.number > 1:
        parts.append(str(occasion.number))
    return f"{'-'.join(parts)}@{site.authority}"


@lru_cache
def _alarms(kind: str, timed: bool, ends: int) -> bytes:
    """Reminders of a deadline. That of a window counts from its end, which for whole days is the midnight after."""
    found = b""
    for days in REMINDERS:
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", f"{_capital(date_event(kind))} {f'in {days} days' if days > 1 else 'tomorrow'}")
        before = timedelta(days=days)
        if not timed:
            before += timedelta(days=ends - 1) - _MORNING
        alarm.add("trigger", -before, parameters={"RELATED": "END"} if ends == 2 else {})
        found += alarm.to_ical()
    return found


def _summary(occasion: Occasion, story: Story, cancelled: bool) -> str:
    kind = occasion.rows[0].kind
    what = "Open" if len(occasion.rows) == 2 else _capital(date_event(kind))
    if occasion.during:
        # the last row's month, as a window that closes "in May" is over by then
        what += f" during {day_words(line(occasion.rows[-1].date))}"
    elif kind == "effective" and story.stage == "operational":
        what = ""  # a draw or a cap that is reached is what happened that day
    return titled(": ".join(part for part in ("Cancelled" * cancelled, what, line(story.title)) if part), story.tags)


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _description(occasion: Occasion, story: Story, site: Site) -> str:
    parts = [line(site.notice)] if site.notice else []
    for row in occasion.rows:
        stated = f"{date_label(row.kind)}: {date_words(row)}"
        if len(row.date) < 10:
            stated += " (the day is not stated)"
        parts.append(" ".join(words for words in (stated, applies_words(row.applies_to)) if words))
    if stage := stage_label(story.stage):
        parts.append(f"Status: {stage}")
    for row in dict.fromkeys(occasion.rows):
        parts += _evidence(row)
    parts += [f"More: {site.address(story.page)}", "Not legal advice."]
    return "\n".join(dict.fromkeys(parts))


def _evidence(row: DateRow) -> list[str]:
    publisher = line(row.publisher)
    said = f"“{line(row.quote)}”" if line(row.quote) else ""
    parts = [f"{said} ({publisher})" if publisher and said else said or publisher]
    if address := web_url(row.url):
        parts.append(f"{'Official document' if row.official else 'Report, not official'}: {address}")
    return [part for part in parts if part]


def _stopped(story: Story) -> date | None:
    """The day on which a story was withdrawn or stopped by a court, ``None`` if it stands.

    What was over by then has happened and stays. An expired rule is not cancelled.
    """
    if story.stage == "court":
        rulings = [report for report in story.frozen if report.stage == "court"]
        rulings = [report for report in rulings if report.official] or rulings
        title = max(rulings, key=lambda r: (r.published or r.first_seen, r.first_seen)).title if rulings else ""
        if not _STOPPED.search(title) or _OTHERWISE.search(title):
            return None
    elif story.stage != "withdrawn":
        return None
    days = [change.at for change in story.changes if change.kind == "stage" and change.after == story.stage]
    return datetime.fromisoformat(days[-1]).date() if days else story.date.date()
