"""How are the doors described to those who call the API? Their shapes and operations.

As in :mod:`app.routers.schemas`, nothing in here runs when a request is served.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, get_args

from app.doors.form import FormField
from app.doors.kinds import KINDS
from app.routers import examples
from app.routers.answers import URLENCODED
from app.routers.schemas import LANGUAGE, MATCH, content, operation
from app.routers.shaping import (
    COUNT,
    ID,
    TIME,
    UUID,
    Schema,
    closed,
    given_or_null,
    list_of,
    maybe_text,
    obj,
    or_null,
    page,
    ref,
    text,
)

_RATE: Final = {"type": ["integer", "null"], "minimum": 1, "maximum": 1_000_000}
_KIND: Final = text("The kind of sender, as `GET /v1/sources/kinds` lists them", enum=[*KINDS])
_SOURCE_FIELDS: Final[Mapping[str, Any]] = {
    "name": maybe_text("What people call it", minLength=1, maxLength=200, pattern=r"\S"),
    "enabled": {"type": "boolean", "description": "Whether it takes anything"},
    "mapping": {"type": "object", "description": "How what is sent becomes a lead, over what the kind says itself"},
    "options": {"type": "object", "description": "The kind's own settings"},
    "rate": {**_RATE, "description": "Deliveries a minute, at most; null: any"},
    "form": {"anyOf": [ref("FormSettings"), {"type": "null"}]},
}
_SOURCE_DOCUMENT: Final[Mapping[str, Schema]] = {
    "kind": text("The kind of sender"),
    "name": maybe_text("What people call it"),
    "enabled": {"type": "boolean"},
    "mapping": {"type": "object"},
    "options": {"type": "object"},
    "rate": {"type": ["integer", "null"]},
    "form": {"anyOf": [ref("FormSettings"), {"type": "null"}]},
}

COMPONENTS: Final[Mapping[str, Schema]] = {
    "Origin": obj({"how": text("`mapped`, `recognised`, `constant` or `default`"), "path": text("Where it stood")}),
    "SourceSecret": obj({
        "id": UUID,
        "purpose": {"type": "string", "enum": ["secret", "token"]},
        "hint": maybe_text("Its last characters; null: it is so short that they would tell too much"),
        "created_at": TIME,
        "expires_at": or_null(TIME),
    }),
    "FormSettings": closed({}, {
        "origins": {"type": "array", "items": {"type": "string"}, "description": "The sites it may stand on; `*`: any"},
        "honeypot": maybe_text("A field that people do not see, and programs fill in; null: none"),
        "min_seconds": {"type": "number", "minimum": 0, "maximum": 60, "description": "Who is quicker is no person"},
        "redirect": maybe_text("Where a browser goes afterwards; null: a small page is shown"),
        "redirects": {
            "type": "array", "items": {"type": "string"},
            "description": "Where a page may ask to have the browser go, each with all below it",
        },
        "rate_per_address": {**_RATE, "description": "A minute, from one address"},
        "fields": {
            "type": "array", "items": {"type": "string", "enum": list(get_args(FormField))},
            "minItems": 1, "maxItems": 20, "description": "Those of the ready snippet",
        },
        "language": {"type": ["string", "null"], "enum": ["en", "zh", None], "description": "null: the visitor's"},
    }),
    "SourceFields": closed({"kind": _KIND}, {
        **_SOURCE_FIELDS,
        "secret": {"type": ["string", "null"], "minLength": 1, "maxLength": 4000, "writeOnly": True,
                   "description": "Of a new source: the sender's own secret; left out, one is made, "
                                  "but where the sender signs with none but its own"},
        "token": {"type": ["string", "null"], "minLength": 1, "maxLength": 4000, "writeOnly": True,
                  "description": "Of a new source: what fields are fetched with, where a sender sends ids alone"},
    }),
    "SourcePatch": closed({}, {"kind": _KIND, **given_or_null(_SOURCE_FIELDS)}),
    "Source": obj({
        "id": ID,
        **_SOURCE_DOCUMENT,
        "address": text("Where its sender delivers"),
        "secrets": list_of(ref("SourceSecret")),
        "revision": COUNT,
        "created_at": TIME,
        "updated_at": TIME,
        "updated_by": maybe_text("Who edited it last"),
    }, {"secret": text("The secret that was made: shown this once"), "warnings": list_of(ref("Place"))}),
    "SourceChecked": obj({
        "id": ID,
        **_SOURCE_DOCUMENT,
        "dry_run": {"type": "boolean", "const": True},
    }),
    "SourcePage": page("Source"),
    "SourceKinds": obj({"items": list_of(obj({
        "kind": text("Its name in a source"),
        "title": obj({"en": text("In English"), "zh": text("In Chinese")}),
        "signed": {"type": "boolean", "description": "Whether it needs a secret"},
        "secret": maybe_text("Whose that is: `made` here and entered at the sender, the sender's `own`, or `either`",
                             enum=["made", "own", "either", None]),
        "own_secret": maybe_text("Which secret of its own a sender signs with, and where it shows it"),
        "options": list_of(obj({
            "name": text("Its name"), "type": text("Its type"), "needed": {"type": "boolean"},
            "meaning": text("What it means, in English"),
            "meanings": obj({"en": text("In English"), "zh": text("In Chinese")}),
        })),
        "mapping": {"type": "object", "description": "What its fields are in a lead, unless a source says otherwise"},
    }))}),
    "NewSecretBody": closed({}, {
        "purpose": {"type": "string", "enum": ["secret", "token"]},
        "secret": {"type": ["string", "null"], "minLength": 1, "maxLength": 4000,
                   "description": "The sender's own; left out, one is made, as for a new source"},
        "keep_old_hours": {"type": "number", "minimum": 0, "maximum": 2160,
                           "description": "For how long those that it had stay valid; 24, if left out"},
    }),
    "SecretAdded": obj({
        "id": UUID, "purpose": text("What it is for"), "secrets": list_of(ref("SourceSecret")),
        "warnings": list_of(ref("Place")),
    }, {"secret": text("The secret that was made: shown this once")}),
    "Tried": obj({
        "understood": {"type": "boolean"},
        "errors": list_of(ref("Place")),
        "not_genuine": maybe_text("Why it would be refused; null: it would be taken"),
        "items": list_of(obj({
            "key": maybe_text("The sender's id of the event: what tells a repetition"),
            "to_be_fetched": maybe_text("The record that its fields would be fetched from"),
            "tree": {"type": "object", "description": "What the mapping sees"},
            "fields": {"type": "object", "description": "What becomes of it, as `POST /v1/leads` takes it"},
            "origins": {"type": "object", "additionalProperties": ref("Origin")},
            "not_found": {**list_of({"type": "string"}), "description": "Fields of which the mapping found nothing"},
            "lead": {"type": "object", "description": "The lead, as it is read"},
            "warnings": list_of(ref("Warning")),
        })),
        "passed": list_of(obj({"key": maybe_text("Its id"), "reason": text("Why it would not be routed")})),
    }),
    "Delivery": obj({
        "id": UUID,
        "source": text("The source that it came to"),
        "received_at": TIME,
        "state": text("What has become of it", enum=[
            "received", "waiting", "done", "passed", "refused", "not_understood", "rejected", "failed",
        ]),
        "reason": maybe_text("Why, as a code"),
        "detail": maybe_text("Why, in words"),
        "verified": {"type": "boolean", "description": "Whether it was told to be its sender's"},
        "trusted_by": maybe_text("Who vouched for it where it was not; null: nobody"),
        "method": text("How it was sent"),
        "url": text("Where to, less what is secret in it"),
        "content_type": maybe_text("What its body was said to be"),
        "address": maybe_text("The address that it came from"),
        "attempts": COUNT,
        "next_at": or_null(TIME),
        "done_at": or_null(TIME),
        "size": COUNT,
        "items": list_of(obj({
            "key": maybe_text("The sender's id of the event"), "status": text("What it became"),
        }, {"lead_id": UUID, "replayed": {"type": "boolean"}, "error": text("What went wrong")})),
    }, {
        "headers": {"type": "object", "additionalProperties": {"type": "string"}},
        "body": text("As it came"),
        "body_base64": text("As it came, if it is no text"),
    }),
    "DeliveryPage": page("Delivery"),
    "DeliveriesRedriven": obj({
        "redriven": {**COUNT, "description": "How many will be driven again"},
        "waiting": text("Where those are listed that are still to be driven"),
        "detail": text("What happens with them, in words"),
    }),
    "FormReceived": obj({
        "status": text("`received`", enum=["received"]), "redirect": maybe_text("Where to go now"),
    }),
}  # fmt: skip


def _any_body(example: Any) -> dict[str, Any]:
    """A body of whatever type its sender chose."""
    return {**content({}, example), **content({"type": "object"}, {"email": "wei@factory.example"}, URLENCODED)}


_SOURCE: Final = content(ref("Source"), examples.SOURCE)
LIST_SOURCES: Final = operation(
    {200: ("A page of sources", content(ref("SourcePage"), examples.page(examples.SOURCE)))}
)
LIST_SOURCE_KINDS: Final = operation({200: ("The kinds", content(ref("SourceKinds"), examples.SOURCE_KINDS))})
GET_SOURCE: Final = operation({200: ("The source", _SOURCE)}, 404)
_NEW_SOURCE: Final = content(ref("Source"), {**examples.SOURCE, "secret": examples.NEW_SECRET})
PUT_SOURCE: Final = operation(
    {200: ("The source as it is now; with `dry_run`, as it would be", content(
        {"anyOf": [ref("Source"), ref("SourceChecked")]}, examples.SOURCE)),
     201: ("The source, new, with its secret", _NEW_SOURCE)},
    400, 412, 413, body=content(ref("SourceFields"), examples.SOURCE_BODY), parameters=[MATCH, LANGUAGE],
)  # fmt: skip
PATCH_SOURCE: Final = operation(
    {200: ("The source as it is now", _SOURCE)},
    400,
    404,
    412,
    413,
    body=content(ref("SourcePatch"), {"enabled": False}),
    parameters=[MATCH, LANGUAGE],
)
DELETE_SOURCE: Final = operation({204: ("Removed", None)}, 404, 412, parameters=[MATCH])
ADD_SOURCE_SECRET: Final = operation(
    {201: ("Added", content(ref("SecretAdded"), examples.SECRET_ADDED))},
    400, 404, 413, body=content(ref("NewSecretBody"), {"keep_old_hours": 48}), body_needed=False,
    parameters=[LANGUAGE],
)  # fmt: skip
DELETE_SOURCE_SECRET: Final = operation({204: ("Valid no more", None)}, 404, 409)
TRY_SOURCE: Final = operation(
    {200: ("What it would become", content(ref("Tried"), examples.TRIED))},
    400, 404, 413, body=_any_body(examples.WEBHOOK_BODY), body_needed=False, parameters=[LANGUAGE],
)  # fmt: skip
SOURCE_SNIPPET: Final = operation(
    {200: ("The form", content({"type": "string"}, examples.SNIPPET, "text/html"))}, 404, 409, parameters=[LANGUAGE]
)

_WEBHOOK_ANSWERS: Final[Mapping[int, tuple[str, dict[str, Any] | None]]] = {
    200: (
        "Taken, as its sender expects to be told",
        {
            **content({"type": "object"}, {}),
            **content({"type": "string"}, "<soapenv:Envelope>…</soapenv:Envelope>", "text/xml"),
            **content({"type": "string"}, "1158201444", "text/plain"),
        },
    ),
}
WEBHOOK: Final = operation(
    _WEBHOOK_ANSWERS, 400, 401, 403, 404, 413, 422, 429, 503,
    body=_any_body(examples.WEBHOOK_BODY), body_needed=False, secured=False,
)  # fmt: skip
WEBHOOK_GET: Final = operation(_WEBHOOK_ANSWERS, 400, 401, 403, 404, 413, 422, 429, 503, secured=False)
FORM: Final = operation(
    {
        200: ("Received", {
            **content(ref("FormReceived"), {"status": "received", "redirect": None}),
            **content({"type": "string"}, "<!doctype html>…", "text/html"),
        }),
        303: ("Received: go there", None),
    },
    400, 403, 404, 413, 422, 429, 503,
    body={
        **content({"type": "object"}, {"name": "Wei Sample", "email": "wei@factory.example"}),
        **content({"type": "object"}, {"name": "Wei Sample"}, URLENCODED),
        **content({"type": "object"}, {"name": "Wei Sample"}, "multipart/form-data"),
    },
    secured=False,
)  # fmt: skip
FORM_SCRIPT: Final = operation(
    {200: ("The script", content({"type": "string"}, "(function () { … })();", "text/javascript"))},
    403, 404, 422, 503, secured=False,
)  # fmt: skip
_DELIVERY: Final = content(ref("Delivery"), examples.DELIVERY)
LIST_DELIVERIES: Final = operation(
    {200: ("A page of deliveries", content(ref("DeliveryPage"), examples.page(examples.DELIVERY)))},
    parameters=[LANGUAGE],
)
GET_DELIVERY: Final = operation(
    {200: ("The delivery", content(ref("Delivery"), examples.DELIVERY_SHOWN))}, 404, parameters=[LANGUAGE]
)
REDRIVE_DELIVERY: Final = operation({200: ("What became of it", _DELIVERY)}, 404, 409, parameters=[LANGUAGE])
REDRIVE_DELIVERIES: Final = operation({202: ("They will be", content(ref("DeliveriesRedriven"), {
    "redriven": 12,
    "waiting": "/v1/deliveries?state=waiting&source=shop",
    "detail": "They are driven now, beside what comes in: GET /v1/deliveries?state=waiting&source=shop lists those "
    "that still wait, GET /v1/deliveries?source=shop what became of the others",
}))}, 404, parameters=[LANGUAGE])  # fmt: skip
