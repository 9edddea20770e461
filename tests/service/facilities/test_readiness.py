"""ILP readiness over HTTP: claim, verdict, any past day, targets, files, who may see what."""

from typing import Any

from tests.service.facilities.conftest import NETWORK, House

HOME, OTHER = "P1410010101", "P1410010102"
REQUIRED = ("sk-klaster", "alur-klaster", "pustu-paket", "posyandu-siklus-hidup", "kunjungan-rumah", "pws-lokmin")
PDF = b"%PDF-1.4\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n"


async def staff(house: House, username: str, role: str, facility: str | None) -> dict[str, str]:
    body = {"username": username, "password": "kata-sandi-uji", "role": role, "facility": facility}
    answer = await house.http.post("/v1/staff", json=body, headers=house.admin)
    assert answer.status_code == 201, answer.text
    return await house.sign_in(username, "kata-sandi-uji")


def claims(*rows: str) -> str:
    head = "facility,criterion,number,claimed_on,note,valid_until,verified_on,returned_on,reason"
    return "\n".join([head, *rows])


async def standing(house: House, who: dict[str, str], code: str = HOME, **params: Any) -> dict[str, Any]:
    answer = await house.http.get(f"/v1/readiness/{code}", params=params, headers=who)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_puskesmas_claims_and_the_office_decides(house: House) -> None:
    own = await staff(house, "staf.sel", "puskesmas-staff", HOME)
    url = f"/v1/readiness/{HOME}/sk-klaster"
    made = await house.http.post(f"{url}/claims", json={"note": "SK 440/12/2026"}, headers=own)
    assert made.status_code == 201 and made.json()["state"] == "claimed", made.text
    again = await house.http.post(f"{url}/claims", json={"note": "SK lagi"}, headers=own)
    assert again.status_code == 422 and again.json()["errors"][0]["pointer"] == "/number"
    bare = await house.http.post(f"{url}/verdict", json={"verdict": "returned"}, headers=house.admin)
    assert bare.status_code == 422 and bare.json()["errors"][0]["pointer"] == "/reason"
    back = await house.http.post(f"{url}/verdict", json={"verdict": "returned", "reason": "buram"}, headers=house.admin)
    assert back.json()["state"] == "returned", back.text
    assert (await house.http.post(f"{url}/claims", json={"note": "jelas"}, headers=own)).json()["number"] == 2
    done = await house.http.post(f"{url}/verdict", json={"verdict": "verified"}, headers=house.admin)
    assert done.json()["state"] == "verified"
    shown = await standing(house, own)
    assert (shown["state"], shown["met"], shown["of"]) == ("partial", 1, 6)
    trail = [[(s["by"], s["state"]) for s in c["steps"]] for c in shown["claims"]]
    assert trail == [
        [("staf.sel", "claimed"), ("admin", "returned")], [("staf.sel", "claimed"), ("admin", "verified")],
    ]  # fmt: skip


async def test_nobody_claims_for_another_nor_reads_its_evidence(house: House) -> None:
    other = await staff(house, "staf.alah", "puskesmas-staff", OTHER)
    own = await staff(house, "staf.sel", "facility-admin", HOME)
    url = f"/v1/readiness/{HOME}/sk-klaster"
    assert (await house.http.post(f"{url}/claims", json={"note": "x"}, headers=other)).status_code == 403
    assert (await house.http.post(f"{url}/claims", json={"note": "rahasia"}, headers=own)).status_code == 201
    assert (await house.http.post(f"{url}/verdict", json={"verdict": "verified"}, headers=own)).status_code == 403
    assert (await standing(house, other))["claims"] == []
    assert (await standing(house, own))["claims"][0]["note"] == "rahasia"
    async with house.service.db.reading() as conn:
        told = await conn.fetch("SELECT data FROM event_pending UNION ALL SELECT data FROM event")
    assert not any("rahasia" in r["data"] for r in told)


async def test_files_are_checked_by_content_and_kept_for_their_own(house: House) -> None:
    own = await staff(house, "staf.sel", "puskesmas-staff", HOME)
    other = await staff(house, "staf.alah", "facility-admin", OTHER)
    url, headers = f"/v1/readiness/files/{HOME}", own | {"Content-Type": "application/pdf"}
    made = await house.http.post(url, content=PDF, headers=headers)
    assert made.status_code == 201 and made.json()["kind"] == "application/pdf", made.text
    assert (await house.http.post(url, content=PDF, headers=headers)).json()["id"] == made.json()["id"]
    assert (await house.http.post(url, content=b"<html>", headers=headers)).status_code == 422
    assert (await house.http.post(url, content=PDF, headers=own | {"Content-Type": "text/html"})).status_code == 415
    large = PDF + b" " * (10 * 1024 * 1024) + b"%%EOF"
    assert (await house.http.post(url, content=large, headers=headers)).status_code == 413
    theirs = other | {"Content-Type": "application/pdf"}
    assert (await house.http.post(url, content=PDF, headers=theirs)).status_code == 403
    file = made.json()["id"]
    got = await house.http.get(f"/v1/readiness/files/{file}", headers=own)
    assert got.content == PDF and "attachment" in got.headers["content-disposition"]
    assert (await house.http.get(f"/v1/readiness/files/{file}", headers=other)).status_code == 404
    claim = await house.http.post(f"/v1/readiness/{HOME}/sk-klaster/claims", json={"file": file}, headers=own)
    assert claim.status_code == 201 and claim.json()["file"] == file
    foreign = await house.http.post(f"/v1/readiness/{OTHER}/sk-klaster/claims", json={"file": file}, headers=other)
    assert foreign.json()["errors"][0]["pointer"] == "/file"


async def test_any_past_day_and_the_years_way(house: House) -> None:
    rows = [f"{HOME},{c},1,2025-01-10,bukti,,2025-03-0{n},," for n, c in enumerate(REQUIRED, 1)]
    rows += [f"{OTHER},{c},1,2025-05-10,bukti,,2025-06-15,," for c in REQUIRED[:-1]]
    rows += [f"{OTHER},{REQUIRED[-1]},1,2025-05-10,bukti,2025-12-31,2025-06-15,,"]
    loaded = await house.load("readiness-claims", claims(*rows))
    assert loaded.status_code == 200 and loaded.json()["loaded"] == 12, loaded.text
    assert (await house.load("readiness-claims", claims(*rows))).json()["unchanged"] == 12
    for year, target in ((2025, 1), (2026, 6)):
        url = f"/v1/readiness/targets/{year}"
        assert (await house.http.put(url, json={"target": target}, headers=house.admin)).status_code == 200
    over = (await house.http.get("/v1/readiness", params={"on": "2025-07-01"}, headers=house.admin)).json()
    assert over["district"] == {"on": "2025-07-01", "target": 1, "reached": 2, "percent": 200.0, "of": 10}
    first = over["items"][0]
    assert (first["facility"], first["state"]) == (HOME, "implements")
    assert (first["since"], first["score"]) == ("2025-03-06", 84.62)
    assert over["items"][2]["state"] == "not-started"
    earlier = (await house.http.get("/v1/readiness", params={"on": "2025-03-05"}, headers=house.admin)).json()
    assert earlier["district"]["reached"] == 0 and earlier["items"][0]["met"] == 5
    way = (await house.http.get("/v1/readiness/trajectory", params={"year": 2025}, headers=house.admin)).json()
    assert [m["reached"] for m in way["months"]] == [0, 0, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2]
    assert way["months"][5]["joined"] == [OTHER] and way["months"][5]["percent"] == 200.0
    next_year = (await house.http.get("/v1/readiness/trajectory", params={"year": 2026}, headers=house.admin)).json()
    assert next_year["months"][0]["left"] == [OTHER]
    gone = await house.http.get("/v1/readiness/expiring", params={"facility": OTHER}, headers=house.admin)
    assert [e["criterion"] for e in gone.json()["items"]] == ["pws-lokmin"]


async def test_the_list_pages_and_filters(house: House) -> None:
    async def page(**params: Any) -> Any:
        return (await house.http.get("/v1/readiness", params=params, headers=house.admin)).json()

    first = await page(limit=4)
    rest = await page(limit=1000, after=first["next"])
    codes = [i["facility"] for i in first["items"] + rest["items"]]
    assert codes == sorted(codes) and len(codes) == 10 and rest["next"] is None
    assert (await page(state="implements"))["items"] == []


async def test_targets_are_set_and_withdrawn(house: House) -> None:
    url = "/v1/readiness/targets/2026"
    assert (await house.http.delete(url, headers=house.admin)).status_code == 404
    for _ in range(2):
        await house.http.put(url, json={"target": 6, "source": "Renstra"}, headers=house.admin)
        found = (await house.http.get("/v1/readiness/targets", headers=house.admin)).json()
        assert [(t["year"], t["target"]) for t in found] == [(2026, 6)]
        assert (await house.http.delete(url, headers=house.admin)).status_code == 204
        assert (await house.http.get("/v1/readiness/targets", headers=house.admin)).json() == []


async def test_a_checklist_of_the_future_leaves_the_past(house: House) -> None:
    head = "code,valid_from,valid_until,position,name_id,name_en,evidence_id,evidence_en,required,weight,source"
    row = "rujuk-balik,2100-01-01,,9,Rujuk balik,Back referral,Rekap,Recap,ya,1,Uji"
    assert (await house.load("readiness-criteria", f"{head}\n{row}")).json()["loaded"] == 1
    clash = await house.load("readiness-criteria", f"{head}\n{row.replace('2100-01', '2100-02')}")
    assert clash.json()["refused"][0]["column"] == "valid_from"
    for on, count in (("2099-12-31", 8), ("2100-01-01", 9), ("2020-01-01", 0)):
        found = await house.http.get("/v1/readiness/criteria", params={"on": on}, headers=house.admin)
        assert len(found.json()) == count


async def test_what_is_seen_stands_beside_the_claim_and_verifies_nothing(house: House) -> None:
    pustu = "code,name,kind,ownership,village\nT1410010901,Pustu Uji,pustu,public,1410011001"
    assert (await house.load("facilities", pustu)).status_code == 200
    shown = await standing(house, house.admin)
    seen = {s["criterion"]: (s["says"]["id"], s["supports"]) for s in shown["seen"]}
    assert seen["pustu-paket"] == ("1 pustu di wilayah kerjanya", True)
    assert not any(c["met"] for c in shown["criteria"])


async def test_the_grid_is_a_picture_with_words(house: House) -> None:
    answer = await house.http.get("/v1/readiness/grid.svg", params={"on": "2026-01-01"}, headers=house.admin)
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.text.startswith("<svg") and "<desc" in answer.text and "Selatpanjang: 0/6" in answer.text


async def test_the_demo_tells_seven_of_six(house: House) -> None:
    text = (NETWORK / "readiness-claims.csv").read_bytes()
    assert (await house.load("readiness-claims", text)).json()["refused"] == []
    for on, reached in (("2024-12-31", 0), ("2025-12-31", 3), ("2026-10-31", 7)):
        found = (await house.http.get("/v1/readiness", params={"on": on}, headers=house.admin)).json()
        assert found["district"]["reached"] == reached
    assert {i["state"] for i in found["items"]} == {"implements", "partial", "not-started"}
    soon = (await house.http.get("/v1/readiness/expiring", params={"within": 0}, headers=house.admin)).json()
    assert ("P1410020101", "pws-lokmin") in [(e["facility"], e["criterion"]) for e in soon["items"]]
