"""Where does a run go that is to be shown? Its JSON and its picture beside the docs, its table into their page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import orjson

from bench.figure import Figure
from bench.table import number, short, wanted

PAGE: Final = "performance.md"
RUN: Final = "performance.json"
PICTURE: Final = "img/performance.png"

BEGIN: Final = "<!-- measured -->\n"
END: Final = "<!-- /measured -->\n"
_NONE: Final = "No run has been published yet.\n"


def rows(figures: Sequence[Figure]) -> str:
    """The table, as the page has it."""
    lines = ["| figure | median | rounds | must reach | aim | verdict |", "|---|---|---|---|---|---|"]
    for figure in figures:
        rounds = f"{short(min(figure.rounds))} … {short(max(figure.rounds))}" if len(figure.rounds) > 1 else ""
        lines.append(
            f"| {figure.title} | {number(figure.value, figure.unit)} | {rounds} | {wanted(figure.must, figure)} | "
            f"{wanted(figure.aim, figure)} | {figure.verdict} |"
        )
    return "\n".join(lines) + "\n"


def text_of(document: dict[str, Any]) -> str:
    """What the page says of a run."""
    on = document["machine"]
    minutes = sum(document["seconds"].values()) / 60
    return (
        f"On {document['at'][:10]}, commit {on['commit']}: {on['cores']} cores ({on['processor']}), "
        f"{on['memory_gib']:g} GiB, {on['system']}, Python {on['python']}; {minutes:.0f} minutes, beginning at a load "
        f"of {on['load_before']}.\n\n![Each figure beside what it must reach]({PICTURE})\n\n"
        + rows([Figure.from_document(figure) for figure in document["figures"]])
    )


def shown(page: str) -> str:
    """What a page shows between its marks."""
    return page.partition(BEGIN)[2].partition(END)[0]


def publish(document: dict[str, Any], docs: Path) -> None:
    """Put a run into the docs: its JSON, its picture, its table."""
    from bench.plot import draw  # noqa: PLC0415  drawing is not needed for anything else

    page = docs / PAGE
    text = page.read_text(encoding="utf-8")
    page.write_text(text.replace(BEGIN + shown(text), BEGIN + text_of(document)), encoding="utf-8")
    (docs / RUN).write_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    figures = [Figure.from_document(figure) for figure in document["figures"]]
    draw(figures, document["machine"], document["at"], docs / PICTURE)


def expected(docs: Path) -> str:
    """What the page must show: the run that lies beside it, or that there is none."""
    run = docs / RUN
    return text_of(orjson.loads(run.read_bytes())) if run.exists() else _NONE
