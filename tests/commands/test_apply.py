"""``apply`` shows what changes, does it only when told to, and does it in the order that works."""

from pathlib import Path

import httpx
import pytest

from app.seed import sample
from tests.commands.conftest import CommandLine, Service


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """A policy and a roster of one's own, beginning as the sample."""
    policy, roster = tmp_path / "policy.yaml", tmp_path / "roster.yaml"
    policy.write_bytes(sample("zh").policy.read_bytes())
    roster.write_bytes(sample("zh").roster.read_bytes())
    return policy, roster


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_what_is_in_force_already_changes_nothing(
    give: CommandLine, service: Service, files: tuple[Path, Path]
) -> None:
    done = give("apply", *files, "--prune")
    assert done.status == 0
    assert done.out.splitlines() == [
        "roster: nothing changes",
        "policy (version 1 is active): nothing changes",
    ]


def test_changes_are_shown_before_and_after_and_done_when_confirmed(
    give: CommandLine, service: Service, files: tuple[Path, Path]
) -> None:
    policy, roster = files
    edit(roster, "name: 何雨桐", "name: 何雨彤")
    edit(roster, "{rep: east-lin, weight: 2}", "{rep: east-lin, weight: 3}")
    edit(policy, "by: least_loaded", "by: in_order")
    edit(policy, "A: 24h", "A: 12h")
    shown = [
        "roster: 2 changed",
        "  ~ reps.east-he.name: 何雨桐 → 何雨彤",
        "  ~ teams.sales.members.east-lin.weight: 2 → 3",
        "policy (version 1 is active): 2 changed",
        "  ~ rules.key-accounts.assign.by: least_loaded → in_order",
        "  ~ follow_up.first_contact_within.A: 24h → 12h",
    ]
    dry = give("apply", *files, "--dry-run")
    assert (dry.status, dry.out.splitlines()) == (0, shown)
    nobody = give("apply", *files)
    assert nobody.status == 1
    assert "add --yes" in nobody.err
    assert service.http.get("/v1/reps/east-he").json()["name"] == "何雨桐"

    done = give("apply", *files, "--yes")
    assert done.status == 0
    assert done.out.splitlines()[: len(shown)] == shown
    assert done.out.splitlines()[-1] == "Policy version 2 is active."
    assert service.http.get("/v1/reps/east-he").json()["name"] == "何雨彤"
    active = service.http.get("/v1/policies/active").json()
    assert (active["version"], active["document"]["follow_up"]["first_contact_within"]["A"]) == (2, "12h")
    assert give("apply", *files).out.splitlines()[0] == "roster: nothing changes"


def test_turns_that_a_new_name_would_begin_anew_are_told_of_before_anything_is_done(
    give: CommandLine, service: Service, files: tuple[Path, Path]
) -> None:
    policy, _ = files
    edit(policy, "\nrules:\n", "\nrules:\n  - {name: the north, when: {source: north}, assign: {reps: {}}}\n")
    assert give("apply", policy, "--yes").status == 0
    edit(policy, "name: the north", "name: north and west")
    # As long as nobody is owed a turn there is nothing to lose.
    assert "are not carried on" not in give("apply", policy, "--dry-run").out
    service.http.post("/v1/leads", json={"email": "a@a.example", "source": "north"})
    dry = give("apply", policy, "--dry-run")
    assert "to keep them add the line id: the-north" in dry.out, dry.out
    edit(policy, "{name: north and west", "{id: the-north, name: north and west")
    assert "add the line id" not in give("apply", policy, "--dry-run").out


def test_leave_and_pauses_that_a_roster_would_end_are_told_of_before_anything_is_done(
    give: CommandLine, service: Service, files: tuple[Path, Path]
) -> None:
    _, roster = files
    leave = [{"from": "2031-07-01", "to": "2031-07-12"}]
    entered = {"status": "paused", "time_off": leave}
    assert service.http.patch("/v1/reps/east-lin", json=entered).json()["time_off"] == leave
    dry = give("apply", roster, "--dry-run")
    ends = "the leave 2031-07-01 – 2031-07-12 is not in this document, and ends with it: to keep it, add it"
    assert f"  ! reps.east-lin.time_off: {ends}" in dry.out, dry.out
    assert "  ! reps.east-lin.status: paused now, and active by this document" in dry.out
    assert "  ~ reps.east-lin.status: paused → active" in dry.out
    said = give("apply", roster, "--dry-run", "--language", "zh").out
    assert "这份文档里没有休假 2031-07-01 – 2031-07-12，提交后它就没有了" in said
    done = give("apply", roster, "--yes")
    assert done.out.count(ends) == 1
    assert "time_off" not in give("apply", roster, "--dry-run").out


def test_one_company_can_take_the_place_of_another_at_once(give: CommandLine, service: Service) -> None:
    files = sample("en")
    assert "not name: 16. They stay; --prune deactivates them." in give("apply", files.roster, "--dry-run").out
    done = give("apply", files.policy, files.roster, "--prune", "--yes")
    assert done.status == 0, done.err
    assert "  + reps.uk-priya: {name: Priya Sample" in done.out
    assert "  ~ reps.east-lin.status: active → inactive" in done.out
    assert "  - teams.sales: 区域销售" in done.out
    assert "  - rules.region:" in done.out
    assert "--prune deactivates them" not in done.out
    assert "  ! reps.east-" not in done.out  # whoever leaves need not be in the new policy's regions
    assert service.http.get("/v1/reps/east-lin").json()["status"] == "inactive"
    teams = {team["id"] for team in service.http.get("/v1/teams").json()["items"]}
    assert teams == {"territories", "enterprise", "partners", "inside-sales"}
    answer = service.http.post("/v1/leads", json={"email": "a@a.example", "country": "GB"}).json()
    assert answer["status"] == "assigned"
    assert give("apply", files.policy, files.roster, "--prune").out.count("nothing changes") == 2


def test_moved_added_and_removed_rules_are_told_apart(
    give: CommandLine, service: Service, files: tuple[Path, Path]
) -> None:
    policy, _ = files
    edit(
        policy,
        "rules:\n",
        "rules:\n  - {name: 夜间, when: {urgency: high}, assign: {team: on-duty}}\n",
    )
    text = policy.read_text(encoding="utf-8")
    start, end = text.index("  - id: source\n"), text.index("  - id: everyone\n")
    policy.write_text(text[:start] + text[end:], encoding="utf-8")
    done = give("apply", policy, "--dry-run")
    assert [line.partition("{")[0].strip() for line in done.out.splitlines()[1:]] == [
        "+ rules.夜间:",
        "- rules.source:",
    ]
    edit(policy, "  - id: known-customer\n    name: 老客户归原销售\n    assign: owner\n", "")
    policy.write_text(
        policy.read_text(encoding="utf-8").replace(
            "\n# 首次联系", "\n  - {id: known-customer, name: 老客户归原销售, assign: owner}\n\n# 首次联系"
        ),
        encoding="utf-8",
    )
    assert "  ↕ rules.known-customer: from place 1 to 8" in give("apply", policy, "--dry-run").out


def test_a_mistake_is_found_before_anything_is_done(
    give: CommandLine, service: Service, files: tuple[Path, Path]
) -> None:
    policy, roster = files
    edit(roster, "name: 何雨桐", "name: 何雨彤")
    edit(policy, "team: field", "team: feild")
    done = give("apply", *files, "--yes")
    assert done.status == 1
    assert f"{policy}:" in done.err
    assert 'unknown team "feild"; did you mean "field"?' in done.err
    assert service.http.get("/v1/reps/east-he").json()["name"] == "何雨桐"


def test_somebody_elses_edit_is_not_overwritten(
    give: CommandLine, service: Service, files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, roster = files
    edit(roster, "name: 何雨桐", "name: 何雨彤")

    def meanwhile(_: object) -> bool:
        assert service.http.patch("/v1/reps/duty-ye", json={"status": "paused"}).status_code == 200
        return True

    monkeypatch.setattr("app.commands.apply._confirmed", meanwhile)
    done = give("apply", roster)
    assert done.status == 1
    assert "changed since" in done.err
    assert service.http.get("/v1/reps/east-he").json()["name"] == "何雨桐"


def test_a_part_of_the_roster_may_name_who_is_there_already(
    give: CommandLine, service: Service, tmp_path: Path
) -> None:
    part = tmp_path / "team.json"
    part.write_text('{"teams": [{"id": "north", "name": "华北", "members": ["north-zhao", "north-sun"]}]}')
    assert give("apply", part, "--yes").status == 0
    assert len(service.http.get("/v1/teams/north").json()["members"]) == 2
    part.write_text('{"teams": {"north": {"members": ["north-zhoa"]}}}')
    done = give("apply", part, "--yes")
    assert done.status == 1
    assert "north-zhao" in done.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--url", "http://127.0.0.1:9"), "nothing answers at http://127.0.0.1:9: start the service with"),
        (("--url", "ftp:/x"), "--url ftp:/x: write it as http"),
        (("--key", "not-the-key"), "the service does not take this key"),
    ],
)
def test_a_service_that_cannot_be_reached_is_said_in_one_line(
    give: CommandLine, service: Service, words: tuple[str, str], said: str
) -> None:
    done = give("apply", sample("zh").policy, *words)
    assert done.status == 1
    assert said in done.err
    assert done.err.count("\n") == 1


def test_the_key_kept_here_is_handed_to_no_other_machine(
    give: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LEAD_ROUTER_KEY", raising=False)
    monkeypatch.delenv("LEAD_ROUTER_ADMIN_KEY", raising=False)
    monkeypatch.setenv("LEAD_ROUTER_DATA", str(tmp_path))
    (tmp_path / "admin_key").write_text("kept-in-data\n")

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("it called")

    monkeypatch.setattr(httpx.Client, "request", refuse)
    done = give("apply", sample("zh").policy, "--url", "https://leads.example.com")
    assert done.status == 1
    assert done.err.startswith("lead-router: no key for https://leads.example.com")
