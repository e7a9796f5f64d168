"""How does a policy come into force? Checked whole, stored as a version that never changes, activated in the lane."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import orjson
from asyncpg import Connection

from app.engine.policy import Policy
from app.engine.policy_document import compile_policy
from app.engine.policy_reader import Finding
from app.engine.world import World
from app.errors import Invalid, NotFound
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
        self, document: Mapping[str, Any], source: str, form: Literal["yaml", "json"], actor: str, *, dry_run: bool = False
    ) -> None:
        super().__init__()
        self.document, self.source, self.form, self.actor, self.dry_run = document, source, form, actor, dry_run

    async def run(self, batch: Batch, connection: Connection) -> Stored:
        """Check it against the roster, and store it.

        Raises:
            Invalid: something in it is wrong; ``places`` says what and where.
        """
        version = int(await connection.fetchval("SELECT coalesce(max(version), 0) + 1 FROM policies"))
        policy, findings = checked(self.document, batch.world, version)
        if self.dry_run:
            return Stored(version, findings)
        await connection.execute(
            INSERT, version, policy.name, self.form, self.source, orjson.dumps(self.document, default=str).decode(),
            orjson.dumps(findings_json(findings)).decode(), batch.now, self.actor,
        )  # fmt: skip
        batch.change("policy.created", str(version), self.actor, {"name": policy.name})
        return Stored(version, findings)


class ActivatePolicy(Command[Stored]):
    """Put a stored version in force, from this place in the lane on."""

    def __init__(self, version: int, actor: str) -> None:
        super().__init__()
        self.version, self.actor = version, actor

    async def run(self, batch: Batch, connection: Connection) -> Stored:
        """Check its references again, under the lane, and activate it.

        Raises:
            Invalid: it names what is not there any more.
            NotFound: there is no such version.
        """
        document = await connection.fetchval("SELECT document FROM policies WHERE version = $1", self.version)
        if document is None:
            raise NotFound(f"There is no policy version {self.version}")
        _, findings = checked(orjson.loads(document), batch.world, self.version)
        if batch.policy is not None and batch.policy.version == self.version:
            return Stored(self.version, findings)
        await connection.execute("UPDATE lane SET policy_version = $1 WHERE id = 1", self.version)
        batch.change("policy.activated", str(self.version), self.actor, {})
        return Stored(self.version, findings)


def checked(document: Mapping[str, Any], world: World, version: int) -> tuple[Policy, tuple[Finding, ...]]:
    """Compile a document against the roster and the rotations that are running; raises Invalid."""
    compiled = compile_policy(document, version=version, roster=world.roster.roster)
    if compiled.policy is None:
        raise Invalid("The policy cannot be used as it is", places=compiled.errors)
    return compiled.policy, (*compiled.findings, *abandoned(compiled.policy, world))


def abandoned(policy: Policy, world: World) -> list[Finding]:
    """Rotations of rules that would stop though reps are owed turns in them, with the line that keeps each."""
    kept = {rule.rotation for rule in policy.rules}
    found = []
    for rotation, credits in sorted(world.loads.credits.items()):
        kind, _, name = rotation.partition(":")
        if rotation in kept or not any(credits.values()) or kind == "team":
            continue
        key = "id" if kind == "rule" else "rotation"
        found.append(
            Finding(
                "rotation_abandoned",
                "rules",
                f"the turns of “{name}” would be forgotten: to keep them, give the rule that takes its place “{key}: {name}”",
            )
        )
    return found
