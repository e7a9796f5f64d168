"""Which policy and roster does the bench route by? One of 25 rules and 100 reps, and larger ones of the same kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, cast

from app.engine.policy import Policy
from app.engine.policy_document import compile_policy
from app.engine.roster import Roster
from app.engine.roster_document import read_roster
from app.intake.documents import read_document

POLICY_FILE: Final = Path(__file__).parent / "policy.yaml"

REPS: Final = 100

_CHINA: Final = ("east-china", "south-china", "north-china", "west-china")
_ABROAD: Final = ("dach", "nordics", "uk-ireland", "europe", "us-west", "north-america", "apac")
_LANGUAGES: Final = {"dach": ["de", "en"], "nordics": ["sv", "da", "en"], "apac": ["ja", "en"], "europe": ["fr", "es"]}
_ZONES: Final = {"us-west": "America/Los_Angeles", "north-america": "America/New_York", "apac": "Asia/Singapore"}
_TOWNS: Final = {
    "east-china": (31.23, 121.47), "south-china": (22.54, 114.06), "north-china": (39.90, 116.41),
    "west-china": (30.57, 104.07), "dach": (48.14, 11.58), "nordics": (57.71, 11.97), "uk-ireland": (51.51, -0.13),
    "europe": (45.76, 4.84), "us-west": (32.72, -117.16), "north-america": (42.89, -78.88), "apac": (1.35, 103.82),
}  # fmt: skip
_INDUSTRIES: Final = (["it"], ["manufacturing"], ["automotive", "energy"], ["life-sciences"], ["finance"], None, None)
_TIERS: Final = (["A"], ["A", "B"], None, None, None)
_SOURCES: Final = (["website"], ["ads", "webinar"], None, None)
_SURNAMES: Final = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"


def policy_document() -> dict[str, Any]:
    """The policy of 25 rules."""
    return cast("dict[str, Any]", read_document(POLICY_FILE.read_bytes(), "application/yaml"))


def roster_document() -> dict[str, Any]:
    """The roster of 100 reps: half in China; they sell, keep key accounts, travel, or have partners."""
    reps = {f"rep-{number:03}": rep_document(number) for number in range(REPS)}
    names = list(reps)
    roles = {role: [name for name in names if reps[name]["attributes"]["role"] == role] for role in _ROLES}
    teams = {role: _team(role, members) for role, members in roles.items()}
    return {"reps": reps, "teams": {**teams, "everyone": _team("everyone", names)}}


_ROLES: Final = ("sales", "key-accounts", "field", "partners")


def rep_document(number: int) -> dict[str, Any]:
    """Rep so and so much: the same number, the same rep."""
    places = _CHINA if number % 2 == 0 else _ABROAD
    region = places[number // 2 % len(places)]
    rest = number % 20
    role = {16: "key-accounts", 17: "key-accounts", 18: "field", 19: "field", 15: "partners"}.get(rest, "sales")
    wide = ["CN"] if places is _CHINA else ["europe", "north-america", "apac"]
    chinese = places is _CHINA
    latitude, longitude = _TOWNS[region]
    covers = {
        "regions": [region] if role == "sales" else wide,
        "industries": _INDUSTRIES[number % len(_INDUSTRIES)],
        "tiers": _TIERS[number % len(_TIERS)],
        "sources": _SOURCES[number % len(_SOURCES)],
        "languages": ["zh", "en"] if chinese else _LANGUAGES.get(region),
    }
    return {
        "name": f"{_SURNAMES[number % 20]}示例{number}" if chinese else f"Rep Sample {number}",
        "email": f"rep-{number}@example.com",
        "seniority": "senior" if number % 4 == 0 else "junior",
        "attributes": {"role": role},
        "covers": {dimension: values for dimension, values in covers.items() if values is not None},
        "capacity": {"open": 5_000_000, "per_day": 5_000_000, "per_month": 5_000_000},
        "timezone": "Asia/Shanghai" if chinese else _ZONES.get(region, "Europe/Berlin"),
        "hours": {"mon-sun": "00:00-24:00"},
        "latitude": latitude,
        "longitude": longitude,
    }


def _team(name: str, members: Sequence[str]) -> dict[str, Any]:
    weights = [{"rep": rep, "weight": (1, 1, 2, 1.5)[place % 4]} for place, rep in enumerate(members)]
    return {"name": name, "members": weights if name == "sales" else [{"rep": rep} for rep in members]}


def compiled(document: Mapping[str, Any]) -> Policy:
    """The policy of a document, as the service compiles it; ValueError tells what is wrong with it."""
    made = compile_policy(document, version=1)
    if made.policy is None:
        raise ValueError(made.errors)
    return made.policy


def enrolled(document: Mapping[str, Any]) -> Roster:
    """The roster of a document; ValueError tells what is wrong with it."""
    read = read_roster(document)
    if read.value is None:
        raise ValueError(read.errors)
    return Roster(read.value.reps, read.value.teams)
