"""What moves readiness: the checklist, claims with their evidence, the office's verdicts, targets."""

import asyncio
from collections.abc import Mapping
from datetime import date
from hashlib import sha256
from typing import Any, Literal

from services.facilities.contract.readiness import (
    READINESS_CLAIM,
    READINESS_CRITERION,
    READINESS_TARGET,
    Claim,
    Document,
    Target,
)
from services.facilities.queries import facilities, loading
from services.facilities.queries import readiness as queries
from services.facilities.rules import documents
from services.facilities.rules import readiness as rules
from services.facilities.rules.cells import Line
from services.facilities.rules.readiness import ClaimRow, CriterionRow, Known, TargetRow
from services.facilities.usecases import own
from services.facilities.usecases.loading import Checked, File, apply_one
from services.kernel.auth import Actor
from services.kernel.db import Tx
from services.kernel.ids import new_id
from services.kernel.problems import NotFound, Text, TooLarge, Unprocessable, UnsupportedMedia
from services.kernel.service import Service

Verdict = Literal["verified", "returned"]


async def _check_criteria(tx: Tx, lines: list[Line[CriterionRow]]) -> Checked[CriterionRow]:
    return rules.criteria(lines, await queries.checklist(tx))


CRITERIA = File(
    READINESS_CRITERION, CriterionRow,
    ("code", "valid_from", "position", "name_id", "name_en", "evidence_id", "evidence_en", "required", "weight",
     "source"),
    _check_criteria, ("code", "valid_from", "valid_until", "required", "weight"),
)  # fmt: skip


def claims_on(today: date) -> File[ClaimRow]:
    """Claims as they may be loaded on a day."""

    async def check(tx: Tx, lines: list[Line[ClaimRow]]) -> Checked[ClaimRow]:
        codes = sorted({line.row.facility for line in lines})
        registered: dict[tuple[str, str], dict[int, Mapping[str, Any]]] = {}
        for claim in await queries.claims(tx, codes):
            registered.setdefault((claim["facility"], claim["criterion"]), {})[claim["number"]] = claim
        files = await queries.owners(tx, [line.row.file for line in lines if line.row.file])
        kinds = await facilities.kinds(tx, codes)
        return rules.claims(lines, Known(kinds, await queries.checklist(tx), files, registered, today))

    return File(
        READINESS_CLAIM, ClaimRow, ("facility", "criterion", "claimed_on"), check,
        ("facility", "criterion", "number", "claimed_on", "valid_until", "verified_on", "returned_on"),
        derived=frozenset({"valid_until"}),
    )  # fmt: skip


async def _check_targets(_: Tx, lines: list[Line[TargetRow]]) -> Checked[TargetRow]:
    return lines, []


TARGETS = File(READINESS_TARGET, TargetRow, ("year",), _check_targets, ("year", "target"))


async def claim(service: Service, actor: Actor, any_code: str, criterion: str, evidence: Mapping[str, Any]) -> Claim:
    """A puskesmas says it meets a criterion, with evidence. Raises NotFound, Refused, Unprocessable."""
    today = service.clock.today()
    async with service.db.transaction() as tx:
        await loading.lock(tx)
        home = await own.own(tx, actor, any_code)
        number = max((c["number"] for c in await _of(tx, home["code"], criterion)), default=0) + 1
        fields = {
            "facility": home["code"], "criterion": criterion, "number": number, **evidence,
            "claimed_on": evidence.get("claimed_on") or today,
        }  # fmt: skip
        changed = await apply_one(tx, claims_on(today), fields, actor.subject, today)
    return _claim(changed[0], today)


async def decide(
    service: Service, actor: Actor, any_code: str, criterion: str, verdict: Verdict, on: date | None, reason: str | None
) -> Claim:
    """The office verifies the newest claim, or sends it back with a reason. Raises NotFound, Unprocessable."""
    today = service.clock.today()
    day = on or today
    async with service.db.transaction() as tx:
        await loading.lock(tx)
        home = await own.facility(tx, any_code)
        found = await _of(tx, home["code"], criterion)
        if not found:
            raise NotFound(Text("Belum ada pengajuan untuk kriteria ini", "There is no claim for this criterion"))
        row = {k: v for k, v in found[-1].items() if k != "version"}
        decided = {"verified_on": day} if verdict == "verified" else {"returned_on": day, "reason": reason}
        changed = await apply_one(tx, claims_on(today), {**row, **decided}, actor.subject, today)
    return _claim(changed[0] if changed else row, today)


async def _of(tx: Tx, facility: str, criterion: str) -> list[dict[str, Any]]:
    return [c for c in await queries.claims(tx, [facility]) if c["criterion"] == criterion]


def _claim(row: Mapping[str, Any], today: date) -> Claim:
    shown = {k: v for k, v in row.items() if k in Claim.model_fields}
    return Claim(**shown, state=rules.state_of(row, today))


async def set_target(service: Service, actor: Actor, year: int, target: int | None, source: str | None) -> Target:
    """Set a year's target; None withdraws it. Raises NotFound when there is none to withdraw."""
    async with service.db.transaction() as tx:
        if target is None and year not in {t["year"] for t in await queries.targets(tx)}:
            raise NotFound(Text("Belum ada target untuk tahun itu", "There is no target for that year"))
        fields = {"year": year, "target": target, "source": source}
        await apply_one(tx, TARGETS, fields, actor.subject, service.clock.today())
        stands = {t["year"]: t for t in await queries.targets(tx)}
    return Target(**stands.get(year, {"year": year, "target": 0}))


async def store(service: Service, actor: Actor, any_code: str, content: bytes) -> Document:
    """Keep a file of evidence; the same content again is the same file. Raises TooLarge, Unprocessable, Refused."""
    if len(content) > documents.MOST_BYTES:
        raise TooLarge(Text("Berkas melebihi 10 MB; perkecil dahulu", "The file exceeds 10 MB; make it smaller"))
    kind, digest = documents.kind_of(content), await asyncio.to_thread(lambda: sha256(content).hexdigest())
    async with service.db.transaction() as tx:
        home = await own.own(tx, actor, any_code)
        if kind is None:
            raise Unprocessable(documents.NOT_EVIDENCE)
        known = await queries.same_document(tx, home["code"], digest)
        if known is None:
            await queries.add_document(tx, new_id(), home["code"], kind, digest, content, actor.subject)
            known = await queries.same_document(tx, home["code"], digest)
    return Document(**(known or {}))


async def document(service: Service, actor: Actor, id_: str) -> tuple[str, bytes]:
    """A file of evidence: its kind and content, for its puskesmas and the office. Raises NotFound."""
    async with service.db.reading() as conn:
        found = await queries.document(conn, id_)
    if found is None or not own.is_own(actor, found["facility"]):
        raise NotFound(Text("Berkas tidak ditemukan", "There is no such file"))
    return found["kind"], found["content"]


def readable(media: str) -> None:
    """Whether a body of this content type may be evidence at all. Raises UnsupportedMedia."""
    if media not in (documents.PDF, documents.JPEG, documents.PNG, "application/octet-stream"):
        raise UnsupportedMedia(
            Text("Kirim berkasnya sebagai isi: PDF, JPEG, atau PNG", "Send the file as the body: PDF, JPEG or PNG")
        )
