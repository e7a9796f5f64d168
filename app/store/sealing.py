"""How are secrets kept that are needed again in the clear? Sealed, under a key that is not in the database.

Fernet (AES-128-CBC with HMAC-SHA-256) from ``cryptography``: kept by the people who keep Python's TLS, Apache-2.0 or
BSD. What need only be compared, an API key, is hashed instead.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from typing import Final

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from app.errors import LeadRouterError

SHOWN_FROM: Final = 16
"""Characters from which on a secret is shown by its last four: of a shorter one that would be too large a part."""


def end_of(secret: str) -> str | None:
    """By what a secret is told from others without being shown: its last four characters; None if it is short."""
    return secret[-4:] if len(secret) >= SHOWN_FROM else None


class Unsealable(LeadRouterError):
    """A secret was sealed under another key than any that is set."""


class Seal:
    """Seals texts, and opens what any of its keys has sealed.

    ``keys``: texts of any length with enough chance in them; the first one seals. Each is brought to Fernet's 32
    bytes by SHA-256, which needs no salt for what is already random.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        self._fernet = MultiFernet(
            [Fernet(base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest())) for key in keys]
        )

    def seal(self, secret: str) -> bytes:
        """The secret as it may be stored."""
        return self._fernet.encrypt(secret.encode())

    def open(self, sealed: bytes) -> str:
        """The secret again.

        Raises:
            Unsealable: none of the keys has sealed it.
        """
        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken:
            raise Unsealable(
                "A stored secret was sealed under a key that LEAD_ROUTER_SECRET_KEY does not have"
            ) from None
