"""kill -9 at thirty random moments: every acknowledged write stands, no Bundle is half, the numbers equal a rebuild."""

import socket

from bench.soak import soak


async def test_thirty_kills_lose_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    said: list[str] = []
    kept = await soak(30, chance=20261121, port=port, note=said.append)
    print("\n".join(said[-1:]))
    assert kept.singles > 50
    assert kept.bundles > 50
    assert kept.imports
