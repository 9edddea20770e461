"""A plain-JSON visit as the FHIR resources a SATUSEHAT system would have sent for it.

Pure. Ids come from the visit's id and the item, so a corrected visit yields the same ids for the items it
keeps: what is new is created, what is gone can be deleted.
"""

from collections.abc import Iterator
from datetime import UTC
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from services.records.systems import CONTACT, EPISODE_TYPE, ICD10, KFA, LOCAL
from services.records.visit.codes import (
    ACTS,
    ATTENDANT,
    CAPSULES,
    CLUSTER,
    CLUSTERS,
    DEVELOPMENT,
    EDUCATION,
    FINDINGS,
    FORM,
    FORMS,
    GLUCOSE,
    KINDS,
    PROTEIN,
    PROTEIN_MG_DL,
    SDIDTK,
    TB_SUSPECT,
    THERAPEUTIC,
    TOPICS,
    VACCINES,
    VITAMIN_A,
    Coding,
    Item,
)
from services.records.visit.coding import concept, diagnosed, dispensed, short, value_of
from services.records.visit.contract import Visit
from services.records.visit.given import Diagnosis, Dose, Medicine

Resource = dict[str, Any]
OLD_PARTS = ("measurements", "pregnancy", "tests")
"""Parts whose items have ids without the part's name."""


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


def opens_episode(visit: Visit) -> bool:
    """Whether the visit belongs into a pregnancy episode."""
    pregnancy = visit.pregnancy
    return pregnancy is not None and bool(pregnancy.contact or pregnancy.lmp or pregnancy.edd)


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
        self.diagnoses = [*visit.diagnoses, *_implied(visit)]

    def all(self, existing_episode: str | None) -> Iterator[Resource]:
        episode = self._episode_id(existing_episode)
        yield self._encounter(episode)
        if episode is not None and episode == self._id("episode"):
            yield self._episode(episode)
        for part in FINDINGS:
            yield from self._findings(part)
        yield from self._others()
        yield from self._forms()
        for diagnosis in self.diagnoses:
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
        if not opens_episode(self.visit):
            return None
        return (existing or self._id("episode")).removeprefix("EpisodeOfCare/")

    def _encounter(self, episode: str | None) -> Resource:
        visit = self.visit
        own = {"system": f"{LOCAL}encounter/{self.organization}", "value": visit.number or self.visit_id}
        kind, type_ = KINDS[visit.kind]
        types = [concept(type_)]
        if visit.cluster:
            types.append(concept((CLUSTER, visit.cluster, CLUSTERS[visit.cluster])))
        acts = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
        encounter: Resource = {
            "resourceType": "Encounter",
            "id": self.visit_id,
            "identifier": [own, *self._contacts()],
            "status": "finished",
            "class": {"system": acts, "code": kind[1], "display": kind[2]},
            "type": types,
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
        if self.diagnoses:
            ordered = sorted(self.diagnoses, key=lambda d: not d.primary)
            encounter["diagnosis"] = [self._diagnosed(d, rank) for rank, d in enumerate(ordered, 1)]
        return encounter

    def _contacts(self) -> list[Resource]:
        """Contact numbers: identifiers that SATUSEHAT uses as codes."""
        visit = self.visit
        numbers = (
            ("ANC", visit.pregnancy and visit.pregnancy.contact),
            ("puerperium", visit.postnatal),
            ("neonate", visit.newborn and visit.newborn.contact),
        )
        return [{"system": CONTACT + kind, "value": number} for kind, number in numbers if number]

    def _diagnosed(self, diagnosis: Diagnosis, rank: int) -> Resource:
        use = ("http://terminology.hl7.org/CodeSystem/diagnosis-role", "DD", "Discharge diagnosis")
        condition = {"reference": f"Condition/{self._id(f'diagnosis/{_key(diagnosis)}')}"}
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

    def _findings(self, part: str) -> Iterator[Resource]:
        said = getattr(self.visit, part)
        if said is None:
            return
        for name, item in FINDINGS[part].items():
            value = getattr(said, name)
            if value is not None:
                yield self._finding(name if part in OLD_PARTS else f"{part}/{name}", item, value)

    def _finding(self, name: str, item: Item, value: Any) -> Resource:
        attender = self._practitioner()
        return {
            "resourceType": "Observation",
            "id": self._id(name),
            "status": "final",
            "category": [concept((_CATEGORIES, item.category, ""))],
            "code": concept((item.system, item.code, item.display)),
            "subject": self.patient,
            "encounter": self.encounter,
            "effectiveDateTime": self.when,
            "issued": self.when,
            "performer": [self.facility, *([attender] if attender and "reference" in attender else [])],
            **value_of(item, value),
        }

    def _others(self) -> Iterator[Resource]:
        """Findings whose code or value depends on another word, or that stand several times."""
        measured, tests, delivery = self.visit.measurements, self.visit.tests, self.visit.delivery
        if measured.glucose_mgdl is not None:
            yield self._finding("glucose_mgdl", GLUCOSE[measured.glucose_kind], measured.glucose_mgdl)
        if tests.urine_protein is not None:
            yield self._finding("urine_protein", PROTEIN, PROTEIN_MG_DL[tests.urine_protein])
        for n, attendant in enumerate(delivery.attendants if delivery else ()):
            yield self._finding(f"delivery/attendant/{n}", ATTENDANT, attendant)

    def _forms(self) -> Iterator[Resource]:
        screening = self.visit.screening
        for name, form in FORMS.items():
            problems = getattr(screening, name)
            if problems is not None:
                answers = [
                    {"linkId": str(n), "text": text, "answer": [{"valueBoolean": word in problems}]}
                    for n, (word, text) in enumerate(form.questions.items(), 1)
                ]
                yield self._form(name, form.number, answers)
        if screening.sdidtk is not None:
            system, code, display = DEVELOPMENT[screening.sdidtk]
            result = {"valueCoding": {"system": system, "code": code, "display": display}}
            inner = [{"linkId": "1.2", "text": "Kuesioner Pra Skrining (KPSP)", "answer": [result]}]
            title = "Stimulasi, Deteksi, dan Intervensi Dini Tumbuh Kembang (SDIDTK)"
            yield self._form("sdidtk", SDIDTK, [{"linkId": "1", "text": title, "item": inner}])

    def _form(self, name: str, number: str, items: list[Resource]) -> Resource:
        return {
            "resourceType": "QuestionnaireResponse",
            "id": self._id(f"screening/{name}"),
            "questionnaire": FORM + number,
            "status": "completed",
            "subject": self.patient,
            "encounter": self.encounter,
            "authored": self.when,
            "author": self.facility,
            "item": items,
        }

    def _condition(self, diagnosis: Diagnosis) -> Resource:
        categories = [(_DIAGNOSED, "encounter-diagnosis", "Encounter Diagnosis")]
        if diagnosis.chronic:
            categories.insert(0, (_DIAGNOSED, "problem-list-item", "Problem List Item"))
        active = ("http://terminology.hl7.org/CodeSystem/condition-clinical", "active", "Active")
        code, display = diagnosed(diagnosis)
        condition: Resource = {
            "resourceType": "Condition",
            "id": self._id(f"diagnosis/{_key(diagnosis)}"),
            "clinicalStatus": concept(active),
            "category": [concept(category) for category in categories],
            "code": concept((ICD10, code or "", display), text=diagnosis.name),
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
            code, display = dispensed(medicine)
            key = code or (medicine.name or "").lower()
            counted[key] = n = counted.get(key, 0) + 1
            yield self._dispense(medicine, concept((KFA, code or "", display), text=medicine.name), f"{key}/{n}")

    def _dispense(self, medicine: Medicine, what: Resource, key: str) -> Resource:
        return {
            "resourceType": "MedicationDispense",
            "id": self._id(f"medicine/{key}"),
            "status": "completed",
            "medicationCodeableConcept": what,
            "subject": self.patient,
            "context": self.encounter,
            "performer": [{"actor": self.facility}],
            "quantity": {"value": short(medicine.quantity), "unit": medicine.unit},
            "whenHandedOver": self.when,
        }

    def _procedures(self) -> Iterator[Resource]:
        for part, acts in ACTS.items():
            said = getattr(self.visit, part)
            for name, (category, code) in acts.items() if said else ():
                if getattr(said, name):
                    yield self._procedure(name if part in OLD_PARTS else f"{part}/{name}", category, concept(code))
        if capsule := self.visit.child.vitamin_a:
            yield self._procedure("child/vitamin_a", THERAPEUTIC, concept(VITAMIN_A, text=CAPSULES[capsule]))
        if self.visit.education:
            yield self._procedure("education", EDUCATION, concept(EDUCATION))
        for topic in self.visit.topics:
            yield self._procedure(f"education/{topic}", EDUCATION, concept(TOPICS[topic]))

    def _procedure(self, item: str, category: Coding, code: Resource) -> Resource:
        return {
            "resourceType": "Procedure",
            "id": self._id(item),
            "status": "completed",
            "category": concept(category),
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


def _key(diagnosis: Diagnosis) -> str:
    return diagnosed(diagnosis)[0] or " ".join((diagnosis.name or "").lower().split())


def _implied(visit: Visit) -> list[Diagnosis]:
    """A presumptive TB case is a diagnosis, when no other word has said so."""
    said = {diagnosed(d)[0] for d in visit.diagnoses}
    if visit.screening.tb_suspect and TB_SUSPECT[0] not in said:
        return [Diagnosis.model_validate({"icd10": TB_SUSPECT[0]})]
    return []
