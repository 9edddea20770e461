"""The pilot path as a sender: criteria and candidates are asked anew for each posting, nothing of them is kept."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date

from services.coverage.bpjs.outcomes import Because, Refused, Said, Unavailable
from services.coverage.bpjs.srbk import NO_NUMBER, Srbk
from services.coverage.rules import deliveries, srbk, visit_given
from services.coverage.rules.deliveries import Given
from services.coverage.rules.pcare_referral import OurReferral
from services.coverage.rules.pcare_visit import Body, Missing
from services.coverage.usecases.lines import OpenLine
from services.coverage.usecases.outbox.port import Step
from services.coverage.usecases.referral_senders import SRBK
from services.records.contract import VisitTold

Prepare = Callable[[Body], Body]


@dataclass(frozen=True, slots=True)
class Competency:
    """Sends a visit that refers by the pilot path. `prepare` makes the posted body; without it, it only removes."""

    line: OpenLine = field(repr=False)
    prepare: Prepare | None = field(default=None, repr=False)
    name = SRBK

    def post(self, body: Body, digest: str, given: Given) -> Step:
        """postKunjungan. "Gagal mendapatkan nomor" is no refusal: BPJS is looked at, and it is not sent again."""

        def keep(said: Said, given: Given) -> Given | None:
            got = srbk.numbers(said.response)
            if got.visit is None:
                return None
            others = {"satusehat": got.satusehat, "satusehat-servicerequest": got.service_request}
            known = {k: v for k, v in others.items() if v}
            return replace(
                given, no_kunjungan=got.visit, digests={**given.digests, "visit": digest},
                numbers={**given.numbers, "sender": self.name, **known},
            )  # fmt: skip

        made = self.prepare(body) if self.prepare else body
        return Step(
            "visit", "POST", "/Sisrute/postKunjungan", made, keep, already=_perhaps_made, undone=_unregistered,
            digest=digest, line=self.line,
        )  # fmt: skip

    def remove(self, given: Given) -> Step:
        """deleteKunjungan: the registration of the day goes with it."""
        return Step(
            "visit-removal", "DELETE", "/Sisrute/deleteKunjungan", srbk.removed(given.no_kunjungan or ""),
            lambda _, left: replace(left, no_kunjungan=None, no_urut=None, poli=None, digests={}, numbers={}),
            already=visit_given.gone, line=self.line,
        )  # fmt: skip


def _unregistered(refused: Refused, given: Given) -> Given | None:
    """The registration is gone at BPJS: what is left, to register again."""
    return Given() if "pendaftaran tidak valid" in refused.message.lower() else visit_given.unregistered(refused, given)


def _perhaps_made(refused: Refused) -> bool:
    """Whether a refusal may come after the referral was made."""
    said = (refused.message, *(words for _, words in refused.fields))
    return deliveries.already_there(refused) or any(NO_NUMBER in words.lower() for words in said)


async def prepared(
    line: OpenLine, told: VisitTold, ours: OurReferral, kunjungan: Body, area: str | None, day: date
) -> Prepare | tuple[Missing, ...] | Refused | Unavailable:
    """Ask for criteria, then for candidates; how the kunjungan becomes what is posted, or what is missing."""
    asked = srbk.asking(told, str(kunjungan["kdDiag1"]))
    if isinstance(asked, tuple):
        return asked
    client, onward = Srbk(line.wire, line.login), kunjungan["rujukLanjut"]
    reply = await client.criteria(asked.body())
    if not isinstance(reply, Said) and not nothing_to_choose(reply):
        return reply
    offer = srbk.offered(reply.response if isinstance(reply, Said) else None)
    sub = onward["subSpesialis"]
    want = srbk.wanted(ours.criterion, offer, area, sub["kdSubSpesialis1"], sub["kdSarana"], day)
    if isinstance(want, tuple):
        return want
    reply = await client.facilities(want.body(asked))
    if not isinstance(reply, Said) and not nothing_to_choose(reply):
        return reply
    to = srbk.destination(reply.response if isinstance(reply, Said) else None, str(onward["kdppk"]))
    if isinstance(to, Missing):
        return (to,)
    return lambda body: srbk.posted(body, told, asked, want, to)


def nothing_to_choose(reply: Refused | Unavailable) -> bool:
    """Whether BPJS says that there is nothing to choose from."""
    if isinstance(reply, Unavailable):
        return False
    words = " ".join((reply.message, *(w for _, w in reply.fields))).lower()
    return reply.because is Because.NO_DATA or "tidak mengandung" in words or "tidak ditemukan" in words
