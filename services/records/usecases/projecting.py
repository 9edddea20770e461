"""Projecting what other services own: the network's organisations, referrals' ServiceRequest and Task."""

from datetime import datetime
from typing import Any

import orjson

from services.kernel.db import Tx
from services.records.fhir import extract, local
from services.records.queries import projection
from services.records.queries.store import Row


async def project(
    tx: Tx, type_: str, id_: str, person: str | None, client: str, body: dict[str, Any], at: datetime | None
) -> None:
    """Store a peer's resource as its next version, searchable like any other."""
    moment = at or datetime.now().astimezone()
    version = await projection.next_version(tx, type_, id_)
    meta = {"versionId": str(version), "lastUpdated": moment.isoformat(timespec="milliseconds")}
    rest = {k: v for k, v in body.items() if k not in ("resourceType", "id", "meta")}
    whole = {"resourceType": type_, "id": id_, "meta": meta, **rest}
    found = extract(whole)
    responsible = local(found.organization) if found.organization else None
    row = Row(
        type_, id_, version, "projected", orjson.dumps(whole).decode(), "", person_id=person, client=client,
        status=found.status, date=found.date, organization=responsible[1] if responsible else None, codes=found.codes,
        identifiers=found.identifiers,
    )  # fmt: skip
    await projection.resource(tx, row, moment)
