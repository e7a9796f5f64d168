"""Who got which lead, and why? The history: one decision, pages of them, an export, and the feed of changes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Annotated, Literal
from uuid import UUID

from asyncpg import Connection
from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import StreamingResponse

from app.engine.policy import Policy
from app.engine.trees import RegionTree
from app.errors import NotFound
from app.problems import preferred_language
from app.routers import schemas
from app.routers.access import needs
from app.routers.answers import CSV, JSON, Json, accepted, page_of
from app.routers.explaining import others_in_record
from app.routers.export import exported
from app.routers.parameters import (
    LARGEST,
    Cursor,
    From,
    Most,
    To,
    Word,
    cursor_at,
    instant,
    place_at,
    seq_in,
    wrong,
)
from app.routers.present import record_answer
from app.routers.service import Running, Service
from app.store import history, search

router = APIRouter(prefix="/v1/assignments", tags=["history"], dependencies=[needs("history:read")])

RecordStatus = Literal["assigned", "queued", "rejected"]
RecordKind = Literal["routed", "rerouted", "assigned", "released", "claimed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The filters as they were asked for."""

    chosen: history.RecordFilter
    region: str | None
    industry: str | None


async def asked(
    rep: Annotated[Word | None, Query(description="The rep who got it")] = None,
    team: Annotated[
        Word | None, Query(description="The team in whose name it was given, or for which it waits")
    ] = None,
    rule: Annotated[Word | None, Query(description="The rule that decided, by its id or name")] = None,
    region: Annotated[
        Word | None, Query(description="The lead's region, by code or name: what lies below it is included")
    ] = None,
    industry: Annotated[
        Word | None, Query(description="The lead's industry, by code or name: what lies below it is included")
    ] = None,
    tier: Annotated[Word | None, Query(description="The lead's tier")] = None,
    source: Annotated[Word | None, Query(description="The source it came by")] = None,
    status: Annotated[RecordStatus | None, Query(description="How the decision ended")] = None,
    kind: Annotated[RecordKind | None, Query(description="How the decision came about")] = None,
    since: From = None,
    to: To = None,
    q: Annotated[
        Word | None, Query(description="Found anywhere in the lead's name, email, company, phone, external_id")
    ] = None,
) -> Asked:
    """The filters of the history."""
    chosen = history.RecordFilter(
        rep=rep,
        team=team,
        rule=rule,
        tier=tier,
        source=source,
        status=status,
        kind=kind,
        since=instant("from", since),
        until=instant("to", to, end=True),
        q=q,
    )
    return Asked(chosen=chosen, region=region, industry=industry)


def filter_under(policy: Policy | None, question: Asked) -> history.RecordFilter:
    """The filter, with what lies below its region and industry in the policy's trees.

    A code that the policy does not know may still stand in the history, and is taken as it is.
    """
    chosen = question.chosen
    below = None
    if question.region is not None:
        tree = policy.regions if policy is not None else RegionTree()
        below = tree.below(tree.node(question.region) or question.region)
    industries = None
    if question.industry is not None:
        industries = [question.industry]
        if policy is not None and (top := policy.industries.node(question.industry)) is not None:
            tree_of = policy.industries
            industries = sorted(code for code in tree_of.industries if top in tree_of.path(code))
    return replace(chosen, region=below, industries=industries)


@router.get("", **schemas.LIST_ASSIGNMENTS)
async def list_assignments(
    request: Request,
    service: Running,
    question: Annotated[Asked, Depends(asked)],
    limit: Annotated[Most | None, Query(description="How many items, at most 500; 50 if not said, all in CSV")] = None,
    cursor: Cursor = None,
    after_seq: Annotated[
        int | None,
        Query(ge=0, le=LARGEST, description="The change feed: what came after this seq, oldest first, without gaps"),
    ] = None,
) -> Response:
    """The history, newest first; or, with `after_seq`, all that came after, oldest first.

    `seq` is gapless and commits in order: whoever goes on from `next_after_seq` misses nothing and sees nothing twice.
    `Accept: text/csv` exports all that match.
    """
    if after_seq is not None and cursor is not None:
        raise wrong("cursor", "the feed goes on by after_seq; leave one of the two out")
    before = None if cursor is None else place_at(cursor, "records", seq_in)[0]
    language = preferred_language(request)
    if accepted(request, JSON, CSV) == CSV:
        if after_seq is not None:
            raise wrong("after_seq", "the feed is JSON; leave after_seq out to export, or ask for application/json")
        async with service.reading() as connection:
            chosen = await _resolved(service, connection, question)
        parts = exported(service, chosen, language, before=before, most=limit)
        # The first part is made before the answer begins: what goes wrong until then is told as a problem.
        first = await anext(parts)

        async def whole() -> AsyncIterator[bytes]:
            yield first
            async for part in parts:
                yield part

        name = 'attachment; filename="assignments.csv"'
        return StreamingResponse(
            whole(), media_type="text/csv; charset=utf-8", headers={"Content-Disposition": name, "Vary": "Accept"}
        )
    most = limit or 50
    async with service.reading() as connection:
        chosen = await _resolved(service, connection, question)
        rows = await search.records(connection, chosen, limit=most + 1, before=before, after=after_seq)
    shown = [record_answer(row, language) for row in rows[:most]]
    if after_seq is not None:
        return page_of(shown, None, next_after_seq=rows[:most][-1]["seq"] if rows else after_seq)
    return page_of(shown, cursor_at("records", rows[most - 1]["seq"]) if len(rows) > most else None)


@router.get("/{assignment_id}", **schemas.GET_ASSIGNMENT)
async def get_assignment(
    request: Request,
    service: Running,
    assignment_id: Annotated[UUID, Path(description="The record's id, as `assignment_id` answered it")],
    explain: schemas.Explain = False,
) -> Response:
    """One recorded decision, with its whole trace; with `explain` also what kept the other rules from applying."""
    others = None
    async with service.reading() as connection:
        row = await history.record(connection, assignment_id)
        if row is not None and explain:
            others = await others_in_record(service, connection, row)
    if row is None:
        raise NotFound(f"There is no assignment {assignment_id}")
    return Json(record_answer(row, preferred_language(request), trace=True, others=others))


async def _resolved(service: Service, connection: Connection, question: Asked) -> history.RecordFilter:
    if question.region is None and question.industry is None:
        return question.chosen
    return filter_under(await service.lane.policy_in_force(connection), question)
