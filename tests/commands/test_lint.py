"""``lint`` finds what is wrong, says at which line, and tells errors from findings."""

import json
from pathlib import Path

import pytest

from app.commands.files import open_document
from app.seed import sample
from tests.commands.conftest import CommandLine

POLICY = """\
name: small
tiers:
  - {tier: A, when: {score: {at_least: 5}}}
  - tier: B
rules:
  - name: first
    when:
      tier: Z
      attributes.visits.last: {at_leats: 3}
    assign:
      team: sales
  - {name: all, assign: {reps: {seniority: senior}, by: round_robbin}}
"""


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    path = tmp_path / "policy.yaml"
    path.write_text(POLICY)
    return path


def test_samples_are_clean(give: CommandLine) -> None:
    for name in ("zh", "en"):
        files = sample(name)  # type: ignore[arg-type]
        done = give("lint", files.policy, files.roster, "--strict")
        assert (done.status, done.err) == (0, "")
        assert done.out.startswith("Nothing wrong")


def test_every_error_has_its_line_and_column(give: CommandLine, policy: Path) -> None:
    done = give("lint", policy, "--roster", sample("en").roster)
    assert done.status == 1
    places = [line.removeprefix(f"{policy}:").split(": ")[:3] for line in done.out.splitlines()[:-1]]
    assert places == [
        ["8:7", "error", "rules[0].when.tier"],
        ["9:32", "error", "rules[0].when.attributes.visits.last.at_leats"],
        ["11:7", "error", "rules[0].assign.team"],
        ["12:53", "error", "rules[1].assign.by"],
    ]
    assert done.out.splitlines()[-1].startswith("4 errors: ")
    assert "\x1b" not in done.out


def test_what_is_quoted_neither_breaks_the_line_nor_steers_the_terminal(give: CommandLine, tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text('rules:\n  - {name: all, assign: {team: 销售　一组}}\n"odd\\r\\n\\e[31m　键": 1\n')
    told = give("lint", path)
    assert r"odd\r\n\x1b[31m　键" in told.out
    assert len(told.out.splitlines()) == 3
    roster = tmp_path / "roster.yaml"
    roster.write_text('reps: {}\nteams: {}\n"odd\\r\\n\\e[31m": 1\n')
    refused = give("lint", path, "--roster", roster)
    assert r"odd\r\n\x1b[31m" in refused.err
    assert len(refused.err.splitlines()) == 1


def test_findings_fail_only_when_strict(give: CommandLine, tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text("name: x\nrules:\n  - {name: a, when: {city: Rome}, assign: {reps: {seniority: senior}}}\n")
    assert give("lint", path).status == 0
    strict = give("lint", path, "--strict")
    assert strict.status == 1
    assert "[no_catch_all]" in strict.out


def test_json_says_the_same(give: CommandLine, policy: Path) -> None:
    done = give("lint", policy, "--format", "json")
    told = json.loads(done.out)
    assert (done.status, told["ok"], told["files"]) == (1, False, {str(policy): "policy"})
    assert told["problems"][0] == {
        "file": str(policy),
        "line": 8,
        "column": 7,
        "level": "error",
        "code": None,
        "where": "rules[0].when.tier",
        "message": told["problems"][0]["message"],
    }


def test_what_is_no_document_is_told_with_the_others(give: CommandLine, policy: Path, tmp_path: Path) -> None:
    broken, other, gone = tmp_path / "broken.yaml", tmp_path / "other.json", tmp_path / "gone.yaml"
    broken.write_text("reps: {a: [1\n")
    other.write_text('{"rulse": []}')
    done = give("lint", broken, other, gone, policy)
    assert done.status == 1
    assert f"{broken}:2:1: error: it is not YAML" in done.out
    assert f"{other}: error: it is none of these: a roster (reps, teams), a policy (rules), a source" in done.out
    assert 'a mapping (fields); did you mean "rules"?' in done.out
    assert f"{gone}: error: No such file" in done.out
    assert f"{policy}:8:7: error:" in done.out


def test_a_roster_is_checked_with_the_policy_beside_it(give: CommandLine, tmp_path: Path) -> None:
    roster = tmp_path / "roster.yaml"
    roster.write_text(
        "reps:\n  - id: ada\n    name: Ada\n    covers:\n      regions: [east-chian]\n"
        "teams:\n  sales:\n    members: [ada, bob]\n"
    )
    done = give("lint", roster, sample("zh").policy)
    assert f"{roster}:8:20: error: teams.sales.members[1].rep" in done.out
    roster.write_text(roster.read_text().replace(", bob", ""))
    policy = tmp_path / "policy.yaml"
    policy.write_text("name: x\nrules: [{name: a, assign: {team: sales}}]\n")
    done = give("lint", roster, policy)
    assert done.status == 0
    assert f"{roster}:5:7: finding: reps.ada.covers.regions" in done.out


def test_a_place_that_is_not_there_is_shown_at_what_is_around_it(tmp_path: Path) -> None:
    path = tmp_path / "policy.json"
    path.write_text('{\n  "rules": [\n    {"name": "a",\n     "when": {"attributes.x.y": 1}}\n  ]\n}')
    document = open_document(path)
    assert document.line("rules[0].assign") == (3, 5)
    assert document.line("rules[0].when.attributes.x.y") == (4, 15)
    assert document.line("rules[7].when") == (2, 3)
    assert document.line("") == (1, 1)


def test_a_source_a_mapping_and_a_subscription_are_checked_as_the_service_would(
    give: CommandLine, tmp_path: Path
) -> None:
    source, mapping, subscription = (tmp_path / f"{name}.yaml" for name in ("source", "mapping", "subscription"))
    source.write_text(
        "kind: generic\nsecret: a-secret-of-the-senders-own\nmapping:\n  fields:\n    emial: contact.email\n"
        "options:\n  algorithm: md7\n"
    )
    mapping.write_text("fields:\n  email: contact[\n")
    subscription.write_text("kind: webhook\nsettings: {url: 'https://crm.example.com/x'}\nevents: [lead.asigned]\n")
    done = give("lint", source, mapping, subscription)
    assert done.status == 1
    places = [line.removeprefix(f"{tmp_path}/").split(": ")[:3] for line in done.out.splitlines()[:-1]]
    assert places == [
        ["source.yaml:5:5", "error", "mapping.fields.emial"],
        ["source.yaml:7:3", "error", "options.algorithm"],
        ["mapping.yaml:2:3", "error", "fields.email"],
        ["subscription.yaml:3:1", "error", "events"],
    ]
    for path, old, new in (
        (source, "emial", "email"), (source, "md7", "sha256"), (mapping, "contact[", "contact.email"),
        (subscription, "asigned", "assigned"),
    ):  # fmt: skip
        path.write_text(path.read_text().replace(old, new))
    done = give("lint", source, mapping, subscription)
    assert (done.status, done.err) == (0, "")
    assert f"{source} (source), {mapping} (mapping), {subscription} (subscription)" in done.out


def test_a_kind_that_there_is_not_is_told_with_those_that_there_are(give: CommandLine, tmp_path: Path) -> None:
    path = tmp_path / "source.json"
    path.write_text('{"kind": "typform"}')
    assert 'kind: there is no such kind; did you mean "typeform"?' in give("lint", path).out
    path.write_text('{"kind": ["a"]}')
    assert "error: kind: " in give("lint", path).out
    path.write_text('[{"kind": "form"}]')
    assert "it is a list or a single value" in give("lint", path).out


def test_a_place_that_no_lead_is_ever_in_is_a_finding(give: CommandLine, tmp_path: Path) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text(
        "rules:\n  - {name: x, when: {region: CN-JS.suzhu}, assign: {reps: {}}}\n  - {name: y, assign: {reps: {}}}\n",
        encoding="utf-8",
    )
    strict = give("lint", "--strict", policy)
    assert strict.status == 1
    assert '"CN-JS.suzhou"' in strict.out
    assert "[unknown_place]" in strict.out
