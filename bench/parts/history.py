"""Millions of decisions: any filter and any two of them, whether much matches or nothing, at the front and far behind.

Measured where it is asked: over HTTP, on a service that does nothing else, with the answer read. For each filter one
value that is common, one that is rare and one that matches nothing; of two filters, all their values with each other.
The far page is the thousandth of fifty, or the last if there are fewer.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import combinations, product
from statistics import median, quantiles
from typing import Any, Final

import asyncpg
import httpx

from app.routers.assignments import Asked, filter_under
from app.routers.parameters import cursor_at
from app.store import database, history, search
from bench import past as pasts
from bench.figure import Figure
from bench.ground import Ground
from bench.office import compiled, policy_document
from bench.service import Service, serving

PAGE: Final = 50
FAR: Final = 1000

FEW: Final = 4
"""Times that every page is asked for; the longest counts."""
WORST: Final = 40
"""Pages that are looked into: those of which the longest was longest."""
MANY: Final = 100
"""Times that these are asked for, to tell their 95th percentile."""
HOPELESS: Final = 0.5
"""Seconds after which nothing is asked again: it is far beyond what it must reach."""

MUST: Final = 25.0
MUST_Q: Final = 100.0
AIM: Final = 10.0

Parameters = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Asking:
    """One combination of filters, as it is asked for."""

    name: str
    parameters: Parameters


@dataclass(frozen=True, slots=True)
class Answered:
    """How long one page of it took: the 95th percentile in milliseconds, and how many rows were on it.

    ``cursor`` is where it begins; None: at the front.
    """

    asking: Asking
    cursor: str | None
    p95: float
    rows: int

    @property
    def page(self) -> str:
        """Which one it is."""
        return "first" if self.cursor is None else "far"

    def document(self) -> dict[str, Any]:
        """As it is written down."""
        return {"filter": self.asking.name, "page": self.page, "p95_ms": round(self.p95, 2), "rows": self.rows}


_COUNTED: Final = """
    -- The values of one column, the most frequent first.
    SELECT {column} AS value FROM assignments WHERE {column} IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC, 1
"""

_COLUMNS: Final = {
    "rep": "rep_id",
    "team": "team_id",
    "rule": "rule_id",
    "region": "region",
    "industry": "industry",
    "tier": "tier",
    "source": "source",
    "status": "status",
    "kind": "kind",
}
_NOTHING: Final = {
    "rep": "nobody",
    "team": "no-team",
    "rule": "no-rule",
    "region": "antarctica",
    "industry": "fishing",
    "tier": "Z",
    "source": "pigeon",
}


async def values(connection: asyncpg.Connection) -> dict[str, dict[str, Parameters]]:
    """For each filter: what is asked for to match much, little and nothing."""
    found: dict[str, dict[str, Parameters]] = {}
    for name, column in _COLUMNS.items():
        counted = [row["value"] for row in await connection.fetch(_COUNTED.format(column=column))]
        found[name] = {"common": {name: counted[0]}, "rare": {name: counted[-1]}}
        if name in _NOTHING:
            found[name]["nothing"] = {name: _NOTHING[name]}
    # What lies at one end of time: the sources and reps that are no more, and a source that is new.
    found["source"] |= {"gone": {"source": pasts.GONE_SOURCE}, "new": {"source": pasts.NEW_SOURCE}}
    found["rep"] |= {"gone": {"rep": pasts.GONE_REP}}
    found["region"] |= {"wide": {"region": "CN"}}
    first = await connection.fetchval("SELECT min(decided_at) FROM assignments")
    last = await connection.fetchval("SELECT max(decided_at) FROM assignments")
    day = first + (last - first) / 3
    found["time"] = {
        "common": {"from": _said(first + (last - first) / 10)},
        "rare": {"from": _said(day), "to": _said(day + timedelta(days=1))},
        "nothing": {"to": _said(first - timedelta(days=1))},
    }
    return found


def _said(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def askings(found: Mapping[str, Mapping[str, Parameters]]) -> list[Asking]:
    """No filter, each filter, and each two of them, with all their values."""
    asked = [Asking("none", {})]
    for name, said in found.items():
        asked += [Asking(f"{name} ({how})", parameters) for how, parameters in said.items()]
    for (one, some), (other, more) in combinations(found.items(), 2):
        asked += [
            Asking(f"{one} ({how}) + {other} ({also})", {**first, **second})
            for (how, first), (also, second) in product(some.items(), more.items())
        ]
    return asked


def searches(found: Mapping[str, Mapping[str, Parameters]], texts: Mapping[str, str]) -> list[Asking]:
    """Each text alone, and with each filter's values."""
    asked = []
    for how, text in texts.items():
        asked.append(Asking(f"q ({how})", {"q": text}))
        asked += [
            Asking(f"q ({how}) + {name} ({also})", {"q": text, **parameters})
            for name, said in found.items()
            for also, parameters in said.items()
            if also in ("common", "nothing")
        ]
    return asked


class Reader:
    """Asks a service for pages of its history, and its database for where the far ones begin."""

    def __init__(self, service: Service, url: str) -> None:
        self._client = httpx.Client(base_url=service.address.url, headers=service.address.authorization, timeout=60)
        self._url = url
        self._policy = compiled(policy_document())

    def close(self) -> None:
        """Let the connection go."""
        self._client.close()

    def ask(self, asking: Asking, cursor: str | None) -> tuple[float, int]:
        """Seconds that one page takes, and how many rows are on it. A refusal counts by the time that it took."""
        parameters = {**asking.parameters, "limit": str(PAGE), **({} if cursor is None else {"cursor": cursor})}
        began = time.perf_counter()
        answer = self._client.get("/v1/assignments", params=parameters)
        took = time.perf_counter() - began
        if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
            return took, 0
        return took, len(answer.raise_for_status().json()["items"])

    def timed(self, asking: Asking, cursor: str | None, times: int) -> Answered:
        """How long one page takes, asked for so many times: of a few the longest, of many the 95th percentile."""
        took: list[float] = []
        rows = 0
        while len(took) < times and sum(took) < times * HOPELESS:
            seconds, rows = self.ask(asking, cursor)
            took.append(seconds)
            if seconds > HOPELESS:
                break
        p95 = max(took) if len(took) < MANY else quantiles(took, n=20)[-1]
        return Answered(asking, cursor, p95 * 1e3, rows)

    async def far(self, connection: asyncpg.Connection, asking: Asking) -> str | None:
        """The cursor of the far page; None if all that matches is on the first."""
        given = dict(asking.parameters)
        chosen = history.RecordFilter(
            rep=given.get("rep"),
            team=given.get("team"),
            rule=given.get("rule"),
            tier=given.get("tier"),
            source=given.get("source"),
            status=given.get("status"),
            kind=given.get("kind"),
            q=given.get("q"),
            since=_read(given.get("from")),
            until=_read(given.get("to")),
        )
        whole = filter_under(
            self._policy, Asked(chosen=chosen, region=given.get("region"), industry=given.get("industry"))
        )
        before = await search.records(connection, whole, limit=(FAR - 1) * PAGE + 1)
        # Where the page before the thousandth ends, or else the last page but one.
        pages = (len(before) - 1) // PAGE
        return cursor_at("records", before[pages * PAGE - 1]["seq"]) if pages > 0 else None


def _read(said: str | None) -> datetime | None:
    return None if said is None else datetime.fromisoformat(said)


def run(ground: Ground) -> Iterator[Figure]:
    """All combinations, then the searches by text."""
    name = pasts.past(ground.server, ground.scale.history, ground.say)
    url = ground.server.url(name)
    with serving(url, ground.log, workers=1) as service:
        reader = Reader(service, url)
        try:
            found, texts = ground.run(_values(url))
            plain = ground.run(_answered(ground, reader, url, askings(found)[:: ground.scale.every]))
            searched = ground.run(_answered(ground, reader, url, searches(found, texts)[:: ground.scale.every]))
        finally:
            reader.close()
    yield _figure("history", f"history: {ground.scale.history:,} assignments, any filter or two, p95", plain, MUST, AIM)
    yield _figure("history_q", "history: q, alone or with any filter, p95", searched, MUST_Q, None)


async def _values(url: str) -> tuple[dict[str, dict[str, Parameters]], dict[str, str]]:
    connection = await database.parse(url).connect()
    try:
        found = await values(connection)
        some = await connection.fetchrow("SELECT company, email FROM leads ORDER BY id OFFSET 100 LIMIT 1")
    finally:
        await connection.close()
    return found, {
        "common": "example",
        "one company": some["company"],
        "one address": some["email"],
        "nothing": "zzqqxx",
    }


async def _answered(ground: Ground, reader: Reader, url: str, asked: Sequence[Asking]) -> list[Answered]:
    connection = await database.parse(url).connect()
    answered = []
    try:
        for number, asking in enumerate(asked, 1):
            ground.say(f"history, {number} of {len(asked)}: {asking.name}")
            answered.append(reader.timed(asking, None, FEW))
            far = await reader.far(connection, asking)
            if far is not None:
                answered.append(reader.timed(asking, far, FEW))
    finally:
        await connection.close()
    answered.sort(key=lambda one: one.p95, reverse=True)
    ground.say("history, the slowest pages again")
    return [*(reader.timed(one.asking, one.cursor, MANY) for one in answered[:WORST]), *answered[WORST:]]


def _figure(name: str, title: str, answered: Sequence[Answered], must: float, aim: float | None) -> Figure:
    worst = sorted(answered, key=lambda one: one.p95, reverse=True)
    return Figure(
        name=name,
        title=title,
        rounds=[worst[0].p95],
        unit="ms",
        must=must,
        aim=aim,
        more=False,
        seen={
            "pages": len(answered),
            "pages_beyond": sum(one.p95 > must for one in answered),
            "median_of_all_ms": round(median(one.p95 for one in answered), 2),
            "worst": [one.document() for one in worst[:20]],
        },
    )
