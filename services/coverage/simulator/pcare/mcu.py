"""MCU: the check-up of a visit, 35 keys; KBK needs the fasting glucose and HbA1c."""

from typing import Any

from services.coverage.simulator.door import Ask
from services.coverage.simulator.pcare import parts
from services.coverage.simulator.pcare.reading import Fields, whole
from services.coverage.simulator.pcare.service import PCARE

KIND = "mcu"
NUMBERS = (
    "tekananDarahSistole", "tekananDarahDiastole", "darahRutinHemo", "darahRutinLeu", "darahRutinErit",
    "darahRutinLaju", "darahRutinHema", "darahRutinTrom", "lemakDarahHDL", "lemakDarahLDL", "lemakDarahChol",
    "lemakDarahTrigli", "gulaDarahSewaktu", "gulaDarahPuasa", "gulaDarahPostPrandial", "gulaDarahHbA1c",
    "fungsiHatiSGOT", "fungsiHatiSGPT", "fungsiHatiGamma", "fungsiHatiProtKual", "fungsiHatiAlbumin",
    "fungsiGinjalCrea", "fungsiGinjalUreum", "fungsiGinjalAsam", "fungsiJantungABI",
)  # fmt: skip
WORDS = ("radiologiFoto", "fungsiJantungEKG", "fungsiJantungEcho", "funduskopi", "pemeriksaanLain", "keterangan")
KEYS = ("kdMCU", "noKunjungan", "kdProvider", "tglPelayanan", *NUMBERS, *WORDS)


@PCARE.get("/MCU/kunjungan/{visit}")
def of_visit(ask: Ask, visit: str) -> Any:
    """The check-ups of a visit."""
    found = parts.of_visit(ask, KIND, visit)
    return whole([{key: body.get(key) for key in KEYS} | {"kdMCU": sk} for sk, body in found])


@PCARE.post("/MCU")
def enter(ask: Ask) -> Any:
    """Add a check-up to a visit."""
    return parts.added(("kdMCU", parts.add(ask, KIND, _read(ask))))


@PCARE.put("/MCU")
def change(ask: Ask) -> Any:
    """Change a check-up."""
    return parts.change(ask, KIND, "kdMCU", _read(ask))


@PCARE.delete("/MCU/{number}/kunjungan/{visit}")
def take_back(ask: Ask, number: str, visit: str) -> Any:
    """Delete a check-up."""
    return parts.remove(ask, KIND, number, visit)


def _read(ask: Ask) -> str:
    fields = Fields(ask.body)
    visit = parts.visit_of(ask, fields)
    fields.text("kdProvider", r"[A-Za-z0-9]{8}")
    fields.day("tglPelayanan", until=ask.today)
    fields.measures(*NUMBERS)
    for key in fields.body.keys() - set(KEYS):
        fields.fault(key)
    fields.done()
    return visit
