"""Which network addresses an address on the web may lead to: no server may send its reader into a private network.

Whoever runs a log's server decides where its redirects and its names in the DNS point.  What the user named himself may
be anywhere (`http://localhost:8000/logs`, an intranet); where that leads must be on the public internet, or be the same
host and port.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Literal

from lrdoctor.errors import UnreadableError

Reach = Literal["public", "private", "never"]

# What `ipaddress` calls global, or does not know, in some of its versions.
_NEVER = tuple(map(ip_network, ("168.63.129.16/32", "192.0.0.0/24", "192.88.99.0/24", "2002::/16", "fec0::/10")))
_PRIVATE = tuple(map(ip_network, ("100.64.0.0/10", "64:ff9b:1::/48")))
# Those that hold an IPv4 address in their last 32 bits: IPv4-compatible, IPv4-mapped, translated, NAT64.
_EMBEDS = tuple(map(IPv6Network, ("::/96", "::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96")))
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*", re.IGNORECASE)


def reach(address: str) -> Reach:
    """What an IP address reaches.

    `private`: this machine (loopback) or a private network, which a user may well name.  `never`: link-local (a cloud
    host's credentials are at 169.254.169.254), multicast, unspecified, reserved: no name leads there for good reasons.
    An IPv6 address that stands for an IPv4 address is what that is.

    >>> [reach(x) for x in ("8.8.8.8", "10.1.2.3", "169.254.169.254", "::ffff:127.0.0.1", "64:ff9b::a9fe:a9fe")]
    ['public', 'private', 'never', 'private', 'never']

    Raises:
        ValueError: it is none.
    """
    known = ip_address(address.partition("%")[0])
    if isinstance(known, IPv6Address) and not (known.is_loopback or known.is_unspecified):
        for network in _EMBEDS:
            if known in network:
                return reach(str(IPv4Address(int(known) & 0xFFFF_FFFF)))
        if known.teredo is not None:
            return "never"
    if any(known in network for network in _PRIVATE):
        return "private"
    if known.is_unspecified or known.is_link_local or known.is_multicast or any(known in each for each in _NEVER):
        return "never"
    if known.is_global:
        return "public"
    return "private" if known.is_loopback or (known.is_private and not known.is_reserved) else "never"


def literal(host: str) -> str | None:
    """The IP address that a host is spelled as; None for a name.

    >>> literal("127.0.0.1"), literal("::1"), literal("localhost")
    ('127.0.0.1', '::1', None)

    Raises:
        UnreadableError: a number that some systems take for an address (`127.1`, `2130706433`, `0x7f.0.0.1`).
    """
    host = host.rstrip(".")
    try:
        ip_address(host)
    except ValueError:
        if _NUMBER.fullmatch(host.rpartition(".")[2]):
            raise UnreadableError(
                f"no proper IPv4 address: {host}: write it as four numbers, such as 127.0.0.1"
            ) from None
        return None
    return host


@dataclass
class Policy:
    """Where requests may go, for one address that the user named.

    The named host's kind is fixed when it is first looked up: a name that was public then and turns private afterwards
    (DNS rebinding) is refused like any other.

    Args:
        host: the named one, in lower case; a name or an IP address.
        port: the named one.
        proxies: hosts of proxies that the user configured.
    """

    host: str
    port: int
    proxies: set[str] = field(default_factory=set)
    _private: bool | None = None

    def admitted(self, host: str, port: int, addresses: Sequence[str]) -> list[str]:
        """Those of a host's IP addresses that may be connected to.

        Raises:
            UnreadableError: there is not one.
        """
        named = self._is_named(host, port)
        if host in self.proxies or (named and literal(host) is not None):
            return list(addresses)
        reached = {address: reach(address) for address in addresses}
        public = [address for address in addresses if reached[address] == "public"]
        private = [address for address in addresses if reached[address] == "private"]
        if named and self._private is None:
            self._private = bool(private) and not public
        if named and self._private and private:
            return private
        if not public:
            raise UnreadableError(
                f"{host_and_port(host, port)} is on this machine or in a private network: nothing fetched may lead "
                "there; if you trust that address, name it yourself"
            )
        return public

    def _is_named(self, host: str, port: int) -> bool:
        ports = {80, 443} if self.port == 80 else {self.port}  # many servers send their readers to https
        return host.rstrip(".").lower() == self.host and port in ports


def host_and_port(host: str, port: int) -> str:
    """Host and port as in a URL."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
