"""How does a request travel? Over a connection to the very address that was checked, for so long and no longer.

aiohttp (Apache-2.0) does the talking: of the well-kept clients it takes least of a thread that decides leads as well.
Its resolver is where a name becomes addresses, so that is where the guard stands: the name is resolved anew for each
connection, all of its addresses are checked, and the connection goes to one of those. The Host header, TLS's server
name and the verification of the certificate stay the name's.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeAlias

import aiohttp
import httpx
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from app import __version__
from app.net.allowed import Address
from app.net.client import Answer, Refused, Unreachable
from app.net.guard import Guard

LARGEST: Final = 64 * 1024
"""Bytes of an answer's body that are read."""

_LONGEST_LINE: Final = 32 * 1024
"""Bytes of one line of an answer's head: some name all whom their pages trust in one header."""

_MOST_LINES: Final = 1000
"""Lines of an answer's head."""

_TRIED: Final = 4
"""Addresses of one name that are tried, one after another."""

_ROUNDS: Final = 2
"""Of the loop: in one it learns what has come, and in the next who waits for that is told."""

_CONNECTIONS: Final = 50
_IDLE_SECONDS: Final = 15.0

_OURS: Final = frozenset({"host", "content-length", "transfer-encoding"})
"""Headers that say where a request goes and where it ends: they follow from the address and the body."""
_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
"""What HTTP takes for the name of a header (RFC 9110, 5.1)."""

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


class _Guarded(AbstractResolver):
    """From a name to where aiohttp may connect. An address that is written as one does not come here."""

    def __init__(self, ways: _Ways) -> None:
        self._ways = ways

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The checked addresses; raises Refused, or Unreachable if there is none."""
        return [
            ResolveResult(
                hostname=host,
                host=str(address),
                port=port,
                family=socket.AF_INET if address.version == 4 else socket.AF_INET6,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in await self._ways.to(host, port)
        ]

    async def close(self) -> None:
        """Nothing is held."""


class HttpClient:
    """The way out of one worker: a pool of connections behind the guard. ``open_client`` makes one.

    Nothing of the environment counts for it but ``SSL_CERT_FILE`` and ``SSL_CERT_DIR`` (the authorities that are
    trusted): no proxy and no netrc. No cookie is kept.
    """

    def __init__(
        self, guard: Guard, resolve: Resolve, https: ssl.SSLContext, tls: ssl.SSLContext, *, largest: int = LARGEST
    ) -> None:
        self._guard = guard
        self._tls = tls
        self._largest = largest
        self._ways = _Ways(guard, resolve)
        self._resolve = resolve
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                ssl=https,
                limit=_CONNECTIONS,
                keepalive_timeout=_IDLE_SECONDS,
                resolver=_Guarded(self._ways),
                use_dns_cache=False,
            ),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=("User-Agent", "Accept-Encoding", "Content-Type"),
            # Nothing is unpacked, so nothing small can become large.
            auto_decompress=False,
            max_line_size=_LONGEST_LINE,
            max_field_size=_LONGEST_LINE,
            max_headers=_MOST_LINES,
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
        target = URL(f"{where.scheme}://{where.netloc.decode('ascii')}{where.raw_path.decode('ascii')}", encoded=True)
        began = time.monotonic()
        # A connection that the other side has closed meanwhile is known to be closed once the loop has been round: else
        # what may not be repeated would go into it, and be lost.
        for _ in range(_ROUNDS):
            await asyncio.sleep(0)
        try:
            async with (
                asyncio.timeout(seconds),
                self._session.request(
                    method, target, headers=_headers(headers), data=body or None, allow_redirects=False
                ) as response,
            ):
                got = bytearray()
                async for part in response.content.iter_any():
                    got += part
                    if len(got) > self._largest:
                        break
                return Answer(
                    response.status,
                    _joined(response.raw_headers),
                    bytes(got[: self._largest]),
                    time.monotonic() - began,
                    cut=len(got) > self._largest,
                )
        except TimeoutError:
            raise Unreachable(f"{where.host}: no answer within {seconds:g} seconds") from None
        except aiohttp.ClientConnectorCertificateError as error:
            raise Unreachable(f"{where.host}: no connection ({_reason(error.certificate_error)})") from None
        except aiohttp.ClientConnectorError as error:
            raise Unreachable(f"{where.host}: no connection ({_reason(error.os_error)})") from None
        except aiohttp.ClientResponseError as error:
            # Its own words hold the address, and with it what may be a key.
            raise Unreachable(f"{where.host}: what was answered is not HTTP ({_first_line(error.message)})") from None
        except aiohttp.ClientError:
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
        await self._session.close()
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


def _headers(given: Mapping[str, str] | None) -> list[tuple[str, str]]:
    """What is sent: what was given, and what is ours. Raises Refused, without the value, which may be a secret."""
    headers = [(name, value) for name, value in (given or {}).items() if name.lower() not in _OURS]
    for name, value in headers:
        if not f"{name}{value}".isascii():
            raise Refused("The request cannot be sent: a header holds something else than ASCII")
        if _NAME.fullmatch(name) is None or not value.replace("\t", " ").isprintable():
            raise Refused("The request cannot be sent: a header holds what HTTP does not allow")
    names = {name.lower() for name, _ in headers}
    own = {"User-Agent": f"lead-router/{__version__}", "Accept-Encoding": "identity"}
    return [(name, value) for name, value in own.items() if name.lower() not in names] + headers


def _joined(headers: Sequence[tuple[bytes, bytes]]) -> dict[str, str]:
    joined: dict[str, str] = {}
    for raw_name, raw_value in headers:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        joined[name] = f"{joined[name]}, {value}" if name in joined else value
    return joined


def _reason(error: Exception) -> str:
    """The error's own words, or its name if it has none."""
    return _first_line(str(error)) or type(error).__name__


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0][:200]
