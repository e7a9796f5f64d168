"""How is a lead's owner written back into Zoho CRM? As ``Owner`` of its record.

https://www.zoho.com/crm/developer/docs/api/v8/update-records.html. Tokens come by a refresh token
(https://www.zoho.com/crm/developer/docs/api/v8/refresh.html), of which Zoho gives out ten in ten minutes at most. The
scope is ``ZohoCRM.modules.leads.UPDATE``, or that of the module. A field of external ids is named in ``X-EXTERNAL``
(https://www.zoho.com/crm/developer/docs/api/v8/external-id.html).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydantic import Field

from app.channels.answers import members
from app.channels.base import Channel, Delivered, Event, Outcome, Refusal, Told, TryAgain
from app.channels.oauth import TOKENS, Token
from app.channels.owners import (
    EVENTS,
    Base,
    Name,
    OwnerSettings,
    asked,
    check_secret,
    judged,
    no_owner,
    record_of,
    rep_of,
    segment,
)
from app.channels.texts import plain
from app.net.client import Answer, Client, Network

_THROTTLED: Final = frozenset(
    {"TOO_MANY_REQUESTS", "INTERNAL_ERROR", "RECORD_LOCKED", "RECORD_IN_BLUEPRINT_TRANSITION"}
)


class ZohoSettings(OwnerSettings):
    """Whose record it is in Zoho CRM."""

    module: Name = Field(default="Leads", description="`Leads`, `Contacts`, …")
    id_field: Name | None = Field(
        default=None, description="The external-id field that `record` is the value of; else Zoho's own id"
    )
    url: Base = Field(default="https://www.zohoapis.com", description="By data centre: `.com`, `.eu`, `.in`, `.com.cn`")
    accounts_url: Base = Field(
        default="https://accounts.zoho.com", description="Where tokens are given, by data centre"
    )


async def send(client: Network, told: Told, events: Sequence[Event]) -> Outcome:
    """Write the owner of one lead."""
    settings = told.settings
    assert isinstance(settings, ZohoSettings)
    (event,) = events
    form = {name: told.secrets[name][0] for name in ("client_id", "client_secret", "refresh_token")}
    form["grant_type"] = "refresh_token"
    if event.is_test:
        token = await _token(client, settings, form)
        return Delivered(said="Zoho gave a token") if isinstance(token, Token) else token
    record = record_of(event, settings)
    if isinstance(record, Refusal):
        return record
    rep = rep_of(event)
    owner = settings.owners.get(str(rep.get("id")))
    if owner is None:
        return no_owner(rep)
    url = f"{settings.url}/crm/v8/{settings.module}/{segment(record)}"
    answer = await _put(client, settings, form, url, {"data": [{"Owner": {"id": owner}}]})
    if not isinstance(answer, Answer):
        return answer
    return _judged(answer, settings, record, owner)


async def _token(
    client: Client, settings: ZohoSettings, form: Mapping[str, str], refused: Token | None = None
) -> Token | TryAgain | Refusal:
    return await TOKENS.get(client, f"{settings.accounts_url}/oauth/v2/token", form, refused=refused)


async def _put(
    client: Client, settings: ZohoSettings, form: Mapping[str, str], url: str, content: object
) -> Answer | TryAgain | Refusal:
    by = {} if settings.id_field is None else {"x_external": f"{settings.module}.{settings.id_field}"}
    refused: Token | None = None
    while True:
        token = await _token(client, settings, form, refused)
        if not isinstance(token, Token):
            return token
        answer = await asked(client, "PUT", url, f"Zoho-oauthtoken {token.value}", content, **by)
        if refused is not None or not isinstance(answer, Answer) or answer.status != 401:
            return answer
        refused = token


def _judged(answer: Answer, settings: ZohoSettings, record: str, owner: str) -> Outcome:
    """Zoho says in the body what became of each record."""
    found = f"{settings.module} {record}"
    data = members(answer).get("data")
    first: Mapping[str, Any] = data[0] if isinstance(data, list) and data and isinstance(data[0], dict) else {}
    code = str(first.get("code") or members(answer).get("code") or "")
    if 200 <= answer.status < 300 and code == "SUCCESS":
        return Delivered(answer.status, f"Owner {owner}")
    message = plain(first.get("message") or members(answer).get("message") or "", 200)
    why = f"Zoho: {code} {message}".strip()
    if code in _THROTTLED:
        return TryAgain(why, answer.status)
    if code == "INVALID_DATA":
        details = first.get("details")
        which = details.get("api_name") if isinstance(details, Mapping) else None
        whose = "the Zoho id of the owner" if which == "Owner" else f"the record; there is perhaps no {found}"
        return Refusal(f"{why}. What is wrong is {whose}", answer.status)
    outcome = judged(answer, "Zoho", found=found)
    if isinstance(outcome, Delivered):
        return TryAgain("Zoho answered something else than its API does", answer.status)
    return outcome


ZOHO: Final = Channel(
    kind="zoho_owner",
    title=("Zoho CRM: owner", "Zoho CRM：归属人"),
    settings=ZohoSettings,
    send=send,
    secrets=("client_id", "client_secret", "refresh_token"),
    needed_secrets=("client_id", "client_secret", "refresh_token"),
    check_secret=check_secret,
    events=EVENTS,
)
