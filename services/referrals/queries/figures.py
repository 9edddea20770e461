"""Counting referrals, and the lists behind the counts: one condition for each number serves both.

Counted are `referrals`, each once (`l` sums up all whom it asked), or `askings`, once for each facility asked on each
leg (`l` is that one).
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

import asyncpg

from services.kernel.db import Connection
from services.referrals.contract import By, Kind, Measure, Outcome, State, Unit, Urgency
from services.referrals.queries.named import Named
from services.referrals.queries.referrals import HEAD, NAMES, referral
from services.referrals.rules.chapters import CHAPTERS
from services.referrals.rules.figures import FIRST_LEVEL
from services.referrals.rules.referrals import Referral


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which ones: begun (referrals) or asked (askings) in [since, until), and what else they must be. `zone` and `now`
    say what a day and what overdue is."""

    counts: Unit
    since: datetime
    until: datetime
    now: datetime
    zone: str
    sender: str | None = None
    receiver: str | None = None
    diagnosis: str | None = None
    chapter: str | None = None
    urgency: Urgency | None = None
    kind: Kind | None = None
    state: State | None = None
    outcome: Outcome | None = None


_FIRST_LEVEL = ", ".join(f"'{k}'" for k in FIRST_LEVEL)
_VERTICAL = f"r.kind = 'vertical' AND r.outcome IS DISTINCT FROM 'cancelled' AND s.kind IN ({_FIRST_LEVEL})"
_COMMON: Mapping[Measure, str] = {
    Measure.SENT: "true",
    Measure.DECIDED: "l.decided",
    Measure.ANSWERED: "l.answered_at IS NOT NULL",
    Measure.IN_TIME: "l.answered_at <= l.until",
    Measure.ACCEPTED: "l.accepted",
    Measure.DECLINED: "l.declined",
    Measure.REDIRECTED: "l.redirected",
    Measure.EXPIRED: "l.expired",
    Measure.VERTICAL: _VERTICAL,
    Measure.NON_SPECIALIST: f"{_VERTICAL} AND r.non_specialist AND r.content->>'tacc' IS NULL",
}
_CLOSED = "r.arrived_at IS NOT NULL AND r.closed_at IS NOT NULL AND (r.outcome <> 'back-referred' OR r.advice <> '')"
_STANDING: Mapping[Measure, str] = {
    Measure.ARRIVED: "r.arrived_at IS NOT NULL",
    Measure.CANCELLED: "r.outcome = 'cancelled'",
    Measure.NO_SHOW: "r.outcome = 'no-show'",
    Measure.CLOSED: _CLOSED,
    Measure.BACK_REFERRED: f"{_CLOSED} AND r.outcome = 'back-referred'",
    Measure.FOLLOW_UPS: "(f.done_on IS NOT NULL OR f.due < (:now::timestamptz AT TIME ZONE :zone::text)::date)",
    Measure.FOLLOWED_IN_TIME: "f.done_on <= f.due",
    Measure.OPEN: "r.closed_at IS NULL",
    Measure.OVERDUE: "r.closed_at IS NULL AND r.due_at < :now::timestamptz",
}
"""What became of the referral; for who was asked, only when it is the one who has it."""
_HAS_IT = "l.leg = r.leg AND l.facility = ANY(r.asked)"
CONDITIONS: Mapping[Unit, Mapping[Measure, str]] = {
    "referrals": {**_COMMON, **_STANDING},
    "askings": {**_COMMON, **{m: f"{_HAS_IT} AND {c}" for m, c in _STANDING.items()}},
}
_CATEGORY = "left(r.diagnosis, 3)"
_FIRSTS = ", ".join(f"'{first}'" for first, _, _ in CHAPTERS)
_NUMBERS = ", ".join(f"'{number}'" for _, number, _ in CHAPTERS)
_CHAPTER = f"""(ARRAY[{_NUMBERS}])[width_bucket({_CATEGORY} COLLATE "C", ARRAY[{_FIRSTS}])]"""
_WHEN: Mapping[Unit, str] = {"referrals": "r.opened_at", "askings": "l.asked_at"}
_KEYS: Mapping[By, str] = {
    By.SENDER: "r.from_facility",
    By.RECEIVER: "l.facility",
    By.DIAGNOSIS: _CATEGORY,
    By.CHAPTER: _CHAPTER,
    By.URGENCY: "r.urgency",
    By.KIND: "r.kind",
    By.STATE: "r.state",
    By.OUTCOME: "coalesce(r.outcome, 'open')",
    By.WEEK: """to_char({when} AT TIME ZONE :zone::text, 'IYYY-"W"IW')""",
    By.MONTH: "to_char({when} AT TIME ZONE :zone::text, 'YYYY-MM')",
}
_OF_ASKED: Mapping[By, str] = {
    By.STATE: f"CASE WHEN {_HAS_IT} THEN r.state ELSE coalesce(l.answer, 'expired') END",
    By.OUTCOME: f"CASE WHEN {_HAS_IT} THEN coalesce(r.outcome, 'open') ELSE 'elsewhere' END",
}
"""Where it stands, and how it ended, is not told to who was asked before."""
_FILTERS: Mapping[str, str] = {
    "sender": "r.from_facility = :sender",
    "diagnosis": f"{_CATEGORY} = :diagnosis",
    "chapter": f"{_CHAPTER} = :chapter",
    "urgency": "r.urgency = :urgency",
    "kind": "r.kind = :kind",
    "state": "r.state = :state",
    "outcome": "r.outcome = :outcome",
}
_OF_THE_ASKED = {
    "state": f"{_OF_ASKED[By.STATE]} = :state",
    "outcome": f"{_OF_ASKED[By.OUTCOME]} = :outcome",
}
_ANSWERS = ("accepted", "declined", "redirected", "expired")
_SUMMED = f"""
SELECT min(g.answered_at) AS answered_at, min(g.until) AS until, bool_or(g.answer IS NOT NULL) AS decided,
       {", ".join(f"bool_or(g.answer = '{a}') AS {a}" for a in _ANSWERS)}
"""
_SINGLE = f"""
SELECT g.referral_id, g.leg, g.facility, g.asked_at, g.answered_at, g.until, g.answer, g.answer IS NOT NULL AS decided,
       {", ".join(f"g.answer = '{a}' AS {a}" for a in _ANSWERS)}
"""


def _of(wanted: Wanted) -> str:
    """FROM and WHERE: the referrals wanted (`r`), sender (`s`), follow-up (`f`), and who was asked (`l`)."""
    filters = {**_FILTERS, **(_OF_THE_ASKED if wanted.counts == "askings" else {})}
    where = [c for name, c in filters.items() if getattr(wanted, name) is not None]
    others = f"{NAMES} LEFT JOIN follow_up f ON f.referral_id = r.id"
    if wanted.counts == "askings":
        mine = "" if wanted.receiver is None else " AND g.facility = :receiver"
        asked = f"{_SINGLE} FROM leg g WHERE g.asked_at >= :since AND g.asked_at < :until{mine}"
        return (
            f"FROM ({asked}) l JOIN referral r ON r.id = l.referral_id {others} WHERE {' AND '.join(where) or 'true'}"
        )
    if wanted.receiver is not None:
        where.append("r.to_facility = :receiver")
    where += ["r.leg > 0", "r.opened_at >= :since", "r.opened_at < :until"]
    asked = f"LEFT JOIN LATERAL ({_SUMMED} FROM leg g WHERE g.referral_id = r.id) l ON true"
    return f"FROM referral r {others} {asked} WHERE {' AND '.join(where)}"


def _counting(wanted: Wanted, by: By) -> Named:
    """The numbers of all, and by `by`. What a row is counted for is worked out before it is sorted: it is wide."""
    keys = {**_KEYS, **(_OF_ASKED if wanted.counts == "askings" else {By.RECEIVER: "r.to_facility"})}
    key = keys[by].format(when=_WHEN[wanted.counts])
    seconds = f"extract(epoch FROM l.answered_at - {_WHEN[wanted.counts]})"
    told = ", ".join(f"({c}) AS {m}" for m, c in CONDITIONS[wanted.counts].items())
    counts = ", ".join(f"count(*) FILTER (WHERE {m}) AS {m}" for m in Measure)
    return Named(f"""
SELECT grouping(key) = 1 AS everything, key, {counts},
       percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY seconds) AS response
FROM (SELECT {key} AS key, {seconds} AS seconds, {told} {_of(wanted)} OFFSET 0) n GROUP BY GROUPING SETS ((), (key))
""")


async def count(conn: Connection, wanted: Wanted, by: By) -> list[asyncpg.Record]:
    """One row of numbers for all (`everything`), and one for each `key`."""
    statement = _counting(wanted, by)
    return await conn.fetch(statement.sql, *statement.values(asdict(wanted)))


async def names(conn: Connection, codes: Sequence[str]) -> dict[str, str]:
    """Names of facilities."""
    return {
        r["code"]: r["name"] for r in await conn.fetch("SELECT code, name FROM facility WHERE code = ANY($1)", codes)
    }


Place = tuple[datetime, str, int]
"""Where a page of a list ended: when it was sent or asked, the referral's id, the leg."""


async def listed(
    conn: Connection, wanted: Wanted, measure: Measure, before: Place, limit: int
) -> tuple[list[Referral], list[Place]]:
    """The referrals behind a number, the newest first; one that counts twice is there twice."""
    when, leg = _WHEN[wanted.counts], "l.leg" if wanted.counts == "askings" else "0::int"
    statement = Named(f"""
SELECT {HEAD}, {when} AS at, {leg} AS place {_of(wanted)} AND {CONDITIONS[wanted.counts][measure]}
      AND ({when}, r.id, {leg}) < (:before_at, :before_id, :before_leg::int)
ORDER BY {when} DESC, r.id DESC, {leg} DESC LIMIT :limit
""")
    given = asdict(wanted) | dict(zip(("before_at", "before_id", "before_leg"), before, strict=True)) | {"limit": limit}
    rows = await conn.fetch(statement.sql, *statement.values(given))
    return [referral(r) for r in rows], [(r["at"], r["id"], r["place"]) for r in rows]
