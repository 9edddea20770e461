"""Obat: the list of medicines (DPHO), and those given at a visit."""

from typing import Any

from services.coverage.simulator.codes import by_code, rows
from services.coverage.simulator.door import Ask
from services.coverage.simulator.pcare import parts
from services.coverage.simulator.pcare.reading import Fields, page, whole
from services.coverage.simulator.pcare.service import PCARE

KIND = "obat"


@PCARE.get("/obat/dpho/{text}/{start}/{limit}")
def listed(ask: Ask, text: str, start: str, limit: str) -> Any:
    """Medicines by a part of their name or code."""
    wanted = text.casefold()
    found = [r for r in rows("dpho") if wanted in r["nmObat"].casefold() or r["kdObat"].startswith(text)]
    return page([{**r, "sedia": int(r["sedia"])} for r in found], start, limit)


@PCARE.get("/obat/kunjungan/{visit}")
def of_visit(ask: Ask, visit: str) -> Any:
    """The medicines of a visit."""
    return whole([_shown(sk, body) for sk, body in parts.of_visit(ask, KIND, visit)])


@PCARE.post("/obat/kunjungan")
def give(ask: Ask) -> Any:
    """Add a medicine: one of DPHO by code, another by name."""
    fields = Fields(ask.body)
    visit = parts.visit_of(ask, fields)
    fields.check("racikan", lambda v: isinstance(v, bool))
    by_list = fields.check("obatDPHO", lambda v: isinstance(v, bool))
    if by_list:
        fields.listed("kdObat", by_code("dpho"))
    elif not fields.body.get("nmObatNonDPHO"):
        fields.fault("nmObatNonDPHO")
    fields.measures("signa1", "signa2", "jmlObat", "jmlPermintaan")
    fields.done()
    number = parts.add(ask, KIND, visit)
    return parts.added(("kdObatSK", number), ("kdRacikan", number if ask.body["racikan"] else None))


@PCARE.delete("/obat/{number}/kunjungan/{visit}")
def take_back(ask: Ask, number: str, visit: str) -> Any:
    """Delete a medicine of a visit."""
    return parts.remove(ask, KIND, number, visit)


def _shown(sk: int, body: dict[str, Any]) -> dict[str, Any]:
    known = by_code("dpho").get(str(body.get("kdObat")))
    name = known["nmObat"] if known else body.get("nmObatNonDPHO")
    return {
        "kdObatSK": sk,
        "kdRacikan": sk if body.get("racikan") else None,
        "obat": {"kdObat": body.get("kdObat"), "nmObat": name, "obatDPHO": body.get("obatDPHO")},
        **{k: body.get(k, 0) for k in ("signa1", "signa2", "jmlObat", "jmlPermintaan")},
    }
