"""How do the figures look beside what they must reach and what they aim at? One picture of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
from matplotlib.figure import Figure as Picture

from bench.figure import Figure, Verdict
from bench.table import number

_COLOURS: Final[Mapping[Verdict, str]] = {
    "aim reached": "#2e7d5b",
    "reached": "#d39b2f",
    "NOT REACHED": "#b3372f",
    "for information": "#888888",
}


def margin(figure: Figure, value: float) -> float:
    """How many times better than it must be a value is; below 1 it does not reach it."""
    assert figure.must is not None
    return value / figure.must if figure.more else figure.must / max(value, 1e-9)


def draw(figures: Sequence[Figure], machine: Mapping[str, Any], at: str, path: Path) -> None:
    """Draw those figures that must reach something, on one scale: 1 is what each must reach."""
    shown = [figure for figure in figures if figure.must is not None]
    mpl.rcParams.update({"font.size": 9, "svg.fonttype": "none"})
    picture = Picture(figsize=(11, 1.6 + 0.36 * len(shown)), layout="constrained")
    axes = picture.subplots()
    for place, figure in enumerate(reversed(shown)):
        reached = margin(figure, figure.value)
        ends = sorted(margin(figure, one) for one in figure.rounds)
        colour = _COLOURS[figure.verdict]
        axes.plot([1, reached], [place, place], color=colour, linewidth=7, alpha=0.75, solid_capstyle="butt")
        axes.plot([ends[0], ends[-1]], [place, place], color="#222222", linewidth=1)
        axes.plot(reached, place, "o", color=colour, markersize=6)
        if figure.aim is not None:
            axes.plot(margin(figure, figure.aim), place, "|", color="#222222", markersize=13)
        axes.annotate(
            f"  {number(figure.value, figure.unit)}", (max(reached, ends[-1], 1), place), va="center", fontsize=8
        )
    axes.axvline(1, color="#222222", linewidth=1)
    axes.set_xscale("log", base=2)
    axes.set_yticks(range(len(shown)), [figure.title for figure in reversed(shown)])
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g} ×")
    axes.margins(x=0.12)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_xlabel(
        "times better than it must be\n1: what it must reach; upright mark: what it aims at; thin line: all rounds"
    )
    axes.set_title(
        f"{machine['cores']} cores, {machine['processor']}, Python {machine['python']}; {machine['commit']}, {at[:10]}",
        loc="left",
        fontsize=9,
    )
    picture.savefig(path, dpi=150)
