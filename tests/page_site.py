"""A small invented site: one page of every kind, and stories of every temper. For tests of the pages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from publishing_helpers import (
    CANADA,
    CONTENT,
    FEE,
    H1B,
    LEAD,
    PROPOSAL,
    SITE,
    STAMP,
    STREAM,
    UNITED_STATES,
    entry,
    story,
)

from feeds.entry import Feed
from feeds.feed_page import feed_page
from feeds.health import Outage, SourceHealth
from feeds.history import Current, Figures
from feeds.html import Channel, channels
from feeds.index_page import Front, front, headline, index_page
from feeds.latest import latest_json, latest_schema
from feeds.pages import about_page, moved_page, not_found_page, robots, sitemaps, withdrawn_page
from feeds.plots import Line, Plot, Point
from feeds.status_page import status_json, status_page, summary
from feeds.story import Edit, Report, Story, TagRow, Text
from feeds.story_page import story_page

AS_OF = datetime(2026, 3, 14, 17, 0, tzinfo=UTC)
STYLE = Path(__file__).parents[1] / "feeds" / "site.css"
FRANCE = TagRow("country", "fr", "France", "français")
FINAL_STAGE = TagRow("stage", "final", "Final")

EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(2)> \u202e{{ 7*7 }} & \"quoted\" 'words' \x07"

DIFF = (
    "@ title\n- Two-week permits\n+ Ten-day permits\n@ text\n  … copies of passports within\n- 20\n+ 10\n"
    "  working days when a worker with …\n@ text: 3 more changes"
)
EDIT = Edit("a1", "Office of Arrivals", LEAD.url, "2026-03-12T08:00:00Z", DIFF, 0.9, silent=True, cosmetic=False)

FRENCH = replace(
    LEAD, announcement_id="f1", title="Le visa des ingénieurs est ouvert à toutes les entreprises", language="fr",
    url="https://office.example.fr/visa", publisher="Office des arrivées", event="in-force", stage="in-force",
)  # fmt: skip
FRENCH_WORDS = (
    "Le visa des ingénieurs est ouvert à toutes les entreprises qui en font la demande. Les ingénieurs présentent leur "
    "passeport au guichet et reçoivent leur titre de séjour le jour même, pour une durée de quatre ans renouvelable. "
)


def stories() -> list[Story]:
    """Rich, French, reported by the press alone, minimal, hostile."""
    reaction = replace(STAMP, announcement_id="p9", title="Unions welcome the permits", role="reaction",
                       url="https://stamp.example.com/unions")  # fmt: skip
    copy = replace(STAMP, announcement_id="p8", title="Two-week permits", role="syndicated", publisher="Wire Copy",
                   url="https://wire.example.com/permits")  # fmt: skip
    rich = story(
        reports=(LEAD, PROPOSAL, STAMP, reaction, copy),
        edits=(EDIT, replace(EDIT, silent=False, cosmetic=True, seen="2026-03-13T08:00:00Z")),
        tags=(*story().tags, FINAL_STAGE),
    )
    french = story(
        id="00000000000000f1", title=FRENCH.title, stage="in-force", lead=FRENCH, reports=(FRENCH,), frozen=(FRENCH,),
        text=Text(FRENCH_WORDS, FRENCH_WORDS * 8, "fr", "Licence ouverte", "full", "Office", "https://office.example.fr/"),
        tags=(FRANCE,), key_dates=(), figures=(), figures_total=0, changes=(), effective="2026-03-20", deadline="",
        importance=0.9,
    )  # fmt: skip
    press = replace(STAMP, announcement_id="p5", role="lead", event="reported", title="A fee is said to rise")
    reported = story(
        id="00000000000000a5", title=press.title, stage="reported", lead=press, reports=(press,), frozen=(press,),
        text=Text("A fee is said to rise, people say. " * 30, "", "en", "", "excerpt", "Daily", "https://stamp.example.com/"),
        tags=(UNITED_STATES, H1B), key_dates=(), figures=(replace(FEE, publisher=STAMP.publisher, url=STAMP.url),),
        figures_total=9, changes=(), effective="", deadline="", importance=0.2,
    )  # fmt: skip
    bare = replace(LEAD, announcement_id="b1", title="", published="", url="", content_hash="", event="", stage="")
    minimal = story(
        id="00000000000000b1", title="", stage="", lead=bare, reports=(bare,), frozen=(bare,),
        text=Text("", "", "", "", "full", "", ""), tags=(), key_dates=(), figures=(), figures_total=0, changes=(),
        effective="", deadline="", importance_reason="",
    )  # fmt: skip
    return [rich, french, reported, minimal, hostile()]


def hostile() -> Story:
    """A story in which every text attacks the page."""
    bad = Report(
        "h1", EVIL, "javascript:alert(1)", EVIL, "news", "primary", 'en" onload="alert(1)', "2026-03-13",
        "2026-03-13T01:00:00Z", "lead", EVIL, "final", "", EVIL,
    )  # fmt: skip
    base = story()
    return story(
        id="00000000000000e1", title=EVIL, lead=bad,
        reports=(bad, replace(bad, role="report", url="https://evil.example/a[1]|b?<q>#\"'")), frozen=(bad,),
        text=Text(EVIL, EVIL, "xx-'", EVIL, "full", EVIL, "data:text/html,x"), importance_reason=EVIL,
        tags=(TagRow("topic", "fees", EVIL, EVIL), TagRow("programme", "us-h-1b", EVIL, EVIL)),
        key_dates=(replace(base.key_dates[0], quote=EVIL, publisher=EVIL, applies_to=EVIL, url="javascript:alert(1)"),),
        figures=(replace(base.figures[0], value=EVIL, previous=EVIL, series=EVIL, quote=EVIL, url="javascript:x"),),
        changes=(replace(base.changes[1], summary=EVIL, before=EVIL, after="b", publisher=EVIL, url="data:x"),),
        edits=(Edit("h1", EVIL, "data:x", "2026-03-13T02:00:00Z", f"@ text\n- {EVIL}\n+ {EVIL}", 1, True, False),),
    )  # fmt: skip


def feeds() -> list[Feed]:
    """All that the small site publishes, without entries."""
    rows = [
        Feed("all", "Visawire: all policy changes", "Every change.", page="all.html", calendar="calendar/all.ics"),
        Feed("all.updates", "Visawire: all updates", "Every update."),
        Feed("weekly", "Visawire: weekly digest", "One entry a week.", page="weekly.html"),
        Feed("status", "Visawire: status of sources", "Outages.", page="status.html"),
    ]
    for tag in (CANADA, FRANCE, UNITED_STATES, STREAM, H1B, FINAL_STAGE, TagRow("topic", "fees", "Fees")):
        rows += [
            Feed(tag.path, f"Visawire: {tag.label}", f"Changes of {tag.label}.", page=f"{tag.path}.html", tag=tag,
                 calendar=f"calendar/{tag.path}.ics"),
            Feed(f"{tag.path}.updates", f"Visawire: {tag.label}, updates", "", tag=tag),
        ]  # fmt: skip
    return rows


def by_path() -> dict[str, Channel]:
    return {channel.path: channel for channel in channels(feeds(), SITE)}


def a_front(rows: Iterable[Story] = ()) -> Front:
    return front((headline(row) for row in rows), AS_OF)


def monthly(first: date, values: Iterable[str]) -> tuple[Point, ...]:
    """Cut-off dates of consecutive months: ISO days, C or U."""
    points = []
    for number, value in enumerate(values):
        index = first.year * 12 + first.month - 1 + number
        words = {"C": "Current", "U": "Unavailable"}.get(value, value)
        ordinal = None if value in ("C", "U") else float(date.fromisoformat(value).toordinal())
        points.append(Point(date(index // 12, index % 12 + 1, 1), ordinal, words))
    return tuple(points)


def figures() -> Figures:
    """Cut-off dates, a threshold, scores and rounds."""
    start = date(2025, 9, 1)
    cutoffs = Plot(
        "Final action dates: second preference", "cutoffs",
        (
            Line("Rest of the world", monthly(start, ["C", "C", "C", "2025-12-01", "2026-01-15", "C", "C"])),
            Line("China", monthly(start, ["2021-01-01", "2021-02-15", "2021-02-15", "2021-04-01", "U", "U"])),
            Line("India", monthly(start, ["2013-01-01", "2013-03-01", "2013-04-15", "U", "U", "2013-07-01"])),
        ),
    )  # fmt: skip
    fee = Plot(
        "Fee", "steps",
        (Line("", tuple(Point(date(year, 4, 1), value, f"CAD {value:,.0f}") for year, value in
                        ((2021, 100.0), (2022, 155.0), (2024, 155.0), (2026, 1170.0)))),),
        "CAD", omitted=4,
    )  # fmt: skip
    rounds = [(start + timedelta(days=14 * n), 480.0 + (n * 37) % 60) for n in range(12)]
    names = ("General", "Province", "Health")
    scores = tuple(
        Line(name, tuple(Point(on, value + 90 * k, f"{value + 90 * k:.0f}") for on, value in rounds[k::3]))
        for k, name in enumerate(names)
    )
    sizes = tuple(
        Line(
            row.name, tuple(replace(point, value=float(k + 1) * 900, text=f"{(k + 1) * 900:,}") for point in row.points)
        )
        for k, row in enumerate(scores)
    )
    current = (
        Current("Fee", "", "CAD 170", "CAD 155", "2026-04-01", "2026-03-11", "CAD 200 from 1 April 2027",
                LEAD.publisher, LEAD.url, story().id),
        Current("Score", "latest round", "480 points", "", "", "2026-03-11", "", LEAD.publisher, LEAD.url),
    )  # fmt: skip
    plots = (
        cutoffs,
        fee,
        Plot("Lowest score invited, by round", "dots", scores, "points"),
        Plot("Invitations, by round", "bars", sizes, "invitations"),
    )
    return Figures(current, plots, 7)


def health() -> list[SourceHealth]:
    """Well, blocked for two days, quiet, never read, retired."""
    base = SourceHealth(
        "ca-office", "Office news", "Office of Arrivals", "CA", "https://arrivals.example.ca/news", "primary", "hourly",
        True, "", False, "ok", "2026-03-14T16:00:00Z", "2026-03-14T16:00:00Z", "2026-03-11", 4,
    )  # fmt: skip
    past = Outage("ca-office", "error", 3, "2026-02-01T00:00:00Z", "2026-02-02T00:00:00Z", "HTTP 500", 4)
    now = Outage("us-gate", "blocked", 9, "2026-03-12T00:00:00Z", "", "HTTP 403 at https://gate.example/", 12)
    return [
        replace(base, outages=(past,)),
        replace(base, id="us-gate", name="Gate notices", country="US", state="blocked", outages=(now,), flaky=1,
                healthy="2026-03-11T23:00:00Z", error="HTTP 403 at https://gate.example/: ask them"),
        replace(base, id="us-hush", name="Hush", country="US", state="quiet", newest="2025-01-01", expected=1),
        replace(base, id="fr-new", name="Nouvelles", country="FR", state="never", checked="", healthy="", newest="",
                expected=None, unverified=True, authority="secondary"),
        replace(base, id="gb-old", name="Old page", country="GB", active=False, state="retired", retired_reason="-"),
    ]  # fmt: skip


def pages() -> dict[str, bytes]:
    """The site: path and bytes."""
    known, rows, status = by_path(), stories(), health()
    listed = tuple(known.values())
    week = f'<li>Page: <a href="{SITE.address("weekly.html")}">week</a><br/></li></ul>'
    entries = tuple(entry(number, content=CONTENT.replace("</ul>", week)) for number in range(30, 0, -1))
    stream = replace(feeds()[10], entries=entries[:3], tag=STREAM, previous="archive/programme/ca-gss-2026-02")
    assert stream.path == "programme/ca-gss"
    found = {
        "index.html": index_page(a_front(rows), listed, SITE, summary(status)),
        "all.html": feed_page(replace(feeds()[0], entries=entries), SITE, known["all"]),
        "programme/ca-gss.html": feed_page(stream, SITE, known["programme/ca-gss"], figures()),
        "weekly.html": feed_page(feeds()[2], SITE, known["weekly"]),
        "status.html": status_page(status, SITE, AS_OF, known["status"]),
        "about.html": about_page(SITE, statement="This copy is run by a test."),
        "404.html": not_found_page(SITE),
        "story/00000000000000c1.html": moved_page("00000000000000c1", rows[0].id, rows[0].title, SITE),
        "story/00000000000000d1.html": withdrawn_page("00000000000000d1", SITE),
        **{row.page: story_page(row, SITE, known) for row in rows},
        "style.css": STYLE.read_bytes(),
        "robots.txt": robots(SITE),
        "status.json": status_json(status, AS_OF),
        "latest.json": latest_json(rows, SITE, AS_OF),
        "latest.schema.json": latest_schema(),
    }
    for row in ("country/ca", "country/fr", "country/us", "programme/us-h-1b", "stage/final", "topic/fees"):
        feed = next(feed for feed in feeds() if feed.path == row)
        found[f"{row}.html"] = feed_page(feed, SITE, known[row])
    found |= dict(sitemaps([(path, "2026-03-14") for path in found if path.endswith(".html")], SITE))
    return found


def write(root: Path, files: dict[str, bytes]) -> None:
    for path, data in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
