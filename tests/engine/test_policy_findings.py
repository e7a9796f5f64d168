"""What in a policy is allowed but probably not meant?"""

from __future__ import annotations

from typing import Any

import pytest

from app.engine.policy_document import Compiled, compile_policy
from app.engine.policy_findings import abandoned_rotations
from app.engine.roster import Roster
from tests.engine.policies import ROSTER, policy_of, sketch


def findings_of(document: object, roster: Roster | None = ROSTER) -> list[tuple[str, str]]:
    compiled: Compiled = compile_policy(document, roster=roster)
    assert compiled.errors == []
    return [(finding.code, finding.where) for finding in compiled.findings]


def chain(*rules: dict[str, Any]) -> dict[str, Any]:
    named = [{"name": f"r{index}", **rule} for index, rule in enumerate(rules)]
    return {**sketch(), "rules": named}


EVERYONE = {"assign": {"team": "everyone"}}

ODD: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    (chain(), [("no_rules", "rules")]),
    (chain(EVERYONE | {"enabled": False}), [("no_rules", "rules")]),
    (chain(EVERYONE | {"when": {"tier": "A"}}), [("no_catch_all", "rules")]),
    (chain(EVERYONE | {"name": "All"}, EVERYONE | {"name": "all", "id": "x"}), [("same_name", "rules[1].name")]),
    (chain(EVERYONE | {"when": None}), [("empty_when", "rules[0].when")]),
    (chain(EVERYONE | {"when": {}}), [("empty_when", "rules[0].when")]),
    (chain({"assign": "owner"}), [("no_catch_all", "rules")]),
    (chain({"assign": {"covering": ["region"]}}), [("no_catch_all", "rules")]),
    (chain({"assign": {"covering": ["region"]}, "otherwise": "queue"}), []),
    (chain({"assign": {"team": "field", "by": "claim"}}), []),
    (chain({"assign": {"rep": "east-1"}}), []),
    (chain(EVERYONE | {"otherwise": "queue"}, EVERYONE), [("unreachable_rule", "rules[1]")]),
    (chain({"assign": {"team": "field", "by": "claim"}}, EVERYONE), [("unreachable_rule", "rules[1]")]),
    (chain({"assign": {"team": "empty"}}), [("empty_team", "rules[0].assign.team")]),
    (chain({"assign": {"team": "weightless"}}), [("team_without_weight", "rules[0].assign.team")]),
    (chain({"assign": {"team": "retired"}}), [("nobody_active", "rules[0].assign.team")]),
    (chain({"assign": {"rep": "gone"}}), [("nobody_active", "rules[0].assign.rep")]),
    (chain({"assign": {"reps": {"skills": "juggling"}}}), [("nobody_selected", "rules[0].assign.reps")]),
    (chain({"assign": {"reps": {"seniority": "SENIOR", "id": "east-1"}}}), []),
    (chain({"assign": "owner", "rotation": "x"}, EVERYONE), [("unused_setting", "rules[0].rotation")]),
    (chain({"assign": {"rep": "east-1", "by": "in_order"}}), [("unused_setting", "rules[0].assign.by")]),
    (
        chain({"assign": {"team": "field", "by": "claim", "prefer": ["region"]}}),
        [("unused_setting", "rules[0].assign.prefer")],
    ),
    (
        {"rules": [{"name": "x", "assign": {"covering": ["tier"], "prefer": ["industry"]}, "otherwise": "queue"}]},
        [
            ("dimension_without_values", "rules[0].assign.covering"),
            ("dimension_without_values", "rules[0].assign.prefer"),
        ],
    ),
    (
        chain(EVERYONE) | {"tiers": [{"tier": "A"}, {"tier": "B"}, {"tier": "C"}], "follow_up": {}},
        [("unreachable_tier", "tiers[1]"), ("unreachable_tier", "tiers[2]")],
    ),
    (
        chain(EVERYONE, EVERYONE | {"when": {"score": {"at_least": 16}}}),
        [("score_out_of_reach", "rules[1].when")],
    ),
    (
        chain(
            EVERYONE
            | {"when": {"any": [{"language": "German"}, {"language": ["zh_CN", "de", "pt-BR"]}, {"language": "cn"}]}},
            EVERYONE,
        ),
        [("language_not_a_code", "rules[0].when")] * 3,
    ),
    (
        chain(EVERYONE)
        | {
            "scoring": [{"name": "spoken", "field": "language", "points": {"de": 2, "Mandarin": 1}}],
            "tiers": [{"tier": "A"}],
            "follow_up": {},
        },
        [("language_not_a_code", "scoring[0].points")],
    ),
    (chain(EVERYONE | {"when": {"language": {"any_of": ["de", "zh-CN", "yue"]}}}, EVERYONE), []),
    (chain(EVERYONE) | {"currency": None, "rates": None}, [("currency_missing", "currency")]),
    (chain(EVERYONE) | {"rates": None}, [("rates_missing", "rates")]),
    (chain(EVERYONE) | {"screening": [{"name": "all", "when": {}}]}, [("screens_everything", "screening[0]")]),
    (chain(EVERYONE) | {"regions": [{"code": "somewhere"}]}, [("empty_region", "regions[0].contains")]),
    (
        chain(EVERYONE)
        | {"scoring": {"criteria": [], "groups": {"fit": {"maximum": 3}}}, "tiers": [{"tier": "A"}], "follow_up": {}},
        [("unused_group", "scoring.groups.fit")],
    ),
]


@pytest.mark.parametrize(("document", "findings"), ODD, ids=lambda value: str(value)[-70:])
def test_what_is_odd_is_accepted_with_a_finding(document: dict[str, Any], findings: list[tuple[str, str]]) -> None:
    assert findings_of(document) == findings


def test_a_condition_that_is_wrong_is_not_said_to_take_everything() -> None:
    wrong = {"score": ">= many"}
    tiers = [{"tier": "A", "when": wrong}, {"tier": "B"}, {"tier": "C"}]
    compiled = compile_policy({**chain(EVERYONE), "tiers": tiers, "screening": [{"name": "x", "when": wrong}]})
    assert {error.where for error in compiled.errors} >= {"tiers[0].when.score", "screening[0].when.score"}
    assert [(one.code, one.where) for one in compiled.findings] == [("unreachable_tier", "tiers[2]")]


def test_without_a_roster_reps_and_teams_are_not_looked_up() -> None:
    assert findings_of(chain({"assign": {"team": "some-team"}}), roster=None) == []


def test_a_renamed_rule_is_told_which_id_keeps_its_turns() -> None:
    old, renamed = sketch(), sketch()
    renamed["rules"][2]["name"] = "by region"
    (finding,) = abandoned_rotations(policy_of(old), policy_of(renamed), ["rule:region", "team:everyone"])
    assert (finding.code, finding.where) == ("rotation_abandoned", "rules[2]")
    assert "id: region" in finding.message
    # Another rule that came to stand in its place is no heir of its turns.
    renamed["rules"][2]["assign"] = {"team": "everyone"}
    (finding,) = abandoned_rotations(policy_of(old), policy_of(renamed), ["rule:region"])
    assert "id:" not in finding.message
    renamed["rules"][2]["assign"] = old["rules"][2]["assign"]
    renamed["rules"][2]["id"] = "region"
    assert list(abandoned_rotations(policy_of(old), policy_of(renamed), ["rule:region"])) == []
    del renamed["rules"][2]
    (finding,) = abandoned_rotations(policy_of(old), policy_of(renamed), ["rule:region"])
    assert finding.where == "rules"
    assert list(abandoned_rotations(policy_of(old), policy_of(renamed), [])) == []


def test_places_that_no_lead_is_ever_in_are_told_wherever_a_policy_names_them() -> None:
    document = chain(EVERYONE | {"when": {"region": {"none_of": ["CN-XX", "CN-SH"]}}}, EVERYONE) | {
        "regions": [{"code": "east", "name": "East", "contains": ["CN-JS", "cn-js.suzhu"]}],
        "tiers": [{"tier": "A", "when": {"region": "DE.atlantis"}}, {"tier": "B"}],
        "follow_up": {},
    }
    unknown = {"CN-XX", "CN-JS.suzhu", "DE.atlantis"}
    compiled = compile_policy(document, fault_of_place=lambda code: f"no {code}" if code in unknown else None)
    found = {(one.where, one.message) for one in compiled.findings if one.code == "unknown_place"}
    assert found == {
        ("regions[0].contains", "no CN-JS.suzhu"), ("tiers[0].when", "no DE.atlantis"), ("rules[0].when", "no CN-XX"),
    }  # fmt: skip
    assert not [one for one in compile_policy(document).findings if one.code == "unknown_place"]
