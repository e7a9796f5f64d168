from __future__ import annotations

from typing import Any

import pytest

from app.senders.base import Item, NotUnderstood, Passed
from app.senders.kinds import SENDERS
from tests.senders.requests import LONG_SECRET, item, read, request


def leadgen(lead: Any, **value: Any) -> dict[str, Any]:
    return {"field": "leadgen", "value": {"leadgen_id": lead, "page_id": 1, "form_id": "2", **value}}


def entries(*changes: list[dict[str, Any]]) -> dict[str, Any]:
    return {"object": "page", "entry": [{"id": "1", "time": 1, "changes": each} for each in changes]}


def test_every_change_of_every_entry_of_meta_names_a_lead_to_fetch() -> None:
    body = entries([leadgen("700000000000001"), leadgen(700000000000002)], [leadgen("700000000000003")])
    found = read("meta", request(body))
    assert [each.fetch for each in found.items] == ["700000000000001", "700000000000002", "700000000000003"]
    assert [each.key for each in found.items] == [each.fetch for each in found.items]
    assert found.items[1].tree["form_id"] == "2"


def test_what_meta_sends_besides_leads_is_passed() -> None:
    body = entries([{"field": "feed", "value": {}}, leadgen("444444444444"), leadgen("700000000000001")], [])
    found = read("meta", request(body))
    assert found.passed == (Passed("not_of_interest"), Passed("test", "444444444444"))
    assert len(found.items) == 1
    assert read("meta", request({"object": "page", "entry": []})).items == ()


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({}, "entry"),
        ({"entry": {}}, "entry"),
        ({"entry": [1]}, "entry[0]"),
        ({"entry": [{"changes": {}}]}, "entry[0].changes"),
        ({"entry": [{"changes": [{"field": "leadgen"}]}]}, "entry[0].changes[0].value"),
        (entries([leadgen("../me")]), "entry[0].changes[0].value.leadgen_id"),
        (entries([leadgen("１２")]), "entry[0].changes[0].value.leadgen_id"),
        (entries([leadgen(True)]), "entry[0].changes[0].value.leadgen_id"),
        (entries([leadgen(str(number)) for number in range(1_001)]), "entry"),
    ],
)
def test_what_meta_never_sends_names_the_place(body: dict[str, Any], where: str) -> None:
    with pytest.raises(NotUnderstood) as failure:
        read("meta", request(body))
    assert failure.value.where == where


GOOGLE: dict[str, Any] = {
    "lead_id": "lead-9",
    "user_column_data": [
        {"column_id": "FULL_NAME", "column_name": "Full Name", "string_value": "Anna Berg"},
        {"column_id": "EMAIL", "string_value": "anna@example.com"},
        {"column_name": "How large is your team?", "string_value": "25"},
        {"column_id": "EMAIL", "string_value": "second@example.com"},
    ],
    "api_version": "1.0",
    "form_id": 40000000000,
    "campaign_id": 10000000000,
    "google_key": LONG_SECRET,
    "is_test": False,
    "gcl_id": "gcl",
}


def test_a_lead_of_google_ads_comes_by_the_ids_of_its_columns() -> None:
    assert item("google_ads", request(GOOGLE)) == Item(
        "lead-9",
        {
            "FULL_NAME": "Anna Berg",
            "EMAIL": "anna@example.com",
            "How large is your team?": "25",
            "EMAIL 2": "second@example.com",
            "lead_id": "lead-9",
            "form_id": 40000000000,
            "campaign_id": 10000000000,
            "gcl_id": "gcl",
        },
    )


def test_a_test_of_google_ads_is_passed_and_answered_like_any_other() -> None:
    assert read("google_ads", request({**GOOGLE, "is_test": True})).passed == (Passed("test", "lead-9"),)
    reply = SENDERS["google_ads"].acknowledge(0)
    assert (reply.status, reply.body, reply.media_type) == (200, b"{}", "application/json")


@pytest.mark.parametrize(
    ("body", "where"),
    [({"lead_id": "x"}, "user_column_data"), ({**GOOGLE, "user_column_data": ["x"]}, "user_column_data[0]")],
)
def test_what_google_ads_never_sends_names_the_place(body: dict[str, Any], where: str) -> None:
    with pytest.raises(NotUnderstood) as failure:
        read("google_ads", request(body))
    assert failure.value.where == where
