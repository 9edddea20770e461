"""The numbers as others see them; one module an aggregate. Other services import from here."""

from services.indicators.contract.due import Due, DueItem, DueOf
from services.indicators.contract.exchange import CodeMapping, DataValue, DataValueSet, Loaded, Mapped
from services.indicators.contract.numbers import (
    Building,
    Card,
    Contribution,
    Difference,
    Indicator,
    Numbers,
    Row,
    Target,
    Verification,
)
from services.indicators.contract.standards import ItemShown, StandardShown
from services.indicators.contract.targets import (
    RefusedRow,
    SuddenChange,
    TargetRow,
    Targets,
    TargetShown,
    TargetsLoaded,
    TargetsShown,
    TargetTotal,
    TargetVersion,
)
from services.indicators.contract.units import FactShown, ItemStanding, Lacking, UnitDetail, UnitPage, UnitRow, Who
from services.indicators.contract.words import CONTRIBUTION, By, UnitState, Words

__all__ = [
    "CONTRIBUTION",
    "Building",
    "By",
    "Card",
    "CodeMapping",
    "Contribution",
    "DataValue",
    "DataValueSet",
    "Difference",
    "Due",
    "DueItem",
    "DueOf",
    "FactShown",
    "Indicator",
    "ItemShown",
    "ItemStanding",
    "Lacking",
    "Loaded",
    "Mapped",
    "Numbers",
    "RefusedRow",
    "Row",
    "StandardShown",
    "SuddenChange",
    "Target",
    "TargetRow",
    "TargetShown",
    "TargetTotal",
    "TargetVersion",
    "Targets",
    "TargetsLoaded",
    "TargetsShown",
    "UnitDetail",
    "UnitPage",
    "UnitRow",
    "UnitState",
    "Verification",
    "Who",
    "Words",
]
