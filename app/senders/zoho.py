"""How does Zoho CRM send leads? A workflow's webhook: parameters whose names its owner chose, or a body of any kind.

Source: "Webhooks" in Zoho CRM's help. There is no signature: a secret goes into the address or a custom header.
"""

from __future__ import annotations

from typing import Final

from app.senders.base import Item, Read, Received, Sender, Settings
from app.senders.bodies import query_of, tree_of
from app.senders.forms import nested
from app.senders.proof import check_secret


def read(received: Received, _: Settings) -> Read:
    """The record: of equal names in the query and in the body the body's counts."""
    return Read((Item(None, nested(query_of(received)) | tree_of(received)),))


ZOHO: Final = Sender(
    kind="zoho",
    title=("Zoho CRM", "Zoho CRM"),
    verify=check_secret,
    read=read,
    bare=True,
    methods=("POST", "PUT", "GET"),
    mapping={
        "fields": {
            "external_id": ["Lead Id", "Lead ID", "lead_id", "leadid", "Contact Id", "contact_id", "id"],
            "title": ["Designation", "Title"],
            "attributes.lead_source": ["Lead Source", "lead_source", "Lead_Source"],
        }
    },
)
