"""Which feeds there are now: the catalogue's patterns filled in with the archive's tags, and what stands in which."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from archive.models import STAGES
from feeds.catalog import Catalog, FeedSpec
from feeds.story import Story, TagRow
from feeds.where import Subject
from feeds.words import line

#: A code that can be part of a path: no dot, or it could leave the folder or be taken for a feed's updates.
_CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}")

#: What is put behind a feed's path to name its updates feed.
UPDATES = ".updates"


@dataclass(frozen=True, slots=True)
class Planned:
    """One feed to publish. ``path`` is permanent; ``tag`` is set for a feed of one tag."""

    path: str
    title: str
    description: str
    spec: FeedSpec
    tag: TagRow | None = None

    @property
    def page(self) -> str:
        """The path of its HTML twin within the site."""
        return f"{self.path}.html"

    @property
    def calendar(self) -> str:
        """The path of its calendar, '' for a feed that is none of stories."""
        return f"calendar/{self.path}.ics" if self.spec.kind == "stories" else ""


def planned(db: sqlite3.Connection, catalog: Catalog, used: Iterable[str]) -> list[Planned]:
    """All feeds in the catalogue's order, those of a pattern by code.

    A pattern gives one feed for each tag that a story has or had (``used``: paths of feeds with entries, now or at an
    earlier publication); the stages all have theirs from the beginning.
    """
    known = set(used)
    labels = {(r["facet"], r["code"]): r["label"] for r in db.execute("SELECT facet, code, label FROM tags")}
    found: list[Planned] = []
    for spec in catalog.feeds:
        if not spec.facet:
            found.append(Planned(spec.path, spec.title, spec.description, spec))
            continue
        prefix = spec.path[:-1]
        codes = {path.removeprefix(prefix) for path in known if path.startswith(prefix) and not path.endswith(UPDATES)}
        codes |= set(STAGES) if spec.facet == "stage" else set()
        for code in sorted(code for code in codes if _CODE.fullmatch(code)):
            label = labels.get((spec.facet, code), "")
            if not label or label == code:
                label = code.upper() if spec.facet == "country" else code.replace("-", " ")
            label = line(label)
            found.append(
                Planned(
                    prefix + code, _filled(spec.title, label, code), _filled(spec.description, label, code), spec,
                    TagRow(spec.facet, code, label),
                )
            )  # fmt: skip
    return found


def _filled(text: str, label: str, code: str) -> str:
    return text.replace("{label}", label).replace("{code}", code)


def subject_of(story: Story) -> Subject:
    """What filters see of a story."""
    return Subject(
        frozenset(tag.path for tag in story.tags), story.lead.authority, story.importance,
        f"{story.title}\n{story.text.summary}".lower(), story.date.date().isoformat(), story.effective, story.deadline,
    )  # fmt: skip


def feeds_of(catalog: Catalog, subject: Subject) -> Iterator[str]:
    """Paths of the stories feeds in which something stands."""
    for spec in catalog.of_kind("stories"):
        if not spec.where.holds(subject):
            continue
        if not spec.facet:
            yield spec.path
            continue
        for tag in sorted(subject.tags):
            facet, _, code = tag.partition("/")
            if facet == spec.facet and _CODE.fullmatch(code):
                yield spec.path[:-1] + code
