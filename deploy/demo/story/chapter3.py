"""3. Each provider reads what the other wrote; who has no reason is refused; all of it is in the access log."""

from typing import Any

from deploy.demo import vocabulary as words
from deploy.demo.story.stage import FHIR, Stage
from deploy.demo.story.step import Shown, expect, step


@step(3, "Dokter membaca HPHT yang ditulis klinik", "The doctor reads the LMP the clinic wrote")
async def doctor_reads(stage: Stage) -> Shown:
    found = await stage.get(
        "doctor", f"{FHIR}/Observation", patient=stage.notes["patient"], code=f"{words.LOINC}|8665-2"
    )
    values = [entry["resource"]["valueDateTime"] for entry in found.get("entry", ())]
    return expect(stage.notes["lmp"].isoformat(), ", ".join(values))


@step(3, "Klinik membaca semuanya, juga tensi dari dokter", "The clinic reads everything, the doctor's too")
async def clinic_reads(stage: Stage) -> Shown:
    found = await stage.get("clinic", f"{FHIR}/Patient/{stage.notes['patient']}/$everything")
    systolic = [
        resource["valueQuantity"]["value"]
        for resource in (entry["resource"] for entry in found["entry"])
        if resource["resourceType"] == "Observation" and "8480-6" in str(resource["code"])
    ]
    doctor, clinic = stage.notes["doctor_systolic"], stage.notes["clinic_systolic"]
    return expect(f"{clinic} + {doctor} mmHg", systolic, {clinic, doctor} <= set(systolic))


@step(3, "Cari menurut pasien, kode, tanggal", "Search by patient, code and date")
async def search(stage: Stage) -> Shown:
    visited = stage.notes["doctor_day"].isoformat()
    found = await stage.get(
        "puskesmas",
        f"{FHIR}/Observation",
        patient=stage.notes["patient"],
        code=f"{words.LOINC}|8480-6",
        date=f"ge{visited}",
    )
    values = [entry["resource"]["valueQuantity"]["value"] for entry in found.get("entry", ())]
    return expect([stage.notes["doctor_systolic"]], values)


@step(3, "Faskes tanpa alasan ditolak (403)", "A facility without a reason is refused (403)")
async def stranger_refused(stage: Stage) -> Shown:
    answer = await stage.call("stranger", "GET", f"{FHIR}/Patient/{stage.notes['patient']}", status=403)
    seen = f"{stage.notes['status']} {answer['resourceType']}"
    shown = str(answer)
    hidden = stage.cast.mother.nik not in shown and stage.cast.mother.name not in shown
    return expect("403 OperationOutcome", seen, seen == "403 OperationOutcome" and hidden)


@step(3, "Semua akses dan penolakan tercatat", "Every access and refusal is in the log")
async def access_log(stage: Stage) -> Shown:
    expected = {
        (stage.speakers["doctor"].facility, "allowed"),
        (stage.speakers["clinic"].facility, "allowed"),
        (stage.speakers["stranger"].facility, "refused"),
    }

    async def look() -> set[tuple[Any, Any]]:
        log = await stage.get("auditor", "/v1/access-log", person=stage.notes["patient"])
        return {(row.get("facility"), row["outcome"]) for row in log}

    seen, _ = await stage.until(look, lambda rows: expected <= rows)
    shown = {f"{facility} {outcome}" for facility, outcome in seen & expected}
    return expect({f"{facility} {outcome}" for facility, outcome in expected}, shown)
