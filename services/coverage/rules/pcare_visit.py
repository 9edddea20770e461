"""A visit of the record as PCare's pendaftaran and kunjungan V1. Pure.

No value is invented: a vital sign that was not measured is 0 as PCare writes it (and told as missing), a text that was
not written is empty. What BPJS wants and neither record nor facility says is a gap, with the field to mend in words.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal
from zoneinfo import ZoneInfo

from services.coverage.contract.maps import MapKind
from services.coverage.rules.choices import Chosen
from services.kernel.problems import Text
from services.records.contract import ToldMedicine, VisitTold

Body = dict[str, Any]
Reason = Literal["missing", "rounded", "shortened", "no-code", "no-place", "no-quantity", "more-than-one"]


@dataclass(frozen=True, slots=True)
class Missing:
    """A field that BPJS wants and nobody says; what to do about it, and where: record, maps or referral."""

    field: str
    text: Text
    where: Literal["record", "maps", "referral"] = "record"


@dataclass(frozen=True, slots=True)
class Left:
    """Something that is not told as it stands in the record: missing there, shortened, rounded or without a place."""

    field: str
    why: Reason


@dataclass(frozen=True, slots=True)
class Member:
    """What BPJS knows the patient by, and where they are registered."""

    card: str = field(repr=False)
    provider: str


@dataclass(frozen=True, slots=True)
class Around:
    """What the mapping needs beside the record: the member, the facility's choices of the day, BPJS' own lists."""

    member: Member
    chosen: Chosen
    polis: Mapping[str, bool]
    """kdPoli → poliSakit."""
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Referral:
    """The part of a kunjungan that refers: `rujukLanjut`, TACC, and which status at leaving that makes."""

    onward: Body
    tacc: int = -1
    tacc_reason: str | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """The bodies; without a diagnosis a healthy visit is its registration alone (`visit` None)."""

    registration: Body = field(repr=False)
    visit: Body | None = field(repr=False)
    left: tuple[Left, ...] = ()


@dataclass(frozen=True, slots=True)
class Vital:
    """A number of PCare: its field, our words for it (the first that was measured), what is possible, whole or not."""

    field: str
    ours: tuple[str, ...]
    low: float
    high: float
    whole: bool = True


VITALS = (
    Vital("sistole", ("systolic",), 40, 300),
    Vital("diastole", ("diastolic",), 20, 200),
    Vital("beratBadan", ("weight_kg",), 0.3, 350, whole=False),
    Vital("tinggiBadan", ("height_cm", "length_cm"), 20, 250, whole=False),
    Vital("respRate", ("respiration",), 4, 120),
    Vital("lingkarPerut", ("waist_cm",), 30, 250, whole=False),
    Vital("heartRate", ("pulse",), 20, 300),
)
SUHU = Vital("suhu", ("temperature",), 25, 45, whole=False)
LONGEST = 400
"""Characters of one text; BPJS publishes no limit."""
DIAGNOSES = 3
OUTPATIENT, INPATIENT, PROMOTIVE = "10", "20", "50"
"""kdTkp: RJTP, RITP, promotive."""
DIED, AGAINST_ADVICE, AMBULATORY, REFERRED = "1", "2", "3", "4"
"""kdStatusPulang of what the record says in FHIR's words; the facility may choose others for its own."""
_LEAVING = {"exp": DIED, "aadvice": AGAINST_ADVICE, "home": AMBULATORY}
NO_TACC = -1
NO_DIAGNOSIS = "tanpa-diagnosis"
"""`ours` of the poli for visits without a diagnosis: a facility that has healthy visits chooses one for them."""
_KINDS = {"HH": "kunjungan-rumah", "FLD": "posyandu", "EMER": "gawat-darurat", "IMP": "rawat-inap"}
"""What a FHIR client's Encounter.class says of the place, when it has no kind."""


def visit(told: VisitTold, around: Around, referral: Referral | None = None) -> Told | tuple[Missing, ...]:
    """The bodies of a finished visit, or all that is missing for them."""
    return _Writer(told, around, referral).write()


def dmy(day: date) -> str:
    """A date as PCare writes it."""
    return f"{day:%d-%m-%Y}"


class _Writer:
    """Gathers the bodies, the gaps and what is left out."""

    def __init__(self, told: VisitTold, around: Around, referral: Referral | None) -> None:
        self.told, self.around, self.referral = told, around, referral
        self.day = told.at.astimezone(around.zone).date()
        self.gaps: list[Missing] = []
        self.left: list[Left] = []

    def write(self) -> Told | tuple[Missing, ...]:
        poli = self._poli()
        sick = self.around.polis.get(poli or "", True)
        kind = INPATIENT if self.told.encounter_class in ("IMP", "ACUTE") else OUTPATIENT if sick else PROMOTIVE
        vitals = {v.field: self._vital(v) for v in VITALS}
        common = {"noKartu": self.around.member.card, "tglDaftar": dmy(self.day), "kdPoli": poli}
        words = self._words("keluhan", self.told.reason)
        registration = {
            "kdProviderPeserta": self.around.member.provider, **common, "keluhan": words or None, "kunjSakit": sick,
            **vitals, "rujukBalik": 0, "kdTkp": kind,
        }  # fmt: skip
        codes = self._diagnoses()
        body = self._visit(common, words, vitals, codes) if codes or sick else None
        if self.gaps:
            return tuple(self.gaps)
        return Told(registration, body, tuple(dict.fromkeys(self.left)))

    def _visit(self, common: Body, words: str, vitals: Body, codes: list[str]) -> Body:
        if not codes:
            self._gap("kdDiag1", _NO_DIAGNOSIS)
        first, second, third = (*codes, None, None, None)[:DIAGNOSES]
        ended = (self.told.ended or self.told.at).astimezone(self.around.zone).date()
        referral = self.referral
        return {
            "noKunjungan": None, **common, "keluhan": words, "kdSadar": self._consciousness(), **vitals,
            "suhu": self._temperature(), "kdStatusPulang": self._leaving(), "tglPulang": dmy(max(ended, self.day)),
            "kdDokter": self._doctor(), "kdDiag1": first, "kdDiag2": second, "kdDiag3": third,
            "kdPoliRujukInternal": None, "rujukLanjut": referral.onward if referral else None,
            "kdTacc": referral.tacc if referral else NO_TACC,
            "alasanTacc": referral.tacc_reason if referral else None,
            "anamnesa": self._words("anamnesa", self.told.notes),
            **self._allergies(), "kdPrognosa": self._prognosis(),
            "terapiObat": self._words("terapiObat", "; ".join(map(medicine_in_words, self.told.medicines))),
            "terapiNonObat": self._words("terapiNonObat", "; ".join(self._done())), "bmhp": "",
        }  # fmt: skip

    # --- codes

    def _poli(self) -> str | None:
        told = self.told
        cluster = f"klaster-{told.cluster}" if told.cluster else None
        healthy = None if any(d.icd10 for d in told.diagnoses) else NO_DIAGNOSIS
        kind = told.kind or _KINDS.get(told.encounter_class or "")
        ours = [o for o in (healthy, told.service, cluster, kind) if o]
        code = self.around.chosen.theirs(MapKind.POLI, *ours)
        if code is None:
            said = ", ".join(ours) or "*"
            self._gap("kdPoli", _chosen_by("poli", "kdPoli", said), "maps")
        elif code not in self.around.polis:
            self._gap("kdPoli", _not_listed("poli", code), "maps")
        return code

    def _doctor(self) -> str | None:
        who = self.told.practitioner
        code = self.around.chosen.theirs(MapKind.DOCTOR, *((who.ihs, who.name) if who else ()))
        if code is None and who is None:
            self._gap("kdDokter", _NO_DOCTOR)
        elif code is None:
            # the name stays out: the message lies with the delivery, and travels
            self._gap("kdDokter", _chosen_by("doctor", "kdDokter", who.ihs or "(nama pada kunjungan)"), "maps")  # type: ignore[union-attr]
        return code

    def _consciousness(self) -> str | None:
        return self._coded(MapKind.CONSCIOUSNESS, "kdSadar", self.told.consciousness)

    def _prognosis(self) -> str | None:
        return self._coded(MapKind.PROGNOSIS, "kdPrognosa", self.told.prognosis)

    def _coded(self, kind: MapKind, field: str, ours: str | None) -> str | None:
        """The code chosen for what the record says; what it says is not overruled by the choice for all others."""
        chosen = self.around.chosen
        code = chosen.own(kind, ours) if ours else chosen.theirs(kind)
        if code is None:
            self._gap(field, _chosen_by(kind, field, ours or "*"), "maps")
        return code

    def _leaving(self) -> str | None:
        told, said = self.told, self.told.discharge
        if self.referral is not None:
            return REFERRED
        if said and (code := self.around.chosen.own(MapKind.DISCHARGE, said) or _LEAVING.get(said)):
            return code
        if said is None and told.encounter_class not in ("IMP", "ACUTE"):
            return AMBULATORY
        return self._coded(MapKind.DISCHARGE, "kdStatusPulang", said)

    def _allergies(self) -> Body:
        return {name: self._allergy(kind, category, name) for name, kind, category in _ALLERGIES}

    def _allergy(self, kind: MapKind, category: str, name: str) -> str | None:
        """BPJS' code of the first allergy of the kind; one without a code is a gap, never "none"."""
        chosen = self.around.chosen
        here = [a for a in self.told.allergies if (a.category or "drug") == category]
        codes = [chosen.own(kind, a.code, a.name) for a in here]
        if not here:
            return chosen.own(kind, NO_ALLERGY) or self._coded(kind, name, None)
        self.left += [Left(name, "more-than-one")] * (len(here) > 1)
        code = next((c for c in codes if c), None)
        if code is None:
            self._gap(name, _chosen_by(kind, name, here[0].code or "(nama alergi pada rekam)"), "maps")
        return code

    def _diagnoses(self) -> list[str]:
        codes = list(dict.fromkeys(d.icd10.strip().upper() for d in self.told.diagnoses if d.icd10))
        self.left += [Left("kdDiag", "no-code") for d in self.told.diagnoses if not d.icd10]
        self.left += [Left("kdDiag", "no-place")] * (len(codes) > DIAGNOSES)
        return codes[:DIAGNOSES]

    # --- numbers and words

    def _vital(self, vital: Vital) -> int | float:
        value = next((self.told.measured[n] for n in vital.ours if n in self.told.measured), None)
        if value is None:
            self.left.append(Left(vital.field, "missing"))
            return 0
        if not vital.low <= value <= vital.high:
            self._gap(vital.field, _impossible(vital))
            return 0
        return self._number(vital, value)

    def _number(self, vital: Vital, value: float) -> int | float:
        if value == int(value):
            return int(value)
        if not vital.whole:
            return value
        self.left.append(Left(vital.field, "rounded"))
        return int(value + 0.5)

    def _temperature(self) -> str | None:
        value = self.told.measured.get(SUHU.ours[0])
        if value is None:
            self.left.append(Left(SUHU.field, "missing"))
            return None
        if not SUHU.low <= value <= SUHU.high:
            self._gap(SUHU.field, _impossible(SUHU))
        return f"{value:g}" if value != int(value) else f"{value:.1f}"

    def _words(self, field: str, said: str | None) -> str:
        text = " ".join((said or "").split())
        if len(text) <= LONGEST:
            return text
        self.left.append(Left(field, "shortened"))
        return text[: LONGEST - 1].rstrip() + "…"

    def _done(self) -> Iterable[str]:
        """What was done beside medicines, in words."""
        yield from (p.name for p in self.told.procedures if p.name)
        if topics := [t for t in self.told.education if t != "edukasi"]:
            yield f"Edukasi: {', '.join(topics)}"
        elif self.told.education:
            yield "Edukasi"

    def _gap(self, field: str, text: Text, where: Literal["record", "maps"] = "record") -> None:
        self.gaps.append(Missing(field, text, where))


NO_ALLERGY = "none"
_ALLERGIES = (
    ("alergiMakan", MapKind.ALLERGY_FOOD, "food"),
    ("alergiUdara", MapKind.ALLERGY_AIR, "air"),
    ("alergiObat", MapKind.ALLERGY_DRUG, "drug"),
)


def medicine_in_words(medicine: ToldMedicine) -> str:
    """A medicine as a prescription has it: name, dosage, amount, as far as each was said."""
    dose = f"{medicine.times:g} x {medicine.each:g}" if medicine.times and medicine.each else ""
    amount = f"({medicine.quantity:g}{f' {medicine.unit}' if medicine.unit else ''})" if medicine.quantity else ""
    return " ".join(part for part in (medicine.name or medicine.kfa or "", dose, amount) if part)


_NO_DIAGNOSIS = Text(
    "Kunjungan sakit perlu sedikitnya satu diagnosis ICD-10; lengkapi diagnosis kunjungan ini",
    "A sick visit needs at least one ICD-10 diagnosis; complete the visit's diagnoses",
)
_NO_DOCTOR = Text(
    "Kunjungan ini tidak menyebut siapa yang memeriksa; lengkapi nakesnya, atau pilih dokter untuk * di padanan",
    "The visit does not say who treated; complete the practitioner, or choose a doctor for * in the map doctor",
)


def _chosen_by(kind: str, field: str, ours: str) -> Text:
    return Text(
        f"Belum ada {field} untuk {ours}; pilih kodenya di padanan {kind} (PUT /v1/jkn/maps)",
        f"No {field} for {ours} yet; choose the code in the map {kind} (PUT /v1/jkn/maps)",
    )


def _not_listed(kind: str, code: str) -> Text:
    return Text(
        f"Kode {code} tidak ada pada daftar {kind} BPJS; pilih kode lain di padanan {kind}",
        f"The code {code} is not on BPJS' list of {kind}; choose another in the map {kind}",
    )


def _impossible(vital: Vital) -> Text:
    words = f"{vital.low:g}-{vital.high:g}"
    return Text(
        f"{vital.field} di luar {words}; periksa pengukuran kunjungan ini",
        f"{vital.field} is outside {words}; check the visit's measurement",
    )
