"""What do a rep, a team, a whole roster look like as documents?"""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine.availability import day_start
from app.engine.problems import Problem, Read, suggest
from app.engine.rep_reader import REP_KEYS
from app.engine.roster import Capacity, Rep, RepId, Roster, Shift, Team, TeamId, TimeOff
from app.engine.roster_document import (
    check_roster,
    patched,
    read_rep,
    read_roster,
    read_team,
    rep_document,
    team_document,
)


def rep(**fields: object) -> Rep:
    answer = read_rep("east-1", {"name": "Lin", **fields})
    assert answer.value is not None, answer.errors
    assert not answer.errors
    return answer.value


def faults(**fields: object) -> dict[str, str]:
    answer = read_rep("east-1", {"name": "Lin", **fields})
    assert answer.value is None
    return {problem.where: problem.message for problem in answer.errors}


def warnings(**fields: object) -> dict[str, str]:
    answer = read_rep("east-1", {"name": "Lin", **fields})
    assert answer.value is not None, answer.errors
    return {problem.where: problem.message for problem in answer.warnings}


FULL: dict[str, Any] = {
    "id": "east-1",
    "name": "Lin Example",
    "email": "lin@sales.example.com",
    "status": "paused",
    "seniority": "senior",
    "manager": "boss",
    "covers": {
        "regions": ["CN-JS", "east-china"],
        "industries": ["it"],
        "sources": [],
        "tiers": ["A"],
        "products": ["crm"],
        "languages": ["zh-cn"],
    },
    "skills": ["demo"],
    "attributes": {"desk": 4, "tags": ["x", {"y": None}]},
    "capacity": {"open": 50, "per_day": 10, "per_week": None, "per_month": None},
    "timezone": "Asia/Shanghai",
    "hours": {"mon": ["09:00-12:00", "13:30-18:00"], "fri": ["22:00-06:00"], "sun": ["20:00-24:00"]},
    "holidays": "CN",
    "time_off": [{"from": "2025-10-01T00:00:00+08:00", "to": "2025-10-08T12:30:00+08:00"}],
    "latitude": 31.2,
    "longitude": 121.5,
}


def test_a_full_document_is_read_and_written_back_unchanged() -> None:
    answer = read_rep("east-1", FULL)
    assert answer.errors == []
    assert answer.value is not None
    assert rep_document(answer.value) == FULL
    assert list(rep_document(answer.value)) == list(FULL), "the keys stand in the contract's order"


def test_a_name_is_all_that_a_rep_needs() -> None:
    someone = rep()
    assert someone == Rep(id=RepId("east-1"), name="Lin")
    assert rep_document(someone)["hours"] is None


def test_all_errors_come_at_once_with_their_places() -> None:
    answer = read_roster(
        {
            "reps": {
                "east-1": {"hours": {"mon": ["9-18"]}, "covers": {"regoins": []}, "capacity": {"open": -1}},
                "East 2": {"name": "E"},
            },
            "teams": {"t": {"members": [{"rep": "a", "weight": "x"}]}},
            "rep": {},
        }
    )
    assert answer.value is None
    assert {problem.where for problem in answer.errors} == {
        "rep",
        "reps.east-1.name",
        "reps.east-1.hours.mon[0]",
        "reps.east-1.covers.regoins",
        "reps.east-1.capacity.open",
        "reps.East 2.id",
        "teams.t.members[0].weight",
    }


@pytest.mark.parametrize(
    ("fields", "where", "meant"),
    [
        ({"hour": {}}, "hour", "hours"),
        ({"regions": []}, "regions", "covers.regions"),
        ({"per_day": 3}, "per_day", "capacity.per_day"),
        ({"covers": {"region": []}}, "covers.region", "regions"),
        ({"covers": {"langauges": []}}, "covers.langauges", "languages"),
        ({"capacity": {"perday": 1}}, "capacity.perday", "per_day"),
        ({"status": "pasued"}, "status", "paused"),
        ({"timezone": "Shanghai"}, "timezone", "Asia/Shanghai"),
        ({"timezone": "Europe/Berln"}, "timezone", "Europe/Berlin"),
        ({"manager": "The Boss"}, "manager", "the-boss"),
        ({"hours": {"wednsday": []}}, "hours.wednsday", "wednesday"),
        ({"time_off": [{"start": "2025-10-01", "to": "2025-10-02"}]}, "time_off[0].start", "from"),
    ],
)
def test_what_was_probably_meant_is_said(fields: dict[str, object], where: str, meant: str) -> None:
    assert f'did you mean "{meant}"?' in faults(**fields)[where]


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"name": None}, "name"),
        ({"name": "  "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"name": 5}, "name"),
        ({"id": "east-2"}, "id"),
        ({"email": "nobody"}, "email"),
        ({"email": "a b@example.com"}, "email"),
        ({"status": True}, "status"),
        ({"covers": []}, "covers"),
        ({"covers": {"regions": {"a": 1}}}, "covers.regions"),
        ({"covers": {"regions": ["华东"]}}, "covers.regions[0]"),
        ({"covers": {"regions": [False]}}, "covers.regions[0]"),
        ({"covers": {"languages": ["klingon language"]}}, "covers.languages[0]"),
        ({"skills": [1]}, "skills[0]"),
        ({"attributes": []}, "attributes"),
        ({"attributes": {"a": float("nan")}}, "attributes.a"),
        ({"attributes": {"a": 2**64}}, "attributes.a"),
        ({"attributes": {"a": "\ud800"}}, "attributes.a"),
        ({"attributes": {"a": ["x" * 30_000]}}, "attributes"),
        ({"attributes": {"a": list(range(2000))}}, "attributes"),
        ({"capacity": {"open": 1.5}}, "capacity.open"),
        ({"capacity": {"open": True}}, "capacity.open"),
        ({"capacity": {"open": "5"}}, "capacity.open"),
        ({"capacity": {"open": float("inf")}}, "capacity.open"),
        ({"timezone": "+08:00"}, "timezone"),
        ({"timezone": "../etc/passwd"}, "timezone"),
        ({"holidays": "China"}, "holidays"),
        ({"latitude": 10}, "longitude"),
        ({"longitude": 10}, "latitude"),
        ({"latitude": 91, "longitude": 0}, "latitude"),
        ({"latitude": float("nan"), "longitude": 0}, "latitude"),
        ({"time_off": {}}, "time_off"),
        ({"time_off": ["2025-10-01"]}, "time_off[0]"),
        ({"time_off": "2025-10-01"}, "time_off"),
        ({"time_off": [{"from": "2025-10-01"}]}, "time_off[0].to"),
        ({"time_off": [{"from": "2025-10-02", "to": "2025-10-01"}]}, "time_off[0]"),
        ({"time_off": [{"from": "2025-10-01T00:00:00", "to": "2025-10-02"}]}, "time_off[0].from"),
        ({"time_off": [{"from": "2025-02-30", "to": "2025-10-02"}]}, "time_off[0].from"),
        ({"time_off": [{"from": "tomorrow", "to": "9999-12-31"}]}, "time_off[0].from"),
        ({"time_off": [{"from": "2025-10-01", "to": "9999-12-31"}]}, "time_off[0].to"),
        ({"time_off": [{"from": 5, "to": "2025-12-31"}]}, "time_off[0].from"),
    ],
)
def test_what_makes_no_sense_is_an_error_at_its_place(fields: dict[str, object], where: str) -> None:
    assert where in faults(**fields)


def test_attributes_that_are_too_deep_are_refused() -> None:
    deep: object = 1
    for _ in range(9):
        deep = [deep]
    assert any("levels" in message for message in faults(attributes={"a": deep}).values())


def test_ids_have_one_shape() -> None:
    for wrong in ("", "A", "a b", "é", "x" * 65, "a/b"):
        assert read_rep(wrong, {"name": "n"}).value is None
        assert read_team(wrong, {}).value is None


def test_codes_are_kept_in_the_spelling_they_are_compared_in() -> None:
    covers = rep(
        covers={
            "regions": ["cn-js", "CN-JS.Suzhou", "East-China", "World"],
            "industries": ["IT"],
            "sources": "Trade Show",
            "tiers": ["A"],
            "products": ["ＣＲＭ Pro"],
            "languages": ["zh_CN", "EN"],
        }
    ).covers
    assert covers == {
        "region": {"CN-JS", "CN-JS.suzhou", "east-china", "world"},
        "industry": {"it"},
        "source": {"trade-show"},
        "tier": {"A"},
        "product": {"crm pro"},
        "language": {"zh-cn", "en"},
    }


def test_an_absent_dimension_is_everything_and_an_empty_list_nothing_with_a_warning() -> None:
    assert rep(covers={"regions": None}).covers == {}
    assert rep(covers={"regions": []}).covers == {"region": frozenset()}
    assert "covers no region" in warnings(covers={"regions": []})["covers.regions"]


def test_a_language_that_no_lead_has_is_taken_with_a_warning() -> None:
    wanted = "is no lead's language; write the language as its code, such as de or zh-CN"
    assert warnings(covers={"languages": ["de", "German", "zh-Hans-CN", "english", "yue"]}) == {
        "covers.languages[1]": f'"German" {wanted}',
        "covers.languages[3]": f'"english" {wanted}',
    }


def test_caps_of_zero_are_taken_with_a_warning() -> None:
    assert rep(capacity={"per_day": 0, "open": 5.0}).capacity == Capacity(open=5, per_day=0)
    assert list(warnings(capacity={"per_day": 0})) == ["capacity.per_day"]


MORNING, EVENING = Shift(540, 720), Shift(1320, 1800)


@pytest.mark.parametrize(
    ("hours", "week"),
    [
        ({"mon-fri": "09:00-12:00"}, [(MORNING,)] * 5 + [()] * 2),
        ({"fri-mon": ["9:00 – 12:00"]}, [(MORNING,), (), (), (), (MORNING,), (MORNING,), (MORNING,)]),
        ({"Monday, wed": ["22:00-06:00", "09:00-12:00"]}, [(MORNING, EVENING), (), (MORNING, EVENING), (), (), (), ()]),
        ({"sun": ["00:00-24:00"]}, [()] * 6 + [(Shift(0, 1440),)]),
        ({"sun": ["22:00-00:00"], "mon": None}, [()] * 6 + [(Shift(1320, 1440),)]),
        ({"mon-sun": "22:00-06:00"}, [(EVENING,)] * 7),
        ({"mon": ["09:00-12:00", "12:00-13:00"]}, [(MORNING, Shift(720, 780)), (), (), (), (), (), ()]),
    ],
)
def test_hours_as_people_write_them(hours: dict[str, object], week: list[tuple[Shift, ...]]) -> None:
    assert rep(hours=hours, timezone="UTC").hours == tuple(week)


@pytest.mark.parametrize(
    ("hours", "where"),
    [
        ({"mon": ["25:00-26:00"]}, "hours.mon[0]"),
        ({"mon": ["09:60-10:00"]}, "hours.mon[0]"),
        ({"mon": "24:00-06:00"}, "hours.mon"),
        ({"mon": "09:00-09:00"}, "hours.mon"),
        ({"mon": "nine to five"}, "hours.mon"),
        ({"mon": [540]}, "hours.mon[0]"),
        ({"mon": ["09:00-10:00"] * 25}, "hours.mon"),
        ({"mon-": []}, "hours.mon-"),
        ({"mon-fri": [], "wed": []}, "hours.wed"),
        ({"mon,mon": []}, "hours.mon,mon"),
        ("09:00-18:00", "hours"),
        ({1: []}, "hours"),
    ],
)
def test_hours_that_make_no_sense(hours: object, where: str) -> None:
    assert where in faults(hours=hours)


@pytest.mark.parametrize(
    ("hours", "where", "both"),
    [
        ({"mon": ["09:00-12:00", "11:00-13:00"]}, "hours.mon[1]", "mon 11:00-13:00 overlaps with mon 09:00-12:00"),
        ({"mon": "22:00-06:00", "tue": "05:00-07:00"}, "hours.tue", "tue 05:00-07:00 overlaps with mon 22:00-06:00"),
        ({"sun": "22:00-06:00", "mon": "05:59-07:00"}, "hours.mon", "mon 05:59-07:00 overlaps with sun 22:00-06:00"),
        ({"mon": ["09:00-10:00", "09:00-10:00"]}, "hours.mon[1]", "mon 09:00-10:00 overlaps with mon 09:00-10:00"),
    ],
)
def test_overlapping_shifts_are_an_error_naming_both(hours: dict[str, object], where: str, both: str) -> None:
    assert both in faults(hours=hours)[where]


def test_no_hours_is_always_and_empty_hours_never_with_a_warning() -> None:
    assert rep(hours=None).hours is None
    assert rep(hours={}, timezone="UTC").hours == ((),) * 7
    assert "never" in warnings(hours={}, timezone="UTC")["hours"]
    assert warnings(hours={"mon": "09:00-18:00"}, timezone="UTC") == {}


def test_hours_without_a_time_zone_are_in_utc_with_a_warning() -> None:
    assert rep(hours={"mon": "09:00-18:00"}).timezone == "UTC"
    assert "UTC" in warnings(hours={"mon": "09:00-18:00"})["hours"]


def test_time_zones_are_taken_in_any_case() -> None:
    assert rep(timezone="asia/shanghai").timezone == "Asia/Shanghai"


def test_days_of_leave_are_whole_days_where_the_rep_is_the_last_included() -> None:
    away = rep(timezone="Asia/Shanghai", time_off=[{"from": "2025-10-01", "to": "2025-10-03"}])
    start, end = datetime(2025, 9, 30, 16, tzinfo=UTC), datetime(2025, 10, 3, 16, tzinfo=UTC)
    assert away.time_off == (TimeOff(start, end),)
    eve = rep(timezone="Asia/Beirut", time_off=[{"from": "2026-03-27", "to": "2026-03-28"}])
    assert rep_document(eve)["time_off"] == [{"from": "2026-03-27", "to": "2026-03-28"}]
    # As they were written, so that they can be copied.
    assert rep_document(away)["time_off"] == [{"from": "2025-10-01", "to": "2025-10-03"}]


def test_leave_comes_in_order_and_once() -> None:
    first = {"from": "2025-10-01T00:00:00Z", "to": "2025-10-02t00:00:00z"}
    second = {"from": "2025-11-01T08:00:00+08:00", "to": "2025-11-02T00:00:00.5Z"}
    assert [leave.start.month for leave in rep(time_off=[second, first, second]).time_off] == [10, 11]


def test_holiday_calendars_are_checked_by_whoever_knows_them() -> None:
    answer = read_rep("a", {"name": "A", "holidays": "XX"}, known_calendar=lambda code: code == "CN")
    assert [problem.where for problem in answer.errors] == ["holidays"]
    assert rep(holidays="de-by").holidays == "DE-BY"


def test_an_answer_can_be_sent_back() -> None:
    assert rep(**rep_document(rep()), load={"open": 3}) == rep()


def team(*members: object) -> Read[Team]:
    return read_team("t", {"name": "T", "members": list(members)})


@pytest.mark.parametrize(
    ("weight", "thousandths"),
    [
        (1, 1000),
        (0.1, 100),
        (2.5, 2500),
        ("2.5", 2500),
        (Decimal("0.001"), 1),
        (1000, 1_000_000),
        (1e2, 100_000),
        (None, 1000),
    ],
)
def test_weights_are_kept_in_thousandths(weight: object, thousandths: int) -> None:
    answer = team({"rep": "a", "weight": weight})
    assert answer.value is not None
    assert answer.value.members == (("a", thousandths),)


@pytest.mark.parametrize(
    "weight",
    [-1, -0.001, 1000.001, 1001, 0.0001, 0.1 + 0.2, float("nan"), float("inf"), "1e-400", "1e999999999", "NaN", "x", "",
     True, [1], pytest.param(10**5000, id="huge"), "1.0000000000000000000000000000000001", Decimal("Infinity")],
)  # fmt: skip
def test_weights_that_are_none_are_errors(weight: object) -> None:
    assert [problem.where for problem in team({"rep": "a", "weight": weight}).errors] == ["members[0].weight"]


def test_a_weight_of_zero_is_taken_with_a_warning() -> None:
    answer = team({"rep": "a", "weight": 0})
    assert answer.value is not None
    assert [problem.where for problem in answer.warnings] == ["members[0].weight"]


def test_a_rep_is_once_in_a_team() -> None:
    answer = team("a", {"rep": "b"}, {"rep": "a", "weight": 2})
    assert answer.errors == [Problem("members[2].rep", '"a" is already there, at members[0]')]


def test_a_team_without_members_gets_a_warning() -> None:
    answer = read_team("t", {})
    assert answer.value == Team(TeamId("t"), "t", ())
    assert [problem.where for problem in answer.warnings] == ["members"]


def test_a_team_is_written_back() -> None:
    document = {"id": "t", "name": "T", "members": [{"rep": "b", "weight": 1}, {"rep": "a", "weight": 0.125}]}
    answer = read_team("t", document)
    assert answer.value is not None
    assert team_document(answer.value) == document


def test_a_roster_is_read_by_id_or_as_a_list() -> None:
    by_id = read_roster({"reps": {"a": {"name": "A"}}, "teams": {"t": {"members": ["a"]}}})
    listed = read_roster({"reps": [{"id": "a", "name": "A"}], "teams": [{"id": "t", "members": ["a"]}]})
    assert by_id.value is not None
    assert by_id.value == listed.value
    assert list(by_id.value.reps) == ["a"]


def test_a_roster_may_name_nobody() -> None:
    assert read_roster({}).errors == []
    assert read_roster({"reps": None}).errors == []
    assert read_roster(None).value is None
    assert read_roster({"reps": 5}).errors == [Problem("reps", "an object by id or a list is wanted here, not 5")]


def test_an_id_is_once_in_a_list() -> None:
    answer = read_roster({"reps": [{"id": "a", "name": "A"}, {"id": "a", "name": "B"}, {"name": "C"}]})
    assert [problem.where for problem in answer.errors] == ["reps[1].id", "reps[2]"]


def test_a_flood_of_errors_is_cut() -> None:
    answer = read_roster({"reps": {f"r{number}": {} for number in range(1000)}})
    assert len(answer.errors) == 201
    assert answer.errors[-1] == Problem("", "… and 800 more errors")


def roster(reps: dict[str, str | None], *teams: Team) -> Roster:
    people = [Rep(id=RepId(name), name=name, manager=RepId(boss) if boss else None) for name, boss in reps.items()]
    return Roster({person.id: person for person in people}, {team.id: team for team in teams})


def test_members_and_managers_must_exist() -> None:
    answer = check_roster(roster({"east-1": "nobody"}, Team(TeamId("t"), "T", ((RepId("east-2"), 1000),))))
    assert answer.value is None
    assert {problem.where: problem.message for problem in answer.errors} == {
        "teams.t.members[0].rep": 'there is no rep "east-2"; did you mean "east-1"?',
        "reps.east-1.manager": 'there is no rep "nobody"',
    }


def test_managers_in_a_circle_get_one_warning() -> None:
    answer = check_roster(roster({"a": "b", "b": "c", "c": "b", "d": None, "e": "e"}))
    assert answer.value is not None
    assert [problem.message for problem in answer.warnings] == [
        "managers in a circle: b → c → b",
        "managers in a circle: e → e",
    ]


# The examples of RFC 7396, appendix A, whose target and patch are objects.
@pytest.mark.parametrize(
    ("document", "patch", "result"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_merge_patches(document: dict[str, Any], patch: dict[str, Any], result: dict[str, Any]) -> None:
    before = json.dumps(document)
    assert patched(document, patch, {*document, *patch}) == result
    assert json.dumps(document) == before


def test_a_patched_document_is_read_again() -> None:
    someone = rep(covers={"regions": ["CN"], "tiers": ["A"]}, capacity={"open": 5})
    patch = {"covers": {"regions": None}, "capacity": {"per_day": 3}, "status": "paused"}
    answer = read_rep("east-1", patched(rep_document(someone), patch, REP_KEYS))
    assert answer.value is not None
    assert answer.value.covers == {"tier": {"A"}}
    assert answer.value.capacity == Capacity(open=5, per_day=3)
    assert answer.value.status == "paused"


ids = st.text("abz09._-", min_size=1, max_size=6)
words = st.text(min_size=1, max_size=8).map(str.strip).filter(lambda text: text.isprintable() and bool(text))
scalars = (
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | words
)
json_values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3), max_leaves=6
)
caps = st.none() | st.integers(0, 10**9)
instants = st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
leave = st.tuples(instants, st.integers(1, 10**8)).map(
    lambda pair: TimeOff(pair[0], pair[0] + timedelta(seconds=pair[1]))
)


@st.composite
def weeks(draw: st.DrawFn) -> tuple[tuple[Shift, ...], ...]:
    """Shifts that do not overlap, round the week, the last of a day possibly past midnight."""
    week = []
    for _ in range(7):
        cuts = sorted(draw(st.sets(st.integers(360, 1440), max_size=4)))
        day = [Shift(start, end) for start, end in zip(cuts[::2], cuts[1::2], strict=False)]
        if len(cuts) % 2 and cuts[-1] < 1440:
            day.append(Shift(cuts[-1], draw(st.integers(cuts[-1] + 1, min(cuts[-1] + 1439, 1440 + 360)))))
        week.append(tuple(day))
    return tuple(week)


@st.composite
def reps(draw: st.DrawFn) -> Rep:
    latitude = draw(st.none() | st.floats(-90, 90))
    covers = {
        "region": st.sampled_from(["world", "CN", "CN-JS", "CN-JS.suzhou", "east-china"]),
        "industry": ids,
        "tier": words,
        "language": st.sampled_from(["zh", "en-gb"]),
        "product": st.sampled_from(["crm", "erp 专业版"]),
    }
    return Rep(
        id=RepId(draw(ids)),
        name=draw(words),
        email=draw(st.none() | st.just("lin@example.com")),
        status=draw(st.sampled_from(["active", "paused", "inactive"])),
        seniority=draw(st.none() | words),
        manager=draw(st.none() | ids.map(RepId)),
        covers={
            dimension: draw(st.frozensets(values, max_size=3))
            for dimension, values in covers.items()
            if draw(st.booleans())
        },  # type: ignore[arg-type]
        skills=draw(st.frozensets(words, max_size=3)),
        attributes=draw(st.dictionaries(words, json_values, max_size=3)),
        capacity=Capacity(draw(caps), draw(caps), draw(caps), draw(caps)),
        timezone=draw(st.sampled_from(["UTC", "Asia/Shanghai", "America/St_Johns", "Europe/Berlin"])),
        hours=draw(st.none() | weeks()),
        holidays=draw(st.sampled_from([None, "CN", "DE-BY", "DE-Augsburg"])),
        time_off=tuple(sorted(draw(st.sets(leave, max_size=3)), key=lambda one: (one.start, one.end))),
        latitude=latitude,
        longitude=None if latitude is None else draw(st.floats(-180, 180)),
    )


@settings(max_examples=200, deadline=None)
@given(reps())
def test_what_is_written_is_read_back(someone: Rep) -> None:
    document = rep_document(someone)
    answer = read_rep(someone.id, json.loads(json.dumps(document)))
    assert answer.errors == []
    assert answer.value == someone
    assert rep_document(answer.value) == document


@given(ids, words, st.dictionaries(ids.map(RepId), st.integers(0, 1_000_000), max_size=5))
def test_teams_that_are_written_are_read_back(id_: str, name: str, members: dict[RepId, int]) -> None:
    someone = Team(TeamId(id_), name, tuple(members.items()))
    assert read_team(id_, json.loads(json.dumps(team_document(someone)))).value == someone


junk = st.recursive(
    scalars | st.floats() | st.sampled_from(["2025-10-01", "mon", "09:00-18:00", "CN", 10**40]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["mon-fri", "regions", "open", "from", "to", "rep", "weight", "x"]), inner, max_size=4
        )
    ),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(
    st.dictionaries(st.sampled_from(list(FULL)), junk), st.dictionaries(st.sampled_from(["name", "members", "x"]), junk)
)
def test_any_data_is_read_or_refused_with_reasons(
    rep_fields: dict[str, object], team_fields: dict[str, object]
) -> None:
    for answer in (
        read_rep("a", rep_fields),
        read_team("a", team_fields),
        read_roster({"reps": {"a": rep_fields}, "teams": [team_fields]}),
    ):
        assert (answer.value is None) is bool(answer.errors)


def test_suggestions_are_made_only_for_close_words() -> None:
    assert suggest("hors", ["hours", "covers"]) == '; did you mean "hours"?'
    assert suggest("zzz", ["hours", "covers"]) == ""


def test_a_day_starts_at_the_first_instant_that_is_on_it() -> None:
    gap_at_midnight = datetime(2025, 4, 24, 22, tzinfo=UTC)
    assert day_start("Africa/Cairo", gap_at_midnight.date() + timedelta(days=1)) == gap_at_midnight


def test_a_day_named_without_end_is_refused_once_and_quickly() -> None:
    begin = time.perf_counter()
    read = read_rep("a", {"name": "A", "hours": {"mon," * 200_000: ["09:00-10:00"]}})
    assert time.perf_counter() - begin < 1
    (problem,) = read.errors
    assert "too long" in problem.message
    assert len(problem.where) < 300
