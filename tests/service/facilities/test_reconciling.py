"""Another system's list beside ours: what is found, what is done with it, and that it can be taken back."""

import asyncio
import time
from typing import Any

import httpx
import pytest

from tests.service.facilities.conftest import House

Json = dict[str, Any]
HEAD = "Kode PPK,Nama Faskes,Jenis,No Telp,Kode Desa,Lat,Long,Catatan\n"
SAME = "9914B011,KLINIK PRATAMA MUTIARA SELAT,klinik pratama,+62763990011,1410011001,1.01342,102.69391,x\n"
CHANGED = "9914B013,Klinik Pratama Medika Meranti,klinik pratama,0763-991313,1410011003,1.00822,102.72516,\n"
PROBABLE = "99990015,KP BELITUNG HOESADA,klinik pratama,0763-990015,1410051001,1.16151,102.31210,\n"
NEW = "99990016,Klinik Pratama Rangsang Medika,klinik pratama,0763-991616,1410032001,0.86100,103.07100,\n"
BROKEN = "12,Klinik Salah Kode,klinik pratama,,1410011001,,,\n"
LIST = HEAD + SAME + CHANGED + PROBABLE + NEW + BROKEN
"""Lines 2 to 6; complete for clinics, it lacks Harapan Ibu and Samak Sehat."""
CLINIC, TAKEN = "K1410010203", {"decision": "take"}


async def send(house: House, body: str | bytes = LIST, media: str = "text/csv", **params: Any) -> httpx.Response:
    asked = {"source": "bpjs", "area": "1410", "kind": "klinik-pratama"} | params
    asked = {k: v for k, v in asked.items() if v is not None}
    headers = {**house.admin, "Content-Type": media}
    return await house.http.post("/v1/reconciliations", params=asked, content=body, headers=headers)


async def compared(house: House, *args: Any, **params: Any) -> str:
    answer = await send(house, *args, **params)
    assert answer.status_code in (200, 201), answer.text
    return str(answer.json()["id"])


async def rows(house: House, run: str, **params: Any) -> dict[int, Json]:
    answer = await house.http.get(f"/v1/reconciliations/{run}/rows", params=params, headers=house.admin)
    assert answer.status_code == 200, answer.text
    return {r["number"]: r for r in answer.json()["items"]}


async def post(house: House, path: str, **body: Any) -> httpx.Response:
    return await house.http.post(f"/v1/reconciliations/{path}", json=body, headers=house.admin)


async def facility(house: House, code: str) -> Json | None:
    answer = await house.http.get(f"/v1/facilities/{code}", headers=house.admin)
    if answer.status_code == 404:
        return None
    return {k: v for k, v in answer.json().items() if k not in ("version", "valid_from")}


async def everything(house: House) -> list[Json]:
    answer = await house.http.get("/v1/facilities", params={"limit": 2000}, headers=house.admin)
    return [{k: v for k, v in f.items() if k not in ("version", "valid_from")} for f in answer.json()["items"]]


async def test_every_class_is_found(house: House) -> None:
    answer = await send(house)
    assert answer.status_code == 201, answer.text
    run = answer.json()
    assert run["counts"] == {"same": 1, "changed": 1, "probable": 1, "new": 1, "refused": 1, "gone": 2}
    assert (run["rows"], run["ignored"]) == (5, ["Catatan"])
    found = await rows(house, run["id"])
    assert [found[n]["found"] for n in range(2, 7)] == ["same", "changed", "probable", "new", "refused"]
    assert found[3]["diff"] == [{"field": "phone", "was": "0763-990013", "would_be": "0763-991313"}]
    assert found[4]["facility"] == "K1410050201"
    assert found[4]["score"] > 0.9
    assert found[4]["theirs"]["name"] == "KP BELITUNG HOESADA"
    file = await house.http.get(f"/v1/reconciliations/{run['id']}/rows?format=csv", headers=house.admin)
    assert '""name"":""KP BELITUNG HOESADA""' in file.text
    told = {e["field"]: e["outcome"] for e in found[4]["evidence"]}
    assert (told["name"], told["distance"], told["phone"], told["bpjs_code"]) == ("agree", "agree", "agree", "disagree")
    assert (found[6]["line"], found[6]["why"]["column"], found[6]["why"]["en"]) == (
        6,
        "bpjs_code",
        "8 letters or digits",
    )
    gone = {r["facility"] for r in found.values() if r["found"] == "gone"}
    assert gone == {"K1410010202", "K1410030201"}
    only = await rows(house, run["id"], found="changed")
    assert list(only) == [3]


async def test_nothing_is_gone_unless_the_list_claims_to_be_complete(house: House) -> None:
    run = await compared(house, area=None, kind=None)
    assert "gone" not in (await house.http.get(f"/v1/reconciliations/{run}", headers=house.admin)).json()["counts"]


async def test_taking_and_taking_back(house: House) -> None:
    before, run = await facility(house, CLINIC), await compared(house)
    done = await post(house, f"{run}/rows/3/decision", **TAKEN)
    assert (done.status_code, done.json()["rows"]) == (200, [3]), done.text
    after = await facility(house, CLINIC)
    assert before is not None
    assert after == before | {"phone": "0763-991313"}
    async with house.service.db.reading() as conn:
        last = await conn.fetchrow(
            "SELECT * FROM history WHERE of = 'facility' AND key = $1 ORDER BY version DESC", CLINIC
        )
    assert last is not None
    assert last["because"] == f"reconciliation/{run}"
    again = await post(house, f"{run}/rows/3/decision", **TAKEN)
    assert again.status_code == 409
    undone = await post(house, f"{run}/rows/3/undo", reason="salah berkas")
    assert undone.status_code == 200, undone.text
    assert await facility(house, CLINIC) == before
    assert (await rows(house, run))[3]["decision"] is None
    assert (await post(house, f"{run}/rows/3/undo")).status_code == 409  # nothing to take back
    assert (await post(house, f"{run}/rows/3/decision", **TAKEN)).status_code == 200  # and again
    assert await facility(house, CLINIC) == after


async def test_taking_back_leaves_what_was_planned(house: House) -> None:
    """The list knew today what we had planned for later: its undo is not the plan's."""
    for day, phone in (("2090-01-01", "0763-991313"), ("2091-01-01", "0763-888888")):
        plan = {"phone": phone, "valid_from": day}
        answer = await house.http.put(f"/v1/facilities/{CLINIC}", json=plan, headers=house.admin)
        assert answer.status_code == 200, answer.text
    before, run = await facility(house, CLINIC), await compared(house)
    assert (await post(house, f"{run}/rows/3/decision", **TAKEN)).status_code == 200
    assert (await post(house, f"{run}/rows/3/undo")).status_code == 200
    assert await facility(house, CLINIC) == before
    for day, phone in (("2089-12-31", "0763-990013"), ("2090-01-01", "0763-991313"), ("2091-01-01", "0763-888888")):
        then = await house.http.get(f"/v1/facilities/{CLINIC}", params={"on": day}, headers=house.admin)
        assert then.json()["phone"] == phone, day


async def test_what_came_later_is_not_undone(house: House) -> None:
    run = await compared(house)
    await post(house, f"{run}/rows/3/decision", **TAKEN)
    row = f"code,name,kind,ownership,village,phone\n{CLINIC},Klinik Pratama Medika Meranti,klinik-pratama,private,"
    assert (await house.load("facilities", row + "1410011003,0763-999999\n")).status_code == 200
    told = await post(house, f"{run}/rows/3/undo")
    assert told.status_code == 409
    since = told.json()["declined"][0]["since"]
    assert [(s["version"], s["recorded_by"]) for s in since] == [(3, "admin")]
    found = await facility(house, CLINIC)
    assert found is not None
    assert found["phone"] == "0763-999999"
    whole = await post(house, f"{run}/undo")
    assert (whole.status_code, [d["number"] for d in whole.json()["declined"]]) == (409, [3])


async def test_a_row_that_changed_since_is_not_taken(house: House) -> None:
    run = await compared(house)
    row = f"code,name,kind,ownership,village,phone\n{CLINIC},Klinik Pratama Medika Meranti,klinik-pratama,private,"
    assert (await house.load("facilities", row + "1410011003,0763-999999\n")).status_code == 200
    told = await post(house, f"{run}/rows/3/decision", **TAKEN)
    assert told.status_code == 409
    assert told.json()["declined"][0]["since"][0]["version"] == 2
    assert (await send(house)).status_code == 200  # compared again
    assert (await rows(house, run))[3]["diff"][0]["was"] == "0763-999999"
    assert (await post(house, f"{run}/rows/3/decision", **TAKEN)).status_code == 200


async def test_a_whole_run_leaves_nothing_behind(house: House) -> None:
    before, run = await everything(house), await compared(house)
    create = {"decision": "create", "values": {"code": "K1410030299", "ownership": "private"}}
    for number, body in ((3, TAKEN), (4, {"decision": "take", "fields": ["bpjs_code", "name"]}), (5, create)):
        done = await post(house, f"{run}/rows/{number}/decision", **body)
        assert done.status_code == 200, done.text
    closed = await post(house, f"{run}/decisions", decision="close", found=["gone"], dry_run=False)
    assert closed.json()["done"] == 2
    made = await facility(house, "K1410030299")
    assert made is not None
    assert (made["name"], made["bpjs_code"], made["active"]) == ("Klinik Pratama Rangsang Medika", "99990016", True)
    assert (await facility(house, "K1410010202") or {})["active"] is False
    assert (await facility(house, "K1410050201") or {})["bpjs_code"] == "99990015"
    after = await everything(house)
    again = await send(house)  # the same list: what was decided stays
    assert again.json()["counts"]["gone"] == 2
    assert again.json()["decided"] == {"take": 2, "create": 1, "close": 2}
    assert await everything(house) == after
    undone = await post(house, f"{run}/undo")
    assert (undone.status_code, undone.json()["done"]) == (200, 5), undone.text
    assert await everything(house) == before
    async with house.service.db.reading() as conn:
        assert await conn.fetchval("SELECT count(*) FROM alias") == 0
    assert (await post(house, f"{run}/rows/5/decision", **create)).status_code == 200  # it goes on from its history
    assert await facility(house, "K1410030299") == made


async def test_what_was_made_and_is_used_is_not_taken_away(house: House) -> None:
    run = await compared(house)
    create = {"decision": "create", "values": {"code": "K1410030299", "ownership": "private"}}
    assert (await post(house, f"{run}/rows/5/decision", **create)).status_code == 200
    worker = "id,facility,name,profession,valid_from\n10009887000,K1410030299,dr. Uji,dokter,2026-01-01\n"
    assert (await house.load("practitioners", worker)).status_code == 200
    told = await post(house, f"{run}/rows/5/undo")
    assert told.status_code == 409
    assert "refer" in told.json()["declined"][0]["reason"]["en"]
    assert await facility(house, "K1410030299") is not None


async def test_a_new_one_needs_what_the_list_lacks(house: House) -> None:
    run = await compared(
        house, "Nama,Jenis\nPraktik dr. Orang Baru,dokter umum\n", area=None, kind=None, source="daftar"
    )
    lacking = await post(house, f"{run}/rows/2/decision", decision="create")
    assert (lacking.status_code, lacking.json()["declined"][0]["field"]) == (409, "code")
    values = {"code": "D1410019999", "village": "1410019999"}
    wrong = await post(house, f"{run}/rows/2/decision", decision="create", values=values)
    assert (wrong.status_code, wrong.json()["declined"][0]["field"]) == (409, "village")
    assert await facility(house, "D1410019999") is None
    right = await post(house, f"{run}/rows/2/decision", decision="create", values=values | {"village": "1410011001"})
    assert right.status_code == 200, right.text
    taken = {"code": "D1410010301", "village": "1410011001"}
    other = await compared(house, "Nama,Jenis\nPraktik dr. Lain Lagi,dokter umum\n", area=None, kind=None, source="x")
    assert (await post(house, f"{other}/rows/2/decision", decision="create", values=taken)).status_code == 409


async def test_decisions_must_fit(house: House) -> None:
    run = await compared(house)
    for number, decision in ((2, "take"), (5, "take"), (6, "create"), (7, "create"), (3, "close")):
        told = await post(house, f"{run}/rows/{number}/decision", decision=decision)
        assert told.status_code == 409, (number, decision)
    assert (await post(house, f"{run}/rows/99/decision", decision="keep")).status_code == 409
    nowhere = "0" * 8 + "-0000-0000-0000-" + "0" * 12
    assert (await post(house, f"{nowhere}/rows/2/decision", decision="keep")).status_code == 404
    assert (await house.http.get(f"/v1/reconciliations/{nowhere}", headers=house.admin)).status_code == 404


async def test_a_dry_run_changes_nothing(house: House) -> None:
    before, run = await everything(house), await compared(house)
    tried = await post(house, f"{run}/decisions", decision="take", found=["changed", "new"])
    assert (tried.json()["dry_run"], tried.json()["rows"]) == (True, [3])
    assert [d["number"] for d in tried.json()["declined"]] == [5]
    assert await everything(house) == before
    assert all(r["decision"] is None for r in (await rows(house, run)).values())
    async with house.service.db.reading() as conn:
        assert await conn.fetchval("SELECT count(*) FROM reconciliation_step") == 0


async def test_what_was_said_is_remembered_for_the_next_list(house: House) -> None:
    run = await compared(house)
    assert (await post(house, f"{run}/rows/4/decision", decision="different")).status_code == 200
    assert (await post(house, f"{run}/rows/3/decision", decision="keep")).status_code == 200
    later = await rows(house, await compared(house, LIST + "\n"))
    assert later[4]["found"] == "new"
    assert (later[3]["found"], later[3]["decision"], later[3]["decided_by"]) == ("changed", "keep", "admin")
    otherwise = await rows(house, await compared(house, LIST.replace("991313", "991414")))
    assert otherwise[3]["decision"] is None  # they say something else now
    assert (await post(house, f"{run}/undo")).status_code == 200
    forgotten = await rows(house, await compared(house, LIST + "\n\n"))
    assert (forgotten[4]["found"], forgotten[3]["decision"]) == ("probable", None)


async def test_an_alias_leads_the_next_list(house: House) -> None:
    run = await compared(house)
    assert (await post(house, f"{run}/rows/4/decision", decision="same")).status_code == 200
    later = await rows(house, await compared(house, LIST + "\n"))
    assert (later[4]["found"], later[4]["facility"]) == ("changed", "K1410050201")
    asked = {"facility": "K1410050201"}
    listed = await house.http.get("/v1/reconciliations/aliases", params=asked, headers=house.admin)
    assert [(k["system"], k["value"], k["facility"]) for k in listed.json()["items"]] == [
        ("bpjs", "99990015", "K1410050201")
    ]


async def test_an_alias_that_stands_is_not_laid_twice(house: House) -> None:
    run = await compared(house)
    assert (await post(house, f"{run}/rows/4/decision", decision="same")).status_code == 200
    later = await compared(house, LIST + "\n")
    taken = await post(house, f"{later}/rows/4/decision", decision="take", fields=["name"])
    assert taken.status_code == 200, taken.text
    assert (await post(house, f"{later}/rows/4/undo")).status_code == 200  # the alias was not its own
    async with house.service.db.reading() as conn:
        assert await conn.fetchval("SELECT count(*) FROM alias") == 1


async def test_a_list_of_two_thousand(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [f"{n:08d},Posyandu Uji {n} Melati,posyandu,,1410011001,,,\n" for n in range(10_000_000, 10_001_998)]
    started = time.perf_counter()
    run = await compared(house, HEAD + SAME + CHANGED + "".join(lines), kind=None, area=None)
    spent = time.perf_counter() - started
    told = (await house.http.get(f"/v1/reconciliations/{run}", headers=house.admin)).json()
    assert told["counts"] == {"same": 1, "changed": 1, "new": 1998}
    with capsys.disabled():
        print(f"\n2,000 rows: {told['seconds']} s compared, {spent:.2f} s with reading and keeping")
    assert spent < 20


async def test_one_id_is_never_two_of_ours(house: House) -> None:
    async def link(*pair: str) -> int:
        names = ("system", "value", "other_system", "other_value")
        return (await post(house, "aliases", **dict(zip(names, pair, strict=True)))).status_code

    assert await link("msi", "1", "simpul", "K1410010201") == 201
    assert await link("msi", "1", "hfis", "A") == 201
    assert await link("hfis", "A", "simpul", "K1410010202") == 409  # over two corners
    assert await link("hfis", "A", "simpul", "K1410010201") == 201  # known: no ring is closed
    assert await link("bpjs", "9914B012", "hfis", "A") == 409  # the neighbour's own code
    assert await link("msi", "1", "msi", "1") == 422
    assert await link("msi", "2", "simpul", "TIDAK-ADA") == 422
    raced = await asyncio.gather(
        *(link("msi", "9", "simpul", c) for c in ("K1410010201", "K1410010202", "K1410010203"))
    )
    assert sorted(raced) == [201, 409, 409]
    async with house.service.db.reading() as conn:
        assert await conn.fetchval("SELECT count(*) FROM alias") == 3
    body = {"system": "hfis", "value": "A", "other_system": "msi", "other_value": "1"}
    assert (await post(house, "aliases/remove", **body)).status_code == 200
    assert (await post(house, "aliases/remove", **body)).status_code == 404
    assert await link("hfis", "A", "simpul", "K1410010202") == 201


async def test_no_load_gives_away_an_id_that_is_anothers_by_an_alias(house: House) -> None:
    body = {"system": "satusehat", "value": "1099141990", "other_system": "simpul", "other_value": CLINIC}
    assert (await post(house, "aliases", **body)).status_code == 201
    head = "code,name,kind,ownership,village,satusehat_id\n"
    other = "K1410010202,Klinik Pratama Harapan Ibu,klinik-pratama,private,1410011002,1099141990\n"
    told = await house.load("facilities", head + other)
    assert (told.status_code, told.json()["refused"][0]["column"]) == (422, "satusehat_id")
    own = f"{CLINIC},Klinik Pratama Medika Meranti,klinik-pratama,private,1410011003,1099141990\n"
    assert (await house.load("facilities", head + own)).status_code == 200


async def test_two_who_decide_at_once(house: House) -> None:
    run = await compared(house)
    asked = (post(house, f"{run}/rows/3/decision", decision=d) for d in ("take", "keep", "take"))
    answers = await asyncio.gather(*asked)
    assert sorted(a.status_code for a in answers) == [200, 409, 409]
    async with house.service.db.reading() as conn:
        assert await conn.fetchval("SELECT count(*) FROM reconciliation_step") == 1


async def test_the_same_facility_twice_in_a_list(house: House) -> None:
    twice = HEAD + SAME + SAME
    found = await rows(house, await compared(house, twice, area=None))
    assert [found[n]["found"] for n in (2, 3)] == ["same", "refused"]
    assert "line 2" in found[3]["why"]["en"]
    torn = "Kode PPK,Kode Satusehat,Nama\n9914B011,991410012,Klinik Pratama Mutiara Selat\n"
    one = (await rows(house, await compared(house, torn, area=None)))[2]
    assert (one["found"], one["facility"]) == ("probable", "K1410010201")
    assert "K1410010202" in one["why"]["en"]


@pytest.mark.parametrize("role", ["facility-admin", "puskesmas-staff"])
async def test_facilities_do_not_reconcile(house: House, role: str) -> None:
    body = {"username": "orang", "password": "sandi-panjang-uji", "role": role, "facility": "P1410010101"}
    assert (await house.http.post("/v1/staff", json=body, headers=house.admin)).status_code == 201
    who = await house.sign_in("orang", "sandi-panjang-uji")
    assert (await house.http.get("/v1/reconciliations", headers=who)).status_code == 403


async def test_events_of_a_run_and_of_aliases(house: House) -> None:
    run = await compared(house)
    await post(house, f"{run}/rows/4/decision", decision="same")
    await post(house, f"{run}/rows/4/undo")
    async with house.service.db.reading() as conn:
        told = await conn.fetch(
            "SELECT type, kind, subject FROM event WHERE type IN ('alias', 'reconciliation')"
            " UNION ALL SELECT type, kind, subject FROM event_pending WHERE type IN ('alias', 'reconciliation')"
        )
    kinds = sorted((t["type"], t["kind"], t["subject"]) for t in told)
    assert kinds == [
        ("alias", "created", "bpjs/99990015"), ("alias", "deleted", "bpjs/99990015"),
        ("reconciliation", "created", run),
    ]  # fmt: skip
