"""What do requests and answers look like? Every shape of the API by its name, as plain JSON Schema (2020-12)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from app.record.again import Incomparable
from app.store.scopes import SCOPES

Schema: TypeAlias = dict[str, Any]


def ref(name: str) -> Schema:
    """The shape of this name."""
    return {"$ref": f"#/components/schemas/{name}"}


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _given(fields: Mapping[str, Schema]) -> dict[str, Schema]:
    """Members as they may be sent: null is as good as absent, and one text as good as a list of it."""
    given = {}
    for name, schema in fields.items():
        if schema.get("type") == "object" and "properties" in schema and name == "covers":
            schema = {**schema, "properties": _given(schema["properties"])}  # noqa: PLW2901
        kinds = schema.get("type", [])
        kinds = {kinds} if isinstance(kinds, str) else set(kinds)
        if "array" in kinds and schema["items"] == {"type": "string"}:
            kinds.add("string")
        given[name] = {**schema, "type": sorted({*kinds, "null"})} if kinds else schema
        if "enum" in schema:
            given[name]["enum"] = [*schema["enum"], None]
    return given


def list_of(of: Schema) -> Schema:
    """A list of such."""
    return {"type": "array", "items": of}


def _object(required: Mapping[str, Schema], optional: Mapping[str, Schema] | None = None, **more: Any) -> Schema:
    shape: Schema = {"type": "object", "properties": {**required, **(optional or {})}, **more}
    if required:
        shape["required"] = list(required)
    return shape


def _closed(required: Mapping[str, Schema], optional: Mapping[str, Schema] | None = None, **more: Any) -> Schema:
    """An object of which every member is known: others are refused."""
    return _object(required, optional, additionalProperties=False, **more)


def _text(description: str, **more: Any) -> Schema:
    return {"type": "string", "description": description, **more}


def _maybe_text(description: str, **more: Any) -> Schema:
    return {"type": ["string", "null"], "description": description, **more}


def _page(of: str, **more: Schema) -> Schema:
    return _object({
        "items": list_of(ref(of)),
        "next_cursor": _maybe_text("Send it back as `cursor` for the next page; null at the end"),
    }, more)  # fmt: skip


ID: Final = {"type": "string", "pattern": "^[a-z0-9._-]{1,64}$"}
"""An id that people chose."""
_UUID: Final = {"type": "string", "format": "uuid"}
_TIME: Final = {"type": "string", "format": "date-time"}
_ANY: Final[Schema] = {}
_WHY: Final = {"type": "string", "minLength": 1, "maxLength": 1000, "pattern": r"\S"}
_FREE: Final = {"type": ["string", "number", "boolean", "null"]}
_COUNT: Final = {"type": "integer", "minimum": 0}
_CAP: Final = {"type": ["integer", "null"], "minimum": 0, "description": "null: no cap"}

_LEAD_FIELDS: Final[Mapping[str, str]] = {
    "external_id": "The source's own id: the same source and id is the same delivery",
    "source": "The channel it came by",
    "campaign": "The campaign that brought it",
    "referrer": "The page or person that sent it",
    "name": "The person's name",
    "title": "The person's position",
    "email": "Validated, not looked up",
    "phone": "In any writing; the lead's country is the hint",
    "language": "The language the person speaks: a tag or a name",
    "company": "The company's name",
    "website": "The company's website",
    "industry": "A code, a name or an alias of the policy",
    "employees": "A number, or as people write it: “50-100人”",
    "annual_revenue": "A number, or as people write it: “$2.5M”",
    "country": "A name in English or Chinese, or an ISO 3166-1 code",
    "region": "A province or state by name or ISO 3166-2 code, or a territory of the policy",
    "city": "A city's name",
    "address": "The address, as it is written",
    "postal_code": "The postal code",
    "latitude": "Degrees north",
    "longitude": "Degrees east",
    "product": "The product they ask for",
    "need": "What they want, in their words",
    "budget": "A number, or as people write it: “50万”",
    "currency": "ISO 4217, or a name",
    "intent": "As the policy has it: high, medium, low",
    "urgency": "As the policy has it: high, medium, low",
    "stage": "Where it stands in the funnel",
    "customer": "new or existing",
    "satisfaction": "A number or a word",
    "do_not_contact": "They asked not to be contacted: rejected, now and from then on",
    "occurred_at": "When it happened, in any usual writing",
}

_DECIDED: Final[Mapping[str, Schema]] = {
    "status": {"type": "string", "enum": ["assigned", "held", "queued", "rejected"]},
    "reason": _maybe_text("Why it is with nobody"),
    "score": {"type": ["number", "null"]},
    "tier": _maybe_text("What it is worth"),
    "rule": _maybe_text("The id of the rule that decided"),
    "rule_name": _maybe_text("That rule's name"),
    "rep": _or_null(ref("RepRef")),
    "team": _maybe_text("The team in whose name it was given, or for which it waits"),
    "policy_version": {"type": ["integer", "null"]},
    "assigned_at": {**_TIME, "description": "When it was decided, whatever the status"},
    "first_contact_due": _or_null(_TIME),
    "duplicate_of": _or_null({**_UUID, "description": "The same person's latest earlier lead"}),
    "explanation": _text("Why, in one sentence; in Chinese with `Accept-Language: zh`"),
}

_STANDS: Final[Mapping[str, Schema]] = {
    "lead_id": _UUID,
    "status": {"type": "string", "enum": ["assigned", "queued", "rejected", "closed"]},
    "reason": _maybe_text("Why it is with nobody"),
    "rep": _or_null(ref("RepRef")),
    "team": _maybe_text("The team it is with, or waits for"),
    "rule": _maybe_text("The id of the rule that decided last"),
    "score": {"type": ["number", "null"]},
    "tier": _maybe_text("What it is worth"),
    "policy_version": {"type": ["integer", "null"]},
    "seq": {"type": ["integer", "null"], "description": "Its latest record"},
    "received_at": _TIME,
    "updated_at": _TIME,
    "queued_at": _or_null(_TIME),
    "waiting_seconds": {"type": ["number", "null"], "description": "How long it has waited in the queue"},
    "closed_at": _or_null(_TIME),
    "outcome": _maybe_text("What became of it"),
    "region": _maybe_text("The region it lies in, by its narrowest code"),
    "industry": _maybe_text("Its industry's code"),
    "facts": {**ref("LeadFields"), "description": "What is known of it, normalised"},
    "body": {"type": ["object", "null"], "description": "As it came, kept while it could not be decided"},
    "warnings": list_of(ref("Warning")),
}

_RECORD: Final[Mapping[str, Schema]] = {
    "assignment_id": _UUID,
    "seq": {"type": "integer", "description": "Its place in the lane: gapless, ever growing"},
    "revision": {"type": "integer"},
    "kind": {"type": "string", "enum": ["routed", "rerouted", "assigned", "released", "claimed"]},
    "lead_id": _UUID,
    "lead": _object({
        name: {"type": ["string", "null"]} for name in ("external_id", "name", "email", "phone", "company")
    }, description="Whose it is now"),
    "source": {"type": ["string", "null"]},
    "region": {"type": ["string", "null"]},
    "industry": {"type": ["string", "null"]},
    **_DECIDED,
    "strategy": _maybe_text("How one of several was picked"),
    "actor": _maybe_text("Who did it, if it was done by hand"),
    "note": _maybe_text("Why, in that person's words"),
}  # fmt: skip

_REP_FIELDS: Final[Mapping[str, Schema]] = {
    "email": {"type": ["string", "null"]},
    "status": {"type": "string", "enum": ["active", "paused", "inactive"]},
    "seniority": {"type": ["string", "null"]},
    "manager": {"type": ["string", "null"], "description": "Another rep's id"},
    "covers": _object({}, {
        name: {"type": ["array", "null"], "items": {"type": "string"}}
        for name in ("regions", "industries", "sources", "tiers", "products", "languages")
    }, description="null or absent: everything; an empty list: nothing"),
    "skills": list_of({"type": "string"}),
    "attributes": {"type": "object"},
    "capacity": _object({}, dict.fromkeys(("open", "per_day", "per_week", "per_month"), _CAP)),
    "timezone": _text("An IANA time zone"),
    "hours": {"type": ["object", "null"], "description": "Shifts by weekday; null: always"},
    "holidays": _maybe_text("A holiday calendar: `CN`, `DE-BY`"),
    "time_off": list_of(_object({"from": {"type": "string"}, "to": {"type": "string"}})),
    "latitude": {"type": ["number", "null"]},
    "longitude": {"type": ["number", "null"]},
}  # fmt: skip

_SENT_BACK: Final[Mapping[str, Schema]] = {
    name: {"description": "Passed over: what answers show beside a document, so that one can be sent back"}
    for name in ("load", "warnings")
}

_TEAM_FIELDS: Final[Mapping[str, Schema]] = {
    **_given({
        "name": {"type": "string"},
        "members": list_of({"anyOf": [
            _closed({"rep": ID}, {"weight": {"type": ["number", "null"], "minimum": 0, "maximum": 1000}}),
            {**ID, "description": "A rep's id alone: with the weight 1"},
        ]}),
    }),
    **_SENT_BACK,
}  # fmt: skip

_SCOPES: Final = {
    "type": "array",
    "items": {"type": "string", "enum": list(SCOPES)},
    "minItems": 1,
    "uniqueItems": True,
    "description": "What it may do; `admin` includes all others",
}
_RATE: Final = {
    "type": ["integer", "null"], "minimum": 1, "maximum": 1_000_000,
    "description": "Requests in a minute, over all replicas; each lead of an import counts as one. null: no limit",
}  # fmt: skip
_EXPIRES: Final = {
    "anyOf": [{"type": "string", "format": "date"}, _TIME, {"type": "null"}],
    "description": "From then on it is refused; of a date: from its end in UTC on; null: never",
}
_KEY_NAME: Final = _text("Who holds it, as the record names them", minLength=1, maxLength=64, pattern=r"\S")
_KEY: Final[Mapping[str, Schema]] = {
    "id": {"type": "string", "pattern": "^[a-z0-9]{12}$"},
    "name": {"type": "string"},
    "prefix": _text("How its text begins: all that is shown of it later"),
    "scopes": _SCOPES,
    "rate_per_minute": _RATE,
    "status": {"type": "string", "enum": ["active", "expired", "revoked"]},
    "created_at": _TIME,
    "created_by": {"type": "string"},
    "expires_at": _or_null(_TIME),
    "revoked_at": _or_null(_TIME),
    "revoked_by": _maybe_text("Who revoked it"),
    "last_used_at": _or_null({**_TIME, "description": "To the minute or so"}),
}

COMPONENTS: Final[Mapping[str, Schema]] = {
    "Problem": _object({
        "type": _text("A stable name of the kind of problem"),
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": _text("What is wrong, for people"),
        "errors": list_of(_object({"where": {"type": "string"}, "message": {"type": "string"}})),
        "request_id": {"type": ["string", "null"]},
    }, description="RFC 9457; some kinds have further members, such as `lead_id`, `winner`, `outcome_known`"),
    "LeadFields": _object({}, {
        **{name: {**_FREE, "description": said} for name, said in _LEAD_FIELDS.items()},
        "attributes": {"type": "object", "description": "Whatever else is known"},
    }, additionalProperties=True),
    "RepRef": _object({"id": ID, "name": {"type": ["string", "null"]}, "email": {"type": ["string", "null"]}}),
    "Warning": _object({"field": {"type": "string"}, "code": {"type": "string"}, "message": {"type": "string"}}),
    "Answer": _object({
        "lead_id": _or_null(_UUID),
        **_DECIDED,
        "assignment_id": _or_null(_UUID),
        "seq": {"type": ["integer", "null"]},
        "replayed": {"type": "boolean", "description": "Whether this delivery had been answered before"},
        "warnings": list_of(ref("Warning")),
    }, {"trace": ref("Trace")}),
    "Trace": {"type": "object", "description": "Recognition, score with each contribution, every rule that applied and "
              "what became of it, the candidates with what left them out or ranked them", "additionalProperties": True,
              "properties": {
                  "not_applied": {**_or_null(list_of(ref("NotApplied"))),
                                  "description": "With `explain`: rules come to that did not apply, in order; null if "
                                  "that cannot be told"},
                  "not_reached": {"type": ["integer", "null"], "description": "With `explain`: rules not come to"},
                  "unexplained": _or_null(_object({
                      "code": {"type": "string", "enum": [why.value for why in Incomparable]},
                      "message": {"type": "string"},
                  }, description="With `explain`: why that cannot be told")),
              }},
    "NotApplied": _object({
        "rule": _text("The rule's id"),
        "name": {"type": "string"},
        "failed": list_of(_object({
            "field": {"type": "string"},
            "operator": {"type": "string"},
            "expected": {**_ANY, "description": "What the policy asks"},
            "actual": {**_ANY, "description": "What the lead had; null: nothing"},
            "negated": {"type": "boolean", "description": "The test did hold, but stands below a `not`"},
            "message": _text("The same in words; in Chinese with `Accept-Language: zh`"),
        })),
    }),
    "BulkLine": {"type": "object", "required": ["line"], "properties": {"line": {"type": "integer", "minimum": 1}},
                 "anyOf": [ref("Answer"), _object({"error": ref("Problem")})]},
    "Lead": _object({**_STANDS, "decisions": list_of(ref("Assignment"))}),
    "LeadState": _object(_STANDS),
    "LeadPage": _page("LeadState"),
    "Assignment": _object(_RECORD, {"trace": ref("Trace")}),
    "AssignmentPage": _page("Assignment", next_after_seq={"type": "integer", "description": "Of the feed: go on here"}),
    "AssignBody": _closed({"rep": ID, "reason": _WHY}, {
        "team": {**_or_null(ID), "description": "The team in whose rotation this counts as the rep's turn"}}),
    "ReleaseBody": _closed({"reason": _WHY}),
    "ClaimBody": _closed({"rep": ID}),
    "RouteBody": _closed({}, {"reason": _or_null(_WHY)}),
    "CloseBody": _closed({
        "outcome": _text("`won`, `lost`, `invalid`, or a word of your own, in printable characters",
                         minLength=1, maxLength=64, pattern=r"\S")}),
    "RepFields": _closed({"name": {"type": "string"}}, {"id": ID, **_given(_REP_FIELDS), **_SENT_BACK}),
    "RepPatch": _closed({}, {**_given({"id": ID}), "name": {"type": "string"}, **_given(_REP_FIELDS), **_SENT_BACK}),
    "Rep": _object({"id": ID, "name": {"type": "string"}, **_REP_FIELDS}, {
        "load": _or_null(ref("Load")), "warnings": list_of(ref("Place"))}),
    "RepPage": _page("Rep"),
    "Load": _object({
        **dict.fromkeys(("open", "per_day", "per_week", "per_month"), _COUNT),
        "caps": _object(dict.fromkeys(("open", "per_day", "per_week", "per_month"), _CAP)),
        "able": {"type": "boolean", "description": "Whether they could take a lead now"},
        "left_out": _maybe_text("What keeps them from it: `paused`, `off_shift`, `at_cap:per_day`, …"),
    }, description="Open leads, and new ones in the windows that contain today"),
    "Place": _object({"where": {"type": "string"}, "message": {"type": "string"}}),
    "TeamFields": _closed({}, {"id": ID, **_TEAM_FIELDS}),
    "TeamPatch": _closed({}, {**_given({"id": ID}), **_TEAM_FIELDS}),
    "Team": _object({
        "id": ID,
        "name": {"type": "string"},
        "members": list_of(_object({"rep": ID, "weight": {"type": "number"}})),
    }, {"warnings": list_of(ref("Place"))}),
    "TeamPage": _page("Team"),
    "Roster": _closed({}, _given({
        "reps": {"type": "object", "additionalProperties": ref("RepFields")},
        "teams": {"type": "object", "additionalProperties": ref("TeamFields")},
    })),
    "RosterEdited": _object({
        "revision": {"type": "integer"},
        "dry_run": {"type": "boolean"},
        "changes": list_of(_object({
            "kind": {"type": "string", "enum": ["rep", "team"]},
            "id": ID,
            "change": {"type": "string", "enum": ["added", "changed", "deactivated", "removed"]},
            "fields": {"type": "object", "additionalProperties": _object({"from": _ANY, "to": _ANY})},
        })),
        "warnings": list_of(ref("Place")),
    }),
    "PolicyDocument": _closed({"rules": {"type": "array"}}, {
        "name": {"type": ["string", "null"]},
        "description": {"type": ["string", "null"]},
        "currency": _maybe_text("ISO 4217"),
        "rates": {"type": ["object", "null"], "description": "What a unit of other currencies is worth in `currency`"},
        "regions": {"type": ["array", "null"]},
        "industries": {"type": ["array", "null"]},
        "sources": {"type": ["array", "null"]},
        "screening": {"type": ["array", "null"]},
        "scoring": {"type": ["array", "object", "null"]},
        "tiers": {"type": ["array", "null"]},
        "follow_up": {"type": ["object", "null"]},
    }, description="Regions, industries, sources, screening, scoring, tiers, rules, follow-up"),
    "Finding": _object({"code": {"type": "string"}, "where": {"type": "string"}, "message": {"type": "string"}}),
    "PolicyStored": _object({
        "version": {"type": ["integer", "null"], "description": "null if it was only checked"},
        "active": {"type": "boolean"},
        "findings": list_of(ref("Finding")),
    }),
    "PolicySummary": _object({
        "version": {"type": "integer"}, "name": {"type": ["string", "null"]},
        "format": {"type": "string", "enum": ["yaml", "json"]}, "created_at": _TIME,
        "created_by": {"type": ["string", "null"]}, "active": {"type": "boolean"},
    }),
    "Policy": {"allOf": [ref("PolicySummary"), _object({
        "findings": list_of(ref("Finding")), "document": ref("PolicyDocument"), "source": {"type": "string"}})]},
    "PolicyPage": _page("PolicySummary"),
    "KeyFields": _closed({"name": _KEY_NAME, "scopes": _SCOPES}, {"expires_at": _EXPIRES, "rate_per_minute": _RATE}),
    "KeyPatch": _closed({}, {"name": _KEY_NAME, "expires_at": _EXPIRES, "rate_per_minute": _RATE}),
    "Key": _object(_KEY),
    "NewKey": _object({"key": _text("The key itself: shown this once"), **_KEY}),
    "KeyPage": _page("Key"),
    "Alive": _object({"status": {"type": "string"}}),
    "Ready": _object({
        "status": {"type": "string", "enum": ["ready", "not ready"]},
        "checks": {"type": "object", "additionalProperties": _object({
            "ok": {"type": "boolean"}, "message": {"type": "string"}})},
    }),
}  # fmt: skip
"""Every shape by its name."""
