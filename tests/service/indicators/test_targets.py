"""Official targets over HTTP: loaded from JSON, CSV and XLSX, refused row by row, asked about, versions and history."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx

from services.kernel import sheets
from tests.service.indicators.world import TODAY, Stage, Write, condition, patient, who

Caller = Callable[..., httpx.AsyncClient]
CSV = {"content-type": "text/csv"}
ROW = {"service": "SPM-08", "year": 2026, "village": "1410011001", "value": 4, "source": "Proyeksi"}


async def put(client: httpx.AsyncClient, content: Any, status: int = 200, **params: Any) -> Any:
    """Load items, a CSV text or a workbook."""
    if isinstance(content, list):
        answer = await client.put("/v1/targets", json={"items": content}, params=params)
    else:
        head = CSV if isinstance(content, str) else {"content-type": sheets.XLSX}
        answer = await client.put("/v1/targets", content=content, headers=head, params=params)
    assert answer.status_code == status, answer.text
    return answer.json()


async def get(client: httpx.AsyncClient, path: str, **params: Any) -> Any:
    answer = await client.get(path, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_loaded_in_three_forms_and_measured_by(stage: Stage, caller: Caller) -> None:
    async with stage.conn.transaction():
        born, since = TODAY - timedelta(days=20_000), TODAY - timedelta(days=400)
        ill = [Write("Patient", "p1", who(1), patient(born, "1410022003")),
               Write("Condition", "c1", who(1), condition("I10", since), "P1")]  # fmt: skip
        await stage.write(ill)
    admin = caller("dinkes-admin")
    done = await put(admin, [ROW, ROW | {"village": "14.10.01.1002", "value": 6}])
    assert (done["loaded"], done["unchanged"], done["refused"], done["changes"]) == (2, 0, [], [])
    assert (await put(admin, [ROW | {"service": "SPM-02", "value": 3}]))["loaded"] == 1
    csv = "layanan;tahun;puskesmas;nilai;sumber;versi\nspm-8;2026;P2;5;SK Kadis 1;v2\n"
    assert (await put(admin, csv))["loaded"] == 1
    lines = [["service", "year", "village", "value", "source"], ["PIP-2", 2026, "1410011001", 7, "SK"]]
    assert (await put(admin, sheets.to_xlsx([*lines, ["PIP-2", 2026, "Jumlah", 7, "SK"]], "x")))["loaded"] == 1
    found = await get(admin, "/v1/indicators/spm-08", by="puskesmas")
    assert {r["code"]: r["official"]["value"] for r in found["rows"]} == {"P1": 10, "P2": 5}
    assert found["total"]["official"]["value"] == 15
    cards = {c["standard"]: c["official"] for c in await get(admin, "/v1/indicators")}
    assert cards["pip-2.idl-classic"]["value"] == cards["pip-2-2023.idl-2023"]["value"] == 7
    assert cards["spm-02.permenkes-6-2024"]["value"] == cards["pip-4.fasyankes"]["value"] == 3
    analyst = caller("dinkes-analyst")
    shown = await get(analyst, "/v1/targets", year=2026, service="spm-08")
    assert [(t["place"], t["level"], t["value"]) for t in shown["items"]] == [
        ("1410011001", "village", 4), ("1410011002", "village", 6), ("P2", "puskesmas", 5),
    ]  # fmt: skip
    assert shown["totals"] == [{"service": "spm-08", "value": 15, "source": None, "version": None}]
    answer = await admin.get("/v1/targets/csv", params={"year": 2026})
    again = await admin.put("/v1/targets", content=answer.content, headers=CSV)
    assert (again.json()["loaded"], again.json()["unchanged"]) == (0, 5), again.text
    for form, status in (("image/png", 415), ("text/csv", 400)):
        assert (await admin.put("/v1/targets", content="a,b\n", headers={"content-type": form})).status_code == status
    assert (await admin.put("/v1/targets", json={"items": {}})).status_code == 400
    assert (await analyst.put("/v1/targets", json={"items": [ROW]})).status_code == 403


async def test_a_broken_file_names_every_row(stage: Stage, caller: Caller) -> None:
    del stage
    admin = caller("dinkes-admin")
    csv = (
        "service,year,village,value,source\nSPM-01,2026,1410011001,15,Proyeksi\nSPM-01,2026,3604012001,15,Proyeksi\n"
        "SPM-01,2026,1410011002,-3,Proyeksi\nSPM-01,2026,1410011001,9,Proyeksi\nSPM-01,2026\nSPM-77,2026,1410011001,9,P\n"
    )
    said = await put(admin, csv, 422)
    assert [(r["line"], r["column"]) for r in said["refused"]] == [
        (3, "village"), (4, "value"), (5, "service"), (6, None), (7, "service"),
    ]  # fmt: skip
    assert all(r["reason"]["id"] != r["reason"]["en"] for r in said["refused"]) and said["loaded"] == 0
    assert (await get(admin, "/v1/targets", year=2026))["items"] == []
    said = await put(admin, csv, mode="rest")
    assert said["loaded"] == 1 and len(said["refused"]) == 5
    said = await put(admin, [{"service": "X"}], 422)
    assert {r["column"] for r in said["refused"]} == {"service", "year", "value", "source"}


async def test_a_sudden_change_is_asked_about_and_kept_in_the_history(stage: Stage, caller: Caller) -> None:
    del stage
    admin = caller("dinkes-admin")
    await put(admin, [ROW | {"value": 15}])
    more = ROW | {"value": 150, "valid_from": "2026-07-01"}
    said = await put(admin, [more], 422)
    change = {"line": 1, "service": "spm-08", "year": 2026, "place": "1410011001", "before": 15, "after": 150}
    assert said["changes"] == [change | {"percent": 900.0, "against": str(TODAY)}]
    assert [(r["line"], r["column"]) for r in said["refused"]] == [(1, "value")]
    assert (await put(admin, [more], confirm=True))["loaded"] == 1
    values = {}
    for on in ("2026-06-30", "2026-07-01"):
        found = await get(admin, "/v1/indicators/spm-08", as_of=on)
        values[on] = (found["total"]["official"]["value"], found["total"]["official"]["version"])
    assert values == {"2026-06-30": (15, str(TODAY)), "2026-07-01": (150, f"{TODAY}-2")}
    versions = await get(admin, "/v1/targets/versions", service="SPM-08", year=2026)
    assert [(v["version"], v["confirmed"], v["counting"], v["sum"], v["loaded_by"]) for v in versions] == [
        (f"{TODAY}-2", True, 1, 150, "someone-dinkes-admin"), (str(TODAY), False, 0, 15, "someone-dinkes-admin"),
    ]  # fmt: skip
    history = await get(admin, "/v1/targets/history", service="SPM-08", year=2026, place="1410011001")
    assert [t["value"] for t in history] == [150, 15]
    said = await put(admin, [ROW | {"value": 16, "version": str(TODAY)}], 422)
    assert said["refused"][0]["column"] == "version"
