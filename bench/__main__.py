"""``python -m bench``: measures what the documentation claims, each figure beside one of the same run.

What stories and publishing cost is measured by ``python -m bench.stories`` and ``python -m bench.publishing``.
Timings on a shared machine wander; ratios within one run do not. Nothing here touches the network.
"""

from __future__ import annotations

import random
import resource
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import visawire  # noqa: F401  makes the rooms importable in a bare checkout
from archive.models import Announcement, Source
from archive.store import Archive
from bench.corpus import announcements, larger_vocabulary
from pipelines.clean import clean
from pipelines.identify import identify, text_hash
from pipelines.store import keep_to_licence
from pipelines.understand import understand
from pipelines.vocabulary import Vocabulary, vocabulary

SOURCE = Source(
    "us-bench", "Bench", "Bench", "US", "government", "primary", "en", "https://bench.example/", "public domain",
    "full", "daily",
)  # fmt: skip


def meaning(item: Announcement, words: Vocabulary) -> Announcement:
    return understand(identify(clean(item), SOURCE), SOURCE, words)


def row(name: str, figure: str, remark: str = "") -> None:
    sys.stdout.write(f"{name:58} {figure:>18}  {remark}\n")


def meanings(count: int = 1000) -> None:
    """The stages of meaning on texts as long as the Federal Register's abstracts."""
    words, more = vocabulary(), larger_vocabulary(10)
    chance = random.Random(7)

    def prepared() -> list[Announcement]:
        return [identify(clean(item), SOURCE) for item in announcements(count, chance, length=650)]

    def spent(vocabulary: Vocabulary) -> float:
        taken = []
        for _ in range(5):
            batch = prepared()
            started = time.process_time()
            for item in batch:
                understand(item, SOURCE, vocabulary)
            taken.append(time.process_time() - started)
        return statistics.median(taken[1:])

    plain, large = spent(words), spent(more)
    row("meaning, announcements a second and core", f"{count / plain:,.0f}", "texts of about 650 characters")
    row("time of meaning, ten times the vocabulary / once", f"{large / plain:.2f}", "programmes: 190 and 1,900")


def storing(folder: Path, count: int = 2000) -> Archive:
    archive = Archive(folder / "bench.db")
    archive.sync_sources([SOURCE])
    words = vocabulary()

    def store(batch: list[Announcement]) -> float:
        started = time.perf_counter()
        for item in batch:
            archive.store(keep_to_licence(meaning(item, words), SOURCE), text_hash=text_hash(item))
        return time.perf_counter() - started

    first = store(announcements(count, random.Random(1)))
    again = store(announcements(count, random.Random(1)))
    row("clean to store, new announcements a second", f"{count / first:,.0f}", "one transaction each")
    row("time of an unchanged announcement / of a new one", f"{again / first:.2f}", "nothing is written")
    return archive


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        meanings()
        archive = storing(Path(scratch))
        archive.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    row("peak memory of all of the above, MB", f"{peak:,.0f}")
    row("measured on", datetime.now(UTC).date().isoformat(), f"Python {sys.version.split()[0]}")


if __name__ == "__main__":
    main()
