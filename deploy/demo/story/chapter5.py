"""5. The clinic asks whether she is an active JKN member: through the connector, with the real protocol."""

from deploy.demo.story.stage import Stage
from deploy.demo.story.step import Shown, expect, step


@step(5, "Peserta JKN aktif? Dijawab langsung dari BPJS (simulator)", "Active JKN member? Answered live by BPJS")
async def eligibility(stage: Stage) -> Shown:
    answer = await stage.post("clinic", "/v1/eligibility", {"nik": stage.cast.mother.nik})
    return expect("active live", f"{answer['status']} {answer['source']}")


@step(5, "Jawaban terakhir tersimpan untuk orangnya", "The last answer is kept for the person")
async def last_known(stage: Stage) -> Shown:
    answer = await stage.get("clinic", f"/v1/coverage/{stage.notes['patient']}")
    return expect("active", answer["status"])
