"""KBK of any lives, told in any order, corrected, deleted, merged: what the text of the regulation says, now and as it
was known at every moment before."""

from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings

from services.indicators.queries.kbk import Span
from services.indicators.room import Room
from services.indicators.rules import kbk as rules_
from services.indicators.rules import policies
from services.indicators.usecases import feed, jkn_feed, kbk
from services.kernel.events import Event
from tests.service.indicators.oracle_kbk import Told, score
from tests.service.indicators.play import SEEDS, TIMES
from tests.service.indicators.world import FIRST, LOINC, Stage, Write, coded, patient, quantity, who

OCTOBER, NOVEMBER, TODAY = date(2026, 10, 1), date(2026, 11, 1), date(2026, 11, 21)
DAYS = [
    date(2026, 10, 1),
    date(2026, 10, 31),
    date(2026, 11, 1),
    date(2026, 11, 10),
    date(2026, 11, 21),
    date(2026, 11, 22),
]
"""Few, so that much happens on one; the last is after the day that is today."""
FKTPS = ("P1", "K1")
KINDS = {"P1": "puskesmas", "K1": "klinik-pratama", "U1": "pustu", "Y1": "posyandu", "R1": "rs"}
ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"


class Life:
    """Writes to the service and tells the oracle the same."""

    def __init__(self, stage: Stage, rnd: Random) -> None:
        self.stage, self.rnd, self.told, self.steps = stage, rnd, Told(), list[tuple[int, datetime]]()
        self.merged: dict[str, str] = {}
        self.ids: dict[str, str] = {}
        self.position = 0

    @property
    def moment(self) -> datetime:
        return FIRST + timedelta(minutes=self.position)

    def event(self, type_: str, kind: str, subject: str, data: dict[str, Any], person: str | None) -> Event:
        self.position += 1
        return Event(type_, kind, subject, 1, data, person, self.position, self.moment)

    async def begin(self) -> None:
        tx = self.stage.conn
        await feed.take_network(tx, [
            Event("facility", "created", c, 1, {"code": c, "name": c, "kind": k, "ownership": "public"})
            for c, k in KINDS.items()
        ])  # fmt: skip
        links = [("U1", "P1"), ("Y1", "U1")]
        self.told.above = dict(links)
        spans = [
            Event("link", "created", f"{c}/2020", 1, {"child": c, "parent": p, "valid_from": "2020-01-01"})
            for c, p in links
        ]
        spans += [
            Event("jkn_contract", "created", f"{f}/2020", 1,
                  {"facility": f, "valid_from": "2020-01-01", "kind": "fktp", "capitation": True}) for f in FKTPS
        ]  # fmt: skip
        await jkn_feed.take_spans(tx, spans)
        for n, born in enumerate((date(1950, 6, 1), date(1961, 11, 10), date(1990, 5, 5), date(2009, 1, 1)), 1):
            self.told.births[who(n)] = born
            await self.records([Write("Patient", f"p{n}", who(n), patient(born))])

    async def records(self, writes: list[Write]) -> None:
        self.position += 1
        self.stage.position, self.stage.first = self.position, self.moment - timedelta(seconds=self.position)
        for w in writes:
            self.stage.position = self.position
            event = self.stage._event(w)
            await feed.take_records(self.stage.conn, self.stage.room, [
                Event(event.type, event.kind, event.subject, event.version, event.data, event.person_id, self.position,
                      self.moment)
            ])  # fmt: skip
            self.stage.position = self.position

    def anybody(self) -> str:
        return who(self.rnd.randrange(1, 5))

    def day(self) -> date:
        return self.rnd.choice(DAYS)

    async def visit(self) -> None:
        name, person = f"e{self.rnd.randrange(8)}", self.anybody()
        person = self.ids.setdefault(name, person)
        facility, day = self.rnd.choice(["P1", "U1", "Y1", "K1", "R1"]), self.day()
        status = self.rnd.choice(["finished", "finished", "arrived", "cancelled", "planned"])
        gone = self.rnd.random() < 0.15
        body = {"status": status, "class": {"system": ACT, "code": self.rnd.choice(["AMB", "HH", "VR"])},
                "period": {"start": str(day)}}  # fmt: skip
        current = self.told.now_is(person, self.position)
        await self.records([Write("Encounter", name, current, None if gone else body, facility, facility)])
        valid = not gone and status in ("finished", "arrived")
        said = {"person": current, "facility": facility, "day": day} if valid else None
        self.told.visits.append((self.position, name, said))

    async def measure(self) -> None:
        name = f"m{self.rnd.randrange(8)}"
        person = self.told.now_is(self.ids.setdefault(name, self.anybody()), self.position)
        day, kind = self.day(), self.rnd.choice(["gdp", "bp"])
        values = (
            [float(self.rnd.choice([79, 80, 100, 130, 131]))] if kind == "gdp" else
            [float(self.rnd.choice([119, 120, 130, 131, 139])), float(self.rnd.choice([69, 70, 79, 80]))]
        )  # fmt: skip
        if kind == "gdp":
            body = {"code": coded((LOINC, "1558-6")), **quantity(values[0], "mg/dL")}
        else:
            parts = zip(("8480-6", "8462-4"), values, strict=True)
            body = {"code": coded((LOINC, "85354-9")),
                    "component": [{"code": coded((LOINC, c)), **quantity(v, "mm[Hg]")} for c, v in parts]}  # fmt: skip
        gone = self.rnd.random() < 0.15
        resource = None if gone else {"status": "final", "effectiveDateTime": str(day), **body}
        await self.records([Write("Observation", name, person, resource)])
        said = None if gone else {"person": person, "kind": kind, "day": day, "values": values}
        self.told.measures.append((self.position, name, said))

    async def member(self) -> None:
        person = self.told.now_is(self.anybody(), self.position)
        said = {
            "person": person, "day": self.day(), "status": self.rnd.choice(["active"] * 4 + ["inactive", "not_found"]),
            "fktp": self.rnd.choice(["P1", "P1", "K1", None]),
            "prolanis": self.rnd.choice([[], ["DM"], ["HT"], ["DM", "HT"], ["HT"]]),
        }  # fmt: skip
        data = {"status": said["status"], "payer": "21", "checked_on": str(said["day"]),
                "registered_facility": said["fktp"], "prolanis": said["prolanis"]}  # fmt: skip
        event = self.event("member", "changed", person, data, person)
        await jkn_feed.take_coverage(self.stage.conn, [event])
        self.told.members.append((self.position, said))

    async def listed(self) -> None:
        fktp, month = self.rnd.choice(FKTPS), self.rnd.choice([OCTOBER, NOVEMBER])
        said = {"fktp": fktp, "month": month, "members": self.rnd.choice([3, 7, 20]),
                "dm": self.rnd.choice([None, 2]), "ht": self.rnd.choice([None, 4])}  # fmt: skip
        data = {"facility": fktp, "bpjs_code": "9914P001", "month": f"{month:%Y-%m}", "members": said["members"],
                "active": 2, "dm": said["dm"], "ht": said["ht"], "version": len(self.told.lists) + 1}  # fmt: skip
        await jkn_feed.take_coverage(self.stage.conn, [self.event("capitation", "created", fktp, data, None)])
        self.told.lists.append((self.position, said))

    async def refer(self) -> None:
        n = self.rnd.randrange(5)
        name = str(UUID(int=7_000 + n))
        person = self.told.now_is(self.ids.setdefault(name, self.anybody()), self.position)
        earlier = [r for _, i, r in self.told.referrals if i == name]
        said = {
            "person": person, "fktp": earlier[0]["fktp"] if earlier else self.rnd.choice(FKTPS),
            "day": earlier[0]["day"] if earlier else self.day(),
            "kind": self.rnd.choice(["vertical"] * 3 + ["horizontal"]), "sent": self.rnd.random() < 0.8,
            "outcome": self.rnd.choice([None, None, "cancelled", "back-referred"]),
            "own": self.rnd.random() < 0.5, "tacc": self.rnd.random() < 0.3,
        }  # fmt: skip
        data = {"from_facility": said["fktp"], "opened_at": f"{said['day']}T01:00:00+07:00", "kind": said["kind"],
                "leg": int(said["sent"]), "outcome": said["outcome"], "non_specialist": said["own"],
                "tacc": said["tacc"]}  # fmt: skip
        event = self.event("referral", "changed", name, data, person)
        await jkn_feed.take_referrals(self.stage.conn, self.stage.room.reader._zone, [event])
        self.told.referrals.append((self.position, name, said))

    async def merge(self) -> None:
        if self.merged and self.rnd.random() < 0.5:
            other, survivor = self.merged.popitem()
            kind = "deleted"
        else:
            other = who(self.rnd.choice([2, 3]))
            survivor, kind = who(1), "created"
            if other in self.merged:
                return
            self.merged[other] = survivor
        data = {"survivor": survivor, "other": other, "persons": [survivor, other]}
        event = self.event("merge", kind, f"{survivor}{other}", data, survivor)
        await jkn_feed.take_merges(self.stage.conn, [event])
        self.told.merges.append((self.position, survivor, other, kind == "created"))

    async def step(self) -> None:
        doing = self.rnd.choices(
            [self.visit, self.measure, self.member, self.listed, self.refer, self.merge], [6, 6, 6, 1, 4, 1]
        )[0]
        await doing()
        self.steps.append((self.position, self.moment))


async def answered(life: Life, rule: rules_.Kbk, first: date, known: datetime | None) -> dict[str, Any]:
    one = kbk.Asked(first, TODAY, rule, known)
    found = await kbk.found(life.stage.conn, one)
    return {f.row["code"]: (f.row["kind"], f.month) for f in found}


@settings(max_examples=12 * TIMES, suppress_health_check=list(HealthCheck))
@given(seed=SEEDS)
async def test_any_month_as_known_at_any_moment(conn: Any, rules: Room, seed: int) -> None:
    rnd = Random(seed)  # noqa: S311
    rule = policies.on(rules.kbk, NOVEMBER)
    undo = conn.transaction()
    await undo.start()
    try:
        life = Life(Stage(conn, rules), rnd)
        await life.stage.begin(TODAY)
        await life.begin()
        for _ in range(rnd.randrange(5, 40)):
            await life.step()
        moments: list[tuple[int, datetime | None]] = [(life.position, None), *rnd.sample(life.steps, 3)]
        for at, known in moments:
            for first in (OCTOBER, NOVEMBER):
                span = Span(first, min(TODAY, rules_.month_end(first)))
                found = await answered(life, rule, first, known)
                for fktp in FKTPS:
                    kind, month = found[fktp]
                    ought = life.told.month(fktp, span.first, span.last, at)
                    got = {n: (getattr(month, n).count, getattr(month, n).of) for n in ("contact", "rrns", "dm", "ht")}
                    assert got == ought, (fktp, first, at)
                    made, text = rules_.scored(rule, kind, month), score(kind, ought)
                    assert (made is None) == (text is None)
                    if made and text:
                        assert ([made.contact, made.rrns, made.rppt], [*made.ratings], made.score, made.percent) == text
    finally:
        await undo.rollback()
