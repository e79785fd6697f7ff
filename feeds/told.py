"""A material change of a story in one line of plain text, from the row of ``updates`` that keeps it."""

from __future__ import annotations

import re

from feeds.labels import parameter_label, stage_label
from feeds.words import day, line, shorten

#: Words of a change shown on either side of the arrow.
_LONGEST = 160

#: How a change of a figure names its line: programme, parameter, series and period (:mod:`archive.stories`).
_FIGURE = re.compile(r"(?P<programme>\S+) (?P<parameter>[a-z][a-z0-9_]*)(?: [^:]*)?: ")

#: How a change of a deadline names what its day is of (:mod:`archive.updates`).
_DEADLINE = re.compile(r"(?P<how>New deadline|Deadline moved): (?P<what>[a-z ]+?) \d{4}[\d-]*(?:, before |$)")
_CORRECTED = "Corrected: "

#: How :func:`archive.diff.gist` writes the side of a change that has no words.
_NOTHING = "(nothing)"

#: What happened, where there is nothing to compare.
KINDS = {
    "new": "New", "stage": "Status", "date": "Date", "figure": "Figure", "revision": "Edited",
    "removed": "Page removed", "restored": "Page back", "correction": "Correction",
}  # fmt: skip


def kind_label(kind: str) -> str:
    return KINDS.get(kind, line(kind.replace("-", " ").capitalize(), 60))


def is_silent(kind: str, summary: str) -> bool:
    """Whether a change is an edit that its publisher did not date."""
    return kind == "revision" and summary.startswith("Silent edit")


def subject(kind: str, summary: str) -> str:
    """What changed: 'Effective date', 'Deadline', 'Fee', 'Status'; the kind's label where nothing finer is known.

    A deadline of a kind that had none is a 'New deadline', whatever other one passed before it.
    """
    if kind == "date":
        return next((name for name in ("New deadline", "Deadline") if summary.startswith(name)), "Effective date")
    if is_corrected(kind, summary):
        return "Status corrected"
    if kind == "figure" and (found := _FIGURE.match(summary)):
        return parameter_label(found["parameter"])
    return "Silent edit" if is_silent(kind, summary) else kind_label(kind)


def is_corrected(kind: str, summary: str) -> bool:
    """Whether a stage is another one because we had it wrong, and not because something happened."""
    return kind == "stage" and summary.startswith(_CORRECTED)


def deadline_of(kind: str, summary: str) -> str:
    """What happens on the day of a deadline that changed: 'window closes'; '' for anything else."""
    found = _DEADLINE.match(summary) if kind == "date" else None
    return found["what"] if found else ""


def is_delayed(kind: str, summary: str) -> bool:
    """Whether a day of effect was put off by a document that says so."""
    return kind == "date" and summary.startswith("Delayed")


def value(kind: str, text: str) -> str:
    """One side of a change for people: a stage in words, a date written out, a shortened text."""
    text = line(text, 2 * _LONGEST)
    if kind == "stage":
        return stage_label(text).lower() or text
    if kind == "date":
        return day(text)
    return shorten(text, _LONGEST)


def told(kind: str, summary: str, before: str, after: str) -> str:
    """The change in one line: 'Status: proposed → final', 'Fee: 155 CAD → 170 CAD', 'Edited: nine → ten o'clock'."""
    name = subject(kind, summary)
    if kind in ("correction", "removed", "restored"):
        # what the summary says beyond its own first word
        words = summary.partition(": ")[2] if kind != "correction" else summary.removeprefix(_CORRECTED)
        return line(f"{name}: {words}" if words else name, 2 * _LONGEST)
    if kind == "revision" and _NOTHING in (before, after):
        said = ("added", after) if before == _NOTHING else ("taken out", before)
        return f"{name}: {said[0]}: {value(kind, said[1])}"
    old, new = value(kind, before), value(kind, after)
    if what := deadline_of(kind, summary):
        return f"{name}: {what} {new}" + (f", before {old}" if old else "")
    if is_delayed(kind, summary):
        name += " delayed"
    if old and new:
        return f"{name}: {old} → {new}"
    return f"{name}: {new or line(summary, _LONGEST)}" if new or summary else name
