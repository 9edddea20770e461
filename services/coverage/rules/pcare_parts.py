"""What goes along with a kunjungan: obat, tindakan, MCU. Pure; noKunjungan is BPJS' own number of the visit.

A medicine or an act without a code of BPJS stands in the kunjungan's words and is not told twice: a medicine still goes
as one outside DPHO, an act without kdTindakan does not go. What is left out is told (`Left`).
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from services.coverage.contract.maps import MapKind
from services.coverage.rules.choices import Chosen
from services.coverage.rules.pcare_visit import Body, Left, dmy
from services.records.contract import VisitTold

NAME = 100
"""Characters of a medicine's name outside DPHO."""
_LABORATORY = {
    "gulaDarahSewaktu": "glucose_random", "gulaDarahPuasa": "glucose_fasting",
    "gulaDarahPostPrandial": "glucose_post_meal", "gulaDarahHbA1c": "hba1c", "lemakDarahHDL": "hdl_mgdl",
    "lemakDarahLDL": "ldl_mgdl", "lemakDarahChol": "cholesterol_mgdl", "lemakDarahTrigli": "triglycerides_mgdl",
    "darahRutinHemo": "hemoglobin", "fungsiGinjalAsam": "uric_acid_mgdl",
}  # fmt: skip
"""A field of MCU → our word for the same measurement."""
_NUMBERS = (
    "darahRutinHemo", "darahRutinLeu", "darahRutinErit", "darahRutinLaju", "darahRutinHema", "darahRutinTrom",
    "lemakDarahHDL", "lemakDarahLDL", "lemakDarahChol", "lemakDarahTrigli", "gulaDarahSewaktu", "gulaDarahPuasa",
    "gulaDarahPostPrandial", "gulaDarahHbA1c", "fungsiHatiSGOT", "fungsiHatiSGPT", "fungsiHatiGamma",
    "fungsiHatiProtKual", "fungsiHatiAlbumin", "fungsiGinjalCrea", "fungsiGinjalUreum", "fungsiGinjalAsam",
    "fungsiJantungABI",
)  # fmt: skip
_WORDS = ("fungsiJantungEKG", "fungsiJantungEcho", "funduskopi", "pemeriksaanLain", "keterangan")


def medicines(told: VisitTold, chosen: Chosen) -> tuple[list[Body], list[Left]]:
    """POST /obat/kunjungan for each medicine with an amount; noKunjungan is put in by `of_visit`."""
    found: list[Body] = []
    left: list[Left] = []
    for m in told.medicines:
        if not m.quantity:
            left.append(Left("obat", "no-quantity"))
            continue
        code = chosen.own(MapKind.MEDICINE, m.kfa, m.name)
        if not (m.times and m.each):
            left.append(Left("signa", "missing"))
        found.append(
            {
                "kdObatSK": 0,
                "noKunjungan": None,
                "racikan": False,
                "kdRacikan": None,
                "obatDPHO": code is not None,
                "kdObat": code,
                "signa1": _plain(m.times or 0),
                "signa2": _plain(m.each or 0),
                "jmlObat": _plain(m.quantity),
                "jmlPermintaan": _plain(m.quantity),
                "nmObatNonDPHO": "" if code else (m.name or m.kfa or "")[:NAME],
            }
        )
    return found, left


def procedures(told: VisitTold, chosen: Chosen) -> tuple[list[Body], list[Left]]:
    """POST /tindakan for each act that BPJS has a code for."""
    found: list[Body] = []
    left: list[Left] = []
    for p in told.procedures:
        code = chosen.own(MapKind.PROCEDURE, p.code, p.name)
        if code is None:
            left.append(Left("tindakan", "no-code"))
            continue
        found.append(
            {
                "kdTindakanSK": 0,
                "noKunjungan": None,
                "kdTindakan": code,
                "biaya": 0,
                "keterangan": (p.name or "")[:NAME],
                "hasil": 0,
            }
        )
    return found, left


def checkup(told: VisitTold, provider: str, day: date) -> Body | None:
    """POST /MCU when the visit has a laboratory value of chronic care; what was not measured is 0, as PCare writes it.

    All 35 keys; `provider` is the facility that treated (kdProvider).
    """
    measured = {f: told.measured[ours] for f, ours in _LABORATORY.items() if ours in told.measured}
    if not measured:
        return None
    pressure = {"tekananDarahSistole": "systolic", "tekananDarahDiastole": "diastolic"}
    return {
        "kdMCU": 0, "noKunjungan": None, "kdProvider": provider, "tglPelayanan": dmy(day),
        **{f: int(told.measured.get(ours, 0)) for f, ours in pressure.items()}, "radiologiFoto": None,
        **{f: _plain(measured.get(f, 0)) for f in _NUMBERS}, **dict.fromkeys(_WORDS),
    }  # fmt: skip


def of_visit(bodies: Sequence[Body], number: str) -> list[Body]:
    """The bodies under the number BPJS gave the visit."""
    return [b | {"noKunjungan": number} for b in bodies]


def _plain(value: float) -> Any:
    return int(value) if value == int(value) else value
