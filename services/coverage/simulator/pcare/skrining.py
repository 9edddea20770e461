"""Skrining: the yearly health screening members fill in, as the facility sees it. Drawn, not entered."""

from typing import Any

from services.coverage.simulator.answers import REFERENCE, wrong
from services.coverage.simulator.door import Ask
from services.coverage.simulator.members import Draw
from services.coverage.simulator.pcare.reading import page
from services.coverage.simulator.pcare.service import PCARE
from services.coverage.simulator.providers import NOWHERE

RISKS = ("Tidak Berisiko", "Risiko Rendah", "Risiko Sedang", "Risiko Tinggi")
DISEASES = ("Diabetes Melitus", "Hipertensi", "Jantung Koroner", "Ginjal Kronik")


@PCARE.get("/skrinning/rekap")
def sums(ask: Ask) -> Any:
    """How many of the facility's members were screened this year, and what was found."""
    draw = Draw(ask.world.settings.seed, f"{ask.provider or NOWHERE.code}:{ask.today.year}")
    found = [{"penyakit": d, "jmlPeserta": draw.of(d, 400), "jmlBerisiko": draw.of(f"{d}!", 60)} for d in DISEASES]
    return {"count": len(found), "list": found}


@PCARE.get("/skrinning/peserta/{card}/{start}/{limit}")
def of_member(ask: Ask, card: str, start: str, limit: str) -> Any:
    """A member's screenings; about a third has none."""
    member = ask.world.by_card(card)
    if member is None:
        return wrong(("noKartu", REFERENCE))
    draw = Draw(ask.world.settings.seed, f"skrining:{card}")
    done = []
    if draw.of("done", 3):
        day = f"{1 + draw.of('day', 28):02d}-{1 + draw.of('month', 12):02d}-{ask.today.year - 1}"
        done = [
            {"tglSkrining": day, "penyakit": d, "hasil": RISKS[min(3, draw.of(d, 6) // 2)], "noKartu": card}
            for d in DISEASES
        ]
    return page(done, start, limit)


@PCARE.get("/skrinning/prolanis/{program}/{card}/{start}/{limit}")
def of_programme(ask: Ask, program: str, card: str, start: str, limit: str) -> Any:
    """Whether a member's screening led into Prolanis, for diabetes (dm) or hypertension (ht)."""
    member = ask.world.by_card(card)
    if program.lower() not in ("dm", "ht"):
        return wrong(("program", REFERENCE))
    if member is None:
        return wrong(("noKartu", REFERENCE))
    enrolled = program.upper() in member["pstProl"]
    rows = [{"noKartu": card, "nama": member["nama"], "program": program.upper(), "status": "Terdaftar"}]
    return page(rows if enrolled else [], start, limit)
