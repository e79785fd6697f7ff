"""``status.html`` and ``status.json``: how every source fares, from :mod:`feeds.health`. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from feeds.entry import Site
from feeds.health import FAILING, SourceHealth
from feeds.html import Channel, discovery, render
from feeds.index_page import Summary
from feeds.words import line

#: The version of ``status.json``: it grows by what is added, and its first number when something is taken away.
SCHEMA_VERSION = "1.0"
#: Outages that the page lists.
MOST_OUTAGES = 30

_STATES = {
    "ok": "Healthy", "error": "Failing", "blocked": "Blocked by the source",
    "empty": "Empty where there is always something", "drifted": "Changed its format", "unreachable": "Unreachable",
    "robots": "Forbidden by robots.txt", "late": "Late", "quiet": "Gone quiet", "never": "Not read yet",
    "retired": "Retired",
}  # fmt: skip


def summary(health: Sequence[SourceHealth]) -> Summary:
    """How many of the active sources are healthy."""
    active = [source for source in health if source.active]
    return Summary(sum(source.well for source in active), len(active))


def status_page(health: Sequence[SourceHealth], site: Site, as_of: datetime, feed: Channel | None = None) -> bytes:
    """``status.html``, with what needs attention first. ``feed`` is the feed of outages, if one is published."""
    names = {source.id: line(source.name, 200) for source in health}
    outages = sorted(
        (o for source in health for o in source.outages), key=lambda o: (o.began, o.source_id), reverse=True
    )
    groups = [
        ("attention", "Needs attention", [s for s in health if s.active and not s.well]),
        ("healthy", "Healthy", [s for s in health if s.active and s.well]),
        ("retired", "Retired", [s for s in health if not s.active]),
    ]
    return render(
        "status.html",
        site,
        "status.html",
        summary=summary(health),
        as_of=as_of.date().isoformat(),
        groups=[(name, title, sorted(rows, key=lambda s: (s.country, s.id))) for name, title, rows in groups if rows],
        state=lambda source: (_STATES.get(source.state, line(source.state, 40).capitalize()), _tone(source.state)),
        outages=[(names[o.source_id], _STATES.get(o.state, o.state), o) for o in outages[:MOST_OUTAGES]],
        feed=feed,
        discovery=discovery(feed) if feed else [],
    )  # fmt: skip


def _tone(state: str) -> str:
    """The badge of a state."""
    if state in FAILING:
        return "bad"
    return {"late": "warn", "quiet": "warn", "ok": "good"}.get(state, "none")


def status_json(health: Sequence[SourceHealth], as_of: datetime) -> bytes:
    """``status.json``: the same for machines. Times are ISO 8601 in UTC, ``as_of`` is a day; no value is ``""``."""
    counted = summary(health)
    data: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "as_of": as_of.date().isoformat(),
        "sources": counted.sources,
        "healthy": counted.healthy,
        "source": [_without_nothing(asdict(source)) for source in sorted(health, key=lambda source: source.id)],
    }
    return (json.dumps(data, ensure_ascii=False, indent=1) + "\n").encode()


def _without_nothing(row: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in row.items() if value != "" and value is not None}
    kept["outages"] = [
        {k: v for k, v in outage.items() if v != "" and k not in ("source_id", "first_check")}
        for outage in row["outages"]
    ]
    return kept
