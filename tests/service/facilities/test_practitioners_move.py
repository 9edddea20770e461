"""Health workers of the release before are taken over: one person, a placement each, their licences."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import asyncpg
from alembic import command

from deploy.postgres import Embedded
from services.kernel import migrate

OLD = """
INSERT INTO area (code, name, level, version) VALUES ('1410011001', 'Desa', 'desa', 1);
INSERT INTO facility (code, name, kind, ownership, village, version)
VALUES ('P1', 'Satu', 'puskesmas', 'public', '1410011001', 1),
       ('K1', 'Klinik', 'klinik-pratama', 'private', '1410011001', 1);
INSERT INTO practitioner (id, facility, name, nik, profession, str_number, sip_number, valid_from, valid_until, version)
VALUES ('100001', 'P1', 'dr. Dewi', NULL, 'dokter', 'STR1', 'SIP1', '2024-01-01', NULL, 3),
       ('100001', 'K1', 'dr. Dewi', '1499990101800001', 'dokter', 'STR1', 'SIP1', NULL, '2025-12-31', 1),
       ('100002', 'P1', 'Bd. Rina', NULL, 'bidan', NULL, NULL, NULL, NULL, 1);
"""


def test_they_are_taken_over(postgres: Embedded) -> None:
    name = "workforce_moves"
    postgres.ensure_databases([name])
    config = migrate.config("facilities", postgres.url(name))

    async def play() -> list[list[Any]]:
        conn = await asyncpg.connect(postgres.url(name))
        try:
            await asyncio.to_thread(command.upgrade, config, "0008")
            await conn.execute(OLD)
            await asyncio.to_thread(command.upgrade, config, "head")
            asked = (
                "SELECT id, name, nik FROM professional ORDER BY id",
                "SELECT practitioner, facility, valid_from::text, valid_until::text, profession, version FROM placement"
                " ORDER BY 1, 2",
                "SELECT practitioner, kind, number, facility FROM licence ORDER BY 2, 3",
                "SELECT count(*) FROM history WHERE of IN ('professional', 'placement', 'licence')",
            )
            return [[tuple(row) for row in await conn.fetch(sql)] for sql in asked]
        finally:
            await conn.close()

    with ThreadPoolExecutor(1) as aside:
        people, placements, licences, history = aside.submit(lambda: asyncio.run(play())).result()
    assert people == [("100001", "dr. Dewi", "1499990101800001"), ("100002", "Bd. Rina", None)]
    assert placements == [
        ("100001", "K1", "1900-01-01", "2025-12-31", "dokter", 1), ("100001", "P1", "2024-01-01", None, "dokter", 3),
        ("100002", "P1", "1900-01-01", None, "bidan", 1),
    ]  # fmt: skip
    assert licences == [("100001", "sip", "SIP1", "K1"), ("100001", "str", "STR1", None)]
    assert history == [(7,)]
