"""A material change as an entry of an updates feed: written once, short, readable where no HTML is shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any

from feeds.entry import Entry, Link, Site
from feeds.labels import figure_text, stage_label, stage_now, titled
from feeds.safe import language_code, safe_html
from feeds.story import FigureRow, TagRow
from feeds.told import deadline_of, is_corrected, is_delayed, is_silent, kind_label, subject, told, value
from feeds.words import day, line, link, shorten, web_url

#: Lines of a diff that are shown, and the characters of each.
_MOST_LINES, _LONGEST_LINE = 3, 200
_GIST = 400
#: Characters of what a new story or step is about, and figures that are shown of it.
_ABOUT, _MOST_FIGURES = 300, 3


@dataclass(frozen=True, slots=True)
class FrozenChange:
    """A row of ``updates`` with what it was published with. All of it stays as it is for ever.

    ``id`` is the row's; ``at`` ISO text, when it happened; ``date`` the permanent place in the feed (aware UTC).
    ``url`` and ``publisher`` are those of the announcement that changed the story ('' for our own correction),
    ``official`` whether that is the rule-maker's. ``diff`` is the written form of :mod:`archive.diff`, '' where no
    text is kept. ``language`` is that of the story's title. ``about`` (the story in a sentence or two), ``effective``
    (ISO day) and ``figures`` are only there for what is new or came to another stage.
    """

    id: int
    kind: str
    at: str
    date: datetime
    summary: str
    story_id: str
    story_title: str
    before: str = ""
    after: str = ""
    url: str = ""
    publisher: str = ""
    official: bool = True
    tags: tuple[TagRow, ...] = ()
    diff: str = ""
    language: str = "en"
    about: str = ""
    effective: str = ""
    figures: tuple[FigureRow, ...] = ()


def change_entry(change: FrozenChange, site: Site) -> Entry:
    """The entry of one change; equal for equal rows, whatever has become of the story since."""
    page = site.address(f"story/{change.story_id}.html")
    address = web_url(change.url)
    publisher = line(change.publisher, 120) or site.name
    happened = _happened(change)
    title = titled(f"{headline(change)}: {line(change.story_title)}", change.tags)
    return Entry(
        key=f"update/{change.id}",
        title=title,
        url=f"{page}#update-{change.id}",
        gist=shorten(_gist(change, happened, publisher), _GIST),
        content=safe_html(_content(change, happened, page, publisher)),
        date=change.date,
        updated=change.date,
        author=publisher,
        via=address if change.official else "",
        language=language_code(change.language),
        related=() if change.official or not address else (Link(address, publisher),),
        tags=change.tags,
        facts={
            "update": change.id,
            "kind": line(change.kind),
            "silent": is_silent(change.kind, change.summary),
            "at": line(change.at),
            "before": line(change.before),
            "after": line(change.after),
            "summary": line(change.summary),
            "story": change.story_id,
        }
        | _stated(change),
    )


def headline(change: FrozenChange) -> str:
    """What happened, in front of the story's title: 'Final rule now', 'Effective date moved to 1 April 2026'."""
    kind, name = change.kind, subject(change.kind, change.summary)
    old, new = value(kind, change.before), value(kind, change.after)
    if kind == "new":
        stage = stage_label(change.after)
        return f"New ({stage.lower()})" if stage else "New"
    if kind == "stage" and change.after:
        return f"{name}: {new}" if is_corrected(kind, change.summary) else stage_now(change.after)
    if what := deadline_of(kind, change.summary):
        return f"{name} moved: {what} {new}, not {old}" if old else f"{name}: {what} {new}"
    if is_delayed(kind, change.summary):
        return f"{name} delayed from {old} to {new}" if old else f"{name} delayed to {new}"
    if kind == "date" and new:
        return f"{name} moved from {old} to {new}" if old else f"{name} set: {new}"
    if kind == "figure" and old and new:
        return f"{name} {shorten(old, 40)} → {shorten(new, 40)}"
    return name


def _happened(change: FrozenChange) -> str:
    if change.kind == "new":
        stage = stage_label(change.after)
        return f"New: {stage.lower()}" if stage else "New"
    return told(change.kind, change.summary, change.before, change.after)


def _gist(change: FrozenChange, happened: str, publisher: str) -> str:
    begins = f"Effective {day(line(change.effective))}" if change.effective and _tells(change) else ""
    parts = (f"{happened} ({publisher}, {day(line(change.at))})", begins, line(change.story_title))
    return ". ".join(part for part in parts if part)


def _tells(change: FrozenChange) -> bool:
    return change.kind in ("new", "stage")


def _stated(change: FrozenChange) -> dict[str, Any]:
    """The facts of a new story or step that were kept with it; none for other changes and for older ones."""
    if not _tells(change):
        return {}
    figures = [
        {name: line(getattr(figure, name)) for name in ("programme", "parameter", "previous", "value", "currency")}
        for figure in change.figures[:_MOST_FIGURES]
    ]
    found = {"about": line(change.about, _ABOUT), "effective": line(change.effective), "figures": figures}
    return {name: fact for name, fact in found.items() if fact}


def _tell(change: FrozenChange) -> list[tuple[str, str]]:
    """What it is, for whom, from when, and its first figures; labels and HTML."""
    if not _tells(change):
        return []
    about = line(change.about, _ABOUT)
    audiences = ", ".join(dict.fromkeys(line(tag.label, 60) for tag in change.tags if tag.facet == "audience"))
    figures = "; ".join(figure_text(figure) for figure in change.figures[:_MOST_FIGURES])
    return [
        ("What", escape(about if about != line(change.story_title) else "")),
        ("For", escape(audiences)),
        ("Effective", escape(day(line(change.effective)))),
        ("Figures", escape(line(figures, _GIST))),
    ]


def _content(change: FrozenChange, happened: str, page: str, publisher: str) -> str:
    rows = []
    if change.kind not in ("new", "correction"):
        rows += [
            ("Before", escape(value(change.kind, change.before))),
            ("Now", escape(value(change.kind, change.after))),
        ]
    rows += _tell(change)
    rows.append(("Date", escape(day(line(change.at)))))
    if web_url(change.url):
        rows.append(("Official page" if change.official else "Reported by", link(change.url, publisher)))
    rows.append(("Story", link(page, line(change.story_title) or kind_label(change.kind))))
    items = "".join(f"<li><strong>{name}:</strong> {words}</li>" for name, words in rows if words)
    diff = "<br>".join(diff_lines(change.diff))
    return (
        f"<p><strong>{escape(happened)}</strong></p><ul>{items}</ul>{f'<p>{diff}</p>' if diff else ''}"
        "<p><em>Not legal advice.</em></p>"
    )


def diff_lines(diff: str, most: int = _MOST_LINES) -> list[str]:
    """The first words that went and came, as HTML that can also be told apart as plain text."""
    found = []
    for row in diff.splitlines():
        mark = {"- ": "del", "+ ": "ins"}.get(row[:2])
        words = line(row[2:], _LONGEST_LINE)
        if mark and words:
            sign = "−" if mark == "del" else "+"
            found.append(f"{sign} <{mark}>{escape(words)}</{mark}>")
        if len(found) == most:
            break
    return found
