"""How do Gravity Forms, WPForms and Contact Form 7 send what was filled in? JSON or a form, unsigned.

Sources: the add-ons "Gravity Forms Webhooks" and "WPForms Webhooks", and the plugin "CF7 to Webhook".
"""

from __future__ import annotations

from typing import Any, Final

from app.senders.base import Item, Passed, Read, Received, Sender, Settings
from app.senders.bodies import tree_of
from app.senders.proof import check_secret
from app.senders.trees import key_of


def read_gravity_forms(received: Received, _: Settings) -> Read:
    """The whole entry, its fields under their numbers, or the fields that somebody selected and named."""
    tree = _filled(tree_of(received))
    entry = tree.get("entry_id", tree.get("id") if "form_id" in tree else None)
    key = key_of(entry)
    if tree.get("status") in ("spam", "trash"):
        return Read(passed=(Passed("not_of_interest", key),))
    return Read((Item(key, tree),))


def read_wpforms(received: Received, _: Settings) -> Read:
    """The fields under the keys that somebody chose."""
    tree = _filled(tree_of(received))
    return Read((Item(key_of(tree.get("entry_id")), tree),))


def read_cf7(received: Received, _: Settings) -> Read:
    """The fields under their names, or the keys that somebody chose."""
    return Read((Item(None, _filled(tree_of(received))),))


def _filled(tree: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in tree.items() if value not in (None, "")}


GRAVITY_FORMS: Final = Sender(
    kind="gravity_forms",
    title=("Gravity Forms", "Gravity Forms"),
    verify=check_secret,
    read=read_gravity_forms,
    bare=True,
    methods=("POST", "PUT"),
    mapping={
        "fields": {"external_id": ["entry_id", "id"], "occurred_at": "date_created"},
        "ignore": [
            "user_agent",
            "is_*",
            "status",
            "payment_*",
            "transaction_*",
            "created_by",
            "post_id",
            "source_id",
            "date_updated",
            "currency",
        ],
    },
)

WPFORMS: Final = Sender(
    kind="wpforms",
    title=("WPForms", "WPForms"),
    verify=check_secret,
    read=read_wpforms,
    bare=True,
    methods=("POST", "PUT"),
    mapping={"fields": {"external_id": "entry_id"}},
)

CF7: Final = Sender(
    kind="cf7",
    title=("Contact Form 7", "Contact Form 7"),
    verify=check_secret,
    read=read_cf7,
    bare=True,
    mapping={"fields": {}, "ignore": ["_wpcf7*", "_wpnonce"]},
)
