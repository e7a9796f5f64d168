"""Worlds, leads and histories to ask the engine about."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import orjson

from app.engine.chain import Routed, prepare, route
from app.engine.decision import Effects
from app.engine.lead import Lead, Money, Place
from app.engine.policy import Policy
from app.engine.policy_document import compile_policy
from app.engine.recognise import own, remember
from app.engine.roster import Roster
from app.engine.roster_document import read_roster
from app.engine.rotation import CrowdTurn
from app.engine.world import Loads, World

START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
"""A Monday morning in Shanghai."""

POLICY: dict[str, Any] = {
    "name": "scene",
    "currency": "CNY",
    "rates": {"USD": 7.2},
    "regions": [{"code": "east", "contains": ["CN-SH", "CN-JS", "CN-ZJ"]}, {"code": "south", "contains": ["CN-GD"]}],
    "industries": [
        {"code": "it", "name": "IT", "aliases": ["software"]},
        {"code": "saas", "name": "SaaS", "parent": "it"},
    ],
    "screening": [{"name": "no way to reach", "when": {"email": "missing", "phone": "missing"}}],
    "scoring": {
        "maximum": 15,
        "groups": {"worth": {"maximum": 8}},
        "criteria": [
            {"name": "intent", "field": "intent", "points": {"high": 5, "low": 1.5}},
            {"name": "budget", "group": "worth", "field": "budget", "bands": [{"at_least": 1000, "points": 4.25}]},
            {"name": "size", "group": "worth", "field": "employees", "bands": [{"at_least": 10, "points": 6}]},
            {"name": "again", "when": {"history.person_leads": {"at_least": 1}}, "points": -2},
        ],
    },
    "tiers": [{"tier": "A", "when": {"score": {"at_least": 8}}}, {"tier": "B"}],
    "rules": [
        {"name": "known", "assign": "owner"},
        {
            "name": "big",
            "when": {"tier": "A"},
            "assign": {"team": "keys", "by": "least_loaded"},
            "each_at_most": {"per_day": 2},
        },
        {"name": "region", "assign": {"covering": ["region"], "prefer": ["industry", "language"]}},
        {"name": "near", "when": {"latitude": "present"}, "assign": {"reps": {"skills": "travel"}, "by": "nearest"}},
        {"name": "turns", "assign": {"team": "everyone"}, "catch_up": True},
        {"name": "rest", "assign": {"team": "keys", "by": "claim"}},
    ],
    "follow_up": {"first_contact_within": {"A": "24h", "B": "3d"}},
}


def policy() -> Policy:
    compiled = compile_policy(POLICY, version=7)
    assert compiled.policy is not None, compiled.errors
    return compiled.policy


def roster(chance: Random, size: int = 9) -> Roster:
    """Random reps: who covers what, when they work, how much they carry."""
    reps = {}
    for number in range(size):
        covers = {
            "regions": chance.choice([None, ["east"], ["south"], ["CN-SH", "south"]]),
            "industries": chance.choice([None, None, ["it"], ["saas"]]),
            "languages": chance.choice([None, ["zh"], ["en", "zh"]]),
        }
        reps[f"rep-{number}"] = {
            "name": f"Rep {number}",
            "covers": covers,
            "skills": chance.choice([[], ["travel"]]),
            "capacity": {"open": chance.choice([None, 5, 50]), "per_day": chance.choice([None, 3]), "per_week": 30},
            "timezone": chance.choice(["Asia/Shanghai", "Europe/Berlin"]),
            "hours": chance.choice([None, {"mon-fri": ["09:00-18:00"]}, {"mon-sun": ["22:00-06:00"]}]),
            "status": chance.choice(["active", "active", "active", "paused"]),
            "latitude": 31.2 + number,
            "longitude": 121.5 - number,
        }
    members = [{"rep": rep, "weight": chance.choice([1, 1, 2.5, 0, 40])} for rep in reps]
    teams = {
        "everyone": {"name": "Everyone", "members": members},
        "keys": {"name": "Keys", "members": [{"rep": rep} for rep in list(reps)[:3]]},
    }
    read = read_roster({"reps": reps, "teams": teams})
    assert read.value is not None, read.errors
    return Roster(read.value.reps, read.value.teams)


def world(people: Roster) -> World:
    return World(people, {}, Loads(), now=START, seq=0, revision=0, stamp=0)


def leads(chance: Random, count: int) -> Iterator[Lead]:
    """Random leads, of whom some are the same people and companies again."""
    for _ in range(count):
        person, company = chance.randrange(4 * count), chance.choice([*range(1, 2 * count), *[None] * count])
        yield Lead(
            email=chance.choice([None, f"person{person}@mail.example"]),
            phone=chance.choice([None, f"+8613800{person:06}"]),
            name=f"Person {person}",
            company=company and f"Company {company}",
            company_key=company and f"company{company}",
            company_block=company and "comp",
            company_domain=company and f"company{company}.example",
            language=chance.choice([None, "zh-Hans", "en"]),
            industry=chance.choice([None, "software", "SaaS", "fishing"]),
            intent=chance.choice([None, "high", "low"]),
            employees=chance.choice([None, 5, 50]),
            budget=chance.choice([None, Money(800, "USD"), Money(99.5, "CNY"), Money(1, "EUR")]),
            latitude=(north := chance.choice([None, 31.0])),
            longitude=north and 121.0,
            place=chance.choice([Place(), Place("CN", "CN-SH"), Place("CN", "CN-GD", "CN-GD.shenzhen"), Place("DE")]),
            do_not_contact=chance.random() < 0.03,
        )


def live(seed: int, count: int = 60) -> Iterator[tuple[Lead, Routed, World]]:
    """One random life of a world: each lead with what became of it, and the world after it."""
    chance = Random(seed)
    under = policy()
    current = world(roster(chance))
    now = START
    for number, lead in enumerate(leads(chance, count), 1):
        now += timedelta(minutes=chance.choice([0, 1, 45, 600]))
        current.advance(now)
        routed = route(prepare(lead, under), current, now)
        keep(current, lead, routed, number)
        yield lead, routed, current


def keep(current: World, lead: Lead, routed: Routed, number: int) -> None:
    """Bring a world to where the lane leaves it after this decision."""
    current.apply(routed.effects, number)
    current.seq += 1
    current.revision += 1
    seen = remember(lead, f"lead-{number}", routed.facts, current.identities, current.now)
    rep = routed.decision.rep
    if rep is not None:
        own(seen, rep.id, number)
    for known in seen:
        current.identities[known.key] = known


def state(current: World) -> dict[str, Any]:
    """All that tells two worlds apart as far as decisions go."""
    loads = current.loads
    able = [*current._presence.values(), *current._at_cap.values()]
    return {
        "open": {rep: count for rep, count in loads.open.items() if count},
        "last_seq": dict(loads.last_seq),
        "days": {rep: dict(days) for rep, days in loads.days.items()},
        "rule_days": {key: dict(days) for key, days in loads.rule_days.items()},
        "credits": {rotation: dict(credits.each()) for rotation, credits in loads.credits.items()},
        "able": able,
        "now": current.now,
        "today": dict(current._today),
    }


def again(effects: Effects) -> Effects:
    """Effects as the log gives them back."""
    crowds = {turn.crowd: turn.crowd for turn in (effects.turn, effects.returned) if isinstance(turn, CrowdTurn)}
    return Effects.from_document(orjson.loads(orjson.dumps(effects)), crowds)
