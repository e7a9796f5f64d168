"""``lead-router apply``: put a roster and a policy in force, having shown what that changes."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from app.commands.client import KeyOption, UrlOption
from app.commands.terminal import COLON, CannotDo, LanguageOption, Said, Sentence, Speaker, Words, YesOption, chosen

if TYPE_CHECKING:
    from rich.console import Console

    from app.commands.client import Caller
    from app.commands.difference import Difference
    from app.commands.files import Document
    from app.engine.roster import Roster

WORDS: Final[Words] = {
    "sure": {"en": "Do it?", "zh": "要执行吗？"},
    "roster": {"en": "roster", "zh": "名册"},
    "policy": {"en": "policy", "zh": "策略"},
    "active": {"en": "{what} (version {version} is active)", "zh": "{what}（已启用的是版本 {version}）"},
    "added": {"en": "{count} added", "zh": "新增 {count} 处"},
    "removed": {"en": "{count} removed", "zh": "去掉 {count} 处"},
    "changed": {"en": "{count} changed", "zh": "修改 {count} 处"},
    "moved": {"en": "{count} moved", "zh": "移动 {count} 处"},
    "comma": {"en": ", ", "zh": "，"},
    "nothing": {"en": "nothing changes", "zh": "没有变化"},
    "staying": {
        "en": "Reps whom the roster does not name: {count}. They stay; --prune deactivates them.",
        "zh": "名册没有提到的销售代表：{count} 人。他们保持不变；加 --prune 会停用他们。",
    },
    "roster_put": {"en": "The roster is at revision {revision}.", "zh": "名册已更新，修订号 {revision}。"},
    "policy_put": {"en": "Policy version {version} is active.", "zh": "策略版本 {version} 已启用。"},
    "pruned": {
        "en": "What the roster does not name is gone; the roster is at revision {revision}.",
        "zh": "名册没有提到的已去掉，修订号 {revision}。",
    },
}

_SIGNS: Final = {"added": ("+", "green"), "removed": ("-", "red"), "changed": ("~", "yellow"), "moved": ("↕", "yellow")}


@dataclass(slots=True)
class _Plan:
    """What is to be done: the roster as it is sent, and the policy; None where there is nothing to change."""

    roster: dict[str, Any] | None = None
    tag: str = ""
    policy: Document | None = None
    active: int | None = None
    differences: dict[str, list[Difference]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    odd: set[tuple[str, str]] = field(default_factory=set)
    """What of that the service will say again: each place and message."""
    staying: int = 0
    """How many active or paused reps the rosters do not name."""


def apply(
    files: Annotated[
        list[Path],
        typer.Argument(help="A policy, and rosters: YAML or JSON, told apart by their keys.", show_default=False),
    ],
    yes: YesOption = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would change.")] = False,
    prune: Annotated[
        bool, typer.Option("--prune", help="Deactivate the reps and remove the teams that the rosters do not name.")
    ] = False,
    url: UrlOption = None,
    key: KeyOption = None,
    language: LanguageOption = None,
) -> None:
    """Put a roster and a policy in force in a running service.

    Shows what will change and asks first. The roster goes before the policy
    that names it. If somebody else edits the roster in between, nothing is
    overwritten. The exit status is 1 if nothing could be done, or it was not
    confirmed.

    \b
    Examples:
      lead-router apply policy.yaml roster.yaml
      lead-router apply roster.yaml --prune --dry-run
      lead-router apply policy.yaml --yes --url https://leads.example.com
    """
    from app.commands.client import Caller, target
    from app.commands.files import open_document
    from app.commands.terminal import out

    documents = [open_document(path) for path in files]
    policies = [document for document in documents if document.kind == "policy"]
    rosters = [document for document in documents if document.kind == "roster"]
    for document in documents:
        if document.kind not in ("policy", "roster"):
            put = Said("put_does_it", kind=document.kind, path=document.path)
            hint = Said("part_of_source") if document.kind == "mapping" else put
            raise CannotDo("not_to_apply", path=document.path, kind=document.kind, hint=hint)
    if len(policies) > 1:
        raise CannotDo("second_policy", path=policies[1].path)
    if prune and not rosters:
        raise CannotDo("prune_what")
    caller = Caller(target(url, key))
    console, say = out(), Speaker(WORDS, language)
    try:
        plan = _plan(caller, rosters, policies[0] if policies else None, prune=prune)
        _show(console, plan, say)
        if (plan.roster is None and plan.policy is None) or dry_run:
            return
        if not yes and not _confirmed(say):
            raise CannotDo("unchanged")
        _do(caller, console, plan, say, prune=prune)
    finally:
        caller.close()


def _confirmed(say: Speaker) -> bool:
    from app.commands.terminal import confirmed

    return confirmed(say("sure"), Said("yes_to_apply"))


def _plan(caller: Caller, rosters: list[Document], policy: Document | None, *, prune: bool) -> _Plan:
    from app.commands.files import read_rosters
    from app.engine.roster import Roster
    from app.engine.roster_document import read_roster
    from app.lane.roster import lost_by, past_leave

    plan = _Plan()
    answer = caller.call("GET", "/v1/roster")
    assert answer is not None
    stored, plan.tag = answer.json(), answer.headers.get("etag", "")
    there = read_roster(stored).value
    known = Roster({}, {}) if there is None else Roster(there.reps, there.teams)
    sent: dict[str, dict[str, Any]] = {"reps": {}, "teams": {}}
    if rosters:
        after, found = read_rosters(rosters, known)
        for document, read in found:
            if read.errors:
                raise document.wrong_at([(one.where, one.message) for one in read.errors])
            plan.notes += [document.noted(one.where, one.message) for one in read.warnings]
            for kind in sent:
                sent[kind] |= _by_id(document.data.get(kind))
        assert after is not None
        put = [after.reps[rep] for rep in after.reps if rep in sent["reps"]]
        now = datetime.now(UTC)
        odd = [*past_leave(put, known, now), *lost_by(put, known, now)]
        plan.odd = {(one.where, one.message) for one in odd}
        plan.notes += [f"{one.where}{COLON[chosen()]}{Sentence(one.message).said(chosen())}" for one in odd]
        plan.differences["roster"] = _roster_differences(known, after, sent, prune=prune)
        known = after
        plan.roster = sent if plan.differences["roster"] else None
        if not prune:
            named = sent["reps"]
            plan.staying = sum(r.status != "inactive" and r.id not in named for r in known.reps.values())
    if policy is not None:
        leaving = known.reps.keys() - sent["reps"].keys() if prune else frozenset()
        _plan_policy(caller, plan, policy, known, leaving)
    return plan


def _by_id(entries: Any) -> dict[str, Any]:
    if isinstance(entries, list):
        return {entry["id"]: entry for entry in entries}
    return dict(entries or {})


def _roster_differences(
    before: Roster, after: Roster, named: Mapping[str, Mapping[str, Any]], *, prune: bool
) -> list[Difference]:
    """What putting a roster changes: reps and teams one by one, and of those that change, what does."""
    from app.commands.difference import Difference, differences

    found: list[Difference] = []
    stored, wanted = _documents(before), _documents(after)
    for kind, things in wanted.items():
        for name in named[kind]:
            new, old = things[name], stored[kind].get(name)
            if old is None:
                found.append(Difference("added", f"{kind}.{name}", new=_said(new)))
            else:
                found += differences(old, new, f"{kind}.{name}")
        for name, old in stored[kind].items():
            if not prune or name in named[kind]:
                continue
            if kind == "teams":
                found.append(Difference("removed", f"{kind}.{name}", old=old["name"]))
            elif old["status"] != "inactive":
                found.append(Difference("changed", f"{kind}.{name}.status", old["status"], "inactive"))
    return found


def _documents(roster: Roster) -> Mapping[str, Mapping[str, Any]]:
    import orjson

    from app.engine.roster_document import rep_document, team_document

    reps = {rep.id: rep_document(rep) for rep in roster.reps.values()}
    teams = {team.id: team_document(team) for team in roster.teams.values()}
    plain: Mapping[str, Mapping[str, Any]] = orjson.loads(orjson.dumps({"reps": reps, "teams": teams}))
    return plain


def _said(document: Any) -> Any:
    """A document without what it says nothing by."""
    if isinstance(document, dict):
        said = {key: _said(value) for key, value in document.items() if key != "id"}
        return {key: value for key, value in said.items() if value not in (None, [], {})}
    return document


def _plan_policy(caller: Caller, plan: _Plan, policy: Document, roster: Any, leaving: Set[str]) -> None:
    from app.commands.difference import Difference, differences
    from app.commands.files import OfPolicy
    from app.engine.policy_document import compile_policy
    from app.engine.policy_findings import abandoned_rotations
    from app.intake.places import fault_of_place
    from app.lane.roster import unknown_coverage

    compiled = compile_policy(policy.data, roster=roster, fault_of_place=fault_of_place)
    if compiled.policy is None:
        raise policy.wrong_at([(one.where, one.message) for one in compiled.errors])
    reps = [rep for rep in roster.reps.values() if rep.status != "inactive" and rep.id not in leaving]
    for one in unknown_coverage(reps, compiled.policy):
        said = OfPolicy(one.message, policy.path).said(chosen())
        plan.notes.append(f"{one.where}{COLON[chosen()]}{said}")
    plan.notes += [policy.noted(one.where, one.message) for one in compiled.findings]
    answer = caller.call("GET", "/v1/policies/active", missing=True)
    if answer is None:
        plan.differences["policy"] = [
            Difference("added", policy.data.get("name") or "policy", new=_extent(policy.data))
        ]
    else:
        active = answer.json()
        plan.active = active["version"]
        plan.differences["policy"] = list(differences(active["document"], policy.data))
        before = compile_policy(active["document"]).policy
        if before is not None:
            # Those of teams wait until a rule names the team again.
            running = [
                one["id"]
                for one in caller.listed("/v1/rotations")
                if one["furthest"] and not one["id"].startswith("team:")
            ]
            found = abandoned_rotations(before, compiled.policy, running)
            plan.notes += [policy.noted(one.where, one.message) for one in found]
    plan.policy = policy if plan.differences["policy"] else None


def _extent(data: Mapping[str, Any]) -> str:
    return ", ".join(f"{len(value)} {key}" for key, value in data.items() if isinstance(value, list))


def _show(console: Console, plan: _Plan, say: Speaker) -> None:
    from rich.text import Text

    for what, found in plan.differences.items():
        name = say(what)
        if what == "policy" and plan.active is not None:
            name = say("active", what=name, version=plan.active)
        console.print(Text(f"{name}{say.colon}{_count(found, say)}", style="bold"), soft_wrap=True)
        for one in found:
            sign, style = _SIGNS[one.kind]
            console.print(Text(f"  {sign} {one.line(say.language)}", style=style), soft_wrap=True)
    for note in plan.notes:
        console.print(Text(f"  ! {note}", style="yellow"), soft_wrap=True)
    if plan.staying:
        console.print(say("staying", count=plan.staying))


def _count(found: list[Difference], say: Speaker) -> str:
    counts = {kind: sum(one.kind == kind for one in found) for kind in _SIGNS}
    return say("comma").join(say(kind, count=count) for kind, count in counts.items() if count) or say("nothing")


def _do(caller: Caller, console: Console, plan: _Plan, say: Speaker, *, prune: bool) -> None:
    from app.commands.terminal import warn

    headers = {"If-Match": plan.tag} if plan.tag else {}
    # What the policy in force still names cannot go before another one is: so pruning comes last.
    late = prune and plan.policy is not None
    if plan.roster is not None:
        answer = caller.call(
            "PUT", "/v1/roster", json=plan.roster, headers=headers, params={"prune": prune and not late}
        )
        assert answer is not None
        headers = {"If-Match": answer.headers["etag"]} if "etag" in answer.headers else {}
        console.print(say("roster_put", revision=answer.json()["revision"]))
        if plan.policy is None:
            told = answer.json().get("warnings", ())
            warn(console, [one for one in told if (one["where"], one["message"]) not in plan.odd])
    if plan.policy is not None:
        answer = caller.call(
            "POST",
            "/v1/policies",
            content=plan.policy.raw,
            headers={"Content-Type": plan.policy.content_type},
            params={"activate": True},
        )
        assert answer is not None
        console.print(say("policy_put", version=answer.json()["version"]))
    if plan.roster is not None and late:
        answer = caller.call("PUT", "/v1/roster", json=plan.roster, headers=headers, params={"prune": True})
        assert answer is not None
        console.print(say("pruned", revision=answer.json()["revision"]))
