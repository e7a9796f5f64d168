"""What of a request is kept? All of it but what is secret.

Leads are made of what is kept, the first time and whenever they are again: so they are the same, under the same keys.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from app.doors.source import Source
from app.senders.base import HIDDEN, Received, Settings

_SECRET_HEADERS: Final = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie"})
_SECRET_PARTS: Final = ("secret", "token", "passw", "apikey", "authkey", "accesskey")
_SECRET_WORDS: Final = frozenset({"key", "auth", "authorization", "pwd"})
"""What a name that is secret has in it; and what it is made of, where others have it in them: author, keyword."""
_WORD: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_EVENT_IDS: Final = frozenset({"idempotency-key", "webhook-id"})
"""Headers that say which event it is, by which a lead is known again, whatever they are called."""
_SECRET_PATH: Final = re.compile(r"^(.*/v1/webhooks/[^/]+)/.+$", re.DOTALL)
_SECRET_OPTIONS: Final = ("secret_header", "secret_parameter")
LONGEST_HEADERS: Final = 16 * 1024
"""Characters of header names and values together that are kept."""
LONGEST_URL: Final = 64 * 1024
"""Characters of an address; one that is longer is not taken."""


def as_kept(received: Received, source: Source) -> Received:
    """A request as it is kept. What is secret in it is hidden."""
    url, headers = _kept_url(received.url, source.settings), _kept_headers(received.headers, source.settings)
    return replace(received, url=url, query=_query_of(url), headers=headers, body=source.sender.kept(received))


def without_hidden(kept: Received) -> Received:
    """A request that was kept, as leads are made of it: what was hidden says nothing, and not the same everywhere."""
    shown = {name: value for name, value in kept.headers.items() if value != HIDDEN}
    return replace(kept, headers=shown, query=tuple(pair for pair in _query_of(kept.url) if pair[1] != HIDDEN))


def _query_of(url: str) -> tuple[tuple[str, str], ...]:
    return tuple(parse_qsl(urlsplit(url).query, keep_blank_values=True))


def _kept_headers(headers: Mapping[str, str], settings: Settings) -> dict[str, str]:
    """Headers as they are kept: of those that carry keys only that they were there. Signatures stay: they are none."""
    kept: dict[str, str] = {}
    size = 0
    for name, value in headers.items():
        size += len(name) + len(value)
        if size > LONGEST_HEADERS:
            break
        kept[name] = HIDDEN if _secret(name, value, settings) else value.replace("\x00", "\ufffd")
    return kept


def _kept_url(url: str, settings: Settings) -> str:
    """An address as it is kept: of parameters that carry keys only the names, and of a secret in the path nothing."""
    parts = urlsplit(url)
    parts = parts._replace(path=_SECRET_PATH.sub(rf"\1/{HIDDEN}", parts.path))
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    query = urlencode([(name, HIDDEN if _secret(name, value, settings) else value) for name, value in pairs], safe="*")
    return urlunsplit(parts._replace(query=query)).replace("\x00", "")


def _secret(name: str, value: str, settings: Settings) -> bool:
    """Whether a header or parameter carries a key: by its name, by what is set, or by what stands in it."""
    low = name.lower()
    if low in _SECRET_HEADERS or any(low == str(settings.options.get(one, "")).lower() for one in _SECRET_OPTIONS):
        return True
    if any(secret and secret in value for secret in settings.secrets):
        return True
    if low in _EVENT_IDS or low == str(settings.options.get("key_header", "")).lower() or "signature" in low:
        return False
    words = {word.lower() for word in _WORD.findall(name)}
    return any(part in low for part in _SECRET_PARTS) or not words.isdisjoint(_SECRET_WORDS)
