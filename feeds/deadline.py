"""Reminders of coming dates: entries 30, 7 and 1 day before, made from the dates themselves and from no clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from html import escape

from feeds.entry import Entry, Site
from feeds.labels import applies_words, clock, date_event, date_label, date_words, titled
from feeds.occasions import occasions
from feeds.safe import language_code, safe_html
from feeds.story import DateRow, Story
from feeds.words import day, is_day, line, link, moment, web_url

#: Days before a date at which it is called to mind.
AHEAD = (30, 7, 1)

#: Kinds of dates that are worth it: those by which something can be done or on which a rule changes.
KINDS = (
    "comment_deadline", "window_open", "window_close", "effective", "effective_renewals", "grandfather_until",
    "transition_until", "expiry",
)  # fmt: skip

#: Stages at which a story's dates no longer come.
_OVER = frozenset({"withdrawn", "expired"})

#: Reminders of a day are spread over its first minutes, so that few of them share a second.
_SPREAD = 900


def deadline_entries(story: Story, site: Site, as_of: datetime) -> list[Entry]:
    """The reminders of a story's dates that have been due by the day of ``as_of``, oldest first.

    Nothing is called to mind before the story was there (its ``date``) or a document that states the date had been
    seen, nor for a date known only by month, nor for one that a later document moved, nor for a story that was
    withdrawn. Entries of many stories can share a second: :func:`feeds.sequence.newest_first`.
    """
    if story.stage in _OVER:
        return []
    entries = []
    for row in _coming(story):
        known = _known(story, row)
        for ahead in AHEAD:
            key = f"deadline/{story.id}/{row.kind}/{row.date}/{ahead}"
            when = datetime.combine(_day(row) - timedelta(days=ahead), datetime.min.time(), UTC)
            when += timedelta(seconds=int.from_bytes(sha256(key.encode()).digest()[:4]) % _SPREAD)
            if when >= known and when.date() <= as_of.astimezone(UTC).date():
                entries.append(_entry(story, row, ahead, key, when, site))
    return sorted(entries, key=lambda entry: (entry.date, entry.key))


def _coming(story: Story) -> list[DateRow]:
    """Each kind and day that stands once: by the rule-maker rather than others, and with its time if one is stated."""
    standing = [row for occasion in occasions(story) for row in occasion.rows]
    best: dict[tuple[str, str], DateRow] = {}
    for row in sorted(standing, key=lambda r: (not r.official, not r.time, not r.quote, r.publisher, r.url)):
        if row.kind in KINDS and is_day(row.date):
            best.setdefault((row.kind, row.date), row)
    return [best[key] for key in sorted(best)]


def _known(story: Story, row: DateRow) -> datetime:
    """Since when the story has been there and its date been read, whoever's document stated it first."""
    stated = [r.known for r in story.key_dates if (r.kind, r.date) == (row.kind, row.date)]
    return max(story.date, moment(min(stated))) if stated and all(stated) else story.date


def _day(row: DateRow) -> date:
    return date.fromisoformat(row.date)


def _entry(story: Story, row: DateRow, ahead: int, key: str, when: datetime, site: Site) -> Entry:
    left = "Tomorrow" if ahead == 1 else f"In {ahead} days"
    event, title = date_event(row.kind), line(story.title)
    url = web_url(row.url) or web_url(story.lead.url)
    publisher = line(row.publisher, 120) or line(story.lead.publisher, 120) or site.name
    official = row.official if web_url(row.url) else story.lead.official
    page = site.address(story.page)
    rows = [
        (date_label(row.kind), escape(date_words(row))),
        ("Applies", escape(applies_words(row.applies_to))),
        ("Official link" if official else "Reported by", link(url, publisher) if url else escape(publisher)),
        ("Story", link(page, title or "All dates and sources")),
    ]
    items = "".join(f"<li><strong>{name}:</strong> {words}</li>" for name, words in rows if words)
    quote = f"<blockquote>{escape(line(row.quote, 400))}</blockquote>" if line(row.quote) else ""
    sentence = f"{left} ({day(row.date)}{', ' + clock(row) if row.time else ''}): {event}."
    return Entry(
        key=key,
        title=titled(f"{left}, {day(row.date)}: {event}: {title}", story.tags),
        url=page,
        gist=line(f"{sentence} {title}", 400),
        content=safe_html(
            f"<p><strong>{escape(sentence)}</strong></p><ul>{items}</ul>{quote}<p><em>Not legal advice.</em></p>"
        ),
        date=when,
        updated=when,
        author=publisher,
        via=url if official else "",
        language=language_code(story.lead.language),
        tags=story.tags,
        facts={
            "story": story.id, "kind": line(row.kind), "date": row.date, "time": line(row.time), "zone": line(row.zone),
            "applies_to": line(row.applies_to), "days_left": ahead, "quote": line(row.quote),
        },
    )  # fmt: skip
