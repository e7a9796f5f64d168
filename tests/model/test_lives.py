"""Whatever happens to a lane is what the slow reference foretells: fair, within all caps, and told by the record.

The long forms are ``make soak``'s; ``LEAD_ROUTER_LIVES`` says how many lives each of these leads, whichever form.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.model.machine import Life, MemoryLife, OfficeLife


def lead(life: type[Life], lives: int, steps: int) -> None:
    """Lead so many lives."""
    lives = int(os.environ.get("LEAD_ROUTER_LIVES", lives))
    run_state_machine_as_test(
        life,
        settings=settings(
            max_examples=lives, stateful_step_count=steps, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


@pytest.mark.parametrize(("lives", "steps"), [(60, 40), pytest.param(3000, 60, marks=pytest.mark.soak)])
def test_any_life_of_a_lane_in_memory_is_as_foretold(lives: int, steps: int) -> None:
    lead(MemoryLife, lives, steps)


@pytest.mark.soak
@pytest.mark.parametrize(("lives", "steps"), [(12, 20), (600, 40)])
def test_any_life_of_several_lanes_on_one_database_is_as_foretold(
    postgres_url: str, template: str, lives: int, steps: int
) -> None:
    lead(type("Here", (OfficeLife,), {"server": postgres_url, "template": template}), lives, steps)
