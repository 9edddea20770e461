"""What one facility wrote of a visit, for a payer; and what a payer knows its patient by."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.kernel.db import Connection

_TOLD = """
SELECT r.type, r.id, r.body, e.client, e.organization, e.person_id
FROM resource e JOIN resource r ON r.person_id = e.person_id AND NOT r.deleted
 AND (r.encounter_id = e.id AND r.client = e.client OR r.type = 'Encounter' AND r.id = e.id
      OR r.type = 'AllergyIntolerance' AND r.client = e.client
      OR r.type = 'Patient' AND r.id = (SELECT p.patient_id FROM person p WHERE p.person_id = e.person_id))
WHERE e.type = 'Encounter' AND e.id = $1 AND NOT e.deleted ORDER BY r.receipt
"""
_NUMBERS = "SELECT system, value FROM person_identifier WHERE person_id = $1 ORDER BY system, value"
_MEDICATIONS = "SELECT id, body FROM resource WHERE type = 'Medication' AND id = ANY($1::text[]) AND NOT deleted"


@dataclass(frozen=True, slots=True)
class Written:
    """A visit's own resources as text, its person, client, the Organization that gave it, and the person's numbers."""

    bodies: list[tuple[str, str, str]]
    person_id: str
    client: str | None
    organization: str | None
    numbers: dict[str, str]


async def written(conn: Connection, visit_id: str) -> Written | None:
    """What the facility of a visit wrote of it, the allergies it knows of among that; None when there is no visit."""
    rows = await conn.fetch(_TOLD, visit_id)
    if not rows:
        return None
    person = rows[0]["person_id"]
    numbers = {r["system"].rpartition("/")[2]: r["value"] for r in await conn.fetch(_NUMBERS, person)}
    bodies = [(r["type"], r["id"], r["body"]) for r in rows]
    return Written(bodies, person, rows[0]["client"], rows[0]["organization"], numbers)


async def medications(conn: Connection, ids: Sequence[str]) -> dict[str, str]:
    """The Medications with these ids, as text."""
    return {r["id"]: r["body"] for r in await conn.fetch(_MEDICATIONS, list(ids))} if ids else {}
