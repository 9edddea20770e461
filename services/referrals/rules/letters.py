"""The letter of a referral, and of a referral back: what they say, in Indonesian. Pure; `paper` makes a PDF of it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from hashlib import sha256
from typing import Any

from services.referrals.contract import Kind, Outcome, State, Urgency
from services.referrals.contract.letters import Form, Standing
from services.referrals.rules import machine, measured, validity
from services.referrals.rules.numbers import SYSTEMS
from services.referrals.rules.paper import Block, Pair, Sheet
from services.referrals.rules.referrals import Referral, tidy

BLANK = "." * 48
"""To be filled in by hand: the law's letter names the patient, also when the record could not be asked."""
UNNAMED = "Identitas belum dapat diambil dari rekam bersama; isi dengan tangan."

TITLES = {Kind.VERTICAL: "SURAT RUJUKAN", Kind.HORIZONTAL: "SURAT RUJUKAN SETINGKAT", Kind.BACK: "SURAT RUJUK BALIK",
          Kind.PARTIAL: "SURAT RUJUKAN PARSIAL (PENUNJANG)"}  # fmt: skip
CRITERIA = {"therapy": "Terapi", "procedure": "Tindakan medis (ICD-9-CM)", "workup": "Upaya diagnosis"}
TACC = {1: "Time (lama perjalanan penyakit)", 2: "Age (umur)", 3: "Complication (komplikasi)",
        4: "Comorbidity (komorbiditas)"}  # fmt: skip
MODES = {"own": "kendaraan sendiri", "public": "kendaraan umum", "ambulance": "ambulans", "boat": "kapal/perahu",
         "other": "lainnya"}  # fmt: skip
AWAKE = {"compos-mentis": "compos mentis", "somnolence": "somnolen", "sopor": "sopor", "coma": "koma"}
PAYERS = {"jkn": "JKN", "self": "Umum/bayar sendiri", "other": "Penjamin lain"}
OUTCOMES = {"back-referred": "Dirujuk balik", "admitted": "Dirawat inap", "discharged": "Selesai, pulang",
            "referred-on": "Dirujuk lanjut", "left": "Pulang atas permintaan sendiri", "died": "Meninggal",
            "no-show": "Tidak datang", "cancelled": "Dibatalkan"}  # fmt: skip
RESUME = (("allergies", "Alergi"), ("problems", "Masalah aktif"), ("medicines", "Obat"), ("vitals", "Tanda vital"),
          ("lab", "Laboratorium"), ("pregnancy", "Kehamilan"), ("immunizations", "Imunisasi"))  # fmt: skip
MOST = 8
"""Things of one kind that the paper has room for."""
SEXES = {"male": "Laki-laki", "female": "Perempuan"}
MONTHS = ("Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober",
          "November", "Desember")  # fmt: skip


@dataclass(frozen=True, slots=True)
class House:
    """A facility as a letter names it."""

    code: str
    name: str
    address: str | None = None
    phone: str | None = None
    email: str | None = None
    bpjs_code: str | None = None
    satusehat_id: str | None = None
    registration: str | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """The patient as the record shows them to the asker; kept nowhere here."""

    name: str | None = None
    nik: str | None = None
    jkn: str | None = None
    born: date | None = None
    sex: str | None = None
    address: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class Signer:
    """Who refers."""

    name: str
    sip: str | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """All that a letter is made of. `code` is what it is verified by, `url` the page that does."""

    referral: Referral
    sender: House
    receiver: House
    person: Person | None
    signer: Signer | None
    diagnosis: str | None
    service: str | None
    day: date
    today: date
    zone: tzinfo
    url: str
    code: str


def letter(told: Told) -> Sheet:
    """The letter that goes with the patient."""
    r, content = told.referral, told.referral.content
    emergency = r.urgency is Urgency.EMERGENCY
    unit = f"{told.service}\n" if told.service else ""
    return Sheet(
        house=told.sender.name, house_lines=_head(told.sender),
        title=TITLES[r.kind] + (" GAWAT DARURAT" if emergency else ""),
        facts=_some(
            ("Nomor", r.number if r.leg == 1 else told.code), ("Tanggal", in_words(told.day)),
            ("Berlaku s.d.", _until(r)),
            ("Kepada Yth.", unit + "\n".join([told.receiver.name, *([told.receiver.address or ""])]).strip()),
        ),
        opening="Mohon pemeriksaan dan penanganan lebih lanjut bagi pasien berikut.",
        blocks=_filled(
            Block("Pasien", _patient(told)),
            Block("Alasan merujuk", _why(told)),
            Block("Keadaan dan tindakan", _state(content, told.zone)),
            Block("Serah terima (SBAR)", _sbar(content.get("sbar") or {})),
            Block("Resume rekam medis", _resume(r.summary or {})),
            Block("Perjalanan", _way(content, told.zone)),
            Block("Nomor lain", _others(r.numbers)),
        ),
        closing="Atas perhatian dan kerja sama Sejawat kami ucapkan terima kasih.",
        signed=(in_words(told.day), "Yang merujuk,"), signer=_hand(told.signer), warning=_warning(told),
        **_proof(told, f"Surat rujukan {r.number}"),
    )  # fmt: skip


def back(told: Told) -> Sheet:
    """The letter that goes home with the patient: what was done, what is advised, until when."""
    r = told.referral
    return Sheet(
        house=told.receiver.name, house_lines=_head(told.receiver), title="SURAT RUJUK BALIK",
        facts=_some(
            ("Nomor", r.number), ("Tanggal", in_words(told.day)),
            ("Kepada Yth.", "\n".join([told.sender.name, *([told.sender.address or ""])]).strip()),
        ),
        opening="Bersama ini kami kembalikan pasien berikut yang Sejawat rujuk kepada kami, dengan saran di bawah ini.",
        blocks=_filled(
            Block("Pasien", _patient(told)),
            Block("Rujukan asal", _some(
                ("Tanggal rujukan", in_words((r.sent_at or r.opened_at).astimezone(told.zone).date())),
                ("Diagnosis rujukan", _diagnosis(told)), ("Alasan merujuk", r.content.get("reason")),
            )),
            Block("Hasil dan saran", _some(
                ("Hasil", OUTCOMES.get(r.outcome or "")), ("Saran", r.advice),
                ("Kontrol/tindak lanjut", f"paling lambat {in_words(r.follow_up_due)}" if r.follow_up_due else None),
            )),
            Block("Nomor lain", _others(r.numbers)),
        ),
        closing="Mohon tindak lanjut di faskes Sejawat. Terima kasih.",
        signed=(in_words(told.day), "Yang merawat,"), signer=_hand(None),
        **_proof(told, f"Surat rujuk balik {r.number}"),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Leg:
    """One sending: which, when, and to whom its letter is addressed."""

    number: int
    at: datetime
    to: str


SEAL = 6
"""Letters and digits at the end of a later letter's code."""


def code(referral: Referral, which: int | str, written: datetime) -> str:
    """The code that one letter carries: the referral's number and which letter it is ("1", "2", "B"). The letters after
    the first end with a seal: who was asked before knows the number, and shall not find out where it went from there.
    """
    if which == 1:
        return f"{referral.number}-1"
    said = f"{referral.id}:{which}:{written.astimezone(UTC).isoformat()}"
    return f"{referral.number}-{which}-{sha256(said.encode()).hexdigest()[:SEAL].upper()}"


def parted(code: str) -> tuple[str, str, str]:
    """A letter's code, as printed or typed: the referral's number, which letter ("2", "B", or "": the first), its
    seal."""
    plain = code.upper().replace("-", "")
    which = plain[12:]
    which, seal = (which[:-SEAL], which[-SEAL:]) if len(which) > SEAL else (which, "")
    return tidy(plain[:12]) or "", which, seal


def written_at(referral: Referral, form: Form) -> datetime | None:
    """When the letter was written; None while there is none."""
    if form is Form.BACK:
        return referral.closed_at if referral.outcome is Outcome.BACK_REFERRED else None
    return referral.sent_at


def chosen(
    found: tuple[Referral, Sequence[tuple[str, str, Sequence[str] | None]]], which: str, seal: str
) -> tuple[Leg | None, Form] | None:
    """Which letter is meant; None when there is no such one, or its seal is another."""
    referral, sendings = found
    if which == "B":
        written = written_at(referral, Form.BACK)
        sealed = written is not None and parted(code(referral, "B", written))[2] == seal
        return (None, Form.BACK) if sealed else None
    number = int(which or 1)
    if referral.leg == 0 or not 1 <= number <= min(referral.leg, len(sendings)):
        return None
    at, recorded, asked = sendings[number - 1]
    if parted(code(referral, number, datetime.fromisoformat(recorded)))[2] != seal:
        return None
    now = referral.receiver.code if referral.receiver else ""
    return Leg(number, datetime.fromisoformat(at), asked[0] if asked and number < referral.leg else now), Form.REFERRAL


def standing(referral: Referral, leg: Leg | None, today: date) -> Standing:
    """How a letter stands on a day; a back-referral's has been delivered with the patient and only is."""
    if leg is None:
        return Standing.VALID
    if leg.number < referral.leg:  # also once it has ended: what came of it elsewhere is not this letter's to say
        return Standing.REPLACED
    if referral.state is State.CLOSED:
        return Standing.ENDED
    if referral.state in machine.UNPLACED:
        return Standing.UNPLACED
    return Standing.LAPSED if validity.lapsed(referral.valid_until, today) else Standing.VALID


def holds_until(referral: Referral, leg: Leg | None) -> date | None:
    """The last day of the letter; an earlier sending's is not kept."""
    return referral.valid_until if leg is not None and leg.number == referral.leg else None


def in_words(day: date) -> str:
    """22 November 2026."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def age(born: date, on: date) -> str:
    """How old somebody is on a day: years, below five years with months, below a month in days."""
    months = (on.year - born.year) * 12 + on.month - born.month - (on.day < born.day)
    if months < 1:
        return f"{(on - born).days} hari"
    years, rest = divmod(months, 12)
    if years >= 5:
        return f"{years} tahun"
    return " ".join(part for part in (f"{years} tahun" if years else "", f"{rest} bulan" if rest else "") if part)


def _head(house: House) -> list[str]:
    reached = [house.address, f"Telp. {house.phone}" if house.phone else None, house.email]
    codes = [
        f"Kode faskes {house.code}", f"PPK BPJS {house.bpjs_code}" if house.bpjs_code else None,
        f"Kemenkes {house.registration}" if house.registration else None,
        f"SATUSEHAT {house.satusehat_id}" if house.satusehat_id else None,
    ]  # fmt: skip
    return [line for line in (" · ".join(p for p in parts if p) for parts in (reached, codes)) if line]


def _until(r: Referral) -> str | None:
    return in_words(r.valid_until) if r.valid_until else None


def _warning(told: Told) -> str | None:
    r = told.referral
    if r.state is State.CLOSED:
        return "Rujukan ini sudah selesai; surat ini hanya salinan."
    if r.state in machine.UNPLACED:
        return "Faskes tujuan belum menerima pasien ini; tunggu surat dengan tujuan lain."
    if validity.lapsed(r.valid_until, told.today):
        return f"MASA BERLAKU SURAT INI HABIS PADA {in_words(r.valid_until or told.today).upper()}"
    return None


def _patient(told: Told) -> list[Pair]:
    p = told.person
    if p is None:
        blanks = ("Nama", "NIK", "No. JKN", "Tanggal lahir", "Jenis kelamin", "Alamat")
        return [("", UNNAMED), *((label, BLANK) for label in blanks)]
    return _some(
        ("Nama", p.name or BLANK), ("NIK", p.nik or BLANK), ("No. JKN", p.jkn),
        ("Tanggal lahir", f"{in_words(p.born)} ({age(p.born, told.today)})" if p.born else BLANK),
        ("Jenis kelamin", SEXES.get(p.sex or "", BLANK)), ("Alamat", p.address or BLANK), ("Telepon", p.phone),
        ("Penjamin", PAYERS.get(told.referral.payer or "")),
    )  # fmt: skip


def _diagnosis(told: Told) -> str:
    return " ".join(part for part in (told.referral.diagnosis, told.diagnosis) if part)


def _why(told: Told) -> list[Pair]:
    content = told.referral.content
    criterion, tacc = content.get("criterion"), content.get("tacc")
    return _some(
        ("Diagnosis", _diagnosis(told)), ("Alasan", content.get("reason")),
        ("Kriteria", _joined(CRITERIA.get(criterion["kind"]), criterion.get("code")) if criterion else None),
        ("TACC", f"{TACC[tacc['code']]}: {tacc['reason']}" if tacc else None),
        ("Keterbatasan faskes", content.get("limit")),
    )  # fmt: skip


def _state(content: Mapping[str, Any], zone: tzinfo) -> list[Pair]:
    return _some(
        ("Tanda vital", _vitals(content.get("vitals") or {}, zone)), ("Pemeriksaan", content.get("findings")),
        ("Terapi/tindakan", content.get("therapy")),
    )  # fmt: skip


_MEASURED = (
    ("pulse", "nadi {}/menit"), ("respiration", "napas {}/menit"), ("temperature", "suhu {} °C"),
    ("oxygen_saturation", "SpO₂ {} %"), ("weight", "BB {} kg"), ("height", "TB {} cm"), ("pain", "nyeri {}/10"),
)  # fmt: skip


def _vitals(v: Mapping[str, Any], zone: tzinfo) -> str | None:
    upper, lower = v.get("systolic"), v.get("diastolic")
    parts = [f"TD {upper or '…'}/{lower or '…'} mmHg"] if upper or lower else []
    parts += [words.format(f"{v[name]}".replace(".", ",")) for name, words in _MEASURED if v.get(name) is not None]
    parts += [f"kesadaran {AWAKE[v['consciousness']]}"] if v.get("consciousness") else []
    parts += [f"diukur {_moment(v['measured_at'], zone)}"] if v.get("measured_at") and parts else []
    return " · ".join(parts) or None


def _sbar(s: Mapping[str, Any]) -> list[Pair]:
    return _some(
        ("Situasi", s.get("situation")), ("Latar belakang", s.get("background")), ("Penilaian", s.get("assessment")),
        ("Rekomendasi", s.get("recommendation")),
    )  # fmt: skip


def _way(content: Mapping[str, Any], zone: tzinfo) -> list[Pair]:
    t = content.get("transport") or {}
    return _some(
        ("Kendaraan", MODES.get(t.get("mode", ""))), ("Pendamping", t.get("companion")),
        ("Perkiraan tiba", _moment(t["eta"], zone) if t.get("eta") else None),
        ("Dibutuhkan", _moment(content["needed_at"], zone) if content.get("needed_at") else None),
        ("Persetujuan", "pasien/keluarga setuju dirujuk" if content.get("consent") else None),
    )  # fmt: skip


def _others(numbers: Sequence[Mapping[str, str]]) -> list[Pair]:
    return [(SYSTEMS[n["system"]].title if n["system"] in SYSTEMS else n["system"], n["value"]) for n in numbers]


def _hand(signer: Signer | None) -> list[str]:
    """Who signs; what is not known is left to be written."""
    if signer is None:
        return [f"( {'.' * 36} )", "SIP ............................"]
    licence = signer.sip or "............................"
    return [signer.name, licence if licence.upper().startswith("SIP") else f"SIP {licence}"]


def _proof(told: Told, foot: str) -> dict[str, Any]:
    check = ("Periksa keaslian surat ini:", "pindai kode QR, atau buka", told.url, f"dan ketik nomor {told.code}")
    return {"link": f"{told.url}#{told.code}", "check": check, "foot": foot}


def _moment(text: str, zone: tzinfo) -> str:
    at = datetime.fromisoformat(text).astimezone(zone)
    return f"{at:%d-%m-%Y %H.%M} {at.tzname() or ''}".strip()


def _joined(*parts: str | None) -> str:
    return " ".join(p for p in parts if p)


def _some(*pairs: tuple[str, str | None]) -> list[Pair]:
    return [(label, text) for label, text in pairs if text]


def _filled(*blocks: Block) -> list[Block]:
    return [b for b in blocks if b.pairs]


def _resume(summary: Mapping[str, Any]) -> list[Pair]:
    """The record's summary as it was taken at sending, and as the asker sees it."""
    return [(label, "; ".join(map(_thing, summary[name][:MOST]))) for name, label in RESUME if summary.get(name)]


def _thing(entry: Mapping[str, Any]) -> str:
    day = date.fromisoformat(entry["date"]) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", entry["date"] or "") else None
    name = measured.NAMES.get(entry["code"] or "", entry["display"])
    said = _joined(name, measured.value(entry["value"]) if entry["value"] else None)
    return f"{said} ({day:%d-%m-%Y})" if day else said


def person_of(summary: Mapping[str, Any] | None) -> Person | None:
    """Who it is by the summary that went along, for who may not open the record yet, or cannot reach it."""
    said = (summary or {}).get("patient")
    if said is None:
        return None
    born = said.get("birth_date") or ""
    day = date.fromisoformat(born) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", born) else None
    return Person(said.get("name"), said.get("nik"), None, day, said.get("gender"))
