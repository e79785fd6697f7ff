"""The block of facts that opens an entry: a plain list that says the most important things first.

Only what is frozen at the story's last material change is named, so that one more report of it changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from feeds.deadline import KINDS
from feeds.entry import Site
from feeds.labels import (
    DEADLINES,
    applies_words,
    contested,
    date_event,
    date_label,
    date_order,
    date_words,
    figure_text,
    row_label,
    stage_label,
)
from feeds.occasions import occasions
from feeds.story import DateRow, Report, Story
from feeds.told import told
from feeds.words import day, line, link, web_url

#: Shown of each; more than this is a list that nobody reads in a feed reader.
_MOST_DATES, _MOST_OFFICIAL, _MOST_REPORTS, _MOST_REASONS, _MOST_NAMES = 4, 4, 10, 8, 6

#: The name of the row that says what changed last, after the story was new.
LAST_CHANGE = "Last change"

#: Facets in the order in which they explain why a story is there. The stage is said by the status.
_REASONS = ("programme", "topic", "action", "audience", "country")


def fact_block(story: Story, site: Site, figures: int) -> str:
    """The facts as an HTML list, each only if the archive has it, then the way to all of them; ``figures`` at most."""
    rows = [("Status", _status(story))]
    rows += _dates(story)
    rows.append(("Applies to", _applies(story)))
    rows.append(("Figures", _figures(story, figures)))
    rows += _sources(story)
    rows.append(("Archived copy", _copy(story, site)))
    rows.append(("Also reported by", _also(story)))
    rows.append(("Why you see this", _reasons(story)))
    rows.append((LAST_CHANGE, _last_change(story)))
    items = "".join(f"<li><strong>{escape(name)}:</strong> {value}</li>" for name, value in rows if value)
    page = link(site.address(story.page), "All dates, sources and changes of this story")
    return f"<ul>{items}</ul><p>{page}. <em>Not legal advice.</em></p>"


def officials(story: Story) -> list[Report]:
    """The announcements of the rule-maker that an entry names: the lead first, then the newest."""
    own = [r for r in story.frozen if r.official and web_url(r.url) and r.role != "syndicated"]
    own.sort(key=lambda r: (r.published or r.first_seen, r.announcement_id), reverse=True)
    own.sort(key=lambda r: r.announcement_id != story.lead.announcement_id)
    return own


def publisher_name(report: Report, other: str = "") -> str:
    """Who published it, as one line of plain text, never empty."""
    return line(report.publisher, 120) or line(other, 120) or "an unnamed publisher"


def _copy(story: Story, site: Site) -> str:
    """Where the text of a page that its publisher removed still stands: the copy that the archive kept, on our page."""
    if story.lead.state != "removed" or not (story.text.body or story.text.summary):
        return ""
    return link(f"{site.address(story.page)}#words", "the text as it was last read")


def _status(story: Story) -> str:
    words = stage_label(story.stage)
    if story.lead.state == "removed":
        words = f"{words or 'Not known'} (the page has been removed by its publisher)"
    return escape(words)


def _dates(story: Story) -> list[tuple[str, str]]:
    """A row for each kind of date; the deadline of the story is a row of its own, named as such."""
    standing = {(row.kind, row.date) for occasion in occasions(story) for row in occasion.rows}
    kinds: dict[str, list[DateRow]] = {}
    for row in story.key_dates:
        # what a later document moved is told on the page; kinds and precisions that are no event stay as they are
        if row.kind not in KINDS or len(row.date) < 7 or (row.kind, row.date) in standing:
            kinds.setdefault(row.kind, []).append(row)
    if story.effective and not any(row.date == story.effective for row in kinds.get("effective", ())):
        kinds.setdefault("effective", []).append(DateRow("effective", story.effective))
    deadline = [
        row for kind in DEADLINES for row in kinds.get(kind, ()) if story.deadline and row.date == story.deadline
    ]
    if story.deadline and not deadline:
        deadline = [DateRow("deadline", story.deadline)]
    found = []
    for kind in sorted(kinds, key=lambda kind: (date_order(kind), kind)):
        rows = [row for row in kinds[kind] if row not in deadline]
        rows.sort(key=lambda row: (kind == "effective" and row.date != story.effective, row.date, row.time))
        if kind != "effective":
            found.append((date_label(kind), _listed(map(_date, rows))))
            continue
        labels: dict[str, list[str]] = {}
        for row in rows:
            words = ", ".join(part for part in (_date(row), contested(kind, story.stage)) if part)
            labels.setdefault(row_label(row, story.key_dates), []).append(words)
        found += [(label, _listed(words)) for label, words in labels.items()]
    acts = [_date(row) + (f" ({date_event(row.kind)})" if row.kind != "deadline" else "") for row in deadline]
    return [*found, ("Deadline", _listed(acts))]


def _date(row: DateRow) -> str:
    return ", ".join(part for part in (date_words(row), applies_words(row.applies_to)) if part)


def _listed(words: Iterable[str]) -> str:
    """Distinct texts as HTML on one line; those that are too many are counted."""
    distinct = list(dict.fromkeys(word for word in words if word))
    return escape("; ".join(distinct[:_MOST_DATES])) + _more(len(distinct), _MOST_DATES)


def _applies(story: Story) -> str:
    programmes = [line(tag.label, 80) for tag in story.tags if tag.facet == "programme"]
    audiences = [_lowered(tag.label) for tag in story.tags if tag.facet == "audience"]
    parts = []
    for names in (programmes, audiences):
        if names:
            parts.append(escape(", ".join(names[:_MOST_NAMES])) + _more(len(names), _MOST_NAMES))
    return "; ".join(parts)


def _lowered(label: str) -> str:
    """A label within a sentence; 'HR' stays as it is."""
    words = line(label, 80)
    return words if words[1:2].isupper() else words[:1].lower() + words[1:]


def _figures(story: Story, most: int) -> str:
    if not story.figures or most < 1:
        return ""
    # what moved first: it is the news
    texts: dict[str, None] = {}
    for figure in sorted(story.figures, key=lambda f: not f.previous or f.previous == f.value):
        texts[figure_text(figure)] = None
        if len(texts) == most:
            break
    more = max(story.figures_total, len(story.figures)) - len(texts)
    items = "".join(f"<li>{escape(text)}</li>" for text in texts)
    return f"<ul>{items}{f'<li>… and {more} more</li>' if more > 0 else ''}</ul>"


def _sources(story: Story) -> list[tuple[str, str]]:
    """The official documents, or who says it as long as there is none."""
    own = officials(story)
    if own:
        shown = [_document(report, story) for report in own[:_MOST_OFFICIAL]]
        return [("Official link", "; ".join(shown) + _more(len(own), _MOST_OFFICIAL))]
    return [("Reported by", f"{_document(story.lead, story)}, not yet official")]


def _document(report: Report, story: Story) -> str:
    words = link(report.url, publisher_name(report, story.text.source_name))
    stage = stage_label(report.stage)
    if report.announcement_id != story.lead.announcement_id and stage:
        words += f" ({escape(stage.lower())})"
    if report.published:
        return f"{words}, {escape(day(line(report.published)))}"
    return f"{words}, first seen {escape(day(line(report.first_seen)))} (the source states no date)"


def others(story: Story) -> list[Report]:
    """Everybody else who was known to report the same when the story last changed, each publisher once."""
    named = {publisher_name(story.lead), *(publisher_name(r) for r in officials(story)[:_MOST_OFFICIAL])}
    found: dict[str, Report] = {}
    for report in story.frozen:
        name = publisher_name(report)
        if name not in named and report.announcement_id != story.lead.announcement_id:
            found.setdefault(name, report)
    return list(found.values())


def _also(story: Story) -> str:
    reports = others(story)
    shown = [link(report.url, publisher_name(report)) for report in reports[:_MOST_REPORTS]]
    return ", ".join(shown) + _more(len(reports), _MOST_REPORTS)


def _reasons(story: Story) -> str:
    """The tags with the words that prove them: 'H-1B: “H-1B petitions”'."""
    tags = [tag for facet in _REASONS for tag in story.tags if tag.facet == facet]
    parts: dict[str, None] = {}
    for tag in tags:
        words = line(tag.words, 80)
        parts[f"{line(tag.label, 80)}: “{words}”" if words else line(tag.label, 80)] = None
    return escape("; ".join(list(parts)[:_MOST_REASONS])) + _more(len(parts), _MOST_REASONS)


def _last_change(story: Story) -> str:
    """The newest change, save that the story is new, which its place in the feed says."""
    if not story.changes or story.changes[-1].kind == "new":
        return ""
    change = story.changes[-1]
    return escape(f"{told(change.kind, change.summary, change.before, change.after)} ({day(line(change.at))})")


def _more(total: int, shown: int) -> str:
    return f" and {total - shown} more" if total > shown else ""
