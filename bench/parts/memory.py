"""One worker of the service, against the same application with intake and engine on a world in memory."""

from __future__ import annotations

from collections.abc import Iterator

from bench import in_memory
from bench.figure import Figure, spread
from bench.ground import Ground
from bench.service import serving


def run(ground: Ground) -> Iterator[Figure]:
    """Rounds in turn: what the database adds to a lead, and how much of it going together saves."""
    url, other = ground.database("one_worker"), ground.database("no_database")
    clients = ground.scale.clients
    with (
        serving(url, ground.log, workers=1) as service,
        serving(other, ground.log, workers=1, application=in_memory.APPLICATION) as memory,
    ):
        for warmed in (service, memory):
            ground.load(warmed, clients=clients, seconds=1)
        ours, theirs = [], []
        for number in range(ground.scale.rounds):
            ground.say(f"one worker, round {number + 1} of {ground.scale.rounds}")
            ours.append(ground.load(service, clients=clients).rate)
            theirs.append(ground.load(memory, clients=clients).rate)
    yield Figure(
        name="memory",
        title=f"the same, 1 worker, against the same app on a world in memory: leads/s, {clients} clients",
        rounds=[our / their for our, their in zip(ours, theirs, strict=True)],
        must=0.6,
        aim=0.75,
        seen={"leads_per_second": spread(ours), "in_memory_per_second": spread(theirs)},
    )
