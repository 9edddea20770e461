"""A facility's visits by the day they were made on, a page at a time."""

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import orjson

from services.kernel import access
from services.kernel.access import Access
from services.kernel.auth import Actor
from services.kernel.problems import Fault, Invalid, Refused, Text
from services.kernel.service import Service
from services.records.queries import visits
from services.records.queries.visible import sees_all
from services.records.queries.visits import Which
from services.records.usecases.visits import state_of
from services.records.visit.codes import CLUSTER, KIND
from services.records.visit.parts import LOCAL
from services.records.visit.read import from_resources

_OLDEST, _LONGEST = timedelta(days=31), timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Question:
    """Which visits a caller asks for; days are those of the visit, not of its arrival."""

    facility: str | None = None
    day: date | None = None
    since: date | None = None
    until: date | None = None
    person: str | None = None
    kind: str | None = None
    cluster: str | None = None
    family: str | None = None
    cancelled: bool | None = None
    page: str | None = None
    limit: int = 50


async def listed(service: Service, actor: Actor, question: Question) -> dict[str, Any]:
    """A facility's visits, the latest first, a page at a time; every person shown is logged."""
    facility = question.facility if sees_all(actor) else actor.facility
    if facility is None:
        text = Text("sebutkan faskesnya", "name the facility")
        raise Invalid(text, [Fault("/facility", text, "required")])
    if question.facility not in (None, facility):
        raise Refused(Text("Hanya kunjungan faskes sendiri", "Only your own facility's visits"))
    since, until = _span(question, service.clock.today())
    codes = tuple(f"{s}|{c}" for s, c in ((KIND, question.kind), (CLUSTER, question.cluster)) if c)
    which = Which(
        facility, since, until, question.person, codes, question.family, question.cancelled, _cursor(question.page),
        question.limit + 1,
    )  # fmt: skip
    async with service.db.reading() as conn:
        rows = await visits.listed(conn, which)
        shown = rows[: question.limit]
        persons: dict[str, list[str]] = {}
        for r in shown:
            persons.setdefault(r["person_id"], []).append(f"Encounter/{r['id']}")
        await access.log(conn, [Access(actor, p, "read", "visits", resources=ids) for p, ids in persons.items()])
    service.db.signal()
    more = len(rows) > question.limit
    return {"items": [_item(r) for r in shown], "next": _page(shown[-1]) if more else None}


def _item(row: Any) -> dict[str, Any]:
    encounter = orjson.loads(row["body"])
    said, _ = from_resources(encounter, (), {})
    words = {k: said[k] for k in ("at", "number", "kind", "cluster", "reason", "practitioner") if k in said}
    return {
        "visit_id": row["id"], "person_id": row["person_id"], **words, **state_of(encounter), "version": row["version"],
        "received_at": row["received_at"], "changed_at": row["updated_at"],
    }  # fmt: skip


def _span(question: Question, today: date) -> tuple[datetime, datetime]:
    """The days asked for as moments; the last month when none is named, at most a year."""
    first = question.day or question.since
    last = question.day or question.until or (first + _LONGEST if first else today)
    first = first or last - _OLDEST
    if not timedelta(0) <= last - first <= _LONGEST:
        text = Text("paling lama 366 hari, dari awal ke akhir", "at most 366 days, from first to last")
        raise Invalid(text, [Fault("/until", text)])
    begin = datetime(first.year, first.month, first.day, tzinfo=LOCAL)
    end = datetime(last.year, last.month, last.day, tzinfo=LOCAL) + timedelta(days=1)
    return begin, end


def _page(row: Any) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([row["date"].isoformat(), row["id"]])).decode().rstrip("=")


def _cursor(page: str | None) -> tuple[datetime, str] | None:
    if page is None:
        return None
    try:
        moment, id_ = orjson.loads(base64.urlsafe_b64decode(page + "=" * (-len(page) % 4)))
        return datetime.fromisoformat(moment).astimezone(UTC), str(id_)
    except (ValueError, TypeError, binascii.Error):
        text = Text("Isi `page` dengan `next` dari halaman sebelumnya", "Fill `page` with the previous page's `next`")
        raise Invalid(text, [Fault("/page", text)]) from None
