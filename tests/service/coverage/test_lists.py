"""Monthly lists: any order of columns, refused rows, versions, statements, differences, sums."""

import asyncio
import base64
import random
import time
from collections.abc import AsyncIterator, Sequence
from typing import Any

import httpx
import pytest
import pytest_asyncio
from hypothesis import given, settings
from hypothesis import strategies as st

from services.coverage.rules.list_headings import MEMBER_COLUMNS, ListKind, guessed, placed
from services.coverage.simulator.faults import Fault
from services.coverage.simulator.members import Override
from services.kernel import sheets
from tests.service.coverage.jkn_stage import NIK, PERSON, STRANGER, Stage, staged, token

KEY = "uji:" + base64.b64encode(bytes(32)).decode()
A, B = "9914P001", "9914P003"
HEADINGS = ("No Kartu", "NIK", "Nama", "Kode Faskes", "Jenis Peserta", "Kelas", "Status", "Prolanis", "Kode Desa")
OFFICE = token("dinkes-admin", None)


@pytest_asyncio.fixture(scope="module")
async def house(new_database: Any) -> AsyncIterator[Stage]:
    async with staged(await asyncio.to_thread(new_database, "coverage"), jkn_keys=KEY) as stage:
        stage.peers.persons[("jkn", card(2))] = "person-two"
        stage.peers.visible.add("person-two")
        stage.peers.villages[PERSON] = "1410012001"
        yield stage


def card(n: int) -> str:
    return f"000{n:010d}"


def row(n: int, at: str = A, **said: str) -> dict[str, str]:
    told = {"No Kartu": card(n), "NIK": "", "Nama": f"ORANG {n}", "Kode Faskes": at, "Jenis Peserta": "21",
            "Kelas": "3", "Status": "AKTIF", "Prolanis": "", "Kode Desa": "1410012001"}  # fmt: skip
    return told | said


def csv(rows: Sequence[dict[str, str]], order: Sequence[str] = HEADINGS) -> bytes:
    return sheets.to_csv([order, *([r[h] for h in order] for r in rows)])


async def send(stage: Stage, month: str, body: bytes, kind: str = "members", **more: Any) -> httpx.Response:
    asked = {"kind": kind, "sender": "bpjs-uji", "month": month, "confirm": True} | more
    return await stage.http.post(
        "/v1/jkn/lists", params=asked, content=body, headers=OFFICE | {"content-type": "text/csv"}
    )


async def get(stage: Stage, path: str, headers: dict[str, str] = OFFICE, **asked: Any) -> Any:
    answer = await stage.http.get(f"/v1/jkn/{path}", params=asked, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_rows_are_refused_by_line_and_the_rest_stands(house: Stage) -> None:
    rows = [
        row(1, NIK=NIK), row(2, **{"Jenis Peserta": "PBI (APBD)", "Prolanis": "DM"}), row(3, **{"No Kartu": "12A"}),
        row(1), row(5, "SALAH"), row(6, Status="TIDAK AKTIF"), row(7, NIK="0" * 16),
    ]  # fmt: skip
    trial = (await send(house, "2026-01", csv(rows), dry_run=True)).json()
    assert (trial["state"], trial["rows"], trial["refused"], trial["warned"], trial["matched"]) == ("trial", 7, 3, 1, 2)
    assert await house.rows("SELECT 1 FROM member_list_row WHERE list_id = $1", trial["id"]) == []
    refused = (await send(house, "2026-01", csv(rows), mode="all")).json()
    assert (refused["state"], refused["loaded"]) == ("refused", 0)
    done = (await send(house, "2026-01", csv(rows))).json()
    assert (done["state"], done["loaded"], done["refused"]) == ("loaded", 4, 3)
    assert [(r["line"], r["field"], r["warning"]) for r in done["refusals"]] == [
        (4, "card", False), (5, "card", False), (6, "facility", False), (8, "nik", True),
    ]  # fmt: skip
    assert "baris 2" in done["refusals"][1]["reason"]
    again = (await send(house, "2026-01", csv(rows))).json()
    assert (again["repeated"], again["id"]) == (True, done["id"])
    parts = await get(house, "lists/parts", month="2026-01")
    assert [(p["bpjs_code"], p["version"], p["members"], p["active"], p["dm"], p["segments"]) for p in parts] == [
        (A, 1, 4, 3, 1, {"21": 3, "22": 1})
    ]
    kept = await house.rows("SELECT * FROM member_list_row WHERE list_id = $1", done["id"])
    assert NIK not in str(kept) and card(1) not in str(kept) and "ORANG" not in str(kept)


async def test_a_new_list_is_the_next_version_and_is_told(house: Stage) -> None:
    await send(house, "2026-02", csv([row(1), row(2)]))
    await send(house, "2026-02", csv([row(1), row(2), row(3)]))
    parts = await get(house, "lists/parts", month="2026-02", versions=True)
    assert [(p["version"], p["current"], p["members"]) for p in parts] == [(2, True, 3), (1, False, 2)]
    told = [e for e in await house.events() if e["type"] == "capitation" and e["data"]["month"] == "2026-02"]
    assert [(e["id"], e["version"], e["data"]["members"]) for e in told] == [
        ("P1410010101:2026-02", 1, 2), ("P1410010101:2026-02", 2, 3),
    ]  # fmt: skip
    money = sheets.to_csv([["FKTP", "Norma", "Jml Peserta", "Prolanis HT"], [A, "6.000", "3", "1"]])
    assert (await send(house, "2026-02", money, "capitation")).json()["state"] == "loaded"
    last = [e for e in await house.events() if e["type"] == "capitation"][-1]
    assert last["data"] | {"members": 3, "paid_members": 3, "norm": 6000, "amount": 18000, "ht": 0} == last["data"]
    assert last["person"] is None


async def test_a_wrong_list_is_undone_by_sending_the_right_one_again(house: Stage) -> None:
    right, wrong = csv([row(n) for n in range(1, 6)]), csv([row(1)])
    first = (await send(house, "2025-07", right)).json()
    assert (await send(house, "2025-07", right)).json()["repeated"] is True
    await send(house, "2025-07", wrong)
    undone = (await send(house, "2025-07", right)).json()
    assert (undone["repeated"], undone["id"] != first["id"]) == (False, True)
    assert (await send(house, "2025-07", right)).json()["repeated"] is True, "it stands again"
    parts = await get(house, "lists/parts", month="2025-07")
    assert [(p["version"], p["members"]) for p in parts] == [(3, 5)]


async def test_a_file_that_cannot_be_read_to_its_end_makes_nobody_leave(house: Stage) -> None:
    await send(house, "2025-08", csv([row(n) for n in range(1, 6)]))
    lines = csv([row(n) for n in range(1, 7)]).decode().split("\r\n")
    cut = "\r\n".join([*lines[:3], f'"{lines[3]}', *lines[4:]]).encode()
    told = (await send(house, "2025-08", cut)).json()
    assert told["state"] == "failed" and "Baris 4" in told["because"], told
    assert [p["members"] for p in await get(house, "lists/parts", month="2025-08")] == [5]


async def test_a_status_nobody_knows_is_not_read_as_inactive(house: Stage) -> None:
    said = ["AKTIF", "ENTAHLAH", "TDK.AKTIF", "MENINGGAL DUNIA", "PENANGGUHAN PEMBAYARAN", "0"]
    rows = [row(n, Status=s) for n, s in enumerate(said, 1)]
    done = (await send(house, "2025-09", csv(rows))).json()
    assert [(r["line"], r["field"], r["warning"]) for r in done["refusals"]] == [(3, "status", True)]
    kept = await house.rows("SELECT status FROM member_list_row WHERE list_id = $1 ORDER BY line", done["id"])
    assert [r["status"] for r in kept] == ["active", "unknown", *["inactive"] * 4]


async def test_a_list_becomes_statements_but_never_over_a_fresher_word_of_bpjs(house: Stage) -> None:
    house.world.fix(NIK, Override(active=True, provider=B))
    assert (await house.ask({"nik": NIK})).json()["registered_facility"]["bpjs_code"] == B
    await send(house, "2026-03", csv([row(1, NIK=NIK, Status="NONAKTIF"), row(2, Status="NONAKTIF")]))
    mine = await get(house, f"members/{PERSON}/statements")
    assert (mine["stands"]["stated_by"], mine["stands"]["status"]) == ("bpjs", "active")
    assert {"list", "bpjs"} == {s["source"] for s in mine["statements"]}
    listed = [s for s in mine["statements"] if s["source"] == "list"]
    assert [s["status"] for s in listed][-1] == "inactive" and all(s["list"] for s in listed)
    hers = await get(house, "members/person-two/statements")
    assert (hers["stands"]["stated_by"], hers["stands"]["status"]) == ("list", "inactive")
    told = [e["data"] for e in await house.events() if e["person"] == "person-two"]
    assert told[-1] | {"status": "inactive", "source": "list", "registered_facility": "P1410010101"} == told[-1]


async def test_who_is_listed_and_nobody_here_is_answered_from_the_list_while_bpjs_is_silent(house: Stage) -> None:
    await send(house, "2026-03", csv([row(77, NIK=STRANGER, Status="AKTIF")]))
    await house.play(Fault.EMPTY_BODY)
    told = (await house.ask({"nik": STRANGER})).json()
    by_card = (await house.ask({"jkn": card(77)})).json()
    await house.heal()
    assert (told["status"], told["stated_by"], told["source"], told["trouble"]) == ("active", "list", "cached", "empty")
    assert (by_card["status"], by_card["person_id"]) == ("active", None)


async def test_what_changed_since_last_month_opens_to_rows(house: Stage) -> None:
    await send(house, "2026-04", csv([row(1), row(2), row(3), row(4), row(9, B)]))
    after = [row(1, Status="TIDAK AKTIF"), row(2, B), row(3, **{"Jenis Peserta": "13"}), row(5), row(9, A)]
    await send(house, "2026-05", csv(after))
    told = await get(house, "lists/difference", month="2026-05", facility=A)
    assert (told["before"]["members"], told["after"]["members"], told["in"], told["out"]) == (4, 4, 2, 2)
    assert (told["moved_in"], told["moved_out"]) == ({B: 1}, {B: 1})
    assert (told["status_changed"], told["segment_changed"], told["stayed"]) == (1, 1, 2)
    seen = await get(house, "lists/difference/rows", month="2026-05", facility=A, change="moved-out")
    assert [(r["card"], r["person_id"], r["to_facility"]) for r in seen["rows"]] == [("0000••••••002", "person-two", B)]
    whole = await get(house, "lists/difference/rows", month="2026-05", facility=A, change="status", cards=True)
    assert [r["card"] for r in whole["rows"]] == [card(1)]
    logged = [a for a in await house.accesses() if a["what"] == "JKN/list"]
    assert {a["person_id"] for a in logged} >= {"person-two"}
    staff = token("puskesmas-staff", "P1410010101")
    refused = await house.http.get(
        "/v1/jkn/lists/difference/rows", params={"change": "in", "cards": True}, headers=staff
    )
    assert refused.status_code == 403
    abroad = await house.http.get("/v1/jkn/lists/difference", params={"facility": B}, headers=staff)
    assert abroad.status_code == 403


async def test_who_is_listed_by_other_numbers_next_month_has_stayed(house: Stage) -> None:
    """By NIK alone, then by card too; by a new card; by a card that only the record knows as theirs."""
    numbers = [f"14100141079000{n}" for n in range(10, 14)]
    house.peers.persons |= {("nik", numbers[2]): "by-record", ("jkn", card(502)): "by-record"}
    only_nik = {"No Kartu": ""}
    before = [row(500, NIK=numbers[0], **only_nik), row(501, NIK=numbers[1]), row(0, NIK=numbers[2], **only_nik)]
    await send(house, "2025-09", csv([*before, row(0, NIK=numbers[3], **only_nik), row(504)]))
    after = [row(500, B, NIK=numbers[0]), row(599, NIK=numbers[1], Status="NONAKTIF"), row(502), row(503), row(504)]
    await send(house, "2025-10", csv(after))
    told = await differ(house, "2025-09", "2025-10", None)
    assert (told["in"], told["out"], told["stayed"], told["status_changed"]) == (1, 1, 4, 1)
    assert told["moved_in"] == {A: 1}
    back = await differ(house, "2025-10", "2025-09", None)
    assert (back["in"], back["out"], back["stayed"]) == (1, 1, 4)


async def test_sums_and_few_people(house: Stage) -> None:
    rows = [row(n, Status="AKTIF" if n % 2 else "NONAKTIF") for n in range(20)]
    rows += [row(n, B, **{"Jenis Peserta": "13"}) for n in range(20, 22)]
    rows += [row(n, B, **{"Jenis Peserta": "22"}) for n in range(22, 30)]
    await send(house, "2026-06", csv(rows))
    told = await get(house, "members/sums", month="2026-06", by="facility,segment")
    assert (told["registered"], told["active"], told["facilities"]) == (30, 20, 2)
    assert [(r["bpjs_code"], r["segment"], r["registered"], r["active"]) for r in told["rows"]] == [
        (A, "21", 20, 10), (B, "13", 2, 2), (B, "22", 8, 8),
    ]  # fmt: skip
    few = await get(house, "members/sums", token("dinkes-analyst", None), month="2026-06", by="segment")
    assert [(r["segment"], r["few"], r["registered"]) for r in few["rows"]] == [("21", False, 20), (None, True, 10)]


async def test_a_mapping_must_be_confirmed_and_is_kept_by_version(house: Stage) -> None:
    body = csv([row(1)]).replace(b"No Kartu", b"Nomor Unik")
    unsure = await send(house, "2026-07", body, sender="lain", confirm=False)
    assert unsure.status_code == 409, unsure.text
    columns = {"card": "Nomor Unik", "facility": "Kode Faskes", "status": "Status"}
    put = await house.http.put("/v1/jkn/lists/mappings/members/lain", json={"columns": columns}, headers=OFFICE)
    assert put.json()["version"] == 1
    done = (await send(house, "2026-07", body, sender="lain", confirm=False)).json()
    assert (done["state"], done["loaded"], done["mapping"]) == ("loaded", 1, columns)
    wrong = {"columns": columns | {"umur": "Usia"}}
    bad = await house.http.put("/v1/jkn/lists/mappings/members/lain", json=wrong, headers=OFFICE)
    assert (bad.status_code, bad.json()["errors"][0]["pointer"]) == (422, "/columns/umur")
    lost = await send(house, "2026-07", csv([row(1)]), sender="lain")
    assert (lost.status_code, lost.json()["errors"][0]["pointer"]) == (422, "/card")


async def test_headings_below_a_title_are_guessed(house: Stage) -> None:
    file = sheets.to_csv([["DAFTAR PESERTA NOVEMBER"], [], HEADINGS, list(row(1).values())])
    for kept in (False, True):
        told = await house.http.post(
            "/v1/jkn/lists/guess",
            params={"sender": "bertajuk"},
            content=file,
            headers=OFFICE | {"content-type": "text/csv"},
        )
        assert (told.json()["headings"], told.json()["saved"], told.json()["lacking"]) == (list(HEADINGS), kept, [])
        await send(house, "2025-06", file, sender="bertajuk")


async def test_a_clinic_speaks_of_its_own_members_only(house: Stage) -> None:
    headers = token("facility-admin", "P1410010101") | {"content-type": "text/csv"}
    asked = {"sender": "pkm", "month": "2026-07", "confirm": True}
    done = await house.http.post("/v1/jkn/lists", params=asked, content=csv([row(1), row(2, B)]), headers=headers)
    assert (done.json()["loaded"], done.json()["refusals"][0]["field"]) == (1, "facility")


async def test_a_file_another_has_sent_is_still_a_facilitys_own(house: Stage) -> None:
    body, headers = csv([row(4)]), token("facility-admin", "P1410010101") | {"content-type": "text/csv"}
    assert (await send(house, "2026-02", body)).json()["state"] == "loaded"
    asked = {"sender": "bpjs-uji", "month": "2026-02"}
    for repeated in (False, True):
        done = await house.http.post("/v1/jkn/lists", params=asked, content=body, headers=headers)
        assert (done.status_code, done.json()["state"], done.json()["repeated"]) == (200, "loaded", repeated)


async def test_a_facility_learns_nothing_of_the_record_by_a_list_of_its_own(house: Stage) -> None:
    """A list of one is a question about anybody: whether the record knows them, and where they live."""
    headers = token("facility-admin", "P1410010101") | {"content-type": "text/csv"}
    one = csv([row(3, NIK=NIK, **{"Kode Desa": ""})])
    asked = {"sender": "pkm", "month": "2026-03", "confirm": True, "dry_run": True}
    trial = (await house.http.post("/v1/jkn/lists", params=asked, content=one, headers=headers)).json()
    assert (trial["state"], trial["matched"], trial["warned"]) == ("trial", None, 0)
    done = await house.http.post("/v1/jkn/lists", params=asked | {"dry_run": False}, content=one, headers=headers)
    assert (done.json()["state"], done.json()["matched"]) == ("loaded", None)
    assert {r["matched"] for r in await get(house, "lists", headers, month="2026-03")} == {None}
    sums = await get(house, "members/sums", headers, month="2026-03", by="village")
    assert [(r["village"], r["registered"]) for r in sums["rows"]] == [("", 1)]
    logged = [a for a in await house.accesses() if a["actor"] == "test-facility-admin" and a["what"] == "JKN/list"]
    assert [a["action"] for a in logged].count("write") >= 2


async def test_a_long_list_stays_off_the_loop(house: Stage) -> None:
    body = csv([row(n, A if n % 3 else B) for n in range(3_000)])
    stalls, going = [0.0], True

    async def watch() -> None:
        while going:
            began = time.perf_counter()
            await asyncio.sleep(0.005)
            stalls.append(time.perf_counter() - began - 0.005)

    watching = asyncio.create_task(watch())
    done = (await send(house, "2026-08", body)).json()
    for _ in range(200):
        if done["state"] in ("loaded", "failed"):
            break
        await asyncio.sleep(0.05)
        done = await get(house, f"lists/{done['id']}")
    going = False
    await watching
    assert (done["state"], done["loaded"], done["applied"]) == ("loaded", 3_000, 3_000)
    assert sorted(stalls)[-2] < 0.25


async def test_a_list_cut_short_is_not_taken_unless_it_is_meant(house: Stage) -> None:
    whole, half = csv([row(n, "9914P007") for n in range(80)]), csv([row(n, "9914P007") for n in range(39)])
    assert (await send(house, "2026-09", whole)).json()["state"] == "loaded"
    for month in ("2026-09", "2026-10"):  # the same month's next version, and the next month
        cut = (await send(house, month, half)).json()
        assert (cut["state"], "smaller=true" in cut["because"]) == ("failed", True), cut
        parts = await get(house, "lists/parts", month=month)
        assert [p["members"] for p in parts if p["bpjs_code"] == "9914P007"] == [80] * (month == "2026-09")
        assert await house.rows("SELECT 1 FROM member_list_row WHERE list_id = $1", cut["id"]) == []
    meant = (await send(house, "2026-09", half, smaller=True)).json()
    assert (meant["state"], meant["loaded"]) == ("loaded", 39)


ORDERS = st.permutations(HEADINGS)


@given(ORDERS)
@settings(max_examples=60)
def test_columns_in_any_order_mean_the_same(order: list[str]) -> None:
    one = guessed(ListKind.MEMBERS, HEADINGS)
    assert guessed(ListKind.MEMBERS, order) == one
    at = placed(one, order)
    assert at is not None and {f: order[n] for f, n in at.items()} == one
    assert {c.field for c in MEMBER_COLUMNS} >= set(one) >= {"card", "nik", "facility", "segment", "status", "village"}
    assert "Nama" not in one.values()


async def test_any_order_of_columns_and_rows_gives_the_same_load(house: Stage) -> None:
    rows = [row(n, A if n % 2 else B, **{"Jenis Peserta": str((13, 21)[n % 4 > 1])}) for n in range(12)]
    found = []
    for month, order in (("2025-01", HEADINGS), ("2025-02", HEADINGS[::-1]), ("2025-03", sorted(HEADINGS))):
        rows.reverse()
        done = (await send(house, month, csv(rows, order))).json()
        what = "key, bpjs_code, status, payer_code, class_code, prolanis, village"
        found.append(
            await house.rows(f"SELECT {what} FROM member_list_row WHERE list_id = $1 ORDER BY key", done["id"])
        )
    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize("seed", range(8))
async def test_differences_obey_their_laws(house: Stage, seed: int) -> None:
    """in − out is the change of count; seen from the other month all is mirrored; moves are ins or outs."""
    draw = random.Random(seed)  # noqa: S311 - not a secret
    months = (f"20{10 + seed}-01", f"20{10 + seed}-02")
    lists: list[dict[int, tuple[str, str, str]]] = []
    for month in months:
        told = {
            n: (draw.choice((A, B)), draw.choice(("13", "21")), draw.choice(("AKTIF", "NONAKTIF")))
            for n in draw.sample(range(12), draw.randrange(1, 12))
        }
        lists.append(told)
        body = csv([row(n, at, **{"Jenis Peserta": s, "Status": a}) for n, (at, s, a) in told.items()])
        assert (await send(house, month, body)).json()["state"] == "loaded"
    for facility in (A, B, None):
        told_ = await differ(house, *months, facility)
        mirrored = await differ(house, *reversed(months), facility)
        counts = [sum(facility in (None, v[0]) for v in one.values()) for one in lists]
        assert (told_["before"]["members"], told_["after"]["members"]) == tuple(counts)
        assert told_["in"] - told_["out"] == counts[1] - counts[0]
        assert (told_["in"], told_["out"], told_["stayed"]) == (mirrored["out"], mirrored["in"], mirrored["stayed"])
        assert (told_["moved_in"], told_["moved_out"]) == (mirrored["moved_out"], mirrored["moved_in"])
        assert (told_["status_changed"], told_["segment_changed"]) == (
            mirrored["status_changed"], mirrored["segment_changed"],
        )  # fmt: skip
        if facility:
            assert sum(told_["moved_in"].values()) <= told_["in"]
            assert sum(told_["moved_out"].values()) <= told_["out"]


async def differ(stage: Stage, before: str, month: str, facility: str | None) -> dict[str, Any]:
    asked = {"before": before, "month": month} | ({"facility": facility} if facility else {})
    found: dict[str, Any] = await get(stage, "lists/difference", **asked)
    return found
