"""What can be seen of the service from outside: its log and its metrics.

The log carries ids (of requests, leads, assignments), never contact data: so it never carries the text of an unexpected
error either, only its kind and where it was raised. The metrics of all workers of a replica are added up: each writes
to files in PROMETHEUS_MULTIPROC_DIR, which the supervisor sets, and whichever worker is asked reads them all.
"""

import logging
import os
import sys
import traceback
from collections.abc import Callable, MutableMapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, TextIO, TypeVar

import structlog
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from structlog.typing import Processor

METRICS_TYPE: Final = CONTENT_TYPE_LATEST
"""The content type of ``render_metrics``."""

_WAITS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)
_SIZES = (1, 2, 4, 8, 16, 24, 32, 48, 64, 128, 256)

M = TypeVar("M", bound=MetricWrapperBase)


def labelled(metric: M) -> Callable[..., M]:
    """Gives a metric's series by its labels, in their order, and remembers it: looking it up each time takes a lock."""
    series: Callable[..., M] = lru_cache(maxsize=None)(metric.labels)
    return series


LANE_WAIT = Histogram(
    "lead_router_lane_wait_seconds", "From joining the line to the start of the batch", ["line"], buckets=_WAITS
)
LANE_HOLD = Histogram("lead_router_lane_hold_seconds", "How long the lane was held, up to the commit", buckets=_WAITS)
BATCH_SIZE = Histogram("lead_router_batch_leads", "Leads decided in one transaction", buckets=_SIZES)
LINE_DEPTH = Gauge("lead_router_line_depth", "Leads that wait in the line now", ["line"], multiprocess_mode="livesum")
REFUSALS = Counter(
    "lead_router_refusals", "Requests refused under pressure (line_full, database_away, ...)", ["reason"]
)
UNKNOWN_COMMITS = Counter("lead_router_unknown_commits", "Batches whose COMMIT got no answer, and which were looked up")
CACHE_RELOADS = Counter(
    "lead_router_cache_reloads", "Times the world was read anew instead of from the log", ["reason"]
)
ROUTER_ERRORS = Counter("lead_router_router_errors", "Leads that could not be decided, and were queued as they came")
DECISIONS = Counter("lead_router_decisions", "Decisions recorded", ["status"])
OLDEST_QUEUED = Gauge(
    "lead_router_oldest_queued_seconds",
    "Age of the lead that has waited longest in the queue",
    multiprocess_mode="livemostrecent",
)
CREDIT_EXTREME = Gauge(
    "lead_router_credit_extreme_leads",
    "The largest credit, owed or owing, since the start of any member of any rotation, in leads; below 2 but by hand",
    multiprocess_mode="livemostrecent",
)
HISTORY_BEHIND = Gauge(
    "lead_router_history_behind_records",
    "Records that no sheet of the history holds yet: each search goes through all of them",
    multiprocess_mode="livemostrecent",
)
ARRIVALS = Counter("lead_router_arrivals", "Deliveries to doors that were settled, each time", ["state"])
ARRIVALS_OPEN = Gauge(
    "lead_router_arrivals_open",
    "Deliveries that are kept and still to be driven",
    multiprocess_mode="livemostrecent",
)
EVENTS_BEHIND = Gauge(
    "lead_router_events_behind_records",
    "Records by which the subscription that is furthest behind is behind, by kind of receiver",
    ["kind"],
    multiprocess_mode="livemostrecent",
)
EVENT_DELAY = Histogram(
    "lead_router_event_delay_seconds",
    "From the record to when the receiver took the event",
    ["kind"],
    buckets=(0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 1800, 7200, 43_200, 86_400),
)
SENDS = Counter("lead_router_sends", "Events sent, by what became of the attempt", ["kind", "outcome"])
SEND_SECONDS = Histogram(
    "lead_router_send_seconds",
    "How long a receiver took to answer",
    ["kind"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25),
)
SENDS_DEAD = Gauge(
    "lead_router_sends_dead",
    "Events that are not sent any more until somebody has them sent again",
    ["kind"],
    multiprocess_mode="livemostrecent",
)
HTTP_REQUESTS = Counter("lead_router_http_requests", "Requests answered", ["method", "route", "status"])
HTTP_SECONDS = Histogram(
    "lead_router_http_request_seconds",
    "From the request's first byte to the answer's last",
    ["method", "route"],
    buckets=_WAITS,
)


def render_metrics() -> bytes:
    """Return the metrics of all workers of this replica, in Prometheus's text format."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)


def clean_metrics(directory: Path) -> None:
    """Remove what an earlier run of the replica left in its metrics directory, or make the directory."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    for file in directory.glob("*.db"):
        file.unlink(missing_ok=True)


def forget_worker(pid: int) -> None:
    """Drop the gauges of a worker that is gone; its counts stay."""
    mark_process_dead(pid)  # type: ignore[no-untyped-call]


def configure_logging(level: str, form: str, stream: TextIO | None = None) -> None:
    """Send the logs of the service and of its libraries to a stream, one line each: ``json`` or ``console``.

    The stream is standard error if none is given.
    """
    out = stream or sys.stderr
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        errors_without_text,
    ]
    renderer: Processor
    if form == "json":
        renderer = structlog.processors.JSONRenderer(ensure_ascii=False)
    else:
        renderer = structlog.dev.ConsoleRenderer(colors=out.isatty())
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    # Said better elsewhere (starts and ends by the supervisor, requests in the metrics), or not to be said at all
    # (statements, whose parameters are contact data; headers, which are secrets).
    for name in ("uvicorn.error", "uvicorn.access", "sqlalchemy", "asyncio", "alembic", "aiohttp", "httpcore", "httpx"):
        logging.getLogger(name).setLevel(logging.WARNING)
    # What is wrong with a form is told to who sent it.
    logging.getLogger("python_multipart").setLevel(logging.CRITICAL)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers = []
        logging.getLogger(name).propagate = True


def errors_without_text(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace an exception by its kind and its place: its text may quote what somebody sent."""
    given = event.pop("exc_info", None)
    if given is True:
        given = sys.exc_info()
    error = given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        event["error"] = f"{type(error).__module__}.{type(error).__qualname__}"
        if code := getattr(error, "sqlstate", None):
            event["sqlstate"] = code
        frames = traceback.extract_tb(error.__traceback__)[-8:]
        event["at"] = " < ".join(f"{Path(one.filename).name}:{one.lineno} {one.name}" for one in reversed(frames))
    return event
