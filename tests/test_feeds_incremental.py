"""Whatever happens to an archive: publishing what changed gives the same files as publishing everything."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from feeds_helpers import CANADA, H1B, SEEN, STREAM, announcement, parsed
from site_helpers import (
    again,
    drop,
    entries,
    files,
    join,
    look,
    more,
    opened,
    press,
    publish_site,
    remove_page,
    story_guid,
    tell,
)

from archive.models import Announcement, Figure, KeyDate, Tag
from archive.store import Archive

FRANCE = Tag("country", "fr", "France", "r", 1.0, "France")
FEES = Tag("topic", "fees", "fee", "r", 0.8, "Fees")
TAGS = (CANADA, STREAM, H1B, FRANCE, FEES)

#: The bundled catalogue without closed months, whose documents stay as they were written: test_feeds_archives.py.
CATALOG = """
name = "Visawire"
[limits]
max_entries = 6
min_entries = 3
days = 3
""" + "".join(
    f'[[feed]]\ntitle = "T"\ndescription = "D"\n{table}\n'
    for table in (
        'path = "all"\narchived = false', 'path = "official"\narchived = false\nwhere = { authority = ["primary"] }',
        'path = "early"\narchived = false\nwhere = { stage = ["proposed"], importance = 0.05 }',
        'path = "country/*"\nfacet = "country"\narchived = false',
        'path = "programme/*"\nfacet = "programme"\narchived = false',
        'path = "stage/*"\nfacet = "stage"\narchived = false',
        'path = "topic/*"\nfacet = "topic"\narchived = false', 'path = "daily"\nkind = "digest"\nperiod = "day"',
        'path = "weekly"\nkind = "digest"\nperiod = "week"', 'path = "deadlines"\nkind = "deadlines"',
        'path = "status"\nkind = "status"',
    )
)  # fmt: skip


class World:
    """An archive to which things happen, one after the other, some hours apart."""

    def __init__(self, archive: Archive, chance: random.Random) -> None:
        self.archive, self.chance, self.hours, self.number = archive, chance, 0.0, 0
        self.told: dict[str, Announcement] = {}
        # every tag has a story that stays, as the feed of a tag that is gone stays, which a new site knows nothing of
        item = self.item(announcement)
        item.tags = [*TAGS]
        tell(archive, item)

    def item(self, make: Callable[..., Announcement], key: str = "") -> Announcement:
        chance, self.number = self.chance, self.number + 1
        stage = chance.choice(["", "proposed", "final", "in-force"])
        tags = chance.sample(TAGS, 3) + ([Tag("stage", stage, "", "r")] if stage else [])
        day = (SEEN + timedelta(days=chance.randrange(-3, 40))).date().isoformat()
        return make(
            key or f"n{self.number}", stage=stage, tags=tags, seen=SEEN + timedelta(hours=self.hours),
            summary=f"Version {self.number}.", published=SEEN.date() + timedelta(days=chance.randrange(-4, 2)),
            key_dates=[KeyDate("effective", day, f"on {day}", "r")] if chance.random() < 0.6 else [],
            figures=[Figure("us-h-1b", "fee", str(chance.randrange(999)), "q", "r", currency="USD", valid_from=day)]
            if chance.random() < 0.4 else [],
        )  # fmt: skip

    def story(self) -> str:
        rows = self.archive.rows("SELECT DISTINCT story_id FROM story_announcements ORDER BY 1")
        return str(self.chance.choice(rows)[0])

    def happen(self) -> str:
        self.hours += self.chance.choice([0.5, 3, 20, 50])
        what = self.chance.choice([self.new, self.new, self.report, self.say_otherwise, self.merge, self.forget,
                                   self.lose, self.pass_time])  # fmt: skip
        what()
        return what.__name__

    def new(self) -> None:
        item = self.item(self.chance.choice([announcement, press]))
        self.told[tell(self.archive, item)] = item

    def report(self) -> None:
        more(self.archive, self.story(), self.item(self.chance.choice([announcement, press])))

    def say_otherwise(self) -> None:
        """New tags, another stage, other dates and figures."""
        if self.told:
            key = self.chance.choice(list(self.told))
            old = self.told[key]
            changed = self.item(announcement, "other")
            changed.id, changed.url, changed.source_id, changed.title = old.id, old.url, old.source_id, old.title
            changed.canonical_url = old.canonical_url
            row = self.archive.value("SELECT story_id FROM story_announcements WHERE announcement_id=?", (old.id,))
            if row:
                again(self.archive, row, changed)

    def merge(self) -> None:
        one, two = self.story(), self.story()
        if one != two:
            join(self.archive, one, two)

    def forget(self) -> None:
        if self.told:
            drop(self.archive, self.told.pop(self.chance.choice(list(self.told))))

    def lose(self) -> None:
        if self.told:
            remove_page(self.archive, self.told[self.chance.choice(list(self.told))], self.hours)

    def pass_time(self) -> None:
        look(self.archive, SEEN + timedelta(hours=self.hours), self.chance.choice(["unchanged", "blocked"]))


@pytest.mark.parametrize("seed", range(4))
def test_what_changed_and_everything_give_the_same_files(tmp_path: Path, seed: int) -> None:
    (tmp_path / "catalog.toml").write_text(CATALOG)
    how = {"catalog": tmp_path / "catalog.toml"}
    with opened(tmp_path / "a.db") as archive:
        world = World(archive, random.Random(seed))
        happened = []
        for _ in range(14):
            happened.append(world.happen())
            publish_site(archive, tmp_path / "site", **how)
            if world.chance.random() < 0.3:  # another site sees only now and then what happens
                publish_site(archive, tmp_path / "lazy", **how)
        publish_site(archive, tmp_path / "lazy", **how)
        publish_site(archive, tmp_path / "fresh", **how)
        again = publish_site(archive, tmp_path / "site", full=True, **how)
    assert again.written == [], happened
    fresh = files(tmp_path / "fresh")
    assert len(fresh) > 60
    for site in ("site", "lazy"):
        found = files(tmp_path / site)
        assert found.keys() == fresh.keys(), happened
        assert [path for path in fresh if found[path] != fresh[path]] == [], (site, happened)


def test_a_new_day_brings_reminders_digests_and_figures_in_force(tmp_path: Path) -> None:
    site = tmp_path / "site"
    with opened(tmp_path / "a.db") as archive:
        effect, fee = KeyDate("effective", "2026-03-28", "on 28 March", "r"), "2026-03-24"
        figures = [
            Figure("us-h-1b", "fee", v, "q", "r", currency="USD", valid_from=d)
            for v, d in (("100", "2025-01-01"), ("777", fee))
        ]
        # a figure counts on its programme's page, wherever the story stands that tells of it
        old = announcement("old", tags=[CANADA], figures=figures, stage="final")
        soon = announcement("soon", tags=[CANADA, H1B], key_dates=[effect], published=date(2026, 3, 19))
        tell(archive, old)
        story = tell(archive, soon)
        look(archive, SEEN)
        publish_site(archive, site)
        assert entries(site, "daily") == []
        page = (site / "programme/us-h-1b.html").read_text()
        assert [e.title for e in parsed(site / "feeds/deadlines.atom").entries] == []
        for day in range(1, 12):
            look(archive, SEEN + timedelta(days=day))
            publish_site(archive, site)
        publish_site(archive, tmp_path / "fresh")
    assert files(site) == files(tmp_path / "fresh")
    assert entries(site, "daily") == ["tag:example.org,2026:digest/daily/2026-03-20"]
    assert entries(site, "weekly") == ["tag:example.org,2026:digest/weekly/2026-W12"]
    key = f"tag:example.org,2026:deadline/{story}/effective/2026-03-28"
    assert entries(site, "deadlines") == [f"{key}/1", f"{key}/7"]
    assert (site / "programme/us-h-1b.html").read_text() != page
    assert "USD 777" in (site / "programme/us-h-1b.html").read_text()


def test_a_closed_digest_says_for_ever_what_it_said(tmp_path: Path) -> None:
    site = tmp_path / "site"
    with opened(tmp_path / "a.db") as archive:
        item = announcement("one")
        story = tell(archive, item)
        look(archive, SEEN + timedelta(days=1))
        publish_site(archive, site)
        said = (site / "feeds/daily.atom").read_bytes()
        assert item.title.encode() in said
        again(archive, story, announcement("one", title="Another title", seen=SEEN + timedelta(days=1)))
        publish_site(archive, site, full=True)
        assert (site / "feeds/daily.atom").read_bytes() == said
        assert [e.title for e in parsed(site / "feeds/all.atom").entries] == ["[CA] Another title"]
        assert entries(site, "all") == [story_guid(story)]
