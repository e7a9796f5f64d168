"""A lane and the reference beside it, with whatever hypothesis thinks of being done to both."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
from hypothesis import event
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from app.errors import Invalid
from app.intake.calendars import calendars
from app.lane.limits import Limits
from tests.conftest import fresh_database, run_apart
from tests.lane.audit import audit
from tests.lane.support import office
from tests.model import draws
from tests.model.checks import Checks
from tests.model.desks import Desk, MemoryDesk, OfficeDesk
from tests.model.doings import Activate, Again, Doing, Edit, Finish, Give, Mend, Release, Send, Take, facts_of
from tests.model.draws import REPS, TEAMS, WEIGHTS, Chance
from tests.model.reference import DRAINED, Reference, Refused, keys_of

T = TypeVar("T")

SPECIAL_DAYS = {
    code: (days.holidays, days.workdays) for code, days in calendars(["CN", "DE-BY"], range(2020, 2040)).items()
}

STARTS = (
    "2026-03-02T01:00:00+00:00",
    "2026-03-06T22:15:30+00:00",
    "2026-09-24T06:00:00+00:00",
    "2026-12-30T12:00:00+00:00",
)
EDITS = ("active", "paused", "inactive", "reps", "team", "weight", "team removed", "all")
"""What can be edited: a status alone, or all of some reps, a team, one weight in it, everything."""
RESTLESS = ("active", "paused", "weight")
MOODS = ("wild", "wild", "restless", "calm")


class Life(RuleBasedStateMachine):
    """One life of an office: whatever happens, it is as the reference foretells.

    In a ``calm`` one all leads go to one team, whose members are always there and never edited, so that the strictest
    bounds of fairness hold for long. In a ``restless`` one members pause and come back, and weights are edited: what
    the rules of turns are made for. In a ``wild`` one anything happens.
    """

    desk: Desk
    looks_at_all = False
    """Whether a look at the queue is one at all who wait, also where nobody has become able."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.leads: list[UUID] = []
        self.sent: list[Send] = []
        self.mended: set[UUID] = set()
        self.names = count()
        self.mood = "wild"

    def open(self, start: datetime) -> Desk:
        """Begin with nothing."""
        raise NotImplementedError

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run to the end, in the machine's own event loop."""
        return self.runner.run(work)

    @initialize(mood=st.sampled_from(MOODS), start=st.sampled_from(STARTS), chance=draws.chances)
    def opens(self, mood: str, start: str, chance: Chance) -> None:
        self.mood = mood
        chance.wild = chance.wild if mood == "wild" else 0
        self.desk = self.open(datetime.fromisoformat(start))
        self.reference = Reference(SPECIAL_DAYS)
        self.checks = Checks(self.reference, self.desk.documents)
        self.do([draws.roster(chance)])
        self._activate(draws.policy(chance, one_rule=mood != "wild"))

    def teardown(self) -> None:
        if hasattr(self, "checks"):
            event("records decided again", self.checks.decided // 100 * 100)
            event("largest deviation", f"{float(self.checks.largest):.1f}")
        self.runner.close()

    # --- what happens -------------------------------------------------------------------------------------------------

    def do(self, doings: Sequence[Doing], *, drain: bool = False) -> None:
        """Do all of this, and see what came of it."""
        before = self.run(self.desk.now())
        dones = self.run(self.desk.do(doings))
        if drain:
            self.run(self.desk.drain())
        after = self.run(self.desk.now())
        for done in dones:
            if done.answer is not None and isinstance(done.doing, Send) and done.answer.lead_id not in self.leads:
                assert done.answer.lead_id is not None
                self.leads.append(done.answer.lead_id)
        self.sent += [doing for doing in doings if isinstance(doing, Send)]
        self.checks.follow(self.run(self.desk.log()), dones, before, after)
        self.checks.compare(self.run(self.desk.counts()))

    def _activate(self, document: dict[str, Any]) -> None:
        try:
            version = self.run(self.desk.store(document))
        except Invalid:
            assigns = [rule["assign"] for rule in document["rules"]]
            named = {assign["team"] for assign in assigns if isinstance(assign, dict) and "team" in assign}
            assert named - self.reference.teams.keys()
        else:
            self.do([Activate(version, document)])

    def _by_hand(self, chance: Chance) -> Doing:
        """Something that people do to a lead; not all of it makes sense."""
        lead, rep = chance.choice(self.leads), chance.choice(REPS)
        match chance.choice(["give", "release", "claim", "route", "drain", "close"]):
            case "give":
                return Give(lead, rep, chance.choice([None, *TEAMS]))
            case "release":
                return Release(lead)
            case "claim":
                return Take(lead, rep)
            case "route":
                return Again(lead, by_hand=True)
            case "drain":
                return Again(lead, by_hand=False)
            case _:
                return Finish(lead, chance.choice(["won", "lost"]))

    def _edit(self, what: str, chance: Chance) -> Edit:
        """An edit of the roster, as people make them."""
        reps, teams = self.reference.reps, self.reference.teams
        some = chance.sample(sorted(reps), chance.randint(1, min(4, len(reps))))
        team = chance.choice(TEAMS)
        members = [dict(member) for member in teams[team]["members"]] if team in teams else []
        match what:
            case "reps":
                return Edit(reps={name: draws.rep(chance) for name in chance.sample(REPS, 2)})
            case "team":
                return Edit(teams={team: draws.team(chance, REPS if chance.random() < 0.1 else sorted(reps))})
            case "weight" if members:
                chance.choice(members)["weight"] = chance.choice(WEIGHTS)
                return Edit(teams={team: {**teams[team], "members": members}})
            case "team removed":
                return Edit(removed=team)
            case "all":
                return replace(draws.roster(chance), prune=True)
            case status:
                status = status if status in ("active", "paused", "inactive") else "active"
                return Edit(reps={name: {**reps[name], "status": status} for name in some})

    def _sends(self, numbers: Sequence[int]) -> list[Send]:
        """New leads, a third under a key, a third under their source's id, a third under none."""
        sends: list[Send] = []
        for number in numbers:
            name, way = f"delivery-{next(self.names)}", number % 3
            sends.append(Send(facts_of(number), key=name if way == 1 else None, external_id=name if way == 2 else None))
        return sends

    @rule(many=st.integers(1, 25), chance=draws.chances)
    def leads_come(self, many: int, chance: Chance) -> None:
        self.do(self._sends([draws.lead(chance) for _ in range(many)]))

    @rule(many=st.integers(1, 40), chance=draws.chances)
    def many_of_a_kind_come(self, many: int, chance: Chance) -> None:
        self.do(self._sends([draws.lead(chance)] * many))

    @precondition(lambda self: self.sent)
    @rule(chance=draws.chances, other=st.sampled_from([None, "body", "key"]))
    def a_delivery_comes_again(self, chance: Chance, other: str | None) -> None:
        again = chance.choice(self.sent)
        if other == "body":
            again = replace(again, facts=facts_of(draws.lead(chance)))
        elif other == "key" and again.external_id is not None:
            again = replace(again, key=f"delivery-{next(self.names)}")
        self.do([again, again])

    @precondition(lambda self: self.leads and self.mood == "wild")
    @rule(many=st.integers(1, 10), chance=draws.chances)
    def people_act(self, many: int, chance: Chance) -> None:
        self.do([self._by_hand(chance) for _ in range(many)])

    @precondition(lambda self: self.leads and self.mood == "wild")
    @rule(many=st.integers(1, 12), chance=draws.chances)
    def leads_are_given_in_a_teams_name(self, many: int, chance: Chance) -> None:
        team = chance.choice(TEAMS)
        members = [member["rep"] for member in self.reference.teams.get(team, {"members": []})["members"]]
        rep = chance.choice(members or REPS)
        self.do([Give(chance.choice(self.leads), rep, team) for _ in range(many)])

    @precondition(lambda self: self.leads and self.mood == "wild")
    @rule(many=st.integers(1, 6), chance=draws.chances)
    def leads_are_corrected(self, many: int, chance: Chance) -> None:
        leads = chance.sample(self.leads, min(many, len(self.leads)))
        self.mended.update(leads)
        self.do([Mend(lead, facts_of(draws.lead(chance))) for lead in leads])

    @precondition(lambda self: self.mood != "calm")
    @rule(what=st.sampled_from(EDITS), chance=draws.chances)
    def the_roster_is_edited(self, what: str, chance: Chance) -> None:
        if self.mood == "restless" and what not in RESTLESS:
            what = chance.choice(RESTLESS)
        self.do([self._edit(what, chance)])

    @precondition(lambda self: self.mood == "wild")
    @rule(chance=draws.chances, earlier=st.booleans())
    def a_policy_is_activated(self, chance: Chance, earlier: bool) -> None:
        if earlier:
            version = chance.choice(sorted(self.desk.documents))
            self.do([Activate(version, self.desk.documents[version])])
        else:
            self._activate(draws.policy(chance))

    @rule()
    def the_queue_is_looked_at(self) -> None:
        self.do([], drain=True)
        self._nobody_waits_who_need_not()

    def _nobody_waits_who_need_not(self) -> None:
        """But for those of whom more is known since, by later leads or a correction: that alone makes nobody able.

        They go with the others once somebody becomes able.
        """
        seen = self.reference.seen
        now = self.run(self.desk.now())
        for lead, case in self.reference.cases.items():
            later = {seen[key][-1].lead for _, key in keys_of(case.facts) if key in seen} - {lead}
            known = self.looks_at_all or not (later or lead in self.mended)
            if case.status == "queued" and case.reason in DRAINED and known:
                try:
                    told = self.reference.consider(Again(lead, by_hand=False), now)
                except Refused:
                    continue
                assert told is not None
                assert self.reference.owner_rule(told.rule), f"{lead} could go to {told.rep}"


class MemoryLife(Life):
    """In memory: time can pass."""

    looks_at_all = True

    def open(self, start: datetime) -> Desk:
        return MemoryDesk(start)

    @rule(
        minutes=st.sampled_from([0, 1, 7, 45, 60, 8 * 60, 24 * 60, 3 * 24 * 60, 40 * 24 * 60]),
        seconds=st.integers(0, 59),
    )
    def time_passes(self, minutes: int, seconds: int) -> None:
        assert isinstance(self.desk, MemoryDesk)
        now = self.run(self.desk.now())
        self.desk.wait(now + timedelta(minutes=minutes, seconds=seconds))


class OfficeLife(Life):
    """Several lanes on one Postgres, as workers or replicas have them: much happens at once. Time is Postgres's."""

    server: str
    template: str
    lanes: int = 3

    def __init__(self) -> None:
        super().__init__()
        self.open_for = AsyncExitStack()

    def open(self, start: datetime) -> Desk:
        self.database = contextmanager(fresh_database)(self.server, self.template)
        self.url = self.database.__enter__()
        return self.run(self._open())

    async def _open(self) -> OfficeDesk:
        # However slow the machine is: a lane that gives up tells nothing of what is tested here.
        patient = Limits(wait_seconds=300, statement_timeout_ms=60_000)
        place = await self.open_for.enter_async_context(office(self.url, policy=None, lanes=self.lanes, limits=patient))
        pool = await self.open_for.enter_async_context(asyncpg.create_pool(self.url, min_size=1, max_size=2))
        return OfficeDesk(place, pool)

    def teardown(self) -> None:
        try:
            self.run(self.open_for.aclose())
            if hasattr(self, "url"):
                assert run_apart(audit(self.url)) == []
        finally:
            if hasattr(self, "database"):
                self.database.__exit__(None, None, None)
            super().teardown()

    @precondition(lambda self: self.leads)
    @rule(many=st.integers(2, 60), chance=draws.chances)
    def everything_at_once(self, many: int, chance: Chance) -> None:
        """New leads, the same deliveries from several senders, people's work, edits and an activation, in all lanes."""
        doings: list[Doing] = []
        mended: set[UUID] = set()
        for _ in range(many):
            match chance.choice(["new", "new", "new", "again", "hand", "mend", "pause"]):
                case "new":
                    doings += self._sends([draws.lead(chance)]) * chance.choice([1, 1, 1, 2])
                case "again":
                    doings.append(chance.choice(self.sent))
                case "hand" if self.mood == "wild":
                    doings.append(self._by_hand(chance))
                case "mend" if self.mood == "wild" and (lead := chance.choice(self.leads)) not in mended:
                    # The record does not tell two corrections of one lead apart.
                    mended.add(lead)
                    doings.append(Mend(lead, facts_of(draws.lead(chance))))
                case "pause" if self.mood != "calm":
                    doings.append(self._edit(chance.choice(["active", "active", "paused"]), chance))
        if self.mood == "wild" and chance.random() < 0.3:
            version = chance.choice(sorted(self.desk.documents))
            doings.append(Activate(version, self.desk.documents[version]))
        chance.shuffle(doings)
        self.mended |= mended
        self.do(doings)
