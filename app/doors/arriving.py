"""What of a request is kept? All of it but what is secret."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from app.senders.base import Settings

_SECRET_HEADERS: Final = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie"})
_SECRET_WORDS: Final = ("key", "secret", "token", "password", "passwd", "auth")
_SECRET_PATH: Final = re.compile(r"^(.*/v1/webhooks/[^/]+)/.+$", re.DOTALL)
_SECRET_OPTIONS: Final = ("secret_header", "secret_parameter")
_HIDDEN: Final = "***"
LONGEST_HEADERS: Final = 16 * 1024
"""Characters of header names and values together that are kept."""
LONGEST_URL: Final = 4096
"""Characters of an address that are kept."""


def kept_headers(headers: Mapping[str, str], settings: Settings) -> dict[str, str]:
    """Headers as they are kept: of those that carry keys only that they were there. Signatures stay: they are none."""
    kept: dict[str, str] = {}
    size = 0
    for name, value in headers.items():
        size += len(name) + len(value)
        if size > LONGEST_HEADERS:
            break
        kept[name] = _HIDDEN if _secret(name, value, settings) else value.replace("\x00", "\ufffd")
    return kept


def kept_url(url: str, settings: Settings) -> str:
    """An address as it is kept: of parameters that carry keys only the names, and of a secret in the path nothing."""
    parts = urlsplit(url)
    parts = parts._replace(path=_SECRET_PATH.sub(rf"\1/{_HIDDEN}", parts.path))
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    query = urlencode([(name, _HIDDEN if _secret(name, value, settings) else value) for name, value in pairs], safe="*")
    return urlunsplit(parts._replace(query=query))[:LONGEST_URL].replace("\x00", "")


def _secret(name: str, value: str, settings: Settings) -> bool:
    """Whether a header or parameter carries a key: by its name, by what is set, or by what stands in it."""
    low = name.lower()
    if low in _SECRET_HEADERS or any(low == str(settings.options.get(one, "")).lower() for one in _SECRET_OPTIONS):
        return True
    if "signature" not in low and any(word in low for word in _SECRET_WORDS):
        return True
    return any(secret and secret in value for secret in settings.secrets)
