"""The monthly report: frozen once, signed, hashed; shown as the reader may see it; its hash checked."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

import orjson

from services.indicators.compiler.schema import Measured
from services.indicators.contract import By, Words
from services.indicators.contract.index import Index
from services.indicators.contract.numbers import Row
from services.indicators.contract.reports import Freeze, Report, ReportCheck, ReportHead, ReportStandard
from services.indicators.queries import numbers as numbers_sql
from services.indicators.queries import reports as queries
from services.indicators.queries import standings as sql
from services.indicators.queries import targets as targets_sql
from services.indicators.queries.numbers import Asked
from services.indicators.queries.standings import State
from services.indicators.room import RULES, Kept, Room, room
from services.indicators.rules import reports as rules
from services.indicators.rules.cells import Cell, Place, cells
from services.indicators.usecases import index, showing
from services.indicators.usecases.showing import Sight
from services.kernel.auth import Actor
from services.kernel.db import Connection, Tx
from services.kernel.logs import described
from services.kernel.problems import Conflict, Fault, NotFound, Problem, Text, Unavailable, Unprocessable
from services.kernel.service import Service

log = logging.getLogger(__name__)

CATCHING_UP = 10.0
"""Seconds a freeze may wait for each feed, so that what was recorded before it is in it."""
PATIENCE = 40.0
"""Seconds a caller waits for a month to be frozen; the gateway would wait a minute."""
RUNNING = "freezing"
FORMAT = 1
"""Raised when the canonical form says other things."""


async def freeze(service: Service, actor: Actor, asked: Freeze) -> Report | UUID:
    """Compute a month that has ended as of its last day, and keep it for good. In a large district that takes longer
    than a caller waits: then its id, and the work goes on. Raises Unprocessable, Conflict, Unavailable.
    """
    end = rules.month_end(asked.year, asked.month)
    if end >= service.clock.today():
        text = Text(f"bulan itu baru berakhir {end}", f"that month ends on {end}; freeze it the day after")
        raise Unprocessable(text, [Fault("/month", text)])
    async with service.db.reading() as conn:
        _may(await queries.revision(conn, asked), asked, await sql.state(conn))
    name, running = uuid4(), _running(service)
    running[name] = task = asyncio.create_task(_freeze(service, actor, asked, name))
    task.add_done_callback(lambda done: _ended(service, name, done))
    await asyncio.wait({task}, timeout=PATIENCE)
    return await task if task.done() else name


def _may(revision: int, asked: Freeze, state: State) -> None:
    if revision > 1 and not asked.reason:
        raise Conflict(Text(
            "Bulan ini sudah dibekukan; isi `reason` untuk membekukan revisinya",
            "This month is frozen already; give a `reason` to freeze a revision",
        ))  # fmt: skip
    not_reading_anew(state)


def not_reading_anew(state: State) -> None:
    """While facts are read anew the past is in pieces. Raises Unavailable."""
    if state.replay_to is not None:
        raise Unavailable(
            Text("Fakta sedang dibaca ulang; coba lagi nanti", "Facts are being read anew; try again later"),
            headers={"Retry-After": "60"},
        )


def _running(service: Service) -> dict[UUID, asyncio.Task[Report]]:
    running: dict[UUID, asyncio.Task[Report]] = service.room.setdefault(RUNNING, {})
    return running


def _ended(service: Service, name: UUID, task: asyncio.Task[Report]) -> None:
    _running(service).pop(name, None)
    if not task.cancelled() and (error := task.exception()) is not None and not isinstance(error, Problem):
        log.error("a month was not frozen", extra={"service": service.name, **described(error)})


async def _freeze(service: Service, actor: Actor, asked: Freeze, name: UUID) -> Report:
    """All of it in one transaction that sees one moment, after what was recorded before has been read."""
    async with service.db.reading() as conn:
        known_at = await queries.clock(conn)
    for follower in service.followers:
        await follower.catch_up(CATCHING_UP)
    async with service.db.transaction() as tx:
        await queries.one_moment(tx)
        revision = await queries.revision(tx, asked)
        _may(revision, asked, await sql.state(tx))
        head = {
            "year": asked.year, "month": asked.month, "revision": revision,
            "as_of": rules.month_end(asked.year, asked.month), "frozen_at": service.clock.now(),
            "signer": actor.subject, "signed_as": asked.signed_as, "reason": asked.reason,
        }  # fmt: skip
        said = rules.canonical(await _content(tx, room(service), name, head))
        row = {"id": name, **head, "known_at": known_at, "content": said, "sha256": rules.sha256(said)}
        await queries.put(tx, row)
    return _shown(row, Sight(True))


async def _content(tx: Tx, here: Room, name: UUID, head: Mapping[str, Any]) -> dict[str, Any]:
    """All that is hashed: the head, the network of the day, every standard's sums and rules, the index."""
    year, day = head["year"], head["as_of"]
    places = await numbers_sql.places(tx, day)
    by_key, standards = dict[str, dict[str, Cell]](), list[dict[str, Any]]()
    for kept in here.kept:
        found = await _standard(tx, here, kept, name, head, places)
        by_key[kept.standard.key] = found.pop("cells")
        standards.append(found)

    async def count(asked: Asked) -> dict[str, Cell]:
        return rules.by_puskesmas(by_key[asked.standard.standard.key], places)

    whole = await index.at(tx, here, Sight(True), (year, day), places, True, count)
    said = {k: v if isinstance(v, int) or v is None else str(v) for k, v in head.items()}
    return said | {
        "format": FORMAT, "id": str(name), "district": (await numbers_sql.district(tx))[0],
        "waiting": await queries.waiting(tx), "index": whole.model_dump(mode="json"), "standards": standards,
        "places": {p.village: {"name": p.name, "kecamatan": p.kecamatan, "puskesmas": p.puskesmas} for p in places},
    }  # fmt: skip


async def _standard(
    tx: Tx, here: Room, kept: Kept, name: UUID, head: Mapping[str, Any], places: Sequence[Place]
) -> dict[str, Any]:
    s, year = kept.standard, head["year"]
    await queries.freeze_units(tx, name, Asked(kept, year, head["as_of"], kept=False))
    found = cells(await queries.cells(tx, name, s.key))
    targets = await targets_sql.targets(tx, s.measured_by, year, head["as_of"])
    units, digest = await queries.digest(tx, name, s.key)
    return rules.sums(found, targets, places) | {
        "cells": found, "standard": s.key, "id": s.id, "title": s.title.model_dump(), "regulation": s.regulation,
        "in_force": s.in_force(year), "beside": s.beside, "rules": rules_of(here, kept), "units": units,
        "units_sha256": digest,
    }  # fmt: skip


def rules_of(here: Room, kept: Kept) -> str:
    """Changes whenever the standard, the codings or the meaning of the compiled SQL does."""
    tables = sorted(here.growth.fingerprints.values()) if isinstance(kept.standard.population, Measured) else []
    return rules.sha256("\0".join((str(RULES), here.codings, *tables, kept.standard.model_dump_json())))[:16]


async def listed(service: Service, year: int | None) -> list[ReportHead]:
    """All reports in short."""
    async with service.db.reading() as conn:
        return [head(r) for r in await queries.heads(conn, year)]


def head(r: Mapping[str, Any]) -> ReportHead:
    """A report's row in short."""
    return ReportHead(**{n: r[n] for n in ReportHead.model_fields if n != "id"}, id=str(r["id"]))


async def found(service: Service, conn: Connection, name: UUID) -> dict[str, Any]:
    """A report with its content. Raises NotFound, and Unavailable while it is being frozen."""
    row = await queries.one(conn, name)
    if row is None and name in _running(service):
        raise Unavailable(
            Text("Laporan ini sedang dibekukan", "This report is being frozen"), headers={"Retry-After": "10"}
        )
    if row is None:
        raise NotFound(Text("Tidak ada laporan ini", "No such report"))
    return row


async def one(service: Service, actor: Actor, name: UUID) -> Report:
    """A report as the reader may see it. Raises NotFound."""
    async with service.db.reading() as conn:
        row = await found(service, conn, name)
        sees = await showing.sight(conn, service, actor, rules.places(orjson.loads(row["content"])))
    return _shown(row, sees)


def _shown(row: Mapping[str, Any], sees: Sight) -> Report:
    content = orjson.loads(row["content"])
    standards = [_standard_shown(s, sees, rules.places(content)) for s in content["standards"]]
    hidden = {s.id for s in standards if s.in_force and s.total.served is None}
    return Report(
        **dict(head(row)), district=content["district"], waiting=content["waiting"], standards=standards,
        index=_index(Index.model_validate(content["index"]), sees, hidden),
    )  # fmt: skip


def _standard_shown(said: Mapping[str, Any], sees: Sight, places: Sequence[Place]) -> ReportStandard:
    """One standard without what is hidden from the reader."""
    total, outside = rules.cell(said["total"]), rules.cell(said["outside"])
    villages = {v: rules.cell(n) for v, n in said["villages"].items()}
    whole, veils = showing.together(sees, total, villages, (By.VILLAGE,), places)
    names = {p.village: p.name for p in places}
    return ReportStandard(
        standard=said["standard"], id=said["id"], title=Words(**said["title"]), regulation=said["regulation"],
        in_force=said["in_force"], beside=said["beside"],
        total=showing.numbers(total, whole, said["total"]["official"]),
        outside=showing.numbers(outside, showing.elsewhere(sees, outside), None),
        rows=[
            Row(code=v, name=names.get(v), **dict(showing.numbers(c, veils[v], said["villages"][v]["official"])))
            for v, c in villages.items()
        ],
    )  # fmt: skip


_HIDDEN = {"served": None, "a": None, "ip": None, "category": None, "suppressed": True}


def _index(whole: Index, sees: Sight, hidden: set[str]) -> Index:
    """The index without what would tell of few people: their service, what it is a mean of, single puskesmas."""
    if sees.all:
        return whole
    services = [s.model_copy(update=_HIDDEN) if s.service in hidden else s for s in whole.district.services]
    gone = any(s.service in hidden for s in services)
    means = {"index": None, "so_far": None, "category": None} if gone else {}
    return whole.model_copy(
        update={"puskesmas": [], "district": whole.district.model_copy(update={"services": services} | means)}
    )


async def as_csv(service: Service, actor: Actor, name: UUID) -> tuple[ReportHead, list[list[Any]]]:
    """A report as a table, without what is hidden from the reader. Raises NotFound."""
    async with service.db.reading() as conn:
        row = await found(service, conn, name)
        content = orjson.loads(row["content"])
        sees = await showing.sight(conn, service, actor, rules.places(content))
    whole = _shown(row, sees)
    lines = list[tuple[str, str, str, Mapping[str, Any]]]()
    for s in whole.standards:
        lines.append((s.standard, "district", whole.district, s.total.model_dump()))
        lines += [(s.standard, "village", r.code, r.model_dump()) for r in s.rows]
    return head(row), rules.lines(content, lines)


async def canonical(service: Service, name: UUID) -> tuple[str, str]:
    """The very text that was hashed, and its hash. Raises NotFound."""
    async with service.db.reading() as conn:
        row = await found(service, conn, name)
    return row["content"], row["sha256"]


async def check(service: Service, name: UUID) -> ReportCheck:
    """Whether a report and its units are still as they were frozen. Raises NotFound."""
    async with service.db.reading() as conn:
        row = await found(service, conn, name)
        content = orjson.loads(row["content"])
        units = dict[str, bool]()
        for s in content["standards"]:
            kept = await queries.digest(conn, name, s["standard"])
            units[s["standard"]] = kept == (s["units"], s["units_sha256"])
    computed = rules.sha256(row["content"])
    same_head = all(
        str(row[n]) == str(content[n]) for n in ("id", "year", "month", "revision", "as_of", "frozen_at", "signer")
    )
    sound = computed == row["sha256"] and same_head and all(units.values())
    return ReportCheck(id=str(name), sha256=row["sha256"], computed=computed, sound=sound, units=units)
