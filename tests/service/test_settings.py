"""Settings come from the environment; one that makes no sense is named in one line."""

from pathlib import Path

import pytest

from app import settings
from app.errors import BadSetting


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import os

    for name in list(os.environ):
        if name.startswith("LEAD_ROUTER_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def test_without_any_setting_there_are_the_defaults() -> None:
    made = settings.load()
    assert (made.host, made.port, made.workers, made.data) == ("127.0.0.1", 8000, 1, Path("data"))
    assert made.database_url is None
    assert made.body_limit == 1024 * 1024


def test_a_dot_env_file_is_read_and_the_environment_wins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("LEAD_ROUTER_PORT=9001\nLEAD_ROUTER_WORKERS=3\n", encoding="utf-8")
    monkeypatch.setenv("LEAD_ROUTER_PORT", "9002")
    made = settings.load()
    assert (made.port, made.workers) == (9002, 3)


def test_a_variable_that_is_set_to_nothing_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEAD_ROUTER_DATABASE_URL", "")
    monkeypatch.setenv("LEAD_ROUTER_PORT", "")
    made = settings.load()
    assert made.database_url is None
    assert made.port == 8000


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PORT", "eighty", "LEAD_ROUTER_PORT=eighty: input should be a valid integer"),
        ("PORT", "70000", "LEAD_ROUTER_PORT=70000: input should be less than or equal to 65535"),
        ("WORKERS", "0", "LEAD_ROUTER_WORKERS=0: input should be greater than or equal to 1"),
        ("WAIT_SECONDS", "inf", "LEAD_ROUTER_WAIT_SECONDS=inf: "),
        ("LOG_FORMAT", "xml", "LEAD_ROUTER_LOG_FORMAT=xml: input should be 'console' or 'json'"),
        ("DATABASE_URL", "mysql://me:hunter2@db/x", "LEAD_ROUTER_DATABASE_URL: it starts with 'mysql://'"),
        ("DATABASE_URL", "postgresql://me:hunter2@db", "LEAD_ROUTER_DATABASE_URL: it names no database"),
        ("DATABASE_URL", "postgresql://me:hunter2@db:port/x", "LEAD_ROUTER_DATABASE_URL: it is not an address"),
        ("ADMIN_KEY", "hunter2", "LEAD_ROUTER_ADMIN_KEY: it needs at least 8 characters"),
        ("SECRET_KEY", "hunter2", "LEAD_ROUTER_SECRET_KEY: each key needs at least 32 characters"),
        ("BATCH_LEADS", "900", "LEAD_ROUTER_BATCH_LEADS=900 is more than LEAD_ROUTER_LANE_DEPTH=500"),
    ],
)
def test_a_setting_that_makes_no_sense_is_named_in_one_line(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv("LEAD_ROUTER_LANE_DEPTH", "500")
    monkeypatch.setenv(f"LEAD_ROUTER_{name}", value)
    with pytest.raises(BadSetting) as caught:
        settings.load()
    line = str(caught.value)
    assert said in line
    assert "\n" not in line
    assert "hunter2" not in line


def test_an_unknown_variable_is_named_with_what_was_probably_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEAD_ROUTER_WORKER", "4")
    monkeypatch.setenv("LEAD_ROUTER_TEST_DATABASE_URL", "postgresql://x/y")
    (line,) = settings.unknown()
    assert line.startswith("LEAD_ROUTER_WORKER is not a setting")
    assert "LEAD_ROUTER_WORKERS" in line
