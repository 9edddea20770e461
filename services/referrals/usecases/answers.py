"""Retries made safe: the first answer to a request with an Idempotency-Key is kept, and given again.

Only successes are kept; what was turned down changed nothing and is judged anew. A key belongs to its actor.
Who has no part in the referral any more gets the answer without the content; who works elsewhere by now gets none.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import timedelta

from pydantic import BaseModel

from services.kernel import access
from services.kernel.access import Access
from services.kernel.auth import Actor
from services.kernel.problems import Refused, Text, Unprocessable
from services.kernel.service import Service
from services.referrals.contract import REFERRAL
from services.referrals.queries import answers as queries
from services.referrals.queries import referrals
from services.referrals.queries.answers import Kept
from services.referrals.usecases import show
from services.referrals.usecases.show import NOT_YOURS

KEEP = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a writing request is answered with."""

    status: int
    body: str
    referral_id: str
    repeated: bool = False


def fingerprint(what: str, asked: BaseModel) -> str:
    """A request in short, to tell a retry from another request under the same key."""
    return hashlib.sha256(f"{what}|{asked.model_dump_json()}".encode()).hexdigest()


async def again(service: Service, actor: Actor, key: str | None, mark: str) -> Answer | None:
    """The first answer under this key, when there was one. Raises Unprocessable when it answered another request."""
    if key is None:
        return None
    async with service.db.reading() as conn:
        first = await queries.kept(conn, actor.subject, key)
        if first is None:
            return None
        if first.fingerprint != mark:
            raise Unprocessable(
                Text(
                    "Idempotency-Key ini sudah dipakai untuk permintaan lain; pakai kunci baru",
                    "This Idempotency-Key was used for another request; use a new one",
                )
            )
        referral = await referrals.look(conn, first.referral_id)
        side = referral.side(actor.facility, actor.role) if referral else None
        part = side is not None or (referral is not None and actor.facility in referral.former)
        outcome = "allowed" if part else "refused"
        await access.log(
            conn, [Access(actor, first.person_id, "read", REFERRAL, outcome, [f"referral/{first.referral_id}"])]
        )
    service.db.signal()
    if not part:
        raise Refused(NOT_YOURS)
    return repeated(first if side is not None else replace(first, body=show.without_content(first.body)))


def repeated(first: Kept) -> Answer:
    """A kept answer, marked as given before."""
    return Answer(first.status, first.body, first.referral_id, repeated=True)


async def forget(service: Service) -> None:
    """Drop answers that no retry will ask for any more."""
    async with service.db.reading() as conn:
        await queries.forget(conn, service.clock.now() - KEEP)
