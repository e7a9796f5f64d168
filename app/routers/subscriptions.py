"""Who is told of what is recorded? Subscriptions are put, changed and tried; and what became of each event is seen."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Final

import asyncpg
import orjson
from fastapi import APIRouter, Path, Request, Response
from pydantic import Field, StringConstraints

from app.channels.base import Channel, Told
from app.engine.explain import Language
from app.engine.problems import Problem, suggest
from app.engine.roster_document import patched
from app.errors import Conflict, Invalid, NotFound, PreconditionFailed
from app.events.sample import sample_event
from app.events.subscriptions import (
    LONGEST_SECRET,
    Document,
    Secrets,
    read,
    rotated,
    secrets_from,
    secrets_json,
    shown_secrets,
    told_of,
    unknown_names,
    wanted_of,
    with_secrets,
    wrong_secret,
    wrong_url,
)
from app.problems import preferred_language
from app.routers import schemas_subscriptions as schemas
from app.routers.access import needs
from app.routers.answers import Json, etag, page_of, revision_wanted
from app.routers.parameters import ID_WORDS, Cursor, Limit, cursor_at, place_at, word_in
from app.routers.present import noted, said_in
from app.routers.service import Actor, Body, Caller, Running, Service, small_body, small_object
from app.routers.shaping import ID
from app.store import outbox, subscriptions
from app.store.near import near_miss
from app.store.sealing import Unsealable

router = APIRouter(prefix="/v1/subscriptions", tags=["events"], dependencies=[needs("admin")])

TEST_SECONDS: Final = 25.0
"""How long a receiver may take to answer a test."""
MOST_HOURS: Final = 168.0
"""For how many hours an old secret can stay valid, at most."""

Name = Annotated[
    str,
    Path(
        max_length=64,
        description="The subscription's id: 1 to 64 of a-z, 0-9, dot, underscore, hyphen",
        json_schema_extra={"pattern": ID["pattern"]},
    ),
]
SecretName = Annotated[str, Path(max_length=64, description="The secret's name, as the kind has it")]


class SecretBody(Body):
    """A new value of a secret."""

    value: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_SECRET)] | None = Field(
        None, description="The new value; not given: one is made, for secrets that are made here"
    )
    hours: Annotated[float, Field(ge=0, le=MOST_HOURS, allow_inf_nan=False)] = Field(
        24, description="For how many hours older values stay valid"
    )


# --- one and all ------------------------------------------------------------------------------------------------------


@router.put("/{id}", **schemas.PUT)
async def put_subscription(request: Request, service: Running, id: Name, actor: Actor) -> Response:  # noqa: A002
    """Put a subscription, whole: what is not named has its default; secrets that are not named stay. 201 if new.

    A new one begins with what is recorded next, or at `from`. Secrets that are made here are shown in this answer, and
    never again. `warnings` names what the filter asks for and nobody knows yet.
    """
    if not _is_id(id):
        raise Invalid("This is no id", places=[Problem("path.id", ID_WORDS)])
    document, channel = read(_without_answered(await small_object(request, service)), service.teller.channels)
    async with service.writing() as connection:
        row = await subscriptions.locked(connection, id)
        current = 0 if row is None else row["revision"]
        if revision_wanted(request, current) not in (None, current):
            raise PreconditionFailed(f"There is a subscription “{id}” already", revision=current)
        shown = await _put(connection, service, id, row, document, channel, actor, preferred_language(request))
    return Json(shown, status_code=201 if row is None else 200, headers=_tag(shown))


@router.patch("/{id}", **schemas.PATCH)
async def patch_subscription(request: Request, service: Running, id: Name, actor: Actor) -> Response:  # noqa: A002
    """Change what is named of a subscription, and leave the rest (a JSON merge patch, RFC 7396)."""
    patch = _without_answered(await small_object(request, service))
    async with service.writing() as connection:
        row = await locked(connection, id)
        revision_wanted(request, row["revision"])
        kept = {**orjson.loads(row["document"]), "kind": row["kind"], "enabled": row["enabled"]}
        named = {name: value for name, value in patch.items() if name not in ("secrets", "from")}
        given = patched(kept, named, Document.model_fields)
        given |= {name: patch[name] for name in ("secrets", "from") if name in patch}
        document, channel = read(given, service.teller.channels)
        shown = await _put(connection, service, id, row, document, channel, actor, preferred_language(request))
    return Json(shown, headers=_tag(shown))


@router.get("/{id}", **schemas.GET)
async def get_subscription(request: Request, service: Running, id: Name) -> Response:  # noqa: A002
    """A subscription, and how it is doing: how far it is behind, what was taken and what failed."""
    async with service.reading() as connection:
        shown = await _shown_one(connection, id, preferred_language(request))
    return Json(shown, headers=_tag(shown))


@router.get("", **schemas.LIST)
async def list_subscriptions(request: Request, service: Running, limit: Limit = 50, cursor: Cursor = None) -> Response:
    """All subscriptions, by id."""
    after = "" if cursor is None else place_at(cursor, "subscriptions", word_in)[0]
    async with service.reading() as connection:
        rows = await subscriptions.page(connection, after, limit + 1)
    following = cursor_at("subscriptions", rows[limit - 1]["id"]) if len(rows) > limit else None
    language = preferred_language(request)
    return page_of([_shown(row, language) for row in rows[:limit]], following)


@router.delete("/{id}", status_code=204, **schemas.DELETE)
async def delete_subscription(request: Request, service: Running, id: Name, who: Caller) -> Response:  # noqa: A002
    """Delete a subscription, and what is known of its sends. What is under way may still arrive."""
    async with service.writing() as connection:
        row = await locked(connection, id)
        revision_wanted(request, row["revision"])
        await subscriptions.delete(connection, id)
    return Response(status_code=204)


# --- secrets, tests ---------------------------------------------------------------------------------------------------


@router.post("/{id}/secrets/{name}", **schemas.ROTATE)
async def rotate_secret(
    request: Request,
    service: Running,
    id: Name,  # noqa: A002
    name: SecretName,
    actor: Actor,
) -> Response:
    """Give a secret a new value; the old one stays valid for some hours, so that nothing is lost meanwhile.

    With no `value`, one is made, if the kind makes this secret; it is shown in this answer, and never again.
    """
    body = await small_body(request, service, SecretBody)
    async with service.writing() as connection:
        row = await locked(connection, id)
        channel = _channel(service, row["kind"])
        if name not in channel.secrets:
            raise NotFound(f"A {channel.kind} has no secret “{name}”{suggest(name, channel.secrets)}")
        value = body.value
        if value is None:
            value = (channel.made() if channel.made is not None else {}).get(name)
        if value is None:
            raise Invalid(
                "A value is wanted", places=[Problem("value", "this secret is not made here: give its value")]
            )
        why = wrong_secret(channel, name, value)
        if why is None and name == "url":
            settings = channel.settings.model_validate(orjson.loads(row["document"])["settings"])
            why = wrong_url(channel, value, settings, service.teller.channels)
        if why is not None:
            raise Invalid("The value cannot be one", places=[Problem("value", why)])
        kept = rotated(secrets_from(row["secrets"]), name, value, service.seal, row["now"], body.hours)
        await subscriptions.update(
            connection, row["number"], row["document"], secrets_json(kept), actor, enabled=row["enabled"], after=None
        )
    shown = {"name": name, "value": None if body.value is not None else value}
    return Json({**shown, **shown_secrets(kept, row["now"])[name]})


@router.post("/{id}/test", **schemas.TEST)
async def test_subscription(request: Request, service: Running, id: Name, who: Caller) -> Response:  # noqa: A002
    """Send a made-up event now, enabled or not, and answer what the receiver said. Nothing of it is kept."""
    async with service.reading() as connection:
        row = await one(connection, id)
    channel = _channel(service, row["kind"])
    told = _told(service, row, channel)
    types = wanted_of(row["document"], channel).types
    event = sample_event(types, datetime.now(UTC), told.language)
    result = await service.teller.tell(channel, told, [event], TEST_SECONDS)
    return Json(
        {
            "event_id": event.id,
            "type": event.type,
            "outcome": result.word,
            "status": result.outcome.status,
            "seconds": round(result.seconds, 3),
            "said": said_in(result.said, preferred_language(request)),
        }
    )


# --- what they share --------------------------------------------------------------------------------------------------

_ANSWERED_ONLY: Final = (
    "id", "state", "disabled", "made_secrets", "warnings", "revision", "created_at", "updated_at", "updated_by",
)  # fmt: skip
"""What answers show besides; passed over, so that an answer can be sent back."""


def _without_answered(given: Mapping[str, Any]) -> dict[str, Any]:
    fields = {name: value for name, value in given.items() if name not in _ANSWERED_ONLY}
    secrets = fields.get("secrets")
    if isinstance(secrets, dict):
        # As an answer shows them, they are not values.
        fields["secrets"] = {name: value for name, value in secrets.items() if not isinstance(value, dict)}
    return fields


async def _put(
    connection: asyncpg.Connection,
    service: Service,
    name: str,
    row: subscriptions.Row | None,
    document: Document,
    channel: Channel,
    actor: str,
    language: Language,
) -> dict[str, Any]:
    """Store a subscription, and show it as it is then, with what was made and what is odd."""
    made = await _store(connection, service, name, row, document, channel, actor)
    known = await connection.fetchrow(subscriptions.NAMED)
    found = ({"where": one.where, "message": one.message} for one in unknown_names(document.filter, known))
    warnings = noted(found, language)
    return {**await _shown_one(connection, name, language), "made_secrets": made, "warnings": warnings}


async def _store(
    connection: asyncpg.Connection,
    service: Service,
    name: str,
    row: subscriptions.Row | None,
    document: Document,
    channel: Channel,
    actor: str,
) -> dict[str, str]:
    """Store a subscription, new or in the place of ``row``; returns the secrets that were made, in the clear."""
    if row is not None and row["kind"] != document.kind:
        message = f"it is a {row['kind']} and stays one: make another subscription"
        raise Invalid("The kind cannot be changed", places=[Problem("kind", message)])
    after = None
    if row is None or document.begin is not None:
        after = await outbox.start(connection, None if document.begin in (None, "now") else int(document.begin))
        if after is None:
            raise Invalid("There is no such place", places=[Problem("from", "the record has not come to this seq")])
    had: Secrets = {} if row is None else secrets_from(row["secrets"])
    if row is None or orjson.loads(row["document"])["settings"] != document.settings:
        _check_kept_url(service, had, document, channel)
    now = datetime.now(UTC) if row is None else row["now"]
    kept, made = with_secrets(had, document.secrets, channel, service.seal, now)
    texts = document.kept(), secrets_json(kept)
    if row is not None:
        await subscriptions.update(connection, row["number"], *texts, actor, enabled=document.enabled, after=after)
    else:
        assert after is not None
        inserted = await subscriptions.insert(
            connection, name, document.kind, *texts, actor, enabled=document.enabled, after=after
        )
        if not inserted:
            raise Conflict(f"“{name}” has just been made by somebody else; send it again to change that one")
    return made


def _check_kept_url(service: Service, had: Secrets, document: Document, channel: Channel) -> None:
    """Raises Invalid if the settings do not go with the address that is kept; one that cannot be opened is passed."""
    if "url" in document.secrets or "url" not in had:
        return
    try:
        url = service.seal.open(had["url"][0].sealed.encode())
    except Unsealable:
        return
    settings = channel.settings.model_validate(document.settings)
    if (why := wrong_url(channel, url, settings, service.teller.channels)) is not None:
        raise Invalid("The address does not go with the settings", places=[Problem("secrets.url", why)])


async def one(connection: asyncpg.Connection, name: str) -> subscriptions.Row:
    """The subscription; raises NotFound."""
    row = await subscriptions.one(connection, name) if _is_id(name) else None
    if row is None:
        raise NotFound(f"There is no subscription “{name}”{await near_miss(connection, 'subscriptions', name)}")
    return row


async def locked(connection: asyncpg.Connection, name: str) -> subscriptions.Row:
    """The subscription, which nobody else can edit until the transaction ends; raises NotFound."""
    row = await subscriptions.locked(connection, name) if _is_id(name) else None
    if row is None:
        raise NotFound(f"There is no subscription “{name}”{await near_miss(connection, 'subscriptions', name)}")
    return row


def _is_id(name: str) -> bool:
    return 0 < len(name) <= 64 and set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789._-")


def _channel(service: Service, kind: str) -> Channel:
    channel = service.teller.channels.get(kind)
    if channel is None:
        raise Conflict(f"This release has no kind “{kind}”: the subscription was made by another one")
    return channel


def _told(service: Service, row: subscriptions.Row, channel: Channel) -> Told:
    try:
        return told_of(row["document"], row["secrets"], channel, service.seal, row["now"])
    except Unsealable as error:
        raise Conflict(f"{error}: give the secrets of this subscription anew") from None


async def _shown_one(connection: asyncpg.Connection, name: str, language: Language) -> dict[str, Any]:
    return _shown(await one(connection, name), language)


def _tag(shown: Mapping[str, Any]) -> dict[str, str]:
    return etag(shown["revision"])


def _shown(row: subscriptions.Row, language: Language) -> dict[str, Any]:
    now, why = row["now"], said_in(row["disabled_why"], language)
    return {
        "id": row["id"],
        "kind": row["kind"],
        **orjson.loads(row["document"]),
        "secrets": shown_secrets(secrets_from(row["secrets"]), now),
        "enabled": row["enabled"],
        "disabled": None if row["enabled"] else {"at": row["disabled_at"], "why": why},
        "state": {
            "behind": row["behind"],
            "waiting": row["waiting"],
            "dead": row["dead"],
            "delivered": row["delivered"],
            "failed": row["failed"],
            "last_delivered_at": row["delivered_at"],
            "last_failed_at": row["failed_at"],
            "last_failure": said_in(row["failed_why"], language),
            "rests_until": row["rests_until"],
        },
        "revision": row["revision"],
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
        "updated_by": row["updated_by"],
    }
