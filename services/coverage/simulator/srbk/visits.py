"""postKunjungan and deleteKunjungan: the visit with its referral, made at BPJS and in SATUSEHAT at once."""

import json
import uuid
from typing import Any

from services.coverage.simulator.answers import NOT_REGISTERED, Refusal, created
from services.coverage.simulator.door import Ask, Stop
from services.coverage.simulator.pcare import kunjungan
from services.coverage.simulator.srbk.reading import (
    area,
    criterion,
    encounter,
    first_diagnosis,
    inner,
    organization,
    organization_of,
    refuse,
    sent,
)  # fmt: skip
from services.coverage.simulator.srbk.service import SRBK

UNPAIRED = "Satu Sehat Tujuan Rujukan tidak sesuai dengan PPK Dirujuk"


@SRBK.post("/Sisrute/postKunjungan")
def enter(ask: Ask) -> Any:
    """Enter a visit that refers: BPJS makes the ServiceRequest and answers all numbers."""
    body = sent(ask)
    onward, ours = inner(body, "rujukLanjut"), inner(body, "satuSehatRujukan")
    if body.get("kdStatusPulang") != "4":
        raise refuse("kdStatusPulang tidak valid (4: dirujuk)")
    organization(ours)
    known = encounter(ours, bare=True)
    if organization(ours, "kdppkSatuSehatTujuanRujukan") != organization_of(ask, str(onward.get("kdppk"))):
        raise refuse(UNPAIRED)
    criterion(ask, ours, first_diagnosis(body, "kdDiag1"))
    area(ours)
    number = _entered(ask)
    request, theirs = str(uuid.uuid4()), f"{ask.today:%y%m%d}{ask.store.next('satusehat referral'):04d}"
    theirs = f"{area(ours)['kodePropinsi']}99140{theirs}"
    ask.store.run(
        "INSERT INTO srbk_referral (no, encounter, request, theirs, body, at) VALUES (?, ?, ?, ?, ?, ?)",
        number, known, request, theirs, json.dumps(ours), ask.world.now(),
    )  # fmt: skip
    return created({"noKunjungan": number, "serviceRequestId": request, "noRujukanSatuSehat": theirs})


def _entered(ask: Ask) -> str:
    try:
        return kunjungan.enter_visit(ask)["message"]
    except Stop as stop:
        faults = stop.refusal.response
        if isinstance(faults, list) and any(f["message"] == NOT_REGISTERED for f in faults):
            raise refuse("Pendaftaran tidak valid") from None
        raise


@SRBK.delete("/Sisrute/deleteKunjungan", "/Sisrute/deleteKunjungan/{number}")
def remove(ask: Ask, number: str = "") -> Any:
    """Delete the visit, its referral, and the registration of the day, too. The body is not published: by number."""
    number = number or str(sent(ask).get("noKunjungan") or "")
    found = kunjungan.mine(ask, number)
    if found is None or not ask.store.run("DELETE FROM srbk_referral WHERE no = ?", found["no"]):
        return Refusal(400, "Kunjungan tidak ditemukan")
    kunjungan.remove(ask, found["no"])
    ask.store.run(
        "DELETE FROM registration WHERE (provider, day, no_urut) = (?, ?, ?)",
        found["provider"], found["day"], found["no_urut"],
    )  # fmt: skip
    return None
