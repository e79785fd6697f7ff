"""``python -m bench.near``: near copies, what is found and what it costs.

An invented corpus: documents of random sentences, copies of them as publishers make them (syndicated with edits
and a new headline, cut short, print views, the agency's page of an official notice), and official notices made
from a few templates, which resemble each other more than a copy resembles its original. Announcements pass
through the archive's own code, so the figures are those of :func:`archive.near.near_twins` within a store.

Quality first, then seconds for one announcement in a small and in a large archive (``--rows``, 200,000).
"""

from __future__ import annotations

import argparse
import random
import sqlite3
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations
from pathlib import Path

import visawire  # noqa: F401  makes the rooms importable in a bare checkout
from archive.models import Announcement, Source
from archive.near import keep_sketch, near_twins
from archive.store import Archive
from pipelines.identify import identify, text_hash
from pipelines.near import sketch

OFFICIAL = Source(
    "us-o", "O", "Office", "US", "government", "primary", "en", "https://o.example/", "pd", "full", "daily"
)
PRESS = [
    Source(
        f"us-p{n}", "P", f"Paper {n}", "US", "news", "secondary", "en", f"https://p{n}.example/", "c", "full", "daily"
    )
    for n in range(5)
]
_COUNTRIES = ("Ardland", "Belmora", "Corvia", "Dunmark", "Estoria", "Fenland", "Galdova", "Hestria", "Jorvik", "Kestan")
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October")


class Words:
    """Invented words with the frequencies of a language (Zipf), and texts of them."""

    def __init__(self, chance: random.Random, size: int = 6000) -> None:
        parts = (
            "ba",
            "der",
            "il",
            "mon",
            "ta",
            "rek",
            "sol",
            "vi",
            "nu",
            "cor",
            "pel",
            "an",
            "tis",
            "gro",
            "hem",
            "lu",
        )
        seen = {"".join(chance.choices(parts, k=chance.choice((1, 2, 2, 3, 3, 4)))) for _ in range(size * 3)}
        self.all = sorted(seen)[:size]
        chance.shuffle(self.all)
        self.weights = [1 / (n + 8) for n in range(len(self.all))]
        self.chance = chance

    def some(self, count: int) -> list[str]:
        return self.chance.choices(self.all, self.weights, k=count)

    def sentence(self, topic: list[str]) -> str:
        words = self.some(self.chance.randint(9, 24))
        for _ in range(3):
            words[self.chance.randrange(len(words))] = self.chance.choice(topic)
        if self.chance.random() < 0.3:
            words.insert(self.chance.randrange(len(words)), f"{self.chance.randint(10, 99999):,}")
        return " ".join(words).capitalize() + "."

    def text(self, length: int) -> tuple[str, list[str]]:
        topic = self.chance.sample(self.all, 8)
        sentences: list[str] = []
        while sum(map(len, sentences)) < length:
            sentences.append(self.sentence(topic))
        return " ".join(sentences), topic


@dataclass(frozen=True)
class Labelled:
    """An announcement, its source, which document it is (``group``) and what kind of copy."""

    item: Announcement
    source: Source
    group: str
    kind: str


class Corpus:
    """Equal for an equal seed."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.words = Words(self.chance)
        self.sentences: list[str] = []
        self.made = 0

    def make(self, source: Source, title: str, text: str, group: str, kind: str, days: int = 0) -> Labelled:
        self.made += 1
        item = Announcement(source.id, f"{source.url}{self.made}", title, body=text, language="en")
        item.published = date(2026, 1, 1) + timedelta(days=days)
        return Labelled(identify(item, source), source, group, kind)

    def documents(self, count: int) -> Iterator[Labelled]:
        for n in range(count):
            text, topic = self.words.text(self.chance.choice((700, 1500, 1500, 3000, 8000)))
            group, day = f"d{n}", n % 300
            title = " ".join([*self.words.some(4), *topic[:3]]).capitalize()
            yield self.make(OFFICIAL, title, text, group, "original", day)
            yield self.make(PRESS[0], title, self.edited(text, 0.05), group, "syndicated, 5 % of words", day)
            yield self.make(
                PRESS[1], self.edited(title, 0.5), self.framed(text), group, "new headline and frame", day + 1
            )
            yield self.make(PRESS[2], title, text[: len(text) // 2], group, "first half", day + 1)
            yield self.make(PRESS[3], title, text[:420], group, "first 420 characters", day)
            yield self.make(PRESS[4], title.upper(), self.printed(text), group, "print view", day + 2)
            yield self.make(PRESS[0], title, self.edited(text, 0.15), group, "reworded, 15 % of words", day + 3)
            other, _ = self.words.text(1500)
            yield self.make(
                PRESS[1], f"{title}, in the round-up", f"{other} {text[:600]} {other}", f"r{n}", "round-up", day
            )

    def edited(self, text: str, part: float) -> str:
        words = text.split(" ")
        for n in range(len(words)):
            if self.chance.random() < part and words[n].isalpha():
                words[n] = self.chance.choice(("", self.words.some(1)[0], f"{words[n]} {self.words.some(1)[0]}"))
        return " ".join(word for word in words if word)

    def framed(self, text: str) -> str:
        about = self.words.text(200)[0]
        return f"PLACE, 4 March - {text}\nThis article was originally published by the Office. {about}"

    def printed(self, text: str) -> str:
        return f"Skip to main content\nPrint this page\n{text.replace('. ', '.' + chr(10) * 2)}\nShare this page\n"

    def notices(self, count: int) -> Iterator[Labelled]:
        """Notices of twelve templates: a number, a country, amounts and days are all that differs."""
        templates = [self.words.text(1200)[0].split(". ") for _ in range(12)]
        for n in range(count):
            which, year, country = n % 12, 2014 + n // 12 % 12, _COUNTRIES[n // 144 % 10]
            slots = [
                f"The notice for {country} applies from {_MONTHS[n % 10]} {1 + n % 28}, {year}",
                f"The amount is ${1000 + 37 * n:,} for each worker of {country}",
                f"Workers of {country} file by {_MONTHS[(n + 3) % 10]} {1 + n % 27}, {year + 1}",
            ]
            sentences = list(templates[which])
            for k, slot in enumerate(slots):
                sentences.insert(2 + 4 * k, slot)
            told = ("Notice of amounts", f"Amounts for fiscal year {year}", f"Notice for {country}")[which % 3]
            yield self.make(OFFICIAL if n % 2 else PRESS[n % 5], told, ". ".join(sentences), f"n{n}", "notice", n % 90)


def quality(documents: int, notices: int, seed: int, folder: Path) -> None:
    corpus = Corpus(seed)
    labelled = [*corpus.documents(documents), *corpus.notices(notices)]
    random.Random(seed).shuffle(labelled)
    with Archive(folder / f"quality{seed}.db") as archive:
        archive.sync_sources([OFFICIAL, *PRESS])
        for each in labelled:
            each.item.sketch = sketch(each.item)
            archive.store(each.item, text_hash=text_hash(each.item))
        lead = dict(archive.db.execute("SELECT id, coalesce(duplicate_of, id) FROM announcements").fetchall())
        official = archive.value(
            "SELECT avg(l.source_id='us-o') FROM announcements a JOIN announcements l "
            "ON l.id=coalesce(a.duplicate_of, a.id) WHERE a.source_id='us-o'"
        )
    group = {each.item.id: each for each in labelled}
    merged = _pairs(lead.items())
    truth = _pairs((each.item.id, each.group) for each in labelled)
    right = len(merged & truth)
    precision, recall = right / max(len(merged), 1), right / len(truth)
    say(f"seed {seed}: {len(labelled)} announcements, {len(truth)} true pairs")
    f1 = 2 * precision * recall / (precision + recall)
    say(f"  pairs: precision {precision:.4f}, recall {recall:.4f}, F1 {f1:.4f}")
    kinds: dict[str, list[bool]] = defaultdict(list)
    originals = {each.group: each.item.id for each in labelled if each.kind == "original"}
    for each in labelled:
        if each.group in originals and each.kind != "original":
            kinds[each.kind].append(lead[each.item.id] == lead[originals[each.group]])
    for kind, found in sorted(kinds.items()):
        say(f"  recall, {kind}: {sum(found) / len(found):.3f}")
    wrong: dict[tuple[str, ...], int] = defaultdict(int)
    for one, other in (tuple(pair) for pair in merged - truth):
        wrong[tuple(sorted((group[one].kind, group[other].kind)))] += 1
    for pair, times in sorted(wrong.items()):
        say(f"  false pairs, {' with '.join(pair)}: {times}")
    say(f"  official copies that lead their group: {official:.3f}")


def _pairs(grouped: Iterable[tuple[str, str]]) -> set[frozenset[str]]:
    groups: dict[str, list[str]] = defaultdict(list)
    for item, key in grouped:
        groups[key].append(item)
    return {frozenset(pair) for members in groups.values() for pair in combinations(members, 2)}


def cost(rows: int, folder: Path, probes: int = 2000) -> None:
    """Sketch, look-up and keeping of one announcement, in an archive of 10,000 and of ``rows``.

    The rows before are written straight into the tables; the probes are like them, one in five a copy.
    """
    corpus = Corpus(3)
    with Archive(folder / "cost.db") as archive:
        archive.sync_sources([OFFICIAL, *PRESS])
        have, first = 0, 0.0
        for size in (10_000, rows):
            with archive.transaction() as db:
                _fill(db, corpus, range(have, size))
            have = size
            probe = [_short_document(corpus) for _ in range(probes)]
            probe += [corpus.make(PRESS[1], p.item.title, corpus.edited(p.item.body, 0.05), "", "") for p in probe[::5]]
            made = _sketched(probe)
            taken, found = _looked_up(archive, probe)
            each = (made + taken) / len(probe)
            first = first or each
            say(
                f"{size:>9,} rows: {each * 1e6:,.0f} microseconds each ({1 / each:,.0f} a second; sketch alone "
                f"{len(probe) / made:,.0f}), {each / first:.2f} times the first; {found} copies found of {probes // 5}"
            )
            have += len(probe)
    say(f"{'':9} {(folder / 'cost.db').stat().st_size / have:,.0f} bytes an announcement, all tables")


def _short_document(corpus: Corpus) -> Labelled:
    """About 1,500 characters out of 30,000 sentences: one in four hundred pairs shares a sentence."""
    if not corpus.sentences:
        topics = [corpus.chance.sample(corpus.words.all, 8) for _ in range(500)]
        corpus.sentences = [corpus.words.sentence(corpus.chance.choice(topics)) for _ in range(30_000)]
    text = " ".join(corpus.chance.choices(corpus.sentences, k=11))
    return corpus.make(OFFICIAL, text[:70], text[70:], "", "")


def _fill(db: sqlite3.Connection, corpus: Corpus, numbers: range) -> None:
    for _ in numbers:
        each = _short_document(corpus)
        each.item.sketch = sketch(each.item)
        _insert(db, each)
        keep_sketch(db, each.item)


def _insert(db: sqlite3.Connection, each: Labelled) -> None:
    item = each.item
    db.execute(
        "INSERT INTO announcements (id, source_id, url, canonical_url, title, first_seen, last_seen, content_hash, "
        "guid, published) VALUES (?,?,?,?,?,'','','',?,?)",
        (item.id, item.source_id, item.url, item.canonical_url, item.title, item.id, str(item.published)),
    )


def _looked_up(archive: Archive, probe: list[Labelled]) -> tuple[float, int]:
    """Processor seconds of looking up and keeping, the rest of a store left out, and how many twins were found."""
    taken, found = 0.0, 0
    for each in probe:
        with archive.transaction() as db:
            _insert(db, each)
            started = time.process_time()
            keep_sketch(db, each.item)
            found += bool(near_twins(db, each.item, each.source))
            taken += time.process_time() - started
    return taken, found


def _sketched(probe: list[Labelled]) -> float:
    started = time.process_time()
    for each in probe:
        each.item.sketch = sketch(each.item)
    return time.process_time() - started


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=200_000, help="size of the large archive")
    parser.add_argument("--documents", type=int, default=250)
    parser.add_argument("--notices", type=int, default=600)
    parser.add_argument("--seeds", type=int, nargs="*", default=[1, 2])
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        for seed in chosen.seeds:
            quality(chosen.documents, chosen.notices, seed, Path(scratch))
        if chosen.rows:
            cost(chosen.rows, Path(scratch))


if __name__ == "__main__":
    main()
