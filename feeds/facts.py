"""What an entry says, as plain HTML: first the block of facts, then the text or an excerpt of it."""

from __future__ import annotations

from html import escape

from archive.models import STAGES
from feeds.catalog import Limits
from feeds.rows import DateRow, Entry, FigureRow
from feeds.words import as_html, cut, day, line, link, paragraphs, shorten

#: Key dates and reports shown; more than this is a list that nobody reads in a feed reader.
_MOST_DATES = 12
_MOST_REPORTS = 10

_STAGES = {
    "reported": "Reported, not official", "under-review": "Under review", "in-force": "In force",
    "court": "In court",
}  # fmt: skip

#: In the order in which they are shown.
_DATES = {
    "effective": "Effective",
    "effective_renewals": "Effective for renewals",
    "window_open": "Opens",
    "window_close": "Closes",
    "comment_deadline": "Comments until",
    "grandfather_until": "Old rules apply until",
    "transition_until": "Transition until",
    "expiry": "Expires",
    "signed": "Signed",
}

_SOURCES = {"primary": "Official source", "secondary": "Reported by", "aggregator": "Found through"}


def stage_label(stage: str) -> str:
    """A stage in words, or '' for none."""
    return _STAGES.get(stage, stage.replace("-", " ").capitalize()) if stage in STAGES else ""


def description(entry: Entry, limits: Limits) -> str:
    """The entry's gist as one line of plain text, never empty."""
    for text in (entry.summary, entry.body, entry.title):
        if gist := line(text, limits.excerpt_chars):
            return gist
    return f"Announcement by {publisher_name(entry)}"


def publisher_name(entry: Entry) -> str:
    """Who published it, as one line of plain text, never empty."""
    return line(entry.publisher) or line(entry.source_name) or "an unnamed publisher"


def content(entry: Entry, limits: Limits) -> str:
    """The entry's content as HTML: facts, 'Not legal advice.', then as much text as may be republished."""
    return fact_block(entry) + text_block(entry, limits)


def fact_block(entry: Entry) -> str:
    """The facts as an HTML list, each only if the archive has it."""
    rows: list[tuple[str, str]] = []
    if stage := stage_label(entry.stage):
        rows.append(("Status", escape(stage)))
    rows += _dates(entry.key_dates)
    if entry.published:
        rows.append(("Published", escape(day(entry.published))))
    else:
        rows.append(("First seen", f"{escape(day(entry.first_seen))} (the source states no date)"))
    rows.append((_SOURCES.get(entry.authority, "Source"), link(entry.url, publisher_name(entry))))
    programmes = sorted({line(tag.label) for tag in entry.tags if tag.facet == "programme"})
    if programmes:
        rows.append(("Programmes" if len(programmes) > 1 else "Programme", escape("; ".join(programmes))))
    if entry.figures:
        rows.append(("Figures", _figures(entry)))
    if entry.reports:
        shown = [link(r.url, line(r.publisher)) for r in entry.reports[:_MOST_REPORTS]]
        rows.append(("Also reported by", ", ".join(shown) + _more(len(entry.reports), len(shown))))
    items = "".join(f"<li><strong>{name}:</strong> {value}</li>" for name, value in rows)
    return f"<ul>{items}</ul><p><em>Not legal advice.</em></p>"


def text_block(entry: Entry, limits: Limits) -> str:
    """The text itself, within what the source's licence and the limits allow; cut texts link onwards."""
    publisher = publisher_name(entry)
    if entry.republish == "full":
        parts = paragraphs(entry.body)
        summary = paragraphs(entry.summary)
        if not _within(summary, parts):
            parts = summary + parts
        parts, more = cut(parts, limits.text_chars)
    else:
        whole = line(entry.summary, len(entry.summary))
        excerpt = shorten(whole, limits.excerpt_chars)
        parts, more = [excerpt] if excerpt else [], True
    html = "".join(as_html(part) for part in parts)
    if html and entry.language:
        html = f'<div lang="{escape(entry.language)}">{html}</div>'
    onwards = link(entry.url, f"Continue reading at {publisher}")
    if more and onwards.startswith("<a"):
        html += f"<p>{onwards}</p>"
    if entry.republish == "full" and parts and entry.licence:
        html += f"<p><small>Text: {escape(publisher)}. {escape(line(entry.licence))}</small></p>"
    return html


def figure_text(figure: FigureRow) -> str:
    """One figure as plain text: what it is, of which series, and how it moved."""
    name = line(figure.parameter.replace("_", " ").replace("-", " "))
    name = name[:1].upper() + name[1:]
    if figure.series:
        name += f" ({line(figure.series)})"
    value = _value(figure, figure.value)
    moved = figure.previous and figure.previous != figure.value
    return f"{name}: {_value(figure, figure.previous)} → {value}" if moved else f"{name}: {value}"


def _figures(entry: Entry) -> str:
    items = "".join(f"<li>{escape(figure_text(figure))}</li>" for figure in entry.figures)
    more = entry.figures_total - len(entry.figures)
    return f"<ul>{items}{f'<li>… and {more} more</li>' if more > 0 else ''}</ul>"


def _value(figure: FigureRow, text: str) -> str:
    text = line(text)
    if "cutoff" in figure.parameter:
        # Cut-off dates: the two letters of the United States' visa bulletin.
        return {"C": "Current", "U": "Unavailable"}.get(text, day(text))
    # Four digits can be a year; both sides of a move are written alike.
    if text.isdecimal() and max(len(figure.value), len(figure.previous)) > 4:
        text = f"{int(text):,}"
    unit = "" if figure.unit == figure.currency else figure.unit
    period = f"per {figure.period}" if figure.period else ""
    return " ".join(line(part) for part in (figure.currency, text, unit, period) if part)


def _dates(key_dates: tuple[DateRow, ...]) -> list[tuple[str, str]]:
    order = {kind: place for place, kind in enumerate(_DATES)}
    wanted = sorted({(order.get(d.kind, len(order)), d.kind, d.date, d.time, d.zone, d.applies_to) for d in key_dates})
    rows = []
    for _, kind, when, time, zone, applies_to in wanted[:_MOST_DATES]:
        clock = " ".join(part for part in (time, zone) if part)
        words = day(line(when)) + (f", {line(clock)}" if clock else "")
        if applies_to:
            words += f" (applies to: {line(applies_to, 200)})"
        label = _DATES.get(kind, line(kind.replace("_", " ").capitalize()))
        rows.append((escape(label), escape(words)))
    if len(wanted) > _MOST_DATES:
        rows.append(("Dates", f"{len(wanted) - _MOST_DATES} more in the text"))
    return rows


def _more(total: int, shown: int) -> str:
    return f" and {total - shown} more" if total > shown else ""


def _within(summary: list[str], body: list[str]) -> bool:
    """Whether the body already opens with, or repeats, the summary (an ellipsis may end the latter)."""
    words = " ".join(" ".join(summary).split()).rstrip(" .…")
    return words in " ".join(" ".join(body).split())
