"""Rows of the lists of diagnoses and of the ranking rules."""

import re
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, Field

from services.facilities.contract.candidates import RankingRule
from services.facilities.contract.diagnoses import When
from services.facilities.rules.cells import Day, Line, Name, YesNo
from services.facilities.rules.csvfile import Refused
from services.facilities.rules.particulars import Slug
from services.kernel.problems import Text

_FORM = re.compile(r"[A-Z]\d\d(\.[0-9A-Z]{1,2})?|[A-Z]\d\d-[A-Z]\d\d")
_FORM_SAYS = "kode ICD-10: I21, I21.0, atau kelompok I20-I25 / an ICD-10 category, code or block"


def diagnosis(value: str) -> str:
    """A category (I21), a code (I21.0) or a block (I20-I25), in its order."""
    code = value.upper()
    first, _, last = code.partition("-")
    if not _FORM.fullmatch(code) or (last and last < first):
        raise ValueError(_FORM_SAYS)
    return code


Diagnosis = Annotated[str, BeforeValidator(diagnosis)]


class NonSpecialistRow(BaseModel):
    """A row of non-specialist-diagnoses.csv."""

    code: Diagnosis
    name: Name
    source: Name
    verified: YesNo = False
    valid_from: Day
    valid_until: Day | None = None


class ServiceRow(BaseModel):
    """A row of diagnosis-services.csv."""

    code: Diagnosis
    urgency: When = When.ANY
    service: Slug
    source: Name | None = None
    verified: YesNo = False
    valid_from: Day
    valid_until: Day | None = None


class RankingRow(BaseModel):
    """A row of candidate-rules.csv."""

    rule: RankingRule
    urgency: When = When.ANY
    value: Annotated[int, Field(ge=0, le=1_000_000)]
    note: Name | None = None
    valid_from: Day
    valid_until: Day | None = None


_LEAST_ONE = frozenset({RankingRule.HALF_DISTANCE, RankingRule.HALF_ANSWER, RankingRule.STALE, RankingRule.HISTORY})


def ranking_fault(line: Line[RankingRow]) -> Refused | None:
    """What is divided by is not nothing; a share is at most the whole; history is at most a year."""
    row = line.row
    if row.rule in _LEAST_ONE and row.value < 1:
        return Refused(line.number, "value", Text("paling sedikit 1", "at least 1"))
    most = {RankingRule.UNKNOWN: 100, RankingRule.HISTORY: 366}.get(row.rule)
    if most is not None and row.value > most:
        return Refused(line.number, "value", Text(f"paling banyak {most}", f"at most {most}"))
    return None
