"""Proposals for free membership (PBI): chosen by the office or a puskesmas, exported once, followed until JKN says
active or the office writes down a refusal."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from services.indicators import peers
from services.indicators.contract.uhc import GapState, NotProposed, PbiPage, PbiShown, Proposals, ProposalState
from services.indicators.contract.words import Words
from services.indicators.queries import uhc as sql
from services.indicators.queries.uhc import Wanted
from services.indicators.rules.files import to_file
from services.indicators.usecases import gaps, opening
from services.kernel import access
from services.kernel.access import Access
from services.kernel.auth import Actor
from services.kernel.problems import NotFound, Text
from services.kernel.service import Service

ALREADY = Words(id="Sudah ada usulan yang terbuka", en="There is an open proposal already")
NOT_LISTED = Words(
    id="Tidak ada dalam daftar celah yang boleh Anda lihat", en="Not in the gap list as far as you may see it"
)
NO_PROPOSAL = Text("Orang ini tidak punya usulan yang terbuka", "There is no open proposal of this person")
NIL, MOST = UUID(int=0), 5000
HEADINGS = (
    "Nomor usulan", "NIK", "Nama", "Tanggal lahir", "Jenis kelamin", "Alamat", "Desa", "Keadaan JKN", "Tanggal usulan",
)  # fmt: skip


_SAID = {
    GapState.INACTIVE: "tidak aktif", GapState.NOT_FOUND: "tidak ditemukan", GapState.UNKNOWN: "belum diketahui",
}  # fmt: skip
_SEX = {"male": "L", "female": "P"}


async def propose(service: Service, actor: Actor, persons: Sequence[str]) -> Proposals:
    """Propose those who are in the gap list as the caller sees it; one open proposal a person."""
    wanted = {i for i in map(_uuid, persons) if i is not None}
    async with service.db.transaction() as tx:
        villages = await opening.reach(tx, service, actor, None)
        asked = gaps.standards(service)
        rows = await gaps.read_people(service, tx, asked, Wanted(villages, persons=wanted), NIL, max(1, len(wanted)))
    found = await opening.opened(service, actor, rows, "pbi proposal")
    mine = {r["person_id"]: r for r, _, _ in found}
    at = service.clock.now()
    told = [
        (uuid.uuid4(), p, r["village"], r["status"], actor.facility, actor.subject, at) for p, r in mine.items()
    ]  # fmt: skip
    async with service.db.transaction() as tx:
        made = await sql.propose(tx, told) if told else set[UUID]()
    lacking = [
        NotProposed(person_id=p, code="already", why=ALREADY) if _uuid(p) in mine
        else NotProposed(person_id=p, code="not-in-the-list", why=NOT_LISTED)
        for p in dict.fromkeys(persons) if _uuid(p) not in made
    ]  # fmt: skip
    return Proposals(made=len(made), not_made=lacking)


def _uuid(said: str) -> UUID | None:
    try:
        return UUID(said)
    except ValueError:
        return None


async def listed(
    service: Service, actor: Actor, state: ProposalState | None, after: UUID, limit: int, names: bool
) -> tuple[PbiPage, UUID | None]:
    """Proposals of whom the caller may see, everyone logged, and where the next page begins."""
    states = [state] if state else list(ProposalState)
    async with service.db.transaction() as tx:
        villages = await opening.reach(tx, service, actor, None)
        rows = await sql.proposals(tx, states, villages, after, limit)
    found = await opening.opened(service, actor, rows, "pbi proposals", names)
    items = [_shown(r).model_copy(update={"who": who}) for r, _, who in found]
    return PbiPage(items=items), rows[-1]["id"] if len(rows) == limit else None


def _shown(r: Mapping[str, Any]) -> PbiShown:
    named = {"id": str(r["id"]), "person_id": str(r["person_id"])}
    return PbiShown.model_validate({n: r[n] for n in PbiShown.model_fields if n in r} | named)


async def export(service: Service, actor: Actor, form: str, again: bool) -> bytes:
    """Those proposed (with `again` also those exported before) as a file with names and NIK, as far as the caller may
    see them; they count as exported, and everyone in it is logged."""
    states = ["proposed", "exported"] if again else ["proposed"]
    async with service.db.transaction() as tx:
        villages = await opening.reach(tx, service, actor, None)
        rows = await sql.proposals(tx, states, villages, NIL, MOST)
    seen = await peers.visible(service, actor, sorted({str(r["person_id"]) for r in rows}))
    who = await peers.names(service, actor, sorted(seen.persons), numbers=True)
    mine = [r for r in rows if str(r["person_id"]) in who]
    lines = [_line(r, who[str(r["person_id"])], service.clock.zone) for r in mine]
    async with service.db.transaction() as tx:
        looks = [
            Access(seen.looking(actor, str(r["person_id"])), str(r["person_id"]), "export", "pbi proposals")
            for r in mine
        ]
        await access.log(tx, looks)
        await sql.exported(tx, [r["id"] for r in mine], service.clock.now())
    return to_file([HEADINGS, *lines], form, "usulan-pbi")


def _line(r: dict[str, Any], who: dict[str, Any], zone: ZoneInfo) -> list[Any]:
    sex = who.get("sex")
    return [
        str(r["id"]), who.get("nik"), who.get("name"), who.get("born"), _SEX.get(sex or "", sex), who.get("address"),
        r["village"], _SAID[GapState(r["found"])], r["proposed_at"].astimezone(zone).date(),
    ]  # fmt: skip


async def refuse(service: Service, actor: Actor, person: UUID, reason: str) -> PbiShown:
    """The office writes down that a person's open proposal was refused, and why. Raises NotFound."""
    async with service.db.transaction() as tx:
        row = await sql.decide(tx, person, "refused", reason, actor.subject, service.clock.now())
        if row is None:
            raise NotFound(NO_PROPOSAL)
        await access.log(tx, [Access(actor, str(row["person_id"]), "update", "pbi proposal")])
    return _shown(row)
