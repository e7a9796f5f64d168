"""What does writing a lead's owner back into a CRM take? The CRM's own id of the record, and of the rep.

Common to ``hubspot``, ``salesforce`` and ``zoho``. The record is the one that the lead came from: its ``external_id``,
if the lead came from that CRM, or an attribute in which the CRM's id was sent along. A subscription's filter by source
sees to it that other leads' ids are not taken for the CRM's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Final
from urllib.parse import quote

import orjson
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator

from app.channels.answers import by_status, document, members, sent
from app.channels.base import Delivered, Event, Outcome, Refusal, TryAgain
from app.channels.message import value_at
from app.channels.texts import plain
from app.channels.webhook import checked_url
from app.intake.models import written_as
from app.net.client import Answer, Client

EVENTS: Final = ("lead.assigned", "lead.reassigned")

_PATH = re.compile(r"(?:external_id|email|phone|attributes\.\S{1,100})")
_SEEN = re.compile(r"[\x21-\x7e]+")

Name = Annotated[
    str,
    written_as(
        r"[A-Za-z][A-Za-z0-9_]{0,99}",
        "the name that the API has for it is wanted, such as Lead or Crm_Id__c: a letter, then letters, digits and _",
    ),
]
"""A name of an object or a field in a CRM."""
UserId = Annotated[
    str,
    written_as(r"[A-Za-z0-9-]{1,64}", "the CRM's id of its user is wanted: 1 to 64 letters, digits and hyphens"),
]
"""By what a CRM knows one of its users."""


class OwnerSettings(BaseModel):
    """Whose record it is in the CRM."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    owners: Mapping[str, UserId] = Field(
        default_factory=dict, max_length=20_000, description="By rep id, the CRM's id of its user: `east-1: '12345'`"
    )
    record: str = Field(
        default="external_id",
        max_length=120,
        description="Where on a lead the CRM's id of its record stands: `external_id`, `attributes.crm_id`",
    )

    @field_validator("record")
    @classmethod
    def _path(cls, value: str) -> str:
        if not _PATH.fullmatch(value):
            raise ValueError("A record is `external_id`, `email`, `phone` or `attributes.NAME` of the lead")
        return value


def _base(value: str) -> str:
    return checked_url(value).rstrip("/")


Base = Annotated[str, Field(max_length=300), AfterValidator(_base)]
"""The beginning of an API's addresses."""


def check_secret(name: str, value: str) -> None:
    """Raises ValueError for what cannot stand in a header."""
    if not _SEEN.fullmatch(value):
        raise ValueError("It must be printable ASCII without spaces, as the CRM shows it")


def rep_of(event: Event) -> Mapping[str, Any]:
    """The rep who has the lead now; empty if there is none."""
    rep = event.data.get("rep")
    return rep if isinstance(rep, Mapping) else {}


def record_of(event: Event, settings: OwnerSettings) -> str | Refusal:
    """The CRM's id of the lead's record."""
    lead = event.data.get("lead")
    found = value_at(lead if isinstance(lead, Mapping) else {}, settings.record)
    if found is None:
        return Refusal(f"The lead has no {settings.record}, so its record in the CRM is not known", of_event=True)
    if found in (".", "..") or len(found) > 255:
        return Refusal(f"The lead's {settings.record} cannot be the id of a record", of_event=True)
    return found


def segment(text: str) -> str:
    """A text as one step of a path."""
    return quote(text, safe="")


def no_owner(rep: Mapping[str, Any], lookup: str | None = None) -> Refusal:
    """What is to be done where a rep is not known in the CRM; ``lookup`` says why looking for them did not help."""
    name = rep.get("id", "?")
    before = f"{lookup}. " if lookup else ""
    mend = f'Add a line for rep {name} to the settings: owners: {{{name}: "the CRM\'s id"}}'
    return Refusal(before + mend)


def only_one(
    answer: Answer, crm: str, rep: Mapping[str, Any], *, found: str, listed: str, named: str
) -> str | TryAgain | Refusal:
    """The id of the only user that looking for a rep's email has found.

    ``found`` says what was looked for; users stand in the answer under ``listed``, their ids under ``named``.
    """
    outcome = judged(answer, crm, found=found)
    if isinstance(outcome, TryAgain | Refusal):
        return outcome
    users = members(answer).get(listed)
    ids = [
        str(one[named])
        for one in (users if isinstance(users, list) else ())
        if isinstance(one, dict) and one.get(named)
    ]
    return ids[0] if len(ids) == 1 else no_owner(rep, f"{crm} has {len(ids) or 'no'} {found} with this rep's email")


async def asked(
    client: Client, method: str, url: str, authorization: str, content: object = None, **further: str
) -> Answer | TryAgain | Refusal:
    """Call a CRM's API; ``further`` headers go by their names with underscores."""
    headers = {"authorization": authorization, "accept": "application/json"}
    headers |= {name.replace("_", "-"): value for name, value in further.items()}
    body = b""
    if content is not None:
        headers["content-type"] = "application/json"
        body = orjson.dumps(content)
    answer = await sent(client, url, headers, body, method=method)
    return answer if isinstance(answer, Answer | TryAgain | Refusal) else Refusal("The CRM cannot be called")


def judged(answer: Answer, crm: str, *, found: str) -> Outcome:
    """What a CRM's answer to a change means; ``found`` says what was looked for."""
    outcome = by_status(answer)
    words = _words(document(answer))
    why = f"{crm}: HTTP {answer.status}" + (f": {words}" if words else "")
    match outcome:
        case Delivered():
            return Delivered(answer.status, found)
        case TryAgain():
            return TryAgain(why, answer.status, outcome.after)
        case _ if answer.status == 404:
            return Refusal(f"{why}. There is no {found}: see `record`, and the subscription's filter", 404)
        case _ if answer.status == 401:
            return Refusal(f"{why}. Set the token, or what tokens are asked for with, anew", 401)
        case _ if answer.status == 403:
            return Refusal(f"{why}. The app or its user lacks the right to change owners", 403)
        case _:
            return Refusal(why, answer.status)


def _words(said: Any) -> str:
    """The code and message of an error, as HubSpot (an object), Salesforce (a list) and Zoho (either) write them."""
    if isinstance(said, list):
        said = said[0] if said else None
    if not isinstance(said, Mapping):
        return ""
    parts = [said[name] for name in ("errorCode", "code", "category", "message") if isinstance(said.get(name), str)]
    return plain(" ".join(parts), 300)
