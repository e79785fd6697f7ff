"""``python -m bench.stories [COUNT ...]``: what putting one more announcement into its story costs, by size of archive.

The corpus is invented and lifelike: measures of real programmes, each told by an official document, law firms and
press within weeks, a tenth of these reports copied from another paper; as many a day at any size, so a larger archive
reaches further back. The last 25,000 announcements (more than a year: arrivals meet those of half a year) went the way
that a crawl goes, one by one. What is older are copies of their rows in all tables, with other ids, days and keys.
"""

from __future__ import annotations

import argparse
import random
import resource
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from multiprocessing import get_context
from multiprocessing.connection import Connection as Connected
from pathlib import Path
from sqlite3 import Connection

import visawire  # noqa: F401  makes the rooms importable in a bare checkout
from archive import store as storing
from archive.duplicates import mark_duplicates
from archive.models import Announcement, Check, Figure, KeyDate, Source, Tag
from archive.store import Archive
from archive.story_index import remember_words
from pipelines.candidates import BUCKET
from pipelines.identify import identify, text_hash
from pipelines.near import sketch
from pipelines.store import keep_to_licence
from pipelines.thread import Threader, words_of
from pipelines.vocabulary import Programme, vocabulary

#: Announcements of our subject in a day, about what 134 sources bring of which half are weekly or rarer, and the last
#: day of every corpus. Already 10,000 of them reach back beyond the months that an arrival looks at.
PER_DAY, LAST = 50, date(2026, 11, 1)
#: Announcements that are measured at each size: so many rounds of so many.
ROUNDS, ROUND = 10, 500
#: Announcements that go the way of a crawl; beyond them an archive is filled with copies.
BLOCK = 25_000

_KINDS = (
    ("official", "government", "primary", 1),
    ("firm", "law-firm", "secondary", 3),
    ("press", "news", "secondary", 8),
)
SOURCES = {
    f"{name}-{n}": Source(
        f"{name}-{n}", name, f"{name} {n}", "US", kind, authority, "en", f"https://{name}-{n}.example/", "",
        "full" if authority == "primary" else "excerpt", "daily",
    )
    for name, kind, authority, count in _KINDS
    for n in range(count)
}  # fmt: skip
_SUBJECTS = (
    "weighted selection registration petition beneficiary lottery wage level",
    "premium processing fee inflation adjustment payment form schedule",
    "salary threshold minimum median going rate qualifying increase",
    "occupation list shortage designated degree field classification",
    "employment authorization extension renewal automatic validity document",
    "founders start-up incubator endorsement capital investment organisation",
    "interview waiver consular applicant appointment residence nonimmigrant",
    "sponsor licence compliance audit duties reporting record",
    "graduates university students post-study permit route institution",
    "dependants spouse partner open permit eligibility family member",
)
_SYLLABLES = [consonant + vowel for consonant in "bcdfgklmnprt" for vowel in "aeiou"]


@dataclass(slots=True)
class Measure:
    """What several announcements tell of, and how many are still to come."""

    left: int
    programme: Programme
    words: list[str]
    effective: date
    amount: int
    stage: str
    #: The last report's text, which others copy.
    text: str = ""


class Corpus:
    """Announcements in order of publication; equal for an equal seed."""

    def __init__(self, count: int, seed: int = 5) -> None:
        self.chance = random.Random(seed)
        self.count = count
        self.common = [self.word() for _ in range(2000)]
        self.programmes = [p for p in vocabulary().programmes.values() if p.scope == "in"]

    def word(self) -> str:
        """A rare word, as names of ministers, towns and companies are."""
        return "".join(self.chance.choice(_SYLLABLES) for _ in range(4)).capitalize()

    def __iter__(self) -> Iterator[Announcement]:
        running: list[Measure] = []
        first = LAST - timedelta(days=self.count // PER_DAY)
        for made in range(self.count):
            today = first + timedelta(days=made // PER_DAY)
            while len(running) < PER_DAY * 12:
                running.append(self.measure(today))
            place_ = self.chance.randrange(len(running))
            told = running[place_]
            told.left -= 1
            if not told.left:
                running[place_] = running[-1]
                running.pop()
            yield self.announcement(made, today, told)

    def measure(self, today: date) -> Measure:
        chance = self.chance
        words = [*chance.sample(chance.choice(_SUBJECTS).split(), 4), *chance.sample(self.common, 4)]
        return Measure(
            chance.choice((1, 1, 2, 3, 4, 6, 12)), chance.choice(self.programmes), [*words, self.word(), self.word()],
            today + timedelta(days=chance.randint(20, 200)), chance.randint(10, 900) * 100,
            chance.choice(("proposed", "final", "announced", "in-force")),
        )  # fmt: skip

    def announcement(self, number: int, day: date, measure: Measure) -> Announcement:
        chance = self.chance
        kind = chance.choices(("official", "firm", "press"), (1, 3, 6))[0]
        source = SOURCES[f"{kind}-{chance.randrange(next(count for name, _, _, count in _KINDS if name == kind))}"]
        lead = (
            f"From {measure.effective:%d %B %Y} {' '.join(chance.sample(measure.words, 7))} at {measure.amount} euros, "
            f"said {self.word()}."
        )
        if kind == "official" or not measure.text or chance.random() >= 0.1:
            measure.text = f"{lead} {self.sentences(measure)}"
        url = f"{source.url}{number}"
        item = Announcement(
            source.id, url, f"{measure.programme.name}: {' '.join(chance.sample(measure.words, 6))}",
            summary=lead, body=measure.text, published=day, language="en", stage=measure.stage, relevant=True,
            seen=datetime.combine(day, datetime.min.time(), UTC), external_id=str(number),
        )  # fmt: skip
        programme, country = measure.programme.id, measure.programme.country
        item.tags = [
            Tag("country", country, country, "bench"), Tag("programme", programme, programme, "bench"),
            Tag("action", "salary-threshold", "salary", "bench"), Tag("audience", "employers", "employers", "bench"),
        ]  # fmt: skip
        item.key_dates = [KeyDate("effective", f"{measure.effective:%Y-%m-%d}", lead, "bench")]
        item.figures = [Figure(programme, "salary_threshold", str(measure.amount), lead, "bench", currency="EUR")]
        return item

    def sentences(self, measure: Measure) -> str:
        """Some 1,200 characters of a measure."""
        chance = self.chance
        return " ".join(
            " ".join([*chance.sample(measure.words, 3), *chance.choices(self.common, k=12)]) + "." for _ in range(10)
        )


class Spent:
    """Seconds of the processor, by part of the way."""

    def __init__(self) -> None:
        self.prepare = self.store = self.near = self.thread = 0.0

    @contextmanager
    def near_apart(self) -> Iterator[None]:
        """Count the search for near copies, which is a part of storing, by itself."""

        def timed(db: Connection, item: Announcement, source: Source, text_hash: str) -> None:
            started = time.process_time()
            mark_duplicates(db, item, source, text_hash)
            self.near += time.process_time() - started

        setattr(storing, "mark_duplicates", timed)  # noqa: B010  a name that the module does not export
        try:
            yield
        finally:
            setattr(storing, "mark_duplicates", mark_duplicates)  # noqa: B010

    def parts(self) -> tuple[float, float, float, float]:
        return self.prepare, self.near, self.store - self.near, self.thread


def store(archive: Archive, item: Announcement, spent: Spent | None = None) -> str:
    """What :class:`pipelines.store.StorePipeline` does with an understood announcement; returns its id."""
    started = time.process_time()
    source = SOURCES[item.source_id]
    identify(item, source)
    fingerprint, item.sketch = text_hash(item), sketch(item)
    words = words_of(item) if source.republish == "excerpt" else ""
    item = keep_to_licence(item, source)
    prepared = time.process_time()
    archive.store(item, text_hash=fingerprint)
    if words:
        remember_words(archive.db, item.id, words)
    if spent is not None:
        spent.prepare += prepared - started
        spent.store += time.process_time() - prepared
    return item.id


_NAME, _TIME = "{} || '~' || :k", "strftime('%Y-%m-%dT%H:%M:%SZ', {}, :shift)"
_DAY = "date({}, :shift)"
#: How the columns of copied rows differ, by table; ``{}`` is the value copied. ``:k`` numbers the copies, ``:shift`` is
#: what they are older by, ``:n`` and ``:buckets`` the same as numbers to add.
_COPIED = {
    "announcements": {
        "id": _NAME, "external_id": _NAME, "url": _NAME, "canonical_url": _NAME, "guid": _NAME, "content_hash": _NAME,
        "text_hash": "iif({0}='', '', {0} || '~' || :k)", "duplicate_of": _NAME, "published": _DAY,
        "first_seen": _TIME, "last_seen": _TIME,
    },
    "revisions": {"announcement_id": _NAME, "content_hash": _NAME, "seen": _TIME},
    "announcement_tags": {"announcement_id": _NAME},
    "key_dates": {"id": "NULL", "announcement_id": _NAME, "date": _DAY},
    "figures": {"id": "NULL", "announcement_id": _NAME},
    "near_sketches": {"id": "{} + :k * 1000000", "announcement_id": _NAME},
    "near_bands": {"key": "{} + (:k << 50)", "sketch_id": "{} + :k * 1000000"},
    "story_nodes": {"node": "{} + :k * 1000000", "announcement_id": _NAME},
    "story_keys": {
        "bucket": "iif({0}=0, 0, {0} - :buckets)", "key": "iif(bucket=0, {0} + (:k << 50), {0})",
        "day": "{} - :n", "node": "{} + :k * 1000000",
    },
    "story_links": {"node": "{} + :k * 1000000", "other": "{} + :k * 1000000"},
    "story_words": {"announcement_id": _NAME},
    "stories": {
        "id": _NAME, "lead": _NAME, "merged_into": _NAME, "number": "{} + :k * 1000000", "first_published": _DAY,
        "updated": _DAY, "effective": _DAY,
    },
    "story_announcements": {"story_id": _NAME, "announcement_id": _NAME},
    "updates": {"id": "NULL", "story_id": _NAME, "announcement_id": _NAME, "at": _DAY},
}  # fmt: skip


def _copy(db: Connection, copies: int) -> None:
    """Add so many copies of everything, each older than the last."""
    days = -(-BLOCK // PER_DAY // BUCKET) * BUCKET
    for table in _COPIED:
        db.execute(f"CREATE TEMP TABLE first_{table} AS SELECT * FROM {table}")
    for k in range(1, copies + 1):
        values = {"k": k, "n": k * days, "shift": f"-{k * days} days", "buckets": k * days // BUCKET}
        db.execute("BEGIN IMMEDIATE")
        for table, changes in _COPIED.items():
            names = [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
            told = ", ".join(changes.get(name, "{}").format(name) for name in names)
            db.execute(f"INSERT INTO {table} ({', '.join(names)}) SELECT {told} FROM first_{table}", values)
        db.execute(
            "INSERT INTO stories_fts (rowid, title, alias) SELECT s.number + :k * 1000000, f.title, f.alias "
            "FROM first_stories s JOIN stories_fts f ON f.rowid=s.number",
            values,
        )
        db.execute("DELETE FROM story_queue")
        db.execute("COMMIT")
    for table in _COPIED:
        db.execute(f"DROP TABLE first_{table}")


def _fill(path: Path, count: int) -> None:
    """Raises ``ValueError`` for a count beyond :data:`BLOCK` that is no multiple of it."""
    if count > BLOCK and count % BLOCK:
        raise ValueError(f"{count}: beyond {BLOCK} only multiples of it")
    with Archive(path) as archive:
        archive.sync_sources(SOURCES.values())
        run = archive.begin_run("bench", datetime.now(UTC))
        for source in SOURCES:
            archive.add_check(run, Check(source, "ok", datetime.now(UTC)))
        archive.db.execute("PRAGMA synchronous=OFF")
        for item in islice(Corpus(min(count, BLOCK) + ROUNDS * ROUND), min(count, BLOCK)):
            store(archive, item)
        Threader(archive).catch_up()
        _copy(archive.db, count // BLOCK - 1)
        archive.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _measure(path: Path, count: int, pipe: Connected) -> None:
    """Measures a round whenever it is told to, and says what it cost: ms by part, at the end MB and GB."""
    with Archive(path) as archive:
        threader = Threader(archive)
        own = min(count, BLOCK)
        items = islice(Corpus(own + ROUNDS * ROUND), own, None)
        for _ in range(ROUNDS):
            pipe.recv()
            spent = Spent()
            with spent.near_apart():
                for item in islice(items, ROUND):
                    store(archive, item, spent)
            started = time.process_time()
            threader.catch_up()
            spent.thread = time.process_time() - started
            pipe.send([seconds / ROUND * 1000 for seconds in spent.parts()])
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        pipe.send((peak, path.stat().st_size / 1e9))


def main(counts: list[int], kept: Path | None = None) -> None:
    """Archives of all sizes are measured by turns, so that a machine that is busy now and then is so for all.

    ``kept`` is a folder where filled archives are found again; copies of them are measured.
    """
    processes = get_context("spawn")
    with tempfile.TemporaryDirectory() as folder:
        pipes = []
        for count in counts:
            filled, path = (kept or Path(folder)) / f"filled-{count}.db", Path(folder) / f"stories-{count}.db"
            if not filled.exists():
                filler = processes.Process(target=_fill, args=(filled, count))  # its memory is not the measured one's
                filler.start()
                filler.join()
            shutil.copy(filled, path)
            ours, theirs = processes.Pipe()
            processes.Process(target=_measure, args=(path, count, theirs), daemon=True).start()
            pipes.append(ours)
            sys.stdout.write(f"{datetime.now(UTC):%H:%M} {count:,} filled\n")
            sys.stdout.flush()
        rounds: list[list[list[float]]] = [[] for _ in counts]
        for _ in range(ROUNDS):
            for pipe, found in zip(pipes, rounds, strict=True):
                pipe.send("go")
                found.append(pipe.recv())
        base = 0.0
        for count, pipe, found in zip(counts, pipes, rounds, strict=True):
            peak, size = pipe.recv()
            prepare, near, rows, thread = (statistics.median(column) for column in zip(*found, strict=True))
            stories = [round_[1] + round_[3] for round_ in found]
            cost = statistics.median(stories)
            base = base or cost
            sys.stdout.write(
                f"{count:>10,} archived: {cost:5.2f} ms an announcement ({cost / base:.2f} of the first), "
                f"{1000 / cost:4.0f} a second, at best {1000 / min(stories):.0f}: near copies {near:.2f}, threading "
                f"{thread:.2f}; beside it hashes and sketch {prepare:.2f}, storing {rows:.2f}; "
                f"peak memory {peak:.0f} MB, archive {size:.2f} GB\n"
            )


if __name__ == "__main__":
    options = argparse.ArgumentParser(prog="python -m bench.stories", description=__doc__)
    options.add_argument("counts", nargs="*", type=int, metavar="COUNT", default=[10_000, 100_000])
    options.add_argument("--kept", type=Path, metavar="FOLDER", help="keep filled archives there, and find them again")
    given = options.parse_args()
    main(given.counts, given.kept)
