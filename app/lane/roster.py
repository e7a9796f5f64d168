"""How is the roster changed? Whole or one by one, always through the lane, and no rotation is reset by it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

import orjson
from asyncpg import Connection

from app.engine.availability import day_start
from app.engine.policy import OneTeam, Policy
from app.engine.problems import Problem
from app.engine.roster import Dimension, Rep, RepId, Roster, Team, TeamId, TimeOff
from app.engine.roster_document import RosterDocument, check_roster, leave_document, rep_document, team_document
from app.engine.world import World
from app.errors import Conflict, Invalid, PreconditionFailed
from app.intake.places import fault_of_place
from app.lane.batch import Batch, Command
from app.lane.sync import calendars_for

PUT_REPS: Final = """
    -- Reps as they are now.
    INSERT INTO reps (id, document, revision)
    SELECT id, document::json, $1 FROM unnest($2::text[], $3::text[]) AS t (id, document)
    ON CONFLICT (id) DO UPDATE SET document = excluded.document, revision = excluded.revision
"""

PUT_TEAMS: Final = """
    -- Teams as they are now.
    INSERT INTO teams (id, document, revision)
    SELECT id, document::json, $1 FROM unnest($2::text[], $3::text[]) AS t (id, document)
    ON CONFLICT (id) DO UPDATE SET document = excluded.document, revision = excluded.revision
"""

ROSTER_REVISION: Final = """
    -- The revision of the roster's last edit. From the log: a team that was removed leaves no row behind.
    SELECT coalesce((SELECT revision FROM changes WHERE kind = 'roster.edited' ORDER BY revision DESC LIMIT 1), 0)
"""


@dataclass(frozen=True, slots=True)
class Edit:
    """What an edit does to one rep or team: ``added``, ``changed``, ``deactivated``, ``removed``; which keys differ."""

    kind: str
    id: str
    change: str
    fields: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Edited:
    """What an edit of the roster came to. ``revision`` is that of the reps and teams it changed."""

    edits: tuple[Edit, ...]
    warnings: tuple[Problem, ...]
    revision: int
    reps: Mapping[RepId, Rep] = field(default_factory=dict)
    teams: Mapping[TeamId, Team] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """The roster before and after an edit, and what the edit does to each rep and team that it touches."""

    before: Roster
    after: Roster
    edits: tuple[Edit, ...]
    warnings: tuple[Problem, ...]
    reps: Mapping[str, Mapping[str, Any]]
    """The documents of the reps that are put, by id."""
    teams: Mapping[str, Mapping[str, Any]]
    """The documents of the teams that are put, by id."""


class EditRoster(Command[Edited]):
    """Put reps and teams into the roster, all or nothing; those not named stay, unless ``prune``.

    ``if_match`` is the revision that the caller has seen, of the one rep or team (``of`` is ``("reps", id)`` or
    ``("teams", id)``) or of the whole roster.
    """

    def __init__(
        self,
        document: RosterDocument,
        actor: str,
        *,
        warnings: Sequence[Problem] = (),
        prune: bool = False,
        dry_run: bool = False,
        if_match: int | None = None,
        of: tuple[str, str] | None = None,
        remove_teams: Iterable[TeamId] = (),
    ) -> None:
        super().__init__()
        self.document, self.actor, self.warnings = document, actor, tuple(warnings)
        self.prune, self.dry_run, self.if_match, self.of = prune, dry_run, if_match, of
        self.remove_teams = tuple(remove_teams)
        self._documents: dict[RepId, dict[str, Any]] = {}

    async def before(self, connection: Connection, world: World | None) -> None:
        """Write down the reps that are given, while nobody waits for it."""
        if not self._documents:
            self._documents = {rep.id: rep_document(rep) for rep in self.document.reps.values()}

    async def run(self, batch: Batch, connection: Connection) -> Edited:
        """Check it against the roster as it is, and change it.

        Raises:
            Conflict: a team would go that the active policy names.
            Invalid: a member or manager is not there.
            PreconditionFailed: somebody else's edit came first.
        """
        seen = await self._revision(connection)
        if self.if_match is not None and self.if_match != seen:
            raise PreconditionFailed(
                "It has been changed since you read it; read it again and repeat your edit", revision=seen
            )
        plan = self.plan(batch)
        if not plan.edits or self.dry_run:
            return Edited(plan.edits, plan.warnings, seen, self.document.reps, self.document.teams)
        revision = self.change(batch, plan)
        await _store(connection, plan, revision)
        return Edited(plan.edits, plan.warnings, revision, self.document.reps, self.document.teams)

    def plan(self, batch: Batch) -> Plan:
        """What the roster becomes, and by which edits. Nothing is changed.

        Raises:
            Conflict: a team would go that the active policy names.
            Invalid: a member or manager is not there.
        """
        before = batch.world.roster.roster
        after = self._after(before, batch.policy)
        checked = check_roster(after)
        if checked.errors:
            raise Invalid("The roster would not fit together", places=checked.errors)
        put = self.document.reps.values()
        # Who edits one rep sees what they have; a document of many may be older than what was entered since.
        dropped = [] if self.of is not None else lost_by(put, before, batch.now)
        past = past_leave(put, before, batch.now)
        warnings = (*self.warnings, *checked.warnings, *unknown_coverage(put, batch.policy), *past, *dropped)
        edits = tuple(_edits(before, after, self._documents))
        return Plan(
            before,
            after,
            edits,
            warnings,
            reps={
                edit.id: self._documents.get(RepId(edit.id)) or rep_document(after.reps[RepId(edit.id)])
                for edit in edits
                if edit.kind == "rep"
            },
            teams={
                edit.id: team_document(after.teams[TeamId(edit.id)])
                for edit in edits
                if edit.kind == "team" and edit.change != "removed"
            },
        )

    def change(self, batch: Batch, plan: Plan) -> int:
        """Let the batch's world go on with the roster that is planned, and record it; returns the revision."""
        world = batch.world
        settle_rotations(world, plan.before, plan.after)
        world.enrol(plan.after, calendars_for(plan.after.reps.values(), batch.now.year))
        touched = {rotation for rotation, _ in world.touched.credits}
        return batch.change(
            "roster.edited",
            None if self.of is None else "/".join(self.of),
            self.actor,
            # What it was and what it became: the record alone tells every roster that there has been.
            {"edits": plan.edits, "reps": plan.reps, "teams": plan.teams},
            extra={"roster": True, "credits": {rotation: world.loads.credits[rotation].plain for rotation in touched}},
        )

    async def _revision(self, connection: Connection) -> int:
        if self.of is None:
            return int(await connection.fetchval(ROSTER_REVISION))
        query = {
            "reps": "SELECT revision FROM reps WHERE id = $1",
            "teams": "SELECT revision FROM teams WHERE id = $1",
        }[self.of[0]]
        return int(await connection.fetchval(query, self.of[1]) or 0)

    def _after(self, before: Roster, policy: Policy | None) -> Roster:
        reps = {**before.reps, **self.document.reps}
        teams = {**before.teams, **self.document.teams}
        gone = set(self.remove_teams)
        if self.prune:
            for rep_id in before.reps.keys() - self.document.reps.keys():
                reps[rep_id] = replace(reps[rep_id], status="inactive")
            gone |= before.teams.keys() - self.document.teams.keys()
        named = teams_named(policy)
        for team_id in gone:
            if team_id in named:
                raise Conflict(
                    f"The active policy names team “{team_id}” in {named[team_id]}: first activate one that does not",
                    team=team_id,
                )
            teams.pop(team_id, None)
        return Roster(reps, teams)


async def _store(connection: Connection, plan: Plan, revision: int) -> None:
    for put, documents in ((PUT_REPS, plan.reps), (PUT_TEAMS, plan.teams)):
        if documents:
            texts = [orjson.dumps(document).decode() for document in documents.values()]
            await connection.execute(put, revision, list(documents), texts)
    removed = [edit.id for edit in plan.edits if edit.change == "removed"]
    if removed:
        await connection.execute("DELETE FROM teams WHERE id = ANY ($1)", removed)


def teams_named(policy: Policy | None) -> dict[TeamId, str]:
    """The teams that a policy's rules name, each with the place of the first that does."""
    named: dict[TeamId, str] = {}
    for rule in policy.rules if policy else ():
        if isinstance(rule.select, OneTeam):
            named.setdefault(rule.select.team, rule.place)
    return named


def settle_rotations(world: World, before: Roster, after: Roster) -> None:
    """Take those who have left for good out of the rotations; what they were owed falls to the others, by weight.

    Nobody leaves by being paused. A rep made inactive leaves all rotations, a removed member that team's.
    """
    weights: dict[str, Mapping[RepId, int]] = {}
    for team in after.teams.values():
        weights[f"team:{team.id}"] = {
            rep: weight for rep, weight in team.members if after.reps[rep].status != "inactive"
        }
    for team_id, old in sorted(before.teams.items()):
        rotation = f"team:{team_id}"
        kept = {rep for rep, _ in after.teams[team_id].members} if team_id in after.teams else set()
        for rep, _ in sorted(old.members):
            if rep not in kept and rep in world.loads.credits.get(rotation, ()):
                world.leave(rotation, rep, weights.get(rotation, {}))
    retired = [
        rep.id
        for rep in after.reps.values()
        if rep.status == "inactive" and (rep.id not in before.reps or before.reps[rep.id].status != "inactive")
    ]
    world.retire(retired, weights)


def unknown_coverage(reps: Iterable[Rep], policy: Policy | None) -> list[Problem]:
    """Warnings for coverage that no lead can ever meet under the active policy: misspelt regions, industries, tiers."""
    if policy is None:
        return []
    tiers = {tier.tier for tier in policy.tiers}
    known: dict[Dimension, tuple[str, Callable[[str], bool]]] = {
        "region": ("regions", lambda code: _is_region(code, policy)),
        "industry": ("industries", lambda code: policy.industries.node(code) is not None),
        "tier": ("tiers", tiers.__contains__),
    }
    return [
        Problem(f"reps.{rep.id}.covers.{key}", f"the active policy has no {dimension} “{value}”")
        for rep in reps
        for dimension, (key, is_known) in known.items()
        for value in sorted(rep.covers.get(dimension, ()))
        if not is_known(value)
    ]


def lost_by(reps: Iterable[Rep], before: Roster, now: datetime) -> list[Problem]:
    """Warnings for what was entered of reps day by day, and ends with a document that says nothing of it."""
    found: list[Problem] = []
    for rep in reps:
        old = before.reps.get(rep.id)
        if old is None:
            continue
        if old.status == "paused" and rep.status == "active":
            message = "paused now, and active by this document: to keep it so, write status: paused there"
            found.append(Problem(f"reps.{rep.id}.status", message))
        for leave in old.time_off:
            for left in _left_of(_where_they_are(leave, old, rep), rep.time_off, now):
                message = f"the leave {_days(left, rep)} is not in this document, and ends with it: to keep it, add it"
                found.append(Problem(f"reps.{rep.id}.time_off", message))
    return found


def _where_they_are(leave: TimeOff, old: Rep, rep: Rep) -> TimeOff:
    """Leave in whole days, as the same days where the rep is now."""
    days = leave_document(leave, old.timezone)
    if old.timezone == rep.timezone or "T" in days["from"]:
        return leave
    first, last = date.fromisoformat(days["from"]), date.fromisoformat(days["to"])
    return TimeOff(day_start(rep.timezone, first), day_start(rep.timezone, last + timedelta(days=1)))


def _left_of(leave: TimeOff, covers: Iterable[TimeOff], now: datetime) -> Iterable[TimeOff]:
    """What of a leave is not over, and in none of those that cover it, which are in order."""
    start = leave.start
    for other in covers:
        if start < min(other.start, leave.end) > now:
            yield TimeOff(start, min(other.start, leave.end))
        start = max(start, other.end)
    if start < leave.end > now:
        yield TimeOff(start, leave.end)


def past_leave(reps: Iterable[Rep], before: Roster, now: datetime) -> list[Problem]:
    """Warnings for leave that is entered when it is over: the year may be wrong."""
    return [
        Problem(f"reps.{rep.id}.time_off", f"the leave {_days(leave, rep)} is over already; is that the right year?")
        for rep in reps
        for leave in rep.time_off
        if leave.end <= now and (rep.id not in before.reps or leave not in before.reps[rep.id].time_off)
    ]


def _days(leave: TimeOff, rep: Rep) -> str:
    shown = leave_document(leave, rep.timezone)
    return f"{shown['from']} – {shown['to']}"


def _is_region(code: str, policy: Policy) -> bool:
    node = policy.regions.node(code)
    return node is not None and (node in policy.regions.territories or fault_of_place(node) is None)


def _edits(before: Roster, after: Roster, documents: Mapping[RepId, Mapping[str, Any]]) -> Iterable[Edit]:
    for rep_id, rep in after.reps.items():
        old = before.reps.get(rep_id)
        if old is None:
            yield Edit("rep", rep_id, "added")
        elif old != rep:
            left = rep.status == "inactive" and old.status != "inactive"
            new = documents.get(rep_id) or rep_document(rep)
            yield Edit("rep", rep_id, "deactivated" if left else "changed", _differences(rep_document(old), new))
    for team_id, team in after.teams.items():
        old_team = before.teams.get(team_id)
        if old_team is None:
            yield Edit("team", team_id, "added")
        elif old_team != team:
            yield Edit("team", team_id, "changed", _differences(team_document(old_team), team_document(team)))
    for team_id in before.teams.keys() - after.teams.keys():
        yield Edit("team", team_id, "removed")


def _differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    return {key: (old[key], new[key]) for key in new if old[key] != new[key]}
