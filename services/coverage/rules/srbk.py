"""The pilot path's bodies and answers (pcare-sisrute-rest). Pure.

Exactly one criterion; its linkId belongs to the diagnosis and is asked anew each time; both codes of the destination
come from one row of the candidates; the Encounter is `Encounter/<uuid>` when asking, the bare uuid when posting.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from services.coverage.contract.targets import CandidateShown
from services.coverage.rules.pcare_visit import Body, Missing, dmy
from services.coverage.rules.references import item
from services.coverage.rules.visit_given import text as said
from services.kernel.problems import Text
from services.records.contract import VisitTold

WORDS = {"therapy": "Terapi", "procedure": "Tindakan Medis", "workup": "Upaya Diagnosis"}
"""A referral's criterion in BPJS' words."""
ORGANIZATION = "Organization/"


@dataclass(frozen=True, slots=True)
class Asking:
    """What the pilot path is asked with: the facility at SATUSEHAT, the diagnosis, the visit's Encounter there."""

    facility: str
    diagnosis: str
    encounter: str

    def body(self) -> Body:
        """GetKriteriaRujukan."""
        return {
            "kodeFaskesSatuSehat": self.facility, "kodeDiagnosa": self.diagnosis,
            "encounter": {"reference": f"Encounter/{self.encounter}"},
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Offered:
    """What BPJS offers for a diagnosis: criteria by their words, areas by code."""

    criteria: Mapping[str, Mapping[str, Any]]
    areas: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the candidates are asked with: one criterion as an answer, the area, subspecialist, means, day."""

    item: Body
    area: Body
    subspecialist: str
    means: str
    day: date

    def body(self, asking: Asking) -> Body:
        """GetFaskesRujukan."""
        return asking.body() | {
            "kodeSubSpesialis": self.subspecialist, "kodeSarana": self.means, "estimasiRujuk": dmy(self.day),
            "kriteriaRujukan": {"item": [self.item]}, "codeJejaringWilayah": self.area,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Destination:
    """One row of the candidates: the same hospital's code at BPJS and at SATUSEHAT."""

    bpjs: str
    satusehat: str


def asking(told: VisitTold, diagnosis: str) -> Asking | tuple[Missing, ...]:
    """What to ask with; a gap where the visit has no number at SATUSEHAT."""
    gaps = []
    if not (told.organization or "").isdigit():
        gaps.append(Missing("kodeFaskesSatuSehat", _NO_ORGANIZATION))
    try:
        UUID(told.visit_id)
    except ValueError:
        gaps.append(Missing("encounter", _NO_UUID))
    return tuple(gaps) or Asking(told.organization or "", diagnosis, told.visit_id.lower())


def offered(response: Any) -> Offered:
    """What a GetKriteriaRujukan said; nothing where it cannot be read."""
    found = response if isinstance(response, dict) else {}
    criteria = {str(c.get("text")): c for c in _rows(found.get("kriteriaRujukan")) if c.get("linkId")}
    options = [
        option.get("valueCoding", {})
        for group in _rows(found.get("JejaringWilayah") or found.get("jejaringWilayah"))
        for item in _rows(group.get("item"))
        for option in _rows(item.get("answerOption"))
    ]
    return Offered(criteria, {str(o["code"]): str(o.get("display", "")) for o in options if o.get("code")})


def wanted(
    criterion: tuple[str, str | None] | None,
    offer: Offered,
    area: str | None,
    subspecialist: str,
    means: str | None,
    day: date,
) -> Wanted | tuple[Missing, ...]:
    """The one criterion of the referral as BPJS numbers it today, and the area; or what is missing."""
    gaps = []
    kind, procedure = criterion or ("", None)
    row = offer.criteria.get(WORDS.get(kind, ""))
    if not offer.criteria:
        gaps.append(Missing("kdDiag1", _NO_CRITERIA))
    elif row is None:
        gaps.append(Missing("kriteriaRujukan", _NO_CRITERION, "referral"))
    if area is None or area not in offer.areas:
        gaps.append(Missing("codeJejaringWilayah", _NO_AREA, "maps"))
    if gaps or row is None or area is None:
        return tuple(gaps)
    answer = {"valueString": procedure} if procedure else {"valueBoolean": True}
    item = {"linkId": str(row["linkId"]), "text": str(row["text"]), "answer": [answer]}
    named = {
        "kodePropinsi": area[:2], "namaPropinsi": offer.areas.get(area[:2], ""), "kodeKabupaten": area,
        "namaKabupaten": offer.areas[area],
    }  # fmt: skip
    return Wanted(item, named, subspecialist, means or "", day)


def destination(response: Any, kdppk: str) -> Destination | Missing:
    """The candidate that is the referral's destination: both codes from its row."""
    rows = response.get("list") if isinstance(response, dict) else response
    for row in _rows(rows):
        ours, theirs = str(row.get("kdppk") or ""), str(row.get("kodeFaskesSatuSehat") or "")
        if ours.upper() == kdppk.upper() and theirs and theirs != "null":
            return Destination(ours, theirs.removeprefix(ORGANIZATION))
    return Missing("kdppk", _NO_CANDIDATE, "referral")


def candidates(response: Any) -> list[CandidateShown]:
    """What GetFaskesRujukan offers: those that can be chosen first, the nearest of them first.

    A distance or code that stands for nothing is none; a quota of 0 takes nobody; without both of its codes a hospital
    cannot be sent to.
    """
    rows = response.get("list") if isinstance(response, dict) else response
    found = [_candidate(item(dict(row)).row) for row in _rows(rows)]
    return sorted(found, key=lambda c: (not c.open, c.distance is None, c.distance or 0.0, c.bpjs_code or ""))


def _candidate(row: Mapping[str, Any]) -> CandidateShown:
    bpjs, satusehat = said(row.get("kdppk")), said(row.get("kodeFaskesSatuSehat"))
    quota = row.get("kapasitas") if isinstance(row.get("kapasitas"), int | float) else None
    distance = row.get("distance") if isinstance(row.get("distance"), int | float) else None
    return CandidateShown(
        bpjs_code=bpjs, satusehat_code=satusehat.removeprefix(ORGANIZATION) if satusehat else None,
        name=said(row.get("nmppk")), address=said(row.get("alamatPpk")), phone=said(row.get("telpPpk")),
        care_class=said(row.get("kelas")), city=said(row.get("nmkc")), distance=distance,
        schedule=said(row.get("jadwal")), quota=int(quota) if quota is not None else None,
        open=bool(bpjs and satusehat) and quota != 0,
    )  # fmt: skip


def posted(kunjungan: Body, told: VisitTold, asked: Asking, want: Wanted, to: Destination) -> Body:
    """postKunjungan: the kunjungan with what makes it a referral by competency."""
    words = {"patientInstruction": "Rujukan", "keteranganRujukan": "Rujukan"}
    onward = kunjungan["rujukLanjut"] | {"kdppk": to.bpjs}
    who = told.practitioner
    return kunjungan | {
        "rujukLanjut": onward,
        "satuSehatRujukan": {
            "kodeFaskesSatuSehat": asked.facility, "idPasienSatuSehat": told.ihs,
            "kdppkSatuSehatTujuanRujukan": to.satusehat, "kdDokterSatuSehat": who.ihs if who else None,
            "encounter": {"reference": asked.encounter}, **words, "kriteriaRujukan": {"item": [want.item]},
            "codeJejaringWilayah": want.area,
        },
    }  # fmt: skip


def removed(number: str) -> Body:
    """deleteKunjungan: by the visit's number (its body is not published)."""
    return {"noKunjungan": number}


@dataclass(frozen=True, slots=True)
class Numbers:
    """What postKunjungan gives."""

    visit: str | None = field(repr=False)
    service_request: str | None
    satusehat: str | None = field(repr=False)


def numbers(response: Any) -> Numbers:
    """The numbers of an answer; each None where it lacks it."""
    found = response if isinstance(response, dict) else {}
    given = {k.lower(): said(v) for k, v in found.items()}
    return Numbers(given.get("nokunjungan"), given.get("servicerequestid"), given.get("norujukansatusehat"))


def _rows(value: Any) -> Sequence[Mapping[str, Any]]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


_NO_ORGANIZATION = Text(
    "Faskes ini belum punya nomor SATUSEHAT; rujukan berbasis kompetensi memerlukannya",
    "This facility has no SATUSEHAT number; a referral by competency needs it",
)
_NO_UUID = Text(
    "Kunjungan ini tidak punya id UUID, jadi Encounter-nya tidak dapat disebut di SATUSEHAT",
    "The visit's id is no UUID, so its Encounter cannot be named at SATUSEHAT",
)
_NO_CRITERIA = Text(
    "SATUSEHAT tidak punya kriteria rujukan untuk diagnosis ini; pakai kode ICD-10 yang lebih rinci",
    "SATUSEHAT has no referral criteria for this diagnosis; use a more specific ICD-10 code",
)
_NO_CRITERION = Text(
    "Pilih tepat satu kriteria pada rujukan: terapi, tindakan medis (ICD-9-CM) atau upaya diagnosis",
    "Choose exactly one criterion on the referral: therapy, procedure (ICD-9-CM) or workup",
)
_NO_AREA = Text(
    "Pilih kabupaten/kota jejaring rujukan (padanan area, atau area pada tujuan rujukan)",
    "Choose the area to refer within (the map area, or the referral target's area)",
)
NO_VISIT = Missing(
    "encounter",
    Text(
        "Rujukan ini belum terkait kunjungan faskes Anda pada hari itu; catat kunjungannya",
        "The referral belongs to no visit of your facility of that day yet; record the visit",
    ),
)
NO_SUBSPECIALIST = Missing(
    "kdSubSpesialis1",
    Text("Sebutkan subspesialis yang dituju (subspecialist)", "Name the subspecialist (subspecialist)"),
    "referral",
)
_NO_CANDIDATE = Text(
    "Faskes tujuan tidak ada pada daftar kandidat BPJS hari ini; pilih tujuan dari daftar itu",
    "The destination is not among BPJS' candidates today; choose one of them",
)
