"""What becomes of a lead whose facts are corrected? It is known by them from then on; nothing is routed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from app.engine.decision import Effects
from app.engine.facts import facts_of
from app.engine.lead import Lead, Notice
from app.engine.recognise import keys_of, own_node, remember
from app.lane.batch import Batch, Known, LeadJob, notices_json, stored_lead
from app.store.writes import Corrected, Delivery


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


class Correct(LeadJob[Lead]):
    """Correct a lead's facts. Nothing is routed.

    ``merge`` makes the corrected lead of the stored one; both are normalised. ``reread`` makes a lead of the body of
    one that was kept as it came. ``delivery``: a key by which the lead is known from now on, unless another is, and the
    hash of the body that came with it.
    """

    def __init__(
        self,
        lead_id: UUID,
        fields: Sequence[str],
        merge: Callable[[Lead], Lead],
        actor: str,
        *,
        reread: Callable[[str], Lead] | None = None,
        delivery: tuple[str, bytes] | None = None,
    ) -> None:
        super().__init__()
        self.lead_id, self.fields, self.merge, self.actor = lead_id, tuple(fields), merge, actor
        self._reread, self._delivery = reread, delivery

    @property
    def delivery_keys(self) -> Sequence[str]:
        """The key by which the lead is to be known."""
        return () if self._delivery is None else (self._delivery[0],)

    @property
    def lead_ids(self) -> Sequence[UUID]:
        """The one lead."""
        return (self.lead_id,)

    def keys_brought(self, leads: Mapping[UUID, Mapping[str, Any]]) -> Iterable[str]:
        """The keys of the corrected lead: a number may only be told with the country that is stored."""
        row = leads.get(self.lead_id)
        return () if row is None else [key for _, key in keys_of(self.merge(self._before(row)))]

    def _before(self, row: Mapping[str, Any]) -> Lead:
        if row["body"] is not None and self._reread is not None:
            return self._reread(row["body"])
        return stored_lead(row)

    def decide(self, batch: Batch) -> Lead:
        """Store the corrected facts, and let the lead be recognised by them.

        Raises:
            NotFound: there is no such lead.
        """
        row = batch.stored(self.lead_id)
        if self._delivery is not None and self._delivery[0] not in batch.deliveries:
            key, body_hash = self._delivery
            batch.deliveries[key] = Known(self.lead_id, body_hash)
            batch.writes.deliveries.append(Delivery(key, self.lead_id, body_hash, None))
        before = self._before(row)
        lead = self.merge(before)
        if lead.document() == before.document():
            return lead
        facts = batch.facts_of(lead)
        lead = replace(lead, notices=self._notices(lead, batch.notices_of(self.lead_id), batch))
        # The record names the fields and not their values: those are the person's, and may be erased.
        batch.change("lead.corrected", str(self.lead_id), self.actor, {"fields": list(self.fields)}, effects=Effects())
        batch.writes.corrected[self.lead_id] = corrected(self.lead_id, lead, facts)
        batch.changed.add(self.lead_id)
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
        return lead

    def _notices(self, lead: Lead, said: Iterable[Notice], batch: Batch) -> tuple[Notice, ...]:
        """What was said of the fields that stay, and what is to be said of those that are corrected."""
        told = facts_of(lead, batch.policy)[1] if batch.policy is not None else ()
        kept = [notice for notice in said if notice.field not in self.fields]
        return tuple(dict.fromkeys([*kept, *lead.notices, *told]))
