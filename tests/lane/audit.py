"""Do the tables of a database agree with its record? Every invariant that the lane promises, checked from outside.

``await audit(url)`` lists what is violated, in plain words; an empty list is a clean bill. It reads in one snapshot and
writes nothing, so it may run beside a service at work.
"""

from __future__ import annotations

import asyncio
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from app.engine.decision import Decision, Effects, Reason, Status
from app.engine.rotation import Turn, give_back, take
from app.store import database

SHOWN = 5
"""Violations of one kind that are named one by one; the rest are counted."""

Row = Mapping[str, Any]


@dataclass
class Tables:
    """All that is read, as of one moment."""

    lane: Row
    leads: dict[UUID, Row]
    assignments: list[Row]
    changes: list[Row]
    deliveries: list[Row]
    identities: list[Row]
    rep_loads: list[Row]
    rep_days: list[Row]
    rule_days: list[Row]
    credits: list[Row]
    reps: set[str]
    policies: set[int]


@dataclass
class Found:
    """What is violated, by kind."""

    by_kind: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def __call__(self, kind: str, what: object) -> None:
        """Note a violation."""
        self.by_kind[kind].append(str(what))

    def differ(self, kind: str, replayed: Mapping[Any, Any], stored: Mapping[Any, Any]) -> None:
        """Note every key at which the two are not equal."""
        for key in sorted(replayed.keys() | stored.keys(), key=str):
            if replayed.get(key) != stored.get(key):
                self(kind, f"{key}: the record says {replayed.get(key)}, the table {stored.get(key)}")

    def lines(self) -> list[str]:
        """One line for each violation, and one for those of a kind that are too many."""
        told = []
        for kind, all_of_it in self.by_kind.items():
            told += [f"{kind}: {what}" for what in all_of_it[:SHOWN]]
            if len(all_of_it) > SHOWN:
                told.append(f"{kind}: and {len(all_of_it) - SHOWN} more")
        return told


async def audit(url: str) -> list[str]:
    """What is wrong in the database at ``url``."""
    connection = await database.parse(url).connect()
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            tables = await _read(connection)
    finally:
        await connection.close()
    return audited(tables)


async def _read(connection: asyncpg.Connection) -> Tables:
    fetch = connection.fetch
    return Tables(
        lane=await connection.fetchrow("SELECT * FROM lane"),
        leads={row["id"]: row for row in await fetch("SELECT * FROM leads")},
        assignments=await fetch("SELECT * FROM assignments ORDER BY seq"),
        changes=await fetch("SELECT * FROM changes ORDER BY revision"),
        deliveries=await fetch("SELECT * FROM deliveries"),
        identities=await fetch("SELECT * FROM identities"),
        rep_loads=await fetch("SELECT * FROM rep_loads"),
        rep_days=await fetch("SELECT * FROM rep_days"),
        rule_days=await fetch("SELECT * FROM rule_days"),
        credits=await fetch("SELECT * FROM credits"),
        reps={row["id"] for row in await fetch("SELECT id FROM reps")},
        policies={row["version"] for row in await fetch("SELECT version FROM policies")},
    )


def audited(tables: Tables) -> list[str]:
    """What is wrong in these tables."""
    found = Found()
    _order(tables, found)
    _records(tables, found)
    _leads(tables, found)
    _counters(tables, found)
    _keys(tables, found)
    return found.lines()


def _order(tables: Tables, found: Found) -> None:
    """Seq and revision are gapless, grow together, and end where the lane stands; time never runs back."""
    lane, records = tables.lane, tables.assignments
    seqs = [row["seq"] for row in records]
    if seqs != list(range(1, lane["seq"] + 1)):
        found("seq", f"{len(seqs)} records up to {seqs[-1:]}, the lane is at {lane['seq']}")
    revisions = sorted([row["revision"] for row in (*records, *tables.changes)])
    if revisions != list(range(1, lane["revision"] + 1)):
        missing = sorted(set(range(1, lane["revision"] + 1)) - set(revisions))[:SHOWN]
        found("revision", f"{len(revisions)} records, the lane is at {lane['revision']}, missing {missing}")
    for one, following in pairwise(records):
        if one["revision"] >= following["revision"] or one["decided_at"] > following["decided_at"]:
            found("order", f"seq {one['seq']} and {following['seq']}")
    last = max((*records, *tables.changes), key=lambda row: row["revision"], default=None)
    if last is not None and last["stamp"] != lane["stamp"]:
        found("stamp", f"the last record's is {last['stamp']}, the lane's {lane['stamp']}")
    times = [row["decided_at"] for row in records] + [row["at"] for row in tables.changes]
    if times and max(times) > lane["time"]:
        found("time", f"a record of {max(times)}, the lane is at {lane['time']}")
    active = lane["policy_version"]
    if active is not None and active not in tables.policies:
        found("policy", f"{active} is active and not stored")


def _records(tables: Tables, found: Found) -> None:
    """A record's columns say what its decision says, and its effects are those of such a decision."""
    for row in tables.assignments:
        decision = Decision.from_document(orjson.loads(row["decision"]))
        effects = Effects.from_document(orjson.loads(row["effects"]))
        said = {
            "status": decision.status.value,
            "reason": decision.reason and decision.reason.value,
            "rep_id": decision.rep and decision.rep.id,
            "team_id": decision.team,
            "rule_id": decision.rule,
            "tier": decision.tier,
            "policy_version": decision.policy_version,
            "decided_at": decision.decided_at,
            "first_contact_due": decision.first_contact_due,
            "actor": decision.actor,
            "note": decision.note,
        }
        if wrong := [name for name, value in said.items() if row[name] != value]:
            found("columns", f"seq {row['seq']}: {wrong}")
        if (decision.status is Status.ASSIGNED) != (effects.gained is not None) or effects.gained != row["rep_id"]:
            found("gained", f"seq {row['seq']}: {row['status']} to {row['rep_id']}, and gained by {effects.gained}")
        if (effects.day is None) != (effects.gained is None):
            found("day", f"seq {row['seq']}: gained by {effects.gained} on {effects.day}")
        # No clock on earth is further than 14 hours from UTC, so no calendar further than a day.
        if effects.day is not None and abs(effects.day - row["decided_at"].date()) > timedelta(days=1):
            found("day", f"seq {row['seq']}: {effects.day} for {row['decided_at']}")
        if effects.turn is not None and effects.turn.picked != effects.gained:
            found("turn", f"seq {row['seq']}: {effects.turn.picked}'s turn, and given to {effects.gained}")
        if row["rep_id"] is not None and row["rep_id"] not in tables.reps:
            found("rep", f"seq {row['seq']}: {row['rep_id']} is not on the roster")
        if decision.status is Status.QUEUED and decision.reason is None:
            found("silent end", f"seq {row['seq']}")


@dataclass
class _Held:
    """Where a lead stands, by the record alone."""

    rep: str | None = None
    turn: Turn | None = None
    last: Row | None = None
    closed: str | None = None
    undecided: bool = False
    """Whether it was kept as it came, at first."""


def _leads(tables: Tables, found: Found) -> None:
    """A lead stands where its records and closings put it; what one record takes away, one before it gave."""
    by_lead: dict[UUID, _Held] = {}
    routed: Counter[UUID] = Counter()
    for row in sorted((*tables.assignments, *tables.changes), key=lambda row: row["revision"]):
        if "seq" not in row:
            if row["kind"] == "lead.closed":
                held = by_lead.setdefault(UUID(row["subject"]), _Held())
                effects = _effects_of_change(row)
                if held.closed is not None:
                    found("closed twice", row["subject"])
                if effects is None or effects.lost != held.rep:
                    found("closing", f"revision {row['revision']}: freed {effects and effects.lost}, was {held.rep}'s")
                held.closed, held.rep, held.turn = orjson.loads(row["detail"])["outcome"], None, None
            continue
        routed[row["lead_id"]] += row["kind"] == "routed"
        held = by_lead.setdefault(row["lead_id"], _Held())
        effects = Effects.from_document(orjson.loads(row["effects"]))
        if (held.last is None) != (row["kind"] == "routed"):
            found("kind", f"seq {row['seq']}: {row['kind']} as {'the first' if held.last is None else 'a later'} one")
        if effects.lost != held.rep:
            found("lost", f"seq {row['seq']}: taken from {effects.lost}, was {held.rep}'s")
        if effects.returned != held.turn:
            found("returned", f"seq {row['seq']}: {effects.returned}, taken had been {held.turn}")
        held.rep, held.turn, held.last, held.closed = effects.gained, effects.turn, row, None
        held.undecided |= row["kind"] == "routed" and row["reason"] == Reason.ROUTER_ERROR.value
    for lead_id, lead in tables.leads.items():
        held = by_lead.get(lead_id, _Held())
        if routed[lead_id] != 1 or held.last is None:
            found("routed once", f"lead {lead_id}: {routed[lead_id]} times")
            continue
        _stands(lead, held, held.last, found)
    for lead_id in by_lead.keys() - tables.leads.keys():
        found("lost lead", lead_id)


def _stands(lead: Row, held: _Held, last: Row, found: Found) -> None:
    stored = {name: lead[name] for name in ("latest_seq", "rep_id", "team_id", "reason", "rule_id", "status")}
    said = {**{name: last[name] for name in ("rep_id", "team_id", "reason", "rule_id", "status")}}
    said["latest_seq"] = last["seq"]
    if held.closed is not None:
        said["status"] = "closed"
    if stored != said or lead["outcome"] != held.closed:
        found("lead", f"{lead['id']}: {stored}, {lead['outcome']}; the record says {said}, {held.closed}")
    if (lead["queued_at"] is not None) != (lead["status"] == "queued"):
        found("queued_at", lead["id"])
    if (lead["closed_at"] is not None) != (lead["status"] == "closed"):
        found("closed_at", lead["id"])
    if held.undecided and lead["body"] is None and orjson.loads(lead["facts"]) == _NOTHING:
        found("lost what it came with", lead["id"])


_NOTHING: dict[str, Any] = {"place": {"country": None, "subdivision": None, "city": None}}
"""The facts of a lead of which nothing is known."""


def _effects_of_change(row: Row) -> Effects | None:
    effects = orjson.loads(row["effects"]).get("effects")
    return None if effects is None else Effects.from_document(effects)


def _counters(tables: Tables, found: Found) -> None:
    """Every counter is what the effects add up to from nothing, and what can be counted in the leads themselves."""
    opened: Counter[str] = Counter()
    last_seq: dict[str, int] = {}
    days: Counter[tuple[str, date]] = Counter()
    rule_days: Counter[tuple[str, str, date]] = Counter()
    credits: dict[str, dict[str, int]] = defaultdict(dict)
    for row in sorted((*tables.assignments, *tables.changes), key=lambda row: row["revision"]):
        seq = row.get("seq")
        effects = _effects_of_change(row) if seq is None else Effects.from_document(orjson.loads(row["effects"]))
        if effects is not None:
            if effects.lost is not None:
                opened[effects.lost] -= 1
                if opened[effects.lost] < 0:
                    found("open below zero", f"revision {row['revision']}: {effects.lost}")
            if effects.gained is not None and effects.day is not None:
                opened[effects.gained] += 1
                days[effects.gained, effects.day] += 1
                if effects.capped_rule is not None:
                    rule_days[effects.capped_rule, effects.gained, effects.day] += 1
                if seq is not None:
                    last_seq[effects.gained] = seq
            if effects.returned is not None:
                give_back(credits[effects.returned.rotation], effects.returned)  # type: ignore[arg-type]
            if effects.turn is not None:
                take(credits[effects.turn.rotation], effects.turn)  # type: ignore[arg-type]
        if seq is None:
            for rotation, after in orjson.loads(row["effects"]).get("credits", {}).items():
                credits[rotation] = dict(after)
        for rotation in _rotations(row, effects):
            if sum(credits[rotation].values()) != 0:
                found("credits do not add up", f"revision {row['revision']}: {rotation} {credits[rotation]}")
    stored_loads = {row["rep_id"]: (row["open"], row["last_seq"]) for row in tables.rep_loads}
    found.differ("rep_loads", {rep: (opened[rep], last_seq.get(rep)) for rep in opened}, stored_loads)
    found.differ("rep_days", days, {(row["rep_id"], row["day"]): row["count"] for row in tables.rep_days})
    stored_rules = {(row["rule_id"], row["rep_id"], row["day"]): row["count"] for row in tables.rule_days}
    found.differ("rule_days", rule_days, stored_rules)
    flat = {(rotation, rep): credit for rotation, owed in credits.items() for rep, credit in owed.items()}
    found.differ("credits", flat, {(row["rotation"], row["rep_id"]): row["credit"] for row in tables.credits})
    carried = Counter(lead["rep_id"] for lead in tables.leads.values() if lead["status"] == "assigned")
    found.differ("open leads", carried, {rep: count for rep, (count, _) in stored_loads.items() if count})


def _rotations(row: Row, effects: Effects | None) -> Iterable[str]:
    if effects is not None:
        yield from (turn.rotation for turn in (effects.turn, effects.returned) if turn is not None)
    if "seq" not in row:
        yield from orjson.loads(row["effects"]).get("credits", {})


def _keys(tables: Tables, found: Found) -> None:
    """What leads are recognised by points to leads and records that are there."""
    by_seq = {row["seq"]: row for row in tables.assignments}
    for row in tables.deliveries:
        lead = tables.leads.get(row["lead_id"])
        if lead is None or lead["body_hash"] != row["body_hash"]:
            found("delivery", row["key"])
    for row in tables.identities:
        seq = row["owner_seq"]
        if (row["owner"] is None) != (seq is None) or (seq is not None and by_seq[seq]["rep_id"] != row["owner"]):
            found("owner", f"{row['key']}: {row['owner']} by seq {seq}")
        if row["leads"] and row["last_lead"] not in tables.leads:
            found("last lead", row["key"])


if __name__ == "__main__":
    print("\n".join(asyncio.run(audit(sys.argv[1]))) or "nothing is violated")
