"""Which addresses this server may connect to when somebody else says where: public ones, and those on the list."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import TypeAlias

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

_HOST = re.compile(r"(\*\.)?[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*\.?")
_GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_REFUSED = tuple(
    ipaddress.ip_network(text)
    for text in (
        "192.0.0.0/24",  # protocol assignments; a cloud's metadata service among them
        "192.88.99.0/24",  # relays of 6to4
        "168.63.129.16/32",  # a cloud's own service, which answers only its machines, at a public address
        "2001::/23",  # protocol assignments: Teredo, which leads to an IPv4 address of the sender's choice
        "2002::/16",  # 6to4, likewise
    )
)
EXPECTED = "host names, *.domains and networks as 10.0.0.0/8, separated by commas"


@dataclass(frozen=True, slots=True)
class AllowedPlaces:
    """What may be reached although it is not public.

    Attributes:
        hosts: names, whatever they resolve to; `*.name` stands for every name below it.
        networks: addresses, whoever's they are.
    """

    hosts: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()

    @classmethod
    def of(cls, text: str) -> AllowedPlaces:
        """From a setting. Raises ValueError, naming the entry."""
        hosts, networks = set(), []
        for entry in filter(None, (part.strip().lower() for part in text.split(","))):
            try:
                networks.append(ipaddress.ip_network(entry))
            except ValueError as error:
                if "/" in entry or ":" in entry or entry[-1].isdigit() or not _HOST.fullmatch(entry):
                    raise ValueError(f"{entry!r} is not allowed ({error}); expected {EXPECTED}") from None
                hosts.add(entry.rstrip("."))
        return cls(frozenset(hosts), tuple(networks))

    def has_host(self, host: str) -> bool:
        """Whether a name is on the list."""
        name = host.lower().rstrip(".")
        parts = name.split(".")
        return name in self.hosts or any(f"*.{'.'.join(parts[at:])}" in self.hosts for at in range(1, len(parts)))

    def is_listed(self, host: str) -> bool:
        """Whether a host, as it is written in an address, is on the list, by name or as an address itself."""
        found = _plain(host)
        return self.has_host(host) or (found is not None and any(found in network for network in self.networks))

    def is_refused(self, host: str) -> bool:
        """Whether that can be said of a host without resolving it: because it is an address itself."""
        return _plain(host) is not None and not self.permits(host, host)

    def permits(self, host: str, address: str) -> bool:
        """Whether `host` may be connected to at `address`, one that it has."""
        found = _plain(address)
        if found is None:
            return False
        return self.has_host(host) or any(found in network for network in self.networks) or is_public(found)


def is_public(address: Address) -> bool:
    """Whether an address belongs to anybody on the Internet rather than to this machine or its network."""
    if isinstance(address, ipaddress.IPv6Address):
        if address in _NAT64:
            return is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        if address not in _GLOBAL_V6:
            return False
    return address.is_global and not address.is_multicast and not any(address in network for network in _REFUSED)


def _plain(text: str) -> Address | None:
    """The address; of an IPv4 one in IPv6's clothes, the former."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
