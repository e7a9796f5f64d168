"""``verify`` says whether the record is what it says, and names what is not."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

import pytest

from app.store import migrate
from app.store.embedded import EmbeddedPostgres
from tests.commands.conftest import CommandLine
from tests.conftest import execute, run_apart
from tests.record.test_verify import lived


@pytest.fixture
def recorded(database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database in which something has happened."""

    async def live() -> None:
        async with lived(database_url):
            pass

    run_apart(live())
    monkeypatch.setenv("LEAD_ROUTER_DATABASE_URL", database_url)
    return database_url


def test_a_clean_record_is_told_in_numbers(give: CommandLine, recorded: str) -> None:
    done = give("verify")
    assert (done.status, done.err) == (0, "")
    assert (
        done.out.splitlines()
        == [
            "40 decisions, seq 1 to 40: 38 decided again, the same to the byte",
            "Not decided again: 2 decided by hand",
            "The tables agree with the record",
            "Checkpoints compared: 1",
        ]
        or done.out
    )
    chinese = give("verify", "--language", "zh")
    assert chinese.status == 0
    assert "逐字节相同" in chinese.out
    assert "数据表与记录相符" in chinese.out


def test_a_part_is_told_as_a_part(give: CommandLine, recorded: str) -> None:
    done = give("verify", "--from", 10, "--to", 12)
    assert done.status == 0
    assert done.out.startswith("3 decisions, seq 10 to 12: 3 decided again, the same to the byte\n")
    assert "The tables were not looked at" in done.out


def test_what_differs_is_named_and_the_status_is_1(give: CommandLine, recorded: str) -> None:
    run_apart(
        execute(
            recorded,
            """UPDATE assignments SET decision = replace(decision::text, '"total":', '"total":1')::json
               WHERE seq IN (6, 9)""",
            "UPDATE rep_loads SET open = open + 1 WHERE rep_id = 'ann'",
        )
    )
    done = give("verify")
    assert done.status == 1
    assert "seq 6: decided again, it differs in decision.score\n" in done.out
    assert "seq 9: decided again, it differs in decision.score\n" in done.out
    assert ", 2 differ" in done.out
    assert "rep_loads is not what the record adds up to: ann: " in done.out
    chinese = give("verify", "--language", "zh")
    assert "序号 6：重新决策后，decision.score 不同" in chinese.out
    assert give("verify", "--from", 7, "--to", 8).status == 0


def test_a_record_that_cannot_be_followed_is_told(give: CommandLine, recorded: str) -> None:
    run_apart(execute(recorded, "UPDATE changes SET effects = '[]' WHERE revision = 1"))
    done = give("verify")
    assert (done.status, done.out.startswith("The record cannot be followed: revision 1 does not tell")) == (1, True)


def test_an_empty_record_is_in_order(give: CommandLine, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEAD_ROUTER_DATABASE_URL", database_url)
    done = give("verify")
    assert (done.status, done.out.splitlines()[0]) == (0, "The record is empty")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--from", "5", "--to", "4"), "--from 5 is after --to 4"),
        (("--from", "1000"), "There is no record with seq 1000"),
    ],
)
def test_what_makes_no_sense_is_said_in_one_line(
    give: CommandLine, recorded: str, words: tuple[str, ...], said: str
) -> None:
    done = give("verify", *words)
    assert done.status == 1
    assert said in done.err
    assert len(done.err.splitlines()) == 1


def test_tables_of_another_release_and_a_database_that_is_away_are_told(
    give: CommandLine, empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEAD_ROUTER_DATABASE_URL", empty_database_url)
    assert "lead-router migrate" in give("verify").err
    monkeypatch.setenv("LEAD_ROUTER_DATABASE_URL", "postgresql://x:y@127.0.0.1:1/x")
    assert "cannot be read" in give("verify").err


def test_the_embedded_database_is_read_beside_the_service_that_owns_it(
    give: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LEAD_ROUTER_DATABASE_URL", raising=False)
    with tempfile.TemporaryDirectory(prefix="lr-", ignore_cleanup_errors=True) as directory:
        data = Path(directory) / "data"
        monkeypatch.setenv("LEAD_ROUTER_DATA", str(data))
        nothing = give("verify")
        assert (nothing.status, data.exists()) == (1, False)
        assert f"there is no database in {data}" in nothing.err
        with EmbeddedPostgres(data) as server:
            asyncio.run(migrate.upgrade(server.url))
            beside = give("verify")
            assert server.pid is not None
        alone = give("verify")
    assert (beside.status, alone.status) == (0, 0), (beside, alone)
    assert beside.out == alone.out
