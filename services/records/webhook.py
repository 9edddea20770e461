"""Webhooks, the pure part: the signature (Standard Webhooks), the backoff, which addresses may be called."""

import base64
import hashlib
import hmac
import random
import secrets
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from services.kernel.problems import Text

PREFIX = "whsec_"
DELAYS = (5, 30, 120, 600, 1800, 3600, 7200, 14400)
"""Seconds before the next try, by tries made; the last one repeats."""
RESTS = (5, 15, 60, 180, 600)
"""Seconds an address rests after so many failures in a row, whatever else waits for it."""
_NAT64 = ip_network("64:ff9b::/96")
_INNER = [ip_network(n) for n in ("192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32", "fec0::/10", "3fff::/20")]
"""What Python takes for public and is not: IETF protocols (a cloud's metadata service stands at 192.0.0.192), 6to4
relays, Azure's host, site-local, documentation."""


def new_secret() -> str:
    """A signing secret as its owner keeps it."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def signature(secret: str, id_: str, at: int, body: bytes) -> str:
    """The header `webhook-signature`: HMAC-SHA256 over id, timestamp and body."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    mac = hmac.new(key, f"{id_}.{at}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(mac).decode()


def delay(tries: int) -> float:
    """Seconds until a delivery is tried again after `tries` tries, never the same for all that failed together."""
    return DELAYS[min(tries, len(DELAYS)) - 1] * random.uniform(0.8, 1.2)  # noqa: S311 - spread, not secrecy


def rest(failures: int) -> float:
    """Seconds an address rests after `failures` in a row."""
    return RESTS[min(failures, len(RESTS)) - 1] * random.uniform(0.8, 1.2)  # noqa: S311 - as above


def address_fault(url: str, *, private: bool) -> Text | None:
    """Why a URL may not be called, as far as it says itself. `private`: the setting for development is on."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return Text(
            "bukan URL; misalnya https://klinik.example/simpul", "is no URL; such as https://klinik.example/simpul"
        )
    if not host or parts.scheme not in ("https", "http") or not url.isascii() or " " in url:
        return Text(
            "harus URL https lengkap, misalnya https://klinik.example/simpul",
            "must be a complete https URL, such as https://klinik.example/simpul",
        )
    if parts.username or parts.password or parts.fragment:
        return Text("tanpa nama pengguna, kata sandi, atau fragmen", "without user name, password or fragment")
    if private:
        return None
    if parts.scheme != "https":
        return Text("harus https", "must be https")
    if port not in (None, 443, 8443):
        return Text("hanya port 443 atau 8443", "only port 443 or 8443")
    literal = _address(host)
    local = host == "localhost" or host.endswith((".localhost", ".local", ".internal")) or "." not in host.rstrip(".")
    if (literal is not None and not reachable(literal)) or (literal is None and local):
        return Text("alamat dalam atau pribadi tidak boleh", "inner or private addresses are not allowed")
    return None


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def reachable(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address is one of the public internet, whatever it is wrapped in."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo and address.teredo[1])
        if address in _NAT64:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        if inner:
            return reachable(inner)
    special = any(address in n for n in _INNER)
    return address.is_global and not (special or address.is_multicast or address.is_reserved)
