"""A table of visits (CSV, XLSX): each row checked, stored or refused, and reported with what would be right."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from services.kernel.auth import Actor
from services.kernel.errors import faults
from services.kernel.ids import new_id
from services.kernel.problems import Conflict, Fault, NotFound, Text, TooLarge, Unprocessable
from services.kernel.service import Service
from services.records.queries import imports
from services.records.sheets import reading
from services.records.sheets.templates import TEMPLATES, Template, heading_of, to_visit
from services.records.usecases import visit_batches, visits
from services.records.usecases.visit_persons import Whom, claimed
from services.records.visit.contract import Visit
from services.records.visit.doubts import doubts
from services.records.visit.person import VisitPatient

ALL_LIMIT = 500
"""What one transaction stores within about a second or two."""
KEPT = 5000
EVERY = 25
"""After how many rows the job says how far it is."""
_TWICE = Text("orang dan waktu yang sama sudah ada di baris {0}", "the same person and time stand in line {0}")


@dataclass(slots=True)
class Line:
    """One row of the table on its way."""

    number: int
    visit: Visit | None = None
    state: str = "refused"
    visit_id: str | None = None
    reasons: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)


@dataclass(slots=True)
class Job:
    """One import of a table; its counts are what `import_job` keeps."""

    id: str
    template: Template
    language: str
    trial: bool
    lines: list[Line]
    read: int = 0
    stored: int = 0
    unchanged: int = 0
    refused: int = 0
    warned: int = 0
    ended: bool = False

    def count(self) -> None:
        """Work out the counts from the lines."""
        states = [line.state for line in self.lines]
        self.read, self.stored, self.unchanged = len(states), states.count("created"), states.count("same")
        self.refused = states.count("refused")
        self.warned = sum(bool(line.warnings) for line in self.lines)

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The lines that somebody should look at (the first 5,000); told at the end, not with every step."""
        if not self.ended:
            return []
        told = [line for line in self.lines if (line.state in ("refused", "waiting") and line.reasons) or line.warnings]
        return [
            {
                "line": line.number, "state": line.state, "visit_id": line.visit_id,
                "reasons": [self._said(f) for f in line.reasons], "warnings": [self._said(f) for f in line.warnings],
            }
            for line in told[:KEPT]
        ]  # fmt: skip

    def _said(self, fault: Fault) -> dict[str, Any]:
        column = heading_of(self.template, fault.pointer) if fault.pointer.startswith("/") else fault.pointer
        if fault.pointer == "/patient":  # nobody is named: it is the number that the sheet lacks
            column = "NIK"
        return {"column": column or "", "pointer": fault.pointer, "detail": fault.text.to(self.language)}

    def report(self, state: str) -> dict[str, Any]:
        """The answer."""
        return {
            "id": self.id, "state": state, "template": self.template.name, "trial": self.trial, "read": self.read,
            "stored": self.stored, "unchanged": self.unchanged, "refused": self.refused, "warned": self.warned,
            "rows": self.rows,
        }  # fmt: skip


async def load(
    service: Service, actor: Actor, stream: AsyncIterator[bytes], template: str, mode: str, trial: bool, id_: str | None
) -> dict[str, Any]:
    """Load a table. `rest` stores what is good row by row, `all` everything in one transaction or nothing (≤ 500).

    `trial` does the same and undoes it: what is reported is what would happen. Raises NotFound (template), TooLarge,
    Invalid (unreadable file), Unprocessable (headings), Conflict (another sender's job id).
    """
    chosen = TEMPLATES.get(template)
    if chosen is None:
        known = ", ".join(TEMPLATES)
        raise NotFound(Text(f"Templat tidak dikenal; yang ada: {known}", f"Unknown template; there are: {known}"))
    raw = await _whole(stream)
    rows = await asyncio.to_thread(reading.rows, raw, chosen)
    if mode == "all" and len(rows) > ALL_LIMIT:
        said = f"Mode all paling banyak {ALL_LIMIT} baris; pakai mode=rest", f"Mode all takes at most {ALL_LIMIT} rows"
        raise TooLarge(Text(*said))
    lines = await asyncio.to_thread(lambda: [_line(chosen, row) for row in rows])
    job = Job(id_ or new_id(), chosen, actor.language, trial, lines)
    await asyncio.to_thread(_twins, service, actor, job)
    async with service.db.reading() as conn:
        if not await imports.begin(conn, job.id, actor.subject, mode, chosen.name, trial):
            raise Conflict(Text("Id impor ini sudah dipakai pengirim lain", "Another sender has used this import id"))
    try:
        state = await (_all if mode == "all" else _rest)(service, actor, job)
    except BaseException:
        await asyncio.shield(_finish(service, job, "interrupted"))
        raise
    await _finish(service, job, state)
    return job.report(state)


async def _whole(stream: AsyncIterator[bytes]) -> bytes:
    parts, size = [], 0
    async for chunk in stream:
        size += len(chunk)
        if size > reading.MOST_BYTES:
            raise TooLarge(Text("Berkas paling besar 20 MiB", "A file has at most 20 MiB"))
        parts.append(chunk)
    return b"".join(parts)


def _line(template: Template, row: reading.Row) -> Line:
    body, bad = to_visit(template, row.cells)
    line = Line(row.line, reasons=[Fault(heading, error.text) for heading, error in bad])
    if bad:
        return line
    try:
        line.visit = Visit.model_validate(body)
        line.state = "waiting"
    except ValidationError as error:
        line.reasons = faults(error.errors())
    return line


def _natural_key(service: Service, actor: Actor, visit: Visit) -> str:
    assert isinstance(visit.patient, VisitPatient)  # noqa: S101 - a row has no other words
    return visit_batches.natural_key(Whom(claimed(service, actor.facility, visit.patient)), visit)


def _twins(service: Service, actor: Actor, job: Job) -> None:
    """Two rows of one person and time would be one visit with two contents."""
    seen: dict[str, int] = {}
    for line in job.lines:
        if line.visit is None:
            continue
        key = line.visit.number or _natural_key(service, actor, line.visit)
        line.visit_id = visits.visit_id_of(actor.facility or "", line.visit, key)
        if key in seen:
            text = Text(_TWICE.id.format(seen[key]), _TWICE.en.format(seen[key]))
            line.state, line.reasons = "refused", [Fault("/at", text, "duplicate")]
        seen.setdefault(key, line.number)


async def _finish(service: Service, job: Job, state: str) -> None:
    job.count()
    job.ended = state != "running"
    async with service.db.transaction() as tx:
        await imports.move(tx, job, state)


async def _rest(service: Service, actor: Actor, job: Job) -> str:
    """A few rows at a time, the earliest first, so that later contacts find the pregnancy they belong to.

    When one of them cannot be stored, each stands for itself.
    """
    waiting = _waiting(service, job)
    for start in range(0, len(waiting), EVERY):
        group = waiting[start : start + EVERY]
        try:
            await _together(service, actor, job, group)
        except (Conflict, Unprocessable, visits.Refusal):
            for line, visit in group:
                row = await visit_batches.stored(service, actor, visit, trial=job.trial)
                line.state, line.visit_id = row.state, row.visit_id
                line.reasons = [*row.faults] or ([Fault("", row.reason)] if row.reason else [])
        await _finish(service, job, "running")
    return "done"


def _waiting(service: Service, job: Job) -> list[tuple[Line, Visit]]:
    found = [(line, line.visit) for line in job.lines if line.state == "waiting" and line.visit is not None]
    for line, visit in found:
        line.warnings = doubts(visit, service.clock.today())
    return sorted(found, key=lambda pair: pair[1].moment)


async def _together(service: Service, actor: Actor, job: Job, group: list[tuple[Line, Visit]]) -> None:
    """Store rows in one transaction. Raises what record_all raises."""
    keyed = [(visit, _natural_key(service, actor, visit), f"line[{line.number}]") for line, visit in group]
    done = await visits.record_all(service, actor, keyed, trial=job.trial)
    for (line, _), one in zip(group, done, strict=True):
        line.state, line.visit_id = "created" if one.created else "same", one.visit_id


async def _all(service: Service, actor: Actor, job: Job) -> str:
    """Everything in one transaction, unless a row is refused."""
    if any(line.state == "refused" for line in job.lines):
        return "refused"
    waiting = _waiting(service, job)
    try:
        await _together(service, actor, job, waiting)
    except Unprocessable as problem:
        _blame(job, problem)
        return "refused"
    except visits.Refusal as refusal:
        found = next(line for line, _ in waiting if f"line[{line.number}]" == refusal.where)
        found.state, found.reasons = "refused", [Fault("", refusal.problem.detail)]
        return "refused"
    return "done"


def _blame(job: Job, problem: Unprocessable) -> None:
    """Give each fault to its line ("line[n].Type.path")."""
    by_number = {line.number: line for line in job.lines}
    for fault in problem.faults:
        head, _, rest = fault.pointer.partition(".")
        line = by_number.get(int(head[5:-1])) if head.startswith("line[") else None
        if line is not None:
            line.state = "refused"
            line.reasons.append(Fault(rest, fault.text, fault.code))


def report_lines(found: dict[str, Any]) -> list[list[Any]]:
    """A job's report as lines of a table: one for each reason or warning."""
    lines: list[list[Any]] = [["Baris", "Keadaan", "Kolom", "Keterangan"]]
    for row in found["report"]:
        for kind, said in (("ditolak", row.get("reasons", ())), ("peringatan", row.get("warnings", ()))):
            lines += [[row["line"], kind, s.get("column", s["pointer"]), s["detail"]] for s in said]
    return lines
