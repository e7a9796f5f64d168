"""``serve`` keeps its workers and its Postgres running, and ends them in order."""

import asyncio
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from app import supervisor
from app.engine.explain import Language
from app.settings import Settings

RUN = """
import sys
from app import observability, settings, supervisor
from app.errors import LeadRouterError
if __name__ == "__main__":
    given = settings.load()
    observability.configure_logging(given.log_level, given.log_format)
    try:
        supervisor.serve(given, sys.argv[1])
    except LeadRouterError as error:
        sys.exit(f"lead-router: {error}")
"""


class Service:
    """A running ``serve``, with the stand-in application."""

    def __init__(self, data: Path, application: str = "create_app", **settings: str) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("LEAD_ROUTER_")}
        environment |= {"LEAD_ROUTER_DATA": str(data), "LEAD_ROUTER_PORT": "0", "PYTHONPATH": os.getcwd()}
        environment |= {f"LEAD_ROUTER_{name.upper()}": value for name, value in settings.items()}
        script = data.parent / "run.py"
        script.write_text(RUN)
        self.process = subprocess.Popen(
            [sys.executable, str(script), f"tests.service.standin:{application}"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.said = ""

    def ready(self) -> str:
        """Wait until it says that it is; return its URL."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said += line
            if line.startswith("curl"):
                found = re.search(r"URL  (\S+)", self.said)
                assert found
                return found[1]
        raise AssertionError(self.said)

    def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.rest()

    def rest(self) -> int:
        out, _ = self.process.communicate(timeout=60)
        self.said += out
        return self.process.returncode


@pytest.fixture
def data() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="lr-", ignore_cleanup_errors=True) as directory:
        Path(directory).chmod(0o711)
        yield Path(directory) / "data"


@pytest.fixture
def service(data: Path) -> Iterator[Service]:
    started = Service(data, workers="2", drain_seconds="10")
    try:
        yield started
    finally:
        if started.process.poll() is None:
            started.end()


def eventually(truth: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not truth():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def workers_of(url: str) -> set[int]:
    """The pids that answer; each request comes on a connection of its own."""
    return {int(httpx.get(f"{url}/who").text) for _ in range(12)}


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "Z" not in Path(f"/proc/{pid}/stat").read_text().split(")")[1][:3] if Path("/proc").exists() else True


def postgres_pid(data: Path) -> int:
    return int((data / "postgres" / "postmaster.pid").read_text().split()[0])


async def test_what_is_under_way_is_answered_before_the_end_and_postgres_goes_last(
    service: Service, data: Path
) -> None:
    url = service.ready()
    async with httpx.AsyncClient(base_url=url, timeout=30) as client:
        slow = asyncio.create_task(client.get("/slow", params={"seconds": 1}))
        await asyncio.sleep(0.3)
        service.process.send_signal(signal.SIGTERM)
        assert (await slow).text == "draining=True"
    assert service.rest() == 0
    assert not (data / "postgres" / "postmaster.pid").exists()
    assert "stopped" in service.said


def test_a_worker_that_dies_is_replaced_and_its_counts_stay(service: Service) -> None:
    url = service.ready()
    eventually(lambda: len(workers_of(url)) == 2)
    first = workers_of(url)
    victim = min(first)
    os.kill(victim, signal.SIGKILL)
    eventually(lambda: len(workers_of(url) - {victim}) == 2)
    counted = re.search(r'lead_router_decisions_total{status="assigned"} (\S+)', httpx.get(f"{url}/metrics").text)
    assert counted
    assert float(counted[1]) >= 24


def test_a_postgres_that_dies_is_started_again_at_the_same_address(service: Service, data: Path) -> None:
    url = service.ready()
    address, pid = httpx.get(f"{url}/address").text, postgres_pid(data)
    os.kill(pid, signal.SIGKILL)

    def is_back() -> bool:
        try:
            lines = (data / "postgres" / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return int(lines[0]) != pid and len(lines) > 7 and lines[7].strip() == "ready"

    eventually(is_back)
    assert httpx.get(f"{url}/address").text == address


def test_workers_end_when_their_owner_was_killed_and_the_next_start_works_with_the_same_key(
    service: Service, data: Path
) -> None:
    url = service.ready()
    workers = workers_of(url)
    service.process.kill()
    service.rest()
    eventually(lambda: not any(alive(pid) for pid in workers))
    again = Service(data, port=url.rsplit(":", 1)[1])
    assert again.ready() == url
    key = (data / "admin_key").read_text().strip()
    assert f"Bearer {key}" in service.said
    assert f"Bearer {key}" in again.said
    assert (data / "admin_key").stat().st_mode & 0o777 == 0o600
    assert (data / "secret_key").stat().st_mode & 0o777 == 0o600
    assert again.end(signal.SIGINT) == 0


def test_a_second_start_is_refused_in_one_line(service: Service, data: Path) -> None:
    url = service.ready()
    same_data = Service(data)
    assert same_data.rest() == 1
    assert re.fullmatch(rf"lead-router: \S+ is in use by process {service.process.pid}: .*\n", same_data.said)
    same_port = Service(data, port=url.rsplit(":", 1)[1])
    assert same_port.rest() == 1
    assert re.fullmatch(r"lead-router: port \d+ on 127.0.0.1 is in use: .*\n", same_port.said)


def test_an_application_that_cannot_be_made_ends_the_start(data: Path) -> None:
    broken = Service(data, "create_broken_app")
    assert broken.rest() == 1
    assert broken.said.splitlines()[-1].startswith("lead-router: a worker ended before it could serve")
    assert not (data / "postgres" / "postmaster.pid").exists()


@pytest.mark.parametrize(("language", "said"), [("en", "is ready"), ("zh", "已就绪")])
def test_it_says_that_it_is_ready_in_the_language_of_who_started_it(
    capsys: pytest.CaptureFixture[str], language: Language, said: str
) -> None:
    with supervisor.listen("127.0.0.1", 0) as listening:
        supervisor.greet(listening, "a-key-for-tests", Settings(), language)
    told = capsys.readouterr().out
    assert said in told.splitlines()[1]
    assert re.search(r"^  URL  http://127\.0\.0\.1:\d+ ", told, re.MULTILINE)
    assert "Bearer a-key-for-tests" in told
