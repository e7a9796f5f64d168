"""How are subscriptions described to those who call the API? Their shapes, examples and operations.

As in :mod:`app.routers.schemas`, nothing in here runs when a request is served.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from app.channels.kinds import CHANNELS
from app.events.record import TYPES
from app.events.subscriptions import LONGEST_SECRET, MOST
from app.routers import examples
from app.routers.schemas import LANGUAGE, MATCH, content, operation
from app.routers.shaping import COUNT, TIME, UUID, Schema, closed, list_of, maybe_text, obj, or_null, page, ref, text

_STATE_WORDS: Final = ["waiting", "delivered", "dead"]
_MAYBE_TIME: Final = {"type": ["string", "null"], "format": "date-time"}
_VALUES: Final = {
    "type": ["array", "null"],
    "items": {"type": "string", "minLength": 1, "maxLength": 256},
    "maxItems": MOST,
    "description": "null: any",
}
_FILTER: Final = dict.fromkeys(("teams", "tiers", "sources", "reps"), _VALUES)
_EVENTS: Final = {
    "type": ["array", "null"],
    "items": {"type": "string", "enum": list(TYPES)},
    "minItems": 1,
    "description": "Of which events; null: all that the kind takes",
}
_SPOKEN: Final = {"type": "string", "enum": ["en", "zh"], "description": "Of explanations, and of messages to people"}
_PERSONAL: Final = {
    "type": "boolean",
    "description": "Whether personal data of leads is told; else name, email, phone, need, attributes … are left out",
}
_FIELDS: Final[Mapping[str, Schema]] = {
    "events": _EVENTS,
    "filter": {"anyOf": [closed({}, _FILTER), {"type": "null"}], "description": "Which leads it is about"},
    "settings": {"type": ["object", "null"], "description": "What the kind wants to know"},
    "secrets": {
        "type": ["object", "null"],
        "additionalProperties": {"type": ["string", "null", "object"], "minLength": 1, "maxLength": LONGEST_SECRET},
        "description": "Written and never read: those not named stay, null takes one away",
    },
    "language": _SPOKEN,
    "personal_data": _PERSONAL,
    "enabled": {"type": "boolean"},
    "from": {
        "anyOf": [{"const": "now"}, {"type": "integer", "minimum": 0, "maximum": 2**63 - 1}, {"type": "null"}],
        "description": "The first seq that is told, 0 for all that has been recorded, or `now`; where it is not given, "
        "a new one begins now, and another goes on where it is",
    },
}
_SENT_BACK: Final[Mapping[str, Schema]] = {
    name: {"description": "As answers show it; passed over"}
    for name in (
        "id",
        "state",
        "disabled",
        "made_secrets",
        "warnings",
        "revision",
        "created_at",
        "updated_at",
        "updated_by",
    )
}
_SECRET: Final = {
    "ends_with": maybe_text("Its last four characters, if it is long"),
    "since": TIME,
    "older_valid_until": {**_MAYBE_TIME, "description": "Until when an older value is valid too"},
}
_SUBSCRIPTION: Final[Mapping[str, Schema]] = {
    "id": {"type": "string"},
    "kind": {"type": "string"},
    "events": _EVENTS,
    "filter": obj(_FILTER),
    "settings": {"type": "object"},
    "language": _SPOKEN,
    "personal_data": _PERSONAL,
    "secrets": {"type": "object", "additionalProperties": obj(_SECRET)},
    "enabled": {"type": "boolean"},
    "disabled": or_null(
        obj({"at": _MAYBE_TIME, "why": maybe_text("What the receiver said that is gone; null: by hand")})
    ),
    "state": obj({
        "behind": {**COUNT, "description": "Records that it has not been told of yet"},
        "waiting": {**COUNT, "description": "Events that wait to be sent again, or behind one of the same lead"},
        "dead": {**COUNT, "description": "Events that were given up; they can be sent again"},
        "delivered": {**COUNT, "description": "Events that were taken, since the beginning"},
        "failed": {**COUNT, "description": "Attempts that failed, since the beginning"},
        "last_delivered_at": _MAYBE_TIME,
        "last_failed_at": _MAYBE_TIME,
        "last_failure": maybe_text("What was said then"),
        "rests_until": {**_MAYBE_TIME, "description": "Until when the receiver is left alone"},
    }),
    "revision": {"type": "integer", "description": "Grows with each edit"},
    "created_at": TIME,
    "updated_at": TIME,
    "updated_by": {"type": ["string", "null"]},
}  # fmt: skip
_FAILURE: Final = obj({
    "at": TIME, "status": {"type": ["integer", "null"]}, "seconds": {"type": "number"}, "said": {"type": "string"},
})  # fmt: skip
_OUTCOMES: Final = ["delivered", "try_again", "refused", "gone"]

COMPONENTS: Final[Mapping[str, Schema]] = {
    "SubscriptionFields": closed(
        {"kind": text("What kind of receiver it is", enum=[*CHANNELS])}, {**_FIELDS, **_SENT_BACK}
    ),
    "SubscriptionPatch": closed({}, {"kind": text("As it is"), **_FIELDS, **_SENT_BACK}),
    "Subscription": obj(_SUBSCRIPTION),
    "SubscriptionPut": {"allOf": [ref("Subscription"), obj({
        "made_secrets": {"type": "object", "additionalProperties": {"type": "string"},
                         "description": "Secrets that were made here: shown this once"},
        "warnings": {**list_of(ref("Place")), "description": "What the filter names that is not there"},
    })]},
    "SubscriptionPage": page("Subscription"),
    "SecretBody": closed({}, {
        "value": {"type": ["string", "null"], "minLength": 1, "maxLength": LONGEST_SECRET,
                  "description": "The new value; not given: one is made"},
        "hours": {"type": "number", "minimum": 0, "maximum": 168, "description": "How long older values stay valid"},
    }),
    "SecretGiven": obj({
        "name": {"type": "string"}, "value": maybe_text("The value that was made here: shown this once"), **_SECRET,
    }),
    "SubscriptionTested": obj({
        "event_id": {"type": "string"}, "type": {"type": "string"}, "outcome": {"type": "string", "enum": _OUTCOMES},
        "status": {"type": ["integer", "null"]}, "seconds": {"type": "number"},
        "said": text("What the receiver said, or why it was not told"),
    }),
    "Send": obj({
        "event_id": {"type": "string"}, "type": {"type": "string", "enum": list(TYPES)},
        "revision": {"type": "integer", "description": "The event's place in the record"},
        "lead_id": or_null(UUID), "at": {**TIME, "description": "When it was recorded"},
        "state": {"type": "string", "enum": _STATE_WORDS}, "attempts": COUNT,
        "due_at": {**_MAYBE_TIME, "description": "When it is sent next; null also where one of its lead goes before"},
        "last_at": {**_MAYBE_TIME, "description": "When it was sent last"},
        "seconds": {"type": ["number", "null"]}, "status": {"type": ["integer", "null"]},
        "said": maybe_text("What was said last"), "failures": list_of(_FAILURE),
    }),
    "SendPage": page("Send"),
    "Redriven": obj({"redriven": {**COUNT, "description": "How many are sent again"}}),
}  # fmt: skip
"""The shapes by their names."""

_AT: Final = "2026-01-05T09:30:00.123456+00:00"
_BODY: Final[Mapping[str, Any]] = {
    "kind": "webhook",
    "events": ["lead.assigned", "lead.reassigned"],
    "filter": {"teams": None, "tiers": ["A", "B"], "sources": None, "reps": None},
    "settings": {"url": "https://crm.example.com/hooks/leads"},
    "language": "en",
    "personal_data": True,
    "enabled": True,
    "from": "now",
}
_EXAMPLE: Final[Mapping[str, Any]] = {
    "id": "crm",
    **{name: value for name, value in _BODY.items() if name != "from"},
    "secrets": {"signing": {"ends_with": "9f3a", "since": _AT, "older_valid_until": None}},
    "disabled": None,
    "state": {
        "behind": 0, "waiting": 1, "dead": 0, "delivered": 4711, "failed": 3, "last_delivered_at": _AT,
        "last_failed_at": _AT, "last_failure": "Service Unavailable", "rests_until": None,
    },
    "revision": 1,
    "created_at": _AT,
    "updated_at": _AT,
    "updated_by": "admin",
}  # fmt: skip
_PUT_EXAMPLE: Final = {
    **_EXAMPLE,
    "made_secrets": {"signing": "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"},
    "warnings": [],
}
_SEND: Final[Mapping[str, Any]] = {
    "event_id": "evt_4713_1f2e3d4c5b6a7988",
    "type": "lead.assigned",
    "revision": 4713,
    "lead_id": "01980f5e-7a10-7c3e-9d55-3f1b6f0a2c11",
    "at": _AT,
    "state": "waiting",
    "attempts": 1,
    "due_at": "2026-01-05T09:30:06+00:00",
    "last_at": "2026-01-05T09:30:01+00:00",
    "seconds": 0.12,
    "status": 503,
    "said": "Service Unavailable",
    "failures": [
        {"at": "2026-01-05T09:30:01.000+00:00", "status": 503, "seconds": 0.12, "said": "Service Unavailable"}
    ],
}

_PUT: Final = content(ref("SubscriptionPut"), _PUT_EXAMPLE)
PUT: Final = operation(
    {200: ("The subscription as it is now", _PUT), 201: ("The subscription, new", _PUT)},
    400, 409, 412, 413, body=content(ref("SubscriptionFields"), _BODY), parameters=[MATCH, LANGUAGE],
)  # fmt: skip
PATCH: Final = operation(
    {200: ("The subscription as it is now", _PUT)},
    400, 404, 412, 413, body=content(ref("SubscriptionPatch"), {"enabled": False}), parameters=[MATCH, LANGUAGE],
)  # fmt: skip
GET: Final = operation({200: ("The subscription", content(ref("Subscription"), _EXAMPLE))}, 404, parameters=[LANGUAGE])
LIST: Final = operation(
    {200: ("A page of them", content(ref("SubscriptionPage"), examples.page(_EXAMPLE)))}, parameters=[LANGUAGE]
)
DELETE: Final = operation({204: ("Deleted", None)}, 404, 412, parameters=[MATCH])
ROTATE: Final = operation(
    {200: ("The new value counts", content(ref("SecretGiven"), {
        "name": "signing", "value": None, "ends_with": "c01d", "since": _AT,
        "older_valid_until": "2026-01-06T09:30:00.123456+00:00",
    }))},
    400, 404, 409, 413,
    body=content(ref("SecretBody"), {"value": "whsec_b3RoZXItY2hhbmNlLW90aGVyLWNoYW5jZQ", "hours": 24}),
    body_needed=False,
)  # fmt: skip
TEST: Final = operation(
    {200: ("What came of it", content(ref("SubscriptionTested"), {
        "event_id": "evt_test_01980f5e7a107c3e9d553f1b6f0a2c11", "type": "lead.assigned", "outcome": "delivered",
        "status": 200, "seconds": 0.084, "said": "ok",
    }))},
    404, 409, parameters=[LANGUAGE],
)  # fmt: skip
SENDS: Final = operation(
    {200: ("A page of sends", content(ref("SendPage"), examples.page(_SEND)))}, 404, parameters=[LANGUAGE]
)
SEND: Final = operation({200: ("What became of it", content(ref("Send"), _SEND))}, 404, parameters=[LANGUAGE])
REDRIVE: Final = operation(
    {200: ("It is sent again", content(ref("Send"), {**_SEND, "attempts": 0}))}, 404, parameters=[LANGUAGE]
)
REDRIVE_ALL: Final = operation({200: ("They are sent again", content(ref("Redriven"), {"redriven": 3}))}, 404)
