"""Referrals of the demo district: every direction and urgency, every state that a person can bring about, legs,
outcomes, follow-ups in time and late. The clock does the rest before the visitor's eyes: an emergency that nobody
answers is reminded, goes to the next candidate and then to the office within the hour.

Sent through the API by those who would, each under a key of its own: a second load finds them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from deploy.demo.people import EXAMPLE_DOUBLE, EXAMPLE_DOUBLED_HUSBAND, EXAMPLE_HUSBAND, EXAMPLE_PERSON, YEAR, Person
from deploy.demo.vocabulary import AMBULATORY

DOCTOR, CLINIC, PUSKESMAS, HOSPITAL = "D1410010301", "K1410010201", "P1410010101", "R1410010401"
SECOND = "P1410010102"
EXAMPLES = frozenset({EXAMPLE_PERSON, EXAMPLE_HUSBAND, EXAMPLE_DOUBLE, EXAMPLE_DOUBLED_HUSBAND})
"""Whom the documentation speaks of: their referrals are its own."""
Told = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Way:
    """One referral: who sends whom where and why, how long ago, and the steps since, each with its side and hours."""

    name: str
    sender: str
    to: str
    kind: str
    urgency: str
    diagnosis: str
    reason: str
    days: float = 0.0
    steps: Sequence[tuple[str, str, float, Told]] = ()
    more: Told = field(default_factory=dict)
    ages: tuple[int, int] = (18, 90)
    female: bool | None = None

    def fits(self, person: Person, anchor: int) -> bool:
        """Whether it could be this person's."""
        low, high = self.ages
        sex = self.female is None or person.female is self.female
        return sex and low <= (anchor - person.birth) / YEAR <= high and person.alive(anchor)

    def body(self, person: str, now: datetime) -> Told:
        """The request that sends it."""
        when = {} if not self.days else {"at": (now - timedelta(days=self.days)).isoformat(timespec="minutes")}
        return {
            "person_id": person, "to_facility": self.to, "kind": self.kind, "urgency": self.urgency,
            "diagnosis": self.diagnosis, "reason": self.reason, "consent": True, **when, **self.more,
        }  # fmt: skip

    def visit(self, person: str, now: datetime) -> Told:
        """The visit at which it was decided, as an Encounter."""
        begin = now - timedelta(days=self.days, minutes=40)
        end = begin + timedelta(minutes=30)
        return {
            "resourceType": "Encounter", "id": str(uuid5(NAMESPACE_URL, f"urn:simpul:contoh:rujukan:{self.name}")),
            "status": "finished", "class": AMBULATORY, "subject": {"reference": f"Patient/{person}"},
            "period": {k: at.isoformat(timespec="seconds") for k, at in (("start", begin), ("end", end))},
        }  # fmt: skip

    def taken(self, now: datetime) -> Iterator[tuple[str, str, Told]]:
        """Facility, verb and body of each step; a number under `due` counts days from today."""
        for facility, verb, hours, told in self.steps:
            body = dict(told)
            if "due" in body:
                body["due"] = (now + timedelta(days=body["due"])).date().isoformat()
            if self.days:
                at = min(now, now - timedelta(days=self.days) + timedelta(hours=hours))
                body["at"] = at.isoformat(timespec="minutes")
            yield facility, verb, body


def _treated(by: str, hours: float = 3.0) -> tuple[tuple[str, str, float, Told], ...]:
    return (by, "accept", 0.4, {}), (by, "arrive", hours, {}), (by, "treat", hours + 0.3, {})


_BACK = "Lanjut obat yang sama, ukur tekanan darah tiap minggu, kembali bila pusing atau pandangan kabur"
_SBAR = {
    "situation": "Tekanan darah 172/112, nyeri kepala, pandangan kabur", "background": "G2P1A0, hamil 34 minggu",
    "assessment": "Preeklampsia berat", "recommendation": "Terminasi bila perlu; MgSO4 sudah diberikan",
}  # fmt: skip
_SEVERE = {
    "sbar": _SBAR, "criterion": {"kind": "therapy"}, "therapy": "MgSO4 4 g bolus, nifedipin 10 mg",
    "vitals": {"systolic": 172, "diastolic": 112, "pulse": 96, "respiration": 22, "consciousness": "compos-mentis"},
    "transport": {"mode": "ambulance", "companion": "bidan"},
}  # fmt: skip
_LIMIT = {"limit": "Tidak ada alat pemeriksaannya di faskes ini"}
_TACC = {"tacc": {"code": 1, "reason": ">= 7 Hari"}}

WAYS: Sequence[Way] = (
    Way("menunggu", PUSKESMAS, HOSPITAL, "vertical", "routine", "H26.9", "Katarak matur kedua mata; mohon operasi"),
    Way("menunggu-klinik", CLINIC, PUSKESMAS, "horizontal", "routine", "Z34.9", "Hamil 12 minggu; mohon ANC terpadu",
        ages=(17, 42), female=True),
    Way("darurat", PUSKESMAS, HOSPITAL, "vertical", "emergency", "O14.1", "Preeklampsia berat pada kehamilan 34 minggu",
        more=_SEVERE | {"then": [SECOND]}, ages=(17, 42), female=True),
    Way("darurat-berangkat", PUSKESMAS, HOSPITAL, "vertical", "emergency", "I21.9", "Nyeri dada khas 2 jam, ST elevasi",
        steps=[(PUSKESMAS, "depart", 0, {"note": "Ambulans berangkat, sudah ditelepon"})], ages=(40, 90)),
    Way("memburuk", PUSKESMAS, HOSPITAL, "vertical", "routine", "K80.2", "Batu empedu dengan kolik berulang",
        steps=[(PUSKESMAS, "raise", 0, {"urgency": "urgent", "reason": "Demam dan mulai kuning sejak pagi"})]),
    Way("diterima", PUSKESMAS, HOSPITAL, "vertical", "urgent", "N20.0", "Batu ginjal, kolik berulang; perlu USG",
        days=0.2, steps=[(HOSPITAL, "accept", 0.5, {"note": "Poli urologi, Selasa pagi"})]),
    Way("ditolak", DOCTOR, HOSPITAL, "vertical", "routine", "L40.0", "Psoriasis luas tidak membaik dengan topikal",
        days=0.3, steps=[(HOSPITAL, "decline", 1, {"reason": "Dokter kulit cuti sampai bulan depan"})]),
    Way("dialihkan", CLINIC, HOSPITAL, "vertical", "urgent", "E11.5", "Luka kaki diabetik dengan tanda infeksi",
        steps=[(HOSPITAL, "redirect", 0, {"reason": "Cukup perawatan luka harian", "to_facility": PUSKESMAS})]),
    Way("berangkat", PUSKESMAS, HOSPITAL, "vertical", "urgent", "K35.8", "Nyeri perut kanan bawah, curiga apendisitis",
        days=0.1, steps=[(HOSPITAL, "accept", 0.3, {}), (PUSKESMAS, "depart", 1, {"note": "Diantar keluarga"})]),
    Way("tiba", PUSKESMAS, HOSPITAL, "vertical", "urgent", "N17.9", "Gagal ginjal akut, kreatinin 3,4", days=0.2,
        steps=[(HOSPITAL, "accept", 0.4, {}), (PUSKESMAS, "depart", 1, {}), (HOSPITAL, "arrive", 2.5, {})]),
    Way("dirawat", PUSKESMAS, HOSPITAL, "vertical", "urgent", "I63.9", "Stroke, lemah separuh badan kanan", days=2,
        steps=_treated(HOSPITAL), ages=(40, 90)),
    Way("balik", PUSKESMAS, HOSPITAL, "vertical", "routine", "I11.9", "Hipertensi dengan hipertrofi ventrikel kiri",
        days=20, steps=[*_treated(HOSPITAL), (HOSPITAL, "refer-back", 30, {"advice": _BACK, "due": 9})], more=_LIMIT),
    Way("balik-selesai", PUSKESMAS, HOSPITAL, "vertical", "routine", "E11.9", "DM dengan gula tidak terkendali",
        days=30, steps=[*_treated(HOSPITAL), (HOSPITAL, "refer-back", 30, {"advice": _BACK, "due": 3})],
        more=_TACC | {"payer": "jkn"}),
    Way("balik-terlambat", PUSKESMAS, HOSPITAL, "vertical", "routine", "I50.0", "Gagal jantung, sesak saat aktivitas",
        days=45, steps=[*_treated(HOSPITAL), (HOSPITAL, "refer-back", 30, {"advice": _BACK, "due": -12})]),
    Way("balik-praktik", DOCTOR, PUSKESMAS, "horizontal", "urgent", "O13", "Tekanan darah 150/95, hamil 32 minggu",
        days=9, steps=[*_treated(PUSKESMAS), (PUSKESMAS, "refer-back", 20, {"advice": _BACK, "due": 5})],
        ages=(17, 42), female=True),
    Way("dua-kali", PUSKESMAS, SECOND, "horizontal", "routine", "A15.0", "Perlu tes cepat molekuler; alat rusak",
        more={"then": [HOSPITAL]}, days=0.4, steps=[]),
    Way("kirim-ulang", DOCTOR, HOSPITAL, "vertical", "urgent", "J44.1", "PPOK eksaserbasi, sesak memberat", days=6,
        steps=[(HOSPITAL, "decline", 0.5, {"reason": "Tempat tidur penuh"}),
               (DOCTOR, "send", 1, {"to_facility": PUSKESMAS}), *_treated(PUSKESMAS),
               (PUSKESMAS, "close", 30, {"outcome": "discharged", "advice": "Inhaler tiap hari, berhenti merokok"})],
        ages=(40, 90)),
    Way("rawat-inap", PUSKESMAS, HOSPITAL, "vertical", "emergency", "O72.1", "Perdarahan pascasalin 800 ml", days=12,
        steps=[*_treated(HOSPITAL, 1.0), (HOSPITAL, "close", 6, {"outcome": "admitted"})], more=_SEVERE,
        ages=(17, 42), female=True),
    Way("dirujuk-lagi", PUSKESMAS, HOSPITAL, "vertical", "urgent", "C50.9", "Benjolan payudara cepat membesar", days=25,
        steps=[*_treated(HOSPITAL), (HOSPITAL, "close", 50, {"outcome": "referred-on"})], female=True),
    Way("pergi", PUSKESMAS, HOSPITAL, "vertical", "routine", "M17.9", "Nyeri lutut kronik, tidak membaik", days=15,
        steps=[*_treated(HOSPITAL), (HOSPITAL, "close", 8, {"outcome": "left", "note": "Pulang sebelum selesai"})],
        more=_LIMIT, ages=(50, 90)),
    Way("meninggal", PUSKESMAS, HOSPITAL, "vertical", "emergency", "I61.9", "Tidak sadar mendadak, GCS 6", days=18,
        steps=[*_treated(HOSPITAL, 1.5), (HOSPITAL, "close", 14, {"outcome": "died"})], ages=(60, 100)),
    Way("tidak-datang", PUSKESMAS, HOSPITAL, "vertical", "routine", "H40.9", "Tekanan bola mata tinggi", days=10,
        steps=[(HOSPITAL, "accept", 2, {}), (HOSPITAL, "no-show", 120, {"note": "Kapal tidak berangkat"})]),
    Way("dibatalkan", PUSKESMAS, HOSPITAL, "vertical", "routine", "K40.9", "Hernia inguinal, tidak terjepit", days=8,
        steps=[(PUSKESMAS, "cancel", 4, {"reason": "Keluarga memilih menunggu sampai panen selesai"})]),
    Way("laboratorium", DOCTOR, PUSKESMAS, "partial", "routine", "E78.5", "Mohon profil lipid, fungsi ginjal", days=4,
        steps=[*_treated(PUSKESMAS),
               (PUSKESMAS, "refer-back", 5, {"advice": "LDL 162, kreatinin 0,9; hasil lengkap di rekam bersama",
                                             "due": 14})]),
    Way("serentak", PUSKESMAS, HOSPITAL, "partial", "urgent", "D50.9", "Hb 6,9; mohon pemeriksaan dan transfusi",
        more={"at_once": [SECOND]}),
)  # fmt: skip
DONE = {"balik-selesai": "Kunjungan rumah: obat diminum, tekanan darah 128/80"}
"""Follow-ups that are done, and what was done."""
