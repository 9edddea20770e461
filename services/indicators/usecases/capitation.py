"""Capitation expected of a month beside what the list says, and what differs and why."""

from services.indicators.contract.kbk import Capitation
from services.indicators.queries import kbk as sql
from services.indicators.queries import numbers as numbers_sql
from services.indicators.room import room
from services.indicators.rules import kbk as rules
from services.indicators.rules import kbk_money as money
from services.indicators.rules import policies
from services.indicators.usecases import kbk
from services.kernel.auth import Actor
from services.kernel.problems import NotFound, Refused, Text
from services.kernel.service import Service

NOT_YOURS = Text("Hanya kapitasi FKTP sendiri, atau oleh dinas", "Only the own facility's capitation, or by the office")
NO_TARIFF = Text("Belum ada tarif kapitasi untuk jenis FKTP ini", "There is no capitation tariff for this kind")


async def month(service: Service, actor: Actor, facility: str, said: str | None) -> Capitation:
    """One FKTP's month in rupiah. Raises Invalid, NotFound, Refused, Unprocessable."""
    async with service.db.transaction() as tx:
        await numbers_sql.snapshot(tx)
        if not kbk.exact(actor, facility):
            raise Refused(NOT_YOURS)
        one = kbk.asked(service, said)
        found = next(iter(await kbk.found(tx, one, facility)), None)
        if found is None:
            raise NotFound(kbk.NO_FKTP)
        known = await sql.known_members(tx, one.span, [facility], one.rule.registered)
        staff = await sql.staff(tx, one.end)
    listed, kind = found.listed or {}, found.row["kind"]
    active = listed.get("active")
    members = active if active is not None else known.get(facility, {}).get("active", 0)
    tariffs = policies.on(room(service).tariffs, one.end)
    people = {profession: n for (code, profession), n in staff.items() if code == facility}
    rate = money.rate(tariffs, kind, found.month.contact.of, people, listed.get("norm"))
    if rate is None:
        raise NotFound(NO_TARIFF)
    adjusts, _ = kbk.adjusting(one, found)
    score = rules.scored(one.rule, kind, found.month)
    percent = score.percent if score is not None and adjusts else 100
    expected = money.amount(members, rate.rupiah, percent)
    difference, reasons = money.reasons(
        (members, rate.rupiah, percent), listed.get("paid_members"), listed.get("norm"), listed.get("amount")
    )
    return Capitation(
        facility=facility, name=found.row["name"], kind=kind, month=one.name, members=members,
        members_from="list" if active is not None else "known", tariff=rate.rupiah, tariff_why=rate.why,
        percent=percent, expected=expected, at_stake=money.amount(members, rate.rupiah, 100) - expected,
        list_members=listed.get("paid_members"), list_amount=listed.get("amount"), difference=difference,
        reasons=reasons, source=tariffs.source,
    )  # fmt: skip
