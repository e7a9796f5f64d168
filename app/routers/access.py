"""What may a caller do? Each operation says which scopes it needs, and refuses a key without them.

``dependencies=[needs("admin")]`` on a router or an operation is all there is to say. Who needs what:

* A form brings leads in, and sees nothing but the answers to them, without their trace: ``leads:write`` alone.
* A CRM works on leads that are there, and so sees them: ``leads:write`` and ``leads:read``.
* A dashboard reads who got what and why: ``history:read``.
* People who run the desk edit: ``roster:write``, ``policy:write``.
* The roster is read by all of them but the form, who has no use for colleagues' names; the policy by those who edit it
  and those who read why.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any, Final

from fastapi import Security

from app.errors import Forbidden
from app.routers.holders import Holder
from app.routers.service import SCHEME, Caller
from app.store.scopes import Scope

_OR: Final = " or "


def needs(*scopes: Scope) -> Any:
    """The dependency of an operation that takes a key with all of these scopes; it raises Forbidden for any other."""
    return _dependency([(scope,) for scope in scopes])


def needs_one_of(*scopes: Scope) -> Any:
    """The dependency of an operation that takes a key with any of these scopes; it raises Forbidden for any other."""
    return _dependency([scopes])


def _dependency(groups: Sequence[Sequence[Scope]]) -> Any:
    async def allowed(who: Caller) -> None:
        require(who, *groups)

    # Where the description has scopes there is no “or”: `described` makes alternatives of it.
    return Security(allowed, scopes=[_OR.join(group) for group in groups])


def require(who: Holder, *groups: Sequence[Scope]) -> None:
    """Raise Forbidden, naming what is missing, unless the key has a scope of each group."""
    missing = [group for group in groups if not who.may(*group)]
    if missing:
        named = " and ".join(_OR.join(f"“{scope}”" for scope in group) for group in missing)
        raise Forbidden(
            f"The key “{who.name}” does not have the scope {named}. Use one that has it: scopes are chosen with "
            "POST /v1/keys",
            missing=[scope for group in missing for scope in group],
        )


ROSTER_READERS: Final[tuple[Scope, ...]] = ("leads:read", "history:read", "roster:write", "policy:write")
"""Any of which lets one read reps and teams."""

POLICY_READERS: Final[tuple[Scope, ...]] = ("history:read", "policy:write")
"""Either of which lets one read policies."""


def described(document: dict[str, Any]) -> dict[str, Any]:
    """The description of the API with each operation's scopes: as its ``security``, and in words at its 403."""
    for operations in document["paths"].values():
        for operation in operations.values():
            if not operation.get("security"):
                continue
            groups = [scope.split(_OR) for one in operation["security"] for scope in one.get(SCHEME, ())]
            operation["security"] = [{SCHEME: list(chosen)} for chosen in product(*groups)]
            said = " and ".join(_OR.join(f"`{scope}`" for scope in group) for group in groups)
            operation["responses"]["403"]["description"] = f"The key does not have the scope it needs: {said}"
    return document
