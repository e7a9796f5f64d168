"""``python -m bench``: run the bench, show its table, write it down. It fails if what must be reached is not."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import orjson
import typer
from rich.console import Console

from bench import published, runner
from bench.figure import Figure
from bench.ground import FULL, QUICK, Ground
from bench.table import number, table

ROOT: Final = Path(__file__).parent.parent
DATA: Final = ROOT / ".cache" / "bench"
RESULTS: Final = Path(__file__).parent / "results"


def main(
    quick: Annotated[bool, typer.Option(help="The figures for daily use, in short rounds")] = False,
    only: Annotated[list[str] | None, typer.Option(help=f"Only these parts: {', '.join(runner.PARTS)}")] = None,
    data: Annotated[Path, typer.Option(help="Where Postgres and what is kept between runs are")] = DATA,
    publish: Annotated[bool, typer.Option("--publish", help="Show this run in docs/performance.md")] = False,
) -> None:
    """Measure, and say whether every figure reaches what it must."""
    names = only or (runner.QUICK if quick else list(runner.PARTS))
    if unknown := sorted(set(names) - set(runner.PARTS)):
        raise typer.BadParameter(f"there is no part {unknown[0]}; there are {', '.join(runner.PARTS)}")
    console = Console()
    if not console.is_terminal:
        console.width = 160
    with console.status("") as status:

        def done(part: str, seconds: float, figures: Sequence[Figure]) -> None:
            said = ", ".join(f"{figure.name} {number(figure.value, figure.unit)}" for figure in figures)
            console.print(f"[bold]{part}[/] in {seconds:.0f} s: {said}", highlight=False)

        with Ground(data, QUICK if quick else FULL, status.update) as ground:
            outcome = runner.run(ground, names, done)
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{outcome.at:%Y%m%dT%H%M%SZ}{'-quick' if quick else ''}.json"
    path.write_bytes(orjson.dumps(outcome.document(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    console.print(table(outcome.figures))
    if publish:
        published.publish(outcome.document(), ROOT / "docs")
    console.print(f"written to {path.relative_to(ROOT)}", highlight=False)
    sys.exit(0 if outcome.good else 1)


if __name__ == "__main__":
    typer.run(main)
