"""The samples are what a newcomer meets first: they are in order, and every rule of theirs is shown at work."""

import asyncio
import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app import seed
from app.engine.decision import Reason, Status
from app.engine.policy import Policy
from app.engine.policy_document import compile_policy
from app.engine.roster import Roster
from app.engine.roster_document import check_roster, read_roster
from app.intake.calendars import known_calendar
from app.intake.documents import read_document
from app.intake.normalise import normalise
from app.lane.batch import Answer
from app.lane.memory import MemoryLane
from app.lane.roster import unknown_coverage
from app.seed import SampleName, load_samples_if_empty, sample
from app.store import database
from app.supervisor import _SAMPLE as FIRST_LEAD

NAMES: list[SampleName] = ["zh", "en"]
TUESDAY = datetime(2026, 7, 21, tzinfo=UTC)
WEEKS = {
    "an ordinary week": datetime(2026, 7, 20, tzinfo=UTC),
    "the Chinese New Year": datetime(2026, 2, 14, tzinfo=UTC),
    "the National Day": datetime(2026, 9, 30, tzinfo=UTC),
    "Christmas and New Year": datetime(2025, 12, 25, tzinfo=UTC),
}


def opened(name: SampleName) -> tuple[Policy, Roster]:
    files = sample(name)
    read = read_roster(read_document(files.roster.read_bytes(), "application/yaml"), known_calendar=known_calendar)
    assert read.value is not None, read.errors
    assert read.warnings == []
    roster = Roster(read.value.reps, read.value.teams)
    checked = check_roster(roster)
    assert (checked.errors, checked.warnings) == ([], [])
    compiled = compile_policy(read_document(files.policy.read_bytes(), "application/yaml"), roster=roster)
    assert compiled.policy is not None, compiled.errors
    assert compiled.findings == []
    return compiled.policy, roster


def leads(name: SampleName) -> list[dict[str, Any]]:
    return [json.loads(line) for line in sample(name).leads.read_text(encoding="utf-8").splitlines()]


def routed(lane: MemoryLane, fields: dict[str, Any], now: datetime) -> Answer:
    return lane.route(normalise(fields, received_at=now), fields)


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_has_neither_errors_nor_findings_and_its_roster_covers_only_what_its_policy_knows(
    name: SampleName,
) -> None:
    policy, roster = opened(name)
    assert unknown_coverage(roster.reps.values(), policy) == []
    named = {member for team in roster.teams.values() for member, _ in team.members}
    assert set(roster.reps) - named <= {"field-greta", "field-sam"}, "everybody is there to be found by some rule"


@pytest.mark.parametrize("name", NAMES)
async def test_every_rule_and_every_screening_of_a_sample_is_reached_by_one_of_its_leads(name: SampleName) -> None:
    policy, roster = opened(name)
    rules: Counter[str | None] = Counter()
    screens: Counter[str | None] = Counter()
    for hour in (2, 8, 14, 20):
        now = TUESDAY + timedelta(hours=hour)
        lane = MemoryLane(policy, roster, now=now)
        for fields in leads(name):
            decision = routed(lane, fields, now).decision
            rules[decision.rule] += 1
            screens[decision.screen] += 1
            assert decision.status is not Status.QUEUED or decision.reason is Reason.CLAIM
    assert {rule.id for rule in policy.rules} - set(rules) == set()
    if name == "zh":
        assert {screen.name for screen in policy.screening} - set(screens) == set()


@pytest.mark.parametrize("name", NAMES)
def test_sample_leads_are_many_in_several_languages_and_reach_nobody_real(name: SampleName) -> None:
    found = leads(name)
    assert len(found) >= 30
    assert len({lead.get("language", "-")[:2] for lead in found}) >= 5
    for lead in found:
        email = lead.get("email", "").strip().lower()
        assert not email or email.endswith((".example", "@example", "example.com", "example.org")), email


@pytest.mark.parametrize("week", WEEKS)
@pytest.mark.parametrize("name", NAMES)
async def test_the_first_lead_of_a_newcomer_is_assigned_at_every_hour(name: SampleName, week: str) -> None:
    policy, roster = opened(name)
    rules = set()
    for hour in range(8 * 24):
        now = WEEKS[week] + timedelta(hours=hour)
        answer = routed(MemoryLane(policy, roster, now=now), dict(FIRST_LEAD), now)
        assert answer.decision.status is Status.ASSIGNED, now
        assert answer.decision.rep is not None
        assert answer.notices == ()
        rules.add(answer.decision.rule)
    if name == "zh":
        assert {"region", "on-duty"} <= rules


async def test_an_empty_database_gets_the_sample_once_however_many_start_at_the_same_time(database_url: str) -> None:
    loaded = await asyncio.gather(*(load_samples_if_empty(database_url) for _ in range(3)))
    assert sorted(loaded) == [False, False, True]
    assert not await load_samples_if_empty(database_url)
    connection = await database.parse(database_url).connect()
    try:
        assert await connection.fetchval("SELECT count(*) FROM policies") == 1
        assert await connection.fetchval("SELECT policy_version FROM lane") == 1
        assert await connection.fetchval("SELECT count(*) FROM reps") == len(opened("zh")[1].reps)
        assert await connection.fetchval("SELECT json_array_length(findings) FROM policies") == 0
    finally:
        await connection.close()


async def test_which_sample_is_loaded_is_a_setting(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEAD_ROUTER_SAMPLE", "none")
    assert not await load_samples_if_empty(database_url)
    monkeypatch.setenv("LEAD_ROUTER_SAMPLE", "en")
    assert await load_samples_if_empty(database_url)
    connection = await database.parse(database_url).connect()
    try:
        assert await connection.fetchval("SELECT name FROM policies") == "international"
        assert await connection.fetchval("SELECT count(*) FROM reps") == len(opened("en")[1].reps)
    finally:
        await connection.close()


def test_the_samples_are_found_where_the_package_is() -> None:
    for name in NAMES:
        for path in (sample(name).policy, sample(name).roster, sample(name).leads):
            assert path.is_relative_to(seed._HERE)
            assert path.stat().st_size > 0
