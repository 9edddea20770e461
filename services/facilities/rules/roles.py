"""Which role fits which kind of facility, and who may give it."""

from services.facilities.contract import Kind
from services.kernel.auth import Role
from services.kernel.problems import Text

DISTRICT = frozenset({Role.DINKES_ANALYST, Role.DINKES_ADMIN, Role.JKN_CONNECTOR, Role.AUDITOR})
"""Roles of the district's office: they belong to no facility, or to the office itself."""

BELOW_PUSKESMAS = frozenset({Kind.PUSTU, Kind.POSYANDU})
PUBLIC_POSTS = BELOW_PUSKESMAS | {Kind.PUSKESMAS}


def staff_roles(kind: Kind | None) -> frozenset[Role]:
    """Roles a person may hold at a facility of `kind` (None: at no facility)."""
    if kind is None or kind is Kind.DINKES:
        return DISTRICT
    if kind in PUBLIC_POSTS:
        return frozenset({Role.CLINICIAN, Role.FACILITY_ADMIN, Role.PUSKESMAS_STAFF})
    if kind is Kind.RS:
        return frozenset({Role.CLINICIAN, Role.FACILITY_ADMIN, Role.HOSPITAL})
    return frozenset({Role.CLINICIAN, Role.FACILITY_ADMIN})


def client_roles(kind: Kind) -> tuple[Role, ...]:
    """Roles an application of a facility of `kind` may hold; the first is the default."""
    if kind is Kind.DINKES:
        return (Role.DINKES_ANALYST, Role.DINKES_ADMIN, Role.JKN_CONNECTOR, Role.AUDITOR)
    if kind is Kind.RS:
        return (Role.HOSPITAL,)
    if kind in PUBLIC_POSTS:
        return (Role.CLINIC_SYSTEM, Role.PUSKESMAS_STAFF)
    return (Role.CLINIC_SYSTEM,)


def misfit(role: Role, allowed: frozenset[Role] | tuple[Role, ...]) -> Text:
    """Why a role cannot be given here, and which can."""
    able = ", ".join(sorted(allowed))
    return Text(f"Peran {role} tidak cocok di sini; yang cocok: {able}", f"{role} does not fit here; fitting: {able}")
