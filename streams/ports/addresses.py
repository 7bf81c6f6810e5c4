"""Which addresses may be reached: nothing that a page links to may lead into a private network (SSRF)."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address

NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# Public by IANA's tables, yet answered by the host itself: the metadata service of one large cloud.
METADATA = frozenset({IPv4Address("168.63.129.16")})


class Blocked(OSError):
    """An address that must not be reached from here. `errno` stays None, so that no time-out is read into it."""

    def __init__(self, host: str, address: str) -> None:
        """Name the host and the address that it leads to."""
        super().__init__(f"{host} leads to {address}, which is not a public address")


def embedded(address: IPv4Address | IPv6Address) -> Iterable[IPv4Address | IPv6Address]:
    """The address itself and every IPv4 address that a tunnel or mapping would reach through it."""
    yield address
    if isinstance(address, IPv6Address):
        inner = (address.ipv4_mapped, address.sixtofour, *(address.teredo or ()))
        yield from (one for one in inner if one is not None)
        if address in NAT64:
            yield IPv4Address(int(address) & 0xFFFFFFFF)


def is_public(text: str) -> bool:
    """Whether this literal address is globally reachable, by every way in which it can be read."""
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return is_public(str(address.ipv4_mapped))
    return all(one.is_global and not one.is_multicast and one not in METADATA for one in embedded(address))


def literal(host: str) -> str | None:
    """The host as an IP address, or None where it is a name."""
    try:
        return str(ipaddress.ip_address(host.strip("[]").partition("%")[0]))
    except ValueError:
        return None


@lru_cache(maxsize=16_384)
def listed(host: str, hosts: tuple[str, ...]) -> bool:
    """Whether a host is in a list of the configuration: by its whole name, or under an entry such as `.city.gov.cn`."""
    name = host.lower().rstrip(".").strip("[]")
    return any(name == entry or (entry.startswith(".") and name.endswith(entry)) for entry in hosts)
