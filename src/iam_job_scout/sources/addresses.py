"""Which addresses a source request may reach: public ones only, checked where the connection is made."""

import socket
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

_NAT64 = IPv6Network("64:ff9b::/96")
_LOCAL_NAMES = ("localhost", "local", "internal", "intranet", "lan", "home.arpa")


class PrivateAddress(OSError):
    """A host name that leads to an address that is not public."""


class PublicResolver(AbstractResolver):
    """Resolves host names, and refuses those with any address that is not public.

    The connector connects to exactly what this returns, so a name cannot change between check and use.
    """

    def __init__(self) -> None:
        self._inner = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        for result in found:
            if not is_public(ip_address(result["host"])):
                raise PrivateAddress(f"{host} has the address {result['host']}, which is not public")
        return found

    async def close(self) -> None:
        await self._inner.close()


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address is a unicast address of the public Internet, also when IPv6 wraps an IPv4 address."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if address in _NAT64:
            return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
        if address.sixtofour is not None or address.teredo is not None:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def url_problem(url: str) -> str | None:
    """Says why a URL may not be requested, or None; names are judged again when they are resolved."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return "is not a URL"
    if parts.scheme not in ("http", "https") or not host or port == 0:
        return "is not an http or https URL"
    if parts.username is not None or parts.password is not None:
        return "holds a user name"
    return _host_problem(host.rstrip("."))


@lru_cache(maxsize=1024)
def _host_problem(host: str) -> str | None:
    literal = _literal(host)
    if literal is not None:
        return None if is_public(literal) else f"leads to {literal}, which is not a public address"
    if host in _LOCAL_NAMES or host.endswith(tuple(f".{name}" for name in _LOCAL_NAMES)):
        return f"leads to {host}, which is a local name"
    return None


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        pass
    try:
        # The C library also takes 127.1, 0x7f000001 and 2130706433 for addresses.
        return IPv4Address(socket.inet_aton(host))
    except (OSError, UnicodeError):
        return None
