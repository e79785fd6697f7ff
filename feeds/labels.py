"""Facts in words: stages, key dates with their time and zone, figures, changes. Plain text, one line each."""

from __future__ import annotations

import re
from collections.abc import Iterable

from archive.models import STAGES
from feeds.story import DateRow, FigureRow, TagRow
from feeds.words import day, line, shorten

_STAGES = {
    "reported": "Reported, not official", "under-review": "Under review", "in-force": "In force", "court": "In court",
}  # fmt: skip

#: What a story that has come to a stage is announced with.
_NOW = {
    "reported": "Reported", "under-review": "Under review now", "proposed": "Proposed rule now",
    "consultation": "Consultation now", "announced": "Announced now", "final": "Final rule now",
    "in-force": "In force now", "guidance": "Guidance now", "operational": "In operation now", "court": "In court now",
    "delayed": "Delayed", "withdrawn": "Withdrawn", "expired": "Expired",
}  # fmt: skip

#: Kinds of key dates in the order in which they are shown: their label, and what happens on the day.
_DATES = {
    "effective": ("Effective", "takes effect"),
    "effective_renewals": ("Effective for renewals", "takes effect for renewals"),
    "window_open": ("Opens", "opens"),
    "window_close": ("Closes", "closes"),
    "comment_deadline": ("Comments until", "comments close"),
    "grandfather_until": ("Old rules apply until", "the old rules end"),
    "transition_until": ("Transition until", "the transition ends"),
    "expiry": ("Expires", "expires"),
    "signed": ("Signed", "signed"),
}

#: Dates by which somebody must act.
DEADLINES = ("comment_deadline", "window_close", "grandfather_until", "transition_until")

#: What has to happen on the day or later for a rule to apply (the triggers of the archive's date rules), in words.
_TRIGGERS = {
    "entered": "for arrivals from then",
    "application": "for applications from then",
    "renewal": "for renewals",
    "renewal application": "for applications for renewal from then",
    "certificate assigned": "for certificates assigned from then",
} | {
    done: f"for what is {done} from then"
    for done in ("postmarked", "decided", "filed", "received", "submitted", "signed", "registered", "issued")
}  # fmt: skip

#: How a notice words the day to which it moves the day of effect of another rule.
_DELAYED = re.compile(
    r"\b(?:delay(?:ed|ing|s)?|postpon(?:ed|ing|es)|deferr(?:ed|ing))\b.{0,200}?\b(?:until|to)\b", re.I | re.S
)

#: Figures that count things: four digits are never a year.
_COUNTS = frozenset(("cap", "draw_size", "registration_count", "salary_threshold", "fee", "levy", "minimum_investment"))

#: Zones that texts name in words are stored by their place; these are the words.
_ZONES = {
    "America/New_York": "Eastern time", "America/Chicago": "Central time", "America/Denver": "Mountain time",
    "America/Los_Angeles": "Pacific time", "America/Anchorage": "Alaska time", "Pacific/Honolulu": "Hawaii time",
    "Europe/London": "UK time",
}  # fmt: skip

#: Bracketed in front of a title; more countries than this are counted.
_MOST_COUNTRIES = 4


def stage_label(stage: str) -> str:
    """A stage in words, or '' for none."""
    return _STAGES.get(stage, stage.replace("-", " ").capitalize()) if stage in STAGES else ""


def stage_now(stage: str) -> str:
    """What a story that has just come to a stage is announced with: 'Final rule now'."""
    return _NOW.get(stage, line(stage.replace("-", " ").capitalize()))


def date_label(kind: str) -> str:
    """The name of a kind of key date: 'Comments until'."""
    return _DATES[kind][0] if kind in _DATES else line(kind.replace("_", " ").capitalize(), 60)


def row_label(row: DateRow, rows: Iterable[DateRow]) -> str:
    """The name of a key date among all of its story's: a notice of delay has a day of its own and one that it moves."""
    if row.kind == "effective":
        if _delays(row):
            return "Delayed until"
        if any(other.url == row.url and other.date > row.date and _delays(other) for other in rows):
            return "The delay takes effect"
    return date_label(row.kind)


def _delays(row: DateRow) -> bool:
    return row.kind == "effective" and _DELAYED.search(row.quote) is not None


def contested(kind: str, stage: str) -> str:
    """What is to be said of a day of effect while the story is in court."""
    return "contested in court" if stage == "court" and kind in ("effective", "effective_renewals") else ""


def date_event(kind: str) -> str:
    """What happens on a key date, as part of a sentence: 'comments close'."""
    return _DATES[kind][1] if kind in _DATES else line(kind.replace("_", " "), 60)


def date_order(kind: str) -> int:
    """Where a kind of key date stands among the others."""
    return list(_DATES).index(kind) if kind in _DATES else len(_DATES)


def date_words(row: DateRow) -> str:
    """A key date as precise as it is, in its own zone: '1 April 2026, 00:01 Eastern time'."""
    return ", ".join(part for part in (day(line(row.date)), clock(row)) if part)


def clock(row: DateRow) -> str:
    """The time of a key date with its zone, '' for a whole day."""
    return f"{line(row.time)} {zone_words(row.zone)}".rstrip() if row.time else ""


def zone_words(zone: str) -> str:
    """A zone for people: 'Eastern time' for ``America/New_York``; abbreviations stay as they were written."""
    return _ZONES.get(zone) or line(zone.replace("_", " "), 40)


def applies_words(applies_to: str) -> str:
    """Whom or what a key date concerns: 'for what is filed from then'; '' for everybody."""
    words = line(applies_to, 200)
    if not words or words in _TRIGGERS:
        return _TRIGGERS.get(words, "")
    return words if words.startswith("for ") else f"for {words}"


def parameter_label(parameter: str) -> str:
    """The name of a figure's parameter: 'Salary threshold'."""
    name = line(parameter.replace("_", " ").replace("-", " "))
    return name[:1].upper() + name[1:]


def figure_text(figure: FigureRow) -> str:
    """One figure: what it is, of which series, and how it moved. 'Fee (permit): CAD 155 → CAD 170'."""
    name = parameter_label(figure.parameter)
    if series := _series(figure):
        name += f" ({series})"
    value = figure_value(figure, figure.value)
    moved = figure.previous and figure.previous != figure.value
    return f"{name}: {figure_value(figure, figure.previous)} → {value}" if moved else f"{name}: {value}"


def _series(figure: FigureRow) -> str:
    """The line that a figure is a point of, in words; a slug ('premium-processing/fee') is spelt out."""
    words = line(figure.series)
    if " " in words or not words.islower():
        return words
    parts = [part.replace("-", " ") for part in words.split("/") if part.replace("-", "_") != figure.parameter]
    return ", ".join(part for part in parts if part)


def figure_value(figure: FigureRow, text: str) -> str:
    """A value of a figure with currency, unit and period: 'GBP 1,000 per year'."""
    text = line(text)
    if "cutoff" in figure.parameter:
        # Cut-off dates: the two letters of the United States' visa bulletin.
        return {"C": "Current", "U": "Unavailable"}.get(text, day(text))
    if text.isdecimal() and not (_year(text) and _year(figure.value) and not _counted(figure)):
        text = f"{int(text):,}"
    unit = "" if figure.unit == figure.currency else figure.unit
    period = f"per {figure.period}" if figure.period else ""
    return " ".join(line(part) for part in (figure.currency, text, unit, period) if part)


def _year(text: str) -> bool:
    return len(text) == 4 and text.isdecimal() and "1900" <= text < "2100"


def _counted(figure: FigureRow) -> bool:
    """Whether something says what is counted, so that the number is no year."""
    return bool(figure.currency or figure.unit or figure.period or figure.parameter in _COUNTS)


def countries(tags: Iterable[TagRow]) -> list[str]:
    """Codes of the countries of some tags as people know them: upper case, sorted."""
    return sorted({line(tag.code).upper() for tag in tags if tag.facet == "country"})


def titled(title: str, tags: Iterable[TagRow], longest: int = 300) -> str:
    """A title behind its countries in brackets: '[CA/US] A title'. Only the title without any."""
    codes = countries(tags)
    if len(codes) > _MOST_COUNTRIES:
        codes = [*codes[: _MOST_COUNTRIES - 1], f"+{len(codes) - _MOST_COUNTRIES + 1}"]
    return shorten(f"[{'/'.join(codes)}] {line(title)}" if codes else line(title), longest)
