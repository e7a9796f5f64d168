"""What would become of a body if its sender sent it? Shown, with nothing kept and nobody assigned."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from app.chinese.lookup import in_words
from app.doors.arriving import as_kept, without_hidden
from app.doors.driving import mapped_by, received_again
from app.doors.source import Source, source_of
from app.engine.explain import Language
from app.engine.lead import Notice
from app.errors import NotFound
from app.intake.correct import flatten
from app.intake.mapping import ATTRIBUTES, Mapped
from app.intake.normalise import FIELDS, LONGEST_ID, normalise
from app.intake.text import sound
from app.intake.unknown import unknown_field
from app.problems import preferred_language
from app.record.shown import warnings
from app.routers import schemas_doors as schemas
from app.routers.access import needs
from app.routers.answers import Json
from app.routers.arriving import SourceId, base_of, door_of, received_of
from app.routers.present import noted
from app.routers.service import Running, Service
from app.routers.sources import stored_source
from app.senders.base import NotGenuine, NotUnderstood, Passed, Received
from app.store import arrivals
from app.store.history import Row

router = APIRouter(prefix="/v1/sources", tags=["doors"], dependencies=[needs("admin")])


@router.post("/{source}/try", **schemas.TRY_SOURCE)
async def try_source(
    request: Request,
    service: Running,
    source: SourceId,
    delivery: Annotated[str | None, Query(description="Try a delivery that was kept, in place of a body")] = None,
) -> Response:
    """Show what a body would become, sent as its sender would send it: nothing is kept, and nobody is assigned.

    Each lead is shown with the fields that were made of it, where each came from, and how they are read. The query and
    the headers are the sender's too, but for `delivery` and `Authorization`.
    """
    row, secrets = await stored_source(service, source)
    known = source_of(row, secrets, service.seal)
    genuine: str | None = None
    if delivery is not None:
        kept = await _kept(service, delivery)
        received, verified = received_again(kept), kept["verified"]
    else:
        received, verified = await _as_sent(request, service, known), False
    if not verified:
        try:
            known.sender.verify(received, known.settings)
        except NotGenuine as error:
            genuine = str(error)
    # As it would be kept, and read.
    received = without_hidden(as_kept(received, known))
    language = preferred_language(request)
    not_genuine = None if genuine is None else in_words(genuine, language)
    try:
        read = known.sender.read(received, known.settings)
    except NotUnderstood as error:
        return Json(
            {
                "understood": False,
                "errors": noted([{"where": error.where, "message": error.message}], language),
                "not_genuine": not_genuine,
                "items": [],
                "passed": [],
            }
        )
    mapped = [(item, mapped_by(known, item.tree)) for item in read.items]
    empty = [Passed("empty", item.key) for item, made in mapped if made.says_nothing and item.fetch is None]
    return Json(
        {
            "understood": True,
            "errors": [],
            "not_genuine": not_genuine,
            "items": [
                {"key": item.key, "to_be_fetched": item.fetch, **_tried(known, item.tree, made, language)}
                for item, made in mapped
            ],
            "passed": [{"key": one.key, "reason": one.reason} for one in (*read.passed, *empty)],
        }
    )


async def _kept(service: Service, delivery: str) -> Row:
    try:
        number = UUID(delivery)
    except ValueError:
        raise NotFound(f"There is no delivery {delivery[:64]}") from None
    async with service.reading() as connection:
        row: Row | None = await connection.fetchrow(arrivals.ARRIVAL, number)
    if row is None:
        raise NotFound(f"There is no delivery {delivery}")
    return row


async def _as_sent(request: Request, service: Service, source: Source) -> Received:
    """The request as it would come to the source's own address. The caller's key is none of the sender's secrets."""
    received = await received_of(request, service)
    _, mark, query = received.url.partition("?")
    return replace(
        received,
        url=f"{base_of(request, service)}{door_of(source.document.kind)}/{source.id}{mark}{query}",
        headers={name: value for name, value in received.headers.items() if name != "authorization"},
    )


def _tried(source: Source, tree: Mapping[str, Any], mapped: Mapped, language: Language) -> dict[str, Any]:
    lead = normalise(mapped.fields, received_at=datetime.now(UTC))
    return {
        "tree": tree,
        "fields": mapped.fields,
        "origins": {name: {"how": one.how, "path": one.path} for name, one in mapped.origins.items()},
        "not_found": [
            name
            for name, given in source.document.mapping.get("fields", {}).items()
            if given is not None and name not in mapped.origins
        ],
        "lead": flatten(lead),
        "warnings": warnings((*lead.notices, *_misspelt(tree, mapped)), language),
    }


def _misspelt(tree: Mapping[str, Any], mapped: Mapped) -> Iterator[Notice]:
    """Of what was kept aside: which field that the lead lacks was probably meant. Senders give much that is no field:
    of the others nothing is told.
    """
    meant_so = tree.get("attributes")
    for name in mapped.fields.get("attributes", ()):
        if ATTRIBUTES + name in mapped.origins or (isinstance(meant_so, Mapping) and name in meant_so):
            continue
        told = unknown_field(sound(name)[:LONGEST_ID], FIELDS)
        if told.code == "misspelt_field" and told.value not in mapped.fields:
            yield told
