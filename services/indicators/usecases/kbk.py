"""KBK of every FKTP and month: figures, score, payment band, forecast; as known now, or as known at a moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from typing import Any

from services.indicators.contract.kbk import (
    Kbk,
    KbkChange,
    KbkDetail,
    KbkFigure,
    KbkForecast,
    KbkPart,
    KbkRow,
    MembersFrom,
)
from services.indicators.contract.words import Words
from services.indicators.queries import kbk as sql
from services.indicators.queries import numbers as numbers_sql
from services.indicators.queries.kbk import Span
from services.indicators.room import room
from services.indicators.rules import kbk as rules
from services.indicators.rules import policies
from services.indicators.rules.kbk import Group, Month, Share
from services.indicators.rules.suppression import few
from services.kernel.auth import CARE_ROLES, Actor, Role
from services.kernel.db import Connection
from services.kernel.problems import Fault, Invalid, NotFound, Text, Unprocessable
from services.kernel.service import Service

NO_FKTP = Text("FKTP ini tidak dibayar kapitasi pada bulan itu", "No facility paid by capitation that month")
TITLES = {
    "contact": Words(id="Angka kontak", en="Contact rate"),
    "rrns": Words(id="Rasio rujukan non-spesialistik (RRNS)", en="Non-specialist referral ratio"),
    "rppt": Words(id="Rasio peserta Prolanis terkendali (RPPT)", en="Controlled Prolanis members"),
}
FORMULAS = {
    "contact": Words(
        id="Peserta terdaftar dengan sedikitnya satu kontak (sakit atau sehat, di dalam atau luar gedung, jarak jauh) "
        "dengan FKTP itu, pustu atau posyandunya dalam bulan itu ÷ peserta terdaftar × 1.000",
        en="Registered members with at least one contact in the month ÷ registered members × 1,000",
    ),
    "rrns": Words(
        id="Rujukan vertikal dengan diagnosis kompetensi FKTP pada hari itu tanpa alasan TACC ÷ semua rujukan vertikal "
        "FKTP × 100; yang dibatalkan, dan orang yang diketahui bukan peserta aktif, tidak dihitung",
        en="Non-specialist referrals without TACC ÷ all referrals of the FKTP × 100",
    ),
    "rppt": Words(
        id="Rata-rata dari: peserta Prolanis DM terkendali ÷ peserta Prolanis DM, dan HT terkendali ÷ HT; menurut "
        "pengukuran terakhir dalam bulan itu",
        en="Mean of controlled DM ÷ enrolled DM and controlled HT ÷ enrolled HT, by the month's last measurement",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """A month, its days that count, and by whose knowledge."""

    first: date
    today: date
    rule: rules.Kbk
    known: datetime | None = None

    @property
    def end(self) -> date:
        """The month's last day."""
        return rules.month_end(self.first)

    @property
    def span(self) -> Span:
        """The days that count: up to today."""
        return Span(self.first, min(self.end, self.today), self.known)

    @property
    def running(self) -> bool:
        """Whether the month is not over."""
        return self.today <= self.end

    @property
    def name(self) -> str:
        """YYYY-MM."""
        return f"{self.first:%Y-%m}"


def asked(service: Service, month: str | None, known: datetime | None = None) -> Asked:
    """The month asked for, else the running one. Raises Invalid, Unprocessable."""
    today = service.clock.today()
    try:
        first = date.fromisoformat(f"{month}-01") if month else today.replace(day=1)
    except ValueError:
        text = Text("Bulan ditulis 2026-11", "A month is written 2026-11")
        raise Invalid(text, [Fault("/month", text)]) from None
    if first > today:
        text = Text("Bulan itu belum mulai", "That month has not begun")
        raise Unprocessable(text, [Fault("/month", text)])
    if known is not None and known.tzinfo is None:
        known = known.replace(tzinfo=service.clock.zone)
    return Asked(first, today, policies.on(room(service).kbk, rules.month_end(first)), known)


@dataclass(frozen=True, slots=True)
class Found:
    """What one FKTP's month rests on, where from."""

    row: Mapping[str, Any]
    month: Month
    listed: Mapping[str, Any] | None
    measured: tuple[int, int]
    unjudged: int
    members_from: tuple[MembersFrom, ...]
    """Of all members, of DM, of HT: by the list, or those known."""


async def found(conn: Connection, one: Asked, facility: str | None = None) -> list[Found]:
    """Every FKTP of the month (or one) with what its figures rest on."""
    fktps = await sql.fktps(conn, one.span, rules.FKTP_KINDS, facility)
    codes, rule, span = [r["code"] for r in fktps], one.rule, one.span
    if not codes:
        return []
    lists = await sql.lists(conn, span, codes)
    contacts = await sql.contacts(conn, span, codes, rule.registered)
    referred = await sql.referrals(conn, span, codes, rule.not_jkn)
    enrolled = controlled(rule, await sql.prolanis(conn, span, codes, rule.registered))
    lacking = [c for c in codes if c not in lists]
    known = await sql.known_members(conn, span, lacking, rule.registered) if lacking else {}
    return [_found(one, r, lists.get(r["code"]), contacts, referred, enrolled, known) for r in fktps]


def _found(
    one: Asked, row: Mapping[str, Any], listed: Mapping[str, Any] | None, contacts: Mapping[str, int],
    referred: Mapping[str, tuple[int, int, int]], enrolled: "Mapping[str, Mapping[str, Enrolled]]",
    known: Mapping[str, Mapping[str, int]],
) -> Found:  # fmt: skip
    code = row["code"]
    every, own, unjudged = referred.get(code, (0, 0, 0))
    mine = {g: enrolled.get(code, {}).get(g, Enrolled()) for g in ("dm", "ht")}
    of = {g: (listed or {}).get(g) for g in ("dm", "ht")}
    count = "members" if "inactive" in one.rule.registered else "active"
    said = listed.get(count) if listed else None
    members = said if said is not None else known.get(code, {}).get(count, 0)
    shares = {g: Share(m.controlled, n if n is not None else m.members) for (g, m), n in
              zip(mine.items(), of.values(), strict=True)}  # fmt: skip
    origin: tuple[MembersFrom, ...] = (
        "list" if said is not None else "known", *("known" if of[g] is None else "list" for g in ("dm", "ht"))
    )  # fmt: skip
    month = Month(Share(contacts.get(code, 0), members), Share(own, every), shares["dm"], shares["ht"])
    return Found(row, month, listed, (mine["dm"].measured, mine["ht"].measured), unjudged, origin)


@dataclass(slots=True)
class Enrolled:
    """Members of one Prolanis group: how many, measured this month, controlled."""

    members: int = 0
    measured: int = 0
    controlled: int = 0


@dataclass(frozen=True, slots=True)
class Controlled:
    """One enrolled member: what was measured, and whether each group's rule says controlled (None: not measured)."""

    person_id: Any
    facility: str
    groups: Mapping[str, bool | None]
    rows: Sequence[Mapping[str, Any]]


def judged(rule: rules.Kbk, rows: Sequence[Mapping[str, Any]]) -> list[Controlled]:
    """Each enrolled member with the verdict of the month."""
    by_person = dict[Any, list[Mapping[str, Any]]]()
    for r in rows:
        by_person.setdefault(r["person_id"], []).append(r)
    made = []
    for person, mine in by_person.items():
        measured = [(r["concept"], r["date"], r["value"]) for r in mine if r["concept"]]
        groups: dict[str, bool | None] = {}
        if "DM" in mine[0]["prolanis"]:
            groups["dm"] = rules.dm_controlled(rule, measured)
        if "HT" in mine[0]["prolanis"]:
            groups["ht"] = rules.ht_controlled(rule, mine[0]["birth_date"], measured)
        made.append(Controlled(person, mine[0]["facility"], groups, mine))
    return made


def controlled(rule: rules.Kbk, rows: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Enrolled]]:
    """FKTP → group → how many are enrolled, measured, controlled."""
    made = dict[str, dict[str, Enrolled]]()
    for one in judged(rule, rows):
        for group, verdict in one.groups.items():
            into = made.setdefault(one.facility, {}).setdefault(group, Enrolled())
            into.members += 1
            into.measured += verdict is not None
            into.controlled += verdict is True
    return made


async def district(service: Service, actor: Actor, month: str | None, known: datetime | None) -> Kbk:
    """Every FKTP's month. Raises Invalid, Unprocessable."""
    async with service.db.transaction() as tx:
        await numbers_sql.snapshot(tx)
        one = asked(service, month, known)
        rows = await found(tx, one)
    return Kbk(**_head(one), rows=[shown(service, actor, one, f) for f in rows])


def _head(one: Asked) -> dict[str, Any]:
    return {
        "month": one.name, "as_of": one.span.last, "complete": not one.running,
        "closes_on": rules.closing_day(one.rule, one.first), "known_at": one.known, "source": one.rule.source,
        "verify": one.rule.verify,
    }  # fmt: skip


async def detail(service: Service, actor: Actor, facility: str, month: str | None, known: datetime | None) -> KbkDetail:
    """One FKTP's month; once its entries have closed also what was known then, and what is otherwise since. Raises
    Invalid, NotFound, Unprocessable."""
    async with service.db.transaction() as tx:
        await numbers_sql.snapshot(tx)
        one = asked(service, month, known)
        closed_at = closing(service, one)
        now = next(iter(await found(tx, one, facility)), None)
        past = closed_at <= service.clock.now() and known is None
        then = next(iter(await found(tx, _at(one, closed_at), facility)), None) if past else None
    if now is None:
        raise NotFound(NO_FKTP)
    row = shown(service, actor, one, now)
    if then is None or not then.month.contact.of:  # nothing was known when it closed
        return KbkDetail(**_head(one), rows=[row], closed_at=closed_at if past else None)
    was = shown(service, actor, _at(one, closed_at), then)
    return KbkDetail(**_head(one), rows=[row], closed=was, closed_at=closed_at, restated=_restated(was, row))


def closing(service: Service, one: Asked) -> datetime:
    """The moment at which the month's entries close: the end of the day."""
    day = rules.closing_day(one.rule, one.first) + timedelta(days=1)
    return datetime.combine(day, time(), service.clock.zone)


def _at(one: Asked, known: datetime) -> Asked:
    return Asked(one.first, one.today, one.rule, known)


def _restated(was: KbkRow, now: KbkRow) -> list[KbkChange]:
    return [
        KbkChange(
            code=a.code, was=a.value, now=b.value, count_was=a.count, count_now=b.count, of_was=a.of, of_now=b.of
        )
        for a, b in zip(was.figures, now.figures, strict=True) if (a.value, a.count, a.of) != (b.value, b.count, b.of)
    ]  # fmt: skip


def exact(actor: Actor, facility: str) -> bool:
    """Whether a caller sees exact sums of an FKTP: the office, and the FKTP itself."""
    return actor.role == Role.DINKES_ADMIN or (actor.role in CARE_ROLES and actor.facility == facility)


def shown(service: Service, actor: Actor, one: Asked, f: Found) -> KbkRow:
    """An FKTP's month as this caller may see it: what few people stand behind is withheld, with all that tells it."""
    kind, code = f.row["kind"], f.row["code"]
    score = rules.scored(one.rule, kind, f.month)
    open_ = exact(actor, code)
    hidden = {
        "contact": not open_ and few(f.month.contact.of, f.month.contact.count),
        "rrns": not open_ and few(f.month.rrns.of, f.month.rrns.count),
        "rppt": not open_ and any(map(tells_of_few, (f.month.dm, f.month.ht), f.measured)),
    }
    figures = [_contact(one, f, score), _rrns(one, f, score), _rppt(one, f, score)]
    opens = open_ and actor.role in (*CARE_ROLES, Role.DINKES_ADMIN)
    adjusts, why = adjusting(one, f)
    withheld = any(hidden.values())
    return KbkRow(
        facility=code, name=f.row["name"], kind=kind, members=f.month.contact.of, members_from=f.members_from[0],
        list_version=f.listed["version"] if f.listed else None,
        figures=[_veiled(x, hidden[x.code], opens) for x in figures],
        score=None if score is None or withheld else round(float(score.score), 2),
        percent=None if score is None or withheld else score.percent, adjusts=adjusts, why=why, suppressed=withheld,
    )  # fmt: skip


def tells_of_few(share: Share, measured: int) -> bool:
    """Whether few are controlled, measured, measured but not controlled, or none of these."""
    return few(share.of, share.count) or few(share.of, measured) or few(measured, share.count)


def _veiled(x: KbkFigure, hidden: bool, opens: bool) -> KbkFigure:
    if hidden:
        bare: dict[str, Any] = dict.fromkeys(("value", "count", "of", "rating", "words", "forecast", "unjudged")) | {
            "parts": [],
            "links": {},
        }
        return x.model_copy(update=bare)
    if not opens:
        return x.model_copy(update={"links": {}, "parts": [p.model_copy(update={"links": {}}) for p in x.parts]})
    return x


def adjusting(one: Asked, f: Found) -> tuple[bool | None, Words]:
    """Whether KBK adjusts this FKTP's payment: a year of contract, and enough members."""
    rule, since = one.rule, f.row["since"]
    if f.month.contact.of < rule.least_members:
        said = f"{rules.thousands(f.month.contact.of)} peserta, kurang dari {rules.thousands(rule.least_members)}"
        return False, Words(id=said, en=f"fewer than {rule.least_members} members")
    if since is None:
        return None, Words(id="Hari pertama kontrak dengan JKN belum tercatat", en="Its first day is unknown")
    months = rules.months_apart(since, one.end)
    if months < rule.least_contract_months:
        return False, Words(
            id=f"Bekerja sama baru {months} bulan, sejak {since.isoformat()}", en=f"Under contract since {since} only"
        )
    return True, Words(id=f"Bekerja sama sejak {since.isoformat()}, peserta cukup", en=f"Under contract since {since}")


def _value(value: Fraction | None) -> float | None:
    return None if value is None else round(float(value), 2)


def _links(one: Asked, f: Found, figure: str, states: Sequence[str]) -> dict[str, str]:
    door = f"/v1/kbk/{f.row['code']}/{figure}/persons?month={one.name}"
    known = f"&known_at={one.known.isoformat().replace('+', '%2B')}" if one.known else ""
    return {state: f"{door}&state={state}{known}" for state in states}


def _base(one: Asked, code: str, score: rules.Scored | None, at: int, share: Share) -> dict[str, Any]:
    ratio: rules.Ratio = getattr(one.rule, code)
    value = None if score is None else (score.contact, score.rrns, score.rppt)[at]
    return {
        "code": code, "title": TITLES[code], "formula": FORMULAS[code], "unit": "‰" if ratio.per == 1000 else "%",
        "value": _value(value), "count": share.count, "of": share.of, "target": float(ratio.target),
        "rating": score.ratings[at] if score else None, "weight": float(ratio.weight),
    }  # fmt: skip


def _contact(one: Asked, f: Found, score: rules.Scored | None) -> KbkFigure:
    share = f.month.contact
    base = _base(one, "contact", score, 0, share) | {"links": _links(one, f, "contact", ("counted", "lacking"))}
    if not share.of:
        return KbkFigure(**base, words=Words(id="Belum ada peserta yang diketahui.", en="No members are known."))
    told = rules.contact_forecast(one.rule, share, one.first, one.span.last, one.end)
    ahead = KbkForecast(
        until=one.end, needed=told.needed, needed_per_day=told.per_day, pace_per_day=round(told.pace, 2),
        projected=told.projected, projected_value=round(told.value, 2), projected_rating=told.rating,
    )  # fmt: skip
    return KbkFigure(**base, words=told.words, forecast=ahead if one.running else None)


def _rrns(one: Asked, f: Found, score: rules.Scored | None) -> KbkFigure:
    share = f.month.rrns
    return KbkFigure(
        **_base(one, "rrns", score, 1, share), words=rules.rrns_words(one.rule, share, f.unjudged),
        unjudged=f.unjudged, links=_links(one, f, "rrns", ("counted", "all")),
    )  # fmt: skip


def _rppt(one: Asked, f: Found, score: rules.Scored | None) -> KbkFigure:
    both = Share(f.month.dm.count + f.month.ht.count, f.month.dm.of + f.month.ht.of)
    groups: list[tuple[int, Group, Share]] = [(0, "dm", f.month.dm), (1, "ht", f.month.ht)]
    parts = [
        KbkPart(
            code=code, controlled=share.count, members=share.of, members_from=f.members_from[1 + at],
            measured=f.measured[at], percent=_value(share.times(100, one.rule.empty)) if share.of else None,
            needed=rules.rppt_needed(one.rule, f.month, code), links=_links(one, f, code, ("counted", "lacking")),
        )
        for at, code, share in groups
    ]  # fmt: skip
    return KbkFigure(
        **_base(one, "rppt", score, 2, both), words=rules.rppt_words(one.rule, f.month, one.end), parts=parts
    )
