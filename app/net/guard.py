"""Which addresses may be called? Those of the public internet, and what an operator has allowed by name or by network.

Whoever can tell the service where to send things could else have it reach what only it can reach: the machine itself,
the network it stands in, a cloud's metadata (OWASP: server-side request forgery).

An address is judged twice. ``url`` and ``host`` look at what is written, and can be asked when something is set.
``addresses`` looks at what a name resolves to, and the caller connects to what it returns and nowhere else: a name that
resolves to something else a moment later (DNS rebinding) gains nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, ip_address
from typing import Final

import httpx

from app.net.allowed import NAME, NUMBERS, Address, Allowed, special
from app.net.client import Refused

SETTING: Final = "LEAD_ROUTER_ALLOW_PRIVATE_ADDRESSES"


@dataclass(frozen=True, slots=True)
class Guard:
    """Says what may be called. A refusal names what is wrong, and never repeats a path or query: they may be keys."""

    allowed: Allowed = field(default_factory=Allowed)

    def url(self, text: str) -> httpx.URL:
        """Read an address, and check what is written: HTTP, no user and password, a host that ``host`` lets pass.

        Raises:
            Refused: it may not be called.
        """
        try:
            url = httpx.URL(text)
        except (httpx.InvalidURL, UnicodeError):
            raise Refused("This is not an address that can be called: it must look like https://host/path") from None
        if url.scheme not in ("http", "https"):
            raise Refused("The address must begin with https:// or http://")
        if url.userinfo:
            raise Refused("The address must not hold a user and a password: there are secrets for that")
        if url.port is not None and not 0 < url.port < 65536:
            raise Refused("The address must name a port between 1 and 65535, or none")
        self.host(url.raw_host.decode("ascii"))
        return url

    def host(self, host: str) -> str:
        """Check a host as it is written; what it resolves to is not known yet. Returned as it is compared.

        Raises:
            Refused: it may not be called.
        """
        name = host.lower().rstrip(".")
        if not name:
            raise Refused("The address names no host")
        try:
            address = ip_address(name)
        except ValueError:
            if NUMBERS.fullmatch(name):
                raise Refused(f"{host}: an IP address must be written as four decimal numbers with dots") from None
            if not NAME.fullmatch(name) or name.startswith("*"):
                raise Refused(f"{name[:100]!r} is not the name of a host") from None
            if (name == "localhost" or name.endswith(".localhost")) and not self.allowed.name(name):
                self._check(name, (IPv4Address("127.0.0.1"),))
        else:
            self._check(name, (address,))
        return name

    def addresses(self, host: str, resolved: Sequence[str]) -> list[Address]:
        """Check everything that a host resolves to. Returned is where a connection may go, and nowhere else.

        Raises:
            Refused: one of them may not be called. The others are then not called either: a public name with a
                private address among its own is no accident to be worked around.
        """
        addresses = [ip_address(one) for one in resolved]
        name = self.host(host)
        if not self.allowed.name(name):
            self._check(name, addresses)
        return addresses

    def _check(self, name: str, addresses: Sequence[Address]) -> None:
        if self.allowed.everything:
            return
        for address in addresses:
            kind = special(address)
            if kind is not None and not self.allowed.address(address):
                where = "" if str(address) == name else f" ({address})"
                raise Refused(f"{name}{where} is {kind}, which is not called; {SETTING} can allow it")
