"""What does the engine know? The roster, loads and rotations as of one revision, and what it is told of a lead's past.

A world only changes by :meth:`World.apply`, with the effects of one record, and by :meth:`World.advance`, with time. A
batch works on a :meth:`World.fork`, which takes the place of the world it came from once its commit is known.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from itertools import repeat
from typing import Final, TypeVar, cast
from zoneinfo import ZoneInfo

from app.engine.availability import Presence, local_date, next_on_shift, presence, window_start
from app.engine.credits import Credits
from app.engine.decision import Effects
from app.engine.masks import positions
from app.engine.policy import Policy
from app.engine.recognise import Identity
from app.engine.roster import WINDOWS, Calendars, Capacity, Rep, RepId, Roster, Window
from app.engine.roster_index import RosterIndex
from app.engine.rotation import UNIT, AnyTurn, Crowd, CrowdTurn, retire

K = TypeVar("K")
V = TypeVar("V")

CAPS: Final = ("open", *WINDOWS)
DAYS_KEPT = 62
"""Days of counts that caps can ask for: a month and the ISO weeks at its ends, with room."""
_CROWDS_KEPT: Final = 32
"""Crowds that are known by their name, beside those whose turns a rotation counts."""


@dataclass(slots=True)
class Loads:
    """What reps carry, as it is read from the store. Absent: nothing."""

    open: dict[RepId, int] = field(default_factory=dict)
    last_seq: dict[RepId, int] = field(default_factory=dict)
    days: dict[RepId, dict[date, int]] = field(default_factory=dict)
    rule_days: dict[tuple[str, RepId], dict[date, int]] = field(default_factory=dict)
    credits: dict[str, Credits] = field(default_factory=dict)


@dataclass(slots=True)
class Touched:
    """What records have changed since the fork, and so must be written: always by its new, absolute value.

    Of ``credits`` that is what is kept of each one's apart; ``crowd_turns`` are the rotations in which a crowd's turns
    are counted otherwise than before, ``crowds`` those that no record has referred to as far as is known.
    """

    reps: set[RepId] = field(default_factory=set)
    days: set[tuple[RepId, date]] = field(default_factory=set)
    rule_days: set[tuple[str, RepId, date]] = field(default_factory=set)
    credits: set[tuple[str, RepId]] = field(default_factory=set)
    crowd_turns: set[str] = field(default_factory=set)
    crowds: set[Crowd] = field(default_factory=set)


class World:
    """The world at ``revision``; ``stamp`` tells apart two histories that both reached it."""

    __slots__ = ("_at_cap", "_due", "_midnights", "_next_on", "_owned", "_presence", "_today", "calendars",
                 "crowds", "freed", "identities", "loads", "now", "policies", "revision", "roster", "seq", "stamp",
                 "touched")  # fmt: skip

    def __init__(
        self, roster: Roster, calendars: Calendars, loads: Loads, *, now: datetime, seq: int, revision: int, stamp: int
    ) -> None:
        self.roster = RosterIndex(roster)
        self.calendars = calendars
        self.loads = loads
        self.seq = seq
        self.revision = revision
        self.stamp = stamp
        self.policies: dict[int, Policy] = {}
        """The stored policies compiled so far: they are as good as the world, so they stay and go with it."""
        self.identities: dict[str, Identity] = {}
        self.crowds: dict[str, Crowd] = {
            credits.crowd: credits.crowd for credits in loads.credits.values() if credits.crowd is not None
        }
        """Crowds that records refer to, by name: the latest that were met."""
        self.touched = Touched()
        self.freed = revision
        """How often a record freed a rep who was at a cap, from the revision on at which the world was read.

        So it never passes the revision, and of two worlds of one history the later one's is not the smaller.
        """
        self._owned: set[object] = set()
        self._rebuild(now)

    def fork(self) -> World:
        """A world that starts as this one is; neither what happens to it nor its time reaches this one."""
        twin = object.__new__(World)
        for name in ("roster", "calendars", "policies", "seq", "revision", "stamp", "now", "freed"):
            setattr(twin, name, getattr(self, name))
        for name in ("_presence", "_due", "_midnights", "_today", "_next_on", "_at_cap"):
            setattr(twin, name, getattr(self, name).copy())
        loads = self.loads
        twin.loads = Loads(
            dict(loads.open), dict(loads.last_seq), dict(loads.days), dict(loads.rule_days), dict(loads.credits)
        )
        twin.identities = {}
        twin.crowds = dict(self.crowds)
        twin.touched = Touched()
        twin._owned = set()
        return twin

    def settled(self, stamp: int) -> World:
        """This world once what it changed has been committed under ``stamp``: ready to be forked again."""
        self.stamp = stamp
        self.identities = {}
        self.touched = Touched()
        self._owned = set()
        return self

    # --- time ---------------------------------------------------------------------------------------------------------

    def _rebuild(self, now: datetime) -> None:
        self.now = now
        self._next_on: dict[int, datetime] = {}
        self._presence: dict[Presence, int] = dict.fromkeys(Presence, 0)
        self._due: list[tuple[datetime, int]] = []
        for position, rep in enumerate(self.roster.reps):
            state, until = presence(rep, now, self.calendars)
            self._presence[state] |= 1 << position
            self._due.append((until, position))
        heapq.heapify(self._due)
        self._today: dict[str, date] = {}
        self._midnights: list[tuple[datetime, str]] = []
        for zone in {rep.timezone for rep in self.roster.reps}:
            self._start_day(zone)
        self._at_cap: dict[str, int] = dict.fromkeys(CAPS, 0)
        for position in range(len(self.roster.reps)):
            self._see_caps(position)

    def advance(self, now: datetime) -> None:
        """Bring shifts, leave and cap windows up to ``now``."""
        if now < self.now:
            self._rebuild(now)
            return
        self.now = now
        due = self._due
        while due and due[0][0] <= now:
            _, position = due[0]
            state, until = presence(self.roster.reps[position], now, self.calendars)
            bit = 1 << position
            for other in Presence:
                self._presence[other] &= ~bit
            self._presence[state] |= bit
            self._next_on.pop(position, None)
            heapq.heapreplace(due, (until, position))
        while self._midnights and self._midnights[0][0] <= now:
            _, zone = heapq.heappop(self._midnights)
            self._start_day(zone)
            for position, rep in enumerate(self.roster.reps):
                if rep.timezone == zone:
                    self._see_caps(position)

    def _start_day(self, zone: str) -> None:
        info = ZoneInfo(zone)
        today = self.now.astimezone(info).date()
        self._today[zone] = today
        midnight = datetime.combine(today + timedelta(days=1), time.min, info).astimezone(UTC)
        heapq.heappush(self._midnights, (midnight, zone))

    def today(self, position: int) -> date:
        """The calendar day it is for a rep."""
        return self._today[self.roster.reps[position].timezone]

    def day_of(self, rep: Rep, now: datetime) -> date:
        """The calendar day that ``now`` is for a rep: as known, if it is this world's."""
        return self._today[rep.timezone] if now == self.now else local_date(rep, now)

    # --- who is able --------------------------------------------------------------------------------------------------

    @property
    def on_shift(self) -> int:
        """The mask of those who are inside their working hours, not on leave, not on a holiday."""
        return self._presence[Presence.ON_SHIFT]

    def away(self, state: Presence) -> int:
        """The mask of those in this state."""
        return self._presence[state]

    def at_cap(self, cap: str) -> int:
        """The mask of those who have reached their ``open``, ``per_day``, ``per_week`` or ``per_month``."""
        return self._at_cap[cap]

    def unable(self) -> int:
        """The mask of those for whom any reason holds for not being able, whatever a rule may overlook."""
        presence, full, roster = self._presence, self._at_cap, self.roster
        return (
            roster.inactive | roster.paused | roster.all & ~presence[Presence.ON_SHIFT]
            | full["open"] | full["per_day"] | full["per_week"] | full["per_month"]
        )  # fmt: skip

    def abilities(self) -> tuple[object, ...]:
        """What decides who is able, whatever the lead, and whether it was otherwise meanwhile.

        Between two worlds of one history that agree in it nobody has become able, not even for a while.
        """
        caps = self._at_cap.values()
        return (self.roster, self.freed, *self._presence.values(), *caps, tuple(self._today.values()))

    def on_shift_within(self, mask: int, within: timedelta) -> int:
        """Those of ``mask`` who are off shift or on holiday now, and on shift by ``within`` from now."""
        latest = self.now + within
        found = 0
        for position in positions(mask & (self.away(Presence.OFF_SHIFT) | self.away(Presence.HOLIDAY))):
            start = self._next_on.get(position)
            if start is None:
                horizon = timedelta(days=31)
                start = next_on_shift(self.roster.reps[position], self.now, self.calendars, within=horizon)
                start = self._next_on[position] = start or _NEVER
            if start <= latest:
                found |= 1 << position
        return found

    def _see_caps(self, position: int) -> None:
        rep = self.roster.reps[position]
        capacity = rep.capacity
        if capacity == _NO_CAPS:
            return
        bit = 1 << position
        at_cap = self._at_cap
        for cap, limit in (("open", capacity.open), ("per_day", capacity.per_day), ("per_week", capacity.per_week),
                           ("per_month", capacity.per_month)):  # fmt: skip
            if limit is not None and self.carried(position, cap) >= limit:
                at_cap[cap] |= bit
            else:
                at_cap[cap] &= ~bit

    def carried(self, position: int, cap: str) -> int:
        """How much a rep has of what a cap limits: open leads, or new ones in the window that contains today."""
        rep = self.roster.ids[position]
        if cap == "open":
            return self.loads.open.get(rep, 0)
        days = self.loads.days.get(rep)
        return _count(days, cap, self.today(position)) if days else 0

    def carried_by_rule(self, rule: str, position: int, window: Window) -> int:
        """How many leads a rep has had by one rule in the window that contains today."""
        days = self.loads.rule_days.get((rule, self.roster.ids[position]))
        return _count(days, window, self.today(position)) if days else 0

    # --- change -------------------------------------------------------------------------------------------------------

    def apply(self, effects: Effects, seq: int | None = None) -> None:
        """Bring the loads and rotations to where a record with these effects leaves them.

        ``seq`` is the record's, if it is an assignment. Revision, seq and stamp are the caller's to keep.
        """
        loads = self.loads
        if effects.lost is not None:
            loads.open[effects.lost] = max(0, loads.open.get(effects.lost, 0) - 1)
            full = self._at_cap["open"]
            self._carries(effects.lost)
            self.freed += full != self._at_cap["open"]
        gained, day = effects.gained, effects.day
        if gained is not None:
            loads.open[gained] = loads.open.get(gained, 0) + 1
            if seq is not None:
                loads.last_seq[gained] = seq
            if day is not None:
                days = self._own(loads.days, gained)
                days[day] = days.get(day, 0) + 1
                self.touched.days.add((gained, day))
                if effects.capped_rule is not None:
                    days = self._own(loads.rule_days, (effects.capped_rule, gained))
                    days[day] = days.get(day, 0) + 1
                    self.touched.rule_days.add((effects.capped_rule, gained, day))
            self._carries(gained)
        if effects.returned is not None:
            self._book(effects.returned, Credits.give_back)
        if effects.turn is not None:
            self._book(effects.turn, Credits.take)

    def _book(self, turn: AnyTurn, change: Callable[[Credits, AnyTurn], Sequence[RepId]]) -> None:
        credits = self._own_credits(turn.rotation)
        counted = credits.crowd, credits.turns
        self.touched.credits.update(zip(repeat(turn.rotation), change(credits, turn)))
        if (credits.crowd, credits.turns) != counted:
            self.touched.crowd_turns.add(turn.rotation)
        if isinstance(turn, CrowdTurn):
            self._meet(turn.crowd)

    def _meet(self, crowd: Crowd) -> None:
        if crowd not in self.crowds:
            if len(self.crowds) >= _CROWDS_KEPT:
                del self.crowds[next(iter(self.crowds))]
            self.crowds[crowd] = crowd
            self.touched.crowds.add(crowd)

    def given_back(self, effects: Effects) -> World:
        """This world once whoever has a lead has given it back, as ``effects`` say; itself if nobody has it."""
        if effects.lost is None:
            return self
        world = self.fork()
        world.identities = self.identities
        world.apply(Effects(lost=effects.lost, returned=effects.returned))
        return world

    def _carries(self, rep: RepId) -> None:
        self.touched.reps.add(rep)
        position = self.roster.index.get(rep)
        if position is not None:
            self._see_caps(position)

    def _own(self, table: dict[K, dict[V, int]], key: K) -> dict[V, int]:
        mark = (id(table), key)
        if mark not in self._owned:
            self._owned.add(mark)
            table[key] = dict(table.get(key, ()))
        return table[key]

    def _own_credits(self, rotation: str) -> Credits:
        credits = self.loads.credits
        mark = (id(credits), rotation)
        if mark not in self._owned:
            self._owned.add(mark)
            held = credits.get(rotation)
            credits[rotation] = Credits() if held is None else held.copy()
        return credits[rotation]

    def enrol(self, roster: Roster, calendars: Calendars) -> None:
        """Go on with another roster. What reps carry and are owed stays theirs."""
        self.roster = RosterIndex(roster)
        self.calendars = calendars
        self._rebuild(self.now)

    def retire(self, reps: Iterable[RepId], weights: Mapping[str, Mapping[RepId, int]]) -> None:
        """Take reps out of every rotation for good; ``weights`` are the teams' by rotation, absent: equal."""
        for rep in sorted(reps):
            for rotation in sorted(self.loads.credits):
                if rep in self.loads.credits[rotation]:
                    self.leave(rotation, rep, weights.get(rotation))

    def leave(self, rotation: str, rep: RepId, weights: Mapping[RepId, int] | None) -> None:
        """Take one rep out of one rotation for good."""
        credits = self._own_credits(rotation)
        if credits.settle():
            self.touched.crowd_turns.add(rotation)
        plain = credits.plain
        retire(plain, rep, dict.fromkeys(plain, 1) if weights is None else weights)
        self.touched.credits.update((rotation, member) for member in plain)
        self.touched.credits.add((rotation, rep))

    def largest_change(self) -> float:
        """The largest deviation from an exact share among the credits that records have changed, in leads."""
        credits = self.loads.credits
        changed = (abs(credits[rotation].get(rep, 0)) for rotation, rep in self.touched.credits)
        counted = (credits[rotation].extreme() for rotation in self.touched.crowd_turns)
        return max(max(changed, default=0), max(counted, default=0)) / UNIT


_NO_CAPS = Capacity()
_NEVER = datetime.max.replace(tzinfo=UTC)
"""Not within sight, that is: what is remembered of a rep is forgotten with every change of their presence."""


def _count(days: Mapping[date, int], window: str, today: date) -> int:
    if window == "per_day":
        return days.get(today, 0)
    begins = partial(window_start, cast("Window", window))
    start = begins(today)
    # Tomorrow is in it too, if it lies in the same window: a rep whose time zone was edited may have had leads there.
    counted = [days[day] for day in days if start <= day and (day <= today or begins(day) == start)]
    return sum(counted)
