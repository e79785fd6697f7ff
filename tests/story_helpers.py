"""Invented rows and small archives for tests of stories."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from archive.models import Announcement, Check, Source
from archive.store import Archive
from pipelines.clean import clean
from pipelines.evaluation import item_of
from pipelines.identify import identify
from pipelines.match import Link, link
from pipelines.provenance import source_of
from pipelines.signature import Signature
from pipelines.story_evaluation import signed
from pipelines.thread import Threader
from pipelines.understand import understand
from pipelines.vocabulary import vocabulary

SEEN = datetime(2027, 6, 30, 12, 0, tzinfo=UTC)
KINDS = {"government": "primary", "regulator-register": "primary", "law-firm": "secondary", "news": "secondary"}


def row(title: str, lead: str = "", published: str = "", **more: str) -> dict[str, str]:
    return {"title": title, "lead": lead, "published": published, "url": "https://news.example/a"} | more


def sign(title: str, lead: str = "", published: str = "", **more: str) -> Signature:
    return signed(row(title, lead, published, **more), vocabulary())


def linked(one: Signature, other: Signature) -> Link:
    assert link(one, other) == link(other, one)
    return link(one, other)


def rule(number: str, title: str, lead: str, published: str) -> dict[str, str]:
    """A document of the official register with its number in the address."""
    day = published.replace("-", "/")
    url = f"https://www.federalregister.gov/documents/{day}/{number}/x"
    return row(title, lead, published, url=url, publisher="Federal Register", source_kind="regulator-register")


def announcement(given: dict[str, str], name: str, **changes: Any) -> Announcement:
    """A row as a crawl would hand it to the store, understood by the whole chain."""
    item = clean(item_of(given))
    kind = source_of(item.url, item.publisher, vocabulary(), kind=given.get("source_kind", "")).kind
    kind = kind if kind in KINDS else "news"
    item.source_id, item.external_id = f"x-{kind}", name
    identify(item, source(kind))
    item.id, item.seen = name, SEEN
    if given.get("url", "").endswith("/a"):
        item.canonical_url = f"https://news.example/{name}"
    understand(item, source(kind), vocabulary())
    item.relevant = True
    for key, value in changes.items():
        setattr(item, key, value)
    return item


def source(kind: str) -> Source:
    country = "US" if KINDS[kind] == "primary" else ""
    return Source(
        f"x-{kind}", kind, kind, country, kind, KINDS[kind], "en", f"https://{kind}.example/", "", "full", "daily"
    )


def opened(path: Path, *, baseline: bool = False) -> Archive:
    """An archive with a source of each kind; unless ``baseline``, each has been crawled before."""
    archive = Archive(path)
    archive.sync_sources(source(kind) for kind in KINDS)
    if not baseline:
        run = archive.begin_run("crawl", SEEN)
        for kind in KINDS:
            archive.add_check(run, Check(f"x-{kind}", "ok", SEEN))
    return archive


def thread_all(archive: Archive, items: Iterable[Announcement], threader: Threader | None = None) -> None:
    """Store announcements and put each into its stories before the next arrives."""
    threader = threader or Threader(archive)
    for item in items:
        archive.store(item)
        threader.catch_up()


def partition(archive: Archive) -> set[frozenset[tuple[str, str]]]:
    """The stories as sets of announcements with their events."""
    found = defaultdict(set)
    for story_id, name, event in archive.rows("SELECT story_id, announcement_id, event FROM story_announcements"):
        found[story_id].add((name, event))
    return {frozenset(members) for members in found.values()}


def together(archive: Archive) -> set[frozenset[str]]:
    return {frozenset(name for name, _ in members) for members in partition(archive)}


def shuffled(items: Sequence[Announcement], seed: int) -> list[Announcement]:
    order = list(items)
    random.Random(seed).shuffle(order)
    return order


PROPOSED = rule(
    "2026-90011", "Orchard Engineers: Weighted Selection for H-1B Registrations",
    "The Department proposes to amend its regulations on how H-1B registrations of orchard engineers are selected.",
    "2026-03-02",
)  # fmt: skip
FINAL = rule(
    "2026-90555", "Orchard Engineers: Weighted Selection for H-1B Registrations",
    "The Department is amending its regulations on how H-1B registrations of orchard engineers are selected. This "
    "final rule is effective on February 15, 2027.",
    "2026-12-14",
)  # fmt: skip
REPORTS = (
    row("Orchard engineers face weighted H-1B selection from February 15, 2027",
        "A final rule published on December 14, 2026 weighs H-1B registrations by wage, effective February 15, 2027.",
        "2026-12-15", publisher="Pomona Immigration Law LLP", source_kind="law-firm"),
    row("H-1B lottery gives way to weighted selection, final rule says",
        "The final rule takes effect on February 15, 2027 and replaces the random H-1B selection by weights.",
        "2026-12-16", publisher="The Daily Pear", source_kind="news"),
    row("Final rule: weighted selection of H-1B registrations",
        "Registrations of engineers will be weighted under a final rule effective February 15, 2027.",
        "2026-12-20", publisher="Quince Business Weekly", source_kind="news"),
)  # fmt: skip
OTHERS = (
    row("Singapore to raise the Employment Pass qualifying salary to $6,400 from January 2028",
        "The minimum qualifying salary for Employment Pass applicants rises to S$6,400 from January 1, 2028.",
        "2026-12-15", publisher="Straits Pear", source_kind="news"),
    row("Canada opens Start-Up Visa intake for plum growers",
        "IRCC will open the Start-up Visa intake on April 1, 2027.", "2026-12-17", publisher="Maple Pear",
        source_kind="news"),
    row("Premium processing fees rise on March 1, 2027",
        "USCIS increases premium processing fees for Form I-907 from March 1, 2027.", "2026-12-14",
        publisher="Medlar Law", source_kind="law-firm"),
    row("USCIS to raise premium processing fees in March 2027",
        "Fees for premium processing go up on March 1, 2027, USCIS announced.", "2026-12-18",
        publisher="The Daily Pear", source_kind="news"),
)  # fmt: skip


def life() -> list[Announcement]:
    """A proposed rule, its final version, its reports, and other measures of the same weeks."""
    rows = [("p", PROPOSED), ("f", FINAL), *((f"r{n}", r) for n, r in enumerate(REPORTS))]
    rows += [(f"o{n}", r) for n, r in enumerate(OTHERS)]
    return [announcement(given, name) for name, given in rows]
