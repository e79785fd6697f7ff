"""A story as an entry of a feed. Pure, and from frozen facts alone, so that it changes when the story does."""

from __future__ import annotations

from dataclasses import fields
from html import escape
from typing import Any

from archive.story_state import Member, importance_of, rank_of
from feeds.catalog import Limits
from feeds.entry import Entry, Link, Site
from feeds.fact_block import fact_block, officials, others, publisher_name
from feeds.labels import stage_label, titled
from feeds.safe import in_language, language_code, safe_html
from feeds.story import DateRow, FigureRow, Story
from feeds.words import as_html, cut, is_day, line, link, paragraphs, shorten, web_url, without_charts

#: Longest gist: what chat programs show of an entry.
_GIST = 400
#: Other reports that are linked from an entry's head.
_MOST_RELATED = 10
#: Figures in the machine-readable facts; a bulletin's charts are in the archive.
_MOST_FIGURES = 20
#: When a date was known decides on reminders; it is no fact about the rule.
_DATE_FIELDS = tuple(each.name for each in fields(DateRow) if each.name != "known")
_FIGURE_FIELDS = tuple(each.name for each in fields(FigureRow))


def story_entry(story: Story, site: Site, limits: Limits) -> Entry:
    """The entry of a story: facts first, then as much text as its licence and ``limits`` allow."""
    own = officials(story)
    via = web_url(own[0].url) if own else ""
    html = fact_block(story, site, limits.figures) + text_block(story, limits)
    source = web_url(story.text.source_url)
    return Entry(
        key=f"story/{story.id}",
        title=titled(line(story.title) or gist(story, limits), story.tags),
        url=site.address(story.page),
        gist=gist(story, limits),
        content=safe_html(html),
        date=story.date,
        updated=story.updated,
        author=publisher_name(story.lead, story.text.source_name),
        via=via,
        language=language_code(story.text.language or story.lead.language),
        rights=line(story.text.licence) if story.text.republish == "full" else "",
        # an address with a date to fill in leads nowhere
        source=Link(source, line(story.text.source_name)) if source and "{" not in story.text.source_url else None,
        related=tuple(
            Link(address, publisher_name(report))
            for report in [*own[1:], *others(story)][:_MOST_RELATED]
            if (address := web_url(report.url))
        ),
        tags=story.tags,
        valid=validity(story),
        facts=facts(story, via),
    )


def gist(story: Story, limits: Limits) -> str:
    """What it says in one line of plain text, never empty."""
    longest = min(limits.excerpt_chars, _GIST)
    for text in (story.text.summary, story.text.body, story.title):
        if words := line(text[: 4 * longest], longest):
            return words
    return f"Announcement by {publisher_name(story.lead, story.text.source_name)}"


def text_block(story: Story, limits: Limits) -> str:
    """The lead's own words as HTML, within what its licence and the limits allow; cut texts link onwards."""
    text, publisher = story.text, publisher_name(story.lead, story.text.source_name)
    if text.republish == "full":
        parts, summary = paragraphs(without_charts(text.body)), paragraphs(text.summary)
        if not _within(summary, parts):
            parts = summary + parts
        parts, more = cut(parts, limits.text_chars)
    else:
        excerpt = shorten(line(text.summary, len(text.summary)), limits.excerpt_chars)
        parts, more = [excerpt] if excerpt else [], True
    html = in_language("".join(as_html(part) for part in parts), text.language)
    if more and (address := web_url(story.lead.url)):
        html += f"<p>{link(address, f'Continue reading at {publisher}')}</p>"
    if text.republish == "full" and parts and text.licence:
        html += f"<p><small>Text: {escape(publisher)}. {escape(line(text.licence))}</small></p>"
    return html


def validity(story: Story) -> tuple[str, str]:
    """The window in which the rule holds, as ISO days: from its effect to its expiry or the end of a transition."""
    days = {kind: [row.date for row in story.key_dates if row.kind == kind and is_day(row.date)]
            for kind in ("effective", "expiry", "transition_until")}  # fmt: skip
    start = story.effective if is_day(story.effective) else min(days["effective"], default="")
    ends = [day for day in days["expiry"] or days["transition_until"] if day >= start]
    return start, max(ends, default="")


def facts(story: Story, official_url: str) -> dict[str, Any]:
    """What programs want to know, for JSON Feed: plain JSON values. Times are ISO text; '' is unknown."""
    return {
        "story": story.id,
        "stage": line(story.stage),
        "stage_label": stage_label(story.stage),
        "removed": story.lead.state == "removed",
        "effective": line(story.effective),
        "deadline": line(story.deadline),
        "countries": sorted(map(line, story.codes("country"))),
        "programmes": sorted(map(line, story.codes("programme"))),
        "importance": importance(story),
        "official_url": official_url,
        "published": line(story.lead.published),
        "key_dates": [_plain(row, _DATE_FIELDS) for row in story.key_dates],
        "figures": [_plain(row, _FIGURE_FIELDS) for row in story.figures[:_MOST_FIGURES]],
        "figures_total": max(story.figures_total, len(story.figures)),
        "content_hash": line(story.lead.content_hash),
    }


def importance(story: Story) -> float:
    """The story's importance at its last material change, as its growing coverage must not change an entry."""
    if story.importance_reason == "pinned" or not story.frozen:
        return story.importance
    audiences, figures = len(story.codes("audience")), [("", "")] if story.figures else []
    members = [
        Member(r.announcement_id, "", "", rank_of(r.kind, r.authority), audiences=audiences, figures=figures)
        for r in story.frozen
    ]
    return importance_of(members, story.stage, story.effective, len(members))[0]


def _plain(row: DateRow | FigureRow, names: tuple[str, ...]) -> dict[str, Any]:
    """A row with clean texts, and only addresses of the web."""
    plain: dict[str, Any] = {}
    for name in names:
        value = getattr(row, name)
        plain[name] = line(value) if isinstance(value, str) else value
    plain["url"] = web_url(row.url)
    return plain


def _within(summary: list[str], body: list[str]) -> bool:
    """Whether the body already opens with, or repeats, the summary (an ellipsis may end the latter)."""
    words = " ".join(" ".join(summary).split()).rstrip(" .…")
    return words in " ".join(" ".join(body).split())
