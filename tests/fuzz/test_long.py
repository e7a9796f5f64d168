"""The long form of the fuzzers: an hour, or what FUZZ_SECONDS says. Half of it random, half steered by coverage."""

from __future__ import annotations

import importlib
import inspect
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SECONDS = float(os.environ.get("FUZZ_SECONDS", "3600"))
MODULES = ["test_free_text", "test_leads", "test_bulk", "test_documents"]
"""Those whose targets need nothing but their input."""
EVERY_TARGET = ("pytest", "tests/fuzz", "-q", "-p", "no:cacheprovider")
ROUND = 300
"""Examples per target in one round: few enough that a round is over in minutes."""


def targets() -> Iterator[tuple[str, str]]:
    """The module and name of each target, but for those that measure time: under instruments that says nothing."""
    for name in MODULES:
        module = importlib.import_module(f"tests.fuzz.{name}")
        for target, function in inspect.getmembers(module, inspect.isfunction):
            if hasattr(function, "hypothesis") and "longer" not in target:
                yield module.__name__, target


def run(*command: str, **environment: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name != "CI"} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    return done.returncode, done.stdout


@pytest.mark.soak
def test_nothing_is_found_at_random(capsys: pytest.CaptureFixture[str]) -> None:
    until = time.monotonic() + SECONDS / 2
    rounds = 0
    while rounds == 0 or time.monotonic() < until:
        status, told = run(*EVERY_TARGET, FUZZ_EXAMPLES=str(ROUND))
        assert status == 0, told
        rounds += 1
        with capsys.disabled():
            left = max(0, until - time.monotonic())
            print(f"round {rounds}: {ROUND} examples of every target, nothing found; {left:.0f} s left", flush=True)


@pytest.mark.soak
@pytest.mark.skipif(find_spec("atheris") is None, reason="atheris is not to be had for this Python and machine")
def test_nothing_is_found_where_new_code_is_reached(capsys: pytest.CaptureFixture[str]) -> None:
    every = list(targets())
    found: dict[str, str] = {}
    for module, target in every:
        corpus = ROOT / ".hypothesis" / "guided" / target
        corpus.mkdir(parents=True, exist_ok=True)
        share = max(1, round(SECONDS / 2 / len(every)))
        status, told = run("tests.fuzz.guided", module, target, str(share), str(corpus))
        if status:
            found[target] = told[-6000:]
        runs = re.search(r"stat::number_of_executed_units:\s+(\d+)", told)
        reached = re.findall(r"cov: (\d+)", told)
        with capsys.disabled():
            count, branches = runs[1] if runs else "?", reached[-1] if reached else "?"
            what = "FAILED" if status else "nothing found"
            print(f"{target}: {count} runs, {branches} branches reached, {what}", flush=True)
    assert not found, "\n\n".join(f"{target}\n{told}" for target, told in found.items())
