"""How does HubSpot send leads? A workflow's webhook with the contact in it, or the Webhooks API with ids alone.

Sources: "Using webhooks in workflows", "Webhooks API" and "Validating requests from HubSpot" at developers.hubspot.com.
"""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import quote, urlencode

from app.intake.text import words
from app.net.client import Client
from app.senders.base import (
    Item,
    NotFetched,
    NotGenuine,
    NotUnderstood,
    Option,
    Passed,
    Read,
    Received,
    Sender,
    Settings,
)
from app.senders.bodies import an_object, document_of, query_of
from app.senders.fetching import fetch_object, token_of
from app.senders.forms import nested
from app.senders.options import text_option, texts_option
from app.senders.proof import (
    check_secret,
    check_signature,
    check_time,
    comes_with_secret,
    hashed,
    header_of,
    keyed,
    utf8,
)
from app.senders.trees import key_of, text_of

HOST: Final = "https://api.hubapi.com"
MOST_EVENTS: Final = 1_000
"""Events of one request; HubSpot sends at most 100."""
PROPERTIES: Final = words(
    """
    firstname lastname email phone mobilephone company jobtitle website industry numemployees annualrevenue country
    state city address zip hs_language lifecyclestage hs_lead_status message createdate hs_analytics_source
    hs_analytics_source_data_1 hs_analytics_source_data_2 recent_conversion_event_name
    """
)
"""The properties that are asked for, besides those that a source names."""

_VERSIONS: Final = ("v1", "v2", "v3")
_SIGNATURE: Final = "X-HubSpot-Signature"
_SIGNATURE_V3: Final = "X-HubSpot-Signature-v3"
_TIMESTAMP: Final = "X-HubSpot-Request-Timestamp"
# What is decoded in the address before it is signed; all else stays as it was sent.
_DECODED: Final = re.compile("%(3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)", re.IGNORECASE)
_NUMBER: Final = re.compile("[0-9]{1,40}")
_CONTACT_TYPE: Final = "0-1"
_ENVELOPE: Final = frozenset(
    words(
        """
        properties id vid canonical-vid merged-vids portal-id is-contact profile-token profile-url form-submissions
        list-memberships identity-profiles merge-audits associated-company addedAt archived createdAt updatedAt
        propertiesWithHistory associations versions
        """
    )
)


def verify(received: Received, settings: Settings) -> None:
    """By the newest signature that came, or by a secret in the address or a header if none did."""
    headers = received.headers
    oldest = text_option(settings, "oldest_signature", "v1")
    if _SIGNATURE_V3.lower() in headers:
        _verify_v3(received, settings)
        return
    if _SIGNATURE.lower() not in headers:
        if comes_with_secret(received):
            check_secret(received, settings)
            return
        raise NotGenuine(f"neither a signature ({_SIGNATURE_V3}, {_SIGNATURE}) nor a secret came with the request")
    version = headers.get(f"{_SIGNATURE}-Version".lower(), "v1").strip().lower()
    if version not in ("v1", "v2") or version < oldest:
        raise NotGenuine(f"a signature of version {oldest} or later is wanted")
    rest = received.body
    if version == "v2":
        rest = utf8(received.method.upper() + received.url) + rest
    check_signature(header_of(received, _SIGNATURE), _SIGNATURE, settings, lambda secret: hashed(secret + rest))


def _verify_v3(received: Received, settings: Settings) -> None:
    stamp = header_of(received, _TIMESTAMP)
    check_time(stamp, _TIMESTAMP, received.received_at)
    decoded = _DECODED.sub(lambda found: chr(int(found[1], 16)), received.url)
    messages = [
        utf8(received.method.upper() + url) + received.body + utf8(stamp)
        for url in dict.fromkeys((decoded, received.url))
    ]
    given = header_of(received, _SIGNATURE_V3)
    signs = [lambda secret, message=message: keyed(secret, message, encoding="base64") for message in messages]
    check_signature(given, _SIGNATURE_V3, settings, *signs, encoding="base64")


def read(received: Received, settings: Settings) -> Read:
    """A contact, several of them, or events about some."""
    if received.method.upper() == "GET":
        return Read((Item(None, nested(query_of(received))),))
    document = document_of(received)
    records = document if isinstance(document, list) else [document]
    if len(records) > MOST_EVENTS:
        raise NotUnderstood("body", f"more than {MOST_EVENTS:,} events")
    items: list[Item] = []
    passed: list[Passed] = []
    changes = texts_option(settings, "changed_properties")
    for number, record in enumerate(records):
        fields = an_object(record, f"[{number}]" if isinstance(document, list) else "body")
        found = _event(fields, f"[{number}]", changes) if "subscriptionType" in fields else Item(None, contact(fields))
        if isinstance(found, Item):
            items.append(found)
        else:
            passed.append(found)
    return Read(tuple(items), tuple(passed))


def _event(event: dict[str, Any], where: str, changes: tuple[str, ...]) -> Item | Passed:
    kind, _, what = str(event["subscriptionType"]).partition(".")
    contact_id = text_of(event.get("objectId"))
    told = [event.get(name) for name in ("subscriptionId", "subscriptionType", "objectId", "propertyName")]
    told.append(event.get("occurredAt") or event.get("eventId"))
    key = key_of("/".join(str(part) for part in told if part is not None))
    if contact_id == "123" and text_of(event.get("eventId")) in ("1", "100"):
        return Passed("test", key)
    of_contact = kind == "contact" or (kind == "object" and event.get("objectTypeId") == _CONTACT_TYPE)
    changed = event.get("propertyName")
    wanted = what == "creation" or (what == "propertyChange" and ("*" in changes or changed in changes))
    if not (of_contact and wanted):
        return Passed("not_of_interest", key)
    if contact_id is None or not _NUMBER.fullmatch(contact_id):
        raise NotUnderstood(f"{where}.objectId", "the number of a contact is wanted there")
    return Item(key, event, fetch=contact_id)


def contact(record: dict[str, Any]) -> dict[str, Any]:
    """A contact's properties, as each of HubSpot's APIs writes them, or a customised body as it is."""
    properties = record.get("properties")
    if not isinstance(properties, dict):
        return record
    tree = {name: value for name, value in record.items() if name not in _ENVELOPE}
    tree |= _values(properties)
    if "hs_object_id" not in tree:
        own_id = record.get("id", record.get("vid"))
        if own_id is not None:
            tree["hs_object_id"] = own_id
    company = record.get("associated-company")
    if isinstance(company, dict) and isinstance(company.get("properties"), dict):
        tree["associated_company"] = _values(company["properties"])
    return tree


def _values(properties: dict[str, Any]) -> dict[str, Any]:
    values = {name: value.get("value") if isinstance(value, dict) else value for name, value in properties.items()}
    return {name: value for name, value in values.items() if value not in (None, "")}


async def fetch(client: Client, record: str, settings: Settings) -> dict[str, Any]:
    """The contact of that number."""
    token = token_of(
        settings, "make a private app in HubSpot with the scope crm.objects.contacts.read and set its token"
    )
    if not _NUMBER.fullmatch(record):
        raise NotFetched("a contact's number is wanted", again=False)
    properties = dict.fromkeys((*PROPERTIES, *texts_option(settings, "properties")))
    host = text_option(settings, "host", HOST).rstrip("/")
    query = urlencode({"properties": ",".join(properties)})
    found = await fetch_object(
        client,
        f"{host}/crm/v3/objects/contacts/{quote(record)}?{query}",
        token=token,
        who="HubSpot",
        permission="crm.objects.contacts.read",
    )
    return contact(found)


HUBSPOT: Final = Sender(
    kind="hubspot",
    title=("HubSpot", "HubSpot"),
    verify=verify,
    read=read,
    fetch=fetch,
    signs_with="An app of HubSpot, and a workflow that signs with one, signs with its client secret: the app → Auth",
    methods=("POST", "GET"),
    waits_in="milliseconds",
    mapping={
        "fields": {
            "external_id": ["hs_object_id", "vid", "id"],
            "email": "email",
            "phone": ["phone", "mobilephone"],
            "company": ["company", "associated_company.name"],
            "title": "jobtitle",
            "website": ["website", "associated_company.website", "associated_company.domain"],
            "industry": ["industry", "associated_company.industry"],
            "employees": ["numemployees", "numberofemployees", "associated_company.numberofemployees"],
            "annual_revenue": ["annualrevenue", "associated_company.annualrevenue"],
            "country": "country",
            "region": "state",
            "city": "city",
            "address": "address",
            "postal_code": "zip",
            "language": "hs_language",
            "stage": "lifecyclestage",
            "need": "message",
            "occurred_at": "createdate",
        },
        "ignore": [
            "hs_all_*",
            "hs_calculated_*",
            "hs_date_*",
            "hs_email_bounce",
            "hs_email_click",
            "hs_email_delivered",
            "hs_email_domain",
            "hs_email_first_*",
            "hs_email_last_*",
            "hs_email_open",
            "hs_email_replied",
            "hs_email_sends_*",
            "hs_is_*",
            "hs_latest_*",
            "hs_lifecyclestage_*",
            "hs_merged_*",
            "hs_predictive*",
            "hs_searchable_*",
            "hs_sequences_*",
            "hs_social_*",
            "hs_time_*",
            "hs_v2_*",
        ],
    },
    options=(
        Option(
            "oldest_signature",
            "string",
            (
                "the oldest version of HubSpot's signature that is taken; "
                "only v3 guards against a request sent once more",
                "最低接受哪一版 HubSpot 签名；只有 v3 能防止请求被重放",
            ),
            choices=_VERSIONS,
        ),
        Option(
            "changed_properties",
            "array",
            (
                "properties whose change brings the contact in, besides its creation (such as lifecyclestage); "
                '"*" is any',
                "除新建联系人外，哪些属性变动时也接收该联系人，例如 lifecyclestage；* 表示任意属性",
            ),
        ),
        Option(
            "properties",
            "array",
            ("properties of the contact to fetch besides the usual ones", "除常用属性外，还要读取联系人的哪些属性"),
        ),
        Option(
            "host",
            "string",
            (f"where the contact is fetched; {HOST} if none is set", f"从哪里读取联系人；不填为 {HOST}"),
        ),
    ),
)
