"""Which kinds of senders are there?"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from app.senders.base import Sender
from app.senders.elementor import ELEMENTOR
from app.senders.generic import GENERIC
from app.senders.google_ads import GOOGLE_ADS
from app.senders.hubspot import HUBSPOT
from app.senders.jiandaoyun import JIANDAOYUN
from app.senders.jotform import JOTFORM
from app.senders.meta import META
from app.senders.salesforce import SALESFORCE_FLOW, SALESFORCE_OUTBOUND
from app.senders.typeform import TYPEFORM
from app.senders.webflow import WEBFLOW
from app.senders.wordpress import CF7, GRAVITY_FORMS, WPFORMS
from app.senders.zoho import ZOHO

SENDERS: Final[Mapping[str, Sender]] = MappingProxyType(
    {
        sender.kind: sender
        for sender in (
            HUBSPOT,
            SALESFORCE_OUTBOUND,
            SALESFORCE_FLOW,
            ZOHO,
            JIANDAOYUN,
            META,
            GOOGLE_ADS,
            TYPEFORM,
            JOTFORM,
            WEBFLOW,
            ELEMENTOR,
            GRAVITY_FORMS,
            WPFORMS,
            CF7,
            GENERIC,
        )
    }
)
"""All of them, by their names."""
