"""How is a world brought to a revision? From what we have and the log if it is ours; else read anew."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, Final

import orjson
import structlog
from asyncpg import Connection

from app.engine.credits import Credits
from app.engine.decision import Effects
from app.engine.policy import Policy
from app.engine.policy_document import compile_policy
from app.engine.roster import Calendars, Rep, RepId, Roster, Team, TeamId
from app.engine.roster_document import read_rep, read_team
from app.engine.rotation import Crowd
from app.engine.world import DAYS_KEPT, Loads, World
from app.intake.calendars import calendars, known_calendar
from app.observability import CACHE_RELOADS
from app.store.turn import CROWDS, LaneRow, counts_of, log_since

log = structlog.get_logger(__name__)

MOST_FOLLOWED: Final = 20_000
"""Records by which a world may be behind to be brought up by the log: it is read while others wait for the lane."""

MOST_REREAD: Final = 500
"""Edited reps that are read while others wait for the lane."""


class BrokenStore(Exception):
    """A stored document cannot be read: it was not this service that wrote it."""


def is_current(known: World, lane: LaneRow) -> bool:
    """Whether ``known`` is the world as of ``lane``: nothing that matters to routing has happened since."""
    # Holidays are known for the years around now only, so a new year is a new world.
    return (known.revision, known.stamp) == (lane.revision, lane.stamp) and known.now.year == lane.now.year


async def caught_up(connection: Connection, known: World | None, lane: LaneRow) -> World | str:
    """``known`` as of ``lane``'s revision, by the log alone; else why the world must be read anew.

    Where ``known`` is that already, it is returned itself. Run inside a transaction that holds the lane's lock, or sees
    one snapshot.
    """
    if known is None:
        return "first"
    if is_current(known, lane):
        return known
    if known.now.year != lane.now.year:
        return "new_year"
    if lane.revision - known.revision > MOST_FOLLOWED:
        return "far_behind"
    return await _follow(connection, known, lane) if known.revision < lane.revision else "not_in_log"


async def bring_up(connection: Connection, known: World | None, lane: LaneRow) -> World:
    """The world as of ``lane``'s revision, read anew if need be, which may take seconds. Run in a snapshot."""
    world = await caught_up(connection, known, lane)
    if isinstance(world, World):
        return world
    CACHE_RELOADS.labels(reason=world).inc()
    if known is not None:
        log.info("world.reloaded", reason=world, revision=lane.revision, known=known.revision)
    return await load(connection, lane)


async def load(connection: Connection, lane: LaneRow) -> World:
    """Read the whole world."""
    roster = await load_roster(connection)
    counts = await counts_of(connection, lane.now.date() - timedelta(days=DAYS_KEPT))
    loads = Loads()
    for row in counts["loads"]:
        loads.open[row["rep_id"]] = row["open"]
        if row["last_seq"] is not None:
            loads.last_seq[row["rep_id"]] = row["last_seq"]
    for row in counts["days"]:
        loads.days.setdefault(row["rep_id"], {})[row["day"]] = row["count"]
    for row in counts["rule_days"]:
        loads.rule_days.setdefault((row["rule_id"], row["rep_id"]), {})[row["day"]] = row["count"]
    loads.credits = stored_credits(counts["credits"], counts["crowd_turns"])
    return World(
        roster,
        calendars_for(roster.reps.values(), lane.now.year),
        loads,
        now=lane.now,
        seq=lane.seq,
        revision=lane.revision,
        stamp=lane.stamp,
    )


def stored_credits(plain: Iterable[Mapping[str, Any]], crowd_turns: Iterable[Mapping[str, Any]]) -> dict[str, Credits]:
    """What rotations owe, from rows of the tables; raises BrokenStore."""
    credits: dict[str, Credits] = {}
    for row in plain:
        credits.setdefault(row["rotation"], Credits()).plain[row["rep_id"]] = row["credit"]
    for row in crowd_turns:
        held = credits.setdefault(row["rotation"], Credits())
        held.crowd, held.turns = stored_crowd(row["crowd"], row["members"]), row["turns"]
    return credits


def stored_crowd(name: str, members: str) -> Crowd:
    """Read a stored crowd; raises BrokenStore."""
    crowd = Crowd(orjson.loads(members))
    if crowd != name:
        raise BrokenStore(f"crowd {name}: its members are those of {crowd}")
    return crowd


_NAMED: Final = re.compile(r'"crowd":"([0-9a-f]+)"')


async def crowds_named(connection: Connection, effects: Iterable[str], known: Mapping[str, Crowd]) -> dict[str, Crowd]:
    """The crowds that recorded ``effects`` refer to, by name: of those not ``known`` the members are read.

    Raises:
        BrokenStore: one is not there, or is not what its name says.
    """
    names = {name for text in effects for name in _NAMED.findall(text)}
    found = {name: known[name] for name in names if name in known}
    if len(found) < len(names):
        rows = await connection.fetch(CROWDS, list(names - found.keys()))
        found.update((row["id"], stored_crowd(row["id"], row["members"])) for row in rows)
    for name in names - found.keys():
        raise BrokenStore(f"crowd {name} is not stored")
    return found


async def load_roster(connection: Connection) -> Roster:
    """Read all reps and teams."""
    reps: dict[RepId, Rep] = {}
    for row in await connection.fetch("SELECT id, document FROM reps"):
        rep = stored_rep(row["id"], row["document"])
        reps[rep.id] = rep
    teams: dict[TeamId, Team] = {}
    for row in await connection.fetch("SELECT id, document FROM teams"):
        team = stored_team(row["id"], row["document"])
        teams[team.id] = team
    return Roster(reps, teams)


def stored_rep(rep_id: str, document: str | Mapping[str, Any]) -> Rep:
    """Read a stored rep; raises BrokenStore."""
    # Calendars were checked when it was written; one that is known no longer must not keep the service from starting.
    read = read_rep(rep_id, _document(document))
    if read.value is None:
        raise BrokenStore(f"rep {rep_id}: {read.errors}")
    return read.value


def stored_team(team_id: str, document: str | Mapping[str, Any]) -> Team:
    """Read a stored team; raises BrokenStore."""
    read = read_team(team_id, _document(document))
    if read.value is None:
        raise BrokenStore(f"team {team_id}: {read.errors}")
    return read.value


def _document(stored: str | Mapping[str, Any]) -> Any:
    return orjson.loads(stored) if isinstance(stored, str) else stored


def calendars_for(reps: Iterable[Rep], year: int) -> Calendars:
    """The holidays that these reps keep, in the year before, this one, and the one after."""
    codes = {rep.holidays for rep in reps if rep.holidays}
    return calendars(filter(known_calendar, codes), range(year - 1, year + 2))


CHANGED_REPS: Final = """
    -- Reps who have been edited since.
    SELECT id, document FROM reps WHERE revision > $1
"""

CHANGED_TEAMS: Final = """
    -- All teams, with the documents of those that have been edited since.
    SELECT id, CASE WHEN revision > $1 THEN document END AS document FROM teams
"""


async def _edited(connection: Connection, known: Roster, revision: int) -> Roster | None:
    """``known`` with what has been edited since ``revision``; None if that is too much to be read at once."""
    rows = await connection.fetch(CHANGED_REPS, revision)
    if len(rows) > MOST_REREAD:
        return None
    reps = {**known.reps, **{RepId(row["id"]): stored_rep(row["id"], row["document"]) for row in rows}}
    teams = {
        TeamId(row["id"]): known.teams[row["id"]]
        if row["document"] is None
        else stored_team(row["id"], row["document"])
        for row in await connection.fetch(CHANGED_TEAMS, revision)
    }
    return Roster(reps, teams)


async def _follow(connection: Connection, known: World, lane: LaneRow) -> World | str:
    """``known`` with the log since then applied; else why the world must be read anew."""
    rows = await log_since(connection, known.seq, known.revision)
    if not rows or (rows[0]["revision"], rows[0]["stamp"]) != (known.revision, known.stamp):
        return "not_in_log"
    if [row["revision"] for row in rows] != list(range(known.revision, lane.revision + 1)):
        return "not_in_log"
    world = known.fork()
    crowds = await crowds_named(connection, (row["effects"] for row in rows[1:]), known.crowds)
    roster_changed = False
    for row in rows[1:]:
        roster_changed = follow_record(world, row, crowds) or roster_changed
    if roster_changed:
        roster = await _edited(connection, known.roster.roster, known.revision)
        if roster is None:
            return "many_edits"
        world.enrol(roster, calendars_for(roster.reps.values(), lane.now.year))
    world.seq, world.revision = lane.seq, lane.revision
    return world.settled(lane.stamp)


def follow_record(world: World, row: Mapping[str, Any], crowds: Mapping[str, Crowd]) -> bool:
    """Bring loads and rotations to where one record of the log leaves them; tells whether it edited the roster.

    ``row`` has ``seq``, None if it is no assignment, and ``effects``, which may refer to ``crowds``.
    """
    effects: Mapping[str, Any] = orjson.loads(row["effects"])
    if row["seq"] is not None:
        world.apply(Effects.from_document(effects, crowds), row["seq"])
        return False
    if "effects" in effects:
        world.apply(Effects.from_document(effects["effects"], crowds))
    for rotation, credits in effects.get("credits", {}).items():
        world.loads.credits[rotation] = Credits(credits)
    return bool(effects.get("roster", False))


async def policy_of(connection: Connection, world: World, version: int | None) -> Policy | None:
    """The policy of a version, compiled; None for none.

    Raises:
        BrokenStore: it is not there, or can no longer be compiled.
    """
    if version is None:
        return None
    known = world.policies.get(version)
    if known is not None:
        return known
    policy = world.policies[version] = await stored_policy(connection, version)
    return policy


async def stored_policy(connection: Connection, version: int) -> Policy:
    """Compile a stored version of the policy.

    Raises:
        BrokenStore: it is not there, or can no longer be compiled.
    """
    document = await connection.fetchval("SELECT document FROM policies WHERE version = $1", version)
    if document is None:
        raise BrokenStore(f"policy {version} is not stored")
    # In a thread: a policy of many thousand rules takes seconds, and the event loop has others to serve.
    compiled = await asyncio.to_thread(compile_policy, orjson.loads(document), version=version)
    if compiled.policy is None:
        raise BrokenStore(f"policy {version}: {compiled.errors[:5]}")
    return compiled.policy
