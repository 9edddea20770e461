"""Agreements: made, changed, ended, renewed; their papers, steps and reviews."""

import hashlib
from datetime import date, timedelta
from typing import Any

import orjson

from services.facilities.contract.agreements import (
    AGREEMENT,
    AgreementDetail,
    AgreementFields,
    AgreementVersion,
    Coverage,
    NewAgreement,
    NewReview,
    PartyRole,
    Renewal,
    Step,
    StepTaken,
    Termination,
)
from services.facilities.queries import agreements as queries
from services.facilities.queries import loading as locking
from services.facilities.rules import agreements as rules
from services.facilities.rules import documents
from services.facilities.rules.agreements import AgreementRow, ProgrammeRow, ReviewRow, StepRow
from services.facilities.rules.cells import Line
from services.facilities.rules.cells import once as each_once
from services.facilities.usecases import alarms
from services.facilities.usecases.loading import Asked, Checked, File, Written, apply_one
from services.kernel.auth import Actor, Role
from services.kernel.db import Connection, Tx
from services.kernel.ids import new_id
from services.kernel.problems import Conflict, Fault, NotFound, Refused, Text, TooLarge, Unprocessable, UnsupportedMedia
from services.kernel.service import Service

OFFICE = (Role.DINKES_ADMIN, Role.AUDITOR)
"""Roles that may open every document."""
_NONE = Text("Perjanjian ini tidak ada", "No such agreement")


async def _check(tx: Tx, lines: list[Line[AgreementRow]]) -> Checked[AgreementRow]:
    codes = {p.facility for line in lines for p in line.row.sides}
    known = await queries.known(tx, list(codes), [line.row.number for line in lines])
    return rules.agreements(lines, known)


async def _check_programmes(_: Tx, lines: list[Line[ProgrammeRow]]) -> Checked[ProgrammeRow]:
    return each_once(lines, lambda r: r.code, "code")


async def _check_parts(tx: Tx, lines: list[Line[Any]]) -> Checked[Any]:
    ids = await queries.ids(tx, list({line.row.agreement for line in lines}))
    kept, refused = rules.in_agreement(lambda r: str(r.agreement), lines, ids)
    return kept, refused


async def _write(tx: Tx, lines: list[Line[AgreementRow]], asked: Asked) -> Written[AgreementRow]:
    """As any file, and what the change makes due is raised with it, not only by the next day."""
    rows = [line.row for line in lines]
    changed = await locking.upsert(tx, AGREEMENT, rows, asked.columns, asked.by, asked.because)
    await alarms.raise_in(tx, asked.today)
    return Written(changed, changed)


AGREEMENTS = File(
    AGREEMENT, AgreementRow, ("id", "kind", "number", "title", "parties", "signed_on", "valid_from", "programmes"),
    _check, (), write=_write, says=rules.told,
)  # fmt: skip
PROGRAMMES = File("programme", ProgrammeRow, ("code", "name"), _check_programmes, ("code", "valid_from", "valid_until"))
STEPS = File(
    "agreement_step", StepRow, ("agreement", "step", "done_on", "evidence"), _check_parts,
    ("agreement", "step", "done_on"),
)  # fmt: skip
REVIEWS = File(
    "agreement_review", ReviewRow, ("agreement", "kind", "held_on", "findings"), _check_parts,
    ("agreement", "kind", "held_on"),
)  # fmt: skip


async def one(service: Service, id_: str, day: date | None) -> AgreementDetail:
    """An agreement as it stands on a day (today), with its steps, reviews and document. Raises NotFound."""
    async with service.db.reading() as conn:
        found = await _found(conn, id_, day or service.clock.today())
        steps, reviews = await queries.steps(conn, id_), await queries.reviews(conn, id_)
        return AgreementDetail(**found, steps=steps, reviews=reviews, document=await queries.document(conn, id_))


async def _found(conn: Connection, id_: str, day: date) -> dict[str, Any]:
    found = await queries.one(conn, id_, day)
    if found is None:
        raise NotFound(_NONE)
    return found


async def create(service: Service, asked: NewAgreement, by: str) -> str:
    """A new agreement; its id. Raises Conflict (the id is taken), Unprocessable."""
    id_ = asked.id or new_id()
    async with service.db.transaction() as tx:
        await locking.lock(tx)
        if await queries.ids(tx, [id_]):
            raise Conflict(Text("Id ini sudah dipakai perjanjian lain", "This id belongs to another agreement"))
        await apply_one(tx, AGREEMENTS, cells(asked, id_), by, service.clock.today())
    return id_


async def put(service: Service, id_: str, asked: AgreementFields, by: str) -> None:
    """What an agreement says, anew; the version before stays in its history. Raises NotFound, Unprocessable."""
    async with service.db.transaction() as tx:
        await locking.lock(tx)
        if not await queries.ids(tx, [id_]):
            raise NotFound(_NONE)
        await apply_one(tx, AGREEMENTS, cells(asked, id_), by, service.clock.today())


def cells(asked: AgreementFields, id_: str) -> dict[str, object]:
    """What was given, as the loader takes it; lists as JSON."""
    given = asked.model_dump(mode="json", include=set(AgreementFields.model_fields))
    lists = {c: orjson.dumps(given[c]).decode() for c in ("parties", "programmes")}
    return given | lists | {"id": id_}


async def terminate(service: Service, id_: str, asked: Termination, by: str) -> None:
    """End an agreement before its time. Raises NotFound, Conflict (ended already), Unprocessable."""
    today = service.clock.today()
    async with service.db.transaction() as tx:
        await locking.lock(tx)
        found = await _found(tx, id_, today)
        ends = found["in_force_until"]
        if found["terminated_on"] or (ends and ends < asked.terminated_on):
            raise Conflict(Text("Perjanjian ini sudah berakhir pada hari itu", "It has ended by that day already"))
        change = {"terminated_on": asked.terminated_on, "termination_reason": asked.reason}
        await apply_one(tx, AGREEMENTS, _fields(found) | change, by, today)


async def renew(service: Service, id_: str, asked: Renewal, by: str) -> str:
    """A new agreement that takes this one's place; its id. Raises NotFound, Conflict, Unprocessable."""
    today = service.clock.today()
    new = asked.id or new_id()
    async with service.db.transaction() as tx:
        await locking.lock(tx)
        found = await _found(tx, id_, today)
        if found["renewed_by"]:
            said = f"Sudah diperbarui oleh {found['renewed_by']}", f"Renewed by {found['renewed_by']} already"
            raise Conflict(Text(*said))
        if await queries.ids(tx, [new]):
            raise Conflict(Text("Id ini sudah dipakai perjanjian lain", "This id belongs to another agreement"))
        named = asked.model_dump(mode="json", exclude_none=True, exclude={"id"})
        ends = found["in_force_until"]
        begin = asked.valid_from or (ends + timedelta(days=1) if ends else asked.signed_on)
        if begin <= found["valid_from"]:
            late = Text("harus sesudah yang lama mulai berlaku", "must be after the old one began")
            raise Unprocessable(faults=[Fault("/valid_from", late)])
        ending = {"terminated_on": None, "termination_reason": None, "valid_until": asked.valid_until}
        lists = {c: orjson.dumps(named[c]).decode() for c in ("parties", "programmes") if c in named}
        fields = _fields(found) | ending | named | lists | {"id": new, "valid_from": begin, "renews": id_}
        await apply_one(tx, AGREEMENTS, fields, by, today)
    return new


def _fields(found: dict[str, Any]) -> dict[str, object]:
    lists = {c: orjson.dumps(found[c]).decode() for c in ("parties", "programmes")}
    return {c: found[c] for c in AgreementRow.model_fields} | lists


async def history(service: Service, id_: str) -> list[AgreementVersion]:
    """Every version, the latest first. Raises NotFound."""
    async with service.db.reading() as conn:
        rows = await queries.history(conn, id_)
    if not rows:
        raise NotFound(_NONE)
    return [AgreementVersion(**r) for r in rows]


async def _may_tend(service: Service, tx: Tx, actor: Actor, id_: str) -> dict[str, Any]:
    """The agreement, for the office and the puskesmas that leads it. Raises NotFound, Refused."""
    found = await _found(tx, id_, service.clock.today())
    leads = {p["facility"] for p in found["parties"] if p["role"] == PartyRole.AUTHORITY}
    if actor.role != Role.DINKES_ADMIN and actor.facility not in leads:
        raise Refused(
            Text("Hanya dinas dan puskesmas pihak perjanjian ini", "Only the office and the puskesmas that is a party")
        )
    return found


async def take_step(service: Service, actor: Actor, id_: str, step: Step, asked: StepTaken) -> None:
    """One of the five steps is done. Raises NotFound, Refused, Unprocessable."""
    async with service.db.transaction() as tx:
        await _may_tend(service, tx, actor, id_)
        fields = asked.model_dump(mode="json") | {"agreement": id_, "step": step}
        await apply_one(tx, STEPS, fields, actor.subject, service.clock.today())


async def review(service: Service, actor: Actor, id_: str, asked: NewReview) -> None:
    """Monitoring or an evaluation was held. Raises NotFound, Refused, Unprocessable."""
    today = service.clock.today()
    if asked.held_on > today:
        raise Unprocessable(faults=[Fault("/held_on", Text("belum terjadi", "has not happened yet"))])
    async with service.db.transaction() as tx:
        await _may_tend(service, tx, actor, id_)
        await apply_one(tx, REVIEWS, asked.model_dump(mode="json") | {"agreement": id_}, actor.subject, today)


async def put_document(service: Service, id_: str, body: bytes, by: str) -> None:
    """Store the signed paper. Raises NotFound, TooLarge, UnsupportedMedia (not a PDF by its content)."""
    if len(body) > documents.MOST_BYTES:
        raise TooLarge(Text("Paling besar 10 MB", "At most 10 MB"))
    if documents.kind_of(body) != documents.PDF:
        raise UnsupportedMedia(
            Text("Isinya bukan PDF; kirim berkas PDF utuh", "Not a PDF by its content; send a whole PDF")
        )
    async with service.db.transaction() as tx:
        await locking.lock(tx)
        await _found(tx, id_, service.clock.today())
        await queries.add_document(tx, id_, body, hashlib.sha256(body).hexdigest(), by)


async def document(service: Service, actor: Actor, id_: str, version: int | None) -> tuple[bytes, str]:
    """The signed paper and its digest, for the office, auditors, and the parties. Raises NotFound, Refused."""
    async with service.db.reading() as conn:
        found = await _found(conn, id_, service.clock.today())
        if actor.role not in OFFICE and actor.facility not in {p["facility"] for p in found["parties"]}:
            raise Refused(
                Text("Hanya untuk para pihak, dinas, dan auditor", "For the parties, the office and auditors")
            )
        stored = await queries.document_body(conn, id_, version)
    if stored is None:
        raise NotFound(Text("Dokumennya belum diunggah", "No document has been uploaded"))
    return stored


async def coverage(service: Service, day: date | None, area: str | None) -> list[Coverage]:
    """Private, active members by kind: with an agreement, without, soon without."""
    async with service.db.reading() as conn:
        rows = await queries.coverage(conn, day or service.clock.today(), area)
    return [Coverage(**r) for r in rows]
