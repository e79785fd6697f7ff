"""Sends the updates of saved filters to their targets: each once, in order, over as many runs as it takes.

What is to be sent is first queued in the archive and then marked before and after it leaves, so a run may be killed at
any moment. An update whose sending was interrupted is sent again: rather twice than never. A webhook then has the same
``Webhook-Id`` as before, and a message says that it may be a repetition.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpx

from archive import deliveries
from archive.deliveries import Delivery, TargetState
from archive.store import Archive
from feeds.catalog import Catalog
from feeds.entry import Site
from feeds.plan import feeds_of
from visawire.config import Config, ConfigError
from visawire.crawling import run_lock
from visawire.notify_config import Notification, Target, load_notifications
from visawire.notify_message import Message, Update, digest, message, payload, trial, trial_payload, update_of
from visawire.notify_send import send_text, send_webhook, webhook_id
from visawire.outgoing import LONGEST_REST, Outcome, client

#: The wait after the first failure; it doubles with each further one up to a day.
FIRST_WAIT = timedelta(minutes=5)
#: An update that could not be delivered for so long, in so many attempts at least, is given up, and so is a target that
#: took nothing meanwhile.
GIVE_UP, FEWEST_ATTEMPTS = timedelta(days=5), 5
#: Failures in a row after which a target is left alone for this run.
_PATIENCE = 3


@dataclass(slots=True)
class NotifyReport:
    """What a run of ``notify`` did. ``delivered`` and ``waiting`` count updates for each target; ``problems`` are lines
    for people; ``lines`` say more, for ``-v``.
    """

    delivered: int = 0
    waiting: int = 0
    problems: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """0 fine, 1 something failed (and is tried again unless the problem says otherwise)."""
        return 1 if self.problems else 0


def notify_all(
    config: Config, *, names: Sequence[str] = (), since: str = "", at_once: bool = False, now: datetime | None = None
) -> NotifyReport:
    """Send what is new, and what could not be sent before and is due again.

    ``names`` restricts it to some notifications. ``since`` (an ISO day) also sends the updates published from then on
    that a target has not had. ``at_once`` does not wait for the time of the next attempt. ``now`` is for tests.

    Raises :class:`~visawire.config.ConfigError` or :class:`~feeds.catalog.CatalogError` for wrong settings and
    :class:`~visawire.crawling.Locked` while another process is sending.
    """
    now = now or datetime.now(UTC)
    notifications, catalog = _chosen(config, names)
    report = NotifyReport()
    if not notifications:
        return report
    with _sending(config) as archive, ExitStack() as stack:
        run = _Run(archive, _site(config, catalog), stack.enter_context(client(config.user_agent)), now, report)
        for notification in notifications:
            for target in notification.targets:
                with archive.transaction():
                    state = _queue(archive, notification, target, catalog, since, now)
                run.send(notification, target, state, at_once)
    return report


def enlist(config: Config) -> None:
    """Make targets that are new begin now: before a crawl, so that what it finds is already sent.

    Raises as :func:`notify_all` does, so that wrong settings are known before anything happens.
    """
    notifications, _ = load_notifications(config)
    if not notifications:
        return
    now = datetime.now(UTC)
    with Archive(config.archive) as archive, archive.transaction() as db:
        for notification in notifications:
            for target in notification.targets:
                deliveries.enlist(db, target.id, notification.name, target.kind, now)


class _Rehearsed(Exception):
    """Nothing of a rehearsal may stay."""


def rehearse(config: Config, *, names: Sequence[str] = (), since: str = "") -> Iterator[str]:
    """What :func:`notify_all` would send, as lines; nothing is sent and nothing is written."""
    now = datetime.now(UTC)
    notifications, catalog = _chosen(config, names)
    site = _site(config, catalog)
    found: list[str] = []
    with Archive(config.archive) as archive:
        for notification in notifications:
            for target in notification.targets:
                try:
                    with archive.transaction() as db:
                        state = _queue(archive, notification, target, catalog, since, now)
                        waiting = [d.update_id for d in deliveries.open_deliveries(db, target.id, None)]
                        found += _rehearsal(target, state, _updates(archive, waiting), site)
                        raise _Rehearsed
                except _Rehearsed:
                    pass
    yield from found


def try_targets(config: Config, *, names: Sequence[str] = ()) -> Iterator[tuple[str, str]]:
    """Send a message marked as a test to each target: pairs of its label and what went wrong ('' for nothing).

    A target that had been disabled and takes the message is put back to work.
    """
    notifications, catalog = _chosen(config, names)
    site = _site(config, catalog)
    with _sending(config) as archive, client(config.user_agent) as sender:
        for notification in notifications:
            for target in notification.targets:
                now = datetime.now(UTC)
                if target.kind == "webhook":
                    test_id = f"test_{target.id}_{now:%Y%m%dT%H%M%S%f}"
                    outcome = send_webhook(sender, target, test_id, trial_payload(notification.name, site, now))
                else:
                    outcome = send_text(target, trial(notification.name, site), site_url=config.site_url)
                if outcome.ok:
                    with archive.transaction() as db:
                        deliveries.enable(db, target.id)
                yield target.label, outcome.error


def advice(config: Config) -> list[str]:
    """Targets that were disabled, as lines for ``visawire doctor``. Raises as :func:`load_notifications` does."""
    found: list[str] = []
    notifications, _ = load_notifications(config)
    if not notifications or not config.archive.exists():
        return found
    with Archive(config.archive) as archive:
        for notification in notifications:
            for target in notification.targets:
                state = deliveries.target_state(archive.db, target.id)
                if state is not None and state.disabled:
                    found.append(f"{target.label} is disabled ({state.disabled}); {_remedy(notification)}")
    return found


def _remedy(notification: Notification) -> str:
    return (
        f"mend it and run `visawire notify --test --name {notification.name}`, which puts it back to work when the "
        "test arrives"
    )


def _chosen(config: Config, names: Sequence[str]) -> tuple[list[Notification], Catalog]:
    notifications, catalog = load_notifications(config)
    known = [notification.name for notification in notifications]
    for name in names:
        if name not in known:
            there = f"; there are {', '.join(known)}" if known else f"; {config.file or 'visawire.toml'} has none"
            raise ConfigError(f"no notification has the name {name!r}{there}")
    return [each for each in notifications if not names or each.name in names], catalog


def _site(config: Config, catalog: Catalog) -> Site:
    return Site(config.site_url, config.authority, catalog.name)


@contextmanager
def _sending(config: Config) -> Iterator[Archive]:
    """The archive, while no other process sends. A crawl may go on: this lock is not that of a run."""
    with run_lock(config.archive.with_name(f"{config.archive.name}.notify")), Archive(config.archive) as archive:
        yield archive


def _queue(
    archive: Archive, notification: Notification, target: Target, catalog: Catalog, since: str, now: datetime
) -> TargetState:
    """Put what passes the filter in line for a target. Needs a transaction around it."""
    db = archive.db
    state = deliveries.enlist(db, target.id, notification.name, target.kind, now)
    newest = deliveries.newest_published(db)
    rows = deliveries.published_after(db, state.seen) if newest > state.seen and not state.disabled else []
    if since:
        rows += deliveries.published_since(db, target.id, since)
    passing = {row["id"] for row in rows if _passes(notification, update_of(row), catalog)}
    deliveries.queue(db, target.id, sorted(passing), now)
    deliveries.have_seen(db, target.id, newest)
    return state


def _passes(notification: Notification, update: Update, catalog: Catalog) -> bool:
    if notification.kinds and update.change.kind not in notification.kinds:
        return False
    if not notification.where.holds(update.subject):
        return False
    return not notification.feed or notification.feed in set(feeds_of(catalog, update.subject))


def _updates(archive: Archive, ids: Sequence[int]) -> dict[int, Update]:
    return {key: update_of(row) for key, row in deliveries.published(archive.db, ids).items()}


def _rehearsal(target: Target, state: TargetState, updates: dict[int, Update], site: Site) -> Iterator[str]:
    if state.disabled:
        yield f"{target.label}: is disabled ({state.disabled})"
    else:
        yield f"{target.label}: {len(updates)} to send"
        yield from (f"  {message(update, site).title}" for update in updates.values())


class _Run:
    """One run of sending: the open archive, the client, and the report that it fills in."""

    def __init__(self, archive: Archive, site: Site, sender: httpx.Client, now: datetime, report: NotifyReport) -> None:
        self._archive, self._site, self._sender, self._now, self._report = archive, site, sender, now, report

    def send(self, notification: Notification, target: Target, state: TargetState, at_once: bool) -> None:
        """Send a target what is due for it."""
        if state.disabled:
            self._report.lines.append(f"{target.label}: disabled: {state.disabled}; {_remedy(notification)}")
            return
        db = self._archive.db
        resting = bool(state.rest_until) and datetime.fromisoformat(state.rest_until) > self._now and not at_once
        due = [] if resting else deliveries.open_deliveries(db, target.id, None if at_once else self._now)
        updates = _updates(self._archive, [delivery.update_id for delivery in due])
        lost = [delivery.update_id for delivery in due if delivery.update_id not in updates]
        with self._archive.transaction():
            deliveries.give_up(db, target.id, lost, "its story is no longer published", self._now)
        due = [delivery for delivery in due if delivery.update_id in updates]
        failures = 0
        for batch in _batches(notification, target, due):
            failed = self._deliver(notification, target, batch, [updates[d.update_id] for d in batch])
            failures = failures + 1 if failed else 0
            if failures == _PATIENCE or (failed and (failed.busy or failed.gone)):
                break
        waiting = len(deliveries.open_deliveries(db, target.id, None))
        self._report.waiting += waiting
        if waiting:
            self._report.lines.append(f"{target.label}: {waiting} waiting")

    def _deliver(
        self, notification: Notification, target: Target, batch: Sequence[Delivery], updates: Sequence[Update]
    ) -> Outcome | None:
        """Send a batch as one; returns the failure if it was one."""
        ids = [delivery.update_id for delivery in batch]
        with self._archive.transaction() as db:
            deliveries.begin(db, target.id, ids)
        again = any(delivery.interrupted for delivery in batch)
        if target.kind == "webhook":
            (update,) = updates
            body = payload(update, notification.name, self._site)
            outcome = send_webhook(self._sender, target, webhook_id(target.id, ids[0]), body)
        else:
            outcome = send_text(target, self._text(notification, updates, again), site_url=self._site.url)
        with self._archive.transaction():
            if outcome.ok:
                deliveries.succeed(db, target.id, ids, self._now)
            else:
                self._failed(notification, target, batch, outcome)
        if not outcome.ok:
            return outcome
        self._report.delivered += len(ids)
        self._report.lines.append(f"{target.label}: sent {len(ids)}")
        return None

    def _text(self, notification: Notification, updates: Sequence[Update], again: bool) -> Message:
        if len(updates) == 1:
            return message(updates[0], self._site, again=again)
        return digest(updates, notification.name, self._site, rest=not notification.digest, again=again)

    def _failed(self, notification: Notification, target: Target, batch: Sequence[Delivery], outcome: Outcome) -> None:
        db, now = self._archive.db, self._now
        tries = min(delivery.attempts for delivery in batch)
        wait = max(min(FIRST_WAIT * 2 ** min(tries, 20), LONGEST_REST), outcome.rest or timedelta())
        ids = [delivery.update_id for delivery in batch]
        deliveries.postpone(db, target.id, ids, now + wait, outcome.error, now)
        if outcome.busy:
            deliveries.rest(db, target.id, now + wait)
        state = deliveries.target_state(db, target.id)
        assert state is not None
        failing = now - datetime.fromisoformat(state.failing_since)
        enough = tries + 1 >= FEWEST_ATTEMPTS
        if outcome.gone or (failing >= GIVE_UP and enough):
            since = "" if outcome.gone else f" for {failing.days} days"
            count = deliveries.disable(db, target.id, f"{outcome.error}{since}", now)
            self._report.problems.append(
                f"{target.label}: disabled: {outcome.error}{since}; {count} updates were given up. Take it out of the "
                f"settings, or {_remedy(notification)}; --since DAY then sends what it missed"
            )
            return
        old = [d.update_id for d in batch if enough and now - datetime.fromisoformat(d.queued) >= GIVE_UP]
        deliveries.give_up(db, target.id, old, outcome.error, now)
        problem = f"{target.label}: {outcome.error}"
        if old:
            problem += f"; given up after {GIVE_UP.days} days: {len(old)} updates"
        if len(old) < len(batch):
            problem += f"; tried again after {now + wait:%Y-%m-%d %H:%M} UTC"
        self._report.problems.append(problem)


def _batches(notification: Notification, target: Target, due: Sequence[Delivery]) -> Iterator[Sequence[Delivery]]:
    """What leaves together: each webhook alone; texts as one digest, or alone until there are too many of them."""
    if target.kind == "webhook":
        yield from ([delivery] for delivery in due)
    elif notification.digest:
        yield from [due] if due else []
    elif len(due) <= notification.most:
        yield from ([delivery] for delivery in due)
    else:
        yield from ([delivery] for delivery in due[: notification.most])
        yield due[notification.most :]
