"""From what the record holds of a decision, the same decision comes again, to the byte."""

from __future__ import annotations

from copy import deepcopy
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine.chain import prepare, route
from app.engine.decision import Effects, Reason
from app.engine.policy import Policy
from app.engine.policy_document import compile_policy
from app.engine.roster import Roster
from app.engine.roster_document import read_roster
from app.engine.world import World
from app.lane.memory import MemoryLane
from app.record.again import Incomparable, Recorded
from app.store.writes import Record
from tests.engine import scene, test_cases

CASES = [path for path in sorted(test_cases.CASES.rglob("*.yaml")) if path.parent.name not in ("common", "refused")]


def row_of(record: Record) -> dict[str, Any]:
    """A record as it is read back from the table."""
    return {
        "seq": record.seq,
        "kind": record.kind,
        **{name: orjson.dumps(getattr(record, name)) for name in ("decision", "effects")},
        **{
            name: None if (kept := getattr(record, name)) is None else orjson.dumps(kept)
            for name in ("facts", "person")
        },
    }


def compiled(document: Any, people: Roster | None = None) -> Policy:
    policy = compile_policy(document, version=1, roster=people).policy
    assert policy is not None
    return policy


def same_again(record: Record, policy: Policy, before: World) -> None:
    row = row_of(record)
    decision, effects = Recorded.of(row, {}).again(policy, before)
    assert orjson.dumps(decision) == row["decision"]
    assert orjson.dumps(effects) == row["effects"]


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
async def test_every_case_is_decided_again_as_it_was(path: Path) -> None:
    case = test_cases.read(path)
    read = read_roster(case["roster"])
    assert read.value is not None
    people = Roster(read.value.reps, read.value.teams)
    lane = MemoryLane(compiled(case["policy"], people), people, now=at(case.get("now", test_cases.MONDAY_MORNING)))
    answers = []
    for step in case["leads"]:
        if "at" in step:
            lane.advance(at(step["at"]))
        if "closed" in step:
            test_cases.close(lane, answers[step["closed"] - 1], case["leads"], step)
            continue
        for number in range(1, step.get("times", 1) + 1):
            before, known = as_it_is(lane.world), len(lane.records)
            answers.append(test_cases.route(lane, step["lead"], number))
            for record in lane.records[known:]:
                assert Recorded.of(row_of(record), {}).incomparable is None
                same_again(record, compiled(case["policy"]), before)
    assert lane.records


def as_it_is(world: World) -> World:
    """A copy that nothing reaches that happens to the world from now on."""
    fork = world.fork()
    fork.loads = deepcopy(world.loads)
    return fork


def at(text: Any) -> Any:
    return test_cases.instant(text)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32))
def test_any_life_of_a_world_is_decided_again_as_it_was_and_names_nobody(seed: int) -> None:
    chance = Random(seed)
    policy, current = scene.policy(), scene.world(scene.roster(chance))
    now = scene.START
    for number, lead in enumerate(scene.leads(chance, 40), 1):
        now += timedelta(minutes=chance.choice([0, 1, 45, 600]))
        current.advance(now)
        before = as_it_is(current)
        routed = route(prepare(lead, policy), current, now)
        facts, person = policy.reads.kept(routed.facts)
        row = {
            "seq": number, "kind": "routed", "decision": orjson.dumps(routed.decision),
            "effects": orjson.dumps(routed.effects), "facts": orjson.dumps(facts),
            "person": None if person is None else orjson.dumps(person),
        }  # fmt: skip
        decision, effects = Recorded.of(row, {}).again(scene.policy(), before)
        assert orjson.dumps(decision) == row["decision"]
        assert orjson.dumps(effects) == row["effects"]
        for theirs in (lead.name, lead.email, lead.phone):
            if theirs is not None:
                assert theirs.encode() not in row["facts"] + row["decision"] + row["effects"]
        scene.keep(current, lead, routed, number)


def test_what_cannot_be_computed_again_says_why() -> None:
    chance = Random(1)
    policy, current = scene.policy(), scene.world(scene.roster(chance))
    routed = route(prepare(next(scene.leads(chance, 1)), policy), current, current.now)
    decision = orjson.loads(orjson.dumps(routed.decision))

    def said(kind: str = "routed", facts: str | None = "{}", person: str | None = None, **other: Any) -> Any:
        effects = orjson.dumps(Effects())
        row = {"seq": 1, "kind": kind, "decision": orjson.dumps(decision | other), "effects": effects}
        return Recorded.of({**row, "facts": facts, "person": person}, {}).incomparable

    assert said() is None
    assert said(person='{"need":"x"}') is None
    assert said(person="{}") is Incomparable.ERASED
    assert said(facts=None) is Incomparable.NO_FACTS
    assert said(kind="claimed") is Incomparable.BY_HAND
    assert said(reason=Reason.ROUTER_ERROR) is Incomparable.UNDECIDED
    assert said(engine_version="0") is Incomparable.OTHER_ENGINE
