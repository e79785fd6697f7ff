"""The rows that the home page and an announcement's page show, read through Datasette's own connections."""

from __future__ import annotations

from typing import Any, Protocol

#: A visa bulletin states hundreds of figures; the page shows the first and links to the rest.
SHOWN = 100

# The plus keeps SQLite on the index of published, off that of duplicate_of, which nearly all rows share.
_LATEST = """
    select a.id, a.title, a.summary, a.url, a.published, a.stage, s.id as source_id,
        coalesce(nullif(a.publisher, ''), s.publisher) as publisher,
        (select group_concat(label, ' · ') from (
            select distinct t.label from announcement_tags x join tags t on t.id = x.tag_id
            where x.announcement_id = a.id and t.facet in ('country', 'programme')
            order by t.facet, t.label limit 6)) as labels
    from announcements a join sources s on s.id = a.source_id
    where +a.duplicate_of is null and coalesce(a.relevant, 1) = 1 and a.published is not null
    order by a.published desc limit 15"""

_HEALTH = """
    select count(*) as active, coalesce(sum(c.state in ('ok', 'unchanged', 'not-recorded')), 0) as healthy,
        sum(c.id is null) as unchecked, max(c.started) as checked
    from sources s left join checks c on c.id = (select max(id) from checks where source_id = s.id)
    where s.active = 1"""

_COUNTRIES = """
    select code, label from tags where facet = 'country'
    and exists (select 1 from announcement_tags where tag_id = tags.id) order by label"""

#: What an announcement's page shows, by the name that its template uses.
_PARTS = {
    "source": "select s.* from sources s join announcements a on a.source_id = s.id where a.id = ?",
    "tags": """
        select t.id, t.facet, t.label, x.words, x.rule, x.confidence from announcement_tags x
        join tags t on t.id = x.tag_id where x.announcement_id = ?
        order by t.facet, t.label, x.rule""",
    "key_dates": "select * from key_dates where announcement_id = ? order by date, kind, id",
    "figures": f"select * from figures where announcement_id = ? order by id limit {SHOWN}",
    "figure_count": "select count(*) as n from figures where announcement_id = ?",
    "identifiers": """
        select scheme, value, role from identifiers where announcement_id = ?
        order by role desc, scheme, value""",
    "revisions": """
        select n, seen, title, diff, silent, cosmetic from revisions where announcement_id = ?
        order by n desc""",
    "page_events": """
        select kind, at, note from page_events where announcement_id = ? and kind <> 'revision' order by id desc""",
    "copies": """
        select a.id, a.title, a.published, coalesce(nullif(a.publisher, ''), s.publisher) as publisher
        from announcements a
        join sources s on s.id = a.source_id where a.duplicate_of = ? order by a.first_seen""",
    "lead": """
        select l.id, l.title, coalesce(nullif(l.publisher, ''), s.publisher) as publisher, a.duplicate_reason
        from announcements a
        join announcements l on l.id = a.duplicate_of join sources s on s.id = l.source_id where a.id = ?""",
    "stories": """
        select s.id, s.title, s.stage, x.role from story_announcements x join stories s on s.id = x.story_id
        where x.announcement_id = ? order by s.id""",
}


class Executes(Protocol):
    """What is needed of a Datasette database."""

    async def execute(self, sql: str, params: Any = None) -> Any: ...


async def _rows(db: Executes, sql: str, *params: str) -> list[dict[str, Any]]:
    return [dict(row) for row in await db.execute(sql, list(params))]


async def home(db: Executes) -> dict[str, Any]:
    """Newest announcements, countries in use, and how many sources are well."""
    return {
        "latest": await _rows(db, _LATEST),
        "health": (await _rows(db, _HEALTH))[0],
        "countries": await _rows(db, _COUNTRIES),
    }


async def announcement(db: Executes, announcement_id: str) -> dict[str, Any]:
    """Everything that is known of one announcement; ``item`` is ``None`` when there is no such row."""
    found = await _rows(db, "select * from announcements where id = ?", announcement_id)
    parts: dict[str, Any] = {name: await _rows(db, sql, announcement_id) for name, sql in _PARTS.items()}
    return {
        **parts,
        "item": found[0] if found else None,
        "source": next(iter(parts["source"]), None),
        "lead": next(iter(parts["lead"]), None),
        "figure_count": parts["figure_count"][0]["n"],
    }
