"""`simpul audit verify`: proves every service's access log on its own database, house running or not."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import asyncpg

from deploy.house import House, read_json
from deploy.obstacle import Obstacle
from services.kernel import chain

EVERY = 2.0  # seconds between two words about how far it is


def verify(house: House, note: Callable[[str], None]) -> dict[str, chain.Proof]:
    """The proof of each service's chain. Raises Obstacle when a database cannot be read."""
    databases = house.given_databases() or read_json(house.running).get("databases", {})
    if not databases:
        raise Obstacle(
            id=f"Simpul tidak berjalan pada {house.data}. Jalankan: make up",
            en=f"Simpul does not run on {house.data}. Run: make up",
        )
    return {name: asyncio.run(_one(house, name, url, note)) for name, url in databases.items()}


async def _one(house: House, name: str, url: str, note: Callable[[str], None]) -> chain.Proof:
    heads = chain.published(house.data / "chain", name)
    try:
        conn = await asyncpg.connect(url, server_settings={"timezone": "UTC", "jit": "off"})
    except (OSError, asyncpg.PostgresError):
        raise Obstacle(
            id=f"Basis data {name} tidak menjawab; jejaknya tidak dapat dibuktikan.",
            en=f"The database of {name} does not answer; its log cannot be proved.",
        ) from None
    said = time.monotonic()

    def told(done: int, whole: int) -> None:
        nonlocal said
        if time.monotonic() - said >= EVERY:
            said = time.monotonic()
            note(f"  {name}: {done:,} / {whole:,} baris · rows")

    try:
        return await chain.prove(conn, heads, told)
    finally:
        await conn.close()


def as_text(proofs: dict[str, chain.Proof]) -> str:
    """The proofs for a person to read."""
    lines = []
    for name, proof in proofs.items():
        head, fault = proof.head, proof.fault
        if fault is None:
            lines.append(
                f"{name:<12} utuh · whole: {head.last} baris · rows, {head.number} blok · blocks, "
                f"{proof.published} kepala terbit · published heads, {head.hash[:16] or '-'}"
            )
            continue
        lines.append(f"{name:<12} PUTUS · BROKEN: blok · block {fault.block}, baris · rows {fault.first}-{fault.last}")
        lines += [f"{'':<12} {fault.said.id}", f"{'':<12} {fault.said.en}"]
    return "\n".join(lines)


def as_json(proofs: dict[str, chain.Proof]) -> dict[str, Any]:
    """The proofs for a program."""
    return {name: _plain(proof) for name, proof in proofs.items()}


def _plain(proof: chain.Proof) -> dict[str, Any]:
    fault = proof.fault
    return {
        "number": proof.head.number, "last": proof.head.last, "hash": proof.head.hash, "published": proof.published,
        "broken": None if fault is None else {
            "kind": fault.kind, "block": fault.block, "first": fault.first, "last": fault.last,
            "position": fault.position, "detail": fault.said.en,
        },
    }  # fmt: skip
