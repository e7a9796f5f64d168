"""How are the fields of a lead got from a sender that only tells its id, and what if they are not to be had?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.intake.body import read_json
from app.intake.errors import UnreadableBody
from app.net.client import Answer, Client, Refused, Unreachable
from app.net.retry_after import retry_after
from app.senders.base import NotFetched, Settings

_SECONDS = 20.0


def token_of(settings: Settings, how: str) -> str:
    """The token that fields are fetched with. Raises :exc:`NotFetched` that says ``how`` to get one if none is set."""
    token = (settings.token or "").strip()
    if not token or not token.isascii() or not token.isprintable():
        raise NotFetched(f"no token is set for this source that could be sent: {how}", again=False)
    return token


async def fetch_object(
    client: Client,
    url: str,
    *,
    token: str,
    who: str,
    permission: str,
    judge: Callable[[Answer], NotFetched | None] = lambda _: None,
) -> dict[str, Any]:
    """The JSON object that ``GET url`` answers, asked with a bearer token.

    ``who`` is asked; ``permission`` is what the token has to allow; ``judge`` comes before what a status means anyway.

    Raises:
        NotFetched: with what to do about it.
    """
    headers = {"authorization": f"Bearer {token}", "accept": "application/json"}
    try:
        answer = await client.call("GET", url, headers=headers, seconds=_SECONDS)
    except Refused as error:
        raise NotFetched(f"{who} may not be called: {error}", again=False) from error
    except Unreachable as error:
        raise NotFetched(f"{who} did not answer: {error}", again=True) from error
    failure = judge(answer) or _by_status(answer, who, permission)
    if failure is not None:
        raise failure
    if answer.cut:
        raise NotFetched(f"{who} answered with more than is read", again=False)
    try:
        found = read_json(answer.body).value
    except UnreadableBody as error:
        raise NotFetched(f"{who} answered with what is not JSON ({error})", again=True) from error
    if not isinstance(found, dict):
        raise NotFetched(f"{who} answered with JSON that is no object", again=True)
    return found


def _by_status(answer: Answer, who: str, permission: str) -> NotFetched | None:
    status = answer.status
    if 200 <= status < 300:
        return None
    if status in (401, 403):
        return NotFetched(
            f"{who} answered {status}: the token is not valid any more, or does not allow {permission}; "
            "set a new one for this source, then let the delivery be tried again",
            again=False,
        )
    if status in (404, 410):
        return NotFetched(
            f"{who} answered {status}: there is no such record, or this token must not see it", again=False
        )
    if status in (408, 425, 429) or status >= 500:
        return NotFetched(f"{who} answered {status}", again=True, after=retry_after(answer.headers))
    if 300 <= status < 400:
        return NotFetched(f"{who} answered {status}: redirects are not followed; is its address right?", again=False)
    return NotFetched(f"{who} answered {status}", again=False)
