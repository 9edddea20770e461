"""Whom a visit is about: a person described by numbers and words, or one named by the id the record gave."""

from dataclasses import dataclass
from datetime import date

from services.kernel import access
from services.kernel.access import Access
from services.kernel.auth import Actor
from services.kernel.problems import Fault, Refused, Text, Unprocessable
from services.kernel.service import Service
from services.records import rules
from services.records.queries import people as numbers
from services.records.queries import persons, store
from services.records.room import room
from services.records.rules import Identity
from services.records.usecases import people
from services.records.usecases.entries import MEND
from services.records.visit.contract import Visit
from services.records.visit.patient import to_patient
from services.records.visit.person import KnownPatient, Sex, VisitPatient

_UNKNOWN = Text(
    "Tidak ada orang dengan id ini; pakai patient_id dari jawaban pendaftarannya, atau tulis datanya",
    "There is nobody with this id; use the patient_id a registration answered, or describe the person",
)
_HIDDEN = Text(
    "Faskes ini belum mempunyai alasan melihat orang ini: tulis data pasiennya, bukan patient_id saja",
    "This facility has no reason to see this person yet: describe the patient, not by patient_id alone",
)


@dataclass(frozen=True, slots=True)
class Whom:
    """The person of a visit: what they claim to be and, when the id named one who stands, who that is."""

    identity: Identity
    person_id: str | None = None
    patient_id: str | None = None

    @property
    def reference(self) -> str | None:
        """The Patient of a person who is not to be registered again."""
        return f"Patient/{self.patient_id}" if self.patient_id else None


def claimed(service: Service, facility: str | None, patient: VisitPatient) -> Identity:
    """Who a visit's patient is, as its facility registers it."""
    return rules.identity(to_patient(patient, room(service).organization_of(facility)), facility)[0]


async def whom(service: Service, actor: Actor, visit: Visit) -> Whom:
    """The person of a visit. Raises Unprocessable (nobody has the id, or the visit cannot be theirs), Refused (logged:
    one may write by id alone only of whom one may act for)."""
    if isinstance(visit.patient, VisitPatient):
        return Whom(claimed(service, actor.facility, visit.patient))
    return await _named(service, actor, visit, visit.patient)


async def _named(service: Service, actor: Actor, visit: Visit, patient: KnownPatient) -> Whom:
    async with service.db.reading() as conn:
        found = (await store.resolve(conn, [patient.patient_id], [])).patients.get(patient.patient_id)
    if found is None:
        raise Unprocessable(MEND, [Fault("/patient/patient_id", _UNKNOWN, "not-found")])
    patient_id, person = found
    if not (await people.decided(service, actor, person)).known:
        await access.refuse(service.db, [Access(actor, person, "write", "Encounter", "refused")])
        raise Refused(_HIDDEN)
    async with service.db.reading() as conn:
        row = await persons.one(conn, person)
        known = await numbers.identifiers(conn, person)
    born: date | None = row["birth_date"] if row else None
    sex: str | None = row["sex"] if row else None
    words: dict[str | None, Sex] = {"male": "L", "female": "P"}
    if said := next(visit.contradictions(born, words.get(sex)), None):
        raise Unprocessable(MEND, [Fault("", Text(*said), "contradiction")])
    return Whom(Identity(tuple((i["system"], i["value"]) for i in known), None, born, sex), person, patient_id)
