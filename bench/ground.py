"""On what do the parts of the bench stand? One Postgres, one prefilled database to copy, one service to load.

What several parts need is made when the first one asks for it, and ends with the bench.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Final, TypeVar

import httpx
import psutil
import uvloop

from bench.filling import fill
from bench.leads import Sender
from bench.load import Address, Load, Stock, closed_loop
from bench.office import policy_document, roster_document
from bench.pgbench import Pgbench, captured
from bench.server import Server
from bench.service import Service, serving

T = TypeVar("T")

PREFILLED: Final = "bench_prefilled"
ROOM: Final = 4
"""How many times the rate of one round requests are made for in the next; for no fewer than :data:`LEAST`."""
LEAST: Final = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How long and how much. Seconds are those of one round; ``leads`` those of a round of another kind."""

    rounds: int
    seconds: float
    clients: int = 64
    workers: int = 2
    fastest: int = 10_000
    """Leads a second that requests are made for in a first round: more than anything here can answer."""
    prefill: int
    bulk: int
    leads: int
    history: int
    export: int
    large: int
    """Rules, and reps, of the largest policy and roster."""
    every: int = 1
    """Of the combinations of filters, every so manieth is asked."""


FULL: Final = Scale(
    rounds=5, seconds=4, prefill=5000, bulk=20_000, leads=2000, history=2_000_000, export=200_000, large=10_000
)
QUICK: Final = Scale(
    rounds=3, seconds=2, prefill=2000, bulk=5000, leads=1000, history=100_000, export=20_000, large=1000
)
TINY: Final = Scale(
    rounds=1,
    seconds=1,
    clients=4,
    workers=1,
    fastest=2000,
    prefill=60,
    bulk=50,
    leads=50,
    history=300,
    export=100,
    large=60,
    every=50,
)
"""Too small to tell anything: to see that every part runs."""


class Ground:
    """What the parts are handed. ``say`` tells whoever watches what is going on.

    ``shared`` is where ``make bench`` installs what parts compare with; else it is ``data``. Only a server that is not
    ``durable`` may forget: one on which nothing is to be measured.
    """

    def __init__(
        self,
        data: Path,
        scale: Scale,
        say: Callable[[str], None] = lambda _: None,
        *,
        shared: Path | None = None,
        durable: bool = True,
    ) -> None:
        self.data = data
        self.shared = shared or data
        self.durable = durable
        self.scale = scale
        self.say = say
        self.stock = Stock(Sender())
        self._open = ExitStack()
        self._runner = asyncio.Runner(loop_factory=uvloop.new_event_loop)
        self._rates: dict[tuple[Address, int], float] = {}

    def __enter__(self) -> Ground:
        self.data.mkdir(parents=True, exist_ok=True)
        self.data.chmod(0o711)
        self._open.enter_context(self._runner)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._open.close()

    @property
    def work(self) -> Path:
        """A directory for what is made on the way."""
        made = self.data / "work"
        made.mkdir(exist_ok=True)
        return made

    @property
    def log(self) -> Path:
        """What the services say."""
        path = self.data / "service.log"
        path.touch()
        return path

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine to its end, on uvloop."""
        return self._runner.run(work)

    @cached_property
    def server(self) -> Server:
        """The Postgres, running."""
        self.say("starting Postgres")
        server = Server(self.data / "server", durable=self.durable)
        server.start()
        self._open.callback(server.stop)
        return server

    @cached_property
    def prefilled(self) -> str:
        """The name of a database with the roster, the policy and some leads in it. Nobody is connected to it."""
        self.say("filling a database")
        url = self.server.make(PREFILLED)
        self.run(fill(url, policy_document(), roster_document(), self.stock.bodies(self.scale.prefill)))
        return PREFILLED

    def database(self, name: str, *, template: str | None = None) -> str:
        """A copy of the prefilled database, or of another, by its address; dropped with everything else."""
        name = f"bench_{name}"
        url = self.server.make(name, template=template or self.prefilled)
        self._open.callback(self.server.drop, name)
        return url

    @cached_property
    def service(self) -> Service:
        """The service, warmed up."""
        self.say("starting the service")
        started = self._open.enter_context(serving(self.database("service"), self.log, workers=self.scale.workers))
        self.load(started, clients=self.scale.clients, seconds=min(2.0, self.scale.seconds))
        return started

    @cached_property
    def pgbench(self) -> Pgbench:
        """pgbench on a copy of the prefilled database, warmed up."""
        url = self.database("pgbench")
        bench = Pgbench(url, asyncio.run(captured(url)), self.work)
        bench.run(clients=self.scale.clients, threads=2, seconds=min(2.0, self.scale.seconds))
        return bench

    def load(
        self, service: Service, *, clients: int, seconds: float | None = None, bodies: Sequence[bytes] | None = None
    ) -> Load:
        """One round of new leads (else of ``bodies``), one by one, from so many clients at once."""
        seconds = seconds or self.scale.seconds
        if bodies is not None:
            requests = [service.address.request(body) for body in bodies]
            return self.run(closed_loop(service.address, requests, clients=clients, seconds=seconds))
        known = (service.address, clients)
        rate = self._rates.get(known, self.scale.fastest)
        load = self.run(
            closed_loop(
                service.address,
                self.stock.requests(service.address, round(rate * seconds)),
                clients=clients,
                seconds=seconds,
            )
        )
        self._rates[known] = max(ROOM * load.rate, LEAST)
        return load

    def postgres_cpu_seconds(self) -> float:
        """What Postgres has used so far, ended backends included."""
        postmaster = psutil.Process(self.server.pid)
        total: float = sum(postmaster.cpu_times()[:4])
        for child in postmaster.children():
            try:
                total += sum(child.cpu_times()[:2])
            except psutil.NoSuchProcess:
                continue
        return total


def send_bulk(address: Address, bodies: list[bytes] | Any, *, timeout: float = 600) -> int:
    """Send leads as NDJSON in one request, over a plain client; returns how many were answered."""
    with httpx.stream(
        "POST",
        f"{address.url}/v1/leads/bulk",
        content=b"\n".join(bodies),
        headers={**address.authorization, "Content-Type": "application/x-ndjson"},
        timeout=timeout,
    ) as answer:
        answer.raise_for_status()
        answered = sum(b'"status"' in line.encode() for line in answer.iter_lines())
    if answered != len(bodies):
        raise ValueError(f"{answered} of {len(bodies)} lines were answered")
    return answered
