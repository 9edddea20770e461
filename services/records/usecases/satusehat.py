"""Writing as SATUSEHAT does: a newborn comes with the mother, a facility's own number stands once."""

from services.kernel.auth import Actor
from services.kernel.db import Tx
from services.kernel.service import Service
from services.records import exact, face
from services.records.usecases.entries import Entry, MakeEntries, Outcome
from services.records.usecases.writing import Writing, write


async def register(service: Service, actor: Actor, make: MakeEntries) -> tuple[Outcome, str | None]:
    """Register a Patient; with it, in the same transaction, the mother of a newborn known by her NIK only.

    Returns what became of the Patient and the mother's RelatedPerson, when one was made.
    """
    made: list[str] = []

    async def mother(tx: Tx, outcomes: list[Outcome]) -> None:
        made.clear()
        if outcomes[0].status != 201:
            return
        related = face.mother_of(exact.loads(outcomes[0].body.encode()), outcomes[0].id)
        if related is not None:
            done = await Writing(service, actor, tx, [Entry("create", "RelatedPerson", related)]).run()
            made.append(done[0].id)

    outcome = (await write(service, actor, make, also=mother))[0]
    return outcome, made[0] if made else None
