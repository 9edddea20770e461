"""The queue on a real database: BPJS calls us in its own envelope, the desk works beside it, numbers never clash."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from services.coverage.simulator.members import Override
from services.coverage.usecases import antrean as usecases
from services.kernel import passwords
from tests.service.coverage.jkn_stage import NIK, PERSON, STRANGER, Stage, staged, token

CARD = "0577535571856"
HOME = "P1410010101"
DESK, ADMIN = token("puskesmas-staff"), token("facility-admin")


@pytest.fixture(autouse=True)
def quick_hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "N", 16)


class Mobile:
    """Mobile JKN as it calls one facility."""

    def __init__(self, stage: Stage, account: dict[str, Any]) -> None:
        self.stage, self.account = stage, account
        self.headers: dict[str, str] = {}

    async def sign_in(self, password: str | None = None) -> httpx.Response:
        headers = {"x-username": self.account["username"], "x-password": password or self.account["password"]}
        answer = await self.stage.http.get("/antreanfktp/auth", headers=headers)
        if answer.json()["metadata"]["code"] == 200:
            self.headers = {"x-username": self.account["username"], "x-token": answer.json()["response"]["token"]}
        return answer

    async def call(self, method: str, path: str, **kw: Any) -> tuple[int, str, Any]:
        """Code, message and response; HTTP carries the same code."""
        answer = await self.stage.http.request(method, f"/antreanfktp{path}", headers=self.headers, **kw)
        body = answer.json()
        assert answer.headers["content-type"] == "application/json"
        assert set(body) == {"response", "metadata"}
        assert answer.status_code == body["metadata"]["code"]
        return body["metadata"]["code"], body["metadata"]["message"], body["response"]

    async def take(self, **said: Any) -> tuple[int, str, Any]:
        return await self.call("POST", "/antrean", json=booking(self.stage) | said)


def tomorrow(stage: Stage) -> str:
    return (stage.app.state.service.clock.today() + timedelta(days=1)).isoformat()


def booking(stage: Stage) -> dict[str, Any]:
    return {
        "nomorkartu": CARD, "nik": NIK, "kodepoli": "001", "tanggalperiksa": tomorrow(stage), "keluhan": "demam",
        "kodedokter": 131491, "jampraktek": "08:00-12:00", "norm": "", "nohp": "081234567890",
    }  # fmt: skip


async def opened(stage: Stage, capacity: int = 40) -> Mobile:
    """A facility with a timetable (poli 001 and 002, every day) and an account that has signed in."""
    hours = [
        {"poli": poli, "poli_name": name, "prefix": prefix, "doctor": doctor, "doctor_name": "dr. Dewi",
         "weekday": day, "starts": starts, "ends": ends, "capacity": capacity}
        for day in range(1, 8)
        for poli, name, prefix, doctor, starts, ends in (
            ("001", "Poli Umum", "A", 131491, "08:00", "12:00"), ("005", "UGD", "C", 131493, "00:00", "23:59"),
        )
    ]  # fmt: skip
    put = await stage.http.put("/v1/jkn/queue/practice-hours", json={"hours": hours}, headers=ADMIN)
    assert put.status_code == 200, put.text
    made = await stage.http.post("/v1/jkn/queue/accounts", json={"username": "bpjs.satu"}, headers=ADMIN)
    assert made.status_code == 201, made.text
    stage.peers.persons[("jkn", CARD)] = PERSON
    mobile = Mobile(stage, made.json())
    assert (await mobile.sign_in()).json()["metadata"] == {"message": "Ok", "code": 200}
    return mobile


async def test_a_ticket_from_mobile_jkn_to_its_end(stage: Stage) -> None:
    mobile, day = await opened(stage), tomorrow(stage)
    code, message, ticket = await mobile.take()
    assert (code, message) == (200, "Ok")
    assert ticket == {
        "nomorantrean": "A-1", "angkaantrean": 1, "namapoli": "Poli Umum", "sisaantrean": 0, "antreanpanggil": "-",
        "keterangan": "Apabila antrean terlewat harap mengambil antrean kembali.", "norm": "MJ000001",
    }  # fmt: skip
    assert stage.peers.registered[-1] | {"request_id": "-", "origin": "-"} == {
        "nik": NIK, "jkn": CARD, "facility": HOME, "subject": "antrean:bpjs.satu", "request_id": "-", "origin": "-",
    }  # fmt: skip
    twice = "Nomor Antrean Hanya Dapat Diambil 1 Kali Pada Tanggal Yang Sama"
    assert await mobile.take() == (201, twice, None)
    assert (await mobile.call("GET", f"/antrean/sisapeserta/{CARD}/001/{day}"))[2]["nomorantrean"] == "A-1"
    (status,) = (await mobile.call("GET", f"/antrean/status/001/{day}"))[2]
    assert status["totalantrean"] == status["sisaantrean"] == 1
    assert (status["kodedokter"], status["jampraktek"]) == (131491, "08:00-12:00")
    giving_up = {"nomorkartu": CARD, "kodepoli": "001", "tanggalperiksa": day, "keterangan": "Berhalangan"}
    assert await mobile.call("PUT", "/antrean/batal", json=giving_up) == (200, "Ok", None)
    gone = "Antrean Tidak Ditemukan atau Sudah Dibatalkan"
    assert await mobile.call("POST", "/antrean/batal", json=giving_up) == (201, gone, None)
    assert (await mobile.take())[2]["nomorantrean"] == "A-2"  # its number is not given again
    accesses = [a for a in await stage.accesses() if a["actor"] == "antrean:bpjs.satu"]
    assert {(a["person_id"], a["purpose"], a["facility"]) for a in accesses if a["person_id"]} == {
        (PERSON, "PATRQT", HOME)
    }
    assert {a["action"] for a in accesses} == {"read", "write"}


async def test_refusals_in_the_words_bpjs_knows(stage: Stage) -> None:
    mobile, today = await opened(stage), stage.app.state.service.clock.today()
    no_hours = "Jadwal Dokter Tersebut Belum Tersedia, Silahkan Reschedule Tanggal dan Jam Praktek Lainnya"
    for said, message in (
        ({"tanggalperiksa": (today - timedelta(days=1)).isoformat()}, "Tanggal Periksa Tidak Berlaku"),
        ({"tanggalperiksa": "besok"}, "Format Tanggal Tidak Sesuai, format yang benar adalah yyyy-mm-dd"),
        ({"kodepoli": "099"}, "Poli Tidak Ditemukan"),
        ({"kodedokter": 7}, no_hours),
        ({"nik": "123"}, "NIK harus 16 digit"),
    ):
        assert await mobile.take(**said) == (201, message, None)
    closing = {"day": tomorrow(stage), "poli": "001", "reason": "Dokter sakit"}
    assert (await stage.http.put("/v1/jkn/queue/closures", json=closing, headers=DESK)).status_code == 204
    assert await mobile.take() == (201, "Pendaftaran ke Poli Ini Sedang Tutup", None)
    closing.pop("reason")
    assert (await stage.http.put("/v1/jkn/queue/closures", json=closing, headers=DESK)).status_code == 204
    nobody = "Data pasien ini tidak ditemukan, silahkan Melakukan Registrasi Pasien Baru"
    assert await mobile.take(nik=STRANGER, nomorkartu="0001112223334") == (202, nobody, None)
    stage.peers.persons[("jkn", "0001112223334")] = "somebody-else"
    assert await mobile.take(nomorkartu="0001112223334") == (
        201, "NIK dan Nomor Kartu Bukan Milik Orang Yang Sama", None,
    )  # fmt: skip
    for path in ("/antrean", "/antrean/batal", "/peserta"):
        assert (await mobile.call("POST", path, content=b"{"))[:2] == (201, "Format JSON tidak sesuai")
        assert (await mobile.call("POST", path, content=b"[]"))[0] == 201
    assert not await stage.rows("SELECT 1 FROM ticket")
    unknown = await stage.http.get("/antreanfktp/antrean/lain", headers=mobile.headers)
    assert (unknown.status_code, unknown.json()["metadata"]["code"]) == (404, 201)


async def test_a_new_patient_then_their_ticket(stage: Stage) -> None:
    mobile = await opened(stage)
    who = {"nik": STRANGER, "nomorkartu": "0001112223334"}
    patient = who | {
        "nomorkk": "1410011203150031", "nama": "Rina Contoh", "jeniskelamin": "P", "tanggallahir": "1985-03-12",
        "alamat": "Jl. Dorak No. 9", "kodeprop": "04", "namaprop": "Riau", "kodedati2": "0410",
        "namadati2": "Kab. Kepulauan Meranti", "kodekec": "0001", "namakec": "Tebing Tinggi", "kodekel": "0001",
        "namakel": "Selatpanjang Kota", "rw": "001", "rt": "002",
    }  # fmt: skip
    assert (await mobile.call("POST", "/peserta", json=patient | {"nomorkk": "12"}))[1] == "Nomor KK harus 16 digit"
    code, message, given = await mobile.call("POST", "/peserta", json=patient)
    assert (code, message) == (200, "Harap datang ke admisi untuk melengkapi data rekam medis")
    assert stage.peers.registered[-1]["mrn"] == given["norm"]
    assert (await mobile.call("POST", "/peserta", json=patient))[:2] == (201, "Data Peserta Sudah Pernah Dientrikan")
    code, _, ticket = await mobile.take(**who)
    assert (code, ticket["norm"]) == (200, given["norm"])


async def test_numbers_have_no_gap_and_no_double_and_capacity_holds(stage: Stage) -> None:
    mobile = await opened(stage, capacity=15)
    people = [{"nik": f"14100141079{n:05}", "nomorkartu": f"00011122{n:05}"} for n in range(1, 26)]
    for n, who in enumerate(people):
        stage.peers.persons |= {("nik", who["nik"]): f"p-{n}", ("jkn", who["nomorkartu"]): f"p-{n}"}
    asked = [mobile.take(**who) for who in people for _ in range(2)]  # everybody twice, all at once
    answers = await asyncio.gather(*asked)
    given = sorted(response["angkaantrean"] for code, _, response in answers if code == 200)
    assert given == list(range(1, 16))
    rows = await stage.rows("SELECT number, person_id FROM ticket ORDER BY number")
    assert [r["number"] for r in rows] == given
    assert len({r["person_id"] for r in rows}) == 15
    words = {message for code, message, _ in answers if code == 201}
    assert words <= {"Kuota Antrean Sudah Penuh", "Nomor Antrean Hanya Dapat Diambil 1 Kali Pada Tanggal Yang Sama"}
    assert "Kuota Antrean Sudah Penuh" in words
    cancelled = {"nomorkartu": next(w["nomorkartu"] for n, w in enumerate(people) if rows[0]["person_id"] == f"p-{n}"),
                 "kodepoli": "001", "tanggalperiksa": tomorrow(stage), "keterangan": "x"}  # fmt: skip
    assert (await mobile.call("POST", "/antrean/batal", json=cancelled))[0] == 200
    free = next(w for n, w in enumerate(people) if f"p-{n}" not in {r["person_id"] for r in rows})
    assert (await mobile.take(**free))[2]["angkaantrean"] == 16  # the place is given again, its number is not


async def test_the_sign_in_is_guarded(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    mobile = await opened(stage)
    stored = await stage.rows("SELECT password_hash FROM queue_account")
    assert mobile.account["password"] not in str(stored)
    good = dict(mobile.headers)
    for spoiled in (
        {"x-token": good["x-token"] + "a"},
        {"x-token": ""},
        {"x-username": "lain"},
        {"x-token": "ffffffff.x"},
    ):
        mobile.headers = good | spoiled
        assert (await mobile.take())[:2] == (201, "Token Tidak Sesuai")
    mobile.headers = good
    monkeypatch.setattr(usecases, "LIFETIME", -1)
    assert (await mobile.sign_in()).status_code == 200
    assert (await mobile.take())[:2] == (201, "Token Expired")
    monkeypatch.undo()
    monkeypatch.setattr(passwords, "N", 16)
    renewed = await stage.http.put("/v1/jkn/queue/accounts/bpjs.satu/password", headers=ADMIN)
    mobile.headers = good
    assert (await mobile.take())[:2] == (201, "Token Tidak Sesuai")  # the old password's tokens have ended
    mobile.account = renewed.json()
    assert (await mobile.sign_in()).status_code == 200
    assert (await stage.http.delete("/v1/jkn/queue/accounts/bpjs.satu", headers=ADMIN)).status_code == 204
    assert (await mobile.take())[:2] == (201, "Token Tidak Sesuai")
    for _ in range(5):
        wrong = await mobile.sign_in("salah-sekali")
        assert wrong.json()["metadata"] == {"message": "Username atau Password Tidak Sesuai", "code": 201}
    held = await mobile.sign_in()
    assert held.status_code == 429
    assert held.json()["metadata"]["code"] == 201
    assert int(held.headers["retry-after"]) > 0
    listed = (await stage.http.get("/v1/jkn/queue/accounts", headers=ADMIN)).json()
    assert [(a["username"], a["closed_at"] is None, "password" in a) for a in listed] == [("bpjs.satu", False, False)]
    elsewhere = token("facility-admin", "K1410010201")
    assert (await stage.http.get("/v1/jkn/queue/accounts", headers=elsewhere)).json() == []
    assert (await stage.http.put("/v1/jkn/queue/accounts/bpjs.satu/password", headers=elsewhere)).status_code == 404


async def test_a_token_no_number_can_be_made_of_is_only_a_wrong_one(stage: Stage) -> None:
    mobile = await opened(stage)
    for spoiled in ("f" * 5_000 + ".x", "0x7fffffff.x", "-1.x", "7_f.x", " 7f.x"):
        mobile.headers["x-token"] = spoiled
        assert (await mobile.take())[:2] == (201, "Token Tidak Sesuai")


async def test_what_is_no_text_is_nobodys_name(stage: Stage) -> None:
    mobile = await opened(stage)
    said = {
        "nik": STRANGER, "nomorkartu": "0001112223334", "nomorkk": "1410011203150031", "nama": {"a": ["b"]},
        "jeniskelamin": "P", "tanggallahir": "1985-03-12", "alamat": "Jl. Dorak", "namakel": "X", "namakec": "Y",
        "namadati2": "Z",
    }  # fmt: skip
    assert (await mobile.call("POST", "/peserta", json=said))[:2] == (201, "Format Nama tidak sesuai")
    said |= {"nama": "Rina", "alamat": True}
    assert (await mobile.call("POST", "/peserta", json=said))[:2] == (201, "Format Alamat tidak sesuai")
    assert stage.peers.registered == []
    assert (await mobile.take(keluhan=["demam"]))[0] == 200
    assert (await stage.rows("SELECT complaint FROM ticket"))[0]["complaint"] is None


async def test_who_is_on_record_is_not_found_out_by_asking_about_many(stage: Stage) -> None:
    """An answer that tells who is known, or is not, is in the access log, and many of them come to an end."""
    mobile = await opened(stage)
    stage.peers.persons[("jkn", "0001112223334")] = "somebody-else"
    before = len(await stage.accesses())
    two = await mobile.take(nomorkartu="0001112223334")
    nobody = await mobile.take(nik=STRANGER, nomorkartu="0001112223335")
    assert (two[0], nobody[0]) == (201, 202)
    told = {(a["person_id"], a["outcome"]) for a in (await stage.accesses())[before:]}
    assert told == {("somebody-else", "refused"), (PERSON, "refused"), (None, "refused")}
    for n in range(usecases.STRANGERS - 2):
        assert (await mobile.take(nik=STRANGER, nomorkartu=f"00011122{n:05}"))[0] == 202
    held = await stage.http.post("/antreanfktp/antrean", json=booking(stage), headers=mobile.headers)
    assert held.status_code == 429 and held.json()["metadata"]["code"] == 201
    path = f"/antreanfktp/antrean/sisapeserta/{CARD}/001/{tomorrow(stage)}"
    assert (await stage.http.get(path, headers=mobile.headers)).status_code == 429
    assert (await mobile.call("GET", f"/antrean/status/001/{tomorrow(stage)}"))[0] == 200


async def test_the_desk_takes_calls_and_cancels(stage: Stage) -> None:
    await opened(stage)
    stage.peers.persons |= {("nik", STRANGER): "p-2"}
    first = await stage.http.post("/v1/jkn/queue/tickets", json={"nik": NIK, "poli": "005"}, headers=DESK)
    assert first.status_code == 201, first.text
    second = await stage.http.post("/v1/jkn/queue/tickets", json={"nik": STRANGER, "poli": "005"}, headers=DESK)
    assert (second.json()["number"], second.json()["ahead"]) == ("C-2", 1)
    both = await asyncio.gather(
        *(stage.http.post("/v1/jkn/queue/next", json={"poli": "005"}, headers=DESK) for _ in range(2))
    )
    assert {a.json()["number"] for a in both} == {"C-1", "C-2"}
    assert (await stage.http.post("/v1/jkn/queue/next", json={"poli": "005"}, headers=DESK)).status_code == 404
    at = f"/v1/jkn/queue/tickets/{first.json()['ticket']}"
    assert (await stage.http.post(f"{at}/present", json={}, headers=DESK)).json()["state"] == "present"
    refused = await stage.http.post(f"{at}/cancel", json={"reason": "Pulang"}, headers=DESK)
    assert (refused.status_code, refused.json()["state"]) == (409, "present")
    other = f"/v1/jkn/queue/tickets/{second.json()['ticket']}"
    for verb, state in (("absent", "absent"), ("call", "called"), ("absent", "absent")):
        assert (await stage.http.post(f"{other}/{verb}", json={}, headers=DESK)).json()["state"] == state
    assert (await stage.http.post(f"{other}/cancel", json={}, headers=DESK)).status_code == 422
    assert (await stage.http.post(f"{other}/cancel", json={"reason": "Pulang"}, headers=DESK)).status_code == 200
    day = (await stage.http.get("/v1/jkn/queue", headers=DESK)).json()
    assert [(t["number"], t["state"], t["name"]) for t in day["tickets"]] == [
        ("C-1", "present", "Nama 1"), ("C-2", "cancelled", None),
    ]  # fmt: skip
    (urgent,) = [s for s in day["sessions"] if s["poli"] == "005"]
    assert (urgent["taken"], urgent["waiting"], urgent["called"]) == (1, 0, "C-1")
    elsewhere = token("puskesmas-staff", "K1410010201")
    assert (await stage.http.post(f"{at}/call", json={}, headers=elsewhere)).status_code == 404
    assert (await stage.http.get("/v1/jkn/queue", headers=elsewhere)).json()["tickets"] == []
    hidden = {"person_id": "p-9", "poli": "005"}
    assert (await stage.http.post("/v1/jkn/queue/tickets", json=hidden, headers=DESK)).status_code == 403
    assert [a["outcome"] for a in await stage.accesses() if a["person_id"] == "p-9"] == ["refused"]


async def test_a_member_registered_elsewhere_is_told_so_by_bpjs_own_word_only(stage: Stage) -> None:
    mobile = await opened(stage)
    await stage.ask({"nik": NIK})
    async with stage.app.state.service.db.transaction() as tx:
        await tx.execute("UPDATE member SET provider_code = '9914P003'")
    await stage.play("html-500")
    assert (await mobile.take())[0] == 200  # BPJS is silent: that is no statement
    await stage.heal()
    later = (stage.app.state.service.clock.today() + timedelta(days=2)).isoformat()
    stage.world.fix(NIK, Override(active=True, provider="9914P003"))
    refused = await mobile.take(tanggalperiksa=later)
    assert refused == (201, "Peserta Tidak Terdaftar di FKTP Ini", None)
    stage.world.fix(NIK, Override(active=True, provider="9914P001"))
    assert (await mobile.take(tanggalperiksa=later))[0] == 200  # BPJS has moved them here since


QUICK = {
    "outbox_slack": 0.1, "bpjs_write_timeout": 0.4, "outbox_quiet": 0.6, "outbox_pause": 0.05, "outbox_poll": 0.05,
}  # fmt: skip


async def at_bpjs(stage: Stage, ticket: str) -> tuple[str, list[tuple[str, str]]]:
    """How the delivery of a ticket stands once nothing is owed of it, and what the simulator holds."""
    rows: list[dict[str, Any]] = []
    for _ in range(400):
        rows = await stage.rows("SELECT state, wanted, sent FROM delivery WHERE subject = $1", ticket)
        if rows and rows[0]["state"] in ("delivered", "parked") and rows[0]["wanted"] == rows[0]["sent"]:
            break
        await asyncio.sleep(0.02)
    held = stage.world.store.all("SELECT number, state FROM ticket ORDER BY id")
    return rows[0]["state"], [(r["number"], r["state"]) for r in held]


async def test_bpjs_is_told_of_the_desks_tickets_once(database: str) -> None:
    async with staged(database, **QUICK) as stage:
        stage.peers.identifiers |= {PERSON: {"nik": NIK, "bpjs": CARD}, "p-2": {"nik": STRANGER}}
        stage.peers.persons |= {("nik", STRANGER): "p-2"}
        await opened(stage)
        await stage.play("dropped-after-success", path="/antrean/add", times=1)
        said = {"nik": NIK, "poli": "005"}
        first = (await stage.http.post("/v1/jkn/queue/tickets", json=said, headers=DESK)).json()
        assert await at_bpjs(stage, first["ticket"]) == ("delivered", [("C-1", "waiting")])
        at = f"/v1/jkn/queue/tickets/{first['ticket']}"
        for verb in ("call", "present"):
            assert (await stage.http.post(f"{at}/{verb}", json={}, headers=DESK)).status_code == 200
        assert await at_bpjs(stage, first["ticket"]) == ("delivered", [("C-1", "present")])
        said = {"nik": STRANGER, "poli": "005", "member": False}
        second = (await stage.http.post("/v1/jkn/queue/tickets", json=said, headers=DESK)).json()
        assert (await at_bpjs(stage, second["ticket"]))[1][1] == ("C-2", "waiting")
        at = f"/v1/jkn/queue/tickets/{second['ticket']}"
        assert (await stage.http.post(f"{at}/cancel", json={"reason": "Pulang"}, headers=DESK)).status_code == 200
        assert await at_bpjs(stage, second["ticket"]) == ("delivered", [("C-1", "present"), ("C-2", "cancelled")])
        day = (await stage.http.get("/v1/jkn/queue", headers=DESK)).json()
        assert {t["told"] for t in day["tickets"]} == {"delivered"}
        told = [a for a in await stage.accesses() if a["actor"] == "konektor-jkn"]
        assert {(a["person_id"], a["purpose"]) for a in told} == {(PERSON, "payment"), ("p-2", "payment")}
        kept = str(await stage.rows("SELECT * FROM delivery")) + str(await stage.rows("SELECT * FROM delivery_try"))
        assert CARD not in kept and NIK not in kept


async def test_a_member_without_a_card_on_record_waits_for_it(database: str) -> None:
    async with staged(database, **QUICK) as stage:
        await opened(stage)
        taken = await stage.http.post("/v1/jkn/queue/tickets", json={"nik": NIK, "poli": "005"}, headers=DESK)
        state, held = await at_bpjs(stage, taken.json()["ticket"])
        assert (state, held) == ("parked", [])
        (row,) = await stage.rows("SELECT because, message FROM delivery")
        assert (row["because"], "kartu JKN" in row["message"]) == ("gap", True)
