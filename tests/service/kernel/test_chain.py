"""Who changes, deletes, inserts, moves or cuts a row of the access log is found, and the place is named."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import asyncpg
import httpx
import pytest

from deploy import cli, topology
from services.kernel import access, chain
from services.kernel.access import COLUMNS, Access
from services.kernel.app import App, Manifest, create_app
from services.kernel.auth import Actor
from services.kernel.settings import Settings

BLOCKS, ROWS = 6, 20
COPY = f"INSERT INTO access_log (position, at, {COLUMNS}) SELECT"
SHIFT = "UPDATE access_log SET position = position + 1000000 WHERE position {0};"
BACK = "UPDATE access_log SET position = position - 1000000 {0} WHERE position > 1000000;"


@pytest.fixture
async def url(new_database: Callable[[str], str], tmp_path: Path) -> AsyncIterator[str]:
    """A log of six blocks of twenty rows whose heads were published; nothing runs on it."""
    made = new_database("coverage")
    db = await asyncpg.connect(made)
    for block in range(BLOCKS):
        await access.log(db, [
            Access(Actor(f"a{n}", "auditor", "F"), f"p{n % 3}", "read", "thing", resources=[f"thing/{block}-{n}"])
            for n in range(ROWS)
        ])  # fmt: skip
        await access.seal(db, "coverage")
        await access.publish(db, tmp_path / "chain", "coverage", "2026-11-03")
    yield made
    await db.close()


@pytest.mark.parametrize(
    ("change", "kind", "block", "position"),
    [
        ("UPDATE access_log SET outcome = 'refused' WHERE position = 47", "changed", 3, 47),
        ("UPDATE access_log SET at = at + interval '1 second' WHERE position = 120", "changed", 6, 120),
        ("UPDATE access_log SET facility = NULL WHERE position = 1", "changed", 1, 1),
        ("DELETE FROM access_log WHERE position = 47", "deleted", 3, 47),
        ("DELETE FROM access_log WHERE position BETWEEN 41 AND 60", "deleted", 3, 41),
        (f"DELETE FROM access_log WHERE position = 47; {SHIFT.format('> 47')} {BACK.format('- 1')}", "deleted", 3, 47),
        (f"{SHIFT.format('>= 47')} {COPY} 47, at, {COLUMNS} FROM access_log WHERE position = 3; {BACK.format('+ 1')}",
         "inserted", 3, 47),
        (f"{COPY} 121, at, {COLUMNS} FROM access_log WHERE position = 3", "inserted", 6, 121),
        (f"{COPY} 0, at, {COLUMNS} FROM access_log WHERE position = 3", "inserted", 6, 0),
        (f"{SHIFT.format('= 47')} UPDATE access_log SET position = 47 WHERE position = 52; {BACK.format('+ 5')}",
         "moved", 3, 47),
        (f"{SHIFT.format('= 47')} UPDATE access_log SET position = 47 WHERE position = 48; {BACK.format('+ 1')}",
         "moved", 3, 47),
        ("DELETE FROM access_log WHERE position > 100", "deleted", 6, 101),
        ("DELETE FROM access_log WHERE position > 100; DELETE FROM access_block WHERE number = 6", "cut", 6, 101),
        ("DELETE FROM access_block WHERE number = 3", "deleted", 4, 41),
        ("UPDATE access_block SET hash = 'x' WHERE number = 3", "block", 3, None),
        ("UPDATE access_block SET digests = NULL; UPDATE access_log SET what = 'x' WHERE position = 47",
         "changed", 3, None),
        ("TRUNCATE access_log, access_block", "cut", 1, 1),
    ],
)  # fmt: skip
async def test_every_change_is_found_and_named(
    url: str, tmp_path: Path, change: str, kind: str, block: int, position: int | None
) -> None:
    db = await asyncpg.connect(url)
    try:
        heads = chain.published(tmp_path / "chain", "coverage")
        proof = await chain.prove(db, heads)
        assert (proof.fault, proof.rows, proof.published) == (None, BLOCKS * ROWS, BLOCKS)
        await db.execute(change)
        fault = (await chain.prove(db, heads)).fault
        assert fault is not None
        assert (fault.kind, fault.block, fault.position) == (kind, block, position)
    finally:
        await db.close()


async def test_a_chain_written_anew_is_not_the_published_one(url: str, tmp_path: Path) -> None:
    db = await asyncpg.connect(url)
    try:
        heads = chain.published(tmp_path / "chain", "coverage")
        await db.execute(
            "UPDATE access_log SET outcome = 'x' WHERE position = 110; DELETE FROM access_block WHERE number = 6;"
            f" INSERT INTO access_pending (at, {COLUMNS}) SELECT at, {COLUMNS} FROM access_log WHERE position > 100"
            " ORDER BY position; DELETE FROM access_log WHERE position > 100"
        )
        await access.seal(db, "coverage")
        assert (await chain.prove(db)).fault is None
        fault = (await chain.prove(db, heads)).fault
        assert fault is not None
        assert (fault.kind, fault.block) == ("rewritten", 6)
    finally:
        await db.close()


async def test_what_is_sealed_while_it_is_proved_does_no_harm(url: str, tmp_path: Path) -> None:
    settings = Settings(database_url=url, peer_key="kunci", data=tmp_path)
    app: App = create_app(Manifest("coverage", "t", "d", routers=()), settings, httpx.AsyncClient())
    async with app.router.lifespan_context(app):
        for _ in range(20):
            async with app.state.service.db.transaction() as tx:
                await access.log(tx, [Access(Actor("a", "auditor", None), "p", "read", "thing")])
            heads = chain.published(tmp_path / "chain", "coverage")
            async with app.state.service.db.reading() as conn:
                assert (await chain.prove(conn, heads)).fault is None
            await asyncio.sleep(0.05)
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://t") as http:
            answer = await http.get("/internal/access/verify", headers={"x-peer-key": "kunci"})
        assert answer.json()["broken"] is None
        assert answer.json()["last"] > BLOCKS * ROWS


def test_the_command_names_the_broken_service_and_fails(
    new_database: Callable[[str], str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    urls = {name: new_database(name) for name in topology.NAMES}
    for name, url in urls.items():
        monkeypatch.setenv(topology.database_variable(name), url)
    monkeypatch.setenv("SIMPUL_DATA", str(tmp_path))

    async def write(url: str, change: str = "") -> None:
        db = await asyncpg.connect(url)
        await access.log(db, [Access(Actor("a", "auditor", None), f"p{n}", "read", "thing") for n in range(10)])
        await access.seal(db, "x")
        if change:
            await db.execute(change)
        await db.close()

    for url in urls.values():
        asyncio.run(write(url))
    assert cli.main(["audit", "verify"]) == 0
    assert capsys.readouterr().out.count("utuh · whole: 10 baris") == len(urls)
    asyncio.run(write(urls["referrals"], "UPDATE access_log SET actor = 'b' WHERE position = 13"))
    assert cli.main(["audit", "verify"]) == 1
    said = capsys.readouterr().out
    assert "referrals    PUTUS · BROKEN: blok · block 2, baris · rows 11-20" in said
    assert "row 13 was changed" in said
    assert cli.main(["audit", "verify", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["referrals"]["broken"]["position"] == 13
