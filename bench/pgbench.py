"""How fast can Postgres itself write what a lead writes? pgbench, with the same rows into the same tables and indexes.

The rows are ones that the service has written, a few of several hundred, spread evenly over their sizes. Of each lead:
its row, its assignment, its delivery, its identities, and the counters of the rep who got it. In every doubt it is made
easier for pgbench than for the service:

- it does not lock the lane's row, nor update it;
- it writes one credit, that of the rep picked, where the service writes those of all who competed;
- the rep is drawn at random, so its rows are contended no more than they must be, and they come last before the commit;
- it reads nothing: no delivery, no identity, no close spelling;
- its keys arrive in order, but for those of deliveries and identities, which in truth are hashes and names.

Every transaction takes its locks in the same order (rows of its own, then load, day and credit of one rep), so none
waits for another in a circle.
"""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final, Literal
from urllib.parse import parse_qs, unquote, urlsplit

from app.store.embedded import binary
from bench import server
from bench.office import REPS

CAPTURED: Final = 400
"""Leads that the rows are chosen from."""

SCRIPTS: Final = 8
"""Rows that are chosen. Few, since each connection prepares the statements of each."""

CONNECTING: Final = 1
"""Seconds that are added for connecting, which pgbench counts in its duration and not in its rate."""

Variant = Literal["plain", "lane", "pipeline"]
"""As it counts; with the lane's row locked first and updated last; with all statements sent at once."""

_SAMPLE: Final = """
    -- Leads with what was written for them, spread evenly over their sizes.
    SELECT lead_id FROM (
        SELECT a.lead_id, row_number() OVER (ORDER BY octet_length(a.decision::text) + octet_length(l.facts::text)) AS n
        FROM (SELECT * FROM assignments WHERE status = 'assigned' ORDER BY seq DESC LIMIT $1) a
        JOIN leads l ON l.id = a.lead_id
        JOIN deliveries d ON d.lead_id = a.lead_id
        WHERE (a.effects ->> 'turn') IS NOT NULL
    ) AS sized WHERE n % $2 = $2 / 2 LIMIT $3
"""


class PgbenchFailed(Exception):
    """pgbench ended in an error, or some of its transactions did."""


@dataclass(frozen=True, slots=True)
class Written:
    """What one lead wrote, column by column."""

    lead: Mapping[str, Any]
    assignment: Mapping[str, Any]
    delivery: Mapping[str, Any]
    identities: Sequence[Mapping[str, Any]]
    rotation: str


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of one run. ``latencies`` in seconds, of a run that was asked for them."""

    rate: float
    transactions: int
    latencies: Sequence[float] = ()

    @property
    def p50(self) -> float:
        """The middle of all, in seconds."""
        return median(self.latencies)


async def captured(url: str) -> list[Written]:
    """Rows that the service has written in this database."""
    found = []
    wanted = [
        row["lead_id"] for row in await server.rows(url, _SAMPLE, CAPTURED, max(1, CAPTURED // 2 // SCRIPTS), SCRIPTS)
    ]
    for lead in wanted:
        (one,) = await server.rows(url, "SELECT * FROM leads WHERE id = $1", lead)
        (made,) = await server.rows(
            url, "SELECT *, effects -> 'turn' ->> 'rotation' AS rotation FROM assignments WHERE lead_id = $1", lead
        )
        deliveries = await server.rows(url, "SELECT * FROM deliveries WHERE lead_id = $1", lead)
        identities = await server.rows(url, "SELECT * FROM identities WHERE last_lead = $1 ORDER BY key", lead)
        assignment = dict(made)
        rotation = assignment.pop("rotation")
        found.append(Written(dict(one), assignment, dict(deliveries[0]), [dict(row) for row in identities], rotation))
    if not found:
        raise PgbenchFailed(
            f"the service has written no leads that could be written again, in {url.rpartition('/')[2]}"
        )
    return found


class _Script:
    """One script of pgbench, and the values of its variables."""

    def __init__(self, number: int) -> None:
        self._prefix = f"v{number}x"
        self.variables: dict[str, str] = {}

    def said(self, value: Any) -> str:
        """A value as the script names it: a variable, sent beside the statement as any driver sends it."""
        if value is None:
            return "NULL"
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, list):
            return f"ARRAY[{', '.join(map(self.said, value))}]::text[]"
        name = f"{self._prefix}{len(self.variables)}"
        self.variables[name] = f"\\x{value.hex()}" if isinstance(value, bytes) else str(value)
        return f":{name}"

    def insert(self, table: str, row: Mapping[str, Any], computed: Mapping[str, str]) -> str:
        values = [computed.get(name) or self.said(value) for name, value in row.items()]
        return f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join(values)});"


_LEAD_ID: Final = "lpad(to_hex(:seq::bigint), 32, '0')::uuid"
_RECORD_ID: Final = "('f' || lpad(to_hex(:seq::bigint), 31, '0'))::uuid"
_HASH: Final = "md5(:seq::text)"


def script(number: int, written: Written, variant: Variant) -> tuple[str, Mapping[str, str]]:
    """The script that writes this lead anew, each time as another one, and its variables."""
    made = _Script(number)
    rep = "'rep-' || lpad(:rep::text, 3, '0')"
    times = dict.fromkeys(("received_at", "updated_at", "decided_at", "created_at", "last_at"), "now()")
    lead = times | {"id": _LEAD_ID, "rep_id": rep, "latest_seq": ":seq"}
    record = times | {
        "seq": ":seq", "id": _RECORD_ID, "revision": ":seq", "lead_id": _LEAD_ID,
        "rep_id": rep, "first_contact_due": "now()",
    }  # fmt: skip
    lines = [
        "\\set n :n + 1",
        "\\set seq :base + :n * 64 + :client_id",
        f"\\set rep random(0, {REPS - 1})",
        *(["\\startpipeline"] if variant == "pipeline" else []),
        "BEGIN;",
        *(["SELECT seq FROM lane WHERE id = 1 FOR UPDATE;"] if variant == "lane" else []),
        made.insert("leads", written.lead, lead),
        made.insert("assignments", written.assignment, record),
        made.insert(
            "deliveries", written.delivery, times | {"key": f"'source:' || {_HASH} || {_HASH}", "lead_id": _LEAD_ID}
        ),
        _identities(made, written.identities, times | {"last_lead": _LEAD_ID, "owner": rep, "owner_seq": ":seq"}),
        f"INSERT INTO rep_loads (rep_id, open, last_seq) VALUES ({rep}, 1, :seq) "
        "ON CONFLICT (rep_id) DO UPDATE SET open = rep_loads.open + 1, last_seq = excluded.last_seq;",
        f"INSERT INTO rep_days (rep_id, day, count) VALUES ({rep}, current_date, 1) "
        "ON CONFLICT (rep_id, day) DO UPDATE SET count = rep_days.count + 1;",
        f"INSERT INTO credits (rotation, rep_id, credit) VALUES ({made.said(written.rotation)}, {rep}, 1) "
        "ON CONFLICT (rotation, rep_id) DO UPDATE SET credit = credits.credit + 1;",
        *(["UPDATE lane SET seq = :seq, revision = :seq, time = now() WHERE id = 1;"] if variant == "lane" else []),
        "COMMIT;",
        *(["\\endpipeline"] if variant == "pipeline" else []),
    ]
    return "\n".join(lines) + "\n", made.variables


def _identities(made: _Script, rows: Sequence[Mapping[str, Any]], computed: dict[str, str]) -> str:
    said = []
    for row in rows:
        key = f"{made.said(row['kind'] + ':')} || left({_HASH}, 10) || {made.said(row['key'][-12:])}"
        own = computed | {"key": key, **({"block": f"left({_HASH}, 4)"} if row["block"] is not None else {})}
        said.append("(" + ", ".join(own.get(name) or made.said(value) for name, value in row.items()) + ")")
    names = list(rows[0])
    updated = ", ".join(f"{name} = excluded.{name}" for name in names if name not in ("key", "kind", "block"))
    return (
        f"INSERT INTO identities ({', '.join(names)}) VALUES {', '.join(said)} "
        f"ON CONFLICT (key) DO UPDATE SET {updated};"
    )


class Pgbench:
    """pgbench on one database, whose tables hold what the service's held when the rows were captured."""

    def __init__(self, url: str, rows: Iterable[Written], directory: Path) -> None:
        self._url = url
        self._directory = directory
        self._rows = list(rows)

    def run(
        self, *, clients: int, threads: int, seconds: float, variant: Variant = "plain", latencies: bool = False
    ) -> Ran:
        """Write for so many seconds (whole ones), after all have connected: that is not counted.

        Raises:
            PgbenchFailed: a transaction failed, or pgbench did.
        """
        base = asyncio.run(server.rows(self._url, "SELECT max(revision) AS base FROM assignments"))[0]["base"] or 0
        arguments = ["-D", "n=0", "-D", f"base={base + 64}"]
        for number, written in enumerate(self._rows):
            path = self._directory / f"pgbench-{variant}-{number}.sql"
            text, variables = script(number, written, variant)
            path.write_text(text, encoding="utf-8")
            arguments += ["-f", str(path)]
            for name, value in variables.items():
                arguments += ["-D", f"{name}={value}"]
        log = self._directory / "pgbench-latencies"
        if latencies:
            arguments += ["-l", "--log-prefix", str(log)]
        done = subprocess.run(
            [
                binary("pgbench"), "-n", "-M", "prepared", "-c", str(clients), "-j", str(threads),
                "-T", str(round(seconds) + CONNECTING), *arguments,
            ],
            env={**os.environ, **_environment(self._url)}, text=True, capture_output=True, check=False,
        )  # fmt: skip
        rate = re.search(r"^tps = ([0-9.]+)", done.stdout, re.MULTILINE)
        made = re.search(r"^number of transactions actually processed: ([0-9]+)", done.stdout, re.MULTILINE)
        failed = re.search(r"^number of failed transactions: ([0-9]+)", done.stdout, re.MULTILINE)
        if done.returncode or rate is None or made is None or failed is None or failed[1] != "0":
            raise PgbenchFailed(f"{done.stdout[-500:]}\n{done.stderr[-1500:]}")
        return Ran(float(rate[1]), int(made[1]), _latencies(log) if latencies else ())


def _latencies(log: Path) -> list[float]:
    found: list[float] = []
    for path in log.parent.glob(f"{log.name}.*"):
        # Client, number, microseconds, script, time.
        found.extend(int(line.split()[2]) / 1e6 for line in path.read_text().splitlines())
        path.unlink()
    return found


def _environment(url: str) -> dict[str, str]:
    parts = urlsplit(url)
    (host,) = parse_qs(parts.query)["host"]
    return {
        "PGHOST": host,
        "PGUSER": unquote(parts.username or ""),
        "PGPASSWORD": unquote(parts.password or ""),
        "PGDATABASE": parts.path.strip("/"),
        "PGOPTIONS": "-c jit=off",
    }
