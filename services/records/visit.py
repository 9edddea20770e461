"""A plain-JSON visit as the FHIR resources a SATUSEHAT system would have sent for it.

Pure. Ids come from the visit's id and the item, so a corrected visit yields the same ids for the items it
keeps: what is new is created, what is gone can be deleted.
"""

from collections.abc import Iterator
from datetime import UTC
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from services.records.contract_visit import Diagnosis, Dose, Medicine, Visit, VisitAddress, VisitPatient
from services.records.systems import (
    ADMINISTRATIVE_CODE,
    CONTACT,
    EPISODE_TYPE,
    ICD9CM,
    ICD10,
    KFA,
    LOCAL,
    LOINC,
    PERSON,
    SNOMED,
    UCUM,
)
from services.records.visit_codes import (
    BLOOD_GROUPS,
    GLUCOSE,
    MEASURED,
    PREGNANCY_COUNTS,
    PREGNANCY_DATES,
    PROTEIN,
    PROTEIN_MG_DL,
    REACTIONS,
    TESTED,
    VACCINES,
    Item,
)

Resource = dict[str, Any]


def to_resources(
    visit: Visit,
    visit_id: str,
    facility_organization: str,
    patient_reference: str,
    person_existing_episode: str | None = None,
) -> list[Resource]:
    """The resources of one visit, the Encounter (id = `visit_id`) first.

    `facility_organization` is the Organization's FHIR id, `patient_reference` a literal "Patient/…",
    `person_existing_episode` the id of her open pregnancy episode when there is one: it is joined instead of
    opening another (the episode this very visit opened is given again, so that a correction keeps it).
    """
    return list(_Writer(visit, visit_id, facility_organization, patient_reference).all(person_existing_episode))


def visit_item_id(visit_id: str, item: str) -> str:
    """The id of one item of a visit; the same for every correction of the visit."""
    return str(uuid5(NAMESPACE_URL, f"urn:simpul:visit:{visit_id}:{item}"))


def to_patient(patient: VisitPatient, facility_organization: str | None = None) -> Resource:
    """The Patient a visit describes. Carries no id: who it is, its identifiers say."""
    numbers = (("nik", patient.nik), ("bpjs", patient.jkn), ("ihs-number", patient.ihs), ("nik-ibu", patient.nik_ibu))
    resource: Resource = {
        "resourceType": "Patient",
        "identifier": [{"use": "official", "system": PERSON + kind, "value": v} for kind, v in numbers if v],
        "active": True,
        "name": [{"use": "official", "text": patient.name}],
        "gender": "female" if patient.sex == "P" else "male",
        "birthDate": patient.birth_date.isoformat(),
    }
    if patient.birth_order is not None:
        resource["multipleBirthInteger"] = patient.birth_order
    if patient.phone:
        resource["telecom"] = [{"system": "phone", "value": patient.phone, "use": "mobile"}]
    if patient.address:
        resource["address"] = [_address(patient.address)]
    if facility_organization:
        resource["managingOrganization"] = {"reference": f"Organization/{facility_organization}"}
    return resource


def _address(address: VisitAddress) -> Resource:
    village = address.village
    parts = {"province": village[:2], "city": village[:4], "district": village[:6], "village": village}
    parts |= {key: value for key, value in (("rt", address.rt), ("rw", address.rw)) if value}
    codes = [{"url": key, "valueCode": value} for key, value in parts.items()]
    found: Resource = {"use": "home", "country": "ID"}
    if address.line:
        found["line"] = [address.line]
    return found | {"extension": [{"url": ADMINISTRATIVE_CODE, "extension": codes}]}


def concept(*codings: tuple[str, str, str]) -> Resource:
    """A CodeableConcept from (system, code, display)."""
    return {
        "coding": [{"system": s, "code": c, "display": d} if d else {"system": s, "code": c} for s, c, d in codings]
    }


_CATEGORIES = "http://terminology.hl7.org/CodeSystem/observation-category"
_DIAGNOSED = "http://terminology.hl7.org/CodeSystem/condition-category"


class _Writer:
    """Writes the resources of one visit; what they share is worked out once."""

    def __init__(self, visit: Visit, visit_id: str, organization: str, patient: str) -> None:
        self.visit = visit
        self.visit_id = visit_id
        self.organization = organization
        self.when = visit.moment.astimezone(UTC).isoformat(timespec="seconds")
        self.patient = {"reference": patient}
        self.encounter = {"reference": f"Encounter/{visit_id}"}
        self.facility = {"reference": f"Organization/{organization}"}

    def all(self, existing_episode: str | None) -> Iterator[Resource]:
        episode = self._episode_id(existing_episode)
        yield self._encounter(episode)
        if episode is not None and episode == self._id("episode"):
            yield self._episode(episode)
        yield from self._measurements()
        yield from self._pregnancy()
        yield from self._tests()
        for diagnosis in self.visit.diagnoses:
            yield self._condition(diagnosis)
        for dose in self.visit.vaccines:
            yield self._immunization(dose)
        yield from self._medicines()
        yield from self._procedures()
        if self.visit.notes:
            yield self._notes(self.visit.notes)

    def _id(self, item: str) -> str:
        return visit_item_id(self.visit_id, item)

    # --- the visit itself

    def _episode_id(self, existing: str | None) -> str | None:
        pregnancy = self.visit.pregnancy
        if pregnancy is None or not (pregnancy.contact or pregnancy.lmp or pregnancy.edd):
            return None
        return (existing or self._id("episode")).removeprefix("EpisodeOfCare/")

    def _encounter(self, episode: str | None) -> Resource:
        visit, number = self.visit, []
        if visit.pregnancy and visit.pregnancy.contact:
            number = [{"system": CONTACT + "ANC", "value": visit.pregnancy.contact}]
        own = {"system": f"{LOCAL}encounter/{self.organization}", "value": self.visit_id}
        acts = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
        encounter: Resource = {
            "resourceType": "Encounter",
            "id": self.visit_id,
            "identifier": [own, *number],
            "status": "finished",
            "class": {"system": acts, "code": "AMB", "display": "ambulatory"},
            "subject": self.patient,
            "period": {"start": self.when, "end": self.when},
            "serviceProvider": self.facility,
        }
        if episode is not None:
            encounter["episodeOfCare"] = [{"reference": f"EpisodeOfCare/{episode}"}]
        if (attender := self._practitioner()) is not None:
            role = ("http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "ATND", "attender")
            encounter["participant"] = [{"type": [concept(role)], "individual": attender}]
        if visit.reason:
            encounter["reasonCode"] = [{"text": visit.reason}]
        if visit.diagnoses:
            ordered = sorted(visit.diagnoses, key=lambda d: not d.primary)
            encounter["diagnosis"] = [self._diagnosed(d, rank) for rank, d in enumerate(ordered, 1)]
        return encounter

    def _diagnosed(self, diagnosis: Diagnosis, rank: int) -> Resource:
        use = ("http://terminology.hl7.org/CodeSystem/diagnosis-role", "DD", "Discharge diagnosis")
        condition = {"reference": f"Condition/{self._id(f'diagnosis/{diagnosis.icd10}')}"}
        return {"condition": condition, "use": concept(use), "rank": rank}

    def _practitioner(self) -> Resource | None:
        who = self.visit.practitioner
        found: Resource = {}
        if who and who.ihs:
            found["reference"] = f"Practitioner/{who.ihs}"
        if who and who.name:
            found["display"] = who.name
        return found or None

    def _episode(self, episode: str) -> Resource:
        return {
            "resourceType": "EpisodeOfCare",
            "id": episode,
            "identifier": [{"system": f"{LOCAL}episode-of-care/{self.organization}", "value": episode}],
            "status": "active",
            "statusHistory": [{"status": "active", "period": {"start": self.when}}],
            "type": [concept((EPISODE_TYPE, "ANC", "Antenatal Care"))],
            "patient": self.patient,
            "managingOrganization": self.facility,
            "period": {"start": self.when},
        }

    # --- findings

    def _observation(self, item: str, category: str, code: Resource, value: Resource) -> Resource:
        attender = self._practitioner()
        return {
            "resourceType": "Observation",
            "id": self._id(item),
            "status": "final",
            "category": [concept((_CATEGORIES, category, ""))],
            "code": code,
            "subject": self.patient,
            "encounter": self.encounter,
            "effectiveDateTime": self.when,
            "issued": self.when,
            "performer": [self.facility, *([attender] if attender and "reference" in attender else [])],
            **value,
        }

    def _measurements(self) -> Iterator[Resource]:
        measured = self.visit.measurements
        for name, item in MEASURED.items():
            value = getattr(measured, name)
            if value is not None:
                yield self._measured(name, item, value)
        if measured.glucose_mgdl is not None:
            yield self._measured("glucose_mgdl", GLUCOSE[measured.glucose_kind], measured.glucose_mgdl)

    def _measured(self, name: str, item: Item, value: float) -> Resource:
        written = int(value) if value == int(value) else value
        quantity = {"value": written, "unit": item.unit, "system": UCUM, "code": item.unit}
        code = concept((item.system, item.code, item.display))
        return self._observation(name, item.category, code, {"valueQuantity": quantity})

    def _pregnancy(self) -> Iterator[Resource]:
        pregnancy = self.visit.pregnancy
        if pregnancy is None:
            return
        for name, (code, display) in PREGNANCY_DATES.items():
            day = getattr(pregnancy, name)
            if day is not None:
                value = {"valueDateTime": day.isoformat()}
                yield self._observation(name, "survey", concept((LOINC, code, display)), value)
        for name, (code, display) in PREGNANCY_COUNTS.items():
            count = getattr(pregnancy, name)
            if count is not None:
                yield self._observation(name, "survey", concept((LOINC, code, display)), {"valueInteger": count})

    def _tests(self) -> Iterator[Resource]:
        tests = self.visit.tests
        for name, (code, display) in TESTED.items():
            result = getattr(tests, name)
            if result is not None:
                value = {"valueCodeableConcept": concept((SNOMED, *REACTIONS[result]))}
                yield self._observation(name, "laboratory", concept((LOINC, code, display)), value)
        if tests.urine_protein is not None:
            yield self._measured("urine_protein", PROTEIN, PROTEIN_MG_DL[tests.urine_protein])
        if tests.blood_group is not None:
            value = {"valueCodeableConcept": concept((LOINC, *BLOOD_GROUPS[tests.blood_group]))}
            group = concept((LOINC, "883-9", "ABO group [Type] in Blood"))
            yield self._observation("blood_group", "laboratory", group, value)

    def _condition(self, diagnosis: Diagnosis) -> Resource:
        categories = [(_DIAGNOSED, "encounter-diagnosis", "Encounter Diagnosis")]
        if diagnosis.chronic:
            categories.insert(0, (_DIAGNOSED, "problem-list-item", "Problem List Item"))
        active = ("http://terminology.hl7.org/CodeSystem/condition-clinical", "active", "Active")
        condition: Resource = {
            "resourceType": "Condition",
            "id": self._id(f"diagnosis/{diagnosis.icd10}"),
            "clinicalStatus": concept(active),
            "category": [concept(category) for category in categories],
            "code": concept((ICD10, diagnosis.icd10, diagnosis.name or "")),
            "subject": self.patient,
            "encounter": self.encounter,
            "recordedDate": self.when,
        }
        return condition | ({"onsetDateTime": diagnosis.onset.isoformat()} if diagnosis.onset else {})

    # --- what was done

    def _immunization(self, dose: Dose) -> Resource:
        vaccine = VACCINES[dose.vaccine.rstrip("0123456789")]
        number = int(dose.vaccine[len(dose.vaccine.rstrip("0123456789")) :] or 1)
        reasons = "http://terminology.kemkes.go.id/CodeSystem/immunization-reason"
        immunization: Resource = {
            "resourceType": "Immunization",
            "id": self._id(f"vaccine/{dose.vaccine}"),
            "status": "completed",
            "vaccineCode": concept(*vaccine.codings),
            "patient": self.patient,
            "encounter": self.encounter,
            "occurrenceDateTime": dose.given_on.isoformat() if dose.given_on else self.when,
            "recorded": self.when,
            "primarySource": not dose.reported,
            "performer": [{"actor": self.facility}],
            "reasonCode": [concept((reasons, vaccine.reason(number), ""))],
            "protocolApplied": [{"doseNumberPositiveInt": max(number, 1)}],
        }
        if dose.reported:
            origin = ("http://terminology.hl7.org/CodeSystem/immunization-origin", "record", "Written Record")
            immunization["reportOrigin"] = concept(origin)
        return immunization | ({"lotNumber": dose.lot} if dose.lot else {})

    def _medicines(self) -> Iterator[Resource]:
        counted: dict[str, int] = {}
        for medicine in self.visit.medicines:
            counted[medicine.kfa] = n = counted.get(medicine.kfa, 0) + 1
            yield self._dispense(medicine, n)

    def _dispense(self, medicine: Medicine, n: int) -> Resource:
        amount = medicine.quantity
        return {
            "resourceType": "MedicationDispense",
            "id": self._id(f"medicine/{medicine.kfa}/{n}"),
            "status": "completed",
            "medicationCodeableConcept": concept((KFA, medicine.kfa, medicine.name or "")),
            "subject": self.patient,
            "context": self.encounter,
            "performer": [{"actor": self.facility}],
            "quantity": {"value": int(amount) if amount == int(amount) else amount, "unit": medicine.unit},
            "whenHandedOver": self.when,
        }

    def _procedures(self) -> Iterator[Resource]:
        if self.visit.pregnancy and self.visit.pregnancy.usg:
            code = concept((ICD9CM, "88.78", "Diagnostic ultrasound of gravid uterus"))
            yield self._procedure("usg", ("103693007", "Diagnostic procedure"), code)
        if self.visit.education:
            code = concept((SNOMED, "409073007", "Education"))
            yield self._procedure("education", ("409073007", "Education"), code)

    def _procedure(self, item: str, category: tuple[str, str], code: Resource) -> Resource:
        return {
            "resourceType": "Procedure",
            "id": self._id(item),
            "status": "completed",
            "category": concept((SNOMED, *category)),
            "code": code,
            "subject": self.patient,
            "encounter": self.encounter,
            "performedDateTime": self.when,
            "performer": [{"actor": self.facility}],
        }

    def _notes(self, notes: str) -> Resource:
        return {
            "resourceType": "ClinicalImpression",
            "id": self._id("notes"),
            "status": "completed",
            "subject": self.patient,
            "encounter": self.encounter,
            "effectiveDateTime": self.when,
            "date": self.when,
            "summary": notes,
        }
