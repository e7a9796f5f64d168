"""The lane once more, slow and obvious: loops over dicts, fractions of a lead, and nothing of the engine.

Written from what is promised (docs/policy.md, docs/roster.md, and "Fairness" in docs/architecture.md), not from the
code that keeps it. Documents go in as they are sent; what is recorded comes out, to be held against the real record.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from functools import lru_cache
from math import cos, inf, radians, sin
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from tests.model.doings import (
    Activate,
    Again,
    Document,
    Doing,
    Edit,
    Finish,
    Give,
    Mend,
    Release,
    Send,
    Take,
)

UNIT = Fraction(1, 720_720_000_000)
"""The smallest part of a lead that is shared out; what does not divide into such parts goes out one by one."""
DEBT = 3
LINKS = 5
"""A key that was seen with more companies or people than this links nothing."""
ABOVE = {"CN-SH": "east", "east": "CN", "CN-GD": "CN", "CN": "world", "DE": "world"}
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DRAINED = ("no_rule_matched", "nobody_able")

SpecialDays = Mapping[str, tuple[frozenset[date], frozenset[date]]]
"""By calendar: public holidays, and weekend days that are worked to make up for them."""


class Refused(Exception):
    """It cannot be done; the message is the kind of error."""


@dataclass(frozen=True)
class Turn:
    """One lead of a rotation: what each competitor gained by it, in leads, and who paid ``amount`` for it."""

    rotation: str
    gains: Mapping[str, Fraction]
    picked: str
    amount: Fraction = Fraction(1)


@dataclass(frozen=True)
class Tried:
    """What became of a lead at one rule."""

    rule: str
    outcome: str
    competing: tuple[str, ...] = ()
    left_out: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    preferred: tuple[str, ...] = ()


@dataclass(frozen=True)
class Told:
    """What is recorded of a lead."""

    kind: str
    status: str
    reason: str | None = None
    rep: str | None = None
    team: str | None = None
    rule: str | None = None
    tier: str | None = None
    tried: tuple[Tried, ...] = ()
    turn: Turn | None = None
    lost: str | None = None
    returned: Turn | None = None
    day: date | None = None
    capped_rule: str | None = None
    excused: bool = False
    """Whether the rule overlooks the caps of the rep."""


@dataclass
class Case:
    """A lead as it stands."""

    facts: Document
    seq: int
    status: str
    reason: str | None
    rep: str | None
    team: str | None
    turn: Turn | None
    outcome: str | None = None


@dataclass(frozen=True)
class Sighting:
    """A lead seen with a key."""

    lead: UUID
    facts: Document


@dataclass(frozen=True)
class Given:
    """A lead that came to a rep."""

    rep: str
    day: date
    seq: int
    capped_rule: str | None


@dataclass
class Account:
    """One rotation: what each member is owed, in leads; and what it has been through, for the bounds that hold of it.

    ``credits`` has those who have competed and not left for good. ``fixed`` is the one set of competitors, with their
    weights, that there ever was; None if there were several.
    """

    credits: dict[str, Fraction] = field(default_factory=dict)
    served: Counter[str] = field(default_factory=Counter)
    exact: dict[str, Fraction] = field(default_factory=dict)
    leads: int = 0
    fixed: tuple[tuple[str, ...], tuple[Fraction, ...]] | None = None
    given_by_hand: bool = False
    given_back: bool = False
    left: bool = False
    caught_up: bool = False

    @property
    def undisturbed(self) -> bool:
        """Whether all that ever happened to it is that the rules took turns."""
        return not (self.given_by_hand or self.given_back or self.left or self.caught_up)


class Reference:
    """All that is known of a lane, by what was done to it."""

    def __init__(self, special_days: SpecialDays) -> None:
        self.special_days = special_days
        self.reps: dict[str, Document] = {}
        self.teams: dict[str, Document] = {}
        self.policy: Document | None = None
        self.version: int | None = None
        self.cases: dict[UUID, Case] = {}
        self.deliveries: dict[str, tuple[UUID, Send]] = {}
        self.given: list[Given] = []
        self.accounts: dict[str, Account] = {}
        self.seen: dict[str, list[Sighting]] = {}
        self.refusing: set[str] = set()
        """Keys of those who have asked not to be contacted."""
        self.owners: dict[str, tuple[str, int]] = {}
        """By key: the rep of the latest assignment of a lead that was seen with it, and its seq."""
        self.seq = 0

    # --- what is done -------------------------------------------------------------------------------------------------

    def consider(self, doing: Doing, now: datetime) -> Told | None:
        """What would be recorded; None if that is nothing that concerns a lead. Raises Refused."""
        match doing:
            case Send():
                return self._send(doing, now)
            case Give():
                return self._give(doing, now)
            case Release():
                case = self.cases[doing.lead]
                if case.status != "assigned":
                    raise Refused("Conflict")
                return Told("released", "queued", "released", **self._freed(case))
            case Take():
                case = self.cases[doing.lead]
                if case.status != "queued":
                    raise Refused("Conflict")
                self._can_be_given(doing.rep)
                if case.team in self.teams and doing.rep not in self._members(case.team):
                    raise Refused("Invalid")
                day = self.today(doing.rep, now)
                return Told("claimed", "assigned", rep=doing.rep, team=case.team, day=day)
            case Again():
                return self._again(doing, now)
            case Finish():
                case = self.cases[doing.lead]
                if case.status == "closed" and case.outcome != doing.outcome:
                    raise Refused("Conflict")
            case Edit():
                self._edited(doing)
            case Activate():
                if any(team_of(rule) not in (None, *self.teams) for rule in doing.document["rules"]):
                    raise Refused("Invalid")
            case Mend():
                pass
        return None

    def changes(self, doing: Doing) -> bool:
        """Whether something that gives no lead to anybody would be recorded at all."""
        match doing:
            case Finish():
                return self.cases[doing.lead].status != "closed"
            case Mend():
                return self.cases[doing.lead].facts != doing.facts
            case Edit():
                return self._edited(doing) != (self.reps, self.teams)
            case Activate():
                return doing.version != self.version
            case _:
                return False

    def book(self, doing: Doing, told: Told | None, lead: UUID | None) -> None:
        """Let it have happened. ``lead`` is the id that a new lead was given."""
        match doing:
            case Send():
                assert told is not None
                assert lead is not None
                for key in delivery_keys(doing):
                    self.deliveries.setdefault(key, (lead, doing))
                self._record(lead, told, doing.facts)
            case Finish():
                case = self.cases[doing.lead]
                case.status, case.outcome, case.turn = "closed", doing.outcome, None
            case Mend():
                self._mend(doing)
            case Edit():
                self._settle(*self._edited(doing))
            case Activate():
                self.version, self.policy = doing.version, doing.document
            case _:
                assert told is not None
                self._record(doing.lead, told)

    def _record(self, lead: UUID, told: Told, facts: Document | None = None) -> None:
        self.seq += 1
        case = self.cases.get(lead)
        if told.returned is not None:
            self._give_back(told.returned)
        if told.turn is not None:
            self._take(told)
        if told.rep is not None:
            assert told.day is not None
            self.given.append(Given(told.rep, told.day, self.seq, told.capped_rule))
        if case is None:
            assert facts is not None
            for _, key in keys_of(facts):
                self._see(key, Sighting(lead, facts))
        else:
            facts = case.facts
        self.cases[lead] = Case(facts, self.seq, told.status, told.reason, told.rep, told.team, told.turn)
        if told.rep is not None:
            for _, key in keys_of(facts):
                self.owners[key] = (told.rep, self.seq)

    # --- new leads, and those that are routed again -------------------------------------------------------------------

    def _send(self, doing: Send, now: datetime) -> Told | None:
        for key in delivery_keys(doing):
            known = self.deliveries.get(key)
            if known is not None:
                if (known[1].facts, known[1].external_id) != (doing.facts, doing.external_id):
                    raise Refused("Conflict")
                return None
        return self._walk("routed", doing.facts, self._owner(doing.facts), now, self._refused(doing.facts))

    def known(self, doing: Send) -> UUID | None:
        """The lead that a delivery was answered with."""
        return next((self.deliveries[key][0] for key in delivery_keys(doing) if key in self.deliveries), None)

    def seen_again(self, doing: Send) -> None:
        """A known delivery has come with a key that is new: from now on that names the lead too."""
        lead = self.known(doing)
        assert lead is not None
        if doing.key is not None:
            self.deliveries.setdefault("key:" + doing.key, (lead, doing))

    def _again(self, doing: Again, now: datetime) -> Told:
        case = self.cases[doing.lead]
        if case.status == "closed":
            raise Refused("Conflict")
        if not doing.by_hand and not (case.status == "queued" and case.reason in DRAINED):
            raise Refused("Conflict")
        freed = self._freed(case)
        # Whoever has it now may get it again: it is seen as if they had given it back.
        held, credits = case.status, {name: dict(account.credits) for name, account in self.accounts.items()}
        case.status = "given back"
        if case.turn is not None and held == "assigned":
            _back(self.accounts[case.turn.rotation].credits, case.turn)
        try:
            owner = self._owner(case.facts, doing.lead)
            told = self._walk("rerouted", case.facts, owner, now, self._refused(case.facts))
        finally:
            case.status = held
            for name, before in credits.items():
                self.accounts[name].credits = before
        if not doing.by_hand and told.status == "queued" and told.reason != "claim":
            raise Refused("Conflict")
        return replace(told, **freed)

    def _walk(self, kind: str, facts: Document, owner: str | None, now: datetime, refused: bool) -> Told:
        assert self.policy is not None
        points = {"high": 5, "low": 1}.get(facts.get("intent", ""), 0)
        tier = "A" if points >= 5 else "B"
        if refused:
            return Told(kind, "rejected", "do_not_contact", tier=tier)
        if "email" not in facts and "phone" not in facts:
            return Told(kind, "rejected", "screening", tier=tier)
        tried: list[Tried] = []
        for rule in self.policy["rules"]:
            if not holds(rule.get("when", {}), facts, tier):
                continue
            name = name_of(rule)
            assign = rule["assign"] if isinstance(rule["assign"], dict) else {}
            if assign.get("by") == "claim":
                tried.append(Tried(name, "queued"))
                return Told(kind, "queued", "claim", team=assign["team"], rule=name, tier=tier, tried=tuple(tried))
            step, entitled = self.compete(rule, facts, owner, now)
            picked = self._pick(rule, step, entitled, facts) if step.competing else None
            if step.competing and picked is None:
                step = replace(step, outcome="nobody_near")
            tried.append(step)
            if picked is not None:
                turn = None
                if takes_turns(rule):
                    turn = Turn(rotation_of(rule), self._shares(rule, entitled), picked)
                return Told(
                    kind, "assigned", rep=picked, team=assign.get("team"), rule=name, tier=tier, tried=tuple(tried),
                    turn=turn, day=self.today(picked, now), capped_rule=name if rule.get("each_at_most") else None,
                    excused="at_cap" in self._excuses(rule),
                )  # fmt: skip
            if rule.get("otherwise") == "queue":
                return Told(kind, "queued", "nobody_able", rule=name, tier=tier, tried=tuple(tried))
        return Told(kind, "queued", "nobody_able" if tried else "no_rule_matched", tier=tier, tried=tuple(tried))

    # --- who could take it --------------------------------------------------------------------------------------------

    def compete(
        self, rule: Document, facts: Document, owner: str | None, now: datetime
    ) -> tuple[Tried, tuple[str, ...]]:
        """What becomes of a lead at a rule, and who shares in the entitlement to it."""
        name = name_of(rule)
        assign = rule["assign"] if isinstance(rule["assign"], dict) else {"owner": True}
        left_out: dict[str, list[str]] = {}
        if assign.get("owner"):
            if owner is None or owner not in self.reps:
                return Tried(name, "no_owner"), ()
            selected = [owner]
        elif "rep" in assign:
            selected = [assign["rep"]] if assign["rep"] in self.reps else []
        elif "team" in assign:
            members = self._members(assign["team"])
            selected = sorted(rep for rep, weight in members.items() if weight > 0)
            left_out["weight_zero"] = sorted(rep for rep, weight in members.items() if weight == 0)
        else:
            wanted = assign.get("reps", {})
            selected = sorted(
                rep
                for rep, of in self.reps.items()
                if of["status"] != "inactive" and all(of[key] == value for key, value in wanted.items())
            )
        outcome = "nobody_selected"
        if selected:
            outcome = "nobody_covers"
        for dimension in assign.get("covering", ()) if selected else ():
            self._leave(selected, left_out, "not_covering:" + dimension, lambda rep, d=dimension: (
                (named := self.reps[rep]["covers"][d + "s"]) is not None and not set(named) & set(path(facts, d))
            ))  # fmt: skip
        covering = list(selected)
        if selected:
            outcome = "nobody_able"
        if selected:
            for reason in self._reasons(rule):
                self._leave(selected, left_out, reason, lambda rep, r=reason: self._is(r, rep, rule, now))
        entitled = covering if rule.get("catch_up") else selected
        entitled = [rep for rep in entitled if self.reps[rep]["status"] != "inactive"] if selected else []
        preferred = []
        for dimension in assign.get("prefer", ()) if selected else ():
            naming = [
                rep
                for rep in entitled
                if set(self.reps[rep]["covers"][dimension + "s"] or ()) & set(path(facts, dimension))
            ]
            if set(naming) & set(selected):
                self._leave(selected, left_out, "not_preferred:" + dimension, lambda rep, n=naming: rep not in n)
                entitled = naming
                preferred.append(dimension)
        return (
            Tried(
                name,
                "assigned" if selected else outcome,
                tuple(selected),
                {reason: tuple(reps) for reason, reps in left_out.items() if reps},
                tuple(preferred),
            ),
            tuple(entitled),
        )

    def _leave(self, selected: list[str], left_out: dict[str, list[str]], reason: str, leaves: Any) -> None:
        gone = [rep for rep in selected if leaves(rep)]
        if gone:
            left_out[reason] = gone
            selected[:] = [rep for rep in selected if rep not in gone]

    def _excuses(self, rule: Document) -> Sequence[str]:
        unsaid = ("off_shift", "holiday", "at_cap") if rule["assign"] == "owner" else ()
        return rule.get("even_if", unsaid)

    def _reasons(self, rule: Document) -> Iterator[str]:
        excuses = self._excuses(rule)
        yield from ("inactive", "paused", "on_leave")
        if "holiday" not in excuses:
            yield "holiday"
        if "off_shift" not in excuses:
            yield "off_shift"
        if "at_cap" not in excuses:
            yield from ("at_cap:open", "at_cap:per_day", "at_cap:per_week", "at_cap:per_month")
        if rule.get("each_at_most"):
            yield "at_cap:rule"

    def _is(self, reason: str, rep: str, rule: Document, now: datetime) -> bool:
        of = self.reps[rep]
        match reason:
            case "inactive" | "paused":
                return bool(of["status"] == reason)
            case "on_leave":
                return self.presence(rep, now) == "on_leave"
            case "holiday" | "off_shift":
                return self.presence(rep, now) == reason and not self._comes_on(rep, rule, now)
            case "at_cap:open":
                cap = of["capacity"]["open"]
                return cap is not None and self.opened(rep) >= cap
            case "at_cap:rule":
                name = name_of(rule)
                return any(self.had(rep, window, now, by=name) >= cap for window, cap in rule["each_at_most"].items())
            case _:
                window = reason.removeprefix("at_cap:")
                cap = of["capacity"][window]
                return cap is not None and self.had(rep, window, now) >= cap

    def opened(self, rep: str) -> int:
        """How many leads a rep has open."""
        return sum(1 for case in self.cases.values() if case.status == "assigned" and case.rep == rep)

    def had(self, rep: str, window: str, now: datetime, *, by: str | None = None) -> int:
        """How many leads a rep has had today, this week or this month, of all or by one rule alone."""
        today = self.today(rep, now)
        return sum(
            1
            for one in self.given
            if one.rep == rep and (by is None or one.capped_rule == by) and same_window(window, one.day, today)
        )

    def waited_since(self, rep: str) -> int:
        """The seq of a rep's latest lead; 0 if there was none."""
        return max((one.seq for one in self.given if one.rep == rep), default=0)

    # --- what the clock says ------------------------------------------------------------------------------------------

    def today(self, rep: str, now: datetime) -> date:
        """The day on the rep's wall."""
        return now.astimezone(ZoneInfo(self.reps[rep]["timezone"])).date()

    def presence(self, rep: str, now: datetime) -> str:
        """Whether a rep is on shift, and if not, why."""
        of = self.reps[rep]
        if any(
            datetime.fromisoformat(off["from"]) <= now < datetime.fromisoformat(off["to"]) for off in of["time_off"]
        ):
            return "on_leave"
        holidays, make_up_days = self.special_days.get(of["holidays"], (frozenset(), frozenset()))
        today = self.today(rep, now)
        cancelled = today in holidays
        if of["hours"] is None:
            return "holiday" if cancelled else "on_shift"
        week = {day: shifts for days, shifts in of["hours"].items() for day in day_names(days)}
        for day in (today - timedelta(days=1), today):
            shifts = week.get(DAYS[day.weekday()], [])
            if not shifts and day in make_up_days and day not in holidays:
                shifts = next(week[name] for name in DAYS if week.get(name))
            for shift in shifts:
                begin, end = (_minutes(time) for time in shift.split("-"))
                if end <= begin:
                    end += 24 * 60
                if first_instant(of["timezone"], day, begin) <= now < first_instant(of["timezone"], day, end):
                    if day not in holidays:
                        return "on_shift"
                    cancelled = True
        return "holiday" if cancelled else "off_shift"

    def _comes_on(self, rep: str, rule: Document, now: datetime) -> bool:
        """Whether somebody who is away is on shift soon enough for the rule. Shifts begin on whole minutes."""
        within = rule.get("available_within")
        if within is None:
            return False
        last = now + timedelta(minutes=int(within.removesuffix("m")))
        instant = now.replace(second=0, microsecond=0) + timedelta(minutes=1)
        while instant <= last:
            if self.presence(rep, instant) == "on_shift":
                return True
            instant += timedelta(minutes=1)
        return False

    # --- which of them ------------------------------------------------------------------------------------------------

    def _members(self, team: str | None) -> dict[str, Fraction]:
        members = self.teams[team]["members"] if team in self.teams else []
        return {member["rep"]: Fraction(str(member["weight"])) for member in members}

    def weights_of(self, rule: Document, reps: Sequence[str]) -> dict[str, Fraction]:
        """The weights that reps take part in a rule's turns with."""
        team = team_of(rule)
        members = self._members(team)
        return {rep: members[rep] if team is not None else Fraction(1) for rep in reps}

    def _shares(self, rule: Document, entitled: Sequence[str]) -> dict[str, Fraction]:
        return shared(Fraction(1), self.weights_of(rule, entitled))

    def _pick(self, rule: Document, step: Tried, entitled: Sequence[str], facts: Document) -> str | None:
        competing = step.competing
        assign = rule["assign"] if isinstance(rule["assign"], dict) else {"owner": True}
        if assign.get("owner") or "rep" in assign:
            return competing[0]
        match assign.get("by", "round_robin"):
            case "round_robin":
                account = self.accounts.get(rotation_of(rule), Account())
                return whose_turn(
                    account.credits, self.weights_of(rule, entitled), self._shares(rule, entitled), competing
                )
            case "least_loaded":
                capacity = {rep: self.reps[rep]["capacity"]["open"] or 0 for rep in competing}
                largest = max(capacity.values()) or 1
                return min(
                    competing,
                    key=lambda rep: (
                        Fraction(self.opened(rep), capacity[rep] or largest), self.waited_since(rep), rep,
                    ),
                )  # fmt: skip
            case "longest_waiting":
                return min(competing, key=lambda rep: (self.waited_since(rep), rep))
            case "in_order":
                order = list(self._members(assign["team"])) if "team" in assign else sorted(competing)
                return next(rep for rep in order if rep in competing)
            case "nearest":
                return self._nearest(competing, facts)
        raise AssertionError(assign)

    def _nearest(self, competing: Sequence[str], facts: Document) -> str | None:
        if "latitude" not in facts:
            return None
        here = _direction(facts["latitude"], facts["longitude"])
        best, best_place = None, (inf, 0, "")
        for rep in competing:
            of = self.reps[rep]
            if of["latitude"] is not None:
                there = _direction(of["latitude"], of["longitude"])
                # Straight through the Earth: what is nearer over ground is nearer that way too.
                far = round(sum((one - other) ** 2 for one, other in zip(here, there, strict=True)), 9)
                place = (far, self.waited_since(rep), rep)
                if place < best_place:
                    best, best_place = rep, place
        return best

    # --- turns --------------------------------------------------------------------------------------------------------

    def _take(self, told: Told) -> None:
        turn = told.turn
        assert turn is not None
        account = self.accounts.setdefault(turn.rotation, Account())
        for rep, gain in turn.gains.items():
            account.credits[rep] = account.credits.get(rep, Fraction(0)) + gain
        account.credits[turn.picked] -= turn.amount
        if told.kind == "assigned":
            account.given_by_hand = True
            return
        assert self.policy is not None
        account.caught_up = account.caught_up or set(turn.gains) != set(told.tried[-1].competing)
        rule = next(rule for rule in self.policy["rules"] if name_of(rule) == told.rule)
        weights = self.weights_of(rule, list(turn.gains))
        competing = (tuple(weights), tuple(weights.values()))
        if account.leads == 0:
            account.fixed = competing
        elif account.fixed != competing:
            account.fixed = None
        account.leads += 1
        account.served[turn.picked] += 1
        for rep, weight in weights.items():
            account.exact[rep] = account.exact.get(rep, Fraction(0)) + weight / sum(weights.values())

    def _give_back(self, turn: Turn) -> None:
        account = self.accounts[turn.rotation]
        _back(account.credits, turn)
        account.given_back = True

    # --- by hand ------------------------------------------------------------------------------------------------------

    def _freed(self, case: Case) -> dict[str, Any]:
        return {"lost": case.rep, "returned": case.turn} if case.status == "assigned" else {}

    def _can_be_given(self, rep: str) -> None:
        if rep not in self.reps or self.reps[rep]["status"] == "inactive":
            raise Refused("Invalid")

    def _give(self, doing: Give, now: datetime) -> Told:
        case = self.cases[doing.lead]
        self._can_be_given(doing.rep)
        turn = None
        if doing.team is not None:
            if doing.rep not in self._members(doing.team):
                raise Refused("Invalid")
            turn = self._turn_by_hand(doing, case, now)
        return Told(
            "assigned", "assigned", rep=doing.rep, team=doing.team, turn=turn, day=self.today(doing.rep, now),
            **self._freed(case),
        )  # fmt: skip

    def _turn_by_hand(self, doing: Give, case: Case, now: datetime) -> Turn | None:
        """The turn that a lead takes which is given in a team's name: from what its return leaves of the account."""
        rule = {"name": "by hand", "assign": {"team": doing.team}}
        rotation = rotation_of(rule)
        credits = dict(self.accounts[rotation].credits) if rotation in self.accounts else {}
        held = case.status
        if held == "assigned":
            case.status = "given back"
            if case.turn is not None and case.turn.rotation == rotation:
                _back(credits, case.turn)
        step, _ = self.compete(rule, {}, None, now)
        case.status = held
        members = self._members(doing.team)
        weights = {rep: members[rep] for rep in sorted({*step.competing, doing.rep})}
        if not any(weights.values()):
            weights = dict.fromkeys(weights, Fraction(1))
        amount = min(Fraction(1), credits.get(doing.rep, Fraction(0)) + DEBT)
        return Turn(rotation, shared(amount, weights), doing.rep, amount) if amount > 0 else None

    def _mend(self, doing: Mend) -> None:
        case = self.cases[doing.lead]
        before = {key for _, key in keys_of(case.facts)}
        if doing.facts.get("do_not_contact") and not case.facts.get("do_not_contact"):
            self.refusing |= before
        case.facts = doing.facts
        for _, key in keys_of(doing.facts):
            if key not in before:
                self._see(key, Sighting(doing.lead, doing.facts))
                # Who has the lead owns its new keys too, unless they have been given to somebody since.
                if case.rep is not None and case.seq > self.owners.get(key, ("", 0))[1]:
                    self.owners[key] = (case.rep, case.seq)

    def _see(self, key: str, sighting: Sighting) -> None:
        self.seen.setdefault(key, []).append(sighting)
        if sighting.facts.get("do_not_contact"):
            self.refusing.add(key)

    # --- who is this --------------------------------------------------------------------------------------------------

    def _owner(self, facts: Document, itself: UUID | None = None) -> str | None:
        """The rep of the latest assignment of this person, else of this company. A lead does not meet itself."""
        person = company = None
        for kind, key in keys_of(facts):
            seen = self.seen.get(key, [])
            if not seen or (len(seen) == 1 and seen[0].lead == itself) or _too_many(kind, seen):
                continue
            if kind in ("email", "phone"):
                if person is None and (kind == "email" or not _somebody_else(facts, seen)):
                    person = key
            elif company is None:
                company = key
        for found in (person, company):
            if found is not None and found in self.owners:
                return self.owners[found][0]
        return None

    def _refused(self, facts: Document) -> bool:
        """Whether this person has asked not to be contacted."""
        if facts.get("do_not_contact"):
            return True
        for kind, key in keys_of(facts):
            seen = self.seen.get(key, [])
            if kind in ("email", "phone") and key in self.refusing:
                if kind == "email":
                    return True
                if not _too_many(kind, seen) and not _new_to(facts, seen):
                    return True
        return False

    # --- the roster ---------------------------------------------------------------------------------------------------

    def _edited(self, doing: Edit) -> tuple[dict[str, Document], dict[str, Document]]:
        reps, teams = {**self.reps, **doing.reps}, {**self.teams, **doing.teams}
        gone = {doing.removed} if doing.removed is not None else set()
        if doing.prune:
            for rep in self.reps.keys() - doing.reps.keys():
                reps[rep] = {**reps[rep], "status": "inactive"}
            gone |= self.teams.keys() - doing.teams.keys()
        for team in gone:
            for rule in self.policy["rules"] if self.policy is not None else ():
                if team_of(rule) == team:
                    raise Refused("Conflict")
            teams.pop(team, None)
        if any(member["rep"] not in reps for team in teams.values() for member in team["members"]):
            raise Refused("Invalid")
        return reps, teams

    def _settle(self, reps: dict[str, Document], teams: dict[str, Document]) -> None:
        """Those who leave for good leave their credit to the others, by weight."""
        before_reps, before_teams = self.reps, self.teams
        self.reps, self.teams = reps, teams
        for team in sorted(before_teams):
            for rep in sorted(member["rep"] for member in before_teams[team]["members"]):
                if rep not in self._members(team):
                    self._leaves(f"team:{team}", rep)
        for rep in sorted(reps):
            was_inactive = rep in before_reps and before_reps[rep]["status"] == "inactive"
            if reps[rep]["status"] == "inactive" and not was_inactive:
                for rotation in sorted(self.accounts):
                    self._leaves(rotation, rep)

    def _leaves(self, rotation: str, rep: str) -> None:
        account = self.accounts.get(rotation)
        if account is None or rep not in account.credits:
            return
        account.left = True
        credit = account.credits.pop(rep)
        weights = dict.fromkeys(sorted(account.credits), Fraction(1))
        if rotation.startswith("team:"):
            members = self._members(rotation.removeprefix("team:"))
            able = {
                one: members[one]
                for one in weights
                if members.get(one, 0) > 0 and self.reps[one]["status"] != "inactive"
            }
            weights = able or weights
        for heir, part in shared(abs(credit), weights).items():
            account.credits[heir] += part if credit > 0 else -part


# --- small things -----------------------------------------------------------------------------------------------------


def whose_turn(
    credits: Mapping[str, Fraction],
    weights: Mapping[str, Fraction],
    shares: Mapping[str, Fraction],
    able: Sequence[str],
) -> str:
    """Whose turn it is: the rule as docs/architecture.md tells it."""
    owed = {rep: credits.get(rep, Fraction(0)) + shares[rep] for rep in sorted(able)}
    most = max(owed, key=lambda rep: owed[rep])  # the first of equals
    if owed[most] >= 1:
        return most
    due = {}
    for rep in sorted(able):
        credit = credits.get(rep, Fraction(0))
        if credit >= 0 or rep == most:
            due[rep] = (1 - credit) / weights[rep]
    return min(due, key=lambda rep: due[rep])


def shared(amount: Fraction, weights: Mapping[str, Fraction]) -> dict[str, Fraction]:
    """An amount, shared out by weight in whole units; those left over go to the first, one each."""
    if not weights:
        return {}
    total = sum(weights.values())
    parts = {rep: amount * weight / total // UNIT * UNIT for rep, weight in weights.items()}
    left = (amount - sum(parts.values())) / UNIT
    assert left.denominator == 1
    for rep in sorted(parts)[: int(left)]:
        parts[rep] += UNIT
    return parts


def _back(credits: dict[str, Fraction], turn: Turn) -> None:
    """Undo a turn. The part of whoever has left since falls to the others; one who has left gets nothing back."""
    if turn.picked not in credits:
        return
    lost = Fraction(0)
    for rep, gain in turn.gains.items():
        if rep in credits:
            credits[rep] -= gain
        else:
            lost += gain
    credits[turn.picked] += turn.amount
    for rep, part in shared(lost, {rep: Fraction(1) for rep in turn.gains if rep in credits}).items():
        credits[rep] -= part


def name_of(rule: Document) -> str:
    """A rule's id: its own, or else its name."""
    name: str = rule.get("id", rule["name"])
    return name


def team_of(rule: Document) -> str | None:
    """The team that a rule selects, if it selects one."""
    return rule["assign"].get("team") if isinstance(rule["assign"], dict) else None


def takes_turns(rule: Document) -> bool:
    """Whether a rule picks by turns."""
    assign = rule["assign"]
    return (
        isinstance(assign, dict)
        and not assign.get("owner")
        and "rep" not in assign
        and assign.get("by", "round_robin") == "round_robin"
    )


def rotation_of(rule: Document) -> str:
    """Whose turns a rule takes."""
    if "rotation" in rule:
        return f"named:{rule['rotation']}"
    team = rule["assign"].get("team")
    return f"team:{team}" if team is not None else f"rule:{rule.get('id', rule['name'])}"


def holds(when: Document, facts: Document, tier: str) -> bool:
    """Whether a condition holds; of conditions there are only the few that these tests draw."""
    for name, test in when.items():
        if name == "region":
            found = test in path(facts, "region")
        elif isinstance(test, dict):
            found = name in facts and facts[name] >= test["at_least"]
        else:
            found = (tier if name == "tier" else facts.get(name)) in (test if isinstance(test, list) else [test])
        if not found:
            return False
    return True


def path(facts: Document, dimension: str) -> list[str]:
    """The lead's value on a dimension, and what lies above it."""
    value = facts.get("place" if dimension == "region" else dimension)
    found = [value] if value is not None else []
    while dimension == "region" and found and found[-1] in ABOVE:
        found.append(ABOVE[found[-1]])
    return found


def day_names(days: str) -> list[str]:
    """``mon-fri`` as its days; a range may go over the weekend."""
    first, _, last = days.partition("-")
    place, names = DAYS.index(first), [first]
    while last and names[-1] != last:
        place = (place + 1) % 7
        names.append(DAYS[place])
    return names


def same_window(window: str, day: date, today: date) -> bool:
    """Whether two days are the same day, lie in the same week from Monday, or in the same month."""
    match window:
        case "per_day":
            return day == today
        case "per_week":
            return day.isocalendar()[:2] == today.isocalendar()[:2]
        case _:
            return (day.year, day.month) == (today.year, today.month)


def _minutes(time: str) -> int:
    hour, minute = time.split(":")
    return int(hour) * 60 + int(minute)


@lru_cache(maxsize=100_000)
def first_instant(timezone: str, day: date, minutes: int) -> datetime:
    """The first instant at which the clock on the wall shows so many minutes of a day, or more."""
    zone = ZoneInfo(timezone)
    wall = datetime(day.year, day.month, day.day) + timedelta(minutes=minutes)  # noqa: DTZ001  what a clock shows
    instant = wall.replace(tzinfo=UTC) - timedelta(hours=15)
    while instant.astimezone(zone).replace(tzinfo=None) < wall:
        instant += timedelta(minutes=1)
    return instant


def _direction(latitude: float, longitude: float) -> tuple[float, float, float]:
    north, east = radians(latitude), radians(longitude)
    return cos(north) * cos(east), cos(north) * sin(east), sin(north)


def delivery_keys(doing: Send) -> list[str]:
    """What a delivery is known by: the header's key decides."""
    keys = [] if doing.key is None else ["key:" + doing.key]
    return keys + ([] if doing.external_id is None else ["source:" + doing.external_id])


def keys_of(facts: Document) -> list[tuple[str, str]]:
    """What a lead can be recognised by, the most telling first."""
    names = {"email": "email", "phone": "phone", "company_domain": "domain", "company_key": "company"}
    return [(kind, f"{kind}:{facts[name]}") for name, kind in names.items() if name in facts]


def _company(facts: Document) -> str | None:
    return facts.get("company_key") or facts.get("company_domain")


def _too_many(kind: str, seen: Sequence[Sighting]) -> bool:
    """Whether a key is a switchboard's or a shared mailbox's."""
    of = (lambda facts: facts.get("company_key")) if kind == "domain" else _company
    companies = {of(one.facts) for one in seen} - {None}
    people = {one.facts.get("email") for one in seen} - {None}
    match kind:
        case "phone":
            return len(companies) > LINKS or len(people) > LINKS
        case "email":
            return len(companies) > LINKS
        case "domain":
            return len(companies) > LINKS or (len(people) > LINKS and not companies)
    return False


def _differs(facts: Document, companies: Sequence[str], addresses: Sequence[str], domain: str | None) -> bool:
    company, own_domain = _company(facts), facts.get("company_domain")
    if company is not None and companies and company not in companies and (own_domain is None or own_domain != domain):
        return True
    return "email" in facts and bool(addresses) and facts["email"] not in addresses


def _used_by(seen: Sequence[Sighting]) -> tuple[list[str], list[str], str | None]:
    companies = [company for one in seen if (company := _company(one.facts)) is not None]
    addresses = [one.facts["email"] for one in seen if "email" in one.facts]
    domains = [one.facts["company_domain"] for one in seen if "company_domain" in one.facts]
    return companies, addresses, domains[-1] if domains else None


def _somebody_else(facts: Document, seen: Sequence[Sighting]) -> bool:
    """Whether a number was used last by somebody with another address or company."""
    companies, addresses, domain = _used_by(seen)
    return _differs(facts, companies[-1:], addresses[-1:], domain)


def _new_to(facts: Document, seen: Sequence[Sighting]) -> bool:
    """Whether somebody was never seen with a number."""
    companies, addresses, domain = _used_by(seen)
    return _differs(facts, companies, addresses, domain)
