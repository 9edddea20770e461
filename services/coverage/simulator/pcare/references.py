"""Code lists: diagnoses, doctors, polis, providers, and the short lists a visit is written with."""

from typing import Any

from services.coverage.simulator.answers import REFERENCE, wrong
from services.coverage.simulator.codes import Row, rows
from services.coverage.simulator.door import Ask
from services.coverage.simulator.pcare.doctors import doctors
from services.coverage.simulator.pcare.reading import diagnosis, page, whole
from services.coverage.simulator.pcare.service import PCARE
from services.coverage.simulator.providers import NOWHERE


@PCARE.get("/diagnosa/{text}/{start}/{limit}")
def diagnoses(ask: Ask, text: str, start: str, limit: str) -> Any:
    """Diagnoses by the beginning of the code or a part of the name; a code of ICD-10's form is always found."""
    wanted = text.casefold()
    found = [r for r in rows("diagnosa") if r["kdDiag"].casefold().startswith(wanted) or wanted in _name(r)]
    alone = diagnosis(text.upper())
    if alone and not any(r["kdDiag"] == alone["kdDiag"] for r in found):
        found.insert(0, alone)
    return page(found, start, limit)


def _name(row: Row) -> str:
    return str(row["nmDiag"]).casefold()


@PCARE.get("/dokter/{start}/{limit}")
def of_facility(ask: Ask, start: str, limit: str) -> Any:
    """The doctors of the facility that asks."""
    return page(list(doctors(ask.world.settings.seed, ask.provider or NOWHERE.code)), start, limit)


@PCARE.get("/poli/fktp/{start}/{limit}")
def polis(ask: Ask, start: str, limit: str) -> Any:
    """The polis of first-level facilities."""
    return page(list(rows("poli")), start, limit)


@PCARE.get("/provider/{start}/{limit}")
def hospitals(ask: Ask, start: str, limit: str) -> Any:
    """The hospitals that first-level facilities here refer to."""
    known = [{"kdProvider": r["kdppk"], "nmProvider": r["nmppk"]} for r in rows("hospitals") if r["kdppk"] != "null"]
    return page(known, start, limit)


@PCARE.get("/kesadaran")
def consciousness(ask: Ask) -> Any:
    """Levels of consciousness."""
    return whole(rows("kesadaran"))


@PCARE.get("/prognosa")
def prognoses(ask: Ask) -> Any:
    """Prognoses."""
    return whole(rows("prognosa"))


@PCARE.get("/statuspulang/rawatInap/{inpatient}")
def leaving(ask: Ask, inpatient: str) -> Any:
    """How a patient may leave, after a stay or not."""
    if inpatient.lower() not in ("true", "false"):
        return wrong(("rawatInap", REFERENCE))
    stayed = inpatient.lower() == "true"
    return whole([_without(r, "rawatInap") for r in rows("statuspulang") if r["rawatInap"] is stayed])


@PCARE.get("/alergi/jenis/{kind}")
def allergies(ask: Ask, kind: str) -> Any:
    """Allergies to food (01), of the air (02), to drugs (03)."""
    found = [_without(r, "jenis") for r in rows("alergi") if r["jenis"] == kind]
    return whole(found) if found else wrong(("jenis", REFERENCE))


def _without(row: Row, column: str) -> Row:
    return {k: v for k, v in row.items() if k != column}
