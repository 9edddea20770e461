"""A visit of the record made ready for BPJS: asked of records and referrals, mapped, or the reason why it is not sent.

Nothing here is kept but that a referral goes along (`referral_delivery`): its numbers are handed to referrals later.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from services.coverage import peers
from services.coverage.bpjs.outcomes import Because, Member, NotFound, Refused, Unavailable
from services.coverage.bpjs.wire import BpjsService
from services.coverage.contract.maps import MapKind
from services.coverage.contract.references import ReferenceKind
from services.coverage.queries import choices, network, targets
from services.coverage.rules import eligibility as standing
from services.coverage.rules import pcare_parts, pcare_referral, pcare_visit
from services.coverage.rules.choices import Chosen, chosen
from services.coverage.rules.deliveries import Delivery, Why
from services.coverage.rules.pcare_referral import OurReferral, Target
from services.coverage.rules.pcare_visit import Around, Body, Left, Missing, Referral, Told
from services.coverage.usecases import eligibility, references
from services.coverage.usecases.lines import OpenLine, line_of
from services.coverage.usecases.outbox.port import Gap, Skip
from services.coverage.usecases.outbox.visit import Bodies, Cancelled, Part, Sender, Visit
from services.coverage.usecases.references import Asked as Listing
from services.coverage.usecases.referral_senders import PCARE, SRBK
from services.coverage.usecases.referral_senders.srbk import Competency, prepared
from services.kernel.auth import Actor, Role
from services.kernel.service import Service
from services.records.contract import VisitTold
from services.referrals.contract import OfVisit, ReferralTold

NOT_A_MEMBER = Skip(Why.NOT_A_MEMBER, "BPJS tidak mengenal pasien ini sebagai peserta JKN.")
INACTIVE = Skip(Why.INACTIVE, "Kepesertaan JKN pasien ini tidak aktif.")
NO_NUMBER = Skip(Why.NO_NUMBER, "Rekam bersama tidak punya NIK atau nomor JKN pasien ini.")
UNFINISHED = Skip("unfinished", "Kunjungan ini belum selesai.")
_UNDATED = "Rekam bersama tidak menyebut tanggal kunjungan ini (Encounter.period.start)."
UNDATED = Gap((("tglDaftar", _UNDATED),), _UNDATED)
CONNECTOR = "konektor-jkn"
"""Who asked, when nobody did: the facility owes BPJS its visit."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a visit is mapped from: the record's words, who the member is, where, on which day, by which choices."""

    told: VisitTold
    member: pcare_visit.Member
    line: OpenLine
    day: date
    chosen: Chosen


async def build(service: Service, line: OpenLine, owed: Delivery) -> Visit | Refused | Unavailable:
    """What is owed of one visit now. Raises problems.Unavailable when records or referrals are away."""
    told = await peers.visit_told(service, owed.subject)
    if told is None:
        return Visit(owed.person_id or "", owed.day, None, Cancelled(await _remover(service, line, owed)))
    day = told.at.astimezone(service.clock.zone).date()
    if not told.dated and told.state != "cancelled":
        return Visit(told.person_id, owed.day, told.card, UNDATED)
    found = await member_of(line, told)
    if isinstance(found, Refused | Unavailable):
        return found
    await _stated(service, owed.facility, told.person_id, found)
    card = found.card if isinstance(found, Member) else told.card
    home = await _home(service, told, owed, day)
    if told.state == "cancelled" or home != owed.facility:
        sender = await _remover(service, line, owed)
        to = await _sent_by(service, home) if told.state != "cancelled" else None
        return Visit(told.person_id, day, card, Cancelled(sender, to))
    why = not_owed(told, found)
    if why is not None or not isinstance(found, Member) or card is None:
        return Visit(told.person_id, day, card, why or NOT_A_MEMBER)
    async with service.db.reading() as conn:
        codes = chosen(await choices.ever(conn, owed.facility), day)
    member = pcare_visit.Member(card, found.provider_code or line.provider)
    what = await _bodies(service, Asked(told, member, line, day, codes), owed)
    return what if isinstance(what, Refused | Unavailable) else Visit(told.person_id, day, card, what)


async def _home(service: Service, told: VisitTold, owed: Delivery, day: date) -> str:
    """Who owes the visit to BPJS by the record of now: its facility, or the puskesmas of a posyandu or pustu."""
    if told.facility is None:
        return owed.facility
    async with service.db.reading() as conn:
        return (await network.homes(conn, [(told.facility, day)]))[told.facility, day]


async def _sent_by(service: Service, facility: str) -> str | None:
    """The facility, when it has a line to PCare by which a visit that has moved there can be sent."""
    line = await line_of(service, facility, BpjsService.PCARE)
    return facility if line else None


async def member_of(line: OpenLine, told: VisitTold) -> Member | NotFound | Refused | Unavailable | None:
    """Whom BPJS knows the patient as today; None when the record has no number to ask by."""
    if told.nik:
        return await line.pcare.member_by_nik(told.nik)
    if told.card:
        return await line.pcare.member_by_card(told.card)
    return None


async def _stated(service: Service, facility: str, person_id: str, found: Member | NotFound | None) -> None:
    """What BPJS just said of the member is kept, as if somebody had asked."""
    said = standing.statement(found, service.clock.now()) if found is not None else None
    if said is not None:
        actor = Actor(subject=CONNECTOR, role=Role.JKN_CONNECTOR, facility=facility, purpose="payment")
        async with service.db.transaction() as tx:
            await eligibility.keep(service, tx, actor, person_id, said)


def not_owed(told: VisitTold, found: Member | NotFound | None) -> Skip | None:
    """Why BPJS is not told of this visit."""
    if told.state == "open":
        return UNFINISHED
    match found:
        case None:
            return NO_NUMBER
        case Member(active=True):
            return None
        case Member():
            return INACTIVE
    return NOT_A_MEMBER


async def _bodies(service: Service, asked: Asked, owed: Delivery) -> Bodies | Gap | Refused | Unavailable:
    made = await mapped(service, asked, owed.facility)
    if isinstance(made, tuple):
        return gap(made)
    if isinstance(made, Refused | Unavailable):
        return made
    bodies, referral, ours, target = made.bodies, made.referral, made.ours, made.target
    sender: Sender | None = None
    if referral is not None and ours is not None and bodies.visit is not None:
        sent_by = await _sender(service, asked, owed, ours, target, bodies.visit)
        if isinstance(sent_by, Gap | Refused | Unavailable):
            return sent_by
        sender = sent_by
        estimated = pcare_referral.estimated(ours, target or Target(), asked.day, service.clock.zone)
        async with service.db.reading() as conn:
            name = sender.name if sender else PCARE
            await targets.goes_along(conn, asked.told.visit_id, ours.id, name, estimated)
    parts, _ = parts_of(asked) if bodies.visit is not None else ([], [])
    return Bodies(bodies.registration, bodies.visit, tuple(parts), sender)


@dataclass(frozen=True, slots=True)
class Mapped:
    """A visit in BPJS' words, with the referral that goes along."""

    bodies: Told
    referral: Referral | None = None
    ours: OurReferral | None = None
    target: Target | None = None


async def mapped(service: Service, asked: Asked, facility: str) -> Mapped | tuple[Missing, ...] | Refused | Unavailable:
    """The bodies of a visit that is owed, or all that is missing for them."""
    polis = await _polis(service, asked.line)
    if not isinstance(polis, Mapping):
        return polis
    made = await _referral(service, asked, facility)
    if isinstance(made, Refused | Unavailable):
        return made
    referral, ours, target, lacks = made
    around = Around(asked.member, asked.chosen, polis, service.clock.zone)
    bodies = pcare_visit.visit(asked.told, around, referral)
    if not isinstance(bodies, Told):
        return (*lacks, *bodies)
    return lacks or Mapped(bodies, referral, ours, target)


def gap(missing: tuple[Missing, ...]) -> Gap:
    """What is missing, as the delivery shows it."""
    fields = tuple((m.field, m.text.id) for m in missing)
    return Gap(fields, "; ".join(dict.fromkeys(text for _, text in fields))[:500])


# --- what hangs on the visit

Same = Callable[[Body, Body], bool]


def parts_of(asked: Asked) -> tuple[list[Part], list[Left]]:
    """Medicines, acts and the laboratory values of the visit, and what of them is left out."""
    obat, left = pcare_parts.medicines(asked.told, asked.chosen)
    acts, unplaced = pcare_parts.procedures(asked.told, asked.chosen)
    mcu = pcare_parts.checkup(asked.told, asked.line.provider, asked.day)
    found = [_part("obat", "/obat/kunjungan", "/obat/kunjungan", "kdObatSK", b, _same_medicine) for b in obat]
    found += [_part("tindakan", "/tindakan", "/tindakan/kunjungan", "kdTindakanSK", b, _same_act) for b in acts]
    if mcu is not None:
        found.append(_part("mcu", "/MCU", "/MCU/kunjungan", "kdMCU", mcu, lambda _b, _r: True))
    return _named(found), left + unplaced


def _part(kind: str, path: str, listed: str, gives: str, body: Body, same: Same) -> Part:
    what = body.get("kdObat") or body.get("nmObatNonDPHO") or body.get("kdTindakan") or ""
    return Part(f"{kind}:{what}", path, body, gives, lambda no: f"{listed}/{no}", lambda row: same(body, row))


def _named(parts: list[Part]) -> list[Part]:
    """Each under a name of its own: the second of the same thing is numbered."""
    seen: dict[str, int] = {}
    found = []
    for p in parts:
        seen[p.name] = nth = seen.get(p.name, 0) + 1
        name = p.name if nth == 1 else f"{p.name}#{nth}"
        found.append(Part(name, p.path, p.body, p.gives, p.listed, p.same))
    return found


def _same_medicine(body: Body, row: Body) -> bool:
    if body["kdObat"]:
        return _listed(row, "obat", "kdObat") == str(body["kdObat"])
    return body["nmObatNonDPHO"] in (row.get("nmObatNonDPHO"), _listed(row, "obat", "nmObat"))


def _same_act(body: Body, row: Body) -> bool:
    return _listed(row, "tindakan", "kdTindakan") == str(body["kdTindakan"])


def _listed(row: Body, inner: str, name: str) -> str:
    """A code that BPJS lists with its row, or in an object of its own."""
    within = row.get(inner)
    return str((within.get(name) if isinstance(within, dict) else None) or row.get(name) or "")


# --- the referral


Made = tuple[Referral | None, OurReferral | None, Target | None, tuple[Missing, ...]]


async def _referral(service: Service, asked: Asked, facility: str) -> Made | Refused | Unavailable:
    """The referral made at the visit, as BPJS is told it; nothing when there is none that counts."""
    told = asked.told
    of = OfVisit(encounter=told.visit_id, person_id=told.person_id, facility=told.facility or facility, day=asked.day)
    ours = next((o for r in await peers.referrals_told(service, of) if (o := our_referral(r)).counts), None)
    if ours is None:
        return None, None, None, ()
    async with service.db.reading() as conn:
        target = await targets.target(conn, ours.id)
        known = await network.facilities(conn, ours.to_facility, None) if ours.to_facility else []
    to = next((f.bpjs_code for f in known if f.code == ours.to_facility), None)
    diagnosis = next((d.icd10 for d in told.diagnoses if d.icd10), None) or ours.diagnosis
    non_specialist = await _non_specialist(service, asked.line, diagnosis)
    if isinstance(non_specialist, Refused | Unavailable):
        return non_specialist
    made = pcare_referral.referral(ours, target, asked.chosen, to, non_specialist, asked.day, service.clock.zone)
    return (made, ours, target, ()) if isinstance(made, Referral) else (None, ours, target, made)


def our_referral(r: ReferralTold) -> OurReferral:
    """What the mapping needs of a referral."""
    return OurReferral(
        r.id, r.kind, r.state, r.urgency, r.to_facility, r.diagnosis, r.sent_at, r.needed_at, r.service, r.reason,
        (r.tacc.code, r.tacc.reason) if r.tacc else None, (r.criterion.kind, r.criterion.code) if r.criterion else None,
        r.cancelled, r.numbers,
    )  # fmt: skip


async def _sender(
    service: Service, asked: Asked, owed: Delivery, ours: OurReferral, target: Target | None, kunjungan: Body
) -> Sender | Gap | Refused | Unavailable | None:
    """Who posts the visit; None: PCare itself. What BPJS has already is changed where it lies."""
    by_pilot = asked.line.sender == SRBK and (asked.line.sender_from or date.min) <= asked.day
    if owed.given.no_kunjungan is not None or kunjungan["rujukLanjut"]["khusus"] is not None or not by_pilot:
        return await _remover(service, asked.line, owed)
    line = await line_of(service, owed.facility, BpjsService.SRBK)
    if line is None:
        return Gap((("srbk", NO_LINE),), NO_LINE)
    area = (target.area if target else None) or asked.chosen.theirs(MapKind.AREA)
    day = pcare_referral.estimated(ours, target or Target(), asked.day, service.clock.zone)
    found = await prepared(line, asked.told, ours, kunjungan, area, day)
    if isinstance(found, tuple):
        return gap(found)
    return found if isinstance(found, Refused | Unavailable) else Competency(line, found)


NO_LINE = "Faskes ini belum punya sambungan ke rujukan berbasis kompetensi (pcare-sisrute-rest)."


async def _remover(service: Service, line: OpenLine, owed: Delivery) -> Sender | None:
    """Who removes what BPJS has: the path it came by."""
    if owed.given.numbers.get("sender") != SRBK:
        return None
    pilot = await line_of(service, line.facility, BpjsService.SRBK)
    return Competency(pilot) if pilot else None


# --- BPJS' own lists


async def _polis(service: Service, line: OpenLine) -> Mapping[str, bool] | Refused | Unavailable:
    """kdPoli → poliSakit, as BPJS lists it."""
    rows = await _rows(service, line, Listing(ReferenceKind.POLI))
    if not isinstance(rows, list):
        return rows
    return {str(r.get("kdPoli")): bool(r.get("poliSakit")) for r in rows}


async def _non_specialist(service: Service, line: OpenLine, code: str) -> bool | Refused | Unavailable | None:
    """BPJS' word on a diagnosis; None when its list does not have it."""
    rows = await _rows(service, line, Listing(ReferenceKind.DIAGNOSIS, text=code, limit=20))
    if not isinstance(rows, list):
        return rows
    return next((bool(r.get("nonSpesialis")) for r in rows if str(r.get("kdDiag")).upper() == code.upper()), None)


async def _rows(service: Service, line: OpenLine, asked: Listing) -> list[Body] | Refused | Unavailable:
    """A list as BPJS gives it; an older one while BPJS is silent."""
    kept, trouble = await references.listed(service, line, asked)
    if kept is not None:
        return kept.rows.rows
    return trouble or Unavailable(Because.EMPTY)
