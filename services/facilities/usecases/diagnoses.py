"""What diagnoses mean for where to go: loading the lists, and asking one diagnosis."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from services.facilities.contract import diagnoses
from services.facilities.contract.candidates import CANDIDATE_RULE
from services.facilities.contract.diagnoses import DiagnosisShown, Need, NonSpecialistDiagnosis, When
from services.facilities.queries import diagnoses as queries
from services.facilities.queries import particulars
from services.facilities.rules import diagnoses as rules
from services.facilities.rules.cells import Line
from services.facilities.rules.csvfile import Refused
from services.facilities.usecases.dating import dated, each
from services.kernel.db import Tx
from services.kernel.problems import Text
from services.kernel.service import Service


async def _listed(tx: Tx, lines: list[Line[Any]]) -> Sequence[Refused]:
    known = await particulars.service_types(tx, list({line.row.service for line in lines}))
    strange = Text("jenis layanan tidak ada di daftar /v1/service-types", "not in the list /v1/service-types")
    return [Refused(line.number, "service", strange) for line in lines if line.row.service not in known]


NON_SPECIALIST = dated(
    diagnoses.NON_SPECIALIST_DIAGNOSIS, rules.NonSpecialistRow, ("code", "name", "source", "valid_from"),
    ("code", "valid_from", "valid_until"),
)  # fmt: skip
SERVICES = dated(
    diagnoses.DIAGNOSIS_SERVICE, rules.ServiceRow, ("code", "urgency", "service", "valid_from"),
    ("code", "urgency", "service", "valid_from", "valid_until"), _listed,
)  # fmt: skip
RULES = dated(
    CANDIDATE_RULE, rules.RankingRow, ("rule", "urgency", "value", "valid_from"),
    ("rule", "urgency", "value", "valid_from", "valid_until"), each(rules.ranking_fault),
)  # fmt: skip


async def one(service: Service, code: str, on: date | None, urgency: When) -> DiagnosisShown:
    """What a diagnosis means on a day (default today): is it the first level's own, and which services does it need?"""
    day = on or service.clock.today()
    async with service.db.reading() as conn:
        row = await queries.first_level(conn, code, day)
        needs = await queries.needs(conn, code, day, list({When.ANY, urgency}))
    return DiagnosisShown(
        code=code, on=day, non_specialist=NonSpecialistDiagnosis.model_validate(row) if row else None,
        needs=[Need.model_validate(n) for n in needs],
    )  # fmt: skip
