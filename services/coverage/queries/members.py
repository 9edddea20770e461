"""SQL of members and merges."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from services.coverage.rules.eligibility import Statement
from services.kernel.db import Connection, Tx

_COLUMNS = ", ".join(f.name for f in fields(Statement))
_VALUES = ", ".join(f"${n}" for n in range(2, len(fields(Statement)) + 2))
_FRESH = ", ".join(f"{f.name} = excluded.{f.name}" for f in fields(Statement))


def _list(of: str) -> str:
    """What followers are told; that a source says nothing of Prolanis and PRB is no news."""
    return f"""({of}.status, {of}.payer_code, {of}.provider_code, {of}.dental_code, coalesce({of}.prolanis, ''),
        coalesce({of}.prb, false))"""


TOLD = f"{_list('m')} IS DISTINCT FROM {_list('excluded')}"
SINCE = "status_since = CASE WHEN m.status = excluded.status THEN m.status_since ELSE excluded.status_since END"

_SAVE = f"""
WITH noted AS (
    INSERT INTO member_statement (person_id, {_COLUMNS}, said_by, said_at_facility)
    VALUES ($1, {_VALUES}, $SAID_BY, $SAID_AT)
)
INSERT INTO member AS m (person_id, version, {_COLUMNS}, status_since) VALUES ($1, 1, {_VALUES}, $SINCE)
ON CONFLICT (person_id) DO UPDATE SET {_FRESH}, {SINCE}, version = m.version + CASE WHEN {TOLD} THEN 1 ELSE 0 END
RETURNING version, status_since, (SELECT version FROM member WHERE person_id = $1) AS before
"""
_STAND = _SAVE[_SAVE.index("INSERT INTO member AS m") :].replace("$SINCE", f"${len(fields(Statement)) + 2}")
for _n, _name in enumerate(("$SAID_BY", "$SAID_AT", "$SINCE"), len(fields(Statement)) + 2):
    _SAVE = _SAVE.replace(_name, f"${_n}")


@dataclass(frozen=True, slots=True)
class Saved:
    """A member after a statement: its version, the version before (None when new), since when the status holds."""

    version: int
    before: int | None
    since: date | None


async def save(tx: Tx, person_id: str, said: Statement, by: str | None, facility: str | None, since: date) -> Saved:
    """Keep a statement of now, which stands from now on (the row stays locked); `by` asked for it at `facility`.

    `before` is read in the statement's snapshot: two checks at once may both see the older one and both tell of
    the same version, which followers take once.
    """
    values = [getattr(said, f.name) for f in fields(Statement)]
    row = await tx.fetchrow(_SAVE, person_id, *values, by, facility, since)
    assert row is not None  # noqa: S101 - an upsert without a condition returns its row
    return Saved(row["version"], row["before"], row["status_since"])


ONE = """
WITH RECURSIVE one AS (
    SELECT $1::text AS person_id UNION
    SELECT CASE WHEN m.other = one.person_id THEN m.survivor ELSE m.other END
    FROM one JOIN person_merge m ON one.person_id IN (m.other, m.survivor)
)
"""
"""The ids under which things were said of one person."""

_NOTE = f"""
INSERT INTO member_statement (person_id, {_COLUMNS}, said_by, said_at_facility, because)
VALUES ($1, {_VALUES}, ${len(fields(Statement)) + 2}, ${len(fields(Statement)) + 3}, ${len(fields(Statement)) + 4})
"""


async def save_staff(
    tx: Tx,
    person_id: str,
    said: Statement,
    stands: Statement,
    by: str,
    facility: str | None,
    since: date,
    because: str,
) -> Saved:
    """Keep what staff said, and what stands with it."""
    await tx.execute(_NOTE, person_id, *(getattr(said, f.name) for f in fields(Statement)), by, facility, because)
    row = await tx.fetchrow(_STAND, person_id, *(getattr(stands, f.name) for f in fields(Statement)), since)
    assert row is not None  # noqa: S101 - an upsert without a condition returns its row
    return Saved(row["version"], row["before"], row["status_since"])


_LAST = f"""{ONE}
SELECT {_COLUMNS}, status_since FROM one JOIN member USING (person_id) ORDER BY checked_at DESC LIMIT 1
"""


async def last_known(conn: Connection, person_id: str) -> tuple[Statement, date | None] | None:
    """What stands of a person, under whichever of their ids it was said, and since when the status holds; or None."""
    row = await conn.fetchrow(_LAST, person_id)
    if row is None:
        return None
    said = dict(row)
    since = said.pop("status_since")
    return Statement(**said), since


_OF_LISTS = """
    SELECT r.status, (l.as_of + time '00:00') AT TIME ZONE $2, r.status_text, r.since, r.until, r.class_code,
           NULL, r.payer_code, r.payer_name, r.bpjs_code, NULL, 'list', r.dental_code, NULL, r.prolanis, r.prb,
           r.arrears, NULL, NULL, NULL"""

_HISTORY = f"""{ONE}
SELECT {_COLUMNS}, s.said_by, s.said_at_facility, s.noted_at, s.because, NULL AS list, NULL::int AS line
FROM one JOIN member_statement s USING (person_id)
UNION ALL
{_OF_LISTS}, l.by, l.facility, l.at, NULL, l.id, r.line
FROM one JOIN member_list_row r USING (person_id)
JOIN member_list l ON l.id = r.list_id AND l.state IN ('applying', 'loaded')
ORDER BY checked_at, noted_at
"""


@dataclass(frozen=True, slots=True)
class Noted:
    """A statement as it was noted: by whom, at which facility, when it reached us, why (staff), in which line of
    which list."""

    said: Statement
    by: str | None
    facility: str | None
    noted_at: datetime
    because: str | None
    list: str | None
    line: int | None


async def history(conn: Connection, person_id: str, zone: str) -> list[Noted]:
    """Everything that was ever said of a person's membership, oldest first."""
    return [
        Noted(
            Statement(**{f.name: r[f.name] for f in fields(Statement)}), r["said_by"], r["said_at_facility"],
            r["noted_at"], r["because"], r["list"], r["line"],
        )
        for r in await conn.fetch(_HISTORY, person_id, zone)
    ]  # fmt: skip


async def follow_merges(tx: Tx, standing: Sequence[tuple[str, str]], undone: Sequence[str]) -> None:
    """Who has been merged (other, survivor), and who is a person of their own again."""
    await tx.execute("DELETE FROM person_merge WHERE other = ANY ($1::text[])", [*undone, *(o for o, _ in standing)])
    await tx.executemany("INSERT INTO person_merge (other, survivor) VALUES ($1, $2)", standing)


_BY_DIGEST = f"""
SELECT * FROM (
{_OF_LISTS.replace("SELECT r.status,", "SELECT r.status AS status,")}
FROM member_list_row r JOIN member_list l ON l.id = r.list_id AND l.state IN ('applying', 'loaded')
WHERE r.key = ANY ($1::bytea[]) OR r.nik = ANY ($1::bytea[])
ORDER BY l.as_of DESC, l.at DESC LIMIT 1) AS said ({_COLUMNS})
"""


async def listed(conn: Connection, digests: Sequence[bytes], zone: str) -> Statement | None:
    """What the newest list says of whoever has one of these numbers, though the list did not know whose they are."""
    row = await conn.fetchrow(_BY_DIGEST, list(digests), zone)
    return Statement(**row) if row else None


async def listed_card(conn: Connection, person_id: str) -> bytes | None:
    """The card number a list gave of a person, sealed; the newest."""
    found: bytes | None = await conn.fetchval(
        f"""{ONE} SELECT r.card FROM one JOIN member_list_row r USING (person_id)
        JOIN member_list l ON l.id = r.list_id AND l.state IN ('applying', 'loaded')
        WHERE r.card IS NOT NULL ORDER BY l.as_of DESC, l.at DESC LIMIT 1""",
        person_id,
    )
    return found


async def keep_asked(
    tx: Tx,
    id_: str,
    person_id: str,
    facility: str | None,
    by: str,
    at: datetime,
    request: str,
    response: str,
) -> None:
    """Keep a question over FHIR with its answer."""
    await tx.execute(
        """INSERT INTO eligibility_asked (id, person_id, facility, asked_by, at, request, response)
        VALUES ($1, $2, $3, $4, $5, $6, $7)""",
        id_, person_id, facility, by, at, request, response,
    )  # fmt: skip


async def asked(conn: Connection, id_: str) -> dict[str, Any] | None:
    """A question over FHIR with its answer."""
    row = await conn.fetchrow("SELECT person_id, request, response FROM eligibility_asked WHERE id = $1", id_)
    return dict(row) if row else None


async def asked_of(conn: Connection, person_id: str) -> list[dict[str, Any]]:
    """The last questions about a person."""
    sql = f"{ONE} SELECT a.request, a.response FROM one JOIN eligibility_asked a USING (person_id)"
    return [dict(r) for r in await conn.fetch(f"{sql} ORDER BY a.at DESC LIMIT 50", person_id)]
