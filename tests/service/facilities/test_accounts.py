"""Who may open accounts for whom, and what the service shows of itself."""

from typing import Any

from fastapi.routing import APIRoute

from services.facilities import app as facilities_app
from services.facilities.settings import FacilitiesSettings
from services.kernel.openapi import guard
from tests.service.facilities.conftest import PASSWORD, House, running


async def _staff(house: House, who: dict[str, str], **body: Any) -> int:
    answer = await house.http.post("/v1/staff", json={"password": "rahasia-sekali", **body}, headers=who)
    return answer.status_code


async def test_client_roles_follow_the_kind_of_facility(house: House) -> None:
    assert (await house.client("P1410010101"))["role"] == "clinic-system"
    assert (await house.client("D1410010301"))["role"] == "clinic-system"
    listed = (await house.http.get("/v1/facilities", params={"kind": "rs"}, headers=house.admin)).json()["items"]
    assert (await house.client(listed[0]["code"]))["role"] == "hospital"
    for body, pointer in (
        ({"facility": "P1410010101", "role": "auditor"}, "/role"),
        ({"facility": "TIDAK-ADA"}, "/facility"),
        ({"facility": "P1410010101", "face": "lain"}, "/face"),
        ({"facility": "P1410010101", "warna": "biru"}, "/warna"),
    ):
        answer = await house.http.post("/v1/clients", json=body, headers=house.admin)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == pointer


async def test_clients_page(house: House) -> None:
    made = {(await house.client("P1410010101"))["id"] for _ in range(3)}
    first = (await house.http.get("/v1/clients", params={"limit": 2}, headers=house.admin)).json()
    rest = (await house.http.get("/v1/clients", params={"after": first["next"]}, headers=house.admin)).json()
    assert {c["id"] for c in (*first["items"], *rest["items"])} == made
    assert rest["next"] is None


async def test_a_facility_admin_keeps_its_own_staff_and_no_other(house: House) -> None:
    admin = house.admin
    assert await _staff(house, admin, username="kepala.tu", role="facility-admin", facility="991410001") == 201
    assert await _staff(house, admin, username="bidan.lain", role="clinician", facility="P1410010102") == 201
    keeper = await house.sign_in("kepala.tu", "rahasia-sekali")
    assert await _staff(house, keeper, username="bidan.rina", role="clinician") == 201
    assert await _staff(house, keeper, username="bidan.rina", role="clinician") == 409
    assert await _staff(house, keeper, username="bidan.dua", role="clinician", facility="P1410010102") == 403
    assert await _staff(house, keeper, username="bos.besar", role="dinkes-admin") == 422
    seen = (await house.http.get("/v1/staff", headers=keeper)).json()["items"]
    assert [s["username"] for s in seen] == ["bidan.rina", "kepala.tu"]
    url = "/v1/staff/{}/password"
    new = {"password": "sandi-yang-baru"}
    assert (await house.http.put(url.format("bidan.rina"), json=new, headers=keeper)).status_code == 204
    assert (await house.http.put(url.format("bidan.lain"), json=new, headers=keeper)).status_code == 404
    assert (await house.http.put(url.format("admin"), json=new, headers=keeper)).status_code == 404
    own = await house.sign_in("bidan.rina", "sandi-yang-baru")
    assert (await house.http.put(url.format("bidan.rina"), json=new, headers=own)).status_code == 422
    new["current"] = "sandi-yang-baru"
    assert (await house.http.put(url.format("bidan.rina"), json=new, headers=own)).status_code == 204
    assert (await house.http.delete("/v1/staff/bidan.rina", headers=keeper)).status_code == 204
    form = {"grant_type": "password", "username": "bidan.rina", "password": "sandi-yang-baru"}
    assert (await house.http.post("/oauth2/v1/token", data=form)).status_code == 400


async def test_staff_roles_must_fit_the_place(house: House) -> None:
    admin = house.admin
    assert await _staff(house, admin, username="analis", role="dinkes-analyst") == 201
    assert await _staff(house, admin, username="dokter.x", role="clinician") == 422
    assert await _staff(house, admin, username="dokter.y", role="puskesmas-staff", facility="D1410010301") == 422
    assert await _staff(house, admin, username="mesin", role="clinic-system", facility="P1410010101") == 422
    assert await _staff(house, admin, username="pendek", role="auditor", password="pendek") == 422
    assert await _staff(house, admin, username="a\u0000b", role="auditor") == 422
    analyst = await house.sign_in("Analis", "rahasia-sekali")
    assert (await house.http.get("/v1/facilities", headers=analyst)).status_code == 200
    for method, url in (("GET", "/v1/clients"), ("GET", "/v1/staff"), ("POST", "/v1/network/areas")):
        assert (await house.http.request(method, url, headers=analyst)).status_code == 403


async def test_the_first_administrator_is_made_once(settings: FacilitiesSettings) -> None:
    async with running(settings) as house:
        assert house.admin
    async with running(settings.model_copy(update={"admin_user": "lain"})) as house:  # "admin" signs in again
        form = {"grant_type": "password", "username": "lain", "password": PASSWORD}
        assert (await house.http.post("/oauth2/v1/token", data=form)).status_code == 400


async def test_every_route_is_guarded_and_described(house: House) -> None:
    for router in facilities_app.MANIFEST.routers:
        for route in router.routes:
            assert isinstance(route, APIRoute)
            assert guard(route) is not None, route.path
    answer = await house.http.get("/internal/openapi.json")
    schema = answer.json()
    assert {"/oauth2/v1/accesstoken", "/oauth2/v1/token", "/v1/network/facilities"} <= set(schema["paths"])
    assert not any(path.startswith("/internal/facilities") for path in schema["paths"])
    for path, methods in schema["paths"].items():
        for operation in methods.values():
            assert operation["summary"], path
            assert "(" in operation["summary"], path
