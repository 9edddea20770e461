"""A facility's line to a BPJS service: opened for use, held when its sign-in is refused."""

from dataclasses import dataclass
from datetime import date

import orjson

from services.coverage.bpjs.login import Login
from services.coverage.bpjs.outcomes import Because
from services.coverage.bpjs.pcare import PCare
from services.coverage.bpjs.wire import BpjsService, Wire
from services.coverage.bpjs.wires import Wires
from services.coverage.queries import lines
from services.coverage.queries.lines import LineRow
from services.coverage.rules.secrets import CannotOpen
from services.coverage.settings import CoverageSettings
from services.kernel.db import Connection
from services.kernel.service import Service

WIRES = "wires"
"""Where the service's room keeps the ways out."""
NO_CONTENT_TYPE = "none"


@dataclass(frozen=True, slots=True)
class OpenLine:
    """A line ready for use: who signs in, over which wire. `held` says why nothing should be sent on it now."""

    facility: str
    service: BpjsService
    provider: str
    """kdProvider: the facility's code at BPJS."""
    login: Login
    wire: Wire
    version: int
    held: Because | None
    sender: str | None = None
    sender_from: date | None = None

    @property
    def pcare(self) -> PCare:
        """PCare, signed in."""
        return PCare(self.wire, self.login)


async def line_of(service: Service, facility: str, which: BpjsService) -> OpenLine | None:
    """The facility's line to a BPJS service; None when it has none or no BPJS code.

    While the installation talks to the bundled simulator, a facility without credentials of its own signs in with
    the simulator's public ones; iCare goes by PCare's when it has none (BPJS gives an FKTP one user_key for both).
    """
    async with service.db.reading() as conn:
        return await line_in(service, conn, facility, which)


async def line_in(service: Service, conn: Connection, facility: str, which: BpjsService) -> OpenLine | None:
    """`line_of` on a connection of the caller's."""
    row = await lines.one(conn, facility, which)
    if row is None or row.bpjs_code is None:
        return None
    secrets = row
    if row.sealed is None and which is BpjsService.ICARE:
        secrets = await lines.one(conn, facility, BpjsService.PCARE) or row
    settings = CoverageSettings.of(service.settings)
    login = _login(settings, secrets)
    address = row.base_url or settings.address(which)
    if login is None or address is None:
        return None
    wires: Wires = service.room[WIRES]
    content_type = None if row.content_type == NO_CONTENT_TYPE else row.content_type or ""
    return OpenLine(
        facility=facility,
        service=which,
        provider=row.bpjs_code,
        login=login,
        wire=wires.to(which, address, content_type),
        version=row.version,
        held=Because(row.because) if row.state == "held" and row.because else None,
        sender=row.sender,
        sender_from=row.sender_from,
    )


def _login(settings: CoverageSettings, row: LineRow) -> Login | None:
    if row.sealed is None:
        return settings.simulated_login(row.bpjs_code) if row.bpjs_code else None
    keyring = settings.keyring()
    if keyring is None:
        return None
    try:
        return Login(**orjson.loads(keyring.open(row.sealed, row.key_id, seal_of(row))))
    except CannotOpen:
        return None


def seal_of(row: LineRow) -> str:
    """What a line's secrets are sealed for."""
    return f"line/{row.facility}/{row.service}"


def district_pcare(service: Service) -> PCare | None:
    """PCare as the district's own connector, where no facility's line serves; None when there is none."""
    settings = CoverageSettings.of(service.settings)
    login, wires = settings.login(), service.room[WIRES]
    return PCare(wires.to(BpjsService.PCARE, settings.bpjs_url), login) if login else None
