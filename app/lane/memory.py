"""What would happen? The lane's jobs on a world in memory: no database, and nothing is kept.

The same jobs and the same engine as in the lane, one after another; for trying out a policy on a file of leads, for
demonstrations, and for specifying behaviour in case files.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, TypeVar

from rapidfuzz.fuzz import ratio

from app.engine.lead import Lead
from app.engine.policy import Policy
from app.engine.recognise import CLOSE, Identity
from app.engine.roster import Roster
from app.engine.rotation import Crowd
from app.engine.world import Loads, World
from app.lane.batch import Answer, Batch, LeadJob
from app.lane.lookup import keys_needed
from app.lane.route import RouteLead
from app.lane.sync import calendars_for
from app.store.writes import Change, Record, Writes

T = TypeVar("T")

MATES_KEPT: Final = 500
"""Companies of one blocking key that are compared: as many as the lane reads."""


class MemoryLane:
    """A world that exists only here, and the leads that have been routed in it.

    ``records`` are the assignment records and ``changes`` those that assign nothing, in order, as they would have been
    written. Jobs are made inside a running event loop, like the lane's; each has a turn to itself.
    """

    def __init__(self, policy: Policy, roster: Roster, *, now: datetime, loads: Loads | None = None) -> None:
        self.policy = policy
        self.records: list[Record] = []
        self.changes: list[Change] = []
        calendars = calendars_for(roster.reps.values(), now.year)
        self._world = World(roster, calendars, loads or Loads(), now=now, seq=0, revision=0, stamp=0)
        self._batch = Batch(world=self._world, policy=policy, now=now, writes=Writes(stamp=0, now=now))
        self._blocks: dict[str, list[str]] = {}
        self._crowds: dict[str, Crowd] = {}
        self.identities: dict[str, Identity] = {}
        """All that is known by any key. A job sees what its own keys are known for, as in the lane."""

    @property
    def world(self) -> World:
        """The world as it is now."""
        return self._world

    def advance(self, now: datetime) -> None:
        """Let time pass."""
        if now.year != self._world.now.year:
            roster = self._world.roster.roster
            self._world.enrol(roster, calendars_for(roster.reps.values(), now.year))
        self._world.advance(now)
        self._batch.now = self._batch.writes.now = now

    def route(
        self,
        lead: Lead,
        fields: Mapping[str, Any],
        *,
        received_at: datetime | None = None,
        idempotency: str | None = None,
    ) -> Answer:
        """Route one new lead now.

        Raises:
            Conflict: it is a known delivery with another body.
        """
        job = RouteLead(
            lead, dict(fields), received_at=received_at or self._batch.now, policy=self.policy, idempotency=idempotency
        )
        block, name = lead.company_block, lead.company_key
        if block is not None and name is not None:
            mates = self._blocks.setdefault(block, [])
            key = "company:" + name
            if key not in self.identities:
                job.close_keys = tuple(mate for mate in mates if ratio(name, mate[8:], score_cutoff=CLOSE))
                if len(mates) < MATES_KEPT:
                    mates.append(key)
        return self.decide(job)

    def decide(self, job: LeadJob[T], leads: Sequence[Mapping[str, Any]] = ()) -> T:
        """Decide one job now. ``leads`` are the rows of stored leads that it works on."""
        batch = self._batch
        batch.leads = {row["id"]: row for row in leads}
        batch.crowds = self._crowds
        keys = keys_needed([job], batch.leads)
        batch.world.identities = {key: self.identities[key] for key in keys if key in self.identities}
        outcome = job.decide(batch)
        self._end_turn()
        return outcome

    def _end_turn(self) -> None:
        """Keep what a database would have taken over, once."""
        writes = self._batch.writes
        self.identities.update(writes.identities)
        self.records.extend(writes.records)
        self.changes.extend(writes.changes)
        crowds = self._batch.world.touched.crowds
        self._crowds.update((crowd, crowd) for crowd in crowds)
        crowds.clear()
        self._batch.writes = Writes(stamp=writes.stamp, now=writes.now)
        self._batch.changed.clear()
        self._batch.leads = {}
