"""The running service: what its use cases, followers and jobs are handed."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

import httpx
from fastapi import Depends, Request

from services.kernel.clock import Clock
from services.kernel.db import Database
from services.kernel.settings import Settings

if TYPE_CHECKING:
    from services.kernel.auth import Auth
    from services.kernel.events import Sealer
    from services.kernel.follow import Follower


@dataclass(slots=True)
class Service:
    """One service of the house. `http` reaches peers by host name; `room` holds what the service itself keeps."""

    name: str
    settings: Settings
    http: httpx.AsyncClient
    clock: Clock
    db: Database
    auth: "Auth"
    sealer: "Sealer"
    followers: "list[Follower]" = field(default_factory=list)
    room: dict[str, Any] = field(default_factory=dict)


async def service_of(request: Request) -> Service:
    """The service a request came to."""
    service: Service = request.app.state.service
    return service


Svc = Annotated[Service, Depends(service_of)]
