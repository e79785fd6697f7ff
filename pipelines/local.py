"""The day on which something was published where it was published.

Moments are kept in UTC, but "today" in a notice, and whether a rule is already in force, are matters of the
publisher's own calendar: what GOV.UK publishes at 23:15 UTC in July is of the next day.
"""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from archive.models import Announcement

#: The zone of the government's seat (tz database) by the country that begins a source's id.
ZONES = {
    "au": "Australia/Sydney", "be": "Europe/Brussels", "ca": "America/Toronto", "ch": "Europe/Zurich",
    "de": "Europe/Berlin", "dk": "Europe/Copenhagen", "es": "Europe/Madrid", "eu": "Europe/Brussels",
    "fr": "Europe/Paris", "gb": "Europe/London", "ie": "Europe/Dublin", "it": "Europe/Rome", "jp": "Asia/Tokyo",
    "kr": "Asia/Seoul", "nl": "Europe/Amsterdam", "nz": "Pacific/Auckland", "pt": "Europe/Lisbon",
    "se": "Europe/Stockholm", "sg": "Asia/Singapore", "us": "America/New_York",
}  # fmt: skip


def published_day(item: Announcement) -> date | None:
    """The day of publication in the zone of the source's country; ``None`` where it is unknown.

    A day that the source states without a time stays as it is, midnight being how feeds write one. So does a time of a
    source of no one country (the press), which counts in its own zone.
    """
    published = item.published
    if not isinstance(published, datetime):
        return published
    zone = ZONES.get(item.source_id.split("-")[0])
    timed = published.tzinfo is not None and published.time() != time.min
    if zone and timed and item.published_precision in (None, "second", "minute"):
        return published.astimezone(ZoneInfo(zone)).date()
    return published.date()
