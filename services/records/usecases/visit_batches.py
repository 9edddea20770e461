"""A day's visits of a clinic that was offline: each stored or refused by itself, a second sending stored once."""

from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from services.kernel.auth import Actor
from services.kernel.errors import faults
from services.kernel.problems import Conflict, Fault, Problem, Refused, Text, Unprocessable
from services.kernel.service import Service
from services.records.usecases import visits
from services.records.usecases.visit_persons import Whom, whom
from services.records.usecases.visits import Recorded, told
from services.records.visit.contract import Visit

_MEND = Text("Perbaiki isian berikut", "Mend the following fields")


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one visit of many: stored now (created), there already (same), or refused with its reasons."""

    state: str
    done: Recorded | None = None
    visit_id: str | None = None
    reason: Text | None = None
    faults: tuple[Fault, ...] = ()

    def answer(self, language: str) -> dict[str, Any]:
        """The wire form."""
        said: dict[str, Any] = {"state": self.state, "visit_id": self.visit_id}
        if self.done is not None:
            said |= {"person_id": self.done.person_id, "warnings": told(self.done.warnings, language)}
        if self.reason is not None:
            said |= {"detail": self.reason.to(language), "errors": told(self.faults, language)}
        return {key: value for key, value in said.items() if value is not None}


async def batch(service: Service, actor: Actor, rows: list[Any]) -> dict[str, Any]:
    """Store visits one after the other, in the order they came; each is a transaction of its own.

    A visit without a number is known by its person and time, so that the whole batch may be sent again.
    """
    found = []
    for n, raw in enumerate(rows):
        row = await one(service, actor, raw)
        number = raw.get("number") if isinstance(raw, dict) else None
        found.append({"index": n, **({"number": number} if number else {}), **row.answer(actor.language)})
    states = [f["state"] for f in found]
    counts = {state: states.count(state) for state in ("created", "same", "refused")}
    return {"received": len(rows), **counts, "rows": found}


async def one(service: Service, actor: Actor, raw: Any) -> Row:
    """Store one visit of many. An outage is raised; all else that is wrong becomes part of the answer."""
    try:
        visit = Visit.model_validate(raw)
    except ValidationError as error:
        return Row("refused", reason=_MEND, faults=tuple(faults(error.errors())))
    return await stored(service, actor, visit)


async def stored(service: Service, actor: Actor, visit: Visit, *, trial: bool = False) -> Row:
    """Store one visit, known by its number or else by its person and time."""
    id_: str | None = None
    try:
        key = natural_key(await whom(service, actor, visit), visit)
        id_ = visits.visit_id_of(actor.facility or "", visit, key)
        done = await visits.record(service, actor, visit, key, trial=trial)
    except (Conflict, Unprocessable) as problem:
        return Row("refused", visit_id=id_ if isinstance(problem, Conflict) else None, **_said(problem))
    except Refused as problem:
        if actor.facility is None:
            raise
        return Row("refused", **_said(problem))
    return Row("created" if done.created else "same", done, done.visit_id)


def _said(problem: Problem) -> dict[str, Any]:
    return {"reason": problem.detail, "faults": tuple(problem.faults)}


def natural_key(who: Whom, visit: Visit) -> str:
    """By what a visit without a number is known: its person's strongest number, its moment, its place.

    A person without any number is known by name and birth date, one named by id by that.
    """
    identity = who.identity
    system, value = identity.keys[0] if identity.keys else ("-", f"{identity.name}|{identity.birth_date}")
    if who.person_id:
        system, value = "person", who.person_id
    return f"{system}|{value}|{visit.moment.isoformat()}|{visit.kind}"
