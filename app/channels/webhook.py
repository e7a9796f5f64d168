"""How is a program told that is somebody's own? By Standard Webhooks 1.0.0.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md: the id is the same for every
attempt, the timestamp is the attempt's, and each secret that is still valid signs. 3xx is a failure, 410 ends the
subscription, and everything else that is not 2xx is tried again: a receiver that is being mended may answer anything.
"""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

import orjson
from pydantic import BaseModel, ConfigDict, Field, field_validator
from standardwebhooks import Webhook
from standardwebhooks.webhooks import EmptyWebhookSecretError

from app.channels.answers import by_status, sent
from app.channels.base import Channel, Event, Outcome, Refusal, Told
from app.channels.message import without_personal
from app.net.allowed import Allowed
from app.net.client import Answer, Network, Refused
from app.net.guard import Guard

SECONDS: Final[float] = 20
_SHORTEST, _LONGEST = 24, 64
_WRITTEN: Final = Guard(Allowed(everything=True))


class WebhookSettings(BaseModel):
    """Where a program is told."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = Field(max_length=2000, description="The address that events are posted to")

    @field_validator("url")
    @classmethod
    def _address(cls, value: str) -> str:
        return checked_url(value)


def checked_url(value: str) -> str:
    """An address that is written as one; whether it may be called is said when it is. Raises ValueError."""
    try:
        _WRITTEN.url(value)
    except Refused as error:
        raise ValueError(str(error)) from None
    if urlsplit(value).fragment:
        raise ValueError("The address must not hold a fragment (#…): it is never sent")
    return value


def made() -> Mapping[str, str]:
    """A new secret: 32 bytes of chance."""
    return {"secret": "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()}


def check_secret(name: str, value: str) -> None:
    """Raises ValueError for a secret that the specification does not allow."""
    if name == "authorization":
        if not value.isascii() or not value.isprintable():
            raise ValueError("It must be printable ASCII: what follows `Authorization:`")
        return
    try:
        size = len(base64.b64decode(value.removeprefix("whsec_"), validate=True))
    except (binascii.Error, ValueError):
        size = 0
    if not value.startswith("whsec_") or not _SHORTEST <= size <= _LONGEST:
        raise ValueError(
            f"It must be `whsec_` and {_SHORTEST} to {_LONGEST} bytes in base64; leave it out to have one made"
        )


def signed(event_id: str, at: datetime, body: bytes, keys: Sequence[str]) -> dict[str, str]:
    """The headers that say whose message it is; ``at`` is the attempt's time."""
    text = body.decode()
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(Webhook(key).sign(event_id, at.astimezone(UTC), text) for key in keys),
    }


async def send(client: Network, told: Told, events: Sequence[Event]) -> Outcome:
    """Post one event."""
    settings = told.settings
    assert isinstance(settings, WebhookSettings)
    (event,) = events
    data = event.data if told.personal else without_personal(event)
    body = orjson.dumps({"type": event.type, "timestamp": event.at, "data": data}, default=str)
    try:
        headers = signed(event.id, datetime.now(UTC), body, told.secrets["secret"])
    except (ValueError, EmptyWebhookSecretError):
        return Refusal("A secret of this subscription is not `whsec_` and base64: set a new one")
    headers["content-type"] = "application/json"
    if told.secrets.get("authorization"):
        headers["authorization"] = told.secrets["authorization"][0]
    answer = await sent(client, settings.url, headers, body, seconds=SECONDS)
    return by_status(answer, client_errors_pass=True) if isinstance(answer, Answer) else answer


WEBHOOK: Final = Channel(
    kind="webhook",
    title=("Webhook (Standard Webhooks)", "Webhook（Standard Webhooks）"),
    settings=WebhookSettings,
    send=send,
    secrets=("secret", "authorization"),
    needed_secrets=("secret",),
    made=made,
    check_secret=check_secret,
)
