"""The log carries ids and never what somebody sent; the metrics have documented names."""

import json
import logging
from collections.abc import Iterator
from io import StringIO

import pytest
import structlog

from app import observability


@pytest.fixture
def log() -> Iterator[StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    stream = StringIO()
    observability.configure_logging("info", "json", stream)
    yield stream
    root.handlers = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def test_an_exception_is_logged_by_kind_and_place_without_its_text(log: StringIO) -> None:
    try:
        int("alice@example.com")
    except ValueError:
        structlog.get_logger("test").exception("it failed", lead_id="0193")
        logging.getLogger("some.library").exception("its own words")
    ours, theirs = (json.loads(line) for line in log.getvalue().splitlines())
    assert ours["error"] == theirs["error"] == "builtins.ValueError"
    assert "test_observability.py" in ours["at"]
    assert ours["lead_id"] == "0193"
    assert "alice" not in log.getvalue()


def test_ids_that_are_bound_are_on_every_line(log: StringIO) -> None:
    with structlog.contextvars.bound_contextvars(request_id="r-1"):
        logging.getLogger("some.library").warning("a line")
    assert json.loads(log.getvalue())["request_id"] == "r-1"


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
