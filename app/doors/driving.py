"""How does what has arrived become leads? Understood, mapped, routed; and driven again until it is settled."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import orjson
import structlog

from app.doors.arriving import query_of, without_hidden
from app.doors.form import FORM, Rejected
from app.doors.reading import correction, new_lead, reread
from app.doors.source import Source, Sources
from app.engine.decision import Status
from app.engine.explain import sentence
from app.errors import Conflict, RequestError, Unavailable
from app.intake.mapping import Mapped, Origin, apply
from app.lane.batch import Answer
from app.lane.hand import RouteAgain
from app.lane.lane import Lane
from app.lane.line import LineName
from app.lane.often import Often
from app.lane.route import RouteLead, body_hash, idempotency_key
from app.net.client import Client
from app.observability import ARRIVALS, ARRIVALS_OPEN
from app.senders.base import Item, NotFetched, NotGenuine, NotUnderstood, OnlyATest, Passed, Read, Received
from app.store import arrivals
from app.store.arrivals import State
from app.store.connections import Connecting
from app.store.history import Row
from app.store.sealing import Unsealable

log = structlog.get_logger(__name__)

LEASE: Final = timedelta(seconds=60)
"""For how long whoever drives an arrival has it to themselves."""

WAITS: Final = (5, 30, 120, 600, 1800, 3600, 3600 * 2, 3600 * 4, 3600 * 8)
"""Seconds between tries of what can go well later, or never ended; some sixteen hours in all, then it has failed."""

_TRIES: Final = len(WAITS) + 1

AT_ONCE: Final = 8
"""Arrivals that a worker drives at the same time, beside those that are answered at once."""

_CLEANED: Final = 500
_UNFORESEEN: Final = "an unexpected error; the log tells more"
_NEVER_ENDED: Final = "each time, the process that drove it ended or hung before it was done; the log tells more"


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of an arrival, this time. ``answers``: of each item that was routed, in order."""

    state: State
    reason: str | None = None
    detail: str | None = None
    items: Sequence[Mapping[str, Any]] = ()
    again: float | None = None
    verified: bool = True
    answers: Sequence[Answer] = field(default=())


@dataclass(frozen=True, slots=True)
class Updated:
    """A known lead to which an item was applied; ``outdated`` if that changed nothing, as newer has been said since."""

    lead_id: UUID
    outdated: bool


class Drives(Often):
    """Drives arrivals: those that are handed over, and those that are due."""

    def __init__(
        self,
        lane: Lane,
        writing: Connecting,
        sources: Sources,
        client: Client,
        *,
        kept_days: int,
        interval: float = 1.0,
    ) -> None:
        super().__init__("arrivals", interval)
        self._lane = lane
        self._writing = writing
        self._sources = sources
        self._client = client
        self._kept = timedelta(days=kept_days)
        self._cleaned_at = -3600.0
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """See what is due now, and not only at the next look."""
        self._woken.set()

    async def pause(self) -> None:
        """Wait for the next look, or for :meth:`wake`."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._woken.wait(), self._interval)
        self._woken.clear()

    # --- what is due --------------------------------------------------------------------------------------------------

    async def look(self) -> int:
        """Drive what is due; returns how many arrivals were driven."""
        driven = 0
        while True:
            async with self._writing() as connection:
                rows = await connection.fetch(arrivals.CLAIM, AT_ONCE, LEASE, WAITS)
            if not rows:
                break
            done = await asyncio.gather(*(self.drive_row(row, line="bulk") for row in rows), return_exceptions=True)
            driven += len(rows)
            # Each has been tried, whatever became of the others; those that could not be settled are due again.
            for one in done:
                if isinstance(one, BaseException):
                    raise one
        await self._clean()
        return driven

    async def _clean(self) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._cleaned_at < 600:
            return
        self._cleaned_at = now
        async with self._writing() as connection:
            ARRIVALS_OPEN.set(await connection.fetchval(arrivals.COUNT_OPEN))
        gone = _CLEANED
        while gone == _CLEANED:
            # Each step by itself: however much there is, what was done stays done.
            async with self._writing() as connection:
                told = await connection.execute(arrivals.FORGET, self._kept, _CLEANED)
            gone = int(told.rpartition(" ")[2])

    async def drive_row(self, row: Row, *, line: LineName = "interactive") -> Settled:
        """Drive an arrival that was claimed, and write down what became of it."""
        if row["attempts"] > _TRIES:
            # Not once more: what is in it may be what ends every process that touches it.
            return await self._settle(row, Settled("failed", "gave_up", _NEVER_ENDED, verified=row["verified"]))
        try:
            source = await self._sources.find(row["source_id"])
        except Unsealable as error:
            return await self._settle(row, Settled("failed", "unsealable", str(error), verified=row["verified"]))
        if source is None:
            gone = Settled("failed", "no_source", "Its source has been removed", verified=row["verified"])
            return await self._settle(row, gone)
        received = received_again(row)
        verified = row["verified"]
        if not verified:
            try:
                source.sender.verify(received, source.settings)
            except Rejected as error:
                return await self._settle(row, Settled("rejected", error.reason, str(error), verified=False))
            except NotGenuine as error:
                return await self._settle(row, Settled("refused", "not_genuine", str(error), verified=False))
        return await self.drive(source, row["id"], received, row["next_at"], row["attempts"], line=line)

    # --- one arrival --------------------------------------------------------------------------------------------------

    async def drive(
        self,
        source: Source,
        arrival: UUID,
        received: Received,
        until: datetime | None,
        attempts: int = 1,
        *,
        line: LineName = "interactive",
    ) -> Settled:
        """Make leads of what a genuine request holds, as it was kept, and write down what became of it.

        ``until``: until when it is ours to drive, as it was given.
        """
        try:
            settled = await self._driven(source, arrival, received, attempts, line)
        except NotUnderstood as error:
            settled = Settled("not_understood", "not_understood", f"{error.where}: {error.message}")
        except Exception:  # what nobody foresaw in it must not be tried for ever, nor keep others waiting
            log.exception("arrival.failed", arrival=str(arrival))
            settled = _again(Settled("failed", "gave_up", _UNFORESEEN), attempts, [0])
        return await self._settle({"id": arrival, "next_at": until}, settled)

    async def _settle(self, row: Mapping[str, Any], settled: Settled) -> Settled:
        again = None if settled.again is None else timedelta(seconds=settled.again)
        items = orjson.dumps(list(settled.items), default=str).decode()
        async with self._writing() as connection:
            await connection.execute(
                arrivals.SETTLE,
                row["id"],
                settled.state,
                settled.reason,
                None if settled.detail is None else settled.detail[:1000].replace("\x00", "\ufffd"),
                items,
                settled.verified,
                again,
                row["next_at"],
            )
        ARRIVALS.labels(state=settled.state).inc()
        return settled

    async def _driven(
        self, source: Source, arrival: UUID, received: Received, attempts: int, line: LineName
    ) -> Settled:
        read = source.sender.read(without_hidden(received), source.settings)
        passed = [{"key": one.key, "status": one.reason} for one in read.passed]
        if not read.items:
            reason = read.passed[0].reason if read.passed else "empty"
            return Settled("passed", reason, items=passed)
        if any(item.fetch is not None for item in read.items) and line == "interactive":
            # The sender waits for an answer, and not for what has to be fetched first.
            return Settled("waiting", "to_be_fetched", items=passed, again=0)
        done = await asyncio.gather(
            *(self._item(source, item, received.received_at, line) for item in read.items),
            return_exceptions=True,
        )
        return self._summed(read, done, passed, attempts)

    def _summed(
        self,
        read: Read,
        done: Sequence[Answer | Updated | Passed | BaseException],
        passed: Sequence[Any],
        attempts: int,
    ) -> Settled:
        """What became of the whole: it waits if anything in it does, and has failed if anything did for good."""
        items: list[dict[str, Any]] = list(passed)
        answers: list[Answer] = []
        later: list[float] = []
        told: list[str] = []
        nobodys: list[str] = []
        for item, one in zip(read.items, done, strict=True):
            entry: dict[str, Any] = {"key": item.key}
            match one:
                case Answer():
                    answers.append(one)
                    entry |= {"lead_id": one.lead_id, "status": one.decision.status, "replayed": one.replayed}
                    if one.decision.status is Status.REJECTED:
                        # It looks like any other that went well, and is what comes of fields that nothing recognised.
                        entry |= {"error": sentence(one.decision, "en")}
                        nobodys.append(entry["error"])
                case Updated():
                    # It was applied to a lead that is known, which is not answering as before.
                    entry |= {"lead_id": one.lead_id, "status": "updated", "replayed": False}
                    if one.outdated:
                        entry |= {"status": "outdated"}
                case Passed():
                    entry |= {"status": one.reason}
                case NotFetched():
                    entry |= {"status": "waiting" if one.again else "failed", "error": one.message}
                    told.append(one.message)
                    if one.again:
                        later.append(one.after or 0)
                case Unavailable():
                    entry |= {"status": "waiting", "error": one.detail}
                    told.append(one.detail)
                    later.append(float(one.retry_after))
                case RequestError():
                    entry |= {"status": "failed", "error": one.detail}
                    told.append(one.detail)
                case BaseException():
                    log.error("arrival.failed", error=type(one).__name__, exc_info=one)
                    entry |= {"status": "waiting", "error": _UNFORESEEN}
                    told.append(_UNFORESEEN)
                    later.append(0)
            items.append(entry)
        detail = "; ".join(dict.fromkeys(told)) or None
        if later:
            return _again(Settled("failed", "gave_up", detail, items, answers=answers), attempts, later)
        if told:
            return Settled("failed", "failed", detail, items, answers=answers)
        if done and all(isinstance(one, Passed) for one in done):
            return Settled("passed", next(one.reason for one in done if isinstance(one, Passed)), items=items)
        if nobodys:
            if len(answers) == 1:
                said = f"The lead went to nobody. {nobodys[0]}"
            elif len(nobodys) == len(answers):
                said = f"None of the {len(answers)} leads went to anybody. The first: {nobodys[0]}"
            else:
                said = f"{len(nobodys)} of the {len(answers)} leads went to nobody. The first: {nobodys[0]}"
            return Settled("done", "rejected" if len(nobodys) == len(answers) else None, said, items, answers=answers)
        return Settled("done", None, None, items, answers=answers)

    async def _item(
        self, source: Source, item: Item, received_at: datetime, line: LineName
    ) -> Answer | Updated | Passed:
        """Route one lead, or apply to a lead that is known what has changed of it."""
        tree = item.tree
        if item.fetch is not None and source.sender.fetch is not None:
            try:
                tree = {**tree, **await source.sender.fetch(self._client, item.fetch, source.settings)}
            except OnlyATest:
                return Passed("test", item.key)
        mapped = mapped_by(source, tree)
        if mapped.says_nothing:
            return Passed("empty", item.key)
        await self._lane.let_in()
        key = idempotency_key(f"source {source.id}", item.key or _content_of(tree))
        # A form tells of a lead once; all others may tell more of one later.
        events = source.document.kind != FORM
        job = new_lead(self._lane, mapped.fields, received_at=received_at, idempotency=key, events=events)
        try:
            return await self._lane.submit(job, line)
        except Conflict as conflict:
            lead_id = conflict.members.get("lead_id")
            if lead_id is None:
                raise
            known = UUID(str(lead_id))
            if not events:
                raise
            # It may have waited, to be fetched too, while newer came: what changed after it is told by another.
            event = None if item.key is None else key
            return await self._applied(known, job, event, received_at, f"source {source.id}"[:64], line)

    async def _applied(
        self, known: UUID, job: RouteLead, event: str | None, said_at: datetime, actor: str, line: LineName
    ) -> Answer | Updated:
        """Apply to a lead what its sender said of it; one that was rejected and is a lead by that is routed.

        ``event``: the delivery key of what it was said by, if its sender has an id for that: sent again it says
        nothing new. What is known by its content alone may be said again, after something else, and meant.
        """
        # Its sender's own id may only be known now: by that it is to be the same lead the next time. Nothing is awaited
        # before it is in the line: what one request says of a lead is applied in the order in which it says it.
        known_by = [one for one in job.known_by if one.kept is None or one.key == event]
        said = correction(known, job.fields, (), actor, said_at=said_at, known_by=known_by, body_hash=job.hash)
        updated = Updated(known, await self._lane.submit(said, line))
        async with self._writing() as connection:
            rejected = await connection.fetchval(arrivals.IS_REJECTED, known)
        if not rejected:
            return updated
        note = "What its sender says of it now makes it a lead"
        try:
            answer = await self._lane.submit(RouteAgain(known, actor, note, reread=reread, if_rejected=True), line)
        except Conflict:
            return updated
        # Only now is all done that follows from the event.
        done = correction(known, {}, (), actor, said_at=said_at, known_by=known_by, body_hash=job.hash)
        await self._lane.submit(done, line)
        return answer


def _again(failed: Settled, attempts: int, later: Sequence[float]) -> Settled:
    """What is tried again, after its wait or the longest of ``later``; ``failed`` once it was tried often enough.

    ``attempts``: how often, this time included.
    """
    if attempts >= _TRIES:
        return failed
    wait = max(*later, WAITS[attempts - 1] * random.uniform(0.8, 1.2))  # noqa: S311  (nobody's secret)
    return replace(failed, state="waiting", reason="tried", again=wait)


def _content_of(tree: Mapping[str, Any]) -> str:
    """By what an event is known that its sender gives no id: what stands in it. Sent once more it is the same."""
    return f"content {body_hash(tree).hex()}"


def mapped_by(source: Source, tree: Mapping[str, Any]) -> Mapped:
    """What a tree becomes by a source's mapping. A lead that names no source of its own has come by this one."""
    mapped = apply(source.mapping, tree)
    if mapped.fields.get("source") is None:
        mapped.fields["source"] = source.id
        mapped.origins["source"] = Origin("default", source.id)
    return mapped


def received_again(row: Row) -> Received:
    """The request of an arrival, as far as it was kept."""
    return Received(
        method=row["method"],
        url=row["url"],
        query=query_of(row["url"]),
        headers=orjson.loads(row["headers"]),
        body=bytes(row["body"]),
        received_at=row["received_at"],
    )
