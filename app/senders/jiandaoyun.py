"""How does 简道云 (Jiandaoyun) push data? One record a request, its fields under widget ids, signed.

Source: 数据推送 in the 开发指南 at hc.jiandaoyun.com.
"""

from __future__ import annotations

from typing import Any, Final

from app.senders.base import Item, NotGenuine, Option, Passed, Read, Received, Sender, Settings
from app.senders.bodies import an_object, object_of
from app.senders.options import texts_option
from app.senders.proof import check_signature, check_time, hashed, header_of, utf8
from app.senders.trees import key_of, text_of

CREATED: Final = "data_create"

_SIGNATURE: Final = "X-JDY-Signature"
_DELIVERY: Final = "X-JDY-DeliverId"
_TESTS: Final = ("test", "data_test")


def verify(received: Received, settings: Settings) -> None:
    """By the SHA-1 of nonce, body, secret and time, and by the time, which is part of it."""
    given = header_of(received, _SIGNATURE)
    stamp, nonce = received.asked("timestamp"), received.asked("nonce")
    if stamp is None or nonce is None:
        raise NotGenuine("timestamp and nonce are missing in the address's query")
    check_time(stamp, "timestamp", received.received_at)
    head, tail = utf8(nonce) + b":" + received.body + b":", b":" + utf8(stamp)
    check_signature(given, _SIGNATURE, settings, lambda secret: hashed(head + secret + tail, "sha1"))


def read(received: Received, settings: Settings) -> Read:
    """The record that was pushed: by default only one that is new."""
    body = object_of(received)
    operation = str(body.get("op", ""))[:100]
    key = key_of(received.headers.get(_DELIVERY.lower()))
    if operation in _TESTS:
        return Read(passed=(Passed("test", key),))
    if operation not in texts_option(settings, "operations", (CREATED,)):
        return Read(passed=(Passed("not_of_interest", key),))
    data = an_object(body.get("data"), "data")
    if key is None and (record := text_of(data.get("_id"))) is not None:
        key = key_of("/".join((operation, record, text_of(body.get("opTime")) or "")))
    return Read((Item(key, {name: _value(value) for name, value in data.items()}),))


def _value(value: Any) -> Any:
    """People and departments as their names: an object with a name would be taken for the lead's."""
    if isinstance(value, list):
        return [_value(each) for each in value]
    if isinstance(value, dict) and isinstance(value.get("name"), str) and {"_id", "username", "dept_no"} & value.keys():
        return value["name"]
    return value


JIANDAOYUN: Final = Sender(
    kind="jiandaoyun",
    title=("Jiandaoyun", "简道云"),
    verify=verify,
    read=read,
    mapping={
        "fields": {"external_id": "_id", "occurred_at": "createTime"},
        "ignore": ["appId", "entryId", "creator", "updater", "deleter", "updateTime", "deleteTime", "flowState"],
    },
    options=(
        Option(
            "operations",
            "array",
            (f"which pushes bring a record in; {CREATED} alone if none are set", f"接收哪些推送；不填只接收 {CREATED}"),
        ),
    ),
)
