"""Who may touch the simulator's control: somebody at this machine, or who shows the simulator's key."""

import hmac
import ipaddress
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from fastapi import HTTPException, Request

from services.coverage.simulator.settings import SimulatorSettings


def near(settings: SimulatorSettings) -> Callable[[Request], Awaitable[None]]:
    """The guard of every control address."""

    async def check(request: Request) -> None:
        key, given = settings.control_key.get_secret_value(), request.headers.get("x-simulator-key", "")
        if key and hmac.compare_digest(given.encode(), key.encode()):
            return
        if not (from_this_machine(request) and own_page(request)):
            raise HTTPException(403, "control is for loopback, or with X-Simulator-Key")

    return check


def from_this_machine(request: Request) -> bool:
    """Whether everybody this request came through is this machine.

    In a split house the gateway stands before us, itself on loopback: it says in X-Forwarded-For whose request it is,
    after taking out what the client claimed. So a loopback neighbour counts only when whom it speaks for does too.
    """
    named = ",".join(request.headers.getlist("x-forwarded-for"))
    hops = [hop.strip() for hop in named.split(",") if hop.strip()]
    hops.append(request.client.host if request.client else "")
    return all(map(_loopback, hops)) and "forwarded" not in request.headers


def own_page(request: Request) -> bool:
    """Not sent by another site's page in a browser on this machine, nor under a name that was led here."""
    host = urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
    origin = request.headers.get("origin", "")
    if origin and urlsplit(origin).netloc != request.headers.get("host", ""):
        return False
    browser = "sec-fetch-site" in request.headers
    if browser and request.headers["sec-fetch-site"] not in ("same-origin", "none"):
        return False
    return not browser or host == "localhost" or _loopback(host)


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
