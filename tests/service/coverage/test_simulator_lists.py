"""The simulated PCare's lists, referral targets, and what hangs on a visit: shapes and rules of the reference."""

from typing import Any

import pytest

from services.coverage.simulator.pcare.mcu import KEYS, NUMBERS
from tests.service.coverage.bpjs_caller import (
    DAY,
    HERE,
    THERE,
    Caller,
    card,
    entered,
    referred,
    registration,
    visit,
    world,
)

LISTS = {
    "/diagnosa/K29/0/50": {"kdDiag", "nmDiag", "nonSpesialis"},
    "/dokter/0/50": {"kdDokter", "nmDokter"},
    "/poli/fktp/0/50": {"kdPoli", "nmPoli", "poliSakit"},
    "/provider/0/50": {"kdProvider", "nmProvider"},
    "/kesadaran": {"kdSadar", "nmSadar"},
    "/prognosa": {"kdPrognosa", "nmPrognosa"},
    "/statuspulang/rawatInap/true": {"kdStatusPulang", "nmStatusPulang"},
    "/statuspulang/rawatInap/false": {"kdStatusPulang", "nmStatusPulang"},
    "/alergi/jenis/01": {"kdAlergi", "nmAlergi"},
    "/alergi/jenis/02": {"kdAlergi", "nmAlergi"},
    "/alergi/jenis/03": {"kdAlergi", "nmAlergi"},
    "/spesialis": {"kdSpesialis", "nmSpesialis"},
    "/spesialis/INT/subspesialis": {"kdSubSpesialis", "nmSubSpesialis", "kdPoliRujuk"},
    "/spesialis/sarana": {"kdSarana", "nmSarana"},
    "/spesialis/khusus": {"kdKhusus", "nmKhusus"},
    "/obat/dpho/tab/0/50": {"kdObat", "nmObat", "sedia"},
    "/tindakan/kdTkp/10/0/50": {"kdTindakan", "nmTindakan", "maxTarif", "withValue"},
    "/kelompok/club/01": {"clubId", "kdProvider", "jnsKelompok", "tglMulai", "tglAkhir", "nama", "alamat",
                          "ketua_nama", "ketua_noHP"},
    "/skrinning/rekap": {"penyakit", "jmlPeserta", "jmlBerisiko"},
}  # fmt: skip
TARGET = {"kdppk", "nmppk", "alamatPpk", "telpPpk", "kelas", "nmkc", "distance", "jadwal", "jmlRujuk", "kapasitas",
          "persentase"}  # fmt: skip


@pytest.mark.parametrize("path", LISTS)
async def test_every_list_has_its_shape(caller: Caller, path: str) -> None:
    told = await caller("GET", path)
    assert (told.status, told.code, told.message, told.sealed) == (200, 200, "OK", True)
    assert told.value["count"] == len(told.value["list"]) > 0
    assert all(set(item) == LISTS[path] for item in told.value["list"])


async def test_lists_say_what_they_must(caller: Caller) -> None:
    polis = (await caller("GET", "/poli/fktp/0/99")).value["list"]
    assert {p["kdPoli"] for p in polis if p["poliSakit"] is False} == {"020", "021"}
    by_name = (await caller("GET", "/diagnosa/gastritis/0/99")).value["list"]
    assert "K29.6" in {d["kdDiag"] for d in by_name}
    assert (await caller("GET", "/diagnosa/Q43.1/0/9")).value["list"][0]["kdDiag"] == "Q43.1"
    assert len((await caller("GET", "/diagnosa/A/5/7")).value["list"]) == 7
    there = Caller(caller.app, world(caller).settings.login(THERE))
    mine, theirs = [(await c("GET", "/dokter/0/99")).value["list"] for c in (caller, there)]
    assert {d["kdDokter"] for d in mine} & {d["kdDokter"] for d in theirs} == {"131491"}
    stays = [(await caller("GET", f"/statuspulang/rawatInap/{x}")).value["list"] for x in ("true", "false")]
    assert [s["kdStatusPulang"] for s in stays[1]] == ["0", "1", "2", "3", "4", "5", "9"]
    assert "3" not in {s["kdStatusPulang"] for s in stays[0]}


BAD = [
    ("/diagnosa/A/-1/5", 400, "StartIndex cannot be less than zero"),
    ("/statuspulang/rawatInap/ya", 412, "PRECONDITION_FAILED"),
    ("/alergi/jenis/09", 412, "PRECONDITION_FAILED"),
    ("/tindakan/kdTkp/77/0/5", 412, "PRECONDITION_FAILED"),
    ("/kelompok/club/03", 412, "PRECONDITION_FAILED"),
    ("/spesialis/rujuk/subspesialis/3/sarana/1/tglEstRujuk/20-11-2026", 412, "PRECONDITION_FAILED"),
    ("/spesialis/rujuk/subspesialis/3/sarana/1/tglEstRujuk/2026-11-21", 412, "PRECONDITION_FAILED"),
    ("/spesialis/rujuk/subspesialis/3/sarana/99/tglEstRujuk/21-11-2026", 412, "PRECONDITION_FAILED"),
    ("/spesialis/rujuk/khusus/THA/noKartu/{card}/tglEstRujuk/21-11-2026", 412, "PRECONDITION_FAILED"),
    ("/spesialis/rujuk/khusus/IGD/subspesialis/3/noKartu/{card}/tglEstRujuk/21-11-2026", 412, "PRECONDITION_FAILED"),
    ("/spesialis/rujuk/khusus/IGD/noKartu/9999999999999/tglEstRujuk/21-11-2026", 412, "PRECONDITION_FAILED"),
    ("/no/such/path", 404, "Unauthorized! You are not registered for this service!"),
    ("/obat/kunjungan/9914P0011126Y000009", 404, "Data tidak ditemukan"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "code", "message"), BAD)
async def test_what_may_not_be_asked(caller: Caller, path: str, code: int, message: str) -> None:
    told = await caller("GET", path.replace("{card}", card(caller)))
    assert (told.status, told.code, told.message) == (code, code, message)


async def test_referral_targets_with_the_oddities_of_bpjs(caller: Caller) -> None:
    path = f"/spesialis/rujuk/subspesialis/3/sarana/1/tglEstRujuk/{DAY}"
    found = (await caller("GET", path)).value["list"]
    assert all(set(h) == TARGET for h in found)
    assert any(h["distance"] == 1.79e308 for h in found)
    assert any(h["kapasitas"] == 0 for h in found)
    assert any(h["kdppk"] == "null" for h in found)
    await caller("POST", "/pendaftaran", registration(card(caller), DAY))
    onward = referred("", DAY)["rujukLanjut"] | {"kdppk": "9914R044"}
    told = await caller("POST", "/kunjungan/V1", referred(card(caller), DAY, rujukLanjut=onward))
    assert told.code == 201, told.value
    again = (await caller("GET", path)).value["list"]
    taken = {h["kdppk"]: (h["jmlRujuk"], h["kapasitas"], h["persentase"]) for h in again}
    assert (taken["9914R044"], taken["0404R001"][0]) == ((1, 24, 4), 0)
    me = card(caller)
    plain = (await caller("GET", f"/spesialis/rujuk/khusus/JIW/noKartu/{me}/tglEstRujuk/{DAY}")).value
    assert {h["nmppk"] for h in plain["list"]} == {"RS Simulasi Bengkalis", "RS Jiwa Simulasi Riau"}
    blood = await caller("GET", f"/spesialis/rujuk/khusus/THA/subspesialis/3/noKartu/{me}/tglEstRujuk/{DAY}")
    assert blood.value["count"] == 2


def medicine(number: str, **other: Any) -> dict[str, Any]:
    return {
        "kdObatSK": 0, "noKunjungan": number, "racikan": False, "kdRacikan": None, "obatDPHO": True,
        "kdObat": "130401001", "signa1": 3, "signa2": 1, "jmlObat": 30, "jmlPermintaan": 30, "nmObatNonDPHO": "",
        **other,
    }  # fmt: skip


async def test_medicines_of_a_visit(caller: Caller) -> None:
    number = await entered(caller)
    told = await caller("POST", "/obat/kunjungan", medicine(number))
    assert told.code == 201 and told.value[0]["field"] == "kdObatSK"
    other = medicine(number, obatDPHO=False, kdObat=None, nmObatNonDPHO="Jamu")
    assert (await caller("POST", "/obat/kunjungan", other)).code == 201
    for field, wrong in (("kdObat", "1"), ("noKunjungan", "x"), ("racikan", 1)):
        assert list((await caller("POST", "/obat/kunjungan", medicine(number) | {field: wrong})).faults) == [field]
    listed = (await caller("GET", f"/obat/kunjungan/{number}")).value
    assert [m["obat"]["nmObat"] for m in listed["list"]] == ["Metformin tab 500 mg", "Jamu"]
    gone = f"/obat/{told.value[0]['message']}/kunjungan/{number}"
    assert [(await caller("DELETE", gone)).code for _ in range(2)] == [200, 404]
    assert (await caller("GET", f"/obat/kunjungan/{number}")).value["count"] == 1


async def test_acts_of_a_visit(caller: Caller) -> None:
    number = await entered(caller)
    act = {"kdTindakanSK": 0, "noKunjungan": number, "kdTindakan": "01002", "biaya": 0, "keterangan": "", "hasil": 110}
    told = await caller("POST", "/tindakan", act)
    key = told.value[0]["message"]
    assert (told.code, told.value[0]["field"]) == (201, "kdTindakanSK")
    assert (await caller("PUT", "/tindakan", act | {"kdTindakanSK": int(key), "hasil": 99})).code == 200
    assert "kdTindakanSK" in (await caller("PUT", "/tindakan", act)).faults
    assert "kdTindakan" in (await caller("POST", "/tindakan", act | {"kdTindakan": "00000"})).faults
    found = (await caller("GET", f"/tindakan/kunjungan/{number}")).value["list"]
    assert [(f["kdTindakanSK"], f["hasil"], f["nmTindakan"]) for f in found] == [
        (int(key), 99, "Pemeriksaan gula darah puasa")
    ]
    assert (await caller("DELETE", f"/tindakan/{key}/kunjungan/{number}")).code == 200


async def test_a_check_up_has_35_keys(caller: Caller) -> None:
    assert len(KEYS) == 35
    number = await entered(caller)
    body = dict.fromkeys(KEYS) | dict.fromkeys(NUMBERS, 0)
    body |= {"kdMCU": 0, "noKunjungan": number, "kdProvider": HERE, "tglPelayanan": DAY}
    told = await caller("POST", "/MCU", body | {"gulaDarahPuasa": 104, "gulaDarahHbA1c": 6.4})
    key = told.value[0]["message"]
    assert (told.code, told.value[0]["field"]) == (201, "kdMCU")
    found = (await caller("GET", f"/mcu/kunjungan/{number}")).value["list"]
    assert [tuple(f) for f in found] == [KEYS]
    assert (found[0]["gulaDarahPuasa"], found[0]["gulaDarahHbA1c"], found[0]["kdMCU"]) == (104, 6.4, int(key))
    assert list((await caller("POST", "/MCU", body | {"gula": 1})).faults) == ["gula"]
    assert (await caller("PUT", "/MCU", body | {"kdMCU": int(key), "gulaDarahPuasa": 99})).code == 200
    assert (await caller("GET", f"/MCU/kunjungan/{number}")).value["list"][0]["gulaDarahPuasa"] == 99
    await caller("DELETE", f"/kunjungan/{number}")
    await caller("POST", "/kunjungan/V1", visit(card(caller), DAY))
    assert world(caller).store.value("SELECT count(*) FROM part") == 0
    assert (await caller("DELETE", f"/MCU/{key}/kunjungan/{number}")).code == 404


async def test_clubs_activities_and_who_came(caller: Caller) -> None:
    club = (await caller("GET", "/kelompok/club/01")).value["list"][0]
    assert club == (await caller("GET", "/kelompok/club/01")).value["list"][0]
    body = {
        "eduId": None, "clubId": club["clubId"], "tglPelayanan": DAY, "kdKegiatan": "01", "kdKelompok": "01",
        "materi": "Senam", "pembicara": "Perawat", "lokasi": "Halaman", "keterangan": "", "biaya": 0,
    }  # fmt: skip
    told = await caller("POST", "/kelompok/kegiatan", body)
    edu = told.value["message"]
    assert (told.code, told.value["field"]) == (201, "eduId")
    for wrong, field in (({"clubId": 1}, "clubId"), ({"kdKegiatan": "77"}, "kdKegiatan"), ({"clubId": []}, "clubId")):
        assert list((await caller("POST", "/kelompok/kegiatan", body | wrong)).faults) == [field]
    someone = {"eduId": edu, "noKartu": card(caller)}
    assert (await caller("POST", "/kelompok/peserta", someone)).code == 201
    assert "noKartu" in (await caller("POST", "/kelompok/peserta", someone)).faults
    assert "eduId" in (await caller("POST", "/kelompok/peserta", someone | {"eduId": "x"})).faults
    there = Caller(caller.app, world(caller).settings.login(THERE))
    assert (await there("GET", f"/kelompok/peserta/{edu}")).code == 404
    came = (await caller("GET", f"/kelompok/peserta/{edu}")).value["list"]
    assert [c["peserta"]["noKartu"] for c in came] == [card(caller)]
    of_month = (await caller("GET", "/kelompok/kegiatan/01-11-2026")).value["list"]
    assert [(a["eduId"], a["clubProl"]["clubId"], a["kegiatan"]["nmKegiatan"]) for a in of_month] == [
        (edu, club["clubId"], "Senam")
    ]
    assert (await caller("DELETE", f"/kelompok/peserta/{edu}/{card(caller)}")).code == 200
    assert (await caller("DELETE", f"/kelompok/kegiatan/{edu}")).code == 200
    assert (await caller("GET", "/kelompok/kegiatan/01-11-2026")).value["count"] == 0


async def test_screenings(caller: Caller) -> None:
    me = card(caller)
    told = await caller("GET", f"/skrinning/peserta/{me}/0/10")
    assert told.code == 200 and told.value == (await caller("GET", f"/skrinning/peserta/{me}/0/10")).value
    for program in ("dm", "HT"):
        assert (await caller("GET", f"/skrinning/prolanis/{program}/{me}/0/10")).code == 200
    assert (await caller("GET", f"/skrinning/prolanis/tb/{me}/0/10")).code == 412
