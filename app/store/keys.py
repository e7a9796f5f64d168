"""What is a key, and how is it stored? A text that is shown once, of which the hash of its secret part is kept.

``lr_ID_SECRET``: by the id the key is found, so that one comparison tells whether the secret is right; by the whole
form it is recognised where it should not be, as by those who scan public repositories for secrets.

The secret is 256 bits of chance. A slow hash (argon2, bcrypt) makes guessing dear where secrets are chosen by people
and so can be guessed; there is no guessing of 256 bits, and SHA-256 can be computed with each request.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias, cast

from app.store.scopes import SCOPES, Scope

Row: TypeAlias = Mapping[str, Any]

ID: Final = r"[a-z0-9]{12}"
"""The form of a key's id."""

_TEXT: Final = re.compile(rf"lr_({ID})_([0-9a-f]{{64}})", re.ASCII)
_LETTERS: Final = string.ascii_lowercase + string.digits


@dataclass(frozen=True, slots=True)
class Key:
    """A stored key, as a request is held against it. Times are UTC; ``rate_per_minute`` None: as many as they like."""

    id: str
    name: str
    hash: bytes
    scopes: frozenset[Scope]
    rate_per_minute: int | None
    expires_at: datetime | None
    revoked_at: datetime | None


def made() -> tuple[str, str, bytes]:
    """A new key: its id, its whole text, and the hash to be stored."""
    key_id = "".join(secrets.choice(_LETTERS) for _ in range(12))
    secret = secrets.token_hex(32)
    return key_id, f"{prefix(key_id)}{secret}", hash_of(secret)


def prefix(key_id: str) -> str:
    """How the text of a key begins: what may be shown of it, to tell it from others."""
    return f"lr_{key_id}_"


def parts_of(text: str) -> tuple[str, str] | None:
    """The id and the secret of a key's text; None if it is none."""
    found = _TEXT.fullmatch(text)
    return None if found is None else (found[1], found[2])


def hash_of(secret: str) -> bytes:
    """SHA-256 of a secret: 32 bytes."""
    return hashlib.sha256(secret.encode()).digest()


def read(row: Row) -> Key:
    """A key from its row. A scope that only a newer release knows is passed over: it allows nothing here."""
    return Key(
        id=row["id"],
        name=row["name"],
        hash=row["hash"],
        scopes=frozenset(cast("Scope", scope) for scope in row["scopes"] if scope in SCOPES),
        rate_per_minute=row["rate_per_minute"],
        expires_at=row["expires_at"],
        revoked_at=row["revoked_at"],
    )


_COLUMNS: Final = (
    "id, name, hash, scopes, rate_per_minute, created_at, created_by, expires_at, revoked_at, revoked_by, last_used_at"
)

CREATE: Final = (
    "-- A new key.\n"
    "INSERT INTO api_keys (id, name, hash, scopes, rate_per_minute, expires_at, created_at, created_by) "
    f"VALUES ($1, $2, $3, $4, $5, $6, now(), $7) RETURNING {_COLUMNS}"
)

KEYS: Final = f"-- The keys with these ids.\nSELECT {_COLUMNS} FROM api_keys WHERE id = ANY ($1::text[])"

PAGE: Final = (
    "-- A page of keys, the newest first, from behind a place on.\n"
    f"SELECT {_COLUMNS} FROM api_keys WHERE $1::timestamptz IS NULL OR (created_at, id) < ($1, $2::text) "
    "ORDER BY created_at DESC, id DESC LIMIT $3"
)

CHANGE: Final = (
    "-- Another name, expiry or rate for a key. Revoked ones stay as they were.\n"
    "UPDATE api_keys SET name = $2, expires_at = $3, rate_per_minute = $4 WHERE id = $1 AND revoked_at IS NULL "
    f"RETURNING {_COLUMNS}"
)

REVOKE: Final = (
    "-- A key that no longer holds. Who was first to say so stays.\n"
    "UPDATE api_keys SET revoked_at = coalesce(revoked_at, now()), revoked_by = coalesce(revoked_by, $2) "
    f"WHERE id = $1 RETURNING {_COLUMNS}"
)

USED: Final = """
    -- When keys were last used, to the minute or so: of many workers that say it, one is enough. In one order, so that
    -- no two of them wait for each other.
    WITH mine AS (
        SELECT k.id, u.at FROM api_keys k JOIN unnest($1::text[], $2::timestamptz[]) AS u(id, at) USING (id)
        WHERE k.last_used_at IS NULL OR k.last_used_at < u.at - interval '30 seconds'
        ORDER BY k.id FOR NO KEY UPDATE OF k
    )
    UPDATE api_keys k SET last_used_at = mine.at FROM mine WHERE k.id = mine.id
"""
