"""How does any other system send leads? JSON, a form or flat XML, told to be genuine by a secret or by an HMAC.

For all that has no kind of its own: 纷享销客, 销售易, Tally, Calendly. What is signed, and how, are options.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from app.intake.text import fold
from app.senders.base import (
    Item,
    NotGenuine,
    NotUnderstood,
    Option,
    Passed,
    Read,
    Received,
    Sender,
    Settings,
)
from app.senders.bodies import an_object, document_of, query_of
from app.senders.forms import nested
from app.senders.options import flag_option, text_option
from app.senders.proof import (
    Encoding,
    any_same,
    check_secret,
    check_signature,
    check_time,
    header_of,
    keyed,
    utf8,
    valid_secrets,
)
from app.senders.trees import key_of, lifted, text_of

MOST_RECORDS: Final = 1_000
_MOST_SIGNATURES: Final = 10
_STANDARD: Final = "id.timestamp.body"
_STANDARD_SECRET: Final = b"whsec_"
_GAP: Final = re.compile(r"[,\s]+")


def verify(received: Received, settings: Settings) -> None:
    """By the signature in the header that is set, or else by a secret."""
    if text_option(settings, "signature_header"):
        _verify_signature(received, settings)
        return
    own_header, own_parameter = text_option(settings, "secret_header"), text_option(settings, "secret_parameter")
    given = received.headers.get(own_header.lower(), "").strip() if own_header else ""
    given = given or (received.asked(own_parameter) or "" if own_parameter else "")
    if given and any_same(utf8(given), valid_secrets(settings)):
        return
    check_secret(received, settings)


def _verify_signature(received: Received, settings: Settings) -> None:
    name = text_option(settings, "signature_header")
    signed = text_option(settings, "signed", "body")
    prefix = text_option(settings, "prefix", "v1," if signed == _STANDARD else "")
    encoding: Encoding = (
        "base64" if text_option(settings, "encoding", "base64" if signed == _STANDARD else "hex") == "base64" else "hex"
    )
    algorithm = text_option(settings, "algorithm", "sha256")
    header = header_of(received, name)
    message = _signed(received, settings, signed, header)
    given = _signatures(header, prefix, apart=signed != "body" or "," in header)
    if not given:
        raise NotGenuine(f"no signature in {name} begins with {prefix}")

    def sign(secret: bytes) -> bytes:
        return keyed(_key(secret) if signed == _STANDARD else secret, message, algorithm, encoding)

    _check_one_of(given, name, settings, sign, encoding)


def _check_one_of(
    given: list[str], name: str, settings: Settings, sign: Callable[[bytes], bytes], encoding: Encoding
) -> None:
    """A header may hold several signatures, while a secret is being changed."""
    failure: NotGenuine | None = None
    right = False
    for one in given:
        try:
            check_signature(one, name, settings, sign, encoding=encoding)
        except NotGenuine as error:
            failure = error
        else:
            right = True
    if not right and failure is not None:
        raise failure


def _signatures(header: str, prefix: str, *, apart: bool) -> list[str]:
    if not prefix:
        return [header]
    if header.startswith(prefix) and not apart:
        return [header[len(prefix) :]]
    # A prefix of its own may hold the comma that else stands between signatures.
    parts = header.split() if "," in prefix else _GAP.split(header)
    return [part[len(prefix) :] for part in parts[: _MOST_SIGNATURES * 2] if part.startswith(prefix)][:_MOST_SIGNATURES]


def _signed(received: Received, settings: Settings, signed: str, header: str) -> bytes:
    """What is signed, once its time has been looked at."""
    if signed == "body":
        return received.body
    if signed == _STANDARD:
        own_id, stamp = header_of(received, "webhook-id"), header_of(received, "webhook-timestamp")
        check_time(stamp, "webhook-timestamp", received.received_at)
        return utf8(f"{own_id}.{stamp}.") + received.body
    name = text_option(settings, "timestamp_header")
    if name and name.lower() != text_option(settings, "signature_header").lower():
        stamp = header_of(received, name)
    else:
        name, mark = text_option(settings, "signature_header"), text_option(settings, "timestamp_prefix", "t=")
        stamp = next((part[len(mark) :] for part in _GAP.split(header) if part.startswith(mark)), "")
    check_time(stamp, name, received.received_at)
    return utf8(stamp) + (b":" if signed == "timestamp:body" else b".") + received.body


def _key(secret: bytes) -> bytes:
    """The bytes that a secret of Standard Webhooks 1.0.0 stands for."""
    try:
        return base64.b64decode(secret.removeprefix(_STANDARD_SECRET), validate=True)
    except binascii.Error:
        return secret


def read(received: Received, settings: Settings) -> Read:
    """Each record of the document, or those in the list that ``records`` names."""
    document = document_of(received)
    if isinstance(document, dict) and received.body.strip():
        query = nested(pair for pair in query_of(received) if pair[0] != text_option(settings, "secret_parameter"))
        document = query | document
    path = text_option(settings, "records")
    records = found_at(document, path) if path else document
    if path and records is None:
        raise NotUnderstood(path, "options.records names a list that is not there")
    several = isinstance(records, list)
    listed = records if isinstance(records, list) else [records]
    if len(listed) > MOST_RECORDS:
        raise NotUnderstood(path or "body", f"more than {MOST_RECORDS:,} records")
    items: list[Item] = []
    passed: list[Passed] = []
    for number, record in enumerate(listed):
        tree = an_object(record, f"{path}[{number}]" if several else path or "body")
        key = _key_of(received, settings, tree, number if several else None)
        if _matches(tree, settings.options.get("tests"), any_of=True):
            passed.append(Passed("test", key))
        elif settings.options.get("only") and not _matches(tree, settings.options["only"], any_of=False):
            passed.append(Passed("not_of_interest", key))
        else:
            items.append(Item(key, lifted(tree) if flag_option(settings, "lift", True) else tree))
    return Read(tuple(items), tuple(passed))


def _key_of(received: Received, settings: Settings, tree: dict[str, Any], number: int | None) -> str | None:
    path = text_option(settings, "key")
    if path:
        return key_of(found_at(tree, path))
    own = text_option(settings, "key_header")
    names = (own.lower(),) if own else ("idempotency-key", "webhook-id")
    key = next((key for name in names if (key := key_of(received.headers.get(name))) is not None), None)
    return key if key is None or number is None else key_of(f"{key}/{number}")


def found_at(tree: Any, path: str) -> Any:
    """What stands at a path of names (``data.id``), None if nothing does."""
    for name in path.split("."):
        if isinstance(tree, dict):
            tree = tree.get(name)
        elif isinstance(tree, list) and name.isdecimal() and len(name) < 6 and int(name) < len(tree):
            tree = tree[int(name)]
        else:
            return None
    return tree


def _matches(tree: dict[str, Any], wanted: Any, *, any_of: bool) -> bool:
    if not isinstance(wanted, Mapping) or not wanted:
        return False
    each = (
        _word(found_at(tree, str(path)))
        in {_word(value) for value in (values if isinstance(values, list) else [values])}
        for path, values in wanted.items()
    )
    return any(each) if any_of else all(each)


def _word(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    text = text_of(value)
    return None if text is None else fold(text)


GENERIC: Final = Sender(
    kind="generic",
    title=("Any other system", "其他系统"),
    verify=verify,
    read=read,
    signs_with="A sender may sign with a secret that it makes itself, such as whsec_…, and shows beside the webhook",
    methods=("POST", "PUT", "PATCH", "GET"),
    mapping={"fields": {}},
    options=(
        Option(
            "signature_header",
            "string",
            (
                "the header with the signature; without it a secret has to come itself",
                "签名在哪个请求头里；不填则要求请求带上密钥本身",
            ),
        ),
        Option(
            "algorithm",
            "string",
            ("of the HMAC; sha256 if none is set", "HMAC 的算法；不填为 sha256"),
            choices=("sha1", "sha256", "sha512"),
        ),
        Option(
            "encoding",
            "string",
            ("of the signature; hex if none is set", "签名的编码；不填为 hex"),
            choices=("hex", "base64"),
        ),
        Option(
            "prefix",
            "string",
            ("what stands before each signature, such as sha256= or v1=", "每个签名前面的字样，例如 sha256= 或 v1="),
        ),
        Option(
            "signed",
            "string",
            (
                "what is signed; body if none is set; id.timestamp.body is what Standard Webhooks 1.0.0 has",
                "对什么签名；不填为 body；id.timestamp.body 是 Standard Webhooks 1.0.0 的方式",
            ),
            choices=("body", "timestamp.body", "timestamp:body", _STANDARD),
        ),
        Option(
            "timestamp_header",
            "string",
            (
                "the header with the time; by default it stands beside the signature",
                "时间在哪个请求头里；不填则在签名旁边",
            ),
        ),
        Option(
            "timestamp_prefix",
            "string",
            (
                "what stands before a time beside the signature; t= if none is set",
                "时间在签名旁边时，前面的字样；不填为 t=",
            ),
        ),
        Option(
            "secret_header",
            "string",
            ("a header of your own choice that the secret comes in", "用另外哪个请求头带密钥"),
        ),
        Option(
            "secret_parameter",
            "string",
            ("a query parameter of your own choice that the secret comes in", "用另外哪个查询参数带密钥"),
        ),
        Option(
            "records",
            "string",
            ("where the list of records stands, such as data.leads", "记录的列表在哪里，例如 data.leads"),
        ),
        Option(
            "key",
            "string",
            (
                "where the id of a delivery stands, by which it is known when it is sent again",
                "投递自己的 id 在哪里；重复发送时据此识别",
            ),
        ),
        Option(
            "key_header",
            "string",
            (
                "the header with that id; Idempotency-Key or webhook-id if none is set",
                "该 id 在哪个请求头里；不填为 Idempotency-Key 或 webhook-id",
            ),
        ),
        Option(
            "only",
            "object",
            (
                'what has to be there for a lead, such as {"event": "invitee.created"}',
                '具备哪些内容才算线索，例如 {"event": "invitee.created"}',
            ),
        ),
        Option(
            "tests",
            "object",
            ('by what a test is known, such as {"is_test": true}', '凭什么认出测试，例如 {"is_test": true}'),
        ),
        Option(
            "lift",
            "boolean",
            (
                "whether lists of labels and values become fields; true if not set",
                "由标题和值组成的列表是否变成字段；不填为 true",
            ),
        ),
    ),
)
