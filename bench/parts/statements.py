"""How many SQL statements does a lead take? Counted in the log of Postgres, which is told to log every one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from bench.figure import Figure
from bench.ground import Ground
from bench.server import Server

_LINE: Final = re.compile(
    r"^\S+ \S+ \S+ \[\d+\] <bench_service\|lead-router( lane)?> LOG:  (statement|execute [^:]*): (.*)$"
)


@contextmanager
def logged(server: Server) -> Iterator[None]:
    """Have every statement logged, without its values."""
    server.sql("ALTER SYSTEM SET log_statement = 'all'; ALTER SYSTEM SET log_parameter_max_length = 0;")
    try:
        server.sql("SELECT pg_reload_conf()")
        yield
    finally:
        server.sql("ALTER SYSTEM RESET log_statement; ALTER SYSTEM RESET log_parameter_max_length;")
        server.sql("SELECT pg_reload_conf()")


class Counted:
    """What a stretch of the log holds: how many times SQL was sent, and how many statements were in it.

    Only on connections that took turns in the lane; ``others`` counts what was sent on the rest, such as the looks at
    the queue every few seconds.
    """

    def __init__(self, text: str) -> None:
        self.sent = self.statements = self.others = 0
        for found in filter(None, map(_LINE.match, text.splitlines())):
            lane, kind, said = found.groups()
            if lane is None:
                self.others += 1
                continue
            self.sent += 1
            # Only what is sent without values can hold several.
            self.statements += len([part for part in said.split(";") if part.strip()]) if kind == "statement" else 1


def run(ground: Ground) -> Iterator[Figure]:
    """One lead after the other; then many clients at once."""
    with logged(ground.server):
        # Until every backend has read its settings anew, and the one worker knows what the other did last.
        ground.load(ground.service, clients=1, seconds=1)
        ground.say("counting statements")
        alone, leads, single = _count(ground, clients=1)
        together, many, turns = _count(ground, clients=ground.scale.clients)
    yield Figure(
        name="statements_alone",
        title="SQL sent for one lead alone, BEGIN and COMMIT included",
        rounds=[alone.sent / leads],
        unit="sent",
        must=7,
        more=False,
        seen={
            "statements_each_set_counted": round(alone.statements / leads, 2),
            "sent_per_turn": round(alone.sent / single, 2),
            "other_connections_in_all": alone.others,
        },
    )
    yield Figure(
        name="statements_together",
        title=f"SQL sent per lead at {ground.scale.clients} clients",
        rounds=[together.sent / many],
        unit="sent",
        must=0.5,
        more=False,
        seen={
            "statements_each_set_counted": round(together.statements / many, 2),
            "sent_per_turn": round(together.sent / turns, 2),
            "leads_per_turn": round(many / turns, 1),
            "other_connections_in_all": together.others,
        },
    )


def _count(ground: Ground, *, clients: int) -> tuple[Counted, float, float]:
    """What is sent while so many clients send leads; those leads, and the turns that they were decided in."""
    log = ground.server.log
    begins = log.stat().st_size
    before = ground.service.metrics()
    ground.load(ground.service, clients=clients, seconds=min(2.0, ground.scale.seconds))
    after = ground.service.metrics()
    leads, turns = (
        after[name] - before[name] for name in ("lead_router_batch_leads_sum", "lead_router_batch_leads_count")
    )
    with log.open("rb") as said:
        said.seek(begins)
        return Counted(said.read().decode("utf-8", "replace")), leads, turns
