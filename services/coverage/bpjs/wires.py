"""The ways out of this house: to the bundled simulator over the peers' client, to BPJS over a client of its own."""

from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from services.coverage.bpjs.wire import BpjsService, Patience, Wire


@dataclass(frozen=True, slots=True)
class Wires:
    """Makes a Wire to any address. `inside` is the host that the peers' client reaches; all else goes `outside`."""

    peers: httpx.AsyncClient
    outside: httpx.AsyncClient
    inside: str
    patience: Patience

    def to(self, service: BpjsService, base_url: str, content_type: str | None = "") -> Wire:
        """The wire to a service at an address; `content_type`: "" for the service's own habit, None for none."""
        http = self.peers if urlsplit(base_url).hostname == self.inside else self.outside
        return Wire(http, base_url, self.patience, service=service, content_type=content_type)
