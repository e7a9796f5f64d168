"""``demo`` sends sample leads and shows who gets them."""

import os
import re
import signal
import subprocess
import sys
import time

from tests.commands.conftest import KEY, CommandLine, Service


def test_leads_are_sent_and_shown_with_their_rep_and_why(give: CommandLine, service: Service) -> None:
    done = give("demo", "--count", 45, "--rate", 500)
    assert done.status == 0, done.err
    lines = done.out.splitlines()
    assert "Rule “" in lines[0]
    assert "→" in lines[0]
    assert lines[45].startswith("45 leads: ")
    # Who is on shift depends on the hour.
    assert any(re.match(r" *[a-z]+-[a-z]+ .*█", line) for line in lines[46:])
    assert "\x1b" not in done.out
    # One of the 40 sample leads is another's delivery again.
    assert service.assigned() == 44


def test_it_can_be_chinese_and_each_time_the_people_are_others(give: CommandLine, service: Service) -> None:
    for _ in range(2):
        done = give("demo", "--count", 5, "--rate", 500, "--language", "zh")
        assert done.status == 0
        assert "规则“" in done.out.splitlines()[0]
        assert "老客户归原销售" not in done.out
    assert service.assigned() == 10


def test_if_nothing_runs_it_says_how_to_start_it(give: CommandLine, tmp_path: object) -> None:
    done = give("demo", "--url", "http://127.0.0.1:9", "--key", "any-key-will-do")
    assert done.status == 1
    assert "start the service with “make run”" in done.err


def test_ctrl_c_ends_it_in_order(service: Service) -> None:
    environment = os.environ | {"LEAD_ROUTER_URL": service.url, "LEAD_ROUTER_KEY": KEY, "LANG": "C.UTF-8"}
    process = subprocess.Popen(
        [sys.executable, "-m", "app.cli", "demo", "--rate", "50"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    until = time.monotonic() + 60
    while service.assigned() < 5:
        assert time.monotonic() < until
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 0
    assert err == ""
    assert " leads: " in out
