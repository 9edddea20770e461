"""The numbers that others give a referral: what they look like, and what one system's number means for ours."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.kernel.problems import Text


@dataclass(frozen=True, slots=True)
class System:
    """Who gives the number: its FHIR system, its form, and what the form is in words. `title` stands in the letter;
    a `payer` also says how long the letter holds."""

    title: str
    uri: str
    form: re.Pattern[str]
    looks: Text
    payer: bool = False


_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
SYSTEMS: Mapping[str, System] = {
    "pcare": System(
        "No. kunjungan/rujukan PCare (BPJS)",
        "http://sys-ids.kemkes.go.id/referral-number-pcare",
        re.compile(r"[0-9A-Z]{8}(0[1-9]|1[0-2])\d{2}[YP]\d{6}"),
        Text(
            "19 huruf: kode PPK (8), bulan dan tahun MMyy, Y atau P, 6 angka; misalnya 0101U0011126Y000001",
            "19 characters: provider code (8), MMyy, Y or P, 6 digits; such as 0101U0011126Y000001",
        ),
        payer=True,
    ),
    "vclaim": System(
        "No. rujukan BPJS (VClaim)",
        "http://sys-ids.kemkes.go.id/referral-number-vclaim",
        re.compile(r"[0-9A-Z]{8}(0[1-9]|1[0-2])\d{2}[A-Z]\d{6}"),
        Text(
            "19 huruf: kode PPK (8), bulan dan tahun MMyy, satu huruf, 6 angka; misalnya 0101R0011126B000001",
            "19 characters: provider code (8), MMyy, a letter, 6 digits; such as 0101R0011126B000001",
        ),
        payer=True,
    ),
    "satusehat": System(
        "No. rujukan SATUSEHAT",
        "http://sys-ids.kemkes.go.id/referral-number-satusehat",
        re.compile(r"[0-9A-Za-z][0-9A-Za-z./-]{5,39}"),
        Text("6-40 huruf atau angka; misalnya SATUSEHAT0000123", "6-40 letters or digits; such as SATUSEHAT0000123"),
    ),
    "satusehat-servicerequest": System(
        "ServiceRequest SATUSEHAT",
        "http://sys-ids.kemkes.go.id/servicerequest",
        re.compile(_UUID),
        Text("UUID dengan huruf kecil", "a UUID in lower case"),
    ),
    "sisrute": System(
        "No. rujukan SISRUTE",
        "http://sys-ids.kemkes.go.id/referral-number-sisrute",
        re.compile(r"\d{5,20}"),
        Text("5-20 angka", "5-20 digits"),
    ),
}
"""Closed list; a further system is a further row."""


def fault(system: str, value: str) -> Text | None:
    """Why `value` cannot be a number of `system`; None when it may be one."""
    known = SYSTEMS[system]
    return None if known.form.fullmatch(value) else known.looks


def beside(numbers: Sequence[dict[str, str]], system: str, value: str) -> list[dict[str, str]]:
    """The numbers with this one: a system has one number for a referral, the last it gave."""
    return [n for n in numbers if n["system"] != system] + [{"system": system, "value": value}]
