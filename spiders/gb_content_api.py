"""GOV.UK's content API: one page as JSON, with its text, its change notes and whether it was withdrawn.

Any page's address becomes its API address by putting ``/api/content`` before the path. The API allows ten
requests a second. ``public_updated_at`` moves with edits that editors call major; ``updated_at`` with every
republication, which is no change of the page.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

from scrapy import Request
from scrapy.http import Response
from w3lib.html import remove_tags, replace_entities

from archive.models import Announcement, KeyDate
from spiders.base import Drift, SourceSpider
from spiders.moments import stated

SITE = "https://www.gov.uk"
API = f"{SITE}/api/content"
_LONDON = ZoneInfo("Europe/London")

#: Document types that are a stage of their own; news and policy papers can be of any.
_STAGES = {
    "open_consultation": "consultation", "consultation": "consultation", "call_for_evidence": "consultation",
    "open_call_for_evidence": "consultation", "answer": "guidance", "detailed_guide": "guidance",
    "guidance": "guidance", "guide": "guidance", "manual": "guidance", "manual_section": "guidance",
    "statutory_guidance": "guidance",
}  # fmt: skip


class ContentApi(SourceSpider):
    """Each page of the entry's ``urls`` is an announcement that is revised in place."""

    reader = "gb_content_api"
    watches = True

    def read(self, response: Response) -> Iterator[Announcement | Request]:
        yield content_item(response, self.entry.id)


def external_id(content_id: str, locale: str) -> str:
    """A page's id with the publisher: translations share a ``content_id`` and differ in locale."""
    return content_id if locale in ("", "en") else f"{content_id}:{locale}"


def stage_of(document_type: str, withdrawn: bool = False) -> str:
    """The stage that a document type states, '' where it states none."""
    return "withdrawn" if withdrawn else _STAGES.get(document_type, "")


def content_item(response: Response, source_id: str) -> Announcement:
    """The announcement of one answer of the content API, the same whichever source asked for it.

    Raises :class:`~spiders.base.Drift` for an answer that is no page.
    """
    try:
        page: Any = json.loads(response.body)
    except ValueError as error:
        raise Drift(f"the answer is not JSON ({error}); look at it and mend the reader") from error
    if not isinstance(page, dict):
        raise Drift("the answer is not a page of the content API; look at it and mend the reader")
    missing = [key for key in ("base_path", "content_id", "title", "document_type") if not page.get(key)]
    details = page.get("details")
    if missing or not isinstance(details, dict):
        raise Drift(f"the answer lacks {', '.join(missing) or 'details'}; look at it and mend the reader")
    locale = page.get("locale") or "en"
    notice = page.get("withdrawn_notice") or {}
    notes = list(_change_notes(details))
    organisations = _titles(page, "organisations")
    attributes: dict[str, Any] = {"document_type": page["document_type"], "change_history": notes}
    if organisations:
        attributes["organisations"] = organisations
    if notice:
        explanation = " ".join(replace_entities(remove_tags(notice.get("explanation") or "")).split())
        attributes["withdrawn_notice"] = {
            "explanation": explanation,
            "withdrawn_at": notice.get("withdrawn_at") or "",
        }
    published = stated(page.get("first_published_at") or details.get("first_public_at"))
    updated = stated(page.get("public_updated_at"))
    return Announcement(
        source_id=source_id,
        url=SITE + page["base_path"],
        external_id=external_id(page["content_id"], locale),
        title=page["title"],
        summary=page.get("description") or "",
        body="\n".join(_texts(details, notice, notes)),
        language=locale[:2],
        publisher=next(iter(_titles(page, "primary_publishing_organisation") or organisations), ""),
        published=published.value if published else None,
        updated=updated.value if updated else None,
        stage=stage_of(page["document_type"], bool(notice)),
        key_dates=_closing(details),
        attributes=attributes,
    )


def _titles(page: Mapping[str, Any], kind: str) -> list[str]:
    linked = (page.get("links") or {}).get(kind) or []
    return [link["title"] for link in linked if isinstance(link, dict) and link.get("title")]


def _change_notes(details: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """Notes of changes as the page lists them; manuals have one for each changed section."""
    for change in details.get("change_history") or ():
        yield {"note": change.get("note") or "", "public_timestamp": change.get("public_timestamp") or ""}
    for change in details.get("change_notes") or ():
        note = ": ".join(filter(None, (change.get("title"), change.get("change_note"))))
        yield {"note": note, "public_timestamp": change.get("published_at") or ""}
    if details.get("change_description"):  # travel advice
        yield {"note": details["change_description"], "public_timestamp": details.get("updated_at") or ""}


def _texts(details: Mapping[str, Any], notice: Mapping[str, Any], notes: Sequence[Mapping[str, str]]) -> Iterator[str]:
    """The page's text as HTML, in reading order, its change notes at the end."""
    if notice:
        yield f"<p>Withdrawn{_on(notice.get('withdrawn_at'))}</p>"
        yield notice.get("explanation") or ""
    for key in ("introductory_paragraph", "introduction", "summary", "body", "more_information"):
        yield _html(details.get(key))
    for key in ("parts", "collection_groups", "child_section_groups", "final_outcome_detail"):
        yield from _sections(details.get(key))
    titles = [a.get("title") for a in details.get("attachments") or () if isinstance(a, dict)]
    if any(titles):
        yield "<h2>Documents</h2>" + "".join(f"<p>{escape(title)}</p>" for title in titles if title)
    if notes:
        yield "<h2>Updates</h2>"
        for note in notes:
            yield f"<p>{escape(note['public_timestamp'][:10])}: {escape(note['note'])}</p>"


def _sections(groups: Any) -> Iterator[str]:
    """Parts of a guide, groups of a collection, contents of a manual: titles with their texts."""
    if isinstance(groups, str):
        yield groups
    for group in groups if isinstance(groups, list) else ():
        if not isinstance(group, dict):
            continue
        if group.get("title"):
            yield f"<h2>{escape(group['title'])}</h2>"
        yield _html(group.get("body"))
        for section in group.get("child_sections") or ():
            line = ": ".join(filter(None, (section.get("title"), section.get("description"))))
            yield f"<p>{escape(line)}</p>"


def _html(text: Any) -> str:
    """A text as HTML: a string, or a list of renderings (HTML preferred to Govspeak)."""
    if isinstance(text, str):
        return text
    renderings: Iterable[Any] = text if isinstance(text, list) else ()
    by_type = {r.get("content_type"): r.get("content") or "" for r in renderings if isinstance(r, dict)}
    return str(by_type.get("text/html") or next(iter(by_type.values()), ""))


def _on(moment: Any) -> str:
    found = stated(moment) if isinstance(moment, str) else None
    return f" on {found.value.isoformat()[:10]}" if found else ""


def _closing(details: Mapping[str, Any]) -> list[KeyDate]:
    """A consultation's deadline, in the time of the United Kingdom."""
    text = details.get("closing_date")
    moment = stated(text) if isinstance(text, str) else None
    if moment is None:
        return []
    quote, rule = f"closing_date: {text}", "gb-content-api:closing_date"
    if not isinstance(moment.value, datetime):
        return [KeyDate("comment_deadline", moment.value.isoformat(), quote, rule)]
    local = moment.value.replace(tzinfo=moment.value.tzinfo or UTC).astimezone(_LONDON)
    return [
        KeyDate(
            "comment_deadline", local.date().isoformat(), quote, rule,
            precision="minute", time=f"{local:%H:%M}", zone="Europe/London",
        )
    ]  # fmt: skip
