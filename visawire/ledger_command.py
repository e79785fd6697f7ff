"""``visawire ledger``: what a programme's caps, fees, thresholds and times are, since when, and who says so."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, date, datetime

import click

from archive.ledger import Claim, Line, current_figures
from archive.store import Archive
from visawire.config import Config
from visawire.options import EXIT_USAGE, fail, need_archive, with_config


@click.command()
@click.argument("programme")
@click.argument("parameter", required=False, default="")
@click.option(
    "--on", "day", default="", metavar="DATE", help="As known and in force on a day (2026-04-01); today if not given."
)
@click.option("--series", default="", help="Only lines whose series begins so, such as employment/eb-2/india.")
@click.option("--json", "as_json", is_flag=True, help="A JSON line for each line of the ledger, with every claim.")
@with_config
def ledger(config: Config, programme: str, parameter: str, day: str, series: str, as_json: bool) -> None:
    """The current figures of PROGRAMME: value, since when, by whom, with the sentence that says it.

    \b
    visawire ledger us-h-1b cap
    visawire ledger gb-skilled-worker salary_threshold --on 2026-04-22
    visawire ledger ca-express-entry
    """
    need_archive(config)
    try:
        on = date.fromisoformat(day) if day else datetime.now(UTC).date()
    except ValueError:
        fail(f"--on {day!r} is not a day; write it as 2026-04-01", EXIT_USAGE)
    with Archive.reading(config.archive) as archive:
        parameters = [
            row[0]
            for row in archive.rows(
                "SELECT DISTINCT parameter FROM figures WHERE programme=? AND (?='' OR parameter=?) ORDER BY parameter",
                (programme, parameter, parameter),
            )
        ]
        if not parameters:
            known = [row[0] for row in archive.rows("SELECT DISTINCT programme FROM figures ORDER BY programme")]
            fail(
                f"no figure of {programme} {parameter}".rstrip()
                + f" is in {config.archive}; programmes with figures: {', '.join(known) or 'none'}",
                EXIT_USAGE,
            )
        lines = [line for name in parameters for line in current_figures(archive, programme, name, on=on)]
    for line in lines:
        if not line.series.startswith(series):
            continue
        if as_json:
            click.echo(json.dumps(asdict(line), ensure_ascii=False))
        else:
            for text in _told(line):
                click.echo(text)


def _told(line: Line) -> list[str]:
    name = f"{line.programme} {line.parameter}" + (f" [{line.series}]" if line.series else "")
    if line.current is None:
        return [f"{name}: nothing in force is known", *_others(line)]
    since = f"since {line.since}" if line.since else f"known since {line.known_since}"
    told = [f"{name}: {_value(line.current)} ({since})", f"    {line.current.publisher}: {line.current.quote}"]
    return [*told, f"    {line.current.url}", *_others(line)]


def _others(line: Line) -> list[str]:
    return [
        f"    {word}: {_value(claim)} from {claim.counts_from} ({claim.publisher})"
        for word, claims in (
            ("contradicted", line.contradicting),
            ("decided for later", line.ahead),
            ("proposed or withdrawn", line.pending),
            ("before", line.earlier[:3]),
        )
        for claim in claims
    ]  # fmt: skip


def _value(claim: Claim) -> str:
    value = f"{claim.number:,.0f}" if claim.number and claim.number == int(claim.number) else claim.value
    unit = "" if claim.unit == claim.currency else claim.unit
    return " ".join(filter(None, (claim.currency, value, unit, f"per {claim.period}" if claim.period else "")))
