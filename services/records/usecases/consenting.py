"""What a stored Consent decides from now on; part of every transaction that stores one."""

from collections.abc import Sequence
from datetime import datetime

from services.kernel.auth import Actor
from services.kernel.db import Tx
from services.kernel.problems import Fault, Refused, Text
from services.kernel.service import Service
from services.records.consents import Decision, decisions
from services.records.queries import consents as queries
from services.records.queries.store import Row
from services.records.room import room
from services.records.usecases.entries import Entry, placed

Decided = tuple[str, str, list[Decision]]
"""A Consent's id, its person, what it decides."""

_NO_PATIENT = Text("Rujukan ke Patient wajib diisi", "A reference to the Patient is required")
_NOT_YOURS = Text(
    "Izin hanya dicatat faskes yang merawat pasien ini: daftarkan pasien atau catat kunjungannya dulu",
    "A permission is taken down by a facility that cares for this patient: register the patient or record a visit",
)


def decided(
    service: Service, entries: Sequence[Entry], rows: Sequence[Row], now: datetime
) -> tuple[list[Decided], list[Fault]]:
    """What the Consents of a batch decide, and what of them cannot be enforced. A deleted one decides nothing."""
    by_id = {r.id: r for r in rows if r.type == "Consent"}
    found: list[Decided] = []
    faults: list[Fault] = []
    for entry in entries:
        row = by_id.get(entry.id or "") if entry.type == "Consent" else None
        if row is None:
            continue
        if row.kind == "deleted":
            found.append((row.id, row.person_id or "", []))
            continue
        says, wrong = decisions(entry.resource, room(service).facility_of, now)
        if says and row.person_id is None:
            wrong = [*wrong, Fault("Consent.patient", _NO_PATIENT, "required")]
        faults += [placed(entry, fault) for fault in wrong]
        found.append((row.id, row.person_id or "", says))
    return found, faults


async def settle(service: Service, actor: Actor, tx: Tx, found: Sequence[Decided], now: datetime) -> None:
    """Make the decisions hold, in the transaction that stored the Consents. Raises Refused for a permission taken
    down by a facility without a reason to see the person."""
    today = service.clock.today()
    for _, person, says in found:
        permits = [d for d in says if d.permit]
        of_class = any(d.class_ for d in permits)
        if permits and not await queries.may_open(tx, actor, today, person, of_class):
            raise Refused(_NOT_YOURS, extra={"persons": [person]})
    await queries.replace(tx, found, now)
