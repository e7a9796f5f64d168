"""What do a rep, a team, a whole roster look like as documents? Read with all errors at once, and written back.

Reading is generous where there is no doubt (one text for a list of one, codes in any case) and strict elsewhere: an
unknown key, a time without an offset, half a position are errors with their places. What is written is canonical:
every key, one spelling, so that equal reps have equal documents and ``read_rep`` gives back what ``rep_document`` took.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from zoneinfo import ZoneInfo

from app.engine.availability import day_start
from app.engine.problems import Problem, Read, at, shown, suggest
from app.engine.reading import Notes
from app.engine.rep_reader import CAPS, COVERS, RepReader
from app.engine.roster import WEIGHT_SCALE, Rep, RepId, Roster, Team, TeamId, TimeOff
from app.engine.working_hours import hours_document

_LARGEST_WEIGHT: Final = 1000
_LONGEST_WEIGHT: Final = 26
_LONGEST_NAME: Final = 200
_MOST_MEMBERS: Final = 20_000
_MOST_ERRORS: Final = 200


@dataclass(frozen=True, slots=True)
class RosterDocument:
    """The reps and teams that a document names: not the whole roster, but what is to be put into it."""

    reps: Mapping[RepId, Rep]
    teams: Mapping[TeamId, Team]


TEAM_KEYS: Final = ("id", "name", "members")
"""All the keys of a team's document."""


def any_calendar(code: str) -> bool:
    """Take every code that has the shape of one: for callers that have no calendars at hand."""
    return True


def read_rep(
    id: str,  # noqa: A002  (the word of the contract)
    document: object,
    *,
    where: str = "",
    known_calendar: Callable[[str], bool] = any_calendar,
) -> Read[Rep]:
    """Read the document of one rep.

    ``where`` is the place of the document in a larger one. Days of leave without a time are whole days where the rep
    is, the last included; they become instants here, so a time zone that changes later does not move them.
    """
    notes = Notes()
    rep = RepReader(notes, where, known_calendar).rep(id, document)
    return Read(None if notes.errors else rep, notes.errors, notes.warnings)


def read_team(id: str, document: object, *, where: str = "") -> Read[Team]:  # noqa: A002  (as above)
    """Read the document of one team. Whether its members exist is for :func:`check_roster` to say."""
    notes = Notes()
    team = _team(notes, id, document, where)
    return Read(None if notes.errors else team, notes.errors, notes.warnings)


def read_roster(document: object, *, known_calendar: Callable[[str], bool] = any_calendar) -> Read[RosterDocument]:
    """Read ``{"reps": …, "teams": …}``, each an object by id, or a list of objects with an ``id``. Both may be absent.

    At most some hundred errors are told one by one.
    """
    notes = Notes()
    reps: dict[RepId, Rep] = {}
    teams: dict[TeamId, Team] = {}
    fields = notes.fields("", document, ("reps", "teams")) or {}
    for found, entry, where in _entries(notes, fields.get("reps"), "reps"):
        rep = RepReader(notes, where, known_calendar).rep(found, entry)
        if rep is not None:
            reps[rep.id] = rep
    for found, entry, where in _entries(notes, fields.get("teams"), "teams"):
        team = _team(notes, found, entry, where)
        if team is not None:
            teams[team.id] = team
    _cut(notes)
    return Read(None if notes.errors else RosterDocument(reps, teams), notes.errors, notes.warnings)


def check_roster(roster: Roster) -> Read[Roster]:
    """Check what only shows in the whole: members and managers that do not exist, and managers in a circle."""
    notes = Notes()
    for team in roster.teams.values():
        for index, (member, _) in enumerate(team.members):
            if member not in roster.reps:
                _no_such_rep(notes, f"teams.{team.id}.members[{index}].rep", member, roster)
    for rep in roster.reps.values():
        if rep.manager is not None and rep.manager not in roster.reps:
            _no_such_rep(notes, f"reps.{rep.id}.manager", rep.manager, roster)
    for circle in _circles(roster):
        notes.warn(f"reps.{circle[0]}.manager", f"managers in a circle: {' → '.join([*circle, circle[0]])}")
    _cut(notes)
    return Read(None if notes.errors else roster, notes.errors, notes.warnings)


def rep_document(rep: Rep) -> dict[str, Any]:
    """The rep as JSON-ready data: every key of the contract, and the id first."""
    return {
        "id": rep.id,
        "name": rep.name,
        "email": rep.email,
        "status": rep.status,
        "seniority": rep.seniority,
        "manager": rep.manager,
        "covers": {
            key: sorted(rep.covers[dimension]) if dimension in rep.covers else None for key, dimension in COVERS.items()
        },
        "skills": sorted(rep.skills),
        "attributes": dict(rep.attributes),
        "capacity": {cap: getattr(rep.capacity, cap) for cap in CAPS},
        "timezone": rep.timezone,
        "hours": None if rep.hours is None else hours_document(rep.hours),
        "holidays": rep.holidays,
        "time_off": [leave_document(leave, rep.timezone) for leave in rep.time_off],
        "latitude": rep.latitude,
        "longitude": rep.longitude,
    }


def leave_document(leave: TimeOff, timezone: str) -> dict[str, str]:
    """Leave as it is written: whole days of the zone as such, the last included, else times with their offset."""
    zone = ZoneInfo(timezone)
    start, end = leave.start.astimezone(zone), leave.end.astimezone(zone)
    first, last = start.date(), (leave.end - timedelta(microseconds=1)).astimezone(zone).date()
    if (day_start(timezone, first), day_start(timezone, last + timedelta(days=1))) == (leave.start, leave.end):
        return {"from": first.isoformat(), "to": last.isoformat()}
    return {"from": start.isoformat(), "to": end.isoformat()}


def team_document(team: Team) -> dict[str, Any]:
    """The team as JSON-ready data: every key of the contract, and the id first."""
    return {
        "id": team.id,
        "name": team.name,
        "members": [{"rep": rep, "weight": shown_weight(weight)} for rep, weight in team.members],
    }


def shown_weight(weight: int) -> float:
    """A weight as it is written: ``weight`` is in thousandths, and whole ones are whole numbers."""
    return weight / WEIGHT_SCALE if weight % WEIGHT_SCALE else weight // WEIGHT_SCALE


def patched(document: Mapping[str, Any], patch: Mapping[str, Any], known: Container[str]) -> dict[str, Any]:
    """``document`` with a JSON merge patch (RFC 7396) applied; neither is changed. Null takes a key away.

    Null for a key that is not ``known`` stays, so that whoever reads the result refuses that key as any other.
    """
    result = _merged(document, patch)
    return result | {key: None for key, value in patch.items() if value is None and key not in known}


def _merged(document: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(document)
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, Mapping):
            inside = result.get(key)
            result[key] = _merged(inside if isinstance(inside, Mapping) else {}, value)
        else:
            result[key] = value
    return result


def _entries(notes: Notes, value: object, where: str) -> Iterator[tuple[str, object, str]]:
    """Each entry's id, document and place, from an object by id or a list of objects with ids."""
    if value is None:
        return
    if isinstance(value, dict):
        for key, document in value.items():
            yield str(key), document, at(where, str(key)[:64])
        return
    if not isinstance(value, list):
        notes.error(where, f"an object by id or a list is wanted here, not {shown(value)}")
        return
    seen: set[str] = set()
    for index, document in enumerate(value):
        place = at(where, index)
        found = document.get("id") if isinstance(document, dict) else None
        if not isinstance(found, str):
            notes.error(place, 'an object with an "id" is wanted here')
        elif found in seen:
            notes.error(at(place, "id"), f"{shown(found)} is there twice")
        else:
            seen.add(found)
            yield found, document, at(where, found[:64])


def _team(notes: Notes, id: str, document: object, where: str) -> Team | None:  # noqa: A002  (as above)
    team_id = notes.id(at(where, "id"), id)
    fields = notes.fields(where, document, TEAM_KEYS)
    if fields is None or team_id is None:
        return None
    if fields.get("id", id) != id:
        notes.error(at(where, "id"), f"{shown(fields['id'])} is not the id that this team goes by, {shown(id)}")
    name = fields.get("name")
    if name is not None:
        name = notes.text(at(where, "name"), name, _LONGEST_NAME)
    members: dict[RepId, int] = {}
    places: dict[RepId, str] = {}
    for place, entry in notes.entries(at(where, "members"), fields.get("members"), _MOST_MEMBERS):
        member = {"rep": entry} if isinstance(entry, str) else notes.fields(place, entry, ("rep", "weight"))
        if member is None:
            continue
        found = notes.id(at(place, "rep"), member.get("rep"))
        weight = _weight(notes, at(place, "weight"), member.get("weight"))
        if found is None:
            continue
        rep = RepId(found)
        if rep in places:
            notes.error(at(place, "rep"), f"{shown(rep)} is already there, at {places[rep]}")
        elif weight is not None:
            members[rep] = weight
        places.setdefault(rep, place)
    if not places:
        notes.warn(at(where, "members"), "no lead can go to a team without members")
    return Team(TeamId(team_id), name or team_id, tuple(members.items()))


def _weight(notes: Notes, where: str, value: object) -> int | None:
    """A weight in thousandths; 1 if there is none."""
    if value is None:
        return WEIGHT_SCALE
    weight = None
    if isinstance(value, int | float | Decimal | str) and not isinstance(value, bool):
        # Up to that length the product below is exact: the decimal context keeps 28 digits.
        text = shown(value) if isinstance(value, int) else str(value).strip()
        if len(text) <= _LONGEST_WEIGHT:
            try:
                weight = Decimal(text)
            except InvalidOperation:
                weight = None
    if weight is None or not weight.is_finite():
        notes.error(where, f"{shown(value)} is not a weight; write a number from 0 to {_LARGEST_WEIGHT}")
        return None
    if not 0 <= weight <= _LARGEST_WEIGHT:
        notes.error(where, f"the weight {shown(value)} is not from 0 to {_LARGEST_WEIGHT}")
        return None
    thousandths = weight * WEIGHT_SCALE
    if thousandths != int(thousandths):
        notes.error(where, f"the weight {shown(value)} has more than three decimal places")
        return None
    if thousandths == 0:
        notes.warn(where, "with a weight of 0 this rep gets no turn")
    return int(thousandths)


def _no_such_rep(notes: Notes, where: str, rep: RepId, roster: Roster) -> None:
    # Looking for a close id goes through the whole roster: not for errors that are cut anyway.
    hint = suggest(rep, roster.reps) if len(notes.errors) < _MOST_ERRORS else ""
    notes.error(where, f"there is no rep {shown(rep)}{hint}")


def _cut(notes: Notes) -> None:
    more = len(notes.errors) - _MOST_ERRORS
    if more > 0:
        notes.errors[_MOST_ERRORS:] = [Problem("", f"… and {more} more errors")]


def _circles(roster: Roster) -> Iterator[list[RepId]]:
    """Each circle of managers once, from its least id on."""
    settled: set[RepId] = set()
    for start in sorted(roster.reps):
        path: dict[RepId, None] = {}
        rep: RepId | None = start
        while rep is not None and rep in roster.reps and rep not in settled and rep not in path:
            path[rep] = None
            rep = roster.reps[rep].manager
        if rep is not None and rep in path:
            circle = list(path)
            yield circle[circle.index(rep) :]
        settled.update(path)
