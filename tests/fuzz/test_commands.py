"""A file with anything in it, given to a command, ends in an answer or in one line that says what is wrong with it."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from app.seed import sample
from tests.commands.conftest import CommandLine
from tests.commands.conftest import give as give  # noqa: PLC0414  (a fixture)
from tests.fuzz.strategies import POLICIES, ROSTERS, changed, mistyped
from tests.fuzz.support import few
from tests.fuzz.test_bulk import streams
from tests.fuzz.test_documents import as_json, as_yaml, written

LINES = {"a policy": 3, "a roster": 2}
documents = st.one_of(
    written,
    st.builds(as_yaml, changed(POLICIES) | changed(ROSTERS)),
    mistyped(st.builds(as_json, changed(POLICIES) | changed(ROSTERS))),
)
suffixes = st.sampled_from([".yaml", ".yml", ".json", ".txt", ""])


def ends_well(give: CommandLine, *words: object) -> None:
    done = give(*words)
    assert done.status in (0, 1, 2), done
    assert "Traceback" not in done.out + done.err
    assert done.err.count("\n") <= 1, done.err
    assert done.out or done.err
    (done.out + done.err).encode()


@few
@given(documents, documents, suffixes)
def test_lint_says_of_any_file_what_is_wrong_with_it(
    give: CommandLine, tmp_path: Path, one: bytes, other: bytes, suffix: str
) -> None:
    first, second = tmp_path / f"one{suffix}", tmp_path / f"other{suffix}"
    first.write_bytes(one)
    second.write_bytes(other)
    ends_well(give, "lint", first)
    ends_well(give, "lint", first, "--strict")
    ends_well(give, "lint", first, "--roster", second)
    ends_well(give, "lint", first, second)


@few
@given(streams, documents, suffixes)
def test_route_says_of_any_file_what_is_wrong_with_it(
    give: CommandLine, tmp_path: Path, stream: tuple[bytes, str], document: bytes, suffix: str
) -> None:
    ending = {"text/csv": ".csv", "application/json": ".json"}.get(stream[1].partition(";")[0], ".ndjson")
    leads, file = tmp_path / f"leads{ending}", tmp_path / f"policy{suffix}"
    leads.write_bytes(stream[0])
    file.write_bytes(document)
    at = ("--at", "2026-07-21T10:00+08:00")
    ends_well(give, "route", leads, *at)
    ends_well(give, "route", sample("en").leads, "--policy", file, *at)
    ends_well(give, "route", leads, "--policy", file, "--roster", file, *at)
