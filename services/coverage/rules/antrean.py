"""What BPJS sends when it calls us (Antrean FKTP, facility's side), read strictly, and refused in the words its clients
know: code 201 and a message, 202 for a patient nobody knows yet."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.coverage.rules.queue import Because, Wish, says
from services.kernel.ids import nik_fault
from services.kernel.problems import Problem, Text


class Said(Problem):
    """A refusal as BPJS reads it. HTTP carries the same code, as the systems in use do."""

    status, slug = 201, "antrean"
    title = Text("Permintaan tidak dapat dipenuhi", "The request cannot be met")


class NewPatient(Said):
    """Nobody in the record has these numbers; BPJS sends the particulars next (/peserta)."""

    status, metadata_code = 202, 202
    title = Text(
        "Data pasien ini tidak ditemukan, silahkan Melakukan Registrasi Pasien Baru",
        "This patient is not on record; register the new patient",
    )


def said(text: str, en: str = "") -> Said:
    """A refusal in these words."""
    return Said(Text(text, en or text))


SIGN_IN = Text("Username atau Password Tidak Sesuai", "Wrong user name or password")
TOKEN_EXPIRED = Text("Token Expired", "The token has expired")
TOKEN_WRONG = Text("Token Tidak Sesuai", "The token does not fit the user name")
NO_TICKET = Text("Antrean Tidak Ditemukan", "No such ticket")
CANCELLED = Text("Antrean Tidak Ditemukan atau Sudah Dibatalkan", "No such ticket, or it has been cancelled")
SERVED = Text("Pasien Sudah Dilayani, Antrean Tidak Dapat Dibatalkan", "The patient has been seen; it stays")
MISFIT = Text("Data Peserta Tidak Sesuai, periksa isian", "The particulars do not fit")
KNOWN = Text("Data Peserta Sudah Pernah Dientrikan", "This patient was sent before")
TWO_PEOPLE = Text("NIK dan Nomor Kartu Bukan Milik Orang Yang Sama", "NIK and card number belong to two people")


@dataclass(frozen=True, slots=True)
class Booking:
    """A ticket that Mobile JKN asks for."""

    card: str
    nik: str
    wish: Wish
    complaint: str | None


@dataclass(frozen=True, slots=True)
class Cancelling:
    """A ticket that is given up."""

    card: str
    poli: str
    day: date
    reason: str


@dataclass(frozen=True, slots=True)
class Patient:
    """A new patient's particulars."""

    card: str
    nik: str
    kk: str
    name: str
    sex: str
    birth_date: date
    address: str
    village_code: str
    village: str
    kecamatan: str
    district: str
    rt: str | None
    rw: str | None


Body = Mapping[str, Any]


def booking(body: Body) -> Booking:
    """Raises Said with what is wrong first."""
    card_, nik_ = card(body.get("nomorkartu")), nik(body.get("nik"))
    poli_, day_ = poli(body.get("kodepoli")), day(body.get("tanggalperiksa"))
    doctor = _text(body, "kodedokter", "Kode Dokter")
    if not re.fullmatch(r"[0-9]{1,12}", doctor):
        raise said("Format Kode Dokter tidak sesuai")
    return Booking(card_, nik_, Wish(poli_, day_, int(doctor), _hours(body)), _optional(body, "keluhan", 500))


def cancelling(body: Body) -> Cancelling:
    """Raises Said with what is wrong first."""
    card_, poli_, day_ = card(body.get("nomorkartu")), poli(body.get("kodepoli")), day(body.get("tanggalperiksa"))
    reason = _optional(body, "keterangan", 200) or _optional(body, "alasan", 200)
    if reason is None:
        raise said("Keterangan tidak boleh kosong")
    return Cancelling(card_, poli_, day_, reason)


def patient(body: Body, today: date) -> Patient:
    """Raises Said with what is wrong first."""
    card_, nik_ = card(body.get("nomorkartu")), nik(body.get("nik"))
    kk = _digits(body.get("nomorkk"), "Nomor KK", 16)
    name = _text(body, "nama", "Nama", 200)
    sex = _text(body, "jeniskelamin", "Jenis Kelamin").upper()
    if sex not in ("L", "P"):
        raise said("Jenis Kelamin tidak ditemukan")
    born = day(body.get("tanggallahir"), "Tanggal Lahir")
    if not date(1870, 1, 1) <= born <= today:
        raise said("Tanggal Lahir tidak sesuai")
    return Patient(
        card_, nik_, kk, name, sex, born, _text(body, "alamat", "Alamat", 200), _optional(body, "kodekel", 20) or "",
        _text(body, "namakel", "Nama Kelurahan", 100), _text(body, "namakec", "Nama Kecamatan", 100),
        _text(body, "namadati2", "Nama Dati II", 100), _lane(body, "rt"), _lane(body, "rw"),
    )  # fmt: skip


def card(value: Any) -> str:
    """A card number. Raises Said."""
    return _digits(value, "Nomor Kartu", 13)


def nik(value: Any) -> str:
    """A NIK; sixteen zeros are a newborn's at BPJS and never match anybody. Raises Said."""
    found = _digits(value, "NIK", 16)
    if nik_fault(found):
        raise said("Format NIK tidak sesuai")
    return found


def poli(value: Any) -> str:
    """A poli's code. Raises Said."""
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z0-9]{1,10}", value):
        raise Said(says(Because.UNKNOWN_POLI))
    return value


def day(value: Any, what: str = "Tanggal") -> date:
    """A date as Antrean writes it. Raises Said."""
    if value in (None, ""):
        raise said(f"{what} tidak boleh kosong")
    try:
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", str(value)):
            raise ValueError
        return date.fromisoformat(str(value))
    except ValueError:
        raise said(f"Format {what} Tidak Sesuai, format yang benar adalah yyyy-mm-dd") from None


def _digits(value: Any, what: str, length: int) -> str:
    text = str(value).strip() if value is not None else ""
    if not text:
        raise said(f"{what} tidak boleh kosong")
    if len(text) != length:
        raise said(f"{what} harus {length} digit")
    if not (text.isascii() and text.isdigit()):
        raise said(f"Format {what} tidak sesuai")
    return text


def _hours(body: Body) -> str:
    text = _text(body, "jampraktek", "Jam Praktek").replace(" ", "")
    found = re.fullmatch(r"(\d{1,2})[:.](\d{2})-(\d{1,2})[:.](\d{2})", text)
    if found is None:
        raise said("Format Jam Praktek Tidak Sesuai, format yang benar adalah HH:MM-HH:MM")
    return f"{int(found[1]):02}:{found[2]}-{int(found[3]):02}:{found[4]}"


def _text(body: Body, field: str, what: str, longest: int = 100) -> str:
    value = body.get(field)
    if not isinstance(value, str | int | None) or isinstance(value, bool):  # a list written out is nobody's name
        raise said(f"Format {what} tidak sesuai")
    text = "" if value is None else str(value).strip()
    if not text:
        raise said(f"{what} tidak boleh kosong")
    if len(text) > longest or not text.isprintable():
        raise said(f"Format {what} tidak sesuai")
    return text


def _optional(body: Body, field: str, longest: int) -> str | None:
    value = body.get(field)
    text = " ".join(str(value).split()) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return text[:longest] if text and text.isprintable() else None


def _lane(body: Body, field: str) -> str | None:
    text = _optional(body, field, 10)
    return text if text and re.fullmatch(r"\d{1,3}", text) else None
