"""What has become of events, and is not written down yet? Each with its row, and whose turn of a lead it makes."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias

import orjson
import structlog

from app.channels.base import Delivered, Event
from app.events.record import Place
from app.events.telling import Result
from app.store.sends import Send, State

log = structlog.get_logger(__name__)

LONGEST_LOG: Final = 20
"""Failed attempts that are kept of one event."""

_UNREADABLE: Final = "the record could not be read; the service's log tells more"


@dataclass(slots=True, eq=False)
class Item:
    """One event that is to be sent. ``fresh``: it has no row yet. ``alone``: it does not go with others any more.

    ``settled``: what became of it is committed.
    """

    place: Place
    key: str
    attempts: int = 0
    log: list[dict[str, Any]] = field(default_factory=list)
    fresh: bool = True
    alone: bool = False
    settled: bool = False
    event: Event | None = None


Row: TypeAlias = tuple[Item, Send]


@dataclass(slots=True)
class Outcomes:
    """What has become of events since it was last written.

    ``failing``: keys of which one is to wait, which the table does not show yet. ``touched``: keys of which another may
    be next. ``why``: what was said when an attempt failed last.
    """

    rows: list[Row] = field(default_factory=list)
    since: float = 0.0
    failing: set[str] = field(default_factory=set)
    touched: set[str] = field(default_factory=set)
    delivered: int = 0
    failed: int = 0
    why: str | None = None

    def attempted(self, item: Item, result: Result, state: State, due: float | None) -> None:
        """An event was sent once more; ``due``: seconds until it is sent again, if it waits."""
        outcome = result.outcome
        tried = item.log
        if isinstance(outcome, Delivered):
            self.delivered += 1
        else:
            self.failed += 1
            self.why = result.said
            attempt = {
                "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
                "status": outcome.status,
                "seconds": round(result.seconds, 3),
                "said": result.said,
            }
            tried = [*tried, attempt][-LONGEST_LOG:]
        if state == "waiting":
            self.failing.add(item.key)
        self._add(
            item,
            _send(
                item, state, item.attempts + 1, due, seconds=round(result.seconds, 4), status=outcome.status,
                said=result.said, log=orjson.dumps(tried).decode() if tried else None,
            ),
        )  # fmt: skip
        if state == "dead":
            log.warning("event.dead", event_id=item.place.event_id, status=outcome.status)

    def unreadable(self, item: Item) -> None:
        """An event cannot be told at all: nothing that waits would change that, and those behind it go on."""
        self.failed += 1
        self.why = _UNREADABLE
        self._add(item, _send(item, "dead", item.attempts + 1, None, said=_UNREADABLE))

    def waits(self, item: Item) -> None:
        """An event waits in the table: one of its key before it does."""
        self.touched.add(item.key)
        if item.fresh:
            self._add(item, _send(item, "waiting", 0, None))

    def _add(self, item: Item, send: Send) -> None:
        if not self.rows:
            self.since = time.monotonic()
        self.rows.append((item, send))
        if not item.fresh or send.state == "waiting":
            self.touched.add(item.key)

    def so_far(self) -> Outcomes:
        """What there is to write now, whatever comes while it is written."""
        return Outcomes(
            list(self.rows), self.since, set(self.failing), set(self.touched), self.delivered, self.failed, self.why
        )

    def forget(self, written: Outcomes) -> None:
        """What was written is the table's to tell."""
        del self.rows[: len(written.rows)]
        self.since = time.monotonic()
        self.delivered -= written.delivered
        self.failed -= written.failed
        left = {item.key for item, _ in self.rows}
        self.touched -= written.touched - left
        self.failing -= written.failing - left


def _send(item: Item, state: State, attempts: int, due: float | None, **known: Any) -> Send:
    p = item.place
    return Send(p.revision, p.part, p.stamp, p.type, item.key, p.at, state, attempts, due, **known)
