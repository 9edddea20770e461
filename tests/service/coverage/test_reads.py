"""What is read of BPJS over a facility's line: code lists, VClaim, iCare."""

import logging
from datetime import timedelta
from typing import Any

import httpx
import pytest

from services.coverage.bpjs import answers
from services.coverage.bpjs.outcomes import Said
from services.coverage.bpjs.signed import dmy
from services.coverage.bpjs.wire import BpjsService
from services.coverage.simulator.members import Override
from services.coverage.usecases.lines import line_of
from tests.service.coverage.jkn_stage import NIK, PERSON, STRANGER, Stage, token

HERE, ELSEWHERE = "P1410010101", "K1410010201"
CLINIC = token("clinic-system", HERE)


async def listed(stage: Stage, kind: str, **asked: Any) -> httpx.Response:
    return await stage.http.get(f"/v1/jkn/references/{kind}", params=asked, headers=CLINIC)


LISTS: list[tuple[str, dict[str, Any]]] = [
    ("diagnosis", {"q": "K29"}), ("doctor", {}), ("poli", {}), ("provider", {}), ("consciousness", {}),
    ("prognosis", {}), ("discharge", {}), ("discharge", {"of": "inpatient"}), ("allergy", {"of": "01"}),
    ("specialist", {}), ("means", {}), ("special", {}), ("medicine", {"q": "para"}), ("procedure", {"of": "10"}),
    ("club", {"of": "01"}),
]  # fmt: skip


async def test_every_list_is_read_with_code_and_name(stage: Stage) -> None:
    for kind, asked in LISTS:
        answer = await listed(stage, kind, **asked)
        assert answer.status_code == 200, (kind, answer.text)
        told = answer.json()
        assert told["count"] >= len(told["items"]) > 0 and told["trouble"] is None, kind
        assert all(i["code"] and i["name"] for i in told["items"]), kind


async def test_lists_that_hang_on_another(stage: Stage) -> None:
    specialist = (await listed(stage, "specialist")).json()["items"][0]["code"]
    sub = (await listed(stage, "subspecialist", of=specialist)).json()["items"][0]["code"]
    means = (await listed(stage, "means")).json()["items"][0]["code"]
    targets = await listed(stage, "referral-target", of=sub, means=means)
    assert targets.status_code == 200, targets.text
    today = stage.world.today()
    monday = {"day": str(today + timedelta(days=7 - today.weekday()))}
    poli = (await listed(stage, "queue-poli", **monday)).json()["items"][0]["code"]
    assert (await listed(stage, "queue-doctor", of=poli, **monday)).status_code == 200


async def test_a_list_is_asked_once_for_a_while_and_by_line(stage: Stage) -> None:
    before = stage.world.asked
    first = (await listed(stage, "poli")).json()
    again = (await listed(stage, "poli")).json()
    assert again["fetched_at"] == first["fetched_at"]
    assert stage.world.asked == before + 1
    elsewhere = token("clinic-system", ELSEWHERE)
    assert (await stage.http.get("/v1/jkn/references/poli", headers=elsewhere)).status_code == 200
    assert stage.world.asked == before + 2


async def test_an_old_list_stands_with_its_age_while_bpjs_is_silent(stage: Stage) -> None:
    stage.app.state.service.settings.reference_fresh = 0.0
    first = (await listed(stage, "poli")).json()
    await stage.play("html-500")
    old = (await listed(stage, "poli")).json()
    assert (old["items"], old["trouble"], old["fetched_at"]) == (first["items"], "not-json", first["fetched_at"])
    never = await listed(stage, "doctor")
    assert (never.status_code, never.json()["trouble"]) == (503, "not-json")
    assert never.headers["retry-after"]


async def test_a_refused_sign_in_holds_the_line_and_gives_no_old_list(stage: Stage) -> None:
    stage.app.state.service.settings.reference_fresh = 0.0
    await listed(stage, "poli")
    await stage.play("password-401")
    assert (await listed(stage, "poli")).status_code == 409
    asked = stage.world.asked
    held = await listed(stage, "poli")
    assert held.status_code == 409 and "kata sandi" in held.json()["detail"]
    assert stage.world.asked == asked


async def test_what_a_list_needs(stage: Stage) -> None:
    lacking = [("diagnosis", {}, 422), ("subspecialist", {}, 422), ("unheard", {}, 422)]
    for kind, asked, status in [*lacking, ("poli", {"facility": ELSEWHERE}, 403)]:
        assert (await listed(stage, kind, **asked)).status_code == status


async def test_an_office_names_a_facility(stage: Stage) -> None:
    office = token("dinkes-admin", None)
    assert (await stage.http.get("/v1/jkn/references/poli", headers=office)).status_code == 422
    named = await stage.http.get(f"/v1/jkn/references/poli?facility={HERE}", headers=office)
    assert named.json()["facility"] == HERE
    uncoded = await stage.http.get("/v1/jkn/references/poli?facility=D1410010301", headers=office)
    assert uncoded.status_code == 409 and "PUT /v1/jkn/lines" in uncoded.json()["detail"]


async def vclaim(stage: Stage, what: str, asked: dict[str, Any], **kw: Any) -> httpx.Response:
    return await stage.http.post(f"/v1/jkn/vclaim/{what}", json=asked, headers=kw.get("headers", CLINIC))


async def test_a_member_by_vclaim(stage: Stage) -> None:
    answer = await vclaim(stage, "member", {"nik": NIK})
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["active"], told["person_id"], told["registered_facility"]["code"]) == (True, PERSON, "9914P001")
    by_person = (await vclaim(stage, "member", {"person_id": PERSON})).json()
    assert by_person == told
    found = stage.world.by_nik(NIK)
    assert found and not any(found[n] in answer.text for n in ("nama", "noKartu", "noKTP"))
    stage.world.fix(NIK, Override(active=False))
    assert (await vclaim(stage, "member", {"nik": NIK})).json()["active"] is False
    rows = await stage.accesses()
    assert [(r["what"], r["person_id"], r["purpose"]) for r in rows[:2]] == [
        ("JKN/vclaim/member", PERSON, "registration"), ("JKN/vclaim/member", PERSON, "TREAT"),
    ]  # fmt: skip


async def test_vclaim_refusals_and_silence(stage: Stage) -> None:
    stage.world.fix(STRANGER, Override(registered=False))
    nobody = await vclaim(stage, "member", {"nik": STRANGER})
    assert nobody.status_code == 404 and "Tidak Ditemukan" in nobody.json()["detail"]
    stage.peers.visible.clear()
    assert (await vclaim(stage, "member", {"person_id": PERSON})).status_code == 403
    await stage.play("timeout", seconds=2)
    silent = await vclaim(stage, "member", {"nik": NIK})
    assert (silent.status_code, silent.json()["trouble"]) == (503, "timeout")
    assert "alamat IP yang didaftarkan" in silent.json()["detail"]


async def referred(stage: Stage) -> str:
    """A referral that the facility's own visit made at BPJS; its number."""
    line = await line_of(stage.app.state.service, HERE, BpjsService.PCARE)
    found, today = stage.world.by_nik(NIK), stage.world.today()
    assert line and found
    vitals = {"sistole": 120, "diastole": 80, "beratBadan": 60, "tinggiBadan": 165, "respRate": 20, "heartRate": 80,
              "lingkarPerut": 80}  # fmt: skip
    common = {"noKartu": found["noKartu"], "tglDaftar": dmy(today), "kdPoli": "001", "keluhan": "nyeri ulu hati"}
    said = await line.pcare.register(
        common | vitals | {"kdProviderPeserta": "9914P001", "kunjSakit": True, "rujukBalik": 0, "kdTkp": "10"}
    )
    assert isinstance(said, Said), said
    doctor = (await listed(stage, "doctor")).json()["items"][0]["code"]
    sub = (await listed(stage, "specialist")).json()["items"][0]["code"]
    sub = (await listed(stage, "subspecialist", of=sub)).json()["items"][0]["code"]
    onward = {
        "tglEstRujuk": dmy(today + timedelta(days=1)), "kdppk": "9914R001",
        "subSpesialis": {"kdSubSpesialis1": sub, "kdSarana": "1"}, "khusus": None,
    }  # fmt: skip
    targets = (await listed(stage, "referral-target", of=sub, means="1", day=str(today + timedelta(days=1)))).json()
    onward["kdppk"] = targets["items"][0]["code"]
    said = await line.pcare.add_visit(
        common | vitals | {
            "noKunjungan": None, "kdSadar": "01", "suhu": "36.5", "kdStatusPulang": "4", "tglPulang": dmy(today),
            "kdDokter": doctor, "kdDiag1": "I25.1", "kdDiag2": None, "kdDiag3": None, "kdPoliRujukInternal": None,
            "rujukLanjut": onward, "kdTacc": -1, "alasanTacc": None, "anamnesa": "x", "alergiMakan": "00",
            "alergiUdara": "00", "alergiObat": "00", "kdPrognosa": "01", "terapiObat": "x", "terapiNonObat": "x",
            "bmhp": "x",
        }
    )  # fmt: skip
    assert isinstance(said, Said), getattr(said, "fields", said)
    number = answers.number(said, "noKunjungan")
    assert number
    return number


async def test_a_referral_by_vclaim_is_its_senders_or_of_who_knows_the_person(stage: Stage) -> None:
    number = await referred(stage)
    found = stage.world.by_nik(NIK)
    assert found
    stage.peers.persons["jkn", found["noKartu"]] = PERSON
    path = f"/v1/jkn/vclaim/referrals?number={number}"
    (own,) = (await stage.http.get(path, headers=CLINIC)).json()["referrals"]
    assert (own["number"], own["person_id"], own["referred_by"]["code"]) == (number, PERSON, "9914P001")
    elsewhere = token("clinic-system", ELSEWHERE)
    assert (await stage.http.get(path, headers=elsewhere)).status_code == 200
    stage.peers.visible.clear()
    hidden = await stage.http.get(path, headers=elsewhere)
    unknown = await stage.http.get(f"{path[:-1]}X", headers=elsewhere)
    assert hidden.json() == unknown.json() == {"referrals": []}
    assert (await stage.accesses())[-1]["outcome"] == "refused"
    uses = (await stage.http.get(f"/v1/jkn/vclaim/referrals/{number}/uses", headers=CLINIC)).json()
    assert (uses["count"], uses["used"]) == (0, False)
    several = (await vclaim(stage, "referrals", {"nik": NIK})).json()["referrals"]
    assert [r["number"] for r in several] == [number]
    assert (await vclaim(stage, "referrals", {"nik": NIK, "origin": "hospital"})).json()["referrals"] == []
    assert found["noKartu"] not in str(own) + str(several) and found["nama"] not in str(own) + str(several)


async def test_back_referral_letters(stage: Stage) -> None:
    days = {"from": "2026-11-01", "to": "2026-11-30"}
    answer = await stage.http.get("/v1/jkn/vclaim/prb", params=days, headers=CLINIC)
    assert (answer.status_code, answer.json()) == (200, {"letters": []})
    wrong = await stage.http.get(
        "/v1/jkn/vclaim/prb", params={"from": "2026-11-30", "to": "2026-11-01"}, headers=CLINIC
    )
    assert wrong.json()["errors"][0]["pointer"] == "/to"
    one = await stage.http.get("/v1/jkn/vclaim/prb/70000001?sep=9914R0001126V000001", headers=CLINIC)
    assert one.json() == {"letters": []}


async def test_an_icare_link_is_for_who_treats_the_person(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    clinician = token("clinician", HERE)
    answer = await stage.http.post("/v1/jkn/icare", json={"person_id": PERSON}, headers=clinician)
    assert answer.status_code == 200, answer.text
    url = answer.json()["url"]
    assert "token=" in url and answer.headers["cache-control"] == "no-store"
    assert url.rsplit("=")[-1] not in caplog.text
    assert (await stage.accesses())[-1]["what"] == "JKN/icare"
    stage.peers.visible.clear()
    refused = await stage.http.post("/v1/jkn/icare", json={"person_id": PERSON}, headers=clinician)
    assert refused.status_code == 403
    admin = await stage.http.post("/v1/jkn/icare", json={"person_id": PERSON}, headers=token("facility-admin", HERE))
    assert admin.status_code == 403
