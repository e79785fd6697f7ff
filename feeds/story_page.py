"""The page of a story: what it says, who says it, how it came about, and how to cite it. Pure: a story -> bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from feeds.difference import Part, parts
from feeds.entry import Site
from feeds.html import Channel, data_block, discovery, hash_source, language, render, spoken_by, tag_name
from feeds.labels import (
    applies_words,
    countries,
    date_label,
    date_order,
    date_words,
    figure_value,
    parameter_label,
    stage_label,
)
from feeds.story import FigureRow, Report, Story, TagRow
from feeds.words import cut, day, line, moment, paragraphs, shorten

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
_CHANGES = {
    "new": "New", "stage": "Status changed", "date": "Date changed", "figure": "Figure changed",
    "revision": "Page edited", "removed": "Page removed", "restored": "Page is back", "correction": "Our correction",
}  # fmt: skip


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
        figures=_figures(story, spoken),
        steps=steps(story),
        changes=[(_CHANGES.get(c.kind, line(c.kind, 40).capitalize()), c) for c in story.changes],
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
    """The steps of a story's life in the order of time, each with the first document that tells of it.

    An official document stands for its step even if the press was earlier to tell of it. What the press tells without
    saying of which step is none, where others are known.
    """
    found: dict[str, Report] = {}
    for report in sorted(story.reports, key=lambda r: (not r.official, moment(_at(r)))):
        if report.role not in ("reaction", "syndicated"):
            found.setdefault(report.event, report)
    named = any(event not in _UNNAMED for event in found)
    rows = [
        Step(_event_label(event), _at(report), report)
        for event, report in found.items()
        if report.official or event not in _UNNAMED or not named
    ]
    return sorted(rows, key=lambda step: (moment(step.at), step.label))


def _event_label(event: str) -> str:
    words = line(event, 80)
    return stage_label(words) or ("Announcement" if words in _UNNAMED else words[:1].upper() + words[1:])


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
    found = paragraphs(text.body)
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
    return [
        {
            "label": date_label(row.kind), "iso": row.date, "words": date_words(row),
            "applies": applies_words(row.applies_to), "quote": line(row.quote, 1000), "publisher": line(row.publisher),
            "url": row.url, "official": row.official, "language": spoken.get(row.url, ""),
        }
        for row in rows
    ]  # fmt: skip


def _figures(story: Story, spoken: Mapping[str, str]) -> list[dict[str, Any]]:
    return [_figure(row, story.tags, spoken) for row in story.figures]


def _figure(row: FigureRow, tags: tuple[TagRow, ...], spoken: Mapping[str, str]) -> dict[str, Any]:
    programme = next((tag_name(t) for t in tags if t.facet == "programme" and t.code == row.programme), "")
    moved = row.previous and row.previous != row.value
    return {
        "name": parameter_label(row.parameter), "series": line(row.series, 200), "programme": programme,
        "before": figure_value(row, row.previous) if moved else "", "now": figure_value(row, row.value),
        "since": row.valid_from, "quote": line(row.quote, 1000), "publisher": line(row.publisher), "url": row.url,
        "language": spoken.get(row.url, ""),
    }  # fmt: skip


def _coverage(story: Story) -> list[tuple[str, list[Report]]]:
    """Headings with reports, the weightiest first; of an unknown role at the end."""
    found: dict[str, list[Report]] = {role: [] for role in _ROLES}
    for report in story.reports:
        found.setdefault(report.role, []).append(report)
    return [(_ROLES.get(role, role.capitalize()), rows) for role, rows in found.items() if rows]


def _edits(story: Story) -> list[tuple[Any, list[Part]]]:
    """Edits that say something, newest first, with the parts in which they differ."""
    return [(edit, parts(edit.diff)) for edit in reversed(story.edits) if not edit.cosmetic]


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
        "datePublished": story.date.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "dateModified": story.updated.strftime("%Y-%m-%dT%H:%M:%SZ"),
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


def citation(story: Story, site: Site) -> str:
    """One line to cite the story by: its lead's title, publisher and day, and our permanent address."""
    lead = story.lead
    told = day((lead.published or lead.first_seen)[:10])
    return (
        f"“{line(lead.title, 300)}”. {line(lead.publisher, 200)}, {told}. {line(site.name)}, {site.address(story.page)}"
    )
