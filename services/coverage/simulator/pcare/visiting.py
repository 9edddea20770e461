"""What a visit must say, and what a referral in it must say."""

import json
import re
import sqlite3
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.coverage.simulator.answers import REFERENCE
from services.coverage.simulator.codes import by_code, rows
from services.coverage.simulator.door import Ask, Stop
from services.coverage.simulator.pcare.doctors import doctors
from services.coverage.simulator.pcare.reading import Fields, diagnosis

__all__ = ["REFERENCE", "Read", "Stop", "doctor", "hospital", "left", "read", "tkp"]

MEASURES = ("sistole", "diastole", "beratBadan", "tinggiBadan", "respRate", "heartRate", "lingkarPerut")
ALLERGIES = (("alergiMakan", "01"), ("alergiUdara", "02"), ("alergiObat", "03"))
TIME = ("< 3 Hari", ">= 3 - 7 Hari", ">= 7 Hari")
AGE = (
    "< 1 Bulan", ">= 1 Bulan s/d < 12 Bulan", ">= 1 Tahun s/d < 5 Tahun", ">= 5 Tahun s/d < 12 Tahun",
    ">= 12 Tahun s/d < 55 Tahun", ">= 55 Tahun",
)  # fmt: skip
TACC = {1: TIME, 2: AGE, 4: TIME}
"""Time, age and comorbidity choose from these; complication (3) says `kode - nama`."""
WITH_SUBSPECIALTY = ("THA", "HEM")
NEEDS_TACC = "Diagnosa non spesialistik hanya dapat dirujuk dengan TACC."


@dataclass(frozen=True, slots=True)
class Read:
    """What a visit's body identifies it by."""

    card: str
    day: date
    poli: str
    referred: bool


def read(ask: Ask) -> Read:
    """Check a visit's body. Raises Stop with every fault in it."""
    fields = Fields(ask.body)
    member = fields.member(ask)
    day = fields.day("tglDaftar", until=ask.today)
    poli = fields.listed("kdPoli", by_code("poli"))
    fields.listed("kdSadar", by_code("kesadaran"))
    fields.measures(*MEASURES)
    fields.check("suhu", _is_temperature)
    status = fields.listed("kdStatusPulang", {row["kdStatusPulang"] for row in rows("statuspulang")})
    gone = fields.day("tglPulang", empty=True)
    if gone and day and gone < day:
        fields.fault("tglPulang")
    provider = ask.provider
    if provider:
        fields.listed("kdDokter", {d["kdDokter"] for d in doctors(ask.world.settings.seed, provider)})
    _diagnoses(fields)
    for name, kind in ALLERGIES:
        fields.listed(name, {row["kdAlergi"] for row in rows("alergi") if row["jenis"] == kind}, empty=True)
    fields.listed("kdPrognosa", by_code("prognosa"), empty=True)
    fields.listed("kdPoliRujukInternal", by_code("poli"), empty=status != "5")
    referred = _referral(fields, status, day)
    _tacc(fields, referred)
    fields.done()
    assert member is not None and day is not None  # noqa: S101 - else there were faults
    return Read(member["noKartu"], day, poli, referred)


def _is_temperature(value: Any) -> bool:
    return value is None or bool(re.fullmatch(r"\d{1,2}([.,]\d{1,2})?|", str(value)))


def _diagnoses(fields: Fields) -> None:
    for i in (1, 2, 3):
        code = fields.body.get(f"kdDiag{i}")
        if code in (None, "") and i > 1:
            continue
        if not isinstance(code, str) or diagnosis(code) is None:
            fields.fault(f"kdDiag{i}")


def _referral(fields: Fields, status: str, day: date | None) -> bool:
    """Whether the body refers onward: status 4 and `rujukLanjut` go together."""
    onward = fields.body.get("rujukLanjut")
    if (onward is not None) is not (status == "4"):
        fields.fault("rujukLanjut" if status == "4" else "kdStatusPulang")
        return False
    if onward is None:
        return False
    if not isinstance(onward, dict):
        fields.fault("rujukLanjut")
        return False
    inner = Fields(onward)
    when = inner.day("tglEstRujuk")
    if when and day and when < day:
        inner.fault("tglEstRujuk")
    inner.listed("kdppk", by_code("hospitals").keys() - {"null"})
    ordinary, special = onward.get("subSpesialis"), onward.get("khusus")
    if isinstance(ordinary, dict) and special is None:
        part = Fields(ordinary)
        part.listed("kdSubSpesialis1", _subspecialties())
        part.listed("kdSarana", by_code("sarana"), empty=True)
        inner.faults += part.faults
    elif isinstance(special, dict) and ordinary is None:
        part = Fields(special)
        kind = part.listed("kdKhusus", by_code("khusus"))
        part.listed("kdSubSpesialis", _subspecialties(), empty=kind not in WITH_SUBSPECIALTY)
        inner.faults += part.faults
    else:
        inner.fault("subSpesialis")
    fields.faults += inner.faults
    return True


def _subspecialties() -> set[str]:
    return {row["kdSubSpesialis"] for row in rows("subspesialis")}


def _tacc(fields: Fields, referred: bool) -> None:
    """-1 (0 seen) is none; a first-level diagnosis cannot be referred without."""
    kind, why = fields.body.get("kdTacc", -1), fields.body.get("alasanTacc")
    if isinstance(kind, bool) or kind not in (-1, 0, 1, 2, 3, 4):
        fields.fault("kdTacc")
    elif kind in (1, 2, 3, 4):
        if not _reason(kind, why):
            fields.fault("alasanTacc")
    elif referred:
        first = diagnosis(str(fields.body.get("kdDiag1")))
        if first and first["nonSpesialis"]:
            fields.fault("kdTacc", NEEDS_TACC)


def _reason(kind: int, why: Any) -> bool:
    if kind in TACC:
        return why in TACC[kind]
    code, dash, name = str(why).partition(" - ")
    return bool(dash and name.strip()) and diagnosis(code.strip()) is not None


# What a stored visit's codes mean


def hospital(code: str | None) -> dict[str, Any] | None:
    """A referral target by code."""
    return by_code("hospitals").get(code or "")


def doctor(ask: Ask, provider: str, code: str) -> dict[str, Any]:
    """A doctor of a facility by code."""
    known = (d for d in doctors(ask.world.settings.seed, provider) if d["kdDokter"] == code)
    return next(known, {"kdDokter": code, "nmDokter": None})


def left(code: str) -> dict[str, Any] | None:
    """How a patient left, by code."""
    found = next((row for row in rows("statuspulang") if row["kdStatusPulang"] == code), None)
    return {k: v for k, v in found.items() if k != "rawatInap"} if found else None


def tkp(ask: Ask, visit: sqlite3.Row) -> str:
    """The kind of service a visit was registered for."""
    body = ask.store.value(
        "SELECT body FROM registration WHERE (provider, day, no_urut) = (?, ?, ?)",
        visit["provider"], visit["day"], visit["no_urut"],
    )  # fmt: skip
    return str(json.loads(body)["kdTkp"])
