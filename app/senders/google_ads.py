"""How do lead forms of Google Ads send leads? One lead a request, with the key in the body.

Source: "Google Ads lead form: webhook integration" at developers.google.com.
"""

from __future__ import annotations

from typing import Any, Final

from app.senders.base import HIDDEN, Item, NotGenuine, NotUnderstood, Passed, Read, Received, Sender, Settings
from app.senders.bodies import a_list, an_object, object_of, without_member
from app.senders.proof import any_same, utf8, valid_secrets
from app.senders.trees import Naming, key_of

_KEY: Final = "google_key"


def verify(received: Received, settings: Settings) -> None:
    """By the key in the body, which is the one that was entered in the form's settings."""
    secrets = valid_secrets(settings)
    try:
        given = object_of(received).get(_KEY)
    except NotUnderstood as error:
        raise NotGenuine(f"no {_KEY} can be read: {error.message}") from None
    if not isinstance(given, str | int) or isinstance(given, bool):
        raise NotGenuine(f"{_KEY} is missing in the body")
    if given == HIDDEN:
        raise NotGenuine(f"{_KEY} is not kept, so it cannot be checked again: look at it, then say trust=true")
    if not any_same(utf8(str(given)), secrets):
        raise NotGenuine(f"{_KEY} in the body is none of this source's secrets")


def read(received: Received, _: Settings) -> Read:
    """The lead: its answers by the ids of their columns, which Google does not translate."""
    body = object_of(received)
    key = key_of(body.get("lead_id"))
    if body.get("is_test") in (True, "true"):
        return Read(passed=(Passed("test", key),))
    naming = Naming()
    for number, each in enumerate(a_list(body.pop("user_column_data", None), "user_column_data")):
        column = an_object(each, f"user_column_data[{number}]")
        name = column.get("column_id") or column.get("column_name")
        naming.add(name if isinstance(name, str) else "", column.get("string_value"))
    rest: dict[str, Any] = {name: value for name, value in body.items() if name not in (_KEY, "is_test", "api_version")}
    naming.add_all(rest)
    return Read((Item(key, naming.fields),))


GOOGLE_ADS: Final = Sender(
    kind="google_ads",
    title=("Google Ads lead form", "Google Ads 潜在客户表单"),
    verify=verify,
    read=read,
    bare=True,
    kept=lambda received: without_member(received, _KEY),
    mapping={
        "fields": {
            "external_id": "lead_id",
            "email": ["WORK_EMAIL", "EMAIL"],
            "phone": ["PHONE_NUMBER", "WORK_PHONE"],
            "company": "COMPANY_NAME",
            "title": "JOB_TITLE",
            "country": "COUNTRY",
            "region": "REGION",
            "city": "CITY",
            "address": "STREET_ADDRESS",
            "postal_code": "POSTAL_CODE",
            "campaign": "campaign_id",
        }
    },
)
