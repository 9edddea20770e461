"""Another system's list beside ours: read, compared, kept with its rows; decisions made before are remembered."""

import asyncio
import hashlib
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from services.facilities.contract.reconciling import RECONCILIATION, Decision, Found, RunDetail
from services.facilities.queries import loading
from services.facilities.queries import reconciling as queries
from services.facilities.rules import aliases, foreign
from services.facilities.rules import reconciling as rules
from services.facilities.rules.csvfile import Refused
from services.facilities.rules.foreign import ForeignList
from services.facilities.rules.reconciling import Finding, Scope
from services.kernel import events
from services.kernel.events import Event
from services.kernel.problems import Fault, NotFound, Text, Unprocessable
from services.kernel.service import Service

Stored = dict[str, Any]
BEFORE = "diputuskan pada daftar sebelumnya (decided on an earlier list)"
SYSTEMS = {"msi": "satusehat", "bpjs": "bpjs"}
"""Lists whose own ids are codes that we keep: their ids are nodes of that system."""


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of a list: whose it is, what it claims to hold all of, whose heading is which of our columns."""

    source: str
    area: str | None
    kinds: tuple[str, ...]
    mapping: Mapping[str, str]


def node(source: str, ref: str) -> aliases.Node:
    """A row's id as an alias is laid between."""
    return SYSTEMS.get(source, source), ref


async def compare(service: Service, data: bytes, media: str, told: Told, by: str) -> tuple[str, bool]:
    """Read a list, compare it with ours and keep the result; its id, and whether this list is new.

    The same list again is the same comparison: what was decided stays, the rest is compared anew. Raises Invalid
    (unreadable), Unprocessable (columns, a claim that cannot be).
    """
    started = time.perf_counter()
    theirs = await asyncio.to_thread(foreign.read, data, media, told.mapping)
    if told.area is not None and not theirs.whole:
        text = Text("ini baru sebagian halamannya; kirim semuanya", "these are only some of the pages; send them all")
        raise Unprocessable(text, [Fault("/query/area", text)])
    id_ = _id(data, told)
    async with service.db.reading() as conn:
        ours, edges = await queries.ours(conn), await queries.edges(conn)
        said = await queries.judgements(conn, told.source)
    forest = aliases.Forest(edges)
    known = {r.ref: code for r in theirs.rows if (code := forest.ours(node(told.source, r.ref)))}
    apart = {(j["ref"], j["facility"]) for j in said if j["word"] == Decision.DIFFERENT}
    scope = Scope(told.area, frozenset(told.kinds))
    findings = await asyncio.to_thread(rules.compare, theirs.rows, ours, known, apart, scope)
    run = {
        "id": id_, "source": told.source, "area": told.area, "kinds": sorted(told.kinds), "ignored": theirs.ignored,
        "rows": len(theirs.rows) + len(theirs.refused), "seconds": round(time.perf_counter() - started, 3),
        "made_by": by,
    }  # fmt: skip
    async with service.db.transaction() as tx:
        await loading.lock(tx)
        rows = _rows(findings, theirs, ours, await queries.numbers(tx, id_), said)
        version = await queries.store(tx, run, rows)
        counts, _ = await queries.counts(tx, id_)
        what = {"source": told.source, "area": told.area, "rows": run["rows"], "counts": counts}
        kind = "created" if version == 1 else "changed"
        await events.append(tx, [Event(RECONCILIATION, kind, id_, version, what)])
    return id_, version == 1


def _id(data: bytes, told: Told) -> str:
    said = [told.source, told.area, sorted(told.kinds), sorted(told.mapping.items()), hashlib.sha256(data).hexdigest()]
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{RECONCILIATION}/{orjson.dumps(said).decode()}"))


def _rows(
    findings: list[Finding], theirs: ForeignList, ours: Mapping[str, Stored], before: list[Stored], said: list[Stored]
) -> list[Stored]:
    """Findings as rows to keep. A row of theirs is numbered by its line; of ours that they lack, after the last."""
    decided = {b["number"] for b in before if b["decision"]}
    gone = {b["facility"]: b["number"] for b in before if b["line"] is None}
    kept = {(j["ref"], j["facility"]): j for j in said if j["word"] == Decision.KEEP}
    lines = [f.foreign.line for f in findings if f.foreign] + [r.line for r in theirs.refused]
    last = max([*lines, *(b["number"] for b in before)], default=0)
    rows = []
    for finding in findings:
        code = finding.facility
        number = finding.foreign.line if finding.foreign else gone.get(code or "")
        if number is None:
            number = last = last + 1
        if number not in decided:
            rows.append(_row(number, finding, ours, kept))
    return rows + [_broken(r) for r in _first(theirs.refused) if r.line not in decided]


def _row(number: int, finding: Finding, ours: Mapping[str, Stored], kept: Mapping[tuple[str, str], Stored]) -> Stored:
    theirs, code = finding.foreign, finding.facility
    row: Stored = {
        "number": number, "line": theirs.line if theirs else None, "ref": theirs.ref if theirs else None,
        "found": finding.found, "facility": code, "facility_version": ours[code]["version"] if code else None,
        "cells": theirs.cells if theirs else {}, "diff": [d.model_dump() for d in finding.diff], "score": finding.score,
        "evidence": [{"field": c.field, "outcome": c.outcome, "bits": c.bits} for c in finding.clues],
        "why": {"id": finding.fault.id, "en": finding.fault.en} if finding.fault else None,
    }  # fmt: skip
    remembered = kept.get((row["ref"] or "", code or ""))
    if remembered is not None and remembered["said"] == fingerprint(row):
        row |= {
            "decision": Decision.KEEP, "decided_at": remembered["at"].isoformat(), "decided_by": remembered["by"],
            "reason": BEFORE, "applied": {"judged": [[row["ref"] or "", code or "", Decision.KEEP]]},
        }  # fmt: skip
    return row


def fingerprint(row: Stored) -> str:
    """What a row said that is not asked again while it says the same."""
    said = sorted((d["field"], d["would_be"]) for d in row["diff"]) if row["facility"] else row["cells"]
    text = orjson.dumps([row["found"], said], option=orjson.OPT_SORT_KEYS)
    return hashlib.blake2b(text, digest_size=12).hexdigest()


def _first(refused: list[Refused]) -> list[Refused]:
    """One reason a line."""
    return list({r.line: r for r in reversed(refused)}.values())


def _broken(refused: Refused) -> Stored:
    why = {"id": refused.reason.id, "en": refused.reason.en, "column": refused.column}
    return {
        "number": refused.line, "line": refused.line, "found": Found.REFUSED, "cells": {}, "diff": [], "evidence": [],
        "why": why,
    }  # fmt: skip


async def run(service: Service, id_: str) -> RunDetail:
    """A comparison with its counts. Raises NotFound."""
    async with service.db.reading() as conn:
        found = await queries.run(conn, id_)
        if found is None:
            raise not_found()
        counts, decided = await queries.counts(conn, id_)
    return RunDetail.model_validate({**found, "counts": counts, "decided": decided})


def not_found() -> NotFound:
    """No such comparison."""
    return NotFound(Text("Pembandingan tidak ditemukan", "No such reconciliation"))
