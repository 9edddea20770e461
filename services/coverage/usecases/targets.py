"""Where a referral goes in BPJS' words, chosen by the facility that refers."""

from typing import Any

from services.coverage import peers
from services.coverage.contract.targets import NewTarget, TargetShown
from services.coverage.queries import targets as queries
from services.coverage.usecases.outbox import owing
from services.kernel import access
from services.kernel.access import Access
from services.kernel.auth import Actor
from services.kernel.problems import NotFound, Refused, Text
from services.kernel.service import Service

TARGET = "JKN/referral-target"
_UNKNOWN = Text("Rujukan ini tidak ada atau bukan rujukan Anda", "There is no such referral of yours")


async def choose(service: Service, actor: Actor, referral: str, target: NewTarget) -> TargetShown:
    """Keep what the sender chose; visits parked for want of it are looked at again. Raises NotFound, Refused."""
    sender = await _senders(service, actor, referral)
    async with service.db.transaction() as tx:
        kept = await queries.put(tx, referral, sender, actor.subject, target)
        await owing.mended(tx, sender)
        await access.log(tx, [Access(actor, None, "write", TARGET, resources=[f"referral/{referral}"])])
    return kept


async def show(service: Service, actor: Actor, referral: str) -> TargetShown:
    """What was chosen for a referral, by whom and when. Raises NotFound, Refused."""
    await _senders(service, actor, referral)
    async with service.db.reading() as conn:
        found = await queries.shown(conn, referral)
        await access.log(conn, [Access(actor, None, "read", TARGET, resources=[f"referral/{referral}"])])
    service.db.signal()
    if found is None:
        raise NotFound(Text("Belum ada yang dipilih untuk rujukan ini", "Nothing was chosen for this referral yet"))
    return found


async def _senders(service: Service, actor: Actor, referral: str) -> str:
    return str((await own_referral(service, actor, referral))["from_facility"])


async def own_referral(service: Service, actor: Actor, referral: str) -> dict[str, Any]:
    """A referral that is the actor's own (referrals decides who may open it, and logs it). Raises NotFound, Refused."""
    found = await peers.referral_opened(service, actor, referral)
    if found is None:
        raise NotFound(_UNKNOWN)
    if actor.facility != found["from_facility"]:
        raise Refused(Text("Hanya pengirim yang memilih tujuan menurut BPJS", "Only the sender chooses BPJS' target"))
    return found
