"""$everything: all that is known of one person, or of one visit, decided for the person as a whole, page by page."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from services.kernel.access import refs
from services.kernel.auth import Actor
from services.kernel.db import Connection
from services.records.queries.reading import _ACTOR, _actor
from services.records.queries.statement import ALIAS, IHS
from services.records.queries.visible import ASKER, CAME, LOG, purpose, registered, shown, visible_to, withheld

_OF_PATIENT = f"""
    SELECT p.person_id FROM person p WHERE p.patient_id = $8
    UNION ALL
    SELECT i.person_id FROM person_identifier i WHERE i.system IN ('{IHS}', '{ALIAS}') AND i.value = $8 LIMIT 1
"""
_OF_ENCOUNTER = """
    SELECT e.person_id FROM resource e WHERE e.type = 'Encounter' AND e.id = $8 AND NOT e.deleted
    AND e.person_id IS NOT NULL
"""
_IN_ENCOUNTER = " AND (r.encounter_id = $8 OR r.type = 'Encounter' AND r.id = $8 OR r.type = 'Patient')"

_PAGE = """
WITH who AS ({who}
), decided AS (
    SELECT person_id, seen, seen OR {registered} AS allowed, NOT seen OR {withheld} AS part
    FROM (SELECT h.person_id, {visible} AS seen FROM who h) h
), page AS MATERIALIZED (
    SELECT r.type, r.id, r.receipt, r.body FROM decided d JOIN resource r ON r.person_id = d.person_id
    WHERE d.allowed AND NOT r.deleted AND r.receipt + 0 > $9 AND {shown}{narrowed}
    ORDER BY r.receipt LIMIT $10
), looked AS (
    {log} SELECT {actor}, d.person_id, 'read', '{type}/$everything', {purpose}, 'allowed',
                 {came}, (SELECT {refs} FROM page)
    FROM decided d WHERE allowed
)
SELECT d.person_id, d.allowed, e.entries, e.n, e.last, d.part FROM decided d LEFT JOIN (
    SELECT count(*) AS n, max(receipt) AS last,
        string_agg('{{"fullUrl":"' || $11 || type || '/' || id || '","resource":' || body
                   || ',"search":{{"mode":"match"}}}}', ',' ORDER BY receipt) AS entries
    FROM page
) e ON d.allowed
"""
"""`receipt + 0`: by the index of receipts the planner would read everybody's, to and them with this person's."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What of it: changed since, of these types, of a care between two moments (what has no date is always of it)."""

    since: datetime | None = None
    types: tuple[str, ...] = ()
    begin: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class Everything:
    """A page of what the actor may see of a person's record: entries as one JSON text, how many, the last receipt."""

    person_id: str
    allowed: bool
    entries: str | None
    count: int | None
    last: int | None
    withheld: bool
    """Something of the person is kept from the actor."""


_CONDITIONS = (
    " AND r.updated_at >= ${n}::timestamptz",
    " AND r.type = ANY(${n}::text[])",
    " AND (r.date IS NULL OR r.type = 'Patient' OR r.date >= ${n}::timestamptz)",
    " AND (r.date IS NULL OR r.type = 'Patient' OR r.date < ${n}::timestamptz)",
)


@lru_cache(maxsize=64)
def _statement(type_: str, asked: tuple[bool, ...]) -> str:
    """What is not asked for costs nothing."""
    wanted = [c for c, wish in zip(_CONDITIONS, asked, strict=True) if wish]
    narrowed = "".join(c.format(n=12 + n) for n, c in enumerate(wanted))
    return _PAGE.format(
        who=_OF_PATIENT if type_ == "Patient" else _OF_ENCOUNTER,
        narrowed=narrowed + ("" if type_ == "Patient" else _IN_ENCOUNTER),
        registered=registered("h.person_id", ASKER), withheld=withheld("h.person_id", ASKER),
        visible=visible_to("h.person_id", ASKER), shown=shown("r", ASKER, "d.seen"), log=LOG, actor=_ACTOR, type=type_,
        purpose=purpose("d.person_id", ASKER), came=CAME, refs=refs("type", "id", "receipt"),
    )  # fmt: skip


async def everything(
    conn: Connection, actor: Actor, today: date, type_: str, id_: str, after: int, limit: int, base: str, wish: Wish
) -> Everything | None:
    """A page of a person's resources (`type_` Patient) or of a visit's (Encounter) in the order of receipt, which
    never changes: what comes later stands at the end."""
    wishes = (wish.since, list(wish.types) or None, wish.begin, wish.end)
    sql = _statement(type_, tuple(w is not None for w in wishes))
    given = [w for w in wishes if w is not None]
    row = await conn.fetchrow(sql, *_actor(actor, today), id_, after, limit, base, *given)
    return Everything(*row) if row else None
