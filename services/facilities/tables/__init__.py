"""The schema: the network, its accounts, the signing keys, and the kernel's tables; one module an aggregate."""

from services.facilities.tables import (
    accounts,
    agreements,
    areas,
    catchments,
    diagnoses,
    facilities,
    history,
    learning,
    links,
    particulars,
    practitioners,
    proposals,
    readiness,
    reconciling,
    surveys,
    territory,
    units,
    workforce,
)
from services.facilities.tables.base import Base

__all__ = [
    "Base", "accounts", "agreements", "areas", "catchments", "diagnoses", "facilities", "history", "learning", "links",
    "particulars", "practitioners", "proposals", "readiness", "reconciling", "surveys", "territory", "units",
    "workforce",
]  # fmt: skip
