"""The log carries ids and never what somebody sent; the metrics have documented names."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from app import observability


@pytest.fixture
def json_log(capsys: pytest.CaptureFixture[str]) -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    observability.configure_logging("info", "json")
    yield
    root.handlers = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def test_an_exception_is_logged_by_kind_and_place_without_its_text(
    json_log: None, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        int("alice@example.com")
    except ValueError:
        structlog.get_logger("test").exception("it failed", lead_id="0193")
        logging.getLogger("some.library").exception("its own words")
    lines = capsys.readouterr().err.splitlines()
    ours, theirs = (json.loads(line) for line in lines)
    assert ours["error"] == theirs["error"] == "builtins.ValueError"
    assert "test_observability.py" in ours["at"]
    assert ours["lead_id"] == "0193"
    assert not any("alice" in line for line in lines)


def test_ids_that_are_bound_are_on_every_line(json_log: None, capsys: pytest.CaptureFixture[str]) -> None:
    with structlog.contextvars.bound_contextvars(request_id="r-1"):
        logging.getLogger("some.library").warning("a line")
    assert json.loads(capsys.readouterr().err)["request_id"] == "r-1"


def test_every_metric_of_the_service_is_served_under_its_name() -> None:
    observability.LANE_WAIT.labels("interactive").observe(0.001)
    served = observability.render_metrics().decode()
    for name in (
        "lead_router_lane_wait_seconds_bucket",
        "lead_router_lane_hold_seconds_bucket",
        "lead_router_batch_leads_bucket",
        "lead_router_unknown_commits_total",
        "lead_router_router_errors_total",
        "lead_router_oldest_queued_seconds",
        "lead_router_credit_extreme_leads",
    ):
        assert f"\n{name}" in served
    for name in ("line_depth", "refusals", "cache_reloads", "decisions", "http_requests", "http_request_seconds"):
        assert f"# HELP lead_router_{name}" in served
