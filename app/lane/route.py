"""How does a new lead go through the lane?"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

import orjson

from app.engine.chain import Prepared, Routed, prepare, route, undecided
from app.engine.decision import Effects
from app.engine.lead import Lead, Notice
from app.engine.policy import Policy
from app.engine.recognise import keys_of, remember
from app.errors import Conflict, NoPolicy
from app.lane.batch import Answer, Batch, DeliveryKey, LeadJob, new_id, notices_json
from app.store.writes import NewLead

_NUL: Final = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")
"""A NUL as JSON writes it, which Postgres cannot keep; not the text of one, whose backslash is written as two."""

KEY_KEPT: Final = timedelta(days=30)
"""How long an ``Idempotency-Key`` is remembered."""


def _json(lead: Lead) -> bytes:
    return orjson.dumps(lead.document())


def _written(lead: Lead) -> bytes | None:
    """The lead as it is stored, made while nobody holds the lane for it."""
    try:
        return _json(lead)
    except TypeError:  # as with _prepared
        return None


def body_hash(fields: object) -> bytes:
    """What tells two bodies apart: SHA-256 of the canonical JSON.

    Key order and white space do not matter, nor whether a number is written ``5`` or ``5.0`` (as in RFC 8785): what
    reads a lead and sends it on may write either.
    """
    return hashlib.sha256(orjson.dumps(_canonical(fields), option=orjson.OPT_SORT_KEYS)).digest()


def _canonical(value: Any) -> Any:
    match value:
        case dict():
            return {key: part if isinstance(part, str) else _canonical(part) for key, part in value.items()}
        case list():
            return [_canonical(part) for part in value]
        case float() if value.is_integer() and abs(value) < 2**53:
            return int(value)
        case _:
            return value


def _prepared(lead: Lead, policy: Policy | None) -> Prepared | None:
    if policy is None:
        return None
    try:
        return prepare(lead, policy)
    except Exception:  # noqa: BLE001  it will be met again in the lane, where what it concerns can be kept
        return None


def idempotency_key(caller: str, key: str) -> str:
    """The delivery key of an ``Idempotency-Key`` header, scoped to the caller's API key."""
    return "key:" + hashlib.sha256(f"{caller}\0{key}".encode()).hexdigest()


def source_key(source: str | None, external_id: str) -> str:
    """The delivery key of a source's own id for a lead; no source counts as an empty one."""
    return "source:" + hashlib.sha256(f"{source or ''}\0{external_id}".encode()).hexdigest()


class RouteLead(LeadJob[Answer]):
    """Route one new lead, or answer again what was answered before.

    ``events``: who sends it tells each change of a lead by an event of its own, whose key is ``idempotency``. Then what
    says the same as the lead's first one is no repetition of it: what was said between them is taken back by it.
    """

    def __init__(
        self,
        lead: Lead,
        fields: dict[str, Any],
        *,
        received_at: datetime,
        policy: Policy | None,
        idempotency: str | None = None,
        events: bool = False,
    ) -> None:
        super().__init__()
        self.lead = lead
        self.fields = fields
        self.received_at = received_at
        self.lead_id = new_id()
        self.minted = new_id()
        self.hash = body_hash(fields)
        self._facts = _written(lead)
        self.prepared = _prepared(lead, policy)
        keys = [] if idempotency is None else [DeliveryKey(idempotency, KEY_KEPT)]
        if lead.external_id is not None:
            keys.append(DeliveryKey(source_key(lead.source, lead.external_id)))
        self.known_by = tuple(keys)
        """The header's key, or the event's, then the source's; the first that is known decides."""
        self._idempotency, self._events = idempotency, events
        recognised_by = keys_of(lead) if self.prepared is None else self.prepared.keys
        self._own_keys = tuple([key for _, key in recognised_by])
        self.close_keys: tuple[str, ...] = ()
        """The keys of companies whose names may be close spellings, looked for before the lock."""
        self.looked = not (lead.company_block and lead.company_key)

    @property
    def delivery_keys(self) -> Sequence[str]:
        """Those of :attr:`known_by`."""
        return [one.key for one in self.known_by]

    @property
    def identity_keys(self) -> Sequence[str]:
        """The keys by which person and company may be recognised, and those of similar companies."""
        return (*self._own_keys, *self.close_keys)

    def decide(self, batch: Batch) -> Answer:
        """Answer a known delivery from the record; else decide, once and for all.

        Raises:
            Conflict: a delivery key is known with another body, or the lead is by another event.
            NoPolicy: there is no policy yet.
        """
        known = self._known(batch)
        if known is not None:
            return known
        routed, notices = self._routed(batch)
        return self._keep(batch, self.lead, routed, notices=notices)

    def preview(self, batch: Batch) -> Answer:
        """What :meth:`decide` would answer now. Nothing is kept, so there is no id and no place in the lane.

        Raises as :meth:`decide` does.
        """
        known = self._known(batch)
        if known is not None:
            return known
        routed, notices = self._routed(batch)
        made_on = None if batch.policy is None else (batch.policy, routed.facts)
        return Answer(None, None, None, routed.decision, notices, made_on=made_on)

    def _routed(self, batch: Batch) -> tuple[Routed, tuple[Notice, ...]]:
        policy = batch.policy
        if policy is None:
            raise NoPolicy
        prepared = self.prepared
        if prepared is None or prepared.policy is not policy:
            prepared = prepare(self.lead, policy)
        routed = route(prepared, batch.world, batch.now)
        return routed, (*self.lead.notices, *prepared.notices)

    def undecided(self, batch: Batch) -> Answer | None:
        """Keep the lead as it came, queued, with reason ``router_error``."""
        known = self._known(batch)
        if known is not None:
            return known
        routed = Routed(undecided(batch.policy, batch.now), Effects(), {})
        body = orjson.dumps(self.fields)
        body = _NUL.sub(rb"\1\\ufffd", body)
        # Only what the delivery is known by is kept as columns: anything else might be what the database refuses.
        return self._keep(batch, Lead(), routed, notices=(), body=body)

    def _known(self, batch: Batch) -> Answer | None:
        for one in self.known_by:
            known = batch.deliveries.get(one.key)
            if known is None:
                continue
            if known.body_hash != self.hash or (self._events and one.key != self._idempotency):
                raise Conflict(
                    "This delivery was answered before, with another body. Correct the lead with PATCH, or send it "
                    "with an external_id or Idempotency-Key of its own.",
                    lead_id=str(known.lead_id),
                )
            first = self.known_by[0]
            if first.key not in batch.deliveries:
                batch.deliver(first, known.lead_id, self.hash)
            return replace(batch.answers[known.lead_id], replayed=True)
        return None

    def _keep(
        self, batch: Batch, lead: Lead, routed: Routed, *, notices: tuple[Any, ...], body: bytes | None = None
    ) -> Answer:
        assert self.minted is not None
        lead_id = self.lead_id
        identities = remember(lead, str(lead_id), routed.facts, batch.world.identities, batch.now)
        record = batch.record(lead, lead_id, self.minted, "routed", routed, identities)
        facts = self._facts if self._facts is not None and lead is self.lead else _json(lead)
        warnings = notices_json(notices)
        # By the one clock that all workers share, no later than now: what is said of the lead later must be later.
        received_at = min(self.received_at, batch.now)
        batch.writes.leads.append(NewLead(lead_id, received_at, lead, facts, warnings, self.hash, body))
        for one in self.known_by:
            batch.deliver(one, lead_id, self.hash)
        answer = Answer(lead_id, record.id, record.seq, routed.decision, notices)
        batch.answers[lead_id] = answer
        return answer
