"""Lines as their facility and the office see and set them: secrets go in, and never come out."""

import logging
import time
from dataclasses import replace

import orjson

from services.coverage.bpjs.login import APPLICATION
from services.coverage.bpjs.outcomes import OF_THE_LINE, Because, Refused, Unavailable
from services.coverage.bpjs.wire import BpjsService
from services.coverage.contract.lines import SECRETS, Line, LineCheck, Lines, LineSettings, LineState
from services.coverage.queries import deliveries, reconciliation
from services.coverage.queries import lines as queries
from services.coverage.queries.lines import LineRow
from services.coverage.rules import lines as rules
from services.coverage.rules.bpjs_words import words
from services.coverage.rules.deliveries import open_since
from services.coverage.rules.secrets import CannotOpen
from services.coverage.settings import CoverageSettings
from services.coverage.usecases.lines import line_of, seal_of, secrets_of, told_off, try_out
from services.kernel import access
from services.kernel.access import Access
from services.kernel.auth import Actor, Role
from services.kernel.db import Connection, Tx
from services.kernel.problems import Conflict, Fault, NotFound, Text, Unprocessable
from services.kernel.problems import Refused as NotAllowed
from services.kernel.service import Service

log = logging.getLogger(__name__)

WHAT = "JKN/line"
KNOWN_FIELDS = ("base_url", "content_type", "sender", "sender_from")


async def show(service: Service, actor: Actor, facility: str, which: BpjsService) -> Line:
    """One line. Raises Refused, NotFound."""
    await _own(service, actor, facility, which, "read")
    async with service.db.reading() as conn:
        row = await _row(conn, facility, which)
    return _shown(service, actor, row)


async def listed(service: Service, actor: Actor, facility: str | None, state: LineState | None) -> Lines:
    """The lines one may see: a facility's own, all for the office. Raises Refused."""
    if actor.role == Role.FACILITY_ADMIN:
        facility = facility or actor.facility
        await _own(service, actor, facility or "", None, "read")
    async with service.db.reading() as conn:
        rows = await queries.listed(conn, facility)
    items = [_shown(service, actor, row) for row in rows]
    return Lines(items=[i for i in items if state is None or i.state is state])


async def put(service: Service, actor: Actor, facility: str, which: BpjsService, asked: LineSettings) -> Line:
    """Set what is named, keep the rest; a line that signs in anew is open again.

    Raises Refused, NotFound, Conflict (no key to seal under), Unprocessable.
    """
    await _own(service, actor, facility, which, "write")
    settings = CoverageSettings.of(service.settings)
    given = {n: v.get_secret_value() for n in SECRETS if (v := getattr(asked, n)) is not None}
    async with service.db.transaction() as tx:
        await queries.lock(tx, facility, which)
        before = await _row(tx, facility, which)
        kept = _kept(settings, before)
        secrets = kept | given | ({"application": asked.application} if asked.application else {})
        _sound(settings, actor, which, asked, given, secrets, before)
        row = replace(before, **{n: getattr(asked, n) for n in KNOWN_FIELDS if n in asked.model_fields_set})
        if secrets != kept:
            row = _sealed(settings, row, secrets)
        led = (before.base_url, before.content_type) != (row.base_url, row.content_type)
        anew = secrets != kept or led
        await queries.save(tx, row, actor.subject, anew=anew)
        if anew:
            await deliveries.wake(tx, facility, which)
        if which is BpjsService.PCARE and before.sealed is None and row.sealed is not None:
            await _compare_open_days(service, tx, actor, facility)
        await _log(tx, actor, facility, which, "write")
        row = await _row(tx, facility, which)
    return _shown(service, actor, row)


async def _compare_open_days(service: Service, tx: Tx, actor: Actor, facility: str) -> None:
    """What was finished before there was a line is owed by comparing the days of the months that are open."""
    today = service.clock.today()
    since = open_since(today, CoverageSettings.of(service.settings).outbox_closes_day)
    await reconciliation.add_run(tx, actor.subject, facility, since, today)


def _kept(settings: CoverageSettings, row: LineRow) -> dict[str, str]:
    """What a line signs in with; nothing when it cannot be opened, so that all must be given anew."""
    try:
        return secrets_of(settings, row)
    except CannotOpen:
        return {}


def _sound(
    settings: CoverageSettings, actor: Actor, which: BpjsService, asked: LineSettings, given: dict[str, str],
    secrets: dict[str, str], before: LineRow,
) -> None:  # fmt: skip
    faults = rules.ill_formed(given)
    if secrets or not settings.simulated:
        faults += rules.missing(which, secrets)
    ours = [settings.address(s) for s in BpjsService]
    leads = asked.base_url if "base_url" in asked.model_fields_set else before.base_url
    if leads != before.base_url and actor.role == Role.FACILITY_ADMIN:
        text = Text("hanya dinas atau konektor yang menetapkan alamat", "only the office or the connector sets it")
        faults.append(Fault("/base_url", text, "forbidden"))
    elif asked.base_url is not None and rules.astray(asked.base_url, ours):
        text = Text(
            f"harus https ke host BPJS (*{rules.BPJS}) atau host yang dipakai instalasi ini",
            f"https to a host of BPJS (*{rules.BPJS}), or a host this installation uses",
        )
        faults.append(Fault("/base_url", text, "invalid"))
    if which is not BpjsService.PCARE and (asked.sender or asked.sender_from):
        text = Text("hanya pada jalur pcare", "on a pcare line only")
        faults.append(Fault("/sender" if asked.sender else "/sender_from", text, "invalid"))
    if faults:
        raise Unprocessable(Text("Perbaiki isian berikut", "Mend the following fields"), faults)


def _sealed(settings: CoverageSettings, row: LineRow, secrets: dict[str, str]) -> LineRow:
    keyring = settings.keyring()
    if keyring is None:
        raise Conflict(
            Text(
                "Instalasi ini belum punya kunci untuk menyegel rahasia; isi SIMPUL_JKN_KEYS",
                "This installation has no key to seal secrets under; set SIMPUL_JKN_KEYS",
            )
        )
    sealed, key_id = keyring.seal(orjson.dumps(secrets), seal_of(row))
    return replace(row, sealed=sealed, key_id=key_id)


async def remove(service: Service, actor: Actor, facility: str, which: BpjsService) -> None:
    """Forget a line and its secrets. Raises Refused, NotFound."""
    await _own(service, actor, facility, which, "write")
    async with service.db.transaction() as tx:
        if not await queries.remove(tx, facility, which):
            raise NotFound(Text("Jalur ini belum ada", "There is no such line"))
        await _log(tx, actor, facility, which, "write")


async def check(service: Service, actor: Actor, facility: str, which: BpjsService) -> LineCheck:
    """Try a line; one that is accepted is open again, one that is refused is held. Raises Refused, NotFound."""
    await _own(service, actor, facility, which, "write")
    line = await line_of(service, facility, which)
    started = time.monotonic()
    said = await try_out(line) if line is not None else Unavailable(Because.NO_LINE, reached=False)
    took = round((time.monotonic() - started) * 1000)
    ok = line is not None and not isinstance(said, Unavailable)
    if isinstance(said, Refused) and said.because in OF_THE_LINE:
        ok = False
    if line is not None and ok:
        async with service.db.transaction() as tx:
            await queries.open_again(tx, facility, which, line.version)
            await deliveries.wake(tx, facility, which)
    elif line is not None:
        await told_off(service, line, said)
    because = None if ok or not isinstance(said, Refused | Unavailable) else said.because
    async with service.db.reading() as conn:
        shown = _shown(service, actor, await _row(conn, facility, which))
    message = words(because) if because else Text("BPJS menerima jalur ini.", "BPJS accepts this line.")
    return LineCheck(
        ok=ok, because=because, message=message.to(actor.language), milliseconds=took, line=shown
    )  # fmt: skip


async def reseal(service: Service) -> None:
    """Seal under the current key what lies under an older one; hold what no key given opens. Runs at each start."""
    settings = CoverageSettings.of(service.settings)
    keyring = settings.keyring()
    async with service.db.transaction() as tx:
        anew = []
        for row in await queries.sealed_otherwise(tx, keyring.current if keyring else ""):
            try:
                anew.append(_sealed(settings, row, secrets_of(settings, row)))
            except CannotOpen:
                await queries.hold(tx, row.facility, row.service, Because.KEY, row.version)
                extra = {"service": service.name, "facility": row.facility, "line": row.service}
                log.error("bpjs line cannot be opened", extra=extra)
        await queries.reseal(tx, anew)
        for row in anew:
            if row.because == Because.KEY:
                await deliveries.wake(tx, row.facility, row.service)


async def _own(service: Service, actor: Actor, facility: str, which: BpjsService | None, action: str) -> None:
    """A facility's administrator sees and sets its own lines only; a refusal is logged."""
    if actor.role != Role.FACILITY_ADMIN or actor.facility == facility:
        return
    resources = [f"line/{facility}/{which}"] if which else []
    await access.refuse(service.db, [Access(actor, None, action, WHAT, "refused", resources)])
    raise NotAllowed(Text("Jalur BPJS hanya untuk faskes sendiri", "Only your own facility's lines are yours to see"))


async def _log(conn: Connection, actor: Actor, facility: str, which: BpjsService, action: str) -> None:
    await access.log(conn, [Access(actor, None, action, WHAT, resources=[f"line/{facility}/{which}"])])


async def _row(conn: Connection, facility: str, which: BpjsService) -> LineRow:
    row = await queries.one(conn, facility, which)
    if row is None:
        raise NotFound(Text("Faskes ini tidak dikenal", "This facility is not known"))
    return row


def _shown(service: Service, actor: Actor, row: LineRow) -> Line:
    settings, which = CoverageSettings.of(service.settings), BpjsService(row.service)
    secrets, closed = {}, False
    try:
        secrets = secrets_of(settings, row)
    except CannotOpen:
        closed = True
    because = Because.KEY if closed else Because(row.because) if row.because else None
    address = row.base_url or settings.address(which)
    own = row.sealed is not None or (row.bpjs_code is not None and settings.simulated_login(row.bpjs_code) is not None)
    state = LineState.HELD if because else LineState.OPEN if own and address else LineState.MISSING
    because = because or (Because.NO_LINE if state is LineState.MISSING else None)
    return Line(
        facility=row.facility,
        bpjs_code=row.bpjs_code,
        service=which,
        state=state,
        because=because,
        message=words(because).to(actor.language) if because else None,
        since=row.state_since,
        checked_at=row.checked_at,
        kept=[name for name in SECRETS if name in secrets],
        application=secrets.get("application", APPLICATION) if secrets else None,
        base_url=address,
        content_type=row.content_type,
        sender=row.sender,
        sender_from=row.sender_from,
        key=row.key_id,
        version=row.version,
        changed_by=row.changed_by,
        changed_at=row.changed_at,
    )
