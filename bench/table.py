"""How are figures shown on a terminal?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.table import Table

from bench.figure import Figure, Verdict

_STYLES: Final[dict[Verdict, str]] = {
    "aim reached": "green",
    "reached": "yellow",
    "NOT REACHED": "bold red",
    "for information": "dim",
}


def table(figures: Sequence[Figure]) -> Table:
    """The one table."""
    made = Table(title="lead-router, measured", title_justify="left")
    made.add_column("figure", overflow="fold")
    for heading in ("median", "rounds", "must reach", "aim"):
        made.add_column(heading, justify="right", no_wrap=True)
    made.add_column("verdict", no_wrap=True)
    for figure in figures:
        made.add_row(
            figure.title,
            number(figure.value, figure.unit),
            f"{short(min(figure.rounds))} … {short(max(figure.rounds))}" if len(figure.rounds) > 1 else "",
            wanted(figure.must, figure),
            wanted(figure.aim, figure),
            figure.verdict,
            style=_STYLES[figure.verdict],
        )
    return made


def number(value: float, unit: str) -> str:
    """A value with its unit."""
    return f"{short(value)} {'×' if unit == 'x' else unit}"


def short(value: float) -> str:
    """Three digits that count."""
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}"


def wanted(value: float | None, figure: Figure) -> str:
    """What is to be reached, and from which side."""
    return "" if value is None else f"{'≥' if figure.more else '≤'} {value:g}"
