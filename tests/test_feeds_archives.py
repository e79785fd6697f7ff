"""Archive documents (RFC 5005): what a feed no longer shows is behind it, month by month, and stays as it was."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from feeds_helpers import CANADA, H1B, SEEN, SITE_URL, announcement, tree
from site_helpers import (
    again,
    entries,
    feeds_of,
    files,
    join,
    later,
    look,
    opened,
    publish_site,
    snapshot,
    story_guid,
    tell,
)

from archive.store import Archive

CATALOG = """
name = "Visawire"
[limits]
max_entries = 6
min_entries = 2
days = 60
{more}
[[feed]]
path = "all"
title = "All"
description = "All."
[[feed]]
path = "programme/*"
facet = "programme"
title = "{{label}}"
description = "D"
"""


def catalog(tmp_path: Path, more: str = "") -> dict[str, Path]:
    (tmp_path / "catalog.toml").write_text(CATALOG.format(more=more))
    return {"catalog": tmp_path / "catalog.toml"}


def fill(archive: Archive, months: int = 3, each: int = 5) -> list[str]:
    """Some stories for each month up to that of :data:`SEEN`, oldest first."""
    found = []
    for month in range(4 - months, 4):
        for n in range(each):
            item = announcement(f"m{month}-{n}", tags=[CANADA, H1B], published=date(2026, month, 2 + 2 * n))
            found.append(story_guid(tell(archive, item)))
    look(archive, SEEN)
    return found


def documents(site: Path) -> dict[str, tuple[bytes, int]]:
    return {path: kept for path, kept in snapshot(site).items() if path.startswith("feeds/archive/")}


def chain(site: Path, feed: str, form: str) -> list[str]:
    """A feed and the archive documents behind it, newest first, as a reader follows them."""
    found = [feed]
    while True:
        path = site / f"feeds/{found[-1]}.{form}"
        if form == "json":
            address = json.loads(path.read_bytes()).get("next_url", "")
        else:
            links = [e for e in tree(path).iter("{http://www.w3.org/2005/Atom}link") if e.get("rel") == "prev-archive"]
            address = links[0].get("href") if links else ""
        if not address:
            return found
        found.append(str(address).removeprefix(f"{SITE_URL}/feeds/").removesuffix(f".{form}"))
        assert len(set(found)) == len(found)


def reach(site: Path, feed: str = "all") -> list[str]:
    """GUIDs of everything that a reader finds who follows the chain, newest first, each once."""
    documents = [json.loads((site / f"feeds/{name}.json").read_bytes()) for name in chain(site, feed, "json")]
    return list(dict.fromkeys(item["id"] for document in documents for item in document["items"]))


def test_the_chain_leads_to_every_entry_that_the_feed_no_longer_shows(tmp_path: Path) -> None:
    site = tmp_path / "site"
    with opened(tmp_path / "a.db", crawled=False) as archive:
        told = fill(archive)
        publish_site(archive, site, **catalog(tmp_path))
    assert chain(site, "all", "atom") == ["all", "archive/all-2026-02", "archive/all-2026-01"]
    assert chain(site, "programme/us-h-1b", "atom")[1:] == [
        "archive/programme/us-h-1b-2026-02", "archive/programme/us-h-1b-2026-01",
    ]  # fmt: skip
    assert chain(site, "all", "rss") == chain(site, "all", "json") == chain(site, "all", "atom")
    assert entries(site, "all") == told[-1:-7:-1]
    assert entries(site, "archive/all-2026-01") == told[4::-1]
    assert reach(site) == reach(site, "programme/us-h-1b") == told[::-1]


def test_an_archive_document_names_its_feed_and_says_that_it_will_not_change(tmp_path: Path) -> None:
    site = tmp_path / "site"
    with opened(tmp_path / "a.db", crawled=False) as archive:
        fill(archive, each=9)
        publish_site(archive, site, **catalog(tmp_path))
    atom = tree(site / "feeds/archive/all-2026-02.atom")
    links = {e.get("rel"): e.get("href") for e in atom.findall("{*}link")}
    assert links["current"] == f"{SITE_URL}/feeds/all.atom"
    assert atom.find("{http://purl.org/syndication/history/1.0}archive") is not None
    assert atom.findtext("{*}id") == tree(site / "feeds/all.atom").findtext("{*}id")
    heads = {m: json.loads((site / f"feeds/archive/all-2026-{m}.json").read_bytes()) for m in ("01", "02", "03")}
    # the month that is not over may still change
    assert {month: head.get("expired", False) for month, head in heads.items()} == {"01": True, "02": True, "03": False}
    assert "expired" not in json.loads((site / "feeds/all.json").read_bytes())


def test_a_month_that_is_over_is_never_written_again(tmp_path: Path) -> None:
    site, how = tmp_path / "site", catalog(tmp_path)
    with opened(tmp_path / "a.db", crawled=False) as archive:
        told = fill(archive)
        publish_site(archive, site, **how)
        closed = documents(site)
        assert len(closed) == 12
        for change in ("edit", "tags", "merge", "late", "full", "no state", "no state, later"):
            first = told[0].rpartition("/")[2]
            if change == "edit":
                again(archive, first, announcement("m1-0", tags=[CANADA, H1B], title="Another title", seen=SEEN))
            elif change == "tags":
                again(archive, first, announcement("m1-0", tags=[CANADA], title="Another title", seen=SEEN))
            elif change == "merge":
                join(archive, told[1].rpartition("/")[2], told[2].rpartition("/")[2])
            elif change == "late":
                tell(archive, announcement("late", tags=[CANADA, H1B], published=date(2026, 1, 20)))
            elif "no state" in change:
                (site / ".visawire.db").unlink()
            if "later" in change:
                look(archive, SEEN + timedelta(days=40))
            publish_site(archive, site, **how, full=change == "full")
            kept = documents(site)
            assert {path: kept[path] for path in closed} == closed, change
        assert "Another title" in (site / f"story/{first}.html").read_text()


def test_an_open_month_is_kept_up_to_date_and_closed_when_it_is_over(tmp_path: Path) -> None:
    site, how = tmp_path / "site", catalog(tmp_path)
    with opened(tmp_path / "a.db", crawled=False) as archive:
        told = fill(archive, each=9)
        publish_site(archive, site, **how)
        assert reach(site) == told[::-1]
        item = announcement("more", tags=[CANADA, H1B], published=datetime(2026, 3, 19, 20, tzinfo=UTC))
        told.append(story_guid(tell(archive, item)))
        publish_site(archive, site, **how)
        assert set(reach(site)) == set(told)
        before = (site / "feeds/archive/all-2026-03.atom").read_bytes()
        # the state is lost, and the month ends with something new in it: what was open is not taken for closed
        last = later(announcement("last", tags=[CANADA, H1B], published=date(2026, 3, 30)), 11 * 24)
        told.append(story_guid(tell(archive, last)))
        (site / ".visawire.db").unlink()
        look(archive, SEEN + timedelta(days=15))
        publish_site(archive, site, **how)
        assert set(reach(site)) == set(entries(site, "all")) | set(entries(site, "archive/all-2026-03")) | set(told)
        assert told[-1] in entries(site, "archive/all-2026-03")
        assert (site / "feeds/archive/all-2026-03.atom").read_bytes() != before
        assert json.loads((site / "feeds/archive/all-2026-03.json").read_bytes())["expired"] is True
        # from now on it is
        closed = documents(site)
        again(
            archive,
            last.id,
            later(announcement("last", title="Another title", tags=[CANADA], published=date(2026, 3, 30)), 400),
        )
        publish_site(archive, site, **how)
    assert {path: kept for path, kept in documents(site).items() if path in closed} == closed


def test_month_after_month_the_chain_stays_whole(tmp_path: Path) -> None:
    site, how = tmp_path / "site", catalog(tmp_path)
    told = []
    with opened(tmp_path / "a.db", crawled=False) as archive:
        for day in range(0, 130, 5):
            seen = SEEN + timedelta(days=day)
            told.append(story_guid(tell(archive, announcement(f"d{day}", tags=[CANADA], seen=seen, published=seen))))
            look(archive, seen)
            before = documents(site)
            publish_site(archive, site, **how)
            kept = documents(site)
            over = {path for path in before if json.loads(before[path.rpartition(".")[0] + ".json"][0]).get("expired")}
            assert {path: kept[path] for path in over} == {path: before[path] for path in over}
            if day % 3 == 0:
                assert reach(site) == told[::-1], day
        publish_site(archive, tmp_path / "fresh", **how)
    assert len(over) == 12  # four months in three formats
    assert files(site) == files(tmp_path / "fresh")


def test_a_long_month_comes_in_parts(tmp_path: Path) -> None:
    site, how = tmp_path / "site", catalog(tmp_path, "max_bytes = 20_000")
    with opened(tmp_path / "a.db", crawled=False) as archive:
        told = fill(archive, months=2, each=8)
        publish_site(archive, site, **how)
        parts = [name for name in feeds_of(site) if name.startswith("archive/all-2026-02")]
        assert len(parts) > 1
        assert max(len(data) for path, data in files(site).items() if path.startswith("feeds/")) <= 20_000
        assert reach(site) == told[::-1]
        guids = [guid for part in chain(site, "all", "atom") if part in parts for guid in entries(site, part)]
        assert guids == told[7::-1]
        closed = documents(site)
        (site / ".visawire.db").unlink()
        assert publish_site(archive, site, **how).written == []
        assert documents(site) == closed


@pytest.mark.parametrize("state", ["kept", "lost"])
def test_a_closed_month_that_was_lost_is_written_again(tmp_path: Path, state: str) -> None:
    site, how = tmp_path / "site", catalog(tmp_path, "max_bytes = 20_000")
    with opened(tmp_path / "a.db", crawled=False) as archive:
        told = fill(archive, months=2, each=8)
        publish_site(archive, site, **how)
        before = documents(site)
        (site / "feeds/archive/all-2026-02-2.rss").unlink()
        if state == "lost":
            (site / ".visawire.db").unlink()
        assert publish_site(archive, site, **how).written == ["feeds/archive/all-2026-02-2.rss"]
        assert publish_site(archive, site, **how).written == []
        assert {path: data for path, (data, _) in documents(site).items()} == {
            p: data for p, (data, _) in before.items()
        }
    assert reach(site) == told[::-1]
