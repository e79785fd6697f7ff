"""A name resolver that refuses private addresses, so that no redirect can reach this machine's network.

The address that is checked is the one that is used, which also covers DNS rebinding.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import Any

from scrapy.crawler import Crawler
from scrapy.resolver import CachingThreadedResolver
from twisted.internet.defer import Deferred
from twisted.internet.error import DNSLookupError


class GuardedResolver(CachingThreadedResolver):
    """``TWISTED_DNS_RESOLVER``. ``VISAWIRE_PRIVATE_HOSTS`` lists hosts that may be private (test servers)."""

    private_allowed: frozenset[str] = frozenset()

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: Any) -> GuardedResolver:
        resolver = super().from_crawler(crawler, reactor)
        resolver.private_allowed = frozenset(crawler.settings.getlist("VISAWIRE_PRIVATE_HOSTS"))
        return resolver

    def getHostByName(self, name: str, timeout: Sequence[int] = ()) -> Deferred[str]:
        answer = super().getHostByName(name, timeout)
        answer.addCallback(self._public_only, name)
        return answer

    def _public_only(self, address: str, name: str) -> str:
        if name not in self.private_allowed and not ipaddress.ip_address(address).is_global:
            raise DNSLookupError(f"{name} is {address}, which is not a public address; such answers are refused")
        return address
