"""1. The administrator loads the network from CSV, registers an application per facility, opens accounts."""

import secrets

from deploy.demo.network import rows
from deploy.demo.seed import load_network
from deploy.demo.story.stage import Speaker, Stage
from deploy.demo.story.step import Failed, Shown, expect, step

PARTS = {
    "clinic": ("K1410010201", "satusehat"),
    "doctor": ("D1410010301", "fhir"),
    "puskesmas": ("P1410010101", "fhir"),
    "hospital": ("R1410010401", "fhir"),
    "stranger": ("D1410080301", "fhir"),
}
"""Who plays which part: facility and the face of its application."""


@step(1, "Memuat jejaring dari CSV", "Load the network from CSV")
async def network_from_csv(stage: Stage) -> Shown:
    token = await stage.token("admin")
    stage.http.headers["Authorization"] = f"Bearer {token}"
    try:
        await load_network(stage.http, lambda _: None)
    finally:
        del stage.http.headers["Authorization"]
    counted = {}
    for kind in ("puskesmas", "klinik-pratama", "tpmd"):
        answer = await stage.get("admin", "/v1/facilities", kind=kind, limit=200)
        counted[kind] = len(answer["items"])
    return expect({"puskesmas": 10, "klinik-pratama": 5, "tpmd": 28}, counted)


@step(1, "Setiap desa punya satu puskesmas", "Every village has one puskesmas")
async def catchments(stage: Stage) -> Shown:
    answer = await stage.get("admin", "/v1/catchments", on=stage.today.isoformat(), limit=500)
    villages = {item["village"] for item in answer["items"]}
    return expect(len(rows("catchments.csv")), len(villages), villages >= set(stage.network.villages))


@step(1, "CSV rusak: baris dan alasannya", "A broken CSV: line and reason")
async def broken_csv(stage: Stage) -> Shown:
    content = "code,name,level,parent\n1410019999,Desa Tanpa Induk,desa,141002\n"
    answer = await stage.call(
        "admin",
        "POST",
        "/v1/network/areas",
        content=content.encode(),
        headers={"Content-Type": "text/csv"},
        status=(200, 400, 409, 422),
    )
    places = [f"baris {row['line']} {row['column']}" for row in answer.get("refused", ())]
    return expect("422 baris 2 parent", f"{stage.notes['status']} {', '.join(places)}")


@step(1, "Satu aplikasi per faskes, secret tampil sekali", "One application per facility, secret shown once")
async def applications(stage: Stage) -> Shown:
    for part, (facility, face) in PARTS.items():
        made = await stage.post(
            "admin", "/v1/clients", {"facility": facility, "face": face, "name": f"Cerita {stage.cast.run}"}
        )
        stage.speakers[part] = Speaker(made["id"], made["secret"], facility=facility)
    listed = await stage.get("admin", "/v1/clients", facility="K1410010201", limit=500)
    if any("secret" in item for item in listed["items"]):
        raise Failed("tanpa secret (no secrets listed)", "secret")
    return expect(len(PARTS), len([part for part in PARTS if stage.speakers[part].secret]))


@step(1, "Akun auditor bisa masuk", "An auditor's account can sign in")
async def accounts(stage: Stage) -> Shown:
    username, password = f"auditor.{stage.cast.run}", secrets.token_urlsafe(12)
    await stage.post(
        "admin",
        "/v1/staff",
        {"username": username, "password": password, "role": "auditor", "name": "Auditor Cerita"},
    )
    stage.speakers["auditor"] = Speaker(username, password, staff=True)
    return expect("token", "token" if await stage.token("auditor") else "-")
