"""``route`` decides a file of leads as the service would, and shows what comes of it."""

import csv
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from openpyxl import Workbook

from app.seed import sample
from tests.commands.conftest import CommandLine

WORKDAY = ("--at", "2026-07-21T10:00+08:00")
NIGHT = ("--at", "2026-07-21T23:30+08:00")


def test_the_summary_shows_reps_rules_tiers_and_what_went_nowhere(give: CommandLine) -> None:
    done = give("route", sample("zh").leads, *WORKDAY)
    assert done.status == 0
    assert done.err == ""
    first, *rest = done.out.splitlines()
    assert first.startswith("39 leads: 34 assigned, 5 rejected, 1 delivered before and answered again")
    text = "\n".join(rest)
    for expected in (
        "east-lin  林晓东",
        "region  区域",
        "rejected: do not contact",
        "industry: an industry that the policy does not know",
    ):
        assert expected in text
    assert "In no rotation is anybody further than 0." in text
    assert "\x1b" not in done.out


def test_a_lead_is_explained_with_all_that_it_says_and_not_only_what_the_policy_reads(
    give: CommandLine, tmp_path: Path
) -> None:
    (tmp_path / "leads.ndjson").write_text('{"product": "pumps", "postal_code": "215000", "city": "苏州"}')
    explained = give("route", tmp_path / "leads.ndjson", *WORKDAY, "--explain", "1").out
    assert re.search(r"product +pumps", explained)
    assert re.search(r"postal_code +215000", explained)
    assert re.search(r"region +CN-JS\.suzhou < CN-JS", explained)


def test_at_night_other_rules_fire_and_the_headings_can_be_chinese(give: CommandLine) -> None:
    done = give("route", sample("zh").leads, *NIGHT, "--language", "zh")
    assert done.out.splitlines()[0].startswith("39 条线索：34 条已分配，5 条已拒绝，1 条此前已投递，按原样答复")
    for expected in ("已拒绝：请勿联系", "industry：分配策略中没有这一行业"):
        assert expected in done.out
    (duty,) = (line for line in done.out.splitlines() if line.strip().startswith("on-duty"))
    assert int(duty.split()[2]) > 20


def test_the_environment_says_which_language(give: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert "线索" in give("route", sample("zh").leads, *WORKDAY).out.splitlines()[0]


def test_the_language_may_stand_before_the_command_and_behind_it_counts_first(give: CommandLine) -> None:
    leads = ("route", sample("zh").leads, *WORKDAY)
    assert "条线索：" in give("--language", "zh", *leads).out.splitlines()[0]
    assert " leads: " in give("--language", "zh", *leads, "--language", "en").out.splitlines()[0]


def test_the_same_files_at_the_same_time_are_decided_the_same(give: CommandLine, tmp_path: Path) -> None:
    outputs = []
    for name in ("a.ndjson", "b.ndjson"):
        give("route", sample("en").leads, "--sample", "en", *WORKDAY, "--output", tmp_path / name)
        outputs.append([json.loads(line) for line in (tmp_path / name).read_text().splitlines()])
    assert len(outputs[0]) == 40
    for answer in (*outputs[0], *outputs[1]):
        answer.pop("duplicate_of", None)
        answer.get("trace", {}).pop("recognition", None)
    assert outputs[0] == outputs[1]
    assert outputs[0][0]["rep"]
    assert outputs[0][0]["explanation"]
    assert outputs[0][0]["trace"]["rules"]
    assert outputs[0][0]["lead_id"] is None


def test_decisions_can_be_a_table_that_no_spreadsheet_runs(give: CommandLine, tmp_path: Path) -> None:
    leads, output = tmp_path / "leads.csv", tmp_path / "out.csv"
    leads.write_text(
        'external_id,name,email,city,budget\n=1+1,张三,z3@zhang.example,上海,50万\n7,"a\nb",x,1,2,3,4\n8,,,,\n',
        encoding="gb18030",
    )
    assert give("route", leads, *WORKDAY, "--output", output).status == 1
    with output.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["line"] for row in rows] == ["2", "3", "5"]
    assert rows[0]["external_id"] == "'=1+1"
    assert (rows[0]["status"], rows[0]["rep"][:5], rows[0]["rule"]) == ("assigned", "east-", "region")
    assert rows[1]["error"] == "7 cells in a row of 5 columns"
    assert (rows[2]["status"], rows[2]["reason"]) == ("rejected", "screening")


def test_what_is_refused_is_named_by_its_line_and_the_column_in_it(give: CommandLine, tmp_path: Path) -> None:
    leads, output = tmp_path / "leads.ndjson", tmp_path / "out.ndjson"
    leads.write_text('{"name": "Ann", "email": "a@a.example"}\n  {"name" "Bob"}\n[]\n\n{"name": "Cem"}\n{"name"')
    done = give("route", leads, *WORKDAY, "--output", output)
    assert done.status == 1
    assert "3 refused" in done.out.splitlines()[0]
    assert re.search(r"^ *Refused +Lines +Leads", done.out, re.MULTILINE)
    assert re.search(r"column 11: not JSON: Expecting ':' delimiter +2 +1\b", done.out)
    assert re.search(r"^ *a JSON object is wanted, this is an array +3 +1\b", done.out, re.MULTILINE)
    assert "line 1" not in done.out
    written = [json.loads(line) for line in output.read_text().splitlines()]
    assert [(one["line"], "error" in one) for one in written] == [
        (1, False), (2, True), (3, True), (5, False), (6, True),
    ]  # fmt: skip

    explained = give("route", leads, *WORKDAY, "--explain", 2)
    assert explained.status == 1
    assert explained.out.startswith("Line 2\nThis line is refused: column 11: not JSON: Expecting ':' delimiter\n")
    assert give("route", leads, *WORKDAY, "--explain", 1).status == 0


def test_lines_that_are_refused_for_one_reason_are_named_together(give: CommandLine, tmp_path: Path) -> None:
    leads = tmp_path / "leads.csv"
    leads.write_text("name,email\nAnn,a@a.example\nBob,b@b.example,3\n" + "Cem,c@c.example,3\n" * 9)
    done = give("route", leads, *WORKDAY)
    assert done.status == 1
    assert re.search(r"3 cells in a row of 2 columns +3, 4, 5, 6, 7, 8, 9, 10, … +10\b", done.out)
    chinese = give("route", leads, *WORKDAY, "--language", "zh").out
    assert re.search(r"^ *已拒收 +行号 +线索", chinese, re.MULTILINE)


def test_nothing_is_said_of_what_lies_behind_a_heading_line_that_cannot_be_read(
    give: CommandLine, tmp_path: Path
) -> None:
    leads = tmp_path / "leads.csv"
    leads.write_text('"name,email\nAnn,a@a.example\nBob,b@b.example\n')
    done = give("route", leads, *WORKDAY)
    assert (done.status, done.out.splitlines()[0]) == (1, "0 leads: 1 refused")


def test_a_first_line_that_names_no_field_is_not_taken_for_headings(give: CommandLine, tmp_path: Path) -> None:
    leads = tmp_path / "leads.csv"
    for rows in (1, 3):
        leads.write_text("王小明,13800000001,甲公司\n" * rows, encoding="utf-8")
        done = give("route", leads, *WORKDAY)
        assert (done.status, done.out) == (1, "")
        assert f"{leads}, line 1: the first line must name the fields" in done.err
        assert "name,phone,email,company,city" in done.err
    assert "姓名、手机、邮箱、公司名称、城市" in give("route", leads, *WORKDAY, "--language", "zh").err


@pytest.mark.parametrize("headings", ["name,phone,email,company,city", "姓名,手机,邮箱,公司名称,城市"])
def test_the_headings_that_are_shown_are_known(give: CommandLine, tmp_path: Path, headings: str) -> None:
    leads = tmp_path / "leads.csv"
    leads.write_text(f"{headings}\n王小明,13800000001,w@a.example,甲公司,上海\n", encoding="utf-8")
    done = give("route", leads, *WORKDAY)
    assert done.out.startswith("1 lead: 1 assigned")
    assert "Warning" not in done.out


def test_a_file_of_a_heading_line_alone_says_so(give: CommandLine, tmp_path: Path) -> None:
    leads = tmp_path / "leads.csv"
    leads.write_text("name,email\n")
    done = give("route", leads, *WORKDAY)
    assert (done.status, done.out.splitlines()[0]) == (0, "0 leads: none")
    assert f"{leads}: it has a heading line and no leads." in done.out
    assert "只有一行表头，没有线索" in give("route", leads, *WORKDAY, "--language", "zh").out


@pytest.mark.parametrize(
    ("name", "begin"),
    [("leads.xlsx", b"PK\x03\x04"), ("leads.csv", b"PK\x03\x04"), ("leads.xls", b"\xd0\xcf\x11\xe0\xa1\xb1")],
)
def test_a_workbook_that_is_broken_is_refused_at_once(
    give: CommandLine, tmp_path: Path, name: str, begin: bytes
) -> None:
    leads = tmp_path / name
    leads.write_bytes(begin + bytes(range(256)) * 30)
    done = give("route", leads, *WORKDAY)
    said = "it cannot be read as an Excel workbook; save it once more in Excel, or as CSV (UTF-8)"
    assert (done.status, done.out, done.err) == (1, "", f"lead-router: {leads}: {said}\n")
    assert "另存为 CSV（UTF-8）" in give("route", leads, *WORKDAY, "--language", "zh").err


def test_a_line_that_is_refused_or_answered_before_is_not_explained_as_if_it_were_decided(
    give: CommandLine, tmp_path: Path
) -> None:
    leads = tmp_path / "leads.csv"
    leads.write_text(
        "external_id,name,email,city\n7,张三,z@a.example,上海\n7,李四,l@b.example,广州\n7,张三,z@a.example,上海\n",
        "utf-8",
    )
    refused = give("route", leads, *WORKDAY, "--explain", "3")
    assert refused.status == 1
    assert refused.out.splitlines()[1].startswith("This line is refused: ")
    again = give("route", leads, *WORKDAY, "--explain", "4")
    assert again.status == 0
    said = "It is the same delivery as a line before it, and is answered as that was: Rule “区域” gave it to "
    assert again.out.splitlines()[1].startswith(said)


def test_a_workbook_is_decided_as_its_csv_is(give: CommandLine, tmp_path: Path) -> None:
    rows = (("姓名", "手机", "城市", "预算"), ("张三", 13800000001, "苏州", 500000), ("李四", 13800000002, "广州", 0.5))
    book = Workbook()
    for row in rows:
        book.active.append(row)
    book.save(tmp_path / "leads.xlsx")
    (tmp_path / "leads.csv").write_text("".join(",".join(map(str, row)) + "\n" for row in rows), encoding="utf-8")
    sheet, text = (give("route", tmp_path / name, *WORKDAY, "--explain", "3") for name in ("leads.xlsx", "leads.csv"))
    assert sheet.status == 0
    assert sheet.out == text.out
    assert "Line 3" in sheet.out


@pytest.mark.parametrize(
    ("name", "said"),
    [("手机", "手机 → phone\n"), ("Work Email", "Work Email → email\n"), ("first name", "first name → name (")],
)
def test_whose_a_name_is_can_be_asked(give: CommandLine, name: str, said: str) -> None:
    assert give("names", name).out.startswith(said)
    assert 'did you mean "phone"?' in give("names", "phne").err


def test_only_a_workbook_has_sheets(give: CommandLine, tmp_path: Path) -> None:
    leads = tmp_path / "leads.csv"
    leads.write_text("name,email\n")
    done = give("route", leads, "--sheet", "1")
    assert (done.status, done.err) == (1, f"lead-router: --sheet: {leads} is no Excel workbook\n")


def test_a_column_that_is_there_twice_is_said_to_be(give: CommandLine, tmp_path: Path) -> None:
    leads = tmp_path / "leads.csv"
    leads.write_text("姓名,邮箱,姓名\n张三,z@a.example,张\n李四,l@a.example,\n", encoding="utf-8")
    done = give("route", leads, *WORKDAY)
    assert re.search(r"姓名: the column is there more than once, the first counts +1\b", done.out)
    assert "did you mean" not in done.out
    assert "not a field" not in done.out
    explained = give("route", leads, *WORKDAY, "--explain", 2).out
    assert "The column “姓名” is there more than once: the first is taken as name" in explained
    assert re.search(r"name +张三", explained)
    chinese = give("route", leads, *WORKDAY, "--explain", 2, "--language", "zh").out
    assert "“姓名”列出现了不止一次：以第一列为 name" in chinese


def test_explaining_one_line_shows_facts_points_and_every_rule(give: CommandLine) -> None:
    done = give("route", sample("zh").leads, *WORKDAY, "--explain", 2)
    assert done.status == 0
    for expected in (
        "Line 2",
        "Rule “区域” gave it to",
        "CN-JS.nanjing < CN-JS < east-china < CN < world",
        "cloud < it",
        "Score 7, tier B",
        "+3   意向",
        "applies, but nobody has them yet",
        "tier equals A, and it is",
        "able, by leads owed: east-he (0.0), east-lin (0.0)",
        "left out, less fitting by industry: east-xu, east-zhou",
        "not reached",
    ):
        assert expected in done.out
    chinese = give("route", sample("zh").leads, *WORKDAY, "--explain", 22, "--language", "zh")
    assert "线索被筛选条件“没有任何联系方式”拒绝。" in chinese.out
    chinese = give("route", sample("zh").leads, *WORKDAY, "--explain", 2, "--language", "zh")
    for expected in (
        "评分 7，价值等级 B",
        '要求 tier 等于 A，实际为 "B"',
        "能接的，按应得条数：east-he (0.0)、east-lin (0.0)",
        "未参与，行业匹配度较低：east-xu、east-zhou",
    ):
        assert expected in chinese.out


def test_where_no_rule_applies_it_is_shown_why_none_did(give: CommandLine, tmp_path: Path) -> None:
    policy, leads = tmp_path / "policy.yaml", tmp_path / "leads.csv"
    policy.write_text("rules:\n  - {name: only Germany, when: {country: DE}, assign: {reps: {}}}\n", encoding="utf-8")
    leads.write_text("name,country\nWei,CN\n", encoding="utf-8")
    done = give("route", leads, "--policy", policy, *WORKDAY, "--explain", 2)
    assert "No rule of the policy applies" in done.out
    assert 'country equals DE, and it is "CN"' in done.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--explain", "999"), "has no lead on line 999"),
        (("--at", "soon"), '--at: "soon" is not a time'),
        (("--policy", "{roster}"), "is a roster, not a policy"),
        (("--roster", "{policy}"), "is a policy, not a roster"),
        (("--roster", "{other}"), 'unknown team "key-accounts"'),
        (("--output", "/nowhere/at/all"), "/nowhere/at/all: No such file"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(give: CommandLine, words: tuple[str, str], said: str) -> None:
    files = {"roster": sample("zh").roster, "policy": sample("zh").policy, "other": sample("en").roster}
    done = give("route", sample("zh").leads, words[0], words[1].format(**files))
    assert done.status == 1
    assert done.err.startswith("lead-router: ")
    assert said in done.err
    assert done.err.count("\n") == 1


def test_a_file_that_is_not_there_is_said_in_one_line(give: CommandLine) -> None:
    done = give("route", "/nowhere.csv")
    assert (done.status, done.err) == (1, "lead-router: /nowhere.csv: No such file or directory\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("route", "/nowhere.csv"), "/nowhere.csv：没有这个文件或目录"),
        (
            ("apply", "app/samples/zh/policy.yaml", "app/samples/zh/policy.yaml"),
            "app/samples/zh/policy.yaml 是第二份策略：同时只能有一份生效",
        ),
        (("key", "list", "--url", "http://127.0.0.1:1", "--key", "k"), "http://127.0.0.1:1 没有回应：请用 make run"),
        (("names", "colour"), "线索没有 colour 这个字段"),
    ],
)
def test_what_cannot_be_done_is_said_in_the_language_of_the_command(
    give: CommandLine, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], said: str
) -> None:
    expected = f"lead-router: {said}"
    done = give("--language", "zh", *words)
    assert (done.status, done.err[: len(expected)]) == (1, expected)
    if words[0] != "apply":
        assert give(*words, "--language", "zh").err == done.err
    assert "：" not in give(*words).err
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert give(*words).err == done.err


def test_it_runs_as_a_program_without_a_terminal(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", "route", str(sample("en").leads), "--sample", "en"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "\x1b" not in done.stdout + done.stderr
    assert "40" not in done.stderr
    assert "leads" in done.stdout
