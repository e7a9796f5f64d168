"""Is the record what it says? Decisions computed again and compared to the byte, and tables held against the record."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from asyncpg import Connection

from app.engine.policy import Policy
from app.engine.rotation import Crowd
from app.errors import NotFound
from app.lane.sync import BrokenStore, stored_policy
from app.record.again import Incomparable, Recorded
from app.record.audit import Audit, differing_roster, read_counters
from app.record.found import Found, Stage, Wrong
from app.record.past import Past, crowds_of, past_at
from app.store.log import checkpoints, pages
from app.store.turn import LaneRow, look_at_lane

_POLICIES_KEPT: Final = 8
"""Compiled versions of the policy that are held in memory."""

_PAGE: Final = 500
"""Records that are read together, with their decisions."""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Difference:
    """A decision that is not what it is computed to be: the members that differ, or why it could not be computed."""

    seq: int
    members: tuple[str, ...] = ()
    failed: str | None = None


@dataclass
class Verified:
    """What was found. ``whole``: from the first record to the last, so that the tables could be looked at too."""

    whole: bool
    first: int
    last: int
    records: int = 0
    same: int = 0
    different: int = 0
    incomparable: Counter[Incomparable] = field(default_factory=Counter)
    checkpoints: int = 0
    found: Found = field(default_factory=Found)

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.different and not self.found.counted


class Verification:
    """Reads the record from ``first`` to ``last`` (seqs; the first and the last there are, if not said).

    ``tell`` is given each difference as it is found; ``seen`` how many rows of what have been looked at since it was
    last called, and the number of all where it is known. Nothing is written, and nothing is read in one long
    transaction: a service may go on beside it.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        first: int | None = None,
        last: int | None = None,
        tell: Callable[[Difference], None] = lambda _: None,
        seen: Callable[[Stage, int, int | None], None] = lambda *_: None,
    ) -> None:
        self._connection = connection
        self._first, self._last = first, last
        self._tell, self._seen = tell, seen
        self._policies: OrderedDict[int, Policy] = OrderedDict()

    async def run(self) -> Verified:
        """Verify.

        Raises:
            BrokenStore: the record cannot be followed.
            NotFound: there is no record of such a seq.
        """
        if self._first is None and self._last is None:
            return await self._all()
        return await self._part(await look_at_lane(self._connection))

    async def _all(self) -> Verified:
        connection = self._connection
        counters = await read_counters(connection)
        lane = counters.lane
        done = Verified(whole=True, first=min(1, lane.seq), last=lane.seq)
        audit = Audit(counters, done.found)
        try:
            past, taken = Past(), checkpoints(connection, lane.revision)
            checkpoint = await anext(taken, None)
            async for rows in pages(connection, 0, lane.revision, whole=True, size=_PAGE):
                crowds = await crowds_of(connection, rows, past)
                for row in rows:
                    await self._record(row, crowds, past, done, audit)
                    past.follow(row, crowds)
                    while checkpoint is not None and checkpoint["revision"] <= past.revision:
                        _compare(checkpoint, past, done)
                        checkpoint = await anext(taken, None)
                self._seen("record", len(rows), lane.revision)
            audit.end(past.roster, past.policy_version)
            await audit.tables(connection, lambda stage, count: self._seen(stage, count, None))
        finally:
            audit.leads.close()
        return done

    async def _part(self, lane: LaneRow) -> Verified:
        """Only decisions: what the tables hold is told by the whole record alone."""
        connection = self._connection
        first, last = self._first or 1, lane.seq if self._last is None else self._last
        done = Verified(whole=False, first=first, last=last)
        begin, end = await self._revision_of(first), await self._revision_of(last)
        past = await past_at(connection, begin - 1)
        async for rows in pages(connection, past.revision, end, whole=True, size=_PAGE):
            crowds = await crowds_of(connection, rows, past)
            for row in rows:
                await self._record(row, crowds, past, done)
                past.follow(row, crowds)
            self._seen("record", len(rows), end - begin + 1)
        return done

    async def _revision_of(self, seq: int) -> int:
        revision = await self._connection.fetchval("SELECT revision FROM assignments WHERE seq = $1", seq)
        if revision is None:
            last = (await look_at_lane(self._connection)).seq
            raise NotFound(f"There is no record with seq {seq}; the last one has {last}")
        return int(revision)

    async def _record(
        self, row: Row, crowds: Mapping[str, Crowd], past: Past, done: Verified, audit: Audit | None = None
    ) -> None:
        if row["seq"] is None:
            if audit is not None:
                audit.change(row, crowds)
            return
        done.records += 1
        try:
            recorded = Recorded.of(row, crowds)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            if audit is not None:
                audit.unreadable(row, error)
            self._differs(done, Difference(row["seq"], failed=repr(error)))
            return
        if audit is not None:
            audit.assignment(row, recorded)
        if (why := recorded.incomparable) is not None:
            done.incomparable[why] += 1
            return
        difference = await self._difference(row, recorded, past)
        if difference is None:
            done.same += 1
        else:
            self._differs(done, difference)

    def _differs(self, done: Verified, difference: Difference) -> None:
        done.different += 1
        self._tell(difference)

    async def _difference(self, row: Row, recorded: Recorded, past: Past) -> Difference | None:
        version = recorded.decision.policy_version
        if version is None or version != past.policy_version:
            return Difference(row["seq"], ("decision.policy_version",))
        try:
            policy = await self._policy(version)
            decision, effects = recorded.again(policy, past.at(recorded.decision.decided_at))
        except Exception as error:  # noqa: BLE001  whatever the record has become, the others are verified too
            return Difference(row["seq"], failed=f"{type(error).__name__}: {error}")
        differing: list[str] = []
        for name, computed in (("decision", decision), ("effects", effects)):
            text = orjson.dumps(computed).decode()
            if text != row[name]:
                differing += _differing(name, orjson.loads(text), orjson.loads(row[name]))
        return Difference(row["seq"], tuple(differing)) if differing else None

    async def _policy(self, version: int) -> Policy:
        policy = self._policies.pop(version, None) or await stored_policy(self._connection, version)
        self._policies[version] = policy
        if len(self._policies) > _POLICIES_KEPT:
            self._policies.popitem(last=False)
        return policy


def _differing(name: str, computed: dict[str, Any], stored: dict[str, Any]) -> list[str]:
    members = [key for key in sorted(computed.keys() | stored.keys()) if computed.get(key) != stored.get(key)]
    # Equal members in other bytes: their order, or how a number is written.
    return [f"{name}.{key}" for key in members] or [name]


def _compare(checkpoint: Row, past: Past, done: Verified) -> None:
    """A checkpoint is the world that the record leads to."""
    done.checkpoints += 1
    try:
        taken = Past(checkpoint)
    except BrokenStore as error:
        done.found(Wrong.CHECKPOINTS, error)
        return
    for what in _differences(taken, past):
        done.found(Wrong.CHECKPOINTS, f"revision {checkpoint['revision']}: {what}")


def _differences(one: Past, other: Past) -> Iterator[str]:
    for name in ("revision", "seq", "stamp", "policy_version", "time"):
        if getattr(one, name) != getattr(other, name):
            yield name
    yield from differing_roster(one.roster, other.roster)
    kept, held = one.counts(), other.counts()
    yield from (name for name in kept if kept[name] != held[name])
