"""The running service keeps what openapi.yaml promises: whatever is sent, every answer is one that is described.

Schemathesis makes the requests from the description itself: its examples, the bounds of every parameter and member,
random ones that fit and random ones that do not, and chains of calls in which ids that were answered are used.
"""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[2]
KEY = "the-key-of-these-tests"
SEED = "20261125"
"""A run that fails in CI fails here too. The long form takes another one every time, and prints it."""


@pytest.fixture
def url(database_url: str, tmp_path: Path) -> Iterator[str]:
    """The address of a service of two workers, with the sample roster and policy in force."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LEAD_ROUTER_")}
    environment |= {
        "LEAD_ROUTER_DATABASE_URL": database_url, "LEAD_ROUTER_ADMIN_KEY": KEY, "LEAD_ROUTER_PORT": "0",
        "LEAD_ROUTER_WORKERS": "2", "LEAD_ROUTER_DATA": str(tmp_path / "data"), "LEAD_ROUTER_SAMPLE": "en",
    }  # fmt: skip
    serve = [sys.executable, "-m", "app.cli", "serve", "--with-sample"]
    process = subprocess.Popen(serve, cwd=ROOT, env=environment, stdout=subprocess.PIPE)
    assert process.stdout is not None
    address = ""
    while not address:
        line = process.stdout.readline().decode()
        assert line, "the service ended before it was ready"
        address = line.split()[1] if line.strip().startswith("URL") else ""
    threading.Thread(target=process.stdout.read, daemon=True).start()
    try:
        yield address
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def requests_served(url: str) -> int:
    """How many requests the service has counted, over all of its workers."""
    counted = re.findall(
        r"^lead_router_http_requests_total\{.*\} (\S+)$", httpx.get(f"{url}/metrics").text, re.MULTILINE
    )
    return int(sum(map(float, counted)))


def hold_to_the_description(url: str, phases: str, examples: int, *more: str) -> int:
    """Run schemathesis; the number of requests that the service has answered. Fails with what it found."""
    run = subprocess.run(
        [
            sys.executable, "-m", "schemathesis.cli", "--config-file", "tests/contract/schemathesis.toml", "run",
            "openapi.yaml", "--url", url, "--phases", phases, "-n", str(examples), *more,
        ],
        cwd=ROOT,
        env=os.environ | {"LEAD_ROUTER_KEY": KEY, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    served = requests_served(url)
    print(run.stdout[run.stdout.rfind("SUMMARY") :], f"{served} requests served")
    assert run.returncode == 0, run.stdout + run.stderr
    return served


def still_routes(url: str) -> bool:
    """Whether a lead is still taken after all that, and recorded."""
    answer = httpx.post(f"{url}/v1/leads", json={"name": "Wei Sample"}, headers={"Authorization": f"Bearer {KEY}"})
    return answer.status_code == 201 and answer.json()["seq"] > 0


def test_every_answer_is_a_described_one(url: str) -> None:
    assert hold_to_the_description(url, "coverage", 1, "--seed", SEED) > 2000
    assert still_routes(url)


@pytest.mark.soak
def test_ten_thousand_answers_are_described_ones(url: str) -> None:
    assert hold_to_the_description(url, "examples,coverage,fuzzing,stateful", 250) >= 10_000
    assert still_routes(url)
