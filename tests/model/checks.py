"""What is recorded, held against what the reference foretells, and against what must hold whatever was foretold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import Any
from uuid import UUID

import orjson

from app.engine.rotation import Crowd
from app.record.again import Recorded
from app.record.past import Past
from tests.model.desks import Counts, Done, Row, policy_of
from tests.model.doings import Activate, Again, Document, Edit, Finish, Mend, Send
from tests.model.reference import DEBT, UNIT, Account, Reference, Refused, Told, name_of, same_window

BOUND = 2

NO_CROWDS: Mapping[str, Crowd] = {}
"""The teams of these lives are small: their turns name everybody."""
"""Leads that nobody is from their exact share on random histories, whoever is away and whoever covers what."""


@dataclass
class Checks:
    """Follows the record."""

    reference: Reference
    policies: dict[int, Document]
    past: Past = field(default_factory=Past)
    seq: int = 0
    revision: int = 0
    first: dict[UUID, int] = field(default_factory=dict)
    """By lead: the seq of the one record that routed it first."""
    opened: Counter[str] = field(default_factory=Counter)
    by_day: Counter[tuple[str, Any]] = field(default_factory=Counter)
    by_rule: Counter[tuple[str | None, str, Any]] = field(default_factory=Counter)
    decided: int = 0
    largest: Fraction = Fraction(0)
    compiled: dict[int, Any] = field(default_factory=dict)

    def follow(self, rows: Sequence[Row], dones: Sequence[Done], before: datetime, after: datetime) -> None:
        """Take the records that these doings have left, in order, and what became of those that left none.

        A doing that was refused must have been refusable at some place among them.
        """
        refused = {id(done): set[str | None]() for done in dones if done.refused is not None}
        self._see_refusals(dones, refused, before)
        for row in rows:
            done = _doing_of(row, dones)
            if done is None:
                assert row["kind"] == "policy.created", row
                self._place(row)
                self.past.follow(row, NO_CROWDS)
                continue
            self._place(row)
            if row["seq"] is None:
                assert self.reference.changes(done.doing), done
                assert self.reference.consider(done.doing, row["at"]) is None
                self.reference.book(done.doing, None, None)
                if isinstance(done.doing, Finish) and (lost := orjson.loads(row["effects"])["effects"]["lost"]):
                    self.opened[lost] -= 1
            else:
                self._assigned(row, done)
            self.past.follow(row, NO_CROWDS)
            self._see_refusals(dones, refused, row["at"])
        self._see_refusals(dones, refused, after)
        recorded = {id(_doing_of(row, dones)) for row in rows}
        for done in dones:
            if done.refused is not None:
                assert done.refused in refused[id(done)], done
            elif isinstance(done.doing, Send):
                self._answered(done)
            elif id(done) not in recorded:
                assert not self.reference.changes(done.doing), done
                assert isinstance(done.doing, Finish | Mend | Edit | Activate), done

    def _see_refusals(self, dones: Sequence[Done], refused: dict[int, set[str | None]], now: datetime) -> None:
        for done in dones:
            if done.refused is not None:
                try:
                    self.reference.consider(done.doing, now)
                except Refused as error:
                    refused[id(done)].add(str(error))

    def _place(self, row: Row) -> None:
        assert row["revision"] == self.revision + 1
        self.revision = row["revision"]
        if row["seq"] is not None:
            assert row["seq"] == self.seq + 1
            self.seq = row["seq"]

    def _answered(self, done: Done) -> None:
        """A delivery is answered with the one record that there is of it."""
        assert isinstance(done.doing, Send)
        assert done.answer is not None
        assert done.answer.lead_id is not None
        assert done.answer.seq == self.first[done.answer.lead_id]
        if done.doing.key is not None or done.doing.external_id is not None:
            assert self.reference.known(done.doing) == done.answer.lead_id
        if done.answer.replayed:
            self.reference.seen_again(done.doing)

    # --- one record ---------------------------------------------------------------------------------------------------

    def _assigned(self, row: Row, done: Done) -> None:
        recorded = Recorded.of(row, NO_CROWDS)
        lead = row["lead_id"]
        assert (lead in self.first) == (row["kind"] != "routed")
        self.first.setdefault(lead, row["seq"])
        if isinstance(done.doing, Send):
            assert self.reference.known(done.doing) is None, "one delivery, two leads"
        told = self.reference.consider(done.doing, row["at"])
        assert told is not None, done
        recorded_as, expected = said(recorded, row["kind"]), foretold(told)
        differing = {
            name: (recorded_as[name], expected[name]) for name in expected if recorded_as[name] != expected[name]
        }
        assert not differing, (f"seq {row['seq']}: recorded, and foretold", differing, done.doing)
        self._caps(told)
        self._again(row, recorded)
        self.reference.book(done.doing, told, lead)
        if told.lost is not None:
            self.opened[told.lost] -= 1
        if told.rep is not None:
            self.opened[told.rep] += 1
            self.by_day[told.rep, told.day] += 1
            self.by_rule[told.capped_rule, told.rep, told.day] += 1
        if told.turn is not None:
            account = self.reference.accounts[told.turn.rotation]
            if told.kind == "assigned":
                assert account.credits[told.turn.picked] >= -DEBT
            for name in {told.turn.rotation, *([told.returned.rotation] if told.returned else [])}:
                self._fair(self.reference.accounts[name])

    def _caps(self, told: Told) -> None:
        """What the rules give passes no cap; what people gave counts."""
        if told.rep is None or told.kind not in ("routed", "rerouted"):
            return
        caps = self.reference.reps[told.rep]["capacity"]
        if not told.excused:
            opened = self.opened[told.rep] - (told.lost == told.rep)
            assert caps["open"] is None or opened < caps["open"]
            for window in ("per_day", "per_week", "per_month"):
                had = sum(
                    n for (rep, day), n in self.by_day.items() if rep == told.rep and same_window(window, day, told.day)
                )
                assert caps[window] is None or had < caps[window]
        for window, cap in self._caps_of(told.capped_rule).items():
            had = sum(
                n
                for key, n in self.by_rule.items()
                if key[:2] == (told.capped_rule, told.rep) and same_window(window, key[2], told.day)
            )
            assert had < cap

    def _caps_of(self, capped: str | None) -> dict[str, int]:
        """The caps of a rule of the policy in force."""
        if capped is None:
            return {}
        assert self.reference.policy is not None
        caps: dict[str, int] = next(
            rule["each_at_most"] for rule in self.reference.policy["rules"] if name_of(rule) == capped
        )
        return caps

    def _again(self, row: Row, recorded: Recorded) -> None:
        """Computed again from the record, the decision is the same to the byte."""
        if recorded.incomparable is not None:
            assert row["kind"] in ("assigned", "claimed", "released")
            return
        version = recorded.decision.policy_version
        assert version is not None
        assert version == self.past.policy_version
        policy = self.compiled.get(version)
        if policy is None:
            policy = self.compiled[version] = policy_of(self.policies[version], version)
        decision, effects = recorded.again(policy, self.past.at(row["at"]))
        assert orjson.dumps(decision).decode() == row["decision"]
        assert orjson.dumps(effects).decode() == row["effects"]
        self.decided += 1

    def _fair(self, account: Account) -> None:
        assert sum(account.credits.values()) == 0
        if not account.undisturbed:
            return
        farthest = max(map(abs, account.credits.values()))
        self.largest = max(self.largest, farthest)
        assert farthest < BOUND
        for rep, credit in account.credits.items():
            assert abs(account.exact[rep] - account.served[rep] - credit) <= account.leads * UNIT
        if account.fixed is not None:
            reps, weights = account.fixed
            assert all(abs(account.exact[rep] - account.served[rep]) < 1 for rep in reps)
            if len(set(weights)) == 1:
                served = [account.served[rep] for rep in reps]
                assert max(served) - min(served) <= 1

    # --- all of it ----------------------------------------------------------------------------------------------------

    def compare(self, kept: Counts) -> None:
        """What is kept of loads and rotations is what the reference comes to."""
        reference = self.reference
        opened = {rep: count for rep in reference.reps if (count := reference.opened(rep))}
        assert kept.open == opened
        assert kept.last_seq == {rep: seq for rep in reference.reps if (seq := reference.waited_since(rep))}
        assert kept.days == Counter((one.rep, one.day) for one in reference.given)
        assert kept.rule_days == Counter(
            (one.capped_rule, one.rep, one.day) for one in reference.given if one.capped_rule is not None
        )
        credits = {
            (rotation, rep): units(credit)
            for rotation, account in reference.accounts.items()
            for rep, credit in account.credits.items()
        }
        assert kept.credits == credits


def units(leads: Fraction) -> int:
    """An amount in the units that are kept."""
    count = leads / UNIT
    assert count.denominator == 1
    return count.numerator


def _doing_of(row: Row, dones: Sequence[Done]) -> Done | None:
    """Whose record this is."""
    if row["seq"] is not None:
        # What nobody asked for is the drain's.
        drained = Done(Again(row["lead_id"], by_hand=False)) if row["kind"] == "rerouted" else None
        return next((done for done in dones if done.record == row["id"]), drained)
    for done in dones:
        match done.doing, row["kind"]:
            case Finish(lead=lead, outcome=outcome), "lead.closed":
                detail = orjson.loads(row["detail"])
                if done.refused is None and (str(lead), outcome) == (row["subject"], detail["outcome"]):
                    return done
            case Mend(lead=lead), "lead.corrected" if str(lead) == row["subject"]:
                return done
            case Edit(), "roster.edited" if done.revision == row["revision"]:
                return done
            case Activate(version=version), "policy.activated" if str(version) == row["subject"]:
                return done
    return None


def said(recorded: Recorded, kind: str) -> dict[str, Any]:
    """What a record says, in the words of :func:`foretold`."""
    decision, effects = recorded.decision, recorded.effects
    return {
        "kind": kind,
        "status": decision.status.value,
        "reason": decision.reason and decision.reason.value,
        "rep": decision.rep and decision.rep.id,
        "team": decision.team,
        "rule": decision.rule,
        "tried": [
            (step.rule, step.outcome.value, tuple(rep for rep, _ in step.ranked), dict(step.left_out), step.preferred)
            for step in decision.steps
        ],
        "gained": effects.gained,
        "day": effects.day,
        "capped_rule": effects.capped_rule,
        "lost": effects.lost,
        "turn": effects.turn
        and (effects.turn.rotation, effects.turn.competitors, effects.turn.picked, effects.turn.amount),
        "returned": effects.returned and (effects.returned.rotation, effects.returned.picked, effects.returned.amount),
    }


def foretold(told: Told) -> dict[str, Any]:
    """What the reference says of a record."""
    turn, returned = told.turn, told.returned
    return {
        "kind": told.kind,
        "status": told.status,
        "reason": told.reason,
        "rep": told.rep,
        "team": told.team,
        "rule": told.rule,
        "tried": [
            (step.rule, step.outcome, step.competing, dict(step.left_out), step.preferred) for step in told.tried
        ],
        "gained": told.rep,
        "day": told.day,
        "capped_rule": told.capped_rule,
        "lost": told.lost,
        "turn": turn and (turn.rotation, tuple(sorted(turn.gains)), turn.picked, units(turn.amount)),
        "returned": returned and (returned.rotation, returned.picked, units(returned.amount)),
    }
