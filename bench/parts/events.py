"""Others are told of what is recorded: what does that take from the leads that come in, and how quickly is it done?"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any, Final

import httpx

from bench import past as pasts
from bench.figure import Figure, spread
from bench.ground import Ground
from bench.service import Service, serving
from bench.taker import taking

SUBSCRIPTION: Final = "/v1/subscriptions/bench"
LONGEST_SECONDS: Final = 1800.0
"""For how long it is waited until all has been told."""


def run(ground: Ground) -> Iterator[Figure]:
    """Rounds with a receiver that is far behind and without one, in turn; then the rest is told while leads go on.

    The receiver is a process that takes what it gets at once. Leads go on from one client in the second half: what
    comes while all events are told.
    """
    events = ground.scale.export // 2
    ground.say(f"a database of {events:,} decisions")
    url = ground.database("events", template=pasts.past(ground.server, events, ground.say))
    clients, workers = ground.scale.clients, ground.scale.workers
    private = {"allow_private_addresses": "127.0.0.1"}
    with taking() as port, serving(url, ground.log, workers=workers, **private) as service:
        receiver = {"kind": "webhook", "settings": {"url": f"http://127.0.0.1:{port}/"}, "from": 0}
        _put(service, {**receiver, "enabled": False})
        ground.load(service, clients=clients, seconds=1)
        alone, beside = [], []
        for number in range(ground.scale.rounds):
            ground.say(f"leads beside events, round {number + 1} of {ground.scale.rounds}")
            _patch(service, {"enabled": False})
            alone.append(ground.load(service, clients=clients).rate)
            told = _delivered(service)
            _patch(service, {"enabled": True})
            _until_more_than(service, told)
            beside.append(ground.load(service, clients=clients).rate)
        begun, before, decided = time.perf_counter(), _delivered(service), 0.0
        while _behind(service):
            ground.say(f"telling of {events:,} events while leads go on: {_delivered(service):,}")
            decided += ground.load(service, clients=1).rate * ground.scale.seconds
            if time.perf_counter() - begun > LONGEST_SECONDS:
                raise ValueError("not all was told in time")
        seconds = time.perf_counter() - begun
        delivered = _delivered(service)
    if delivered < events:
        raise ValueError(f"{delivered} of {events} events were delivered")
    yield Figure(
        name="events_throughput",
        title=f"leads/s while a receiver is told of {events:,} events, against without, {clients} clients",
        rounds=[with_it / without for with_it, without in zip(beside, alone, strict=True)],
        must=0.9,
        seen={
            "leads_per_second": spread(alone),
            "while_telling": spread(beside),
            "events_told_in_the_end": delivered,
            "events_per_second_beside_one_client": round((delivered - before) / seconds),
            "leads_per_second_of_that_client": round(decided / seconds),
        },
    )


def _put(service: Service, document: dict[str, Any]) -> None:
    address = service.address
    answer = httpx.put(address.url + SUBSCRIPTION, json=document, headers=address.authorization, timeout=60)
    answer.raise_for_status()


def _patch(service: Service, document: dict[str, Any]) -> None:
    address = service.address
    answer = httpx.patch(address.url + SUBSCRIPTION, json=document, headers=address.authorization, timeout=60)
    answer.raise_for_status()


def _delivered(service: Service) -> int:
    return int(service.get(SUBSCRIPTION).json()["state"]["delivered"])


def _until_more_than(service: Service, told: int) -> None:
    """Wait until a worker has the subscription's lease and tells of events."""
    until = time.monotonic() + 60
    while _delivered(service) <= told:
        if time.monotonic() > until:
            raise ValueError("nothing is told")
        time.sleep(0.05)


def _behind(service: Service) -> bool:
    return int(service.get(SUBSCRIPTION).json()["state"]["behind"]) > 0
