"""What does a lead cost in a large office, against a small one? Rules, reps, and one team of everybody.

Twice: in memory, where the engine and what it leaves to be written are seen alone; and through the service, where the
database writes it. Both are told, and both must reach the same.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from math import isqrt
from statistics import median
from typing import Any, Final

import orjson

from app.intake.body import read_object
from app.intake.normalise import normalise
from app.lane.memory import MemoryLane
from app.lane.route import RouteLead
from app.store.writes import Record
from bench.clock import NOON
from bench.figure import Figure, spread
from bench.filling import fill
from bench.ground import Ground
from bench.leads import Sender
from bench.office import compiled, enrolled
from bench.service import serving

GROUP: Final = 50
"""Reps who cover the same source: those who compete for a lead in the roster that grows."""

TURN: Final = 16
"""Leads of one turn, in memory: what a turn costs as such is shared by so many."""

_SMALL_RULES: Final = 10
_SMALL_REPS: Final = 100


@dataclass(frozen=True, slots=True)
class Office:
    """A policy and a roster, and what leads to it say: one of ``marks`` each, whatever else is in them."""

    policy: Mapping[str, Any]
    roster: Mapping[str, Any]
    marks: Sequence[Mapping[str, str]]

    def bodies(self, fields: Iterator[dict[str, Any]], number: int) -> list[bytes]:
        """The next leads, with all marks equally often and neighbours far apart."""
        marks = self.marks
        return [
            orjson.dumps({**lead, **marks[place * _SCATTER % len(marks)]})
            for place, lead in enumerate(islice(fields, number))
        ]


_SCATTER: Final = 7919
"""A prime."""


def of_rules(number: int, reps: int = _SMALL_REPS) -> Office:
    """So many rules of three conditions, the last for everybody; whichever holds, the same hundred reps compete.

    However many rules there are, every lead is of a source and an industry that one of them asks for, and three of five
    have the intent that it asks for too; the others are left to the last rule.
    """
    side = isqrt(number - 1) or 1
    marks = [{"source": f"source-{n % side}", "industry": f"industry-{n // side}"} for n in range(number - 1)]
    rules: list[dict[str, Any]] = [
        {
            "name": f"rule {n}",
            "when": {**mark, "intent": ["high", "高", "medium", "中"]},
            "assign": {"team": "everyone", "by": "round_robin"},
        }
        for n, mark in enumerate(marks)
    ]
    rules.append({"name": "everyone in turn", "assign": {"team": "everyone", "by": "round_robin"}})
    policy = {
        "name": "many rules",
        "industries": [{"code": code, "name": code.title()} for code in sorted({mark["industry"] for mark in marks})],
        "tiers": [{"tier": "A"}],
        "rules": rules,
    }
    return Office(policy, _roster(reps, lambda _: {}, team=_SMALL_REPS), marks)


def of_reps(number: int) -> Office:
    """So many reps, of whom :data:`GROUP` cover each source: a lead's competitors stay as many."""
    policy = {
        "name": "many reps",
        "tiers": [{"tier": "A"}],
        "rules": [{"name": "by source", "assign": {"team": "everyone", "covering": ["source"], "by": "round_robin"}}],
    }
    roster = _roster(number, lambda n: {"sources": [f"source-{n // GROUP}"]})
    return Office(policy, roster, [{"source": f"source-{n}"} for n in range(number // GROUP or 1)])


def of_all_hands(number: int) -> Office:
    """One team of so many, all of them able, any lead for any of them."""
    policy = {
        "name": "all hands",
        "tiers": [{"tier": "A"}],
        "rules": [{"name": "everyone in turn", "assign": {"team": "everyone", "by": "round_robin"}}],
    }
    return Office(policy, _roster(number, lambda _: {}), [{}])


def _roster(number: int, covers: Callable[[int], dict[str, Any]], team: int | None = None) -> dict[str, Any]:
    """So many reps, and those of them (else all) in one team."""
    reps = {
        f"rep-{n:05}": {
            "name": f"Rep Sample {n}",
            "email": f"rep-{n}@example.com",
            "covers": covers(n),
            "capacity": {"open": 5_000_000, "per_day": 5_000_000},
            "timezone": "Asia/Shanghai",
            "hours": {"mon-sun": "00:00-24:00"},
        }
        for n in range(number)
    }
    members = [{"rep": rep} for rep in islice(reps, team)]
    return {"reps": reps, "teams": {"everyone": {"name": "Everyone", "members": members}}}


class InMemory:
    """An office whose leads are decided in memory, turn by turn."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._fields = Sender(seed=3).fields()
        policy = compiled(office.policy)
        self._lane = MemoryLane(policy, enrolled(office.roster), now=NOON)

    @property
    def kept(self) -> Sequence[Record]:
        """The records of the last round."""
        return self._lane.records

    async def microseconds(self, leads: int) -> float:
        """For one lead: prepared, decided, applied, its record as JSON, and its part of what a turn costs as such."""
        read = [
            (normalise(fields, received_at=NOON), fields)
            for fields in (read_object(body).fields for body in self._office.bodies(self._fields, leads))
        ]
        lane = self._lane
        lane.records.clear()
        began = time.thread_time_ns()
        for number, (lead, fields) in enumerate(read):
            if number % TURN == 0:
                lane.world.fork()
            lane.decide(RouteLead(lead, fields, received_at=NOON, policy=lane.policy))
            record = lane.records[-1]
            orjson.dumps(record.decision)
            orjson.dumps(record.effects)
        return (time.thread_time_ns() - began) / leads / 1e3


def run(ground: Ground) -> Iterator[Figure]:
    """Each large office beside its small one, in memory and through the service, rounds in turn."""
    large = ground.scale.large
    pairs = {
        "rules": (f"from {_SMALL_RULES} to {large:,} rules", of_rules(_SMALL_RULES), of_rules(large), 2, 1.3),
        "reps": (
            f"from {_SMALL_REPS} to {large:,} reps, {GROUP} of them competing",
            of_reps(_SMALL_REPS), of_reps(large), 2, 1.3,
        ),
        "all_hands": (
            f"from {_SMALL_REPS} to one team of {large:,}, all able",
            of_all_hands(_SMALL_REPS), of_all_hands(large), 3, 1.5,
        ),
    }  # fmt: skip
    for name, (title, small, big, must, aim) in pairs.items():
        ground.say(f"{title}, in memory")
        yield from _in_memory(ground, name, title, small, big, must, aim)
        yield from _through_service(ground, name, title, small, big, must, aim)


def _in_memory(
    ground: Ground, name: str, title: str, small: Office, big: Office, must: float, aim: float
) -> Iterator[Figure]:
    ones = (InMemory(small), InMemory(big))

    async def rounds() -> tuple[list[float], list[float]]:
        times: tuple[list[float], list[float]] = ([], [])
        for number in range(-1, ground.scale.rounds):
            for one, spent in zip(ones, times, strict=True):
                took = await one.microseconds(max(TURN, ground.scale.leads // 4))
                if number >= 0:
                    spent.append(took)
        return times

    little, much = asyncio.run(rounds())
    yield Figure(
        name=f"{name}_in_memory",
        title=f"{title}: time per lead, in memory",
        rounds=[more / less for more, less in zip(much, little, strict=True)],
        must=must,
        aim=aim,
        more=False,
        seen={"small_microseconds": spread(little), "large_microseconds": spread(much)},
    )


def _through_service(
    ground: Ground, name: str, title: str, small: Office, big: Office, must: float, aim: float
) -> Iterator[Figure]:
    fields = Sender(seed=4).fields()
    clients = ground.scale.clients
    with ExitStack() as stack:
        services = []
        for size, office in (("small", small), ("large", big)):
            ground.say(f"{title}: a {size} office")
            url = ground.server.make(f"bench_{name}_{size}")
            stack.callback(ground.server.drop, f"bench_{name}_{size}")
            ground.run(fill(url, office.policy, office.roster))
            service = stack.enter_context(serving(url, ground.log, workers=1))
            ground.load(service, clients=clients, bodies=office.bodies(fields, round(ground.scale.fastest)), seconds=1)
            services.append((service, office))
        times: tuple[list[float], list[float]] = ([], [])
        rates = [float(ground.scale.fastest)] * 2
        seconds = ground.scale.seconds
        for number in range(ground.scale.rounds):
            ground.say(f"{title}, round {number + 1} of {ground.scale.rounds}")
            for place, (service, office) in enumerate(services):
                bodies = office.bodies(fields, round(rates[place] * seconds))
                load = ground.load(service, clients=clients, bodies=bodies)
                rates[place] = max(4 * load.rate, 2000)
                times[place].append(1e6 / load.rate)
    yield Figure(
        name=name,
        title=f"{title}: time per lead, through the service",
        rounds=[more / less for more, less in zip(times[1], times[0], strict=True)],
        must=must,
        aim=aim,
        more=False,
        seen={
            "small_microseconds": spread(times[0]),
            "large_microseconds": spread(times[1]),
            "large_leads_per_second": round(1e6 / median(times[1]), 1),
        },
    )
