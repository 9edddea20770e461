"""Plain-JSON visits and bulk imports."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import orjson

from tests.service.records.bodies import BASE, NIK, nik, patient, systolic
from tests.service.records.conftest import own_record

records = own_record()
"""Its access log is falsified in the end."""


def visit(number: str, **more: Any) -> dict[str, Any]:
    return {
        "patient": {"nik": number, "name": "Siti Aminah", "birth_date": "1990-07-01", "sex": "P"},
        "at": "2026-03-02T09:00:00+07:00", "reason": "Kontrol tekanan darah",
        "diagnoses": [{"icd10": "I10", "primary": True}],
        "measurements": {"systolic": 150, "diastolic": 95}, "education": True,
    } | more  # fmt: skip


async def test_a_visit_and_its_correction(caller: Callable[..., httpx.AsyncClient], sql: Any) -> None:
    b, number = caller("TPMD-B"), nik()
    made = await b.post("/v1/visits", json=visit(number), headers={"idempotency-key": "k1"})
    assert made.status_code == 201, made.text
    again = await b.post("/v1/visits", json=visit(number), headers={"idempotency-key": "k1"})
    assert (again.status_code, again.json()["visit_id"]) == (200, made.json()["visit_id"])
    person, where = made.json()["person_id"], made.headers["location"]
    found = (await b.get(f"{BASE}/Observation", params={"patient": person, "code": "8480-6"})).json()
    assert [e["resource"]["valueQuantity"]["value"] for e in found["entry"]] == [150]
    fixed = await b.put(where, json=visit(number, measurements={"systolic": 145}, education=False))
    assert fixed.status_code == 200, fixed.text
    found = (await b.get(f"{BASE}/Observation", params={"patient": person})).json()
    assert [e["resource"]["valueQuantity"]["value"] for e in found["entry"]] == [145]
    states = {r["state"] for r in fixed.json()["resources"]}
    assert {"kept", "changed", "removed"} == states, fixed.text
    assert (await caller("KLINIK-A").put(where, json=visit(number))).status_code == 403
    assert (await caller("KLINIK-A").get(where)).status_code == 403


async def test_the_same_woman_by_fhir_and_by_plain_json(caller: Callable[..., httpx.AsyncClient]) -> None:
    number = nik()
    fhir = (await caller("KLINIK-A").post(f"{BASE}/Patient", json=patient(number))).json()["id"]
    plain = (await caller("TPMD-B").post("/v1/visits", json=visit(number))).json()["person_id"]
    assert fhir == plain


async def test_a_wrong_visit_names_the_field(caller: Callable[..., httpx.AsyncClient]) -> None:
    wrong = visit("14100141079")
    answer = await caller("TPMD-B").post("/v1/visits", json=wrong, headers={"accept-language": "en"})
    assert answer.status_code == 422
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.json()["errors"][0]["pointer"] == "/patient/nik"
    assert "14100141079" not in answer.text


def ndjson(rows: list[Any]) -> bytes:
    return b"\n".join(r if isinstance(r, bytes) else orjson.dumps(r) for r in rows)


async def test_import_reports_refused_lines_and_loads_the_rest(
    caller: Callable[..., httpx.AsyncClient], sql: Any
) -> None:
    a = caller("KLINIK-A")
    rows: list[Any] = []
    ids = [f"imp-{i}" for i in range(40)]
    for i in ids:
        rows += [patient(nik()) | {"id": i}, systolic(i) | {"id": i + "-bp"}]
    rows[7] = systolic("tidak-ada") | {"id": "x7"}
    rows[11] = b'{"resourceType":"Observation",'
    rows[13] = systolic(ids[6]) | {"id": "x13", "status": "selesai"}
    answer = await a.post("/v1/imports", content=ndjson(rows))
    report = answer.json()
    assert answer.status_code == 200, answer.text
    assert (report["read"], report["stored"], report["refused"]) == (80, 77, 3), report
    assert sorted(r["line"] for r in report["rows"]) == [8, 12, 14]
    assert all(r["reasons"] for r in report["rows"])
    again = (await a.post("/v1/imports", content=ndjson(rows))).json()
    assert (again["stored"], again["unchanged"]) == (0, 77)
    assert (await a.get(f"/v1/imports/{report['id']}")).json()["state"] == "done"


async def test_a_long_import_keeps_its_order_and_what_came_before_a_broken_end(
    caller: Callable[..., httpx.AsyncClient], sql: Any
) -> None:
    """Three chunks, each read while the one before is stored: bad lines are told in order, and a line that ends the
    import leaves stored what stood in earlier chunks."""
    a = caller("KLINIK-A")
    person = (await a.post(f"{BASE}/Patient", json=patient(nik()))).json()["id"]
    lines = [orjson.dumps(systolic(person) | {"id": f"long-{n}"}) for n in range(2100)]
    bad = [3, 999, 1000, 1777, 2099]
    for n in bad:
        lines[n] = b"{"
    headers = {"content-type": "application/fhir+ndjson"}
    done = (await a.post("/v1/imports", content=b"\n".join(lines), headers=headers)).json()
    assert (done["read"], done["stored"], [r["line"] for r in done["rows"]]) == (2100, 2095, [n + 1 for n in bad])
    fresh = [orjson.dumps(systolic(person) | {"id": f"short-{n}"}) for n in range(1000)]

    async def sent() -> AsyncIterator[bytes]:
        yield b"\n".join(fresh) + b"\n"
        yield b" " * 5_000_000

    broken = await a.post("/v1/imports", content=sent(), headers=headers)
    assert broken.status_code == 413, broken.text
    assert (await sql("SELECT count(*) FROM resource WHERE id LIKE 'short-%'"))[0]["count"] == 1000


async def test_an_import_may_be_named_and_begun_again_by_its_sender(caller: Callable[..., httpx.AsyncClient]) -> None:
    a, rows = caller("KLINIK-A"), [patient(nik()) | {"id": "named-1"}]
    for unchanged in (0, 1):
        report = (await a.post("/v1/imports", params={"id": "kiriman-1"}, content=ndjson(rows))).json()
        assert (report["id"], report["unchanged"]) == ("kiriman-1", unchanged)
    assert (await a.get("/v1/imports/kiriman-1")).json()["unchanged"] == 1
    other = await caller("TPMD-B").post("/v1/imports", params={"id": "kiriman-1"}, content=ndjson(rows))
    assert other.status_code == 409


async def test_import_all_or_nothing(caller: Callable[..., httpx.AsyncClient], sql: Any) -> None:
    a = caller("KLINIK-A")
    rows: list[Any] = [patient(nik()) | {"id": "all-1"}, systolic("all-1") | {"id": "all-2", "status": "?"}]
    report = (await a.post("/v1/imports?mode=all", content=ndjson(rows))).json()
    assert (report["state"], report["stored"], report["refused"]) == ("refused", 0, 1)
    assert not await sql("SELECT 1 FROM resource WHERE id = 'all-1'")


async def test_import_of_known_persons_joins_them(caller: Callable[..., httpx.AsyncClient]) -> None:
    a, number = caller("KLINIK-A"), nik()
    known = (await a.post(f"{BASE}/Patient", json=patient(number))).json()["id"]
    rows = [patient(number) | {"id": "elsewhere-1"}, systolic("elsewhere-1") | {"id": "elsewhere-2"}]
    report = (await a.post("/v1/imports", content=ndjson(rows))).json()
    assert report["refused"] == 0, report
    assert (await a.get(f"{BASE}/Observation", params={"patient": known})).json()["total"] == 1
    assert (await a.get(f"{BASE}/Patient/elsewhere-1")).json()["id"] == known
    assert (await a.get(f"{BASE}/Patient", params={"identifier": f"{NIK}|{number}"})).json()["total"] == 1


async def test_events_and_access_log_are_sealed_and_anonymous(
    caller: Callable[..., httpx.AsyncClient], records: Any, sql: Any
) -> None:
    number = nik()
    await caller("TPMD-B").post("/v1/visits", json=visit(number))
    async with asyncio.timeout(20):
        while await sql("SELECT 1 FROM event_pending UNION ALL SELECT 1 FROM access_pending"):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    rows = await sql("SELECT position, data FROM event ORDER BY position")
    assert [r["position"] for r in rows] == list(range(1, len(rows) + 1))
    text = "".join(r["data"] for r in rows)
    assert number not in text
    assert "SITI" not in text.upper().replace("POSITI", "")  # positive, position: codes may say so
    key = {"x-peer-key": "kunci"}
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app=records), base_url="http://t", headers=key)
    assert (await client.get("/internal/access/verify")).json()["broken"] is None
    await sql("UPDATE access_log SET outcome = 'x' WHERE position = 1")
    assert (await client.get("/internal/access/verify")).json()["broken"] is not None
    assert (
        await httpx.AsyncClient(transport=httpx.ASGITransport(app=records), base_url="http://t").get("/internal/events")
    ).status_code == 403
