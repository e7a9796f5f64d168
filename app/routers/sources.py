"""Where leads come from: sources as people set them, and their secrets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

import orjson
from asyncpg import Connection
from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import Field, StringConstraints

from app.doors.form import FORM
from app.doors.kinds import KINDS
from app.doors.snippet import snippet_of
from app.doors.source import (
    LONGEST_SECRET,
    PURPOSES,
    SHORTEST_SECRET,
    SourceDocument,
    new_secret,
    read_document,
    source_of,
    take_secrets,
    travels,
)
from app.engine.problems import Problem
from app.engine.roster_document import patched
from app.errors import Conflict, Invalid, NotFound, PreconditionFailed
from app.problems import preferred_language
from app.routers import schemas_doors as schemas
from app.routers.access import needs
from app.routers.answers import Json, etag, page_of, revision_wanted
from app.routers.arriving import SourceId, base_of, door_of
from app.routers.parameters import Cursor, Limit, cursor_at, place_at
from app.routers.present import noted
from app.routers.service import Actor, Body, Running, Service, object_of, small_body
from app.senders.base import Sender
from app.senders.generic import GENERIC
from app.store import sources as stored
from app.store.history import Row
from app.store.near import near_miss

router = APIRouter(prefix="/v1/sources", tags=["doors"], dependencies=[needs("admin")])

KINDS_PATH: Final = "kinds"
"""Where the kinds are shown: no source can have this id."""

_CHANGED: Final = "It has been changed since you read it; read it again and repeat your edit"

KEEP_HOURS: Final = 24
"""For how long an old secret is valid beside a new one, if nobody says otherwise."""


class NewSecretBody(Body):
    """A secret to come. ``secret``: the sender's own; left out, one is made."""

    purpose: stored.Purpose = "secret"
    secret: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_SECRET)] | None = None
    keep_old_hours: Annotated[float, Field(ge=0, le=24 * 90, allow_inf_nan=False)] = KEEP_HOURS


@router.get("", **schemas.LIST_SOURCES)
async def list_sources(request: Request, service: Running, limit: Limit = 50, cursor: Cursor = None) -> Response:
    """All sources, by id, and never their secrets."""
    after = "" if cursor is None else place_at(cursor, "sources", str)[0]
    async with service.reading() as connection:
        rows = await connection.fetch(stored.SOURCES, after, limit + 1)
        secrets = await connection.fetch(stored.SECRETS, [row["id"] for row in rows])
    following = cursor_at("sources", rows[limit - 1]["id"]) if len(rows) > limit else None
    return page_of([_shown(row, secrets, base_of(request, service)) for row in rows[:limit]], following)


@router.get(f"/{KINDS_PATH}", **schemas.LIST_SOURCE_KINDS)
async def list_source_kinds() -> Response:
    """The kinds of senders that are understood, with the options of each."""
    return Json(
        {
            "items": [
                {
                    "kind": sender.kind,
                    "title": {"en": sender.title[0], "zh": sender.title[1]},
                    "signed": sender.signed,
                    "secret": _whose(sender),
                    "own_secret": sender.signs_with,
                    "options": [
                        {
                            "name": one.name,
                            "type": one.type,
                            "needed": one.needed,
                            "meaning": one.meaning[0],
                            "meanings": {"en": one.meaning[0], "zh": one.meaning[1]},
                        }
                        for one in sender.options
                    ],
                    "mapping": sender.mapping,
                }
                for sender in KINDS.values()
            ]
        }
    )


@router.get("/{source}", **schemas.GET_SOURCE)
async def get_source(request: Request, service: Running, source: SourceId) -> Response:
    """One source: what is set, where its sender delivers, and its secrets by their last characters."""
    row, secrets = await stored_source(service, source)
    return Json(_shown(row, secrets, base_of(request, service)), headers=etag(row["revision"]))


@router.put("/{source}", **schemas.PUT_SOURCE)
async def put_source(
    request: Request,
    service: Running,
    source: SourceId,
    actor: Actor,
    dry_run: Annotated[bool, Query(description="Only check it")] = False,
) -> Response:
    """Put a source, whole. A new one gets a secret, unless its kind needs none: it is in this answer, and never again.

    `secret` and `token` may be given in place of one that is made, and `secret` must be where the sender signs with
    none but its own (`GET /v1/sources/kinds`); where it can, `warnings` says so. Those of a source that is there are
    changed with `POST /v1/sources/{id}/secrets`.
    """
    fields, _ = await object_of(request, service.settings.body_limit)
    if source == KINDS_PATH:
        raise Invalid("This is no id", places=[Problem("path.source", "the kinds are shown there: choose another id")])
    given = take_secrets(fields)
    document = read_document(fields)
    sender = KINDS[document.kind]
    async with service.writing() as connection:
        known = await connection.fetchrow(stored.LOCKED, source)
        if known is None or given["secret"] is not None:
            _check_secret(sender, document.options, given["secret"])
        wanted = revision_wanted(request, 0 if known is None else known["revision"])
        if known is not None:
            _check_door(source, known["kind"], document.kind)
        if dry_run:
            return Json({"id": source, **_told(_document(fields)), "dry_run": True})
        if known is not None:
            _no_secret_in(given, source)
        made: dict[str, str] = {}
        kept: list[stored.NewSecret] = []
        if known is None:
            for purpose in PURPOSES:
                if given[purpose] or (purpose == "secret" and sender.signed):
                    clear, sealed = new_secret(service.seal, purpose, given[purpose])
                    kept.append(sealed)
                    if given[purpose] is None:
                        made[purpose] = clear
        row = await stored.put(
            connection,
            source,
            document.kind,
            _document(fields),
            enabled=document.enabled,
            actor=actor,
            revision=wanted,
            secrets=kept,
        )
        if row is None:
            raise PreconditionFailed(_CHANGED)
        secrets = await connection.fetch(stored.SECRETS, [source])
    service.sources.forget(source)
    new = bool(made) or (known is not None and known["kind"] != document.kind)
    has = any(one["purpose"] == "secret" for one in secrets)
    warnings = _about_secret(source, sender, document.options, has=has, made=bool(made)) if new else []
    warned = noted(warnings, preferred_language(request))
    shown = {**_shown(row, secrets, base_of(request, service)), **made, "warnings": warned}
    return Json(shown, status_code=201 if known is None else 200, headers=etag(row["revision"]))


@router.patch("/{source}", **schemas.PATCH_SOURCE)
async def patch_source(request: Request, service: Running, source: SourceId, actor: Actor) -> Response:
    """Change what is named of a source, and leave the rest (a JSON merge patch, RFC 7396): `{"enabled": false}`.

    Null takes a member away, within `mapping` too. Secrets are changed with `POST /v1/sources/{id}/secrets`.
    """
    patch, _ = await object_of(request, service.settings.body_limit)
    _no_secret_in(take_secrets(patch), source)
    if "kind" in patch and patch["kind"] is None:
        raise Invalid("Something in the source is wrong", places=[Problem("kind", "every source has one")])
    async with service.writing() as connection:
        known = await _locked(connection, source)
        revision_wanted(request, known["revision"])
        fields = patched({**orjson.loads(known["document"]), "kind": known["kind"]}, patch, SourceDocument.model_fields)
        document = read_document(fields)
        _check_door(source, known["kind"], document.kind)
        row = await stored.put(
            connection,
            source,
            document.kind,
            _document(fields),
            enabled=document.enabled,
            actor=actor,
            revision=known["revision"],
            secrets=(),
        )
        secrets = await connection.fetch(stored.SECRETS, [source])
    assert row is not None  # it is locked
    service.sources.forget(source)
    has = any(one["purpose"] == "secret" for one in secrets)
    warnings = []
    if known["kind"] != document.kind:
        warnings = _about_secret(source, KINDS[document.kind], document.options, has=has, made=False)
    warned = noted(warnings, preferred_language(request))
    shown = {**_shown(row, secrets, base_of(request, service)), "warnings": warned}
    return Json(shown, headers=etag(row["revision"]))


@router.delete("/{source}", status_code=204, **schemas.DELETE_SOURCE)
async def delete_source(request: Request, service: Running, source: SourceId) -> Response:
    """Remove a source and its secrets. What arrived at it, and the leads that came by it, stay."""
    row, _ = await stored_source(service, source)
    wanted = revision_wanted(request, row["revision"])
    async with service.writing() as connection:
        gone = await connection.fetchval(stored.REMOVE, source, wanted)
    if gone is None:
        raise PreconditionFailed(_CHANGED)
    service.sources.forget(source)
    return Response(status_code=204)


@router.post("/{source}/secrets", status_code=201, **schemas.ADD_SOURCE_SECRET)
async def add_source_secret(request: Request, service: Running, source: SourceId) -> Response:
    """Give a source a new secret, or a new token. The old ones stay valid for `keep_old_hours` (24, if left out).

    One that is made here is in this answer, and never again; `warnings` says where the sender may have its own.
    """
    body = await small_body(request, service, NewSecretBody)
    row, _ = await stored_source(service, source)
    sender = KINDS[row["kind"]]
    if body.purpose == "token" and body.secret is None:
        raise Invalid("A token is the sender's", places=[Problem("secret", "give the token that the sender made")])
    if body.purpose == "secret":
        _check_secret(sender, orjson.loads(row["document"]).get("options", {}), body.secret)
    clear, sealed = new_secret(service.seal, body.purpose, body.secret)
    async with service.writing() as connection:
        await _locked(connection, source)
        await stored.add_secret(connection, source, sealed, keep_seconds=body.keep_old_hours * 3600)
        secrets = await connection.fetch(stored.SECRETS, [source])
    service.sources.forget(source)
    made = body.purpose == "secret" and body.secret is None
    options = orjson.loads(row["document"]).get("options", {})
    warnings = _about_secret(source, sender, options, has=True, made=True) if made else []
    shown: dict[str, Any] = {
        "id": sealed.id, "purpose": body.purpose, "secrets": _secrets(secrets, source),
        "warnings": noted(warnings, preferred_language(request)),
    }  # fmt: skip
    if body.secret is None:
        shown["secret"] = clear
    return Json(shown, status_code=201)


@router.delete("/{source}/secrets/{id}", status_code=204, **schemas.DELETE_SOURCE_SECRET)
async def delete_source_secret(
    service: Running, source: SourceId, secret: Annotated[str, Path(alias="id", description="The secret's id")]
) -> Response:
    """Have a secret be valid no more, at once. The last one of a source that needs one cannot be removed."""
    async with service.writing() as connection:
        row = await _locked(connection, source)
        secrets = await connection.fetch(stored.SECRETS, [source])
        valid = [one for one in secrets if one["purpose"] == "secret"]
        if KINDS[row["kind"]].signed and [str(one["id"]) for one in valid] == [secret]:
            raise Conflict("It is the only one: give the source a new one first, or switch it off")
        if not any(str(one["id"]) == secret for one in secrets):
            raise NotFound(f"The source {source} has no secret {secret}")
        await connection.fetchval(stored.FORGET_ONE, source, secret)
    service.sources.forget(source)
    return Response(status_code=204)


@router.get("/{source}/snippet", **schemas.SOURCE_SNIPPET)
async def source_snippet(request: Request, service: Running, source: SourceId) -> Response:
    """A web form that posts to this source, ready to be pasted into a page. `Accept-Language` chooses its language."""
    row, secrets = await stored_source(service, source)
    known = source_of(row, secrets, service.seal)
    if known.document.kind != FORM:
        raise Conflict(f"Only a source of kind {FORM} has a form; this one is of kind {known.document.kind}")
    base = base_of(request, service)
    return Response(snippet_of(known, base, preferred_language(request)), media_type="text/html; charset=utf-8")


def _check_door(source: str, known: str, kind: str) -> None:
    """Raises Invalid if a source of this kind would have another address: whoever sends to it knows the one it has."""
    if door_of(known) != door_of(kind):
        message = f"it is a {known}, known to who sends as {door_of(known)}/{source}: make another source"
        raise Invalid("The kind cannot be changed", places=[Problem("kind", message)])


def _whose(sender: Sender) -> str | None:
    """Whose the secret of a source of this kind is: ``made`` here, the sender's ``own``, ``either``; or None."""
    if not sender.signed:
        return None
    return "made" if sender.signs_with is None else "own" if sender.only_own else "either"


def _no_secret_in(given: Mapping[stored.Purpose, str | None], source: str) -> None:
    where = next((name for name, value in given.items() if value), None)
    if where is not None:
        message = f"a secret of a source that is there is changed with POST /v1/sources/{source}/secrets"
        raise Invalid("Something in the source is wrong", places=[Problem(where, message)])


def _check_secret(sender: Sender, options: Mapping[str, Any], secret: str | None) -> None:
    if secret is None:
        if sender.only_own:
            message = f"{sender.signs_with}. One that is made here would be of no use: give that one"
            raise Invalid("The secret is the sender's", places=[Problem("secret", message)])
        return
    if not sender.signed:
        message = f"a source of kind {sender.kind} has no secret: leave it out"
        raise Invalid("A secret tells nothing here", places=[Problem("secret", message)])
    if travels(sender, options) and len(secret) < SHORTEST_SECRET:
        message = f"it travels with every request, so at least {SHORTEST_SECRET} characters are wanted"
        raise Invalid("The secret is too short", places=[Problem("secret", message)])


def _about_secret(
    source: str, sender: Sender, options: Mapping[str, Any], *, has: bool, made: bool
) -> list[dict[str, str]]:
    """What to know of the secret of a source whose kind is new: whether it is one that such a sender signs with."""
    how = f"with POST /v1/sources/{source}/secrets"
    if not sender.signed or (has and (sender.signs_with is None or (sender is GENERIC and travels(sender, options)))):
        return []
    if not has:
        message = f"there is none, so nothing that comes is taken for its sender's: give one {how}"
    else:
        which = "it was made here" if made else "it is the one of before"
        message = f"{which}. {sender.signs_with}: if yours does, give that {how}"
    return [{"where": "secret", "message": message}]


def _document(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name != "id"}


async def stored_source(service: Service, source: str) -> tuple[Row, Sequence[Row]]:
    """A source with its secrets, as they are stored; raises NotFound, with a near miss."""
    async with service.reading() as connection:
        row = await connection.fetchrow(stored.SOURCE, source)
        if row is None:
            raise NotFound(f"There is no source {source}{await near_miss(connection, 'sources', source)}")
        return row, await connection.fetch(stored.SECRETS, [source])


async def _locked(connection: Connection, source: str) -> Row:
    """A source, which nobody else can edit until the transaction ends; raises NotFound."""
    row: Row | None = await connection.fetchrow(stored.LOCKED, source)
    if row is None:
        raise NotFound(f"There is no source {source}{await near_miss(connection, 'sources', source)}")
    return row


def _secrets(secrets: Sequence[Row], source: str) -> list[dict[str, Any]]:
    return [
        {name: one[name] or None for name in ("id", "purpose", "hint", "created_at", "expires_at")}
        for one in secrets
        if one["source_id"] == source
    ]


def _shown(row: Row, secrets: Sequence[Row], base: str) -> dict[str, Any]:
    document = orjson.loads(row["document"])
    return {
        "id": row["id"],
        **_told(document),
        "address": f"{base}{door_of(row['kind'])}/{row['id']}",
        "secrets": _secrets(secrets, row["id"]),
        "revision": row["revision"],
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
        "updated_by": row["updated_by"],
    }


def _told(document: Mapping[str, Any]) -> dict[str, Any]:
    """A document with all of its members."""
    return {name: document.get(name, default) for name, default in _DEFAULTS.items()}


_DEFAULTS: Final[Mapping[str, Any]] = {
    "kind": None, "name": None, "enabled": True, "mapping": {}, "options": {}, "rate": None, "form": None,
}  # fmt: skip
