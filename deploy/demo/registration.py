"""The Patient resource of a person, as the facility that registered it wrote it."""

from deploy.demo import vocabulary as words
from deploy.demo.chart import Resource, iso, organization
from deploy.demo.people import EXAMPLE_IHS, EXAMPLE_NIK, Person

ADMINISTRATIVE = "https://fhir.kemkes.go.id/r4/StructureDefinition/administrativeCode"
JKN = f"{words.IDENTITY}bpjs"
NIK_AFTER = 60
"""Days after which a newborn has a NIK of its own."""
NEWBORN = 730
"""Days for which the mother's NIK stays among a child's identifiers."""


def patient(person: Person, today: int) -> Resource:
    """A newborn is known by the mother's NIK and its birth order until it has a NIK; some people have none."""
    resource: Resource = {
        "resourceType": "Patient",
        "id": person.id,
        "identifier": _identifiers(person, today),
        "active": True,
        "name": [{"use": "official", "text": person.name}],
        "gender": "female" if person.female else "male",
        "birthDate": iso(person.birth),
        "address": [_address(person)],
        "managingOrganization": organization(person.registrar),
    }
    if person.phone:
        resource["telecom"] = [{"system": "phone", "value": person.phone, "use": "mobile"}]
    if person.birth_order is not None:
        resource["multipleBirthInteger"] = person.birth_order
        if person.hour_known:
            time = {"url": words.BIRTH_TIME, "valueDateTime": words.hour_of_birth(iso(person.birth))}
            resource["_birthDate"] = {"extension": [time]}
    if person.death is not None and person.death <= today:
        resource["deceasedDateTime"] = iso(person.death)
    return resource


def _identifiers(person: Person, today: int) -> list[Resource]:
    age, mother = today - person.birth, person.mother
    baby = person.birth_order is not None and mother is not None and mother.nik is not None
    found: list[Resource] = []
    if person.nik and not (baby and age < NIK_AFTER):
        found.append({"use": "official", "system": f"{words.IDENTITY}nik", "value": person.nik})
    if baby and mother is not None and age < NEWBORN:
        found.append({"use": "official", "system": f"{words.IDENTITY}nik-ibu", "value": mother.nik})
    if person.nik == EXAMPLE_NIK:
        found.append({"system": f"{words.IDENTITY}ihs-number", "value": EXAMPLE_IHS})
    if person.jkn:
        found.append({"use": "official", "system": JKN, "value": person.jkn})
    found.append({"system": f"{words.IDENTITY}kk", "value": person.household.kk})
    return found


def _address(person: Person) -> Resource:
    home = person.household
    codes = (
        ("province", home.village[:2]),
        ("city", home.village[:4]),
        ("district", home.village[:6]),
        ("village", home.village),
        ("rt", home.rt),
        ("rw", home.rw),
    )
    return {
        "use": "home",
        "line": [home.line],
        "city": "Kepulauan Meranti",
        "country": "ID",
        "extension": [
            {
                "url": ADMINISTRATIVE,
                "extension": [{"url": url, "valueCode": code} for url, code in codes],
            }
        ],
    }
