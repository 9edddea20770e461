"""Made-up members: the same NIK gives the same member for ever, without a database.

Everything is drawn from a hash of the seed and the NIK: about 80 % active, 12 % inactive, 8 % not registered,
mostly PBI as in a poor district. The card number of a NIK of the home district is a permutation of the NIK's last
twelve digits, so a member can also be found by card after a restart.
"""

import hashlib
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from services.coverage.simulator.providers import Provider, registered_at
from services.kernel.ids import BpjsFacilityCode, JknNumber

ACTIVE, INACTIVE = 80, 12  # per cent; the rest is not registered

PAYERS = (("21", "PBI (APBN)", 45), ("22", "PBI (APBD)", 30), ("13", "PEGAWAI SWASTA", 20), ("15", "PENSIUN PNS", 5))
NAMES = {
    "P": (("SITI", "NUR", "DEWI", "RINA"), ("AMINAH", "LESTARI", "RAHMAH", "SARI")),
    "L": (("AGUS", "BUDI", "HENDRA", "YUSUF"), ("SALIM", "SUSANTO", "PUTRA", "HIDAYAT")),
}

_FACTOR, _SHIFT, _ROOM = 387_420_489_011, 271_828_182_845, 10**12  # the factor shares no divisor with the room
_BACK = pow(_FACTOR, -1, _ROOM)


class Override(BaseModel):
    """Yang ditetapkan untuk satu NIK; sisanya tetap acak (what a test or demo fixes for one NIK)."""

    model_config = ConfigDict(extra="forbid")

    registered: bool | None = None
    active: bool | None = None
    status_text: str | None = None
    name: str | None = None
    card: JknNumber | None = None
    village: Annotated[str, Field(pattern=r"^\d{10}$")] | None = None
    provider: str | None = None
    payer_code: str | None = None
    payer_name: str | None = None
    since: date | None = None
    class_code: Annotated[str, Field(pattern=r"^[123]$")] | None = None
    dental: BpjsFacilityCode | None = None
    """kdProviderGigi; without it nobody has one."""
    prolanis: str | None = None
    """pstProl ("DM", "HT", "" for neither)."""
    prb: str | None = None
    arrears: int | None = None


@dataclass(frozen=True, slots=True)
class Cards:
    """Card numbers from NIK and back, for the home district; others are remembered while we run."""

    district: str
    seen: dict[str, str]

    def of(self, nik: str) -> str:
        """The card number of a NIK: 13 digits, "0" first for the home district."""
        if nik.startswith(self.district):
            return f"0{(int(nik[4:]) * _FACTOR + _SHIFT) % _ROOM:012d}"
        card = f"9{int.from_bytes(hashlib.blake2b(nik.encode()).digest()[:8]) % _ROOM:012d}"
        self.seen[card] = nik
        return card

    def nik(self, card: str) -> str | None:
        """The NIK behind a card number, or None when it was never given out."""
        if card in self.seen:
            return self.seen[card]
        if not card.startswith("0"):
            return None
        return f"{self.district}{(int(card[1:]) - _SHIFT) * _BACK % _ROOM:012d}"


class Draw:
    """Independent, repeatable numbers for one NIK."""

    def __init__(self, seed: str, nik: str) -> None:
        self._base = f"{seed}:{nik}:"

    def of(self, what: str, room: int) -> int:
        """A number below `room` for one question ("status", "payer", ...)."""
        digest = hashlib.blake2b((self._base + what).encode(), digest_size=8).digest()
        return int.from_bytes(digest) % room


def born(nik: str, today: date) -> date | None:
    """The birth date in a NIK (DDMMYY, women DD+40); None when it is no date."""
    day, month, year = int(nik[6:8]) % 40, int(nik[8:10]), int(nik[10:12])
    year += 2000 if year <= today.year % 100 else 1900
    try:
        return date(year, month, day)
    except ValueError:
        return None


def peserta(
    nik: str, card: str, draw: Draw, fixed: Override, providers: list[Provider], today: date
) -> dict[str, Any] | None:
    """The member as PCare's `peserta` shows it, or None when BPJS does not know the NIK."""
    state = draw.of("status", 100)
    registered = fixed.registered if fixed.registered is not None else state < ACTIVE + INACTIVE
    if not registered and fixed.active is None:
        return None
    active = fixed.active if fixed.active is not None else state < ACTIVE
    birth, sex = born(nik, today), "P" if int(nik[6:8]) > 40 else "L"
    code, payer = _payer(draw)
    level = fixed.class_code or ("3" if code in ("21", "22") else str(1 + draw.of("class", 3)))
    dental = {"kdProvider": fixed.dental, "nmProvider": _named(providers, fixed.dental)}
    since = fixed.since or max(birth or date.min, date(2014, 1, 1) + timedelta(draw.of("since", 3650)))
    at = registered_at(providers, fixed.village or nik[:6], draw.of("provider", 1 << 32))
    if fixed.provider is not None:
        at = Provider(code=fixed.provider, name=str(_named(providers, fixed.provider)))
    return {
        "noKartu": card,
        "nama": fixed.name or _name(draw, sex),
        "hubunganKeluarga": "Peserta",
        "sex": sex,
        "tglLahir": dmy(birth),
        "tglMulaiAktif": dmy(since),
        "tglAkhirBerlaku": "01-01-2050",
        "kdProviderPst": {"kdProvider": at.code, "nmProvider": at.name},
        "kdProviderGigi": dental,
        "jnsKelas": {"nama": f"KELAS {'I' * int(level)}", "kode": level},
        "jnsPeserta": {"nama": fixed.payer_name or payer, "kode": fixed.payer_code or code},
        "golDarah": "0",
        "noHP": "",
        "noKTP": nik,
        "pstProl": _prolanis(draw, birth, today) if fixed.prolanis is None else fixed.prolanis,
        "pstPrb": fixed.prb or "",
        "aktif": active,
        "ketAktif": fixed.status_text or ("AKTIF" if active else "TIDAK AKTIF"),
        "asuransi": {"kdAsuransi": None, "nmAsuransi": None, "noAsuransi": None, "cob": False},
        "tunggakan": fixed.arrears or 0,
    }


def _named(providers: list[Provider], code: str | None) -> str | None:
    return next((p.name for p in providers if p.code == code), "FKTP" if code else None)


def _name(draw: Draw, sex: str) -> str:
    given, family = NAMES[sex]
    return f"{given[draw.of('given', 4)]} {family[draw.of('family', 4)]}"


def _payer(draw: Draw) -> tuple[str, str]:
    at = draw.of("payer", 100)
    for code, name, share in PAYERS:
        at -= share
        if at < 0:
            return code, name
    raise AssertionError  # the shares sum to 100


def _prolanis(draw: Draw, birth: date | None, today: date) -> str:
    grown = birth is not None and today.year - birth.year >= 45
    return ("HT", "DM")[draw.of("prolanis", 2)] if grown and draw.of("enrolled", 100) < 8 else ""


def dmy(day: date | None) -> str | None:
    """A date as PCare writes it."""
    return day.strftime("%d-%m-%Y") if day else None
