"""What does a receiver's answer mean? Taken, to be tried again, refused for good, or gone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

import orjson

from app.channels.base import Delivered, Gone, Outcome, Refusal, TryAgain
from app.net.client import Answer, Client, Refused, Unreachable

LONGEST_SAID: Final = 500
LONGEST_WAIT: Final = 24 * 3600.0
"""Seconds that a receiver can have us wait: none is to be trusted with more."""

_UNSHOWN = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_LATER: Final = frozenset({408, 421, 423, 425, 429})


async def sent(
    client: Client, url: str, headers: Mapping[str, str], body: bytes, *, method: str = "POST", seconds: float = 20
) -> Answer | Outcome:
    """Send, and give back the answer, or what it means that there was none."""
    try:
        return await client.call(method, url, headers=headers, body=body, seconds=seconds)
    except Refused as error:
        return Refusal(str(error))
    except Unreachable as error:
        return TryAgain(str(error))


def by_status(answer: Answer, *, client_errors_pass: bool = False) -> Outcome:
    """What the status alone says (RFC 9110, and Standard Webhooks for 410).

    ``client_errors_pass``: whether 4xx may be mended by the receiver, so that trying again makes sense.
    """
    status, words = answer.status, said(answer)
    if 200 <= status < 300:
        return Delivered(status, words)
    told = f"HTTP {status}" + (f": {words}" if words else "")
    if 300 <= status < 400:
        return Refusal(f"HTTP {status}: redirects are not followed; set the address that it leads to", status)
    if status == 410:
        return Gone(told, status)
    if status >= 500 or status in _LATER or client_errors_pass or status < 200:
        return TryAgain(told, status, retry_after(answer))
    return Refusal(told, status)


def said(answer: Answer) -> str:
    """The beginning of what was answered, on one line."""
    text = answer.body[: LONGEST_SAID * 4].decode(errors="replace")
    return _UNSHOWN.sub(" ", text).strip()[:LONGEST_SAID]


def retry_after(answer: Answer, now: datetime | None = None) -> float | None:
    """Seconds that ``Retry-After`` asks for: a number, or a date (RFC 9110, 10.2.3). None if it says nothing."""
    given = answer.headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]{1,9}(?:\.[0-9]{1,6})?", given):
        return min(float(given), LONGEST_WAIT)
    try:
        until = parsedate_to_datetime(given)
    except ValueError:
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return min(max(0.0, (until - (now or datetime.now(UTC))).total_seconds()), LONGEST_WAIT)


def document(answer: Answer) -> Any:
    """The JSON that was answered; None for what is none."""
    try:
        return orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return None


def members(answer: Answer) -> Mapping[str, Any]:
    """The JSON object that was answered; empty for what is none."""
    found = document(answer)
    return found if isinstance(found, dict) else {}
