"""What a fact is and who a person is, written down a second time: resources in, dated statements out.

It knows nothing of the service's own code. Loops over everything; made to be read beside the rule.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

JAKARTA = ZoneInfo("Asia/Jakarta")
LOINC, SNOMED, ICD10 = "http://loinc.org", "http://snomed.info/sct", "http://hl7.org/fhir/sid/icd-10"
KFA, CVX = "http://sys-ids.kemkes.go.id/kfa", "http://hl7.org/fhir/sid/cvx"
KEMKES = "http://terminology.kemkes.go.id/CodeSystem/"
ANC_NUMBER, NEWBORN_NUMBER = KEMKES + "episodeofcare/ANC", KEMKES + "episodeofcare/neonate"

OBSERVATIONS = {
    "8480-6": "systolic", "8462-4": "diastolic", "29463-7": "weight", "8306-3": "lying", "8302-2": "height",
    "8308-9": "height", "284473002": "muac", "718-7": "hemoglobin", "8665-2": "lmp", "11778-8": "edd",
    "18185-9": "age", "11881-0": "fundal_height", "55283-6": "fetal_heart_rate", "68961-2": "hiv_test",
    "20508-8": "syphilis_test", "75410-1": "hbsag_test", "5804-0": "urine_protein", "883-9": "blood_group",
    "93857-1": "delivery", "81956-5": "death", "2345-7": "glucose", "1558-6": "glucose", "4548-4": "glucose",
    "2093-3": "cholesterol", "8280-0": "waist", "79882-7": "vision", "247301006": "hearing", "225670007": "hearing",
    "72166-2": "risk_behaviour", "96762-0": "independence", "72234-8": "cognition", "48542-5": "mood",
    "8693-4": "mental_status_exam", "88874-3": "tb_test", "24648-8": "tb_test", "TK000034": "hiv_risk_group",
    "72150-6": "place", "OC000013": "attendant",
}  # fmt: skip
MEASURED = {
    "systolic": ["mm[Hg]"], "diastolic": ["mm[Hg]"], "weight": ["kg", "g"], "lying": ["cm", "m"], "height": ["cm", "m"],
    "muac": ["cm", "m"], "hemoglobin": ["g/dL"], "age": ["wk"], "fundal_height": ["cm", "m"],
    "glucose": ["mg/dL", "mmol/L"], "cholesterol": ["mg/dL", "mmol/L"], "waist": ["cm", "m"], "4548-4": ["%"],
}  # fmt: skip
FACTORS = {"g": 0.001, "m": 100, "mmol/L": 18.0156}
LIVING = {
    "systolic": (20, 400), "diastolic": (5, 300), "weight": (0.2, 650), "lying": (15, 200), "height": (15, 275),
    "muac": (3, 100), "hemoglobin": (0.5, 50), "age": (0, 60), "fundal_height": (1, 100),
    "glucose": (5, 3000), "4548-4": (1, 40), "cholesterol": (10, 3000), "waist": (15, 350),
}  # fmt: skip
"""What a living person can have at all; other values meet no item (WHO's limits judge children's growth)."""
PROCEDURES = {
    "409073007": "education", "88.78": "usg", "767224000": "vitamin_a", "PC000001": "cord_care",
    "PC000002": "eye_ointment", "448883004": "vitamin_k", "431868002": "early_breastfeeding",
}  # fmt: skip
FACILITIES = {"101", "102", "103", "104", *(f"OT0000{n}" for n in ("04", "06", "07", "08", "10", "11", "12", "13"))}
KINDS = {
    **{(KEMKES + "organization-type", code): "facility" for code in FACILITIES},
    **{(SNOMED, code): "doctor" for code in ("309343006", "11935004")}, (SNOMED, "309453006"): "midwife",
    **{(SNOMED, code): "nurse" for code in ("106292003", "224535009")},
}  # fmt: skip
"""What the coded value of a place or an attendant means."""
PRODUCTS = {"92000653": "iron", "93001118": "vitamin_a"}
FORMS = {"Q0003": "development", "Q0013": "risk_behaviour", "Q0042": "skilas"}
VACCINES = {
    "VG45": ["hepb"], "VG19": ["bcg"], "VG89": ["opv"], "VG107": ["dpt"], "198": ["hepb", "dpt"], "VG03": ["mr"],
    "10": ["ipv"], "133": ["pcv"], "119": ["rotavirus"], "VG139": ["td"],
}  # fmt: skip
CONDITIONS = {
    "hypertension": ("I10", "I11", "I12", "I13", "I15"), "loss": tuple(f"O0{n}" for n in range(9)),
    "diabetes": ("E10", "E11", "E12", "E13", "E14"), "tb_suspect": ("Z03.0", "Z11.1"), "hiv_screening": ("Z11.4",),
    "severe_mental_disorder": tuple(f"F2{n}" for n in (0, 1, 2, 3, 4, 5, 8, 9)),
    "tb_case": tuple(f"A1{n}" for n in range(5, 10)), "sti": tuple(f"A5{n}" for n in range(5)),
}  # fmt: skip
Said = list[tuple[str, date | None, date | None, dict[str, Any]]]


@dataclass
class Record:
    """One resource as it stands now, with what its first receipt and last writing were."""

    person: str
    resource: dict[str, Any]
    client: str
    provider: str | None
    receipt: int
    written: int


@dataclass
class World:
    """Everything the record and JKN say at this moment."""

    records: dict[tuple[str, str], Record] = field(default_factory=dict)
    members: dict[tuple[str, date], str] = field(default_factory=dict)
    merged: dict[str, str] = field(default_factory=dict)
    """other → survivor"""
    types: dict[str, str | None] = field(default_factory=dict)
    """facility → organization type"""

    def standing(self, person: str) -> str:
        """Who this person is now."""
        return self.standing(self.merged[person]) if person in self.merged else person


@dataclass(frozen=True)
class F:
    """A fact."""

    concept: str
    day: date
    receipt: int
    facility: str
    value: float = 0.0
    says: date | None = None
    until: date | None = None
    closed: bool = False
    encounter: str | None = None
    episodes: tuple[str, ...] = ()
    id: str = ""
    posture: str = ""
    absurd: bool = False
    at: datetime | None = None
    visit_start: date | None = None
    visit_until: date | None = None
    host: str | None = None
    kinds: tuple[str, ...] = ()


def local(text: str | None) -> date | None:
    """Calendar day in Jakarta."""
    if text is None:
        return None
    if len(text) == 4:
        return date(int(text), 1, 1)
    if len(text) == 7:
        return date(int(text[:4]), int(text[5:]), 1)
    if len(text) == 10:
        return date.fromisoformat(text)
    return datetime.fromisoformat(text).astimezone(JAKARTA).date()


def moment(text: str | None) -> datetime | None:
    """The moment, when a time of day was said."""
    if text is None or len(text) <= 10:
        return None
    said = datetime.fromisoformat(text)
    return said if said.tzinfo else said.replace(tzinfo=JAKARTA)


def ref(value: dict[str, str] | None) -> str | None:
    """Id of a reference."""
    return value["reference"].split("/")[-1] if value else None


def _codes(concept: dict[str, Any] | None) -> list[str]:
    return [c["code"] for c in (concept or {}).get("coding", [])]


class Facts:
    """Facts and persons of one world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.facts: dict[str, list[F]] = {}
        for (kind, ident), record in world.records.items():
            for f in self._facts(kind, ident, record):
                self.facts.setdefault(record.person, []).append(f)

    # facts

    def _facts(self, kind: str, ident: str, record: Record) -> list[F]:
        found = []
        r = record.resource
        encounter_id = ident if kind == "Encounter" else ref(r.get("encounter") or r.get("context"))
        visit = self.world.records.get(("Encounter", encounter_id or "-"))
        period = visit.resource.get("period", {}) if visit else {}
        start, end = local(period.get("start")), local(period.get("end"))
        episodes = tuple(x for x in (ref(e) for e in visit.resource.get("episodeOfCare", [])) if x) if visit else ()
        facility = (visit.provider if visit else None) or record.provider or record.client
        for concept, own, late, more in self._said(kind, ident, r):
            day = own or start or late
            if day:
                found.append(
                    F(
                        concept,
                        day,
                        record.receipt,
                        facility,
                        encounter=encounter_id,
                        episodes=episodes,
                        id=ident,
                        at=None if own else moment(period.get("start")),
                        visit_start=start,
                        visit_until=end,
                        host=visit.provider if visit else None,
                        **more,
                    )
                )
        return found

    def _said(self, kind: str, ident: str, r: dict[str, Any]) -> Said:
        status = r.get("status")
        if kind == "Observation" and status in ("final", "amended", "corrected"):
            return self._observed(r)
        if kind == "Procedure" and status == "completed":
            own = local(r.get("performedDateTime")) or local(r.get("performedPeriod", {}).get("start"))
            return [(PROCEDURES[c], own, None, {}) for c in _codes(r.get("code")) if c in PROCEDURES]
        if kind == "Immunization" and status == "completed":
            given = {v for c in _codes(r.get("vaccineCode")) for v in VACCINES.get(c, [])}
            given -= {"opv"} if "ipv" in given else set()
            return [(v, local(r.get("occurrenceDateTime")), local(r.get("recorded")), {}) for v in sorted(given)]
        if kind == "MedicationDispense" and status == "completed":
            coded = _codes(r.get("medicationCodeableConcept"))
            if named := ref(r.get("medicationReference")):
                product = self.world.records.get(("Medication", named))
                coded = _codes(product.resource.get("code")) if product else []
            amount = {"value": r.get("quantity", {}).get("value", 0)}
            own, late = local(r.get("whenHandedOver")), local(r.get("whenPrepared"))
            return [(PRODUCTS[c], own, late, amount) for c in coded if c in PRODUCTS]
        if kind == "QuestionnaireResponse" and status in ("completed", "amended"):
            form = FORMS.get(r.get("questionnaire", "").split("/")[-1])
            return [(form, None, local(r.get("authored")), {})] if form else []
        if kind == "Condition" and not set(_codes(r.get("verificationStatus"))) & {"entered-in-error", "refuted"}:
            closed = bool(set(_codes(r.get("clinicalStatus"))) & {"resolved", "inactive"})
            more = {"closed": closed, "until": local(r.get("abatementDateTime")) if closed else None}
            own, late = local(r.get("onsetDateTime")), local(r.get("recordedDate"))
            codes = _codes(r.get("code"))
            names = [name for name, starts in CONDITIONS.items() if any(c.startswith(starts) for c in codes)]
            return [(n, own, late, more) for n in names]
        if kind == "EpisodeOfCare" and status not in ("cancelled", "entered-in-error"):
            period = r.get("period", {})
            if any("ANC" in _codes(t) for t in r.get("type", [])):
                return [("episode", local(period.get("start")), None, {"until": local(period.get("end"))})]
        if kind == "Encounter" and status in ("arrived", "triaged", "in-progress", "onleave", "finished"):
            numbered = any(i["system"] == ANC_NUMBER for i in r.get("identifier", []))
            within = any(self._is_episode(ref(e), ident) for e in r.get("episodeOfCare", []))
            newborn = any(i["system"] == NEWBORN_NUMBER for i in r.get("identifier", []))
            names = ["contact"] * (numbered or within) + ["neonatal"] * newborn
            return [(n, None, None, {}) for n in names]
        return []

    def _is_episode(self, episode: str | None, encounter: str) -> bool:
        """Whether it is an ANC episode of the same person."""
        record = self.world.records.get(("EpisodeOfCare", episode or "-"))
        same = record and record.person == self.world.records["Encounter", encounter].person
        return bool(record and same and self._said("EpisodeOfCare", episode or "-", record.resource))

    def _observed(self, r: dict[str, Any]) -> Said:
        own, late, found = local(r.get("effectiveDateTime")), local(r.get("issued")), []
        for part in [r, *r.get("component", [])]:
            values = [k for k in part if k.startswith("value")]
            for concept, code in {OBSERVATIONS[c]: c for c in _codes(part.get("code")) if c in OBSERVATIONS}.items():
                if not values or "dataAbsentReason" in part:
                    continue
                if concept in ("lmp", "edd"):
                    found.append((concept, own, late, {"says": local(part["valueDateTime"])}))
                elif concept in ("delivery", "death"):
                    found.append((concept, local(part["valueDateTime"]), late, {}))
                elif concept in ("place", "attendant"):
                    coded = part.get("valueCodeableConcept", {}).get("coding", [])
                    kinds = tuple(sorted({KINDS[k] for c in coded if (k := (c["system"], c["code"])) in KINDS}))
                    found.append((concept, own, late, {"kinds": kinds}))
                elif concept in MEASURED:
                    quantity, units = part.get("valueQuantity", {}), MEASURED.get(code, MEASURED[concept])
                    if quantity.get("code", units[0]) in units:
                        number = quantity["value"] * FACTORS.get(quantity.get("code", ""), 1)
                        low, high = LIVING.get(code, LIVING.get(concept, (number, number)))
                        more = {"value": number, "absurd": not low <= number <= high}
                        posture = "standing" if "8308-9" in _codes(part["code"]) else ""
                        found.append((concept, own, late, more | {"posture": posture}))
                else:
                    found.append((concept, own, late, {}))
        return found

    # persons

    def people(self) -> set[str]:
        """Everyone with a fact or a registration."""
        return set(self.facts) | {r.person for (k, _), r in self.world.records.items() if k == "Patient"}

    def person(self, who: str) -> dict[str, Any]:
        """The last written active Patient."""
        spoken = [
            r
            for (k, _), r in self.world.records.items()
            if k == "Patient" and r.person == who and r.resource.get("active", True)
        ]
        return max(spoken, key=lambda r: r.written).resource if spoken else {}

    def village(self, who: str) -> str:
        """Own, else the mother's."""
        p = self.person(who)
        if not p:
            return ""
        mother = self.mother(who)
        return p.get("village") or (self.person(mother).get("village") if mother else None) or ""

    def mother(self, who: str) -> str | None:
        """As any registration of the person names her: the last active one that does, else the last of the others."""
        named = [
            (r.resource.get("active", True), r.written, r.resource["mother"])
            for (k, _), r in self.world.records.items()
            if k == "Patient" and r.person == who and r.resource.get("mother")
        ]
        return max(named)[2] if named and self.person(who) else None

    def dead(self, who: str, day: date) -> bool:
        """Whether died on or before the day."""
        p = self.person(who)
        if "deceasedDateTime" in p:
            return bool((local(p["deceasedDateTime"]) or day) <= day)
        if p.get("deceasedBoolean"):
            return True
        return any(f.concept == "death" and f.day <= day for f in self.facts.get(who, []))

    def payer(self, who: str, day: date) -> str:
        """JKN status at the day: of one day what was said of the person itself, else of the first merged into it."""
        asked = [(on, p != who, p) for p, on in self.world.members if on <= day and self.world.standing(p) == who]
        if not asked:
            return "unknown"
        latest = max(on for on, _, _ in asked)
        return self.world.members[min(a for a in asked if a[0] == latest)[2], latest]
