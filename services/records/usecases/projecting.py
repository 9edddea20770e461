"""Projecting what other services own: the network's organisations, referrals' ServiceRequest and Task."""

import logging
from datetime import datetime
from typing import Any

import orjson

from services.kernel.db import Tx
from services.records.fhir import extract, local
from services.records.queries import projection
from services.records.queries.store import Row

log = logging.getLogger(__name__)


async def project(
    tx: Tx, type_: str, id_: str, person: str | None, client: str, body: dict[str, Any], at: datetime | None
) -> None:
    """Store a peer's resource as its next version, searchable like any other.

    The registry's word on an organisation replaces a client's; of anything else a client's stays as it is.
    """
    moment = at or datetime.now().astimezone()
    stands, projected = await projection.standing(tx, type_, id_)
    if not projected and type_ != "Organization":
        log.warning("a client's resource has the id of a projection", extra={"service": "records", "state": type_})
        return
    version = stands + 1
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
