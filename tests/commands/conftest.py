"""A running service for commands to talk to, and a way to give commands."""

import contextlib
import io
import socket
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
import uvicorn
from pydantic import SecretStr

from app import cli, observability, seed
from app.main import create_app
from app.settings import Settings
from tests.conftest import run_apart

KEY = "a-key-for-tests"
SECRET_KEY = "what-secrets-are-sealed-under-here"


@dataclass
class Given:
    """What came of a command; bytes that are no text stand in ``out`` as surrogates."""

    status: int
    out: str
    err: str


class CommandLine:
    """Gives commands, as ``lead-router`` would take them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch

    def __call__(self, *words: object) -> Given:
        out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
        self._monkeypatch.setattr(sys, "argv", ["lead-router", *map(str, words)])
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                cli.main()
                status = 0
            except SystemExit as end:
                status = int(end.code or 0)
        return Given(status, *(stream.buffer.getvalue().decode("utf-8", "surrogateescape") for stream in (out, err)))


@pytest.fixture
def give(monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    monkeypatch.delenv("LC_ALL", raising=False)
    return CommandLine(monkeypatch)


class Service:
    """A running service; it can be made to go, and to come back at the same address."""

    def __init__(self, database_url: str) -> None:
        self._database_url = database_url
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.http = httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {KEY}"}, trust_env=False)
        self.start()

    def start(self) -> None:
        settings = Settings(
            database_url=SecretStr(self._database_url),
            admin_key=SecretStr(KEY),
            secret_key=SecretStr(SECRET_KEY),
            allow_private_addresses="127.0.0.1",
        )
        config = uvicorn.Config(
            create_app(settings),
            host="127.0.0.1",
            port=self.port,
            log_config=None,
            lifespan="on",
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        until = time.monotonic() + 30
        while not self._server.started:
            assert self._thread.is_alive()
            assert time.monotonic() < until
            time.sleep(0.01)

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(30)

    def assigned(self) -> int:
        """How many leads are in its history."""
        answer = self.http.get("/v1/assignments", params={"limit": 1}).json()
        return int(answer["items"][0]["seq"]) if answer["items"] else 0


@pytest.fixture
def service(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """With the Chinese sample in force."""
    # It shares this process with the commands, and is not to be heard among them.
    observability.configure_logging("error", "json", io.StringIO())
    assert run_apart(seed.load_samples_if_empty(database_url))
    started = Service(database_url)
    monkeypatch.setenv("LEAD_ROUTER_URL", started.url)
    monkeypatch.setenv("LEAD_ROUTER_KEY", KEY)
    try:
        yield started
    finally:
        started.http.close()
        started.stop()
