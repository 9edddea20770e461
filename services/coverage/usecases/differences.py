"""How two months of lists differ, opened to their rows; and how many are registered and active."""

from collections.abc import Sequence
from typing import Any

from services.coverage import peers
from services.coverage.contract.lists import Difference, DifferenceRow, DifferenceRows, Side, Sum, Sums
from services.coverage.queries import differences as queries
from services.coverage.rules import differences as rules
from services.coverage.rules.member_lists import masked
from services.coverage.usecases.eligibility import numbering
from services.coverage.usecases.lists import WHAT, own_code
from services.kernel import access
from services.kernel.access import Access
from services.kernel.auth import Actor, Role
from services.kernel.problems import NotFound, Refused, Text
from services.kernel.service import Service

MAY_SEE_CARDS = frozenset({Role.DINKES_ADMIN, Role.JKN_CONNECTOR, Role.FACILITY_ADMIN})
"""Who has to do with card numbers themselves: the office, the connector, a facility's administrator for its own."""


async def difference(
    service: Service, actor: Actor, month: str | None, before: str | None, bpjs_code: str | None
) -> Difference:
    """How a month's lists differ from those of the month before (or another). Raises NotFound without lists."""
    code, month, before = await _asked(service, actor, month, before, bpjs_code)
    async with service.db.reading() as conn:
        told = rules.told(await queries.counted(conn, before, month, code))
        versions = await queries.versions(conn, code, [before, month]) if code else {}
    return Difference(
        facility=code,
        before=Side(month=before, version=versions.get(before), members=told.before),
        after=Side(month=month, version=versions.get(month), members=told.after),
        into=told.into,
        out=told.out,
        moved_in=told.moved_in,
        moved_out=told.moved_out,
        stayed=told.stayed,
        status_changed=told.status_changed,
        segment_changed=told.segment_changed,
    )


async def _asked(
    service: Service, actor: Actor, month: str | None, before: str | None, bpjs_code: str | None
) -> tuple[str | None, str, str]:
    """Which facility (a facility's people: their own) and which two months."""
    own = await own_code(service, actor)
    if own and bpjs_code and bpjs_code.upper() != own:
        raise Refused(Text("Hanya daftar faskes Anda sendiri", "Only your own facility's list"))
    if month is None:
        async with service.db.reading() as conn:
            month = await queries.latest_month(conn)
    if month is None:
        raise NotFound(Text("Belum ada daftar peserta", "No member list yet"))
    return own or (bpjs_code.upper() if bpjs_code else None), month, before or rules.month_before(month)


async def rows(
    service: Service,
    actor: Actor,
    month: str | None,
    before: str | None,
    bpjs_code: str | None,
    change: str,
    cards: bool,
    skip: int,
    limit: int,
) -> DifferenceRows:
    """The members behind one count, each logged as seen. Cards are masked unless asked for by who may see them."""
    code, month, before = await _asked(service, actor, month, before, bpjs_code)
    if cards and actor.role not in MAY_SEE_CARDS:
        await access.refuse(service.db, [Access(actor, None, "read", WHAT, "refused")])
        raise Refused(
            Text(
                "Nomor kartu lengkap hanya untuk dinas, konektor, dan admin faskes",
                "Whole card numbers are for the office, the connector and a facility's administrator",
            )
        )
    async with service.db.reading() as conn:
        found = await queries.opened(conn, before, month, code, change, skip, limit + 1)
    more, found = len(found) > limit, found[:limit]
    persons = [r["person_id"] for r in found if r["person_id"]]
    seen = await peers.visible(service, actor, persons) if persons else set()
    async with service.db.transaction() as tx:
        await access.log(tx, _accesses(actor, found, seen))
    numbers = numbering(service)
    told = [_row(r, numbers.opened(r["card"]), cards, seen) for r in found]
    return DifferenceRows(rows=told, next=skip + limit if more else None)


def _accesses(actor: Actor, found: Sequence[dict[str, Any]], seen: set[str]) -> list[Access]:
    """A row a person shown; those whom the record does not know, or the reader may not see, as rows of their list."""
    known = [
        Access(actor, r["person_id"], "read", WHAT, resources=[_where(r)]) for r in found if r["person_id"] in seen
    ]
    others = [_where(r) for r in found if r["person_id"] not in seen]
    return known + ([Access(actor, None, "read", WHAT, resources=others)] if others else [])


def _where(row: dict[str, Any]) -> str:
    return f"list/{row['a_list'] or row['b_list']}/{row['a_line'] or row['b_line']}"


def _row(row: dict[str, Any], card: str | None, cards: bool, seen: set[str]) -> DifferenceRow:
    return DifferenceRow(
        line=row["a_line"] or row["b_line"],
        list=row["a_list"] or row["b_list"],
        card=card if cards or card is None else masked(card),
        person_id=row["person_id"] if row["person_id"] in seen else None,
        from_facility=row["from_code"],
        to_facility=row["to_code"],
        status_before=row["b_status"],
        status_after=row["a_status"],
        segment_before=row["b_segment"],
        segment_after=row["a_segment"],
    )


async def sums(service: Service, actor: Actor, month: str | None, bpjs_code: str | None, by: Sequence[str]) -> Sums:
    """Registered and active members of a month, by facility, segment or village."""
    code, month, _ = await _asked(service, actor, month, None, bpjs_code)
    async with service.db.reading() as conn:
        found = await queries.sums(conn, month, code, by)
        facilities = await queries.listed(conn, month, code)
        names = await queries.names(conn, [r["facility"] for r in found] if "facility" in by else [])
    shown, few = rules.without_few(found) if actor.role == Role.DINKES_ANALYST else (found, [])
    told = [_sum(r, names) for r in shown]
    if few:
        told.append(Sum(few=True, registered=sum(r["registered"] for r in few), active=None))
    return Sums(
        month=month, by=",".join(by), facilities=facilities, registered=sum(r["registered"] for r in found),
        active=sum(r["active"] for r in found) if any(r["told"] for r in found) else None, rows=told,
    )  # fmt: skip


def _sum(row: dict[str, Any], names: dict[str, tuple[str, str]]) -> Sum:
    code = row.get("facility")
    return Sum(
        facility=names.get(code, (None, None))[0] if code else None,
        bpjs_code=code,
        segment=row.get("segment"),
        village=row.get("village"),
        registered=row["registered"],
        active=row["active"] if row["told"] else None,
    )
