"""In Chinese, commands say what is wrong in Chinese, be it found here or told by a service."""

import json
from pathlib import Path

import pytest

from tests.commands.conftest import CommandLine, Service

POLICY = """\
name: small
tiers:
  - {tier: A, when: {score: {at_least: 5}}}
  - tier: B
rules:
  - name: first
    when:
      tier: Z
      employees: {at_leats: 3}
    assign:
      team: sales
  - {name: all, assign: {reps: {seniority: senior}, by: round_robbin}}
"""
SAID = """\
policy.yaml:8:7：错误：rules[0].when.tier：“Z”不是本策略的价值等级
policy.yaml:9:19：错误：rules[0].when.employees.at_leats：没有“at_leats”这个运算符；是否想写“at_least”？
policy.yaml:12:53：错误：rules[1].assign.by：“round_robbin”不是挑选方式；是否想写“round_robin”？
3 处错误：policy.yaml（策略）
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "policy.yaml").write_text(POLICY)
    return tmp_path


def test_lint_says_what_is_wrong(give: CommandLine, here: Path) -> None:
    for words in (("--language", "zh", "lint", "policy.yaml"), ("lint", "policy.yaml", "--language", "zh")):
        done = give(*words)
        assert (done.status, done.out) == (1, SAID)


def test_lint_says_what_is_no_yaml(give: CommandLine, here: Path) -> None:
    (here / "broken.yaml").write_text("rules:\n  - name: a\n   when: {}\n")
    done = give("--language", "zh", "lint", "broken.yaml")
    assert done.status == 1
    assert done.out.splitlines() == [
        "broken.yaml:3:4：错误：不是 YAML：读取列表时，没有找到应有的短横；"
        "第 3 行如果是第 2 行那个列表的一项，请在行首写“- ”；"
        "属于上一项的，缩进到第 5 列；不属于任何一项的，缩进要比短横少",
        "1 处错误：broken.yaml（无法读取）",
    ]


def test_json_is_in_english_unless_a_language_is_asked_for(
    give: CommandLine, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    said = [
        json.loads(give("lint", "policy.yaml", "--format", "json", *words).out)["problems"][0]
        for words in ((), ("--language", "zh"))
    ]
    assert [one["message"] for one in said] == ['"Z" is not a tier of this policy', "“Z”不是本策略的价值等级"]
    assert said[0] | {"message": ""} == said[1] | {"message": ""}
    assert give("lint", "policy.yaml").out == SAID


def test_coverage_that_a_policy_does_not_know_is_told_with_its_file(give: CommandLine, here: Path) -> None:
    (here / "policy.yaml").write_text("rules: [{name: all, assign: {team: t}}]\n")
    (here / "roster.yaml").write_text("reps: {a: {name: A, covers: {tiers: [A]}}}\nteams: {t: {members: [a]}}\n")
    done = give("--language", "zh", "lint", "policy.yaml", "roster.yaml")
    assert "roster.yaml:1:30：提示：reps.a.covers.tiers：policy.yaml 里没有价值等级“A” [unknown_coverage]" in done.out


def test_a_file_of_leads(give: CommandLine, here: Path, service: Service) -> None:
    (here / "leads.csv").write_text("name,email\na,b@c.example,too many\n")
    refused = "这一行有 3 个单元格，标题只有 2 列"
    assert refused in give("--language", "zh", "route", "leads.csv").out
    assert refused in give("--language", "zh", "import", "leads.csv").out


def test_what_a_service_refuses(give: CommandLine, here: Path, service: Service) -> None:
    (here / "source.yaml").write_text("kind: generic\noptions: {record: data}\nmapping: {fields: {nmae: a}}\n")
    done = give("--language", "zh", "source", "put", "crm", "source.yaml")
    assert done.err == (
        "lead-router: source.yaml:2:11：options.record：generic 没有这个选项；是否想写“records”？；"
        "source.yaml:3:20：mapping.fields.nmae：线索没有这个字段；是否想写“name”？\n"
    )
    assert give("--language", "zh", "source", "show", "crn").err == "lead-router: 服务拒绝了请求：没有来源 crn\n"


def test_what_apply_changes(give: CommandLine, here: Path, service: Service) -> None:
    (here / "roster.yaml").write_text("reps: {new: {name: New, capacity: {open: 0}}}\n")
    done = give("--language", "zh", "apply", "roster.yaml", "--yes")
    assert done.out.splitlines()[0] == "名册：新增 1 处"
    assert "  ! roster.yaml:1:36：reps.new.capacity.open：上限为 0，这个人接不到任何线索；没有上限请写 null" in done.out
    assert "名册已更新，修订号 " in done.out
    done = give("--language", "zh", "apply", "policy.yaml", "--yes")
    # All that is wrong, in the order in which it stands there.
    assert done.err.startswith(
        "lead-router: policy.yaml:8:7：rules[0].when.tier：“Z”不是本策略的价值等级；policy.yaml:9:19："
    )
    assert "rules[1].assign.by：“round_robbin”不是挑选方式；是否想写“round_robin”？" in done.err
