"""What is asked of the numbers, and the network they are shown by. The sums are in `slices`."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from services.indicators.room import Kept
from services.indicators.rules.cells import Place
from services.kernel.db import Connection, Tx

OUTSIDE = "#"
"""Key of those who live in no village of the district's registry."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A standard, a year and a day. `kept`: standings and tallies stand for that day. `closed`: a month-end's tallies
    do, and lie under this generation."""

    standard: Kept
    year: int
    day: date
    kept: bool
    closed: int | None = None

    @property
    def tallied(self) -> bool:
        """Whether tallies stand for that day."""
        return self.kept or self.closed is not None

    @property
    def mine(self) -> str:
        """The rows of tables that stand for that day, of the years in $1."""
        return MINE if self.closed is None else f"generation = {self.closed} AND year = ANY ($1::int[])"

    @property
    def parameters(self) -> tuple[list[int], list[date]]:
        """$1 and $2 of every statement here."""
        return [self.year], [self.day]


PLACE = """place AS MATERIALIZED (
    SELECT a.code AS village, a.name, a.parent AS kecamatan, c.facility AS puskesmas
    FROM area a LEFT JOIN LATERAL (
        SELECT facility FROM catchment c WHERE c.village = a.code AND c.valid_from <= ($2::date[])[1]
          AND (c.valid_until IS NULL OR c.valid_until >= ($2::date[])[1]) ORDER BY c.valid_from DESC LIMIT 1
    ) c ON true WHERE length(a.code) = 10
    UNION ALL SELECT '*', NULL, NULL, NULL
)"""
"""The villages of the registry with what they belong to; `*` stands for all of them together."""

MINE = "generation = (SELECT generation FROM state WHERE id = 1) AND year = ANY ($1::int[])"
"""Rows of what is shown, of the years asked for."""


async def snapshot(tx: Tx) -> None:
    """First in a transaction that reads several times: all of it sees one moment."""
    await tx.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")


async def places(conn: Connection, day: date) -> list[Place]:
    """All villages of the registry."""
    sql = f"""WITH {PLACE}
SELECT village, name, kecamatan, puskesmas FROM place WHERE $1::int[] IS NULL AND village <> '*' ORDER BY village"""
    return [Place(**dict(r)) for r in await conn.fetch(sql, None, [day])]


async def district(conn: Connection) -> tuple[str, str | None]:
    """Code and name of the district: the area above every kecamatan."""
    row = await conn.fetchrow("SELECT code, name FROM area WHERE length(code) = 4 ORDER BY code LIMIT 1")
    if row is None:
        return str(await conn.fetchval("SELECT left(min(code), 4) FROM area") or "-"), None
    return row["code"], row["name"]


async def names(conn: Connection) -> tuple[dict[str, str], dict[str, dict[str, Any]]]:
    """Names of areas, and the facilities with name, kind and ownership."""
    areas = {r["code"]: r["name"] for r in await conn.fetch("SELECT code, name FROM area")}
    rows = await conn.fetch("SELECT code, name, kind, ownership FROM facility")
    return areas, {r["code"]: dict(r) for r in rows}
