"""Signs of entries made for the figure's sake, for the office alone; each opens to its evidence, everyone logged."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from services.indicators.contract.signs import DigitTest, Evidence, EvidencePage, Sign, SignKind, Signs
from services.indicators.contract.words import Words
from services.indicators.queries import kbk_signs as sql
from services.indicators.queries import numbers as numbers_sql
from services.indicators.queries.kbk import Span
from services.indicators.room import room
from services.indicators.rules import kbk as kbk_rules
from services.indicators.rules import kbk_signs as rules
from services.indicators.rules import policies
from services.indicators.usecases import kbk, opening
from services.indicators.usecases.kbk import Asked
from services.kernel.auth import Actor
from services.kernel.db import Connection
from services.kernel.service import Service

MEASURES = {"bp_systolic": "sistolik", "bp_diastolic": "diastolik", "glucose": "gula darah"}
MOST = 200


async def signs(service: Service, month: str | None, facility: str | None) -> Signs:
    """The signs of a month. Raises Invalid, Unprocessable."""
    async with service.db.transaction() as tx:
        await numbers_sql.snapshot(tx)
        one = kbk.asked(service, month)
        rule = policies.on(room(service).signs, one.end)
        _, facilities = await numbers_sql.names(tx)
        found = await _bulk(tx, one, rule)
        digits, tested = await _digits(tx, one, rule)
        found += digits
        rewritten = _rewritten(one.rule, await sql.rewritten(tx, one.span, None))
        found += _counted(one, SignKind.REWRITTEN, [r["facility"] for r in rewritten])
        found += _counted(one, SignKind.DEAD, [r["facility"] for r in await sql.of_the_dead(tx, one.span, None)])
        found += _counted(one, SignKind.TWICE, [r["facility"] for r in await sql.twice(tx, one.span, None)])
    told = [
        s.model_copy(update={"name": facilities[s.facility]["name"] if s.facility in facilities else None})
        for s in found if facility in (None, s.facility)
    ]  # fmt: skip
    return Signs(month=one.name, signs=told, tested=tested, rules=_rules(rule))


def _rules(rule: rules.Signs) -> Words:
    alarm = kbk_rules.shown(float(rule.digit_alarm) * 100, 1)
    return Words(
        id=f"bulk: {rule.bulk_contacts} kontak sehari atau lebih, {float(rule.bulk_share):.0%} tanpa satu pengukuran "
        f"pun. digits: uji chi-kuadrat dua sampel atas angka terakhir terhadap FKTP lain selama {rule.digit_months} "
        f"bulan, dari {rule.digit_least} nilai dan {rule.digit_others} pembanding; p dikali banyaknya uji "
        f"(Bonferroni), sehingga paling banyak {alarm} % peluang ada satu alarm palsu sebulan bila nilai saling bebas; "
        "satu alat atau satu petugas membuat nilai tidak bebas, maka kelebihannya juga harus sekurangnya "
        f"{float(rule.digit_excess):.0%}. rewritten: nilai di luar batas terkendali ditulis ulang menjadi terkendali. "
        "dead: kontak sesudah meninggal. twice: dua tempat pada menit yang sama.",
        en=f"bulk: {rule.bulk_contacts} contacts a day, {float(rule.bulk_share):.0%} without a measurement. digits: "
        f"two-sample chi-square on last digits from {rule.digit_least} values on, Bonferroni, at most "
        f"{float(rule.digit_alarm):.1%} chance of any false alarm a month if values are independent. rewritten: an "
        "uncontrolled value became a controlled one. dead, twice: as named.",
    )


def _door(kind: SignKind, facility: str, month: str, more: str = "") -> str:
    return f"/v1/kbk/signs/{kind}/evidence?facility={facility}&month={month}{more}"


async def _bulk(conn: Connection, one: Asked, rule: rules.Signs) -> list[Sign]:
    rows = await sql.bulk(conn, one.span, rule.vitals, rule.bulk_contacts, float(rule.bulk_share))
    return [
        Sign(
            kind=SignKind.BULK, facility=fktp, name=None, on=day, count=bare, of=every,
            words=Words(
                id=f"{bare} dari {every} kontak pada {day} tanpa satu pengukuran pun",
                en=f"{bare} of {every} contacts on {day} without any measurement",
            ),
            evidence=_door(SignKind.BULK, fktp, one.name, f"&on={day}"),
        )
        for fktp, day, every, bare in rows
    ]  # fmt: skip


async def _digits(conn: Connection, one: Asked, rule: rules.Signs) -> tuple[list[Sign], int]:
    """Each FKTP's digits of the month against all the others' of the months up to it."""
    first = one.first
    for _ in range(rule.digit_months - 1):
        first = (first - timedelta(days=1)).replace(day=1)
    counts = await sql.digits(conn, first, one.span, rule.digit_concepts)
    every = defaultdict[str, list[int]](lambda: [0] * 10)
    for (concept, _), (_, whole) in counts.items():
        every[concept] = [a + b for a, b in zip(every[concept], whole, strict=True)]
    tested = dict[tuple[str, str], rules.Clustering]()
    for (concept, facility), (mine, whole) in counts.items():
        others = [a - b for a, b in zip(every[concept], whole, strict=True)]
        if sum(mine) >= rule.digit_least and sum(others) >= rule.digit_others:
            tested[concept, facility] = rules.clustering(mine, others)
    found = [
        _digit(one, concept, facility, c, len(tested)) for (concept, facility), c in sorted(tested.items())
        if rules.alarming(rule, c, len(tested))
    ]  # fmt: skip
    return found, len(tested)


def _digit(one: Asked, concept: str, facility: str, c: rules.Clustering, tests: int) -> Sign:
    said = f"{kbk_rules.shown(c.share * 100, 0)} % nilai {MEASURES[concept]} berakhir {c.digit}"
    return Sign(
        kind=SignKind.DIGITS, facility=facility, name=None, count=round(c.share * c.n), of=c.n,
        words=Words(
            id=f"{said}, di FKTP lain {kbk_rules.shown(c.others_share * 100, 0)} % (chi-kuadrat "
            f"{kbk_rules.shown(c.chi_square)}, p = {c.p:.2g}, {tests} uji)",
            en=f"{c.share:.0%} of {concept} end in {c.digit}, elsewhere {c.others_share:.0%} (p = {c.p:.2g})",
        ),
        test=DigitTest(
            concept=concept, n=c.n, others=c.others, chi_square=round(c.chi_square, 2), freedom=c.freedom, p=c.p,
            tests=tests, digit=c.digit, share=round(c.share, 4), others_share=round(c.others_share, 4),
        ),
        evidence=_door(SignKind.DIGITS, facility, one.name, f"&concept={concept}&digit={c.digit}"),
    )  # fmt: skip


_COUNTED = {
    SignKind.REWRITTEN: ("pengukuran ditulis ulang menjadi terkendali", "measurements rewritten into controlled"),
    SignKind.DEAD: ("kontak bertanggal sesudah orangnya meninggal", "contacts after the person died"),
    SignKind.TWICE: ("kontak pada menit yang sama dengan kontak di tempat lain", "contacts in one minute with another"),
}


def _counted(one: Asked, kind: SignKind, facilities: Sequence[str]) -> list[Sign]:
    id_, en = _COUNTED[kind]
    return [
        Sign(
            kind=kind, facility=f, name=None, count=n, words=Words(id=f"{n} {id_}", en=f"{n} {en}"),
            evidence=_door(kind, f, one.name),
        )
        for f, n in sorted(Counter(facilities).items())
    ]  # fmt: skip


def _rewritten(rule: kbk_rules.Kbk, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Of each measurement the change from not controlled to controlled, judged by its own bounds."""
    measures = defaultdict[str, list[Mapping[str, Any]]](list)
    for r in rows:
        measures[r["ref"]].append(r)
    found = []
    for ref, mine in measures.items():
        was = {r["concept"]: r["was"] for r in reversed(mine) if r["was"] is not None}
        now = {r["concept"]: r["now"] for r in mine if r["now"] is not None}
        last, day = mine[-1], mine[-1]["on"]
        if was.keys() == now.keys() and not _good(rule, last, day, was) and _good(rule, last, day, now):
            found.append({
                **last, "was": _text(was), "now": _text(now), "refs": [ref], "changed_at": last["gone_at"], "at": None,
            })  # fmt: skip
    return found


def _good(rule: kbk_rules.Kbk, r: Mapping[str, Any], day: date, values: Mapping[str, float]) -> bool:
    measured = [(concept, day, value) for concept, value in values.items()]
    if "glucose_fasting" in values:
        return kbk_rules.dm_controlled(rule, measured) is True
    return kbk_rules.ht_controlled(rule, r["birth_date"], measured) is True


def _text(values: Mapping[str, float]) -> str:
    order = ("bp_systolic", "bp_diastolic", "glucose_fasting")
    return "/".join(f"{values[c]:g}" for c in order if c in values)


@dataclass(frozen=True, slots=True)
class Question:
    """Which sign's evidence is opened."""

    kind: SignKind
    facility: str
    month: str | None
    on: date | None = None
    concept: str | None = None
    digit: int | None = None
    names: bool = False


async def evidence(service: Service, actor: Actor, question: Question) -> EvidencePage:
    """What a sign rests on, of people the caller may see. Raises Invalid, Unprocessable."""
    async with service.db.transaction() as tx:
        one = kbk.asked(service, question.month)
        rows = await _evidence(tx, one, policies.on(room(service).signs, one.end), question)
    found = await opening.opened(service, actor, rows[:MOST], f"kbk sign {question.kind}", question.names)
    fields = [f for f in Evidence.model_fields if f not in ("person_id", "who", "resources")]
    items = [
        Evidence(person_id=str(r["person_id"]), who=who, resources=refs, **{f: r[f] for f in fields if f in r})
        for r, refs, who in found
    ]
    return EvidencePage(
        kind=question.kind, facility=question.facility, month=one.name, items=items,
        withheld=opening.withheld(actor, len(rows[:MOST]) - len(items)), more=len(rows) > MOST,
    )  # fmt: skip


async def _evidence(conn: Connection, one: Asked, rule: rules.Signs, q: Question) -> list[dict[str, Any]]:
    if q.kind is SignKind.BULK:
        span = one.span if q.on is None else Span(q.on, q.on)
        return await sql.bulk_evidence(conn, span, rule.vitals, q.facility, MOST + 1)
    if q.kind is SignKind.DIGITS:
        rows = await sql.digit_evidence(conn, one.span, q.concept or "", q.facility, q.digit or 0, MOST + 1)
        return [r | {"now": f"{r['value']:g}"} for r in rows]
    if q.kind is SignKind.REWRITTEN:
        return _rewritten(one.rule, await sql.rewritten(conn, one.span, q.facility))
    reading = sql.of_the_dead if q.kind is SignKind.DEAD else sql.twice
    return await reading(conn, one.span, q.facility)
