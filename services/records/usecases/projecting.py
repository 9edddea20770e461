"""Projecting what other services own: the network's organisations, referrals' ServiceRequest and Task."""

import logging
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import httpx
import orjson

from services.kernel.db import Tx
from services.kernel.service import Service
from services.records import directory, rules
from services.records.fhir import Extract, extract, local
from services.records.queries import changes, projection
from services.records.queries.store import Raced, Row
from services.records.sensitive import settled

log = logging.getLogger(__name__)


async def project(
    tx: Tx, type_: str, id_: str, person: str | None, client: str, body: dict[str, Any], at: datetime | None,
    hidden: Sequence[tuple[str, str]] = (), over: int | None = None,
) -> None:  # fmt: skip
    """Store a peer's resource as its next version, searchable like any other.

    The registry's word on an organisation replaces a client's; of anything else a client's stays as it is. What already
    stands so gets no new version. `hidden`: identifiers it is found by and does not show. `over`: the version that the
    body was made from; raises Raced when another stands now.
    """
    moment = at or datetime.now().astimezone()
    stands, projected, before = await projection.standing(tx, type_, id_)
    if not projected and type_ != "Organization":
        log.warning("a client's resource has the id of a projection", extra={"service": "records", "state": type_})
        return
    if over is not None and over != stands:
        raise Raced
    version = stands + 1
    meta: dict[str, Any] = {"versionId": str(version), "lastUpdated": moment.isoformat(timespec="milliseconds")}
    if profile := body.get("meta", {}).get("profile"):
        meta["profile"] = profile
    rest = {k: v for k, v in body.items() if k not in ("resourceType", "id", "meta")}
    whole = {"resourceType": type_, "id": id_, "meta": meta, **rest}
    if before is not None and _same(orjson.loads(before), whole):
        return
    found = extract(whole)
    responsible = local(found.organization) if found.organization else None
    visit = local(found.encounter) if found.encounter else None
    row = Row(
        type_, id_, version, "projected", orjson.dumps(whole).decode(), "", person_id=person, client=client,
        status=found.status, date=found.date, organization=responsible[1] if responsible else None, codes=found.codes,
        encounter_id=visit[1] if visit else None,
        identifiers=[*found.identifiers, *hidden], sensitive=await _sensitive(tx, person, found, moment),
    )  # fmt: skip
    await projection.resource(tx, row, moment)
    await changes.announce(tx, type_, id_)


def _same(before: dict[str, Any], now: dict[str, Any]) -> bool:
    own = {"versionId": None, "lastUpdated": None}
    return before | {"meta": before["meta"] | own} == now | {"meta": now["meta"] | own}


async def withdraw(tx: Tx, type_: str, ids: Collection[str]) -> None:
    """Delete projected resources, those of `ids` that are there: their owner tells of them no more."""
    for id_ in await projection.there(tx, type_, list(ids)):
        await projection.delete(tx, type_, id_, datetime.now().astimezone())
        await changes.announce(tx, type_, id_)


async def _sensitive(tx: Tx, person: str | None, found: Extract, at: datetime) -> list[str]:
    if not found.sensitive or person is None:
        return []
    born = await projection.born(tx, person)
    return settled([c.bound for c in found.sensitive], born, (found.date or at).date())


async def practitioners(service: Service) -> None:
    """Ask the registry for the practitioners that changed (their names travel in no feed) and project them.

    A kernel job; what cannot be asked for now stays due.
    """
    async with service.db.reading() as conn:
        due = await projection.practitioners_due(conn)
    key = {"x-peer-key": service.settings.peer_key.get_secret_value()}
    for id_, turn in due:
        try:
            answer = await service.http.get(f"http://facilities/internal/practitioners/{id_}", headers=key, timeout=10)
            answer.raise_for_status()
        except httpx.HTTPError:
            return
        rows: list[dict[str, Any]] = answer.json()
        async with service.db.transaction() as tx:
            if rows:
                niks = [(rules.NIK, r["nik"]) for r in rows[:1] if r.get("nik")]
                body = directory.practitioner(rows, service.clock.today())
                await project(tx, "Practitioner", id_, None, rows[0]["facility"], body, None, niks)
            else:
                await withdraw(tx, "Practitioner", [id_])
            await projection.practitioner_done(tx, id_, turn)
