"""A load generator for loopback: raw HTTP/1.1 over a fixed number of keep-alive connections, one thread, bounded time.

Requests are bytes made before the clock starts; answers are read by Content-Length only, so that the generator costs
little beside what it measures.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast


@dataclass(frozen=True, slots=True)
class Result:
    """What a run saw: requests per second and latencies in milliseconds; `wrong` answers had another status."""

    rate: float
    p50: float
    p95: float
    p99: float
    count: int
    wrong: int


def request(method: str, path: str, token: str, body: bytes = b"", kind: str = "application/fhir+json") -> bytes:
    """One HTTP request as bytes."""
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
    if body:
        head += f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + body


class _Connection(asyncio.Protocol):
    def __init__(self) -> None:
        self.buffer = b""
        self.answer: asyncio.Future[int] | None = None
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's own class

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self.buffer[:end].lower()
        at = head.find(b"content-length:")
        length = int(head[at + 15 : head.find(b"\r\n", at) if head.find(b"\r\n", at) > 0 else end]) if at >= 0 else 0
        if len(self.buffer) >= end + 4 + length and self.answer is not None:
            status, self.buffer = int(head[9:12]), self.buffer[end + 4 + length :]
            self.answer.set_result(status)

    def connection_lost(self, exc: Exception | None) -> None:
        if self.answer is not None and not self.answer.done():
            self.answer.set_exception(exc or ConnectionResetError())

    async def ask(self, data: bytes) -> int:
        self.answer = asyncio.get_running_loop().create_future()
        assert self.transport is not None
        self.transport.write(data)
        return await self.answer


async def run(
    port: int, requests: Sequence[bytes], connections: int, seconds: float, good: tuple[int, ...], *, once: bool = False
) -> Result:
    """Send the requests in turn over `connections` connections for `seconds`; `once`: none a second time."""
    loop = asyncio.get_running_loop()
    conns = [(await loop.create_connection(_Connection, "127.0.0.1", port))[1] for _ in range(connections)]
    latencies: list[float] = []
    wrong = next_request = 0
    end = time.perf_counter() + seconds

    async def work(conn: _Connection) -> None:
        nonlocal wrong, next_request
        while True:
            begin = time.perf_counter()
            if begin >= end or (once and next_request >= len(requests)):
                return
            data = requests[next_request % len(requests)]
            next_request += 1
            status = await conn.ask(data)
            latencies.append(time.perf_counter() - begin)
            wrong += status not in good

    begin = time.perf_counter()
    await asyncio.gather(*(work(c) for c in conns))
    spent = time.perf_counter() - begin
    for conn in conns:
        if conn.transport is not None:
            conn.transport.close()
    latencies.sort()
    n = len(latencies)
    p50, p95, p99 = (latencies[min(n - 1, n * part // 100)] * 1000 for part in (50, 95, 99))
    return Result(n / spent, p50, p95, p99, n, wrong)
