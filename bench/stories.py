"""``python -m bench.stories [COUNT ...]``: what putting one more announcement into its story costs, by size of archive.

The corpus is invented and lifelike: measures of real programmes, each told by an official document, law firms and
press within weeks, some proposed first and made final a year later; as many a day at any size, so a larger archive
reaches further back. The older part is only indexed; the last half year, which arrivals meet, is threaded in full.
"""

from __future__ import annotations

import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import visawire  # noqa: F401  makes the rooms importable in a bare checkout
from archive.models import Announcement, Figure, KeyDate, Source, Tag
from archive.store import Archive
from pipelines.candidates import WINDOW
from pipelines.thread import Threader
from pipelines.vocabulary import vocabulary

#: Announcements a day, sources as the register counts them, and the last day of every corpus.
PER_DAY, LAST = 150, date(2026, 11, 1)
MEASURED = 3000

_SOURCES = (("official", "government", "primary"), ("firm", "law-firm", "secondary"), ("press", "news", "secondary"))
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


def _word(chance: random.Random) -> str:
    """A rare word, as names of ministers, towns and companies are."""
    return "".join(chance.choice(_SYLLABLES) for _ in range(4)).capitalize()


def corpus(count: int, seed: int = 5) -> Iterator[Announcement]:
    """``count`` announcements in order of publication; equal for an equal seed."""
    chance = random.Random(seed)
    common = [_word(chance) for _ in range(2000)]
    programmes = [p for p in vocabulary().programmes.values() if p.scope == "in"]
    first = LAST - timedelta(days=count // PER_DAY)
    running: list[tuple[int, dict[str, object]]] = []
    made = 0
    day = 0
    while made < count:
        today = first + timedelta(days=day)
        while len(running) < PER_DAY * 12:
            programme = chance.choice(programmes)
            words = [*chance.sample(chance.choice(_SUBJECTS).split(), 4), *chance.sample(common, 4)]
            running.append((
                chance.choice((1, 1, 2, 3, 4, 6, 12)),
                {
                    "programme": programme.id, "name": programme.name, "country": programme.country,
                    "words": [*words, _word(chance), _word(chance)],
                    "effective": today + timedelta(days=chance.randint(20, 200)),
                    "amount": chance.randint(10, 900) * 100,
                    "stage": chance.choice(("proposed", "final", "announced", "in-force")),
                },
            ))  # fmt: skip
        for _ in range(min(PER_DAY, count - made)):
            place = chance.randrange(len(running))
            left, measure = running[place]
            yield _announcement(made, today, measure, chance)
            made += 1
            if left <= 1:
                running[place] = running[-1]
                running.pop()
            else:
                running[place] = (left - 1, measure)
        day += 1


def _announcement(number: int, day: date, measure: dict[str, object], chance: random.Random) -> Announcement:
    words = list(measure["words"]) if isinstance(measure["words"], list) else []
    title = f"{measure['name']}: {' '.join(chance.sample(words, 6))}"
    told = f"{' '.join(chance.sample(words, 7))} at {measure['amount']} euros, said {_word(chance)}"
    lead = f"From {measure['effective']:%d %B %Y} {told}."
    item = Announcement(
        source_id=chance.choices(("official", "firm", "press"), (1, 3, 6))[0], url=f"https://bench.example/{number}",
        title=title, summary=lead, published=day, language="en", stage=str(measure["stage"]), id=f"{number:016x}",
        canonical_url=f"https://bench.example/{number}", content_hash=str(number), relevant=True,
        seen=datetime.combine(day, datetime.min.time(), UTC), external_id=str(number),
    )  # fmt: skip
    programme, country = str(measure["programme"]), str(measure["country"])
    item.tags = [
        Tag("country", country, country, "bench"), Tag("programme", programme, programme, "bench"),
        Tag("action", "salary-threshold", "salary", "bench"), Tag("audience", "employers", "employers", "bench"),
    ]  # fmt: skip
    item.key_dates = [KeyDate("effective", f"{measure['effective']:%Y-%m-%d}", lead, "bench")]
    item.figures = [Figure(programme, "salary_threshold", str(measure["amount"]), lead, "bench", currency="EUR")]
    return item


def measure(count: int, folder: Path) -> tuple[float, float, float]:
    """Seconds (of the processor) to thread one announcement at ``count`` archived ones, to store it, and peak MB."""
    with Archive(folder / f"stories-{count}.db") as archive:
        archive.sync_sources(
            Source(i, i, i, "US", kind, authority, "en", f"https://{i}.example/", "", "full", "daily")
            for i, kind, authority in _SOURCES
        )
        threader = Threader(archive)
        recent = PER_DAY * WINDOW
        items = corpus(count + MEASURED)
        batch: list[str] = []
        for n in range(count):
            item = next(items)
            archive.store(item)
            batch.append(item.id)
            if n <= count - recent and (len(batch) == 5000 or n == count - recent):
                _index(archive, threader, batch)
        threader.catch_up()
        started = time.process_time()
        for item in items:
            archive.store(item)
        stored = time.process_time()
        threader.catch_up()
        finished = time.process_time()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return (finished - stored) / MEASURED, (stored - started) / MEASURED, peak


def _index(archive: Archive, threader: Threader, batch: list[str]) -> None:
    with archive.transaction():
        for announcement_id in batch:
            threader.enter_unlinked(announcement_id)
    batch.clear()


def main(counts: list[int]) -> None:
    base = 0.0
    for count in counts:
        with tempfile.TemporaryDirectory() as folder:
            seconds, storing, peak = measure(count, Path(folder))
        base = base or seconds
        sys.stdout.write(
            f"{count:>10,} archived: {seconds * 1000:6.2f} ms an announcement, {1 / seconds:6.0f} a second, "
            f"{seconds / base:.2f} of the first; storing {storing * 1000:.2f} ms; peak memory {peak:.0f} MB\n"
        )
        sys.stdout.flush()


if __name__ == "__main__":
    main([int(argument) for argument in sys.argv[1:]] or [10_000, 100_000])
