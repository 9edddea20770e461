"""The simulated pilot path: criteria of a diagnosis, candidates with both codes, a referral with all its numbers."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from services.coverage.simulator.app import build
from services.coverage.simulator.faults import Fault, Moment, Play
from services.coverage.simulator.members import Override
from services.coverage.simulator.settings import SimulatorSettings
from tests.service.coverage.bpjs_caller import HERE, Caller, referred, registration

NIK, DAY = "1410014107900001", "21-11-2026"
UUID = "9aec5072-38bf-4ab1-b411-33d2c213784e"
AREA = {"kodePropinsi": "14", "namaPropinsi": "RIAU", "kodeKabupaten": "1410", "namaKabupaten": "KEPULAUAN MERANTI"}
ASKED = {"kodeFaskesSatuSehat": "100006775", "kodeDiagnosa": "K29.6", "encounter": {"reference": f"Encounter/{UUID}"}}


@pytest.fixture
def sides(tmp_path: Path) -> Iterator[tuple[Caller, Caller, str]]:
    """One facility at PCare and at the pilot path, and a member's card."""
    settings = SimulatorSettings(today=date(2026, 11, 21), state=tmp_path)
    app = build(settings)
    app.state.world.fix(NIK, Override(active=True))
    card = app.state.world.by_nik(NIK)["noKartu"]
    login = settings.login(HERE)
    yield Caller(app, login), Caller(app, login, "/pcare-sisrute-rest/api/v1.0"), card
    app.state.world.close()


async def criterion(srbk: Caller, kind: str = "Terapi", **asked: Any) -> dict[str, Any]:
    told = await srbk("POST", "/Sisrute/GetKriteriaRujukan", ASKED | asked)
    assert told.code == 200, told.message
    found = next(c for c in told.value["kriteriaRujukan"] if c["text"] == kind)
    answer = {"valueBoolean": True} if found["type"] == "boolean" else {"valueString": "44.13"}
    return {"linkId": found["linkId"], "text": kind, "answer": [answer]}


def wish(*items: dict[str, Any], **other: Any) -> dict[str, Any]:
    return ASKED | {
        "kodeSubSpesialis": "3", "kodeSarana": "", "estimasiRujuk": DAY, "kriteriaRujukan": {"item": list(items)},
        "codeJejaringWilayah": AREA, **other,
    }  # fmt: skip


async def referral(srbk: Caller, card: str, **ours: Any) -> dict[str, Any]:
    """A visit that refers by competency to the first candidate."""
    item = await criterion(srbk)
    target = (await srbk("POST", "/Sisrute/GetFaskesRujukan", wish(item))).value["list"][0]
    onward = {
        "tglEstRujuk": DAY, "kdppk": target["kdppk"], "subSpesialis": {"kdSubSpesialis1": "3", "kdSarana": ""},
        "khusus": None,
    }  # fmt: skip
    theirs = {
        "kodeFaskesSatuSehat": "100006775", "idPasienSatuSehat": "P20396196444", "kdDokterSatuSehat": "10010886691",
        "kdppkSatuSehatTujuanRujukan": target["kodeFaskesSatuSehat"].removeprefix("Organization/"),
        "encounter": {"reference": UUID}, "patientInstruction": "Rujukan", "keteranganRujukan": "Rujukan",
        "kriteriaRujukan": {"item": [item]}, "codeJejaringWilayah": AREA, **ours,
    }  # fmt: skip
    return referred(card, DAY, rujukLanjut=onward, satuSehatRujukan=theirs)


async def test_criteria_belong_to_one_diagnosis(sides: tuple[Caller, Caller, str]) -> None:
    srbk = sides[1]
    told = await srbk("POST", "/Sisrute/GetKriteriaRujukan", ASKED)
    assert (told.status, told.code, told.sealed) == (200, 200, True)
    assert [c["text"] for c in told.value["kriteriaRujukan"]] == ["Terapi", "Tindakan Medis", "Upaya Diagnosis"]
    provinces = told.value["JejaringWilayah"][0]["item"][0]["answerOption"]
    assert {"14": "RIAU"}.items() <= {p["valueCoding"]["code"]: p["valueCoding"]["display"] for p in provinces}.items()
    assert (await criterion(srbk))["linkId"] != (await criterion(srbk, kodeDiagnosa="I11.9"))["linkId"]
    general = await srbk("POST", "/Sisrute/GetKriteriaRujukan", ASKED | {"kodeDiagnosa": "A02"})
    assert (general.status, general.code) == (400, 400)
    assert "tidak mengandung Kriteria" in general.message
    bare = ASKED | {"encounter": {"reference": UUID}}
    assert (await srbk("POST", "/Sisrute/GetKriteriaRujukan", bare)).code == 400


async def test_candidates_have_both_codes(sides: tuple[Caller, Caller, str]) -> None:
    srbk = sides[1]
    item, other = await criterion(srbk), await criterion(srbk, "Tindakan Medis")
    told = await srbk("POST", "/Sisrute/GetFaskesRujukan", wish(other))
    assert told.value["count"] == len(told.value["list"]) >= 3
    assert all(t["kodeFaskesSatuSehat"].startswith("Organization/") for t in told.value["list"])
    assert any(t["distance"] == 1.79e308 for t in told.value["list"])
    assert any(t["kdppk"] == "null" for t in told.value["list"])
    for bad, words in (
        (wish(item, other), "salah satu"),
        (wish(), "salah satu"),
        (wish(item | {"linkId": "1"}), "linkId"),
        (wish(other | {"answer": [{"valueString": "x"}]}), "ICD-9-CM"),
        (wish(item, codeJejaringWilayah=AREA | {"kodePropinsi": "1410"}), "2 digit"),
        (wish(item, codeJejaringWilayah=AREA | {"kodePropinsi": "31"}), "Tidak ditemukan"),
        (wish(item, estimasiRujuk="2026-11-21"), "estimasiRujuk"),
        (wish(item, kodeSubSpesialis="999"), "kodeSubSpesialis"),
    ):
        refused = await srbk("POST", "/Sisrute/GetFaskesRujukan", bad)
        assert refused.code == 400
        assert words in refused.message


async def test_a_referral_gets_all_its_numbers_and_goes_with_its_registration(
    sides: tuple[Caller, Caller, str],
) -> None:
    pcare, srbk, card = sides
    unregistered = await srbk("POST", "/Sisrute/postKunjungan", await referral(srbk, card))
    assert (unregistered.code, unregistered.message) == (400, "Pendaftaran tidak valid")
    assert (await pcare("POST", "/pendaftaran", registration(card, DAY))).code == 201
    for bad, words in (({"encounter": {"reference": f"Encounter/{UUID}"}}, "Encounter/Encounter/"),
                       ({"kdppkSatuSehatTujuanRujukan": "100000001"}, "tidak sesuai dengan PPK")):  # fmt: skip
        refused = await srbk("POST", "/Sisrute/postKunjungan", await referral(srbk, card, **bad))
        assert words in refused.message
    made = await srbk("POST", "/Sisrute/postKunjungan", await referral(srbk, card))
    assert made.code == 201, made.message
    assert set(made.value) == {"noKunjungan", "serviceRequestId", "noRujukanSatuSehat"}
    number = made.value["noKunjungan"]
    assert (await pcare("GET", f"/kunjungan/rujukan/{number}")).value["noRujukan"] == number
    again = await srbk("POST", "/Sisrute/postKunjungan", await referral(srbk, card))
    assert again.faults == {"noKartu": "Peserta sudah di-entri di poli yang sama pada hari yang sama."}

    assert (await srbk("DELETE", "/Sisrute/deleteKunjungan", {"noKunjungan": number})).code == 200
    assert (await pcare("GET", f"/pendaftaran/tglDaftar/{DAY}/0/10")).value["count"] == 0
    assert (await srbk("DELETE", "/Sisrute/deleteKunjungan", {"noKunjungan": number})).code == 400


@pytest.mark.parametrize(("moment", "kept"), [(None, 1), (Moment.BEFORE, 0)])
async def test_the_number_fails_after_success_or_before(
    sides: tuple[Caller, Caller, str], moment: Moment | None, kept: int
) -> None:
    pcare, srbk, card = sides
    assert (await pcare("POST", "/pendaftaran", registration(card, DAY))).code == 201
    body = await referral(srbk, card)
    srbk.app.state.world.plays.start(Play(fault=Fault.SATUSEHAT_NUMBER_FAILED, moment=moment, times=1))
    told = await srbk("POST", "/Sisrute/postKunjungan", body)
    assert told.message == "Gagal mendapatkan nomor Rujukan Satu Sehat"
    assert (await pcare("GET", f"/kunjungan/peserta/{card}")).value["count"] == kept


async def test_a_content_type_is_refused_when_the_trial_host_is_played(sides: tuple[Caller, Caller, str]) -> None:
    srbk = sides[1]
    srbk.app.state.world.plays.start(Play(fault=Fault.CONTENT_TYPE_REFUSED))
    told = await srbk("POST", "/Sisrute/GetKriteriaRujukan", ASKED)
    assert (told.code, told.message) == (400, "Format json tidak valid")
    assert (await srbk("POST", "/Sisrute/GetKriteriaRujukan", ASKED, **{"content-type": ""})).code == 200
