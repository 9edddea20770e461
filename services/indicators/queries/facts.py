"""SQL that keeps facts, visits, products and persons: whatever arrives first, the rows end up the same.

A fact's own words and what its visit lends it are put together in one place (`_RESOLVED`), used both when a fact
is written and when a visit, product or episode it stands on changes.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from services.indicators.reading.facts import DEATH, MEDICATION
from services.indicators.reading.rows import Fact, Implausible, Patient, Visit
from services.kernel.db import Connection, Tx

DIRECT = "SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off"
"""Every statement here looks rows up by index. Said aloud, because a plan made on an empty table is kept."""


class Touch(NamedTuple):
    """A person, and the concept of a fact that came, changed or went; what it changes lies on or after `since`."""

    person_id: UUID
    concept: str
    since: date | None = date.min


_TYPES = {
    **dict.fromkeys(("person_id", "mother_id"), "uuid"), **dict.fromkeys(("receipt", "written"), "bigint"),
    **dict.fromkeys(("own_date", "late_date", "value_date", "until", "start", "birth_date", "death_on"), "date"),
    **dict.fromkeys(("at", "start_at", "birth_at", "taken_at", "gone_at"), "timestamptz"),
    "seq": "smallint", "value": "float8", "active": "bool", "absurd": "bool",
}  # fmt: skip


def _rows(columns: Sequence[str]) -> str:
    """`unnest(…) AS r (…)`: rows sent as one array per column."""
    arrays = ", ".join(f"${n}::{_TYPES.get(name, 'text')}[]" for n, name in enumerate(columns, 1))
    return f"unnest({arrays}) AS r ({', '.join(columns)})"


_OWN = [name for name in Fact._fields if name not in ("concept", "at")]
_LENT = f"""
    CASE WHEN r.medication_id IS NULL THEN r.concept ELSE coalesce(m.concept, '{MEDICATION}') END AS concept,
    CASE WHEN r.through IS NULL OR EXISTS (
        SELECT FROM fact e WHERE e.person_id = r.person_id AND e.concept = r.through
                             AND e.resource_type = 'EpisodeOfCare' AND e.resource_id = ANY (v.episodes)
    ) THEN coalesce(r.own_date, v.start, r.late_date) END AS date,
    CASE WHEN r.own_date IS NULL THEN v.start_at ELSE r.at END AS at,
    coalesce(v.provider, r.provider, r.client, '') AS facility, v.provider IS NOT NULL AS hosted, v.episodes,
    v.start AS visit_start, v.until AS visit_until,
    r.encounter_id IS NOT NULL AND (v.encounter_id IS NULL OR v.person_id <> r.person_id) AS astray"""

_PUT_TOGETHER = "concept, date, at, facility, hosted, episodes, visit_start, visit_until, astray"
"""The columns of `_LENT`, in its order."""
COLUMNS = (*_OWN, *_PUT_TOGETHER.split(", "))
"""All columns of a person's own fact."""
_JOINS = """LEFT JOIN encounter v ON v.encounter_id = r.encounter_id
    LEFT JOIN medication m ON m.medication_id = r.medication_id"""

_INSERT = f"""
WITH put AS (
    INSERT INTO fact ({", ".join(_OWN)}, {_PUT_TOGETHER})
    SELECT {", ".join(f"r.{name}" for name in _OWN)}, {_LENT} FROM {_rows(Fact._fields)} {_JOINS}
    RETURNING person_id, concept, date
)
SELECT person_id, concept AS was, concept, min(date) AS since FROM put GROUP BY person_id, concept
"""

_KNOWN = """person_id, concept, resource_type, resource_id, seq, taken_at, date, at, value, value_date, value_code,
    until, facility, encounter_id, episodes, receipt"""
"""What is kept of a fact that is replaced or deleted."""


@dataclass(frozen=True, slots=True)
class Since:
    """When a batch of the record's events was taken. `anew`: they are read once more, and what was known is known."""

    at: datetime
    anew: bool = False


def keep_gone(until: str, source: str, anew: str) -> str:
    """Keep what was known until then."""
    return f"""INSERT INTO fact_gone ({_KNOWN}, gone_at) SELECT {_KNOWN}, {until} FROM {source}
    WHERE NOT {anew} AND date IS NOT NULL AND (taken_at IS NULL OR taken_at < {until}) ON CONFLICT DO NOTHING"""


_REMOVE = f"""
WITH gone AS (
    DELETE FROM fact f USING unnest($1::text[], $2::text[], $3::timestamptz[]) AS g (type, id, gone_at)
    WHERE f.resource_id = g.id AND f.resource_type = g.type RETURNING f.*, g.gone_at
), kept AS ({keep_gone("gone_at", "gone", "$4::bool")})
SELECT person_id, concept AS was, concept, min(date) AS since FROM gone GROUP BY person_id, concept
"""


def _resolve(which: str, at: str, anew: str) -> str:
    """Put the facts of `which` together again; only those that come out different are written, as known since `at`."""
    columns = _PUT_TOGETHER.split(", ")
    return f"""
WITH n AS (
    SELECT r.person_id, r.concept AS was, r.resource_type, r.resource_id, r.seq, {_LENT} FROM ({which}) r {_JOINS}
), put AS (
    UPDATE fact f SET {", ".join(f"{c} = n.{c}" for c in columns)}, taken_at = greatest(f.taken_at, {at}) FROM n
    WHERE f.person_id = n.person_id AND f.concept = n.was AND f.resource_type = n.resource_type
      AND f.resource_id = n.resource_id AND f.seq = n.seq
      AND ({", ".join(f"f.{c}" for c in columns)}) IS DISTINCT FROM ({", ".join(f"n.{c}" for c in columns)})
    RETURNING f.person_id, n.was, n.concept AS becomes, n.date AS becomes_on, f.resource_type, f.resource_id, f.seq
), before AS (
    SELECT f.*, put.becomes, put.becomes_on FROM put JOIN fact f ON f.person_id = put.person_id AND f.concept = put.was
        AND f.resource_type = put.resource_type AND f.resource_id = put.resource_id AND f.seq = put.seq
), kept AS ({keep_gone(at, "before", anew)})
SELECT person_id, concept AS was, becomes AS concept, min(least(date, becomes_on)) AS since FROM before GROUP BY 1, 2, 3
"""


_BY_VISIT = _resolve(
    """
    SELECT * FROM fact WHERE astray AND encounter_id = ANY ($1::text[])
    UNION SELECT * FROM fact WHERE person_id = ANY ($2::uuid[]) AND encounter_id = ANY ($3::text[])""",
    "$4::timestamptz",
    "$5::bool",
)
_BY_EPISODE = _resolve(
    "SELECT * FROM fact WHERE person_id = ANY ($1::uuid[]) AND through IS NOT NULL", "$2::timestamptz", "$3::bool"
)
_BY_PRODUCT = _resolve("SELECT * FROM fact WHERE medication_id = ANY ($1::text[])", "$2::timestamptz", "$3::bool")


async def put_facts(
    tx: Tx, gone: Mapping[tuple[str, str], datetime], facts: Sequence[Fact], since: Since
) -> list[Touch]:
    """Replace the facts of resources (type, id; known until) by these; whose facts of what changed."""
    touched = await _fetch(tx, _REMOVE, [t for t, _ in gone], [i for _, i in gone], list(gone.values()), since.anew)
    if facts:
        touched += await _fetch(tx, _INSERT, *_columns(facts))
    return touched


async def put_implausible(tx: Tx, gone: Collection[tuple[str, str]], rows: Sequence[Implausible]) -> None:
    """Replace the plausibility entries of resources (type, id) by these."""
    await tx.execute(
        "DELETE FROM implausible i USING unnest($1::text[], $2::text[]) AS gone (type, id)"
        " WHERE i.resource_id = gone.id AND i.resource_type = gone.type",
        [t for t, _ in gone], [i for _, i in gone],
    )  # fmt: skip
    if rows:
        await tx.execute(
            f"INSERT INTO implausible ({', '.join(Implausible._fields)}) SELECT * FROM {_rows(Implausible._fields)}",
            *_columns(rows),
        )


async def put_visits(tx: Tx, ids: Sequence[str], visits: Sequence[Visit]) -> list[tuple[str, UUID]]:
    """Replace visits; gives those that were known before, with the person they were known for."""
    known = await tx.fetch("DELETE FROM encounter WHERE encounter_id = ANY ($1) RETURNING encounter_id, person_id", ids)
    if visits:
        await tx.execute(
            f"INSERT INTO encounter ({', '.join(Visit._fields)})"
            f" SELECT {', '.join(Visit._fields[:-1])}, string_to_array(episodes, ' ')"
            f" FROM {_rows(Visit._fields)}",
            *_columns(visits),
        )
    return [(r["encounter_id"], r["person_id"]) for r in known]


async def resolve_visits(
    tx: Tx, ids: Sequence[str], visits: Sequence[Visit], known: Sequence[tuple[str, UUID]], since: Since
) -> list[Touch]:
    """After visits came, changed or went: the facts that point to them."""
    before = dict(known)
    persons = {p for _, p in known} | {UUID(v.person_id) for v in visits if v.encounter_id in before}
    return await _fetch(tx, _BY_VISIT, ids, persons, list(before), since.at, since.anew)


async def resolve_episodes(tx: Tx, persons: Collection[UUID], since: Since) -> list[Touch]:
    """After episodes of these persons came, changed or went: the visits that count only inside one."""
    return await _fetch(tx, _BY_EPISODE, persons, since.at, since.anew)


async def put_products(tx: Tx, products: Iterable[tuple[str, str | None]], since: Since) -> list[Touch]:
    """Replace what Medication resources name (None: the resource is gone), and the facts that rest on them."""
    rows = list(products)
    await tx.execute(
        "INSERT INTO medication SELECT * FROM unnest($1::text[], $2::text[])"
        " ON CONFLICT (medication_id) DO UPDATE SET concept = excluded.concept",
        [i for i, _ in rows], [c or None for _, c in rows],
    )  # fmt: skip
    return await _fetch(tx, _BY_PRODUCT, [i for i, _ in rows], since.at, since.anew)


_SAID = "birth_date, sex, village, dead_on"
"""What numbers hang on; what was said before is kept in `person_gone`."""


def _distinct(one: str, other: str) -> str:
    return " IS DISTINCT FROM ".join(f"({', '.join(f'{t}.{c}' for c in _SAID.split(', '))})" for t in (one, other))


def _was(source: str) -> str:
    """Keep what was known of a person (`p` among the tables of `source`) until $2."""
    return f"""INSERT INTO person_gone (person_id, gone_at, {_SAID})
    SELECT p.person_id, $2, {", ".join(f"p.{c}" for c in _SAID.split(", "))} FROM {source}
      AND NOT $3::bool AND (p.taken_at IS NULL OR p.taken_at < $2) ON CONFLICT DO NOTHING"""


# A child registered by nik-ibu keeps its mother when a later registration, by a NIK of its own, does not name her.
_SPEAKER = f"""
WITH s AS MATERIALIZED (
    SELECT s.person_id, s.birth_date, s.birth_at, s.sex, s.village AS own_village, k.mother_id,
       coalesce(s.village, (SELECT m.own_village FROM person m WHERE m.person_id = k.mother_id)) AS village,
       coalesce(s.death_on, (SELECT min(date) FROM fact d WHERE d.person_id = s.person_id AND d.concept = '{DEATH}'))
           AS dead_on
    FROM (SELECT DISTINCT ON (person_id) * FROM patient WHERE person_id = ANY ($1) AND active
          ORDER BY person_id, written DESC, patient_id) s
    LEFT JOIN LATERAL (
        SELECT o.mother_id FROM patient o WHERE o.person_id = s.person_id AND o.mother_id IS NOT NULL
        ORDER BY o.active DESC, o.written DESC, o.patient_id LIMIT 1) k ON true
), was AS ({_was(f"person p JOIN s USING (person_id) WHERE {_distinct('p', 's')}")})
INSERT INTO person AS p (person_id, birth_date, birth_at, sex, own_village, mother_id, village, dead_on, taken_at)
SELECT s.*, $2 FROM s
ON CONFLICT (person_id) DO UPDATE SET birth_date = excluded.birth_date, birth_at = excluded.birth_at,
    sex = excluded.sex, own_village = excluded.own_village, mother_id = excluded.mother_id, village = excluded.village,
    dead_on = excluded.dead_on,
    taken_at = CASE WHEN {_distinct("p", "excluded")} THEN greatest(p.taken_at, $2) ELSE p.taken_at END
"""

_SILENT = f"""
WITH gone AS (
    DELETE FROM person p WHERE person_id = ANY ($1)
    AND NOT EXISTS (SELECT FROM patient s WHERE s.person_id = p.person_id AND s.active) RETURNING p.*
)
{_was("gone p WHERE true")}
"""

_CHILDREN = f"""
WITH n AS MATERIALIZED (
    SELECT c.person_id, coalesce(c.own_village, m.own_village) AS village
    FROM (SELECT * FROM person WHERE person_id = ANY ($1) AND mother_id IS NOT NULL
          UNION SELECT * FROM person WHERE mother_id = ANY ($1)) c
    LEFT JOIN person m ON m.person_id = c.mother_id
), was AS ({_was("person p JOIN n USING (person_id) WHERE p.village IS DISTINCT FROM n.village")})
UPDATE person c SET village = n.village, taken_at = greatest(c.taken_at, $2) FROM n
WHERE n.person_id = c.person_id AND c.village IS DISTINCT FROM n.village
RETURNING c.person_id
"""


async def put_patients(tx: Tx, ids: Sequence[str], patients: Sequence[Patient]) -> set[UUID]:
    """Replace registrations; the persons they spoke for before or speak for now."""
    before = await tx.fetch("DELETE FROM patient WHERE patient_id = ANY ($1) RETURNING person_id", ids)
    if patients:
        await tx.execute(
            f"INSERT INTO patient ({', '.join(Patient._fields)}) SELECT * FROM {_rows(Patient._fields)}",
            *_columns(patients),
        )
    return {r["person_id"] for r in before} | {UUID(p.person_id) for p in patients}


_PERSONS = "SELECT person_id, birth_date, birth_at, sex, village, dead_on FROM person WHERE "


async def known(tx: Tx, persons: Collection[UUID]) -> dict[UUID, tuple[Any, ...]]:
    """What the numbers know of these persons and of their children."""
    rows = await tx.fetch(
        f"{_PERSONS} person_id = ANY ($1) UNION {_PERSONS} mother_id = ANY ($1)", persons
    )  # fmt: skip
    return {r[0]: tuple(r)[1:] for r in rows}


def changed_since(before: Mapping[UUID, tuple[Any, ...]], after: Mapping[UUID, tuple[Any, ...]]) -> date | None:
    """The first day whose numbers may differ now; None when nothing changed. A birth says nothing of days before it."""
    days = list[date]()
    for person in before.keys() | after.keys():
        was, now = before.get(person), after.get(person)
        if was == now:
            continue
        if was is not None and now is not None and was[:-1] == now[:-1]:
            days.append(min(d for d in (was[-1], now[-1]) if d is not None))
        else:
            births = [p[0] for p in (was, now) if p is not None]
            days.append(date.min if None in births else min(births))
    return min(days, default=None)


async def refresh_persons(tx: Tx, persons: Collection[UUID], since: Since) -> set[UUID]:
    """Who speaks for these persons now, and what follows for their children; everyone who may have changed."""
    await tx.execute(_SPEAKER, persons, since.at, since.anew)
    await tx.execute(_SILENT, persons, since.at, since.anew)
    return set(persons) | {r["person_id"] for r in await tx.fetch(_CHILDREN, persons, since.at, since.anew)}


async def person_of(conn: Connection, resource_type: str, resource_id: str) -> UUID | None:
    """Whose resource this is, when it gave a fact."""
    found: UUID | None = await conn.fetchval(
        "SELECT person_id FROM fact WHERE resource_id = $1 AND resource_type = $2 LIMIT 1", resource_id, resource_type
    )
    return found


async def _fetch(tx: Tx, sql: str, *parameters: Any) -> list[Touch]:
    rows = await tx.fetch(sql, *parameters)
    return [Touch(r["person_id"], concept, r["since"]) for r in rows for concept in {r["was"], r["concept"]}]


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Rows as columns, for unnest."""
    return list(zip(*rows, strict=True))
