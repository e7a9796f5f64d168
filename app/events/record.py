"""What is told of a record? Which events there are, and the data of each, from the record and what it is about.

Records make events so:

- a decision that ends in ``queued`` or ``rejected``: ``lead.queued``, ``lead.rejected``, whoever had the lead before
  (``previous_rep``);
- one that ends in ``assigned``: ``lead.assigned`` if nobody had the lead, ``lead.reassigned`` if another rep had it;
  none if it stays with the same rep;
- an activation: ``policy.activated``; an edit of the roster: ``rep.changed`` for each rep that it adds, changes or
  deactivates. Closings, corrections and edits of teams are none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson
from asyncpg import Connection

from app.channels.base import Event
from app.engine.decision import Decision
from app.engine.explain import Language, sentence
from app.engine.lead import Lead
from app.intake.correct import flatten
from app.lane.batch import notices_from
from app.lane.rest import Resting
from app.record.shown import answered
from app.store import outbox

TYPES: Final = (
    "lead.assigned", "lead.queued", "lead.rejected", "lead.reassigned", "policy.activated", "rep.changed",
)  # fmt: skip
"""Every type of event."""

_OF_CHANGES: Final = frozenset({"policy.activated", "rep.changed"})


@dataclass(frozen=True, slots=True)
class Place:
    """Where an event stands in the record. ``part`` tells apart those of one record; ``at`` is when it was recorded."""

    revision: int
    part: int
    stamp: int
    type: str
    at: datetime

    @property
    def event_id(self) -> str:
        """The event's id: the same for ever, and no other's, even in a record that was replaced by a restore."""
        return event_id(self.revision, self.part, self.stamp)


def event_id(revision: int, part: int, stamp: int) -> str:
    """The id of an event by its place and the stamp of its commit."""
    return f"evt_{revision}_{stamp:x}" + (f"_{part}" if part else "")


def place_of_id(given: str) -> tuple[int, int, int] | None:
    """Revision, part and stamp of an event's id; None if it is none."""
    parts = given.removeprefix("evt_").split("_")
    if not given.startswith("evt_") or len(parts) not in (2, 3) or len(given) > 64:
        return None
    try:
        found = int(parts[0]), int(parts[2]) if len(parts) == 3 else 0, int(parts[1], 16)
    except ValueError:
        return None
    if event_id(*found) != given or not all(0 <= number < 2**63 for number in found) or found[1] >= 2**31:
        return None
    return found


@dataclass(frozen=True, slots=True)
class Records:
    """What was read of the record: decisions and other records, by revision."""

    decisions: Mapping[int, outbox.Row]
    changes: Mapping[int, outbox.Row]


async def records_of(connection: Connection, places: Sequence[Place]) -> Records:
    """Read the records at these places."""
    of_leads = [place.revision for place in places if place.type not in _OF_CHANGES]
    others = {place.revision for place in places if place.type in _OF_CHANGES}
    decisions = await outbox.of_leads(connection, of_leads) if of_leads else ()
    changes = await outbox.of_changes(connection, sorted(others)) if others else ()
    return Records({row["revision"]: row for row in decisions}, {row["revision"]: row for row in changes})


async def events_from(
    records: Records, places: Sequence[Place], language: Language, *, personal: bool, rest: float = 0
) -> list[Event]:
    """The events at these places, in their order.

    ``language``: of explanations and warnings. ``personal``: whether they may quote what somebody wrote; how much of
    the lead's facts is told is each channel's to say. After each it rests for ``rest`` times as long as that took.

    Raises:
        LookupError, TypeError, ValueError: a record is not there, or none that this service wrote.
    """
    details: dict[int, Any] = {}
    events = []
    for place in places:
        async with Resting(rest):
            lead_id, seq = None, None
            if place.type not in _OF_CHANGES:
                row = records.decisions[place.revision]
                lead_id, seq = UUID(str(row["lead_id"])), row["seq"]
                data, explanations = _of_lead(row, language, personal=personal)
            else:
                row = records.changes[place.revision]
                if place.revision not in details:
                    # Of a large edit one at a time is kept: it may hold thousands of reps.
                    details = {place.revision: orjson.loads(row["detail"])}
                data, explanations = _of_change(row, place.part, details[place.revision]), {}
            events.append(
                Event(place.event_id, place.type, place.at, place.revision, lead_id, plain(data), seq, explanations)
            )
    return events


def plain(data: Mapping[str, Any]) -> dict[str, Any]:
    """The data as JSON has it: no times, ids or words of types of their own."""
    read: dict[str, Any] = orjson.loads(orjson.dumps(data, default=str))
    return read


def shown_rep(document: Mapping[str, Any]) -> dict[str, Any]:
    """A rep as events show them. The language is what their attribute ``language`` says, if it is one of ours."""
    attributes = document["attributes"]
    tag = str(attributes.get("language", "")).lower().partition("-")[0]
    return {
        "id": document["id"],
        "name": document["name"],
        "email": document["email"],
        "language": tag if tag in ("en", "zh") else None,
        "timezone": document["timezone"],
        "attributes": attributes,
    }


def shown_lead(lead_id: object, lead: Lead) -> dict[str, Any]:
    """A lead's facts as contract fields, and its id."""
    return {"lead_id": lead_id, **flatten(lead)}


def data_of_lead(
    lead: dict[str, Any],
    decision: Mapping[str, Any],
    explanations: Mapping[Language, str],
    *,
    rep: Mapping[str, Any] | None = None,
    manager: Mapping[str, Any] | None = None,
    previous_rep: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The data of an event about a lead; ``rep``, ``manager`` and ``previous_rep`` are documents of the roster."""
    return {
        "lead": lead,
        "decision": {**decision, "explanations": explanations},
        **{
            name: None if document is None else shown_rep(document)
            for name, document in (("rep", rep), ("manager", manager), ("previous_rep", previous_rep))
        },
    }


def _of_lead(row: outbox.Row, language: Language, *, personal: bool) -> tuple[dict[str, Any], Mapping[Language, str]]:
    d = Decision.from_document(orjson.loads(row["decision"]))
    notices = notices_from(row["warnings"])
    if not personal:
        # Both may quote what somebody wrote.
        d, notices = replace(d, note=None), ()
    told = answered(row["lead_id"], row["id"], row["seq"], d, notices, language)
    explanations: dict[Language, str] = {"en": sentence(d, "en"), "zh": sentence(d, "zh")}
    data = data_of_lead(
        shown_lead(row["lead_id"], Lead.from_document(orjson.loads(row["facts"]))),
        {**told, "kind": row["kind"], "actor": d.actor, "note": d.note},
        explanations,
        **{name: _document(row[name]) for name in ("rep", "manager", "previous_rep")},
    )
    return data, explanations


def _document(stored: str | None) -> dict[str, Any] | None:
    return None if stored is None else orjson.loads(stored)


def _of_change(row: outbox.Row, part: int, detail: Mapping[str, Any]) -> dict[str, Any]:
    if row["kind"] == "policy.activated":
        return {
            "policy": {
                "version": int(row["subject"]),
                "name": row["name"],
                "activated_at": row["at"],
                "actor": row["actor"],
            }
        }
    edit = detail["edits"][part - 1]
    return {
        "rep": {**detail["reps"][edit["id"]], **shown_rep(detail["reps"][edit["id"]])},
        "change": edit["change"],
        "fields": edit["fields"],
        "actor": row["actor"],
    }


def types_for(chosen: Iterable[str] | None, taken: Sequence[str]) -> tuple[str, ...]:
    """The types of events that a subscription is told of: those chosen, or all that its kind takes."""
    able = taken or TYPES
    return tuple(name for name in TYPES if name in able and (chosen is None or name in set(chosen)))
