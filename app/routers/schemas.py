"""How is the API described to those who call it? The shapes and examples that ``openapi.yaml`` is made of.

Each operation has a name here with what its decorator takes: responses with examples, and the body it reads. Nothing in
here runs when a request is served.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, TypeAlias

from fastapi import Query, Response

from app.problems import KINDS, MEDIA_TYPE, UNEXPECTED
from app.routers import examples
from app.routers.answers import CSV, JSON, NDJSON, YAML
from app.routers.parameters import LONGEST_KEY
from app.routers.shaping import Schema, list_of, ref

Trace: TypeAlias = Annotated[
    bool, Query(description="Whether the answer has the whole `trace` of why. That needs the scope `leads:read` too")
]
Explain: TypeAlias = Annotated[
    bool, Query(description="Whether the `trace` tells of each rule that was come to and did not apply what kept it")
]

_PROBLEMS: Final[Mapping[int, str]] = {
    400: "The body cannot be read: not JSON, not UTF-8, too deep",
    401: "No key, or an unknown one",
    403: "The key does not have the scope that this needs",
    404: "There is no such thing",
    409: "It contradicts what is there",
    412: "It has been changed since it was read",
    413: "The body is longer than allowed",
    415: "The format is not read here",
    422: "Something in it is wrong: `errors` says what, and where",
    429: "The rate of the key is used up, or too many wrong keys were tried. `Retry-After` says when to try again",
    503: "It cannot be served now: too much waits, the database is away, no policy is active, or this replica is "
    "shutting down. `Retry-After` says when to try again",
}


_EXAMPLES: Final[list[Any]] = []
_MARK: Final = "x-example"


def content(schema: Schema, example: Any, media: str = JSON) -> dict[str, Any]:
    """A body in a media type, with an example of it."""
    # FastAPI leaves out what is null, also in examples; so they are put in behind it, by whole_examples.
    _EXAMPLES.append(example)
    return {media: {"schema": schema, "example": {_MARK: len(_EXAMPLES) - 1}}}


def whole_examples(part: Any) -> Any:
    """The description with every example in its place."""
    match part:
        case {"x-example": int(number)}:
            return _EXAMPLES[number]
        case dict():
            return {key: whole_examples(value) for key, value in part.items()}
        case list():
            return [whole_examples(value) for value in part]
        case _:
            return part


def without_null_parameters(document: dict[str, Any]) -> dict[str, Any]:
    """The description with no parameter that may be null: there is no null in an address or a header, only absence."""
    for operations in document["paths"].values():
        for operation in operations.values():
            for parameter in operation.get("parameters", ()):
                schema = parameter["schema"]
                kinds = [kind for kind in schema.get("anyOf", ()) if kind != {"type": "null"}]
                if len(kinds) == 1:
                    del schema["anyOf"]
                    parameter["schema"] = {**kinds[0], **schema}
    return document


def _problems(*statuses: int) -> dict[int | str, Any]:
    kinds = {kind.status: kind for kind in (*reversed(list(KINDS.values())), UNEXPECTED)}
    return {
        status: {
            "description": _PROBLEMS[status],
            "content": content(
                ref("Problem"),
                {
                    "type": kinds[status].type,
                    "title": kinds[status].title,
                    "status": status,
                    "detail": _PROBLEMS[status].partition(":")[0],
                    "errors": [{"where": "limit", "message": "what is wrong there"}] if status == 422 else [],
                    "request_id": "01980f5e-0000-7000-8000-000000000000",
                },
                MEDIA_TYPE,
            ),
        }
        for status in statuses
    }


def operation(
    answers: Mapping[int, tuple[str, dict[str, Any] | None]],
    *problems: int,
    body: dict[str, Any] | None = None,
    body_needed: bool = True,
    parameters: list[Schema] | None = None,
    secured: bool = True,
) -> dict[str, Any]:
    """What the decorator of an operation takes: answers by status, the problems it can end in, and its body."""
    shown: dict[int | str, Any] = {
        status: {"description": said, **({"content": content} if content is not None else {})}
        for status, (said, content) in answers.items()
    }
    extra: dict[str, Any] = {}
    if body is not None:
        extra["requestBody"] = {"required": body_needed, "content": body}
    if parameters:
        extra["parameters"] = parameters
    statuses = sorted({*problems, *((401, 403, 422, 429, 503) if secured else ())})
    return {"response_class": Response, "responses": {**shown, **_problems(*statuses)}, "openapi_extra": extra}


def _header(name: str, said: str, example: str, **more: Any) -> Schema:
    return {"name": name, "in": "header", "required": False, "description": said,
            "schema": {"type": "string", **more}, "example": example}  # fmt: skip


_KEY: Final = _header(
    "Idempotency-Key", "Makes a repeat safe: the same key is the same delivery, kept 30 days", "form-7f3a-0001",
    minLength=1, maxLength=LONGEST_KEY,
)  # fmt: skip
LANGUAGE: Final = _header("Accept-Language", "`zh`: explanations, warnings and errors in Chinese", "en")
MATCH: Final = _header("If-Match", "The `ETag` that was read: 412 if it has been changed since", "*")

_ANSWER: Final = content(ref("Answer"), examples.ANSWER)
_LEAD_BODY: Final = content(ref("LeadFields"), examples.LEAD)


def _json_or_yaml(schema: Schema, example: Any) -> dict[str, Any]:
    return {**content(schema, example), **content(schema, example, YAML)}


ROUTE_LEAD: Final = operation(
    {201: ("Routed", _ANSWER), 200: ("This delivery was answered before: the recorded answer", _ANSWER)},
    400, 409, 413, body=_LEAD_BODY, parameters=[_KEY, LANGUAGE],
)  # fmt: skip
PREVIEW: Final = operation(
    {200: ("What would be decided", content(ref("Answer"), examples.PREVIEW))},
    400, 404, 409, 413, body=_LEAD_BODY, parameters=[_KEY, LANGUAGE],
)  # fmt: skip
BULK: Final = operation(
    {200: ("One line per input line, in order", content(ref("BulkLine"), examples.BULK_ANSWER, NDJSON))},
    415,
    body={
        **content({"type": "string"}, examples.BULK_NDJSON, NDJSON),
        **content(list_of(ref("LeadFields")), [examples.LEAD]),
        **content({"type": "string"}, examples.BULK_CSV, CSV),
    },
    parameters=[_KEY, LANGUAGE],
)
LIST_LEADS: Final = operation(
    {200: ("A page of leads", content(ref("LeadPage"), examples.LEAD_PAGE))}, parameters=[LANGUAGE]
)
GET_LEAD: Final = operation({200: ("The lead", content(ref("Lead"), examples.LEAD_SHOWN))}, 404, parameters=[LANGUAGE])
PATCH_LEAD: Final = operation(
    {200: ("The lead as it is now", content(ref("Lead"), examples.LEAD_SHOWN))},
    400, 404, 413, body=content(ref("LeadFields"), {"city": "Hangzhou", "need": None}), parameters=[LANGUAGE],
)  # fmt: skip
ASSIGN: Final = operation(
    {200: ("Given", content(ref("Answer"), examples.BY_HAND))},
    400, 404, 409, 413,
    body=content(ref("AssignBody"), {"rep": "east-1", "team": "everyone", "reason": "knows the customer"}),
    parameters=[LANGUAGE],
)  # fmt: skip
RELEASE: Final = operation(
    {200: ("Back in the queue", content(ref("Answer"), examples.RELEASED))},
    400, 404, 409, 413, body=content(ref("ReleaseBody"), {"reason": "on a long trip"}), parameters=[LANGUAGE],
)  # fmt: skip
CLAIM: Final = operation(
    {200: ("Claimed", content(ref("Answer"), examples.BY_HAND))},
    400, 404, 409, 413, body=content(ref("ClaimBody"), {"rep": "east-1"}), parameters=[LANGUAGE],
)  # fmt: skip
ROUTE_AGAIN: Final = operation(
    {200: ("Routed again", _ANSWER)},
    400, 404, 409, 413, body=content(ref("RouteBody"), {"reason": "the policy has changed"}), body_needed=False,
    parameters=[LANGUAGE],
)  # fmt: skip
CLOSE: Final = operation(
    {200: ("The lead, closed", content(ref("Lead"), examples.LEAD_SHOWN))},
    400, 404, 409, 413, body=content(ref("CloseBody"), {"outcome": "won"}), parameters=[LANGUAGE],
)  # fmt: skip

LIST_ASSIGNMENTS: Final = operation({
    200: ("A page of the history, or of the feed", {
        **content(ref("AssignmentPage"), examples.ASSIGNMENT_PAGE),
        **content({"type": "string"}, examples.EXPORT, CSV),
    })
}, parameters=[LANGUAGE])  # fmt: skip
GET_ASSIGNMENT: Final = operation(
    {200: ("The decision", content(ref("Assignment"), examples.ASSIGNMENT_TRACED))}, 404, parameters=[LANGUAGE]
)

_REP: Final = content(ref("Rep"), examples.REP)
_TEAM: Final = content(ref("Team"), examples.TEAM)
PUT_REP: Final = operation(
    {200: ("The rep as it is now", _REP), 201: ("The rep, new", _REP)},
    400, 412, 413, body=content(ref("RepFields"), examples.REP_BODY), parameters=[MATCH, LANGUAGE],
)  # fmt: skip
PATCH_REP: Final = operation(
    {200: ("The rep as it is now", _REP)},
    400, 404, 412, 413, body=content(ref("RepPatch"), {"status": "paused"}), parameters=[MATCH, LANGUAGE],
)  # fmt: skip
GET_REP: Final = operation({200: ("The rep", content(ref("Rep"), examples.REP_LOADED))}, 404)
LIST_REPS: Final = operation({200: ("A page of reps", content(ref("RepPage"), examples.page(examples.REP)))})
DELETE_REP: Final = operation({200: ("The rep, inactive", _REP)}, 404, 412, parameters=[MATCH, LANGUAGE])
PUT_TEAM: Final = operation(
    {200: ("The team as it is now", _TEAM), 201: ("The team, new", _TEAM)},
    400, 412, 413, body=content(ref("TeamFields"), examples.TEAM_BODY), parameters=[MATCH, LANGUAGE],
)  # fmt: skip
PATCH_TEAM: Final = operation(
    {200: ("The team as it is now", _TEAM)},
    400, 404, 412, 413, body=content(ref("TeamPatch"), {"name": "Everyone"}), parameters=[MATCH, LANGUAGE],
)  # fmt: skip
GET_TEAM: Final = operation({200: ("The team", _TEAM)}, 404)
LIST_TEAMS: Final = operation({200: ("A page of teams", content(ref("TeamPage"), examples.page(examples.TEAM)))})
DELETE_TEAM: Final = operation({204: ("Removed", None)}, 404, 409, 412, parameters=[MATCH])
GET_ROSTER: Final = operation({200: ("The roster", _json_or_yaml(ref("Roster"), examples.ROSTER))})
PUT_ROSTER: Final = operation(
    {200: ("What changed", content(ref("RosterEdited"), examples.ROSTER_EDITED))},
    400, 409, 412, 413,
    body=_json_or_yaml(ref("Roster"), examples.ROSTER),
    parameters=[MATCH, LANGUAGE],
)  # fmt: skip

LIST_ROTATIONS: Final = operation(
    {200: ("A page of rotations", content(ref("RotationPage"), examples.page(examples.ROTATION)))}
)
GET_ROTATION: Final = operation(
    {200: ("The rotation", content(ref("Rotation"), examples.ROTATION))}, 404, parameters=[LANGUAGE]
)

_STORED: Final = content(ref("PolicyStored"), examples.POLICY_STORED)
_POLICY: Final = {
    **content(ref("Policy"), examples.POLICY_SHOWN),
    **content(ref("PolicyDocument"), examples.POLICY, YAML),
}
CREATE_POLICY: Final = operation(
    {201: ("Stored", _STORED), 200: ("Only checked", content(ref("PolicyStored"), examples.POLICY_CHECKED))},
    400, 413, body=_json_or_yaml(ref("PolicyDocument"), examples.POLICY), parameters=[LANGUAGE],
)  # fmt: skip
LIST_POLICIES: Final = operation({200: ("A page of versions", content(ref("PolicyPage"), examples.POLICY_PAGE))})
GET_POLICY: Final = operation({200: ("The version", _POLICY)}, 404, parameters=[LANGUAGE])
ACTIVE_POLICY: Final = operation({200: ("The version in force", _POLICY)}, 404, parameters=[LANGUAGE])
ACTIVATE_POLICY: Final = operation(
    {200: ("In force", content(ref("PolicyStored"), {**examples.POLICY_STORED, "active": True}))},
    404,
    parameters=[LANGUAGE],
)

_KEY_SHOWN: Final = content(ref("Key"), examples.KEY)
CREATE_KEY: Final = operation(
    {201: ("Made; `key` is shown this once", content(ref("NewKey"), examples.KEY_NEW))},
    400, 413, body=content(ref("KeyFields"), examples.KEY_BODY),
)  # fmt: skip
LIST_KEYS: Final = operation({200: ("A page of keys", content(ref("KeyPage"), examples.page(examples.KEY)))})
GET_KEY: Final = operation({200: ("The key", _KEY_SHOWN)}, 404)
PATCH_KEY: Final = operation(
    {200: ("The key as it is now", _KEY_SHOWN)},
    400, 404, 409, 413, body=content(ref("KeyPatch"), {"name": "Server-side form, old", "rate_per_minute": 60}),
    body_needed=False,
)  # fmt: skip
REVOKE_KEY: Final = operation({200: ("It no longer holds", content(ref("Key"), examples.KEY_REVOKED))}, 404)

LIVEZ: Final = operation({200: ("Alive", content(ref("Alive"), {"status": "alive"}))}, secured=False)
READYZ: Final = operation(
    {
        200: ("Ready", content(ref("Ready"), examples.READY)),
        503: ("Not ready", content(ref("Ready"), examples.NOT_READY)),
    },
    secured=False,
)
METRICS: Final = operation(
    {200: ("The metrics", content({"type": "string"}, examples.METRICS, "text/plain"))}, secured=False
)
