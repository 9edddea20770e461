"""kill -9 at thirty random moments: every acknowledged write stands, no Bundle is half, the numbers equal a rebuild."""

from bench.soak import soak
from tests.system.conftest import free_ports


async def test_thirty_kills_lose_nothing() -> None:
    port, said = free_ports(1), list[str]()
    kept = await soak(30, chance=20261121, port=port, note=said.append)
    print("\n".join(said[-1:]))
    assert kept.singles > 50
    assert kept.bundles > 50
    assert kept.imports
    assert len(kept.steps) > 20
    assert kept.rung
