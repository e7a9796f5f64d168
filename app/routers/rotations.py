"""What do rotations owe whom? The accounts that turns are kept in, one by one and all, as of one revision."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Response

from app.engine.credits import Credits
from app.engine.policy import Policy
from app.engine.problems import suggest
from app.engine.roster import TeamId
from app.engine.roster_document import shown_weight
from app.engine.rotation import in_leads
from app.engine.world import World
from app.errors import NotFound
from app.routers import schemas
from app.routers.access import ROSTER_READERS, needs_one_of
from app.routers.answers import Json, page_of
from app.routers.parameters import Cursor, Limit, cursor_at, place_at, word_in
from app.routers.service import Running

router = APIRouter(prefix="/v1/rotations", tags=["roster"], dependencies=[needs_one_of(*ROSTER_READERS)])

_TEAM: Final = "team:"
"""How the name of a team's rotation begins."""

MOST_MEMBERS: Final = 10_000
"""Members on one page, about: it ends with the rotation that reaches them, however many items were asked for."""

Name = Annotated[
    str,
    Path(
        max_length=256,
        description="The rotation's id: `team:ID`, `rule:ID`, or `named:NAME` for a policy's `rotation: NAME`",
    ),
]


@router.get("", **schemas.LIST_ROTATIONS)
async def list_rotations(service: Running, limit: Limit = 50, cursor: Cursor = None) -> Response:
    """All rotations, by id: those in which somebody has a share, and those that a team or the active policy has.

    Where crowds take turns, a page may have fewer items than asked for: `next_cursor` tells whether more follow.
    """
    after = "" if cursor is None else place_at(cursor, "rotations", word_in)[0]
    async with service.reading() as connection, service.lane.snapshot(connection) as batch:
        world, used = batch.world, _used(batch.world, batch.policy)
    following = [one for one in sorted({*_shared(world), *used}) if one > after]
    items: list[dict[str, Any]] = []
    members = 0
    for one in following[:limit]:
        items.append(_shown(one, world, used))
        members += len(items[-1]["members"])
        if members >= MOST_MEMBERS:
            break
    more = len(items) < len(following)
    return page_of(items, cursor_at("rotations", items[-1]["id"]) if more else None)


@router.get("/{id}", **schemas.GET_ROTATION)
async def get_rotation(service: Running, id: Name) -> Response:  # noqa: A002
    """A rotation: what it owes each rep, in leads, and what uses it now."""
    async with service.reading() as connection, service.lane.snapshot(connection) as batch:
        world, used = batch.world, _used(batch.world, batch.policy)
    known = {*_shared(world), *used}
    if id not in known:
        raise NotFound(f"There is no rotation “{id}”{suggest(id, known)}")
    return Json(_shown(id, world, used))


def _shared(world: World) -> Iterator[str]:
    """The rotations in which somebody has a share; one that all have left is none, though a world may remember it."""
    return (name for name, credits in world.loads.credits.items() if credits.plain or credits.crowd)


def _used(world: World, policy: Policy | None) -> Mapping[str, list[dict[str, str]]]:
    """What uses each rotation: its team, and the rules of the policy in force that take turns in it, in their order."""
    used: dict[str, list[dict[str, str]]] = defaultdict(list)
    for team in world.roster.roster.teams.values():
        used[f"{_TEAM}{team.id}"].append({"kind": "team", "id": team.id, "name": team.name})
    for rule in policy.rules if policy is not None else ():
        if rule.takes_turns:
            used[rule.rotation].append({"kind": "rule", "id": rule.id, "name": rule.name})
    return used


def _shown(name: str, world: World, used: Mapping[str, list[dict[str, str]]]) -> dict[str, Any]:
    roster = world.roster.roster
    team = roster.teams.get(TeamId(name.removeprefix(_TEAM))) if name.startswith(_TEAM) else None
    weights = dict(team.members) if team is not None else {}
    there = {rep for rep in weights if roster.reps[rep].status != "inactive"}
    credits = world.loads.credits.get(name, Credits()).each()
    return {
        "id": name,
        "used_by": used.get(name, []),
        "members": [
            {
                "rep": rep,
                "name": roster.reps[rep].name,
                "weight": shown_weight(weights[rep]) if rep in weights else None,
                # Less than is shown may be owed the other way: that is 0 too, and not -0.
                "credit": in_leads(credits.get(rep, 0)) or 0.0,
            }
            for rep in sorted({*credits, *there})
        ],
        "furthest": in_leads(max(map(abs, credits.values()), default=0)),
        "revision": world.revision,
    }
