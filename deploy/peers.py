"""How a service reaches another by its name: in the same process, or at an address.

Services only ever say `http://facilities/...` to the client they are handed; what answers is decided here.
"""

import asyncio
from collections.abc import Mapping
from contextvars import Context

import httpx
from starlette.types import ASGIApp

PATIENCE = httpx.Timeout(10.0)


class InProcess(httpx.AsyncBaseTransport):
    """A peer in this process. Behaves like a peer on the network where httpx's own ASGI transport does not:

    the caller's timeout counts, the peer does not see the caller's context variables, and an exception that
    breaks off an answer is a broken connection for the caller.
    """

    def __init__(self) -> None:
        self.app: ASGIApp | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.app is None:
            raise httpx.ConnectError("not built yet", request=request)
        call = httpx.ASGITransport(self.app).handle_async_request(request)
        task = asyncio.create_task(call, context=Context())
        try:
            async with asyncio.timeout(request.extensions.get("timeout", {}).get("read")):
                return await task
        except TimeoutError:
            raise httpx.ReadTimeout("no answer in time", request=request) from None
        except httpx.HTTPError:
            raise
        except Exception as error:
            raise httpx.RemoteProtocolError("the peer broke off", request=request) from error


class AtAddress(httpx.AsyncBaseTransport):
    """A peer in another process, by its base address. All peers share one connection pool."""

    def __init__(self, base: str, pool: httpx.AsyncHTTPTransport) -> None:
        self._base = httpx.URL(base)
        self._pool = pool

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        base = self._base
        request.url = request.url.copy_with(scheme=base.scheme, host=base.host, port=base.port)
        return await self._pool.handle_async_request(request)

    async def aclose(self) -> None:
        await self._pool.aclose()


def in_process(names: list[str]) -> tuple[httpx.AsyncClient, dict[str, InProcess]]:
    """The peers' client of the onebox, and its transports, whose `app` is filled in as the apps are built."""
    transports = {name: InProcess() for name in names}
    return _client(transports), transports


def at_addresses(addresses: Mapping[str, str]) -> httpx.AsyncClient:
    """The peers' client of one process among several."""
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=30)
    pool = httpx.AsyncHTTPTransport(limits=limits, trust_env=False)
    return _client({name: AtAddress(base, pool) for name, base in addresses.items()})


def _client(transports: Mapping[str, httpx.AsyncBaseTransport]) -> httpx.AsyncClient:
    mounts = {f"all://{name}": transport for name, transport in transports.items()}
    return httpx.AsyncClient(mounts=mounts, timeout=PATIENCE, trust_env=False)
