"""Reading and working on what reconciliation found: days, differences, and who does what with them."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from services.coverage import peers
from services.coverage.contract.reconciliation import (
    DayOut,
    DifferenceOpened,
    DifferenceOut,
    Differences,
    Kind,
    Owner,
    RunOut,
    State,
    StepOut,
    Summary,
)
from services.coverage.queries import reconciliation as queries
from services.coverage.queries.reconciliation import Wanted
from services.coverage.rules import reconciliation as rules
from services.coverage.usecases import queue
from services.kernel import access
from services.kernel.access import Access
from services.kernel.auth import Actor
from services.kernel.problems import Conflict, Fault, NotFound, Text, Unprocessable
from services.kernel.service import Service

WHAT = "JKN/reconciliation"
MOST_DAYS = 62
MEND = Text("Perbaiki isian berikut", "Mend the following fields")


def _at(pointer: str, id_: str, en: str, code: str = "invalid") -> Unprocessable:
    return Unprocessable(MEND, [Fault(pointer, Text(id_, en), code)])


async def ask(service: Service, actor: Actor, facility: str | None, since: date | None, until: date | None) -> RunOut:
    """Ask for a comparison; the office may ask for all facilities. Raises Refused, Unprocessable."""
    if facility is not None or actor.facility is not None:
        facility = await queue.known(service, actor, facility)
    today = service.clock.today()
    until = until or today
    since = since or until
    if until > today:
        raise _at("/until", "belum lewat; paling lambat hari ini", "has not come yet; today at the latest", "future")
    if not timedelta() <= until - since < timedelta(days=MOST_DAYS):
        raise _at("/since", f"paling banyak {MOST_DAYS} hari, tidak sesudah until", f"at most {MOST_DAYS} days before")
    async with service.db.transaction() as tx:
        return _run(await queries.add_run(tx, actor.subject, facility, since, until))


async def run(service: Service, actor: Actor, run_id: str) -> RunOut:
    """How far a run is. Raises NotFound."""
    async with service.db.reading() as conn:
        found = await queries.run(conn, run_id, actor.facility)
    if found is None:
        raise NotFound(Text("Pemeriksaan ini tidak ada", "No such run"))
    return _run(found)


def _run(row: dict[str, Any]) -> RunOut:
    return RunOut(**{k: v for k, v in row.items() if k != "beat_at"})


async def summary(
    service: Service, actor: Actor, facility: str | None, since: date | None, until: date | None
) -> Summary:
    """How each day stands. Raises Refused, Unprocessable."""
    if actor.facility is not None:
        facility = queue.at(actor, facility)
    until = until or service.clock.today()
    since = since or until - timedelta(days=6)
    if not timedelta() <= until - since < timedelta(days=366):
        raise _at("/since", "paling banyak setahun, tidak sesudah until", "at most a year, not after until")
    async with service.db.reading() as conn:
        rows = await queries.summary(conn, since, until, facility)
    return Summary(since=since, until=until, days=[DayOut(**r) for r in rows])


async def listed(service: Service, actor: Actor, wanted: Wanted, limit: int) -> tuple[Differences, bool]:
    """A page of differences, and whether there are more. Each person shown is logged; who may not be seen is not
    named. Raises Refused."""
    if actor.facility is not None:
        wanted = Wanted(
            queue.at(actor, wanted.facility), wanted.since, wanted.until, wanted.kind, wanted.state, wanted.owner,
            wanted.after,
        )  # fmt: skip
    async with service.db.reading() as conn:
        rows = await queries.differences(conn, wanted, limit + 1)
    shown = await _shown(service, actor, rows[:limit])
    last = shown[-1] if len(rows) > limit else None
    return Differences(items=shown, next=f"{last.day.isoformat()}_{last.id}" if last else None), last is not None


async def opened(service: Service, actor: Actor, difference: str) -> DifferenceOpened:
    """One difference with its history. Raises NotFound."""
    await _not_anothers(service, actor, difference, "read")
    async with service.db.reading() as conn:
        row = await queries.difference(conn, difference, actor.facility)
        steps = await queries.steps(conn, difference)
    if row is None:
        raise _none()
    (shown,) = await _shown(service, actor, [row])
    return DifferenceOpened(**shown.model_dump(), steps=[StepOut(**s) for s in steps])


async def step(
    service: Service, actor: Actor, difference: str, verb: str, note: str | None, owner: Owner | None
) -> DifferenceOpened:
    """Take in hand, accept with a reason, hand to another owner, reopen, or note. Raises NotFound, Conflict,
    Unprocessable."""
    states, becomes = rules.STEPS[verb]
    if verb in rules.REASONED and not note:
        raise _at("/note", "wajib diisi: sebutkan alasannya", "is required: say why", "missing")
    if verb == "assign" and owner is None:
        raise _at("/owner", "wajib diisi: facility, dinkes, atau bpjs", "is required", "missing")
    await _not_anothers(service, actor, difference, "write")
    async with service.db.transaction() as tx:
        row = await queries.difference(tx, difference, actor.facility)
        if row is None:
            raise _none()
        if State(row["state"]) not in states:
            raise Conflict(
                Text(
                    f"Selisih ini {_STATES[row['state']]}; langkah itu tidak dapat diambil",
                    f"This difference is {row['state']}; that step cannot be taken",
                )
            )
        moved = await queries.move(tx, row, becomes or row["state"], owner or row["owner"])
        if moved is None:
            raise Conflict(Text("Baru saja diubah orang lain; muat ulang", "Somebody has just changed it; reload"))
        await queries.step(tx, difference, actor.subject, verb, moved["state"], moved["owner"], note)
        if row["person_id"]:
            await access.log(
                tx, [Access(actor, row["person_id"], "write", WHAT, resources=[f"difference/{difference}"])]
            )
    return await opened(service, actor, difference)


_STATES = {
    "open": "masih terbuka", "in-hand": "sedang dikerjakan", "settled": "sudah selesai sendiri",
    "accepted": "sudah diterima dengan alasan",
}  # fmt: skip


async def _not_anothers(service: Service, actor: Actor, difference: str, action: str) -> None:
    """Another facility's is as if it were not there, and the try is in the access log. Raises NotFound."""
    async with service.db.reading() as conn:
        row = await queries.difference(conn, difference, None)
    if row is not None and actor.facility not in (None, row["facility"]):
        named = [f"difference/{difference}"]
        await access.refuse(service.db, [Access(actor, row["person_id"], action, WHAT, "refused", named)])
        raise _none()


def _none() -> NotFound:
    return NotFound(Text("Selisih ini tidak ada", "No such difference"))


async def _shown(service: Service, actor: Actor, rows: Sequence[dict[str, Any]]) -> list[DifferenceOut]:
    """Rows with their persons, as far as the reader may see them; each is logged here, its name by records."""
    names = await peers.names(service, actor, sorted({r["person_id"] for r in rows if r["person_id"]}))
    async with service.db.transaction() as tx:
        await access.log(
            tx,
            [
                Access(actor, r["person_id"], "read", WHAT, resources=[f"difference/{r['id']}"])
                for r in rows if r["person_id"] in names
            ],
        )  # fmt: skip
    now = service.clock.now()
    same = ("id", "facility", "day", "service", "because", "poli", "no_urut", "no_kunjungan", "found_at", "seen_at",
            "closed_at", "fields")  # fmt: skip
    return [
        DifferenceOut(
            **{k: r[k] for k in same}, kind=Kind(r["kind"]), state=State(r["state"]), owner=Owner(r["owner"]),
            says=says(r, actor.language), visit=r["subject"], delivery=r["delivery_id"],
            person_id=r["person_id"] if r["person_id"] in names else None, name=names.get(r["person_id"]),
            age_days=max(0, ((r["closed_at"] or now) - r["found_at"]).days),
        )
        for r in rows
    ]  # fmt: skip


def says(row: dict[str, Any], language: str) -> str:
    """A difference in words."""
    words = _SAYS[Kind(row["kind"])].to(language)
    return f"{words} ({', '.join(row['fields'])})" if row["fields"] else words


_SAYS = {
    Kind.NOT_SENT: Text("Kunjungan belum sampai di BPJS", "The visit has not reached BPJS"),
    Kind.NOT_LISTED: Text("Diterima BPJS, tetapi tidak ada di daftarnya", "Accepted by BPJS, and not in its list"),
    Kind.DELETED_THERE: Text("Pernah ada di daftar BPJS, sekarang tidak", "Once in BPJS' list, and no more"),
    Kind.NOT_OURS: Text("Ada di daftar BPJS, bukan kiriman dari rekam ini", "In BPJS' list, and not sent from here"),
    Kind.STILL_THERE: Text("Sudah dihapus di sini, masih ada di BPJS", "Removed here, and still at BPJS"),
    Kind.DIFFERS: Text("Isinya berbeda dengan rekam", "Its content differs from the record"),
    Kind.TWICE: Text("Tercatat dua kali pada poli dan hari yang sama", "Twice at the same poli on one day"),
    Kind.LATE: Text("Masuk rekam setelah entri bulan itu ditutup", "Recorded after the month's entry had closed"),
}
