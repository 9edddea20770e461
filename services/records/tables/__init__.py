"""The schema of the shared record, by aggregate."""

from services.records.tables import access, exchange, families, network, persons, referral_fhir, referrals, resources
from services.records.tables.base import Base

__all__ = ["Base", "access", "exchange", "families", "network", "persons", "referral_fhir", "referrals", "resources"]
