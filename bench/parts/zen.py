"""A thousand rules of three conditions: our engine with its trace, against zen-engine on the same rules.

zen-engine evaluates a decision table whose first row that holds answers; it is given only the three values, as a dict,
and is not asked for a trace. Ours reads the facts of a whole lead, recognises, scores, walks the rules and says why.
Both must give the same answers.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice, product
from pathlib import Path
from random import Random
from typing import Any, Final

import orjson

from app.engine.chain import prepare, route
from app.engine.lead import Lead
from app.engine.policy import Policy
from app.engine.world import Loads, World
from bench.clock import NOON
from bench.figure import Figure, spread
from bench.ground import Ground
from bench.leads import Sender
from bench.office import compiled, enrolled

VERSIONS: Final = ("0.37", "2.1")
"""Each is installed by ``make bench`` from ``bench/zen-VERSION.lock``."""

RULES: Final = 1000

_SOURCES: Final = tuple(f"source-{n}" for n in range(20))
_INDUSTRIES: Final = tuple(f"industry-{n}" for n in range(10))
_SIZES: Final = (5000, 1000, 200, 50, 10)
_REPS: Final = 100


class NotInstalled(Exception):
    """A version of zen-engine is not there: ``make bench`` installs it."""


class OtherAnswers(Exception):
    """The two engines do not agree on the same rules and leads."""


def rules() -> list[dict[str, Any]]:
    """The rules, in their order; the last holds for every lead."""
    found: list[dict[str, Any]] = [
        {"source": source, "industry": industry, "employees": size, "rep": f"rep-{number % _REPS:02}"}
        for number, (size, industry, source) in enumerate(islice(product(_SIZES, _INDUSTRIES, _SOURCES), RULES - 1))
    ]
    return [*found, {"rep": "rep-00"}]


def policy_of(given: Sequence[Mapping[str, Any]]) -> Policy:
    """The same rules as a policy."""
    said = []
    for number, rule in enumerate(given):
        when = {name: rule[name] for name in ("source", "industry") if name in rule}
        if "employees" in rule:
            when["employees"] = {"at_least": rule["employees"]}
        said.append({"name": f"rule {number}", **({"when": when} if when else {}), "assign": {"rep": rule["rep"]}})
    return compiled(
        {
            "name": "a thousand rules",
            "industries": [{"code": code, "name": code.title()} for code in _INDUSTRIES],
            "tiers": [{"tier": "A"}],
            "rules": said,
        }
    )


def world_of_reps() -> World:
    """Those whom the rules name, all of them able."""
    reps = {f"rep-{number:02}": {"name": f"Rep Sample {number}"} for number in range(_REPS)}
    return World(enrolled({"reps": reps, "teams": {}}), {}, Loads(), now=NOON, seq=0, revision=0, stamp=0)


def leads(number: int) -> list[Lead]:
    """Leads for which the rules hold equally often, and now and then only the last."""
    chance = Random(5)  # noqa: S311  the same leads each time is what is wanted
    return [
        replace(
            lead,
            source=chance.choice((*_SOURCES, "elsewhere")),
            industry=chance.choice(_INDUSTRIES),
            employees=chance.choice((3, 20, 100, 500, 2000, 9000)),
        )
        for lead in islice(Sender(seed=5).read(), number)
    ]


def run(ground: Ground) -> Iterator[Figure]:
    """Rounds of ours and of each version in turn, over the same leads."""
    given = rules()
    policy, world = policy_of(given), world_of_reps()
    asked = leads(ground.scale.leads)
    inputs = [{"source": one.source, "industry": one.industry, "employees": one.employees} for one in asked]
    for version in VERSIONS:
        with zen(ground, version, given, inputs) as process:
            ours, theirs = [], []
            for number in range(-1, ground.scale.rounds):
                ground.say(f"zen-engine {version}, round {number + 1} of {ground.scale.rounds}")
                answers, spent = decided(asked, policy, world)
                evaluated = ask(process)
                if answers != evaluated["answers"]:
                    raise OtherAnswers(version)
                if number >= 0:
                    ours.append(spent)
                    theirs.append(evaluated["microseconds"])
        yield Figure(
            name=f"zen_{version.replace('.', '_')}",
            title=f"{RULES:,} rules of three conditions, with our trace, against zen-engine {version}: times as fast",
            rounds=[their / our for our, their in zip(ours, theirs, strict=True)],
            must=1,
            aim=5,
            seen={"microseconds": spread(ours), "zen_microseconds": spread(theirs)},
        )


def decided(asked: Sequence[Lead], policy: Policy, world: World) -> tuple[list[str | None], float]:
    """Whom our engine gives each lead to, and the microseconds that it takes for one."""
    answers: list[str | None] = []
    began = time.thread_time_ns()
    for lead in asked:
        rep = route(prepare(lead, policy), world, NOON).decision.rep
        answers.append(None if rep is None else rep.id)
    return answers, (time.thread_time_ns() - began) / len(asked) / 1e3


def home(ground: Ground, version: str) -> Path:
    """Where a version is installed."""
    return ground.shared / f"zen-{version}"


@contextmanager
def zen(
    ground: Ground, version: str, given: Sequence[Mapping[str, Any]], inputs: Sequence[Mapping[str, Any]]
) -> Iterator[subprocess.Popen[bytes]]:
    """A process of that version that knows the rules and the leads; raises NotInstalled."""
    if not (home(ground, version) / "zen").is_dir():
        raise NotInstalled(f"zen-engine {version} is not in {home(ground, version)}: `make bench` puts it there")
    path = os.pathsep.join([str(home(ground, version)), os.environ.get("PYTHONPATH", "")]).strip(os.pathsep)
    with subprocess.Popen(
        [sys.executable, "-m", "bench.zen_engine"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path},
    ) as process:
        try:
            ask(process, {"rules": given, "inputs": inputs})
            yield process
        finally:
            process.kill()


def ask(process: subprocess.Popen[bytes], what: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Send one line, and read the answer to it."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(orjson.dumps(what or {}) + b"\n")
    process.stdin.flush()
    said: dict[str, Any] = orjson.loads(process.stdout.readline())
    return said
