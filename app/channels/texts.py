"""What of a text goes into a message? One line, of a bounded length, in which nothing calls anyone or leads anywhere.

Leads write what they like. In a chat their words must not become a mention of everyone, a link under another name, or
a page of text that hides the rest.
"""

from __future__ import annotations

import re
from typing import Final

from app.intake.text import line

_BIDI = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069]")
_LINK = re.compile(r"://|\bwww\.", re.IGNORECASE)
_BREAK: Final = "\u200b"
_MORE: Final = "…"


def plain(value: object, longest: int) -> str:
    """A value as one line of at most ``longest`` characters, without marks that turn the direction of reading."""
    # Whatever is cut off need not be looked through.
    text = line(_BIDI.sub("", str(value)[: longest * 8 + 100]))
    return text if len(text) <= longest else text[: longest - 1].rstrip() + _MORE


def unlinked(text: str) -> str:
    """A text in which programs that show it see no address to make a link of. To people it looks the same."""
    return _LINK.sub(lambda found: f"{found[0][:-1]}{_BREAK}{found[0][-1]}", text)


def fitting(text: str, most: int) -> str:
    """As much of a text as fits into so many bytes of UTF-8, cut between characters."""
    raw = text.encode()
    if len(raw) <= most:
        return text
    room = most - len(_MORE.encode())
    return raw[: max(0, room)].decode(errors="ignore").rstrip() + _MORE if room > 0 else ""


def masked_name(name: str) -> str:
    """``王**`` or ``J***``: enough to tell two leads of a day apart."""
    return name[:1] + ("**" if not name[:1].isascii() else "***")


def masked_phone(phone: str) -> str:
    """The last four digits."""
    digits = re.sub(r"\D", "", phone)
    return f"***{digits[-4:]}" if len(digits) >= 8 else "***"


def masked_email(email: str) -> str:
    """``j***@example.com``."""
    local, at, domain = email.rpartition("@")
    return f"{local[:1]}***{at}{domain}"
