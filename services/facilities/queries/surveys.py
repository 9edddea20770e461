"""SQL of the satisfaction survey."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.facilities.contract.surveys import SurveyAnswer, SurveyComment, SurveyForm
from services.facilities.queries.listing import Chosen, Listing
from services.facilities.rules.satisfaction import Sums
from services.facilities.rules.surveys import ELEMENTS
from services.kernel.db import Connection, Tx

FORMS = Listing(
    "survey_form", SurveyForm, key=("facility", "period"), sorts=("facility", "period", "first_day", "served")
)
ANSWERS = Listing(
    "survey_answer a", SurveyAnswer, key=("number",), sorts=("answered_on", "number"),
    columns={
        "repeated": "(device IS NOT NULL AND EXISTS (SELECT FROM survey_answer b WHERE (b.facility, b.period, b.device)"
        " = (a.facility, a.period, a.device) AND b.number < a.number))"
    },
)  # fmt: skip
COMMENTS = Listing(
    "survey_comment JOIN (SELECT facility, period, number, answered_on, struck_on FROM survey_answer) a"
    " USING (facility, period, number)",
    SurveyComment, key=("number", "kind"), sorts=("answered_on", "number"),
)  # fmt: skip
_OWN = f"({' + '.join(f'coalesce({e}, 0)' for e in ELEMENTS)})::float8 / num_nonnulls({', '.join(ELEMENTS)})"
_SUMS = f"""
SELECT facility, period, count(*) FILTER (WHERE struck_on IS NULL)::int AS n, count(struck_on)::int AS struck,
       {", ".join(f"count({e}) FILTER (WHERE struck_on IS NULL)::int AS n_{e}" for e in ELEMENTS)},
       {", ".join(f"coalesce(sum({e}) FILTER (WHERE struck_on IS NULL), 0)::int AS s_{e}" for e in ELEMENTS)},
       coalesce(sum(own) FILTER (WHERE struck_on IS NULL), 0)::float8 AS own,
       coalesce(sum(own * own) FILTER (WHERE struck_on IS NULL), 0)::float8 AS squares
FROM (SELECT *, {_OWN} AS own FROM survey_answer) a
WHERE ($1::text IS NULL OR facility = $1) AND ($2::text IS NULL OR period = $2)
GROUP BY facility, period
"""
_FORM = "SELECT * FROM survey_form WHERE facility = $1 AND period = $2"
_OF_PERIOD = """
SELECT s.*, f.name FROM survey_form s JOIN facility f ON f.code = s.facility
WHERE ($1::text IS NULL OR s.facility = $1) AND ($2::text IS NULL OR s.period = $2) ORDER BY s.first_day, s.facility
"""
_ADD_COMMENTS = """
INSERT INTO survey_comment (facility, period, number, kind, said)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) ON CONFLICT DO NOTHING
"""


def forms(facility: str | None, period: str | None) -> Chosen:
    """Forms of a facility, of a period."""
    return FORMS.chosen().equal("facility", facility).equal("period", period)


def answers(facility: str, period: str, struck: bool | None) -> Chosen:
    """Answers of a form, struck out or not."""
    chosen = ANSWERS.chosen().equal("facility", facility).equal("period", period)
    return chosen.where("(struck_on IS NOT NULL) = {}", struck)


def comments(facility: str, period: str, kind: str | None) -> Chosen:
    """Free words of a form's answers, without those struck out."""
    chosen = COMMENTS.chosen().equal("facility", facility).equal("period", period).equal("kind", kind)
    return chosen.where("struck_on IS NULL")


async def form(conn: Connection, facility: str, period: str) -> dict[str, Any] | None:
    """One form with its token."""
    row = await conn.fetchrow(_FORM, facility, period)
    return dict(row) if row else None


async def form_of(conn: Connection, token: str) -> dict[str, Any] | None:
    """The form a link opens, with its facility's name."""
    sql = "SELECT s.*, f.name FROM survey_form s JOIN facility f ON f.code = s.facility WHERE s.token = $1"
    row = await conn.fetchrow(sql, token)
    return dict(row) if row else None


async def opened(conn: Connection, facility: str | None, period: str | None) -> list[dict[str, Any]]:
    """Forms with the names of their facilities, by period and facility."""
    return [dict(r) for r in await conn.fetch(_OF_PERIOD, facility, period)]


async def first_days(conn: Connection, facilities: Sequence[str]) -> dict[tuple[str, str], Any]:
    """The first day of each form of some facilities."""
    sql = "SELECT facility, period, first_day FROM survey_form WHERE facility = ANY($1::text[])"
    return {(r["facility"], r["period"]): r["first_day"] for r in await conn.fetch(sql, facilities)}


async def known(conn: Connection, keys: Sequence[tuple[str, str, str]]) -> dict[tuple[str, str, str], dict[str, Any]]:
    """Those of these answers that are there."""
    sql = """SELECT a.* FROM survey_answer a
    JOIN unnest($1::text[], $2::text[], $3::text[]) AS k (facility, period, number) USING (facility, period, number)"""
    columns = [list(c) for c in zip(*keys, strict=True)] or [[], [], []]
    return {(r["facility"], r["period"], r["number"]): dict(r) for r in await conn.fetch(sql, *columns)}


async def sums(conn: Connection, facility: str | None, period: str | None) -> dict[tuple[str, str], tuple[Sums, int]]:
    """What the answers add up to, by facility and period, and how many are struck out."""
    rows = await conn.fetch(_SUMS, facility, period)
    return {(r["facility"], r["period"]): (_sums(dict(r)), r["struck"]) for r in rows}


def _sums(row: Mapping[str, Any]) -> Sums:
    counts, added = {e: row[f"n_{e}"] for e in ELEMENTS}, {e: row[f"s_{e}"] for e in ELEMENTS}
    return Sums(row["n"], counts, added, row["own"], row["squares"])


async def answered_by(conn: Connection, facility: str, period: str, device: str) -> bool:
    """Whether a device has answered a form already."""
    sql = (
        "SELECT EXISTS (SELECT FROM survey_answer WHERE facility = $1 AND period = $2 AND device = $3"
        " AND struck_on IS NULL)"
    )
    return bool(await conn.fetchval(sql, facility, period, device))


async def add_comments(tx: Tx, rows: Sequence[tuple[str, str, str, str, str]]) -> None:
    """Keep free words: facility, period, number, kind, what was said."""
    if rows:
        await tx.execute(_ADD_COMMENTS, *(list(c) for c in zip(*rows, strict=True)))
