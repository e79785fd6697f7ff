"""The command ``notify``: sends updates to the targets of ``[[notify]]``, tries them, or says what it would send."""

from __future__ import annotations

import sys
from datetime import datetime

import click

from visawire.config import Config, ConfigError
from visawire.options import need_archive, with_config


@click.command()
@click.option("--name", "names", multiple=True, metavar="NAME", help="Only this notification; may be repeated.")
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Also what was published since DATE (2026-03-01) and not sent.",
)
@click.option("--test", "testing", is_flag=True, help="Send a message marked as a test to each target.")
@click.option("--dry-run", is_flag=True, help="Print what would be sent; send nothing.")
@click.option("--now", "at_once", is_flag=True, help="Do not wait for the time of a target's next attempt.")
@click.option("-v", "--verbose", is_flag=True, help="A line for each message.")
@with_config
def notify(
    config: Config, names: tuple[str, ...], since: datetime | None, testing: bool, dry_run: bool, at_once: bool,
    verbose: bool,
) -> None:  # fmt: skip
    """Send the updates of saved filters by chat, e-mail, push and webhook, each once.

    Filters and addresses are [[notify]] tables of visawire.toml. `visawire run` does this after it has published.
    Exit codes: 0 fine, 1 some target failed and is tried again, 2 configuration, 75 another process is sending.

    \b
    visawire notify --test                          does everything arrive?
    visawire notify --dry-run --since 2026-03-01    what would be sent
    visawire notify --name team -v
    """
    from visawire.known_codes import check_settings
    from visawire.notify import notify_all, rehearse, try_targets
    from visawire.notify_config import has_notifications

    if testing and (dry_run or since or at_once):
        raise click.UsageError("--test goes with --name only")
    if not has_notifications(config):
        raise ConfigError(f"{config.file or 'visawire.toml'}: nothing to send: it has no [[notify]] table")
    day = f"{since:%Y-%m-%d}" if since else ""
    if testing:
        failed = False
        for label, error in try_targets(config, names=names):
            click.echo(f"{label}: {f'failed: {error}' if error else 'sent'}")
            failed = failed or bool(error)
        sys.exit(1 if failed else 0)
    check_settings(config)
    need_archive(config)
    if dry_run:
        for line in rehearse(config, names=names, since=day):
            click.echo(line)
        return
    report = notify_all(config, names=names, since=day, at_once=at_once)
    if verbose:
        for line in report.lines:
            click.echo(line)
        click.echo(f"{report.delivered} sent, {report.waiting} waiting")
    for problem in report.problems:
        click.echo(f"visawire: {problem}", err=True)
    sys.exit(report.exit_code)
