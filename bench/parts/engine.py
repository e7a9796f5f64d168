"""What a lead costs before and beside the database: reading it, and deciding who gets it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import islice

import orjson

from app.engine.chain import prepare, route
from app.engine.policy import Policy
from app.engine.world import Loads, World
from app.intake.body import read_object
from app.intake.normalise import normalise, warm
from bench.clock import NOON
from bench.figure import Figure
from bench.ground import Ground
from bench.leads import Sender
from bench.office import compiled, enrolled, policy_document, roster_document


def run(ground: Ground) -> Iterator[Figure]:
    """Rounds over new leads each time: the processor time of this thread, so that who else is busy does not count."""
    warm()
    policy, roster = compiled(policy_document()), enrolled(roster_document())
    world = World(roster, {}, Loads(), now=NOON, seq=0, revision=0, stamp=0)
    stock = Sender(seed=2).bodies()
    intake, engine, dumped, loops = [], [], [], []
    rounds = 3 * ground.scale.rounds
    for number in range(-1, rounds):
        ground.say(f"intake and engine, round {number + 1} of {rounds}")
        bodies = list(islice(stock, ground.scale.leads))
        read = intake_microseconds(bodies)
        decided, written = engine_microseconds(bodies, policy, world)
        if number >= 0:
            intake.append(read)
            engine.append(decided)
            dumped.append(written)
            loops.append(loop_microseconds())
    loop = {"calibration_loop_microseconds": round(sorted(loops)[len(loops) // 2], 3)}
    yield Figure(
        name="intake",
        title="intake: parse and normalise",
        rounds=intake,
        unit="µs",
        must=120,
        aim=60,
        more=False,
        seen=loop,
    )
    yield Figure(
        name="engine",
        title="engine: prepare and route with trace, 25 rules, 100 reps",
        rounds=engine,
        unit="µs",
        must=80,
        aim=40,
        more=False,
        seen=loop,
    )
    yield Figure(name="trace_json", title="… and its record as JSON", rounds=dumped, unit="µs", more=False, seen=loop)


def intake_microseconds(bodies: Sequence[bytes]) -> float:
    """From a body's bytes to a lead, per lead."""
    began = time.thread_time_ns()
    for body in bodies:
        read = read_object(body)
        normalise(read.fields, received_at=NOON, extra_notices=read.notices)
    return (time.thread_time_ns() - began) / len(bodies) / 1e3


def engine_microseconds(bodies: Sequence[bytes], policy: Policy, world: World) -> tuple[float, float]:
    """From a lead to its decision; and from the decision to the JSON of its record. Each is applied before the next."""
    leads = [normalise(read_object(body).fields, received_at=NOON) for body in bodies]
    spent = written = 0
    for lead in leads:
        began = time.thread_time_ns()
        routed = route(prepare(lead, policy), world, world.now)
        spent += time.thread_time_ns() - began
        began = time.thread_time_ns()
        orjson.dumps(routed.decision)
        orjson.dumps(routed.effects)
        written += time.thread_time_ns() - began
        world.seq += 1
        world.apply(routed.effects, world.seq)
    world.advance(world.now + timedelta(seconds=1))
    return spent / len(bodies) / 1e3, written / len(bodies) / 1e3


def loop_microseconds() -> float:
    """A thousand turns of a loop that adds and looks up: how fast this interpreter runs here and now."""
    table = dict.fromkeys(range(64), 1)
    total = 0
    began = time.thread_time_ns()
    for _ in range(100):
        for number in range(1000):
            total += table[number & 63]
    return (time.thread_time_ns() - began) / 100 / 1e3
