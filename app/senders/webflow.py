"""How does Webflow send what was filled in? Fields by their labels; signed if an app or a site token made the webhook.

Sources: "Working with webhooks" and "form_submission" at developers.webflow.com.
"""

from __future__ import annotations

from typing import Any, Final

from app.senders.base import Item, Passed, Read, Received, Sender, Settings
from app.senders.bodies import an_object, tree_of
from app.senders.proof import check_secret, check_signature, check_time, header_of, keyed, utf8
from app.senders.trees import Naming, key_of

_SIGNATURE: Final = "x-webflow-signature"
_TIMESTAMP: Final = "x-webflow-timestamp"


def verify(received: Received, settings: Settings) -> None:
    """By the signature, or by a secret in the address if there is none: webhooks made by hand are not signed."""
    if _SIGNATURE not in received.headers:
        check_secret(received, settings)
        return
    stamp = header_of(received, _TIMESTAMP)
    check_time(stamp, _TIMESTAMP, received.received_at)
    message = utf8(f"{stamp}:") + received.body
    check_signature(header_of(received, _SIGNATURE), _SIGNATURE, settings, lambda secret: keyed(secret, message))


def read(received: Received, _: Settings) -> Read:
    """The fields of one submission, in the shape of either version of the API."""
    body = tree_of(received)
    trigger = body.get("triggerType", "form_submission")
    submission = an_object(body["payload"], "payload") if "payload" in body else body
    key = key_of(submission.get("id", submission.get("_id")))
    if trigger != "form_submission":
        return Read(passed=(Passed("not_of_interest", key),))
    naming = Naming()
    data: dict[str, Any] = an_object(submission.get("data"), "payload.data" if "payload" in body else "data")
    for name, value in data.items():
        naming.add(name, value)
    rest = {
        "submission_id": key,
        "form_name": submission.get("name"),
        "form_id": submission.get("formId"),
        "site_id": submission.get("siteId", submission.get("site")),
        "submitted_at": submission.get("submittedAt", submission.get("d")),
        "page_url": submission.get("pageUrl"),
    }
    naming.add_all({name: value for name, value in rest.items() if value is not None})
    return Read((Item(key, naming.fields),))


WEBFLOW: Final = Sender(
    kind="webflow",
    title=("Webflow", "Webflow"),
    verify=verify,
    read=read,
    signs_with="A webhook that was made with Webflow's API is signed with its secretKey, or with the client secret of "
    "the app that made it",
    mapping={"fields": {"external_id": "submission_id", "occurred_at": "submitted_at"}},
)
