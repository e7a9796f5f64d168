"""What may a key do? The scopes, of which each key has some."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias, get_args

Scope: TypeAlias = Literal["leads:write", "leads:read", "history:read", "roster:write", "policy:write", "admin"]

SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)
"""Every scope. ``admin`` includes all others, and is alone in managing keys and what else is secret."""
