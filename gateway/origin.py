"""Where a request came from: what its headers claim, what is believed, what is taken out before it goes on."""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address

from starlette.types import Scope

from gateway.settings import Network

PEER_KEY = b"x-peer-key"
GATEWAY_KEY = b"x-gateway-key"
_NOTED = frozenset((
    b"authorization", b"accept", b"content-length", b"transfer-encoding", PEER_KEY, GATEWAY_KEY, b"forwarded",
    b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host", b"x-forwarded-port", b"x-forwarded-prefix",
    b"x-real-ip",
))  # fmt: skip
_TAKEN_OUT = _NOTED - {b"authorization", b"accept", b"content-length", b"transfer-encoding"}


@dataclass(slots=True)
class Origin:
    """`client`: whom limits count (a token, else an address). `local`: from this machine, through nobody."""

    client: object
    local: bool
    browser: bool
    ambiguous: bool
    peer_key: str | None


def origin(scope: Scope, trusted: Sequence[Network]) -> Origin:
    """Read and clean the request's headers; the scope's client and scheme become those of the real client."""
    noted: dict[bytes, bytes] = {}
    lengths = 0
    for name, value in scope["headers"]:
        if name in _NOTED:
            lengths += name == b"content-length" or name == b"transfer-encoding"
            noted[name] = noted[name] + b"," + value if name in noted else value
    forwarded = not _TAKEN_OUT.isdisjoint(noted)
    if forwarded:
        _believe(scope, noted, trusted)
        scope["headers"] = [(n, v) for n, v in scope["headers"] if n not in _TAKEN_OUT]
    client = scope.get("client")
    address: str = client[0] if client else ""
    token = noted.get(b"authorization")
    key = noted.get(PEER_KEY)
    return Origin(
        client=address if token is None else hash(token),
        local=_is_loopback(address) and not (forwarded and noted.keys() & _TAKEN_OUT - {PEER_KEY}),
        browser=b"text/html" in noted.get(b"accept", b""),
        ambiguous=lengths > 1,
        peer_key=key.decode("latin-1") if key else None,
    )


def _believe(scope: Scope, noted: dict[bytes, bytes], trusted: Sequence[Network]) -> None:
    """Take client and scheme from X-Forwarded-*, as far as trusted proxies vouch for them."""
    client = scope.get("client")
    if client is None or not _within(client[0], trusted):
        return
    hops = [h.strip() for h in noted.get(b"x-forwarded-for", b"").decode("latin-1").split(",") if h.strip()]
    for hop in reversed(hops):  # the rightmost entry that no proxy of ours wrote about itself
        if not _is_address(hop):
            break
        scope["client"] = (hop, 0)
        if not _within(hop, trusted):
            break
    proto = noted.get(b"x-forwarded-proto", b"").rsplit(b",", 1)[-1].strip().lower()
    if proto in (b"http", b"https"):
        scope["scheme"] = proto.decode()


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _within(text: str, networks: Sequence[Network]) -> bool:
    try:
        address = ip_address(text)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return any((mapped or address) in n for n in networks)


def _is_loopback(address: str) -> bool:
    if address == "127.0.0.1":
        return True
    return bool(address) and _is_address(address) and ip_address(address).is_loopback
