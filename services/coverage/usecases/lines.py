"""A facility's line to a BPJS service: opened for use, held when its sign-in is refused."""

import logging
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import orjson

from services.coverage.bpjs.login import Login
from services.coverage.bpjs.outcomes import OF_THE_LINE, Because, Refused, Reply
from services.coverage.bpjs.pcare import PCare
from services.coverage.bpjs.wire import BpjsService, Wire
from services.coverage.bpjs.wires import Wires
from services.coverage.queries import lines
from services.coverage.queries.lines import LineRow
from services.coverage.rules.lines import HOLDING
from services.coverage.rules.secrets import CannotOpen
from services.coverage.settings import CoverageSettings
from services.kernel.db import Connection
from services.kernel.service import Service

log = logging.getLogger(__name__)

WIB = ZoneInfo("Asia/Jakarta")
"""BPJS' own day."""
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
    try:
        return Login(**secrets_of(settings, row))
    except CannotOpen:
        return None


def secrets_of(settings: CoverageSettings, row: LineRow) -> dict[str, str]:
    """What a line signs in with; empty when it keeps nothing. Raises CannotOpen."""
    if row.sealed is None:
        return {}
    keyring = settings.keyring()
    if keyring is None:
        raise CannotOpen
    found: dict[str, str] = orjson.loads(keyring.open(row.sealed, row.key_id, seal_of(row)))
    return found


def seal_of(row: LineRow) -> str:
    """What a line's secrets are sealed for."""
    return f"line/{row.facility}/{row.service}"


async def told_off(service: Service, line: OpenLine, reply: object) -> Because | None:
    """Hold the line when `reply` refuses its sign-in; why it is held now, None when the reply is about no sign-in.

    "Not registered for this service" is also said of an unknown path, so the line is tried before it is held for it.
    Nothing on a held line is tried again until it is mended.
    """
    if not isinstance(reply, Refused):
        return None
    because = reply.because
    if because is Because.ENTITLEMENT:
        tried = await try_out(line)
        because = tried.because if isinstance(tried, Refused) and tried.because in OF_THE_LINE else Because.RULE
    if because not in (*HOLDING, Because.ENTITLEMENT):
        return None
    async with service.db.transaction() as tx:
        await hold(service, tx, line, because)
    return because


async def hold(service: Service, conn: Connection, line: OpenLine, because: str) -> None:
    """Hold a line whose sign-in was refused, unless it signs in otherwise by now; an alert is logged once."""
    if await lines.hold(conn, line.facility, line.service, because, line.version):
        extra = {"service": service.name, "facility": line.facility, "line": line.service.value}
        log.error("bpjs line held", extra=extra | {"error": str(because)})


NOBODY = "0" * 13
"""A card number nobody has: a refusal of it proves the sign-in as well as an answer would."""


async def try_out(line: OpenLine) -> Reply:
    """The smallest question a service answers to whoever may use it."""
    wire, login = line.wire, line.login
    match line.service:
        case BpjsService.PCARE:
            return await wire.call(login, "GET", "/dokter/0/1")
        case BpjsService.VCLAIM:
            return await wire.call(login, "GET", f"/Rujukan/JumlahSEP/1/{NOBODY}")
        case BpjsService.ANTREAN:
            return await wire.call(login, "GET", f"/ref/poli/tanggal/{datetime.now(WIB):%Y-%m-%d}")
        case BpjsService.ICARE:
            return await wire.call(login, "POST", "/api/pcare/validate", {"param": NOBODY})
        case BpjsService.SRBK:
            return await wire.call(login, "POST", "/Sisrute/GetKriteriaRujukan", {})


def district_pcare(service: Service) -> PCare | None:
    """PCare as the district's own connector, where no facility's line serves; None when there is none."""
    settings = CoverageSettings.of(service.settings)
    login, wires = settings.login(), service.room[WIRES]
    return PCare(wires.to(BpjsService.PCARE, settings.bpjs_url), login) if login else None
