"""What do requests and answers look like? Every shape of the API by its name, as plain JSON Schema (2020-12)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from app.record.again import Incomparable
from app.routers.shaping import (
    ANY,
    CAP,
    COUNT,
    FREE,
    ID,
    TIME,
    UUID,
    WHY,
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
from app.store.history import MOST_CHANGES
from app.store.scopes import SCOPES

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
    "reason": maybe_text("Why it is with nobody"),
    "score": {"type": ["number", "null"]},
    "tier": maybe_text("What it is worth"),
    "rule": maybe_text("The id of the rule that decided"),
    "rule_name": maybe_text("That rule's name"),
    "rep": or_null(ref("RepRef")),
    "team": maybe_text("The team in whose name it was given, or for which it waits"),
    "policy_version": {"type": ["integer", "null"]},
    "assigned_at": {**TIME, "description": "When it was decided, whatever the status"},
    "first_contact_due": or_null(TIME),
    "duplicate_of": or_null({**UUID, "description": "The same person's latest earlier lead"}),
    "explanation": text("Why, in one sentence; in Chinese with `Accept-Language: zh`"),
}

_STANDS: Final[Mapping[str, Schema]] = {
    "lead_id": UUID,
    "status": {"type": "string", "enum": ["assigned", "queued", "rejected", "closed"]},
    "reason": maybe_text("Why it is with nobody"),
    "rep": or_null(ref("RepRef")),
    "team": maybe_text("The team it is with, or waits for"),
    "rule": maybe_text("The id of the rule that decided last"),
    "score": {"type": ["number", "null"]},
    "tier": maybe_text("What it is worth"),
    "policy_version": {"type": ["integer", "null"]},
    "seq": {"type": ["integer", "null"], "description": "Its latest record"},
    "received_at": TIME,
    "updated_at": TIME,
    "queued_at": or_null(TIME),
    "waiting_seconds": {"type": ["number", "null"], "description": "How long it has waited in the queue"},
    "closed_at": or_null(TIME),
    "outcome": maybe_text("What became of it"),
    "region": maybe_text("The region it lies in, by its narrowest code"),
    "industry": maybe_text("Its industry's code"),
    "facts": {**ref("LeadFields"), "description": "What is known of it, normalised"},
    "body": {"type": ["object", "null"], "description": "As it came, kept while it could not be decided"},
    "warnings": list_of(ref("Warning")),
    "explanation": maybe_text("Why it is where it is, as one sentence: what was decided last"),
}

_RECORD: Final[Mapping[str, Schema]] = {
    "assignment_id": UUID,
    "seq": {"type": "integer", "description": "Its place in the lane: gapless, ever growing"},
    "revision": {"type": "integer"},
    "kind": {"type": "string", "enum": ["routed", "rerouted", "assigned", "released", "claimed"]},
    "lead_id": UUID,
    "lead": obj({
        name: {"type": ["string", "null"]} for name in ("external_id", "name", "email", "phone", "company")
    }, description="Whose it is now"),
    "source": {"type": ["string", "null"]},
    "region": {"type": ["string", "null"]},
    "industry": {"type": ["string", "null"]},
    **_DECIDED,
    "strategy": maybe_text("How one of several was picked"),
    "actor": maybe_text("Who did it, if it was done by hand"),
    "note": maybe_text("Why, in that person's words"),
}  # fmt: skip

_REP_FIELDS: Final[Mapping[str, Schema]] = {
    "email": {"type": ["string", "null"]},
    "status": {"type": "string", "enum": ["active", "paused", "inactive"]},
    "seniority": {"type": ["string", "null"]},
    "manager": {"type": ["string", "null"], "description": "Another rep's id"},
    "covers": obj({}, {
        name: {"type": ["array", "null"], "items": {"type": "string"}}
        for name in ("regions", "industries", "sources", "tiers", "products", "languages")
    }, description="null or absent: everything; an empty list: nothing"),
    "skills": list_of({"type": "string"}),
    "attributes": {"type": "object"},
    "capacity": obj({}, dict.fromkeys(("open", "per_day", "per_week", "per_month"), CAP)),
    "timezone": text("An IANA time zone"),
    "hours": {"type": ["object", "null"], "description": "Shifts by weekday; null: always"},
    "holidays": maybe_text("A holiday calendar: `CN`, `DE-BY`"),
    "time_off": list_of(obj({"from": {"type": "string"}, "to": {"type": "string"}})),
    "latitude": {"type": ["number", "null"]},
    "longitude": {"type": ["number", "null"]},
}  # fmt: skip

_SENT_BACK: Final[Mapping[str, Schema]] = {
    name: {"description": "Passed over: what answers show beside a document, so that one can be sent back"}
    for name in ("load", "warnings")
}

_TEAM_FIELDS: Final[Mapping[str, Schema]] = {
    **given_or_null({
        "name": {"type": "string"},
        "members": list_of({"anyOf": [
            closed({"rep": ID}, {"weight": {"type": ["number", "null"], "minimum": 0, "maximum": 1000}}),
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
    "anyOf": [{"type": "string", "format": "date"}, TIME, {"type": "null"}],
    "description": "From then on it is refused; of a date: from its end in UTC on; null: never",
}
_KEY_NAME: Final = text("Who holds it, as the record names them", minLength=1, maxLength=64, pattern=r"\S")
_KEY: Final[Mapping[str, Schema]] = {
    "id": {"type": "string", "pattern": "^[a-z0-9]{12}$"},
    "name": {"type": "string"},
    "prefix": text("How its text begins: all that is shown of it later"),
    "scopes": _SCOPES,
    "rate_per_minute": _RATE,
    "status": {"type": "string", "enum": ["active", "expired", "revoked"]},
    "created_at": TIME,
    "created_by": {"type": "string"},
    "expires_at": or_null(TIME),
    "revoked_at": or_null(TIME),
    "revoked_by": maybe_text("Who revoked it"),
    "last_used_at": or_null({**TIME, "description": "To the minute or so"}),
}

COMPONENTS: Final[Mapping[str, Schema]] = {
    "Problem": obj({
        "type": text("A stable name of the kind of problem"),
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": text("What is wrong, for people"),
        "errors": list_of(obj({"where": {"type": "string"}, "message": {"type": "string"}})),
        "request_id": {"type": ["string", "null"]},
    }, description="RFC 9457; some kinds have further members, such as `lead_id`, `winner`, `outcome_known`"),
    "LeadFields": obj({}, {
        **{name: {**FREE, "description": said} for name, said in _LEAD_FIELDS.items()},
        "attributes": {"type": "object", "description": "Whatever else is known"},
    }, additionalProperties=True),
    "RepRef": obj({"id": ID, "name": {"type": ["string", "null"]}, "email": {"type": ["string", "null"]}}),
    "Warning": obj({"field": {"type": "string"}, "code": {"type": "string"}, "message": {"type": "string"}}),
    "Answer": obj({
        "lead_id": or_null(UUID),
        **_DECIDED,
        "assignment_id": or_null(UUID),
        "seq": {"type": ["integer", "null"]},
        "replayed": {"type": "boolean", "description": "Whether this delivery had been answered before"},
        "warnings": list_of(ref("Warning")),
    }, {"trace": ref("Trace")}),
    "Trace": {"type": "object", "description": "Recognition, score with each contribution, every rule that applied and "
              "what became of it, the candidates with what left them out or ranked them", "additionalProperties": True,
              "properties": {
                  "not_applied": {**or_null(list_of(ref("NotApplied"))),
                                  "description": "With `explain`: rules come to that did not apply, in order; null if "
                                  "that cannot be told"},
                  "not_reached": {"type": ["integer", "null"], "description": "With `explain`: rules not come to"},
                  "unexplained": or_null(obj({
                      "code": {"type": "string", "enum": [why.value for why in Incomparable]},
                      "message": {"type": "string"},
                  }, description="With `explain`: why that cannot be told")),
              }},
    "NotApplied": obj({
        "rule": text("The rule's id"),
        "name": {"type": "string"},
        "failed": list_of(obj({
            "field": {"type": "string"},
            "operator": {"type": "string"},
            "expected": {**ANY, "description": "What the policy asks"},
            "actual": {**ANY, "description": "What the lead had; null: nothing"},
            "negated": {"type": "boolean", "description": "The test did hold, but stands below a `not`"},
            "message": text("The same in words; in Chinese with `Accept-Language: zh`"),
        })),
    }),
    "BulkLine": {"type": "object", "required": ["line"], "properties": {"line": {"type": "integer", "minimum": 1}},
                 "anyOf": [ref("Answer"), obj({"error": ref("Problem")})]},
    "Lead": obj({
        **_STANDS,
        "decisions": list_of(ref("Assignment")),
        "changes": {**list_of(ref("LeadChange")), "description": f"At most {MOST_CHANGES}: the latest, oldest first"},
    }),
    "LeadChange": obj({
        "revision": {"type": "integer", "description": "Its place among all records, the decisions included"},
        "kind": {"type": "string", "enum": ["closed", "corrected"]},
        "actor": maybe_text("Who did it; of what came to a source, that source"),
        "at": TIME,
        "outcome": maybe_text("Of a closing: what became of the lead"),
        "fields": {
            "type": ["array", "null"], "items": {"type": "string"},
            "description": "Of a correction: which fields were said anew, those of one's own as `attributes`; "
            "values are not recorded",
        },
    }),
    "LeadState": obj(_STANDS),
    "LeadPage": page("LeadState"),
    "Assignment": obj(_RECORD, {"trace": ref("Trace")}),
    "AssignmentPage": page("Assignment", next_after_seq={"type": "integer", "description": "Of the feed: go on here"}),
    "AssignBody": closed({"rep": ID, "reason": WHY}, {
        "team": {**or_null(ID), "description": "The team in whose rotation this counts as the rep's turn"}}),
    "ReleaseBody": closed({"reason": WHY}),
    "ClaimBody": closed({"rep": ID}),
    "RouteBody": closed({}, {"reason": or_null(WHY)}),
    "CloseBody": closed({
        "outcome": text("`won`, `lost`, `invalid`, or a word of your own, in printable characters",
                         minLength=1, maxLength=64, pattern=r"\S")}),
    "RepFields": closed({"name": {"type": "string"}}, {"id": ID, **given_or_null(_REP_FIELDS), **_SENT_BACK}),
    "RepPatch": closed({}, {
        **given_or_null({"id": ID}), "name": {"type": "string"}, **given_or_null(_REP_FIELDS), **_SENT_BACK}),
    "Rep": obj({"id": ID, "name": {"type": "string"}, **_REP_FIELDS}, {
        "load": or_null(ref("Load")), "warnings": list_of(ref("Place"))}),
    "RepPage": page("Rep"),
    "Load": obj({
        **dict.fromkeys(("open", "per_day", "per_week", "per_month"), COUNT),
        "caps": obj(dict.fromkeys(("open", "per_day", "per_week", "per_month"), CAP)),
        "able": {"type": "boolean", "description": "Whether they could take a lead now"},
        "left_out": maybe_text("What keeps them from it: `paused`, `off_shift`, `at_cap:per_day`, …"),
    }, description="Open leads, and new ones in the windows that contain today"),
    "Place": obj({"where": {"type": "string"}, "message": {"type": "string"}}),
    "TeamFields": closed({}, {"id": ID, **_TEAM_FIELDS}),
    "TeamPatch": closed({}, {**given_or_null({"id": ID}), **_TEAM_FIELDS}),
    "Team": obj({
        "id": ID,
        "name": {"type": "string"},
        "members": list_of(obj({"rep": ID, "weight": {"type": "number"}})),
    }, {"warnings": list_of(ref("Place"))}),
    "TeamPage": page("Team"),
    "Roster": closed({}, given_or_null({
        "reps": {"type": "object", "additionalProperties": ref("RepFields")},
        "teams": {"type": "object", "additionalProperties": ref("TeamFields")},
    })),
    "RosterEdited": obj({
        "revision": {"type": "integer"},
        "dry_run": {"type": "boolean"},
        "changes": list_of(obj({
            "kind": {"type": "string", "enum": ["rep", "team"]},
            "id": ID,
            "change": {"type": "string", "enum": ["added", "changed", "deactivated", "removed"]},
            "fields": {"type": "object", "additionalProperties": obj({"from": ANY, "to": ANY})},
        })),
        "warnings": list_of(ref("Place")),
    }),
    "Rotation": obj({
        "id": text("`team:ID`, `rule:ID`, or `named:NAME` for a policy's `rotation: NAME`"),
        "used_by": list_of(obj({
            "kind": {"type": "string", "enum": ["team", "rule"]},
            "id": {"type": "string"},
            "name": {"type": "string"},
        }, description="The team whose turns they are, or a rule of the active policy that takes turns in it")),
        "members": list_of(obj({
            "rep": ID,
            "name": {"type": "string"},
            "weight": {"type": ["number", "null"], "description": "On the team, where it is a team's; else null"},
            "credit": {"type": "number", "description": "What they are owed, in leads: due minus received"},
        }, description="By the rep's id: who has had a share of a lead there, and all of a team")),
        "furthest": {"type": "number", "minimum": 0, "description": "The furthest that anybody is from their share"},
        "revision": {"type": "integer", "description": "The revision as of which this is"},
    }),
    "RotationPage": page("Rotation"),
    "PolicyDocument": closed({"rules": {"type": "array"}}, {
        "name": {"type": ["string", "null"]},
        "description": {"type": ["string", "null"]},
        "currency": maybe_text("ISO 4217"),
        "rates": {"type": ["object", "null"], "description": "What a unit of other currencies is worth in `currency`"},
        "regions": {"type": ["array", "null"]},
        "industries": {"type": ["array", "null"]},
        "sources": {"type": ["array", "null"]},
        "screening": {"type": ["array", "null"]},
        "scoring": {"type": ["array", "object", "null"]},
        "tiers": {"type": ["array", "null"]},
        "follow_up": {"type": ["object", "null"]},
    }, description="Regions, industries, sources, screening, scoring, tiers, rules, follow-up"),
    "Finding": obj({"code": {"type": "string"}, "where": {"type": "string"}, "message": {"type": "string"}}),
    "PolicyStored": obj({
        "version": {"type": ["integer", "null"], "description": "null if it was only checked"},
        "active": {"type": "boolean"},
        "findings": list_of(ref("Finding")),
    }),
    "PolicySummary": obj({
        "version": {"type": "integer"}, "name": {"type": ["string", "null"]},
        "format": {"type": "string", "enum": ["yaml", "json"]}, "created_at": TIME,
        "created_by": {"type": ["string", "null"]}, "active": {"type": "boolean"},
    }),
    "Policy": {"allOf": [ref("PolicySummary"), obj({
        "findings": list_of(ref("Finding")), "document": ref("PolicyDocument"), "source": {"type": "string"}})]},
    "PolicyPage": page("PolicySummary"),
    "KeyFields": closed({"name": _KEY_NAME, "scopes": _SCOPES}, {"expires_at": _EXPIRES, "rate_per_minute": _RATE}),
    "KeyPatch": closed({}, {"name": _KEY_NAME, "expires_at": _EXPIRES, "rate_per_minute": _RATE}),
    "Key": obj(_KEY),
    "NewKey": obj({"key": text("The key itself: shown this once"), **_KEY}),
    "KeyPage": page("Key"),
    "Alive": obj({"status": {"type": "string"}}),
    "Ready": obj({
        "status": {"type": "string", "enum": ["ready", "not ready"]},
        "checks": {"type": "object", "additionalProperties": obj({
            "ok": {"type": "boolean"}, "message": {"type": "string"}})},
    }),
}  # fmt: skip
"""Every shape by its name."""
