"""The codes a plain-JSON visit is written in: the ones the SATUSEHAT modules use and the standards count."""

from typing import NamedTuple

from services.records.systems import CVX, KFA, LOINC, SNOMED


class Item(NamedTuple):
    """One measurement: its code, its UCUM unit, its category."""

    system: str
    code: str
    display: str
    unit: str
    category: str = "vital-signs"


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
    "hemoglobin": Item(LOINC, "718-7", "Hemoglobin [Mass/volume] in Blood", "g/dL", "laboratory"),
    "hba1c": Item(LOINC, "4548-4", "Hemoglobin A1c/Hemoglobin.total in Blood", "%", "laboratory"),
    "cholesterol_mgdl": Item(LOINC, "2093-3", "Cholesterol [Mass/volume] in Serum or Plasma", "mg/dL", "laboratory"),
}
GLUCOSE: dict[str, Item] = {
    "sewaktu": Item(LOINC, "2345-7", "Glucose [Mass/volume] in Serum or Plasma", "mg/dL", "laboratory"),
    "puasa": Item(LOINC, "1558-6", "Fasting glucose [Mass/volume] in Serum or Plasma", "mg/dL", "laboratory"),
    "2jam": Item(LOINC, "1521-4", "Glucose 2 hours post meal", "mg/dL", "laboratory"),
}
PREGNANCY_DATES: dict[str, tuple[str, str]] = {
    "lmp": ("8665-2", "Last menstrual period start date"),
    "edd": ("11778-8", "Delivery date Estimated"),
}
PREGNANCY_COUNTS: dict[str, tuple[str, str]] = {
    "gravida": ("11996-6", "[#] Pregnancies"),
    "para": ("11977-6", "[#] Parity"),
    "abortus": ("69043-8", "[#] Abortions"),
}
TESTED: dict[str, tuple[str, str]] = {
    "hiv": ("68961-2", "HIV 1 Ab [Presence] in Serum, Plasma or Blood by Rapid immunoassay"),
    "syphilis": ("20508-8", "Reagin Ab [Units/volume] in Serum or Plasma by RPR"),
    "hbsag": ("75410-1", "Hepatitis B virus surface Ag [Presence] by Rapid immunoassay"),
}
REACTIONS: dict[str, tuple[str, str]] = {
    "reaktif": ("11214006", "Reactive"),
    "nonreaktif": ("131194007", "Non-Reactive"),
}
PROTEIN = Item(LOINC, "5804-0", "Protein [Mass/volume] in Urine by Test strip", "mg/dL", "laboratory")
PROTEIN_MG_DL: dict[str, int] = {"negatif": 0, "trace": 15, "+1": 30, "+2": 100, "+3": 300, "+4": 1000}
"""The concentrations a urine dipstick's colours stand for."""
BLOOD_GROUPS: dict[str, tuple[str, str]] = {
    "A": ("LA19710-5", "Group A"),
    "B": ("LA19709-7", "Group B"),
    "AB": ("LA28449-9", "Group AB"),
    "O": ("LA19708-9", "Group O"),
}


class Vaccine(NamedTuple):
    """One vaccine: its codings, how many doses are basic, and the programme of the later ones."""

    codings: tuple[tuple[str, str, str], ...]
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
