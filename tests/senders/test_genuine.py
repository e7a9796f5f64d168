from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.intake.text import words
from app.senders.base import WINDOW_SECONDS, NotGenuine, Received, Settings
from app.senders.kinds import SENDERS
from tests.senders.requests import LONG_SECRET, URL, request

HUBSPOT_SECRET = "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy"
HUBSPOT_URL = "https://www.example.com/webhook_uri"
MS = "1700000000000"


@dataclass(frozen=True)
class Signed:
    """A request that is genuine: where its signature stands, and its time, if that is signed."""

    name: str
    kind: str
    secret: str
    received: Received
    header: str
    time_header: str | None = None
    in_hex: bool = True
    options: dict[str, Any] = field(default_factory=dict)

    def verify(self, received: Received | None = None, *secrets: str) -> None:
        settings = Settings(secrets or (self.secret,), options=self.options)
        SENDERS[self.kind].verify(received or self.received, settings)


def jdy(body: bytes, secret: str, stamp: str = "1700000000", nonce: str = "0f5ade") -> Received:
    signature = hashlib.sha1(f"{nonce}:{body.decode()}:{secret}:{stamp}".encode()).hexdigest()
    url = f"{URL}?timestamp={stamp}&nonce={nonce}"
    return request(body, url=url, headers={"X-JDY-Signature": signature, "X-JDY-DeliverId": "d-1"})


def mac(secret: bytes, message: bytes, algorithm: str = "sha256") -> bytes:
    return hmac.new(secret, message, algorithm).digest()


# The signatures of HubSpot v1 and v2 are those in its documentation; the others were made by the senders' own words.
SIGNED = [
    Signed(
        "hubspot v3",
        "hubspot",
        HUBSPOT_SECRET,
        request(
            b'{"a":1}',
            url=HUBSPOT_URL,
            headers={
                "X-HubSpot-Signature-v3": "aK2NZFbR8OHlB2hoS+IoqmEHyJguT/bYIS1HybwgB0Y=",
                "X-HubSpot-Request-Timestamp": MS,
            },
        ),
        "x-hubspot-signature-v3",
        "x-hubspot-request-timestamp",
        in_hex=False,
    ),
    Signed(
        "hubspot v2",
        "hubspot",
        HUBSPOT_SECRET,
        request(
            b'{"example_field":"example_value"}',
            url=HUBSPOT_URL,
            headers={
                "X-HubSpot-Signature": "9569219f8ba981ffa6f6f16aa0f48637d35d728c7e4d93d0d52efaa512af7900",
                "X-HubSpot-Signature-Version": "v2",
            },
        ),
        "x-hubspot-signature",
    ),
    Signed(
        "hubspot v2 GET",
        "hubspot",
        HUBSPOT_SECRET,
        request(
            url=HUBSPOT_URL,
            method="GET",
            headers={
                "X-HubSpot-Signature": "eee2dddcc73c94d699f5e395f4b9d454a069a6855fbfa152e91e88823087200e",
                "X-HubSpot-Signature-Version": "v2",
            },
        ),
        "x-hubspot-signature",
    ),
    Signed(
        "hubspot v1",
        "hubspot",
        HUBSPOT_SECRET,
        request(
            b'[{"eventId":1,"subscriptionId":12345,"portalId":62515,"occurredAt":1564113600000,'
            b'"subscriptionType":"contact.creation","attemptNumber":0,"objectId":123,"changeSource":"CRM",'
            b'"changeFlag":"NEW","appId":54321}]',
            headers={
                "X-HubSpot-Signature": "232db2615f3d666fe21a8ec971ac7b5402d33b9a925784df3ca654d05f4817de",
                "X-HubSpot-Signature-Version": "v1",
            },
        ),
        "x-hubspot-signature",
    ),
    Signed(
        "typeform",
        "typeform",
        "abc123",
        request(
            b'{"event_id":"x"}',
            headers={"Typeform-Signature": "sha256=U1rJymdgorpNL5RkZrWJNbgFqLo1b0tqVtnqONoXh1w="},
        ),
        "typeform-signature",
        in_hex=False,
    ),
    Signed(
        "meta",
        "meta",
        "appsecret",
        request(
            b'{"object":"page","entry":[]}',
            headers={"X-Hub-Signature-256": "sha256=0e9e0080a310f376450c46d999aa4d49ed772bfe43c13205f38a3a6e6611ed2b"},
        ),
        "x-hub-signature-256",
    ),
    Signed(
        "webflow",
        "webflow",
        "secret",
        request(
            b'{"triggerType":"form_submission"}',
            headers={
                "x-webflow-timestamp": MS,
                "x-webflow-signature": "296ecfe17bc6011347f53ba58cf2169f5e2e0c0acd36aee23da5d993d296d4b3",
            },
        ),
        "x-webflow-signature",
        "x-webflow-timestamp",
    ),
    Signed(
        "jiandaoyun", "jiandaoyun", "s3cret", jdy(b'{"op":"data_create"}', "s3cret"), "x-jdy-signature", "timestamp"
    ),
    Signed(
        "standard webhooks",
        "generic",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        request(
            b'{"test": 2432232314}',
            at=datetime.fromtimestamp(1614265330, UTC),
            headers={
                "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
                "webhook-timestamp": "1614265330",
                "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            },
        ),
        "webhook-signature",
        "webhook-timestamp",
        in_hex=False,
        options={"signature_header": "webhook-signature", "signed": "id.timestamp.body"},
    ),
    Signed(
        "tally",
        "generic",
        "tally-key",
        request(
            b'{"eventId":"e-1"}',
            headers={"Tally-Signature": base64.b64encode(mac(b"tally-key", b'{"eventId":"e-1"}')).decode()},
        ),
        "tally-signature",
        in_hex=False,
        options={"signature_header": "Tally-Signature", "encoding": "base64"},
    ),
    Signed(
        "calendly",
        "generic",
        "calendly-key",
        request(
            b'{"event":"invitee.created"}',
            headers={
                "Calendly-Webhook-Signature": "t=1700000000,v1="
                + mac(b"calendly-key", b'1700000000.{"event":"invitee.created"}').hex()
            },
        ),
        "calendly-webhook-signature",
        options={"signature_header": "Calendly-Webhook-Signature", "signed": "timestamp.body", "prefix": "v1="},
    ),
    Signed(
        "sha1 with a prefix, the time in a header of its own",
        "generic",
        "k",
        request(
            b"a=1", headers={"X-Sign": "sha1=" + mac(b"k", b"1700000000:a=1", "sha1").hex(), "X-Time": "1700000000"}
        ),
        "x-sign",
        "x-time",
        options={
            "signature_header": "X-Sign",
            "signed": "timestamp:body",
            "timestamp_header": "X-Time",
            "algorithm": "sha1",
            "prefix": "sha1=",
        },
    ),
]
EVERY = pytest.mark.parametrize("signed", SIGNED, ids=lambda signed: signed.name)


def with_header(received: Received, name: str, value: str | None) -> Received:
    headers = {key: text for key, text in received.headers.items() if key != name}
    return replace(received, headers=headers if value is None else {**headers, name: value})


@EVERY
def test_what_the_sender_signed_is_genuine(signed: Signed) -> None:
    signed.verify()


@EVERY
def test_one_other_byte_anywhere_in_the_body_is_refused(signed: Signed) -> None:
    body = signed.received.body
    for at in range(len(body)):
        other = body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]
        with pytest.raises(NotGenuine, match="does not fit"):
            signed.verify(replace(signed.received, body=other))
    for longer in (body + b" ", b" " + body):
        with pytest.raises(NotGenuine, match="does not fit"):
            signed.verify(replace(signed.received, body=longer))


@EVERY
def test_one_other_character_anywhere_in_the_signature_is_refused(signed: Signed) -> None:
    header = signed.received.headers[signed.header]
    for at, letter in enumerate(header):
        other = header[:at] + ("1" if letter != "1" else "2") + header[at + 1 :]
        with pytest.raises(NotGenuine):
            signed.verify(with_header(signed.received, signed.header, other))
    for wrong in (header[:-1], header + "A", "", " ", "sha256=", "=" * 50, "é" * 64, "\ud800"):
        with pytest.raises(NotGenuine):
            signed.verify(with_header(signed.received, signed.header, wrong))


@EVERY
def test_without_its_headers_it_is_refused(signed: Signed) -> None:
    needed = {signed.header, signed.time_header} & signed.received.headers.keys()
    for name in needed:
        with pytest.raises(NotGenuine):
            signed.verify(with_header(signed.received, name, None))


@EVERY
def test_the_case_of_hex_is_free_and_that_of_base64_is_not(signed: Signed) -> None:
    prefix, gap, digest = signed.received.headers[signed.header].rpartition("=" if signed.in_hex else "\0")
    other = prefix + gap + (digest.upper() if digest.upper() != digest else digest.lower())
    changed = with_header(signed.received, signed.header, other)
    if signed.in_hex:
        signed.verify(changed)
    else:
        with pytest.raises(NotGenuine):
            signed.verify(changed)


@EVERY
def test_every_secret_that_is_valid_may_have_signed_and_no_other(signed: Signed) -> None:
    others = ["another-secret", "one more", ""]
    for place in range(4):
        signed.verify(None, *others[:place], signed.secret, *others[place:])
    with pytest.raises(NotGenuine, match="does not fit"):
        signed.verify(None, *others)
    other = signed.secret[:-1] + ("x" if signed.secret[-1] != "x" else "y")
    with pytest.raises(NotGenuine, match="does not fit"):
        signed.verify(None, other)


@EVERY
def test_without_a_secret_nothing_is_genuine(signed: Signed) -> None:
    for none in ((), ("",)):
        with pytest.raises(NotGenuine, match="no secret is set"):
            SENDERS[signed.kind].verify(signed.received, Settings(none, options=signed.options))


@EVERY
def test_messages_tell_no_secret(signed: Signed) -> None:
    with pytest.raises(NotGenuine) as failure:
        signed.verify(None, "hunter2")
    assert "hunter2" not in str(failure.value)


TIMED = [one for one in SIGNED if one.time_header or one.name == "calendly"]


@pytest.mark.parametrize("signed", TIMED, ids=lambda signed: signed.name)
def test_a_request_is_genuine_within_the_window_and_not_beyond_it_either_way(signed: Signed) -> None:
    at = signed.received.received_at
    for seconds in (-WINDOW_SECONDS, 0, WINDOW_SECONDS):
        signed.verify(replace(signed.received, received_at=at + timedelta(seconds=seconds)))
    with pytest.raises(NotGenuine, match="ago: a request sent once more"):
        signed.verify(replace(signed.received, received_at=at + timedelta(seconds=WINDOW_SECONDS + 1)))
    with pytest.raises(NotGenuine, match="ahead: does a clock go wrong"):
        signed.verify(replace(signed.received, received_at=at - timedelta(seconds=WINDOW_SECONDS + 1)))


@pytest.mark.parametrize(
    "signed", [one for one in TIMED if one.time_header in one.received.headers], ids=lambda signed: signed.name
)
def test_a_time_that_was_changed_to_be_fresh_does_not_fit_the_signature(signed: Signed) -> None:
    assert signed.time_header is not None
    stamp = signed.received.headers[signed.time_header]
    for other in (str(int(stamp) + 1), stamp + "0", f"0{stamp}", "", "now", "-1", "1e9", "９" * 10, "9" * 5000):
        with pytest.raises(NotGenuine):
            signed.verify(with_header(signed.received, signed.time_header, other))


def test_the_nonce_and_the_time_of_jiandaoyun_are_part_of_what_is_signed() -> None:
    received = jdy(b"{}", "s3cret")
    for query in (
        [("timestamp", "1700000001"), ("nonce", "0f5ade")],
        [("timestamp", "1700000000"), ("nonce", "0f5adf")],
    ):
        with pytest.raises(NotGenuine, match="does not fit"):
            SENDERS["jiandaoyun"].verify(replace(received, query=tuple(query)), Settings(("s3cret",)))
    with pytest.raises(NotGenuine, match="timestamp and nonce are missing"):
        SENDERS["jiandaoyun"].verify(replace(received, query=()), Settings(("s3cret",)))


def hubspot_v3(url: str, signed_url: str) -> Received:
    signature = base64.b64encode(mac(b"k", f"POST{signed_url}{{}}{MS}".encode())).decode()
    headers = {"X-HubSpot-Signature-v3": signature, "X-HubSpot-Request-Timestamp": MS}
    return request(b"{}", url=url, headers=headers)


def test_hubspot_signs_the_address_with_some_signs_decoded_and_all_others_as_they_are() -> None:
    url = "https://leads.example.com/in/hs?a=%3A%2f%3F%40%21%24%27%28%29%2A%2C%3B&b=%20%E5%BC%A0%26%3D%2B"
    decoded = "https://leads.example.com/in/hs?a=:/?@!$'()*,;&b=%20%E5%BC%A0%26%3D%2B"
    SENDERS["hubspot"].verify(hubspot_v3(url, decoded), Settings(("k",)))
    with pytest.raises(NotGenuine, match="another address"):
        SENDERS["hubspot"].verify(hubspot_v3(url, decoded.replace("hs?", "hz?")), Settings(("k",)))


def test_hubspot_signs_the_method() -> None:
    v3, _, get, _ = SIGNED[:4]
    for signed in (v3, get):
        with pytest.raises(NotGenuine, match="does not fit"):
            signed.verify(replace(signed.received, method="PUT"))


def test_a_source_can_refuse_the_old_signatures_of_hubspot() -> None:
    v3, v2, _, v1 = SIGNED[:4]
    for signed, oldest, taken in itertools.product((v1, v2, v3), ("v1", "v2", "v3"), (True, False)):
        version = signed.name[-2:]
        if taken != (version >= oldest):
            continue
        options = replace(signed, options={"oldest_signature": oldest})
        if taken:
            options.verify()
        else:
            with pytest.raises(NotGenuine, match=f"version {oldest} or later"):
                options.verify()


def test_a_wrong_new_signature_of_hubspot_is_not_made_good_by_a_right_old_one() -> None:
    v1 = SIGNED[3]
    both = with_header(v1.received, "x-hubspot-signature-v3", "AAAA")
    with pytest.raises(NotGenuine):
        v1.verify(with_header(both, "x-hubspot-request-timestamp", MS))


def test_of_several_signatures_in_a_header_one_has_to_fit() -> None:
    standard = next(one for one in SIGNED if one.name == "standard webhooks")
    right = standard.received.headers["webhook-signature"]
    for header in (f"v1,AAAA {right}", f"{right} v1a,zzz", f"v1a,zzz {right} v1,B"):
        standard.verify(with_header(standard.received, "webhook-signature", header))
    for header in ("v1,AAAA v1,BBBB", right.replace("v1,", "v2,"), "v1,A " * 500 + right):
        with pytest.raises(NotGenuine):
            standard.verify(with_header(standard.received, "webhook-signature", header))


BARE = words(
    "salesforce_outbound salesforce_flow zoho jotform elementor gravity_forms wpforms cf7 webflow hubspot generic"
)


@pytest.mark.parametrize("kind", BARE)
@pytest.mark.parametrize(
    ("url", "headers"),
    [
        (f"{URL}?key={LONG_SECRET}", {}),
        (URL, {"Authorization": f"Bearer {LONG_SECRET}"}),
        (URL, {"Authorization": f"bearer  {LONG_SECRET} "}),
        (URL, {"Authorization": "Basic " + base64.b64encode(f"lead:{LONG_SECRET}".encode()).decode()}),
        (URL, {"X-Api-Key": LONG_SECRET}),
        (URL, {"X-Webhook-Secret": LONG_SECRET}),
        (f"{URL}?key=wrong", {"X-Webhook-Secret": LONG_SECRET}),
    ],
)
def test_who_signs_nothing_is_known_by_a_secret_in_the_address_or_a_header(
    kind: str, url: str, headers: dict[str, str]
) -> None:
    received = request(b"{}", url=url, headers=headers)
    for secrets in ((LONG_SECRET,), ("new-" + LONG_SECRET, LONG_SECRET)):
        SENDERS[kind].verify(received, Settings(secrets))
    with pytest.raises(NotGenuine, match="none of this source's") as failure:
        SENDERS[kind].verify(received, Settings(("new-" + LONG_SECRET, LONG_SECRET[:-1])))
    assert LONG_SECRET not in str(failure.value)
    with pytest.raises(NotGenuine, match="no secret is set"):
        SENDERS[kind].verify(received, Settings())


@pytest.mark.parametrize("kind", [kind for kind in BARE if kind != "hubspot"])
def test_a_secret_may_be_the_last_part_of_the_path(kind: str) -> None:
    SENDERS[kind].verify(request(url=f"{URL}/{LONG_SECRET}"), Settings((LONG_SECRET,)))
    with pytest.raises(NotGenuine):
        SENDERS[kind].verify(request(url=f"{URL}/{LONG_SECRET}/x"), Settings((LONG_SECRET,)))


@pytest.mark.parametrize("kind", BARE)
def test_without_a_secret_it_is_said_where_to_put_one(kind: str) -> None:
    with pytest.raises(NotGenuine, match=r"no secret came with the request|nor a secret came"):
        SENDERS[kind].verify(request(), Settings((LONG_SECRET,)))


def test_a_generic_source_takes_its_secret_from_a_header_or_a_parameter_of_its_own() -> None:
    verify = SENDERS["generic"].verify
    by_header = Settings((LONG_SECRET,), options={"secret_header": "X-Token"})
    verify(request(headers={"x-token": LONG_SECRET}), by_header)
    by_parameter = Settings((LONG_SECRET,), options={"secret_parameter": "token"})
    verify(request(url=f"{URL}?token={LONG_SECRET}"), by_parameter)
    for settings in (by_header, by_parameter):
        with pytest.raises(NotGenuine):
            verify(request(url=f"{URL}?token=wrong", headers={"x-token": "wrong"}), settings)


def test_a_salesforce_organization_is_told_from_others_by_its_id() -> None:
    def message(organization: str) -> Received:
        body = (
            '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
            f'<notifications xmlns="http://soap.sforce.com/2005/09/outbound">{organization}</notifications>'
            "</s:Body></s:Envelope>"
        )
        return request(body, url=f"{URL}?key={LONG_SECRET}", media="text/xml")

    settings = Settings((LONG_SECRET,), options={"organization_id": "00D000000000001"})
    verify = SENDERS["salesforce_outbound"].verify
    for own in ("00D000000000001EAA", "00D000000000001"):
        verify(message(f"<OrganizationId>{own}</OrganizationId>"), settings)
    for other in (
        "<OrganizationId>00D000000000002EAA</OrganizationId>",
        "<OrganizationId/>",
        "<OrganizationId>00d000000000001</OrganizationId>",
        "<A/>",
    ):
        with pytest.raises(NotGenuine, match="another organization"):
            verify(message(other), settings)
    with pytest.raises(NotGenuine, match="no OrganizationId can be read"):
        verify(request(b"<a", url=f"{URL}?key={LONG_SECRET}"), settings)
    with pytest.raises(NotGenuine, match="no secret came"):
        verify(replace(message("<OrganizationId>00D000000000001</OrganizationId>"), url=URL, query=()), settings)


def test_the_key_of_google_ads_stands_in_the_body() -> None:
    verify = SENDERS["google_ads"].verify
    verify(request({"google_key": LONG_SECRET}), Settings(("other", LONG_SECRET)))
    verify(request({"google_key": 123456}), Settings(("123456",)))
    for body in ({"google_key": LONG_SECRET[:-1]}, {"google_key": ""}, {"google_key": True}, {"google_key": None}, {}):
        with pytest.raises(NotGenuine):
            verify(request(body), Settings((LONG_SECRET, "True", "None")))
    with pytest.raises(NotGenuine, match="no google_key can be read"):
        verify(request(b"[]"), Settings((LONG_SECRET,)))


def subscription(**query: str) -> Received:
    defaults = {"hub.mode": "subscribe", "hub.verify_token": "our-word", "hub.challenge": "1158201444"}
    merged = {**defaults, **{f"hub.{name}": value for name, value in query.items()}}
    return replace(request(method="GET"), query=tuple(merged.items()))


def test_meta_is_echoed_its_challenge_if_it_knows_the_verify_token() -> None:
    handshake = SENDERS["meta"].handshake
    assert handshake is not None
    settings = Settings(("appsecret",), options={"verify_token": "our-word"})
    reply = handshake(subscription(), settings)
    assert reply is not None
    assert (reply.status, reply.body, reply.media_type) == (200, b"1158201444", "text/plain")
    assert handshake(request(b"{}"), settings) is None
    for wrong in (
        {"verify_token": "our-wore"},
        {"verify_token": ""},
        {"mode": "unsubscribe"},
        {"challenge": ""},
        {"challenge": "<script>"},
    ):
        with pytest.raises(NotGenuine):
            handshake(subscription(**wrong), settings)
    with pytest.raises(NotGenuine, match="verify_token is not set"):
        handshake(subscription(verify_token=""), Settings(("appsecret",)))
