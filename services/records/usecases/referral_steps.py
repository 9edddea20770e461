"""A change of a referral's ServiceRequest or Task over FHIR: what means a legal step is taken by the owner in the
client's name and then followed; everything else is refused, with the steps that are legal now."""

from collections.abc import Callable
from typing import Any

from services.kernel.auth import Actor
from services.kernel.db import Connection
from services.kernel.problems import NotFound, Problem, Refused, Text, Unavailable, Unprocessable
from services.kernel.service import Service
from services.records import exact, peers
from services.records.queries import projection, store
from services.records.queries import referral_fhir as queries
from services.records.referral_fhir import asks, steps
from services.records.usecases import reading
from services.records.usecases.entries import MEND, Entry, Outcome, examine_one
from services.records.usecases.projecting_referrals import keep
from services.records.usecases.staging import check_version

Patch = Callable[[dict[str, Any]], dict[str, Any]]


async def change(service: Service, actor: Actor, entry: Entry) -> Outcome | None:
    """Take the step that a PUT, PATCH or DELETE of a referral's resource means; None when it is of no referral.

    Raises what reading raises (logged), Unprocessable, what referrals answers (Refused, Conflict naming the legal
    steps), and Refused with the legal steps for what is no step.
    """
    if entry.type not in asks.TYPES or entry.id is None or actor.facility is None:
        return None
    async with service.db.reading() as conn:
        part = await _part(conn, entry.type, entry.id)
    if part is None:
        return None
    if part.facility != actor.facility:  # whom a Task asks may answer it, even after others did: referrals tells
        await reading.read(service, actor, entry.type, entry.id)
    found = await _lies(service, entry)
    check_version(entry, {"version": found.version, "deleted": False})
    old = exact.loads(found.body.encode())
    meant = _meant(service, entry, part.part, old)
    if meant is None:
        raise await _refusal(service, actor, part.referral)
    answer = await peers.refer(service, actor, "POST", f"/{part.referral}/{meant.verb}", meant.told, _key(entry, found))
    await _follow(service, part.referral, answer)
    return await _lies(service, entry)


async def _lies(service: Service, entry: Entry) -> Outcome:
    """A referral's resource as it lies. Raises NotFound."""
    async with service.db.reading() as conn:
        row = (await store.lock_current(conn, [(entry.type, entry.id or "")])).get((entry.type, entry.id or ""))
    if row is None or row["deleted"]:
        raise NotFound(Text(f"{entry.type} ini tidak ada", f"No such {entry.type}"))
    return Outcome(200, row["type"], row["id"], row["version"], row["updated_at"], row["body"], row["person_id"])


async def _part(conn: Connection, type_: str, id_: str) -> queries.Part | None:
    """Which referral a resource stands for, when it stands for one."""
    known = await queries.part_of(conn, [(type_, id_)])
    if known:
        return known[0] if known[0].part != "draft" else None
    found = await projection.projected(conn, type_, id_)
    if found is None:
        return None
    if type_ == "ServiceRequest":
        return queries.Part(type_, id_, id_, "request", None)
    focus = str((exact.loads(found[1].encode()).get("focus") or {}).get("reference", ""))
    return queries.Part(type_, id_, focus.removeprefix("ServiceRequest/"), "task", None)


def _meant(service: Service, entry: Entry, part: str, old: dict[str, Any]) -> steps.Meant | None:
    if entry.verb == "delete":
        return None
    new = entry.patch(exact.loads(exact.dumps(old).encode())) if entry.patch is not None else entry.resource
    if faults := examine_one(new, entry.type, service.clock.now()):
        raise Unprocessable(MEND, faults)
    own = {k: v for k, v in new.items() if k not in ("id", "meta")} | {k: old[k] for k in ("id", "meta")}
    read = {"approval": steps.of_approval, "task": steps.of_task}.get(part, steps.of_request)
    return read(old, own)


def _key(entry: Entry, found: Outcome) -> str:
    """The same change of the same version is the same step, however often it is sent."""
    return f"fhir-{entry.type[0]}-{found.id}-{found.version}"


async def _follow(service: Service, referral: str, answer: dict[str, Any]) -> None:
    """Bring the record in step now; when the feed is late, by what referrals answered."""
    await reading.catch_up(service)
    async with service.db.reading() as conn:
        behind = await queries.behind(conn, referral, int(answer["version"]))
    if behind and (told := await peers.referral(service, referral)) is not None:
        async with service.db.transaction() as tx:
            await keep(service, tx, told, told["person"])


async def _refusal(service: Service, actor: Actor, referral: str) -> Problem:
    """Only the steps change a referral; which are legal now for this caller."""
    try:
        shown = await peers.refer(service, actor, "GET", f"/{referral}")
    except Unavailable:
        return Refused(Text(_ONLY.id, _ONLY.en))
    legal: list[str] = shown["legal"]
    listed = ", ".join(legal) or "-"
    said = Text(
        f"{_ONLY.id} Keadaan: {shown['state']}. Langkah yang sah bagi Anda sekarang: {listed}",
        f"{_ONLY.en} State: {shown['state']}. Legal for you now: {listed}",
    )
    return Refused(said, extra={"state": shown["state"], "legal": legal})


_ONLY = Text(
    "Ini mengikuti layanan rujukan; yang dapat diubah lewat FHIR hanya langkahnya: Task.status (dengan statusReason,"
    " output), atau ServiceRequest.status=revoked oleh pengirim; atau pakai /v1/referrals.",
    "This follows the referrals; over FHIR only its steps can be taken: Task.status (with statusReason, output), or"
    " ServiceRequest.status=revoked by the sender; or use /v1/referrals.",
)
