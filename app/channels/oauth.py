"""How does a worker come by an access token, and keep it? By OAuth 2.0 (RFC 6749, 4.4 and 6), in memory alone.

Providers bound how many tokens they give out, so one is kept until it is refused or about to end.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode

from app.channels.answers import by_status, members, sent
from app.channels.base import Delivered, Refusal, TryAgain
from app.channels.texts import plain
from app.net.client import Answer, Client

_MOST_KEPT: Final = 500
_EARLY_SECONDS: Final = 60.0
_USUAL_SECONDS: Final = 1800.0


@dataclass(frozen=True, slots=True)
class Token:
    """``where`` is the host that the provider says it is for, if it says so; ``until`` by the monotonic clock."""

    value: str
    where: str | None
    until: float


@dataclass(slots=True)
class _Place:
    token: Token | None = None
    asking: asyncio.Lock = field(default_factory=asyncio.Lock)


class Tokens:
    """The tokens of one worker, each under what it was asked with."""

    def __init__(self) -> None:
        self._places: OrderedDict[bytes, _Place] = OrderedDict()

    async def get(
        self, client: Client, url: str, form: Mapping[str, str], *, refused: Token | None = None
    ) -> Token | TryAgain | Refusal:
        """A token for this form, from memory or else from ``url``. One that was ``refused`` is not given again."""
        place = self._place(url, form)
        async with place.asking:
            if place.token is not None and place.token != refused and place.token.until > time.monotonic():
                return place.token
            place.token = None
            got = await _asked(client, url, form)
            if isinstance(got, Token):
                place.token = got
            return got

    def _place(self, url: str, form: Mapping[str, str]) -> _Place:
        key = hashlib.sha256(f"{url}\n{urlencode(sorted(form.items()))}".encode()).digest()
        place = self._places.setdefault(key, _Place())
        self._places.move_to_end(key)
        if len(self._places) > _MOST_KEPT:
            self._places.popitem(last=False)
        return place


async def _asked(client: Client, url: str, form: Mapping[str, str]) -> Token | TryAgain | Refusal:
    headers = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}
    answer = await sent(client, url, headers, urlencode(form).encode())
    if not isinstance(answer, Answer):
        return answer if isinstance(answer, TryAgain | Refusal) else Refusal("No token was given")
    told = members(answer)
    value = told.get("access_token")
    if 200 <= answer.status < 300 and isinstance(value, str) and value:
        where = next((told[name] for name in ("instance_url", "api_domain") if isinstance(told.get(name), str)), None)
        return Token(value, where, time.monotonic() + _lasting(told.get("expires_in")))
    error = plain(told.get("error") or "", 100)
    if not error:
        judged = by_status(answer)
        if isinstance(judged, TryAgain):
            return judged
        if isinstance(judged, Delivered):
            return TryAgain("Where tokens are given, something else was answered", answer.status)
        return Refusal(f"No token was given: HTTP {answer.status}", answer.status)
    why = f"No token was given: {error} {plain(told.get('error_description') or '', 200)}".strip()
    if answer.status >= 500 or answer.status == 429 or error in ("temporarily_unavailable", "Access Denied"):
        return TryAgain(why, answer.status, 600.0 if error == "Access Denied" else None)
    return Refusal(f"{why}. Set the secrets `client_id`, `client_secret` and `refresh_token` anew", answer.status)


def _lasting(seconds: object) -> float:
    given = float(seconds) if isinstance(seconds, int | float) and seconds > 0 else _USUAL_SECONDS
    return max(given - _EARLY_SECONDS, 0.0)


TOKENS: Final = Tokens()
"""This worker's."""
