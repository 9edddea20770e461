"""Rows of what staffing is measured by: norms, dated numbers, settings, workloads, plans."""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, Field

from services.facilities.contract import Profession
from services.facilities.contract.practitioners import Employment
from services.facilities.contract.workforce import (
    Care,
    LicenceKind,
    RuleName,
    Setting,
)
from services.facilities.rules.cells import Code, Day, Line, Name, decimal, shape
from services.facilities.rules.csvfile import Refused
from services.kernel.problems import Text

Count = Annotated[int, Field(ge=0, le=10_000)]
ABK = "abk"
ACTIONS = ("refuse", "warn")


class NormRow(BaseModel):
    """A row of staffing-norms.csv."""

    care: Care
    setting: Setting
    profession: Profession
    minimum: Count
    regulation: Name
    valid_from: Day
    valid_until: Day | None = None


class RuleRow(BaseModel):
    """A row of workforce-rules.csv."""

    rule: RuleName
    subject: Annotated[str, shape(r"[a-z-]{2,40}", "huruf kecil dan tanda hubung / small letters and hyphens")]
    value: Annotated[int, Field(ge=0, le=1_000_000)]
    action: Annotated[str, shape("refuse|warn", "refuse atau warn / refuse or warn")] | None = None
    regulation: Name
    valid_from: Day
    valid_until: Day | None = None


class SettingRow(BaseModel):
    """A row of puskesmas-settings.csv."""

    facility: Code
    setting: Setting
    valid_from: Day
    valid_until: Day | None = None


class WorkloadRow(BaseModel):
    """A row of workloads.csv."""

    facility: Code
    profession: Profession
    task: Name
    minutes: Annotated[float, BeforeValidator(decimal), Field(gt=0, le=10_000, allow_inf_nan=False)]
    volume: Annotated[int, Field(ge=0, le=10_000_000)]
    valid_from: Day
    valid_until: Day | None = None


class PlanRow(BaseModel):
    """A row of staffing-plans.csv."""

    facility: Code
    profession: Profession
    posts: Annotated[int, Field(ge=1, le=1_000)]
    employment: Employment | None = None
    source: Name | None = None
    valid_from: Day
    valid_until: Day | None = None


def rule_fault(line: Line[RuleRow]) -> Refused | None:
    """Each rule speaks of its own subjects; a limit says whether it refuses or warns, others do not."""
    row = line.row
    subjects = {
        RuleName.SIP_LIMIT: [str(p) for p in Profession], RuleName.LICENCE_ALARM: [str(k) for k in LicenceKind],
        RuleName.WORKING_MINUTES: [ABK],
    }[row.rule]  # fmt: skip
    if row.subject not in subjects:
        able = ", ".join(subjects)
        return Refused(line.number, "subject", Text(f"harus salah satu dari {able}", f"must be one of {able}"))
    if (row.action is None) == (row.rule is RuleName.SIP_LIMIT):
        return Refused(line.number, "action", Text("wajib untuk sip-limit saja", "is required for sip-limit only"))
    return None
