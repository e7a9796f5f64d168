"""A client that goes before it has sent its whole request is nobody's fault."""

from typing import Any

import httpx
import pytest

from app.observability import HTTP_REQUESTS
from tests.api.conftest import KEY


@pytest.mark.parametrize("path", ["/v1/leads", "/v1/decisions", "/v1/policies"])
async def test_a_client_that_goes_in_mid_body_is_no_unexpected_error(client: httpx.AsyncClient, path: str) -> None:
    parts = [
        {"type": "http.request", "body": b'{"name": "A', "more_body": True},
        {"type": "http.disconnect"},
    ]
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return parts.pop(0) if len(parts) > 1 else parts[0]

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
        "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "",
        "headers": [(b"authorization", f"Bearer {KEY}".encode()), (b"content-type", b"application/json")],
        "server": ("test", 80), "client": ("test", 1),
    }  # fmt: skip
    counted = HTTP_REQUESTS.labels("POST", path, "499")
    before = counted._value.get()
    await client.app(scope, receive, send)  # type: ignore[attr-defined]
    assert sent == []
    assert counted._value.get() == before + 1
