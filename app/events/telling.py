"""How is one receiver told, once? The secrets opened, the time bounded, what came back judged and cut."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import structlog

from app.channels.base import Channel, Delivered, Event, Gone, Outcome, Refusal, Told, TryAgain
from app.net.client import Network
from app.observability import SEND_SECONDS, SENDS
from app.store.sealing import Seal

log = structlog.get_logger(__name__)

LONGEST_SAID: Final = 300
"""Characters of what a receiver said that are kept."""

_SHORTEST_SECRET: Final = 6
"""Characters below which a secret is not looked for in what was said."""

Channels: TypeAlias = Mapping[str, Channel]

_OUTCOMES: Final = {Delivered: "delivered", TryAgain: "try_again", Refusal: "refused", Gone: "gone"}


@dataclass(frozen=True, slots=True)
class Result:
    """What came of telling a receiver: after how many seconds, and what it said, cut and without secrets."""

    outcome: Outcome
    seconds: float
    said: str

    @property
    def word(self) -> str:
        """``delivered``, ``try_again``, ``refused`` or ``gone``."""
        return _OUTCOMES[type(self.outcome)]


@dataclass(frozen=True, slots=True)
class Teller:
    """What telling takes: the kinds of receivers, what calls them, and what opens their secrets."""

    channels: Channels
    client: Network
    seal: Seal

    async def tell(self, channel: Channel, told: Told, events: Sequence[Event], seconds: float) -> Result:
        """Tell a receiver, within so many seconds. Whatever becomes of it is an outcome."""
        began = time.monotonic()
        outcome: Outcome
        try:
            async with asyncio.timeout(seconds):
                outcome = await channel.send(self.client, told, events)
        except TimeoutError:
            outcome = TryAgain(f"no answer within {seconds:g} seconds")
        except Exception as error:
            # A fault of the channel's: what it was to tell is not lost by it.
            log.exception("channel.failed", kind=channel.kind, event_id=events[0].id)
            outcome = TryAgain(f"a fault of the service's own ({type(error).__name__}); its log tells more")
        took = time.monotonic() - began
        text = outcome.said if isinstance(outcome, Delivered) else outcome.why
        result = Result(outcome, took, without_secrets(text, told)[:LONGEST_SAID])
        SENDS.labels(kind=channel.kind, outcome=result.word).inc(len(events))
        SEND_SECONDS.labels(kind=channel.kind).observe(took)
        return result


def without_secrets(text: str, told: Told) -> str:
    """The text in one line of what can be stored, with every secret in it replaced."""
    for values in told.secrets.values():
        for value in values:
            if len(value) >= _SHORTEST_SECRET:
                text = text.replace(value, "***")
    return " ".join(text.replace("\x00", "").encode("utf-8", "replace").decode().split())
