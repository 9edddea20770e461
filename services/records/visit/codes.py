"""The codes a plain-JSON visit is written in, and read back by: those the SATUSEHAT modules use and standards count.

One table for both directions: `FINDINGS[part][field]` is an Observation, `ACTS[part][field]` a Procedure.
"""

from collections.abc import Mapping
from typing import NamedTuple

from services.records.systems import CLINICAL, CVX, ICD9CM, KFA, LOINC, SNOMED

Coding = tuple[str, str, str]
"""System, code, display. Without a code the display alone is what is said."""

EXAMINATION = "http://terminology.kemkes.go.id/CodeSystem/examination"
ORGANIZATION_TYPE = "http://terminology.kemkes.go.id/CodeSystem/organization-type"
KEMKES = "http://terminology.kemkes.go.id"
KIND = "https://simpul.id/CodeSystem/visit-kind"
CLUSTER = "https://simpul.id/CodeSystem/ilp-cluster"
REASON = "https://simpul.id/StructureDefinition/cancellation-reason"
FORM = "https://fhir.kemkes.go.id/Questionnaire/"
KPSP = "http://terminology.kemkes.go.id/Codesystem/kpsp"


class Item(NamedTuple):
    """One finding: its code, its UCUM unit, its category, the form of its value and, for words, their codings."""

    system: str
    code: str
    display: str
    unit: str = ""
    category: str = "vital-signs"
    value: str = "quantity"
    choices: Mapping[str, Coding] = {}


def _chosen(system: str, code: str, display: str, category: str, choices: Mapping[str, Coding]) -> Item:
    return Item(system, code, display, "", category, "choice", choices)


def _lab(code: str, display: str, unit: str = "mg/dL") -> Item:
    return Item(LOINC, code, display, unit, "laboratory")


def _score(system: str, code: str, display: str) -> Item:
    return Item(system, code, display, "{score}", "survey")


_NORMAL: dict[str, Coding] = {
    "normal": (SNOMED, "17621005", "Normal"),
    "tidak-normal": (SNOMED, "263654008", "Abnormal"),
}
_FOUND: dict[str, Coding] = {
    "positif": (SNOMED, "10828004", "Positive"),
    "negatif": (SNOMED, "260385009", "Negative"),
}
_REACTION: dict[str, Coding] = {
    "reaktif": (SNOMED, "11214006", "Reactive"),
    "nonreaktif": (SNOMED, "131194007", "Non-Reactive"),
}

GLUCOSE: dict[str, Item] = {
    "sewaktu": _lab("2345-7", "Glucose [Mass/volume] in Serum or Plasma"),
    "puasa": _lab("1558-6", "Fasting glucose [Mass/volume] in Serum or Plasma"),
    "2jam": _lab("1521-4", "Glucose 2 hours post meal"),
}
OTHER_GLUCOSE = {"74774-1": "sewaktu"}
PROTEIN = _lab("5804-0", "Protein [Mass/volume] in Urine by Test strip")
PROTEIN_MG_DL: dict[str, int] = {"negatif": 0, "trace": 15, "+1": 30, "+2": 100, "+3": 300, "+4": 1000}
"""The concentrations a urine dipstick's colours stand for."""

MEASURED: dict[str, Item] = {
    "systolic": Item(LOINC, "8480-6", "Systolic blood pressure", "mm[Hg]"),
    "diastolic": Item(LOINC, "8462-4", "Diastolic blood pressure", "mm[Hg]"),
    "pulse": Item(LOINC, "8867-4", "Heart rate", "{beats}/min"),
    "temperature": Item(LOINC, "8310-5", "Body temperature", "Cel"),
    "respiration": Item(LOINC, "9279-1", "Respiratory rate", "/min"),
    "oxygen_saturation": Item(LOINC, "2708-6", "Oxygen saturation in Arterial blood", "%"),
    "weight_kg": Item(LOINC, "29463-7", "Body weight", "kg"),
    "height_cm": Item(LOINC, "8302-2", "Body height", "cm"),
    "length_cm": Item(LOINC, "8306-3", "Body height --lying", "cm"),
    "head_cm": Item(LOINC, "9843-4", "Head Occipital-frontal circumference", "cm"),
    "waist_cm": Item(SNOMED, "276361009", "Waist circumference", "cm", "exam"),
    "muac_cm": Item(SNOMED, "284473002", "Mid upper arm circumference", "cm", "exam"),
    "fundal_height_cm": Item(LOINC, "11881-0", "Uterus Fundal height Tape measure", "cm", "exam"),
    "fetal_heart_rate": Item(LOINC, "55283-6", "Fetal Heart rate", "{beats}/min", "exam"),
    "hemoglobin": _lab("718-7", "Hemoglobin [Mass/volume] in Blood", "g/dL"),
    "hba1c": _lab("4548-4", "Hemoglobin A1c/Hemoglobin.total in Blood", "%"),
    "cholesterol_mgdl": _lab("2093-3", "Cholesterol [Mass/volume] in Serum or Plasma"),
    "hdl_mgdl": _lab("2085-9", "Cholesterol in HDL [Mass/volume] in Serum or Plasma"),
    "ldl_mgdl": _lab("2089-1", "Cholesterol in LDL [Mass/volume] in Serum or Plasma"),
    "triglycerides_mgdl": _lab("2571-8", "Triglyceride [Mass/volume] in Serum or Plasma"),
    "uric_acid_mgdl": _lab("3084-1", "Urate [Mass/volume] in Serum or Plasma"),
}

PREGNANCY: dict[str, Item] = {
    "lmp": Item(LOINC, "8665-2", "Last menstrual period start date", "", "survey", "date"),
    "edd": Item(LOINC, "11778-8", "Delivery date Estimated", "", "survey", "date"),
    "gestational_weeks": Item(LOINC, "18185-9", "Gestational age", "wk", "survey"),
    "gravida": Item(LOINC, "11996-6", "[#] Pregnancies", "", "survey", "integer"),
    "para": Item(LOINC, "11977-6", "[#] Parity", "", "survey", "integer"),
    "abortus": Item(LOINC, "69043-8", "[#] Abortions", "", "survey", "integer"),
    "presentation": _chosen(
        LOINC, "72155-5", "Position in womb Fetus [RHEA]", "exam",
        {
            "kepala": (SNOMED, "70028003", "Vertex presentation"),
            "sungsang": (SNOMED, "6096002", "Breech presentation"),
            "lintang": (SNOMED, "73161006", "Transverse lie"),
        },
    ),
}  # fmt: skip

DELIVERY: dict[str, Item] = {
    "at": Item(LOINC, "93857-1", "Date and time of obstetric delivery", "", "survey", "moment"),
    "place": _chosen(
        LOINC, "72150-6", "Delivery location", "survey",
        {
            "puskesmas": (ORGANIZATION_TYPE, "102", "Puskesmas"),
            "klinik": (ORGANIZATION_TYPE, "103", "Klinik"),
            "rumah-sakit": (ORGANIZATION_TYPE, "104", "Rumah Sakit"),
            "praktik-mandiri": (ORGANIZATION_TYPE, "101", "Praktik Mandiri"),
            "rumah": (SNOMED, "264362003", "Home"),
            "lainnya": ("", "", "Lainnya"),
        },
    ),
    "method": _chosen(
        LOINC, "57071-3", "Obstetric delivery method", "survey",
        {
            "normal": (SNOMED, "48782003", "Delivery normal"),
            "vakum": (SNOMED, "61586001", "Delivery by vacuum extraction"),
            "forsep": (SNOMED, "302383004", "Forceps delivery"),
            "sesar": (SNOMED, "11466000", "Cesarean section"),
        },
    ),
}  # fmt: skip
ATTENDANT = _chosen(
    CLINICAL, "OC000013", "Penolong Persalinan", "survey",
    {
        "dokter": (SNOMED, "309343006", "Physician"),
        "dokter-spesialis": (SNOMED, "11935004", "Obstetrician"),
        "bidan": (SNOMED, "309453006", "Registered midwife"),
        "perawat": (SNOMED, "106292003", "Professional nurse"),
        "dukun": ("", "", "Dukun"),
        "lainnya": ("", "", "Lainnya"),
    },
)  # fmt: skip

NEWBORN: dict[str, Item] = {
    "weight_g": Item(LOINC, "8339-4", "Birth weight Measured", "g"),
    "length_cm": Item(LOINC, "89269-5", "Body height Measured --at birth", "cm"),
    "apgar1": _score(LOINC, "9272-6", "1 minute Apgar Score"),
    "apgar5": _score(LOINC, "9274-2", "5 minute Apgar Score"),
}
CHILD: dict[str, Item] = {
    "exclusive_breastfeeding": Item(SNOMED, "1145307003", "Exclusively breastfed", "", "survey", "yes"),
    "weight_gain": Item(CLINICAL, "OC000012", "Kenaikan Berat Badan Adekuat", "", "exam", "yes"),
}
DEATH: dict[str, Item] = {
    "at": Item(LOINC, "81956-5", "Date and time of death [TimeStamp]", "", "survey", "moment"),
}

TESTED: dict[str, Item] = {
    "hiv": _chosen(
        LOINC, "68961-2", "HIV 1 Ab [Presence] in Serum, Plasma or Blood by Rapid immunoassay", "laboratory", _REACTION
    ),
    "syphilis": _chosen(
        LOINC, "20508-8", "Reagin Ab [Units/volume] in Serum or Plasma by RPR", "laboratory", _REACTION
    ),
    "hbsag": _chosen(
        LOINC, "75410-1", "Hepatitis B virus surface Ag [Presence] by Rapid immunoassay", "laboratory", _REACTION
    ),
    "blood_group": _chosen(
        LOINC, "883-9", "ABO group [Type] in Blood", "laboratory",
        {
            "A": (LOINC, "LA19710-5", "Group A"),
            "B": (LOINC, "LA19709-7", "Group B"),
            "AB": (LOINC, "LA28449-9", "Group AB"),
            "O": (LOINC, "LA19708-9", "Group O"),
        },
    ),
    "tb_tcm": _chosen(
        LOINC, "88874-3", "Mycobacterium tuberculosis complex DNA [Presence] by NAA", "laboratory",
        {
            "terdeteksi": (LOINC, "LA11882-0", "Detected"),
            "tidak-terdeteksi": (LOINC, "LA11883-8", "Not detected"),
        },
    ),
    "tb_smear": _chosen(
        LOINC, "11477-7", "Microscopic observation [Identifier] in Sputum by Acid fast stain", "laboratory",
        {
            "negatif": _FOUND["negatif"],
            "+1": (SNOMED, "260347006", "+"),
            "+2": (SNOMED, "260348001", "++"),
            "+3": (SNOMED, "260349009", "+++"),
        },
    ),
    "tb_culture": _chosen(
        LOINC, "539-7", "Mycobacterium sp identified in Sputum by Organism specific culture", "laboratory", _FOUND
    ),
    "chest_xray": _chosen(LOINC, "24648-8", "XR Chest PA upright", "imaging", _NORMAL),
}  # fmt: skip

SCREENED: dict[str, Item] = {
    "vision_right": Item(
        LOINC, "79882-7", "Visual acuity uncorrected Right eye by Snellen eye chart", "", "exam", "ratio"
    ),
    "vision_left": Item(
        LOINC, "79883-5", "Visual acuity uncorrected Left eye by Snellen eye chart", "", "exam", "ratio"
    ),
    "hearing": _chosen(SNOMED, "247301006", "Finding of ability to hear whisper", "exam", _NORMAL),
    "smoking": _chosen(
        LOINC, "72166-2", "Tobacco smoking status", "social-history",
        {
            "tidak": (SNOMED, "8392000", "Non-smoker"),
            "pasif": (SNOMED, "43381005", "Passive smoker"),
            "berhenti": (SNOMED, "8517006", "Ex-smoker"),
            "ya": (SNOMED, "77176002", "Smoker"),
        },
    ),
    "iva": _chosen(
        EXAMINATION, "X099241", "Tes IVA", "exam",
        {"positif": (SNOMED, "300557001", "Aceto-white reaction positive"), "negatif": _FOUND["negatif"]},
    ),
    "breast": _chosen(SNOMED, "13607009", "Manual examination of breast", "exam", _NORMAL),
    "barthel": _score(LOINC, "96762-0", "Barthel index panel"),
    "mini_cog": _score(LOINC, "72234-8", "Mini-Cog"),
    "amt": _score(SNOMED, "446840000", "Abbreviated mental test score"),
    "ad8": _score(LOINC, "71722-3", "Total score [AD8]"),
    "gds": _score(LOINC, "48542-5", "Geriatric depression scale (GDS) panel"),
    "mental_status": _chosen(
        LOINC, "8693-4", "Mental Status", "exam",
        {
            "baik": (SNOMED, "17326005", "Well in self"),
            "cemas": (SNOMED, "48694002", "Anxiety"),
            "terganggu": _NORMAL["tidak-normal"],
        },
    ),
    "hiv_risk_group": _chosen(
        KEMKES, "TK000034", "Kelompok Populasi", "social-history",
        {
            "bumil": ("", "", "Ibu hamil"),
            "tbc": ("", "", "Pasien TBC"),
            "ims": ("", "", "Pasien IMS"),
            "pekerja-seks": ("", "", "Pekerja seks"),
            "lsl": ("", "", "LSL"),
            "waria": ("", "", "Waria"),
            "penasun": ("", "", "Penasun"),
            "wbp": ("", "", "Warga binaan pemasyarakatan"),
            "pasangan": ("", "", "Pasangan ODHIV"),
            "lain": ("", "", "Lainnya"),
        },
    ),
}  # fmt: skip

FINDINGS: dict[str, dict[str, Item]] = {
    "measurements": MEASURED, "pregnancy": PREGNANCY, "delivery": DELIVERY, "newborn": NEWBORN, "child": CHILD,
    "death": DEATH, "tests": TESTED, "screening": SCREENED,
}  # fmt: skip

DIAGNOSTIC: Coding = (SNOMED, "103693007", "Diagnostic procedure")
THERAPEUTIC: Coding = (SNOMED, "277132007", "Therapeutic procedure")
EDUCATION: Coding = (SNOMED, "409073007", "Education")
ACTS: dict[str, dict[str, tuple[Coding, Coding]]] = {
    "pregnancy": {"usg": (DIAGNOSTIC, (ICD9CM, "88.78", "Diagnostic ultrasound of gravid uterus"))},
    "newborn": {
        "cord_care": (THERAPEUTIC, (CLINICAL, "PC000001", "Perawatan Tali Pusat")),
        "early_breastfeeding": (THERAPEUTIC, (SNOMED, "431868002", "Initiation of breastfeeding")),
        "vitamin_k": (THERAPEUTIC, (SNOMED, "448883004", "Injection of vitamin K1")),
        "eye_ointment": (THERAPEUTIC, (CLINICAL, "PC000002", "Pemberian Salep Antibiotik Mata")),
        "hypothyroid_screen": (DIAGNOSTIC, (SNOMED, "400984005", "Congenital hypothyroidism screening test")),
    },
}
VITAMIN_A: Coding = (SNOMED, "767224000", "Administration of vitamin A")
CAPSULES = {"biru": "Kapsul vitamin A biru, 100.000 IU", "merah": "Kapsul vitamin A merah, 200.000 IU"}
TOPICS: dict[str, Coding] = {
    "gizi": (SNOMED, "61310001", "Nutrition education"),
    "penyakit": (SNOMED, "84635008", "Disease process or condition education"),
    "diet-garam": (SNOMED, "183063000", "Low salt diet education"),
    "merokok": (SNOMED, "225324006", "Smoking effects education"),
    "konseling": (SNOMED, "409063005", "Counseling"),
}
TB_SUSPECT = ("Z03.0", "Observation for suspected tuberculosis")


class Form(NamedTuple):
    """One questionnaire: its number, its title, and its questions (word → text), answered yes or no."""

    number: str
    title: str
    questions: Mapping[str, str]


FORMS: dict[str, Form] = {
    "risks": Form(
        "Q0013", "Skrining PTM",
        {
            "merokok": "Merokok", "gula-berlebih": "Gula berlebih", "garam-berlebih": "Garam berlebih",
            "lemak-berlebih": "Lemak berlebih", "kurang-sayur-buah": "Kurang makan sayur dan buah",
            "kurang-gerak": "Kurang aktivitas fisik", "alkohol": "Minum alkohol",
        },
    ),
    "pkpr": Form(
        "Q0012", "PKPR (HEEADSSS)",
        {
            "rumah": "Rumah dan keluarga", "sekolah": "Pendidikan dan pekerjaan", "makan": "Pola makan",
            "aktivitas": "Aktivitas", "napza": "Napza", "seksualitas": "Seksualitas", "keamanan": "Keamanan",
            "bunuh-diri": "Depresi dan bunuh diri",
        },
    ),
    "skilas": Form(
        "Q0042", "SKILAS",
        {
            "kognitif": "Penurunan Kognitif", "mobilisasi": "Keterbatasan Mobilisasi", "malnutrisi": "Malnutrisi",
            "penglihatan": "Gangguan Penglihatan", "pendengaran": "Gangguan Pendengaran", "depresi": "Gejala Depresi",
        },
    ),
}  # fmt: skip
SDIDTK = "Q0003"
DEVELOPMENT: dict[str, Coding] = {
    "sesuai": (KPSP, "Ds", "Perkembangan sesuai"),
    "meragukan": (KPSP, "Dm", "Perkembangan meragukan"),
    "penyimpangan": (KPSP, "Dp", "Kemungkinan penyimpangan"),
}

KINDS: dict[str, tuple[Coding, Coding]] = {
    "dalam-gedung": (("", "AMB", "ambulatory"), (KIND, "dalam-gedung", "Kunjungan dalam gedung")),
    "posyandu": (("", "FLD", "field"), (KIND, "posyandu", "Posyandu")),
    "kunjungan-rumah": (("", "HH", "home health"), (KIND, "kunjungan-rumah", "Kunjungan rumah")),
    "sekolah": (("", "FLD", "field"), (KIND, "sekolah", "Layanan di sekolah")),
}
"""Kind of visit → Encounter class, Encounter type."""
CLUSTERS: dict[str, str] = {
    "1": "Klaster 1 Manajemen",
    "2": "Klaster 2 Ibu dan anak",
    "3": "Klaster 3 Dewasa dan lansia",
    "4": "Klaster 4 Penanggulangan penyakit menular",
    "lintas": "Lintas klaster",
}


class Vaccine(NamedTuple):
    """One vaccine: its codings, how many doses are basic, and the programme of the later ones."""

    codings: tuple[Coding, ...]
    basic: int = 9
    later: str = "IM-Baduta"

    def reason(self, number: int) -> str:
        """The programme a dose belongs to."""
        return "IM-Dasar" if number <= self.basic else self.later


VACCINES: dict[str, Vaccine] = {
    "HB": Vaccine(((KFA, "93008995", "Vaksin Hepatitis B Recombinant"), (KFA, "VG45", "HepB"))),
    "BCG": Vaccine(((KFA, "VG19", "BCG"), (CVX, "19", "BCG"))),
    "OPV": Vaccine(((KFA, "VG89", "POLIO"),)),
    "IPV": Vaccine(((KFA, "VG89", "POLIO"), (CVX, "10", "IPV"))),
    "DPT-HB-HIB": Vaccine(
        (
            (KFA, "93001282", "Vaksin DTP - HB - Hib 0,5 mL (PENTABIO, 1)"),
            (KFA, "VG107", "DTAP"),
            (KFA, "VG45", "HepB"),
            (KFA, "VG17", "HIB"),
            (CVX, "198", "DTP-hepB-Hib Pentavalent Non-US"),
        ),
        basic=3,
    ),
    "MR": Vaccine(((KFA, "VG03", "MR"), (CVX, "04", "M/R")), basic=1),
    "PCV": Vaccine(((KFA, "VG152", "PCV"), (CVX, "133", "Pneumococcal conjugate PCV 13")), basic=2),
    "RV": Vaccine(((CVX, "119", "rotavirus, monovalent"),)),
    "JE": Vaccine(((CVX, "39", "Japanese encephalitis"),), basic=0, later="IM-Khusus"),
    "HPV": Vaccine(((KFA, "VG137", "HPV"),), basic=0, later="IM-SD"),
    "TD": Vaccine(((KFA, "VG139", "Td"), (CVX, "35", "tetanus toxoid, adsorbed")), basic=0, later="IM-WUS"),
}
