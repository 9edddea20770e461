"""The network as other services see it: wire models, words, types of events; one module an aggregate."""

from services.facilities.contract.accounts import ClientOut, StaffOut
from services.facilities.contract.agreements import Coverage
from services.facilities.contract.areas import (
    AREA,
    AREA_CHANGE,
    CODE_LENGTH,
    Area,
    AreaChange,
    AreaChanges,
    AreaDetail,
    Change,
    ChangeKind,
    Level,
    NewArea,
)
from services.facilities.contract.candidates import (
    CandidateFacts,
    CandidatesAsked,
    CandidatesFound,
    Origin,
    RankingRule,
)
from services.facilities.contract.catchments import (
    CATCHMENT,
    Catchment,
    CatchmentEnd,
    CatchmentMove,
    CatchmentsChanged,
)
from services.facilities.contract.diagnoses import NON_SPECIALIST_DIAGNOSIS, Need, When
from services.facilities.contract.facilities import (
    FACILITY,
    ORGANIZATION_TYPE,
    Facility,
    FacilityChange,
    FacilityNear,
    FacilityWhole,
    HospitalClass,
    Kind,
    Ownership,
    Status,
)
from services.facilities.contract.hours import SPECIAL_DAY
from services.facilities.contract.jkn import JKN_CONTRACT
from services.facilities.contract.learning import LearningVisit
from services.facilities.contract.links import LINK, Chain, ChainNode, Link, LinkBody
from services.facilities.contract.offers import CompetenceLevel
from services.facilities.contract.pages import Page
from services.facilities.contract.practitioners import (
    PRACTITIONER,
    Practitioner,
    PractitionerWithNumber,
    Profession,
)
from services.facilities.contract.readiness import Readiness
from services.facilities.contract.surveys import Results, Trend
from services.facilities.contract.territory import TerritoryReport
from services.facilities.contract.workforce import District

__all__ = [
    "AREA", "AREA_CHANGE", "CATCHMENT", "CODE_LENGTH", "FACILITY", "JKN_CONTRACT", "LINK",
    "NON_SPECIALIST_DIAGNOSIS", "ORGANIZATION_TYPE", "PRACTITIONER", "SPECIAL_DAY",
    "Area", "AreaChange", "AreaChanges", "AreaDetail", "CandidateFacts", "CandidatesAsked",
    "CandidatesFound", "Catchment", "CatchmentEnd", "CatchmentMove",
    "CatchmentsChanged", "Chain", "ChainNode", "Change", "ChangeKind", "ClientOut", "CompetenceLevel",
    "Coverage", "District", "Facility",
    "FacilityChange",
    "FacilityNear", "FacilityWhole", "HospitalClass", "Kind",
    "LearningVisit", "Level", "Link", "LinkBody", "Need", "NewArea", "Origin",
    "Ownership",
    "Page", "Practitioner",
    "PractitionerWithNumber", "Profession", "RankingRule", "Readiness", "Results", "StaffOut", "Status",
    "TerritoryReport", "Trend", "When",
]  # fmt: skip
