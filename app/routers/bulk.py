"""Many leads come in at once, and as many answers go out, in order, while they are still coming.

Three tasks: one reads the request and puts its leads in the bulk line, a window of them at a time; one waits for their
outcomes in order and writes the answers to a spool; one sends what is in the spool. So a caller who sends everything
before reading anything is not waited for, and neither is one who reads slowly.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
import structlog
from fastapi import APIRouter, HTTPException, Request, Response
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from app import drain, problems
from app.engine.problems import Problem
from app.errors import BadInput, Draining, Invalid, RequestError, Unavailable, UnsupportedMedia
from app.intake.bulk import BulkReader, Fault, Item, reader_for
from app.intake.errors import UnreadableBody
from app.intake.rows import Refusal
from app.lane.batch import Answer
from app.lane.route import RouteLead
from app.middleware import AnswerCutShort
from app.problems import preferred_language
from app.routers import schemas
from app.routers.access import needs
from app.routers.answers import NDJSON, to_json
from app.routers.holders import Holder, still_holds
from app.routers.leads import BRINGS, Traced, key_of, new_lead
from app.routers.present import lead_answer
from app.routers.service import Caller, Running, Service, unreadable
from app.routers.spool import Spool

router = APIRouter(prefix="/v1/leads", tags=["leads"])

WINDOW: Final = 256
"""Leads of one import that may be under way at a time."""
PAUSE_SECONDS: Final = 1.0
"""How long an import whose rate is used up waits before it looks again, at most."""
PIECE: Final = 8 * 1024
"""Bytes that are looked at before others get their turn: brackets by the thousand are slow, and make no lead."""
BREATH: Final = 2
"""Leads after which others get their turn on the event loop."""

_REFUSALS: Final[Mapping[Refusal, type[RequestError]]] = {"workbook": UnsupportedMedia, "unknown_headings": Invalid}

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Pending:
    """One line whose answer is due: a lead in the line, or what is wrong with it already."""

    line: int
    outcome: RouteLead | RequestError


class Import:
    """One import under way."""

    def __init__(
        self, service: Service, request: Request, reader: BulkReader, caller: Holder, key: str | None, *, trace: bool
    ) -> None:
        self._service, self._request, self._reader = service, request, reader
        self._caller, self._key, self._trace = caller, key, trace
        self._language = preferred_language(request)
        self._request_id = problems.request_id_of(request)
        self._due: asyncio.Queue[Pending | Exception | None] = asyncio.Queue(WINDOW)
        self._tasks: list[asyncio.Task[None]] = []
        self._refused: RequestError | None = None
        """Why none of it is read."""
        self.spool = Spool()

    def start(self) -> None:
        """Begin to read, and to decide."""
        self._tasks = [
            asyncio.create_task(self._read(), name="bulk.read"),
            asyncio.create_task(self._write(), name="bulk.write"),
        ]

    async def stop(self) -> None:
        """Stop. What is in the lane already is decided and recorded all the same."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.spool.close()

    async def _read(self) -> None:
        end: Exception | None = None
        try:
            broken = False
            async for chunk in self._request.stream():
                # After what cannot be read on from, the rest is still taken off the wire, so that the answer arrives.
                for at in range(0, len(chunk), PIECE):
                    if broken:
                        break
                    broken = await self._take(self._reader.feed(chunk[at : at + PIECE]))
                    await asyncio.sleep(0)
            if not broken:
                await self._take(self._reader.finish())
            end = self._refused
        except Exception as error:  # noqa: BLE001  it ends the answer, once all lines before it are answered
            end = error
        await self._due.put(end)

    async def _take(self, items: Any) -> bool:
        """Put items in the line; whether nothing more can be read."""
        for number, item in enumerate(items):
            if number % BREATH == BREATH - 1:
                await self._service.lane.give_way()
            if drain.is_draining():
                raise Draining("This replica is shutting down; send the rest to another one")
            if isinstance(item, Fault) and item.refusal is not None:
                places = [Problem(f"line {item.line}", item.message)]
                self._refused = _REFUSALS[item.refusal](item.message, places=places)
                return True
            await self._due.put(Pending(item.line, await self._begin(item)))
            if isinstance(item, Fault) and item.final:
                return True
        return False

    async def _begin(self, item: Item) -> RouteLead | RequestError:
        if isinstance(item, Fault):
            return BadInput(item.message, places=[Problem(f"line {item.line}", item.message)])
        try:
            read = item.read()
        except UnreadableBody as error:
            return unreadable(error)
        await self._allowed()
        key = None if self._key is None else f"{self._key}/{item.line}"
        job = new_lead(self._service, read.fields, tuple(read.notices), self._caller, key)
        await self._service.lane.enqueue(job, "bulk")
        return job

    async def _allowed(self) -> None:
        """Wait until the key's rate allows one more lead: an import is slowed down to it, and no line refused."""
        still_holds(self._service, self._caller)
        while self._caller.rate_per_minute is not None:
            allowance = self._service.rates.take(self._caller.rate_name, self._caller.rate_per_minute)
            if allowance.allowed:
                return
            await asyncio.sleep(min(PAUSE_SECONDS, allowance.retry_seconds))
            still_holds(self._service, self._caller)
            if drain.is_draining():
                raise Draining("This replica is shutting down; send the rest to another one")

    async def _write(self) -> None:
        number = 0
        try:
            while (due := await self._due.get()) is not None:
                if isinstance(due, Exception):
                    raise due
                await self.spool.write(await self._answered(due))
                number += 1
                if number % BREATH == 0:
                    await self._service.lane.give_way()
        except Exception as error:  # noqa: BLE001  whatever it is (a full disk), who waits for the answer is told
            self.spool.end(error)
            self._tasks[0].cancel()
        else:
            self.spool.end()

    async def _answered(self, due: Pending) -> bytes:
        """The answer of one line. Raises Unavailable where nothing more can be answered for now."""
        try:
            if isinstance(due.outcome, RequestError):
                raise due.outcome
            answer: Answer = await asyncio.shield(due.outcome.outcome)
        except Unavailable:
            raise
        except RequestError as error:
            return _line(due.line, {"error": problems.document_of(error, self._request_id, self._language)})
        except Exception as error:  # noqa: BLE001  a fault at one line harms no other
            _log.error("bulk line failed", line=due.line, exc_info=error)
            detail = "This is a fault of the service, not of the line. Its log tells more under the request's id."
            document = problems.document(
                problems.UNEXPECTED, detail, request_id=self._request_id, language=self._language
            )
            return _line(due.line, {"error": document})
        return _line(due.line, lead_answer(answer, self._language, trace=self._trace))


def _line(number: int, members: dict[str, Any]) -> bytes:
    try:
        return to_json({"line": number, **members}, orjson.OPT_APPEND_NEWLINE)
    except TypeError:
        # Only what is quoted back can be no Unicode text: a problem's, never a lead's.
        return bytes(problems.ProblemResponse({"line": number, **members}).body) + b"\n"


class Answers(Response):
    """The answers of an import, as they come. One that cannot go on ends without its last part."""

    media_type = NDJSON

    def __init__(self, under_way: Import, first: bytes) -> None:
        super().__init__(headers={"X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._import, self._first = under_way, first

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        part = self._first
        try:
            while part:
                await send({"type": "http.response.body", "body": part, "more_body": True})
                part = await self._import.spool.read()
        except (RequestError, ClientDisconnect) as error:
            raise AnswerCutShort from error
        finally:
            await self._import.stop()
        await send({"type": "http.response.body", "body": b"", "more_body": False})


@router.post("/bulk", dependencies=[needs(BRINGS)], **schemas.BULK)
async def route_many(request: Request, service: Running, caller: Caller, trace: Traced) -> Response:
    """Route many leads: NDJSON, a JSON array, or CSV with a header row. One answer line per input line, in order.

    It streams both ways and reads on even if the caller is not yet reading. A bad line harms no other. With
    `Idempotency-Key: K` line N has the key `K/N`: sent again, an import goes on where it was cut off. An answer that
    ends without its last chunk was cut off, and every line in it is true.

    A CSV of which no column is a field of a lead is refused whole (422): its first line must name the fields.
    """
    key = key_of(request)
    try:
        reader = reader_for(request.headers.get("content-type", ""))
    except UnreadableBody as error:
        raise UnsupportedMedia(error.message, places=[Problem("header.content-type", error.message)]) from None
    under_way = Import(service, request, reader, caller, key, trace=trace)
    under_way.start()
    try:
        # Until the first answer is there, what goes wrong is a problem like any other's.
        first = await under_way.spool.read()
    except ClientDisconnect:
        await under_way.stop()
        return Response(status_code=400)
    except BaseException:
        await under_way.stop()
        raise
    return Answers(under_way, first)


async def other_method(request: Request) -> Response:
    """Refuse what only ``/v1/leads/{lead_id}`` takes: no lead has the id ``bulk``."""
    raise HTTPException(405, headers={"Allow": "POST"})


# Behind the one method that there is. No route of the API's own: those look at key and query first.
router.add_route(
    f"{router.prefix}/bulk", other_method, methods=["GET", "PUT", "PATCH", "DELETE", "OPTIONS"], include_in_schema=False
)
