"""Puts feeds together: which entries stand in a feed's files now, and what goes into its archive documents."""

from __future__ import annotations

import sqlite3
from collections import OrderedDict, defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from feeds.catalog import Limits
from feeds.change_entry import change_entry
from feeds.changes import read_changes
from feeds.entry import FORMATS, Entry, Feed, Site
from feeds.formats import FRAME_BYTES, Renderer
from feeds.plan import UPDATES, Planned
from feeds.read import read_stories
from feeds.state import State
from feeds.story import Story
from feeds.story_entry import story_entry

#: Entries kept in memory: an entry stands in a dozen feeds, and feeds are put together one after the other.
KEPT = 5_000


class Entries:
    """Entries by key (``story/<id>``, ``update/<id>``), made when they are first asked for."""

    def __init__(self, db: sqlite3.Connection, site: Site, limits: Limits) -> None:
        self._db, self._site, self._limits = db, site, limits
        self._kept: OrderedDict[str, Entry] = OrderedDict()

    def add(self, story: Story) -> None:
        """Keep the entry of a story that is at hand anyway."""
        self._keep(f"story/{story.id}", story_entry(story, self._site, self._limits))

    def get(self, keys: Sequence[str]) -> list[Entry]:
        """The entries of some keys, in their order; a key that names nothing is left out."""
        missing = [key for key in keys if key not in self._kept]
        stories = [key[6:] for key in missing if key.startswith("story/")]
        updates = [int(key[7:]) for key in missing if key.startswith("update/")]
        found = {key: self._kept[key] for key in keys if key in self._kept}
        for key in found:
            self._kept.move_to_end(key)
        for story in read_stories(self._db, stories, self._limits):
            found[f"story/{story.id}"] = self._keep(f"story/{story.id}", story_entry(story, self._site, self._limits))
        for change, _ in read_changes(self._db, updates):
            found[f"update/{change.id}"] = self._keep(f"update/{change.id}", change_entry(change, self._site))
        return [found[key] for key in keys if key in found]

    def _keep(self, key: str, entry: Entry) -> Entry:
        self._kept[key] = entry
        self._kept.move_to_end(key)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return entry


def files_of(feed: Feed, renderer: Renderer) -> Iterator[tuple[str, bytes]]:
    """Path and bytes of a feed in every format."""
    for form in FORMATS:
        yield f"feeds/{feed.path}.{form}", getattr(renderer, form)(feed)


class Assembler:
    """Puts the feeds of a site together from what its state says."""

    def __init__(self, state: State, entries: Entries, renderer: Renderer, root: Path) -> None:
        self._state, self._entries, self._renderer, self._root = state, entries, renderer, root
        #: Sizes of the files of closed archive documents that were found in their place.
        self.kept: dict[str, int] = {}
        #: Archive documents that are wanted, by month.
        self._wanted: defaultdict[str, list[Planned]] = defaultdict(list)

    def live(self, plan: Planned, this_month: str, *, updates: bool) -> Feed:
        """A feed as it is now: the newest entries, within the limits of number, age and bytes.

        It points to the archive document (RFC 5005) of the newest month that it does not show in full;
        :meth:`archives` gives those that are not there yet. The updates of a story stand on its page for good, so
        that their feeds have none.
        """
        path = plan.path + UPDATES if updates else plan.path
        limits = plan.spec.limits
        newest = self._state.newest(path, limits.max_entries + 1)
        shown = self._fitting(self._entries.get(recent(newest, limits)), limits)
        previous = ""
        if plan.spec.archived and not updates and len(shown) < len(newest):
            months = self._want(plan, newest[len(shown)][1][:7], this_month)
            previous = archive_path(path, months[-1], 1) if months else ""
        return Feed(
            path, f"{plan.title}, updates" if updates else plan.title,
            f"Each change as an entry of its own. {plan.description}" if updates else plan.description,
            tuple(shown), plan.page, plan.tag, previous, calendar=plan.calendar,
        )  # fmt: skip

    def _want(self, plan: Planned, reach: str, this_month: str) -> list[str]:
        """Note which documents of the months up to ``reach`` are to be written; returns all months with one."""
        done = self._state.archived(plan.path)
        last = max((month for month, (_, closed) in done.items() if closed), default="")
        months = set(done)
        for month in self._state.months(plan.path, last):
            if month > reach:
                break
            months.add(month)
            if month < this_month and month not in done and (parts := self._standing(plan.path, month)):
                self._state.put_archived(plan.path, month, parts, True)
            else:
                self._wanted[month].append(plan)
        return sorted(months)

    def archives(self, this_month: str) -> Iterator[Feed]:
        """The archive documents that the live feeds asked for, month by month, each in parts where it is long.

        That of a month that is over is closed: it is never written again, even by a site that lost its state. That of
        ``this_month`` (``2026-08``) may still change.
        """
        for month in sorted(self._wanted):
            for plan in self._wanted[month]:
                yield from self._month(plan, plan.path, month, month < this_month)
        self._wanted.clear()

    def _standing(self, path: str, month: str) -> int:
        """In how many parts a closed document lies there already; 0 if it is not whole, or was open when written.

        Notes the sizes of its files.
        """
        sizes: dict[str, int] = {}
        part, more = 0, True
        while more:
            part += 1
            name = f"feeds/{archive_path(path, month, part)}"
            try:
                sizes |= {f"{name}.{form}": (self._root / f"{name}.{form}").stat().st_size for form in FORMATS}
                with (self._root / f"{name}.json").open("rb") as file:
                    head = file.read(FRAME_BYTES).partition(b'"items": [')[0]
            except OSError:
                return 0
            if b'"expired": true' not in head:
                return 0
            more = f'/feeds/{archive_path(path, month, part + 1)}.json"'.encode() in head
        if any(self._state.size(file, size) != size for file, size in sizes.items()):
            return 0
        self.kept |= sizes
        return part

    def _fitting(self, entries: Sequence[Entry], limits: Limits) -> list[Entry]:
        room = limits.max_bytes - FRAME_BYTES
        kept: list[Entry] = []
        for entry in entries:
            room -= self._renderer.sizes(entry)
            if room < 0:
                break
            kept.append(entry)
        return kept

    def _month(self, plan: Planned, path: str, month: str, closed: bool) -> Iterator[Feed]:
        before = [m for m in self._state.archived(path) if m < month]
        parts = self._parts(self._entries.get(self._state.month(path, month)), plan.spec.limits)
        for number, entries in enumerate(parts, 1):
            if number < len(parts):
                previous = archive_path(path, month, number + 1)
            else:
                previous = archive_path(path, before[-1], 1) if before else ""
            yield Feed(
                archive_path(path, month, number), f"{plan.title}, {month}", plan.description, tuple(entries),
                plan.page, plan.tag, previous, archive_of=path, closed=closed,
            )  # fmt: skip
        self._state.put_archived(path, month, len(parts), closed)

    def _parts(self, entries: Sequence[Entry], limits: Limits) -> list[list[Entry]]:
        parts: list[list[Entry]] = [[]]
        room = limits.max_bytes - FRAME_BYTES
        for entry in entries:
            room -= self._renderer.sizes(entry)
            if room < 0 and parts[-1]:
                parts.append([])
                room = limits.max_bytes - FRAME_BYTES - self._renderer.sizes(entry)
            parts[-1].append(entry)
        return parts


def archive_path(path: str, month: str, part: int) -> str:
    """The path of an archive document: ``archive/country/ca-2026-08``, further parts with ``-2`` and so on."""
    return f"archive/{path}-{month}" + (f"-{part}" if part > 1 else "")


def recent(keys: Sequence[tuple[str, str]], limits: Limits) -> list[str]:
    """What the limits of number and age leave; age is counted from the newest entry, never from today."""
    if not keys:
        return []
    oldest = datetime.fromisoformat(keys[0][1]) - timedelta(days=limits.days)
    return [
        key
        for place, (key, date) in enumerate(keys[: limits.max_entries])
        if place < limits.min_entries or datetime.fromisoformat(date) >= oldest
    ]
