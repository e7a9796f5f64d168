"""How do lead ads of Meta (Facebook, Instagram) send leads? Ids alone, signed; the Graph API has the fields.

Sources: "Webhooks for Leads" and "Retrieving Leads" at developers.facebook.com.
"""

from __future__ import annotations

import hmac
import re
from typing import Any, Final
from urllib.parse import quote, urlencode

from app.intake.body import read_json
from app.intake.errors import UnreadableBody
from app.net.client import Answer, Client
from app.net.retry_after import retry_after
from app.senders.base import (
    Item,
    NotFetched,
    NotGenuine,
    NotUnderstood,
    OnlyATest,
    Option,
    Passed,
    Read,
    Received,
    Reply,
    Sender,
    Settings,
)
from app.senders.bodies import a_list, an_object, object_of
from app.senders.fetching import fetch_object, token_of
from app.senders.options import flag_option, text_option
from app.senders.proof import any_same, check_signature, header_of, keyed, utf8, valid_secrets
from app.senders.trees import Naming, text_of

HOST: Final = "https://graph.facebook.com/v23.0"
MOST_LEADS: Final = 1_000

_SIGNATURE: Final = "X-Hub-Signature-256"
_PREFIX: Final = "sha256="
_FIELDS: Final = (
    "created_time,ad_id,ad_name,adset_id,adset_name,campaign_id,campaign_name,form_id,is_organic,platform,field_data"
)
_NUMBER: Final = re.compile(r"[0-9]{1,40}")
_CHALLENGE: Final = re.compile(r"[A-Za-z0-9_.-]{1,200}")
# What the test button of an app's page sends, and the answers of the lead ads testing tool.
_TEST_ID: Final = re.compile("4{6,}")
_TEST_ANSWER: Final = "<test lead: dummy data for"

_BUSY: Final = frozenset({1, 2, 4, 17, 32, 341, 368, 613})
_NO_TOKEN: Final = frozenset({102, 190, 463, 467})
_NO_PERMISSION: Final = frozenset({3, 10, *range(200, 300)})


def handshake(received: Received, settings: Settings) -> Reply | None:
    """The challenge of a subscription, echoed to who knows the verify token."""
    if received.method.upper() != "GET":
        return None
    if received.asked("hub.mode") != "subscribe":
        raise NotGenuine("a GET that is no subscription (hub.mode=subscribe)")
    token = text_option(settings, "verify_token")
    if not token:
        raise NotGenuine("options.verify_token is not set: choose one, and enter the same at Meta")
    if not any_same(utf8(received.asked("hub.verify_token") or ""), [utf8(token)]):
        raise NotGenuine("hub.verify_token is not the one in options.verify_token")
    challenge = received.asked("hub.challenge") or ""
    if not _CHALLENGE.fullmatch(challenge):
        raise NotGenuine("hub.challenge is missing, or none that Meta sends")
    return Reply(200, challenge.encode(), "text/plain")


def verify(received: Received, settings: Settings) -> None:
    """By the signature with the app's secret, over the bytes as they came."""
    given = header_of(received, _SIGNATURE)
    if not given.lower().startswith(_PREFIX):
        raise NotGenuine(f"{_SIGNATURE} does not begin with {_PREFIX}")
    check_signature(given[len(_PREFIX) :], _SIGNATURE, settings, lambda secret: keyed(secret, received.body))


def read(received: Received, _: Settings) -> Read:
    """The ids of the leads in all entries."""
    items: list[Item] = []
    passed: list[Passed] = []
    body = object_of(received)
    for number, entry in enumerate(a_list(body.get("entry"), "entry")):
        where = f"entry[{number}]"
        changes = an_object(entry, where).get("changes", [])
        for place, change in enumerate(a_list(changes, f"{where}.changes")):
            found = _change(an_object(change, f"{where}.changes[{place}]"), f"{where}.changes[{place}]")
            if isinstance(found, Item):
                items.append(found)
            else:
                passed.append(found)
    if len(items) + len(passed) > MOST_LEADS:
        raise NotUnderstood("entry", f"more than {MOST_LEADS:,} changes")
    return Read(tuple(items), tuple(passed))


def _change(change: dict[str, Any], where: str) -> Item | Passed:
    if change.get("field") != "leadgen":
        return Passed("not_of_interest")
    value = an_object(change.get("value"), f"{where}.value")
    lead = text_of(value.get("leadgen_id"))
    if lead is None or not _NUMBER.fullmatch(lead):
        raise NotUnderstood(f"{where}.value.leadgen_id", "the number of a lead is wanted there")
    if _TEST_ID.fullmatch(lead):
        return Passed("test", lead)
    return Item(lead, value, fetch=lead)


async def fetch(client: Client, record: str, settings: Settings) -> dict[str, Any]:
    """The lead of that number: its answers by the names of their questions, and which ad it came by."""
    token = token_of(settings, "set a page or system user token of Meta that allows leads_retrieval")
    if not _NUMBER.fullmatch(record):
        raise NotFetched("a lead's number is wanted", again=False)
    query = {"fields": _FIELDS}
    if flag_option(settings, "appsecret_proof"):
        try:
            secret = valid_secrets(settings)[0]
        except NotGenuine as error:
            raise NotFetched(str(error), again=False) from error
        query["appsecret_proof"] = hmac.digest(secret, utf8(token), "sha256").hex()
    host = text_option(settings, "host", HOST).rstrip("/")
    found = await fetch_object(
        client,
        f"{host}/{quote(record)}?{urlencode(query)}",
        token=token,
        who="Meta",
        permission="leads_retrieval",
        judge=_judged,
    )
    return _tree(found, record)


def _tree(found: dict[str, Any], record: str) -> dict[str, Any]:
    naming = Naming()
    answers = found.pop("field_data", None)
    for answer in answers if isinstance(answers, list) else []:
        if not isinstance(answer, dict):
            continue
        values = answer.get("values")
        values = values if isinstance(values, list) else [values]
        if any(isinstance(value, str) and value.startswith(_TEST_ANSWER) for value in values):
            raise OnlyATest("a lead of Meta's testing tool")
        naming.add(str(answer.get("name", "")), values[0] if len(values) == 1 else values)
    found.pop("id", None)
    naming.add_all({"leadgen_id": record, **found})
    return naming.fields


def _judged(answer: Answer) -> NotFetched | None:
    """What Meta's own error code means: it answers 400 to an expired token, and to one that asks too often."""
    if answer.status < 400:
        return None
    try:
        error = read_json(answer.body).value["error"]
        code = error["code"]
    except (UnreadableBody, KeyError, TypeError, IndexError):
        return None
    if not isinstance(code, int):
        return None
    said = f"Meta answered {answer.status} with its error {code}"
    if code in _BUSY:
        return NotFetched(said, again=True, after=retry_after(answer.headers))
    if code in _NO_TOKEN:
        return NotFetched(
            f"{said}: the token has expired or was withdrawn; set a new one for this source, then let the delivery be "
            "tried again",
            again=False,
        )
    if code in _NO_PERMISSION:
        return NotFetched(f"{said}: the token does not allow leads_retrieval for this page", again=False)
    return None


META: Final = Sender(
    kind="meta",
    title=("Meta lead ads (Facebook, Instagram)", "Meta 线索广告（Facebook、Instagram）"),
    verify=verify,
    read=read,
    fetch=fetch,
    handshake=handshake,
    signs_with="Meta signs with the secret of the app: App settings → Basic → App secret",
    only_own=True,
    methods=("POST", "GET"),
    mapping={
        "fields": {
            "external_id": "leadgen_id",
            "email": ["work_email", "email"],
            "phone": ["phone_number", "work_phone_number"],
            "company": "company_name",
            "title": "job_title",
            "address": "street_address",
            "city": "city",
            "region": ["state", "province"],
            "country": "country",
            "postal_code": ["post_code", "zip_code"],
            "campaign": ["campaign_name", "campaign_id"],
            "occurred_at": "created_time",
        }
    },
    options=(
        Option(
            "verify_token",
            "string",
            (
                "a word of your choice that you enter at Meta as the verify token",
                "自己定的一段文字，在 Meta 后台作为 Verify token 填写",
            ),
            needed=True,
        ),
        Option(
            "appsecret_proof",
            "boolean",
            (
                "whether the app asks for proof of its secret in calls of the Graph API",
                "应用是否要求调用 Graph API 时带上 appsecret_proof",
            ),
        ),
        Option(
            "host",
            "string",
            (
                f"where leads are fetched, with the version; {HOST} if none is set",
                f"从哪里读取线索，含版本号；不填为 {HOST}",
            ),
        ),
    ),
)
