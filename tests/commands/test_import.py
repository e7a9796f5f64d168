"""``import`` brings a whole file in, once, whatever comes between."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from app.commands import import_leads
from tests.commands.conftest import KEY, CommandLine, Service


def leads(count: int) -> list[dict[str, Any]]:
    return [{"name": f"N{n}", "email": f"n{n}@firm{n}.example", "city": "上海"} for n in range(count)]


def ndjson(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def eventually(truth: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not truth():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_every_lead_comes_in_once_in_the_order_of_the_file(give: CommandLine, service: Service, tmp_path: Path) -> None:
    file = ndjson(tmp_path / "leads.ndjson", leads(1200))
    done = give("import", file)
    assert done.status == 0, done.err
    assert done.out.splitlines()[0].startswith("1,200 leads (")
    assert service.assigned() == 1200
    first = service.http.get("/v1/assignments", params={"after_seq": 0, "limit": 500}).json()["items"]
    lead_ids = [one["lead_id"] for one in first]
    names = [service.http.get(f"/v1/leads/{lead_id}").json()["facts"]["name"] for lead_id in lead_ids[:5]]
    assert names == ["N0", "N1", "N2", "N3", "N4"]
    assert "\x1b" not in done.out + done.err

    again = give("import", file)
    assert again.status == 0
    assert "1,200 delivered before and answered again" in again.out
    assert service.assigned() == 1200
    anew = give("import", file, "--key-prefix", "second-time")
    assert "delivered before" not in anew.out
    assert service.assigned() == 2400


def test_lines_that_fail_are_kept_with_what_is_wrong(give: CommandLine, service: Service, tmp_path: Path) -> None:
    file = tmp_path / "leads.csv"
    file.write_text(
        '姓名,email,city,external_id,source,微信\n张三,z@z.example,上海,1,x,w\n"多\n行",m@m.example,北京,2,x,\n'
        "坏,b@b.example,x,y,z,多了,几格\n李四,l@l.example,深圳,1,x,\n",
        encoding="gb18030",
    )
    done = give("import", file)
    assert done.status == 1
    errors = tmp_path / "leads.csv.errors.ndjson"
    shown = done.out.splitlines()
    at = shown.index(f"2 refused → {errors}")
    assert shown[at + 1] == "  line 5: 7 cells in a row of 6 columns"
    assert shown[at + 2].startswith("  line 6: ")
    assert "external_id" in shown[at + 2]
    assert "微信: not a field of a lead" in done.out
    failed = [json.loads(line) for line in errors.read_text().splitlines()]
    assert [one["line"] for one in failed] == [5, 6]
    assert failed[0]["error"]["detail"] == "7 cells in a row of 6 columns"
    assert failed[1]["error"]["status"] == 409
    assert failed[1]["lead"]["name"] == "李四"
    assert service.assigned() == 2

    # As it is, nothing of it is a lead of its own.
    failed.append({"line": 7, "error": {"detail": "not JSON"}, "lead": '{"name": '})
    # Mended in that file, they come in from there.
    failed[1]["lead"]["external_id"] = "3"
    mended = ndjson(tmp_path / "mended.ndjson", failed)
    done = give("import", mended)
    assert done.status == 1
    assert "  line 1: 7 cells in a row of 6 columns" in done.out.splitlines()
    assert "  line 3: not JSON" in done.out.splitlines()
    assert service.assigned() == 3
    (lead,) = service.http.get("/v1/leads", params={"q": "李四"}).json()["items"]
    assert service.http.get(f"/v1/leads/{lead['lead_id']}").json()["facts"]["external_id"] == "3"

    file.write_text("email\na@a.example\n")
    assert give("import", file).status == 0
    assert not errors.exists()


def test_of_a_file_that_holds_no_leads_nothing_is_brought_in(
    give: CommandLine, service: Service, tmp_path: Path
) -> None:
    file = tmp_path / "leads.csv"
    file.write_text("王小明,13800000001,甲公司\n李雷,13800000002,乙公司\n", encoding="utf-8")
    done = give("import", file)
    assert done.status == 1
    assert f"{file}, line 1: the first line must name the fields" in done.err
    file.write_bytes(b"PK\x03\x04" + bytes(range(256)) * 30)
    done = give("import", file)
    assert done.status == 1
    assert "it cannot be read as an Excel workbook" in done.err
    file.write_text("name,email\n")
    done = give("import", file)
    assert done.status == 0
    assert f"{file}: it has a heading line and no leads." in done.out
    assert service.assigned() == 0


def test_the_sheets_of_a_workbook_come_in_one_by_one_each_lead_once(
    give: CommandLine, service: Service, tmp_path: Path
) -> None:
    book = Workbook()
    spring = book.active
    spring.title = "春季"
    for row in (("2026 年春季展会",), ("姓名", "手机"), ("张三", 13800000001), ("李四", 13800000002, "?")):
        spring.append(row)
    autumn = book.create_sheet("秋季")
    for row in (("姓名", "手机"), ("王五", 13800000003)):
        autumn.append(row)
    # Named as many are that were never saved as CSV.
    file = tmp_path / "leads.csv"
    book.save(file)

    done = give("import", file, "--language", "zh")
    assert done.status == 1
    assert "  第 4 行：这一行有 3 个单元格，标题只有 2 列" in done.out.splitlines()
    assert f"{file}：读的是工作表“春季”，要读别的请用 --sheet：秋季。" in done.out
    assert service.assigned() == 1
    (lead,) = service.http.get("/v1/leads", params={"q": "张三"}).json()["items"]
    facts = service.http.get(f"/v1/leads/{lead['lead_id']}").json()["facts"]
    assert facts["phone"] == "+8613800000001"

    done = give("import", file, "--sheet", "秋季")
    assert (done.status, "delivered before" in done.out, "--sheet" in done.out) == (0, False, False)
    assert service.assigned() == 2
    again = give("import", file, "--sheet", "秋季")
    assert "1 delivered before and answered again" in again.out
    assert service.assigned() == 2

    done = give("import", file, "--sheet", "夏季")
    assert (done.status, done.out) == (1, "")
    assert done.err == f"lead-router: {file}: the workbook has no sheet “夏季”; those it has: “春季”, “秋季”\n"
    done = give("import", file, "--format", "csv")
    assert done.err == f"lead-router: {file}: this is an Excel workbook, and no CSV: leave --format out\n"


def test_a_column_that_is_there_twice_is_said_to_be(give: CommandLine, service: Service, tmp_path: Path) -> None:
    file = tmp_path / "leads.csv"
    file.write_text("姓名,邮箱,姓名\n张三,z@a.example,张\n", encoding="utf-8")
    done = give("import", file)
    assert done.status == 0, done.err
    assert "姓名: the column is there more than once, the first counts" in done.out
    assert "not a field" not in done.out
    facts = service.http.get("/v1/leads").json()["items"][0]["facts"]
    assert (facts["name"], facts["attributes"]) == ("张三", {"姓名": "张"})


def test_of_many_lines_that_fail_the_first_are_shown(give: CommandLine, service: Service, tmp_path: Path) -> None:
    file = tmp_path / "leads.csv"
    file.write_text("email\na@a.example\n" + "x,y\n" * 12)
    done = give("import", file, "--language", "zh")
    assert done.status == 1
    assert done.out.count("第 ") == import_leads.MOST_REASONS
    assert "  第 3 行：这一行有 2 个单元格，标题只有 1 列" in done.out.splitlines()
    assert "其余 7 条在该文件里" in done.out


def test_a_file_without_ids_says_what_comes_of_it_once_it_is_changed(
    give: CommandLine, service: Service, tmp_path: Path
) -> None:
    file = tmp_path / "leads.csv"
    said = "An external_id for each (in CSV a column with that heading) avoids that."
    file.write_text("Email\na@a.example\nb@b.example\n")
    assert give("import", file).out.count(said) == 1
    file.write_text("Email\na@a.example\nb@b.example\nc@c.example\n")
    give("import", file)
    assert service.assigned() == 5
    # A line is known by its number under a prefix of one's own.
    assert said not in give("import", file, "--key-prefix", "fair").out

    file.write_text("External ID,Email\n1,a@a.example\n2,b@b.example\n")
    assert said not in give("import", file).out
    before = service.assigned()
    file.write_text("External ID,Email\n1,a@a.example\n2,b@b.example\n3,c@c.example\n")
    give("import", file)
    assert service.assigned() == before + 1


def test_an_array_over_many_lines_is_read_too(give: CommandLine, service: Service, tmp_path: Path) -> None:
    file = tmp_path / "leads.json"
    file.write_text(json.dumps([*leads(3), "not a lead"], indent=2, ensure_ascii=False))
    done = give("import", file)
    assert done.status == 1
    assert service.assigned() == 3
    (failed,) = (tmp_path / "leads.json.errors.ndjson").read_text().splitlines()
    assert json.loads(failed)["lead"] == "not a lead"


def test_a_service_that_goes_and_comes_back_loses_and_doubles_nothing(
    give: CommandLine, service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = ndjson(tmp_path / "leads.ndjson", leads(4000))
    outcome: list[Any] = []
    work = threading.Thread(target=lambda: outcome.append(give("import", file)))
    work.start()
    eventually(lambda: service.assigned() > 700)
    service.stop()
    service.start()
    work.join(120)
    assert outcome[0].status == 0, outcome[0].err
    assert outcome[0].out.splitlines()[0].startswith("4,000 leads (")
    assert service.assigned() == 4000


def test_a_service_that_stays_away_ends_it_with_how_to_go_on(
    give: CommandLine, service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_leads, "PATIENCE", 0.0)
    file = ndjson(tmp_path / "leads.ndjson", leads(6000))
    outcome: list[Any] = []
    work = threading.Thread(target=lambda: outcome.append(give("import", file)))
    work.start()
    eventually(lambda: service.assigned() > 1000)
    service.stop()
    work.join(120)
    assert outcome[0].status == 1
    assert "is done. To go on from there, give the same command again." in outcome[0].err
    service.start()
    done = give("import", file)
    assert done.status == 0
    assert service.assigned() == 6000


def test_ctrl_c_says_that_it_can_be_resumed(service: Service, tmp_path: Path) -> None:
    file = ndjson(tmp_path / "leads.ndjson", leads(30_000))
    environment = os.environ | {"LEAD_ROUTER_URL": service.url, "LEAD_ROUTER_KEY": KEY, "LANG": "C.UTF-8"}
    process = subprocess.Popen(
        [sys.executable, "-m", "app.cli", "import", str(file)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    eventually(lambda: service.assigned() > 200)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "The same command goes on from here" in err
    assert "Traceback" not in out + err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--url", "http://127.0.0.1:9"), "nothing answers at"),
        (("--key", "wrong-key"), "does not take this key"),
        (("--key-prefix", "ü"), "--key-prefix: 1 to 200"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    give: CommandLine, service: Service, tmp_path: Path, words: tuple[str, str], said: str
) -> None:
    done = give("import", ndjson(tmp_path / "leads.ndjson", leads(1)), *words)
    assert done.status == 1
    assert said in done.err
    assert done.err.count("\n") == 1
