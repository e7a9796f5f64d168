"""Everything at once, through several lanes: whatever happens in which order, the tables agree with the record."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import pytest

from app.doors.reading import reread
from app.engine import rotation
from app.engine.lead import Lead
from app.errors import RequestError
from app.intake.normalise import normalise, warm
from app.lane.batch import Answer
from app.lane.correct import Correct
from app.lane.drain import Drain
from app.lane.hand import Assign, Claim, Close, Release, RouteAgain
from app.lane.lane import Lane
from app.lane.line import LineName
from app.lane.often import Often
from app.lane.policies import ActivatePolicy
from app.lane.route import RouteLead, idempotency_key
from app.record.again import Incomparable
from app.record.checkpoints import Checkpoints
from app.store import database
from app.store.database import DRIVER_ERRORS
from tests.lane.audit import audit, verified
from tests.lane.support import Office, office

SECONDS = 6.0
LANES = 3
HANDS = 48
CHECKPOINT = 50
"""Records between two checkpoints, at least."""

REPS = [f"rep-{number}" for number in range(8)]
PER_DAY = 40
BY_RULE = 12

EVERYONE = {"name": "everyone", "assign": {"team": "all", "by": "round_robin"}}
POLICIES: list[dict[str, Any]] = [
    {
        "name": "turns",
        "rules": [
            {"name": "known", "assign": "owner"},
            {"name": "hot", "when": {"intent": "high"}, "assign": {"team": "few", "by": "round_robin"},
             "each_at_most": {"per_day": BY_RULE}},
            {"name": "wait", "when": {"intent": "wait"}, "assign": {"team": "few", "by": "claim"}},
            EVERYONE,
        ],
    },
    {
        "name": "loads",
        "rules": [
            {"name": "least", "when": {"intent": "high"}, "assign": {"team": "all", "by": "least_loaded"}},
            {"name": "anyone", "when": {"intent": "low"}, "assign": {"reps": {}, "by": "round_robin"}},
            {"name": "catch up", "catch_up": True, "assign": {"team": "few", "by": "round_robin"}},
            EVERYONE,
        ],
    },
    {"name": "narrow", "rules": [{"name": "few", "when": {"intent": "high"}, "assign": {"team": "few"}}]},
]  # fmt: skip


def rep_of(chance: random.Random, name: str, **more: Any) -> dict[str, Any]:
    return {
        "name": name.title(),
        "capacity": {"open": chance.choice([None, 15, 60]), "per_day": PER_DAY},
        "timezone": chance.choice(["UTC", "Asia/Shanghai", "America/St_Johns", "Pacific/Kiritimati"]),
        **more,
    }


UNEQUAL: list[float] = [0, 0.5, 1, 1, 2, 7.25]
EQUAL: list[float] = [0, 1, 1, 1, 1]


def team_of(chance: random.Random, reps: list[str], weights: list[float]) -> dict[str, Any]:
    return {"name": "Team", "members": [{"rep": r, "weight": chance.choice(weights)} for r in reps]}


@dataclass
class Storm:
    """What is known of the leads that were sent, and all the things that can happen to them."""

    place: Office
    chance: random.Random
    killer: asyncpg.Connection
    versions: list[int]
    weights: list[float]
    one_killer: asyncio.Lock = field(default_factory=asyncio.Lock)
    leads: list[UUID] = field(default_factory=list)
    keys: dict[str, set[UUID]] = field(default_factory=dict)
    answered: dict[UUID, Answer] = field(default_factory=dict)
    told: Counter[str] = field(default_factory=Counter)
    sent: int = 0

    @property
    def lane(self) -> Lane:
        return self.chance.choice(self.place.lanes)

    def lead(self) -> UUID | None:
        return self.chance.choice(self.leads) if self.leads else None

    async def route(self) -> None:
        """A new lead, or one that was sent before: under its key, or its source's id, or both."""
        again = self.chance.random() < 0.2
        number = self.chance.randrange(self.sent) if again and self.sent else self.sent
        self.sent = max(self.sent, number + 1)
        # All of a lead is told by its number, so that the same number is the same delivery.
        own = random.Random(number)
        fields: dict[str, Any] = {
            "intent": own.choice(["high", "low", "wait", None]),
            "email": own.choice([f"p{own.randrange(60)}@c{own.randrange(30)}.example", f"n{number}@gmail.com", None]),
            "phone": own.choice([f"+8613800138{own.randrange(1000):03}", None]),
            "company": own.choice([f"Company {own.randrange(40)}", "Contoso", "Contosso", None]),
            "do_not_contact": own.random() < 0.03,
        }
        key, pair = own.choice([(True, False), (False, True), (True, True)])
        if pair:
            fields |= {"source": "web", "external_id": f"x{number}"}
        lead = normalise(fields, received_at=datetime.now(UTC))
        lane = self.lane
        job = RouteLead(
            lead, fields, received_at=datetime.now(UTC), policy=lane.policy,
            idempotency=idempotency_key("storm", f"k{number}") if key else None,
        )  # fmt: skip
        line: LineName = self.chance.choice(["interactive", "bulk"])
        answer = await lane.submit(job, line)
        assert answer.lead_id is not None
        self.keys.setdefault(f"k{number}", set()).add(answer.lead_id)
        first = self.answered.setdefault(answer.lead_id, answer)
        assert (first.decision, first.seq) == (answer.decision, answer.seq)
        if not answer.replayed:
            self.leads.append(answer.lead_id)

    async def give(self) -> None:
        if lead := self.lead():
            team = self.chance.choice([None, "all", "few"])
            await self.lane.submit(Assign(lead, self.chance.choice(REPS), team, "hand", None))

    async def release(self) -> None:
        if lead := self.lead():
            await self.lane.submit(Release(lead, "hand", None))

    async def claim(self) -> None:
        if lead := self.lead():
            await self.lane.submit(Claim(lead, self.chance.choice(REPS), "hand"))

    async def route_again(self) -> None:
        if lead := self.lead():
            await self.lane.submit(RouteAgain(lead, self.chance.choice(["hand", None]), reread=reread))

    async def close(self) -> None:
        if lead := self.lead():
            await self.lane.submit(Close(lead, self.chance.choice(["won", "lost"]), "hand"))

    async def correct(self) -> None:
        if lead := self.lead():
            phone = f"+8613800138{self.chance.randrange(1000):03}"

            def merge(before: Lead, _: object) -> Lead:
                fields = {"email": before.email, "phone": phone, "company": before.company}
                return normalise(fields, received_at=datetime.now(UTC))

            await self.lane.submit(Correct(lead, ["phone"], merge, "hand", reread=reread))

    async def at_once(self) -> None:
        """Several act on one lead in the same moment, through one lane: they may come into one turn."""
        if lead := self.lead():
            lane = self.lane
            jobs = [
                Close(lead, "won", "hand"), Assign(lead, self.chance.choice(REPS), "all", "hand", None),
                Release(lead, "hand", None), RouteAgain(lead, "hand", reread=reread), Claim(lead, "rep-1", "hand"),
            ]  # fmt: skip
            self.chance.shuffle(jobs)
            outcomes = await asyncio.gather(*(lane.submit(job) for job in jobs), return_exceptions=True)
            unexpected = [one for one in outcomes if isinstance(one, Exception) and not isinstance(one, RequestError)]
            assert not unexpected

    async def pause(self) -> None:
        name = self.chance.choice(REPS)
        status = self.chance.choice(["active", "active", "paused", "inactive"])
        await self.place.edit({"reps": {name: rep_of(self.chance, name, status=status)}}, self._any_lane())

    async def team(self) -> None:
        name = self.chance.choice(["all", "few", "spare"])
        reps = self.chance.sample(REPS, self.chance.randint(1, len(REPS)))
        await self.place.edit({"teams": {name: team_of(self.chance, reps, self.weights)}}, self._any_lane())

    async def prune(self) -> None:
        whole = {
            "reps": {name: rep_of(self.chance, name) for name in REPS if self.chance.random() < 0.9},
            "teams": {},
        }
        for name in ("all", "few"):
            whole["teams"][name] = team_of(self.chance, sorted(whole["reps"]), self.weights)
        await self.place.edit(whole, self._any_lane(), prune=True)

    async def activate(self) -> None:
        await self.lane.submit(ActivatePolicy(self.chance.choice(self.versions), "hand"))

    async def cut(self) -> None:
        """A connection ends, of whichever lane: before its commit, or after."""
        async with self.one_killer:
            await self.killer.execute(
                """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                   WHERE datname = current_database() AND pid <> pg_backend_pid() ORDER BY random() LIMIT 1"""
            )

    def _any_lane(self) -> int:
        return self.chance.randrange(len(self.place.lanes))

    async def hand(self, until: float) -> None:
        """Do one thing after another. What people are told is theirs; anything else is a fault."""
        doings: Mapping[Callable[[], Awaitable[None]], int] = {
            self.route: 200, self.give: 15, self.release: 10, self.claim: 15, self.route_again: 15, self.close: 12,
            self.correct: 10, self.at_once: 10, self.pause: 4, self.team: 3, self.prune: 1, self.activate: 2,
            self.cut: 1,
        }  # fmt: skip
        while time.monotonic() < until:
            (doing,) = self.chance.choices(list(doings), list(doings.values()))
            try:
                await doing()
            except RequestError as error:
                self.told[type(error).__name__] += 1


async def _looked(often: Often, until: float) -> None:
    while time.monotonic() < until:
        await asyncio.sleep(0.3)
        with contextlib.suppress(*DRIVER_ERRORS):
            await often.look()


@pytest.mark.parametrize(("seed", "weights"), [(1, UNEQUAL), (2, UNEQUAL), (3, EQUAL)])
async def test_whatever_happens_at_once_the_tables_agree_with_the_record(
    database_url: str, seed: int, weights: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    if weights is EQUAL:
        monkeypatch.setattr(rotation, "CROWD_ABOVE", 2)
    chance = random.Random(seed)
    roster = {
        "reps": {name: rep_of(chance, name) for name in REPS},
        "teams": {"all": team_of(chance, REPS, weights), "few": team_of(chance, REPS[:3], weights)},
    }
    warm()
    killer = await database.parse(database_url).connect()
    async with (
        office(database_url, roster=roster, policy=POLICIES[0], lanes=LANES) as place,
        asyncpg.create_pool(database_url) as pool,
    ):
        versions = [1, *[await place.activate(policy) for policy in POLICIES[1:]]]
        storm = Storm(place, chance, killer, versions, weights)
        drain = Drain(place.lanes[0], pool, reread, interval=3600)
        warm()
        until = time.monotonic() + SECONDS
        checkpoints = Checkpoints(pool, every=CHECKPOINT)
        besides = (_looked(one, until) for one in (drain, checkpoints))
        await asyncio.gather(*(storm.hand(until) for _ in range(HANDS)), *besides)
    try:
        assert await audit(database_url) == []
        await _decided_again(database_url)
        await _nothing_lost(storm, killer)
        await _no_cap_passed(killer)
        assert (await killer.fetchval("SELECT count(*) FROM crowds") > 0) == (weights is EQUAL)
    finally:
        await killer.close()


async def _decided_again(url: str) -> None:
    """Every decision of the rules is computed again, from the first record on or from a checkpoint."""
    whole, _ = await verified(url)
    assert whole.same > 100
    assert whole.checkpoints > 0
    assert whole.incomparable.keys() <= {Incomparable.BY_HAND, Incomparable.UNDECIDED}
    half, differences = await verified(url, first=whole.last // 2)
    assert (half.records, half.same + half.incomparable.total(), differences) == (
        whole.last - whole.last // 2 + 1, half.records, [],
    )  # fmt: skip


async def _nothing_lost(storm: Storm, connection: asyncpg.Connection) -> None:
    """What was answered is stored, and as it was answered; one delivery is one lead."""
    assert storm.sent > 100
    assert all(len(leads) == 1 for leads in storm.keys.values())
    rows = await connection.fetch("SELECT lead_id, id, seq, status, rep_id FROM assignments WHERE kind = 'routed'")
    stored = {row["lead_id"]: row for row in rows}
    for lead_id, answer in storm.answered.items():
        row = stored[lead_id]
        assert (row["id"], row["seq"], row["status"]) == (
            answer.assignment_id, answer.seq, answer.decision.status.value,
        )  # fmt: skip
        assert row["rep_id"] == (answer.decision.rep and answer.decision.rep.id)


async def _no_cap_passed(connection: asyncpg.Connection) -> None:
    """What the rules give respects the caps; people may go beyond, and what they gave counts."""
    given: Counter[tuple[str, Any]] = Counter()
    by_rule: Counter[tuple[str, Any]] = Counter()
    for row in await connection.fetch("SELECT kind, rule_id, effects FROM assignments ORDER BY seq"):
        effects = orjson.loads(row["effects"])
        if effects["gained"] is None:
            continue
        place = (effects["gained"], effects["day"])
        automatic = row["kind"] in ("routed", "rerouted") and row["rule_id"] != "known"
        assert not automatic or given[place] < PER_DAY, place
        given[place] += 1
        if row["rule_id"] == "hot" and row["kind"] in ("routed", "rerouted"):
            assert by_rule[place] < BY_RULE, place
            by_rule[place] += 1
