"""Referral targets: specialties, facilities' means, and the hospitals that take a patient on a day."""

import json
from typing import Any

from services.coverage.simulator.answers import REFERENCE, wrong
from services.coverage.simulator.codes import Row, by_code, rows
from services.coverage.simulator.door import Ask
from services.coverage.simulator.pcare.reading import day_of_path, whole
from services.coverage.simulator.pcare.service import PCARE
from services.coverage.simulator.pcare.visiting import WITH_SUBSPECIALTY

PAST = "Tanggal tidak boleh sebelum hari ini."


@PCARE.get("/spesialis")
def specialties(ask: Ask) -> Any:
    """Specialties."""
    return whole(rows("spesialis"))


@PCARE.get("/spesialis/{code}/subspesialis")
def subspecialties(ask: Ask, code: str) -> Any:
    """The subspecialties of one specialty."""
    found = [r for r in rows("subspesialis") if r["kdSpesialis"] == code.upper()]
    return whole([{k: v for k, v in r.items() if k != "kdSpesialis"} for r in found])


@PCARE.get("/spesialis/sarana")
def means(ask: Ask) -> Any:
    """What a hospital has."""
    return whole(rows("sarana"))


@PCARE.get("/spesialis/khusus")
def special(ask: Ask) -> Any:
    """Special referrals."""
    return whole(rows("khusus"))


@PCARE.get("/spesialis/rujuk/subspesialis/{code}/sarana/{mean}/tglEstRujuk/{day}")
def by_subspecialty(ask: Ask, code: str, mean: str, day: str) -> Any:
    """Hospitals with a subspecialty on a day."""
    if mean not in by_code("sarana"):
        return wrong(("kdSarana", REFERENCE))
    return _targets(ask, day, lambda h: code in h["subspesialis"].split())


@PCARE.get(
    "/spesialis/rujuk/khusus/{kind}/noKartu/{card}/tglEstRujuk/{day}",
    "/spesialis/rujuk/khusus/{kind}/subspesialis/{code}/noKartu/{card}/tglEstRujuk/{day}",
)
def by_special(ask: Ask, kind: str, card: str, day: str, code: str | None = None) -> Any:
    """Hospitals for a special referral; THA and HEM with a subspecialty, the others without."""
    kind = kind.upper()
    if kind not in by_code("khusus") or (code is not None) is not (kind in WITH_SUBSPECIALTY):
        return wrong(("kdKhusus", REFERENCE))
    if ask.world.by_card(card) is None:
        return wrong(("noKartu", REFERENCE))
    fits = (code or "").split()
    return _targets(
        ask, day, lambda h: kind in h["khusus"].split() and all(c in h["subspesialis"].split() for c in fits)
    )


def _targets(ask: Ask, text: str, fits: Any) -> Any:
    day = day_of_path(text, "tglEstRujuk")
    if day < ask.today:
        return wrong(("tglEstRujuk", PAST))
    taken = _referred_on(ask, text)
    return whole([_target(h, taken.get(h["kdppk"], 0)) for h in rows("hospitals") if fits(h)])


def _referred_on(ask: Ask, day: str) -> dict[str, int]:
    """How many were referred to each hospital for a day."""
    counted: dict[str, int] = {}
    for row in ask.store.all("SELECT body FROM visit WHERE referred AND instr(body, ?)", day):
        onward = json.loads(row["body"])["rujukLanjut"]
        if onward.get("tglEstRujuk") == day:
            counted[onward["kdppk"]] = counted.get(onward["kdppk"], 0) + 1
    return counted


def _target(hospital: Row, referred: int) -> dict[str, Any]:
    """A hospital as PCare offers it: a distance may be the largest number there is, a quota nothing, a code "null"."""
    room = int(hospital["kapasitas"])
    return {
        "kdppk": hospital["kdppk"],
        "nmppk": hospital["nmppk"],
        "alamatPpk": hospital["alamatPpk"],
        "telpPpk": hospital["telpPpk"],
        "kelas": hospital["kelas"],
        "nmkc": hospital["nmkc"],
        "distance": float(hospital["distance"]),
        "jadwal": "Senin, Rabu, Jumat : 08:00 - 12:00",
        "jmlRujuk": referred,
        "kapasitas": room,
        "persentase": round(100 * referred / room) if room else 0,
    }
