"""How does a request travel? Over a connection to the very address that was checked, for so long and no longer.

httpcore (which httpx is made of, BSD) does the talking. Its network backend is where a name becomes a connection, so
that is where the guard stands: the name is resolved once, all of its addresses are checked, and the connection goes to
one of those. The Host header, TLS's server name and the verification of the certificate stay the name's.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import socket
import ssl
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeAlias

import httpcore
import httpx

from app import __version__
from app.net.allowed import Address
from app.net.client import Answer, Refused, Unreachable
from app.net.guard import Guard

LARGEST: Final = 64 * 1024
"""Bytes of an answer's body that are read."""

_TRIED: Final = 4
"""Addresses of one name that are tried, one after another."""

_CONNECTIONS: Final = 50
_IDLE_CONNECTIONS: Final = 20
_IDLE_SECONDS: Final = 15.0

Resolve: TypeAlias = Callable[[str, int], Awaitable[Sequence[str]]]
"""From a host and a port to addresses. Raises OSError for a name that has none."""


class Resolver:
    """The system's resolver, in threads of its own: names whose servers are slow keep nothing else waiting."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(8, thread_name_prefix="resolve")

    async def __call__(self, host: str, port: int) -> list[str]:
        """Every address of a host, in the system's order of preference (RFC 6724)."""
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._threads, _look_up, host, port)
        return list(dict.fromkeys(found))

    def close(self) -> None:
        """Begin no further look-up, and wait for none."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _look_up(host: str, port: int) -> list[str]:
    found = []
    for _, _, _, _, where in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        address = str(where[0])
        scope = where[3] if len(where) == 4 else 0
        found.append(f"{address}%{scope}" if scope and "%" not in address else address)
    return found


class _Ways:
    """From a name to what may be connected to, and how long each may take."""

    def __init__(self, guard: Guard, resolve: Resolve) -> None:
        self._guard = guard
        self._resolve = resolve

    async def to(self, host: str, port: int) -> list[Address]:
        """Raises Refused, or Unreachable if the name has no address."""
        name = self._guard.host(host)
        try:
            resolved = await self._resolve(name, port)
        except (OSError, UnicodeError):
            raise Unreachable(f"{host}: the name is not known") from None
        if not resolved:
            raise Unreachable(f"{host}: the name has no address")
        return self._guard.addresses(host, resolved)[:_TRIED]


class _GuardedBackend(httpcore.AsyncNetworkBackend):
    """httpcore's own backend, told where to connect by address."""

    def __init__(self, ways: _Ways) -> None:
        self._ways = ways
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  the signature is httpcore's
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first of the host's checked addresses that answers."""
        until = time.monotonic() + (math.inf if timeout is None else timeout)
        addresses = await self._ways.to(host, port)
        for left in range(len(addresses), 0, -1):
            share = (until - time.monotonic()) / left
            try:
                return await self._inner.connect_tcp(
                    str(addresses[-left]),
                    port,
                    timeout=None if timeout is None else max(share, 0.001),
                    local_address=local_address,
                    socket_options=socket_options,
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if left == 1:
                    raise
        raise AssertionError("a name without addresses is unreachable")

    async def sleep(self, seconds: float) -> None:
        """Wait as the loop does."""
        await self._inner.sleep(seconds)


class HttpClient:
    """The way out of one worker: a pool of connections behind the guard. ``open_client`` makes one.

    Nothing of the environment counts for it but ``SSL_CERT_FILE`` and ``SSL_CERT_DIR`` (the authorities that are
    trusted): no proxy and no netrc.
    """

    def __init__(
        self, guard: Guard, resolve: Resolve, https: ssl.SSLContext, tls: ssl.SSLContext, *, largest: int = LARGEST
    ) -> None:
        self._guard = guard
        self._tls = tls
        self._largest = largest
        self._ways = _Ways(guard, resolve)
        self._resolve = resolve
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=https,
            max_connections=_CONNECTIONS,
            max_keepalive_connections=_IDLE_CONNECTIONS,
            keepalive_expiry=_IDLE_SECONDS,
            network_backend=_GuardedBackend(self._ways),
        )

    async def call(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        seconds: float = 20,
    ) -> Answer:
        """Send one request; see :class:`app.net.client.Client`."""
        where = self._guard.url(url)
        try:
            sent = [(name.encode("ascii"), value.encode("ascii")) for name, value in _headers(where, headers, body)]
        except UnicodeEncodeError:
            raise Refused("The request cannot be sent: a header holds something else than ASCII") from None
        target = httpcore.URL(
            scheme=where.raw_scheme, host=where.raw_host, port=where.port, target=where.raw_path or b"/"
        )
        began = time.monotonic()
        try:
            async with (
                asyncio.timeout(seconds),
                self._pool.stream(
                    method, target, headers=sent, content=body or None, extensions={"timeout": {"connect": seconds}}
                ) as response,
            ):
                got = bytearray()
                async for part in response.aiter_stream():
                    got += part
                    if len(got) > self._largest:
                        break
                return Answer(
                    response.status,
                    _joined(response.headers),
                    bytes(got[: self._largest]),
                    time.monotonic() - began,
                    cut=len(got) > self._largest,
                )
        except (TimeoutError, httpcore.TimeoutException):
            raise Unreachable(f"{where.host}: no answer within {seconds:g} seconds") from None
        except httpcore.ConnectError as error:
            raise Unreachable(f"{where.host}: no connection ({_reason(error)})") from None
        except httpcore.LocalProtocolError:
            # Its message holds the header, which may be a secret.
            raise Refused("The request cannot be sent: a header holds what HTTP does not allow") from None
        except httpcore.RemoteProtocolError as error:
            raise Unreachable(f"{where.host}: what was answered is not HTTP ({_reason(error)})") from None
        except httpcore.NetworkError:
            raise Unreachable(f"{where.host}: the connection broke") from None

    async def connect(self, host: str, port: int, *, seconds: float = 20) -> socket.socket:
        """A connected socket; see :class:`app.net.client.Network`."""
        until = time.monotonic() + seconds
        try:
            async with asyncio.timeout(seconds):
                addresses = await self._ways.to(host, port)
                for left in range(len(addresses), 1, -1):
                    with contextlib.suppress(OSError):
                        async with asyncio.timeout((until - time.monotonic()) / left):
                            return await _connected(addresses[-left], port)
                return await _connected(addresses[-1], port)
        except TimeoutError:
            raise Unreachable(f"{host}: no connection within {seconds:g} seconds") from None
        except OSError as error:
            raise Unreachable(f"{host}: no connection ({_reason(error)})") from None

    def tls(self) -> ssl.SSLContext:
        """See :class:`app.net.client.Network`. It is another context than that of HTTP, which announces HTTP in it."""
        return self._tls

    async def aclose(self) -> None:
        """Close every connection; calls under way break."""
        await self._pool.aclose()
        if isinstance(self._resolve, Resolver):
            self._resolve.close()


async def open_client(
    guard: Guard | None = None,
    *,
    resolve: Resolve | None = None,
    trust: Callable[[], ssl.SSLContext] = httpx.create_ssl_context,
    largest: int = LARGEST,
) -> HttpClient:
    """Open the way out of a worker, which ends with ``aclose()``.

    ``guard`` says what may be called: nothing private if left out, what is set with ``Guard(settings.allowed())``.
    ``resolve`` says how names are resolved (by the system), ``trust`` makes what says whose certificates are believed
    (the public authorities', or those in ``SSL_CERT_FILE``), ``largest`` how many bytes of an answer are read.
    """
    # Reading the authorities takes tens of milliseconds.
    https, tls = await asyncio.to_thread(lambda: (trust(), trust()))
    return HttpClient(guard or Guard(), resolve or Resolver(), https, tls, largest=largest)


async def _connected(address: Address, port: int) -> socket.socket:
    made = socket.socket(socket.AF_INET if address.version == 4 else socket.AF_INET6)
    try:
        made.setblocking(False)
        await asyncio.get_running_loop().sock_connect(made, (str(address), port))
    except BaseException:
        made.close()
        raise
    return made


def _headers(where: httpx.URL, headers: Mapping[str, str] | None, body: bytes) -> list[tuple[str, str]]:
    given = [(name, value) for name, value in (headers or {}).items() if name.lower() not in ("host", "content-length")]
    names = {name.lower() for name, _ in given}
    own = [("Host", where.netloc.decode("ascii"))]
    if "user-agent" not in names:
        own.append(("User-Agent", f"lead-router/{__version__}"))
    if "accept-encoding" not in names:
        # Nothing is unpacked, so nothing small can become large.
        own.append(("Accept-Encoding", "identity"))
    own.append(("Content-Length", str(len(body))))
    return own + given


def _joined(headers: Sequence[tuple[bytes, bytes]]) -> dict[str, str]:
    joined: dict[str, str] = {}
    for raw_name, raw_value in headers:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        joined[name] = f"{joined[name]}, {value}" if name in joined else value
    return joined


def _reason(error: Exception) -> str:
    """The error's own words, or its name if it has none."""
    return str(error).strip()[:200] or type(error).__name__
