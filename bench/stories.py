"""``python -m bench.stories [COUNT ...]``: what putting one more announcement into its story costs, by size of archive.

The corpus is invented and lifelike: measures of real programmes, each told by an official document, law firms and
press within weeks, a tenth of these reports copied from another paper; as many a day at any size, so a larger archive
reaches further back. Every announcement is a real row of the real tables. The last half year before the measured ones,
which is what they meet, went the way that a crawl goes, one by one. What is older is filled in by the shorter way of
:func:`_fill`: stored by the same code, but many in one transaction, and grouped as the corpus means it.
"""

from __future__ import annotations

import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import combinations
from pathlib import Path
from sqlite3 import Connection

import visawire  # noqa: F401  makes the rooms importable in a bare checkout
from archive import store as storing
from archive.duplicates import mark_duplicates
from archive.models import Announcement, Figure, KeyDate, Source, Tag
from archive.store import Archive
from archive.stories import Placed, place
from archive.story_index import Neighbour, remember_words
from archive.updates import Cause
from pipelines.candidates import WINDOW
from pipelines.identify import identify, text_hash
from pipelines.near import sketch
from pipelines.store import keep_to_licence
from pipelines.thread import Threader, words_of
from pipelines.vocabulary import Programme, vocabulary

#: Announcements a day, and the last day of every corpus.
PER_DAY, LAST = 150, date(2026, 11, 1)
#: Announcements that are measured at each size.
MEASURED = 5000
#: How many are filled in within one transaction.
_AT_ONCE = 2000

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
    number: int
    #: The last report's text, which others copy.
    text: str = ""
    told: list[str] = field(default_factory=list)


class Corpus:
    """Announcements in order of publication, with the measure that each tells of; equal for an equal seed."""

    def __init__(self, count: int, seed: int = 5) -> None:
        self.chance = random.Random(seed)
        self.count = count
        self.common = [self.word() for _ in range(2000)]
        self.programmes = [p for p in vocabulary().programmes.values() if p.scope == "in"]

    def word(self) -> str:
        """A rare word, as names of ministers, towns and companies are."""
        return "".join(self.chance.choice(_SYLLABLES) for _ in range(4)).capitalize()

    def __iter__(self) -> Iterator[tuple[Announcement, Measure]]:
        running: list[Measure] = []
        first = LAST - timedelta(days=self.count // PER_DAY)
        numbers = 0
        for made in range(self.count):
            today = first + timedelta(days=made // PER_DAY)
            while len(running) < PER_DAY * 12:
                numbers += 1
                running.append(self.measure(numbers, today))
            place_ = self.chance.randrange(len(running))
            told = running[place_]
            told.left -= 1
            if not told.left:
                running[place_] = running[-1]
                running.pop()
            yield self.announcement(made, today, told), told

    def measure(self, number: int, today: date) -> Measure:
        chance = self.chance
        words = [*chance.sample(chance.choice(_SUBJECTS).split(), 4), *chance.sample(self.common, 4)]
        return Measure(
            chance.choice((1, 1, 2, 3, 4, 6, 12)), chance.choice(self.programmes), [*words, self.word(), self.word()],
            today + timedelta(days=chance.randint(20, 200)), chance.randint(10, 900) * 100,
            chance.choice(("proposed", "final", "announced", "in-force")), number,
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


class BenchArchive(Archive):
    """An archive that can be filled with many announcements in one transaction."""

    filling = False

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        if self.filling:
            yield self.db
            return
        with super().transaction() as db:
            yield db


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


def _fill(archive: BenchArchive, threader: Threader, items: Iterator[tuple[Announcement, Measure]], count: int) -> None:
    """Real rows in all tables: stored, indexed, linked and placed, in stories as the corpus means them."""
    done = 0
    running: dict[int, Measure] = {}
    while done < count:
        with archive.transaction():
            archive.filling = True
            for item, measure in (next(items) for _ in range(min(_AT_ONCE, count - done))):
                name = store(archive, item)
                if archive.value("SELECT duplicate_of FROM announcements WHERE id=?", (name,)) is None:
                    threader.enter_unlinked(name, threader.signed(name))
                    measure.told.append(name)
                    running[measure.number] = measure
                done += 1
            for measure in [m for m in running.values() if not m.left or done >= count]:
                _group(archive.db, threader, running.pop(measure.number).told)
            archive.db.execute("DELETE FROM story_queue")
            archive.filling = False


def _group(db: Connection, threader: Threader, names: list[str]) -> None:
    names = [
        name
        for name in names
        if db.execute("SELECT 1 FROM announcements WHERE id=? AND duplicate_of IS NULL", (name,)).fetchone()
    ]
    if not names:
        return
    nodes = [threader.index.node(name) for name in names]
    for one, other in combinations([node for node in nodes if node is not None], 2):
        threader.index.add_links(one, [Neighbour(other, 0.9, 0.9, "same day of effect; programme; words 0.61")])
    place(
        db, [[[Placed(name, 0.9, "same day of effect; programme; words 0.61") for name in names]]], Cause(silent=True)
    )


def measured(count: int, folder: Path) -> tuple[Spent, float, float]:
    """What :data:`MEASURED` announcements cost at ``count`` archived ones, peak memory in MB, and the archive's GB."""
    path = folder / f"stories-{count}.db"
    archive = BenchArchive(path)
    with archive:
        archive.sync_sources(SOURCES.values())
        threader = Threader(archive)
        items = iter(Corpus(count + MEASURED))
        recent = min(count, PER_DAY * WINDOW)
        archive.db.execute("PRAGMA synchronous=OFF")
        _fill(archive, threader, items, count - recent)
        for _ in range(recent):
            store(archive, next(items)[0])
        threader.catch_up()
        archive.db.execute("PRAGMA synchronous=NORMAL")
        spent = Spent()
        with spent.near_apart():
            for item, _ in items:
                store(archive, item, spent)
        started = time.process_time()
        threader.catch_up()
        spent.thread = time.process_time() - started
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return spent, peak, path.stat().st_size / 1e9


def main(counts: list[int]) -> None:
    base = 0.0
    for count in counts:
        with tempfile.TemporaryDirectory() as folder:
            spent, peak, size = measured(count, Path(folder))
        prepare, near, rows, thread = (seconds / MEASURED for seconds in spent.parts())
        stories, whole = near + thread, prepare + near + rows + thread
        base = base or stories
        sys.stdout.write(
            f"{count:>10,} archived: {stories * 1000:5.2f} ms an announcement ({stories / base:.2f} of the first), "
            f"{1 / stories:4.0f} a second: near copies {near * 1000:.2f}, threading {thread * 1000:.2f}; "
            f"beside it hashes and sketch {prepare * 1000:.2f}, storing {rows * 1000:.2f}: {1 / whole:.0f} a second in "
            f"all; peak memory {peak:.0f} MB, archive {size:.2f} GB\n"
        )
        sys.stdout.flush()


if __name__ == "__main__":
    main([int(argument) for argument in sys.argv[1:]] or [10_000, 100_000])
