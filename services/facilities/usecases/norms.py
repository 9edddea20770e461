"""What staffing is measured by: loading norms, dated numbers, settings, workloads and plans."""

from services.facilities.contract import Kind
from services.facilities.rules import norms
from services.facilities.usecases.dating import at, dated, each

_PUSKESMAS = at("facility", Kind.PUSKESMAS)
NORMS = dated(
    "staffing_norm", norms.NormRow, ("care", "setting", "profession", "minimum", "regulation", "valid_from"),
    ("care", "setting", "profession", "minimum", "regulation", "valid_from", "valid_until"),
)  # fmt: skip
RULES = dated(
    "workforce_rule", norms.RuleRow, ("rule", "subject", "value", "regulation", "valid_from"),
    ("rule", "subject", "value", "action", "regulation", "valid_from", "valid_until"), each(norms.rule_fault),
)  # fmt: skip
SETTINGS = dated(
    "puskesmas_setting", norms.SettingRow, ("facility", "setting", "valid_from"),
    ("facility", "setting", "valid_from", "valid_until"), _PUSKESMAS,
)  # fmt: skip
WORKLOADS = dated(
    "workload", norms.WorkloadRow, ("facility", "profession", "task", "minutes", "volume", "valid_from"),
    ("facility", "profession", "minutes", "volume", "valid_from", "valid_until"), _PUSKESMAS,
)  # fmt: skip
PLANS = dated(
    "staffing_plan", norms.PlanRow, ("facility", "profession", "posts", "valid_from"),
    ("facility", "profession", "posts", "employment", "valid_from", "valid_until"), _PUSKESMAS, several=True,
)  # fmt: skip
