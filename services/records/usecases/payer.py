"""One visit told to a payer, logged here as disclosed."""

from collections.abc import Iterable, Iterator
from typing import Any

from services.kernel import access
from services.kernel.access import Access
from services.kernel.auth import Actor, Role
from services.kernel.problems import NotFound, Text
from services.kernel.service import Service
from services.records import exact
from services.records.contract.payer import VisitTold
from services.records.queries import payer as queries
from services.records.room import room
from services.records.visit.payer import told

TELLER = "konektor-jkn"
"""Who the access log names: no human asks; the facility owes BPJS this visit."""
PAYMENT = "payment"


async def tell(service: Service, visit_id: str, *, disclosed: bool = True) -> VisitTold:
    """The visit as its facility would tell BPJS. Raises NotFound.

    What other facilities wrote of the same visit or person is not theirs to tell. The access row stands before the
    answer leaves, under the facility whose visit it is.
    """
    async with service.db.reading() as conn:
        found = await queries.written(conn, visit_id)
        if found is None:
            raise NotFound(Text("Kunjungan ini tidak ada", "No such visit"))
        bodies = [exact.loads(body.encode()) for _, _, body in found.bodies]
        medications = await queries.medications(conn, sorted(set(_named(bodies))))
        known = {f"Medication/{id_}": exact.loads(body.encode()) for id_, body in medications.items()}
        encounter = next(b for b in bodies if b["resourceType"] == "Encounter")
        facility = room(service).facility_of(found.organization) or found.client
        others = [b for b in bodies if b is not encounter]
        visit = told(encounter, others, known, found.person_id, facility, found.numbers)
        visit.organization = room(service).organization_of(facility)
        if not disclosed:
            return visit
        actor = Actor(subject=TELLER, role=Role.JKN_CONNECTOR, facility=facility, purpose=PAYMENT)
        shown = [f"{type_}/{id_}" for type_, id_, _ in found.bodies]
        await access.log(conn, [Access(actor, found.person_id, "read", "JKN/visit", resources=shown)])
    service.db.signal()
    return visit


def _named(bodies: Iterable[dict[str, Any]]) -> Iterator[str]:
    """The ids of Medications that lie beside the resources that name them."""
    for body in bodies:
        kind, _, id_ = str(body.get("medicationReference", {}).get("reference", "")).rpartition("/")
        if kind == "Medication":
            yield id_
