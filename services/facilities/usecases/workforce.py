"""The workforce of the district: licences that end, the nine kinds on a day, and month by month."""

from datetime import date

from services.facilities.contract import Profession
from services.facilities.contract.workforce import (
    Care,
    District,
    LicenceKind,
    LicenceState,
    PuskesmasStaffing,
    RuleName,
    Setting,
    StaffingTrajectory,
)
from services.facilities.queries import workforce as queries
from services.facilities.queries.listing import Chosen
from services.facilities.rules import days, staffing
from services.facilities.rules.norms import ABK
from services.facilities.rules.staffing import Norm, Picture, Plan, Puskesmas
from services.kernel.auth import Actor, Role
from services.kernel.db import Connection
from services.kernel.service import Service


def standing(
    actor: Actor, on: date, within: int | None, facility: str | None, profession: Profession | None,
    kind: LicenceKind | None, states: list[LicenceState],
) -> Chosen:  # fmt: skip
    """STR and SIP of all who work on a day. Names for the facility itself and the health office."""
    named = actor.role == Role.DINKES_ADMIN
    return queries.standing(on, within, named, actor.facility, facility, profession, kind, states)


async def gaps(service: Service, on: date, facility: str | None) -> list[PuskesmasStaffing]:
    """Each puskesmas' staff on a day beside what it needs, by code."""
    async with service.db.reading() as conn:
        return staffing.of_puskesmas(await _picture(conn, on, on, facility), on)


async def district(service: Service, on: date) -> District:
    """All puskesmas together on a day."""
    async with service.db.reading() as conn:
        return staffing.district(await _picture(conn, on, on, None), on)


async def trajectory(service: Service, first: date, last: date, facility: str | None) -> StaffingTrajectory:
    """The district, or one puskesmas, on the first of each month; and who will lack whom, from when."""
    async with service.db.reading() as conn:
        picture = await _picture(conn, first, last, facility)
    months = [staffing.district(picture, day) for day in staffing.first_days(first, last)]
    return StaffingTrajectory(months=months, lacks=staffing.lacks(picture, first, last))


async def _picture(conn: Connection, first: date, last: date, facility: str | None) -> Picture:
    puskesmas = await _puskesmas(conn, first, last, facility)
    codes = [p.code for p in puskesmas]
    placements = await queries.placements(conn, codes, first, last)
    licences = await queries.licences(conn, list({r["practitioner"] for r in placements}), first, last)
    stays = staffing.stays(
        ((r["practitioner"], r["facility"], Profession(r["profession"]), days.span(r["valid_from"], r["valid_until"]))
         for r in placements),
        ((r["practitioner"], LicenceKind(r["kind"]), r["facility"], days.span(r["valid_from"], r["valid_until"]))
         for r in licences),
    )  # fmt: skip
    plans = [
        Plan(r["facility"], Profession(r["profession"]), r["posts"], days.span(r["valid_from"], r["valid_until"]))
        for r in await queries.plans(conn, first, last, facility)
    ]
    return Picture(puskesmas, stays, await _norms(conn, first, last), plans, await _workload(conn, codes, first))


async def _puskesmas(conn: Connection, first: date, last: date, facility: str | None) -> list[Puskesmas]:
    """The puskesmas of these days, and what kind of one each is when."""
    care: dict[str, list[tuple[days.Span, Care]]] = {}
    names: dict[str, str] = {}
    for r in await queries.puskesmas(conn, first, last, facility):
        names[r["code"]] = r["name"]
        word = Care.INPATIENT if r["inpatient"] else Care.OUTPATIENT
        care.setdefault(r["code"], []).append((days.span(r["valid_from"], r["valid_until"]), word))
    settings: dict[str, list[tuple[days.Span, Setting]]] = {}
    for r in await queries.settings(conn, list(names), first, last):
        span = days.span(r["valid_from"], r["valid_until"])
        settings.setdefault(r["facility"], []).append((span, Setting(r["setting"])))
    return [Puskesmas(code, name, tuple(care[code]), tuple(settings.get(code, ()))) for code, name in names.items()]


async def _norms(conn: Connection, first: date, last: date) -> list[Norm]:
    return [
        Norm(Care(r["care"]), Setting(r["setting"]), Profession(r["profession"]), r["minimum"],
             days.span(r["valid_from"], r["valid_until"]), r["regulation"])
        for r in await queries.norms(conn, first, last)
    ]  # fmt: skip


async def _workload(conn: Connection, codes: list[str], on: date) -> dict[staffing.Key, float]:
    """Workers that the tasks of a year need: their minutes divided by the working minutes of one (dated)."""
    minutes = await queries.workload(conn, codes, on)
    year = next((r["value"] for r in await queries.rules(conn, on, on)
                 if r["rule"] == RuleName.WORKING_MINUTES and r["subject"] == ABK), None)  # fmt: skip
    return {(f, Profession(p)): total / year for (f, p), total in minutes.items()} if year else {}
