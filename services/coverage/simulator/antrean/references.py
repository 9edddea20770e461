"""References: the polis and doctors of a day, with hours and capacity."""

from datetime import date
from typing import Any

from services.coverage.simulator.answers import Refusal
from services.coverage.simulator.antrean.service import ANTREAN
from services.coverage.simulator.codes import rows
from services.coverage.simulator.door import Ask
from services.coverage.simulator.pcare.doctors import doctors
from services.coverage.simulator.vclaim.reading import day as ymd

NO_DATA = Refusal(201, "Data Tidak Ditemukan")
HOURS, AFTERNOON, CAPACITY = "08:00-12:00", "13:00-16:00", 40
SUNDAY, DENTAL = 7, "002"


@ANTREAN.get("/ref/poli/tanggal/{on}")
def polis(ask: Ask, on: str) -> Any:
    """The polis that are open on a day (none on Sundays)."""
    if ymd(on).isoweekday() == SUNDAY:
        return NO_DATA
    listed = [
        {"namapoli": row["nmPoli"], "nmsubspesialis": row["nmPoli"], "kdsubspesialis": row["kdPoli"],
         "kodepoli": row["kdPoli"]}
        for row in rows("poli") if row["poliSakit"]
    ]  # fmt: skip
    return {"list": listed}


@ANTREAN.get("/ref/dokter/kodepoli/{poli}/tanggal/{on}")
def doctors_of(ask: Ask, poli: str, on: str) -> Any:
    """Who sees patients at a poli on a day."""
    found = timetable(ask, poli, ymd(on))
    return {"list": found} if found else NO_DATA


def timetable(ask: Ask, poli: str, on: date) -> list[dict[str, Any]]:
    """The doctors of a poli on a day: dentists at the dental poli, the stand-in everywhere, two sessions a day."""
    if on.isoweekday() == SUNDAY or not any(row["kdPoli"] == poli and row["poliSakit"] for row in rows("poli")):
        return []
    known = doctors(ask.world.settings.seed, ask.provider or "")
    here = [d for d in known if d["nmDokter"].startswith("drg.") is (poli == DENTAL) or d is known[-1]]
    return [
        {"namadokter": d["nmDokter"], "kodedokter": int(d["kdDokter"]), "kapasitas": CAPACITY,
         "jampraktek": AFTERNOON if i % 3 == 2 else HOURS}
        for i, d in enumerate(here)
    ]  # fmt: skip
