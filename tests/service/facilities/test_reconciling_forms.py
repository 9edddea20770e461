"""The forms another system's list comes in: the master index's answer, a workbook."""

import io

import orjson
import xlsxwriter

from tests.service.facilities.conftest import House
from tests.service.facilities.test_reconciling import Json, compared, rows, send


def msi(*items: Json, page: int = 1, pages: int = 1) -> Json:
    return {"status_code": 200, "message": "Success", "page": page, "total_page": pages, "data": list(items)}


ITEM: Json = {
    "kode_satusehat": "991410011", "kode_sarana": "91410010011", "nama": "Klinik Pratama Mutiara Selat",
    "telp": "0763990011_", "longitude": None, "latitude": None, "operasional": True, "alamat": None,
    "provinsi": {"kode": "14"}, "kabkota": {"kode": "1410"}, "jenis_sarana": {"kode": "103", "nama": "Klinik"},
    "subjenis": {"kode": "10301", "nama": "Klinik Pratama", "nama_alt": None}, "status_aktif": True,
}  # fmt: skip


async def test_an_answer_of_the_master_index(house: House) -> None:
    tpmd = ITEM | {
        "kode_satusehat": "1099141555", "kode_sarana": "U555", "nama": "dr. Rahmat Hidayat, S.Ked", "telp": "-",
        "jenis_sarana": {"kode": "101", "nama": "Praktik Mandiri"}, "subjenis": {"kode": "10101", "nama": "Dokter"},
        "latitude": "0.99824", "longitude": "102.71582",
    }  # fmt: skip
    closed = ITEM | {"kode_satusehat": "991410012", "kode_sarana": "91410010012", "status_aktif": False}
    body = orjson.dumps([msi(ITEM, closed | {"nama": "Klinik Pratama Harapan Ibu"}), msi(tpmd)])
    answer = await send(house, body, "application/json", source=None, area=None, kind=None)
    assert (answer.status_code, answer.json()["source"]) == (201, "msi"), answer.text
    found = await rows(house, answer.json()["id"])
    assert [found[n]["found"] for n in (1, 2, 3)] == ["same", "changed", "probable"]
    assert {d["field"]: d["would_be"] for d in found[2]["diff"]} == {"active": False, "phone": "0763990011"}
    assert found[3]["facility"] == "D1410010301"
    part = await send(house, orjson.dumps(msi(ITEM, pages=7)), "application/json", source="msi")
    assert part.status_code == 422  # one page of seven is not complete
    for broken in (b"{", b"[]x", b'{"data": 1}', b"[1]"):
        assert (await send(house, broken, "application/json", source="msi", area=None)).status_code == 400


async def test_a_workbook_under_headings_of_their_own(house: House) -> None:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    sheet = book.add_worksheet()
    for r, line in enumerate((["Unit", "PPK", "Desa"], ["Klinik Pratama Harapan Ibu", "9914B012", 1410011002])):
        for c, value in enumerate(line):
            sheet.write(r, c, value)
    book.close()
    nameless = await send(house, out.getvalue(), "application/octet-stream")
    assert (nameless.status_code, nameless.json()["headings"]) == (422, ["Unit", "PPK", "Desa"])
    run = await compared(
        house, out.getvalue(), "application/octet-stream", map=["Unit:name", "Desa:village"], area=None
    )
    assert [(r["found"], r["facility"]) for r in (await rows(house, run)).values()] == [("same", "K1410010202")]
    assert (await send(house, out.getvalue(), map=["Unit:naam"])).status_code == 422
    assert (await send(house, out.getvalue(), map=["Unit"])).status_code == 422
