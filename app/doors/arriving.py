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
_SECRET_WORDS: Final = ("key", "secret", "token", "password", "passwd", "auth")
"""What a header that is secret may have in its name. Nothing is read from others than those that are known."""
_SECRET_PARAMETER: Final = re.compile(
    r"(?:.*[_-])?(?:key|(?:api|access|auth)[_-]?key|token|(?:access|auth)token|secret|password|passwd|pwd)"
    r"|auth|authorization",
    re.IGNORECASE,
)
"""What a parameter is called that is secret. Others are fields of a lead: ``key_contact``, ``keyword``, ``author``."""
_EVENT_IDS: Final = frozenset({"idempotency-key", "webhook-id"})
"""Headers that say which event it is, by which a lead is known again, whatever they are called."""
_READ_FIRST: Final = frozenset({*_EVENT_IDS, "content-type"})
"""Headers that are kept before all others."""
_SECRET_PATH: Final = re.compile(r"^(.*/v1/webhooks/[^/]+)/.+$", re.DOTALL)
_SECRET_OPTIONS: Final = ("secret_header", "secret_parameter")
LONGEST_HEADERS: Final = 16 * 1024
"""Characters of header names and values together that are kept."""
LONGEST_URL: Final = 64 * 1024
"""Characters of an address; one that is longer is not taken."""


def as_kept(received: Received, source: Source) -> Received:
    """A request as it is kept. What is secret in it is hidden."""
    url, headers = _kept_url(received.url, source.settings), _kept_headers(received.headers, source.settings)
    return replace(received, url=url, query=query_of(url), headers=headers, body=source.sender.kept(received))


def without_hidden(kept: Received) -> Received:
    """A request that was kept, as leads are made of it: what was hidden says nothing, and not the same everywhere."""
    shown = {name: value for name, value in kept.headers.items() if value != HIDDEN}
    return replace(kept, headers=shown, query=tuple(pair for pair in query_of(kept.url) if pair[1] != HIDDEN))


def query_of(url: str) -> tuple[tuple[str, str], ...]:
    """The parameters of an address, decoded, in their order."""
    return tuple(parse_qsl(urlsplit(url).query, keep_blank_values=True))


def _kept_headers(headers: Mapping[str, str], settings: Settings) -> dict[str, str]:
    """Headers as they are kept: of those that carry keys only that they were there. Signatures stay: they are none."""
    kept: dict[str, str] = {}
    size = 0
    first = {*_READ_FIRST, _key_header(settings)}
    for name, value in sorted(headers.items(), key=lambda header: header[0] not in first):
        shown = HIDDEN if _is_secret_header(name, value, settings) else value.replace("\x00", "\ufffd")
        size += len(name) + len(shown)
        if size > LONGEST_HEADERS:
            break
        kept[name] = shown
    return kept


def _kept_url(url: str, settings: Settings) -> str:
    """An address as it is kept: of parameters that carry keys only the names, and of a secret in the path nothing."""
    parts = urlsplit(url)
    parts = parts._replace(path=_SECRET_PATH.sub(rf"\1/{HIDDEN}", parts.path))
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    shown = [(name, HIDDEN if _is_secret_parameter(name, value, settings) else value) for name, value in pairs]
    return urlunsplit(parts._replace(query=urlencode(shown, safe="*"))).replace("\x00", "")


def _key_header(settings: Settings) -> str:
    return str(settings.options.get("key_header", "")).lower()


def _is_secret_header(name: str, value: str, settings: Settings) -> bool:
    """Whether a header carries a key: by its name, by what is set, or by what stands in it."""
    low = name.lower()
    if low in _SECRET_HEADERS or _holds_secret(name, value, settings):
        return True
    if low in _EVENT_IDS or low == _key_header(settings) or "signature" in low:
        return False
    return any(word in low for word in _SECRET_WORDS)


def _is_secret_parameter(name: str, value: str, settings: Settings) -> bool:
    return _SECRET_PARAMETER.fullmatch(name) is not None or _holds_secret(name, value, settings)


def _holds_secret(name: str, value: str, settings: Settings) -> bool:
    if any(name.lower() == str(settings.options.get(one, "")).lower() for one in _SECRET_OPTIONS):
        return True
    return any(secret and secret in value for secret in settings.secrets)
