"""The access decision, in one place: may this facility see this person?

Care relation (registration, encounter, referral while open and 30 days after), or the puskesmas that answers for the
village the person lives in. Roles of the district's office see all (every look is logged).
"""

from services.kernel.auth import Actor, Role

SEES_ALL = frozenset({Role.DINKES_ADMIN})


SHARED = frozenset({
    "Organization", "Location", "Practitioner", "PractitionerRole", "HealthcareService", "OrganizationAffiliation",
    "Medication", "Endpoint", "Questionnaire", "Schedule", "Slot", "Device", "Substance",
})  # fmt: skip
"""Types that speak of no person: everyone with a token may read them."""


def open_to(row: str, facility: str) -> str:
    """SQL condition: a row (alias) of no person that is shared by all, or one the facility wrote itself."""
    shared = ", ".join(f"'{t}'" for t in sorted(SHARED))
    return (
        f"({row}.person_id IS NULL AND {row}.type IN ({shared})"
        f" OR {row}.client = {facility} AND {row}.type <> 'Patient')"
    )


def visible_to(person: str, facility: str, sees_all: str, today: str) -> str:
    """SQL condition over a qualified person-id column ("r.person_id"); the others are placeholders such as "$3".

    Unqualified, the name would mean the column of the inner tables, and everyone would see everyone.
    """
    if "." not in person:
        raise ValueError("the person column must be qualified")
    return f"""({sees_all}::boolean
    OR EXISTS (SELECT 1 FROM care_relation c WHERE c.person_id = {person} AND c.facility = {facility}
               AND (c.until IS NULL OR c.until > now()))
    OR EXISTS (SELECT 1 FROM person pe JOIN catchment k ON k.village = pe.village
               WHERE pe.person_id = {person} AND k.facility = {facility} AND k.valid_from <= {today}::date
               AND (k.valid_until IS NULL OR k.valid_until >= {today}::date)))"""


def sees_all(actor: Actor) -> bool:
    """Whether the role sees every person."""
    return actor.role in SEES_ALL


VISIBLE_PERSONS = f"""
SELECT q.person_id FROM unnest($1::text[]) q(person_id) WHERE {visible_to("q.person_id", "$2", "$3", "$4")}
"""

LOG = """
INSERT INTO access_pending (actor, role, facility, person_id, action, what, purpose, outcome, request_id)
"""
