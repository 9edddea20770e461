"""What the door adds to the settings every process has (environment prefix SIMPUL_)."""

from ipaddress import IPv4Network, IPv6Network

from services.kernel import settings as kernel

Network = IPv4Network | IPv6Network


class Settings(kernel.Settings):
    """The door's own settings; a JSON list where several values fit (SIMPUL_CORS_ORIGINS='["https://…"]')."""

    rate_limit: float = 600
    """Requests per second that one token (or, without one, one address) may keep up; 0 switches the limit off."""
    rate_burst: int = 600
    """How many requests of one client may come at once before the rate counts."""
    cors_origins: tuple[str, ...] = ()
    """Web origins whose pages may call the API from a browser; none by default."""
    trusted_proxies: tuple[Network, ...] = (IPv4Network("127.0.0.0/8"), IPv6Network("::1/128"))
    """From these addresses X-Forwarded-For and X-Forwarded-Proto are believed."""
    upstream_connections: int = 100
    """Connections the door keeps to one service at most (one process per service only)."""
    upstream_streams: int = 1000
    """Answers of one service that may stay open at once (inbox streams), beside those connections."""
    upstream_connect: float = 5
    """Seconds to get a connection to a service before the answer is 503."""
    upstream_silence: float = 60
    """Seconds a service may be silent before the answer is 503."""
