from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from app.senders.base import Item, NotUnderstood, Passed, Settings
from app.senders.kinds import SENDERS
from app.senders.salesforce import without_session
from app.senders.xml import read_xml
from tests.senders.requests import LONG_SECRET, URL, form, item, multipart, read, request

ANNA = {"firstname": "Anna", "lastname": "Berg", "email": "anna@example.com", "numemployees": "25-50"}


@pytest.mark.parametrize(
    "body",
    [
        {"vid": 51, "properties": {k: {"value": v, "versions": [{"value": v}]} for k, v in ANNA.items()}},
        {
            "id": "51",
            "properties": {**ANNA, "phone": None, "city": ""},
            "createdAt": "2025-03-01T00:00:00Z",
            "archived": False,
        },
    ],
)
def test_a_hubspot_contact_is_read_in_either_shape_of_its_api(body: dict[str, Any]) -> None:
    found = item("hubspot", request(body))
    assert {**found.tree, "hs_object_id": str(found.tree["hs_object_id"])} == {**ANNA, "hs_object_id": "51"}
    assert (found.key, found.fetch) == (None, None)


def test_what_comes_with_a_hubspot_contact_and_is_no_envelope_stays() -> None:
    body = {
        "vid": 51,
        "canonical-vid": 51,
        "identity-profiles": [],
        "campaign": "spring",
        "properties": {"email": {"value": "anna@example.com"}, "hs_object_id": {"value": "51"}},
        "associated-company": {"company-id": 7, "properties": {"name": {"value": "Berg & Sons"}, "fax": {"value": ""}}},
    }
    assert item("hubspot", request(body)).tree == {
        "email": "anna@example.com",
        "hs_object_id": "51",
        "campaign": "spring",
        "associated_company": {"name": "Berg & Sons"},
    }


def test_a_customised_body_of_hubspot_and_its_query_are_read_as_they_are() -> None:
    assert item("hubspot", request(ANNA)).tree == ANNA
    url = f"{URL}?key={LONG_SECRET}&email=anna%40example.com&hs_object_id=51"
    found = item("hubspot", request(url=url, method="GET"))
    assert found.tree == {"email": "anna@example.com", "hs_object_id": "51"}


def event(**changes: Any) -> dict[str, Any]:
    return {
        "eventId": 4_000_001,
        "subscriptionId": 77,
        "portalId": 5,
        "appId": 9,
        "occurredAt": 1_742_000_000_905,
        "subscriptionType": "contact.creation",
        "attemptNumber": 0,
        "objectId": 900_100,
        "changeFlag": "CREATED",
    } | changes


def test_events_of_hubspot_name_the_contact_to_fetch() -> None:
    generic = event(subscriptionType="object.creation", objectTypeId="0-1", objectId=900_101)
    found = read("hubspot", request([event(), generic]))
    assert [each.fetch for each in found.items] == ["900100", "900101"]
    assert read("hubspot", request(event())).items[0].fetch == "900100"


def test_an_event_of_hubspot_that_is_sent_again_has_its_key_and_no_other_event_has() -> None:
    def key(**changes: Any) -> str | None:
        return item("hubspot", request([event(**changes)]), changed_properties=["*"]).key

    assert key(attemptNumber=3) == key()
    changed = {"subscriptionType": "contact.propertyChange", "propertyName": "email"}
    others = [
        key(),
        key(objectId=900_101),
        key(occurredAt=1_742_000_000_906),
        key(subscriptionId=78),
        key(**changed),
        key(**changed | {"propertyName": "phone"}),
    ]
    assert len(set(others)) == len(others)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"subscriptionType": "contact.deletion"}, "not_of_interest"),
        ({"subscriptionType": "contact.merge"}, "not_of_interest"),
        ({"subscriptionType": "contact.privacyDeletion"}, "not_of_interest"),
        ({"subscriptionType": "contact.propertyChange", "propertyName": "email"}, "not_of_interest"),
        ({"subscriptionType": "company.creation"}, "not_of_interest"),
        ({"subscriptionType": "object.creation", "objectTypeId": "0-2"}, "not_of_interest"),
        ({"subscriptionType": "deal.creation", "objectId": None}, "not_of_interest"),
        ({"subscriptionType": 5}, "not_of_interest"),
        ({"eventId": 1, "objectId": 123}, "test"),
        ({"eventId": 100, "objectId": 123, "subscriptionType": "contact.deletion"}, "test"),
    ],
)
def test_events_of_hubspot_that_bring_no_lead_are_passed(changes: dict[str, Any], reason: str) -> None:
    found = read("hubspot", request([event(**changes), event()]))
    assert [each.reason for each in found.passed] == [reason]
    assert len(found.items) == 1


def test_a_change_of_a_property_that_was_named_brings_the_contact_in() -> None:
    change = event(subscriptionType="contact.propertyChange", propertyName="lifecyclestage", propertyValue="sql")
    body = request([change, {**change, "propertyName": "city"}])
    found = read("hubspot", body, changed_properties=["lifecyclestage", "hs_lead_status"])
    assert (len(found.items), len(found.passed)) == (1, 1)
    assert len(read("hubspot", body, changed_properties=["*"]).items) == 2


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ([event(), 5], "[1]"),
        ([event(objectId="../../owners")], "[0].objectId"),
        ([event(objectId=None)], "[0].objectId"),
        ([event(objectId=1.5)], "[0].objectId"),
        ("text", "body"),
        ([event()] * 1_001, "body"),
    ],
)
def test_what_hubspot_never_sends_names_the_place(body: Any, where: str) -> None:
    with pytest.raises(NotUnderstood) as failure:
        read("hubspot", request(json.dumps(body)))
    assert failure.value.where == where


def soap(*records: str, prefix: str = "soapenv") -> str:
    notifications = "".join(
        f'<Notification><Id>04l{number}</Id><sObject xsi:type="sf:Lead" '
        f'xmlns:sf="urn:sobject.enterprise.soap.sforce.com">{record}</sObject></Notification>'
        for number, record in enumerate(records)
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><{prefix}:Envelope '
        f'xmlns:{prefix}="http://schemas.xmlsoap.org/soap/envelope/" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f'<{prefix}:Body><notifications xmlns="http://soap.sforce.com/2005/09/outbound">'
        "<OrganizationId>00D000000000009</OrganizationId><ActionId>04k1</ActionId><SessionId>secret!</SessionId>"
        f"<EnterpriseUrl>https://berg.example.com</EnterpriseUrl>{notifications}</notifications>"
        f"</{prefix}:Body></{prefix}:Envelope>"
    )


def test_every_notification_of_salesforce_is_a_record_known_by_its_own_id() -> None:
    body = soap(
        "<sf:Id>00Q1</sf:Id><sf:LastName>Berg</sf:LastName><sf:Company>Berg &amp; Sons</sf:Company>"
        '<sf:Phone xsi:nil="true"/><sf:Notes__c>预算五万</sf:Notes__c>',
        "<sf:Id>00Q2</sf:Id><sf:LastName>Lund</sf:LastName>",
        prefix="S",
    )
    found = read("salesforce_outbound", request(body, media="text/xml; charset=UTF-8"))
    assert found.items == (
        Item(
            "04l0",
            {
                "object": "Lead",
                "Id": "00Q1",
                "LastName": "Berg",
                "Company": "Berg & Sons",
                "Phone": None,
                "Notes__c": "预算五万",
            },
        ),
        Item("04l1", {"object": "Lead", "Id": "00Q2", "LastName": "Lund"}),
    )
    assert "secret!" not in repr(found)


def test_a_hundred_notifications_in_one_message_are_all_read() -> None:
    body = soap(*(f"<sf:Id>00Q{number}</sf:Id>" for number in range(100)))
    assert len({each.key for each in read("salesforce_outbound", request(body)).items}) == 100


@pytest.mark.parametrize(
    "body",
    [
        "<a/>",
        "{}",
        soap("").replace("notifications", "other"),
        soap("").replace("sObject", "object"),
        '<!DOCTYPE x [<!ENTITY e "1">]>' + soap("<sf:Id>&e;</sf:Id>")[38:],
    ],
)
def test_what_is_no_outbound_message_is_not_understood(body: str) -> None:
    with pytest.raises(NotUnderstood):
        read("salesforce_outbound", request(body, media="text/xml"))


def test_salesforce_is_told_that_all_was_taken_or_that_all_is_to_come_again() -> None:
    sender = SENDERS["salesforce_outbound"]
    assert sender.later is not None
    for reply, ack in ((sender.acknowledge(3), "true"), (sender.later, "false")):
        assert (reply.status, reply.media_type) == (200, "text/xml")
        body = read_xml(reply.body).first("Body")
        assert body is not None
        assert body.value() == {"notificationsResponse": {"Ack": ack}}
        assert b'<notificationsResponse xmlns="http://soap.sforce.com/2005/09/outbound">' in reply.body


DECISION = {
    "lead_id": "0193",
    "status": "assigned",
    "score": 13,
    "tier": "A",
    "rule": "region",
    "rep": {"id": "east-1", "name": "Lin Mei", "email": "lin@example.com"},
    "team": None,
    "first_contact_due": datetime(2025, 3, 1, 9, tzinfo=UTC),
    "replayed": False,
    "warnings": [],
    "explanation": "Rule “region”.",
}


def test_a_flow_is_answered_flat_and_each_name_is_always_of_one_type() -> None:
    answer = SENDERS["salesforce_flow"].answer
    assert answer is not None
    assigned = json.loads(answer([DECISION]).body)
    queued = json.loads(answer([{**DECISION, "status": "queued", "rep": None, "tier": None, "score": None}]).body)
    assert assigned == {
        "lead_id": "0193",
        "status": "assigned",
        "reason": "",
        "tier": "A",
        "rule": "region",
        "team": "",
        "assigned_at": "",
        "first_contact_due": "2025-03-01T09:00:00+00:00",
        "duplicate_of": "",
        "explanation": "Rule “region”.",
        "rep_id": "east-1",
        "rep_name": "Lin Mei",
        "rep_email": "lin@example.com",
        "score": 13.0,
        "replayed": False,
    }
    none = json.loads(SENDERS["salesforce_flow"].acknowledge(0).body)
    for other in (queued, none):
        assert {name: type(value) for name, value in other.items()} == {
            name: type(value) for name, value in assigned.items()
        }


def test_a_flow_sends_one_record() -> None:
    assert item("salesforce_flow", request({"Id": "00Q1", "Email": "a@example.com"})).tree["Id"] == "00Q1"
    with pytest.raises(NotUnderstood, match="an object is wanted"):
        read("salesforce_flow", request([{}]))


ZOHO = {"Lead Id": "410001", "Last Name": "Berg", "Email": "anna@example.com"}


@pytest.mark.parametrize(
    "received",
    [
        form(ZOHO, url=f"{URL}?key=k"),
        multipart(ZOHO),
        request(ZOHO),
        request(url=f"{URL}?key=k&Lead+Id=410001&Last+Name=Berg&Email=anna%40example.com", method="GET"),
        request({"Email": "anna@example.com"}, url=f"{URL}?Lead+Id=410001&Last+Name=Berg&Email=old"),
    ],
)
def test_a_record_of_zoho_is_read_from_wherever_its_owner_put_it(received: Any) -> None:
    assert item("zoho", received).tree == ZOHO


PUSHED: dict[str, Any] = {
    "op": "data_create",
    "opTime": 1_740_800_000_000,
    "data": {
        "_id": "65f0a1",
        "appId": "a",
        "entryId": "e",
        "formName": "官网留言",
        "createTime": "2025-03-01T02:00:00.000Z",
        "creator": {"_id": "u1", "name": "王管理", "username": "admin"},
        "_widget_1": "李雷",
        "_widget_2": {"province": "江苏省", "city": "苏州市", "district": "吴中区", "detail": "文曲路 1 号"},
        "_widget_3": [{"name": "韩梅", "username": "hm"}, {"name": "市场部", "dept_no": 3}],
        "_widget_4": 12,
    },
}


def test_a_record_of_jiandaoyun_keeps_addresses_and_has_people_by_their_names() -> None:
    found = item("jiandaoyun", request(PUSHED, headers={"X-JDY-DeliverId": "d-7"}))
    assert found.key == "d-7"
    assert found.tree["creator"] == "王管理"
    assert found.tree["_widget_2"]["city"] == "苏州市"
    assert found.tree["_widget_3"] == ["韩梅", "市场部"]
    assert (found.tree["_widget_1"], found.tree["_widget_4"]) == ("李雷", 12)


def test_a_delivery_of_jiandaoyun_without_an_id_is_known_by_record_and_time() -> None:
    assert item("jiandaoyun", request(PUSHED)).key == "data_create/65f0a1/1740800000000"


def test_pushes_of_jiandaoyun_that_create_nothing_are_passed_unless_they_are_named() -> None:
    update = request({**PUSHED, "op": "data_update"})
    assert read("jiandaoyun", update).passed == (Passed("not_of_interest"),)
    assert len(read("jiandaoyun", update, operations=["data_create", "data_update"]).items) == 1
    assert read("jiandaoyun", request({"op": "form_update"})).passed == (Passed("not_of_interest"),)
    assert read("jiandaoyun", request({"op": "data_test"})).passed == (Passed("test"),)
    with pytest.raises(NotUnderstood, match="an object is wanted"):
        read("jiandaoyun", request({"op": "data_create", "data": []}))


def test_the_secret_in_the_address_is_in_no_tree() -> None:
    for kind in ("hubspot", "zoho", "generic"):
        url = f"{URL}?key={LONG_SECRET}&email=a%40example.com"
        found = SENDERS[kind].read(request(url=url, method="GET"), Settings((LONG_SECRET,)))
        assert LONG_SECRET not in repr(found)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (b"<a><SessionId>x</SessionId><b>1</b></a>", b"<a><SessionId>***</SessionId><b>1</b></a>"),
        (b"<a><s:SessionId><![CDATA[x]]></s:SessionId></a>", b"<a><s:SessionId>***</s:SessionId></a>"),
        (b"<a><SessionId>x<!-- -->y</SessionId></a>", b"<a><SessionId>***</SessionId></a>"),
        (b'<a><SessionId xsi:nil="true"/><b>1</b></a>', b'<a><SessionId xsi:nil="true"/><b>1</b></a>'),
        (b"<SessionId/>1<SessionId>x</SessionId>2", b"<SessionId/>1<SessionId>***</SessionId>2"),
    ],
)
def test_of_a_session_only_that_it_was_there_is_kept(sent: bytes, kept: bytes) -> None:
    assert without_session(request(sent)) == kept
