"""How is another system called? One request, one answer of bounded size, in bounded time, and nobody is followed."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: ``headers`` with names in small letters, ``body`` cut at the client's limit (``cut``).

    Of a header that comes several times the values are joined with commas.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float
    cut: bool = False


class Unreachable(Exception):
    """No answer: no connection, no name, no TLS, or none in time. The message says which, and holds no secret."""


class Refused(Unreachable):
    """The address is not one that may be called: it is private, or not HTTP. Trying again changes nothing."""


class Client(Protocol):
    """Calls other systems over HTTP."""

    async def call(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        seconds: float = 20,
    ) -> Answer:
        """Send one request; redirects are answers like others.

        Where the connection breaks before an answer, one of a method that may be repeated (RFC 9110: GET, PUT and the
        like, never POST or PATCH) is sent once more.

        Raises:
            Unreachable: no answer came in ``seconds``.
            Refused: the address may not be called.
        """
        ...


class Network(Client, Protocol):
    """Reaches other systems that speak something else as well."""

    async def connect(self, host: str, port: int, *, seconds: float = 20) -> socket.socket:
        """A connected socket that does not block, which the caller closes.

        Raises:
            Unreachable: no connection came about in ``seconds``.
            Refused: the address may not be called.
        """
        ...

    def tls(self) -> ssl.SSLContext:
        """Whose certificates are believed, for what speaks TLS over such a socket."""
        ...
