"""The network as other services see it: wire models, words, types of events; one module an aggregate."""

from services.facilities.contract.accounts import ClientOut, StaffOut
from services.facilities.contract.areas import AREA, CODE_LENGTH, Area, Level
from services.facilities.contract.catchments import CATCHMENT, Catchment
from services.facilities.contract.facilities import (
    FACILITY,
    ORGANIZATION_TYPE,
    Facility,
    FacilityChange,
    HospitalClass,
    Kind,
    Ownership,
    Status,
)
from services.facilities.contract.pages import Page
from services.facilities.contract.practitioners import (
    PRACTITIONER,
    Practitioner,
    PractitionerWithNumber,
    Profession,
)

__all__ = [
    "AREA", "CATCHMENT", "CODE_LENGTH", "FACILITY", "ORGANIZATION_TYPE", "PRACTITIONER", "Area", "Catchment",
    "ClientOut", "Facility", "FacilityChange", "HospitalClass", "Kind", "Level", "Ownership", "Page", "Practitioner",
    "PractitionerWithNumber", "Profession", "StaffOut", "Status",
]  # fmt: skip
