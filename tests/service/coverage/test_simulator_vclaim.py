"""The simulated VClaim: what a hospital reads and enters, in VClaim's own spelling."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from services.coverage.simulator.app import build
from services.coverage.simulator.faults import Fault, Play
from services.coverage.simulator.members import Override
from services.coverage.simulator.settings import SimulatorSettings
from tests.service.coverage.bpjs_caller import HERE, Caller, referred, registration

NIK = "1410014107900001"
DAY, ISO = "21-11-2026", "2026-11-21"
HOSPITAL = "9914R044"
FORM = {"content-type": "Application/x-www-form-urlencoded"}


@pytest.fixture
def sides(tmp_path: Path) -> Iterator[tuple[Caller, Caller, str]]:
    """A puskesmas at PCare, a hospital at VClaim, and a member's card."""
    settings = SimulatorSettings(today=date(2026, 11, 21), state=tmp_path)
    app = build(settings)
    app.state.world.fix(NIK, Override(active=True))
    card = app.state.world.by_nik(NIK)["noKartu"]
    yield Caller(app, settings.login(HERE)), Caller(app, settings.login(HOSPITAL), "/vclaim-rest"), card
    app.state.world.close()


async def sent_on(fktp: Caller, card: str) -> str:
    """A referral to the hospital; its number."""
    onward = {
        "tglEstRujuk": DAY, "kdppk": HOSPITAL, "subSpesialis": {"kdSubSpesialis1": "3", "kdSarana": "1"},
        "khusus": None,
    }  # fmt: skip
    assert (await fktp("POST", "/pendaftaran", registration(card, DAY))).code == 201
    told = await fktp("POST", "/kunjungan/V1", referred(card, DAY, rujukLanjut=onward))
    assert told.code == 201, told.value
    return str(told.value[0]["message"])


def sep(card: str, number: str, **other: Any) -> dict[str, Any]:
    named = {"asalRujukan": "1", "tglRujukan": ISO, "noRujukan": number, "ppkRujukan": HERE}
    body = {
        "noKartu": card, "tglSep": ISO, "ppkPelayanan": HOSPITAL, "jnsPelayanan": "2", "diagAwal": "I10",
        "poli": {"tujuan": "INT", "eksekutif": "0"}, "rujukan": named, "user": "tes", **other,
    }  # fmt: skip
    return {"request": {"t_sep": body}}


async def test_a_member_on_the_day_of_a_sep(sides: tuple[Caller, Caller, str]) -> None:
    _, rs, card = sides
    told = await rs("GET", f"/Peserta/nik/{NIK}/tglSEP/{ISO}")
    assert (told.status, told.code, told.sealed) == (200, "200", True)  # the code is a text
    found = told.value["peserta"]
    assert (found["noKartu"], found["nik"], found["tglLahir"]) == (card, NIK, "1990-07-01")
    assert found["statusPeserta"] == {"keterangan": "AKTIF", "kode": "0"}
    assert found["umur"]["umurSekarang"].startswith("36 tahun")
    assert set(found) >= {
        "cob", "hakKelas", "informasi", "jenisPeserta", "mr", "pisa", "provUmum", "sex", "tglTAT", "tglTMT",
    }  # fmt: skip
    assert (await rs("GET", f"/peserta/nokartu/{card}/tglsep/{ISO}")).value == told.value


@pytest.mark.parametrize(
    "path",
    [f"/Peserta/nik/123/tglSEP/{ISO}", f"/Peserta/nokartu/9999999999999/tglSEP/{ISO}",
     f"/Peserta/nik/{NIK}/tglSEP/{DAY}", "/Rujukan/x", "/Rujukan/RS/x", "/Rujukan/JumlahSEP/3/x",
     "/prb/1/nosep/2", f"/Monitoring/Kunjungan/Tanggal/{ISO}/JnsPelayanan/2"],
)  # fmt: skip
async def test_no_data_is_201_and_null(sides: tuple[Caller, Caller, str], path: str) -> None:
    told = await sides[1]("GET", path)
    assert (told.status, told.code, told.value) == (200, "201", None)
    assert told.message


async def test_a_referral_of_the_first_level_is_read_and_used_once(sides: tuple[Caller, Caller, str]) -> None:
    fktp, rs, card = sides
    number = await sent_on(fktp, card)
    found = (await rs("GET", f"/Rujukan/{number}")).value["rujukan"]
    assert (found["noKunjungan"], found["tglKunjungan"]) == (number, ISO)
    assert found["poliRujukan"] == {"kode": "INT", "nama": "PENYAKIT DALAM"}
    assert found["provPerujuk"]["kode"] == HERE
    assert found["peserta"]["noKartu"] == card
    assert (await rs("GET", f"/Rujukan/Peserta/{card}")).value["rujukan"] == found
    assert (await rs("GET", f"/Rujukan/List/Peserta/{card}")).value["rujukan"] == [found]
    assert (await rs("GET", f"/Rujukan/JumlahSEP/1/{number}")).value == {"jumlahSEP": "0"}

    made = await rs("POST", "/SEP/2.0/insert", sep(card, number), **FORM)  # JSON under a form's content type
    assert made.value["sep"]["noSep"] == f"{HOSPITAL}1126V000001"
    assert (await rs("GET", f"/Rujukan/JumlahSEP/1/{number}")).value == {"jumlahSEP": "1"}
    again = await rs("POST", "/SEP/2.0/insert", sep(card, number))
    assert (again.code, again.value) == ("201", None)
    by_letter = await rs("POST", "/SEP/2.0/insert", sep(card, number, skdp={"noSurat": "X"}))
    assert by_letter.code == "200"
    history = await rs("GET", f"/monitoring/HistoriPelayanan/NoKartu/{card}/tglMulai/{ISO}/tglAkhir/{ISO}")
    assert [h["noRujukan"] for h in history.value["histori"]] == [number, number]
    day = await rs("GET", f"/Monitoring/Kunjungan/Tanggal/{ISO}/JnsPelayanan/2")
    assert len(day.value["sep"]) == 2


async def test_a_hospital_refers_onward_changes_and_deletes(sides: tuple[Caller, Caller, str]) -> None:
    fktp, rs, card = sides
    number = await sent_on(fktp, card)
    no_sep = (await rs("POST", "/SEP/2.0/insert", sep(card, number))).value["sep"]["noSep"]
    wish = {
        "noSep": no_sep, "tglRujukan": ISO, "tglRencanaKunjungan": "2026-11-23", "ppkDirujuk": "0401R001",
        "jnsPelayanan": "2", "catatan": "lanjut", "diagRujukan": "I11.9", "tipeRujukan": "0", "poliRujukan": "JAN",
        "user": "tes",
    }  # fmt: skip
    made = (await rs("POST", "/Rujukan/2.0/insert", {"request": {"t_rujukan": wish}}, **FORM)).value["rujukan"]
    assert made["noRujukan"] == f"{HOSPITAL}1126B000001"
    assert made["tglBerlakuKunjungan"] == "2027-02-20"  # ninety days, both counted
    assert made["tujuanRujukan"]["nama"] == "RSU Simulasi Riau"
    assert (await rs("GET", f"/Rujukan/RS/{made['noRujukan']}")).value["rujukan"]["poliRujukan"]["kode"] == "JAN"
    assert len((await rs("GET", f"/Rujukan/RS/List/Peserta/{card}")).value["rujukan"]) == 1
    change = {"noRujukan": made["noRujukan"], "tipeRujukan": "2", "ppkDirujuk": HERE, "poliRujukan": "", "user": "tes"}
    assert (await rs("PUT", "/Rujukan/2.0/Update", {"request": {"t_rujukan": change}})).value == made["noRujukan"]
    bad = await rs("POST", "/Rujukan/2.0/insert", {"request": {"t_rujukan": wish | {"tipeRujukan": "7"}}})
    assert (bad.code, bad.message) == ("201", "tipeRujukan tidak sesuai")
    gone = {"noRujukan": made["noRujukan"], "user": "tes"}
    assert (await rs("DELETE", "/Rujukan/delete", {"request": {"t_rujukan": gone}})).value == made["noRujukan"]
    assert (await rs("GET", f"/Rujukan/RS/Peserta/{card}")).code == "201"


async def test_prb_from_letter_to_list(sides: tuple[Caller, Caller, str]) -> None:
    fktp, rs, card = sides
    number = await sent_on(fktp, card)
    no_sep = (await rs("POST", "/SEP/2.0/insert", sep(card, number))).value["sep"]["noSep"]
    medicine = {"kdObat": "00111", "signa1": "1", "signa2": "1", "jmlObat": "30"}
    letter = {
        "noSep": no_sep, "noKartu": card, "alamat": "Selatpanjang", "email": "", "programPRB": "02",
        "kodeDPJP": "31528", "keterangan": "terkontrol", "saran": "kontrol bulanan", "user": "tes",
        "obat": [medicine],
    }  # fmt: skip
    made = (await rs("POST", "/PRB/insert", {"request": {"t_prb": letter}})).value
    assert made["programPRB"]["nama"] == "Hypertensi"
    assert (await rs("GET", f"/prb/{made['noSRB']}/nosep/{no_sep}")).value["prb"] == made
    assert (await rs("GET", f"/prb/tglMulai/{ISO}/tglAkhir/{ISO}")).value["prb"]["list"] == [made]
    key = {"noSrb": made["noSRB"], "noSep": no_sep, "user": "tes"}
    change = {"request": {"t_prb": letter | key | {"saran": "ke FKTP"}}}
    assert (await rs("PUT", "/PRB/Update", change)).value == made["noSRB"]
    assert (await rs("DELETE", "/PRB/Delete", {"request": {"t_prb": key}})).value == made["noSRB"]
    assert (await rs("GET", f"/prb/{made['noSRB']}/nosep/{no_sep}")).code == "201"


async def test_a_sep_is_deleted_with_an_open_answer(sides: tuple[Caller, Caller, str]) -> None:
    fktp, rs, card = sides
    no_sep = (await rs("POST", "/SEP/2.0/insert", sep(card, await sent_on(fktp, card)))).value["sep"]["noSep"]
    stamp = str(int(rs.now()))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(rs.app), base_url="http://sim") as http:
        body = orjson.dumps({"request": {"t_sep": {"noSep": no_sep, "user": "tes"}}})
        address = "/vclaim-rest/SEP/2.0/delete"
        told = (await http.request("DELETE", address, content=body, headers=rs.login.headers(stamp))).json()
    assert told == {"response": no_sep, "metaData": {"message": "OK", "code": "200"}}


async def test_faults_of_vclaim(sides: tuple[Caller, Caller, str]) -> None:
    _, rs, _ = sides
    plays = rs.app.state.world.plays
    path = f"/Peserta/nik/{NIK}/tglSEP/{ISO}"
    plays.start(Play(fault=Fault.NO_DATA_201, service="vclaim", times=1))
    assert (await rs("GET", path)).code == "201"
    plays.start(Play(fault=Fault.CODE_AS_NUMBER, times=1))
    plays.start(Play(fault=Fault.UNSEALED, times=1))
    told = await rs("GET", path)
    assert (told.code, told.sealed) == (200, False)
    plays.start(Play(fault=Fault.EMOJI, times=1))
    assert (await rs("GET", path)).value["peserta"]["provUmum"]["nmProvider"].endswith("\N{GRINNING FACE}")
