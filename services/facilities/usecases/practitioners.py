"""Health workers: who works where and since when, by which licences; reading, loading, entering one."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from pydantic import BaseModel

from services.facilities.contract import PRACTITIONER, PractitionerWithNumber, Profession
from services.facilities.contract.workforce import (
    LICENCE,
    PROFESSIONAL,
    LicenceKind,
    RuleName,
)
from services.facilities.queries import facilities, loading, workforce
from services.facilities.queries import practitioners as queries
from services.facilities.rules import days
from services.facilities.rules import practitioners as rules
from services.facilities.rules.cells import Line
from services.facilities.rules.limits import Limit
from services.facilities.rules.practitioners import Known, LicenceRow, PractitionerRow
from services.facilities.usecases.loading import Asked, Checked, File, Written
from services.kernel import events
from services.kernel.db import Tx
from services.kernel.events import Event
from services.kernel.service import Service


async def practitioner(service: Service, id_: str) -> list[PractitionerWithNumber]:
    """Where a practitioner works and worked, with the NIK: for peers."""
    async with service.db.reading() as conn:
        return [PractitionerWithNumber(**r) for r in await queries.practitioner(conn, id_, service.clock.today())]


async def _known(tx: Tx, ids: set[str], places: set[str]) -> Known:
    placements: dict[tuple[str, str], dict[date, tuple[date, Profession]]] = {}
    for r in await queries.placements_of(tx, list(ids)):
        spans = placements.setdefault((r["practitioner"], r["facility"]), {})
        spans[r["valid_from"]] = r["valid_until"] or date.max, Profession(r["profession"])
    licences = {}
    for r in await queries.licences_of(tx, list(ids)):
        row = LicenceRow.model_construct(**{**r, "kind": LicenceKind(r["kind"])})
        licences[row.practitioner, row.kind, row.number] = row
    numbers = await workforce.rules(tx, date.min, date.max)
    limits = [
        Limit(Profession(r["subject"]), r["value"], r["action"] == "refuse",
              days.span(r["valid_from"], r["valid_until"]), r["regulation"])
        for r in numbers if r["rule"] == RuleName.SIP_LIMIT
    ]  # fmt: skip
    kinds = await facilities.kinds(tx, list(places))
    return Known(kinds.keys(), await queries.niks(tx, list(ids)), placements, licences, limits)


async def _check(tx: Tx, lines: list[Line[PractitionerRow]]) -> Checked[PractitionerRow]:
    known = await _known(tx, {line.row.id for line in lines}, {line.row.facility for line in lines})
    return rules.practitioners(lines, known)


async def _check_licences(tx: Tx, lines: list[Line[LicenceRow]]) -> Checked[LicenceRow]:
    places = {line.row.facility for line in lines if line.row.facility}
    return rules.licences(lines, await _known(tx, {line.row.practitioner for line in lines}, places))


class _Professional(BaseModel):
    id: str
    name: str
    nik: str | None


class _Placement(BaseModel):
    practitioner: str
    facility: str
    valid_from: date
    valid_until: date | None
    profession: Profession
    employment: str | None


async def _write(tx: Tx, lines: list[Line[PractitionerRow]], asked: Asked) -> Written[PractitionerRow]:
    """A row goes to its person, its placement, its STR and its SIP; each is announced by itself."""
    rows = [line.row for line in lines]
    people = {r.id: _Professional(id=r.id, name=r.name, nik=None) for r in rows}
    for r in rows:
        people[r.id].nik = people[r.id].nik or r.nik
    changed: set[tuple[object, ...]] = {("id", r["id"]) for r in await _people(tx, list(people.values()), asked)}
    placements = [_Placement(practitioner=r.id, **r.model_dump(exclude={"id", "name", "nik"})) for r in rows]
    moved = await loading.upsert(tx, "placement", placements, asked.columns, asked.by, asked.because)
    await events.append(tx, [_placement_event(r) for r in moved])
    changed |= {_placed(r) for r in moved}
    for kind in LicenceKind:
        given = {f.removeprefix(f"{kind}_") for f in asked.columns if f.startswith(f"{kind}_")}
        said = [licence for r in rows for licence in rules.licences_of(r) if licence.kind is kind]
        changed |= {_number(r) for r in await _licences(tx, said, frozenset({*given, "facility"}), asked)}
    touched = [r for r in rows if changed & {("id", r.id), (r.id, r.facility, r.valid_from), *_numbers(r)}]
    stands = {_placed(r): r["version"] for r in await queries.placements_of(tx, [r.id for r in touched])}
    return Written([{**r.model_dump(), "version": stands[r.id, r.facility, r.valid_from]} for r in touched], [])


async def _people(tx: Tx, people: list[_Professional], asked: Asked) -> list[dict[str, Any]]:
    changed = await loading.upsert(tx, "professional", people, asked.columns, asked.by, asked.because)
    await events.append(tx, [Event(PROFESSIONAL, _kind(r), r["id"], r["version"], {"id": r["id"]}) for r in changed])
    return changed


async def _licences(tx: Tx, said: Iterable[LicenceRow], given: frozenset[str], asked: Asked) -> list[dict[str, Any]]:
    once = {(row.practitioner, row.kind, row.number): row for row in said}
    changed = await loading.upsert(tx, "licence", list(once.values()), given, asked.by, asked.because)
    await events.append(tx, [_licence_event(r) for r in changed])
    return changed


async def _write_licences(tx: Tx, lines: list[Line[LicenceRow]], asked: Asked) -> Written[LicenceRow]:
    given = asked.columns | {"facility"}
    return Written(await _licences(tx, [line.row for line in lines], given, asked), [])


def _placed(row: dict[str, Any]) -> tuple[str, str, date]:
    return row["practitioner"], row["facility"], row["valid_from"]


def _number(row: dict[str, Any]) -> tuple[str, str, str]:
    return row["practitioner"], row["kind"], row["number"]


def _numbers(row: PractitionerRow) -> Sequence[tuple[str, str, str]]:
    return [(licence.practitioner, licence.kind, licence.number) for licence in rules.licences_of(row)]


def _kind(row: dict[str, Any]) -> str:
    return "created" if row["version"] == 1 else "changed"


def _placement_event(row: dict[str, Any]) -> Event:
    data = {k: row[k] for k in ("facility", "profession", "employment", "valid_from", "valid_until")}
    subject = loading.subject("placement", row)
    return Event(PRACTITIONER, _kind(row), subject, row["version"], {"id": row["practitioner"], **data})


def _licence_event(row: dict[str, Any]) -> Event:
    """The number of a licence names its holder in public registers: the subject has a digest of it only."""
    data = {k: row[k] for k in ("kind", "facility", "valid_from", "valid_until")}
    digest = hashlib.sha256(row["number"].encode()).hexdigest()[:8]
    subject = f"{row['practitioner']}/{row['kind']}/{digest}"
    return Event(LICENCE, _kind(row), subject, row["version"], {"id": row["practitioner"], **data})


PRACTITIONERS = File(
    "placement",
    PractitionerRow,
    ("id", "facility", "name", "profession", "valid_from"),
    _check,
    (),
    write=_write,
    key=("id", "facility", "valid_from"),
    current=queries.row,
)
LICENCES = File("licence", LicenceRow, ("practitioner", "kind", "number"), _check_licences, (), write=_write_licences)
