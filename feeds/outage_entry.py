"""Outages of sources as entries of the status feed: one each, edited once, when the source is back."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from feeds.entry import Entry, Link, Site
from feeds.health import Outage, SourceHealth
from feeds.safe import safe_html
from feeds.words import day, line, link, moment, web_url

#: What a state says about the source, in words.
_STATES = {
    "ok": "well", "error": "gave an error", "blocked": "refused us", "empty": "came without any announcement",
    "drifted": "changed its layout", "unreachable": "could not be reached", "robots": "forbade robots",
    "late": "was not looked at in time", "quiet": "has gone quiet", "never": "was not looked at yet",
    "retired": "is retired",
}  # fmt: skip


def state_words(state: str) -> str:
    """What a state of :class:`feeds.health.SourceHealth` says: 'refused us' for ``blocked``."""
    return _STATES.get(state, line(state, 40))


def outage_entries(health: Iterable[SourceHealth], site: Site) -> list[Entry]:
    """An entry for each outage, oldest first; ``updated`` is when it ended. Two can share a second.

    While an outage lasts its entry stays as it is, however often the source is looked at.
    """
    entries = [_entry(source, outage, site) for source in health for outage in source.outages]
    return sorted(entries, key=lambda entry: (entry.date, entry.key))


def _entry(source: SourceHealth, outage: Outage, site: Site) -> Entry:
    name = line(source.name, 120) or source.id
    said = state_words(outage.state)
    began = moment(outage.began)
    rows = [
        ("Source", f"{link(source.url, name)} ({escape(line(source.publisher, 120))})"),
        (
            "What happened",
            f"It {escape(said)}: {escape(line(outage.error, 300))}" if outage.error else escape(f"It {said}"),
        ),
        ("Since", escape(day(outage.began))),
    ]
    if outage.ended:
        failed = "one failed look" if outage.checks == 1 else f"{outage.checks} failed looks"
        rows.append(("Back", f"{escape(day(outage.ended))}, after {failed}"))
        gist = f"{name} {said} from {day(outage.began)}; back {day(outage.ended)}."
    else:
        gist = f"{name} {said} since {day(outage.began)}. What it announces meanwhile comes late."
    items = "".join(f"<li><strong>{label}:</strong> {words}</li>" for label, words in rows)
    country = line(source.country, 8)
    head = "Source back" if outage.ended else "Source down"
    address = web_url(source.url)
    return Entry(
        key=f"outage/{source.id}/{outage.first_check}",
        title=f"{f'[{country}] ' if country else ''}{head}: {name} ({outage.state})",
        url=site.address(f"status.html#{source.id}"),
        gist=line(gist, 400),
        content=safe_html(f"<ul>{items}</ul>"),
        date=began,
        updated=moment(outage.ended) if outage.ended else began,
        author=site.name,
        related=(Link(address, line(source.publisher, 120) or name),) if address else (),
        facts={
            "source": source.id, "state": outage.state, "began": outage.began, "ended": outage.ended,
            "error": line(outage.error, 300),
        },
    )  # fmt: skip
