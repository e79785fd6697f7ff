"""``python -m bench.publishing [STORIES]``: what publishing costs, from nothing, without a change, and after one.

The archive is invented: stories of one to four announcements over two years, with the programmes, stages, dates,
figures and updates that real ones have, in some 300 feeds of which 50 are a user's own. Times are seconds of one core;
the first line is the yardstick that they can be compared with on another machine.
"""

from __future__ import annotations

import random
import resource
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import visawire  # noqa: F401  makes the rooms importable in a bare checkout
from archive.models import STAGES, Announcement, Check, Figure, KeyDate, Source, Tag
from archive.store import Archive
from archive.stories import Placed, place
from archive.updates import Cause
from feeds.files import Published
from feeds.publish import publish
from pipelines.vocabulary import vocabulary

#: The newest moment of the archive, and how far back it reaches.
NOW, DAYS = datetime(2026, 11, 1, 12, tzinfo=UTC), 730
OWN_FEEDS = 50

_SENTENCES = (
    "The agency applies the standard that the statute sets and explains each decision in writing.",
    "Employers that sponsor a worker must keep the records for five years and show them when asked.",
    "Applications that were postmarked before that day are decided under the earlier rule.",
    "The fee rises for each beneficiary, and small employers pay half of it.",
    "Dependants who hold work authorisation keep it until their card expires.",
    "Officials said that two weeks remain the standard for complete applications.",
)
_SOURCES = (
    ("official", "government", "primary", "full"), ("firm", "law-firm", "secondary", "excerpt"),
    ("press", "news", "secondary", "excerpt"),
)  # fmt: skip
_TOPICS = ("fees", "quotas", "processing", "talent", "students", "temporary-work", "permanent-residence", "family")
_AUDIENCES = ("workers", "employers", "lawyers", "students", "founders")


def fill(archive: Archive, stories: int, chance: random.Random) -> None:
    """Write the invented archive."""
    words = vocabulary()
    programmes = [p for p in words.programmes.values() if p.scope == "in"]
    archive.sync_sources(
        Source(f"bench-{name}", name.capitalize(), f"The {name}", "US", kind, authority, "en",
               f"https://bench.example/{name}/", "public domain", republish, "daily")
        for name, kind, authority, republish in _SOURCES
    )  # fmt: skip
    run = archive.begin_run("bench", NOW)
    for name, *_ in _SOURCES:
        archive.add_check(run, Check(f"bench-{name}", "ok", NOW - timedelta(days=DAYS + 1)))
    archive.db.execute("PRAGMA synchronous=OFF")
    for number in range(stories):
        at = NOW - timedelta(minutes=DAYS * 24 * 60 * (stories - number) / stories)
        programme = chance.choice(programmes)
        members = [
            _announcement(f"{number}-{n}", _SOURCES[min(n, 2)][0], at + timedelta(hours=5 * n), programme.id,
                          programme.country, programme.name, chance)
            for n in range(chance.choice((1, 1, 2, 2, 3, 4)))
        ]  # fmt: skip
        for item in members:
            archive.store(item)
        with archive.transaction() as db:
            # all that a crawl brings besides: the stories are given here, so nothing waits to be put together
            db.execute("DELETE FROM story_queue")
            for n, item in enumerate(members):
                placed = [Placed(m.id, 1.0 if k else None, "bench") for k, m in enumerate(members[: n + 1])]
                when = (item.seen or at).strftime("%Y-%m-%dT%H:%M:%SZ")
                place(db, [[placed]], Cause(item.id, when, item.id))


def _announcement(
    key: str, source: str, at: datetime, programme: str, country: str, name: str, chance: random.Random
) -> Announcement:
    stage = chance.choice(STAGES)
    tags = [
        Tag("country", country, name, "bench", label=country.upper()),
        Tag("programme", programme, name, "bench", label=name),
        Tag("stage", stage, "bench", "bench"),
    ]  # fmt: skip
    tags += [Tag("topic", code, "bench", "bench") for code in chance.sample(_TOPICS, 2)]
    tags += [Tag("audience", code, "bench", "bench") for code in chance.sample(_AUDIENCES, 2)]
    day = (at + timedelta(days=chance.randrange(5, 200))).date().isoformat()
    fee = str(chance.randrange(100, 9000))
    quote = f"The rule takes effect on {day} for applications filed on or after that day."
    return Announcement(
        source_id=f"bench-{source}", url=f"https://bench.example/{source}/{key}", external_id=key,
        title=f"{name}: {chance.choice(_SENTENCES)[:60]} ({key})",
        summary=f"{quote} {chance.choice(_SENTENCES)}", body="\n\n".join(chance.choices(_SENTENCES, k=12)),
        publisher=f"The {source}", published=at.date(), stage=stage, tags=tags, seen=at, id=f"bench{key}",
        canonical_url=f"https://bench.example/{source}/{key}", content_hash=key, relevant=True, relevance=1.0,
        key_dates=[KeyDate("effective", day, quote, "bench"), KeyDate("comment_deadline", day, quote, "bench")],
        figures=[Figure(programme, "fee", fee, quote, "bench", previous="100", currency="USD")],
    )  # fmt: skip


def own_feeds(folder: Path, count: int = OWN_FEEDS) -> Path:
    """A configuration with feeds of a user's own."""
    codes = sorted({p.country for p in vocabulary().programmes.values()})
    file = folder / "visawire.toml"
    file.write_text(
        "".join(
            f'[[feed]]\npath = "my/feed-{n}"\ntitle = "Mine {n}"\n'
            f'where = {{ country = ["{codes[n % len(codes)]}"], importance = {(n % 4) / 10} }}\n'
            for n in range(count)
        ),
        encoding="utf-8",
    )
    return file


def yardstick() -> float:
    """Seconds that this machine takes for a fixed piece of work."""
    started = time.perf_counter()
    sum(hash(str(n)) & 1 for n in range(2_000_000))
    return time.perf_counter() - started


def row(name: str, figure: str, remark: str = "") -> None:
    sys.stdout.write(f"{name:58} {figure:>18}  {remark}\n")
    sys.stdout.flush()


def measure(stories: int, folder: Path) -> None:
    """Fill, publish three ways, and print a line for each."""
    row("the yardstick, seconds", f"{yardstick():.2f}", "two million hashes of texts")
    own = own_feeds(folder)
    with Archive(folder / "bench.db") as archive:
        fill(archive, stories, random.Random(3))
    before = _memory()
    with Archive(folder / "bench.db") as archive:

        def go() -> tuple[float, float, Published]:
            started, worked = time.perf_counter(), time.process_time()
            done = publish(
                archive, folder / "site", site_url="https://bench.example", authority="bench.example", own=own
            )
            return time.perf_counter() - started, time.process_time() - worked, done

        seconds, worked, done = go()
        feeds = sum(1 for path in done.written if path.startswith("feeds/") and path.endswith(".rss")
                    and not path.startswith("feeds/archive/") and ".updates." not in path)  # fmt: skip
        row(f"publishing {stories:,} stories from nothing, seconds", f"{seconds:.1f}",
            f"{feeds} feeds; {_spent(worked, done)}")  # fmt: skip
        seconds, worked, done = go()
        row(
            "publishing again without a change, seconds",
            f"{seconds:.2f}",
            f"{worked:.2f} of the processor; {len(done.written)} files",
        )
        archive.db.execute(
            "UPDATE announcements SET title = title || ' (corrected)' WHERE id = "
            "(SELECT lead FROM stories ORDER BY updated DESC, id LIMIT 1)"
        )
        archive.db.execute("UPDATE stories SET title = title || ' (corrected)' WHERE id = "
                           "(SELECT id FROM stories ORDER BY updated DESC, id LIMIT 1)")  # fmt: skip
        seconds, worked, done = go()
        row(
            "publishing after one story changed, seconds",
            f"{seconds:.2f}",
            f"{worked:.2f} of the processor; {len(done.written)} files",
        )
    row("peak memory, MB", f"{_memory():,.0f}", f"{before:,.0f} when the archive was filled")


def _spent(worked: float, done: Published) -> str:
    return f"{worked:.2f} of the processor; {len(done.written)} files written"


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Measure with the number of stories given on the command line, 10,000 if none is."""
    stories = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as scratch:
        measure(stories, Path(scratch))
    row("measured on", datetime.now(UTC).date().isoformat(), f"Python {sys.version.split()[0]}")


if __name__ == "__main__":
    main()
