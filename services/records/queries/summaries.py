"""What a patient summary is made of: the latest of each thing the asker may see, in one statement with the log."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from services.kernel.access import refs
from services.kernel.auth import Actor
from services.kernel.db import Connection
from services.records.queries.reading import _ACTOR, _actor
from services.records.queries.statement import ALIAS, IHS
from services.records.queries.visible import ASKER, CAME, LOG, purpose, registered, shown, visible_to, withheld

EACH = ("AllergyIntolerance", "Immunization")
"""Types of which all count; of others the latest of each code."""
LATEST = (
    "CarePlan", "Condition", "DiagnosticReport", "EpisodeOfCare", "MedicationDispense", "MedicationRequest",
    "MedicationStatement", "Observation", "Procedure",
)  # fmt: skip
MOST = 400
VOID = ("entered-in-error", "cancelled", "not-done", "nullified", "rejected")
"""What was taken back hides nothing that was said before it."""

_SUMMARY = f"""
WITH who AS (
    SELECT p.person_id, p.patient_id FROM person p WHERE p.patient_id = $8
    UNION ALL
    SELECT p.person_id, p.patient_id FROM person_identifier i JOIN person p USING (person_id)
    WHERE i.system IN ('{IHS}', '{ALIAS}') AND i.value = $8 LIMIT 1
), decided AS (
    SELECT person_id, patient_id, seen, seen OR {registered("h.person_id", ASKER)} AS allowed,
           NOT seen OR {withheld("h.person_id", ASKER)} AS part
    FROM (SELECT h.person_id, h.patient_id, {visible_to("h.person_id", ASKER)} AS seen FROM who h) h
), ranked AS (
    SELECT r.type, r.id, r.receipt, r.date, r.body, r.sensitive,
           row_number() OVER (PARTITION BY r.type, coalesce(r.codes[1], r.id) ORDER BY r.date DESC NULLS LAST,
                              r.receipt DESC) AS nth
    FROM decided d JOIN resource r ON r.person_id = d.person_id AND r.type = ANY($9::text[] || $10::text[])
    WHERE d.allowed AND NOT r.deleted AND coalesce(r.status, '') <> ALL ('{{{",".join(VOID)}}}')
      AND {shown("r", ASKER, "d.seen")}
), picked AS MATERIALIZED (
    SELECT type, id, receipt, date, body, sensitive FROM ranked WHERE nth = 1 OR type = ANY($9::text[])
    ORDER BY date DESC NULLS LAST, receipt DESC LIMIT {MOST}
), named AS (
    SELECT substring(body FROM '"medicationReference":\\{{[^}}]*"reference":"Medication/([A-Za-z0-9.-]+)"') AS id
    FROM picked WHERE type LIKE 'Medication%'
), beside AS (
    SELECT r.type, r.id, r.receipt, r.date, r.body, r.sensitive FROM resource r
    WHERE (r.type = 'Medication' AND r.id IN (SELECT id FROM named) OR r.type = 'Organization' AND r.id = $11)
      AND NOT r.deleted AND {shown("r", ASKER)}
), own AS (
    SELECT r.type, r.id, r.receipt, r.date, r.body, r.sensitive FROM decided d
    JOIN resource r ON r.type = 'Patient' AND r.id = d.patient_id AND NOT r.deleted WHERE d.allowed
), looked AS (
    {LOG} SELECT {_ACTOR}, d.person_id, 'read', 'Patient/$summary', {purpose("d.person_id", ASKER)}, 'allowed',
                 {CAME}, (SELECT {refs("type", "id", "receipt")} FROM (TABLE own UNION ALL TABLE picked) p)
    FROM decided d WHERE allowed
)
SELECT d.person_id, d.allowed, d.part, e.type, e.id, e.body, e.sensitive FROM decided d
LEFT JOIN (TABLE own UNION ALL TABLE picked UNION ALL TABLE beside) e ON d.allowed
ORDER BY e.date DESC NULLS LAST, e.receipt DESC
"""


@dataclass(frozen=True, slots=True)
class Parts:
    """Resource texts, (type, id, body) each, the latest first; nothing when the asker may not see the person.
    `classes`: the sensitive classes of those that are of any, by place."""

    person_id: str
    allowed: bool
    withheld: bool
    rows: list[tuple[str, str, str]]
    classes: dict[int, frozenset[str]]


async def parts(conn: Connection, actor: Actor, today: date, patient_id: str, organization: str) -> Parts | None:
    """What a person's summary is made of, with the Organization that asks; logged when allowed."""
    rows = await conn.fetch(_SUMMARY, *_actor(actor, today), patient_id, EACH, LATEST, organization)
    if not rows:
        return None
    told = [r for r in rows if r["type"] is not None]
    classes = {n: frozenset(r["sensitive"]) for n, r in enumerate(told) if r["sensitive"]}
    texts = [(r["type"], r["id"], r["body"]) for r in told]
    return Parts(rows[0]["person_id"], rows[0]["allowed"], rows[0]["part"], texts, classes)


_PATIENT = "SELECT patient_id FROM person WHERE person_id = $1"


async def patient_of(conn: Connection, person: str) -> str | None:
    """The Patient that speaks for a person."""
    found: str | None = await conn.fetchval(_PATIENT, person)
    return found


_KEPT = """
SELECT f AS facility, CASE
    WHEN NOT coalesce(word_of($1, '', f, $3), true)
      OR EXISTS (SELECT 1 FROM unnest($4::text[]) c WHERE NOT coalesce(word_of($1, c, f, $3), true)) THEN 'consent'
    WHEN EXISTS (SELECT 1 FROM barred b WHERE b.facility = f AND b.days @> $3::date) THEN 'agreement' END AS reason
FROM unnest($2::text[]) f
"""


async def kept_from(
    conn: Connection, person: str, facilities: Sequence[str], today: date, classes: Sequence[str]
) -> dict[str, str | None]:
    """What keeps the shared record (or things of these classes) of a person from each facility today: the person's
    `consent`, a missing `agreement`, or nothing."""
    rows = await conn.fetch(_KEPT, person, list(facilities), today, list(classes))
    return {r["facility"]: r["reason"] for r in rows}
