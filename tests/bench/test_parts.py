"""The bench measures what it says it measures: every part of it runs, here in a form too small to tell anything."""

import math
import tempfile
from pathlib import Path

from bench import runner
from bench.figure import Figure
from bench.ground import TINY, Ground


def test_every_part_of_the_bench_runs_and_gives_its_figures() -> None:
    with (
        # Not pytest's own directory: Postgres must get in under another account, and its socket's path must be short.
        tempfile.TemporaryDirectory(prefix="lr-bench-", ignore_cleanup_errors=True) as directory,
        Ground(Path(directory), TINY, durable=False) as ground,
    ):
        outcome = runner.run(ground, list(runner.PARTS), lambda *_: None)
    assert set(outcome.seconds) == set(runner.PARTS)
    for figure in outcome.figures:
        assert all(math.isfinite(one) and one >= 0 for one in figure.rounds), figure
    names = [figure.name for figure in outcome.figures]
    assert len(names) == len(set(names))
    written = outcome.document()["figures"]
    assert [Figure.from_document(one).document() for one in written] == written


def test_a_figure_that_does_not_reach_what_it_must_is_said_not_to() -> None:
    least = Figure(name="a", title="A", rounds=[0.69, 0.7, 0.9], must=0.7, aim=1.0)
    most = Figure(name="b", title="B", rounds=[2.6, 2.6, 1.0], must=2.5, aim=2.0, more=False)
    assert least.verdict == "reached"
    assert most.verdict == "NOT REACHED"
    assert Figure(name="c", title="C", rounds=[1.0], must=2.5, aim=2.0, more=False).verdict == "aim reached"
