"""How is a person erased? What is theirs goes, wherever it was kept; what was decided, and why, stays whole.

Leads keep what is not about a person (region, company, budget), for the rest of the record refers to them. Whoever
erases somebody decides who that is: leads are found by an email, a phone number, or by their ids.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import orjson
from asyncpg import Connection

from app.engine.fields import OWN
from app.engine.lead import Lead
from app.engine.recognise import keys_of
from app.engine.text import fold
from app.intake.normalise import normalise
from app.record.sheets import read_sheet
from app.store import sheets
from app.store.arrivals import OPEN
from app.store.database import write_transaction
from app.store.history import Row
from app.store.sheet import SHEET

_OWN: Final = OWN | {"attributes"}
"""What of a lead's document is the person's own, or may be."""

FIND: Final = """
    -- The leads of a person; and those that could not be decided, whoever they are of, with their bodies to be read.
    SELECT id, received_at, status, name, email, phone, company, facts,
           CASE WHEN id = ANY ($1::uuid[]) OR email = ANY ($2::text[]) OR phone = ANY ($3::text[]) THEN NULL
                ELSE body END AS unread
    FROM leads
    WHERE id = ANY ($1::uuid[]) OR email = ANY ($2::text[]) OR phone = ANY ($3::text[]) OR body IS NOT NULL
    ORDER BY received_at, id
"""

_STILL_USED: Final = """
    -- Those of these addresses and numbers that other leads have too: they tell of others.
    SELECT 'email:' || email FROM leads WHERE email = ANY ($2::text[]) AND id <> ALL ($1::uuid[])
    UNION
    SELECT 'phone:' || phone FROM leads WHERE phone = ANY ($3::text[]) AND id <> ALL ($1::uuid[])
"""

_LAST_SEEN: Final = """
    -- The keys by which these leads were known last, be it before they were corrected.
    SELECT key FROM identities WHERE last_lead::text = ANY ($1::text[])
"""

_SEEN_WITH: Final = """
    -- The keys that were seen with the person.
    SELECT key FROM identities WHERE people && $1::text[] OR phone = ANY ($2::text[])
"""

_MOVE_ON: Final = """
    -- What a turn has read before it decides is not to be decided on: the time is compared.
    UPDATE lane SET time = greatest(time + interval '1 microsecond', clock_timestamp()) WHERE id = 1
"""

_BLANK: Final = """
    -- The leads without what is the person's.
    UPDATE leads
    SET name = NULL, email = NULL, phone = NULL, external_id = NULL, facts = (facts::jsonb - $2::text[])::json,
        warnings = '[]', corrected_warnings = NULL, body = NULL, said = NULL
    WHERE id = ANY ($1::uuid[])
"""

_UNDECIDE: Final = """
    -- What they were decided on, as far as it was the person's.
    UPDATE assignments SET person = '{}' WHERE person IS NOT NULL AND lead_id = ANY ($1::uuid[])
"""

_FORGET: Final = "DELETE FROM identities WHERE key = ANY ($1::text[])"

_UNSEE: Final = """
    -- What was seen with the person forgets them; and the names that it was seen with, if they were the last.
    UPDATE identities
    SET people = ARRAY(SELECT one FROM unnest(people) AS one WHERE one <> ALL ($2::text[])
                       AND (last_lead::text <> ALL ($4::text[]) OR starts_with(one, '@'))),
        phone = CASE WHEN phone = ANY ($3::text[]) THEN NULL ELSE phone END
    WHERE key = ANY ($1::text[])
"""

_DELIVERED: Final = """
    -- What came to the doors and became these leads. Where something else in it has not become one yet, it stays.
    DELETE FROM arrivals a
    WHERE a.state <> ALL ($2::text[])
      AND EXISTS (SELECT FROM json_array_elements(a.items) AS item WHERE item ->> 'lead_id' = ANY ($1::text[]))
      AND (a.state IN ('done', 'passed') OR NOT EXISTS (
          SELECT FROM json_array_elements(a.items) AS item WHERE (item ->> 'lead_id' = ANY ($1::text[])) IS NOT TRUE))
"""

MENTIONING: Final = """
    -- What came to the doors and speaks of these leads or addresses, and whether something is still to be done with it.
    SELECT id, state = ANY ($2::text[]) AS open FROM arrivals a
    WHERE EXISTS (SELECT FROM json_array_elements(a.items) AS item WHERE item ->> 'lead_id' = ANY ($1::text[]))
       OR encode(a.body, 'escape') ~* ANY ($3::text[]) OR a.url ~* ANY ($3::text[])
       OR a.headers::text ~* ANY ($3::text[]) OR a.detail ~* ANY ($3::text[])
"""

_REMOVE: Final = "DELETE FROM arrivals WHERE id = ANY ($1::uuid[]) AND state <> ALL ($2::text[])"

_SENDS: Final = """
    -- What receivers said when they were told of these leads.
    UPDATE sends SET said = NULL, log = NULL WHERE key = ANY ($1::text[]) AND (said IS NOT NULL OR log IS NOT NULL)
"""

_FAILURES: Final = tuple(
    f"UPDATE {table} SET {column} = NULL WHERE EXISTS ("  # noqa: S608  names of our own
    f"SELECT FROM unnest($1::text[]) AS one WHERE strpos(lower({column}), one) > 0)"
    for table, column in (("subscription_progress", "failed_why"), ("subscriptions", "disabled_why"))
)
"""What receivers said last when they failed."""

_SHEETS: Final = """
    -- The sheets of the record in which these leads stand.
    SELECT DISTINCT a.seq / $2 FROM assignments a CROSS JOIN history_progress p
    WHERE a.lead_id = ANY ($1::uuid[]) AND a.seq < p.sheeted ORDER BY 1
"""

_HOLD_SHEETS: Final = "SELECT id FROM history_progress WHERE id = 1 FOR UPDATE"


@dataclass(frozen=True, slots=True)
class Person:
    """What somebody is known by: addresses and numbers as leads have them, and leads that are theirs."""

    emails: Sequence[str] = ()
    phones: Sequence[str] = ()
    leads: Sequence[UUID] = ()


@dataclass(frozen=True, slots=True)
class Erased:
    """How much was erased: leads, what was known by their keys, what came to the doors, sheets of the search.

    ``left`` came to the doors and speaks of the person, but something else in it has not become a lead; with ``open``
    something is still to be done.
    """

    leads: int
    identities: int
    arrivals: int
    sheets: int
    left: int
    open: int


async def leads_of(connection: Connection, person: Person) -> Sequence[Row]:
    """The leads that are a person's, the oldest first."""
    rows: Sequence[Row] = await connection.fetch(FIND, person.leads, person.emails, person.phones)
    return [row for row in rows if row["unread"] is None or _is_theirs(row["unread"], person)]


def _is_theirs(body: str, person: Person) -> bool:
    """Whether a lead that was kept as it came is a person's; one that cannot be read has to be named by its id."""
    try:
        lead = normalise(orjson.loads(body), received_at=datetime.now(UTC))
    except Exception:  # noqa: BLE001  whatever kept it from being decided
        return False
    return lead.email in person.emails or lead.phone in person.phones


async def erase(
    connection: Connection,
    person: Person,
    seen: Callable[[int, int], None] = lambda done, total: None,
    *,
    mentions: bool = False,
) -> Erased:
    """Erase a person from their leads, and from all that was kept beside them.

    The lane is held for what is decided on alone. What was erased stays erased if it is broken off, and doing it again
    does the rest. ``seen`` is told how many sheets of how many were written anew. With ``mentions`` goes also what came
    to the doors and only speaks of them, unless something is still to be done with it.
    """
    erased: dict[UUID, Row] = {}
    own = {*(f"email:{one}" for one in person.emails), *(f"phone:{one}" for one in person.phones)}
    forgotten = 0
    while True:
        # Who comes meanwhile is found by the next look.
        rows = [row for row in await leads_of(connection, person) if row["id"] not in erased]
        if erased and not rows:
            break
        erased |= {row["id"]: row for row in rows}
        forgotten += await _from_leads(connection, rows, own)
        if not rows:
            break
    texts = [str(one) for one in erased]
    emails = _those(own, "email:")
    names = [row["name"] for row in erased.values() if row["name"]]
    async with write_transaction(connection):
        await connection.execute(_SENDS, texts)
        for query in _FAILURES:
            await connection.execute(query, [text.lower() for text in (*emails, *_those(own, "phone:"), *names)])
        arrivals = _count(await connection.execute(_DELIVERED, texts, OPEN))
        speaking = await connection.fetch(MENTIONING, texts, OPEN, [_written(one) for one in emails])
        removed = 0
        if mentions:
            removed = _count(await connection.execute(_REMOVE, [row["id"] for row in speaking], OPEN))
    async with write_transaction(connection):
        # Whoever writes a sheet has it done, with what it read, before these are looked for.
        await connection.execute(_HOLD_SHEETS)
        numbers = [row[0] for row in await connection.fetch(_SHEETS, list(erased), SHEET)]
        for done, number in enumerate(numbers):
            seen(done, len(numbers))
            await sheets.write_texts(connection, await read_sheet(connection, number))
    waiting = sum(row["open"] for row in speaking)
    left = len(speaking) - waiting - removed
    return Erased(len(erased), forgotten, arrivals + removed, len(numbers), left, waiting)


async def _from_leads(connection: Connection, rows: Sequence[Row], own: set[str]) -> int:
    """Blank these leads, and forget who they were; returns how many keys were forgotten.

    ``own`` are the keys that are the person's alone: those of these leads are added, and those that others have too
    taken out.
    """
    ids = [row["id"] for row in rows]
    texts = [str(one) for one in ids]
    leads = [Lead.from_document(orjson.loads(row["facts"])) for row in rows]
    keys = {key for lead in leads for _, key in keys_of(lead)}
    keys.update(row[0] for row in await connection.fetch(_LAST_SEEN, texts))
    own.update(key for key in keys if key.startswith(("email:", "phone:")))
    used = await connection.fetch(_STILL_USED, ids, _those(own, "email:"), _those(own, "phone:"))
    own.difference_update(row[0] for row in used)
    phones, tags = _those(own, "phone:"), [f"@{one}" for one in _those(own, "email:")]
    keys.update(row[0] for row in await connection.fetch(_SEEN_WITH, tags, phones))
    people = [*tags, *(fold(lead.name) for lead in leads if lead.name)]
    async with write_transaction(connection):
        await connection.execute(_MOVE_ON)
        await connection.execute(_BLANK, ids, sorted(_OWN))
        await connection.execute(_UNDECIDE, ids)
        forgotten = _count(await connection.execute(_FORGET, list(own)))
        await connection.execute(_UNSEE, list(keys - own), people, phones, texts)
    return forgotten


def _written(email: str) -> str:
    """A pattern of Postgres's for an address as bodies have it, be they forms' or JSON; not within a longer one."""
    address = re.sub(r"(\W)", r"\\\1", email).replace("\\@", "(@|%40)").replace("\\+", r"(\+|%2b)")
    return f"(^|[^a-z0-9._%+-]|%[0-9a-f][0-9a-f]){address}($|[^a-z0-9.-]|\\.($|[^a-z0-9]))"


def _those(keys: Iterable[str], kind: str) -> list[str]:
    return sorted(key.removeprefix(kind) for key in keys if key.startswith(kind))


def _count(told: str) -> int:
    return int(told.rpartition(" ")[2])
