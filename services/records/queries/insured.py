"""SQL of what the JKN service asks of the record: who is behind many numbers, and what eligibility turns on."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from services.kernel.db import Connection
from services.records.rules import SHORT_SYSTEMS

_MATCHED = """
SELECT q.n, nik.person_id AS by_nik, jkn.person_id AS by_jkn, p.village
FROM unnest($1::int[], $2::text[], $3::text[]) AS q(n, nik, jkn)
LEFT JOIN person_identifier nik ON nik.system = $4 AND nik.value = q.nik
LEFT JOIN person_identifier jkn ON jkn.system = $5 AND jkn.value = q.jkn
LEFT JOIN person p ON p.person_id = coalesce(nik.person_id, jkn.person_id)
"""


async def matched(conn: Connection, numbers: Sequence[tuple[str | None, str | None]]) -> list[dict[str, Any] | None]:
    """Whom each pair (NIK, card) belongs to, in the same order; None for nobody. `differ`: the two name two persons."""
    rows = await conn.fetch(
        _MATCHED, list(range(len(numbers))), [n for n, _ in numbers], [c for _, c in numbers],
        SHORT_SYSTEMS["nik"], SHORT_SYSTEMS["jkn"],
    )  # fmt: skip
    found: list[dict[str, Any] | None] = [None] * len(numbers)
    for r in rows:
        if person := r["by_nik"] or r["by_jkn"]:
            differ = bool(r["by_nik"] and r["by_jkn"] and r["by_nik"] != r["by_jkn"])
            found[r["n"]] = {"person": person, "village": r["village"], "differ": differ}
    return found


_PERSON = "SELECT person_id FROM person WHERE patient_id = $1 OR person_id = $1 ORDER BY (patient_id = $1) DESC LIMIT 1"

_INSURED = """
SELECT p.person_id AS person, p.patient_id AS patient, p.birth_date AS born, r.body, (
    SELECT count(DISTINCT (e.date AT TIME ZONE $5)::date) FROM resource e
    WHERE e.person_id = p.person_id AND e.type = 'Encounter' AND NOT e.deleted AND e.client = $2
      AND (e.date AT TIME ZONE $5)::date BETWEEN $3 AND $4
      AND coalesce(e.status, '') NOT IN ('cancelled', 'entered-in-error', 'planned')
      AND e.body::jsonb #>> '{class,code}' = 'AMB') AS visits
FROM person p LEFT JOIN resource r ON r.type = 'Patient' AND r.id = p.patient_id AND NOT r.deleted
WHERE p.person_id = $1
"""


async def person_of_patient(conn: Connection, patient: str) -> str | None:
    """The person a Patient speaks for, by the Patient's id (or the person's own)."""
    found = await conn.fetchval(_PERSON, patient)
    return str(found) if found else None


async def insured(
    conn: Connection, person: str, facility: str, since: date, until: date, zone: str
) -> dict[str, Any] | None:
    """A person's Patient, birth date and body of the Patient, and on how many days a facility saw them as an
    outpatient."""
    row = await conn.fetchrow(_INSURED, person, facility, since, until, zone)
    return dict(row) if row else None
