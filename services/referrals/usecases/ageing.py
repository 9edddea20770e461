"""The ageing list: what is open, where and in which state, how long past its time; each row opens to its list."""

from collections.abc import Mapping
from itertools import groupby
from typing import Any, Literal
from urllib.parse import urlencode

from services.kernel.auth import Actor, Role
from services.kernel.problems import Refused, Text
from services.kernel.service import Service
from services.referrals.contract import Side, State
from services.referrals.contract.ageing import Ageing, AgeingFacility, AgeingState, PastDue
from services.referrals.queries import ageing as queries
from services.referrals.room import room
from services.referrals.rules.machine import OWNER
from services.referrals.usecases.show import DISTRICT, home

By = Literal["sender", "receiver", "owner"]
BANDS = list(PastDue.model_fields)


async def ageing(service: Service, actor: Actor, by: By, facility: str | None) -> Ageing:
    """Open referrals by the facilities of a side: all for the district's roles, those of the own facility for who works
    at one. Nobody is named."""
    now, party = service.clock.now(), _party(actor, facility)
    async with service.db.reading() as conn:
        rows = [dict(r) for r in await queries.ageing(conn, by, now, party)]
    office = room(service).office
    facilities = [
        _facility(code, [_state(r, _list(actor, by, r, party, office)) for r in group])
        for code, group in ((c, list(g)) for c, g in groupby(rows, key=lambda r: (r["facility"], r["name"])))
    ]
    return Ageing(
        by=by, at=now, all=_past(rows), **_totals(rows),
        facilities=sorted(facilities, key=lambda f: (-f.overdue, -f.open, f.facility)),
    )  # fmt: skip


def _party(actor: Actor, facility: str | None) -> str | None:
    if actor.role in (*DISTRICT, Role.DINKES_ANALYST):
        return facility
    if facility not in (None, home(actor)):
        raise Refused(Text("Hanya rujukan faskes sendiri", "Only the own facility's referrals"))
    return home(actor)


def _past(rows: list[dict[str, Any]]) -> PastDue:
    return PastDue(**{band: sum(r[band] for r in rows) for band in BANDS})


def _totals(rows: list[dict[str, Any]]) -> dict[str, int]:
    open_, in_time = sum(r["open"] for r in rows), sum(r["in_time"] for r in rows)
    return {"open": open_, "overdue": open_ - in_time, "escalated": sum(r["escalated"] for r in rows)}


def _state(row: Mapping[str, Any], link: str | None) -> AgeingState:
    own = ("state", "open", "escalated", "oldest_due_at", "oldest_opened_at", *BANDS)
    return AgeingState(list=link, **{c: row[c] for c in own})


def _facility(of: tuple[str, str | None], states: list[AgeingState]) -> AgeingFacility:
    rows = [s.model_dump() for s in states]
    return AgeingFacility(
        facility=of[0], name=of[1], states=states, oldest_due_at=min(s.oldest_due_at for s in states),
        **_totals(rows), **_past(rows).model_dump(),
    )  # fmt: skip


def _list(actor: Actor, by: By, row: Mapping[str, Any], party: str | None, office: str) -> str | None:
    """Where these are listed for the actor; who sees no patients has no list."""
    if actor.role == Role.DINKES_ANALYST:
        return None
    code, state = row["facility"], State(row["state"])
    asked: dict[str, str] = {"state": state}
    if actor.role in DISTRICT:
        asked |= {"owner": code} if by == "owner" else {"box": _BOX[by], "facility": code}
        asked |= {"other": party} if party not in (None, code) else {}
    elif by == "owner":
        mine = OWNER[state] if code == party else Side.SENDER if OWNER[state] is Side.RECEIVER else Side.RECEIVER
        asked |= {"box": "outbox" if mine is Side.SENDER or code == office else "inbox", "owner": code}
    elif code == party:
        asked |= {"box": _BOX[by]}
    else:
        asked |= {"box": "inbox" if by == "sender" else "outbox", "other": code}
    return "/v1/referrals?" + urlencode(asked)


_BOX = {"sender": "outbox", "receiver": "inbox"}
