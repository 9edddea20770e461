"""Pictures for those who would rather look than read."""

from datetime import date

from services.facilities.contract.readiness import CriterionState, Stage
from services.facilities.queries import readiness as queries
from services.facilities.rules import pictures
from services.facilities.rules import readiness as rules
from services.facilities.usecases import readiness, results, surveys
from services.kernel.auth import Actor
from services.kernel.service import Service

HEADERS = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'", "Cache-Control": "no-cache"}
STAGES = {Stage.NOT_STARTED: "belum mulai", Stage.PARTIAL: "sebagian", Stage.IMPLEMENTS: "menerapkan ILP"}


async def grid(service: Service, on: date | None) -> str:
    """Readiness as puskesmas × criteria, on a day."""
    day = on or service.clock.today()
    async with service.db.reading() as conn:
        here = await readiness.district(conn, day)
        force = rules.in_force(await queries.checklist(conn), day)
    rows = []
    for code in here.names:
        s = here.standing(code, day)
        says = f"{s.met}/{s.of} · {STAGES[s.state]}"
        rows.append(pictures.GridRow(s.name.removeprefix("Puskesmas "), [_mark(c) for c in s.criteria], says))
    r = here.against_target(day)
    goal = f" dari target {r.target}" if r.target is not None else ""
    title = f"Kesiapan ILP per {day}: {r.reached}{goal} puskesmas"
    return pictures.grid(title, [c["name_id"] for c in force.values()], rows)


def _mark(state: CriterionState) -> str:
    return "met" if state.met else "waiting" if state.waiting else "missing"


async def elements(service: Service, any_code: str, period: str) -> str:
    """A survey's elements as bars, with the index. Raises NotFound."""
    found = await results.one(service, any_code, period)
    shown = [
        pictures.Bar(f"{e.code.upper()} {e.name.id}", e.value or 0, f"{e.value:.2f} ({e.grade})" if e.value else "–")
        for e in found.elements
    ]
    says = "belum lengkap" if found.index is None else f"{found.index:.2f} ({found.grade})"
    return pictures.bars(f"{found.name}, {found.period}: IKM {says}, n = {found.n}", shown)


async def qr(service: Service, actor: Actor, any_code: str, period: str) -> str:
    """The survey's link to point a phone at, for the facility and the office. Raises NotFound, Refused."""
    found = await surveys.form(service, actor, any_code, period)
    return pictures.qr(found.link, f"Survei kepuasan {found.facility} {found.period}")
