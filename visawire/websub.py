"""Tells a WebSub hub which feeds changed, so that readers that subscribed there hear of it at once.

The specification leaves the publisher's ping to the two of them (W3C WebSub, section 2). All hubs take the form of
PubSubHubbub 0.3, ``hub.mode=publish`` with one ``hub.url``; for several at once Google's wants the parameter repeated,
Superfeedr commas, Switchboard ``hub.url[]`` and phubb takes none. So each topic is a request of its own, over
connections that stay open.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlencode

import httpx

from archive.pings import add_pings, open_pings, remove_pings
from archive.store import Archive
from feeds.entry import FORMATS
from visawire.config import Config
from visawire.outgoing import Outcome, client, post

#: Attempts of one ping, and seconds before the second; they double.
ATTEMPTS, FIRST_WAIT = 3, 0.5
#: Seconds that all pings of a run may take, and how many are on their way at once.
BUDGET, AT_ONCE = 60.0, 4
#: After so long subscribers have looked by themselves.
KEPT = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class PingReport:
    """How many topics the hub took and how many wait for the next run; ``error`` says why they do."""

    sent: int = 0
    waiting: int = 0
    error: str = ""


def topics_of(site_url: str, written: Iterable[str]) -> list[str]:
    """The absolute addresses of live feeds among written paths; archive documents have no subscribers."""
    endings = tuple(f".{form}" for form in FORMATS)
    return [
        f"{site_url}/{quote(path)}"
        for path in written
        if path.startswith("feeds/") and not path.startswith("feeds/archive/") and path.endswith(endings)
    ]


def ping_changed(config: Config, written: Iterable[str]) -> list[str]:
    """Ping the configured hub for what a publication wrote, and for what it has not taken earlier.

    Returns lines for standard error; a publication never fails because of a hub. Without a hub nothing happens.
    """
    if not config.hub:
        return []
    try:
        with Archive(config.archive) as archive:
            report = ping(archive, config.hub, topics_of(config.site_url, written), user_agent=config.user_agent)
    except sqlite3.Error as error:
        return [f"websub: {config.archive} cannot be written ({error}); the hub was not told of this publication"]
    if not report.waiting:
        return []
    return [
        f"websub: {config.hub}: {report.error}; {report.waiting} of {report.sent + report.waiting} changed feeds are "
        "told at the next run. If it stays so, check [site] hub"
    ]


def ping(
    archive: Archive, hub: str, topics: Iterable[str], *,
    user_agent: str, first_wait: float = FIRST_WAIT, budget: float = BUDGET,
) -> PingReport:  # fmt: skip
    """Tell a hub that topics (absolute addresses) changed, and those that an earlier call could not tell of.

    They are remembered before the first request and forgotten when the hub took them, so a killed run loses none.
    ``first_wait`` and ``budget`` are seconds. Raises ``sqlite3.Error`` for an archive that cannot be written.
    """
    now = datetime.now(UTC)
    oldest = now - KEPT
    with archive.transaction() as db:
        add_pings(db, hub, topics, now)
        waiting = open_pings(db, hub, oldest)
    pinger = _Pinger(hub, user_agent, first_wait, time.monotonic() + budget)
    try:
        pinger.run(waiting)
    finally:
        with archive.transaction() as db:
            remove_pings(db, hub, pinger.sent, oldest)
    return PingReport(len(pinger.sent), len(waiting) - len(pinger.sent), pinger.error)


class _Pinger:
    """The pings of one run. A hub that cannot be used as a whole is left alone after one topic's attempts."""

    def __init__(self, hub: str, user_agent: str, first_wait: float, end: float) -> None:
        self._hub, self._user_agent, self._first_wait, self._end = hub, user_agent, first_wait, end
        self._stop = threading.Event()
        self.sent: list[str] = []
        self.error = ""

    def run(self, topics: list[str]) -> None:
        if not topics:
            return
        with client(self._user_agent) as sender, ThreadPoolExecutor(AT_ONCE) as pool:
            try:
                # the first alone: if the hub is down, one topic finds that out
                if self._one(sender, topics[0]):
                    list(pool.map(lambda topic: self._one(sender, topic), topics[1:]))
            except BaseException:
                self._stop.set()
                raise

    def _one(self, sender: httpx.Client, topic: str) -> bool:
        """Tell of one topic; false if there is no use in going on."""
        body = urlencode({"hub.mode": "publish", "hub.url": topic}).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        wait = self._first_wait
        outcome = Outcome()
        for attempt in range(ATTEMPTS):
            if self._over():
                return False
            outcome = post(sender, self._hub, body, headers)
            if outcome.ok:
                self.sent.append(topic)
                return True
            if not _passes(outcome) or attempt + 1 == ATTEMPTS:
                break
            asked = outcome.rest.total_seconds() if outcome.rest else 0.0
            if time.monotonic() + max(wait, asked) > self._end:
                break
            self._stop.wait(max(wait, asked))
            wait *= 2
        self.error = outcome.error
        if outcome.busy or outcome.gone:
            self._stop.set()
        return not self._stop.is_set()

    def _over(self) -> bool:
        if time.monotonic() > self._end:
            self.error = self.error or "it took too long"
            return True
        return self._stop.is_set()


def _passes(outcome: Outcome) -> bool:
    """Whether a failure may be over in seconds."""
    return outcome.busy or outcome.error.startswith("HTTP 5")
