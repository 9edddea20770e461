"""What a payer (BPJS) is told of one visit: the facility's own words on it, and nothing else of the record."""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, Field


class ToldDiagnosis(BaseModel):
    """A diagnosis of the visit; the first in the list is the primary one."""

    icd10: str | None
    name: str | None


class ToldMedicine(BaseModel):
    """A medicine handed out, or prescribed when nothing of it was handed out. `times` a day, `each` time so many."""

    kfa: str | None
    name: str | None
    quantity: float | None = None
    unit: str | None = None
    times: float | None = None
    each: float | None = None


class ToldProcedure(BaseModel):
    """Something done at the visit."""

    system: str | None
    code: str | None
    name: str | None


class ToldAllergy(BaseModel):
    """An allergy this facility knows of."""

    category: Literal["food", "air", "drug"] | None
    """None: the record does not say to what kind of thing."""
    code: str | None
    name: str | None


class ToldPractitioner(BaseModel):
    """Who treated: the IHS number (SATUSEHAT) when known, else the name alone."""

    ihs: str | None
    name: str | None


class VisitTold(BaseModel):
    """One visit as its facility would tell BPJS. `facility` is who gave it, `state` whether it may be told at all."""

    visit_id: str
    person_id: str
    state: Literal["finished", "open", "cancelled"]
    facility: str | None
    organization: str | None = None
    """Its Organization: the SATUSEHAT number when it has one."""
    at: datetime
    dated: bool = True
    """Whether the record says its day; when not, `at` is the first moment that can be meant."""
    ended: datetime | None = None
    kind: str | None = None
    """dalam-gedung, posyandu, kunjungan-rumah, sekolah; None when a FHIR client did not say."""
    cluster: str | None = None
    encounter_class: str | None = None
    service: str | None = None
    """Encounter.serviceType's code."""
    practitioner: ToldPractitioner | None = None
    reason: str | None = None
    notes: str | None = None
    discharge: str | None = None
    consciousness: str | None = None
    prognosis: str | None = None
    measured: dict[str, float] = Field(default_factory=dict)
    """The words of a visit's measurements (`systolic`, `weight_kg`, …), the last of each."""
    diagnoses: list[ToldDiagnosis] = []
    medicines: list[ToldMedicine] = []
    procedures: list[ToldProcedure] = []
    education: list[str] = []
    allergies: list[ToldAllergy] = []
    born: date | None = None
    nik: str | None = Field(None, repr=False)
    card: str | None = Field(None, repr=False)
    """The JKN number, when the record holds it."""
    ihs: str | None = Field(None, repr=False)
