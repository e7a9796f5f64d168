"""What does one turn of the lane write? Its records and what they change, in the order in which the statements run.

Statements for asyncpg. Each has a name, a sentence, the query.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson
from asyncpg import Connection

from app.engine.decision import Decision, Effects
from app.engine.immutable import immutable
from app.engine.lead import Lead
from app.engine.recognise import Identity
from app.engine.roster import RepId
from app.engine.world import World
from app.store.turn import LaneRow

NEW_CROWDS: Final = """
    -- Crowds that records of this turn refer to. They may have been met before.
    INSERT INTO crowds (id, members) SELECT id, members::json FROM unnest($1::text[], $2::text[]) AS t (id, members)
    ON CONFLICT (id) DO NOTHING
"""

NO_CROWD_TURNS: Final = """
    -- Rotations in which everything that is owed is in credits again.
    DELETE FROM crowd_turns WHERE rotation = ANY ($1)
"""

FORGET: Final = """
    -- Delivery keys whose time has passed.
    DELETE FROM deliveries WHERE key = ANY ($1)
"""

WRITE: Final = """
    -- Where the lane stands now, if it stood where it was seen; only then everything that a turn decided on new leads,
    -- and the counters it changed. Each part reads from the first one, so nothing is written before the lane is ours.
    WITH moved AS (
        UPDATE lane SET seq = $12, revision = $13, stamp = $10::bigint, time = $11::timestamptz,
            interactive_at = CASE WHEN $14 THEN $11::timestamptz ELSE interactive_at END,
            crowd_stamp = CASE WHEN $15 OR crowd_stamp IS NOT NULL THEN $10::bigint END
        WHERE id = 1 AND revision = $16 AND stamp = $17 AND time = $18
        RETURNING set_config('synchronous_commit', 'on', true) AS moved
    ), new_leads AS (
        INSERT INTO leads (id, received_at, updated_at, status, reason, rep_id, team_id, rule_id, tier, score,
                           policy_version, latest_seq, queued_at, source, external_id, name, email, phone, company,
                           region, industry, facts, warnings, body_hash, body)
        SELECT id, received_at, decided_at, status, reason, rep_id, team_id, rule_id, tier, score, policy_version, seq,
               CASE WHEN status = 'queued' THEN decided_at END, source, external_id, name, email, phone, company,
               region, industry, facts, warnings, body_hash, body
        FROM moved, unnest($1::lead_row[])
    ), new_records AS (
        INSERT INTO assignments (seq, id, revision, stamp, lead_id, kind, status, reason, rep_id, team_id, rule_id,
                                 rule_name, strategy, score, tier, source, region, industry, policy_version,
                                 engine_version, decided_at, first_contact_due, actor, note, decision, effects, facts,
                                 person)
        SELECT seq, id, revision, $10, lead_id, kind, status, reason, rep_id, team_id, rule_id, rule_name, strategy,
               score, tier, source, region, industry, policy_version, engine_version, decided_at, first_contact_due,
               actor, note, decision, effects, facts, person
        FROM moved, unnest($2::assignment_row[])
    ), new_deliveries AS (
        INSERT INTO deliveries (key, lead_id, body_hash, created_at, expires_at)
        SELECT key, lead_id, body_hash, $11, expires_at FROM moved, unnest($3::delivery_row[])
    ), known AS (
        INSERT INTO identities (key, kind, leads, companies, people, last_lead, last_at, owner, owner_seq,
                                do_not_contact, outcome, block, domain, phone, region, industry)
        SELECT key, kind, leads, companies, people, last_lead, last_at, owner, owner_seq, do_not_contact, outcome,
               block, domain, phone, region, industry
        FROM moved, unnest($4::identity_row[])
        ON CONFLICT (key) DO UPDATE
            SET leads = excluded.leads, companies = excluded.companies, people = excluded.people,
                last_lead = excluded.last_lead, last_at = excluded.last_at, owner = excluded.owner,
                owner_seq = excluded.owner_seq, do_not_contact = excluded.do_not_contact, outcome = excluded.outcome,
                domain = excluded.domain, phone = excluded.phone, region = excluded.region, industry = excluded.industry
    ), loads AS (
        INSERT INTO rep_loads (rep_id, open, last_seq)
        SELECT rep_id, open, last_seq FROM moved, unnest($5::rep_load_row[])
        ON CONFLICT (rep_id) DO UPDATE SET open = excluded.open, last_seq = excluded.last_seq
    ), days AS (
        INSERT INTO rep_days (rep_id, day, count)
        SELECT rep_id, day, count FROM moved, unnest($6::rep_day_row[])
        ON CONFLICT (rep_id, day) DO UPDATE SET count = excluded.count
    ), capped AS (
        INSERT INTO rule_days (rule_id, rep_id, day, count)
        SELECT rule_id, rep_id, day, count FROM moved, unnest($7::rule_day_row[])
        ON CONFLICT (rule_id, rep_id, day) DO UPDATE SET count = excluded.count
    ), owed AS (
        INSERT INTO credits (rotation, rep_id, credit)
        SELECT rotation, rep_id, credit FROM moved, unnest($8::credit_row[])
        ON CONFLICT (rotation, rep_id) DO UPDATE SET credit = excluded.credit
    ), counted AS (
        INSERT INTO crowd_turns (rotation, crowd, turns)
        SELECT rotation, crowd, turns FROM moved, unnest($9::crowd_turn_row[])
        ON CONFLICT (rotation) DO UPDATE SET crowd = excluded.crowd, turns = excluded.turns
    )
    SELECT count(*) = 1 FROM moved
"""

UPDATE_LEADS: Final = """
    -- Leads that were there before, and where they stand now: what was decided last says all of it, and who waited
    -- already has waited since then.
    UPDATE leads
    SET status = t.status, reason = t.reason, rep_id = t.rep_id, team_id = t.team_id, rule_id = t.rule_id,
        tier = t.tier, score = t.score,
        policy_version = coalesce(t.policy_version, leads.policy_version), latest_seq = t.seq,
        updated_at = t.decided_at,
        queued_at = CASE WHEN t.status = 'queued' AND leads.status = 'queued' THEN leads.queued_at
            WHEN t.status = 'queued' THEN t.decided_at END,
        closed_at = NULL, outcome = NULL
    FROM unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
                $9::float8[], $10::int[], $11::bigint[])
         AS t (id, decided_at, status, reason, rep_id, team_id, rule_id, tier, score, policy_version, seq)
    WHERE leads.id = t.id
"""

CHANGES: Final = """
    -- Records that matter to routing and assign nothing.
    INSERT INTO changes (revision, stamp, kind, subject, actor, at, detail, effects)
    SELECT revision, $1, kind, subject, actor, $2, detail::json, effects::json
    FROM unnest($3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
         AS t (revision, kind, subject, actor, detail, effects)
"""

CLOSE_LEADS: Final = """
    -- Leads that their reps are done with.
    UPDATE leads SET status = 'closed', outcome = t.outcome, closed_at = $1, updated_at = $1, queued_at = NULL
    FROM unnest($2::uuid[], $3::text[]) AS t (id, outcome) WHERE leads.id = t.id
"""

CORRECT_LEADS: Final = """
    -- Leads whose facts have been corrected.
    UPDATE leads
    SET source = t.source, external_id = t.external_id, name = t.name, email = t.email, phone = t.phone,
        company = t.company, region = t.region, industry = t.industry, facts = t.facts::json,
        corrected_warnings = t.warnings::json,
        body = NULL, updated_at = $1
    FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
                $10::text[], $11::text[], $12::text[])
         AS t (id, source, external_id, name, email, phone, company, region, industry, facts, warnings)
    WHERE leads.id = t.id
"""

SAID: Final = """
    -- When the fields of corrected leads were said.
    UPDATE leads SET said = t.said::json FROM unnest($1::uuid[], $2::text[]) AS t (id, said) WHERE leads.id = t.id
"""

REMOVE_CREDITS: Final = """
    -- Members who have left a rotation for good.
    DELETE FROM credits USING unnest($1::text[], $2::text[]) AS t (rotation, rep_id)
    WHERE credits.rotation = t.rotation AND credits.rep_id = t.rep_id
"""


@immutable(frozen=True, slots=True)
class Record:
    """One assignment record as it is written.

    ``facts`` are those that it was decided on, ``person`` those of them that may be the person's own; None where people
    decided, and where nothing of the person's was read. See :class:`app.engine.recorded.Reads`.
    """

    id: UUID
    lead_id: UUID
    seq: int
    revision: int
    kind: str
    decision: Decision
    effects: Effects
    source: str | None
    region: str | None
    industry: str | None
    facts: Mapping[str, Any] | None = None
    person: Mapping[str, Any] | None = None


@immutable(frozen=True, slots=True)
class NewLead:
    """A lead as it is first stored, beside its record.

    ``facts`` is its document in JSON. ``body`` is kept only if it could not be decided.
    """

    id: UUID
    received_at: datetime
    lead: Lead
    facts: bytes
    warnings: bytes
    body_hash: bytes
    body: bytes | None = None


@immutable(frozen=True, slots=True)
class Delivery:
    """A delivery key that has now been answered."""

    key: str
    lead_id: UUID
    body_hash: bytes
    expires_at: datetime | None


@immutable(frozen=True, slots=True)
class Change:
    """A record that matters to routing and assigns nothing. ``effects`` as :mod:`app.lane.sync` applies them."""

    revision: int
    kind: str
    subject: str | None
    actor: str | None
    detail: Mapping[str, Any]
    effects: Mapping[str, Any]


@immutable(frozen=True, slots=True)
class Corrected:
    """A lead whose facts have been corrected, with the nodes they now place it at."""

    id: UUID
    lead: Lead
    source: str | None
    region: str | None
    industry: str | None
    warnings: bytes


@dataclass(slots=True)
class Writes:
    """What a turn writes besides the world's counters."""

    stamp: int
    now: datetime
    interactive: bool = False
    """Whether somebody waits for one of these decisions."""
    leads: list[NewLead] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    identities: dict[str, Identity] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    closed: dict[UUID, str] = field(default_factory=dict)
    corrected: dict[UUID, Corrected] = field(default_factory=dict)
    expired: list[str] = field(default_factory=list)
    said: dict[UUID, Mapping[str, str]] = field(default_factory=dict)
    """When each corrected field of a lead was said last (ISO 8601)."""

    @property
    def some(self) -> bool:
        """Whether there is anything to write."""
        return bool(self.records or self.changes or self.deliveries or self.said)


def _columns(rows: Iterable[tuple[Any, ...]], width: int) -> list[Any]:
    columns = list(zip(*rows, strict=True))
    return columns or [()] * width


def _text(value: object) -> str:
    return orjson.dumps(value).decode()


@dataclass(frozen=True, slots=True)
class Statements:
    """What a turn sends: the values of :data:`WRITE`, and the statements with their values before and after it."""

    write: tuple[Any, ...]
    before: Sequence[tuple[Any, ...]]
    after: Sequence[tuple[Any, ...]]

    @property
    def one(self) -> bool:
        """Whether it is a single statement, which needs no transaction around it."""
        return not self.before and not self.after


def statements_of(writes: Writes, world: World, lane: LaneRow) -> Statements:
    """What writes down what was decided, the counters that ``world`` has touched, and the lane's new place; no more.

    ``lane`` is where it stood when this was decided.
    """
    new = {lead.id: lead for lead in writes.leads}
    first = {record.lead_id: record for record in writes.records if record.lead_id in new and record.kind == "routed"}
    touched, loads = world.touched, world.loads
    owed: list[tuple[str, RepId, int]] = []
    gone: list[tuple[str, RepId]] = []
    for rotation, rep in sorted(touched.credits):
        credit = loads.credits[rotation].plain.get(rep)
        if credit is None:
            gone.append((rotation, rep))
        else:
            owed.append((rotation, rep, credit))
    counted = {rotation: loads.credits[rotation] for rotation in sorted(touched.crowd_turns)}
    write = (
        [_lead_row(lead, first[lead.id]) for lead in writes.leads],
        [_record_row(record) for record in writes.records],
        [(one.key, one.lead_id, one.body_hash, one.expires_at) for one in writes.deliveries],
        [_identity_row(writes.identities[key]) for key in sorted(writes.identities)],
        [(rep, loads.open.get(rep, 0), loads.last_seq.get(rep)) for rep in sorted(touched.reps)],
        [(rep, day, loads.days[rep][day]) for rep, day in sorted(touched.days)],
        [(rule, rep, day, loads.rule_days[rule, rep][day]) for rule, rep, day in sorted(touched.rule_days)],
        owed,
        [(rotation, of.crowd, of.turns) for rotation, of in counted.items() if of.crowd is not None],
        writes.stamp,
        writes.now,
        world.seq,
        world.revision,
        writes.interactive,
        bool(touched.crowds or counted),
        lane.revision,
        lane.stamp,
        lane.time,
    )
    before: list[tuple[Any, ...]] = []
    if touched.crowds:
        members = [(crowd, _text(crowd.members)) for crowd in sorted(touched.crowds)]
        before.append((NEW_CROWDS, *_columns(members, 2)))
    if writes.expired:
        before.append((FORGET, writes.expired))
    after: list[tuple[Any, ...]] = []
    moved: dict[UUID, Record] = {
        r.lead_id: r for r in writes.records if r.lead_id not in new or first[r.lead_id] is not r
    }
    if moved:
        after.append((UPDATE_LEADS, *_columns(map(_moved_row, moved.values()), 11)))
    if writes.closed:
        after.append((CLOSE_LEADS, writes.now, list(writes.closed), list(writes.closed.values())))
    if writes.corrected:
        after.append((CORRECT_LEADS, writes.now, *_columns(map(_corrected_row, writes.corrected.values()), 11)))
    if writes.said:
        after.append((SAID, list(writes.said), [_text(said) for said in writes.said.values()]))
    if writes.changes:
        after.append((CHANGES, writes.stamp, writes.now, *_columns(map(_change_row, writes.changes), 6)))
    if gone:
        after.append((REMOVE_CREDITS, *_columns(gone, 2)))
    if settled := [rotation for rotation, of in counted.items() if of.crowd is None]:
        after.append((NO_CROWD_TURNS, settled))
    return Statements(write, before, after)


async def write_turn(connection: Connection, statements: Statements) -> bool:
    """Run them; tells whether the lane stood where it was seen. If not, nothing that was decided has been written."""
    for statement in statements.before:
        await connection.execute(*statement)
    written: bool = await connection.fetchval(WRITE, *statements.write)
    for statement in statements.after:
        await connection.execute(*statement)
    return written


def _lead_row(new: NewLead, record: Record) -> tuple[Any, ...]:
    lead, d = new.lead, record.decision
    return (
        new.id, new.received_at, d.decided_at, d.status.value, d.reason and d.reason.value, d.rep and d.rep.id, d.team,
        d.rule, d.tier, d.score and d.score.total, d.policy_version, record.seq, record.source, lead.external_id,
        lead.name, lead.email, lead.phone, lead.company, record.region, record.industry, new.facts.decode(),
        new.warnings.decode(), new.body_hash, new.body and new.body.decode(),
    )  # fmt: skip


def _record_row(r: Record) -> tuple[Any, ...]:
    d = r.decision
    return (
        r.seq, r.id, r.revision, r.lead_id, r.kind, d.status.value, d.reason and d.reason.value, d.rep and d.rep.id,
        d.team, d.rule, d.rule_name, d.strategy and d.strategy.value, d.score and d.score.total, d.tier, r.source,
        r.region, r.industry, d.policy_version, d.engine_version, d.decided_at, d.first_contact_due, d.actor, d.note,
        _text(d), _text(r.effects), None if r.facts is None else _text(r.facts),
        None if r.person is None else _text(r.person),
    )  # fmt: skip


def _moved_row(r: Record) -> tuple[Any, ...]:
    d = r.decision
    return (
        r.lead_id, d.decided_at, d.status.value, d.reason and d.reason.value, d.rep and d.rep.id, d.team, d.rule,
        d.tier, d.score and d.score.total, d.policy_version, r.seq,
    )  # fmt: skip


def _corrected_row(c: Corrected) -> tuple[Any, ...]:
    lead = c.lead
    return (
        c.id, c.source, lead.external_id, lead.name, lead.email, lead.phone, lead.company, c.region, c.industry,
        _text(lead.document()), c.warnings.decode(),
    )  # fmt: skip


def _change_row(c: Change) -> tuple[Any, ...]:
    return (c.revision, c.kind, c.subject, c.actor, _text(c.detail), _text(c.effects))


def _identity_row(i: Identity) -> tuple[Any, ...]:
    return (
        i.key, i.kind, i.leads, i.companies, i.people, i.last_lead, i.last_at, i.owner, i.owner_seq,
        i.do_not_contact, i.outcome, i.block, i.domain, i.phone, i.region, i.industry,
    )  # fmt: skip
