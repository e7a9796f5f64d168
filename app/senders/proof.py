"""Does this request come from whom it says? Secrets, signatures and times are compared here, and nowhere else.

Every comparison is with all secrets that are valid, in a time that tells nothing of them.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final, Literal, TypeAlias
from urllib.parse import unquote, urlsplit

from app.senders.base import WINDOW_SECONDS, NotGenuine, Received, Settings

KEY: Final = "key"
"""The query parameter that a secret may stand in."""

Encoding: TypeAlias = Literal["hex", "base64"]

_TIME = re.compile(r"\d{9,16}", re.ASCII)
_MILLISECONDS_FROM = 10**11


def utf8(text: str) -> bytes:
    """The bytes of a text, whatever stands in it."""
    return text.encode("utf-8", "surrogatepass")


def valid_secrets(settings: Settings) -> tuple[bytes, ...]:
    """The secrets that are valid. Raises :exc:`NotGenuine` if there are none."""
    secrets = tuple(utf8(secret) for secret in settings.secrets if secret)
    if not secrets:
        raise NotGenuine("no secret is set for this source, so nothing can be told to be genuine: set one")
    return secrets


def any_same(given: bytes, expected: Iterable[bytes]) -> bool:
    """Whether ``given`` is one of ``expected``: all are compared, each in constant time."""
    found = False
    for one in expected:
        found |= hmac.compare_digest(given, one)
    return found


def check_secret(received: Received, settings: Settings) -> None:
    """Raises :exc:`NotGenuine` unless a valid secret comes with the request.

    It may stand in the query (``?key=…``), be the last part of the address's path, or come in one of the headers
    ``Authorization`` (``Bearer …``, or the password of ``Basic``), ``X-Api-Key``, ``X-Webhook-Secret``.
    """
    secrets = valid_secrets(settings)
    given = _presented(received)
    right = False
    for one in given:
        right |= any_same(utf8(one), secrets)
    if right:
        return
    if any(given[1:]):
        raise NotGenuine("the secret that came with the request is none of this source's")
    raise NotGenuine(
        f"no secret came with the request: put it into the address (?{KEY}=…) or into a header "
        "(Authorization: Bearer …, X-Api-Key or X-Webhook-Secret)"
    )


def comes_with_secret(received: Received) -> bool:
    """Whether something that is meant to be a secret comes in the query or in a header."""
    return any(_presented(received)[1:])


def _presented(received: Received) -> tuple[str, ...]:
    try:
        path = urlsplit(received.url).path
    except ValueError:
        path = ""
    headers = received.headers
    return (
        unquote(path.rpartition("/")[2]),
        received.asked(KEY) or "",
        _authorization(headers.get("authorization", "")),
        headers.get("x-api-key", "").strip(),
        headers.get("x-webhook-secret", "").strip(),
    )


def _authorization(header: str) -> str:
    scheme, _, rest = header.strip().partition(" ")
    rest = rest.strip()
    if scheme.lower() == "bearer":
        return rest
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(rest, validate=True).decode().partition(":")[2]
        except (binascii.Error, ValueError):
            return ""
    return ""


def keyed(secret: bytes, message: bytes, algorithm: str = "sha256", encoding: Encoding = "hex") -> bytes:
    """The HMAC (RFC 2104) of a message, as text."""
    return written(hmac.digest(secret, message, algorithm), encoding)


def hashed(message: bytes, algorithm: str = "sha256") -> bytes:
    """The plain hash of a message, in hex."""
    return hashlib.new(algorithm, message).hexdigest().encode()


def written(digest: bytes, encoding: Encoding) -> bytes:
    """A digest as signatures write it."""
    return base64.b64encode(digest) if encoding == "base64" else digest.hex().encode()


def header_of(received: Received, name: str) -> str:
    """A header that must be there. Raises :exc:`NotGenuine` if it is missing or empty."""
    value = received.headers.get(name.lower(), "").strip()
    if not value:
        raise NotGenuine(f"the header {name} is missing")
    return value


def check_signature(
    given: str, name: str, settings: Settings, *signs: Callable[[bytes], bytes], encoding: Encoding = "hex"
) -> None:
    """Raises :exc:`NotGenuine` unless ``given`` is what one of the valid secrets signs with; of hex the case is free.

    ``name`` is where it stood; each of ``signs`` makes a signature, as text, with a secret.
    """
    text = utf8(given.lower() if encoding == "hex" else given)
    if not any_same(text, [sign(secret) for secret in valid_secrets(settings) for sign in signs]):
        raise NotGenuine(
            f"the signature in {name} does not fit: another secret, another address, or a body that was changed"
        )


def check_time(given: str, name: str, now: datetime) -> None:
    """Raises :exc:`NotGenuine` unless ``given`` (seconds or milliseconds since 1970) is at most
    :data:`~app.senders.base.WINDOW_SECONDS` from ``now``.
    """
    if not _TIME.fullmatch(given):
        raise NotGenuine(f"{name} holds no time: seconds or milliseconds since 1970 are wanted")
    number = int(given)
    seconds = number / 1000 if number >= _MILLISECONDS_FROM else float(number)
    late = now.timestamp() - seconds
    if late > WINDOW_SECONDS:
        raise NotGenuine(f"the time in {name} is more than {WINDOW_SECONDS} seconds ago: a request sent once more?")
    if late < -WINDOW_SECONDS:
        raise NotGenuine(f"the time in {name} is more than {WINDOW_SECONDS} seconds ahead: does a clock go wrong?")
