from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine.problems import Problem
from app.intake.normalise import FIELDS
from app.intake.text import words
from app.senders.base import WINDOW_SECONDS, Item, NotGenuine, NotUnderstood, Received, Settings
from app.senders.kinds import SENDERS
from app.senders.options import wrong_options
from app.senders.trees import LONGEST_KEY
from tests.senders.requests import LONG_SECRET, NOW, URL

KINDS = pytest.mark.parametrize("kind", SENDERS)

NAMES = st.sampled_from(
    words(
        """
        x-hubspot-signature x-hubspot-signature-v3 x-hubspot-request-timestamp x-hubspot-signature-version authorization
        typeform-signature x-hub-signature-256 x-webflow-signature x-webflow-timestamp x-jdy-signature x-jdy-deliverid
        x-api-key content-type webhook-id webhook-timestamp webhook-signature idempotency-key
        """
    )
)
WORDS = words(
    """
    op data data_create entry changes field leadgen value leadgen_id form_response answers type definition fields id
    title text choice labels payload triggerType form_submission rawRequest submissionID q1_name first last addr_line1
    year month day properties subscriptionType contact.creation objectId user_column_data column_id string_value label
    questions_and_answers answer options meta form name _id username
    """
)
TEXTS = st.sampled_from(WORDS) | st.text(max_size=8) | st.sampled_from(["sha256=AA", "v1,A", "t=1,v1=2", "\ud800", "é"])
TREES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(WORDS) | st.text(max_size=4), inner),
    max_leaves=25,
)
MEDIA = st.sampled_from(
    [
        "application/json",
        "application/json; charset=gbk",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "multipart/form-data",
        "text/xml",
        "",
        "a/b; charset=zip",
        'é; boundary="',
    ]
)
FORMS = st.lists(st.tuples(TEXTS, TEXTS), max_size=6)


def parts(fields: list[tuple[str, str]]) -> str:
    return "".join(f'--x\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in fields) + "--x--"


def soap(fields: list[tuple[str, str]]) -> str:
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in fields)
    notification = f"<Notification><sObject>{inner}</sObject></Notification>"
    return f"<Envelope><Body><notifications>{notification}</notifications></Body></Envelope>"


BODIES = (
    st.binary(max_size=60)
    | TREES.map(lambda tree: json.dumps(tree).encode())
    | FORMS.map(lambda fields: "&".join(f"{k}={v}" for k, v in fields).encode("utf-8", "replace"))
    | FORMS.map(lambda fields: parts(fields).encode("utf-8", "replace"))
    | FORMS.map(lambda fields: soap(fields).encode("utf-8", "replace"))
    | st.tuples(FORMS, TREES).map(
        lambda both: parts([("rawRequest", json.dumps(both[1])), *both[0]]).encode("utf-8", "replace")
    )
)
REQUESTS = st.builds(
    lambda method, path, query, headers, media, body: Received(
        method, URL + path, tuple(query), {**headers, "content-type": media}, body, NOW
    ),
    st.sampled_from(["POST", "GET", "PUT"]),
    st.text(max_size=6) | st.sampled_from(["/[", "//[::1", "/%zz"]),
    st.lists(st.tuples(st.sampled_from(["key", "timestamp", "nonce", "hub.mode", "a[b]", "x"]), TEXTS), max_size=4),
    st.dictionaries(NAMES, TEXTS | st.just("1700000000000") | st.text(max_size=20)),
    MEDIA,
    BODIES,
)
OPTIONS = st.sampled_from(
    [
        {},
        {"verify_token": "x", "organization_id": "00D", "names": "ref", "operations": ["data_create"]},
        {"signature_header": "webhook-signature", "signed": "id.timestamp.body", "records": "data", "key": "id"},
        {"signature_header": "typeform-signature", "signed": "timestamp.body", "prefix": "v1=", "only": {"op": "a"}},
        {"secret_header": "x-api-key", "tests": {"data.0": True}, "changed_properties": ["*"], "lift": False},
    ]
)


@KINDS
@given(received=REQUESTS, options=OPTIONS, secrets=st.sampled_from([(), ("",), (LONG_SECRET,), ("é", "\ud800")]))
@settings(max_examples=150, deadline=None)
def test_no_request_is_anything_but_genuine_or_not_and_understood_or_not(
    kind: str, received: Received, options: dict[str, Any], secrets: tuple[str, ...]
) -> None:
    sender = SENDERS[kind]
    settled = Settings(secrets, options=options)
    with contextlib.suppress(NotGenuine):
        sender.verify(received, settled)
        assert secrets not in ((), ("",))
    if sender.handshake is not None:
        with contextlib.suppress(NotGenuine):
            sender.handshake(received, settled)
    with contextlib.suppress(NotUnderstood):
        found = sender.read(received, settled)
        for item in found.items:
            assert isinstance(item, Item)
            assert isinstance(item.tree, dict)
            assert all(isinstance(name, str) for name in item.tree)
            assert item.key is None or 0 < len(item.key) <= LONGEST_KEY
            kept = json.dumps([item.tree, item.key], ensure_ascii=False)
            assert kept.encode()
            assert "\\u0000" not in kept.replace("\\\\", "")
        assert {each.reason for each in found.passed} <= {"test", "not_of_interest"}
        assert sender.read(received, settled) == found


@KINDS
def test_a_kind_says_all_that_there_is_to_say_for_it(kind: str) -> None:
    sender = SENDERS[kind]
    assert sender.kind == kind
    assert all(sender.title)
    assert set(sender.methods) <= {"POST", "GET", "PUT", "PATCH"}
    assert sender.signed
    fields = sender.mapping["fields"]
    assert all(name in FIELDS or name.startswith("attributes.") for name in fields)
    # A lead's source is the door's to say: together with the sender's id it is what a lead is known by.
    assert "source" not in fields
    assert sender.acknowledge(1).status == 200
    names = [option.name for option in sender.options]
    assert len(names) == len(set(names))
    assert WINDOW_SECONDS == 300


def test_the_keys_of_a_default_mapping_are_those_of_the_mapping_language() -> None:
    for sender in SENDERS.values():
        assert set(sender.mapping) <= {"fields", "defaults", "ignore", "recognise"}


def test_all_that_is_wrong_with_the_options_of_a_source_is_said_at_once() -> None:
    options = {"algoritm": "sha1", "encoding": "base46", "lift": "yes", "only": [], "key": 5, "signature_header": None}
    assert wrong_options(SENDERS["generic"], options) == [
        Problem("options.algoritm", 'generic has no such option; did you mean "algorithm"?'),
        Problem("options.encoding", 'one of hex, base64 is wanted, this is "base46"; did you mean "base64"?'),
        Problem("options.key", "a text is wanted, this is 5"),
        Problem("options.only", "an object is wanted, this is a list"),
        Problem("options.lift", 'true or false is wanted, this is "yes"'),
    ]
    (needed,) = wrong_options(SENDERS["meta"], {})
    assert needed.where == "options.verify_token"
    assert needed.message.startswith("it is needed: ")
    (list_of_texts,) = wrong_options(SENDERS["hubspot"], {"properties": ["a", 1]})
    assert list_of_texts.message == "a list of texts is wanted"
    assert wrong_options(SENDERS["hubspot"], {"properties": ["a"], "oldest_signature": "v3"}) == []
