"""Speaking with others: how they prove who they are; and addresses that people gave, only in the public internet."""

import functools
import ipaddress
import socket
import ssl
import threading
from collections import OrderedDict

import httpx
from flask import current_app

CONNECTIONS = 32
HOSTS = 64
TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")


@functools.cache
def tls() -> ssl.SSLContext:
    """Whom we believe. Read once a process: each client of its own would read all certificates anew, 20 ms long."""
    return httpx.create_ssl_context(trust_env=False)


class NotPublic(httpx.ConnectError):
    """The host is in nobody's public network, so we do not speak with it."""


def client(timeout: httpx.Timeout) -> httpx.Client:
    """A client that keeps its connections, follows no redirect and reaches public addresses alone.

    The hosts of `PRIVATE_HOSTS` are reached as well, also without encryption. Its calls raise NotPublic.
    """
    allowed = frozenset(current_app.extensions["rapport"].private_hosts)
    return httpx.Client(transport=_Outward(allowed), timeout=timeout, follow_redirects=False, trust_env=False)


def is_reachable(url: str) -> bool:
    """Whether an address may be kept to speak with later: HTTPS, by name, without a password in it."""
    try:
        parts = httpx.URL(url)
    except httpx.InvalidURL:
        return False
    if parts.host in current_app.extensions["rapport"].private_hosts:
        return parts.scheme in ("http", "https")
    is_plain = parts.scheme == "https" and bool(parts.host) and not parts.userinfo and parts.port in (None, 443)
    return is_plain and (not _is_number(parts.host) or is_public(parts.host))


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


class _Outward(httpx.BaseTransport):
    """Connects to the very address that was looked at, so that a name cannot mean another one a moment later."""

    def __init__(self, allowed: frozenset[str]) -> None:
        self._allowed = allowed
        self._transports: OrderedDict[str, httpx.HTTPTransport] = OrderedDict()
        self._lock = threading.Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        host, transport = request.url.host, self._transport_of(request.url.host)
        if host in self._allowed:
            return transport.handle_request(request)
        request.extensions = {**request.extensions, "sni_hostname": host}
        trouble = httpx.ConnectError(f"{host} has no address")
        for address in public_addresses(host, request.url.port or 443):
            request.url = request.url.copy_with(host=address)
            try:
                return transport.handle_request(request)
            except httpx.ConnectError as error:
                trouble = error
        raise trouble

    def _transport_of(self, host: str) -> httpx.HTTPTransport:
        """Hosts that share an address share no connection: its certificate is for one of them."""
        with self._lock:
            transport = self._transports.pop(host, None) or httpx.HTTPTransport(
                verify=tls(),
                limits=httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS),
                trust_env=False,
            )
            self._transports[host] = transport
            if len(self._transports) > HOSTS:
                self._transports.popitem(last=False)
            return transport

    def close(self) -> None:
        for transport in self._transports.values():
            transport.close()


def public_addresses(host: str, port: int) -> list[str]:
    """Where a host is. Raises: NotPublic when one of its addresses is not the internet's; ConnectError."""
    try:
        found = [str(one[4][0]) for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except OSError as error:
        raise httpx.ConnectError(f"{host}: {error}") from error
    if not all(is_public(address) for address in found):
        raise NotPublic(f"{host} is not in the public internet")
    return found


def is_public(address: str) -> bool:
    """Whether an address is reached by everybody: no private, local, shared or multicast one, nor one in disguise."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    inner = _within(ip) if isinstance(ip, ipaddress.IPv6Address) else None
    return ip.is_global and not ip.is_multicast and (inner is None or is_public(str(inner)))


def _within(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The address of the older kind that one of the newer kind stands for."""
    if ip in TRANSLATED:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour
