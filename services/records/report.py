"""The access report in plain words: what a log row says to the person it speaks of. Pure."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from services.records.contract.trail import Counts, DayLooks, FacilityLooks, Look, Report, Way, Words

BREAK_GLASS = "BTG"
OFFICE = "Dinas Kesehatan"
OUTSIDE = {"umum": "Di luar faskes"}
"""Where somebody looked who signs in nowhere: the holder of a referral letter."""
MONTHS = ("Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des")
ROLES = {
    "clinic-system": ("sistem klinik", "the clinic's system"),
    "clinician": ("dokter atau tenaga kesehatan", "a clinician"),
    "facility-admin": ("admin faskes", "the facility's administrator"),
    "puskesmas-staff": ("petugas puskesmas", "puskesmas staff"),
    "hospital": ("rumah sakit", "the hospital"),
    "dinkes-analyst": ("analis dinas kesehatan", "a health office analyst"),
    "dinkes-admin": ("petugas dinas kesehatan", "the health office"),
    "jkn-connector": ("penghubung JKN", "the JKN connector"),
    "auditor": ("pengawas", "an auditor"),
    "public": ("yang memegang surat", "whoever holds the letter"),
}
ACTIONS = {
    "read": ("membaca", "read"),
    "search": ("mencari dan melihat", "searched and saw"),
    "write": ("mencatat", "recorded"),
}
THINGS = {
    "Patient": ("data diri", "personal details"),
    "Encounter": ("kunjungan", "a visit"),
    "Observation": ("hasil pemeriksaan", "examination results"),
    "DiagnosticReport": ("laporan lab atau penunjang", "laboratory or diagnostic reports"),
    "ServiceRequest": ("permintaan layanan", "service requests"),
    "Specimen": ("spesimen lab", "laboratory specimens"),
    "ImagingStudy": ("pencitraan", "imaging"),
    "Condition": ("diagnosis", "diagnoses"),
    "AllergyIntolerance": ("alergi", "allergies"),
    "Procedure": ("tindakan", "procedures"),
    "Medication": ("obat", "medicines"),
    "MedicationRequest": ("resep obat", "prescriptions"),
    "MedicationDispense": ("pemberian obat", "dispensed medicines"),
    "MedicationStatement": ("riwayat obat", "medication history"),
    "MedicationAdministration": ("pemakaian obat", "administered medicines"),
    "Immunization": ("imunisasi", "immunisations"),
    "CarePlan": ("rencana perawatan", "care plans"),
    "EpisodeOfCare": ("episode perawatan", "episodes of care"),
    "QuestionnaireResponse": ("jawaban skrining", "screening answers"),
    "FamilyMemberHistory": ("riwayat keluarga", "family history"),
    "Consent": ("persetujuan", "consent"),
    "Composition": ("ringkasan kunjungan", "visit summaries"),
    "Task": ("langkah rujukan", "referral steps"),
    "Coverage": ("kepesertaan JKN", "JKN coverage"),
    "Bundle": ("beberapa catatan sekaligus", "several records at once"),
    "resource": ("catatan", "a record"),
    "Patient/$everything": ("seluruh catatan", "the whole record"),
    "Patient/$summary": ("ringkasan catatan", "the record's summary"),
    "Patient/$match": ("data diri untuk pencocokan", "personal details for matching"),
    "$export": ("catatan dalam ekspor massal", "records in a bulk export"),
    "changes": ("perubahan catatan", "changes of the record"),
    "webhook": ("pemberitahuan perubahan (hanya nomor)", "notices of changes (ids only)"),
    "referral": ("rujukan", "a referral"),
    "referral-letter": ("surat rujukan", "a referral letter"),
    "access-report": ("laporan akses ini", "this access report"),
    "access-log": ("jejak akses", "the access log"),
    "subject-request": ("permintaan hak subjek data", "a data subject request"),
    "break-glass": ("pembukaan darurat", "an emergency opening"),
    "identity-review": ("kemungkinan orang yang sama", "persons who may be the same"),
    "merge": ("penggabungan data orang", "a merge of persons"),
    "person": ("data diri", "personal details"),
    "visit": ("kunjungan", "a visit"),
    "visits": ("daftar kunjungan", "visits"),
    "visit moved": ("kunjungan yang dipindahkan", "a moved visit"),
    "left-open": ("kunjungan yang masih terbuka setelah dirujuk", "visits left open after a referral"),
    "due": ("layanan yang jatuh tempo", "services that are due"),
    "_include": ("catatan yang menyertai", "records that go with others"),
    "JKN/eligibility": ("kepesertaan JKN", "JKN eligibility"),
    "JKN/coverage": ("kepesertaan JKN", "JKN coverage"),
    "JKN/visit": ("kunjungan, untuk disampaikan ke BPJS", "a visit, to be told to BPJS"),
}
PURPOSES = {
    "TREAT": ("untuk perawatan", "for treatment"),
    "ETREAT": ("untuk perawatan gawat darurat", "for emergency treatment"),
    "BTG": ("dengan akses darurat", "by emergency access (break-glass)"),
    "CAREMGT": ("untuk pengelolaan perawatan", "for care management"),
    "HPAYMT": ("untuk pembiayaan", "for payment"),
    "COVERAGE": ("untuk urusan penjaminan", "for coverage"),
    "HOPERAT": ("untuk urusan layanan", "for operations"),
    "PUBHLTH": ("untuk kesehatan masyarakat", "for public health"),
    "HRESCH": ("untuk penelitian", "for research"),
    "PATRQT": ("atas permintaan orangnya", "at the person's request"),
    "FAMRQT": ("atas permintaan keluarga", "at the family's request"),
    "registration": ("untuk pendaftaran", "for registration"),
    "verification": ("untuk memeriksa keasliannya", "to see whether it is genuine"),
}
STATES = {
    "sent": ("menunggu jawaban", "awaiting an answer"),
    "accepted": ("diterima", "accepted"),
    "declined": ("ditolak, dicarikan tempat lain", "declined, another place is sought"),
    "redirected": ("dialihkan ke tempat lain", "redirected elsewhere"),
    "expired": ("tidak dijawab, dicarikan tempat lain", "not answered, another place is sought"),
    "departed": ("dalam perjalanan", "on the way"),
    "arrived": ("sudah tiba", "arrived"),
    "in-care": ("sedang dirawat", "in care"),
}
OUTCOMES = {
    "back-referred": ("dirujuk balik", "referred back"),
    "admitted": ("dirawat inap", "admitted"),
    "discharged": ("selesai, pulang", "discharged"),
    "referred-on": ("dirujuk lanjut", "referred on"),
    "left": ("pulang atas permintaan sendiri", "left"),
    "died": ("meninggal", "died"),
    "no-show": ("tidak datang", "did not come"),
    "cancelled": ("dibatalkan", "cancelled"),
}
URGENCIES = {"emergency": (", gawat darurat", ", an emergency"), "urgent": (", segera", ", urgent")}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the report is about."""

    person: str
    since: date | None
    until: date | None
    now: datetime
    zone: ZoneInfo
    names: Mapping[str, str]
    """Facility code → name."""


def moment(at: datetime, zone: ZoneInfo) -> str:
    """A moment as Indonesians write it: 3 Nov 2026 10.12."""
    local = at.astimezone(zone)
    return f"{day(local.date())} {local:%H.%M}"


def day(on: date) -> str:
    """A day as Indonesians write it: 3 Nov 2026."""
    return f"{on.day} {MONTHS[on.month - 1]} {on.year}"


def thing(what: str) -> tuple[str, str]:
    """The kind of thing a row speaks of, in words."""
    kind = what.removesuffix("/_history")
    kind = kind if kind in THINGS else kind.split("/$")[0]  # an operation on one thing shows that thing
    if kind.startswith("indicator "):
        return "daftar kerja program", "a programme worklist"
    found = THINGS.get(kind, (kind, kind))
    return (f"riwayat {found[0]}", f"the history of {found[1]}") if what.endswith("/_history") else found


def sentence(row: Mapping[str, Any], asked: Asked) -> Words:
    """One access as a sentence: where, who, did what, why, when."""
    place = place_of(row["facility"], asked.names)
    who = ROLES.get(row["role"], (row["role"], row["role"]))
    did = ACTIONS.get(row["action"], (row["action"], row["action"]))
    what, why = thing(row["what"]), PURPOSES.get(row["purpose"], (f"({row['purpose']})",) * 2)
    when = moment(row["at"], asked.zone)
    refused = row["outcome"] == "refused"
    no = ("ditolak ketika hendak ", "was refused: ") if refused else ("", "")
    return Words(
        id=f"{place}, {who[0]}, {no[0]}{did[0]} {what[0]}, {why[0]}, {when}",
        en=f"{place}, {who[1]}, {no[1]}{did[1]} {what[1]}, {why[1]}, {when}",
    )


def place_of(facility: str | None, names: Mapping[str, str]) -> str:
    """A facility's name; who belongs to none works for the health office."""
    return names.get(facility) or OUTSIDE.get(facility, facility) if facility else OFFICE


def way(row: Mapping[str, Any], asked: Asked) -> Way:
    """A referral in plain words: who sent the person where, and how it ended."""
    source, target = (place_of(row[f], asked.names) for f in ("from_facility", "to_facility"))
    opened, urgent = day(row["opened_at"].astimezone(asked.zone).date()), URGENCIES.get(row["urgency"], ("", ""))
    ended = row["closed_at"] is not None
    how = OUTCOMES.get(row["outcome"] or "", ("selesai", "ended")) if ended else STATES.get(row["state"], ("", ""))
    when = f" ({day(row['closed_at'].astimezone(asked.zone).date())})" if ended else ""
    said = Words(
        id=f"{opened}: dirujuk dari {source} ke {target}{urgent[0]}; {how[0]}{when}",
        en=f"{opened}: referred from {source} to {target}{urgent[1]}; {how[1]}{when}",
    )
    kept = ("opened_at", "closed_at", "from_facility", "to_facility", "state", "outcome")
    own = {k: row[k] for k in kept}
    return Way(referral=row["id"], from_name=source, to_name=target, sentence=said, **own)


def _within(row: Mapping[str, Any], asked: Asked) -> bool:
    on = row["opened_at"].astimezone(asked.zone).date() if row["opened_at"] else None
    return on is not None and (asked.since or on) <= on <= (asked.until or on)


def assembled(
    asked: Asked, counted: Sequence[Mapping[str, Any]], rows: Sequence[Mapping[str, Any]], unreachable: Sequence[str],
    more: datetime | None, referrals: Sequence[Mapping[str, Any]] = (),
) -> Report:  # fmt: skip
    """The report of all services' rows and counts, and of the person's referrals."""
    days: dict[date, DayLooks] = {}
    places: dict[str | None, FacilityLooks] = {}
    totals = Counts()
    for c in counted:
        on, first, last = _date(c["day"]), _moment(c["first"]), _moment(c["last"])
        code = c["facility"]
        place = places.get(code)
        if place is None:
            name = place_of(code, asked.names)
            place = places[code] = FacilityLooks(facility=code, facility_name=name, first=first, last=last)
        place.first, place.last = min(place.first, first), max(place.last, last)
        for count in (totals, place, days.setdefault(on, DayLooks(day=on))):
            count.accesses += c["n"]
            count.refused += c["n"] * (c["outcome"] == "refused")
            count.break_glass += c["n"] * (c["purpose"] == BREAK_GLASS)
    return Report(
        person=asked.person, since=asked.since, until=asked.until, made_at=asked.now, complete=not unreachable,
        unreachable=list(unreachable), totals=totals,
        facilities=sorted(places.values(), key=lambda p: (-p.accesses, p.facility_name)),
        days=sorted(days.values(), key=lambda d: d.day),
        referrals=[way(r, asked) for r in referrals if _within(r, asked)],
        entries=[_look(r, asked) for r in rows], next=more,
    )  # fmt: skip


def _look(row: Mapping[str, Any], asked: Asked) -> Look:
    return Look(
        at=row["at"], service=row["service"], facility=row["facility"],
        facility_name=place_of(row["facility"], asked.names), actor=row["actor"], role=row["role"],
        action=row["action"], what=row["what"], resources=(row["resources"] or "").split(), purpose=row["purpose"],
        outcome=row["outcome"], refused=row["outcome"] == "refused", break_glass=row["purpose"] == BREAK_GLASS,
        sentence=sentence(row, asked),
    )  # fmt: skip


def by_day(report: Report, zone: ZoneInfo) -> dict[date, list[Look]]:
    """The listed accesses grouped by local day, newest first."""
    found: dict[date, list[Look]] = defaultdict(list)
    for look in report.entries:
        found[look.at.astimezone(zone).date()].append(look)
    return dict(found)


def _moment(at: datetime | str) -> datetime:
    return at if isinstance(at, datetime) else datetime.fromisoformat(at)


def _date(on: date | str) -> date:
    return on if isinstance(on, date) else date.fromisoformat(on)
