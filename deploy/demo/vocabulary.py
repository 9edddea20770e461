"""The codes the demo writes with (LOINC, SNOMED CT, ICD-10, KFA, CVX and those of the Ministry of Health)."""

from dataclasses import dataclass
from typing import Any

Resource = dict[str, Any]

LOINC = "http://loinc.org"
SNOMED = "http://snomed.info/sct"
ICD10 = "http://hl7.org/fhir/sid/icd-10"
KFA = "http://sys-ids.kemkes.go.id/kfa"
CVX = "http://hl7.org/fhir/sid/cvx"
UCUM = "http://unitsofmeasure.org"
KEMKES = "http://terminology.kemkes.go.id/CodeSystem/"
HL7 = "http://terminology.hl7.org/CodeSystem/"
IDENTITY = "https://fhir.kemkes.go.id/id/"
ANC_CONTACT, PNC_CONTACT, NEONATAL_CONTACT = (
    f"{KEMKES}episodeofcare/{kind}" for kind in ("ANC", "puerperium", "neonate")
)


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing an Observation speaks of."""

    code: Resource
    category: list[Resource]
    unit: Resource


@dataclass(frozen=True, slots=True)
class Vaccine:
    """One product, with the antigens it counts for."""

    code: Resource
    reason: list[Resource]


def concept(*codings: tuple[str, str, str]) -> Resource:
    """A CodeableConcept of (system, code, display)."""
    return {"coding": [{"system": system, "code": code, "display": display} for system, code, display in codings]}


def _category(code: str) -> list[Resource]:
    return [concept((f"{HL7}observation-category", code, code.replace("-", " ").title()))]


VITAL, LAB, EXAM, SURVEY = (_category(code) for code in ("vital-signs", "laboratory", "exam", "survey"))


def _measure(
    code: str, display: str, unit: str = "", *, system: str = LOINC, category: list[Resource] = VITAL
) -> Measure:
    quantity = {"unit": unit, "system": UCUM, "code": unit} if unit else {}
    return Measure(concept((system, code, display)), category, quantity)


def _vaccine(reason: str, *codings: tuple[str, str, str]) -> Vaccine:
    return Vaccine(concept(*codings), [concept((f"{KEMKES}immunization-reason", reason, reason))])


HOME_VISIT: Resource = {"system": f"{HL7}v3-ActCode", "code": "HH", "display": "home health"}
AMBULATORY: Resource = {"system": f"{HL7}v3-ActCode", "code": "AMB", "display": "ambulatory"}
INPATIENT: Resource = {"system": f"{HL7}v3-ActCode", "code": "IMP", "display": "inpatient encounter"}
ACTIVE = concept((f"{HL7}condition-clinical", "active", "Active"))
CONFIRMED = concept((f"{HL7}condition-ver-status", "confirmed", "Confirmed"))
DIAGNOSIS = [concept((f"{HL7}condition-category", "encounter-diagnosis", "Encounter Diagnosis"))]
TABLET: Resource = {"unit": "TAB", "system": f"{HL7}v3-orderableDrugForm", "code": "TAB"}

# measured
SYSTOLIC = _measure("8480-6", "Systolic blood pressure", "mm[Hg]")
DIASTOLIC = _measure("8462-4", "Diastolic blood pressure", "mm[Hg]")
PULSE = _measure("8867-4", "Heart rate", "/min")
TEMPERATURE = _measure("8310-5", "Body temperature", "Cel")
WEIGHT = _measure("29463-7", "Body weight", "kg")
HEIGHT = _measure("8302-2", "Body height", "cm")
LENGTH = _measure("8306-3", "Body height --lying", "cm")
WAIST = _measure("8280-0", "Waist circumference", "cm")
MUAC = _measure("284473002", "Mid upper arm circumference", "cm", system=SNOMED)
BIRTH_WEIGHT = _measure("8339-4", "Birth weight Measured", "g")
HEMOGLOBIN = _measure("718-7", "Hemoglobin [Mass/volume] in Blood", "g/dL", category=LAB)
GLUCOSE = _measure("2345-7", "Glucose [Mass/volume] in Serum or Plasma", "mg/dL", category=LAB)
CHOLESTEROL = _measure("2093-3", "Cholesterol [Mass/volume] in Serum or Plasma", "mg/dL", category=LAB)
GESTATIONAL_AGE = _measure("18185-9", "Gestational age", "wk", category=EXAM)
FUNDAL_HEIGHT = _measure("11881-0", "Uterus Fundal height Tape measure", "cm", category=EXAM)
FETAL_HEART = _measure("55283-6", "Fetal Heart rate", "/min", category=EXAM)
INDEPENDENCE = _measure("96762-0", "Barthel Index total score", category=SURVEY)
COGNITION = _measure("72234-8", "Mini-Cog total score", category=SURVEY)
MOOD = _measure("48542-5", "Geriatric depression scale (GDS) short version total", category=SURVEY)
# dated, coded
LMP = _measure("8665-2", "Last menstrual period start date", category=EXAM)
DELIVERY = _measure("93857-1", "Date and time of obstetric delivery", category=EXAM)
DELIVERY_PLACE = _measure("72150-6", "Delivery location", category=SURVEY)
ATTENDANT = _measure("OC000013", "Penolong persalinan", system=f"{KEMKES}clinical-term", category=SURVEY)
BLOOD_GROUP = _measure("883-9", "ABO group [Type] in Blood", category=LAB)
URINE_PROTEIN = _measure("5804-0", "Protein [Mass/volume] in Urine by Test strip", category=LAB)
HIV = _measure("68961-2", "HIV 1 Ab [Presence] by Rapid immunoassay", category=LAB)
SYPHILIS = _measure("20508-8", "Treponema pallidum Ab [Presence] by Rapid test", category=LAB)
HBSAG = _measure("75410-1", "Hepatitis B virus surface Ag [Presence] by Rapid test", category=LAB)
TB_MOLECULAR = _measure("88874-3", "Mycobacterium tuberculosis complex DNA by NAA", category=LAB)
RISK_GROUP = _measure("TK000034", "Kelompok populasi", system="http://terminology.kemkes.go.id", category=SURVEY)
SMOKING = _measure("72166-2", "Tobacco smoking status", category=SURVEY)
MENTAL_STATUS = _measure("8693-4", "Mental status", category=EXAM)
HEARING = _measure("247301006", "Hearing finding", system=SNOMED, category=EXAM)
VISION = _measure("79882-7", "Visual acuity uncorrected right eye", category=EXAM)
# values
NEGATIVE = concept((SNOMED, "131194007", "Non-Reactive"))
REACTIVE = concept((SNOMED, "11214006", "Reactive"))
NORMAL = concept((SNOMED, "17621005", "Normal"))
AT_RISK = concept((SNOMED, "102947004", "High risk sexual behavior"))
NEVER_SMOKED = concept((SNOMED, "266919005", "Never smoked tobacco"))
SMOKES = concept((SNOMED, "77176002", "Smoker"))
TB_DETECTED = concept((LOINC, "LA11882-0", "Detected"))
TB_NOT_DETECTED = concept((LOINC, "LA11883-8", "Not detected"))
BLOOD_GROUPS = [concept((LOINC, code, kind)) for code, kind in (
    ("LA19710-5", "Group A"), ("LA19709-7", "Group B"), ("LA28449-9", "Group AB"), ("LA19708-9", "Group O"),
)]  # fmt: skip
PLACES = {kind: concept((f"{KEMKES}organization-type", code, name)) for kind, code, name in (
    ("puskesmas", "102", "Pusat Kesehatan Masyarakat"), ("klinik-pratama", "103", "Klinik"),
    ("rs", "104", "Rumah Sakit"),
)}  # fmt: skip
AT_HOME = concept((SNOMED, "264362003", "Home"))
MIDWIFE = concept((SNOMED, "309453006", "Registered midwife"))
DOCTOR = concept((SNOMED, "309343006", "Physician"))
NURSE = concept((SNOMED, "106292003", "Professional nurse"))
# done, given, asked
EDUCATION = concept((SNOMED, "409073007", "Education"))
ULTRASOUND = concept(("http://hl7.org/fhir/sid/icd-9-cm", "88.78", "Diagnostic ultrasound of gravid uterus"))
VITAMIN_K = concept((SNOMED, "448883004", "Administration of vitamin K"))
EYE_OINTMENT = concept((f"{KEMKES}clinical-term", "PC000002", "Pemberian salep mata"))
CORD_CARE = concept((f"{KEMKES}clinical-term", "PC000001", "Perawatan tali pusat"))
EARLY_BREASTFEEDING = concept((SNOMED, "431868002", "Initiation of breastfeeding"))
VITAMIN_A = concept((SNOMED, "767224000", "Administration of vitamin A"))
IRON = concept((KFA, "92000653", "Ferro Fumarat / Asam Folat Tablet"))
AMLODIPINE = concept(("http://www.whocc.no/atc", "C08CA01", "amlodipine"))
METFORMIN = concept(("http://www.whocc.no/atc", "A10BA02", "metformin"))
TB_EPISODE = concept((f"{KEMKES}episodeofcare-type", "TB-SO", "Tuberkulosis Sensitif Obat"))
ANC_EPISODE = concept((f"{KEMKES}episodeofcare-type", "ANC", "Antenatal Care"))
GROWTH_FORM = "https://fhir.kemkes.go.id/Questionnaire/Q0003"
SKILAS_FORM = "https://fhir.kemkes.go.id/Questionnaire/Q0042"
ASKED: list[Resource] = [{"linkId": "1", "text": "Diperiksa", "answer": [{"valueBoolean": True}]}]
# vaccines
HB0 = _vaccine("IM-Dasar", (KFA, "93008995", "Vaksin Hepatitis B"), (KFA, "VG45", "HepB"), (CVX, "08", "Hep B"))
BCG = _vaccine("IM-Dasar", (KFA, "VG19", "BCG"), (CVX, "19", "BCG"))
OPV = _vaccine("IM-Dasar", (KFA, "VG89", "Polio"), (CVX, "178", "OPV bivalent"))
IPV = _vaccine("IM-Dasar", (KFA, "VG89", "Polio"), (CVX, "10", "IPV"))
PENTA = _vaccine(
    "IM-Dasar", (KFA, "93001282", "Vaksin DTP - HB - Hib 0,5 mL (PENTABIO)"), (KFA, "VG17", "HIB"),
    (KFA, "VG45", "HepB"), (KFA, "VG107", "DTAP"), (CVX, "198", "DTP-hepB-Hib Pentavalent Non-US"),
)  # fmt: skip
PCV = _vaccine("IM-Dasar", (KFA, "VG152", "PCV"), (CVX, "133", "PCV13"))
ROTAVIRUS = _vaccine("IM-Dasar", (CVX, "119", "rotavirus, monovalent"))
MR = _vaccine("IM-Dasar", (KFA, "VG03", "MR"), (CVX, "04", "M/R"))
TD = _vaccine("IM-WUS", (KFA, "93006992", "Vaksin Td"), (KFA, "VG139", "Td"), (CVX, "35", "tetanus toxoid"))


FROM_THE_BOOK = concept((f"{HL7}immunization-origin", "record", "Written Record"))


BIRTH_TIME = "http://hl7.org/fhir/StructureDefinition/patient-birthTime"


def hour_of_birth(day: str) -> str:
    """The moment of a birth whose hour is known."""
    return f"{day}T01:30:00+07:00"


def icd10(code: str, display: str) -> Resource:
    return concept((ICD10, code, display))


def contact(system: str, number: str) -> Resource:
    """The numbered contact (K1..K6, KF, KN) that travels as an identifier of the visit."""
    return {"system": system, "value": number}


PREGNANT = icd10("Z34.9", "Supervision of normal pregnancy, unspecified")
MISCARRIAGE = icd10("O03.9", "Spontaneous abortion, complete, without complication")
SPONTANEOUS = icd10("O80.9", "Single spontaneous delivery, unspecified")
CAESAREAN = icd10("O82.9", "Delivery by caesarean section, unspecified")
LIVE_BIRTH = icd10("Z37.0", "Single live birth")
NEWBORN = icd10("Z38.0", "Singleton, born in hospital")
HYPERTENSION = icd10("I10", "Essential (primary) hypertension")
DIABETES = icd10("E11.9", "Type 2 diabetes mellitus without complications")
SCHIZOPHRENIA = icd10("F20.9", "Schizophrenia, unspecified")
TB_SUSPECT = icd10("Z03.0", "Observation for suspected tuberculosis")
HIV_SCREENING = icd10("Z11.4", "Special screening examination for HIV")
TB_SCREENING = icd10("Z11.1", "Special screening examination for respiratory tuberculosis")
TB_LUNG = icd10("A15.0", "Tuberculosis of lung, confirmed by sputum microscopy")
DIARRHOEA = icd10("A09", "Infectious gastroenteritis and colitis")
DENGUE = icd10("A90", "Dengue fever [classical dengue]")
ILLNESSES = [icd10(code, display) for code, display in (
    ("J06.9", "Acute upper respiratory infection, unspecified"), ("J00", "Acute nasopharyngitis [common cold]"),
    ("R50.9", "Fever, unspecified"), ("K30", "Functional dyspepsia"), ("M79.1", "Myalgia"), ("R51", "Headache"),
    ("L20.9", "Atopic dermatitis, unspecified"), ("A09", "Infectious gastroenteritis and colitis"),
    ("K02.9", "Dental caries, unspecified"), ("H10.9", "Conjunctivitis, unspecified"),
    ("T14.1", "Open wound of unspecified body region"), ("N39.0", "Urinary tract infection, site not specified"),
)]  # fmt: skip
