"""Who can own leads? Reps and teams, one by one and whole; every edit through the lane, guarded by ``If-Match``."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

import orjson
from fastapi import APIRouter, Path, Query, Request, Response

from app.engine.candidates import candidates
from app.engine.conditions import ALWAYS
from app.engine.decision import UNKNOWN
from app.engine.explain import Language
from app.engine.policy import OneRep, Rule
from app.engine.problems import Problem, Read
from app.engine.rep_reader import REP_KEYS
from app.engine.roster import RepId, TeamId
from app.engine.roster_document import (
    TEAM_KEYS,
    RosterDocument,
    patched,
    read_rep,
    read_roster,
    read_team,
    rep_document,
    team_document,
)
from app.engine.working_hours import day_by_day
from app.engine.world import CAPS, World
from app.errors import Invalid, NotFound, PreconditionFailed
from app.intake.calendars import known_calendar
from app.lane.roster import ROSTER_REVISION, Edited, EditRoster
from app.problems import preferred_language
from app.routers import schemas
from app.routers.access import ROSTER_READERS, needs, needs_one_of
from app.routers.answers import JSON, YAML, Json, accepted, etag, page_of, revision_wanted, to_yaml
from app.routers.documents import document_of
from app.routers.parameters import Cursor, Limit, Word, cursor_at, place_at, word_in
from app.routers.present import noted
from app.routers.service import Actor, Running, Service
from app.routers.shaping import ID
from app.store import history
from app.store.near import near_miss

router = APIRouter(prefix="/v1")

_READS: Final = needs_one_of(*ROSTER_READERS)
_EDITS: Final = needs("roster:write")

TRIES: Final = 5
"""How often a PATCH is made anew on what somebody else has written meanwhile."""

_ANSWERED_ONLY: Final = ("load", "warnings")
"""What answers show beside a document; passed over, so that an answer can be sent back."""

# The shape is only described here: what else is put under is told by the document's reader, and is found nowhere.
_SHAPE: Final = {"pattern": ID["pattern"]}
RepName = Annotated[
    str,
    Path(
        max_length=64,
        description="The rep's id: 1 to 64 of a-z, 0-9, dot, underscore, hyphen",
        json_schema_extra=_SHAPE,
    ),
]
TeamName = Annotated[
    str,
    Path(
        max_length=64,
        description="The team's id: 1 to 64 of a-z, 0-9, dot, underscore, hyphen",
        json_schema_extra=_SHAPE,
    ),
]
Kind = Literal["reps", "teams"]


def warnings_of(edited: Edited, language: Language) -> list[dict[str, Any]]:
    """What is allowed but hardly meant, as the answer shows it."""
    return noted(({"where": one.where, "message": one.message} for one in edited.warnings), language)


async def stored(service: Service, kind: Kind, name: str) -> history.Row | None:
    """The stored rep or team; None if there is none."""
    if "\x00" in name:
        return None
    async with service.reading() as connection:
        row: history.Row | None = await connection.fetchrow(history.REP if kind == "reps" else history.TEAM, name)
    return row


async def found(service: Service, row: history.Row | None, kind: Kind, name: str) -> history.Row:
    """The row; raises NotFound, with a near miss, if there is none."""
    if row is None:
        async with service.reading() as connection:
            hint = await near_miss(connection, kind, name)
        raise NotFound(f"There is no {kind[:-1]} “{name}”{hint}")
    return row


def read_one(kind: Kind, name: str, document: object) -> tuple[RosterDocument, list[Problem]]:
    """The rep or team of a document, as the roster document that puts it, with its warnings; raises Invalid."""
    if isinstance(document, dict):
        document = {key: value for key, value in document.items() if key not in _ANSWERED_ONLY}
    if kind == "reps":
        rep = _usable(read_rep(name, document, known_calendar=known_calendar))
        return RosterDocument({rep[0].id: rep[0]}, {}), rep[1]
    team = _usable(read_team(name, document))
    return RosterDocument({}, {team[0].id: team[0]}), team[1]


def _usable(read: Read[Any]) -> tuple[Any, list[Problem]]:
    if read.value is None:
        raise Invalid("Something in the document is wrong; errors says what, and where", places=read.errors)
    return read.value, read.warnings


def _shown(edited: Edited, kind: Kind, language: Language) -> dict[str, Any]:
    if kind == "reps":
        (rep,) = edited.reps.values()
        return {**rep_document(rep), "warnings": warnings_of(edited, language)}
    (team,) = edited.teams.values()
    return {**team_document(team), "warnings": warnings_of(edited, language)}


async def _put(request: Request, service: Service, kind: Kind, name: str, actor: str) -> Response:
    document, _, _ = await document_of(request, service, kind[:-1])
    read, warnings = read_one(kind, name, document)
    row = await stored(service, kind, name)
    wanted = revision_wanted(request, 0 if row is None else row["revision"])
    edited = await service.lane.submit(EditRoster(read, actor, warnings=warnings, if_match=wanted, of=(kind, name)))
    new = any(edit.change == "added" and edit.id == name for edit in edited.edits)
    shown = _shown(edited, kind, preferred_language(request))
    return Json(shown, status_code=201 if new else 200, headers=etag(edited.revision))


async def _patch(
    request: Request, service: Service, kind: Kind, name: str, actor: str, patch: Mapping[str, Any]
) -> tuple[Edited, dict[str, Any]]:
    if isinstance(hours := patch.get("hours"), Mapping):
        # What is stored names each day by itself: so does what changes some of them.
        patch = {**patch, "hours": day_by_day(hours)}
    for attempt in range(TRIES):
        row = await found(service, await stored(service, kind, name), kind, name)
        revision_wanted(request, row["revision"])
        document = patched(orjson.loads(row["document"]), patch, REP_KEYS if kind == "reps" else TEAM_KEYS)
        read, warnings = read_one(kind, name, document)
        job = EditRoster(read, actor, warnings=warnings, if_match=row["revision"], of=(kind, name))
        try:
            edited = await service.lane.submit(job)
        except PreconditionFailed:
            # Somebody else's edit came between; without If-Match this one is made again on top of it.
            if attempt == TRIES - 1 or "if-match" in request.headers:
                raise
            continue
        return edited, _shown(edited, kind, preferred_language(request))
    raise AssertionError


async def _patch_of(request: Request, service: Service, kind: Kind) -> dict[str, Any]:
    document, _, _ = await document_of(request, service, "correction")
    if not isinstance(document, dict):
        raise Invalid("An object is wanted", places=[Problem("", "an object with the members to change is wanted")])
    return document


# --- reps -------------------------------------------------------------------------------------------------------------


@router.put("/reps/{id}", tags=["roster"], dependencies=[_EDITS], **schemas.PUT_REP)
async def put_rep(request: Request, service: Running, id: RepName, actor: Actor) -> Response:  # noqa: A002
    """Put a rep, whole: what is not named has its default. 201 if new."""
    return await _put(request, service, "reps", id, actor)


@router.patch("/reps/{id}", tags=["roster"], dependencies=[_EDITS], **schemas.PATCH_REP)
async def patch_rep(request: Request, service: Running, id: RepName, actor: Actor) -> Response:  # noqa: A002
    """Change what is named of a rep, and leave the rest (a JSON merge patch, RFC 7396): null takes a member away."""
    edited, shown = await _patch(request, service, "reps", id, actor, await _patch_of(request, service, "reps"))
    return Json(shown, headers=etag(edited.revision))


@router.get("/reps/{id}", tags=["roster"], dependencies=[_READS], **schemas.GET_REP)
async def get_rep(service: Running, id: RepName) -> Response:  # noqa: A002
    """A rep, and in `load` what they carry now, and whether they could take a lead now, or why not."""
    row = None
    load = None
    if "\x00" not in id:
        async with service.reading() as connection, service.lane.snapshot(connection) as batch:
            row = await connection.fetchrow(history.REP, id)
            load = load_of(batch.world, RepId(id))
    row = await found(service, row, "reps", id)
    return Json({**orjson.loads(row["document"]), "load": load}, headers=etag(row["revision"]))


@router.get("/reps", tags=["roster"], dependencies=[_READS], **schemas.LIST_REPS)
async def list_reps(
    service: Running,
    status: Annotated[
        Literal["active", "paused", "inactive"] | None, Query(description="Whether they work now")
    ] = None,
    team: Annotated[Word | None, Query(description="The team they are on")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """All reps, by id."""
    after = "" if cursor is None else place_at(cursor, "reps", word_in)[0]
    async with service.reading() as connection:
        rows = await connection.fetch(history.REPS, after, status, team, limit + 1)
    return _page("reps", rows, limit)


@router.delete("/reps/{id}", tags=["roster"], dependencies=[_EDITS], **schemas.DELETE_REP)
async def delete_rep(request: Request, service: Running, id: RepName, actor: Actor) -> Response:  # noqa: A002
    """Deactivate a rep: they get no more leads, and what they are owed falls to the others. Their history stays."""
    edited, shown = await _patch(request, service, "reps", id, actor, {"status": "inactive"})
    return Json(shown, headers=etag(edited.revision))


def load_of(world: World, rep: RepId) -> dict[str, Any] | None:
    """What a rep carries in each window of a cap, and whether they are able now; None if they are not there."""
    position = world.roster.index.get(rep)
    if position is None:
        return None
    alone = Rule(id="", name="", place="", when=ALWAYS, select=OneRep(rep), rotation="")
    looked = candidates(alone, {}, UNKNOWN, world)
    capacity = world.roster.reps[position].capacity
    return {
        **{cap: world.carried(position, cap) for cap in CAPS},
        "caps": {cap: getattr(capacity, cap) for cap in CAPS},
        "able": bool(looked.competing),
        "left_out": next(iter(looked.left_out), None),
    }


# --- teams ------------------------------------------------------------------------------------------------------------


@router.put("/teams/{id}", tags=["roster"], dependencies=[_EDITS], **schemas.PUT_TEAM)
async def put_team(request: Request, service: Running, id: TeamName, actor: Actor) -> Response:  # noqa: A002
    """Put a team, whole. 201 if new. Its turns go on: who stays keeps what they are owed."""
    return await _put(request, service, "teams", id, actor)


@router.patch("/teams/{id}", tags=["roster"], dependencies=[_EDITS], **schemas.PATCH_TEAM)
async def patch_team(request: Request, service: Running, id: TeamName, actor: Actor) -> Response:  # noqa: A002
    """Change what is named of a team (a JSON merge patch): `members` is replaced whole."""
    edited, shown = await _patch(request, service, "teams", id, actor, await _patch_of(request, service, "teams"))
    return Json(shown, headers=etag(edited.revision))


@router.get("/teams/{id}", tags=["roster"], dependencies=[_READS], **schemas.GET_TEAM)
async def get_team(service: Running, id: TeamName) -> Response:  # noqa: A002
    """A team: its members and their weights."""
    row = await found(service, await stored(service, "teams", id), "teams", id)
    return Json(orjson.loads(row["document"]), headers=etag(row["revision"]))


@router.get("/teams", tags=["roster"], dependencies=[_READS], **schemas.LIST_TEAMS)
async def list_teams(service: Running, limit: Limit = 50, cursor: Cursor = None) -> Response:
    """All teams, by id."""
    after = "" if cursor is None else place_at(cursor, "teams", word_in)[0]
    async with service.reading() as connection:
        rows = await connection.fetch(history.TEAMS, after, limit + 1)
    return _page("teams", rows, limit)


@router.delete("/teams/{id}", tags=["roster"], dependencies=[_EDITS], status_code=204, **schemas.DELETE_TEAM)
async def delete_team(request: Request, service: Running, id: TeamName, actor: Actor) -> Response:  # noqa: A002
    """Remove a team; 409 if the active policy names it. Its members stay reps."""
    row = await found(service, await stored(service, "teams", id), "teams", id)
    wanted = revision_wanted(request, row["revision"])
    nothing = RosterDocument({}, {})
    await service.lane.submit(EditRoster(nothing, actor, if_match=wanted, of=("teams", id), remove_teams=[TeamId(id)]))
    return Response(status_code=204)


def _page(kind: Kind, rows: list[history.Row], limit: int) -> Response:
    items = [orjson.loads(row["document"]) for row in rows[:limit]]
    return page_of(items, cursor_at(kind, rows[limit - 1]["id"]) if len(rows) > limit else None)


# --- the whole --------------------------------------------------------------------------------------------------------


@router.get("/roster", tags=["roster"], dependencies=[_READS], **schemas.GET_ROSTER)
async def get_roster(request: Request, service: Running) -> Response:
    """All reps and teams as one document, as `PUT /v1/roster` takes it. `Accept: application/yaml` gives YAML."""
    async with service.reading() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        reps = await connection.fetch(history.ALL_REPS)
        teams = await connection.fetch(history.ALL_TEAMS)
        revision = await connection.fetchval(ROSTER_REVISION)
    document = {
        "reps": {row["id"]: orjson.loads(row["document"]) for row in reps},
        "teams": {row["id"]: orjson.loads(row["document"]) for row in teams},
    }
    headers = etag(revision) | {"Vary": "Accept"}
    if accepted(request, JSON, YAML) == YAML:
        # In a thread: thousands of reps take seconds, and leads wait for the event loop.
        text = await asyncio.to_thread(to_yaml, document)
        return Response(text, media_type=f"{YAML}; charset=utf-8", headers=headers)
    return Json(document, headers=headers)


@router.put("/roster", tags=["roster"], dependencies=[_EDITS], **schemas.PUT_ROSTER)
async def put_roster(
    request: Request,
    service: Running,
    actor: Actor,
    prune: Annotated[bool, Query(description="Deactivate the reps and remove the teams that are not named")] = False,
    dry_run: Annotated[bool, Query(description="Only answer what would change")] = False,
) -> Response:
    """Put reps and teams in one document, YAML or JSON, all or nothing. Those not named stay."""
    document, _, _ = await document_of(request, service, "roster")
    read = await asyncio.to_thread(read_roster, document, known_calendar=known_calendar)
    whole, warnings = _usable(read)
    async with service.reading() as connection:
        revision = int(await connection.fetchval(ROSTER_REVISION))
    wanted = revision_wanted(request, revision)
    edited = await service.lane.submit(
        EditRoster(whole, actor, warnings=warnings, prune=prune, dry_run=dry_run, if_match=wanted)
    )
    changes = [
        {
            "kind": edit.kind,
            "id": edit.id,
            "change": edit.change,
            "fields": {name: {"from": old, "to": new} for name, (old, new) in edit.fields.items()},
        }
        for edit in edited.edits
    ]
    warned = warnings_of(edited, preferred_language(request))
    shown = {"revision": edited.revision, "dry_run": dry_run, "changes": changes, "warnings": warned}
    return Json(shown, headers=etag(edited.revision))
