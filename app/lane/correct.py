"""What becomes of a lead whose facts are corrected? It is known by them from then on; nothing is routed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson

from app.engine.decision import Effects
from app.engine.facts import facts_of
from app.engine.lead import Lead, Notice
from app.engine.recognise import keys_of, own_node, remember
from app.lane.batch import Batch, DeliveryKey, LeadJob, notices_json, stored_lead
from app.store.writes import Corrected

_FIELDS: Final = frozenset(Lead.__dataclass_fields__)


ATTRIBUTE: Final = "attributes."
"""What stands before the name of an attribute, each of which is a field of its own."""
_MOST_SAID: Final = 500
"""Times that are kept of a lead: the newest. It has no more than 200 attributes."""


def _kept_under(field: str) -> str:
    """The name of what is sent as ``field``: a field that a lead has not is one of its attributes."""
    return field if field in _FIELDS or field.startswith(ATTRIBUTE) else ATTRIBUTE + field


def recorded_as(field: str) -> str:
    """How the record names a field that was sent: the name of one that a lead has not is the sender's own words."""
    return "attributes" if _kept_under(field).startswith(ATTRIBUTE) else field


def _is_said(field: str, lead: Lead) -> bool:
    """Whether anything was ever said of a field, as far as can be seen."""
    if field.startswith(ATTRIBUTE):
        return field.removeprefix(ATTRIBUTE) in lead.attributes
    value = getattr(lead, field)
    return value is not None and value is not False and value != {}


def _said(row: Mapping[str, Any]) -> dict[str, str]:
    """When the fields of a stored lead that were corrected were said last."""
    said: dict[str, str] = {} if row["said"] is None else orjson.loads(row["said"])
    return said


def corrected(lead_id: UUID, lead: Lead, facts: Mapping[str, object]) -> Corrected:
    """A lead whose facts have changed, as it is written."""
    source = facts.get("source", lead.source)
    return Corrected(
        id=lead_id,
        lead=lead,
        source=source if isinstance(source, str) else None,
        region=own_node(facts, "region"),
        industry=own_node(facts, "industry"),
        warnings=notices_json(lead.notices),
    )


class Correct(LeadJob[bool]):
    """Correct a lead's facts. Nothing is routed. Its outcome: whether it was outdated, and changed nothing for that.

    ``fields`` are those of a lead, each attribute one of its own: ``attributes.colour``; all at once ``attributes``.
    ``merge`` makes the corrected lead of the stored one, and of those of ``fields`` that count; both are normalised.
    ``said_at`` is when they were said, if that is not now: it may have had to wait, and what was said since stays.
    ``reread`` makes a lead of the body of one that was kept as it came. ``known_by``: what the lead is known by from
    now on, as far as nothing is yet, with the body whose hash is ``body_hash``.
    """

    def __init__(
        self,
        lead_id: UUID,
        fields: Sequence[str],
        merge: Callable[[Lead, Collection[str]], Lead],
        actor: str,
        *,
        said_at: datetime | None = None,
        reread: Callable[[str], Lead] | None = None,
        known_by: Sequence[DeliveryKey] = (),
        body_hash: bytes = b"",
    ) -> None:
        super().__init__()
        self.lead_id, self.fields, self.merge, self.actor = lead_id, tuple(fields), merge, actor
        self._said_at, self._reread, self._known_by, self._hash = said_at, reread, known_by, body_hash
        self._decided_at: datetime | None = None
        """When it was decided, if it was: a commit without an answer may have happened then."""

    @property
    def delivery_keys(self) -> Sequence[str]:
        """What the lead is to be known by."""
        return [one.key for one in self._known_by]

    @property
    def lead_ids(self) -> Sequence[UUID]:
        """The one lead."""
        return (self.lead_id,)

    def keys_brought(self, leads: Mapping[UUID, Mapping[str, Any]]) -> Iterable[str]:
        """The keys of the corrected lead: a number may only be told with the country that is stored."""
        row = leads.get(self.lead_id)
        if row is None:
            return ()
        before = self._before(row)
        return [key for _, key in keys_of(self.merge(before, self._counting(row, before)))]

    def _before(self, row: Mapping[str, Any]) -> Lead:
        if row["body"] is not None and self._reread is not None:
            return self._reread(row["body"])
        return stored_lead(row)

    def _counting(self, row: Mapping[str, Any], before: Lead) -> Sequence[str]:
        """Those of the fields of which nothing newer has been said: by a correction, or when the lead came."""
        said_at = self._said_at
        if said_at is None and self.doubtful:
            said_at = self._decided_at
        if said_at is None:
            return self.fields
        said = _said(row)

        def is_newer(field: str) -> bool:
            field = _kept_under(field)
            whole = field.partition(".")[0]
            times = [
                datetime.fromisoformat(then)
                for name, then in said.items()
                if name in (field, whole) or name.startswith(f"{field}.")
            ]
            if not times and _is_said(field, before):
                times.append(row["received_at"])
            return any(then > said_at for then in times)

        return [field for field in self.fields if not is_newer(field)]

    def decide(self, batch: Batch) -> bool:
        """Store the corrected facts, and let the lead be recognised by them.

        Raises:
            NotFound: there is no such lead.
        """
        row = batch.stored(self.lead_id)
        if any(one.kept is not None and self._is_done(one, batch) for one in self._known_by):
            # The same event, sent twice, was applied by the other one meanwhile; or by this one, if nobody knew that.
            return not self.doubtful
        outdated = self._correct(batch, row)
        # Last of all: a delivery that is known is never applied again. A lead that was rejected may yet be routed by
        # what is said of it, and until then the event is not done with.
        for one in self._known_by:
            if one.key not in batch.deliveries and (one.kept is None or row["status"] != "rejected"):
                batch.deliver(one, self.lead_id, self._hash)
        return outdated

    def _is_done(self, event: DeliveryKey, batch: Batch) -> bool:
        known = batch.deliveries.get(event.key)
        return known is not None and (known.lead_id, known.body_hash) == (self.lead_id, self._hash)

    def _correct(self, batch: Batch, row: Mapping[str, Any]) -> bool:
        before = self._before(row)
        fields = self._counting(row, before)
        lead = self.merge(before, fields)
        if self._decided_at is None or not self.doubtful:
            self._decided_at = batch.now
        if fields:
            then = (self._said_at or self._decided_at).isoformat()
            said = {**_said(row), **dict.fromkeys(map(_kept_under, fields), then)}
            newest = sorted(said.items(), key=lambda one: datetime.fromisoformat(one[1]), reverse=True)[:_MOST_SAID]
            batch.writes.said[self.lead_id] = dict(newest)
            batch.changed.add(self.lead_id)
        if lead.document() == before.document():
            return len(fields) < len(self.fields)
        told = list(dict.fromkeys("attributes" if field.startswith(ATTRIBUTE) else field for field in fields))
        facts = batch.facts_of(lead)
        lead = replace(lead, notices=self._notices(lead, told, batch))
        # The record names the fields and not their values: those are the person's, and may be erased.
        names = list(dict.fromkeys(map(recorded_as, fields)))
        batch.change("lead.corrected", str(self.lead_id), self.actor, {"fields": names}, effects=Effects())
        batch.writes.corrected[self.lead_id] = corrected(self.lead_id, lead, facts)
        # A lead that was kept as it came has been seen by none of its keys yet.
        known_before = {key for _, key in keys_of(stored_lead(row))}
        rep, seq = row["rep_id"], row["latest_seq"]
        fresh = [
            # Another lead with the key may have been given to somebody later: the latest assignment tells.
            replace(known, owner=rep, owner_seq=seq) if rep and seq > (known.owner_seq or 0) else known
            for known in remember(lead, str(self.lead_id), facts, batch.world.identities, batch.now)
            if known.key not in known_before
        ]
        if lead.do_not_contact and not before.do_not_contact:
            fresh += [replace(known, do_not_contact=True) for known in batch.identities_of(before)]
        batch.keep(fresh)
        return False

    def _notices(self, lead: Lead, fields: Sequence[str], batch: Batch) -> tuple[Notice, ...]:
        """What is told of the fields that stay, and what is to be told of ``fields``, which are corrected."""
        told = facts_of(lead, batch.policy)[1] if batch.policy is not None else ()
        kept = [notice for notice in batch.notices_of(self.lead_id) if notice.field not in fields]
        return tuple(dict.fromkeys([*kept, *lead.notices, *told]))
