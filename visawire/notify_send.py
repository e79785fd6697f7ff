"""Sends one message to one target: a text through Apprise, or a webhook that is signed as Standard Webhooks says."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import time
from dataclasses import replace
from urllib.parse import urlsplit

import httpx

from visawire.notify_config import Target, hush_apprise
from visawire.notify_message import Message
from visawire.outgoing import Outcome, post

#: Seconds that one message may take on its way through Apprise.
_APPRISE_TIMEOUT = 30.0
_LONGEST_ERROR = 300
#: From so many characters on a part of an address may be a password or a token.
_SECRET = 8


def webhook_id(target_id: str, update_id: int) -> str:
    """The id of a delivery, the same for every attempt, so that a receiver can tell a repetition."""
    return f"msg_{hashlib.sha256(f'{target_id}/{update_id}'.encode()).hexdigest()[:32]}"


def signature(secrets: tuple[bytes, ...], message_id: str, timestamp: int, body: bytes) -> str:
    """The header ``Webhook-Signature``: one HMAC-SHA256 for each secret (Standard Webhooks 1.0.0)."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    made = (base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode() for secret in secrets)
    return " ".join(f"v1,{each}" for each in made)


def send_webhook(sender: httpx.Client, target: Target, message_id: str, body: bytes) -> Outcome:
    """Deliver one body. Never raises for what a receiver does."""
    timestamp = int(time.time())
    headers = {
        "Content-Type": "application/json",
        "Webhook-Id": message_id,
        "Webhook-Timestamp": str(timestamp),
        "Webhook-Signature": signature(target.secrets, message_id, timestamp, body),
    }
    outcome = post(sender, target.url, body, headers)
    return replace(outcome, error=_harmless(outcome.error, target))


def send_text(target: Target, message: Message, *, site_url: str) -> Outcome:
    """Deliver one text through Apprise. Never raises for what a service does."""
    import apprise  # slow to import, and most installations notify nobody

    hush_apprise()
    asset = apprise.AppriseAsset(
        app_id="Visawire", app_desc="Visawire", app_url=site_url, image_url_mask="", image_url_logo="",
        http_redirects=False, service_timeout=_APPRISE_TIMEOUT,
    )  # fmt: skip
    service = apprise.Apprise.instantiate(target.url, asset=asset, suppress_exceptions=True)
    if not isinstance(service, apprise.NotifyBase):
        return Outcome("Apprise does not understand the address any more")
    if "overflow=" not in target.url:
        # a service with a short limit gets the whole message in parts rather than none of it
        service.overflow_mode = apprise.OverflowMode.SPLIT
    sender = apprise.Apprise(asset=asset)
    sender.add(service)
    result = sender.notify(body=message.body, title=message.title, body_format=apprise.NotifyFormat.TEXT)
    told = [entry.message for each in result.results for entry in each.logs() if entry.message]
    result.close()
    if result:
        return Outcome()
    return Outcome(_harmless(told[-1] if told else "the service did not take it", target), busy=True)


def _harmless(error: str, target: Target) -> str:
    """An error on one line without the address, which may be a secret, or parts of it that look like one."""
    error = " ".join(error.split()).replace(target.url, "…")
    host = urlsplit(target.url).netloc.rpartition("@")[2]
    for part in sorted(set(re.split(r"[/?&=@:]+", target.url.replace(host, ""))), key=len, reverse=True):
        if len(part) >= _SECRET:
            error = error.replace(part, "…")
    return error[:_LONGEST_ERROR]
