"""Identifiers as value types: shape checks only, never proof that the thing exists.

What must *not* be enforced (area = domicile, birth date or sex equality, uniqueness of unverified rows) is
left to soft warnings elsewhere; a NIK carries no checksum.
"""

import os
import re
import time
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

_NIK = re.compile(r"^\d{6}(?P<day>\d{2})(?P<month>\d{2})\d{2}\d{4}$")


def nik_fault(value: str) -> str | None:
    """Why `value` cannot be a NIK ("length", "digits", "repeated", "date"), or None.

    16 digits: area of first issue, DDMMYY (women DD+40), sequence (UU 23/2006 jo. 24/2013, Permendagri 96/2022).
    """
    if not value.isascii() or not value.isdigit():
        return "digits"
    if len(value) != 16:
        return "length"
    if len(set(value)) == 1:
        return "repeated"
    match = _NIK.match(value)
    if match is None:
        return "digits"
    day, month = int(match["day"]), int(match["month"])
    if not (1 <= day <= 31 or 41 <= day <= 71) or not 1 <= month <= 12:
        return "date"
    return None


def _check_nik(value: str) -> str:
    match nik_fault(value):
        case None:
            return value
        case "length":
            raise ValueError("NIK harus tepat 16 angka / a NIK has exactly 16 digits")
        case "date":
            raise ValueError(
                "angka 7-12 NIK harus tanggal lahir (hari 01-31 atau 41-71, bulan 01-12) / "
                "digits 7-12 of a NIK are a birth date (day 01-31 or 41-71, month 01-12)"
            )
        case _:
            raise ValueError("NIK hanya berisi 16 angka yang tidak semuanya sama / 16 digits, not all the same")


Nik = Annotated[
    str,
    AfterValidator(_check_nik),
    Field(
        title="NIK",
        description="Nomor Induk Kependudukan, 16 angka (national id)",
        examples=["1410014107900001"],
    ),
]
JknNumber = Annotated[
    str,
    StringConstraints(pattern=r"^\d{13}$"),
    Field(title="Nomor JKN", description="Nomor kartu JKN, 13 angka, nol di depan berarti (JKN card number)"),
]
FacilityCode = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{1,31}$"),
    Field(title="Kode faskes", description="Kode fasilitas di registri ini (facility code)"),
]
AreaCode = Annotated[
    str,
    StringConstraints(pattern=r"^(\d{2}|\d{4}|\d{6}|\d{10})$"),
    Field(title="Kode wilayah", description="Kode Kemendagri tanpa titik: 2, 4, 6 atau 10 angka (area code)"),
]
VillageCode = Annotated[
    str,
    StringConstraints(pattern=r"^\d{10}$"),
    Field(title="Kode desa/kelurahan", description="Kode Kemendagri 10 angka tanpa titik (village code)"),
]
PractitionerId = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9-]{4,64}$"),
    Field(title="Nomor tenaga kesehatan", description="Nomor IHS tenaga kesehatan, 11 angka atau N… (IHS number)"),
]
BpjsFacilityCode = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]{8}$")]


def new_id() -> str:
    """A fresh UUID version 7 (RFC 9562): random, and ordered by time so that indexes grow at their end."""
    millis = time.time_ns() // 1_000_000
    h = f"{millis:012x}7{os.urandom(10).hex()}"
    return f"{h[:8]}-{h[8:12]}-{h[12:16]}-{_VARIANT[h[16]]}{h[17:20]}-{h[20:32]}"


_VARIANT = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}
