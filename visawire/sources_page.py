"""Writes docs/sources.md, the list of everything that is watched, from the register."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable

from pipelines.store import EXCERPT
from pipelines.vocabulary import vocabulary
from spiders.register import Entry, register

_HEAD = """\
# Sources

<!-- Generated from spiders/sources/*.toml: python -m visawire.sources_page > docs/sources.md -->

{count} sources of {countries} countries and unions. The country is that of the policy-maker; for press and law
firms, that of the newsroom or office. [Adding a source](adding-a-source.md) tells how a source gets here.

- **authority**: *primary* makes or decides the rule, *secondary* reports it, *aggregator* collects reports.
- **kept**: *full* texts where the licence allows; otherwise an *excerpt* of at most {excerpt} characters, and the link.
- **address**: *verified*: something dated late 2025 or 2026 shows it answering; *seen in code*: other published
  programs use it; *documented*: public documentation describes it. *Unverified* was written down from memory: a source
  with such an address may fail at its first crawl, and says so then.
"""

_COLUMNS = ("id", "name", "publisher", "authority", "cadence", "licence", "kept", "address")
_ADDRESS = {"verified-2026": "verified", "seen-in-code": "seen in code", "documented": "documented"}


def sources_page(entries: Iterable[Entry] | None = None) -> str:
    """The page as Markdown: a table for each country, by its name; sources by id. Same register, same text.

    ``entries`` defaults to the register. Retired sources are listed with their reason.
    """
    by_country: dict[str, list[Entry]] = defaultdict(list)
    for entry in register().values() if entries is None else entries:
        by_country[entry.source.country].append(entry)
    names = {country.code.upper(): country.label for country in vocabulary().countries.values()}
    count = sum(map(len, by_country.values()))
    out = [_HEAD.format(count=count, countries=len(by_country), excerpt=EXCERPT)]
    for code in sorted(by_country, key=lambda code: names.get(code, code)):
        out.append(f"## {names.get(code, code)}\n")
        out.append(_row(_COLUMNS))
        out.append(_row("---" for _ in _COLUMNS))
        out += [_row(_cells(entry)) for entry in sorted(by_country[code], key=lambda entry: entry.id)]
        out.append("")
    return "\n".join(out)


def _cells(entry: Entry) -> tuple[str, ...]:
    source = entry.source
    name = f"[{_plain(source.name)}](<{source.url.replace('|', '%7C')}>)"
    if not source.active:
        name += f" - retired: {_plain(source.retired_reason)}"
    return (
        f"`{source.id}`",
        name,
        _plain(source.publisher),
        source.authority,
        source.cadence,
        _plain(source.licence),
        source.republish,
        _ADDRESS.get(entry.confidence, "**unverified**"),
    )


def _plain(text: str) -> str:
    """Text that means itself in a Markdown table cell."""
    for sign in "\\|[]<*_`":
        text = text.replace(sign, "\\" + sign)
    return " ".join(text.split())


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.stdout.write(sources_page())
