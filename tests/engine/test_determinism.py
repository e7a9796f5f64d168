"""The same inputs give the same decision for ever, and a log of effects gives the same world."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from random import Random

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine.chain import prepare, route
from app.engine.decision import Decision
from app.engine.world import DAYS_KEPT
from tests.engine import scene

SEEDS = st.integers(0, 2**32)
ROOT = Path(__file__).parents[2]


def digest(seed: int) -> str:
    """What stands for every byte of all decisions and effects of one life."""
    told = hashlib.sha256()
    for _, routed, _ in scene.live(seed):
        told.update(orjson.dumps(routed.decision))
        told.update(orjson.dumps(routed.effects))
    return told.hexdigest()


@settings(max_examples=25, deadline=None)
@given(SEEDS)
def test_routing_a_lead_twice_gives_the_same_bytes_and_changes_nothing(seed: int) -> None:
    chance = Random(seed)
    under, current = scene.policy(), scene.world(scene.roster(chance))
    for number, lead in enumerate(scene.leads(chance, 30), 1):
        before = scene.state(current)
        prepared = prepare(lead, under)
        once = route(prepared, current, current.now)
        twice = route(prepared, current, current.now)
        anew = route(prepare(lead, scene.policy()), current, current.now)
        assert orjson.dumps(once.decision) == orjson.dumps(twice.decision) == orjson.dumps(anew.decision)
        assert once.effects == twice.effects == anew.effects
        assert scene.state(current) == before
        scene.keep(current, lead, once, number)


@settings(max_examples=25, deadline=None)
@given(SEEDS)
def test_a_decision_and_its_effects_are_read_back_from_the_record_as_they_were(seed: int) -> None:
    for _, routed, _ in scene.live(seed, 30):
        decision = orjson.dumps(routed.decision)
        assert Decision.from_document(orjson.loads(decision)) == routed.decision
        assert scene.again(routed.effects) == routed.effects
        assert orjson.dumps(Decision.from_document(orjson.loads(decision))) == decision


@settings(max_examples=25, deadline=None)
@given(SEEDS)
def test_the_log_of_effects_leads_to_the_world_that_wrote_it(seed: int) -> None:
    followed = scene.world(scene.roster(Random(seed)))
    for number, (_, routed, current) in enumerate(scene.live(seed), 1):
        followed.advance(current.now)
        followed.apply(scene.again(routed.effects), number)
        assert scene.state(followed) == scene.state(current)


@settings(max_examples=25, deadline=None)
@given(SEEDS)
def test_a_world_read_from_its_counters_is_the_world_that_kept_them(seed: int) -> None:
    *_, (_, _, current) = scene.live(seed)
    read = scene.world(scene.roster(Random(seed)))
    read.loads = current.loads
    read.enrol(current.roster.roster, {})
    read.advance(current.now)
    assert scene.state(read) == scene.state(current)


@settings(max_examples=25, deadline=None)
@given(SEEDS, st.integers(0, 3 * 24 * 60))
def test_what_happens_to_a_fork_and_its_time_leave_the_world_it_came_from_alone(seed: int, minutes: int) -> None:
    chance = Random(seed)
    *_, (_, _, base) = scene.live(seed, 20)
    before = scene.state(base)
    later = base.now + timedelta(minutes=minutes)

    fork = base.fork()
    assert scene.state(fork) == before
    fork.advance(later)
    fork.identities = dict(base.identities)
    for number, lead in enumerate(scene.leads(chance, 20), base.seq + 1):
        scene.keep(fork, lead, route(prepare(lead, scene.policy()), fork, later), number)
    assert scene.state(base) == before
    base.advance(later)  # time comes to it all the same
    assert scene.state(base.fork()) == scene.state(base)
    assert {**scene.state(base), "able": None, "now": None, "today": None} == {
        **before, "able": None, "now": None, "today": None,
    }  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(SEEDS, st.lists(st.integers(0, DAYS_KEPT * 24 * 60), max_size=5))
def test_it_makes_no_difference_in_how_many_steps_time_passes(seed: int, stops: list[int]) -> None:
    *_, (_, _, walking) = scene.live(seed, 20)
    jumping, start = walking.fork(), walking.now
    for minutes in sorted(stops):
        walking.advance(start + timedelta(minutes=minutes))
    if stops:
        jumping.advance(start + timedelta(minutes=max(stops)))
    assert scene.state(walking) == scene.state(jumping)


def test_hash_seeds_make_no_difference_to_any_byte() -> None:
    program = "from tests.engine.test_determinism import digest; print(digest(1), digest(2), digest(3))"
    told = {
        subprocess.run(
            [sys.executable, "-c", program], cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": seed}, check=True,
            capture_output=True, text=True,
        ).stdout
        for seed in ("0", "1", "4711")
    }  # fmt: skip
    assert len(told) == 1
    assert len(told.pop().split()) == 3
