"""A worker as a process of its own, which can be killed: started from a server that has everything imported."""

import asyncio
import multiprocessing
from multiprocessing.context import ForkServerContext, ForkServerProcess

import httpx

from services.coverage.rules.deliveries import Pauses
from services.coverage.usecases.outbox.visit_steps import VisitKind
from services.coverage.usecases.outbox.worker import Worker
from tests.service.coverage.outbox_stage import HASTE, Book, service_of


class To(httpx.AsyncHTTPTransport):
    """Leads every request to one port of this machine, whatever host it names."""

    def __init__(self, port: int) -> None:
        super().__init__(verify=False)
        self._port = port

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        request.url = request.url.copy_with(host="127.0.0.1", port=self._port)
        return await super().handle_async_request(request)


def forking() -> ForkServerContext:
    """Processes that begin within milliseconds, and share no connection with this one."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.service.coverage.outbox_worker"])
    return context


def start(context: ForkServerContext, database: str, port: int, pauses: Pauses) -> ForkServerProcess:
    process = context.Process(target=_run, args=(database, port, pauses), daemon=True)
    process.start()
    return process


def _run(database: str, port: int, pauses: Pauses) -> None:
    asyncio.run(_work(database, port, pauses))


async def _work(database: str, port: int, pauses: Pauses) -> None:
    async with httpx.AsyncClient(transport=To(port), trust_env=False) as http:
        service = service_of(database, http, HASTE)
        await service.db.open()
        await Worker(service, {"visit": VisitKind(Book().build)}, pauses, 0.0, lanes=4, poll=0.01).run()
