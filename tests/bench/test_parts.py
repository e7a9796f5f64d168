"""The bench measures what it says it measures: its parts run, here in a form too small to tell anything."""

import math
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bench import runner
from bench.figure import Figure
from bench.ground import TINY, Ground
from bench.parts import zen

INSTALLED = Path(__file__).parents[2] / ".cache" / "bench"


@contextmanager
def tiny() -> Iterator[Ground]:
    with (
        # Not pytest's own directory: Postgres must get in under another account, and its socket's path must be short.
        tempfile.TemporaryDirectory(prefix="lr-bench-", ignore_cleanup_errors=True) as directory,
        Ground(Path(directory), TINY, shared=INSTALLED, durable=False) as ground,
    ):
        yield ground


def holds(outcome: runner.Outcome) -> None:
    """Each part has given figures, each of them once, and they come back from what is written down."""
    assert all(math.isfinite(one) and one >= 0 for figure in outcome.figures for one in figure.rounds)
    names = [figure.name for figure in outcome.figures]
    assert len(names) == len(set(names)) >= len(outcome.seconds)
    written = outcome.document()["figures"]
    assert [Figure.from_document(one).document() for one in written] == written


def test_the_parts_for_daily_use_run_and_give_their_figures() -> None:
    with tiny() as ground:
        holds(runner.run(ground, runner.QUICK, lambda *_: None))


@pytest.mark.soak
@pytest.mark.parametrize("part", [name for name in runner.PARTS if name not in runner.QUICK])
def test_every_other_part_runs_and_gives_its_figures(part: str) -> None:
    with tiny() as ground:
        if part == "zen" and not all((zen.home(ground, version) / "zen").is_dir() for version in zen.VERSIONS):
            pytest.skip("zen-engine is not installed: `make bench` does it")
        holds(runner.run(ground, [part], lambda *_: None))


def test_a_figure_that_does_not_reach_what_it_must_is_said_not_to() -> None:
    least = Figure(name="a", title="A", rounds=[0.69, 0.7, 0.9], must=0.7, aim=1.0)
    most = Figure(name="b", title="B", rounds=[2.6, 2.6, 1.0], must=2.5, aim=2.0, more=False)
    assert least.verdict == "reached"
    assert most.verdict == "NOT REACHED"
    assert Figure(name="c", title="C", rounds=[1.0], must=2.5, aim=2.0, more=False).verdict == "aim reached"
