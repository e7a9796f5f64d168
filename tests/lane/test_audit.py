"""The audit finds nothing where nothing is wrong, and something whatever is."""

import pytest

from app.lane.hand import Assign, Close
from app.store import database
from tests.lane.audit import audit
from tests.lane.support import all_of, office, team

BROKEN = [
    "UPDATE rep_loads SET open = open + 1",
    "UPDATE rep_days SET count = count + 1",
    "UPDATE credits SET credit = credit + 1 WHERE rep_id = 'a'",
    "DELETE FROM credits WHERE rep_id = 'a'",
    "UPDATE leads SET rep_id = 'nobody' WHERE latest_seq = 3",
    "UPDATE leads SET status = 'assigned', closed_at = NULL, outcome = NULL WHERE status = 'closed'",
    "UPDATE assignments SET rep_id = 'nobody' WHERE seq = 4",
    "UPDATE lane SET seq = seq + 1",
    "UPDATE lane SET revision = revision + 1",
    "UPDATE lane SET stamp = 1",
    "DELETE FROM changes WHERE kind = 'lead.closed'",
    "UPDATE identities SET owner = 'nobody'",
    r"UPDATE deliveries SET body_hash = '\x00'",
]


@pytest.mark.parametrize("broken", [None, *BROKEN])
async def test_what_is_broken_is_found(database_url: str, broken: str | None) -> None:
    async with office(database_url, roster=team({"a": 1, "b": 2})) as place:
        leads = await all_of(*(place.route(external_id=str(n), email=f"{n}@firm{n}.example") for n in range(6)))
        await place.lanes[0].submit(Close(leads[0].lead_id, "won", "kim"))
        await place.lanes[0].submit(Assign(leads[1].lead_id, "a", "everyone", "kim", None))
    if broken is not None:
        connection = await database.parse(database_url).connect()
        assert await connection.execute(broken) != "UPDATE 0"
        await connection.close()
    found = await audit(database_url)
    assert (found != []) == (broken is not None), found
