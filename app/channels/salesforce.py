"""How is a lead's owner written back into Salesforce? As ``OwnerId`` of its record, over the REST API.

https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/dome_update_fields.htm. Tokens come by the
client credentials flow, or by a refresh token if one is set
(https://help.salesforce.com/s/articleView?id=xcloud.remoteaccess_oauth_flows.htm). They are asked for at the
organisation's own host (My Domain), and used where the answer says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final
from urllib.parse import quote

from pydantic import Field

from app.channels.answers import document
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
    only_one,
    record_of,
    rep_of,
    segment,
)
from app.channels.webhook import checked_url
from app.intake.models import written_as
from app.net.client import Answer, Client, Network

_PASSING: Final = frozenset({"REQUEST_LIMIT_EXCEEDED", "UNABLE_TO_LOCK_ROW", "SERVER_UNAVAILABLE"})
"""Errors of other statuses than 5xx that pass by themselves."""


class SalesforceSettings(OwnerSettings):
    """Whose record it is in Salesforce."""

    url: Base = Field(description="The organisation's own address: `https://acme.my.salesforce.com`")
    object: Name = Field(default="Lead", description="`Lead`, `Contact`, `Account`, …")
    id_field: Name | None = Field(
        default=None, description="The external-id field that `record` is the value of; else Salesforce's own Id"
    )
    by_email: bool = Field(default=True, description="Whether a rep without a line in `owners` is found by email")
    api_version: Annotated[str, written_as(r"v[0-9]{2,3}\.0", "a version such as v62.0 is wanted")] = "v62.0"


async def send(client: Network, told: Told, events: Sequence[Event]) -> Outcome:
    """Write the owner of one lead."""
    settings = told.settings
    assert isinstance(settings, SalesforceSettings)
    (event,) = events
    api = _Api(client, settings, told.secrets)
    if event.is_test:
        answer = await api.query("SELECT Id FROM User LIMIT 1")
        return judged(answer, "Salesforce", found="User") if isinstance(answer, Answer) else answer
    record = record_of(event, settings)
    if isinstance(record, Refusal):
        return record
    rep = rep_of(event)
    owner = settings.owners.get(str(rep.get("id")))
    if owner is None:
        found = await _by_email(api, settings, rep)
        if not isinstance(found, str):
            return found
        owner = found
    field = f"{settings.id_field}/" if settings.id_field is not None else ""
    # By an external id Salesforce would otherwise make a record that is not there.
    only = "?updateOnly=true" if settings.id_field is not None else ""
    path = f"sobjects/{settings.object}/{field}{segment(record)}{only}"
    answer = await api.call("PATCH", path, {"OwnerId": owner})
    if not isinstance(answer, Answer):
        return answer
    if answer.status == 300:
        return Refusal(
            f"Salesforce has several records whose {settings.id_field} is this lead's {settings.record}", 300
        )
    if (code := _code(answer)) in _PASSING:
        return TryAgain(f"Salesforce: {code}", answer.status)
    outcome = judged(answer, "Salesforce", found=f"{settings.object} {record}")
    return Delivered(answer.status, f"OwnerId {owner}") if isinstance(outcome, Delivered) else outcome


class _Api:
    """Calls with a token, and once more with a new one if it was refused."""

    def __init__(self, client: Client, settings: SalesforceSettings, secrets: Mapping[str, tuple[str, ...]]) -> None:
        self._client = client
        self._settings = settings
        self._form = {"client_id": secrets["client_id"][0], "client_secret": secrets["client_secret"][0]}
        refresh = secrets.get("refresh_token")
        self._form |= (
            {"grant_type": "refresh_token", "refresh_token": refresh[0]}
            if refresh
            else {"grant_type": "client_credentials"}
        )

    async def call(self, method: str, path: str, content: object = None) -> Answer | TryAgain | Refusal:
        """Call the REST API at ``path`` of its version."""
        refused: Token | None = None
        while True:
            url = f"{self._settings.url}/services/oauth2/token"
            token = await TOKENS.get(self._client, url, self._form, refused=refused)
            if not isinstance(token, Token):
                return token
            base = _where(token, self._settings.url)
            address = f"{base}/services/data/{self._settings.api_version}/{path}"
            answer = await asked(self._client, method, address, f"Bearer {token.value}", content)
            if refused is not None or not isinstance(answer, Answer) or answer.status != 401:
                return answer
            refused = token

    async def query(self, soql: str) -> Answer | TryAgain | Refusal:
        """Ask in SOQL."""
        return await self.call("GET", f"query?q={quote(soql, safe='')}")


def _code(answer: Answer) -> str | None:
    told = document(answer)
    first = told[0] if isinstance(told, list) and told else None
    return str(first.get("errorCode")) if isinstance(first, dict) else None


def _where(token: Token, otherwise: str) -> str:
    try:
        return otherwise if token.where is None else checked_url(token.where).rstrip("/")
    except ValueError:
        return otherwise


async def _by_email(api: _Api, settings: SalesforceSettings, rep: Mapping[str, Any]) -> str | TryAgain | Refusal:
    email = rep.get("email")
    if not settings.by_email or not isinstance(email, str) or not email:
        return no_owner(rep)
    # https://developer.salesforce.com/docs/atlas.en-us.soql_sosl.meta/soql_sosl/sforce_api_calls_soql_select_quotedstringescapes.htm
    quoted = email.replace("\\", "\\\\").replace("'", "\\'")
    soql = f"SELECT Id FROM User WHERE Email = '{quoted}' AND IsActive = true LIMIT 2"  # noqa: S608  quoted as SOQL is
    answer = await api.query(soql)
    if not isinstance(answer, Answer):
        return answer
    return only_one(answer, "Salesforce", rep, found="users", listed="records", named="Id")


SALESFORCE: Final = Channel(
    kind="salesforce_owner",
    title=("Salesforce: owner", "Salesforce：归属人"),
    settings=SalesforceSettings,
    send=send,
    secrets=("client_id", "client_secret", "refresh_token"),
    needed_secrets=("client_id", "client_secret"),
    check_secret=check_secret,
    events=EVENTS,
)
