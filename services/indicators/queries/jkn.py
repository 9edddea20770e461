"""SQL that keeps what JKN, the network and the referrals say, each statement as it came."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.kernel.db import Tx

_TYPES = {
    "position": "bigint", "taken_at": "timestamptz", "checked_on": "date", "month": "date", "opened_on": "date",
    "valid_from": "date", "valid_until": "date", "amount": "bigint", "sent": "bool", "tacc": "bool", "joined": "bool",
    "non_specialist": "bool", "by_segment": "jsonb",
    **dict.fromkeys(("person_id", "referral_id", "other", "survivor"), "uuid"),
    **dict.fromkeys(("members", "active", "dm", "ht", "paid_members", "norm", "version"), "int"),
}  # fmt: skip


def _adding(table: str, rows: Sequence[Mapping[str, Any]], more: str) -> tuple[str, list[list[Any]]]:
    names = [*rows[0]]
    arrays = ", ".join(f"${n}::{_TYPES.get(name, 'text')}[]" for n, name in enumerate(names, 1))
    sql = f"INSERT INTO {table} ({', '.join(names)}) SELECT * FROM unnest({arrays}) ON CONFLICT {more}"
    return sql, [[r[name] for r in rows] for name in names]


async def add(tx: Tx, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep statements; one that is told once more stays as it is."""
    if rows:
        sql, given = _adding(table, rows, "DO NOTHING")
        await tx.execute(sql, *given)


_MEMBERS = """INSERT INTO member_said (person_id, position, taken_at, checked_on, status, payer, facility, source,
    prolanis)
SELECT person_id, position, taken_at, checked_on, status, payer, facility, source,
       CASE WHEN prolanis = '' THEN '{}'::text[] ELSE string_to_array(prolanis, ' ') END
FROM unnest($1::uuid[], $2::bigint[], $3::timestamptz[], $4::date[], $5::text[], $6::text[], $7::text[], $8::text[],
    $9::text[]) r (person_id, position, taken_at, checked_on, status, payer, facility, source, prolanis)
ON CONFLICT DO NOTHING"""


async def add_members(tx: Tx, rows: Iterable[tuple[Any, ...]]) -> None:
    """Keep statements of membership: person, position, moment, day, status, payer, facility, source, Prolanis."""
    told = list(rows)
    if told:
        await tx.execute(_MEMBERS, *zip(*told, strict=True))


async def forget_members(tx: Tx, persons: Sequence[UUID]) -> None:
    """What JKN said of persons has been erased where it came from."""
    await tx.execute("DELETE FROM member_said WHERE person_id = ANY ($1)", list(persons))


async def put_spans(tx: Tx, gone: Sequence[tuple[str, str]], rows: Sequence[tuple[Any, ...]]) -> None:
    """Spans of the network as they are now: type, id, facility, value, first day, last day."""
    if gone:
        await tx.execute(
            "DELETE FROM network_span s USING unnest($1::text[], $2::text[]) g (type, id)"
            " WHERE s.type = g.type AND s.id = g.id",
            [t for t, _ in gone], [i for _, i in gone],
        )  # fmt: skip
    if rows:
        await tx.execute(
            "INSERT INTO network_span (type, id, facility, value, valid_from, valid_until)"
            " SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::date[], $6::date[])"
            " ON CONFLICT (type, id) DO UPDATE SET facility = excluded.facility, value = excluded.value,"
            " valid_from = excluded.valid_from, valid_until = excluded.valid_until",
            *zip(*rows, strict=True),
        )


_FOLLOW = """
UPDATE pbi_proposal p SET state = $4, decided_at = s.at, payer = s.payer
FROM unnest($1::uuid[], $2::text[], $3::timestamptz[]) s (person_id, payer, at)
WHERE p.person_id = s.person_id AND p.state IN ('proposed', 'exported') AND p.proposed_at <= s.at"""


async def proposals_active(tx: Tx, active: Sequence[tuple[UUID, str | None, datetime]], state: str) -> None:
    """Who was proposed and is said to be an active member since: the proposal has come to its end."""
    if active:
        await tx.execute(_FOLLOW, *zip(*active, strict=True), state)


async def proposals_merged(tx: Tx, survivor: UUID, other: UUID) -> None:
    """A merged person's proposal is the survivor's; where both had one open, the older stays."""
    await tx.execute(
        "UPDATE pbi_proposal SET state = 'withdrawn', reason = 'merged', decided_at = now() WHERE person_id = $2"
        " AND state IN ('proposed', 'exported') AND EXISTS (SELECT FROM pbi_proposal WHERE person_id = $1"
        " AND state IN ('proposed', 'exported'))",
        survivor, other,
    )  # fmt: skip
    await tx.execute("UPDATE pbi_proposal SET person_id = $1 WHERE person_id = $2", survivor, other)


def month_of(said: str) -> date:
    """The first day of "YYYY-MM"."""
    return date.fromisoformat(f"{said}-01")
