"""Search over current resources: criteria as conditions, access decided and logged in the same statement."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from services.kernel.access import refs
from services.kernel.auth import Actor
from services.kernel.db import Connection
from services.records.params.query import Asked, Chained, Having, Query, Wanted
from services.records.queries.conditions import condition, reference_of, referring
from services.records.queries.ordering import After, Key, beyond, keys_of, order_by
from services.records.queries.prepared import REMEMBERED, fetched
from services.records.queries.reading import _actor
from services.records.queries.visible import ASKER, CAME, LOG, purpose, shown, visible_to, withheld
from services.records.queries.where import FIRST_CODE, Where, any_of

COUNTED = 10_000
"""How far matches are counted unless an exact total is asked for."""


# --- criteria -------------------------------------------------------------------------------------------


def where_of(query: Query) -> Where:
    """The conditions of a query, afresh for each run."""
    where = Where(query.type)
    for asked in query.wanted:
        add(where, asked)
    return where


def add(where: Where, asked: Asked) -> None:
    """Add one criterion: a condition, or persons named."""
    found = _condition(where, asked)
    if found is not None:
        where.conditions.append(f"({found})")


def _condition(where: Where, asked: Asked) -> str | None:
    match asked:
        case Wanted():
            return condition(where, asked.param, asked.modifier, asked.values)
        case Chained():
            return _chained(where, asked)
        case Having():
            return _having(where, asked)


def _chained(where: Where, asked: Chained) -> str | None:
    """What a reference points to must meet a condition, and be visible: nothing is told of what is not."""
    options = []
    for one in asked.inner:
        inner = where.inner(_type_of(one))
        add(inner, one)
        if inner.type == "Patient" and asked.param.column == "person" and inner.persons and not inner.conditions:
            where.persons += inner.persons  # `patient.identifier=…` names persons as `patient=…` does
            continue
        options.append(_pointing(where, asked, inner))
    return any_of(options) if options else None


def _pointing(where: Where, asked: Chained, inner: Where) -> str:
    param, kind = asked.param, inner.type
    if param.column == "person" and kind == "Patient":
        return f"r.person_id IN ({_selected(inner, 'r.person_id')})"
    if param.column == "encounter" and kind == "Encounter":
        return f"r.encounter_id IN ({_selected(inner, 'r.id')})"
    if param.column == "organization" and kind == "Organization":
        return f"r.organization IN ({_selected(inner, 'r.id')})"
    keys = _selected(inner, f"'{kind}/' || r.id")
    return referring(where, param, f"ARRAY({keys})", {kind})


def _having(where: Where, asked: Having) -> str:
    """Something visible points here through a parameter and meets a condition."""
    param = asked.param
    inner = where.inner(param.type)
    add(inner, asked.inner)
    if param.column == "person" and where.type == "Patient":
        return f"r.person_id IN ({_selected(inner, 'r.person_id')})"
    if param.column == "encounter" and where.type == "Encounter":
        return f"r.id IN ({_selected(inner, 'r.encounter_id')})"
    inner.body = True
    keys = " UNION ALL ".join(
        f"SELECT {reference_of(p)} FROM jsonb_path_query(d.doc, '{p.path}[*]') n" for p in param.places
    )
    found = f"SELECT k.key FROM {_rows(inner)} CROSS JOIN LATERAL ({keys}) k(key) {_met(inner)}"
    return f"'{where.type}/' || r.id IN ({found})"


def _type_of(asked: Asked) -> str:
    if isinstance(asked, Having):  # `_has` behind a chain: the type it is asked of is what its parameter points to
        return asked.param.targets[0]
    return asked.param.type


def _rows(where: Where) -> str:
    return "resource r" + (" CROSS JOIN LATERAL (SELECT r.body::jsonb AS doc OFFSET 0) d" if where.body else "")


def _met(where: Where) -> str:
    """WHERE of rows that meet all conditions and may be seen."""
    named = [f"r.person_id IN ({people})" for people in where.persons]
    conditions = "".join(f" AND {c}" for c in [*where.conditions, *named])
    return f"WHERE {where.current}{conditions} AND {shown('r', ASKER)}"


def _selected(where: Where, what: str) -> str:
    return f"SELECT {what} FROM {_rows(where)} {_met(where)}"


# --- the statement --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Hit:
    """One match; `keys` are its values of the sort keys."""

    type: str
    id: str
    receipt: int
    person_id: str | None
    body: str
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a search found: hits that may be shown, the Patients named that may not, the total where it was counted.

    `withheld`: of a person named, something (whatever else was asked) is of a class the actor may not see.
    """

    hits: list[Hit]
    hidden: list[str]
    total: int | None
    withheld: bool


_SEARCH = """
WITH named AS MATERIALIZED (
    {named}
), {hits}, looked AS (
    {log} SELECT $1, $2, $3, l.person_id, 'search', $8, {purpose},
                 CASE WHEN allowed THEN 'allowed' ELSE 'refused' END, {came}, {refs}
    FROM (SELECT person_id, allowed, NULL AS id, NULL::bigint AS receipt FROM named UNION ALL
          SELECT person_id, true, id, receipt FROM (SELECT * FROM hits r ORDER BY {order} LIMIT {limit}) page
          WHERE person_id IS NOT NULL) l
    GROUP BY l.person_id, allowed
), said AS (
    SELECT (SELECT array_agg(p.patient_id::text) FROM named n JOIN person p USING (person_id)
            WHERE NOT n.allowed) AS hidden,
           (SELECT coalesce(bool_or(n.part), false) FROM named n WHERE n.allowed) AS part,
           {total} AS total
)
SELECT r.id, r.receipt, r.person_id, r.body, said.hidden, said.total, said.part{keys}
FROM said LEFT JOIN hits r ON true ORDER BY {order}
"""
_NOBODY = "SELECT NULL::text AS person_id, NULL::boolean AS allowed, NULL::boolean AS part WHERE false"
_PERSONS = f"""
SELECT h.person_id, coalesce({visible_to("h.person_id", ASKER)}, false) AS allowed, {{part}} AS part
FROM ({{people}}) h
"""
_PART = withheld("h.person_id", ASKER)
_NAMED = f" JOIN named n ON n.person_id = r.person_id AND {shown('r', ASKER, 'n.allowed')}"
_ANYONE = f" AND {shown('r', ASKER)}"


@dataclass(slots=True)
class _Statement:
    """The parts of one search statement."""

    where: Where
    keys: list[Key]
    after: After | None
    limit: int

    @property
    def source(self) -> str:
        joined = _NAMED if self.where.persons else ""
        return "resource r" + joined + _rows(self.where).removeprefix("resource r")

    def rows(self, extra: str = "") -> str:
        """FROM and WHERE of all matches. Rows of persons named are looked up person by person (OFFSET 0 sees to it):
        the planner, who knows no dates, would else read everybody's rows of a time into a hash table."""
        own = "".join(f" AND {c}" for c in self.where.conditions)
        if self.where.persons and not self.where.body:
            rows = f"SELECT r.* FROM resource r WHERE r.person_id = n.person_id AND {self.where.current}{own} OFFSET 0"
            return f"FROM named n CROSS JOIN LATERAL ({rows}) r {extra} WHERE {shown('r', ASKER, 'n.allowed')}"
        conditions = own + ("" if self.where.persons else _ANYONE)
        return f"FROM {self.source} {extra} WHERE {self.where.current}{conditions}"

    def hits(self) -> str:
        """The rows of a page and one more, by the branches an index serves best."""
        names = [f"k{n}" for n in range(len(self.keys))]
        order, branches = order_by(self.keys, names), self._branches()
        if self.gathered:
            page = f"SELECT * FROM found r ORDER BY {order} LIMIT {self.limit}"
            bodies = f"SELECT r.*, b.body FROM ({page}) r JOIN resource b USING (type, id)"
            return f"found AS MATERIALIZED ({self._found()}), hits AS ({bodies})"
        if len(branches) == 1:
            return f"hits AS ({branches[0]})"
        union = " UNION ALL ".join(f"({b})" for b in branches)
        return f"hits AS (SELECT * FROM ({union}) r ORDER BY {order} LIMIT {self.limit})"

    @property
    def gathered(self) -> bool:
        """Whether all matches are gathered, without their bodies, before the page is cut: those of persons named have
        all to be read to be put in order, so that their total costs nothing more. (Of Patients there are few.)"""
        of_persons = bool(self.where.persons) and not self.where.body and self.where.type != "Patient"
        return of_persons and self.after is None and self.limit > 0

    def _found(self) -> str:
        columns = "".join(f", {k.sql.format(r='r')} AS k{n}" for n, k in enumerate(self.keys))
        return f"SELECT r.type, r.id, r.receipt, r.person_id{columns} {self.rows()}"

    def _branches(self) -> list[str]:
        if self.after is not None and self.keys and all(k.kept for k in self.keys):
            return [self._now(), self._then()]
        return [self._branch(also) for also in self._by_code()]

    def _by_code(self) -> list[str]:
        """One code and nothing narrower: by its index where the code stands first, by another where it does not."""
        code, narrow = self.where.code, self.where.narrow or self.where.persons
        if code is None or narrow or self.keys:
            return [""]
        value = self.where.numbered("{0}::text", code.code)
        later = f" AND cardinality(r.codes) > 1 AND {FIRST_CODE} <> {value} AND bare_codes(r.codes) && ARRAY[{value}]"
        return [f" AND {FIRST_CODE} = {value}", later]

    def _branch(self, also: str, row: str = "r", extra: str = "") -> str:
        columns = "".join(f", {k.sql.format(r=row)} AS k{n}" for n, k in enumerate(self.keys))
        cursor = f" AND {beyond(self.where, self.keys, self.after, row)}" if self.after else ""
        order = order_by(self.keys, [f"k{n}" for n in range(len(self.keys))])
        return (
            f"SELECT r.type, r.id, r.receipt, r.person_id, r.body{columns} {self.rows(extra)}{also}{cursor}"
            f" ORDER BY {order} LIMIT {self.limit}"
        )

    def _now(self) -> str:
        """What has not changed since the search began."""
        assert self.after is not None  # noqa: S101 - asked for later pages only
        began = self.where.numbered("{0}::timestamptz", self.after.began)
        return self._branch(f" AND r.updated_at <= {began}")

    def _then(self) -> str:
        """What has changed since stands where it stood, so that it is neither skipped nor shown twice."""
        assert self.after is not None  # noqa: S101
        began = self.where.numbered("{0}::timestamptz", self.after.began)
        before = f"""CROSS JOIN LATERAL (SELECT h.updated_at, h.date FROM resource_history h
            WHERE h.type = r.type AND h.id = r.id AND h.updated_at <= {began} ORDER BY h.version DESC LIMIT 1) o"""
        return self._branch(f" AND r.updated_at > {began}", "o", before)

    def total(self, wish: str) -> str:
        """SQL of the total when it was asked for: exact, or up to a bound."""
        if wish == "none" or self.after is not None:
            return "NULL::bigint"
        if self.gathered:
            return "(SELECT count(*) FROM found)"
        if wish == "accurate":
            return f"(SELECT count(*) {self.rows()})"
        if wish == "estimate":
            return f"CASE WHEN (SELECT count(*) FROM hits) = {self.limit} THEN {self.bounded()} END"
        return "NULL::bigint"

    def bounded(self) -> str:
        """SQL: how many there are, counted so far and no further."""
        return f"(SELECT count(*) FROM (SELECT {self.rows()} LIMIT {COUNTED}) c)"

    @property
    def named(self) -> str:
        """The persons named, each decided as a whole. What is withheld of them is no Patient."""
        if not self.where.persons:
            return _NOBODY
        people = " INTERSECT ".join(f"({p})" for p in self.where.persons)
        return _PERSONS.format(people=people, part="false" if self.where.type == "Patient" else _PART)


async def search(
    conn: Connection, actor: Actor, today: date, query: Query, *, limit: int, after: After | None = None
) -> Answer:
    """Up to `limit` + 1 hits and, where counted, the total.

    A search that names persons finds nothing of those the actor may not see, and logs the refusal; any other search
    only ever looks at what the actor may see. Raises TimeoutError when it takes too long.
    """
    where = where_of(query)
    answer = await run(conn, actor, today, query, where, limit=limit, after=after)
    full = after is None and len(answer.hits) > limit and not query.total and not query.counted_only
    if full and answer.total is None and (where.narrow or where.persons):
        return replace(answer, total=await _counted(conn, actor, today, query))
    return answer


_COUNT = "WITH named AS MATERIALIZED ({named}) SELECT {bounded} WHERE {unused} AND $8::text IS NOT NULL"


async def _counted(conn: Connection, actor: Actor, today: date, query: Query) -> int:
    """How many there are of what does not fit on a page: a statement of its own, which short answers do without."""
    statement = _Statement(where_of(query), [], None, 0)
    sql = _COUNT.format(named=statement.named, bounded=statement.bounded(), unused=_UNUSED)
    rows = await fetched(conn, sql, *_actor(actor, today), query.type, *statement.where.values)
    return int(rows[0][0])


async def run(
    conn: Connection, actor: Actor, today: date, query: Query, where: Where, *, limit: int, after: After | None = None
) -> Answer:
    """As `search`, with conditions made elsewhere."""
    if not where.narrow and not where.persons:
        where.spell_moments()
    sql = _known_text(where, query, limit) if after is None else _text(where, query, limit, after)
    rows = await fetched(conn, sql, *_actor(actor, today), where.type, *where.values)
    found = [_hit(where.type, r) for r in rows if r["id"] is not None]
    return Answer(found, rows[0]["hidden"] or [], rows[0]["total"], rows[0]["part"])


_TEXTS: OrderedDict[tuple[Any, ...], tuple[str, list[Any]]] = OrderedDict()
"""Texts of the searches that came lately, by all they follow from, with the values their making added."""


def _known_text(where: Where, query: Query, limit: int) -> str:
    """The statement of a first page; made once for all searches that differ only in their values."""
    shape = (
        where.type, *where.conditions, None, *where.persons, None, where.body, where.narrow, where.code, limit,
        query.total, query.counted_only, *((s.param.name, s.falling) for s in query.sort),
    )  # fmt: skip
    known = _TEXTS.get(shape)
    if known is None:
        had = len(where.values)
        text = _text(where, query, limit, None)
        known = _TEXTS[shape] = text, where.values[had:]
        if len(_TEXTS) > REMEMBERED:
            _TEXTS.popitem(last=False)
        return text
    where.values += known[1]
    return known[0]


def _text(where: Where, query: Query, limit: int, after: After | None) -> str:
    keys = keys_of(where, query.sort)
    statement = _Statement(where, keys, after, 0 if query.counted_only else limit + 1)
    names = [f"r.k{n}" for n in range(len(keys))]
    hits = statement.hits()
    return _SEARCH.format(
        named=statement.named, hits=hits, log=LOG, came=CAME, purpose=purpose("l.person_id", ASKER),
        refs=refs("$8", "id", "receipt"), order=order_by(keys, names), limit=limit,
        total=statement.total("accurate" if query.counted_only else query.total),
        keys="".join(f", {n}::text" for n in names),
    )  # fmt: skip


def _hit(type_: str, row: Any) -> Hit:
    return Hit(type_, row["id"], row["receipt"], row["person_id"], row["body"], tuple(row[7:]))


_UNUSED = "coalesce($2::text, $4::text, ($5::text[])[1], '') IS NOT NULL"
"""The asker's placeholders that nothing else in a statement needs."""


async def matching(conn: Connection, actor: Actor, today: date, query: Query, limit: int = 2) -> list[str]:
    """Ids of the first resources that match and that the actor may see: what a conditional write asks.

    Nothing is logged: what is then answered or changed is logged there.
    """
    where = where_of(query)
    sql = f"{_selected(where, 'r.id')} AND {_UNUSED} AND $8::text = r.type ORDER BY r.receipt LIMIT {limit}"
    rows = await fetched(conn, sql, *_actor(actor, today), where.type, *where.values)
    return [r["id"] for r in rows]


def pointing_at(where: Where, query_param: Any, hits: Sequence[Hit]) -> None:
    """Restrict to rows that point at hits through a reference parameter (`_revinclude`)."""
    kind = hits[0].type
    persons = sorted({h.person_id for h in hits if h.person_id})
    ids = [h.id for h in hits]
    if query_param.column == "person" and kind == "Patient":
        where.conditions.append(where.numbered("r.person_id = ANY({0}::text[])", persons))
    elif query_param.column == "encounter" and kind == "Encounter":
        where.conditions.append(where.numbered("r.encounter_id = ANY({0}::text[])", ids))
    elif query_param.column == "organization" and kind == "Organization":
        where.conditions.append(where.numbered("r.organization = ANY({0}::text[])", ids))
    else:
        keyed = where.numbered("{0}::text[]", [f"{kind}/{i}" for i in ids])
        if persons and len(persons) == len(hits) == len(ids) and where.type in ("Observation", "Condition"):
            where.conditions.append(where.numbered("r.person_id = ANY({0}::text[])", persons))
        where.conditions.append(referring(where, query_param, keyed, {kind}))
    where.narrow = True
