"""What is possible but unlikely, or was understood only in part: told beside the answer, never changed, never refused.

Soft checks as in the identity rules: a NIK's birth date and sex may differ from the person's (corrections keep it).
"""

from collections.abc import Iterator
from datetime import date

from services.kernel.problems import Fault, Text
from services.records.visit import words
from services.records.visit.contract import Visit
from services.records.visit.given import Diagnosis
from services.records.visit.person import VisitPatient

USUAL: dict[str, tuple[float, float]] = {
    "systolic": (70, 220), "diastolic": (40, 130), "pulse": (40, 180), "temperature": (35, 41),
    "respiration": (10, 70), "oxygen_saturation": (85, 100), "weight_kg": (1.5, 150), "height_cm": (60, 200),
    "length_cm": (40, 115), "head_cm": (28, 60), "waist_cm": (40, 150), "muac_cm": (9, 45),
    "fundal_height_cm": (8, 42), "fetal_heart_rate": (100, 180), "hemoglobin": (6, 19), "glucose_mgdl": (40, 500),
    "hba1c": (4, 15), "cholesterol_mgdl": (90, 400), "hdl_mgdl": (15, 110), "ldl_mgdl": (20, 300),
    "triglycerides_mgdl": (30, 800), "uric_acid_mgdl": (1.5, 13),
}  # fmt: skip
"""What is met in primary care almost always; outside it the number is asked about."""
BABY_KG, SMALL_KG, ADULT_KG, ADULT_CM = 15.0, 35.0, 25.0, 120.0
OLD_DAYS = 366


def doubts(visit: Visit, today: date, born: date | None = None) -> list[Fault]:
    """The warnings of one visit, with the fields they are about. `born`: of a person it does not describe."""
    born = visit.patient.birth_date if isinstance(visit.patient, VisitPatient) else born
    sizes = _sizes(visit, born) if born else ()
    return [*_numbers(visit), *sizes, *_person(visit), *_dates(visit, today), *_understood(visit)]


def _numbers(visit: Visit) -> Iterator[Fault]:
    for name, (low, high) in USUAL.items():
        value = getattr(visit.measurements, name)
        if value is not None and not low <= value <= high:
            yield Fault(
                f"/measurements/{name}",
                Text(
                    f"jarang di luar {low:g} sampai {high:g}; disimpan seperti tertulis, periksa lagi",
                    f"rarely outside {low:g} to {high:g}; kept as written, check it again",
                ),
                "unlikely",
            )


def _sizes(visit: Visit, born: date) -> Iterator[Fault]:
    """Weight and height against age: a slip of a digit shows here."""
    age = (visit.day - born).days / 365.25
    weight, height = visit.measurements.weight_kg, visit.measurements.height_cm
    most = BABY_KG if age < 1 else SMALL_KG if age < 5 else None
    if weight is not None and ((most and weight > most) or (age >= 15 and weight < ADULT_KG)):
        yield _odd("/measurements/weight_kg", "berat badan tidak lazim untuk umurnya", "an unusual weight for the age")
    if height is not None and age >= 15 and height < ADULT_CM:
        yield _odd("/measurements/height_cm", "tinggi badan tidak lazim untuk umurnya", "an unusual height for the age")
    if weight and height and age >= 15 and not 12 <= weight / (height / 100) ** 2 <= 60:
        yield _odd("/measurements", "berat dan tinggi badan tidak sepadan", "weight and height do not go together")


def _person(visit: Visit) -> Iterator[Fault]:
    if not isinstance(visit.patient, VisitPatient) or visit.patient.nik is None:
        return
    nik, born = visit.patient.nik, visit.patient.birth_date
    day = int(nik[6:8])
    if (day > 40) != (visit.patient.sex == "P"):
        yield _odd("/patient/sex", "jenis kelamin berbeda dari NIK", "the sex differs from the NIK")
    if (day % 40, int(nik[8:10]), int(nik[10:12])) != (born.day, born.month, born.year % 100):
        yield _odd("/patient/birth_date", "tanggal lahir berbeda dari NIK", "the birth date differs from the NIK")


def _dates(visit: Visit, today: date) -> Iterator[Fault]:
    if (today - visit.day).days > OLD_DAYS:
        yield _odd("/at", "kunjungan lebih dari setahun yang lalu", "a visit of more than a year ago")
    if visit.pregnancy and visit.pregnancy.lmp and visit.pregnancy.edd:
        term = (visit.pregnancy.edd - visit.pregnancy.lmp).days
        if not 250 <= term <= 310:
            yield _odd("/pregnancy/edd", "HPHT dan HPL tidak sepadan", "last menses and due date do not go together")


def _understood(visit: Visit) -> Iterator[Fault]:
    """How diagnoses and medicines said in words were understood."""
    for n, diagnosis in enumerate(visit.diagnoses):
        if diagnosis.icd10 is None and diagnosis.name:
            yield from _read(f"/diagnoses/{n}/name", words.diagnoses().find(diagnosis.name), "ICD-10")
        elif _differs(diagnosis):
            found = words.diagnoses().find(diagnosis.name or "")
            yield _odd(
                f"/diagnoses/{n}",
                f"nama itu biasanya {found.code}, bukan kode yang ditulis; disimpan seperti tertulis",
                f"that name is usually {found.code}, not the code written; kept as written",
            )
    for n, medicine in enumerate(visit.medicines):
        if medicine.kfa is None and medicine.name:
            yield from _read(f"/medicines/{n}/name", words.medicines().find(medicine.name), "KFA")


def _differs(diagnosis: Diagnosis) -> bool:
    """A name that surely means another group of diseases than the code beside it."""
    if not (diagnosis.icd10 and diagnosis.name):
        return False
    found = words.diagnoses().find(diagnosis.name)
    return bool(found.code and not found.near and found.code[:1] != diagnosis.icd10[:1])


def _read(pointer: str, found: words.Match, system: str) -> Iterator[Fault]:
    if found.code and found.near:
        yield Fault(
            pointer,
            Text(
                f"dibaca sebagai {found.code} {found.display}; bila bukan itu, koreksi dengan kodenya",
                f"read as {found.code} {found.display}; if it is not that, correct it with the code",
            ),
            "read-as",
        )
    elif found.choices:
        choices = "; ".join(f"{code} {name}" for code, name in found.choices)
        yield Fault(
            pointer,
            Text(
                f"beberapa kode {system} mungkin: {choices}. Disimpan sebagai teks; koreksi dengan kodenya",
                f"several {system} codes may be meant: {choices}. Kept as text; correct it with the code",
            ),
            "several",
        )
    elif found.code is None:
        yield Fault(
            pointer,
            Text(
                f"kode {system} tidak dikenal dari kata itu; disimpan sebagai teks, tidak terhitung dalam indikator",
                f"no {system} code is known for these words; kept as text, not counted by the indicators",
            ),
            "unknown-words",
        )


def _odd(pointer: str, said: str, said_en: str) -> Fault:
    return Fault(pointer, Text(f"{said}; periksa lagi", f"{said_en}; check it again"), "unlikely")
