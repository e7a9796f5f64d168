"""What does a new service begin with? A sample roster and policy, so that the first lead finds a rep."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import structlog
from asyncpg import Connection

from app import settings
from app.engine.roster_document import read_roster
from app.errors import StartError
from app.intake.calendars import known_calendar
from app.intake.documents import read_document
from app.lane.batch import Batch, Command
from app.lane.lane import Lane
from app.lane.policies import ActivatePolicy, StorePolicy
from app.lane.roster import EditRoster
from app.store import database

_log = structlog.get_logger("app.seed")

ACTOR: Final = "sample"
"""Who the record says has put the sample there."""

SampleName = Literal["zh", "en"]

_HERE: Final = Path(__file__).parent / "samples"
_YAML: Final = "application/yaml"


@dataclass(frozen=True, slots=True)
class Sample:
    """The files of one sample: a policy, the roster it routes to, and leads to try them with."""

    policy: Path
    roster: Path
    leads: Path


def sample(name: SampleName) -> Sample:
    """The sample in that language."""
    return Sample(*(_HERE / name / file for file in ("policy.yaml", "roster.yaml", "leads.ndjson")))


class LoadSample(Command[bool]):
    """Put a sample's roster and policy in force where there is neither a rep nor a policy yet; tells whether it did.

    All in one turn of the lane: of two replicas that start at once, the second finds what the first has put there.
    """

    def __init__(self, chosen: Sample) -> None:
        super().__init__()
        read = read_roster(read_document(chosen.roster.read_bytes(), _YAML), known_calendar=known_calendar)
        source = chosen.policy.read_bytes()
        document: Any = read_document(source, _YAML)
        if read.value is None:
            raise StartError(f"{chosen.roster} is damaged: {read.errors[0].where}: {read.errors[0].message}")
        self._roster = EditRoster(read.value, ACTOR)
        self._policy = StorePolicy(document, source.decode(), "yaml", ACTOR)

    async def run(self, batch: Batch, connection: Connection) -> bool:
        """Look whether it is empty, and fill it."""
        if batch.world.roster.reps or await connection.fetchval("SELECT EXISTS (SELECT FROM policies)"):
            return False
        await self._roster.run(batch, connection)
        stored = await self._policy.run(batch, connection)
        activate = ActivatePolicy(stored.version, ACTOR)
        await activate.before(connection, batch.world)
        await activate.run(batch, connection)
        return True


async def load_samples_if_empty(url: str) -> bool:
    """Put the sample that ``LEAD_ROUTER_SAMPLE`` names into a migrated database without reps and policies.

    Tells whether it did.
    """
    chosen = settings.load()
    name = chosen.sample
    if name == "none":
        return False
    lane = Lane(database.parse(url, pgbouncer=chosen.pgbouncer))
    lane.start()
    try:
        loaded = await lane.submit(LoadSample(sample(name)))
    finally:
        await lane.drain()
    if loaded:
        _log.info("sample.loaded", sample=name)
    return loaded
