from __future__ import annotations

import json
from typing import Any

import pytest

from app.senders.base import Item, NotUnderstood, Passed, Received
from app.senders.kinds import SENDERS
from tests.senders.requests import URL, form, item, multipart, read, request


def typeform(answers: list[tuple[str, str, Any]], **response: Any) -> dict[str, Any]:
    fields = [{"id": f"q{n}", "title": title, "ref": f"ref_{n}"} for n, (title, _, _) in enumerate(answers)]
    return {
        "event_id": "01E",
        "event_type": "form_response",
        "form_response": {
            "form_id": "f1",
            "token": "tok-1",
            "submitted_at": "2025-03-01T08:23:49Z",
            "definition": {"fields": fields},
            "answers": [
                {"type": kind, kind: value, "field": {"id": f"q{n}", "type": "x", "ref": f"ref_{n}"}}
                for n, (_, kind, value) in enumerate(answers)
            ],
            **response,
        },
    }


ANSWERS: list[tuple[str, str, Any]] = [
    ("What is your *name*?", "text", "Anna Berg"),
    ("Where can we write to you?", "email", "anna@example.com"),
    ("And a colleague's?", "email", "bo@example.com"),
    ("Your number", "phone_number", "+15550100"),
    ("Team size", "number", 25),
    ("Plan", "choice", {"label": "Pro"}),
    ("Other plan", "choice", {"other": "Custom"}),
    ("Interests", "choices", {"labels": ["CRM", "Forms"], "other": "SMS"}),
    ("Agreed", "boolean", True),
    ("Team size", "number", 30),
]


def test_answers_of_typeform_come_by_their_titles_and_addresses_by_what_they_are() -> None:
    body = typeform(ANSWERS, hidden={"utm_source": "ads", "email": "hidden"}, calculated={"score": 9})
    found = item("typeform", request(body))
    assert found == Item(
        "tok-1",
        {
            "What is your name?": "Anna Berg",
            "email": "anna@example.com",
            "And a colleague's?": "bo@example.com",
            "phone": "+15550100",
            "Team size": 25,
            "Plan": "Pro",
            "Other plan": "Custom",
            "Interests": ["CRM", "Forms", "SMS"],
            "Agreed": True,
            "Team size 2": 30,
            "utm_source": "ads",
            "form_id": "f1",
            "token": "tok-1",
            "submitted_at": "2025-03-01T08:23:49Z",
            "typeform_score": 9,
        },
    )


def test_answers_of_typeform_come_by_their_refs_if_that_is_set() -> None:
    tree = item("typeform", request(typeform(ANSWERS)), names="ref").tree
    assert (tree["ref_0"], tree["ref_4"], tree["email"]) == ("Anna Berg", 25, "anna@example.com")


def test_questions_in_a_group_have_their_titles() -> None:
    body = typeform([("Contact", "text", "Anna")])
    own = body["form_response"]["definition"]["fields"]
    body["form_response"]["definition"]["fields"] = [{"id": "g", "title": "Group", "properties": {"fields": own}}]
    assert item("typeform", request(body)).tree["Contact"] == "Anna"


def test_a_typeform_without_its_definition_is_read_by_refs() -> None:
    assert item("typeform", request(typeform([("A", "text", "x")], definition=None))).tree["ref_0"] == "x"


def test_what_typeform_sends_to_try_a_webhook_is_passed() -> None:
    body = typeform([("Name", "text", "Lorem ipsum dolor"), ("Mail", "email", "an_account@example.com")])
    assert read("typeform", request(body)).passed == (Passed("test", "tok-1"),)
    partial = request({**typeform([]), "event_type": "form_response_partial"})
    assert read("typeform", partial).passed == (Passed("not_of_interest", "01E"),)


RAW = {
    "slug": "submit/2430",
    "jsExecutionTracker": "x",
    "buildDate": "1",
    "q3_name": {"first": "Anna", "last": "Berg"},
    "q4_email": "anna@example.com",
    "q5_phoneNumber": {"area": "555", "phone": "0100"},
    "q6_address": {
        "addr_line1": "1 Sample Road",
        "addr_line2": "Floor 2",
        "city": "Springfield",
        "state": "IL",
        "postal": "62701",
        "country": "United States",
    },
    "q7_startDate": {"year": "2025", "month": "4", "day": "9"},
    "q8_emptyDate": {"year": "", "month": "", "day": ""},
    "q9_interests": ["CRM", "Forms"],
    "q10_other": {"first": "Bo", "last": "Lund"},
    "q11_call": {"implementation": "new", "date": "2025-04-10 10:00", "duration": "60", "timezone": "UTC"},
    "q12_table": {"colIds": "[]", "rowIds": "[]"},
    "q13_subject": "Demo",
    "q14_nothing": "",
    "q15_time": {"timeInput": "10:00", "ampm": "AM"},
    "uploadCv": ["https://files.example.com/cv.pdf"],
    "timeToSubmit": "3",
    "path": "/submit/2430",
}
JOTFORM = {
    "action": "",
    "formID": "2430",
    "submissionID": "6084",
    "formTitle": "Contact us",
    "ip": "203.0.113.7",
    "webhookURL": f"{URL}?key=k",
    "pretty": "Name:Anna Berg",
    "type": "WEB",
    "rawRequest": json.dumps(RAW),
}


@pytest.mark.parametrize("received", [multipart(JOTFORM), form(JOTFORM), request(JOTFORM)])
def test_jotform_comes_by_the_names_of_its_questions_and_as_people_write_it(received: Received) -> None:
    assert item("jotform", received) == Item(
        "6084",
        {
            "name": "Anna Berg",
            "email": "anna@example.com",
            "phone": "555 0100",
            "address": "1 Sample Road, Floor 2",
            "city": "Springfield",
            "region": "IL",
            "postal_code": "62701",
            "country": "United States",
            "startDate": "2025-04-09",
            "interests": ["CRM", "Forms"],
            "other": "Bo Lund",
            "call": "2025-04-10 10:00",
            "subject": "Demo",
            "time": "10:00 AM",
            "uploadCv": ["https://files.example.com/cv.pdf"],
            "submission_id": "6084",
            "form_id": "2430",
            "form_title": "Contact us",
            "ip": "203.0.113.7",
        },
    )


@pytest.mark.parametrize(
    ("answer", "name", "value"),
    [
        ({"first": "小明", "last": "王"}, "name", "王小明"),
        (
            {"prefix": "Dr.", "first": "Anna", "middle": "M", "last": "Berg", "suffix": "Jr."},
            "name",
            "Dr. Anna M Berg Jr.",
        ),
        ({"first": "Anna", "last": ""}, "name", "Anna"),
        ({"full": "(555) 010-0100"}, "phone", "(555) 010-0100"),
        ({"country": "49", "area": "30", "phone": "123456"}, "phone", "+49 30 123456"),
        ({"first": "Anna", "score": 3}, "x", {"first": "Anna", "score": 3}),
        ({"year": "2025", "month": "1", "day": "2", "hour": "3", "min": "", "ampm": "PM"}, "x", "2025-01-02 3:00 PM"),
    ],
)
def test_what_jotform_takes_apart_is_put_together(answer: dict[str, Any], name: str, value: Any) -> None:
    tree = item("jotform", multipart({"submissionID": "1", "rawRequest": json.dumps({"q1_x": answer})})).tree
    assert tree[name] == value


def test_what_is_no_json_in_a_jotform_names_the_place() -> None:
    with pytest.raises(NotUnderstood) as failure:
        read("jotform", multipart({"rawRequest": "{"}))
    assert failure.value.where == "rawRequest, line 1, column 2"


DATA = {"Name": "Anna Berg", "Email": "anna@example.com", "Phone": 15550100}
WEBFLOW = [
    {
        "triggerType": "form_submission",
        "payload": {
            "name": "Contact",
            "siteId": "s1",
            "data": DATA,
            "schema": [{"fieldName": "Name", "fieldType": "FormTextInput"}],
            "submittedAt": "2025-03-01T00:00:00Z",
            "id": "sub-1",
            "formId": "f1",
        },
    },
    {"name": "Contact", "site": "s1", "data": DATA, "d": "2025-03-01T00:00:00Z", "_id": "sub-1"},
]


@pytest.mark.parametrize("body", WEBFLOW)
def test_either_version_of_webflow_comes_by_labels(body: dict[str, Any]) -> None:
    found = item("webflow", request(body))
    assert found.key == "sub-1"
    assert (
        found.tree.items()
        >= {
            **DATA,
            "form_name": "Contact",
            "site_id": "s1",
            "submission_id": "sub-1",
            "submitted_at": "2025-03-01T00:00:00Z",
        }.items()
    )


def test_other_triggers_of_webflow_are_passed() -> None:
    body = {"triggerType": "site_publish", "payload": {"id": "p"}}
    assert read("webflow", request(body)).passed == (Passed("not_of_interest", "p"),)


def elementor_field(own_id: str, title: str, value: str, kind: str = "text") -> dict[str, str]:
    members = {"id": own_id, "type": kind, "title": title, "value": value, "raw_value": value, "required": "0"}
    return {f"fields[{own_id}][{name}]": text for name, text in members.items()}


ADVANCED = {
    "form[id]": "c1d6",
    "form[name]": "Contato",
    **elementor_field("name", "Seu nome", "Ana"),
    **elementor_field("field_3f2a1b", "Seu melhor e-mail", "ana@example.com", "email"),
    **elementor_field("field_9c8d7e", "Empresa", "Berg Ltda"),
    **elementor_field("phone", "WhatsApp", "+15550100"),
    **elementor_field("empty", "Nada", ""),
    **elementor_field("field_robot", "reCAPTCHA", "x", "recaptcha_v3"),
    "meta[page_url][title]": "Page URL",
    "meta[page_url][value]": "https://berg.example.com/",
    "meta[credit][value]": "Elementor",
}


@pytest.mark.parametrize("received", [form(ADVANCED), multipart(ADVANCED), request(ADVANCED)])
def test_the_advanced_format_of_elementor_comes_by_ids_that_somebody_chose_or_by_titles(received: Received) -> None:
    assert item("elementor", received).tree == {
        "name": "Ana",
        "email": "ana@example.com",
        "Empresa": "Berg Ltda",
        "phone": "+15550100",
        "page_url": "https://berg.example.com/",
        "form_id": "c1d6",
        "form_name": "Contato",
    }


def test_the_fields_of_elementor_can_be_called_by_their_ids_or_titles_alone() -> None:
    by_id, by_title = (item("elementor", form(ADVANCED), names=names).tree for names in ("id", "title"))
    assert (by_id["field_3f2a1b"], by_title["Seu melhor e-mail"]) == ("ana@example.com", "ana@example.com")


def test_fields_of_elementor_that_are_numbered_are_not_lost() -> None:
    fields = elementor_field("0", "Nome", "Ana") | elementor_field("1", "Cidade", "Recife")
    assert item("elementor", form({"form[id]": "x", **fields})).tree == {
        "Nome": "Ana",
        "Cidade": "Recife",
        "form_id": "x",
    }


def test_the_plain_format_of_elementor_comes_by_labels() -> None:
    plain = {"Name": "Ana", "Budget [BRL]": "5000", "No Label field_1": "x", "form_id": "c1", "form_name": "Contato"}
    assert item("elementor", form(plain)).tree == plain


def test_a_list_is_no_form_of_elementor_whatever_it_is_sent_as() -> None:
    for media in ("text/xml", "application/json"):
        with pytest.raises(NotUnderstood, match="an object is wanted"):
            read("elementor", request("[]", media=media))


def test_elementor_is_answered_200_and_nothing_else() -> None:
    assert SENDERS["elementor"].acknowledge(1).status == 200


ENTRY = {
    "id": "71",
    "form_id": "2",
    "date_created": "2025-03-01 10:00:00",
    "ip": "203.0.113.7",
    "source_url": "https://berg.example.com/contact",
    "1.3": "Anna",
    "1.6": "Berg",
    "2": "anna@example.com",
    "payment_status": None,
    "3": "",
    "status": "active",
}


@pytest.mark.parametrize("received", [request(ENTRY), form({name: value or "" for name, value in ENTRY.items()})])
def test_an_entry_of_gravity_forms_keeps_its_numbers_and_is_known_by_its_id(received: Received) -> None:
    found = item("gravity_forms", received)
    assert found.key == "71"
    assert found.tree == {name: value for name, value in ENTRY.items() if value}


def test_selected_fields_of_gravity_forms_come_as_they_were_named() -> None:
    found = item("gravity_forms", request({"email": "anna@example.com", "id": "no entry's"}))
    assert found == Item(None, {"email": "anna@example.com", "id": "no entry's"})
    assert item("gravity_forms", request({"entry_id": 71})).key == "71"
    assert read("gravity_forms", request({**ENTRY, "status": "spam"})).passed == (Passed("not_of_interest", "71"),)


@pytest.mark.parametrize("kind", ["wpforms", "cf7"])
def test_wpforms_and_cf7_come_by_their_own_names(kind: str) -> None:
    fields = {"your-name": "Anna", "your-email": "anna@example.com", "topics": ["CRM", "Forms"], "nothing": ""}
    expected = {name: value for name, value in fields.items() if value}
    assert item(kind, request(fields)).tree == expected
    pairs = [("your-name", "Anna"), ("your-email", "anna@example.com"), ("topics[]", "CRM"), ("topics[]", "Forms")]
    assert item(kind, form(pairs)).tree == expected


def test_an_entry_of_wpforms_is_known_by_its_id() -> None:
    assert item("wpforms", request({"entry_id": 5, "email": "a@example.com"})).key == "5"
