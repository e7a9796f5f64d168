"""Who may call? Keys are made, shown, changed and revoked by whoever holds ``admin``."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Final

import structlog
from fastapi import APIRouter, Path, Request, Response
from pydantic import AfterValidator, Field, StringConstraints, WrapValidator

from app.errors import Conflict, Invalid, NotFound
from app.intake.models import Rate, written_as
from app.routers import schemas
from app.routers.access import needs
from app.routers.answers import Json, page_of
from app.routers.holders import why_not
from app.routers.parameters import Cursor, Limit, cursor_at, instant, instant_in, place_at, word_in
from app.routers.service import LONGEST_ACTOR, Actor, Body, Running, small_body
from app.store import keys
from app.store.scopes import SCOPES, Scope

router = APIRouter(prefix="/v1/keys", tags=["keys"], dependencies=[needs("admin")])

KeyId = Annotated[
    str,
    written_as(keys.ID, "the key's id is wanted: the 12 characters that stand between lr_ and _"),
    Path(description="The key's id: what stands between `lr_` and `_`", json_schema_extra={"pattern": f"^{keys.ID}$"}),
]

_NEVER_KEPT: Final = {"Cache-Control": "no-store"}

_log = structlog.get_logger(__name__)


def _printable(name: str) -> str:
    if not name.isprintable():
        raise ValueError("a name of printable characters is wanted")
    return name


def _to_come(text: object) -> datetime:
    if not isinstance(text, str):
        raise ValueError("a time as text is wanted: RFC 3339, or a date")  # noqa: TRY004  what pydantic tells on
    try:
        at = instant("expires_at", text, end=True)
    except Invalid as error:
        raise ValueError(error.places[0].message) from None
    if at is None or at <= datetime.now(UTC):
        raise ValueError("this is past; to end a key now, revoke it")
    return at


def _each_once(scopes: list[Scope]) -> list[Scope]:
    if len(set(scopes)) < len(scopes):
        raise ValueError("a scope is there twice; give each once")
    return scopes


Name = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_ACTOR), AfterValidator(_printable)]
ToCome = Annotated[datetime, WrapValidator(lambda text, _: _to_come(text))]


class KeyBody(Body):
    """What a new key is to be."""

    name: Name
    scopes: Annotated[list[Scope], Field(min_length=1), AfterValidator(_each_once)]
    expires_at: ToCome | None = None
    rate_per_minute: Rate | None = None


class KeyPatch(Body):
    """What is to be different of a key; null takes expiry or rate away."""

    name: Name = ""
    expires_at: ToCome | None = None
    rate_per_minute: Rate | None = None


@router.post("", status_code=201, **schemas.CREATE_KEY)
async def create_key(request: Request, service: Running, actor: Actor) -> Response:
    """Make a key. The answer holds it in `key`, this once: only a hash of it is kept."""
    body = await small_body(request, service, KeyBody)
    key_id, text, hashed = keys.made()
    scopes = [scope for scope in SCOPES if scope in body.scopes]
    async with service.writing() as connection:
        row = await connection.fetchrow(
            keys.CREATE, key_id, body.name, hashed, scopes, body.rate_per_minute, body.expires_at, actor
        )
    _log.info("key.created", key=key_id, scopes=scopes)
    headers = {"Location": f"/v1/keys/{key_id}", **_NEVER_KEPT}
    return Json({"key": text, **_shown(row)}, status_code=201, headers=headers)


@router.get("", **schemas.LIST_KEYS)
async def list_keys(service: Running, limit: Limit = 50, cursor: Cursor = None) -> Response:
    """All keys, the newest first; also those that no longer hold."""
    before = None if cursor is None else place_at(cursor, "keys", instant_in, word_in)
    async with service.reading() as connection:
        rows = await connection.fetch(keys.PAGE, *(before or (None, None)), limit + 1)
    following = None
    if len(rows) > limit:
        last = rows[limit - 1]
        following = cursor_at("keys", last["created_at"].isoformat(), last["id"])
    return page_of([_shown(row) for row in rows[:limit]], following)


@router.get("/{id}", **schemas.GET_KEY)
async def get_key(service: Running, id: KeyId) -> Response:  # noqa: A002
    """A key: what it may do, whether it holds, when it was last used."""
    async with service.reading() as connection:
        row = await connection.fetchrow(keys.KEYS, [id])
    return Json(_shown(_found(row, id)))


@router.patch("/{id}", **schemas.PATCH_KEY)
async def change_key(request: Request, service: Running, id: KeyId) -> Response:  # noqa: A002
    """Change a key's name, expiry or rate, and leave the rest. For other scopes make another key."""
    body = await small_body(request, service, KeyPatch)
    async with service.writing() as connection:
        row = _found(await connection.fetchrow(f"{keys.KEYS} FOR NO KEY UPDATE", [id]), id)
        if row["revoked_at"] is not None:
            raise Conflict(f"The key {id} is revoked, and stays so; make another one with POST /v1/keys")
        wanted = [getattr(body, name) if name in body.model_fields_set else row[name] for name in KeyPatch.model_fields]
        row = await connection.fetchrow(keys.CHANGE, id, *wanted)
    service.keys.keep(keys.read(row))
    _log.info("key.changed", key=id)
    return Json(_shown(row))


@router.post("/{id}/revoke", **schemas.REVOKE_KEY)
async def revoke_key(service: Running, id: KeyId, actor: Actor) -> Response:  # noqa: A002
    """Revoke a key, for good: within two seconds it is refused everywhere. Revoking it again does nothing."""
    async with service.writing() as connection:
        row = _found(await connection.fetchrow(keys.REVOKE, id, actor), id)
    service.keys.keep(keys.read(row))
    _log.info("key.revoked", key=id)
    return Json(_shown(row))


def _found(row: keys.Row | None, key_id: str) -> keys.Row:
    if row is None:
        raise NotFound(f"There is no key “{key_id}”")
    return row


def _shown(row: keys.Row) -> dict[str, Any]:
    key = keys.read(row)
    status = "revoked" if key.revoked_at is not None else "active" if why_not(key) is None else "expired"
    return {
        "id": key.id,
        "name": key.name,
        "prefix": keys.prefix(key.id),
        "scopes": row["scopes"],
        "rate_per_minute": key.rate_per_minute,
        "status": status,
        **{
            name: row[name]
            for name in ("created_at", "created_by", "expires_at", "revoked_at", "revoked_by", "last_used_at")
        },
    }
