"""Which kinds of sources are there? Every kind of sender, and web forms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from app.doors.form import FORM_SENDER
from app.senders.base import Sender
from app.senders.kinds import SENDERS

KINDS: Final[Mapping[str, Sender]] = {FORM_SENDER.kind: FORM_SENDER, **SENDERS}
"""Each kind of source by its name."""
