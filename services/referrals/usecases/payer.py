"""The referral of a visit told to a payer, and the payer's numbers taken over."""

from services.kernel import access
from services.kernel.access import Access
from services.kernel.auth import Actor, Role
from services.kernel.service import Service
from services.referrals.contract import REFERRAL, Outcome
from services.referrals.contract.letters import Numbers
from services.referrals.contract.payer import GivenNumbers, OfVisit, ReferralsTold, ReferralTold
from services.referrals.queries import payer as queries
from services.referrals.rules.referrals import Referral
from services.referrals.usecases import numbers

TELLER, PAYMENT = "konektor-jkn", "payment"
"""Who the access log names, and for what: the facility owes BPJS this referral."""


def teller(facility: str | None) -> Actor:
    """The connector, for the facility whose referral it is."""
    return Actor(subject=TELLER, role=Role.JKN_CONNECTOR, facility=facility, purpose=PAYMENT)


async def of_visit(service: Service, asked: OfVisit) -> ReferralsTold:
    """What BPJS is told of the referrals made at a visit; logged here as disclosed."""
    async with service.db.reading() as conn:
        found = await queries.of_visit(
            conn, asked.person_id, asked.facility, asked.encounter, asked.day, service.clock.zone.key
        )
        actor = teller(asked.facility)
        await access.log(
            conn, [Access(actor, r.person_id, "read", REFERRAL, resources=[f"referral/{r.id}"]) for r in found]
        )
    service.db.signal()
    return ReferralsTold(items=[_told(r) for r in found])


def _told(r: Referral) -> ReferralTold:
    content = {name: r.content.get(name) for name in ("needed_at", "service", "reason", "tacc", "criterion")}
    return ReferralTold.model_validate(
        {
            "id": r.id, "kind": r.kind, "state": r.state, "urgency": r.urgency,
            "to_facility": r.receiver.code if r.receiver else None, "diagnosis": r.diagnosis, "sent_at": r.sent_at,
            "cancelled": r.outcome is Outcome.CANCELLED, "numbers": {n["system"]: n["value"] for n in r.numbers},
            **content,
        }
    )  # fmt: skip


async def given(service: Service, referral_id: str, given: GivenNumbers) -> Numbers:
    """Keep the numbers BPJS gave; told again they change nothing. Raises NotFound, Unprocessable, Conflict."""
    for number in given.numbers:
        kept = await numbers.put(service, teller(None), referral_id, number)
    return kept
