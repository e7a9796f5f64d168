"""What was the world like then? The nearest checkpoint before, and the record from there on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, TypeVar

import orjson
from asyncpg import Connection

from app.engine.roster import Rep, RepId, Roster, Team, TeamId
from app.engine.rotation import Crowd
from app.engine.world import DAYS_KEPT, Loads, World
from app.errors import NotFound
from app.lane.sync import (
    BrokenStore,
    calendars_for,
    crowds_named,
    follow_record,
    stored_credits,
    stored_rep,
    stored_team,
)
from app.store.log import checkpoint_before, pages
from app.store.turn import look_at_lane

K = TypeVar("K")

_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SETTLED_EVERY: Final = 1000
"""Records after which what only a commit needs is forgotten, and days that no cap asks for any more."""


class Past:
    """The world at one revision of the record after another, and the policy that was in force.

    It begins with nothing, or with a checkpoint, and goes forward by :meth:`follow`.
    """

    def __init__(self, checkpoint: Mapping[str, Any] | None = None) -> None:
        """Begin with a row of the table ``checkpoints``; with nothing at revision 0 if there is none.

        Raises:
            BrokenStore: the checkpoint cannot be read.
        """
        self.policy_version: int | None = None
        self.time = _BEGINNING
        """When the latest record was made."""
        self._reps: dict[RepId, Rep] = {}
        self._teams: dict[TeamId, Team] = {}
        self._edited = False
        self._unsettled = 0
        if checkpoint is None:
            self._world = World(Roster({}, {}), {}, Loads(), now=self.time, seq=0, revision=0, stamp=0)
        else:
            try:
                self._world = self._read(checkpoint)
            except (AttributeError, KeyError, TypeError, ValueError) as error:
                raise BrokenStore(f"checkpoint {checkpoint['revision']}: {error!r}") from error

    def _read(self, row: Mapping[str, Any]) -> World:
        held = orjson.loads(row["document"])
        self.time, self.policy_version = datetime.fromisoformat(held["time"]).astimezone(UTC), held["policy_version"]
        self._put(held["reps"], held["teams"])
        loads = Loads()
        for rep, opened, last_seq in held["loads"]:
            loads.open[rep] = opened
            if last_seq is not None:
                loads.last_seq[rep] = last_seq
        for rep, day, count in held["days"]:
            loads.days.setdefault(rep, {})[date.fromisoformat(day)] = count
        for rule, rep, day, count in held["rule_days"]:
            loads.rule_days.setdefault((rule, rep), {})[date.fromisoformat(day)] = count
        plain = [{"rotation": rotation, "rep_id": rep, "credit": credit} for rotation, rep, credit in held["credits"]]
        # A checkpoint that is older than crowds tells of none.
        loads.credits = stored_credits(plain, held.get("crowd_turns", ()))
        roster = self.roster
        return World(
            roster,
            calendars_for(roster.reps.values(), self.time.year),
            loads,
            now=self.time,
            seq=held["seq"],
            revision=row["revision"],
            stamp=row["stamp"],
        )

    @property
    def roster(self) -> Roster:
        """Who was there."""
        return Roster(dict(self._reps), dict(self._teams))

    @property
    def revision(self) -> int:
        """The revision that it has come to."""
        return self._world.revision

    @property
    def seq(self) -> int:
        """The seq of the latest assignment."""
        return self._world.seq

    @property
    def stamp(self) -> int:
        """The stamp of the latest record."""
        return self._world.stamp

    @property
    def crowds(self) -> Mapping[str, Crowd]:
        """The crowds that the latest records refer to."""
        return self._world.crowds

    def counts(self) -> dict[str, Mapping[Any, Any]]:
        """What reps carried and were owed, by the name of each count: nothing that is as good as absent is in it."""
        loads, oldest = self._world.loads, self._oldest()
        return {
            "open": {rep: count for rep, count in loads.open.items() if count},
            "last_seq": dict(loads.last_seq),
            "days": _since(loads.days, oldest),
            "rule_days": _since(loads.rule_days, oldest),
            "credits": {rotation: owed for rotation, held in loads.credits.items() if (owed := dict(held.each()))},
        }

    def _oldest(self) -> date:
        return self.time.date() - timedelta(days=DAYS_KEPT)

    def follow(self, row: Mapping[str, Any], crowds: Mapping[str, Crowd]) -> None:
        """Go on by one record: a row of :func:`app.store.log.pages`, which may refer to ``crowds``.

        Raises:
            BrokenStore: it does not tell what it changed.
        """
        world = self._world
        try:
            if follow_record(world, row, crowds):
                self._edit(row)
            if row["kind"] == "policy.activated":
                self.policy_version = int(row["subject"])
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise BrokenStore(f"revision {row['revision']} does not tell what it changed: {error!r}") from error
        world.seq = row["seq"] or world.seq
        world.revision, world.stamp, self.time = row["revision"], row["stamp"], row["at"]
        self._unsettled += 1
        if self._unsettled >= _SETTLED_EVERY:
            self._settle()

    def at(self, now: datetime) -> World:
        """The world as it has become, at a time that is not before the latest record's. It goes on to be this one's."""
        world = self._world
        if self._edited or now.year != world.now.year:
            # Holidays are known for the years around now only, so a new year is a new world.
            roster = self.roster
            world.enrol(roster, calendars_for(roster.reps.values(), now.year))
            self._edited = False
        world.advance(now)
        return world

    def _edit(self, row: Mapping[str, Any]) -> None:
        detail = orjson.loads(row["detail"])
        self._put(detail["reps"], detail["teams"])
        for edit in detail["edits"]:
            if edit["kind"] == "team" and edit["change"] == "removed":
                self._teams.pop(edit["id"], None)
        self._edited = True

    def _put(self, reps: Mapping[str, Any], teams: Mapping[str, Any]) -> None:
        for rep_id, document in reps.items():
            rep = stored_rep(rep_id, document)
            self._reps[rep.id] = rep
        for team_id, document in teams.items():
            team = stored_team(team_id, document)
            self._teams[team.id] = team

    def _settle(self) -> None:
        self._unsettled = 0
        self._world.settled(self._world.stamp)
        loads, oldest = self._world.loads, self._oldest()
        loads.days, loads.rule_days = _since(loads.days, oldest), _since(loads.rule_days, oldest)


def _since(table: Mapping[K, Mapping[date, int]], oldest: date) -> dict[K, dict[date, int]]:
    """The days that a cap may still ask for."""
    kept = {key: {day: count for day, count in days.items() if day >= oldest} for key, days in table.items()}
    return {key: days for key, days in kept.items() if days}


async def past_at(connection: Connection, revision: int) -> Past:
    """The world as it was when the record had come to ``revision``: after that record, before the next.

    Raises:
        NotFound: the record has not come so far.
        BrokenStore: the record, or a checkpoint, is not one that this service wrote.
    """
    if revision > (await look_at_lane(connection)).revision:
        raise NotFound(f"The record has not come to revision {revision}")
    past = Past(await checkpoint_before(connection, revision))
    async for rows in pages(connection, past.revision, revision):
        crowds = await crowds_of(connection, rows, past)
        for row in rows:
            past.follow(row, crowds)
    return past


async def crowds_of(connection: Connection, rows: Iterable[Mapping[str, Any]], past: Past) -> dict[str, Crowd]:
    """The crowds that a page of the record, which ``past`` has come to, refers to; raises BrokenStore."""
    return await crowds_named(connection, (row["effects"] for row in rows), past.crowds)
