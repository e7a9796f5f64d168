"""How is a lead's owner written back into HubSpot? As the property ``hubspot_owner_id`` of its record.

https://developers.hubspot.com/docs/guides/api/crm/objects/contacts and …/crm/owners: an owner's ``id`` is meant, not
its ``userId``. A private app's token needs ``crm.objects.contacts.write``, and ``crm.objects.owners.read`` where reps
are found by their email.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Final
from urllib.parse import quote

from pydantic import Field

from app.channels.base import Channel, Delivered, Event, Outcome, Pace, Refusal, Told, TryAgain
from app.channels.owners import (
    EVENTS,
    Base,
    Name,
    OwnerSettings,
    asked,
    check_secret,
    judged,
    no_owner,
    only_one,
    record_of,
    rep_of,
    segment,
)
from app.intake.models import written_as
from app.net.client import Client, Network


class HubspotSettings(OwnerSettings):
    """Whose record it is in HubSpot."""

    object: Annotated[
        str, written_as(r"[a-z0-9_-]{1,60}", "the name of an object is wanted, such as contacts or deals")
    ] = Field(default="contacts", description="`contacts`, `leads`, `deals`, …")
    id_property: Name | None = Field(
        default=None, description="The unique property that `record` is the value of (`email`); else HubSpot's own id"
    )
    by_email: bool = Field(default=True, description="Whether a rep without a line in `owners` is found by email")
    url: Base = "https://api.hubapi.com"


async def send(client: Network, told: Told, events: Sequence[Event]) -> Outcome:
    """Write the owner of one lead."""
    settings = told.settings
    assert isinstance(settings, HubspotSettings)
    (event,) = events
    token = f"Bearer {told.secrets['token'][0]}"
    if event.is_test:
        answer = await asked(client, "GET", f"{settings.url}/crm/v3/owners?limit=1", token)
        return judged(answer, "HubSpot", found="owners") if not isinstance(answer, TryAgain | Refusal) else answer
    record = record_of(event, settings)
    if isinstance(record, Refusal):
        return record
    rep = rep_of(event)
    owner = settings.owners.get(str(rep.get("id")))
    if owner is None:
        found = await _by_email(client, settings, token, rep)
        if not isinstance(found, str):
            return found
        owner = found
    url = f"{settings.url}/crm/v3/objects/{settings.object}/{segment(record)}"
    if settings.id_property is not None:
        url += f"?idProperty={settings.id_property}"
    answer = await asked(client, "PATCH", url, token, {"properties": {"hubspot_owner_id": owner}})
    if isinstance(answer, TryAgain | Refusal):
        return answer
    outcome = judged(answer, "HubSpot", found=f"{settings.object} {record}")
    return Delivered(answer.status, f"hubspot_owner_id {owner}") if isinstance(outcome, Delivered) else outcome


async def _by_email(client: Client, settings: HubspotSettings, token: str, rep: Any) -> str | TryAgain | Refusal:
    email = rep.get("email")
    if not settings.by_email or not isinstance(email, str) or not email:
        return no_owner(rep)
    answer = await asked(client, "GET", f"{settings.url}/crm/v3/owners?limit=2&email={quote(email, safe='')}", token)
    if isinstance(answer, TryAgain | Refusal):
        return answer
    return only_one(answer, "HubSpot", rep, found="owners", listed="results", named="id")


HUBSPOT: Final = Channel(
    kind="hubspot_owner",
    title=("HubSpot: owner", "HubSpot：归属人"),
    settings=HubspotSettings,
    send=send,
    secrets=("token",),
    needed_secrets=("token",),
    check_secret=check_secret,
    pace=Pace(((100, 10.0),)),
    events=EVENTS,
)
