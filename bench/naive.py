"""How does one write it in a day? FastAPI, a SQLAlchemy session per request, the same tables: count, then insert.

The twin that the service is compared with. Written as its frameworks' documentation has it, and spared where it can be:

- it reads a lead by pydantic alone: no phone numbers, no company names, no currencies in text;
- it finds the territory in a table of the names that the bench's leads use;
- it keeps no counters, so nobody waits for a counter's row; it counts today's assignments instead, those of the reps
  who could take the lead, and its today begins when it is started;
- its sequence is Postgres's own, so it is not gapless; its trace is the rule's name.

It is not fair, not exact and not safe: two requests at once count the same and give to the same rep. It is only fast or
slow.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Annotated, Any, Final
from uuid import UUID, uuid4

from fastapi import Depends, FastAPI, Request
from pydantic import BaseModel, ConfigDict
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase

from app import settings
from app.store import database
from app.store.tables import metadata, routing
from bench.office import policy_document

APPLICATION: Final = "bench.naive:create_app"
SEQUENCE: Final = "naive_seq"


class Base(DeclarativeBase):
    """The tables as they are."""

    metadata = metadata


class LeadRow(Base):
    """A lead."""

    __table__ = routing.leads


class AssignmentRow(Base):
    """An assignment."""

    __table__ = routing.assignments


class DeliveryRow(Base):
    """A delivery."""

    __table__ = routing.deliveries


class IdentityRow(Base):
    """What is known by a key."""

    __table__ = routing.identities


class RepRow(Base):
    """A rep."""

    __table__ = routing.reps


class LeadIn(BaseModel):
    """A lead as it comes in."""

    model_config = ConfigDict(extra="allow", coerce_numbers_to_str=True)

    external_id: str
    source: str | None = None
    name: str | None = None
    title: str | None = None
    email: str | None = None
    phone: str | None = None
    company: str | None = None
    country: str | None = None
    region: str | None = None
    city: str | None = None
    industry: str | None = None
    employees: str | None = None
    budget: str | None = None
    intent: str | None = None
    urgency: str | None = None
    language: str | None = None
    need: str | None = None


class RepOut(BaseModel):
    """Whom a lead went to."""

    id: str
    name: str


class Answer(BaseModel):
    """What the sender is told."""

    lead_id: UUID
    status: str
    score: float
    tier: str
    rule: str
    rep: RepOut
    assignment_id: UUID
    seq: int
    assigned_at: datetime


_TERRITORIES: Final[Mapping[str, Sequence[str]]] = {
    "east-china": ("上海", "江苏", "浙江", "山东", "福建"),
    "south-china": ("广东",),
    "north-china": ("北京", "天津"),
    "west-china": ("四川", "湖北", "陕西"),
    "dach": ("Germany",),
    "nordics": ("Sweden",),
    "uk-ireland": ("United Kingdom",),
    "europe": ("France", "Spain"),
    "us-west": ("California",),
    "north-america": ("USA", "Canada"),
    "apac": ("Australia", "Singapore", "Japan"),
}
_ABOVE: Final = {
    "dach": "europe", "nordics": "europe", "uk-ireland": "europe", "us-west": "north-america",
    "east-china": "CN", "south-china": "CN", "north-china": "CN", "west-china": "CN",
}  # fmt: skip


def names_of(nodes: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The code of each of a policy's nodes, by its names."""
    return {
        name.lower(): node["code"] for node in nodes for name in (node["code"], node["name"], *node.get("aliases", ()))
    }


class Rules:
    """The policy, walked rule by rule."""

    def __init__(self, policy: Mapping[str, Any]) -> None:
        self._rules = policy["rules"]
        self._industries = names_of(policy["industries"])
        self._sources = names_of(policy["sources"])
        self._within = {node["code"]: node.get("parent") for node in policy["industries"]}

    def facts(self, lead: LeadIn) -> dict[str, Any]:
        """What the rules ask about."""
        place = f"{lead.region or ''} {lead.city or ''} {lead.country or ''}"
        region = next((code for code, names in _TERRITORIES.items() if any(name in place for name in names)), None)
        industry = self._industries.get((lead.industry or "").lower())
        score = {"high": 8, "高": 8, "medium": 4, "中": 4}.get(lead.intent or "", 1)
        score += {"high": 5, "高": 5, "medium": 3, "中": 3}.get(lead.urgency or "", 1)
        employees, budget = _number(lead.employees), _number(lead.budget)
        score += 6 if employees >= 1000 else 4 if employees >= 100 else 2
        score += 8 if budget >= 500_000 else 5 if budget >= 100_000 else 2
        return {
            "region": [code for code in (region, _ABOVE.get(region or "")) if code],
            "industry": [code for code in (industry, self._within.get(industry or "")) if code],
            "source": [self._sources.get((lead.source or "").lower(), lead.source)],
            "tier": ["A" if score >= 18 else "B" if score >= 9 else "C"],
            "language": [lead.language],
            "intent": [lead.intent],
            "urgency": [lead.urgency],
            "employees": employees,
            "budget": budget,
            "score": score,
        }

    def matching(self, facts: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """The rules whose ``when`` holds, in their order."""
        return [rule for rule in self._rules if all(_holds(facts, *one) for one in rule.get("when", {}).items())]


def _number(said: str | None) -> float:
    digits = "".join(sign for sign in said or "" if sign.isdigit())
    return float(digits) if digits else 0.0


def _holds(facts: Mapping[str, Any], field: str, wanted: Any) -> bool:
    value = facts[field]
    if isinstance(wanted, dict):
        if "at_least" in wanted:
            return bool(value >= wanted["at_least"])
        return not set(value) & set(wanted["none_of"])
    return bool(set(value) & set(wanted if isinstance(wanted, list) else [wanted]))


def could_take(rule: Mapping[str, Any], facts: Mapping[str, Any], reps: Sequence[RepRow]) -> list[RepRow]:
    """The reps whom a rule is about and who cover what it says."""
    assign = rule["assign"]
    found = []
    for rep in reps:
        document = rep.document
        if assign.get("team", "everyone") not in ("everyone", document["attributes"]["role"]):
            continue
        if any(document[name] != value for name, value in assign.get("reps", {}).items()):
            continue
        covers = document["covers"]
        named = {"region": "regions", "industry": "industries", "language": "languages"}
        if all(
            covers.get(named[dimension]) is None or set(facts[dimension]) & set(covers[named[dimension]])
            for dimension in assign.get("covering", ())
        ):
            found.append(rep)
    return found


async def session_of(request: Request) -> AsyncIterator[AsyncSession]:
    """A session for this request."""
    async with request.app.state.sessions() as session:
        yield session


Session = Annotated[AsyncSession, Depends(session_of)]


def create_app() -> FastAPI:
    """The twin's application."""
    given = settings.load()
    chosen = given.database()
    rules = Rules(policy_document())

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        engine = create_async_engine(
            "postgresql+asyncpg://", async_creator=chosen.connect, pool_size=20, max_overflow=12
        )
        app.state.sessions = async_sessionmaker(engine, expire_on_commit=False)
        app.state.today = datetime.now(UTC)
        yield
        await engine.dispose()

    app = FastAPI(lifespan=lifespan)

    @app.post("/v1/leads", status_code=201)
    async def route_lead(lead: LeadIn, session: Session, request: Request) -> Answer:
        """Count, then insert."""
        key = "source:" + hashlib.sha256(f"{lead.source}\0{lead.external_id}".encode()).hexdigest()
        if (known := await session.get(DeliveryRow, key)) is not None:
            return await _recorded(session, known.lead_id)
        facts = rules.facts(lead)
        keys = _keys(lead)
        seen = (await session.scalars(select(IdentityRow).where(IdentityRow.key.in_(keys)))).all()
        owner = next((one.owner for one in seen if one.owner), None)
        reps = (await session.scalars(select(RepRow))).all()
        rule, rep = await _picked(session, rules, facts, reps, owner, request.app.state.today)
        made = await _inserted(session, lead, facts, keys, rule, rep, key)
        await session.commit()
        return Answer(
            lead_id=made.lead_id,
            status=made.status,
            score=made.score,
            tier=made.tier,
            rule=made.rule_name,
            rep=RepOut(id=rep.id, name=rep.document["name"]),
            assignment_id=made.id,
            seq=made.seq,
            assigned_at=made.decided_at,
        )

    return app


async def _recorded(session: AsyncSession, lead_id: UUID) -> Answer:
    made = (await session.scalars(select(AssignmentRow).where(AssignmentRow.lead_id == lead_id))).one()
    rep = await session.get_one(RepRow, made.rep_id)
    return Answer(
        lead_id=lead_id,
        status=made.status,
        score=made.score,
        tier=made.tier,
        rule=made.rule_name,
        rep=RepOut(id=rep.id, name=rep.document["name"]),
        assignment_id=made.id,
        seq=made.seq,
        assigned_at=made.decided_at,
    )


async def _picked(
    session: AsyncSession,
    rules: Rules,
    facts: Mapping[str, Any],
    reps: Sequence[RepRow],
    owner: str | None,
    since: datetime,
) -> tuple[str, RepRow]:
    for rule in rules.matching(facts):
        if rule["assign"] == "owner":
            if owner is not None:
                return rule["name"], next(rep for rep in reps if rep.id == owner)
            continue
        able = could_take(rule, facts, reps)
        if able:
            counted = await session.execute(
                select(AssignmentRow.rep_id, func.count())
                .where(AssignmentRow.decided_at >= since, AssignmentRow.rep_id.in_([rep.id for rep in able]))
                .group_by(AssignmentRow.rep_id)
            )
            counts = {row[0]: row[1] for row in counted}
            return rule["name"], min(able, key=lambda rep: (counts.get(rep.id, 0), rep.id))
    raise LookupError("the last rule takes everyone")


async def _inserted(
    session: AsyncSession,
    lead: LeadIn,
    facts: Mapping[str, Any],
    keys: Mapping[str, str],
    rule: str,
    rep: RepRow,
    key: str,
) -> AssignmentRow:
    now = datetime.now(UTC)
    seq = await session.scalar(select(func.nextval(SEQUENCE)))
    lead_id = uuid4()
    common = {
        "status": "assigned",
        "rep_id": rep.id,
        "tier": facts["tier"][0],
        "score": facts["score"],
        "source": facts["source"][0],
        "region": next(iter(facts["region"]), None),
        "industry": next(iter(facts["industry"]), None),
    }
    row = LeadRow(
        id=lead_id, received_at=now, updated_at=now, latest_seq=seq, external_id=lead.external_id, name=lead.name,
        email=lead.email, phone=lead.phone, company=lead.company, facts=lead.model_dump(), warnings=[], **common,
    )  # fmt: skip
    session.add(row)
    await session.flush()
    made = AssignmentRow(
        seq=seq, id=uuid4(), revision=seq, stamp=0, lead_id=lead_id, kind="routed", rule_name=rule,
        engine_version="naive", decided_at=now, decision={"rule": rule, "score": facts["score"]}, effects={}, **common,
    )  # fmt: skip
    session.add(made)
    session.add(DeliveryRow(key=key, lead_id=lead_id, body_hash=b"", created_at=now))
    rows = [
        {
            "key": one, "kind": kind, "companies": [lead.company or ""], "people": [lead.name or ""], "leads": 1,
            "last_lead": lead_id, "last_at": now, "owner": rep.id, "owner_seq": seq, "do_not_contact": False,
        }
        for one, kind in keys.items()
    ]  # fmt: skip
    upsert = insert(IdentityRow)
    await session.execute(
        upsert.on_conflict_do_update(
            index_elements=["key"],
            set_={
                "leads": IdentityRow.leads + 1,
                "last_lead": upsert.excluded.last_lead,
                "last_at": upsert.excluded.last_at,
                "owner": upsert.excluded.owner,
            },
        ),
        rows,
    )
    return made


def _keys(lead: LeadIn) -> dict[str, str]:
    """The keys that a lead is known by, with their kinds."""
    found = {}
    if lead.email:
        found["email:" + lead.email.lower()] = "email"
        found["domain:" + lead.email.rpartition("@")[2].lower()] = "domain"
    if lead.phone:
        found["phone:" + lead.phone] = "phone"
    if lead.company:
        found["company:" + lead.company.lower()] = "company"
    return found


async def make_ready(url: str) -> None:
    """What the twin needs besides the tables."""
    connection = await database.parse(url).connect()
    try:
        start = await connection.fetchval("SELECT greatest(max(seq), max(revision)) + 1 FROM assignments")
        await connection.execute(f"CREATE SEQUENCE {SEQUENCE} START {start or 1}")
    finally:
        await connection.close()
