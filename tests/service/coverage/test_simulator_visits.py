"""The simulated PCare keeps visits as BPJS does: numbers, shapes, rules, and what it says when one is broken."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.coverage.bpjs.login import Login
from services.coverage.simulator.accounts import Account
from services.coverage.simulator.members import Override
from tests.service.coverage.bpjs_caller import (
    DAY,
    HERE,
    NIK,
    THERE,
    TODAY,
    Caller,
    card,
    entered,
    opened,
    referred,
    registration,
    visit,
    world,
)


async def test_a_visit_from_registration_to_history(caller: Caller) -> None:
    me = card(caller)
    told = await caller("POST", "/pendaftaran", registration(me, DAY))
    assert (told.status, told.code, told.message, told.sealed) == (201, 201, "CREATED", True)
    assert told.value == {"field": "noUrut", "message": "A1"}
    listed = (await caller("GET", f"/pendaftaran/tglDaftar/{DAY}/0/10")).value
    assert listed["count"] == 1
    assert {k: listed["list"][0][k] for k in ("noUrut", "tgldaftar", "kunjSakit", "status")} == {
        "noUrut": "A1", "tgldaftar": DAY, "kunjSakit": True, "status": "Belum dilayani",
    }  # fmt: skip
    assert listed["list"][0]["peserta"]["noKartu"] == me
    assert (await caller("GET", f"/pendaftaran/noUrut/A1/tglDaftar/{DAY}")).value == listed["list"][0]

    told = await caller("POST", "/kunjungan/v1", visit(me, DAY))
    assert told.code == 201
    assert told.value == [{"field": "noKunjungan", "message": "9914P0011126Y000001"}]
    history = (await caller("GET", f"/kunjungan/peserta/{me}")).value
    assert history["count"] == 1
    found = history["list"][0]
    assert (found["noKunjungan"], found["tglKunjungan"], found["tglPulang"]) == ("9914P0011126Y000001", DAY, DAY)
    assert found["providerPelayanan"]["kdProvider"] == HERE
    assert found["progProlanis"] is None
    world(caller).fix(NIK, Override(active=True, prolanis="HT"))
    again = (await caller("GET", f"/kunjungan/peserta/{me}")).value["list"][0]
    assert again["progProlanis"] == {"kdProgram": "02", "nmProgram": "Hipertensi"}
    assert (found["poli"]["kdPoli"], found["diagnosa1"]["kdDiag"], found["diagnosa2"]) == ("001", "J06.9", None)
    assert (found["sistole"], found["suhu"], found["tkp"]["kdTkp"]) == (120, "36.5", "10")
    assert found["statusPulang"] == {"kdStatusPulang": "3", "nmStatusPulang": "Berobat Jalan"}


async def test_a_visit_is_changed_and_deleted_with_its_number(caller: Caller) -> None:
    number = await entered(caller)
    changed = visit(card(caller), DAY, noKunjungan=number, kdDiag1="I10", sistole=150)
    told = await caller("PUT", "/kunjungan/V1", changed)
    assert (told.code, told.value) == (200, [{"field": "noKunjungan", "message": number}])
    found = (await caller("GET", f"/kunjungan/peserta/{card(caller)}")).value["list"][0]
    assert (found["diagnosa1"]["kdDiag"], found["sistole"]) == ("I10", 150)
    other_day = changed | {"tglDaftar": "20-11-2026"}
    assert "noKunjungan" in (await caller("PUT", "/kunjungan/V1", other_day)).faults
    assert (await caller("DELETE", f"/kunjungan/{number}")).code == 200
    assert (await caller("DELETE", f"/kunjungan/{number}")).code == 404
    assert (await caller("GET", f"/kunjungan/peserta/{card(caller)}")).value == {"count": 0, "list": []}


async def test_numbers_are_never_given_twice(caller: Caller) -> None:
    first = await entered(caller)
    await caller("DELETE", f"/kunjungan/{first}")
    again = await caller("POST", "/kunjungan/V1", visit(card(caller), DAY))
    assert again.value[0]["message"] == "9914P0011126Y000002" != first


async def test_a_served_registration_stays_until_its_visit_goes(caller: Caller) -> None:
    me, number = card(caller), await entered(caller)
    path = f"/pendaftaran/peserta/{me}/tglDaftar/{DAY}/noUrut/A1/kdPoli/001"
    assert (await caller("DELETE", path)).faults == {"noUrut": "Pendaftaran sudah dilayani, tidak dapat dihapus."}
    await caller("DELETE", f"/kunjungan/{number}")
    assert (await caller("DELETE", path)).code == 200
    assert (await caller("DELETE", path)).code == 404
    assert (await caller("POST", "/pendaftaran", registration(me, DAY))).value["message"] == "A2"


async def test_one_per_member_poli_and_day(caller: Caller) -> None:
    await entered(caller)
    said = {"noKartu": "Peserta sudah di-entri di poli yang sama pada hari yang sama."}
    told = await caller("POST", "/pendaftaran", registration(card(caller), DAY))
    assert (told.faults, told.sealed, told.message) == (said, False, "PRECONDITION_FAILED")
    assert (await caller("POST", "/kunjungan/V1", visit(card(caller), DAY))).faults == said
    elsewhere = registration(card(caller), DAY, kdPoli="021", kunjSakit=False, kdTkp="50")
    assert (await caller("POST", "/pendaftaran", elsewhere)).code == 201
    healthy = visit(card(caller), DAY, kdPoli="021", kdDiag1="Z00.0")
    assert (await caller("POST", "/kunjungan/V1", healthy)).value[0]["message"] == "9914P0011126P000001"


async def test_no_visit_without_that_days_registration(caller: Caller) -> None:
    told = await caller("POST", "/kunjungan/V1", visit(card(caller), DAY))
    assert told.faults == {"kdPoli": "Belum melakukan pendaftaran pada poli tersebut."}
    await caller("POST", "/pendaftaran", registration(card(caller), "20-11-2026"))
    assert "kdPoli" in (await caller("POST", "/kunjungan/V1", visit(card(caller), DAY))).faults


WRONG_REGISTRATIONS = [
    ({"noKartu": "123"}, "noKartu"), ({"noKartu": "9999999999999"}, "noKartu"),
    ({"tglDaftar": "22-11-2026"}, "tglDaftar"), ({"tglDaftar": "2026-11-21"}, "tglDaftar"),
    ({"tglDaftar": "31-02-2026"}, "tglDaftar"), ({"kdPoli": "777"}, "kdPoli"),
    ({"kunjSakit": False}, "kunjSakit"), ({"kdPoli": "020"}, "kunjSakit"), ({"kunjSakit": "ya"}, "kunjSakit"),
    ({"kdTkp": "99"}, "kdTkp"), ({"sistole": "120"}, "sistole"), ({"kdProviderPeserta": None}, "kdProviderPeserta"),
]  # fmt: skip


@pytest.mark.parametrize(("wrong", "field"), WRONG_REGISTRATIONS, ids=str)
async def test_what_a_registration_may_not_say(caller: Caller, wrong: dict[str, Any], field: str) -> None:
    told = await caller("POST", "/pendaftaran", registration(card(caller), DAY) | wrong)
    assert list(told.faults) == [field]
    assert (await caller("GET", f"/pendaftaran/tglDaftar/{DAY}/0/10")).value == {"count": 0, "list": []}


WRONG_VISITS = [
    ({"kdSadar": "09"}, "kdSadar"), ({"kdStatusPulang": "7"}, "kdStatusPulang"), ({"kdDokter": "1"}, "kdDokter"),
    ({"kdDiag1": None}, "kdDiag1"), ({"kdDiag2": "K29.66"}, "kdDiag2"), ({"kdPrognosa": "99"}, "kdPrognosa"),
    ({"alergiObat": "55"}, "alergiObat"), ({"suhu": "panas"}, "suhu"), ({"tglPulang": "20-11-2026"}, "tglPulang"),
    ({"kdTacc": 7}, "kdTacc"), ({"kdTacc": 1, "alasanTacc": "lama"}, "alasanTacc"),
    ({"kdStatusPulang": "4"}, "rujukLanjut"), ({"kdStatusPulang": "5"}, "kdPoliRujukInternal"),
]  # fmt: skip


@pytest.mark.parametrize(("wrong", "field"), WRONG_VISITS, ids=str)
async def test_what_a_visit_may_not_say(caller: Caller, wrong: dict[str, Any], field: str) -> None:
    await caller("POST", "/pendaftaran", registration(card(caller), DAY))
    told = await caller("POST", "/kunjungan/V1", visit(card(caller), DAY) | wrong)
    assert list(told.faults) == [field]
    assert (await caller("GET", f"/kunjungan/peserta/{card(caller)}")).value["count"] == 0


async def test_a_referral_has_the_visits_number_and_ninety_days(caller: Caller) -> None:
    number = await entered(caller, **{k: referred("", DAY)[k] for k in ("kdStatusPulang", "kdDiag1", "rujukLanjut",
                                                                        "kdTacc", "alasanTacc")})  # fmt: skip
    found = (await caller("GET", f"/kunjungan/rujukan/{number}")).value
    assert found["noRujukan"] == number
    assert found["ppk"]["kdPPK"] == HERE and found["ppk"]["kc"]["dati"]["nmDati"]
    assert found["ppkRujuk"]["kdPPK"] == "0101R001"
    assert (found["tglEstRujuk"], found["tglAkhirRujuk"]) == (DAY, f"{TODAY + timedelta(89):%d-%m-%Y}")
    assert found["tacc"] == {"kdTacc": 1, "nmTacc": "Time", "alasanTacc": ">= 7 Hari"}
    assert (found["nokaPst"], found["diag1"]["kdDiag"], found["diag2"]) == (card(caller), "K29.6", None)
    plain = await caller("POST", "/pendaftaran", registration(card(caller), DAY, kdPoli="002"))
    assert plain.code == 201
    other = (await caller("POST", "/kunjungan/V1", visit(card(caller), DAY, kdPoli="002"))).value[0]["message"]
    assert (await caller("GET", f"/kunjungan/rujukan/{other}")).code == 404


SPECIAL = {"tglEstRujuk": DAY, "kdppk": "0101R001", "subSpesialis": None}
WRONG_REFERRALS = [
    ({"kdTacc": -1, "alasanTacc": None}, "kdTacc"), ({"kdTacc": 0, "alasanTacc": None}, "kdTacc"),
    ({"kdTacc": 2}, "alasanTacc"), ({"kdTacc": 3, "alasanTacc": "parah"}, "alasanTacc"),
    ({"rujukLanjut": None}, "rujukLanjut"), ({"kdStatusPulang": "3"}, "kdStatusPulang"),
    ({"rujukLanjut": SPECIAL | {"khusus": None}}, "subSpesialis"), ({"rujukLanjut": SPECIAL | {"kdppk": "null",
     "khusus": {"kdKhusus": "HDL", "kdSubSpesialis": None, "catatan": "x"}}}, "kdppk"),
    ({"rujukLanjut": SPECIAL | {"khusus": {"kdKhusus": "THA", "kdSubSpesialis": None, "catatan": "x"}}},
     "kdSubSpesialis"),
    ({"rujukLanjut": SPECIAL | {"tglEstRujuk": "01-11-2026",
      "khusus": {"kdKhusus": "HDL", "kdSubSpesialis": None, "catatan": "x"}}}, "tglEstRujuk"),
]  # fmt: skip


@pytest.mark.parametrize(("wrong", "field"), WRONG_REFERRALS, ids=str)
async def test_what_a_referral_may_not_say(caller: Caller, wrong: dict[str, Any], field: str) -> None:
    await caller("POST", "/pendaftaran", registration(card(caller), DAY))
    told = await caller("POST", "/kunjungan/V1", referred(card(caller), DAY) | wrong)
    assert list(told.faults) == [field]


@pytest.mark.parametrize(
    "right",
    [
        {},
        {"kdDiag1": "I21.9", "kdTacc": -1, "alasanTacc": None},
        {"kdTacc": 3, "alasanTacc": "E11.2 - Komplikasi ginjal"},
        {"kdTacc": 2, "alasanTacc": ">= 55 Tahun"},
        {"rujukLanjut": SPECIAL | {"khusus": {"kdKhusus": "HDL", "kdSubSpesialis": None, "catatan": "rutin"}}},
        {"rujukLanjut": SPECIAL | {"khusus": {"kdKhusus": "THA", "kdSubSpesialis": "3", "catatan": "rutin"}}},
    ],
    ids=str,
)
async def test_what_a_referral_may_say(caller: Caller, right: dict[str, Any]) -> None:
    await caller("POST", "/pendaftaran", registration(card(caller), DAY))
    assert (await caller("POST", "/kunjungan/V1", referred(card(caller), DAY) | right)).code == 201


async def test_facilities_see_and_touch_their_own(caller: Caller) -> None:
    number = await entered(caller)
    there = Caller(caller.app, world(caller).settings.login(THERE))
    assert (await there("GET", f"/pendaftaran/tglDaftar/{DAY}/0/10")).value["count"] == 0
    assert (await there("DELETE", f"/kunjungan/{number}")).code == 404
    assert (await there("GET", f"/kunjungan/rujukan/{number}")).code == 404
    assert (await there("GET", f"/kunjungan/peserta/{card(caller)}")).value["count"] == 1  # the history is everybody's
    assert (await there("POST", "/pendaftaran", registration(card(caller), DAY))).value["message"] == "A1"


async def test_an_account_of_its_own(caller: Caller) -> None:
    own = Account(
        cons_id="77001", secret="of-its-own", user_key="key-pcare", user_keys={"antrean": "key-antrean"},
        username="pkm", password="Rahasia#1", provider=THERE, services=("pcare",),
    )  # fmt: skip
    world(caller).accounts.open(own)
    login = Login(own.cons_id, own.secret, own.user_key, own.username, own.password)
    there = Caller(caller.app, login)
    told = await there("POST", "/pendaftaran", registration(card(caller), DAY))
    assert told.code == 201
    found = (await there("GET", f"/pendaftaran/tglDaftar/{DAY}/0/10")).value["list"][0]
    assert found["providerPelayanan"]["kdProvider"] == THERE
    world(caller).accounts.open(own.model_copy(update={"expired": True}))
    told = await there("GET", f"/peserta/{card(caller)}")
    assert (told.code, told.message) == (401, "Unauthorized! Consumer ID is expired!")
    world(caller).accounts.close(own.cons_id)
    assert (await there("GET", f"/peserta/{card(caller)}")).code == 404


async def test_accounts_are_opened_at_the_desk(lasting: Caller, tmp_path: Path) -> None:
    desk = httpx.AsyncClient(transport=httpx.ASGITransport(lasting.app), base_url="http://127.0.0.1/_control")
    made = (await desk.post("/accounts", json={"provider": THERE})).json()
    secret = [made[k] for k in ("secret", "user_key", "password")]
    login = Login(made["cons_id"], *secret[:2], made["username"], secret[2])
    there = Caller(lasting.app, login)
    assert (await there("POST", "/pendaftaran", registration(card(lasting), DAY))).code == 201
    assert (await Caller(lasting.app, login, "/vclaim-rest")("GET", "/Rujukan/1")).code == "404"  # not entitled
    listed = await desk.get("/accounts")
    assert [a["provider"] for a in listed.json()] == [THERE]
    assert not any(s in listed.text for s in secret)
    assert (await desk.patch(f"/accounts/{made['cons_id']}", json={"password": "baru"})).status_code == 204
    told = await there("GET", f"/peserta/{card(lasting)}")
    assert (told.code, told.message) == (401, "Username atau password tidak sesuai atau sudah kedaluwarsa")
    world(lasting).close()
    again = Caller(opened(tmp_path).app, replace(login, password="baru"))
    assert (await again("GET", f"/pendaftaran/tglDaftar/{DAY}/0/9")).value["count"] == 1
    world(again).close()
    assert (await desk.delete("/accounts/unknown")).status_code == 404


async def test_the_old_address_is_unknown_but_for_old_accounts(caller: Caller) -> None:
    await caller("POST", "/pendaftaran", registration(card(caller), DAY))
    told = await caller("POST", "/kunjungan", visit(card(caller), DAY))
    assert (told.code, told.message) == (404, "Unauthorized! You are not registered for this service!")
    own = world(caller).accounts.of(caller.login.cons_id)
    assert own
    world(caller).accounts.open(own.model_copy(update={"old_style": True}))
    told = await caller("POST", "/kunjungan", visit(card(caller), DAY))
    assert told.value == {"field": "noKunjungan", "message": "9914P0011126Y000001"}


async def test_the_state_survives_a_restart(lasting: Caller, tmp_path: Path) -> None:
    number = await entered(lasting)
    stranger = next(n for i in range(50) if (world(lasting).by_nik(n := f"320101150190{i:04d}")))
    world(lasting).fix(stranger, Override(active=False, name="LAIN"))
    world(lasting).close()
    again = opened(tmp_path)
    found = (await again("GET", f"/kunjungan/peserta/{card(again)}")).value["list"]
    assert [v["noKunjungan"] for v in found] == [number]
    kept = world(again).by_nik(stranger)
    assert kept and (kept["aktif"], kept["nama"]) == (False, "LAIN")
    assert world(again).by_card(kept["noKartu"]) == kept
    assert (await again("POST", "/pendaftaran", registration(card(again), "20-11-2026"))).code == 201
    told = await again("POST", "/kunjungan/V1", visit(card(again), "20-11-2026"))
    assert told.value[0]["message"] == "9914P0011126Y000002"
    world(again).close()


async def test_the_body_is_json_whatever_it_is_called(caller: Caller) -> None:
    day = 1
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/json", "Application/xml; x=y"):
        body = registration(card(caller), f"{day:02d}-11-2026")
        assert (await caller("POST", "/pendaftaran", body, **{"content-type": kind})).code == 201
        day += 1
    assert (await caller("POST", "/pendaftaran", [])).code == 400
    assert re.match("BAD_REQUEST", (await caller("POST", "/pendaftaran")).message)


@pytest.mark.parametrize(
    ("start", "limit", "code", "message"),
    [("-1", "10", 400, "StartIndex cannot be less than zero"), ("0", "0", 400, ""), ("x", "1", 400, "")],
)
async def test_paging(caller: Caller, start: str, limit: str, code: int, message: str) -> None:
    told = await caller("GET", f"/pendaftaran/tglDaftar/{DAY}/{start}/{limit}")
    assert told.code == code and message in told.message


async def test_pages_of_a_days_list(caller: Caller) -> None:
    people = [f"141001410790{8000 + i}" for i in range(7)]
    for nik in people:
        found = world(caller).by_nik(nik)
        assert found
        assert (await caller("POST", "/pendaftaran", registration(found["noKartu"], DAY))).code == 201
    pages = [(await caller("GET", f"/pendaftaran/tglDaftar/{DAY}/{s}/3")).value for s in (0, 3, 6, 9)]
    assert [[r["noUrut"] for r in p["list"]] for p in pages] == [["A1", "A2", "A3"], ["A4", "A5", "A6"], ["A7"], []]
    assert {p["count"] for p in pages} == {7}


async def test_an_inactive_member_is_not_registered(caller: Caller) -> None:
    world(caller).fix(NIK, Override(active=False))
    told = await caller("POST", "/pendaftaran", registration(card(caller), DAY))
    assert told.faults == {"noKartu": "Peserta tidak aktif."}
