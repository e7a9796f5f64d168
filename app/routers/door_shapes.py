"""What do requests and answers at the doors look like? Sources, web forms, webhooks and deliveries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from app.routers.shaping import (
    COUNT,
    ID,
    TIME,
    UUID,
    Schema,
    closed,
    list_of,
    maybe_text,
    obj,
    or_null,
    page,
    ref,
    text,
)

DOOR_SHAPES: Final[Mapping[str, Schema]] = {
    "Origin": obj({"how": text("`mapped`, `recognised`, `constant` or `default`"), "path": text("Where it stood")}),
    "SourceSecret": obj({
        "id": UUID,
        "purpose": {"type": "string", "enum": ["secret", "token"]},
        "hint": text("Its last characters"),
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
        "rate_per_address": {"type": ["integer", "null"], "minimum": 1, "description": "A minute, from one address"},
        "fields": {"type": "array", "items": {"type": "string"}, "description": "Those of the ready snippet"},
        "language": {"type": ["string", "null"], "enum": ["en", "zh", None], "description": "null: the visitor's"},
    }),
    "SourceFields": closed({"kind": text("The kind of sender, as `GET /v1/sources/kinds` lists them")}, {
        "name": maybe_text("What people call it"),
        "enabled": {"type": "boolean", "description": "Whether it takes anything"},
        "mapping": {"type": "object", "description": "How what is sent becomes a lead, over what the kind says itself"},
        "options": {"type": "object", "description": "The kind's own settings"},
        "rate": {"type": ["integer", "null"], "minimum": 1, "description": "Deliveries a minute, at most; null: any"},
        "form": {"anyOf": [ref("FormSettings"), {"type": "null"}]},
        "secret": {"type": ["string", "null"], "minLength": 1, "maxLength": 4000, "writeOnly": True,
                   "description": "Of a new source: the sender's own secret; left out, one is made"},
        "token": {"type": ["string", "null"], "minLength": 1, "maxLength": 4000, "writeOnly": True,
                  "description": "Of a new source: what fields are fetched with, where a sender sends ids alone"},
    }),
    "Source": obj({
        "id": ID,
        "kind": text("The kind of sender"),
        "name": maybe_text("What people call it"),
        "enabled": {"type": "boolean"},
        "mapping": {"type": "object"},
        "options": {"type": "object"},
        "rate": {"type": ["integer", "null"]},
        "form": {"anyOf": [ref("FormSettings"), {"type": "null"}]},
        "address": text("Where its sender delivers"),
        "secrets": list_of(ref("SourceSecret")),
        "revision": COUNT,
        "created_at": TIME,
        "updated_at": TIME,
        "updated_by": maybe_text("Who edited it last"),
    }, {"secret": text("The secret that was made: shown this once")}),
    "SourcePage": page("Source"),
    "SourceKinds": obj({"items": list_of(obj({
        "kind": text("Its name in a source"),
        "title": obj({"en": text("In English"), "zh": text("In Chinese")}),
        "signed": {"type": "boolean", "description": "Whether it needs a secret"},
        "options": list_of(obj({
            "name": text("Its name"), "type": text("Its type"), "needed": {"type": "boolean"},
            "meaning": text("What it means"),
        })),
        "mapping": {"type": "object", "description": "What its fields are in a lead, unless a source says otherwise"},
    }))}),
    "NewSecretBody": closed({}, {
        "purpose": {"type": "string", "enum": ["secret", "token"]},
        "secret": {"type": ["string", "null"], "minLength": 1, "maxLength": 4000,
                   "description": "The sender's own; left out, one is made"},
        "keep_old_hours": {"type": "number", "minimum": 0, "maximum": 2160,
                           "description": "For how long those that it had stay valid; 24, if left out"},
    }),
    "SecretAdded": obj({
        "id": UUID, "purpose": text("What it is for"), "secrets": list_of(ref("SourceSecret")),
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
        "verified": {"type": "boolean", "description": "Whether it came from the sender"},
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
    "Redriven": obj({"redriven": COUNT}),
    "FormReceived": obj({
        "status": text("`received`", enum=["received"]), "redirect": maybe_text("Where to go now"),
    }),
}  # fmt: skip
