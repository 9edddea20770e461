"""Pictures for those who would rather look than read."""

from datetime import date

from services.facilities.contract.readiness import CriterionState, Stage
from services.facilities.queries import readiness as queries
from services.facilities.rules import pictures
from services.facilities.rules import readiness as rules
from services.facilities.usecases import readiness
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
