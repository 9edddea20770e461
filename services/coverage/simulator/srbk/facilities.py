"""GetFaskesRujukan: hospitals that can do what is asked, each with its BPJS code and its SATUSEHAT number."""

from typing import Any

from services.coverage.simulator.codes import by_code, rows
from services.coverage.simulator.door import Ask
from services.coverage.simulator.pcare.reading import day
from services.coverage.simulator.srbk.reading import (
    area,
    criterion,
    encounter,
    first_diagnosis,
    organization,
    organization_of,
    refuse,
    sent,
)  # fmt: skip
from services.coverage.simulator.srbk.service import SRBK

HOME = "14"
"""The province whose hospitals the simulator has."""
STRATA = {"A": "Paripurna", "B": "Utama", "C": "Madya", "D": "Dasar"}


@SRBK.post("/Sisrute/GetFaskesRujukan")
def candidates(ask: Ask) -> Any:
    """The candidates for one diagnosis, subspecialty, area and day."""
    body = sent(ask)
    organization(body)
    encounter(body, bare=False)
    criterion(ask, body, first_diagnosis(body))
    wanted, facility = body.get("kodeSubSpesialis"), body.get("kodeSarana")
    if not any(row["kdSubSpesialis"] == wanted for row in rows("subspesialis")):
        raise refuse("kodeSubSpesialis tidak valid")
    if facility not in (None, "") and facility not in by_code("sarana"):
        raise refuse("kodeSarana tidak valid")
    meant = day(body.get("estimasiRujuk"))
    if meant is None or meant < ask.today:
        raise refuse("estimasiRujuk tidak valid (dd-MM-yyyy, mulai hari ini)")
    here = area(body)["kodePropinsi"] == HOME
    found = [_shown(ask, row) for row in rows("hospitals") if here and wanted in row["subspesialis"].split()]
    if not found:
        raise refuse("Data Faskes Rujukan di Sisrute Tidak ditemukan")
    return {"count": len(found), "list": found}


def _shown(ask: Ask, row: dict[str, Any]) -> dict[str, Any]:
    capacity = int(row["kapasitas"])
    return {
        "kodeFaskesSatuSehat": f"Organization/{organization_of(ask, row['kdppk'])}",
        **{name: row[name] for name in ("kdppk", "nmppk", "alamatPpk", "telpPpk", "kelas", "nmkc")},
        "strataSatuSehat": STRATA[row["kelas"]],
        "distance": float(row["distance"]),
        "jadwal": None if capacity == 0 else "08:00-12:00",
        "jmlRujuk": 0,
        "kapasitas": capacity,
        "persentase": 0,
    }
