"""What counts towards a cap is what the calendar where the rep is says, also when that calendar changes."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from app.engine.decision import Effects
from app.engine.roster import Capacity, Rep, RepId, Roster
from app.engine.world import Loads, World

ANN = RepId("ann")


def in_zone(zone: str, **capacity: int) -> Roster:
    return Roster({ANN: Rep(id=ANN, name="Ann", timezone=zone, capacity=Capacity(**capacity))}, {})


@pytest.mark.parametrize("cap", ["per_week", "per_month"])
def test_a_lead_of_tomorrow_counts_in_the_window_of_a_rep_who_has_moved_west(cap: str) -> None:
    monday_evening = datetime(2026, 3, 2, 23, tzinfo=UTC)
    world = World(
        in_zone("Pacific/Kiritimati", **{cap: 1}), {}, Loads(), now=monday_evening, seq=0, revision=0, stamp=0
    )
    assert not world.at_cap(cap)
    world.apply(Effects(gained=ANN, day=date(2026, 3, 3)), 1)
    assert world.at_cap(cap)
    world.enrol(in_zone("UTC", **{cap: 1}), {})
    assert world.today(0) == date(2026, 3, 2)
    assert world.at_cap(cap)


def test_a_lead_of_tomorrow_does_not_count_where_tomorrow_is_another_week_month_or_day() -> None:
    last_of_both = datetime(2026, 5, 31, 23, tzinfo=UTC)
    caps = {"per_day": 1, "per_week": 1, "per_month": 1}
    world = World(in_zone("Pacific/Kiritimati", **caps), {}, Loads(), now=last_of_both, seq=0, revision=0, stamp=0)
    world.apply(Effects(gained=ANN, day=date(2026, 6, 1)), 1)
    world.enrol(in_zone("UTC", **caps), {})
    assert not any(world.at_cap(cap) for cap in caps)
    world.advance(datetime(2026, 6, 1, tzinfo=UTC))
    assert all(world.at_cap(cap) for cap in caps)
