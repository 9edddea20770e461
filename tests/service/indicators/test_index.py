"""The SPM index over HTTP: availability loaded row by row, A and B put together, what is lacking is said."""

from collections.abc import Callable
from datetime import date
from typing import Any

import httpx

from tests.service.indicators.world import Stage, Write, condition, patient, pressure, procedure, who

Caller = Callable[..., httpx.AsyncClient]
HEAD = "layanan;tahun;kode_puskesmas;jenis;butir;dibutuhkan;tersedia;sumber\n"


def ill(n: int, village: str, served: bool) -> list[Write]:
    """Somebody with hypertension, served to standard or not."""
    found = [
        Write("Patient", f"p{n}", who(n), patient(date(1960, 1, n), village)),
        Write("Condition", f"c{n}", who(n), condition("I10", date(2025, 5, 5)), "P1"),
    ]
    if served:
        found += [Write("Observation", f"bp{n}-{m}", who(n), pressure(date(2026, m, 10)), "P1") for m in range(1, 11)]
        found.append(Write("Procedure", f"e{n}", who(n), procedure("409073007", date(2026, 3, 3)), "P1"))
    return found


async def put(client: httpx.AsyncClient, path: str, text: str, status: int = 200, **params: Any) -> Any:
    answer = await client.put(path, content=text, headers={"content-type": "text/csv"}, params=params)
    assert answer.status_code == status, answer.text
    return answer.json()


async def test_the_index(stage: Stage, caller: Caller) -> None:
    async with stage.conn.transaction():
        await stage.write(ill(1, "1410011001", True) + ill(2, "1410011002", False) + ill(3, "1410022003", True))
    admin, url = caller("dinkes-admin"), "/v1/indicators/index"
    await put(admin, "/v1/targets", "service,year,puskesmas,value,source\nSPM-08,2026,P1,4,SK\nSPM-08,2026,P2,1,SK\n")
    wrong = HEAD + "SPM-8;2026;;barang;Tensi;0;1;x\nSPM-8;2026;P9;barang;Tensi;1;1;x\nPIP-2;2026;;sdm;Bidan;1;1;x\n"
    wrong += "SPM-8;2026;;barang;Obat;2;-1;x\nSPM-8;2026;;barang;Alat;2;1;x\nSPM-8;2026;;barang;ALAT;2;1;x\nSPM-8\n"
    said = await put(admin, f"{url}/availability", wrong, 422)
    assert [(r["line"], r["column"]) for r in said["refused"]] == [
        (2, "needed"), (3, "puskesmas"), (4, "service"), (5, "available"), (7, "item"), (8, None),
    ]  # fmt: skip
    assert (await admin.get(f"{url}/availability", params={"year": 2026})).json() == []
    assert (await put(admin, f"{url}/availability", wrong, mode="rest"))["loaded"] == 1
    right = HEAD + "SPM-08;2026;P1;barang;Obat;10;9,5;LPLPO\nSPM-08;2026;P1;sdm;Perawat;4;8;SISDMK\n"
    right += "SPM-08;2026;;barang;Alat;4;3;LPLPO\n"
    assert (await put(admin, f"{url}/availability", right))["loaded"] == 3
    assert await put(admin, f"{url}/availability", right) == {"loaded": 0, "unchanged": 3, "refused": []}
    shown = (await admin.get(url, params={"year": 2026, "puskesmas": True})).json()
    district = {s["service"]: s for s in shown["district"]["services"]}
    eight = district["spm-08"]
    assert len(district) == 12 and (eight["served"], eight["official"], eight["a"]) == (2, 5, 40.0)
    assert (eight["b"], eight["ip"], eight["category"]) == (75.0, 47.0, "Belum Tuntas") and eight["lacking"] == []
    assert shown["district"]["index"] is None and shown["district"]["complete"] == 1
    assert [w["en"][:18] for w in district["spm-01"]["lacking"]] == ["no official target", "no availability of"]
    first = {p["code"]: {s["service"]: s for s in p["services"]} for p in shown["puskesmas"]}
    one = first["P1"]["spm-08"]
    assert (one["a"], one["b"], one["ip"]) == (25.0, 97.5, 39.5)
    assert first["P2"]["spm-08"]["a"] == 100.0 and first["P2"]["spm-08"]["ip"] is None
    analyst = caller("dinkes-analyst")
    hidden = (await analyst.get(url, params={"year": 2026})).json()["district"]["services"][7]
    assert hidden["suppressed"] and hidden["served"] is hidden["a"] is hidden["ip"] is None and hidden["official"] == 5
    assert (await analyst.put(f"{url}/availability", json={"items": [{}]})).status_code == 403
    assert (await admin.put(f"{url}/availability", json={"items": [{}]})).status_code == 422
    assert (await admin.get(url, params={"as_of": "2027-01-01"})).status_code == 422
