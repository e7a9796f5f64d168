"""Programs are told by Standard Webhooks: what they get verifies, and what they answer is taken at its word."""

import base64
import socket
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from pydantic import ValidationError
from standardwebhooks import Webhook

from app.channels import webhook
from app.channels.answers import LONGEST_WAIT, retry_after
from app.channels.base import Delivered, Event, Gone, Outcome, Refusal, TryAgain
from app.channels.webhook import WEBHOOK, check_secret, made, signed
from app.net.client import Answer
from app.net.guard import Guard
from tests.channels.office import ALL, ASSIGNED, calling, told
from tests.receiver import Raw, Receiver, Reply, babbles, drops, floods, hangs, receiving

SECRET = made()["secret"]


async def sent(receiver: Receiver, event: Event = ASSIGNED, **how: Any) -> Outcome:
    secrets = how.pop("secrets", {"secret": (SECRET,)})
    async with calling(guard=how.pop("guard", None)) as client:
        return await WEBHOOK.send(client, told(WEBHOOK, {"url": receiver.url("/hook?a=b")}, secrets, **how), [event])


def test_the_published_vector_is_signed_as_published() -> None:
    headers = signed(
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        datetime.fromtimestamp(1614265330, UTC),
        b'{"test": 2432232314}',
        ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert headers["webhook-timestamp"] == "1614265330"


@pytest.mark.parametrize("event", ALL, ids=lambda event: event.type)
async def test_every_event_arrives_and_verifies(event: Event) -> None:
    async with receiving(Reply(204)) as receiver:
        assert await sent(receiver, event) == Delivered(204, "")
    (request,) = receiver.requests
    body = Webhook(SECRET).verify(request.body, dict(request.headers))
    assert (request.method, request.target) == ("POST", "/hook?a=b")
    assert request.headers["content-type"] == "application/json"
    assert request.headers["webhook-id"] == event.id
    assert list(body) == ["type", "timestamp", "data"]
    assert (body["type"], body["timestamp"]) == (event.type, "2026-03-02T02:30:00+00:00")
    assert set(body["data"]) == set(event.data)


async def test_while_a_secret_is_being_changed_the_old_and_the_new_one_verify() -> None:
    new = made()["secret"]
    async with receiving() as receiver:
        await sent(receiver, secrets={"secret": (new, SECRET)})
    (request,) = receiver.requests
    for secret in (new, SECRET):
        Webhook(secret).verify(request.body, dict(request.headers))


async def test_the_id_stays_and_the_timestamp_is_the_attempts() -> None:
    async with receiving(Reply(500), Reply(200)) as receiver:
        assert isinstance(await sent(receiver), TryAgain)
        assert isinstance(await sent(receiver), Delivered)
    first, second = receiver.requests
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == ASSIGNED.id
    assert abs(int(second.headers["webhook-timestamp"]) - datetime.now(UTC).timestamp()) < 60


async def test_personal_data_stays_here_if_it_is_to() -> None:
    async with receiving() as receiver:
        await sent(receiver, personal=False)
    lead = receiver.requests[0].json()["data"]["lead"]
    assert set(lead) == {
        "external_id", "source", "campaign", "company", "city", "country", "product", "budget", "currency",
    }  # fmt: skip
    assert b"jane" not in receiver.requests[0].body.lower()


async def test_a_receiver_behind_a_gateway_gets_the_authorization_that_is_set() -> None:
    async with receiving() as receiver:
        await sent(receiver, secrets={"secret": (SECRET,), "authorization": ("Bearer abc",)})
    assert receiver.requests[0].headers["authorization"] == "Bearer abc"


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (Reply(200, b"thanks"), Delivered(200, "thanks")),
        (Reply(202), Delivered(202, "")),
        (Reply(410), Gone("HTTP 410", 410)),
        (Reply(400, b"no\x00\x1b[31m\nway"), TryAgain("HTTP 400: no [31m way", 400)),
        (Reply(404), TryAgain("HTTP 404", 404)),
        (Reply(429, b"", {"Retry-After": "17"}), TryAgain("HTTP 429", 429, 17)),
        (Reply(502), TryAgain("HTTP 502", 502)),
        (Reply(503, b"", {"Retry-After": "junk"}), TryAgain("HTTP 503", 503)),
        (Reply(504), TryAgain("HTTP 504", 504)),
        (
            Reply(301, b"", {"Location": "https://hooks.example.com/"}),
            Refusal("HTTP 301: redirects are not followed; set the address that it leads to", 301),
        ),
    ],
    ids=lambda value: str(value.status),
)
async def test_what_is_answered_is_taken_at_its_word(reply: Reply, outcome: Outcome) -> None:
    async with receiving(reply) as receiver:
        assert await sent(receiver) == outcome
        assert len(receiver.requests) == 1


async def test_an_endless_answer_is_a_delivery_of_which_the_beginning_is_kept() -> None:
    async with receiving(floods) as receiver:
        outcome = await sent(receiver)
    assert isinstance(outcome, Delivered)
    assert len(outcome.said) == 500


@pytest.mark.parametrize("reply", [drops, babbles])
async def test_no_answer_is_tried_again(reply: Raw) -> None:
    async with receiving(reply) as receiver:
        assert isinstance(await sent(receiver), TryAgain)


async def test_a_receiver_that_hangs_is_given_up_and_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "SECONDS", 0.2)
    async with receiving(hangs) as receiver:
        assert await sent(receiver) == TryAgain("127.0.0.1: no answer within 0.2 seconds")


async def test_nobody_listening_is_tried_again() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        receiver = Receiver()
        receiver.port = taken.getsockname()[1]
        assert isinstance(await sent(receiver), TryAgain)


async def test_a_private_address_is_refused_for_good() -> None:
    async with receiving() as receiver:
        outcome = await sent(receiver, guard=Guard())
        assert isinstance(outcome, Refusal)
        assert "LEAD_ROUTER_ALLOW_PRIVATE_ADDRESSES" in outcome.why
        assert receiver.requests == []


def test_retry_after_is_seconds_or_a_date_and_never_more_than_a_day() -> None:
    now = datetime(2026, 3, 2, 12, tzinfo=UTC)

    def said(value: str) -> float | None:
        return retry_after(Answer(503, {"retry-after": value}, b"", 0.1), now)

    assert said("120") == 120
    assert said(format_datetime(now + timedelta(minutes=5), usegmt=True)) == 300
    assert said(format_datetime(now - timedelta(minutes=5), usegmt=True)) == 0
    assert said("Mon, 02 Mar 2026 12:01:00 -0000") == 60
    assert said("999999999") == LONGEST_WAIT
    assert (said(""), said("soon"), said("-5"), said("1e9"), said("Mon, 99 Mar 2026 12:00:00 GMT")) == (None,) * 5


def test_a_secret_is_whsec_and_24_to_64_bytes() -> None:
    check_secret("secret", made()["secret"])
    check_secret("secret", "whsec_" + base64.b64encode(b"x" * 24).decode())
    for wrong in ("", "hunter2", "whsec_", "whsec_not base64", "whsec_" + base64.b64encode(b"x" * 23).decode()):
        with pytest.raises(ValueError, match="whsec_") as caught:
            check_secret("secret", wrong)
        assert "hunter2" not in str(caught.value)
    with pytest.raises(ValueError, match="printable"):
        check_secret("authorization", "Bearer a\r\nX-Evil: 1")


async def test_a_stored_secret_that_cannot_sign_is_refused_with_what_to_do() -> None:
    async with receiving() as receiver:
        assert await sent(receiver, secrets={"secret": ("",)}) == Refusal(
            "A secret of this subscription is not `whsec_` and base64: set a new one"
        )


@pytest.mark.parametrize(
    "url", ["hooks.example.com", "ftp://hooks.example.com", "https://a:b@hooks.example.com", "https://x/#f"]
)
def test_an_address_that_is_none_is_refused_when_it_is_set(url: str) -> None:
    with pytest.raises(ValidationError):
        WEBHOOK.settings.model_validate({"url": url})
