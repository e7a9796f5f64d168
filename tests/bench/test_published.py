"""What the docs say of speed is what a run has measured."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bench import published, runner
from bench.figure import Figure

DOCS = Path(__file__).parents[2] / "docs"

FIGURES = [
    Figure(name="single", title="leads against pgbench", rounds=[0.9, 1.1, 1.0], must=0.7, aim=1.0),
    Figure(name="held", title="the lane's row", rounds=[160.0], unit="µs", must=150, aim=80, more=False),
    Figure(name="told", title="for information", rounds=[3.0]),
]


def test_the_page_shows_the_run_that_lies_beside_it() -> None:
    page = (DOCS / published.PAGE).read_text(encoding="utf-8")
    assert published.shown(page) == published.expected(DOCS)


def test_a_published_run_is_shown_with_its_table_and_its_picture(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="only the bench needs it")
    (tmp_path / "img").mkdir()
    shutil.copy(DOCS / published.PAGE, tmp_path)
    outcome = runner.Outcome(datetime(2026, 3, 4, tzinfo=UTC), runner.machine(), {"single": 4.0}, FIGURES)
    for _ in range(2):
        published.publish(outcome.document(), tmp_path)
        page = (tmp_path / published.PAGE).read_text(encoding="utf-8")
        assert published.shown(page) == published.expected(tmp_path)
    assert "| leads against pgbench | 1.00 × | 0.90 … 1.10 | ≥ 0.7 | ≥ 1 | aim reached |" in page
    assert "| the lane's row | 160 µs |  | ≤ 150 | ≤ 80 | NOT REACHED |" in page
    assert (tmp_path / published.PICTURE).read_bytes().startswith(b"\x89PNG")
    assert not outcome.good
