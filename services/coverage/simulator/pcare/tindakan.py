"""Tindakan: what may be done in each kind of service, and what was done at a visit."""

from typing import Any

from services.coverage.simulator.answers import REFERENCE, wrong
from services.coverage.simulator.codes import by_code, rows
from services.coverage.simulator.door import Ask
from services.coverage.simulator.pcare import parts
from services.coverage.simulator.pcare.reading import Fields, page, whole
from services.coverage.simulator.pcare.service import PCARE

KIND = "tindakan"


@PCARE.get("/tindakan/kdTkp/{tkp}/{start}/{limit}")
def listed(ask: Ask, tkp: str, start: str, limit: str) -> Any:
    """What may be done in one kind of service."""
    if tkp not in by_code("tkp"):
        return wrong(("kdTkp", REFERENCE))
    keep = ("kdTindakan", "nmTindakan", "maxTarif", "withValue")
    found = [{k: r[k] for k in keep} | {"maxTarif": int(r["maxTarif"])} for r in rows("tindakan") if r["kdTkp"] == tkp]
    return page(found, start, limit)


@PCARE.get("/tindakan/kunjungan/{visit}")
def of_visit(ask: Ask, visit: str) -> Any:
    """What was done at a visit."""
    names = {r["kdTindakan"]: r["nmTindakan"] for r in rows("tindakan")}
    done = parts.of_visit(ask, KIND, visit)
    return whole([{**body, "kdTindakanSK": sk, "nmTindakan": names[body["kdTindakan"]]} for sk, body in done])


@PCARE.post("/tindakan")
def do(ask: Ask) -> Any:
    """Add an act to a visit."""
    return parts.added(("kdTindakanSK", parts.add(ask, KIND, _read(ask))))


@PCARE.put("/tindakan")
def change(ask: Ask) -> Any:
    """Change an act of a visit."""
    return parts.change(ask, KIND, "kdTindakanSK", _read(ask))


@PCARE.delete("/tindakan/{number}/kunjungan/{visit}")
def take_back(ask: Ask, number: str, visit: str) -> Any:
    """Delete an act of a visit."""
    return parts.remove(ask, KIND, number, visit)


def _read(ask: Ask) -> str:
    fields = Fields(ask.body)
    visit = parts.visit_of(ask, fields)
    fields.listed("kdTindakan", {r["kdTindakan"] for r in rows("tindakan")})
    fields.measures("biaya", "hasil")
    fields.done()
    return visit
