"""Who is due, late or lost, in order of urgency; what came of a call or a visit, and what it changes."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from itertools import product
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.indicators.queries import standings
from services.indicators.queries import units as units_sql
from services.indicators.room import room
from services.indicators.usecases import feed, viewing
from services.kernel.app import App
from tests.service.indicators import conftest
from tests.service.indicators.world import (
    TODAY,
    Stage,
    Write,
    condition,
    encounter,
    episode,
    immunization,
    observation,
    patient,
    pressure,
    procedure,
    who,
)

Caller = Callable[..., httpx.AsyncClient]
PATH = "/v1/worklists"
VILLAGE, OTHER = "1410011001", "1410022003"
LMP = TODAY - timedelta(days=100)


def hypertensive(n: int, *days: date, village: str = VILLAGE, **more: Any) -> list[Write]:
    """Somebody with hypertension since January, measured and counselled on these days."""
    told = [
        Write("Patient", f"p{n}", who(n), patient(date(1960, 1, 1), village, **more)),
        Write("Condition", f"c{n}", who(n), condition("I10", date(2026, 1, 5))),
        Write("Procedure", f"e{n}", who(n), procedure("409073007", days[0] if days else date(2026, 1, 5))),
    ]
    return told + [Write("Observation", f"b{n}-{d}", who(n), pressure(d)) for d in days]


MONTHLY = [date(2026, m, 10) for m in range(1, 11)]


@pytest.fixture
async def people(stage: Stage) -> Stage:
    """One of each: lost, pregnant, an infant, due this month, of another village, two dead, all done."""
    conftest.OPTED_OUT.clear()
    conn = stage.conn
    async with conn.transaction():
        await stage.write([
            *hypertensive(1, *MONTHLY[:5]),
            Write("Patient", "p2", who(2), patient(date(1998, 3, 3), VILLAGE)),
            Write("EpisodeOfCare", "ep2", who(2), episode(LMP + timedelta(days=40))),
            Write("Encounter", "v2", who(2), encounter(TODAY - timedelta(days=5), "ep2"), "K1"),
            Write("Observation", "lmp2", who(2), observation(
                "8665-2", TODAY - timedelta(days=5), "v2", valueDateTime=f"{LMP}T08:00:00+07:00")),
            Write("Patient", "p8", who(8), patient(date(1998, 3, 3), VILLAGE, deceasedDateTime="2026-11-20")),
            Write("EpisodeOfCare", "ep8", who(8), episode(LMP + timedelta(days=40))),
            Write("Patient", "p3", who(3), patient(TODAY - timedelta(days=92), VILLAGE)),
            Write("Immunization", "i3", who(3), immunization(TODAY - timedelta(days=90), "VG45")),
            *hypertensive(4, *MONTHLY),
            *hypertensive(5, *MONTHLY, village=OTHER),
            *hypertensive(6, *MONTHLY[:5], deceasedDateTime="2026-06-01"),
            *hypertensive(7, *MONTHLY, date(2026, 11, 3)),
        ])  # fmt: skip
    return stage


async def listed(client: httpx.AsyncClient, status: int = 200, **params: Any) -> dict[str, Any]:
    answer = await client.get(PATH, params=params)
    assert answer.status_code == status, answer.text
    return dict(answer.json())


def items(line: dict[str, Any], service: str) -> dict[str, str]:
    return {i["item"]: i["state"] for s in line["standards"] if s["standard"].startswith(service) for i in s["items"]}


async def test_a_list_across_all_standards(people: Stage, house: App, caller: Caller) -> None:
    staff = caller("puskesmas-staff", "P1")
    found = await listed(staff, names=True)
    lines = {line["person_id"]: line for line in found["items"]}
    assert set(lines) >= {who(1), who(2), who(3), who(4)} and not set(lines) & {who(5), who(6), who(8)}
    assert (lines[who(1)]["state"], lines[who(1)]["last_contact"]) == ("lost", "2026-05-10")
    assert items(lines[who(1)], "spm-08") | {} == {f"bp:2026-{m:02}": "overdue" for m in range(6, 11)} | {
        "bp:2026-11": "now"
    }
    assert items(lines[who(4)], "spm-08") == {"bp:2026-11": "now"}, "the month that runs is due before it has ended"
    assert lines[who(4)]["state"] == "due"
    assert not items(lines.get(who(7), {"standards": []}), "spm-08")
    mother = items(lines[who(2)], "spm-01")
    assert mother["contact_t2"] == "now" and mother["usg_t1"] == "overdue" and "contact_t3" not in mother
    assert lines[who(2)]["state"] == "late"
    assert items(lines[who(3)], "pip-2.")["bcg"] == "now" and lines[who(3)]["age_months"] == 3
    assert lines[who(1)]["who"]["name"] == "Orang 1"
    order = [line["state"] for line in found["items"]]
    assert order == sorted(order, key=["lost", "late", "due"].index)
    counts = found["counts"]
    assert counts["lost"] == 1 and sum(counts[s] for s in ("lost", "late", "due")) == len(lines)
    for standing in ("lost", "late", "due"):  # ranked in SQL, told by the rule
        same = (await listed(staff, state=standing))["items"]
        assert [x["state"] for x in same] == [standing] * counts[standing]
    only = await listed(staff, state="lost")
    assert [line["person_id"] for line in only["items"]] == [who(1)] and only["counts"] == counts
    narrow = await listed(staff, standard="spm-01")
    assert [line["person_id"] for line in narrow["items"]] == [who(2)]
    async with house.state.service.db.reading() as conn:
        rows = await conn.fetch("SELECT DISTINCT person_id FROM access_pending WHERE what = 'worklist'")
    assert {r["person_id"] for r in rows} >= set(lines)


async def test_whose_list(people: Stage, caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    admin, staff = caller("dinkes-admin"), caller("puskesmas-staff", "P1")
    assert {x["person_id"] for x in (await listed(admin, puskesmas="P2"))["items"]} == {who(5)}
    assert (await listed(staff, village=OTHER))["items"] == []
    assert (await listed(admin, 400))["errors"][0]["pointer"] == "/village"
    assert (await listed(admin, 400, village=VILLAGE, provider="K1"))["errors"]
    assert {x["person_id"] for x in (await listed(admin, provider="K1"))["items"]} == {who(2)}
    own = await listed(caller("clinic-system", "K1"))
    assert own["items"] == [], "records lets K1 see person 1 only"
    await people.conn.execute(
        "INSERT INTO facility (code, name, kind, ownership, village, active) VALUES"
        " ('Y1', 'Melati', 'posyandu', 'public', $1, true), ('Y2', 'Mawar', 'posyandu', 'public', $2, true)",
        VILLAGE, OTHER,
    )  # fmt: skip
    monkeypatch.setitem(conftest.POSYANDU, "others", [who(4)])
    only = {x["person_id"] for x in (await listed(staff, posyandu="Y1"))["items"]}
    assert only >= {who(1), who(2), who(3)} and who(4) not in only, "the village's only posyandu has whom no other has"
    await people.conn.execute("UPDATE facility SET village = $1 WHERE code = 'Y2'", VILLAGE)
    monkeypatch.setitem(conftest.POSYANDU, "mine", [who(3), who(5)])
    assert {x["person_id"] for x in (await listed(staff, posyandu="Y1"))["items"]} == {who(3)}
    await listed(staff, 404, posyandu="P1")
    for caller_of in (admin, staff):
        await listed(caller_of, 404, village="3604011001")
    for role in ("dinkes-analyst", "auditor"):
        await listed(caller(role), 403)
    monkeypatch.setattr(conftest, "OPTED_OUT", {who(1)})
    assert who(1) not in {x["person_id"] for x in (await listed(staff))["items"]}
    monkeypatch.setattr(conftest, "OPTED_OUT", set())
    monkeypatch.setattr(conftest, "KEPT", {"Condition/c1"})
    shown = {x["person_id"]: x for x in (await listed(staff))["items"]}
    assert not items(shown.get(who(1), {"standards": []}), "spm-08"), "to be on the list tells the diagnosis"
    assert (await listed(staff, state="lost"))["items"] == [], "and so does how urgent it is"


async def test_pages(people: Stage, caller: Caller) -> None:
    staff = caller("puskesmas-staff", "P1")
    whole, seen, after = [x["person_id"] for x in (await listed(staff))["items"]], list[str](), None
    while True:
        page = await listed(staff, limit=2, **({"after": after} if after else {}))
        seen += [x["person_id"] for x in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert seen == whole and len(seen) >= 4
    assert (await listed(staff, 400, after="?!"))["errors"][0]["pointer"] == "/after"


async def told(client: httpx.AsyncClient, n: int, status: int = 201, key: str | None = None, **body: Any) -> Any:
    headers = {"idempotency-key": key} if key else {}
    answer = await client.post(f"{PATH}/{who(n)}/outcomes", json={"way": "home-visit"} | body, headers=headers)
    assert answer.status_code == status, answer.text
    return answer.json()


async def test_outcomes(people: Stage, house: App, caller: Caller) -> None:
    staff = caller("puskesmas-staff", "P1")
    said = await told(staff, 1, key="a", kind="reached", by="Kader Ani", note="Janji Senin", come_on="2026-12-01")
    assert (said["state"], said["rest_until"], said["note"]) == ("resting", "2026-12-01", "Janji Senin")
    assert (
        await told(staff, 1, 200, key="a", kind="reached", by="Kader Ani", note="Janji Senin", come_on="2026-12-01")
        == said
    )
    await told(staff, 1, 422, key="a", kind="refused")
    await told(staff, 2, kind="refused")
    moved = await told(staff, 3, kind="moved")
    await told(staff, 4, kind="served-elsewhere", served_at="K2", way="call")
    page = await listed(staff)
    assert not {x["person_id"] for x in page["items"]} & {who(1), who(2), who(3), who(4)}
    assert {k: page["counts"][k] for k in ("lost", "resting", "refused", "claimed")} == {
        "lost": 0, "resting": 2, "refused": 1, "claimed": 1
    }  # fmt: skip
    off = {x["person_id"]: x["outcome"]["state"] for x in (await listed(staff, on_hold=True))["items"]}
    assert off == {who(1): "resting", who(2): "resting", who(3): "claimed", who(4): "resting"}
    one = (await staff.get(f"{PATH}/{who(1)}", params={"names": True})).json()
    assert (one["outcomes"][0]["by"], one["state"], one["who"]["name"]) == ("Kader Ani", "lost", "Orang 1")
    unit = await staff.get("/v1/indicators/spm-08/units", params={"village": VILLAGE})
    spoken = {u["person_id"]: (u["outcome"] or {}).get("kind") for u in unit.json()["items"]}
    assert spoken[who(1)] == "reached" and spoken[who(7)] is None
    for body, pointer in (
        ({"kind": "refused", "come_on": "2026-12-01"}, "/come_on"),
        ({"kind": "reached", "come_on": "2029-01-01"}, "/come_on"),
        ({"kind": "reached", "on": "2026-12-24"}, "/on"),
        ({"kind": "served-elsewhere", "served_at": "TIDAK"}, "/served_at"),
        ({"kind": "died", "served_at": "K1"}, "/served_at"),
    ):  # fmt: skip
        assert (await told(staff, 1, 422, **body))["errors"][0]["pointer"] == pointer
    await told(caller("clinician", "K2"), 1, 403, kind="reached")
    await told(staff, 99, 404, kind="reached")
    events = await people.conn.fetch(
        "SELECT data, person_id FROM event_pending UNION ALL SELECT data::text, person_id FROM event"
    )
    assert len(events) == 4 and "Ani" not in str([r["data"] for r in events])
    await _claims(people, caller, moved["id"])


async def _claims(people: Stage, caller: Caller, moved: str) -> None:
    """Who has moved, they say: the keeper rejects, and later corrects; the numbers follow the record alone."""
    staff, other = caller("puskesmas-staff", "P1"), caller("puskesmas-staff", "P2")
    found = (await staff.get(f"{PATH}/claims", params={"names": True})).json()
    assert [(c["id"], c["person_id"], c["who"]["name"]) for c in found["items"]] == [(moved, who(3), "Orang 3")]
    assert (await other.get(f"{PATH}/claims")).json()["items"] == []
    answer = f"{PATH}/claims/{moved}/answer"
    assert (await other.post(answer, json={"verdict": "rejected"})).status_code == 403
    done = await staff.post(answer, json={"verdict": "rejected"})
    assert (done.status_code, done.json()["state"]) == (200, "rejected")
    assert (await staff.post(answer, json={"verdict": "corrected"})).status_code == 409
    assert who(3) in {x["person_id"] for x in (await listed(staff))["items"]}, "back on the list"
    again = await told(staff, 3, kind="moved")
    assert again["state"] == "claimed"
    async with people.conn.transaction():
        await people.write([Write("Patient", "p3", who(3), patient(TODAY - timedelta(days=92), OTHER))])
    assert (await staff.get(f"{PATH}/claims")).json()["items"] == [], "the record says so by now"
    assert who(3) in {x["person_id"] for x in (await listed(other))["items"]}, "and the other puskesmas sees the child"
    async with people.conn.transaction():
        await people.merge(who(4), who(1))
    one = (await staff.get(f"{PATH}/{who(4)}")).json()
    assert [o["kind"] for o in one["outcomes"]] == ["served-elsewhere", "reached"], "what was said of both"
    async with people.conn.transaction():
        await people.merge(who(4), who(1), back=[("Patient", "p1")])
    one = (await staff.get(f"{PATH}/{who(1)}")).json()
    assert [o["kind"] for o in one["outcomes"]] == ["reached"]


async def test_a_cell_opens_alike_from_standings_and_computed(people: Stage, house: App) -> None:
    """Whatever is asked of the units behind a number: the short way by the tallies, and the long one."""
    found = dict[bool, set[Any]]()
    states, months = ("eligible", "served", "missing"), (None, 11)
    lacking, by = (None, "bp", "contact_t2"), (None, ["K1"])
    where = ((None, False), ([VILLAGE], False), (None, True))
    async with house.state.service.db.transaction() as tx:
        for standard, state, month, missing, facilities, (villages, outside) in product(
            ("spm-01", "spm-08"), states, months, lacking, by, where
        ):
            asked = await viewing.asked(tx, room(house.state.service), standard, 2026, None)
            assert asked.kept
            for kept in (True, False):
                which = units_sql.Filter(villages, outside, state, missing, facilities, month, limit=2)
                one, seen = replace(asked, kept=kept), list[tuple[str, str]]()
                while rows := await units_sql.units(tx, one, which):
                    seen += [(r["village"], r["unit_id"]) for r in rows]
                    which = replace(which, after=seen[-1])
                assert seen == sorted(set(seen))
                found[kept] = found.get(kept, set()) | {
                    (standard, state, month, missing, str(facilities), str(villages), outside, unit) for unit in seen
                }
    assert found[True] == found[False] and len(found[True]) > 20


async def test_who_is_counted_for_another_reason_too_is_shown_for_that(
    people: Stage, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Service 12 counts pregnancies and a screening alike: a secret screening hides only whom nothing else explains."""
    async with people.conn.transaction():
        await people.conn.execute(
            "INSERT INTO fact (person_id, concept, resource_type, resource_id, seq, receipt, date, own_date, facility,"
            " astray, taken_at) SELECT p::uuid, 'hiv_screening', 'Observation', 's-' || right(p, 1), 0, 900, $2, $2,"
            " 'K1', false, now() FROM unnest($1::text[]) p",
            [who(2), who(4)], TODAY - timedelta(days=30),
        )  # fmt: skip
        state = await standings.state(people.conn)
        await feed.bring_up_to_date(people.conn, people.room, state, {UUID(who(n)): {feed.ANY} for n in (2, 4)})
    staff = caller("puskesmas-staff", "P1")

    async def counted() -> set[str]:
        found = await staff.get("/v1/indicators/spm-12/units", params={"year": TODAY.year})
        lines = {x["person_id"]: x for x in (await listed(staff))["items"]}
        units = {u["person_id"] for u in found.json()["items"]}
        assert units >= {p for p, line in lines.items() if items(line, "spm-12")}
        return units

    year = (LMP + timedelta(days=280)).year
    assert await counted() == {who(2), who(4), who(8)} and year != TODAY.year
    monkeypatch.setattr(conftest, "KEPT", {"Observation/s-2", "Observation/s-4"})
    assert await counted() == {who(8)}, "her pregnancy is counted next year: only the screening says it"
    async with people.conn.transaction():  # and now it is counted this year
        await people.conn.execute("UPDATE standing SET year = $1 WHERE standard LIKE 'spm-01.%'", TODAY.year)
    assert await counted() == {who(2), who(8)}
