"""What does the document of one rep say? Every field read, and everything that is wrong with it noted."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any, Final, cast, get_args
from zoneinfo import available_timezones

from app.engine.availability import day_start
from app.engine.codes import iso_code, looks_like_language
from app.engine.problems import at, shown, suggest
from app.engine.reading import ID, Notes
from app.engine.roster import WINDOWS, Capacity, Dimension, Rep, RepId, Status, TimeOff
from app.engine.text import fold, slug
from app.engine.working_hours import Hours, read_hours

COVERS: Final[Mapping[str, Dimension]] = {
    "regions": "region",
    "industries": "industry",
    "sources": "source",
    "tiers": "tier",
    "products": "product",
    "languages": "language",
}
"""The keys of ``covers``, and the dimensions that they limit."""
CAPS: Final = ("open", *WINDOWS)
REP_KEYS: Final = (
    "id", "name", "email", "status", "seniority", "manager", "covers", "skills", "attributes", "capacity", "timezone",
    "hours", "holidays", "time_off", "latitude", "longitude",
)  # fmt: skip
"""All the keys of a rep's document, in the order in which it is written."""
ANSWERED_ONLY: Final = ("load",)
"""What an answer shows of a rep beside the document; passed over, so that an answer can be sent back."""

_STATUSES: Final[tuple[str, ...]] = get_args(Status)
_ELSEWHERE: Final = {
    **{key: f"covers.{key}" for key in COVERS},
    **{dimension: f"covers.{key}" for key, dimension in COVERS.items()},
    **{cap: f"capacity.{cap}" for cap in CAPS},
    "leave": "time_off",
    "tz": "timezone",
}
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_LANGUAGE: Final = re.compile(r"[a-z]{2,8}(-[a-z0-9]{1,8})*", re.ASCII)
_CALENDAR: Final = re.compile(r"([a-z]{2})(?:-([a-z0-9][a-z0-9 ]{0,39}))?", re.ASCII | re.IGNORECASE)
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_TIME: Final = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?([Zz]|[+-]\d{2}:\d{2})?", re.ASCII)
_YEARS: Final = range(1970, 9000)
_LONGEST_NAME: Final = 200
_MOST_WORDS: Final = 5_000
_MOST_LEAVE: Final = 1_000
_LARGEST_CAP: Final = 1_000_000_000


class RepReader:
    """Reads one rep. ``where`` is the place of its document; what is wrong goes to ``notes``."""

    def __init__(self, notes: Notes, where: str, known_calendar: Callable[[str], bool]) -> None:
        self._notes = notes
        self._where = where
        self._known_calendar = known_calendar

    def rep(self, id: str, document: object) -> Rep | None:  # noqa: A002  (the word of the contract)
        """The rep; None, or one that is not to be used, if an error was noted."""
        notes = self._notes
        rep_id = notes.id(at(self._where, "id"), id)
        fields = notes.fields(self._where, document, (*REP_KEYS, *ANSWERED_ONLY), hints=_ELSEWHERE)
        if fields is None:
            return None
        if fields.get("id", id) != id:
            notes.error(
                at(self._where, "id"), f"{shown(fields['id'])} is not the id that this rep goes by, {shown(id)}"
            )
        if fields.get("name") is None:
            notes.error(at(self._where, "name"), "a name is missing")
        timezone = self._read(fields, "timezone", self._timezone)
        hours = self._read(fields, "hours", self._hours)
        if hours is not None and fields.get("timezone") is None:
            notes.warn(at(self._where, "hours"), 'these hours are in UTC, for there is no "timezone"')
        latitude = self._read(fields, "latitude", lambda place, value: notes.degrees(place, value, 90))
        longitude = self._read(fields, "longitude", lambda place, value: notes.degrees(place, value, 180))
        if (fields.get("latitude") is None) != (fields.get("longitude") is None):
            missing = "latitude" if fields.get("latitude") is None else "longitude"
            notes.error(at(self._where, missing), "latitude and longitude only make sense together")
        name = self._read(fields, "name", lambda place, value: notes.text(place, value, _LONGEST_NAME))
        return Rep(
            id=RepId(rep_id or ""),
            name=name or "",
            email=self._read(fields, "email", self._email),
            status=cast("Status", self._read(fields, "status", self._status) or "active"),
            seniority=self._read(fields, "seniority", notes.text),
            manager=self._read(fields, "manager", self._manager),
            covers=self._read(fields, "covers", self._covers) or {},
            skills=self._read(fields, "skills", self._skills) or frozenset(),
            attributes=self._read(fields, "attributes", self._attributes) or {},
            capacity=self._read(fields, "capacity", self._capacity) or Capacity(),
            timezone=timezone or "UTC",
            hours=hours,
            holidays=self._read(fields, "holidays", self._holidays),
            time_off=self._time_off(fields.get("time_off"), timezone or "UTC"),
            latitude=latitude,
            longitude=longitude,
        )

    def _read(self, fields: Mapping[str, Any], key: str, read: Callable[[str, Any], Any]) -> Any:
        """A field, read at its place; null and absent are None."""
        value = fields.get(key)
        return None if value is None else read(at(self._where, key), value)

    def _status(self, where: str, value: object) -> str | None:
        return self._notes.one_of(where, value, _STATUSES)

    def _email(self, where: str, value: object) -> str | None:
        text = self._notes.text(where, value, 254)
        if text is not None and not _EMAIL.fullmatch(text):
            self._notes.error(where, f"{shown(text)} is not an email address")
        return text

    def _manager(self, where: str, value: object) -> RepId | None:
        manager = self._notes.id(where, value)
        return None if manager is None else RepId(manager)

    def _skills(self, where: str, value: object) -> frozenset[str]:
        entries = self._notes.entries(where, value, _MOST_WORDS)
        texts = (self._notes.text(place, entry) for place, entry in entries)
        return frozenset(text for text in texts if text is not None)

    def _attributes(self, where: str, value: object) -> dict[str, Any] | None:
        if not isinstance(value, dict):
            self._notes.error(where, f"an object is wanted here, not {shown(value)}")
            return None
        return value if self._notes.json(where, value, deepest=8, values=1_000, characters=20_000) else None

    def _covers(self, where: str, value: object) -> dict[Dimension, frozenset[str]]:
        singular = {dimension: key for key, dimension in COVERS.items()}
        fields = self._notes.fields(where, value, COVERS, hints=cast("dict[str, str]", singular)) or {}
        covers: dict[Dimension, frozenset[str]] = {}
        for key, dimension in COVERS.items():
            given = fields.get(key)
            if given is None:
                continue
            place = at(where, key)
            entries = self._notes.entries(place, given, _MOST_WORDS)
            covers[dimension] = frozenset(
                code for entry in entries if (code := self._covered(dimension, *entry)) is not None
            )
            if given == []:
                self._notes.warn(place, f"an empty list covers no {dimension} at all; leave it out to cover every one")
        return covers

    def _covered(self, dimension: Dimension, where: str, value: object) -> str | None:
        """A value of a dimension in the spelling in which it is compared."""
        notes = self._notes
        text = notes.text(where, fold(value) if dimension == "product" and isinstance(value, str) else value)
        if text is None:
            return None
        match dimension:
            case "region":
                return iso_code(text) or self._code(where, text)
            case "industry":
                return self._code(where, text)
            case "source":
                return notes.text(where, slug(text) or text)
            case "language":
                language = fold(text).replace("_", "-")
                if not _LANGUAGE.fullmatch(language):
                    notes.error(where, f'{shown(text)} is not a language code; write one as "zh" or "en-GB"')
                elif not looks_like_language(language):
                    # Read all the same: BCP 47 allows for longer ones, and a roster that holds one is to stay readable.
                    message = (
                        f"{shown(text)} is no lead's language; write the language as its code, such as de or zh-CN"
                    )
                    notes.warn(where, message)
                return language
            case "tier" | "product":
                return text

    def _code(self, where: str, text: str) -> str | None:
        return text.lower() if ID.fullmatch(text.lower()) else self._notes.id(where, text)

    def _capacity(self, where: str, value: object) -> Capacity:
        caps: dict[str, int | None] = {}
        for cap, given in (self._notes.fields(where, value, CAPS) or {}).items():
            if cap in CAPS and given is not None:
                caps[cap] = self._notes.whole(at(where, cap), given, _LARGEST_CAP)
                if caps[cap] == 0:
                    self._notes.warn(at(where, cap), "with a cap of 0 no lead goes to this rep; null is no cap")
        return Capacity(**caps)

    def _timezone(self, where: str, value: object) -> str | None:
        name = self._notes.text(where, value)
        if name is None:
            return None
        zones, cities = _zones()
        zone = zones.get(name.casefold())
        if zone is None:
            city = cities.get(re.sub(r"\s+", "_", name.casefold()))
            hint = f'; did you mean "{city}"?' if city else suggest(name, zones.values())
            self._notes.error(where, f'{shown(name)} is not a time zone; write one as "Asia/Shanghai"{hint}')
        return zone

    def _hours(self, where: str, value: object) -> Hours | None:
        if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
            self._notes.error(
                where, f'an object of days is wanted here, as {{"mon-fri": ["09:00-18:00"]}}, not {shown(value)}'
            )
            return None
        hours = read_hours(value, where, self._notes.error)
        if not any(value.values()):
            self._notes.warn(where, "hours without a shift are never; leave them out for always")
        return hours

    def _holidays(self, where: str, value: object) -> str | None:
        text = self._notes.text(where, value)
        shape = _CALENDAR.fullmatch(text) if text is not None else None
        if text is None or shape is None or not self._known_calendar(text):
            if text is not None:
                message = (
                    f'no public holidays are known for {shown(text)}; write a country, "CN", or a part of one, "DE-BY"'
                )
                self._notes.error(where, message)
            return None
        country, part = shape.groups()
        if part is None:
            return country.upper()
        return f"{country.upper()}-{part.upper() if len(part) <= 3 else part}"

    def _time_off(self, value: object, timezone: str) -> tuple[TimeOff, ...]:
        leaves: list[TimeOff] = []
        for place, entry in self._notes.entries(at(self._where, "time_off"), value, _MOST_LEAVE):
            fields = self._notes.fields(
                place, entry, ("from", "to"), hints={"start": "from", "end": "to", "until": "to"}
            )
            if fields is None:
                continue
            start = self._instant(at(place, "from"), fields.get("from"), timezone, last=False)
            end = self._instant(at(place, "to"), fields.get("to"), timezone, last=True)
            if start is None or end is None:
                continue
            if start < end:
                leaves.append(TimeOff(start, end))
            else:
                self._notes.error(place, f"it ends ({shown(fields['to'])}) before it begins ({shown(fields['from'])})")
        return tuple(sorted(set(leaves), key=lambda leave: (leave.start, leave.end)))

    def _instant(self, where: str, value: object, timezone: str, *, last: bool) -> datetime | None:
        """An instant in UTC. A date is the start of that day where the rep is, or, as the last one, its end."""
        if value is None:
            self._notes.error(where, "a time is missing")
            return None
        text = value.strip() if isinstance(value, str) else ""
        try:
            if _DATE.fullmatch(text) and date.fromisoformat(text).year in _YEARS:
                return day_start(timezone, date.fromisoformat(text) + timedelta(days=int(last)))
            if _TIME.fullmatch(text):
                instant = datetime.fromisoformat(text.upper())
                if instant.tzinfo is None:
                    self._notes.error(where, f'{shown(value)} needs an offset, as in "{text}+08:00" or "{text}Z"')
                    return None
                if instant.year in _YEARS:
                    return instant.astimezone(UTC)
        except ValueError:
            pass  # of the right shape, but no such day or time: said below
        message = f'{shown(value)} is not a time; write "2025-10-01T09:00:00+08:00", or "2025-10-01" for whole days'
        self._notes.error(where, message)
        return None


@cache
def _zones() -> tuple[dict[str, str], dict[str, str]]:
    """The time zones by case-folded name, and those of a place by its last part."""
    names = sorted(available_timezones())
    cities = {name.rpartition("/")[2].casefold(): name for name in names if not name.startswith("Etc/") and "/" in name}
    return {name.casefold(): name for name in names}, cities
