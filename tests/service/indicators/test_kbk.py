"""KBK over HTTP: figures with their arithmetic in words, the people behind them, what was known when a month closed."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest

from services.indicators.rules.kbk import Share
from services.indicators.usecases import jkn_feed
from services.indicators.usecases.kbk import tells_of_few
from services.kernel.app import App
from services.kernel.events import Event
from tests.service.indicators.conftest import KEPT, OPTED_OUT
from tests.service.indicators.world import LOINC, Stage, Write, coded, patient, quantity, who

Caller = Callable[..., httpx.AsyncClient]
ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
OCTOBER = datetime(2026, 10, 20, tzinfo=UTC)


def visit(day: date, **more: Any) -> dict[str, Any]:
    return {"status": "finished", "class": {"system": ACT, "code": "AMB"}, "period": {"start": str(day)}} | more


class Jkn:
    """What coverage and referrals tell."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.position = stage, 0

    def _event(self, type_: str, subject: str, data: dict[str, Any], person: str | None, at: datetime) -> Event:
        self.position += 1
        return Event(type_, "changed", subject, self.position, data, person, self.position, at)

    async def member(
        self, n: int, status: str = "active", fktp: str | None = "P1", prolanis: tuple[str, ...] = (),
        on: date = date(2026, 10, 1), payer: str = "21", at: datetime = OCTOBER,
    ) -> None:  # fmt: skip
        data = {"status": status, "payer": payer, "checked_on": str(on), "registered_facility": fktp,
                "prolanis": list(prolanis)}  # fmt: skip
        event = self._event("member", who(n), data, who(n), at)
        async with self.stage.conn.transaction():
            await jkn_feed.take_coverage(self.stage.conn, [event])

    async def listed(self, fktp: str = "P1", month: str = "2026-11", at: datetime = OCTOBER, **more: Any) -> None:
        data = {"facility": fktp, "bpjs_code": "9914P001", "month": month, "members": 20, "active": 18, "version": 1}
        async with self.stage.conn.transaction():
            await jkn_feed.take_coverage(self.stage.conn, [self._event("capitation", fktp, data | more, None, at)])

    async def referred(
        self, n: int, person: int, own: bool = True, tacc: bool = False, day: str = "2026-11-03"
    ) -> None:
        data = {"from_facility": "P1", "opened_at": f"{day}T02:00:00Z", "kind": "vertical", "leg": 1,
                "outcome": None, "non_specialist": own, "tacc": tacc}  # fmt: skip
        event = self._event("referral", f"00000000-0000-0000-0000-{n:012}", data, who(person), OCTOBER)
        async with self.stage.conn.transaction():
            await jkn_feed.take_referrals(self.stage.conn, self.stage.room.reader._zone, [event])

    async def contract(self, since: str = "2020-01-01") -> None:
        spans = [Event("jkn_contract", "created", "P1/2020", 1,
                       {"facility": "P1", "valid_from": since, "kind": "fktp", "capitation": True})]  # fmt: skip
        spans += [
            Event("practitioner", "created", f"d{n}/P1", 1,
                  {"id": f"d{n}", "facility": "P1", "profession": p, "valid_from": "2020-01-01"})
            for n, p in enumerate(("dokter", "dokter-gigi"))
        ]  # fmt: skip
        async with self.stage.conn.transaction():
            await jkn_feed.take_spans(self.stage.conn, spans)


@pytest.fixture
async def jkn(stage: Stage) -> AsyncIterator[Jkn]:
    """Six people of P1, of whom one came this month; P1 has a list of twenty."""
    told = Jkn(stage)
    await told.contract()
    async with stage.conn.transaction():
        await stage.write([Write("Patient", f"p{n}", who(n), patient(date(1980, 1, n))) for n in range(1, 8)])
        await stage.write([Write("Encounter", "e1", who(1), visit(date(2026, 11, 2)), "P1", "P1")])
    for n in range(1, 7):
        await told.member(n)
    yield told
    KEPT.clear()
    OPTED_OUT.clear()


def figure(row: dict[str, Any], code: str) -> dict[str, Any]:
    found: dict[str, Any] = next(f for f in row["figures"] if f["code"] == code)
    return found


async def test_a_month_with_its_forecast(jkn: Jkn, caller: Caller) -> None:
    office = caller("dinkes-admin")
    known = (await office.get("/v1/kbk/P1")).json()["rows"][0]
    assert (known["members"], known["members_from"]) == (6, "known")
    await jkn.listed()
    answer = (await office.get("/v1/kbk/P1")).json()
    row = answer["rows"][0]
    assert (row["members"], row["members_from"], answer["closes_on"]) == (20, "list", "2026-12-05")
    contact = figure(row, "contact")
    assert (contact["value"], contact["count"], contact["of"], contact["rating"]) == (50.0, 1, 20, 1)
    assert contact["words"]["id"] == (
        "1 dari 20 peserta sudah ada kontak (50,0 ‰). 150 ‰ × 20 ÷ 1.000 = 3 orang; butuh 2 kontak lagi sampai tanggal "
        "30 November, yaitu 1 orang sehari selama 9 hari. Laju sampai kini 0,0 orang sehari (1 ÷ 21 hari); bila tetap, "
        "akhir bulan 1 orang (50,0 ‰, nilai 1)."
    )
    assert (contact["forecast"]["needed"], contact["forecast"]["until"]) == (2, "2026-11-30")
    assert (row["score"], row["percent"]) == (2.5, 90), "0.4×1 + 0.5×4 + 0.1×1; nobody referred, nobody enrolled"
    assert row["adjusts"] is False and row["why"]["id"] == "20 peserta, kurang dari 5.000"
    both = (await office.get("/v1/kbk")).json()
    assert [r["facility"] for r in both["rows"]] == ["P1"] and both["verify"]


async def test_referrals_and_prolanis(jkn: Jkn, stage: Stage, caller: Caller) -> None:
    await jkn.listed()
    await jkn.member(2, prolanis=("DM",), on=date(2026, 11, 1))
    await jkn.member(3, prolanis=("HT",), on=date(2026, 11, 1))
    await jkn.member(6, "inactive", on=date(2026, 11, 1))
    gdp = {"status": "final", "effectiveDateTime": "2026-11-04", "code": coded((LOINC, "1558-6"))}
    bp = [{"code": coded((LOINC, c)), **quantity(v, "mm[Hg]")} for c, v in (("8480-6", 128), ("8462-4", 80))]
    async with stage.conn.transaction():
        await stage.write([
            Write("Observation", "o1", who(2), gdp | quantity(118, "mg/dL")),
            Write("Observation", "o2", who(3), gdp | {"code": coded((LOINC, "85354-9")), "component": bp}),
        ])  # fmt: skip
    for n, (person, own, tacc) in enumerate(
        [(1, True, False), (2, True, True), (3, False, False), (6, True, False)], 1
    ):
        await jkn.referred(n, person, own, tacc)
    office = caller("dinkes-admin")
    row = (await office.get("/v1/kbk/P1")).json()["rows"][0]
    rrns, rppt = figure(row, "rrns"), figure(row, "rppt")
    assert (rrns["count"], rrns["of"], rrns["value"], rrns["rating"]) == (1, 3, 33.33, 1), "no member is not JKN's"
    assert [(p["code"], p["controlled"], p["members"], p["measured"]) for p in rppt["parts"]] == [
        ("dm", 1, 1, 1), ("ht", 0, 1, 1),
    ]  # fmt: skip
    assert (rppt["value"], rppt["rating"]) == (50.0, 4)
    link = next(p for p in rppt["parts"] if p["code"] == "ht")["links"]["lacking"]
    item = (await office.get(link + "&names=true")).json()["items"][0]
    assert (item["value"], item["resources"], item["who"]["name"]) == ("128/80 mmHg", ["Observation/o2"], "Orang 3")
    referred = (await office.get(rrns["links"]["all"])).json()["items"]
    assert [(i["person_id"], i["on"]) for i in referred] == [(who(n), "2026-11-03") for n in (1, 2, 3)]


async def test_who_lacks_a_contact_is_a_worklist(jkn: Jkn, stage: Stage, caller: Caller) -> None:
    """Living members, page by page; whose record is closed is not on it; everyone shown is logged."""
    OPTED_OUT.add(who(4))
    async with stage.conn.transaction():
        await stage.write([Write("Patient", "p5", who(5), patient(date(1980, 1, 5), deceasedDateTime="2026-11-01"))])
    mine = caller("puskesmas-staff", "P1")
    url, seen = "/v1/kbk/P1/contact/persons?state=lacking&limit=1", list[str]()
    page = (await mine.get(url)).json()
    while True:
        seen += [i["person_id"] for i in page["items"]]
        if page["next"] is None:
            break
        page = (await mine.get(url, params={"after": page["next"]})).json()
    assert seen == [who(2), who(3), who(6)]
    logged = await stage.conn.fetch("SELECT DISTINCT person_id::text FROM access_pending UNION"
                                    " SELECT DISTINCT person_id::text FROM access_log")  # fmt: skip
    assert {who(2), who(3), who(6)} <= {r[0] for r in logged} and who(4) not in {r[0] for r in logged}
    counted = (await mine.get("/v1/kbk/P1/contact/persons?state=counted")).json()["items"]
    assert [(i["person_id"], i["resources"]) for i in counted] == [(who(1), ["Encounter/e1"])]
    KEPT.add("Encounter/e1")
    assert (await mine.get("/v1/kbk/P1/contact/persons?state=counted")).json()["items"] == []
    for role, facility in (("clinician", "K1"), ("puskesmas-staff", "P2")):
        other = await caller(role, facility).get(url)
        assert other.status_code == 403, role


async def test_few_people_are_withheld_from_who_sees_no_names(jkn: Jkn, caller: Caller) -> None:
    row = (await caller("dinkes-analyst").get("/v1/kbk")).json()["rows"][0]
    contact = figure(row, "contact")
    assert row["suppressed"] and (contact["value"], contact["count"], contact["words"]) == (None, None, None)
    assert (row["score"], row["percent"]) == (None, None) and not contact["links"]
    exact = (await caller("clinician", "P1").get("/v1/kbk/P1")).json()["rows"][0]
    assert figure(exact, "contact")["count"] == 1


@pytest.mark.parametrize(
    ("members", "controlled", "measured", "withheld"),
    [(50, 0, 0, False), (50, 0, 1, True), (50, 10, 12, True), (50, 10, 20, False), (50, 2, 20, True)],
)
def test_few_who_were_measured_are_withheld_too(members: int, controlled: int, measured: int, withheld: bool) -> None:
    assert tells_of_few(Share(controlled, members), measured) is withheld


async def test_a_closed_month_stays_as_it_was_known(jkn: Jkn, stage: Stage, caller: Caller) -> None:
    """What comes after the closing changes today's figure, and says so; what was known then stays askable."""
    await jkn.listed(month="2026-10", members=10)
    stage.first = datetime(2026, 11, 3, tzinfo=UTC)
    async with stage.conn.transaction():
        await stage.write([Write("Encounter", "o", who(1), visit(date(2026, 10, 9)), "P1", "P1")])
    stage.first = datetime(2026, 11, 9, tzinfo=UTC)
    async with stage.conn.transaction():
        await stage.write([Write("Encounter", "o", who(1), visit(date(2026, 10, 9), status="cancelled"), "P1", "P1")])
        late = [Write("Encounter", f"l{n}", who(n), visit(date(2026, 10, 30)), "P1", "P1") for n in (2, 3)]
        await stage.write(late)
    answer = (await caller("dinkes-admin").get("/v1/kbk/P1?month=2026-10")).json()
    assert answer["closed_at"] == "2026-11-06T00:00:00+07:00"
    assert figure(answer["closed"], "contact")["count"] == 1 and figure(answer["rows"][0], "contact")["count"] == 2
    assert [(c["code"], c["count_was"], c["count_now"]) for c in answer["restated"]] == [("contact", 1, 2)]
    link = figure(answer["closed"], "contact")["links"]["counted"]
    assert [i["person_id"] for i in (await caller("dinkes-admin").get(link)).json()["items"]] == [who(1)]


async def test_capitation_beside_the_list(jkn: Jkn, caller: Caller) -> None:
    """Members, tariff by kind and doctors; what differs adds up to the rupiah."""
    await jkn.listed(members=6000, active=5990, paid_members=6010, amount=6010 * 6300)
    office = caller("dinkes-admin")
    found = (await office.get("/v1/kbk/P1/capitation")).json()
    assert (found["tariff"], found["percent"], found["members"]) == (6000, 90, 5990), "one doctor for 6,000 is too few"
    assert found["expected"] == 5990 * 6000 * 90 // 100 and found["at_stake"] == 5990 * 6000 // 10
    assert found["difference"] == 6010 * 6300 - found["expected"]
    assert sum(r["rupiah"] for r in found["reasons"]) == found["difference"]
    await jkn.listed(members=6000, active=5990, paid_members=6010, amount=6010 * 6300 * 95 // 100, norm=6300)
    found = (await office.get("/v1/kbk/P1/capitation")).json()
    assert [r["code"] for r in found["reasons"]] == ["members", "band"] and found["tariff"] == 6300
    assert sum(r["rupiah"] for r in found["reasons"]) == found["difference"]
    assert (await caller("clinician", "K1").get("/v1/kbk/P1/capitation")).status_code == 403


async def test_signs_open_to_their_evidence(jkn: Jkn, stage: Stage, caller: Caller) -> None:
    """Made-up months of one puskesmas beside honest ones, and what gave each away."""
    await _bulk_and_digits(stage)
    minute = {"period": {"start": "2026-11-06T09:30:10+07:00"}}
    bp = lambda upper: {  # noqa: E731
        "status": "final", "effectiveDateTime": "2026-11-04", "code": coded((LOINC, "85354-9")),
        "component": [{"code": coded((LOINC, c)), **quantity(v, "mm[Hg]")}
                      for c, v in (("8480-6", upper), ("8462-4", 76))],
    }  # fmt: skip
    async with stage.conn.transaction():
        await stage.write([
            Write("Observation", "rw", who(3), bp(152), "P1"), Write("Observation", "mend", who(4), bp(128), "P1"),
            Write("Observation", "dropped", who(5), bp(160), "P1"),
            Write("Encounter", "t1", who(2), visit(date(2026, 11, 6), **minute), "P1", "P1"),
            Write("Encounter", "t2", who(2), visit(date(2026, 11, 6), **minute), "K1", "K1"),
            Write("Patient", "p7", who(7), patient(date(1980, 1, 7), deceasedDateTime="2026-11-01")),
            Write("Encounter", "dead", who(7), visit(date(2026, 11, 5)), "P1", "P1"),
        ])  # fmt: skip
        await stage.write([Write("Observation", "rw", who(3), bp(128), "P1"),
                           Write("Observation", "mend", who(4), bp(122), "P1"),
                           Write("Observation", "dropped", who(5), None, "P1"),
                           Write("Observation", "instead", who(5), bp(125), "P1")])  # fmt: skip
    office = caller("dinkes-admin")
    found = (await office.get("/v1/kbk/signs")).json()
    signs = {s["kind"]: s for s in found["signs"] if s["facility"] == "P1"}
    assert sorted(signs) == ["bulk", "dead", "digits", "rewritten", "twice"] and found["tested"] == 1
    assert (signs["bulk"]["count"], signs["bulk"]["of"], signs["bulk"]["on"]) == (31, 31, "2026-11-10")
    test = signs["digits"]["test"]
    assert (test["concept"], test["n"], test["digit"], test["share"]) == ("glucose", 120, 5, 1.0)
    opened = {k: (await office.get(s["evidence"])).json()["items"] for k, s in signs.items()}
    assert len(opened["bulk"]) == 31 and len(opened["digits"]) == 120
    assert [(r["person_id"], r["was"], r["now"]) for r in opened["rewritten"]] == [
        (who(5), "160/76", "125/76"), (who(3), "152/76", "128/76"),
    ], "who was controlled before was only mended"  # fmt: skip
    assert (opened["dead"][0]["person_id"], opened["dead"][0]["dead_on"]) == (who(7), "2026-11-01")
    assert (opened["twice"][0]["other_facility"], opened["twice"][0]["resources"]) == (
        "K1", ["Encounter/t1", "Encounter/t2"],
    )  # fmt: skip
    KEPT.add("Observation/rw")
    assert [r["person_id"] for r in (await office.get(signs["rewritten"]["evidence"])).json()["items"]] == [who(5)]
    assert {s["kind"] for s in (await office.get("/v1/kbk/signs?facility=P2")).json()["signs"]} == set()
    assert (await caller("puskesmas-staff", "P1").get("/v1/kbk/signs")).status_code == 403


async def _bulk_and_digits(stage: Stage) -> None:
    """Thirty-one visits of a day without a measurement; as many of P2 with one; sugar that always ends in 5."""

    def sugar(n: int, value: int, encounter: str | None = None) -> dict[str, Any]:
        link = {"encounter": {"reference": f"Encounter/{encounter}"}} if encounter else {}
        day = f"2026-11-{n % 20 + 1:02}"
        return {"status": "final", "effectiveDateTime": day, "code": coded((LOINC, "2345-7")),
                **quantity(value, "mg/dL"), **link}  # fmt: skip

    day, some = date(2026, 11, 10), range(100, 131)
    async with stage.conn.transaction():
        await stage.write([Write("Encounter", f"b{n}", who(n), visit(day), "P1", "P1") for n in some])
        await stage.write([Write("Encounter", f"h{n}", who(n + 100), visit(day), "P2", "P2") for n in some])
        await stage.write([Write("Observation", f"v{n}", who(n + 100), sugar(n, 90 + n % 10, f"h{n}"), "P2", "P2")
                           for n in some])  # fmt: skip
        await stage.write([Write("Observation", f"s{n}", who(300 + n), sugar(n, 95 + n % 4 * 10), "P1", "P1")
                           for n in range(120)])  # fmt: skip
        await stage.write([Write("Observation", f"g{n}", who(500 + n), sugar(n, 80 + n % 60), "K1", "K1")
                           for n in range(95)])  # fmt: skip
        await stage.write([Write("Observation", f"f{n}", who(700 + n), sugar(n, 80 + n % 60) | {
            "effectiveDateTime": "2026-06-03"}, "K1", "K1") for n in range(400)])  # fmt: skip


async def test_what_cannot_be_asked(house: App, caller: Caller) -> None:
    office = caller("dinkes-admin")
    assert (await office.get("/v1/kbk/K9")).status_code == 404
    assert (await office.get("/v1/kbk?month=2026-13")).status_code == 400
    assert (await office.get("/v1/kbk?month=2027-01")).status_code == 422
