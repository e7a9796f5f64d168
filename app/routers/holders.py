"""Who holds the key that a request came with? And have they, or whoever tries keys, asked too often?"""

from __future__ import annotations

import hmac
import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from fastapi import Request

from app.errors import TooMany, Unauthorized
from app.store.keys import Key, hash_of, parts_of
from app.store.rates import Allowance
from app.store.scopes import SCOPES, Scope

if TYPE_CHECKING:
    from app.routers.service import Service

WRONG_KEYS: Final = 10
"""How many wrong keys a client may try in a minute, before it is told to wait."""

_NOBODY: Final = bytes(32)
_LONGEST_ADDRESS: Final = 64


@dataclass(frozen=True, slots=True)
class Holder:
    """Whoever holds a key: the key's id, the name by which the record calls them, what they may do, and how often."""

    id: str
    name: str
    scopes: frozenset[Scope]
    rate_per_minute: int | None = None

    def may(self, *scopes: Scope) -> bool:
        """Whether the key has any of these scopes."""
        return "admin" in self.scopes or not self.scopes.isdisjoint(scopes)

    @property
    def rate_name(self) -> str:
        """The name under which their rate is counted."""
        return f"key:{self.id}"


ADMIN: Final = Holder("admin", "admin", frozenset(SCOPES))
"""Who holds the admin key. No key that was made has this id."""


async def holder_of(request: Request, service: Service, text: str) -> Holder:
    """Who holds the key with this text. Their call is counted, and the answer will say what is left of their rate.

    Raises:
        Unauthorized: there is no such key, or it no longer holds.
        TooMany: the key's rate is used up; or it is a wrong one, and its sender has tried too many of them.
        DatabaseAway: the key is not at hand, and cannot be looked up.
    """
    # Without the database: whoever can do everything must always be able to.
    if hmac.compare_digest(text.encode(), service.admin_key):
        return ADMIN
    parts = parts_of(text)
    key = None if parts is None else await service.keys.find(parts[0])
    # Against something in any case: how long it takes says nothing of which ids there are.
    same = hmac.compare_digest(hash_of(text if parts is None else parts[1]), _NOBODY if key is None else key.hash)
    if key is None or not same:
        raise _refused(request, service, text)
    if (why := why_not(key)) is not None:
        raise Unauthorized(why)
    service.keys.mark_used(key.id)
    holder = Holder(key.id, key.name, key.scopes, key.rate_per_minute)
    counted(request, service.rates.take(holder.rate_name, holder.rate_per_minute), "key")
    return holder


def why_not(key: Key) -> str | None:
    """Why a key no longer holds, for whoever has it; None if it does."""
    if key.revoked_at is not None:
        return f"This key was revoked on {key.revoked_at.astimezone(UTC):%Y-%m-%d}: ask for another one"
    if key.expires_at is not None and datetime.now(UTC) >= key.expires_at:
        return f"This key expired on {key.expires_at.astimezone(UTC):%Y-%m-%d}: ask for another one"
    return None


def still_holds(service: Service, holder: Holder) -> None:
    """Raise Unauthorized if a key has been revoked or has expired since its request began."""
    key = service.keys.at_hand(holder.id)
    if key is not None and (why := why_not(key)) is not None:
        raise Unauthorized(why)


def _refused(request: Request, service: Service, text: str) -> Unauthorized | TooMany:
    """What the sender of a wrong key is told. A right one from the same address never comes here."""
    if text:
        tried = service.rates.take(f"wrong:{client_of(request)}", WRONG_KEYS, shared=False)
        if not tried.allowed:
            return TooMany(
                f"More than {WRONG_KEYS} wrong keys came from this address within a minute. Wait, and send the right "
                "key as “Authorization: Bearer KEY”",
                retry_after=tried.retry_seconds,
            )
        # Nothing of what was sent, and nothing of how close it was: one text for every wrong key.
        return Unauthorized(
            "The key that was sent is not known here: send it whole, as it was shown when it was made, or have another "
            "made with POST /v1/keys or `lead-router key create`. The admin key is "
            "LEAD_ROUTER_ADMIN_KEY or, where none is set, in the file admin_key of the service's data directory"
        )
    return Unauthorized("Send the key as “Authorization: Bearer KEY”; `make run` prints it at the start")


def counted(request: Request, allowance: Allowance, policy: str) -> None:
    """Have the answer to a request say what is left of a rate; without a limit nothing is said.

    The headers are those of draft-ietf-httpapi-ratelimit-headers-10. ``policy`` names the limit in them: a word of
    ASCII letters.

    Raises:
        TooMany: nothing is left.
    """
    if allowance.limit is None:
        return
    said = [
        (b"ratelimit-policy", f'"{policy}";q={allowance.limit};w={allowance.seconds}'.encode()),
        (b"ratelimit", f'"{policy}";r={allowance.remaining};t={allowance.reset_seconds}'.encode()),
    ]
    answers_to(request, *said)
    if not allowance.allowed:
        raise TooMany(
            f"More than {allowance.limit} in {allowance.seconds} seconds are not taken from this {policy}; try again "
            f"in {allowance.retry_seconds} seconds",
            retry_after=allowance.retry_seconds,
        )


def answers_to(request: Request, *headers: tuple[bytes, bytes]) -> None:
    """Have whatever is answered to a request carry these headers, an error too."""
    request.state.headers = [*getattr(request.state, "headers", ()), *headers]


def client_of(request: Request) -> str:
    """Under which name a client is counted: its address, or its network of IPv6, which is one customer's (/64)."""
    return "" if request.client is None else _network(request.client.host[:_LONGEST_ADDRESS])


@lru_cache(4096)
def _network(host: str) -> str:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((int(address), 64), strict=False))
