"""Which sources are there, and by which secrets are they known?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Literal, TypeAlias
from uuid import UUID

import orjson
from asyncpg import Connection

from app.store.history import Row

Purpose: TypeAlias = Literal["secret", "token"]

_COLUMNS: Final = "id, kind, enabled, document, revision, created_at, updated_at, updated_by"

SOURCE: Final = f"""
    -- One source.
    SELECT {_COLUMNS} FROM sources WHERE id = $1
"""  # noqa: S608  (fixed fragments)

LOCKED: Final = f"{SOURCE} FOR UPDATE"
EXISTS: Final = "SELECT true FROM sources WHERE id = $1"

SOURCES: Final = f"""
    -- Sources by id, behind one.
    SELECT {_COLUMNS} FROM sources WHERE id > $1 ORDER BY id LIMIT $2
"""  # noqa: S608  (fixed fragments)

SECRETS: Final = """
    -- The secrets of sources that are valid, the newest first.
    SELECT id, source_id, purpose, sealed, hint, created_at, expires_at FROM source_secrets
    WHERE source_id = ANY ($1::text[]) AND (expires_at IS NULL OR expires_at > clock_timestamp())
    ORDER BY created_at DESC, id DESC
"""

_PUT: Final = f"""
    -- Put a source; one that is there must be at the revision that the caller knows, if they know one (0: none).
    INSERT INTO sources AS s ({_COLUMNS})
    VALUES ($1, $2, $3, $4::json, 1, clock_timestamp(), clock_timestamp(), $5)
    ON CONFLICT (id) DO UPDATE SET kind = $2, enabled = $3, document = $4::json, revision = s.revision + 1,
        updated_at = clock_timestamp(), updated_by = $5
        WHERE $6::integer IS NULL OR s.revision = $6
    RETURNING {_COLUMNS}
"""  # noqa: S608  (fixed fragments)

_ADD: Final = """
    -- A secret of a source beside those that it has.
    INSERT INTO source_secrets (id, source_id, purpose, sealed, hint, created_at)
    VALUES ($1, $2, $3, $4, $5, clock_timestamp())
"""

_RETIRE: Final = """
    -- Those that it had are valid for so much longer, if not less already.
    UPDATE source_secrets SET expires_at = least(expires_at, clock_timestamp() + $4)
    WHERE source_id = $1 AND purpose = $2 AND id <> $3
"""

_FORGET_RETIRED: Final = """
    -- Secrets that are valid no more.
    DELETE FROM source_secrets WHERE source_id = $1 AND expires_at <= clock_timestamp()
"""

FORGET_ONE: Final = "DELETE FROM source_secrets WHERE source_id = $1 AND id = $2 RETURNING id"

REMOVE: Final = """
    -- Remove a source, at a revision if the caller knows one. What arrived at it stays.
    DELETE FROM sources WHERE id = $1 AND ($2::integer IS NULL OR revision = $2) RETURNING id
"""


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A secret to be kept: sealed, with the end of it by which people tell it from others."""

    id: UUID
    purpose: Purpose
    sealed: bytes
    hint: str


async def put(
    connection: Connection,
    source_id: str,
    kind: str,
    document: Mapping[str, Any],
    *,
    enabled: bool,
    actor: str,
    revision: int | None,
    secrets: Sequence[NewSecret] = (),
) -> Row | None:
    """Put a source, with secrets beside those that it has; None if it is not at ``revision``."""
    async with connection.transaction():
        row: Row | None = await connection.fetchrow(
            _PUT, source_id, kind, enabled, orjson.dumps(document).decode(), actor, revision
        )
        if row is None or (revision == 0 and row["revision"] > 1):
            return None
        for secret in secrets:
            await _add(connection, source_id, secret)
        return row


async def add_secret(connection: Connection, source_id: str, secret: NewSecret, *, keep_seconds: float) -> None:
    """Keep a new secret; those of its purpose that were there are valid for so many seconds more."""
    async with connection.transaction():
        await _add(connection, source_id, secret)
        await connection.execute(_RETIRE, source_id, secret.purpose, secret.id, timedelta(seconds=keep_seconds))
        await connection.execute(_FORGET_RETIRED, source_id)


async def _add(connection: Connection, source_id: str, secret: NewSecret) -> None:
    await connection.execute(_ADD, secret.id, source_id, secret.purpose, secret.sealed, secret.hint)
