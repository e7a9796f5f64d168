"""How does Salesforce send leads? As an outbound message (SOAP), or from a Flow that waits for who got it.

Sources: "Outbound Messaging" in the SOAP API Developer Guide, and "HTTP Callout Action" in Salesforce Help.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import orjson

from app.senders.base import (
    HIDDEN,
    Item,
    NotGenuine,
    NotUnderstood,
    Option,
    Read,
    Received,
    Reply,
    Sender,
    Settings,
)
from app.senders.bodies import object_of
from app.senders.options import text_option
from app.senders.proof import any_same, check_secret, utf8
from app.senders.trees import key_of
from app.senders.xml import Element, read_xml

MOST_NOTIFICATIONS: Final = 1_000
"""Notifications of one message; Salesforce sends at most 100."""
# An id has 15 characters, or 18 of which the last three only repeat the case of the others.
_ID_LENGTH: Final = 15
_SESSION: Final = re.compile(rb"<(?:[\w.-]+:)?SessionId(?:\s(?:[^<>]*[^<>/])?)?>")
_SESSION_ENDS: Final = re.compile(rb"</(?:[\w.-]+:)?SessionId\s*>")

_FIELDS: Final[Mapping[str, Any]] = {
    "email": "Email",
    "phone": ["Phone", "MobilePhone"],
    "company": "Company",
    "title": "Title",
    "website": "Website",
    "industry": "Industry",
    "employees": "NumberOfEmployees",
    "annual_revenue": "AnnualRevenue",
    "country": ["Country", "CountryCode", "MailingCountry"],
    "region": ["State", "StateCode", "MailingState"],
    "city": ["City", "MailingCity"],
    "address": ["Street", "MailingStreet"],
    "postal_code": ["PostalCode", "MailingPostalCode"],
    "need": "Description",
    "occurred_at": "CreatedDate",
    # A lead's source is part of the key that it is known by; this one is edited by people.
    "attributes.LeadSource": "LeadSource",
}


def _acknowledgement(ack: str) -> Reply:
    body = (
        '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>'
        '<notificationsResponse xmlns="http://soap.sforce.com/2005/09/outbound">'
        f"<Ack>{ack}</Ack></notificationsResponse></soapenv:Body></soapenv:Envelope>"
    )
    return Reply(200, body.encode(), "text/xml")


TAKEN: Final = _acknowledgement("true")
SEND_AGAIN: Final = _acknowledgement("false")


def verify_outbound(received: Received, settings: Settings) -> None:
    """By a secret in the address, and by the organization's id if it is set: outbound messages are not signed."""
    check_secret(received, settings)
    organization = text_option(settings, "organization_id")
    if not organization:
        return
    try:
        found = _notifications(received).first("OrganizationId")
    except NotUnderstood as error:
        raise NotGenuine(f"no OrganizationId can be read: {error.message}") from None
    given = found.text if found is not None else ""
    if not any_same(utf8(given[:_ID_LENGTH]), [utf8(organization[:_ID_LENGTH])]):
        raise NotGenuine("the message comes from another organization than the one in options.organization_id")


def read_outbound(received: Received, _: Settings) -> Read:
    """The records of all notifications."""
    notifications = [child for child in _notifications(received).children if child.name == "Notification"]
    if len(notifications) > MOST_NOTIFICATIONS:
        raise NotUnderstood("notifications", f"more than {MOST_NOTIFICATIONS:,} of them")
    return Read(tuple(_item(notification, number) for number, notification in enumerate(notifications)))


def _notifications(received: Received) -> Element:
    root = read_xml(received.body)
    body = root.first("Body") if root.name == "Envelope" else None
    found = body.first("notifications") if body is not None else None
    if found is None:
        raise NotUnderstood("Envelope.Body.notifications", "an outbound message is wanted; this is none")
    return found


def _item(notification: Element, number: int) -> Item:
    record = notification.first("sObject")
    if record is None or record.nil:
        raise NotUnderstood(f"Notification[{number}].sObject", "it is missing")
    value = record.value()
    tree: dict[str, Any] = {"object": record.attributes.get("type", "").rpartition(":")[2]}
    if isinstance(value, dict):
        tree |= value
    own = notification.first("Id")
    return Item(key_of(own.text) if own is not None else None, tree)


def verify_flow(received: Received, settings: Settings) -> None:
    """By the secret that the named credential sends."""
    check_secret(received, settings)


def read_flow(received: Received, _: Settings) -> Read:
    """The one record that the Flow sends."""
    return Read((Item(key_of(received.headers.get("idempotency-key")), object_of(received)),))


def answer_flow(answers: Sequence[Mapping[str, Any]]) -> Reply:
    """What became of the record, as a Flow can use it: flat, and each name always of the same type.

    A Flow takes the types of an answer from one sample: what there is not is an empty text, never null.
    """
    answer: Mapping[str, Any] = answers[0] if answers else {}
    rep = answer.get("rep") or {}
    texts = {name: answer.get(name) for name in _FLOW_TEXTS}
    texts |= {"rep_id": rep.get("id"), "rep_name": rep.get("name"), "rep_email": rep.get("email")}
    flat: dict[str, Any] = {name: _flow_text(value) for name, value in texts.items()}
    flat["score"] = float(answer.get("score") or 0)
    flat["replayed"] = bool(answer.get("replayed"))
    return Reply(200, orjson.dumps(flat))


_FLOW_TEXTS: Final = (
    "lead_id",
    "status",
    "reason",
    "tier",
    "rule",
    "team",
    "assigned_at",
    "first_contact_due",
    "duplicate_of",
    "explanation",
)


def _flow_text(value: Any) -> str:
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, datetime) else str(value)


def without_session(received: Received) -> bytes:
    """The message without the session of Salesforce's own API that can be sent along."""
    body, at = received.body, 0
    kept: list[bytes] = []
    while begins := _SESSION.search(body, at):
        # Where none ends any more, none that begins later does.
        ends = _SESSION_ENDS.search(body, begins.end())
        if ends is None:
            break
        kept += [body[at : begins.end()], HIDDEN.encode()]
        at = ends.start()
    return b"".join([*kept, body[at:]])


SALESFORCE_OUTBOUND: Final = Sender(
    kind="salesforce_outbound",
    title=("Salesforce outbound message", "Salesforce 出站消息"),
    verify=verify_outbound,
    read=read_outbound,
    bare=True,
    mapping={"fields": {"external_id": "Id", **_FIELDS}, "ignore": ["object"]},
    options=(
        Option(
            "organization_id",
            "string",
            (
                "the id of your organization (00D…): messages of others are refused",
                "您的组织 id（00D…）：其他组织的消息一律拒收",
            ),
        ),
    ),
    acknowledge=lambda _: TAKEN,
    kept=without_session,
    later=SEND_AGAIN,
)

SALESFORCE_FLOW: Final = Sender(
    kind="salesforce_flow",
    title=("Salesforce Flow (HTTP callout)", "Salesforce Flow（HTTP 调用）"),
    verify=verify_flow,
    read=read_flow,
    bare=True,
    mapping={"fields": {"external_id": ["Id", "recordId", "leadId", "lead.Id", "record.Id"], **_FIELDS}},
    answer=answer_flow,
    acknowledge=lambda _: answer_flow(()),
)
