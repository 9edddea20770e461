"""Peserta: a member on the day of a SEP."""

import re
from datetime import date
from typing import Any

from services.coverage.simulator.answers import Refusal
from services.coverage.simulator.door import Ask
from services.coverage.simulator.vclaim.reading import day, iso
from services.coverage.simulator.vclaim.service import VCLAIM

UNKNOWN = Refusal(201, "Peserta Tidak Ditemukan")


@VCLAIM.get("/Peserta/nokartu/{card}/tglSEP/{on}")
def by_card(ask: Ask, card: str, on: str) -> Any:
    """The member with this card."""
    if not re.fullmatch(r"\d{13}", card):
        return Refusal(201, "No.Kartu tidak sesuai, harus 13 digit")
    return _member(ask.world.by_card(card), day(on, "tglSEP"), ask.today)


@VCLAIM.get("/Peserta/nik/{nik}/tglSEP/{on}")
def by_nik(ask: Ask, nik: str, on: str) -> Any:
    """The member with this NIK."""
    if not re.fullmatch(r"\d{16}", nik):
        return Refusal(201, "NIK tidak sesuai, harus 16 digit")
    return _member(ask.world.by_nik(nik), day(on, "tglSEP"), ask.today)


def _member(found: dict[str, Any] | None, on: date, today: date) -> Any:
    return {"peserta": shown(found, on, today)} if found else UNKNOWN


def shown(member: dict[str, Any], on: date, today: date) -> dict[str, Any]:
    """A member of PCare's as VClaim shows it."""
    born = iso(member["tglLahir"])
    return {
        "cob": {"nmAsuransi": None, "noAsuransi": None, "tglTAT": None, "tglTMT": None},
        "hakKelas": {"keterangan": member["jnsKelas"]["nama"], "kode": member["jnsKelas"]["kode"]},
        "informasi": {
            "dinsos": None, "eSEP": None, "noSKTM": None,
            "prolanisPRB": " ".join(filter(None, (member["pstProl"], member["pstPrb"]))) or None,
        },
        "jenisPeserta": {"keterangan": member["jnsPeserta"]["nama"], "kode": member["jnsPeserta"]["kode"]},
        "mr": {"noMR": None, "noTelepon": member["noHP"] or None},
        "nama": member["nama"],
        "nik": member["noKTP"],
        "noKartu": member["noKartu"],
        "pisa": "1",
        "provUmum": dict(member["kdProviderPst"]),
        "sex": member["sex"],
        "statusPeserta": {"keterangan": member["ketAktif"], "kode": "0" if member["aktif"] else "1"},
        "tglCetakKartu": iso(member["tglMulaiAktif"]),
        "tglLahir": born,
        "tglTAT": iso(member["tglAkhirBerlaku"]),
        "tglTMT": iso(member["tglMulaiAktif"]),
        "umur": {"saatPelayanan": age(born, on), "umurSekarang": age(born, today)},
    }  # fmt: skip


def age(born: str | None, on: date) -> str | None:
    """An age in the words VClaim uses."""
    if born is None:
        return None
    birth = date.fromisoformat(born)
    months = max((on.year - birth.year) * 12 + on.month - birth.month - (on.day < birth.day), 0)
    days = (on.day - birth.day) % 30
    return f"{months // 12} tahun ,{months % 12} bulan ,{days} hari"
