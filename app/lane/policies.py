"""How does a policy come into force? Checked whole, stored as a version that never changes, activated in the lane."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import orjson
from asyncpg import Connection

from app.engine.policy import Policy
from app.engine.policy_document import Compiled, compile_policy
from app.engine.policy_findings import abandoned_rotations
from app.engine.policy_reader import Finding
from app.engine.roster import Roster
from app.engine.world import World
from app.errors import Invalid, NotFound
from app.intake.places import fault_of_place
from app.lane.batch import Batch, Command

INSERT: Final = """
    -- One more version.
    INSERT INTO policies (version, name, format, source, document, findings, created_at, created_by)
    VALUES ($1, $2, $3, $4, $5::json, $6::json, $7, $8)
"""


@dataclass(frozen=True, slots=True)
class Stored:
    """A version of the policy, and what was found about it."""

    version: int
    findings: tuple[Finding, ...]


def findings_json(findings: Sequence[Finding]) -> list[dict[str, str]]:
    """Findings as they are stored and answered."""
    return [{"code": found.code, "where": found.where, "message": found.message} for found in findings]


class StorePolicy(Command[Stored]):
    """Store a policy document as the next version."""

    def __init__(
        self,
        document: Mapping[str, Any],
        source: str,
        form: Literal["yaml", "json"],
        actor: str,
        *,
        dry_run: bool = False,
    ) -> None:
        super().__init__()
        self.document, self.source, self.form, self.actor, self.dry_run = document, source, form, actor, dry_run
        self._check = Check(document)
        self._text: str | None = None

    async def before(self, connection: Connection, world: World | None) -> None:
        """Compile it, and write it down, while nobody waits for it."""
        await self._check.before(world)
        self._text = self._written()

    async def run(self, batch: Batch, connection: Connection) -> Stored:
        """Check it against the roster, and store it.

        Raises:
            Invalid: something in it is wrong; ``places`` says what and where.
        """
        version = int(await connection.fetchval("SELECT coalesce(max(version), 0) + 1 FROM policies"))
        policy, findings = self._check.under_the_lane(batch, version)
        if self.dry_run:
            return Stored(version, findings)
        await connection.execute(
            INSERT, version, policy.name, self.form, self.source, self._text or self._written(),
            orjson.dumps(findings_json(findings)).decode(), batch.now, self.actor,
        )  # fmt: skip
        batch.change("policy.created", str(version), self.actor, {"name": policy.name})
        return Stored(version, findings)

    def _written(self) -> str:
        return orjson.dumps(self.document, default=str).decode()


class ActivatePolicy(Command[Stored]):
    """Put a stored version in force, from this place in the lane on."""

    def __init__(self, version: int, actor: str) -> None:
        super().__init__()
        self.version, self.actor = version, actor
        self._check: Check | None = None

    async def before(self, connection: Connection, world: World | None) -> None:
        """Read it and compile it."""
        document = await connection.fetchval("SELECT document FROM policies WHERE version = $1", self.version)
        if document is not None:
            self._check = Check(orjson.loads(document))
            await self._check.before(world)

    async def run(self, batch: Batch, connection: Connection) -> Stored:
        """Check its references again, under the lane, and activate it.

        Raises:
            Invalid: it names what is not there any more.
            NotFound: there is no such version.
        """
        if self._check is None:
            raise NotFound(f"There is no policy version {self.version}")
        _, findings = self._check.under_the_lane(batch, self.version)
        if batch.policy is not None and batch.policy.version == self.version:
            return Stored(self.version, findings)
        await connection.execute("UPDATE lane SET policy_version = $1 WHERE id = 1", self.version)
        batch.change("policy.activated", str(self.version), self.actor, {})
        return Stored(self.version, findings)


class Check:
    """A document compiled against a roster: before the lane is locked, and under it if the roster has changed since."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document
        self._roster: Roster | None = None
        self._compiled: Compiled | None = None

    async def before(self, world: World | None) -> None:
        """Compile in a thread: a policy of many thousand rules takes seconds."""
        self._roster = world.roster.roster if world is not None else Roster({}, {})
        self._compiled = await asyncio.to_thread(
            compile_policy, self.document, roster=self._roster, fault_of_place=fault_of_place
        )

    def under_the_lane(self, batch: Batch, version: int) -> tuple[Policy, tuple[Finding, ...]]:
        """The policy, and what was found about it and about the rotations that are running; raises Invalid."""
        roster = batch.world.roster.roster
        compiled = self._compiled
        if compiled is None or self._roster != roster:
            compiled = compile_policy(self.document, version=version, roster=roster, fault_of_place=fault_of_place)
        if compiled.policy is None:
            raise Invalid("The policy cannot be used as it is", places=compiled.errors)
        return compiled.policy, (*compiled.findings, *_abandoned(compiled.policy, batch))


def _abandoned(policy: Policy, batch: Batch) -> Iterator[Finding]:
    """The rotations that would stop though somebody is owed a turn; a team's waits until a rule names it again."""
    live = [
        rotation
        for rotation, credits in batch.world.loads.credits.items()
        if any(credits.each().values()) and not rotation.startswith("team:")
    ]
    return abandoned_rotations(batch.policy, policy, live) if batch.policy is not None else iter(())
