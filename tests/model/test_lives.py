"""Whatever happens to a lane is what the slow reference foretells: fair, within its caps, and told by the record."""

from __future__ import annotations

from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.model.machine import MemoryLife, OfficeLife


def test_any_life_in_memory_is_as_the_reference_foretells() -> None:
    run_state_machine_as_test(MemoryLife, settings=settings(max_examples=20, stateful_step_count=30, deadline=None))


def test_any_life_of_several_lanes_on_one_database_is_as_the_reference_foretells(
    postgres_url: str, template: str
) -> None:
    class Here(OfficeLife):
        server = postgres_url

    Here.template = template
    run_state_machine_as_test(Here, settings=settings(max_examples=10, stateful_step_count=20, deadline=None))
