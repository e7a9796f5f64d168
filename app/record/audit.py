"""Do the tables of a database agree with its record? Every invariant that the lane promises, checked from outside.

The record is read once, in order, and every counter is added up from its effects, independently of the world that the
lane keeps. It may run beside a service at work.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import orjson
from asyncpg import Connection

from app.engine.decision import Effects, Reason, Status
from app.engine.roster import Roster
from app.engine.rotation import Crowd, give_back, take
from app.lane.sync import load_roster, stored_credits
from app.record.again import Recorded
from app.record.found import Found, Stage, Wrong
from app.record.ledger import Held, Ledger, mark
from app.store.turn import CROWD_TURNS, LaneRow, look_at_lane

Row = Mapping[str, Any]

PAGE: Final = 2000
"""Rows of a table that are read together."""

_LEADS: Final = """
    -- Leads by id, with the record that says where each stands.
    SELECT l.id, l.latest_seq, l.status, l.reason, l.rep_id, l.team_id, l.rule_id, l.outcome, l.queued_at, l.closed_at,
           l.updated_at, l.body IS NULL AND l.facts::text = $3 AS emptied, a.status AS said_status,
           a.reason AS said_reason, a.rep_id AS said_rep_id, a.team_id AS said_team_id, a.rule_id AS said_rule_id
    FROM leads l LEFT JOIN assignments a ON a.seq = l.latest_seq
    WHERE l.id > $1 ORDER BY l.id LIMIT $2
"""

_DELIVERIES: Final = """
    -- Delivery keys, with whether they point to the lead that came with that body.
    SELECT d.key, coalesce(l.body_hash = d.body_hash, false) AS agrees
    FROM deliveries d LEFT JOIN leads l ON l.id = d.lead_id
    WHERE d.key > $1 ORDER BY d.key LIMIT $2
"""

_IDENTITIES: Final = """
    -- What is known by each key, with whether the records and leads that it points to are there and say the same.
    SELECT i.key, (i.owner IS NULL AND i.owner_seq IS NULL OR coalesce(a.rep_id = i.owner, false))
           AND (i.leads = 0 OR l.id IS NOT NULL) AS agrees
    FROM identities i LEFT JOIN assignments a ON a.seq = i.owner_seq LEFT JOIN leads l ON l.id = i.last_lead
    WHERE i.key > $1 ORDER BY i.key LIMIT $2
"""

_NOTHING: Final = '{"place":{"country":null,"subdivision":null,"city":null}}'
"""The facts of a lead of which nothing is known."""


@dataclass(frozen=True, slots=True)
class Counters:
    """The small tables, and where the lane stood when they were read: all in one look."""

    lane: LaneRow
    time: datetime
    loads: Mapping[str, tuple[int, int | None]]
    days: Mapping[tuple[str, date], int]
    rule_days: Mapping[tuple[str, str, date], int]
    credits: Mapping[tuple[str, str], int]
    roster: Roster
    policies: frozenset[int]


async def read_counters(connection: Connection) -> Counters:
    """Read them."""
    fetch = connection.fetch
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        return Counters(
            lane=await look_at_lane(connection),
            time=await connection.fetchval("SELECT time FROM lane"),
            loads={row["rep_id"]: (row["open"], row["last_seq"]) for row in await fetch("SELECT * FROM rep_loads")},
            days={(row["rep_id"], row["day"]): row["count"] for row in await fetch("SELECT * FROM rep_days")},
            rule_days={
                (row["rule_id"], row["rep_id"], row["day"]): row["count"]
                for row in await fetch("SELECT * FROM rule_days")
            },
            credits={
                (rotation, rep): credit
                for rotation, held in stored_credits(
                    await fetch("SELECT * FROM credits"), await fetch(CROWD_TURNS)
                ).items()
                for rep, credit in held.each().items()
            },
            roster=await load_roster(connection),
            policies=frozenset(row["version"] for row in await fetch("SELECT version FROM policies")),
        )


class Audit:
    """Takes one record after another, from the first to where the lane stood; then looks at the tables."""

    def __init__(self, counters: Counters, found: Found) -> None:
        self._stored = counters
        self._found = found
        self._seq = self._revision = self._stamp = 0
        self._time: datetime | None = None
        self._opened: Counter[str] = Counter()
        self._last_seq: dict[str, int] = {}
        self._days: Counter[tuple[str, date]] = Counter()
        self._rule_days: Counter[tuple[str, str, date]] = Counter()
        self._credits: dict[str, dict[str, int]] = defaultdict(dict)
        self.leads = Ledger()

    # --- the record ---------------------------------------------------------------------------------------------------

    def change(self, row: Row, crowds: Mapping[str, Crowd]) -> None:
        """Take a record that assigns nothing; it may refer to ``crowds``."""
        self._place(row)
        try:
            written = orjson.loads(row["effects"])
            effects = Effects.from_document(written["effects"], crowds) if "effects" in written else None
            credits: Mapping[str, dict[str, int]] = written.get("credits", {})
            if row["kind"] == "lead.closed":
                self._closed(row, effects)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            self._found(Wrong.UNREADABLE, f"revision {row['revision']}: {error!r}")
            return
        if effects is not None:
            self._count(row, effects)
        for rotation, after in credits.items():
            self._credits[rotation] = dict(after)
            self._sums_to_zero(row, rotation)

    def assignment(self, row: Row, recorded: Recorded) -> None:
        """Take an assignment; ``recorded`` is what its documents say."""
        self._place(row)
        self._says(row, recorded)
        self._moves(row, recorded.effects)
        self._count(row, recorded.effects)

    def unreadable(self, row: Row, error: Exception) -> None:
        """Take an assignment whose documents cannot be read."""
        self._place(row)
        self._found(Wrong.UNREADABLE, f"seq {row['seq']}: {error!r}")

    def _place(self, row: Row) -> None:
        """Seq and revision are gapless, grow together, and time never runs back."""
        found = self._found
        if row["revision"] != self._revision + 1:
            found(Wrong.REVISION, f"{self._revision} → {row['revision']}")
        self._revision, self._stamp = row["revision"], row["stamp"]
        if row["seq"] is not None:
            if row["seq"] != self._seq + 1:
                found(Wrong.SEQ, f"{self._seq} → {row['seq']}")
            self._seq = row["seq"]
        if self._time is not None and row["at"] < self._time:
            found(Wrong.TIME, f"revision {row['revision']}: {row['at']} < {self._time}")
        self._time = row["at"]

    def _says(self, row: Row, recorded: Recorded) -> None:
        """A record's columns say what its decision says, and its effects are those of such a decision."""
        found, decision, effects = self._found, recorded.decision, recorded.effects
        said = {
            "status": decision.status.value,
            "reason": decision.reason and decision.reason.value,
            "rep_id": decision.rep and decision.rep.id,
            "team_id": decision.team,
            "rule_id": decision.rule,
            "tier": decision.tier,
            "policy_version": decision.policy_version,
            "engine_version": decision.engine_version,
            "decided_at": decision.decided_at,
            "first_contact_due": decision.first_contact_due,
            "actor": decision.actor,
            "note": decision.note,
        }
        where = f"seq {row['seq']}"
        for name in [name for name, value in said.items() if row[name] != value]:
            found(Wrong.COLUMNS, f"{where}: {name}: {said[name]} ≠ {row[name]}")
        if (decision.status is Status.ASSIGNED) != (effects.gained is not None) or effects.gained != row["rep_id"]:
            found(Wrong.EFFECTS, f"{where}: gained {effects.gained}, {row['status']}, {row['rep_id']}")
        if (effects.day is None) != (effects.gained is None):
            found(Wrong.EFFECTS, f"{where}: gained {effects.gained}, day {effects.day}")
        # No clock on earth is further than 14 hours from UTC, so no calendar further than a day.
        if effects.day is not None and abs(effects.day - row["at"].date()) > timedelta(days=1):
            found(Wrong.EFFECTS, f"{where}: day {effects.day}, {row['at']}")
        if effects.turn is not None and effects.turn.picked != effects.gained:
            found(Wrong.EFFECTS, f"{where}: turn {effects.turn.picked}, gained {effects.gained}")
        if row["rep_id"] is not None and row["rep_id"] not in self._stored.roster.reps:
            found(Wrong.REP, f"{where}: {row['rep_id']}")
        if decision.policy_version is not None and decision.policy_version not in self._stored.policies:
            found(Wrong.POLICY, f"{where}: {decision.policy_version}")
        if decision.status is Status.QUEUED and decision.reason is None:
            found(Wrong.SILENT_END, where)

    def _moves(self, row: Row, effects: Effects) -> None:
        """What one record takes away, one before it gave."""
        found, where = self._found, f"seq {row['seq']}"
        held = self.leads[row["lead_id"]]
        if (held.seq is None) != (row["kind"] == "routed"):
            found(Wrong.ROUTED_ONCE, f"{where}: {row['kind']}, {held.seq}")
        if effects.lost != held.rep:
            found(Wrong.MOVED, f"{where}: lost {effects.lost} ≠ {held.rep}")
        if mark(effects.returned) != held.turn:
            found(Wrong.MOVED, f"{where}: returned {effects.returned}")
        undecided = held.undecided or (row["kind"] == "routed" and row["reason"] == Reason.ROUTER_ERROR.value)
        self.leads[row["lead_id"]] = Held(row["seq"], effects.gained, mark(effects.turn), None, undecided)

    def _closed(self, row: Row, effects: Effects | None) -> None:
        found, lead = self._found, UUID(row["subject"])
        held, where = self.leads[lead], f"revision {row['revision']}"
        if held.closed is not None:
            found(Wrong.MOVED, f"{where}: closed {held.closed}")
        if effects is None or effects.lost != held.rep:
            found(Wrong.MOVED, f"{where}: lost {effects and effects.lost} ≠ {held.rep}")
        outcome = orjson.loads(row["detail"])["outcome"]
        self.leads[lead] = Held(held.seq, None, None, outcome, held.undecided)

    def _count(self, row: Row, effects: Effects) -> None:
        if effects.lost is not None:
            self._opened[effects.lost] -= 1
            if self._opened[effects.lost] < 0:
                self._found(Wrong.BELOW_ZERO, f"revision {row['revision']}: {effects.lost}")
        if effects.gained is not None and effects.day is not None:
            self._opened[effects.gained] += 1
            self._days[effects.gained, effects.day] += 1
            if effects.capped_rule is not None:
                self._rule_days[effects.capped_rule, effects.gained, effects.day] += 1
            if row["seq"] is not None:
                self._last_seq[effects.gained] = row["seq"]
        if effects.returned is not None:
            give_back(self._credits[effects.returned.rotation], effects.returned)  # type: ignore[arg-type]
            self._sums_to_zero(row, effects.returned.rotation)
        if effects.turn is not None:
            take(self._credits[effects.turn.rotation], effects.turn)  # type: ignore[arg-type]
            self._sums_to_zero(row, effects.turn.rotation)

    def _sums_to_zero(self, row: Row, rotation: str) -> None:
        total = sum(self._credits[rotation].values())
        if total != 0:
            self._found(Wrong.SUM, f"revision {row['revision']}: {rotation}: {total}")

    # --- the tables ---------------------------------------------------------------------------------------------------

    def end(self, roster: Roster, policy_version: int | None) -> None:
        """Compare the small tables with what the record adds up to; ``roster`` and policy are what it tells."""
        found, stored, lane = self._found, self._stored, self._stored.lane
        told = {"seq": self._seq, "revision": self._revision, "stamp": self._stamp, "policy_version": policy_version}
        found.differ(Wrong.LANE, told, {name: getattr(lane, name) for name in told})
        if self._time is not None and self._time > stored.time:
            found(Wrong.LANE, f"time: {self._time} > {stored.time}")
        if lane.policy_version is not None and lane.policy_version not in stored.policies:
            found(Wrong.POLICY, lane.policy_version)
        loads = {rep: (count, self._last_seq.get(rep)) for rep, count in self._opened.items()}
        found.differ(Wrong.REP_LOADS, loads, stored.loads)
        found.differ(Wrong.REP_DAYS, self._days, stored.days)
        found.differ(Wrong.RULE_DAYS, self._rule_days, stored.rule_days)
        owed = {(rotation, rep): credit for rotation, of in self._credits.items() for rep, credit in of.items()}
        found.differ(Wrong.CREDITS, owed, stored.credits)
        for what in differing_roster(roster, stored.roster):
            found(Wrong.ROSTER, what)
        carried = {rep: count for rep, (count, _) in stored.loads.items() if count}
        found.differ(Wrong.REP_LOADS, self.leads.carried(), carried)

    async def tables(self, connection: Connection, seen: Callable[[Stage, int], None]) -> None:
        """Compare leads, deliveries and identities, page by page; ``seen`` is told of each page.

        What has been changed since the record was read is passed over: the record of that has not been read.
        """
        known = 0
        async for rows in _pages(connection, _LEADS, UUID(int=0), "id", _NOTHING):
            wrong: list[tuple[Row, str]] = []
            for row in rows:
                held = self.leads[row["id"]]
                known += held.seq is not None
                wrong += [(row, what) for what in _misplaced(row, held)]
            if wrong:
                moved_on = (await look_at_lane(connection)).revision > self._stored.lane.revision
                for row, what in wrong:
                    if not (moved_on and self._changed_since(row)):
                        self._found(Wrong.LEADS, f"{row['id']}: {what}")
            seen("leads", len(rows))
        missing = len(self.leads) - known
        if missing:
            self._found(Wrong.LOST, missing)
        rest: tuple[tuple[str, Wrong, Stage], ...] = (
            (_DELIVERIES, Wrong.DELIVERIES, "deliveries"),
            (_IDENTITIES, Wrong.IDENTITIES, "identities"),
        )
        for query, kind, stage in rest:
            async for rows in _pages(connection, query, "", "key"):
                for row in rows:
                    if not row["agrees"]:
                        self._found(kind, row["key"])
                seen(stage, len(rows))

    def _changed_since(self, row: Row) -> bool:
        stored = self._stored
        return (row["latest_seq"] or 0) > stored.lane.seq or row["updated_at"] >= stored.time


def differing_roster(told: Roster, stored: Roster) -> Iterator[str]:
    """The reps and teams in which two rosters differ."""
    both: tuple[tuple[str, Mapping[Any, object], Mapping[Any, object]], ...] = (
        ("reps", told.reps, stored.reps),
        ("teams", told.teams, stored.teams),
    )
    for kind, one, other in both:
        for key in sorted(one.keys() | other.keys()):
            if one.get(key) != other.get(key):
                yield f"{kind}.{key}"


def _misplaced(row: Row, held: Held) -> Iterator[str]:
    if held.seq is None or row["latest_seq"] != held.seq:
        yield f"latest_seq: {held.seq} ≠ {row['latest_seq']}"
        return
    for name in ("rep_id", "team_id", "reason", "rule_id"):
        if row[name] != row[f"said_{name}"]:
            yield f"{name}: {row[f'said_{name}']} ≠ {row[name]}"
    status = row["said_status"] if held.closed is None else "closed"
    if row["status"] != status or row["outcome"] != held.closed:
        yield f"status: {status} {held.closed} ≠ {row['status']} {row['outcome']}"
    if (row["queued_at"] is not None) != (row["status"] == "queued"):
        yield f"queued_at: {row['status']}"
    if (row["closed_at"] is not None) != (row["status"] == "closed"):
        yield f"closed_at: {row['status']}"
    if held.undecided and row["emptied"]:
        yield "body, facts: ∅"


async def _pages(
    connection: Connection, query: str, after: UUID | str, key: str, *values: object
) -> AsyncIterator[list[Row]]:
    while rows := list(await connection.fetch(query, after, PAGE, *values)):
        yield rows
        after = rows[-1][key]
