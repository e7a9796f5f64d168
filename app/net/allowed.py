"""Which addresses are not of the public internet, and which of those has the operator allowed?

The networks are IANA's special-purpose registries for IPv4 and IPv6 (RFC 6890), written out because Python's own list
differs from one release to the next.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from typing import Final, TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address
_Network: TypeAlias = IPv4Network | IPv6Network

_SPECIAL: Final[tuple[tuple[_Network, str], ...]] = tuple(
    (ip_network(network), kind)
    for network, kind in (
        ("0.0.0.0/8", "an address of this machine"),
        ("10.0.0.0/8", "a private address"),
        ("100.64.0.0/10", "an address inside a provider's network"),
        ("127.0.0.0/8", "an address of this machine"),
        ("168.63.129.16/32", "the address of a cloud's own services"),
        ("169.254.0.0/16", "a link-local address, where clouds keep their metadata"),
        ("172.16.0.0/12", "a private address"),
        ("192.0.0.0/24", "a reserved address"),
        ("192.0.2.0/24", "an address for documentation"),
        ("192.88.99.0/24", "a reserved address"),
        ("192.168.0.0/16", "a private address"),
        ("198.18.0.0/15", "an address for measuring networks"),
        ("198.51.100.0/24", "an address for documentation"),
        ("203.0.113.0/24", "an address for documentation"),
        ("224.0.0.0/4", "a multicast address"),
        ("240.0.0.0/4", "a reserved address"),
        ("::/128", "an address of this machine"),
        ("::1/128", "an address of this machine"),
        ("fc00::/7", "a private address"),
        ("fe80::/10", "a link-local address"),
        ("fec0::/10", "a private address"),
        ("ff00::/8", "a multicast address"),
        ("2001::/23", "a reserved address"),
        ("2001:db8::/32", "an address for documentation"),
        ("2002::/16", "an IPv4 address in a tunnel (6to4)"),
        ("3fff::/20", "an address for documentation"),
        ("5f00::/16", "a reserved address"),
    )
)
_GLOBAL_V6: Final = IPv6Network("2000::/3")
_NAT64: Final = IPv6Network("64:ff9b::/96")

NUMBERS = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)(?:\.(?:0x[0-9a-f]*|[0-9]+))*", re.IGNORECASE)
"""What the resolver of a system reads as an address: ``2130706433``, ``0x7f.1``, ``0177.0.0.1``."""

NAME = re.compile(r"(?:\*\.)?(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?", re.ASCII)
"""A host's name in small letters, or a pattern for all below one."""


def special(address: Address) -> str | None:
    """What kind of address it is, if none of the public internet's: ``a private address``."""
    if isinstance(address, IPv6Address):
        # What such an address means is the one inside; IPv6-only networks reach the public IPv4 internet by NAT64.
        if address.ipv4_mapped is not None:
            return special(address.ipv4_mapped)
        if address in _NAT64:
            return special(IPv4Address(int(address) & 0xFFFF_FFFF))
    for network, kind in _SPECIAL:
        if address in network:
            return kind
    if isinstance(address, IPv6Address) and address not in _GLOBAL_V6:
        return "a reserved address"
    return None


@dataclass(frozen=True, slots=True)
class Allowed:
    """What may be called although it is not public. ``names``: hosts in small letters, ``*.internal`` all below one."""

    everything: bool = False
    networks: tuple[_Network, ...] = ()
    names: frozenset[str] = field(default_factory=frozenset)

    def name(self, host: str) -> bool:
        """Whether a host may be called wherever it is."""
        if self.everything or host in self.names:
            return True
        labels = host.split(".")
        return any("*." + ".".join(labels[n:]) in self.names for n in range(1, len(labels)))

    def address(self, address: Address) -> bool:
        """Whether an address may be called whatever it is. ``10.0.0.0/8`` allows ``::ffff:10.0.0.1`` too."""
        inner = address.ipv4_mapped if isinstance(address, IPv6Address) else None
        return self.everything or any(one in network for one in (address, inner) if one for network in self.networks)


def read_allowed(text: str) -> Allowed:
    """Read the setting: networks, addresses and hosts with commas between them, or ``all``.

    Raises ValueError, which names the entry that is none.
    """
    networks: list[_Network] = []
    names: list[str] = []
    for entry in filter(None, (part.strip().lower() for part in text.split(","))):
        if entry == "all":
            return Allowed(everything=True)
        try:
            networks.append(ip_network(entry))
        except ValueError:
            host = entry.rstrip(".")
            if not NAME.fullmatch(host) or NUMBERS.fullmatch(host):
                raise ValueError(
                    f"{entry!r} is neither a network (10.0.0.0/8), nor a host (hooks.internal, *.internal), nor `all`"
                ) from None
            names.append(host)
    return Allowed(networks=tuple(networks), names=frozenset(names))
