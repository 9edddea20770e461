"""Agreements over HTTP: made, changed, ended, renewed, loaded, asked for on any day; alarms raised once."""

import csv
import io
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import orjson
import pytest
from python_calamine import CalamineWorkbook

from deploy.demo import agreements as demo
from deploy.demo import network
from services.facilities.contract.agreements import Agreement
from services.facilities.usecases import alarms
from tests.service.facilities.conftest import House

TODAY = date(2026, 3, 10)
URL = "/v1/agreements"
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\n%%EOF\n"


@pytest.fixture
async def house(house: House) -> House:
    """The demo network on a fixed day."""
    on(house, TODAY)
    return house


def on(house: House, day: date) -> None:
    house.service.clock = replace(house.service.clock, fixed=day)


def body(**change: Any) -> dict[str, Any]:
    return {
        "id": "pks-1", "kind": "pks", "number": "440/1", "title": "Jejaring Selatpanjang",
        "parties": [
            {"facility": "P1410010101", "role": "authority", "signatory_title": "Kepala Puskesmas"},
            {"facility": "D1410010301", "role": "member", "signatory_title": "Dokter"},
        ],
        "signed_on": "2026-01-05", "valid_from": "2026-01-05", "valid_until": "2026-12-31",
        "programmes": ["KIA", "TB"], "member_sends": "record", "member_sees": "record",
        "purpose": "Kesinambungan pelayanan", "safeguards": "Jejak akses",
    } | change  # fmt: skip


async def made(house: House, **change: Any) -> dict[str, Any]:
    answer = await house.http.post(URL, json=body(**change), headers=house.admin)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def get(house: House, path: str = "", **params: Any) -> Any:
    answer = await house.http.get(f"{URL}{path}", params=params, headers=house.admin)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def events(house: House) -> list[tuple[str, dict[str, Any]]]:
    async with house.service.db.reading() as conn:
        rows = await conn.fetch(
            "SELECT kind, data, 0 AS n, position FROM event WHERE type = 'agreement' UNION ALL"
            " SELECT kind, data, 1, id FROM event_pending WHERE type = 'agreement' ORDER BY n, position"
        )
    return [(r["kind"], orjson.loads(r["data"])) for r in rows]


async def test_an_agreement_is_made_and_told_without_texts(house: House) -> None:
    found = await made(house)
    assert (found["status"], found["in_force_until"], found["version"]) == ("active", "2026-12-31", 1)
    assert found["next_evaluation"] == "2027-01-05"
    again = await house.http.post(URL, json=body(), headers=house.admin)
    assert again.status_code == 409
    ((kind, data),) = await events(house)
    assert kind == "created"
    assert data["parties"] == [
        {"facility": "P1410010101", "role": "authority"}, {"facility": "D1410010301", "role": "member"},
    ]  # fmt: skip
    assert (data["member_sees"], data["in_force_until"], data["programmes"]) == ("record", "2026-12-31", ["KIA", "TB"])
    assert "Kepala" not in str(data)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"parties": []}, "/parties"),
        ({"parties": body()["parties"][:1]}, "/parties"),
        ({"valid_until": None}, "/valid_until"),
        ({"programmes": ["LAIN"]}, "/programmes"),
        ({"purpose": None}, "/purpose"),
        ({"renews": "tidak-ada"}, "/renews"),
        ({"id": "coverage"}, "/id"),
    ],
)
async def test_a_wrong_agreement_is_refused_with_the_reason_and_nothing_is_stored(
    house: House, change: dict[str, Any], pointer: str
) -> None:
    answer = await house.http.post(URL, json=body(**change), headers=house.admin)
    assert answer.status_code == 422, answer.text
    assert [e["pointer"] for e in answer.json()["errors"]] == [pointer]
    assert (await get(house))["items"] == []
    assert await events(house) == []


async def test_what_changes_is_kept(house: House) -> None:
    await made(house)
    changed = body(programmes=["GIZI"], parties=body()["parties"])
    changed.pop("id")
    answer = await house.http.put(f"{URL}/pks-1", json=changed, headers=house.admin)
    assert (answer.status_code, answer.json()["programmes"], answer.json()["version"]) == (200, ["GIZI"], 2)
    history = await get(house, "/pks-1/history")
    assert [(h["version"], h["agreement"]["programmes"]) for h in history] == [(2, ["GIZI"]), (1, ["KIA", "TB"])]
    assert (await house.http.put(f"{URL}/lain", json=changed, headers=house.admin)).status_code == 404


async def test_any_day_can_be_asked(house: House) -> None:
    await made(house)
    end = {"terminated_on": "2026-06-01", "reason": "Praktik tutup"}
    answer = await house.http.post(f"{URL}/pks-1/terminate", json=end, headers=house.admin)
    assert (answer.status_code, answer.json()["in_force_until"]) == (200, "2026-05-31")
    days = {"2026-01-04": "upcoming", "2026-01-05": "active", "2026-05-31": "active", "2026-06-01": "terminated"}
    for day, status in days.items():
        assert (await get(house, "/pks-1", on=day))["status"] == status
        listed = await get(house, on=day, status=status)
        assert [i["id"] for i in listed["items"]] == ["pks-1"]
    again = await house.http.post(f"{URL}/pks-1/terminate", json=end, headers=house.admin)
    assert again.status_code == 409
    assert (await events(house))[-1][1]["in_force_until"] == "2026-05-31"


async def test_a_renewal_takes_the_place_of_one_once(house: House) -> None:
    await made(house)
    wish = {"id": "pks-2", "number": "440/2", "signed_on": "2026-12-20", "valid_until": "2027-12-31"}
    answer = await house.http.post(f"{URL}/pks-1/renewals", json=wish, headers=house.admin)
    assert answer.status_code == 201, answer.text
    new = answer.json()
    assert (new["id"], new["renews"], new["valid_from"], new["status"]) == ("pks-2", "pks-1", "2027-01-01", "upcoming")
    assert new["parties"] == body()["parties"]
    old = await get(house, "/pks-1", on="2027-01-01")
    assert (old["renewed_by"], old["status"]) == ("pks-2", "renewed")
    again = await house.http.post(f"{URL}/pks-1/renewals", json=wish | {"id": "pks-3"}, headers=house.admin)
    assert again.status_code == 409
    loop = body(renews="pks-2")
    loop.pop("id")
    answer = await house.http.put(f"{URL}/pks-1", json=loop, headers=house.admin)
    assert answer.status_code == 422
    assert "loop" in (await house.http.put(
        f"{URL}/pks-1", json=loop, headers=house.admin | {"accept-language": "en"})).text  # fmt: skip


async def test_a_file_says_line_column_and_reason(house: House) -> None:
    head = "id,kind,number,title,parties,signed_on,valid_from,valid_until,programmes"
    good = (
        "p-a,pks,1/a,Jejaring,P1410010101:authority:Kepala; D1410010301:member:Dokter,2026-01-01,2026-01-01,2026-12-31"
    )
    rows = [
        f"{good},KIA",
        "p-b,pks,1/b,Jejaring,P1410010101:authority:Kepala,2026-01-01,2026-01-01,2026-12-31,KIA",
        "p-c,pks,1/c,Jejaring,,2026-01-01,2026-01-01,2026-12-31,KIA",
        "p-d,pks,1/d,Jejaring,P1410010101:authority:Kepala; D1410010302:member:Dokter,2026-01-01,2026-01-01,,KIA",
        "p-e,sk,1/e,SK,G1410010501:authority:Kepala Dinas; D1410010302:member:Dokter,2026-01-01,2026-01-01,,KIA",
    ]
    text = "\n".join([head, *rows])
    refused = (await house.load("agreements", text)).json()["refused"]
    assert [(r["line"], r["column"]) for r in refused] == [(3, "parties"), (4, "parties"), (5, "valid_until")]
    assert (await get(house))["items"] == []
    done = (await house.load("agreements", text, "rest")).json()
    assert done["loaded"] == 2
    assert [i["id"] for i in (await get(house))["items"]] == ["p-a", "p-e"]
    assert (await house.load("agreements", text, "rest")).json()["unchanged"] == 2


async def test_lists_are_filtered(house: House) -> None:
    await made(house)
    await made(house, id="mou-1", kind="mou", number="440/2", valid_until="2026-04-01", programmes=["PTM"],
               parties=[{"facility": "G1410010501", "role": "authority", "signatory_title": "Kepala Dinas"},
                        {"facility": "K1410010201", "role": "member", "signatory_title": "Direktur"}])  # fmt: skip
    for params, ids in [
        ({}, ["mou-1", "pks-1"]), ({"party": "K1410010201"}, ["mou-1"]), ({"programme": "TB"}, ["pks-1"]),
        ({"kind": "mou"}, ["mou-1"]), ({"status": "active"}, ["mou-1", "pks-1"]), ({"status": "expired"}, []),
        ({"status": "expired", "on": "2026-04-02"}, ["mou-1"]), ({"expiring_within": 30}, ["mou-1"]),
        ({"expiring_within": 21}, []), ({"expiring_within": 365}, ["mou-1", "pks-1"]),
        ({"sort": "-number"}, ["mou-1", "pks-1"]), ({"sort": "in_force_until"}, ["mou-1", "pks-1"]),
    ]:  # fmt: skip
        assert [i["id"] for i in (await get(house, **params))["items"]] == ids, params
    page = await get(house, limit=1, sort="-in_force_until")
    rest = await get(house, limit=1, sort="-in_force_until", after=page["next"])
    assert [i["id"] for i in [*page["items"], *rest["items"]]] == ["pks-1", "mou-1"]


async def test_a_list_shows_lists_and_its_file_can_be_loaded_again(house: House) -> None:
    one = await made(house)
    listed = (await get(house))["items"]
    assert [(a["programmes"], a["parties"]) for a in listed] == [(one["programmes"], one["parties"])]
    answer = await house.http.get(URL, params={"format": "csv"}, headers=house.admin)
    names = list(Agreement.model_fields)
    row = dict(zip(names, list(csv.reader(io.StringIO(answer.text), delimiter=";"))[1], strict=True))
    assert row["programmes"] == "KIA; TB"
    assert orjson.loads(row["parties"]) == one["parties"]
    taken = ["id", "kind", "number", "title", "parties", "signed_on", "valid_from", "valid_until", "programmes",
             "member_sends", "member_sees", "purpose", "safeguards", "evaluation_months"]  # fmt: skip
    out = io.StringIO()
    csv.writer(out).writerows([taken, [row[t] for t in taken]])
    headers = house.admin | {"Content-Type": "text/csv"}
    again = await house.http.post("/v1/network/agreements", content=out.getvalue(), headers=headers)
    assert (again.status_code, again.json()["unchanged"]) == (200, 1), again.text
    book = await house.http.get(URL, params={"format": "xlsx"}, headers=house.admin)
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(book.content)).get_sheet_by_index(0).to_python()
    assert sheet[1][names.index("programmes")] == "KIA; TB"


async def test_each_alarm_is_raised_once_and_acknowledged(house: House) -> None:
    await made(house, valid_until=str(TODAY + timedelta(days=95)))
    seen = []
    for days in (0, 5, 6, 35, 64, 65, 66, 87, 95, 96, 97):
        on(house, TODAY + timedelta(days=days))
        for _ in range(2):
            await alarms.raise_due(house.service)
        found = (await get(house, "/alarms", sort="id"))["items"]
        seen.append([a["days"] if a["kind"] == "expiring" else a["kind"] for a in found])
    assert seen[0] == []
    assert seen[1] == seen[2] == [90]
    assert seen[3] == [90, 60]
    assert seen[4] == [90, 60]
    assert seen[5] == seen[6] == [90, 60, 30]
    assert seen[8] == [90, 60, 30, 7]
    assert seen[9] == seen[10] == [90, 60, 30, 7, "expired"]
    told = [data["alarm"]["days"] for kind, data in await events(house) if kind == "alarm"]
    assert told == [90, 60, 30, 7, None]
    first = (await get(house, "/alarms", sort="id"))["items"][0]
    assert first["facilities"] == ["P1410010101", "D1410010301"]
    ack = await house.http.post(f"{URL}/alarms/{first['id']}/ack", json={"note": "Sedang diurus"}, headers=house.admin)
    assert (ack.status_code, ack.json()["acknowledged_by"]) == (200, "admin")
    again = await house.http.post(f"{URL}/alarms/{first['id']}/ack", json={}, headers=house.admin)
    assert again.status_code == 409
    assert (await house.http.post(f"{URL}/alarms/999/ack", json={}, headers=house.admin)).status_code == 404
    assert len((await get(house, "/alarms", acknowledged=True))["items"]) == 1
    assert len((await get(house, "/alarms", acknowledged=False))["items"]) == 4


async def test_a_renewed_agreement_raises_no_alarm_and_a_late_evaluation_does(house: House) -> None:
    await made(house, valid_until="2026-04-01", evaluation_months=6, valid_from="2025-06-01", signed_on="2025-06-01")
    found = {(a["kind"], a["due_on"], a["days"]) for a in (await get(house, "/alarms"))["items"]}
    assert found == {("evaluation-overdue", "2025-12-01", None), ("expiring", "2026-04-01", 30)}, "at once"
    wish = {"id": "pks-2", "number": "440/2", "signed_on": "2026-03-01", "valid_until": "2027-12-31"}
    await house.http.post(f"{URL}/pks-1/renewals", json=wish, headers=house.admin)
    on(house, date(2026, 3, 27))
    assert await alarms.raise_due(house.service) == 0, "five days left, and renewed"
    on(house, TODAY)
    held = {"kind": "evaluation", "held_on": "2026-03-02", "findings": "Laporan lengkap"}
    answer = await house.http.post(f"{URL}/pks-1/reviews", json=held, headers=house.admin)
    assert (answer.status_code, answer.json()["next_evaluation"]) == (201, "2026-09-02")
    late = await house.http.post(f"{URL}/pks-1/reviews", json=held | {"held_on": "2026-03-11"}, headers=house.admin)
    assert late.status_code == 422
    assert await alarms.raise_due(house.service) == 0


async def test_the_thresholds_are_dated(house: House) -> None:
    await made(house, valid_until=str(TODAY + timedelta(days=100)))
    assert await alarms.raise_due(house.service) == 0
    async with house.service.db.transaction() as tx:
        await tx.execute("INSERT INTO agreement_rule VALUES ('expiry-alarm-days', $1, '120,30', 1)", TODAY)
    assert await alarms.raise_due(house.service) == 1
    assert [a["days"] for a in (await get(house, "/alarms"))["items"]] == [120]


async def test_who_has_none_and_the_coverage(house: House) -> None:
    before = await get(house, "/alarms")
    assert len(before["without_agreement"]) == 33
    await made(house, valid_until="2026-04-01")
    await made(house, id="pks-2", number="440/2", member_sees="reports",
               parties=[body()["parties"][0], {"facility": "K1410010201", "role": "member",
                                               "signatory_title": "Direktur"}])  # fmt: skip
    bare = {b["facility"] for b in (await get(house, "/alarms"))["without_agreement"]}
    assert len(bare) == 31
    assert not {"D1410010301", "K1410010201"} & bare
    rows = {r["kind"]: r for r in await get(house, "/coverage")}
    assert rows["tpmd"] == {
        "kind": "tpmd", "members": 28, "with_agreement": 1, "sees_record": 1, "without": 27, "expiring": 1,
    }  # fmt: skip
    assert (rows["klinik-pratama"]["with_agreement"], rows["klinik-pratama"]["sees_record"]) == (1, 0)
    assert (rows["total"]["members"], rows["total"]["without"]) == (33, 31)
    later = {r["kind"]: r for r in await get(house, "/coverage", on="2026-04-02")}
    assert later["tpmd"]["with_agreement"] == 0
    ended = [b for b in before["without_agreement"] if b["last_ended"]]
    assert ended == []


async def test_a_document_is_a_pdf_kept_whole_for_the_parties(house: House) -> None:
    await made(house)
    url, pdf = f"{URL}/pks-1/document", house.admin | {"content-type": "application/pdf"}
    assert (await house.http.get(url, headers=house.admin)).status_code == 404
    assert (await house.http.put(url, content=b"PK\x03\x04bukan", headers=pdf)).status_code == 415
    big = b"%PDF-1.4" + b" " * (10 * 1024 * 1024) + b"%%EOF"
    assert (await house.http.put(url, content=big, headers=pdf)).status_code == 413
    for _ in range(2):
        answer = await house.http.put(url, content=PDF, headers=pdf)
        assert (answer.status_code, answer.json()["document"]["version"]) == (200, 1)
    assert (await house.http.put(url, content=PDF + b"%%EOF\n", headers=pdf)).json()["document"]["version"] == 2
    first = await house.http.get(url, params={"version": 1}, headers=house.admin)
    assert (first.content, first.headers["content-type"]) == (PDF, "application/pdf")
    assert (await house.http.get(url, headers=house.admin)).content == PDF + b"%%EOF\n"
    for facility, status in (("D1410010301", 200), ("D1410010302", 403)):
        name = f"dokter.{facility.lower()}"
        account = {"username": name, "password": "sandi-panjang-1", "role": "clinician", "facility": facility,
                   "name": "Dokter"}  # fmt: skip
        assert (await house.http.post("/v1/staff", json=account, headers=house.admin)).status_code == 201
        token = await house.sign_in(name, "sandi-panjang-1")
        assert (await house.http.get(url, headers=token)).status_code == status


async def test_the_five_steps_with_their_evidence_by_the_puskesmas_that_leads(house: House) -> None:
    await made(house)
    tokens = {}
    for facility in ("P1410010101", "P1410010102"):
        name = f"staf.{facility.lower()}"
        account = {"username": name, "password": "sandi-panjang-1", "role": "puskesmas-staff", "facility": facility,
                   "name": "Staf"}  # fmt: skip
        assert (await house.http.post("/v1/staff", json=account, headers=house.admin)).status_code == 201
        tokens[facility] = await house.sign_in(name, "sandi-panjang-1")
    done = {"done_on": "2026-02-01", "evidence": "Notulen pertemuan"}
    url = f"{URL}/pks-1/steps/form"
    assert (await house.http.put(url, json=done, headers=tokens["P1410010102"])).status_code == 403
    answer = await house.http.put(url, json=done, headers=tokens["P1410010101"])
    assert [s["step"] for s in answer.json()["steps"]] == ["form"]
    assert (await house.http.put(f"{URL}/pks-1/steps/lain", json=done, headers=house.admin)).status_code == 422
    assert (await house.http.put(f"{URL}/tak-ada/steps/form", json=done, headers=house.admin)).status_code == 404
    for n, step in enumerate(("priorities", "pathway", "implement", "monev"), 2):
        await house.http.put(f"{URL}/pks-1/steps/{step}", json=done | {"done_on": f"2026-02-0{n}"}, headers=house.admin)
    steps = [s["step"] for s in (await get(house, "/pks-1"))["steps"]]
    assert steps == ["form", "priorities", "pathway", "implement", "monev"]


async def test_the_demo_file_loads_whole_and_raises_its_alarms(house: House) -> None:
    done = (await house.load("agreements", demo.content(network.load(), TODAY))).json()
    assert (done["refused"], done["loaded"]) == ([], 21)
    found = await get(house, "/alarms")
    expiring = sorted(a["days"] for a in found["items"] if a["kind"] == "expiring")
    assert expiring == [7, 30, 60, 90]
    assert {b["facility"] for b in found["without_agreement"]} == {*demo.WITHOUT, demo.ENDED}
    total = next(r for r in await get(house, "/coverage") if r["kind"] == "total")
    assert (total["members"], total["without"], total["expiring"]) == (33, 3, 4)
