"""How do fields that came in, by whatever door, become a job for the lane?"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson

from app.engine.lead import Lead, Notice
from app.intake.correct import corrected
from app.intake.normalise import normalise
from app.lane.batch import DeliveryKey
from app.lane.correct import ATTRIBUTE, Correct
from app.lane.lane import Lane
from app.lane.route import RouteLead


def new_lead(
    lane: Lane,
    fields: dict[str, Any],
    notices: Iterable[Notice] = (),
    *,
    received_at: datetime | None = None,
    idempotency: str | None = None,
    events: bool = False,
) -> RouteLead:
    """A job for a lead that came in as ``fields``: normalised, and prepared as far as can be before its turn.

    ``received_at`` is now, if it is not said. ``idempotency`` is a delivery key, as
    :func:`app.lane.route.idempotency_key` makes it; ``events`` as for :class:`app.lane.route.RouteLead`.
    """
    received_at = received_at or datetime.now(UTC)
    return RouteLead(
        normalise(fields, received_at=received_at, extra_notices=notices),
        fields,
        received_at=received_at,
        policy=lane.policy,
        idempotency=idempotency,
        events=events,
    )


def correction(
    lead_id: UUID,
    fields: Mapping[str, Any],
    notices: Iterable[Notice],
    actor: str,
    *,
    said_at: datetime | None = None,
    known_by: Sequence[DeliveryKey] = (),
    body_hash: bytes = b"",
) -> Correct:
    """A job that puts ``fields`` in the place of a lead's own; null clears one.

    ``said_at``: when they were said, if that is not now: what was said since of one of them stays. ``known_by``: what
    the lead is known by from then on, and the hash of the body it came with.
    """
    received_at = said_at or datetime.now(UTC)
    told = tuple(notices)
    given = fields.get("attributes")
    attributes: Mapping[str, Any] = given if isinstance(given, Mapping) else {}
    names = [name for name in fields if name != "attributes" or not isinstance(given, Mapping)]
    names += [ATTRIBUTE + name for name in attributes]

    def merge(lead: Lead, counting: Collection[str]) -> Lead:
        patch = {name: value for name, value in fields.items() if name in counting}
        if attributes:
            patch["attributes"] = {name: attributes[name] for name in attributes if ATTRIBUTE + name in counting}
        return corrected(lead, patch, received_at=received_at, extra_notices=told)

    return Correct(lead_id, names, merge, actor, said_at=said_at, reread=reread, known_by=known_by, body_hash=body_hash)


def reread(body: str) -> Lead:
    """Read a lead anew from the body that was kept because it could not be decided."""
    return normalise(orjson.loads(body), received_at=datetime.now(UTC))
