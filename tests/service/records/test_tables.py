"""Tables of visits uploaded: trial, report, twice, all or nothing."""

from collections.abc import Callable
from typing import Any

import httpx

from tests.service.records.bodies import nik
from tests.unit.records.test_sheets import workbook

Caller = Callable[..., httpx.AsyncClient]
HEAD = ["Tanggal", "NIK", "Nama", "Tanggal lahir", "Jenis kelamin", "Sistolik (mmHg)", "Diastolik (mmHg)", "Diagnosis"]


def row(number: Any, day: str = "05/03/2026", systolic: Any = "150", words: str = "hipertensi") -> list[Any]:
    return [day, number, "Siti Aminah", "01/07/1990", "P", systolic, "95", words]


def table(*rows: list[Any]) -> bytes:
    return "\r\n".join(";".join(map(str, r)) for r in (HEAD, *rows)).encode("utf-8-sig")


async def send(client: httpx.AsyncClient, content: bytes, **params: Any) -> dict[str, Any]:
    answer = await client.post("/v1/imports/tables", params={"template": "ptm", **params}, content=content)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_trial_reports_all_and_stores_nothing_then_the_same_happens(caller: Caller, sql: Any) -> None:
    b, known = caller("TPMD-B"), nik()
    await send(b, table(row(known, day="01/02/2026")))
    twin = nik()
    rows = [
        row(nik()), row("123"), row(nik(), systolic="1200"), row(nik(), systolic="240", words="masuk angin"),
        row(known, day="01/02/2026"), row(known, day="01/02/2026", systolic="151"), row(twin), row(twin),
        row(nik(), day="31/02/2026"),
    ]  # fmt: skip
    before = await sql("SELECT count(*) AS n FROM resource")
    trial = await send(b, table(*rows), dry_run=True, id="coba-1")
    assert (await sql("SELECT count(*) AS n FROM resource")) == before
    assert not await sql("SELECT 1 FROM person_identifier WHERE value = $1", rows[0][1])
    real = await send(b, table(*rows))
    for one in (trial, real):
        counts = {k: one[k] for k in ("read", "stored", "unchanged", "refused")}
        assert counts == {"read": 9, "stored": 3, "unchanged": 1, "refused": 5}, one
        told = {r["line"]: r for r in one["rows"]}
        refused = {n: r["reasons"][0]["column"] for n, r in told.items() if r["state"] == "refused"}
        assert refused == {3: "NIK", 4: "Sistolik (mmHg)", 7: "Tanggal", 9: "Tanggal", 10: "Tanggal"}, one
        assert "40 sampai 300 mmHg" in told[4]["reasons"][0]["detail"]
        assert {w["column"] for w in told[5]["warnings"] if not w["pointer"].startswith("/patient")} == {
            "Sistolik (mmHg)", "Diagnosis"
        }  # fmt: skip
    assert (trial["trial"], real["trial"]) == (True, False)
    assert len(await sql("SELECT 1 FROM person_identifier WHERE value = $1", rows[0][1])) == 1
    again = await send(b, table(*rows))
    assert (again["stored"], again["unchanged"], again["refused"]) == (0, 4, 5)
    report = await b.get("/v1/imports/coba-1/report.csv")
    assert report.headers["content-type"].startswith("text/csv")
    assert report.text.lstrip("\ufeff").splitlines()[0] == "Baris;Keadaan;Kolom;Keterangan"
    assert "3;ditolak;NIK;" in report.text
    assert not any(r[1] in report.text for r in rows if len(r[1]) == 16)
    assert (await caller("KLINIK-A").get("/v1/imports/coba-1/report.csv")).status_code == 404
    progress = (await b.get("/v1/imports/coba-1")).json()
    assert (progress["state"], progress["read"], progress["trial"]) == ("done", 9, True)


async def test_all_or_nothing_and_one_pregnancy_of_several_rows(caller: Caller, sql: Any) -> None:
    b, number = caller("TPMD-B"), nik()
    head = ["Tanggal", "NIK", "Nama", "Tanggal lahir", "Jenis kelamin", "Kontak", "HPHT"]
    rows = [
        [d, number, "Siti", "01/07/1990", "P", k, "01/01/2026"]
        for d, k in (("10/04/2026", "K2"), ("05/02/2026", "K1M"))
    ]
    content = workbook(head, *rows)
    wrong = workbook(head, *rows, ["1", number, "Siti", "01/07/1990", "P", "K9", ""])
    refused = await send(b, wrong, template="anc", mode="all")
    assert (refused["state"], refused["stored"], refused["refused"]) == ("refused", 0, 1), refused
    trial = await send(b, content, template="anc", mode="all", dry_run=True)
    assert (trial["state"], trial["stored"]) == ("done", 2)
    assert not await sql("SELECT 1 FROM person_identifier WHERE value = $1", number)
    done = await send(b, content, template="anc", mode="all")
    assert (done["state"], done["stored"]) == ("done", 2)
    episodes = await sql(
        "SELECT count(*) FILTER (WHERE type = 'EpisodeOfCare') AS episodes,"
        " count(DISTINCT body::jsonb #>> '{episodeOfCare,0,reference}') AS joined FROM resource"
        " WHERE person_id = (SELECT person_id FROM person_identifier WHERE value = $1)",
        number,
    )
    assert (episodes[0]["episodes"], episodes[0]["joined"]) == (1, 1)
    assert (await send(b, content, template="anc", mode="all"))["unchanged"] == 2


async def test_faults_name_the_column_a_person_would_look_at(caller: Caller) -> None:
    b, rows = caller("TPMD-B"), table(row(nik(), day="05/03/2127"), row(""))
    for mode in ("rest", "all"):
        told = (await send(b, rows, dry_run=True, mode=mode))["rows"]
        found = {r["line"]: [s["column"] for s in r["reasons"]] for r in told}
        assert found[3] == ["NIK"]
        assert mode == "all" or found[2] == ["Tanggal"]
    assert (await send(b, table(row(nik(), day="05/03/2127")), mode="all"))["rows"][0]["reasons"][0][
        "column"
    ] == "Tanggal"
    form = await b.post("/v1/imports/tables", params={"template": "ptm"}, files={"file": ("a.csv", rows, "text/csv")})
    assert form.status_code == 400
    assert "--data-binary" in form.json()["detail"]


async def test_templates_are_listed_and_downloaded(caller: Caller) -> None:
    b = caller("TPMD-B")
    items = (await b.get("/v1/imports/templates")).json()["items"]
    assert {i["name"] for i in items} == {"posyandu", "imunisasi", "anc", "ptm", "lansia"}
    for item in items:
        for file in item["files"]:
            answer = await b.get(file)
            assert answer.status_code == 200, answer.text
            assert "attachment" in answer.headers["content-disposition"]
    assert (await b.get("/v1/imports/templates/apa.csv")).status_code == 404
    unknown = await b.post("/v1/imports/tables", params={"template": "apa"}, content=b"x")
    assert unknown.status_code == 404
    assert (await b.post("/v1/imports/tables", params={"template": "ptm"}, content=b"PK\3\4x")).status_code == 400
    assert (await b.post("/v1/imports/tables", params={"template": "ptm"}, content=b"a;b")).status_code == 422
