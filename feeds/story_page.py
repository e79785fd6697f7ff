"""The page of a story: what it says, who says it, how it came about, and how to cite it. Pure: a story -> bytes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from archive.ledger import NOT_IN_FORCE
from archive.models import STAGES, iso
from feeds.deadline import KINDS
from feeds.difference import Part, parts
from feeds.entry import Site
from feeds.html import Channel, data_block, discovery, hash_source, language, render, spoken_by, tag_name
from feeds.labels import (
    DEADLINES,
    applies_words,
    contested,
    countries,
    date_order,
    date_words,
    figure_value,
    parameter_label,
    row_label,
    stage_label,
)
from feeds.occasions import occasions
from feeds.series import series_name
from feeds.story import Change, FigureRow, Report, Story
from feeds.told import kind_label, subject, told
from feeds.words import cut, day, line, moment, paragraphs, shorten, without_charts

#: Characters of the lead's own words on the page, where they may be republished, and where they may not.
TEXT, EXCERPT = 3000, 400

_ROLES = {
    "lead": "The document it rests on", "official": "Other official documents", "report": "Reported by",
    "reaction": "Reactions", "syndicated": "Copies elsewhere",
}  # fmt: skip
#: Stages at which the document of a rule-maker is (or would become) law, for schema.org.
_LAW = frozenset(("proposed", "final", "in-force", "delayed", "withdrawn", "expired"))
#: Events of which no more is known than that there is one.
_UNNAMED = ("", "event")
#: Stages whose figures hold when they are told.
_HOLDING = frozenset(("in-force", "guidance", "operational"))
#: How a change of a figure names its line, and how a look says that a page is gone (:mod:`archive.updates`).
_LINE = re.compile(r"(\S+) ([a-z][a-z0-9_]*) (\S+/\S+)[^:]*: ")
_GONE = re.compile(r"HTTP (\d{3}); seen (\d+) times since (\S+)")


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a story's life: the first document that tells of it. ``at`` is ISO text as precise as known."""

    label: str
    at: str
    report: Report


def story_page(story: Story, site: Site, feeds: Mapping[str, Channel]) -> bytes:
    """``story/<id>.html``. ``feeds`` are the published feeds by path; the page links to those of the story's tags."""
    spoken = spoken_by(story.reports)
    narrowest = narrowest_feed(story, feeds)
    title = line(story.title) or "Untitled announcement"
    summary = _gist(story)
    body, more = _own_words(story)
    linked = data_block(linked_data(story, site, summary))
    return render(
        "story.html",
        site,
        story.page,
        story=story,
        title=title,
        summary=summary,
        stage=stage_label(story.stage),
        official=official_report(story),
        tags=_tags(story, feeds),
        places=countries(story.tags),
        dates=_dates(story, spoken),
        figures=(figures := _figures(story, spoken)),
        figures_now="Now" if all(row["holds"] for row in figures) else "New",
        effective=_effective(story),
        deadline_note=_note("window_close", story.deadline, story) if story.deadline else "",
        steps=steps(story),
        changes=[(*_change(c), c) for c in story.changes],
        coverage=_coverage(story),
        edits=_edits(story),
        body=body,
        more=more,
        guid=site.tag(f"story/{story.id}"),
        read=_last_read(story),
        follow=narrowest,
        discovery=discovery(narrowest) if narrowest else [],
        linked=linked,
        policy=hash_source(linked),
    )


def official_report(story: Story) -> Report | None:
    """The rule-maker's document to look at: the lead, or else the newest official one. ``None``: only press."""
    if story.lead.official:
        return story.lead
    return next((report for report in reversed(story.reports) if report.official), None)


def narrowest_feed(story: Story, feeds: Mapping[str, Channel]) -> Channel | None:
    """The feed that somebody who came for this story would follow: its programme's, else its country's, else all."""
    paths = [tag.path for facet in ("programme", "country") for tag in story.tags if tag.facet == facet]
    return next((feeds[path] for path in (*paths, "all") if path in feeds), None)


def steps(story: Story) -> list[Step]:
    """The steps of a story's life in the order of time: a document for each.

    An official document is a step if it tells of another one than the official document before it. The press adds the
    steps that no official document tells of; what it tells without saying of which step is none where others are known.
    """
    found: list[tuple[str, str, Report]] = []
    heard: set[str] = set()
    told = [
        (step, at, report)
        for report in story.reports
        if report.role not in ("reaction", "syndicated")
        for step, at in _told_by(report, story.changes)
    ]
    for step, at, report in sorted(told, key=lambda row: (not row[2].official, moment(row[1]), row[2].url)):
        if step != found[-1][0] if report.official and found else step not in heard:
            found.append((step, at, report))
        heard |= {step, report.event}
    named = any(step not in _UNNAMED for step, _, _ in found)
    rows = [
        Step(_step_label(step), at, report)
        for step, at, report in found
        if report.official or step not in _UNNAMED or not named
    ]
    return sorted(rows, key=lambda step: (moment(step.at), step.label))


def _step(report: Report) -> str:
    """What a document tells of: an event of its own (a round), else the stage that it stands for."""
    if report.event not in _UNNAMED and report.event not in STAGES:
        return report.event
    return (report.stage if report.official else "") or report.event


def _told_by(report: Report, changes: Iterable[Change]) -> list[tuple[str, str]]:
    """The steps that a document tells of, each with its time: two if it came to say another stage after it was seen."""
    step = _step(report)
    for change in changes:
        edited = change.kind == "stage" and change.url == report.url and change.at > report.first_seen
        if edited and change.before and change.after == step:
            return [(change.before, _at(report)), (step, change.at)]
    return [(step, _at(report))]


def _step_label(step: str) -> str:
    words = line(step, 80)
    return stage_label(words) or ("Announcement" if words in _UNNAMED else words[:1].upper() + words[1:])


def _change(change: Change) -> tuple[str, str]:
    """What changed and how, in words."""
    if change.kind == "new":
        return kind_label("new"), stage_label(change.after).lower() or line(change.summary, 400)
    label = subject(change.kind, change.summary)
    words = told(change.kind, change.summary, change.before, change.after)
    words = words.removeprefix(label).removeprefix(": ")
    if change.kind == "figure" and (found := _LINE.match(change.summary)):
        series = series_name(*found.groups())
        label += f" ({series})" if series else ""
    if gone := _GONE.search(change.summary):
        code, times, since = gone.groups()
        missing = {"404": "not found", "410": "gone"}.get(code, "an error")
        words = f"its address answered “{missing}” ({code}) {times} times, first on {day(since)}"
    return label, words


def _at(report: Report) -> str:
    return report.published or report.first_seen


def _gist(story: Story) -> str:
    """One line about the story: for search engines and previews."""
    return line(story.text.summary, 300) or line(story.text.body, 300) or line(story.title, 300)


def _own_words(story: Story) -> tuple[list[str], bool]:
    """The lead's text as far as it may be shown, as paragraphs, and whether there is more of it."""
    text = story.text
    if text.republish != "full":
        whole = line(text.summary, 10_000)
        return ([shorten(whole, EXCERPT)] if whole else []), True
    found = paragraphs(without_charts(text.body))
    summary = paragraphs(text.summary)
    if summary and line(summary[0], 200).rstrip("…. ") not in line(text.body[:4000], 4000):
        found = summary + found
    return cut(found, TEXT)


def _tags(story: Story, feeds: Mapping[str, Channel]) -> dict[str, list[tuple[str, str]]]:
    """By facet the names of tags with the pages of their feeds ('' where there is none), in order of names."""
    found: dict[str, list[tuple[str, str]]] = {}
    for tag in story.tags:
        channel = feeds.get(tag.path)
        found.setdefault(tag.facet, []).append((tag_name(tag), channel.page if channel else ""))
    return {facet: sorted(rows) for facet, rows in found.items()}


def _dates(story: Story, spoken: Mapping[str, str]) -> list[dict[str, Any]]:
    rows = sorted(story.key_dates, key=lambda row: (date_order(row.kind), row.date, row.time, row.applies_to))
    standing = {(row.kind, row.date) for occasion in occasions(story) for row in occasion.rows}
    superseded = {row for row in rows if row.kind in KINDS and len(row.date) >= 7} - {
        row for row in rows if (row.kind, row.date) in standing
    }
    return [
        {
            "label": row_label(row, story.key_dates), "iso": row.date, "words": date_words(row),
            "note": _note(row.kind, row.date, story, superseded=row in superseded),
            "applies": applies_words(row.applies_to), "quote": line(row.quote, 1000), "publisher": line(row.publisher),
            "url": row.url, "official": row.official, "language": spoken.get(row.url, ""),
        }
        for row in rows
    ]  # fmt: skip


def _note(kind: str, date: str, story: Story, *, superseded: bool = False) -> str:
    """What is to be known of a date that may look as if it stood: superseded, dropped, over or contested.

    Over means before the last change of the story: the page knows no today.
    """
    if superseded:
        return "superseded by a later document"
    if kind in KINDS and story.stage in ("withdrawn", "expired"):
        return f"no longer counts: {stage_label(story.stage).lower()}"
    if kind in DEADLINES and date < story.updated.date().isoformat()[: len(date)]:
        return "over"
    return contested(kind, story.stage)


def _effective(story: Story) -> dict[str, str]:
    """The day of effect at a glance: its name and what is to be known of it. Empty without one."""
    if not story.effective:
        return {}
    row = next((r for r in story.key_dates if r.kind == "effective" and r.date == story.effective), None)
    label = row_label(row, story.key_dates) if row else "Effective"
    return {"label": label, "note": _note("effective", story.effective, story)}


def _figures(story: Story, spoken: Mapping[str, str]) -> list[dict[str, Any]]:
    """The figures, those that are only proposed behind the others."""
    tellers = {report.url: report for report in story.reports}
    days: dict[str, set[str]] = {}
    for date in story.key_dates:
        if date.kind == "effective":
            days.setdefault(date.url, set()).add(date.date)
    programmes = {tag.code: tag_name(tag) for tag in story.tags if tag.facet == "programme"}
    rows = [
        _figure(row, programmes.get(row.programme, ""), tellers.get(row.url), days.get(row.url, ()), spoken)
        for row in story.figures
    ]
    return sorted(rows, key=lambda row: bool(row["note"]))


def _figure(
    row: FigureRow, programme: str, teller: Report | None, days: Iterable[str], spoken: Mapping[str, str]
) -> dict[str, Any]:
    """``days`` are the days of effect of the document that tells it: a single one is that of the figure."""
    stated = row.valid_from or (next(iter(days)) if len(set(days)) == 1 else "")
    stage = teller.stage if teller else ""
    ahead = bool(stated and teller and stated > _at(teller)[: len(stated)])
    moved = row.previous and row.previous != row.value
    return {
        "name": parameter_label(row.parameter), "series": line(row.series, 200), "programme": programme,
        "before": figure_value(row, row.previous) if moved else "", "now": figure_value(row, row.value),
        "since": stated, "note": stage_label(stage).lower() if stage in NOT_IN_FORCE else "",
        "holds": stage in _HOLDING and not ahead, "quote": line(row.quote, 1000),
        "publisher": line(row.publisher), "url": row.url, "language": spoken.get(row.url, ""),
    }  # fmt: skip


def _coverage(story: Story) -> list[tuple[str, list[Report]]]:
    """Headings with reports, the weightiest first; of an unknown role at the end. An address is listed once."""
    found: dict[str, list[Report]] = {role: [] for role in _ROLES}
    listed: set[str] = set()
    for report in sorted(story.reports, key=lambda r: r.role == "syndicated"):
        address = report.url.partition("#")[0].rstrip("/")
        if not address or address not in listed:
            found.setdefault(report.role, []).append(report)
            listed.add(address)
    return [(_ROLES.get(role, role.capitalize()), rows) for role, rows in found.items() if rows]


def _edits(story: Story) -> list[tuple[Any, list[Part]]]:
    """Edits that say something, newest first, with the parts in which they differ."""
    found = [(edit, _worded(parts(edit.diff))) for edit in reversed(story.edits) if not edit.cosmetic]
    return [(edit, rows) for edit, rows in found if rows]


def _worded(rows: Iterable[Part]) -> list[Part]:
    """Stages and dates in words; without the facts that were read from the text, which say the same to machines."""
    kept = []
    for part in rows:
        if part.name == "Facts read from it":
            continue
        if part.name == "Stage":
            part = Part(part.name, tuple((kind, stage_label(text) or text) for kind, text in part.pieces), part.more)
        elif part.name.startswith("Date of"):
            part = Part(part.name, tuple((kind, day(text)) for kind, text in part.pieces), part.more)
        kept.append(part)
    return kept


def _last_read(story: Story) -> str:
    """When the lead's text, as it stands, was read: at its last edit, or else when it was first seen."""
    seen = [edit.seen for edit in story.edits if edit.announcement_id == story.lead.announcement_id]
    return max([story.lead.first_seen, *seen])


def linked_data(story: Story, site: Site, summary: str) -> dict[str, Any]:
    """The page as schema.org describes it: an article of ours that rests on documents of others."""
    address = site.address(story.page)
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Article",
        "@id": site.tag(f"story/{story.id}"),
        "url": address,
        "mainEntityOfPage": address,
        "headline": line(story.title, 110),
        "description": summary,
        "datePublished": iso(story.date),
        "dateModified": iso(story.updated),
        "isAccessibleForFree": True,
        "publisher": {"@type": "Organization", "name": line(site.name), "url": site.address()},
        "citation": [_cited(report) for report in story.reports],
    }
    if about := [{"@type": "Thing", "name": tag_name(tag)} for tag in story.tags if tag.facet == "programme"]:
        data["about"] = about
    if places := [{"@type": "Country", "name": tag_name(tag)} for tag in story.tags if tag.facet == "country"]:
        data["spatialCoverage"] = places
    if keywords := [tag_name(tag) for tag in story.tags if tag.facet in ("topic", "audience", "action")]:
        data["keywords"] = keywords
    return data


def _cited(report: Report) -> dict[str, Any]:
    law = (
        report.official and report.stage in _LAW and report.kind in ("government", "legislature", "regulator-register")
    )
    kind = "Legislation" if law else "Article" if report.official else "NewsArticle"
    cited: dict[str, Any] = {"@type": kind, "name": line(report.title, 300)}
    if report.url:
        cited["url"] = report.url
    if report.published:
        cited["datePublished"] = report.published
    if code := language(report.language):
        cited["inLanguage"] = code
    cited["publisher"] = {"@type": "Organization", "name": line(report.publisher, 200)}
    return cited
