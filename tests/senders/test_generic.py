from __future__ import annotations

from typing import Any

import pytest

from app.senders.base import Item, NotUnderstood, Passed
from tests.senders.requests import URL, item, read, request

TALLY = {
    "eventId": "a4cb",
    "eventType": "FORM_RESPONSE",
    "createdAt": "2025-03-01T08:00:00.000Z",
    "data": {
        "responseId": "r1",
        "formName": "Contact",
        "fields": [
            {"key": "question_1", "label": "Your name", "type": "INPUT_TEXT", "value": "Anna Berg"},
            {"key": "question_2", "label": "Where do we write?", "type": "INPUT_EMAIL", "value": "anna@example.com"},
            {
                "key": "question_3",
                "label": "Team",
                "type": "MULTIPLE_CHOICE",
                "value": ["o2"],
                "options": [{"id": "o1", "text": "1-10"}, {"id": "o2", "text": "11-50"}],
            },
            {
                "key": "question_4",
                "label": "Topics",
                "type": "CHECKBOXES",
                "value": ["o1", "o2"],
                "options": [{"id": "o1", "text": "CRM"}, {"id": "o2", "text": "Forms"}],
            },
            {"key": "question_5", "label": "Notes", "type": "TEXTAREA", "value": None},
        ],
    },
}
CALENDLY: dict[str, Any] = {
    "event": "invitee.created",
    "payload": {
        "email": "anna@example.com",
        "name": "Anna Berg",
        "uri": "https://api.example.com/invitees/7",
        "questions_and_answers": [{"question": "Company", "answer": "Berg & Sons", "position": 0}],
        "tracking": {"utm_campaign": "spring"},
    },
}


def test_the_fields_of_tally_come_out_by_their_labels() -> None:
    assert item("generic", request(TALLY), key="eventId") == Item(
        "a4cb",
        {
            "eventId": "a4cb",
            "eventType": "FORM_RESPONSE",
            "createdAt": "2025-03-01T08:00:00.000Z",
            "data": {"responseId": "r1", "formName": "Contact"},
            "Your name": "Anna Berg",
            "email": "anna@example.com",
            "Team": "11-50",
            "Topics": ["CRM", "Forms"],
            "Notes": None,
        },
    )


def test_what_people_answered_at_calendly_comes_out_beside_the_invitee() -> None:
    found = item("generic", request(CALENDLY), key="payload.uri", only={"event": "invitee.created"})
    assert found.key == "https://api.example.com/invitees/7"
    assert found.tree["Company"] == "Berg & Sons"
    assert found.tree["payload"] == {
        "email": "anna@example.com",
        "name": "Anna Berg",
        "uri": "https://api.example.com/invitees/7",
        "tracking": {"utm_campaign": "spring"},
    }


def test_lists_stay_as_they_are_where_that_is_set() -> None:
    assert item("generic", request(TALLY), lift=False).tree == TALLY
    other = {"email": "a@example.com", "items": [{"sku": "A", "amount": 2}], "tags": ["x"], "none": []}
    assert item("generic", request(other)).tree == other


def test_only_what_is_wanted_is_taken_and_tests_are_passed() -> None:
    canceled = request({**CALENDLY, "event": "invitee.canceled"})
    assert read("generic", canceled, only={"event": "invitee.created"}).passed == (Passed("not_of_interest"),)
    both = {"event": ["Invitee.Created", "invitee.canceled"]}
    assert len(read("generic", canceled, only=both).items) == 1
    trial = request({"is_test": True, "n": 1, "id": "t1"})
    for tests in ({"is_test": True}, {"is_test": "TRUE"}, {"n": 2, "id": "t1"}):
        assert read("generic", trial, tests=tests, key="id").passed == (Passed("test", "t1"),)
    assert len(read("generic", trial, tests={"is_test": False}).items) == 1


def test_records_in_a_list_are_items_of_their_own() -> None:
    body = {"data": {"leads": [{"id": 1}, {"id": 2}]}}
    found = read("generic", request(body), records="data.leads", key="id")
    assert found.items == (Item("1", {"id": 1}), Item("2", {"id": 2}))
    headers = {"Idempotency-Key": "k-1"}
    assert [each.key for each in read("generic", request([{}, {}], headers=headers)).items] == ["k-1/0", "k-1/1"]


@pytest.mark.parametrize(
    ("headers", "options", "key"),
    [
        ({}, {}, None),
        ({"Idempotency-Key": "k-1"}, {}, "k-1"),
        ({"webhook-id": "msg_1"}, {}, "msg_1"),
        ({"X-Delivery": "d-1", "webhook-id": "msg_1"}, {"key_header": "X-Delivery"}, "d-1"),
        ({"webhook-id": "msg_1"}, {"key": "data.id"}, "7"),
        ({"webhook-id": "msg_1"}, {"key": "data.none"}, None),
    ],
)
def test_a_delivery_is_known_by_what_is_set_or_by_the_usual_headers(
    headers: dict[str, str], options: dict[str, Any], key: str | None
) -> None:
    assert item("generic", request({"data": {"id": 7}}, headers=headers), **options).key == key


def test_what_stands_in_the_query_goes_along_but_for_the_secret() -> None:
    received = request({"email": "a@example.com"}, url=f"{URL}?key=k&token=t&campaign=spring&email=old")
    assert item("generic", received, secret_parameter="token").tree == {"campaign": "spring", "email": "a@example.com"}


def test_flat_xml_is_read() -> None:
    received = request("<lead><姓名>王小明</姓名><手机>13800000000</手机></lead>", media="text/xml")
    assert item("generic", received).tree == {"姓名": "王小明", "手机": "13800000000"}


@pytest.mark.parametrize(
    ("body", "options", "where"),
    [
        ([1], {}, "[0]"),
        ({"a": []}, {"records": "b"}, "b"),
        ({"a": [{}, None]}, {"records": "a"}, "a[1]"),
        ([{}] * 1_001, {}, "body"),
        ({"a": 5}, {"records": "a"}, "a"),
    ],
)
def test_what_is_no_record_names_the_place(body: Any, options: dict[str, Any], where: str) -> None:
    with pytest.raises(NotUnderstood) as failure:
        read("generic", request(body), **options)
    assert failure.value.where == where
