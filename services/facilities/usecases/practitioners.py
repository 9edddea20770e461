"""Health workers: reading and loading."""

from services.facilities.contract import PRACTITIONER, PractitionerWithNumber
from services.facilities.queries import facilities
from services.facilities.queries import practitioners as queries
from services.facilities.rules import practitioners as rules
from services.facilities.rules.cells import Line
from services.facilities.rules.practitioners import PractitionerRow
from services.facilities.usecases.loading import Checked, File
from services.kernel.db import Tx
from services.kernel.service import Service


async def practitioner(service: Service, id_: str) -> list[PractitionerWithNumber]:
    """Where a practitioner works, with the NIK: for peers."""
    async with service.db.reading() as conn:
        return [PractitionerWithNumber(**r) for r in await queries.practitioner(conn, id_)]


async def _check(tx: Tx, lines: list[Line[PractitionerRow]]) -> Checked[PractitionerRow]:
    kinds = await facilities.kinds(tx, list({line.row.facility for line in lines}))
    registered = await queries.niks(tx, list({line.row.id for line in lines}))
    return rules.practitioners(lines, kinds.keys(), registered)


PRACTITIONERS = File(
    PRACTITIONER, PractitionerRow, ("id", "facility", "name", "profession"), _check,
    ("id", "facility", "profession", "valid_from", "valid_until"),
)  # fmt: skip
