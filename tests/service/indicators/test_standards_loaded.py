"""Standards loaded into the running service: checked to the line, counted in the background, never half shown."""

from collections.abc import Callable
from datetime import date
from typing import Any

import httpx
import pytest

from services.indicators import follow
from services.indicators.queries import standings as sql
from services.indicators.reading.concepts import HERE
from services.indicators.room import room
from services.indicators.usecases import building, day
from services.kernel.app import App
from tests.service.indicators.test_days import Start, missing, settled, someone, start
from tests.service.indicators.world import Stage, Write, observation, quantity, who

__all__ = ["start"]
Caller = Callable[..., httpx.AsyncClient]
KEY, TODAY = "spm-08.permenkes-6-2024", date(2026, 11, 21)
TOML = {"content-type": "application/toml"}
SHIPPED = (HERE / f"{KEY}.toml").read_text()
WAIST = SHIPPED.replace('["education"]', '["waist"]')


def at(path: str) -> str:
    return f"/v1/standards/{path}"


async def put(client: httpx.AsyncClient, key: str, text: str, status: int = 202) -> Any:
    answer = await client.put(at(key), content=text.encode(), headers=TOML)
    assert answer.status_code == status, answer.text
    return answer.json()


async def test_a_changed_standard_is_shown_when_it_is_whole(house: App, stage: Stage, caller: Caller) -> None:
    admin, service = caller("dinkes-admin"), house.state.service
    await someone(stage)
    assert await missing(stage, 2026) == []
    loaded = await put(admin, KEY, WAIST)
    assert loaded["version"] == 1 and loaded["computation"]["building"] is True
    async with stage.conn.transaction():  # the feed goes on meanwhile, by the standard that is shown
        await stage.write([Write("Procedure", "e", who(1), None)])
    await settled(service)
    assert room(service).edition == 1 and await missing(stage, 2026) == ["education"]
    assert (await day.verify(service))[1] == []
    assert (await admin.get(at(f"{KEY}/text"))).text == WAIST
    assert (await admin.get(at(f"{KEY}/text"), params={"version": 0})).text == SHIPPED
    shown = [(v["version"], v["shown"], v["withdrawn"]) for v in (await admin.get(at(f"{KEY}/versions"))).json()]
    assert shown == [(1, True, False), (0, False, False)]
    assert (await put(admin, KEY, WAIST))["version"] == 1, "the same again is no new version"


async def test_what_is_wrong_is_named_by_line_and_field(house: App, caller: Caller) -> None:
    admin = caller("dinkes-admin", language="en")
    line = next(n for n, text in enumerate(WAIST.splitlines(), 1) if "waist" in text)
    for text, pointer, words in [
        (WAIST.replace("waist", "waste"), "/item/1/any_of", f"line {line}: "),
        (WAIST.replace("[population]", "[population"), "/", "line "),
        (WAIST + "surplus = 1\n", "/item/1/surplus", f"line {len(WAIST.splitlines()) + 1}: "),
        (WAIST.replace('id = "spm-08"', 'id = "spm-07"'), "/id", "line "),
        (WAIST.replace("active = true", 'active = true\nbeside = "spm-99"'), "/beside", "spm-99"),
    ]:
        found = (await put(admin, KEY, text, 422))["errors"]
        assert any(e["pointer"] == pointer and words in e["detail"] for e in found), found
    assert (await admin.put(at(KEY), content=b"\xff", headers=TOML)).status_code == 400
    assert (await admin.put(at(KEY), content=b"{}", headers={"content-type": "application/json"})).status_code == 415
    assert (await admin.put(at(KEY), content=b"#" * 300_000, headers=TOML)).status_code == 413
    assert (await admin.get(at("spm-99.none/text"))).status_code == 404
    assert (await admin.get(at("spm-99.none/versions"))).status_code == 404
    assert (await admin.delete(at("spm-99.none"))).status_code == 404
    async with house.state.service.db.reading() as conn:
        assert await conn.fetchval("SELECT count(*) FROM standard_text") == 0
        assert (await sql.state(conn)).building is None


async def test_what_no_calendar_holds_and_no_parser_bears_is_refused(house: App, stage: Stage, caller: Caller) -> None:
    """Else it would be counted later, of somebody, and stop the feed then."""
    await someone(stage)
    admin, until = caller("dinkes-admin", language="en"), 'window = "ever"\n'
    assert until not in SHIPPED and "from_age_years = 15" in SHIPPED
    ends = f"{SHIPPED}{until}"
    for text, pointer in [
        (f"{ends}until_day = 2147483647\n", "/item/1/until_day"),
        (f"{ends}from_day = -2000000000\n", "/item/1/from_day"),
        (SHIPPED.replace("from_age_years = 15", "from_age_years = 15\nuntil_age_years = 9999"),
         "/population/until_age_years"),
        (f"{SHIPPED}total = inf\n", "/item/1/total"),
        (f"{SHIPPED}deep = {'[' * 20000}", "/"),
        (f"{SHIPPED}long = {'9' * 5000}", "/"),
    ]:  # fmt: skip
        said = await put(admin, KEY, text, 422)
        assert [e["pointer"] for e in said["errors"]] == [pointer], said


async def test_words_of_a_standard_are_never_sql(house: App, stage: Stage, caller: Caller) -> None:
    """Titles and labels may say anything; names that reach the statements are slugs, and not even a line more."""
    await someone(stage)
    admin, evil = caller("dinkes-admin"), "x'; DROP TABLE standing; --"
    told = SHIPPED.replace("Permenkes 6/2024", f"=cmd|' /C calc'!A0 {evil}").replace(
        'label = { id = "', f'label = {{ id = "{evil}'
    )
    assert evil in (await put(admin, KEY, told))["standard"]["regulation"]
    await settled(house.state.service)
    cell = (await admin.get("/v1/indicators?format=csv")).text
    assert "'=cmd|" in cell and ";=cmd|" not in cell
    for old in ('name = "education"', '["education"]', 'set = "permenkes-6-2024"', 'open_condition = "hypertension"'):
        assert old in SHIPPED, old
        for bad in (evil, "education\\n", "education\\u0000", "ẽducation", "education')"):
            word = old.split('"')[1]
            await put(admin, KEY, SHIPPED.replace(old, old.replace(word, bad)), 422)
    assert (await day.verify(house.state.service))[1] == []


async def test_a_standard_is_withdrawn_and_two_stand_side_by_side(house: App, stage: Stage, caller: Caller) -> None:
    admin, service = caller("dinkes-admin"), house.state.service
    await someone(stage)
    assert (await admin.delete(at("pip-2.idl-classic"))).status_code == 409, "another is shown beside it"
    gone = "spm-10.permenkes-6-2024"
    assert (await admin.delete(at(gone))).status_code == 202
    await settled(service)
    assert (await admin.get("/v1/indicators/spm-10")).status_code == 404
    assert [v["withdrawn"] for v in (await admin.get(at(f"{gone}/versions"))).json()] == [True, False]
    await put(admin, gone, (HERE / f"{gone}.toml").read_text())
    other = SHIPPED.replace('set = "permenkes-6-2024"', 'set = "draft"').replace('["education"]', '["waist"]')
    await put(admin, "spm-08.draft", other)
    await settled(service)
    cards = {c["standard"]: c["served"] for c in (await admin.get("/v1/indicators?year=2026")).json()}
    assert cards[KEY] == 1 and cards["spm-08.draft"] == 0 and gone in cards
    assert (await day.verify(service))[1] == []


@pytest.mark.parametrize("role", ["dinkes-analyst", "puskesmas-staff", "clinician"])
async def test_only_the_office_loads(caller: Caller, role: str) -> None:
    client = caller(role, "P1")
    assert (await client.put(at(KEY), content=WAIST, headers=TOML)).status_code == 403
    assert (await client.delete(at(KEY))).status_code == 403


async def test_every_process_takes_it_up(start: Start) -> None:
    async with start(TODAY) as (one, stage), start(TODAY) as (other, _):
        await someone(stage)
        async with one.db.transaction() as tx:
            await tx.execute("INSERT INTO standard_text VALUES (1, $1, $2, 'somebody')", KEY, WAIST)
            await building.begin_rebuild(tx, TODAY)
        await settled(one)
        assert await missing(stage, 2026) == ["education"]
        measured = Write("Observation", "w", who(1), observation("8280-0", TODAY, **quantity(80, "cm")))
        async with other.db.transaction() as tx:  # its feed goes by what is shown, before its own clock has looked
            await follow.records(other, tx, [stage._event(measured)])
        assert await missing(stage, 2026) == []
        await settled(other)
        assert room(one).edition == room(other).edition == 1
        assert room(one).fingerprint == room(other).fingerprint
    async with start(TODAY) as (again, _):
        assert room(again).edition == 1 and (await day.verify(again))[1] == []
        async with again.db.transaction() as tx:
            await tx.execute("UPDATE standard_text SET text = 'nonsense'")
    async with start(TODAY) as (mended, _):
        await settled(mended)
        assert next(k for k in room(mended).kept if k.standard.key == KEY).standard.items[-1].any_of == ("education",)
