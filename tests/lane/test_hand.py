"""People give leads, put them back, claim them, close them: and every count stays right."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from random import Random
from uuid import uuid4

import asyncpg
import orjson
import pytest

from app.doors.reading import correction
from app.engine.decision import Reason, Status
from app.engine.lead import Lead, Notice
from app.engine.rotation import UNIT
from app.errors import Conflict, Invalid, NotFound
from app.lane.correct import Correct
from app.lane.hand import Assign, Claim, Close, Release, RouteAgain
from app.store import database
from tests.lane.support import ROUND_ROBIN, all_of, office, team

CLAIM = {"name": "claims", "rules": [{"name": "for the team", "assign": {"team": "everyone", "by": "claim"}}]}


async def test_a_lead_given_to_another_moves_the_load_and_gives_the_turn_back(database_url: str) -> None:
    async with office(database_url, roster=team({"a": 1, "b": 1})) as place:
        first = await place.route()
        assert first.lead_id is not None
        assert first.decision.rep is not None
        other = "b" if first.decision.rep.id == "a" else "a"
        answer = await place.lanes[0].submit(Assign(first.lead_id, other, None, "kim", "knows them"))
        assert answer.decision.rep is not None
        assert (answer.decision.rep.id, answer.decision.actor, answer.seq) == (other, "kim", 2)
        loads = {row["rep_id"]: row["open"] for row in await place.rows("SELECT * FROM rep_loads")}
        assert loads == {other: 1, first.decision.rep.id: 0}
        assert {row["credit"] for row in await place.rows("SELECT credit FROM credits")} == {0}


REFUSE = """
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = '23514'; END
    $$;
    CREATE TRIGGER refuse BEFORE UPDATE ON leads FOR EACH ROW EXECUTE FUNCTION refuse();
"""


async def test_what_the_database_refuses_to_write_of_a_lead_is_never_said_to_be_done(database_url: str) -> None:
    async with office(database_url, roster=team({"a": 1, "b": 1})) as place:
        leads = [await place.route(need=str(n)) for n in range(3)]
        ids = [lead.lead_id for lead in leads if lead.lead_id is not None]
        connection = await database.parse(database_url).connect()
        await connection.execute(REFUSE)
        for job in (
            correction(ids[0], {"need": "another"}, (), "kim"),
            Close(ids[1], "won", "kim"),
            Release(ids[2], "kim", "away"),
        ):
            with pytest.raises(asyncpg.CheckViolationError):
                await place.lanes[0].submit(job)
        rows = await place.rows("SELECT status, facts ->> 'need' AS need FROM leads ORDER BY id")
        assert [tuple(row) for row in rows] == [("assigned", str(n)) for n in range(3)]
        await connection.execute("DROP TRIGGER refuse ON leads")
        await connection.close()
        await place.lanes[0].submit(Close(ids[1], "won", "kim"))
        assert len(await place.rows("SELECT 1 FROM leads WHERE status = 'closed'")) == 1


async def test_a_lead_given_by_hand_in_a_team_s_name_takes_a_turn_there(database_url: str) -> None:
    policy = {"name": "p", "rules": [{"name": "none", "when": {"source": "nothing"}, "assign": {"team": "everyone"}}]}
    async with office(database_url, roster=team({"a": 1, "b": 1}), policy=policy) as place:
        lead = await place.route()
        assert lead.lead_id is not None
        await place.lanes[0].submit(Assign(lead.lead_id, "a", "everyone", "kim", None))
        credits = {row["rep_id"]: row["credit"] for row in await place.rows("SELECT * FROM credits")}
        assert credits == {"a": -UNIT // 2, "b": UNIT // 2}


async def test_manual_turns_put_nobody_more_than_three_leads_in_debt(database_url: str) -> None:
    policy = {"name": "p", "rules": [{"name": "none", "when": {"source": "nothing"}, "assign": {"team": "everyone"}}]}
    async with office(database_url, roster=team({"a": 1, "b": 1}), policy=policy) as place:
        for _ in range(12):
            lead = await place.route()
            assert lead.lead_id is not None
            await place.lanes[0].submit(Assign(lead.lead_id, "a", "everyone", "kim", None))
        credits = {row["rep_id"]: row["credit"] for row in await place.rows("SELECT * FROM credits")}
        assert credits["a"] >= -3 * UNIT
        assert sum(credits.values()) == 0


async def test_a_turn_by_hand_counts_from_what_giving_back_the_lead_leaves_of_the_account(database_url: str) -> None:
    policy = {"name": "p", "rules": [{"name": "web", "when": {"source": "web"}, "assign": {"team": "everyone"}}]}
    async with office(database_url, roster=team({"a": 1, "b": 1}), policy=policy) as place:
        of_a, *others = [await place.route(source=source) for source in ("web", *["none"] * 6)]
        for lead in (*others, of_a):
            assert lead.lead_id is not None
            await place.lanes[0].submit(Assign(lead.lead_id, "b", "everyone", "kim", None))
        # Half a lead was due to b for a's, and each of the six cost half a lead: with a's given back that is three.
        credits = {row["rep_id"]: row["credit"] for row in await place.rows("SELECT * FROM credits")}
        assert credits == {"a": 3 * UNIT, "b": -3 * UNIT}


async def test_a_released_lead_waits_for_people_and_is_freed_from_its_rep(database_url: str) -> None:
    async with office(database_url, roster=team({"a": 1})) as place:
        lead = await place.route()
        assert lead.lead_id is not None
        answer = await place.lanes[0].submit(Release(lead.lead_id, "kim", "wrong person"))
        assert (answer.decision.status, answer.decision.reason) == (Status.QUEUED, Reason.RELEASED)
        (load,) = await place.rows("SELECT open FROM rep_loads")
        assert load["open"] == 0
        with pytest.raises(Conflict):
            await place.lanes[0].submit(Release(lead.lead_id, "kim", None))


async def test_of_many_who_claim_one_wins_and_the_others_are_told_who(database_url: str) -> None:
    reps = dict.fromkeys("abcdef", 1.0)
    async with office(database_url, roster=team(reps), policy=CLAIM, lanes=3) as place:
        lead = await place.route()
        assert lead.lead_id is not None
        assert (lead.decision.reason, lead.decision.team) == (Reason.CLAIM, "everyone")

        async def claim(number: int, rep: str) -> str:
            assert lead.lead_id is not None
            try:
                await place.lanes[number % 3].submit(Claim(lead.lead_id, rep, rep))
            except Conflict as lost:
                return str(lost.members["winner"])
            return rep

        told = await all_of(*(claim(number, rep) for number, rep in enumerate(reps)))
        assert len(set(told)) == 1
        (row,) = await place.rows("SELECT rep_id, status FROM leads")
        assert (row["rep_id"], row["status"]) == (told[0], "assigned")


async def test_who_is_not_on_the_team_cannot_claim_its_lead(database_url: str) -> None:
    roster = team({"a": 1})
    roster["reps"]["stranger"] = {"name": "Stranger"}
    async with office(database_url, roster=roster, policy=CLAIM) as place:
        lead = await place.route()
        assert lead.lead_id is not None
        with pytest.raises(Invalid):
            await place.lanes[0].submit(Claim(lead.lead_id, "stranger", "stranger"))


async def test_a_closed_lead_frees_the_load_once(database_url: str) -> None:
    async with office(database_url, roster=team({"a": 1}), lanes=2) as place:
        lead = await place.route()
        assert lead.lead_id is not None
        await place.lanes[0].submit(Close(lead.lead_id, "won", "a"))
        await place.lanes[1].submit(Close(lead.lead_id, "won", "a"))
        with pytest.raises(Conflict):
            await place.lanes[0].submit(Close(lead.lead_id, "lost", "a"))
        (load,) = await place.rows("SELECT open FROM rep_loads")
        assert load["open"] == 0


async def test_routing_again_takes_the_lead_from_who_has_it_and_asks_all_anew(database_url: str) -> None:
    async with office(database_url, roster=team({"a": 1, "b": 1})) as place:
        lead = await place.route()
        assert lead.lead_id is not None
        answer = await place.lanes[0].submit(RouteAgain(lead.lead_id, "kim"))
        assert answer.decision.status is Status.ASSIGNED
        loads = [row["open"] for row in await place.rows("SELECT open FROM rep_loads")]
        assert sum(loads) == 1
        credits = [row["credit"] for row in await place.rows("SELECT credit FROM credits")]
        assert sum(credits) == 0


async def test_a_correction_changes_facts_and_routes_nothing(database_url: str) -> None:
    async with office(database_url, roster=team({"a": 1})) as place:
        lead = await place.route(email="old@example.com")
        assert lead.lead_id is not None
        job = Correct(lead.lead_id, ["email"], lambda *_: Lead(email="new@example.com"), "kim")
        assert not await place.lanes[0].submit(job)
        (row,) = await place.rows("SELECT email, latest_seq FROM leads")
        assert (row["email"], row["latest_seq"]) == ("new@example.com", 1)
        known = {row["key"]: row["owner"] for row in await place.rows("SELECT key, owner FROM identities")}
        assert known["email:new@example.com"] == "a"


async def test_a_correction_takes_nobody_s_customer_from_whom_the_latest_assignment_made_the_owner(
    database_url: str,
) -> None:
    policy = {
        "name": "p",
        "rules": [{"name": "known", "assign": "owner"}, {"name": "all", "assign": {"team": "everyone"}}],
    }
    async with office(database_url, roster=team({"a": 1, "b": 1}), policy=policy) as place:
        first, second = await place.route(email="one@example.com"), await place.route(email="two@example.com")
        assert first.lead_id is not None
        assert (first.decision.rep.id, second.decision.rep.id) == ("a", "b")  # type: ignore[union-attr]
        job = Correct(first.lead_id, ["email"], lambda *_: Lead(email="two@example.com"), "kim")
        await place.lanes[0].submit(job)
        third = await place.route(email="two@example.com", need="again")
        assert (third.decision.rule, third.decision.rep.id) == ("known", "b")  # type: ignore[union-attr]


async def test_a_lead_that_is_not_there_is_not_found(database_url: str) -> None:
    async with office(database_url, roster=team({"a": 1}), policy=ROUND_ROBIN) as place:
        for job in (
            Assign(uuid4(), "a", None, "kim", None), Release(uuid4(), "kim", None), Claim(uuid4(), "a", "a"),
            RouteAgain(uuid4(), "kim"), Close(uuid4(), "won", "kim"),
        ):  # fmt: skip
            with pytest.raises(NotFound):
                await place.lanes[0].submit(job)


async def test_a_lead_that_could_not_be_decided_is_corrected_from_what_came_and_then_decided(database_url: str) -> None:
    def reread(body: str) -> Lead:
        return Lead(external_id="poison", name="legible", email="p@poison.example")

    async with office(database_url, roster=team({"a": 1})) as place:
        lead = await place.route(external_id="poison", name="nul \0")
        assert lead.lead_id is not None
        assert lead.decision.reason is Reason.ROUTER_ERROR
        job = Correct(lead.lead_id, ["title"], lambda before, _: replace(before, title="Dr"), "kim", reread=reread)
        await place.lanes[0].submit(job)
        (row,) = await place.rows("SELECT name, body FROM leads")
        assert (row["name"], row["body"]) == ("legible", None)
        answer = await place.lanes[0].submit(RouteAgain(lead.lead_id, "kim", "now it can be read", reread=reread))
        assert answer.decision.status is Status.ASSIGNED
        (record,) = await place.rows("SELECT actor, note FROM assignments WHERE kind = 'rerouted'")
        assert tuple(record) == ("kim", "now it can be read")


async def test_a_lead_read_anew_counts_once_however_often_the_queue_is_looked_through(database_url: str) -> None:
    def reread(body: str) -> Lead:
        return Lead(external_id="poison", email="p@poison.example")

    async with office(database_url, roster=team({"a": 1}, status="paused")) as place:
        lead = await place.route(external_id="poison", name="nul \0")
        assert lead.lead_id is not None
        for _ in range(3):
            with pytest.raises(Conflict):
                await place.lanes[0].submit(RouteAgain(lead.lead_id, None, reread=reread))
        assert await place.rows("SELECT * FROM identities") == []
        await place.edit(team({"a": 1}))
        await place.lanes[0].submit(RouteAgain(lead.lead_id, None, reread=reread))
        (known,) = await place.rows("SELECT leads FROM identities")
        assert known["leads"] == 1


async def test_two_who_act_on_one_lead_at_once_both_act_one_after_the_other(database_url: str) -> None:
    async with office(database_url, roster=team({"a": 1, "b": 1, "c": 1})) as place:
        lead = await place.route(external_id="1", source="web")
        assert lead.lead_id is not None
        lane = place.lanes[0]
        outcomes = await all_of(
            lane.submit(Assign(lead.lead_id, "b", None, "kim", None)),
            place.route(external_id="1", source="web"),
            lane.submit(Assign(lead.lead_id, "c", None, "lee", None)),
            lane.submit(Release(lead.lead_id, "lee", None)),
        )
        assert outcomes[1].decision == lead.decision
        rows = await place.rows("SELECT kind, rep_id FROM assignments WHERE seq > 1 ORDER BY seq")
        assert [tuple(row) for row in rows] == [("assigned", "b"), ("assigned", "c"), ("released", None)]
        loads = [row["open"] for row in await place.rows("SELECT open FROM rep_loads")]
        assert sum(loads) == 0


async def test_do_not_contact_said_afterwards_holds_for_the_person_from_then_on(database_url: str) -> None:
    async with office(database_url, roster=team({"a": 1})) as place:
        lead = await place.route(email="mei@example.com")
        assert lead.lead_id is not None
        asked = Correct(lead.lead_id, ["do_not_contact"], lambda stored, _: replace(stored, do_not_contact=True), "kim")
        await place.lanes[0].submit(asked)
        later = await place.route(email="mei@example.com", need="again")
        assert (later.decision.status, later.decision.reason) == (Status.REJECTED, Reason.DO_NOT_CONTACT)
        assert (await place.route(email="ann@example.com")).decision.status is Status.ASSIGNED


async def test_a_correction_does_not_change_what_was_answered(database_url: str) -> None:
    async with office(database_url, roster=team({"a": 1})) as place:
        notices = (Notice("budget", "unreadable", "a lot"),)
        first = await place.route(key="k", notices=notices)
        assert first.lead_id is not None
        await place.lanes[0].submit(
            Correct(first.lead_id, ["budget"], lambda lead, _: replace(lead, title="Dr"), "kim")
        )
        again = await place.route(key="k", notices=notices)
    assert (again.replayed, again.notices) == (True, first.notices)


async def test_a_lead_that_could_not_be_decided_keeps_what_came_when_it_is_given_by_hand(database_url: str) -> None:
    async with office(database_url, roster=team({"a": 1})) as place:
        lead = await place.route(external_id="poison", name="nul \0 in a name")
        assert lead.lead_id is not None
        await place.lanes[0].submit(Assign(lead.lead_id, "a", None, "kim", None))
        (row,) = await place.rows("SELECT rep_id, body::text FROM leads")
        assert row["rep_id"] == "a"
        assert "in a name" in row["body"]


async def test_in_whatever_order_corrections_come_each_field_is_as_it_was_said_last(database_url: str) -> None:
    chance = Random(20261126)
    fields = ("title", "name", "campaign", "need")
    async with office(database_url, roster=team({"a": 1})) as place:
        for number in range(30):
            first = {field: f"first {number}" for field in fields if chance.random() < 0.5}
            lead = await place.route(**first)
            assert lead.lead_id is not None
            ((came,),) = await place.rows("SELECT received_at FROM leads WHERE id = $1", lead.lead_id)
            # Some were said before the lead came: they had to wait, and a newer one made it.
            corrections = [
                (
                    came + timedelta(seconds=second),
                    {field: chance.choice([None, f"at {second}"]) for field in chance.sample(fields, 2)},
                )
                for second in (-2, -1, 1, 2, 3)
            ]
            said = sorted([(came, first), *corrections], key=lambda one: one[0])
            foretold = {field: value for _, fields_said in said for field, value in fields_said.items()}
            for at, correcting in chance.sample(corrections, len(corrections)):
                await place.lanes[0].submit(correction(lead.lead_id, correcting, (), "shop", said_at=at))
            ((document,),) = await place.rows("SELECT facts FROM leads WHERE id = $1", lead.lead_id)
            stored = orjson.loads(document)
            assert {field: stored.get(field) for field in foretold} == foretold, (said, stored)


async def test_a_correction_whose_commit_was_not_answered_undoes_nothing_that_was_said_since(database_url: str) -> None:
    async with office(database_url, roster=team({"a": 1})) as place:
        lead = await place.route(title="first")
        assert lead.lead_id is not None
        by_hand = correction(lead.lead_id, {"title": "by hand", "need": "by hand"}, (), "kim")
        await place.lanes[0].submit(by_hand)
        await place.lanes[0].submit(correction(lead.lead_id, {"title": "since"}, (), "kim"))
        # It was committed, and nobody knows: it is decided once more.
        by_hand.doubtful, by_hand.outcome = True, asyncio.get_running_loop().create_future()
        await place.lanes[0].submit(by_hand)
        ((document,),) = await place.rows("SELECT facts FROM leads")
        stored = orjson.loads(document)
        assert (stored["title"], stored["need"]) == ("since", "by hand")


@pytest.mark.parametrize(
    ("first", "corrections", "kept"),
    [
        ({"plan": "A"}, [(2, {"note": "called"}), (1, {"plan": "B"})], {"plan": "B", "note": "called"}),
        ({"plan": "A"}, [(2, {"plan": None}), (1, {"plan": "B"})], {}),
        ({"plan": "A"}, [(2, None), (1, {"x": "2"})], {}),
        ({"plan": "A"}, [(2, {"x": "2"}), (1, None)], {"plan": "A", "x": "2"}),
        ({}, [(3, {"a": "3"}), (1, {"b": "1"}), (2, {"a": "2", "b": "2"})], {"a": "3", "b": "2"}),
    ],
)
async def test_each_attribute_is_as_it_was_said_last(
    database_url: str, first: dict[str, str], corrections: list[tuple[int, dict[str, str] | None]], kept: dict[str, str]
) -> None:
    async with office(database_url, roster=team({"a": 1})) as place:
        lead = await place.route(attributes=first)
        assert lead.lead_id is not None
        ((came,),) = await place.rows("SELECT received_at FROM leads")
        for second, said in corrections:
            at = came + timedelta(seconds=second)
            await place.lanes[0].submit(correction(lead.lead_id, {"attributes": said}, (), "shop", said_at=at))
        ((document,),) = await place.rows("SELECT facts FROM leads")
        assert orjson.loads(document).get("attributes", {}) == kept
