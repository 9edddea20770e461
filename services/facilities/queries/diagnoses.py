"""SQL of what diagnoses mean for where to go."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from services.facilities.contract.candidates import CandidateRule
from services.facilities.contract.diagnoses import DiagnosisService, NonSpecialistDiagnosis, When
from services.facilities.queries.listing import Listing
from services.kernel.db import Connection

NON_SPECIALIST = Listing(
    "non_specialist_diagnosis", NonSpecialistDiagnosis, key=("code", "valid_from"), named="name",
    sorts=("code", "name", "verified", "valid_from"),
)  # fmt: skip
SERVICES = Listing(
    "diagnosis_service", DiagnosisService, key=("code", "urgency", "service", "valid_from"),
    sorts=("code", "service", "valid_from"),
)  # fmt: skip
RULES = Listing("candidate_rule", CandidateRule, key=("rule", "urgency", "valid_from"), sorts=("rule", "valid_from"))

HOLDS = "{1} >= {0}.valid_from AND {1} <= coalesce({0}.valid_until, {1})"
COVERS = "(starts_with({1}, {0}.code) OR strpos({0}.code, '-') = 4 AND left({1}, 3) BETWEEN left({0}.code, 3) AND right({0}.code, 3))"  # noqa: E501
"""A row of ICD-10 (category, code or block) that holds a diagnosis."""
NARROWEST = "strpos({0}.code, '-'), length({0}.code) DESC"
"""The order of rows from the nearest to the diagnosis."""

NEAREST = f"""{{0}}.code = (SELECT its.code FROM diagnosis_service its
    WHERE its.urgency = {{0}}.urgency AND {COVERS.format("its", "{1}")} AND {HOLDS.format("its", "{2}")}
    ORDER BY {NARROWEST.format("its")} LIMIT 1)"""
"""What a narrower row says replaces what a wider one says: severe preeclampsia needs PONEK, not any antenatal clinic.
Of what an urgency needs besides, the like."""

_FIRST_LEVEL = f"""
SELECT d.* FROM non_specialist_diagnosis d
WHERE {COVERS.format("d", "$1")} AND {HOLDS.format("d", "$2")} ORDER BY {NARROWEST.format("d")} LIMIT 1
"""
_NEEDS = f"""
SELECT DISTINCT ON (d.service) d.service, t.name, d.code AS because, d.urgency, d.verified
FROM diagnosis_service d JOIN service_type t ON t.code = d.service
WHERE {COVERS.format("d", "$1")} AND {HOLDS.format("d", "$2")} AND d.urgency = ANY($3::text[])
    AND {NEAREST.format("d", "$1", "$2")}
ORDER BY d.service, {NARROWEST.format("d")}
"""


async def first_level(conn: Connection, code: str, on: date) -> dict[str, Any] | None:
    """The row nearest to a diagnosis that makes it the first level's own on a day."""
    row = await conn.fetchrow(_FIRST_LEVEL, code, on)
    return dict(row) if row else None


async def needs(conn: Connection, code: str, on: date, urgencies: Sequence[When]) -> list[dict[str, Any]]:
    """The services a diagnosis needs on a day, each by the row nearest to it."""
    return [dict(r) for r in await conn.fetch(_NEEDS, code, on, list(urgencies))]
