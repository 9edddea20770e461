"""Figures of referrals, as they stand now, and the referrals behind each number."""

from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from services.kernel import access
from services.kernel.auth import Actor, Role
from services.kernel.problems import Fault, Refused, Text, Unprocessable
from services.kernel.service import Service
from services.referrals.contract import (
    By,
    FigureRow,
    Figures,
    Kind,
    Measure,
    Numbers,
    Outcome,
    Page,
    State,
    Unit,
    Urgency,
)
from services.referrals.queries import figures as queries
from services.referrals.queries.figures import Wanted
from services.referrals.rules import chapters
from services.referrals.rules import figures as rules
from services.referrals.usecases import show

DAYS = 30
"""The period when none is said: so many days up to today."""
LARGEST_FIRST = frozenset({By.SENDER, By.RECEIVER, By.DIAGNOSIS, By.CHAPTER})
_SEEN_BY_DIAGNOSIS = frozenset({By.DIAGNOSIS, By.CHAPTER})
_NO_DIAGNOSES = frozenset({Role.DINKES_ANALYST, Role.AUDITOR})
ELSEWHERE = "elsewhere"
"""What became of a referral that is not any more with who was asked."""
ONLY_OWN = Text("Hanya rujukan dari atau ke faskes sendiri", "Only referrals from or to the own facility")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a question names: the unit, the days (inclusive), and what the referrals must be."""

    counts: Unit | None = None
    since: date | None = None
    until: date | None = None
    sender: str | None = None
    receiver: str | None = None
    diagnosis: str | None = None
    chapter: str | None = None
    urgency: Urgency | None = None
    kind: Kind | None = None
    state: State | None = None
    outcome: Outcome | None = None


def wanted(service: Service, actor: Actor, asked: Asked, by: By | None = None) -> Wanted:
    """The question with its days and its unit; who is not the office asks for what the own facility sent, or was asked.

    Raises Refused for what others sent each other, Unprocessable for days in the wrong order.
    """
    until = asked.until or service.clock.today()
    since = asked.since or until - timedelta(days=DAYS - 1)
    if since > until:
        raise Unprocessable(faults=[Fault("/query/from", Text("tidak boleh setelah `to`", "must not be after `to`"))])
    zone = service.clock.zone
    others = asdict(asked) | {
        "counts": asked.counts or ("askings" if by is By.RECEIVER else "referrals"),
        "since": datetime.combine(since, time(), zone),
        "until": datetime.combine(until + timedelta(days=1), time(), zone),
    }
    if actor.role != Role.DINKES_ANALYST and actor.role not in show.DISTRICT:
        others |= _own(show.home(actor), asked)
    return Wanted(now=service.clock.now(), zone=str(zone), **others)


def _own(here: str, asked: Asked) -> dict[str, str]:
    if here in (asked.sender, asked.receiver):
        return {}
    if asked.sender is None and asked.receiver is None:
        return {"receiver" if asked.counts == "askings" else "sender": here}
    if asked.sender is None or asked.receiver is None:
        return {"sender" if asked.sender is None else "receiver": here}
    raise Refused(ONLY_OWN)


async def figures(service: Service, actor: Actor, asked: Wanted, by: By) -> Figures:
    """The numbers of all and of each row. Who reads no content (analyst, auditor) sees no diagnosis that
    fewer than five have."""
    async with service.db.reading() as conn:
        found = await queries.count(conn, asked, by)
        codes = [r["key"] for r in found if r["key"]] if by in (By.SENDER, By.RECEIVER) else []
        names = await queries.names(conn, codes) if codes else chapters.NAMES if by is By.CHAPTER else {}
    may_open = actor.role != Role.DINKES_ANALYST
    by_diagnosis = by in _SEEN_BY_DIAGNOSIS or bool(asked.diagnosis or asked.chapter)
    few_hidden = by_diagnosis and actor.role in _NO_DIAGNOSES
    everything = rules.silent() | {"sent": 0}
    rows: list[dict[str, Any]] = []
    for row in found:
        counted = rules.numbers(dict(row), asked.counts)
        if row["everything"]:
            everything = counted
        else:
            opens = may_open and not few_hidden and (by is not By.OUTCOME or row["key"] != ELSEWHERE)
            link = _list(asked, by, row["key"]) if opens else None
            rows.append({"code": row["key"], "name": names.get(row["key"]), "link": link} | counted)
    merged = 0
    if few_hidden:
        rows, merged = rules.merged(rows, asked.counts)
        if (asked.diagnosis or asked.chapter) and everything["sent"] < rules.SMALLEST:
            everything = rules.silent()
    return Figures(
        since=asked.since.date(), until=(asked.until - timedelta(days=1)).date(), by=by, counts=asked.counts,
        all=Numbers(**everything), link=_list(asked) if may_open and not few_hidden else None,
        rows=[FigureRow(**r) for r in _ordered(rows, by)], withheld=merged,
    )  # fmt: skip


def _ordered(rows: list[dict[str, Any]], by: By) -> list[dict[str, Any]]:
    """The largest first, or by what they are; what was joined comes last."""
    first = (lambda r: (-(r["sent"] or 0), r["code"])) if by in LARGEST_FIRST else (lambda r: r["code"])
    return sorted(rows, key=lambda r: (r["code"] == rules.OTHER, *_as_tuple(first(r))))


def _as_tuple(key: Any) -> tuple[Any, ...]:
    return key if isinstance(key, tuple) else (key,)


def _list(asked: Wanted, by: By | None = None, key: str = "") -> str:
    """The address of the list behind a row."""
    number = Measure.SENT
    if by is By.OUTCOME and key == "open":
        number, by = Measure.OPEN, None
    one = _narrowed(asked, by, key)
    said = {
        "figure": number, "counts": one.counts, "from": one.since.date().isoformat(),
        "to": (one.until - timedelta(days=1)).date().isoformat(), "sender": one.sender, "receiver": one.receiver,
        "diagnosis": one.diagnosis, "chapter": one.chapter, "urgency": one.urgency, "kind": one.kind,
        "state": one.state, "outcome": one.outcome,
    }  # fmt: skip
    return "/v1/referrals?" + urlencode({k: str(v) for k, v in said.items() if v is not None})


def _narrowed(asked: Wanted, by: By | None, key: str) -> Wanted:
    if by is By.WEEK or by is By.MONTH:
        first, after = _days(by, key)
        begin, end = (datetime.combine(d, time(), asked.since.tzinfo) for d in (first, after))
        return replace(asked, since=max(asked.since, begin), until=min(asked.until, end))
    named: dict[str, Any] = {str(by): key}
    return asked if by is None else replace(asked, **named)


def _days(by: By, key: str) -> tuple[date, date]:
    """The first day of a week or month, and the first after it."""
    if by is By.WEEK:
        first = date.fromisocalendar(int(key[:4]), int(key[6:]), 1)
        return first, first + timedelta(days=7)
    first = date(int(key[:4]), int(key[5:]), 1)
    return first, (first + timedelta(days=31)).replace(day=1)


_BEFORE: queries.Place = (datetime(9999, 12, 31, tzinfo=UTC), "", 0)


async def listed(service: Service, actor: Actor, asked: Wanted, number: Measure, after: str | None, limit: int) -> Page:
    """The referrals behind a number, the newest first. Everyone shown is in the access log."""
    place = show.opened(after, _BEFORE) if after else _BEFORE
    async with service.db.reading() as conn:
        found, places = await queries.listed(conn, asked, number, place, limit + 1)
        more, found = len(found) > limit, found[:limit]
        await access.log(conn, show.looks(actor, found))
    service.db.signal()
    items = await show.items(service, actor, found)
    if (asked.diagnosis or asked.chapter) and actor.role in show.DISTRICT:
        items = [i for i in items if not i.withheld]  # that it is in such a list would say what is withheld
    return Page(items=items, next=show.sealed(places[limit - 1]) if more else None)
