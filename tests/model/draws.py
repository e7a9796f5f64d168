"""Random rosters, policies, leads, and things for people to do.

All of a document comes from a ``Chance``: a seed, and how ``wild`` it is. Hypothesis draws the two, so that what fails
shrinks to documents that are as plain as they can be.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any, Final, TypeVar

from hypothesis import strategies as st

from tests.model import doings

T = TypeVar("T")

REPS: Final = ("ann", "bob", "cai", "dee", "eva", "fay", "gus", "hal", "ida")
ALWAYS: Final = REPS[:2]
"""They are there from the beginning: rules may name them."""
TEAMS: Final = ("all", "few", "spare")
RULES: Final = ("alpha", "beta", "gamma", "delta", "omega")
ZONES: Final = ("UTC", "Asia/Shanghai", "America/New_York", "Pacific/Kiritimati", "Australia/Lord_Howe")
HOURS: Final = (
    {"mon-fri": ["09:00-18:00"]},
    {"mon-sun": ["08:00-12:00", "13:30-17:30"]},
    {"mon-sun": ["22:00-06:00"]},
    {"sat-mon": ["00:00-24:00"], "wed": ["02:15-02:45"]},
    {"fri": ["18:00-02:30"], "mon-thu": ["06:00-23:00"]},
)
LEAVE: Final = (
    [("2026-03-03T08:00:00+00:00", "2026-03-05T17:30:00+00:00")],
    [("2026-03-02T12:00:00+00:00", "2026-03-09T00:00:00+00:00"),
     ("2026-03-09T00:00:00+00:00", "2026-03-28T09:10:00+00:00")],
    [("2026-09-24T00:00:00+08:00", "2026-10-03T00:00:00+08:00")],
    [("2026-12-31T00:00:00+08:00", "2027-02-20T00:00:00+08:00")],
)  # fmt: skip
WHERE: Final = ((31.2, 121.5), (52.5, 13.4), (48.1, 11.6), (-33.9, 151.2))
WEIGHTS: Final = (2, 3, 0, 0.5, 7.25, 0.001, 1000, 50)
WHENS: Final = (
    {"intent": "high"},
    {"intent": ["high", "low"]},
    {"intent": "wait"},
    {"tier": "A"},
    {"region": "east"},
    {"region": "CN"},
    {"employees": {"at_least": 100}},
)


class Chance(Random):
    """A source of choices. The wilder, the more often something is not plain; at 0 it never is."""

    def __init__(self, seed: int, wild: int) -> None:
        super().__init__(seed)
        self.wild = wild

    def maybe(self, plain: T, *others: T, often: float = 0.12) -> T:
        """``plain``, or one of the others."""
        return self.choice(others) if self.random() < often * self.wild else plain


chances: st.SearchStrategy[Chance] = st.builds(Chance, st.integers(0, 2**32), st.integers(0, 3))


def rep(chance: Chance) -> dict[str, Any]:
    """One rep's document."""
    maybe = chance.maybe
    latitude, longitude = maybe((None, None), *WHERE, often=0.2)
    return {
        "name": "A Rep",
        "status": maybe("active", "paused", "inactive", often=0.05),
        "seniority": chance.choice(["junior", "senior"]),
        "covers": {
            "regions": maybe(None, ["east"], ["CN"], ["CN-SH", "DE"], []),
            "products": maybe(None, ["crm"], ["crm", "erp"]),
        },
        "capacity": {
            "open": maybe(None, 2, 10, 40, 0),
            "per_day": maybe(None, 1, 3, 8, 20),
            "per_week": maybe(None, 5, 30, often=0.05),
            "per_month": maybe(None, 20, 60, often=0.05),
        },
        "timezone": maybe("UTC", *ZONES, often=0.25),
        "hours": maybe(None, *HOURS),
        "holidays": maybe(None, "CN", "DE-BY"),
        "time_off": [{"from": start, "to": end} for start, end in maybe([], *LEAVE, often=0.05)],
        "latitude": latitude,
        "longitude": longitude,
    }


def team(chance: Chance, of: Sequence[str]) -> dict[str, Any]:
    """One team's document: some of these reps in any order, equal or not, with weights from 0 to 1000."""
    members = chance.sample(of, chance.randint(0 if chance.wild else 1, len(of)))
    equal = chance.random() < 0.4

    def weight() -> float:
        return 1 if equal else chance.choice([1, *WEIGHTS, chance.randint(0, 1_000_000) / 1000])

    return {"name": "A Team", "members": [{"rep": rep, "weight": weight()} for rep in members]}


def roster(chance: Chance) -> doings.Edit:
    """All who are there. Those whom rules may name always are, and so are the teams."""
    there = [*ALWAYS, *(rep for rep in REPS[len(ALWAYS) :] if chance.random() < 0.8)]
    return doings.Edit(reps={name: rep(chance) for name in there}, teams={name: team(chance, there) for name in TEAMS})


def policy(chance: Chance, *, calm: bool = False) -> dict[str, Any]:
    """Rules with names of a few: so that one policy may carry on the turns of another, or abandon them."""
    names = chance.sample(RULES, 1 if calm else chance.randint(1, len(RULES)))
    rules = [{"name": name, **(calm_rule(chance) if calm else rule(chance, name))} for name in names]
    if not calm and chance.random() < 0.25:
        rules.insert(0, {"name": "known", "assign": "owner"})
    if not calm and chance.random() < 0.7:
        rules.append({"name": "everyone", "assign": {"team": chance.choice(TEAMS)}})
    return {
        "name": "drawn",
        "regions": [{"code": "east", "contains": ["CN-SH"]}],
        "screening": [{"name": "no way to reach", "when": {"email": "missing", "phone": "missing"}}],
        "scoring": [{"name": "intent", "field": "intent", "points": {"high": 5, "low": 1}}],
        "tiers": [{"tier": "A", "when": {"score": {"at_least": 5}}}, {"tier": "B"}],
        "rules": rules,
    }


def calm_rule(chance: Chance) -> dict[str, Any]:
    """Turns of all who are on a team."""
    return {"assign": {"team": chance.choice(TEAMS)}}


def rule(chance: Chance, name: str) -> dict[str, Any]:
    """All of a rule but its name."""
    maybe = chance.maybe
    narrowing = (["region"], ["product"], ["region", "product"])
    chosen: Any
    match maybe("team", "reps", "covering", "owner", "rep", "claim", often=0.2):
        case "owner":
            chosen = "owner"
        case "rep":
            chosen = {"rep": chance.choice(ALWAYS)}
        case "claim":
            chosen = {"team": chance.choice(TEAMS), "by": "claim"}
        case selects:
            selectors = {
                "team": {"team": chance.choice(TEAMS)},
                "reps": {"reps": {"seniority": chance.choice(["junior", "senior"])}},
                "covering": {"covering": ["region"]},
            }
            choices = {
                "by": maybe(None, "least_loaded", "longest_waiting", "in_order", "nearest", "round_robin"),
                "covering": maybe(None, *narrowing),
                "prefer": maybe(None, *narrowing),
            }
            chosen = {**selectors[selects], **{key: value for key, value in choices.items() if value is not None}}
    more = {
        "id": maybe(None, f"{name}-2", often=0.05),
        "when": chance.choice([None, *WHENS]),
        "otherwise": maybe(None, "queue", often=0.05),
        "even_if": maybe(None, [], ["at_cap"], ["off_shift", "holiday"], often=0.05),
        "available_within": maybe(None, "30m", "90m", often=0.08),
        "each_at_most": maybe(None, {"per_day": 2}, {"per_day": 10}, {"per_week": 5, "per_month": 8}, often=0.08),
        "rotation": maybe(None, "shared", often=0.08),
        "catch_up": maybe(None, True, often=0.05),
    }
    return {"assign": chosen, **{key: value for key, value in more.items() if value is not None}}


def lead(chance: Chance) -> int:
    """One of all the leads there are."""
    return chance.randrange(doings.NUMBERS)
