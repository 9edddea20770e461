"""A facility's sign-in to BPJS: written, sealed, used, held, mended; never shown."""

import logging
from typing import Any

import httpx
import pytest

from services.coverage.bpjs.outcomes import Because, Refused, Said, Unavailable
from services.coverage.bpjs.wire import BpjsService
from services.coverage.rules.secrets import new_key
from services.coverage.usecases import line_settings
from services.coverage.usecases.lines import OpenLine, line_of, told_off, try_out
from tests.service.coverage.jkn_stage import KEYS, NIK, Stage, staged, token

HERE, ELSEWHERE, UNCODED = "P1410010101", "K1410010201", "D1410010301"
OURS = {
    "cons_id": "99140-9914P001", "secret": "simulator-secret", "user_key": "simulator-user-key",
    "username": "simulator", "password": "Simulasi#1",
}  # fmt: skip
PLANTED = {
    "cons_id": "cons-planted-1", "secret": "secret-planted-2", "user_key": "userkey-planted-3",
    "username": "user-planted-4", "password": "password-planted-5",
}  # fmt: skip
ADMIN = token("facility-admin", HERE)
OFFICE = token("dinkes-admin", None)


async def put(stage: Stage, asked: dict[str, Any], service: str = "pcare", **kw: Any) -> httpx.Response:
    return await stage.http.put(f"/v1/jkn/lines/{kw.get('facility', HERE)}/{service}", json=asked,
                                headers=kw.get("headers", ADMIN))  # fmt: skip


async def opened(stage: Stage, facility: str = HERE, which: BpjsService = BpjsService.PCARE) -> OpenLine:
    line = await line_of(stage.app.state.service, facility, which)
    assert line is not None
    return line


async def shown(stage: Stage, service: str = "pcare") -> dict[str, Any]:
    found: dict[str, Any] = (await stage.http.get(f"/v1/jkn/lines/{HERE}/{service}", headers=ADMIN)).json()
    return found


async def test_secrets_are_kept_sealed_and_used_and_never_shown(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    answers = [await put(stage, PLANTED), await put(stage, {"application": "011"})]
    answers += [await stage.http.get(f"/v1/jkn/lines{p}", headers=OFFICE) for p in ("", f"/{HERE}/pcare")]
    answers.append(await stage.http.post(f"/v1/jkn/lines/{HERE}/pcare/check", headers=ADMIN))
    assert all(a.status_code == 200 for a in answers)
    login = (await opened(stage)).login
    assert (login.cons_id, login.secret, login.password) == tuple(PLANTED[n] for n in ("cons_id", "secret", "password"))
    assert login.application == "011"
    assert (await shown(stage))["kept"] == list(PLANTED)
    tables = await stage.rows("SELECT table_name AS t FROM information_schema.tables WHERE table_schema = 'public'")
    stored = "".join([repr(await stage.rows(f"SELECT row_to_json(t)::text AS r FROM {t['t']} t")) for t in tables])
    stored += repr(await stage.rows("SELECT encode(sealed, 'escape') AS r FROM line"))
    told = caplog.text + "".join(repr(r.__dict__) for r in caplog.records)
    for secret in PLANTED.values():
        assert secret not in stored and secret not in told and secret not in repr(login) + repr(await opened(stage))
        assert not any(secret in answer.text for answer in answers)


async def test_what_is_not_named_stays(stage: Stage) -> None:
    assert (await put(stage, OURS)).status_code == 200
    changed = (await put(stage, {"password": "Baru#2"})).json()
    assert (changed["version"], changed["changed_by"]) == (2, "test-facility-admin")
    login = (await opened(stage)).login
    assert (login.password, login.secret) == ("Baru#2", OURS["secret"])
    same = (await put(stage, {"password": "Baru#2", "sender": "srbk", "sender_from": "2026-12-01"})).json()
    assert (same["version"], same["sender"], same["sender_from"]) == (2, "srbk", "2026-12-01")
    assert (await put(stage, {"sender": None})).json()["sender"] is None


async def test_a_first_line_needs_all_its_secrets(stage: Stage) -> None:
    refused = await put(stage, {"cons_id": "1", "secret": "2"})
    assert refused.status_code == 422
    assert [e["pointer"] for e in refused.json()["errors"]] == ["/user_key", "/username", "/password"]
    assert await stage.rows("SELECT * FROM line") == []
    assert (await put(stage, {n: OURS[n] for n in ("cons_id", "secret", "user_key")}, "vclaim")).status_code == 200


BAD: list[tuple[dict[str, Any], str]] = [
    ({"base_url": "https://apijkn.bpjs-kesehatan.go.id/pcare-rest"}, "/base_url"),
    ({"secret": "a\r\nX-evil: 1"}, "/secret"), ({"secret": ""}, "/secret"), ({"unknown": 1}, "/unknown"),
    ({"application": "ab"}, "/application"), ({"sender": "fax"}, "/sender"),
    ({"content_type": "a\r\nb"}, "/content_type"),
]  # fmt: skip


async def test_bad_settings_name_their_field_and_keep_nothing(stage: Stage) -> None:
    for asked, pointer in BAD:
        refused = await put(stage, OURS | asked)
        assert refused.status_code == 422, pointer
        assert pointer in [e["pointer"] for e in refused.json()["errors"]]
        assert not any(v in refused.text for v in OURS.values())
    assert await stage.rows("SELECT * FROM line") == []


async def test_the_office_leads_a_line_but_not_astray(stage: Stage) -> None:
    for address, status in (("https://evil.example/x", 422), ("http://jkn-simulator/pcare-rest/", 200)):
        assert (await put(stage, OURS | {"base_url": address}, headers=OFFICE)).status_code == status
    assert (await opened(stage)).wire.base_url == "http://jkn-simulator/pcare-rest"
    assert (await put(stage, {"sender": "srbk"}, "vclaim", headers=OFFICE)).status_code == 422
    for elsewhere in (None, "http://jkn-simulator/lain"):  # what the office set, the facility does not undo
        assert (await put(stage, OURS | {"base_url": elsewhere})).status_code == 422
    assert (await opened(stage)).wire.base_url == "http://jkn-simulator/pcare-rest"


KEEPERS: list[tuple[str, str | None, int]] = [
    ("facility-admin", HERE, 200), ("facility-admin", ELSEWHERE, 403), ("dinkes-admin", None, 200),
    ("jkn-connector", None, 200), ("clinic-system", HERE, 403), ("clinician", HERE, 403),
    ("dinkes-analyst", None, 403), ("auditor", None, 403),
]  # fmt: skip


async def test_who_keeps_a_line(stage: Stage) -> None:
    path = f"/v1/jkn/lines/{HERE}/pcare"
    for role, facility, status in KEEPERS:
        headers = token(role, facility)
        assert (await stage.http.put(path, json=OURS, headers=headers)).status_code == status, role
        assert (await stage.http.get(path, headers=headers)).status_code == status
        assert (await stage.http.get(f"/v1/jkn/lines?facility={HERE}", headers=headers)).status_code == status
        assert (await stage.http.post(f"{path}/check", headers=headers)).status_code == status
        assert (await stage.http.delete(path, headers=headers)).status_code == (204 if status == 200 else status)
    rows = [a for a in await stage.accesses() if a["what"] == "JKN/line"]
    outcomes = {(a["facility"], a["outcome"]) for a in rows if a["role"] == "facility-admin"}
    assert outcomes == {(HERE, "allowed"), (ELSEWHERE, "refused")}


async def test_a_list_shows_who_has_none(stage: Stage) -> None:
    items = (await stage.http.get("/v1/jkn/lines", headers=OFFICE)).json()["items"]
    assert [(i["facility"], i["service"], i["state"]) for i in items] == [
        (ELSEWHERE, "pcare", "open"),
        (HERE, "pcare", "open"),
    ]
    assert items[0]["kept"] == []  # the simulator's public sign-in
    own = (await stage.http.get("/v1/jkn/lines", headers=ADMIN)).json()["items"]
    assert [i["facility"] for i in own] == [HERE]
    async with staged_at_bpjs(stage) as real:
        items = (await real.http.get("/v1/jkn/lines?state=missing", headers=OFFICE)).json()["items"]
        assert [(i["facility"], i["because"]) for i in items] == [(ELSEWHERE, "no-line"), (HERE, "no-line")]
        assert await line_of(real.app.state.service, HERE, BpjsService.PCARE) is None


def staged_at_bpjs(stage: Stage) -> Any:
    return staged(
        stage.app.state.service.settings.database_url, bpjs_url="https://apijkn.bpjs-kesehatan.go.id/pcare-rest"
    )


async def test_facilities_without_a_bpjs_code_or_unknown_have_no_line(stage: Stage) -> None:
    service = stage.app.state.service
    assert await line_of(service, UNCODED, BpjsService.PCARE) is None
    assert await line_of(service, "P0000000000", BpjsService.PCARE) is None
    assert (await put(stage, OURS, facility="P0000000000", headers=OFFICE)).status_code == 404
    assert (await stage.http.delete(f"/v1/jkn/lines/{HERE}/srbk", headers=ADMIN)).status_code == 404


async def test_icare_goes_by_pcares_sign_in_at_an_address_of_its_own(stage: Stage) -> None:
    await put(stage, OURS | {"password": "Lain#3"})
    line = await opened(stage, which=BpjsService.ICARE)
    assert (line.login.password, line.wire.base_url) == ("Lain#3", "http://jkn-simulator/wsihs")
    own = {n: OURS[n] for n in ("cons_id", "secret")} | {"user_key": "icare-own"}
    await put(stage, own, "icare")
    assert (await opened(stage, which=BpjsService.ICARE)).login.user_key == "icare-own"


async def test_refused_credentials_hold_that_line_alone_until_they_change(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    await put(stage, OURS | {"password": "salah"})
    service, line = stage.app.state.service, await opened(stage)
    reply = await try_out(line)
    assert isinstance(reply, Refused) and reply.because is Because.CREDENTIALS
    for _ in range(2):
        assert await told_off(service, line, reply) is Because.CREDENTIALS
    alerts = [r for r in caplog.records if r.message == "bpjs line held"]
    assert [(r.levelname, r.__dict__["facility"], r.__dict__["error"]) for r in alerts] == [
        ("ERROR", HERE, "credentials")
    ]
    held = await shown(stage)
    assert (held["state"], held["because"]) == ("held", "credentials")
    assert "kata sandi" in held["message"]
    assert (await opened(stage)).held is Because.CREDENTIALS
    assert (await opened(stage, ELSEWHERE)).held is None
    await put(stage, {"sender": "pcare"})
    assert (await shown(stage))["state"] == "held"
    await put(stage, {"password": OURS["password"]})
    assert (await shown(stage))["state"] == "open"
    assert await told_off(service, line, reply)  # of the sign-in that is gone
    assert (await shown(stage))["state"] == "open"


async def test_an_expired_consumer_is_an_alert_and_is_not_tried_again(stage: Stage) -> None:
    await stage.play("consumer-expired")
    asked = stage.world.asked
    line = await opened(stage)
    reply = await try_out(line)
    assert stage.world.asked == asked + 1
    assert await told_off(stage.app.state.service, line, reply) is Because.CONSUMER_EXPIRED
    assert (await shown(stage))["because"] == "consumer-expired"


async def test_a_check_opens_a_held_line_and_holds_a_refused_one(stage: Stage) -> None:
    check = f"/v1/jkn/lines/{HERE}/pcare/check"
    await put(stage, OURS)
    await stage.play("password-401", times=1)
    told = (await stage.http.post(check, headers=ADMIN)).json()
    assert (told["ok"], told["because"], told["line"]["state"]) == (False, "credentials", "held")
    await stage.play("html-500")
    told = (await stage.http.post(check, headers=ADMIN)).json()
    assert (told["ok"], told["because"], told["line"]["state"]) == (False, "not-json", "held")
    await stage.heal()
    told = (await stage.http.post(check, headers=ADMIN)).json()
    assert (told["ok"], told["because"], told["line"]["state"]) == (True, None, "open")
    assert told["line"]["checked_at"] and told["milliseconds"] >= 0


async def test_not_registered_is_tried_before_the_line_is_held_for_it(stage: Stage) -> None:
    service, line = stage.app.state.service, await opened(stage)
    lost = Refused(Because.ENTITLEMENT, code=404)
    assert await told_off(service, line, lost) is None  # one unknown path: the line itself answers
    assert (await shown(stage))["state"] == "open"
    await put(stage, OURS | {"cons_id": "nobody"})
    line = await opened(stage)
    assert await told_off(service, line, await try_out(line)) is Because.ENTITLEMENT
    assert (await shown(stage))["because"] == "entitlement"


async def test_what_is_not_about_the_sign_in_holds_nothing(stage: Stage) -> None:
    service, line = stage.app.state.service, await opened(stage)
    for reply in (
        Said(200, None), Refused(Because.RULE), Refused(Because.CLOCK), Refused(Because.NO_DATA),
        Unavailable(Because.CONNECTION), Unavailable(Because.RATE_LIMIT, again=False),
    ):  # fmt: skip
        assert await told_off(service, line, reply) is None
    assert await stage.rows("SELECT * FROM line") == []


async def test_a_line_of_the_simulator_is_held_and_opened_without_secrets_of_its_own(stage: Stage) -> None:
    line = await opened(stage)
    assert await told_off(stage.app.state.service, line, Refused(Because.CREDENTIALS, code=401))
    assert (await opened(stage)).held is Because.CREDENTIALS
    told = (await stage.http.post(f"/v1/jkn/lines/{HERE}/pcare/check", headers=ADMIN)).json()
    assert told["ok"] and (await opened(stage)).held is None


async def test_eligibility_goes_over_the_askers_own_line(stage: Stage) -> None:
    await put(stage, OURS | {"user_key": "salah"})
    assert (await stage.ask({"nik": NIK})).json()["trouble"] == "credentials"
    assert (await stage.ask({"nik": NIK}, facility=ELSEWHERE)).json()["trouble"] is None


async def test_without_a_line_and_a_district_sign_in_bpjs_is_not_asked(stage: Stage) -> None:
    async with staged_at_bpjs(stage) as real:
        told = (await real.ask({"nik": NIK})).json()
        assert (told["status"], told["trouble"]) == ("unknown", "no-line")


async def test_a_new_key_seals_anew_at_the_start_and_a_lost_one_holds(
    database: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with staged(database) as stage:
        await put(stage, OURS)
    renewed = f"k2:{new_key()},{KEYS}"
    async with staged(database, jkn_keys=renewed) as stage:
        assert (await shown(stage))["key"] == "k2"
        assert (await opened(stage)).login.secret == OURS["secret"]
    async with staged(database, jkn_keys=renewed.partition(",")[0]) as stage:
        assert (await opened(stage)).login.secret == OURS["secret"]
    async with staged(database, jkn_keys=f"k3:{new_key()}") as stage:
        lost = await shown(stage)
        assert (lost["state"], lost["because"]) == ("held", "key")
        assert await line_of(stage.app.state.service, HERE, BpjsService.PCARE) is None
        assert (await put(stage, {"password": "x"})).status_code == 422
        assert "bpjs line cannot be opened" in caplog.text
    async with staged(database, jkn_keys=renewed) as stage:
        assert (await shown(stage))["state"] == "open", "the key is there again"
        assert (await put(stage, OURS | {"password": "Baru#9"})).json()["state"] == "open"


async def test_without_a_key_no_secret_is_kept(database: str) -> None:
    async with staged(database, jkn_keys="") as stage:
        refused = await put(stage, OURS)
        assert (refused.status_code, await stage.rows("SELECT * FROM line")) == (409, [])
        await line_settings.reseal(stage.app.state.service)
