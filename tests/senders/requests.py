"""Which requests do the tests make? Those of people and companies that do not exist."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from app.senders.base import Item, Read, Received, Settings
from app.senders.kinds import SENDERS

NOW = datetime.fromtimestamp(1_700_000_000, UTC)
URL = "https://leads.example.com/in/web"
LONG_SECRET = "correct-horse-battery-staple-9"


def request(
    body: bytes | str | dict[str, Any] | list[Any] = b"",
    *,
    url: str = URL,
    method: str = "POST",
    headers: Mapping[str, str] | None = None,
    media: str | None = "application/json",
    at: datetime = NOW,
) -> Received:
    if isinstance(body, dict | list):
        body = json.dumps(body, ensure_ascii=False)
    raw = body.encode() if isinstance(body, str) else body
    lower = {name.lower(): value for name, value in (headers or {}).items()}
    if media is not None:
        lower.setdefault("content-type", media)
    query = tuple(parse_qsl(urlsplit(url).query, keep_blank_values=True))
    return Received(method, url, query, lower, raw, at)


def form(fields: Mapping[str, str] | Iterable[tuple[str, str]], **others: Any) -> Received:
    pairs = list(fields.items()) if isinstance(fields, Mapping) else list(fields)
    return request(urlencode(pairs), media="application/x-www-form-urlencoded", **others)


def multipart(fields: Mapping[str, str], boundary: str = "----form7MA4YWxk", **others: Any) -> Received:
    parts = "".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    )
    return request(f"{parts}--{boundary}--\r\n", media=f"multipart/form-data; boundary={boundary}", **others)


def read(kind: str, received: Received, **options: Any) -> Read:
    return SENDERS[kind].read(received, Settings((LONG_SECRET,), options=options))


def item(kind: str, received: Received, **options: Any) -> Item:
    """The one item that a request is read as."""
    found = read(kind, received, **options)
    assert not found.passed
    (only,) = found.items
    return only
