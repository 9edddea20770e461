"""What the feeds say of JKN, kept as it was said: memberships, lists, referrals, merges, the network's spans."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson

from services.coverage.contract import CAPITATION, MEMBER
from services.facilities.contract import JKN_CONTRACT, LINK, PRACTITIONER
from services.indicators.queries import jkn as sql
from services.kernel.db import Tx
from services.kernel.events import Event
from services.records.contract import MERGE
from services.referrals.contract import REFERRAL

ACTIVE = "active"


async def take_coverage(tx: Tx, events: Iterable[Event]) -> None:
    """Statements of membership and accepted lists. A person proposed for PBI who is active now has come to it."""
    told = list(events)
    members = [e for e in told if e.type == MEMBER and e.person_id]
    await sql.forget_members(tx, [UUID(e.person_id or "") for e in members if e.kind == "deleted"])
    said = [e for e in members if e.kind != "deleted"]
    await sql.add_members(tx, [_member(e) for e in said])
    last = {e.person_id: e for e in said}
    active = [(UUID(p or ""), e.data.get("payer"), _at(e)) for p, e in last.items() if e.data["status"] == ACTIVE]
    await sql.proposals_active(tx, active, ACTIVE)
    await sql.add(tx, "capitation_said", [_list(e) for e in told if e.type == CAPITATION and e.kind != "deleted"])


def _at(e: Event) -> datetime:
    return e.at or datetime.now(UTC)


def _member(e: Event) -> tuple[Any, ...]:
    d = e.data
    return (
        UUID(e.person_id or ""), e.position, _at(e), date.fromisoformat(d["checked_on"]), d["status"], d.get("payer"),
        d.get("registered_facility"), d.get("source"), " ".join(sorted(d.get("prolanis") or ())),
    )  # fmt: skip


def _list(e: Event) -> dict[str, Any]:
    d = e.data
    return {
        "place": d.get("facility") or d["bpjs_code"], "month": sql.month_of(d["month"]), "position": e.position,
        "taken_at": _at(e), "facility": d.get("facility"), "bpjs_code": d["bpjs_code"],
        "by_segment": orjson.dumps(d.get("by_segment") or {}).decode(),
        **{n: d.get(n) for n in ("members", "active", "dm", "ht", "paid_members", "norm", "amount", "version")},
    }  # fmt: skip


async def take_referrals(tx: Tx, zone: ZoneInfo, events: Iterable[Event]) -> None:
    """Steps of referrals: what RRNS looks at."""
    rows = [_referral(e, zone) for e in events if e.type == REFERRAL and e.person_id and e.kind != "deleted"]
    await sql.add(tx, "referral_said", rows)


def _referral(e: Event, zone: ZoneInfo) -> dict[str, Any]:
    d = e.data
    opened = datetime.fromisoformat(d["opened_at"]).astimezone(zone).date()
    return {
        "referral_id": UUID(e.subject), "position": e.position, "taken_at": _at(e),
        "person_id": UUID(e.person_id or ""), "facility": d["from_facility"], "opened_on": opened, "kind": d["kind"],
        "sent": (d.get("leg") or 0) > 0, "outcome": d.get("outcome"), "non_specialist": d.get("non_specialist"),
        "tacc": _tacc(d),
    }  # fmt: skip


def _tacc(d: dict[str, Any]) -> bool:
    """Whether a TACC reason was given; events from before it was said have it in the request's reasons."""
    if d.get("tacc") is not None:
        return bool(d["tacc"])
    reasons = (d.get("servicerequest") or {}).get("reasonCode") or ()
    return any(c.get("system", "").endswith("/tacc") for r in reasons for c in r.get("coding") or ())


async def take_merges(tx: Tx, events: Iterable[Event]) -> None:
    """Who became one, or two again."""
    told = [e for e in events if e.type == MERGE]
    rows = [
        {
            "position": e.position, "taken_at": _at(e), "other": UUID(e.data["other"]),
            "survivor": UUID(e.data["survivor"]), "joined": e.kind == "created",
        }
        for e in told
    ]  # fmt: skip
    await sql.add(tx, "merge_said", rows)
    for e in told:
        if e.kind == "created":
            await sql.proposals_merged(tx, UUID(e.data["survivor"]), UUID(e.data["other"]))


_SPANS = {LINK: ("child", "parent"), JKN_CONTRACT: ("facility", "kind"), PRACTITIONER: ("facility", "profession")}


async def take_spans(tx: Tx, events: Iterable[Event]) -> None:
    """What hangs on what, who works with JKN, who works where."""
    last = {(e.type, e.subject): e for e in events if e.type in _SPANS}
    gone, rows = list[tuple[str, str]](), list[tuple[Any, ...]]()
    for (kind, name), e in last.items():
        d, (owner, value) = e.data, _SPANS[kind]
        paid = kind != JKN_CONTRACT or d.get("capitation")
        if e.kind == "deleted" or d.get("active") is False or not paid:
            gone.append((kind, name))
        else:
            until = d.get("valid_until")
            rows.append((
                kind, name, d[owner], d[value], date.fromisoformat(d["valid_from"]),
                date.fromisoformat(until) if until else None,
            ))  # fmt: skip
    await sql.put_spans(tx, gone, rows)
