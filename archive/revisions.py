"""Writes what changed: the revision of an announcement with its diff, its weight and whether it was silent."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from archive.diff import Change, gist, replaced, word_changes, written
from archive.insignificant import dictionary, own_dates, significant
from archive.models import Announcement, iso, precision_of

#: Weights. A cosmetic revision is kept and hardly counts; one whose text is not kept (press) counts half.
COSMETIC, UNSEEN, FULL = 0.1, 0.5, 1.0

#: What a change of ordinary words weighs at least, and each of its words beyond that: 35 words weigh in full.
FEW_WORDS, PER_WORD = 0.3, 0.02

#: The texts of an announcement, by the names that their parts of a diff have.
TEXTS = {"title": "title", "summary": "summary", "text": "body"}


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a revision changed. ``weight`` runs from 0 to 1; ``gist`` is its first change on one line."""

    diff: str
    weight: float
    cosmetic: bool
    silent: bool
    gist: str


def judge(
    before: dict[str, str], after: dict[str, str], *, unseen: bool = False, facts: Sequence[Change] = ()
) -> Judgement:
    """Compare two states of an announcement.

    Both have ``title``, ``summary``, ``text``, ``stage``, ``published`` and ``updated`` (ISO, '' if not stated).
    ``unseen``: a text of which no copy is kept is known to differ. ``facts``: how the dates, figures and numbers
    differ that the source states in fields of their own; they are shown where the words do not show them.
    """
    texts = {name: word_changes(before[name], after[name]) for name in TEXTS}
    values = {name: replaced(before[name], after[name]) for name in ("published", "updated", "stage")}
    core = {name: (significant(before[name]), significant(after[name])) for name in TEXTS}
    differs = [name for name, (old, new) in core.items() if old.split() != new.split()]
    if not before["text"]:
        # the article is read at last: nobody edited it
        differs = [name for name in differs if name == "title" or before[name]]
    material_text = bool(differs) or unseen
    moved = not after["published"].startswith(before["published"])  # a date that was stated, not one made finer
    cosmetic = not (material_text or moved or facts or values["stage"])
    if cosmetic:
        weight = COSMETIC
    elif "title" in differs or facts or values["stage"]:
        weight = FULL
    else:
        weight = max(UNSEEN if unseen or not differs else 0.0, _weight(core, differs))
    silent = material_text and not _owns_up(before, after)
    said = {**texts, **values, "facts": () if differs else facts}
    told: Sequence[Change] = next((changes for name, changes in said.items() if changes and name in differs), ())
    told = told or next((changes for changes in said.values() if changes), ())
    return Judgement(written(said), round(weight, 2), cosmetic, silent, gist(told))


def _weight(core: dict[str, tuple[str, str]], differs: Sequence[str]) -> float:
    """Full for a number or a word that can turn a rule around, else by the count of changed words."""
    changed = 0
    for name in differs:
        for change in word_changes(*core[name]):
            words = [word.strip(".,;:!?()[]\"'") for word in (*change.removed, *change.added)]
            if any(word in dictionary().strong or any(map(str.isdecimal, word)) for word in words):
                return FULL
            changed += max(len(change.removed), len(change.added))
    return min(FULL, FEW_WORDS + PER_WORD * changed) if changed else 0.0


def _owns_up(before: dict[str, str], after: dict[str, str]) -> bool:
    """Whether the page states another date of its own than before, in its metadata or in its text."""
    old, new = (state["updated"] or state["published"] for state in (before, after))
    if new and new != old:
        return True
    written_old, written_new = own_dates(before["text"]), own_dates(after["text"])
    return bool(written_new) and written_new != written_old


def add_revision(db: sqlite3.Connection, item: Announcement, seen: str, old: sqlite3.Row | None, said: str) -> None:
    """Add the next revision of an announcement that is new (``old`` is ``None``) or has changed.

    Call it before the announcement's facts are replaced. ``said`` is the fingerprint of its text where no copy is
    kept, else ''. A revision that is more than cosmetic is an event of the page, and has the page looked at
    again from the beginning of the schedule.
    """
    last = db.execute(
        "SELECT n, said_hash FROM revisions WHERE announcement_id=? ORDER BY n DESC LIMIT 1", (item.id,)
    ).fetchone()
    n = 0 if last is None else last["n"] + 1
    found = Judgement("", FULL, False, False, "")
    if old is not None:
        unseen = bool(said) and last is not None and bool(last["said_hash"]) and last["said_hash"] != said
        after = {
            **{name: getattr(item, column) for name, column in TEXTS.items()},
            "stage": item.stage,
            "published": iso(item.published, item.published_precision or precision_of(item.published)),
            "updated": iso(item.updated),
        }
        before = {name: old[TEXTS.get(name, name)] or "" for name in after}
        found = judge(before, after, unseen=unseen, facts=_changed(_facts_of(db, item.id), set(_facts(item))))
    db.execute(
        "INSERT INTO revisions (announcement_id, n, seen, title, summary, body, content_hash, diff, silent, weight, "
        "cosmetic, said_hash) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
        (item.id, n, seen, item.title, item.summary, item.body, item.content_hash, found.diff, int(found.silent),
         found.weight, int(found.cosmetic), said),
    )  # fmt: skip
    if old is not None and not found.cosmetic:
        db.execute(
            "INSERT INTO page_events (announcement_id, kind, at, note, revision) VALUES (?,'revision',?,?,?)",
            (item.id, seen, found.gist, n),
        )


def _facts(item: Announcement) -> Iterator[tuple[str, ...]]:
    """What is stated besides the words, in a form that can be compared with the tables.

    A date that only the page's own date line states is none of them.
    """
    for date in item.key_dates:
        if significant(date.quote):
            yield "date", date.kind, date.date, date.time, date.zone, date.applies_to
    for figure in item.figures:
        if significant(figure.quote):
            yield "figure", figure.programme, figure.parameter, figure.series, figure.value, figure.valid_from
    for number in item.identifiers:
        yield "number", number.scheme, number.value, number.role


def _changed(old: set[tuple[str, ...]], new: set[tuple[str, ...]]) -> list[Change]:
    before, after = ("\n".join(" ".join(filter(None, fact)) for fact in sorted(facts)) for facts in (old, new))
    return word_changes(before, after)


def _facts_of(db: sqlite3.Connection, announcement_id: str) -> set[tuple[str, ...]]:
    quoted = (
        "SELECT quote, 'date', kind, date, time, zone, applies_to FROM key_dates WHERE announcement_id=?",
        "SELECT quote, 'figure', programme, parameter, series, value, valid_from FROM figures WHERE announcement_id=?",
    )
    facts = [
        tuple(fact) for query in quoted for quote, *fact in db.execute(query, (announcement_id,)) if significant(quote)
    ]
    numbers = "SELECT 'number', scheme, value, role FROM identifiers WHERE announcement_id=?"
    return {*facts, *map(tuple, db.execute(numbers, (announcement_id,)))}
