"""The product's behaviour, as cases that a sales manager can read: see ``tests/cases/README.md``."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.engine.decision import Effects
from app.engine.explain import sentence
from app.engine.policy_document import compile_policy
from app.engine.recognise import keys_of
from app.engine.roster import Roster
from app.engine.roster_document import read_roster
from app.intake.normalise import normalise
from app.lane.batch import Answer
from app.lane.memory import MemoryLane

CASES = Path(__file__).parents[1] / "cases"
MONDAY_MORNING = "2026-03-02T10:00+08:00"


@pytest.mark.parametrize(
    "path", [path for path in sorted(CASES.rglob("*.yaml")) if path.parent.name != "common"], ids=lambda path: path.stem
)
async def test_case(path: Path) -> None:
    case = read(path)
    roster = read_roster(case["roster"])
    assert roster.value is not None, roster.errors
    people = Roster(roster.value.reps, roster.value.teams)
    compiled = compile_policy(case["policy"], version=1, roster=people)
    for place, words in case.get("refused", {}).items():
        assert any(error.where == place and words in error.message for error in compiled.errors), compiled.errors
    assert compiled.policy is not None or "refused" in case, compiled.errors
    if compiled.policy is None:
        return
    lane = MemoryLane(compiled.policy, people, now=instant(case.get("now", MONDAY_MORNING)))
    answers: list[Answer] = []
    for number, step in enumerate(case["leads"], 1):
        if "at" in step:
            lane.advance(instant(step["at"]))
        if "closed" in step:
            close(lane, answers[step["closed"] - 1], case["leads"], step)
            continue
        given = [route(lane, step["lead"], n) for n in range(1, step.get("times", 1) + 1)]
        answers += given
        shown = told(given, answers)
        expected = step.get("expect", {})
        assert {key: shown[key] for key in expected} == expected, f"{path.name}, step {number}: {case['case']}"


def read(path: Path) -> dict[str, Any]:
    """A case, laid over what it uses; short forms of reps and teams are written out."""
    case: dict[str, Any] = yaml.safe_load(path.read_text())
    used = yaml.safe_load((CASES / "common" / case.get("use", "office.yaml")).read_text())
    roster = {key: used["roster"][key] | case.get("roster", {}).get(key, {}) for key in ("reps", "teams")}
    reps = {rep: {"name": rep.title()} | (facts or {}) for rep, facts in roster["reps"].items()}
    teams = {
        team: {"name": team.title(), "members": [{"rep": rep, "weight": weight} for rep, weight in weights(members)]}
        for team, members in roster["teams"].items()
    }
    return case | {"roster": {"reps": reps, "teams": teams}, "policy": used["policy"] | case.get("policy", {})}


def weights(members: Any) -> Any:
    return members.items() if isinstance(members, dict) else [(rep, 1) for rep in members]


def instant(text: str | datetime) -> datetime:
    return text if isinstance(text, datetime) else datetime.fromisoformat(text)


def route(lane: MemoryLane, fields: dict[str, Any], n: int) -> Answer:
    """Post a lead. ``{n}`` in its texts is the number of the lead in its step."""
    posted = {key: value.replace("{n}", str(n)) if isinstance(value, str) else value for key, value in fields.items()}
    return lane.route(normalise(posted, received_at=lane.world.now), posted)


def close(lane: MemoryLane, answer: Answer, steps: list[dict[str, Any]], step: dict[str, Any]) -> None:
    """The rep is done with a lead: what is known of the person and the load says so."""
    assert answer.decision.rep is not None
    lane.world.apply(Effects(lost=answer.decision.rep.id))
    known = lane.identities
    lead = normalise(steps[step["closed"] - 1]["lead"], received_at=lane.world.now)
    known.update({key: replace(known[key], outcome=step["outcome"]) for _, key in keys_of(lead)})


def told(given: list[Answer], earlier: list[Answer]) -> dict[str, Any]:
    """Everything that a case may expect of a step; of several leads the last one's, but for who got how many."""
    answer, decision = given[-1], given[-1].decision
    last = decision.steps[-1] if decision.steps else None
    place = {str(known.lead_id): number for number, known in reversed(list(enumerate(earlier, 1)))}
    seen, points = decision.recognition, decision.score
    return {
        "status": decision.status.value,
        "reason": decision.reason and decision.reason.value,
        "screen": decision.screen,
        "rep": decision.rep and decision.rep.id,
        "team": decision.team,
        "rule": decision.rule,
        "tier": decision.tier,
        "score": points and points.total,
        "contributions": {one.name: one.points for one in points.contributions} if points else {},
        "replayed": answer.replayed,
        "duplicate_of": seen.person and place[seen.person],
        "company_of": seen.company and place[seen.company],
        "similar_to": seen.similar and place[seen.similar],
        "owner": seen.owner,
        "warnings": [notice.code for notice in answer.notices],
        "first_contact_due": decision.first_contact_due and decision.first_contact_due.isoformat(timespec="minutes"),
        "tried": {step.rule: step.outcome.value for step in decision.steps},
        "left_out": {reason: list(reps) for reason, reps in last.left_out.items()} if last else {},
        "ranked": dict(last.ranked) if last else {},
        "rotation": last and last.rotation,
        "preferred": list(last.preferred) if last else [],
        "turns": [one.decision.rep and one.decision.rep.id for one in given],
        "reps": dict(Counter(one.decision.rep.id for one in given if one.decision.rep)),
        "explanation": {"en": sentence(decision, "en"), "zh": sentence(decision, "zh")},
    }
