"""Keeps what is fetched or told at somebody else's address outside: never a machine of our own network."""

from __future__ import annotations

import ipaddress
import socket
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Any, Final
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError
from urllib3.util.connection import create_connection

_LONGEST: Final = 2000  # characters of an address
# RFC 6052: the last 32 bits are an IPv4 address, which may be a private one.
_NAT64: Final = IPv6Network("64:ff9b::/96")
# RFC 6890: what speaks the protocols of the net, of which a library's list calls some addresses global.
_PROTOCOLS: Final = IPv4Network("192.0.0.0/24")

Address = IPv4Address | IPv6Address


class NotOutside(Exception):
    """An address that is not to be called; `sentence` says what to change and repeats nothing of it.

    `may_pass` is true when the name merely could not be resolved just now: another attempt may succeed.
    """

    def __init__(self, sentence: str, *, may_pass: bool = False) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.may_pass = may_pass


def check_outside(url: str, *, allow_private: bool) -> None:
    """Refuse an address that is not public https; `allow_private` also lets http and https to private ones through.

    Raises NotOutside. A name may point elsewhere a moment later: call with `outside_session` too, which looks again.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise NotOutside("The address cannot be read. Give a whole https address.") from None
    scheme = parts.scheme.lower()
    if (
        scheme not in ("https", "http")
        or not host
        or len(url) > _LONGEST
        or not url.isprintable()
        or " " in url
    ):
        raise NotOutside("Give a whole https address.")
    if parts.username is not None or parts.password is not None:
        raise NotOutside("Leave the user name and password out of the address.")
    _addresses(host, port or (443 if scheme == "https" else 80), scheme, allow_private=allow_private)


def outside_session(*, allow_private: bool) -> requests.Session:
    """Return a session that connects only where `check_outside` would, to the very addresses that were checked.

    It follows no redirect and takes no proxy or password from the environment: a proxy would look the name up again.
    A refusal raises NotOutside. Give a `timeout` with each request.
    """
    session = _Session()
    session.trust_env = False
    for scheme in ("http", "https"):
        session.mount(f"{scheme}://", _Adapter(allow_private=allow_private))
    return session


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> str | None:  # noqa: ARG002 - the library's shape
        """Never: the address was agreed on, no other."""
        return None


class _Adapter(HTTPAdapter):
    def __init__(self, *, allow_private: bool) -> None:
        self._allow_private = allow_private
        super().__init__()

    def init_poolmanager(self, *sizes: Any, **options: Any) -> None:
        """Take pools whose connections look where they go."""
        super().init_poolmanager(*sizes, **options)
        pools = _PRIVATE_TOO if self._allow_private else _PUBLIC_ONLY
        self.poolmanager.pool_classes_by_scheme = pools


class _Looking(HTTPConnection):
    """Resolves the name once, and connects to one of the addresses that it found good."""

    scheme = "http"
    allow_private = False

    def _new_conn(self) -> socket.socket:
        found = _addresses(self.host, self.port, self.scheme, allow_private=self.allow_private)
        fault: OSError | None = None
        for address in found:
            try:
                where = (str(address), self.port)
                return create_connection(where, self.timeout, self.source_address, self.socket_options)
            except TimeoutError:
                raise ConnectTimeoutError(self, "The address does not answer.") from None
            except OSError as refused:
                fault = refused
        raise NewConnectionError(self, "No connection could be made.") from fault


class _LookingPrivateToo(_Looking):
    allow_private = True


class _LookingTls(_Looking, HTTPSConnection):
    scheme = "https"


class _LookingTlsPrivateToo(_LookingTls):
    allow_private = True


def _pools(plain: type[HTTPConnection], tls: type[HTTPSConnection]) -> dict[str, type[HTTPConnectionPool]]:
    return {
        "http": type("Pool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
        "https": type("TlsPool", (HTTPSConnectionPool,), {"ConnectionCls": tls}),
    }


_PUBLIC_ONLY: Final = _pools(_Looking, _LookingTls)
_PRIVATE_TOO: Final = _pools(_LookingPrivateToo, _LookingTlsPrivateToo)


def _addresses(host: str, port: int, scheme: str, *, allow_private: bool) -> list[Address]:
    """Return where a name leads; raises NotOutside when one of its addresses is not to be called."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NotOutside("The address's host is not known to the name service.", may_pass=True) from None
    addresses = [ipaddress.ip_address(str(each[4][0]).split("%")[0]) for each in found]
    public = [_is_public(address) for address in addresses]
    if scheme == "http" and not (allow_private and not any(public)):
        raise NotOutside("Give an https address.")
    if not allow_private and not all(public):
        raise NotOutside("The address's host is on a private network. Give a public one.")
    return addresses


def _is_public(address: Address) -> bool:
    """Tell whether an address is one of the open internet; of one that wraps an IPv4 address, whether that is."""
    if isinstance(address, IPv6Address):
        inner = IPv4Address(int(address) & 0xFFFFFFFF) if address in _NAT64 else address.ipv4_mapped
        if inner is not None:
            return _is_public(inner)
        if address.sixtofour is not None or address.teredo is not None:  # tunnels of the past
            return False
    elif address in _PROTOCOLS:
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved
