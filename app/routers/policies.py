"""How is a policy made, checked, activated, and read again? Versions never change; one is active."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Final, cast

import orjson
from fastapi import APIRouter, Path, Query, Request, Response

from app.errors import NotFound
from app.lane.policies import ActivatePolicy, StorePolicy, findings_json
from app.problems import preferred_language
from app.routers import schemas
from app.routers.access import POLICY_READERS, needs, needs_one_of
from app.routers.answers import JSON, YAML, Json, accepted, page_of, to_yaml
from app.routers.documents import document_of
from app.routers.parameters import MOST_VERSION, Cursor, Limit, cursor_at, place_at, seq_in
from app.routers.present import noted
from app.routers.service import Actor, Running, Service
from app.store import history

router = APIRouter(prefix="/v1/policies", tags=["policy"])

_READS: Final = needs_one_of(*POLICY_READERS)
_EDITS: Final = needs("policy:write")

Version = Annotated[int, Path(ge=1, le=MOST_VERSION, description="The version's number")]


@router.post("", status_code=201, dependencies=[_EDITS], **schemas.CREATE_POLICY)
async def create_policy(
    request: Request,
    service: Running,
    actor: Actor,
    dry_run: Annotated[bool, Query(description="Only check it")] = False,
    activate: Annotated[bool, Query(description="Activate it too, once it is stored")] = False,
) -> Response:
    """Check a policy document (YAML or JSON) whole, and store it as the next version.

    `findings` are oddities that do not stop it; errors are a 422 that names every place. With `dry_run` nothing is
    stored, and `version` is null.
    """
    document, source, form = await document_of(request, service, "policy")
    stored = await service.lane.submit(
        StorePolicy(cast("dict[str, Any]", document), source, form, actor, dry_run=dry_run)
    )
    language = preferred_language(request)
    if dry_run:
        findings = noted(findings_json(stored.findings), language)
        return Json({"version": None, "active": False, "findings": findings}, status_code=200)
    if activate:
        stored = await service.lane.submit(ActivatePolicy(stored.version, actor))
    findings = noted(findings_json(stored.findings), language)
    shown = {"version": stored.version, "active": activate, "findings": findings}
    return Json(shown, status_code=201, headers={"Location": f"/v1/policies/{stored.version}"})


@router.get("", dependencies=[_READS], **schemas.LIST_POLICIES)
async def list_policies(service: Running, limit: Limit = 50, cursor: Cursor = None) -> Response:
    """All versions, newest first."""
    before = MOST_VERSION if cursor is None else min(MOST_VERSION, place_at(cursor, "policies", seq_in)[0])
    async with service.reading() as connection:
        rows = await connection.fetch(history.POLICIES, before, limit + 1)
    following = cursor_at("policies", rows[limit - 1]["version"]) if len(rows) > limit else None
    return page_of([_summary(row) for row in rows[:limit]], following)


@router.get("/active", dependencies=[_READS], **schemas.ACTIVE_POLICY)
async def active_policy(request: Request, service: Running) -> Response:
    """The version in force. `Accept: application/yaml` gives its source as it was given, if in YAML; else as YAML."""
    return await _shown(request, service, None)


@router.get("/{version}", dependencies=[_READS], **schemas.GET_POLICY)
async def get_policy(request: Request, service: Running, version: Version) -> Response:
    """One version. `Accept: application/yaml` gives its source as it was given, if in YAML; else as YAML."""
    return await _shown(request, service, version)


@router.post("/{version}/activate", dependencies=[_EDITS], **schemas.ACTIVATE_POLICY)
async def activate_policy(request: Request, service: Running, version: Version, actor: Actor) -> Response:
    """Put a version in force, from this place in the lane on. What it refers to is checked again."""
    stored = await service.lane.submit(ActivatePolicy(version, actor))
    findings = noted(findings_json(stored.findings), preferred_language(request))
    return Json({"version": stored.version, "active": True, "findings": findings})


def _summary(row: history.Row) -> dict[str, Any]:
    return {name: row[name] for name in ("version", "name", "format", "created_at", "created_by")} | {
        "active": bool(row["active"])
    }


async def _shown(request: Request, service: Service, version: int | None) -> Response:
    async with service.reading() as connection:
        row = await connection.fetchrow(history.POLICY, version)
    if row is None:
        raise NotFound("No policy is active" if version is None else f"There is no policy version {version}")
    if accepted(request, JSON, YAML) == YAML:
        # In a thread: a mebibyte of policy takes most of a second, and leads wait for the event loop.
        text = (
            row["source"]
            if row["format"] == "yaml"
            else await asyncio.to_thread(to_yaml, orjson.loads(row["document"]))
        )
        return Response(text, media_type=f"{YAML}; charset=utf-8", headers={"Vary": "Accept"})
    shown = {
        **_summary(row),
        "findings": noted(orjson.loads(row["findings"]), preferred_language(request)),
        "document": orjson.loads(row["document"]),
        "source": row["source"],
    }
    return Json(shown, headers={"Vary": "Accept"})
