"""SQL of frozen reports: freezing the units of a month, reading reports, what has changed since and why."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.indicators.compiler.sql import quoted
from services.indicators.contract.reports import Freeze
from services.indicators.queries.numbers import Asked
from services.indicators.queries.standings import WIDE
from services.kernel.db import Connection, Tx

HEAD = "id, year, month, revision, as_of, frozen_at, known_at, signer, signed_as, reason, sha256"
_THEN = "village, served_on, month, missing"


async def one_moment(tx: Tx) -> datetime:
    """First in a transaction: all of it sees one moment. When that is, by the database's clock."""
    await tx.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    now: datetime = await tx.fetchval("SELECT clock_timestamp()")
    return now


async def clock(conn: Connection) -> datetime:
    """The database's clock, by which the record's events are stamped as well."""
    now: datetime = await conn.fetchval("SELECT clock_timestamp()")
    return now


async def revision(conn: Connection, of: Freeze) -> int:
    """The number of the next report of a month."""
    sql = "SELECT count(*) FROM report WHERE year = $1 AND month = $2"
    return int(await conn.fetchval(sql, of.year, of.month)) + 1


async def waiting(conn: Connection) -> int:
    """Persons whose events wait for somebody to mend something."""
    return int(await conn.fetchval("SELECT count(DISTINCT person_id) FROM parked_event"))


async def freeze_units(tx: Tx, report: UUID, asked: Asked) -> None:
    """Write down how every unit stands at the asked day."""
    await tx.execute(WIDE)
    sql = f"""{asked.standard.everybody}
INSERT INTO report_unit (report_id, standard, person_id, unit_id, {_THEN})
SELECT $3, {quoted(asked.standard.standard.key)}, person_id, unit_id, {_THEN} FROM calc"""
    await tx.execute(sql, *asked.parameters, report)


async def cells(tx: Tx, report: UUID, standard: str) -> list[tuple[str, int | None, str | None, int]]:
    """The frozen units by village: by month, then by missing item."""
    sql = """
SELECT village, month::int, NULL, count(*)::int FROM report_unit WHERE report_id = $1 AND standard = $2 GROUP BY 1, 2
UNION ALL
SELECT village, NULL, item, count(*)::int FROM report_unit, unnest(missing) item
WHERE report_id = $1 AND standard = $2 GROUP BY 1, 3"""
    return [tuple(r) for r in await tx.fetch(sql, report, standard)]


async def digest(conn: Connection, report: UUID, standard: str) -> tuple[int, str]:
    """How many units of a standard were frozen, and their hash: one line each, in order."""
    sql = """
SELECT count(*)::int, encode(sha256(convert_to(coalesce(string_agg(
    concat_ws('|', person_id, unit_id, village, coalesce(served_on::text, '-'), month, array_to_string(missing, ',')),
    E'\\n' ORDER BY person_id, unit_id), ''), 'UTF8')), 'hex')
FROM report_unit WHERE report_id = $1 AND standard = $2"""
    row = await conn.fetchrow(sql, report, standard)
    assert row is not None  # noqa: S101 - an aggregate always has a row
    return row[0], row[1]


async def put(tx: Tx, row: dict[str, Any]) -> None:
    """Write the report itself."""
    names = ", ".join(row)
    places = ", ".join(f"${n}" for n in range(1, len(row) + 1))
    await tx.execute(f"INSERT INTO report ({names}) VALUES ({places})", *row.values())


async def heads(conn: Connection, year: int | None) -> list[dict[str, Any]]:
    """All reports in short, newest month first."""
    sql = f"""SELECT {HEAD} FROM report WHERE $1::int IS NULL OR year = $1
        ORDER BY year DESC, month DESC, revision DESC"""
    return [dict(r) for r in await conn.fetch(sql, year)]


async def one(conn: Connection, report: UUID) -> dict[str, Any] | None:
    """A report with its content."""
    row = await conn.fetchrow(f"SELECT {HEAD}, content FROM report WHERE id = $1", report)
    return dict(row) if row else None


def _differing(asked: Asked) -> str:
    return f"""{asked.standard.everybody}, was AS (
    SELECT person_id, unit_id, {_THEN} FROM report_unit
    WHERE report_id = $3 AND standard = {quoted(asked.standard.standard.key)}
), differing AS (
    SELECT coalesce(c.person_id, w.person_id) AS person_id, coalesce(c.unit_id, w.unit_id) AS unit_id,
           w.unit_id IS NULL AS new, c.unit_id IS NULL AS lost, c.village, c.served_on, c.month, c.missing,
           w.village AS was_village, w.served_on AS was_served_on, w.month AS was_month, w.missing AS was_missing
    FROM calc c FULL JOIN was w ON w.person_id = c.person_id AND w.unit_id = c.unit_id
    WHERE c.unit_id IS NULL OR w.unit_id IS NULL
       OR (c.village, c.served_on, c.month, c.missing) IS DISTINCT FROM (w.village, w.served_on, w.month, w.missing)
)"""


async def differing(
    tx: Tx, asked: Asked, report: UUID, villages: Sequence[str] | None, after: str, limit: int
) -> list[dict[str, Any]]:
    """Units that stand otherwise today, in these villages then or now (None: anywhere), by unit id."""
    await tx.execute(WIDE)
    sql = f"""{_differing(asked)}
SELECT * FROM differing WHERE unit_id > $4 AND ($5::text[] IS NULL OR village = ANY ($5) OR was_village = ANY ($5))
ORDER BY unit_id, person_id LIMIT $6"""
    return [dict(r) for r in await tx.fetch(sql, *asked.parameters, report, after, villages, limit)]


_FACT = "person_id, concept, resource_type, resource_id, seq, date, value, value_date, value_code, until, facility"
_MINE = "person_id = ANY ($1::uuid[]) AND concept = ANY ($2::text[])"


async def facts_since(
    tx: Tx, persons: Sequence[UUID], concepts: Sequence[str], known: datetime, day: date
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Facts dated up to the day that were taken after `known`; and those known then that are gone."""
    added = await tx.fetch(
        f"SELECT {_FACT}, taken_at AS since FROM fact WHERE {_MINE} AND taken_at > $3 AND date <= $4",
        persons, concepts, known, day,
    )  # fmt: skip
    gone = await tx.fetch(
        f"SELECT DISTINCT ON (person_id, concept, resource_type, resource_id, seq) {_FACT}, gone_at AS since"
        f" FROM fact_gone WHERE {_MINE} AND gone_at > $3 AND (taken_at IS NULL OR taken_at <= $3) AND date <= $4"
        " ORDER BY person_id, concept, resource_type, resource_id, seq, gone_at",
        persons, concepts, known, day,
    )  # fmt: skip
    return [dict(r) for r in added], [dict(r) for r in gone]


async def persons_since(
    tx: Tx, persons: Sequence[UUID], known: datetime
) -> tuple[dict[UUID, dict[str, Any]], dict[UUID, dict[str, Any]]]:
    """What was known of the persons at `known`, where it is known otherwise since; and what is known now."""
    said = "person_id, village, dead_on, birth_date, sex"
    then = await tx.fetch(
        f"SELECT DISTINCT ON (person_id) {said}, gone_at FROM person_gone"
        " WHERE person_id = ANY ($1::uuid[]) AND gone_at > $2 ORDER BY person_id, gone_at",
        persons, known,
    )  # fmt: skip
    now = await tx.fetch(f"SELECT {said}, taken_at FROM person WHERE person_id = ANY ($1::uuid[])", persons)
    return {r["person_id"]: dict(r) for r in then}, {r["person_id"]: dict(r) for r in now}


async def merges_since(tx: Tx, persons: Sequence[UUID], known: datetime) -> list[dict[str, Any]]:
    """Who of them was merged, or merged into, after `known`."""
    rows = await tx.fetch(
        "SELECT other, survivor, taken_at FROM person_merge"
        " WHERE taken_at > $2 AND (other = ANY ($1::uuid[]) OR survivor = ANY ($1::uuid[])) ORDER BY taken_at",
        persons, known,
    )  # fmt: skip
    return [dict(r) for r in rows]


async def relatives(tx: Tx, persons: Sequence[UUID]) -> list[tuple[UUID, UUID, str]]:
    """(person, relative, how): their children, and their mothers."""
    rows = await tx.fetch(
        "SELECT mother_id, person_id, 'child' FROM person WHERE mother_id = ANY ($1::uuid[])"
        " UNION ALL SELECT person_id, mother_id, 'mother' FROM person"
        " WHERE person_id = ANY ($1::uuid[]) AND mother_id IS NOT NULL",
        persons,
    )
    return [(r[0], r[1], r[2]) for r in rows]
